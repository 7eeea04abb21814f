//! The numbers of a model: m of every level, what relatives look like, the prior, and the thresholds.

use crate::model::comparison::{
    COMPARISONS, Comparison, NAME_AGREEMENTS, NAME_LEFTOVERS, NAME_LEVELS, Vector, birth_date, name_level_parts,
};
use serde::{Deserialize, Serialize};

/// Version of the saved form; a model of another version is refused.
pub const MODEL_VERSION: u32 = 5;

/// Probabilities of the levels of one comparison among pairs that are not null, by level from null (always 0).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// Name of the comparison.
    pub comparison: String,
    /// Names of the levels, from null.
    pub levels: Vec<String>,
    /// Probability of each level when two records are the same person.
    pub m: Vec<f64>,
    /// Probability of each level when the record is of a relative or a member of the household.
    pub relative: Vec<f64>,
    /// Probability of each level when the record is of a namesake: another person of much the same name and age.
    pub namesake: Vec<f64>,
}

/// How the parameters came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The built-in model: there were too few pairs to learn from.
    BuiltIn,
    /// Learned without labels from the run's own pairs.
    Learned,
}

/// When a person is a match, and when plausible.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Least posterior probability of a match.
    pub match_probability: f64,
    /// Least distance to the runner-up, in bits.
    pub margin: f64,
    /// Least posterior probability of a plausible person.
    pub plausible_probability: f64,
    /// Whether matches of tier D (name and date alone) go to review.
    pub review_tier_d: bool,
}

impl Default for Thresholds {
    /// A match is wrong once in a hundred at worst, and far less often on average; the margin says the same of the
    /// runner-up alone.
    fn default() -> Self {
        Self { match_probability: 0.99, margin: 6.0, plausible_probability: 0.05, review_tier_d: false }
    }
}

/// A model of the trace: everything that scoring needs besides the frequencies of the register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Version of this form.
    pub version: u32,
    /// How the numbers came about.
    pub origin: Origin,
    /// Share of extract rows whose person is in the register.
    pub present: f64,
    /// Relatives and household members in the register for each extract row, on average.
    pub relatives: f64,
    /// Namesakes of much the same age in the register for each extract row, on average, beyond what chance brings.
    pub namesakes: f64,
    /// How many times as often as the built-in shares say, strangers whose names agree at a level do so, by level of names
    /// from null (1, as wherever nothing is learned).
    pub strangers: Vec<f64>,
    /// Thresholds.
    pub thresholds: Thresholds,
    /// One entry a comparison, in the order of [`COMPARISONS`].
    pub comparisons: Vec<Levels>,
}

/// m of name agreements, in the order of `NAME_AGREEMENTS`: two exact tokens are commonest, one token comes next (single
/// names and changed surnames), spelling variants are as common as `domain.md` 7 has them.
const NAME_M: [f64; 16] =
    [0.004, 0.001, 0.008, 0.020, 0.090, 0.004, 0.010, 0.050, 0.010, 0.015, 0.030, 0.090, 0.160, 0.300, 0.080, 0.120];
/// The same for relatives: one shared token and others that differ.
const NAME_RELATIVE: [f64; 16] =
    [0.250, 0.030, 0.030, 0.060, 0.400, 0.005, 0.010, 0.030, 0.005, 0.005, 0.010, 0.030, 0.030, 0.060, 0.010, 0.015];
/// Classes of name agreement that differ in what is left over: nothing agrees (or an initial alone), one token, one token
/// and an initial, two tokens and more.
pub const AGREEING_CLASSES: usize = 4;
/// Shares of leftovers by class of agreement.
pub type Leftovers = [[f64; NAME_LEFTOVERS.len()]; AGREEING_CLASSES];
/// Share of leftovers, in the order of `NAME_LEFTOVERS`, by class of agreement.
const LEFTOVER_M: Leftovers = [
    [0.7, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0],
    [0.09, 0.50, 0.15, 0.01, 0.135, 0.015, 0.10],
    [0.035, 0.25, 0.60, 0.005, 0.05, 0.01, 0.05],
    [0.023, 0.38, 0.54, 0.002, 0.033, 0.002, 0.02],
];
const LEFTOVER_RELATIVE: Leftovers = [
    [0.6, 0.08, 0.02, 0.3, 0.0, 0.0, 0.0],
    [0.57, 0.07, 0.02, 0.20, 0.04, 0.04, 0.06],
    [0.43, 0.18, 0.10, 0.10, 0.04, 0.03, 0.12],
    [0.39, 0.23, 0.20, 0.04, 0.05, 0.02, 0.07],
];
/// The same for strangers whose tokens agree by chance.
const LEFTOVER_U: Leftovers = [
    [0.6, 0.08, 0.02, 0.3, 0.0, 0.0, 0.0],
    [0.27, 0.12, 0.01, 0.20, 0.24, 0.09, 0.07],
    [0.13, 0.24, 0.30, 0.05, 0.13, 0.04, 0.11],
    [0.12, 0.38, 0.27, 0.02, 0.11, 0.03, 0.07],
];

