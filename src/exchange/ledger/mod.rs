//! The ledger: what was washed, sent, received and found, in one SQLite file that each department keeps for itself.
//!
//! In: cases, washes, returns, deliveries, incidents. Out: what is due, counts that add up, a chain of audit entries.
//! Invariants: one process at a time; a command is in the ledger wholly or not at all, with the folder that it makes;
//! no name, birth date, address or number is kept. Read next: `change.rs`, `audit.rs`, `run.rs`, `retain.rs`, `destroy.rs`,
//! then `../pool/`.

mod audit;
mod certificate;
mod change;
mod delivery;
mod destroy;
mod incident;
mod retain;
mod run;

pub use audit::{Anchor, Chain, Entry, anchor};
pub(crate) use delivery::record as record_delivery;
pub use delivery::{Delivery, Direction};
pub use destroy::{Certified, Order};
pub use incident::{INCIDENT_HOURS, INCIDENT_KINDS, Incident};
pub use retain::{Held, RowTrace};
pub use run::{Addition, NewRun, Recording, RunRow, Stamp};

use crate::error::{Error, Result};
use crate::exchange::agreement::Department;
use crate::store::{Lock, OutputFile, near};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SCHEMA: &str = include_str!("schema.sql");
/// Version of the schema, kept in the file.
const VERSION: i64 = 2;
/// What a ledger of version 1 lacks.
const FROM_1: &str = "ALTER TABLE wash ADD COLUMN folder TEXT NOT NULL DEFAULT ''; \
                      ALTER TABLE wash ADD COLUMN head TEXT NOT NULL DEFAULT '';";
/// `application_id` of the file: the letters `RWSH`.
const APPLICATION: i64 = 0x5257_5348;

/// An open ledger, locked for this process.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    path: PathBuf,
    by: String,
    command: String,
    _lock: Lock,
}

/// Who opens a ledger, and how long they wait for another process.
#[derive(Clone, Debug)]
pub struct Opener {
    /// The person, as the audit names them.
    pub by: String,
    /// The command, as the audit and waiting processes name it.
    pub command: String,
    /// How long to wait for another process.
    pub wait: Duration,
}

impl Ledger {
    /// Makes a new ledger for a department.
    ///
    /// # Errors
    /// When something is at `path`, or the file cannot be made.
    pub fn create(path: &Path, department: Department, opener: &Opener) -> Result<Self> {
        let exists = path.symlink_metadata().is_ok();
        if exists && !is_unborn(path) {
            return Err(Error::output("exists already").at(path.display()).hint("a ledger is made once"));
        }
        let lock = Lock::acquire(&lock_path(path), &opener.command, opener.wait)?;
        if exists {
            fill(&mut connection(path)?, department, opener)?;
        } else {
            // Made beside its place and put there when it is whole.
            let file = OutputFile::create(path)?;
            let mut db = connection(file.path()).map_err(|error| error.at(path.display()))?;
            fill(&mut db, department, opener).map_err(|error| error.at(path.display()))?;
            db.close().map_err(|(_, error)| failed(error).at(path.display()))?;
            file.commit()?;
        }
        Self::connect(connection(path)?, path, opener, lock)
    }

    /// Opens a ledger, waiting for its lock, and puts right what a stopped command left.
    ///
    /// # Errors
    /// When there is no ledger of this version at `path`, or another process holds it for too long.
    pub fn open(path: &Path, opener: &Opener) -> Result<Self> {
        let about = path.symlink_metadata().map_err(|_| {
            let make = "make one: rewash ledger init FILE --department home_office";
            let is_ledger = |near: &PathBuf| near.extension().is_none_or(|ending| ending != "lock");
            let hint =
                near(path).filter(is_ledger).map(|near| format!("did you mean `{}`? If not, {make}", near.display()));
            Error::input("no such ledger").at(path.display()).hint(hint.unwrap_or_else(|| make.to_owned()))
        })?;
        if !about.is_file() {
            return Err(Error::input("is not a ledger").at(path.display()));
        }
        // Looked at before anything is changed: a database of another program stays as it is, without a lock beside it.
        let db = connection(path)?;
        check_version(&db, path)?;
        let lock = Lock::acquire(&lock_path(path), &opener.command, opener.wait)?;
        let mut ledger = Self::connect(db, path, opener, lock)?;
        ledger.put_right()?;
        ledger.renew()?;
        Ok(ledger)
    }

    /// Brings a ledger of an earlier version to this one.
    fn renew(&mut self) -> Result<()> {
        let version = header(&self.db, "user_version", &self.path)?;
        if version == VERSION {
            return Ok(());
        }
        self.change(|transaction| {
            transaction.execute_batch(FROM_1).map_err(failed)?;
            transaction.pragma_update(None, "user_version", VERSION).map_err(failed)?;
            Ok(((), serde_json::json!({ "ledger_version": VERSION, "before": version })))
        })
    }

