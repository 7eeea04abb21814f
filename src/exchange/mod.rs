//! The memorandum: what is agreed, which window counts, and what may leave for whom.
//!
//! In: `Linked` decisions and gathered rows. Out: [`gateway::Released`] rows for another department and
//! [`Working`] rows for one's own. Invariant: only `gateway/` makes a `Released` value; nothing here decides anything
//! about anyone. Read next: `agreement.rs`, `window.rs`, `holding.rs`, `benefits/`, `gateway/`.

pub mod agreement;
pub mod benefits;
mod exceptions;
pub mod gateway;
mod holding;
pub mod ledger;
pub mod metrics;
mod outcomes;
pub mod pool;
pub mod review;
mod savings;
pub mod specification;
mod window;

pub use exceptions::{Exception, exceptions};
pub use holding::{Detail, Holding, Holdings, is_refused};
pub use outcomes::{DataSets, OUTCOME_COLUMNS, OutcomeRow, REVIEW_COLUMNS, not_searchable, outcome_rows, review_rows};
pub use savings::{FORMULA, SAVINGS_COLUMNS, Savings, SavingsOf, WEEKS, savings};
pub use window::Window;

/// Rows with a header, as they go into one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Column names.
    pub header: Vec<String>,
    /// Rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

/// A department's own working file: it holds more than any other department may see, and never leaves.
#[derive(Clone, Debug)]
pub struct Working<T>(pub T);
