//! Text to a National Insurance number: two letters, six digits, and a suffix that says nothing.
//!
//! The number has no check digit, so a typing error mostly gives another well-formed number, and
//! several kinds of account number pass its letter rules. Only [`Class::Valid`] is evidence.

use crate::model::value::{Fault, Nino, Reading};
use unicode_normalization::UnicodeNormalization;

/// What a text is, as a National Insurance number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Well formed, and of none of the other kinds. It may still be another person's.
    Valid,
    /// An office's own account number: prefixes OO CR FY MW NC PP PY PZ.
    Administrative,
    /// Made from a birth date and a sex: `TN010180M`, `AA010180F`.
    Temporary,
    /// A Temporary Reference Number of HMRC, `11A11111`: a tax account, not a NINO.
    Trn,
    /// Typed to fill the field: `AB123456`, `AA111111`, `QQ123456`.
    Junk,
    /// Anything else, the empty text too.
    Malformed,
}

/// Most candidates that [`repairs`] gives.
const REPAIRS_MAX: usize = 16;
/// Letters that are in no position of a prefix.
const LETTERS_NEVER: u32 = letters(b"DFIQUV");
/// Letters that are not in its second position.
const LETTERS_NEVER_SECOND: u32 = LETTERS_NEVER | letters(b"O");
/// Suffixes of true numbers, and F, M, P of old temporary ones.
const SUFFIXES: u32 = letters(b"ABCDFMP");
/// Not issued. TN belongs here too and has its own class.
const PREFIXES_BANNED: [[u8; 2]; 6] = [*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"ZZ"];
/// These pass the letter rules (but for OO and FY), so only a list keeps them out.
const PREFIXES_ADMINISTRATIVE: [[u8; 2]; 8] = [*b"OO", *b"CR", *b"FY", *b"MW", *b"NC", *b"PP", *b"PY", *b"PZ"];
/// Most characters that are kept of a text; a number has nine at most.
const KEPT_MAX: usize = 10;

/// The number that a text gives as evidence: none unless it is [`Class::Valid`].
///
/// Spaces, hyphens, dots and slashes are ignored, and so is the suffix, present or not. Null with
/// `Administrative`, `Temporary` (a Trn too), `Junk`, `Placeholder` or `Malformed`.
#[must_use]
pub fn read(text: &str) -> Reading<Nino> {
    let kept = Kept::of(text);
    let fault = match kept.class() {
        Class::Valid => return Reading::of(Nino::from_bytes(kept.first_eight())),
        Class::Administrative => Fault::Administrative,
        Class::Temporary | Class::Trn => Fault::Temporary,
        Class::Junk => Fault::Junk,
        Class::Malformed if text.trim().is_empty() => return Reading::missing(),
        Class::Malformed => Fault::of_unreadable(text),
    };
    Reading::null(fault)
}

/// What kind of number a text is.
#[must_use]
pub fn class(text: &str) -> Class {
    Kept::of(text).class()
}

