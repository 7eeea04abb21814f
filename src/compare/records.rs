//! Records ready to be compared, in columns: one row is one record of the extract or of the register.

use crate::compare::vocabulary::TokenId;
use crate::lexicon::Sex;
use crate::model::value::PartialDate;
use crate::standardise::address::Address;
use crate::util::hash::text_hash;

/// Lists of values, one list a row, in one vector.
#[derive(Clone, Debug)]
pub struct List<T> {
    ends: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { ends: Vec::new(), values: Vec::new() }
    }
}

impl<T> List<T> {
    /// Memory of the values, in bytes.
    fn bytes(&self) -> usize {
        size_of_val(self.ends.as_slice()) + size_of_val(self.values.as_slice())
    }
}

impl<T: Copy> List<T> {
    /// The list of a row.
    #[inline]
    pub fn get(&self, row: usize) -> &[T] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.values[start as usize..self.ends[row] as usize]
    }

    /// Adds the list of the next row.
    pub fn push(&mut self, values: impl IntoIterator<Item = T>) {
        self.values.extend(values);
        self.ends.push(self.values.len() as u32);
    }

    fn take_rows(&mut self, other: Self, rows: &[u32], mut map: impl FnMut(T) -> T) {
        self.values.reserve_exact(rows.iter().map(|row| other.get(*row as usize).len()).sum());
        self.ends.reserve_exact(rows.len());
        for row in rows {
            self.push(other.get(*row as usize).iter().map(|value| map(*value)));
        }
    }

    fn append(&mut self, other: &Self, map: impl Fn(T) -> T) {
        let base = self.values.len() as u32;
        self.values.extend(other.values.iter().map(|value| map(*value)));
        self.ends.extend(other.ends.iter().map(|end| base + end));
    }
}

/// Adds some rows of a column, in that order, and lets go of it.
pub fn take_column<T: Copy>(column: &mut Vec<T>, other: Vec<T>, rows: &[u32]) {
    column.reserve_exact(rows.len());
    column.extend(rows.iter().map(|row| other[*row as usize]));
}

/// An address by stable hashes of its parts; 0 where a part is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressKey {
    /// Postcode as bits, unit or outward part.
    pub postcode: u64,
    /// Flat within the building.
    pub flat: u32,
    /// Number or name of the building.
    pub building: u32,
    /// Street.
    pub street: u32,
    /// Town.
    pub town: u32,
    /// Second reading of flat and building (`2/1`), 0 where there is none.
    pub other_flat: u32,
    /// Building of the second reading.
    pub other_building: u32,
}

impl AddressKey {
    /// The parts of a standardised address.
    pub fn new(address: &Address) -> Self {
        let part = |text: &str| if text.is_empty() { 0 } else { text_hash(text.as_bytes()) as u32 | 1 };
        let other = address.alternate.as_ref();
        Self {
            postcode: address.postcode.map_or(0, |postcode| postcode.bits()),
            flat: part(&address.flat),
            building: part(&address.building),
            street: part(&address.street),
            town: part(&address.town),
            other_flat: other.map_or(0, |(flat, _)| part(flat)),
            other_building: other.map_or(0, |(_, building)| part(building)),
        }
    }

    /// All parts in four words.
    pub fn words(&self) -> [u64; 4] {
        let pair = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
        [
            self.postcode,
            pair(self.flat, self.building),
            pair(self.street, self.town),
            pair(self.other_flat, self.other_building),
        ]
    }

    /// The address of [`AddressKey::words`].
    pub fn of_words([postcode, inside, street, other]: [u64; 4]) -> Self {
        let pair = |word: u64| ((word >> 32) as u32, word as u32);
        let ((flat, building), (street, town), (other_flat, other_building)) =
            (pair(inside), pair(street), pair(other));
        Self { postcode, flat, building, street, town, other_flat, other_building }
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.postcode == 0 && self.street == 0 && self.building == 0
    }
}

/// The values of one record, before they go into columns.
#[derive(Clone, Debug, Default)]
pub struct RecordParts {
    /// Name tokens.
    pub tokens: Vec<TokenId>,
    /// Name tokens with particles as tokens of their own; empty where the name has none.
    pub tokens_apart: Vec<TokenId>,
    /// Birth date.
    pub birth_date: Option<PartialDate>,
    /// NINO as bits, 0 when null.
    pub nino: u64,
    /// Sex.
    pub sex: Option<Sex>,
    /// Phones as bits.
    pub phones: Vec<u64>,
    /// Emails as (hash of the whole, hash of the local part).
    pub emails: Vec<(u64, u64)>,
    /// Addresses.
    pub addresses: Vec<AddressKey>,
}

