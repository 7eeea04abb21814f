//! The cells of one sheet to columns of text.
//!
//! In: calamine's stream of cells. Out: columns, row numbers and remarks. Invariant: cells are taken one by one; no range
//! is laid out, so a cell far out costs nothing and is refused; a formula's cached value is never used.

use std::io::Cursor;

use arrow::array::StringViewBuilder;
use calamine::{DataRef, ExcelDateTime, XlsxCellReader, XlsxError};

use crate::error::{Error, Result};
use crate::frame::TextColumn;
use crate::frame::convert::number_text;
use crate::ingest::chunk::append;
use crate::ingest::limits::Limits;
use crate::ingest::load::Remark;
use crate::ingest::text::Shared;

/// Reasons of [`Remark`]s, word for word.
pub mod remark {
    /// A formula; the cell counts as empty.
    pub const FORMULA: &str = "formula";
    /// An error such as `#N/A`; the cell counts as empty.
    pub const ERROR: &str = "error value";
    /// A number where text is expected.
    pub const NUMBER: &str = "number in a text column";
    /// A number of more digits than a workbook keeps.
    pub const LONG_NUMBER: &str = "number of more than 15 digits";
    /// A date where text is expected: an address such as `1/2` may have become a date.
    pub const DATE: &str = "date in a text column";
    /// A number where a date is expected.
    pub const NUMBER_FOR_DATE: &str = "number in a date column";
    /// 29 February 1900, a length of time, or a time of day alone; the cell counts as empty.
    pub const NO_DATE: &str = "not a calendar date";
    /// A value in a column that has no header.
    pub const NO_HEADER: &str = "value in a column without header";
    /// CSV: fewer fields than the header.
    pub const TOO_FEW_FIELDS: &str = "too few fields";
    /// The workbook has a hidden sheet.
    pub const HIDDEN_SHEET: &str = "hidden sheet";
    /// The workbook has more visible sheets than the table and a control sheet.
    pub const MORE_SHEETS: &str = "more than one visible sheet";
    /// The workbook has hidden rows or columns.
    pub const HIDDEN_ROWS: &str = "hidden rows or columns";
    /// The workbook has merged cells.
    pub const MERGED_CELLS: &str = "merged cells";
    /// The workbook has macros.
    pub const MACROS: &str = "macros";
    /// The workbook has links to other files: as data, or as hyperlinks to files, shares or tables. Other hyperlinks are counted
    /// ([`crate::ingest::Loaded::hyperlinks`]).
    pub const EXTERNAL_LINKS: &str = "links to other files";
    /// The workbook has links to other programs.
    pub const DDE: &str = "links to other programs";
    /// The workbook has data connections or queries.
    pub const CONNECTIONS: &str = "data connections";
    /// The workbook has embedded objects, pictures or charts.
    pub const EMBEDDED: &str = "embedded objects";
    /// The workbook has comments.
    pub const COMMENTS: &str = "comments";
}

/// Excel keeps 15 digits of a number.
const DIGITS_MAX: f64 = 1e15;
/// Excel's longest text.
const TEXT_CHARS_MAX: usize = 32_767;

/// Calamine's stream of cells over a mapped file.
pub(super) type Cells<'a> = XlsxCellReader<'a, Cursor<Shared>>;

/// The cells of a sheet, row by row.
pub(super) struct Rows<'a> {
    cells: Cells<'a>,
    limits: &'a Limits,
    /// A cell of the row after the one that was read.
    ahead: Option<Found>,
    last_row: Option<u32>,
    /// The column of the last cell of that row.
    last_column: Option<u32>,
    /// Bytes of text that may still come.
    text_left: u64,
    ended: bool,
    /// Cells whose error has a name that calamine does not know, and so no place.
    pub unknown_errors: u64,
}

/// A cell with something in it.
#[derive(Debug)]
pub(super) struct Found {
    row: u32,
    pub column: u32,
    pub value: Value,
}

/// What stands in a cell.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    /// `YYYY-MM-DD`.
    Date(String),
    NoDate,
    Formula,
    Error,
}

impl<'a> Rows<'a> {
    pub(super) fn new(cells: Cells<'a>, limits: &'a Limits) -> Self {
        Self {
            cells,
            limits,
            ahead: None,
            last_row: None,
            last_column: None,
            text_left: limits.table_bytes,
            ended: false,
            unknown_errors: 0,
        }
    }

