//! The hash index of the small side: each different key of the extract is a slot.
//!
//! Keys are hashes, so sorted keys fill the range evenly: the highest bits of a key name a bucket of about one slot.
//! Probing is one bit of a filter for most keys, then one bucket, then the slot itself, whose cell holds all that a hit
//! needs.

use crate::block::rule::Kind;
use crate::ids::Slot;
use rayon::prelude::*;
use std::ops::Range;
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
    keys: Vec<u64>,
    kinds: Vec<Kind>,
    extract_rows: Vec<u32>,
    filter: Vec<u64>,
    filter_shift: u32,
    /// First slot of each bucket, and one past the last slot at the end.
    buckets: Vec<u32>,
    bucket_shift: u32,
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
        let mut slots = Self::table_of(keys, kinds);
        slots.number_rows(emissions);
        slots
    }

    fn table_of(keys: Vec<u64>, kinds: Vec<Kind>) -> Self {
        // 16 filter bits a key: one probe in 16 of those that miss goes on to the buckets.
        let filter_bits = (keys.len() * 16).next_power_of_two().max(64);
        let buckets = keys.len().next_power_of_two().max(2);
        let filter_shift = 64 - filter_bits.trailing_zeros();
        let bucket_shift = 64 - buckets.trailing_zeros();
        let mut filter = vec![0_u64; filter_bits / 64];
        let mut starts = vec![0_u32; buckets + 1];
        for &key in &keys {
            let bit = (key >> filter_shift) as usize;
            filter[bit / 64] |= 1 << (bit % 64);
            starts[(key >> bucket_shift) as usize + 1] += 1;
        }
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        Self {
            extract_rows: Vec::new(),
            keys,
            kinds,
            filter,
            filter_shift,
            buckets: starts,
            bucket_shift,
            row_ends: Vec::new(),
            row_slots: Vec::new(),
        }
    }

    /// The slots of keys that were numbered before, in their order, without the rows of the extract: enough to be probed.
    /// `None` when the keys are not sorted and different, or the columns not of one length.
    pub fn of_keys(keys: Vec<u64>, kinds: Vec<Kind>, extract_rows: Vec<u32>) -> Option<Self> {
        let one_length = keys.len() == kinds.len() && keys.len() == extract_rows.len();
        let sorted = keys.is_sorted_by(|a, b| a < b);
        (one_length && sorted).then(|| Self { extract_rows, ..Self::table_of(keys, kinds) })
    }

    /// Rows are let go of as they are numbered.
    fn number_rows(&mut self, emissions: Vec<Box<[Emission]>>) {
        let rows: Vec<AtomicU32> = (0..self.keys.len()).map(|_| AtomicU32::new(0)).collect();
        let numbered: Vec<Vec<u32>> = emissions
            .into_par_iter()
            .map(|row| {
                let slots: Vec<u32> =
                    row.iter().filter_map(|emission| self.find_known(emission.key)).map(|slot| slot.0).collect();
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
        if self.may_have(key) { self.find_known(key) } else { None }
    }

    /// As [`Slots::find`], of a key that is likely to be there: the filter is not asked.
    fn find_known(&self, key: u64) -> Option<Slot> {
        let bucket = self.bucket(key);
        let at = bucket.start + self.keys[bucket.clone()].iter().position(|known| *known == key)?;
        Some(Slot(at as u32))
    }

    /// Whether the filter has seen a key; if not, no slot has it.
    #[inline]
    pub fn may_have(&self, key: u64) -> bool {
        let bit = (key >> self.filter_shift) as usize;
        self.filter[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Slots that a key may be.
    #[inline]
    pub fn bucket(&self, key: u64) -> Range<usize> {
        let bucket = (key >> self.bucket_shift) as usize;
        self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize
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
        self.keys[slot.index()]
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
