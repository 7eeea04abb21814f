//! Text to a date: ISO, day first, month by name, with a time, or only in part.
//!
//! Nothing is guessed that changes the century, and a month first is believed only where the day
//! cannot be a month. Reading the text of a date gives that date, without a remark if it is whole.

use crate::model::value::{Fault, PartialDate, Reading};
use any_ascii::any_ascii_char;

/// Longest text that is read, in characters: no form of a date comes near it.
const TEXT_CHARS_MAX: usize = 64;
/// Oldest age in full years that a living person is believed to have.
const AGE_YEARS_MAX: i32 = 120;
/// First and last year that eight bare digits may have; between them no day and month are alike.
const COMPACT_YEARS: std::ops::RangeInclusive<u16> = 1800..=2199;
const MONTHS: [&[u8]; 12] = [
    b"JANUARY",
    b"FEBRUARY",
    b"MARCH",
    b"APRIL",
    b"MAY",
    b"JUNE",
    b"JULY",
    b"AUGUST",
    b"SEPTEMBER",
    b"OCTOBER",
    b"NOVEMBER",
    b"DECEMBER",
];

/// The date that a text gives.
///
/// - clean: `1980-02-05`, `19800205`, `05/02/1980` (also `-`, `.`, space; one digit), `5 Feb 1980`,
///   `February 5, 1980`, each also with midnight after it;
/// - with a remark: `1980`, `1980-02`, `02/1980`, `00/00/1980` (`Partial`), `02/25/1980` and
///   `25021980` (`Repaired`), `1980-02-05 09:30` (`Extra`), `19800205.0` (`NumberLike`);
/// - null: `05/02/80` (`TwoDigitYear`), `30/02/1980` (`Impossible`), `01/01/1900`, `31/12/9999`
///   (`Placeholder`), a spreadsheet's serial number (`NumberLike`), anything else (`Malformed`).
///
/// 1 January 1970 stays a value: it is a [default](PartialDate::is_default) like any 1 January.
#[must_use]
pub fn read(text: &str) -> Reading<PartialDate> {
    if let Some(reading) = read_fixed(text.as_bytes()) {
        return reading;
    }
    if text.is_ascii() {
        return read_ascii(text);
    }
    let folded: String = text.chars().take(TEXT_CHARS_MAX + 1).flat_map(|char| any_ascii_char(char).chars()).collect();
    read_ascii(&folded)
}

/// The date of birth that a text gives: as [`read`], and null if it is after the day of the run
/// (`Future`) or gives an age over 120 (`TooOld`).
///
/// A partial date is judged by its earliest day for `Future` and by its latest for `TooOld`.
#[must_use]
pub fn read_birth(text: &str, on: PartialDate) -> Reading<PartialDate> {
    let reading = read(text);
    match reading.value.and_then(|date| unbelievable(date, on)) {
        Some(fault) => Reading::null(fault),
        None => reading,
    }
}

/// Why nobody alive on a day was born on a date; `None` where somebody may have been.
#[must_use]
pub fn unbelievable(birth: PartialDate, on: PartialDate) -> Option<Fault> {
    if birth > on {
        return Some(Fault::Future);
    }
    (age_at_least(birth, on) > AGE_YEARS_MAX).then_some(Fault::TooOld)
}

/// The date of a spreadsheet's date cell; none for numbers that are no date there.
///
/// In the 1900 system, serial 60 is the 29 February 1900 that never was, and the serials before it
/// count from one day later. A fraction (the time of day) is dropped.
#[must_use]
pub fn from_excel_serial(serial: f64, epoch_1904: bool) -> Option<PartialDate> {
    const EPOCH_1900: i32 = -25_569;
    const EPOCH_1904: i32 = -24_107;
    const SERIAL_MAX: f64 = 2_958_466.0;
    if !(0.0..SERIAL_MAX).contains(&serial) {
        return None;
    }
    let days = serial as i32;
    match days {
        _ if epoch_1904 => PartialDate::from_day_number(EPOCH_1904 + days),
        0 | 60 => None,
        1..60 => PartialDate::from_day_number(EPOCH_1900 + 1 + days),
        _ => PartialDate::from_day_number(EPOCH_1900 + days),
    }
}

