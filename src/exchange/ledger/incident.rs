//! Security incidents: when the department became aware, and by when the partners are told (R105, R106).

use crate::error::{Error, Result};
use crate::exchange::ledger::{Ledger, failed};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

/// Elapsed hours from becoming aware within which the partners are told: hours, not working days.
pub const INCIDENT_HOURS: i64 = 24;

/// Kinds of incident.
pub const INCIDENT_KINDS: [&str; 4] = ["loss", "wrongful_disclosure", "breach", "other"];

/// A recorded incident. It says what kind and how many rows, and names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Number.
    pub id: i64,
    /// When the department became aware.
    pub aware_at: String,
    /// By when the partners are told.
    pub due_at: String,
    /// Kind, of [`INCIDENT_KINDS`].
    pub kind: String,
    /// Rows concerned.
    pub rows: i64,
    /// When they were told; empty while they were not.
    pub reported_at: String,
    /// Who was told.
    pub reported_to: String,
}

impl Incident {
    /// `in_time` or `late` where it was reported, `open` or `overdue` where it was not.
    pub fn state(&self, now: Timestamp) -> &'static str {
        let moment = |text: &str| text.parse::<Timestamp>().ok();
        match (moment(&self.reported_at), moment(&self.due_at)) {
            (Some(at), Some(due)) if at <= due => "in_time",
            (Some(_), _) => "late",
            (None, Some(due)) if now <= due => "open",
            (None, _) => "overdue",
        }
    }
}

/// A moment with its offset: 24 elapsed hours later are 24 elapsed hours on any day of the year.
fn moment(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|_| {
        Error::usage(format!("`{text}` is not a moment with an offset")).hint("write 2016-04-30T09:30:00+01:00")
    })
}

fn london(moment: Timestamp) -> String {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    moment.to_zoned_datetime(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

impl Ledger {
    /// Records an incident; returns it with the moment by which the partners are told.
    ///
    /// # Errors
    /// When the moment or kind cannot be, or the ledger cannot be written.
    pub fn open_incident(&mut self, aware_at: &str, kind: &str, rows: u64) -> Result<Incident> {
        let aware = moment(aware_at)?;
        if !INCIDENT_KINDS.contains(&kind) {
            return Err(Error::usage(format!("`{kind}` is no kind of incident")).hint(INCIDENT_KINDS.join(", ")));
        }
        let due = aware.checked_add(INCIDENT_HOURS.hours()).map_err(|_| Error::usage("the moment is out of range"))?;
        self.change(|transaction| {
            let sql = "INSERT INTO incident (aware_at, due_at, kind, rows) VALUES (?1, ?2, ?3, ?4)";
            transaction.execute(sql, params![london(aware), london(due), kind, rows as i64]).map_err(failed)?;
            let incident = Incident {
                id: transaction.last_insert_rowid(),
                aware_at: london(aware),
                due_at: london(due),
                kind: kind.to_owned(),
                rows: rows as i64,
                reported_at: String::new(),
                reported_to: String::new(),
            };
            let subject = serde_json::json!({ "incident": incident });
            Ok((incident, subject))
        })
    }

    /// Records that the partners were told; returns whether it was in time.
    ///
    /// # Errors
    /// When there is no such open incident, or the ledger cannot be written.
    pub fn report_incident(&mut self, id: i64, reported_at: &str, to: &str) -> Result<bool> {
        let at = moment(reported_at)?;
        self.change(|transaction| {
            let sql = "UPDATE incident SET reported_at = ?2, reported_to = ?3 \
                       WHERE id = ?1 AND reported_at IS NULL RETURNING due_at";
            let due: Option<String> =
                transaction.query_row(sql, params![id, london(at), to], |row| row.get(0)).optional().map_err(failed)?;
            let due = due.ok_or_else(|| Error::usage(format!("there is no open incident {id}")))?;
            let in_time = at <= moment(&due)?;
            let subject =
                serde_json::json!({ "incident": id, "reported_at": london(at), "to": to, "in_time": in_time });
            Ok((in_time, subject))
        })
    }

    /// All incidents, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn incidents(&self) -> Result<Vec<Incident>> {
        let sql = "SELECT id, aware_at, due_at, kind, rows, ifnull(reported_at, ''), ifnull(reported_to, '') \
                   FROM incident ORDER BY id";
        let mut statement = self.db().prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], |row| {
            Ok(Incident {
                id: row.get(0)?,
                aware_at: row.get(1)?,
                due_at: row.get(2)?,
                kind: row.get(3)?,
                rows: row.get(4)?,
                reported_at: row.get(5)?,
                reported_to: row.get(6)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }
}
