//! Commands that are killed, or whose disk is full or broken, at every call by which they change the disk, and at random
//! moments; whose files are cut or change under them; that run twice at once, or with a clock that was moved. Each ends with
//! the old state or the new one, and the same command given again ends with the new one.
//!
//! A library made from `tests/faults/fault.c` counts the calls and makes one of them fail. Here a part of the calls and moments
//! is tried; `make test-faults` (`REWASH_FAULTS=all`) tries every call, and two hundred moments of each command.

mod moments;
pub(crate) mod scenarios;
mod stops;

use crate::support::{folder, text};
use scenarios::Scenario;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What becomes of the call.
const KINDS: [&str; 4] = ["kill", "torn", "full", "broken"];
/// Calls of a command that are tried, of each kind, unless all are.
const TRIED: usize = 12;

/// Whether all is tried, or a part.
fn wants_all() -> bool {
    std::env::var_os("REWASH_FAULTS").is_some_and(|word| word == "all")
}

/// Says how much was tried, where all of it was.
fn say(line: &str) {
    if wants_all() {
        std::io::Write::write_all(&mut std::io::stdout(), format!("{line}\n").as_bytes()).unwrap();
    }
}

/// Tests of each command, in a module of its own: `cargo test --release faults::commands::trace`.
mod commands {
    macro_rules! commands {
        ($($name:ident),+ $(,)?) => {$(
            mod $name {
                use crate::faults::{moments, play, scenarios, stops};

                #[test]
                fn a_fault_at_any_call_leaves_the_old_state_or_the_new_one() {
                    play(stringify!($name), &scenarios::$name());
                }

                #[test]
                fn so_do_a_kill_and_a_full_disk_at_any_moment() {
                    moments::at_random(stringify!($name), &scenarios::$name());
                }

                #[test]
                fn a_run_that_is_asked_to_stop_leaves_no_temporary_name() {
                    stops::asked(stringify!($name), &scenarios::$name());
                }

                #[test]
                fn so_does_what_happens_around_it() {
                    moments::around(stringify!($name), &scenarios::$name());
                }
            }
        )+};
    }

    commands!(
        trace,
        trace_aside,
        link_resumed,
        link_aside,
        clusters_aside,
        link,
        link_and_model,
        clusters_and_cuts,
        evaluate,
        check,
        index_build,
        index_resumed,
        index_update,
        stage_scan,
        ledger_init,
        ledger_close,
        pool_load,
        pool_extract,
        pool_cancel,
        pool_return,
        pool_confirm,
        benefits,
        report,
        review_write,
        review_apply,
        review_apply_labels,
        destroy,
    );
}

/// Where a scenario is played: the folder has one name in all attempts, since ledgers know folders by their names.
struct Stage<'a> {
    name: &'static str,
    scenario: &'a Scenario,
    _folder: tempfile::TempDir,
    log: PathBuf,
    work: PathBuf,
    kept: PathBuf,
}

/// What is seen of a state: what the command that looks says, and the files.
type Found = (Vec<u8>, BTreeMap<String, Vec<u8>>);

/// What a command makes of the state when nothing happens.
struct Expected {
    before: Found,
    after: Found,
    usual: i32,
    calls: usize,
}

impl<'a> Stage<'a> {
    fn new(name: &'static str, scenario: &'a Scenario) -> Self {
        let folder = folder();
        let [work, kept, log] = ["work", "kept", "log"].map(|name| folder.path().join(name));
        std::fs::create_dir(&work).unwrap();
        scenarios::inputs(&work);
        let stage = Self { name, scenario, _folder: folder, log, work, kept };
        for words in &scenario.before {
            if words[0].starts_with('@') {
                scenarios::prepare(words[0], &stage.work);
            } else {
                let output = stage.run(words, &[]);
                assert!(output.status.success(), "{name}: {words:?}: {}", said(&output));
            }
        }
        copy(&stage.work, &stage.kept);
        stage
    }

    fn again(&self) {
        std::fs::remove_dir_all(&self.work).unwrap();
        copy(&self.kept, &self.work);
    }

