//! Lines as a partial.

use crate::compare::{AddressKey, RecordParts, TokenId};
use crate::engine::PersonKey;
use crate::engine::partial::{FORMAT, Partial, kind};
use crate::engine::reading::FaultCount;
use crate::error::{Error, Result};
use crate::frame::lines::{Line, RecordBatch, read_lines};
use crate::ids::{RegisterRow, Slot, Survivor};
use crate::ingest::Faults;
use crate::lexicon::{self, Sex};
use crate::model::value::{Fault, PartialDate};
use crate::score::TokenCount;
use crate::util::hash::{Map, map, text_hash};

/// Fields of a register that can be faulty.
const FIELDS: [&str; 5] = ["date_of_birth", "nino", "phone", "email", "postcode"];
/// The reason of a row that names nobody.
const NO_PERSON_KEY: &str = "no_person_key";

fn damaged() -> Error {
    Error::input("is a damaged partial").hint("scan that part of the register again")
}

/// Counts the ends of parts in a batch, each of which must be of this version and probe.
///
/// # Errors
/// When one is not.
pub fn check(batch: &RecordBatch, digest: &str) -> Result<u64> {
    let mut ends = 0;
    read_lines(
        batch,
        |of| of == kind::END,
        |line| {
            ends += 1;
            check_end(line, digest)
        },
    )?;
    Ok(ends)
}

fn check_end(line: &Line, digest: &str) -> Result<()> {
    let ours = env!("CARGO_PKG_VERSION");
    if line.texts.first() != Some(&FORMAT) {
        return Err(Error::input(format!("is not of the form `{FORMAT}`, which this version reads"))
            .hint("scan the register again with this version of the program"));
    }
    let [_, version, probe] = *line.texts else { return Err(damaged()) };
    if version != ours {
        return Err(Error::input(format!("was written by version {version}, and this is {ours}"))
            .hint("use one version for all stages: scan the register again with this one"));
    }
    if probe != digest {
        return Err(Error::input("belongs to another probe: another extract, date or list of data sets")
            .hint("scan the register again with this probe"));
    }
    Ok(())
}

/// Adds the register rows of each slot that a batch tells of to `counts`.
///
/// # Errors
/// When the batch is not one of a partial of this probe.
pub fn slot_counts(batch: &RecordBatch, counts: &mut [u32]) -> Result<()> {
    read_lines(
        batch,
        |of| of == kind::SLOT,
        |line| {
            let slot = usize::try_from(line.key).ok().and_then(|slot| counts.get_mut(slot)).ok_or_else(damaged)?;
            *slot = slot.saturating_add(line.count as u32);
            Ok(())
        },
    )
}

/// A partial from all its batches, in any order.
///
/// # Errors
/// When they are not those of a whole partial of this version and probe, which has `slots` slots.
pub fn read(batches: &[RecordBatch], slots: usize, digest: &str) -> Result<Partial> {
    let mut reading = Reading::new(slots, digest, &|_| true);
    batches.iter().try_for_each(|batch| reading.take(batch))?;
    reading.finish()
}

/// A partial that is being read.
pub struct Reading<'a> {
    partial: Partial,
    postings: Vec<(Slot, Survivor)>,
    digest: &'a str,
    stands: &'a dyn Fn(Slot) -> bool,
    ends: u64,
    parts: RecordParts,
    /// Blocking codes of the tokens met.
    codes: Map<u64, u64>,
    scratch: Vec<u8>,
}

impl<'a> Reading<'a> {
    /// A partial of a probe of `slots` slots; rows stay that stand in a block of which `stands` is true.
    pub fn new(slots: usize, digest: &'a str, stands: &'a dyn Fn(Slot) -> bool) -> Self {
        Self {
            partial: Partial { slots: vec![0; slots], ..Partial::default() },
            postings: Vec::new(),
            digest,
            stands,
            ends: 0,
            parts: RecordParts::default(),
            codes: map(),
            scratch: Vec::new(),
        }
    }

