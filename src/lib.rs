//! `rewash`: a batch matching engine for people.
//!
//! It loads whole datasets into Arrow frames, builds blocked hash indexes and runs multi-core fuzzy joins; on top of that
//! it carries out a memorandum between three departments. It finds, explains and reports; it decides nothing about
//! anyone.
//!
//! # The map
//!
//! ```text
//! ingest -> standardise -> block -> compare -> score -> resolve -> exchange -> report
//!  bytes     clean values   pairs    levels     weights   people     released   files
//! ```
//!
//! A module imports only from lower layers, and never a sibling in its own layer (`tests/tidy` enforces it):
//!
//! | layer | modules | what they hold |
//! |---|---|---|
//! | L0 | [`error`], [`ids`], [`util`] | kinds of error, typed ids, hashing, ordered parallel map |
//! | L1 | [`model`] | the vocabulary as plain data: values, comparisons and levels, parameters, schemas |
//! | L2 | [`frame`], [`lexicon`], [`store`] | tables over Arrow; look-up tables; everything that touches the disk |
//! | L3 | [`ingest`], [`program`], [`standardise`] | files to tables; conditions over two records; text to values |
//! | L4 | [`block`], [`compare`] | keys, slots and blocks; levels of a pair |
//! | L5 | [`score`] | u, m, weights, learning |
//! | L6 | [`resolve`] | evidence pooled by person; posterior, outcome and reasons |
//! | L7 | [`engine`] | the plans and their steps, and what they pass on when they run apart; knows no department |
//! | L8 | [`exchange`] | the memorandum: agreement, specification, pool and ledger, benefits, metrics; `gateway` alone makes `Released` rows |
//! | L9 | [`report`], [`synth`] | files and text; made data with truth |
//! | L10 | [`cli`] | words, plan, one file a command, exit status |
//!
//! # Invariants
//!
//! * The same inputs, model, date and version give the same bytes, for any number of threads, batch size, cut of the
//!   register and plan. `run.json` alone is outside the promise.
//! * Null is a level of its own, never a disagreement; a null key joins no block.
//! * A block over its limit is refined or reported; nothing is dropped in silence and nothing runs away.
//! * A register's own number is its person key as it stands; doubtful values are never evidence.
//! * Every weight can be taken apart: the same code gives the number and its parts.
//! * A run ends in a complete folder or in none.
//! * No personal data in messages, logs, manifests or file names: rows are named by number.

pub mod block;
pub mod cli;
pub mod compare;
pub mod engine;
pub mod error;
pub mod exchange;
pub mod frame;
pub mod ids;
pub mod ingest;
pub mod lexicon;
pub mod model;
pub mod program;
pub mod report;
pub mod resolve;
pub mod score;
pub mod standardise;
pub mod store;
pub mod synth;
pub mod util;
