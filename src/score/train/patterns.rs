//! Learning m on counts of comparison patterns, for models of any fields.
//!
//! A [`Pattern`] packs the level of every comparison of a pair; pairs of one blocking rule are a [`Group`]. Within a group
//! the comparisons of the rule's own fields agree by construction and tell nothing, so they are left out of it
//! (Splink does the same, `em_training_session.py`). Counts are integers: the same result for any number of threads.

use crate::util::hash::Map;
use crate::util::parallel::map_chunks;

/// Levels of all comparisons of a pair, four bits each, by their place in the model.
pub type Pattern = u128;

/// Most comparisons that a pattern holds, and most levels of one.
pub const COMPARISONS_MAX: usize = 32;
/// Most levels of a comparison, null and else among them.
pub const LEVELS_MAX: usize = 16;

/// Packs levels into a pattern.
#[inline]
pub fn pack(levels: &[u8]) -> Pattern {
    levels.iter().rev().fold(0, |pattern, level| pattern << 4 | Pattern::from(*level))
}

/// Level of one comparison in a pattern.
#[inline]
pub const fn level_of(pattern: Pattern, comparison: usize) -> usize {
    (pattern >> (4 * comparison)) as usize & 0xf
}

/// The pairs of one blocking rule, counted by pattern.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Comparisons that use a field of the rule, a bit each: they are left out.
    pub covered: u32,
    /// Patterns with their counts, sorted.
    pub counts: Vec<(Pattern, u64)>,
}

impl Group {
    /// A group from counts in a map.
    pub fn new(covered: u32, counts: Map<Pattern, u64>) -> Self {
        let mut counts: Vec<(Pattern, u64)> = counts.into_iter().collect();
        counts.sort_unstable();
        Self { covered, counts }
    }

    fn has(&self, comparison: usize) -> bool {
        self.covered >> comparison & 1 == 0
    }
}

/// One level of a comparison, as learning sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelStart {
    /// Nothing to compare: no weight and no parameter.
    pub null: bool,
    /// Where m starts; it stays there if `fixed`.
    pub m: f64,
    /// Probability among non-matches; stays.
    pub u: f64,
    /// Whether m stays as it is.
    pub fixed: bool,
}

/// What m is learned from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// The whole patterns of the pairs of all rules together ([`learn_whole`]).
    #[default]
    Jointly,
    /// The pairs of each rule alone; the median over rules counts, as in Splink ([`learn`]).
    Median,
}

/// Settings of learning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnSettings {
    /// Stops when no m changes by more.
    pub tolerance: f64,
    /// Most rounds.
    pub rounds_max: usize,
}

impl Default for LearnSettings {
    fn default() -> Self {
        Self { tolerance: 1e-5, rounds_max: 200 }
    }
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// m of each level of each comparison; `None` where nothing could tell: null levels, comparisons that every rule uses or
    /// no pair compares; by groups ([`learn`]) also levels that no pair showed.
    pub m: Vec<Vec<Option<f64>>>,
    /// Whether less than half a match is expected at a level: its m is all but what it started from.
    pub rare: Vec<Vec<bool>>,
    /// Share of matches in each group.
    pub matches: Vec<f64>,
    /// Expected pairs of one household for each possible pair, and the levels of every comparison among them; `None`
    /// where there is no such class.
    pub household: Option<(f64, Vec<Vec<f64>>)>,
    /// Rounds, of the longest session.
    pub rounds: usize,
    /// Whether every session ended by its tolerance.
    pub converged: bool,
}

/// Learns m by expectation and maximisation with u as it is: in each group alone, and the median over groups counts, as in
/// Splink.
pub fn learn(groups: &[Group], levels: &[Vec<LevelStart>], settings: LearnSettings) -> Learned {
    let sessions: Vec<Learned> = groups.iter().map(|group| session(group, levels, settings)).collect();
    median(&sessions, levels)
}

fn median(sessions: &[Learned], levels: &[Vec<LevelStart>]) -> Learned {
    let of_level = |comparison: usize, level: usize| {
        let mut found: Vec<f64> = sessions.iter().filter_map(|session| session.m[comparison][level]).collect();
        found.sort_unstable_by(f64::total_cmp);
        match found.len() {
            0 => None,
            len if len % 2 == 1 => Some(found[len / 2]),
            len => Some(f64::midpoint(found[len / 2 - 1], found[len / 2])),
        }
    };
    let m: Vec<Vec<Option<f64>>> =
        levels.iter().enumerate().map(|(c, levels)| (0..levels.len()).map(|l| of_level(c, l)).collect()).collect();
    Learned {
        rare: unknown(&m),
        m,
        household: None,
        matches: sessions.iter().flat_map(|session| session.matches.iter().copied()).collect(),
        rounds: sessions.iter().map(|session| session.rounds).max().unwrap_or(0),
        converged: sessions.iter().all(|session| session.converged),
    }
}

