//! Counts over all rows of a stored register that are not gone: made when it is built, and anew with every update.

use crate::compare::{AddressKey, RecordParts, Records};
use crate::engine::lowest::Lowest;
use crate::engine::reading::{FAULTY_FIELDS, FaultCount, FaultCounts};
use crate::engine::scan::{DISTINCT_KEPT, SAMPLE_ROWS, estimate_distinct};
use crate::engine::stored::catalogue::{StoredFault, Totals};
use crate::engine::stored::open::{StoredIndex, damaged};
use crate::engine::stored::segment::{MappedSegment, disbelief, open_checked};
use crate::engine::stored::writer::{NAMELESS, file_name};
use crate::error::Result;
use crate::model::value::{Fault, PartialDate};
use crate::score::{Counts, TokenCount};
use crate::store::{Column, Numbers, Texts};
use crate::util::hash::{Map, Set, map, mix};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// A drawn address: digest of the row, words of the address.
type Drawn = (u64, [u64; 4]);

/// What one segment adds to the counts.
struct Part {
    rows: u64,
    nameless: u64,
    phones: u64,
    emails: u64,
    postcodes: u64,
    days: Map<u32, u32>,
    /// By number of the token.
    tokens: Vec<u32>,
    persons: Lowest<u64>,
    sample: Lowest<Drawn>,
    faults: FaultCounts,
}

fn count_segment(index: &StoredIndex, segment: &MappedSegment) -> Result<Part> {
    let mut part = Part {
        rows: 0,
        nameless: 0,
        phones: 0,
        emails: 0,
        postcodes: segment.rows_with_postcode(),
        days: map(),
        tokens: vec![0; segment.token_texts.len()],
        persons: Lowest::new(DISTINCT_KEPT),
        sample: Lowest::new(SAMPLE_ROWS),
        faults: FaultCounts::default(),
    };
    for row in (0..segment.len() as u32).filter(|row| !segment.is_gone(*row)) {
        let Some(person) = segment.person(row) else {
            part.nameless += 1;
            continue;
        };
        part.rows += 1;
        part.phones += u64::from(!segment.phones(row).is_empty());
        part.emails += u64::from(!segment.emails(row).is_empty());
        let born = segment.born(row);
        if born != 0 && PartialDate::from_bits(born).is_complete() {
            *part.days.entry(born).or_default() += 1;
        }
        let mut names = 0_u64;
        for token in segment.tokens(row) {
            part.tokens[*token as usize] += 1;
            names = names.wrapping_add(segment.token_hash(*token));
        }
        part.persons.add(mix(person.0, 0));
        let digest = mix(mix(person.0, u64::from(born)), names);
        if part.sample.wants(&(digest, [0; 4])) {
            let address = segment.address(row);
            if !address.is_empty() {
                part.sample.add((digest, address.words()));
            }
        }
    }
    SegmentFaults::open(&index.folder, segment)?.add(&mut part.faults, |row, _| !segment.is_gone(row));
    Ok(part)
}

