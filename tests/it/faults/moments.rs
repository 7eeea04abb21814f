//! What happens around a command: death and a limit of size at random moments, files that are cut or change under it, a folder
//! where nothing can be made, another run at the same place, a reader that goes away, a clock that is moved back.

use super::scenarios::Scenario;
use super::{Expected, Stage, difference, ended_well, said, say, scenarios, wants_all, without_leftovers};
use rewash::util::hash::mix;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Moments at which a run is killed, and sizes at which a file is full; and many more where all are tried.
const MOMENTS: u64 = 4;
const MOMENTS_ALL: u64 = 200;
/// Runs at one place at once.
const TWICE: u64 = 2;
const TWICE_ALL: u64 = 20;
/// Four years back, in seconds.
const BACK: &str = "-126230400";

fn times(few: u64, all: u64) -> u64 {
    if wants_all() { all } else { few }
}

/// Kills a command at random moments, and gives it a limit of the size of files.
pub(super) fn at_random(name: &'static str, scenario: &Scenario) {
    let stage = Stage::new(name, scenario);
    let begun = Instant::now();
    assert!(stage.run(&scenario.command, &[]).status.code().is_some_and(|status| status <= 1));
    let takes = begun.elapsed().as_micros() as u64 * 5 / 4;
    stage.again();
    let expected = stage.expected();
    for number in 0..times(MOMENTS, MOMENTS_ALL) {
        stage.again();
        let quiet = Stdio::null;
        let mut child = stage.command(&scenario.command).stdout(quiet()).stderr(quiet()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(mix(number, 9) % takes));
        child.kill().unwrap();
        child.wait().unwrap();
        stage.left(&expected, &format!("{name}, kill {number}"));
    }
    let largest = largest(&stage, &expected);
    let mut refused = 0;
    for number in 0..times(MOMENTS, MOMENTS_ALL) {
        stage.again();
        // The first leaves room for nothing, others for a part of what is written.
        let bytes = if number == 0 { 0 } else { mix(number, 10) % largest };
        let output = limited(&stage, bytes);
        let place = format!("{name}, files of at most {bytes} bytes");
        ended_well(&output, "limit", expected.usual, &place);
        refused += u64::from(output.status.code() == Some(4));
        stage.left(&expected, &place);
    }
    assert!(refused > 0, "{name}: no limit of size was met");
    let moments = times(MOMENTS, MOMENTS_ALL);
    say(&format!("{name}: killed at {moments} random moments, {moments} limits of size of which {refused} were met"));
}

/// Bytes of the largest file that a command makes or changes.
fn largest(stage: &Stage, expected: &Expected) -> u64 {
    stage.run(&stage.scenario.command, &[]);
    let mut all = BTreeMap::new();
    sizes(&stage.work, &mut all);
    let mut before = BTreeMap::new();
    sizes(&stage.kept, &mut before);
    let made = all.iter().filter(|(name, size)| before.get(*name) != Some(size) || name.ends_with(".ledger"));
    assert!(expected.calls > 0);
    made.map(|(_, size)| *size).max().unwrap_or(0).max(1024)
}

fn sizes(folder: &Path, out: &mut BTreeMap<String, u64>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sizes(&path, out);
        } else {
            out.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), path.metadata().unwrap().len());
        }
    }
}

/// Runs the command where no file may have more than some bytes, in steps of the shell's. Files that were longer before stay
/// as they are.
fn limited(stage: &Stage, bytes: u64) -> Output {
    let script = format!("ulimit -f {}; exec \"$@\"", bytes / 512);
    Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(assert_cmd::cargo::cargo_bin("rewash"))
        .args(&stage.scenario.command)
        .args(["--threads", "1"])
        .current_dir(&stage.work)
        .output()
        .unwrap()
}

/// Plays a scenario while something happens that is no fault of the disk.
pub(super) fn around(name: &'static str, scenario: &Scenario) {
    let stage = Stage::new(name, scenario);
    let expected = stage.expected();
    where_nothing_can_be_made(&stage, &expected);
    nobody_listens(&stage, &expected);
    the_clock_is_back(&stage, &expected);
    inputs_change(&stage, &expected);
    for number in 0..times(TWICE, TWICE_ALL) {
        stage.again();
        at_once(&stage, &expected, number);
    }
}

