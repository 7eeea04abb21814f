//! Orders in which pairs are judged, where they are too many to be in memory.

use crate::resolve::pairs::{Scored, pair_key, rank, unordered_key};

/// An order of pairs. Where one says nothing more of two pairs, they are the same pair.
#[derive(Clone, Copy, Debug)]
pub enum SortedBy<'a> {
    /// Left row, then right row.
    Rows,
    /// Falling weight, then lower and higher row.
    Weight,
    /// Left row, then falling weight, then right row.
    Left,
    /// Right row, then falling weight, then left row.
    Right,
    /// The lowest row of a component, which is known for each row, then lower and higher row, then falling weight.
    Component(&'a [u32]),
}

impl SortedBy<'_> {
    /// What orders a pair whose weight is a number.
    pub(crate) fn key(self, pair: &Scored) -> [u64; 3] {
        let falling = !rank(pair.weight);
        let rule = u64::from(pair.rule);
        let (left, right) = (u64::from(pair.left), u64::from(pair.right));
        match self {
            Self::Rows => [pair_key(pair.left, pair.right), falling, rule],
            Self::Weight => [falling, unordered_key(pair.left, pair.right), rule],
            Self::Left => [left, falling, right << 8 | rule],
            Self::Right => [right, falling, left << 8 | rule],
            Self::Component(labels) => {
                let label = u64::from(labels[pair.left as usize]);
                [label, unordered_key(pair.left, pair.right), falling]
            }
        }
    }
}
