//! Every short form, what it stands for and whether it is found again.

use super::{read, text};
use crate::model::expression::{Context, parse};
use crate::model::linkage::When;

/// A model of one comparison of `a` with one level.
fn model(head: &str, level: &str) -> String {
    format!(
        "link_type = \"dedupe\"\n[fields]\na = {{}}\nb = {{}}\nlat = {{}}\nlong = {{}}\nlist = {{ list = true }}\n\
         [[blocking]]\nkeys = [\"a\"]\n[[comparison]]\n{head}\nlevels = [{level}]\n"
    )
}

/// What a level stands for; its label; the line that is written for it.
fn expanded(level: &str) -> (String, String, String) {
    let whole = read(&model("field = \"a\"", level));
    assert_eq!(read(&whole.to_toml()), whole);
    let found = &whole.comparisons[0].levels[1];
    let When::True(expression) = &found.when else { panic!("a condition") };
    let sql = text(&found.when);
    assert_eq!(parse(&sql, Context::Level).unwrap(), *expression, "{sql}");
    let toml = whole.to_toml();
    let line = toml.split("levels = [\n  ").nth(1).unwrap().lines().next().unwrap().trim_end_matches(',').to_owned();
    (sql, found.label.clone(), line)
}

#[test]
fn forms_that_are_found_again() {
    let table = [
        (r#""exact""#, r#""a_l" = "a_r""#),
        (r#""folded""#, r#"fold("a_l") = fold("a_r")"#),
        (r#""skeleton""#, r#"skeleton("a_l") = skeleton("a_r")"#),
        (r#""phonetic""#, r#"phonetic("a_l") = phonetic("a_r")"#),
        (r#""same_name""#, r#"same_name("a_l", "a_r")"#),
        (r#""name_equivalent""#, r#"name_equivalent("a_l", "a_r")"#),
        ("{ jaro_winkler = 0.92 }", r#"jaro_winkler_similarity("a_l", "a_r") >= 0.92"#),
        ("{ jaro_winkler = 0.92, chars = true }", r#"jaro_winkler_chars("a_l", "a_r") >= 0.92"#),
        ("{ jaro = 0.9 }", r#"jaro_similarity("a_l", "a_r") >= 0.9"#),
        ("{ jaccard = 0.9 }", r#"jaccard("a_l", "a_r") >= 0.9"#),
        ("{ token_jaccard = 0.5 }", r#"token_jaccard("a_l", "a_r") >= 0.5"#),
        ("{ alignment = 0.9 }", r#"name_alignment("a_l", "a_r") >= 0.9"#),
        ("{ levenshtein = 1 }", r#"levenshtein("a_l", "a_r") <= 1"#),
        ("{ levenshtein = 2, chars = true }", r#"levenshtein_chars("a_l", "a_r") <= 2"#),
        ("{ damerau_levenshtein = 1 }", r#"damerau_levenshtein("a_l", "a_r") <= 1"#),
        ("{ osa = 1 }", r#"osa("a_l", "a_r") <= 1"#),
        ("{ hamming = 1 }", r#"hamming("a_l", "a_r") <= 1"#),
        ("{ days = 31 }", r#"days_between("a_l", "a_r") <= 31"#),
        ("{ months = 1 }", r#"days_between("a_l", "a_r") <= 30.4375"#),
        ("{ years = 10 }", r#"days_between("a_l", "a_r") <= 3652.5"#),
        ("{ percent = 10 }", r#"relative_difference("a_l", "a_r") < 0.1"#),
        ("{ percent = 7 }", r#"relative_difference("a_l", "a_r") < 0.07"#),
        ("{ difference = 5 }", r#"ABS("a_l" - "a_r") <= 5"#),
        ("{ intersection = 1 }", r#"array_length(list_intersect("a_l", "a_r")) >= 1"#),
        (r#"{ reversed = "b" }"#, r#""a_l" = "b_r" AND "a_r" = "b_l""#),
        (
            r#"{ km = 5, latitude = "lat", longitude = "long" }"#,
            r#"great_circle_km("lat_l", "long_l", "lat_r", "long_r") <= 5"#,
        ),
    ];
    for (level, sql) in table {
        let (found, _, line) = expanded(level);
        assert_eq!((found.as_str(), line.as_str()), (sql, level));
    }
}

#[test]
fn the_best_pair_of_two_lists() {
    for (word, function, sign) in [
        ("jaro_winkler", "jaro_winkler_similarity", ">="),
        ("jaro", "jaro_similarity", ">="),
        ("levenshtein", "levenshtein", "<="),
        ("damerau_levenshtein", "damerau_levenshtein", "<="),
        ("osa", "osa", "<="),
    ] {
        let threshold = if sign == ">=" { "0.9" } else { "2" };
        let level = format!("{{ best_{word} = {threshold} }}");
        let (sql, _, line) = expanded(&level);
        assert!(sql.contains(if sign == ">=" { "list_max" } else { "list_min" }), "{sql}");
        assert!(sql.contains(&format!("{function}(")) && sql.ends_with(&format!("{sign} {threshold}")), "{sql}");
        assert_eq!(line, level);
    }
}

#[test]
fn forms_that_are_written_as_conditions() {
    let table = [
        (r#"{ exact = true, field = "b" }"#, r#""b_l" = "b_r""#, "Exact match on b"),
        (r#"{ exact = true, field = ["a", "b"] }"#, r#""a_l" = "a_r" AND "b_l" = "b_r""#, "Exact match on a and b"),
        (
            r#"{ when = 'substr(a_l,1,1)=substr(a_r,1,1)', label = "first" }"#,
            r#"substr("a_l", 1, 1) = substr("a_r", 1, 1)"#,
            "first",
        ),
        (
            r#"{ all = ["exact", { jaro = 0.5, field = "b" }] }"#,
            r#""a_l" = "a_r" AND jaro_similarity("b_l", "b_r") >= 0.5"#,
            "Exact match on a and Jaro similarity of b >= 0.5",
        ),
        (
            r#"{ any = ["exact", { not = { when = '"b_l" = 1' } }] }"#,
            r#""a_l" = "a_r" OR NOT ("b_l" = 1)"#,
            r#"Exact match on a or not "b_l" = 1"#,
        ),
        (r#"{ days = 45.5, field = "b" }"#, r#"days_between("b_l", "b_r") <= 45.5"#, "days apart of b <= 45.5"),
    ];
    for (level, sql, label) in table {
        let (found, found_label, line) = expanded(level);
        assert_eq!((found.as_str(), found_label.as_str()), (sql, label));
        assert!(line.starts_with("{ when = "), "{line}");
    }
}

#[test]
fn null_levels() {
    let null = |head: &str, levels: &str| -> Vec<String> {
        let whole = read(&model(head, levels));
        assert_eq!(read(&whole.to_toml()), whole);
        assert_eq!(read(&whole.to_json()), whole);
        whole.comparisons[0]
            .levels
            .iter()
            .map(|level| text(&level.when))
            .filter(|text| text.starts_with("null"))
            .collect()
    };
    assert_eq!(null("field = \"a\"", "\"exact\""), [r#"null "a_l" IS NULL OR "a_r" IS NULL"#]);
    assert_eq!(
        null("name = \"n\"\nfield = [\"a\", \"b\"]", "{ reversed = true }"),
        [r#"null ("a_l" IS NULL OR "a_r" IS NULL) AND ("b_l" IS NULL OR "b_r" IS NULL)"#]
    );
    assert_eq!(
        null("name = \"place\"", r#"{ km = 1, latitude = "lat", longitude = "long" }"#),
        [r#"null "lat_l" IS NULL OR "lat_r" IS NULL OR ("long_l" IS NULL OR "long_r" IS NULL)"#]
    );
    assert_eq!(null("field = \"a\"\nnull = false", "\"exact\""), [""; 0]);
    let own = r#"{ null = '"a_l" IS NULL', label = "gone" }, "exact""#;
    assert_eq!(null("field = \"a\"", own), [r#"null "a_l" IS NULL"#]);
    let two = r#"{ null = true }, { null = '"b_l" IS NULL' }, "exact""#;
    assert_eq!(null("field = \"a\"", two).len(), 2);
}
