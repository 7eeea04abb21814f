//! Rows that were put aside, sorted by ranges of extract rows: one range at a time is compared and decided.
//!
//! A block is complete in every part that asks for it, so a row may be in several. Which rows stand is known only now,
//! after the scan: the others end here. Parts are the ranges in order, then, where there are several, those of the rows
//! whose companions are counted.

use crate::block::{Blocks, Limits, Slots};
use crate::compare::{RecordParts, Records, TokenId, Vocabulary};
use crate::engine::PersonKey;
use crate::engine::aside::{PutAside, RowBlocks};
use crate::engine::extract::ExtractSide;
use crate::engine::partial::{kind, read_row};
use crate::engine::people::People;
use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches, RecordBatch, batch_stream, read_stream};
use crate::ids::{Slot, Survivor};
use crate::lexicon;
use crate::score::{ASKED_CHUNK, pairs_asked, rows_asked};
use crate::store::BlockFile;
use crate::util::hash::{Map, map, text_hash};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Most ranges, and most parts for companions: each part is a file that is open, and takes a bit of every slot.
const RANGES_MAX: usize = 96;
const ASKED_MAX: usize = 16;
/// How much larger a part may turn out than its share of all blocks: rows that several parts ask for are in each.
const OVER: f64 = 1.6;

/// The surviving rows of some extract rows, with the blocks that they stand in.
pub(crate) struct Held<'a> {
    pub blocks: Blocks<'a>,
    pub records: Records,
    pub people: People,
}

/// What extract rows are looked at together.
pub(crate) struct Parts {
    /// All extract rows, in order.
    pub ranges: Vec<Range<usize>>,
    /// Rows whose companions are counted, in order; with one range its part serves for them too.
    pub asked: Vec<Vec<usize>>,
}

impl Parts {
    /// Everything together.
    pub(crate) fn one(rows: usize, asked: Vec<usize>) -> Self {
        Self { ranges: std::iter::once(0..rows).collect(), asked: vec![asked] }
    }

    /// The part in which the blocks of a group of asked rows are.
    pub(crate) fn of_asked(&self, group: usize) -> usize {
        if self.ranges.len() == 1 { 0 } else { self.ranges.len() + group }
    }

    fn len(&self) -> usize {
        self.of_asked(self.asked.len() - 1) + 1
    }
}

/// Rows on the disk, by part.
pub(crate) struct Parted {
    pub parts: Parts,
    /// Which parts ask for a slot.
    asked_by: Masks,
    files: Vec<BlockFile>,
    /// Rows that stand in a block.
    pub survivors: u64,
    /// Bytes that all rows that were put aside took in memory.
    pub held_bytes: u64,
    /// Bytes that were written for them.
    pub disk_bytes: u64,
}

/// A bit for each slot and part.
struct Masks {
    stride: usize,
    bits: Vec<u8>,
}

impl Masks {
    fn new(slots: usize, parts: usize) -> Self {
        let stride = parts.div_ceil(8);
        Self { stride, bits: vec![0; slots * stride] }
    }

    fn set(&mut self, slot: Slot, part: usize) {
        self.bits[slot.index() * self.stride + part / 8] |= 1 << (part % 8);
    }

    fn has(&self, slot: Slot, part: usize) -> bool {
        self.bits[slot.index() * self.stride + part / 8] >> (part % 8) & 1 == 1
    }

    /// Adds the parts that ask for a slot to `sum`.
    fn add(&self, slot: Slot, sum: &mut [u8]) {
        let of_slot = &self.bits[slot.index() * self.stride..][..self.stride];
        sum.iter_mut().zip(of_slot).for_each(|(sum, bits)| *sum |= bits);
    }
}

/// The blocks of the extract, all rows of the registers counted.
#[derive(Clone, Copy)]
pub(crate) struct Counted<'a> {
    pub slots: &'a Slots,
    pub limits: Limits,
    pub counts: &'a [u32],
}

impl Counted<'_> {
    fn stands(&self, slot: Slot) -> bool {
        self.counts[slot.index()] <= self.limits.rows_max(self.slots.kind(slot), self.slots.extract_rows(slot))
    }

    /// Rows that are kept for a slot.
    fn rows(&self, slot: Slot) -> f64 {
        if self.stands(slot) { f64::from(self.counts[slot.index()]) } else { 0.0 }
    }
}

