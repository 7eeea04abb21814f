//! Text to a telephone number: national and international forms, several in a cell, and what
//! spreadsheets make of them.
//!
//! Allocations change, so any number of the right length is accepted, the range kept for drama
//! (07700 900000 to 900999) too. What has no mark of its country is never forced to be British.

use crate::model::value::{Fault, Phone, Reading};
use any_ascii::any_ascii_char;

/// Longest text that is read, in characters, if it is not ASCII.
const TEXT_CHARS_MAX: usize = 256;
/// Digits of the longest number that is read: `00` and the 15 digits of E.164, and one in doubt.
const DIGITS_MAX: usize = 18;
/// Fewest and most digits of an international number, country code included.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// A number in scientific notation with more zeros than this at its end has lost its digits.
const LOST_ZEROS_MAX: usize = 3;
/// Typed to fill the field, beside those that [`is_junk`] sees by their run of digits.
const JUNK: [&str; 6] = ["07123123123", "07070707070", "07171717171", "01010101010", "07778889999", "07121212121"];
/// Digits in a row that no true number has, up or down, and alike at its end.
const RUN_JUNK: usize = 9;
const TAIL_JUNK: usize = 7;

/// The first number of a text.
///
/// - clean: `07700 900123`, `+44 (0)7700 900123`, `0044…`, `447700900123`, `+33 1 23 45 67 89`,
///   with or without an extension, a label before it or a word after it;
/// - with a remark: ten digits starting with 7, `7.700900123E9`, `447700900123.0` (`NumberLike`),
///   `0447700900123` (`Repaired`), more than one number (`Extra`);
/// - null: filled-in numbers (`Junk`), a number in scientific notation that has lost digits
///   (`NumberLike`), words for none (`Placeholder`), anything else (`Malformed`).
#[must_use]
pub fn read(text: &str) -> Reading<Phone> {
    let bytes = text.as_bytes();
    if let [b'0', b'7', rest @ ..] = bytes
        && let Some(phone) = plain_mobile(rest)
    {
        return phone;
    }
    if text.is_ascii() { first(text) } else { first(&folded(text)) }
}

/// All different numbers of a text, in its order.
#[must_use]
pub fn read_all(text: &str) -> Vec<Phone> {
    if !text.is_ascii() {
        return read_all(&folded(text));
    }
    let mut found: Vec<Phone> = Vec::new();
    each_number(text, |reading| {
        if let Some(phone) = reading.value
            && !found.contains(&phone)
        {
            found.push(phone);
        }
    });
    found
}

/// Whether a national number (`07777777777`) is one that is typed to fill the field: a few known
/// ones, the last seven digits alike, or nine digits in a row that count up or down.
#[must_use]
pub fn is_junk(national: &str) -> bool {
    is_junk_digits(national.as_bytes())
}

#[inline]
fn is_junk_digits(digits: &[u8]) -> bool {
    is_run(digits) || JUNK.iter().any(|junk| junk.as_bytes() == digits)
}

/// `07` and nine digits, as nearly every row of a register has it.
#[inline]
fn plain_mobile(rest: &[u8]) -> Option<Reading<Phone>> {
    let digits: &[u8; 9] = rest.try_into().ok()?;
    let mut value: u64 = 447;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    let mut national = *b"07\0\0\0\0\0\0\0\0\0";
    national[2..].copy_from_slice(digits);
    Some(judge(&national, value))
}

fn folded(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).flat_map(|char| any_ascii_char(char).chars()).collect()
}

/// The first value, else the first telling fault, of the numbers of an ASCII text.
fn first(text: &str) -> Reading<Phone> {
    let mut best = Reading::null(Fault::Malformed);
    each_number(text, |reading| match (best.value, reading.value) {
        (Some(first), Some(other)) if first != other && best.fault.is_none() => {
            best = Reading::flagged(first, Fault::Extra);
        }
        (None, Some(_)) => best = reading,
        (None, None) if best.fault == Some(Fault::Malformed) => best = reading,
        _ => {}
    });
    if best.fault != Some(Fault::Malformed) {
        return best;
    }
    if text.trim_ascii().is_empty() {
        return Reading::missing();
    }
    Reading::null(Fault::of_unreadable(text))
}

