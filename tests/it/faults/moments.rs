//! What happens around a command: files that are cut or change under it, a folder where nothing can be made, another run at
//! the same place, a reader that goes away, a clock that is moved back, and death at any moment.

use super::{LEDGERS, TRACE, inputs, library, said};
use crate::support::{folder, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Moments at which a run is killed, and many more where all are tried.
const KILLS: u64 = 20;
const KILLS_ALL: u64 = 200;

struct Place {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = folder();
        let library = library(folder.path());
        std::fs::create_dir(folder.path().join("work")).unwrap();
        let place = Self { folder, library };
        inputs(&place.work());
        place
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rewash"));
        command.args(words).current_dir(self.work());
        command
    }

    fn run(&self, words: &[&str], faults: &[(&str, &str)]) -> Output {
        let mut command = self.command(words);
        if !faults.is_empty() {
            command.env("LD_PRELOAD", &self.library).envs(faults.iter().copied());
        }
        command.output().unwrap()
    }

    /// Names that can be seen in the working folder.
    fn seen(&self) -> Vec<String> {
        names(&self.work()).into_iter().filter(|name| !name.starts_with('.')).collect()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut out: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    out.sort();
    out
}

/// The trace without a ledger.
fn trace() -> Vec<&'static str> {
    let mut words = TRACE.to_vec();
    let at = words.iter().position(|word| *word == "--ledger").unwrap();
    words.drain(at..at + 2);
    words
}

#[test]
fn a_file_that_is_cut_or_changed_while_it_is_mapped_is_told() {
    for (kind, told) in [("cut", "cut short by another process"), ("changed", "has changed while it was read")] {
        for log in ["text", "json"] {
            let place = Place::new();
            let before = place.seen();
            let words = [&trace()[..], &["--log", log]].concat();
            let output = place.run(&words, &[("FAULT_KIND", kind), ("FAULT_AT", "0")]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{kind}: {}", said(&output));
            assert!(errors.contains(told) && errors.contains("E31"), "{kind}: {errors}");
            assert_eq!(place.seen(), before, "{kind}");
            inputs(&place.work());
            let again = place.run(&trace(), &[]);
            assert!(again.status.success(), "{}", said(&again));
            assert!(names(&place.work()).iter().all(|name| !name.contains(".tmp-")), "{kind}");
        }
    }
}

#[test]
fn where_nothing_can_be_made_nothing_is_left() {
    let place = Place::new();
    let before = place.seen();
    let link = ["link", "left.csv", "right.csv", "-o", "links.csv"];
    for words in [&trace()[..], &link, &LEDGERS[1]] {
        for kind in ["readonly", "inodes"] {
            let output = place.run(words, &[("FAULT_KIND", kind), ("FAULT_AT", "1")]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(2 | 4)), "{words:?}, {kind}: {}", said(&output));
            assert_eq!(errors.lines().filter(|line| line.starts_with("error")).count(), 1, "{errors}");
            assert_eq!(place.seen(), before, "{words:?}, {kind}");
        }
    }
    assert!(place.run(&trace(), &[]).status.success());
}

#[test]
fn of_two_runs_into_one_folder_one_has_it_whole() {
    let place = Place::new();
    let usual = place.run(&trace(), &[]);
    assert!(usual.status.success(), "{}", said(&usual));
    let whole = names(&place.work().join("traced"));
    for _ in 0..5 {
        std::fs::remove_dir_all(place.work().join("traced")).unwrap();
        let start = || place.command(&trace()).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let outputs = [start(), start()].map(|child| child.wait_with_output().unwrap());
        let mut statuses = outputs.each_ref().map(|output| output.status.code());
        statuses.sort_unstable();
        assert_eq!(statuses, [Some(0), Some(2)], "{} {}", said(&outputs[0]), said(&outputs[1]));
        assert_eq!(names(&place.work().join("traced")), whole);
        assert!(names(&place.work()).iter().all(|name| !name.contains(".tmp-")));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    for words in [
        "help obligations",
        "check --print-specification",
        "check extract.csv --on 2016-04-30",
        "link left.csv right.csv --threshold 0 -o - --quiet",
        "link left.csv right.csv --threshold 0 -o - --format jsonl --quiet",
        "link left.csv right.csv --threshold 0 -o - --format arrow --quiet",
        "blocks left.csv right.csv --quiet",
        "completions bash",
        "man",
    ] {
        let mut command = place.command(&words.split(' ').collect::<Vec<_>>());
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
    let place = Place::new();
    let run = |words: &[&str], moved: &str| {
        let output = place.run(words, &[("FAULT_CLOCK", moved)]);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
    };
    run(&LEDGERS[0], "0");
    run(&TRACE, "-400000000");
    run(&["ledger", "close", "R0001", "--on", "2016-05-31", "--ledger", "hmrc.ledger"], "-300000000");
    run(&["audit", "verify", "--ledger", "hmrc.ledger"], "-500000000");
    run(&["audit", "verify", "--ledger", "hmrc.ledger", "--anchor", "traced/manifest.json"], "0");
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_nothing_or_all() {
    let place = Place::new();
    let begun = std::time::Instant::now();
    assert!(place.run(&trace(), &[]).status.success());
    let takes = begun.elapsed().as_micros() as u64 * 2;
    let whole = names(&place.work().join("traced"));
    let all = std::env::var_os("REWASH_FAULTS").is_some_and(|word| word == "all");
    for number in 0..if all { KILLS_ALL } else { KILLS } {
        let _ = std::fs::remove_dir_all(place.work().join("traced"));
        let mut child = place.command(&trace()).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(rewash::util::hash::mix(number, 9) % takes));
        child.kill().unwrap();
        child.wait().unwrap();
        let out = place.work().join("traced");
        assert!(!out.exists() || names(&out) == whole, "kill {number}");
        let again = place.run(&trace(), &[]);
        let status = if names(&place.work()).is_empty() { None } else { again.status.code() };
        assert!(matches!(status, Some(0 | 2)), "kill {number}: {}", said(&again));
        assert_eq!(names(&out), whole, "kill {number}");
        assert!(status == Some(2) || names(&place.work()).iter().all(|name| !name.contains(".tmp-")), "kill {number}");
    }
    let _ = text(&place.work());
}
