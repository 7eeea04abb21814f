//! The second, narrow pass: all register rows of the people found, with what may be disclosed.
//!
//! What is disclosed may share no key with the extract, a new address above all, so these rows are not among the
//! survivors of the scan.

use crate::compare::{Records, Vocabulary};
use crate::engine::reading::{Columns, RowReader, person_key, renumber, value};
use crate::engine::scan::{Batch, Places, Register};
use crate::engine::trace::Person;
use crate::engine::{Observer, PersonKey};
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::ids::RegisterRow;
use crate::model::value::{Fault, PartialDate};
use crate::resolve::{is_nobodys, split_people};
use crate::standardise::nino;
use crate::util::hash::{Map, Set, map, set};
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Columns that the pass reads: the person, what tells two people under one number apart, what may be disclosed, and what
/// a person who reviews a candidate looks at.
pub const GATHERED_COLUMNS: [&str; 16] = [
    "record_id",
    "nino",
    "person_id",
    "full_name",
    "forename",
    "middle_names",
    "surname",
    "date_of_birth",
    "sex",
    "address",
    "postcode",
    "phone",
    "email",
    "tax_year",
    "record_kind",
    LAST_ACTIVITY,
];
const LAST_ACTIVITY: &str = "last_activity_on";

/// One register row of a person that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GatheredRow {
    /// Number of the data set.
    pub data_set: u16,
    /// Tax year as the register has it.
    pub tax_year: String,
    /// Record kind as the register has it.
    pub record_kind: String,
    /// Last activity as the register has it.
    pub last_activity_on: String,
    /// Address as the register has it.
    pub address: String,
    /// Postcode as the register has it.
    pub postcode: String,
    /// Phone as the register has it.
    pub phone: String,
    /// Email as the register has it.
    pub email: String,
    /// Full name, or the parts of it in order, as the register has them.
    pub name: String,
    /// Birth date as the register has it.
    pub date_of_birth: String,
    /// Sex as the register has it.
    pub sex: String,
    /// Record id as the register has it.
    pub record_id: String,
}

/// A person, and the places of rows that are known to be theirs, ascending.
pub type Asked = (PersonKey, Vec<RegisterRow>);

/// Rows of all people asked for, in an order that the content alone fixes.
pub struct Gathered {
    /// By number and the rows that are known to be theirs, ascending: two people may stand under one number.
    by_person: Map<Asked, Vec<GatheredRow>>,
    candidates: Vec<Vec<GatheredRow>>,
}

impl Gathered {
    /// Rows of a candidate, by its place among those that were asked for.
    pub fn candidate(&self, place: usize) -> &[GatheredRow] {
        self.candidates.get(place).map_or(&[], Vec::as_slice)
    }

    /// Rows of a person who was asked for; none of another.
    pub fn rows(&self, person: &Person) -> &[GatheredRow] {
        self.by_person.get(&person.asked()).map_or(&[], Vec::as_slice)
    }
}

/// Rows under numbers that are nobody's: which of those met stand where.
type Nobodys = Map<PersonKey, Map<RegisterRow, Vec<usize>>>;

/// A row as it was met, before people under one number are told apart.
struct Met {
    place: RegisterRow,
    record: u32,
    /// The number stands in for one that is not known.
    filler: bool,
    row: GatheredRow,
}

/// Rows of people asked for, as they are met.
pub(crate) struct Merged {
    met: Map<PersonKey, Vec<Met>>,
    records: Records,
    vocabulary: Vocabulary,
}

