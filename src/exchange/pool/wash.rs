//! A wash: the cases that are due, joined to a fresh file, under references of their own.

use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::pool::case::{Case, Pool};
use crate::exchange::pool::due::{DueCase, due};
use crate::util::hash::{Map, Set, map, set};
use jiff::{ToSpan, civil::Date};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

/// A wash as it goes into an extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wash {
    /// Name: `W0001` and so on; the first part of each of its references.
    pub name: String,
    /// Its rows: by pool, number of the wash and id.
    pub rows: Vec<WashRow>,
    /// Cases that are due and not in the fresh file: they stay due.
    pub missing: Vec<Missing>,
    /// Cases that are due and were left for later because of a most.
    pub left: u64,
}

/// A row of an extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WashRow {
    /// The reference under which the row goes and comes back.
    pub dash_reference: String,
    /// Row of the fresh table.
    pub row: u32,
    /// Pool.
    pub pool: Pool,
    /// Months since the cohort's first wash.
    pub number: u32,
    /// Workbook, from 1.
    pub part: u32,
}

/// A case that is due and not in the fresh file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Id of the Home Office's own system.
    pub cid_person_id: String,
    /// Number of the wash that it was due for.
    pub number: u32,
}

/// Joins what is due to a fresh file and records the wash; `None` where nothing is due.
pub(crate) fn wash(
    transaction: &Transaction,
    cases: &[Case],
    nationalities: Option<&dyn Fn(u32) -> Option<String>>,
    on: &str,
    most: Option<u64>,
    agreement: &Agreement,
) -> Result<Option<Wash>> {
    let mut fresh: Map<&str, &Case> = map();
    fresh.extend(cases.iter().map(|case| (case.cid_person_id.as_str(), case)));
    let (taken, left) = at_most(due(transaction, on, None, agreement)?.cases, most);
    let mut missing = Vec::new();
    let mut found: Vec<(DueCase, u32)> = Vec::with_capacity(taken.len());
    for case in taken {
        match fresh.get(case.cid_person_id.as_str()) {
            Some(row) => found.push((case, row.row)),
            None => missing.push(Missing { cid_person_id: case.cid_person_id, number: case.number }),
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let (id, name) = new_wash(transaction, on, found.len(), agreement)?;
    let mut cohorts = Cohorts { on, agreement, known: Vec::new() };
    let mut rows = Vec::with_capacity(found.len());
    let mut parts = Parts { most: agreement.workbook_rows_max, part: 0, filled: 0, pool: None };
    for (index, (case, row)) in found.into_iter().enumerate() {
        let wash_row = WashRow {
            dash_reference: format!("{name}-{:06}", index + 1),
            row,
            pool: case.pool,
            number: case.number,
            part: parts.next(case.pool),
        };
        let nationality = nationalities.and_then(|of| of(row));
        record(transaction, id, &case, &wash_row, nationality.as_deref(), &mut cohorts)?;
        rows.push(wash_row);
    }
    Ok(Some(Wash { name, rows, missing, left }))
}

/// Rewashes come before first washes: their day is agreed. Both in the order of the day on which they became due.
fn at_most(mut cases: Vec<DueCase>, most: Option<u64>) -> (Vec<DueCase>, u64) {
    let most = most.map_or(usize::MAX, |most| most as usize);
    if cases.len() <= most {
        return (cases, 0);
    }
    let left = (cases.len() - most) as u64;
    let urgency = |case: &DueCase| (case.number == 0, case.due_on.clone(), case.cid_person_id.clone());
    cases.sort_by_cached_key(urgency);
    cases.truncate(most);
    cases.sort_by(|a, b| (a.pool, a.number, &a.cid_person_id).cmp(&(b.pool, b.number, &b.cid_person_id)));
    (cases, left)
}

fn new_wash(transaction: &Transaction, on: &str, rows: usize, agreement: &Agreement) -> Result<(i64, String)> {
    let last: i64 =
        transaction.query_row("SELECT ifnull(max(id), 0) FROM wash", [], |row| row.get(0)).map_err(failed)?;
    let name = format!("W{:04}", last + 1);
    let sql = "INSERT INTO wash (id, name, washed_on, agreement, rows) VALUES (?1, ?2, ?3, ?4, ?5)";
    transaction.execute(sql, params![last + 1, name, on, agreement.reference, rows as i64]).map_err(failed)?;
    Ok((last + 1, name))
}

/// Workbooks of one pool each, with so many rows at most.
struct Parts {
    most: u32,
    part: u32,
    filled: u32,
    pool: Option<Pool>,
}

impl Parts {
    fn next(&mut self, pool: Pool) -> u32 {
        if self.pool != Some(pool) || self.filled == self.most {
            self.pool = Some(pool);
            self.part += 1;
            self.filled = 0;
        }
        self.filled += 1;
        self.part
    }
}

/// A cohort, and when the wash after a number is due.
struct Cohorts<'a> {
    on: &'a str,
    agreement: &'a Agreement,
    /// By pool and month, or id: the cohort and its first wash.
    known: Vec<(Pool, String, i64, String)>,
}

impl Cohorts<'_> {
    /// The cohort of a case, made at its first wash.
    fn of(&mut self, transaction: &Transaction, case: &DueCase) -> Result<(i64, String)> {
        let month = if case.number == 0 { &self.on[..7] } else { case.cohort.as_str() };
        let known = self.known.iter().find(|(pool, known, ..)| *pool == case.pool && known == month);
        if let Some((_, _, id, first)) = known {
            return Ok((*id, first.clone()));
        }
        let sql = "SELECT id, first_wash_on FROM cohort WHERE pool = ?1 AND month = ?2";
        let found = transaction
            .query_row(sql, params![case.pool.as_str(), month], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(failed)?;
        let (id, first) = match found {
            Some(found) => found,
            None => {
                let sql = "INSERT INTO cohort (pool, month, first_wash_on) VALUES (?1, ?2, ?3)";
                transaction.execute(sql, params![case.pool.as_str(), month, self.on]).map_err(failed)?;
                (transaction.last_insert_rowid(), self.on.to_owned())
            }
        };
        self.known.push((case.pool, month.to_owned(), id, first.clone()));
        Ok((id, first))
    }
}

/// When the wash after `number` is due: so many calendar months after the cohort's first wash, clamped to the month's end
/// and never counted from a later wash; `None` after the last.
pub(super) fn next_due_on(
    pool: Pool,
    first_wash_on: &str,
    number: u32,
    agreement: &Agreement,
) -> Result<Option<String>> {
    let next = number + agreement.rewash_every_months;
    if next > agreement.rewash_until_months || (pool == Pool::Pre2008 && !agreement.rewash_one_off) {
        return Ok(None);
    }
    let out_of_range = |_| Error::internal("a date of the ledger is out of range");
    let first: Date = first_wash_on.parse().map_err(out_of_range)?;
    Ok(Some(first.checked_add(i64::from(next).months()).map_err(out_of_range)?.to_string()))
}

fn record(
    transaction: &Transaction,
    wash: i64,
    case: &DueCase,
    row: &WashRow,
    nationality: Option<&str>,
    cohorts: &mut Cohorts,
) -> Result<()> {
    let (cohort, first) = cohorts.of(transaction, case)?;
    let due = next_due_on(case.pool, &first, case.number, cohorts.agreement)?;
    let sql = "UPDATE pool_case SET state = 'sent', cohort = ?2, last_number = ?3, next_due_on = ?4 WHERE id = ?1";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    statement.execute(params![case.id, cohort, case.number, due]).map_err(failed)?;
    let sql = "INSERT INTO washed (dash_reference, wash, part, case_id, number, nationality) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    statement
        .execute(params![row.dash_reference, wash, row.part, case.id, case.number, nationality])
        .map_err(failed)?;
    Ok(())
}

impl Ledger {
    /// Whether a fresh file would give a wash. Nothing is changed.
    pub(crate) fn would_wash(&self, cases: &[Case], on: &str, agreement: &Agreement) -> Result<bool> {
        let transaction = self.db().unchecked_transaction().map_err(failed)?;
        super::load(&transaction, cases, on, agreement)?;
        let mut fresh: Set<&str> = set();
        fresh.extend(cases.iter().map(|case| case.cid_person_id.as_str()));
        let due = due(&transaction, on, None, agreement)?;
        Ok(due.cases.iter().any(|case| fresh.contains(case.cid_person_id.as_str())))
        // Dropped without a commit, the transaction is rolled back.
    }

    /// Records a wash without writing its extract: what `pool extract` does beside the files.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn wash(&mut self, cases: &[Case], on: &str, most: Option<u64>, agreement: &Agreement) -> Result<Option<Wash>> {
        self.change(|transaction| {
            let made = wash(transaction, cases, None, on, most, agreement)?;
            let subject = match &made {
                Some(made) => serde_json::json!({ "wash": made.name, "on": on, "rows": made.rows.len() }),
                None => serde_json::json!({ "on": on, "rows": 0 }),
            };
            Ok((made, subject))
        })
    }

    /// Takes back a wash whose extract was rejected or never sent: its cases are due again, as before.
    ///
    /// # Errors
    /// When there is no such wash, or a part of it has been returned.
    pub fn cancel_wash(&mut self, name: &str, on: &str, reason: &str, agreement: &Agreement) -> Result<u64> {
        self.change(|transaction| {
            let rows = cancel(transaction, name, on, reason, agreement)?;
            Ok((rows, serde_json::json!({ "wash": name, "cancelled_on": on, "reason": reason, "rows": rows })))
        })
    }
}

