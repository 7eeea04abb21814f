//! A table in a file of any size, read in batches by all cores.
//!
//! In: an [`Input`] and the schema it should have. Out: [`Batch`]es in any order, each row once. Invariant: only wanted
//! columns are decoded; memory is a few batches a thread.

use crate::error::{Error, Result};
use crate::frame::convert::empty_to_null;
use crate::frame::{Table, TextColumn, text_length};
use crate::ingest::json_lines::JsonLines;
use crate::ingest::limits::Limits;
use crate::ingest::piped::Piped;
use crate::ingest::pull::guarded;
use crate::ingest::source::{digest, opened};
use crate::ingest::text::Text;
use crate::ingest::xlsx::Workbook;
use crate::ingest::{Format, Header, Input, format, ipc, match_header, parquet};
use crate::model::schema::Schema;
use crate::store::{FileState, is_sealed};
use arrow::array::Array;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Some rows of a table.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The wanted columns that the file has, in the order in which they were wanted.
    pub table: Table,
    /// Number of the first row within the file, from 0.
    pub first_row: u64,
}

/// What a reader saw besides rows. Row numbers are from 1, without the header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Rows with too many or too few fields. A row with too many is read as if it were empty, since its values may
    /// stand in the wrong columns; what a row with too few lacks is null.
    pub ragged_rows: u64,
    /// Rows with bytes that are not UTF-8, which were read as Windows-1252.
    pub bad_text_rows: u64,
    /// The first ragged rows, at most [`Faults::LISTED_MAX`].
    pub first_ragged: Vec<u64>,
    /// The first rows with bad text, at most [`Faults::LISTED_MAX`].
    pub first_bad_text: Vec<u64>,
}

impl Faults {
    /// Most row numbers of a kind that are kept.
    pub const LISTED_MAX: usize = 100;

    /// Adds the faults of another part of the same file.
    pub(super) fn merge(&mut self, other: Self) {
        self.ragged_rows += other.ragged_rows;
        self.bad_text_rows += other.bad_text_rows;
        merge_lists(&mut self.first_ragged, other.first_ragged);
        merge_lists(&mut self.first_bad_text, other.first_bad_text);
    }
}

/// The lowest numbers of both: parts come in any order, and the result must not tell.
fn merge_lists(list: &mut Vec<u64>, other: Vec<u64>) {
    list.extend(other);
    list.sort_unstable();
    list.truncate(Faults::LISTED_MAX);
}

/// Takes columns of one length and the number of their first row.
pub(super) type Work<'a> = dyn Fn(Vec<TextColumn>, u64) -> Result<()> + Sync + 'a;

/// Whether rows may be left out: given the first and their number.
pub(super) type Skip<'a> = dyn Fn(u64, u64) -> bool + Sync + 'a;

/// A table in a file of one kind.
pub(super) trait Source: Send + Sync {
    /// Headers as they stand in the file.
    fn names(&self) -> &[String];
    /// Columns that cannot be read as text, with what they hold.
    fn unreadable(&self) -> Vec<(usize, &'static str)> {
        Vec::new()
    }
    /// Number of rows, where the file says it.
    fn rows(&self) -> Option<u64>;
    /// Lines of plain text: about as many as rows.
    fn lines(&self) -> Option<u64> {
        None
    }
    /// Calls `work` with the columns at the given indices, in that order.
    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults>;
    /// The same without the rows of which `skip` is true, given the first and their number, where they need not be
    /// decoded to be left out; others may come all the same.
    fn for_each_but(&self, columns: &[usize], batch_rows: usize, _skip: &Skip<'_>, work: &Work<'_>) -> Result<Faults> {
        self.for_each(columns, batch_rows, work)
    }
}

/// A table that is read in batches.
pub struct Reader {
    name: String,
    input: Input,
    /// The file as it was when it was opened.
    state: Option<FileState>,
    format: Format,
    header: Header,
    /// Of the file as it is stored; `None` for a stream that is not held.
    bytes: Option<u64>,
    /// Whether empty texts are nothing: of tables of a known schema.
    empty_is_null: bool,
    /// Once it was asked for.
    sha256: OnceLock<String>,
    source: Box<dyn Source>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("name", &self.name).field("format", &self.format).finish_non_exhaustive()
    }
}

