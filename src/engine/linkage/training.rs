//! Parameters of a model without labels: u from random pairs and value counts, m by learning on patterns, the prior from
//! what the rules find.

use crate::block::rules::Rows;
use crate::engine::linkage::scoring::Scorer;
use crate::engine::linkage::{Compared, Linkage};
use crate::error::Result;
use crate::model::expression::shape::{columns_of, exact_match_column};
use crate::model::expression::{Expression, Function, Operator};
use crate::model::linkage::{FieldKind, Household, LinkageModel, When};
use crate::score::train::patterns::{
    Combine, Group, LearnSettings, Learned, LevelStart, Pattern, Whole, learn, learn_whole, level_of,
};
use crate::util::hash::{Map, map, mix};
use crate::util::parallel::map_chunks;
use rayon::prelude::*;

/// Settings of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainSettings {
    /// Random pairs that u is estimated from.
    pub random_pairs: u64,
    /// Pairs of each rule that m is learned from, about.
    pub rule_pairs: u64,
    /// Pairs of all rules up to which all of them are compared at once, although m is learned from fewer, and kept for
    /// [`Linkage::score`]: to find and compare them again would take longer. 32 bytes each.
    pub kept_pairs: u64,
    /// How rules are combined.
    pub combine: Combine,
    /// Chooses the pairs; the same seed chooses the same ones.
    pub seed: u64,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            random_pairs: 500_000,
            rule_pairs: 3_000_000,
            kept_pairs: KEPT_PAIRS,
            combine: Combine::Jointly,
            seed: 1,
        }
    }
}

/// Pairs that are kept at most, unless a caller says otherwise: half a gigabyte.
pub(crate) const KEPT_PAIRS: u64 = 16_000_000;

/// What training did, and what it could not tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Training {
    /// Sentences about whatever looks wrong.
    pub warnings: Vec<String>,
    /// Sentences that name every level that was not observed.
    pub notes: Vec<String>,
    /// Rounds of learning.
    pub rounds: usize,
    /// Whether learning came to rest.
    pub converged: bool,
    /// Random pairs compared.
    pub random_pairs: u64,
    /// Pairs of rules compared.
    pub rule_pairs: u64,
    /// Expected matches among all pairs of the rules.
    pub expected_matches: f64,
}

/// Trains the parameters of `linkage` that are not fixed: u by random pairs and value counts; m without labels, or from
/// the pairs that are `known` to match.
///
/// # Errors
/// When the levels of the model do not fit its data.
pub fn train(linkage: &mut Linkage, settings: &TrainSettings, known: Option<&[(u32, u32)]>) -> Result<Training> {
    let mut training = Training::default();
    let random = random_patterns(linkage, settings);
    training.random_pairs = random.values().sum();
    let mut model = linkage.model.clone();
    let unseen = set_u(&mut model, linkage, &random, &mut training);
    let pairs = linkage.pairing.costs().iter().map(|cost| cost.pairs).sum::<u64>().max(1);
    let share = (settings.rule_pairs as f64 / pairs as f64).min(1.0);
    let draw = Draw {
        share,
        seed: settings.seed,
        by_rule: known.is_none() && settings.combine == Combine::Median,
        keep: share >= 1.0 || pairs <= settings.kept_pairs,
    };
    let (groups, compared) = rule_patterns(linkage, &draw);
    training.rule_pairs = compared.iter().filter(|pair| pair.drawn).count() as u64;
    let starts = starts(&model);
    let learned = match known {
        Some(known) => counted(linkage, known, &starts),
        None => {
            let how = LearnSettings::default();
            match settings.combine {
                Combine::Median => learn(&groups, &starts, how),
                Combine::Jointly => learn_whole(&whole(linkage, &compared, share), &starts, how),
            }
        }
    };
    set_m(&mut model, &learned, (&groups, &unseen), &mut training);
    model.household = learned.household.as_ref().and_then(|learned| household_of(&model, learned, linkage.rows));
    linkage.model = model;
    linkage.model.prior = prior(linkage, &compared, share, &mut training)?;
    if draw.keep {
        linkage.compared = Some(compared);
    }
    if training.random_pairs < FEW_PAIRS {
        training.warnings.push(format!(
            "there are {} pairs of records to count chance agreement in: the parameters are rough",
            training.random_pairs
        ));
    }
    keep(&mut linkage.model, &training);
    linkage.model.lineage.push(format!(
        "trained on {} random pairs and {} pairs of {} rules, seed {}",
        training.random_pairs,
        training.rule_pairs,
        groups.len(),
        settings.seed
    ));
    Ok(training)
}

