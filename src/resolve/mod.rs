//! Which person, if any?
//!
//! In: candidates of one extract row with their weights. Out: a posterior for each person, an outcome word, the reasons
//! in plain words and the tier. Invariant: evidence of all rows of one person is pooled before anything is decided, best
//! of each field once; nothing here knows a department. Read next: `pool.rs`, `decide.rs`.

mod decide;
pub mod pairs;
mod pool;

pub use decide::{Candidate, Decision, Facts, NUMBER_OF_SEVERAL, Outcome, Tier, decide};
pub use pool::{Evidence, Pooled, is_nobodys, split_people};
