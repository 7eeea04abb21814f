//! Counts that add up: cases by pool and state, and whether every case in scope has been washed or has a reason why not.

use crate::error::Result;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::pool::case::{Pool, State};
use rusqlite::params;
use serde::Serialize;

/// Cases by pool and state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Cases in all.
    pub cases: u64,
    /// By pool and state; each case once.
    pub by_state: Vec<(Pool, State, u64)>,
    /// Cases that are due and have not been washed.
    pub overdue: u64,
    /// Washes of which rows have not come back.
    pub awaited: Vec<(String, u64)>,
}

/// Whether every case was washed, or why not (R13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Cases that were ever in the ledger.
    pub cases: u64,
    /// Washed at least once.
    pub washed: u64,
    /// Left the pool before a first wash.
    pub left_before: u64,
    /// Not yet without contact for long enough, or the exchange of their pool has not begun.
    pub not_yet: u64,
    /// The time without contact is not known.
    pub contact_unknown: u64,
    /// Due, and not washed.
    pub due: u64,
}

impl Coverage {
    /// Whether each case is in exactly one of the counts.
    pub const fn adds_up(&self) -> bool {
        self.washed + self.left_before + self.not_yet + self.contact_unknown + self.due == self.cases
    }
}

impl Ledger {
    /// Cases by pool and state on a day.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn status(&self, on: &str) -> Result<Status> {
        let sql = "SELECT pool, state, count(*) FROM pool_case GROUP BY 1, 2";
        let mut statement = self.db().prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let rows: Vec<(String, String, i64)> = rows.and_then(Iterator::collect).map_err(failed)?;
        let mut by_state = Vec::new();
        for (pool, state, count) in rows {
            let pool = Pool::of_word(&pool).unwrap_or(Pool::Post2008);
            by_state.push((pool, State::of_word(&state)?, count as u64));
        }
        by_state.sort();
        let cases = by_state.iter().map(|(_, _, count)| count).sum();
        let sql = "SELECT count(*) FROM pool_case \
                   WHERE next_due_on IS NOT NULL AND state IN ('waiting', 'open') AND next_due_on <= ?1";
        let overdue: i64 = self.db().query_row(sql, [on], |row| row.get(0)).map_err(failed)?;
        let sql = "SELECT v.name, count(*) FROM washed w JOIN wash v ON v.id = w.wash \
                   WHERE w.outcome IS NULL GROUP BY v.id ORDER BY v.id";
        let mut statement = self.db().prepare(sql).map_err(failed)?;
        let awaited = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)));
        let awaited = awaited.and_then(Iterator::collect).map_err(failed)?;
        Ok(Status { cases, by_state, overdue: overdue as u64, awaited })
    }

    /// Whether every case was washed, or why not, on a day.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn coverage(&self, on: &str) -> Result<Coverage> {
        let sql = "SELECT count(*), sum(last_number IS NOT NULL), \
                   sum(last_number IS NULL AND state = 'withdrawn'), \
                   sum(state = 'waiting' AND next_due_on > ?1), \
                   sum(state = 'waiting' AND next_due_on IS NULL), \
                   sum(state = 'waiting' AND next_due_on <= ?1) FROM pool_case";
        let count = |row: &rusqlite::Row, at| row.get::<_, Option<i64>>(at).map(|count| count.unwrap_or(0) as u64);
        self.db()
            .query_row(sql, params![on], |row| {
                Ok(Coverage {
                    cases: count(row, 0)?,
                    washed: count(row, 1)?,
                    left_before: count(row, 2)?,
                    not_yet: count(row, 3)?,
                    contact_unknown: count(row, 4)?,
                    due: count(row, 5)?,
                })
            })
            .map_err(failed)
    }

    /// Ids of the cases in a state, in order.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn cases_in(&self, state: State) -> Result<Vec<String>> {
        let sql = "SELECT cid_person_id FROM pool_case WHERE state = ?1 ORDER BY cid_person_id";
        let mut statement = self.db().prepare(sql).map_err(failed)?;
        let rows = statement.query_map([state.as_str()], |row| row.get(0));
        rows.and_then(Iterator::collect).map_err(failed)
    }
}
