//! Arrow IPC files and streams.
//!
//! In: mapped bytes. Out: columns that point into the map where the file is not packed. Invariant: no offset of a file
//! is followed before it is known to lie inside it; text is checked to be UTF-8 by the decoder.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, BinaryArray, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, root_as_footer, root_as_message};

use crate::error::{Error, Result};
use crate::frame::convert::{exact_text_column_within, unreadable_columns};
use crate::frame::ipc::{HeldStream, broken, cut, damaged};
use crate::frame::{TextColumn, sizes};
use crate::ingest::limits::Limits;
use crate::ingest::pull::{guarded, pull};
use crate::ingest::reader::{Faults, Source, Work, in_batches};
use crate::ingest::source::{Input, read_mapped};

/// First bytes of a file; a stream begins otherwise.
const FILE_MAGIC: &[u8] = b"ARROW1";
/// Magic and length at the end of a file.
const TAIL_BYTES: usize = 10;
/// Rows that one thread takes of a large batch at a time: runs and nulls take no bytes in the file, and a view for each row here.
const SLICE_ROWS: usize = 128 << 10;
/// The same where there are lists: each is a text of its own.
pub(super) const LIST_ROWS: usize = 16 << 10;

/// An Arrow IPC file.
pub(super) struct File {
    bytes: Buffer,
    name: String,
    names: Vec<String>,
    schema: SchemaRef,
    version: arrow::ipc::MetadataVersion,
    dictionaries: Vec<Block>,
    batches: Vec<Block>,
    /// Rows of each batch.
    rows: Vec<u64>,
}

impl File {
    /// Reads the footer and the length of each batch.
    ///
    /// # Errors
    /// When the file is cut or damaged.
    pub(super) fn open(bytes: Buffer, name: &str) -> Result<Self> {
        let body = bytes.len().checked_sub(TAIL_BYTES).ok_or_else(cut)?;
        let tail = bytes.get(body..).and_then(|tail| <[u8; TAIL_BYTES]>::try_from(tail).ok()).ok_or_else(cut)?;
        let length = read_footer_length(tail).map_err(|_| cut())?;
        let start = body.checked_sub(length).ok_or_else(cut)?;
        let footer = root_as_footer(bytes.get(start..body).ok_or_else(cut)?).map_err(|_| damaged())?;
        let schema = footer.schema().ok_or_else(damaged)?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(Error::input("was written by a machine of another byte order").hint("write it as Parquet"));
        }
        let schema = Arc::new(try_fb_to_schema(schema).map_err(|_| damaged())?);
        let batches: Vec<Block> = footer.recordBatches().into_iter().flatten().copied().collect();
        sizes::refuse_shared(&batches)?;
        let rows = batches.iter().map(|block| batch_rows(&part(&bytes, block)?)).collect::<Result<_>>()?;
        Ok(Self {
            name: name.to_owned(),
            names: schema.fields().iter().map(|field| field.name().clone()).collect(),
            schema,
            version: footer.version(),
            dictionaries: footer.dictionaries().into_iter().flatten().copied().collect(),
            batches,
            rows,
            bytes,
        })
    }

    /// Number of batches.
    pub(super) fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Number of columns.
    pub(super) fn columns(&self) -> usize {
        self.names.len()
    }

    /// All bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Rows of each batch.
    pub(super) fn batch_rows(&self) -> &[u64] {
        &self.rows
    }

    /// The first column of one batch, which is one of bytes.
    pub(super) fn bytes_of(&self, decoder: &FileDecoder, number: usize) -> Result<BinaryArray> {
        let batch = self.batch(decoder, number)?;
        batch.columns().first().and_then(|column| column.as_binary_opt::<i32>()).cloned().ok_or_else(damaged)
    }

    pub(super) fn decoder(&self, projection: Vec<usize>) -> Result<FileDecoder> {
        let mut decoder = FileDecoder::new(Arc::clone(&self.schema), self.version).with_projection(projection);
        for block in &self.dictionaries {
            let bytes = checked_part(&self.bytes, block)?;
            decoder.read_dictionary(block, &bytes).map_err(|error| broken(&error))?;
        }
        Ok(decoder)
    }

    fn batch(&self, decoder: &FileDecoder, number: usize) -> Result<RecordBatch> {
        let block = self.batches.get(number).ok_or_else(damaged)?;
        let bytes = checked_part(&self.bytes, block)?;
        let batch = decoder.read_record_batch(block, &bytes).map_err(|error| broken(&error))?;
        let batch = batch.ok_or_else(damaged)?;
        if self.rows.get(number) == Some(&(batch.num_rows() as u64)) { Ok(batch) } else { Err(damaged()) }
    }
}