/// Gathers the rows of `people`, each of whom is asked for once, and of `candidates`, among whom a number may stand more
/// than once.
///
/// # Errors
/// When a register cannot be read to its end; where rows are known by what they say, when one that was found is not there.
pub fn gather(
    registers: &[Register],
    people: &[Asked],
    candidates: &[Asked],
    on: PartialDate,
    batch_rows: usize,
    places: Places,
    observer: &dyn Observer,
) -> Result<Gathered> {
    let total: Option<u64> = registers.iter().map(|register| register.reader.rows_hint()).sum();
    observer.stage("gather", total);
    let mut wanted: Set<PersonKey> = set();
    wanted.extend(people.iter().chain(candidates).map(|(key, _)| *key));
    let merged = Mutex::new(Merged::new());
    if !wanted.is_empty() {
        for (file, register) in registers.iter().enumerate() {
            register.reader.for_each(&GATHERED_COLUMNS, batch_rows, &|batch| {
                let found = batch_hits(&batch.table, register.data_set, &wanted);
                if !found.is_empty() {
                    let from = Batch { data_set: register.data_set, file: file as u32, first_row: batch.first_row };
                    let place = |columns: &Columns, row| places.of(from, columns, row);
                    let mut read = Merged::new();
                    read.take(&batch.table, &found, register.data_set, place, on);
                    merged.lock().unwrap_or_else(PoisonError::into_inner).absorb(read);
                }
                observer.advance(batch.table.rows() as u64);
                Ok(())
            })?;
        }
    }
    let merged = merged.into_inner().unwrap_or_else(PoisonError::into_inner);
    if places == Places::Content {
        merged.check_whole(people.iter().chain(candidates))?;
    }
    Ok(merged.gathered(people, candidates))
}

/// The rows of people among `wanted`, ascending: what a pass over a register elsewhere sends back.
pub fn pick(table: &Table, data_set: u16, wanted: &Set<PersonKey>) -> Vec<u32> {
    batch_hits(table, data_set, wanted).into_iter().map(|(row, _)| row as u32).collect()
}

fn batch_hits(table: &Table, data_set: u16, wanted: &Set<PersonKey>) -> Vec<(usize, PersonKey)> {
    let columns = Columns::new(table);
    (0..table.rows())
        .filter_map(|row| person_key(&columns, row, data_set).map(|key| (row, key)))
        .filter(|(_, key)| wanted.contains(key))
        .collect()
}

impl Merged {
    /// No row yet.
    pub(crate) fn new() -> Self {
        Self { met: map(), records: Records::default(), vocabulary: Vocabulary::new() }
    }

    /// The rows of each person, people under one number told apart.
    pub(crate) fn gathered(&self, people: &[Asked], candidates: &[Asked]) -> Gathered {
        let nobodys = self.nobodys();
        let by_person: Vec<_> = people.par_iter().map(|asked| (asked.clone(), self.rows_of(asked, &nobodys))).collect();
        let candidates = candidates.par_iter().map(|asked| self.rows_of(asked, &nobodys)).collect();
        Gathered { by_person: by_person.into_iter().collect(), candidates }
    }

