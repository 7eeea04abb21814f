//! Mutants of every file that a command reads, its own ones among them, through the built program: each is read or refused
//! in a sentence, in bounded time and memory; a panic would end with status 5, and a wrong access with a signal.

use super::mutants::{change, mutant};
use super::{bounded, cut, say, wants_all};
use crate::faults::scenarios::{inputs, prepare};
use crate::support::{folder, text};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Mutants of each file, and many more where all are tried.
const MUTANTS: u32 = 2;
const MUTANTS_ALL: u32 = 40;
/// Words of the commands on the ledger of the Home Office.
const HO: &str = "--ledger ho.ledger --by clerk --on";

/// What leads to a command, and the command; every file that it reads is mutated in turn.
struct Reading {
    name: &'static str,
    before: Vec<String>,
    command: String,
    /// Files and folders that it reads.
    reads: &'static [&'static str],
    /// Whether a catalogue of an index is to say what the changed file is.
    sums_are_right: bool,
}

fn reading(name: &'static str, before: &[&str], command: &str, reads: &'static [&'static str]) -> Reading {
    Reading {
        name,
        before: before.iter().map(|line| (*line).to_owned()).collect(),
        command: command.to_owned(),
        reads,
        sums_are_right: false,
    }
}

/// Commands of linkage, on pairs of records.
fn of_linkage() -> Vec<Reading> {
    let link = "link left.csv right.csv -o links.csv --save-model model.toml";
    let train = "train left.csv right.csv -o trained.json";
    vec![
        reading("link, model", &[link], "link left.csv right.csv --model model.toml -o again.csv", &["model.toml"]),
        reading("link, JSON", &[train], "link left.csv right.csv --model trained.json -o again.csv", &["trained.json"]),
        reading("explain", &[link], "explain left.csv right.csv 1 7 --model model.toml --svg a.svg", &["model.toml"]),
        reading("chart", &[link], "model chart model.toml -o a.svg", &["model.toml"]),
        reading(
            "import",
            &[link, "model export model.toml -o splink.json --allow-refused"],
            "model import splink.json -o back.toml --allow-refused",
            &["splink.json"],
        ),
        reading("labels", &["@labels"], "train left.csv right.csv --labels labels.csv -o t.json", &["labels.csv"]),
        reading(
            "frequencies",
            &["@frequencies"],
            "link left.csv right.csv --term-frequencies name=frequencies.csv -o again.csv",
            &["frequencies.csv"],
        ),
        reading(
            "evaluate",
            &[link, "@labels"],
            "evaluate links.csv --truth labels.csv --svg curves",
            &["links.csv", "labels.csv"],
        ),
        reading("blocks", &["@labels"], "blocks left.csv right.csv --truth labels.csv --svg a.svg", &["labels.csv"]),
    ]
}

/// Commands of a trace and its steps.
fn of_traces() -> Vec<Reading> {
    let probe = "stage probe people.csv --data-set hmrc --on 2016-04-30 -o probe.arrow";
    let scan = "stage scan people_register.csv --probe probe.arrow -o 1.partial";
    let resolve = "stage resolve people.csv 1.partial --probe probe.arrow -o asked.arrow";
    let gather = "stage gather people_register.csv --asked asked.arrow -o 1.rows";
    let finish = "stage finish people.csv --probe probe.arrow --partials 1.partial --asked asked.arrow \
        --register hmrc=1.rows --out staged";
    let index = "index build hmrc=people_register.csv --out index";
    let traced = "trace people.csv --register hmrc=people_register.csv --on 2016-04-30 --format csv --out traced";
    let model = "trace people.csv --register hmrc=people_register.csv --on 2016-04-30 --format csv --out traced \
        --save-model model.json";
    vec![
        reading("scan", &[probe], scan, &["probe.arrow"]),
        reading("resolve", &[probe, scan], resolve, &["probe.arrow", "1.partial"]),
        reading("gather", &[probe, scan, resolve], gather, &["asked.arrow"]),
        reading(
            "finish",
            &[probe, scan, resolve, gather],
            finish,
            &["probe.arrow", "1.partial", "asked.arrow", "1.rows"],
        ),
        reading("index", &[index], "trace people.csv --index index --on 2016-04-30 --out traced", &["index"]),
        reading("inspect", &[index], "index inspect index --verify", &["index"]),
        reading("update", &[index, "@refreshed"], "index update index hmrc=register.csv", &["index"]),
        reading(
            "model of a trace",
            &[model],
            "trace people.csv --register hmrc=people_register.csv --on 2016-04-30 --model model.json --out again",
            &["model.json"],
        ),
        reading("sidecar", &["@sidecar"], "check extract.csv --on 2016-04-30", &["extract.manifest.json"]),
        reading("report", &[traced], "report --run traced --on 2016-06-30 --html --out report", &["traced"]),
        reading(
            "evaluation",
            &[traced, "@truth"],
            "evaluate traced/outcomes.csv --truth truth.csv",
            &["traced", "truth.csv"],
        ),
        reading("workbook", &[traced], "review traced -o review.xlsx", &["traced"]),
        reading(
            "reviewed",
            &[traced, "review traced -o review.xlsx", "@filled"],
            "review traced --apply filled.xlsx --on 2016-05-20",
            &["filled.xlsx", "traced"],
        ),
    ]
}

/// Commands of the exchange.
fn of_the_exchange() -> Vec<Reading> {
    let init = "ledger init ho.ledger --department home_office --by clerk";
    let extract = format!("pool extract known.csv --out wash {HO} 2016-04-30");
    let back = format!("pool return answer {HO} 2016-05-02");
    let benefits =
        "benefits answer/hmrc_to_dwp.csv --customers customers.csv --awards awards.csv --on 2016-05-02 --out benefits";
    let reported = format!("pool return --dwp benefits/dwp_to_ho.csv {HO} 2016-05-10");
    let sealed = "trace people.csv --register hmrc=people_register.csv --on 2016-04-30 --format csv --out traced \
        --encrypt-to home_office=key.pub --encrypt-to dwp=key.pub --seal-to key.pub";
    let up_to = |steps: &[&str]| steps.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let of = |name, before: Vec<String>, command: String, reads| Reading {
        name,
        before,
        command,
        reads,
        sums_are_right: false,
    };
    vec![
        of("return", up_to(&[init, &extract, "@answer"]), back.clone(), &["answer", "ho.ledger"]),
        of(
            "handoff",
            up_to(&[init, &extract, "@answer"]),
            benefits.to_owned(),
            &["answer", "customers.csv", "awards.csv"],
        ),
        of(
            "DWP's return",
            up_to(&[init, &extract, "@answer", &back, benefits]),
            reported.clone(),
            &["benefits", "ho.ledger"],
        ),
        of(
            "confirm",
            up_to(&[init, &extract, "@answer", &back, benefits, &reported, "@verified"]),
            format!(
                "pool confirm verified.csv --dwp benefits/dwp_to_ho.csv --agreement agreed.toml --out c {HO} 2016-05-27"
            ),
            &["verified.csv", "benefits", "agreed.toml"],
        ),
        of(
            "ledger",
            up_to(&[init, &extract, "@answer", &back]),
            "report --ledger ho.ledger --agreement agreed.toml --on 2016-06-30 --out report".to_owned(),
            &["ho.ledger", "agreed.toml"],
        ),
        of(
            "chain",
            up_to(&[init, &extract]),
            "audit verify --ledger ho.ledger --anchor wash/manifest.json".to_owned(),
            &["wash", "ho.ledger"],
        ),
        of(
            "stopped",
            up_to(&["@stopped"]),
            "benefits stopped stopped.csv --on 2016-04-30 --out savings".to_owned(),
            &["stopped.csv"],
        ),
        of("keys", up_to(&["@keys"]), sealed.to_owned(), &["key.pub"]),
        of(
            "sealed",
            up_to(&["@keys", sealed]),
            "review traced -o review.xlsx --identity key".to_owned(),
            &["traced", "key"],
        ),
    ]
}

/// Small files of this test's own.
fn own_step(step: &str, work: &Path) -> bool {
    let write = |name: &str, text: &str| std::fs::write(work.join(name), text).unwrap();
    match step {
        "@labels" => write("labels.csv", "left_id,right_id\n1,7\n"),
        "@frequencies" => write("frequencies.csv", "value,frequency\nTesfaye Haile,0.01\nAna Li,0.2\n"),
        "@truth" => write("truth.csv", "cid_person_id,nino\n77,AB123457D\n78,\n"),
        "@stopped" => write("stopped.csv", "dash_reference,benefit,stopped_on,weekly_amount\nD1,UC,2016-03-01,73.10\n"),
        "@sidecar" => write(
            "extract.manifest.json",
            "{\"rows\": 1, \"sha256\": \"00\", \"pool\": \"post2008\", \"cycle\": \"2016-04\", \"specification_version\": \"1\"}\n",
        ),
        "@keys" => {
            let output = run(work, "ledger keygen --out key");
            write("key.pub", &String::from_utf8_lossy(&output.stdout));
        }
        _ => return false,
    }
    true
}

fn run(work: &Path, line: &str) -> Output {
    Command::new(assert_cmd::cargo::cargo_bin("rewash"))
        .args(line.split_whitespace())
        .current_dir(work)
        .output()
        .unwrap()
}

/// All files below a folder, with their bytes.
fn snapshot(folder: &Path, under: &Path, out: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = under.join(path.file_name().unwrap());
        if path.is_dir() {
            snapshot(&path, &name, out);
        } else {
            out.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// Makes a folder what it was.
fn restore(work: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    std::fs::remove_dir_all(work).unwrap();
    std::fs::create_dir(work).unwrap();
    for (name, bytes) in files {
        let path = work.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        // A secret key is read where nobody else may.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, private).unwrap();
    }
}

/// What is wrong with an answer; nothing where it is right.
fn fault(output: &Output) -> Option<String> {
    let errors = String::from_utf8_lossy(&output.stderr);
    let told = errors.lines().filter(|line| line.starts_with("error: ")).count();
    let is_right = match output.status.code() {
        Some(0) => told == 0,
        Some(1) => told <= 1,
        Some(2..=4) => told == 1,
        _ => false,
    };
    (!is_right).then(|| format!("{:?} {}", output.status, cut(&errors)))
}

/// Gives mutants of all files that a command reads to it; how many, and what went wrong.
fn tried(reading: &Reading, faults: &mut Vec<String>) -> u64 {
    let folder = folder();
    let work = folder.path().join("work");
    std::fs::create_dir(&work).unwrap();
    inputs(&work);
    for line in &reading.before {
        if line.starts_with('@') {
            if !own_step(line, &work) {
                prepare(line, &work);
            }
        } else {
            let output = run(&work, line);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    let mut kept = BTreeMap::new();
    snapshot(&work, Path::new(""), &mut kept);
    let words: Vec<&str> = reading.command.split_whitespace().collect();
    let good = bounded(&words, &work);
    assert!(matches!(good.status.code(), Some(0 | 1)), "{}: {:?}", reading.name, fault(&good));
    let is_read = |name: &&PathBuf| reading.reads.iter().any(|read| name.starts_with(read));
    let mut count = 0;
    for name in kept.keys().filter(is_read) {
        count += u64::from(mutants_of(reading, &kept, name, &words, &work, faults));
    }
    assert!(count > 0, "{}", reading.name);
    count
}

fn mutants_of(
    reading: &Reading,
    kept: &BTreeMap<PathBuf, Vec<u8>>,
    name: &Path,
    words: &[&str],
    work: &Path,
    faults: &mut Vec<String>,
) -> u32 {
    let cases = if wants_all() { MUTANTS_ALL } else { MUTANTS };
    let mut runner = if wants_all() {
        TestRunner::new(Config::default())
    } else {
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let strategy = prop::collection::vec(change(), 1..6);
    for _ in 0..cases {
        let changes = strategy.new_tree(&mut runner).unwrap().current();
        restore(work, kept);
        std::fs::write(work.join(name), mutant(&kept[name], &changes)).unwrap();
        if reading.sums_are_right && name.extension().is_some_and(|ending| ending == "arrow") {
            with_right_sums(work, name);
        }
        if let Some(fault) = fault(&bounded(words, work)) {
            faults.push(format!("{}, {}: {changes:?}: {fault}", reading.name, text(name)));
        }
    }
    cases
}

/// An index whose file was changed by somebody who then wrote the right sums: its catalogue says what the file is now.
fn with_right_sums(work: &Path, name: &Path) {
    let catalogue = work.join("index/index.json");
    let text = std::fs::read_to_string(&catalogue).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    let mut body: Value = serde_json::from_str(rest.strip_suffix("\n}\n").unwrap()).unwrap();
    let sum = rewash::store::sum_of(&std::fs::read(work.join(name)).unwrap());
    set_sum(&mut body, name.file_name().unwrap().to_str().unwrap(), sum);
    let body = serde_json::to_string_pretty(&body).unwrap();
    let head = rewash::store::sum_of(body.as_bytes()).xxh3;
    std::fs::write(&catalogue, format!("{{\"xxh3\": \"{head:016x}\", \"index\":\n{body}\n}}\n")).unwrap();
}

fn set_sum(value: &mut Value, file: &str, sum: rewash::store::Sum) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == file {
                    *value = serde_json::json!({ "bytes": sum.bytes, "xxh3": format!("{:016x}", sum.xxh3) });
                } else {
                    set_sum(value, file, sum);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| set_sum(value, file, sum)),
        _ => {}
    }
}

fn all(readings: &[Reading]) {
    let mut faults = Vec::new();
    let count: u64 = readings.iter().map(|reading| tried(reading, &mut faults)).sum();
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
    say(&format!("{count} mutants of the files of {} commands, through the program", readings.len()));
}

#[test]
fn mutants_of_what_a_linkage_reads_are_read_or_refused() {
    all(&of_linkage());
}

#[test]
fn mutants_of_what_a_trace_reads_are_read_or_refused() {
    all(&of_traces());
}

/// Where sums and all are what they should be, nothing but the reading itself stands between a file and a wrong answer.
#[test]
fn mutants_of_an_index_whose_sums_are_right_are_read_or_refused() {
    let index = "index build hmrc=people_register.csv --out index";
    let trace = "trace people.csv --index index --on 2016-04-30 --out traced";
    let of =
        |name, command, before: &[&str]| Reading { sums_are_right: true, ..reading(name, before, command, &["index"]) };
    all(&[
        of("index", trace, &[index]),
        of("inspect", "index inspect index --verify", &[index]),
        of("update", "index update index hmrc=register.csv", &[index, "@refreshed"]),
    ]);
}

#[test]
fn mutants_of_what_the_exchange_reads_are_read_or_refused() {
    all(&of_the_exchange());
}
