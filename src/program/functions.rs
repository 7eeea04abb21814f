//! What the functions of the language do with values.
//!
//! A null argument gives null, but for those few that say otherwise. Arguments are of the kinds that
//! [`signature`](super::typing::signature) wants.

mod lists;
mod pairs;

pub(crate) use pairs::number_of_texts;

use super::calendar::PartialDate;
use super::evaluate::Tools;
use super::value::Value;
use super::{calendar, letters};
use crate::model::expression::Function as F;

/// The value of a function.
pub(crate) fn call(function: F, arguments: &[Value], tools: &Tools) -> Value {
    match function {
        F::Coalesce => first(arguments, |_| true),
        F::Least => extreme(arguments, std::cmp::Ordering::Less),
        F::Greatest => extreme(arguments, std::cmp::Ordering::Greater),
        F::Concat => Value::Text(arguments.iter().filter_map(Value::text).collect()),
        F::NullIf => match arguments {
            [value, unwanted] if value.compare(unwanted) == Some(std::cmp::Ordering::Equal) => Value::Null,
            [value, ..] => value.clone(),
            [] => Value::Null,
        },
        // Common to a list and nothing is nothing, says DuckDB.
        F::ListIntersect if matches!(arguments, [Value::List(_), Value::Null]) => Value::List(Vec::new()),
        _ if arguments.contains(&Value::Null) => Value::Null,
        _ => of_values(function, arguments, tools).unwrap_or(Value::Null),
    }
}

fn first(arguments: &[Value], wanted: impl Fn(&Value) -> bool) -> Value {
    arguments.iter().find(|value| **value != Value::Null && wanted(value)).cloned().unwrap_or(Value::Null)
}

/// The least or greatest of the values that are not null.
fn extreme(arguments: &[Value], order: std::cmp::Ordering) -> Value {
    let known = arguments.iter().filter(|value| **value != Value::Null);
    let best = known.reduce(|best, value| if value.compare(best) == Some(order) { value } else { best });
    best.cloned().unwrap_or(Value::Null)
}

fn of_values(function: F, arguments: &[Value], tools: &Tools) -> Option<Value> {
    match arguments {
        [Value::Number(number)] => of_number(function, *number),
        [Value::Number(a), Value::Number(b)] => of_numbers(function, *a, *b),
        [Value::Text(text)] => of_text(function, text, tools),
        [value @ (Value::Date(_) | Value::Instant(_))] => of_time(function, value),
        _ => {
            let value = of_text_and_more(function, arguments, tools);
            let value = value.or_else(|| pairs::of_two_texts(function, arguments, tools));
            value.or_else(|| lists::of_lists(function, arguments)).or_else(|| of_places(function, arguments))
        }
    }
}

fn of_number(function: F, x: f64) -> Option<Value> {
    Some(Value::Number(match function {
        F::Abs => x.abs(),
        F::Round => x.round(),
        F::Floor => x.floor(),
        F::Ceil => x.ceil(),
        F::Sqrt => x.sqrt(),
        F::Ln => x.ln(),
        F::Log2 => x.log2(),
        F::Exp => x.exp(),
        // As DuckDB works them out, to the last bit.
        F::Radians => x * (std::f64::consts::PI / 180.0),
        F::Degrees => x * (180.0 / std::f64::consts::PI),
        F::Sin => x.sin(),
        F::Cos => x.cos(),
        F::Tan => x.tan(),
        F::Asin => x.asin(),
        F::Acos => x.acos(),
        F::Atan => x.atan(),
        _ => return None,
    }))
}

fn of_numbers(function: F, a: f64, b: f64) -> Option<Value> {
    Some(Value::Number(match function {
        F::Power => a.powf(b),
        F::Atan2 => a.atan2(b),
        F::Round => rounded(a, b),
        F::RelativeDifference => relative_difference(a, b),
        _ => return None,
    }))
}

/// `a` to so many places after the point, before it where negative.
fn rounded(a: f64, places: f64) -> f64 {
    let factor = 10_f64.powf(places.abs());
    let (scaled, back) = if places < 0.0 { (a / factor, factor) } else { (a * factor, 1.0 / factor) };
    let result = if places < 0.0 { scaled.round() * back } else { scaled.round() / factor };
    match (result.is_finite(), places < 0.0) {
        (true, _) => result,
        (false, true) => 0.0,
        (false, false) => a,
    }
}

/// What two numbers differ by, as a share of the larger one; 0 where both are 0.
pub(crate) fn relative_difference(a: f64, b: f64) -> f64 {
    let larger = a.abs().max(b.abs());
    if larger == 0.0 { 0.0 } else { (a - b).abs() / larger }
}

fn of_text(function: F, text: &str, tools: &Tools) -> Option<Value> {
    let partial = |part: fn(PartialDate) -> Option<u32>| {
        calendar::read_partial(text).and_then(part).map(|number| Value::Number(f64::from(number)))
    };
    match function {
        F::Lower => Some(Value::Text(letters::lower(text))),
        F::Upper => Some(Value::Text(letters::upper(text))),
        F::Trim => Some(Value::Text(text.trim_matches(letters::is_blank).to_owned())),
        F::TrimLeft => Some(Value::Text(text.trim_start_matches(letters::is_blank).to_owned())),
        F::TrimRight => Some(Value::Text(text.trim_end_matches(letters::is_blank).to_owned())),
        F::Length | F::ArrayLength => Some(Value::Number(text.chars().count() as f64)),
        F::Reverse => Some(Value::Text(letters::reverse(text))),
        F::StripAccents => Some(Value::Text(letters::strip_accents(text))),
        F::Year => partial(|date| Some(date.year)),
        F::Month => partial(|date| date.month),
        F::Day => partial(|date| date.day),
        F::Tokens => Some(Value::List(letters::words(text))),
        F::Fold | F::Skeleton | F::Phonetic => tools.plugged.one(function, text).map(Value::Text),
        F::TokenKeys => Some(Value::List(tools.plugged.many(function, text))),
        _ => None,
    }
}

