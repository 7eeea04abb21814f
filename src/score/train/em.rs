//! Expectation maximisation over the counts of distinct patterns.
//!
//! A pattern is the levels of a candidate with its total log2 u, rounded. Every candidate is a match, a relative, a
//! namesake or a stranger; strangers are expected in the number that u gives for all pairs of the two files, not only for those that
//! blocking made, so blocking does not bend the estimate: pairs that no rule found have no weight. Counts are integers
//! and patterns are visited in order: any number of threads gives the same bits.

use crate::model::comparison::{COMPARISONS, Comparison, Vector, name_level_parts};
use crate::model::parameters::{Origin, Parameters, agreeing_class, normalised};
use crate::util::hash::{Map, map};

/// Expected matches below which nothing is learned.
const MATCHES_MIN: f64 = 150.0;
/// Weight of the built-in model, in pairs, beside what is observed in one comparison.
const PRIOR_PAIRS: f64 = 60.0;
/// The same for relatives and namesakes.
const PRIOR_OTHERS: f64 = 200.0;
/// Levels of birth date that no namesake of the same age has.
const DIFFERENT: usize = 1;
const SAME_DAY_AND_MONTH: usize = 3;
/// Level of two default dates in one year.
const EXACT_DEFAULT: usize = 10;
const ITERATIONS_MAX: u32 = 60;
/// Largest change of a parameter at which learning stops.
const DELTA_MAX: f64 = 1e-5;
/// Total log2 u is rounded to this many bits.
const U_STEP: f64 = 1.0;

/// Counts of patterns.
#[derive(Clone, Debug)]
pub struct Patterns {
    counts: Map<(Vector, i16), u64>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { counts: map() }
    }
}

impl Patterns {
    /// Counts one candidate with its levels and total log2 u.
    pub fn add(&mut self, vector: Vector, log2_u: f64) {
        let rounded = (log2_u / U_STEP).round() as i16;
        *self.counts.entry((vector, rounded)).or_default() += 1;
    }

    /// Adds the counts of another worker.
    #[expect(clippy::iter_over_hash_type, reason = "sums of integers: the order cannot be seen")]
    pub fn merge(&mut self, other: &Self) {
        for (pattern, count) in &other.counts {
            *self.counts.entry(*pattern).or_default() += count;
        }
    }

    /// Number of distinct patterns.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn sorted(&self) -> Vec<(Vector, f64, f64)> {
        let mut all: Vec<_> = self.counts.iter().collect();
        all.sort_unstable();
        all.into_iter().map(|((vector, u), count)| (*vector, f64::from(*u) * U_STEP, *count as f64)).collect()
    }
}

/// How learning ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// Rounds made.
    pub iterations: u32,
    /// Largest change in the last round.
    pub delta: f64,
    /// Whether the change fell below the limit.
    pub reached: bool,
    /// Expected number of matches among the candidates.
    pub matches: f64,
}

/// Learns from `patterns` of an extract of `rows` searchable rows against `persons` people, starting from `start`.
///
/// Returns `start` unchanged (and says so in its origin) when too few matches are to be expected.
pub fn learn(patterns: &Patterns, rows: u64, persons: f64, start: &Parameters) -> (Parameters, Convergence) {
    let patterns = patterns.sorted();
    let mut model = start.clone();
    let mut end = Convergence { iterations: 0, delta: f64::INFINITY, reached: false, matches: 0.0 };
    while end.iterations < ITERATIONS_MAX && !end.reached {
        let (next, matches) = round(&patterns, rows.max(1) as f64, persons.max(1.0), &model, start);
        end.matches = matches;
        end.iterations += 1;
        if matches < MATCHES_MIN {
            return (start.clone(), end);
        }
        end.delta = largest_change(&model, &next);
        end.reached = end.delta < DELTA_MAX;
        model = next;
    }
    model.origin = Origin::Learned;
    (model, end)
}

/// Shares of one pattern: match, relative, namesake; the rest are strangers.
const CLASSES: usize = 3;

fn round(
    patterns: &[(Vector, f64, f64)],
    rows: f64,
    persons: f64,
    model: &Parameters,
    start: &Parameters,
) -> (Parameters, f64) {
    let empty: Vec<Vec<f64>> = model.comparisons.iter().map(|levels| vec![0.0; levels.m.len()]).collect();
    let mut observed: [Vec<Vec<f64>>; CLASSES] = std::array::from_fn(|_| empty.clone());
    let mut totals = [0.0; CLASSES];
    for &(vector, log2_u, count) in patterns {
        let shares = shares(vector, log2_u, persons, model);
        for class in 0..CLASSES {
            let share = count * shares[class];
            totals[class] += share;
            for comparison in COMPARISONS {
                let told = class > 0 || comparison != Comparison::BirthDate || anchored(vector);
                if told {
                    observed[class][comparison as usize][usize::from(vector.level(comparison))] += share;
                }
            }
        }
    }
    let mut next = model.clone();
    for (index, levels) in next.comparisons.iter_mut().enumerate() {
        let first = &start.comparisons[index];
        levels.m = updated(&observed[0][index], &first.m, PRIOR_PAIRS);
        // Which names relatives and namesakes share is what makes them so: learning it would take in strangers with two
        // common names.
        if index != Comparison::Name as usize {
            levels.relative = updated(&observed[1][index], &first.relative, PRIOR_OTHERS);
            levels.namesake = updated(&observed[2][index], &first.namesake, PRIOR_OTHERS);
        }
    }
    keep_apart(&mut next, start);
    next.present = (totals[0] / rows).clamp(1e-4, 0.999);
    next.relatives = (totals[1] / rows).clamp(0.01, 20.0);
    next.namesakes = (totals[2] / rows).clamp(1e-4, 20.0);
    (next, totals[0])
}

