//! The audit chain: who did what and when, each entry bound to all before it.
//!
//! A change, a deletion in the middle and a reorder break the chain. What a chain alone cannot show is a cut at its end,
//! or another chain in its place: for that, manifests carry the head as it was, and [`Ledger::verify`] looks for it. Each
//! entry also carries a digest of the tables of deliveries, incidents, runs, washes and counts as they were after it: who
//! changes one of those by other means is found as well. Rows of single cases are too many to be digested by every
//! command; their counts are in the entries.

use crate::error::{Error, Result};
use crate::exchange::ledger::{Ledger, failed};
use crate::util::hash::hex;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Hash before the first entry.
const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry. It names files, counts and digests, and nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Number, from 1.
    pub sequence: i64,
    /// Moment, RFC 3339 in UTC.
    pub at: String,
    /// Who ran the command.
    pub by: String,
    /// The command.
    pub command: String,
    /// What it did: names, counts, digests, as JSON.
    pub subject: String,
    /// Hash of the entry before.
    pub previous: String,
    /// Hash of this entry.
    pub hash: String,
}

/// A head of the chain that was written down elsewhere, in a manifest above all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The hash.
    pub head: String,
    /// Where it was found.
    pub place: String,
}

/// What a look at the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Entries.
    pub entries: i64,
    /// Hash of the last.
    pub head: String,
    /// What is wrong: the entry and what about it.
    pub faults: Vec<String>,
}

impl Entry {
    fn hash_of(&self) -> String {
        let mut digest = Sha256::new();
        let sequence = self.sequence.to_string();
        for part in [&self.previous, &sequence, &self.at, &self.by, &self.command, &self.subject] {
            // Lengths keep `ab` + `c` apart from `a` + `bc`.
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        hex(&digest.finalize())
    }
}

/// Tables of which every entry carries a digest, in an order of their own.
const GUARDED: [&str; 8] = [
    "SELECT * FROM setting ORDER BY key",
    "SELECT * FROM cohort ORDER BY id",
    "SELECT * FROM wash ORDER BY id",
    "SELECT * FROM tally ORDER BY wash, number, pool, cohort, measure",
    "SELECT * FROM run ORDER BY id",
    "SELECT * FROM run_count ORDER BY run, outcome",
    "SELECT * FROM delivery ORDER BY id",
    "SELECT * FROM incident ORDER BY id",
];

/// Key of an entry under which the digest of the guarded tables stands.
const TABLES: &str = "tables";
/// Key of an entry that says that they were not as the entry before had left them.
const TOUCHED: &str = "tables_changed_outside";

/// A digest of the guarded tables.
fn tables(db: &Connection) -> Result<String> {
    use rusqlite::types::ValueRef;
    let mut digest = Sha256::new();
    for sql in GUARDED {
        let mut statement = db.prepare_cached(sql).map_err(failed)?;
        let columns = statement.column_count();
        let mut rows = statement.query([]).map_err(failed)?;
        digest.update(b"T");
        while let Some(row) = rows.next().map_err(failed)? {
            digest.update(b"R");
            for column in 0..columns {
                let (kind, bytes): (u8, &[u8]) = match row.get_ref(column).map_err(failed)? {
                    ValueRef::Null => (0, &[]),
                    ValueRef::Integer(number) => (1, &number.to_le_bytes()),
                    ValueRef::Real(number) => (2, &number.to_le_bytes()),
                    ValueRef::Text(text) => (3, text),
                    ValueRef::Blob(bytes) => (4, bytes),
                };
                digest.update([kind]);
                digest.update((bytes.len() as u64).to_le_bytes());
                digest.update(bytes);
            }
        }
    }
    Ok(hex(&digest.finalize()))
}

/// Whether the guarded tables are not as the last entry left them: something else has written to the file.
pub(super) fn touched(db: &Connection) -> Result<bool> {
    let sql = "SELECT subject FROM audit ORDER BY sequence DESC LIMIT 1";
    let subject: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional().map_err(failed)?;
    let left = subject.as_deref().and_then(tables_of);
    Ok(match left {
        Some(left) => left != tables(db)?,
        None => false,
    })
}

/// The digest that an entry carries.
fn tables_of(subject: &str) -> Option<String> {
    let subject: Value = serde_json::from_str(subject).ok()?;
    subject.get(TABLES)?.as_str().map(str::to_owned)
}

/// Adds an entry at the end of the chain; returns its hash. `touched` tells what [`touched`] said when the change began.
pub(super) fn append(
    transaction: &Transaction,
    by: &str,
    command: &str,
    mut subject: Value,
    touched: bool,
) -> Result<String> {
    if let Some(object) = subject.as_object_mut() {
        object.insert(TABLES.into(), tables(transaction)?.into());
        if touched {
            object.insert(TOUCHED.into(), true.into());
        }
    }
    let (sequence, previous) = last(transaction)?;
    let mut entry = Entry {
        sequence: sequence + 1,
        at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        by: by.to_owned(),
        command: command.to_owned(),
        subject: subject.to_string(),
        previous,
        hash: String::new(),
    };
    entry.hash = entry.hash_of();
    let sql = "INSERT INTO audit (sequence, at, by_whom, command, subject, previous, hash) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let Entry { sequence, at, by, command, subject, previous, hash } = &entry;
    transaction.execute(sql, params![sequence, at, by, command, subject, previous, hash]).map_err(failed)?;
    Ok(entry.hash)
}

/// Number and hash of the last entry.
pub(super) fn last(db: &Connection) -> Result<(i64, String)> {
    let sql = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";
    let found = db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(failed)?;
    Ok(found.unwrap_or_else(|| (0, ORIGIN.to_owned())))
}

impl Ledger {
    /// Hash of the last entry: what manifests carry.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn head(&self) -> Result<String> {
        Ok(last(self.db())?.1)
    }

