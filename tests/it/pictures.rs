//! Pictures for analysts: models, combinations of levels, and what is said where a picture cannot be drawn.

use crate::support::{folder, run, stderr, text};
use std::path::Path;

fn example(name: &str) -> String {
    format!("{}/data/example/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn combinations_of_levels_add_up_and_name_rows() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    run(&["train", &left, &right, "-o", &path("model.json")], 0);
    let view = |more: &[&str], threads: &str| {
        let words = ["explain", &left, &right, "--model", &path("model.json"), "--threads", threads];
        run(&[&words[..], more].concat(), 0).stdout
    };
    let json = view(&["--json", "-", "--patterns", "100000", "--svg", &path("patterns.svg")], "1");
    assert!(json == view(&["--json", "-", "--patterns", "100000"], "3"), "the same for any number of threads");
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let patterns = json["patterns"].as_array().unwrap();
    let pairs = |pattern: &serde_json::Value| pattern["pairs"].as_u64().unwrap();
    assert_eq!(patterns.iter().map(pairs).sum::<u64>(), json["pairs"].as_u64().unwrap());
    assert_eq!(patterns.len() as u64, json["combinations"].as_u64().unwrap());
    assert!(patterns.windows(2).all(|two| pairs(&two[0]) >= pairs(&two[1])));
    // The pairs of the rules, counted another way.
    let blocks = run(&["blocks", &left, &right, "--model", &path("model.json"), "--json", "-"], 0).stdout;
    let blocks: serde_json::Value = serde_json::from_slice(&blocks).unwrap();
    assert_eq!(blocks["pairs"], json["pairs"]);
    // The rows that are named have the levels that are said of them.
    let lines = |file: &str| -> Vec<String> { read(file).lines().skip(1).map(str::to_owned).collect() };
    let (lefts, rights) = (lines(&left), lines(&right));
    let id = |lines: &[String], row: &serde_json::Value| {
        lines[row.as_u64().unwrap() as usize - 1].split(',').next().unwrap().to_owned()
    };
    for pattern in patterns.iter().step_by(40) {
        let rows = &pattern["example_rows"][0];
        let words = ["explain", &left, &right, &id(&lefts, &rows[0]), &id(&rights, &rows[1])];
        let one = run(&[&words[..], &["--model", &path("model.json"), "--json", "-"]].concat(), 0).stdout;
        let one: serde_json::Value = serde_json::from_slice(&one).unwrap();
        for part in one["comparisons"].as_array().unwrap().iter().filter(|part| part["comparison"] != "household") {
            assert_eq!(pattern["levels"][part["comparison"].as_str().unwrap()], part["level"], "{pattern:#}");
        }
    }
    let svg = read(&path("patterns.svg"));
    assert!(svg.starts_with("<svg") && svg.contains("Combinations of levels") && svg.contains("example rows"));
    let said = String::from_utf8(view(&["--patterns", "3"], "1")).unwrap();
    assert!(said.contains("3 of ") && said.matches("rows ").count() >= 3, "{said}");
}

#[test]
fn rows_are_numbered_as_in_the_file_where_pairs_are_in_order_of_ids() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let splink = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/splink/fixtures/fake_1000.json");
    run(&["model", "import", text(&splink), "-o", &path("model.toml")], 0);
    // Ids fall from row to row: in order of their ids the rows are turned round.
    let header = "unique_id,first_name,surname,dob,city,email,cluster";
    let people = ["3,Ann,Okafor,1980-01-02,York,a@x.uk,1", "2,Raj,Novak,1975-05-06,Leeds,r@x.uk,2"];
    let rows = [header, people[0], people[1], "1,Ann,Okafor,1980-01-02,York,a@x.uk,1"].join("\n");
    std::fs::write(path("people.csv"), rows + "\n").unwrap();
    let words = ["explain", &path("people.csv"), "--model", &path("model.toml"), "--json", "-"];
    let json: serde_json::Value = serde_json::from_slice(&run(&words, 0).stdout).unwrap();
    assert_eq!(json["patterns"][0]["example_rows"], serde_json::json!([[3, 1]]), "{json:#}");
}

#[test]
fn models_are_drawn_by_weight_and_by_parameter() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    run(&["train", &left, &right, "-o", &path("model.toml")], 0);
    run(&["model", "chart", &path("model.toml"), "-o", &path("weights.svg")], 0);
    let words = ["model", "chart", &path("model.toml"), "--kind", "parameters", "-o", &path("m_and_u.svg")];
    run(&words, 0);
    let (weights, parameters) = (read(&path("weights.svg")), read(&path("m_and_u.svg")));
    assert!(weights.contains("Prior") && weights.contains("rw-f-against") && weights.contains("date of birth"));
    assert!(parameters.contains("m: share among matches") && parameters.contains("date of birth"));
}

#[test]
fn what_cannot_be_drawn_says_what_to_do() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    run(&["train", &left, &right, "-o", &path("model.toml")], 0);
    let png = run(&["model", "chart", &path("model.toml"), "-o", &path("x.png")], 2);
    assert!(stderr(&png).contains("SVG") && stderr(&png).contains("rsvg-convert"), "{}", stderr(&png));
    assert!(!Path::new(&path("x.png")).exists());
    run(&["blocks", &left, &right, "--suggest", &path("untrained.toml"), "--json", &path("b.json")], 0);
    let bare = run(&["model", "chart", &path("untrained.toml"), "-o", &path("x.svg")], 2);
    assert!(stderr(&bare).contains("train it first"), "{}", stderr(&bare));
}
