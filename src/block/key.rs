//! Keys of one row: what the register emits once, and what the extract emits with its variants.

use crate::block::rule::Kind;
use crate::model::value::PartialDate;
use crate::util::hash::mix;

/// Tokens of an extract name that take part in keys of two tokens: pairs grow with the square, and each has variants. A
/// register name gives all of its pairs, so that it does not matter which of its tokens are sought.
const TOKENS_IN_PAIRS_MAX: usize = 7;

/// The values of a row that keys are made of.
#[derive(Clone, Debug, Default)]
pub struct Keyed {
    /// Block codes of the name tokens, initials left out: of a register row each once; of an extract row those of every
    /// token, its equivalents among them.
    pub codes: Vec<u64>,
    /// Of the extract: number of the token that each of `codes` stands for, ascending.
    pub token_of_code: Vec<u8>,
    /// Hashes of the tokens themselves, in the order of `token_of_code` for the extract; of the register, one for each
    /// code, that of the first token which has it.
    pub hashes: Vec<u64>,
    /// Codes of two neighbouring tokens written as one; they take part in keys of one token alone.
    pub joined_codes: Vec<u64>,
    /// Birth date.
    pub birth_date: Option<PartialDate>,
    /// NINOs as bits; the extract adds repairs.
    pub ninos: Vec<u64>,
    /// Phones as bits.
    pub phones: Vec<u64>,
    /// Stable hashes of canonical emails.
    pub emails: Vec<u64>,
    /// Unit postcodes as bits; the extract adds repairs.
    pub postcodes: Vec<u64>,
}

impl Keyed {
    /// Forgets all values, keeps the buffers.
    pub fn clear(&mut self) {
        self.codes.clear();
        self.token_of_code.clear();
        self.hashes.clear();
        self.joined_codes.clear();
        self.birth_date = None;
        self.ninos.clear();
        self.phones.clear();
        self.emails.clear();
        self.postcodes.clear();
    }
}

const fn tag(kind: Kind) -> u64 {
    0x7265_7761_7368_0000 | kind as u64
}

#[inline]
fn key(kind: Kind, a: u64, b: u64) -> u64 {
    mix(mix(tag(kind), a), b)
}

/// Key of a value that is only counted.
#[inline]
pub fn count_key(kind: Kind, value: u64) -> u64 {
    key(kind, value, 0)
}

/// Two codes, or two hashes, as one value; their order does not matter.
#[inline]
pub fn two(a: u64, b: u64) -> u64 {
    if a <= b { mix(a, b) } else { mix(b, a) }
}

/// Key of two tokens without a date, for counts of names that go together.
#[inline]
pub fn two_token_key(a: u64, b: u64) -> u64 {
    key(Kind::Two, two(a, b), 0)
}

const fn day_and_month(date: PartialDate) -> u64 {
    (date.month() as u64) << 5 | date.day() as u64
}

/// Key of two tokens to the letter, for counts alone.
#[inline]
pub fn exact_pair_key(a: u64, b: u64) -> u64 {
    key(Kind::ExactTwo, two(a, b), 0)
}

/// Which values of a row a key was made of, for the keys below it: a postcode, or two codes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Child {
    first: u8,
    second: u8,
}

/// Keys of a register row. `probe` is given each key and answers whether the extract has it; children of a key that the
/// extract does not have are not made.
pub fn register_keys(row: &Keyed, mut probe: impl FnMut(Kind, u64) -> bool) {
    let mut parents = Vec::new();
    first_keys(row, |kind, key, child| {
        if probe(kind, key) {
            parents.push((kind, child));
        }
    });
    for (kind, child) in parents {
        child_keys(row, kind, child, |kind, key| {
            probe(kind, key);
        });
    }
}

