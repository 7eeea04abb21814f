//! Linkages that are stopped and go on: the same bytes, and nothing taken for what it is not.

use crate::aside::{key, killed, killed_often};
use crate::support::{csv, files, folder, run, stderr, text, write_csv};
use rewash::util::hash::mix;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Names of a table in which everybody shares a block: some million pairs, in two dozen parts of the work.
const ROWS: u64 = 3_000;

const MODEL: &str = r#"
version = 1
link_type = "dedupe"
prior = 1e-2

[fields.name]
kind = "full_name"

[fields.town]
kind = "category"

[[blocking]]
keys = ['"town"']

[[comparison]]
name = "name"
field = "name"
levels = [
  { exact = true, label = "exact", m = 0.87, u = 0.0001 },
  { jaro_winkler = 0.9, label = "close", m = 0.08, u = 0.01 },
  { else = true, label = "different", m = 0.05, u = 0.9899 },
]
"#;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A table, a model, a key and clusters that nothing happened to.
    fn new() -> Self {
        let place = Self { folder: folder() };
        let mut rows = vec![vec!["id".to_owned(), "name".to_owned(), "town".to_owned()]];
        for row in 0..ROWS {
            let syllable = |salt: u64| ["ka", "lo", "mi", "ne", "ru", "sa", "ti", "vo"][(mix(row, salt) % 8) as usize];
            let name = format!("{}{} {}{}{}", syllable(1), syllable(2), syllable(3), syllable(4), syllable(5));
            rows.push(vec![row.to_string(), name, "Newport".to_owned()]);
        }
        write_csv(&place.path("people.csv"), &rows);
        std::fs::write(place.path("model.toml"), MODEL).unwrap();
        key(&place.path("key"));
        place.run("want.csv", &[], 0);
        assert!(csv(&place.path("want.csv")).len() > 100);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self, out: &str, more: &[&str]) -> Vec<String> {
        let (table, model, out) = (self.path("people.csv"), self.path("model.toml"), self.path(out));
        let words = ["dedupe", text(&table), "--model", text(&model), "--quiet", "-o", text(&out)];
        words.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    fn run(&self, out: &str, more: &[&str], status: i32) -> String {
        let words = self.words(out, more);
        stderr(&run(&words.iter().map(String::as_str).collect::<Vec<_>>(), status))
    }

    #[track_caller]
    fn is_the_same(&self, out: &str, what: &str) {
        let bytes = |name: &str| std::fs::read(self.path(name)).unwrap();
        assert!(bytes("want.csv") == bytes(out), "{what}");
    }

    #[track_caller]
    fn same(&self, want: &str, got: &str) {
        let bytes = |name: &str| std::fs::read(self.path(name)).unwrap();
        assert!(bytes(want) == bytes(got), "{want} and {got} differ");
    }

    /// A run that is stopped when some parts of its checkpoint are there.
    fn stopped(&self, held: &Path, more: &[&str]) {
        let third = held.join("pairs-00003.part");
        let mut words = vec!["--resume", text(held), "--checkpoint-seconds", "0", "--threads", "1"];
        words.extend(more);
        assert!(killed(&self.words("stopped.csv", &words), || third.exists()), "the run was too quick");
    }
}

fn parts(held: &Path) -> Vec<(String, Vec<u8>)> {
    files(held).into_iter().filter(|(name, _)| name.starts_with("pairs-")).collect()
}

#[test]
fn killed_at_any_moment_it_ends_with_the_same_bytes() {
    let place = Place::new();
    let (held, key) = (place.path("held"), place.path("key"));
    for (number, more) in [&[][..], &["--key-file", text(&key)]].into_iter().enumerate() {
        let more = [&["--resume", text(&held), "--checkpoint-seconds", "0", "--threads", "2"], more].concat();
        let (begun, whole, out) = (Instant::now(), format!("whole-{number}.csv"), format!("out-{number}.csv"));
        place.run(&whole, &more, 0);
        place.is_the_same(&whole, "in one go");
        assert!(!held.exists(), "checkpoints stay");
        let took = begun.elapsed();
        let kills = killed_often(
            took,
            |_| place.words(&out, &more),
            &place.path(&out),
            || {
                place.is_the_same(&out, "killed at its very end");
            },
        );
        if !place.path(&out).exists() {
            place.run(&out, &more, 0);
        }
        place.is_the_same(&out, "after kills");
        assert!(kills > 0 && !held.exists(), "{kills}");
    }
}

