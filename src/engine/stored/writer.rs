//! Writes one segment: rows are read one by one, keys are sorted when it is full.

use crate::block::two;
use crate::compare::{AddressKey, RecordParts, Vocabulary};
use crate::engine::people::PersonKey;
use crate::engine::reading::{Columns, FAULTY_FIELDS, REGISTER_COLUMNS, RowReader, person_key, value};
use crate::engine::stored::build::Added;
use crate::engine::stored::kept::Runs;
use crate::engine::stored::names::{self, DATES_MAX};
use crate::engine::stored::{catalogue::Segment, postings};
use crate::error::Result;
use crate::frame::Table;
use crate::store::{Column, PackWriter, Sum, create_private_file, write_columns};
use crate::util::hash::{Set, mix, set, text_hash};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Columns that are disclosed or shown, and that matching does not read.
const SHOWN_COLUMNS: [&str; 3] = ["tax_year", "record_kind", "last_activity_on"];
/// Columns that stand with the rows.
const NUMBER_COLUMNS: [&str; 2] = ["nino", "person_id"];
/// Column that names a row in reports.
pub(super) const RECORD_ID: &str = "record_id";

/// Columns that are kept as they stand, packed; numbers and person ids stand with the rows.
pub(super) fn text_columns() -> impl Iterator<Item = &'static str> {
    REGISTER_COLUMNS.into_iter().filter(|name| !NUMBER_COLUMNS.contains(name)).chain(SHOWN_COLUMNS)
}

/// All columns that are read of a register.
pub(super) fn all_columns() -> Vec<&'static str> {
    NUMBER_COLUMNS.into_iter().chain(text_columns()).collect()
}

/// Reason of a row that names nobody.
pub(super) const NAMELESS: (&str, &str) = ("nino", "no_person_key");

/// Kinds of values that rows are found by, with the names of their files.
pub(super) const KINDS: [&str; 4] = ["person", "phone", "email", "postcode"];

/// Hash that a phone is filed under.
#[inline]
pub(super) const fn phone_hash(bits: u64) -> u64 {
    mix(bits, 1)
}

/// Hash that a postcode is filed under.
#[inline]
pub(super) const fn postcode_hash(bits: u64) -> u64 {
    mix(bits, 2)
}

/// Hash that an email, which is a hash itself, is filed under.
#[inline]
pub(super) const fn email_hash(hash: u64) -> u64 {
    mix(hash, 3)
}

/// The person key of a number as it should be written.
pub(super) fn person_of_nino(bits: u64) -> Option<PersonKey> {
    std::str::from_utf8(&bits.to_be_bytes()).ok().and_then(|text| PersonKey::new(Some(text), None, 0))
}

/// Texts one after the other.
#[derive(Default)]
struct TextList {
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl TextList {
    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u32);
    }

    fn column(self) -> Column {
        Column::Texts(self.ends, self.bytes)
    }
}

/// Lists one after the other.
struct ListOf<T> {
    ends: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for ListOf<T> {
    fn default() -> Self {
        Self { ends: Vec::new(), values: Vec::new() }
    }
}

impl<T> ListOf<T> {
    fn push(&mut self, values: impl IntoIterator<Item = T>) {
        self.values.extend(values);
        self.ends.push(self.values.len() as u32);
    }
}

/// The columns of `rows`.
#[derive(Default)]
struct Rows {
    nino: TextList,
    person_id: TextList,
    birth_date: Vec<u32>,
    sex: Vec<u8>,
    tokens: ListOf<u32>,
    phones: ListOf<u64>,
    emails: ListOf<u64>,
    postcode: Vec<u64>,
    flat: Vec<u32>,
    building: Vec<u32>,
    street: Vec<u32>,
    town: Vec<u32>,
    other: ListOf<u32>,
}

impl Rows {
    fn push(&mut self, parts: &RecordParts, nino: &str, person_id: &str) {
        self.nino.push(nino);
        self.person_id.push(person_id);
        self.birth_date.push(parts.birth_date.map_or(0, crate::model::value::PartialDate::bits));
        self.sex.push(parts.sex.map_or(0, |sex| sex as u8));
        self.tokens.push(parts.tokens.iter().map(|token| token.0));
        self.phones.push(parts.phones.iter().copied());
        self.emails.push(parts.emails.iter().flat_map(|(whole, local)| [*whole, *local]));
        let AddressKey { postcode, flat, building, street, town, other_flat, other_building } =
            parts.addresses.first().copied().unwrap_or_default();
        self.postcode.push(postcode);
        self.flat.push(flat);
        self.building.push(building);
        self.street.push(street);
        self.town.push(town);
        let other = [other_flat, other_building];
        self.other.push(other.into_iter().filter(|_| other != [0, 0]));
    }