/// Keys of a register row that have no parent.
#[inline]
pub fn first_keys(row: &Keyed, mut emit: impl FnMut(Kind, u64, Child)) {
    let none = Child::default();
    for &nino in &row.ninos {
        emit(Kind::Nino, key(Kind::Nino, nino, 0), none);
    }
    for &phone in &row.phones {
        emit(Kind::Phone, key(Kind::Phone, phone, 0), none);
    }
    for &email in &row.emails {
        emit(Kind::Email, key(Kind::Email, email, 0), none);
    }
    for (first, &postcode) in row.postcodes.iter().enumerate() {
        emit(Kind::Postcode, count_key(Kind::Postcode, postcode), Child { first: first as u8, second: 0 });
    }
    if let Some(date) = row.birth_date.filter(|date| date.is_complete()) {
        for &code in &row.codes {
            emit(Kind::BirthDateToken, key(Kind::BirthDateToken, u64::from(date.bits()), code), none);
        }
    }
    for (first, &a) in row.codes.iter().enumerate() {
        // A token with itself answers extract names of one token.
        for (second, &b) in row.codes.iter().enumerate().skip(first) {
            let child = Child { first: first as u8, second: second as u8 };
            emit(Kind::Two, key(Kind::Two, two(a, b), 0), child);
        }
    }
}

/// Keys of a register row below one that the extract has.
#[inline]
pub fn child_keys(row: &Keyed, parent: Kind, of: Child, mut emit: impl FnMut(Kind, u64)) {
    let (first, second) = (usize::from(of.first), usize::from(of.second));
    match parent {
        Kind::Postcode => {
            for &code in &row.codes {
                emit(Kind::PostcodeToken, key(Kind::PostcodeToken, row.postcodes[first], code));
            }
        }
        Kind::Two => {
            if let (Some(a), Some(b)) = (row.hashes.get(first), row.hashes.get(second)) {
                emit(Kind::ExactTwo, exact_pair_key(*a, *b));
            }
            if let Some(date) = row.birth_date {
                dated_register_keys(two(row.codes[first], row.codes[second]), date, &mut emit);
            }
        }
        _ => {}
    }
}

fn dated_register_keys(names: u64, date: PartialDate, emit: &mut impl FnMut(Kind, u64)) {
    let year = u64::from(date.year());
    emit(Kind::TwoYear, key(Kind::TwoYear, names, year));
    if !date.is_complete() {
        return;
    }
    let month = year << 4 | u64::from(date.month());
    emit(Kind::TwoYearMonth, key(Kind::TwoYearMonth, names, month));
    let day = year << 5 | u64::from(date.day());
    emit(Kind::TwoYearDay, key(Kind::TwoYearDay, names, day));
    emit(Kind::TwoDay, key(Kind::TwoDay, names, day_and_month(date)));
    emit(Kind::TwoDate, key(Kind::TwoDate, names, u64::from(date.bits())));
}

/// Keys of an extract row, with variants, in the order that [`crate::block::Blocks`] reads them: a parent before its
/// children.
pub fn extract_keys(row: &Keyed, mut emit: impl FnMut(Kind, u64)) {
    extract_values(row, |kind, a, b| emit(kind, key(kind, a, b)));
}

/// The key of two values as [`extract_values`] gives them.
#[inline]
pub fn key_of(kind: Kind, a: u64, b: u64) -> u64 {
    key(kind, a, b)
}

/// The two values behind each key of an extract row, in the order of [`extract_keys`]: what an index of values, not of
/// keys, is asked.
pub fn extract_values(row: &Keyed, mut emit: impl FnMut(Kind, u64, u64)) {
    for &nino in &row.ninos {
        emit(Kind::Nino, nino, 0);
    }
    for &phone in &row.phones {
        emit(Kind::Phone, phone, 0);
    }
    for &email in &row.emails {
        emit(Kind::Email, email, 0);
    }
    let single = || row.codes.iter().chain(&row.joined_codes);
    if let Some(date) = row.birth_date.filter(|date| date.is_complete()) {
        for &code in single() {
            emit(Kind::BirthDateToken, u64::from(date.bits()), code);
        }
    }
    extract_pairs(row, &mut emit);
    for &postcode in &row.postcodes {
        emit(Kind::Postcode, postcode, 0);
        for &code in single() {
            emit(Kind::PostcodeToken, postcode, code);
        }
    }
}