impl Source for File {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn unreadable(&self) -> Vec<(usize, &'static str)> {
        unreadable_columns(&self.schema)
    }

    fn rows(&self) -> Option<u64> {
        Some(self.rows.iter().sum())
    }

    /// Many batches are decoded each by one thread, which goes through it in slices; few are decoded in order, which without
    /// packing is no work, and shared out in slices.
    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults> {
        // The decoder wants each column once, in the order of the file.
        let mut projection = columns.to_vec();
        projection.sort_unstable();
        let places: Vec<usize> = columns.iter().filter_map(|index| projection.binary_search(index).ok()).collect();
        let decoder = guarded(&self.name, || self.decoder(projection))?;
        let firsts = self.rows.iter().scan(0, |next, rows| {
            let first = *next;
            *next += rows;
            Some(first)
        });
        let mut units = firsts.enumerate();
        if self.batches.len() >= 2 * rayon::current_num_threads() {
            pull(
                || Ok(units.next()),
                |(number, first_row)| {
                    let batch = guarded(&self.name, || self.batch(&decoder, number))?;
                    let rows_max = rows_at_once(&batch, &places, SLICE_ROWS);
                    (0..batch.num_rows()).step_by(rows_max).try_for_each(|start| {
                        let part = batch.slice(start, rows_max.min(batch.num_rows() - start));
                        let columns = guarded(&self.name, || columns_of(&part, &places))?;
                        in_batches(&columns, first_row + start as u64, batch_rows, work)
                    })
                },
            )?;
        } else {
            let batches = units.map(|(number, first)| Ok((self.batch(&decoder, number)?, first)));
            share_out(&self.name, batches, &places, batch_rows, work)?;
        }
        Ok(Faults::default())
    }
}

/// An Arrow IPC stream, all of which is at hand.
pub(super) struct Stream {
    bytes: Buffer,
    name: String,
    names: Vec<String>,
    schema: SchemaRef,
}

impl Stream {
    /// Reads the schema.
    ///
    /// # Errors
    /// When the stream is cut or damaged.
    pub(super) fn open(bytes: Buffer, name: &str) -> Result<Self> {
        let mut stream = HeldStream::open(bytes.clone())?;
        // Decoding goes on to the first batch, which points into the map and costs little.
        stream.next_batch()?;
        let schema = stream.schema().ok_or_else(cut)?;
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { bytes, name: name.to_owned(), names, schema })
    }
}