    /// The next row that has a value, with its number in the sheet from 0.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Vec<Found>)>> {
        let first = match self.ahead.take() {
            Some(found) => found,
            None => match self.next_cell()? {
                Some(found) => found,
                None => return Ok(None),
            },
        };
        let row = first.row;
        let mut cells = vec![first];
        while let Some(found) = self.next_cell()? {
            if found.row != row {
                self.ahead = Some(found);
                break;
            }
            cells.push(found);
        }
        Ok(Some((row, cells)))
    }

    /// The next cell that is not empty.
    fn next_cell(&mut self) -> Result<Option<Found>> {
        // Past the end calamine would take what follows the cells for an error.
        while !self.ended {
            let record = match self.cells.next_cell_with_formula_metadata() {
                Ok(Some(record)) => record,
                Ok(None) => {
                    self.ended = true;
                    return Ok(None);
                }
                // `#SPILL!` and its like: calamine reads on behind the cell.
                Err(XlsxError::CellError(_)) => {
                    self.unknown_errors += 1;
                    continue;
                }
                Err(_) => return Err(damaged()),
            };
            let value = if record.formula.is_some() { Some(Value::Formula) } else { value(record.value)? };
            if let Some(value) = value {
                let (row, column) = record.pos;
                self.refuse_far(row, column)?;
                // A shared text may stand in every cell: what is copied out is bounded, not only what is stored.
                let length = if let Value::Text(text) = &value { text.len() as u64 } else { 0 };
                self.text_left = self.text_left.checked_sub(length).ok_or_else(too_much_text)?;
                return Ok(Some(Found { row, column, value }));
            }
        }
        Ok(None)
    }

    /// Cells come in the order of rows and columns, each once, and none stands far from the others.
    fn refuse_far(&mut self, row: u32, column: u32) -> Result<()> {
        let before = self.last_column.replace(column).filter(|_| self.last_row == Some(row));
        let last = self.last_row.replace(row).unwrap_or(row.min(self.limits.sheet_gap));
        if row < last || before.is_some_and(|before| column <= before) {
            return Err(damaged());
        }
        if row >= self.limits.sheet_rows || column >= self.limits.sheet_columns || row - last > self.limits.sheet_gap {
            return Err(Error::input(format!("has a value far from its table, in cell {}", cell_name(row, column)))
                .hint("delete everything beside and below the table, and save again"));
        }
        Ok(())
    }
}

/// The table of a sheet.
pub(super) struct SheetTable {
    pub columns: Vec<TextColumn>,
    /// Rows below the header row, from 1.
    pub row_numbers: Vec<u64>,
    pub remarks: Vec<Remark>,
}

/// Reads all rows below the header. `known` holds column index and name; `width` is the number of headers.
pub(super) fn read_table(
    rows: &mut Rows<'_>,
    header_row: u32,
    known: &[(usize, String)],
    width: usize,
) -> Result<SheetTable> {
    let mut builders: Vec<StringViewBuilder> = known.iter().map(|_| StringViewBuilder::new()).collect();
    let mut table = SheetTable { columns: Vec::new(), row_numbers: Vec::new(), remarks: Vec::new() };
    while let Some((row, cells)) = rows.next()? {
        let number = u64::from(row.saturating_sub(header_row));
        let mut values: Vec<Option<String>> = vec![None; known.len()];
        for cell in cells {
            let column = cell.column as usize;
            if let Some(place) = known.iter().position(|(index, _)| *index == column) {
                let name = known.get(place).map_or("", |(_, name)| name.as_str());
                let (text, reason) = to_text(cell.value, is_date_column(name));
                table.remarks.extend(reason.map(|reason| Remark { row: number, column: name.to_owned(), reason }));
                if let Some(value) = values.get_mut(place) {
                    *value = text;
                }
            } else if let Some(reason) = beside(&cell.value, column >= width) {
                table.remarks.push(Remark { row: number, column: String::new(), reason });
            }
        }
        for (builder, value) in builders.iter_mut().zip(values) {
            append(builder, value.as_deref().filter(|value| !value.is_empty()))?;
        }
        table.row_numbers.push(number);
    }
    if rows.unknown_errors > 0 {
        table.remarks.push(Remark { row: 0, column: String::new(), reason: remark::ERROR });
    }
    table.columns = builders.iter_mut().map(StringViewBuilder::finish).collect();
    Ok(table)
}

