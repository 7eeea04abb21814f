//! Any batch of a packed Arrow file of texts: what a stored register shows of its rows.
//!
//! In: a file with the XXH3 of each batch. Out: batches as tables. Invariant: no batch is unpacked before its sum is right.

use crate::error::{Error, Result};
use crate::frame::{Table, TextColumn};
use crate::ingest::ipc;
use crate::ingest::pull::guarded;
use crate::store::{PACKED_ROWS, map_file, sum_of, unpacked};
use arrow::ipc::reader::FileDecoder;
use std::path::Path;

/// A packed file, mapped.
pub struct PackedTexts {
    name: String,
    file: ipc::File,
    sums: Vec<u64>,
    /// Rows of all batches.
    rows: usize,
}

/// Unpacks batches of one file; each thread has its own.
pub struct Unpacker<'a> {
    texts: &'a PackedTexts,
    decoder: FileDecoder,
}

impl PackedTexts {
    /// Opens a file of so many rows, whose batches have these sums.
    ///
    /// # Errors
    /// When it is missing, cut or damaged.
    pub fn open(path: &Path, sums: &[u64], rows: usize) -> Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let bytes = map_file(path)?;
        let file = guarded(&name, || ipc::File::open(bytes, &name)).map_err(|error| error.at(&name))?;
        if file.batches() != sums.len() || rows.div_ceil(PACKED_ROWS) != sums.len() {
            return Err(Error::input("is damaged: it has another number of batches than it should").at(name));
        }
        Ok(Self { name, file, sums: sums.to_vec(), rows })
    }

    /// Length of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.file.bytes().len() as u64
    }

    /// Length and checksum of the whole file, read anew.
    pub fn sum(&self) -> crate::store::Sum {
        sum_of(self.file.bytes())
    }

    /// Reads batches, of the columns wanted.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn unpacker(&self) -> Result<Unpacker<'_>> {
        let decoder = guarded(&self.name, || self.file.decoder((0..self.file.columns()).collect()))?;
        Ok(Unpacker { texts: self, decoder })
    }
}

impl Unpacker<'_> {
    /// Some rows of a batch as a table; `wanted` are rows within it, ascending.
    ///
    /// # Errors
    /// When its bytes have changed.
    pub fn rows(&self, number: usize, wanted: &[u32]) -> Result<Table> {
        let PackedTexts { name, file, sums, rows } = self.texts;
        let damaged = || Error::input("is damaged: a part of it is not what was written").at(name);
        if sums.get(number) != Some(&sum_of(&file.block(number)?).xxh3) {
            return Err(damaged());
        }
        let cells = guarded(name, || file.cells(&self.decoder, number))?;
        let rows = PACKED_ROWS.min(rows - number * PACKED_ROWS);
        let column = |cell: &Vec<u8>| -> Result<TextColumn> {
            let values = unpacked(cell, rows, wanted).ok_or_else(damaged)?;
            Ok(values.into_iter().map(|value| Some(value).filter(|value| !value.is_empty())).collect())
        };
        let columns: Vec<TextColumn> = cells.iter().map(column).collect::<Result<_>>()?;
        Ok(Table::new(file.column_names().iter().cloned().zip(columns).collect()))
    }
}