/// Valid numbers that are one likely typing error away from the text, sorted, without the number
/// that the text itself gives. A repair is a candidate to search with, never a confirmed value.
///
/// The errors: two adjacent characters exchanged (the prefix letters too); letters typed for
/// digits or digits for letters (O/0 I/1 S/5 Z/2 B/8 G/6, all of them at once); a wrong suffix.
#[must_use]
pub fn repairs(text: &str) -> Vec<Nino> {
    let kept = Kept::of(text);
    if !(8..=9).contains(&kept.len) {
        return Vec::new();
    }
    let given = kept.first_eight();
    let mut found = Vec::new();
    let mut offer = |bytes: [u8; 8]| {
        if class_of_eight(bytes) == Class::Valid {
            found.push(Nino::from_bytes(bytes));
        }
    };
    if kept.class() == Class::Malformed {
        offer(given);
        offer(retyped(given));
    }
    for at in 0..7 {
        let mut exchanged = given;
        exchanged.swap(at, at + 1);
        if exchanged != given {
            offer(exchanged);
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(REPAIRS_MAX);
    found
}

/// Whether two numbers differ by one character, or by two adjacent characters exchanged.
#[must_use]
#[inline]
pub fn near(a: Nino, b: Nino) -> bool {
    let difference = a.bits() ^ b.bits();
    if difference == 0 {
        return false;
    }
    // The lowest byte that differs, and where it is.
    let shift = difference.trailing_zeros() / 8 * 8;
    let rest = difference >> shift;
    if rest < 0x100 {
        return true;
    }
    let (low, high) = (rest as u8, (rest >> 8) as u8);
    let (a_low, b_high) = ((a.bits() >> shift) as u8, (b.bits() >> shift >> 8) as u8);
    // Two bytes are exchanged if their differences are alike and one of them is the other's.
    rest < 0x1_0000 && low == high && a_low == b_high
}

/// The letters and digits of a text, in capitals.
struct Kept {
    bytes: [u8; KEPT_MAX],
    /// Over nine if the text has more than a number can have.
    len: usize,
}

impl Kept {
    #[inline]
    fn of(text: &str) -> Self {
        let mut kept = Self { bytes: [0; KEPT_MAX], len: 0 };
        for &byte in text.as_bytes() {
            if !byte.is_ascii() {
                return Self::of_foreign(text);
            }
            if !kept.take(byte) {
                break;
            }
        }
        kept
    }

    /// Full-width letters and typographic spaces and hyphens are read. Letters that only look like
    /// Latin ones are not: which letter was meant is a guess.
    #[cold]
    fn of_foreign(text: &str) -> Self {
        let mut kept = Self { bytes: [0; KEPT_MAX], len: 0 };
        for char in text.nfkc() {
            let is_ignored = char.is_whitespace()
                || matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2010}'..='\u{2019}')
                || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2212}' | '\u{feff}');
            let byte = if is_ignored { b' ' } else { u8::try_from(char).unwrap_or(b'?') };
            if !kept.take(byte) {
                break;
            }
        }
        kept
    }

    /// Takes one character, and says whether there is room for more.
    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        if byte.is_ascii_alphanumeric() {
            self.bytes[self.len] = byte.to_ascii_uppercase();
            self.len += 1;
        } else if !matches!(byte, b' ' | b'\t'..=b'\r' | b'-' | b'.' | b'/' | b'\'' | b'"') {
            self.len = KEPT_MAX;
        }
        self.len < KEPT_MAX
    }

    fn first_eight(&self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes;
        [a, b, c, d, e, f, g, h]
    }

    fn class(&self) -> Class {
        let suffix = match self.len {
            8 => None,
            9 => Some(self.bytes[8]),
            _ => return Class::Malformed,
        };
        let eight = self.first_eight();
        match class_of_eight(eight) {
            Class::Temporary => Class::Temporary,
            Class::Trn if suffix.is_some() => Class::Malformed,
            _ if suffix.is_some_and(|suffix| !has(SUFFIXES, suffix)) => Class::Malformed,
            Class::Valid if matches!(suffix, Some(b'F' | b'M')) && is_day_month_year(eight) => Class::Temporary,
            class => class,
        }
    }
}

fn class_of_eight(eight: [u8; 8]) -> Class {
    let [first, second, digits @ ..] = eight;
    if !digits.iter().all(u8::is_ascii_digit) {
        return if is_trn(eight) { Class::Trn } else { Class::Malformed };
    }
    if !first.is_ascii_uppercase() || !second.is_ascii_uppercase() {
        return Class::Malformed;
    }
    let prefix = [first, second];
    if prefix == *b"TN" {
        return Class::Temporary;
    }
    if PREFIXES_ADMINISTRATIVE.contains(&prefix) {
        return Class::Administrative;
    }
    if is_junk(digits) {
        return Class::Junk;
    }
    if has(LETTERS_NEVER, first) || has(LETTERS_NEVER_SECOND, second) || PREFIXES_BANNED.contains(&prefix) {
        return Class::Malformed;
    }
    Class::Valid
}

/// Thousands of returns a year carry AB123456 or AA111111; no prefix makes such digits credible.
fn is_junk(digits: [u8; 6]) -> bool {
    digits == *b"123456" || digits == *b"654321" || digits.iter().all(|&digit| digit == digits[0])
}

/// Two digits, a letter, five digits.
fn is_trn(eight: [u8; 8]) -> bool {
    eight.iter().enumerate().all(|(at, byte)| if at == 2 { byte.is_ascii_uppercase() } else { byte.is_ascii_digit() })
}

/// Whether the digits could be a birth date, as they are in temporary numbers that end in F or M.
fn is_day_month_year(eight: [u8; 8]) -> bool {
    let pair = |at: usize| (eight[at] - b'0') * 10 + eight[at + 1] - b'0';
    (1..=31).contains(&pair(2)) && (1..=12).contains(&pair(4))
}

/// Every character brought to the kind of its position, where it has a look-alike of that kind.
fn retyped(mut eight: [u8; 8]) -> [u8; 8] {
    for (at, byte) in eight.iter_mut().enumerate() {
        *byte = match (at < 2, *byte) {
            (true, b'0') => b'O',
            (true, b'1') => b'I',
            (true, b'5') => b'S',
            (true, b'2') => b'Z',
            (true, b'8') => b'B',
            (true, b'6') => b'G',
            (false, b'O') => b'0',
            (false, b'I') => b'1',
            (false, b'S') => b'5',
            (false, b'Z') => b'2',
            (false, b'B') => b'8',
            (false, b'G') => b'6',
            (_, other) => other,
        };
    }
    eight
}

/// A set of capital letters, one bit each.
const fn letters(list: &[u8]) -> u32 {
    let mut set = 0;
    let mut at = 0;
    while at < list.len() {
        set |= 1 << (list[at] - b'A');
        at += 1;
    }
    set
}

#[inline]
fn has(set: u32, byte: u8) -> bool {
    byte.is_ascii_uppercase() && set >> (byte - b'A') & 1 == 1
}

#[cfg(test)]
mod tests;
