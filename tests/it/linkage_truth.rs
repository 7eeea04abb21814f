//! Pairs and clusters against truth, as strangers' files hold them: ids that repeat, labels, pairs without weights or of one
//! record, tables without headers.

use crate::linkage_errors::{Desk, MODEL, TABLES, kinds, named};
use crate::support::csv;
use serde_json::Value;

/// The figures of an evaluation as JSON.
#[track_caller]
fn figures(desk: &Desk, words: &str, status: i32) -> Value {
    let (out, _) = desk.run(&format!("evaluate {words} --json -"), status);
    serde_json::from_str(&out).unwrap()
}

/// True pairs, and right and wrong ones at a threshold.
fn counts(figures: &Value, at: usize) -> (Value, Value, Value) {
    let cutoff = &figures["thresholds"][at];
    (figures["true_pairs"].clone(), cutoff["true_positives"].clone(), cutoff["false_positives"].clone())
}

fn of(counts: (u32, u32, u32)) -> (Value, Value, Value) {
    (counts.0.into(), counts.1.into(), counts.2.into())
}

#[test]
fn rows_whose_ids_repeat_or_are_empty_have_a_place_in_the_truth() {
    let desk = Desk::new();
    desk.write("dedupe.toml", MODEL.replace("\"link\"", "\"dedupe\""));
    let people = "id,name,born,town\n1,Ann,1980,Xby\n1,Ann,1980,Xby\n2,Bob,1981,Xby\n3,Bob,1981,Xby\n";
    desk.write("clusters.csv", "id,cluster\n1,p\n2,q\n3,q\n");
    desk.write("pairs.csv", "left_id,right_id,match_weight\n2,3,9\n");
    for (name, table) in [("twice.csv", people.to_owned()), ("empty.csv", people.replacen("\n1,", "\n,", 1))] {
        desk.write(name, &table);
        let found = figures(&desk, &format!("pairs.csv --table {name} --id id --truth clusters.csv"), 0);
        assert_eq!(counts(&found, 0), of((1, 1, 0)), "{name}: {found:#}");
        let (said, _) = desk.run(&format!("blocks {name} --model dedupe.toml --id id --truth clusters.csv"), 0);
        assert!(said.contains("true pairs"), "{said}");
        let right = "id,name,born,town\n7,Ann,1980,Xby\n7,Ann,1980,Xby\n8,Bob,1981,Xby\n";
        desk.write("seven.csv", right);
        desk.write("across.csv", "id,cluster\n2,q\n8,q\n1,p\n7,r\n");
        desk.write("links.csv", "left_id,right_id,match_weight\n2,8,9\n");
        let found =
            figures(&desk, &format!("links.csv --table {name} --table seven.csv --id id --truth across.csv"), 0);
        assert_eq!(counts(&found, 0), of((1, 1, 0)), "{name}: {found:#}");
    }
}

#[test]
fn a_truth_means_the_same_with_the_tables_and_without() {
    let desk = Desk::new();
    let pairs = "left_id,right_id,match_weight\na1,b1,9\na2,b2,9\na3,b3,9\na4,b4,9\na6,b6,9\n";
    desk.write("pairs.csv", pairs);
    let label = "a1,b1,1\na2,b2,0\na3,b3,0.7\na4,b4,true\na6,b6,false\n";
    for (truth, want) in [
        (format!("left_id,right_id,label\n{label}"), (3, 3, 2)),
        (format!("id_l,id_r,is_match\n{label}"), (3, 3, 2)),
        ("unique_id_l,unique_id_r\na1,b1\na2,b3\n".to_owned(), (2, 1, 4)),
        ("Left_ID,Right_ID,clerical_match_score\na1,b1,0.5\na2,b2,0.4\n".to_owned(), (1, 1, 4)),
        ("id,cluster\na1,p\nb1,p\na2,q\n".to_owned(), (1, 1, 4)),
        ("left_id,right_id\n".to_owned(), (0, 0, 5)),
        ("id,cluster\n".to_owned(), (0, 0, 5)),
        (
            format!("left_id,right_id,label\n{}", label.replace("true", "no").replace(",1", ",0").replace("0.7", "0")),
            (0, 0, 5),
        ),
    ] {
        desk.write("known.csv", &truth);
        for tables in ["", TABLES] {
            let tables = tables.split(" --model").next().unwrap();
            let words = format!("pairs.csv --truth known.csv {tables}");
            let found = figures(&desk, words.trim_end(), i32::from(want.1 == 0));
            assert_eq!(counts(&found, 0), of(want), "{truth}{tables}\n{found:#}");
        }
    }
    // A truth to learn from, or to count blocks by, must hold something.
    let (_, said) = desk.run("blocks left.csv right.csv --model model.toml --truth known.csv", 3);
    assert!(said.contains("known.csv: no pair of it is true"), "{said}");
}

