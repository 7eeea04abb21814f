//! Columns of numbers and bytes in Arrow IPC files: written once, then mapped and read in place.
//!
//! In: named columns. Out: one file of one record batch, with its length and checksum. Invariant: what is read back is the
//! map itself, as slices; a file that is cut, of other columns or of other types gives an error and never a wrong slice.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, ListArray, PrimitiveArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, Field, Schema, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::writer::FileWriter;
use arrow::ipc::{convert::try_fb_to_schema, root_as_footer};
use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Result};
use crate::store::map::map_file;

/// A column to be written.
pub enum Column {
    /// Bytes.
    U8(Vec<u8>),
    /// Numbers of two bytes.
    U16(Vec<u16>),
    /// Numbers of four bytes.
    U32(Vec<u32>),
    /// Numbers of eight bytes.
    U64(Vec<u64>),
    /// Lists of numbers of four bytes: the end of each list, and all values.
    Lists32(Vec<u32>, Vec<u32>),
    /// Lists of numbers of eight bytes.
    Lists64(Vec<u32>, Vec<u64>),
    /// Texts: the end of each, and all bytes.
    Texts(Vec<u32>, Vec<u8>),
}

/// What a file holds, to know it again: its length, and the XXH3 of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Length in bytes.
    pub bytes: u64,
    /// XXH3, 64 bits.
    pub xxh3: u64,
}

/// Sums up all bytes on their way to a file.
pub(super) struct Summing<W> {
    inner: W,
    hash: Xxh3,
    bytes: u64,
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

pub(super) type SummingFile = Summing<BufWriter<File>>;

pub(super) fn summing(file: File) -> SummingFile {
    Summing { inner: BufWriter::with_capacity(1 << 20, file), hash: Xxh3::new(), bytes: 0 }
}

pub(super) fn finished(mut writer: FileWriter<SummingFile>) -> Result<Sum> {
    writer.finish().map_err(unwritten)?;
    let mut inner = writer.into_inner().map_err(unwritten)?;
    inner.flush().map_err(|error| Error::write(&error))?;
    inner.inner.get_ref().sync_all().map_err(|error| Error::write(&error))?;
    Ok(Sum { bytes: inner.bytes, xxh3: inner.hash.digest() })
}

/// An error of the writer: the disk's own where there is one.
pub(super) fn unwritten(error: arrow::error::ArrowError) -> Error {
    match error {
        arrow::error::ArrowError::IoError(_, error) => Error::write(&error),
        other => Error::write(&io::Error::other(other.to_string())),
    }
}

fn offsets(ends: &[u32]) -> Result<OffsetBuffer<i32>> {
    let mut starts = Vec::with_capacity(ends.len() + 1);
    starts.push(0_i32);
    for end in ends {
        starts.push(i32::try_from(*end).map_err(|_| Error::limit("a column holds more than 2 GiB"))?);
    }
    Ok(OffsetBuffer::new(ScalarBuffer::from(starts)))
}

fn numbers<T: ArrowPrimitiveType>(values: Vec<T::Native>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), None))
}

fn lists(ends: &[u32], values: ArrayRef) -> Result<ArrayRef> {
    let field = Arc::new(Field::new("item", values.data_type().clone(), false));
    Ok(Arc::new(ListArray::new(field, offsets(ends)?, values, None)))
}

fn array(column: Column) -> Result<ArrayRef> {
    Ok(match column {
        Column::U8(values) => numbers::<UInt8Type>(values),
        Column::U16(values) => numbers::<UInt16Type>(values),
        Column::U32(values) => numbers::<UInt32Type>(values),
        Column::U64(values) => numbers::<UInt64Type>(values),
        Column::Lists32(ends, values) => lists(&ends, numbers::<UInt32Type>(values))?,
        Column::Lists64(ends, values) => lists(&ends, numbers::<UInt64Type>(values))?,
        Column::Texts(ends, bytes) => Arc::new(BinaryArray::new(offsets(&ends)?, Buffer::from_vec(bytes), None)),
    })
}

