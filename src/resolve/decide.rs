//! From weights to an outcome: posterior, margin, the hard gates, tier and reasons.

use crate::model::comparison::{Comparison, NAME_AGREEMENTS, Vector, birth_date, leftover, name_level_parts};
use crate::model::parameters::Thresholds;
use crate::resolve::pool::Evidence;
use crate::score::posterior;

/// Namesakes expected by chance in the whole register from which a name is common beside a default birth date. That date
/// is worth its year alone. The value was chosen while looking at made data (seeds 1 and 5), where it moves 7 rows in
/// 50 000; one namesake a register would be the plain reading of 'common'.
const COMMON_NAME: f64 = 1e-3;

/// People under one number from which it is nobody's: a number is held by two or three where one was mistyped or lent.
const SHARERS_MAX: usize = 5;

/// Reason of a row whose number is not the person's alone.
pub const NUMBER_OF_SEVERAL: &str = "number found for several people";

/// What became of one extract row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// One person, above the threshold, clear of the runner-up.
    Match,
    /// One plausible person, not certain.
    Review,
    /// Several plausible people.
    Ambiguous,
    /// Searched, nobody plausible.
    NoHit,
    /// Too little to search with, or the row was refused.
    NotSearchable,
}

impl Outcome {
    /// All outcomes, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Match, Self::Review, Self::Ambiguous, Self::NoHit, Self::NotSearchable];

    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Review => "review",
            Self::Ambiguous => "ambiguous",
            Self::NoHit => "no_hit",
            Self::NotSearchable => "not_searchable",
        }
    }
}

/// Kind of evidence behind the best candidate: a label, not a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Supplied NINO, birth date and name.
    A,
    /// Supplied NINO and two of near birth date, name, contact.
    B,
    /// Exact birth date, strong name, one corroborator.
    C,
    /// Name and date alone.
    D,
    /// Anything else.
    E,
}

impl Tier {
    /// The letter in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
        }
    }
}

/// One person that an extract row may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Number of the person, as the caller knows it.
    pub person: u32,
    /// Evidence pooled over the person's rows.
    pub evidence: Evidence,
    /// Weight against 'absent', in bits.
    pub weight: f64,
}

/// What is known of the extract row besides its candidates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// The row has a usable NINO of its own.
    pub supplied_nino: bool,
    /// Expected number of people in the register who share the agreeing name by chance.
    pub namesakes: f64,
    /// People who hold the number of the best candidate, as far as they were compared with the row; 0 where nobody was.
    pub sharers: usize,
}

/// Decision on one extract row.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Outcome.
    pub outcome: Outcome,
    /// Index of the best candidate, where there is one that is plausible.
    pub best: Option<usize>,
    /// Index of the runner-up.
    pub runner_up: Option<usize>,
    /// Posterior of the best.
    pub probability: f64,
    /// Posterior that the person is one of the candidates.
    pub present: f64,
    /// log2 odds of the posterior of the best.
    pub weight: f64,
    /// Weight of the runner-up, in the same odds.
    pub runner_up_weight: Option<f64>,
    /// Distance of the two in bits.
    pub margin: Option<f64>,
    /// Kind of evidence.
    pub tier: Option<Tier>,
    /// Reasons in plain words, most telling first.
    pub reasons: Vec<&'static str>,
}

const NOBODY: Decision = Decision {
    outcome: Outcome::NoHit,
    best: None,
    runner_up: None,
    probability: 0.0,
    present: 0.0,
    weight: f64::NEG_INFINITY,
    runner_up_weight: None,
    margin: None,
    tier: None,
    reasons: Vec::new(),
};

