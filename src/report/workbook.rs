//! A released sheet as a workbook with a control sheet, as the specification of the extract asks.
//!
//! Sheets of a hundred thousand rows are the rule here, and a writer that keeps every cell as an object is slow and needs
//! half a gigabyte for one. So the workbook is made with its header and its control sheet alone, and the rows are put into
//! it as text (`workbook/rows.rs`): the same bytes as if every cell had been written, which a test holds it to.

mod rows;

use crate::error::{Error, Result};
use crate::exchange::Sheet;
use crate::exchange::gateway::Released;
use rows::{Filled, fill_in};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::{Cursor, Read, Write};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime, ZipArchive};

/// Width of a column in characters, by what it holds.
const WIDTHS: [(&str, f64); 6] =
    [("address_", 38.0), ("full_name", 28.0), ("email_", 26.0), ("dash_", 16.0), ("_reference", 16.0), ("", 13.0)];
/// The most rows of a sheet, with its header, and characters of a cell.
const ROWS_MOST: usize = 1_048_576;
const LETTERS_MOST: usize = 32_767;

/// Parts of a workbook that the rows stand in.
const SHEET: &str = "xl/worksheets/sheet1.xml";
const CONTROL: &str = "xl/worksheets/sheet2.xml";
const STRINGS: &str = "xl/sharedStrings.xml";

/// Writes a workbook of two sheets: the rows as text, and `control` with its keys and values. The creation date is `on`,
/// so that the same rows give the same bytes.
///
/// # Errors
/// When a sheet cannot hold the rows, or `out` cannot be written.
pub fn write_workbook(
    out: impl Write,
    released: &Released<Sheet>,
    title: &str,
    control: &[(&str, String)],
    on: &str,
) -> Result<()> {
    let sheet = released.get();
    let fits =
        |row: &Vec<String>| row.iter().all(|cell| cell.len() <= LETTERS_MOST || cell.chars().count() <= LETTERS_MOST);
    if sheet.rows.len() >= ROWS_MOST || !sheet.rows.iter().all(fits) {
        return Err(Error::output("cannot write workbook: a sheet cannot hold its rows"));
    }
    let empty = Sheet { header: sheet.header.clone(), rows: Vec::new() };
    let template = plain(&empty, title, control, on)?;
    let mut bytes = Vec::new();
    rewrite(&mut bytes, &template, sheet, control)?;
    all_at_once(out, &bytes)
}

/// Writes a workbook that is whole in memory: an archive that fails half-way on a full disk says so by itself, on standard
/// error and not as a full disk.
fn all_at_once(mut out: impl Write, bytes: &[u8]) -> Result<()> {
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| Error::write(&error))
}

/// Saves a workbook.
pub(super) fn save(mut book: Workbook, out: impl Write) -> Result<()> {
    all_at_once(out, &book.save_to_buffer().map_err(fault)?)
}

/// Rows of the control sheet under their heading.
fn control_lines<'a>(control: &'a [(&str, String)]) -> impl Iterator<Item = [&'a str; 2]> {
    std::iter::once(["key", "value"]).chain(control.iter().map(|(key, value)| [*key, value.as_str()]))
}

/// A workbook made cell by cell.
fn plain(rows: &Sheet, title: &str, control: &[(&str, String)], on: &str) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::parse_from_str(on).map_err(fault)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = workbook.add_worksheet();
    sheet.set_name(title).map_err(fault)?;
    fill(sheet, rows)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("control").map_err(fault)?;
    for (line, cells) in control_lines(control).enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(line as u32, column as u16, *cell).map_err(fault)?;
        }
    }
    sheet.set_column_width(0, 24).map_err(fault)?;
    sheet.set_column_width(1, 66).map_err(fault)?;
    workbook.save_to_buffer().map_err(fault)
}

/// Copies a workbook part by part, with rows put in.
fn rewrite(out: &mut Vec<u8>, template: &[u8], sheet: &Sheet, control: &[(&str, String)]) -> Result<()> {
    let broken = |reason: &dyn std::fmt::Display| Error::internal(format!("a workbook cannot be copied: {reason}"));
    let mut parts = ZipArchive::new(Cursor::new(template)).map_err(|error| broken(&error))?;
    let mut text = |name: &str| -> Result<String> {
        let mut text = String::new();
        let mut part = parts.by_name(name).map_err(|error| broken(&error))?;
        part.read_to_string(&mut text).map_err(|error| broken(&error))?;
        Ok(text)
    };
    let control: Vec<&str> = control_lines(control).flatten().collect();
    let Filled { sheet, control, strings } = fill_in(&text(SHEET)?, &text(CONTROL)?, sheet, &control)
        .ok_or_else(|| broken(&"its sheets are not as expected"))?;
    let mut zip = ZipWriter::new_stream(out);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o600)
        .last_modified_time(DateTime::default());
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).map_err(|error| broken(&error))?;
        let name = part.name().map_err(|error| broken(&error))?.into_owned();
        let mut copied = String::new();
        let text = match name.as_str() {
            SHEET => &sheet,
            CONTROL => &control,
            STRINGS => &strings,
            _ => {
                part.read_to_string(&mut copied).map_err(|error| broken(&error))?;
                &copied
            }
        };
        zip.start_file(name, options).map_err(|error| written(error.into()))?;
        zip.write_all(text.as_bytes()).map_err(written)?;
    }
    zip.finish().map(drop).map_err(|error| written(error.into()))
}

fn written(error: std::io::Error) -> Error {
    Error::write(&error)
}

/// All cells are text: references and phones keep their digits, partial dates stay partial.
fn fill(sheet: &mut Worksheet, rows: &Sheet) -> Result<()> {
    let header = Format::new().set_bold().set_background_color(Color::RGB(0xE8_EEF4));
    let text = Format::new().set_num_format("@");
    for (column, name) in rows.header.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, name, &header).map_err(fault)?;
        let width = WIDTHS.iter().find(|(part, _)| name.contains(part)).map_or(13.0, |(_, width)| *width);
        sheet.set_column_width(column as u16, width).map_err(fault)?;
        // What a person types below stays text as well.
        sheet.set_column_format(column as u16, &text).map_err(fault)?;
    }
    sheet.set_freeze_panes(1, 0).map_err(fault)?;
    for (line, row) in rows.rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(line as u32 + 1, column as u16, cell, &text).map_err(fault)?;
        }
    }
    Ok(())
}

/// What a workbook cannot hold.
pub(super) fn fault(error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(error) => Error::write(&error),
        error => Error::output(format!("cannot write the workbook: {error}")),
    }
}

#[cfg(test)]
mod tests;
