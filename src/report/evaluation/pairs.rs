//! Each pair of a linkage beside the truth: right, missed in which way, or given wrongly and how.
//!
//! In: pairs that were given (or the clusters that rows were put in), true pairs, and what the model says of each, where that is
//! known. Out: a [`PairFate`] for each pair that is true or was given, and counts of them in groups.

use crate::error::{Error, Result};
use crate::report::accuracy::{Rows, Truth};
use crate::report::evaluation::groups::{self, Counted, Grouping, Tally, words};
use crate::resolve::pairs::{Scored, pair_key, rank};

/// Most pairs that are looked at one by one.
const PAIRS_MAX: u64 = 5_000_000;

/// What became of one pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PairFate {
    /// Given, and one person.
    Right,
    /// Missed: no blocking rule brings the two together.
    NotBlocked,
    /// Missed: compared, and below the threshold.
    ScoredLow,
    /// Missed: another partner of one of the two, of at least its weight, was given.
    Outranked,
    /// Missed: above the threshold, and put into two clusters all the same.
    Cut,
    /// Missed, and not known why.
    NotFound,
    /// Given, while a true partner of one of the two was missed.
    WrongPerson,
    /// Given beside all true partners of the two.
    Surplus,
    /// Given, and neither of the two has a true partner.
    AbsentMatched,
    /// In one cluster through other records alone: not blocked, or below the threshold.
    Chained,
}

impl PairFate {
    /// All ways to miss a pair, in the order of reports.
    pub const MISSES: [Self; 5] = [Self::NotBlocked, Self::ScoredLow, Self::Outranked, Self::Cut, Self::NotFound];
    /// All ways in which a pair is wrong, in the order of reports.
    pub const WRONGS: [Self; 4] = [Self::WrongPerson, Self::Surplus, Self::AbsentMatched, Self::Chained];

    /// The word in tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::NotBlocked => "not_blocked",
            Self::ScoredLow => "scored_low",
            Self::Outranked => "outranked",
            Self::Cut => "cut",
            Self::NotFound => "not_found",
            Self::WrongPerson => "wrong_person",
            Self::Surplus => "surplus",
            Self::AbsentMatched => "absent_matched",
            Self::Chained => "chained",
        }
    }

    fn tally(self) -> Tally {
        let place = |kinds: &[Self]| kinds.iter().position(|kind| *kind == self);
        let (right, miss, wrong) = (self == Self::Right, place(&Self::MISSES), place(&Self::WRONGS));
        Tally { present: right || miss.is_some(), is_match: right || wrong.is_some(), right, miss, wrong }
    }
}

static MISS_WORDS: [&str; PairFate::MISSES.len()] = words!(PairFate::MISSES);
static WRONG_WORDS: [&str; PairFate::WRONGS.len()] = words!(PairFate::WRONGS);

/// Pairs, in groups.
static PAIRS: Counted = Counted {
    present: "true pairs",
    few: "pairs are true",
    recall: "true pairs",
    misses: &MISS_WORDS,
    last_is_wrong: false,
    wrongs: &WRONG_WORDS,
};

/// A pair that is true, or was given, or both. Rows are numbered as in [`Rows`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Left row; of one table, the lower one.
    pub left: u32,
    /// Right row.
    pub right: u32,
    /// Both are one person.
    pub is_true: bool,
    /// Place among the pairs that were given; of several the heaviest.
    pub given: Option<usize>,
}

/// What the model says of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Looked {
    /// First blocking rule that brings it.
    pub rule: Option<u8>,
    /// Weight in bits.
    pub weight: f64,
}

/// How pairs were given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given<'a> {
    /// The pairs; of clusters, all within one, without weights.
    pub pairs: &'a [Scored],
    /// They are what clusters hold.
    pub clusters: bool,
    /// Weight in bits from which a pair is given; one without a weight, which is not a number, is given whatever this is.
    pub weight_min: f64,
}

