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
    matching(ranked(pairs, pair_key), pairs, ties, left_rows)
}

/// As [`one_to_one`], for pairs within one table: both rows of a pair are of one numbering. A row is no partner of itself.
pub fn one_to_one_within(pairs: &[Scored], ties: Ties) -> Vec<usize> {
    matching(ranked(pairs, unordered_key), pairs, ties, 0)
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
    let first_row = |entry: &Ranked| entry.pair >> 32;
    ranked.par_sort_unstable_by(|a, b| first_row(a).cmp(&first_row(b)).then_with(|| heavier_first(a, b, pairs)));
    let mut kept = Vec::new();
    for rows in ranked.chunk_by(|a, b| first_row(a) == first_row(b)) {
        let first = &rows[0];
        let best = || rows.iter().take_while(|entry| entry.rank == first.rank);
        match ties {
            Ties::LowestId => kept.push(first.index),
            // Same pairs lie side by side, the lowest rule first.
            Ties::Drop if best().any(|entry| entry.pair != first.pair) => {}
            Ties::Drop => kept.push(first.index),
            Ties::KeepAll => keep_once(best(), &mut kept),
        }
    }
    kept.par_sort_unstable();
    kept
}

/// A pair in the order of judgement.
#[derive(Clone, Copy)]
struct Ranked {
    rank: u64,
    pair: u64,
    index: usize,
}

/// All pairs whose weight is a number, unsorted.
fn ranked(pairs: &[Scored], key: fn(u32, u32) -> u64) -> Vec<Ranked> {
    let entry =
        |(index, pair): (usize, &Scored)| Ranked { rank: rank(pair.weight), pair: key(pair.left, pair.right), index };
    pairs.par_iter().enumerate().filter(|(_, pair)| !pair.weight.is_nan()).map(entry).collect()
}

/// Falling weight, then rows, then rule. Only pairs alike in all of these are told apart by their place.
fn heavier_first(a: &Ranked, b: &Ranked, pairs: &[Scored]) -> Ordering {
    let rule = |entry: &Ranked| pairs[entry.index].rule;
    let rows = b.rank.cmp(&a.rank).then(a.pair.cmp(&b.pair));
    rows.then_with(|| rule(a).cmp(&rule(b)).then(a.index.cmp(&b.index)))
}

/// Indices of sorted pairs, the first of the same pairs only.
fn keep_once<'a>(sorted: impl Iterator<Item = &'a Ranked>, kept: &mut Vec<usize>) {
    let mut before = None;
    for entry in sorted {
        if before != Some(entry.pair) {
            kept.push(entry.index);
        }
        before = Some(entry.pair);
    }
}

/// How often a row is wanted by the pairs of one weight; beyond that it is taken.
const FREE: u8 = 0;
const ONCE: u8 = 1;
const AGAIN: u8 = 2;
const TAKEN: u8 = 3;

/// Pairs that stand; right rows are numbered from `right_from`, the left ones from 0.
fn matching(mut ranked: Vec<Ranked>, pairs: &[Scored], ties: Ties, right_from: usize) -> Vec<usize> {
    ranked.par_sort_unstable_by(|a, b| heavier_first(a, b, pairs));
    let ends = |pair: u64| [(pair >> 32) as usize, (pair & u64::from(u32::MAX)) as usize + right_from];
    let rows = ranked.par_iter().map(|entry| ends(entry.pair).into_iter().max().unwrap_or(0) + 1).max().unwrap_or(0);
    let mut state = vec![FREE; rows];
    let mut kept = Vec::new();
    let mut wanted: Vec<Ranked> = Vec::new();
    for level in ranked.chunk_by(|a, b| a.rank == b.rank) {
        wanted.clear();
        for entry in level {
            let [left, right] = ends(entry.pair);
            let free = left != right && state[left] == FREE && state[right] == FREE;
            let again = wanted.last().is_some_and(|last| last.pair == entry.pair);
            if !free || again {
                continue;
            }
            if ties == Ties::LowestId {
                (state[left], state[right]) = (TAKEN, TAKEN);
                kept.push(entry.index);
            } else {
                wanted.push(*entry);
            }
        }
        for entry in &wanted {
            for row in ends(entry.pair) {
                state[row] = if state[row] == FREE { ONCE } else { AGAIN };
            }
        }
        let alone = |entry: &&Ranked| ends(entry.pair).into_iter().all(|row| state[row] == ONCE);
        kept.extend(wanted.iter().filter(|entry| ties == Ties::KeepAll || alone(entry)).map(|entry| entry.index));
        for entry in &wanted {
            for row in ends(entry.pair) {
                state[row] = TAKEN;
            }
        }
    }
    kept.par_sort_unstable();
    kept
}

#[cfg(test)]
mod tests;