const BIRTH_DATE_M: [f64; 14] =
    [0.0, 0.004, 0.008, 0.004, 0.003, 0.015, 0.040, 0.019, 0.030, 0.026, 0.050, 0.783, 0.008, 0.010];
const BIRTH_DATE_RELATIVE: [f64; 14] =
    [0.0, 0.893, 0.030, 0.010, 0.010, 0.008, 0.006, 0.007, 0.001, 0.003, 0.010, 0.018, 0.003, 0.004];
/// A namesake is of the same age by definition, as far as the year: what differs altogether is a stranger. With day and
/// year a namesake cannot be told from the person, so that is rare by definition too.
const BIRTH_DATE_NAMESAKE: [f64; 14] =
    [0.0, 0.010, 0.595, 0.005, 0.010, 0.190, 0.080, 0.005, 0.010, 0.070, 0.020, 0.005, 0.020, 0.001];
const ADDRESS_NAMESAKE: [f64; 8] = [0.0, 0.86, 0.10, 0.01, 0.005, 0.01, 0.005, 0.01];
const PHONE_NAMESAKE: [f64; 4] = [0.0, 0.985, 0.005, 0.01];
const EMAIL_NAMESAKE: [f64; 4] = [0.0, 0.97, 0.02, 0.01];
const NINO_NAMESAKE: [f64; 4] = [0.0, 0.985, 0.005, 0.01];
const SEX_NAMESAKE: [f64; 3] = [0.0, 0.1, 0.9];
const ADDRESS_M: [f64; 8] = [0.0, 0.55, 0.10, 0.02, 0.01, 0.05, 0.06, 0.21];
const ADDRESS_RELATIVE: [f64; 8] = [0.0, 0.35, 0.15, 0.03, 0.02, 0.03, 0.12, 0.30];
const PHONE_M: [f64; 4] = [0.0, 0.45, 0.02, 0.53];
const PHONE_RELATIVE: [f64; 4] = [0.0, 0.85, 0.01, 0.14];
const EMAIL_M: [f64; 4] = [0.0, 0.50, 0.03, 0.47];
const EMAIL_RELATIVE: [f64; 4] = [0.0, 0.97, 0.01, 0.02];
const NINO_M: [f64; 4] = [0.0, 0.15, 0.10, 0.75];
const NINO_RELATIVE: [f64; 4] = [0.0, 0.985, 0.005, 0.010];
const SEX_M: [f64; 3] = [0.0, 0.03, 0.97];
const SEX_RELATIVE: [f64; 3] = [0.0, 0.5, 0.5];

/// Smallest probability of a level: no level rules a pair out by itself.
pub const PROBABILITY_MIN: f64 = 1e-5;

/// Class of a name agreement, below [`AGREEING_CLASSES`].
pub fn agreeing_class(agreement: u8) -> usize {
    match agreement {
        0 | 1 => 0,
        2..=4 => 1,
        5..=7 => 2,
        _ => 3,
    }
}

/// Whether a level of names says that all words of both agree, and closely.
pub fn is_whole_name(level: u8) -> bool {
    let (agreement, leftover) = if level == 0 { (0, 0) } else { name_level_parts(level) };
    agreeing_class(agreement) == AGREEING_CLASSES - 1 && NAME_LEFTOVERS[usize::from(leftover)] == "nothing"
}

/// Share of relatives with the levels of `vector`, beside what the levels say one by one: a relative of the whole name is
/// of another generation, and one born in the same year is a twin, spouse or cousin with another given name.
pub fn relatives_alike(vector: Vector) -> f64 {
    let whole = is_whole_name(vector.level(Comparison::Name));
    let of_another_year =
        matches!(vector.level(Comparison::BirthDate), 0 | birth_date::DIFFERENT | birth_date::SAME_DAY_AND_MONTH);
    if whole && !of_another_year { ONE_NAME_AND_YEAR } else { 1.0 }
}

/// Two people of one household with one name and one birth year: an error of the register more often than a fact.
const ONE_NAME_AND_YEAR: f64 = 0.01;

