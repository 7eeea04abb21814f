//! The report of a check, for the sender of the file: plain words, a table of faults, a workbook with the faulty cells
//! marked, and the manifest.
//!
//! In: [`Checked`]. Out: text, CSV, a workbook, JSON. Invariant: rows are named by number and cells by column; no value of
//! the file is repeated, so the report may be mailed where the file may not.

use crate::error::Result;
use crate::exchange::agreement::Agreement;
use crate::exchange::specification::{Checked, Finding, Kindred, Severity, Specification, percent};
use crate::exchange::{Sheet, Working};
use crate::report::sheet::write_working;
use crate::report::workbook::{fault, save};
use crate::report::{Input, thousands};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write;

/// Rows of a worksheet below its header.
const SHEET_ROWS_MAX: usize = 1_048_575;

/// A check and what it was made with.
pub struct Acceptance<'a> {
    /// The answer.
    pub checked: &'a Checked,
    /// The specification.
    pub specification: &'a Specification,
    /// Day of the check, `YYYY-MM-DD`.
    pub on: String,
    /// The agreement and the digest of its file, where one was given.
    pub agreement: Option<(&'a Agreement, &'a str)>,
    /// The files that were read, the extract first.
    pub inputs: Vec<Input>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    program: &'static str,
    version: &'static str,
    format: u32,
    command: &'static str,
    on: &'a str,
    verdict: &'static str,
    strict: bool,
    specification: SpecificationEntry<'a>,
    agreement: Option<AgreementEntry<'a>>,
    inputs: &'a [Input],
    counts: BTreeMap<&'static str, u64>,
    faults: Vec<FaultEntry>,
    rows_with_a_value: BTreeMap<&'a str, u64>,
}

#[derive(Serialize)]
struct SpecificationEntry<'a> {
    title: &'a str,
    version: &'a str,
    source_system: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct AgreementEntry<'a> {
    reference: &'a str,
    specification_version: &'a str,
    from: &'a str,
    to: &'a str,
    faulty_rows_max: f64,
    sha256: &'a str,
}

#[derive(Serialize)]
struct FaultEntry {
    code: &'static str,
    of: Severity,
    times: u64,
    rows: u64,
}

