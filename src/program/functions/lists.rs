//! Functions of lists of texts.

use super::super::distance::cosine;
use super::super::value::{Value, read_number};
use crate::model::expression::Function as F;
use std::collections::BTreeSet;

pub(super) fn of_lists(function: F, arguments: &[Value]) -> Option<Value> {
    match (function, arguments) {
        (F::ArrayLength | F::Length, [Value::List(list)]) => Some(Value::Number(list.len() as f64)),
        (F::ListDistinct, [Value::List(list)]) => Some(Value::List(distinct(list).into_iter().cloned().collect())),
        (F::ListIntersect, [Value::List(a), Value::List(b)]) => {
            let kept = distinct(a).into_iter().filter(|item| b.contains(item));
            Some(Value::List(kept.cloned().collect()))
        }
        (F::ListHasAny, [Value::List(a), Value::List(b)]) => {
            Some(Value::Boolean(a.iter().any(|item| b.contains(item))))
        }
        (F::ListContains | F::Contains, [Value::List(list), Value::Text(item)]) => {
            Some(Value::Boolean(list.contains(item)))
        }
        (F::ListExtract, [Value::List(list), Value::Number(place)]) => element(list, *place).map(Value::Text),
        (F::ListCosineSimilarity | F::ArrayCosineSimilarity, [Value::List(a), Value::List(b)]) => {
            cosine(&numbers(a)?, &numbers(b)?).map(Value::Number)
        }
        _ => None,
    }
}

/// Each item once, in order of its first place.
fn distinct(list: &[String]) -> Vec<&String> {
    let mut seen = BTreeSet::new();
    list.iter().filter(|item| seen.insert(item.as_str())).collect()
}

/// The item at a place counted from 1, from the end where negative.
fn element(list: &[String], place: f64) -> Option<String> {
    let place = place as i64;
    let index = if place < 0 { place.checked_add(i64::try_from(list.len()).ok()?)? } else { place - 1 };
    list.get(usize::try_from(index).ok()?).cloned()
}

fn numbers(list: &[String]) -> Option<Vec<f64>> {
    list.iter().map(|item| read_number(item)).collect()
}
