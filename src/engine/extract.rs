//! The small side: extract rows standardised, with their keys and variants.

use crate::block::{Emission, Keyed, Kind, Slots, exact_values, extract_keys, extract_values, two};
use crate::compare::{AddressKey, RecordParts, Records, TokenId, Vocabulary};
use crate::engine::reading::{read_sex, renumber, value};
use crate::frame::{Table, TextColumn, cell};
use crate::ids::Slot;
use crate::lexicon;
use crate::model::schema::{ADDRESSES_MAX, CONTACTS_MAX};
use crate::model::value::{Fault, PartialDate};
use crate::standardise::address::{self, Address};
use crate::standardise::name::Tokens;
use crate::standardise::{date, email, nino, phone, postcode};
use crate::util::hash::{Set, set, text_hash};
use crate::util::parallel::map_chunks;
use std::sync::atomic::{AtomicU64, Ordering};

/// Codes of equivalents emitted for one token of the extract.
const CODES_PER_TOKEN: usize = 4;
/// Rows standardised together.
const CHUNK_ROWS: usize = 512;

/// Something about a value of an extract row: it was changed, or is null as evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// Row of the table, from 0.
    pub row: u32,
    /// Column.
    pub field: String,
    /// Reason, as a word of `exceptions.csv`.
    pub reason: &'static str,
}

/// The extract, standardised.
pub struct ExtractSide {
    /// Comparable values.
    pub records: Records,
    /// Tokens of the extract; survivors add theirs.
    pub vocabulary: Vocabulary,
    /// Keys as slots.
    pub slots: Slots,
    /// Blocking codes of all tokens, with those of equivalents and of joined tokens.
    pub codes: Set<u64>,
    /// Whether there is enough to search with, by row.
    pub searchable: Vec<bool>,
    /// What was found wrong, by row.
    pub remarks: Vec<Remark>,
}

#[derive(Default)]
struct Chunk {
    records: Records,
    vocabulary: Vocabulary,
    emissions: Vec<Box<[Emission]>>,
    codes: Vec<u64>,
    searchable: Vec<bool>,
    remarks: Vec<Remark>,
}

impl ExtractSide {
    /// Standardises all rows of `table` at the date `on`.
    pub fn new(table: &Table, on: PartialDate) -> Self {
        let chunks = map_chunks(table.rows(), CHUNK_ROWS, |rows| {
            let mut reader = Reader::new(table, on);
            for row in rows {
                reader.read(row);
            }
            reader.chunk
        });
        let mut records = Records::default();
        let mut vocabulary = Vocabulary::new();
        let mut emissions = Vec::with_capacity(table.rows());
        let mut searchable = Vec::with_capacity(table.rows());
        let mut remarks = Vec::new();
        let mut codes = set();
        for chunk in chunks {
            let numbers = renumber(&chunk.vocabulary, &mut vocabulary);
            records.append(&chunk.records, &numbers);
            emissions.extend(chunk.emissions);
            codes.extend(chunk.codes);
            searchable.extend(chunk.searchable);
            remarks.extend(chunk.remarks);
        }
        Self { slots: Slots::of_rows(emissions), codes, records, vocabulary, searchable, remarks }
    }
}

/// What is asked of an index of values for one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    /// `two` of codes, postcode, number, phone or email.
    pub(crate) value: u64,
    /// What it stands for.
    pub(crate) kind: Kind,
    /// Part of a date, code, or `two` of hashes; 0 where the kind has one value.
    pub(crate) part: u64,
    /// The slot.
    pub(crate) slot: Slot,
}

/// The questions behind all slots.
pub(crate) struct Questions {
    /// About numbers, phones, emails and postcodes.
    pub(crate) contacts: Vec<Question>,
    /// About names and dates.
    pub(crate) names: Vec<Question>,
}