/// Pairs below which no level is worth to be named as unseen.
const FEW_PAIRS: u64 = 1_000;

/// Keeps what training could not tell with the model: whoever uses it later should know.
fn keep(model: &mut LinkageModel, training: &Training) {
    model.metadata.remove(METADATA);
    let said = [("warnings", &training.warnings), ("notes", &training.notes)];
    let said: serde_json::Map<String, serde_json::Value> = said
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .map(|(key, all)| (key.to_owned(), all.as_slice().into()))
        .collect();
    if !said.is_empty() {
        model.metadata.insert(METADATA.to_owned(), said.into());
    }
}

/// Key of the metadata under which training is kept.
const METADATA: &str = "training";

/// Patterns of pairs drawn at random, or of all pairs where there are few.
fn random_patterns(linkage: &Linkage, settings: &TrainSettings) -> Map<Pattern, u64> {
    let rows = linkage.rows;
    let possible = rows.possible();
    let wanted = settings.random_pairs.min(possible);
    let draw = |number: u64| -> (u32, u32) {
        let (a, b) = (mix(settings.seed, 2 * number), mix(settings.seed, 2 * number + 1));
        let below = |random: u64, below: usize| ((u128::from(random) * below as u128) >> 64) as usize;
        match rows {
            Rows::Link { left, all } => (below(a, left) as u32, (left + below(b, all - left)) as u32),
            Rows::Dedupe { all } => {
                let (first, second) = (below(a, all), below(b, all - 1));
                let second = second + usize::from(second >= first);
                (first.min(second) as u32, first.max(second) as u32)
            }
        }
    };
    let counts = map_chunks(wanted as usize, 32_768, |numbers| {
        let mut counts: Map<Pattern, u64> = map();
        linkage.comparing(|compare| {
            for number in numbers {
                let (left, right) = draw(number as u64);
                *counts.entry(compare.pattern(left, right)).or_default() += 1;
            }
        });
        counts
    });
    merged(counts)
}

#[expect(clippy::iter_over_hash_type, reason = "sums of integers: the order cannot be seen")]
fn merged(counts: Vec<Map<Pattern, u64>>) -> Map<Pattern, u64> {
    let mut all = map();
    for part in counts {
        for (pattern, count) in part {
            *all.entry(pattern).or_default() += count;
        }
    }
    all
}

/// u from the levels of random pairs; of exact levels from the counts of values, which hold all pairs. Returns of each level
/// of each comparison whether no pair showed it.
fn set_u(
    model: &mut LinkageModel,
    linkage: &Linkage,
    random: &Map<Pattern, u64>,
    training: &mut Training,
) -> Vec<Vec<bool>> {
    let mut nowhere = Vec::new();
    let mut counts: Vec<(Pattern, u64)> = random.iter().map(|(pattern, count)| (*pattern, *count)).collect();
    counts.sort_unstable();
    for (place, comparison) in model.comparisons.iter_mut().enumerate() {
        let mut seen = vec![0_u64; comparison.levels.len()];
        for (pattern, count) in &counts {
            seen[level_of(*pattern, place)] += count;
        }
        let compared: u64 = comparison
            .levels
            .iter()
            .zip(&seen)
            .filter(|(level, _)| !is_null(&level.when))
            .map(|(_, count)| count)
            .sum();
        let mut unseen = Vec::new();
        let mut of_levels = vec![false; comparison.levels.len()];
        for ((level, count), unseen_here) in comparison.levels.iter_mut().zip(&seen).zip(&mut of_levels) {
            if is_null(&level.when) || (level.fix_u && level.u.is_some()) {
                continue;
            }
            let exact = match &level.when {
                When::True(condition) => exact_match_column(condition).and_then(|field| linkage.chance(field)),
                _ => None,
            };
            *unseen_here = *count == 0 && exact.is_none_or(|chance| chance <= 0.0);
            let u = exact.unwrap_or_else(|| {
                if *count == 0 {
                    unseen.push(level.label.clone());
                }
                // Half a pair where none was seen: rare, not impossible.
                (*count as f64).max(0.5) / compared.max(1) as f64
            });
            let u = u.max(0.5 / linkage.rows.possible().max(1) as f64);
            level.u = Some(u.clamp(1e-12, 1.0));
        }
        // Among few pairs nearly everything is unseen: that is said once.
        if !unseen.is_empty() && compared >= FEW_PAIRS {
            training.notes.push(format!(
                "u of `{}` was not observed for {} in {compared} random pairs: taken as half a pair",
                comparison.name,
                list(&unseen)
            ));
        }
        nowhere.push(of_levels);
    }
    nowhere
}

