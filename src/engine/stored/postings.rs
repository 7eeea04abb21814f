//! Rows by a hashed value: buckets by its highest bits, one byte of it kept to pass over others.
//!
//! The value itself is not kept: whoever asks looks at the row, so that nothing is ever found by a collision.

use crate::error::Result;
use crate::store::{Column, ColumnFile, Numbers};
use std::path::Path;

/// Rows of one bucket, about.
const BUCKET_ROWS: usize = 8;

/// Columns of the two files: rows with tags, and starts of buckets.
pub(super) fn columns(mut entries: Vec<(u64, u32)>) -> [Vec<(&'static str, Column)>; 2] {
    entries.sort_unstable();
    let bits = (entries.len() / BUCKET_ROWS).max(2).next_power_of_two().trailing_zeros();
    let mut starts = vec![0_u32; (1 << bits) + 1];
    for (hash, _) in &entries {
        starts[(hash >> (64 - bits)) as usize + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let tags = entries.iter().map(|(hash, _)| *hash as u8).collect();
    let rows = entries.into_iter().map(|(_, row)| row).collect();
    [vec![("row", Column::U32(rows)), ("tag", Column::U8(tags))], vec![("start", Column::U32(starts))]]
}

/// The rows of one kind of value, mapped.
pub(super) struct Postings {
    rows: Numbers<u32>,
    tags: Numbers<u8>,
    starts: Numbers<u32>,
    shift: u32,
}

impl Postings {
    /// Opens the two files; every start lies within the rows.
    pub(super) fn open(entries: &ColumnFile, starts: &ColumnFile, path: &Path) -> Result<Self> {
        let (rows, tags, starts) = (entries.u32("row")?, entries.u8("tag")?, starts.u32("start")?);
        let buckets = starts.len().saturating_sub(1);
        let last = starts.last().map_or(usize::MAX, |last| *last as usize);
        if !buckets.is_power_of_two() || buckets < 2 || last != rows.len() {
            return Err(super::open::damaged(path));
        }
        Ok(Self { rows, tags, shift: 64 - buckets.trailing_zeros(), starts })
    }

    /// All rows, by hashed value.
    pub(super) fn all(&self) -> &[u32] {
        &self.rows
    }

    /// Rows that may have a value of this hash, ascending among those of one hash.
    #[inline]
    pub(super) fn rows(&self, hash: u64) -> impl Iterator<Item = u32> + '_ {
        let bucket = (hash >> self.shift) as usize;
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        let tag = hash as u8;
        let tags = self.tags[range.clone()].iter();
        tags.zip(&self.rows[range]).filter(move |(other, _)| **other == tag).map(|(_, row)| *row)
    }
}
