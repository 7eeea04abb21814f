//! Counts over all rows of a stored register that are not gone: made when it is built, and anew with every update.

use crate::compare::{AddressKey, RecordParts, Records};
use crate::engine::lowest::Lowest;
use crate::engine::reading::FAULTY_FIELDS;
use crate::engine::scan::{DISTINCT_KEPT, SAMPLE_ROWS, address_words, estimate_distinct};
use crate::engine::stored::catalogue::{StoredFault, Totals};
use crate::engine::stored::open::{StoredIndex, damaged};
use crate::engine::stored::segment::{MappedSegment, disbelief, open_checked};
use crate::engine::stored::writer::{NAMELESS, file_name};
use crate::error::Result;
use crate::model::value::{Fault, PartialDate};
use crate::score::{Counts, TokenCount};
use crate::store::{Column, ColumnFile, Numbers, Texts};
use crate::util::hash::{Map, Set, map, mix};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Record ids kept for each kind of fault, as a scan keeps them.
const FIRST_MAX: usize = 100;

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
    faults: BTreeMap<(&'static str, &'static str), StoredFault>,
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
        faults: BTreeMap::new(),
    };
    for row in (0..segment.len() as u32).filter(|row| !segment.is_gone(*row)) {
        let Some(person) = segment.person(row, index.data_set(segment.file_of(row))) else {
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
                part.sample.add((digest, address_words(&address)));
            }
        }
    }
    SegmentFaults::open(&index.folder, segment)?.count(segment, &mut part.faults);
    Ok(part)
}

/// Counts all rows; gives the totals, and the columns of the files of counts by kind.
pub(super) fn count(index: &StoredIndex) -> Result<(Totals, Vec<(&'static str, Vec<(&'static str, Column)>)>)> {
    let parts = index.segments.par_iter().with_max_len(1).map(|segment| count_segment(index, segment));
    let parts = parts.collect::<Result<Vec<_>>>()?;
    let mut totals = Totals::default();
    let mut days: BTreeMap<u32, u32> = BTreeMap::new();
    let mut tokens: Map<u64, (u64, u32)> = map();
    let mut persons = Lowest::new(DISTINCT_KEPT);
    let mut sample = Lowest::new(SAMPLE_ROWS);
    let mut faults: BTreeMap<(&str, &str), StoredFault> = BTreeMap::new();
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
        for (kind, fault) in part.faults {
            let known = faults.entry(kind).or_insert_with(|| StoredFault { rows: 0, ..fault.clone() });
            known.rows += fault.rows;
            known.first.extend(fault.first);
            while known.first.len() > FIRST_MAX {
                known.first.pop_last();
            }
        }
    }
    totals.persons = estimate_distinct(&persons.ascending());
    totals.faults = faults.into_values().collect();
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
    for row in 0..file.rows() {
        let address = address_of([words[0][row], words[1][row], words[2][row], words[3][row]]);
        sample.push(&RecordParts { addresses: vec![address], ..RecordParts::default() });
    }
    Ok((counts, sample))
}

/// The address whose words these are.
const fn address_of([postcode, flat_building, street_town, other]: [u64; 4]) -> AddressKey {
    AddressKey {
        postcode,
        flat: (flat_building >> 32) as u32,
        building: flat_building as u32,
        street: (street_town >> 32) as u32,
        town: street_town as u32,
        other_flat: (other >> 32) as u32,
        other_building: other as u32,
    }
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
    files: Numbers<u32>,
    places: Numbers<u64>,
    record_ids: Texts,
    known: Vec<(&'static str, &'static str)>,
    runs: (Numbers<u32>, Numbers<u32>, Numbers<u64>),
}

/// Name of the file of faults of a segment.
pub(super) fn faults_name(number: u32, generation: u32) -> String {
    if generation == 0 { file_name(number, "faults") } else { file_name(number, &format!("faults-{generation}")) }
}

impl SegmentFaults {
    pub(super) fn open(folder: &Path, segment: &MappedSegment) -> Result<Self> {
        let about = &segment.about;
        let file = open_checked(folder, about, &faults_name(about.number, about.generation))?;
        let runs: ColumnFile = open_checked(folder, about, &file_name(about.number, "places"))?;
        let known = about.fault_kinds.iter().map(|[field, reason]| known_kind(field, reason));
        Ok(Self {
            rows: file.u32("row")?,
            kinds: file.u8("kind")?,
            files: file.u32("file")?,
            places: file.u64("place")?,
            record_ids: file.texts("record_id")?,
            known: known.collect::<Option<_>>().ok_or_else(|| damaged(folder))?,
            runs: (runs.u32("row")?, runs.u32("file")?, runs.u64("place")?),
        })
    }

    /// File and row of the file of a row, as it was read first.
    pub(super) fn place(&self, row: u32) -> (u32, u64) {
        let (firsts, files, places) = &self.runs;
        let run = firsts.partition_point(|first| *first <= row).saturating_sub(1);
        (files[run], places[run] + u64::from(row - firsts[run]))
    }

    /// All faults: row, kind, and record id.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, u8, u32, u64, &str)> {
        (0..self.rows.len())
            .map(|at| (self.rows[at], self.kinds[at], self.files[at], self.places[at], self.record_ids.get(at)))
    }

    /// What is wrong with the date of a row whatever the day.
    pub(super) fn date_fault(&self, row: u32) -> Option<(&'static str, &'static str)> {
        let first = self.rows.partition_point(|other| *other < row);
        let of_row = (first..self.rows.len()).take_while(|at| self.rows[*at] == row);
        let mut kinds = of_row.filter_map(|at| self.known.get(usize::from(self.kinds[at])).copied());
        kinds.find(|(field, _)| *field == FAULTY_FIELDS[0])
    }

    fn count(&self, segment: &MappedSegment, out: &mut BTreeMap<(&'static str, &'static str), StoredFault>) {
        for (_, kind, file, place, record_id) in self.all().filter(|fault| !segment.is_gone(fault.0)) {
            let Some(known) = self.known.get(usize::from(kind)) else { continue };
            let fault = out.entry(*known).or_insert_with(|| StoredFault {
                field: known.0.to_owned(),
                reason: known.1.to_owned(),
                ..StoredFault::default()
            });
            fault.rows += 1;
            let last = fault.first.last().map(|(file, place, _)| (*file, *place));
            if fault.first.len() < FIRST_MAX || last.is_some_and(|last| (file, place) < last) {
                fault.first.insert((file, place, record_id.to_owned()));
                if fault.first.len() > FIRST_MAX {
                    fault.first.pop_last();
                }
            }
        }
    }
}
