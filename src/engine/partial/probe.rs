//! The probe as a file: the keys of the extract with what finds them, and nothing else of it.
//!
//! Lines of kind 9, each a table as it is in memory, so that a pass over a part of a register maps the file and begins:
//! `key`: which one; `count`: its values; `numbers`: the values, those of 32 bits two a number, the first in the lower half.
//!
//! | `key` | values | bits |
//! |---|---|---|
//! | 0 | keys, ascending: the place of a key is the number of its slot | 64 |
//! | 1 | words of the filter, see [`KeyTable`] | 64 |
//! | 2 | first slots of the buckets, and one past the last slot | 32 |
//! | 3 | most register rows of the block of each slot; 0 where it is only counted | 32 |
//! | 4 | blocking codes of name tokens, ascending | 64 |
//!
//! Kind 0: `texts`: `rewash probe 3`, version of the program, digest, digest of what else the extract has of each slot, date
//! of the run, names of the data sets; `numbers`: limits of blocks. Neither names nor dates nor numbers of people are in it,
//! but hashes of them: it is to be kept like the extract.

use crate::block::{KeyTable, Limits, Slots};
use crate::engine::ExtractSide;
use crate::engine::partial::kind;
use crate::engine::scan::{Places, Plan, Probe};
use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches, Lists, RecordBatch, read_lines};
use crate::ids::Slot;
use crate::model::value::PartialDate;
use crate::standardise::{date, tables_digest};
use crate::util::hash::{Digest, Set, set};
use arrow::buffer::ScalarBuffer;

/// Name and version of the form of probes.
const FORMAT: &str = "rewash probe 3";

/// What a pass over a register needs of the extract.
pub struct ProbeFile {
    keys: KeyTable,
    /// Most register rows of each block.
    blocks_max: ScalarBuffer<u32>,
    codes: Set<u64>,
    about: About,
    digest: String,
    of_slots: String,
}

/// What a probe is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Date of the run.
    pub on: PartialDate,
    /// Limits of blocks.
    pub limits: Limits,
    /// Names of the data sets, by number.
    pub data_sets: Vec<String>,
}

impl ProbeFile {
    /// The probe of an extract.
    pub fn new(side: ExtractSide, about: About) -> Self {
        let blocks_max: ScalarBuffer<u32> = side.slots.blocks_max(&about.limits).into();
        let of_slots = slots_digest(&side.slots);
        let digest = digest(side.slots.keys(), &blocks_max, &sorted(&side.codes), &of_slots, &about);
        Self { keys: side.slots.into_keys(), blocks_max, codes: side.codes, about, digest, of_slots }
    }

    /// What it is for.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Digest of all that is in it: what belongs together has the same.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Number of its slots.
    pub fn slots(&self) -> usize {
        self.keys.len()
    }

    /// Whether it is the probe of this extract.
    pub fn is_of(&self, side: &ExtractSide) -> bool {
        let blocks_max = side.slots.blocks_max(&self.about.limits).into();
        let of_slots = slots_digest(&side.slots);
        digest(side.slots.keys(), &blocks_max, &sorted(&side.codes), &of_slots, &self.about) == self.digest
    }

    /// Whether the block of a slot stands that has so many register rows.
    pub fn stands(&self, slot: Slot, rows: u32) -> bool {
        rows <= self.blocks_max[slot.index()]
    }

    /// The probe for a pass whose rows come in batches that another program cuts.
    pub fn probe(&self, batch_rows: usize) -> Probe<'_> {
        Probe {
            keys: &self.keys,
            blocks_max: &self.blocks_max,
            codes: &self.codes,
            on: self.about.on,
            plan: Plan::Stream,
            batch_rows,
            rows_max: None,
            places: Places::Content,
        }
    }

    /// Writes it as lines.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut LineBatches) -> Result<()> {
        let mut table = |key: u64, count: usize, numbers: &[u64]| {
            out.push(&Line { kind: kind::TABLE, key, count: count as u64, numbers, ..Line::default() })
        };
        let (keys, filter, buckets) = (self.keys.keys(), self.keys.filter(), self.keys.buckets());
        table(0, keys.len(), keys)?;
        table(1, filter.len(), filter)?;
        table(2, buckets.len(), &paired(buckets))?;
        table(3, self.blocks_max.len(), &paired(&self.blocks_max))?;
        table(4, self.codes.len(), &sorted(&self.codes))?;
        let on = self.about.on.to_string();
        let version = version();
        let mut texts = vec![FORMAT, &version, &self.digest, &self.of_slots, &on];
        texts.extend(self.about.data_sets.iter().map(String::as_str));
        let numbers = limit_numbers(&self.about.limits);
        out.push(&Line { kind: kind::END, texts: &texts, numbers: &numbers, ..Line::default() })
    }

    /// Reads one from all its batches; its tables stay where those are.
    ///
    /// # Errors
    /// When they are not those of a whole probe of this version.
    pub fn read(batches: &[RecordBatch]) -> Result<Self> {
        let mut end = None;
        // A probe of another version may have other kinds of lines: it is told as what it is.
        batches.iter().try_for_each(|batch| {
            read_lines(
                batch,
                |of| of == kind::END,
                |line| {
                    end = Some(read_end(line)?);
                    Ok(())
                },
            )
        })?;
        let End { about, digest: stated, of_slots } = end.ok_or_else(damaged)?;
        let [keys, filter, buckets, blocks_max, codes] = tables(batches)?;
        let (buckets, blocks_max) = (buckets.halves()?, blocks_max.halves()?);
        let codes = codes.whole()?;
        let sum = |keys: &KeyTable| digest(keys, &blocks_max, &codes, &of_slots, &about);
        let keys = KeyTable::of_parts(keys.whole()?, filter.whole()?, buckets).ok_or_else(damaged)?;
        if blocks_max.len() != keys.len() || sum(&keys) != stated {
            return Err(damaged());
        }
        let mut known = set();
        known.extend(codes.iter().copied());
        Ok(Self { keys, blocks_max, codes: known, about, digest: stated, of_slots })
    }
}