fn unknown(m: &[Vec<Option<f64>>]) -> Vec<Vec<bool>> {
    m.iter().map(|levels| levels.iter().map(Option::is_none).collect()).collect()
}

/// Pairs of all rules together, each once, for learning from whole patterns.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    /// Patterns with their counts, sorted.
    pub counts: Vec<(Pattern, u64)>,
    /// Pairs that there could be for each that was counted here: of a sample, fewer.
    pub possible: f64,
    /// Of each comparison the levels that the members of a household explain by what they share, a bit each: all of family
    /// name, address, phone and whatever else neighbours and colleagues have in common, none of a person's own; of a whole
    /// name those at which a part of it is shared. Empty where no comparison is of something of a person's own, which would
    /// tell them apart.
    pub household: Vec<u16>,
}

impl Whole {
    /// Levels of a comparison that a household explains.
    fn shared(&self, comparison: usize) -> u16 {
        self.household.get(comparison).copied().unwrap_or(0)
    }

    fn has_household(&self) -> bool {
        self.household.iter().any(|levels| *levels != 0)
    }
}

/// Half a pair beside what is observed in each level: rare is not impossible.
const UNSEEN: f64 = 0.5;
/// Weight of the m that learning starts from, in matches: were few people in both tables, or none, it would make matches of
/// whoever has most in common.
const START_PAIRS: f64 = 20.0;
/// Pairs of a household, to the matches, where learning starts: were there few, matches would take them in at once.
const HOUSEHOLD_START: f64 = 1.0;

/// Learns m from whole patterns: no comparison is left out, since strangers are expected in the
/// number that u gives for all possible pairs, whatever the rules asked for. People of one household, who share what a
/// household shares and nothing else, are a class of their own: they would be learned as matches whose dates and given
/// names differ.
pub fn learn_whole(whole: &Whole, levels: &[Vec<LevelStart>], settings: LearnSettings) -> Learned {
    let mut m: Vec<Vec<f64>> = levels.iter().map(|levels| levels.iter().map(|level| level.m).collect()).collect();
    let all_levels = vec![u16::MAX; levels.len()];
    let kin: Vec<u16> = (0..levels.len()).map(|comparison| whole.shared(comparison)).collect();
    let mut shared = m.clone();
    smooth_parts(&mut shared, levels, &kin);
    let all: f64 = whole.counts.iter().map(|(_, count)| *count as f64).sum();
    let mut prior = [all * MATCHES_START, all * MATCHES_START * HOUSEHOLD_START].map(|pairs| pairs / whole.possible);
    let mut expected = Expected::nothing(levels.len());
    let (mut rounds, mut converged) = (0, false);
    while rounds < settings.rounds_max && !converged {
        rounds += 1;
        let weights = [log_ratios(&m, levels), household_ratios(&shared, levels, &kin)];
        expected = expect_whole(whole, prior, &weights, levels.len());
        prior = expected.found.map(|pairs| (pairs / whole.possible).clamp(1e-15, 0.5));
        let change = smooth(&mut m, levels, &expected.seen[0], &all_levels, START_PAIRS);
        smooth(&mut shared, levels, &expected.seen[1], &kin, 0.0);
        converged = change < settings.tolerance;
    }
    let compared = |c: usize| (0..levels[c].len()).any(|l| !levels[c][l].null && expected.seen[0][c][l] > 0.0);
    let known = |c: usize, l: usize| {
        let level = &levels[c][l];
        (!level.null && (level.fixed || compared(c))).then(|| m[c][l])
    };
    let is_rare = |c: usize, l: usize| expected.seen[0][c][l] < UNSEEN;
    let rare = (0..levels.len()).map(|c| (0..levels[c].len()).map(|l| is_rare(c, l)).collect()).collect();
    let m = (0..levels.len()).map(|c| (0..levels[c].len()).map(|l| known(c, l)).collect()).collect();
    let household = whole.has_household().then(|| (prior[1], shared));
    Learned { m, rare, household, matches: Vec::new(), rounds, converged }
}

/// As [`log_ratios`], for members of a household: what they do not share agrees as among strangers.
fn household_ratios(m: &[Vec<f64>], levels: &[Vec<LevelStart>], kin: &[u16]) -> Vec<Vec<f64>> {
    let mut ratios = log_ratios(m, levels);
    for (ratios, kin) in ratios.iter_mut().zip(kin) {
        for (level, ratio) in ratios.iter_mut().enumerate() {
            if kin >> level & 1 == 0 {
                *ratio = 0.0;
            }
        }
    }
    ratios
}

