//! Builds a stored register: registers are read once, by all cores, each of which fills a segment of its own.

use crate::engine::Observer;
use crate::engine::scan::Register;
use crate::engine::stored::catalogue::{Catalogue, Segment, StoredCopy, StoredSource, StoredWord, Totals};
use crate::engine::stored::kept::KeptSegments;
use crate::engine::stored::open::{StoredIndex, catalogue_path, count_name, state_of};
use crate::engine::stored::writer::{Digester, SegmentWriter, all_columns};
use crate::engine::stored::{VERSION, count};
use crate::error::{Error, Result};
use crate::ingest::{self, Batch, Input};
use crate::standardise::tables_digest;
use crate::store::{OutputFile, OutputFolder, create_private_file, is_pipe, write_columns};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Bytes that a row takes up while its segment is filled and sorted.
const ROW_BYTES: u64 = 450;
/// Rows of a segment: fewer make more segments to ask, more make a number of two bytes too small for its dates.
const ROWS_MAX: usize = 8 << 20;
/// A segment of fewer rows is not worth its files.
const ROWS_MIN: usize = 50_000;

/// How to build.
pub struct BuildSettings {
    /// Register rows of one batch.
    pub batch_rows: usize,
    /// Memory that segments may take while they are filled, in bytes.
    pub memory: u64,
    /// Rows of a segment, where they are not to follow from the memory.
    pub segment_rows: Option<usize>,
    /// Names of the data sets, by number.
    pub data_sets: Vec<String>,
    /// Data sets that were named by their file alone.
    pub bare: Vec<String>,
    /// The words that name the registers.
    pub words: Vec<StoredWord>,
    /// Files that they name too, and that are left out.
    pub copies: Vec<StoredCopy>,
}

impl BuildSettings {
    /// Rows at which a segment is full: each thread fills one.
    pub(super) fn rows_max(&self) -> usize {
        let threads = rayon::current_num_threads().max(1) as u64;
        let by_memory = usize::try_from(self.memory / threads / ROW_BYTES).unwrap_or(ROWS_MAX);
        self.segment_rows.unwrap_or(by_memory).clamp(1, ROWS_MAX).max(if self.segment_rows.is_some() {
            1
        } else {
            ROWS_MIN
        })
    }
}

/// What was built.
pub struct Built {
    /// The catalogue.
    pub catalogue: Catalogue,
}

/// Segments on their way, one for each thread that is at work.
pub(super) struct Writers<'a> {
    folder: &'a Path,
    idle: Mutex<Vec<SegmentWriter>>,
    done: Mutex<Vec<Segment>>,
    next: AtomicU32,
    rows_max: usize,
    batch_rows: usize,
    /// Where segments are kept for the next process, if they are.
    kept: Option<&'a KeptSegments>,
}

/// Rows of a batch that go into a segment.
pub(super) struct Added<'a> {
    /// Their places in the batch, ascending.
    pub rows: &'a [u32],
    /// Digest of each.
    pub digests: &'a [u64],
    /// Number of the file, and which of its rows they are: of a build that is kept.
    pub run: Option<(u32, Range<u64>)>,
}

impl<'a> Writers<'a> {
    /// Segments numbered from `first`.
    pub(super) fn new(folder: &'a Path, first: u32, rows_max: usize, batch_rows: usize) -> Self {
        Self {
            kept: None,
            folder,
            idle: Mutex::new(Vec::new()),
            done: Mutex::new(Vec::new()),
            next: AtomicU32::new(first),
            rows_max,
            batch_rows,
        }
    }

    /// Adds some rows of a batch to the segment of this thread.
    pub(super) fn add(&self, batch: &Batch, data_set: u16, added: Added) -> Result<()> {
        if added.rows.is_empty() {
            return Ok(());
        }
        let lock = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().pop();
        let mut writer = match known {
            Some(writer) => writer,
            None => SegmentWriter::new(self.folder, self.next.fetch_add(1, Ordering::Relaxed))?,
        };
        writer.batch(&batch.table, data_set, added)?;
        if writer.is_full(self.rows_max, self.batch_rows) {
            let segment = self.written(writer)?;
            self.done.lock().unwrap_or_else(PoisonError::into_inner).push(segment);
        } else {
            lock().push(writer);
        }
        Ok(())
    }

    fn written(&self, mut writer: SegmentWriter) -> Result<Segment> {
        let runs = writer.take_runs();
        let segment = writer.finish()?;
        if let Some(kept) = self.kept {
            kept.keep(&segment, runs)?;
        }
        Ok(segment)
    }

    /// Finishes what is not full; segments by number.
    pub(super) fn finish(self) -> Result<Vec<Segment>> {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        let last = idle.into_par_iter().map(|writer| self.written(writer)).collect::<Result<Vec<_>>>()?;
        let mut segments = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        segments.extend(last);
        segments.sort_by_key(|segment| segment.number);
        Ok(segments)
    }
}

