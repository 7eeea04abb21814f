//! The stream plan's pass over the register: every row is keyed once, and rows that share a key with the extract stay.

use crate::block::{Keyed, Limits, Slots, register_keys};
use crate::compare::{AddressKey, RecordParts, Records, TokenId, Vocabulary};
use crate::engine::Observer;
use crate::engine::aside::{Aside, Checkpoints, PutAside};
use crate::engine::index::KeyIndex;
use crate::engine::partial::Partial;
use crate::engine::people::{People, PersonKey};
use crate::engine::probe::{Cells, GROUP_ROWS, Prober};
use crate::engine::reading::{Columns, FaultCounts, REGISTER_COLUMNS, RowReader, person_key, value};
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::ids::{RegisterRow, Slot, Survivor};
use crate::ingest::{Faults, Reader};
use crate::model::value::PartialDate;
use crate::score::{Counts, TokenCount};
use crate::util::hash::{Map, Set, map, mix, set};
use std::collections::BinaryHeap;
use std::ops::Range;
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
    pub slots: &'a Slots,
    /// Blocking codes of the extract's tokens.
    pub codes: &'a Set<u64>,
    /// Limits of blocks.
    pub limits: Limits,
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

impl Probe<'_> {
    /// Most register rows of the block of a slot.
    pub(crate) fn rows_max(&self, slot: Slot) -> u32 {
        self.limits.rows_max(self.slots.kind(slot), self.slots.extract_rows(slot))
    }
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

/// Register rows drawn by content, for levels that no count gives.
pub(crate) const SAMPLE_ROWS: usize = 1_500;
/// Smallest person keys kept to estimate how many people there are.
pub(crate) const DISTINCT_KEPT: usize = 4_096;

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
    slots: &'a Slots,
    limits: Limits,
    cells: Cells<'a>,
    on: PartialDate,
    plan: Plan,
    places: Places,
}

/// Stands for no number: a row that is not kept.
const GONE: u32 = u32::MAX;
/// Kept rows of a worker below which nothing is forgotten.
const FORGET_ROWS: usize = 50_000;

/// New numbers, from `first`, of the rows that stand in a block of which `stands` is true; [`GONE`] for the others.
fn renumbered(postings: &[(Slot, u32)], rows: usize, first: u32, stands: impl Fn(Slot) -> bool) -> Vec<u32> {
    let mut number = vec![GONE; rows];
    for (slot, row) in postings {
        if stands(*slot) {
            number[*row as usize] = 0;
        }
    }
    let kept = number.iter_mut().filter(|number| **number != GONE);
    for (next, number) in (first..).zip(kept) {
        *number = next;
    }
    number
}

/// The rows that are not [`GONE`], ascending.
fn kept(number: &[u32]) -> Vec<u32> {
    (0_u32..).zip(number).filter(|(_, number)| **number != GONE).map(|(row, _)| row).collect()
}

/// Where the rows of a batch come from.
#[derive(Clone, Copy)]
pub(crate) struct Batch {
    pub data_set: u16,
    pub file: u32,
    pub first_row: u64,
}

/// What one worker gathers; workers are merged in the end, in any order.
pub(crate) struct Worker<'s> {
    reader: RowReader<'s>,
    vocabulary: Vocabulary,
    records: Records,
    people: People,
    postings: Vec<(Slot, u32)>,
    /// Kept rows at which those of crowded blocks are forgotten next.
    forget_at: usize,
    /// Index plan: every key of every row.
    keys: Vec<(u64, u32)>,
    /// Rows of the group at hand.
    keyed: Vec<Keyed>,
    hits: Vec<Vec<Slot>>,
    prober: Prober,
    days: Map<u32, u32>,
    sample: BinaryHeap<(u64, [u64; 4])>,
    sampled: Map<(u64, [u64; 4]), AddressKey>,
    distinct: BinaryHeap<u64>,
    distinct_seen: Set<u64>,
    rows: u64,
    with: [u64; 4],
    nameless: u64,
}

