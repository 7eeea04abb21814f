//! What does a pair weigh under a model of linkage? Splink's scoring, to its order of additions.
//!
//! In: the level of each comparison and the frequencies of the values. Out: match weights in bits, each a sum of named
//! parts. Source: `comparison_level.py`, `comparison.py` and `predict.py` of Splink 5; Splink 4 multiplies the same parts.

use crate::error::{Error, Result};
use crate::model::linkage::{Comparison, Household, Level, LinkageModel, TermFrequency, When};
use crate::score::weight::log2_one_plus;

/// Least m and u, as in Splink: a level never seen is not infinitely unlikely.
const PROBABILITY_MIN: f64 = 1e-300;

/// How a level is adjusted for frequent values.
#[derive(Clone, Debug)]
struct Adjustment {
    /// log2 of the u that the frequency replaces.
    u_bits: f64,
    weight: f64,
    minimum: Frequency,
}

#[derive(Clone, Debug)]
struct LevelWeight {
    weight: f64,
    adjustment: Option<Adjustment>,
}

/// The weights of a model, ready for pairs.
#[derive(Clone, Debug)]
pub struct Weights {
    prior_weight: f64,
    comparisons: Vec<Vec<LevelWeight>>,
    household: Option<HouseholdWeights>,
    /// Parameters that were missing from the model and what stands in for them, for people.
    pub notes: Vec<String>,
}

/// What speaks for one household, against strangers.
#[derive(Clone, Debug)]
struct HouseholdWeights {
    /// log2 of the prior.
    prior_bits: f64,
    /// Bits of each level of each comparison that a household shares; `None` for others.
    comparisons: Vec<Option<Vec<f64>>>,
}

/// How frequent a value is: the share of the records that hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequency {
    share: f64,
    /// log2 of the share.
    bits: f64,
}

impl Frequency {
    /// A share, from 0 to 1.
    pub fn new(share: f64) -> Self {
        Self { share, bits: share.log2() }
    }

    /// The share.
    pub const fn share(self) -> f64 {
        self.share
    }
}

/// What one comparison adds to the weight of a pair, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Part {
    /// Weight of the level.
    pub weight: f64,
    /// Adjustment for how frequent the value is.
    pub adjustment: f64,
}

/// The weight of a pair, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Log2 odds of two records drawn at random.
    pub prior_weight: f64,
    /// What each comparison adds, in the order of the model.
    pub comparisons: Vec<Part>,
    /// What is taken away for what people of one household share; 0 for models that do not know them.
    pub household: f64,
}

impl Parts {
    /// The sum in bits: the log2 odds that the two records are of one person. Added in Splink's order.
    pub fn match_weight(&self) -> f64 {
        let sum = self.comparisons.iter().fold(self.prior_weight, |sum, part| sum + part.weight + part.adjustment);
        sum + self.household
    }

    /// Weights of the comparisons with their adjustments, then what is taken away for a household.
    pub fn weights(&self) -> Vec<f64> {
        self.comparisons.iter().map(|part| part.weight + part.adjustment).chain([self.household]).collect()
    }

    /// The probability that the two records are of one person.
    pub fn probability(&self) -> f64 {
        probability(self.match_weight())
    }
}

/// The probability of a match weight in bits; neither large nor small weights overflow.
pub fn probability(weight: f64) -> f64 {
    if weight >= 0.0 {
        1.0 / (1.0 + 2_f64.powf(-weight))
    } else {
        let odds = 2_f64.powf(weight);
        odds / (1.0 + odds)
    }
}