    fn columns(self) -> Vec<(&'static str, Column)> {
        vec![
            ("nino", self.nino.column()),
            ("person_id", self.person_id.column()),
            ("birth_date", Column::U32(self.birth_date)),
            ("sex", Column::U8(self.sex)),
            ("tokens", Column::Lists32(self.tokens.ends, self.tokens.values)),
            ("phones", Column::Lists64(self.phones.ends, self.phones.values)),
            ("emails", Column::Lists64(self.emails.ends, self.emails.values)),
            ("postcode", Column::U64(self.postcode)),
            ("flat", Column::U32(self.flat)),
            ("building", Column::U32(self.building)),
            ("street", Column::U32(self.street)),
            ("town", Column::U32(self.town)),
            ("other", Column::Lists32(self.other.ends, self.other.values)),
        ]
    }
}

/// A faulty value, or a row that names nobody.
#[derive(Clone, Debug)]
pub(super) struct RowFault {
    pub(super) row: u32,
    pub(super) kind: u8,
    pub(super) record_id: String,
}

/// Numbers of kinds of fault, in the order in which a segment met them.
#[derive(Default)]
pub(super) struct FaultKinds(pub(super) Vec<(&'static str, &'static str)>);

impl FaultKinds {
    pub(super) fn number(&mut self, kind: (&'static str, &'static str)) -> u8 {
        let known = self.0.iter().position(|other| *other == kind);
        known.unwrap_or_else(|| {
            self.0.push(kind);
            self.0.len() - 1
        }) as u8
    }
}

/// Columns of a file of faults.
pub(super) fn fault_columns(faults: &[RowFault]) -> Vec<(&'static str, Column)> {
    let mut ids = TextList::default();
    faults.iter().for_each(|fault| ids.push(&fault.record_id));
    vec![
        ("row", Column::U32(faults.iter().map(|fault| fault.row).collect())),
        ("kind", Column::U8(faults.iter().map(|fault| fault.kind).collect())),
        ("record_id", ids.column()),
    ]
}

/// One segment on its way to the disk.
pub(super) struct SegmentWriter {
    folder: PathBuf,
    number: u32,
    reader: RowReader<'static>,
    vocabulary: Vocabulary,
    rows: Rows,
    texts: PackWriter,
    digests: Vec<u64>,
    /// First row and data set of each run of rows.
    sets: Vec<(u32, u16)>,
    faults: Vec<RowFault>,
    kinds: FaultKinds,
    names: Vec<u128>,
    dates: Set<u32>,
    postings: [Vec<(u64, u32)>; KINDS.len()],
    /// Rows whose postcode of its own column is not that of their address: of an address that says "none", for one.
    apart: Vec<(u32, u64)>,
    /// The rows of registers that are in it, where that is to be known.
    runs: Runs,
}

/// Stable digest of a row as it stands: of all columns of the schema, in the order of the schema.
pub(super) struct Digester<'a> {
    columns: Vec<Option<&'a crate::frame::TextColumn>>,
    buffer: Vec<u8>,
    data_set: u16,
}

impl<'a> Digester<'a> {
    pub(super) fn new(table: &'a Table, data_set: u16) -> Self {
        Self {
            columns: all_columns().into_iter().map(|name| table.column(name)).collect(),
            buffer: Vec::new(),
            data_set,
        }
    }

    pub(super) fn digest(&mut self, row: usize) -> u64 {
        self.buffer.clear();
        for column in &self.columns {
            let text = value(*column, row).unwrap_or("");
            self.buffer.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.buffer.extend_from_slice(text.as_bytes());
        }
        mix(text_hash(&self.buffer), u64::from(self.data_set))
    }
}

