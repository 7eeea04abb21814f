//! What came back from HMRC: three files, every row of a workbook in exactly one.

use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::pool::case::{Pool, State};
use crate::util::hash::{Map, map};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// In which file, and with what word, a row came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedAs {
    /// `hmrc_to_ho`.
    Match,
    /// `hmrc_no_hits`.
    NoHit,
    /// `hmrc_unresolved`: one or several possible records.
    Unresolved,
    /// `hmrc_unresolved`: too little to search with.
    NotSearchable,
    /// `hmrc_unresolved`: the row was refused.
    Refused,
}

impl ReturnedAs {
    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoHit => "no_hit",
            Self::Unresolved => "unresolved",
            Self::NotSearchable => "not_searchable",
            Self::Refused => "refused",
        }
    }

    /// The meaning of a word of `status` in `hmrc_unresolved`.
    pub fn of_status(word: &str) -> Option<Self> {
        [Self::Unresolved, Self::NotSearchable, Self::Refused].into_iter().find(|found| found.as_str() == word)
    }
}

/// One row of an extract as it came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnRow {
    /// Reference of the row.
    pub dash_reference: String,
    /// The id that came with it.
    pub cid_person_id: String,
    /// What became of it.
    pub returned: ReturnedAs,
    /// What is counted of it besides: `detail:new`, `new:address`, `set:hmrc`, and so on. No values.
    pub measures: BTreeSet<String>,
}

/// What a return changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Returns {
    /// The washes that it belongs to.
    pub washes: BTreeSet<String>,
    /// Rows by what became of them.
    pub rows: BTreeMap<&'static str, u64>,
    /// Cases that became due for the Home Office's decision.
    pub decisions: u64,
    /// Cases of people who had left the pool meanwhile.
    pub withdrawn: u64,
}

/// A row of an extract as it was sent.
pub(super) struct Sent {
    pub(super) wash: i64,
    pub(super) wash_name: String,
    pub(super) part: i64,
    pub(super) case: i64,
    pub(super) cid_person_id: String,
    pub(super) number: u32,
    pub(super) outcome: Option<String>,
    pub(super) pool: Pool,
    pub(super) cohort: String,
}

/// The row of a reference.
pub(super) fn sent(transaction: &Transaction, reference: &str) -> Result<Option<Sent>> {
    let sql = "SELECT w.wash, v.name, w.part, w.case_id, c.cid_person_id, w.number, w.outcome, c.pool, \
               ifnull(k.month, '') FROM washed w JOIN wash v ON v.id = w.wash JOIN pool_case c ON c.id = w.case_id \
               LEFT JOIN cohort k ON k.id = c.cohort WHERE w.dash_reference = ?1";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    let found = statement.query_row([reference], |row| {
        let pool: String = row.get(7)?;
        Ok(Sent {
            wash: row.get(0)?,
            wash_name: row.get(1)?,
            part: row.get(2)?,
            case: row.get(3)?,
            cid_person_id: row.get(4)?,
            number: row.get(5)?,
            outcome: row.get(6)?,
            pool: Pool::of_word(&pool).unwrap_or(Pool::Post2008),
            cohort: row.get(8)?,
        })
    });
    found.optional().map_err(failed)
}

/// Takes a return into the ledger, whole or not at all.
///
/// With `supplement`, rows may be few, and only such as were unresolved before.
pub(crate) fn take(
    transaction: &Transaction,
    rows: &[ReturnRow],
    on: &str,
    supplement: bool,
    agreement: &Agreement,
) -> Result<Returns> {
    let mut returns = Returns::default();
    let mut seen: Map<&str, ()> = map();
    let mut parts: BTreeSet<(i64, i64)> = BTreeSet::new();
    let mut tallies: Tallies = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let refuse = |what: &str| Err(refused(index, what));
        if seen.insert(&row.dash_reference, ()).is_some() {
            return refuse("stands in more than one place; every row of an extract is in exactly one file");
        }
        let Some(sent) = sent(transaction, &row.dash_reference)? else {
            return refuse("has a reference that was not sent");
        };
        if sent.cid_person_id != row.cid_person_id {
            return refuse("has the reference of another case: the linking block was changed");
        }
        match (&sent.outcome, supplement) {
            (None, false) => {}
            (Some(before), true) if before == ReturnedAs::Unresolved.as_str() => {}
            (Some(_), false) => return refuse("was returned before; a later answer comes as a supplement"),
            (_, true) => return refuse("was not unresolved: a supplement cannot change it"),
        }
        parts.insert((sent.wash, sent.part));
        settle(transaction, &sent, row.returned, on, agreement, &mut returns)?;
        count(&sent, row, &mut tallies);
        returns.washes.insert(sent.wash_name);
    }
    if !supplement {
        complete(transaction, &parts)?;
    }
    add_tallies(transaction, &tallies)?;
    Ok(returns)
}

/// Rows are named by their place in the return: they may be of any file.
fn refused(index: usize, what: &str) -> Error {
    Error::input(format!("row {} of the return {what}", index + 1)).hint("nothing of the return was taken")
}

/// Every row of a workbook that came back must have come back.
fn complete(transaction: &Transaction, parts: &BTreeSet<(i64, i64)>) -> Result<()> {
    let sql = "SELECT count(*) FROM washed WHERE wash = ?1 AND part = ?2 AND outcome IS NULL";
    let mut absent = 0;
    for (wash, part) in parts {
        absent += transaction.query_row(sql, params![wash, part], |row| row.get::<_, i64>(0)).map_err(failed)?;
    }
    if absent > 0 {
        return Err(Error::input(format!("{absent} rows of the extract are in none of the files")).hint(
            "every row of an extract comes back in exactly one of three files; nothing of the return was taken",
        ));
    }
    Ok(())
}

