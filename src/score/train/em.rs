//! Expectation maximisation over the candidates of each extract row, as patterns.
//!
//! A pattern is the levels of a candidate with its total log2 u, rounded. Every candidate is a match, a relative, a
//! namesake or a stranger, and at most one candidate of a row is the match: one that is outshone by another of its row
//! tells nothing of how true pairs look. Strangers are expected in the number that u gives for all pairs of the two files,
//! not only for those that blocking made, so blocking does not bend the estimate: pairs that no rule found have no weight.
//! Sums are made on one core, in the order of the rows: any number of threads gives the same bits.

use crate::model::comparison::{COMPARISONS, Comparison, Vector, birth_date, name_level_parts};
use crate::model::parameters::{Levels, Origin, Parameters, agreeing_class, normalised, relatives_alike};
use crate::score::train::strangers::of_levels;
use crate::util::hash::{Map, map};
use rayon::prelude::*;

/// Expected matches below which nothing is learned.
const MATCHES_MIN: f64 = 150.0;
/// Weight of the built-in model, in pairs, beside what is observed in one comparison.
const PRIOR_PAIRS: f64 = 60.0;
/// The same for relatives and namesakes.
const PRIOR_OTHERS: f64 = 200.0;
const ITERATIONS_MAX: u32 = 60;
/// Largest change of a parameter at which learning stops.
const DELTA_MAX: f64 = 1e-5;
/// Total log2 u is rounded to steps of this many bits.
const U_STEP: f64 = 0.5;
/// Levels of birth dates that share less than two of day, month and year: no slip of a pen makes them.
const FAR: [usize; 3] =
    [birth_date::DIFFERENT as usize, birth_date::SAME_YEAR as usize, birth_date::SAME_DAY_AND_MONTH as usize];
/// Class of agreement of names that share two tokens and more.
const TWO_TOKENS: usize = 3;

/// Levels and rounded log2 u of one candidate.
type Pattern = (Vector, i16);

/// The candidates of extract rows, as patterns. There are many times as many candidates as patterns: each is held as the
/// number of its pattern.
#[derive(Clone, Debug)]
pub struct Patterns {
    known: Map<Pattern, u32>,
    /// Patterns as they were first met.
    met: Vec<Pattern>,
    candidates: Vec<u32>,
    ends: Vec<u32>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { known: map(), met: Vec::new(), candidates: Vec::new(), ends: Vec::new() }
    }
}

impl Patterns {
    /// Adds the candidates of the next extract row, with their levels and total log2 u.
    pub fn push_row(&mut self, candidates: impl Iterator<Item = (Vector, f64)>) {
        for (vector, log2_u) in candidates {
            let number = self.number((vector, (log2_u / U_STEP).round() as i16));
            self.candidates.push(number);
        }
        self.ends.push(self.candidates.len() as u32);
    }

    fn number(&mut self, pattern: Pattern) -> u32 {
        let next = self.met.len() as u32;
        let number = *self.known.entry(pattern).or_insert(next);
        if number == next {
            self.met.push(pattern);
        }
        number
    }

    /// Adds the rows of the next worker.
    pub fn append(&mut self, other: &Self) {
        let base = self.candidates.len() as u32;
        let numbers: Vec<u32> = other.met.iter().map(|pattern| self.number(*pattern)).collect();
        self.candidates.extend(other.candidates.iter().map(|candidate| numbers[*candidate as usize]));
        self.ends.extend(other.ends.iter().map(|end| base + end));
    }

    fn table(&self) -> Table {
        let mut distinct = self.met.clone();
        distinct.sort_unstable();
        let place = |pattern: &Pattern| distinct.binary_search(pattern).unwrap_or(0) as u32;
        let places: Vec<u32> = self.met.iter().map(place).collect();
        let mut numbers: Vec<u32> = self.candidates.iter().map(|candidate| places[*candidate as usize]).collect();
        let mut start = 0;
        for end in &self.ends {
            // The order of the candidates of a row is that of the register: it must not be seen.
            numbers[start as usize..*end as usize].sort_unstable();
            start = *end;
        }
        let mut counts = vec![0.0; distinct.len()];
        numbers.iter().for_each(|number| counts[*number as usize] += 1.0);
        Table { distinct, counts, numbers, ends: self.ends.clone() }
    }
}

