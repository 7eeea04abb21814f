//! Text to comparable values: pure and idempotent, one file per kind of field.
//!
//! In: text as received. Out: values of `model::value` or, for names, [`name::Tokens`]. Invariant: no reader panics on
//! any text, and reading the canonical text of a value gives that value. Read next: `name.rs`.

pub mod address;
pub mod date;
pub mod email;
pub mod field;
pub mod kind;
pub mod name;
pub mod nino;
pub mod phone;
pub mod postcode;
