//! How many strangers share two name tokens?
//!
//! Names of one culture keep each other's company: two rare Tamil names stand in one row a hundred times as often as
//! their frequencies say, and the syllables of a Chinese given name hardly part. What chance would bring is therefore no
//! measure. The register is asked: for pairs of tokens of extract rows, how many people hold both, leaving out those whose
//! birth date is not altogether another, who may be the person sought. From pairs that chance would bring as rarely, with
//! k strangers seen, Robbins' rule gives the number to be expected beside the k: (k + 1) · n(k + 1) / n(k).

mod ages;

pub(crate) use ages::OfYear;

use crate::block::{Blocks, two_token_key};
use crate::compare::{GradeCache, Records, TokenId, Vocabulary, align, kernel};
use crate::model::comparison::birth_date::DIFFERENT;
use crate::model::comparison::{NAME_LEFTOVERS, name_level_parts};
use crate::model::parameters::{Leftovers, agreeing_class, leftover_by_chance};
use crate::util::hash::{mix, text_hash};
use crate::util::parallel::map_chunks;
use ages::{Ages, years_beside};

/// Bins of what chance would bring, in people, by powers of two from 2^-20 to 2^12.
const BINS: usize = 33;
const LOWEST_BIN: i32 = -20;
/// Counts of strangers that are told apart; more are taken as they are.
const SEEN: usize = 4;
/// Extract rows asked.
const ROWS_ASKED: usize = 15_000;
/// Pairs that a rate needs behind it; a poorer bin joins the next larger one.
const PAIRS_MIN: u64 = 30;
/// Weight of the built-in shares of leftovers, in pairs of people.
const LEFTOVER_PRIOR: f64 = 200.0;
/// Class of agreement of two tokens and more.
const TWO_TOKENS: usize = 3;
/// Strangers expected where nothing could be asked: as chance, with the company that names keep.
const LIFT_BUILT_IN: f64 = 10.0;

/// Whether two tokens agree to the letter or by their blocking codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closeness {
    Coded,
    Exact,
}

/// Pairs of tokens by what chance would bring and by strangers seen.
type Seen = [[u64; SEEN]; BINS];

#[derive(Clone, Copy)]
struct Tally {
    coded: Seen,
    exact: Seen,
    leftover: [u64; NAME_LEFTOVERS.len()],
    /// Strangers of the years beside the one sought.
    ages: Ages,
}

impl Tally {
    fn nothing() -> Self {
        let seen = [[0; SEEN]; BINS];
        Self { coded: seen, exact: seen, leftover: [0; NAME_LEFTOVERS.len()], ages: Ages::default() }
    }
}

/// Rows asked that are counted together: sums of fractions are made in this order.
pub const ASKED_CHUNK: usize = 256;

/// What was counted of rows asked, chunk by chunk.
#[derive(Default)]
pub struct CompanionCounts(Vec<Tally>);

impl CompanionCounts {
    /// Adds the counts of the rows that follow; all but the last are of whole chunks.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// Strangers to be expected, and shares of leftovers among strangers.
#[derive(Clone, Debug)]
pub(crate) struct Companions {
    coded: [[f64; SEEN - 1]; BINS],
    exact: [[f64; SEEN - 1]; BINS],
    /// By class of agreement and leftover.
    leftover: Leftovers,
    /// How many times as often as by chance strangers that share two tokens have a date in one year, by whether the date
    /// sought and the date held are defaults.
    ages: [[f64; 2]; 2],
    /// How many times as often as people at large strangers that share two tokens are of one age.
    same_age: f64,
}

impl Default for Companions {
    fn default() -> Self {
        let rates = rates(&[[0; SEEN]; BINS]);
        Self {
            coded: rates,
            exact: rates,
            leftover: leftovers(&Tally::nothing(), 1.0),
            ages: Ages::default().lifts(1.0),
            same_age: Ages::default().same_age(1.0),
        }
    }
}

/// What is asked of which records.
pub(crate) struct Asking<'a> {
    pub blocks: &'a Blocks<'a>,
    pub extract: &'a Records,
    pub register: &'a Records,
    /// Person of each register record.
    pub person: &'a (dyn Fn(usize) -> u64 + Sync),
    pub vocabulary: &'a Vocabulary,
    /// People whose names hold a token: by its code, and to the letter.
    pub people_with: &'a (dyn Fn(TokenId, Closeness) -> f64 + Sync),
    /// People in the register.
    pub persons: f64,
    /// Share of its dates in a year.
    pub of_year: OfYear<'a>,
}