#[test]
fn what_was_done_is_not_done_again_by_other_threads() {
    let place = Place::new();
    let held = place.path("held");
    place.stopped(&held, &[]);
    let before = parts(&held);
    // Another number of threads is the same run; none of what is there is written again.
    place.run("out.csv", &["--resume", text(&held), "--checkpoint-seconds", "0", "--threads", "7"], 0);
    place.is_the_same("out.csv", "gone on");
    assert!(before.len() >= 3 && !held.exists());
    // Without one of its parts the rest holds: those pairs are scored again.
    place.stopped(&held, &[]);
    std::fs::remove_file(held.join("pairs-00002.part")).unwrap();
    place.run("less.csv", &["--resume", text(&held)], 0);
    place.is_the_same("less.csv", "without a part");
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let place = Place::new();
    let (held, key, other) = (place.path("held"), place.path("key"), place.path("other"));
    crate::aside::key(&other);
    std::fs::write(&other, "another-key-of-nobody-0123456789-abcdef\n").unwrap();
    let keyed = ["--key-file", text(&key)];
    place.stopped(&held, &keyed);
    let before = parts(&held);
    let refused = |more: &[&str], status: i32, words: &str| {
        let said = place.run("never.csv", &[&["--resume", text(&held)], more].concat(), status);
        assert!(said.contains(words) && said.contains("hint"), "{more:?}: {said}");
        assert!(!place.path("never.csv").exists() && said.matches("error").count() == 1, "{said}");
        assert!(parts(&held) == before, "{more:?} changes the checkpoints");
    };
    refused(&["--key-file", text(&other)], 3, "another key");
    refused(&[], 2, "no key was given");
    refused(&[&keyed[..], &["--threshold", "0.9"]].concat(), 3, "another run");
    refused(&[&keyed[..], &["--block-pairs", "4000000"]].concat(), 3, "another run");
    refused(&[&keyed[..], &["--id", "name"]].concat(), 3, "another run");
    for (file, from, to) in [("model.toml", "m = 0.87,", "m = 0.8,"), ("people.csv", "Newport", "Newton")] {
        let text = std::fs::read_to_string(place.path(file)).unwrap();
        std::fs::write(place.path(file), text.replacen(from, to, 1)).unwrap();
        refused(&keyed, 3, "another run");
        std::fs::write(place.path(file), text).unwrap();
    }
    let trace = place.path("rows");
    std::fs::create_dir(&trace).unwrap();
    std::fs::write(trace.join("rows-00001.part"), "of a trace").unwrap();
    let said = place.run("never.csv", &["--resume", text(&trace)], 2);
    assert!(said.contains("other things"), "{said}");
    // What cannot be a folder of parts is told before a table is read.
    std::fs::write(place.path("letter.txt"), "mine").unwrap();
    std::os::unix::fs::symlink(&held, place.path("link")).unwrap();
    for name in ["letter.txt", "above/held", "link"] {
        let (out, resume) = (place.path("never.csv"), place.path(name));
        let words = ["dedupe", "no-such-table.csv", "-o", text(&out), "--resume", text(&resume)];
        let said = stderr(&run(&words, 2));
        assert!(said.contains("hint") && said.contains(name), "{said}");
    }
    place.run("out.csv", &[&["--resume", text(&held)], &keyed[..]].concat(), 0);
    place.is_the_same("out.csv", "gone on");
    // A file called as the word for standard output is none.
    let (table, model) = (place.path("people.csv"), place.path("model.toml"));
    std::fs::write(place.path("-"), "mine").unwrap();
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin("rewash"))
        .current_dir(place.folder.path())
        .args(["dedupe", text(&table), "--model", text(&model), "--quiet", "-o", "-", "--resume", "held"])
        .output()
        .unwrap();
    assert!(output.status.success() && output.stdout == std::fs::read(place.path("want.csv")).unwrap());
}

#[test]
fn a_checkpoint_that_was_cut_or_changed_is_refused() {
    let place = Place::new();
    let (held, key) = (place.path("held"), place.path("key"));
    for more in [&[][..], &["--key-file", text(&key)]] {
        let _ = std::fs::remove_dir_all(&held);
        place.stopped(&held, more);
        let path = held.join("pairs-00002.part");
        let part = std::fs::read(&path).unwrap();
        for number in 0..8 {
            let at = (mix(number, 5) % part.len() as u64) as usize;
            let mut bytes = part.clone();
            if number % 2 == 0 {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << (number % 8);
            }
            std::fs::write(&path, bytes).unwrap();
            let said = place.run("never.csv", &[&["--resume", text(&held)], more].concat(), 3);
            assert!(said.contains("pairs-00002.part: ") && said.contains("hint"), "{at}: {said}");
            assert!(!place.path("never.csv").exists());
        }
        // The same units in two parts: somebody copied a part.
        std::fs::write(&path, &part).unwrap();
        std::fs::copy(&path, held.join("pairs-00099.part")).unwrap();
        let said = place.run("never.csv", &[&["--resume", text(&held)], more].concat(), 3);
        assert!(said.contains("pairs-00099.part: is damaged"), "{said}");
    }
}

/// Memory in which few of all pairs can be, with what two threads need, and the words for it.
const LITTLE: u64 = 250;
const IN_LITTLE: [&str; 4] = ["--threads", "2", "--memory", "250MiB"];
const IN_MUCH: [&str; 4] = ["--threads", "2", "--memory", "3GiB"];

