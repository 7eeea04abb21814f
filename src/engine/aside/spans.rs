//! Runs of rows that were done, by file.

use std::collections::BTreeMap;
use std::ops::Range;

/// Which rows of which files were done: no row twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spans(BTreeMap<u32, BTreeMap<u64, u64>>);

impl Spans {
    /// Adds a run of rows of a file; false where it is none, or rows of it were there already.
    #[must_use]
    pub(crate) fn add(&mut self, file: u32, rows: Range<u64>) -> bool {
        let spans = self.0.entry(file).or_default();
        let overlaps = spans.range(..rows.end).next_back().is_some_and(|(_, end)| *end > rows.start);
        if rows.start >= rows.end || overlaps {
            return false;
        }
        spans.insert(rows.start, rows.end);
        true
    }

    /// Of some rows of a file those that are still to be done.
    pub(crate) fn undone(&self, file: u32, rows: Range<u64>) -> Vec<Range<u64>> {
        let mut out = Vec::new();
        let mut at = rows.start;
        let spans = self.0.get(&file).into_iter().flatten();
        for (start, end) in spans.filter(|(start, end)| **start < rows.end && **end > rows.start) {
            if *start > at {
                out.push(at..*start);
            }
            at = at.max(*end);
        }
        if at < rows.end {
            out.push(at..rows.end);
        }
        out
    }

    /// Rows that were done.
    pub(crate) fn rows(&self) -> u64 {
        self.0.values().flatten().map(|(start, end)| end - start).sum()
    }
}

/// Runs of rows, sorted, those that hang together as one.
pub(crate) fn joined(mut runs: Vec<(u32, Range<u64>)>) -> Vec<(u32, Range<u64>)> {
    runs.sort_unstable_by_key(|(file, rows)| (*file, rows.start));
    let mut out: Vec<(u32, Range<u64>)> = Vec::with_capacity(runs.len());
    for (file, rows) in runs {
        match out.last_mut() {
            Some((last, before)) if *last == file && before.end == rows.start => before.end = rows.end,
            _ => out.push((file, rows)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spans_say_what_a_list_of_rows_says(
            runs in proptest::collection::vec((0_u32..2, 0_u64..40, 0_u64..12), 0..12),
            asked in (0_u32..3, 0_u64..40, 0_u64..20),
        ) {
            let (mut spans, mut done) = (Spans::default(), std::collections::BTreeSet::new());
            let mut taken = Vec::new();
            for (file, start, length) in runs {
                let rows = start..start + length;
                let is_free = length > 0 && rows.clone().all(|row| !done.contains(&(file, row)));
                prop_assert_eq!(spans.add(file, rows.clone()), is_free);
                if is_free {
                    done.extend(rows.clone().map(|row| (file, row)));
                    taken.push((file, rows));
                }
            }
            let (file, start, length) = asked;
            let left: Vec<u64> = spans.undone(file, start..start + length).into_iter().flatten().collect();
            let want: Vec<u64> = (start..start + length).filter(|row| !done.contains(&(file, *row))).collect();
            prop_assert_eq!(left, want);
            prop_assert_eq!(spans.rows(), done.len() as u64);
            let all: Vec<(u32, u64)> = joined(taken).into_iter().flat_map(|(file, rows)| rows.map(move |row| (file, row))).collect();
            prop_assert_eq!(all, done.into_iter().collect::<Vec<_>>());
        }
    }
}
