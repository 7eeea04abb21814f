//! What outlives the process of a scan, so that the next one goes on from there.
//!
//! A checkpoint is a folder of parts. Each is what all workers held at a moment when none was at work, complete in itself:
//! which rows it is of, what was counted in them, and those that survived. All parts together are what was done; rows that
//! no part is of are scanned again. Block 0 of a part: digest of what the run is of, and number of blocks of counts; these
//! follow as lines of a [partial](crate::engine::partial) with lines of kind 11 (`key`: number of the file; `numbers`: first
//! row and end of each run of rows); then blocks of surviving rows. Names are `rows-00001.part` and so on.

use crate::engine::aside::spans::{Spans, joined};
use crate::engine::aside::{RowBlocks, write_row_blocks};
use crate::engine::partial::{Partial, Reading, kind, write_lines};
use crate::engine::probe::Cells;
use crate::engine::scan::{Merged, Worker};
use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches, batch_stream, read_batches_of, read_stream};
use crate::store::{BlockFile, OpenPart, PartFolder, START_ANEW};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

/// Checkpoints of one run.
pub struct Checkpoints {
    folder: PartFolder,
    every: Duration,
    /// Rows that an earlier process has done, by file.
    before: Spans,
    state: Mutex<State>,
    /// Held for reading by whoever changes a worker, for writing while all are looked at.
    gate: RwLock<()>,
}

struct State {
    parts: Vec<Part>,
    /// Rows done since the last part.
    done: Vec<(u32, Range<u64>)>,
    /// Register rows of each slot that parts tell of.
    told: Vec<u32>,
    last: Instant,
}

struct Part {
    number: usize,
    file: Arc<BlockFile>,
    /// Blocks of counts, which begin at 1.
    counts: usize,
}

