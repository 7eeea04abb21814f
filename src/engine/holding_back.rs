//! Numbers that were found for several people: no number is theirs.
//!
//! In: the decisions on all rows of an extract. Out: the same, but that a number which matched rows of [`PEOPLE_MIN`] birth
//! dates or more matches none: people look at those rows. A number that a register has put in wherever one was not known
//! would else go out for each of them.

use crate::compare::Records;
use crate::engine::PersonKey;
use crate::engine::trace::RowLink;
use crate::model::value::PartialDate;
use crate::resolve::{NUMBER_OF_SEVERAL, Outcome};
use crate::util::hash::{Map, Set, map, set};

/// Different birth dates of the extract from which a number is of several people. Two may be one person, written twice.
const PEOPLE_MIN: usize = 3;

/// Takes matches back to review whose number matched several people; `extract` has the rows of the decisions.
pub(crate) fn hold_back(rows: &mut [Option<RowLink>], extract: &Records) {
    let mut dates: Map<PersonKey, Set<PartialDate>> = map();
    for (row, link) in rows.iter().enumerate() {
        if let (Some(key), Some(date)) = (link.as_ref().and_then(matched), extract.birth_date(row)) {
            dates.entry(key).or_insert_with(set).insert(date);
        }
    }
    for link in rows.iter_mut().flatten() {
        let people = matched(link).and_then(|key| dates.get(&key)).map_or(0, Set::len);
        if people >= PEOPLE_MIN {
            link.decision.outcome = Outcome::Review;
            link.decision.reasons.insert(0, NUMBER_OF_SEVERAL);
        }
    }
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
    fn a_number_of_three_birth_dates_is_nobodys() {
        let (one, two, three) = (Some((1980, 3, 4)), Some((1981, 3, 4)), Some((1990, 5, 6)));
        assert_eq!(outcomes(&[one, two, one, None]), [Outcome::Match; 4]);
        assert_eq!(outcomes(&[one, two, three, None]), [Outcome::Review; 4]);
    }
}
