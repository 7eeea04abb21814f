//! One register row: from text to keys and comparable values.

use crate::block::Keyed;
use crate::compare::{AddressKey, RecordParts, TokenId, Vocabulary};
use crate::engine::people::PersonKey;
use crate::frame::{Table, TextColumn, cell};
use crate::lexicon::{self, Sex};
use crate::model::value::{Fault, PartialDate};
use crate::score::TokenCount;
use crate::standardise::address::{self, Address};
use crate::standardise::name::Tokens;
use crate::standardise::{date, email, nino, phone, postcode};
use crate::util::hash::{Map, Set, map, mix, text_hash};

/// Columns of a register that matching reads.
pub const REGISTER_COLUMNS: [&str; 14] = [
    "record_id",
    "nino",
    "person_id",
    "title",
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
];

/// The columns of one batch.
pub(crate) struct Columns<'a> {
    pub record_id: Option<&'a TextColumn>,
    pub nino: Option<&'a TextColumn>,
    pub person_id: Option<&'a TextColumn>,
    title: Option<&'a TextColumn>,
    names: [Option<&'a TextColumn>; 4],
    birth_date: Option<&'a TextColumn>,
    sex: Option<&'a TextColumn>,
    address: Option<&'a TextColumn>,
    postcode: Option<&'a TextColumn>,
    phone: Option<&'a TextColumn>,
    email: Option<&'a TextColumn>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        let column = |name| table.column(name);
        Self {
            record_id: column("record_id"),
            nino: column("nino"),
            person_id: column("person_id"),
            title: column("title"),
            names: [column("full_name"), column("forename"), column("middle_names"), column("surname")],
            birth_date: column("date_of_birth"),
            sex: column("sex"),
            address: column("address"),
            postcode: column("postcode"),
            phone: column("phone"),
            email: column("email"),
        }
    }

    /// Digest of what a row says, but for its title, which the second pass does not read: where a row has no place of its
    /// own, it is known by this. Rows that say the same fare alike.
    pub(crate) fn digest(&self, row: usize) -> u64 {
        let [full, forename, middle, surname] = self.names;
        let columns = [
            self.record_id,
            self.nino,
            self.person_id,
            full,
            forename,
            middle,
            surname,
            self.birth_date,
            self.sex,
            self.address,
            self.postcode,
            self.phone,
            self.email,
        ];
        let hash = |column| value(column, row).map_or(0, |text| text_hash(text.as_bytes()));
        columns.into_iter().fold(0, |digest, column| mix(digest, hash(column)))
    }
}

/// The value of an optional column.
#[inline]
pub(crate) fn value(column: Option<&TextColumn>, row: usize) -> Option<&str> {
    column.and_then(|column| cell(column, row))
}

/// Faults of register values by field and reason, with some record ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultCounts {
    /// Count and the lowest record ids for each field and reason.
    pub by_kind: std::collections::BTreeMap<(&'static str, &'static str), FaultCount>,
}

/// One kind of fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultCount {
    /// Rows.
    pub rows: u64,
    /// The lowest of their record ids, as text: the same ones however the register is cut.
    pub record_ids: std::collections::BTreeSet<String>,
}

/// Record ids kept for each kind of fault.
const RECORD_IDS_MAX: usize = 100;