/// What is to be said of a cell outside the known columns.
fn beside(value: &Value, is_headless: bool) -> Option<&'static str> {
    match value {
        _ if is_headless => Some(remark::NO_HEADER),
        Value::Formula => Some(remark::FORMULA),
        Value::Error => Some(remark::ERROR),
        _ => None,
    }
}

/// Text and what is to be said about it.
fn to_text(value: Value, is_date: bool) -> (Option<String>, Option<&'static str>) {
    match value {
        Value::Text(text) => (Some(text), None),
        Value::Date(text) => (Some(text), (!is_date).then_some(remark::DATE)),
        Value::Number(number) => {
            let reason = if number.abs() >= DIGITS_MAX {
                remark::LONG_NUMBER
            } else if is_date {
                remark::NUMBER_FOR_DATE
            } else {
                remark::NUMBER
            };
            (Some(number_text(number)), Some(reason))
        }
        Value::NoDate => (None, Some(remark::NO_DATE)),
        Value::Formula => (None, Some(remark::FORMULA)),
        Value::Error => (None, Some(remark::ERROR)),
    }
}

/// Columns whose cells may well be dates.
fn is_date_column(name: &str) -> bool {
    ["date_of_birth", "date_of_death", "no_contact_since"].contains(&name)
        || ["_on", "_from", "_to"].iter().any(|ending| name.ends_with(ending))
}

/// The header of a row: text as it stands.
pub(super) fn header_text(value: Value) -> String {
    match value {
        Value::Text(text) | Value::Date(text) => text.trim().to_owned(),
        Value::Number(number) => number_text(number),
        Value::NoDate | Value::Formula | Value::Error => String::new(),
    }
}

/// `None` for a cell that is empty or blank. Text that is not blank is kept byte for byte.
fn value(data: DataRef<'_>) -> Result<Option<Value>> {
    let text = |text: &str| {
        if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
            return Err(Error::input("has a cell with more text than Excel can hold").hint("send the table as CSV"));
        }
        Ok((!text.trim().is_empty()).then(|| Value::Text(text.to_owned())))
    };
    Ok(match data {
        DataRef::Empty => None,
        DataRef::String(owned) => text(&owned)?,
        DataRef::SharedString(shared) => text(shared)?,
        DataRef::Int(number) => Some(Value::Text(number.to_string())),
        DataRef::Float(number) => Some(if number.is_finite() { Value::Number(number) } else { Value::Error }),
        DataRef::Bool(yes) => Some(Value::Text(if yes { "TRUE" } else { "FALSE" }.to_owned())),
        DataRef::DateTime(moment) => Some(date(&moment)),
        DataRef::DateTimeIso(moment) => Some(iso_date(&moment)),
        DataRef::DurationIso(_) => Some(Value::NoDate),
        DataRef::Error(_) => Some(Value::Error),
    })
}

/// The day of a date cell by the epoch of its workbook; the time of day is dropped.
fn date(moment: &ExcelDateTime) -> Value {
    // The first day is 1; what is below is a time of day. Day 60 of the 1900 epoch is a 29 February that never was.
    if !moment.is_datetime() || moment.as_f64() < 1.0 {
        return Value::NoDate;
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    match (year, month, day) {
        (1900, 2, 29) => Value::NoDate,
        _ => Value::Date(format!("{year:04}-{month:02}-{day:02}")),
    }
}

fn iso_date(moment: &str) -> Value {
    match moment.get(..10).map(str::parse::<jiff::civil::Date>) {
        Some(Ok(date)) => Value::Date(date.to_string()),
        _ => Value::NoDate,
    }
}

/// `A1` for row 0, column 0.
fn cell_name(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{}", row + 1)
}

fn damaged() -> Error {
    Error::input("is a damaged workbook").hint("open it in Excel, save it again, and check the table")
}

fn too_much_text() -> Error {
    Error::limit("holds more text than a workbook of one table needs").hint("send the table as CSV or Parquet")
}
