//! One worker of a scan: reads rows, looks their keys up, and keeps those that the extract shares one with.

use crate::block::{Keyed, register_keys};
use crate::compare::{Records, Vocabulary};
use crate::engine::aside::{Aside, Checkpoints};
use crate::engine::lowest::Lowest;
use crate::engine::people::{People, PersonKey};
use crate::engine::probe::{Cells, GROUP_ROWS, Prober};
use crate::engine::reading::{Columns, RowReader, person_key, value};
use crate::engine::scan::merged::{DISTINCT_KEPT, GONE, Rows, SAMPLE_ROWS, kept, renumbered};
use crate::engine::scan::{Batch, Plan, Shared};
use crate::error::Result;
use crate::frame::Table;
use crate::ids::Slot;
use crate::model::value::PartialDate;
use crate::util::hash::{Map, Set, map, mix};
use std::ops::Range;

/// Kept rows of a worker below which nothing is forgotten.
const FORGET_ROWS: usize = 50_000;

/// What one worker gathers; workers are merged in the end, in any order.
pub(crate) struct Worker<'s> {
    pub(super) reader: RowReader<'s>,
    vocabulary: Vocabulary,
    pub(super) records: Records,
    people: People,
    pub(super) postings: Vec<(Slot, u32)>,
    /// Kept rows at which those of crowded blocks are forgotten next.
    forget_at: usize,
    /// Index plan: every key of every row.
    pub(super) keys: Vec<(u64, u32)>,
    /// Rows of the group at hand.
    keyed: Vec<Keyed>,
    hits: Vec<Vec<Slot>>,
    prober: Prober,
    pub(super) days: Map<u32, u32>,
    /// Digests of rows with the words of their addresses.
    pub(super) sample: Lowest<(u64, [u64; 4])>,
    pub(super) distinct: Lowest<u64>,
    pub(super) rows: u64,
    pub(super) with: [u64; 4],
    pub(super) nameless: u64,
}

impl<'s> Worker<'s> {
    pub(super) fn new(on: PartialDate, sought: Option<&'s Set<u64>>) -> Self {
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
            sample: Lowest::new(SAMPLE_ROWS),
            distinct: Lowest::new(DISTINCT_KEPT),
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
    pub(super) fn undone(&mut self, shared: &Shared, table: &Table, batch: Batch, checkpoints: Option<&Checkpoints>) {
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
    pub(super) fn make_room(&mut self, cells: &Cells, aside: &Aside) -> Result<bool> {
        if !aside.is_too_much(self.bytes()) {
            return Ok(false);
        }
        self.forget_crowded(cells);
        if aside.is_little(self.bytes()) || aside.checkpoints.is_some() {
            return Ok(!aside.is_little(self.bytes()));
        }
        self.put_all_aside(aside).map(|()| false)
    }

    pub(super) fn put_all_aside(&mut self, aside: &Aside) -> Result<()> {
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
        self.distinct.add(mix(person.0, 0));
    }

    /// Keeps the address of the row if its digest is among the lowest.
    fn draw(&mut self, columns: &Columns, row: usize, person: PersonKey) {
        // As it is written: which rows are drawn does not depend on the day of the run.
        let date = self.reader.born.map_or(0, PartialDate::bits);
        let digest = mix(mix(person.0, u64::from(date)), self.reader.name_digest());
        if self.sample.wants(&(digest, [0; 4]))
            && let Some(address) = self.reader.address_of(columns, row)
        {
            self.sample.add((digest, address.words()));
        }
    }
}
