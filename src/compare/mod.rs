//! How alike are two records, field by field?
//!
//! In: two rows of [`Records`] with one [`Vocabulary`]. Out: a `Vector` of levels, and for names which tokens agree.
//! Invariant: knows no weight, threshold or file. Words are compared, not rows: the grade of two different tokens is
//! worked out once and remembered. Read next: `records.rs`, `name.rs`, then any file of `kernel/`.

pub mod kernel;
mod name;
mod pieces;
mod records;
mod vocabulary;

pub use name::{Aligned, NameMatch, align};
pub use pieces::Pieces;
pub use records::{AddressKey, RecordParts, Records};
pub use vocabulary::{Grade, GradeCache, TokenId, Vocabulary};
