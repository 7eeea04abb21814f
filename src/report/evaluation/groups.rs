//! Recall and wrong matches by group: naming culture, nationality, kind of error, level, or any other column.
//!
//! One table for both: rows of a trace, each of one person, and pairs of a linkage.

use crate::exchange::metrics::{Grid, hidden_below};
use crate::report::accuracy::wilson;
use crate::report::chart::{BarEntry, BarsChart, Unit};
use crate::report::fitting::fitted;
use crate::report::summary::thousands;
use std::collections::BTreeMap;

/// What is counted in groups, in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Counted {
    /// Head of the column of what could be found.
    pub present: &'static str,
    /// The same behind "fewer than 10".
    pub few: &'static str,
    /// Of what the recall is.
    pub recall: &'static str,
    /// Kinds of miss, in the order of reports.
    pub misses: &'static [&'static str],
    /// Whether the last kind of miss is a wrong match too: the person was missed because another was named.
    pub last_is_wrong: bool,
    /// Kinds of wrong match that are told apart, all of them; none where they are only counted.
    pub wrongs: &'static [&'static str],
}

/// The words of kinds, in their order.
macro_rules! words {
    ($kinds:expr) => {{
        let mut words = [""; $kinds.len()];
        let mut place = 0;
        while place < words.len() {
            words[place] = $kinds[place].as_str();
            place += 1;
        }
        words
    }};
}
pub(super) use words;

/// What became of one row or pair, as a table counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// There is somebody to be found.
    pub present: bool,
    /// Somebody was named.
    pub is_match: bool,
    /// Rightly.
    pub right: bool,
    /// Place among the kinds of miss.
    pub miss: Option<usize>,
    /// Place among the kinds of wrong match.
    pub wrong: Option<usize>,
}

/// Counts of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Value of the column; empty where the rows have none.
    pub value: String,
    /// Rows; pairs that are true or were given.
    pub rows: u64,
    /// Rows whose person is in the registers; true pairs.
    pub present: u64,
    /// Matches; pairs that were given.
    pub matches: u64,
    /// Right matches.
    pub right: u64,
    /// Misses by kind, in the order of [`Counted::misses`].
    pub misses: Vec<u64>,
    /// Wrong matches by kind, in the order of [`Counted::wrongs`].
    pub wrongs: Vec<u64>,
}

/// All groups of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// The column.
    pub column: String,
    /// What is counted.
    pub counted: &'static Counted,
    /// Groups, largest number of people present first.
    pub groups: Vec<Group>,
}

impl Group {
    fn new(value: &str, counted: &Counted) -> Self {
        let (misses, wrongs) = (vec![0; counted.misses.len()], vec![0; counted.wrongs.len()]);
        Self { value: value.to_owned(), misses, wrongs, ..Self::default() }
    }

    /// Matches that name another.
    pub const fn wrong(&self) -> u64 {
        self.matches - self.right
    }

    /// Wrong matches that are no miss of anybody.
    fn wrong_alone(&self, counted: &Counted) -> u64 {
        let missed = self.misses.last().filter(|_| counted.last_is_wrong).copied();
        self.wrong() - missed.unwrap_or(0)
    }

    /// Right matches over people present; `None` where nobody is.
    pub fn recall(&self) -> Option<f64> {
        (self.present > 0).then(|| self.right as f64 / self.present as f64)
    }

    fn add(&mut self, tally: Tally) {
        self.rows += 1;
        self.present += u64::from(tally.present);
        self.right += u64::from(tally.right);
        self.matches += u64::from(tally.is_match);
        for (kind, counts) in [(tally.miss, &mut self.misses), (tally.wrong, &mut self.wrongs)] {
            if let Some(count) = kind.and_then(|kind| counts.get_mut(kind)) {
                *count += 1;
            }
        }
    }
}

/// Counts rows by their values in a column. A cell of several values, parted by `;`, counts in each.
pub(crate) fn group<'a>(
    column: &str,
    counted: &'static Counted,
    rows: impl IntoIterator<Item = (&'a str, Tally)>,
) -> Grouping {
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for (cell, tally) in rows {
        for value in cell.split(';') {
            let value = value.trim();
            groups.entry(value).or_insert_with(|| Group::new(value, counted)).add(tally);
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.present, group.rows)));
    Grouping { column: column.to_owned(), counted, groups }
}