impl Source for Stream {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn unreadable(&self) -> Vec<(usize, &'static str)> {
        unreadable_columns(&self.schema)
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults> {
        let mut stream = HeldStream::open(self.bytes.clone())?;
        let mut row = 0;
        let mut next = move || {
            let Some(batch) = stream.next_batch()? else { return Ok(None) };
            let first = row;
            row += batch.num_rows() as u64;
            Ok(Some((batch, first)))
        };
        let batches = std::iter::from_fn(|| next().transpose());
        share_out(&self.name, batches, columns, batch_rows, work)?;
        Ok(Faults::default())
    }
}

/// Shows the batches of a file or stream of this program's own, one at a time.
///
/// # Errors
/// When it is neither, is cut or damaged; those of `each`.
pub fn read_batches(path: &Path, mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    let bytes = read_mapped(path)?;
    let input = if path == Path::new("-") { Input::Stdin } else { Input::Path(path.to_owned()) };
    let name = input.name();
    let at = |error: Error| if error.place().is_some() { error } else { error.at(&name) };
    if bytes.starts_with(FILE_MAGIC) {
        let file = guarded(&name, || File::open(bytes, &name))?;
        let decoder = guarded(&name, || file.decoder((0..file.columns()).collect()))?;
        return (0..file.batches()).try_for_each(|number| {
            let batch = guarded(&name, || file.batch(&decoder, number))?;
            each(&batch).map_err(at)
        });
    }
    let mut stream = guarded(&name, || HeldStream::open_whole(bytes))?;
    while let Some(batch) = guarded(&name, || stream.next_batch())? {
        each(&batch).map_err(at)?;
    }
    Ok(())
}

/// Shares slices of batches, which come in order, among the threads.
pub(super) fn share_out(
    name: &str,
    mut batches: impl Iterator<Item = Result<(RecordBatch, u64)>> + Send,
    places: &[usize],
    batch_rows: usize,
    work: &Work<'_>,
) -> Result<()> {
    let mut current: Option<(RecordBatch, u64)> = None;
    let next = || loop {
        if let Some((batch, first)) = current.take() {
            let rows = rows_at_once(&batch, places, batch_rows.min(SLICE_ROWS)).min(batch.num_rows());
            if rows < batch.num_rows() {
                current = Some((batch.slice(rows, batch.num_rows() - rows), first + rows as u64));
            }
            if rows > 0 {
                return Ok(Some((batch.slice(0, rows), first)));
            }
        }
        match guarded(name, || batches.next().transpose())? {
            Some(batch) => current = Some(batch),
            None => return Ok(None),
        }
    };
    pull(next, |(batch, first)| work(guarded(name, || columns_of(&batch, places))?, first))
}

/// At most so many rows of a batch, and fewer where the wanted columns have lists.
fn rows_at_once(batch: &RecordBatch, places: &[usize], rows: usize) -> usize {
    let has_lists = places.iter().filter_map(|place| batch.columns().get(*place)).any(|it| it.data_type().is_nested());
    if has_lists { rows.min(LIST_ROWS) } else { rows }.max(1)
}

fn columns_of(batch: &RecordBatch, places: &[usize]) -> Result<Vec<TextColumn>> {
    let mut room = Limits::default().lists_at_once();
    let column = |place: &usize| exact_text_column_within(batch.columns().get(*place).ok_or_else(damaged)?, &mut room);
    places.iter().map(column).collect()
}

/// The bytes of a block, if they lie inside the file.
fn part(bytes: &Buffer, block: &Block) -> Result<Buffer> {
    let number = |value: i64| usize::try_from(value).map_err(|_| damaged());
    let start = number(block.offset())?;
    let head = number(i64::from(block.metaDataLength()))?;
    let length = number(block.bodyLength())?.checked_add(head).ok_or_else(damaged)?;
    let end = start.checked_add(length).ok_or_else(damaged)?;
    if end > bytes.len() {
        return Err(cut());
    }
    Ok(bytes.slice_with_length(start, length))
}

/// The bytes of a block, if they may be decoded.
fn checked_part(bytes: &Buffer, block: &Block) -> Result<Buffer> {
    let bytes = part(bytes, block)?;
    sizes::check(&bytes, usize::try_from(block.metaDataLength()).map_err(|_| damaged())?)?;
    Ok(bytes)
}

/// Rows of a batch, by the head of its message: a length, before it a mark in all but the oldest files.
fn batch_rows(block: &[u8]) -> Result<u64> {
    let message = if block.starts_with(&[0xff; 4]) { block.get(8..) } else { block.get(4..) };
    let message = root_as_message(message.unwrap_or_default()).map_err(|_| damaged())?;
    let batch = message.header_as_record_batch().ok_or_else(damaged)?;
    u64::try_from(batch.length()).ok().filter(|rows| *rows <= sizes::BATCH_ROWS_MAX).ok_or_else(damaged)
}
