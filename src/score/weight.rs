//! Match weights: log2(m / u) summed over comparisons, less the chance that the record is a relative's.

use crate::model::comparison::{COMPARISONS, Comparison, Vector};
use crate::model::parameters::{Levels, Parameters, relatives_alike};

/// Weights of a model, as tables.
pub struct Scorer {
    log2_m: Vec<Vec<f64>>,
    log2_relative: Vec<Vec<f64>>,
    log2_namesake: Vec<Vec<f64>>,
    /// log2 of the prior that one given person of the register is the one sought, against absent.
    prior: f64,
    /// log2 of the expected relatives per person of the register.
    relatives: f64,
    /// log2 of the expected namesakes per person of the register.
    namesakes: f64,
}

/// One part of a weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What gives the evidence: `prior`, a comparison, or `others` (relatives and namesakes).
    pub name: &'static str,
    /// Level of the comparison, by name.
    pub level: String,
    /// Evidence in bits.
    pub bits: f64,
}

impl Scorer {
    /// Tables of `model` for a register of `persons` people.
    pub fn new(model: &Parameters, persons: f64) -> Self {
        let table = |levels: &[f64]| levels.iter().map(|level| level.log2()).collect::<Vec<f64>>();
        let persons = persons.max(1.0);
        let mut log2_m: Vec<Vec<f64>> = model.comparisons.iter().map(|levels| table(&levels.m)).collect();
        let others = |of: fn(&Levels) -> &Vec<f64>| {
            let tables = model.comparisons.iter().map(|levels| table(of(levels))).zip(&log2_m).enumerate();
            tables.map(|(index, (others, m))| none_for_the_person(index, others, m)).collect()
        };
        let mut log2_relative: Vec<Vec<f64>> = others(|levels| &levels.relative);
        let mut log2_namesake: Vec<Vec<f64>> = others(|levels| &levels.namesake);
        // What is learned of strangers belongs to u, which every class is weighed against.
        for tables in [&mut log2_m, &mut log2_relative, &mut log2_namesake] {
            let levels = tables[Comparison::Name as usize].iter_mut();
            levels.zip(&model.strangers).for_each(|(level, strangers)| *level -= strangers.log2());
        }
        Self {
            log2_relative,
            log2_namesake,
            log2_m,
            prior: (model.present / persons / (1.0 - model.present)).log2(),
            relatives: (model.relatives.max(1e-9) / persons).log2(),
            namesakes: (model.namesakes.max(1e-9) / persons).log2(),
        }
    }

    /// Weight in bits of one candidate against 'absent from the register': `log2_u` holds log2 u by comparison, in the
    /// order of `COMPARISONS`; what is null counts nothing.
    pub fn weight(&self, vector: Vector, log2_u: &[f32; COMPARISONS.len()]) -> f64 {
        self.sum::<false>(vector, log2_u).0
    }

    /// The weight and its parts; the parts sum to the weight, bit for bit, in their order.
    pub fn waterfall(&self, vector: Vector, log2_u: &[f32; COMPARISONS.len()]) -> (f64, Vec<Step>) {
        self.sum::<true>(vector, log2_u)
    }

    fn sum<const STEPS: bool>(&self, vector: Vector, log2_u: &[f32; COMPARISONS.len()]) -> (f64, Vec<Step>) {
        let mut steps = Vec::new();
        let mut total = self.prior;
        let mut of_relative = self.relatives + relatives_alike(vector).log2();
        let mut of_namesake = self.namesakes;
        if STEPS {
            steps.push(Step { name: "prior", level: String::new(), bits: self.prior });
        }
        for comparison in COMPARISONS {
            let level = vector.level(comparison);
            if level == 0 {
                continue;
            }
            let index = comparison as usize;
            let u = f64::from(log2_u[index]);
            let bits = self.log2_m[index][usize::from(level)] - u;
            total += bits;
            of_relative += self.log2_relative[index][usize::from(level)] - u;
            of_namesake += self.log2_namesake[index][usize::from(level)] - u;
            if STEPS {
                let level = comparison.level_name(level);
                steps.push(Step { name: comparison.name(), level, bits });
            }
        }
        // Evidence that a relative or a namesake explains as well is worth nothing: divide by 1 + their expected numbers
        // times their likelihoods.
        let bits = -log2_one_plus(log2_sum(of_relative, of_namesake));
        if STEPS {
            steps.push(Step { name: "others", level: String::new(), bits });
        }
        (total + bits, steps)
    }

    /// log2 of m of one level, less what is learned of strangers at it: what its u is taken from.
    pub fn log2_m(&self, comparison: Comparison, level: u8) -> f64 {
        self.log2_m[comparison as usize][usize::from(level)]
    }
}

/// A difference never speaks for the person: others are taken to differ at least as often, whatever was learned of them.
/// Without this, to leave out an address that differs could lower a weight. Of names, which others are found by, each level
/// is as it was learned.
fn none_for_the_person(index: usize, mut others: Vec<f64>, m: &[f64]) -> Vec<f64> {
    if index != Comparison::Name as usize {
        others[DIFFERENT] = others[DIFFERENT].max(m[DIFFERENT]);
    }
    others
}

/// The level of every comparison at which two values have nothing in common.
const DIFFERENT: usize = 1;

/// log2(2^a + 2^b) without overflow.
fn log2_sum(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    high + log2_one_plus(low - high)
}

/// log2(1 + 2^x) without overflow.
pub(crate) fn log2_one_plus(x: f64) -> f64 {
    if x > 50.0 { x } else { x.exp2().ln_1p() / std::f64::consts::LN_2 }
}

/// Posterior probability of each candidate, given that at most one of them is the person: weights are odds in bits
/// against 'absent'.
pub fn posterior(weights: &[f64], out: &mut Vec<f64>) {
    let top = weights.iter().copied().fold(0.0_f64, f64::max);
    let absent = (-top).exp2();
    out.clear();
    out.extend(weights.iter().map(|weight| (weight - top).exp2()));
    let sum: f64 = absent + out.iter().sum::<f64>();
    for share in out.iter_mut() {
        *share /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waterfall_sums_to_the_weight_bit_for_bit() {
        let scorer = Scorer::new(&Parameters::built_in(), 1e6);
        for seed in 0..5_000_u64 {
            let mut vector = Vector::default();
            let mut u = [0.0_f32; 7];
            for (index, comparison) in COMPARISONS.into_iter().enumerate() {
                let random = crate::util::hash::mix(seed, index as u64);
                vector = vector.with(comparison, (random % comparison.levels() as u64) as u8);
                u[index] = -((random >> 32) as f32 / 2e8);
            }
            let weight = scorer.weight(vector, &u);
            let (again, steps) = scorer.waterfall(vector, &u);
            assert_eq!(weight.to_bits(), again.to_bits());
            let sum = steps.iter().skip(1).fold(steps[0].bits, |sum, step| sum + step.bits);
            assert_eq!(weight.to_bits(), sum.to_bits());
        }
    }

    #[test]
    fn posteriors_sum_to_less_than_one_and_never_overflow() {
        let mut out = Vec::new();
        for weights in [&[][..], &[0.0], &[900.0, 899.0], &[-2000.0], &[10.0, 10.0, -50.0]] {
            posterior(weights, &mut out);
            assert!(out.iter().all(|share| share.is_finite() && *share <= 1.0));
            assert!(out.iter().sum::<f64>() <= 1.0 + 1e-12);
        }
        posterior(&[0.0], &mut out);
        assert!((out[0] - 0.5).abs() < 1e-12);
    }
}
