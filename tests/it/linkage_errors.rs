//! Errors of `link` and `dedupe` by kind, by level, and as rows to look at; and what a stranger's files are told.

use crate::support::{csv, folder, run, stderr};
use std::path::{Path, PathBuf};

/// A model by hand: births block, names and towns weigh; what it gives to each pair below is known.
pub(crate) const MODEL: &str = "link_type = \"link\"\nprior = 0.01\n[fields.name]\n[fields.born]\n[fields.town]\n\
    [[blocking]]\nkeys = [\"born\"]\n\
    [[comparison]]\nfield = \"name\"\nlevels = [{ exact = true, m = 0.9, u = 0.001 }, { else = true, m = 0.1, u = 0.999 }]\n\
    [[comparison]]\nfield = \"town\"\nlevels = [{ exact = true, m = 0.8, u = 0.1, label = \"same town\" }, \
    { else = true, m = 0.2, u = 0.9, label = \"other; town\" }]\n";
const LEFT: &str = "id,name,born,town,label\na1,Ann,1980,Xby,p1\na2,Bob,1981,Xby,p2\na3,Cal,1982,Xby,p3\na4,Eve,1983,Xby,p4\n\
    a6,Fay,1984,Xby,p6\n";
const RIGHT: &str = "id,name,born,town,label\nb1,Ann,1980,Xby,p1\nb2,Bob,1999,Xby,p2\nb3,Don,1982,Yby,p3\nb4,Eve,1983,Zby,p4\n\
    b5,Eve,1983,Xby,q5\nb6,Fay,1984,Xby,q6\n";
const TRUTH: &str = "left_id,right_id,errors\na1,b1,\na2,b2,year\na3,b3,name;town\na4,b4,town\n";

/// A folder with two small tables, their truth and a model.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(folder());
        for (name, content) in [("left.csv", LEFT), ("right.csv", RIGHT), ("truth.csv", TRUTH), ("model.toml", MODEL)] {
            desk.write(name, content);
        }
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Runs words parted by spaces; those that name files stand for the files of the desk.
    #[track_caller]
    pub(crate) fn run(&self, words: &str, status: i32) -> (String, String) {
        let is_file = |word: &str| word.contains('.') && !word.starts_with(|letter: char| letter.is_ascii_digit());
        let words = words
            .split(' ')
            .map(|word| if is_file(word) { self.path(word).to_str().unwrap().to_owned() } else { word.to_owned() });
        let words: Vec<String> = words.collect();
        let output = run(&words.iter().map(String::as_str).collect::<Vec<_>>(), status);
        (String::from_utf8(output.stdout.clone()).unwrap(), stderr(&output))
    }
}

/// Rows to look at: kind with both ids.
pub(crate) fn kinds(look: &Path) -> Vec<(String, String, String)> {
    let rows = csv(look);
    assert_eq!(rows[0][..3], ["kind", "left_id", "right_id"]);
    rows[1..].iter().map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect()
}

pub(crate) fn named(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(kind, left, right)| ((*kind).to_owned(), (*left).to_owned(), (*right).to_owned())).collect()
}

pub(crate) const TABLES: &str = "--table left.csv --table right.csv --model model.toml";

