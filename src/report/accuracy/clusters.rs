//! Clusters against true ones, by the table of how many rows each cluster shares with each person; pairs are counted,
//! never listed.

use crate::error::{Error, Result};
use crate::report::accuracy::{Confusion, Rows};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Accuracy of clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterAccuracy {
    /// Rows.
    pub rows: u64,
    /// Clusters, those of one row too.
    pub clusters: u64,
    /// True clusters, those of one row too.
    pub true_clusters: u64,
    /// Clusters that are a true cluster, row by row.
    pub exact_clusters: u64,
    /// Pairs of rows: positive where they are in one cluster, true where they are one person.
    pub pairs: Confusion,
    /// Mean over rows of the share of its cluster that is its person (B-cubed, Bagga and Baldwin 1998); `None` without
    /// rows.
    pub bcubed_precision: Option<f64>,
    /// Mean over rows of the share of its person that is in its cluster; `None` without rows.
    pub bcubed_recall: Option<f64>,
}

impl ClusterAccuracy {
    /// Harmonic mean of both B-cubed measures.
    pub fn bcubed_f1(&self) -> Option<f64> {
        let (precision, recall) = self.bcubed_precision.zip(self.bcubed_recall)?;
        Some(2.0 * precision * recall / (precision + recall))
    }
}

/// Rows that stand together, by side.
#[derive(Clone, Copy, Default)]
struct Together {
    left: u64,
    right: u64,
}

impl Together {
    fn add(&mut self, more: Self) {
        self.left += more.left;
        self.right += more.right;
    }

    fn rows(self) -> u64 {
        self.left + self.right
    }

    /// Possible pairs among them.
    fn pairs(self, rows: Rows) -> u64 {
        match rows {
            Rows::Within(_) => self.rows() * self.rows().saturating_sub(1) / 2,
            Rows::Between { .. } => self.left * self.right,
        }
    }
}

/// Measures clusters against true ones: two labels for each row. Of two tables, the left rows come first and then the
/// right ones; pairs are those across, and B-cubed counts all rows.
///
/// # Errors
/// When there are not two labels for each row.
pub fn measure_clusters(predicted: &[u32], truth: &[u32], rows: Rows) -> Result<ClusterAccuracy> {
    let (count, left_rows) = match rows {
        Rows::Within(count) => (u64::from(count), count as usize),
        Rows::Between { left, right } => (u64::from(left) + u64::from(right), left as usize),
    };
    if [predicted, truth].iter().any(|labels| labels.len() as u64 != count) {
        let found = format!("{} rows, {} labels and {} true labels", count, predicted.len(), truth.len());
        return Err(Error::input(format!("clusters do not fit the rows: {found}")));
    }
    let mut sorted: Vec<(u32, u32, bool)> =
        (0..predicted.len()).into_par_iter().map(|row| (predicted[row], truth[row], row >= left_rows)).collect();
    sorted.par_sort_unstable();
    // The table: cluster, person, and the rows in both.
    let cells: Vec<(u32, u32, Together)> = sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(cell).collect();
    let clusters = margin(cells.iter().map(|cell| (cell.0, cell.2)).collect());
    let people = margin(cells.iter().map(|cell| (cell.1, cell.2)).collect());
    let found = counted(&cells, &clusters, &people, rows);
    let (linked, same) = (pairs_of(&clusters, rows), pairs_of(&people, rows));
    let pairs = Confusion {
        true_positives: found.pairs,
        false_positives: linked - found.pairs,
        false_negatives: same - found.pairs,
        true_negatives: rows.possible_pairs() + found.pairs - linked - same,
    };
    Ok(ClusterAccuracy {
        rows: count,
        clusters: clusters.len() as u64,
        true_clusters: people.len() as u64,
        exact_clusters: found.exact,
        pairs,
        bcubed_precision: mean_of(&found.by_cluster_size, count),
        bcubed_recall: mean_of(&found.by_person_size, count),
    })
}

fn cell(same: &[(u32, u32, bool)]) -> (u32, u32, Together) {
    let right = same.iter().filter(|entry| entry.2).count() as u64;
    (same[0].0, same[0].1, Together { left: same.len() as u64 - right, right })
}

/// Rows of each label, by rising label.
fn margin(mut parts: Vec<(u32, Together)>) -> Vec<(u32, Together)> {
    parts.par_sort_unstable_by_key(|(label, _)| *label);
    let sum = |same: &[(u32, Together)]| {
        let mut all = Together::default();
        same.iter().for_each(|(_, part)| all.add(*part));
        (same[0].0, all)
    };
    parts.chunk_by(|a, b| a.0 == b.0).map(sum).collect()
}

fn pairs_of(margin: &[(u32, Together)], rows: Rows) -> u64 {
    margin.iter().map(|(_, together)| together.pairs(rows)).sum()
}

/// What the table says.
#[derive(Default)]
struct Counted {
    /// Pairs of one cluster and one person.
    pairs: u64,
    /// Clusters that are a person.
    exact: u64,
    /// Sums of squares of cells, by rows of the cluster, and by rows of the person: B-cubed sums are squares over rows,
    /// and adding squares first, then sizes in order, makes them independent of labels.
    by_cluster_size: BTreeMap<u64, u128>,
    by_person_size: BTreeMap<u64, u128>,
}

fn counted(
    cells: &[(u32, u32, Together)],
    clusters: &[(u32, Together)],
    people: &[(u32, Together)],
    rows: Rows,
) -> Counted {
    let size = |margin: &[(u32, Together)], label: u32| {
        margin.binary_search_by_key(&label, |(label, _)| *label).map_or(0, |place| margin[place].1.rows())
    };
    let mut found = Counted::default();
    for (cluster, person, together) in cells {
        let (in_cluster, of_person) = (size(clusters, *cluster), size(people, *person));
        let square = u128::from(together.rows()) * u128::from(together.rows());
        found.pairs += together.pairs(rows);
        found.exact += u64::from(together.rows() == in_cluster && in_cluster == of_person);
        *found.by_cluster_size.entry(in_cluster).or_default() += square;
        *found.by_person_size.entry(of_person).or_default() += square;
    }
    found
}

fn mean_of(squares: &BTreeMap<u64, u128>, rows: u64) -> Option<f64> {
    (rows > 0).then(|| squares.iter().map(|(size, sum)| *sum as f64 / *size as f64).sum::<f64>() / rows as f64)
}
