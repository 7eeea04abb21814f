//! Packed texts: the cells of a few rows together in one compressed piece, to be found and unpacked by itself.
//!
//! In: rows of texts. Out: an Arrow file whose batches hold packs, the XXH3 of each, and the dictionary that all were packed
//! with. Invariant: the packs of a file hold [`PACK_ROWS`] rows each but for the last, in order.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, BinaryBuilder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::FileWriter;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::DecoderDictionary;
use zstd::zstd_safe::get_frame_content_size;

use crate::error::{Error, Result};
use crate::store::columns::{Sum, SummingFile, finished, sum_of, summing, unwritten};

/// Rows of a pack: rows that are asked for stand far from each other, and each costs the unpacking of a whole pack.
pub const PACK_ROWS: usize = 64;
/// So few rows repeat little of themselves; what they repeat of these first bytes of the file is not packed again.
const DICTIONARY_BYTES: usize = 1 << 18;
/// A level above is a hundredth smaller and much slower.
const LEVEL: i32 = 3;
/// Bytes of packs at which a batch is full, and packs.
const BATCH_BYTES: usize = 1 << 23;
const BATCH_PACKS: usize = 1_024;
/// Most bytes of an unpacked pack: more is no pack of this program.
const UNPACKED_MAX: u64 = 1 << 30;

/// Values of one column of a pack: the length of each as a variable number (seven bits a byte, the lowest first), then all
/// bytes. An empty value is none.
#[derive(Default)]
struct Cells {
    lengths: Vec<u8>,
    bytes: Vec<u8>,
}

impl Cells {
    fn push(&mut self, text: &str) {
        let mut length = text.len();
        while length > 0x7f {
            self.lengths.push(length as u8 | 0x80);
            length >>= 7;
        }
        self.lengths.push(length as u8);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn take(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.lengths);
        out.append(&mut self.bytes);
    }
}

/// What a file of packs is read with.
pub struct Packed {
    /// Length and sum of the file.
    pub sum: Sum,
    /// XXH3 of each pack.
    pub sums: Vec<u64>,
    /// What all were packed with.
    pub dictionary: Vec<u8>,
}

/// Writes a table of text columns as packs.
pub struct PackWriter {
    schema: Arc<Schema>,
    columns: Vec<Cells>,
    rows: usize,
    /// Packs that wait for the dictionary: it is made of them.
    waiting: Vec<Vec<u8>>,
    dictionary: Vec<u8>,
    compressor: Option<Compressor<'static>>,
    batch: BinaryBuilder,
    writer: FileWriter<SummingFile>,
    sums: Vec<u64>,
}

impl PackWriter {
    /// Starts a table of so many columns in a new file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn new(file: File, columns: usize) -> Result<Self> {
        let schema = Arc::new(Schema::new(vec![Field::new("pack", DataType::Binary, false)]));
        let writer = FileWriter::try_new(summing(file), &schema).map_err(unwritten)?;
        Ok(Self {
            schema,
            columns: (0..columns).map(|_| Cells::default()).collect(),
            rows: 0,
            waiting: Vec::new(),
            dictionary: Vec::new(),
            compressor: None,
            batch: BinaryBuilder::new(),
            writer,
            sums: Vec::new(),
        })
    }

    /// Adds a row: a value for each column, empty for none.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn row<'t>(&mut self, values: impl IntoIterator<Item = &'t str>) -> Result<()> {
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
        self.rows += 1;
        if self.rows == PACK_ROWS { self.pack() } else { Ok(()) }
    }

    fn pack(&mut self) -> Result<()> {
        let mut cells = Vec::new();
        self.columns.iter_mut().for_each(|column| column.take(&mut cells));
        self.rows = 0;
        if self.compressor.is_some() {
            return self.compress(&cells);
        }
        let room = DICTIONARY_BYTES - self.dictionary.len();
        self.dictionary.extend_from_slice(&cells[..cells.len().min(room)]);
        self.waiting.push(cells);
        if self.dictionary.len() == DICTIONARY_BYTES { self.start() } else { Ok(()) }
    }

    /// The dictionary is whole: packs are written from now on.
    fn start(&mut self) -> Result<()> {
        self.compressor =
            Some(Compressor::with_dictionary(LEVEL, &self.dictionary).map_err(|error| Error::write(&error))?);
        std::mem::take(&mut self.waiting).iter().try_for_each(|cells| self.compress(cells))
    }

    fn compress(&mut self, cells: &[u8]) -> Result<()> {
        let Some(compressor) = &mut self.compressor else { return Err(Error::internal("no dictionary yet")) };
        let pack = compressor.compress(cells).map_err(|error| Error::write(&error))?;
        if self.batch.values_slice().len() + pack.len() > BATCH_BYTES || self.batch.offsets_slice().len() > BATCH_PACKS
        {
            self.flush()?;
        }
        self.sums.push(sum_of(&pack).xxh3);
        self.batch.append_value(pack);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let packs = self.batch.finish();
        if packs.is_empty() {
            return Ok(());
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![Arc::new(packs)]);
        self.writer.write(&batch.map_err(|error| Error::internal(error.to_string()))?).map_err(unwritten)
    }

    /// Writes what is left, and syncs the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> Result<Packed> {
        if self.rows > 0 {
            self.pack()?;
        }
        if self.compressor.is_none() {
            self.start()?;
        }
        self.flush()?;
        Ok(Packed { sum: finished(self.writer)?, sums: self.sums, dictionary: self.dictionary })
    }
}