fn list(labels: &[String]) -> String {
    labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ")
}

pub(crate) const fn is_null(when: &When) -> bool {
    matches!(when, When::Null(_))
}

/// Pairs by rule and pattern.
type RuleCounts = Map<(usize, Pattern), u64>;

/// Which pairs of the rules are compared, and which of them are learned from.
struct Draw {
    /// Chance of a pair to be drawn for learning.
    share: f64,
    /// Chooses them.
    seed: u64,
    /// Whether they are counted for each rule that gives them.
    by_rule: bool,
    /// Whether those that are not drawn are compared and kept too.
    keep: bool,
}

/// Patterns of the pairs of each rule, where they are wanted, and the pairs of all rules together, each drawn with a chance.
/// A pair that several rules give is compared once and counts in each.
fn rule_patterns(linkage: &Linkage, draw: &Draw) -> (Vec<Group>, Vec<Compared>) {
    let rules = linkage.model.blocking.len();
    let limit = if draw.share >= 1.0 { u64::MAX } else { (draw.share * u64::MAX as f64) as u64 };
    let is_drawn = |left: u32, right: u32| mix(mix(draw.seed, u64::from(left)), u64::from(right)) <= limit;
    let units = linkage.pairing.units();
    let parts: Vec<(RuleCounts, Vec<Compared>)> = units
        .par_iter()
        .map(|unit| {
            let mut counts: RuleCounts = map();
            let mut found = Vec::new();
            let mut wanted: Vec<u32> = Vec::new();
            linkage.comparing(|compare| {
                linkage.pairs_of_left(unit, |left, rights, rule| {
                    wanted.clear();
                    wanted.extend(rights.iter().filter(|right| draw.keep || is_drawn(left, **right)));
                    let first = usize::from(rule);
                    compare.patterns(left, &wanted, |right, pattern| {
                        let drawn = !draw.keep || is_drawn(left, right);
                        let holds = |later: &usize| *later == first || linkage.holds(*later, left, right);
                        for holding in (first..rules).filter(|_| draw.by_rule && drawn).filter(holds) {
                            *counts.entry((holding, pattern)).or_default() += 1;
                        }
                        found.push(Compared { left, right, rule, drawn, pattern });
                    });
                });
            });
            (counts, found)
        })
        .collect();
    let mut counts: Vec<Map<Pattern, u64>> = (0..rules).map(|_| map()).collect();
    let mut compared = Vec::with_capacity(parts.iter().map(|(_, pairs)| pairs.len()).sum());
    for (part, pairs) in parts {
        add(&mut counts, part);
        compared.extend(pairs);
    }
    let personal: Vec<bool> = linkage.model.blocking.iter().map(|rule| is_personal(&linkage.model, rule)).collect();
    let all = !personal.contains(&true);
    let groups = linkage.model.blocking.iter().zip(counts).zip(&personal).filter(|(_, personal)| all || **personal);
    (groups.map(|((rule, counts), _)| Group::new(covered(&linkage.model, rule), counts)).collect(), compared)
}

/// The pairs of all rules by whole pattern.
fn whole(linkage: &Linkage, compared: &[Compared], share: f64) -> Whole {
    let parts = map_chunks(compared.len(), 65_536, |part| {
        let mut counts: Map<Pattern, u64> = map();
        for pair in compared[part].iter().filter(|pair| pair.drawn) {
            *counts.entry(pair.pattern).or_default() += 1;
        }
        counts
    });
    let mut counts: Vec<(Pattern, u64)> = merged(parts).into_iter().collect();
    counts.sort_unstable();
    Whole { counts, possible: (linkage.rows.possible() as f64 * share).max(1.0), household: household(&linkage.model) }
}

