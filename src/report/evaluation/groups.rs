//! Recall and wrong matches by group: naming culture, nationality, kind of error, or any other column.

use crate::frame::Table;
use crate::report::accuracy::wilson;
use crate::report::chart::{BarEntry, BarsChart, Unit};
use crate::report::evaluation::{Fate, Judged};
use crate::report::fitting::fitted;
use crate::report::summary::thousands;
use std::collections::BTreeMap;

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

    /// Right matches over people present; `None` where nobody is.
    pub fn recall(&self) -> Option<f64> {
        (self.present > 0).then(|| self.right as f64 / self.present as f64)
    }

    /// Wrong matches in a thousand; blank where their count may not be shown, since it would give it away.
    fn wrong_per_thousand(&self, least: u64) -> String {
        let shown = self.matches >= least.max(1) && (self.wrong() == 0 || self.wrong() >= least);
        if shown { format!("{:.2}", self.wrong() as f64 * 1000.0 / self.matches as f64) } else { String::new() }
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

/// A count as it may be shown (numbers of matches are not: less the right ones they would give the wrong ones away): one from 1 to below `least` could point at somebody.
fn shown(count: u64, least: u64) -> String {
    if count > 0 && count < least { format!("<{least}") } else { thousands(count) }
}

impl Grouping {
    /// The groups as a table, in as many parts as a width asks for; counts from 1 to below `least` are suppressed, and rates
    /// of what they would give away.
    pub fn text(&self, least: u64, width: Option<usize>) -> String {
        let kinds: Vec<usize> =
            (0..Fate::MISSES.len()).filter(|kind| self.groups.iter().any(|group| group.misses[*kind] > 0)).collect();
        let mut header: Vec<String> =
            [self.column.as_str(), "present", "right", "recall", "wrong", "wrong/1000"].map(str::to_owned).to_vec();
        header.extend(kinds.iter().map(|kind| Fate::MISSES[*kind].as_str().to_owned()));
        let mut lines = vec![header];
        for group in &self.groups {
            let hidden = group.present < least || group.right < least;
            let recall = group.recall().filter(|_| !hidden).map_or_else(String::new, |recall| format!("{recall:.4}"));
            let value = if group.value.is_empty() { "(none)" } else { &group.value };
            let mut line = vec![value.to_owned(), shown(group.present, least), shown(group.right, least), recall];
            line.extend([shown(group.wrong(), least), group.wrong_per_thousand(least)]);
            line.extend(kinds.iter().map(|kind| shown(group.misses[*kind], least)));
            lines.push(line);
        }
        fitted(&lines, width)
    }

    /// Recall by group, with 95 % intervals, without groups of which less than `least` are present.
    pub fn chart(&self, least: u64) -> BarsChart {
        let entry = |group: &Group| {
            Some(BarEntry {
                label: if group.value.is_empty() { "(none)".into() } else { group.value.clone() },
                detail: format!("{} of {}", shown(group.right, least), thousands(group.present)),
                value: group.recall()?,
                interval: Some(wilson(group.right, group.present)),
            })
        };
        BarsChart {
            title: format!("Recall of match by {}", self.column),
            note: format!("Groups of which fewer than {least} people are present are left out."),
            entries_name: self.column.clone(),
            values_name: "recall".into(),
            unit: Unit::Share,
            entries: self.groups.iter().filter(|group| group.present >= least.max(1)).filter_map(entry).collect(),
        }
    }

    /// The groups as JSON, with the same suppression as [`Grouping::text`].
    pub fn to_json(&self, least: u64) -> serde_json::Value {
        let count = |count: u64| if count > 0 && count < least { serde_json::Value::Null } else { count.into() };
        let groups = self.groups.iter().map(|group| {
            let misses: BTreeMap<&str, serde_json::Value> =
                Fate::MISSES.iter().zip(group.misses).map(|(kind, misses)| (kind.as_str(), count(misses))).collect();
            serde_json::json!({
                "value": group.value, "rows": count(group.rows), "present": count(group.present),
                "right": count(group.right), "wrong": count(group.wrong()),
                "misses": misses,
            })
        });
        serde_json::json!({ "column": self.column, "groups": groups.collect::<Vec<_>>() })
    }
}