impl SegmentWriter {
    pub(super) fn new(folder: &Path, number: u32) -> Result<Self> {
        let file = create_private_file(&folder.join(file_name(number, "texts")))?;
        let texts = PackWriter::new(file, text_columns().count())?;
        Ok(Self {
            folder: folder.to_owned(),
            number,
            reader: RowReader::new(None, None),
            vocabulary: Vocabulary::new(),
            rows: Rows::default(),
            texts,
            digests: Vec::new(),
            sets: Vec::new(),
            faults: Vec::new(),
            kinds: FaultKinds::default(),
            names: Vec::new(),
            dates: set(),
            postings: Default::default(),
            apart: Vec::new(),
            runs: Vec::new(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.digests.len()
    }

    /// Whether it must be finished before more is added.
    pub(super) fn is_full(&self, rows_max: usize, batch_rows: usize) -> bool {
        self.len() >= rows_max || self.dates.len() + batch_rows >= DATES_MAX
    }

    /// The rows of registers that are in it.
    pub(super) fn take_runs(&mut self) -> Runs {
        std::mem::take(&mut self.runs)
    }

    /// Adds rows of a batch.
    pub(super) fn batch(&mut self, table: &Table, data_set: u16, added: Added) -> Result<()> {
        let columns = Columns::new(table);
        let texts: Vec<_> = text_columns().map(|name| table.column(name)).collect();
        if self.sets.last().is_none_or(|(_, last)| *last != data_set) {
            self.sets.push((self.len() as u32, data_set));
        }
        self.runs.extend(added.run);
        for (row, digest) in added.rows.iter().zip(added.digests) {
            let row = *row as usize;
            self.row(&columns, row, data_set);
            self.digests.push(*digest);
            let cells = texts.iter().map(|column| value(*column, row).unwrap_or(""));
            self.texts.row(cells).map_err(|error| error.or_at(file_name(self.number, "texts")))?;
        }
        Ok(())
    }

    fn row(&mut self, columns: &Columns, row: usize, data_set: u16) {
        let number = self.len() as u32;
        let mut fault = |kind: u8| {
            let record_id = value(columns.record_id, row).unwrap_or("").to_owned();
            self.faults.push(RowFault { row: number, kind, record_id });
        };
        let nino = value(columns.nino, row).unwrap_or("");
        let person_id = value(columns.person_id, row).unwrap_or("");
        let Some(person) = person_key(columns, row, data_set) else {
            fault(self.kinds.number(NAMELESS));
            self.rows.push(&RecordParts::default(), nino, person_id);
            return;
        };
        self.reader.read_keys(columns, row);
        for (met, field) in self.reader.row_faults.iter().zip(FAULTY_FIELDS) {
            if let Some(met) = met {
                fault(self.kinds.number((field, met.as_str())));
            }
        }
        self.reader.read_rest(columns, row, &mut self.vocabulary);
        self.rows.push(&self.reader.parts, nino, person_id);
        self.keys(person, number);
    }

    fn keys(&mut self, person: PersonKey, row: u32) {
        let keyed = &self.reader.keyed;
        let date = keyed.birth_date.map_or(0, crate::model::value::PartialDate::bits);
        self.dates.insert(date);
        for (index, a) in keyed.codes.iter().enumerate() {
            // A token with itself stands for the token alone.
            self.names.extend(keyed.codes[index..].iter().map(|b| names::entry(two(*a, *b), date, row)));
        }
        let [people, phones, emails, postcodes] = &mut self.postings;
        people.push((person.0, row));
        // A number that was read with a correction is also found by what it was read as.
        let read_as = keyed.ninos.iter().filter_map(|bits| person_of_nino(*bits));
        people.extend(read_as.filter(|read_as| *read_as != person).map(|read_as| (read_as.0, row)));
        phones.extend(keyed.phones.iter().map(|bits| (phone_hash(*bits), row)));
        emails.extend(keyed.emails.iter().map(|hash| (email_hash(*hash), row)));
        postcodes.extend(keyed.postcodes.iter().map(|bits| (postcode_hash(*bits), row)));
        let of_address = self.rows.postcode.last().copied().unwrap_or(0);
        self.apart.extend(keyed.postcodes.iter().filter(|bits| **bits != of_address).map(|bits| (row, *bits)));
    }

    /// Sorts the keys and writes all files.
    pub(super) fn finish(self) -> Result<Segment> {
        let number = self.number;
        let mut files: BTreeMap<String, Sum> = BTreeMap::new();
        let folder = self.folder;
        let mut write = |kind: &str, columns: Vec<(&'static str, Column)>| -> Result<()> {
            let name = file_name(number, kind);
            let sum = write_columns(create_private_file(&folder.join(&name))?, columns)
                .map_err(|error| error.or_at(&name))?;
            files.insert(name, sum);
            Ok(())
        };
        let vocabulary = self.vocabulary;
        let known: Vec<(u64, u64, bool)> = (0..vocabulary.len() as u32)
            .map(crate::compare::TokenId)
            .map(|id| (vocabulary.code(id), text_hash(vocabulary.text(id).as_bytes()), vocabulary.text(id).len() > 1))
            .collect();
        let tokens = &self.rows.tokens;
        let exact = |row: u32, of: u64| {
            let start = if row == 0 { 0 } else { tokens.ends[row as usize - 1] as usize };
            let mut of_row = Vec::new();
            let tokens = &tokens.values[start..tokens.ends[row as usize] as usize];
            coded(tokens, |token| known[token as usize], &mut of_row);
            names::exact_pair(&of_row, of)
        };
        let columns = names::columns(self.names, exact);
        write("names", columns.names)?;
        write("name-rows", columns.rows)?;
        write("dates", columns.dates)?;
        write("exact", columns.exact)?;
        for (kind, entries) in KINDS.iter().zip(self.postings) {
            let [rows, starts] = postings::columns(entries);
            write(kind, rows)?;
            write(&format!("{kind}-starts"), starts)?;
        }
        let rows = self.digests.len() as u64;
        write("rows", self.rows.columns())?;
        write("digests", vec![("digest", Column::U64(self.digests))])?;
        let mut texts = TextList::default();
        (0..vocabulary.len() as u32).for_each(|id| texts.push(vocabulary.text(crate::compare::TokenId(id))));
        let (codes, hashes) = known.iter().map(|(code, hash, _)| (*code, *hash)).unzip();
        let columns = vec![("text", texts.column()), ("code", Column::U64(codes)), ("hash", Column::U64(hashes))];
        write("tokens", columns)?;
        let (firsts, sets) = self.sets.into_iter().unzip();
        write("sets", vec![("row", Column::U32(firsts)), ("data_set", Column::U16(sets))])?;
        let (rows_apart, postcodes_apart) = self.apart.into_iter().unzip();
        write("apart", vec![("row", Column::U32(rows_apart)), ("postcode", Column::U64(postcodes_apart))])?;
        write("faults", fault_columns(&self.faults))?;
        let packed = self.texts.finish().map_err(|error| error.or_at(file_name(number, "texts")))?;
        write("text-sums", vec![("xxh3", Column::U64(packed.sums))])?;
        write("text-dictionary", vec![("byte", Column::U8(packed.dictionary))])?;
        files.insert(file_name(number, "texts"), packed.sum);
        let kinds = self.kinds.0.iter().map(|(field, reason)| [(*field).to_owned(), (*reason).to_owned()]).collect();
        Ok(Segment::new(number, rows, kinds, files))
    }
}

/// Code and hash of the first token of each code, in `out`; tokens of one letter have none.
pub(super) fn coded(tokens: &[u32], known: impl Fn(u32) -> (u64, u64, bool), out: &mut Vec<(u64, u64)>) {
    out.clear();
    for token in tokens {
        let (code, hash, is_keyed) = known(*token);
        if is_keyed && out.iter().all(|(other, _)| *other != code) {
            out.push((code, hash));
        }
    }
}

/// Kinds of the files of a segment beside those of [`KINDS`].
const FILES: [&str; 13] = [
    "names",
    "name-rows",
    "dates",
    "exact",
    "rows",
    "digests",
    "tokens",
    "sets",
    "apart",
    "faults",
    "texts",
    "text-sums",
    "text-dictionary",
];

/// Whether a file is called as one that a segment is written to.
pub(super) fn is_file_name(name: &str) -> bool {
    let Some((number, kind)) = name.strip_suffix(".arrow").and_then(|name| name.split_once('-')) else { return false };
    let of_kind = kind.strip_suffix("-starts").unwrap_or(kind);
    let is_number = number.parse().is_ok_and(|number: u32| file_name(number, kind) == name);
    is_number && (FILES.contains(&kind) || KINDS.contains(&of_kind))
}

/// Name of a file of a segment.
pub(super) fn file_name(segment: u32, kind: &str) -> String {
    format!("{segment:04}-{kind}.arrow")
}