/// Builds an index of registers in a folder that is yet to be; where segments are kept, those that are there already are not
/// filled again.
///
/// # Errors
/// When a register cannot be read to its end, or the disk refuses.
pub fn build(
    registers: &[Register],
    inputs: &[Input],
    target: &Path,
    settings: &BuildSettings,
    kept: Option<&KeptSegments>,
    observer: &dyn Observer,
) -> Result<Built> {
    let folder = OutputFolder::create(target)?;
    let before: Vec<_> = inputs.iter().map(source_state).collect();
    observer.stage("index", registers.iter().map(|register| register.reader.rows_hint()).sum());
    let place = kept.map_or(folder.path(), KeptSegments::path);
    let first = kept.map_or(0, KeptSegments::next_number);
    let writers = Writers { kept, ..Writers::new(place, first, settings.rows_max(), settings.batch_rows) };
    let mut sources = Vec::with_capacity(registers.len());
    for (number, (register, input)) in (0..).zip(registers.iter().zip(inputs)) {
        let rows = AtomicU64::new(0);
        let undone =
            |rows: Range<u64>| kept.map_or_else(|| vec![rows.clone()], |kept| kept.undone(number, rows.clone()));
        let is_done = |first: u64, count: u64| {
            let done = undone(first..first + count).is_empty();
            rows.fetch_add(if done { count } else { 0 }, Ordering::Relaxed);
            done
        };
        let (faults, sha256) = read_beside_digest(register, settings.batch_rows, &is_done, &|batch| {
            let count = batch.table.rows() as u64;
            for run in undone(batch.first_row..batch.first_row + count) {
                add_run(&writers, &batch, register.data_set, (number, run))?;
            }
            rows.fetch_add(count, Ordering::Relaxed);
            observer.advance(count);
            Ok(())
        })?;
        sources.push(source(register, input, rows.into_inner(), faults, sha256));
    }
    let mut segments = writers.finish()?;
    if let Some(kept) = kept {
        segments = kept.link_into(folder.path())?;
    }
    if inputs.iter().map(source_state).collect::<Vec<_>>() != before {
        return Err(Error::input("a register changed while it was read").hint("build the index again"));
    }
    let mut catalogue = Catalogue {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        tables: tables_digest(),
        data_sets: settings.data_sets.clone(),
        bare: settings.bare.clone(),
        sources,
        words: settings.words.clone(),
        copies: settings.copies.clone(),
        generation: 0,
        segments,
        totals: Totals::default(),
        counts: BTreeMap::new(),
    };
    observer.stage("count", None);
    write_counts(folder.path(), &mut catalogue)?;
    folder.commit()?;
    Ok(Built { catalogue })
}

/// Adds a run of rows of a file, which are in a batch.
fn add_run(writers: &Writers, batch: &Batch, data_set: u16, (file, run): (u32, Range<u64>)) -> Result<()> {
    let mut digester = Digester::new(&batch.table, data_set);
    let rows: Vec<u32> = (run.start - batch.first_row..run.end - batch.first_row).map(|row| row as u32).collect();
    let digests: Vec<u64> = rows.iter().map(|row| digester.digest(*row as usize)).collect();
    writers.add(batch, data_set, Added { rows: &rows, digests: &digests, run: Some((file, run)) })
}

/// Counts the rows of a folder whose segments are complete, and writes the counts and the catalogue.
pub(super) fn write_counts(folder: &Path, catalogue: &mut Catalogue) -> Result<()> {
    catalogue.counts.clear();
    let index = StoredIndex::of(folder, catalogue.clone())?;
    let (totals, files) = count::count(&index)?;
    drop(index);
    catalogue.totals = totals;
    for (kind, columns) in files {
        let name = count_name(catalogue.generation, kind);
        let sum =
            write_columns(create_private_file(&folder.join(&name))?, columns).map_err(|error| error.or_at(&name))?;
        catalogue.counts.insert(name, sum.into());
    }
    write_catalogue(folder, catalogue)
}

/// Puts the catalogue at its place in one step.
pub(super) fn write_catalogue(folder: &Path, catalogue: &Catalogue) -> Result<()> {
    let mut file = OutputFile::replace(&catalogue_path(folder))?;
    file.write(catalogue.text()?.as_bytes())?;
    file.commit()
}

fn source_state(input: &Input) -> Option<(u64, u64)> {
    match input {
        Input::Path(path) => state_of(path),
        Input::Stdin => None,
    }
}

/// Where a file is from the root on; empty for a pipe.
pub(super) fn place_of(input: &Input) -> String {
    match input {
        Input::Path(path) if !is_pipe(path) => {
            std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()).display().to_string()
        }
        Input::Path(_) | Input::Stdin => String::new(),
    }
}

impl StoredCopy {
    /// What is remembered of a file that is left out.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn new(input: &Input, data_set: u16) -> Result<Self> {
        let (bytes, changed) = source_state(input).unwrap_or_default();
        Ok(Self { path: place_of(input), data_set, bytes, changed, sha256: ingest::digest(input)? })
    }
}

/// What is remembered of a register file.
pub(super) fn source(
    register: &Register,
    input: &Input,
    rows: u64,
    faults: ingest::Faults,
    sha256: String,
) -> StoredSource {
    let (bytes, changed) = source_state(input).unwrap_or_default();
    StoredSource {
        path: place_of(input),
        name: register.reader.name().to_owned(),
        format: register.reader.format().title().to_owned(),
        data_set: register.data_set,
        rows,
        bytes,
        changed,
        sha256,
        unknown_columns: register.reader.header().unknown.clone(),
        ragged_rows: faults.ragged_rows,
        bad_text_rows: faults.bad_text_rows,
        first_ragged: faults.first_ragged,
        first_bad_text: faults.first_bad_text,
    }
}

/// Reads all that an index keeps of a register, but rows that `skip` leaves out, and beside it the digest of its file.
pub(super) fn read_beside_digest(
    register: &Register,
    batch_rows: usize,
    skip: &(dyn Fn(u64, u64) -> bool + Sync),
    work: &(dyn Fn(Batch) -> Result<()> + Sync),
) -> Result<(ingest::Faults, String)> {
    let read = || register.reader.for_each_but(&all_columns(), batch_rows, skip, work);
    let (faults, sha256) = rayon::join(read, || register.reader.sha256());
    Ok((faults?, sha256?))
}
