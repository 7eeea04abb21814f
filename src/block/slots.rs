//! The hash index of the small side: each different key of the extract is a slot.
//!
//! Keys are hashes, so sorted keys fill the range evenly: the highest bits of a key name a bucket of about one slot.
//! Probing is one bit of a filter for most keys, then one bucket (`key_table.rs`), then the slot itself.

use crate::block::key_table::KeyTable;
use crate::block::rule::{Kind, Limits};
use crate::ids::Slot;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Key of one extract row, before slots are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emission {
    /// The key.
    pub key: u64,
    /// What it stands for.
    pub kind: Kind,
}

/// Highest bits of a key by which the range of keys is cut in parts that are sorted one after the other: keys are many, and
/// are not to be held twice.
const PART_BITS: u32 = 3;

/// The different keys with their kinds, ascending.
fn distinct(emissions: &[Box<[Emission]>]) -> (Vec<u64>, Vec<Kind>) {
    let most = emissions.iter().map(|row| row.len()).sum();
    let (mut keys, mut kinds) = (Vec::with_capacity(most), Vec::with_capacity(most));
    for part in 0..1 << PART_BITS {
        let of_part = |emission: &&Emission| emission.key >> (64 - PART_BITS) == part;
        let pair = |emission: &Emission| (emission.key, emission.kind);
        let mut all: Vec<(u64, Kind)> =
            emissions.par_iter().flat_map_iter(|row| row.iter().filter(of_part).map(pair)).collect();
        all.par_sort_unstable();
        all.dedup_by_key(|(key, _)| *key);
        keys.extend(all.iter().map(|(key, _)| *key));
        kinds.extend(all.iter().map(|(_, kind)| *kind));
    }
    (keys, kinds)
}

/// All different keys of the extract, numbered.
pub struct Slots {
    keys: KeyTable,
    kinds: Vec<Kind>,
    extract_rows: Vec<u32>,
    /// Slots of each extract row in the order of emission: `row_slots[row_ends[r - 1]..row_ends[r]]`.
    row_ends: Vec<u32>,
    row_slots: Vec<u32>,
}

impl Slots {
    /// Numbers the keys of all extract rows; `emissions[r]` are those of row `r`, in order.
    pub fn build(emissions: &[Vec<Emission>]) -> Self {
        Self::of_rows(emissions.iter().map(|row| row.as_slice().into()).collect())
    }

    /// The same of keys that are given up, and let go of as they are numbered.
    pub fn of_rows(emissions: Vec<Box<[Emission]>>) -> Self {
        let (keys, kinds) = distinct(&emissions);
        let keys = KeyTable::new(keys);
        let mut slots = Self { keys, kinds, extract_rows: Vec::new(), row_ends: Vec::new(), row_slots: Vec::new() };
        slots.number_rows(emissions);
        slots
    }

    /// Rows are let go of as they are numbered.
    fn number_rows(&mut self, emissions: Vec<Box<[Emission]>>) {
        let rows: Vec<AtomicU32> = (0..self.keys.len()).map(|_| AtomicU32::new(0)).collect();
        let numbered: Vec<Vec<u32>> = emissions
            .into_par_iter()
            .map(|row| {
                let slots: Vec<u32> =
                    row.iter().filter_map(|emission| self.keys.find_known(emission.key)).map(|slot| slot.0).collect();
                let mut seen = slots.clone();
                seen.sort_unstable();
                seen.dedup();
                for slot in seen {
                    rows[slot as usize].fetch_add(1, Ordering::Relaxed);
                }
                slots
            })
            .collect();
        self.extract_rows = rows.into_iter().map(AtomicU32::into_inner).collect();
        self.row_slots.reserve_exact(numbered.iter().map(Vec::len).sum());
        for row in &numbered {
            self.row_slots.extend_from_slice(row);
            self.row_ends.push(self.row_slots.len() as u32);
        }
    }

    /// The slot of a key, if the extract has it.
    pub fn find(&self, key: u64) -> Option<Slot> {
        self.keys.find(key)
    }

    /// The keys alone: enough to be probed.
    pub fn keys(&self) -> &KeyTable {
        &self.keys
    }

    /// The same, of slots that are given up.
    pub fn into_keys(self) -> KeyTable {
        self.keys
    }

    /// Most register rows of the block of each slot; 0 where a slot is only counted.
    pub fn blocks_max(&self, limits: &Limits) -> Vec<u32> {
        self.kinds.iter().zip(&self.extract_rows).map(|(kind, rows)| limits.rows_max(*kind, *rows)).collect()
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the extract has no key at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key of a slot.
    pub fn key(&self, slot: Slot) -> u64 {
        self.keys.keys()[slot.index()]
    }

    /// What a slot stands for.
    #[inline]
    pub fn kind(&self, slot: Slot) -> Kind {
        self.kinds[slot.index()]
    }

    /// Extract rows that share a slot.
    #[inline]
    pub fn extract_rows(&self, slot: Slot) -> u32 {
        self.extract_rows[slot.index()]
    }

    /// The slots of one extract row, parents before their children.
    pub fn of_row(&self, row: usize) -> &[u32] {
        let start = if row == 0 { 0 } else { self.row_ends[row - 1] };
        &self.row_slots[start as usize..self.row_ends[row] as usize]
    }

    /// Number of extract rows.
    pub fn rows(&self) -> usize {
        self.row_ends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::hash::mix;

    #[test]
    fn finds_every_key_and_no_other() {
        let rows: Vec<Vec<Emission>> = (0..500_u64)
            .map(|row| (0..row % 7).map(|n| Emission { key: mix(row / 3, n), kind: Kind::Phone }).collect())
            .collect();
        let slots = Slots::build(&rows);
        for (row, keys) in rows.iter().enumerate() {
            let of_row = slots.of_row(row);
            assert_eq!(of_row.len(), keys.len());
            for (emission, slot) in keys.iter().zip(of_row) {
                assert_eq!(slots.find(emission.key), Some(Slot(*slot)));
                let sharing = rows.iter().filter(|other| other.contains(emission)).count();
                assert_eq!(slots.extract_rows(Slot(*slot)) as usize, sharing);
            }
        }
        assert!((0..1000).all(|n| slots.find(mix(n, 99)).is_none()));
        assert!(Slots::build(&[]).find(7).is_none());
    }
}
