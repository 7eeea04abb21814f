//! Parquet files.
//!
//! In: a path. Out: columns, by pieces of row groups. Invariant: only wanted columns are unpacked; text arrives as views
//! into the unpacked pages; a file that changes while it is read is an error.

mod depth;
mod values;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::PageIndexPolicy;

use crate::error::{Error, Result};
use crate::frame::TextColumn;
use crate::frame::convert::{exact_text_column_within, unreadable_columns};
use crate::ingest::ipc::LIST_ROWS;
use crate::ingest::limits::Limits;
use crate::ingest::pull::{guarded, pull};
use crate::ingest::reader::{Faults, Skip, Source, Work};
use crate::store::{FileState, changed_while_read, memory_file};

/// Rows of a piece. A piece re-reads the dictionary and skips the pages before it, some milliseconds a column; with
/// this many rows that is little beside decoding them, and a file of one row group still keeps all threads busy.
const PIECE_ROWS: u64 = 128 << 10;
/// A row group is split only when it has more rows than this: the usual sizes stay whole.
const WHOLE_ROWS: u64 = 2 * PIECE_ROWS;

/// A Parquet file.
pub(super) struct Parquet {
    path: PathBuf,
    name: String,
    /// The file as it was when it was opened.
    state: FileState,
    metadata: ArrowReaderMetadata,
    names: Vec<String>,
    groups: Vec<u64>,
    /// Keeps a file that is in memory alone.
    _memory: Option<File>,
}

/// Rows of one row group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub group: usize,
    pub skip: u64,
    pub rows: u64,
    /// Number of the first row within the file.
    pub first_row: u64,
}

impl Parquet {
    /// Reads the footer.
    ///
    /// # Errors
    /// When the file is cut or damaged.
    pub(super) fn open(path: &Path, name: &str) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::read(&error))?;
        let state = FileState::of(&file)?;
        let metadata = load(&file)?;
        let names = metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
        let rows = |rows: i64| u64::try_from(rows).map_err(|_| damaged());
        let groups =
            metadata.metadata().row_groups().iter().map(|group| rows(group.num_rows())).collect::<Result<_>>()?;
        Ok(Self { path: path.to_path_buf(), name: name.to_owned(), state, metadata, names, groups, _memory: None })
    }

    /// Reads what was opened of a sealed file, and never was plain on a disk.
    ///
    /// # Errors
    /// When the bytes are cut or damaged, or the system has no files in memory.
    pub(super) fn open_in_memory(bytes: &[u8], name: &str) -> Result<Self> {
        let (file, path) = memory_file(bytes)?;
        Ok(Self { _memory: Some(file), ..Self::open(&path, name)? })
    }

    /// Decodes a piece, batch by batch. Each piece has a file of its own, since clones of one share their place in it.
    fn read(&self, piece: Piece, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<()> {
        let batch_rows = if self.has_lists(columns) { batch_rows.min(LIST_ROWS) } else { batch_rows };
        let mut reader = guarded(&self.name, || {
            let file = self.file()?;
            let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns.iter().copied());
            let rows = usize::try_from(piece.rows).map_err(|_| damaged())?;
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(vec![piece.group])
                .with_projection(mask)
                .with_offset(usize::try_from(piece.skip).map_err(|_| damaged())?)
                .with_limit(rows)
                .with_batch_size(batch_rows.min(rows))
                .build()
                .map_err(|_| damaged())
        })?;
        let mut row = piece.first_row;
        while let Some((columns, rows)) = guarded(&self.name, || {
            let Some(batch) = reader.next().transpose().map_err(|_| damaged())? else {
                return Ok(None);
            };
            let mut room = Limits::default().lists_at_once();
            let columns =
                columns.iter().map(|index| self.column(&batch, *index, &mut room)).collect::<Result<Vec<_>>>()?;
            Ok(Some((columns, batch.num_rows())))
        })? {
            work(columns, row)?;
            row += rows as u64;
        }
        if row == piece.first_row + piece.rows { Ok(()) } else { Err(damaged().at(&self.name)) }
    }

    /// The file, which must be the one that was opened.
    fn file(&self) -> Result<File> {
        let file = File::open(&self.path).map_err(|error| Error::read(&error))?;
        if FileState::of(&file)? == self.state { Ok(file) } else { Err(changed_while_read()) }
    }

    fn has_lists(&self, columns: &[usize]) -> bool {
        let fields = self.metadata.schema().fields();
        columns.iter().filter_map(|index| fields.get(*index)).any(|field| field.data_type().is_nested())
    }

    /// The batch holds the wanted columns in the order of the file. What lists are made into is taken from `room`.
    fn column(&self, batch: &RecordBatch, index: usize, room: &mut u64) -> Result<TextColumn> {
        let name = self.names.get(index).ok_or_else(damaged)?;
        let field = self.metadata.schema().field(index);
        let place = batch
            .schema()
            .fields()
            .iter()
            .position(|other| other.name() == name && other.data_type() == field.data_type());
        exact_text_column_within(batch.column(place.ok_or_else(damaged)?), room)
    }
}