/// Calls `take` with the reading of every run of digits in an ASCII text.
fn each_number(text: &str, mut take: impl FnMut(Reading<Phone>)) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let (digits, after) = Digits::scan(rest, usize::MAX);
        if let Some(b'E' | b'e') = after.first()
            && let Some(reading) = read_scientific(text.trim_ascii().as_bytes())
        {
            return take(reading);
        }
        match digits.first_of_several().map(|len| Digits::scan(rest, len)) {
            // Two numbers with only a space between them.
            Some((cut, after)) if after.first().is_some_and(u8::is_ascii_whitespace) => {
                take(cut.read());
                rest = after;
            }
            _ => {
                if digits.len > 0 {
                    take(digits.read());
                }
                rest = skip_separator(after);
            }
        }
    }
}

/// Skips what stands between two numbers, and an extension with its digits.
fn skip_separator(rest: &[u8]) -> &[u8] {
    let word_len = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, after) = rest.split_at(word_len);
    let is_extension = ["x", "ext", "extn", "extension"].iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
    if is_extension || rest.first() == Some(&b'#') {
        let is_of_extension = |byte: &&u8| byte.is_ascii_digit() || b" .:#".contains(byte);
        return &after[after.iter().take_while(is_of_extension).count()..];
    }
    &rest[word_len.max(1).min(rest.len())..]
}

/// `7.700900123E9`; none if the text is not in scientific notation.
fn read_scientific(text: &[u8]) -> Option<Reading<Phone>> {
    let at = text.iter().position(|byte| byte.eq_ignore_ascii_case(&b'E'))?;
    let (whole, fraction) = text[..at].split_first()?;
    let fraction = fraction.strip_prefix(b".").unwrap_or(fraction);
    let exponent = text[at + 1..].strip_prefix(b"+").unwrap_or(&text[at + 1..]);
    let is_digits = [fraction, exponent].into_iter().flatten().all(u8::is_ascii_digit);
    if !is_digits || !whole.is_ascii_digit() || !(1..=2).contains(&exponent.len()) {
        return None;
    }
    let exponent = exponent.iter().fold(0, |value, byte| value * 10 + usize::from(byte - b'0'));
    let zeros = fraction.iter().rev().take_while(|&&byte| byte == b'0').count();
    let fraction = &fraction[..fraction.len() - zeros];
    let is_whole = fraction.len() <= exponent && exponent - fraction.len() <= LOST_ZEROS_MAX;
    if exponent >= *E164_DIGITS.end() || !is_whole {
        return Some(Reading::null(Fault::NumberLike));
    }
    let mut digits = [b'0'; DIGITS_MAX];
    digits[0] = *whole;
    digits[1..=fraction.len()].copy_from_slice(fraction);
    Some(remarked(read_digits(&digits[..=exponent], false), Fault::NumberLike))
}

/// The digits of one number as they stand in a text.
struct Digits {
    bytes: [u8; DIGITS_MAX],
    /// Over [`DIGITS_MAX`] if there are more.
    len: usize,
    /// A `+` stands before the first digit.
    plus: bool,
    /// The text ends in `.0`, which a spreadsheet added; the zero is the last digit.
    point_zero: bool,
}

impl Digits {
    /// Digits up to the first character that no number holds, at most `limit`, and the rest.
    #[inline]
    fn scan(bytes: &[u8], limit: usize) -> (Self, &[u8]) {
        let mut digits = Self { bytes: [0; DIGITS_MAX], len: 0, plus: false, point_zero: false };
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' if digits.len == limit => break,
                b'0'..=b'9' => digits.push(byte),
                // The trunk zero after a country code: +44 (0)7700 900123.
                b'(' if digits.len > 0 && bytes[at..].starts_with(b"(0)") => at += 2,
                b'+' if digits.len == 0 => digits.plus = true,
                b'.' if bytes[at..].trim_ascii_end() == b".0" => digits.point_zero = true,
                _ if digits.len == limit => break,
                b' ' | b'-' | b'.' | b'(' | b')' | b'\t' | b'\'' | b'"' => {}
                _ => break,
            }
            at += 1;
        }
        (digits, &bytes[at..])
    }

    #[inline]
    fn push(&mut self, digit: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = digit;
        }
        self.len = (self.len + 1).min(DIGITS_MAX + 1);
    }

    /// If there are too many digits for one number: how many the first one has, by its beginning.
    #[inline]
    fn first_of_several(&self) -> Option<usize> {
        if self.len <= DIGITS_MAX {
            return None;
        }
        match self.bytes {
            [b'0', b'0', b'4', b'4', ..] => Some(14),
            [b'4', b'4', ..] => Some(12),
            [b'0', b'1'..=b'9', ..] => Some(11),
            _ => None,
        }
    }

    #[inline]
    fn read(&self) -> Reading<Phone> {
        match self.bytes.get(..self.len) {
            None => Reading::null(Fault::Malformed),
            Some([number @ .., b'0']) if self.point_zero => remarked(read_digits(number, self.plus), Fault::NumberLike),
            Some(digits) => read_digits(digits, self.plus),
        }
    }
}

