//! Rows by the codes of two of their name tokens, in the order of birth dates: all keys of names and dates are ranges of it.

use crate::block::two;
use crate::error::Result;
use crate::store::{Column, ColumnFile, Numbers};
use std::ops::Range;
use std::path::Path;

/// Rows of two names up to which tokens to the letter are looked at row by row; of more, their counts are kept.
pub(super) const FEW: usize = 4;

/// Most different birth dates of a segment: a place among them takes two bytes.
pub(super) const DATES_MAX: usize = 1 << 16;

/// One name of one row: `two(code, code)`, the bits of the birth date (0: none), and the row, in one sortable number.
#[inline]
pub(super) const fn entry(names: u64, date: u32, row: u32) -> u128 {
    (names as u128) << 64 | (date as u128) << 32 | row as u128
}

/// Columns of the files of names; `exact` gives `two(hash, hash)` of the tokens behind two codes in a row.
pub(super) struct NameColumns {
    pub(super) names: Vec<(&'static str, Column)>,
    pub(super) rows: Vec<(&'static str, Column)>,
    pub(super) dates: Vec<(&'static str, Column)>,
    pub(super) exact: Vec<(&'static str, Column)>,
}

pub(super) fn columns(mut entries: Vec<u128>, exact: impl Fn(u32, u64) -> Option<u64>) -> NameColumns {
    entries.sort_unstable();
    let date = |entry: &u128| (*entry >> 32) as u32;
    let mut dates: Vec<u32> = Vec::new();
    let mut known = crate::util::hash::set();
    for entry in &entries {
        if known.insert(date(entry)) {
            dates.push(date(entry));
        }
    }
    dates.sort_unstable();
    let mut place = crate::util::hash::map();
    place.extend(dates.iter().zip(0_u16..).map(|(date, place)| (*date, place)));
    let (mut names, mut ends) = (Vec::new(), Vec::new());
    let mut pairs: Vec<(u64, u32)> = Vec::new();
    let mut of_group: Vec<u64> = Vec::new();
    let mut end = 0;
    for group in entries.chunk_by(|a, b| a >> 64 == b >> 64) {
        let name = (group[0] >> 64) as u64;
        end += group.len() as u32;
        names.push(name);
        ends.push(end);
        if group.len() > FEW {
            of_group.clear();
            of_group.extend(group.iter().filter_map(|entry| exact(*entry as u32, name)));
            of_group.sort_unstable();
            pairs.extend(of_group.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)));
        }
    }
    pairs.sort_unstable();
    let (pairs, counts): (Vec<u64>, Vec<u32>) = pairs.into_iter().unzip();
    let places = entries.iter().map(|entry| place[&date(entry)]).collect();
    let rows = entries.iter().map(|entry| *entry as u32).collect();
    NameColumns {
        names: vec![("names", Column::U64(names)), ("end", Column::U32(ends))],
        rows: vec![("date", Column::U16(places)), ("row", Column::U32(rows))],
        dates: vec![("date", Column::U32(dates))],
        exact: vec![("pair", Column::U64(pairs)), ("rows", Column::U32(counts))],
    }
}

/// `two(hash, hash)` of the tokens behind `names` in a row whose first tokens of each code have these codes and hashes;
/// `None` for one token with itself.
pub(super) fn exact_pair(tokens: &[(u64, u64)], names: u64) -> Option<u64> {
    for (index, (code, hash)) in tokens.iter().enumerate() {
        for (other_code, other_hash) in &tokens[index + 1..] {
            if two(*code, *other_code) == names {
                return Some(two(*hash, *other_hash));
            }
        }
    }
    None
}

/// The names of a segment, mapped.
pub(super) struct Names {
    names: Numbers<u64>,
    ends: Numbers<u32>,
    pub(super) date_of: Numbers<u16>,
    pub(super) row_of: Numbers<u32>,
    pub(super) dates: Numbers<u32>,
    pairs: Numbers<u64>,
    pair_rows: Numbers<u32>,
}

impl Names {
    /// Opens the four files; what points into another lies within it.
    pub(super) fn open([names, rows, dates, exact]: [&ColumnFile; 4], path: &Path) -> Result<Self> {
        let out = Self {
            names: names.u64("names")?,
            ends: names.u32("end")?,
            date_of: rows.u16("date")?,
            row_of: rows.u32("row")?,
            dates: dates.u32("date")?,
            pairs: exact.u64("pair")?,
            pair_rows: exact.u32("rows")?,
        };
        let last = out.ends.last().map_or(0, |end| *end as usize);
        if last != out.row_of.len() || out.dates.len() > DATES_MAX {
            return Err(super::open::damaged(path));
        }
        Ok(out)
    }

    /// Places of the rows of two codes. `cursor` is where the last search ended: names asked in ascending order are found
    /// by going on from there.
    #[inline]
    pub(super) fn find(&self, names: u64, cursor: &mut usize) -> Range<usize> {
        let at = gallop(&self.names, names, cursor);
        if self.names.get(at) != Some(&names) {
            return 0..0;
        }
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        start..self.ends[at] as usize
    }

    /// Rows that hold two tokens to the letter, of names of more than [`FEW`] rows; `cursor` as in [`Names::find`].
    pub(super) fn pair_rows(&self, pair: u64, cursor: &mut usize) -> u32 {
        let at = gallop(&self.pairs, pair, cursor);
        if self.pairs.get(at) == Some(&pair) { self.pair_rows[at] } else { 0 }
    }
}

/// First place at or after `cursor` whose value is not below `value`.
#[inline]
fn gallop(values: &[u64], value: u64, cursor: &mut usize) -> usize {
    let mut step = 1;
    let mut low = *cursor;
    while low + step < values.len() && values[low + step] < value {
        low += step;
        step *= 2;
    }
    let high = (low + step + 1).min(values.len());
    let at = low + values[low.min(high)..high].partition_point(|other| *other < value);
    *cursor = at;
    at
}

#[cfg(test)]
mod tests {
    use super::gallop;

    #[test]
    fn galloping_finds_what_a_search_from_the_start_finds() {
        let values: Vec<u64> = (0..500).map(|n| n * 3).collect();
        for step in [1, 2, 7, 100, 1_600] {
            let mut cursor = 0;
            for value in (0..1_700).step_by(step) {
                assert_eq!(gallop(&values, value, &mut cursor), values.partition_point(|other| *other < value));
            }
        }
        assert_eq!(gallop(&[], 4, &mut 0), 0);
    }
}
