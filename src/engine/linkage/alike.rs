//! Pairs that agree alike: how often each combination of levels occurs, what it weighs, and pairs to look at.

use crate::block::rules::Unit;
use crate::engine::linkage::scoring::Scorer;
use crate::engine::linkage::{Compared, Linkage};
use crate::error::Result;
use crate::score::train::patterns::{Pattern, level_of};
use crate::util::hash::{Map, map};
use rayon::prelude::*;

/// Pairs of a combination that are named.
const EXAMPLES: usize = 2;
/// Parts of a bit: weights are summed as integers, in any order.
const PARTS: f64 = (1_u64 << 32) as f64;

/// All pairs of one combination of levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// Level of each comparison, by its place in the model.
    pub levels: Vec<u8>,
    /// Pairs.
    pub pairs: u64,
    /// Mean of their match weights in bits: the frequencies of their values differ.
    pub weight: f64,
    /// The first pairs, by rows; right rows of two tables are numbered after the left ones.
    pub examples: Vec<(u32, u32)>,
}

#[derive(Default)]
struct Sum {
    pairs: u64,
    parts: i128,
    examples: Vec<(u32, u32)>,
}

impl Sum {
    fn see(&mut self, pairs: u64, parts: i128, examples: &[(u32, u32)]) {
        self.pairs += pairs;
        self.parts += parts;
        self.examples.extend_from_slice(examples);
        self.examples.sort_unstable();
        self.examples.truncate(EXAMPLES);
    }
}

type Sums = Map<Pattern, Sum>;

fn merged(mut sums: Sums, others: Sums) -> Sums {
    others.into_iter().for_each(|(pattern, sum)| {
        sums.entry(pattern).or_default().see(sum.pairs, sum.parts, &sum.examples);
    });
    sums
}

impl Linkage {
    /// The pairs of all rules by their combination of levels, most frequent first.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub fn alike(&self) -> Result<Vec<Alike>> {
        let scorer = Scorer::new(self)?;
        let parts =
            |pattern: Pattern, left: u32, right: u32| (scorer.weight(pattern, left, right) * PARTS).round() as i128;
        // Sums of integers, and the first of the examples: the order of merging cannot be seen.
        let sums = if let Some(compared) = &self.compared {
            let see = |mut sums: Sums, pair: &Compared| {
                let (left, right) = (pair.left, pair.right);
                sums.entry(pair.pattern).or_default().see(1, parts(pair.pattern, left, right), &[(left, right)]);
                sums
            };
            compared.par_iter().fold(map, see).reduce(map, merged)
        } else {
            let see = |mut sums: Sums, unit: &Unit| {
                self.comparing(|compare| {
                    self.pairs_of_left(unit, |left, rights, _| {
                        compare.patterns(left, rights, |right, pattern| {
                            sums.entry(pattern).or_default().see(1, parts(pattern, left, right), &[(left, right)]);
                        });
                    });
                });
                sums
            };
            self.pairing.units().par_iter().fold(map, see).reduce(map, merged)
        };
        let mut found: Vec<(Pattern, Sum)> = sums.into_iter().collect();
        found.sort_unstable_by_key(|(pattern, sum)| (std::cmp::Reverse(sum.pairs), *pattern));
        let count = self.model.comparisons.len();
        let alike = |(pattern, sum): (Pattern, Sum)| Alike {
            levels: (0..count).map(|comparison| level_of(pattern, comparison) as u8).collect(),
            pairs: sum.pairs,
            weight: sum.parts as f64 / PARTS / sum.pairs as f64,
            examples: sum.examples,
        };
        Ok(found.into_iter().map(alike).collect())
    }
}
