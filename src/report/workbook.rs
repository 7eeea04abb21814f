//! A released sheet as a workbook with a control sheet, as the specification of the extract asks.

use crate::error::{Error, Result};
use crate::exchange::Sheet;
use crate::exchange::gateway::Released;
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::{Seek, Write};

/// Width of a column in characters, by what it holds.
const WIDTHS: [(&str, f64); 6] =
    [("address_", 38.0), ("full_name", 28.0), ("email_", 26.0), ("dash_", 16.0), ("_reference", 16.0), ("", 13.0)];

/// Writes a workbook of two sheets: the rows as text, and `control` with its keys and values. The creation date is `on`,
/// so that the same rows give the same bytes.
///
/// # Errors
/// When a sheet cannot hold the rows, or `out` cannot be written.
pub fn write_workbook(
    out: impl Write + Seek + Send,
    released: &Released<Sheet>,
    title: &str,
    control: &[(&str, String)],
    on: &str,
) -> Result<()> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::parse_from_str(on).map_err(fault)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = workbook.add_worksheet();
    sheet.set_name(title).map_err(fault)?;
    fill(sheet, released.get())?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("control").map_err(fault)?;
    let keys = std::iter::once(("key", "value")).chain(control.iter().map(|(key, value)| (*key, value.as_str())));
    for (line, (key, value)) in keys.enumerate() {
        sheet.write_string(line as u32, 0, key).map_err(fault)?;
        sheet.write_string(line as u32, 1, value).map_err(fault)?;
    }
    sheet.set_column_width(0, 24).map_err(fault)?;
    sheet.set_column_width(1, 66).map_err(fault)?;
    workbook.save_to_writer(out).map_err(fault)
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

fn fault(error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(error) => Error::write(&error),
        error => Error::output(format!("cannot write workbook: {error}")),
    }
}
