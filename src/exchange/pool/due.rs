//! What is due on a day: the one-off set, first washes, rewashes; and what stays unfinished when the agreement ends.

use crate::error::Result;
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::pool::case::Pool;
use rusqlite::{Connection, params};
use serde::Serialize;

/// A case that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DueCase {
    /// Row of the ledger.
    #[serde(skip)]
    pub id: i64,
    /// Id of the Home Office's own system.
    pub cid_person_id: String,
    /// Pool.
    pub pool: Pool,
    /// Months since the cohort's first wash: 0 for a first one.
    pub number: u32,
    /// Since when it has been due.
    pub due_on: String,
    /// Month of the cohort; empty before the first wash.
    pub cohort: String,
}

/// What is due on a day, by pool and number of the wash, then by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The cases.
    pub cases: Vec<DueCase>,
}

/// Rewashes that fall after the end of the agreement: they are listed, and not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unfinished {
    /// Pool.
    pub pool: String,
    /// Month of the cohort; empty before the first wash.
    pub cohort: String,
    /// Number of the next wash.
    pub number: u32,
    /// When it is due.
    pub due_on: String,
    /// Cases.
    pub cases: u64,
}

/// Number of the next wash of a case.
const NEXT: &str = "iif(last_number IS NULL, 0, last_number + ?2)";

/// Cases of one pool, or of both, that are due on a day.
pub(super) fn due(db: &Connection, on: &str, pool: Option<Pool>, agreement: &Agreement) -> Result<Due> {
    let sql = format!(
        "SELECT c.id, c.cid_person_id, c.pool, {NEXT}, c.next_due_on, ifnull(k.month, '') \
         FROM pool_case c LEFT JOIN cohort k ON k.id = c.cohort \
         WHERE c.next_due_on IS NOT NULL AND c.state IN ('waiting', 'open') AND c.next_due_on <= ?1 \
         AND (?3 IS NULL OR c.pool = ?3)"
    );
    let mut statement = db.prepare(&sql).map_err(failed)?;
    let rows = statement.query_map(params![on, agreement.rewash_every_months, pool.map(Pool::as_str)], |row| {
        let word: String = row.get(2)?;
        Ok(DueCase {
            id: row.get(0)?,
            cid_person_id: row.get(1)?,
            pool: if word == Pool::Pre2008.as_str() { Pool::Pre2008 } else { Pool::Post2008 },
            number: row.get(3)?,
            due_on: row.get(4)?,
            cohort: row.get(5)?,
        })
    });
    let mut cases: Vec<DueCase> = rows.and_then(Iterator::collect).map_err(failed)?;
    cases.sort_by(|a, b| (a.pool, a.number, &a.cid_person_id).cmp(&(b.pool, b.number, &b.cid_person_id)));
    Ok(Due { cases })
}

impl Due {
    /// Cases by pool and number of the wash.
    pub fn counts(&self) -> Vec<(Pool, u32, u64)> {
        let mut out: Vec<(Pool, u32, u64)> = Vec::new();
        for case in &self.cases {
            match out.last_mut() {
                Some((pool, number, count)) if (*pool, *number) == (case.pool, case.number) => *count += 1,
                _ => out.push((case.pool, case.number, 1)),
            }
        }
        out
    }
}

impl Ledger {
    /// What is due on a day.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn due(&self, on: &str, pool: Option<Pool>, agreement: &Agreement) -> Result<Due> {
        due(self.db(), on, pool, agreement)
    }

    /// Washes that fall after the last day of the agreement, by pool, cohort and number.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn unfinished(&self, agreement: &Agreement) -> Result<Vec<Unfinished>> {
        let sql = format!(
            "SELECT c.pool, ifnull(k.month, ''), {NEXT}, max(c.next_due_on), count(*) \
             FROM pool_case c LEFT JOIN cohort k ON k.id = c.cohort \
             WHERE c.next_due_on IS NOT NULL AND c.state IN ('waiting', 'open', 'sent') AND c.next_due_on > ?1 \
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        );
        let mut statement = self.db().prepare(&sql).map_err(failed)?;
        let rows = statement.query_map(params![agreement.to, agreement.rewash_every_months], |row| {
            Ok(Unfinished {
                pool: row.get(0)?,
                cohort: row.get(1)?,
                number: row.get(2)?,
                due_on: row.get(3)?,
                cases: row.get::<_, i64>(4)? as u64,
            })
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }
}