#[test]
fn links_are_told_apart_by_why_they_were_missed_or_wrong() {
    let desk = Desk::new();
    desk.run("link left.csv right.csv --model model.toml -o links.csv -q", 0);
    desk.run(&format!("evaluate links.csv --truth truth.csv {TABLES} --rows look.csv"), 0);
    let want = [
        ("not_blocked", "a2", "b2"),
        ("scored_low", "a3", "b3"),
        ("outranked", "a4", "b4"),
        ("wrong_person", "a4", "b5"),
        ("absent_matched", "a6", "b6"),
    ];
    assert_eq!(kinds(&desk.path("look.csv")), named(&want));
    // Both records side by side, with what the model and the truth say of the pair.
    let rows = csv(&desk.path("look.csv"));
    let of = |row: usize, name: &str| rows[row][rows[0].iter().position(|head| head == name).unwrap()].clone();
    assert_eq!((of(1, "rule"), of(1, "match_key"), of(1, "errors")), ("none".into(), String::new(), "year".into()));
    assert_eq!(
        (of(2, "rule"), of(2, "left_name"), of(2, "right_name")),
        ("\"born\"".into(), "Cal".into(), "Don".into())
    );
    assert_eq!(
        (of(3, "level_town"), of(3, "left_town"), of(3, "right_town")),
        ("other; town".into(), "Xby".into(), "Zby".into())
    );
    assert_eq!((of(2, "left_label"), of(5, "right_label")), ("p3".into(), "q6".into()));
    let parts: f64 = ["weight_name", "weight_town"].iter().map(|name| of(2, name).parse::<f64>().unwrap()).sum();
    let weight: f64 = of(2, "match_weight").parse().unwrap();
    assert!((weight - parts - (0.01_f64 / 0.99).log2()).abs() < 1e-3, "{weight} {parts}");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(desk.path("look.csv")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn truth_columns_of_the_tables_do_for_a_file_of_truth() {
    let desk = Desk::new();
    desk.run("link left.csv right.csv --model model.toml -o links.csv -q", 0);
    desk.run(&format!("evaluate links.csv --truth truth.csv {TABLES} --rows of_file.csv --json of_file.json"), 0);
    desk.run(&format!("evaluate links.csv {TABLES} --rows of_columns.csv --json of_columns.json"), 0);
    assert_eq!(kinds(&desk.path("of_file.csv")), kinds(&desk.path("of_columns.csv")));
    assert_eq!(std::fs::read(desk.path("of_file.json")).unwrap(), std::fs::read(desk.path("of_columns.json")).unwrap());
    let (_, said) = desk.run("evaluate links.csv", 2);
    assert!(said.contains("the truth is missing") && said.contains("--table"), "{said}");
    for (words, want) in
        [("--model model.toml", "--model is for tables"), ("--compared truth.csv", "--compared is for")]
    {
        let (_, said) = desk.run(&format!("evaluate links.csv --truth truth.csv {words}"), 2);
        assert!(said.contains(want), "{said}");
    }
}

fn groups(desk: &Desk, words: &str) -> serde_json::Value {
    let (out, _) = desk.run(&format!("evaluate {words} --json -"), 0);
    serde_json::from_str(&out).unwrap()
}

fn group<'a>(json: &'a serde_json::Value, at: usize, value: &str) -> &'a serde_json::Value {
    let groups = json["by"][at]["groups"].as_array().unwrap();
    groups.iter().find(|group| group["value"] == value).unwrap_or_else(|| panic!("{value}: {json:#}"))
}

#[test]
fn pairs_are_counted_by_kind_level_rule_and_columns() {
    let desk = Desk::new();
    desk.run("link left.csv right.csv --model model.toml -o links.csv --explain -q", 0);
    let words = format!("links.csv --truth truth.csv {TABLES} --by kind,levels,rule,errors,left_town,town,level_name");
    let shown = groups(&desk, &format!("{words} --cells-min 0"));
    assert_eq!(group(&shown, 0, "outranked")["misses"]["outranked"], 1);
    let levels = group(&shown, 1, "town: other, town");
    assert_eq!(
        (&levels["present"], &levels["misses"]["scored_low"], &levels["misses"]["outranked"]),
        (&2.into(), &1.into(), &1.into())
    );
    let levels = group(&shown, 1, "name: Exact match on name");
    assert_eq!(
        (&levels["right"], &levels["wrong"], &levels["wrong_by_kind"]["absent_matched"]),
        (&1.into(), &2.into(), &1.into())
    );
    assert_eq!(group(&shown, 2, "none")["misses"]["not_blocked"], 1);
    // A cell of several values counts in each, and both records of a pair say their town.
    assert_eq!((&group(&shown, 3, "town")["present"], &group(&shown, 3, "name")["present"]), (&2.into(), &1.into()));
    assert_eq!((&group(&shown, 4, "Xby")["present"], &group(&shown, 5, "Zby")["present"]), (&4.into(), &1.into()));
    assert_eq!(group(&shown, 6, "All other comparisons")["misses"]["scored_low"], 1);
    // Small counts are not shown unless they are asked for.
    let hidden = groups(&desk, &words);
    assert!(group(&hidden, 0, "outranked")["misses"]["outranked"].is_null(), "{hidden:#}");
    let (table, _) = desk.run(&format!("evaluate {words}"), 0);
    assert!(table.contains("true pairs") && table.contains("<10"), "{table}");
    let (_, said) = desk.run(&format!("evaluate links.csv --truth truth.csv {TABLES} --by shoe_size"), 3);
    assert!(said.contains("shoe_size") && said.contains("levels") && said.contains("right_town"), "{said}");
}

