//! How much memory will a linkage take? Told before it is taken, from rows, columns, rules and pairs.
//!
//! The numbers are of `benches/dedupe.sh` and of linked tables of 10 000 to a million rows, rounded up; they are there to
//! stop what cannot go well, not to foretell the last megabyte.

use crate::engine::linkage::Linkage;
use crate::engine::linkage::training::KEPT_PAIRS;
use crate::engine::linkage::units::PAIR_BYTES;
use crate::frame::{Table, text_bytes};
use crate::model::linkage::LinkageModel;

/// Memory of the program, of its tables of names, and of what its threads remember.
const ALONE: u64 = 110 << 20;
/// Memory of one value of a field: its code, twice, and its part of a text and of the map that found it.
const VALUE: u64 = 40;
/// Memory of one key of a blocking rule: hashed, sorted with its row, and looked up by row.
const KEY: u64 = 32;

/// Memory, in bytes, that preparing tables for a model takes, before any pair is compared.
pub fn preparing_bytes(model: &LinkageModel, tables: &[&Table]) -> u64 {
    let rows: u64 = tables.iter().map(|table| table.rows() as u64).sum();
    let text: u64 = tables.iter().flat_map(|table| table.columns()).map(text_bytes).sum();
    let of_row = model.fields.len() as u64 * VALUE + model.blocking.len() as u64 * KEY;
    ALONE + text + rows * of_row
}

/// Memory, in bytes, that comparing and keeping pairs takes on top: those that are learned from where the model `learns`,
/// and where pairs of little weight are kept too, as clusters need them (`keeps`), a share of all. What more turns out to
/// weigh enough is bounded while pairs are scored ([`Keeping`](crate::engine::linkage::Keeping)).
pub fn pairs_bytes(linkage: &Linkage, learns: bool, keeps: bool) -> u64 {
    let pairs: u64 = linkage.costs().iter().map(|cost| cost.pairs).sum();
    let learned = if learns { pairs.min(KEPT_PAIRS) } else { 0 };
    // A pair in four or so is found by no earlier rule and weighs enough to be kept.
    let kept = if keeps { pairs / 4 } else { 0 };
    (learned + kept) * PAIR_BYTES
}