/// The condition of the best level of a comparison.
fn best_condition(comparison: &crate::model::linkage::Comparison) -> Option<&Expression> {
    comparison.levels.iter().find_map(|level| match &level.when {
        When::True(condition) => Some(condition),
        _ => None,
    })
}

/// Least agreement of two whole names that is more than a family name in common: of two words each, one alike is a half.
const WHOLE_NAME: f64 = 0.5;

/// Levels of a comparison of whole names at which no more than a family name agrees, a bit each; none where its levels do
/// not tell.
fn part_of_name(comparison: &crate::model::linkage::Comparison) -> u16 {
    let least = |level: &crate::model::linkage::Level| match &level.when {
        When::True(Expression::Binary(Operator::AtLeast, measure, threshold)) => match (&**measure, &**threshold) {
            (Expression::Call(Function::NameAlignment, _), Expression::Number(least)) => Some(*least),
            _ => None,
        },
        _ => None,
    };
    let levels = || comparison.levels.iter().enumerate();
    // Some level must say that more agrees, and some that a part does.
    let more = levels().any(|(_, level)| least(level).is_some_and(|least| least > WHOLE_NAME));
    let is_part = |level: &crate::model::linkage::Level| {
        least(level).is_some_and(|least| least <= WHOLE_NAME) || (more && level.when == When::Else)
    };
    let parts = levels().filter(|(_, level)| is_part(level)).fold(0, |bits, (place, _)| bits | 1 << place);
    if more && levels().any(|(_, level)| least(level).is_some_and(|least| least <= WHOLE_NAME)) { parts } else { 0 }
}

/// Levels of each comparison that a household shares, or people of one place and trade; none where nothing tells its
/// members apart.
fn household(model: &LinkageModel) -> Vec<u16> {
    let kinds = |place: usize| -> Vec<FieldKind> {
        let Some(best) = best_condition(&model.comparisons[place]) else { return Vec::new() };
        let columns = columns_of(best);
        let names = columns.names();
        model.fields.iter().filter(|field| names.contains(&field.name.as_str())).map(|field| field.kind).collect()
    };
    let is_shared = |kind: &FieldKind| {
        matches!(
            kind,
            FieldKind::FamilyName
                | FieldKind::Address
                | FieldKind::Postcode
                | FieldKind::Phone
                | FieldKind::Category
                | FieldKind::Text
                | FieldKind::Number
                | FieldKind::Degrees
        )
    };
    let is_own = |kind: &FieldKind| matches!(kind, FieldKind::GivenName | FieldKind::FullName | FieldKind::Date);
    let all = 0..model.comparisons.len();
    if !all.clone().any(|place| kinds(place).iter().any(is_own)) {
        return Vec::new();
    }
    let shared = |place: usize| {
        let kinds = kinds(place);
        match kinds.as_slice() {
            [FieldKind::FullName] => part_of_name(&model.comparisons[place]),
            [] => 0,
            kinds if kinds.iter().all(is_shared) => u16::MAX,
            _ => 0,
        }
    };
    all.map(shared).collect()
}

/// Least expected pairs of one household that make them worth a class.
const HOUSEHOLD_PAIRS_MIN: f64 = 20.0;

/// The household of a model as it was learned; `None` where there are hardly any.
fn household_of(model: &LinkageModel, (prior, levels): &(f64, Vec<Vec<f64>>), rows: Rows) -> Option<Household> {
    if prior * (rows.possible() as f64) < HOUSEHOLD_PAIRS_MIN {
        return None;
    }
    let shared = household(model);
    let of = |place: &usize| {
        let comparison = &model.comparisons[*place];
        let known = comparison.levels.iter().zip(&levels[*place]);
        let known = known.map(|(level, share)| if is_null(&level.when) { 0.0 } else { *share });
        (comparison.name.clone(), known.collect())
    };
    let levels = (0..model.comparisons.len())
        .filter(|place| shared.get(*place).is_some_and(|levels| *levels != 0))
        .map(|place| of(&place));
    Some(Household { prior: *prior, levels: levels.collect() })
}