#[test]
fn rows_of_an_empty_cluster_are_not_one_person() {
    let desk = Desk::new();
    let rows = [("1", "p"), ("2", "p"), ("3", ""), ("4", "")];
    let line = |(id, cluster)| format!("{{\"id\": \"{id}\", \"name\": \"n{id}\", \"cluster\": \"{cluster}\"}}\n");
    desk.write("people.jsonl", rows.map(line).concat());
    desk.write("pairs.csv", "left_id,right_id,match_weight\n1,2,9\n3,4,9\n");
    let table = "--table people.jsonl --id id";
    for words in ["--truth people.jsonl".to_owned(), format!("--truth people.jsonl {table}"), table.to_owned()] {
        let found = figures(&desk, &format!("pairs.csv {words}"), 0);
        assert_eq!(counts(&found, 0), of((1, 1, 1)), "{words}: {found:#}");
    }
    let found = figures(&desk, &format!("people.jsonl --truth people.jsonl {table}"), 0);
    assert_eq!(found["pairs"]["true_positives"], 1, "{found:#}");
}

#[test]
fn pairs_without_a_weight_are_given_at_every_threshold() {
    let desk = Desk::new();
    desk.write("bare.csv", "left_id,right_id\na1,b1\na2,b2\na6,b6\n");
    let shown = figures(&desk, "bare.csv --truth truth.csv --threshold 0.9,0.99 --by kind --cells-min 0", 0);
    for at in 0..2 {
        assert_eq!(counts(&shown, at), of((4, 2, 1)), "{shown:#}");
    }
    let groups = shown["by"][0]["groups"].as_array().unwrap();
    let rows: Vec<(&str, u64)> =
        groups.iter().map(|group| (group["value"].as_str().unwrap(), group["rows"].as_u64().unwrap())).collect();
    assert!([("right", 2), ("not_found", 2)].iter().all(|want| rows.contains(want)), "{rows:?}");
    // What is not known is not shown as a number, and says nothing of stated probabilities.
    desk.run("evaluate bare.csv --truth truth.csv --threshold 0.9 --rows look.csv", 0);
    let look = csv(&desk.path("look.csv"));
    assert_eq!(kinds(&desk.path("look.csv"))[0], named(&[("absent_matched", "a6", "b6")])[0]);
    let weight = look[0].iter().position(|name| name == "match_weight").unwrap();
    assert_eq!(look[1][weight], "");
    let stated: u64 = shown["reliability"].as_array().unwrap().iter().map(|bin| bin["pairs"].as_u64().unwrap()).sum();
    assert_eq!(stated, 0, "{shown:#}");
    for name in ["probability", "expected_precision", "expected_recall"] {
        assert!(shown["thresholds"][0][name].is_null() && shown["best_f1"][name].is_null(), "{name}: {shown:#}");
    }
    // An empty cell among others is one that is not known; what is no number is refused with its row.
    desk.write("bare.csv", "left_id,right_id,match_weight\na1,b1,\na2,b2,9\na3,b3,-9\n");
    let shown = figures(&desk, "bare.csv --truth truth.csv --threshold 0.9", 0);
    assert_eq!(counts(&shown, 0), of((4, 2, 0)), "{shown:#}");
    let at = &shown["thresholds"][0];
    assert!(at["probability"].as_f64().unwrap() > 0.9 && at["expected_precision"].is_null(), "{shown:#}");
    for (column, cell, want) in [
        ("match_weight", "abc", "bare.csv: row 2: match_weight is not a number"),
        ("match_probability", "abc", "bare.csv: row 2: match_probability is not a number"),
        ("match_probability", "1.5", "bare.csv: row 2: match_probability is not from 0 to 1"),
    ] {
        desk.write("bare.csv", format!("left_id,right_id,{column}\na1,b1,0.9\na2,b2,{cell}\n"));
        for tables in ["", " --table left.csv --table right.csv"] {
            let (_, said) = desk.run(&format!("evaluate bare.csv --truth truth.csv{tables}"), 3);
            assert!(said.contains(want) && !said.contains("abc") && !said.contains("1.5"), "{said}");
        }
    }
}

