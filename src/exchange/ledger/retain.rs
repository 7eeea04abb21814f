//! Retention: what is held, why, and until when; a row found again by its reference.
//!
//! "The matching exercise is complete" means that the cycle is closed: the response was accepted (T10). From then on a run
//! is kept for as long as the agreement says. The Home Office closes washes, HMRC and DWP close runs.

use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::change::intend;
use crate::exchange::ledger::{Ledger, failed};
use crate::util::hash::hex;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{ToSpan, civil::Date};
use rayon::prelude::*;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use sha2::Sha256;
use std::collections::BTreeMap;

/// A run or a wash, and what is held of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Number within its kind.
    #[serde(skip)]
    pub(super) id: i64,
    /// `R0001` for a run, `W0001` for a wash.
    pub name: String,
    /// The command that made it.
    pub command: String,
    /// Its day.
    pub on: String,
    /// Agreement under which it was made.
    pub agreement: String,
    /// Rows, as they were when it was made.
    pub rows: u64,
    /// Rows by outcome; they stay when the rows are destroyed.
    pub outcomes: BTreeMap<String, u64>,
    /// Its folder; empty for a wash whose extract was not written.
    #[serde(skip)]
    pub folder: String,
    /// Head of the audit chain that its manifest carries.
    pub audit_head: String,
    /// Public keys that it is sealed to, parted by spaces.
    pub sealed_to: String,
    /// Day on which its cycle was closed.
    pub closed_on: Option<String>,
    /// Last day on which it may be held.
    pub keep_until: Option<String>,
    /// Day on which it was destroyed.
    pub destroyed_on: Option<String>,
    /// Whether its references are keyed hashes.
    pub keyed: bool,
}

impl Held {
    /// Whether it is a wash of the Home Office.
    pub fn is_wash(&self) -> bool {
        self.name.starts_with('W')
    }

    /// Whether it is held after the last day on which it may be.
    pub fn overdue(&self, on: &str) -> bool {
        self.destroyed_on.is_none() && self.keep_until.as_deref().is_some_and(|until| until < on)
    }

    /// Why it is held, or that it is not.
    pub fn why(&self, on: &str) -> String {
        match (&self.destroyed_on, &self.closed_on, &self.keep_until) {
            (Some(day), ..) => format!("destroyed on {day}: counts and audit entries alone are held"),
            (None, Some(_), Some(until)) if self.overdue(on) => format!("to be destroyed since {until}"),
            (None, Some(day), Some(until)) => format!("closed on {day}, kept until {until} at the latest"),
            _ if self.is_wash() => "the cycle is open: answers and verifications are matched to it".into(),
            _ => "the matching exercise is not complete: the cycle is open".into(),
        }
    }
}

/// Where a row of a reference went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowTrace {
    /// Run or wash.
    pub run: String,
    /// The command that made it.
    pub command: String,
    /// Its day.
    pub on: String,
    /// Number of the row in the input of a run; of the workbook of a wash.
    pub row: i64,
    /// What became of it; empty while it is not known.
    pub outcome: String,
    /// Files for other departments that it stands in, parted by `;`.
    pub files: String,
}

/// The keyed hash of a reference: HMAC-SHA256 of its bytes, in hex.
pub(super) fn keyed(key: &[u8], reference: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Error::settings("is no key"))?;
    mac.update(reference.as_bytes());
    Ok(hex(&mac.finalize().into_bytes()))
}

const RUNS: &str = "SELECT id, name, command, run_on, agreement, rows, folder, head, sealed_to, closed_on, keep_until, \
                    destroyed_on, keyed FROM run ORDER BY id";
const WASHES: &str = "SELECT id, name, 'pool extract', washed_on, agreement, rows, folder, head, '', closed_on, keep_until, \
                      destroyed_on, keyed FROM wash WHERE cancelled_on IS NULL ORDER BY id";

