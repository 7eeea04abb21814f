//! Whether an extract is what the parties agreed: accepted, or rejected with the reasons for the sender (R43).
//!
//! In: a [`Specification`], which is data, and a [`Submission`]: the loaded table, what its sender states of it, the
//! agreement, the day. Out: [`Checked`]: every fault by row number, field and word, never by value, and the verdict.
//! Invariant: pure; nothing is changed, merged or left out here. Read next: `read.rs`, then `whole.rs` for the file and
//! `rows.rs` for its rows.

mod addresses;
mod code;
mod digest;
mod people;
mod read;
mod rows;
mod values;
mod whole;

pub use code::Code;
pub use digest::{RowsDigest, rows_sha256};
pub use read::{BUILT_IN, Column, Kind, Specification};

use crate::exchange::agreement::Agreement;
use crate::frame::cell;
use crate::ingest::{Control, Loaded};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a fault is of, the lightest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Not looked at.
    Nothing,
    /// The sender is told, and nothing follows.
    Warning,
    /// The row is faulty: it counts towards the share that the agreement allows.
    Row,
    /// The file is rejected.
    File,
}

impl Severity {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Warning => "warning",
            Self::Row => "row",
            Self::File => "file",
        }
    }
}

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// The table, with what was odd about its cells and its file.
    pub loaded: &'a Loaded,
    /// What a file beside it states.
    pub beside: Option<&'a Control>,
    /// The agreement; without one, only what makes a file unusable rejects it.
    pub agreement: Option<&'a Agreement>,
    /// The day of the check.
    pub on: Date,
}

/// A fault, by row number and field, never by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Data row of the file, from 1; 0 for the file as a whole.
    pub row: u64,
    /// Column; empty for the row or file as a whole.
    pub field: String,
    /// What it is of.
    pub severity: Severity,
    /// What is wrong.
    pub code: Code,
    /// Numbers or names of columns that help to find it; no values of rows.
    pub note: String,
}

/// The answer to a sender.
#[derive(Clone, Debug)]
pub struct Checked {
    /// All faults: those of the file first, then by row and column.
    pub findings: Vec<Finding>,
    /// Rows of the file.
    pub rows: u64,
    /// Rows with a fault of the row or of the file.
    pub faulty_rows: u64,
    /// Rows with nothing worse than a warning.
    pub warned_rows: u64,
    /// Largest share of faulty rows in an accepted file; none where no agreement is given.
    pub faulty_rows_max: Option<f64>,
    /// Whether the file is rejected.
    pub is_rejected: bool,
    /// Rows that have a value, by column of the file.
    pub filled: Vec<(String, u64)>,
}

impl Checked {
    /// Rows that nothing is said of.
    pub const fn clean_rows(&self) -> u64 {
        self.rows - self.faulty_rows - self.warned_rows
    }

    /// `accepted` or `rejected`.
    pub const fn verdict(&self) -> &'static str {
        if self.is_rejected { "rejected" } else { "accepted" }
    }

    /// Faults by kind, the heaviest first: how often, in how many rows, and the first rows.
    pub fn by_code(&self) -> Vec<Kindred> {
        let mut kinds: BTreeMap<(std::cmp::Reverse<Severity>, Code), Kindred> = BTreeMap::new();
        for finding in &self.findings {
            let kindred = kinds.entry((std::cmp::Reverse(finding.severity), finding.code)).or_insert_with(|| Kindred {
                severity: finding.severity,
                code: finding.code,
                times: 0,
                rows: 0,
                first_rows: Vec::new(),
                fields: Vec::new(),
                last_row: 0,
                notes: Vec::new(),
            });
            kindred.add(finding);
        }
        kinds.into_values().collect()
    }
}

/// Faults of one kind.
#[derive(Clone, Debug)]
pub struct Kindred {
    /// What they are of.
    pub severity: Severity,
    /// What is wrong.
    pub code: Code,
    /// How often.
    pub times: u64,
    /// In how many rows.
    pub rows: u64,
    /// The first of them.
    pub first_rows: Vec<u64>,
    /// The columns, in the order in which they came.
    pub fields: Vec<String>,
    /// What is known of those of the whole file.
    pub notes: Vec<String>,
    last_row: u64,
}

impl Kindred {
    /// Most row numbers that are listed.
    const LISTED_MAX: usize = 20;