/// The number of these digits, by the mark that they begin with.
fn read_digits(digits: &[u8], plus: bool) -> Reading<Phone> {
    let reading = match digits {
        [b'0', b'0', b'4', b'4', rest @ ..] | [b'4', b'4', rest @ ..] if plus || is_long(digits) => {
            british(rest.strip_prefix(b"0").unwrap_or(rest))
        }
        [b'0', b'0', rest @ ..] => foreign(rest),
        [b'0', b'4', b'4', rest @ ..] if digits.len() == 13 => remarked(british(rest), Fault::Repaired),
        [b'0', rest @ ..] if plus => remarked(british(rest), Fault::Repaired),
        [b'0', rest @ ..] => british(rest),
        _ if plus => foreign(digits),
        [b'7', ..] if digits.len() == 10 => remarked(british(digits), Fault::NumberLike),
        _ => Reading::null(Fault::Malformed),
    };
    let is_filler = digits.len() >= TAIL_JUNK && digits.iter().all(|digit| digit == &digits[0]);
    if is_filler { Reading::null(Fault::Junk) } else { reading }
}

/// Whether 44 at the start is the country code: a national number of nine digits or more follows.
#[inline]
fn is_long(digits: &[u8]) -> bool {
    digits.len() >= 11
}

/// The number of these national digits, without the trunk zero. A few have seven or nine.
#[inline]
fn british(digits: &[u8]) -> Reading<Phone> {
    let is_allocated = match digits {
        [b'1'..=b'3' | b'5' | b'7'..=b'9', ..] if digits.len() == 10 => true,
        [b'1' | b'8', ..] if digits.len() == 9 => true,
        [b'8', b'0', b'0', ..] | [b'8', b'4', b'5', ..] => digits.len() == 7,
        _ => false,
    };
    if !is_allocated {
        return Reading::null(Fault::Malformed);
    }
    let mut national = [b'0'; 11];
    national[1..=digits.len()].copy_from_slice(digits);
    let country = 44 * 10_u64.pow(digits.len() as u32);
    judge(&national[..=digits.len()], country + value_of(digits))
}

/// The number of these international digits, country code first.
fn foreign(digits: &[u8]) -> Reading<Phone> {
    let is_british = digits.starts_with(b"44");
    if is_british || digits.first() == Some(&b'0') || !E164_DIGITS.contains(&digits.len()) {
        return Reading::null(Fault::Malformed);
    }
    judge(digits, value_of(digits))
}

#[inline]
fn value_of(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
}

/// The number, unless it was typed to fill the field.
#[inline]
fn judge(digits: &[u8], value: u64) -> Reading<Phone> {
    if is_junk_digits(digits) {
        return Reading::null(Fault::Junk);
    }
    Reading::of(Phone::from_bits(value))
}

/// Whether the last seven digits are alike, or nine in a row count up or down.
#[inline]
fn is_run(digits: &[u8]) -> bool {
    let tail = &digits[digits.len().saturating_sub(TAIL_JUNK)..];
    let is_alike = tail.len() == TAIL_JUNK && tail.iter().rev().all(|digit| *digit == tail[0]);
    // Nine in a row of at most 15 digits always cover these three: nearly every number stops here.
    let may_count = match digits {
        [_, _, _, _, _, _, a, b, c, ..] => a.abs_diff(*b) == 1 && b.abs_diff(*c) == 1 && a != c,
        _ => false,
    };
    is_alike || (may_count && counts(digits))
}

/// Whether nine digits in a row count up or down.
#[cold]
fn counts(digits: &[u8]) -> bool {
    let (mut up, mut down) = (1, 1);
    digits.windows(2).any(|pair| {
        up = if pair[1] == pair[0].wrapping_add(1) { up + 1 } else { 1 };
        down = if pair[1].wrapping_add(1) == pair[0] { down + 1 } else { 1 };
        up == RUN_JUNK || down == RUN_JUNK
    })
}

fn remarked(reading: Reading<Phone>, fault: Fault) -> Reading<Phone> {
    reading.value.map_or(reading, |phone| Reading::flagged(phone, fault))
}

#[cfg(test)]
mod tests;