impl FaultCounts {
    pub(crate) fn add(&mut self, field: &'static str, reason: &'static str, record_id: Option<&str>) {
        let count = self.by_kind.entry((field, reason)).or_default();
        count.rows += 1;
        let Some(id) = record_id else { return };
        let full = count.record_ids.len() >= RECORD_IDS_MAX;
        if !full || count.record_ids.last().is_some_and(|last| id < last.as_str()) {
            count.record_ids.insert(id.to_owned());
            if count.record_ids.len() > RECORD_IDS_MAX {
                count.record_ids.pop_last();
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (kind, count) in other.by_kind {
            let here = self.by_kind.entry(kind).or_default();
            here.rows += count.rows;
            here.record_ids.extend(count.record_ids);
            while here.record_ids.len() > RECORD_IDS_MAX {
                here.record_ids.pop_last();
            }
        }
    }
}

/// Buffers of one worker for reading rows.
pub(crate) struct RowReader<'s> {
    /// Day at which birth dates are judged; of rows that are kept for other days, none is.
    on: Option<PartialDate>,
    /// Codes worth keying; all when `None`.
    sought: Option<&'s Set<u64>>,
    tokens: Tokens,
    text: String,
    address: Address,
    code_scratch: Vec<u8>,
    pub tokens_known: Map<u64, TokenCount>,
    /// Hashes of the tokens of the row that was read last.
    hashes: Vec<u64>,
    pub keyed: Keyed,
    pub parts: RecordParts,
    pub faults: FaultCounts,
    /// Faults of the row that was read last, in the order of [`FAULTY_FIELDS`].
    pub row_faults: [Option<Fault>; FAULTY_FIELDS.len()],
    /// Birth date of the row that was read last, whether it is believed or not.
    pub born: Option<PartialDate>,
    email: Option<(u64, u64)>,
}

/// Fields whose values may be faulty.
pub(crate) const FAULTY_FIELDS: [&str; 5] = ["date_of_birth", "nino", "phone", "email", "postcode"];

impl<'s> RowReader<'s> {
    /// Buffers for a run at the date `on`, which keys only tokens of `sought` codes. Without a date all birth dates are
    /// believed.
    pub(crate) fn new(on: Option<PartialDate>, sought: Option<&'s Set<u64>>) -> Self {
        Self {
            on,
            sought,
            tokens: Tokens::default(),
            text: String::new(),
            address: Address::default(),
            code_scratch: Vec::new(),
            tokens_known: map(),
            hashes: Vec::new(),
            keyed: Keyed::default(),
            parts: RecordParts::default(),
            faults: FaultCounts::default(),
            row_faults: [None; FAULTY_FIELDS.len()],
            born: None,
            email: None,
        }
    }

    /// Reads what keys are made of; tokens are counted.
    pub(crate) fn read_keys(&mut self, columns: &Columns, row: usize) {
        self.keyed.clear();
        self.read_names(columns, row);
        let mut faults = [None; FAULTY_FIELDS.len()];
        let read = date::read(value(columns.birth_date, row).unwrap_or(""));
        self.born = read.value;
        let disbelief = read.value.zip(self.on).and_then(|(date, on)| date::unbelievable(date, on));
        self.keyed.birth_date = if disbelief.is_some() { None } else { read.value };
        faults[0] = disbelief.or(read.fault);
        if let Some(text) = value(columns.nino, row) {
            let read = nino::read(text);
            self.keyed.ninos.extend(read.value.map(|nino| nino.bits()));
            faults[1] = read.fault;
        }
        if let Some(text) = value(columns.phone, row) {
            let read = phone::read(text);
            self.keyed.phones.extend(read.value.map(|phone| phone.bits()));
            faults[2] = read.fault;
        }
        self.email = None;
        if let Some(text) = value(columns.email, row) {
            let read = email::canonical(text, &mut self.text);
            faults[3] = read.fault;
            if let Some(canonical) = read.value {
                let whole = text_hash(canonical.as_bytes());
                let local = text_hash(email::local_part(canonical).as_bytes());
                self.email = Some((whole, local));
                self.keyed.emails.push(whole);
            }
        }
        if let Some(text) = value(columns.postcode, row) {
            let read = postcode::read(text);
            faults[4] = read.fault;
            let unit = read.value.filter(|postcode| postcode.is_unit());
            self.keyed.postcodes.extend(unit.map(|postcode| postcode.bits()));
        }
        self.row_faults = faults.map(|fault| fault.filter(|fault| !matches!(fault, Fault::Special | Fault::Partial)));
        for (fault, field) in self.row_faults.iter().zip(FAULTY_FIELDS) {
            if let Some(fault) = fault {
                self.faults.add(field, fault.as_str(), value(columns.record_id, row));
            }
        }
    }

    /// What later steps need of a row whose keys were read, besides the keys: taken out, to be put back by
    /// [`RowReader::again`].
    pub(crate) fn set_aside(&mut self, keyed: &mut Keyed) -> Option<(u64, u64)> {
        std::mem::swap(&mut self.keyed, keyed);
        self.email
    }

    /// Comes back to a row that was set aside; nothing is counted twice.
    pub(crate) fn again(&mut self, columns: &Columns, row: usize, keyed: &mut Keyed, email: Option<(u64, u64)>) {
        std::mem::swap(&mut self.keyed, keyed);
        self.email = email;
        self.read_tokens(columns, row);
        self.hashes.clear();
        self.hashes.extend(self.tokens.iter().map(|token| text_hash(token.as_bytes())));
    }

