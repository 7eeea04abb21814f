//! Scored pairs, each once, with the truth about them.

use crate::error::{Error, Result};
use crate::report::accuracy::{Rows, Truth};
use crate::resolve::pairs::{Scored, pair_key, rank, unordered_key};
use rayon::prelude::*;
use std::cmp::Reverse;

/// A scored pair and whether it is one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// Weight in bits.
    pub weight: f64,
    /// Stated probability, 0 to 1.
    pub probability: f64,
    /// Whether both rows are one person.
    pub is_true: bool,
}

/// Truth, ready to be asked.
pub(crate) enum Known<'a> {
    /// Keys of true pairs, sorted, each once.
    Pairs(Vec<u64>),
    /// Person of each left row and of each right row; `None` where both sides are one table.
    People(&'a [u32], Option<&'a [u32]>),
}

impl<'a> Known<'a> {
    /// Checks that truth fits the rows.
    pub(crate) fn new(truth: &'a Truth, rows: Rows) -> Result<Self> {
        let fits = |labels: &[u32], rows: u32| labels.len() == rows as usize;
        match (truth, rows) {
            (Truth::Pairs(pairs), _) => {
                let mut keys: Vec<u64> =
                    pairs.par_iter().map(|(left, right)| key(*left, *right, rows)).collect::<Result<_>>()?;
                keys.par_sort_unstable();
                keys.dedup();
                Ok(Self::Pairs(keys))
            }
            (Truth::Clusters(labels), Rows::Within(count)) if fits(labels, count) => Ok(Self::People(labels, None)),
            (Truth::Sides { left, right }, Rows::Between { left: lefts, right: rights })
                if fits(left, lefts) && fits(right, rights) =>
            {
                Ok(Self::People(left, Some(right)))
            }
            _ => Err(Error::input("truth does not name a person for each row of the tables, and no more")),
        }
    }

    /// Number of true pairs.
    pub(crate) fn true_pairs(&self) -> u64 {
        match self {
            Self::Pairs(keys) => keys.len() as u64,
            Self::People(labels, None) => sizes(labels).into_iter().map(|(_, size)| size * (size - 1) / 2).sum(),
            Self::People(left, Some(right)) => {
                let right = sizes(right);
                let across = |(label, size): (u32, u64)| {
                    right.binary_search_by_key(&label, |(label, _)| *label).map_or(0, |place| size * right[place].1)
                };
                sizes(left).into_iter().map(across).sum()
            }
        }
    }

    fn is_true(&self, key: u64) -> bool {
        let (left, right) = ((key >> 32) as usize, (key & u64::from(u32::MAX)) as usize);
        match self {
            Self::Pairs(keys) => keys.binary_search(&key).is_ok(),
            Self::People(labels, other) => labels[left] == other.unwrap_or(labels)[right],
        }
    }
}

/// How many rows each label has, by rising label.
fn sizes(labels: &[u32]) -> Vec<(u32, u64)> {
    let mut sorted = labels.to_vec();
    sorted.par_sort_unstable();
    sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
}

/// A pair as one integer, if there is such a pair.
fn key(left: u32, right: u32, rows: Rows) -> Result<u64> {
    let (exists, key) = match rows {
        Rows::Within(count) => (left != right && left.max(right) < count, unordered_key(left, right)),
        Rows::Between { left: lefts, right: rights } => (left < lefts && right < rights, pair_key(left, right)),
    };
    if exists { Ok(key) } else { Err(Error::input(format!("there is no pair of row {left} and row {right}"))) }
}

/// Pairs with the truth about them, each once, heaviest first.
pub(crate) fn judge(pairs: &[Scored], known: &Known, rows: Rows) -> Result<Vec<Judged>> {
    // What is not a number becomes 0.
    let probability = |pair: &Scored| pair.probability.clamp(0.0, 1.0).max(0.0);
    let entry = |pair: &Scored| Ok((key(pair.left, pair.right, rows)?, pair.weight, probability(pair)));
    let scored = pairs.par_iter().filter(|pair| !pair.weight.is_nan());
    let mut keyed: Vec<(u64, f64, f64)> = scored.map(entry).collect::<Result<_>>()?;
    keyed.par_sort_unstable_by_key(|(key, weight, stated)| (*key, Reverse(rank(*weight)), Reverse(rank(*stated))));
    keyed.dedup_by_key(|(key, ..)| *key);
    let judged = |(key, weight, stated): &(u64, f64, f64)| Judged {
        weight: *weight,
        probability: *stated,
        is_true: known.is_true(*key),
    };
    let mut judged: Vec<Judged> = keyed.par_iter().map(judged).collect();
    judged.par_sort_unstable_by_key(|pair| Reverse(rank(pair.weight)));
    Ok(judged)
}
