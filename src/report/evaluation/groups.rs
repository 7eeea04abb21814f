//! Recall and wrong matches by group: naming culture, nationality, kind of error, or any other column.

use crate::exchange::metrics::{Grid, hidden_below};
use crate::frame::Table;
use crate::report::accuracy::wilson;
use crate::report::chart::{BarEntry, BarsChart, Unit};
use crate::report::evaluation::{Fate, Judged};
use crate::report::fitting::fitted;
use crate::report::summary::thousands;
use std::collections::BTreeMap;

/// Place of wrong people among the kinds of miss: the last.
const WRONG_PERSON: usize = Fate::MISSES.len() - 1;

/// Counts of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Value of the column; empty where the rows have none.
    pub value: String,
    /// Rows.
    pub rows: u64,
    /// Rows whose person is in the registers.
    pub present: u64,
    /// Matches.
    pub matches: u64,
    /// Right matches.
    pub right: u64,
    /// Misses by kind, in the order of [`Fate::MISSES`].
    pub misses: [u64; Fate::MISSES.len()],
}

/// All groups of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// The column.
    pub column: String,
    /// Groups, largest number of people present first.
    pub groups: Vec<Group>,
}

impl Group {
    /// Matches that name another.
    pub const fn wrong(&self) -> u64 {
        self.matches - self.right
    }

    /// Matches of people who are not in the registers.
    fn absent_matched(&self) -> u64 {
        self.wrong() - self.misses[WRONG_PERSON]
    }

    /// Right matches over people present; `None` where nobody is.
    pub fn recall(&self) -> Option<f64> {
        (self.present > 0).then(|| self.right as f64 / self.present as f64)
    }

    fn add(&mut self, judged: &Judged) {
        self.rows += 1;
        self.present += u64::from(judged.present);
        self.right += u64::from(judged.fate == Fate::Right);
        self.matches += u64::from(judged.fate == Fate::Right || judged.fate.is_false_match());
        if let Some(kind) = Fate::MISSES.iter().position(|kind| *kind == judged.fate) {
            self.misses[kind] += 1;
        }
    }
}

/// Counts rows by the values of a column. A cell of several values, parted by `;`, counts in each.
pub(crate) fn group(column: &str, values: &Table, name: &str, judged: &[Judged]) -> Grouping {
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for (row, judged) in judged.iter().enumerate() {
        for value in values.value(name, row).unwrap_or("").split(';') {
            groups.entry(value.trim()).or_default().add(judged);
        }
    }
    let named = |(value, group): (&str, Group)| Group { value: value.to_owned(), ..group };
    let mut groups: Vec<Group> = groups.into_iter().map(named).collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.present, group.rows)));
    Grouping { column: column.to_owned(), groups }
}

/// What of a group may be shown: `None` where a count is small, or would give a small one away beside what else is shown.
/// Numbers of matches are not shown at all.
struct Shown {
    rows: Option<u64>,
    present: Option<u64>,
    right: Option<u64>,
    misses: [Option<u64>; Fate::MISSES.len()],
    wrong: Option<u64>,
}

impl Shown {
    fn recall(&self, least: u64) -> Option<f64> {
        let (present, right) = (self.present?, self.right?);
        (present > 0 && present >= least && right >= least).then(|| right as f64 / present as f64)
    }

    /// Wrong matches in a thousand.
    fn wrong_per_thousand(&self, least: u64) -> Option<f64> {
        let (wrong, right) = (self.wrong?, self.right?);
        let matches = wrong + right;
        (matches >= least.max(1)).then(|| wrong as f64 * 1000.0 / matches as f64)
    }
}

/// A count as a table has it; `full` tells why one is not shown.
fn told(shown: Option<u64>, full: u64, least: u64) -> String {
    match shown {
        Some(count) => thousands(count),
        None if full < least => format!("<{least}"),
        None => "withheld".into(),
    }
}