/// Full years from a birth to a day, for the latest day that the birth may have.
fn age_at_least(birth: PartialDate, on: PartialDate) -> i32 {
    let latest = |part: u8| if part == 0 { u8::MAX } else { part };
    let birthday = (latest(birth.month()), latest(birth.day()));
    let years = i32::from(on.year()) - i32::from(birth.year());
    years - i32::from(birthday > (on.month(), on.day()))
}

/// The two forms that nearly every row has, `1980-02-05` and `05/02/1980`, perhaps with midnight,
/// without a search.
#[inline]
fn read_fixed(bytes: &[u8]) -> Option<Reading<PartialDate>> {
    let (bytes, time) = bytes.split_first_chunk::<10>()?;
    if !matches!(time, b"" | b" 00:00:00" | b"T00:00:00") {
        return None;
    }
    let digit = |at: usize| {
        let value = bytes[at].wrapping_sub(b'0');
        (value < 10).then_some(u16::from(value))
    };
    let pair = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let (year, month, day) = if bytes[4] == b'-' && bytes[7] == b'-' {
        (pair(0)? * 100 + pair(2)?, pair(5)?, pair(8)?)
    } else if matches!(bytes[2], b'/' | b'-' | b'.') && bytes[5] == bytes[2] {
        (pair(6)? * 100 + pair(8)?, pair(3)?, pair(0)?)
    } else {
        return None;
    };
    Some(from_parts(year, month as u8, day as u8))
}

fn read_ascii(text: &str) -> Reading<PartialDate> {
    let trimmed = text.trim_matches(|char: char| char.is_ascii_whitespace() || matches!(char, '\'' | '"'));
    if trimmed.is_empty() {
        return Reading::missing();
    }
    if trimmed.len() > TEXT_CHARS_MAX {
        return Reading::null(Fault::Malformed);
    }
    let (date, time) = split_time(trimmed.as_bytes());
    let (date, is_number) = match date.strip_suffix(b".0") {
        Some(digits) if digits.iter().all(u8::is_ascii_digit) => (digits, true),
        _ => (date, false),
    };
    let reading = match (time, Parts::split(date)) {
        (Some(Time::Malformed), _) | (_, None) => Reading::null(Fault::of_unreadable(trimmed)),
        (_, Some(parts)) => parts.read(),
    };
    match reading {
        Reading { value: Some(date), fault: None } if is_number => Reading::flagged(date, Fault::NumberLike),
        Reading { value: Some(date), fault: None } if time == Some(Time::OfDay) => Reading::flagged(date, Fault::Extra),
        _ => reading,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    Midnight,
    OfDay,
    Malformed,
}

/// Separates `1980-02-05T00:00:00Z` before the hour; the date keeps no separator at its end.
fn split_time(bytes: &[u8]) -> (&[u8], Option<Time>) {
    let Some(colon) = bytes.iter().position(|&byte| byte == b':') else {
        return (bytes, None);
    };
    let hour_len = bytes[..colon].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (date, time) = bytes.split_at(colon - hour_len);
    let Some((b'T' | b't' | b' ' | b',', date)) = date.split_last() else {
        return (bytes, Some(Time::Malformed));
    };
    if !(1..=2).contains(&hour_len) {
        return (bytes, Some(Time::Malformed));
    }
    (date.trim_ascii_end(), Some(read_time(time)))
}

/// Hours, minutes and seconds, perhaps with a fraction, `AM`/`PM` and a zone.
fn read_time(time: &[u8]) -> Time {
    let is_of_time = |byte: &u8| byte.is_ascii_digit() || b":.+-Zz AaPpMm".contains(byte);
    if !time.iter().all(is_of_time) {
        return Time::Malformed;
    }
    let clock_len = time.iter().take_while(|byte| byte.is_ascii_digit() || b":.".contains(byte)).count();
    let (clock, rest) = time.split_at(clock_len);
    let is_midnight_of_twelve = clock.starts_with(b"12:00") && rest.trim_ascii().eq_ignore_ascii_case(b"AM");
    let counted = if is_midnight_of_twelve { &clock[2..] } else { clock };
    let is_zero = counted.iter().all(|byte| b"0:.".contains(byte));
    if is_zero { Time::Midnight } else { Time::OfDay }
}

/// One number or month name of a date.
#[derive(Clone, Copy)]
enum Part {
    Number { value: u32, digits: u8 },
    Month(u8),
}

/// The one to three parts of a date, in the order of the text.
struct Parts {
    parts: [Part; 3],
    len: usize,
}

impl Parts {
    /// None if there is anything but numbers, month names, ordinals and separators.
    fn split(bytes: &[u8]) -> Option<Self> {
        let mut split = Self { parts: [Part::Month(0); 3], len: 0 };
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            let is_digits = first.is_ascii_digit();
            let len = rest
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == is_digits)
                .count();
            let (word, after) = rest.split_at(len.max(1));
            rest = after;
            match first {
                b'0'..=b'9' => split.push(number(word)?)?,
                b'a'..=b'z' | b'A'..=b'Z' if is_filler(word) => {}
                b'a'..=b'z' | b'A'..=b'Z' => split.push(Part::Month(month_of(word)?))?,
                b'-' | b'/' | b'.' | b',' | b' ' | b'\t' if split.len > 0 => {}
                _ => return None,
            }
        }
        Some(split)
    }

    fn push(&mut self, part: Part) -> Option<()> {
        *self.parts.get_mut(self.len)? = part;
        self.len += 1;
        Some(())
    }

    fn read(&self) -> Reading<PartialDate> {
        match self.parts[..self.len] {
            [Part::Number { value, digits }] => read_one(value, digits),
            [first, second] => read_two(first, second),
            [first, second, third] => read_three(first, second, third),
            _ => Reading::null(Fault::Malformed),
        }
    }
}

