//! Text to the standard text of a field kind: what the expressions of a linkage model see.
//!
//! Equal standard texts mean equal values, whatever the two tables wrote: dates become `YYYY-MM-DD`, names tokens in
//! capitals, phones digits. Words for nothing (`N/A`, `unknown`) and junk become null. Standardising a standard text
//! gives it back.

use crate::model::linkage::FieldKind;
use crate::model::value::{Fault, PartialDate, Postcode, Reading};
use crate::standardise::name::{Part, Tokens};
use crate::standardise::{date, email, phone, postcode};
use any_ascii::any_ascii;
use std::fmt::Write;

/// Longest text that is standardised, in bytes; longer ones are cut there. Bounds the work of every comparison.
pub const TEXT_BYTES_MAX: usize = 512;
/// Years of two digits up to this one are of this century where dates are not of birth.
const PIVOT_YEAR: u16 = 30;

/// The order of day and month in a column of dates that are written as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// `05/02/1980` is 5 February.
    #[default]
    DayFirst,
    /// `05/02/1980` is 2 May.
    MonthFirst,
}

impl DateOrder {
    /// The order that most values of a column prove by a number over 12; day first where none does.
    pub fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        Self::proved(Self::proofs(values))
    }

    /// How many values prove that the day comes first, and how many that the month does: numbers that add up over the
    /// parts of a column.
    pub fn proofs<'a>(values: impl Iterator<Item = &'a str>) -> [u64; 2] {
        let (mut day_first, mut month_first) = (0_u64, 0_u64);
        for [first, second, _] in values.filter_map(|value| numbers(value).filter(|parts| parts[2].1 != 0)) {
            day_first += u64::from(first.0 > 12 && first.0 <= 31 && second.0 <= 12);
            month_first += u64::from(second.0 > 12 && second.0 <= 31 && first.0 <= 12);
        }
        [day_first, month_first]
    }

    /// The order that so many values prove.
    pub const fn proved([day_first, month_first]: [u64; 2]) -> Self {
        if month_first > day_first { Self::MonthFirst } else { Self::DayFirst }
    }
}

/// Buffers for standardising.
#[derive(Default)]
pub struct Standardiser {
    tokens: Tokens,
    scratch: String,
}

impl Standardiser {
    /// Appends the standard text of `text` to `out`, which must be empty; `false` where it is null.
    pub fn standard(&mut self, kind: FieldKind, order: DateOrder, text: &str, out: &mut String) -> bool {
        // What is taken as it stands is not cut either: imported models compare whole texts.
        let whole = text;
        let text = clip(text);
        match kind {
            FieldKind::Raw => {
                out.push_str(whole);
                return true;
            }
            FieldKind::FullName => self.name(text, None, out),
            FieldKind::GivenName => self.name(text, Some(Part::Given), out),
            FieldKind::FamilyName => self.name(text, Some(Part::Family), out),
            FieldKind::Date => date_text(text, order, out),
            FieldKind::Postcode => postcode_text(text, out),
            FieldKind::Phone => phone_text(text, out),
            FieldKind::Email => email_text(text, &mut self.scratch, out),
            FieldKind::Identifier => identifier(text, out),
            FieldKind::Category => category(text, out),
            FieldKind::Address | FieldKind::Text => words(text, out),
            FieldKind::Number | FieldKind::Degrees => number_text(text, out),
        }
        !out.is_empty()
    }

    fn name(&mut self, text: &str, part: Option<Part>, out: &mut String) {
        self.tokens.clear();
        match part {
            Some(part) => self.tokens.add_part(part, text),
            None => self.tokens.add_full_name(text),
        }
        for (index, token) in self.tokens.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            out.push_str(token);
        }
    }
}

/// One of few values; of the sexes one letter, as most files write them.
fn category(text: &str, out: &mut String) {
    words(text, out);
    if matches!(out.as_str(), "MALE" | "FEMALE") {
        out.truncate(1);
    }
}

