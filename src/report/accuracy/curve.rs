//! One walk over pairs by falling weight: everything that depends on where the threshold lies.

use crate::report::accuracy::judged::Judged;
use crate::report::accuracy::reliability::{mean, parts};
use crate::report::accuracy::{Confusion, share};
use crate::resolve::pairs::rank;

/// Precisions for which the most recall is told.
const PRECISIONS: [f64; 4] = [0.9, 0.95, 0.99, 0.999];
/// Steps in true pairs, and in false pairs, that the curve is thinned to: with its ends at most 500 points.
const CURVE_STEPS: u64 = 248;

/// Right and wrong at one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cutoff {
    /// Pairs of this weight and more are linked, in bits.
    pub weight: f64,
    /// Lowest probability stated for a pair that is linked; `None` where none is.
    pub probability: Option<f64>,
    /// What would be right and wrong.
    pub confusion: Confusion,
    /// Precision by the stated probabilities alone: their mean over linked pairs (as in fastLink). `None` without links.
    pub expected_precision: Option<f64>,
    /// Recall by the stated probabilities alone: their sum over linked pairs as a share of that over all scored pairs.
    /// Pairs never scored are left out. `None` where the sum is 0.
    pub expected_recall: Option<f64>,
}

/// The most recall at a precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecallAt {
    /// Precision that is asked for.
    pub precision: f64,
    /// Where recall is highest; `None` where no threshold reaches the precision.
    pub cutoff: Option<Cutoff>,
}

/// Counts when all pairs of a weight and more are linked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The weight, in bits.
    pub weight: f64,
    /// What would be right and wrong.
    pub confusion: Confusion,
}

impl CurvePoint {
    /// Share of false pairs of the cross product that are linked; `None` without false pairs.
    pub fn false_positive_rate(&self) -> Option<f64> {
        share(self.confusion.false_positives, self.confusion.false_positives + self.confusion.true_negatives)
    }
}

/// Counts that no threshold changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    /// Pairs that are one person.
    pub true_pairs: u64,
    /// Pairs that there could be.
    pub possible_pairs: u64,
    /// Pairs that were scored.
    pub scored_pairs: u64,
    /// Of these, one person.
    pub scored_true_pairs: u64,
}

/// What the walk finds.
pub(crate) struct Walked {
    pub cutoffs: Vec<Cutoff>,
    pub best_f1: Option<Cutoff>,
    pub recall_at: Vec<RecallAt>,
    pub average_precision: Option<f64>,
    pub auc: Option<f64>,
    pub curve: Vec<CurvePoint>,
}

/// Counts of all pairs down to a weight.
#[derive(Clone, Copy, Default)]
struct Down {
    weight: f64,
    probability: Option<f64>,
    true_pairs: u64,
    false_pairs: u64,
    /// Sum of stated probabilities.
    sum: u128,
}

impl Down {
    /// Takes in pairs of one weight.
    fn add(&mut self, same: &[Judged]) {
        let found = same.iter().filter(|pair| pair.is_true).count() as u64;
        self.weight = same[0].weight;
        self.true_pairs += found;
        self.false_pairs += same.len() as u64 - found;
        self.sum += same.iter().map(|pair| parts(pair.probability)).sum::<u128>();
        let lowest = same.iter().map(|pair| pair.probability).reduce(f64::min);
        self.probability = [self.probability, lowest].into_iter().flatten().reduce(f64::min);
    }

    fn confusion(&self, totals: Totals) -> Confusion {
        let false_negatives = totals.true_pairs - self.true_pairs;
        Confusion {
            true_positives: self.true_pairs,
            false_positives: self.false_pairs,
            false_negatives,
            true_negatives: totals.possible_pairs - self.true_pairs - self.false_pairs - false_negatives,
        }
    }

    fn precision(&self) -> f64 {
        self.true_pairs as f64 / (self.true_pairs + self.false_pairs).max(1) as f64
    }

    /// Whether F1 is higher than at `other`, exactly: over all true pairs, 2tp / (linked + true).
    fn has_higher_f1(&self, other: &Self, totals: Totals) -> bool {
        let below =
            |down: &Self| u128::from(down.true_pairs) + u128::from(down.false_pairs) + u128::from(totals.true_pairs);
        u128::from(self.true_pairs) * below(other) > u128::from(other.true_pairs) * below(self)
    }

