//! CSV files, plain or packed.
//!
//! In: bytes. Out: parsed chunks, on all threads. Invariant: one thread at a time cuts (or unpacks) the next chunk, the
//! others parse, so a packed file of any size takes a few chunks of memory.

use std::io::{self, Cursor, Read};
use std::sync::{Mutex, PoisonError};

use arrow::buffer::Buffer;

use crate::error::{Error, ErrorKind, Result};
use crate::ingest::Format;
use crate::ingest::chunk::{Chunk, Layout, Parsed, decode};
use crate::ingest::cut::{Cut, count, cut};
use crate::ingest::format::refuse_unless_text;
use crate::ingest::limits::Limits;
use crate::ingest::pull::{guarded, pull};
use crate::ingest::reader::{Faults, Source, Work, in_batches};

/// Bytes of a chunk: large enough that cutting costs little, small enough that two threads share a small file.
pub(super) const CHUNK_BYTES: usize = 8 << 20;
/// Most bytes of one record: a quote that is never closed must not read the whole file into one field.
pub(super) const RECORD_BYTES_MAX: usize = 16 << 20;
/// Most bytes of a header.
const HEADER_BYTES_MAX: usize = 1 << 20;
/// Least bytes of a chunk that was made smaller.
const SMALL_CHUNK_BYTES: usize = 64 << 10;
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file.
pub(super) struct Text {
    bytes: Buffer,
    format: Format,
    name: String,
    names: Vec<String>,
    /// Where the first record starts, after unpacking.
    start: usize,
    /// Bytes of a chunk; smaller in tests.
    pub(super) target: usize,
}

impl Text {
    /// Reads the header.
    ///
    /// # Errors
    /// When the file is empty, not text, or cannot be unpacked.
    pub(super) fn open(bytes: Buffer, format: Format, name: &str) -> Result<Self> {
        let mut head = Vec::new();
        unpacked(&bytes, format)?
            .take(HEADER_BYTES_MAX as u64)
            .read_to_end(&mut head)
            .map_err(|error| broken_pack(format, &error))?;
        refuse_unless_text(&head)?;
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Err(Error::input("is text in UTF-16").hint("save it as `CSV UTF-8`"));
        }
        let (names, start) = header(&head)?;
        refuse_other_marks(&head, names.len())?;
        Ok(Self { bytes, format, name: name.to_owned(), names, start, target: CHUNK_BYTES })
    }

    /// Calls `work` with every chunk, parsed, and the number of its first row.
    ///
    /// # Errors
    /// The first error of `work`, or a fault of the file.
    pub(super) fn for_each_chunk(
        &self,
        wanted: &[usize],
        work: &(dyn Fn(Parsed, u64) -> Result<()> + Sync),
    ) -> Result<()> {
        let layout = Layout::new(self.names.len());
        let mut splitter = guarded(&self.name, || self.splitter())?;
        pull(
            || guarded(&self.name, || splitter.next()),
            |chunk| {
                let parsed = guarded(&self.name, || layout.parse(&chunk, wanted))?;
                work(parsed, chunk.first_row)
            },
        )
    }

    fn splitter(&self) -> Result<Splitter> {
        let feed = match self.format {
            Format::CsvGz | Format::CsvZst => {
                let mut unpacked = unpacked(&self.bytes, self.format)?;
                io::copy(&mut (&mut unpacked).take(self.start as u64), &mut io::sink())
                    .map_err(|error| broken_pack(self.format, &error))?;
                Feed::Packed { unpacked, format: self.format, ahead: Vec::new(), done: false }
            }
            _ => Feed::Mapped { bytes: self.bytes.clone(), at: self.start },
        };
        Ok(Splitter { feed, next_row: 0, target: self.target, fields: self.names.len() as u64 })
    }
}

