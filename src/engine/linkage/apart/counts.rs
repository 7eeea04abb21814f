//! What is counted over all rows: blocks, of which the largest are cut, and terms, of which rare ones weigh more.

use crate::engine::linkage::apart::rows::read_row;
use crate::engine::linkage::apart::{Layout, damaged, kind, of};
use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches};
use crate::util::hash::{Map, map};

/// What the other steps need of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Rows of the left table and of the right one.
    pub rows: [u64; 2],
    /// Values of each counted field.
    pub values: Vec<u64>,
    /// For each rule, sorted keys of the blocks that are cut, with their pairs.
    pub cut: Vec<Vec<(u64, u64)>>,
    /// Terms of two rows and more; empty where rows bring their counts.
    pub terms: Map<u64, u32>,
}

impl Counts {
    fn new(layout: &Layout) -> Self {
        let cut = vec![Vec::new(); layout.model.blocking.len()];
        Self { rows: [0, 0], values: vec![0; layout.counted.len()], cut, terms: map() }
    }

    /// Rows that hold a term that stands in one at least.
    pub fn of_term(&self, hash: u64) -> u32 {
        self.terms.get(&hash).copied().unwrap_or(1)
    }

    /// Sorted keys of cut blocks, by rule.
    pub fn cut_keys(&self) -> Vec<Vec<u64>> {
        self.cut.iter().map(|cut| cut.iter().map(|(key, _)| *key).collect()).collect()
    }

    /// Checks that all rows of the tables were counted, and can be numbered.
    ///
    /// # Errors
    /// When not.
    pub fn check(&self, rows: [u64; 2]) -> Result<()> {
        check_all_keyed(self.rows, rows)?;
        check_numbers(rows)
    }

    /// Writes them.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, layout: &Layout, out: &mut LineBatches) -> Result<()> {
        for (code, cut) in (0_u64..).zip(&self.cut) {
            for (key, count) in cut {
                out.push(&Line { kind: kind::CUT, key: *key, code, count: *count, ..Line::default() })?;
            }
        }
        let mut terms: Vec<(u64, u32)> = self.terms.iter().map(|(hash, count)| (*hash, *count)).collect();
        terms.sort_unstable();
        for (key, count) in terms {
            out.push(&Line { kind: kind::TERM, key, count: u64::from(count), ..Line::default() })?;
        }
        let numbers: Vec<u64> = self.rows.into_iter().chain(self.values.iter().copied()).collect();
        layout.end("count", &numbers, out)
    }

    /// Reads them, line by line; `each` shows the lines.
    ///
    /// # Errors
    /// When they are not those of this plan, or not whole; those of `each`.
    pub fn read(layout: &Layout, each: impl FnOnce(&mut dyn FnMut(&Line) -> Result<()>) -> Result<()>) -> Result<Self> {
        let (mut counts, mut ended) = (Self::new(layout), false);
        each(&mut |line| {
            match line.kind {
                kind::CUT => {
                    let rule = counts.cut.get_mut(line.code as usize).ok_or_else(damaged)?;
                    rule.push((line.key, line.count));
                }
                kind::TERM => drop(counts.terms.insert(line.key, line.count as u32)),
                kind::END => {
                    layout.check_end(line, &["count"])?;
                    let [left, right, values @ ..] = line.numbers else { return Err(damaged()) };
                    (counts.rows, ended) = ([*left, *right], true);
                    counts.values = values.to_vec();
                }
                _ => return Err(damaged()),
            }
            Ok(())
        })?;
        if !ended || counts.values.len() != layout.counted.len() {
            return Err(damaged());
        }
        counts.cut.iter_mut().for_each(|cut| cut.sort_unstable());
        Ok(counts)
    }
}

/// Refuses keys that are not of all rows of the tables.
pub(super) fn check_all_keyed(keyed: [u64; 2], rows: [u64; 2]) -> Result<()> {
    if keyed == rows {
        return Ok(());
    }
    let [left, right] = keyed;
    Err(Error::input(format!("{left} and {right} rows were keyed, and the tables have {} and {}", rows[0], rows[1]))
        .hint("give the keys of each part of the tables once"))
}

/// Refuses tables of more rows than there are numbers for.
fn check_numbers(rows: [u64; 2]) -> Result<()> {
    let all = rows[0].saturating_add(rows[1]);
    if u32::try_from(all).is_ok() {
        return Ok(());
    }
    Err(Error::limit(format!("{all} rows: at most {} can be numbered", u32::MAX)))
}

/// What to do about numbers that are wrong.
const NUMBER_ROWS: &str =
    "number the rows of each table from 0, each row once (--row-column), and give the keys of each part once";

/// A row has a number that its table has no row for.
pub(super) fn no_such_row(number: u64, rows: u64) -> Error {
    Error::input(format!("a row has the number {number}, and its table has {rows} rows, numbered from 0"))
        .hint(NUMBER_ROWS)
}

/// A number stands for more than one row: one of them would be lost.
pub(super) fn same_number(number: u64) -> Error {
    Error::input(format!("two rows of one table have the number {number}")).hint(NUMBER_ROWS)
}

