//! Functions that DuckDB does not know, and the kinds that fields are taken as.

use crate::model::expression::{Context, Function, parse};
use crate::program::value::Value;
use crate::program::{Column, Columns, Condition, Kind, Kinds, Plugged, Program, Unplugged, evaluate};

/// Plugged functions that show what they were asked.
struct Shown;

impl Plugged for Shown {
    fn one(&self, function: Function, text: &str) -> Option<String> {
        (text != "none").then(|| format!("{function:?}:{text}"))
    }

    fn many(&self, function: Function, text: &str) -> Vec<String> {
        vec![format!("{function:?}"), text.to_owned()]
    }

    fn pair(&self, _: Function, left: &str, right: &str) -> Option<f64> {
        (left != "none").then_some((left.len() * 10 + right.len()) as f64)
    }
}

fn columns() -> Columns {
    let mut columns = Columns::new(1);
    for (name, value) in [
        ("name", Some("Zoë Ann")),
        ("other", Some("Zoe Ann")),
        ("day", Some("2020-03-01")),
        ("month", Some("2020-02")),
        ("lat", Some("51.5074")),
        ("long", Some("-0.1278")),
        ("junk", Some("none")),
        ("empty", Some("")),
        ("lack", None),
    ] {
        columns.add(name, Column::of_texts([value]).unwrap()).unwrap();
    }
    columns
}

fn value(text: &str) -> Value {
    let columns = columns();
    let record = columns.record(0);
    evaluate(&parse(text, Context::Level).unwrap(), &record, &record, &Shown).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[track_caller]
fn check(text: &str, want: Value) {
    assert_eq!(value(text), want, "{text}");
}

fn words(all: &[&str]) -> Value {
    Value::List(all.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn distances_of_characters() {
    check("levenshtein(name_l, other_r)", Value::Number(2.0));
    check("levenshtein_chars(name_l, other_r)", Value::Number(1.0));
    check("damerau_levenshtein_chars(name_l, other_r)", Value::Number(1.0));
    check("osa(name_l, other_r)", Value::Number(1.0));
    check("osa('ca', 'abc')", Value::Number(3.0));
    check("jaro_chars('é', 'é')", Value::Number(1.0));
    check("jaro_winkler_chars(name_l, name_r)", Value::Number(1.0));
    check("token_jaccard(name_l, other_r)", Value::Number(1.0 / 3.0));
    check("token_jaccard(empty_l, empty_r)", Value::Null);
    check("ngram_jaccard('anna', 'ann', 2)", Value::Number(2.0 / 3.0));
    check("ngram_jaccard('li', 'li', 3)", Value::Number(1.0));
    check("ngram_jaccard('a', 'b', 0)", Value::Null);
}

#[test]
fn distances_of_numbers_and_dates() {
    check("days_between(day_l, '2019-03-01')", Value::Number(366.0));
    check("days_between(month_l, day_r)", Value::Null);
    check("relative_difference('90', 100)", Value::Number(0.1));
    check("relative_difference(0, 0)", Value::Number(0.0));
    check("relative_difference(junk_l, 1)", Value::Null);
    check("round(great_circle_km(lat_l, long_l, 48.8566, 2.3522))", Value::Number(344.0));
    check("great_circle_km(lat_l, lack_l, 48.8566, 2.3522)", Value::Null);
}

#[test]
fn keys_of_one_text() {
    check("prefix(name_l, 3)", Value::Text("Zoë".to_owned()));
    check("suffix(name_l, 3)", Value::Text("Ann".to_owned()));
    check("prefix(name_l, 50)", Value::Text("Zoë Ann".to_owned()));
    check("prefix(empty_l, 3)", Value::Null);
    check("prefix(name_l, 0)", Value::Null);
    check("year(month_l)", Value::Number(2020.0));
    check("month(month_l)", Value::Number(2.0));
    check("day(month_l)", Value::Null);
    check("day(cast(day_l as date))", Value::Number(1.0));
    check("tokens(name_l)", words(&["Zoë", "Ann"]));
    check("ngrams(name_l, 6)", words(&["Zoë An", "oë Ann"]));
    check("tokens(lack_l)", Value::Null);
}

#[test]
fn plugged_functions_are_asked() {
    check("fold(name_l)", Value::Text("Fold:Zoë Ann".to_owned()));
    check("phonetic(junk_l)", Value::Null);
    check("token_keys(other_l)", words(&["TokenKeys", "Zoe Ann"]));
    check("same_name(name_l, other_r)", Value::Boolean(true));
    check("same_name(junk_l, other_r)", Value::Null);
    check("name_alignment(name_l, other_r)", Value::Number(87.0));
    let columns = columns();
    let record = columns.record(0);
    let fold = parse("fold(name_l) is null and array_length(token_keys(name_l)) = 0", Context::Level).unwrap();
    assert_eq!(evaluate(&fold, &record, &record, &Unplugged).unwrap(), Value::Boolean(true));
}

#[test]
fn fields_are_what_a_model_uses_them_as() {
    let model = [
        "ABS(\"amount_l\" - \"amount_r\") <= 5",
        "\"amount_l\" > \"size_r\" OR size_l = 3",
        "EPOCH(\"day_l\") > 0 AND levenshtein(CAST(day_l AS TEXT), CAST(day_r AS TEXT)) < 2",
        "code_l + 1 > 0 AND length(code_l) > 2",
        "year(born_l) > 1980 AND name_l > 'M'",
        "CASE WHEN a_l > a_r THEN a_l ELSE a_r END / 2 > 1",
        "array_length(tags_l) > 0",
    ];
    let model: Vec<_> = model.iter().map(|text| parse(text, Context::Level).unwrap()).collect();
    let kinds = Kinds::of(&model.iter().collect::<Vec<_>>(), &|name| name == "tags");
    for (field, want) in [
        ("amount", Kind::Number),
        ("size", Kind::Number),
        ("day", Kind::Instant),
        ("code", Kind::Text),
        ("born", Kind::Text),
        ("name", Kind::Text),
        ("a", Kind::Number),
        ("tags", Kind::List),
        ("unknown", Kind::Text),
    ] {
        assert_eq!(kinds.field(field), want, "{field}");
    }
}

#[test]
fn the_longest_chain_fits_the_stack() {
    let steep = format!("name_l = other_r{}", " || 'x'".repeat(95));
    assert_eq!(value(&steep), Value::Boolean(false));
    let text = format!("name_l = other_r{}", " OR name_l || 'x' = other_r".repeat(390));
    let expression = parse(&text, Context::Level).unwrap();
    let columns = columns();
    let record = columns.record(0);
    assert_eq!(evaluate(&expression, &record, &record, &Shown).unwrap(), Value::Boolean(false));
    let program = Program::compile(&[vec![Condition::Holds(&expression), Condition::Else]], &columns, &Shown).unwrap();
    let mut levels = [0];
    program.levels(0, 0, &mut program.scratch(), &mut levels);
    assert_eq!(levels, [1]);
}

#[test]
fn programs_are_shared_by_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<Program>();
    shared::<Columns>();
}
