//! How well do clusters hang together? Sizes, edges, density and bridges.

use crate::resolve::pairs::bridges::distinct;
use crate::resolve::pairs::{Bridge, bridges};
use rayon::prelude::*;

/// A cluster of two rows or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its label.
    pub label: u32,
    /// Rows in it.
    pub rows: u32,
    /// Different edges within it.
    pub edges: u64,
    /// Of these, edges without which it would fall into two.
    pub bridges: u64,
}

impl Cluster {
    /// Edges over the edges that there could be, 0 to 1.
    pub fn density(&self) -> f64 {
        let rows = u64::from(self.rows);
        self.edges as f64 / (rows * rows.saturating_sub(1) / 2).max(1) as f64
    }
}

/// Shape of all clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// How many clusters have how many rows: (rows, clusters), by rising rows; single rows too.
    pub sizes: Vec<(u32, u64)>,
    /// Clusters of two rows and more, by rising label.
    pub clusters: Vec<Cluster>,
    /// Bridges within clusters, by rising index of the edge.
    pub bridges: Vec<Bridge>,
}

/// Shape of the clusters that `labels` name, a label for each row. Edges between clusters are left out; an edge given
/// several times counts once. A cluster whose edges do not connect it has its bridges in each of its parts.
///
/// # Panics
/// When an edge names a row that has no label.
pub fn quality(labels: &[u32], edges: &[(u32, u32)]) -> Quality {
    let mut sorted = labels.to_vec();
    sorted.par_sort_unstable();
    let mut sizes: Vec<u32> = Vec::new();
    let mut clusters: Vec<Cluster> = Vec::new();
    for rows in sorted.chunk_by(|a, b| a == b) {
        sizes.push(rows.len() as u32);
        if rows.len() > 1 {
            clusters.push(Cluster { label: rows[0], rows: rows.len() as u32, edges: 0, bridges: 0 });
        }
    }
    sizes.par_sort_unstable();
    let sizes = sizes.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect();
    let label = |row: u32| labels[row as usize];
    // Edges between clusters become edges of a row with itself, which count for nothing; indices stay.
    let within: Vec<(u32, u32)> =
        edges.par_iter().map(|(a, b)| if label(*a) == label(*b) { (*a, *b) } else { (*a, *a) }).collect();
    let place = |clusters: &[Cluster], row: u32| clusters.binary_search_by_key(&label(row), |cluster| cluster.label);
    for (key, _) in distinct(&within) {
        if let Ok(place) = place(&clusters, (key >> 32) as u32) {
            clusters[place].edges += 1;
        }
    }
    let bridges = bridges(labels.len() as u32, &within);
    for bridge in &bridges {
        if let Ok(place) = place(&clusters, within[bridge.edge].0) {
            clusters[place].bridges += 1;
        }
    }
    Quality { sizes, clusters, bridges }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_with_a_tail_a_pair_and_a_row_alone() {
        let labels = [7, 7, 7, 7, 2, 2, 9];
        // The tail comes twice, once the other way round; the last edge leads out of its cluster.
        let edges = [(0, 1), (1, 2), (2, 0), (3, 2), (2, 3), (4, 5), (5, 6)];
        let found = quality(&labels, &edges);
        assert_eq!(found.sizes, [(1, 1), (2, 1), (4, 1)]);
        let pair = Cluster { label: 2, rows: 2, edges: 1, bridges: 1 };
        let tailed = Cluster { label: 7, rows: 4, edges: 4, bridges: 1 };
        assert_eq!(found.clusters, [pair, tailed]);
        assert_eq!(found.bridges, [Bridge { edge: 3, smaller_side: 1 }, Bridge { edge: 5, smaller_side: 1 }]);
        assert_eq!((pair.density(), tailed.density()), (1.0, 4.0 / 6.0));
    }

    #[test]
    fn rows_in_one_cluster_without_edges() {
        let found = quality(&[0, 0], &[]);
        assert_eq!(found.clusters, [Cluster { label: 0, rows: 2, edges: 0, bridges: 0 }]);
        assert_eq!(found.clusters[0].density(), 0.0);
        assert_eq!(quality(&[], &[]), Quality::default());
    }
}
