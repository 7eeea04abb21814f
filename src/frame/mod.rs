//! Tables over Arrow arrays: every value is text until a standardiser has read it.
//!
//! In: columns decoded by `ingest`. Out: [`Table`]. Invariant: one column type (`StringViewArray`), one crossing
//! between polars and arrow (`convert.rs`). Read next: `table.rs`.

pub mod convert;
pub mod ipc;
pub mod join;
pub mod lines;
pub mod sizes;
pub mod stream;
mod table;

pub use table::{Table, TextColumn, cell, text_bytes, text_length};
