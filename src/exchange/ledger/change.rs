//! Changes of the ledger, alone or with the folder that a command makes.
//!
//! A folder and the rows about it become true together: first an intent (what will be put where), then the folder's
//! rename, then the commit that also takes the intent away. A process that is stopped before the commit leaves the
//! intent: the next one to open the ledger removes the folder, and all is as before.

use crate::error::{Error, Result};
use crate::exchange::ledger::audit::append;
use crate::exchange::ledger::{Ledger, failed};
use crate::store::{OutputFolder, read_text, remove_folder};
use rusqlite::{Transaction, TransactionBehavior, params};
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
        let (done, subject) = change(&transaction)?;
        append(&transaction, &self.by, &self.command, subject)?;
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
        let (done, subject) = change(&transaction, &folder, head)?;
        append(&transaction, &self.by, &self.command, subject)?;
        transaction.execute("DELETE FROM intent", []).map_err(failed)?;
        folder.commit()?;
        transaction.commit().map_err(failed)?;
        debug_assert!(carries(target, head), "the manifest of a folder carries the head of the chain");
        Ok(done)
    }

    /// Takes back what a stopped command put in place without recording it.
    pub(super) fn put_right(&mut self) -> Result<()> {
        let intents: Vec<(String, String)> = {
            let mut statement = self.db.prepare("SELECT target, head FROM intent").map_err(failed)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.and_then(Iterator::collect).map_err(failed)?
        };
        for (target, head) in &intents {
            let target = PathBuf::from(target);
            // Another folder may have come to stand there since; only the command's own is removed.
            if carries(&target, head) {
                remove_folder(&target)?;
            }
        }
        if !intents.is_empty() {
            self.db.execute("DELETE FROM intent", []).map_err(failed)?;
        }
        Ok(())
    }
}

fn begin(db: &mut rusqlite::Connection) -> Result<Transaction<'_>> {
    db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Error::write(&error).at(path.display()))
}

/// Whether the manifest of a folder carries this head of the chain.
fn carries(folder: &Path, head: &str) -> bool {
    let text = read_text(&folder.join(MANIFEST)).unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|manifest| manifest["audit_head"] == head)
}
