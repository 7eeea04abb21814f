//! A wash: the cases that are due, joined to a fresh file, under references of their own.

use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::pool::case::{Case, Pool};
use crate::exchange::pool::due::{DueCase, due};
use crate::util::hash::{Map, map};
use jiff::{ToSpan, civil::Date};
use rusqlite::{OptionalExtension, ToSql, Transaction, params};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

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

/// A wash that is made and not yet recorded: its files may be written meanwhile.
pub(crate) struct Planned {
    pub(crate) wash: Wash,
    id: i64,
    /// The case of each row.
    cases: Vec<DueCase>,
}

/// Joins what is due to a fresh file; `None` where nothing is due.
pub(crate) fn plan(
    transaction: &Transaction,
    cases: &[Case],
    on: &str,
    most: Option<u64>,
    agreement: &Agreement,
) -> Result<Option<Planned>> {
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
    let sql = "SELECT ifnull(max(id), 0) + 1 FROM wash";
    let id: i64 = transaction.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
    let name = format!("W{id:04}");
    let mut parts = Parts { most: agreement.workbook_rows_max, part: 0, filled: 0, pool: None };
    let rows = (1..).zip(&found).map(|(number, (case, row))| WashRow {
        dash_reference: format!("{name}-{number:06}"),
        row: *row,
        pool: case.pool,
        number: case.number,
        part: parts.next(case.pool),
    });
    let rows = rows.collect();
    let cases = found.into_iter().map(|(case, _)| case).collect();
    Ok(Some(Planned { wash: Wash { name, rows, missing, left }, id, cases }))
}

/// Records a wash with its rows.
pub(crate) fn record(
    transaction: &Transaction,
    planned: &Planned,
    nationalities: Option<&dyn Fn(u32) -> Option<String>>,
    on: &str,
    agreement: &Agreement,
) -> Result<()> {
    let Planned { wash, id, cases } = planned;
    let sql = "INSERT INTO wash (id, name, washed_on, agreement, rows) VALUES (?1, ?2, ?3, ?4, ?5)";
    let rows = wash.rows.len() as i64;
    transaction.execute(sql, params![id, wash.name, on, agreement.reference, rows]).map_err(failed)?;
    insert_rows(transaction, planned, nationalities)?;
    let mut cohorts = Cohorts { on, known: Vec::new() };
    let mut alike: BTreeMap<(i64, u32, Option<String>), Vec<i64>> = BTreeMap::new();
    for case in cases {
        let (cohort, first) = cohorts.of(transaction, case)?;
        let due = next_due_on(case.pool, &first, case.number, agreement)?;
        alike.entry((cohort, case.number, due)).or_default().push(case.id);
    }
    alike.iter().try_for_each(|((cohort, number, due), ids)| {
        let set = params![cohort, number, due];
        ids.chunks(AT_ONCE).try_for_each(|ids| send(transaction, set, ids))
    })
}

/// Keeps where the extract of a wash is, and the head that its manifest carries.
pub(crate) fn at_folder(transaction: &Transaction, planned: &Planned, folder: &Path, head: &str) -> Result<()> {
    let folder = std::path::absolute(folder).map_err(|error| Error::write(&error).at(folder.display()))?;
    let path = folder.to_str().ok_or_else(|| Error::output("is not a name in UTF-8").at(folder.display()))?;
    let sql = "UPDATE wash SET folder = ?2, head = ?3 WHERE id = ?1";
    transaction.execute(sql, params![planned.id, path, head]).map_err(failed)?;
    Ok(())
}

/// Rows of one statement: a statement for each row takes more time than the row.
const AT_ONCE: usize = 100;

fn insert_rows(
    transaction: &Transaction,
    planned: &Planned,
    nationalities: Option<&dyn Fn(u32) -> Option<String>>,
) -> Result<()> {
    let rows: Vec<(&WashRow, &DueCase)> = planned.wash.rows.iter().zip(&planned.cases).collect();
    for rows in rows.chunks(AT_ONCE) {
        let values = vec!["(?, ?, ?, ?, ?, ?)"; rows.len()].join(", ");
        let sql =
            format!("INSERT INTO washed (dash_reference, wash, part, case_id, number, nationality) VALUES {values}");
        let mut statement = transaction.prepare_cached(&sql).map_err(failed)?;
        let mut bound = 0;
        for (row, case) in rows {
            let nationality = nationalities.and_then(|of| of(row.row));
            let values: [&dyn ToSql; 6] =
                [&row.dash_reference, &planned.id, &row.part, &case.id, &case.number, &nationality];
            for value in values {
                bound += 1;
                statement.raw_bind_parameter(bound, value).map_err(failed)?;
            }
        }
        statement.raw_execute().map_err(failed)?;
    }
    Ok(())
}

/// Marks cases as sent, with their cohort, the number of the wash and the day of the next.
fn send(transaction: &Transaction, set: &[&dyn ToSql], ids: &[i64]) -> Result<()> {
    let places = vec!["?"; ids.len()].join(", ");
    let sql = format!(
        "UPDATE pool_case SET state = 'sent', cohort = ?1, last_number = ?2, next_due_on = ?3 WHERE id IN ({places})"
    );
    let mut statement = transaction.prepare_cached(&sql).map_err(failed)?;
    let values = set.iter().copied().chain(ids.iter().map(|id| id as &dyn ToSql));
    for (place, value) in (1..).zip(values) {
        statement.raw_bind_parameter(place, value).map_err(failed)?;
    }
    statement.raw_execute().map_err(failed)?;
    Ok(())
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

impl Ledger {
    /// Records a wash without writing its extract: what `pool extract` does beside the files.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn wash(&mut self, cases: &[Case], on: &str, most: Option<u64>, agreement: &Agreement) -> Result<Option<Wash>> {
        self.change(|transaction| {
            let Some(planned) = plan(transaction, cases, on, most, agreement)? else {
                return Ok((None, serde_json::json!({ "on": on, "rows": 0 })));
            };
            record(transaction, &planned, None, on, agreement)?;
            let made = planned.wash;
            let subject = serde_json::json!({ "wash": made.name, "on": on, "rows": made.rows.len() });
            Ok((Some(made), subject))
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
