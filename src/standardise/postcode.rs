//! Text to a postcode: outward part, inward part, and the special ones that are no residence.
//!
//! The grammar is lenient, because a wrong letter that two records share is still evidence; what
//! breaks the published letter rules is remarked. Median 15 addresses a unit: never an address.

use crate::model::value::{Fault, Postcode, Reading};
use unicode_normalization::UnicodeNormalization;

/// Characters kept of a text: `BFPO C/O 1234` and `NO FIXED ABODE` fit, one postcode never is longer.
const KEPT_MAX: usize = 13;
/// Kinds of character by position, a bit each, 1 for a letter: `A9`, `A99`, `A9A`, `AA9`, `AA99`,
/// `AA9A`. The highest bit is the first character.
const OUTWARD_SHAPES: [(usize, u16); 6] = [(2, 0b10), (3, 0b100), (3, 0b101), (3, 0b110), (4, 0b1100), (4, 0b1101)];
/// A digit and two letters.
const INWARD_SHAPE: u16 = 0b011;
const INWARD_LEN: usize = 3;
/// Letters that positions never have, after BS 7666; P is allowed third, for N1P and W1P.
const FIRST_NEVER: u32 = letters(b"QVX");
const SECOND_NEVER: u32 = letters(b"IJZ");
const THIRD_NEVER: u32 = letters(b"ILMNOQRVXYZ");
const FOURTH_NEVER: u32 = letters(b"CDFGIJKLOQSTUZ");
const INWARD_NEVER: u32 = letters(b"CIKMOV");
/// Overseas territories, all with the inward part 1ZZ.
const OVERSEAS: [&[u8]; 9] = [b"ASCN", b"STHL", b"TDCU", b"FIQQ", b"SIQQ", b"BIQQ", b"BBND", b"PCRN", b"TKCA"];
/// Overseas postcodes that are letters and four or five digits: Cayman, Montserrat, Virgin Islands,
/// Anguilla.
const OVERSEAS_NUMBERED: [(&[u8], usize); 4] = [(b"KY", 5), (b"MSR", 4), (b"VG", 4), (b"AI", 4)];
/// Units that forms are filled with.
const PLACEHOLDERS: [&[u8]; 9] =
    [b"AA11AA", b"A11AA", b"AB12CD", b"XX11XX", b"XX999XX", b"ZZ11ZZ", b"ZZ999ZZ", b"Z999ZZ", b"SANTA1"];

/// The postcode that a text gives. Anything but letters and digits is ignored; capitals do not matter.
///
/// - clean: a unit postcode;
/// - with a remark: forces, overseas, non-geographic (`Special`); the outward part alone (`Partial`,
///   a sector such as `LS1 4` too); a unit whose letters no postcode has (`Impossible`); a unit
///   that a look-alike makes whole in one way only, `LS1 OAP` (`Repaired`);
/// - null: `ZZ99` pseudo codes, NFA and other words for none (`Placeholder`), the rest (`Malformed`).
#[must_use]
pub fn read(text: &str) -> Reading<Postcode> {
    let kept = Kept::of(text);
    let bytes = kept.as_bytes();
    if is_unit_shape(bytes.len(), kept.shape) {
        return read_unit(bytes);
    }
    read_other(text, bytes, kept.shape)
}

/// Unit postcodes that a text would give if look-alikes (O/0, I/1, S/5) were typed for the kind of
/// character that their position needs: those with the fewest changes, sorted, without the postcode
/// that the text itself gives. Candidates to search with, never confirmed values.
#[must_use]
pub fn repairs(text: &str) -> Vec<Postcode> {
    let kept = Kept::of(text);
    let mut found: Vec<Postcode> = candidates(kept.as_bytes()).collect();
    found.sort_unstable();
    found
}

/// The letters and digits of a text, in capitals, with their kinds.
struct Kept {
    bytes: [u8; KEPT_MAX],
    len: usize,
    /// One bit a character, 1 for a letter, the last character lowest.
    shape: u16,
}

impl Kept {
    #[inline]
    fn of(text: &str) -> Self {
        let mut kept = Self { bytes: [0; KEPT_MAX], len: 0, shape: 0 };
        for &byte in text.as_bytes() {
            if !byte.is_ascii() {
                return Self::of_foreign(text);
            }
            kept.take(byte);
        }
        kept
    }