fn number(digits: &[u8]) -> Option<Part> {
    if digits.len() > 8 {
        return None;
    }
    let value = digits.iter().fold(0, |value, byte| value * 10 + u32::from(byte - b'0'));
    Some(Part::Number { value, digits: digits.len() as u8 })
}

/// Words that say nothing: the ends of ordinals (`5th`) and `of`.
fn is_filler(word: &[u8]) -> bool {
    [b"ST", b"ND", b"RD", b"TH", b"OF"].iter().any(|filler| word.eq_ignore_ascii_case(*filler))
}

/// The month whose name begins with these three letters or more.
fn month_of(word: &[u8]) -> Option<u8> {
    if word.len() < 3 {
        return None;
    }
    let is_name = |name: &&[u8]| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    MONTHS.iter().position(is_name).map(|index| index as u8 + 1)
}

/// A number alone: a year, eight digits, or what cannot be a date.
fn read_one(value: u32, digits: u8) -> Reading<PartialDate> {
    match digits {
        4 => from_parts(value as u16, 0, 0),
        5 => Reading::null(Fault::NumberLike),
        6 => Reading::null(Fault::TwoDigitYear),
        8 => {
            let (year, month, day) = ((value / 10_000) as u16, value / 100 % 100, value % 100);
            if COMPACT_YEARS.contains(&year) && month <= 12 {
                return from_parts(year, month as u8, day as u8);
            }
            let (day, month, year) = (value / 1_000_000, value / 10_000 % 100, (value % 10_000) as u16);
            match from_parts(year, month as u8, day as u8) {
                Reading { value: Some(date), .. } if COMPACT_YEARS.contains(&year) => {
                    Reading::flagged(date, Fault::Repaired)
                }
                Reading { value: None, fault: Some(Fault::Placeholder) } => Reading::null(Fault::Placeholder),
                _ if value == 0 || value / 10_000 == 9_999 => Reading::null(Fault::Placeholder),
                _ => Reading::null(Fault::Impossible),
            }
        }
        _ if value == 0 => Reading::null(Fault::Placeholder),
        _ => Reading::null(Fault::Malformed),
    }
}