/// Unpacks packs of one file, one after the other.
pub struct PackReader<'d> {
    decompressor: Decompressor<'d>,
    cells: Vec<u8>,
}

impl<'d> PackReader<'d> {
    /// For packs of this dictionary.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(dictionary: &'d DecoderDictionary<'d>) -> Result<Self> {
        let decompressor = Decompressor::with_prepared_dictionary(dictionary);
        Ok(Self { decompressor: decompressor.map_err(|error| Error::internal(error.to_string()))?, cells: Vec::new() })
    }

    /// The values of some of the `rows` rows of a pack, `wanted` ascending, column by column; `None` for bytes that are no
    /// such pack.
    pub fn unpack(&mut self, pack: &[u8], columns: usize, rows: usize, wanted: &[u32]) -> Option<Vec<Vec<&str>>> {
        let bytes = get_frame_content_size(pack).ok()??;
        (bytes <= UNPACKED_MAX).then_some(())?;
        self.cells.clear();
        self.cells.reserve(usize::try_from(bytes).ok()?);
        self.decompressor.decompress_to_buffer(pack, &mut self.cells).ok()?;
        let mut rest = self.cells.as_slice();
        let columns = (0..columns).map(|_| {
            let (values, left) = unpacked(rest, rows, wanted)?;
            rest = left;
            Some(values)
        });
        let columns = columns.collect::<Option<_>>()?;
        rest.is_empty().then_some(columns)
    }
}

/// The values of some of the `rows` rows of a column at the start of `cells`, `wanted` ascending, and what follows it;
/// `None` for bytes that are no such column.
fn unpacked<'c>(cells: &'c [u8], rows: usize, wanted: &[u32]) -> Option<(Vec<&'c str>, &'c [u8])> {
    let mut at = 0;
    let mut ends = Vec::with_capacity(rows);
    let mut end = 0_usize;
    for _ in 0..rows {
        let byte = *cells.get(at)?;
        at += 1;
        let mut length = usize::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            let mut shift = 7;
            loop {
                let byte = *cells.get(at)?;
                at += 1;
                length |= usize::from(byte & 0x7f).checked_shl(shift)?;
                if byte & 0x80 == 0 {
                    break;
                }
                shift += 7;
            }
        }
        end = end.checked_add(length)?;
        ends.push(end);
    }
    let (bytes, left) = cells.get(at..)?.split_at_checked(end)?;
    let value = |row: &u32| {
        let row = *row as usize;
        let start = if row == 0 { 0 } else { *ends.get(row - 1)? };
        std::str::from_utf8(bytes.get(start..*ends.get(row)?)?).ok()
    };
    Some((wanted.iter().map(value).collect::<Option<_>>()?, left))
}

