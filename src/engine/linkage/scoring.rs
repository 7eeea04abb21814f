//! Weights of pairs: patterns to bits, adjusted for how frequent the values are.

use crate::engine::linkage::{Compared, Linkage};
use crate::error::Result;
use crate::model::linkage::LinkageModel;
use crate::program::Bounds;
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::{Frequency, Parts, Weights, probability};
use crate::score::train::patterns::{Pattern, level_of};
use crate::util::hash::{Map, map};

/// Frequencies of the values of one field, by code.
struct Frequencies {
    of_code: Vec<Option<Frequency>>,
    /// The commonest and the rarest, if there are values.
    extremes: Vec<Frequency>,
    field: usize,
}

impl Frequencies {
    fn new(shares: &[f64], field: usize) -> Self {
        let known = |share: &f64| share.is_finite().then(|| Frequency::new(*share));
        let of_code: Vec<Option<Frequency>> = shares.iter().map(known).collect();
        // Code 0 is no value, and one of no share (of a table given from outside) is not adjusted by it.
        let values = || of_code.iter().skip(1).flatten().copied().filter(|value| value.share() > 0.0);
        let by_share = |a: &Frequency, b: &Frequency| a.share().total_cmp(&b.share());
        let extremes = values().min_by(by_share).into_iter().chain(values().max_by(by_share)).collect();
        Self { of_code, extremes, field }
    }
}

/// Scores pairs of one linkage.
pub(crate) struct Scorer<'a> {
    linkage: &'a Linkage,
    weights: Weights,
    fields: Vec<Frequencies>,
    /// For each comparison and level the place in `fields`.
    adjusted: Vec<Vec<Option<usize>>>,
}

impl<'a> Scorer<'a> {
    /// Prepares the weights of the linkage's model.
    ///
    /// # Errors
    /// When the model adjusts a level that has no exact level beside it.
    pub(crate) fn new(linkage: &'a Linkage) -> Result<Self> {
        let weights = Weights::new(&linkage.model)?;
        let mut fields: Vec<Frequencies> = Vec::new();
        let adjusted = adjusted_fields(&linkage.model, |name| {
            let field = linkage.columns.iter().position(|(known, _)| known == name)?;
            if let Some(place) = fields.iter().position(|known| known.field == field) {
                return Some(place);
            }
            fields.push(Frequencies::new(&frequencies(linkage, name, field), field));
            Some(fields.len() - 1)
        });
        Ok(Self { linkage, weights, fields, adjusted })
    }

    /// What pairs can reach, where those of less than `weight_min` bits are not wanted.
    pub(crate) fn bounds(&self, weight_min: f64) -> Bounds {
        let most = |comparison: usize, level: usize| {
            let extremes = self.adjusted[comparison][level].map_or(&[][..], |place| &self.fields[place].extremes);
            self.weights.most(comparison, level, extremes)
        };
        let of_comparison = |c: usize| (0..self.adjusted[c].len()).map(|level| most(c, level)).collect();
        // What is taken away for a household only makes a pair lighter.
        let gains: Vec<Vec<f64>> = (0..self.adjusted.len()).map(of_comparison).collect();
        Bounds::new(&gains, self.weights.prior_weight(), weight_min)
    }

    /// Weight of a pair in bits, all parts of it.
    pub(crate) fn parts(&self, pattern: Pattern, left: u32, right: u32) -> Parts {
        let levels: Vec<u8> = (0..self.adjusted.len()).map(|c| level_of(pattern, c) as u8).collect();
        self.weights.of(&levels, |comparison, level| self.frequencies(comparison, level, left, right))
    }

    #[inline]
    fn frequencies(
        &self,
        comparison: usize,
        level: usize,
        left: u32,
        right: u32,
    ) -> (Option<Frequency>, Option<Frequency>) {
        let Some(place) = self.adjusted[comparison][level] else { return (None, None) };
        let field = &self.fields[place];
        let values = &self.linkage.columns[field.field].1;
        let of = |row: u32| {
            let code = values.of(row as usize).first().copied().unwrap_or(0) as usize;
            if code == 0 { None } else { field.of_code[code] }
        };
        (of(left), of(right))
    }

    /// Weight of a pair without the prior.
    #[inline]
    pub(crate) fn weight_without_prior(&self, pattern: Pattern, left: u32, right: u32) -> f64 {
        self.sum(0.0, pattern, left, right)
    }

    /// Match weight of a pair; added in the order of [`Parts::match_weight`].
    #[inline]
    pub(crate) fn weight(&self, pattern: Pattern, left: u32, right: u32) -> f64 {
        self.sum(self.weights.prior_weight(), pattern, left, right)
    }

    /// The pair with its weight and probability, if it weighs enough.
    #[inline]
    pub(super) fn scored(&self, pair: &Compared, weight_min: f64) -> Option<Scored> {
        let weight = self.weight(pair.pattern, pair.left, pair.right);
        let (left, right, rule) = (pair.left, pair.right, pair.rule);
        (weight >= weight_min).then(|| Scored { left, right, weight, probability: probability(weight), rule })
    }

    #[inline]
    fn sum(&self, start: f64, pattern: Pattern, left: u32, right: u32) -> f64 {
        let mut sum = start;
        let mut shared = 0.0;
        for comparison in 0..self.adjusted.len() {
            let level = level_of(pattern, comparison);
            let adjusted = self.weights.is_adjusted(comparison, level);
            let (l, r) = if adjusted { self.frequencies(comparison, level, left, right) } else { (None, None) };
            let part = self.weights.part(comparison, level, l, r);
            sum = sum + part.weight + part.adjustment;
            shared += self.weights.household_part(comparison, level, part.adjustment);
        }
        sum + self.weights.household_step(shared)
    }
}

fn adjusted_fields(model: &LinkageModel, mut place: impl FnMut(&str) -> Option<usize>) -> Vec<Vec<Option<usize>>> {
    let mut found = Vec::with_capacity(model.comparisons.len());
    for comparison in &model.comparisons {
        let of_level = comparison
            .levels
            .iter()
            .map(|level| level.term_frequency.as_ref().and_then(|term| place(&term.field)))
            .collect();
        found.push(of_level);
    }
    found
}

/// Share of `all` values that are of one kind.
pub(super) fn share(count: u32, all: u64) -> f64 {
    f64::from(count) / all.max(1) as f64
}

/// Shares of the rows that hold each code; from a table of frequencies where one is given (NaN: not in it).
fn frequencies(linkage: &Linkage, name: &str, field: usize) -> Vec<f64> {
    let values = &linkage.columns[field].1;
    if let Some(table) = linkage.frequency_tables.iter().find(|table| table.field == name) {
        let mut known: Map<&str, f64> = map();
        for (value, frequency) in &table.values {
            known.insert(value, *frequency);
        }
        return values.texts.iter().map(|text| known.get(&**text).copied().unwrap_or(f64::NAN)).collect();
    }
    if let Some(counted) = &linkage.counted {
        return counted[field].clone();
    }
    let counts = values.counts();
    let all: u64 = counts.iter().skip(1).map(|count| u64::from(*count)).sum();
    counts.iter().map(|count| share(*count, all)).collect()
}

#[cfg(test)]
mod tests {
    use super::Frequencies;

    #[test]
    fn the_rarest_value_has_a_share() {
        let shares = |all: &[f64]| Frequencies::new(all, 0).extremes.iter().map(|one| one.share()).collect::<Vec<_>>();
        assert_eq!(shares(&[0.9, 0.0, 0.25, f64::NAN, 0.01]), [0.01, 0.25]);
        assert!(shares(&[0.9, 0.0]).is_empty());
    }
}
