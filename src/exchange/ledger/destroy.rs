//! Destruction of a run: its files, and what the ledger knows of its rows (R104).
//!
//! In: names of runs. Out: nothing of them but counts, digests and a certificate. It cannot be taken back, so it goes
//! forward: the intent says all that is to go; then files; then rows, audit entry and certificate in one commit; then free
//! pages and log; then the certificate's file; then the intent goes. Each step can be done twice. Whoever is stopped on the
//! way leaves the intent, and the next command that opens the ledger goes through the steps again.

use crate::error::{Error, Result};
use crate::exchange::ledger::audit::{append, last, touched};
use crate::exchange::ledger::change::{MANIFEST, absolute, begin, carries, intend};
use crate::exchange::ledger::retain::Held;
use crate::exchange::ledger::{Ledger, certificate, failed};
use crate::store::{
    Doomed, Identities, OutputFile, doom, doom_folder, erase, erase_folder, read_text, remove_if_no_file,
    remove_leftovers, sync_above,
};
use crate::util::hash::hex;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What is to be destroyed, as it was asked for.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Names of runs or washes.
    pub runs: Vec<String>,
    /// Day, `YYYY-MM-DD`.
    pub on: String,
    /// Where the certificate goes.
    pub certificate: PathBuf,
    /// Why runs are destroyed whose cycle is not closed.
    pub not_closed: Option<String>,
    /// Other files that go with them: the extract that was received, above all.
    pub also: Vec<PathBuf>,
    /// Files with the secret keys of sealed runs.
    pub keys: Vec<PathBuf>,
    /// Keeps rows whose references are keyed hashes.
    pub keep_keyed: bool,
    /// Goes on where the folder of a run is gone.
    pub without_folder: bool,
}

/// What was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// Runs.
    pub runs: u64,
    /// Files.
    pub files: u64,
    /// Rows of the ledger.
    pub rows: u64,
    /// Text of the certificate.
    pub text: String,
}

/// What is to go, settled before anything goes; kept in the intent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub on: String,
    pub by: String,
    pub command: String,
    pub certificate: PathBuf,
    pub not_closed: String,
    pub targets: Vec<Target>,
    pub also: Vec<Doomed>,
    pub keys: Vec<Doomed>,
    pub key_names: Vec<String>,
    pub keep_keyed: bool,
}

/// A run or wash that is to go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Target {
    pub id: i64,
    pub name: String,
    pub is_wash: bool,
    pub command: String,
    pub run_on: String,
    pub agreement: String,
    pub head: String,
    pub sealed_to: String,
    pub closed_on: Option<String>,
    pub keyed: bool,
    pub rows: u64,
    pub ledger_rows: u64,
    pub folder: Option<PathBuf>,
    pub files: Vec<Doomed>,
}

impl Ledger {
    /// Destroys runs: their files, their rows in the ledger, and what else is named.
    ///
    /// # Errors
    /// When a run is unknown, not closed or destroyed already, its folder is not as it was left, a key is not one of
    /// theirs alone, or something is at the certificate's place: then nothing has gone. When the disk refuses on the way,
    /// the next command that opens the ledger goes on.
    pub fn destroy(&mut self, order: &Order) -> Result<Certified> {
        let plan = self.plan(order)?;
        let intent = self.intend_to_destroy(&plan)?;
        erase_files(&plan)?;
        let text = self.remove_rows(&plan)?;
        self.scrub()?;
        let written = write_certificate(&plan.certificate, &text);
        self.fulfilled(intent)?;
        written.map_err(|error| {
            error.hint("all is destroyed; `rewash ledger certificate RUN` gives the certificate again")
        })?;
        let files = plan.targets.iter().map(|target| target.files.len()).sum::<usize>() + plan.also.len();
        let rows = plan.targets.iter().map(|target| target.ledger_rows).sum();
        Ok(Certified { runs: plan.targets.len() as u64, files: (files + plan.keys.len()) as u64, rows, text })
    }

