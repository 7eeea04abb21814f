//! Excel workbooks.
//!
//! In: mapped bytes. Out: one sheet as a table. Invariant: the archive is checked before a reader sees it; the sheet is
//! the one called `extract`, else the first visible one whose headers fit; a sheet called `control` is not data.

use std::io::Cursor;

use arrow::buffer::Buffer;
use calamine::{Reader as _, SheetType, SheetVisible, Xlsx};

use crate::error::{Error, Result};
use crate::ingest::control::Control;
use crate::ingest::limits::Limits;
use crate::ingest::load::Remark;
use crate::ingest::match_header;
use crate::ingest::parts::Seen;
use crate::ingest::pull::{guarded, pull};
use crate::ingest::reader::{Faults, Source, Work, in_batches};
use crate::ingest::sheet::{Rows, SheetTable, Value, header_text, read_table, remark};
use crate::ingest::text::Shared;
use crate::ingest::zip_check;
use crate::model::schema::Schema;

/// The sheet that holds the table where there are several.
const TABLE_SHEET: &str = "extract";
/// A sheet about the table: rows, digests, version.
const CONTROL_SHEET: &str = "control";
/// Most lines of a control sheet.
const CONTROL_LINES_MAX: u32 = 1000;

fn is_control(sheet: &str) -> bool {
    sheet.trim().eq_ignore_ascii_case(CONTROL_SHEET)
}

/// A workbook and the sheet that was chosen.
pub(super) struct Workbook {
    bytes: Buffer,
    name: String,
    sheet: String,
    names: Vec<String>,
    header_row: u32,
    limits: Limits,
    /// About the workbook as a whole: row 0, no column.
    pub remarks: Vec<Remark>,
    /// How many hyperlinks it has.
    pub hyperlinks: u64,
}

impl Workbook {
    /// Checks the archive, chooses the sheet and reads its header.
    ///
    /// # Errors
    /// When the file is cut, hostile or too large, or no sheet has the required headers.
    pub(super) fn open(bytes: Buffer, schema: &Schema, limits: &Limits, name: &str) -> Result<Self> {
        let Seen { remarks: mut reasons, hyperlinks } = zip_check::check(&bytes, limits)?;
        let mut book = open(&bytes)?;
        let candidates = candidates(&book, &mut reasons);
        let (sheet, header_row, names) = choose(&mut book, &candidates, schema, limits)?;
        let about = |reason| Remark { row: 0, column: String::new(), reason };
        Ok(Self {
            name: name.to_owned(),
            sheet,
            names,
            header_row,
            limits: limits.clone(),
            remarks: reasons.into_iter().map(about).collect(),
            hyperlinks,
            bytes,
        })
    }

    /// All rows; `known` holds column index and name.
    ///
    /// # Errors
    /// When the sheet is damaged, or has a value far from its table.
    pub(super) fn table(&self, known: &[(usize, String)]) -> Result<SheetTable> {
        guarded(&self.name, || {
            let mut book = open(&self.bytes)?;
            let cells = book.worksheet_cells_reader(&self.sheet).map_err(|_| damaged())?;
            let mut rows = Rows::new(cells, &self.limits);
            rows.next()?;
            read_table(&mut rows, self.header_row, known, self.names.len())
        })
    }

    /// What the control sheet states, where there is one, and what is odd about it.
    ///
    /// # Errors
    /// When the sheet is damaged, or has more lines than any control sheet.
    pub(super) fn control(&self) -> Result<Option<(Control, Vec<Remark>)>> {
        guarded(&self.name, || {
            let mut book = open(&self.bytes)?;
            let sheets = book.sheets_metadata();
            let Some(sheet) = sheets.iter().find(|sheet| is_control(&sheet.name)).map(|sheet| sheet.name.clone())
            else {
                return Ok(None);
            };
            let cells = book.worksheet_cells_reader(&sheet).map_err(|_| damaged())?;
            let mut rows = Rows::new(cells, &self.limits);
            let mut control = Control::default();
            let mut remarks = Vec::new();
            let mut lines = 0;
            while let Some((_, cells)) = rows.next()? {
                lines += 1;
                if lines > CONTROL_LINES_MAX {
                    return Err(Error::input("has a control sheet of too many lines").hint("one line a key"));
                }
                let mut pair = [String::new(), String::new()];
                for cell in cells {
                    let reason = match cell.value {
                        Value::Formula => Some(remark::FORMULA),
                        Value::Error => Some(remark::ERROR),
                        _ => None,
                    };
                    remarks.extend(reason.map(|reason| Remark { row: 0, column: CONTROL_SHEET.to_owned(), reason }));
                    if let Some(text) = pair.get_mut(cell.column as usize) {
                        *text = header_text(cell.value);
                    }
                }
                let [key, value] = pair;
                control.add(key, value);
            }
            Ok(Some((control, remarks)))
        })
    }
}