/// Distinct patterns with the number of their candidates, and the candidates of each row by the numbers of their patterns.
struct Table {
    distinct: Vec<Pattern>,
    counts: Vec<f64>,
    numbers: Vec<u32>,
    ends: Vec<u32>,
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
    let table = patterns.table();
    let mut model = start.clone();
    let mut end = Convergence { iterations: 0, delta: f64::INFINITY, reached: false, matches: 0.0 };
    while end.iterations < ITERATIONS_MAX && !end.reached {
        let shares = table.shares(persons.max(1.0), &model);
        end.matches = shares.iter().map(|share| share[MATCH]).sum();
        end.iterations += 1;
        if end.matches < MATCHES_MIN {
            return (start.clone(), end);
        }
        let next = Observed::new(&table.distinct, &shares).model(&model, start, rows.max(1) as f64);
        end.delta = largest_change(&model, &next);
        end.reached = end.delta < DELTA_MAX;
        model = next;
    }
    model.origin = Origin::Learned;
    (model, end)
}

/// Classes of a candidate.
const CLASSES: usize = 4;
const MATCH: usize = 0;
const RELATIVE: usize = 1;
const NAMESAKE: usize = 2;
const STRANGER: usize = 3;

impl Table {
    /// Expected candidates of each class, by pattern.
    fn shares(&self, persons: f64, model: &Parameters) -> Vec<[f64; CLASSES]> {
        // Odds against a stranger; those of a match are against everybody else.
        let odds: Vec<[f64; STRANGER]> = self
            .distinct
            .par_iter()
            .map(|&(vector, u)| {
                let [is_match, relative, namesake] = likelihoods(vector, f64::from(u) * U_STEP, persons, model);
                let others = 1.0 + relative + namesake;
                [is_match / (1.0 - model.present) / others, relative / others, namesake / others]
            })
            .collect();
        // All candidates of a pattern have the same odds, so what they add up to hangs on the sum of one number a row: there
        // are a thousand times as many candidates as patterns, and little is to be done for each.
        let of_match: Vec<f64> = odds.iter().map(|odds| odds[MATCH]).collect();
        let mut absent = vec![0.0; self.distinct.len()];
        let mut start = 0;
        for &end in &self.ends {
            let of_row = &self.numbers[start as usize..end as usize];
            let of_absent = 1.0 / (1.0 + of_row.iter().map(|pattern| of_match[*pattern as usize]).sum::<f64>());
            of_row.iter().for_each(|pattern| absent[*pattern as usize] += of_absent);
            start = end;
        }
        let share = |((odds, absent), count): ((&[f64; STRANGER], f64), &f64)| {
            let [is_match, relative, namesake] = *odds;
            let found = is_match * absent;
            let others = (count - found).max(0.0);
            [found, others * relative, others * namesake, others * (1.0 - relative - namesake)]
        };
        odds.iter().zip(absent).zip(&self.counts).map(share).collect()
    }
}

/// Expected number of matches, relatives and namesakes of these levels, for each stranger of them.
fn likelihoods(vector: Vector, log2_u: f64, persons: f64, model: &Parameters) -> [f64; STRANGER] {
    let mut likely = [model.present, model.relatives, model.namesakes].map(|expected| expected / persons);
    likely[RELATIVE] *= relatives_alike(vector);
    for comparison in COMPARISONS {
        let level = usize::from(vector.level(comparison));
        if level > 0 {
            let levels = model.levels(comparison);
            likely[MATCH] *= levels.m[level];
            likely[RELATIVE] *= levels.relative[level];
            likely[NAMESAKE] *= levels.namesake[level];
        }
    }
    let strangers = log2_u.exp2() * model.strangers[usize::from(vector.level(Comparison::Name))];
    likely.map(|one| one / strangers)
}

/// Expected levels of each class, as observed.
struct Observed {
    totals: [f64; CLASSES],
    levels: [Vec<Vec<f64>>; CLASSES],
    /// Birth dates of matches that a personal number or mailbox vouches for.
    dates_vouched: Vec<f64>,
    /// Names and birth dates of relatives at one address.
    names_at_home: Vec<f64>,
    dates_at_home: Vec<f64>,
}