    /// Full-width letters are read. A letter of another script is kept as a mark that fits nowhere.
    #[cold]
    fn of_foreign(text: &str) -> Self {
        let mut kept = Self { bytes: [0; KEPT_MAX], len: 0, shape: 0 };
        for char in text.nfkc().take(4 * KEPT_MAX) {
            match u8::try_from(char) {
                Ok(byte) if byte.is_ascii() => kept.take(byte),
                _ if char.is_alphanumeric() => kept.len = KEPT_MAX + 1,
                _ => {}
            }
        }
        kept
    }

    #[inline]
    fn take(&mut self, byte: u8) {
        let upper = byte & !0x20;
        let is_letter = upper.is_ascii_uppercase();
        if !is_letter && !byte.is_ascii_digit() {
            return;
        }
        if self.len < KEPT_MAX {
            self.bytes[self.len] = if is_letter { upper } else { byte };
            self.shape = self.shape << 1 | u16::from(is_letter);
        }
        self.len = (self.len + 1).min(KEPT_MAX + 1);
    }

    /// Nothing if there were more characters than any reading has.
    fn as_bytes(&self) -> &[u8] {
        if self.len > KEPT_MAX { &[] } else { &self.bytes[..self.len] }
    }
}

#[inline]
fn is_outward_shape(len: usize, shape: u16) -> bool {
    OUTWARD_SHAPES.contains(&(len, shape))
}

#[inline]
fn is_unit_shape(len: usize, shape: u16) -> bool {
    (5..=7).contains(&len) && shape & 0b111 == INWARD_SHAPE && is_outward_shape(len - INWARD_LEN, shape >> INWARD_LEN)
}

/// Letters, digits and length are those of a unit postcode.
#[inline]
fn read_unit(bytes: &[u8]) -> Reading<Postcode> {
    if bytes.starts_with(b"ZZ99") || PLACEHOLDERS.contains(&bytes) {
        return Reading::null(Fault::Placeholder);
    }
    let Some(postcode) = Postcode::from_bytes(bytes) else {
        return Reading::null(Fault::Malformed);
    };
    // Non-geographic (BX banks and HMRC, XX returned goods), the forces' new area, Gibraltar.
    let area = &bytes[..2];
    if matches!(area, b"BX" | b"XX" | b"BF") || bytes == b"GX111AA" {
        return Reading::flagged(postcode, Fault::Special);
    }
    if is_by_the_letter(bytes) { Reading::of(postcode) } else { Reading::flagged(postcode, Fault::Impossible) }
}

/// Whether the letters of a unit, whose shape is settled, keep the published rules.
#[inline]
fn is_by_the_letter(bytes: &[u8]) -> bool {
    let (outward, inward) = bytes.split_at(bytes.len() - INWARD_LEN);
    if has(INWARD_NEVER, inward[1]) || has(INWARD_NEVER, inward[2]) || has(FIRST_NEVER, outward[0]) {
        return false;
    }
    match *outward {
        [_, tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => tens != b'0',
        [_, digit, letter] if digit.is_ascii_digit() => !has(THIRD_NEVER, letter),
        [_, second, tens, ones] if ones.is_ascii_digit() => !has(SECOND_NEVER, second) && tens != b'0',
        [_, second, _, fourth] => !has(SECOND_NEVER, second) && !has(FOURTH_NEVER, fourth),
        [_, second, _] => !has(SECOND_NEVER, second),
        _ => true,
    }
}

#[cold]
fn read_other(text: &str, bytes: &[u8], shape: u16) -> Reading<Postcode> {
    if text.trim().is_empty() {
        return Reading::missing();
    }
    if bytes.starts_with(b"ZZ99") || PLACEHOLDERS.contains(&bytes) {
        return Reading::null(Fault::Placeholder);
    }
    if let Some(special) = special(bytes) {
        return Reading::flagged(special, Fault::Special);
    }
    if let Some(outward) = outward_of_sector(text).or_else(|| outward(bytes, shape)) {
        return Reading::flagged(outward, Fault::Partial);
    }
    let mut repaired = candidates(bytes);
    match (repaired.next(), repaired.next()) {
        (Some(only), None) => Reading::flagged(only, Fault::Repaired),
        _ => Reading::null(Fault::of_unreadable(text)),
    }
}

/// Forces, overseas territories and the bank that was GIR.
fn special(bytes: &[u8]) -> Option<Postcode> {
    let is_digits = |rest: &[u8], len: std::ops::RangeInclusive<usize>| {
        len.contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit)
    };
    if let Some(rest) = bytes.strip_prefix(b"BFPO") {
        let number = rest.strip_prefix(b"CO").unwrap_or(rest);
        let mut joined = *b"BFPO\0\0\0\0";
        if !is_digits(number, 0..=4) {
            return None;
        }
        joined[4..4 + number.len()].copy_from_slice(number);
        return Postcode::from_bytes(&joined[..4 + number.len()]);
    }
    let is_territory = bytes.strip_suffix(b"1ZZ").is_some_and(|outward| OVERSEAS.contains(&outward));
    let is_numbered = OVERSEAS_NUMBERED
        .iter()
        .any(|&(prefix, len)| bytes.strip_prefix(prefix).is_some_and(|rest| is_digits(rest, len..=len)));
    if is_territory || is_numbered || bytes == b"GIR0AA" {
        return Postcode::from_bytes(bytes);
    }
    None
}

