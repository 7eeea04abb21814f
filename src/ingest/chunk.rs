//! A piece of CSV to columns.
//!
//! In: a [`Chunk`] that starts and ends at record boundaries. Out: [`Parsed`]. Invariant: the fast way (polars) is taken
//! only where it gives what the slow one (the `csv` crate) gives; a test compares them.

use std::sync::Arc;

use arrow::array::StringViewBuilder;
use arrow::buffer::Buffer;
use polars::io::prelude::_csv_read_internal::{read_chunk, validate_utf8};
use polars::prelude::{CsvParseOptions, CsvReadOptions, DataType, PlSmallStr, Schema};

use crate::error::{Error, Result};
use crate::frame::TextColumn;
use crate::frame::convert::from_polars;
use crate::ingest::cut::{rows_if_regular, slow_reader};
use crate::ingest::reader::Faults;

/// Fields of a faulty row that are kept, and the characters of each.
const FIRST_FIELDS: usize = 5;
const FIRST_FIELD_CHARS: usize = 500;
/// Most faulty rows of a chunk whose fields are kept: more have not even room for the first fields of a table of people.
const FAULTS_WITH_FIELDS: usize = 1 << 18;

/// Whole records.
pub(super) struct Chunk {
    pub bytes: Buffer,
    /// Number of the first record within the file, from 0.
    pub first_row: u64,
    pub rows: u64,
    /// As [`crate::ingest::cut::Cut::plain`].
    pub plain: bool,
}

/// A row that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RowFault {
    /// Within the chunk, from 0.
    pub row: usize,
    /// Compared with the header.
    pub fields: std::cmp::Ordering,
    pub bad_text: bool,
    pub first_fields: Vec<String>,
}

/// The columns of a chunk, in the order in which they were wanted, all of one length.
#[derive(Debug, PartialEq)]
pub(super) struct Parsed {
    pub columns: Vec<TextColumn>,
    pub faults: Vec<RowFault>,
}

impl Parsed {
    /// The faults, counted.
    pub(super) fn count_faults(&self, first_row: u64) -> Faults {
        let mut faults = Faults::default();
        for fault in &self.faults {
            let row = first_row + fault.row as u64 + 1;
            if fault.fields.is_ne() {
                faults.ragged_rows += 1;
                faults.first_ragged.push(row);
            }
            if fault.bad_text {
                faults.bad_text_rows += 1;
                faults.first_bad_text.push(row);
            }
        }
        faults.first_ragged.truncate(Faults::LISTED_MAX);
        faults.first_bad_text.truncate(Faults::LISTED_MAX);
        faults
    }
}

/// What all chunks of a file have in common.
pub(super) struct Layout {
    fields: usize,
    schema: Schema,
    options: Arc<CsvParseOptions>,
}

impl Layout {
    /// For a file whose header has `fields` fields.
    pub(super) fn new(fields: usize) -> Self {
        let schema = (0..fields).map(|index| (PlSmallStr::from_string(index.to_string()), DataType::String)).collect();
        let options = CsvReadOptions::default().map_parse_options(|options| {
            options.with_separator(b',').with_quote_char(Some(b'"')).with_eol_char(b'\n').with_missing_is_null(true)
        });
        Self { fields, schema, options: options.get_parse_options() }
    }

    /// The `wanted` columns of a chunk.
    ///
    /// # Errors
    /// When a column has more text than an array can hold.
    pub(super) fn parse(&self, chunk: &Chunk, wanted: &[usize]) -> Result<Parsed> {
        if chunk.plain
            && let Some(columns) = self.parse_fast(chunk, wanted)
        {
            return Ok(Parsed { columns, faults: Vec::new() });
        }
        self.parse_slow(chunk, wanted)
    }

    /// By polars, where all rows are regular and all text is UTF-8; polars itself would fill up short rows in silence,
    /// and cut long ones when not all columns are wanted. `None` leaves the chunk to the slow way.
    ///
    /// This is the parser under polars' `CsvReadOptions` without its reader, which would look for records again and
    /// use a thread pool of its own.
    pub(super) fn parse_fast(&self, chunk: &Chunk, wanted: &[usize]) -> Option<Vec<TextColumn>> {
        let bytes = chunk.bytes.as_slice();
        if rows_if_regular(bytes, self.fields) != Some(chunk.rows) || !validate_utf8(bytes) {
            return None;
        }
        let rows = usize::try_from(chunk.rows).ok()?;
        let mut projection = wanted.to_vec();
        projection.sort_unstable();
        let frame = read_chunk(
            bytes,
            &self.options,
            &self.schema,
            false,
            &projection,
            0,
            rows,
            None,
            usize::MAX,
            bytes.len(),
            Some(0),
        )
        .ok()?;
        if frame.height() != rows {
            return None;
        }
        let column = |index: &usize| {
            let place = projection.binary_search(index).ok()?;
            from_polars(frame.columns().get(place)?.as_materialized_series()).ok()
        };
        wanted.iter().map(column).collect()
    }

    /// By the `csv` crate: any number of fields, any bytes.
    pub(super) fn parse_slow(&self, chunk: &Chunk, wanted: &[usize]) -> Result<Parsed> {
        let mut builders: Vec<StringViewBuilder> = wanted.iter().map(|_| StringViewBuilder::new()).collect();
        let mut faults = Vec::new();
        let mut reader = slow_reader(&chunk.bytes);
        let mut record = csv::ByteRecord::new();
        let mut row = 0;
        while reader.read_byte_record(&mut record).map_err(|error| Error::input(format!("is not CSV: {error}")))? {
            let fields = record.len().cmp(&self.fields);
            let bad_text = std::str::from_utf8(record.as_slice()).is_err();
            if fields.is_ne() || bad_text {
                // A row that is only short stays in the table, and needs nothing to find it again by.
                let is_kept = (fields.is_gt() || bad_text) && faults.len() < FAULTS_WITH_FIELDS;
                let first_fields = if is_kept { first_fields(&record) } else { Vec::new() };
                faults.push(RowFault { row, fields, bad_text, first_fields });
            }
            for (builder, index) in builders.iter_mut().zip(wanted) {
                // The values of a row with too many fields may stand in the wrong columns: none is read.
                let field = if fields.is_gt() { None } else { record.get(*index) };
                let field = field.filter(|field| !field.is_empty()).map(decode);
                append(builder, field.as_deref())?;
            }
            row += 1;
        }
        let columns = builders.iter_mut().map(StringViewBuilder::finish).collect();
        Ok(Parsed { columns, faults })
    }
}

/// Adds a value to a column.
pub(super) fn append(column: &mut StringViewBuilder, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => {
            column.try_append_value(value).map_err(|error| Error::limit(format!("has too long a text: {error}")))?
        }
        None => column.append_null(),
    }
    Ok(())
}

fn first_fields(record: &csv::ByteRecord) -> Vec<String> {
    record.iter().take(FIRST_FIELDS).map(|field| decode(field).chars().take(FIRST_FIELD_CHARS).collect()).collect()
}

/// UTF-8, or what Windows wrote before: Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect::<String>().into(),
    }
}

/// 0x80 to 0x9F of Windows-1252; the rest is Latin-1. Holes are control characters, as in the WHATWG table.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    let high = byte.checked_sub(0x80).and_then(|place| WINDOWS_1252.get(usize::from(place)));
    high.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests;