/// Decides on one row. `candidates` are sorted: highest weight first, ties by an order that the register fixes.
pub fn decide(candidates: &[Candidate], facts: &Facts, limits: &Thresholds, scratch: &mut Vec<f64>) -> Decision {
    let weights: Vec<f64> = candidates.iter().map(|candidate| candidate.weight).collect();
    posterior(&weights, scratch);
    let plausible = scratch.iter().filter(|share| **share >= limits.plausible_probability).count();
    let Some((best, probability)) = candidates.first().zip(scratch.first().copied()) else {
        return Decision { reasons: vec!["no record shares enough with the person sought"], ..NOBODY };
    };
    let present = scratch.iter().sum::<f64>().min(1.0);
    if plausible == 0 {
        return Decision {
            reasons: vec!["no plausible person among the records compared"],
            probability,
            present,
            weight: log2_odds(probability),
            ..NOBODY
        };
    }
    let runner_up_weight = scratch.get(1).map(|share| log2_odds(*share));
    let weight = log2_odds(probability);
    let margin = candidates.get(1).map(|second| best.weight - second.weight);
    let tier = tier(best.evidence.vector, facts);
    let mut reasons = Vec::new();
    let outcome = outcome(best.evidence.vector, facts, limits, probability, margin, tier, plausible, &mut reasons);
    agreements(best.evidence.vector, &mut reasons);
    if facts.sharers > 1 {
        reasons.push("number held by more than one person");
    }
    Decision {
        outcome,
        best: Some(0),
        runner_up: (candidates.len() > 1).then_some(1),
        probability,
        present,
        weight,
        runner_up_weight,
        margin,
        tier: Some(tier),
        reasons,
    }
}

#[allow(clippy::too_many_arguments, reason = "one decision, and each of these is a part of it")]
fn outcome(
    vector: Vector,
    facts: &Facts,
    limits: &Thresholds,
    probability: f64,
    margin: Option<f64>,
    tier: Tier,
    plausible: usize,
    reasons: &mut Vec<&'static str>,
) -> Outcome {
    let clear = margin.is_none_or(|margin| margin >= limits.margin);
    if plausible > 1 && (probability < limits.match_probability || !clear) {
        reasons.push("several plausible people");
        return Outcome::Ambiguous;
    }
    if probability < limits.match_probability {
        reasons.push("evidence short of the threshold");
        return Outcome::Review;
    }
    if !clear {
        reasons.push("runner-up too close");
        return Outcome::Ambiguous;
    }
    if nino_conflict(vector) {
        reasons.push("NINO agrees but name and birth date do not");
        return Outcome::Review;
    }
    if uncorroborated_default(vector, facts) {
        reasons.push("default birth date and common name with nothing to corroborate");
        return Outcome::Review;
    }
    if let Some(reason) = as_in_a_family(vector) {
        reasons.push(reason);
        return Outcome::Review;
    }
    if facts.sharers > SHARERS_MAX {
        reasons.push(NUMBER_OF_SEVERAL);
        return Outcome::Review;
    }
    if tier == Tier::D && limits.review_tier_d {
        reasons.push("name and birth date alone go to review by agreement");
        return Outcome::Review;
    }
    Outcome::Match
}

fn log2_odds(probability: f64) -> f64 {
    // The nearest double to one is 2^-53 away: beyond 53 bits the odds are said to be 53 bits.
    (probability / (1.0 - probability).max(f64::EPSILON / 2.0)).log2()
}

/// Tokens of the name that agree: 0, 1 or 2 and more; close tokens and initials do not count.
fn name_tokens(vector: Vector) -> usize {
    let level = vector.level(Comparison::Name);
    if level == 0 {
        return 0;
    }
    let (agreement, _) = name_level_parts(level);
    match NAME_AGREEMENTS[usize::from(agreement)] {
        "none" | "initial" | "close" | "close_initial" => 0,
        "equivalent" | "exact" | "equivalent_initial" | "exact_initial" | "two_close" => 1,
        _ => 2,
    }
}

fn name_whole(vector: Vector) -> bool {
    let level = vector.level(Comparison::Name);
    level > 0 && name_level_parts(level).1 == leftover::NOTHING
}

fn strong_name(vector: Vector) -> bool {
    name_tokens(vector) >= 2 || (name_tokens(vector) == 1 && name_whole(vector))
}