/// The questions behind all slots of `side`, which was read from `table`: one for each slot.
pub(crate) fn questions(side: &ExtractSide, table: &Table, on: PartialDate) -> Questions {
    let seen: Vec<AtomicU64> = (0..side.slots.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
    let is_new = |slot: Slot| {
        let bit = 1 << (slot.0 % 64);
        seen[slot.index() / 64].fetch_or(bit, Ordering::Relaxed) & bit == 0
    };
    let chunks = map_chunks(table.rows(), CHUNK_ROWS, |rows| {
        let mut reader = Reader::new(table, on);
        let (mut contacts, mut names) = (Vec::new(), Vec::new());
        for row in rows.filter(|row| side.searchable[*row]) {
            reader.read(row);
            // The slots of a row stand in the order of its keys, and so do the values behind them.
            let mut slots = side.slots.of_row(row).iter().map(|slot| Slot(*slot));
            let mut exact = Vec::new();
            let mut ask = |slot: Slot, kind: Kind, value: u64, part: u64| {
                if is_new(slot) {
                    let list = if is_contact(kind) { &mut contacts } else { &mut names };
                    list.push(Question { value, kind, part, slot });
                }
            };
            extract_values(&reader.keyed, |kind, a, b| match (kind, slots.next()) {
                (_, None) => {}
                (Kind::ExactTwo, Some(slot)) => exact.push(slot),
                // A token alone is filed as that token with itself.
                (Kind::BirthDateToken, Some(slot)) => ask(slot, kind, two(b, b), a),
                (_, Some(slot)) => ask(slot, kind, a, b),
            });
            let mut exact = exact.into_iter();
            exact_values(&reader.keyed, |names, pair| {
                if let Some(slot) = exact.next() {
                    ask(slot, Kind::ExactTwo, names, pair);
                }
            });
        }
        (contacts, names)
    });
    let (contacts, names): (Vec<_>, Vec<_>) = chunks.into_iter().unzip();
    Questions { contacts: contacts.concat(), names: names.concat() }
}

/// Whether a question is about a value of a contact.
const fn is_contact(kind: Kind) -> bool {
    matches!(kind, Kind::Nino | Kind::Phone | Kind::Email | Kind::Postcode | Kind::PostcodeToken)
}

struct Reader<'a> {
    on: PartialDate,
    tokens: Tokens,
    text: String,
    codes: Vec<u64>,
    code_scratch: Vec<u8>,
    address: Address,
    keyed: Keyed,
    /// Keys of the row at hand.
    emissions: Vec<Emission>,
    parts: RecordParts,
    chunk: Chunk,
    columns: Columns<'a>,
}

/// A column with its name.
type Named<'a> = (String, &'a TextColumn);

/// The columns of an extract, found once.
struct Columns<'a> {
    full_name: Option<&'a TextColumn>,
    birth_date: Option<&'a TextColumn>,
    nino: Option<&'a TextColumn>,
    title: Option<&'a TextColumn>,
    mobiles: Vec<Named<'a>>,
    emails: Vec<Named<'a>>,
    /// Addresses with their postcodes.
    addresses: Vec<[Option<Named<'a>>; 2]>,
}

impl<'a> Columns<'a> {
    fn new(table: &'a Table) -> Self {
        let named = |name: String| table.column(&name).map(|column| (name, column));
        let numbered = |stem: &str| (1..=CONTACTS_MAX).filter_map(|number| named(format!("{stem}_{number}"))).collect();
        Self {
            full_name: table.column("full_name"),
            birth_date: table.column("date_of_birth"),
            nino: table.column("nino"),
            title: table.column("title"),
            mobiles: numbered("mobile"),
            emails: numbered("email"),
            addresses: (1..=ADDRESSES_MAX)
                .map(|number| [named(format!("address_{number}")), named(format!("postcode_{number}"))])
                .filter(|pair| pair.iter().any(Option::is_some))
                .collect(),
        }
    }
}

impl<'a> Reader<'a> {
    fn new(table: &'a Table, on: PartialDate) -> Self {
        Self {
            on,
            tokens: Tokens::default(),
            text: String::new(),
            codes: Vec::new(),
            code_scratch: Vec::new(),
            address: Address::default(),
            keyed: Keyed::default(),
            emissions: Vec::new(),
            parts: RecordParts::default(),
            chunk: Chunk { vocabulary: Vocabulary::new(), ..Chunk::default() },
            columns: Columns::new(table),
        }
    }

    fn remark(&mut self, row: usize, field: &str, fault: Option<Fault>) {
        if let Some(fault) = fault {
            self.chunk.remarks.push(Remark { row: row as u32, field: field.to_owned(), reason: fault.as_str() });
        }
    }