    fn connect(db: Connection, path: &Path, opener: &Opener, lock: Lock) -> Result<Self> {
        let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                       PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;";
        db.execute_batch(pragmas).map_err(|error| failed(error).at(path.display()))?;
        db.set_prepared_statement_cache_capacity(64);
        let (by, command) = (opener.by.clone(), opener.command.clone());
        Ok(Self { db, path: path.to_owned(), by, command, _lock: lock })
    }

    /// Whose ledger it is.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn department(&self) -> Result<Department> {
        let word = get(&self.db, "department")?.unwrap_or_default();
        Department::ALL
            .into_iter()
            .find(|department| department.as_str() == word)
            .ok_or_else(|| Error::input("names no department").at(self.path.display()))
    }

    /// Refuses a ledger of another department.
    ///
    /// # Errors
    /// When the ledger is not `department`'s.
    pub fn expect(&self, department: Department) -> Result<()> {
        let found = self.department()?;
        if found != department {
            return Err(Error::usage(format!("is the ledger of {found}; this is a command of {department}"))
                .at(self.path.display()));
        }
        Ok(())
    }

    /// Records that a command ran under another agreement than the one before (R117).
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    pub fn note_agreement(&mut self, reference: &str, sha256: &str) -> Result<()> {
        if get(&self.db, "agreement_sha256")?.as_deref() == Some(sha256) {
            return Ok(());
        }
        self.change(|transaction| {
            set(transaction, "agreement_sha256", sha256)?;
            set(transaction, "agreement", reference)?;
            Ok(((), serde_json::json!({ "agreement": reference, "sha256": sha256 })))
        })
    }

    /// The database, to read from.
    pub(crate) fn db(&self) -> &Connection {
        &self.db
    }

    /// Where the ledger is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes the tables of a new ledger, and the first entry of its chain.
fn fill(db: &mut Connection, department: Department, opener: &Opener) -> Result<()> {
    let transaction = db.transaction().map_err(failed)?;
    transaction.execute_batch(SCHEMA).map_err(failed)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    set(&transaction, "department", department.as_str())?;
    let subject = serde_json::json!({ "department": department });
    audit::append(&transaction, &opener.by, &opener.command, subject, false)?;
    transaction.commit().map_err(failed)
}

fn connection(path: &Path) -> Result<Connection> {
    Connection::open(path).map_err(|error| failed(error).at(path.display()))
}

/// A number of a database's header.
fn header(db: &Connection, name: &str, path: &Path) -> Result<i64> {
    db.pragma_query_value(None, name, |row| row.get(0)).map_err(|error| failed(error).at(path.display()))
}

/// Whether a file is what a stopped `ledger init` leaves: a private database without anything in it.
fn is_unborn(path: &Path) -> bool {
    let is_empty = |db: Connection| {
        let tables = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        header(&db, "application_id", path).is_ok_and(|id| id == 0) && tables.is_ok_and(|tables| tables == 0)
    };
    path.is_file() && !crate::store::readable_by_others(path) && connection(path).is_ok_and(is_empty)
}

fn check_version(db: &Connection, path: &Path) -> Result<()> {
    if header(db, "application_id", path)? != APPLICATION {
        return Err(Error::input("is not a ledger of this program").at(path.display()));
    }
    let version = header(db, "user_version", path)?;
    if !(1..=VERSION).contains(&version) {
        return Err(Error::input(format!("is a ledger of version {version}, not {VERSION}"))
            .at(path.display())
            .hint("use the version of the program that made it, or a newer one"));
    }
    Ok(())
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// A setting of the ledger.
pub(crate) fn get(db: &Connection, key: &str) -> Result<Option<String>> {
    db.prepare_cached("SELECT value FROM setting WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .map_err(failed)
}

/// Sets a setting.
pub(crate) fn set(transaction: &Transaction, key: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
    transaction.execute(sql, params![key, value]).map_err(failed)?;
    Ok(())
}

/// A fault of the database. Its words name columns and conditions, never values.
pub(crate) fn failed(error: rusqlite::Error) -> Error {
    use rusqlite::ffi::ErrorCode;
    if is_of_values(&error) {
        return Error::input("is not a ledger, or is damaged");
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::limit("the ledger cannot be written: the disk is full")
            .hint("free some disk space and run again; the ledger is as it was"),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Error::input("is not a ledger, or is damaged"),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Error::output("the ledger cannot be written")
        }
        Some(ErrorCode::SystemIoFailure) => Error::limit("the disk refused to read or write the ledger"),
        code => Error::internal(format!("the ledger refused: {code:?}")),
    }
}

/// Whether the database could be read, but holds what no ledger does: a value of another type, out of range or no text, or
/// not the row that is always there.
fn is_of_values(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | QueryReturnedNoRows
            | Utf8Error(..)
    )
}

#[cfg(test)]
mod tests;