impl Given<'_> {
    /// All pairs within clusters: one label for each row.
    ///
    /// # Errors
    /// When there are more than can be looked at one by one.
    pub fn within_clusters(labels: &[u32]) -> Result<Vec<Scored>> {
        let unweighed = |(left, right)| Scored { left, right, weight: f64::NAN, probability: f64::NAN, rule: 0 };
        Ok(pairs_within(labels, refuse_many)?.into_iter().map(unweighed).collect())
    }
}

/// The pairs of a truth, sorted, each once.
///
/// # Errors
/// When there are more than can be looked at one by one.
pub fn true_pairs(truth: &Truth) -> Result<Vec<(u32, u32)>> {
    unfolded(truth, refuse_many)
}

/// The pairs of a truth, sorted, each once; `refuse` is asked before so many are made of people.
///
/// # Errors
/// When `refuse` says so.
pub fn unfolded(truth: &Truth, refuse: impl Fn(u64) -> Result<()>) -> Result<Vec<(u32, u32)>> {
    let mut pairs = match truth {
        Truth::Pairs(pairs) => pairs.clone(),
        Truth::Clusters(labels) => return pairs_within(labels, refuse),
        Truth::Sides { left, right } => {
            let (left, right) = (by_label(left), by_label(right));
            let partners = |label: u32| {
                let start = right.partition_point(|(known, _)| *known < label);
                let length = right[start..].partition_point(|(known, _)| *known == label);
                &right[start..start + length]
            };
            refuse(left.iter().map(|(label, _)| partners(*label).len() as u64).sum())?;
            left.iter().flat_map(|(label, a)| partners(*label).iter().map(|(_, b)| (*a, *b))).collect()
        }
    };
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
}

/// The pairs of rows of one label, sorted; `refuse` is asked before they are made.
fn pairs_within(labels: &[u32], refuse: impl Fn(u64) -> Result<()>) -> Result<Vec<(u32, u32)>> {
    let rows = by_label(labels);
    let people = || rows.chunk_by(|a, b| a.0 == b.0);
    refuse(people().map(|same| same.len() as u64 * (same.len() as u64 - 1) / 2).sum())?;
    let within = |same: &[(u32, u32)]| -> Vec<(u32, u32)> {
        let first = same.iter().enumerate();
        first.flat_map(|(at, (_, a))| same[at + 1..].iter().map(|(_, b)| (*a, *b))).collect()
    };
    let mut pairs: Vec<(u32, u32)> = people().flat_map(within).collect();
    pairs.sort_unstable();
    Ok(pairs)
}

/// Labels with their rows, sorted.
fn by_label(labels: &[u32]) -> Vec<(u32, u32)> {
    let mut rows: Vec<(u32, u32)> = labels.iter().copied().zip(0..).collect();
    rows.sort_unstable();
    rows
}

fn refuse_many(pairs: u64) -> Result<()> {
    if pairs <= PAIRS_MAX {
        return Ok(());
    }
    Err(Error::limit(format!("{pairs} pairs are more than can be looked at one by one ({PAIRS_MAX})"))
        .hint("leave out --by and --rows; or look at a part of the tables"))
}

/// All pairs that are true or were given, sorted; of those given, the ones of too little weight are none.
///
/// # Errors
/// When there are more than can be looked at one by one.
pub fn union(given: &Given, known: &[(u32, u32)]) -> Result<Vec<Pair>> {
    let is_given = |pair: &Scored| given.clusters || pair.weight.is_nan() || pair.weight >= given.weight_min;
    let mut places: Vec<usize> = (0..given.pairs.len()).filter(|place| is_given(&given.pairs[*place])).collect();
    let key = |place: usize| pair_key(given.pairs[place].left, given.pairs[place].right);
    places.sort_by_key(|place| (key(*place), std::cmp::Reverse(rank(given.pairs[*place].weight)), *place));
    places.dedup_by_key(|place| key(*place));
    let mut pairs: Vec<Pair> = places
        .into_iter()
        .map(|place| {
            let (left, right) = (given.pairs[place].left, given.pairs[place].right);
            Pair { left, right, is_true: known.binary_search(&(left, right)).is_ok(), given: Some(place) }
        })
        .collect();
    let missed = |pair: &&(u32, u32)| {
        pairs.binary_search_by_key(&pair_key(pair.0, pair.1), |known| pair_key(known.left, known.right)).is_err()
    };
    let missed: Vec<(u32, u32)> = known.iter().filter(missed).copied().collect();
    pairs.extend(missed.into_iter().map(|(left, right)| Pair { left, right, is_true: true, given: None }));
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    refuse_many(pairs.len() as u64)?;
    Ok(pairs)
}

