//! What an import takes over, what it tells, what it refuses.

use super::{FAKE_1000, FEBRL4, all_exact, exact, missing, read, settings, with};
use crate::model::expression::{Context, print};
use crate::model::linkage::{LinkType, TermFrequency, When};
use crate::model::splink::{Imported, Status, import};
use serde_json::{Value, json};

fn texts(imported: &Imported) -> Vec<String> {
    let levels = imported.model.comparisons.iter().flat_map(|comparison| &comparison.levels);
    levels
        .filter_map(|level| match &level.when {
            When::True(expression) => Some(print(expression, Context::Level)),
            _ => None,
        })
        .collect()
}

#[track_caller]
fn noted(imported: &Imported, piece: &str) {
    assert!(imported.notes.iter().any(|note| note.contains(piece)), "{piece}: {:#?}", imported.notes);
}

#[test]
fn a_saved_model() {
    let imported = read(FAKE_1000);
    let model = &imported.model;
    assert_eq!(model.link_type, LinkType::Dedupe);
    assert_eq!(model.ids[0].as_deref(), Some("unique_id"));
    let names: Vec<&str> = model.comparisons.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["first_name", "surname", "dob", "city", "email"]);
    let fields: Vec<&str> = model.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(fields, names);
    assert_eq!(model.comparisons[0].description, "NameComparison");
    assert_eq!(model.lineage, ["imported from a model of Splink 5, written for duckdb"]);
    assert_eq!(model.metadata["splink"]["max_iterations"], json!(25));
    assert_eq!(model.blocking[0].keys.len(), 2);
    let term = TermFrequency { field: "city".to_owned(), weight: 1.0, minimum_u: 0.0, own_u: false };
    assert_eq!(model.comparisons[3].levels[1].term_frequency, Some(term));
    let level = &imported.levels[1];
    assert_eq!((level.comparison.as_str(), level.sql.as_str()), ("first_name", "\"first_name_l\" = \"first_name_r\""));
    let four = read(FEBRL4).model;
    assert_eq!(four.lineage, ["imported from a model of Splink 4, written for duckdb"]);
    assert_eq!((four.link_type, four.ids[1].as_deref()), (LinkType::Link, Some("rec_id")));
    assert_eq!(four.blocking[4].keys.len(), 2, "swapped names are two keys");
}