impl RecordParts {
    /// Forgets all values, keeps the buffers.
    pub fn clear(&mut self) {
        self.tokens.clear();
        self.tokens_apart.clear();
        self.birth_date = None;
        self.nino = 0;
        self.sex = None;
        self.phones.clear();
        self.emails.clear();
        self.addresses.clear();
    }
}

/// Records in columns.
#[derive(Clone, Debug, Default)]
pub struct Records {
    tokens: List<TokenId>,
    tokens_apart: List<TokenId>,
    birth_dates: Vec<u32>,
    ninos: Vec<u64>,
    sexes: Vec<u8>,
    phones: List<u64>,
    emails: List<(u64, u64)>,
    addresses: List<AddressKey>,
}

impl Records {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.ninos.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.ninos.is_empty()
    }

    /// Memory of all values, in bytes.
    pub fn bytes(&self) -> usize {
        let lists = [self.tokens.bytes(), self.tokens_apart.bytes(), self.phones.bytes(), self.emails.bytes()];
        lists.iter().sum::<usize>() + self.addresses.bytes() + self.len() * (size_of::<u32>() + size_of::<u64>() + 1)
    }

    /// Adds a record.
    pub fn push(&mut self, parts: &RecordParts) {
        self.tokens.push(parts.tokens.iter().copied());
        self.tokens_apart.push(parts.tokens_apart.iter().copied());
        self.birth_dates.push(parts.birth_date.map_or(0, PartialDate::bits));
        self.ninos.push(parts.nino);
        self.sexes.push(parts.sex.map_or(0, |sex| sex as u8));
        self.phones.push(parts.phones.iter().copied());
        self.emails.push(parts.emails.iter().copied());
        self.addresses.push(parts.addresses.iter().copied());
    }

    /// Adds all records of another worker, whose token numbers are `renumber`ed.
    pub fn append(&mut self, other: &Self, renumber: &[TokenId]) {
        self.tokens.append(&other.tokens, |token| renumber[token.0 as usize]);
        self.tokens_apart.append(&other.tokens_apart, |token| renumber[token.0 as usize]);
        self.birth_dates.extend_from_slice(&other.birth_dates);
        self.ninos.extend_from_slice(&other.ninos);
        self.sexes.extend_from_slice(&other.sexes);
        self.phones.append(&other.phones, |phone| phone);
        self.emails.append(&other.emails, |email| email);
        self.addresses.append(&other.addresses, |address| address);
    }

    /// Adds the `rows` of another worker, in that order, with their token numbers as `token` gives them. Each column is
    /// let go of when it has been taken, so that two copies of all values are never held.
    pub fn take_rows(&mut self, other: Self, rows: &[u32], mut token: impl FnMut(TokenId) -> TokenId) {
        self.tokens.take_rows(other.tokens, rows, &mut token);
        self.tokens_apart.take_rows(other.tokens_apart, rows, &mut token);
        take_column(&mut self.birth_dates, other.birth_dates, rows);
        take_column(&mut self.ninos, other.ninos, rows);
        take_column(&mut self.sexes, other.sexes, rows);
        self.phones.take_rows(other.phones, rows, |phone| phone);
        self.emails.take_rows(other.emails, rows, |email| email);
        self.addresses.take_rows(other.addresses, rows, |address| address);
    }

    /// Name tokens of a record.
    #[inline]
    pub fn tokens(&self, row: usize) -> &[TokenId] {
        self.tokens.get(row)
    }

    /// Name tokens of a record with particles as tokens of their own; empty where the name has none.
    #[inline]
    pub fn tokens_apart(&self, row: usize) -> &[TokenId] {
        self.tokens_apart.get(row)
    }

    /// Birth date of a record.
    #[inline]
    pub fn birth_date(&self, row: usize) -> Option<PartialDate> {
        let bits = self.birth_dates[row];
        (bits != 0).then(|| PartialDate::from_bits(bits))
    }

    /// NINO of a record as bits, 0 when null.
    #[inline]
    pub fn nino(&self, row: usize) -> u64 {
        self.ninos[row]
    }

    /// Sex of a record: 0 when null, else as [`Sex`].
    #[inline]
    pub fn sex(&self, row: usize) -> u8 {
        self.sexes[row]
    }

    /// Phones of a record as bits.
    #[inline]
    pub fn phones(&self, row: usize) -> &[u64] {
        self.phones.get(row)
    }

    /// Emails of a record as (hash of the whole, hash of the local part).
    #[inline]
    pub fn emails(&self, row: usize) -> &[(u64, u64)] {
        self.emails.get(row)
    }

    /// Addresses of a record.
    #[inline]
    pub fn addresses(&self, row: usize) -> &[AddressKey] {
        self.addresses.get(row)
    }
}
