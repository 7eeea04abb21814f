//! Records ready to be compared: one row is one record of the extract or of the register.

use crate::compare::pieces::Pieces;
use crate::compare::vocabulary::TokenId;
use crate::lexicon::Sex;
use crate::model::value::PartialDate;
use crate::standardise::address::Address;
use crate::util::hash::text_hash;

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

/// Tokens that stand in the row itself; of most names of a register that is all.
const TOKENS_INSIDE: usize = 4;

/// One record, in one piece of memory: a pair is compared in a row of the register that nothing else near it has been asked
/// for, so each piece more would be waited for once more.
///
/// A value that there is one of stands inside; of several, the place of the first in the list of all.
#[derive(Clone, Copy, Debug)]
struct Row {
    nino: u64,
    phone: u64,
    email: (u64, u64),
    address: AddressKey,
    birth_date: u32,
    tokens: [TokenId; TOKENS_INSIDE],
    phones: u16,
    emails: u16,
    addresses: u16,
    named: u16,
    /// Tokens with particles apart; they follow the others in the list.
    named_apart: u16,
    sex: u8,
}

/// Values of a list, or the one inside.
#[inline]
fn several<'a, T>(inside: &'a T, list: &'a [T], count: u16, first: u64) -> &'a [T] {
    match count {
        0 => &[],
        1 => std::slice::from_ref(inside),
        count => &list[first as usize..first as usize + usize::from(count)],
    }
}

/// Adds `values` to a list if they are more than one; gives their number, the one, and the place of the first.
fn listed<T: Copy + Default>(list: &mut Vec<T>, values: &[T]) -> (u16, T, u64) {
    let first = list.len() as u64;
    match values {
        [] => (0, T::default(), 0),
        [one] => (1, *one, 0),
        several => {
            let several = &several[..several.len().min(usize::from(u16::MAX))];
            list.extend_from_slice(several);
            (several.len() as u16, T::default(), first)
        }
    }
}

/// Records, one piece of memory each.
#[derive(Clone, Debug, Default)]
pub struct Records {
    rows: Pieces<Row>,
    tokens: Vec<TokenId>,
    phones: Vec<u64>,
    emails: Vec<(u64, u64)>,
    addresses: Vec<AddressKey>,
}

impl Records {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory of all values, in bytes.
    pub fn bytes(&self) -> usize {
        self.len() * size_of::<Row>()
            + size_of_val(self.tokens.as_slice())
            + size_of_val(self.phones.as_slice())
            + size_of_val(self.emails.as_slice())
            + size_of_val(self.addresses.as_slice())
    }

    /// Adds a record.
    pub fn push(&mut self, parts: &RecordParts) {
        let sex = parts.sex.map_or(0, |sex| sex as u8);
        let birth_date = parts.birth_date.map_or(0, PartialDate::bits);
        let fixed = (parts.nino, birth_date, sex);
        self.add(fixed, &parts.tokens, &parts.tokens_apart, &parts.phones, &parts.emails, &parts.addresses);
    }

    fn add(
        &mut self,
        (nino, birth_date, sex): (u64, u32, u8),
        tokens: &[TokenId],
        apart: &[TokenId],
        phones: &[u64],
        emails: &[(u64, u64)],
        addresses: &[AddressKey],
    ) {
        let (phones, phone, first_phone) = listed(&mut self.phones, phones);
        let (emails, email, first_email) = listed(&mut self.emails, emails);
        let (addresses, address, first_address) = listed(&mut self.addresses, addresses);
        let mut inside = [TokenId(0); TOKENS_INSIDE];
        if tokens.len() <= TOKENS_INSIDE && apart.is_empty() {
            inside[..tokens.len()].copy_from_slice(tokens);
        } else {
            inside[0] = TokenId(self.tokens.len() as u32);
            self.tokens.extend_from_slice(tokens);
            self.tokens.extend_from_slice(apart);
        }
        self.rows.push(Row {
            nino,
            phone: if phones > 1 { first_phone } else { phone },
            email: if emails > 1 { (first_email, 0) } else { email },
            address: if addresses > 1 { AddressKey { postcode: first_address, ..address } } else { address },
            birth_date,
            tokens: inside,
            phones,
            emails,
            addresses,
            named: tokens.len() as u16,
            named_apart: apart.len() as u16,
            sex,
        });
    }

    /// Adds a record of another worker, its tokens numbered by `token`.
    fn add_from(
        &mut self,
        other: &Self,
        row: &Row,
        buffer: &mut Vec<TokenId>,
        mut token: impl FnMut(TokenId) -> TokenId,
    ) {
        let (tokens, apart) = (other.tokens_of(row), other.apart_of(row));
        buffer.clear();
        buffer.extend(tokens.iter().chain(apart).map(|id| token(*id)));
        let (tokens, apart) = buffer.split_at(tokens.len());
        let fixed = (row.nino, row.birth_date, row.sex);
        self.add(fixed, tokens, apart, other.phones_of(row), other.emails_of(row), other.addresses_of(row));
    }

    /// Adds all records of another worker, whose token numbers are `renumber`ed.
    pub fn append(&mut self, other: &Self, renumber: &[TokenId]) {
        let mut buffer = Vec::new();
        for row in 0..other.len() {
            self.add_from(other, &other.rows[row], &mut buffer, |token| renumber[token.0 as usize]);
        }
    }