/// Rows of a block by what its key is of.
#[derive(Clone, Copy, Default)]
struct Block {
    left: u64,
    right: u64,
    both: u64,
}

impl Block {
    fn pairs(self) -> u64 {
        self.left.saturating_mul(self.right).saturating_add(self.both * self.both.saturating_sub(1) / 2)
    }
}

/// Counting over all rows; what has too many different keys to be held at once is counted in slices.
pub struct Counting<'a> {
    layout: &'a Layout,
    counts: Counts,
    blocks: Map<(u32, u64), Block>,
    terms: Map<u64, u32>,
    slice: (u64, u64),
    /// Rows of the left table and of the right one.
    rows: [u64; 2],
    /// A bit for each number of a row of either table: whether it was there. Empty where no rows come, but counts of them.
    numbers: [Vec<u64>; 2],
}

impl<'a> Counting<'a> {
    /// Shows all lines of all parts to `each` once a slice, and counts them; blocks of more than `block_pairs` pairs are
    /// cut. `rows` are those of the left table and of the right one.
    ///
    /// # Errors
    /// When a line is not one of rows or counts of this plan, or two rows have one number; those of `each`.
    pub fn run(
        layout: &'a Layout,
        slices: u64,
        block_pairs: u64,
        rows: [u64; 2],
        mut each: impl FnMut(&mut dyn FnMut(&Line) -> Result<()>) -> Result<()>,
    ) -> Result<Counts> {
        check_numbers(rows)?;
        let (counts, numbers) = (Counts::new(layout), [Vec::new(), Vec::new()]);
        let mut all = Self { layout, counts, blocks: map(), terms: map(), slice: (0, slices), rows, numbers };
        for slice in 0..slices {
            all.slice.0 = slice;
            each(&mut |line| all.line(line))?;
            all.close(block_pairs);
        }
        all.counts.cut.iter_mut().for_each(|cut| cut.sort_unstable());
        Ok(all.counts)
    }

    fn line(&mut self, line: &Line) -> Result<()> {
        let (slice, slices) = self.slice;
        let is_in = |key: u64| key % slices == slice;
        match line.kind {
            kind::END => self.end(line)?,
            kind::ROW => {
                let row = read_row(self.layout, line)?;
                if slice == 0 {
                    self.number(line)?;
                }
                for (key, code) in row.keys.iter().zip(row.of_keys).filter(|(key, _)| is_in(**key)) {
                    let block = self.blocks.entry((code / 4, *key)).or_default();
                    match code % 4 {
                        of::LEFT => block.left += 1,
                        of::RIGHT => block.right += 1,
                        _ => block.both += 1,
                    }
                }
                for term in row.terms.iter().filter(|term| **term != 0 && is_in(**term)) {
                    let count = self.terms.entry(*term).or_default();
                    *count = count.saturating_add(1);
                }
            }
            kind::BLOCK if is_in(line.key) => {
                let ([left, right, both], Ok(rule)) = (line.numbers, u32::try_from(line.code)) else {
                    return Err(damaged());
                };
                let block = self.blocks.entry((rule, line.key)).or_default();
                *block = Block { left: block.left + left, right: block.right + right, both: block.both + both };
            }
            kind::BLOCK => {}
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// Takes the number of a row, which no other may have.
    fn number(&mut self, line: &Line) -> Result<()> {
        let side = usize::try_from(line.code).ok().filter(|side| *side == 0 || (*side == 1 && !self.layout.dedupe));
        let side = side.ok_or_else(damaged)?;
        let rows = self.rows[side];
        if line.key >= rows {
            return Err(no_such_row(line.key, rows));
        }
        let words = &mut self.numbers[side];
        words.resize(rows.div_ceil(64) as usize, 0);
        let (word, bit) = ((line.key / 64) as usize, 1_u64 << (line.key % 64));
        if words[word] & bit != 0 {
            return Err(same_number(line.key));
        }
        words[word] |= bit;
        Ok(())
    }

    fn end(&mut self, line: &Line) -> Result<()> {
        self.layout.check_end(line, &["keys"])?;
        let [side @ 0..=1, rows, values @ ..] = line.numbers else { return Err(damaged()) };
        if values.len() != self.counts.values.len() {
            return Err(damaged());
        }
        if self.slice.0 == 0 {
            self.counts.rows[*side as usize] += rows;
            self.counts.values.iter_mut().zip(values).for_each(|(sum, more)| *sum += more);
        }
        Ok(())
    }

    /// Ends a slice.
    #[expect(clippy::iter_over_hash_type, reason = "what is kept is sorted in the end")]
    fn close(&mut self, block_pairs: u64) {
        for ((rule, key), block) in std::mem::replace(&mut self.blocks, map()) {
            let pairs = block.pairs();
            if let Some(cut) = self.counts.cut.get_mut(rule as usize).filter(|_| pairs > block_pairs) {
                cut.push((key, pairs));
            }
        }
        self.counts.terms.extend(std::mem::replace(&mut self.terms, map()).into_iter().filter(|(_, count)| *count > 1));
    }
}
