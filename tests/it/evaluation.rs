//! How good a trace is, from outside: groups, kinds of miss, rows to look at, and whether probabilities mean what they say.

use crate::support::{csv, folder, run, text};
use std::path::{Path, PathBuf};

/// Made data of another seed and other error rates than anything was tuned on, traced with its truth.
fn traced(folder: &Path, people: &str, rows: &str) -> (PathBuf, PathBuf) {
    traced_of(folder, "4711", people, rows)
}

fn traced_of(folder: &Path, seed: &str, people: &str, rows: &str) -> (PathBuf, PathBuf) {
    let made = folder.join(format!("made-{seed}"));
    let rates = ["variant=0.18", "typo=0.09", "date_swap=0.05", "default_date=0.02", "cut_off=0.2", "alias=0.03"];
    let mut words = vec!["synth", "--register", people, "--extract", rows, "--seed", seed, "--no-benefits"];
    words.extend(["--extract-format", "parquet", "--present", "0.35", "--out", text(&made)]);
    for rate in rates {
        words.extend(["--rate", rate]);
    }
    run(&words, 0);
    let out = folder.join(format!("traced-{seed}"));
    let register = format!("hmrc={}", text(&made.join("register.parquet")));
    let (extract, truth) = (made.join("extract.parquet"), made.join("truth.csv"));
    let words = ["trace", text(&extract), "--register", &register, "--on", "2016-04-30", "--out", text(&out)];
    run(&[&words[..], &["--truth", text(&truth)]].concat(), 0);
    (out.join("outcomes.parquet"), truth)
}

fn json(outcomes: &Path, truth: &Path, by: &str) -> serde_json::Value {
    let words = ["evaluate", text(outcomes), "--truth", text(truth), "--by", by, "--json", "-"];
    serde_json::from_slice(&run(&words, 0).stdout).unwrap()
}

/// The bar: within 2 points plus two standard errors of the observed share, in every bin.
fn is_calibrated(bin: &serde_json::Value) -> bool {
    let (rows, right) = (bin["rows"].as_f64().unwrap(), bin["right"].as_f64().unwrap());
    let Some(stated) = bin["mean_probability"].as_f64() else { return true };
    let share = right / rows;
    // Of a share of none or all the error is not zero: the stated one serves.
    let spread = if share == 0.0 || share == 1.0 { stated } else { share };
    (stated - share).abs() <= 0.02 + 2.0 * (spread * (1.0 - spread) / rows).sqrt()
}

#[test]
fn stated_probabilities_mean_what_they_say() {
    let folder = folder();
    // Of one set a tenth in the middle has some forty rows, and one in twenty is off by chance: two sets are taken together.
    let of_sets = ["4711", "4721"].map(|seed| {
        let (outcomes, truth) = traced_of(folder.path(), seed, "120000", "16000");
        json(&outcomes, &truth, "culture")
    });
    for tenth in 0..10 {
        let bin = together(of_sets.iter().map(|found| &found["reliability"][tenth]));
        assert!(is_calibrated(&bin), "{bin} of {:#} and {:#}", of_sets[0]["reliability"], of_sets[1]["reliability"]);
    }
    // The test can fail: probabilities that are told wrong are seen.
    assert!(!is_calibrated(&serde_json::json!({ "rows": 200, "right": 120, "mean_probability": 0.75 })));
    for found in &of_sets {
        let (expected, right) = (found["expected_right"].as_f64().unwrap(), found["right"].as_f64().unwrap());
        assert!((expected - right).abs() < 0.01 * right, "{expected} {right}");
        assert!(found["precision"].as_f64().unwrap() >= 0.997, "{found:#}");
        let groups = found["by"][0]["groups"].as_array().unwrap();
        let present: u64 = groups.iter().filter_map(|group| group["present"].as_u64()).sum();
        assert!(groups.len() > 20 && present > 2_500, "{groups:?}");
    }
}

/// One tenth of several sets.
fn together<'a>(bins: impl Iterator<Item = &'a serde_json::Value>) -> serde_json::Value {
    let (mut rows, mut right, mut stated) = (0.0, 0.0, 0.0);
    for bin in bins {
        let of = bin["rows"].as_f64().unwrap();
        rows += of;
        right += bin["right"].as_f64().unwrap();
        stated += of * bin["mean_probability"].as_f64().unwrap_or(0.0);
    }
    serde_json::json!({ "rows": rows, "right": right, "mean_probability": (rows > 0.0).then(|| stated / rows) })
}