    /// Takes a batch.
    ///
    /// # Errors
    /// When it is not one of a partial of this version and probe.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        self.ends += check(batch, self.digest)?;
        slot_counts(batch, &mut self.partial.slots)?;
        read_lines(batch, |of| ![kind::SLOT, kind::DONE].contains(&of), |line| self.line(line))
    }

    /// What was read.
    ///
    /// # Errors
    /// When the end of a partial is missing.
    pub fn finish(mut self) -> Result<Partial> {
        if self.ends == 0 {
            return Err(Error::input("is not a complete partial").hint("scan that part of the register again"));
        }
        self.partial.merged.postings.push(self.postings);
        self.partial.merged.keep_lowest();
        Ok(self.partial)
    }

    fn line(&mut self, line: &Line) -> Result<()> {
        let merged = &mut self.partial.merged;
        match line.kind {
            kind::END => self.end(line.numbers)?,
            kind::TOKEN => {
                let token = TokenCount { code: line.code, count: 0, sought: false };
                let known = merged.tokens.entry(line.key).or_insert(token);
                known.count = known.count.saturating_add(line.count as u32);
            }
            kind::DAY => *merged.days.entry(line.key as u32).or_default() += line.count as u32,
            kind::PERSON => merged.distinct.push(line.key),
            kind::SAMPLE => {
                let words = <[u64; 4]>::try_from(line.numbers).map_err(|_| damaged())?;
                merged.sample.push(((line.key, words), AddressKey::of_words(words)));
            }
            kind::FAULT => self.fault(line)?,
            kind::SURVIVOR => self.survivor(line)?,
            _ => return Err(damaged()),
        }
        Ok(())
    }

    fn end(&mut self, numbers: &[u64]) -> Result<()> {
        let Some((counts, files)) = numbers.split_first_chunk::<6>() else { return Err(damaged()) };
        let merged = &mut self.partial.merged;
        merged.rows += counts[0];
        merged.nameless += counts[1];
        merged.with.iter_mut().zip(&counts[2..]).for_each(|(sum, rows)| *sum += rows);
        let mut more = Partial::default();
        for file in files.chunks_exact(3) {
            more.file_rows.push(file[0]);
            more.row_faults.push(Faults { ragged_rows: file[1], bad_text_rows: file[2], ..Faults::default() });
        }
        super::add_all(&mut self.partial.file_rows, more.file_rows, |sum, rows| *sum += rows);
        super::add_all(&mut self.partial.row_faults, more.row_faults, |sum, faults| super::add(sum, &faults));
        Ok(())
    }

    fn fault(&mut self, line: &Line) -> Result<()> {
        let [field, reason, ids @ ..] = line.texts else { return Err(damaged()) };
        let field = FIELDS.into_iter().find(|known| known == field).ok_or_else(damaged)?;
        let mut reasons = Fault::ALL.iter().map(|fault| fault.as_str()).chain([NO_PERSON_KEY]);
        let reason = reasons.find(|known| known == reason).ok_or_else(damaged)?;
        let mut faults = crate::engine::FaultCounts::default();
        let record_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        faults.by_kind.insert((field, reason), FaultCount { rows: line.count, record_ids });
        self.partial.merged.faults.merge(faults);
        Ok(())
    }

    fn survivor(&mut self, line: &Line) -> Result<()> {
        let slots = || line.slots.iter().map(|slot| Slot(*slot));
        if slots().any(|slot| slot.index() >= self.partial.slots.len()) {
            return Err(damaged());
        }
        if !slots().any(self.stands) {
            return Ok(());
        }
        let Self { parts, codes, scratch, partial, .. } = self;
        let read = read_row(line, parts, |token, hash| {
            let code = *codes.entry(hash).or_insert_with(|| lexicon::block_code(token, scratch));
            partial.vocabulary.intern_hashed(token, hash, code)
        })?;
        let merged = &mut self.partial.merged;
        let row = Survivor(merged.records.len() as u32);
        merged.records.push(&self.parts);
        merged.people.push(PersonKey(line.key), read.place, read.data_set, read.nino, read.person_id);
        self.postings.extend(slots().filter(|slot| (self.stands)(*slot)).map(|slot| (slot, row)));
        Ok(())
    }
}

/// Where a surviving row is from, and its numbers as they stand.
pub(crate) struct RowLine<'a> {
    pub place: RegisterRow,
    pub data_set: u16,
    pub nino: &'a str,
    pub person_id: &'a str,
}

/// Reads a surviving row; its values come into `parts`, its name tokens as `number` has them, which is given their text and
/// hash.
///
/// # Errors
/// When the line is not one of a surviving row.
pub(crate) fn read_row<'a>(
    line: &Line<'a>,
    parts: &mut RecordParts,
    mut number: impl FnMut(&'a str, u64) -> TokenId,
) -> Result<RowLine<'a>> {
    let [nino, person_id, tokens @ ..] = line.texts else { return Err(damaged()) };
    let (place, data_set) = read_values(line.numbers, parts)?;
    parts.tokens.extend(tokens.iter().map(|token| number(token, text_hash(token.as_bytes()))));
    Ok(RowLine { place, data_set, nino, person_id })
}

/// Reads the numbers of a surviving row into `parts`; its place and data set.
fn read_values(numbers: &[u64], parts: &mut RecordParts) -> Result<(RegisterRow, u16)> {
    let Some((fixed, rest)) = numbers.split_first_chunk::<9>() else { return Err(damaged()) };
    let [file, row, data_set, birth_date, nino, sex, phones, emails, addresses] = *fixed;
    let wanted = phones.saturating_add(emails.saturating_mul(2)).saturating_add(addresses.saturating_mul(4));
    if wanted != rest.len() as u64 {
        return Err(damaged());
    }
    let (phones, rest) = rest.split_at(phones as usize);
    let (emails, addresses) = rest.split_at(2 * emails as usize);
    parts.clear();
    parts.birth_date = (birth_date != 0).then(|| PartialDate::from_bits(birth_date as u32));
    parts.nino = nino;
    parts.sex = [Sex::Female, Sex::Male].into_iter().find(|known| *known as u64 == sex);
    parts.phones.extend_from_slice(phones);
    parts.emails.extend(emails.chunks_exact(2).map(|pair| (pair[0], pair[1])));
    let address = |words: &[u64]| AddressKey::of_words([words[0], words[1], words[2], words[3]]);
    parts.addresses.extend(addresses.chunks_exact(4).map(address));
    Ok((RegisterRow { file: file as u32, row }, data_set as u16))
}
