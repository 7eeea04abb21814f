//! Numbers that were found for several people: no number is theirs.
//!
//! In: the decisions on all rows of an extract. Out: the same, but that a number which matched rows whose birth dates contradict
//! each other matches none: people look at those rows. A number that a register has put in wherever one was not known, or that
//! two people hold, would else go out for each of them.

use crate::compare::{Records, kernel};
use crate::engine::PersonKey;
use crate::engine::trace::RowLink;
use crate::model::comparison::birth_date;
use crate::model::value::PartialDate;
use crate::resolve::{NUMBER_OF_SEVERAL, Outcome};
use crate::util::hash::{Map, Set, map};

/// Takes matches back to review whose number matched several people; `extract` has the rows of the decisions.
pub(crate) fn hold_back(rows: &mut [Option<RowLink>], extract: &Records) {
    let mut dates: Map<PersonKey, Set<PartialDate>> = map();
    for (row, link) in rows.iter().enumerate() {
        if let (Some(key), Some(date)) = (link.as_ref().and_then(matched), extract.birth_date(row)) {
            dates.entry(key).or_default().insert(date);
        }
    }
    dates.retain(|_, dates| are_of_several(dates));
    for link in rows.iter_mut().flatten() {
        if matched(link).is_some_and(|key| dates.contains_key(&key)) {
            link.decision.outcome = Outcome::Review;
            link.decision.reasons.insert(0, NUMBER_OF_SEVERAL);
        }
    }
}

/// Whether two of some birth dates are no slips, parts or defaults of one.
fn are_of_several(dates: &Set<PartialDate>) -> bool {
    /// One person's date is not written in so many ways.
    const MANY: usize = 64;
    let contradict = |a: PartialDate, b: PartialDate| {
        matches!(kernel::date::level_sought(Some(a), Some(b)), birth_date::DIFFERENT..=birth_date::SAME_DAY_AND_MONTH)
    };
    dates.len() > MANY || dates.iter().any(|a| dates.iter().any(|b| contradict(*a, *b)))
}

/// The person that a row matched.
fn matched(link: &RowLink) -> Option<PersonKey> {
    let best = (link.decision.outcome == Outcome::Match).then_some(link.decision.best).flatten()?;
    link.people.get(best).map(|person| person.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::RecordParts;
    use crate::engine::trace::Person;
    use crate::resolve::{Candidate, Evidence, Facts, decide};

    fn link(key: PersonKey) -> RowLink {
        let candidate = Candidate { person: 0, evidence: Evidence::default(), weight: 20.0 };
        let decision =
            decide(&[candidate], &Facts::default(), &crate::model::parameters::Thresholds::default(), &mut vec![]);
        assert_eq!(decision.outcome, Outcome::Match);
        let person = Person {
            key,
            nino: String::new(),
            person_id: String::new(),
            data_sets: vec![],
            places: vec![],
            evidence: Evidence::default(),
            weight: 20.0,
            rule: crate::block::Rule::PostcodeToken,
        };
        RowLink { decision, people: vec![person], cut: false, compared: vec![] }
    }

    fn outcomes(dates: &[Option<(u16, u8, u8)>]) -> Vec<Outcome> {
        let key = PersonKey::new(Some("HJ467068C"), None, 0).unwrap();
        let mut extract = Records::default();
        for date in dates {
            let birth_date = date.and_then(|(year, month, day)| PartialDate::new(year, month, day));
            extract.push(&RecordParts { birth_date, ..RecordParts::default() });
        }
        let mut rows: Vec<Option<RowLink>> = dates.iter().map(|_| Some(link(key))).collect();
        hold_back(&mut rows, &extract);
        rows.iter().flatten().map(|link| link.decision.outcome).collect()
    }

    #[test]
    fn a_number_of_birth_dates_that_contradict_is_nobodys() {
        let (one, slip, partial) = (Some((1980, 3, 24)), Some((1980, 3, 25)), Some((1980, 3, 0)));
        // One person, however the date was written.
        for date in [partial, Some((1980, 0, 0)), Some((1980, 1, 1)), None] {
            assert_eq!(outcomes(&[one, slip, date]), [Outcome::Match; 3]);
        }
        let other = Some((1991, 7, 2));
        for dates in [[one, other, None], [other, None, one], [None, one, other]] {
            assert_eq!(outcomes(&dates), [Outcome::Review; 3]);
        }
        // Two default dates of which one digit differs are of two people.
        assert_eq!(outcomes(&[Some((1980, 1, 1)), Some((1981, 1, 1))]), [Outcome::Review; 2]);
        // However often the one stands before the other.
        let mut many = vec![one; 65];
        assert_eq!(outcomes(&many), [Outcome::Match; 65]);
        many.push(other);
        assert_eq!(outcomes(&many), [Outcome::Review; 66]);
    }
}
