//! Pairs of records by blocking rules of any keys: sorted keys, merged.
//!
//! In: for each rule the hashed keys of every row ([`RowKeys`]). Out: each pair that shares a key under a rule, once,
//! with the first rule that found it. Invariant: a block of more pairs than the limit is cut and reported, and its rows
//! are then open to later rules; the pairs and their order do not depend on threads.

use rayon::prelude::*;
use std::ops::Range;

/// Hashed keys of all rows under one rule; 0 is never a key.
#[derive(Clone, Debug, Default)]
pub struct RowKeys {
    /// Keys of the rows, one after the other; sorted and different within a row.
    pub hashes: Vec<u64>,
    /// One past the last key of each row; empty where every row has one place (0: none).
    pub ends: Vec<u32>,
}

impl RowKeys {
    /// Keys of one row.
    #[inline]
    pub fn of(&self, row: usize) -> &[u64] {
        if self.ends.is_empty() {
            let hash = &self.hashes[row..=row];
            return if hash[0] == 0 { &[] } else { hash };
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.hashes[start as usize..self.ends[row] as usize]
    }

    /// Keys with their rows, sorted by key and row; without keys that are surely in no pair.
    fn sorted(&self, rows: Range<usize>, shared: &Shared) -> Vec<(u64, u32)> {
        let mut all: Vec<(u64, u32)> = if self.ends.is_empty() {
            let hashes = self.hashes[rows.clone()].par_iter().zip(rows.into_par_iter());
            hashes
                .filter(|(hash, _)| **hash != 0 && shared.may(**hash))
                .map(|(hash, row)| (*hash, row as u32))
                .collect()
        } else {
            let of_row = |row: usize| self.of(row).iter().map(move |hash| (*hash, row as u32));
            rows.flat_map(of_row).filter(|(hash, _)| shared.may(*hash)).collect()
        };
        all.par_sort_unstable();
        all
    }

    /// All keys of some rows.
    fn all(&self, rows: Range<usize>) -> &[u64] {
        if self.ends.is_empty() {
            return &self.hashes[rows];
        }
        let end = |row: usize| if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.hashes[end(rows.start)..end(rows.end)]
    }
}

/// Which keys may be shared, by a few bits of each. Most keys of a telling rule are those of one row alone: they need not
/// be sorted.
struct Shared {
    bits: Vec<u64>,
    shift: u32,
}

/// Bits for each key: one in sixteen keys of one row alone is taken for a shared one at most.
const BITS_PER_KEY: usize = 16;

impl Shared {
    fn empty(keys: usize) -> Self {
        let bits = (keys * BITS_PER_KEY).max(64).next_power_of_two();
        Self { bits: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() }
    }

    /// The word and the bit of a key; its hash is mixed already, so its high bits are as good as any.
    #[inline]
    fn place(&self, hash: u64) -> (usize, u64) {
        let bit = hash >> self.shift;
        ((bit / 64) as usize, 1 << (bit % 64))
    }

    #[inline]
    fn may(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.bits[word] & bit != 0
    }

    /// Keys of two rows or more.
    fn twice(keys: &[u64]) -> Self {
        let (mut once, mut twice) = (Self::empty(keys.len()), Self::empty(keys.len()));
        for key in keys {
            let (word, bit) = once.place(*key);
            twice.bits[word] |= once.bits[word] & bit;
            once.bits[word] |= bit;
        }
        twice
    }

    /// Keys of some rows.
    fn of(keys: &[u64]) -> Self {
        let mut found = Self::empty(keys.len());
        for key in keys {
            let (word, bit) = found.place(*key);
            found.bits[word] |= bit;
        }
        found
    }
}

/// The keys of a rule: those of left records and, where they differ (swapped columns), those of right records.
#[derive(Clone, Debug, Default)]
pub struct RuleKeys {
    /// Keys as a left record.
    pub left: RowKeys,
    /// Keys as a right record; the same as left when `None`.
    pub right: Option<RowKeys>,
}

impl RuleKeys {
    fn right(&self) -> &RowKeys {
        self.right.as_ref().unwrap_or(&self.left)
    }
}

/// Which rows are paired with which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// The first so many rows with the others.
    Link {
        /// Rows of the left table.
        left: usize,
        /// Rows of both tables.
        all: usize,
    },
    /// All rows with each other.
    Dedupe {
        /// Rows.
        all: usize,
    },
}

impl Rows {
    /// Rows of all tables.
    pub const fn all(self) -> usize {
        match self {
            Self::Link { all, .. } | Self::Dedupe { all } => all,
        }
    }

    /// Pairs that could be made at all.
    pub fn possible(self) -> u64 {
        match self {
            Self::Link { left, all } => left as u64 * (all - left) as u64,
            Self::Dedupe { all } => all as u64 * (all as u64).saturating_sub(1) / 2,
        }
    }
}