/// Whether a rule asks for something of a person's own. What a household shares (family name, address, phone) brings its
/// members together, who would be learned as matches.
fn is_personal(model: &LinkageModel, rule: &crate::model::linkage::BlockingRule) -> bool {
    let kind = |name: &str| model.fields.iter().find(|field| field.name == name).map(|field| field.kind);
    rule.keys.iter().flat_map(|key| columns_of(&key.left).left).any(|name| {
        matches!(
            kind(&name),
            Some(FieldKind::Raw | FieldKind::FullName | FieldKind::GivenName | FieldKind::Date | FieldKind::Identifier)
        )
    })
}

#[expect(clippy::iter_over_hash_type, reason = "sums of integers: the order cannot be seen")]
fn add(counts: &mut [Map<Pattern, u64>], part: RuleCounts) {
    for ((rule, pattern), count) in part {
        *counts[rule].entry(pattern).or_default() += count;
    }
}

/// Comparisons that agree by construction in the pairs of a rule: those whose best level uses a field of its keys.
fn covered(model: &LinkageModel, rule: &crate::model::linkage::BlockingRule) -> u32 {
    let mut fields: Vec<String> = Vec::new();
    for key in &rule.keys {
        fields.extend(columns_of(&key.left).names().into_iter().map(str::to_owned));
        fields.extend(columns_of(&key.right).names().into_iter().map(str::to_owned));
    }
    let mut covered = 0;
    for (place, comparison) in model.comparisons.iter().enumerate() {
        if best_condition(comparison).is_some_and(|best| {
            columns_of(best).names().into_iter().any(|used| fields.iter().any(|field| field == used))
        }) {
            covered |= 1 << place;
        }
    }
    covered
}

/// m of the best level, of the last, and of all between them together, where learning starts.
const START: (f64, f64) = (0.8, 0.08);

fn starts(model: &LinkageModel) -> Vec<Vec<LevelStart>> {
    model
        .comparisons
        .iter()
        .map(|comparison| {
            let told: Vec<usize> =
                (0..comparison.levels.len()).filter(|l| !is_null(&comparison.levels[*l].when)).collect();
            let between = told.len().saturating_sub(2).max(1) as f64;
            let of_level = |(place, level): (usize, &crate::model::linkage::Level)| {
                let start = if Some(&place) == told.first() {
                    START.0
                } else if Some(&place) == told.last() {
                    START.1
                } else {
                    (1.0 - START.0 - START.1) / between
                };
                LevelStart {
                    null: is_null(&level.when),
                    m: level.m.unwrap_or(start),
                    u: level.u.unwrap_or(1e-6),
                    fixed: level.fix_m && level.m.is_some(),
                }
            };
            comparison.levels.iter().enumerate().map(of_level).collect()
        })
        .collect()
}

/// m as it is among pairs that are known to match.
fn counted(linkage: &Linkage, known: &[(u32, u32)], starts: &[Vec<LevelStart>]) -> Learned {
    let mut seen: Vec<Vec<u64>> = starts.iter().map(|levels| vec![0; levels.len()]).collect();
    linkage.comparing(|compare| {
        for &(left, right) in known {
            let pattern = compare.pattern(left, right);
            seen.iter_mut().enumerate().for_each(|(place, seen)| seen[level_of(pattern, place)] += 1);
        }
    });
    let share = |levels: &[LevelStart], seen: &[u64]| -> Vec<Option<f64>> {
        let told = levels.iter().zip(seen).filter(|(level, _)| !level.null);
        let all: u64 = told.map(|(_, count)| count).sum();
        let of_level = |(level, count): (&LevelStart, &u64)| match (level.null, level.fixed) {
            (true, _) => None,
            (_, true) => Some(level.m),
            _ => (all > 0 && *count > 0).then(|| *count as f64 / all as f64),
        };
        levels.iter().zip(seen).map(of_level).collect()
    };
    let m = starts.iter().zip(&seen).map(|(levels, seen)| share(levels, seen)).collect();
    let rare = seen.iter().map(|seen| seen.iter().map(|count| *count == 0).collect()).collect();
    Learned { m, rare, household: None, matches: Vec::new(), rounds: 0, converged: true }
}