    /// The program on one thread, so that its calls come in one order.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rewash"));
        command.args(words).args(["--threads", "1"]).current_dir(&self.work);
        command
    }

    /// Runs the program, with settings of the library of faults where there are any.
    fn run(&self, words: &[&str], faults: &[(&str, &str)]) -> Output {
        let mut command = self.command(words);
        if !faults.is_empty() {
            let _ = std::fs::remove_file(&self.log);
            command.env("LD_PRELOAD", library()).env("FAULT_LOG", &self.log).envs(faults.iter().copied());
        }
        command.output().unwrap()
    }

    /// Runs the scenario's command, with a fault at the call of a number.
    fn faulty(&self, kind: &str, at: usize) -> Output {
        self.run(&self.scenario.command, &[("FAULT_KIND", kind), ("FAULT_AT", &at.to_string())])
    }

    fn look(&self) -> Found {
        // The first look mends, and may say so.
        let [_, output] = [0, 1].map(|_| self.run(&self.scenario.look, &[]));
        let status = output.status.code().unwrap_or(-1);
        assert!(self.scenario.looks.contains(&status), "{}: looking: {}", self.name, said(&output));
        let mut files = BTreeMap::new();
        walk(&self.work, "", &mut files);
        ([output.stdout, output.stderr].concat(), files)
    }

    /// Plays the scenario without a fault, and counts its calls.
    fn expected(&self) -> Expected {
        let before = self.look();
        let output = self.faulty("count", 0);
        // Two rows on each side need not be linked: that, too, is carried out.
        let usual = output.status.code().unwrap_or(-1);
        assert!((0..=1).contains(&usual), "{}: {}", self.name, said(&output));
        let calls = std::fs::metadata(&self.log).unwrap().len() as usize;
        assert!(calls > 3, "{}: {calls} calls", self.name);
        let after = self.look();
        assert!(before != after, "{}", self.name);
        self.again();
        Expected { before, after, usual, calls }
    }

    /// What a command that something happened to has left: the old state or the new one, and a command that can be given
    /// again.
    fn left(&self, expected: &Expected, place: &str) {
        let rid = without_leftovers(&self.look());
        let is_new = rid == expected.after;
        assert!(
            is_new || rid == expected.before || self.is_between(&rid, expected),
            "{place}: neither old nor new: {}",
            difference(&rid, &expected.before)
        );
        let second = self.run(&self.scenario.command, &[]);
        let status = second.status.code().unwrap_or(-1);
        let is_expected = if is_new { self.scenario.done.contains(&status) } else { status == expected.usual };
        assert!(is_expected, "{place}: the next run: {}", said(&second));
        let last = self.look();
        // What is refused as done already does not come to remove what the first run could not.
        let last = if is_new { without_leftovers(&last) } else { last };
        assert!(
            last == expected.after,
            "{place}: not as after a run without fault: {}",
            difference(&last, &expected.after)
        );
    }

    /// Whether a state is the old or the new one but for the one file or folder that another rename puts in place, which is there whole or
    /// not at all.
    fn is_between(&self, found: &Found, expected: &Expected) -> bool {
        let Some(apart) = self.scenario.apart else { return false };
        let within = format!("{apart}/");
        let is_apart = |name: &str| name == apart || name.starts_with(&within);
        let with = |state: &Found, other: &Found| {
            let mut state = state.clone();
            state.1.retain(|name, _| !is_apart(name));
            state.1.extend(
                other.1.iter().filter(|(name, _)| is_apart(name)).map(|(name, bytes)| (name.clone(), bytes.clone())),
            );
            state
        };
        let (before, after) = (&expected.before, &expected.after);
        *found == with(before, after) || *found == with(after, before)
    }
}

fn said(output: &Output) -> String {
    format!("{:?} {}", output.status, String::from_utf8_lossy(&output.stderr))
}

