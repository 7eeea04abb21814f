//! Best matches: which pairs stand when a row may have one partner only.
//!
//! Pairs are taken by falling weight; a pair stands if both of its rows are still free, and then both are taken. Where all
//! weights differ, that is the same as keeping all pairs that are best for both of their rows, and again among the rows
//! that are left, until no pair remains. Pairs of exactly the same weight are judged together, by [`Ties`], once
//! everything heavier is settled.

use crate::resolve::pairs::{Scored, pair_key, rank, unordered_key};
use rayon::prelude::*;
use std::cmp::Ordering;

/// What becomes of pairs of exactly the same weight that want the same row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// None of them stands. Their rows get no lighter partner either: whoever cannot tell the best must not be given the
    /// second best.
    Drop,
    /// All of them stand, so that a row may have several partners of equal weight.
    KeepAll,
    /// The one with the lowest left row, then the lowest right row, stands.
    LowestId,
}

/// Pairs that stand when every row of either side has at most one partner. The sides have numberings of their own.
///
/// Give the pairs that may become links and no others: any weight will do to win a free row. A pair given several times
/// counts once, with its highest weight, then its lowest rule. Returns indices into `pairs`, ascending.
pub fn one_to_one(pairs: &[Scored], ties: Ties) -> Vec<usize> {
    let left_rows = pairs.par_iter().map(|pair| pair.left as usize + 1).max().unwrap_or(0);
    matched(ranked(pairs, pair_key), pairs, ties, left_rows)
}

/// As [`one_to_one`], for pairs within one table: both rows of a pair are of one numbering. A row is no partner of itself.
pub fn one_to_one_within(pairs: &[Scored], ties: Ties) -> Vec<usize> {
    matched(ranked(pairs, unordered_key), pairs, ties, 0)
}

/// For each left row its best right row; many left rows may share one right row.
///
/// Ties are those of one left row: `Drop` leaves it without a partner, `KeepAll` gives it all of them, `LowestId` the
/// lowest. A pair given several times counts once, as in [`one_to_one`]. Returns indices into `pairs`, ascending.
pub fn best_for_left(pairs: &[Scored], ties: Ties) -> Vec<usize> {
    best_for_first(pairs, ties, pair_key)
}

/// As [`best_for_left`], for each right row.
pub fn best_for_right(pairs: &[Scored], ties: Ties) -> Vec<usize> {
    best_for_first(pairs, ties, |left, right| pair_key(right, left))
}

/// The best pairs of each row that comes first in the key.
fn best_for_first(pairs: &[Scored], ties: Ties, key: fn(u32, u32) -> u64) -> Vec<usize> {
    let mut ranked = ranked(pairs, key);
    let first_row = |entry: &Ranked<usize>| entry.pair >> 32;
    ranked.par_sort_unstable_by(|a, b| first_row(a).cmp(&first_row(b)).then_with(|| heavier_first(a, b, pairs)));
    let mut best = Best::new(ties);
    ranked.into_iter().for_each(|entry| best.take(entry));
    ascending(best.finish())
}

/// Pairs that stand; right rows are numbered from `right_from`, the left ones from 0.
fn matched(mut ranked: Vec<Ranked<usize>>, pairs: &[Scored], ties: Ties, right_from: usize) -> Vec<usize> {
    ranked.par_sort_unstable_by(|a, b| heavier_first(a, b, pairs));
    let rows = ranked.par_iter().map(|entry| ends(entry.pair, right_from).into_iter().max().unwrap_or(0) + 1);
    let mut matching = Matching::new(ties, rows.max().unwrap_or(0), right_from);
    ranked.into_iter().for_each(|entry| matching.take(entry));
    ascending(matching.finish())
}

fn ascending(mut kept: Vec<usize>) -> Vec<usize> {
    kept.par_sort_unstable();
    kept
}

/// A pair in the order of judgement, and what stands for it.
#[derive(Clone, Copy)]
struct Ranked<T> {
    rank: u64,
    pair: u64,
    of: T,
}

/// All pairs whose weight is a number, unsorted.
fn ranked(pairs: &[Scored], key: fn(u32, u32) -> u64) -> Vec<Ranked<usize>> {
    let entry = |(of, pair): (usize, &Scored)| Ranked { rank: rank(pair.weight), pair: key(pair.left, pair.right), of };
    pairs.par_iter().enumerate().filter(|(_, pair)| !pair.weight.is_nan()).map(entry).collect()
}

/// Falling weight, then rows, then rule. Only pairs alike in all of these are told apart by their place.
fn heavier_first(a: &Ranked<usize>, b: &Ranked<usize>, pairs: &[Scored]) -> Ordering {
    let rule = |entry: &Ranked<usize>| pairs[entry.of].rule;
    let rows = b.rank.cmp(&a.rank).then(a.pair.cmp(&b.pair));
    rows.then_with(|| rule(a).cmp(&rule(b)).then(a.of.cmp(&b.of)))
}

/// Judges pairs that come one by one, for those that are too many to be in memory. All rows are of one numbering, and no
/// weight is not a number.
pub struct Judge(Rules);

enum Rules {
    OneToOne(Matching<Scored>),
    Best(Best<Scored>, fn(u32, u32) -> u64),
}

impl Judge {
    /// For what [`one_to_one_within`] gives of so many rows; pairs are to come in order of [`SortedBy::Weight`].
    ///
    /// [`SortedBy::Weight`]: crate::resolve::pairs::SortedBy::Weight
    pub fn one_to_one(ties: Ties, rows: usize) -> Self {
        Self(Rules::OneToOne(Matching::new(ties, rows, 0)))
    }

