//! The linkage engine from outside: `link`, `dedupe`, `train`, `blocks`, `evaluate`, `explain`, `model`, and pipes.

use crate::support::{csv, folder, rewash_with_input, run, stderr, text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/example").join(name).to_str().unwrap().to_owned()
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Links as (left, right).
fn links(path: &Path) -> Vec<(String, String)> {
    csv(path).into_iter().skip(1).map(|row| (row[0].clone(), row[1].clone())).collect()
}

/// F1 of links against the truth of the example.
fn f1(found: &[(String, String)]) -> f64 {
    let truth = links(Path::new(&example("truth.csv")));
    let right = found.iter().filter(|pair| truth.contains(pair)).count();
    2.0 * right as f64 / (found.len() + truth.len()) as f64
}

#[test]
fn two_tables_are_linked_with_no_model_and_no_options() {
    let folder = folder();
    let out = folder.path().join("links.csv");
    let output = run(&["link", &example("left.csv"), &example("right.csv"), "-o", text(&out)], 0);
    assert!(stderr(&output).contains("pairs compared"), "{}", stderr(&output));
    let found = links(&out);
    assert!(f1(&found) > 0.98, "{}", f1(&found));
    let header = csv(&out)[0].clone();
    assert_eq!(header, ["left_id", "right_id", "match_weight", "match_probability", "match_key"]);
    let mut lefts: Vec<&String> = found.iter().map(|(left, _)| left).collect();
    lefts.dedup();
    assert_eq!(lefts.len(), found.len(), "one to one");
}

/// The example with headers that say nothing, and the columns of one side in another order.
fn without_headers(folder: &Path) -> (PathBuf, PathBuf) {
    let write = |name: &str, order: &[usize]| {
        let rows = csv(Path::new(&example(name)));
        let path = folder.join(name);
        let mut writer = csv::Writer::from_path(&path).unwrap();
        writer.write_record((1..=order.len()).map(|n| format!("c{n}"))).unwrap();
        for row in rows.iter().skip(1) {
            writer.write_record(order.iter().map(|place| &row[*place])).unwrap();
        }
        writer.flush().unwrap();
        path
    };
    (write("left.csv", &[0, 1, 2, 3, 4, 5, 6, 7]), write("right.csv", &[0, 7, 6, 5, 4, 3, 2, 1]))
}

#[test]
fn headers_that_say_nothing_cost_little() {
    let folder = folder();
    let (left, right) = without_headers(folder.path());
    let out = folder.path().join("links.csv");
    run(&["link", text(&left), text(&right), "-o", text(&out)], 0);
    assert!(f1(&links(&out)) > 0.96, "{}", f1(&links(&out)));
}

#[test]
fn a_saved_model_gives_the_same_links_and_can_be_changed() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let (left, right) = (example("left.csv"), example("right.csv"));
    for model in ["model.json", "model.toml"] {
        let first = path(&format!("first-{model}.csv"));
        let saved = path(model);
        run(&["link", &left, &right, "-o", text(&first), "--save-model", text(&saved)], 0);
        let again = path(&format!("again-{model}.csv"));
        run(&["link", &left, &right, "-o", text(&again), "--model", text(&saved)], 0);
        assert_eq!(std::fs::read(first).unwrap(), std::fs::read(again).unwrap(), "{model}");
    }
    let wrong = std::fs::read_to_string(path("model.toml")).unwrap().replace("term_frequency", "term_frequenzy");
    std::fs::write(path("wrong.toml"), wrong).unwrap();
    let output = run(&["link", &left, &right, "-o", text(&path("x.csv")), "--model", text(&path("wrong.toml"))], 2);
    assert!(stderr(&output).contains("term_frequency"), "{}", stderr(&output));
    assert!(!path("x.csv").exists());
}

/// A model that a person would write.
const BY_HAND: &str = r#"
link_type = "link"

[fields.forename]
kind = "given_name"
left = "first name"
right = "given"

[fields.surname]
kind = "family_name"
left = "last name"
right = "surname"

[fields.born]
kind = "date"
left = "date of birth"
right = "born"

[[blocking]]
keys = ["surname", "year(born)"]

[[blocking]]
keys = ["born"]

[[blocking]]
keys = [{ left = "forename", right = "surname" }, { left = "surname", right = "forename" }]

[[comparison]]
name = "forename"
field = "forename"
levels = [{ exact = true, term_frequency = true }, { jaro_winkler = 0.88 }]