    /// Goes through the steps of a destruction that was stopped.
    pub(super) fn finish_destroying(&mut self, detail: &str) -> Result<()> {
        let plan: Plan = serde_json::from_str(detail)
            .map_err(|_| Error::input("holds an intent that this version cannot read").at(self.path().display()))?;
        erase_files(&plan)?;
        let text = self.remove_rows(&plan)?;
        self.scrub()?;
        // Where the certificate cannot be put now, the ledger has its text: nobody who asks for something else is stopped.
        let _ = write_certificate(&plan.certificate, &text);
        Ok(())
    }

    /// Looks at all that is to go, and refuses what cannot be meant.
    pub(super) fn plan(&self, order: &Order) -> Result<Plan> {
        let certificate = absolute(&order.certificate)?;
        // Tried now: a destruction without a place for its certificate must not begin.
        drop(OutputFile::create(&certificate)?);
        let all = self.held()?;
        let mut targets: Vec<Target> = Vec::new();
        for name in &order.runs {
            let held = self.held_as(name)?;
            if targets.iter().all(|target| target.name != held.name) {
                targets.push(self.target(&held, order)?);
            }
        }
        let also = order.also.iter().map(|path| doom(path)).collect::<Result<Vec<_>>>()?;
        let ledger = absolute(self.path())?;
        if also.iter().any(|file| file.path == ledger) {
            return Err(Error::usage("is the ledger itself").at(ledger.display()));
        }
        for kept in [&ledger, &certificate] {
            if targets.iter().filter_map(|target| target.folder.as_ref()).any(|folder| kept.starts_with(folder)) {
                return Err(Error::usage("is in a folder that is to go").at(kept.display()));
            }
        }
        let (keys, key_names) = keys(&order.keys, &targets, &all)?;
        Ok(Plan {
            on: order.on.clone(),
            by: self.by.clone(),
            command: self.command.clone(),
            certificate,
            not_closed: order.not_closed.clone().unwrap_or_default(),
            targets,
            also,
            keys,
            key_names,
            keep_keyed: order.keep_keyed,
        })
    }

    fn target(&self, held: &Held, order: &Order) -> Result<Target> {
        refuse(held, order)?;
        let folder = folder_of(held, order.without_folder)?;
        let files = folder.as_deref().map(doom_folder).transpose()?.unwrap_or_default();
        let sql = match held.is_wash() {
            true => "SELECT count(*) FROM washed WHERE wash = ?1",
            false => "SELECT count(*) FROM run_row WHERE run = ?1",
        };
        let ledger_rows: i64 = self.db().query_row(sql, [held.id], |row| row.get(0)).map_err(failed)?;
        Ok(Target {
            id: held.id,
            name: held.name.clone(),
            is_wash: held.is_wash(),
            command: held.command.clone(),
            run_on: held.on.clone(),
            agreement: held.agreement.clone(),
            head: held.audit_head.clone(),
            sealed_to: held.sealed_to.clone(),
            closed_on: held.closed_on.clone(),
            keyed: held.keyed,
            rows: held.rows,
            ledger_rows: ledger_rows as u64,
            folder,
            files,
        })
    }

    /// First step: the intent, from which all others follow.
    pub(super) fn intend_to_destroy(&self, plan: &Plan) -> Result<i64> {
        let detail = serde_json::to_string(plan)
            .map_err(|_| Error::output("has a path that is not UTF-8").hint("rename it and run again"))?;
        intend(self.db(), "destroy", &plan.certificate.to_string_lossy(), &self.command, &detail)
    }

