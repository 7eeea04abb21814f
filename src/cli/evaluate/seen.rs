//! What the model says of pairs that are true or were given: rule, weight, levels.

use crate::engine::linkage::Linkage;
use crate::error::Result;
use crate::report::accuracy::Rows;
use crate::report::pairs::{Looked, Pair};
use crate::score::linkage_weight::Parts;
use rayon::prelude::*;

/// Pairs that are scored at a time at least.
const CHUNK_MIN: usize = 4096;
/// In how many pieces many pairs are scored: each prepares the frequencies of all values anew.
const PIECES: usize = 16;

/// What the model says of all pairs.
pub(super) struct Seen<'a> {
    /// The tables under the model.
    pub linkage: &'a Linkage,
    /// Rule and weight of each pair.
    pub looked: Vec<Looked>,
    /// Level of each comparison, pair by pair.
    levels: Vec<u8>,
    /// The number that the first right row has in one numbering of both tables.
    first_right: u32,
}

impl<'a> Seen<'a> {
    /// Looks at all pairs.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub(super) fn of(linkage: &'a Linkage, pairs: &[Pair], rows: Rows) -> Result<Self> {
        let first_right = match rows {
            Rows::Within(_) => 0,
            Rows::Between { left, .. } => left,
        };
        let rules = linkage.model.blocking.len();
        let mut seen = Self { linkage, looked: Vec::with_capacity(pairs.len()), levels: Vec::new(), first_right };
        let first_rule = |pair: &Pair| {
            let (left, right) = seen.rows(pair);
            (0..rules).find(|rule| linkage.holds(*rule, left, right)).map(|rule| rule as u8)
        };
        let found: Vec<Option<u8>> = pairs.par_iter().map(first_rule).collect();
        for (rule, (levels, parts)) in found.into_iter().zip(seen.scored(pairs.iter())?) {
            seen.looked.push(Looked { rule, weight: parts.match_weight() });
            seen.levels.extend(levels);
        }
        Ok(seen)
    }

    /// Levels and parts of the weight of pairs, in their order.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub(super) fn scored<'b>(&self, pairs: impl Iterator<Item = &'b Pair>) -> Result<Vec<(Vec<u8>, Parts)>> {
        let rows: Vec<(u32, u32)> = pairs.map(|pair| self.rows(pair)).collect();
        let chunks = rows.par_chunks(CHUNK_MIN.max(rows.len() / PIECES));
        let scored: Vec<_> = chunks.map(|rows| self.linkage.score_pairs(rows)).collect::<Result<_>>()?;
        Ok(scored.into_iter().flatten().collect())
    }

    /// Levels of the comparisons of a pair.
    pub(super) fn levels_of(&self, place: usize) -> &[u8] {
        let count = self.linkage.model.comparisons.len();
        &self.levels[place * count..(place + 1) * count]
    }

    /// A pair in one numbering of both tables.
    fn rows(&self, pair: &Pair) -> (u32, u32) {
        (pair.left, self.first_right + pair.right)
    }
}
