//! The rows of a review workbook as text: the record sought above, its candidates below it, column under column.
//!
//! The same rows are written into the workbook and expected back from it.

use crate::exchange::review::case::{Candidate, Case, Cases, Record};
use crate::exchange::review::words::{Class, class, how_likely, why};
use crate::model::schema::{ADDRESSES_MAX, CONTACTS_MAX};

/// What stands on every sheet and page.
pub const CAVEAT: &str = "OFFICIAL-SENSITIVE. Register data of HMRC: this workbook never leaves the department.";

/// A column of the workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name, as it is read back.
    pub name: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Width in characters.
    pub width: u16,
    /// Whether the reviewer fills it in.
    pub is_open: bool,
    /// The comparison that gives its colour; empty for none.
    pub comparison: &'static str,
}

const fn shown(name: &'static str, title: &'static str, width: u16, comparison: &'static str) -> Column {
    Column { name, title, width, is_open: false, comparison }
}

const fn open(name: &'static str, title: &'static str, width: u16) -> Column {
    Column { name, title, width, is_open: true, comparison: "" }
}

/// All columns, in order. The headings differ from the names by case, spaces and punctuation alone.
pub const COLUMNS: [Column; 18] = [
    shown("case", "Case", 12, ""),
    shown("candidate", "Candidate", 14, ""),
    shown("who", "Who", 15, ""),
    open("decision", "Decision", 15),
    open("reviewer", "Reviewer", 14),
    open("decided_on", "Decided on", 12),
    open("note", "Note", 18),
    shown("name", "Name", 24, "name"),
    shown("birth_date", "Birth date", 12, "birth_date"),
    shown("sex", "Sex", 6, "sex"),
    shown("nino", "NINO", 12, "nino"),
    shown("addresses", "Addresses", 38, "address"),
    shown("phones", "Phones", 15, "phone"),
    shown("emails", "Emails", 33, "email"),
    shown("records", "Records", 26, ""),
    shown("how_likely", "How likely", 18, ""),
    shown("why", "Why", 58, ""),
    shown("check", "Check", 14, ""),
];

/// What a row of the workbook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The record of the Home Office.
    Sought,
    /// One candidate of the register.
    Candidate,
}

/// A cell that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its text.
    pub text: String,
    /// What it is beside that of the record sought.
    pub class: Class,
}

/// A row of the workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridRow {
    /// What it is.
    pub kind: Kind,
    /// Number of the case.
    pub case: usize,
    /// A cell for each column; empty where the reviewer writes.
    pub cells: Vec<Shown>,
}

impl GridRow {
    /// The text of a column.
    pub fn text(&self, name: &str) -> &str {
        let cell = COLUMNS.iter().zip(&self.cells).find(|(column, _)| column.name == name);
        cell.map_or("", |(_, cell)| cell.text.as_str())
    }
}

/// Most different values of one cell.
const VALUES_MAX: usize = 8;

/// All rows, in the order of the cases.
pub fn grid(cases: &Cases) -> Vec<GridRow> {
    let mut out = Vec::new();
    for (number, case) in cases.all.iter().enumerate() {
        out.push(sought_row(cases, number, case));
        for place in 0..case.candidates.len() {
            out.push(candidate_row(cases, number, place));
        }
    }
    out
}

fn row(kind: Kind, case: usize, cell: impl Fn(&Column) -> Shown) -> GridRow {
    let clean = |shown: Shown| {
        let lines: Vec<String> = shown.text.lines().map(one_line).collect();
        Shown { text: lines.join("\n"), ..shown }
    };
    GridRow { kind, case, cells: COLUMNS.iter().map(|column| clean(cell(column))).collect() }
}

