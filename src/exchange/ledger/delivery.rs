//! Deliveries: each file that was made, sent or received, with its rows and digest (R93).

use crate::error::Result;
use crate::exchange::agreement::Department;
use crate::exchange::ledger::{Ledger, failed};
use rusqlite::{Transaction, params};
use serde::Serialize;

/// Which way a file went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Written by this program, not yet sent by anyone.
    Made,
    /// Sent by the department's own approved route.
    Sent,
    /// Received.
    Received,
}

impl Direction {
    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
}

/// One file that went from or to another department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Day, `YYYY-MM-DD`.
    pub on: String,
    /// Which way.
    pub direction: Direction,
    /// From whom or to whom.
    pub department: Department,
    /// Contact point, where one is named.
    pub contact: String,
    /// File name.
    pub file: String,
    /// Data rows.
    pub rows: u64,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
}

/// Records a delivery.
pub(crate) fn record(transaction: &Transaction, delivery: &Delivery) -> Result<()> {
    record_of(transaction, delivery, None)
}

/// Records a delivery that belongs to a run.
pub(super) fn record_of(transaction: &Transaction, delivery: &Delivery, run: Option<i64>) -> Result<()> {
    let sql = "INSERT INTO delivery (delivered_on, direction, department, contact, file, rows, sha256, run) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let Delivery { on, direction, department, contact, file, rows, sha256 } = delivery;
    let rows = *rows as i64;
    transaction
        .execute(sql, params![on, direction.as_str(), department.as_str(), contact, file, rows, sha256, run])
        .map_err(failed)?;
    Ok(())
}

impl Ledger {
    /// Records a file that was sent or received.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn deliver(&mut self, delivery: &Delivery) -> Result<()> {
        self.change(|transaction| {
            record(transaction, delivery)?;
            Ok(((), serde_json::json!({ "delivery": delivery })))
        })
    }

    /// All deliveries, as rows of text: day, direction, department, contact, file, rows, SHA-256.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn deliveries(&self) -> Result<Vec<[String; 7]>> {
        let sql = "SELECT delivered_on, direction, department, contact, file, CAST(rows AS TEXT), sha256 \
                   FROM delivery ORDER BY id";
        let mut statement = self.db().prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?])
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }
}
