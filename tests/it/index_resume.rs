//! Builds of an index that are stopped and go on: what it answers is the same, and nothing is taken for what it is not.

use crate::aside::{killed, killed_often};
use crate::index::{register, traced};
use crate::same_bytes::same;
use crate::support::{files, folder, made, run, stderr, text};
use std::path::{Path, PathBuf};
use std::time::Instant;

const ON: &str = "2016-04-30";

struct Place {
    folder: tempfile::TempDir,
    extract: PathBuf,
    /// Two registers, of text and of Parquet.
    registers: [String; 2],
    want: Vec<(String, Vec<u8>)>,
}

impl Place {
    fn new() -> Self {
        let folder = folder();
        let (extract, path) = register(folder.path(), 5_000, 400);
        let other = folder.path().join("other");
        std::fs::create_dir(&other).unwrap();
        let other = made(&other, 3_000, 100).join("register.parquet");
        let registers = [format!("hmrc={}", text(&path)), format!("bank={}", text(&other))];
        let mut place = Self { folder, extract, registers, want: Vec::new() };
        let [first, second] = &place.registers;
        place.want = traced(&place.path("want"), &place.extract, &["--register", first, "--register", second], ON);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self, out: &str, more: &[&str]) -> Vec<String> {
        let (out, held) = (self.path(out), self.path("held"));
        let [first, second] = &self.registers;
        let words = ["index", "build", first, second, "--quiet", "--out", text(&out), "--resume", text(&held)];
        let small: &[&str] = if more.contains(&"--segment-rows") { &[] } else { &["--segment-rows", "700"] };
        words.iter().chain(small).chain(&["--batch-rows", "150"]).chain(more).map(|word| (*word).to_owned()).collect()
    }

    fn build(&self, out: &str, more: &[&str], status: i32) -> String {
        let words = self.words(out, more);
        stderr(&run(&words.iter().map(String::as_str).collect::<Vec<_>>(), status))
    }

    /// An index is whole, answers as the registers do, and nothing is left beside it.
    #[track_caller]
    fn is_right(&self, index: &str) {
        let index = self.path(index);
        run(&["index", "inspect", text(&index), "--verify", "--quiet"], 0);
        let out = self.path(&format!("traced-{}", index.file_name().unwrap().display()));
        same(&self.want, &traced(&out, &self.extract, &["--index", text(&index)], ON), text(&index));
        assert!(!self.path("held").exists(), "segments stay");
    }

    /// A build that is stopped when some segments are kept.
    fn stopped(&self) {
        let third = self.path("held").join("segments-00003.part");
        assert!(killed(&self.words("stopped", &["--threads", "1"]), || third.exists()), "the build was too quick");
        assert!(!self.path("stopped").exists());
    }
}

fn parts(held: &Path) -> Vec<(String, Vec<u8>)> {
    files(held).into_iter().filter(|(name, _)| name.ends_with(".part")).collect()
}

#[test]
fn killed_at_any_moment_it_answers_as_if_nothing_had_been() {
    let place = Place::new();
    let begun = Instant::now();
    place.build("whole", &["--threads", "2"], 0);
    place.is_right("whole");
    let took = begun.elapsed();
    let words = |kill: u64| place.words("index", &["--threads", ["1", "2", "7"][(kill % 3) as usize]]);
    let kills = killed_often(took, words, &place.path("index"), || {
        run(&["index", "inspect", text(&place.path("index")), "--verify", "--quiet"], 0);
    });
    if !place.path("index").exists() {
        place.build("index", &[], 0);
    }
    place.is_right("index");
    assert!(kills > 0);
}

#[test]
fn rows_that_were_done_are_not_read_again() {
    let place = Place::new();
    place.stopped();
    let held = place.path("held");
    let before = files(&held);
    // What an unfinished segment left is taken away; another size of segments is the same build.
    std::fs::write(held.join("0099-rows.arrow"), "half").unwrap();
    place.build("index", &["--threads", "7", "--segment-rows", "333"], 0);
    let after = files(&place.path("index"));
    let kept = before.iter().filter(|(name, _)| name.starts_with("0000-") || name.starts_with("0001-"));
    assert!(kept.clone().count() > 20);
    assert!(kept.clone().all(|file| after.contains(file)), "segments were filled again");
    assert!(!after.iter().any(|(name, _)| name.starts_with("0099-")));
    place.is_right("index");
}