#[test]
fn without_the_tables_the_file_of_pairs_tells_what_it_can() {
    let desk = Desk::new();
    desk.run("link left.csv right.csv --model model.toml -o links.csv --explain -q", 0);
    let shown = groups(&desk, "links.csv --truth truth.csv --by kind,levels,level_town,errors --cells-min 0");
    assert_eq!(group(&shown, 0, "not_found")["misses"]["not_found"], 3);
    assert_eq!(group(&shown, 1, "town: same town")["wrong"], 2);
    assert_eq!(group(&shown, 2, "")["present"], 3);
    assert_eq!(group(&shown, 3, "town")["misses"]["not_found"], 2);
    desk.run("evaluate links.csv --truth truth.csv --rows look.csv", 0);
    let rows = csv(&desk.path("look.csv"));
    assert!(rows[0].contains(&"level_town".to_owned()) && rows[0].contains(&"errors".to_owned()), "{:?}", rows[0]);
    assert_eq!(rows.len(), 6);
}

#[test]
fn another_model_than_that_of_the_links_is_told() {
    let desk = Desk::new();
    desk.run("link left.csv right.csv --model model.toml -o links.csv -q", 0);
    let words = "evaluate links.csv --truth truth.csv --table left.csv --table right.csv --by kind --model";
    let (_, said) = desk.run(&format!("{words} model.toml"), 0);
    assert!(!said.contains("another weight"), "{said}");
    desk.write("other.toml", MODEL.replace("m = 0.9,", "m = 0.8,"));
    let (_, said) = desk.run(&format!("{words} other.toml"), 0);
    assert!(said.contains("3 of 3 pairs have another weight than the model gives them"), "{said}");
}

#[test]
fn clusters_tell_what_was_cut_and_what_only_a_chain_holds() {
    let desk = Desk::new();
    let model = MODEL.replace("\"link\"", "\"dedupe\"");
    desk.write("dedupe.toml", model);
    // 1, 2 and 3 are one cluster, though 1 and 3 were born in other years; 4 and 5 are one person of two names.
    desk.write(
        "people.csv",
        "id,name,born,town,cluster\n1,Ann,1980,Xby,p\n2,Ann,1980,Xby,p\n3,Ann,1990,Xby,q\n4,Bob,1982,Xby,r\n5,Cy,1982,Xby,r\n6,Dee,1983,Xby,s\n7,Dee,1983,Xby,s\n",
    );
    desk.write("clusters.csv", "id,cluster_id\n1,1\n2,1\n3,1\n4,4\n5,5\n6,6\n7,7\n");
    desk.run("evaluate clusters.csv --table people.csv --model dedupe.toml --by kind --rows look.csv", 0);
    let want = [("chained", "1", "3"), ("chained", "2", "3"), ("scored_low", "4", "5"), ("cut", "6", "7")];
    assert_eq!(kinds(&desk.path("look.csv")), named(&want));
    let (_, said) = desk.run("evaluate clusters.csv --table people.csv --svg curves.svg", 2);
    assert!(said.contains("--by"), "{said}");
}

#[test]
fn a_pair_whose_right_record_stands_nowhere_else_is_no_other_pair() {
    let desk = Desk::new();
    desk.write("pairs.csv", "left_id,right_id,match_weight\n1,2,9\n2,3,8\n3,9,7\n");
    desk.write("known.csv", "left_id,right_id\n1,2\n");
    let (out, _) = desk.run("evaluate pairs.csv --truth known.csv --json -", 0);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let at = &json["thresholds"][0];
    assert_eq!((&at["true_positives"], &at["false_positives"]), (&1.into(), &2.into()), "{json:#}");
    assert_eq!((&json["scored_pairs"], &json["possible_pairs"]), (&3.into(), &6.into()), "{json:#}");
}