fn held(row: &Row) -> rusqlite::Result<Held> {
    Ok(Held {
        id: row.get(0)?,
        name: row.get(1)?,
        command: row.get(2)?,
        on: row.get(3)?,
        agreement: row.get(4)?,
        rows: row.get::<_, i64>(5)? as u64,
        outcomes: BTreeMap::new(),
        folder: row.get(6)?,
        audit_head: row.get(7)?,
        sealed_to: row.get(8)?,
        closed_on: row.get(9)?,
        keep_until: row.get(10)?,
        destroyed_on: row.get(11)?,
        keyed: row.get(12)?,
    })
}

impl Ledger {
    /// All runs and washes, in the order in which they were made.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn held(&self) -> Result<Vec<Held>> {
        let mut out: Vec<Held> = Vec::new();
        for sql in [RUNS, WASHES] {
            let mut statement = self.db().prepare(sql).map_err(failed)?;
            let rows = statement.query_map([], held).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
            out.extend(rows.map_err(failed)?);
        }
        // One pass over all rows: a look-up for each wash would go through them in another order than they stand in.
        for (wash, sql) in [
            (false, "SELECT run, outcome, rows FROM run_count"),
            (true, "SELECT wash, ifnull(outcome, 'awaited'), count(*) FROM washed GROUP BY 1, 2"),
        ] {
            let mut statement = self.db().prepare(sql).map_err(failed)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64)));
            let rows: Vec<(i64, String, u64)> = rows.and_then(Iterator::collect).map_err(failed)?;
            for (id, outcome, count) in rows {
                let of = out.iter_mut().find(|held| held.is_wash() == wash && held.id == id);
                if let Some(held) = of {
                    held.outcomes.insert(outcome, count);
                }
            }
        }
        Ok(out)
    }

    /// A run or wash by its name.
    ///
    /// # Errors
    /// When there is none of the name.
    pub fn held_as(&self, name: &str) -> Result<Held> {
        let found = self.held()?.into_iter().find(|held| held.name == name);
        found.ok_or_else(|| {
            Error::usage(format!("there is no run {name}"))
                .at(self.path().display())
                .hint("`rewash ledger runs` lists them")
        })
    }

    /// Closes the cycle of a run or wash: from now on it is kept for as long as the agreement says. With a key, its
    /// references become keyed hashes.
    ///
    /// # Errors
    /// When there is no such open run, rows of a wash have not come back, or the ledger cannot be written.
    pub fn close(&mut self, name: &str, on: &str, agreement: &Agreement, key: Option<&[u8]>) -> Result<Held> {
        let held = self.held_as(name)?;
        refuse_close(&held, on)?;
        let keep_until = days_after(on, agreement.keep_days_after_closure)?;
        let command = self.command.clone();
        let intent = self.change(|transaction| {
            let table = if held.is_wash() { "wash" } else { "run" };
            let sql = format!("UPDATE {table} SET closed_on = ?2, keep_until = ?3, keyed = ?4 WHERE id = ?1");
            transaction.execute(&sql, params![held.id, on, keep_until, key.is_some()]).map_err(failed)?;
            let intent = match key {
                Some(key) => {
                    hash_references(transaction, &held, key)?;
                    // The references are in old pages until those are cleared.
                    Some(intend(transaction, "scrub", name, &command, "")?)
                }
                None => None,
            };
            let subject = serde_json::json!({
                "run": name, "closed_on": on, "keep_until": keep_until, "keyed": key.is_some(),
            });
            Ok((intent, subject))
        })?;
        if let Some(intent) = intent {
            self.scrub()?;
            self.fulfilled(intent)?;
        }
        self.held_as(name)
    }

    /// Where the row of a reference went. Runs that were closed with a key need it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn row(&self, reference: &str, key: Option<&[u8]>) -> Result<Vec<RowTrace>> {
        let mut out = self.rows_of(reference, false)?;
        if let Some(key) = key {
            out.extend(self.rows_of(&keyed(key, reference)?, true)?);
        }
        out.sort_by(|a, b| (&a.on, &a.run, a.row).cmp(&(&b.on, &b.run, b.row)));
        Ok(out)
    }

    fn rows_of(&self, reference: &str, keyed: bool) -> Result<Vec<RowTrace>> {
        let runs = "SELECT r.name, r.command, r.run_on, w.row, w.outcome, w.files FROM run_row w \
                    JOIN run r ON r.id = w.run WHERE w.reference = ?1 AND r.keyed = ?2";
        let washes = "SELECT v.name, 'pool extract', v.washed_on, w.part, ifnull(w.outcome, ''), '' FROM washed w \
                      JOIN wash v ON v.id = w.wash WHERE w.dash_reference = ?1 AND v.keyed = ?2";
        let mut out = Vec::new();
        for sql in [runs, washes] {
            let mut statement = self.db().prepare(sql).map_err(failed)?;
            let rows = statement.query_map(params![reference, keyed], |row| {
                Ok(RowTrace {
                    run: row.get(0)?,
                    command: row.get(1)?,
                    on: row.get(2)?,
                    row: row.get(3)?,
                    outcome: row.get(4)?,
                    files: row.get(5)?,
                })
            });
            out.extend(rows.and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>).map_err(failed)?);
        }
        Ok(out)
    }
}