    /// Third step, one commit: rows, audit entry, certificate. Done before, it gives the certificate that was made then.
    pub(super) fn remove_rows(&mut self, plan: &Plan) -> Result<String> {
        let department = self.department()?;
        let transaction = begin(&mut self.db)?;
        if let Some(text) = certified(&transaction, plan)? {
            return Ok(text);
        }
        let touched = touched(&transaction)?;
        let (entry, head) = last(&transaction)?;
        let text = certificate::text(plan, department, entry + 1, &head);
        let sql = "INSERT INTO certificate (path, text) VALUES (?1, ?2)";
        transaction.execute(sql, params![plan.certificate.to_string_lossy(), text]).map_err(failed)?;
        let certificate = transaction.last_insert_rowid();
        for target in &plan.targets {
            remove(&transaction, plan, target)?;
            let table = if target.is_wash { "wash" } else { "run" };
            let sql = format!("UPDATE {table} SET destroyed_on = ?2, certificate = ?3 WHERE id = ?1");
            transaction.execute(&sql, params![target.id, plan.on, certificate]).map_err(failed)?;
        }
        append(&transaction, &plan.by, &plan.command, subject(plan, &text, &self.command), touched)?;
        transaction.commit().map_err(failed)?;
        Ok(text)
    }
}

fn refuse(held: &Held, order: &Order) -> Result<()> {
    let name = &held.name;
    if let Some(day) = &held.destroyed_on {
        return Err(Error::usage(format!("{name} was destroyed on {day}"))
            .hint(format!("`rewash ledger certificate {name}` gives its certificate again")));
    }
    let reason = order.not_closed.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    match (&held.closed_on, reason) {
        (None, None) => {
            return Err(Error::usage(format!("the cycle of {name} is not closed"))
                .hint(format!("close it: rewash ledger close {name} --on DATE; or say why with --not-closed REASON")));
        }
        (Some(day), _) if order.on < *day => {
            return Err(Error::usage(format!("{name} was closed on {day}, after {}", order.on)));
        }
        _ => {}
    }
    if order.on < held.on {
        return Err(Error::usage(format!("{name} was made on {}, after {}", held.on, order.on)));
    }
    Ok(())
}

/// The folder of a run or of a wash's extract, if it is where and as it was left.
fn folder_of(held: &Held, without: bool) -> Result<Option<PathBuf>> {
    if held.is_wash() && held.folder.is_empty() {
        return Ok(None);
    }
    let folder = PathBuf::from(&held.folder);
    match (folder.symlink_metadata().is_ok(), without) {
        (true, _) if carries(&folder, &held.audit_head) => Ok(Some(folder)),
        (true, _) => Err(Error::input(format!("is not the folder of {}: its manifest is another", held.name))
            .at(folder.display())
            .hint("put the run's own folder back in its place")),
        (false, true) => Ok(None),
        (false, false) => Err(Error::input(format!("the folder of {} is not there", held.name))
            .at(folder.display())
            .hint("put it back in its place; if it is gone for good, say so with --without-folder")),
    }
}

/// Keys that go: each opens nothing but what goes.
fn keys(paths: &[PathBuf], targets: &[Target], all: &[Held]) -> Result<(Vec<Doomed>, Vec<String>)> {
    let (mut doomed, mut names) = (Vec::new(), Vec::new());
    for path in paths {
        for name in Identities::read(std::slice::from_ref(path))?.names() {
            let sealed_by = |keys: &str| keys.split(' ').any(|key| key == name);
            if !targets.iter().any(|target| sealed_by(&target.sealed_to)) {
                return Err(Error::usage("is not the key of a run that is destroyed").at(path.display()));
            }
            let other = all.iter().find(|held| {
                held.destroyed_on.is_none()
                    && sealed_by(&held.sealed_to)
                    && targets.iter().all(|target| target.name != held.name)
            });
            if let Some(other) = other {
                return Err(Error::usage(format!("is the key of {} as well, which stays", other.name))
                    .at(path.display())
                    .hint("destroy both together, or leave the key; seal each run to a key of its own"));
            }
            names.push(name);
        }
        doomed.push(doom(path)?);
    }
    Ok((doomed, names))
}