/// With the truth all candidates are kept and put in order, without it as far as anybody looks: the slow twin.
#[test]
fn outcomes_are_the_same_bytes_with_the_truth_and_without() {
    let folder = folder();
    let (outcomes, _) = traced(folder.path(), "8000", "900");
    let made = folder.path().join("made-4711");
    let (extract, out) = (made.join("extract.parquet"), folder.path().join("blind"));
    let register = format!("hmrc={}", text(&made.join("register.parquet")));
    run(&["trace", text(&extract), "--register", &register, "--on", "2016-04-30", "--out", text(&out)], 0);
    for name in ["outcomes.parquet", "review.csv", "review.jsonl", "hmrc_to_ho.csv"] {
        let bytes = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert!(bytes(&out) == bytes(outcomes.parent().unwrap()), "{name}");
    }
}

#[test]
fn misses_are_told_apart_and_listed() {
    let folder = folder();
    let (outcomes, truth) = traced(folder.path(), "8000", "900");
    let kinds = json(&outcomes, &truth, "kind");
    let present = kinds["present"].as_u64().unwrap();
    let words = ["evaluate", text(&outcomes), "--truth", text(&truth), "--by", "kind,errors", "--cells-min", "0"];
    let shown = String::from_utf8(run(&words, 0).stdout).unwrap();
    for word in ["scored_low", "right", "variant", "swapped_date", "recall at precision 0.999", "stated 0.9 to 1.0"] {
        assert!(shown.contains(word), "{word}\n{shown}");
    }
    let hidden = run(&words[..6], 0);
    assert!(String::from_utf8(hidden.stdout).unwrap().contains("<10"));
    let look = folder.path().join("look.csv");
    let words = ["evaluate", text(&outcomes), "--truth", text(&truth), "--rows", text(&look)];
    run(&words, 0);
    let rows = csv(&look);
    let kind = |row: &&Vec<String>| !["right", "rightly_none"].contains(&row[0].as_str());
    assert_eq!(rows[0][0], "kind");
    assert!(rows.len() > 1 && rows[1..].iter().all(|row| kind(&row)));
    let missed = rows[1..].iter().filter(|row| row[0] != "absent_matched").count() as u64;
    assert_eq!(missed + kinds["right"].as_u64().unwrap(), present);
}

#[test]
fn wrong_words_say_what_to_do() {
    let folder = folder();
    let (outcomes, truth) = traced(folder.path(), "2000", "200");
    let output = run(&["evaluate", text(&outcomes), "--truth", text(&truth), "--by", "shoe_size"], 3);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("shoe_size") && said.contains("culture"), "{said}");
    let pairs = folder.path().join("pairs.csv");
    std::fs::write(&pairs, "left_id,right_id,match_weight\na,b,1\n").unwrap();
    let output = run(&["evaluate", text(&pairs), "--truth", text(&pairs), "--compared", text(&truth)], 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("--compared is for outcomes of a trace"));
    let output = run(&["evaluate", text(&outcomes), "--truth", text(&truth), "--table", text(&pairs)], 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("--table is for pairs and clusters"));
    for words in [
        "--model nothing.toml",
        "--id foo",
        "--truth-column q",
        "--term-frequencies q=nothing.csv",
        "--block-pairs 9",
        "--random-pairs 9",
        "--median",
        "--seed 7",
        "--threshold 0.7",
    ] {
        let evaluate = ["evaluate", text(&outcomes), "--truth", text(&truth)];
        let output = run(&evaluate.into_iter().chain(words.split(' ')).collect::<Vec<_>>(), 2);
        let said = String::from_utf8(output.stderr).unwrap();
        let option = words.split(' ').next().unwrap();
        assert!(said.contains(&format!("{option} is for pairs and clusters")), "{said}");
        // Without tables such words would do nothing for pairs either.
        if option != "--threshold" {
            let evaluate = ["evaluate", text(&pairs), "--truth", text(&pairs)];
            let output = run(&evaluate.into_iter().chain(words.split(' ')).collect::<Vec<_>>(), 2);
            assert!(String::from_utf8(output.stderr).unwrap().contains(&format!("{option} is for tables")));
        }
    }
}
