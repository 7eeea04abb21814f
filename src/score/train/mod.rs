//! Learning without labels: m, the share of the extract that is present, and the number of relatives.

mod em;
pub mod patterns;
mod strangers;

pub use em::{Convergence, Patterns, learn};