impl Companions {
    /// Learns from what was counted in a register of so many rows for each person: what is counted in rows has its priors in
    /// rows too.
    pub(crate) fn learn(counts: &CompanionCounts, rows_per_person: f64) -> Self {
        let mut sum = Tally::nothing();
        for tally in &counts.0 {
            let pairs = sum.coded.iter_mut().flatten().zip(tally.coded.iter().flatten());
            let exact = sum.exact.iter_mut().flatten().zip(tally.exact.iter().flatten());
            let leftover = sum.leftover.iter_mut().zip(&tally.leftover);
            for (sum, count) in pairs.chain(exact).chain(leftover) {
                *sum += count;
            }
            sum.ages.append(&tally.ages);
        }
        Self {
            coded: rates(&sum.coded),
            exact: rates(&sum.exact),
            leftover: leftovers(&sum, rows_per_person),
            ages: sum.ages.lifts(rows_per_person),
            same_age: sum.ages.same_age(rows_per_person),
        }
    }

    /// Strangers to be expected where chance would bring `by_chance` people and `seen` were counted.
    pub(crate) fn strangers(&self, closeness: Closeness, by_chance: f64, seen: f64) -> f64 {
        let table = match closeness {
            Closeness::Coded => &self.coded,
            Closeness::Exact => &self.exact,
        };
        let rates = &table[bin(by_chance)];
        // Rows over rows-per-person is a fraction: take the rate between the two whole numbers.
        let below = seen.floor() as usize;
        let rate = |seen: usize| rates.get(seen).copied().unwrap_or(seen as f64);
        let part = seen - seen.floor();
        rate(below) * (1.0 - part) + rate(below + 1) * part
    }

    /// How many times as often as by chance a stranger that shares two tokens has a date in the year of the one sought: a
    /// default or not, for a date sought that is a default or not.
    pub(crate) fn in_one_year(&self, sought_is_default: bool, held_is_default: bool) -> f64 {
        self.ages[usize::from(sought_is_default)][usize::from(held_is_default)]
    }

    /// How many times as often strangers of one name are of one age as people at large: those who came at one time are.
    pub(crate) fn same_age(&self) -> f64 {
        self.same_age
    }

    /// Share of strangers with this much left over, among those with as many agreeing tokens.
    pub(crate) fn leftover(&self, level: u8) -> f64 {
        let (agreement, leftover) = name_level_parts(level);
        self.leftover[agreeing_class(agreement)][usize::from(leftover)]
    }
}

fn bin(expected: f64) -> usize {
    let bits = expected.max(1e-9).log2().round() as i32;
    (bits - LOWEST_BIN).clamp(0, BINS as i32 - 1) as usize
}

