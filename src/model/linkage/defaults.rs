//! The parameters of a model that is not trained, or not in all its levels: those of Splink.

use crate::model::linkage::{Comparison, LinkageModel, When};

/// Share of matches that agree best.
const BEST_M: f64 = 0.95;
/// Match weight of the best level, of the next and of the worst.
const BEST_WEIGHT: f64 = 10.0;
const NEXT_WEIGHT: f64 = 3.0;
const WORST_WEIGHT: f64 = -5.0;

/// Parameters with those that were missing filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// For each comparison m and u of each level, in the model's order; `None` for a null level.
    pub parameters: Vec<Vec<Option<(f64, f64)>>>,
    /// A line for each level that lacked one.
    pub notes: Vec<String>,
}

/// m and u that Splink gives the levels of a comparison which has `levels` of them beside null levels; the best first.
///
/// The best level has m of 0.95, the others share the rest; the match weights are 10 for the best and go evenly from 3
/// to −5 for the others, from which u follows. Source: `comparison_level.py` of Splink 4 and 5, `_default_m_values` and
/// `_default_u_values`. With fewer than two levels Splink fails; here the one level has the best values.
pub fn default_parameters(levels: usize) -> Vec<(f64, f64)> {
    let others = levels.saturating_sub(1);
    let m = (1.0 - BEST_M) / others as f64;
    // Splink counts from the worst: its sums of steps are kept, for the sake of the last digit.
    let step = (NEXT_WEIGHT - WORST_WEIGHT) / others.saturating_sub(1) as f64;
    let weight = |place: usize| if others == 1 { WORST_WEIGHT } else { WORST_WEIGHT + place as f64 * step };
    let worse = (0..others).rev().map(|place| (m, m / 2_f64.powf(weight(place))));
    let best = (levels > 0).then_some((BEST_M, BEST_M / 2_f64.powf(BEST_WEIGHT)));
    best.into_iter().chain(worse).collect()
}

impl LinkageModel {
    /// All m and u, where missing ones are as in [`default_parameters`], with notes that name them.
    pub fn defaults(&self) -> Defaults {
        let mut notes = Vec::new();
        let parameters = self.comparisons.iter().map(|comparison| filled(comparison, &mut notes)).collect();
        Defaults { parameters, notes }
    }
}

fn filled(comparison: &Comparison, notes: &mut Vec<String>) -> Vec<Option<(f64, f64)>> {
    let compared = comparison.levels.iter().filter(|level| !matches!(level.when, When::Null(_)));
    let mut defaults = default_parameters(compared.count()).into_iter();
    let mut parameters = Vec::with_capacity(comparison.levels.len());
    for level in &comparison.levels {
        if matches!(level.when, When::Null(_)) {
            parameters.push(None);
            continue;
        }
        let Some((m, u)) = defaults.next() else { break };
        let missing = match (level.m, level.u) {
            (None, None) => format!("no m and no u: {m} and {u} stand in for them"),
            (None, Some(_)) => format!("no m: {m} stands in for it"),
            (Some(_), None) => format!("no u: {u} stands in for it"),
            (Some(_), Some(_)) => String::new(),
        };
        if !missing.is_empty() {
            let place = format!("comparison `{}`, level `{}`", comparison.name, level.label);
            notes.push(format!("{place} has {missing}, as in Splink; train the model"));
        }
        parameters.push(Some((level.m.unwrap_or(m), level.u.unwrap_or(u))));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::default_parameters;

    #[test]
    fn values_of_splink() {
        // Printed by `_default_m_values` and `_default_u_values` of Splink 5.0.0, worst first.
        let two = [(0.050000000000000044, 1.6000000000000014), (0.95, 0.000927734375)];
        let four = [
            (0.01666666666666668, 0.5333333333333338),
            (0.01666666666666668, 0.03333333333333336),
            (0.01666666666666668, 0.002083333333333335),
            (0.95, 0.000927734375),
        ];
        let seven_u = [
            0.2666666666666669,
            0.08796719405152635,
            0.029018352109870825,
            0.009572486291641962,
            0.003157742846896664,
            0.0010416666666666675,
            0.000927734375,
        ];
        let worst_first = |levels| default_parameters(levels).into_iter().rev().collect::<Vec<_>>();
        assert_eq!(worst_first(2), two);
        assert_eq!(worst_first(4), four);
        let (m, u): (Vec<f64>, Vec<f64>) = worst_first(7).into_iter().unzip();
        assert_eq!(u, seven_u);
        assert_eq!(m[..6], [0.00833333333333334; 6]);
    }

    #[test]
    fn degenerate_numbers_of_levels() {
        assert_eq!(default_parameters(0), []);
        assert_eq!(default_parameters(1), [(0.95, 0.000927734375)]);
        assert!(default_parameters(3).iter().all(|(m, u)| *m > 0.0 && *u > 0.0));
    }
}