fn of_time(function: F, value: &Value) -> Option<Value> {
    let day = match value {
        Value::Date(day) => *day,
        Value::Instant(seconds) => calendar::day_of_instant(*seconds),
        _ => return None,
    };
    let (year, month, date) = calendar::date_of(day);
    Some(Value::Number(match (function, value) {
        (F::Year, _) => f64::from(year),
        (F::Month, _) => f64::from(month),
        (F::Day, _) => f64::from(date),
        (F::Epoch, Value::Instant(seconds)) => *seconds,
        _ => return None,
    }))
}

/// Functions of a text and of what is done to it.
fn of_text_and_more(function: F, arguments: &[Value], tools: &Tools) -> Option<Value> {
    let [Value::Text(text), rest @ ..] = arguments else { return None };
    let whole = |place: usize| rest.get(place).and_then(Value::number).and_then(whole_number);
    let word = |place: usize| rest.get(place).and_then(Value::text);
    let text_value = |text: String| Some(Value::Text(text));
    match function {
        F::Substring if rest.len() == 1 => text_value(letters::substring(text, whole(0)?, None)),
        F::Substring => text_value(letters::substring(text, whole(0)?, Some(whole(1)?))),
        F::Left => text_value(letters::left(text, whole(0)?)),
        F::Right => text_value(letters::right(text, whole(0)?)),
        F::ListExtract => text_value(letters::substring(text, whole(0)?, Some(1))),
        F::Trim | F::TrimLeft | F::TrimRight => {
            let among = |letter: char| word(0).is_some_and(|letters| letters.contains(letter));
            let start = if function == F::TrimRight { text } else { text.trim_start_matches(among) };
            text_value(if function == F::TrimLeft { start } else { start.trim_end_matches(among) }.to_owned())
        }
        F::Replace if word(0)?.is_empty() => text_value(text.clone()),
        F::Replace => replaced(text, word(0)?, word(1)?).map(Value::Text),
        F::Contains => Some(Value::Boolean(text.contains(word(0)?))),
        F::StartsWith => Some(Value::Boolean(text.starts_with(word(0)?))),
        F::EndsWith => Some(Value::Boolean(text.ends_with(word(0)?))),
        F::RegexpExtract => {
            let group = if rest.len() > 1 { usize::try_from(whole(1)?).ok()? } else { 0 };
            tools
                .matching(word(0)?, word(2).unwrap_or(""), |regex| super::pattern::extract(regex, text, group))
                .map(Value::Text)
        }
        F::RegexpMatches => {
            tools.matching(word(0)?, word(1).unwrap_or(""), |regex| regex.is_match(text)).map(Value::Boolean)
        }
        F::RegexpReplace => {
            let options = word(2).unwrap_or("");
            let replaced = |regex: &regex::Regex| {
                super::pattern::replace(regex, text, word(1).unwrap_or(""), options.contains('g'))
            };
            tools.matching(word(0)?, options, replaced).flatten().map(Value::Text)
        }
        F::Strptime | F::TryStrptime => tools.instant(text, word(0)?).map(Value::Instant),
        F::DateDiff => match rest {
            [Value::Instant(from), Value::Instant(to)] => calendar::boundaries(text, *from, *to).map(Value::Number),
            _ => None,
        },
        F::Prefix | F::Suffix => {
            let count = whole(0).filter(|count| *count > 0 && !text.is_empty())?;
            text_value(if function == F::Prefix { letters::left(text, count) } else { letters::right(text, count) })
        }
        F::Ngrams => Some(Value::List(letters::ngrams(text, usize::try_from(whole(0)?).ok()?))),
        _ => None,
    }
}

/// Most bytes of a text that is made longer than the one it is made of; a longer one is null.
///
/// A model may replace letters of what was replaced, over and over: what a dozen words write would fill any memory.
pub(super) const MADE_BYTES_MAX: usize = 1 << 20;

/// The text with all of `from` as `to`.
fn replaced(text: &str, from: &str, to: &str) -> Option<String> {
    if to.len() > from.len() {
        let more = text.matches(from).count().saturating_mul(to.len() - from.len());
        if more > 0 && text.len().saturating_add(more) > MADE_BYTES_MAX {
            return None;
        }
    }
    Some(text.replace(from, to))
}

/// The whole part of a number; `None` where it has none.
fn whole_number(number: f64) -> Option<i64> {
    number.is_finite().then_some(number as i64)
}

fn of_places(function: F, arguments: &[Value]) -> Option<Value> {
    let [Value::Number(a), Value::Number(b), Value::Number(c), Value::Number(d)] = arguments else { return None };
    (function == F::GreatCircleKm).then(|| Value::Number(super::distance::great_circle_km(*a, *b, *c, *d)))
}

#[cfg(test)]
mod tests {
    use super::{MADE_BYTES_MAX, replaced};

    #[test]
    fn a_text_that_grows_beyond_bounds_is_null() {
        let text = "0".repeat(MADE_BYTES_MAX / 2);
        assert_eq!(replaced(&text, "0", "00").map(|text| text.len()), Some(MADE_BYTES_MAX));
        assert_eq!(replaced(&text, "0", "000"), None);
        assert_eq!(replaced(&text, "0", &text), None);
        let long = "0".repeat(MADE_BYTES_MAX * 2);
        assert_eq!(replaced(&long, "1", "11").as_ref(), Some(&long));
        assert_eq!(replaced(&long, "00", "1").map(|text| text.len()), Some(MADE_BYTES_MAX));
    }
}
