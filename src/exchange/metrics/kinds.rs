//! How kinds of people fare in a trace: by age band, by the sex that a title states, and by whether the birth date is a
//! default. A trace counts them into its manifest; a report shows of them what may be shown.

use crate::exchange::metrics::Metric;
use crate::exchange::metrics::groups::of_outcomes;
use crate::exchange::metrics::hits::{Table as Counted, broken_down};
use crate::exchange::metrics::tallies::Measures;
use crate::frame::Table;
use crate::lexicon::{Sex, sex_of_title};
use crate::model::value::{Fault, PartialDate};
use crate::resolve::Outcome;
use crate::standardise::date;
use serde_json::Value;
use std::collections::BTreeMap;

/// Rows by breakdown, group and outcome.
pub type Kinds = BTreeMap<&'static str, BTreeMap<&'static str, BTreeMap<&'static str, u64>>>;

/// Breakdowns, with the names that they have beside a data set's.
const BREAKDOWNS: [&str; 3] = ["age_band", "birth_date", "sex_by_title"];
/// First age that is no longer in the band.
const BANDS: [(u16, &str); 6] =
    [(18, "under 18"), (25, "18 to 24"), (35, "25 to 34"), (45, "35 to 44"), (55, "45 to 54"), (65, "55 to 64")];
const OUTCOMES: [&str; 4] = ["match", "no_hit", "unresolved", "not_searched"];

/// Counts the rows of an extract by kind and outcome; a row without an outcome was not searched.
pub fn kinds(extract: &Table, outcome: impl Fn(usize) -> Option<Outcome>, on: PartialDate) -> Kinds {
    let mut out = Kinds::new();
    for row in 0..extract.rows() {
        let birth = extract.value("date_of_birth", row).map(|text| date::read_birth(text, on));
        let is_placeholder = birth.as_ref().is_some_and(|read| read.fault == Some(Fault::Placeholder));
        let birth = birth.and_then(|read| read.value);
        let sex = match extract.value("title", row).and_then(sex_of_title) {
            Some(Sex::Female) => "female",
            Some(Sex::Male) => "male",
            None => "not stated",
        };
        let of_row = [age_band(birth, on), kind_of_date(birth, is_placeholder), sex];
        let outcome = match outcome(row) {
            Some(Outcome::Match) => OUTCOMES[0],
            Some(Outcome::NoHit) => OUTCOMES[1],
            Some(Outcome::Review | Outcome::Ambiguous) => OUTCOMES[2],
            Some(Outcome::NotSearchable) | None => OUTCOMES[3],
        };
        for (by, group) in BREAKDOWNS.into_iter().zip(of_row) {
            *out.entry(by).or_default().entry(group).or_default().entry(outcome).or_default() += 1;
        }
    }
    out
}

/// Of a whole date that is no default: a made day says nothing of an age.
fn age_band(birth: Option<PartialDate>, on: PartialDate) -> &'static str {
    let Some(birth) = birth.filter(|date| date.is_complete() && !date.is_default()) else { return "not known" };
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    let age = on.year().saturating_sub(birth.year() + u16::from(!had_birthday));
    BANDS.iter().find(|(end, _)| age < *end).map_or("65 and over", |(_, name)| name)
}

fn kind_of_date(birth: Option<PartialDate>, is_placeholder: bool) -> &'static str {
    match birth {
        _ if is_placeholder => "default",
        Some(date) if date.is_default() => "default",
        Some(date) if date.is_complete() => "whole",
        Some(_) => "in part",
        None => "none",
    }
}

/// Metrics of the kinds that a manifest counts.
pub(super) fn by_kind(manifest: &Value) -> Vec<Metric> {
    let table = Counted {
        data_set: String::new(),
        parts: Box::new(|all: &Measures| OUTCOMES.iter().map(|outcome| all.get(outcome)).collect()),
        of: of_outcomes,
    };
    let of_breakdown = |by: &'static str| {
        let groups: Vec<(String, Measures)> = groups_of(&manifest["kinds"][by]);
        if groups.is_empty() {
            Vec::new()
        } else {
            broken_down(std::slice::from_ref(&table), [by, by], &groups, None).0
        }
    };
    BREAKDOWNS.into_iter().flat_map(of_breakdown).collect()
}

fn groups_of(counts: &Value) -> Vec<(String, Measures)> {
    let counts_of = |rows: &Value| OUTCOMES.map(|outcome| (outcome.to_owned(), rows[outcome].as_u64().unwrap_or(0)));
    let groups = counts.as_object().into_iter().flatten();
    groups.map(|(group, rows)| (group.clone(), counts_of(rows).into_iter().collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::metrics::Cell;

    fn people(values: &[(&str, &str)]) -> Table {
        let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        Table::new(vec![
            ("date_of_birth".to_owned(), values.iter().map(|(date, _)| text(date)).collect()),
            ("title".to_owned(), values.iter().map(|(_, title)| text(title)).collect()),
        ])
    }

    #[test]
    fn rows_are_counted_by_age_date_and_title() {
        let on = date::read("2016-04-30").value.expect("a date");
        let rows = [
            ("1991-04-30", "Mr"),
            ("1991-05-01", "Mrs"),
            ("1980-01-01", ""),
            ("1940-02-03", "Dr"),
            ("1984", "Ms"),
            ("", "Mr"),
        ];
        let outcomes = [Outcome::Match, Outcome::NoHit, Outcome::Review, Outcome::Ambiguous, Outcome::Match];
        let found = kinds(&people(&rows), |row| outcomes.get(row).copied(), on);
        let ages = &found["age_band"];
        assert_eq!(ages["25 to 34"]["match"], 1, "25 on the day");
        assert_eq!(ages["18 to 24"]["no_hit"], 1, "24 until the day after");
        assert_eq!(ages["65 and over"]["unresolved"], 1);
        assert_eq!(ages["not known"].values().sum::<u64>(), 3);
        assert_eq!(found["birth_date"]["default"]["unresolved"], 1);
        assert_eq!((found["birth_date"]["in part"]["match"], found["birth_date"]["none"]["not_searched"]), (1, 1));
        assert_eq!((found["sex_by_title"]["female"].len(), found["sex_by_title"]["not stated"]["unresolved"]), (2, 2));
    }

    #[test]
    fn small_groups_are_withheld_with_another() {
        let manifest = serde_json::json!({ "kinds": { "sex_by_title": {
            "female": { "match": 40, "no_hit": 60, "unresolved": 20, "not_searched": 0 },
            "male": { "match": 50, "no_hit": 45, "unresolved": 3, "not_searched": 0 },
            "not stated": { "match": 12, "no_hit": 30, "unresolved": 11, "not_searched": 0 },
        } } });
        let found = by_kind(&manifest);
        let unresolved = |group: &str| {
            let of = |metric: &&Metric| metric.group == group && metric.definition.name == "group_unresolved_rate";
            found.iter().find(of).map(|metric| metric.numerator)
        };
        assert_eq!(unresolved("female"), Some(Cell::Count(20)));
        assert_eq!((unresolved("male"), unresolved("not stated")), (Some(Cell::Hidden), Some(Cell::Hidden)));
        assert!(by_kind(&serde_json::json!({})).is_empty());
    }
}
