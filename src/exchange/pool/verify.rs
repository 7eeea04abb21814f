//! What the Home Office found out about a match: correct, wrong, or not certain.

use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::pool::case::Pool;
use crate::exchange::pool::wash::next_due_on;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a person found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The record is of the person.
    Correct,
    /// It is of another.
    Wrong,
    /// It cannot be told.
    Unsure,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::Correct, Self::Wrong, Self::Unsure];

    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Wrong => "wrong",
            Self::Unsure => "unsure",
        }
    }

    /// The verdict of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word.trim())
    }
}

/// One verified match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Reference of the row.
    pub dash_reference: String,
    /// What was found.
    pub verdict: Verdict,
    /// Day, `YYYY-MM-DD`.
    pub on: String,
}

/// Records verifications. A match that was wrong located nobody: the case goes on to be washed.
pub(crate) fn verify(
    transaction: &Transaction,
    all: &[Verification],
    agreement: &Agreement,
) -> Result<BTreeMap<&'static str, u64>> {
    let mut counts = BTreeMap::new();
    for (index, verification) in all.iter().enumerate() {
        let sql = "UPDATE washed SET verified = ?2, verified_on = ?3 \
                   WHERE dash_reference = ?1 AND outcome = 'match' RETURNING case_id, number";
        let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
        let found: Option<(i64, u32)> = statement
            .query_row(params![verification.dash_reference, verification.verdict.as_str(), verification.on], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .map_err(failed)?;
        let Some((case, number)) = found else {
            return Err(Error::input(format!("row {} names no match of this ledger", index + 1))
                .hint("nothing was recorded; the Dash reference must be of a row that came back as a match"));
        };
        if verification.verdict == Verdict::Wrong {
            wash_on(transaction, case, number, agreement)?;
        }
        *counts.entry(verification.verdict.as_str()).or_default() += 1;
    }
    Ok(counts)
}

fn wash_on(transaction: &Transaction, case: i64, number: u32, agreement: &Agreement) -> Result<()> {
    let sql = "SELECT c.pool, k.first_wash_on FROM pool_case c JOIN cohort k ON k.id = c.cohort \
               WHERE c.id = ?1 AND c.state = 'traced'";
    let found: Option<(String, String)> =
        transaction.query_row(sql, [case], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(failed)?;
    let Some((pool, first)) = found else { return Ok(()) };
    let due = next_due_on(Pool::of_word(&pool).unwrap_or(Pool::Post2008), &first, number, agreement)?;
    let sql = "UPDATE pool_case SET all_no_hit = 0, next_due_on = ?2, \
               state = iif(?2 IS NULL, 'unresolved', 'open') WHERE id = ?1";
    transaction.execute(sql, params![case, due]).map_err(failed)?;
    Ok(())
}

impl Ledger {
    /// Records verifications; returns how many of each.
    ///
    /// # Errors
    /// When a row names no match, or the ledger cannot be written: then none is recorded.
    pub fn verify_matches(
        &mut self,
        all: &[Verification],
        agreement: &Agreement,
    ) -> Result<BTreeMap<&'static str, u64>> {
        self.change(|transaction| {
            let counts = verify(transaction, all, agreement)?;
            let subject = serde_json::json!({ "verified": counts });
            Ok((counts, subject))
        })
    }
}
