//! A stored register, opened: nothing is read but what is asked for, and nothing is used that is not what was written.

use crate::engine::FaultCounts;
use crate::engine::reading::{FAULTY_FIELDS, FaultCount};
use crate::engine::stored::catalogue::{Catalogue, FileSum, NAME, REBUILD, StoredFault};
use crate::engine::stored::segment::{MappedSegment, disbelief};
use crate::engine::stored::writer::RECORD_ID;
use crate::error::{Error, Result};
use crate::ids::RegisterRow;
use crate::model::value::{Fault, PartialDate};
use crate::store::{ColumnFile, PACK_ROWS, Sum};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Some rows of many, one bit each.
#[derive(Clone, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn of(len: usize, rows: &[u32]) -> Self {
        let mut bits = vec![0_u64; len.div_ceil(64)];
        for row in rows.iter().filter(|row| (**row as usize) < len) {
            bits[*row as usize / 64] |= 1 << (row % 64);
        }
        Self(bits)
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> bool {
        self.0[row / 64] >> (row % 64) & 1 == 1
    }
}

/// A stored register, mapped.
pub struct StoredIndex {
    pub(super) folder: PathBuf,
    pub(super) catalogue: Catalogue,
    pub(super) segments: Vec<MappedSegment>,
    pub(super) counts: Vec<(String, FileSum, ColumnFile)>,
}

/// Error of a file that is not what was written.
pub(super) fn damaged(folder: &Path) -> Error {
    Error::input("the index is damaged: a file is not what was written").at(folder.display()).hint(REBUILD)
}

/// Reads of an index, and makes an error of a panic: where somebody has written files with the right sums, a place in one
/// may lie outside another, and every access is checked.
///
/// # Errors
/// Those of `read`; that the index is damaged.
pub fn guarded<T>(folder: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged(folder)))
}

