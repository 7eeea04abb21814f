//! A fresh file of cases taken into the ledger: new, known, changed, withdrawn, back again.

use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::pool::case::{Case, Pool, State};
use crate::util::hash::{Map, map};
use jiff::{ToSpan, civil::Date};
use rusqlite::{Transaction, params};
use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

/// What a fresh file changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Loading {
    /// Rows taken.
    pub rows: u64,
    /// Cases that the ledger did not know.
    pub new: u64,
    /// Cases that left the pool since.
    pub withdrawn: u64,
    /// Withdrawn cases that are in the pool again: they begin anew.
    pub back: u64,
    /// Known cases whose dates or pool changed.
    pub changed: u64,
    /// Cases whose time without contact is not known: they are not due until it is.
    pub contact_unknown: u64,
}

/// A case as the ledger has it.
struct Known {
    id: i64,
    spell: i64,
    state: State,
    /// Digest of pool and dates: whether a fresh file changes them.
    facts: u64,
}

/// Digest of what a fresh file may change.
fn facts(pool: &str, status_ended_on: &str, no_contact_since: &str) -> u64 {
    let mut digest = Xxh3::new();
    for part in [pool, status_ended_on, no_contact_since] {
        digest.update(part.as_bytes());
        digest.update(&[0]);
    }
    digest.digest()
}

/// The latest spell of every case: one pass is faster than a look-up for each row of a file.
fn all_known(transaction: &Transaction) -> Result<Map<Box<str>, Known>> {
    let sql = "SELECT id, spell, state, pool, ifnull(status_ended_on, ''), ifnull(no_contact_since, ''), cid_person_id \
               FROM pool_case";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut all: Map<Box<str>, Known> = map();
    while let Some(row) = rows.next().map_err(failed)? {
        let text = |at: usize| {
            let value = row.get_ref(at).map_err(failed)?;
            value.as_str().map_err(|_| Error::input("the ledger holds a value of another kind"))
        };
        let known = Known {
            id: row.get(0).map_err(failed)?,
            spell: row.get(1).map_err(failed)?,
            state: State::of_word(text(2)?)?,
            facts: facts(text(3)?, text(4)?, text(5)?),
        };
        let id = text(6)?;
        if all.get(id).is_none_or(|earlier| earlier.spell < known.spell) {
            all.insert(Box::from(id), known);
        }
    }
    Ok(all)
}

/// The day from which a case is in scope: so many calendar months after the last contact, clamped to the month's end.
fn in_scope_from(case: &Case, agreement: &Agreement) -> Option<String> {
    let since: Date = case.no_contact_since.as_deref()?.parse().ok()?;
    let from = since.checked_add(i64::from(agreement.months_without_contact).months()).ok()?;
    // The exchange itself has a first day for each pool.
    let earliest = match case.pool {
        Pool::Pre2008 => &agreement.one_off_from,
        Pool::Post2008 => &agreement.monthly_from,
    };
    Some(from.to_string().max(earliest.clone()))
}

/// Takes a file of cases into the ledger, as known on the day.
pub(crate) fn load(transaction: &Transaction, cases: &[Case], on: &str, agreement: &Agreement) -> Result<Loading> {
    let mut loading = Loading { rows: cases.len() as u64, ..Loading::default() };
    let known = all_known(transaction)?;
    for case in cases {
        if case.left.is_none() && case.no_contact_since.is_none() {
            loading.contact_unknown += 1;
        }
        match known.get(case.cid_person_id.as_str()) {
            None => {
                insert(transaction, case, 1, on, agreement)?;
                loading.new += 1;
                loading.withdrawn += u64::from(case.left.is_some());
            }
            Some(known) => renew(transaction, case, known, on, agreement, &mut loading)?,
        }
    }
    Ok(loading)
}

fn insert(transaction: &Transaction, case: &Case, spell: i64, on: &str, agreement: &Agreement) -> Result<()> {
    let sql = "INSERT INTO pool_case (cid_person_id, spell, pool, status_ended_on, no_contact_since, first_seen_on, \
               state, next_due_on, withdrawn_on, withdrawn_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let state = if case.left.is_some() { State::Withdrawn } else { State::Waiting };
    let due = if case.left.is_some() { None } else { in_scope_from(case, agreement) };
    let (left_on, reason) = case.left.clone().unzip();
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    statement
        .execute(params![
            case.cid_person_id,
            spell,
            case.pool.as_str(),
            case.status_ended_on,
            case.no_contact_since,
            on,
            state.as_str(),
            due,
            left_on,
            reason
        ])
        .map_err(failed)?;
    Ok(())
}

/// What a fresh file says of a case that the ledger knows.
fn renew(
    transaction: &Transaction,
    case: &Case,
    known: &Known,
    on: &str,
    agreement: &Agreement,
    loading: &mut Loading,
) -> Result<()> {
    if let Some((left_on, reason)) = &case.left {
        if known.state != State::Withdrawn {
            withdraw(transaction, known.id, left_on, reason)?;
            loading.withdrawn += 1;
        }
        return Ok(());
    }
    if known.state == State::Withdrawn {
        insert(transaction, case, known.spell + 1, on, agreement)?;
        loading.back += 1;
        return Ok(());
    }
    let ended = case.status_ended_on.as_deref().unwrap_or("");
    if known.facts == facts(case.pool.as_str(), ended, case.no_contact_since.as_deref().unwrap_or("")) {
        return Ok(());
    }
    loading.changed += 1;
    // Once washed, a case keeps its pool and its dates due: they follow from its cohort's first wash.
    let sql = "UPDATE pool_case SET status_ended_on = ?2, no_contact_since = ?3, \
               pool = iif(state = 'waiting', ?4, pool), next_due_on = iif(state = 'waiting', ?5, next_due_on) \
               WHERE id = ?1";
    let due = in_scope_from(case, agreement);
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    statement
        .execute(params![known.id, case.status_ended_on, case.no_contact_since, case.pool.as_str(), due])
        .map_err(failed)?;
    Ok(())
}

fn withdraw(transaction: &Transaction, id: i64, left_on: &str, reason: &str) -> Result<()> {
    let sql = "UPDATE pool_case SET state = 'withdrawn', next_due_on = NULL, withdrawn_on = ?2, withdrawn_reason = ?3 \
               WHERE id = ?1";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    statement.execute(params![id, left_on, reason]).map_err(failed)?;
    Ok(())
}

impl Ledger {
    /// Takes a fresh file of cases into the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn load_cases(&mut self, cases: &[Case], on: &str, agreement: &Agreement) -> Result<Loading> {
        self.change(|transaction| {
            let loading = load(transaction, cases, on, agreement)?;
            Ok((loading, serde_json::json!({ "on": on, "cases": loading })))
        })
    }
}