/// Writes columns of one length to a new file, and syncs it.
///
/// # Errors
/// When the disk refuses, or a column is longer than an Arrow list may be.
pub fn write_columns(file: File, columns: Vec<(&str, Column)>) -> Result<Sum> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays = Vec::with_capacity(columns.len());
    for (name, column) in columns {
        let array = array(column)?;
        fields.push(Field::new(name, array.data_type().clone(), false));
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let rows = arrays.first().map_or(0, |array| array.len());
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)
        .map_err(|error| Error::internal(error.to_string()))?;
    let mut writer = FileWriter::try_new(summing(file), &schema).map_err(unwritten)?;
    writer.write(&batch).map_err(unwritten)?;
    finished(writer)
}

/// Numbers of a mapped column.
#[derive(Clone, Debug)]
pub struct Numbers<T: arrow::datatypes::ArrowNativeType>(ScalarBuffer<T>);

impl<T: arrow::datatypes::ArrowNativeType> Deref for Numbers<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// Lists of numbers of a mapped column.
#[derive(Clone, Debug)]
pub struct Lists<T: arrow::datatypes::ArrowNativeType> {
    offsets: OffsetBuffer<i32>,
    values: ScalarBuffer<T>,
}

impl<T: arrow::datatypes::ArrowNativeType> Lists<T> {
    /// The list of a row.
    #[inline]
    pub fn get(&self, row: usize) -> &[T] {
        &self.values[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }
}

/// Texts of a mapped column.
#[derive(Clone, Debug)]
pub struct Texts {
    offsets: OffsetBuffer<i32>,
    bytes: Buffer,
}

impl Texts {
    /// The text of a row; empty where its bytes are no text.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        let bytes = &self.bytes.as_slice()[self.offsets[row] as usize..self.offsets[row + 1] as usize];
        std::str::from_utf8(bytes).unwrap_or("")
    }

    /// Length of the text of a row, in bytes.
    #[inline]
    pub fn bytes_of(&self, row: usize) -> usize {
        self.offsets[row].abs_diff(self.offsets[row + 1]) as usize
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A mapped file of columns.
pub struct ColumnFile {
    batch: RecordBatch,
    bytes: Buffer,
}

/// Magic and length at the end of a file.
const TAIL_BYTES: usize = 10;

impl ColumnFile {
    /// Maps a file that [`write_columns`] wrote.
    ///
    /// # Errors
    /// When it is missing, cut or damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = map_file(path)?;
        // Lengths that lie make the decoder panic: of a damaged file that is the answer.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(&bytes)));
        let batch = decoded.ok().flatten().ok_or_else(|| damaged(path))?;
        Ok(Self { batch, bytes })
    }

    /// Length of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The sum of all bytes, read anew.
    pub fn sum(&self) -> Sum {
        sum_of(&self.bytes)
    }

    /// Rows of all columns.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn primitive<T: ArrowPrimitiveType>(&self, name: &str) -> Result<Numbers<T::Native>> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<T>());
        Ok(Numbers(column.ok_or_else(|| missing(name))?.values().clone()))
    }

    fn lists<T: ArrowPrimitiveType>(&self, name: &str) -> Result<Lists<T::Native>> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_list_opt::<i32>());
        let column = column.ok_or_else(|| missing(name))?;
        let values = column.values().as_primitive_opt::<T>().ok_or_else(|| missing(name))?;
        Ok(Lists { offsets: column.offsets().clone(), values: values.values().clone() })
    }

    /// A column of bytes.
    ///
    /// # Errors
    /// When there is none of the name; so too below.
    pub fn u8(&self, name: &str) -> Result<Numbers<u8>> {
        self.primitive::<UInt8Type>(name)
    }

    /// A column of numbers of two bytes.
    ///
    /// # Errors
    /// As above.
    pub fn u16(&self, name: &str) -> Result<Numbers<u16>> {
        self.primitive::<UInt16Type>(name)
    }

    /// A column of numbers of four bytes.
    ///
    /// # Errors
    /// As above.
    pub fn u32(&self, name: &str) -> Result<Numbers<u32>> {
        self.primitive::<UInt32Type>(name)
    }

    /// A column of numbers of eight bytes.
    ///
    /// # Errors
    /// As above.
    pub fn u64(&self, name: &str) -> Result<Numbers<u64>> {
        self.primitive::<UInt64Type>(name)
    }

    /// A column of lists of numbers of four bytes.
    ///
    /// # Errors
    /// As above.
    pub fn lists32(&self, name: &str) -> Result<Lists<u32>> {
        self.lists::<UInt32Type>(name)
    }

    /// A column of lists of numbers of eight bytes.
    ///
    /// # Errors
    /// As above.
    pub fn lists64(&self, name: &str) -> Result<Lists<u64>> {
        self.lists::<UInt64Type>(name)
    }

    /// A column of texts.
    ///
    /// # Errors
    /// As above.
    pub fn texts(&self, name: &str) -> Result<Texts> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_binary_opt::<i32>());
        let column = column.ok_or_else(|| missing(name))?;
        Ok(Texts { offsets: column.offsets().clone(), bytes: column.values().clone() })
    }
}