/// Cuts the extract so that the rows that a part asks for fit into the room; cuts are at multiples of `chunk`.
fn plan(side: &ExtractSide, put: &PutAside, counted: Counted, chunk: usize) -> Parts {
    let rows = side.slots.rows();
    let asked = rows_asked(&side.records, &side.vocabulary);
    let all: f64 = (0..side.slots.len()).map(|slot| counted.rows(Slot(slot as u32))).sum();
    let needed = |rows: f64| match put.room {
        Some(room) => (OVER * put.bytes as f64 * (rows / all.max(1.0)) / room.max(1) as f64).ceil() as usize,
        None => 1,
    };
    let count = needed(all).clamp(1, RANGES_MAX);
    if count == 1 {
        return Parts::one(rows, asked);
    }
    let of_chunk = |first: usize| -> f64 {
        let rows = first..rows.min(first + chunk);
        rows.flat_map(|row| side.slots.of_row(row)).map(|slot| counted.rows(Slot(*slot))).sum()
    };
    let weights: Vec<f64> = (0..rows).step_by(chunk).map(of_chunk).collect();
    let share = weights.iter().sum::<f64>() / count as f64;
    let (mut ranges, mut start, mut sum) = (Vec::new(), 0, 0.0);
    for (number, weight) in weights.iter().enumerate() {
        sum += weight;
        let end = rows.min((number + 1) * chunk);
        if sum >= share * (ranges.len() + 1) as f64 || end == rows {
            ranges.push(start..end);
            start = end;
        }
    }
    let mut pairs = 0.0;
    for row in &asked {
        pairs_asked(&side.records, &side.vocabulary, *row, |_, _, key| {
            pairs += side.slots.find(key).map_or(0.0, |slot| counted.rows(slot));
        });
    }
    let groups = needed(pairs).clamp(1, ASKED_MAX);
    let size = asked.len().div_ceil(groups).next_multiple_of(ASKED_CHUNK).max(ASKED_CHUNK);
    let mut asked: Vec<Vec<usize>> = asked.chunks(size).map(<[usize]>::to_vec).collect();
    asked.resize(asked.len().max(1), Vec::new());
    Parts { ranges, asked }
}

impl Parted {
    /// Sorts what was put aside, and adds the tokens of rows that stand to the extract's.
    pub(crate) fn new(
        put: PutAside,
        side: &mut ExtractSide,
        limits: Limits,
        counts: &[u32],
        chunk: usize,
    ) -> Result<Self> {
        let parts = plan(side, &put, Counted { slots: &side.slots, limits, counts }, chunk);
        let asked_by = masks(&parts, side);
        let files = (0..parts.len()).map(|_| BlockFile::nameless(&put.folder)).collect::<Result<Vec<_>>>()?;
        let counted = Counted { slots: &side.slots, limits, counts };
        let sorting = Sorting {
            counted,
            asked_by: &asked_by,
            files: &files,
            vocabulary: Mutex::new(&mut side.vocabulary),
            survivors: AtomicU64::new(0),
        };
        let units: Vec<(&RowBlocks, usize)> = put
            .blocks
            .iter()
            .flat_map(|blocks| (blocks.first..blocks.file.blocks()).map(move |at| (blocks, at)))
            .collect();
        units.into_par_iter().with_max_len(1).try_for_each(|(blocks, at)| sorting.block(blocks.file.read(at)?))?;
        let survivors = sorting.survivors.into_inner();
        let disk_bytes = files.iter().map(BlockFile::bytes).sum::<u64>()
            + put.blocks.iter().map(|blocks| blocks.file.bytes()).sum::<u64>();
        Ok(Self { parts, asked_by, files, survivors, held_bytes: put.bytes, disk_bytes })
    }

    /// The rows that a part asks for, and its blocks.
    pub(crate) fn load<'a>(&self, part: usize, counted: Counted<'a>, vocabulary: &Vocabulary) -> Result<Held<'a>> {
        let file = &self.files[part];
        let (mut records, mut people, mut postings) = (Records::default(), People::default(), Vec::new());
        let together = rayon::current_num_threads();
        for first in (0..file.blocks()).step_by(together) {
            let last = file.blocks().min(first + together);
            let pieces: Vec<Piece> = (first..last)
                .into_par_iter()
                .with_max_len(1)
                .map(|at| self.piece(part, file.read(at)?, vocabulary))
                .collect::<Result<_>>()?;
            for piece in pieces {
                let base = records.len() as u32;
                let rows: Vec<u32> = (0..piece.records.len() as u32).collect();
                people.take_rows(piece.people, &rows);
                records.take_rows(piece.records, &rows, |token| token);
                postings.extend(piece.postings.into_iter().map(|(slot, row)| (slot, Survivor(base + row))));
            }
        }
        let blocks = Blocks::new(counted.slots, counted.limits, counted.counts, &[postings]);
        Ok(Held { blocks, records, people })
    }

    fn piece(&self, part: usize, block: Vec<u8>, vocabulary: &Vocabulary) -> Result<Piece> {
        let mut piece = Piece::default();
        let mut parts = RecordParts::default();
        read_stream(
            block,
            |_| true,
            |line| {
                let mut unknown = false;
                let read = read_row(line, &mut parts, |_, hash| {
                    let found = vocabulary.find(hash);
                    unknown |= found.is_none();
                    found.unwrap_or(TokenId(0))
                })?;
                if unknown {
                    return Err(Error::internal("a row that was put aside has a token that no row had"));
                }
                let row = piece.records.len() as u32;
                piece.records.push(&parts);
                piece.people.push(PersonKey(line.key), read.place, read.data_set, read.nino, read.person_id);
                let asked = line.slots.iter().map(|slot| Slot(*slot)).filter(|slot| self.asked_by.has(*slot, part));
                piece.postings.extend(asked.map(|slot| (slot, row)));
                Ok(())
            },
        )?;
        Ok(piece)
    }
}