#[cfg(test)]
mod tests {
    use super::{Cells, LEVEL, PackReader, UNPACKED_MAX, unpacked};
    use zstd::bulk::Compressor;
    use zstd::dict::DecoderDictionary;

    #[test]
    fn a_pack_that_is_cut_or_of_another_dictionary_or_length_gives_none() {
        const STREET: &str = "14 Cranberry Crescent, Leeds, West Yorkshire";
        let mut cells = Vec::new();
        for column in [["Ann", "Bo"], ["", STREET]] {
            let mut of_column = Cells::default();
            column.iter().for_each(|value| of_column.push(value));
            of_column.take(&mut cells);
        }
        let words = format!("Ann Bo {STREET}").repeat(50).into_bytes();
        let pack =
            Compressor::with_dictionary(LEVEL, &words).and_then(|mut packer| packer.compress(&cells)).expect("packed");
        let own = DecoderDictionary::copy(&words);
        let mut reader = PackReader::new(&own).expect("a reader");
        assert_eq!(reader.unpack(&pack, 2, 2, &[1]), Some(vec![vec!["Bo"], vec![STREET]]));
        for (columns, rows) in [(1, 2), (3, 2), (2, 1), (2, 3), (2, 64)] {
            assert_eq!(reader.unpack(&pack, columns, rows, &[]), None, "{columns} columns of {rows} rows");
        }
        for end in 0..pack.len() {
            assert_eq!(reader.unpack(&pack[..end], 2, 2, &[1]), None, "{end} bytes");
        }
        // Nothing is set aside for a length that no pack has, and none for one that is not told.
        let mut told = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
        told.extend_from_slice(&(UNPACKED_MAX + 1).to_le_bytes());
        assert_eq!(reader.unpack(&told, 2, 2, &[1]), None);
        let mut packer = Compressor::new(LEVEL).expect("a packer");
        packer.set_parameter(zstd::zstd_safe::CParameter::ContentSizeFlag(false)).expect("set");
        let untold = packer.compress(&cells).expect("packed");
        assert_eq!(reader.unpack(&untold, 2, 2, &[1]), None);
        // Without the words that it was packed with it is other bytes, and is not taken for these.
        let other = DecoderDictionary::copy(&b"nothing of the kind".repeat(50));
        let mut reader = PackReader::new(&other).expect("a reader");
        assert_ne!(reader.unpack(&pack, 2, 2, &[1]), Some(vec![vec!["Bo"], vec![STREET]]));
        // What is read after a fault is right again.
        let mut reader = PackReader::new(&own).expect("a reader");
        assert_eq!(reader.unpack(&pack[..5], 2, 2, &[0]), None);
        assert_eq!(reader.unpack(&pack, 2, 2, &[0]), Some(vec![vec!["Ann"], vec![""]]));
    }

    #[test]
    fn packed_values_come_back_and_other_bytes_give_none() {
        let values = ["", "a", "", "çé", &"x".repeat(300), "z"];
        let mut column = Cells::default();
        values.iter().for_each(|value| column.push(value));
        let mut bytes = Vec::new();
        column.take(&mut bytes);
        let all: Vec<u32> = (0..values.len() as u32).collect();
        let of = |bytes: &[u8], rows, wanted: &[u32]| {
            unpacked(bytes, rows, wanted).map(|(values, _)| values.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(of(&bytes, values.len(), &all).as_deref(), Some(&values.map(str::to_owned)[..]));
        assert_eq!(of(&bytes, values.len(), &[1, 4]).as_deref(), Some(&[values[1].into(), values[4].into()][..]));
        assert_eq!(of(&bytes, values.len() + 1, &all), None);
        assert_eq!(of(&bytes[..bytes.len() - 1], values.len(), &all), None);
        assert_eq!(of(&bytes, values.len(), &[9]), None);
        assert_eq!(of(&[0x80; 40], 1, &[0]), None);
        assert_eq!(of(&[], 1, &[0]), None);
        // What follows a column is the next one.
        let before = bytes.len();
        bytes.extend_from_slice(b"next");
        let (_, left) = unpacked(&bytes, values.len(), &[]).expect("a column");
        assert_eq!((left, before + 4), (&b"next"[..], bytes.len()));
    }
}
