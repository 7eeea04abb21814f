//! How the evidence of a trace is spread: rows by the match weight of their best person, and what each level weighs.
//!
//! Aggregates for a manifest. A bin or level of fewer than ten rows is not counted, nor what would give it away.

use crate::engine::{RowLink, Trace};
use crate::exchange::metrics::suppress::hidden_of_line;
use crate::exchange::metrics::{CELL_MIN, is_small};
use crate::model::comparison::COMPARISONS;
use crate::model::parameters::Parameters;
use serde::Serialize;
use std::collections::BTreeMap;

/// Width of a bin in bits.
const BIN_BITS: f64 = 2.0;
/// Parts of a bit: more digits would say more than the rows do.
const PARTS: f64 = 1e4;

/// The evidence of a trace as counts and means.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Searched rows that nobody was compared with; `None` where that is withheld.
    pub rows_without_candidate: Option<u64>,
    /// Rows by the match weight of their best person (log2 odds of its posterior), ascending.
    pub bins: Vec<WeightBin>,
    /// What the levels of the comparisons weigh among the best people of rows that ended in match, review or ambiguous.
    pub levels: Vec<LevelWeight>,
}

/// Rows whose weight lies from `from` to below `to`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightBin {
    /// Lower end in bits; `None` where the bin is open below.
    pub from: Option<f64>,
    /// Upper end in bits; `None` where the bin is open above.
    pub to: Option<f64>,
    /// Rows; `None` where they are withheld.
    pub rows: Option<u64>,
}

/// One level of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelWeight {
    /// Name of the comparison.
    pub comparison: &'static str,
    /// Name of the level.
    pub level: String,
    /// Rows whose best person is at the level; `None` where they are withheld.
    pub rows: Option<u64>,
    /// Probability of the level when the records are of one person.
    pub m: f64,
    /// Mean weight in bits, log2 m less log2 u, where u counts how frequent the values are; `None` of null, and where the
    /// rows are withheld.
    pub bits: Option<f64>,
}

/// The spread of a trace.
pub fn spread(trace: &Trace) -> Spread {
    let weights: Vec<f64> = trace.rows.iter().flatten().map(|link| link.decision.weight).collect();
    let (rows_without_candidate, bins) = bins(&weights);
    let best = trace.rows.iter().flatten().filter(|link| !link.people.is_empty());
    Spread { rows_without_candidate, bins, levels: levels(&best.collect::<Vec<_>>(), &trace.model) }
}

/// Rows without a weight, and the others in bins. Bins at either end are joined until they have rows enough to be shown.
fn bins(weights: &[f64]) -> (Option<u64>, Vec<WeightBin>) {
    let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
    for weight in weights.iter().filter(|weight| weight.is_finite()) {
        *counts.entry((weight / BIN_BITS).floor() as i64).or_default() += 1;
    }
    let without = weights.iter().filter(|weight| !weight.is_finite()).count() as u64;
    let (Some(first), Some(last)) = (counts.keys().next().copied(), counts.keys().next_back().copied()) else {
        return (shown(without, is_small(without)), Vec::new());
    };
    let rows: Vec<u64> = (first..=last).map(|bin| counts.get(&bin).copied().unwrap_or(0)).collect();
    let low = joined(rows.iter());
    let high = joined(rows[low..].iter().rev());
    let middle = &rows[low..rows.len() - high];
    let end = |bin: i64| Some(bin as f64 * BIN_BITS);
    let (from, to) = (first + low as i64, last + 1 - high as i64);
    let mut out = vec![(None, end(from), rows[..low].iter().sum::<u64>())];
    out.extend(middle.iter().enumerate().map(|(at, rows)| (end(from + at as i64), end(from + at as i64 + 1), *rows)));
    out.push((end(to), None, rows[rows.len() - high..].iter().sum()));
    out.retain(|(from, to, rows)| *rows > 0 || (from.is_some() && to.is_some()));
    let all: Vec<u64> = std::iter::once(without).chain(out.iter().map(|(.., rows)| *rows)).collect();
    let hidden = hidden_of_line(&all, &[]);
    let bin = |((from, to, rows), hidden): ((Option<f64>, Option<f64>, u64), &bool)| WeightBin {
        from,
        to,
        rows: shown(rows, *hidden),
    };
    let found = out.into_iter().zip(&hidden[1..]).map(bin).collect();
    (shown(without, hidden[0]), found)
}