#[test]
fn columns_in_any_quotes_and_capitals() {
    let spark = |sql: &str| {
        let settings = settings(json!([missing(), {"sql_condition": sql, "m_probability": 0.9, "u_probability": 0.1}]));
        texts(&read(&settings.to_string()))
    };
    assert_eq!(spark("a_l = a_r"), [r#""a_l" = "a_r""#]);
    assert_eq!(spark("`a_l` = `a_r`"), [r#""a_l" = "a_r""#]);
    assert_eq!(spark("A_L = a_R"), [r#""a_l" = "a_r""#]);
    let quoted = with(exact(), "tf_adjustment_column", json!("\"A\""));
    let imported = read(&settings(json!([missing(), quoted])).to_string());
    assert_eq!(imported.model.comparisons[0].levels[1].term_frequency.as_ref().unwrap().field, "a");
    assert_eq!(imported.model.fields.len(), 1);
}

#[test]
fn sql_counts_and_descriptions_do_not() {
    let mut value = settings(json!([missing(), exact()]));
    value["comparisons"][0]["comparison_description"] = json!("DateOfBirthComparison");
    let imported = read(&value.to_string());
    assert_eq!(texts(&imported), [r#""a_l" = "a_r""#]);
    assert_eq!(imported.model.comparisons[0].description, "DateOfBirthComparison");
}

#[test]
fn term_frequencies() {
    let term = |extra: Value| {
        let mut level = with(exact(), "tf_adjustment_column", json!("a"));
        for (key, value) in extra.as_object().unwrap() {
            level[key] = value.clone();
        }
        let imported = read(&settings(json!([missing(), level])).to_string());
        (imported.model.comparisons[0].levels[1].term_frequency.clone().unwrap(), imported)
    };
    assert_eq!(term(json!({})).0.weight, 1.0);
    assert_eq!(term(json!({"tf_adjustment_weight": 0.3, "tf_minimum_u_value": 0.001})).0.minimum_u, 0.001);
    assert!(term(json!({"disable_tf_exact_match_detection": true})).0.own_u);
    let (zero, imported) = term(json!({"tf_adjustment_weight": 0}));
    assert_eq!(zero.weight, 1.0);
    noted(&imported, "weight of 0 for 1");
    let mut value = settings(json!([missing(), exact()]));
    value["comparisons"][0]["comparison_levels"][2]["tf_adjustment_column"] = json!("a");
    noted(&read(&value.to_string()), "no null or else level");
}

#[test]
fn an_adjusted_level_without_an_exact_one_stops_as_in_splink() {
    let close = json!({
        "sql_condition": "levenshtein(\"a_l\", \"a_r\") <= 1", "label_for_charts": "close", "tf_adjustment_column": "a"
    });
    let error = import(&settings(json!([missing(), close.clone()])).to_string(), true).unwrap_err();
    assert_eq!(
        error.to_string(),
        "comparison 1 (a), level `close`, term_frequency: no level of this comparison is an exact match of `a`"
    );
    let own = with(close.clone(), "disable_tf_exact_match_detection", json!(true));
    assert!(import(&settings(json!([missing(), own])).to_string(), false).is_ok());
    let two = json!({"sql_condition": "\"a_l\" = \"a_r\" AND \"b_l\" = \"b_r\""});
    assert!(import(&settings(json!([missing(), two, close.clone()])).to_string(), false).is_err());
    assert!(import(&settings(json!([missing(), close, exact()])).to_string(), false).is_ok());
}

#[test]
fn missing_parameters_are_told_loudly() {
    let bare = json!({"sql_condition": "\"a_l\" = \"a_r\"", "label_for_charts": "Exact", "m_probability": 0.9});
    let mut value = settings(json!([missing(), bare]));
    value.as_object_mut().unwrap().remove("probability_two_random_records_match");
    let imported = read(&value.to_string());
    noted(&imported, "level `Exact` has no u: 0.000927734375 stands in for it, as in Splink");
    noted(&imported, "the prior is Splink's default");
    assert_eq!(imported.model.comparisons[0].levels[1].u, None);
    let worded = with(exact(), "m_probability", json!("level not observed in training dataset"));
    let imported = read(&settings(json!([missing(), worded])).to_string());
    assert_eq!(imported.model.comparisons[0].levels[1].m, Some(1e-6));
    noted(&imported, "not observed in training");
}

#[test]
fn keys_that_are_not_known_are_kept_and_told() {
    let mut value = settings(json!([missing(), with(exact(), "colour", json!("red"))]));
    value["metadata"] = json!({"by": "me"});
    value["comparisons"][0]["weight"] = json!(2);
    value["blocking_rules_to_generate_predictions"][0]["salting_partitions"] = json!(4);
    let imported = read(&value.to_string());
    noted(&imported, "level `Exact`: the key `colour` is not known");
    noted(&imported, "settings: the key `metadata` is not known");
    noted(&imported, "comparison `a`: the key `weight` is not known");
    noted(&imported, "`salting_partitions` changes how Splink shares out work");
    let unknown = &imported.model.metadata["splink"]["unknown"];
    assert_eq!(unknown["settings"]["metadata"]["by"], json!("me"));
    assert_eq!(unknown["comparison `a`, level `Exact`"]["colour"], json!("red"));
    assert!(all_exact(&imported.levels));
}

#[test]
fn refused_levels_stop_unless_allowed() {
    let odd = json!({"sql_condition": "soundex(a_l) = soundex(a_r)", "label_for_charts": "sound", "tf_adjustment_column": "b"});
    let text = settings(json!([missing(), exact(), odd])).to_string();
    let error = import(&text, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "comparison `a`, level `sound`: there is no function `soundex`; the level never holds"
    );
    assert!(error.hint_text().unwrap().contains("allow refused levels"));
    let imported = import(&text, true).unwrap();
    assert_eq!(imported.levels[2].status, Status::Refused);
    assert_eq!(texts(&imported)[1], "FALSE");
    assert_eq!(imported.model.comparisons[0].levels[2].term_frequency, None);
    assert_eq!(imported.levels.iter().filter(|level| level.status == Status::Exact).count(), 3);
}

fn rules(rules: Value) -> crate::error::Result<Imported> {
    let value = with(settings(json!([missing(), exact()])), "blocking_rules_to_generate_predictions", rules);
    import(&value.to_string(), false).or_else(|_| import(&value.to_string(), true))
}

#[test]
fn blocking_rules() {
    let imported = rules(json!(["l.a = r.b and l.b = r.a and l.a <> r.a", {"blocking_rule": "lower(l.x) = lower(r.x)", "arrays_to_explode": ["X"]}])).unwrap();
    let first = &imported.model.blocking[0];
    assert_eq!(first.keys.len(), 2);
    assert_eq!(print(first.filter.as_ref().unwrap(), Context::Rule), r#"l."a" <> r."a""#);
    assert_eq!(imported.model.blocking[1].explode, ["X"]);
    assert!(imported.model.fields.iter().any(|field| field.name == "X" && field.list));
    assert!(all_exact(&imported.rules));
}

#[test]
fn a_rule_of_or_becomes_several() {
    let imported = rules(json!(["l.a = r.a or (l.b = r.b and l.c > 1)", "l.c = r.c"])).unwrap();
    assert_eq!(imported.model.blocking.len(), 3);
    assert_eq!(imported.rules.len(), 2);
    assert_eq!((imported.rules[0].status, imported.rules[1].status), (Status::Approximated, Status::Exact));
    assert!(imported.rules[0].note.contains("2 rules"));
}

#[test]
fn rules_that_would_compare_everything_are_refused() {
    let imported = rules(json!(["l.a < r.a", "l.a = r.a or l.b > r.b", "odd(l.a) = r.a", "l.a = r.a"])).unwrap();
    let statuses: Vec<Status> = imported.rules.iter().map(|rule| rule.status).collect();
    assert_eq!(statuses, [Status::Refused, Status::Refused, Status::Refused, Status::Exact]);
    assert!(imported.rules[0].note.contains("every pair would be compared"));
    assert!(imported.rules[2].note.starts_with("there is no function `odd`"));
    assert_eq!(imported.model.blocking.len(), 1);
    assert!(rules(json!(["l.a < r.a"])).unwrap_err().to_string().contains("there is no blocking rule"));
}

#[test]
fn other_dialects_measure_characters() {
    let jaro = json!({"sql_condition": "jaro_winkler(a_l, a_r) >= 0.9 and levenshtein(a_l, a_r) < 4"});
    let edits = json!({"sql_condition": "levenshtein(a_l, a_r) <= 1"});
    let value = with(settings(json!([missing(), exact(), jaro, edits])), "sql_dialect", json!("spark"));
    let imported = read(&value.to_string());
    assert_eq!(
        texts(&imported)[1..],
        [
            r#"jaro_winkler_chars("a_l", "a_r") >= 0.9 AND levenshtein_chars("a_l", "a_r") < 4"#,
            r#"levenshtein_chars("a_l", "a_r") <= 1"#
        ]
    );
    assert_eq!((imported.levels[2].status, imported.levels[3].status), (Status::Approximated, Status::Exact));
    assert_eq!(imported.levels[2].note, "spark may work out jaro_winkler_similarity a little differently");
}

#[test]
fn suspicions() {
    let date = |format: &str| json!({"sql_condition": format!("try_strptime(a_l, '{format}') = try_strptime(a_r, '{format}')")});
    let mut value = settings(json!([exact(), date("%Y-%m-%d"), date("%d/%m/%Y")]));
    value.as_object_mut().unwrap().remove("sql_dialect");
    let imported = read(&value.to_string());
    noted(&imported, "several formats, `%Y-%m-%d`, `%d/%m/%Y`");
    noted(&imported, "has no null level");
    noted(&imported, "the dialect is not given");
}

#[test]
fn names_that_are_not_given() {
    let mut value = settings(json!([missing(), exact(), {"sql_condition": "b_l = b_r"}]));
    value["comparisons"][0].as_object_mut().unwrap().remove("output_column_name");
    assert_eq!(read(&value.to_string()).model.comparisons[0].name, "custom_a_b");
    let mut value = settings(json!([missing(), exact()]));
    value["comparisons"][0].as_object_mut().unwrap().remove("output_column_name");
    let imported = read(&value.to_string());
    assert_eq!((imported.model.comparisons[0].name.as_str(), imported.levels[0].comparison.as_str()), ("a", "a"));
}

#[test]
fn other_files_and_wrong_values() {
    let message = |text: &str| import(text, true).unwrap_err().to_string();
    assert!(message("not json").contains("this is not JSON"));
    assert!(message("[]").contains("a list stands where"));
    assert!(message("{\"link_type\": \"link\"}").contains("`comparisons` is missing"));
    let base = settings(json!([missing(), exact()]));
    assert!(message(&with(base.clone(), "link_type", json!("all")).to_string()).contains("`all` is not a link type"));
    assert!(message(&with(base.clone(), "comparisons", json!([{}])).to_string()).contains("no `comparison_levels`"));
    let mut wrong = base.clone();
    wrong["comparisons"][0]["comparison_levels"][1]["m_probability"] = json!("high");
    assert!(message(&wrong.to_string()).contains("comparison 1 (a), level 2: `m_probability` should be a number"));
    wrong["comparisons"][0]["comparison_levels"][1]["m_probability"] = json!(1.5);
    assert!(message(&wrong.to_string()).contains("level `Exact`: `m` is not a probability"));
    let mut wrong = base;
    wrong["comparisons"][0]["comparison_levels"].as_array_mut().unwrap().pop();
    assert!(message(&wrong.to_string()).contains("the last level, and no other, is for all others"));
}