impl Source for Parquet {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn unreadable(&self) -> Vec<(usize, &'static str)> {
        unreadable_columns(self.metadata.schema())
    }

    fn rows(&self) -> Option<u64> {
        Some(self.groups.iter().sum())
    }

    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults> {
        self.for_each_but(columns, batch_rows, &|_, _| false, work)
    }

    fn for_each_but(&self, columns: &[usize], batch_rows: usize, skip: &Skip<'_>, work: &Work<'_>) -> Result<Faults> {
        guarded(&self.name, || values::check(self.file()?, self.metadata.metadata(), columns, &Limits::default()))?;
        let mut pieces = pieces(&self.groups).into_iter().filter(|piece| !skip(piece.first_row, piece.rows));
        pull(|| Ok(pieces.next()), |piece| self.read(piece, columns, batch_rows, work))?;
        Ok(Faults::default())
    }
}

/// Row groups, large ones in equal pieces.
pub(super) fn pieces(groups: &[u64]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut first_row = 0;
    for (group, rows) in groups.iter().copied().enumerate() {
        let count = if rows > WHOLE_ROWS { rows.div_ceil(PIECE_ROWS) } else { 1 };
        for number in 0..count {
            let (start, end) = (rows * number / count, rows * (number + 1) / count);
            if start < end {
                pieces.push(Piece { group, skip: start, rows: end - start, first_row: first_row + start });
            }
        }
        first_row += rows;
    }
    pieces
}

/// The footer, with text columns hinted to arrive as views.
fn load(file: &File) -> Result<ArrowReaderMetadata> {
    depth::check(&footer(file)?)?;
    // The offset index lets a piece jump over pages instead of reading their headers.
    let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
    let cut =
        |_| Error::input("is not a complete Parquet file").hint("fetch the file again; its last bytes hold its index");
    let mut plain = ArrowReaderMetadata::load(file, options.clone()).map_err(cut)?;
    // The values of lists are counted page by page, as they follow one another; an index could name a page any number of times.
    if values::has_lists(plain.metadata()) {
        plain = ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).map_err(cut)?;
    }
    let hinted = options.with_schema(as_views(plain.schema()));
    // Where the hint does not fit, the columns are cast after decoding.
    Ok(ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), hinted).unwrap_or(plain))
}

/// Bytes at the end of a file: the length of the footer, and the mark.
const TAIL_BYTES: u64 = 8;

/// The footer; nothing where the file has no room for what it says, which the decoder tells.
fn footer(file: &File) -> Result<Vec<u8>> {
    let read = |error: std::io::Error| Error::read(&error);
    let length = file.metadata().map_err(read)?.len();
    let Some(end) = length.checked_sub(TAIL_BYTES) else { return Ok(Vec::new()) };
    let mut tail = [0; 4];
    file.read_exact_at(&mut tail, end).map_err(read)?;
    let bytes = u32::from_le_bytes(tail);
    let Some(start) = end.checked_sub(bytes.into()) else { return Ok(Vec::new()) };
    let mut footer = vec![0; bytes as usize];
    file.read_exact_at(&mut footer, start).map_err(read)?;
    Ok(footer)
}

/// The same schema with all text, and bytes that may be text, as views.
fn as_views(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<_> = schema.fields().iter().map(as_view).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A field of text, or of lists of it, as views: a value that stands in many places is not copied to each.
fn as_view(field: &Arc<Field>) -> Arc<Field> {
    let is_text = |kind: &DataType| {
        matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary)
    };
    let kind = match field.data_type() {
        kind if is_text(kind) => DataType::Utf8View,
        DataType::Dictionary(_, values) if is_text(values) => DataType::Utf8View,
        DataType::List(of) => DataType::List(as_view(of)),
        DataType::LargeList(of) => DataType::LargeList(as_view(of)),
        DataType::FixedSizeList(of, length) => DataType::FixedSizeList(as_view(of), *length),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(kind))
}

fn damaged() -> Error {
    Error::input("is a damaged Parquet file").hint("fetch the file again, or write it anew")
}