impl<'s> Worker<'s> {
    fn new(on: PartialDate, sought: Option<&'s Set<u64>>) -> Self {
        Self {
            reader: RowReader::new(Some(on), sought),
            vocabulary: Vocabulary::new(),
            records: Records::default(),
            people: People::default(),
            postings: Vec::new(),
            forget_at: FORGET_ROWS,
            keys: Vec::new(),
            keyed: Vec::new(),
            hits: Vec::new(),
            prober: Prober::default(),
            days: map(),
            sample: BinaryHeap::new(),
            sampled: map(),
            distinct: BinaryHeap::new(),
            distinct_seen: set(),
            rows: 0,
            with: [0; 4],
            nameless: 0,
        }
    }

    fn batch(&mut self, shared: &Shared, table: &Table, rows: Range<usize>, batch: Batch) {
        let columns = Columns::new(table);
        match shared.plan {
            Plan::Stream => {
                for first in rows.clone().step_by(GROUP_ROWS) {
                    let rows = first..rows.end.min(first + GROUP_ROWS);
                    self.group(shared, &columns, rows, batch);
                }
            }
            Plan::Index => {
                for row in rows {
                    if let Some(person) = self.read(&columns, row, batch) {
                        self.index();
                        self.keep(shared, &columns, row, person, batch);
                    }
                }
            }
        }
    }

    /// Takes the rows of a batch that no checkpoint is of.
    fn undone(&mut self, shared: &Shared, table: &Table, batch: Batch, checkpoints: Option<&Checkpoints>) {
        let Some(checkpoints) = checkpoints else { return self.batch(shared, table, 0..table.rows(), batch) };
        let (first, file) = (batch.first_row, batch.file);
        for rows in checkpoints.undone(file, first..first + table.rows() as u64) {
            self.batch(shared, table, (rows.start - first) as usize..(rows.end - first) as usize, batch);
            checkpoints.note(file, rows);
        }
    }

    /// Stream plan: looks the keys of a group of rows up in the slots of the extract, and keeps the rows that hit one.
    fn group(&mut self, shared: &Shared, columns: &Columns, rows: Range<usize>, batch: Batch) {
        let len = rows.len();
        if self.records.len() >= self.forget_at {
            self.forget_crowded(&shared.cells);
        }
        self.keyed.resize_with(GROUP_ROWS, Keyed::default);
        self.hits.resize_with(GROUP_ROWS, Vec::new);
        let mut aside = [None; GROUP_ROWS];
        for (place, row) in rows.clone().enumerate() {
            self.keyed[place].clear();
            self.hits[place].clear();
            if let Some(person) = self.read(columns, row, batch) {
                aside[place] = Some((person, self.reader.set_aside(&mut self.keyed[place])));
            }
        }
        self.prober.group(&shared.cells, &self.keyed[..len], &mut self.hits[..len]);
        for (place, row) in rows.enumerate() {
            let Some((person, email)) = aside[place].filter(|_| !self.hits[place].is_empty()) else { continue };
            self.reader.again(columns, row, &mut self.keyed[place], email);
            let survivor = self.records.len() as u32;
            self.postings.extend(self.hits[place].iter().map(|slot| (*slot, survivor)));
            self.keep(shared, columns, row, person, batch);
        }
    }

    /// Forgets rows whose blocks have all grown over their limits, so that memory follows what will be compared and not
    /// the register. They would go in the end: when they go cannot be seen.
    pub(crate) fn forget_crowded(&mut self, cells: &Cells) {
        let (records, people) = (std::mem::take(&mut self.records), std::mem::take(&mut self.people));
        let number = renumbered(&self.postings, records.len(), 0, |slot| cells.stands(slot));
        let rows = kept(&number);
        self.people.take_rows(people, &rows);
        self.records.take_rows(records, &rows, |token| token);
        // Whether a block stands may change between the two looks; a row that stayed for it stays.
        self.postings.retain_mut(|(slot, row)| {
            *row = number[*row as usize];
            *row != GONE && cells.stands(*slot)
        });
        self.forget_at = (2 * self.records.len()).max(FORGET_ROWS);
    }

