//! Files and pipes to tables of text.
//!
//! In: paths, globs, `-`. Out: [`Batch`]es for a table of any size ([`Reader`]), or a whole [`Loaded`] table with its
//! faulty rows told apart. Invariant: the kind of a file is told by its first bytes; a faulty row is data, a faulty
//! file an error; no message holds a value of the table.
//!
//! ```text
//! Input ─ format ─┬ text     CSV, plain or packed: cut at records, parsed in chunks
//!                 ├ parquet  row groups, split so that every core is busy
//!                 ├ ipc      Arrow files and streams, mapped
//!                 ├ piped    an Arrow stream as it comes, never held whole
//!                 ├ json     JSON lines, read whole
//!                 └ xlsx     archive checked first, then cell by cell
//!                      each a `Source`; `header` says which column is which
//! ```

mod chunk;
mod content;
mod control;
mod cut;
mod format;
mod header;
mod ipc;
mod json_lines;
mod limits;
mod load;
mod markup;
mod messages;
mod packed;
mod parquet;
mod parts;
mod piped;
mod pull;
mod reader;
mod sheet;
mod source;
mod text;
mod xlsx;
mod zip_check;

pub use content::Content;
pub use control::{Control, Sidecar, sidecar};
pub use format::Format;
pub use header::{Header, listed_headers, match_header, spellings};
pub use ipc::read_batches;
pub use limits::{Limits, limit_with};
pub use load::{Loaded, MEND_ROWS, Reject, Remark, listed_rejects, load, load_every_row};
pub use packed::{PackedTexts, Unpacker};
pub use reader::{Batch, Faults, Reader};
pub use sheet::remark;
pub use source::{Input, digest, digest_of, expand, lasting, named_now, read_whole, unlock_with};

#[cfg(test)]
mod tests;
