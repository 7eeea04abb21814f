//! Each outcome beside the truth: right, or wrong in which way.

use crate::error::{Error, Result};
use crate::frame::{Table, join};
use crate::report::evaluation::groups::{Counted, Tally, words};

/// What became of one extract row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// A match that names the person.
    Right,
    /// Nobody was matched, and nobody is there.
    RightlyNone,
    /// A match that names another, though the person is there.
    WrongPerson,
    /// A match, though the person is not in the registers.
    AbsentMatched,
    /// Missed: too little to search with.
    NotSearchable,
    /// Missed: no blocking rule brought the person.
    NotBlocked,
    /// Missed: compared, and the evidence falls short.
    ScoredLow,
    /// Missed: not told apart from another candidate.
    Margin,
    /// Missed: another candidate came first.
    Outranked,
    /// Missed: certain enough, and held for people to look at by a rule.
    Held,
    /// Missed, where it is not known whether the person was compared.
    NotFound,
}

impl Fate {
    /// All ways to miss a person, in the order of reports.
    pub const MISSES: [Self; 8] = [
        Self::NotSearchable,
        Self::NotBlocked,
        Self::ScoredLow,
        Self::Margin,
        Self::Outranked,
        Self::Held,
        Self::NotFound,
        Self::WrongPerson,
    ];

    /// The word in tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::RightlyNone => "rightly_none",
            Self::WrongPerson => "wrong_person",
            Self::AbsentMatched => "absent_matched",
            Self::NotSearchable => "not_searchable",
            Self::NotBlocked => "not_blocked",
            Self::ScoredLow => "scored_low",
            Self::Margin => "margin",
            Self::Outranked => "outranked",
            Self::Held => "held",
            Self::NotFound => "not_found",
        }
    }

    /// Whether a match names somebody who is not the person.
    pub const fn is_false_match(self) -> bool {
        matches!(self, Self::WrongPerson | Self::AbsentMatched)
    }
}

static MISS_WORDS: [&str; Fate::MISSES.len()] = words!(Fate::MISSES);

/// Rows of a trace, in groups.
pub(crate) static ROWS: Counted = Counted {
    present: "present",
    few: "people are present",
    recall: "match",
    misses: &MISS_WORDS,
    last_is_wrong: true,
    wrongs: &[],
};

/// One extract row with an outcome and a truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What became of it.
    pub fate: Fate,
    /// The person is in the registers.
    pub present: bool,
    /// Probability of the person named, and whether it is the right one; `None` where nobody is named.
    pub named: Option<(f64, bool)>,
}

impl Judged {
    /// As a table counts it.
    pub(crate) fn tally(&self) -> Tally {
        Tally {
            present: self.present,
            is_match: self.fate == Fate::Right || self.fate.is_false_match(),
            right: self.fate == Fate::Right,
            miss: Fate::MISSES.iter().position(|kind| *kind == self.fate),
            wrong: None,
        }
    }
}

/// Outcomes joined with their truth, and with what was compared where that is known.
pub(crate) fn joined(outcomes: &Table, truth: &Table, compared: Option<&Table>) -> Result<Table> {
    let joined = join::inner_join(outcomes, truth, "cid_person_id", "cid_person_id")?;
    if joined.rows() == 0 {
        return Err(Error::input("no cid_person_id of the outcomes stands in the truth"));
    }
    let Some(compared) = compared else { return Ok(joined) };
    // People who are not there have no row in it.
    let mut rows: crate::util::hash::Map<&str, usize> = crate::util::hash::map();
    for row in 0..compared.rows() {
        rows.insert(compared.value("cid_person_id", row).unwrap_or(""), row);
    }
    let of = |row: usize| rows.get(joined.value("cid_person_id", row).unwrap_or("")).copied();
    let taken = |name: &str| (0..joined.rows()).map(|row| compared.value(name, of(row)?)).collect();
    let columns = joined.names().iter().cloned().zip(joined.columns().iter().cloned());
    let added = ["compared", "true_rank", "true_weight"].map(|name| (name.to_owned(), taken(name)));
    Ok(Table::new(columns.chain(added).collect()))
}

/// Judges every row of a joined table.
pub(crate) fn judge(joined: &Table) -> Vec<Judged> {
    (0..joined.rows()).map(|row| judge_row(joined, row)).collect()
}

fn judge_row(joined: &Table, row: usize) -> Judged {
    let value = |column: &str| joined.value(column, row).unwrap_or("");
    let truth_column = if joined.column("nino_right").is_some() { "nino_right" } else { "nino" };
    let given = match eight(value("nino")) {
        nino if nino.is_empty() => eight(value("person_id")),
        nino => nino,
    };
    let known = || std::iter::once(value(truth_column)).chain(value("also").split(';'));
    let present = known().any(|number| !number.is_empty());
    let right = !given.is_empty() && known().any(|number| eight(number) == given);
    let probability = value("match_probability").parse::<f64>().ok().filter(|_| !given.is_empty());
    let named = probability.map(|probability| (probability, right));
    let fate = match (value("outcome"), right, present) {
        ("match", true, _) => Fate::Right,
        ("match", false, true) => Fate::WrongPerson,
        ("match", false, false) => Fate::AbsentMatched,
        (_, _, false) => Fate::RightlyNone,
        ("not_searchable", ..) => Fate::NotSearchable,
        _ if value("compared") == "no" => Fate::NotBlocked,
        ("review", true, _) if value("reason").starts_with("evidence short") => Fate::ScoredLow,
        ("review", true, _) => Fate::Held,
        ("review", false, _) => Fate::Outranked,
        ("ambiguous", ..) if matches!(value("true_rank"), "" | "1" | "2") => Fate::Margin,
        ("ambiguous", ..) => Fate::Outranked,
        _ if value("compared") == "yes" => Fate::ScoredLow,
        _ => Fate::NotFound,
    };
    Judged { fate, present, named }
}

/// Letters and digits of a number in capitals, without the suffix of a NINO.
fn eight(number: &str) -> String {
    let all: String =
        number.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    if all.len() == 9 { all[..8].to_owned() } else { all }
}