/// Length and checksum of bytes.
pub fn sum_of(bytes: &[u8]) -> Sum {
    Sum { bytes: bytes.len() as u64, xxh3: xxhash_rust::xxh3::xxh3_64(bytes) }
}

fn missing(name: &str) -> Error {
    Error::input(format!("has no column `{name}` of the kind expected"))
}

fn damaged(path: &Path) -> Error {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Error::input("is damaged: its columns cannot be read").at(name)
}

/// The one batch of a file; `None` for anything else.
fn decode(bytes: &Buffer) -> Option<RecordBatch> {
    let body = bytes.len().checked_sub(TAIL_BYTES)?;
    let length = read_footer_length(bytes.get(body..)?.try_into().ok()?).ok()?;
    let footer = root_as_footer(bytes.get(body.checked_sub(length)?..body)?).ok()?;
    let schema = Arc::new(try_fb_to_schema(footer.schema()?).ok()?);
    let blocks = footer.recordBatches()?;
    let block = (blocks.len() == 1).then(|| blocks.get(0))?;
    let start = usize::try_from(block.offset()).ok()?;
    let length =
        usize::try_from(block.metaDataLength()).ok()?.checked_add(usize::try_from(block.bodyLength()).ok()?)?;
    (start.checked_add(length)? <= bytes.len()).then_some(())?;
    let part = bytes.slice_with_length(start, length);
    FileDecoder::new(schema, footer.version()).read_record_batch(block, &part).ok()?
}

#[cfg(test)]
mod tests {
    use super::{Column, ColumnFile, write_columns};

    fn written(columns: Vec<(&str, Column)>) -> (tempfile::TempDir, std::path::PathBuf, super::Sum) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("columns.arrow");
        let file = std::fs::File::create(&path).expect("a file");
        let sum = write_columns(file, columns).expect("written");
        (folder, path, sum)
    }

    #[test]
    fn columns_come_back_as_they_were() {
        let (_folder, path, sum) = written(vec![
            ("a", Column::U64(vec![1, 2, u64::MAX])),
            ("b", Column::Lists32(vec![0, 2, 3], vec![7, 8, 9])),
            ("c", Column::Texts(vec![1, 1, 4], b"xyzz".to_vec())),
            ("d", Column::U16(vec![3, 2, 1])),
        ]);
        let file = ColumnFile::open(&path).expect("opened");
        assert_eq!(file.sum(), sum);
        assert_eq!(&file.u64("a").expect("a")[..], [1, 2, u64::MAX]);
        let lists = file.lists32("b").expect("b");
        assert_eq!([lists.get(0), lists.get(1), lists.get(2)], [&[][..], &[7, 8], &[9]]);
        let texts = file.texts("c").expect("c");
        assert_eq!([texts.get(0), texts.get(1), texts.get(2)], ["x", "", "yzz"]);
        assert_eq!(&file.u16("d").expect("d")[..], [3, 2, 1]);
        assert!(file.u32("a").is_err());
        assert!(file.u64("z").is_err());
    }

    #[test]
    fn a_cut_or_changed_file_gives_an_error_or_another_sum() {
        let (_folder, path, sum) = written(vec![("a", Column::U64((0..500).collect()))]);
        let whole = std::fs::read(&path).expect("read");
        for cut in [0, 5, 9, 10, 100, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).expect("written");
            assert!(ColumnFile::open(&path).is_err(), "cut at {cut}");
        }
        for place in (0..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[place] ^= 0x41;
            std::fs::write(&path, &changed).expect("written");
            if let Ok(file) = ColumnFile::open(&path) {
                assert_ne!(file.sum(), sum, "changed at {place}");
            }
        }
    }
}
