//! Looking up the keys of many register rows at a time.
//!
//! A probe waits for memory four times: for the filter, for the bucket, for the key, for the count. One key after the other
//! those waits add up to half of a scan. Taken in four passes over a group of rows the waits of one pass overlap, since no key of a
//! pass depends on another. Children of a key are looked up in a second round, when their parents have been found.

use crate::block::{Child, KeyTable, Keyed, Kind, child_keys, first_keys};
use crate::ids::Slot;
use std::sync::atomic::{AtomicU32, Ordering};

/// Register rows looked up together.
pub(crate) const GROUP_ROWS: usize = 64;

/// The slots of the extract with their counts, shared by all workers.
pub(crate) struct Cells<'a> {
    keys: &'a KeyTable,
    /// Rows up to which postings are kept; 0 where the slot is only counted.
    rows_max: &'a [u32],
    rows: Vec<AtomicU32>,
}

impl<'a> Cells<'a> {
    /// Cells of all slots, with the rows that were counted before; none where the list is short.
    pub(crate) fn counted(keys: &'a KeyTable, rows_max: &'a [u32], rows: &[u32]) -> Self {
        let counted = rows.iter().copied().chain(std::iter::repeat(0));
        Self { keys, rows_max, rows: counted.take(keys.len()).map(AtomicU32::new).collect() }
    }

    /// Whether a block is within its limit so far; once over it, it stays so.
    pub(crate) fn stands(&self, slot: Slot) -> bool {
        self.rows[slot.index()].load(Ordering::Relaxed) <= self.rows_max[slot.index()]
    }

    /// Rows counted for each slot so far.
    pub(crate) fn now(&self) -> Vec<u32> {
        self.rows.iter().map(|rows| rows.load(Ordering::Relaxed)).collect()
    }

    /// Rows counted for each slot.
    pub(crate) fn counts(self) -> Vec<u32> {
        self.rows.into_iter().map(AtomicU32::into_inner).collect()
    }
}

/// A key with what is needed to make its children.
#[derive(Clone, Copy)]
struct Asked {
    key: u64,
    row: u8,
    child: Child,
    kind: Kind,
}

/// Buffers of one worker.
#[derive(Default)]
pub(crate) struct Prober {
    asked: Vec<Asked>,
    children: Vec<Asked>,
    passed: Vec<u32>,
    buckets: Vec<(u32, u32)>,
    slots: Vec<(u32, Slot)>,
}

impl Prober {
    /// Looks up all keys of a group of rows, counts them, and adds to `hits` the slots of each row that keep postings.
    pub(crate) fn group(&mut self, cells: &Cells, rows: &[Keyed], hits: &mut [Vec<Slot>]) {
        self.asked.clear();
        for (row, keyed) in rows.iter().enumerate() {
            let asked = &mut self.asked;
            first_keys(keyed, |kind, key, child| asked.push(Asked { key, row: row as u8, child, kind }));
        }
        self.children.clear();
        let mut children = std::mem::take(&mut self.children);
        self.look_up(cells, hits, |asked| {
            let parent = (asked.kind, asked.child);
            child_keys(&rows[usize::from(asked.row)], parent.0, parent.1, |kind, key| {
                children.push(Asked { key, row: asked.row, child: Child::default(), kind });
            });
        });
        std::mem::swap(&mut self.asked, &mut children);
        self.children = children;
        self.look_up(cells, hits, |_| {});
    }

    fn look_up(&mut self, cells: &Cells, hits: &mut [Vec<Slot>], mut found: impl FnMut(&Asked)) {
        self.passed.clear();
        self.passed.resize(self.asked.len(), 0);
        let mut passed = 0;
        for (index, asked) in self.asked.iter().enumerate() {
            self.passed[passed] = index as u32;
            passed += usize::from(cells.keys.may_have(asked.key));
        }
        self.passed.truncate(passed);
        self.buckets.clear();
        for index in &self.passed {
            let bucket = cells.keys.bucket(self.asked[*index as usize].key);
            self.buckets.push((bucket.start as u32, bucket.end as u32));
        }
        self.slots.clear();
        for (index, (start, end)) in self.passed.iter().zip(&self.buckets) {
            let key = self.asked[*index as usize].key;
            let slot = cells.keys.find_in(*start as usize..*end as usize, key);
            self.slots.extend(slot.map(|slot| (*index, slot)));
        }
        // An atomic addition lets no later read begin: they come last.
        for (index, slot) in &self.slots {
            let asked = &self.asked[*index as usize];
            if cells.rows[slot.index()].fetch_add(1, Ordering::Relaxed) < cells.rows_max[slot.index()] {
                hits[usize::from(asked.row)].push(*slot);
            }
            found(asked);
        }
    }
}