/// One rule, ready to give pairs.
struct Joined {
    left: Vec<(u64, u32)>,
    right: Option<Vec<(u64, u32)>>,
    /// Standing blocks: ranges of `left` and of `right`.
    blocks: Vec<(Range<u32>, Range<u32>)>,
}

/// What a rule costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCost {
    /// Pairs that share a key of a standing block; a pair that shares several is counted for each.
    pub pairs: u64,
    /// Blocks that give at least one pair.
    pub blocks: u64,
    /// Blocks over the limit, and the pairs that they would have given.
    pub cut: (u64, u64),
    /// The largest blocks, whether they stand or not, the largest first; at most [`LARGEST`].
    pub largest: Vec<Block>,
}

/// A block of a rule: records that share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Pairs of its rows.
    pub pairs: u64,
    /// Left and right rows; of one table and a key that is the same for both sides, all rows twice.
    pub rows: (u32, u32),
    /// The left row that stands first in it.
    pub first: u32,
}

/// Blocks of a rule that are told one by one.
pub const LARGEST: usize = 3;

impl RuleCost {
    /// Pairs of the largest block.
    pub fn most(&self) -> u64 {
        self.largest.first().map_or(0, |block| block.pairs)
    }

    /// Keeps a block if it is among the largest; of equal ones the first.
    fn keep(&mut self, block: Block) {
        let place = self.largest.partition_point(|known| known.pairs >= block.pairs);
        if place < LARGEST {
            self.largest.insert(place, block);
            self.largest.truncate(LARGEST);
        }
    }
}

/// All rules over the rows of one linkage.
pub struct Pairing {
    keys: Vec<RuleKeys>,
    rows: Rows,
    joined: Vec<Joined>,
    costs: Vec<RuleCost>,
    /// Keys of all rules that have one a row, row by row: whether earlier rules hold is asked for every pair.
    dense: Vec<u32>,
    width: usize,
    /// Place of a rule in a row of `dense`.
    places: Vec<Option<usize>>,
    /// Of one table, whether keys that differ between the sides are looked for from the lower row to the higher alone.
    one_way: bool,
}

/// A share of the blocks, over rows that were picked for them.
#[derive(Clone, Copy)]
pub struct Share<'a> {
    /// For each rule the keys of the blocks that were cut, sorted; whoever saw all rows knows them.
    pub cut: &'a [Vec<u64>],
    /// Whether the block of a key is in the share: then all rows that have the key are there.
    pub owned: &'a (dyn Fn(u64) -> bool + Sync),
}

/// A part of the work: so many places of the left side of a rule.
#[derive(Clone, Debug)]
pub struct Unit {
    rule: usize,
    blocks: Range<usize>,
    /// Places of the left side, where a single block is taken in parts.
    places: Option<Range<u32>>,
}

/// Pairs of one unit, about.
const UNIT_PAIRS: u64 = 200_000;

impl Pairing {
    /// Sorts the keys of all rules into blocks; those of more than `block_pairs_max` pairs are cut.
    pub fn new(mut keys: Vec<RuleKeys>, rows: Rows, block_pairs_max: u64) -> Self {
        let (joined, costs) = keys.par_iter_mut().map(|rule| join(rule, rows, block_pairs_max, None)).unzip();
        Self::of_blocks(keys, rows, joined, costs)
    }

    /// The blocks of a share alone. Keys of other blocks still say which rule gives a pair first, and under which of its
    /// keys, so that each pair is in one share.
    pub fn of_share(mut keys: Vec<RuleKeys>, rows: Rows, share: &Share) -> Self {
        let of_rule = |(rule, cut): (&mut RuleKeys, &Vec<u64>)| {
            for keys in std::iter::once(&mut rule.left).chain(rule.right.as_mut()) {
                forget(keys, cut);
            }
            join(rule, rows, u64::MAX, Some(share.owned))
        };
        let (joined, costs) = keys.par_iter_mut().zip(share.cut).map(of_rule).unzip();
        Self::of_blocks(keys, rows, joined, costs)
    }

    fn of_blocks(keys: Vec<RuleKeys>, rows: Rows, joined: Vec<Joined>, costs: Vec<RuleCost>) -> Self {
        let (places, width) = places(&keys);
        let dense = dense(&keys, &places, width, rows.all());
        Self { keys, rows, joined, costs, dense, width, places, one_way: false }
    }

    /// Of one table: pairs whose lower row has the left key and whose higher row has the right one, and no others.
    #[must_use]
    pub fn one_way(self) -> Self {
        Self { one_way: true, ..self }
    }