impl Acceptance<'_> {
    /// The report in plain words.
    pub fn text(&self) -> String {
        let checked = self.checked;
        let name = self.inputs.first().map_or("", |input| input.name.as_str());
        let mut out = format!("{}: {name}\n", checked.verdict().to_uppercase());
        let under = match self.agreement {
            Some((agreement, _)) => format!("under the agreement `{}`", agreement.reference),
            None => "without an agreement: only what makes a file unusable rejects it".to_owned(),
        };
        let specification = self.specification;
        let _ = writeln!(out, "{}, version {}", specification.title, specification.version);
        let _ = writeln!(out, "Checked on {}, {under}.\n", self.on);
        let _ = writeln!(
            out,
            "{} rows: {} without fault, {} with warnings alone, {} faulty{}.",
            thousands(checked.rows),
            thousands(checked.clean_rows()),
            thousands(checked.warned_rows),
            thousands(checked.faulty_rows),
            self.allowed()
        );
        if checked.is_rejected {
            out += "Nothing of the file is processed. Correct what stands below and send the whole file again.\n";
        }
        let kinds = checked.by_code();
        let headings = [
            (Severity::File, "The file is rejected for"),
            (Severity::Row, "Faults of rows"),
            (Severity::Warning, "Warnings"),
        ];
        for (severity, heading) in headings {
            let mut of = kinds.iter().filter(|kindred| kindred.severity == severity).peekable();
            if of.peek().is_some() {
                let _ = writeln!(out, "\n{heading}:");
            }
            of.for_each(|kindred| self.kindred(&mut out, kindred));
        }
        out += "\nRows that have a value, by column:\n";
        for (column, rows) in &checked.filled {
            let _ = writeln!(out, "  {column}: {}", thousands(*rows));
        }
        out += "\nRow 1 is the first row below the header. The report repeats no value of the file.\n";
        out
    }

    fn allowed(&self) -> String {
        let Some(most) = self.checked.faulty_rows_max else { return String::new() };
        let share = self.checked.faulty_rows as f64 / self.checked.rows.max(1) as f64;
        format!(" ({}; up to {} are accepted)", percent(share), percent(most))
    }

    fn kindred(&self, out: &mut String, kindred: &Kindred) {
        let code = kindred.code;
        let _ = write!(out, "- {} ({})", self.specification.what(code), code.as_str());
        if !kindred.fields.is_empty() {
            let _ = write!(out, "; in {}", kindred.fields.join(", "));
        }
        if kindred.rows > 0 {
            let rows: Vec<String> = kindred.first_rows.iter().map(u64::to_string).collect();
            let more = if kindred.rows > rows.len() as u64 { ", ..." } else { "" };
            let (times, word) = (thousands(kindred.times), if kindred.rows == 1 { "row" } else { "rows" });
            let _ = write!(out, "; {times} in {} {word}: {}{more}", thousands(kindred.rows), rows.join(", "));
        }
        if !kindred.notes.is_empty() {
            let _ = write!(out, "; {}", kindred.notes.join("; "));
        }
        let _ = writeln!(out, "\n  What to do: {}.", self.specification.remedy(code));
    }

    /// Words for a fault.
    fn reason(&self, finding: &Finding) -> String {
        let what = self.specification.what(finding.code);
        if finding.note.is_empty() { what.to_owned() } else { format!("{what}: {}", finding.note) }
    }

    /// Writes all faults as CSV; the row is empty where a fault is of the whole file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, out: impl Write) -> Result<()> {
        let row = |finding: &Finding| {
            vec![
                if finding.row == 0 { String::new() } else { finding.row.to_string() },
                finding.field.clone(),
                finding.severity.as_str().to_owned(),
                finding.code.as_str().to_owned(),
                self.reason(finding),
            ]
        };
        let header = ["row", "field", "severity", "code", "reason"].map(str::to_owned).to_vec();
        write_working(out, &Working(Sheet { header, rows: self.checked.findings.iter().map(row).collect() }))
    }

    /// Writes a workbook: what is of the whole file, and a row for each faulty row with its faulty cells marked.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_xlsx(&self, out: impl Write) -> Result<()> {
        let mut book = Workbook::new();
        // The day of the check, not the clock: the same file gives the same report.
        let day = ExcelDateTime::parse_from_str(&self.on).map_err(fault)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&day));
        self.file_sheet(book.add_worksheet()).map_err(fault)?;
        self.rows_sheet(book.add_worksheet()).map_err(fault)?;
        save(book, out)
    }

    fn file_sheet(&self, sheet: &mut Worksheet) -> std::result::Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        sheet.set_name("file")?;
        sheet.write_string_with_format(0, 0, self.checked.verdict(), &bold)?;
        for (column, name) in ["severity", "code", "times", "rows", "reason", "what to do"].iter().enumerate() {
            sheet.write_string_with_format(2, column as u16, *name, &bold)?;
        }
        for (line, kindred) in self.checked.by_code().iter().enumerate() {
            let line = line as u32 + 3;
            let what = self.specification.what(kindred.code);
            let notes = kindred.notes.join("; ");
            let reason = if notes.is_empty() { what.to_owned() } else { format!("{what}: {notes}") };
            sheet.write_string_with_format(line, 0, kindred.severity.as_str(), &colour(kindred.severity))?;
            sheet.write_string(line, 1, kindred.code.as_str())?;
            sheet.write_number(line, 2, kindred.times as f64)?;
            sheet.write_number(line, 3, kindred.rows as f64)?;
            sheet.write_string(line, 4, reason)?;
            sheet.write_string(line, 5, self.specification.remedy(kindred.code))?;
        }
        sheet.set_column_width(1, 26)?;
        sheet.set_column_width(4, 70)?;
        sheet.set_column_width(5, 60)?;
        Ok(())
    }

    /// The grid holds words of faults where the file holds values.
    fn rows_sheet(&self, sheet: &mut Worksheet) -> std::result::Result<(), XlsxError> {
        sheet.set_name("rows")?;
        let of_rows: Vec<&Finding> = self.checked.findings.iter().filter(|finding| finding.row > 0).collect();
        let place = |field: &str| self.specification.column(field).map_or(0, |(place, _)| place + 1);
        let fields: BTreeSet<(usize, &str)> =
            of_rows.iter().map(|finding| (place(&finding.field), finding.field.as_str())).collect();
        let columns: BTreeMap<&str, u16> =
            fields.iter().enumerate().map(|(index, (_, field))| (*field, index as u16 + 1)).collect();
        let bold = Format::new().set_bold();
        sheet.write_string_with_format(0, 0, "row", &bold)?;
        for (field, column) in &columns {
            let name = if field.is_empty() { "whole row" } else { field };
            sheet.write_string_with_format(0, *column, name, &bold)?;
        }
        sheet.set_freeze_panes(1, 1)?;
        let formats = [Severity::Warning, Severity::Row, Severity::File].map(|severity| (severity, colour(severity)));
        for (line, row) in of_rows.chunk_by(|a, b| a.row == b.row).take(SHEET_ROWS_MAX).enumerate() {
            let line = line as u32 + 1;
            sheet.write_number(line, 0, row.first().map_or(0, |finding| finding.row) as f64)?;
            for cell in row.chunk_by(|a, b| a.field == b.field) {
                let words: Vec<&str> = cell.iter().map(|finding| finding.code.as_str()).collect();
                let worst = cell.iter().map(|finding| finding.severity).max();
                let column = cell.first().and_then(|finding| columns.get(finding.field.as_str()));
                let format = formats.iter().find(|(severity, _)| Some(*severity) == worst);
                if let (Some(column), Some((_, format))) = (column, format) {
                    sheet.write_string_with_format(line, *column, words.join("; "), format)?;
                }
            }
        }
        Ok(())
    }

    /// What can change the answer, and counts that add up, as JSON; no personal data.
    pub fn manifest(&self) -> String {
        let checked = self.checked;
        let kinds = checked.by_code();
        let manifest = Manifest {
            program: "rewash",
            version: env!("CARGO_PKG_VERSION"),
            format: 1,
            command: "check",
            on: &self.on,
            verdict: checked.verdict(),
            strict: self.agreement.is_some(),
            specification: SpecificationEntry {
                title: &self.specification.title,
                version: &self.specification.version,
                source_system: &self.specification.source_system,
                sha256: &self.specification.sha256,
            },
            agreement: self.agreement.map(|(agreement, sha256)| AgreementEntry {
                reference: &agreement.reference,
                specification_version: &agreement.specification_version,
                from: &agreement.from,
                to: &agreement.to,
                faulty_rows_max: agreement.faulty_rows_max,
                sha256,
            }),
            inputs: &self.inputs,
            counts: BTreeMap::from([
                ("rows", checked.rows),
                ("rows_without_fault", checked.clean_rows()),
                ("rows_with_warnings_alone", checked.warned_rows),
                ("rows_faulty", checked.faulty_rows),
                ("findings", checked.findings.len() as u64),
            ]),
            faults: kinds
                .iter()
                .map(|kindred| FaultEntry {
                    code: kindred.code.as_str(),
                    of: kindred.severity,
                    times: kindred.times,
                    rows: kindred.rows,
                })
                .collect(),
            rows_with_a_value: checked.filled.iter().map(|(column, rows)| (column.as_str(), *rows)).collect(),
        };
        serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n"
    }
}

fn colour(severity: Severity) -> Format {
    let colour = if severity == Severity::Warning { 0x00FF_E699 } else { 0x00F4_B084 };
    Format::new().set_background_color(Color::RGB(colour))
}
