//! How good are scored pairs and clusters, measured against truth?
//!
//! [`measure`] takes all pairs that were scored, and says for every threshold what would be right and wrong; true pairs
//! that no blocking rule brought count as missed. [`measure_clusters`] compares clusters with true ones. All counts are
//! exact integers, and probabilities are summed as integers, so neither the order of pairs nor the number of threads can
//! be seen.

mod clusters;
mod curve;
mod judged;
mod print;
mod reliability;

pub use crate::util::interval::wilson;
pub use clusters::{ClusterAccuracy, measure_clusters};
pub use curve::{CurvePoint, Cutoff, RecallAt};
pub use reliability::Bin;
pub(crate) use reliability::bins as reliability_bins;

use crate::error::{Error, Result};
use crate::resolve::pairs::Scored;

/// Which rows there are, and so which pairs there could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// So many rows of one table (or of several in one numbering); any two are a possible pair.
    Within(u32),
    /// Rows of two tables; a left row and a right row are a possible pair.
    Between {
        /// Left rows.
        left: u32,
        /// Right rows.
        right: u32,
    },
}

impl Rows {
    /// Pairs that there could be.
    pub const fn possible_pairs(self) -> u64 {
        match self {
            Self::Within(rows) => rows as u64 * (rows as u64).saturating_sub(1) / 2,
            Self::Between { left, right } => left as u64 * right as u64,
        }
    }
}

/// What is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// The pairs of rows that are one person, each at least once; all other pairs are not.
    Pairs(Vec<(u32, u32)>),
    /// The person of each row of one table.
    Clusters(Vec<u32>),
    /// The person of each left row and of each right row; a pair is true where they are equal.
    Sides {
        /// Of left rows.
        left: Vec<u32>,
        /// Of right rows.
        right: Vec<u32>,
    },
}

/// Right and wrong at one threshold. Positive is what is linked, true is what is linked or not rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Linked, and one person.
    pub true_positives: u64,
    /// Linked, and not one person.
    pub false_positives: u64,
    /// Not linked, but one person; pairs that were never scored too.
    pub false_negatives: u64,
    /// Not linked, and not one person; all pairs of the cross product that were never scored too.
    pub true_negatives: u64,
}

impl Confusion {
    /// Right links over links; `None` without links.
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Right links over true pairs; `None` without true pairs.
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// Harmonic mean of precision and recall; `None` without links and true pairs.
    pub fn f1(&self) -> Option<f64> {
        let wrong = self.false_positives + self.false_negatives;
        share(2 * self.true_positives, 2 * self.true_positives + wrong)
    }
}

/// Accuracy of scored pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Accuracy {
    /// Pairs that there could be.
    pub possible_pairs: u64,
    /// Pairs that are one person.
    pub true_pairs: u64,
    /// Different pairs that were scored.
    pub scored_pairs: u64,
    /// Of these, pairs that are one person: the most that any threshold can find.
    pub scored_true_pairs: u64,
    /// At the thresholds asked for, in their order.
    pub cutoffs: Vec<Cutoff>,
    /// Where F1 is best, the highest such weight; `None` where no scored pair is true.
    pub best_f1: Option<Cutoff>,
    /// The most recall at a precision of at least 0.9, 0.95, 0.99 and 0.999.
    pub recall_at: Vec<RecallAt>,
    /// Mean precision over true pairs, those never scored at 0; `None` without true pairs.
    pub average_precision: Option<f64>,
    /// Chance that a true pair scores above a false one of the cross product, ties at one half; pairs never scored tie
    /// below all others. `None` without true or without false pairs.
    pub auc: Option<f64>,
    /// Counts by falling weight, at most 500 points, the first and the last among them.
    pub curve: Vec<CurvePoint>,
    /// Stated probability against truth in ten bins.
    pub reliability: Vec<Bin>,
    /// Accuracy of clusters, where the caller measured it.
    pub clusters: Option<ClusterAccuracy>,
}

impl Accuracy {
    /// True pairs that were scored over true pairs: the recall of blocking. `None` without true pairs.
    pub fn scored_recall(&self) -> Option<f64> {
        share(self.scored_true_pairs, self.true_pairs)
    }

    /// Points of the ROC curve as (false positive rate, recall), from (0, 0) to (1, 1); empty where either is undefined.
    pub fn roc(&self) -> Vec<(f64, f64)> {
        let point = |point: &CurvePoint| point.false_positive_rate().zip(point.confusion.recall());
        let Some(points) = self.curve.iter().map(point).collect::<Option<Vec<(f64, f64)>>>() else { return Vec::new() };
        if self.auc.is_none() {
            return Vec::new();
        }
        [(0.0, 0.0)].into_iter().chain(points).chain([(1.0, 1.0)]).collect()
    }

    /// Points of the precision-recall curve as (recall, precision); empty without true pairs.
    pub fn precision_recall(&self) -> Vec<(f64, f64)> {
        self.curve.iter().filter_map(|point| point.confusion.recall().zip(point.confusion.precision())).collect()
    }

    /// Mean distance of stated probability and share of true pairs, over all pairs of [`Self::reliability`]; `None` without any.
    pub fn calibration_error(&self) -> Option<f64> {
        let distance = |bin: &Bin| {
            let gap = bin.mean_probability.zip(bin.share_true()).map_or(0.0, |(stated, found)| (stated - found).abs());
            gap * bin.pairs as f64
        };
        let pairs = self.reliability.iter().map(|bin| bin.pairs).sum::<u64>();
        (pairs > 0).then(|| self.reliability.iter().map(distance).sum::<f64>() / pairs as f64)
    }
}

/// Measures scored pairs against truth; a pair is linked at a threshold where its weight, in bits, is at least as high.
///
/// A pair scored several times counts once, with its highest weight. A pair whose weight is not a number counts as never
/// scored; a probability that is not a number counts as 0.
///
/// # Errors
/// When a pair names a row that there is not, or a row with itself; when truth does not fit the rows; when a threshold is
/// not a number.
pub fn measure(pairs: &[Scored], truth: &Truth, rows: Rows, thresholds: &[f64]) -> Result<Accuracy> {
    if thresholds.iter().any(|threshold| threshold.is_nan()) {
        return Err(Error::settings("a threshold is not a number"));
    }
    let known = judged::Known::new(truth, rows)?;
    let judged = judged::judge(pairs, &known, rows)?;
    let scored_true_pairs = judged.iter().filter(|pair| pair.is_true).count() as u64;
    let totals = curve::Totals {
        true_pairs: known.true_pairs(),
        possible_pairs: rows.possible_pairs(),
        scored_pairs: judged.len() as u64,
        scored_true_pairs,
    };
    let walked = curve::walk(&judged, totals, thresholds);
    Ok(Accuracy {
        possible_pairs: totals.possible_pairs,
        true_pairs: totals.true_pairs,
        scored_pairs: totals.scored_pairs,
        scored_true_pairs,
        cutoffs: walked.cutoffs,
        best_f1: walked.best_f1,
        recall_at: walked.recall_at,
        average_precision: walked.average_precision,
        auc: walked.auc,
        curve: walked.curve,
        reliability: reliability::bins(judged.iter().map(|pair| (pair.probability, pair.is_true))),
        clusters: None,
    })
}

/// Part over whole, if there is a whole.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests;
