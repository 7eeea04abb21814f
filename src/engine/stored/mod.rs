//! A register standardised once and kept: its rows, and what leads to them, as files that are mapped.
//!
//! In: registers. Out: a folder of segments that a trace maps and asks, in place of reading the registers. Invariant: what
//! a trace finds with it is, byte for byte, what it finds in the registers; a folder that is damaged, of another version or
//! older than its registers is refused. What is in the files, and what is not: `catalogue.rs` and the list below. Read next:
//! `segment.rs` (one segment), `writer.rs` (how it is made), `probe.rs` and `ask.rs` (how it is asked).
//!
//! Files of segment `N`, each an Arrow IPC file:
//!
//! | file | columns | order |
//! |---|---|---|
//! | `N-rows` | number and person id as they stand, birth date (bits), sex, name tokens, phones, emails (two hashes each), the address (hashes) | as read |
//! | `N-texts` | packs of 64 rows: all other columns as they stand | as read |
//! | `N-text-sums` | XXH3 of each pack of `N-texts` | as packed |
//! | `N-text-dictionary` | the bytes that all packs were packed with | |
//! | `N-digests` | XXH3 of each row | as read |
//! | `N-sets` | first row and data set of each run of rows | by first row |
//! | `N-faults` | row, fault, record id | by row |
//! | `N-tokens` | text, blocking code and hash of each token | by number |
//! | `N-names` | `two(code, code)`, end of its rows in `N-name-rows` | by value |
//! | `N-name-rows` | place of the birth date in `N-dates`, row | by name, date, row |
//! | `N-dates` | birth dates (bits) | ascending |
//! | `N-exact` | `two(hash, hash)` of two tokens, rows that have both; of names of more than `names::FEW` rows | by value |
//! | `N-person`, `N-phone`, `N-email`, `N-postcode` | row and lowest byte of the hashed value | by hashed value |
//! | `N-person-starts`, … | first row of each bucket of highest bits | ascending |
//! | `N-apart` | rows whose postcode is not that of their address, and the postcode | by row |
//! | `N-gone` | rows that an update took out | ascending |
//!
//! and `G-tokens`, `G-days`, `G-sample` of generation `G`: counts over all rows that are not gone.

mod ask;
mod build;
mod catalogue;
mod count;
mod dates;
mod gather;
mod kept;
mod names;
mod open;
mod postings;
mod probe;
mod segment;
mod sources;
mod update;
mod writer;

pub use build::{BuildSettings, Built, build};
pub use catalogue::{Catalogue, StoredCopy, StoredSource, StoredWord};
pub use gather::gather_stored;
pub use kept::KeptSegments;
pub use open::{StoredIndex, guarded};
pub(crate) use probe::scan_stored;
pub use update::{Updated, update};

/// Version of the files; another one is refused.
pub const VERSION: u32 = 5;
