//! The stream plan's pass over the register: every row is keyed once, and rows that share a key with the extract stay.

mod merged;
mod worker;

pub(crate) use merged::{DISTINCT_KEPT, Merged, Rows, SAMPLE_ROWS, estimate_distinct};
pub(crate) use worker::Worker;

use crate::block::KeyTable;
use crate::compare::{Records, Vocabulary};
use crate::engine::Observer;
use crate::engine::aside::{Aside, Checkpoints, PutAside};
use crate::engine::index::KeyIndex;
use crate::engine::partial::Partial;
use crate::engine::people::People;
use crate::engine::probe::Cells;
use crate::engine::reading::{Columns, FaultCounts, REGISTER_COLUMNS};
use crate::error::{Error, Result};
use crate::ids::{RegisterRow, Slot, Survivor};
use crate::ingest::{Faults, Reader};
use crate::model::value::PartialDate;
use crate::score::Counts;
use crate::util::hash::Set;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How the register is passed by the keys of the extract. All plans give the same decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Each register row is keyed, probed and, unless it shares a key, forgotten: memory follows the extract.
    Stream,
    /// All register rows and an index over all their keys are held in memory, and the extract probes it.
    Index,
}

/// The extract as the scan needs it, and how to scan.
#[derive(Clone, Copy)]
pub struct Probe<'a> {
    /// Keys of the extract.
    pub keys: &'a KeyTable,
    /// Most register rows of the block of each key; 0 where it is only counted.
    pub blocks_max: &'a [u32],
    /// Blocking codes of the extract's tokens.
    pub codes: &'a Set<u64>,
    /// Date of the run.
    pub on: PartialDate,
    /// Plan.
    pub plan: Plan,
    /// Rows of one batch.
    pub batch_rows: usize,
    /// Rows of each file after which the scan of it stops, for estimates; all when `None`.
    pub rows_max: Option<u64>,
    /// How rows are known.
    pub places: Places,
}

/// How a register row is known from one pass to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// By file, and row within it.
    Files,
    /// By data set, and digest of what the row says: where rows come in batches that another program cuts.
    Content,
}

impl Places {
    /// The place of a row of a batch.
    pub(crate) fn of(self, batch: Batch, columns: &Columns, row: usize) -> RegisterRow {
        match self {
            Self::Files => RegisterRow { file: batch.file, row: batch.first_row + row as u64 },
            Self::Content => RegisterRow { file: u32::from(batch.data_set), row: columns.digest(row) },
        }
    }
}

/// One file of a register.
pub struct Register {
    /// Number of the data set it belongs to.
    pub data_set: u16,
    /// The file.
    pub reader: Reader,
}

/// Stops the scan of a file of which enough was seen; never reaches a user.
const ENOUGH: &str = "enough rows seen";

/// What the scan brought.
pub struct Scanned {
    /// Counts of the whole register.
    pub counts: Counts,
    /// Surviving rows, comparable.
    pub records: Records,
    /// The people behind them.
    pub people: People,
    /// Which survivors stand in which slot; only of slots within their limit.
    pub postings: Vec<Vec<(Slot, Survivor)>>,
    /// Rows drawn by content.
    pub sample: Records,
    /// Faults of values.
    pub faults: FaultCounts,
    /// Faults of rows, by file.
    pub row_faults: Vec<Faults>,
    /// Rows by file.
    pub file_rows: Vec<u64>,
    /// Rows without a person key: they can name nobody.
    pub nameless_rows: u64,
    /// Surviving rows that are on the disk, in place of those above.
    pub(crate) put_aside: Option<PutAside>,
}

impl Scanned {
    /// Memory of the surviving rows and of what leads to them, in bytes.
    pub fn survivor_bytes(&self) -> usize {
        let postings = self.postings.iter().map(|postings| size_of_val(postings.as_slice())).sum::<usize>();
        self.records.bytes() + self.people.bytes() + postings
    }
}

/// What all workers share.
struct Shared<'a> {
    keys: &'a KeyTable,
    blocks_max: &'a [u32],
    cells: Cells<'a>,
    on: PartialDate,
    plan: Plan,
    places: Places,
}