impl Observed {
    fn new(patterns: &[Pattern], shares: &[[f64; CLASSES]]) -> Self {
        let empty = || COMPARISONS.map(|comparison| vec![0.0; comparison.levels()]).to_vec();
        let mut all = Self {
            totals: [0.0; CLASSES],
            levels: std::array::from_fn(|_| empty()),
            dates_vouched: vec![0.0; Comparison::BirthDate.levels()],
            names_at_home: vec![0.0; Comparison::Name.levels()],
            dates_at_home: vec![0.0; Comparison::BirthDate.levels()],
        };
        for (&(vector, _), share) in patterns.iter().zip(shares) {
            all.add(vector, share);
        }
        all
    }

    fn add(&mut self, vector: Vector, share: &[f64; CLASSES]) {
        let level = |comparison| usize::from(vector.level(comparison));
        for (class, share) in share.iter().enumerate() {
            self.totals[class] += share;
            for comparison in COMPARISONS {
                let told = class != MATCH || comparison != Comparison::BirthDate || anchored(vector);
                if told {
                    self.levels[class][comparison as usize][level(comparison)] += share;
                }
            }
        }
        if vouched(vector) {
            self.dates_vouched[level(Comparison::BirthDate)] += share[MATCH];
        }
        if level(Comparison::Address) >= BUILDING {
            self.names_at_home[level(Comparison::Name)] += share[RELATIVE];
            self.dates_at_home[level(Comparison::BirthDate)] += share[RELATIVE];
        }
    }

    fn model(&self, model: &Parameters, start: &Parameters, rows: f64) -> Parameters {
        let mut next = model.clone();
        for (index, levels) in next.comparisons.iter_mut().enumerate() {
            let first = &start.comparisons[index];
            levels.m = updated(&self.levels[MATCH][index], &first.m, PRIOR_PAIRS);
            if index != Comparison::Name as usize {
                levels.relative = updated(&self.levels[RELATIVE][index], &first.relative, PRIOR_OTHERS);
                levels.namesake = updated(&self.levels[NAMESAKE][index], &first.namesake, PRIOR_OTHERS);
            }
        }
        // Elsewhere a rule brings those of one date alone, and all relatives would be twins.
        let dates = &mut next.comparisons[Comparison::BirthDate as usize];
        dates.relative = updated(&self.dates_at_home, &start.levels(Comparison::BirthDate).relative, PRIOR_OTHERS);
        self.learn_far_dates(&mut next.comparisons[Comparison::BirthDate as usize], start);
        self.learn_family_names(&mut next.comparisons[Comparison::Name as usize], start);
        name_namesakes(&mut next.comparisons[Comparison::Name as usize]);
        keep_apart(&mut next, start);
        let at_home = keep_homes(&mut next.comparisons[Comparison::Address as usize]);
        next.strangers = of_levels(&self.levels[STRANGER][Comparison::Name as usize]);
        next.present = (self.totals[MATCH] / rows).clamp(1e-4, 0.999);
        next.relatives = (self.relatives(at_home) / rows).clamp(0.01, 20.0);
        next.namesakes = (self.totals[NAMESAKE] / rows).clamp(1e-4, 20.0);
        next
    }

    /// Relatives to be expected: no rule brings those of whom no home is held, so those found at home stand for the others.
    fn relatives(&self, at_home: f64) -> f64 {
        let address = Comparison::Address as usize;
        let known = 1.0 - self.levels[MATCH][address][0] / self.totals[MATCH].max(f64::MIN_POSITIVE);
        let found: f64 = self.levels[RELATIVE][address].iter().skip(HOME).sum();
        (found / (known * at_home).max(RELATIVES_FOUND_MIN)).max(self.totals[RELATIVE])
    }

