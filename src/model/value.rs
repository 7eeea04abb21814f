//! The values that records are compared by: dates, National Insurance numbers, postcodes, telephones.
//!
//! Each fits in one machine word, is ordered like its text, and is never zero, so that columns of
//! them are plain integers and zero can stand for "missing". `standardise` makes them from text.

use std::fmt;

/// Why a value is null, or what should be known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// Stands for "not known": `01/01/1900`, `N/A`, `ZZ99 3VZ`.
    Placeholder,
    /// Not of the right form.
    Malformed,
    /// A number that an office made for its own accounts, not for a person.
    Administrative,
    /// A number made from a birth date and a sex, shared by many.
    Temporary,
    /// Well formed, and known to be typed in place of a true value.
    Junk,
    /// Later than the day of the run.
    Future,
    /// So early that the person would be over 120.
    TooOld,
    /// Of the right form, yet no such thing: 30 February.
    Impossible,
    /// The century is not given and is not guessed.
    TwoDigitYear,
    /// A spreadsheet took the text for a number; the digits were recovered.
    NumberLike,
    /// Only a part is known: a year without a day, a postcode without its second half.
    Partial,
    /// Real, and no ordinary residence: a forces, overseas or non-geographic postcode.
    Special,
    /// Read after a correction that leaves a little doubt.
    Repaired,
    /// More was found than is used.
    Extra,
}

impl Fault {
    /// The word for it in `exceptions.csv`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placeholder => "placeholder",
            Self::Malformed => "malformed",
            Self::Administrative => "administrative",
            Self::Temporary => "temporary",
            Self::Junk => "junk",
            Self::Future => "future",
            Self::TooOld => "too_old",
            Self::Impossible => "impossible",
            Self::TwoDigitYear => "two_digit_year",
            Self::NumberLike => "number_like",
            Self::Partial => "partial",
            Self::Special => "special",
            Self::Repaired => "repaired",
            Self::Extra => "extra",
        }
    }

    /// Why a text that no reader understood has no value: [`Fault::Placeholder`] if it only says so
    /// (`N/A`, `not known`, `-`, `xxx`), else [`Fault::Malformed`].
    #[must_use]
    pub fn of_unreadable(text: &str) -> Self {
        let mut letters = [0; NULL_WORD_MAX];
        let mut len = 0;
        for byte in text.bytes().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()) {
            if len == NULL_WORD_MAX || !byte.is_ascii() {
                return Self::Malformed;
            }
            letters[len] = byte.to_ascii_uppercase();
            len += 1;
        }
        let word = &letters[..len];
        let is_filler = word.iter().all(|&byte| byte == b'X') || word.iter().all(|&byte| byte == b'0');
        if is_filler || NULL_WORDS.iter().any(|null| null.as_bytes() == word) {
            Self::Placeholder
        } else {
            Self::Malformed
        }
    }
}

/// Texts that mean "no value", without spaces and punctuation.
const NULL_WORDS: [&str; 19] = [
    "NA",
    "NK",
    "NFA",
    "NIL",
    "NONE",
    "NULL",
    "NAN",
    "TBC",
    "TBA",
    "UNK",
    "UNKNOWN",
    "NOTKNOWN",
    "NOTAPPLICABLE",
    "NOTAVAILABLE",
    "NOTGIVEN",
    "NOTSUPPLIED",
    "MISSING",
    "BLANK",
    "NOFIXEDABODE",
];
/// Longest text that is looked up in [`NULL_WORDS`].
const NULL_WORD_MAX: usize = 16;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What reading a text gave.
///
/// | `value` | `fault` | meaning                      |
/// |---------|---------|------------------------------|
/// | none    | none    | the text was empty           |
/// | some    | none    | a value                      |
/// | some    | some    | a value, with a remark       |
/// | none    | some    | no value, for that reason    |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reading<T> {
    /// The value, where there is one to compare.
    pub value: Option<T>,
    /// The reason for having none, or the remark on it.
    pub fault: Option<Fault>,
}

impl<T> Reading<T> {
    /// Nothing was given.
    #[must_use]
    pub const fn missing() -> Self {
        Self { value: None, fault: None }
    }

    /// A value without any doubt about its form.
    #[must_use]
    pub const fn of(value: T) -> Self {
        Self { value: Some(value), fault: None }
    }

    /// Something was given that cannot be used.
    #[must_use]
    pub const fn null(fault: Fault) -> Self {
        Self { value: None, fault: Some(fault) }
    }

    /// A value, with a remark on it.
    #[must_use]
    pub const fn flagged(value: T, fault: Fault) -> Self {
        Self { value: Some(value), fault: Some(fault) }
    }
}

/// A calendar date of the years 1 to 9999 in four bytes; month or day may be unknown (0).
///
/// Ordered in time, a partial date before all the dates it may be. Shown as `YYYY-MM-DD`,
/// `YYYY-MM` or `YYYY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartialDate(u32);