impl Reader {
    /// Opens a table and reads its header.
    ///
    /// # Errors
    /// When the file cannot be read as a table, or lacks a column that the schema requires.
    pub fn open(input: &Input, schema: &Schema) -> Result<Self> {
        let name = input.name();
        let state = input.state()?;
        let raw = input.raw()?;
        let (length, sealed) = (raw.len() as u64, is_sealed(&raw));
        let bytes = opened(raw).map_err(|error| error.at(&name))?;
        let (format, source) = guarded(&name, || {
            let format = format::sniff(&bytes)?;
            let source: Box<dyn Source> = match format {
                Format::Csv | Format::CsvGz | Format::CsvZst => Box::new(Text::open(bytes, format, &name)?),
                Format::Parquet if sealed => Box::new(parquet::Parquet::open_in_memory(&bytes, &name)?),
                Format::Parquet => Box::new(parquet::Parquet::open(input.path()?, &name)?),
                Format::Ipc => Box::new(ipc::File::open(bytes, &name)?),
                Format::IpcStream => Box::new(ipc::Stream::open(bytes, &name)?),
                Format::JsonLines => Box::new(JsonLines::open(&bytes, &name, &Limits::default())?),
                Format::Xlsx => Box::new(Workbook::open(bytes, schema, &Limits::default(), &name)?),
            };
            Ok((format, source))
        })?;
        let limits = Limits::default();
        let rows = source.rows().map_or(Ok(()), |rows| limits.check_rows(rows, length));
        limits.check_columns(source.names().len()).and(rows).map_err(|error| error.at(&name))?;
        let mut header = match_header(source.names(), schema).map_err(|error| error.at(&name))?;
        if schema.open {
            leave_out(&mut header, &source.unreadable());
        }
        let input = input.clone();
        let (bytes, sha256) = (Some(length), OnceLock::new());
        Ok(Self { name, input, state, format, header, bytes, empty_is_null: !schema.open, sha256, source })
    }

    /// Opens an Arrow IPC stream that is read as it comes, once: memory is a few batches, whatever its length.
    ///
    /// # Errors
    /// When what comes is no such stream, or lacks a column that the schema requires.
    pub fn piped(pipe: Box<dyn std::io::Read + Send>, schema: &Schema) -> Result<Self> {
        let name = "standard input".to_owned();
        let source = guarded(&name, || Piped::open(pipe, &name))?;
        Limits::default().check_columns(source.names().len()).map_err(|error| error.at(&name))?;
        let header = match_header(source.names(), schema).map_err(|error| error.at(&name))?;
        Ok(Self {
            name,
            input: Input::Stdin,
            state: None,
            format: Format::IpcStream,
            header,
            bytes: None,
            empty_is_null: !schema.open,
            sha256: OnceLock::new(),
            source: Box::new(source),
        })
    }

    /// How the headers were understood.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What the file is.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// File name without folders, or `standard input`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows, where the file says it (Parquet, Arrow files); exact.
    pub fn rows_hint(&self) -> Option<u64> {
        self.source.rows()
    }

    /// Number of lines of plain text, as cheap as it may be had; more than rows where there are line ends in values.
    pub fn lines_hint(&self) -> Option<u64> {
        self.source.lines()
    }

    /// Size of the file in bytes, as it is stored.
    pub const fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// SHA-256 of the file as it is stored, in hex. It is read for that once, however often it is asked: what it was when it was
    /// opened, it is each time.
    ///
    /// # Errors
    /// When it cannot be read, or is no longer what it was.
    pub fn sha256(&self) -> Result<String> {
        let known = self.sha256.get().cloned();
        let sha256 = known.map_or_else(|| digest(&self.input), Ok)?;
        self.input.refuse_if_changed(self.state)?;
        Ok(self.sha256.get_or_init(|| sha256).clone())
    }

