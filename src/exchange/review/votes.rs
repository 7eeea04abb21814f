//! What reviewers said: workbooks that came back, checked cell by cell, and the decisions that were kept.
//!
//! A workbook has been out of the program's hands. Nothing of it counts by its place: each row must carry the reference and
//! check of a candidate of this very trace, each of them once, and show what it showed when it was written.

use crate::error::{Error, Result};
use crate::exchange::Sheet;
use crate::exchange::review::case::Cases;
use crate::exchange::review::grid::{COLUMNS, GridRow, Kind, grid};
use crate::frame::Table;
use crate::ingest::{Loaded, remark};
use crate::standardise::date;
use crate::util::hash::{Map, Set, map, set};

/// What a reviewer says of one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// The candidate is the person sought.
    Same,
    /// Another person.
    Different,
    /// It cannot be told.
    CannotTell,
}

impl Decision {
    /// All decisions.
    pub const ALL: [Self; 3] = [Self::Same, Self::Different, Self::CannotTell];

    /// The words in workbooks and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same person",
            Self::Different => "different",
            Self::CannotTell => "cannot tell",
        }
    }

    /// The decision of some words.
    pub fn of_words(words: &str) -> Option<Self> {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::ALL.into_iter().find(|decision| decision.as_str().eq_ignore_ascii_case(&words))
    }
}

/// What one reviewer said of one candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Number of the case.
    pub case: usize,
    /// Number of the candidate within the case.
    pub candidate: usize,
    /// What was said.
    pub decision: Decision,
    /// Who said it.
    pub reviewer: String,
    /// When, `YYYY-MM-DD`.
    pub on: String,
    /// Why, in their own words; may be empty.
    pub note: String,
}

impl Vote {
    /// The reviewer, as names are compared: case and spaces say nothing.
    pub(super) fn by(&self) -> String {
        self.reviewer.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Whether two votes are of one reviewer.
    pub fn is_by(&self, other: &Self) -> bool {
        self.by() == other.by()
    }
}

/// Most characters of a reviewer's name, and of a note.
const REVIEWER_MAX: usize = 80;
const NOTE_MAX: usize = 1000;

/// Reads a workbook that came back. `days` are those of the trace and of today: decisions are of a day between them.
///
/// # Errors
/// One sentence for each thing that is wrong, by row of the sheet; then nothing of the workbook counts.
pub fn read_votes(loaded: &Loaded, cases: &Cases, days: [&str; 2]) -> std::result::Result<Vec<Vote>, Vec<String>> {
    let table = &loaded.table;
    if let Some(what) = foreign(table, cases) {
        return Err(vec![what]);
    }
    let mut reading =
        Reading { cases, days, rows: rows_by_reference(cases), seen: set(), votes: Vec::new(), faults: Vec::new() };
    for cell in &loaded.cell_remarks {
        if [remark::FORMULA, remark::ERROR].contains(&cell.reason) {
            // The row of the headings is the first of the sheet.
            reading.faults.push(format!("row {}: holds a {} in place of text", cell.row + 1, cell.reason));
        }
    }
    for (row, number) in (0..table.rows()).zip(&loaded.row_numbers) {
        reading.row(table, row, number + 1);
    }
    reading.missing();
    reading.one_person_a_case();
    if reading.faults.is_empty() { Ok(reading.votes) } else { Err(reading.faults) }
}

/// Whether no reference of a workbook is of this trace.
fn foreign(table: &Table, cases: &Cases) -> Option<String> {
    let references = || (0..table.rows()).filter_map(|row| table.value("case", row)).map(str::trim);
    let is_ours = |reference: &str| reference.starts_with(&format!("{}-", cases.tag()));
    match (references().next(), references().any(is_ours)) {
        (None, _) => Some("holds no case".to_owned()),
        (Some(_), false) => Some(format!("is the workbook of another run: no case of it begins with {}", cases.tag())),
        _ => None,
    }
}

/// The rows that a workbook must have, by reference: of a case, or of a candidate.
fn rows_by_reference(cases: &Cases) -> Map<String, GridRow> {
    let mut out = map();
    for row in grid(cases) {
        let name = if row.kind == Kind::Sought { "case" } else { "candidate" };
        out.insert(row.text(name).to_owned(), row);
    }
    out
}

struct Reading<'a> {
    cases: &'a Cases,
    days: [&'a str; 2],
    rows: Map<String, GridRow>,
    seen: Set<String>,
    votes: Vec<Vote>,
    faults: Vec<String>,
}

impl Reading<'_> {
    fn row(&mut self, table: &Table, row: usize, number: u64) {
        let value = |name: &str| table.value(name, row).map(str::trim).unwrap_or("");
        let said = COLUMNS.iter().filter(|column| column.is_open).any(|column| !value(column.name).is_empty());
        let reference = if value("candidate").is_empty() { value("case") } else { value("candidate") };
        if reference.is_empty() {
            if said {
                self.faults.push(format!("row {number}: something was written beside no case"));
            }
            return;
        }
        let Some(expected) = self.rows.get(reference) else {
            // It is not repeated: a reviewer may have written a name there.
            self.faults.push(format!("row {number}: what stands for the case is no reference of this run"));
            return;
        };
        if !self.seen.insert(reference.to_owned()) {
            self.faults.push(format!("row {number}: {reference} stands twice"));
            return;
        }
        if let Some(column) = COLUMNS
            .iter()
            .find(|column| !column.is_open && squeezed(value(column.name)) != squeezed(expected.text(column.name)))
        {
            self.faults.push(format!(
                "row {number}: `{}` of {reference} is not what was written for the reviewer",
                column.title
            ));
            return;
        }
        if expected.kind == Kind::Sought {
            if said {
                self.faults
                    .push(format!("row {number}: the decision stands beside the person sought, not a candidate"));
            }
            return;
        }
        match self.vote(&value, reference) {
            Ok(vote) => self.votes.extend(vote),
            Err(what) => self.faults.push(format!("row {number}: {what}")),
        }
    }

