//! What an export writes, what it approximates, what it leaves out.

use super::{FAKE_1000, read};
use crate::model::linkage::LinkageModel;
use crate::model::splink::{Exported, Status, export, import};
use serde_json::{Value, json};

const HEAD: &str = "link_type = \"link_and_dedupe\"\nthreshold = 0.9\n[fields]\na = {}\nb = { kind = \"date\" }\n\
                    lat = { kind = \"degrees\" }\nlong = { kind = \"degrees\" }\n[[blocking]]\nkeys = [\"a\"]\n";

/// Exports a model of one comparison of `a` with these levels.
fn levels(levels: &str) -> (Exported, Value) {
    let text = format!("{HEAD}[[comparison]]\nfield = \"a\"\nlevels = [{levels}]\n");
    let exported = export(&LinkageModel::read(&text, "m").unwrap()).unwrap();
    let value = serde_json::from_str(&exported.text).unwrap();
    (exported, value)
}

/// SQL, status and note of a level.
fn level(text: &str) -> (String, Status, String) {
    let (exported, value) = levels(text);
    let found = &exported.levels[1];
    assert_eq!(value["comparisons"][0]["comparison_levels"][1]["sql_condition"], json!(found.sql));
    (found.sql.clone(), found.status, found.note.clone())
}