/// Built-in probability of what is left of two names once tokens of a class agree by chance.
pub fn leftover_by_chance(class: usize, leftover: usize) -> f64 {
    LEFTOVER_U[class][leftover]
}

/// Share of strangers of one sex, by what is left of their names, in the order of `NAME_LEFTOVERS`, where a token agrees:
/// given names are of one sex, family names of both.
const ONE_SEX_U: [f64; NAME_LEFTOVERS.len()] = [0.5, 0.8, 0.9, 0.6, 0.95, 0.6, 0.55];
/// The same where no token agrees.
const ONE_SEX_U_OF_OTHERS: f64 = 0.5;

/// Share of strangers whose names agree at a level who are of one sex.
pub fn one_sex_by_chance(name_level: u8) -> f64 {
    if name_level == 0 {
        return ONE_SEX_U_OF_OTHERS;
    }
    let (agreement, rest) = name_level_parts(name_level);
    if agreeing_class(agreement) == 0 { ONE_SEX_U_OF_OTHERS } else { ONE_SEX_U[usize::from(rest)] }
}

fn name_levels(agreements: &[f64; 16], leftovers: &Leftovers) -> Vec<f64> {
    let mut out = vec![0.0];
    for (agreement, share) in agreements.iter().enumerate() {
        let of_agreement = &leftovers[agreeing_class(agreement as u8)];
        out.extend(of_agreement.iter().map(|leftover| share * leftover));
    }
    debug_assert_eq!(out.len(), 1 + NAME_AGREEMENTS.len() * NAME_LEFTOVERS.len());
    normalised(out)
}

/// Shares that sum to one, each at least [`PROBABILITY_MIN`]; the null level stays 0.
pub fn normalised(mut levels: Vec<f64>) -> Vec<f64> {
    for level in levels.iter_mut().skip(1) {
        *level = level.max(PROBABILITY_MIN);
    }
    let sum: f64 = levels.iter().skip(1).sum();
    for level in levels.iter_mut().skip(1) {
        *level /= sum;
    }
    levels
}

impl Parameters {
    /// The built-in model: for runs with too few pairs to learn from, and the start of learning.
    pub fn built_in() -> Self {
        let comparisons = COMPARISONS
            .iter()
            .map(|&comparison| {
                let [m, relative, namesake] = built_in_levels(comparison);
                Levels {
                    comparison: comparison.name().into(),
                    levels: (0..comparison.levels() as u8).map(|level| comparison.level_name(level)).collect(),
                    m,
                    relative,
                    namesake,
                }
            })
            .collect();
        Self {
            version: MODEL_VERSION,
            origin: Origin::BuiltIn,
            present: 0.4,
            relatives: 0.5,
            namesakes: 0.05,
            strangers: vec![1.0; NAME_LEVELS],
            thresholds: Thresholds::default(),
            comparisons,
        }
    }

    /// Levels of one comparison.
    pub fn levels(&self, comparison: Comparison) -> &Levels {
        &self.comparisons[comparison as usize]
    }

    /// Reads a saved model.
    ///
    /// # Errors
    /// A sentence on what is wrong: not JSON of this form, another version, other levels, or numbers that are no
    /// probabilities.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let model: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if model.version != MODEL_VERSION {
            return Err(format!("model version {} is not {MODEL_VERSION}", model.version));
        }
        let known = Self::built_in();
        if model.comparisons.len() != known.comparisons.len() {
            return Err("the model does not hold each comparison once".into());
        }
        for (given, known) in model.comparisons.iter().zip(&known.comparisons) {
            if given.comparison != known.comparison || given.levels != known.levels {
                return Err(format!("comparison `{}` has other levels than this program", given.comparison));
            }
            if [&given.m, &given.relative, &given.namesake].iter().any(|levels| !probabilities(levels, known.m.len())) {
                return Err(format!("comparison `{}` holds numbers that are no probabilities", given.comparison));
            }
        }
        let share = |value: f64| value > 0.0 && value < 1.0;
        let limits = &model.thresholds;
        if !share(model.present) || !share(limits.match_probability) || !share(limits.plausible_probability) {
            return Err("`present` and the probability thresholds lie between 0 and 1".into());
        }
        let count = |value: f64| value >= 0.0 && value.is_finite();
        if !count(model.relatives) || !count(model.namesakes) || !count(limits.margin) {
            return Err("`relatives`, `namesakes` and `margin` are numbers of 0 or more".into());
        }
        let times = |value: &f64| value.is_finite() && *value > 0.0;
        if model.strangers.len() != NAME_LEVELS || !model.strangers.iter().all(times) {
            return Err("`strangers` holds a number above 0 for each level of names".into());
        }
        Ok(model)
    }

    /// The model as JSON text that [`Parameters::from_json`] reads back to the same bits.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