/// Of each pair of tokens that is counted to the letter: `two` of their codes, and `two` of their hashes.
pub fn exact_values(row: &Keyed, mut emit: impl FnMut(u64, u64)) {
    let exact = &row.hashes[..row.hashes.len().min(TOKENS_IN_PAIRS_MAX)];
    let code = |token: usize| {
        let at = row.token_of_code.iter().position(|of| usize::from(*of) == token);
        at.map_or(0, |at| row.codes[at])
    };
    for (index, &a) in exact.iter().enumerate() {
        for (other, &b) in exact.iter().enumerate().skip(index + 1).filter(|(_, b)| **b != a) {
            emit(two(code(index), code(other)), two(a, b));
        }
    }
}

fn extract_pairs(row: &Keyed, emit: &mut impl FnMut(Kind, u64, u64)) {
    let tokens = row.token_of_code.last().map_or(0, |last| usize::from(*last) + 1);
    let exact = &row.hashes[..row.hashes.len().min(TOKENS_IN_PAIRS_MAX)];
    for (index, &a) in exact.iter().enumerate() {
        for &b in exact[index + 1..].iter().filter(|b| **b != a) {
            emit(Kind::ExactTwo, two(a, b), 0);
        }
    }
    let mut seen: Vec<u64> = Vec::new();
    for (index, &a) in row.codes.iter().enumerate() {
        let token = row.token_of_code[index];
        if usize::from(token) >= TOKENS_IN_PAIRS_MAX {
            break;
        }
        for (other, &b) in row.codes.iter().enumerate().skip(index) {
            let partner = row.token_of_code[other];
            // A name of one token is looked up as that token with itself.
            let alone = tokens == 1 && index == other;
            let pair = partner != token && usize::from(partner) < TOKENS_IN_PAIRS_MAX && a != b;
            let names = two(a, b);
            if (alone || pair) && !seen.contains(&names) {
                seen.push(names);
                emit_pair(names, row.birth_date, emit);
            }
        }
    }
}

fn emit_pair(names: u64, date: Option<PartialDate>, emit: &mut impl FnMut(Kind, u64, u64)) {
    emit(Kind::Two, names, 0);
    let Some(date) = date else { return };
    let year = u64::from(date.year());
    emit(Kind::TwoYear, names, year);
    if !date.is_complete() {
        return;
    }
    let month = year << 4 | u64::from(date.month());
    emit(Kind::TwoYearMonth, names, month);
    let day = year << 5 | u64::from(date.day());
    emit(Kind::TwoYearDay, names, day);
    emit(Kind::TwoDay, names, day_and_month(date));
    date_variants(date, |variant| {
        emit(Kind::TwoDate, names, u64::from(variant.bits()));
    });
}

/// The date itself, day and month swapped, 1 January of the year, and the years next to it and a decade away.
///
/// One wrong digit of the day or month leaves year and month or year and day: those have keys of their own.
fn date_variants(date: PartialDate, mut emit: impl FnMut(PartialDate)) {
    emit(date);
    if let Some(swapped) = date.swapped() {
        emit(swapped);
    }
    let first = PartialDate::new(date.year(), 1, 1).filter(|first| *first != date);
    if let Some(first) = first {
        emit(first);
    }
    for step in [-1_i32, 1, -10, 10] {
        let year = i32::from(date.year()) + step;
        let year = u16::try_from(year).unwrap_or(0);
        if let Some(variant) = PartialDate::new(year, date.month(), date.day()) {
            emit(variant);
        }
    }
}