/// Where learning starts for comparisons of which a household shares some levels: those alike, the others as among
/// strangers.
fn smooth_parts(shared: &mut [Vec<f64>], levels: &[Vec<LevelStart>], kin: &[u16]) {
    let nothing = vec![[0.0; LEVELS_MAX]; levels.len()];
    for comparison in 0..levels.len() {
        let told = (0..levels[comparison].len()).filter(|level| !levels[comparison][*level].null);
        if kin[comparison] != 0 && !told.clone().all(|level| kin[comparison] >> level & 1 == 1) {
            told.for_each(|level| shared[comparison][level] = levels[comparison][level].u);
            let one = comparison..comparison + 1;
            smooth(&mut shared[one.clone()], &levels[one.clone()], &nothing[one.clone()], &kin[one], 0.0);
        }
    }
}

/// Expected levels of matches and of household members, and how many of each there are.
struct Expected {
    found: [f64; 2],
    seen: [Vec<[f64; LEVELS_MAX]>; 2],
}

impl Expected {
    fn nothing(comparisons: usize) -> Self {
        Self { found: [0.0; 2], seen: std::array::from_fn(|_| vec![[0.0; LEVELS_MAX]; comparisons]) }
    }

    fn add(&mut self, other: &Self) {
        for class in 0..2 {
            self.found[class] += other.found[class];
            let rows = self.seen[class].iter_mut().flatten().zip(other.seen[class].iter().flatten());
            rows.for_each(|(sum, part)| *sum += part);
        }
    }
}

/// Patterns that one core takes at a time: a fixed number, so that sums are the same for any number of threads.
const PATTERNS_CHUNK: usize = 8_192;

fn expect_whole(whole: &Whole, prior: [f64; 2], weights: &[Vec<Vec<f64>>; 2], comparisons: usize) -> Expected {
    let household = whole.has_household();
    let odds = |pattern: Pattern, class: usize| {
        let weight: f64 = (0..comparisons).map(|c| weights[class][c][level_of(pattern, c)]).sum();
        prior[class] * weight.exp()
    };
    let parts = map_chunks(whole.counts.len(), PATTERNS_CHUNK, |chunk| {
        let mut part = Expected::nothing(comparisons);
        for (pattern, count) in &whole.counts[chunk] {
            let odds = [odds(*pattern, 0), if household { odds(*pattern, 1) } else { 0.0 }];
            let all = 1.0 + odds[0] + odds[1];
            for (odds, (found, seen)) in odds.iter().zip(part.found.iter_mut().zip(&mut part.seen)) {
                let expected = odds / all * *count as f64;
                *found += expected;
                for (c, row) in seen.iter_mut().enumerate() {
                    row[level_of(*pattern, c)] += expected;
                }
            }
        }
        part
    });
    let mut sum = Expected::nothing(comparisons);
    parts.iter().for_each(|part| sum.add(part));
    sum
}

/// Sets m of the levels whose bits are set in `which` from expected levels, with half a pair and so many pairs of the m that
/// learning started from beside each; they share what the other levels leave. Returns the largest change.
fn smooth(
    m: &mut [Vec<f64>],
    levels: &[Vec<LevelStart>],
    seen: &[[f64; LEVELS_MAX]],
    which: &[u16],
    start_pairs: f64,
) -> f64 {
    let mut change: f64 = 0.0;
    for (((m, levels), seen), which) in m.iter_mut().zip(levels).zip(seen).zip(which) {
        let (told, others): (Vec<usize>, Vec<usize>) =
            (0..levels.len()).filter(|place| !levels[*place].null).partition(|place| which >> place & 1 == 1);
        let with_start = |place: usize| seen[place] + UNSEEN + start_pairs * levels[place].m;
        let total: f64 = told.iter().map(|place| with_start(*place)).sum();
        let left = (1.0 - others.iter().map(|place| m[*place]).sum::<f64>()).max(1e-6);
        for &place in told.iter().filter(|place| !levels[**place].fixed) {
            let new = with_start(place) / total * left;
            change = change.max((new - m[place]).abs());
            m[place] = new;
        }
    }
    change
}

/// Share of matches that a group starts with: blocked pairs are matches far more often than random ones.
const MATCHES_START: f64 = 0.1;

