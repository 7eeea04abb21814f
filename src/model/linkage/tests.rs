//! Models as text: what is read, what is written, what is refused.

mod faults;
mod forms;
mod random;

use crate::model::expression::{Context, Expression, Side, print};
use crate::model::linkage::{FieldKind, LinkType, LinkageModel, TermFrequency, When};

/// A model as a person writes it.
const BY_HAND: &str = r#"
link_type = "link"
threshold = 0.5
[id]
left = "id"
right = "key"
[fields.surname]
kind = "family_name"
column = "last name"
[fields.forename]
kind = "given_name"
left = "first"
right = ["first", "middle"]
[fields.date_of_birth]
kind = "date"
[fields.emails]
list = true
separator = ";"
[[blocking]]
keys = ["surname", "prefix(forename, 1)", "year(date_of_birth)"]
[[blocking]]
keys = [{ left = "forename", right = "surname" }, "date_of_birth"]
[[blocking]]
rule = 'l.emails = r.emails and length(l.surname) > 2'
explode = ["emails"]
[[comparison]]
field = "surname"
term_frequency = true
levels = ["exact", "folded", { reversed = "forename" }, { jaro_winkler = 0.92, label = "close" }]
[[comparison]]
name = "born"
description = "date of birth"
field = "date_of_birth"
levels = [
  { exact = true, m = 0.9, u = 0.001 },
  { months = 1, m = 0.05, u = 0.01, fix_u = true },
  { else = true, m = 0.05, u = 0.989 },
]
[metadata]
author = "A. Person"
tried = [1, 2.5, { on = 2026-01-31 }]
"#;

fn read(text: &str) -> LinkageModel {
    LinkageModel::read(text, "m.toml").unwrap_or_else(|error| panic!("{error}: {:?}", error.hint_text()))
}

fn text(when: &When) -> String {
    match when {
        When::Null(expression) => format!("null {}", print(expression, Context::Level)),
        When::True(expression) => print(expression, Context::Level),
        When::Else => "else".to_owned(),
    }
}

#[test]
fn a_model_by_hand() {
    let model = read(BY_HAND);
    assert_eq!(model.link_type, LinkType::Link);
    assert_eq!((model.threshold, model.prior), (Some(0.5), 0.0001));
    assert_eq!(model.ids, [Some("id".to_owned()), Some("key".to_owned())]);
    let names: Vec<&str> = model.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["surname", "forename", "date_of_birth", "emails"]);
    assert_eq!(model.fields[0].left, ["last name"]);
    assert_eq!(model.fields[1].right, ["first", "middle"]);
    assert_eq!((model.fields[2].kind, &model.fields[2].left), (FieldKind::Date, &vec!["date_of_birth".to_owned()]));
    assert!(model.fields[3].list && model.fields[3].kind == FieldKind::Raw);
    let levels: Vec<String> = model.comparisons[0].levels.iter().map(|level| text(&level.when)).collect();
    assert_eq!(
        levels,
        [
            r#"null "surname_l" IS NULL OR "surname_r" IS NULL"#,
            r#""surname_l" = "surname_r""#,
            r#"fold("surname_l") = fold("surname_r")"#,
            r#""surname_l" = "forename_r" AND "surname_r" = "forename_l""#,
            r#"jaro_winkler_similarity("surname_l", "surname_r") >= 0.92"#,
            "else",
        ]
    );
    let labels: Vec<&str> = model.comparisons[0].levels.iter().map(|level| level.label.as_str()).collect();
    assert_eq!(labels[..3], ["surname is NULL", "Exact match on surname", "Same letters of surname"]);
    assert_eq!(labels[4..], ["close", "All other comparisons"]);
    let terms: Vec<_> = model.comparisons[0].levels.iter().map(|level| level.term_frequency.clone()).collect();
    let full = TermFrequency { field: "surname".to_owned(), weight: 1.0, minimum_u: 0.0, own_u: false };
    assert_eq!(terms, [None, Some(full), None, None, None, None]);
    let born = &model.comparisons[1];
    assert_eq!((born.levels[2].m, born.levels[2].u, born.levels[2].fix_u), (Some(0.05), Some(0.01), true));
    assert_eq!((born.levels[3].m, born.levels[3].fix_m), (Some(0.05), false));
}

#[test]
fn blocking_by_hand() {
    let model = read(BY_HAND);
    let side = |expression: &Expression, side| print(expression, Context::OneSide(side));
    let keys = |rule: usize| -> Vec<(String, String)> {
        let keys = model.blocking[rule].keys.iter();
        keys.map(|key| (side(&key.left, Side::Left), side(&key.right, Side::Right))).collect()
    };
    assert_eq!(keys(0).len(), 3);
    assert!(keys(0).iter().all(|(left, right)| left == right));
    assert_ne!(keys(1)[0].0, keys(1)[0].1);
    assert_eq!(keys(1)[0].0, keys(0)[1].0.replace("prefix(", "").replace(", 1)", ""));
    assert_eq!((keys(2).len(), &model.blocking[2].explode[..]), (1, &["emails".to_owned()][..]));
    assert_eq!(print(model.blocking[2].filter.as_ref().unwrap(), Context::Rule), r#"length(l."surname") > 2"#);
}

#[test]
fn both_forms_read_back() {
    let model = read(BY_HAND);
    assert_eq!(read(&model.to_toml()), model);
    assert_eq!(read(&model.to_json()), model);
    assert_eq!(read(&model.to_toml()).to_toml(), model.to_toml());
}

#[test]
fn the_toml_is_pleasant() {
    let text = read(BY_HAND).to_toml();
    let tail = &text[text.find("[[blocking]]").unwrap()..];
    let wanted = r#"[[blocking]]
keys = ['"surname"', 'prefix("forename", 1)', 'year("date_of_birth")']

[[blocking]]
keys = [{ left = '"forename"', right = '"surname"' }, '"date_of_birth"']

[[blocking]]
keys = ['"emails"']
filter = 'length(l."surname") > 2'
explode = ["emails"]

[[comparison]]
name = "surname"
field = "surname"
levels = [
  { exact = true, term_frequency = true },
  "folded",
  { reversed = "forename" },
  { jaro_winkler = 0.92, label = "close" },
]

[[comparison]]
name = "born"
description = "date of birth"
field = "date_of_birth"
levels = [
  { exact = true, m = 0.9, u = 0.001 },
  { months = 1, m = 0.05, u = 0.01, fix_u = true },
  { else = true, m = 0.05, u = 0.989 },
]

[metadata]
author = "A. Person"
tried = [1, 2.5, { on = "2026-01-31" }]
"#;
    assert_eq!(tail, wanted);
    assert!(text.starts_with("version = 1\nlink_type = \"link\"\nthreshold = 0.5\n"));
}

#[test]
fn missing_parameters_are_those_of_splink_and_told() {
    let model = read(BY_HAND);
    let defaults = model.defaults();
    assert_eq!(defaults.parameters[0][0], None);
    assert_eq!(defaults.parameters[0][1], Some((0.95, 0.000927734375)));
    assert_eq!(defaults.parameters[1][2], Some((0.05, 0.01)));
    assert_eq!(defaults.notes.len(), 5, "{:?}", defaults.notes);
    assert!(defaults.notes[0].starts_with("comparison `surname`, level `Exact match on surname` has no m and no u"));
}

#[test]
fn a_byte_order_mark_and_blanks_before_json() {
    let model = read(BY_HAND);
    assert_eq!(read(&format!("\u{feff}\n  {}", model.to_json())), model);
    assert_eq!(read(&format!("\u{feff}{}", model.to_toml())), model);
}