    /// The step of the curve that it lies on.
    fn step(&self, totals: Totals) -> (u64, u64) {
        let step = |part: u64, whole: u64| part * CURVE_STEPS / whole.max(1);
        let scored_false_pairs = totals.scored_pairs - totals.scored_true_pairs;
        (step(self.true_pairs, totals.scored_true_pairs), step(self.false_pairs, scored_false_pairs))
    }
}

/// Walks over pairs that are sorted by falling weight; pairs of equal weight are taken together.
pub(crate) fn walk(judged: &[Judged], totals: Totals, thresholds: &[f64]) -> Walked {
    let mut falling: Vec<usize> = (0..thresholds.len()).collect();
    falling.sort_by(|a, b| rank(thresholds[*b]).cmp(&rank(thresholds[*a])));
    let mut at_thresholds = vec![Down::default(); thresholds.len()];
    let mut open = falling.iter().copied().peekable();
    let mut best: Option<Down> = None;
    let mut recall_at: [Option<Down>; PRECISIONS.len()] = [None; PRECISIONS.len()];
    let (mut precision_sum, mut concordant) = (0.0, 0);
    let mut curve: Vec<CurvePoint> = Vec::new();
    let mut down = Down::default();
    let mut last_step = None;
    for same in judged.chunk_by(|a, b| rank(a.weight) == rank(b.weight)) {
        while let Some(place) = open.next_if(|place| thresholds[*place] > same[0].weight) {
            at_thresholds[place] = down;
        }
        let before = down;
        down.add(same);
        let found = down.true_pairs - before.true_pairs;
        precision_sum += found as f64 * down.precision();
        concordant += twice_concordant(found, down.false_pairs - before.false_pairs, down.false_pairs, totals);
        if found > 0 && best.is_none_or(|best| down.has_higher_f1(&best, totals)) {
            best = Some(down);
        }
        for (best, precision) in recall_at.iter_mut().zip(PRECISIONS) {
            if found > 0 && down.precision() >= precision {
                *best = Some(down);
            }
        }
        // The last pairs bring one of the two counts to its end, and so to a step of its own.
        if last_step != Some(down.step(totals)) {
            last_step = Some(down.step(totals));
            curve.push(CurvePoint { weight: down.weight, confusion: down.confusion(totals) });
        }
    }
    for place in open {
        at_thresholds[place] = down;
    }
    let all = down.sum;
    let never = totals.true_pairs - totals.scored_true_pairs;
    let false_pairs = totals.possible_pairs - totals.true_pairs;
    concordant += twice_concordant(never, false_pairs - down.false_pairs, false_pairs, totals);
    let cutoffs = at_thresholds.iter().zip(thresholds);
    let recall_at = PRECISIONS.into_iter().zip(recall_at);
    Walked {
        cutoffs: cutoffs.map(|(down, threshold)| cutoff(down, *threshold, all, totals)).collect(),
        best_f1: best.map(|down| cutoff(&down, down.weight, all, totals)),
        recall_at: recall_at
            .map(|(precision, best)| RecallAt {
                precision,
                cutoff: best.map(|down| cutoff(&down, down.weight, all, totals)),
            })
            .collect(),
        average_precision: (totals.true_pairs > 0).then(|| precision_sum / totals.true_pairs as f64),
        auc: area(concordant, totals.true_pairs, false_pairs),
        curve,
    }
}

/// Twice the pairs (true pair, false pair) in which the true pair is one of `found` of equal weight, and the false one is
/// below; ties count once. `down_to` are all false pairs of that weight and more, `tied` those of that weight.
fn twice_concordant(found: u64, tied: u64, down_to: u64, totals: Totals) -> u128 {
    let below = totals.possible_pairs - totals.true_pairs - down_to;
    u128::from(found) * (2 * u128::from(below) + u128::from(tied))
}

fn area(twice_concordant: u128, true_pairs: u64, false_pairs: u64) -> Option<f64> {
    let all = 2 * u128::from(true_pairs) * u128::from(false_pairs);
    (all > 0).then(|| twice_concordant as f64 / all as f64)
}

fn cutoff(down: &Down, weight: f64, all: u128, totals: Totals) -> Cutoff {
    Cutoff {
        weight,
        probability: down.probability,
        confusion: down.confusion(totals),
        expected_precision: mean(down.sum, down.true_pairs + down.false_pairs),
        expected_recall: (all > 0).then(|| down.sum as f64 / all as f64),
    }
}
