//! The surviving rows of a scan as what follows looks at them: all together, or range by range from the disk.

use crate::block::{Blocks, Limits};
use crate::compare::{Records, Vocabulary};
use crate::engine::aside::{Counted, Held, Parted, Parts};
use crate::engine::extract::ExtractSide;
use crate::engine::people::People;
use crate::engine::scan::Scanned;
use crate::error::{Error, Result};
use crate::ids::{Slot, Survivor};
use crate::score::{CompanionCounts, Frequencies, rows_asked};
use std::ops::Range;

/// The surviving rows, wherever they are.
pub(crate) struct Survivors {
    rows: Rows,
    about: About,
}

enum Rows {
    /// In memory; taken out when they are looked at first.
    Memory(Option<InMemory>, Parts),
    Disk(Parted),
}

struct InMemory {
    records: Records,
    people: People,
    postings: Vec<Vec<(Slot, Survivor)>>,
}

/// What is said of them.
#[derive(Clone, Copy)]
pub(crate) struct About {
    /// Rows that stand in a block.
    pub rows: u64,
    /// Memory that they take, or took before they were put aside.
    pub bytes: usize,
    /// Bytes written for them.
    pub disk_bytes: u64,
    pub ranges: usize,
}

impl Survivors {
    /// Takes the rows out of what a scan brought. Of rows on the disk, the tokens are added to those of the extract; cuts
    /// are at multiples of `chunk` extract rows.
    pub(crate) fn new(scanned: &mut Scanned, side: &mut ExtractSide, limits: Limits, chunk: usize) -> Result<Self> {
        if let Some(put) = scanned.put_aside.take() {
            let parted = Parted::new(put, side, limits, &scanned.counts.slots, chunk)?;
            let (ranges, bytes) = (parted.parts.ranges.len(), parted.held_bytes as usize);
            let about = About { rows: parted.survivors, bytes, disk_bytes: parted.disk_bytes, ranges };
            return Ok(Self { rows: Rows::Disk(parted), about });
        }
        let (rows, bytes) = (scanned.records.len() as u64, scanned.survivor_bytes());
        let all = InMemory {
            records: std::mem::take(&mut scanned.records),
            people: std::mem::take(&mut scanned.people),
            postings: std::mem::take(&mut scanned.postings),
        };
        let parts = Parts::one(side.slots.rows(), rows_asked(&side.records, &side.vocabulary));
        Ok(Self { rows: Rows::Memory(Some(all), parts), about: About { rows, bytes, disk_bytes: 0, ranges: 1 } })
    }

    pub(crate) fn about(&self) -> About {
        self.about
    }

    /// The rows, to be looked at part by part.
    pub(crate) fn loaded<'a>(&'a mut self, side: &'a ExtractSide, limits: Limits, counts: &'a [u32]) -> Loaded<'a> {
        let counted = Counted { slots: &side.slots, limits, counts };
        let (parts, parted, held) = match &mut self.rows {
            Rows::Memory(all, parts) => {
                // The blocks hold what the postings say in another order; both at a time would be the peak.
                let held = all.take().map(|all| {
                    let blocks = Blocks::new(counted.slots, limits, counts, &all.postings);
                    (0, Held { blocks, records: all.records, people: all.people })
                });
                (&*parts, None, held)
            }
            Rows::Disk(parted) => (&parted.parts, Some(&*parted), None),
        };
        Loaded { side, counted, parts, parted, held }
    }
}

/// Rows of one part at a time.
pub(crate) struct Loaded<'a> {
    side: &'a ExtractSide,
    counted: Counted<'a>,
    parts: &'a Parts,
    parted: Option<&'a Parted>,
    /// The part that was looked at last.
    held: Option<(usize, Held<'a>)>,
}

impl<'a> Loaded<'a> {
    /// Ranges of extract rows, in order; they are the first parts.
    pub(crate) fn ranges(&self) -> Vec<Range<usize>> {
        self.parts.ranges.clone()
    }

    /// The rows of a part; those of another are let go of.
    pub(crate) fn part(&mut self, number: usize) -> Result<&Held<'a>> {
        if self.held.as_ref().is_none_or(|(held, _)| *held != number) {
            self.held = None;
            let parted = self.parted.ok_or_else(|| Error::internal("rows in memory are one part"))?;
            let vocabulary: &Vocabulary = &self.side.vocabulary;
            self.held = Some((number, parted.load(number, self.counted, vocabulary)?));
        }
        let held = self.held.as_ref().ok_or_else(|| Error::internal("no part is held"))?;
        Ok(&held.1)
    }

    /// Counts strangers that share two tokens with rows of the extract.
    pub(crate) fn count_companions(&mut self, frequencies: &Frequencies) -> Result<CompanionCounts> {
        let mut counts = CompanionCounts::default();
        let (parts, side) = (self.parts, self.side);
        for (group, asked) in parts.asked.iter().enumerate() {
            let held = self.part(parts.of_asked(group))?;
            let person = |row: usize| held.people.key(row).0;
            let (extract, vocabulary) = (&side.records, &side.vocabulary);
            counts.append(frequencies.count_companions(
                asked,
                &held.blocks,
                extract,
                &held.records,
                &person,
                vocabulary,
            ));
        }
        Ok(counts)
    }
}
