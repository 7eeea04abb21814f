//! Any pack of a file of packed texts: what a stored register shows of its rows.
//!
//! In: a file, with the XXH3 of each pack and their dictionary. Out: rows of packs as tables. Invariant: no pack is unpacked
//! before its sum is right.

use crate::error::{Error, Result};
use crate::frame::{Table, TextColumn};
use crate::ingest::ipc;
use crate::ingest::pull::guarded;
use crate::store::{PACK_ROWS, PackReader, map_file, sum_of};
use arrow::array::{Array, BinaryArray};
use arrow::ipc::reader::FileDecoder;
use std::path::Path;
use zstd::dict::DecoderDictionary;

/// A packed file, mapped.
pub struct PackedTexts {
    name: String,
    file: ipc::File,
    columns: Vec<String>,
    sums: Vec<u64>,
    dictionary: DecoderDictionary<'static>,
    /// First pack of each batch, and one past the last at the end.
    starts: Vec<usize>,
    /// Rows of all packs.
    rows: usize,
}

/// Unpacks packs of one file; each thread has its own.
pub struct Unpacker<'a> {
    texts: &'a PackedTexts,
    decoder: FileDecoder,
    packs: PackReader<'a>,
    /// The batch that was looked at last.
    batch: Option<(usize, BinaryArray)>,
}

impl PackedTexts {
    /// Opens a file of so many rows of `columns`, whose packs have these sums and this dictionary.
    ///
    /// # Errors
    /// When it is missing, cut or damaged.
    pub fn open(path: &Path, columns: &[&str], sums: &[u64], dictionary: &[u8], rows: usize) -> Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let bytes = map_file(path)?;
        let file = guarded(&name, || ipc::File::open(bytes, &name)).map_err(|error| error.at(&name))?;
        let mut starts = vec![0];
        for packs in file.batch_rows() {
            starts.push(starts[starts.len() - 1] + *packs as usize);
        }
        if starts[starts.len() - 1] != sums.len() || rows.div_ceil(PACK_ROWS) != sums.len() {
            return Err(Error::input("is damaged: it has another number of rows than it should").at(name));
        }
        let dictionary =
            DecoderDictionary::try_copy(dictionary).map_err(|error| Error::internal(error.to_string()).at(&name))?;
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Ok(Self { name, file, columns, sums: sums.to_vec(), dictionary, starts, rows })
    }

    /// Length of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.file.bytes().len() as u64
    }

    /// Length and checksum of the whole file, read anew.
    pub fn sum(&self) -> crate::store::Sum {
        sum_of(self.file.bytes())
    }

    /// Reads packs.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn unpacker(&self) -> Result<Unpacker<'_>> {
        let decoder = guarded(&self.name, || self.file.decoder(vec![0]))?;
        Ok(Unpacker { texts: self, decoder, packs: PackReader::new(&self.dictionary)?, batch: None })
    }
}

impl Unpacker<'_> {
    /// Some rows of a pack as a table; `wanted` are rows within it, ascending.
    ///
    /// # Errors
    /// When its bytes have changed.
    pub fn rows(&mut self, number: usize, wanted: &[u32]) -> Result<Table> {
        let PackedTexts { name, file, columns, sums, starts, rows, .. } = self.texts;
        let damaged = || Error::input("is damaged: a part of it is not what was written").at(name);
        let batch = starts.partition_point(|start| *start <= number).saturating_sub(1);
        let packs = match self.batch.take() {
            Some((held, packs)) if held == batch => packs,
            _ => guarded(name, || file.bytes_of(&self.decoder, batch))?,
        };
        let (_, packs) = self.batch.insert((batch, packs));
        let place = number - starts[batch];
        let sum = sums.get(number).filter(|_| place < packs.len()).ok_or_else(damaged)?;
        let pack = packs.value(place);
        if *sum != sum_of(pack).xxh3 {
            return Err(damaged());
        }
        let rows = PACK_ROWS.min(rows - number * PACK_ROWS);
        let values = self.packs.unpack(pack, columns.len(), rows, wanted).ok_or_else(damaged)?;
        let column = |values: Vec<&str>| -> TextColumn {
            values.into_iter().map(|value| Some(value).filter(|value| !value.is_empty())).collect()
        };
        Ok(Table::new(columns.iter().cloned().zip(values.into_iter().map(column)).collect()))
    }
}