/// The match weight in bits of a probability: minus infinity for 0, infinity for 1.
pub fn match_weight(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

impl Weights {
    /// Prepares the weights of a model; missing m and u are as in Splink, and noted.
    ///
    /// # Errors
    /// When a level is adjusted for frequencies and its comparison has no exact level of that field, as in Splink.
    pub fn new(model: &LinkageModel) -> Result<Self> {
        let defaults = model.defaults();
        let comparisons = model.comparisons.iter().zip(&defaults.parameters);
        let comparisons = comparisons.map(|(comparison, parameters)| level_weights(comparison, parameters));
        Ok(Self {
            prior_weight: match_weight(model.prior),
            comparisons: comparisons.collect::<Result<_>>()?,
            household: model
                .household
                .as_ref()
                .map(|household| household_weights(model, household, &defaults.parameters)),
            notes: defaults.notes,
        })
    }

    /// Log2 odds of two records drawn at random.
    pub const fn prior_weight(&self) -> f64 {
        self.prior_weight
    }

    /// What a comparison adds: `level` is the place of the level in [`Comparison::levels`], from 0; `left` and `right` are
    /// the frequencies of the counted field's values in the two records, where they are known.
    ///
    /// # Panics
    /// When the model has no such comparison or level.
    #[inline]
    pub fn part(&self, comparison: usize, level: usize, left: Option<Frequency>, right: Option<Frequency>) -> Part {
        let level = &self.comparisons[comparison][level];
        let adjustment = level.adjustment.as_ref().map_or(0.0, |adjustment| adjustment.of(left, right));
        Part { weight: level.weight, adjustment }
    }

    /// The most bits that a level can give, where the values of its counted field are as frequent as `extremes`, the
    /// commonest and the rarest above 0.
    ///
    /// # Panics
    /// When the model has no such comparison or level.
    pub fn most(&self, comparison: usize, level: usize, extremes: &[Frequency]) -> f64 {
        let level = &self.comparisons[comparison][level];
        let adjustments = level.adjustment.iter().flat_map(|adjustment| {
            // The adjustment is linear in the bits of the frequency, so no value between the extremes gives more. A value of no
            // share counts as the least frequency, where there is one.
            extremes.iter().chain([&adjustment.minimum]).map(|extreme| adjustment.of(Some(*extreme), None))
        });
        level.weight + adjustments.fold(0.0, f64::max)
    }

    /// Whether a level looks at frequencies at all: where not, they need not be found.
    ///
    /// # Panics
    /// When the model has no such comparison or level.
    #[inline]
    pub fn is_adjusted(&self, comparison: usize, level: usize) -> bool {
        self.comparisons[comparison][level].adjustment.is_some()
    }

    /// Bits that speak for one household: what its level of a shared comparison says, with the adjustment of the weight.
    ///
    /// # Panics
    /// When the model has no such comparison or level.
    #[inline]
    pub fn household_part(&self, comparison: usize, level: usize, adjustment: f64) -> f64 {
        let known = self.household.as_ref().and_then(|household| household.comparisons[comparison].as_ref());
        // What a household shows no more than strangers do, such as one whole name, is a chance; that of a rare value is
        // in the weight of strangers as well.
        known.map_or(0.0, |levels| if levels[level] > 0.0 { levels[level] + adjustment } else { levels[level] })
    }

    /// What is taken from the weight where `bits` of shared comparisons speak for one household: evidence that a relative
    /// explains as well is worth nothing.
    #[inline]
    pub fn household_step(&self, bits: f64) -> f64 {
        self.household.as_ref().map_or(0.0, |household| -log2_one_plus(household.prior_bits + bits))
    }

    /// The parts of a pair's weight. `levels` holds for each comparison the place of its level in
    /// [`Comparison::levels`], from 0; `tf` gives, for a comparison and a level that [`Weights::is_adjusted`], the
    /// frequencies of the values of [`TermFrequency::field`] in the left and the right record.
    ///
    /// # Panics
    /// When there are fewer levels than comparisons, or the model has no such level.
    pub fn of(&self, levels: &[u8], tf: impl Fn(usize, usize) -> (Option<Frequency>, Option<Frequency>)) -> Parts {
        let parts = (0..self.comparisons.len()).map(|comparison| {
            let level = usize::from(levels[comparison]);
            let (left, right) = if self.is_adjusted(comparison, level) { tf(comparison, level) } else { (None, None) };
            self.part(comparison, level, left, right)
        });
        let comparisons: Vec<Part> = parts.collect();
        let shared = |(comparison, part): (usize, &Part)| {
            self.household_part(comparison, usize::from(levels[comparison]), part.adjustment)
        };
        let bits = comparisons.iter().enumerate().map(shared).fold(0.0, |sum, part| sum + part);
        Parts { prior_weight: self.prior_weight, comparisons, household: self.household_step(bits) }
    }
}

impl Adjustment {
    /// The commoner of the two values counts, so that a misspelt common name is no rare one.
    #[inline]
    fn of(&self, left: Option<Frequency>, right: Option<Frequency>) -> f64 {
        let commoner = |a: Frequency, b: Frequency| if a.share >= b.share { a } else { b };
        let known = match (left, right) {
            (Some(left), Some(right)) => commoner(left, right),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return 0.0,
        };
        let frequency = commoner(known, self.minimum);
        // A value counted nowhere, in a table from elsewhere, says nothing; Splink stops there.
        if frequency.share <= 0.0 { 0.0 } else { self.weight * (self.u_bits - frequency.bits) }
    }
}

fn household_weights(
    model: &LinkageModel,
    household: &Household,
    parameters: &[Vec<Option<(f64, f64)>>],
) -> HouseholdWeights {
    let bits = |(probability, own): (&f64, &Option<(f64, f64)>)| {
        own.map_or(0.0, |(_, u)| (probability.max(PROBABILITY_MIN) / u.max(PROBABILITY_MIN)).log2())
    };
    let of_comparison = |(comparison, parameters): (&Comparison, &Vec<Option<(f64, f64)>>)| {
        let known = household.levels.get(&comparison.name)?;
        Some(known.iter().zip(parameters).map(bits).collect())
    };
    HouseholdWeights {
        prior_bits: household.prior.log2(),
        comparisons: model.comparisons.iter().zip(parameters).map(of_comparison).collect(),
    }
}

fn level_weights(comparison: &Comparison, parameters: &[Option<(f64, f64)>]) -> Result<Vec<LevelWeight>> {
    let weigh = |(level, own): (&Level, &Option<(f64, f64)>)| {
        let weight = own.map_or(0.0, |(m, u)| (m.max(PROBABILITY_MIN) / u.max(PROBABILITY_MIN)).log2());
        let adjustment = match &level.term_frequency {
            Some(term) if matches!(level.when, When::True(_)) && term.weight != 0.0 => {
                Some(adjustment(comparison, parameters, term, *own)?)
            }
            _ => None,
        };
        Ok(LevelWeight { weight, adjustment })
    };
    comparison.levels.iter().zip(parameters).map(weigh).collect()
}

fn adjustment(
    comparison: &Comparison,
    parameters: &[Option<(f64, f64)>],
    term: &TermFrequency,
    own: Option<(f64, f64)>,
) -> Result<Adjustment> {
    let replaced = match term.own_u {
        true => own,
        false => comparison.exact_level(&term.field).and_then(|place| parameters.get(place).copied().flatten()),
    };
    let (_, u) = replaced.ok_or_else(|| {
        Error::settings(format!("no level of this comparison is an exact match of `{}`", term.field))
            .at(format!("comparison `{}`", comparison.name))
            .hint("add one, whose u is adjusted; or own_u = true, for that of the level itself")
    })?;
    Ok(Adjustment {
        u_bits: u.max(PROBABILITY_MIN).log2(),
        weight: term.weight,
        minimum: Frequency::new(term.minimum_u),
    })
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Frequency, Level, Weights, When, match_weight, probability};
    use crate::model::linkage::LinkageModel;
    use crate::model::splink::import;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    /// Parameters of Splink's own saved model, some changed.
    const MODEL: &str = r#"
link_type = "dedupe"
prior = 0.00298012298012298
[fields]
first_name = {}
city = {}
[[blocking]]
keys = ["city"]
[[comparison]]
field = "first_name"
levels = [
  { exact = true, m = 0.49092153055564214, u = 0.006187690390473553, term_frequency = true },
  { jaro_winkler = 0.92, m = 0.15160999015348964, u = 0.0019125588479645527, term_frequency = { weight = 0.5, minimum_u = 0.01 } },
  { jaro_winkler = 0.88, m = 0.07399254950459551, u = 0.0013500415397396843, term_frequency = { own_u = true } },
  { else = true, m = 0.28347592978627267, u = 0.9905497092218222 },
]
[[comparison]]
field = "city"
levels = ["exact"]
"#;

    /// Pairs of all patterns of levels, as Splink 5.0.0 (febrl4: 4.0.17) scored them with the models beside.
    const FAKE_1000: &str = include_str!("../model/splink/fixtures/fake_1000_scored.json");
    const FEBRL4: &str = include_str!("../model/splink/fixtures/febrl4_scored.json");
    const HISTORICAL: &str = include_str!("../model/splink/fixtures/historical_50k_scored.json");

    fn weights() -> Weights {
        Weights::new(&LinkageModel::read(MODEL, "m").unwrap()).unwrap()
    }

    const UNKNOWN: (Option<Frequency>, Option<Frequency>) = (None, None);

    fn frequency(share: f64) -> Option<Frequency> {
        Some(Frequency::new(share))
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }

    #[test]
    fn a_sum_of_named_parts() {
        let weights = weights();
        let parts = weights.of(&[1, 0], |_, _| (frequency(0.01), frequency(0.002)));
        close(weights.prior_weight(), (0.00298012298012298_f64 / (1.0 - 0.00298012298012298)).log2());
        close(parts.comparisons[0].weight, (0.49092153055564214_f64 / 0.006187690390473553).log2());
        close(parts.comparisons[0].adjustment, (0.006187690390473553_f64 / 0.01).log2());
        assert_eq!(parts.comparisons[1], super::Part::default());
        let sum = weights.prior_weight() + parts.comparisons[0].weight + parts.comparisons[0].adjustment;
        assert_eq!(parts.match_weight().to_bits(), sum.to_bits());
    }

    #[test]
    fn null_weighs_nothing_and_missing_parameters_are_defaults() {
        let weights = weights();
        assert_eq!(weights.of(&[0, 0], |_, _| UNKNOWN).match_weight().to_bits(), weights.prior_weight().to_bits());
        let parts = weights.of(&[0, 1], |_, _| UNKNOWN);
        close(parts.comparisons[1].weight, 10.0);
        close(weights.of(&[0, 2], |_, _| UNKNOWN).comparisons[1].weight, -5.0);
        assert_eq!(weights.notes.len(), 2);
    }

    #[test]
    fn frequencies() {
        let weights = weights();
        let adjustment = |level, left, right| weights.part(0, level, left, right).adjustment;
        let u_bits = 0.006187690390473553_f64.log2();
        // The commoner value; one known value; none known.
        close(adjustment(1, frequency(0.001), frequency(0.004)), u_bits - 0.004_f64.log2());
        close(adjustment(1, None, frequency(0.001)), u_bits - 0.001_f64.log2());
        assert_eq!(adjustment(1, None, None), 0.0);
        assert_eq!(adjustment(1, frequency(0.0), None), 0.0);
        // Half the adjustment, from the u of the exact level, and a floor.
        close(adjustment(2, frequency(0.001), frequency(0.002)), 0.5 * (u_bits - 0.01_f64.log2()));
        // The level's own u.
        close(adjustment(3, frequency(0.001), None), 0.0013500415397396843_f64.log2() - 0.001_f64.log2());
        assert_eq!(adjustment(4, frequency(0.001), None), 0.0);
        assert!(weights.is_adjusted(0, 2) && !weights.is_adjusted(0, 4) && !weights.is_adjusted(1, 1));
    }

    #[test]
    fn no_value_gives_more_than_the_most_of_its_level() {
        let text = MODEL.replace("minimum_u = 0.01", "minimum_u = 0.001");
        let weights = Weights::new(&LinkageModel::read(&text, "m").unwrap()).unwrap();
        for shares in [&[0.0, 0.02, 0.3][..], &[0.0, 0.5], &[1e-9, 0.0, 1e-4], &[0.0], &[0.004]] {
            let above: Vec<f64> = shares.iter().copied().filter(|share| *share > 0.0).collect();
            let end = |best: fn(f64, f64) -> f64| above.iter().copied().reduce(best).map(Frequency::new);
            let extremes: Vec<Frequency> = end(f64::min).into_iter().chain(end(f64::max)).collect();
            for level in 0..5 {
                let most = weights.most(0, level, &extremes);
                let known = || shares.iter().map(|share| frequency(*share)).chain([None]);
                for (left, right) in known().flat_map(|left| known().map(move |right| (left, right))) {
                    let part = weights.part(0, level, left, right);
                    assert!(part.weight + part.adjustment <= most, "{level} {left:?} {right:?}");
                }
            }
        }
    }

    /// The place of a level that Splink numbers: −1 for null, 0 for all others, and up.
    fn place(comparison: &Comparison, gamma: i64) -> u8 {
        let null = |level: &&Level| matches!(level.when, When::Null(_));
        let found = if gamma < 0 {
            comparison.levels.iter().position(|level| null(&level))
        } else {
            // No null level stands below another in the library of Splink.
            (comparison.levels.len() - 1).checked_sub(gamma as usize)
        };
        found.unwrap() as u8
    }

    #[test]
    fn real_models_weigh_as_in_splink() {
        for (settings, scored) in [
            (include_str!("../model/splink/fixtures/fake_1000.json"), FAKE_1000),
            (include_str!("../model/splink/fixtures/febrl4.json"), FEBRL4),
            (include_str!("../model/splink/fixtures/historical_50k.json"), HISTORICAL),
        ] {
            let model = import(settings, false).unwrap().model;
            let weights = Weights::new(&model).unwrap();
            // Splink trains no level that it never sees, not even with the settings of its own pages.
            assert!(!weights.notes.is_empty());
            let scored: Vec<serde_json::Value> = serde_json::from_str(scored).unwrap();
            assert_eq!(scored.len(), 40);
            for pair in scored {
                let gammas = pair["gamma"].as_array().unwrap().iter().map(|gamma| gamma.as_i64().unwrap());
                let levels: Vec<u8> =
                    model.comparisons.iter().zip(gammas).map(|(one, gamma)| place(one, gamma)).collect();
                let parts = weights.of(&levels, |comparison, level| {
                    let term = model.comparisons[comparison].levels[level].term_frequency.as_ref().unwrap();
                    let known = |side: usize| pair["tf"][&term.field][side].as_f64().map(Frequency::new);
                    (known(0), known(1))
                });
                close(parts.match_weight(), pair["match_weight"].as_f64().unwrap());
                close(parts.probability(), pair["match_probability"].as_f64().unwrap());
            }
        }
    }

    #[test]
    fn levels_never_seen_keep_weights_finite() {
        let text = MODEL.replace("m = 0.28347592978627267, u = 0.9905497092218222", "m = 0, u = 0.5");
        let weights = Weights::new(&LinkageModel::read(&text, "m").unwrap()).unwrap();
        close(weights.of(&[4, 0], |_, _| UNKNOWN).comparisons[0].weight, (1e-300_f64 / 0.5).log2());
        let parts = weights.of(&[4, 0], |_, _| UNKNOWN);
        assert!(parts.probability() > 0.0 && parts.probability() < 1e-300);
    }

    #[test]
    fn what_a_household_explains_weighs_less() {
        let plain = LinkageModel::read(MODEL, "m").unwrap();
        let mut with = plain.clone();
        let levels = [("city".to_owned(), vec![0.0, 0.9, 0.1])].into();
        with.household = Some(crate::model::linkage::Household { prior: 0.001, levels });
        let read = LinkageModel::read(&with.to_toml(), "m").unwrap();
        assert_eq!(read.household, with.household);
        let of = |model: &LinkageModel, levels: &[u8]| Weights::new(model).unwrap().of(levels, |_, _| UNKNOWN);
        let (one, other) = (of(&plain, &[1, 1]), of(&with, &[1, 1]));
        assert!(other.household < 0.0 && one.household == 0.0);
        close(other.match_weight(), one.match_weight() + other.household);
        // Where the city differs a household explains nothing.
        assert!(of(&with, &[1, 2]).household > other.household);
    }

    proptest! {
        #[test]
        fn probability_and_weight_lead_back(p in 1e-9..0.999_999) {
            prop_assert!((probability(match_weight(p)) - p).abs() < 1e-12);
        }

        #[test]
        fn probability_is_monotone_and_bounded(a in -2000.0..2000.0, b in -2000.0..2000.0_f64) {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(probability(low) <= probability(high));
            prop_assert!((0.0..=1.0).contains(&probability(a)));
            prop_assert_eq!(probability(0.0), 0.5);
        }
    }
}