impl Source for Text {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn lines(&self) -> Option<u64> {
        (self.format == Format::Csv).then(|| count(b'\n', &self.bytes))
    }

    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults> {
        let faults = Mutex::new(Faults::default());
        self.for_each_chunk(columns, &|parsed, first_row| {
            if !parsed.faults.is_empty() {
                faults.lock().unwrap_or_else(PoisonError::into_inner).merge(parsed.count_faults(first_row));
            }
            in_batches(&parsed.columns, first_row, batch_rows, work)
        })?;
        Ok(faults.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The names in the first record, and where the next one starts.
fn header(head: &[u8]) -> Result<(Vec<String>, usize)> {
    let mark = if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
    let body = head.get(mark..).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
    let mut record = csv::ByteRecord::new();
    let found = reader.read_byte_record(&mut record).map_err(|error| Error::input(format!("is not CSV: {error}")))?;
    if !found {
        return Err(Error::input("is empty").hint("a table needs a row of headers, even when it has no other row"));
    }
    let end = usize::try_from(reader.position().byte()).unwrap_or(body.len());
    if record.len() > Limits::default().columns
        || (end >= HEADER_BYTES_MAX - mark && body.len() >= HEADER_BYTES_MAX - mark)
    {
        return Err(Error::input(format!("has a first row of {} fields, which is no header", record.len()))
            .hint("check that the file is CSV with commas and line ends"));
    }
    // The reader stops between the two characters of a line end.
    let blank = body.get(end..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let names = record.iter().map(|name| decode(name).trim().to_owned()).collect();
    Ok((names, mark + end + blank))
}

/// Marks that are met between fields in the place of commas.
const OTHER_MARKS: [(u8, &str); 3] = [(b';', "semicolons"), (b'\t', "tabs"), (b'|', "bars")];
/// Rows after the header that are looked at for them.
const LOOKED_AT: usize = 20;

/// Refuses a file whose fields are parted by another mark than commas: its rows would be read as one field, or as pieces.
/// Commas that part the header and the first rows into as many fields each are never doubted, nor those that part the header into
/// more fields than the other mark does: one row that is too long makes no other mark of what stands in a value of each.
fn refuse_other_marks(head: &[u8], fields: usize) -> Result<()> {
    let body = head.strip_prefix(UTF8_MARK).unwrap_or(head);
    let is_regular = |(header, rows): &(usize, Vec<usize>)| rows.iter().all(|row| row == header);
    let is_of_commas = fields > 1 && is_regular(&shape(body, b','));
    let parts = |(mark, _): &&(u8, &str)| {
        let found = shape(body, *mark);
        found.0 > 1 && found.0 >= fields && (fields == 1 || is_regular(&found))
    };
    match OTHER_MARKS.iter().find(parts) {
        Some((_, marks)) if !is_of_commas => Err(Error::input(format!(
            "has its fields parted by {marks}, and a CSV file is read with commas (RFC 4180)"
        ))
        .hint("save it with commas, or give it as .xlsx, .parquet or .arrow")),
        _ => Ok(()),
    }
}

/// How many fields a mark makes of the header, and of each of the first rows.
fn shape(body: &[u8], mark: u8) -> (usize, Vec<usize>) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(mark).from_reader(body);
    let mut record = csv::ByteRecord::new();
    let mut fields = Vec::new();
    while fields.len() <= LOOKED_AT && reader.read_byte_record(&mut record).unwrap_or(false) {
        fields.push(record.len());
    }
    // The end of what was read may stand within a row.
    if fields.len() > 1 && fields.len() <= LOOKED_AT && body.len() >= HEADER_BYTES_MAX - UTF8_MARK.len() {
        fields.pop();
    }
    match fields.split_first() {
        Some((header, rows)) => (*header, rows.to_vec()),
        None => (0, Vec::new()),
    }
}

/// The text of a file as a stream.
fn unpacked(bytes: &Buffer, format: Format) -> Result<Box<dyn Read + Send>> {
    let bytes = Cursor::new(Shared(bytes.clone()));
    Ok(match format {
        Format::CsvGz => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        Format::CsvZst => {
            Box::new(zstd::stream::read::Decoder::new(bytes).map_err(|error| broken_pack(format, &error))?)
        }
        _ => Box::new(bytes),
    })
}

/// A buffer that `Cursor` can read.
#[derive(Clone)]
pub(super) struct Shared(pub Buffer);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

fn broken_pack(format: Format, error: &io::Error) -> Error {
    let kind = if format == Format::CsvZst { "zstd" } else { "gzip" };
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::input(format!("is not a complete {kind} file: its end is missing")),
        io::ErrorKind::OutOfMemory => Error::new(ErrorKind::Limit, "needs more memory to unpack than there is"),
        _ => Error::input(format!("is not a valid {kind} file")),
    }
    .hint("fetch the file again, or pack it anew")
}

/// Makes chunks, one after the other.
struct Splitter {
    feed: Feed,
    next_row: u64,
    target: usize,
    /// Of the header.
    fields: u64,
}

enum Feed {
    Mapped { bytes: Buffer, at: usize },
    Packed { unpacked: Box<dyn Read + Send>, format: Format, ahead: Vec<u8>, done: bool },
}

impl Splitter {
    fn next(&mut self) -> Result<Option<Chunk>> {
        let row = self.next_row;
        let (target, fields) = (self.target, self.fields);
        let longest = target + RECORD_BYTES_MAX;
        let (bytes, cut) = match &mut self.feed {
            Feed::Mapped { bytes, at } => {
                let rest = bytes.slice(*at);
                if rest.is_empty() {
                    return Ok(None);
                }
                let window = rest.get(..longest).unwrap_or(&rest);
                let cut = cut(window, target, window.len() == rest.len()).ok_or_else(|| too_long(row))?;
                let cut = shorter(window, cut, fields);
                *at += cut.len;
                (rest.slice_with_length(0, cut.len), cut)
            }
            Feed::Packed { unpacked, format, ahead, done } => {
                let cut = loop {
                    // A little more than a chunk, so that the record at its end is seen whole.
                    let step = target + target / 128;
                    let wanted = if ahead.len() < step { step } else { ahead.len() + step };
                    fill(unpacked, ahead, wanted, done).map_err(|error| broken_pack(*format, &error))?;
                    if ahead.is_empty() {
                        return Ok(None);
                    }
                    match cut(ahead, target, *done) {
                        Some(cut) => break shorter(ahead, cut, fields),
                        None if ahead.len() > longest => return Err(too_long(row)),
                        None => {}
                    }
                };
                let rest = ahead.split_off(cut.len);
                (Buffer::from_vec(std::mem::replace(ahead, rest)), cut)
            }
        };
        if cut.len > longest {
            return Err(too_long(row));
        }
        if cut.unclosed {
            return Err(unclosed(row));
        }
        self.next_row += cut.rows;
        // The rows to come are looked at in as small pieces, not found too many again each time.
        self.target = target.min(cut.len.max(SMALL_CHUNK_BYTES));
        Ok(Some(Chunk { bytes, first_row: row, rows: cut.rows, plain: cut.plain }))
    }
}

/// A cut as it is, or one of fewer rows where those would be more values than it has bytes: each value of a row that is whole
/// has a comma or a line end, and what rows lack takes room all the same.
fn shorter(bytes: &[u8], mut found: Cut, fields: u64) -> Cut {
    while found.rows.saturating_mul(fields) > 2 * CHUNK_BYTES as u64 && found.len > SMALL_CHUNK_BYTES {
        let share = CHUNK_BYTES as f64 / found.rows.saturating_mul(fields) as f64;
        let target = (found.len as f64 * share) as usize;
        match cut(bytes, target.max(1), false) {
            Some(less) if less.len < found.len => found = less,
            _ => break,
        }
    }
    found
}

/// Reads until `ahead` has `wanted` bytes or nothing is left.
fn fill(unpacked: &mut dyn Read, ahead: &mut Vec<u8>, wanted: usize, done: &mut bool) -> io::Result<()> {
    ahead.reserve(wanted.saturating_sub(ahead.len()));
    while ahead.len() < wanted && !*done {
        let missing = (wanted - ahead.len()) as u64;
        *done = (&mut *unpacked).take(missing).read_to_end(ahead)? == 0;
    }
    Ok(())
}

/// Reading on would make one field of all rows behind the quote.
fn unclosed(first_row: u64) -> Error {
    Error::input(format!("ends inside quotes that open after row {first_row}"))
        .hint("close the quote; or fetch the file again, if its end is missing")
}

fn too_long(first_row: u64) -> Error {
    Error::input(format!("has a record of more than {} MiB after row {first_row}", RECORD_BYTES_MAX >> 20))
        .hint("a quote is probably not closed")
}