/// m as it was learned in `groups`. A level that neither a match nor any other pair showed, by `unseen`, says nothing: who
/// agrees there in other tables may do so for whatever reason.
fn set_m(
    model: &mut LinkageModel,
    learned: &Learned,
    (groups, unseen_in_u): (&[Group], &[Vec<bool>]),
    training: &mut Training,
) {
    (training.rounds, training.converged) = (learned.rounds, learned.converged);
    if !learned.converged {
        training.warnings.push(format!("learning did not come to rest in {} rounds", learned.rounds));
    }
    if training.rule_pairs == 0 && learned.rounds > 0 {
        training.warnings.push("the blocking rules bring no pair to learn m from: start values stand".to_owned());
    }
    let starts = starts(model);
    for (place, comparison) in model.comparisons.iter_mut().enumerate() {
        let known = learned.m[place].iter().flatten().count();
        if known == 0 && training.rule_pairs > 0 {
            let all = groups.iter().all(|group| group.covered >> place & 1 == 1);
            let why = if all { "every blocking rule uses its field" } else { "no pair compares it" };
            training.warnings.push(format!("m of `{}` cannot be learned: {why}; start values stand", comparison.name));
        }
        let (mut unseen, mut silent) = (Vec::new(), Vec::new());
        for (at, (level, (m, start))) in
            comparison.levels.iter_mut().zip(learned.m[place].iter().zip(&starts[place])).enumerate()
        {
            if start.null || start.fixed {
                continue;
            }
            if learned.rare[place][at] && known > 0 {
                unseen.push(level.label.clone());
            }
            let m = m.unwrap_or(if known == 0 { start.m } else { UNSEEN_M });
            level.m = Some(m);
            if learned.rare[place][at] && unseen_in_u[place][at] && known > 0 && !level.fix_u {
                level.u = Some(m);
                level.term_frequency = None;
                silent.push(level.label.clone());
            }
        }
        if !silent.is_empty() {
            training.notes.push(format!(
                "`{}`: no pair showed {}, which therefore says nothing",
                comparison.name,
                list(&silent)
            ));
        }
        if !unseen.is_empty() {
            training.notes.push(format!("m of `{}` was not observed for {}", comparison.name, list(&unseen)));
        }
        training.notes.extend(hardly_seen(comparison, &unseen));
        if training.rule_pairs > 0 && training.random_pairs >= FEW_PAIRS {
            implausible(comparison, training);
        }
    }
}

/// m of a level that no match showed.
const UNSEEN_M: f64 = 1e-6;

/// Levels that hardly any match showed, besides those that are `named` as unseen: they are not judged.
fn hardly_seen(comparison: &crate::model::linkage::Comparison, named: &[String]) -> Option<String> {
    let is_rare = |level: &&crate::model::linkage::Level| level.m.is_some_and(|m| m <= UNSEEN_M);
    let rare = comparison.levels.iter().filter(is_rare).map(|level| level.label.clone());
    let rare: Vec<String> = rare.filter(|label| !named.contains(label)).collect();
    (!rare.is_empty()).then(|| format!("m of `{}` is at most {UNSEEN_M} for {}", comparison.name, list(&rare)))
}

/// Least fall of a weight, in bits, from one level to a better one that is told.
const FALL_BITS: f64 = 1.0;

/// What looks wrong about the parameters of a comparison: a better level that says less than a worse one, and a best level
/// that speaks against a match.
fn implausible(comparison: &crate::model::linkage::Comparison, training: &mut Training) {
    let weight = |level: &crate::model::linkage::Level| match (&level.when, level.m, level.u) {
        (When::Null(_), ..) | (_, None, _) | (_, _, None) => None,
        (_, Some(m), Some(u)) => Some((m.max(1e-300) / u.max(1e-300)).log2()),
    };
    let told = || comparison.levels.iter().filter(|level| !is_null(&level.when));
    // A level that no match showed has no weight to speak of.
    let is_seen = |level: &&crate::model::linkage::Level| level.m.is_some_and(|m| m > UNSEEN_M);
    let known: Vec<(&str, f64)> =
        told().filter(is_seen).filter_map(|level| Some((level.label.as_str(), weight(level)?))).collect();
    if let Some(best) = told().next().filter(is_seen)
        && let Some(weight) = weight(best).filter(|weight| *weight < 0.0)
    {
        let (name, label) = (&comparison.name, &best.label);
        training.warnings.push(format!("`{name}`: its best level `{label}` speaks against a match ({weight:.1} bits)"));
    }
    for pair in known.windows(2).filter(|pair| pair[1].1 > pair[0].1 + FALL_BITS) {
        training.notes.push(format!(
            "`{}`: level `{}` says more ({:.1} bits) than the better level `{}` ({:.1} bits)",
            comparison.name, pair[1].0, pair[1].1, pair[0].0, pair[0].1
        ));
    }
}