fn probabilities(levels: &[f64], len: usize) -> bool {
    let sum: f64 = levels.iter().skip(1).sum();
    levels.len() == len
        && levels.first() == Some(&0.0)
        && levels.iter().skip(1).all(|level| *level > 0.0 && *level <= 1.0)
        && (sum - 1.0).abs() < 1e-6
}

fn built_in_levels(comparison: Comparison) -> [Vec<f64>; 3] {
    let plain = |m: &[f64], relative: &[f64], namesake: &[f64]| {
        [m, relative, namesake].map(|levels| normalised(levels.to_vec()))
    };
    match comparison {
        Comparison::Name => [
            name_levels(&NAME_M, &LEFTOVER_M),
            name_levels(&NAME_RELATIVE, &LEFTOVER_RELATIVE),
            name_levels(&NAME_M, &LEFTOVER_M),
        ],
        Comparison::BirthDate => plain(&BIRTH_DATE_M, &BIRTH_DATE_RELATIVE, &BIRTH_DATE_NAMESAKE),
        Comparison::Address => plain(&ADDRESS_M, &ADDRESS_RELATIVE, &ADDRESS_NAMESAKE),
        Comparison::Phone => plain(&PHONE_M, &PHONE_RELATIVE, &PHONE_NAMESAKE),
        Comparison::Email => plain(&EMAIL_M, &EMAIL_RELATIVE, &EMAIL_NAMESAKE),
        Comparison::Nino => plain(&NINO_M, &NINO_RELATIVE, &NINO_NAMESAKE),
        Comparison::Sex => plain(&SEX_M, &SEX_RELATIVE, &SEX_NAMESAKE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_model_reads_back_to_the_same_bits() {
        let model = Parameters::built_in();
        assert_eq!(Parameters::from_json(&model.to_json()), Ok(model));
    }

    #[test]
    fn strangers_who_share_a_given_name_are_of_one_sex() {
        use crate::model::comparison::{leftover, name_level};
        let one_word = |rest| one_sex_by_chance(name_level(4, rest));
        assert!(one_word(leftover::BOTH_GIVEN) > 0.9 && one_sex_by_chance(name_level(13, leftover::NOTHING)) > 0.8);
        assert!((one_word(leftover::BOTH) - 0.5).abs() < 1e-12);
        assert!((one_sex_by_chance(0) - 0.5).abs() < 1e-12 && (one_sex_by_chance(1) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn whatever_agrees_may_be_left_with_anything_by_chance() {
        use crate::model::comparison::leftover::{BOTH, NOTHING, ONE_SIDE, SEVERAL};
        for class in 0..AGREEING_CLASSES {
            let places = |rest: &usize| class > 0 || [BOTH, NOTHING, ONE_SIDE, SEVERAL].contains(&(*rest as u8));
            assert!((0..NAME_LEFTOVERS.len()).filter(places).all(|rest| LEFTOVER_U[class][rest] > 0.0), "{class}");
            for of in [LEFTOVER_U, LEFTOVER_M, LEFTOVER_RELATIVE] {
                assert!((of[class].iter().sum::<f64>() - 1.0).abs() < 1e-9, "{class}");
            }
        }
    }

    #[test]
    fn a_model_with_wrong_words_or_numbers_is_refused() {
        let text = Parameters::built_in().to_json();
        for (from, to) in [
            ("\"version\": 5", "\"version\": 9"),
            ("\"present\": 0.4", "\"present\": 1.4"),
            ("\"strangers\": [\n    1.0,", "\"strangers\": [\n    0.0,"),
            ("\"present\"", "\"presence\""),
            ("two_exact/nothing", "two_exact/none"),
        ] {
            assert!(text.contains(from));
            assert!(Parameters::from_json(&text.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn nobody_has_a_relative_of_one_name_and_year() {
        use crate::model::comparison::name_level;
        let with = |leftover, date| {
            Vector::default().with(Comparison::Name, name_level(13, leftover)).with(Comparison::BirthDate, date)
        };
        assert!(relatives_alike(with(2, birth_date::EXACT)) < 0.1);
        // Father and son, and twins who share the second and the family name.
        for other in [with(2, birth_date::DIFFERENT), with(0, birth_date::EXACT), Vector::default()] {
            assert!((relatives_alike(other) - 1.0).abs() < 1e-12);
        }
    }
}
