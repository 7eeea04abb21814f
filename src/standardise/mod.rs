//! Text to comparable values: pure and idempotent, one file per kind of field.
//!
//! In: text as received. Out: values of `model::value` or, for names, [`name::Tokens`]. Invariant: no reader panics on
//! any text, and reading the canonical text of a value gives that value. Read next: `name.rs`.

use crate::util::hash::{mix, text_hash};

pub mod address;
pub mod date;
pub mod email;
pub mod field;
pub mod kind;
pub mod name;
pub mod nino;
pub mod phone;
pub mod postcode;

/// Digest of the tables that names and addresses are read by, hexadecimal: what was standardised by others is not to be
/// compared.
pub fn tables_digest() -> String {
    let tables = crate::lexicon::TABLES.into_iter().chain([address::TABLE]);
    format!("{:016x}", tables.fold(0, |digest, table| mix(digest, text_hash(table.as_bytes()))))
}
