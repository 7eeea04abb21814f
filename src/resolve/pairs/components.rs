//! Rows that hang together: connected components, at one threshold or at many.

use crate::resolve::pairs::{Scored, rank};
use rayon::prelude::*;

/// Sets of rows that grow together; the lowest row of a set stands for it.
pub(crate) struct Sets {
    parent: Vec<u32>,
}

impl Sets {
    /// Each of `nodes` rows alone.
    pub(crate) fn new(nodes: u32) -> Self {
        Self { parent: (0..nodes).collect() }
    }

    /// The lowest row of the set of `row`.
    pub(crate) fn find(&mut self, mut row: u32) -> u32 {
        while self.parent[row as usize] != row {
            let above = self.parent[self.parent[row as usize] as usize];
            self.parent[row as usize] = above;
            row = above;
        }
        row
    }

    /// Makes one set of two.
    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// The lowest row of the set of each row.
    pub(crate) fn labels(&mut self) -> Vec<u32> {
        // A parent is never above its row, so one pass in rising order reaches the top.
        for row in 0..self.parent.len() {
            self.parent[row] = self.parent[self.parent[row] as usize];
        }
        self.parent.clone()
    }
}

/// Connected components of `nodes` rows: for each row the lowest row of its component.
///
/// # Panics
/// When an edge names a row that is not below `nodes`.
pub fn components(nodes: u32, edges: &[(u32, u32)]) -> Vec<u32> {
    let mut sets = Sets::new(nodes);
    for (a, b) in edges {
        sets.join(*a, *b);
    }
    sets.labels()
}

/// Connected components at many thresholds in one pass: each threshold with its labels, in the order given.
///
/// A pair is an edge where its weight is at least the threshold, in bits. Both rows are of one numbering. A threshold
/// that is not a number lets no pair through.
///
/// # Panics
/// When a pair names a row that is not below `nodes`.
pub fn components_at(nodes: u32, pairs: &[Scored], thresholds: &[f64]) -> Vec<(f64, Vec<u32>)> {
    let mut falling: Vec<usize> = (0..thresholds.len()).collect();
    falling.sort_by(|a, b| rank(thresholds[*b]).cmp(&rank(thresholds[*a])));
    let lowest = thresholds.iter().copied().filter(|threshold| !threshold.is_nan()).reduce(f64::min);
    let enough = |pair: &&Scored| lowest.is_some_and(|lowest| pair.weight >= lowest);
    let mut edges: Vec<(u64, u32, u32)> =
        pairs.par_iter().filter(enough).map(|pair| (rank(pair.weight), pair.left, pair.right)).collect();
    edges.par_sort_unstable_by(|a, b| b.cmp(a));
    let mut sets = Sets::new(nodes);
    let mut out: Vec<(f64, Vec<u32>)> = thresholds.iter().map(|threshold| (*threshold, Vec::new())).collect();
    let mut rest = edges.as_slice();
    for at in falling {
        let threshold = thresholds[at];
        if threshold.is_nan() {
            out[at].1 = (0..nodes).collect();
            continue;
        }
        let (in_now, later) = rest.split_at(rest.partition_point(|edge| edge.0 >= rank(threshold)));
        for (_, left, right) in in_now {
            sets.join(*left, *right);
        }
        rest = later;
        out[at].1 = sets.labels();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Labels by spreading the lowest row along edges until nothing changes.
    fn slow(nodes: u32, edges: &[(u32, u32)]) -> Vec<u32> {
        let mut labels: Vec<u32> = (0..nodes).collect();
        loop {
            let before = labels.clone();
            for (a, b) in edges {
                let lower = labels[*a as usize].min(labels[*b as usize]);
                labels[*a as usize] = lower;
                labels[*b as usize] = lower;
            }
            if labels == before {
                return labels;
            }
        }
    }

    #[test]
    fn the_label_is_the_lowest_row() {
        assert_eq!(components(6, &[(5, 4), (4, 2), (1, 0)]), [0, 0, 2, 3, 2, 2]);
        assert_eq!(components(0, &[]), [0; 0]);
        assert_eq!(components(2, &[(1, 1)]), [0, 1]);
    }

    #[test]
    fn a_long_chain_in_any_direction() {
        let nodes = 100_000;
        let mut edges: Vec<(u32, u32)> = (1..nodes).map(|row| (row, row - 1)).collect();
        assert!(components(nodes, &edges).iter().all(|label| *label == 0));
        edges.reverse();
        assert!(components(nodes, &edges).iter().all(|label| *label == 0));
    }

    #[test]
    fn thresholds_take_equal_weights_and_keep_their_order() {
        let pair = |left, right, weight| Scored { left, right, weight, probability: 0.5, rule: 0 };
        let pairs = [pair(0, 1, 5.0), pair(1, 2, 3.0), pair(2, 3, f64::NAN), pair(3, 4, -1.0)];
        let at = components_at(5, &pairs, &[3.0, 9.0, f64::NEG_INFINITY, 5.0]);
        assert_eq!(at[0], (3.0, vec![0, 0, 0, 3, 4]));
        assert_eq!(at[1], (9.0, vec![0, 1, 2, 3, 4]));
        assert_eq!(at[2], (f64::NEG_INFINITY, vec![0, 0, 0, 3, 3]));
        assert_eq!(at[3], (5.0, vec![0, 0, 2, 3, 4]));
        assert_eq!(components_at(2, &pairs[..1], &[f64::NAN])[0].1, [0, 1]);
        assert!(components_at(5, &pairs, &[]).is_empty());
    }

    proptest! {
        #[test]
        fn union_finds_what_spreading_finds(edges in prop::collection::vec((0_u32..20, 0_u32..20), 0..30)) {
            prop_assert_eq!(components(20, &edges), slow(20, &edges));
        }

        #[test]
        fn one_pass_equals_one_run_a_threshold(
            pairs in prop::collection::vec((0_u32..15, 0_u32..15, -4_i32..5), 0..40),
            thresholds in prop::collection::vec(-5_i32..6, 0..6),
        ) {
            let scored: Vec<Scored> = pairs.iter().map(|(left, right, weight)| {
                Scored { left: *left, right: *right, weight: f64::from(*weight), probability: 0.5, rule: 0 }
            }).collect();
            let thresholds: Vec<f64> = thresholds.into_iter().map(f64::from).collect();
            for (threshold, labels) in components_at(15, &scored, &thresholds) {
                let edges: Vec<(u32, u32)> = scored.iter().filter(|pair| pair.weight >= threshold)
                    .map(|pair| (pair.left, pair.right)).collect();
                prop_assert_eq!(labels, slow(15, &edges));
            }
        }
    }
}