/// Ways to make something of pairs, each with an output of its own form, and whether nearly all pairs are kept for it.
const FATES: [(&str, &[&str], bool); 5] = [
    ("all.parquet", &["--threshold", "0"], true),
    ("explained.jsonl", &["--threshold", "0.05", "--explain"], false),
    ("clusters.arrow", &["--clusters", "--threshold", "0.9", "--threshold", "0.98"], true),
    ("cut.csv", &["--clusters", "--threshold", "0.3"], true),
    ("whole.csv", &["--clusters", "--no-cut", "--threshold", "0.98", "--threshold", "0.95"], true),
];

#[test]
fn pairs_that_there_is_no_memory_for_go_to_the_disk_and_the_bytes_are_the_same() {
    let place = Place::new();
    let held = place.path("held");
    for (out, more, all) in FATES {
        // Of clusters the links that were cut, or alone hold one, are another output.
        let words_of = |name: &str, memory: &[&str]| {
            let cuts = place.path(&format!("{name}.cuts"));
            let cuts = if more[0] == "--clusters" { vec!["--cuts", text(&cuts)] } else { Vec::new() };
            place.words(name, &[more, &cuts, memory].concat())
        };
        let done = |name: &str, memory: &[&str]| {
            let words = words_of(name, memory);
            let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--quiet").collect();
            stderr(&run(&words, 0))
        };
        let same = |name: &str| {
            place.same(out, name);
            if more[0] == "--clusters" {
                place.same(&format!("{out}.cuts"), &format!("{name}.cuts"));
            }
        };
        done(out, &IN_MUCH);
        // Few pairs fit anyway, and are put aside all the same.
        let forced = if all { &IN_LITTLE[..] } else { &["--threads", "2", "--pairs-in-memory", "1"] };
        let aside = format!("aside-{out}");
        let said = done(&aside, forced);
        assert!(said.contains("pairs put aside on the disk"), "{out}: {said}");
        assert!(peak(&said) < LITTLE + MAPPED, "{out}: {said}");
        same(&aside);
        if !all {
            continue;
        }
        // Stopped and gone on in as little memory, and in more.
        for (number, memory) in [IN_LITTLE, IN_MUCH].iter().enumerate() {
            let resumed = format!("resumed-{number}-{out}");
            place.stopped(&held, &[more, &["--memory", "250MiB"]].concat());
            done(&resumed, &[&["--resume", text(&held)], &memory[..]].concat());
            same(&resumed);
            assert!(!held.exists(), "{out}");
        }
    }
    let left: Vec<String> = files(place.folder.path()).into_iter().map(|(name, _)| name).collect();
    assert!(!left.iter().any(|name| name.contains("spill")), "{left:?}");
}

#[test]
fn pairs_of_one_group_that_there_is_no_memory_for_are_told() {
    let place = Place::new();
    // So low a threshold that everybody hangs together.
    let words = ["--clusters", "--threshold", "0.0001"];
    let said = place.run("never.csv", &[&words[..], &IN_LITTLE].concat(), 4);
    assert!(said.contains("hangs together") && said.contains("--memory") && said.contains("hint"), "{said}");
    assert!(!place.path("never.csv").exists());
}

#[test]
fn of_two_tables_each_resolution_is_the_same_on_the_disk() {
    let place = Place::new();
    let rows = std::fs::read_to_string(place.path("people.csv")).unwrap();
    let third: Vec<&str> = rows.lines().take(ROWS as usize / 3).collect();
    std::fs::write(place.path("third.csv"), third.join("\n")).unwrap();
    std::fs::write(place.path("model.toml"), MODEL.replace("\"dedupe\"", "\"link\"")).unwrap();
    let (left, right, model) = (place.path("people.csv"), place.path("third.csv"), place.path("model.toml"));
    let ways = [("one-to-one", "drop"), ("one-to-one", "all"), ("one-to-one", "lowest")];
    for (resolve, ties) in ways.into_iter().chain([("best-left", "drop"), ("best-right", "all"), ("all", "all")]) {
        let link = |name: &str, memory: &[&str]| {
            let out = place.path(&format!("{resolve}-{ties}-{name}.csv"));
            let words = ["link", text(&left), text(&right), "--model", text(&model), "-o", text(&out)];
            let more = ["--threshold", "0", "--resolve", resolve, "--ties", ties];
            let said = stderr(&run(&[&words[..], &more, memory].concat(), 0));
            (said, std::fs::read(out).unwrap())
        };
        let (much, want) = link("much", &IN_MUCH);
        let (little, got) = link("little", &IN_LITTLE);
        assert!(!much.contains("put aside") && little.contains("put aside"), "{much} {little}");
        assert!(peak(&little) < LITTLE + MAPPED, "{little}");
        assert!(want == got, "{resolve} {ties}");
    }
}

/// Memory, in MiB, of the program's file, which is mapped and counts in the peak and not in `--memory`.
const MAPPED: u64 = 45;

/// Peak of the memory, in MiB, that a summary tells.
fn peak(said: &str) -> u64 {
    let line = said.lines().find(|line| line.contains("peak memory")).unwrap();
    line.split_whitespace().rev().nth(1).and_then(|number| number.parse().ok()).unwrap()
}