impl StoredIndex {
    /// Maps the index of a folder. Where an update takes files away between the reading of the catalogue and the mapping of
    /// what it names, the new catalogue is mapped.
    ///
    /// # Errors
    /// When there is none, it is of another version, or a file is missing or cut.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut catalogue = Catalogue::read(folder)?;
        loop {
            let failed = match Self::of(folder, catalogue.clone()) {
                Ok(index) => return Ok(index),
                Err(error) => error,
            };
            let now = Catalogue::read(folder)?;
            if now == catalogue {
                return Err(failed);
            }
            catalogue = now;
        }
    }

    /// Maps what a catalogue names.
    pub(super) fn of(folder: &Path, catalogue: Catalogue) -> Result<Self> {
        let lacking =
            |error: Error| Error::input(format!("the index is damaged: {error}")).at(folder.display()).hint(REBUILD);
        let segments = catalogue.segments.par_iter().map(|about| MappedSegment::open(folder, about));
        let segments = segments.collect::<Result<Vec<_>>>().map_err(lacking)?;
        let counts = catalogue.counts.iter().map(|(name, sum)| {
            let file = ColumnFile::open(&folder.join(name)).map_err(lacking)?;
            Ok((name.clone(), sum.clone(), file))
        });
        let counts = counts.collect::<Result<_>>()?;
        Ok(Self { folder: folder.to_owned(), catalogue, segments, counts })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the index is made of.
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Reads all that rows are found and compared by, and refuses what is not as it was written. The packed texts are
    /// checked part by part when they are read; with `packed` here already.
    ///
    /// # Errors
    /// When a file has changed.
    pub fn verify(&self, packed: bool) -> Result<()> {
        let of_segments = self.segments.iter().flat_map(|segment| &segment.files);
        let columns = of_segments.map(|checked| (checked.name.as_str(), &checked.sum, &checked.file));
        let columns: Vec<_> =
            columns.chain(self.counts.iter().map(|(name, sum, file)| (name.as_str(), sum, file))).collect();
        let check = |name: &str, expected: &FileSum, found: Sum| {
            if *expected == found { Ok(()) } else { Err(damaged(&self.folder.join(name))) }
        };
        columns.into_par_iter().with_max_len(1).try_for_each(|(name, sum, file)| check(name, sum, file.sum()))?;
        if packed {
            self.segments.par_iter().try_for_each(|segment| {
                let name = super::writer::file_name(segment.about.number, "texts");
                check(&name, &segment.about.files[&name], segment.texts.sum())
            })?;
        }
        Ok(())
    }

    pub(super) fn count_file(&self, kind: &str) -> Result<&ColumnFile> {
        let name = count_name(self.catalogue.generation, kind);
        let found = self.counts.iter().find(|(known, ..)| *known == name);
        found.map(|(.., file)| file).ok_or_else(|| damaged(&self.folder))
    }

    /// Faults of values and rows at a day: those that were stored, and birth dates that nobody has at that day.
    pub(super) fn faults(&self, on: PartialDate) -> Result<FaultCounts> {
        let mut out = FaultCounts::default();
        for StoredFault { field, reason, rows, record_ids } in &self.catalogue.totals.faults {
            let kind = super::count::known_kind(field, reason).ok_or_else(|| damaged(&self.folder))?;
            out.by_kind.insert(kind, FaultCount { rows: *rows, record_ids: record_ids.clone() });
        }
        let has_unbelieved =
            |segment: &MappedSegment| segment.names.dates.iter().any(|bits| disbelief(*bits, on).is_some());
        if self.segments.iter().any(has_unbelieved) {
            // Of a date that nobody has that is told, and not what else was wrong with it.
            out.by_kind.retain(|(field, _), _| *field != FAULTY_FIELDS[0]);
            let counted = self.segments.par_iter().map(|segment| self.date_faults(segment, on));
            counted.collect::<Result<Vec<_>>>()?.into_iter().for_each(|faults| out.merge(faults));
        }
        Ok(out)
    }

    /// Faults of birth dates of a segment at a day.
    fn date_faults(&self, segment: &MappedSegment, on: PartialDate) -> Result<FaultCounts> {
        let mut out = FaultCounts::default();
        let unbelieved = |row: u32| disbelief(segment.born(row), on);
        super::count::SegmentFaults::open(&self.folder, segment)?.add(&mut out, |row, field| {
            field == FAULTY_FIELDS[0] && !segment.is_gone(row) && unbelieved(row).is_none()
        });
        let mut unpacker = segment.texts.unpacker()?;
        let rows: Vec<u32> =
            (0..segment.len() as u32).filter(|row| unbelieved(*row).is_some() && !segment.is_gone(*row)).collect();
        for batch in rows.chunk_by(|a, b| *a as usize / PACK_ROWS == *b as usize / PACK_ROWS) {
            let within: Vec<u32> = batch.iter().map(|row| *row % PACK_ROWS as u32).collect();
            let table = unpacker.rows(batch[0] as usize / PACK_ROWS, &within)?;
            for (at, fault) in batch.iter().map(|row| unbelieved(*row)).enumerate() {
                out.add(FAULTY_FIELDS[0], fault.map_or("", Fault::as_str), table.value(RECORD_ID, at));
            }
        }
        Ok(out)
    }

    /// Place of a row that no other row of the index has.
    pub(super) fn place(segment: usize, row: u32) -> RegisterRow {
        RegisterRow { file: segment as u32, row: u64::from(row) }
    }
}

/// Name of a file of counts.
pub(super) fn count_name(generation: u32, kind: &str) -> String {
    format!("{generation:04}-{kind}-counts.arrow")
}

/// Size and time of change of a file, where it is there.
pub(super) fn state_of(path: &Path) -> Option<(u64, u64)> {
    let about = std::fs::metadata(path).ok()?;
    let changed = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Some((about.len(), changed.map_or(0, |since| since.as_nanos() as u64)))
}

/// Path of the catalogue.
pub(super) fn catalogue_path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}
