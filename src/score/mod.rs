//! How strong is the evidence?
//!
//! In: levels of a pair and the frequencies of the register. Out: match weights in bits, each a sum of named parts.
//! Invariant: m comes from the model, u from counts of the register with the candidate's own rows taken out; the code
//! that gives the weight gives its waterfall. Read next: `frequency.rs`, `weight.rs`, `train/`.

mod companions;
mod defaults_sought;
mod frequency;
pub mod linkage_weight;
mod spellings;
pub mod train;
mod weight;

pub use companions::{ASKED_CHUNK, CompanionCounts, pairs_asked, rows_asked};
pub use frequency::{Counts, Frequencies, NameContext, Sample, TokenCount};
pub use weight::{Scorer, Step, posterior};
