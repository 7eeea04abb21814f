//! What a pass over a part of the registers brings, as plain data that merges in any order.
//!
//! In: [`scan_part`](crate::engine::scan_part) over some rows. Out: a [`Partial`], as batches of [lines](crate::frame::lines)
//! ([`write()`], [`read()`]) and back, and all of them merged as what one pass over everything would have brought. The same
//! serves tasks of another engine, a checkpoint of a long run, and a spill to disk. Invariant: which partial a row was in,
//! and in what order partials come, cannot be seen in the end.
//!
//! Version 1 of the lines. Columns: `kind` (int32), `key`, `code`, `count` (int64), `slots` (list of int32), `texts` (list of
//! text), `numbers` (list of int64); what a kind does not name is 0 or empty. Hashes and bits of values are those of this
//! version of the program, which is why a partial of another version is refused.
//!
//! | kind | of | values |
//! |---|---|---|
//! | 0 | the end of a part | `texts`: `rewash partial 1`, version of the program, digest of the probe; `numbers`: rows, rows without a person key, rows with a birth date, a phone, an email, a postcode; then rows, ragged rows and rows that are not UTF-8 of each file or data set |
//! | 1 | a block | `key`: number of the slot; `count`: register rows |
//! | 2 | a name token | `key`: hash; `code`: blocking code; `count`: occurrences |
//! | 3 | a birth date | `key`: bits; `count`: rows |
//! | 4 | a person key of the lowest | `key`: its digest |
//! | 5 | an address drawn by content | `key`: digest of the row; `numbers`: 4 words of the address |
//! | 6 | a fault of values | `texts`: field, reason, lowest record ids; `count`: rows |
//! | 7 | a register row that shares a block | `key`: person; `slots`: its blocks; `texts`: NINO and person id as they stand, name tokens; `numbers`: see [`write()`] |
//! | 11 | rows of a file that a checkpoint is of | see `checkpoint.rs`; not read here |
//!
//! A probe, and who is asked for, are lines too: see [`ProbeFile`], [`AskedFile`].

mod asked;
mod probe;
mod read;
mod write;

pub use asked::AskedFile;
pub use probe::{About, ProbeFile};
pub(crate) use read::read_row;
pub use read::{Reading, check, read, slot_counts};
pub(crate) use write::write_rows;
pub use write::{write, write_lines};

use crate::compare::Vocabulary;
use crate::engine::scan::{DISTINCT_KEPT, Merged, Rows, SAMPLE_ROWS, Scanned};
use crate::ids::Slot;
use crate::ingest::Faults;

/// Name and version of the form of partials.
const FORMAT: &str = "rewash partial 1";

/// Most lines of kind 4, and of kind 5, that count of all parts: the lowest, as numbers without a sign.
pub const LOWEST_KEPT: [usize; 2] = [DISTINCT_KEPT, SAMPLE_ROWS];

/// Kinds of lines.
pub(crate) mod kind {
    pub(crate) const END: i32 = 0;
    pub(crate) const SLOT: i32 = 1;
    pub(crate) const TOKEN: i32 = 2;
    pub(crate) const DAY: i32 = 3;
    pub(crate) const PERSON: i32 = 4;
    pub(crate) const SAMPLE: i32 = 5;
    pub(crate) const FAULT: i32 = 6;
    pub(crate) const SURVIVOR: i32 = 7;
    pub(crate) const TABLE: i32 = 9;
    pub(crate) const ASKED: i32 = 10;
    pub(crate) const DONE: i32 = 11;
}

/// What a pass over some register rows brought.
#[derive(Default)]
pub struct Partial {
    pub(crate) merged: Merged,
    /// Tokens of the surviving rows.
    pub(crate) vocabulary: Vocabulary,
    /// Register rows of each slot.
    pub(crate) slots: Vec<u32>,
    pub(crate) row_faults: Vec<Faults>,
    pub(crate) file_rows: Vec<u64>,
}