/// Rows of one block.
#[derive(Default)]
struct Piece {
    records: Records,
    people: People,
    postings: Vec<(Slot, u32)>,
}

fn masks(parts: &Parts, side: &ExtractSide) -> Masks {
    let mut masks = Masks::new(side.slots.len(), parts.len());
    for (part, range) in parts.ranges.iter().enumerate() {
        for row in range.clone() {
            side.slots.of_row(row).iter().for_each(|slot| masks.set(Slot(*slot), part));
        }
    }
    for (group, asked) in parts.asked.iter().enumerate() {
        let part = parts.of_asked(group);
        for row in asked {
            pairs_asked(&side.records, &side.vocabulary, *row, |_, _, key| {
                if let Some(slot) = side.slots.find(key) {
                    masks.set(slot, part);
                }
            });
        }
    }
    masks
}

/// Sorts blocks into parts.
struct Sorting<'a> {
    counted: Counted<'a>,
    asked_by: &'a Masks,
    files: &'a [BlockFile],
    vocabulary: Mutex<&'a mut Vocabulary>,
    survivors: AtomicU64,
}

impl Sorting<'_> {
    fn block(&self, block: Vec<u8>) -> Result<()> {
        let put = |file: &BlockFile, batch: RecordBatch| file.append(batch_stream(&batch)?);
        let mut puts: Vec<_> = self.files.iter().map(|file| move |batch| put(file, batch)).collect();
        let mut outs: Vec<LineBatches> = puts.iter_mut().map(|put| LineBatches::new(put)).collect();
        let mut tokens: Map<u64, String> = map();
        let mut asked = vec![0; self.asked_by.stride];
        let mut standing = Vec::new();
        let mut survivors = 0;
        read_stream(
            block,
            |_| true,
            |line| {
                if line.kind != kind::SURVIVOR
                    || line.slots.iter().any(|slot| *slot as usize >= self.counted.counts.len())
                {
                    return Err(Error::input("a part of a checkpoint is not what was written"));
                }
                standing.clear();
                standing.extend(line.slots.iter().filter(|slot| self.counted.stands(Slot(**slot))));
                if standing.is_empty() {
                    return Ok(());
                }
                survivors += 1;
                for token in line.texts.iter().skip(2) {
                    tokens.entry(text_hash(token.as_bytes())).or_insert_with(|| (*token).to_owned());
                }
                asked.fill(0);
                standing.iter().for_each(|slot| self.asked_by.add(Slot(*slot), &mut asked));
                let is_asked = |part: usize| asked[part / 8] >> (part % 8) & 1 == 1;
                let line = Line { slots: &standing, ..*line };
                let mut outs = outs.iter_mut().enumerate().filter(|(part, _)| is_asked(*part));
                outs.try_for_each(|(_, out)| out.push(&line))
            },
        )?;
        outs.into_iter().try_for_each(LineBatches::finish)?;
        self.survivors.fetch_add(survivors, Ordering::Relaxed);
        self.intern(tokens);
        Ok(())
    }

    #[expect(clippy::iter_over_hash_type, reason = "numbers of tokens cannot be seen")]
    fn intern(&self, tokens: Map<u64, String>) {
        let mut scratch = Vec::new();
        let mut vocabulary = self.vocabulary.lock().unwrap_or_else(PoisonError::into_inner);
        for (hash, token) in tokens {
            if vocabulary.find(hash).is_none() {
                let code = lexicon::block_code(&token, &mut scratch);
                vocabulary.intern_hashed(&token, hash, code);
            }
        }
    }
}