fn shares(vector: Vector, log2_u: f64, persons: f64, model: &Parameters) -> [f64; CLASSES] {
    let mut likely = [model.present / persons, model.relatives / persons, model.namesakes / persons];
    for comparison in COMPARISONS {
        let level = usize::from(vector.level(comparison));
        if level > 0 {
            let levels = model.levels(comparison);
            likely[0] *= levels.m[level];
            likely[1] *= levels.relative[level];
            likely[2] *= levels.namesake[level];
        }
    }
    let all = likely.iter().sum::<f64>() + log2_u.exp2();
    likely.map(|one| one / all)
}

fn updated(observed: &[f64], first: &[f64], prior: f64) -> Vec<f64> {
    let total: f64 = observed.iter().skip(1).sum();
    let levels = observed.iter().zip(first).enumerate();
    normalised(
        levels
            .map(|(level, (seen, first))| if level == 0 { 0.0 } else { (seen + prior * first) / (total + prior) })
            .collect(),
    )
}

/// Others who agree on the whole birth date, a phone, an email, a NINO or a flat stay as rare as in the start model: what
/// agrees on those cannot be told from the person, and learning would take true pairs for others.
fn keep_apart(model: &mut Parameters, start: &Parameters) {
    let telling = [
        (Comparison::BirthDate, 11),
        (Comparison::Address, 6),
        (Comparison::Phone, 3),
        (Comparison::Email, 3),
        (Comparison::Nino, 3),
    ];
    for (comparison, from) in telling {
        let index = comparison as usize;
        let first = &start.comparisons[index];
        let levels = &mut model.comparisons[index];
        for level in from..first.m.len() {
            levels.relative[level] = levels.relative[level].min(first.relative[level]);
            levels.namesake[level] = levels.namesake[level].min(first.namesake[level]);
        }
        if comparison == Comparison::BirthDate {
            // A namesake is of the same age; others with the name are strangers, and counted as such.
            for level in [DIFFERENT, SAME_DAY_AND_MONTH] {
                levels.namesake[level] = levels.namesake[level].min(first.namesake[level]);
            }
            // Two default dates in one year: nothing in the pair says whether it is the person.
            levels.namesake[EXACT_DEFAULT] = first.namesake[EXACT_DEFAULT];
        }
        levels.relative = normalised(std::mem::take(&mut levels.relative));
        levels.namesake = normalised(std::mem::take(&mut levels.namesake));
    }
}

/// Whether a candidate agrees on two name tokens and on a contact or number.
///
/// Birth dates are learned from these alone: a rare name draws strangers, each with another date, and if they were
/// asked they would say that true pairs often differ in their dates.
fn anchored(vector: Vector) -> bool {
    let name = vector.level(Comparison::Name);
    let contact = vector.level(Comparison::Address) >= 6
        || vector.level(Comparison::Phone) == 3
        || vector.level(Comparison::Email) == 3
        || vector.level(Comparison::Nino) == 3;
    contact && name > 0 && agreeing_class(name_level_parts(name).0) == 3
}

fn largest_change(a: &Parameters, b: &Parameters) -> f64 {
    let mut change = (a.present - b.present).abs();
    for (a, b) in a.comparisons.iter().zip(&b.comparisons) {
        for (a, b) in a.m.iter().zip(&b.m) {
            change = change.max((a - b).abs());
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::comparison::name_level;

    /// Patterns drawn from a known model: phone and sex alone, strangers by u.
    fn drawn(present: f64, exact: f64, rows: u64) -> Patterns {
        let mut patterns = Patterns::default();
        for row in 0..rows {
            let random = |n: u64| (crate::util::hash::mix(row, n) >> 11) as f64 / (1_u64 << 53) as f64;
            if random(1) < present {
                let level = if random(2) < exact { 3 } else { 1 };
                let u = if level == 3 { -30.0 } else { 0.0 };
                let vector = Vector::default()
                    .with(Comparison::Phone, level)
                    .with(Comparison::BirthDate, 11)
                    .with(Comparison::Name, name_level(13, 2));
                patterns.add(vector, u - 30.0);
            }
        }
        patterns
    }

    #[test]
    fn finds_the_parameters_that_made_the_data() {
        let patterns = drawn(0.3, 0.8, 50_000);
        let (model, end) = learn(&patterns, 50_000, 1e6, &Parameters::built_in());
        assert!(end.reached, "{end:?}");
        assert!((model.present - 0.3).abs() < 0.01, "{}", model.present);
        let m = model.levels(Comparison::Phone).m[3];
        assert!((m - 0.8).abs() < 0.02, "{m}");
    }

    #[test]
    fn too_few_pairs_leave_the_built_in_model() {
        let start = Parameters::built_in();
        let (model, end) = learn(&drawn(0.3, 0.8, 100), 100, 1e6, &start);
        assert_eq!(model, start);
        assert!(end.matches < MATCHES_MIN);
    }
}
