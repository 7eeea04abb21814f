//! The vocabulary, as plain data: no files, no threads.
//!
//! ```text
//! Model ─ prior
//!       ├ Comparison (name, birth date, address, phone, email, nino, sex)
//!       │   └ Level: null (not compared), then from worst to best; m learned, u counted
//!       └ thresholds
//! ```

pub mod comparison;
pub mod expression;
pub mod linkage;
pub mod parameters;
pub(crate) mod reference;
pub mod schema;
pub mod splink;
pub mod value;