/// Where the rows of a batch come from.
#[derive(Clone, Copy)]
pub(crate) struct Batch {
    pub data_set: u16,
    pub file: u32,
    pub first_row: u64,
}

/// Passes all registers by the keys of the extract: streamed past its slots, or indexed whole and probed.
///
/// Tokens of surviving rows are added to `vocabulary`.
///
/// # Errors
/// When a register cannot be read to its end.
pub fn scan(
    registers: &[Register],
    side: &Probe,
    vocabulary: &mut Vocabulary,
    observer: &dyn Observer,
) -> Result<Scanned> {
    let Passed { workers, shared, row_faults, file_rows } = pass(registers, side, None, observer)?;
    let mut scanned = merge(workers, shared, vocabulary);
    scanned.row_faults = row_faults;
    scanned.file_rows = file_rows;
    Ok(scanned)
}

/// The same, streamed, with no more surviving rows in memory than there is room for: if there are more, all are on the disk.
///
/// # Errors
/// When a register cannot be read to its end, or the disk is full.
pub(crate) fn scan_aside(
    registers: &[Register],
    side: &Probe,
    vocabulary: &mut Vocabulary,
    aside: Aside,
    observer: &dyn Observer,
) -> Result<Scanned> {
    let Passed { mut workers, shared, row_faults, file_rows } = pass(registers, side, Some(&aside), observer)?;
    if let Some(checkpoints) = aside.checkpoints {
        // What follows takes its time too: it need not hang on a scan made again.
        let after = checkpoints.every() / EARLY;
        aside.count(checkpoints.save(after, &shared.cells, || std::mem::take(&mut workers))?);
    }
    let mut scanned = if aside.is_used() {
        let mut merged = Merged::default();
        for mut worker in workers {
            merged.take_counts(&mut worker);
            worker.put_all_aside(&aside)?;
        }
        let slots = shared.cells.counts();
        if let Some(checkpoints) = aside.checkpoints.filter(|checkpoints| checkpoints.has_parts()) {
            let counted = checkpoints.counted(slots.len())?;
            merged = Partial { merged, ..Partial::default() }.merge(counted).merged;
        }
        Scanned { put_aside: Some(aside.into_put()), ..merged.finish(slots) }
    } else {
        merge(workers, shared, vocabulary)
    };
    scanned.row_faults = row_faults;
    scanned.file_rows = file_rows;
    Ok(scanned)
}

/// The last checkpoint of a scan is written when a fifth of the usual time has passed.
const EARLY: u32 = 5;

/// Passes some registers, or parts of them, by the keys of the extract, streamed; what comes of several such passes can be
/// merged.
///
/// # Errors
/// When a register cannot be read to its end.
pub fn scan_part(registers: &[Register], side: &Probe, observer: &dyn Observer) -> Result<Partial> {
    let side = &Probe { plan: Plan::Stream, ..*side };
    let Passed { workers, shared, row_faults, file_rows } = pass(registers, side, None, observer)?;
    let slots = shared.cells.counts();
    let within = |slot: Slot| slots[slot.index()] <= side.blocks_max[slot.index()];
    let (mut merged, mut vocabulary) = (Merged::default(), Vocabulary::new());
    for mut worker in workers {
        merged.take_counts(&mut worker);
        merged.take_survivors(worker, &within, &mut vocabulary);
    }
    merged.keep_lowest();
    Ok(Partial { merged, vocabulary, slots, row_faults, file_rows })
}

/// What the workers of a pass hold at its end.
struct Passed<'a> {
    workers: Vec<Worker<'a>>,
    shared: Shared<'a>,
    row_faults: Vec<Faults>,
    file_rows: Vec<u64>,
}