[[comparison]]
name = "surname"
field = "surname"
levels = [{ exact = true, term_frequency = true }, { damerau_levenshtein = 1 }]

[[comparison]]
name = "born"
field = "born"
levels = ["exact", { levenshtein = 1 }]
"#;

#[test]
fn a_model_by_hand_is_trained_and_used() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    std::fs::write(path("hand.toml"), BY_HAND).unwrap();
    let (left, right) = (example("left.csv"), example("right.csv"));
    run(&["train", &left, &right, "--model", &path("hand.toml"), "-o", &path("model.json")], 0);
    let model = json(&std::fs::read(path("model.json")).unwrap());
    assert!(model.to_string().contains("trained on"), "lineage is kept");
    run(&["link", &left, &right, "--model", &path("model.json"), "-o", &path("links.csv")], 0);
    assert!(f1(&links(Path::new(&path("links.csv")))) > 0.9);
    run(
        &[
            "train",
            &left,
            &right,
            "--model",
            &path("hand.toml"),
            "--labels",
            &example("truth.csv"),
            "-o",
            &path("l.json"),
        ],
        0,
    );
    run(&["link", &left, &right, "--model", &path("l.json"), "-o", &path("l.csv")], 0);
    assert!(f1(&links(Path::new(&path("l.csv")))) > 0.9);
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let folder = folder();
    let mut outputs = Vec::new();
    for threads in ["1", "2", "7"] {
        let out = folder.path().join(format!("{threads}.csv"));
        run(
            &["link", &example("left.csv"), &example("right.csv"), "-o", text(&out), "--explain", "--threads", threads],
            0,
        );
        outputs.push(std::fs::read(out).unwrap());
    }
    assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
}

/// One table that holds the people of both, with a cluster column.
fn one_table(folder: &Path) -> PathBuf {
    let truth: BTreeMap<String, String> =
        links(Path::new(&example("truth.csv"))).into_iter().map(|(left, right)| (right, left)).collect();
    let path = folder.join("people.csv");
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer.write_record(["id", "first", "last", "born", "address", "postcode", "cluster"]).unwrap();
    for row in csv(Path::new(&example("left.csv"))).iter().skip(1) {
        writer.write_record([&row[0], &row[1], &row[2], &iso(&row[3], false), &row[4], &row[5], &row[0]]).unwrap();
    }
    for row in csv(Path::new(&example("right.csv"))).iter().skip(1) {
        let cluster = truth.get(&row[0]).unwrap_or(&row[0]);
        writer.write_record([&row[0], &row[1], &row[2], &iso(&row[3], true), &row[4], &row[5], cluster]).unwrap();
    }
    writer.flush().unwrap();
    path
}

fn iso(date: &str, month_first: bool) -> String {
    let parts: Vec<&str> = date.split('/').collect();
    match parts[..] {
        [a, b, year] if month_first => format!("{year}-{a}-{b}"),
        [a, b, year] => format!("{year}-{b}-{a}"),
        _ => String::new(),
    }
}

#[test]
fn one_table_is_deduped_into_clusters() {
    let folder = folder();
    let people = one_table(folder.path());
    let out = folder.path().join("clusters.csv");
    run(&["dedupe", text(&people), "--clusters", "--threshold", "0.5,0.99", "-o", text(&out)], 0);
    let rows = csv(&out);
    assert_eq!(rows[0], ["id", "cluster_id", "cluster_id_0.99"]);
    assert_eq!(rows.len(), 901);
    let found = run(&["evaluate", text(&out), "--truth", text(&people), "--json", "-"], 0);
    let figures = json(&found.stdout);
    let f1 = figures["pairs"]["f1"].as_f64().unwrap();
    assert!(f1 > 0.95, "{f1}\n{figures:#}");
    let plain = folder.path().join("plain.csv");
    run(&["dedupe", text(&people), "--clusters", "--no-cut", "-o", text(&plain)], 0);
    let pairs = folder.path().join("pairs.parquet");
    run(&["dedupe", text(&people), "-o", text(&pairs)], 0);
}

#[test]
fn a_truth_column_and_an_id_are_never_evidence() {
    let folder = folder();
    let people = one_table(folder.path());
    let model = folder.path().join("model.toml");
    run(&["dedupe", text(&people), "-o", text(&folder.path().join("p.csv")), "--save-model", text(&model)], 0);
    let model = std::fs::read_to_string(model).unwrap();
    assert!(!model.contains("cluster") && !model.contains("fields.id"), "{model}");
}