/// The share of all pairs that are matches: what the pairs of the rules are expected to hold, found by fixed point.
fn prior(linkage: &Linkage, compared: &[Compared], share: f64, training: &mut Training) -> Result<f64> {
    let scorer = Scorer::new(linkage)?;
    let weights: Vec<f64> = compared
        .par_iter()
        .filter(|pair| pair.drawn)
        .map(|pair| scorer.weight_without_prior(pair.pattern, pair.left, pair.right))
        .collect();
    let possible = linkage.rows.possible().max(1) as f64;
    let mut prior: f64 = (weights.len() as f64 / share * 0.1 / possible).clamp(1e-12, 0.5);
    for _ in 0..100 {
        let odds = (prior / (1.0 - prior)).log2();
        let sums = map_chunks(weights.len(), 65_536, |part| {
            weights[part].iter().map(|weight| 1.0 / (1.0 + (-(weight + odds)).exp2())).sum::<f64>()
        });
        training.expected_matches = sums.iter().sum::<f64>() / share;
        let next = (training.expected_matches / possible).clamp(1e-12, 0.5);
        let done = (next / prior - 1.0).abs() < 1e-6;
        prior = next;
        if done {
            break;
        }
    }
    Ok(prior)
}

#[cfg(test)]
mod tests {
    use super::{TrainSettings, train};
    use crate::engine::linkage::{BLOCK_PAIRS_MAX, Linkage, propose};
    use crate::frame::Table;
    use crate::ingest::{Input, Limits, load};
    use crate::model::schema::ANY;

    fn example(name: &str) -> Table {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/example").join(name);
        load(&Input::Path(path), &ANY, &Limits::default()).unwrap().table
    }

    #[test]
    fn to_keep_all_pairs_changes_neither_model_nor_weights() {
        let (left, right) = (example("left.csv"), example("right.csv"));
        let trained = |kept_pairs: u64| {
            let model = propose(&[&left, &right], &[vec!["id".into()], vec!["id".into()]]).unwrap();
            let mut linkage = Linkage::prepare(model, &[&left, &right], BLOCK_PAIRS_MAX).unwrap();
            let settings = TrainSettings { rule_pairs: 5_000, kept_pairs, ..TrainSettings::default() };
            let training = train(&mut linkage, &settings, None).unwrap();
            let (mut scored, compared) = linkage.score(-20.0).unwrap();
            scored.sort_by_key(|pair| (pair.left, pair.right));
            (linkage.model, training, scored, compared)
        };
        let (kept, found_again) = (trained(1 << 20), trained(0));
        assert!(kept.1.rule_pairs < kept.3, "{} of {}", kept.1.rule_pairs, kept.3);
        assert_eq!(kept, found_again);
    }

    #[test]
    fn pairs_that_cannot_reach_enough_are_left_out_and_no_others() {
        let (left, right) = (example("left.csv"), example("right.csv"));
        let model = propose(&[&left, &right], &[vec!["id".into()], vec!["id".into()]]).unwrap();
        let mut linkage = Linkage::prepare(model, &[&left, &right], BLOCK_PAIRS_MAX).unwrap();
        train(&mut linkage, &TrainSettings { kept_pairs: 0, ..TrainSettings::default() }, None).unwrap();
        let (all, compared) = linkage.score(f64::NEG_INFINITY).unwrap();
        assert_eq!(all.len() as u64, compared);
        for weight_min in [-30.0, -10.0, -2.5, 0.0, 6.0, 20.0, 45.0] {
            let wanted: Vec<_> = all.iter().copied().filter(|pair| pair.weight >= weight_min).collect();
            assert!(wanted.len() < all.len());
            assert_eq!(linkage.score(weight_min).unwrap(), (wanted, compared), "{weight_min}");
        }
    }
}