fn where_nothing_can_be_made(stage: &Stage, expected: &Expected) {
    for kind in ["readonly", "inodes"] {
        stage.again();
        let place = format!("{}, {kind}", stage.name);
        let output = stage.faulty(kind, 1);
        ended_well(&output, kind, -1, &place);
        assert!(matches!(output.status.code(), Some(2 | 4)), "{place}: {}", said(&output));
        assert!(without_leftovers(&stage.look()) == expected.before, "{place}");
        stage.left(expected, &place);
    }
}

/// Whoever read what is said has gone: that is no reason to stop.
fn nobody_listens(stage: &Stage, expected: &Expected) {
    stage.again();
    let piped = Stdio::piped;
    let mut child = stage.command(&stage.scenario.command).stdout(piped()).stderr(piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(expected.usual), "{}: nobody listens", stage.name);
    let found = stage.look();
    assert!(found == expected.after, "{}: nobody listens: {}", stage.name, difference(&found, &expected.after));
}

fn the_clock_is_back(stage: &Stage, expected: &Expected) {
    stage.again();
    let output = stage.run(&stage.scenario.command, &[("FAULT_CLOCK", BACK)]);
    assert_eq!(output.status.code(), Some(expected.usual), "{}, clock back: {}", stage.name, said(&output));
    stage.left(expected, &format!("{}, clock back", stage.name));
    for ledger in ["hmrc.ledger", "ho.ledger", "dwp.ledger"] {
        if stage.work.join(ledger).exists() {
            let output = stage.run(&["audit", "verify", "--ledger", ledger], &[]);
            assert!(output.status.success(), "{}, clock back: {}", stage.name, said(&output));
        }
    }
}

/// Inputs that are cut to nothing, or touched, as soon as they are mapped.
fn inputs_change(stage: &Stage, expected: &Expected) {
    for (kind, told) in [("cut", "cut short by another process"), ("changed", "has changed while it was read")] {
        stage.again();
        let place = format!("{}, inputs {kind}", stage.name);
        let output = stage.faulty(kind, 0);
        let errors = String::from_utf8_lossy(&output.stderr);
        let is_told = output.status.code() == Some(3) && errors.contains(told) && errors.contains("E31");
        // Of its own files the program knows what they should be; what it has not mapped cannot be cut under it.
        let is_done = !stage.scenario.reads && output.status.code() == Some(expected.usual);
        let is_own = !stage.scenario.reads && output.status.code() == Some(3);
        assert!(is_told || is_done || is_own, "{place}: {}", said(&output));
        restore(&stage.kept, &stage.work);
        if is_told {
            let found = without_leftovers(&stage.look());
            assert!(found == expected.before, "{place}: {}", difference(&found, &expected.before));
        }
        stage.left(expected, &place);
    }
}