    /// How often true pairs differ altogether in their dates is learned where a number or mailbox of one's own agrees:
    /// father and son share the name, the home and the phone, and would say that true pairs often do.
    fn learn_far_dates(&self, levels: &mut Levels, start: &Parameters) {
        let first = &start.levels(Comparison::BirthDate).m;
        let vouched = updated(&self.dates_vouched, first, PRIOR_PAIRS);
        let far: f64 = FAR.iter().map(|level| vouched[*level]).sum();
        let near: f64 = 1.0 - FAR.iter().map(|level| levels.m[*level]).sum::<f64>();
        for (level, m) in levels.m.iter_mut().enumerate() {
            *m = if FAR.contains(&level) { vouched[level] } else { *m / near * (1.0 - far) };
        }
        levels.m = normalised(std::mem::take(&mut levels.m));
    }

    /// Names of relatives are learned where they share a home, where strangers are not; nobody is found there whose name
    /// shares nothing, so that share stays.
    fn learn_family_names(&self, levels: &mut Levels, start: &Parameters) {
        let first = &start.levels(Comparison::Name).relative;
        let shares = |level: usize| level > 0 && agreeing_class(name_level_parts(level as u8).0) > 0;
        let sharing = |all: &[f64]| -> Vec<f64> {
            all.iter().enumerate().map(|(level, share)| if shares(level) { *share } else { 0.0 }).collect()
        };
        let known: f64 = sharing(first).iter().sum();
        let scaled: Vec<f64> = sharing(first).iter().map(|share| share / known).collect();
        let learned = updated(&sharing(&self.names_at_home), &scaled, PRIOR_OTHERS);
        for (level, relative) in levels.relative.iter_mut().enumerate() {
            *relative = if shares(level) { learned[level] * known } else { first[level] };
        }
        levels.relative = normalised(std::mem::take(&mut levels.relative));
    }
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

/// A namesake has the name of the person, written with the same slips: its levels are those of true pairs, but for pairs
/// that share one token, which make nobody a namesake. Learning them would take in strangers with two common names.
fn name_namesakes(levels: &mut Levels) {
    let shares = |level: usize| if level > 0 { agreeing_class(name_level_parts(level as u8).0) } else { 0 };
    let named = |(level, m): (usize, &f64)| if shares(level) == TWO_TOKENS { *m } else { m * NOT_A_NAMESAKE };
    levels.namesake = normalised(levels.m.iter().enumerate().map(named).collect());
}

/// Share of pairs with less than two tokens in common that a namesake may be among, beside those with two.
const NOT_A_NAMESAKE: f64 = 0.1;

/// Relatives share the home that is held of the person, and it is held of them no more often: as often as a true pair shows
/// none, neither do they. Learning finds them by their homes and would say that they always have one. Returns the share
/// of relatives that are found by a home.
fn keep_homes(levels: &mut Levels) -> f64 {
    let of = |levels: &[f64]| levels.iter().skip(HOME).sum::<f64>();
    let (held, found) = (of(&levels.m), of(&levels.relative));
    let share = (held / found).min(1.0);
    levels.relative.iter_mut().skip(HOME).for_each(|level| *level *= share);
    levels.relative[1] += found * (1.0 - share);
    levels.relative = normalised(std::mem::take(&mut levels.relative));
    found * share
}

/// Least share of relatives that are taken to be found by their homes.
const RELATIVES_FOUND_MIN: f64 = 0.05;
/// Level from which addresses are of one home or next to it.
const HOME: usize = 5;
/// Level from which addresses are one building.
const BUILDING: usize = 6;

/// Others who agree on a phone, an email, a NINO or a flat stay as rare as in the start model, and namesakes on the whole
/// birth date: what agrees on those cannot be told from the person, and learning would take true pairs for others.
/// Relatives of one birth date are twins: how many there are is learned.
fn keep_apart(model: &mut Parameters, start: &Parameters) {
    let telling = [
        (Comparison::BirthDate, usize::from(birth_date::EXACT)),
        (Comparison::Address, BUILDING),
        (Comparison::Phone, 3),
        (Comparison::Email, 3),
        (Comparison::Nino, 3),
    ];
    for (comparison, from) in telling {
        let index = comparison as usize;
        let first = &start.comparisons[index];
        let levels = &mut model.comparisons[index];
        for level in from..first.m.len() {
            if comparison != Comparison::BirthDate {
                levels.relative[level] = levels.relative[level].min(first.relative[level]);
            }
            levels.namesake[level] = levels.namesake[level].min(first.namesake[level]);
        }
        if comparison == Comparison::BirthDate {
            // A namesake is of the same age; others with the name are strangers, and counted as such.
            for level in [birth_date::DIFFERENT, birth_date::SAME_DAY_AND_MONTH].map(usize::from) {
                levels.namesake[level] = levels.namesake[level].min(first.namesake[level]);
            }
            levels.namesake[usize::from(birth_date::EXACT_DEFAULT)] = default_namesakes(levels);
        }
        levels.relative = normalised(std::mem::take(&mut levels.relative));
        levels.namesake = normalised(std::mem::take(&mut levels.namesake));
    }
}

/// Share of namesakes whose register date is the very default that is sought. A home or phone that differs tells too little
/// to learn it by: learning would take most of them for the person. Whether a register has the default for somebody whose
/// date is a default elsewhere goes with where dates were taken, which people of one name and year have in common: for each
/// namesake who has another date of the year, as many have the default as with true pairs.
fn default_namesakes(levels: &Levels) -> f64 {
    let [default, other] = [birth_date::EXACT_DEFAULT, birth_date::DEFAULT_SAME_YEAR].map(usize::from);
    let times = levels.m[default] / levels.m[other].max(f64::MIN_POSITIVE);
    levels.namesake[other] * times.clamp(1.0 / DEFAULTS_MAX, DEFAULTS_MAX)
}

/// Most that true pairs of one default date and of another date of the year may differ in number: the rarer of them are few.
const DEFAULTS_MAX: f64 = 10.0;

fn two_tokens(vector: Vector) -> bool {
    let name = vector.level(Comparison::Name);
    name > 0 && agreeing_class(name_level_parts(name).0) == TWO_TOKENS
}

/// Whether a candidate agrees on two name tokens and on a number or mailbox of one's own.
fn vouched(vector: Vector) -> bool {
    two_tokens(vector) && (vector.level(Comparison::Email) == 3 || vector.level(Comparison::Nino) == 3)
}

/// Whether a candidate agrees on two name tokens and on a contact or number.
///
/// Birth dates are learned from these alone: a rare name draws strangers, each with another date, and if they were
/// asked they would say that true pairs often differ in their dates.
fn anchored(vector: Vector) -> bool {
    let contact = usize::from(vector.level(Comparison::Address)) >= BUILDING || vector.level(Comparison::Phone) == 3;
    vouched(vector) || (contact && two_tokens(vector))
}

fn largest_change(a: &Parameters, b: &Parameters) -> f64 {
    let mut change = (a.present - b.present).abs();
    for (a, b) in a.strangers.iter().zip(&b.strangers) {
        change = change.max((a - b).abs());
    }
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
            let candidate = (random(1) < present).then(|| {
                let level = if random(2) < exact { 3 } else { 1 };
                let u = if level == 3 { -30.0 } else { 0.0 };
                (agreeing().with(Comparison::Phone, level), u - 30.0)
            });
            patterns.push_row(candidate.into_iter());
        }
        patterns
    }

    /// Two tokens and the birth date agree.
    fn agreeing() -> Vector {
        Vector::default().with(Comparison::BirthDate, birth_date::EXACT).with(Comparison::Name, name_level(13, 2))
    }

    #[test]
    fn a_default_date_is_as_often_a_namesake_s_as_the_person_s() {
        let mut levels = Parameters::built_in().levels(Comparison::BirthDate).clone();
        let [default, other] = [birth_date::EXACT_DEFAULT, birth_date::DEFAULT_SAME_YEAR].map(usize::from);
        (levels.m[default], levels.m[other], levels.namesake[other]) = (0.03, 0.02, 0.04);
        assert!((default_namesakes(&levels) - 0.06).abs() < 1e-12);
        levels.m[other] = 0.0;
        assert!((default_namesakes(&levels) - 0.4).abs() < 1e-12, "never more than ten times as many");
    }

    #[test]
    fn what_is_outshone_in_its_row_is_no_match() {
        let one_token = agreeing().with(Comparison::Name, name_level(4, 0));
        let mut beside = Patterns::default();
        let mut alone = Patterns::default();
        for row in 0..4_000 {
            let clear = (agreeing().with(Comparison::Phone, 3), -70.0);
            let doubtful = (one_token, -22.0);
            beside.push_row((row % 2 == 0).then_some([clear, doubtful]).into_iter().flatten());
            alone.push_row(std::iter::once(if row % 2 == 0 { clear } else { doubtful }));
        }
        let m = |patterns: &Patterns| {
            let (model, _) = learn(patterns, 4_000, 1e6, &Parameters::built_in());
            model.levels(Comparison::Name).m[usize::from(name_level(4, 0))]
        };
        assert!(m(&beside) < 0.01, "{}", m(&beside));
        assert!(m(&alone) > 2.0 * m(&beside), "{} {}", m(&alone), m(&beside));
    }

    /// Slow twin: each candidate of each row by itself.
    #[test]
    fn the_sum_of_one_number_a_row_is_what_all_candidates_add_up_to() {
        let mut patterns = Patterns::default();
        for row in 0..3_000_u64 {
            let random = |n: u64| crate::util::hash::mix(row, n);
            let candidate = |n: u64| {
                let vector = agreeing().with(Comparison::Phone, (random(n) % 4) as u8);
                (vector.with(Comparison::Sex, (random(n) / 7 % 3) as u8), -((random(n) / 64 % 60) as f64))
            };
            patterns.push_row((0..row % 5).map(|n| candidate(n % 3)));
        }
        let (table, model) = (patterns.table(), Parameters::built_in());
        let odds = |pattern: u32| {
            let (vector, u) = table.distinct[pattern as usize];
            likelihoods(vector, f64::from(u) * U_STEP, 1e6, &model)
        };
        let mut slow = vec![[0.0; CLASSES]; table.distinct.len()];
        let mut start = 0;
        for &end in &table.ends {
            let of_row = &table.numbers[start as usize..end as usize];
            let of_match = |[is_match, relative, namesake]: [f64; STRANGER]| {
                is_match / (1.0 - model.present) / (1.0 + relative + namesake)
            };
            let all = 1.0 + of_row.iter().map(|pattern| of_match(odds(*pattern))).sum::<f64>();
            for &pattern in of_row {
                let [is_match, relative, namesake] = odds(pattern);
                let (share, others) = (of_match([is_match, relative, namesake]) / all, 1.0 + relative + namesake);
                let classes = [share, (1.0 - share) * relative / others, (1.0 - share) * namesake / others];
                let stranger = 1.0 - classes.iter().sum::<f64>();
                slow[pattern as usize]
                    .iter_mut()
                    .zip(classes.into_iter().chain([stranger]))
                    .for_each(|(sum, one)| *sum += one);
            }
            start = end;
        }
        let fast = table.shares(1e6, &model);
        assert_eq!(fast.len(), slow.len());
        let matches: f64 = slow.iter().map(|share| share[MATCH]).sum();
        assert!(matches > 100.0 && slow.len() > 100, "{matches} {}", slow.len());
        for (fast, slow) in fast.iter().flatten().zip(slow.iter().flatten()) {
            assert!((fast - slow).abs() < 1e-9 * slow.abs().max(1.0), "{fast} {slow}");
        }
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

    #[test]
    fn relatives_have_the_home_that_is_held_as_often_as_the_person_has() {
        let mut model = Parameters::built_in();
        let levels = &mut model.comparisons[Comparison::Address as usize];
        levels.relative = normalised(vec![0.0, 0.02, 0.0, 0.0, 0.0, 0.02, 0.16, 0.8]);
        let share = keep_homes(levels);
        let held: f64 = levels.m.iter().skip(HOME).sum();
        let of_relatives: f64 = levels.relative.iter().skip(HOME).sum();
        assert!((of_relatives - held).abs() < 1e-3 && (share - held).abs() < 1e-3, "{of_relatives} {share} {held}");
        assert!((levels.relative[7] / levels.relative[6] - 5.0).abs() < 1e-2);
    }
}
