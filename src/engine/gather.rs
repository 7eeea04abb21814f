//! The second, narrow pass: all register rows of the people found, with what may be disclosed.
//!
//! What is disclosed may share no key with the extract, a new address above all, so these rows are not among the
//! survivors of the scan.

use crate::compare::{Records, Vocabulary};
use crate::engine::reading::{Columns, RowReader, person_key};
use crate::engine::scan::Register;
use crate::engine::{Observer, PersonKey};
use crate::error::Result;
use crate::ids::RegisterRow;
use crate::model::value::PartialDate;
use crate::resolve::split_people;
use crate::util::hash::{Map, Set, map, set};
use std::sync::{Mutex, PoisonError};

/// Columns that the pass reads: the person, what tells two people under one number apart, and what may be disclosed.
const COLUMNS: [&str; 13] = [
    "nino",
    "person_id",
    "full_name",
    "forename",
    "middle_names",
    "surname",
    "date_of_birth",
    "address",
    "postcode",
    "phone",
    "email",
    "tax_year",
    "record_kind",
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
}

/// Rows of all people asked for, in an order that the content alone fixes.
pub struct Gathered {
    by_person: Map<PersonKey, Vec<GatheredRow>>,
}

impl Gathered {
    /// Rows of a person; empty when none was found.
    pub fn rows(&self, person: PersonKey) -> &[GatheredRow] {
        self.by_person.get(&person).map_or(&[], Vec::as_slice)
    }
}

/// A row as it was met, before people under one number are told apart.
struct Met {
    place: RegisterRow,
    record: u32,
    row: GatheredRow,
}

#[derive(Default)]
struct Merged {
    met: Map<PersonKey, Vec<Met>>,
    records: Records,
    vocabulary: Vocabulary,
}

/// Gathers the rows of `people`; `places` are rows already known to be of each person.
///
/// # Errors
/// When a register cannot be read to its end.
pub fn gather(
    registers: &[Register],
    people: &[(PersonKey, Vec<RegisterRow>)],
    on: PartialDate,
    batch_rows: usize,
    observer: &dyn Observer,
) -> Result<Gathered> {
    let total: Option<u64> = registers.iter().map(|register| register.reader.rows_hint()).sum();
    observer.stage("gather", total);
    let mut wanted: Set<PersonKey> = set();
    wanted.extend(people.iter().map(|(key, _)| *key));
    let merged = Mutex::new(Merged { met: map(), records: Records::default(), vocabulary: Vocabulary::new() });
    let mut columns: Vec<&str> = COLUMNS.to_vec();
    columns.push(LAST_ACTIVITY);
    if !wanted.is_empty() {
        for (file, register) in registers.iter().enumerate() {
            register.reader.for_each(&columns, batch_rows, &|batch| {
                let found = batch_hits(&batch.table, register.data_set, &wanted);
                if !found.is_empty() {
                    let mut merged = merged.lock().unwrap_or_else(PoisonError::into_inner);
                    merged.take(&batch.table, &found, register.data_set, file as u32, batch.first_row, on);
                }
                observer.advance(batch.table.rows() as u64);
                Ok(())
            })?;
        }
    }
    let merged = merged.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(merged.finish(people))
}

fn batch_hits(table: &crate::frame::Table, data_set: u16, wanted: &Set<PersonKey>) -> Vec<(usize, PersonKey)> {
    let columns = Columns::new(table);
    (0..table.rows())
        .filter_map(|row| person_key(&columns, row, data_set).map(|key| (row, key)))
        .filter(|(_, key)| wanted.contains(key))
        .collect()
}

impl Merged {
    fn take(
        &mut self,
        table: &crate::frame::Table,
        found: &[(usize, PersonKey)],
        data_set: u16,
        file: u32,
        first_row: u64,
        on: PartialDate,
    ) {
        let columns = Columns::new(table);
        let mut reader = RowReader::new(on, None);
        let text = |name: &str, row: usize| table.value(name, row).unwrap_or("").to_owned();
        for &(row, key) in found {
            let place = RegisterRow { file, row: first_row + row as u64 };
            reader.read_keys(&columns, row, (file, place.row));
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
            };
            self.met.entry(key).or_default().push(Met { place, record, row: gathered });
        }
    }

    /// Keeps, of the rows under each number, those of the person that was found.
    fn finish(mut self, people: &[(PersonKey, Vec<RegisterRow>)]) -> Gathered {
        let mut by_person = map();
        let mut groups = Vec::new();
        for (key, places) in people {
            let Some(met) = self.met.remove(key) else { continue };
            let records: Vec<u32> = met.iter().map(|row| row.record).collect();
            split_people(&self.records, &records, &mut groups);
            let known: Vec<usize> = met
                .iter()
                .zip(&groups)
                .filter(|(row, _)| places.contains(&row.place))
                .map(|(_, group)| *group)
                .collect();
            let mut rows: Vec<GatheredRow> = met
                .into_iter()
                .zip(&groups)
                .filter(|(_, group)| known.contains(group))
                .map(|(met, _)| met.row)
                .collect();
            rows.sort_unstable();
            by_person.insert(*key, rows);
        }
        Gathered { by_person }
    }
}