fn pass<'a>(
    registers: &[Register],
    side: &Probe<'a>,
    aside: Option<&Aside>,
    observer: &dyn Observer,
) -> Result<Passed<'a>> {
    let total: Option<u64> = registers.iter().map(|register| register.reader.rows_hint()).sum();
    observer.stage("scan", total);
    let checkpoints = aside.and_then(|aside| aside.checkpoints);
    let told = checkpoints.map(Checkpoints::told).unwrap_or_default();
    let shared = Shared {
        keys: side.keys,
        blocks_max: side.blocks_max,
        cells: Cells::counted(side.keys, side.blocks_max, &told),
        on: side.on,
        plan: side.plan,
        places: side.places,
    };
    // The index plan keys every token: its index knows nothing of the extract.
    let sought = (side.plan == Plan::Stream).then_some(side.codes);
    let idle: Mutex<Vec<Worker>> = Mutex::new(Vec::new());
    let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    let mut row_faults = Vec::with_capacity(registers.len());
    let mut file_rows = Vec::with_capacity(registers.len());
    for (file, register) in registers.iter().enumerate() {
        let rows = AtomicU64::new(0);
        let number = file as u32;
        let is_done = |first: u64, count: u64| {
            let done = checkpoints.is_some_and(|checkpoints| checkpoints.is_done(number, first..first + count));
            rows.fetch_add(if done { count } else { 0 }, Ordering::Relaxed);
            done
        };
        let scanned = register.reader.for_each_but(&REGISTER_COLUMNS, side.batch_rows, &is_done, &|batch| {
            if side.rows_max.is_some_and(|most| rows.load(Ordering::Relaxed) >= most) {
                return Err(Error::internal(ENOUGH));
            }
            let from = Batch { data_set: register.data_set, file: number, first_row: batch.first_row };
            let at_work = checkpoints.map(Checkpoints::at_work);
            let known = lock().pop();
            let mut worker = known.unwrap_or_else(|| Worker::new(shared.on, sought));
            worker.undone(&shared, &batch.table, from, checkpoints);
            let is_full = match aside {
                Some(aside) => worker.make_room(&shared.cells, aside)?,
                None => false,
            };
            lock().push(worker);
            drop(at_work);
            rows.fetch_add(batch.table.rows() as u64, Ordering::Relaxed);
            observer.advance(batch.table.rows() as u64);
            if let (Some(aside), Some(checkpoints)) = (aside, checkpoints) {
                // What a checkpoint is of may be nowhere else: rows that there is no room for make it early.
                let after = if is_full { Duration::ZERO } else { checkpoints.every() };
                if checkpoints.has_passed(after) {
                    aside.count(checkpoints.save(after, &shared.cells, || std::mem::take(&mut lock()))?);
                }
            }
            Ok(())
        });
        match scanned {
            Ok(faults) => row_faults.push(faults),
            Err(error) if error.what() == ENOUGH => row_faults.push(Faults::default()),
            Err(error) => return Err(error),
        }
        file_rows.push(rows.into_inner());
    }
    let workers = idle.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Passed { workers, shared, row_faults, file_rows })
}

fn merge(mut workers: Vec<Worker>, shared: Shared, vocabulary: &mut Vocabulary) -> Scanned {
    let slot_counts: Vec<u32> = match shared.plan {
        Plan::Stream => shared.cells.counts(),
        Plan::Index => probe_index(&mut workers, shared.keys, shared.blocks_max),
    };
    let within = |slot: Slot| slot_counts[slot.index()] <= shared.blocks_max[slot.index()];
    let mut merged = Merged::default();
    for mut worker in workers {
        merged.take_counts(&mut worker);
        merged.take_survivors(worker, &within, vocabulary);
    }
    merged.finish(slot_counts)
}

/// Index plan: one index over the keys of all rows, probed with every slot of the extract. Fills the postings of the
/// workers and returns the rows of each slot.
fn probe_index(workers: &mut [Worker], keys: &KeyTable, blocks_max: &[u32]) -> Vec<u32> {
    let rows: Vec<u32> = workers.iter().map(|worker| worker.records.len() as u32).collect();
    let index = KeyIndex::build(workers.iter_mut().map(|worker| std::mem::take(&mut worker.keys)), &rows);
    let mut counts = vec![0; keys.len()];
    for (number, (key, most)) in keys.keys().iter().zip(blocks_max).enumerate() {
        let found = index.rows(*key);
        counts[number] = found.len() as u32;
        if counts[number] <= *most {
            for (_, row) in found {
                let (worker, row) = index.worker_of(*row);
                workers[worker].postings.push((Slot(number as u32), row));
            }
        }
    }
    counts
}