fn refuse_close(held: &Held, on: &str) -> Result<()> {
    let name = &held.name;
    if let Some(day) = &held.closed_on {
        return Err(Error::usage(format!("{name} was closed on {day}")));
    }
    if on < held.on.as_str() {
        return Err(Error::usage(format!("{name} was made on {}, after {on}", held.on)));
    }
    if let Some(awaited) = held.outcomes.get("awaited") {
        return Err(Error::usage(format!("{awaited} rows of {name} have not come back"))
            .hint("a cycle is closed when the response is complete and accepted"));
    }
    Ok(())
}

fn days_after(on: &str, days: u32) -> Result<String> {
    let wrong = |_| Error::usage(format!("`{on}` is not a date")).hint("write YYYY-MM-DD");
    let day: Date = on.parse().map_err(wrong)?;
    Ok(day.checked_add(i64::from(days).days()).map_err(wrong)?.to_string())
}

/// Puts keyed hashes in the place of references.
fn hash_references(transaction: &Transaction, held: &Held, key: &[u8]) -> Result<()> {
    let (select, update) = if held.is_wash() {
        (
            "SELECT case_id, dash_reference FROM washed WHERE wash = ?1",
            "UPDATE washed SET dash_reference = ?3 WHERE wash = ?1 AND case_id = ?2",
        )
    } else {
        (
            "SELECT row, reference FROM run_row WHERE run = ?1",
            "UPDATE run_row SET reference = ?3 WHERE run = ?1 AND row = ?2",
        )
    };
    let mut statement = transaction.prepare(select).map_err(failed)?;
    let rows = statement.query_map([held.id], |row| Ok((row.get(0)?, row.get(1)?)));
    let rows: Vec<(i64, String)> = rows.and_then(Iterator::collect).map_err(failed)?;
    let hashes = rows.par_iter().map(|(_, reference)| keyed(key, reference)).collect::<Result<Vec<_>>>()?;
    let mut statement = transaction.prepare(update).map_err(failed)?;
    for ((row, _), hash) in rows.iter().zip(&hashes) {
        statement.execute(params![held.id, row, hash]).map_err(failed)?;
    }
    Ok(())
}

impl Ledger {
    /// Text of the certificate of a run's destruction.
    ///
    /// # Errors
    /// When there is no such run, or it was not destroyed.
    pub fn certificate(&self, name: &str) -> Result<String> {
        let held = self.held_as(name)?;
        let table = if held.is_wash() { "wash" } else { "run" };
        let sql = format!("SELECT c.text FROM {table} r JOIN certificate c ON c.id = r.certificate WHERE r.id = ?1");
        let found: Option<String> =
            self.db().query_row(&sql, [held.id], |row| row.get(0)).optional().map_err(failed)?;
        found.ok_or_else(|| Error::usage(format!("{name} was not destroyed")))
    }
}

#[cfg(test)]
mod tests {
    use super::keyed;

    #[test]
    fn a_keyed_hash_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let want = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(keyed(b"Jefe", "what do ya want for nothing?").expect("a key"), want);
    }
}