fn session(group: &Group, levels: &[Vec<LevelStart>], settings: LearnSettings) -> Learned {
    let mut m: Vec<Vec<f64>> = levels.iter().map(|levels| levels.iter().map(|level| level.m).collect()).collect();
    let mut matches = MATCHES_START;
    let mut expected = vec![vec![0.0; LEVELS_MAX]; levels.len()];
    let (mut rounds, mut converged) = (0, false);
    while rounds < settings.rounds_max && !converged {
        rounds += 1;
        for row in &mut expected {
            row.fill(0.0);
        }
        matches = expect(group, matches, &log_ratios(&m, levels), levels, &mut expected);
        converged = maximise(&mut m, levels, &expected) < settings.tolerance;
    }
    let seen = |comparison: usize, level: usize| expected[comparison][level] > 0.0;
    let known = |c: usize, l: usize| {
        let level = &levels[c][l];
        (!level.null && (level.fixed || seen(c, l))).then(|| m[c][l])
    };
    let m: Vec<Vec<Option<f64>>> =
        (0..levels.len()).map(|c| (0..levels[c].len()).map(|l| known(c, l)).collect()).collect();
    Learned { rare: unknown(&m), m, household: None, matches: vec![matches], rounds, converged }
}

/// Natural logarithms of m / u; 0 for null levels.
fn log_ratios(m: &[Vec<f64>], levels: &[Vec<LevelStart>]) -> Vec<Vec<f64>> {
    let ratio = |(level, m): (&LevelStart, &f64)| {
        if level.null { 0.0 } else { (m.max(1e-300) / level.u.max(1e-300)).ln() }
    };
    levels.iter().zip(m).map(|(levels, m)| levels.iter().zip(m).map(ratio).collect()).collect()
}

/// Adds the expected matches of each level; returns the new share of matches of the group.
fn expect(
    group: &Group,
    share: f64,
    weights: &[Vec<f64>],
    levels: &[Vec<LevelStart>],
    expected: &mut [Vec<f64>],
) -> f64 {
    let prior = (share / (1.0 - share)).ln();
    let (mut found, mut all) = (0.0, 0.0);
    let used: Vec<usize> = (0..levels.len()).filter(|comparison| group.has(*comparison)).collect();
    for (pattern, count) in &group.counts {
        let weight: f64 = used.iter().map(|c| weights[*c][level_of(*pattern, *c)]).sum();
        let probability = 1.0 / (1.0 + (-(prior + weight)).exp());
        let part = probability * *count as f64;
        found += part;
        all += *count as f64;
        for c in &used {
            expected[*c][level_of(*pattern, *c)] += part;
        }
    }
    (found / f64::max(all, 1.0)).clamp(1e-9, 1.0 - 1e-9)
}