fn outward(bytes: &[u8], shape: u16) -> Option<Postcode> {
    is_outward_shape(bytes.len(), shape).then(|| Postcode::from_bytes(bytes)).flatten()
}

/// The outward part of `LS1 4` or `LS1 4A`. The sector is given up: without its space, the first
/// would be the district LS14.
fn outward_of_sector(text: &str) -> Option<Postcode> {
    let mut words = text.split_ascii_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    let is_cut_inward = matches!(second.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'9', b'a'..=b'z' | b'A'..=b'Z']);
    if words.next().is_some() || !is_cut_inward {
        return None;
    }
    let kept = Kept::of(first);
    outward(kept.as_bytes(), kept.shape)
}

/// Units by the letter that the fewest look-alikes make of these characters, at most one for each
/// outward shape. Different shapes give different postcodes, so there are no repeats.
fn candidates(bytes: &[u8]) -> impl Iterator<Item = Postcode> {
    let retyped = OUTWARD_SHAPES.map(|(len, shape)| {
        let is_of_len = bytes.len() == len + INWARD_LEN;
        is_of_len.then(|| retyped(bytes, shape << INWARD_LEN | INWARD_SHAPE)).flatten()
    });
    let fewest = retyped.iter().flatten().map(|&(changes, _)| changes).min();
    let of_fewest = move |(changes, postcode)| (Some(changes) == fewest).then_some(postcode);
    retyped.into_iter().flatten().filter_map(of_fewest)
}

/// The unit of this shape, and how many characters were retyped for it: one at least.
fn retyped(bytes: &[u8], shape: u16) -> Option<(usize, Postcode)> {
    let mut buffer = [0; 7];
    let retyped = buffer.get_mut(..bytes.len())?;
    let mut changes = 0;
    for (at, (slot, &byte)) in retyped.iter_mut().zip(bytes).enumerate() {
        let is_letter = shape >> (bytes.len() - 1 - at) & 1 == 1;
        *slot = retype(byte, is_letter)?;
        changes += usize::from(*slot != byte);
    }
    let reading = read_unit(retyped);
    match (reading.value, reading.fault) {
        (Some(postcode), None) if changes > 0 => Some((changes, postcode)),
        _ => None,
    }
}

/// The character itself if it is of the wanted kind, else the one that looks like it.
fn retype(byte: u8, is_letter: bool) -> Option<u8> {
    match (is_letter, byte) {
        (true, b'A'..=b'Z') | (false, b'0'..=b'9') => Some(byte),
        (true, b'0') => Some(b'O'),
        (true, b'1') => Some(b'I'),
        (true, b'5') => Some(b'S'),
        (false, b'O') => Some(b'0'),
        (false, b'I') => Some(b'1'),
        (false, b'S') => Some(b'5'),
        _ => None,
    }
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