#[test]
fn segments_of_another_build_or_that_are_not_what_was_written_are_refused() {
    let place = Place::new();
    place.stopped();
    let held = place.path("held");
    let before = parts(&held);
    let refused = |words: &str, status: i32| {
        let said = place.build("never", &[], status);
        assert!(said.contains(words) && said.contains("hint"), "{said}");
        assert!(!place.path("never").exists() && parts(&held) == before, "{said}");
    };
    let path = place.registers[0].strip_prefix("hmrc=").unwrap();
    let rows = std::fs::read_to_string(path).unwrap();
    std::fs::write(path, rows.trim_end().rsplit_once('\n').unwrap().0).unwrap();
    refused("another run", 3);
    std::fs::write(path, rows).unwrap();
    let segment = held.join("0001-rows.arrow");
    let bytes = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &bytes[1..]).unwrap();
    refused("0001-rows.arrow: is damaged", 3);
    std::fs::remove_file(&segment).unwrap();
    refused("0001-rows.arrow: is damaged", 3);
    std::fs::write(&segment, &bytes).unwrap();
    // One whose part is gone is filled again; one whose part is there twice is refused.
    std::fs::copy(held.join("segments-00001.part"), held.join("segments-00077.part")).unwrap();
    let said = place.build("never", &[], 3);
    assert!(said.contains("segments-00077.part: is damaged"), "{said}");
    std::fs::remove_file(held.join("segments-00077.part")).unwrap();
    std::fs::remove_file(held.join("segments-00002.part")).unwrap();
    place.build("index", &[], 0);
    place.is_right("index");
}

#[test]
fn a_folder_of_other_things_and_a_taken_output_are_left_alone() {
    let place = Place::new();
    let held = place.path("held");
    // Names that a segment could have, too: somebody's tables.
    for name in ["letter.txt", "2024-sales.arrow", "0001-rows.arrow", "0000-person-starts.arrow"] {
        std::fs::create_dir(&held).unwrap();
        std::fs::write(held.join(name), "mine").unwrap();
        let said = place.build("never", &[], 2);
        assert!(said.contains("other things") && said.contains("hint"), "{said}");
        assert!(files(&held) == [(name.to_owned(), b"mine".to_vec())] && !place.path("never").exists(), "{name}");
        std::fs::remove_dir_all(&held).unwrap();
    }
    // Among segments that are kept a table of another name is somebody's as well.
    place.stopped();
    std::fs::write(held.join("2024-sales.arrow"), "mine").unwrap();
    let said = place.build("never", &[], 2);
    assert!(said.contains("other things") && held.join("2024-sales.arrow").exists(), "{said}");
    std::fs::remove_dir_all(&held).unwrap();
    for out in ["held", "held/index"] {
        let said = place.build(out, &[], 2);
        assert!(said.contains("is the output, or a folder above it") && !held.exists(), "{said}");
    }
    let never = place.path("never");
    for (name, at) in [("letter.txt", "a file"), ("above/held", "a missing folder")] {
        std::fs::write(place.path("letter.txt"), "mine").unwrap();
        let resume = place.path(name);
        let words = ["index", "build", &place.registers[1], "--out", text(&never), "--resume", text(&resume)];
        let said = stderr(&run(&words, 2));
        assert!(said.contains("hint") && !place.path("never").exists(), "{at}: {said}");
    }
    let link = place.path("link");
    std::os::unix::fs::symlink(folder().path(), &link).unwrap();
    let words = ["index", "build", &place.registers[1], "--out", text(&never), "--resume", text(&link)];
    assert!(stderr(&run(&words, 2)).contains("is not a folder"));
}