/// Rows of the extract with a usable name and date, drawn by content.
pub fn rows_asked(extract: &Records, vocabulary: &Vocabulary) -> Vec<usize> {
    let digest = |row: usize| {
        let tokens = extract.tokens(row).iter();
        let date = extract.birth_date(row).map_or(0, |date| u64::from(date.bits()));
        tokens.fold(mix(date, 7), |digest, token| {
            digest.wrapping_add(mix(text_hash(vocabulary.text(*token).as_bytes()), 3))
        })
    };
    let usable =
        |row: &usize| extract.birth_date(*row).is_some_and(|date| date.is_complete()) && extract.tokens(*row).len() > 1;
    let mut rows: Vec<(u64, usize)> = (0..extract.len()).filter(usable).map(|row| (digest(row), row)).collect();
    rows.sort_unstable();
    // Rows alike in name and date are all in or all out: which of them comes first is chance.
    if let Some((last, _)) = rows.get(ROWS_ASKED).copied() {
        rows.retain(|(digest, _)| *digest < last);
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Shows the pairs of tokens of an extract row whose strangers are counted, with the keys of their blocks.
pub fn pairs_asked(
    extract: &Records,
    vocabulary: &Vocabulary,
    row: usize,
    mut each: impl FnMut(TokenId, TokenId, u64),
) {
    let tokens = extract.tokens(row);
    for (index, &a) in tokens.iter().enumerate() {
        for &b in &tokens[index + 1..] {
            let short = [a, b].iter().any(|token| vocabulary.text(*token).len() < 2);
            if !short && vocabulary.code(a) != vocabulary.code(b) {
                each(a, b, two_token_key(vocabulary.code(a), vocabulary.code(b)));
            }
        }
    }
}

impl Asking<'_> {
    /// Counts strangers that share two tokens with some of the rows asked, in chunks: to be followed by those of the next.
    pub(crate) fn count(&self, asked: &[usize]) -> CompanionCounts {
        CompanionCounts(map_chunks(asked.len(), ASKED_CHUNK, |chunk| {
            let mut tally = Tally::nothing();
            let mut cache = GradeCache::default();
            for &row in &asked[chunk] {
                pairs_asked(self.extract, self.vocabulary, row, |a, b, key| {
                    self.pair(row, (a, b), key, &mut tally, &mut cache);
                });
            }
            tally
        }))
    }

    fn pair(&self, row: usize, (a, b): (TokenId, TokenId), key: u64, tally: &mut Tally, cache: &mut GradeCache) {
        let Some((_, rows)) = self.blocks.of_key(key) else { return };
        // A block too large to hold its rows is counted well enough by itself.
        let Some(rows) = rows else { return };
        let sought = self.extract.birth_date(row);
        let beside = sought.map(|date| years_beside(date.year(), self.of_year));
        let mut coded = People::default();
        let mut exact = People::default();
        for &other in rows {
            let other = other as usize;
            let held = self.register.birth_date(other);
            if let (Some(sought), Some(held), Some(beside)) = (sought, held.filter(|date| date.is_complete()), beside) {
                tally.ages.add(sought, held, beside);
            }
            let level = kernel::date::level(sought, held);
            if level != DIFFERENT {
                continue;
            }
            let person = (self.person)(other);
            coded.add(person);
            let tokens = self.register.tokens(other);
            if tokens.contains(&a) && tokens.contains(&b) {
                exact.add(person);
            }
            let level = align(self.extract.tokens(row), tokens, self.vocabulary, cache).placed();
            if level > 0 {
                let (agreement, leftover) = name_level_parts(level);
                tally.leftover[usize::from(leftover)] += u64::from(agreeing_class(agreement) == TWO_TOKENS);
            }
        }
        let by_chance = |closeness| (self.people_with)(a, closeness) * (self.people_with)(b, closeness) / self.persons;
        tally.coded[bin(by_chance(Closeness::Coded))][coded.len()] += 1;
        tally.exact[bin(by_chance(Closeness::Exact))][exact.len()] += 1;
    }
}

/// A few different people; how many beyond [`SEEN`] does not matter.
#[derive(Default)]
struct People {
    known: [u64; SEEN - 1],
    len: usize,
}

impl People {
    fn add(&mut self, person: u64) {
        if self.len < self.known.len() && !self.known[..self.len].contains(&person) {
            self.known[self.len] = person;
            self.len += 1;
        }
    }

    fn len(&self) -> usize {
        self.len
    }
}

/// Robbins' rates by bin. A rate with too few pairs behind it takes in the next larger bins; the last count told apart
/// holds all larger ones too, so that its rate is at least the count itself.
fn rates(seen: &Seen) -> [[f64; SEEN - 1]; BINS] {
    let mut out = [[0.0; SEEN - 1]; BINS];
    for count in 0..SEEN - 1 {
        let (mut here, mut next) = (0_u64, 0_u64);
        let mut last = None;
        for bin in (0..BINS).rev() {
            here += seen[bin][count];
            next += seen[bin][count + 1];
            if next >= PAIRS_MIN && here > 0 {
                last = Some((count + 1) as f64 * next as f64 / here as f64);
                (here, next) = (0, 0);
            }
            let by_chance = f64::from(bin as i32 + LOWEST_BIN).exp2();
            let built_in = by_chance * LIFT_BUILT_IN + count as f64 * 0.5;
            out[bin][count] = last.unwrap_or(built_in).max(by_chance.min(count as f64 + 0.5));
        }
    }
    out
}

/// Leftovers of two agreeing tokens as counted; the blocks asked hold no others but by accident.
fn leftovers(sum: &Tally, rows_per_person: f64) -> Leftovers {
    let prior = LEFTOVER_PRIOR * rows_per_person;
    let total: u64 = sum.leftover.iter().sum();
    std::array::from_fn(|class| {
        std::array::from_fn(|leftover| {
            let built_in = leftover_by_chance(class, leftover);
            if class != TWO_TOKENS {
                return built_in;
            }
            (sum.leftover[leftover] as f64 + prior * built_in) / (total as f64 + prior)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robbins_rule_on_plenty_of_pairs() {
        let mut seen = [[0; SEEN]; BINS];
        seen[10] = [10_000, 500, 100, 50];
        let rates = rates(&seen);
        assert!((rates[10][0] - 0.05).abs() < 1e-12);
        assert!((rates[10][1] - 0.4).abs() < 1e-12);
        assert!((rates[3][0] - 0.05).abs() < 1e-12, "poorer bins below take the rate of the next larger");
    }
}
