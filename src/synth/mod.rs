//! Made people, households, registers, errors and truth: data like the real kind, of nobody.
//!
//! In: [`Settings`]. Out: a register as Parquet, an extract as workbook, CSV or Parquet, its truth, a customer index and
//! awards. Invariant: everything is a function of the settings; the same seed gives the same bytes for any number of
//! threads; memory does not grow with the register. Person `i` can be made alone, which is how the extract finds people
//! of the register without holding it. Nothing here knows how matching works: the errors are those of `domain.md` 5 and 7.
//! Read next: `world.rs`, then `household.rs`, `record.rs` and `extract.rs`.

mod benefits;
mod calendar;
mod choice;
mod dice;
mod extract;
mod files;
mod full_name;
mod household;
mod number;
mod person;
mod place;
mod rates;
mod record;
mod register;
mod slips;
mod stock;
#[cfg(test)]
mod tests;
mod truth;
mod world;

pub use benefits::{write_awards, write_customers};
pub use calendar::Day;
pub use extract::extract_columns;
pub use files::{extract_rows, write_cases, write_extract_csv, write_extract_parquet, write_extract_xlsx, write_truth};
pub use rates::ErrorRates;
pub use record::REGISTER_COLUMNS;
pub use register::{RegisterSummary, write_register};
pub use truth::{TruthStats, truth_stats};
pub use world::{Pool, Settings};
