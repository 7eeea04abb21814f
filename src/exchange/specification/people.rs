//! Faults between rows: what must be unique and is not, one person under several ids, two people under one reference.
//!
//! Everything is reported and nothing merged: which rows are one person is for the sender to find out.

use super::{Code, Findings};
use crate::frame::{Table, TextColumn, cell};
use crate::ingest::Loaded;
use crate::model::schema::{ADDRESSES_MAX, CONTACTS_MAX};
use crate::model::value::PartialDate;
use crate::standardise::name::Tokens;
use crate::standardise::{date, email, nino, phone, postcode};
use crate::util::hash::{Map, map, mix, text_hash};
use crate::util::parallel::map_chunks;

/// Rows read together.
const CHUNK_ROWS: usize = 1024;
/// Rows of one reference that are compared with each other; a reference of more is no case's.
const REFERENCE_ROWS_MAX: usize = 50;
/// How alike two words of names must be to be one.
const ALIKE: f64 = 0.85;

/// What tells a person.
#[derive(Default)]
struct Person {
    /// Words of the name, sorted.
    tokens: Vec<String>,
    /// A whole date that stands for no other.
    birth: Option<PartialDate>,
    nino: Option<u64>,
    reference: Option<u64>,
    /// Numbers, mailboxes, postcodes and references, as hashes by kind.
    marks: Vec<u64>,
}

/// Checks what holds between rows.
pub(super) fn check(findings: &mut Findings, loaded: &Loaded) {
    unique(findings, loaded);
    let people = read(&loaded.table);
    let number = |row: u32| loaded.row_numbers.get(row as usize).copied().unwrap_or(0);
    for row in groups(&people, |person| person.nino).into_iter().flatten() {
        findings.add(number(row), "nino", Code::NinoOnSeveralRows);
    }
    for row in same_person(&people) {
        findings.add(number(row), "cid_person_id", Code::SamePerson);
    }
    for row in different_people(&people) {
        findings.add(number(row), "ho_reference", Code::ReferenceOfTwoPeople);
    }
}

/// Values that must be unique: every row that has one of another row is named.
fn unique(findings: &mut Findings, loaded: &Loaded) {
    let specification = findings.specification;
    for column in specification.columns.iter().filter(|column| column.unique) {
        let Some(values) = loaded.table.column(&column.name) else { continue };
        let mut rows: Map<&str, Vec<u64>> = map();
        for (row, number) in loaded.row_numbers.iter().enumerate() {
            if let Some(text) = cell(values, row) {
                rows.entry(text.trim()).or_default().push(*number);
            }
        }
        let mut repeated: Vec<u64> = rows.into_values().filter(|rows| rows.len() > 1).flatten().collect();
        repeated.sort_unstable();
        repeated.iter().for_each(|row| findings.add(*row, &column.name, Code::Duplicate));
    }
}

/// The columns that tell a person, looked up once.
struct Columns<'a> {
    name: Option<&'a TextColumn>,
    birth: Option<&'a TextColumn>,
    nino: Option<&'a TextColumn>,
    references: [Option<&'a TextColumn>; 2],
    mobiles: Vec<&'a TextColumn>,
    emails: Vec<&'a TextColumn>,
    postcodes: Vec<&'a TextColumn>,
}

