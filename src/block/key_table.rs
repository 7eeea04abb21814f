//! The different keys of an extract, and what finds one of them: a filter, then a bucket.
//!
//! In: keys. Out: the place of a key among them, or that there is none. The three tables are arrow buffers, so that those of a
//! file are used where they are mapped: a process that passes a small part of a register spends no time on making them.
//! Invariant: keys are ascending and different, and each stands in the bucket that its highest bits name.

use crate::ids::Slot;
use arrow::buffer::ScalarBuffer;
use std::ops::Range;

/// Filter bits a key: one probe in 16 of those that miss goes on to the buckets.
const FILTER_BITS: usize = 16;

/// Keys, ascending, with the tables by which one is found.
pub struct KeyTable {
    keys: ScalarBuffer<u64>,
    filter: ScalarBuffer<u64>,
    filter_shift: u32,
    /// First slot of each bucket, and one past the last slot at the end.
    buckets: ScalarBuffer<u32>,
    bucket_shift: u32,
}

/// Words of the filter of so many keys, and number of their buckets.
fn sizes(keys: usize) -> (usize, usize) {
    ((keys * FILTER_BITS).next_power_of_two().max(64) / 64, keys.next_power_of_two().max(2))
}

/// Bits by which a key is shifted to name one of `places`, a power of two.
const fn shift(places: usize) -> u32 {
    64 - places.trailing_zeros()
}

impl KeyTable {
    /// The table of keys, which are ascending and different.
    pub fn new(keys: Vec<u64>) -> Self {
        let (words, buckets) = sizes(keys.len());
        let (filter_shift, bucket_shift) = (shift(words * 64), shift(buckets));
        let mut filter = vec![0_u64; words];
        let mut starts = vec![0_u32; buckets + 1];
        for &key in &keys {
            let bit = (key >> filter_shift) as usize;
            filter[bit / 64] |= 1 << (bit % 64);
            starts[(key >> bucket_shift) as usize + 1] += 1;
        }
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        Self { keys: keys.into(), filter: filter.into(), filter_shift, buckets: starts.into(), bucket_shift }
    }

    /// A table that was made before, of its [`KeyTable::keys`], [`KeyTable::filter`] and [`KeyTable::buckets`]. `None` where
    /// they do not fit each other. Of the filter the size alone is looked at.
    pub fn of_parts(keys: ScalarBuffer<u64>, filter: ScalarBuffer<u64>, buckets: ScalarBuffer<u32>) -> Option<Self> {
        let (words, places) = sizes(keys.len());
        let ends = buckets.first() == Some(&0) && buckets.last().map(|end| *end as usize) == Some(keys.len());
        let sized = filter.len() == words && buckets.len() == places + 1 && ends;
        let sorted = || keys.is_sorted_by(|a, b| a < b) && buckets.is_sorted();
        let (filter_shift, bucket_shift) = (shift(words * 64), shift(places));
        (sized && sorted()).then(|| Self { keys, filter, filter_shift, buckets, bucket_shift })
    }

    /// The keys, by slot.
    pub fn keys(&self) -> &ScalarBuffer<u64> {
        &self.keys
    }

    /// The words of the filter.
    pub fn filter(&self) -> &ScalarBuffer<u64> {
        &self.filter
    }

    /// First slot of each bucket, and one past the last slot.
    pub fn buckets(&self) -> &ScalarBuffer<u32> {
        &self.buckets
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The slot of a key, if it is there.
    pub fn find(&self, key: u64) -> Option<Slot> {
        if self.may_have(key) { self.find_in(self.bucket(key), key) } else { None }
    }

    /// As [`KeyTable::find`], of a key that is likely to be there: the filter is not asked.
    pub fn find_known(&self, key: u64) -> Option<Slot> {
        self.find_in(self.bucket(key), key)
    }

    /// The slot of a key that may stand in this bucket.
    #[inline]
    pub fn find_in(&self, bucket: Range<usize>, key: u64) -> Option<Slot> {
        // A table that somebody writes to while it is mapped is no table; the run is refused in the end.
        let place = self.keys.get(bucket.clone())?.iter().position(|known| *known == key)?;
        Some(Slot((bucket.start + place) as u32))
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::hash::mix;

    fn keys(count: u64) -> Vec<u64> {
        let mut keys: Vec<u64> = (0..count).map(|n| mix(n, 1)).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn a_table_of_parts_finds_what_the_one_they_are_of_finds() {
        for count in [0, 1, 2, 63, 64, 65, 3_000] {
            let made = KeyTable::new(keys(count));
            let [words, filter] = [made.keys(), made.filter()].map(|part| part.to_vec().into());
            let again = KeyTable::of_parts(words, filter, made.buckets().to_vec().into()).unwrap();
            for key in keys(count).into_iter().chain((0..500).map(|n| mix(n, 2))) {
                assert_eq!(again.find(key), made.find(key));
                assert_eq!(made.find(key).map(|slot| made.keys()[slot.index()]), made.find_known(key).map(|_| key));
            }
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_no_table() {
        let made = KeyTable::new(keys(300));
        let of = |keys: Vec<u64>, filter: Vec<u64>, buckets: Vec<u32>| {
            KeyTable::of_parts(keys.into(), filter.into(), buckets.into()).is_some()
        };
        let parts = || (made.keys().to_vec(), made.filter().to_vec(), made.buckets().to_vec());
        let (keys, filter, buckets) = parts();
        assert!(of(keys.clone(), filter.clone(), buckets.clone()));
        assert!(!of(keys[1..].to_vec(), filter.clone(), buckets.clone()));
        assert!(!of(keys.iter().rev().copied().collect(), filter.clone(), buckets.clone()));
        assert!(!of(keys.clone(), filter[1..].to_vec(), buckets.clone()));
        assert!(!of(keys.clone(), filter.clone(), buckets[1..].to_vec()));
        let mut beyond = buckets.clone();
        beyond[7] = u32::MAX;
        assert!(!of(keys.clone(), filter.clone(), beyond));
        assert!(!of(keys, filter, Vec::new()));
    }
}