    fn read(&mut self, row: usize) {
        self.keyed.clear();
        self.parts.clear();
        self.read_name(row);
        let birth = date::read_birth(value(self.columns.birth_date, row).unwrap_or(""), self.on);
        self.remark(row, "date_of_birth", birth.fault);
        self.keyed.birth_date = birth.value;
        self.parts.birth_date = birth.value;
        self.read_nino(row);
        self.read_contacts(row);
        self.read_addresses(row);
        self.parts.sex = read_sex(None, value(self.columns.title, row));
        self.chunk.codes.extend(self.keyed.codes.iter().chain(&self.keyed.joined_codes));
        let emissions = &mut self.emissions;
        emissions.clear();
        let mut rules = 0;
        extract_keys(&self.keyed, |kind, key| {
            rules += usize::from(kind.rule().is_some());
            emissions.push(Emission { key, kind });
        });
        let named = !self.parts.tokens.is_empty() || self.parts.nino != 0;
        let searchable = named && rules > 0;
        self.chunk.searchable.push(searchable);
        if !searchable {
            emissions.clear();
        }
        self.chunk.emissions.push(emissions.as_slice().into());
        self.chunk.records.push(&self.parts);
    }

    fn read_name(&mut self, row: usize) {
        self.tokens.clear();
        let text = value(self.columns.full_name, row).unwrap_or("");
        self.tokens.add_full_name(text);
        if self.tokens.is_empty() && !text.trim().is_empty() {
            self.remark(row, "full_name", Some(Fault::Placeholder));
        }
        if self.tokens.cut() > 0 {
            self.remark(row, "full_name", Some(Fault::Extra));
        }
        let mut named = 0;
        for index in 0..self.tokens.len() {
            let id = self.read_token(index, &mut named);
            self.parts.tokens.push(id);
        }
        self.read_joined();
        self.read_apart(text, named);
    }

    /// Number of a token of the name, with its keys as those of the token numbered `named`.
    fn read_token(&mut self, index: usize, named: &mut u8) -> TokenId {
        let token = self.tokens.get(index);
        self.codes.clear();
        lexicon::block_codes(token, CODES_PER_TOKEN, &mut self.code_scratch, &mut self.codes);
        let id = self.chunk.vocabulary.intern(token, self.codes[0]);
        if token.len() >= 2 {
            self.keyed.codes.extend_from_slice(&self.codes);
            self.keyed.token_of_code.resize(self.keyed.codes.len(), *named);
            self.keyed.hashes.push(text_hash(token.as_bytes()));
            *named += 1;
        }
        id
    }

    fn read_joined(&mut self) {
        for index in 1..self.tokens.len() {
            self.text.clear();
            self.text.push_str(self.tokens.get(index - 1));
            self.text.push_str(self.tokens.get(index));
            let code = lexicon::block_code(&self.text, &mut self.code_scratch);
            if !self.keyed.codes.contains(&code) && !self.keyed.joined_codes.contains(&code) {
                self.keyed.joined_codes.push(code);
            }
        }
    }

    /// The name read the other way, where there is one; tokens that are new are looked for too.
    fn read_apart(&mut self, text: &str, mut named: u8) {
        self.tokens.clear();
        self.tokens.add_full_name_otherwise(text);
        let known = self.parts.tokens.len();
        for index in 0..self.tokens.len() {
            let token = self.tokens.get(index);
            let same = |id: &&TokenId| self.chunk.vocabulary.text(**id) == token;
            let id = match self.parts.tokens.iter().find(same) {
                Some(id) => *id,
                None => self.read_token(index, &mut named),
            };
            self.parts.tokens_apart.push(id);
        }
        if self.parts.tokens_apart.len() == known {
            self.parts.tokens_apart.clear();
        }
    }

    fn read_nino(&mut self, row: usize) {
        let Some(text) = value(self.columns.nino, row) else { return };
        let read = nino::read(text);
        self.remark(row, "nino", read.fault);
        if let Some(nino) = read.value {
            self.parts.nino = nino.bits();
            self.keyed.ninos.push(nino.bits());
        }
        // Repairs are candidates to look for, never evidence by themselves.
        if !matches!(read.fault, Some(Fault::Administrative | Fault::Temporary | Fault::Junk | Fault::Placeholder)) {
            self.keyed.ninos.extend(nino::repairs(text).iter().map(|nino| nino.bits()));
        }
        self.keyed.ninos.dedup();
    }