/// Puts back the files that were cut.
fn restore(kept: &Path, work: &Path) {
    for entry in std::fs::read_dir(kept).unwrap() {
        let path = entry.unwrap().path();
        let target = work.join(path.file_name().unwrap());
        if path.is_dir() {
            restore(&path, &target);
        } else if target.metadata().is_ok_and(|about| about.len() == 0) {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// The same command twice at once: one is carried out, and the other is refused or finds it done.
fn at_once(stage: &Stage, expected: &Expected, number: u64) {
    let start = || stage.command(&stage.scenario.command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let first = start();
    std::thread::sleep(Duration::from_micros(mix(number, 11) % 20_000));
    let outputs = [first, start()].map(|child| child.wait_with_output().unwrap());
    let statuses = outputs.each_ref().map(|output| output.status.code().unwrap_or(-1));
    let place = format!("{}, twice at once: {} {}", stage.name, said(&outputs[0]), said(&outputs[1]));
    assert!(statuses.contains(&expected.usual), "{place}");
    let refused = |status: &i32| *status == expected.usual || [2, 4].contains(status);
    assert!(statuses.iter().all(|status| refused(status) || stage.scenario.done.contains(status)), "{place}");
    outputs.iter().for_each(|output| ended_well(output, "twice", expected.usual, &place));
    let found = stage.look();
    assert!(found == expected.after, "{place}: {}", difference(&found, &expected.after));
}

/// The trace and the link by themselves, with both forms of the log.
#[test]
fn a_file_that_is_cut_or_changed_while_it_is_mapped_is_told() {
    let scenario = Scenario { before: Vec::new(), ..scenarios::link() };
    let stage = Stage::new("link", &scenario);
    let trace = "trace extract.csv --register hmrc=register.csv --on 2016-04-30 --format csv --out traced";
    let link = "link left.csv right.csv -o links.csv";
    for (kind, told) in [("cut", "cut short by another process"), ("changed", "has changed while it was read")] {
        for (words, log) in [(trace, "text"), (trace, "json"), (link, "text"), (link, "json")] {
            stage.again();
            let words: Vec<&str> = words.split(' ').collect();
            let faults = [("FAULT_KIND", kind), ("FAULT_AT", "0")];
            let output = stage.run(&[&words[..], &["--log", log]].concat(), &faults);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{kind}: {}", said(&output));
            assert!(errors.contains(told) && errors.contains("E31"), "{kind}: {errors}");
            assert!(!stage.work.join("traced").exists() && !stage.work.join("links.csv").exists(), "{kind}");
            restore(&stage.kept, &stage.work);
            let again = stage.run(&words, &[]);
            assert!(matches!(again.status.code(), Some(0 | 1)), "{}", said(&again));
            let left = std::fs::read_dir(&stage.work).unwrap().map(|entry| entry.unwrap().file_name());
            assert!(left.into_iter().all(|name| !name.to_string_lossy().contains(".tmp-")), "{kind}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scenario = scenarios::pool_extract();
    let stage = Stage::new("pool_extract", &scenario);
    assert!(stage.run(&scenario.command, &[]).status.success());
    for words in [
        "help obligations",
        "check --print-specification",
        "check extract.csv --on 2016-04-30",
        "link left.csv right.csv --threshold 0 -o - --quiet",
        "link left.csv right.csv --threshold 0 -o - --format jsonl --quiet",
        "link left.csv right.csv --threshold 0 -o - --format arrow --quiet",
        "dedupe people_register.csv -o - --quiet",
        "blocks left.csv right.csv --quiet",
        "explain left.csv right.csv 1 7 --quiet",
        "pool due --ledger ho.ledger --by clerk --on 2016-10-30 --quiet",
        "ledger deliveries --ledger ho.ledger --quiet",
        "ledger row W0001-000001 --ledger ho.ledger --quiet",
        "audit export --ledger ho.ledger --quiet",
        "model chart model.toml -o - --quiet",
        "completions bash",
        "man",
    ] {
        if words.starts_with("model") {
            let link = "link left.csv right.csv -o links.csv --save-model model.toml --quiet";
            let made = stage.run(&link.split(' ').collect::<Vec<_>>(), &[]);
            assert!(matches!(made.status.code(), Some(0 | 1)), "{}", said(&made));
        }
        let mut command = stage.command(&words.split(' ').collect::<Vec<_>>());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words}: {}", said(&output));
        assert!(!errors.contains("error"), "{words}: {errors}");
    }
}

#[test]
fn a_clock_that_is_moved_back_breaks_no_chain() {
    let scenario = scenarios::trace();
    let stage = Stage::new("trace", &scenario);
    let run = |words: &[&str], moved: &str| {
        let output = stage.run(words, &[("FAULT_CLOCK", moved)]);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
    };
    run(&scenario.command, "-400000000");
    run(&["ledger", "close", "R0001", "--on", "2016-05-31", "--ledger", "hmrc.ledger"], "-300000000");
    run(&["audit", "verify", "--ledger", "hmrc.ledger"], "-500000000");
    run(&["audit", "verify", "--ledger", "hmrc.ledger", "--anchor", "traced/manifest.json"], "0");
}