/// What is known of one record from its pairs.
#[derive(Clone, Copy)]
struct Partners {
    /// It has true ones.
    any: bool,
    /// And one of them was missed.
    missed: bool,
    /// Weight of its heaviest pair that was given.
    heaviest: f64,
}

/// What became of each pair; `looked` is what the model says of them, in their order.
pub fn judge(pairs: &[Pair], rows: Rows, given: &Given, looked: Option<&[Looked]>) -> Vec<PairFate> {
    let (count, first_right) = match rows {
        Rows::Within(count) => (count, 0),
        Rows::Between { left, right } => (left + right, left),
    };
    let records = |pair: &Pair| [pair.left as usize, (first_right + pair.right) as usize];
    let mut of = vec![Partners { any: false, missed: false, heaviest: f64::NEG_INFINITY }; count as usize];
    for (place, pair) in pairs.iter().enumerate() {
        // One that was given without a weight has that of the model, where there is one.
        let of_model = looked.map_or(f64::NEG_INFINITY, |looked| looked[place].weight);
        let weight = pair.given.map_or(f64::NEG_INFINITY, |given_at| given.pairs[given_at].weight);
        let weight = if weight.is_nan() { of_model } else { weight };
        for record in records(pair) {
            let partners = &mut of[record];
            partners.any |= pair.is_true;
            partners.missed |= pair.is_true && pair.given.is_none();
            partners.heaviest = partners.heaviest.max(weight);
        }
    }
    // How light one without a weight is, is not known.
    let weights = given.pairs.iter().map(|pair| if pair.weight.is_nan() { f64::NEG_INFINITY } else { pair.weight });
    let lightest = weights.fold(f64::INFINITY, f64::min);
    let fate = |(place, pair): (usize, &Pair)| {
        let looked = looked.map(|looked| looked[place]);
        let partners = records(pair).map(|record| of[record]);
        match (pair.is_true, pair.given.is_some()) {
            (true, true) => PairFate::Right,
            (true, false) => missed(looked, partners, given, lightest),
            (false, _) => wrong(looked, partners, given),
        }
    };
    pairs.iter().enumerate().map(fate).collect()
}

fn missed(looked: Option<Looked>, partners: [Partners; 2], given: &Given, lightest: f64) -> PairFate {
    let Some(looked) = looked else { return PairFate::NotFound };
    let is_outranked = || partners.iter().any(|partners| partners.heaviest >= looked.weight);
    match looked.rule {
        None => PairFate::NotBlocked,
        Some(_) if looked.weight < given.weight_min => PairFate::ScoredLow,
        Some(_) if given.clusters => PairFate::Cut,
        Some(_) if is_outranked() => PairFate::Outranked,
        // Nothing so light was given: what gave the pairs asked for more.
        Some(_) if looked.weight < lightest => PairFate::ScoredLow,
        Some(_) => PairFate::NotFound,
    }
}

fn wrong(looked: Option<Looked>, partners: [Partners; 2], given: &Given) -> PairFate {
    let is_link = |looked: Looked| looked.rule.is_some() && looked.weight >= given.weight_min;
    if given.clusters && looked.is_some_and(|looked| !is_link(looked)) {
        return PairFate::Chained;
    }
    match partners {
        [left, right] if left.missed || right.missed => PairFate::WrongPerson,
        [left, right] if left.any || right.any => PairFate::Surplus,
        _ => PairFate::AbsentMatched,
    }
}

/// Counts pairs by their values in a column; a cell of several values, parted by `;`, counts in each.
pub fn group<'a>(column: &str, values: impl IntoIterator<Item = &'a str>, fates: &[PairFate]) -> Grouping {
    groups::group(column, &PAIRS, values.into_iter().zip(fates.iter().map(|fate| fate.tally())))
}

#[cfg(test)]
mod tests;