    /// For what [`best_for_left`] gives; pairs are to come in order of [`SortedBy::Left`].
    ///
    /// [`SortedBy::Left`]: crate::resolve::pairs::SortedBy::Left
    pub fn best_for_left(ties: Ties) -> Self {
        Self(Rules::Best(Best::new(ties), pair_key))
    }

    /// For what [`best_for_right`] gives; pairs are to come in order of [`SortedBy::Right`].
    ///
    /// [`SortedBy::Right`]: crate::resolve::pairs::SortedBy::Right
    pub fn best_for_right(ties: Ties) -> Self {
        Self(Rules::Best(Best::new(ties), |left, right| pair_key(right, left)))
    }

    /// Takes in the next pair; gives those that are known to stand since.
    pub fn take(&mut self, pair: Scored) -> impl Iterator<Item = Scored> {
        let ranked = |pair_key| Ranked { rank: rank(pair.weight), pair: pair_key, of: pair };
        match &mut self.0 {
            Rules::OneToOne(matching) => {
                matching.take(ranked(unordered_key(pair.left, pair.right)));
                matching.kept.drain(..)
            }
            Rules::Best(best, key) => {
                best.take(ranked(key(pair.left, pair.right)));
                best.kept.drain(..)
            }
        }
    }

    /// The pairs that turn out to stand when no more come.
    pub fn finish(self) -> Vec<Scored> {
        match self.0 {
            Rules::OneToOne(matching) => matching.finish(),
            Rules::Best(best, _) => best.finish(),
        }
    }
}

/// Judges pairs of rows that come by first row, then falling weight, then second row, then rule: the best of each first row.
struct Best<T> {
    ties: Ties,
    /// The first pair of the row at hand, whether no other is as heavy, and the pair before.
    at: Option<(Ranked<T>, bool, u64)>,
    kept: Vec<T>,
}

impl<T: Copy> Best<T> {
    fn new(ties: Ties) -> Self {
        Self { ties, at: None, kept: Vec::new() }
    }

    fn take(&mut self, entry: Ranked<T>) {
        match &mut self.at {
            Some((first, alone, before)) if first.pair >> 32 == entry.pair >> 32 => {
                // Same pairs come one after the other, the lowest rule first.
                if first.rank != entry.rank || *before == entry.pair {
                    return;
                }
                (*alone, *before) = (false, entry.pair);
                if self.ties == Ties::KeepAll {
                    self.kept.push(entry.of);
                }
            }
            _ => {
                self.settle();
                self.at = Some((entry, true, entry.pair));
                if self.ties == Ties::KeepAll {
                    self.kept.push(entry.of);
                }
            }
        }
    }

    fn settle(&mut self) {
        let Some((first, alone, _)) = self.at.take() else { return };
        match self.ties {
            Ties::LowestId => self.kept.push(first.of),
            Ties::Drop if alone => self.kept.push(first.of),
            Ties::Drop | Ties::KeepAll => {}
        }
    }

    fn finish(mut self) -> Vec<T> {
        self.settle();
        self.kept
    }
}

/// Rows of a pair in one numbering.
fn ends(pair: u64, right_from: usize) -> [usize; 2] {
    [(pair >> 32) as usize, (pair & u64::from(u32::MAX)) as usize + right_from]
}

/// How often a row is wanted by the pairs of one weight; beyond that it is taken.
const FREE: u8 = 0;
const ONCE: u8 = 1;
const AGAIN: u8 = 2;
const TAKEN: u8 = 3;

/// Judges pairs that come by falling weight, then rows, then rule: one partner for each row.
struct Matching<T> {
    ties: Ties,
    right_from: usize,
    state: Vec<u8>,
    /// Rank of the pairs at hand, and the last of them that wanted free rows.
    rank: u64,
    before: Option<u64>,
    /// Rows that pairs of this weight want.
    touched: Vec<usize>,
    /// Of those pairs, the ones whose rows were wanted by none before: no other can be wanted alone.
    wanted: Vec<Ranked<T>>,
    kept: Vec<T>,
}

impl<T: Copy> Matching<T> {
    fn new(ties: Ties, rows: usize, right_from: usize) -> Self {
        let state = vec![FREE; rows];
        let (touched, wanted, kept) = (Vec::new(), Vec::new(), Vec::new());
        Self { ties, right_from, state, rank: 0, before: None, touched, wanted, kept }
    }

    fn take(&mut self, entry: Ranked<T>) {
        if entry.rank != self.rank {
            self.settle();
            self.rank = entry.rank;
        }
        let rows = ends(entry.pair, self.right_from);
        let free = rows[0] != rows[1] && rows.iter().all(|row| self.state[*row] != TAKEN);
        if !free || self.before == Some(entry.pair) {
            return;
        }
        self.before = Some(entry.pair);
        if self.ties == Ties::LowestId {
            rows.iter().for_each(|row| self.state[*row] = TAKEN);
            self.kept.push(entry.of);
            return;
        }
        if self.ties == Ties::KeepAll {
            self.kept.push(entry.of);
        } else if rows.iter().all(|row| self.state[*row] == FREE) {
            self.wanted.push(entry);
        }
        for row in rows {
            if self.state[row] == FREE {
                self.touched.push(row);
            }
            self.state[row] = if self.state[row] == FREE { ONCE } else { AGAIN };
        }
    }

    /// All pairs of one weight have come.
    fn settle(&mut self) {
        let (state, right_from) = (&mut self.state, self.right_from);
        let alone = |entry: &Ranked<T>| ends(entry.pair, right_from).into_iter().all(|row| state[row] == ONCE);
        self.kept.extend(self.wanted.drain(..).filter(alone).map(|entry| entry.of));
        self.touched.drain(..).for_each(|row| state[row] = TAKEN);
        self.before = None;
    }

    fn finish(mut self) -> Vec<T> {
        self.settle();
        self.kept
    }
}

#[cfg(test)]
mod tests;