#[test]
fn evaluation_tells_what_is_right() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    run(
        &[
            "link",
            &example("left.csv"),
            &example("right.csv"),
            "-o",
            &path("links.csv"),
            "--all",
            "--threshold",
            "0.01",
        ],
        0,
    );
    let output = run(
        &["evaluate", &path("links.csv"), "--truth", &example("truth.csv"), "--json", "-", "--svg", &path("curves")],
        0,
    );
    let figures = json(&output.stdout);
    assert_eq!(figures["true_pairs"], 300);
    assert!(figures["best_f1"]["f1"].as_f64().unwrap() > 0.98, "{figures:#}");
    for name in ["roc.svg", "precision_recall.svg", "thresholds.svg", "reliability.svg"] {
        let svg = std::fs::read_to_string(folder.path().join("curves").join(name)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
    }
}

#[test]
fn blocks_are_weighed_before_any_pair_is_compared() {
    let folder = folder();
    let svg = folder.path().join("blocks.svg");
    let suggested = folder.path().join("suggested.toml");
    let output = run(
        &[
            "blocks",
            &example("left.csv"),
            &example("right.csv"),
            "--truth",
            &example("truth.csv"),
            "--json",
            "-",
            "--svg",
            text(&svg),
            "--suggest",
            text(&suggested),
        ],
        0,
    );
    let report = json(&output.stdout);
    assert!(report["pair_completeness"].as_f64().unwrap() > 0.99, "{report:#}");
    let rules = report["rules"].as_array().unwrap();
    let new: u64 = rules.iter().map(|rule| rule["new_pairs"].as_u64().unwrap()).sum();
    assert_eq!(report["pairs"].as_u64(), Some(new));
    assert_eq!(rules.last().unwrap()["cumulative_pairs"].as_u64(), Some(new));
    assert!(svg.exists() && std::fs::read_to_string(suggested).unwrap().contains("[[blocking]]"));
}

#[test]
fn a_pair_is_explained_to_the_sum() {
    let folder = folder();
    let (left, right) = links(Path::new(&example("truth.csv")))[0].clone();
    let svg = folder.path().join("pair.svg");
    let words = ["explain", &example("left.csv"), &example("right.csv"), &left, &right];
    let output = run(&[&words[..], &["--json", "-", "--svg", text(&svg)]].concat(), 0);
    let parts = json(&output.stdout);
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let sum = number(&parts["prior_weight"])
        + parts["comparisons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| number(&part["weight"]) + number(&part["term_frequency_adjustment"]))
            .sum::<f64>();
    assert!((sum - number(&parts["match_weight"])).abs() < 1e-9);
    assert!(parts["blocking_rules"].as_array().unwrap().iter().any(|rule| rule["holds"] == true));
    let said = run(&words, 0);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("match weight") && said.contains("a candidate"), "{said}");
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg"));
    let nobody = run(&["explain", &example("left.csv"), &example("right.csv"), &left, "B999"], 2);
    assert!(stderr(&nobody).contains("no row"), "{}", stderr(&nobody));
}

#[test]
fn models_of_splink_come_in_and_go_out() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let splink = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/splink/fixtures/fake_1000.json");
    let output = run(&["model", "import", text(&splink), "-o", &path("model.toml")], 0);
    let said = stderr(&output);
    let refused = said.lines().find(|line| line.starts_with("levels and rules refused")).unwrap();
    assert!(refused.ends_with(" 0"), "{said}");
    run(&["model", "export", &path("model.toml"), "-o", &path("out.json")], 0);
    run(&["model", "import", &path("out.json"), "-o", &path("again.toml")], 0);
    let broken = std::fs::read_to_string(&splink).unwrap().replace("jaro_winkler_similarity", "some_other_function");
    std::fs::write(path("broken.json"), broken).unwrap();
    let refused = run(&["model", "import", &path("broken.json"), "-o", &path("x.toml")], 2);
    assert!(stderr(&refused).contains("some_other_function"), "{}", stderr(&refused));
}