fn cancel(transaction: &Transaction, name: &str, on: &str, reason: &str, agreement: &Agreement) -> Result<u64> {
    let sql = "UPDATE wash SET cancelled_on = ?2, cancelled_reason = ?3 \
               WHERE name = ?1 AND cancelled_on IS NULL RETURNING id, washed_on";
    let found = transaction
        .query_row(sql, params![name, on, reason], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .optional()
        .map_err(failed)?;
    let (id, washed_on) = found.ok_or_else(|| Error::usage(format!("there is no wash {name} to cancel")))?;
    let returned: i64 = transaction
        .query_row("SELECT count(*) FROM washed WHERE wash = ?1 AND outcome IS NOT NULL", [id], |row| row.get(0))
        .map_err(failed)?;
    if returned > 0 {
        return Err(Error::usage(format!("{returned} rows of {name} have been returned: it cannot be cancelled")));
    }
    // A case that was due is due again from the day on which the wash was made; withdrawn ones stay withdrawn.
    let sql = "UPDATE pool_case SET state = iif(last_number = 0, 'waiting', 'open'), next_due_on = ?2, \
               cohort = iif(last_number = 0, NULL, cohort), \
               last_number = iif(last_number = 0, NULL, last_number - ?3) \
               WHERE state = 'sent' AND id IN (SELECT case_id FROM washed WHERE wash = ?1)";
    transaction.execute(sql, params![id, washed_on, agreement.rewash_every_months]).map_err(failed)?;
    let rows = transaction.execute("DELETE FROM washed WHERE wash = ?1", [id]).map_err(failed)?;
    transaction
        .execute("DELETE FROM cohort WHERE id NOT IN (SELECT cohort FROM pool_case WHERE cohort IS NOT NULL)", [])
        .map_err(failed)?;
    Ok(rows as u64)
}
