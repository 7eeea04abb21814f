//! Counts of the ledger by wash number, pool, cohort and measure: what the metrics of the exchange are made from.

use crate::error::Result;
use crate::exchange::ledger::{Ledger, failed};
use std::collections::BTreeMap;

/// What metrics are broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Months since the cohort's first wash.
    Number,
    /// Pool.
    Pool,
    /// Pool and month of the cohort's first wash.
    Cohort,
    /// Nationality, where the agreement authorises it.
    Nationality,
}

impl By {
    /// The word in files, and the word for a breakdown of each data set.
    pub(super) const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Number => ["wash_number", "wash_number, data_set"],
            Self::Pool => ["pool", "pool, data_set"],
            Self::Cohort => ["cohort", "cohort, data_set"],
            Self::Nationality => ["nationality", "nationality, data_set"],
        }
    }
}

/// Rows of one kind.
#[derive(Clone, Debug)]
struct Tally {
    number: u32,
    pool: String,
    cohort: String,
    nationality: Option<String>,
    measure: String,
    rows: u64,
}

/// Counts by measure.
#[derive(Clone, Debug, Default)]
pub(super) struct Measures(BTreeMap<String, u64>);

impl FromIterator<(String, u64)> for Measures {
    fn from_iter<I: IntoIterator<Item = (String, u64)>>(counts: I) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl Measures {
    /// Rows of a measure.
    pub(super) fn get(&self, measure: &str) -> u64 {
        self.0.get(measure).copied().unwrap_or(0)
    }

    /// Rows of the first measure less those of the others.
    pub(super) fn less(&self, whole: &str, others: &[&str]) -> u64 {
        self.get(whole).saturating_sub(others.iter().map(|other| self.get(other)).sum())
    }

    /// Measures that begin with a word, with the rest of their names.
    pub(super) fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, u64)> {
        self.0.iter().filter_map(move |(measure, rows)| Some((measure.strip_prefix(prefix)?, *rows)))
    }
}

/// All counts of a ledger.
///
/// What a return says is in `tally`, which stays when rows go. What was verified, and of which nationality a row is,
/// stands beside the rows themselves: these measures are named `row:` and `verified:`.
#[derive(Clone, Debug)]
pub(super) struct Tallies(Vec<Tally>);

impl Tallies {
    /// Reads the counts of a ledger.
    pub(super) fn read(ledger: &Ledger) -> Result<Self> {
        let sql = "SELECT number, pool, cohort, NULL, measure, sum(rows) FROM tally GROUP BY 1, 2, 3, 5 \
                   UNION ALL \
                   SELECT w.number, c.pool, ifnull(k.month, ''), w.nationality, 'row:' || w.outcome, count(*) \
                   FROM washed w JOIN pool_case c ON c.id = w.case_id LEFT JOIN cohort k ON k.id = c.cohort \
                   WHERE w.outcome IS NOT NULL GROUP BY 1, 2, 3, 4, 5 \
                   UNION ALL \
                   SELECT w.number, c.pool, ifnull(k.month, ''), w.nationality, 'verified:' || w.verified, count(*) \
                   FROM washed w JOIN pool_case c ON c.id = w.case_id LEFT JOIN cohort k ON k.id = c.cohort \
                   WHERE w.verified IS NOT NULL GROUP BY 1, 2, 3, 4, 5 \
                   ORDER BY 1, 2, 3, 4, 5";
        let mut statement = ledger.db().prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], |row| {
            Ok(Tally {
                number: row.get(0)?,
                pool: row.get(1)?,
                cohort: row.get(2)?,
                nationality: row.get(3)?,
                measure: row.get(4)?,
                rows: row.get::<_, i64>(5)?.max(0) as u64,
            })
        });
        Ok(Self(rows.and_then(Iterator::collect).map_err(failed)?))
    }

    /// Counts of the whole.
    pub(super) fn whole(&self) -> Measures {
        self.by(|_| Some(String::new())).remove("").unwrap_or_default()
    }

    /// Counts by group, in the order of the groups' names.
    pub(super) fn groups(&self, by: By) -> Vec<(String, Measures)> {
        let of = |tally: &Tally| match by {
            // Numbers of one and two digits in their order.
            By::Number => Some(format!("{:02}", tally.number)),
            By::Pool => Some(tally.pool.clone()),
            By::Cohort => Some(format!("{} {}", tally.pool, tally.cohort)),
            By::Nationality => {
                let is_of_row = tally.measure.starts_with("row:") || tally.measure.starts_with("verified:");
                let word = tally.nationality.as_deref().map_or("", str::trim);
                let stated = if word.is_empty() { "not stated".to_owned() } else { word.to_uppercase() };
                is_of_row.then_some(stated)
            }
        };
        let short = |group: String| match group.strip_prefix('0') {
            Some(digit) if by == By::Number => digit.to_owned(),
            _ => group,
        };
        self.by(of).into_iter().map(|(group, measures)| (short(group), measures)).collect()
    }

    fn by(&self, group: impl Fn(&Tally) -> Option<String>) -> BTreeMap<String, Measures> {
        let mut groups: BTreeMap<String, Measures> = BTreeMap::new();
        for tally in &self.0 {
            if let Some(group) = group(tally) {
                *groups.entry(group).or_default().0.entry(tally.measure.clone()).or_default() += tally.rows;
            }
        }
        groups
    }
}