/// A table as it stands in a file.
#[derive(Clone)]
struct Held {
    count: usize,
    words: ScalarBuffer<u64>,
}

impl Held {
    /// Values of 64 bits.
    fn whole(self) -> Result<ScalarBuffer<u64>> {
        if self.words.len() == self.count { Ok(self.words) } else { Err(damaged()) }
    }

    /// Values of 32 bits.
    fn halves(self) -> Result<ScalarBuffer<u32>> {
        let fits = self.words.len() == self.count.div_ceil(2);
        if fits { Ok(ScalarBuffer::new(self.words.into_inner(), 0, self.count)) } else { Err(damaged()) }
    }
}

/// The tables of a probe, each of which is there once.
fn tables<const TABLES: usize>(batches: &[RecordBatch]) -> Result<[Held; TABLES]> {
    let mut found: [Option<Held>; TABLES] = [const { None }; TABLES];
    for batch in batches {
        for (of, key, count, words) in Lists::new(batch)?.lines() {
            if of == kind::END {
                continue;
            }
            let place = usize::try_from(key).ok().filter(|_| of == kind::TABLE).and_then(|key| found.get_mut(key));
            let place = place.filter(|place| place.is_none()).ok_or_else(damaged)?;
            *place = Some(Held { count: usize::try_from(count).map_err(|_| damaged())?, words });
        }
    }
    let whole: Option<Vec<Held>> = found.into_iter().collect();
    whole.and_then(|whole| whole.try_into().ok()).ok_or_else(damaged)
}

/// Values of 32 bits, two a number.
fn paired(values: &[u32]) -> Vec<u64> {
    let pair = |pair: &[u32]| u64::from(pair[0]) | pair.get(1).map_or(0, |second| u64::from(*second) << 32);
    values.chunks(2).map(pair).collect()
}

fn damaged() -> Error {
    Error::input("is not a whole probe").hint("make it with `rewash stage probe`")
}

/// The last line of a probe.
struct End {
    about: About,
    digest: String,
    of_slots: String,
}

/// Version of the program, and which tables it reads names and addresses by: keys of others do not meet its own.
fn version() -> String {
    format!("{} (tables {})", env!("CARGO_PKG_VERSION"), tables_digest())
}

fn read_end(line: &Line) -> Result<End> {
    let [format, version, rest @ ..] = line.texts else { return Err(damaged()) };
    let ours = self::version();
    if *format != FORMAT || *version != ours {
        return Err(Error::input(format!("is not a probe of version {ours} of the program"))
            .hint("make it with `rewash stage probe` of the version that reads it"));
    }
    let [digest, of_slots, on, data_sets @ ..] = rest else { return Err(damaged()) };
    let [two, part_of_date, contact, rows, pairs] = *line.numbers else { return Err(damaged()) };
    let limit = |number: u64| u32::try_from(number).map_err(|_| damaged());
    let limits = Limits {
        two: limit(two)?,
        part_of_date: limit(part_of_date)?,
        contact: limit(contact)?,
        rows: limit(rows)?,
        pairs,
    };
    let on = date::read(on).value.ok_or_else(damaged)?;
    let data_sets = data_sets.iter().map(|name| (*name).to_owned()).collect();
    let [digest, of_slots] = [digest, of_slots].map(|text| (*text).to_owned());
    Ok(End { about: About { on, limits, data_sets }, digest, of_slots })
}

const fn limit_numbers(limits: &Limits) -> [u64; 5] {
    [limits.two as u64, limits.part_of_date as u64, limits.contact as u64, limits.rows as u64, limits.pairs]
}

fn sorted(codes: &Set<u64>) -> Vec<u64> {
    let mut codes: Vec<u64> = codes.iter().copied().collect();
    codes.sort_unstable();
    codes
}

fn digest(keys: &KeyTable, blocks_max: &ScalarBuffer<u32>, codes: &[u64], of_slots: &str, about: &About) -> String {
    let mut sum = Digest::default();
    let mut text = |text: &str| {
        sum.add(&(text.len() as u64).to_le_bytes());
        sum.add(text.as_bytes());
    };
    [FORMAT, &version(), of_slots, &about.on.to_string()].into_iter().for_each(&mut text);
    about.data_sets.iter().for_each(|name| text(name));
    limit_numbers(&about.limits).iter().for_each(|number| sum.add(&number.to_le_bytes()));
    for table in [keys.keys().inner(), keys.filter().inner(), keys.buckets().inner(), blocks_max.inner()] {
        sum.add(&(table.len() as u64).to_le_bytes());
        sum.add(table);
    }
    codes.iter().for_each(|code| sum.add(&code.to_le_bytes()));
    sum.finish()
}

/// Digest of what an extract has of its slots besides their keys.
fn slots_digest(slots: &Slots) -> String {
    let mut sum = Digest::default();
    for number in 0..slots.len() {
        let slot = Slot(number as u32);
        sum.add(&[slots.kind(slot) as u8]);
        sum.add(&slots.extract_rows(slot).to_le_bytes());
    }
    sum.finish()
}