fn read(table: &Table) -> Vec<Person> {
    let slots = |stem: &str, most: u32| {
        (1..=most).filter_map(|slot| table.column(&format!("{stem}_{slot}"))).collect::<Vec<_>>()
    };
    let columns = Columns {
        name: table.column("full_name"),
        birth: table.column("date_of_birth"),
        nino: table.column("nino"),
        references: ["ho_reference", "port_reference"].map(|name| table.column(name)),
        mobiles: slots("mobile", CONTACTS_MAX),
        emails: slots("email", CONTACTS_MAX),
        postcodes: slots("postcode", ADDRESSES_MAX),
    };
    map_chunks(table.rows(), CHUNK_ROWS, |rows| {
        let mut tokens = Tokens::default();
        rows.map(|row| columns.person(row, &mut tokens)).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect()
}

impl Columns<'_> {
    fn person(&self, row: usize, tokens: &mut Tokens) -> Person {
        let value = |column: Option<&TextColumn>| column.and_then(|column| cell(column, row)).map(str::to_owned);
        let mut person = Person::default();
        if let Some(name) = value(self.name) {
            tokens.clear();
            tokens.add_full_name(&name);
            person.tokens = tokens.iter().map(str::to_owned).collect();
            person.tokens.sort_unstable();
        }
        let birth = value(self.birth).and_then(|text| date::read(&text).value);
        person.birth = birth.filter(|date| date.is_complete() && !date.is_default());
        person.nino = value(self.nino).and_then(|text| nino::read(&text).value).map(|nino| nino.bits());
        let [reference, port] = self.references.map(|column| value(column).and_then(|text| bare_hash(&text)));
        person.reference = reference;
        person.marks = self.marks(row, [person.nino, reference, port]);
        person
    }

    fn marks(&self, row: usize, numbers: [Option<u64>; 3]) -> Vec<u64> {
        let mut marks: Vec<u64> = Vec::new();
        let mut mark = |kind: u64, value: Option<u64>| marks.extend(value.map(|value| mix(kind, value)));
        for (kind, number) in (1..).zip(numbers) {
            mark(kind, number);
        }
        for text in self.mobiles.iter().filter_map(|column| cell(column, row)) {
            phone::read_all(text).iter().for_each(|phone| mark(4, Some(phone.bits())));
        }
        let mut scratch = String::new();
        for text in self.emails.iter().filter_map(|column| cell(column, row)) {
            mark(5, email::canonical(text, &mut scratch).value.map(|text| text_hash(text.as_bytes())));
        }
        for text in self.postcodes.iter().filter_map(|column| cell(column, row)) {
            let unit = postcode::read(text).value.filter(|postcode| postcode.is_unit());
            mark(6, unit.map(|postcode| postcode.bits()));
        }
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}

/// A reference by its letters and digits alone.
fn bare_hash(text: &str) -> Option<u64> {
    let bare: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    (!bare.is_empty()).then(|| text_hash(bare.as_bytes()))
}

/// Rows of one key, where there are several.
fn groups<K: std::hash::Hash + Eq>(people: &[Person], key: impl Fn(&Person) -> Option<K>) -> Vec<Vec<u32>> {
    let mut rows: Map<K, Vec<u32>> = map();
    for (row, person) in people.iter().enumerate() {
        if let Some(key) = key(person) {
            rows.entry(key).or_default().push(row as u32);
        }
    }
    let mut several: Vec<Vec<u32>> = rows.into_values().filter(|rows| rows.len() > 1).collect();
    several.sort_unstable();
    several
}

/// Rows whose name, birth date and one thing more are those of another row.
fn same_person(people: &[Person]) -> Vec<u32> {
    let key = |person: &Person| {
        let birth = person.birth?;
        (!person.tokens.is_empty()).then(|| (person.tokens.join(" "), birth.bits()))
    };
    let mut out = Vec::new();
    for group in groups(people, key) {
        let mut by_mark: Map<u64, Vec<u32>> = map();
        for row in &group {
            for mark in people.get(*row as usize).into_iter().flat_map(|person| &person.marks) {
                by_mark.entry(*mark).or_default().push(*row);
            }
        }
        out.extend(by_mark.into_values().filter(|rows| rows.len() > 1).flatten());
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Rows of one reference whose names have no word in common and whose birth dates differ.
fn different_people(people: &[Person]) -> Vec<u32> {
    let mut out = Vec::new();
    for group in groups(people, |person| person.reference) {
        let group = group.get(..REFERENCE_ROWS_MAX).unwrap_or(&group);
        for (index, a) in group.iter().enumerate() {
            for b in group.iter().skip(index + 1) {
                let pair = (people.get(*a as usize), people.get(*b as usize));
                if let (Some(first), Some(second)) = pair
                    && are_different(first, second)
                {
                    out.extend([*a, *b]);
                }
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn are_different(a: &Person, b: &Person) -> bool {
    let (Some(born), Some(other)) = (a.birth, b.birth) else { return false };
    let alike = |x: &String| b.tokens.iter().any(|y| strsim::jaro_winkler(x, y) >= ALIKE);
    let named = !a.tokens.is_empty() && !b.tokens.is_empty();
    named && born != other && born.swapped() != Some(other) && !a.tokens.iter().any(alike)
}
