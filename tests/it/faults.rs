//! Commands that are killed, or whose disk is full or broken, at every call by which they change the disk: each ends with
//! the old state or the new one, and the same command given again ends with the new one.
//!
//! A library made from `tests/faults/fault.c` counts those calls and makes one of them fail. Here every call of the short
//! commands and a part of those of the long ones is tried; `make test-faults` (`REWASH_FAULTS=all`) tries all of all.

mod moments;

use crate::support::{folder, text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What becomes of the call.
const KINDS: [&str; 4] = ["kill", "torn", "full", "broken"];
/// Calls of a command that are tried, of each kind, unless all are.
const TRIED: usize = 12;

/// A command at work in a folder, and how its state is looked at.
struct Scenario {
    name: &'static str,
    /// Commands that lead to the state before.
    before: Vec<Vec<&'static str>>,
    command: Vec<&'static str>,
    /// A command that only looks, after which nothing of a stopped one may be left.
    look: Vec<&'static str>,
    /// What the command's second run may say when it had been carried out already.
    done: &'static [i32],
}

const TRACE: [&str; 12] = [
    "trace",
    "extract.csv",
    "--register",
    "hmrc=register.csv",
    "--on",
    "2016-04-30",
    "--ledger",
    "hmrc.ledger",
    "--format",
    "csv",
    "--out",
    "traced",
];
/// Every row goes to the disk, and there is a checkpoint after every batch.
const ASIDE: [&str; 18] = [
    "trace",
    "extract.csv",
    "--register",
    "hmrc=register.csv",
    "--on",
    "2016-04-30",
    "--format",
    "csv",
    "--rows-in-memory",
    "1",
    "--resume",
    ".held",
    "--key-file",
    "key",
    "--checkpoint-seconds",
    "0",
    "--out",
    "traced",
];
const HO: [&str; 4] = ["--ledger", "ho.ledger", "--by", "clerk"];
const LEDGERS: [[&str; 5]; 3] = [
    ["ledger", "init", "hmrc.ledger", "--department", "hmrc"],
    ["ledger", "init", "ho.ledger", "--department", "home_office"],
    ["ledger", "init", "dwp.ledger", "--department", "dwp"],
];
const BENEFITS: [&str; 12] = [
    "benefits",
    "handoff.csv",
    "--customers",
    "customers.csv",
    "--awards",
    "awards.csv",
    "--on",
    "2016-04-30",
    "--ledger",
    "dwp.ledger",
    "--out",
    "benefits",
];

fn pool(words: &[&'static str], on: &'static str) -> Vec<&'static str> {
    [&["pool"], words, &HO, &["--on", on]].concat()
}

fn scenarios() -> Vec<Scenario> {
    let extract = || pool(&["extract", "cases.csv", "--out", "wash"], "2016-04-30");
    let init = |which: usize| LEDGERS[which].to_vec();
    let runs = || vec!["ledger", "runs", "--ledger", "hmrc.ledger"];
    let status = || pool(&["status"], "2016-05-31");
    let close = vec!["ledger", "close", "R0001", "--on", "2016-05-31", "--ledger", "hmrc.ledger"];
    let destroy =
        vec!["destroy", "R0001", "--on", "2016-06-30", "--certificate", "certificate.txt", "--ledger", "hmrc.ledger"];
    vec![
        Scenario { name: "trace", before: vec![init(0)], command: TRACE.to_vec(), look: runs(), done: &[2] },
        Scenario {
            name: "trace, put aside and resumed",
            before: Vec::new(),
            command: ASIDE.to_vec(),
            look: vec!["help", "obligations"],
            done: &[2],
        },
        Scenario {
            name: "link",
            before: Vec::new(),
            command: vec!["link", "left.csv", "right.csv", "-o", "links.csv"],
            look: vec!["help", "obligations"],
            done: &[2],
        },
        Scenario {
            name: "index build",
            before: Vec::new(),
            command: vec!["index", "build", "hmrc=register.csv", "--out", "index"],
            look: vec!["help", "obligations"],
            done: &[2],
        },
        Scenario {
            name: "pool load",
            before: vec![init(1)],
            command: pool(&["load", "cases.csv"], "2016-04-30"),
            look: status(),
            done: &[0],
        },
        Scenario { name: "pool extract", before: vec![init(1)], command: extract(), look: status(), done: &[2] },
        Scenario {
            name: "pool return",
            before: vec![init(1), extract(), vec!["@answer"]],
            command: pool(&["return", "answer"], "2016-05-30"),
            look: status(),
            done: &[0, 2, 3],
        },
        Scenario {
            name: "benefits",
            before: vec![init(2)],
            command: BENEFITS.to_vec(),
            look: vec!["ledger", "runs", "--ledger", "dwp.ledger"],
            done: &[2],
        },
        Scenario {
            name: "ledger close",
            before: vec![init(0), TRACE.to_vec()],
            command: close.clone(),
            look: runs(),
            done: &[2],
        },
        Scenario {
            name: "destroy",
            before: vec![init(0), TRACE.to_vec(), close],
            command: destroy,
            look: runs(),
            done: &[2],
        },
    ]
}

/// Where a scenario is played: the folder has one name in all attempts, since ledgers know folders by their names.
struct Stage {
    _folder: tempfile::TempDir,
    library: PathBuf,
    log: PathBuf,
    work: PathBuf,
    kept: PathBuf,
}

impl Stage {
    fn new(library: &Path, scenario: &Scenario) -> Self {
        let folder = folder();
        let [work, kept, log] = ["work", "kept", "log"].map(|name| folder.path().join(name));
        std::fs::create_dir(&work).unwrap();
        inputs(&work);
        let stage = Self { _folder: folder, library: library.to_owned(), log, work, kept };
        for words in &scenario.before {
            if words[0] == "@answer" {
                answer(&stage.work);
            } else {
                let output = stage.run(words, None);
                assert!(output.status.success(), "{}: {}", scenario.name, said(&output));
            }
        }
        copy(&stage.work, &stage.kept);
        stage
    }

    fn again(&self) {
        std::fs::remove_dir_all(&self.work).unwrap();
        copy(&self.kept, &self.work);
    }

    /// Runs the program on one thread, so that its calls come in one order; `fault` is a kind and the number of a call.
    fn run(&self, words: &[&str], fault: Option<(&str, usize)>) -> Output {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rewash"));
        command.args(words).args(["--threads", "1"]).current_dir(&self.work);
        if let Some((kind, at)) = fault {
            let _ = std::fs::remove_file(&self.log);
            command.env("LD_PRELOAD", &self.library).env("FAULT_LOG", &self.log);
            command.env("FAULT_KIND", kind).env("FAULT_AT", at.to_string());
        }
        command.output().unwrap()
    }

    /// All files and folders below the stage, files that do not change from run to run with their bytes.
    fn state(&self) -> BTreeMap<String, Vec<u8>> {
        let mut out = BTreeMap::new();
        walk(&self.work, "", &mut out);
        out
    }
}

fn said(output: &Output) -> String {
    format!("{:?} {}", output.status, String::from_utf8_lossy(&output.stderr))
}

fn walk(folder: &Path, under: &str, out: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{under}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            out.insert(name.clone(), Vec::new());
            walk(&path, &name, out);
        } else if !name.ends_with(".lock") && name != "/certificate.txt" {
            // A certificate whose file could not be written is given again by the ledger, as the error says.
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

fn inputs(work: &Path) {
    let write = |name: &str, text: &str| std::fs::write(work.join(name), text).unwrap();
    write("extract.csv", &format!("{}{}", crate::exchange::EXTRACT, crate::exchange::PERSON));
    let record = crate::exchange::record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
    write("register.csv", &format!("{}{record}", crate::exchange::REGISTER));
    crate::aside::key(&work.join("key"));
    crate::benefits::one_person(work);
    write("left.csv", "id,name,born\n1,Tesfaye Haile,1984-07-19\n2,Ana Li,1980-02-03\n");
    write("right.csv", "id,name,born\n7,Tesfaye Haile,1984-07-19\n8,Jane Appleby,1951-02-03\n");
    write(
        "cases.csv",
        "cid_person_id,full_name,date_of_birth,address_1,postcode_1,address_1_from,status_ended_on,no_contact_since\n\
         C1,Tesfaye Haile Mekonnen,1984-07-19,\"12 High St, Leeds\",LS1 4AP,2014-01-01,2012-05-01,2015-01-01\n\
         C2,Ana Li,1980-02-03,\"3 Low Road, Leeds\",LS2 7AA,2014-01-01,2012-05-01,2015-01-01\n",
    );
}

/// HMRC's answer to the extract: one row a no-hit, the others as well.
fn answer(work: &Path) {
    let book = std::fs::read_dir(work.join("wash")).unwrap().map(|entry| entry.unwrap().path());
    let book = book.filter(|path| path.extension().is_some_and(|ending| ending == "xlsx")).min().unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin("rewash"))
        .args(["trace", text(&book), "--register", "hmrc=register.csv", "--on", "2016-05-01", "--out", "answer"])
        .current_dir(work)
        .output()
        .unwrap();
    assert!(output.status.success() || output.status.code() == Some(1), "{}", said(&output));
}

fn library(folder: &Path) -> PathBuf {
    let out = folder.join("fault.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/fault.c");
    let made = Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o", text(&out), text(&source), "-ldl"]).output();
    let made = made.expect("a C compiler, as building this program needs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    out
}

/// Numbers of the calls to try: all, or some from the first to the last.
fn tried(calls: usize) -> Vec<usize> {
    if std::env::var_os("REWASH_FAULTS").is_some_and(|word| word == "all") || calls <= TRIED {
        return (1..=calls).collect();
    }
    (0..TRIED).map(|at| 1 + at * (calls - 1) / (TRIED - 1)).collect()
}

/// Plays a scenario with every fault; gives how many were set.
fn play(library: &Path, scenario: &Scenario) -> usize {
    let stage = Stage::new(library, scenario);
    let look = || {
        // The first look mends, and may say so.
        let [_, output] = [0, 1].map(|_| stage.run(&scenario.look, None));
        assert!(output.status.success(), "{}: looking: {}", scenario.name, said(&output));
        [output.stdout, output.stderr].concat()
    };
    let before = (look(), stage.state());
    let output = stage.run(&scenario.command, Some(("count", 0)));
    // Two rows on each side need not be linked: that, too, is carried out.
    let usual = output.status.code().unwrap_or(-1);
    assert!(usual <= 1, "{}: {}", scenario.name, said(&output));
    let calls = std::fs::metadata(&stage.log).unwrap().len() as usize;
    assert!(calls > 3, "{}: {calls} calls", scenario.name);
    let after = (look(), stage.state());
    assert!(before != after, "{}", scenario.name);
    let mut set = 0;
    for kind in KINDS {
        for at in tried(calls) {
            stage.again();
            let place = format!("{}, {kind} at call {at} of {calls}", scenario.name);
            let output = stage.run(&scenario.command, Some((kind, at)));
            ended_well(&output, kind, &place);
            set += 1;
            let found = (look(), stage.state());
            let rid = without_leftovers(&found);
            let is_new = rid == after;
            assert!(is_new || rid == before, "{place}: neither old nor new: {}", difference(&rid, &before));
            let second = stage.run(&scenario.command, None);
            let status = second.status.code().unwrap_or(-1);
            let is_expected = if is_new { scenario.done.contains(&status) } else { status == usual };
            assert!(is_expected, "{place}: the next run: {}", said(&second));
            let last = (look(), stage.state());
            // What is refused as done already does not come to remove what the first run could not.
            let last = if is_new { without_leftovers(&last) } else { last };
            assert!(last == after, "{place}: not as after a run without fault: {}", difference(&last, &after));
        }
    }
    set
}

type Found = (Vec<u8>, BTreeMap<String, Vec<u8>>);

/// Names that one state has and the other has not, or has otherwise; and what was seen of both.
fn difference(one: &Found, other: &Found) -> String {
    let differs = |name: &&String| one.1.get(*name) != other.1.get(*name);
    let names: Vec<&String> = one.1.keys().chain(other.1.keys()).filter(differs).collect();
    format!("{names:?}\n{}\n{}", String::from_utf8_lossy(&one.0), String::from_utf8_lossy(&other.0))
}

/// A file or folder that a stopped process had not finished has a hidden name; the next run of the command removes it.
fn without_leftovers(found: &Found) -> Found {
    let mut found = found.clone();
    found.1.retain(|name, _| !name.starts_with("/."));
    found
}

/// Killed, carried out in spite of the fault, or refused with one clear sentence; never a panic.
fn ended_well(output: &Output, kind: &str, place: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        None => assert!(["kill", "torn"].contains(&kind), "{place}: {}", said(output)),
        Some(0) => {}
        Some(status) => {
            assert!((1..=4).contains(&status), "{place}: {}", said(output));
            assert!(errors.lines().filter(|line| line.starts_with("error")).count() == 1, "{place}: {errors}");
        }
    }
}

#[test]
fn a_fault_at_any_call_leaves_the_old_state_or_the_new_one() {
    let folder = folder();
    let library = library(folder.path());
    let set: usize = scenarios().iter().map(|scenario| play(&library, scenario)).sum();
    assert!(set > 200, "{set} faults");
    if std::env::var_os("REWASH_FAULTS").is_some() {
        let line = format!("{set} faults set in {} commands\n", scenarios().len());
        std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes()).unwrap();
    }
}