/// A month and a year, in either order.
fn read_two(first: Part, second: Part) -> Reading<PartialDate> {
    let (year, month) = match (first, second) {
        (Part::Number { value, digits: 4 }, month) | (month, Part::Number { value, digits: 4 }) => (value, month),
        (Part::Month(_), Part::Number { digits: 2, .. }) => {
            return Reading::null(Fault::TwoDigitYear);
        }
        _ => return Reading::null(Fault::Malformed),
    };
    match month {
        Part::Month(month) => from_parts(year as u16, month, 0),
        Part::Number { value, digits: 1..=2 } if value <= 12 => from_parts(year as u16, value as u8, 0),
        Part::Number { digits: 1..=2, .. } => Reading::null(Fault::Impossible),
        Part::Number { .. } => Reading::null(Fault::Malformed),
    }
}

/// Year first or year last; a month by name may stand anywhere.
fn read_three(first: Part, second: Part, third: Part) -> Reading<PartialDate> {
    use Part::{Month, Number};
    let (year, month, day) = match (first, second, third) {
        (Number { value, digits: 4 }, Month(month), day) => (value, u32::from(month), day),
        (Number { value, digits: 4 }, Number { value: month, digits: 1..=2 }, day) => (value, month, day),
        (day, Month(month), Number { value, digits: 4 }) => (value, u32::from(month), day),
        (Month(month), day, Number { value, digits: 4 }) => (value, u32::from(month), day),
        (day, Number { value: month, digits: 1..=2 }, Number { value, digits: 4 }) => (value, month, day),
        _ => return Reading::null(short_year(&[first, second, third])),
    };
    match day {
        Number { value: day, digits: 1..=2 } => from_parts(year as u16, month as u8, day as u8),
        _ => Reading::null(Fault::Malformed),
    }
}

/// Why three parts without a year of four digits are no date.
fn short_year(parts: &[Part]) -> Fault {
    let is_short = |part: &Part| !matches!(part, Part::Number { digits: 3.., .. });
    let months = parts.iter().filter(|part| matches!(part, Part::Month(_))).count();
    if months < 2 && parts.iter().all(is_short) { Fault::TwoDigitYear } else { Fault::Malformed }
}

/// The reading of a year, a month and a day, each of which may be zero.
#[inline]
fn from_parts(year: u16, month: u8, day: u8) -> Reading<PartialDate> {
    if is_placeholder(year, month, day) {
        return Reading::null(Fault::Placeholder);
    }
    if month == 0 || day == 0 {
        // Without a month, a day says nothing: 15/00/1980 is only a year.
        return match PartialDate::new(year, month, 0) {
            Some(date) if day <= 31 => Reading::flagged(date, Fault::Partial),
            _ => Reading::null(Fault::Impossible),
        };
    }
    if let Some(date) = PartialDate::new(year, month, day) {
        return Reading::of(date);
    }
    // The American order, where it is the only possible one. Both parts over 12 never are a date.
    match PartialDate::new(year, day, month) {
        Some(_) if is_placeholder(year, day, month) => Reading::null(Fault::Placeholder),
        Some(date) => Reading::flagged(date, Fault::Repaired),
        None => Reading::null(Fault::Impossible),
    }
}

/// Dates that systems enter for "none": the first day of their calendars, and the end of time.
#[inline]
fn is_placeholder(year: u16, month: u8, day: u8) -> bool {
    match year {
        0 | 9999 => true,
        1 | 1753 | 1900 | 1901 => month == 1 && day == 1,
        1899 => month == 12 && day >= 30,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
