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

/// Width and height of a PNG, from its first chunk.
fn size_of_png(file: &str) -> (u32, u32) {
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(&bytes[..16], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "{file}");
    assert_eq!(&bytes[bytes.len() - 8..bytes.len() - 4], b"IEND", "{file}");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

/// Width and height of an SVG.
fn size_of_svg(file: &str) -> (u32, u32) {
    let svg = read(file);
    let number = |name: &str| {
        let rest = svg.split(&format!(" {name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse::<u32>().unwrap()
    };
    (number("width"), number("height"))
}

#[test]
fn every_picture_is_a_png_where_its_name_says_so() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right, truth) = (example("left.csv"), example("right.csv"), example("truth.csv"));
    let model = path("model.toml");
    run(&["link", &left, &right, "-o", &path("links.csv"), "--save-model", &model], 0);
    let chart = ["model", "chart", &model, "-o"];
    let parameters = ["model", "chart", &model, "--kind", "parameters", "-o"];
    let pair = ["explain", &left, &right, "A002", "B107", "--model", &model, "--svg"];
    let patterns = ["explain", &left, &right, "--model", &model, "--svg"];
    let blocks = ["blocks", &left, &right, "--model", &model, "--svg"];
    for (name, words) in [
        ("chart", &chart[..]),
        ("parameters", &parameters),
        ("pair", &pair),
        ("patterns", &patterns),
        ("blocks", &blocks),
    ] {
        let files = [path(&format!("{name}.svg")), path(&format!("{name}.png")), path(&format!("{name}2.PNG"))];
        for file in &files {
            run(&[words, &[file.as_str()]].concat(), 0);
        }
        let (width, height) = size_of_svg(&files[0]);
        assert_eq!(size_of_png(&files[1]), (2 * width, 2 * height), "{name}");
        assert!(std::fs::read(&files[1]).unwrap() == std::fs::read(&files[2]).unwrap(), "{name}: the same bytes");
    }
    let (svg, png) = (path("curves"), path("curves_png"));
    run(&["evaluate", &path("links.csv"), "--truth", &truth, "--svg", &svg, "--png", &png], 0);
    for name in ["roc", "precision_recall", "thresholds", "reliability"] {
        let (width, height) = size_of_svg(&format!("{svg}/{name}.svg"));
        assert_eq!(size_of_png(&format!("{png}/{name}.png")), (2 * width, 2 * height), "{name}");
    }
}

#[test]
fn what_cannot_be_drawn_says_what_to_do() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    run(&["train", &left, &right, "-o", &path("model.toml")], 0);
    let pdf = run(&["model", "chart", &path("model.toml"), "-o", &path("x.pdf")], 2);
    assert!(stderr(&pdf).contains("SVG or PNG") && stderr(&pdf).contains(".png"), "{}", stderr(&pdf));
    assert!(!Path::new(&path("x.pdf")).exists());
    run(&["blocks", &left, &right, "--suggest", &path("untrained.toml"), "--json", &path("b.json")], 0);
    for name in ["x.svg", "x.png"] {
        let bare = run(&["model", "chart", &path("untrained.toml"), "-o", &path(name)], 2);
        assert!(stderr(&bare).contains("train it first"), "{}", stderr(&bare));
        assert!(!Path::new(&path(name)).exists());
    }
}
