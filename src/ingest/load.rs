//! A whole table in memory, in row order, with what was wrong with it.
//!
//! In: an [`Input`] and the schema it should have. Out: [`Loaded`]. Invariant: every row of the file is in the table or
//! among the rejects, under its number.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::buffer::Buffer;

use crate::error::{Error, Result};
use crate::frame::convert::concat;
use crate::frame::{Table, TextColumn, text_bytes};
use crate::ingest::chunk::Parsed;
use crate::ingest::control::Control;
use crate::ingest::limits::Limits;
use crate::ingest::pull::guarded;
use crate::ingest::sheet::remark;
use crate::ingest::source::{digest_of, opened};
use crate::ingest::text::Text;
use crate::ingest::xlsx::Workbook;
use crate::ingest::{Format, Header, Input, Reader, format, match_header};
use crate::model::schema::Schema;

/// A table that was loaded.
#[derive(Clone)]
pub struct Loaded {
    /// The known columns, in the order of the file.
    pub table: Table,
    /// For each row of the table, its number in the file: from 1, without the header. Blank rows of a workbook are
    /// counted and not in the table.
    pub row_numbers: Vec<u64>,
    /// Rows that are not in the table.
    pub rejects: Vec<Reject>,
    /// How the headers were understood.
    pub header: Header,
    /// Oddities of cells and of the file; row 0 for the file as a whole.
    pub cell_remarks: Vec<Remark>,
    /// Hyperlinks of a workbook: cells that lead to a page, an address or another cell. None is followed; what is read is
    /// the text of the cell.
    pub hyperlinks: u64,
    /// Digest of the file's bytes.
    pub sha256: String,
    /// What the file is.
    pub format: Format,
    /// What a workbook's control sheet states of the table.
    pub control: Option<Control>,
}

/// Counts, never values: what is debugged ends in logs.
impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("rows", &self.table.rows())
            .field("rejects", &self.rejects.len())
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// A row that cannot be read as one.
#[derive(Clone, PartialEq, Eq)]
pub struct Reject {
    /// Number in the file, from 1, without the header.
    pub row: u64,
    /// Why.
    pub reason: &'static str,
    /// Up to five fields as they stand, to find the row again. Personal data: not for messages.
    pub first_fields: Vec<String>,
}

/// Row and reason, never values.
impl fmt::Debug for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reject").field("row", &self.row).field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl Reject {
    /// More fields than the header: values may stand in the wrong columns.
    pub const TOO_MANY_FIELDS: &str = "too many fields";
    /// Bytes that are not UTF-8.
    pub const BAD_TEXT: &str = "text is not UTF-8";

    /// Memory that it takes.
    fn bytes(&self) -> u64 {
        let texts: usize = self.first_fields.iter().map(|field| field.len().max(LEAST_TEXT)).sum();
        (size_of::<Self>() + self.first_fields.capacity() * size_of::<String>() + texts) as u64
    }
}

/// Bytes that a text of its own takes at least.
const LEAST_TEXT: usize = 16;
/// The part of what a table may take that may be remarks on its rows: each ends as a line somewhere, several times as long.
const FAULTS_PART: u64 = 16;

/// Something odd about a cell that was read, or about the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Number in the file, from 1, without the header; 0 for the whole file.
    pub row: u64,
    /// Our name of the column; empty for the row or file as a whole.
    pub column: String,
    /// What is odd: one of [`crate::ingest::remark`].
    pub reason: &'static str,
}

/// Loads a whole table.
///
/// # Errors
/// When the file cannot be read as a table, lacks a required column, or is over a limit.
pub fn load(input: &Input, schema: &Schema, limits: &Limits) -> Result<Loaded> {
    let name = input.name();
    let state = input.state()?;
    let raw = input.raw()?;
    let sha256 = digest_of(&raw);
    let bytes = opened(raw).map_err(|error| error.at(&name))?;
    let format = guarded(&name, || format::sniff(&bytes))?;
    let mut loaded = match format {
        Format::Csv | Format::CsvGz | Format::CsvZst => load_text(bytes, format, schema, limits, &name)?,
        Format::Xlsx => load_workbook(bytes, schema, limits, &name)?,
        Format::Parquet | Format::Ipc | Format::IpcStream | Format::JsonLines => load_columns(input, schema, limits)?,
    };
    (loaded.sha256, loaded.format) = (sha256, format);
    input.refuse_if_changed(state)?;
    Ok(loaded)
}