impl Partial {
    /// Register rows that it is of, with those that name nobody.
    pub fn rows(&self) -> u64 {
        self.merged.rows + self.merged.nameless
    }

    /// Register rows that share a block with the extract.
    pub fn survivors(&self) -> usize {
        self.merged.records.len()
    }

    /// Counts rows by data set in place of files: those of `files`, each with its data set, among `data_sets`.
    pub fn by_data_set(&mut self, files: &[u16], data_sets: usize) {
        let (rows, faults) = (std::mem::take(&mut self.file_rows), std::mem::take(&mut self.row_faults));
        self.file_rows.resize(data_sets, 0);
        self.row_faults.resize(data_sets, Faults::default());
        for ((data_set, rows), faults) in files.iter().zip(rows).zip(faults) {
            self.file_rows[usize::from(*data_set)] += rows;
            add(&mut self.row_faults[usize::from(*data_set)], &faults);
        }
    }

    /// Both together, in either order.
    #[expect(clippy::iter_over_hash_type, reason = "sums of whole numbers: the order cannot be seen")]
    pub fn merge(mut self, other: Self) -> Self {
        let (merged, more) = (&mut self.merged, other.merged);
        for (hash, token) in more.tokens {
            let known = merged.tokens.entry(hash).or_insert(crate::score::TokenCount { count: 0, ..token });
            known.count = known.count.saturating_add(token.count);
        }
        for (date, count) in more.days {
            let known = merged.days.entry(date).or_default();
            *known = known.saturating_add(count);
        }
        merged.rows += more.rows;
        merged.nameless += more.nameless;
        merged.with.iter_mut().zip(more.with).for_each(|(sum, rows)| *sum += rows);
        merged.distinct.extend(more.distinct);
        merged.sample.extend(more.sample);
        merged.faults.merge(more.faults);
        merged.keep_lowest();
        let rows = Rows {
            records: more.records,
            people: more.people,
            postings: more.postings.into_iter().flatten().map(|(slot, row)| (slot, row.0)).collect(),
        };
        merged.take_rows(rows, &other.vocabulary, &|_| true, &mut self.vocabulary);
        add_all(&mut self.slots, other.slots, |sum, rows| *sum = sum.saturating_add(rows));
        add_all(&mut self.file_rows, other.file_rows, |sum, rows| *sum += rows);
        add_all(&mut self.row_faults, other.row_faults, |sum, faults| add(sum, &faults));
        self
    }

    /// What one pass over all rows would have brought; `within` says of a slot and its register rows whether its block
    /// stands. Tokens of the rows that stay are added to `vocabulary`.
    pub(crate) fn into_scanned(self, within: impl Fn(Slot, u32) -> bool, vocabulary: &mut Vocabulary) -> Scanned {
        let (mut merged, slots) = (self.merged, self.slots);
        let rows = Rows {
            records: std::mem::take(&mut merged.records),
            people: std::mem::take(&mut merged.people),
            postings: std::mem::take(&mut merged.postings)
                .into_iter()
                .flatten()
                .map(|(slot, row)| (slot, row.0))
                .collect(),
        };
        let stands = |slot: Slot| within(slot, slots.get(slot.index()).copied().unwrap_or(0));
        merged.take_rows(rows, &self.vocabulary, &stands, vocabulary);
        let mut scanned = merged.finish(slots);
        scanned.row_faults = self.row_faults;
        scanned.file_rows = self.file_rows;
        scanned
    }
}

/// Adds a list place by place; the shorter one is as if it went on with nothing.
fn add_all<T: Default + Clone>(sums: &mut Vec<T>, more: Vec<T>, add: impl Fn(&mut T, T)) {
    sums.resize(sums.len().max(more.len()), T::default());
    sums.iter_mut().zip(more).for_each(|(sum, more)| add(sum, more));
}

/// Counts alone: which rows they were means nothing outside their file.
fn add(sum: &mut Faults, more: &Faults) {
    sum.ragged_rows += more.ragged_rows;
    sum.bad_text_rows += more.bad_text_rows;
}

#[cfg(test)]
mod tests;