    fn add(&mut self, finding: &Finding) {
        self.times += 1;
        if finding.row > self.last_row {
            self.last_row = finding.row;
            self.rows += 1;
            if self.first_rows.len() < Self::LISTED_MAX {
                self.first_rows.push(finding.row);
            }
        }
        if !finding.field.is_empty() && !self.fields.contains(&finding.field) {
            self.fields.push(finding.field.clone());
        }
        if !finding.note.is_empty() && self.notes.len() < Self::LISTED_MAX {
            self.notes.push(finding.note.clone());
        }
    }
}

/// Collects faults, each with what the specification says it is of.
struct Findings<'a> {
    specification: &'a Specification,
    is_strict: bool,
    all: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, row: u64, field: &str, code: Code) {
        self.noted(row, field, code, String::new());
    }

    /// A fault of the whole file, with what is known of it.
    fn of_file(&mut self, code: Code, note: String) {
        self.noted(0, "", code, note);
    }

    fn noted(&mut self, row: u64, field: &str, code: Code, note: String) {
        let severity = self.specification.severity(code, self.is_strict);
        if severity != Severity::Nothing {
            self.all.push(Finding { row, field: field.to_owned(), severity, code, note });
        }
    }

    /// By row, then by place of the column, then by fault; the same only once.
    fn sorted(mut self) -> Vec<Finding> {
        let places: BTreeMap<&str, usize> = self
            .specification
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| (column.name.as_str(), place))
            .collect();
        let key = |finding: &Finding| {
            let place = places.get(finding.field.as_str()).map_or(0, |place| place + 1);
            (finding.row, place, finding.code)
        };
        self.all
            .sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.field.cmp(&b.field)).then_with(|| a.note.cmp(&b.note)));
        self.all.dedup();
        self.all
    }
}

/// Checks an extract.
pub fn check(specification: &Specification, submission: &Submission) -> Checked {
    let is_strict = submission.agreement.is_some();
    let loaded = submission.loaded;
    let mut findings = Findings { specification, is_strict, all: Vec::new() };
    whole::check(&mut findings, submission);
    rows::check(&mut findings, submission);
    people::check(&mut findings, loaded);
    let mut findings = findings.sorted();
    let rows = loaded.table.rows() as u64 + loaded.rejects.len() as u64;
    let (faulty_rows, warned_rows) = count_rows(&findings);
    let faulty_rows_max = submission.agreement.map(|agreement| agreement.faulty_rows_max);
    let severity = specification.severity(Code::TooManyFaultyRows, is_strict);
    if faulty_rows_max.is_some_and(|most| exceeds(faulty_rows, rows, most)) && severity != Severity::Nothing {
        let note = format!("{faulty_rows} of {rows}, more than {}", percent(faulty_rows_max.unwrap_or(0.0)));
        let code = Code::TooManyFaultyRows;
        findings.insert(0, Finding { row: 0, field: String::new(), severity, code, note });
    }
    Checked {
        is_rejected: findings.iter().any(|finding| finding.severity == Severity::File),
        findings,
        rows,
        faulty_rows,
        warned_rows,
        faulty_rows_max,
        filled: filled(loaded),
    }
}

/// A share as people write it: `5 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", (share * 1e4).round() / 1e2)
}

/// Whether more than the share `most` of all rows is faulty: at the share itself a file is accepted.
fn exceeds(faulty: u64, rows: u64, most: f64) -> bool {
    // The share is a decimal fraction, which a float only nearly is.
    faulty as f64 > most * rows as f64 + 1e-9
}

/// Rows with a fault of the row or file, and rows with nothing worse than a warning.
fn count_rows(findings: &[Finding]) -> (u64, u64) {
    let (mut faulty, mut warned) = (0, 0);
    let of_rows = findings.iter().filter(|finding| finding.row > 0).collect::<Vec<_>>();
    for row in of_rows.chunk_by(|a, b| a.row == b.row) {
        if row.iter().any(|finding| finding.severity >= Severity::Row) { faulty += 1 } else { warned += 1 }
    }
    (faulty, warned)
}

/// How many rows have a value, by column.
fn filled(loaded: &Loaded) -> Vec<(String, u64)> {
    let count = |column| (0..loaded.table.rows()).filter(|row| cell(column, *row).is_some()).count() as u64;
    loaded.table.names().iter().cloned().zip(loaded.table.columns().iter().map(count)).collect()
}

#[cfg(test)]
mod tests;