    /// What a row says; nothing where no decision was made.
    fn vote<'v>(&self, value: &impl Fn(&str) -> &'v str, reference: &str) -> std::result::Result<Option<Vote>, String> {
        let [words, reviewer, on, note] = ["decision", "reviewer", "decided_on", "note"].map(value);
        if words.is_empty() {
            return Ok(None);
        }
        let decision = Decision::of_words(words).ok_or_else(|| {
            format!("the decision of {reference} is none of: {}", Decision::ALL.map(Decision::as_str).join(", "))
        })?;
        if reviewer.is_empty() {
            return Err(format!("{reference} has a decision and no reviewer"));
        }
        if reviewer.chars().count() > REVIEWER_MAX || note.chars().count() > NOTE_MAX {
            return Err(format!("the reviewer or note of {reference} is too long"));
        }
        if [reviewer, note].iter().any(|text| crate::exchange::holding::formula_like(text)) {
            return Err(format!("the reviewer or note of {reference} begins as a formula does"));
        }
        let on = self.day(on).map_err(|what| format!("the date of {reference} {what}"))?;
        let (case, candidate) = self.cases.find(reference).ok_or("is no candidate")?;
        let note = squeezed(note);
        Ok(Some(Vote { case, candidate, decision, reviewer: squeezed(reviewer), on, note }))
    }

    fn day(&self, text: &str) -> std::result::Result<String, String> {
        if text.is_empty() {
            return Err("is missing".to_owned());
        }
        let read = date::read(text).value.filter(|date| date.is_complete());
        let day = read.ok_or("is no date: write YYYY-MM-DD")?.to_string();
        let [from, to] = self.days;
        if day.as_str() < from {
            return Err(format!("is before the trace, which was made on {from}"));
        }
        if day.as_str() > to {
            return Err(format!("is after today, {to}"));
        }
        Ok(day)
    }

    /// References that a workbook lacks: a row that was taken out is no decision.
    fn missing(&mut self) {
        let mut missing: Vec<&String> = self.rows.keys().filter(|reference| !self.seen.contains(*reference)).collect();
        missing.sort();
        if let Some(first) = missing.first() {
            let rows = if missing.len() == 1 { "1 row is".to_owned() } else { format!("{} rows are", missing.len()) };
            self.faults.push(format!("{rows} missing, the first of them {first}"));
        }
    }

    /// One reviewer names one person at most for a case.
    fn one_person_a_case(&mut self) {
        let mut named: Map<(usize, String), usize> = map();
        for vote in self.votes.iter().filter(|vote| vote.decision == Decision::Same) {
            let other = named.insert((vote.case, vote.by()), vote.candidate);
            if other.is_some_and(|other| other != vote.candidate) {
                let reference = self.cases.reference(vote.case);
                self.faults.push(format!("case {reference}: one reviewer says `same person` of two candidates"));
            }
        }
    }
}

/// Text with its white space made one: a program that saves a workbook may change that, and nothing else.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns of `decisions.csv`.
pub const DECISION_COLUMNS: [&str; 6] = ["candidate", "decision", "reviewer", "decided_on", "note", "workbook"];

/// Rows of `decisions.csv`, each with the name of its workbook.
pub fn decision_rows<'a>(votes: impl Iterator<Item = (&'a Vote, &'a str)>, cases: &Cases) -> Sheet {
    let row = |(vote, workbook): (&Vote, &str)| {
        let decision = vote.decision.as_str().to_owned();
        let reference = cases.candidate_reference(vote.case, vote.candidate);
        vec![reference, decision, vote.reviewer.clone(), vote.on.clone(), vote.note.clone(), workbook.to_owned()]
    };
    Sheet { header: DECISION_COLUMNS.map(str::to_owned).to_vec(), rows: votes.map(row).collect() }
}

/// The decisions that an earlier command kept.
///
/// # Errors
/// When the file is not as the program writes it.
pub fn read_decisions(table: &Table, cases: &Cases) -> Result<Vec<Vote>> {
    let damaged = |row: usize| {
        Error::input(format!("row {} of the decisions is not as the program writes it", row + 1))
            .hint("files of a run are never changed by hand")
    };
    let vote = |row: usize| {
        let value = |name: &str| table.value(name, row).unwrap_or("").to_owned();
        let (case, candidate) = cases.find(&value("candidate")).ok_or_else(|| damaged(row))?;
        let decision = Decision::of_words(&value("decision")).ok_or_else(|| damaged(row))?;
        let [reviewer, on, note] = ["reviewer", "decided_on", "note"].map(value);
        Ok(Vote { case, candidate, decision, reviewer, on, note })
    };
    (0..table.rows()).map(vote).collect()
}
