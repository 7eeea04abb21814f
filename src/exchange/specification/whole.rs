//! Faults of the file as a whole: its shape, its headers, what is stated of it, the agreement.

use super::{Code, Findings, RowsDigest, Submission};
use crate::exchange::agreement::Agreement;
use crate::frame::cell;
use crate::ingest::{Control, Format, Loaded, Reject, remark};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The pool of the one-off exchange: cases whose status ended before 2008 (R15).
pub(super) const PRE: &str = "pre2008";
/// The pool of the monthly exchange (R18).
pub(super) const POST: &str = "post2008";

/// What a reader remarks on, with the fault that it is.
const REMARKS: [(&str, Code); 20] = [
    (remark::HIDDEN_SHEET, Code::HiddenSheet),
    (remark::HIDDEN_ROWS, Code::HiddenRowsOrColumns),
    (remark::MORE_SHEETS, Code::MoreSheets),
    (remark::MERGED_CELLS, Code::MergedCells),
    (remark::MACROS, Code::Macros),
    (remark::EXTERNAL_LINKS, Code::ExternalLinks),
    (remark::DDE, Code::DdeLinks),
    (remark::CONNECTIONS, Code::DataConnections),
    (remark::EMBEDDED, Code::EmbeddedObjects),
    (remark::COMMENTS, Code::Comments),
    (remark::FORMULA, Code::Formula),
    (remark::ERROR, Code::ErrorValue),
    (remark::NO_HEADER, Code::ValueWithoutHeader),
    (remark::NUMBER, Code::NumberInTextCell),
    (remark::LONG_NUMBER, Code::NumberTooLong),
    (remark::DATE, Code::DateInTextCell),
    (remark::NUMBER_FOR_DATE, Code::NumberInDateCell),
    (remark::NO_DATE, Code::NoDateCell),
    (remark::TOO_FEW_FIELDS, Code::TooFewFields),
    (Reject::TOO_MANY_FIELDS, Code::TooManyFields),
];

/// Checks the file.
pub(super) fn check(findings: &mut Findings, submission: &Submission) {
    let loaded = submission.loaded;
    remarks(findings, loaded);
    headers(findings, loaded);
    if submission.agreement.is_some() && loaded.format != Format::Xlsx {
        findings.of_file(Code::NotAWorkbook, loaded.format.title().to_owned());
    }
    let rows = rows(loaded);
    if rows == 0 {
        findings.of_file(Code::NoRows, String::new());
    }
    stated(findings, submission, rows);
    let pools = pools(loaded);
    if pools.len() > 1 {
        findings.of_file(Code::MixedPools, String::new());
    }
    if let Some(agreement) = submission.agreement {
        agreed(findings, submission, agreement, rows);
    }
}

fn rows(loaded: &Loaded) -> u64 {
    loaded.table.rows() as u64 + loaded.rejects.len() as u64
}

/// What the reader saw, and rows that it could not read.
fn remarks(findings: &mut Findings, loaded: &Loaded) {
    for remark in &loaded.cell_remarks {
        // A number is what a count of months is.
        let kind = findings.specification.column(&remark.column).map(|(_, column)| column.kind);
        if remark.reason == remark::NUMBER && kind == Some(super::Kind::Months) {
            continue;
        }
        if let Some((_, code)) = REMARKS.iter().find(|(reason, _)| *reason == remark.reason) {
            findings.add(remark.row, &remark.column, *code);
        }
    }
    if loaded.hyperlinks > 0 {
        findings.of_file(Code::Hyperlinks, format!("{} of them", loaded.hyperlinks));
    }
    for reject in &loaded.rejects {
        let known = REMARKS.iter().find(|(reason, _)| *reason == reject.reason);
        findings.add(reject.row, "", known.map_or(Code::NotUtf8, |(_, code)| *code));
    }
}

/// Columns that are not known, missing, or out of order. A header that is not known is named by its place: it may be
/// anybody's text.
fn headers(findings: &mut Findings, loaded: &Loaded) {
    let specification = findings.specification;
    let header = &loaded.header;
    let known: BTreeSet<usize> = header.known.iter().map(|(index, _)| *index).collect();
    for index in (0..header.found.len()).filter(|index| !known.contains(index)) {
        findings.of_file(Code::HeaderUnknown, format!("column {}", column_letters(index)));
    }
    let mut last = None;
    for (_, name) in &header.known {
        let Some((place, _)) = specification.column(name) else {
            findings.of_file(Code::HeaderUnknown, name.clone());
            continue;
        };
        if last.is_some_and(|last| place < last) {
            findings.of_file(Code::HeaderOrder, name.clone());
        }
        last = last.max(Some(place));
    }
    for column in specification.columns.iter().filter(|column| column.required) {
        if !header.known.iter().any(|(_, name)| *name == column.name) {
            findings.of_file(Code::HeaderMissing, column.name.clone());
        }
    }
}

/// `A` for 0, `AB` for 27.
fn column_letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

/// What is stated of the file: by whom, and what.
fn statements<'a>(submission: &Submission<'a>) -> Vec<(&'static str, &'a Control)> {
    let sheet = submission.loaded.control.as_ref().map(|control| ("control sheet", control));
    sheet.into_iter().chain(submission.beside.map(|control| ("manifest", control))).collect()
}

