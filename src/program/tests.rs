//! The slow evaluator against DuckDB itself.

mod native;
mod twin;

use super::value::{Record, Value};
use super::{Evaluator, Kinds, Unplugged};
use crate::model::expression::{Context, parse};
use std::collections::BTreeMap;

/// Pairs of records, then expressions with DuckDB's value for each pair; made by DuckDB 2.0.0.
const ANSWERS: &str = include_str!("../../tests/fixtures/duckdb_answers.jsonl");

/// A record for tests: fields by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) values: BTreeMap<String, Value>,
    pub(super) lists: Vec<String>,
}

impl Record for Fields {
    fn value(&self, column: &str) -> Value {
        self.values.get(column).cloned().unwrap_or(Value::Null)
    }

    fn is_list(&self, column: &str) -> bool {
        self.lists.iter().any(|list| list == column)
    }
}

fn fields(json: &serde_json::Value) -> Fields {
    let texts =
        |items: &[serde_json::Value]| items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
    let value = |json: &serde_json::Value| match json {
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(texts(items)),
        other => panic!("{other}"),
    };
    let values = json.as_object().unwrap().iter().map(|(name, json)| (name.clone(), value(json))).collect();
    let lists = ["names", "postcodes", "arr", "fn_dm", "emb"].map(str::to_owned).to_vec();
    Fields { values, lists }
}

/// Whether a value is what DuckDB gave; numbers to 1e-12 of their size.
fn is_answer(value: &Value, want: &serde_json::Value) -> bool {
    let near = |a: f64, b: f64| a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1.0);
    match (value, want) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Boolean(truth), serde_json::Value::Bool(want)) => truth == want,
        (Value::Number(number), serde_json::Value::Number(want)) => near(*number, want.as_f64().unwrap()),
        (Value::Number(number), serde_json::Value::Object(named)) => {
            let want: f64 = named["n"].as_str().unwrap().parse().unwrap();
            *number == want || (number.is_nan() && want.is_nan())
        }
        (Value::Text(text), serde_json::Value::String(want)) => text == want,
        (Value::List(items), serde_json::Value::Array(want)) => {
            let mut items: Vec<&str> = items.iter().map(String::as_str).collect();
            let mut want: Vec<&str> = want.iter().map(|item| item.as_str().unwrap()).collect();
            items.sort_unstable();
            want.sort_unstable();
            items == want
        }
        _ => false,
    }
}

/// Checks all answers of a file; gives the number checked.
fn check(answers: &str) -> usize {
    let mut lines = answers.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let records = lines.next().unwrap();
    let side = |name: &str| records[name].as_array().unwrap().iter().map(fields).collect::<Vec<_>>();
    let (left, right) = (side("left"), side("right"));
    let mut faults = Vec::new();
    let (mut checked, mut differ) = (0, 0);
    // In DuckDB these fields are numbers, as in a model that reckons with them.
    let reckoning = parse("x_l + amt_l + lat_l + long_l", Context::Level).unwrap();
    for line in lines {
        let text = line["expression"].as_str().unwrap();
        let expression = parse(text, Context::Level).unwrap_or_else(|error| panic!("{text}: {error}"));
        let kinds = Kinds::of(&[&expression, &reckoning], &|name| left[0].is_list(name));
        let evaluator = Evaluator::new(&expression, &kinds, &Unplugged).unwrap_or_else(|e| panic!("{text}: {e}"));
        let mut shown = 0;
        for ((left, right), want) in left.iter().zip(&right).zip(line["answers"].as_array().unwrap()) {
            let value = evaluator.value(left, right);
            checked += 1;
            if !is_answer(&value, want) {
                differ += 1;
                shown += 1;
                if shown < 4 {
                    faults.push(format!("{text}: {value:?}, DuckDB has {want}"));
                }
            }
        }
    }
    let told = faults.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{differ} of {checked} differ:\n{told}");
    checked
}

#[test]
fn every_function_and_condition_gives_what_duckdb_gives() {
    assert!(check(ANSWERS) > 15_000);
}

/// The same over thousands of pairs: `REWASH_DUCKDB_ANSWERS` names the file that `duckdb_answers.py` beside the fixture
/// writes.
#[test]
#[ignore = "needs a file of answers that is too large to keep: made by duckdb_answers.py, named by REWASH_DUCKDB_ANSWERS"]
fn many_more_answers_of_duckdb() {
    let path = std::env::var("REWASH_DUCKDB_ANSWERS").unwrap();
    assert!(check(&std::fs::read_to_string(path).unwrap()) > 100_000);
}
