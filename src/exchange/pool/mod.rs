//! The pools of the Home Office: which case is due for which wash, and what came of it.
//!
//! In: fresh files of cases, returns of HMRC, verifications. Out: due lists, extracts, states and counts. Invariants: a
//! case is in one state; nothing is due twice or never; only no-hits age towards the Home Office's decision, and nothing
//! here takes that decision. Read next: `case.rs`, `due.rs`, `wash.rs`, `answer.rs`, `returns.rs`.
//!
//! ```text
//! waiting --extract--> sent --return--+-- match ----------> traced
//!                       ^             +-- no hit ---------> open, or after the last wash: decision
//!                       |             +-- anything else --> open, or after the last wash: unresolved
//!                       +--- open <---+
//! any state --left the pool--> withdrawn            one-off set after its one wash: washed_once
//! ```

mod answer;
mod case;
mod counts;
mod due;
mod dwp;
mod load;
mod returns;
mod verify;
mod wash;

pub use answer::{Answer, expect_columns};
pub(crate) use case::reason_left;
pub use case::{Case, CaseFault, Pool, State, read_cases};
pub use counts::{Coverage, Status};
pub use due::{Due, DueCase, Unfinished};
pub(crate) use dwp::take_dwp;
pub use load::Loading;
pub(crate) use load::load;
pub(crate) use returns::take;
pub use returns::{ReturnRow, ReturnedAs, Returns};
pub(crate) use verify::verify;
pub use verify::{Verdict, Verification};
pub use wash::{Missing, Wash, WashRow};
pub(crate) use wash::{at_folder, plan, record};

#[cfg(test)]
mod tests;
