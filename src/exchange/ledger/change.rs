//! Changes of the ledger, alone or with the folder or file that a command makes.
//!
//! A folder and the rows about it become true together: first an intent (what will be put where), then the folder's
//! rename, then the commit that also takes the intent away. A process that is stopped before the commit leaves the
//! intent: the next one to open the ledger removes the folder, and all is as before. A destruction cannot be taken back, so
//! its intent is carried out to the end instead (`destroy.rs`).

use crate::error::{Error, Result};
use crate::exchange::ledger::audit::{append, touched};
use crate::exchange::ledger::{Ledger, failed};
use crate::ingest::{Input, digest};
use crate::store::{OutputFile, OutputFolder, read_text, remove_file, remove_folder, remove_leftovers};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Name of the file in a folder that carries the head of the audit chain.
pub(crate) const MANIFEST: &str = "manifest.json";

impl Ledger {
    /// Changes the ledger; `change` gives what the audit is to say of it.
    ///
    /// # Errors
    /// When `change` fails or the ledger cannot be written: then nothing has changed.
    pub fn change<T>(&mut self, change: impl FnOnce(&Transaction) -> Result<(T, Value)>) -> Result<T> {
        let transaction = begin(&mut self.db)?;
        let touched = touched(&transaction)?;
        let (done, subject) = change(&transaction)?;
        append(&transaction, &self.by, &self.command, subject, touched)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    /// Changes the ledger and puts `folder` in place, both or neither. `change` fills the folder; it is given the head of
    /// the audit chain, which the folder's manifest must carry as `audit_head`.
    ///
    /// # Errors
    /// When `change` fails, or folder or ledger cannot be written: then nothing has changed.
    pub fn change_with_folder<T>(
        &mut self,
        folder: OutputFolder,
        change: impl FnOnce(&Transaction, &OutputFolder, &str) -> Result<(T, Value)>,
    ) -> Result<T> {
        let head = self.head()?;
        let target = absolute(folder.target())?;
        self.intend(&target, &head)?;
        let outcome = self.carry_out(folder, &target, &head, change);
        if outcome.is_err() {
            // As good as it can be now; what fails here, the next command does.
            let _ = self.put_right();
        }
        outcome
    }

    /// Records the making of a file and puts it in place, both or neither; `subject` is what the audit is to say of it.
    ///
    /// # Errors
    /// When file or ledger cannot be written: then nothing has changed.
    pub fn change_with_file(&mut self, mut file: OutputFile, subject: Value) -> Result<()> {
        file.finish()?;
        let target = absolute(file.target())?;
        let mark = mark_of_file(file.path())?;
        self.intend(&target, &mark)?;
        let outcome = self.change(|transaction| {
            transaction.execute("DELETE FROM intent", []).map_err(failed)?;
            file.commit().map(|()| ((), subject))
        });
        if outcome.is_err() {
            // As with a folder.
            let _ = self.put_right();
        }
        outcome
    }

    pub(super) fn intend(&mut self, target: &Path, head: &str) -> Result<()> {
        let target = target.to_str().ok_or_else(|| Error::output("is not a name in UTF-8").at(target.display()))?;
        let sql = "INSERT INTO intent (target, head, command) VALUES (?1, ?2, ?3)";
        self.db.execute(sql, params![target, head, self.command]).map_err(failed)?;
        Ok(())
    }

    fn carry_out<T>(
        &mut self,
        folder: OutputFolder,
        target: &Path,
        head: &str,
        change: impl FnOnce(&Transaction, &OutputFolder, &str) -> Result<(T, Value)>,
    ) -> Result<T> {
        let transaction = begin(&mut self.db)?;
        let touched = touched(&transaction)?;
        let (done, subject) = change(&transaction, &folder, head)?;
        append(&transaction, &self.by, &self.command, subject, touched)?;
        transaction.execute("DELETE FROM intent", []).map_err(failed)?;
        folder.commit()?;
        transaction.commit().map_err(failed)?;
        debug_assert!(carries(target, head), "the manifest of a folder carries the head of the chain");
        Ok(done)
    }

    /// Takes back what a stopped command put in place without recording it; finishes what cannot be taken back.
    pub(super) fn put_right(&mut self) -> Result<()> {
        let intents: Vec<Intent> = {
            let sql = "SELECT rowid, target, head, kind, detail FROM intent ORDER BY rowid";
            let mut statement = self.db.prepare(sql).map_err(failed)?;
            let rows = statement.query_map([], |row| {
                let [target, head, kind, detail] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
                Ok(Intent { id: row.get(0)?, target, head, kind, detail })
            });
            rows.and_then(Iterator::collect).map_err(failed)?
        };
        for intent in &intents {
            match intent.kind.as_str() {
                "destroy" => self.finish_destroying(&intent.detail)?,
                "scrub" => self.scrub()?,
                _ => {
                    self.settle(intent.id)?;
                    take_back(Path::new(&intent.target), &intent.head)?;
                }
            }
            self.fulfilled(intent.id)?;
        }
        Ok(())
    }

    /// Writes an intent again. A commit that failed on its way to the disk may yet be found there and taken for whole by the
    /// next to open the ledger; once something else has been committed in its place it is surely gone, and the folder may go
    /// too. Where nothing can be written, folder and intent stay for the next command.
    fn settle(&self, intent: i64) -> Result<()> {
        // SQLite writes nothing where a value stays as it was.
        self.db.execute("UPDATE intent SET detail = detail || '.' WHERE rowid = ?1", [intent]).map_err(failed)?;
        Ok(())
    }

    /// Takes an intent away.
    pub(super) fn fulfilled(&mut self, intent: i64) -> Result<()> {
        self.db.execute("DELETE FROM intent WHERE rowid = ?1", [intent]).map_err(failed)?;
        Ok(())
    }

    /// Clears what was deleted from the file: free pages, and the log of changes beside it.
    pub(super) fn scrub(&self) -> Result<()> {
        self.db.execute_batch("VACUUM").map_err(failed)?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = self.db.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
        if busy != 0 {
            return Err(Error::limit("the ledger is read by another program, which keeps old pages in use")
                .at(self.path().display())
                .hint("close it and run any command of the ledger again: it finishes what was begun"));
        }
        Ok(())
    }
}

/// What a command was about to do.
struct Intent {
    id: i64,
    target: String,
    head: String,
    kind: String,
    detail: String,
}

/// What an intent carries of a file in place of the head that a folder's manifest carries: its digest, marked as one.
fn mark_of_file(path: &Path) -> Result<String> {
    Ok(format!("{FILE_MARK}{}", digest(&Input::Path(path.to_owned()))?))
}

/// What stands before the digest of a file in an intent.
const FILE_MARK: &str = "file ";

/// Removes the folder or file of a command that was stopped, in place or on the way to it.
fn take_back(target: &Path, head: &str) -> Result<()> {
    remove_leftovers(target);
    if head.starts_with(FILE_MARK) {
        let is_own = target.symlink_metadata().is_ok_and(|about| about.is_file()) && mark_of_file(target)? == head;
        return if is_own { remove_file(target) } else { Ok(()) };
    }
    // Another folder may have come to stand there since; only the command's own is removed.
    if carries(target, head) {
        remove_folder(target)?;
    }
    Ok(())
}

/// Records an intent of a kind; returns its number.
pub(super) fn intend(db: &Connection, kind: &str, target: &str, command: &str, detail: &str) -> Result<i64> {
    let sql = "INSERT INTO intent (target, head, command, kind, detail) VALUES (?1, '', ?2, ?3, ?4)";
    db.execute(sql, params![target, command, kind, detail]).map_err(failed)?;
    Ok(db.last_insert_rowid())
}

pub(super) fn begin(db: &mut rusqlite::Connection) -> Result<Transaction<'_>> {
    db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Error::write(&error).at(path.display()))
}

/// Whether the manifest of a folder carries this head of the chain.
pub(super) fn carries(folder: &Path, head: &str) -> bool {
    let text = read_text(&folder.join(MANIFEST)).unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|manifest| manifest["audit_head"] == head)
}
