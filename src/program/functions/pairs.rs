//! Functions of two texts: distances, similarities and what is plugged in.

use super::super::evaluate::Tools;
use super::super::value::Value;
use super::super::{calendar, distance, letters};
use crate::model::expression::Function as F;

pub(super) fn of_two_texts(function: F, arguments: &[Value], tools: &Tools) -> Option<Value> {
    match (function, arguments) {
        (F::NgramJaccard, [Value::Text(a), Value::Text(b), Value::Number(count)]) => {
            let count = if *count >= 1.0 { *count as usize } else { return None };
            let grams = |text: &str| letters::ngrams(text, count).into_iter();
            distance::jaccard(grams(a), grams(b)).map(Value::Number)
        }
        (F::SameName | F::NameEquivalent, [Value::Text(a), Value::Text(b)]) => {
            tools.plugged.pair(function, a, b).map(|found| Value::Boolean(found != 0.0))
        }
        (F::NameAlignment | F::DateError | F::AddressAgreement, [Value::Text(a), Value::Text(b)]) => {
            tools.plugged.pair(function, a, b).map(Value::Number)
        }
        (_, [Value::Text(a), Value::Text(b)]) => number_of_texts(function, a, b).map(Value::Number),
        _ => None,
    }
}

/// The number that a distance or similarity of two texts is; `None` is null.
pub(crate) fn number_of_texts(function: F, a: &str, b: &str) -> Option<f64> {
    let (left, right) = (a.as_bytes(), b.as_bytes());
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    let count = |edits: usize| Some(edits as f64);
    match function {
        F::Levenshtein => count(distance::levenshtein(left, right)),
        F::DamerauLevenshtein => count(distance::damerau_levenshtein(left, right)),
        F::Hamming => distance::hamming(left, right).and_then(count),
        // DuckDB refuses empty texts.
        F::Jaccard if a.is_empty() || b.is_empty() => None,
        F::Jaccard => distance::jaccard(a.bytes(), b.bytes()),
        F::Jaro => Some(distance::jaro(left, right)),
        F::JaroWinkler => Some(distance::jaro_winkler(left, right)),
        F::Osa => count(distance::osa(&chars(a), &chars(b))),
        F::LevenshteinChars => count(distance::levenshtein(&chars(a), &chars(b))),
        F::DamerauLevenshteinChars => count(distance::damerau_levenshtein(&chars(a), &chars(b))),
        F::JaroChars => Some(distance::jaro(&chars(a), &chars(b))),
        F::JaroWinklerChars => Some(distance::jaro_winkler(&chars(a), &chars(b))),
        F::HammingChars => distance::hamming(&chars(a), &chars(b)).and_then(count),
        F::JaccardChars if a.is_empty() || b.is_empty() => None,
        F::JaccardChars => distance::jaccard(a.chars(), b.chars()),
        F::TokenJaccard => distance::jaccard(a.split_whitespace(), b.split_whitespace()),
        F::DaysBetween => Some((f64::from(calendar::read_date(a)?) - f64::from(calendar::read_date(b)?)).abs()),
        _ => None,
    }
}
