//! Runs: what a command of HMRC or DWP made, recorded together with the folder that it made.
//!
//! A command that writes personal data with a ledger goes through [`Ledger::publish_run`]: the folder, the run, its rows
//! and its deliveries are there together, or none of them is.

use crate::error::{Error, Result};
use crate::exchange::ledger::{Delivery, Ledger, delivery, failed};
use crate::store::OutputFolder;
use rusqlite::{Transaction, params};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A run that begins.
#[derive(Clone, Debug)]
pub struct NewRun<'a> {
    /// The command, as lists of runs name it.
    pub command: &'a str,
    /// Day of the run, `YYYY-MM-DD`.
    pub on: &'a str,
    /// Reference of the agreement under which it is made.
    pub agreement: &'a str,
}

/// What the manifest of a run carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Head of the audit chain before the run, as `audit_head`.
    pub audit_head: String,
    /// Name of the run, as `run`.
    pub run: String,
}

/// One row of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Dash reference, as received.
    pub reference: String,
    /// What became of it.
    pub outcome: &'static str,
    /// The files for other departments that it stands in.
    pub files: String,
}

/// What a run leaves in the ledger.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Every row of the input, in order.
    pub rows: Vec<RunRow>,
    /// Files that were received and made.
    pub deliveries: Vec<Delivery>,
    /// Public keys that the run's working files are sealed to; empty where they are not.
    pub sealed_to: Vec<String>,
}

impl Ledger {
    /// Puts the folder of a run in place and records the run, both or neither. `write` fills the folder, whose
    /// `manifest.json` must carry the stamp, and says what is to be recorded.
    ///
    /// # Errors
    /// When `write` fails, or folder or ledger cannot be written: then nothing has changed.
    pub fn publish_run<T>(
        &mut self,
        folder: OutputFolder,
        run: &NewRun,
        write: impl FnOnce(&OutputFolder, &Stamp) -> Result<(T, Recording)>,
    ) -> Result<T> {
        let target = super::change::absolute(folder.target())?;
        self.change_with_folder(folder, |transaction, folder, head| {
            let id = next_run(transaction)?;
            let stamp = Stamp { audit_head: head.to_owned(), run: format!("R{id:04}") };
            let (done, recording) = write(folder, &stamp)?;
            let subject = record(transaction, id, &target, run, &stamp, &recording)?;
            Ok((done, subject))
        })
    }
}

/// What is added to a run that was made before.
#[derive(Clone, Debug, Default)]
pub struct Addition {
    /// Files that were made.
    pub deliveries: Vec<Delivery>,
    /// Rows of the run, by Dash reference, with the files that they stand in now as well.
    pub rows: Vec<(String, String)>,
    /// What the audit is to say.
    pub subject: Value,
}

impl Ledger {
    /// Puts a folder that belongs to a run in place and records it with the run, both or neither. `run` is its name and the
    /// head that its manifest carries. `write` fills the folder, whose `manifest.json` must carry the head it is given.
    ///
    /// # Errors
    /// When the run is not in this ledger, is closed or destroyed, `write` fails, or folder or ledger cannot be written:
    /// then nothing has changed.
    pub fn add_to_run<T>(
        &mut self,
        run: (&str, &str),
        folder: OutputFolder,
        write: impl FnOnce(&OutputFolder, &str) -> Result<(T, Addition)>,
    ) -> Result<T> {
        let (name, head_of_run) = run;
        let held = self.held_as(name)?;
        if held.audit_head != head_of_run {
            return Err(Error::usage(format!("{name} of this ledger is another run")).at(self.path().display()));
        }
        let gone = held.destroyed_on.as_ref().map(|day| format!("{name} was destroyed on {day}"));
        let closed = held.closed_on.as_ref().map(|day| format!("{name} was closed on {day}"));
        if let Some(what) = gone.or(closed) {
            return Err(Error::usage(what).hint("the cycle of a run is open until its last answer"));
        }
        self.change_with_folder(folder, |transaction, folder, head| {
            let (done, addition) = write(folder, head)?;
            add(transaction, held.id, &addition)?;
            Ok((done, addition.subject))
        })
    }
}

fn add(transaction: &Transaction, run: i64, addition: &Addition) -> Result<()> {
    let sql = "UPDATE run_row SET files = iif(files = '', ?3, files || ';' || ?3) WHERE run = ?1 AND reference = ?2";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    for (reference, files) in &addition.rows {
        statement.execute(params![run, reference, files]).map_err(failed)?;
    }
    for made in &addition.deliveries {
        delivery::record_of(transaction, made, Some(run))?;
    }
    Ok(())
}

fn next_run(transaction: &Transaction) -> Result<i64> {
    transaction.query_row("SELECT ifnull(max(id), 0) + 1 FROM run", [], |row| row.get(0)).map_err(failed)
}

/// Records a run; gives what the audit is to say.
fn record(
    transaction: &Transaction,
    id: i64,
    folder: &Path,
    run: &NewRun,
    stamp: &Stamp,
    recording: &Recording,
) -> Result<Value> {
    let path = folder.to_str().ok_or_else(|| Error::output("is not a name in UTF-8").at(folder.display()))?;
    let sql = "INSERT INTO run (id, name, command, run_on, agreement, folder, head, sealed_to, rows) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let rows = recording.rows.len() as i64;
    let sealed_to = recording.sealed_to.join(" ");
    let values = params![id, stamp.run, run.command, run.on, run.agreement, path, stamp.audit_head, sealed_to, rows];
    transaction.execute(sql, values).map_err(failed)?;
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    let sql = "INSERT INTO run_row (run, row, reference, outcome, files) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    for (number, row) in (1_i64..).zip(&recording.rows) {
        statement.execute(params![id, number, row.reference, row.outcome, row.files]).map_err(failed)?;
        *counts.entry(row.outcome).or_default() += 1;
    }
    for (outcome, rows) in &counts {
        let sql = "INSERT INTO run_count (run, outcome, rows) VALUES (?1, ?2, ?3)";
        transaction.execute(sql, params![id, outcome, rows]).map_err(failed)?;
    }
    for made in &recording.deliveries {
        delivery::record_of(transaction, made, Some(id))?;
    }
    Ok(serde_json::json!({
        "run": stamp.run, "on": run.on, "agreement": run.agreement, "rows": rows, "outcomes": counts,
        "sealed_to": recording.sealed_to, "deliveries": recording.deliveries,
    }))
}