fn sought_row(cases: &Cases, number: usize, case: &Case) -> GridRow {
    row(Kind::Sought, number, |column| {
        let text = match column.name {
            "case" => cases.reference(number),
            "who" => "Sought".to_owned(),
            "name" => joined([case.value("title"), case.value("full_name")].into_iter(), " "),
            "birth_date" => case.value("date_of_birth").to_owned(),
            "nino" => case.value("nino").to_owned(),
            "addresses" => values((1..=ADDRESSES_MAX).map(|slot| address_sought(case, slot))),
            "phones" => values(contacts(case, "mobile")),
            "emails" => values(contacts(case, "email")),
            "records" => record_sought(case),
            "how_likely" => match case.candidates.len() {
                1 => "1 candidate".to_owned(),
                candidates => format!("{candidates} candidates"),
            },
            "why" => capital(&case.reasons.join("; ")),
            _ => String::new(),
        };
        Shown { text, class: Class::Unknown }
    })
}

fn candidate_row(cases: &Cases, number: usize, place: usize) -> GridRow {
    let case = &cases.all[number];
    let candidate = &case.candidates[place];
    row(Kind::Candidate, number, |column| {
        let of = |value: &dyn Fn(&Record) -> String| values(candidate.records.iter().map(value));
        let text = match column.name {
            "case" => cases.reference(number),
            "candidate" => cases.candidate_reference(number, place),
            "who" => format!("Candidate {} of {}", place + 1, case.candidates.len()),
            "name" => of(&|record| record.name.clone()),
            "birth_date" => of(&|record| record.date_of_birth.clone()),
            "sex" => of(&|record| record.sex.clone()),
            "nino" if candidate.nino.is_empty() => candidate.person_id.clone(),
            "nino" => candidate.nino.clone(),
            "addresses" => of(&|record| joined([record.address.as_str(), &record.postcode].into_iter(), ", ")),
            "phones" => of(&|record| record.phone.clone()),
            "emails" => of(&|record| record.email.clone()),
            "records" => records_held(candidate),
            "how_likely" => how_likely(candidate.probability),
            "why" => why(candidate),
            "check" => cases.check(number, place),
            _ => String::new(),
        };
        let class = if column.comparison.is_empty() { Class::Unknown } else { class(candidate, column.comparison) };
        Shown { text, class }
    })
}

fn record_sought(case: &Case) -> String {
    let named = [("Dash", "dash_reference"), ("CID", "cid_person_id"), ("Nationality", "nationality")];
    let lines = named.map(|(title, column)| match case.value(column) {
        "" => String::new(),
        value => format!("{title} {value}"),
    });
    values(lines.into_iter())
}

fn records_held(candidate: &Candidate) -> String {
    values(
        candidate
            .records
            .iter()
            .map(|record| joined([record.data_set.as_str(), &record.record_kind, &record.tax_year].into_iter(), " ")),
    )
}

fn address_sought(case: &Case, slot: u32) -> String {
    let part = |stem: &str| case.value(&format!("{stem}_{slot}")).to_owned();
    let (address, postcode) = (part("address"), part("postcode"));
    joined([address.as_str(), &postcode].into_iter(), ", ")
}

fn contacts<'a>(case: &'a Case, stem: &'a str) -> impl Iterator<Item = String> + 'a {
    (1..=CONTACTS_MAX).map(move |slot| case.value(&format!("{stem}_{slot}")).to_owned())
}

/// Parts that are not empty.
fn joined<'a>(parts: impl Iterator<Item = &'a str>, with: &str) -> String {
    let parts: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join(with)
}

/// Different values, a line each; of very many the first ones.
fn values(all: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for value in all.map(|value| one_line(&value)) {
        if !value.is_empty() && !lines.contains(&value) {
            lines.push(value);
        }
    }
    let more = lines.len().saturating_sub(VALUES_MAX);
    if more > 0 {
        lines.truncate(VALUES_MAX);
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// Text in one line, without characters that a workbook cannot hold, and no longer than a reader can take in.
fn one_line(text: &str) -> String {
    const CHARACTERS_MAX: usize = 500;
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(CHARACTERS_MAX).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