/// Sets m from expected matches; returns the largest change.
fn maximise(m: &mut [Vec<f64>], levels: &[Vec<LevelStart>], expected: &[Vec<f64>]) -> f64 {
    let mut change: f64 = 0.0;
    for ((m, levels), expected) in m.iter_mut().zip(levels).zip(expected) {
        let of_level = |place: usize| !levels[place].null;
        let total: f64 = (0..levels.len()).filter(|place| of_level(*place)).map(|place| expected[place]).sum();
        if total <= 0.0 {
            continue;
        }
        for place in (0..levels.len()).filter(|place| of_level(*place) && !levels[*place].fixed) {
            // A level that no match showed is rare, not impossible.
            let new = (expected[place] / total).max(1e-6);
            change = change.max((new - m[place]).abs());
            m[place] = new;
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::hash::map;

    const M: [[f64; 3]; 4] = [[0.0, 0.9, 0.1], [0.0, 0.8, 0.2], [0.0, 0.7, 0.3], [0.0, 0.95, 0.05]];
    const U: [[f64; 3]; 4] = [[0.0, 0.01, 0.99], [0.0, 0.05, 0.95], [0.0, 0.1, 0.9], [0.0, 0.02, 0.98]];

    /// Expected counts of a group in which comparison `covered` always agrees.
    fn group(covered: usize, matches: f64) -> Group {
        let mut counts = map();
        for code in 0..16_usize {
            let levels: Vec<u8> = (0..4).map(|c| 1 + (code >> c & 1) as u8).collect();
            if levels[covered] == 2 {
                continue;
            }
            let share = |table: &[[f64; 3]; 4]| -> f64 {
                (0..4).filter(|c| *c != covered).map(|c| table[c][usize::from(levels[c])]).product()
            };
            let expected = 1e9 * (matches * share(&M) + (1.0 - matches) * share(&U));
            counts.insert(pack(&levels), expected.round() as u64);
        }
        Group::new(1 << covered, counts)
    }

    fn starts() -> Vec<Vec<LevelStart>> {
        let level = |null, m, u| LevelStart { null, m, u, fixed: false };
        U.iter().map(|u| vec![level(true, 0.0, 0.0), level(false, 0.6, u[1]), level(false, 0.4, u[2])]).collect()
    }

    #[test]
    fn recovers_what_made_the_counts() {
        let groups = [group(0, 0.3), group(1, 0.05)];
        let learned = learn(&groups, &starts(), LearnSettings::default());
        assert!(learned.converged);
        for (c, m) in M.iter().enumerate() {
            let found = learned.m[c][1].unwrap();
            assert!((found - m[1]).abs() < 0.01, "{c}: {found}");
        }
        assert!((learned.matches[0] - 0.3).abs() < 0.01);
    }

    #[test]
    fn what_no_group_tells_stays_unknown() {
        let learned = learn(&[group(0, 0.3)], &starts(), LearnSettings::default());
        assert_eq!(learned.m[0], [None, None, None]);
        assert!(learned.m[1][0].is_none() && learned.m[1][1].is_some());
    }

    #[test]
    fn whole_patterns_teach_what_every_rule_asks_for() {
        // Every rule asks for comparison 0: groups leave it out, whole patterns do not.
        let possible = 1e9;
        let mut counts = Vec::new();
        for code in 0..16_usize {
            let levels: Vec<u8> = (0..4).map(|c| 1 + (code >> c & 1) as u8).collect();
            let share = |table: &[[f64; 3]; 4]| (0..4).map(|c| table[c][usize::from(levels[c])]).product::<f64>();
            let expected = 40_000.0 * share(&M) + possible * share(&U);
            if levels.contains(&1) {
                counts.push((pack(&levels), expected.round() as u64));
            }
        }
        counts.sort_unstable();
        let whole = Whole { counts, possible, household: Vec::new() };
        let start = |c: usize, l: usize| LevelStart { null: l == 0, m: [0.0, 0.8, 0.2][l], u: U[c][l], fixed: false };
        let levels: Vec<Vec<LevelStart>> = (0..4).map(|c| (0..3).map(|l| start(c, l)).collect()).collect();
        let learned = learn_whole(&whole, &levels, LearnSettings::default());
        for (c, m) in M.iter().enumerate() {
            let found = learned.m[c][1].expect("observed");
            assert!((found - m[1]).abs() < 0.02, "comparison {c}: {found} for {}", m[1]);
        }
    }

    #[test]
    fn a_household_is_not_learned_as_the_person() {
        // Comparison 0 is of one's own, the others are shared at home: 10 000 people, and 30 000 pairs of a household.
        let mut counts = Vec::new();
        for code in 0..16_usize {
            let levels: Vec<u8> = (0..4).map(|c| 1 + (code >> c & 1) as u8).collect();
            let of = |table: &[[f64; 3]; 4], c: usize| table[c][usize::from(levels[c])];
            let matches: f64 = (0..4).map(|c| of(&M, c)).product();
            let household: f64 = of(&U, 0) * (1..4).map(|c| of(&M, c)).product::<f64>();
            let strangers: f64 = (0..4).map(|c| of(&U, c)).product();
            // As blocking does: pairs that agree in two comparisons and more.
            if levels.iter().filter(|level| **level == 1).count() >= 2 {
                counts.push((pack(&levels), (1e4 * matches + 3e4 * household + 1e9 * strangers).round() as u64));
            }
        }
        counts.sort_unstable();
        let start = |c: usize, l: usize| LevelStart { null: l == 0, m: [0.0, 0.8, 0.2][l], u: U[c][l], fixed: false };
        let levels: Vec<Vec<LevelStart>> = (0..4).map(|c| (0..3).map(|l| start(c, l)).collect()).collect();
        let own = |kin: [u16; 4]| {
            let whole = Whole { counts: counts.clone(), possible: 1e9, household: kin.to_vec() };
            let learned = learn_whole(&whole, &levels, LearnSettings { rounds_max: 2_000, ..LearnSettings::default() });
            learned.m[0][1].expect("observed")
        };
        let all = u16::MAX;
        assert!(own([0, all, all, all]) > 0.8, "{}", own([0, all, all, all]));
        assert!(own([0; 4]) < 0.5, "without the class it is: {}", own([0; 4]));
    }

    #[test]
    fn patterns_pack_and_unpack() {
        let levels: Vec<u8> = (0..32).map(|n| (n * 7 % 16) as u8).collect();
        let pattern = pack(&levels);
        assert!(levels.iter().enumerate().all(|(c, level)| level_of(pattern, c) == usize::from(*level)));
    }
}