#[test]
fn fields_parted_by_other_marks_are_refused_in_one_sentence_everywhere() {
    let desk = Desk::new();
    desk.write("register.csv", "nino,forename,surname,date_of_birth\nAB123457C,Ana,Li,1970-05-06\n");
    desk.write(
        "extract.csv",
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth\nD1,MRP,1,Ana Li,1970-05-06\n",
    );
    for (mark, marks) in [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")] {
        for name in ["left.csv", "truth.csv", "extract.csv", "register.csv"] {
            let other = std::fs::read_to_string(desk.path(name)).unwrap().replace(';', " ").replace(',', mark);
            desk.write(&format!("other_{name}"), other);
        }
        let want = format!("has its fields parted by {marks}, and a CSV file is read with commas (RFC 4180)");
        for words in [
            "link other_left.csv right.csv -o links.csv",
            "dedupe other_left.csv -o links.csv",
            "blocks left.csv right.csv --truth other_truth.csv",
            "evaluate other_truth.csv --truth truth.csv",
            "trace other_extract.csv --register register.csv --on 2016-04-30 --out traced.out",
            "trace extract.csv --register other_register.csv --on 2016-04-30 --out traced.out",
            "check other_extract.csv --on 2016-04-30",
        ] {
            let (_, said) = desk.run(words, 3);
            assert!(said.contains(&want) && said.contains(".xlsx, .parquet or .arrow"), "{words}: {said}");
            assert!(!said.contains("Ana") && !said.contains("Xby"), "{words}: {said}");
        }
    }
    // Values may hold any of the marks, and so may a header.
    desk.write("marks.csv", "id,\"town; place\"\n1,Xby|;\tZby\n2,Yby; here\n");
    let (_, said) = desk.run("dedupe marks.csv -o marked.csv", 3);
    assert!(said.contains("no field tells records apart well enough"), "{said}");
}

#[test]
fn rows_that_cannot_be_read_are_counted_and_named_and_the_others_keep_their_numbers() {
    let desk = Desk::new();
    let mut table = b"name,born,town\n".to_vec();
    table.extend(b"Ann,1980,Xby\nZ\xfcl,1981,Xby\nBo,1982,Yby,more\nAnn,1980,Xby\nCy,1983\n");
    desk.write("latin.csv", &table);
    desk.write("dedupe.toml", MODEL.replace("\"link\"", "\"dedupe\""));
    let (_, said) = desk.run("dedupe latin.csv --model dedupe.toml -o pairs.csv", 0);
    assert!(said.contains("latin.csv: of 5 rows these are left out: 1 row not in UTF-8 (row 2), 1 row of more fields than the header (row 3); save the file"), "{said}");
    assert!(said.contains("1 row has fewer fields than the header"), "{said}");
    assert!(said.contains("the first column repeats values, so rows are named by their numbers in the file"), "{said}");
    // Rows 1 and 4 of the file, though three rows were read.
    assert_eq!(csv(&desk.path("pairs.csv"))[1][..2], ["1", "4"]);
    // What is told of pairs must be whole.
    desk.write("known.csv", b"left_id,right_id\n1,4\n2,Z\xfcl\n");
    for words in ["evaluate pairs.csv --truth known.csv", "blocks latin.csv --model dedupe.toml --truth known.csv"] {
        let (_, said) = desk.run(words, 3);
        assert!(said.contains("known.csv: cannot be read whole: 1 row not in UTF-8 (row 2)"), "{words}: {said}");
    }
}

#[test]
fn columns_of_ids_are_told_when_they_are_none() {
    let desk = Desk::new();
    let note = "so rows are named by their numbers in the file, from 1 (--id names a column of ids)";
    desk.write("dedupe.toml", MODEL.replace("\"link\"", "\"dedupe\""));
    let people = "key,name,born,town\n7,Ann,1980,Xby\n7,Ann,1980,Xby\n8,Bo,1981,Xby\n";
    for (table, what) in
        [(people.to_owned(), "repeats values"), (people.replacen("7,", ",", 1), "is empty in some rows")]
    {
        desk.write("people.csv", table);
        let (_, said) = desk.run("dedupe people.csv --model dedupe.toml -o pairs.csv", 0);
        assert!(said.contains(&format!("the first column {what}, {note}")), "{said}");
        std::fs::remove_file(desk.path("pairs.csv")).unwrap();
    }
    desk.write("people.csv", people.replacen("7,", "6,", 1));
    let (_, said) = desk.run("dedupe people.csv --model dedupe.toml -o pairs.csv", 0);
    assert!(!said.contains(note), "{said}");
}