fn nino_conflict(vector: Vector) -> bool {
    vector.level(Comparison::Nino) == 3
        && matches!(vector.level(Comparison::BirthDate), birth_date::DIFFERENT..=birth_date::SAME_DAY_AND_MONTH)
        && vector.level(Comparison::Name) > 0
        && name_tokens(vector) < 2
        && !name_whole(vector)
}

/// What tells two people of one household apart, where nothing agrees that they do not share: a number of one's own; beside a
/// name or sex that differs also a mailbox, or a phone that was taken along to another address. They have the address and the
/// phone, twins the birth date too, and father and son, or in patronymic names all children, most of the name; siblings may have
/// numbers that are one digit apart.
fn as_in_a_family(vector: Vector) -> Option<&'static str> {
    if vector.level(Comparison::Nino) == 3 {
        return None;
    }
    let own_mailbox = vector.level(Comparison::Email) == 3;
    let phone_went_along =
        vector.level(Comparison::Phone) == 3 && ELSEWHERE.contains(&vector.level(Comparison::Address));
    let date = vector.level(Comparison::BirthDate);
    let date_differs = matches!(date, birth_date::DIFFERENT..=birth_date::SAME_DAY_AND_MONTH);
    if name_differs(vector) && !own_mailbox && !phone_went_along {
        Some("a name differs, as in a family")
    } else if date_differs {
        Some("the birth date differs, as in a family")
    } else if vector.level(Comparison::Sex) == SEX_DIFFERS && !own_mailbox {
        Some("the sex differs, as in a family")
    } else {
        None
    }
}

/// Names contradict each other in a token on both sides. A given name that agrees is one's own where the birth date is too: a
/// default date is a cousin's as well.
fn name_differs(vector: Vector) -> bool {
    let level = vector.level(Comparison::Name);
    level > 0
        && match name_level_parts(level).1 {
            leftover::NOTHING | leftover::ONE_SIDE | leftover::ONE_SIDE_FIRST => false,
            leftover::BOTH_GIVEN => has_default_date(vector),
            _ => true,
        }
}

/// Levels of two addresses that are known and of two places.
const ELSEWHERE: std::ops::RangeInclusive<u8> = 1..=3;
/// Level of two sexes that are known and not the same.
const SEX_DIFFERS: u8 = 1;

fn corroborated(vector: Vector) -> bool {
    vector.level(Comparison::Address) >= 5
        || vector.level(Comparison::Phone) >= 3
        || vector.level(Comparison::Email) >= 2
        || vector.level(Comparison::Nino) >= 2
}

fn uncorroborated_default(vector: Vector, facts: &Facts) -> bool {
    has_default_date(vector) && facts.namesakes >= COMMON_NAME && !corroborated(vector)
}

fn has_default_date(vector: Vector) -> bool {
    use birth_date::{DEFAULT_IN_REGISTER, DEFAULT_SAME_YEAR, EXACT_DEFAULT};
    matches!(vector.level(Comparison::BirthDate), DEFAULT_SAME_YEAR | EXACT_DEFAULT | DEFAULT_IN_REGISTER)
}

fn tier(vector: Vector, facts: &Facts) -> Tier {
    let date = vector.level(Comparison::BirthDate);
    let nino = facts.supplied_nino && vector.level(Comparison::Nino) == 3;
    let contact = vector.level(Comparison::Address) >= 5
        || vector.level(Comparison::Phone) >= 3
        || vector.level(Comparison::Email) >= 2;
    if nino && matches!(date, birth_date::EXACT | birth_date::EXACT_DEFAULT) && strong_name(vector) {
        return Tier::A;
    }
    if nino && [date >= birth_date::PARTIAL, name_tokens(vector) > 0, contact].iter().filter(|held| **held).count() >= 2
    {
        return Tier::B;
    }
    if date == birth_date::EXACT && strong_name(vector) && corroborated(vector) {
        return Tier::C;
    }
    let near = date >= birth_date::PARTIAL;
    if near && name_tokens(vector) > 0 && !corroborated(vector) { Tier::D } else { Tier::E }
}

