//! Values: their kinds, casts and order, as DuckDB has them.
//!
//! Where DuckDB would stop a whole query because of one value (a cast that fails, `jaccard` of an empty text), the value
//! is null here: a run over millions of rows does not end at one bad cell.

use super::calendar::{is_space, read_date, read_instant, write_date, write_instant};
use crate::model::expression::Type;
use std::cmp::Ordering;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing but null.
    Null,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A day.
    Date,
    /// A point in time.
    Instant,
    /// A list of texts.
    List,
}

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number; whole numbers too.
    Number(f64),
    /// Text.
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Seconds since 1970-01-01 00:00:00.
    Instant(f64),
    /// A list of texts.
    List(Vec<String>),
}

/// The fields of one record.
pub trait Record {
    /// The value of a field: text, a list or null. A field that is not known is null.
    fn value(&self, column: &str) -> Value;
    /// Whether a field is a list, even where it is null.
    fn is_list(&self, column: &str) -> bool;
}

impl Value {
    /// Null, or what is in the option.
    pub(crate) fn or_null<T>(value: Option<T>, wrap: impl Fn(T) -> Self) -> Self {
        value.map_or(Self::Null, wrap)
    }

    /// The number, if it is one.
    pub(crate) const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub(crate) const fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// True or false; `None` is null.
    pub(crate) const fn truth(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub(crate) fn list(&self) -> Option<&[String]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// Which comes first; `None` when one is null or they are of different kinds. NaN equals itself and is greatest.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) | (Self::Instant(a), Self::Instant(b)) => Some(compare_numbers(*a, *b)),
            (Self::Text(a), Self::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::List(a), Self::List(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// The value as another type; null where it cannot be. `whole`: the number comes from whole numbers, and is written
    /// without a point.
    pub(crate) fn cast(&self, to: Type, number_text: NumberText) -> Self {
        match (self, to) {
            (Self::Null | Self::List(_), _) => Self::Null,
            (Self::Text(text), _) => cast_text(text, to),
            (Self::Boolean(truth), Type::Text) => Self::Text(truth.to_string()),
            (Self::Boolean(truth), Type::Double | Type::Float | Type::Integer) => Self::Number(f64::from(*truth)),
            (Self::Boolean(_), Type::Boolean) => self.clone(),
            (Self::Number(number), _) => cast_number(*number, to, number_text),
            (Self::Date(day), Type::Text) => Self::Text(write_date(*day)),
            (Self::Date(_), Type::Date) => self.clone(),
            (Self::Date(day), Type::Timestamp) => Self::Instant(f64::from(*day) * super::calendar::DAY),
            (Self::Instant(seconds), Type::Text) => Self::Text(write_instant(*seconds)),
            (Self::Instant(seconds), Type::Date) => Self::Date(super::calendar::day_of_instant(*seconds)),
            (Self::Instant(_), Type::Timestamp) => self.clone(),
            _ => Self::Null,
        }
    }
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberText {
    /// As a whole number: `5`.
    Whole,
    /// In double precision: `5.0`.
    Double,
    /// In single precision.
    Float,
}

/// Order of numbers with NaN equal to itself and greatest, and -0 equal to 0.
#[inline]
pub(crate) fn compare_numbers(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn cast_number(number: f64, to: Type, number_text: NumberText) -> Value {
    match to {
        Type::Text => Value::Text(write_number(number, number_text)),
        Type::Double => Value::Number(number),
        Type::Float => Value::Number(f64::from(number as f32)),
        Type::Integer => whole(number.round_ties_even()),
        Type::Boolean => Value::Boolean(number != 0.0),
        Type::Date | Type::Timestamp => Value::Null,
    }
}

/// Greatest whole number that stands for itself alone.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

fn whole(number: f64) -> Value {
    // Adding 0 makes 0 of -0.
    if number.abs() <= WHOLE_MAX { Value::Number(number + 0.0) } else { Value::Null }
}

fn cast_text(text: &str, to: Type) -> Value {
    match to {
        Type::Text => Value::Text(text.to_owned()),
        Type::Double => Value::or_null(read_number(text), Value::Number),
        Type::Float => {
            let number = digits_of(text).and_then(|digits| digits.parse::<f32>().ok());
            Value::or_null(number, |number| Value::Number(f64::from(number)))
        }
        Type::Integer => read_number(text).map_or(Value::Null, |number| whole(number.round())),
        Type::Date => Value::or_null(read_date(text), Value::Date),
        Type::Timestamp => Value::or_null(read_instant(text), Value::Instant),
        Type::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => Value::Boolean(true),
            "false" | "f" | "no" | "n" | "0" => Value::Boolean(false),
            _ => Value::Null,
        },
    }
}

/// The number that a text means, as `CAST(x AS DOUBLE)` reads it.
pub(crate) fn read_number(text: &str) -> Option<f64> {
    digits_of(text)?.parse().ok()
}

/// The text of a number without what Rust does not read: spaces around it, `_` between digits.
fn digits_of(text: &str) -> Option<String> {
    let text = text.trim_matches(is_space);
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let named = ["inf", "infinity", "nan"].iter().any(|name| bare.eq_ignore_ascii_case(name));
    let starts = bare.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
    if !named && !starts {
        return None;
    }
    let bytes = text.as_bytes();
    let between = |place: usize| {
        let digit = |place: Option<usize>| place.and_then(|place| bytes.get(place)).is_some_and(u8::is_ascii_digit);
        digit(place.checked_sub(1)) && digit(Some(place + 1))
    };
    let underscores = text.bytes().enumerate().filter(|(_, letter)| *letter == b'_');
    let fits = underscores.map(|(place, _)| place).all(between);
    fits.then(|| text.replace('_', ""))
}

/// A number as text, as DuckDB writes it.
fn write_number(number: f64, number_text: NumberText) -> String {
    match number_text {
        NumberText::Whole => format!("{}", number + 0.0),
        NumberText::Float => shortest(&format!("{:e}", number as f32)),
        NumberText::Double => shortest(&format!("{number:e}")),
    }
}

/// The shortest text that reads back, given in the form `1.5e-7`: plain between 1e-4 and 1e16, else with an exponent of
/// two digits at least.
fn shortest(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific.to_lowercase();
    };
    let (Ok(exponent), Ok(number)) = (exponent.parse::<i32>(), scientific.parse::<f64>()) else {
        return scientific.to_owned();
    };
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_from_text_as_duckdb_reads_them() {
        for (text, want) in [
            (" 1.5 ", Some(1.5)),
            ("1_000", Some(1_000.0)),
            ("1.5_5", Some(1.55)),
            ("+5", Some(5.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1.e5", Some(1e5)),
            ("1E+5", Some(1e5)),
            ("-INF", Some(f64::NEG_INFINITY)),
            ("1,5", None),
            ("0x10", None),
            ("1e", None),
            ("", None),
            (".", None),
            ("+", None),
            ("_1", None),
            ("1__0", None),
            ("--5", None),
            ("infinit", None),
            ("e5", None),
        ] {
            assert_eq!(read_number(text), want, "{text}");
        }
        assert!(read_number("-nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn numbers_to_text_as_duckdb_writes_them() {
        for (number, want) in [
            (5.0, "5.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_678.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (1.5e-7, "1.5e-07"),
            (-0.0, "-0.0"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(write_number(number, NumberText::Double), want);
        }
        assert_eq!(write_number(f64::from(0.1_f32), NumberText::Float), "0.1");
        assert_eq!(write_number(5.0, NumberText::Whole), "5");
    }

    #[test]
    fn order_of_numbers() {
        assert_eq!(compare_numbers(f64::NAN, f64::INFINITY), Ordering::Greater);
        assert_eq!(compare_numbers(f64::NAN, f64::NAN), Ordering::Equal);
        assert_eq!(compare_numbers(-0.0, 0.0), Ordering::Equal);
    }
}
