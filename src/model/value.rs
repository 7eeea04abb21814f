//! The values that records are compared by: dates, National Insurance numbers, postcodes, telephones.
//!
//! Each fits in one machine word, is ordered like its text, and is never zero, so that columns of
//! them are plain integers and zero can stand for "missing". `standardise` makes them from text.

mod date;

pub use date::PartialDate;
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
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Placeholder,
        Self::Malformed,
        Self::Administrative,
        Self::Temporary,
        Self::Junk,
        Self::Future,
        Self::TooOld,
        Self::Impossible,
        Self::TwoDigitYear,
        Self::NumberLike,
        Self::Partial,
        Self::Special,
        Self::Repaired,
        Self::Extra,
    ];

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