/// Second step: files of the runs, other files, keys.
pub(super) fn erase_files(plan: &Plan) -> Result<()> {
    for target in &plan.targets {
        let Some(folder) = &target.folder else { continue };
        remove_leftovers(folder);
        // What is left of the folder is known by its manifest, which goes last; an empty one needs no such mark.
        if carries(folder, &target.head) {
            erase_folder(folder, MANIFEST)?;
        } else if folder.is_dir() {
            remove_if_no_file(folder)?;
        }
    }
    for file in plan.also.iter().chain(&plan.keys) {
        erase(file)?;
        sync_above(&file.path)?;
    }
    Ok(())
}

/// The certificate of a plan whose rows have gone.
fn certified(transaction: &Transaction, plan: &Plan) -> Result<Option<String>> {
    let Some(target) = plan.targets.first() else { return Ok(None) };
    let table = if target.is_wash { "wash" } else { "run" };
    let sql = format!("SELECT c.text FROM {table} r JOIN certificate c ON c.id = r.certificate WHERE r.id = ?1");
    transaction.query_row(&sql, [target.id], |row| row.get(0)).optional().map_err(failed)
}

fn remove(transaction: &Transaction, plan: &Plan, target: &Target) -> Result<()> {
    let keep = target.keyed && plan.keep_keyed;
    let sql = match (target.is_wash, keep) {
        (false, true) => return Ok(()),
        (false, false) => "DELETE FROM run_row WHERE run = ?1",
        (true, true) => "UPDATE washed SET nationality = NULL WHERE wash = ?1",
        (true, false) => return rename_rows(transaction, target.id),
    };
    transaction.execute(sql, [target.id]).map_err(failed)?;
    Ok(())
}

/// Cases whose rows get another name at once.
const CASES_AT_ONCE: i64 = 2000;

/// The rows of a wash stay: the schedule and its counts need them, under names that say nothing. In the order of their cases:
/// in that of names that are keyed hashes each would be at another place of the file.
fn rename_rows(transaction: &Transaction, wash: i64) -> Result<()> {
    let sql = "SELECT ifnull(min(case_id), 0), ifnull(max(case_id), -1) FROM washed WHERE wash = ?1";
    let (first, last): (i64, i64) =
        transaction.query_row(sql, [wash], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
    let sql = "UPDATE washed SET nationality = NULL, dash_reference = printf('-%d-%d', wash, case_id) \
               WHERE wash = ?1 AND case_id BETWEEN ?2 AND ?3";
    let mut statement = transaction.prepare(sql).map_err(failed)?;
    for from in (first..=last).step_by(CASES_AT_ONCE as usize) {
        statement.execute(params![wash, from, from + CASES_AT_ONCE - 1]).map_err(failed)?;
    }
    Ok(())
}

fn subject(plan: &Plan, text: &str, command: &str) -> serde_json::Value {
    let files = |files: &[Doomed]| {
        let file = |file: &Doomed| {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            serde_json::json!({ "file": name, "bytes": file.bytes, "sha256": file.sha256 })
        };
        files.iter().map(file).collect::<Vec<_>>()
    };
    let runs: Vec<_> = plan
        .targets
        .iter()
        .map(|target| {
            serde_json::json!({
                "run": target.name, "rows": target.rows, "ledger_rows": target.ledger_rows, "files": files(&target.files),
            })
        })
        .collect();
    serde_json::json!({
        "destroyed_on": plan.on, "runs": runs, "also": files(&plan.also), "keys": plan.key_names,
        "not_closed": plan.not_closed, "finished_by": command,
        "certificate_sha256": hex(&Sha256::digest(text.as_bytes())),
    })
}

/// Writes the certificate, unless it is there already.
fn write_certificate(path: &Path, text: &str) -> Result<()> {
    if read_text(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    let mut file = OutputFile::create(path)?;
    file.write(text.as_bytes())?;
    file.commit()
}

#[cfg(test)]
mod tests;