fn clip(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Three numbers with the digits of each, parted by one of `/ . -` or a space; the year is not first.
fn numbers(text: &str) -> Option<[(u16, usize); 3]> {
    let mut parts = text.trim().split(['/', '.', '-', ' ']).map(str::trim);
    let mut next = || {
        let part = parts.next()?;
        let digits = part.len();
        ((1..=4).contains(&digits) && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| (part.parse().unwrap_or(0), digits))
    };
    let found = [next()?, next()?, next()?];
    let rest = parts.next().is_none_or(|rest| rest.contains(':'));
    (rest && found[0].1 <= 2 && found[1].1 <= 2 && (found[2].1 == 4 || found[2].1 == 2)).then_some(found)
}

/// A date of any form; partial ones keep what they have.
fn date_text(text: &str, order: DateOrder, out: &mut String) {
    let read = match numbers(text) {
        Some([first, second, (year, digits)]) => {
            let year = if digits == 2 { century(year) } else { year };
            let (day, month) = match order {
                DateOrder::DayFirst => (first.0, second.0),
                DateOrder::MonthFirst => (second.0, first.0),
            };
            date::read(&format!("{year:04}-{month:02}-{day:02}"))
        }
        None => {
            let reading = date::read(text);
            if reading.fault == Some(Fault::TwoDigitYear) { date::read(&with_century(text)) } else { reading }
        }
    };
    if let Some(date) = read.value {
        write_date(date, out);
    }
}

fn century(year: u16) -> u16 {
    if year <= PIVOT_YEAR { 2000 + year } else { 1900 + year }
}

/// `5 Feb 80` with a year of four digits.
fn with_century(text: &str) -> String {
    let trimmed = text.trim_end();
    let digits = trimmed.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (start, year) = trimmed.split_at(trimmed.len() - digits);
    match year.parse() {
        Ok(year) if digits == 2 => format!("{start}{}", century(year)),
        _ => trimmed.to_owned(),
    }
}

fn write_date(date: PartialDate, out: &mut String) {
    let _ = write!(out, "{:04}", date.year());
    if date.month() > 0 {
        let _ = write!(out, "-{:02}", date.month());
        if date.day() > 0 {
            let _ = write!(out, "-{:02}", date.day());
        }
    }
}

/// A British unit or outward part as the grammar gives it; else letters and digits, a ZIP code without its extension.
fn postcode_text(text: &str, out: &mut String) {
    if take_postcode(&postcode::read(text), out) {
        return;
    }
    let trimmed = text.trim().trim_end_matches(".0");
    let is_extended = trimmed.len() == 10 && trimmed.as_bytes()[5] == b'-';
    identifier(if is_extended { &trimmed[..5] } else { trimmed }, out);
    // Letters of another script may come to a postcode: as they are read when they are given again.
    let again = postcode::read(out);
    take_postcode(&again, out);
}

/// Whether a text is a postcode or stands for none, and then what it is.
fn take_postcode(read: &Reading<Postcode>, out: &mut String) -> bool {
    if let Some(postcode) = &read.value {
        out.clear();
        out.push_str(&String::from_utf8_lossy(&postcode.as_bytes().as_slice()[..postcode.len()]));
        return true;
    }
    let stands_for_none = read.fault == Some(Fault::Placeholder);
    if stands_for_none {
        out.clear();
    }
    stands_for_none
}

fn phone_text(text: &str, out: &mut String) {
    let read = phone::read(text);
    match read.value {
        Some(phone) => out.push_str(&phone.national()),
        None if matches!(read.fault, Some(Fault::Junk | Fault::Placeholder)) => {}
        None => {
            let digits = whole(text).bytes().filter(u8::is_ascii_digit).map(char::from);
            out.extend(digits);
            if out.len() < 5 {
                out.clear();
            }
        }
    }
}

fn email_text(text: &str, scratch: &mut String, out: &mut String) {
    let read = email::canonical(text, scratch);
    match read.value {
        Some(canonical) => out.push_str(canonical),
        None if matches!(read.fault, Some(Fault::Junk | Fault::Placeholder)) => {}
        None => out.push_str(&text.trim().to_ascii_lowercase()),
    }
}

/// A number that a program took for a measure, `7700900123.0`, without its fraction.
fn whole(text: &str) -> &str {
    let trimmed = text.trim();
    trimmed.strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(trimmed)
}

fn identifier(text: &str, out: &mut String) {
    let trimmed = whole(text);
    if trimmed.is_ascii() {
        out.extend(trimmed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()));
    } else {
        out.extend(any_ascii(trimmed).chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()));
    }
    if is_nothing(out) {
        out.clear();
    }
}

/// Words for no value, without marks and in capitals.
const NOTHING: [&str; 16] = [
    "NA",
    "NAN",
    "NIL",
    "NONE",
    "NULL",
    "UNKNOWN",
    "NOTKNOWN",
    "NOTAVAILABLE",
    "NOTAPPLICABLE",
    "NOTGIVEN",
    "NOTSTATED",
    "MISSING",
    "EMPTY",
    "UNK",
    "TBC",
    "XXX",
];