/// What of a group may be shown: `None` where a count is small, or would give a small one away beside what else is shown.
/// Numbers of matches are not shown at all.
struct Shown {
    rows: Option<u64>,
    present: Option<u64>,
    right: Option<u64>,
    misses: Vec<Option<u64>>,
    wrong: Option<u64>,
    wrongs: Vec<Option<u64>>,
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
    /// all groups to what is known of the whole; so do the kinds of wrong match, where they are told apart, to all wrong ones.
    fn shown(&self, least: u64) -> Vec<Shown> {
        let parts = |group: &Group| [&[group.right][..], &group.misses].concat();
        let grid = Grid::hiding_below(least, self.groups.iter().map(parts).collect());
        let of_wrongs = Grid::hiding_below(least, self.groups.iter().map(|group| group.wrongs.clone()).collect());
        let tells_wrongs = !self.counted.wrongs.is_empty();
        let of_all = |value: &dyn Fn(&Group) -> u64, also: &dyn Fn(usize) -> bool| {
            let values: Vec<u64> = self.groups.iter().map(value).collect();
            hidden_below(least, &values, &(0..values.len()).map(also).collect::<Vec<_>>())
        };
        // Wrong ones are those of people who are present, which is a way to miss them, and of people who are not.
        let alone = of_all(&|group| group.wrong_alone(self.counted), &|_| false);
        let last = self.counted.misses.len();
        let is_in_part = |at: usize| {
            alone[at]
                || (self.counted.last_is_wrong && grid.cell(at, last).count().is_none())
                || (tells_wrongs && of_wrongs.total(at).count().is_none())
        };
        let wrong = of_all(&Group::wrong, &is_in_part);
        // With the wrong ones shown, all rows would tell those who are present, and the other way round.
        let is_absent_hidden = |at: usize| grid.total(at).count().is_none() || (tells_wrongs && wrong[at]);
        let absent = of_all(&|group| group.rows - group.present, &is_absent_hidden);
        let one = |(at, group): (usize, &Group)| Shown {
            rows: Some(group.rows).filter(|_| !absent[at]),
            present: grid.total(at).count(),
            right: grid.cell(at, 0).count(),
            misses: (0..group.misses.len()).map(|kind| grid.cell(at, 1 + kind).count()).collect(),
            wrong: Some(group.wrong()).filter(|_| !wrong[at]),
            wrongs: (0..group.wrongs.len())
                .map(|kind| of_wrongs.cell(at, kind).count().filter(|_| !wrong[at]))
                .collect(),
        };
        self.groups.iter().enumerate().map(one).collect()
    }

    /// The groups as a table, in as many parts as a width asks for; counts from 1 to below `least` are not shown, nor what
    /// would give them away.
    pub fn text(&self, least: u64, width: Option<usize>) -> String {
        let counted = self.counted;
        let occurs = |count: &dyn Fn(&Group) -> u64| self.groups.iter().any(|group| count(group) > 0);
        let misses: Vec<usize> =
            (0..counted.misses.len()).filter(|kind| occurs(&|group| group.misses[*kind])).collect();
        let wrongs: Vec<usize> =
            (0..counted.wrongs.len()).filter(|kind| occurs(&|group| group.wrongs[*kind])).collect();
        let mut header: Vec<String> = [self.column.as_str(), counted.present, "right", "recall", "wrong", "wrong/1000"]
            .map(str::to_owned)
            .to_vec();
        header.extend(misses.iter().map(|kind| counted.misses[*kind].to_owned()));
        header.extend(wrongs.iter().map(|kind| counted.wrongs[*kind].to_owned()));
        let mut lines = vec![header];
        for (group, shown) in self.groups.iter().zip(self.shown(least)) {
            let value = if group.value.is_empty() { "(none)" } else { &group.value };
            let mut line = vec![value.to_owned(), told(shown.present, group.present, least)];
            line.push(told(shown.right, group.right, least));
            line.push(shown.recall(least).map_or_else(String::new, |recall| format!("{recall:.4}")));
            line.push(told(shown.wrong, group.wrong(), least));
            line.push(shown.wrong_per_thousand(least).map_or_else(String::new, |rate| format!("{rate:.2}")));
            line.extend(misses.iter().map(|kind| told(shown.misses[*kind], group.misses[*kind], least)));
            line.extend(wrongs.iter().map(|kind| told(shown.wrongs[*kind], group.wrongs[*kind], least)));
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
            title: format!("Recall of {} by {}", self.counted.recall, self.column),
            note: format!(
                "Groups of which fewer than {least} {} are left out, and groups that would give away a count below {least}.",
                self.counted.few
            ),
            entries_name: self.column.clone(),
            values_name: "recall".into(),
            unit: Unit::Share,
            entries: self.groups.iter().zip(self.shown(least)).filter_map(entry).collect(),
        }
    }

    /// The groups as JSON, with the same suppression as [`Grouping::text`].
    pub fn to_json(&self, least: u64) -> serde_json::Value {
        let named = |names: &[&'static str], counts: Vec<Option<u64>>| -> BTreeMap<&'static str, Option<u64>> {
            names.iter().copied().zip(counts).collect()
        };
        let groups = self.groups.iter().zip(self.shown(least)).map(|(group, shown)| {
            let mut json = serde_json::json!({
                "value": group.value, "rows": shown.rows, "present": shown.present,
                "right": shown.right, "wrong": shown.wrong,
                "misses": named(self.counted.misses, shown.misses),
            });
            if !self.counted.wrongs.is_empty() {
                json["wrong_by_kind"] = serde_json::json!(named(self.counted.wrongs, shown.wrongs));
            }
            json
        });
        serde_json::json!({ "column": self.column, "groups": groups.collect::<Vec<_>>() })
    }
}