#[test]
fn no_row_of_a_table_without_headers_is_repeated() {
    let desk = Desk::new();
    desk.write("left.csv", "a1,Ann Lee,Xbyton,QQ123456C\na2,Bob Roe,Xbyton,QQ123457C\n");
    desk.write("right.csv", "b1,Ann Lee,Xbyton,Yorey\nb2,Bob Roe,Xbyton,Yorey\n");
    desk.write(
        "model.toml",
        "link_type = \"link\"\nprior = 0.01\n[fields.\"Ann Lee\"]\n[[blocking]]\n\
        keys = ['\"Ann Lee\"']\n[[comparison]]\nfield = \"Ann Lee\"\n\
        levels = [{ exact = true, m = 0.9, u = 0.001 }, { else = true, m = 0.1, u = 0.999 }]\n",
    );
    desk.write("truth.csv", "left_id,right_id,left_Ann Lee\na2,b2,Bob Roe\n");
    desk.run("link left.csv right.csv --model model.toml --threshold 0.0001 -o links.csv --explain -q", 0);
    desk.write("pairs.csv", "left_id,right_id,level_Ann Lee,weight_Ann Lee,left_Ann Lee,note\na2,b2,x,1,Bob Roe,\n");
    desk.write("clusters.csv", "id,cluster,left_Ann Lee\na2,1,Ann Lee\nb2,1,Ann Lee\n");
    for words in [
        format!("links.csv --truth truth.csv {TABLES}"),
        "links.csv --truth truth.csv".to_owned(),
        "pairs.csv --truth truth.csv".to_owned(),
        "pairs.csv --truth pairs.csv".to_owned(),
        "pairs.csv --truth clusters.csv".to_owned(),
    ] {
        let (out, said) = desk.run(&format!("evaluate {words} --by sex"), 3);
        for value in ["Ann", "Lee", "Xby", "QQ1234", "Yorey", "Roe"] {
            assert!(!said.contains(value) && !out.contains(value), "{words}: {said}");
        }
        assert!(said.contains("there is no column sex to group by") && said.contains("there are kind"), "{said}");
        assert!(said.contains("that may be somebody's, and are not repeated"), "{said}");
    }
    desk.write("headless.csv", "a2,Ann Lee,Xbyton\na2,Ann Lee,Xbyton\n");
    for words in ["pairs.csv --truth headless.csv", "headless.csv --truth truth.csv"] {
        let (_, said) = desk.run(&format!("evaluate {words} --by sex"), 3);
        assert!(!said.contains("Ann") && !said.contains("Xby") && said.contains("not repeated"), "{words}: {said}");
    }
    // Headers that stand beside ids are the file's own.
    let (_, said) = desk.run("evaluate pairs.csv --truth pairs.csv --by sex", 3);
    assert!(said.contains("note"), "{said}");
}