impl Checkpoints {
    /// Opens a folder of checkpoints, or makes it; a part is written after every `every` of work.
    ///
    /// # Errors
    /// When another process is at work there, the folder is something else, or what is in it is damaged, of another run, or
    /// made with another key.
    pub fn open(folder: &Path, key: Option<Vec<u8>>, identity: String, every: Duration) -> Result<Self> {
        let (folder, parts) = PartFolder::open(folder, "rows", key, identity, "trace")?;
        let state = State { parts: Vec::new(), done: Vec::new(), told: Vec::new(), last: Instant::now() };
        let (state, gate) = (Mutex::new(state), RwLock::new(()));
        let mut all = Self { folder, every, before: Spans::default(), state, gate };
        parts.into_iter().try_for_each(|part| all.take_up(part))?;
        Ok(all)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up a part that an earlier process wrote.
    fn take_up(&mut self, part: OpenPart) -> Result<()> {
        let OpenPart { number, file, given: counts } = part;
        let path = self.folder.place(number);
        if counts >= file.blocks() {
            return Err(self.folder.damaged(number));
        }
        let mut told = std::mem::take(&mut self.state().told);
        for block in 1..=counts {
            read_stream(
                file.read(block)?,
                |of| of == kind::SLOT || of == kind::DONE,
                |line| if line.kind == kind::DONE { take_spans(&mut self.before, line) } else { tell(&mut told, line) },
            )
            .map_err(|error| error.at(path.display()))?;
        }
        let mut state = self.state();
        state.told = told;
        state.parts.push(Part { number, file: Arc::new(file), counts });
        Ok(())
    }

    /// Rows that were done by an earlier process.
    pub fn rows_done(&self) -> u64 {
        self.before.rows()
    }

    /// Whether all of some rows of a file were done before.
    pub(crate) fn is_done(&self, file: u32, rows: Range<u64>) -> bool {
        self.undone(file, rows).is_empty()
    }

    /// Of some rows of a file those that are still to be done.
    pub(crate) fn undone(&self, file: u32, rows: Range<u64>) -> Vec<Range<u64>> {
        self.before.undone(file, rows)
    }

    /// Held while a worker is changed.
    pub(crate) fn at_work(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that rows are done and in a worker.
    pub(crate) fn note(&self, file: u32, rows: Range<u64>) {
        self.state().done.push((file, rows));
    }

    /// Time that passes from one part to the next.
    pub(crate) fn every(&self) -> Duration {
        self.every
    }

    /// Whether so long has passed since the last part.
    pub(crate) fn has_passed(&self, time: Duration) -> bool {
        self.state().last.elapsed() >= time
    }

    pub(crate) fn has_parts(&self) -> bool {
        !self.state().parts.is_empty()
    }

    /// Blocks of surviving rows of all parts.
    pub(crate) fn row_blocks(&self) -> Vec<RowBlocks> {
        let blocks = |part: &Part| RowBlocks { file: Arc::clone(&part.file), first: 1 + part.counts };
        self.state().parts.iter().map(blocks).collect()
    }

    /// Register rows of each slot, as parts tell; empty where there is no part.
    pub(crate) fn told(&self) -> Vec<u32> {
        self.state().told.clone()
    }

    /// Writes what all workers hold as the next part, if `after` has passed since the last one when nobody is at work;
    /// `workers` gives them up. Returns the memory that rows took.
    pub(crate) fn save<'w>(
        &self,
        after: Duration,
        cells: &Cells,
        workers: impl FnOnce() -> Vec<Worker<'w>>,
    ) -> Result<usize> {
        let _nobody_at_work = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        if state.last.elapsed() < after || state.done.is_empty() {
            return Ok(0);
        }
        let mut workers = workers();
        let told = cells.now();
        let mut merged = Merged::default();
        workers.iter_mut().for_each(|worker| merged.take_counts(worker));
        merged.keep_lowest();
        let earlier = state.told.iter().copied().chain(std::iter::repeat(0));
        let slots = told.iter().zip(earlier).map(|(now, before)| now - before).collect();
        let counts = self.counts(&Partial { merged, slots, ..Partial::default() }, state.done.clone())?;
        let number = state.parts.last().map_or(1, |part| part.number + 1);
        let part = self.folder.new_part(number, counts.len())?;
        let of_counts = counts.len();
        counts.into_iter().try_for_each(|block| part.append(block))?;
        let mut bytes = 0;
        for mut worker in workers {
            worker.forget_crowded(cells);
            bytes += worker.bytes();
            let (rows, vocabulary) = worker.drain();
            write_row_blocks(rows, &vocabulary, &mut |block| part.append(block))?;
        }
        let file = Arc::new(part.commit()?);
        state.parts.push(Part { number, file, counts: of_counts });
        state.told = told;
        state.done.clear();
        state.last = Instant::now();
        Ok(bytes)
    }

    /// What was counted, and in which rows, as blocks.
    fn counts(&self, partial: &Partial, done: Vec<(u32, Range<u64>)>) -> Result<Vec<Vec<u8>>> {
        let mut blocks = Vec::new();
        let mut each = |batch| batch_stream(&batch).map(|block| blocks.push(block));
        let mut lines = LineBatches::new(&mut each);
        let done = joined(done);
        for of_file in done.chunk_by(|one, next| one.0 == next.0) {
            let numbers: Vec<u64> = of_file.iter().flat_map(|(_, rows)| [rows.start, rows.end]).collect();
            let file = u64::from(of_file[0].0);
            lines.push(&Line { kind: kind::DONE, key: file, numbers: &numbers, ..Line::default() })?;
        }
        write_lines(partial, self.folder.identity(), &mut lines)?;
        lines.finish()?;
        Ok(blocks)
    }

    /// What all parts have counted, without rows.
    pub(crate) fn counted(&self, slots: usize) -> Result<Partial> {
        let state = self.state();
        let mut reading = Reading::new(slots, self.folder.identity(), &|_| false);
        for part in &state.parts {
            for block in 1..=part.counts {
                read_batches_of(part.file.read(block)?, |batch| reading.take(batch))?;
            }
        }
        reading.finish()
    }

    /// Removes the folder: the run is done.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(self) -> Result<()> {
        let numbers: Vec<usize> = self.state().parts.iter().map(|part| part.number).collect();
        self.folder.remove(numbers.into_iter())
    }
}

fn take_spans(before: &mut Spans, line: &Line) -> Result<()> {
    let damaged = || Error::input("is damaged: rows are in two parts, or in none").hint(START_ANEW);
    for span in line.numbers.chunks(2) {
        let [start, end] = *span else { return Err(damaged()) };
        if !before.add(line.key as u32, start..end) {
            return Err(damaged());
        }
    }
    Ok(())
}

fn tell(told: &mut Vec<u32>, line: &Line) -> Result<()> {
    /// A slot is a key of the extract: no run has as many.
    const SLOTS_MAX: u64 = 1 << 32;
    if line.key >= SLOTS_MAX {
        return Err(Error::input("is damaged: it tells of a key that there is not").hint(START_ANEW));
    }
    let slot = line.key as usize;
    if told.len() <= slot {
        told.resize(slot + 1, 0);
    }
    told[slot] = told[slot].saturating_add(line.count as u32);
    Ok(())
}
