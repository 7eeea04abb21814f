//! Settings of Splink in and out. The fixtures were saved by Splink 5.0.0 (febrl4: by 4.0.17), the scores beside them are
//! its own; `check/splink_models.py` made them.

mod exports;
mod imports;

use super::{Coverage, Imported, Status, export, import};
use crate::model::linkage::{LinkageModel, When};
use proptest::prelude::{any, prop_assert_eq, proptest};
use proptest::sample::Index;
use serde_json::{Value, json};

const FAKE_1000: &str = include_str!("fixtures/fake_1000.json");
const FEBRL4: &str = include_str!("fixtures/febrl4.json");
const HISTORICAL: &str = include_str!("fixtures/historical_50k.json");
/// Every comparison of Splink's library, with odd names of columns and random parameters.
const LIBRARY: &str = include_str!("fixtures/library.json");

#[track_caller]
fn read(text: &str) -> Imported {
    import(text, false).unwrap_or_else(|error| panic!("{error}: {:?}", error.hint_text()))
}

/// Settings with one comparison of these levels beside an else level.
fn settings(levels: Value) -> Value {
    let mut levels = levels.as_array().unwrap().clone();
    levels.push(json!({"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9}));
    json!({
        "link_type": "dedupe_only",
        "probability_two_random_records_match": 0.01,
        "sql_dialect": "duckdb",
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.\"a\" = r.\"a\"", "sql_dialect": "duckdb"}],
        "comparisons": [{"output_column_name": "a", "comparison_levels": levels}],
    })
}

fn missing() -> Value {
    json!({"sql_condition": "\"a_l\" IS NULL OR \"a_r\" IS NULL", "is_null_level": true})
}

fn exact() -> Value {
    json!({"sql_condition": "\"a_l\" = \"a_r\"", "label_for_charts": "Exact", "m_probability": 0.9, "u_probability": 0.1})
}

fn with(mut value: Value, key: &str, other: Value) -> Value {
    value[key] = other;
    value
}

fn all_exact(items: &[Coverage]) -> bool {
    items.iter().all(|item| item.status == Status::Exact && item.note.is_empty())
}

#[test]
fn real_models_go_through_every_form_unchanged() {
    for (text, levels, rules) in [(FAKE_1000, 28, 3), (FEBRL4, 31, 5), (HISTORICAL, 27, 8), (LIBRARY, 164, 1)] {
        let imported = read(text);
        assert_eq!((imported.levels.len(), imported.rules.len()), (levels, rules));
        assert!(all_exact(&imported.levels) && all_exact(&imported.rules));
        let model = imported.model;
        assert_eq!(LinkageModel::read(&model.to_toml(), "toml").unwrap(), model);
        assert_eq!(LinkageModel::read(&model.to_json(), "json").unwrap(), model);
        let exported = export(&model).unwrap();
        assert!(all_exact(&exported.levels) && all_exact(&exported.rules));
        let again = read(&exported.text).model;
        assert_eq!((&again.comparisons, &again.blocking), (&model.comparisons, &model.blocking));
        assert_eq!((&again.fields, &again.ids, again.prior), (&model.fields, &model.ids, model.prior));
    }
}

#[test]
fn columns_used_as_lists_are_lists() {
    let model = read(LIBRARY).model;
    assert!(model.fields.iter().any(|field| field.list));
    let lists = |text| read(text).model.fields.iter().filter(|field| field.list).count();
    assert_eq!((lists(FAKE_1000), lists(FEBRL4), lists(HISTORICAL)), (0, 0, 0));
    assert!(model.comparisons.iter().all(|one| matches!(one.levels[0].when, When::Null(_))));
}

/// A damaged copy: some of its characters replaced by a few others.
fn damaged(text: &str, at: &[(Index, Index)], pieces: &[&str]) -> String {
    let mut letters: Vec<String> = text.chars().map(String::from).collect();
    for (place, piece) in at {
        let place = place.index(letters.len());
        letters[place] = piece.get(pieces).to_string();
    }
    letters.concat()
}

const PIECES: [&str; 14] = ["", "\"", "'", "(", ")", "[", "]", "{", "}", "null", "-1e9", " ELSE ", "\\", "_l"];

proptest! {
    #[test]
    fn damaged_files_are_read_or_refused(at in proptest::collection::vec((any::<Index>(), any::<Index>()), 1..4)) {
        if let Ok(imported) = import(&damaged(FAKE_1000, &at, &PIECES), true) {
            let model = imported.model;
            prop_assert_eq!(&LinkageModel::read(&model.to_toml(), "toml").unwrap(), &model);
            prop_assert_eq!(&LinkageModel::read(&model.to_json(), "json").unwrap(), &model);
            export(&model).unwrap();
            let toml = damaged(&model.to_toml(), &at, &PIECES);
            if let Ok(model) = LinkageModel::read(&toml, "damaged") {
                prop_assert_eq!(LinkageModel::read(&model.to_json(), "json").unwrap(), model);
            }
        }
    }
}
