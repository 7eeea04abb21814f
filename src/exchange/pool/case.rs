//! A case as a fresh file gives it, and the states that it goes through.

use crate::error::{Error, Result};
use crate::frame::Table;
use crate::standardise::date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The two pools, which management information keeps apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Status ended before 2008: the one-off exchange.
    Pre2008,
    /// Status ended in 2008 or later: the monthly exchange.
    Post2008,
}

/// First day of the later pool.
const LATER_POOL_FROM: &str = "2008-01-01";

impl Pool {
    /// Both pools.
    pub const ALL: [Self; 2] = [Self::Pre2008, Self::Post2008];

    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pre2008 => "pre2008",
            Self::Post2008 => "post2008",
        }
    }

    /// The pool of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pool| pool.as_str().eq_ignore_ascii_case(word.trim()))
    }

    /// The pool of a case whose status ended on a day, `YYYY-MM-DD`.
    pub fn of_date(ended_on: &str) -> Self {
        if ended_on < LATER_POOL_FROM { Self::Pre2008 } else { Self::Post2008 }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a case stands. No state decides anything about anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the pool, not yet washed.
    Waiting,
    /// In an extract whose return has not come.
    Sent,
    /// Washed without a match; to be washed again.
    Open,
    /// Matched by HMRC: not washed again.
    Traced,
    /// Left the pool, with its reason.
    Withdrawn,
    /// All washes ended in no hit: due for the Home Office's decision.
    Decision,
    /// The last wash is done, and not every one ended in no hit: for a person to look at.
    Unresolved,
    /// The one-off set after its one wash, where it is not rewashed.
    WashedOnce,
}

impl State {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Sent,
        Self::Open,
        Self::Traced,
        Self::Withdrawn,
        Self::Decision,
        Self::Unresolved,
        Self::WashedOnce,
    ];

    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Open => "open",
            Self::Traced => "traced",
            Self::Withdrawn => "withdrawn",
            Self::Decision => "decision",
            Self::Unresolved => "unresolved",
            Self::WashedOnce => "washed_once",
        }
    }

    /// What it means, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Waiting => "waiting for a first wash",
            Self::Sent => "sent, return awaited",
            Self::Open => "washed, to be washed again",
            Self::Traced => "traced",
            Self::Withdrawn => "withdrawn: left the pool",
            Self::Decision => "due for the Home Office's decision",
            Self::Unresolved => "washes ended, not all in no hit",
            Self::WashedOnce => "one-off set, washed",
        }
    }

    pub(super) fn of_word(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| Error::input("the ledger holds an unknown state"))
    }
}

/// What a fresh file says of a case that the ledger needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Row of the table, from 0.
    pub row: u32,
    /// The id of the Home Office's own system.
    pub cid_person_id: String,
    /// Pool.
    pub pool: Pool,
    /// When the status ended, `YYYY-MM-DD`.
    pub status_ended_on: Option<String>,
    /// Since when there has been no contact, `YYYY-MM-DD`.
    pub no_contact_since: Option<String>,
    /// When the case left the pool, and why.
    pub left: Option<(String, String)>,
}

/// Why a row of a file of cases cannot be taken, or what is odd about it: by row, never by value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseFault {
    /// Row of the table, from 0.
    pub row: u32,
    /// Column.
    pub column: &'static str,
    /// What is wrong, as a word.
    pub reason: &'static str,
    /// Whether the row was left out.
    pub left_out: bool,
}

/// Cases of a table with what is wrong with its rows. A row that cannot be placed is left out and said.
pub fn read_cases(table: &Table) -> (Vec<Case>, Vec<CaseFault>) {
    let mut cases: Vec<Case> = Vec::with_capacity(table.rows());
    let mut faults = Vec::new();
    for row in 0..table.rows() {
        match read_case(table, row, &mut faults) {
            Ok(case) => cases.push(case),
            Err((column, reason)) => faults.push(CaseFault { row: row as u32, column, reason, left_out: true }),
        }
    }
    leave_out_repeated(&mut cases, &mut faults);
    faults.sort();
    (cases, faults)
}

type Wrong = (&'static str, &'static str);

/// How reasons begin, and what they are called.
const REASONS: [(&str, &str); 6] = [
    ("contact", "contact made"),
    ("depart", "departed"),
    ("leave", "leave granted"),
    ("grant", "leave granted"),
    ("duplicate", "duplicate of another case"),
    ("died", "died"),
];

/// The reason for which a case left the pool, as one of a few: what people write may name somebody, and a ledger names
/// nobody.
pub(crate) fn reason_left(text: &str) -> &'static str {
    let lower = text.trim().to_lowercase();
    REASONS.iter().find(|(beginning, _)| lower.starts_with(beginning)).map_or("other", |(_, name)| *name)
}

fn read_case(table: &Table, row: usize, faults: &mut Vec<CaseFault>) -> std::result::Result<Case, Wrong> {
    let day = |column: &'static str| match table.value(column, row) {
        None => Ok(None),
        Some(text) => {
            let read = date::read(text).value.filter(|date| date.is_complete());
            read.map(|date| Some(date.to_string())).ok_or((column, "not_a_date"))
        }
    };
    let cid_person_id = table.value("cid_person_id", row).ok_or(("cid_person_id", "missing"))?.to_owned();
    let status_ended_on = day("status_ended_on")?;
    let no_contact_since = day("no_contact_since")?;
    let by_date = status_ended_on.as_deref().map(Pool::of_date);
    let by_word = match table.value("pool", row) {
        None => None,
        Some(word) => Some(Pool::of_word(word).ok_or(("pool", "unknown_pool"))?),
    };
    if let (Some(date), Some(word)) = (by_date, by_word)
        && date != word
    {
        faults.push(CaseFault { row: row as u32, column: "pool", reason: "pool_against_date", left_out: false });
    }
    // The date is what the pools are defined by; the word is a label of it.
    let pool = by_date.or(by_word).ok_or(("pool", "missing"))?;
    let reason = table.value("pool_left_reason", row);
    let left = match (day("pool_left_on")?, reason) {
        (Some(on), reason) => Some((on, reason.map_or("no reason given", reason_left).to_owned())),
        (None, Some(_)) => return Err(("pool_left_on", "reason_without_date")),
        (None, None) => None,
    };
    Ok(Case { row: row as u32, cid_person_id, pool, status_ended_on, no_contact_since, left })
}

/// Two rows under one id may be of two people: neither is taken.
fn leave_out_repeated(cases: &mut Vec<Case>, faults: &mut Vec<CaseFault>) {
    let mut order: Vec<u32> = (0..cases.len() as u32).collect();
    order.sort_by(|a, b| cases[*a as usize].cid_person_id.cmp(&cases[*b as usize].cid_person_id));
    let mut repeated = vec![false; cases.len()];
    for pair in order.windows(2) {
        let (a, b) = (pair[0] as usize, pair[1] as usize);
        if cases[a].cid_person_id == cases[b].cid_person_id {
            repeated[a] = true;
            repeated[b] = true;
        }
    }
    let mut index = 0;
    cases.retain(|case| {
        let out = repeated[index];
        index += 1;
        if out {
            let fault = CaseFault { row: case.row, column: "cid_person_id", reason: "duplicate", left_out: true };
            faults.push(fault);
        }
        !out
    });
}