/// How many counts are to be joined from this end on until they can be shown.
fn joined<'a>(rows: impl Iterator<Item = &'a u64>) -> usize {
    let mut sum = 0;
    let mut taken = 0;
    for rows in rows {
        taken += 1;
        sum += rows;
        if sum >= CELL_MIN {
            break;
        }
    }
    taken
}

fn shown(rows: u64, hidden: bool) -> Option<u64> {
    (!hidden).then_some(rows)
}

fn levels(best: &[&RowLink], model: &Parameters) -> Vec<LevelWeight> {
    let mut out = Vec::new();
    for comparison in COMPARISONS {
        let mut all = vec![(0_u64, 0.0); comparison.levels()];
        for link in best {
            let evidence = &link.people[0].evidence;
            let (rows, log2_u) = &mut all[usize::from(evidence.vector.level(comparison))];
            *rows += 1;
            *log2_u += f64::from(evidence.log2_u[comparison as usize]);
        }
        let found: Vec<(u8, u64, f64)> = (0_u8..)
            .zip(all)
            .filter(|(_, (rows, _))| *rows > 0)
            .map(|(level, (rows, log2_u))| (level, rows, log2_u))
            .collect();
        let rows: Vec<u64> = found.iter().map(|(_, rows, _)| *rows).collect();
        let hidden = hidden_of_line(&rows, &[]);
        let m = &model.levels(comparison).m;
        out.extend(found.iter().zip(hidden).map(|((level, rows, log2_u), hidden)| {
            let m = m[usize::from(*level)];
            let bits = ((m.log2() - log2_u / *rows as f64) * PARTS).round() / PARTS;
            LevelWeight {
                comparison: comparison.name(),
                level: comparison.level_name(*level),
                rows: shown(*rows, hidden),
                m,
                bits: (!hidden && *level > 0).then_some(bits),
            }
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_are_joined_until_they_can_be_shown() {
        let mut weights = vec![f64::NEG_INFINITY; 20];
        weights.extend([-9.0; 3].into_iter().chain([-5.0; 8]).chain([1.0; 40]).chain([3.0; 30]).chain([9.5; 12]));
        let (without, found) = bins(&weights);
        assert_eq!(without, Some(20));
        let told: Vec<_> = found.iter().map(|bin| (bin.from, bin.to, bin.rows)).collect();
        assert_eq!(told[0], (None, Some(-4.0), Some(11)));
        assert_eq!(told.last(), Some(&(Some(8.0), None, Some(12))));
        assert_eq!(told[2..5].iter().map(|bin| bin.2).collect::<Vec<_>>(), [Some(0), Some(40), Some(30)]);
    }

    #[test]
    fn nobody_and_nothing_has_no_bins() {
        assert_eq!(bins(&[]), (Some(0), Vec::new()));
        assert_eq!(bins(&[f64::NEG_INFINITY; 4]), (None, Vec::new()));
    }

    proptest! {
        #[test]
        fn no_small_bin_is_shown_and_none_can_be_worked_out(weights in proptest::collection::vec(-30.0..53.0_f64, 0..200)) {
            let (without, found) = bins(&weights);
            let rows: Vec<Option<u64>> = std::iter::once(without).chain(found.iter().map(|bin| bin.rows)).collect();
            prop_assert!(rows.iter().flatten().all(|rows| !is_small(*rows)));
            let hidden = rows.iter().filter(|rows| rows.is_none()).count();
            let left = weights.len() as u64 - rows.iter().flatten().sum::<u64>();
            prop_assert!(hidden == 0 && left == 0 || hidden == rows.len() || hidden > 1 && left >= CELL_MIN);
        }
    }
}