#[test]
fn rows_to_look_at_have_the_ids_of_their_table() {
    let desk = Desk::new();
    desk.write("dedupe.toml", MODEL.replace("\"link\"", "\"dedupe\""));
    desk.write(
        "people.csv",
        "id,name,born,town,cluster\n1,Ann,1980,Xby,p\n1,Ann,1980,Xby,p\n2,Bob,1981,Xby,q\n3,Cy,1982,Xby,r\n",
    );
    desk.write("pairs.csv", "left_id,right_id,match_weight\n2,3,9\n");
    desk.run("evaluate pairs.csv --table people.csv --id id --model dedupe.toml --rows look.csv", 1);
    let missed = kinds(&desk.path("look.csv"));
    assert!(missed.iter().any(|(_, left, right)| (left.as_str(), right.as_str()) == ("1", "1")), "{missed:?}");
    assert!(missed.iter().all(|(_, left, right)| !left.is_empty() && !right.is_empty()), "{missed:?}");
}

#[test]
fn a_record_that_is_paired_with_itself_is_told_by_file_and_row() {
    let desk = Desk::new();
    desk.write("people.csv", "id,name,born,town\n3,Ann,1980,Xby\n4,Ann,1980,Xby\n5,Bob,1981,Xby\n");
    desk.write("pairs.csv", "left_id,right_id,match_weight\n3,4,9\n3,3,9\n8,9,9\n");
    desk.write("known.csv", "left_id,right_id\n3,4\n");
    let (_, said) = desk.run("evaluate pairs.csv --truth known.csv --table people.csv --id id", 0);
    assert!(said.contains("pairs.csv: of 3 rows, 1 pair a record with itself, and are left out"), "{said}");
    assert!(said.contains("pairs.csv: of 3 rows, 1 name ids that the tables do not have"), "{said}");
    let (_, said) = desk.run("evaluate pairs.csv --truth known.csv", 3);
    assert!(said.contains("pairs.csv: row 2 pairs a record with itself") && said.contains("--table"), "{said}");
    desk.write("pairs.csv", "left_id,right_id,match_weight\n3,4,9\n4,5,9\n");
    desk.write("known.csv", "left_id,right_id\n3,4\n5,5\n");
    for (table, hint) in [("", "--table"), (" --table people.csv --id id", "take the row out")] {
        let (_, said) = desk.run(&format!("evaluate pairs.csv --truth known.csv{table}"), 3);
        assert!(said.contains("known.csv: row 2 pairs a record with itself") && said.contains(hint), "{said}");
    }
    // One that is said to be no pair says nothing wrong.
    desk.write("known.csv", "left_id,right_id,label\n3,4,1\n5,5,0\n");
    for table in ["", " --table people.csv --id id"] {
        desk.run(&format!("evaluate pairs.csv --truth known.csv{table}"), 0);
    }
}

#[test]
fn columns_of_the_pairs_are_found_by_any_name() {
    let desk = Desk::new();
    desk.write("pairs.csv", "left_id,right_id,match_weight,rule,levels\na1,b1,9,born,sure\na6,b6,9,name,unsure\n");
    let words = "pairs.csv --truth truth.csv --by rule,levels --cells-min 0 --rows look.csv";
    let shown = figures(&desk, words, 0);
    for (at, value) in [(0, "born"), (1, "sure")] {
        let groups = shown["by"][at]["groups"].as_array().unwrap();
        let group = groups.iter().find(|group| group["value"] == value).unwrap();
        assert_eq!(group["right"], 1, "{shown:#}");
    }
    let look = csv(&desk.path("look.csv"));
    assert!(["rule", "levels"].iter().all(|name| look[0].iter().any(|head| head == name)), "{:?}", look[0]);
}
