//! The extract and its truth as files: workbook, CSV, Parquet.
//!
//! In: [`Settings`] and a place to write. Out: bytes. Invariant: rows are made in blocks on all cores and written in
//! order; the same seed gives the same bytes in every format.

use super::calendar::Day;
use super::extract::{ExtractRow, Scratch, extract_columns, extract_row};
use super::register::fault;
use super::truth::Truth;
use super::world::{Settings, World};
use crate::error::{Error, Result};
use crate::exchange::specification::{RowsDigest, Specification};
use crate::frame::Table;
use crate::util::parallel::map_chunks;
use arrow::array::{ArrayRef, RecordBatch, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::Write;
use std::sync::Arc;

/// Rows that are made before they are written.
const BLOCK: u64 = 1 << 14;
/// Rows that one thread makes at a time.
const CHUNK: usize = 1 << 10;
/// Rows of a worksheet, the header among them.
const MOST_SHEET_ROWS: u64 = 1_048_576;
/// Columns of the truth.
const TRUTH_COLUMNS: [&str; 6] = ["cid_person_id", "nino", "also", "nationality", "culture", "errors"];

/// Makes the rows of the extract in order, a block at a time.
fn each_block(settings: &Settings, mut take: impl FnMut(&World, Vec<(ExtractRow, Truth)>) -> Result<()>) -> Result<()> {
    let world = World::new(settings)?;
    let mut start = 0;
    while start < settings.extract {
        let rows = BLOCK.min(settings.extract - start);
        let made = map_chunks(rows as usize, CHUNK, |chunk| {
            let mut scratch = Scratch::default();
            chunk.map(|row| extract_row(&world, start + row as u64, &mut scratch)).collect::<Vec<_>>()
        });
        take(&world, made.into_iter().flatten().collect())?;
        start += rows;
    }
    Ok(())
}

/// The extract as text columns.
fn table(settings: &Settings, rows: &[(ExtractRow, Truth)]) -> Table {
    let names = extract_columns();
    let mut columns: Vec<StringViewBuilder> = names.iter().map(|_| StringViewBuilder::new()).collect();
    for (row, _) in rows {
        for (column, cell) in columns.iter_mut().zip(row.cells(settings.pool)) {
            column.append_option((!cell.is_empty()).then_some(cell));
        }
    }
    let finished = columns.into_iter().map(|mut column| column.finish());
    Table::new(names.into_iter().zip(finished).collect())
}

/// The whole extract as one table, for callers that write it themselves.
///
/// # Errors
/// When the settings cannot be met.
pub fn extract_rows(settings: &Settings) -> Result<Table> {
    let mut all = Vec::new();
    each_block(settings, |_, rows| {
        all.extend(rows);
        Ok(())
    })?;
    Ok(table(settings, &all))
}

/// Writes the extract as CSV.
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_extract_csv(settings: &Settings, out: impl Write) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(extract_columns()).map_err(csv_fault)?;
    each_block(settings, |_, rows| {
        rows.iter().try_for_each(|(row, _)| csv.write_record(row.cells(settings.pool)).map_err(csv_fault))
    })?;
    csv.flush().map_err(|error| Error::write(&error))
}

/// Columns of an extract that the Home Office's own system does not give: the hub's references, and what the ledger knows.
const NOT_OF_A_CASE: [&str; 3] = ["dash_reference", "dash_source", "wash_number"];
/// Of so many cases one has left the pool.
const LEFT_ONE_IN: u64 = 100;

/// Writes the same people as the Home Office's own system gives them before a wash: no references yet, and a few who have
/// left the pool.
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_cases(settings: &Settings, out: impl Write) -> Result<()> {
    let columns = extract_columns();
    let kept: Vec<usize> = (0..columns.len()).filter(|at| !NOT_OF_A_CASE.contains(&columns[*at].as_str())).collect();
    let mut csv = csv::Writer::from_writer(out);
    let header = kept.iter().map(|at| columns[*at].as_str()).chain(["pool_left_on", "pool_left_reason"]);
    csv.write_record(header).map_err(csv_fault)?;
    let left_on = settings.on.plus(-20).iso();
    let mut number = 0;
    each_block(settings, |_, rows| {
        rows.iter().try_for_each(|(row, _)| {
            number += 1;
            let cells = row.cells(settings.pool);
            let left = if number % LEFT_ONE_IN == 0 { [left_on.as_str(), "departed"] } else { ["", ""] };
            csv.write_record(kept.iter().map(|at| &*cells[*at]).chain(left)).map_err(csv_fault)
        })
    })?;
    csv.flush().map_err(|error| Error::write(&error))
}

/// Writes the extract as Parquet, for files beyond the rows of a worksheet.
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_extract_parquet(settings: &Settings, out: impl Write + Send) -> Result<()> {
    let fields: Vec<Field> =
        extract_columns().into_iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let level = ZstdLevel::try_new(1).map_err(fault)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by("rewash synth".to_owned())
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options).map_err(fault)?;
    each_block(settings, |_, rows| {
        let share = |column: &StringViewArray| Arc::new(column.clone()) as ArrayRef;
        let columns = table(settings, &rows).columns().iter().map(share).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)
            .map_err(|error| Error::internal(format!("made columns do not fit: {error}")))?;
        writer.write(&batch).map_err(fault)
    })?;
    writer.close().map(|_| ()).map_err(fault)
}

