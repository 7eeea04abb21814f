//! Lookup tables of `data/lexicon`, compiled in: name equivalents, particles, titles, placeholders, phonetic codes.
//!
//! In: the tables as text. Out: look-ups by token. Invariant: pure and total; a table that cannot be parsed is a fault
//! of the build and found by a test. Read next: `equivalents.rs`, then `skeleton.rs`, `sex.rs`, `surname.rs`.

mod equivalents;
pub mod names;
mod sex;
mod skeleton;
mod surname;
mod words;

pub use equivalents::{Equivalence, block_code, block_codes, class_bits, equivalence, known_apart};
pub use sex::two_sexes;
pub use skeleton::skeleton;
pub use surname::one_surname;
pub use words::{
    Action, Sex, is_placeholder_phrase, is_placeholder_token, nationality_culture, particle, sex_of_title, title,
};

/// The tables as text, in a set order.
pub(crate) const TABLES: [&str; 8] = [
    equivalents::EQUIVALENT_ROWS,
    sex::GIVEN_NAMES,
    words::PARTICLE_ROWS,
    words::TITLE_ROWS,
    words::PLACEHOLDER_ROWS,
    words::COUNTRY_ROWS,
    names::FORENAMES,
    names::SURNAMES,
];

/// Rows of a tab-separated table, without header, comments and blank lines.
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .skip(1)
        .map(|line| line.split('\t').map(str::trim).collect())
}
