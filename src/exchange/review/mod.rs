//! Clerical review: what a trace leaves to people, what they see of it, what they say, and what follows.
//!
//! In: cases of a trace in review or ambiguous, and workbooks that came back. Out: [`Cases`], the [`grid()`] of a workbook,
//! [`Vote`]s, where each case stands. Invariants: a case is known by its reference and digest, never by its place; nothing
//! of a workbook counts unless all of it is in order; what people disagree about is not applied. Read next: `case.rs`,
//! `grid.rs`, `votes.rs`, `standing.rs`.

mod case;
mod grid;
mod standing;
mod votes;
mod words;

pub use case::{CASES, Candidate, Case, Cases, Part, asked, cases};
pub use grid::{CAVEAT, COLUMNS, Column, GridRow, Kind, Shown, grid};
pub use standing::{Standing, Standings, Tally};
pub use votes::{DECISION_COLUMNS, Decision, Vote, decision_rows, read_decisions, read_votes};
pub use words::Class;

#[cfg(test)]
mod tests;