/// Writes the truth of the extract: who each row is, and what separates it from the register.
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_truth(settings: &Settings, out: impl Write) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(TRUTH_COLUMNS).map_err(csv_fault)?;
    each_block(settings, |_, rows| {
        rows.iter().try_for_each(|(_, truth)| {
            let errors = truth.slips.words();
            csv.write_record([&truth.cid, &truth.nino, &truth.also, truth.nationality, truth.culture, &errors])
                .map_err(csv_fault)
        })
    })?;
    csv.flush().map_err(|error| Error::write(&error))
}

/// Writes the extract as a workbook with a control sheet, as the specification asks.
///
/// # Errors
/// When there are more rows than a worksheet holds, or `out` cannot be written.
pub fn write_extract_xlsx(settings: &Settings, mut out: impl Write) -> Result<()> {
    if settings.extract >= MOST_SHEET_ROWS {
        return Err(Error::limit(format!("a worksheet holds {} people", MOST_SHEET_ROWS - 1))
            .hint("write the extract as CSV or Parquet"));
    }
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&date(settings.on)?));
    let sheet = workbook.add_worksheet();
    sheet.set_name("extract").map_err(sheet_fault)?;
    let digest = fill_sheet(sheet, settings)?;
    control(workbook.add_worksheet(), settings, digest)?;
    // Whole in memory first: an archive that fails half-way on a full disk says so by itself, and not as a full disk.
    let bytes = workbook.save_to_buffer().map_err(sheet_fault)?;
    out.write_all(&bytes).map_err(|error| Error::write(&error))
}

/// Gives the digest of the rows as they will be read: a date cell as `YYYY-MM-DD`.
fn fill_sheet(sheet: &mut Worksheet, settings: &Settings) -> Result<String> {
    let header = Format::new().set_bold().set_background_color(Color::RGB(0xE8_EEF4));
    let dates = Format::new().set_num_format("yyyy-mm-dd");
    let columns = extract_columns();
    for (column, name) in columns.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, name, &header).map_err(sheet_fault)?;
    }
    sheet.set_freeze_panes(1, 0).map_err(sheet_fault)?;
    let dated: Vec<bool> = columns.iter().map(|name| is_dated(name)).collect();
    let mut line = 1;
    let mut digest = RowsDigest::new(&columns);
    each_block(settings, |_, rows| {
        for (row, _) in &rows {
            let cells = row.cells(settings.pool);
            let days: Vec<Option<Day>> =
                cells.iter().zip(&dated).map(|(cell, dated)| dated.then(|| Day::parse(cell)).flatten()).collect();
            for (column, (cell, day)) in cells.iter().zip(&days).enumerate().filter(|(_, (cell, _))| !cell.is_empty()) {
                match day {
                    Some(day) => sheet.write_datetime_with_format(line, column as u16, date(*day)?, &dates),
                    None => sheet.write_string(line, column as u16, cell),
                }
                .map_err(sheet_fault)?;
            }
            digest.add(cells.iter().zip(&days).map(|(cell, day)| day.map_or_else(|| cell.clone(), |day| day.iso())));
            line += 1;
        }
        Ok(())
    })?;
    Ok(digest.finish())
}

/// Whether a column holds true dates in a workbook.
fn is_dated(name: &str) -> bool {
    name.starts_with("date_")
        || name.ends_with("_from")
        || name.ends_with("_to")
        || name.ends_with("_on")
        || name.ends_with("_since")
}

fn control(sheet: &mut Worksheet, settings: &Settings, digest: String) -> Result<()> {
    sheet.set_name("control").map_err(sheet_fault)?;
    let (year, month, _) = settings.on.parts();
    let rows = [
        ("key", "value".to_owned()),
        ("rows", settings.extract.to_string()),
        ("sha256", digest),
        ("pool", settings.pool.text().to_owned()),
        ("cycle", format!("{year:04}-{month:02}")),
        ("specification_version", Specification::built_in().version),
        ("created_on", settings.on.iso()),
    ];
    for (line, (key, value)) in rows.iter().enumerate() {
        sheet.write_string(line as u32, 0, *key).map_err(sheet_fault)?;
        sheet.write_string(line as u32, 1, value).map_err(sheet_fault)?;
    }
    Ok(())
}

fn date(day: Day) -> Result<ExcelDateTime> {
    let (year, month, of_month) = day.parts();
    ExcelDateTime::from_ymd(year.clamp(1_900, 9_999) as u16, month as u8, of_month as u8).map_err(sheet_fault)
}

fn sheet_fault(error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(error) => Error::write(&error),
        error => Error::output(format!("cannot write workbook: {error}")),
    }
}

/// A failure of the CSV writer.
pub(super) fn csv_fault(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::write(&error),
        _ => Error::internal("made rows do not have one length"),
    }
}