const DAY_BITS: u32 = 5;
const MONTH_BITS: u32 = 4;
const YEAR_SHIFT: u32 = DAY_BITS + MONTH_BITS;
/// Latest year that four digits can write.
const YEAR_MAX: u16 = 9999;
/// Days from 0000-03-01 to 1970-01-01, and days of 400 years: the working of [`days_from_civil`].
const DAYS_TO_1970: i32 = 719_468;
const DAYS_OF_ERA: i32 = 146_097;

impl PartialDate {
    /// The date, or none if the calendar has no such day. A month of 0 needs a day of 0.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let day_without_month = month == 0 && day != 0;
        if year == 0 || year > YEAR_MAX || month > 12 || day_without_month {
            return None;
        }
        if day > days_in_month(year, month) {
            return None;
        }
        Some(Self((year as u32) << YEAR_SHIFT | (month as u32) << DAY_BITS | day as u32))
    }

    /// The date whose [`bits`](Self::bits) these are; other bits give a date without meaning.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// `year << 9 | month << 5 | day`, never 0.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Year, 1 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        (self.0 >> YEAR_SHIFT) as u16
    }

    /// Month, 1 to 12, or 0 if unknown.
    #[must_use]
    pub const fn month(self) -> u8 {
        (self.0 >> DAY_BITS & 0xF) as u8
    }

    /// Day of the month, 1 to 31, or 0 if unknown.
    #[must_use]
    pub const fn day(self) -> u8 {
        (self.0 & 0x1F) as u8
    }

    /// Whether month and day are known.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.month() != 0 && self.day() != 0
    }

    /// Day and month exchanged: none if that is the same date, impossible, or the date is partial.
    #[must_use]
    pub const fn swapped(self) -> Option<Self> {
        if !self.is_complete() || self.day() == self.month() {
            return None;
        }
        Self::new(self.year(), self.day(), self.month())
    }

    /// Days since 1970-01-01; none for a partial date.
    #[must_use]
    pub const fn day_number(self) -> Option<i32> {
        if !self.is_complete() {
            return None;
        }
        Some(days_from_civil(self.year() as i32, self.month() as i32, self.day() as i32))
    }

    /// The date that is so many days after 1970-01-01; none outside the years 1 to 9999.
    #[must_use]
    pub const fn from_day_number(days: i32) -> Option<Self> {
        // Far beyond year 9999 either way, and small enough not to overflow below.
        if days < -1_000_000 || days > 4_000_000 {
            return None;
        }
        let shifted = days + DAYS_TO_1970;
        let era = shifted.div_euclid(DAYS_OF_ERA);
        let day_of_era = shifted.rem_euclid(DAYS_OF_ERA);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        if year < 1 || year > YEAR_MAX as i32 {
            return None;
        }
        Self::new(year as u16, month as u8, day as u8)
    }

    /// Whether this is 1 January, the day that offices enter when only the year is known.
    ///
    /// One in 25 of those in the immigration system had it in 2007: agreement is evidence of the
    /// year alone. `1900-01-01`, `1901-01-01` and `1970-01-01` are of this kind too.
    #[must_use]
    pub const fn is_default(self) -> bool {
        self.month() == 1 && self.day() == 1
    }

    /// Whether this is another day that is entered more often than people are born on it:
    /// 1 July, 31 December, the 15th of any month. False for a default date.
    #[must_use]
    pub const fn is_suspicious(self) -> bool {
        matches!((self.month(), self.day()), (7, 1) | (12, 31) | (1..=12, 15))
    }
}

/// Days of a month; month 0 (unknown) and any that does not exist have none.
const fn days_in_month(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last day of a year and the months
/// before it follow one straight line (153 days in five months). 400 years repeat exactly.
const fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_OF_ERA + day_of_era - DAYS_TO_1970
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year())?;
        if self.month() != 0 {
            write!(f, "-{:02}", self.month())?;
        }
        if self.day() != 0 {
            write!(f, "-{:02}", self.day())?;
        }
        Ok(())
    }
}

/// First eight characters of a National Insurance number (`AB123456`), packed big endian.
///
/// The suffix letter is left out because it carries no identity. Ordered like the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nino(u64);

impl Nino {
    /// The number of these characters, which are not checked here: see `standardise::nino`.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// The number whose [`bits`](Self::bits) these are.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The eight characters as one integer, the first in the highest byte.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The eight characters.
    #[must_use]
    pub const fn as_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Nino {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_ascii(f, &self.as_bytes())
    }
}

/// A postcode without its space, up to eight characters, packed big endian and zero padded.
///
/// Prefixes compare as masked integers: [`outward`](Self::outward), [`sector`](Self::sector) and
/// [`area`](Self::area) give the same bits for every postcode that shares them. Ordered like the
/// text. Shown with a space before the inward part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Postcode(u64);

/// Characters of the inward part: a digit and two letters.
const INWARD_LEN: usize = 3;