    /// Calls `work` for batches of at most `batch_rows` rows, on all threads of the current pool, in any order, each
    /// row once. Of `wanted`, the columns that the file has are decoded. When it has none of them, one other column
    /// is, so that rows are counted right.
    ///
    /// # Errors
    /// The first error of `work`, or a fault of the file.
    pub fn for_each(
        &self,
        wanted: &[&str],
        batch_rows: usize,
        work: &(dyn Fn(Batch) -> Result<()> + Sync),
    ) -> Result<Faults> {
        self.for_each_but(wanted, batch_rows, &|_, _| false, work)
    }

    /// The same without rows of which `skip` is true, where they need not be decoded to be left out; others may come all
    /// the same.
    ///
    /// # Errors
    /// The first error of `work`, or a fault of the file.
    pub fn for_each_but(
        &self,
        wanted: &[&str],
        batch_rows: usize,
        skip: &Skip<'_>,
        work: &(dyn Fn(Batch) -> Result<()> + Sync),
    ) -> Result<Faults> {
        let mut chosen: Vec<(usize, &str)> = wanted.iter().filter_map(|name| self.find(name)).collect();
        if chosen.is_empty() {
            chosen.extend(self.header.known.first().map(|(index, name)| (*index, name.as_str())));
        }
        let (columns, names): (Vec<usize>, Vec<&str>) = chosen.into_iter().unzip();
        // Before they are unpacked: for nothing, and in any number.
        if let Some((_, what)) = self.source.unreadable().iter().find(|(index, _)| columns.contains(index)) {
            return Err(Error::input(format!("a column that holds {what} cannot be read as text"))
                .at(&self.name)
                .hint("save the column as text"));
        }
        let measured = Measured::default();
        let faults = self.source.for_each_but(&columns, batch_rows.max(1), skip, &|columns, first_row| {
            measured.add(&columns, self.bytes).map_err(|error| error.at(&self.name))?;
            let columns: Vec<TextColumn> =
                if self.empty_is_null { columns.into_iter().map(empty_to_null).collect() } else { columns };
            let named = names.iter().map(|name| (*name).to_owned()).zip(columns).collect();
            work(Batch { table: Table::new(named), first_row })
        })?;
        self.input.refuse_if_changed(self.state)?;
        Ok(faults)
    }

    fn find(&self, name: &str) -> Option<(usize, &str)> {
        self.header.known.iter().find(|(_, known)| known == name).map(|(index, known)| (*index, known.as_str()))
    }
}

/// What a file has shown of itself, set beside its size.
#[derive(Default)]
struct Measured {
    rows: AtomicU64,
    text: AtomicU64,
}

impl Measured {
    /// Adds some rows of a file of so many bytes; what is read as it comes has no size.
    fn add(&self, columns: &[TextColumn], bytes: Option<u64>) -> Result<()> {
        let Some(bytes) = bytes else { return Ok(()) };
        let limits = Limits::default();
        let more = columns.first().map_or(0, Array::len) as u64;
        limits.check_rows(self.rows.fetch_add(more, Ordering::Relaxed) + more, bytes)?;
        let more: u64 = columns.iter().map(text_length).sum();
        limits.check_text(self.text.fetch_add(more, Ordering::Relaxed) + more, bytes)
    }
}

/// Takes columns that cannot be read out of a table of any columns: whoever needs one is told that it is not there.
fn leave_out(header: &mut Header, unreadable: &[(usize, &str)]) {
    for (index, what) in unreadable {
        if let Some(place) = header.known.iter().position(|(known, _)| known == index) {
            let (_, name) = header.known.remove(place);
            header.unknown.push(format!("`{name}` ({what})"));
        }
    }
}

/// Hands columns on in pieces of at most `batch_rows` rows.
pub(super) fn in_batches(columns: &[TextColumn], first_row: u64, batch_rows: usize, work: &Work<'_>) -> Result<()> {
    let rows = columns.first().map_or(0, arrow::array::Array::len);
    for start in (0..rows).step_by(batch_rows) {
        let length = batch_rows.min(rows - start);
        let part = columns.iter().map(|column| column.slice(start, length)).collect();
        work(part, first_row + start as u64)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