#[test]
fn native_functions_with_other_words() {
    let table = [
        ("{ days = 31 }", r#"ABS(date_diff('day', TRY_CAST("a_l" AS DATE), TRY_CAST("a_r" AS DATE))) <= 31"#),
        (
            "{ percent = 10 }",
            r#"CASE WHEN "a_l" = 0 AND "a_r" = 0 THEN 0 ELSE ABS("a_l" - "a_r") / GREATEST(ABS("a_l"), ABS("a_r")) END < 0.1"#,
        ),
        (
            r#"{ when = 'prefix(a_l, 2) = suffix(a_r, 3)' }"#,
            r#"NULLIF(left("a_l", 2), '') = NULLIF(right("a_r", 3), '')"#,
        ),
        ("{ when = 'year(a_l) = 1980' }", r#"year(TRY_CAST("a_l" AS DATE)) = 1980"#),
    ];
    for (text, sql) in table {
        assert_eq!(level(text), (sql.to_owned(), Status::Exact, String::new()));
    }
    let (sql, status, _) = level(r#"{ km = 5, latitude = "lat", longitude = "long" }"#);
    assert!(sql.starts_with("CAST(acos(CASE WHEN sin(radians(\"lat_l\")) * sin(radians(\"lat_r\")) + cos("), "{sql}");
    assert!(sql.ends_with("* 6371 AS FLOAT) <= 5") && status == Status::Exact, "{sql}");
}

#[test]
fn native_functions_with_something_near() {
    let (sql, status, note) = level("{ osa = 1 }");
    assert_eq!((sql.as_str(), status), (r#"damerau_levenshtein("a_l", "a_r") <= 1"#, Status::Approximated));
    assert!(note.starts_with("damerau_levenshtein may swap"));
    let (sql, status, note) = level("{ jaro_winkler = 0.9, chars = true }");
    // DuckDB has both under one name, by its version: that is said for the whole model.
    assert_eq!((sql.as_str(), status), (r#"jaro_winkler_similarity("a_l", "a_r") >= 0.9"#, Status::Exact));
    assert_eq!(note, "");
    let (sql, status, _) = level("\"folded\"");
    assert_eq!(sql, r#"LOWER(strip_accents("a_l")) = LOWER(strip_accents("a_r"))"#);
    assert_eq!(status, Status::Approximated);
    assert_eq!(level("{ when = 'year(b_l) = year(b_r)' }").1, Status::Approximated);
    assert_eq!(level("{ best_osa = 1 }").1, Status::Approximated);
}

#[test]
fn native_functions_without_any_are_refused_by_name() {
    let text = "\"exact\", { alignment = 0.9, term_frequency = true, m = 0.1, u = 0.01 }, { jaro = 0.5 }";
    let (exported, value) = levels(text);
    assert_eq!(exported.levels[2].status, Status::Refused);
    assert_eq!(exported.levels[2].note, "DuckDB has no name_alignment; the level never holds");
    let refused = &value["comparisons"][0]["comparison_levels"][2];
    assert_eq!((&refused["sql_condition"], &refused["m_probability"]), (&json!("FALSE"), &json!(0.1)));
    assert_eq!(refused.get("tf_adjustment_column"), None);
    assert_eq!(exported.levels.iter().filter(|level| level.status == Status::Exact).count(), 4);
    assert_eq!(
        level("{ any = [\"phonetic\", { token_jaccard = 1 }] }").2,
        "DuckDB has no phonetic, token_jaccard; the level never holds"
    );
}

#[test]
fn parameters_and_flags() {
    let text = "{ exact = true, m = 0, u = 1e-310, fix_m = true, term_frequency = { weight = 0.5, minimum_u = 0.1, own_u = true } }, \
                { jaro = 0.9, term_frequency = { weight = 0.0 } }, { jaro = 0.8, term_frequency = true }";
    let (_, value) = levels(text);
    let all = &value["comparisons"][0]["comparison_levels"];
    assert_eq!((&all[1]["m_probability"], &all[1]["u_probability"]), (&json!(1e-300), &json!(1e-300)));
    assert_eq!((&all[1]["fix_m_probability"], &all[1]["fix_u_probability"]), (&json!(true), &json!(false)));
    assert_eq!((&all[1]["tf_adjustment_weight"], &all[1]["tf_minimum_u_value"]), (&json!(0.5), &json!(0.1)));
    assert_eq!(all[1]["disable_tf_exact_match_detection"], json!(true));
    // Splink would take a weight of 0 for 1.
    assert_eq!(all[2].get("tf_adjustment_column"), None);
    assert_eq!((&all[3]["tf_adjustment_column"], &all[3]["tf_adjustment_weight"]), (&json!("a"), &json!(1.0)));
    assert_eq!((all[3].get("m_probability"), all[3].get("tf_minimum_u_value")), (None, None));
    assert_eq!((&all[0]["is_null_level"], all[1].get("is_null_level")), (&json!(true), None));
    assert_eq!(all[4]["sql_condition"], json!("ELSE"));
}

#[test]
fn blocking_rules() {
    let text = HEAD.replace(
        "keys = [\"a\"]",
        "keys = [\"a\", { left = \"a\", right = \"b\" }]\nfilter = 'l.lat > 1'\n[[blocking]]\nkeys = [\"skeleton(a)\", \"b\"]\n\
         [[blocking]]\nkeys = [\"skeleton(a)\"]",
    );
    let text = format!("{text}[[comparison]]\nfield = \"a\"\nlevels = [\"exact\"]\n");
    let exported = export(&LinkageModel::read(&text, "m").unwrap()).unwrap();
    let value: Value = serde_json::from_str(&exported.text).unwrap();
    let rules = &value["blocking_rules_to_generate_predictions"];
    assert_eq!(rules[0]["blocking_rule"], json!(r#"l."a" = r."a" AND l."a" = r."b" AND l."lat" > 1"#));
    assert_eq!(rules[1]["blocking_rule"], json!(r#"l."b" = r."b""#));
    assert_eq!(rules.as_array().unwrap().len(), 2);
    let statuses: Vec<Status> = exported.rules.iter().map(|rule| rule.status).collect();
    assert_eq!(statuses, [Status::Exact, Status::Approximated, Status::Refused]);
    assert!(exported.rules[1].note.contains("DuckDB has no skeleton: a condition is left out"));
    assert!(exported.rules[2].note.contains("the rule is left out"));
}

#[test]
fn what_splink_must_be_given_is_told() {
    let (exported, value) = levels("\"exact\"");
    assert_eq!(value["link_type"], json!("link_and_dedupe"));
    assert_eq!(value.get("unique_id_column_name"), None);
    let notes = exported.notes.join("\n");
    assert!(notes.contains("the column `unique_id` of every table"), "{notes}");
    assert!(notes.contains("Splink needs the column `b`, as YYYY-MM-DD"), "{notes}");
    assert!(notes.contains("threshold when it predicts: 0.9"), "{notes}");
}

#[test]
fn settings_are_kept_but_for_those_of_one_version() {
    let mut model = read(FAKE_1000).model;
    let exported = export(&model).unwrap();
    let value: Value = serde_json::from_str(&exported.text).unwrap();
    assert_eq!(value["unique_id_column_name"], json!("unique_id"));
    assert_eq!((&value["em_convergence"], &value["max_iterations"]), (&json!(0.0001), &json!(25)));
    // Each version stops at the other's prefix of weights.
    assert_eq!((value.get("match_weight_column_prefix"), value.get("bayes_factor_column_prefix")), (None, None));
    assert!(exported.notes.iter().any(|note| note.contains("the lineage is left out")));
    model.ids[1] = Some("other".to_owned());
    assert!(export(&model).unwrap().notes.iter().any(|note| note.contains("one name for the column of ids")));
    model.prior = 2.0;
    assert!(export(&model).is_err());
    assert!(import(&exported.text, false).is_ok());
}