    /// Memory of the rows that are kept, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let postings = self.postings.capacity() * size_of::<(Slot, u32)>();
        self.records.bytes() + self.people.bytes() + postings + self.vocabulary.bytes()
    }

    /// Gives up the rows that are kept, with their tokens.
    pub(crate) fn drain(&mut self) -> (Rows, Vocabulary) {
        self.forget_at = FORGET_ROWS;
        let rows = Rows {
            records: std::mem::take(&mut self.records),
            people: std::mem::take(&mut self.people),
            postings: std::mem::take(&mut self.postings),
        };
        (rows, std::mem::replace(&mut self.vocabulary, Vocabulary::new()))
    }

    /// Makes room if there are too many rows: forgets those of crowded blocks, then puts the others aside. Whether it is
    /// still to be made, by a checkpoint.
    fn make_room(&mut self, cells: &Cells, aside: &Aside) -> Result<bool> {
        if !aside.is_too_much(self.bytes()) {
            return Ok(false);
        }
        self.forget_crowded(cells);
        if aside.is_little(self.bytes()) || aside.checkpoints.is_some() {
            return Ok(!aside.is_little(self.bytes()));
        }
        self.put_all_aside(aside).map(|()| false)
    }

    fn put_all_aside(&mut self, aside: &Aside) -> Result<()> {
        let bytes = self.bytes();
        let (rows, vocabulary) = self.drain();
        aside.put(rows, &vocabulary, bytes)
    }

    /// Reads the keys of a row and counts its values; `None` for a row that names nobody.
    fn read(&mut self, columns: &Columns, row: usize, batch: Batch) -> Option<PersonKey> {
        let Some(person) = person_key(columns, row, batch.data_set) else {
            self.nameless += 1;
            let id = value(columns.record_id, row);
            self.reader.faults.add("nino", "no_person_key", id);
            return None;
        };
        self.reader.read_keys(columns, row);
        self.count(person);
        self.draw(columns, row, person);
        Some(person)
    }

    /// Adds the row that was read to the survivors.
    fn keep(&mut self, shared: &Shared, columns: &Columns, row: usize, person: PersonKey, batch: Batch) {
        self.reader.read_rest(columns, row, &mut self.vocabulary);
        self.records.push(&self.reader.parts);
        let nino = value(columns.nino, row).unwrap_or("");
        let person_id = value(columns.person_id, row).unwrap_or("");
        self.people.push(person, shared.places.of(batch, columns, row), batch.data_set, nino, person_id);
    }

    /// Index plan: keeps each key of the row that is about to be added.
    fn index(&mut self) {
        let survivor = self.records.len() as u32;
        let keys = &mut self.keys;
        register_keys(&self.reader.keyed, |_, key| {
            keys.push((key, survivor));
            true
        });
    }

    fn count(&mut self, person: PersonKey) {
        let keyed = &self.reader.keyed;
        self.rows += 1;
        if let Some(date) = keyed.birth_date.filter(|date| date.is_complete()) {
            *self.days.entry(date.bits()).or_default() += 1;
            self.with[0] += 1;
        }
        self.with[1] += u64::from(!keyed.phones.is_empty());
        self.with[2] += u64::from(!keyed.emails.is_empty());
        self.with[3] += u64::from(!keyed.postcodes.is_empty());
        let key = mix(person.0, 0);
        let full = self.distinct.len() >= DISTINCT_KEPT;
        if (!full || self.distinct.peek().is_some_and(|largest| key < *largest)) && self.distinct_seen.insert(key) {
            self.distinct.push(key);
            if full && let Some(largest) = self.distinct.pop() {
                self.distinct_seen.remove(&largest);
            }
        }
    }

    /// Keeps the address of the row if its digest is among the lowest.
    fn draw(&mut self, columns: &Columns, row: usize, person: PersonKey) {
        // As it is written: which rows are drawn does not depend on the day of the run.
        let date = self.reader.born.map_or(0, PartialDate::bits);
        let digest = mix(mix(person.0, u64::from(date)), self.reader.name_digest());
        let full = self.sample.len() >= SAMPLE_ROWS;
        if full && self.sample.peek().is_some_and(|(largest, _)| digest > *largest) {
            return;
        }
        let Some(address) = self.reader.address_of(columns, row) else { return };
        let entry = (digest, address.words());
        if self.sampled.insert(entry, address).is_none() {
            self.sample.push(entry);
            if self.sample.len() > SAMPLE_ROWS
                && let Some(largest) = self.sample.pop()
            {
                self.sampled.remove(&largest);
            }
        }
    }
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
    let within = |slot: Slot| slots[slot.index()] <= side.rows_max(slot);
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
        slots: side.slots,
        limits: side.limits,
        cells: Cells::counted(side.slots, &side.limits, &told),
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
        Plan::Index => probe_index(&mut workers, shared.slots, &shared.limits),
    };
    let within = |slot: Slot| {
        let rows_max = shared.limits.rows_max(shared.slots.kind(slot), shared.slots.extract_rows(slot));
        slot_counts[slot.index()] <= rows_max
    };
    let mut merged = Merged::default();
    for mut worker in workers {
        merged.take_counts(&mut worker);
        merged.take_survivors(worker, &within, vocabulary);
    }
    merged.finish(slot_counts)
}