impl Postcode {
    /// The postcode of these characters; none if there are none or more than eight, or one of them
    /// is neither an upper case letter nor a digit. The grammar is `standardise::postcode`'s.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > 8 {
            return None;
        }
        let mut packed = [0; 8];
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            if !byte.is_ascii_uppercase() && !byte.is_ascii_digit() {
                return None;
            }
            packed[at] = byte;
            at += 1;
        }
        Some(Self(u64::from_be_bytes(packed)))
    }

    /// The postcode whose [`bits`](Self::bits) these are.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The characters as one integer, the first in the highest byte, never 0.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The characters, followed by zeros.
    #[must_use]
    pub const fn as_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// How many characters there are.
    #[expect(clippy::len_without_is_empty, reason = "a postcode is never empty")]
    #[must_use]
    pub const fn len(self) -> usize {
        8 - (self.0.trailing_zeros() / 8) as usize
    }

    /// Whether it has an inward part and so names one unit (about 15 addresses).
    #[must_use]
    pub const fn is_unit(self) -> bool {
        let len = self.len();
        let bytes = self.as_bytes();
        // An outward part alone has four characters at most; `BFPO123` ends in a digit.
        len >= 5
            && bytes[len - 3].is_ascii_digit()
            && bytes[len - 2].is_ascii_uppercase()
            && bytes[len - 1].is_ascii_uppercase()
    }

    /// Bits of the outward part (`LS1`), or of the whole if there is no inward part.
    #[must_use]
    pub const fn outward(self) -> u64 {
        self.prefix(self.outward_len())
    }

    /// Bits of outward part and sector digit (`LS14` for `LS1 4AP`), or 0 if there is no digit.
    #[must_use]
    pub const fn sector(self) -> u64 {
        if !self.is_unit() {
            return 0;
        }
        self.prefix(self.len() - INWARD_LEN + 1)
    }

    /// Bits of the letters before the first digit (`LS`).
    #[must_use]
    pub const fn area(self) -> u64 {
        let bytes = self.as_bytes();
        let mut letters = 0;
        while letters < 8 && bytes[letters].is_ascii_uppercase() {
            letters += 1;
        }
        self.prefix(letters)
    }

    const fn outward_len(self) -> usize {
        if self.is_unit() { self.len() - INWARD_LEN } else { self.len() }
    }

    /// Bits of the first `len` characters, the rest zero.
    const fn prefix(self, len: usize) -> u64 {
        match len {
            0 => 0,
            1..=7 => self.0 >> (64 - 8 * len) << (64 - 8 * len),
            _ => self.0,
        }
    }
}

impl fmt::Display for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.as_bytes();
        // The forces' postcodes are written `BFPO 123`, though the number is no inward part.
        let first = if bytes.starts_with(b"BFPO") { 4 } else { self.outward_len() };
        let (outward, inward) = bytes[..self.len()].split_at(first.min(self.len()));
        write_ascii(f, outward)?;
        if !inward.is_empty() {
            f.write_str(" ")?;
        }
        write_ascii(f, inward)
    }
}

/// A telephone number as the integer of its E.164 digits: `447700900123`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(u64);

impl Phone {
    /// The number of these E.164 digits, country code first; the form is `standardise::phone`'s.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The E.164 digits as an integer.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// `07700900123` for a number of the United Kingdom and the islands, `+33…` for any other.
    #[must_use]
    pub fn national(self) -> String {
        match self.national_digits() {
            Some(digits) => format!("0{digits}"),
            None => format!("+{}", self.0),
        }
    }

    /// Whether the country code is 44: United Kingdom, Jersey, Guernsey, Isle of Man.
    #[must_use]
    pub const fn is_uk(self) -> bool {
        self.national_digits().is_some()
    }

    /// Whether it is a mobile of the country code 44: 071 to 075, 077 to 079, and 07624 (Isle of
    /// Man). 070 is a personal number and the rest of 076 are pagers.
    #[must_use]
    pub const fn is_uk_mobile(self) -> bool {
        match self.national_digits() {
            Some(digits) => matches!(digits / 100_000_000, 71..=75 | 77..=79) || digits / 1_000_000 == 7_624,
            None => false,
        }
    }

    /// The last seven digits: agreement of these alone is for review only.
    #[must_use]
    pub const fn last7(self) -> u32 {
        (self.0 % 10_000_000) as u32
    }

    /// The digits after 44. No other country code begins with these two, so a range for each
    /// length (7, 9 and 10 digits) decides.
    const fn national_digits(self) -> Option<u64> {
        match self.0 {
            440_000_000_000..450_000_000_000 => Some(self.0 - 440_000_000_000),
            44_000_000_000..45_000_000_000 => Some(self.0 - 44_000_000_000),
            440_000_000..450_000_000 => Some(self.0 - 440_000_000),
            _ => None,
        }
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.national_digits() {
            Some(digits) => write!(f, "0{digits}"),
            None => write!(f, "+{}", self.0),
        }
    }
}

/// Writes bytes that are ASCII by construction; others (from foreign bits) are shown as Latin 1.
fn write_ascii(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|&byte| fmt::Write::write_char(f, byte as char))
}

#[cfg(test)]
mod tests;