/// All files and folders below a folder, files that do not change from run to run with their bytes.
fn walk(folder: &Path, under: &str, out: &mut BTreeMap<String, Vec<u8>>) {
    let catalogue = std::fs::read_to_string(folder.join("index.json")).ok();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        let name = format!("{under}/{file}");
        if path.is_dir() {
            out.insert(name.clone(), Vec::new());
            walk(&path, &name, out);
        } else if name.ends_with(".lock") || name == "/certificate.txt" {
            // A certificate whose file could not be written is given again by the ledger, as the error says.
        } else if let Some(catalogue) = catalogue.as_deref().filter(|_| file.ends_with(".arrow")) {
            // Of an index what its catalogue names is the index; each update gives its files new numbers.
            if catalogue.contains(&format!("\"{file}\"")) {
                let letters: String = file.chars().filter(|c| !c.is_ascii_digit()).collect();
                out.entry(format!("{under}/{letters}")).or_default().extend(std::fs::read(&path).unwrap());
            }
        } else {
            // Heads of the chain and seconds differ from run to run; what the ledger holds is looked at by a command.
            let varies = [".ledger", ".json"].iter().any(|ending| name.ends_with(ending));
            out.insert(name, if varies { Vec::new() } else { std::fs::read(&path).unwrap() });
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// The library of faults, made once.
fn library() -> &'static Path {
    static MADE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = MADE.get_or_init(|| {
        let folder = folder();
        let out = folder.path().join("fault.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/fault.c");
        let words = ["-O1", "-shared", "-fPIC", "-o", text(&out), text(&source), "-ldl"];
        let made = Command::new("cc").args(words).output().expect("a C compiler, as building this program needs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (folder, out)
    });
    path
}

/// Numbers of the calls to try: all, or some from the first to the last.
fn tried(calls: usize) -> Vec<usize> {
    if wants_all() || calls <= TRIED {
        return (1..=calls).collect();
    }
    (0..TRIED).map(|at| 1 + at * (calls - 1) / (TRIED - 1)).collect()
}

/// Plays a scenario with every fault.
fn play(name: &'static str, scenario: &Scenario) {
    let stage = Stage::new(name, scenario);
    let expected = stage.expected();
    let mut set = 0;
    for kind in KINDS {
        for at in tried(expected.calls) {
            stage.again();
            let place = format!("{name}, {kind} at call {at} of {}", expected.calls);
            let output = stage.faulty(kind, at);
            ended_well(&output, kind, expected.usual, &place);
            set += 1;
            stage.left(&expected, &place);
        }
    }
    assert!(set >= 4 * KINDS.len(), "{name}: {set} faults");
    say(&format!("{name}: {set} faults at {} calls", expected.calls));
}

/// A workbook of register data is there with its entry in the audit, or neither is: no command that only looks at the files would
/// see one without the other.
#[test]
fn a_review_workbook_is_there_with_its_entry_or_not_at_all() {
    let scenario = scenarios::review_write();
    let stage = Stage::new("review_write", &scenario);
    let expected = stage.expected();
    let mut seen = [0; 2];
    for kind in KINDS {
        for at in tried(expected.calls) {
            stage.again();
            stage.faulty(kind, at);
            let exported = stage.run(&["audit", "export", "--ledger", "hmrc.ledger"], &[]);
            let exported: serde_json::Value = serde_json::from_slice(&exported.stdout).unwrap();
            let entries = exported["entries"].as_array().unwrap();
            let told = entries.iter().filter(|entry| entry.to_string().contains("review_workbook")).count();
            let is_there = stage.work.join("review.xlsx").exists();
            assert_eq!(told, usize::from(is_there), "{kind} at call {at} of {}", expected.calls);
            seen[told] += 1;
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

/// A file gets its name by a rename that replaces nothing, and then its folder is synced: both are among the calls that fail. A
/// rename that fails is made up for; where the folder cannot be synced, the file is there and the error says so.
#[test]
fn the_name_of_a_file_and_the_sync_of_its_folder_are_among_the_calls() {
    let scenario = scenarios::link();
    let stage = Stage::new("link", &scenario);
    let expected = stage.expected();
    let (mut went_around, mut told) = (0, 0);
    for at in expected.calls.saturating_sub(8).max(1)..=expected.calls {
        stage.again();
        let output = stage.faulty("broken", at);
        let calls = std::fs::metadata(&stage.log).unwrap().len() as usize;
        let is_done = output.status.code() == Some(expected.usual);
        went_around += usize::from(is_done && calls > expected.calls);
        if said(&output).contains("is written and whole, but the folder") {
            told += 1;
            assert_eq!(output.status.code(), Some(2), "{}", said(&output));
            assert!(stage.look().1.keys().eq(expected.after.1.keys()), "call {at}");
        }
    }
    assert!(went_around > 0, "no rename failed at {} calls", expected.calls);
    assert_eq!(told, 1, "of {} calls", expected.calls);
}

/// Names that one state has and the other has not, or has otherwise; and what was seen of both.
fn difference(one: &Found, other: &Found) -> String {
    let differs = |name: &&String| one.1.get(*name) != other.1.get(*name);
    let names: Vec<&String> = one.1.keys().chain(other.1.keys()).filter(differs).collect();
    format!("{names:?}\n{}\n{}", String::from_utf8_lossy(&one.0), String::from_utf8_lossy(&other.0))
}

/// A file or folder that a stopped process had not finished has a hidden name; the next run of the command removes it.
fn without_leftovers(found: &Found) -> Found {
    let mut found = found.clone();
    found.1.retain(|name, _| !name.contains("/."));
    found
}

/// Killed, carried out in spite of the fault, or refused with one clear sentence; never a panic.
fn ended_well(output: &Output, kind: &str, usual: i32, place: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        None => assert!(["kill", "torn"].contains(&kind), "{place}: {}", said(output)),
        Some(0) => {}
        Some(status) if status == usual => {}
        Some(status) => {
            assert!((1..=4).contains(&status), "{place}: {}", said(output));
            assert!(errors.lines().filter(|line| line.starts_with("error")).count() == 1, "{place}: {errors}");
        }
    }
}