/// Loads a table of which every row counts: a truth, a return, decisions.
///
/// # Errors
/// Those of [`load`]; and when a row cannot be read as one, since what it says would be missing in silence.
pub fn load_every_row(input: &Input, schema: &Schema, limits: &Limits) -> Result<Loaded> {
    let loaded = load(input, schema, limits)?;
    if loaded.rejects.is_empty() {
        return Ok(loaded);
    }
    Err(Error::input(format!("cannot be read whole: {}", listed_rejects(&loaded.rejects)))
        .at(input.name())
        .hint(MEND_ROWS))
}

/// What mends rows that are rejected.
pub const MEND_ROWS: &str = "save the file with commas and in UTF-8 (`CSV UTF-8` of a spreadsheet), with values that hold commas in quotes; or give it as \
     .xlsx or .parquet";

/// Rejected rows by reason, with the numbers of the first of each.
pub fn listed_rejects(rejects: &[Reject]) -> String {
    let of_reason = |(reason, words): (&str, &str)| {
        let rows: Vec<u64> = rejects.iter().filter(|reject| reject.reason == reason).map(|reject| reject.row).collect();
        let first: Vec<String> = rows.iter().take(REJECTS_LISTED).map(u64::to_string).collect();
        let more = if rows.len() > first.len() { " …" } else { "" };
        let noun = if rows.len() == 1 { "row" } else { "rows" };
        (!rows.is_empty()).then(|| format!("{} {noun} {words} ({noun} {}{more})", rows.len(), first.join(", ")))
    };
    let reasons = [(Reject::BAD_TEXT, "not in UTF-8"), (Reject::TOO_MANY_FIELDS, "of more fields than the header")];
    reasons.into_iter().filter_map(of_reason).collect::<Vec<_>>().join(", ")
}

/// Row numbers of each reason that are listed.
const REJECTS_LISTED: usize = 5;

fn load_workbook(bytes: Buffer, schema: &Schema, limits: &Limits, name: &str) -> Result<Loaded> {
    let book = guarded(name, || Workbook::open(bytes, schema, limits, name))?;
    let header = match_header(crate::ingest::reader::Source::names(&book), schema).map_err(|error| error.at(name))?;
    let sheet = book.table(&header.known)?;
    let (control, faults) = book.control()?.unzip();
    let hyperlinks = book.hyperlinks;
    let mut cell_remarks = book.remarks;
    cell_remarks.extend(faults.into_iter().flatten());
    cell_remarks.extend(sheet.remarks);
    Ok(Loaded { row_numbers: sheet.row_numbers, cell_remarks, hyperlinks, control, ..new(header, sheet.columns) })
}

/// Column files have no faulty rows.
fn load_columns(input: &Input, schema: &Schema, limits: &Limits) -> Result<Loaded> {
    let reader = Reader::open(input, schema)?;
    let parts = Parts::new(limits, reader.name());
    let wanted: Vec<&str> = reader.header().known.iter().map(|(_, name)| name.as_str()).collect();
    const WHOLE: usize = 1 << 20;
    reader.for_each(&wanted, WHOLE, &|batch| parts.add(batch.first_row, batch.table.columns().to_vec()))?;
    let columns = parts.join(wanted.len())?;
    let rows = columns.first().map_or(0, Array::len) as u64;
    Ok(Loaded { row_numbers: (1..=rows).collect(), ..new(reader.header().clone(), columns) })
}

fn load_text(bytes: Buffer, format: Format, schema: &Schema, limits: &Limits, name: &str) -> Result<Loaded> {
    let text = guarded(name, || Text::open(bytes, format, name))?;
    let header = match_header(crate::ingest::reader::Source::names(&text), schema).map_err(|error| error.at(name))?;
    let wanted: Vec<usize> = header.known.iter().map(|(index, _)| *index).collect();
    let parts = Parts::new(limits, name);
    let faulty = Mutex::new((Vec::new(), Vec::new()));
    text.for_each_chunk(&wanted, &|parsed, first_row| {
        let (columns, rejects, remarks) = without_rejects(parsed, first_row)?;
        parts.count_faults(rejects.iter().map(Reject::bytes).sum(), remarks.len())?;
        let mut faulty = faulty.lock().unwrap_or_else(PoisonError::into_inner);
        faulty.0.extend(rejects);
        faulty.1.extend(remarks);
        drop(faulty);
        parts.add(first_row, columns)
    })?;
    let (mut rejects, mut cell_remarks) = faulty.into_inner().unwrap_or_else(PoisonError::into_inner);
    rejects.sort_by_key(|reject: &Reject| reject.row);
    cell_remarks.sort_by_key(|remark: &Remark| remark.row);
    let columns = parts.join(wanted.len())?;
    let kept = columns.first().map_or(0, Array::len) as u64;
    let row_numbers = kept_numbers(kept + rejects.len() as u64, &rejects);
    Ok(Loaded { row_numbers, rejects, cell_remarks, ..new(header, columns) })
}

