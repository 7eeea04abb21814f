//! How much memory will a linkage take? Told before it is taken, from rows, columns, rules and pairs.
//!
//! The numbers are of `benches/dedupe.sh` and of linked tables of 10 000 to a million rows, rounded up; they are there to
//! stop what cannot go well, not to foretell the last megabyte.

use crate::engine::linkage::Linkage;
use crate::engine::linkage::kept::PAIR_BYTES;
use crate::engine::linkage::training::KEPT_PAIRS;
use crate::frame::{Table, text_bytes};
use crate::model::linkage::LinkageModel;
use crate::util::memory::own_bytes;

/// Memory of the program, of its tables of names, and of what its threads remember.
const ALONE: u64 = 110 << 20;
/// Memory of one value of a field: its code, twice, and its part of a text and of the map that found it.
const VALUE: u64 = 40;
/// Memory of one key of a blocking rule: hashed, sorted with its row, and looked up by row.
const KEY: u64 = 32;
/// Memory of what a thread has found and not handed over, and of a block of that on its way to the disk.
const THREAD: u64 = 40 << 20;
/// The least memory for pairs that weigh enough: with less, a run would be about putting aside.
const LEAST: u64 = 24 << 20;

/// Memory, in bytes, that preparing tables for a model takes, before any pair is compared.
pub fn preparing_bytes(model: &LinkageModel, tables: &[&Table]) -> u64 {
    let rows: u64 = tables.iter().map(|table| table.rows() as u64).sum();
    let text: u64 = tables.iter().flat_map(|table| table.columns()).map(text_bytes).sum();
    let of_row = model.fields.len() as u64 * VALUE + model.blocking.len() as u64 * KEY;
    ALONE + text + rows * of_row
}

/// Memory, in bytes, that comparing pairs takes on top: those that are learned from where the model `learns`, what threads
/// have at hand, and the least that is left for pairs that weigh enough. What of those has no room goes to the disk
/// ([`KeptPairs`](crate::engine::linkage::KeptPairs)).
pub fn pairs_bytes(linkage: &Linkage, learns: bool) -> u64 {
    let pairs: u64 = linkage.costs().iter().map(|cost| cost.pairs).sum();
    let learned = if learns { pairs.min(KEPT_PAIRS) } else { 0 };
    learned * PAIR_BYTES + (working_bytes() + LEAST).min(pairs * PAIR_BYTES)
}

/// Memory, in bytes, that is left of a budget for pairs that weigh enough, beside what the program has taken so far
/// and `others`.
pub fn bytes_for_pairs(budget: u64, others: u64) -> u64 {
    budget.saturating_sub(own_bytes().unwrap_or(0) + working_bytes() + others).max(LEAST)
}

fn working_bytes() -> u64 {
    rayon::current_num_threads() as u64 * THREAD
}
