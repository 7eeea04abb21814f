//! The index plan's hash index: every key of every register row, sorted, with the rows that have it.

use rayon::prelude::*;

/// Keys of all rows of all workers.
pub(crate) struct KeyIndex {
    /// `(key, row)`, sorted; rows are numbered through all workers.
    entries: Vec<(u64, u32)>,
    /// Where each bucket of keys begins, by the highest bits of the key.
    buckets: Vec<u32>,
    shift: u32,
    /// First row of each worker.
    first: Vec<u32>,
}

impl KeyIndex {
    /// Index over the keys of each worker, whose rows number `rows`.
    pub(crate) fn build(keys: impl Iterator<Item = Vec<(u64, u32)>>, rows: &[u32]) -> Self {
        let mut first = Vec::with_capacity(rows.len());
        let mut entries = Vec::new();
        let mut next = 0;
        for (keys, rows) in keys.zip(rows) {
            entries.extend(keys.into_iter().map(|(key, row)| (key, row + next)));
            first.push(next);
            next += rows;
        }
        entries.par_sort_unstable();
        let bits = entries.len().max(2).next_power_of_two().trailing_zeros();
        let shift = 64 - bits;
        let mut buckets = vec![0_u32; (1 << bits) + 1];
        for (key, _) in &entries {
            buckets[(key >> shift) as usize + 1] += 1;
        }
        for index in 1..buckets.len() {
            buckets[index] += buckets[index - 1];
        }
        Self { entries, buckets, shift, first }
    }

    /// The rows that have a key.
    pub(crate) fn rows(&self, key: u64) -> &[(u64, u32)] {
        let bucket = (key >> self.shift) as usize;
        let here = &self.entries[self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize];
        let start = here.partition_point(|(other, _)| *other < key);
        let end = here.partition_point(|(other, _)| *other <= key);
        &here[start..end]
    }

    /// Worker and row within it.
    pub(crate) fn worker_of(&self, row: u32) -> (usize, u32) {
        let worker = self.first.partition_point(|first| *first <= row) - 1;
        (worker, row - self.first[worker])
    }
}

#[cfg(test)]
mod tests {
    use super::KeyIndex;
    use crate::util::hash::mix;

    #[test]
    fn finds_the_rows_of_every_key() {
        let keys: Vec<Vec<(u64, u32)>> = (0..3_u64)
            .map(|worker| (0..200_u32).map(|row| (mix(u64::from(row) % 37 * (worker + 1), 1), row)).collect())
            .collect();
        let index = KeyIndex::build(keys.clone().into_iter(), &[200, 200, 200]);
        for key in (0..120).map(|n| mix(n, 1)) {
            let mut found: Vec<(usize, u32)> = index.rows(key).iter().map(|(_, row)| index.worker_of(*row)).collect();
            found.sort_unstable();
            let want: Vec<(usize, u32)> = keys
                .iter()
                .enumerate()
                .flat_map(|(worker, keys)| {
                    keys.iter().filter(|(other, _)| *other == key).map(move |(_, row)| (worker, *row))
                })
                .collect();
            assert_eq!(found, want);
        }
    }
}