#[test]
fn a_phone_that_is_text_on_one_side_and_a_number_on_the_other_links() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (mut left, mut right) = (String::from("id,name,phone\n"), String::from("id,name,phone\n"));
    let names = ["Ann Lee", "Raj Patel", "Eva Novak", "Tom Okafor", "Mia Rossi", "Ali Khan", "Zoe Brown", "Ian Mac"];
    for (n, name) in names.iter().cycle().take(200).enumerate() {
        left.push_str(&format!("L{n},{name},07700 900{n:03}\n"));
        right.push_str(&format!("R{n},{name},7700900{n:03}.0\n"));
    }
    std::fs::write(path("left.csv"), left).unwrap();
    std::fs::write(path("right.csv"), right).unwrap();
    run(&["link", &path("left.csv"), &path("right.csv"), "-o", &path("links.csv")], 0);
    let found = links(Path::new(&path("links.csv")));
    assert!(found.len() > 190 && found.iter().all(|(l, r)| l[1..] == r[1..]), "{}", found.len());
}

#[test]
fn everything_reads_and_writes_pipes() {
    let folder = folder();
    let bytes = std::fs::read(example("left.csv")).unwrap();
    let stream = rewash_with_input(&["link", "-", &example("right.csv"), "-o", "-", "--format", "arrow", "-q"], &bytes);
    assert_eq!(stream.status.code(), Some(0), "{}", stderr(&stream));
    let pairs = folder.path().join("pairs.arrow");
    std::fs::write(&pairs, &stream.stdout).unwrap();
    let piped = rewash_with_input(&["evaluate", "-", "--truth", &example("truth.csv"), "--json", "-"], &stream.stdout);
    assert!(json(&piped.stdout)["best_f1"]["f1"].as_f64().unwrap() > 0.98, "{}", stderr(&piped));
    let lines = rewash_with_input(&["link", "-", &example("right.csv"), "-o", "-", "--format", "jsonl", "-q"], &bytes);
    let first = String::from_utf8(lines.stdout).unwrap().lines().next().unwrap().to_owned();
    assert!(json(first.as_bytes())["match_weight"].is_number());
    let parquet = rewash_with_input(&["link", "-", &example("right.csv"), "-o", "-", "--format", "parquet"], &bytes);
    assert_eq!(parquet.status.code(), Some(2));
}

#[test]
fn pairs_pass_to_jq_where_it_is_present() {
    if Command::new("jq").arg("--version").output().is_err() {
        eprintln!("skipped: no jq on this machine");
        return;
    }
    let program = assert_cmd::cargo::cargo_bin("rewash");
    let line = format!(
        "'{}' link '{}' '{}' -o - --format jsonl -q | jq -r 'select(.match_probability > 0.99) | .left_id' | wc -l",
        program.display(),
        example("left.csv"),
        example("right.csv")
    );
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let count: usize = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    assert!(count > 250, "{count}");
}

#[test]
fn pairs_pass_to_python_where_it_has_arrow() {
    let has = Command::new("python3").args(["-c", "import pyarrow, duckdb"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no Python with pyarrow and duckdb on this machine");
        return;
    }
    let program = assert_cmd::cargo::cargo_bin("rewash");
    let script = "import sys, pyarrow as pa, duckdb\n\
                  pairs = pa.ipc.open_stream(sys.stdin.buffer).read_all()\n\
                  print(duckdb.sql('select count(*) from pairs where match_probability > 0.99').fetchall()[0][0])";
    let line = format!(
        "'{}' link '{}' '{}' -o - --format arrow -q | python3 -c \"{script}\"",
        program.display(),
        example("left.csv"),
        example("right.csv")
    );
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let count: usize = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    assert!(count > 250, "{count} {}", stderr(&output));
}

#[test]
fn wrong_words_get_a_sentence() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    let check = |words: &[&str], status: i32, part: &str| {
        let output = run(words, status);
        assert!(stderr(&output).contains(part), "{words:?}\n{}", stderr(&output));
    };
    check(&["link", &left, &right, "-o", &path("links.xyz")], 2, "--format");
    check(&["link", &left, &right, "-o", &path("l.csv"), "--id", "nobody"], 3, "no column");
    check(&["link", &left, &right, "-o", &path("l.csv"), "--threshold", "2"], 2, "not a probability");
    check(&["link", &left, "nothing.csv", "-o", &path("l.csv")], 3, "nothing.csv");
    std::fs::write(path("empty.csv"), "a,b\n").unwrap();
    check(&["link", &left, &path("empty.csv"), "-o", &path("l.csv")], 3, "no rows");
    std::fs::write(path("other.csv"), "id,colour\n1,red\n2,blue\n3,red\n").unwrap();
    check(&["link", &left, &path("other.csv"), "-o", &path("l.csv")], 3, "no column");
    std::fs::write(path("taken.csv"), "").unwrap();
    check(&["link", &left, &right, "-o", &path("taken.csv")], 2, "exists already");
}