    /// All entries, in order.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let sql = "SELECT sequence, at, by_whom, command, subject, previous, hash FROM audit ORDER BY sequence";
        let mut statement = self.db().prepare(sql).map_err(failed)?;
        let entries = statement.query_map([], |row| {
            Ok(Entry {
                sequence: row.get(0)?,
                at: row.get(1)?,
                by: row.get(2)?,
                command: row.get(3)?,
                subject: row.get(4)?,
                previous: row.get(5)?,
                hash: row.get(6)?,
            })
        });
        entries.and_then(Iterator::collect).map_err(failed)
    }

    /// Goes through the chain, and looks for heads that were written down elsewhere.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn verify(&self, anchors: &[Anchor]) -> Result<Chain> {
        let mut chain = verify(&self.entries()?, anchors);
        if touched(self.db())? {
            chain.faults.push("deliveries, incidents, runs, washes or counts were changed after the last entry".into());
        }
        Ok(chain)
    }
}

fn verify(entries: &[Entry], anchors: &[Anchor]) -> Chain {
    let mut faults = Vec::new();
    let mut previous = ORIGIN.to_owned();
    for (index, entry) in entries.iter().enumerate() {
        let number = index as i64 + 1;
        if entry.sequence != number {
            faults.push(format!("entry {number} is missing: {} stands in its place", entry.sequence));
        }
        if entry.previous != previous {
            faults.push(format!("entry {} does not follow the one before it", entry.sequence));
        }
        if entry.hash != entry.hash_of() {
            faults.push(format!("entry {} was changed", entry.sequence));
        }
        let subject: Value = serde_json::from_str(&entry.subject).unwrap_or_default();
        if subject.get(TOUCHED).is_some() {
            let what = "deliveries, incidents, runs, washes or counts had been changed by other means";
            faults.push(format!("before entry {} {what}", entry.sequence));
        }
        previous.clone_from(&entry.hash);
    }
    for anchor in anchors {
        if !entries.iter().any(|entry| entry.hash == anchor.head) {
            faults.push(format!("the head that {} carries is not in the chain: entries are gone", anchor.place));
        }
    }
    Chain { entries: entries.len() as i64, head: previous, faults }
}

/// The heads that a manifest carries.
///
/// # Errors
/// When the text is not JSON, or carries none.
pub fn anchor(manifest: &str, place: &str) -> Result<Anchor> {
    let value: Value =
        serde_json::from_str(manifest).map_err(|_| Error::input("is not a manifest: it is not JSON").at(place))?;
    let head = value.get("audit_head").and_then(Value::as_str);
    let head = head.ok_or_else(|| {
        Error::input("carries no head of an audit chain").at(place).hint("runs with --ledger write one")
    })?;
    Ok(Anchor { head: head.to_owned(), place: place.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<Entry> {
        let mut previous = ORIGIN.to_owned();
        (1..=length)
            .map(|sequence| {
                let mut entry = Entry {
                    sequence,
                    at: "2016-04-30T10:00:00Z".into(),
                    by: "clerk".into(),
                    command: "pool load".into(),
                    subject: format!("{{\"rows\":{sequence}}}"),
                    previous: previous.clone(),
                    hash: String::new(),
                };
                entry.hash = entry.hash_of();
                previous.clone_from(&entry.hash);
                entry
            })
            .collect()
    }

    #[test]
    fn a_whole_chain_has_no_fault() {
        assert!(verify(&chain(5), &[]).faults.is_empty());
        assert!(verify(&[], &[]).faults.is_empty());
    }

    #[test]
    fn change_deletion_and_reorder_are_found() {
        for sequence in 0..5 {
            for field in 0..4 {
                let mut changed = chain(5);
                let entry = &mut changed[sequence];
                [&mut entry.at, &mut entry.by, &mut entry.command, &mut entry.subject][field].push('x');
                assert!(!verify(&changed, &[]).faults.is_empty(), "{sequence} {field}");
            }
            let mut shorter = chain(5);
            shorter.remove(sequence);
            // The last entry alone can go unseen: that is what anchors are for.
            assert_eq!(verify(&shorter, &[]).faults.is_empty(), sequence == 4);
            let mut swapped = chain(5);
            swapped.swap(sequence, (sequence + 1) % 5);
            assert!(!verify(&swapped, &[]).faults.is_empty());
        }
    }

    #[test]
    fn a_cut_end_is_found_by_an_anchor() {
        let mut entries = chain(5);
        let anchor = Anchor { head: entries[4].hash.clone(), place: "manifest.json".into() };
        assert!(verify(&entries, std::slice::from_ref(&anchor)).faults.is_empty());
        entries.pop();
        assert_eq!(verify(&entries, &[anchor]).faults.len(), 1);
    }

    #[test]
    fn a_changed_entry_with_a_new_hash_breaks_the_next() {
        let mut entries = chain(3);
        entries[1].subject = "{}".into();
        entries[1].hash = entries[1].hash_of();
        assert_eq!(verify(&entries, &[]).faults, ["entry 3 does not follow the one before it"]);
    }
}
