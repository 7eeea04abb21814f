//! Rows that memory has no room for, and runs that are stopped and go on: the same bytes, and nothing taken for what it is not.

use crate::same_bytes::same;
use crate::support::{files, folder, made, register_to_csv, run, stderr, text};
use rewash::util::hash::mix;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Makes a key for checkpoints.
pub(crate) fn key(path: &Path) {
    std::fs::write(path, "of-nobody-and-nothing-0123456789-abcdef\n").unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

/// Kills a run at moments of the time that one `took`, and starts it again, until it ends; how often it was killed. A run that was
/// killed after its output had its name has left it `whole`, which is looked at and taken away: what is left of what is kept
/// serves the next run.
pub(crate) fn killed_often(took: Duration, words: impl Fn(u64) -> Vec<String>, out: &Path, whole: impl Fn()) -> u64 {
    for kill in 0..8_u64 {
        let at = took.mul_f64((mix(kill, 3) % 1_000) as f64 / 1_100.0);
        let begun = Instant::now();
        if !killed(&words(kill), || begun.elapsed() >= at) {
            return kill;
        }
        if out.exists() {
            whole();
            if out.is_dir() { std::fs::remove_dir_all(out) } else { std::fs::remove_file(out) }.unwrap();
        }
    }
    8
}

/// Made data with a trace of it that nothing happened to.
struct Place {
    folder: tempfile::TempDir,
    register: PathBuf,
    extract: PathBuf,
    want: Vec<(String, Vec<u8>)>,
}

impl Place {
    fn new(register: u32, extract: u32, as_csv: bool) -> Self {
        let folder = folder();
        let made = made(folder.path(), register, extract);
        let parquet = made.join("register.parquet");
        let csv = made.join("register.csv");
        if as_csv {
            register_to_csv(&parquet, &csv);
        }
        let register = if as_csv { csv } else { parquet };
        let mut place = Self { folder, register, extract: made.join("extract.csv"), want: Vec::new() };
        key(&place.path("key"));
        run(&place.words("want", &[]).iter().map(String::as_str).collect::<Vec<_>>(), 0);
        place.want = place.outputs("want");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self, out: &str, more: &[&str]) -> Vec<String> {
        let register = format!("hmrc={}", text(&self.register));
        let words = ["trace", text(&self.extract), "--register", &register, "--on", "2016-04-30", "--quiet"];
        let out = self.path(out);
        words
            .iter()
            .chain(&["--format", "csv", "--out", text(&out)])
            .chain(more)
            .map(|word| (*word).to_owned())
            .collect()
    }

    fn run(&self, out: &str, more: &[&str], status: i32) -> String {
        let words = self.words(out, more);
        stderr(&run(&words.iter().map(String::as_str).collect::<Vec<_>>(), status))
    }

    /// All files that must be the same.
    fn outputs(&self, out: &str) -> Vec<(String, Vec<u8>)> {
        files(&self.path(out)).into_iter().filter(|(name, _)| name != "run.json").collect()
    }

    #[track_caller]
    fn is_the_same(&self, out: &str, what: &str) {
        same(&self.want, &self.outputs(out), what);
    }

    fn number(&self, out: &str, name: &str) -> u64 {
        let text = std::fs::read_to_string(self.path(out).join("run.json")).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value[name].as_u64().unwrap()
    }

    fn killed(&self, out: &str, more: &[&str], done: impl Fn() -> bool) -> bool {
        killed(&self.words(out, more), done)
    }
}

/// Starts a run and kills it when `done` says so, or lets it end; whether it was killed.
pub(crate) fn killed(words: &[String], done: impl Fn() -> bool) -> bool {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("rewash"))
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return false;
        }
        if done() {
            child.kill().unwrap();
            return child.wait().unwrap().code().is_none();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_room_for_rows_cannot_be_seen() {
    let place = Place::new(6_000, 1_500, false);
    assert_eq!((place.number("want", "put_aside_bytes"), place.number("want", "ranges")), (0, 1));
    let ways: [&[&str]; 5] = [
        &["--rows-in-memory", "1", "--threads", "2", "--batch-rows", "211"],
        &["--rows-in-memory", "40KiB", "--threads", "1", "--batch-rows", "64"],
        &["--rows-in-memory", "100KiB", "--threads", "7", "--batch-rows", "500"],
        &["--rows-in-memory", "600KiB", "--threads", "2"],
        &["--memory", "300MiB", "--threads", "2"],
    ];
    let mut ranges = Vec::new();
    for (number, way) in ways.iter().enumerate() {
        let out = format!("way-{number}");
        place.run(&out, way, 0);
        place.is_the_same(&out, &format!("{way:?}"));
        ranges.push(place.number(&out, "ranges"));
        assert_eq!(place.number(&out, "put_aside_bytes") > 0, number < 4, "{way:?}");
    }
    assert!(ranges[0] > 8 && ranges[1] > ranges[3] && ranges[3] > 1 && ranges[4] == 1, "{ranges:?}");
}

#[test]
fn what_is_known_to_be_too_much_is_refused_at_the_start() {
    let place = Place::new(300, 200, false);
    let said = place.run("never", &["--memory", "64MiB", "--threads", "2"], 4);
    assert!(said.contains("200 people on 2 threads needs about") && said.contains("64 MiB allowed"), "{said}");
    assert!(!place.path("never").exists());
}

#[test]
fn killed_at_any_moment_it_ends_with_the_same_bytes() {
    for as_csv in [false, true] {
        let place = Place::new(5_000, 900, as_csv);
        let begun = Instant::now();
        let key = place.path("key");
        let held = place.path("held");
        // Where there is little room for rows they go into the checkpoint, or a kill would lose them.
        let (room, seconds) = if as_csv { ("1GiB", "0") } else { ("30KiB", "1000") };
        let mut more = vec!["--rows-in-memory", room, "--checkpoint-seconds", seconds];
        more.extend(["--resume", text(&held), "--batch-rows", "300", "--threads", "2"]);
        if as_csv {
            more.extend(["--key-file", text(&key)]);
        }
        place.run("whole", &more, 0);
        place.is_the_same("whole", "in one go");
        assert!(!held.exists(), "checkpoints stay");
        let whole = begun.elapsed();
        let kills = killed_often(
            whole,
            |_| place.words("out", &more),
            &place.path("out"),
            || {
                place.is_the_same("out", "killed at its very end");
            },
        );
        if !place.path("out").exists() {
            place.run("out", &more, 0);
        }
        place.is_the_same("out", "after kills");
        assert!(kills > 0 && !held.exists(), "{kills}");
    }
}

/// A run that is stopped when some parts of its checkpoint are there.
fn stopped(place: &Place, held: &Path, more: &[&str]) {
    let third = held.join("rows-00003.part");
    let mut words = vec!["--resume", text(held), "--checkpoint-seconds", "0", "--batch-rows", "50", "--threads", "1"];
    words.extend(more);
    assert!(place.killed("stopped", &words, || third.exists()), "the run was too quick");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for (name, bytes) in files(from) {
        std::fs::write(to.join(name), bytes).unwrap();
    }
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let place = Place::new(6_000, 800, true);
    let (held, key) = (place.path("held"), place.path("key"));
    let other = place.path("other");
    std::fs::write(&other, "another-key-of-nobody-0123456789-abcdef\n").unwrap();
    std::fs::set_permissions(&other, PermissionsExt::from_mode(0o600)).unwrap();
    stopped(&place, &held, &["--key-file", text(&key)]);
    let parts = || -> Vec<(String, Vec<u8>)> {
        files(&held).into_iter().filter(|(name, _)| name.starts_with("rows-")).collect()
    };
    let before = parts();
    let refused = |more: &[&str], status: i32, words: &str| {
        let said = place.run("never", &[&["--resume", text(&held)], more].concat(), status);
        assert!(said.contains(words) && said.contains("hint"), "{more:?}: {said}");
        assert!(!place.path("never").exists() && said.matches("error").count() == 1, "{said}");
        assert!(parts() == before, "{more:?} changes the checkpoints");
    };
    refused(&["--key-file", text(&other)], 3, "another key");
    refused(&[], 2, "no key was given");
    let keyed = ["--key-file", text(&key)];
    refused(&[&keyed[..], &["--batch-rows", "9"], &["--plan", "index"]].concat(), 2, "stream plan");
    let rows = std::fs::read_to_string(&place.register).unwrap();
    std::fs::write(&place.register, rows.trim_end().rsplit_once('\n').unwrap().0).unwrap();
    refused(&keyed, 3, "another run");
    std::fs::write(&place.register, rows).unwrap();
    let said = run(
        &[
            "trace",
            text(&place.extract),
            "--register",
            &format!("hmrc={}", text(&place.register)),
            "--on",
            "2016-05-30",
            "--out",
            text(&place.path("never")),
            "--resume",
            text(&held),
            "--key-file",
            text(&key),
        ],
        3,
    );
    assert!(stderr(&said).contains("another run"), "{}", stderr(&said));
    // Another batch size and another number of threads are the same run.
    place.run("out", &[&["--resume", text(&held), "--threads", "7", "--batch-rows", "77"], &keyed[..]].concat(), 0);
    place.is_the_same("out", "gone on");
    assert!(!held.exists());
}

#[test]
fn a_checkpoint_that_was_cut_or_changed_is_refused() {
    let place = Place::new(6_000, 800, true);
    let (held, key) = (place.path("held"), place.path("key"));
    for more in [&[][..], &["--key-file", text(&key)]] {
        let _ = std::fs::remove_dir_all(&held);
        stopped(&place, &held, more);
        let part = std::fs::read(held.join("rows-00002.part")).unwrap();
        for number in 0..8 {
            let bad = place.path("bad");
            let _ = std::fs::remove_dir_all(&bad);
            copy(&held, &bad);
            let at = (mix(number, 5) % part.len() as u64) as usize;
            let mut bytes = part.clone();
            if number % 2 == 0 {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << (number % 8);
            }
            std::fs::write(bad.join("rows-00002.part"), bytes).unwrap();
            let said = place.run("never", &[&["--resume", text(&bad)], more].concat(), 3);
            assert!(said.contains("rows-00002.part: ") && said.contains("hint"), "{at}: {said}");
            assert!(!place.path("never").exists());
        }
        // Without one of its parts the rest holds: those rows are read again.
        std::fs::remove_file(held.join("rows-00003.part")).unwrap();
        let out = format!("out-{}", more.len());
        place.run(&out, &[&["--resume", text(&held)], more].concat(), 0);
        place.is_the_same(&out, "without a part");
    }
}

#[test]
fn a_folder_of_other_things_is_left_alone() {
    let place = Place::new(300, 100, false);
    let other = place.path("mine");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("letter.txt"), "mine").unwrap();
    let said = place.run("never", &["--resume", text(&other)], 2);
    assert!(said.contains("other things"), "{said}");
    assert_eq!(files(&other).len(), 1);
}