    /// Adds the `rows` of another worker, which ascend, with their token numbers as `token` gives them. Each piece is let go
    /// of when it has been taken, so that two copies of all values are never held.
    pub fn take_rows(&mut self, mut other: Self, rows: &[u32], mut token: impl FnMut(TokenId) -> TokenId) {
        let mut buffer = Vec::new();
        for row in rows {
            let place = *row as usize;
            other.rows.forget_before(place);
            let row = other.rows[place];
            self.add_from(&other, &row, &mut buffer, &mut token);
        }
    }

    #[inline]
    fn tokens_of<'a>(&'a self, row: &'a Row) -> &'a [TokenId] {
        let named = usize::from(row.named);
        if named <= TOKENS_INSIDE && row.named_apart == 0 {
            return &row.tokens[..named];
        }
        let first = row.tokens[0].0 as usize;
        &self.tokens[first..first + named]
    }

    #[inline]
    fn apart_of<'a>(&'a self, row: &'a Row) -> &'a [TokenId] {
        if row.named_apart == 0 {
            return &[];
        }
        let first = row.tokens[0].0 as usize + usize::from(row.named);
        &self.tokens[first..first + usize::from(row.named_apart)]
    }

    #[inline]
    fn phones_of<'a>(&'a self, row: &'a Row) -> &'a [u64] {
        several(&row.phone, &self.phones, row.phones, row.phone)
    }

    #[inline]
    fn emails_of<'a>(&'a self, row: &'a Row) -> &'a [(u64, u64)] {
        several(&row.email, &self.emails, row.emails, row.email.0)
    }

    #[inline]
    fn addresses_of<'a>(&'a self, row: &'a Row) -> &'a [AddressKey] {
        several(&row.address, &self.addresses, row.addresses, row.address.postcode)
    }

    /// A sum over the memory of a record: asks for all of it, with nothing to be waited for.
    #[inline]
    pub fn touch(&self, row: usize) -> u64 {
        let row = &self.rows[row];
        let ends = row.nino ^ row.email.1 ^ u64::from(row.address.other_building);
        ends ^ u64::from(row.birth_date) ^ u64::from(row.sex) ^ u64::from(row.tokens[0].0)
    }

    /// Name tokens of a record.
    #[inline]
    pub fn tokens(&self, row: usize) -> &[TokenId] {
        self.tokens_of(&self.rows[row])
    }

    /// Name tokens of a record with particles as tokens of their own; empty where the name has none.
    #[inline]
    pub fn tokens_apart(&self, row: usize) -> &[TokenId] {
        self.apart_of(&self.rows[row])
    }

    /// Birth date of a record.
    #[inline]
    pub fn birth_date(&self, row: usize) -> Option<PartialDate> {
        let bits = self.rows[row].birth_date;
        (bits != 0).then(|| PartialDate::from_bits(bits))
    }

    /// NINO of a record as bits, 0 when null.
    #[inline]
    pub fn nino(&self, row: usize) -> u64 {
        self.rows[row].nino
    }

    /// Sex of a record: 0 when null, else as [`Sex`].
    #[inline]
    pub fn sex(&self, row: usize) -> u8 {
        self.rows[row].sex
    }

    /// Phones of a record as bits.
    #[inline]
    pub fn phones(&self, row: usize) -> &[u64] {
        self.phones_of(&self.rows[row])
    }

    /// Emails of a record as (hash of the whole, hash of the local part).
    #[inline]
    pub fn emails(&self, row: usize) -> &[(u64, u64)] {
        self.emails_of(&self.rows[row])
    }

    /// Addresses of a record.
    #[inline]
    pub fn addresses(&self, row: usize) -> &[AddressKey] {
        self.addresses_of(&self.rows[row])
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressKey, RecordParts, Records};
    use crate::compare::TokenId;

    fn parts(number: usize) -> RecordParts {
        let address = |postcode| AddressKey { postcode, street: 9, ..AddressKey::default() };
        let ids = |count: usize| (0..count).map(|id| TokenId((number * 7 + id) as u32)).collect();
        RecordParts {
            tokens: ids(number % 9),
            tokens_apart: ids(if number % 5 == 4 { number % 6 } else { 0 }),
            nino: number as u64,
            phones: (0..number % 4).map(|n| (n + number) as u64).collect(),
            emails: (0..number % 3).map(|n| ((n + number) as u64, n as u64)).collect(),
            addresses: (0..number % 5).map(|n| address((n * number) as u64)).collect(),
            ..RecordParts::default()
        }
    }

    #[track_caller]
    fn same(records: &Records, row: usize, want: &RecordParts) {
        assert_eq!(records.tokens(row), want.tokens);
        assert_eq!(records.tokens_apart(row), want.tokens_apart);
        assert_eq!(records.nino(row), want.nino);
        assert_eq!(records.phones(row), want.phones);
        assert_eq!(records.emails(row), want.emails);
        assert_eq!(records.addresses(row), want.addresses);
    }

    #[test]
    fn values_come_back_however_many_there_are_and_from_wherever_they_were_taken() {
        let mut records = Records::default();
        (0..20_000).for_each(|number| records.push(&parts(number)));
        (0..20_000).for_each(|row| same(&records, row, &parts(row)));
        let rows: Vec<u32> = (0..20_000).filter(|row| row % 3 == 1 || row % 7_000 < 5).collect();
        let mut taken = Records::default();
        taken.push(&parts(5));
        taken.take_rows(records, &rows, |token| TokenId(token.0 + 1));
        assert_eq!(taken.len(), rows.len() + 1);
        for (at, row) in rows.iter().enumerate() {
            let mut want = parts(*row as usize);
            want.tokens.iter_mut().chain(&mut want.tokens_apart).for_each(|token| token.0 += 1);
            same(&taken, at + 1, &want);
        }
    }
}