/// What agrees and what does not, in plain words.
fn agreements(vector: Vector, reasons: &mut Vec<&'static str>) {
    match vector.level(Comparison::Nino) {
        3 => reasons.push("NINO same"),
        2 => reasons.push("NINO one character away"),
        1 => reasons.push("NINO differs"),
        _ => {}
    }
    match name_tokens(vector) {
        2 if name_whole(vector) => reasons.push("name agrees"),
        2 => reasons.push("name agrees in part"),
        1 => reasons.push("one name agrees"),
        _ if vector.level(Comparison::Name) == 0 => {}
        _ => reasons.push("name differs"),
    }
    reasons.extend(match vector.level(Comparison::BirthDate) {
        birth_date::EXACT => Some("birth date same"),
        birth_date::EXACT_DEFAULT => Some("default birth date same"),
        birth_date::ONE_EDIT | birth_date::ONE_EDIT_OF_YEAR => Some("birth date one digit away"),
        birth_date::SWAPPED => Some("day and month of birth swapped"),
        birth_date::YEAR_OFF_BY_ONE => Some("year of birth one off"),
        birth_date::DEFAULT_SAME_YEAR => Some("default birth date of the same year"),
        birth_date::DEFAULT_IN_REGISTER => Some("default birth date of the same year in the register"),
        birth_date::PARTIAL => Some("partial birth date agrees"),
        birth_date::SAME_YEAR | birth_date::YEAR_AND_MONTH_OR_DAY => Some("year of birth same"),
        birth_date::DIFFERENT | birth_date::SAME_DAY_AND_MONTH => Some("birth date differs"),
        _ => None,
    });
    reasons.extend(match vector.level(Comparison::Address) {
        7 => Some("address same"),
        6 => Some("building same"),
        5 => Some("postcode same"),
        4 => Some("street same"),
        _ => None,
    });
    if vector.level(Comparison::Phone) == 3 {
        reasons.push("phone same");
    }
    if vector.level(Comparison::Email) == 3 {
        reasons.push("email same");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::comparison::name_level;

    fn vector(name: (u8, u8), date: u8, address: u8, nino: u8) -> Vector {
        Vector::default()
            .with(Comparison::Name, name_level(name.0, name.1))
            .with(Comparison::BirthDate, date)
            .with(Comparison::Address, address)
            .with(Comparison::Nino, nino)
    }

    fn candidate(person: u32, weight: f64, vector: Vector) -> Candidate {
        Candidate { person, weight, evidence: Evidence { vector, ..Evidence::default() } }
    }

    #[track_caller]
    fn check(candidates: &[Candidate], facts: Facts, want: Outcome) -> Decision {
        let decision = decide(candidates, &facts, &Thresholds::default(), &mut Vec::new());
        assert_eq!(decision.outcome, want, "{decision:?}");
        decision
    }

    #[test]
    fn outcomes() {
        let good = vector((13, 2), 11, 0, 0);
        let facts = Facts::default();
        check(&[], facts, Outcome::NoHit);
        check(&[candidate(1, -9.0, good)], facts, Outcome::NoHit);
        check(&[candidate(1, 2.0, good)], facts, Outcome::Review);
        let decision = check(&[candidate(1, 12.0, good)], facts, Outcome::Match);
        assert_eq!(decision.tier, Some(Tier::D));
        check(&[candidate(1, 12.0, good), candidate(2, 11.0, good)], facts, Outcome::Ambiguous);
        check(&[candidate(1, 30.0, good), candidate(2, 11.0, good)], facts, Outcome::Match);
    }

    #[test]
    fn two_hard_gates_lead_to_review() {
        let borrowed = vector((4, 0), 1, 1, 3);
        let facts = Facts { supplied_nino: true, ..Facts::default() };
        check(&[candidate(1, 20.0, borrowed)], facts, Outcome::Review);
        let default = vector((13, 2), 10, 1, 0);
        let common = Facts { namesakes: 4.0, ..Facts::default() };
        check(&[candidate(1, 20.0, default)], common, Outcome::Review);
        check(&[candidate(1, 20.0, default)], Facts::default(), Outcome::Match);
        check(&[candidate(1, 20.0, vector((13, 2), 10, 7, 0))], common, Outcome::Match);
    }

    #[test]
    fn what_differs_in_a_family_leads_to_review() {
        let facts = Facts::default();
        let home = |rest, date| vector((4, rest), date, 7, 0);
        let review = |vector: Vector, word: &str| {
            let decision = check(&[candidate(1, 12.0, vector)], facts, Outcome::Review);
            assert!(decision.reasons[0].starts_with(word), "{decision:?}");
        };
        let found = |vector: Vector| drop(check(&[candidate(1, 12.0, vector)], facts, Outcome::Match));
        found(home(leftover::BOTH_GIVEN, birth_date::EXACT));
        review(home(leftover::BOTH_GIVEN, birth_date::EXACT_DEFAULT), "a name differs");
        for rest in [leftover::BOTH, leftover::SEVERAL, leftover::BOTH_MIDDLE] {
            let differs = home(rest, birth_date::EXACT);
            review(differs, "a name differs");
            review(differs.with(Comparison::Phone, 3), "a name differs");
            // What a family does not share: a phone that went along, a mailbox, a number.
            found(differs.with(Comparison::Phone, 3).with(Comparison::Address, 1));
            found(differs.with(Comparison::Email, 3));
            found(differs.with(Comparison::Nino, 3));
            // What it may: a phone where no address, or no other one, is known; numbers side by side; half a mailbox.
            for address in [0, 4, 5, 6] {
                review(differs.with(Comparison::Phone, 3).with(Comparison::Address, address), "a name differs");
            }
            review(differs.with(Comparison::Email, 2), "a name differs");
            review(differs.with(Comparison::Nino, 2), "a name differs");
        }
        for date in [birth_date::DIFFERENT, birth_date::SAME_YEAR, birth_date::SAME_DAY_AND_MONTH] {
            let differs = home(leftover::NOTHING, date).with(Comparison::Phone, 3);
            review(differs, "the birth date differs");
            review(differs.with(Comparison::Email, 3), "the birth date differs");
            found(differs.with(Comparison::Nino, 3));
        }
        for slip in [birth_date::ONE_EDIT, birth_date::YEAR_OFF_BY_ONE, birth_date::ONE_EDIT_OF_YEAR] {
            found(home(leftover::NOTHING, slip));
        }
        review(home(leftover::NOTHING, birth_date::EXACT).with(Comparison::Sex, 1), "the sex differs");
        found(home(leftover::NOTHING, birth_date::EXACT).with(Comparison::Sex, 2));
    }

    #[test]
    fn a_number_that_many_hold_is_nobodys() {
        let good = vector((13, 2), birth_date::EXACT, 7, 0);
        for (sharers, outcome) in [(1, Outcome::Match), (3, Outcome::Match), (6, Outcome::Review)] {
            let facts = Facts { sharers, ..Facts::default() };
            let decision = check(&[candidate(1, 12.0, good)], facts, outcome);
            assert_eq!(decision.reasons.contains(&"number held by more than one person"), sharers > 1);
        }
    }

    #[test]
    fn tiers() {
        let supplied = Facts { supplied_nino: true, ..Facts::default() };
        assert_eq!(tier(vector((13, 2), 11, 0, 3), &supplied), Tier::A);
        assert_eq!(tier(vector((4, 0), 9, 0, 3), &supplied), Tier::B);
        assert_eq!(tier(vector((13, 2), 11, 7, 0), &supplied), Tier::C);
        assert_eq!(tier(vector((13, 2), 9, 1, 0), &supplied), Tier::D);
        assert_eq!(tier(vector((4, 0), 1, 7, 0), &supplied), Tier::E);
    }
}
