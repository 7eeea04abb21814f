//! The probe as a file: the keys of the extract, and nothing else of it.
//!
//! Lines of kind 1: `key`: the key; `code`: number of its kind; `count`: extract rows that share it; `numbers`: most register
//! rows of its block. Kind 9: `key`: a blocking code of a name token. Kind 0: `texts`: `rewash probe 2`, version of the
//! program, digest, date of the run, names of the data sets; `numbers`: limits of blocks. Neither names nor dates nor
//! numbers of people are in it, but hashes of them: it is to be kept like the extract.

use crate::block::{Kind, Limits, Slots};
use crate::engine::ExtractSide;
use crate::engine::partial::kind;
use crate::engine::scan::{Places, Plan, Probe};
use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches, Numbers, RecordBatch, read_lines};
use crate::ids::Slot;
use crate::model::value::PartialDate;
use crate::standardise::date;
use crate::util::hash::{Digest, Set, set};

/// Name and version of the form of probes.
const FORMAT: &str = "rewash probe 2";

/// What a pass over a register needs of the extract.
pub struct ProbeFile {
    slots: Slots,
    codes: Set<u64>,
    about: About,
    digest: String,
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
        let digest = digest(&side.slots, &side.codes, &about);
        Self { slots: side.slots, codes: side.codes, about, digest }
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
        self.slots.len()
    }

    /// Whether it is the probe of this extract.
    pub fn is_of(&self, side: &ExtractSide) -> bool {
        digest(&side.slots, &side.codes, &self.about) == self.digest
    }

    /// Whether the block of a slot stands that has so many register rows.
    pub fn stands(&self, slot: Slot, rows: u32) -> bool {
        rows <= self.about.limits.rows_max(self.slots.kind(slot), self.slots.extract_rows(slot))
    }

    /// The probe for a pass whose rows come in batches that another program cuts.
    pub fn probe(&self, batch_rows: usize) -> Probe<'_> {
        Probe {
            slots: &self.slots,
            codes: &self.codes,
            limits: self.about.limits,
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
        for number in 0..self.slots.len() {
            let slot = Slot(number as u32);
            let extract_rows = self.slots.extract_rows(slot);
            out.push(&Line {
                kind: kind::SLOT,
                key: self.slots.key(slot),
                code: self.slots.kind(slot) as u64,
                count: u64::from(extract_rows),
                numbers: &[u64::from(self.about.limits.rows_max(self.slots.kind(slot), extract_rows))],
                ..Line::default()
            })?;
        }
        for code in sorted(&self.codes) {
            out.push(&Line { kind: kind::CODE, key: code, ..Line::default() })?;
        }
        let on = self.about.on.to_string();
        let mut texts = vec![FORMAT, env!("CARGO_PKG_VERSION"), &self.digest, &on];
        texts.extend(self.about.data_sets.iter().map(String::as_str));
        let numbers = limit_numbers(&self.about.limits);
        out.push(&Line { kind: kind::END, texts: &texts, numbers: &numbers, ..Line::default() })
    }

    /// Reads one from all its batches.
    ///
    /// # Errors
    /// When they are not those of a whole probe of this version.
    pub fn read(batches: &[RecordBatch]) -> Result<Self> {
        let (mut keys, mut kinds, mut extract_rows, mut codes) = (Vec::new(), Vec::new(), Vec::new(), set());
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
        for batch in batches {
            for (of, key, code, count) in Numbers::new(batch)?.lines() {
                match of {
                    kind::SLOT => {
                        keys.push(key);
                        kinds.push(Kind::of_number(code).ok_or_else(damaged)?);
                        extract_rows.push(count as u32);
                    }
                    kind::CODE => drop(codes.insert(key)),
                    kind::END => {}
                    _ => return Err(damaged()),
                }
            }
        }
        let (about, stated) = end.ok_or_else(damaged)?;
        let slots = Slots::of_keys(keys, kinds, extract_rows).ok_or_else(damaged)?;
        let digest = digest(&slots, &codes, &about);
        if digest == stated { Ok(Self { slots, codes, about, digest }) } else { Err(damaged()) }
    }
}

fn damaged() -> Error {
    Error::input("is not a whole probe").hint("make it with `rewash stage probe`")
}

fn read_end(line: &Line) -> Result<(About, String)> {
    let [format, version, digest, on, data_sets @ ..] = line.texts else { return Err(damaged()) };
    let ours = env!("CARGO_PKG_VERSION");
    if *format != FORMAT || *version != ours {
        return Err(Error::input(format!("is not a probe of version {ours} of the program"))
            .hint("make it with `rewash stage probe` of the version that reads it"));
    }
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
    Ok((About { on, limits, data_sets }, (*digest).to_owned()))
}

const fn limit_numbers(limits: &Limits) -> [u64; 5] {
    [limits.two as u64, limits.part_of_date as u64, limits.contact as u64, limits.rows as u64, limits.pairs]
}

fn sorted(codes: &Set<u64>) -> Vec<u64> {
    let mut codes: Vec<u64> = codes.iter().copied().collect();
    codes.sort_unstable();
    codes
}

fn digest(slots: &Slots, codes: &Set<u64>, about: &About) -> String {
    let mut sum = Digest::default();
    let mut text = |text: &str| {
        sum.add(&(text.len() as u64).to_le_bytes());
        sum.add(text.as_bytes());
    };
    [FORMAT, env!("CARGO_PKG_VERSION"), &about.on.to_string()].into_iter().for_each(&mut text);
    about.data_sets.iter().for_each(|name| text(name));
    limit_numbers(&about.limits).iter().for_each(|number| sum.add(&number.to_le_bytes()));
    for number in 0..slots.len() {
        let slot = Slot(number as u32);
        sum.add(&slots.key(slot).to_le_bytes());
        sum.add(&[slots.kind(slot) as u8]);
        sum.add(&slots.extract_rows(slot).to_le_bytes());
    }
    sorted(codes).iter().for_each(|code| sum.add(&code.to_le_bytes()));
    sum.finish()
}