impl Grouping {
    /// What may be shown of each group. The right ones and the misses add up to those who are present, and each of these over
    /// all groups to what is known of the whole.
    fn shown(&self, least: u64) -> Vec<Shown> {
        let parts = |group: &Group| [&[group.right][..], &group.misses].concat();
        let grid = Grid::hiding_below(least, self.groups.iter().map(parts).collect());
        let wrong_person = 1 + WRONG_PERSON;
        let of_all = |value: &dyn Fn(&Group) -> u64, also: &dyn Fn(usize) -> bool| {
            let values: Vec<u64> = self.groups.iter().map(value).collect();
            hidden_below(least, &values, &(0..values.len()).map(also).collect::<Vec<_>>())
        };
        // Wrong ones are those of people who are present, which is a way to miss them, and of people who are not.
        let absent_matched = of_all(&Group::absent_matched, &|_| false);
        let is_in_part = |at: usize| absent_matched[at] || grid.cell(at, wrong_person).count().is_none();
        let wrong = of_all(&Group::wrong, &is_in_part);
        let absent = of_all(&|group| group.rows - group.present, &|at| grid.total(at).count().is_none());
        let one = |(at, group): (usize, &Group)| Shown {
            rows: Some(group.rows).filter(|_| !absent[at]),
            present: grid.total(at).count(),
            right: grid.cell(at, 0).count(),
            misses: std::array::from_fn(|kind| grid.cell(at, 1 + kind).count()),
            wrong: Some(group.wrong()).filter(|_| !wrong[at]),
        };
        self.groups.iter().enumerate().map(one).collect()
    }

    /// The groups as a table, in as many parts as a width asks for; counts from 1 to below `least` are not shown, nor what
    /// would give them away.
    pub fn text(&self, least: u64, width: Option<usize>) -> String {
        let kinds: Vec<usize> =
            (0..Fate::MISSES.len()).filter(|kind| self.groups.iter().any(|group| group.misses[*kind] > 0)).collect();
        let mut header: Vec<String> =
            [self.column.as_str(), "present", "right", "recall", "wrong", "wrong/1000"].map(str::to_owned).to_vec();
        header.extend(kinds.iter().map(|kind| Fate::MISSES[*kind].as_str().to_owned()));
        let mut lines = vec![header];
        for (group, shown) in self.groups.iter().zip(self.shown(least)) {
            let value = if group.value.is_empty() { "(none)" } else { &group.value };
            let mut line = vec![value.to_owned(), told(shown.present, group.present, least)];
            line.push(told(shown.right, group.right, least));
            line.push(shown.recall(least).map_or_else(String::new, |recall| format!("{recall:.4}")));
            line.push(told(shown.wrong, group.wrong(), least));
            line.push(shown.wrong_per_thousand(least).map_or_else(String::new, |rate| format!("{rate:.2}")));
            line.extend(kinds.iter().map(|kind| told(shown.misses[*kind], group.misses[*kind], least)));
            lines.push(line);
        }
        fitted(&lines, width)
    }

    /// Recall by group, with 95 % intervals, without groups of which it would tell a count that may not be shown.
    pub fn chart(&self, least: u64) -> BarsChart {
        let entry = |(group, shown): (&Group, Shown)| {
            let (right, present) = (shown.right?, shown.present.filter(|present| *present >= least.max(1))?);
            Some(BarEntry {
                label: if group.value.is_empty() { "(none)".into() } else { group.value.clone() },
                detail: format!("{} of {}", thousands(right), thousands(present)),
                value: right as f64 / present as f64,
                interval: Some(wilson(right, present)),
            })
        };
        BarsChart {
            title: format!("Recall of match by {}", self.column),
            note: format!(
                "Groups of which fewer than {least} people are present are left out, and groups that would give away a \
                 count below {least}."
            ),
            entries_name: self.column.clone(),
            values_name: "recall".into(),
            unit: Unit::Share,
            entries: self.groups.iter().zip(self.shown(least)).filter_map(entry).collect(),
        }
    }

    /// The groups as JSON, with the same suppression as [`Grouping::text`].
    pub fn to_json(&self, least: u64) -> serde_json::Value {
        let groups = self.groups.iter().zip(self.shown(least)).map(|(group, shown)| {
            let misses: BTreeMap<&str, Option<u64>> =
                Fate::MISSES.iter().zip(shown.misses).map(|(kind, misses)| (kind.as_str(), misses)).collect();
            serde_json::json!({
                "value": group.value, "rows": shown.rows, "present": shown.present,
                "right": shown.right, "wrong": shown.wrong,
                "misses": misses,
            })
        });
        serde_json::json!({ "column": self.column, "groups": groups.collect::<Vec<_>>() })
    }
}
