//! Runs that are asked to stop, by Ctrl-C or by a system that ends them, at calls by which they change the disk and at random
//! moments: as a kill leaves them, and without a trace of what was not finished.

use super::scenarios::Scenario;
use super::{Expected, Stage, ended_well, said, say, scenarios, tried, wants_all};
use rewash::util::hash::mix;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Kinds of the library, the signals that they send, and what a process says that gets one.
const STOPS: [(&str, i32, &str); 2] = [("int", 2, "SIGINT"), ("term", 15, "SIGTERM")];
/// Calls that are tried unless all are, and moments.
const TRIED: usize = 4;
const MOMENTS: u64 = 2;
const MOMENTS_ALL: u64 = 50;

/// Asks a command to stop at its calls, and at random moments.
pub(super) fn asked(name: &'static str, scenario: &Scenario) {
    let stage = Stage::new(name, scenario);
    let expected = stage.expected();
    let mut stopped = 0;
    let calls = tried(expected.calls);
    let step = if wants_all() { 1 } else { calls.len().div_ceil(TRIED) };
    for (kind, signal, word) in STOPS {
        for at in calls.iter().step_by(step) {
            stage.again();
            let place = format!("{name}, {kind} at call {at} of {}", expected.calls);
            let output = stage.faulty(kind, *at);
            stopped += usize::from(is_stopped(&stage, &expected, &output, (signal, word), &place));
        }
    }
    assert!(stopped > TRIED, "{name}: {stopped} stopped");
    let moments = if wants_all() { MOMENTS_ALL } else { MOMENTS };
    for number in 0..moments {
        let (_, signal, word) = STOPS[number as usize % 2];
        stage.again();
        let mut child = stage.command(&scenario.command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(mix(number, 12) % 40_000));
        // One that has ended is there until it is waited for.
        let words = [format!("-{signal}"), child.id().to_string()];
        assert!(Command::new("kill").args(words).status().unwrap().success());
        let place = format!("{name}, {word} at moment {number}");
        let early = child.try_wait().unwrap().is_some();
        let output = child.wait_with_output().unwrap();
        // In its first moment it has nothing to take away, and the system ends it without a word.
        let is_silent = early || output.stderr.is_empty();
        let word = if is_silent { "" } else { word };
        is_stopped(&stage, &expected, &output, (signal, word), &place);
    }
    say(&format!("{name}: asked to stop at {stopped} calls and {moments} moments"));
}

/// Whether the run was stopped, with a sentence; it may have been at its end. Nothing is left that was not finished.
fn is_stopped(stage: &Stage, expected: &Expected, output: &Output, (signal, word): (i32, &str), place: &str) -> bool {
    let is_stopped = output.status.signal() == Some(signal);
    if is_stopped {
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{place}: {}", said(output));
    } else {
        ended_well(output, "stop", expected.usual, place);
    }
    let left = unfinished(&stage.work);
    assert!(left.is_empty(), "{place}: {left:?}: {}", said(output));
    stage.left(expected, place);
    is_stopped
}

/// Names that files and folders have until they are finished.
fn unfinished(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().contains(".tmp-") {
            found.push(path.display().to_string());
        } else if path.is_dir() {
            found.extend(unfinished(&path));
        }
    }
    found
}

#[test]
fn a_stop_is_told_in_both_forms_of_the_log() {
    let scenario = scenarios::trace();
    let stage = Stage::new("trace", &scenario);
    let calls = stage.expected().calls.to_string();
    for (log, want) in
        [("text", "stopped: SIGTERM came before the run was done\nhint: "), ("json", "\"event\":\"stopped\"")]
    {
        stage.again();
        let half = (calls.parse::<usize>().unwrap() / 2).to_string();
        let words = [&scenario.command[..], &["--log", log]].concat();
        let output = stage.run(&words, &[("FAULT_KIND", "term"), ("FAULT_AT", &half)]);
        assert_eq!(output.status.signal(), Some(15), "{}", said(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(want), "{}", said(&output));
    }
}

/// The system does not end the first process of a container by a signal that it raises itself: that one ends by its status, and not
/// never.
#[test]
fn the_first_process_of_a_container_ends_too() {
    let scenario = scenarios::trace();
    let stage = Stage::new("trace", &scenario);
    let half = (stage.expected().calls / 2).to_string();
    for (kind, signal, word) in STOPS {
        stage.again();
        let mut child = stage
            .command(&scenario.command)
            .env("LD_PRELOAD", super::library())
            .envs([("FAULT_FIRST", "1"), ("FAULT_KIND", kind), ("FAULT_AT", &half)])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > Duration::from_secs(60) {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(128 + signal), "{}", said(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{}", said(&output));
        assert!(unfinished(&stage.work).is_empty());
    }
}

/// A shell has what it puts in the background ignore Ctrl-C, which is for what stands before.
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let scenario = scenarios::link();
    let stage = Stage::new("link", &scenario);
    let expected = stage.expected();
    stage.again();
    let output = Command::new("sh")
        .args(["-c", "trap '' INT; exec \"$@\"", "sh"])
        .arg(assert_cmd::cargo::cargo_bin("rewash"))
        .args(&scenario.command)
        .args(["--threads", "1"])
        .current_dir(&stage.work)
        .env("LD_PRELOAD", super::library())
        .envs([("FAULT_KIND", "int"), ("FAULT_AT", "2")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(expected.usual), "{}", said(&output));
    assert!(stage.look() == expected.after);
}