/// Takes an outcome, and says where the case stands then.
fn settle(
    transaction: &Transaction,
    sent: &Sent,
    returned: ReturnedAs,
    on: &str,
    agreement: &Agreement,
    returns: &mut Returns,
) -> Result<()> {
    *returns.rows.entry(returned.as_str()).or_default() += 1;
    let sql = "UPDATE washed SET outcome = ?2, returned_on = ?3 WHERE wash = ?1 AND case_id = ?4";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    statement.execute(params![sent.wash, returned.as_str(), on, sent.case]).map_err(failed)?;
    let (state, all_no_hit, more) = standing(transaction, sent.case)?;
    if state == State::Withdrawn {
        returns.withdrawn += 1;
        return Ok(());
    }
    if sent.outcome.is_some() && returned == ReturnedAs::NoHit {
        return settle_late(transaction, sent, state, agreement, returns);
    }
    let all_no_hit = all_no_hit && returned == ReturnedAs::NoHit;
    let state = match returned {
        ReturnedAs::Match => State::Traced,
        _ if more => State::Open,
        ReturnedAs::NoHit => ended(sent, all_no_hit, agreement),
        _ => State::Unresolved,
    };
    stand(transaction, sent.case, state, all_no_hit, returns)
}

/// A case that was unresolved and is a no-hit after review. A later wash may have been sent or answered meanwhile: that
/// stays, and the case is one of no-hits alone if all answers are.
fn settle_late(
    transaction: &Transaction,
    sent: &Sent,
    state: State,
    agreement: &Agreement,
    returns: &mut Returns,
) -> Result<()> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM washed WHERE case_id = ?1 AND outcome <> 'no_hit')";
    let all_no_hit: bool = transaction.query_row(sql, [sent.case], |row| row.get(0)).map_err(failed)?;
    let state = if state == State::Unresolved { ended(sent, all_no_hit, agreement) } else { state };
    stand(transaction, sent.case, state, all_no_hit, returns)
}

/// Where a case without a hit stands after its last wash.
fn ended(sent: &Sent, all_no_hit: bool, agreement: &Agreement) -> State {
    match sent.pool {
        Pool::Pre2008 if !agreement.rewash_one_off => State::WashedOnce,
        _ if all_no_hit => State::Decision,
        _ => State::Unresolved,
    }
}

/// State of a case, whether all its washes were no-hits, and whether more are to come.
fn standing(transaction: &Transaction, case: i64) -> Result<(State, bool, bool)> {
    let sql = "SELECT state, all_no_hit, next_due_on IS NOT NULL FROM pool_case WHERE id = ?1";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    let row = |row: &rusqlite::Row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?));
    let (state, all_no_hit, more) = statement.query_row([case], row).map_err(failed)?;
    Ok((State::of_word(&state)?, all_no_hit, more))
}

fn stand(transaction: &Transaction, case: i64, state: State, all_no_hit: bool, returns: &mut Returns) -> Result<()> {
    returns.decisions += u64::from(state == State::Decision);
    let sql = "UPDATE pool_case SET state = ?2, all_no_hit = ?3, \
               next_due_on = iif(?2 IN ('open', 'sent'), next_due_on, NULL) WHERE id = ?1";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    statement.execute(params![case, state.as_str(), all_no_hit]).map_err(failed)?;
    Ok(())
}

/// Counts by wash, number, pool, cohort and measure.
pub(super) type Tallies = BTreeMap<(i64, u32, Pool, String, String), i64>;

fn count(sent: &Sent, row: &ReturnRow, tallies: &mut Tallies) {
    tally(sent, row.returned.as_str(), 1, tallies);
    if let Some(before) = &sent.outcome {
        // A supplement moves the row from what it was.
        tally(sent, before, -1, tallies);
    }
    row.measures.iter().for_each(|measure| tally(sent, measure, 1, tallies));
}

/// Adds to one count.
pub(super) fn tally(sent: &Sent, measure: &str, rows: i64, tallies: &mut Tallies) {
    let key = (sent.wash, sent.number, sent.pool, sent.cohort.clone(), measure.to_owned());
    *tallies.entry(key).or_default() += rows;
}

/// Adds counts to those of the ledger.
pub(super) fn add_tallies(transaction: &Transaction, tallies: &Tallies) -> Result<()> {
    let sql = "INSERT INTO tally (wash, number, pool, cohort, measure, rows) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
               ON CONFLICT DO UPDATE SET rows = rows + ?6";
    let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
    for ((wash, number, pool, cohort, measure), rows) in tallies {
        statement.execute(params![wash, number, pool.as_str(), cohort, measure, rows]).map_err(failed)?;
    }
    Ok(())
}

impl Ledger {
    /// Takes a return of HMRC into the ledger, whole or not at all.
    ///
    /// # Errors
    /// When a row was not sent, stands twice, is missing, or was returned before; or the ledger cannot be written.
    pub fn take_return(
        &mut self,
        rows: &[ReturnRow],
        on: &str,
        supplement: bool,
        agreement: &Agreement,
    ) -> Result<Returns> {
        self.change(|transaction| {
            let returns = take(transaction, rows, on, supplement, agreement)?;
            let subject = serde_json::json!({ "on": on, "supplement": supplement, "return": returns });
            Ok((returns, subject))
        })
    }
}