/// The columns of a chunk without its rejects; what is odd about the rows that stay.
fn without_rejects(parsed: Parsed, first_row: u64) -> Result<(Vec<TextColumn>, Vec<Reject>, Vec<Remark>)> {
    let rows = parsed.columns.first().map_or(0, Array::len);
    let mut keep = vec![true; rows];
    let (mut rejects, mut remarks) = (Vec::new(), Vec::new());
    for fault in parsed.faults {
        let row = first_row + fault.row as u64 + 1;
        let reason = match (fault.bad_text, fault.fields.is_gt()) {
            (_, true) => Reject::TOO_MANY_FIELDS,
            (true, false) => Reject::BAD_TEXT,
            (false, false) => {
                remarks.push(Remark { row, column: String::new(), reason: remark::TOO_FEW_FIELDS });
                continue;
            }
        };
        rejects.push(Reject { row, reason, first_fields: fault.first_fields });
        if let Some(kept) = keep.get_mut(fault.row) {
            *kept = false;
        }
    }
    if rejects.is_empty() {
        return Ok((parsed.columns, rejects, remarks));
    }
    let keep = BooleanArray::from(keep);
    let filter = |column: &TextColumn| {
        let kept = arrow::compute::filter(column, &keep);
        kept.map(|kept| kept.as_string_view().clone()).map_err(|error| Error::internal(format!("filter: {error}")))
    };
    Ok((parsed.columns.iter().map(filter).collect::<Result<_>>()?, rejects, remarks))
}

/// Numbers from 1 to `rows` without the rejected ones, which are sorted.
fn kept_numbers(rows: u64, rejects: &[Reject]) -> Vec<u64> {
    let mut rejected = rejects.iter().map(|reject| reject.row).peekable();
    (1..=rows).filter(|row| rejected.next_if_eq(row).is_none()).collect()
}

fn new(header: Header, columns: Vec<TextColumn>) -> Loaded {
    let names = header.known.iter().map(|(_, name)| name.clone());
    Loaded {
        table: Table::new(names.zip(columns).collect()),
        row_numbers: Vec::new(),
        rejects: Vec::new(),
        header,
        cell_remarks: Vec::new(),
        hyperlinks: 0,
        sha256: String::new(),
        format: Format::Csv,
        control: None,
    }
}

/// Parts of a table that come in any order.
struct Parts<'a> {
    limits: &'a Limits,
    name: &'a str,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    bytes: u64,
    /// Of what is wrong with rows.
    fault_bytes: u64,
    parts: Vec<(u64, Vec<TextColumn>)>,
}

impl<'a> Parts<'a> {
    fn new(limits: &'a Limits, name: &'a str) -> Self {
        Self { limits, name, found: Mutex::default() }
    }

    /// Text may unpack to any size: what a table takes is bounded.
    fn add(&self, first_row: u64, columns: Vec<TextColumn>) -> Result<()> {
        let bytes: u64 = columns.iter().map(text_bytes).sum();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.bytes += bytes;
        if found.bytes > self.limits.table_bytes {
            // So much was read; how much more there is is not known yet.
            let (read, most) = (found.bytes, self.limits.table_bytes);
            return Err(Error::limit(format!(
                "holds text of {read} bytes or more, and {most} may be taken of a table"
            ))
            .at(self.name)
            .hint("allow more with --memory, or with --limit table-bytes=SIZE; or split the table"));
        }
        found.parts.push((first_row, columns));
        Ok(())
    }

    /// A file may be nothing but faults, which take more than its rows would: `bytes` of rejects and some remarks.
    fn count_faults(&self, bytes: u64, remarks: usize) -> Result<()> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = bytes + (remarks * size_of::<Remark>()) as u64;
        found.bytes += bytes;
        found.fault_bytes += bytes;
        if found.fault_bytes > self.limits.table_bytes / FAULTS_PART {
            return Err(Error::limit("has more faulty rows than there is room to list").at(self.name).hint(
                "check that the file is CSV with commas, and written in UTF-8; --limit table-bytes=SIZE allows more",
            ));
        }
        Ok(())
    }

    /// All rows in order, in `width` columns.
    fn join(self, width: usize) -> Result<Vec<TextColumn>> {
        let mut found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.parts.sort_by_key(|(first_row, _)| *first_row);
        let column = |index: usize| {
            let parts: Vec<TextColumn> = found.parts.iter().filter_map(|(_, part)| part.get(index).cloned()).collect();
            concat(&parts)
        };
        (0..width).map(column).collect()
    }
}