    /// Refuses to go on where rows that are known to be of people asked for were not met: what was gathered elsewhere was
    /// for other people, of another state of the register, or of some parts of it.
    fn check_whole<'a>(&self, asked: impl Iterator<Item = &'a Asked>) -> Result<()> {
        let (mut lacking, mut met): (Set<RegisterRow>, Set<RegisterRow>) = (set(), set());
        for (key, places) in asked {
            met.clear();
            met.extend(self.met.get(key).into_iter().flatten().map(|met| met.place));
            lacking.extend(places.iter().filter(|place| !met.contains(place)));
        }
        if lacking.is_empty() {
            return Ok(());
        }
        Err(Error::input(format!("{} rows that were found are not among the gathered ones", lacking.len()))
            .at("--register")
            .hint("gather again, from all parts of the registers as they were scanned, and give all that it brings"))
    }

    /// Adds what was met elsewhere.
    pub(crate) fn absorb(&mut self, other: Self) {
        let first = self.records.len() as u32;
        self.records.append(&other.records, &renumber(&other.vocabulary, &mut self.vocabulary));
        let mut met: Vec<(PersonKey, Vec<Met>)> = other.met.into_iter().collect();
        met.sort_unstable_by_key(|(key, _)| *key);
        for (key, met) in met {
            let met = met.into_iter().map(|met| Met { record: first + met.record, ..met });
            self.met.entry(key).or_default().extend(met);
        }
    }

    /// Adds rows of a table that are of people asked for; `place` tells a row from all others.
    pub(crate) fn take(
        &mut self,
        table: &Table,
        found: &[(usize, PersonKey)],
        data_set: u16,
        place: impl Fn(&Columns, usize) -> RegisterRow,
        on: PartialDate,
    ) {
        let columns = Columns::new(table);
        let mut reader = RowReader::new(Some(on), None);
        let text = |name: &str, row: usize| table.value(name, row).unwrap_or("").to_owned();
        for &(row, key) in found {
            let place = place(&columns, row);
            reader.read_keys(&columns, row);
            reader.read_rest(&columns, row, &mut self.vocabulary);
            let record = self.records.len() as u32;
            self.records.push(&reader.parts);
            let gathered = GatheredRow {
                data_set,
                tax_year: text("tax_year", row),
                record_kind: text("record_kind", row),
                last_activity_on: text(LAST_ACTIVITY, row),
                address: text("address", row),
                postcode: text("postcode", row),
                phone: text("phone", row),
                email: text("email", row),
                name: name(table, row),
                date_of_birth: text("date_of_birth", row),
                sex: text("sex", row),
                record_id: text("record_id", row),
            };
            let number = value(columns.nino, row).map(|text| nino::read(text).fault);
            let filler = number.is_some_and(|fault| matches!(fault, Some(Fault::Junk | Fault::Placeholder)));
            self.met.entry(key).or_default().push(Met { place, record, filler, row: gathered });
        }
    }

    /// Where the rows are that stand under a number that is nobody's, or under a filler (`AB123456A`). A place by content is
    /// that of all rows alike in what tells people apart.
    fn nobodys(&self) -> Nobodys {
        let is_one = |met: &[Met]| met.iter().any(|met| met.filler) || is_nobodys(&self.records, &records(met));
        let of_key = |(key, met): (&PersonKey, &Vec<Met>)| {
            is_one(met).then(|| {
                let mut places: Map<RegisterRow, Vec<usize>> = map();
                met.iter().enumerate().for_each(|(index, met)| places.entry(met.place).or_default().push(index));
                (*key, places)
            })
        };
        self.met.par_iter().filter_map(of_key).collect()
    }

    /// Of the rows under a number, those of the person that was found; of a number that is nobody's those that are known to be
    /// theirs and no others.
    fn rows_of(&self, (key, places): &Asked, nobodys: &Nobodys) -> Vec<GatheredRow> {
        let Some(met) = self.met.get(key) else { return Vec::new() };
        if let Some(known) = nobodys.get(key) {
            let found = places.iter().filter_map(|place| known.get(place)).flatten();
            let mut rows: Vec<GatheredRow> = found.map(|index| met[*index].row.clone()).collect();
            rows.sort_unstable();
            return rows;
        }
        let records = records(met);
        let mut groups = Vec::new();
        split_people(&self.records, &records, &mut groups);
        let known: Vec<usize> =
            met.iter().zip(&groups).filter(|(row, _)| places.contains(&row.place)).map(|(_, group)| *group).collect();
        let rows = met.iter().zip(&groups).filter(|(_, group)| known.contains(group));
        let mut rows: Vec<GatheredRow> = rows.map(|(met, _)| met.row.clone()).collect();
        rows.sort_unstable();
        rows
    }
}

/// Numbers of rows among the standardised records.
fn records(met: &[Met]) -> Vec<u32> {
    met.iter().map(|met| met.record).collect()
}

/// The name of a register row, as one text.
fn name(table: &Table, row: usize) -> String {
    let text = |column: &str| table.value(column, row).map(str::trim).filter(|text| !text.is_empty());
    if let Some(whole) = text("full_name") {
        return whole.to_owned();
    }
    ["forename", "middle_names", "surname"].iter().filter_map(|column| text(column)).collect::<Vec<_>>().join(" ")
}