/// Columns of a file.
type Columns = Vec<(&'static str, Column)>;

/// Counts all rows; gives the totals, and the columns of the files of counts by kind.
pub(super) fn count(index: &StoredIndex) -> Result<(Totals, Vec<(&'static str, Columns)>)> {
    let parts = index.segments.par_iter().with_max_len(1).map(|segment| count_segment(index, segment));
    let parts = parts.collect::<Result<Vec<_>>>()?;
    let mut totals = Totals::default();
    let mut days: BTreeMap<u32, u32> = BTreeMap::new();
    let mut tokens: Map<u64, (u64, u32)> = map();
    let mut persons = Lowest::new(DISTINCT_KEPT);
    let mut sample = Lowest::new(SAMPLE_ROWS);
    let mut faults = FaultCounts::default();
    for (segment, part) in index.segments.iter().zip(parts) {
        totals.rows += part.rows;
        totals.nameless += part.nameless;
        totals.phones += part.phones;
        totals.emails += part.emails;
        totals.postcodes += part.postcodes;
        let of_part: BTreeMap<u32, u32> = part.days.into_iter().collect();
        for (day, rows) in of_part {
            *days.entry(day).or_default() += rows;
        }
        for (token, count) in (0_u32..).zip(part.tokens).filter(|(_, count)| *count > 0) {
            let code = segment.token_codes[token as usize];
            tokens.entry(segment.token_hash(token)).or_insert((code, 0)).1 += count;
        }
        persons.merge(part.persons);
        sample.merge(part.sample);
        faults.merge(part.faults);
    }
    totals.persons = estimate_distinct(&persons.ascending());
    let stored = |((field, reason), count): ((&str, &str), FaultCount)| StoredFault {
        field: field.to_owned(),
        reason: reason.to_owned(),
        rows: count.rows,
        record_ids: count.record_ids,
    };
    totals.faults = faults.by_kind.into_iter().map(stored).collect();
    let mut tokens: Vec<(u64, u64, u32)> =
        tokens.into_iter().map(|(hash, (code, count))| (hash, code, count)).collect();
    tokens.sort_unstable();
    let tokens = vec![
        ("hash", Column::U64(tokens.iter().map(|token| token.0).collect())),
        ("code", Column::U64(tokens.iter().map(|token| token.1).collect())),
        ("count", Column::U32(tokens.iter().map(|token| token.2).collect())),
    ];
    let days = vec![
        ("day", Column::U32(days.keys().copied().collect())),
        ("rows", Column::U32(days.values().copied().collect())),
    ];
    let drawn = sample.ascending();
    let words = |place: usize| Column::U64(drawn.iter().map(|(_, words)| words[place]).collect());
    let sample = vec![("a", words(0)), ("b", words(1)), ("c", words(2)), ("d", words(3))];
    Ok((totals, vec![("token", tokens), ("day", days), ("sample", sample)]))
}

/// The counts of an index as a trace at a day needs them, without those of slots; and the drawn addresses.
pub(super) fn counts_at(index: &StoredIndex, on: PartialDate, sought: &Set<u64>) -> Result<(Counts, Records)> {
    let file = index.count_file("token")?;
    let (hashes, codes, counts) = (file.u64("hash")?, file.u64("code")?, file.u32("count")?);
    let mut tokens = crate::util::hash::map_with_capacity(hashes.len());
    tokens.extend(hashes.iter().zip(codes.iter().zip(counts.iter())).map(|(hash, (code, count))| {
        (*hash, TokenCount { code: *code, count: *count, sought: sought.contains(code) })
    }));
    let file = index.count_file("day")?;
    let (dates, rows) = (file.u32("day")?, file.u32("rows")?);
    let mut days = map();
    let believed = dates.iter().zip(rows.iter()).filter(|(bits, _)| disbelief(**bits, on).is_none());
    days.extend(believed.map(|(day, rows)| (*day, *rows)));
    let birth_dates = dates.iter().zip(rows.iter()).filter(|(bits, _)| disbelief(**bits, on).is_none());
    let totals = &index.catalogue.totals;
    let counts = Counts {
        rows: totals.rows,
        persons: totals.persons,
        birth_dates: birth_dates.map(|(_, rows)| u64::from(*rows)).sum(),
        phones: totals.phones,
        emails: totals.emails,
        postcodes: totals.postcodes,
        days,
        tokens,
        slots: Vec::new(),
    };
    let file = index.count_file("sample")?;
    let words = [file.u64("a")?, file.u64("b")?, file.u64("c")?, file.u64("d")?];
    let mut sample = Records::default();
    let [a, b, c, d] = &words;
    for (((a, b), c), d) in a.iter().zip(b.iter()).zip(c.iter()).zip(d.iter()) {
        let address = AddressKey::of_words([*a, *b, *c, *d]);
        sample.push(&RecordParts { addresses: vec![address], ..RecordParts::default() });
    }
    Ok((counts, sample))
}

/// A kind of fault by its words.
pub(super) fn known_kind(field: &str, reason: &str) -> Option<(&'static str, &'static str)> {
    if (field, reason) == NAMELESS {
        return Some(NAMELESS);
    }
    let field = FAULTY_FIELDS.iter().find(|known| **known == field)?;
    let reason = Fault::ALL.iter().find(|known| known.as_str() == reason)?;
    Some((field, reason.as_str()))
}

/// The faulty values of a segment, row by row.
pub(super) struct SegmentFaults {
    rows: Numbers<u32>,
    kinds: Numbers<u8>,
    record_ids: Texts,
    known: Vec<(&'static str, &'static str)>,
}

impl SegmentFaults {
    pub(super) fn open(folder: &Path, segment: &MappedSegment) -> Result<Self> {
        let about = &segment.about;
        let file = open_checked(folder, about, &file_name(about.number, "faults"))?;
        let known = about.fault_kinds.iter().map(|[field, reason]| known_kind(field, reason));
        Ok(Self {
            rows: file.u32("row")?,
            kinds: file.u8("kind")?,
            record_ids: file.texts("record_id")?,
            known: known.collect::<Option<_>>().ok_or_else(|| damaged(folder))?,
        })
    }

    /// Adds the faults of rows that `counts` holds of.
    pub(super) fn add(&self, out: &mut FaultCounts, counts: impl Fn(u32, &str) -> bool) {
        for at in 0..self.rows.len() {
            let Some(kind) = self.known.get(usize::from(self.kinds[at])) else { continue };
            if counts(self.rows[at], kind.0) {
                let record_id = Some(self.record_ids.get(at)).filter(|id| !id.is_empty());
                out.add(kind.0, kind.1, record_id);
            }
        }
    }
}
