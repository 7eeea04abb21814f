//! Hostile input: nasty files through the built program, each answered in bounded time and memory with what is wrong; and
//! mutants of good files through every reader, none of which may panic. `make test-hostile` tries more of both.

mod corpus;
mod much;
mod mutants;
mod programs;
mod table;

use crate::support::{folder, text};
use corpus::Nasty;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What one answer may take.
const SECONDS_MAX: u64 = 60;
/// Addresses that the process may use, in KiB: an allocation that is asked for beyond them ends it.
const ADDRESSES_KIB_MAX: u32 = 8 << 20;
/// Memory that the process may have in use, in KiB, where its addresses are not bounded.
const RESIDENT_KIB_MAX: u64 = 4 << 20;

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

/// Runs the program with few addresses: what asks for too much is ended.
fn bounded(words: &[&str], out: &Path) -> Output {
    run_within(&format!("ulimit -v {ADDRESSES_KIB_MAX}; exec \"$@\""), words, out)
}

/// Runs the program with as many addresses as it likes: what asks for too much, and would be ended before it is slow, goes on.
fn watched(words: &[&str], out: &Path) -> Output {
    run_within("exec \"$@\"", words, out)
}

/// Memory that a process has in use, in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn run_within(script: &str, words: &[&str], out: &Path) -> Output {
    let [said, told] = ["stdout", "stderr"].map(|name| out.join(name));
    let file = |path: &Path| Stdio::from(std::fs::File::create(path).unwrap());
    let mut child = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(assert_cmd::cargo::cargo_bin("rewash"))
        .args(words)
        .current_dir(out)
        .stdout(file(&said))
        .stderr(file(&told))
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let memory = resident(child.id());
        if begun.elapsed() > Duration::from_secs(SECONDS_MAX) || memory > RESIDENT_KIB_MAX {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{words:?}: no answer within {SECONDS_MAX} s and {RESIDENT_KIB_MAX} KiB, but {memory} KiB in use");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let read = |path: &Path| std::fs::read(path).unwrap();
    Output { status, stdout: read(&said), stderr: read(&told) }
}

/// The commands that a file is given to; GOOD stands for a table of the same kind.
const WAYS: [&str; 5] = [
    "check FILE --on 2016-04-30",
    "trace GOOD --register hmrc=FILE --on 2016-04-30 --out out --quiet",
    "trace FILE --register hmrc=GOOD --on 2016-04-30 --out out --quiet",
    "link GOOD FILE -o out --format csv --quiet",
    "dedupe FILE -o out --format csv --quiet",
];

/// Gives a file to a command; what is wrong with the answer.
fn answered(nasty: &Nasty, way: &str, run: fn(&[&str], &Path) -> Output) -> Option<String> {
    let folder = folder();
    let [file, good] = ["file", "good"].map(|name| folder.path().join(name));
    std::fs::write(&file, &nasty.bytes).unwrap();
    std::fs::write(&good, table::csv(40)).unwrap();
    let words: Vec<&str> = way.split(' ').collect();
    let words: Vec<String> =
        words.iter().map(|word| word.replace("FILE", text(&file)).replace("GOOD", text(&good))).collect();
    let output = run(&words.iter().map(String::as_str).collect::<Vec<_>>(), folder.path());
    let said = String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();
    let fault = |what: &str| Some(format!("{} by {way}: {what}: {:?}\n{}", nasty.name, output.status, cut(&said)));
    let errors = said.lines().filter(|line| line.starts_with("error: ")).count();
    match output.status.code() {
        Some(0 | 1) if nasty.refused.is_empty() => (way.starts_with("check") && !said.contains(nasty.checked))
            .then(|| fault("what is wrong is not told"))
            .flatten(),
        Some(0 | 1) => fault("not refused"),
        // One that may be refused is refused for what it is: a table that cannot be read, or lacks something.
        Some(2..=4) if errors == 1 && said.contains(nasty.refused) => None,
        _ => fault("not answered as it should be"),
    }
}

fn cut(said: &str) -> String {
    said.chars().take(600).collect()
}

#[test]
fn nasty_files_are_answered_in_bounded_time_and_memory() {
    let files = corpus::all();
    let mut tried = 0;
    let mut faults = Vec::new();
    for (number, nasty) in files.iter().enumerate() {
        // All commands read by the same readers: each file is given to the first two, and the others by turns.
        let by_turns = 2 + number % 3;
        for (way, words) in WAYS.iter().enumerate() {
            if wants_all() || way < 2 || way == by_turns {
                tried += 1;
                // Half of them by each way of bounding: either hides what the other shows.
                let run = if (number + way) % 2 == 0 { watched } else { bounded };
                faults.extend(answered(nasty, words, run));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {tried}:\n{}", faults.len(), faults.join("\n"));
    assert!(files.len() > 100, "{} files", files.len());
    say(&format!("{} nasty files, {tried} answers of the program", files.len()));
}

/// Small files that stand for much: no bound on addresses may be what ends them.
#[test]
fn small_files_that_stand_for_much_are_refused_at_once() {
    let files = much::all();
    let mut faults = Vec::new();
    for nasty in &files {
        for words in WAYS.iter().take(if wants_all() { WAYS.len() } else { 2 }) {
            faults.extend(answered(nasty, words, watched));
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    assert!(files.len() > 12, "{} files", files.len());
    say(&format!("{} small files that stand for much", files.len()));
}

/// A register of people with names of every kind, traced by the same names: bounded, whatever is in them.
#[test]
fn names_of_every_script_and_length_are_traced() {
    let folder = folder();
    let odd = [
        "\u{202e}محمد",
        "Аmіnа",
        "👩‍👩‍👧",
        "\u{200b}\u{200d}",
        "e\u{301}\u{327}x",
        "李小龙",
        "Ñandú",
        "ＡＢＣ",
        "'-.'",
        "İı",
    ];
    let name = |n: usize| format!("{} {}", odd[n % 10].repeat(1 + n * 37 % 400), odd[n / 10 % 10]);
    let row = |n: usize| {
        format!("D{n},M,{n},\"{}\",19{:02}-01-{:02},AB{:06}C\n", name(n), 40 + n % 50, 1 + n % 28, 100_000 + n)
    };
    let header = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,nino\n";
    let file = folder.path().join("file");
    std::fs::write(&file, format!("{header}{}", (0..400).map(row).collect::<String>())).unwrap();
    for way in WAYS {
        let words = way.replace("FILE", text(&file)).replace("GOOD", text(&file));
        let _ = std::fs::remove_dir_all(folder.path().join("out"));
        let _ = std::fs::remove_file(folder.path().join("out"));
        let output = bounded(&words.split(' ').collect::<Vec<_>>(), folder.path());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