/// Whether a text says that there is no value.
fn is_nothing(text: &str) -> bool {
    const LONGEST: usize = 20;
    if text.len() > LONGEST {
        return false;
    }
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    NOTHING.contains(&bare.as_str())
}

/// Letters and digits in capitals, single spaces between words.
fn words(text: &str, out: &mut String) {
    let folded;
    let ascii = if text.is_ascii() {
        text
    } else {
        folded = any_ascii(text);
        &folded
    };
    for byte in ascii.bytes() {
        match byte {
            b'A'..=b'Z' | b'0'..=b'9' => out.push(byte as char),
            b'a'..=b'z' => out.push(byte.to_ascii_uppercase() as char),
            b'\'' | b'`' | b'.' => {}
            _ if out.is_empty() || out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    if is_nothing(out) {
        out.clear();
    }
}

fn number_text(text: &str, out: &mut String) {
    let plain: String = text.trim().chars().filter(|c| !matches!(c, ',' | '£' | '$' | '€' | ' ')).collect();
    if let Ok(number) = plain.parse::<f64>()
        && number.is_finite()
    {
        let _ = write!(out, "{number}");
    }
}

#[cfg(test)]
mod tests {
    use super::{DateOrder, Standardiser};
    use crate::model::linkage::FieldKind::{self, *};
    use proptest::prelude::*;

    fn standard(kind: FieldKind, order: DateOrder, text: &str) -> String {
        let mut out = String::new();
        let _ = Standardiser::default().standard(kind, order, text, &mut out);
        out
    }

    #[test]
    fn the_same_value_has_one_text() {
        let day_first = |kind, text: &str| standard(kind, DateOrder::DayFirst, text);
        for date in ["1980-02-05", "05/02/1980", "5.2.1980", "19800205", "5 Feb 1980", "05/02/80", "5-Feb-80"] {
            assert_eq!(day_first(Date, date), "1980-02-05", "{date}");
        }
        assert_eq!(standard(Date, DateOrder::MonthFirst, "02/05/1980"), "1980-02-05");
        assert_eq!(standard(Date, DateOrder::MonthFirst, "1980-02-05"), "1980-02-05");
        assert_eq!(day_first(Date, "1980"), "1980");
        assert_eq!(day_first(Date, "30/02/1980"), "");
        assert_eq!(day_first(Postcode, "tq13 8df"), "TQ138DF");
        assert_eq!(day_first(Postcode, "12345-6789"), "12345");
        assert_eq!(day_first(Postcode, "4223"), "4223");
        // Of another script: the same as when its letters are given again.
        assert_eq!(day_first(Postcode, "ம\u{10a06}ிꧤ"), day_first(Postcode, "MOIBH"));
        assert_eq!(day_first(Phone, "+44 7700 900123"), day_first(Phone, "7700900123"));
        assert_eq!(day_first(Identifier, "ab 12-34"), "AB1234");
        assert_eq!(day_first(Identifier, "5304218.0"), "5304218");
        assert_eq!(day_first(GivenName, "Zoë-Ann"), "ZOE ANN");
        assert_eq!(day_first(Category, " n/a "), "");
        assert_eq!(day_first(Address, "8 Stanley St., Flat 2"), "8 STANLEY ST FLAT 2");
        assert_eq!(day_first(Number, "1,250.50"), "1250.5");
    }

    #[test]
    fn the_order_is_told_from_the_column() {
        assert_eq!(DateOrder::of(["01/02/1980", "03/25/1981"].into_iter()), DateOrder::MonthFirst);
        assert_eq!(DateOrder::of(["01/02/1980", "25/03/1981"].into_iter()), DateOrder::DayFirst);
        assert_eq!(DateOrder::of(["1980-02-25"].into_iter()), DateOrder::DayFirst);
    }

    proptest! {
        #[test]
        fn standardising_twice_changes_nothing(text in "\\PC{0,40}", kind in 1_usize..14) {
            let kinds = [Raw, FullName, GivenName, FamilyName, Date, Postcode, Phone, Email, Identifier, Category,
                Address, Text, Number, Degrees];
            let kind = kinds[kind];
            let once = standard(kind, DateOrder::DayFirst, &text);
            prop_assert_eq!(standard(kind, DateOrder::DayFirst, &once), once);
        }
    }
}
