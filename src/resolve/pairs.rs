//! From scored pairs to links and clusters.
//!
//! In: pairs of rows with their weights. Out: pairs that stand one to one ([`one_to_one`]), clusters of rows that hang
//! together ([`components()`]), how well they do ([`quality()`]), and clusters cut where the evidence is against them
//! ([`refine()`]). Everything here is a pure function of plain data; the order of the pairs and the number of threads
//! cannot be seen in any result.
//!
//! Rows are numbers. Where two tables are linked, [`one_to_one`], [`best_for_left`] and [`best_for_right`] take the rows of each side in a
//! numbering of its own; clusters need one numbering for all rows, in which the right rows follow the left ones.

mod best;
mod bridges;
mod components;
mod groups;
mod piece;
mod quality;
mod refine;
mod sorted;

pub use best::{Judge, Ties, best_for_left, best_for_right, one_to_one, one_to_one_within};
pub use bridges::{Bridge, bridges};
pub(crate) use components::Sets;
pub use components::{components, components_at};
pub use quality::{Cluster, Quality, quality};
pub use refine::{Cut, CutReason, Refined, Refinement, Refining, refine};
pub use sorted::SortedBy;

/// A pair of rows that was compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Row of the left table; of the one table, the lower row of the two.
    pub left: u32,
    /// Row of the right table; of the one table, the higher row of the two.
    pub right: u32,
    /// log2 odds that both rows are one person. A pair whose weight is not a number is no evidence and never a link.
    pub weight: f64,
    /// The probability stated for it.
    pub probability: f64,
    /// Number of the blocking rule that brought it.
    pub rule: u8,
}

/// A weight as an integer of the same order: what is not a number lies below everything, and the two zeros are one.
pub(crate) fn rank(weight: f64) -> u64 {
    if weight.is_nan() {
        return 0;
    }
    // Adding zero turns the negative zero into the positive one.
    let bits = (weight + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Two rows as one integer, ordered by the first, then the second.
pub(crate) fn pair_key(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// Two rows of one numbering as one integer, whichever comes first.
pub(crate) fn unordered_key(a: u32, b: u32) -> u64 {
    pair_key(a.min(b), a.max(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_order_as_weights_do() {
        let weights = [f64::NEG_INFINITY, -7.5, -f64::MIN_POSITIVE, 0.0, 1e-300, 3.0, f64::INFINITY];
        assert!(weights.windows(2).all(|two| rank(two[0]) < rank(two[1])));
        assert_eq!(rank(-0.0), rank(0.0));
        assert_eq!(rank(f64::NAN), 0);
        assert!(rank(f64::NEG_INFINITY) > 0);
    }

    #[test]
    fn keys_order_as_pairs_do() {
        assert!(pair_key(1, u32::MAX) < pair_key(2, 0));
        assert_eq!(unordered_key(9, 3), pair_key(3, 9));
    }
}