impl Source for Workbook {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    /// Blank rows are not rows here: numbers count the rows that have a value.
    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults> {
        let known: Vec<_> = columns.iter().map(|index| (*index, String::new())).collect();
        let table = self.table(&known)?;
        let rows = table.row_numbers.len();
        let mut starts = (0..rows).step_by(batch_rows);
        pull(
            || Ok(starts.next()),
            |start| {
                let length = batch_rows.min(rows - start);
                let part: Vec<_> = table.columns.iter().map(|column| column.slice(start, length)).collect();
                in_batches(&part, start as u64, batch_rows, work)
            },
        )?;
        Ok(Faults::default())
    }
}

type Book = Xlsx<Cursor<Shared>>;

fn open(bytes: &Buffer) -> Result<Book> {
    Xlsx::new(Cursor::new(Shared(bytes.clone()))).map_err(|_| damaged())
}

/// Visible sheets that may hold the table, the likeliest first; notes hidden and surplus ones.
fn candidates(book: &Book, reasons: &mut Vec<&'static str>) -> Vec<String> {
    let sheets = book.sheets_metadata();
    if sheets.iter().any(|sheet| sheet.visible != SheetVisible::Visible) {
        reasons.push(remark::HIDDEN_SHEET);
    }
    reasons.extend(book.defined_names().iter().filter_map(|(_, formula)| links(formula)));
    let visible = sheets.iter().filter(|sheet| {
        sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet && !is_control(&sheet.name)
    });
    let mut names: Vec<String> = visible.map(|sheet| sheet.name.clone()).collect();
    // A sheet that is a chart or a dialogue shows data as well.
    let others = sheets.iter().filter(|sheet| sheet.typ != SheetType::WorkSheet).count();
    if names.len() + others > 1 {
        reasons.push(remark::MORE_SHEETS);
    }
    names.sort_by_key(|name| !name.trim().eq_ignore_ascii_case(TABLE_SHEET));
    names
}

/// What a formula has to do with other programs and files: `program|topic!item`, `[1]Sheet!A1`.
fn links(formula: &str) -> Option<&'static str> {
    if formula.split_once('|').is_some_and(|(_, rest)| rest.contains('!')) {
        return Some(remark::DDE);
    }
    let mut numbers = formula.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let is_number = |(number, _): (&str, &str)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    numbers.any(is_number).then_some(remark::EXTERNAL_LINKS)
}

/// The first candidate whose headers fit: its name, header row and headers.
fn choose(
    book: &mut Book,
    candidates: &[String],
    schema: &Schema,
    limits: &Limits,
) -> Result<(String, u32, Vec<String>)> {
    let mut first_error = None;
    for sheet in candidates {
        let Some((row, names)) = header(book, sheet, limits)? else {
            first_error.get_or_insert_with(|| Error::input("has an empty sheet and no table"));
            continue;
        };
        match match_header(&names, schema) {
            Ok(_) => return Ok((sheet.clone(), row, names)),
            Err(error) => drop(first_error.get_or_insert(error)),
        }
    }
    let error = first_error.unwrap_or_else(|| Error::input("has no visible sheet"));
    if candidates.len() > 1 {
        let sheets = candidates.len();
        return Err(Error::input(format!(
            "none of its {sheets} visible sheets is a table of this kind: {}",
            error.what()
        ))
        .hint("keep one visible sheet with the headers in its first row"));
    }
    let hint = error.hint_text().map_or_else(|| "the first row must hold the headers".to_owned(), str::to_owned);
    Err(error.hint(hint))
}

/// Number and headers of the first row that has a value.
fn header(book: &mut Book, sheet: &str, limits: &Limits) -> Result<Option<(u32, Vec<String>)>> {
    let cells = book.worksheet_cells_reader(sheet).map_err(|_| damaged())?;
    let Some((row, cells)) = Rows::new(cells, limits).next()? else {
        return Ok(None);
    };
    let width = cells.iter().map(|cell| cell.column as usize + 1).max().unwrap_or(0);
    let mut names = vec![String::new(); width];
    for cell in cells {
        if let Some(name) = names.get_mut(cell.column as usize) {
            *name = header_text(cell.value);
        }
    }
    Ok(Some((row, names)))
}

fn damaged() -> Error {
    Error::input("is a damaged workbook").hint("open it in Excel, save it again, and check the table")
}