    fn read_contacts(&mut self, row: usize) {
        let columns = std::mem::take(&mut self.columns.mobiles);
        for (name, column) in &columns {
            let Some(text) = cell(column, row) else { continue };
            self.remark(row, name, phone::read(text).fault);
            for phone in phone::read_all(text) {
                if !self.parts.phones.contains(&phone.bits()) {
                    self.parts.phones.push(phone.bits());
                }
            }
        }
        self.columns.mobiles = columns;
        let columns = std::mem::take(&mut self.columns.emails);
        for (name, column) in &columns {
            let Some(text) = cell(column, row) else { continue };
            let mut buffer = std::mem::take(&mut self.text);
            let read = email::canonical(text, &mut buffer);
            let fault = read.fault;
            let hashes = read.value.map(|canonical| {
                let local = email::local_part(canonical);
                (text_hash(canonical.as_bytes()), text_hash(local.as_bytes()))
            });
            self.text = buffer;
            self.remark(row, name, fault);
            self.parts.emails.extend(hashes.filter(|pair| !self.parts.emails.contains(pair)));
        }
        self.columns.emails = columns;
        self.keyed.phones.extend_from_slice(&self.parts.phones);
        self.keyed.emails.extend(self.parts.emails.iter().map(|(whole, _)| *whole));
    }

    fn read_addresses(&mut self, row: usize) {
        let columns = std::mem::take(&mut self.columns.addresses);
        for [address, code] in &columns {
            let of = |column: &Option<Named<'a>>| column.as_ref().and_then(|(_, column)| cell(column, row));
            let (text, postcode) = (of(address).unwrap_or(""), of(code).unwrap_or(""));
            if text.is_empty() && postcode.is_empty() {
                continue;
            }
            let fault = address::read_into(text, postcode, &mut self.address);
            if let Some((name, _)) = address {
                self.remark(row, name, fault);
            }
            self.read_postcode(row, postcode, code.as_ref().map_or("", |(name, _)| name));
            let key = AddressKey::new(&self.address);
            if !key.is_empty() && !self.parts.addresses.contains(&key) {
                self.parts.addresses.push(key);
            }
        }
        self.columns.addresses = columns;
        self.keyed.postcodes.sort_unstable();
        self.keyed.postcodes.dedup();
    }

    fn read_postcode(&mut self, row: usize, text: &str, name: &str) {
        if !text.is_empty() {
            let read = postcode::read(text);
            self.remark(row, name, read.fault);
            if read.value.is_none() {
                self.keyed.postcodes.extend(postcode::repairs(text).iter().map(|postcode| postcode.bits()));
            }
        }
        let unit = self.address.postcode.filter(|postcode| postcode.is_unit());
        self.keyed.postcodes.extend(unit.map(|postcode| postcode.bits()));
    }
}

#[cfg(test)]
mod tests {
    use super::{ExtractSide, questions};
    use crate::block::{Kind, key_of};
    use crate::frame::Table;
    use crate::model::value::PartialDate;

    /// Slow twin: the slot of a key, looked up.
    #[test]
    fn each_question_is_about_the_slot_of_its_own_key() {
        let column = |name: &str, values: [&str; 4]| (name.to_owned(), values.into_iter().map(Some).collect());
        let table = Table::new(vec![
            column("full_name", ["Mohammed Ali Khan", "Ana Ana", "Abdul Rahman bin Said Ali Khan Omar Noor", "J Li"]),
            column("date_of_birth", ["1984-07-19", "1980-01-01", "1971", "2001-11-05"]),
            column("nino", ["AB123457C", "", "AB12345OC", ""]),
            column("mobile_1", ["07700900123", "07700900123", "", "07700900456"]),
            column("email_1", ["a.b@example.org", "", "c@example.org", ""]),
            column("postcode_1", ["LS1 4AP", "LSI 4AP", "", "M1 1AE"]),
        ]);
        let on = PartialDate::new(2016, 4, 30).expect("a date");
        let side = ExtractSide::new(&table, on);
        let asked = questions(&side, &table, on);
        let mut slots = Vec::new();
        for question in asked.contacts.iter().chain(&asked.names) {
            slots.push(question.slot);
            assert_eq!(side.slots.kind(question.slot), question.kind);
            let key = match question.kind {
                // Filed as the code with itself, which the key is not made of.
                Kind::BirthDateToken => continue,
                Kind::ExactTwo => key_of(Kind::ExactTwo, question.part, 0),
                kind => key_of(kind, question.value, question.part),
            };
            assert_eq!(side.slots.find(key), Some(question.slot), "{:?}", question.kind);
        }
        slots.sort_unstable();
        slots.dedup();
        assert_eq!((slots.len(), asked.contacts.len() + asked.names.len()), (side.slots.len(), side.slots.len()));
        assert!(slots.len() > 200);
    }
}