/// Index plan: one index over the keys of all rows, probed with every slot of the extract. Fills the postings of the
/// workers and returns the rows of each slot.
fn probe_index(workers: &mut [Worker], slots: &Slots, limits: &Limits) -> Vec<u32> {
    let rows: Vec<u32> = workers.iter().map(|worker| worker.records.len() as u32).collect();
    let index = KeyIndex::build(workers.iter_mut().map(|worker| std::mem::take(&mut worker.keys)), &rows);
    let mut counts = vec![0; slots.len()];
    for (number, count) in counts.iter_mut().enumerate() {
        let slot = Slot(number as u32);
        let found = index.rows(slots.key(slot));
        *count = found.len() as u32;
        let kind = slots.kind(slot);
        if kind.rule().is_some() && *count <= limits.rows_max(kind, slots.extract_rows(slot)) {
            for (_, row) in found {
                let (worker, row) = index.worker_of(*row);
                workers[worker].postings.push((slot, row));
            }
        }
    }
    counts
}

/// How many distinct uniform keys there are, from the smallest of them: exact while all are kept.
pub(crate) fn estimate_distinct(smallest: &[u64]) -> f64 {
    let kept = smallest.len().min(DISTINCT_KEPT);
    if kept < DISTINCT_KEPT {
        return kept as f64;
    }
    let largest = smallest[kept - 1] as f64 / 2.0_f64.powi(64);
    (kept as f64 - 1.0) / largest
}

/// What all workers of a pass have counted and kept, merged.
pub(crate) struct Merged {
    pub records: Records,
    pub people: People,
    pub postings: Vec<Vec<(Slot, Survivor)>>,
    pub tokens: Map<u64, TokenCount>,
    pub days: Map<u32, u32>,
    pub with: [u64; 4],
    pub rows: u64,
    pub nameless: u64,
    pub distinct: Vec<u64>,
    pub sample: Vec<((u64, [u64; 4]), AddressKey)>,
    pub faults: FaultCounts,
}

/// Register rows with the blocks that they stand in.
pub(crate) struct Rows {
    pub records: Records,
    pub people: People,
    pub postings: Vec<(Slot, u32)>,
}

