//! Are stated probabilities true? Bins of stated probability with the share of true pairs, and Wilson's interval.

use crate::report::accuracy::share;
use crate::util::interval::wilson;

/// Bins of equal width.
const BINS: usize = 10;
/// Parts of a probability of 1: probabilities are summed as integers.
const PARTS: f64 = (1_u64 << 60) as f64;

/// Scored pairs of about the same stated probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Lowest probability; the highest is 0.1 more, and belongs to the next bin, but 1 to the last.
    pub from: f64,
    /// Pairs.
    pub pairs: u64,
    /// Of these, one person.
    pub true_pairs: u64,
    /// Mean of the stated probabilities; `None` without pairs.
    pub mean_probability: Option<f64>,
}

impl Bin {
    /// Share of pairs that are one person; `None` without pairs.
    pub fn share_true(&self) -> Option<f64> {
        share(self.true_pairs, self.pairs)
    }

    /// Wilson's interval of that share. Pairs of one person are not independent, so it is rather too narrow.
    pub fn interval(&self) -> (f64, f64) {
        wilson(self.true_pairs, self.pairs)
    }
}

/// A probability in whole parts.
pub(crate) fn parts(probability: f64) -> u128 {
    (probability * PARTS).round() as u128
}

/// Mean of so many probabilities whose parts have this sum; `None` without any.
pub(crate) fn mean(sum: u128, pairs: u64) -> Option<f64> {
    (pairs > 0).then(|| sum as f64 / PARTS / pairs as f64)
}

/// All ten bins, by rising probability.
pub(crate) fn bins(judged: impl IntoIterator<Item = (f64, bool)>) -> Vec<Bin> {
    let mut counts = [(0, 0, 0); BINS];
    for (probability, is_true) in judged {
        let (pairs, true_pairs, sum) = &mut counts[((probability * BINS as f64) as usize).min(BINS - 1)];
        *pairs += 1;
        *true_pairs += u64::from(is_true);
        *sum += parts(probability);
    }
    let bin = |(index, (pairs, true_pairs, sum)): (usize, (u64, u64, u128))| Bin {
        from: index as f64 / BINS as f64,
        pairs,
        true_pairs,
        mean_probability: mean(sum, pairs),
    };
    counts.into_iter().enumerate().map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_their_lower_edge_and_the_last_holds_one() {
        let found = bins([(0.1, true), (0.15, false), (1.0, true), (0.9, false), (0.0, false)]);
        assert_eq!(found.len(), 10);
        assert_eq!((found[0].pairs, found[0].mean_probability), (1, Some(0.0)));
        assert_eq!((found[1].pairs, found[1].true_pairs, found[1].mean_probability), (2, 1, Some(0.125)));
        assert_eq!((found[9].pairs, found[9].share_true()), (2, Some(0.5)));
        assert_eq!((found[5].mean_probability, found[5].share_true()), (None, None));
        assert_eq!(found[5].interval(), (0.0, 1.0));
    }
}