    fn read_tokens(&mut self, columns: &Columns, row: usize) {
        self.tokens.clear();
        let [full, parts @ ..] = &columns.names;
        self.tokens.add_names(parts.map(|part| value(part, row).unwrap_or("")));
        if self.tokens.is_empty()
            && let Some(text) = value(*full, row)
        {
            self.tokens.add_full_name(text);
        }
    }

    fn read_names(&mut self, columns: &Columns, row: usize) {
        self.read_tokens(columns, row);
        self.hashes.clear();
        for token in self.tokens.iter() {
            let hash = text_hash(token.as_bytes());
            let known = self.tokens_known.entry(hash).or_insert_with(|| {
                let code = lexicon::block_code(token, &mut self.code_scratch);
                let sought = token.len() > 1 && self.sought.is_none_or(|codes| codes.contains(&code));
                TokenCount { code, count: 0, sought }
            });
            known.count += 1;
            self.hashes.push(hash);
            if known.sought && !self.keyed.codes.contains(&known.code) {
                self.keyed.codes.push(known.code);
                self.keyed.hashes.push(hash);
            }
        }
    }

    /// Tokens of the row, as one stable number: what a digest of the row is made of.
    pub(crate) fn name_digest(&self) -> u64 {
        self.hashes.iter().fold(0, |digest, hash| digest.wrapping_add(*hash))
    }

    /// Reads the rest of a row whose keys were read, into `parts`; tokens are numbered in `vocabulary`.
    pub(crate) fn read_rest(&mut self, columns: &Columns, row: usize, vocabulary: &mut Vocabulary) {
        self.parts.clear();
        for (token, hash) in self.tokens.iter().zip(&self.hashes) {
            let code = self.tokens_known.get(hash).map_or(0, |known| known.code);
            self.parts.tokens.push(vocabulary.intern_hashed(token, *hash, code));
        }
        self.parts.birth_date = self.keyed.birth_date;
        self.parts.nino = self.keyed.ninos.first().copied().unwrap_or(0);
        self.parts.phones.extend_from_slice(&self.keyed.phones);
        self.parts.emails.extend(self.email);
        self.parts.sex = read_sex(value(columns.sex, row), value(columns.title, row));
        let text = value(columns.address, row).unwrap_or("");
        let postcode = value(columns.postcode, row).unwrap_or("");
        self.read_address(text, postcode);
    }

    /// Only the address of a row, for samples.
    pub(crate) fn address_of(&mut self, columns: &Columns, row: usize) -> Option<AddressKey> {
        let text = value(columns.address, row).unwrap_or("");
        let postcode = value(columns.postcode, row).unwrap_or("");
        address::read_into(text, postcode, &mut self.address);
        let key = AddressKey::new(&self.address);
        (!key.is_empty()).then_some(key)
    }

    fn read_address(&mut self, text: &str, postcode: &str) {
        if text.is_empty() && postcode.is_empty() {
            return;
        }
        address::read_into(text, postcode, &mut self.address);
        let key = AddressKey::new(&self.address);
        if !key.is_empty() {
            self.parts.addresses.push(key);
        }
    }
}

/// Sex from a column of its own, else from a title.
pub(crate) fn read_sex(sex: Option<&str>, title: Option<&str>) -> Option<Sex> {
    match sex.and_then(|text| text.trim().bytes().next()) {
        Some(b'F' | b'f' | b'2') => Some(Sex::Female),
        Some(b'M' | b'm' | b'1') => Some(Sex::Male),
        _ => title.and_then(lexicon::sex_of_title),
    }
}

/// The person key of a register row, if it has one.
pub(crate) fn person_key(columns: &Columns, row: usize, data_set: u16) -> Option<PersonKey> {
    PersonKey::new(value(columns.nino, row), value(columns.person_id, row), data_set)
}

/// Token numbers of one worker as those of another.
pub(crate) fn renumber(from: &Vocabulary, to: &mut Vocabulary) -> Vec<TokenId> {
    (0..from.len() as u32)
        .map(|id| {
            let id = TokenId(id);
            to.intern(from.text(id), from.code(id))
        })
        .collect()
}