impl Default for Merged {
    fn default() -> Self {
        Self {
            records: Records::default(),
            people: People::default(),
            postings: Vec::new(),
            tokens: map(),
            days: map(),
            with: [0; 4],
            rows: 0,
            nameless: 0,
            distinct: Vec::new(),
            sample: Vec::new(),
            faults: FaultCounts::default(),
        }
    }
}

impl Merged {
    #[expect(clippy::iter_over_hash_type, reason = "sums of integers: the order cannot be seen")]
    pub(crate) fn take_counts(&mut self, worker: &mut Worker) {
        self.rows += worker.rows;
        self.nameless += worker.nameless;
        for (sum, rows) in self.with.iter_mut().zip(worker.with) {
            *sum += rows;
        }
        let tokens = std::mem::take(&mut worker.reader.tokens_known);
        if self.tokens.is_empty() {
            // Millions of tokens are not held twice.
            self.tokens = tokens;
        } else {
            for (hash, token) in tokens {
                self.tokens.entry(hash).or_insert(TokenCount { count: 0, ..token }).count += token.count;
            }
        }
        for (date, count) in std::mem::take(&mut worker.days) {
            *self.days.entry(date).or_default() += count;
        }
        self.distinct.extend(std::mem::take(&mut worker.distinct));
        self.sample.extend(std::mem::take(&mut worker.sampled));
        self.faults.merge(std::mem::take(&mut worker.reader.faults));
    }

    /// Keeps the rows of a worker that stand in a block within its limit: which rows those are does not depend on when
    /// a worker saw that a block had grown too large.
    fn take_survivors(&mut self, worker: Worker, within: &impl Fn(Slot) -> bool, vocabulary: &mut Vocabulary) {
        let Worker { records, people, postings, vocabulary: own, .. } = worker;
        self.take_rows(Rows { records, people, postings }, &own, within, vocabulary);
    }

    /// The same for rows whose tokens are those of `own`.
    pub(crate) fn take_rows(
        &mut self,
        rows: Rows,
        own: &Vocabulary,
        within: &impl Fn(Slot) -> bool,
        vocabulary: &mut Vocabulary,
    ) {
        let number = renumbered(&rows.postings, rows.records.len(), self.records.len() as u32, within);
        let mut tokens: Vec<Option<TokenId>> = vec![None; own.len()];
        let of_number = kept(&number);
        self.people.take_rows(rows.people, &of_number);
        self.records.take_rows(rows.records, &of_number, |token| {
            *tokens[token.0 as usize].get_or_insert_with(|| vocabulary.intern(own.text(token), own.code(token)))
        });
        let kept = rows
            .postings
            .into_iter()
            .filter(|(slot, _)| within(*slot))
            .map(|(slot, row)| (slot, Survivor(number[row as usize])))
            .collect();
        self.postings.push(kept);
    }

    /// Forgets what the lowest digests leave out.
    pub(crate) fn keep_lowest(&mut self) {
        self.distinct.sort_unstable();
        self.distinct.dedup();
        self.distinct.truncate(DISTINCT_KEPT);
        self.sample.sort_unstable_by_key(|(entry, _)| *entry);
        self.sample.dedup_by_key(|(entry, _)| *entry);
        self.sample.truncate(SAMPLE_ROWS);
    }

    pub(crate) fn finish(mut self, slots: Vec<u32>) -> Scanned {
        self.keep_lowest();
        let mut sample = Records::default();
        for (_, address) in self.sample {
            sample.push(&RecordParts { addresses: vec![address], ..RecordParts::default() });
        }
        let [birth_dates, phones, emails, postcodes] = self.with;
        Scanned {
            counts: Counts {
                rows: self.rows,
                persons: estimate_distinct(&self.distinct),
                birth_dates,
                phones,
                emails,
                postcodes,
                days: self.days,
                tokens: self.tokens,
                slots,
            },
            records: self.records,
            people: self.people,
            postings: self.postings,
            sample,
            faults: self.faults,
            row_faults: Vec::new(),
            file_rows: Vec::new(),
            nameless_rows: self.nameless,
            put_aside: None,
        }
    }
}