    /// What each rule costs.
    pub fn costs(&self) -> &[RuleCost] {
        &self.costs
    }

    /// The work, cut into parts of about equal cost.
    pub fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for (rule, joined) in self.joined.iter().enumerate() {
            let (mut start, mut pairs) = (0, 0);
            for (index, (left, right)) in joined.blocks.iter().enumerate() {
                let cost = left.len() as u64 * right.len() as u64;
                if cost > 2 * UNIT_PAIRS {
                    if start < index {
                        units.push(Unit { rule, blocks: start..index, places: None });
                    }
                    let step = (UNIT_PAIRS / right.len() as u64).max(1) as u32;
                    let parts = (left.start..left.end).step_by(step as usize);
                    units.extend(parts.map(|place| Unit {
                        rule,
                        blocks: index..index + 1,
                        places: Some(place..left.end.min(place + step)),
                    }));
                    (start, pairs) = (index + 1, 0);
                    continue;
                }
                pairs += cost;
                if pairs >= UNIT_PAIRS {
                    units.push(Unit { rule, blocks: start..index + 1, places: None });
                    (start, pairs) = (index + 1, 0);
                }
            }
            if start < joined.blocks.len() {
                units.push(Unit { rule, blocks: start..joined.blocks.len(), places: None });
            }
        }
        units
    }

    /// Calls `found` with the rows and the rule of every pair of a unit that no earlier rule gives.
    pub fn pairs(&self, unit: &Unit, mut found: impl FnMut(u32, u32, u8)) {
        let marked = self.places[..unit.rule].iter().flatten().count();
        let others: Vec<usize> = (0..unit.rule).filter(|rule| self.places[*rule].is_none()).collect();
        self.shared(unit, |left, right, rule| {
            let (a, b) = (self.marks(left), self.marks(right));
            // Places of earlier rules come first. All are looked at: that is less work than to stop at one.
            let same = a[..marked].iter().zip(&b[..marked]);
            let alike = same.fold(false, |alike, (a, b)| alike | ((a == b) & (*a != 0)));
            let known = (alike && (0..rule).any(|earlier| self.holds(earlier, left, right)))
                || others.iter().any(|earlier| self.holds(*earlier, left, right));
            if !known {
                found(left, right, rule as u8);
            }
        });
    }

    /// Marks of the keys of a row.
    #[inline]
    fn marks(&self, row: u32) -> &[u32] {
        &self.dense[row as usize * self.width..][..self.width]
    }

    /// As [`Pairing::pairs`], with the pairs that earlier rules give too.
    pub fn shared(&self, unit: &Unit, mut found: impl FnMut(u32, u32, usize)) {
        let joined = &self.joined[unit.rule];
        let keys = &self.keys[unit.rule];
        let rights = joined.right.as_ref().unwrap_or(&joined.left);
        let several = !keys.left.ends.is_empty() || !keys.right().ends.is_empty();
        let dedupe = matches!(self.rows, Rows::Dedupe { .. });
        for (left, right) in &joined.blocks[unit.blocks.clone()] {
            let places = unit.places.clone().unwrap_or_else(|| left.clone());
            for place in places {
                let (hash, a) = joined.left[place as usize];
                let same_side = dedupe && joined.right.is_none();
                let start = if same_side { place + 1 } else { right.start };
                for &(_, b) in &rights[start as usize..right.end as usize] {
                    if several && first_common(keys.left.of(a as usize), keys.right().of(b as usize)) != Some(hash) {
                        continue;
                    }
                    if dedupe && !same_side {
                        // Swapped columns: found from both ends, told once.
                        if a == b || (a > b && (self.one_way || self.directed(unit.rule, b, a))) {
                            continue;
                        }
                    }
                    found(if dedupe { a.min(b) } else { a }, if dedupe { a.max(b) } else { b }, unit.rule);
                }
            }
        }
    }

    /// Whether a pair shares a standing block of a rule.
    #[inline]
    pub fn holds(&self, rule: usize, left: u32, right: u32) -> bool {
        let swapped = !self.one_way && self.keys[rule].right.is_some() && matches!(self.rows, Rows::Dedupe { .. });
        self.directed(rule, left, right) || (swapped && self.directed(rule, right, left))
    }

    #[inline]
    fn directed(&self, rule: usize, left: u32, right: u32) -> bool {
        if let Some(place) = self.places[rule] {
            let mark = self.marks(left)[place];
            let hashes = &self.keys[rule].left.hashes;
            return mark != 0 && mark == self.marks(right)[place] && hashes[left as usize] == hashes[right as usize];
        }
        let keys = &self.keys[rule];
        let (a, b) = (&keys.left, keys.right());
        if a.ends.is_empty() && b.ends.is_empty() {
            let hash = a.hashes[left as usize];
            return hash != 0 && hash == b.hashes[right as usize];
        }
        first_common(a.of(left as usize), b.of(right as usize)).is_some()
    }
}