/// What is stated must be so; under an agreement everything that the specification names must be stated.
fn stated(findings: &mut Findings, submission: &Submission, rows: u64) {
    let specification = findings.specification;
    let statements = statements(submission);
    if statements.is_empty() {
        return findings.of_file(Code::ControlMissing, String::new());
    }
    for key in &specification.control {
        if !statements.iter().any(|(_, control)| control.get(key).is_some()) {
            findings.of_file(Code::ControlIncomplete, key.clone());
        }
    }
    for (who, control) in &statements {
        if let Some(text) = control.get("rows")
            && text.parse() != Ok(rows)
        {
            let stated = text.parse::<u64>().map_or_else(|_| "no number".to_owned(), |number| number.to_string());
            findings.of_file(Code::RowsDiffer, format!("{who}: {stated}, file: {rows}"));
        }
        if let Some(text) = control.get("specification_version")
            && text != specification.version
        {
            findings
                .of_file(Code::SpecificationVersionUnknown, format!("{who}; in force is {}", specification.version));
        }
        if let Some(text) = control.get("sha256") {
            digests(findings, submission.loaded, who, text);
        }
        if let Some(text) = control.get("pool") {
            match pool_word(text) {
                None => findings.of_file(Code::DeclaredPoolUnknown, (*who).to_owned()),
                Some(pool) if pools(submission.loaded).iter().any(|found| *found != pool) => {
                    findings.of_file(Code::WrongPool, format!("{who}: {pool}"));
                }
                Some(_) => {}
            }
        }
    }
    let pools: BTreeSet<_> =
        statements.iter().filter_map(|(_, control)| control.get("pool").and_then(pool_word)).collect();
    if pools.len() > 1 {
        findings.of_file(Code::WrongPool, "control sheet and manifest state different pools".to_owned());
    }
}

/// A control sheet states the digest of the rows, a file beside the table that of its bytes.
fn digests(findings: &mut Findings, loaded: &Loaded, who: &str, stated: &str) {
    let found = if who == "manifest" {
        loaded.sha256.clone()
    } else {
        // Columns that are not known were not read; the file has that fault already.
        if loaded.header.known.len() != loaded.header.found.len() {
            return;
        }
        let mut digest = RowsDigest::new(&loaded.header.found);
        for row in 0..loaded.table.rows() {
            digest.add(loaded.table.columns().iter().map(|column| cell(column, row).unwrap_or("")));
        }
        digest.finish()
    };
    if !found.eq_ignore_ascii_case(stated) {
        findings.of_file(Code::Sha256Differs, who.to_owned());
    }
}

/// What only an agreement asks: its time, the period of the exchange, the size of a file.
fn agreed(findings: &mut Findings, submission: &Submission, agreement: &Agreement, rows: u64) {
    let specification = findings.specification;
    if agreement.check_in_force(&submission.on.to_string()).is_err() {
        let note = format!("it runs from {} to {}", agreement.from, agreement.to);
        findings.of_file(Code::AgreementNotInForce, note);
    }
    if agreement.specification_version != specification.version {
        let note = format!("the agreement asks for another than {}", specification.version);
        findings.of_file(Code::SpecificationVersionUnknown, note);
    }
    if rows > u64::from(agreement.workbook_rows_max) {
        findings.of_file(Code::TooManyRows, format!("{rows}, at most {}", agreement.workbook_rows_max));
    }
    if submission.loaded.table.column("no_contact_since").is_none() {
        findings.of_file(Code::NoContactSinceMissing, "there is no such column".to_owned());
    }
    for (who, control) in statements(submission) {
        let Some(text) = control.get("cycle") else { continue };
        let this = month_number(submission.on);
        let cycle =
            read_month(text).filter(|cycle| (0..=specification.cycle_months_back_max).contains(&(this - cycle)));
        let Some(cycle) = cycle else {
            findings.of_file(Code::CycleWrong, who.to_owned());
            continue;
        };
        let pool = declared_pool(submission).or_else(|| pools(submission.loaded).first().copied());
        let first = match pool {
            Some(PRE) => &agreement.one_off_from,
            Some(_) => &agreement.monthly_from,
            None => continue,
        };
        if first.parse().is_ok_and(|first| cycle < month_number(first)) {
            findings.of_file(Code::BeforeFirstExchange, format!("it begins on {first}"));
        }
    }
}

fn month_number(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month())
}

/// `2016-04`.
fn read_month(text: &str) -> Option<i32> {
    let is_month = text.len() == 7;
    is_month.then(|| format!("{text}-01").parse().ok()).flatten().map(month_number)
}

/// The pool that is stated of the file.
pub(super) fn declared_pool(submission: &Submission) -> Option<&'static str> {
    statements(submission).iter().find_map(|(_, control)| control.get("pool").and_then(pool_word))
}

/// The pool of a word.
pub(super) fn pool_word(text: &str) -> Option<&'static str> {
    [PRE, POST].into_iter().find(|pool| pool.eq_ignore_ascii_case(text.trim()))
}

/// The pools of the rows.
fn pools(loaded: &Loaded) -> BTreeSet<&'static str> {
    let Some(column) = loaded.table.column("pool") else { return BTreeSet::new() };
    (0..loaded.table.rows()).filter_map(|row| cell(column, row).and_then(pool_word)).collect()
}

#[cfg(test)]
mod tests {
    use super::{column_letters, read_month};

    #[test]
    fn columns_and_months() {
        assert_eq!([0, 25, 26, 27, 701, 702].map(column_letters), ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
        assert_eq!(read_month("2016-04"), Some(2016 * 12 + 4));
        assert_eq!([read_month("2016-13"), read_month("April"), read_month("2016-04-01")], [None; 3]);
    }
}