fn places(keys: &[RuleKeys]) -> (Vec<Option<usize>>, usize) {
    let mut width = 0;
    let mut place = |keys: &RuleKeys| {
        (keys.left.ends.is_empty() && keys.right.is_none()).then(|| {
            width += 1;
            width - 1
        })
    };
    (keys.iter().map(&mut place).collect(), width)
}

/// Half of each key, which nearly always tells two apart, row by row; 0 for none.
fn dense(keys: &[RuleKeys], places: &[Option<usize>], width: usize, rows: usize) -> Vec<u32> {
    let mut dense = vec![0; rows * width];
    let known: Vec<(usize, &[u64])> =
        keys.iter().zip(places).filter_map(|(keys, place)| Some(((*place)?, keys.left.hashes.as_slice()))).collect();
    dense.par_chunks_mut(width.max(1)).enumerate().for_each(|(row, out)| {
        for (place, hashes) in &known {
            out[*place] = if hashes[row] == 0 { 0 } else { (hashes[row] >> 32) as u32 | 1 };
        }
    });
    dense
}

/// The lowest key of two sorted lists.
#[inline]
fn first_common(a: &[u64], b: &[u64]) -> Option<u64> {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => return Some(a[i]),
        }
    }
    None
}

/// Blocks of a rule; those of keys of which `owned` is true, where it is given.
fn join(
    rule: &mut RuleKeys,
    rows: Rows,
    block_pairs_max: u64,
    owned: Option<&(dyn Fn(u64) -> bool + Sync)>,
) -> (Joined, RuleCost) {
    let (left_rows, right_rows) = match rows {
        Rows::Link { left, all } => (0..left, left..all),
        Rows::Dedupe { all } => (0..all, 0..all),
    };
    let one_list = rule.right.is_none() && matches!(rows, Rows::Dedupe { .. });
    let (mut left, mut right) = if one_list {
        (rule.left.sorted(left_rows.clone(), &Shared::twice(rule.left.all(left_rows))), None)
    } else {
        let left = rule.left.sorted(left_rows.clone(), &Shared::of(rule.right().all(right_rows.clone())));
        (left, Some(rule.right().sorted(right_rows, &Shared::of(rule.left.all(left_rows)))))
    };
    if let Some(owned) = owned {
        std::iter::once(&mut left).chain(right.as_mut()).for_each(|side| side.retain(|(hash, _)| owned(*hash)));
    }
    let mut cost = RuleCost::default();
    let (mut blocks, mut cut) = (Vec::new(), Vec::new());
    let rights = right.as_ref().unwrap_or(&left);
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < rights.len() {
        let hash = left[i].0;
        let end = i + left[i..].iter().take_while(|entry| entry.0 == hash).count();
        j += rights[j..].iter().take_while(|entry| entry.0 < hash).count();
        let right_end = j + rights[j..].iter().take_while(|entry| entry.0 == hash).count();
        let (a, b) = ((end - i) as u64, (right_end - j) as u64);
        let pairs = if one_list { a * (a - 1) / 2 } else { a * b };
        if pairs > 0 {
            cost.keep(Block { pairs, rows: (a as u32, b as u32), first: left[i].1 });
        }
        if pairs > block_pairs_max {
            cost.cut = (cost.cut.0 + 1, cost.cut.1 + pairs);
            cut.push(hash);
        } else if pairs > 0 {
            cost.blocks += 1;
            cost.pairs += pairs;
            blocks.push((i as u32..end as u32, j as u32..right_end as u32));
        }
        i = end;
    }
    for keys in std::iter::once(&mut rule.left).chain(rule.right.as_mut()) {
        forget(keys, &cut);
    }
    (Joined { left, right, blocks }, cost)
}

/// Takes the keys of cut blocks from the rows, so that later rules may give their pairs.
fn forget(keys: &mut RowKeys, cut: &[u64]) {
    if cut.is_empty() {
        return;
    }
    let gone = |hash: &u64| cut.binary_search(hash).is_ok();
    if keys.ends.is_empty() {
        keys.hashes.par_iter_mut().filter(|hash| gone(hash)).for_each(|hash| *hash = 0);
        return;
    }
    let mut hashes = Vec::with_capacity(keys.hashes.len());
    let mut start = 0;
    for end in &mut keys.ends {
        hashes.extend(keys.hashes[start as usize..*end as usize].iter().filter(|hash| !gone(hash)));
        start = *end;
        *end = hashes.len() as u32;
    }
    keys.hashes = hashes;
}

#[cfg(test)]
mod tests;
