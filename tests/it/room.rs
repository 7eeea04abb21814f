//! What is known at the start to need more memory than is allowed is refused at the start, by every command and plan that says
//! so; what a stored index answers goes to the disk where there is no room for it; and a disk that takes no more is told by
//! the name of the file.

use crate::same_bytes::same;
use crate::support::{csv, files, folder, made, run, stderr, text, write_csv};
use std::path::{Path, PathBuf};
use std::process::Command;

const ON: &str = "2016-04-30";

struct Place {
    folder: tempfile::TempDir,
    extract: PathBuf,
    register: String,
}

impl Place {
    fn new(register: u32, extract: u32) -> Self {
        let folder = folder();
        let made = made(folder.path(), register, extract);
        let register = format!("hmrc={}", text(&made.join("register.parquet")));
        let place = Self { extract: made.join("extract.csv"), register, folder };
        let index = place.path("index");
        run(&["index", "build", &place.register, "--out", text(&index), "--quiet"], 0);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn trace(&self, more: &[&str], status: i32) -> String {
        let words = ["trace", text(&self.extract), "--on", ON, "--quiet", "--threads", "2"];
        stderr(&run(&[&words[..], more].concat(), status))
    }

    fn number(&self, out: &str, name: &str) -> u64 {
        let text = std::fs::read_to_string(self.path(out).join("run.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()[name].as_u64().unwrap()
    }
}

#[test]
fn every_plan_and_its_estimate_is_refused_with_its_need() {
    let place = Place::new(300, 200);
    let (index, out) = (place.path("index"), place.path("never"));
    let ways: [(&[&str], &str); 3] = [
        (&["--register", &place.register], "80MiB"),
        (&["--register", &place.register, "--plan", "index"], "140MiB"),
        (&["--index", text(&index)], "64MiB"),
    ];
    for (way, memory) in ways {
        for more in [&[][..], &["--dry-run"]] {
            let words = [way, &["--memory", memory, "--out", text(&out)], more].concat();
            let said = place.trace(&words, 4);
            assert!(said.contains("200 people on 2 threads") && said.contains(" needs about "), "{words:?}: {said}");
            assert!(said.contains("allow more with --memory") || said.contains("leave out --plan index"), "{said}");
            assert!(!out.exists());
        }
        let words = [way, &["--memory", "1GiB", "--out", text(&out), "--dry-run"]].concat();
        place.trace(&words, 0);
        let words = [way, &["--memory", "1", "--out", text(&out)]].concat();
        let said = place.trace(&words, 4);
        assert!(said.contains("needs about") && said.contains("more than the 1 byte allowed"), "{said}");
        assert!(said.contains("--memory"), "{said}");
    }
    let said = stderr(&run(&["evaluate", text(&place.extract), "--truth", text(&place.extract), "--memory", "1"], 4));
    assert!(said.contains("--memory") && !said.contains("0 MiB"), "{said}");
}

#[test]
fn values_of_the_extract_are_counted_and_not_its_rows_alone() {
    let place = Place::new(300, 1_000);
    let out = place.path("never");
    let words = ["--register", &place.register, "--memory", "140MiB", "--out", text(&out), "--dry-run"];
    place.trace(&words, 0);
    let mut rows = csv(&place.extract);
    for name in (1..=20).flat_map(|number| [format!("address_{number}"), format!("postcode_{number}")]) {
        let column = rows[0].iter().position(|known| *known == name).unwrap_or(rows[0].len());
        for (number, row) in rows.iter_mut().enumerate() {
            row.resize(row.len().max(column + 1), String::new());
            row[column] = match number {
                0 => name.clone(),
                _ if name.starts_with('p') => format!("LS{} {}AA", 1 + column % 9, number % 10),
                _ => format!("{number} High Street, Leeds {column}"),
            };
        }
    }
    write_csv(&place.extract, &rows);
    let said = place.trace(&words, 4);
    assert!(said.contains("1 000 people on 2 threads"), "{said}");
}

#[test]
fn an_index_is_not_built_nor_updated_in_less_than_it_takes() {
    let place = Place::new(300, 10);
    let (index, out) = (place.path("index"), place.path("never"));
    let before = files(&index);
    for memory in ["1", "1KiB", "40MiB"] {
        let said = stderr(&run(&["index", "build", &place.register, "--out", text(&out), "--memory", memory], 4));
        assert!(said.contains("the build of an index") && said.contains("needs about"), "{said}");
        assert!(said.contains("--memory") && !out.exists(), "{said}");
        let said = stderr(&run(&["index", "update", text(&index), "--memory", memory], 4));
        assert!(said.contains("the update of an index") && said.contains("needs about"), "{said}");
    }
    let after: Vec<_> = files(&index).into_iter().filter(|(name, _)| name != "index.lock").collect();
    assert!(before == after);
    run(&["index", "update", text(&index), "--memory", "120MiB", "--quiet"], 0);
}

#[test]
fn what_an_index_answers_goes_to_the_disk_where_there_is_no_room_for_it() {
    let place = Place::new(6_000, 1_500);
    let cut = place.path("cut");
    run(&["index", "build", &place.register, "--out", text(&cut), "--segment-rows", "1300", "--quiet"], 0);
    let outputs = |out: &str| -> Vec<(String, Vec<u8>)> {
        files(&place.path(out)).into_iter().filter(|(name, _)| name != "run.json").collect()
    };
    let trace = |out: &str, more: &[&str]| {
        let path = place.path(out);
        place.trace(&[&["--out", text(&path)], more].concat(), 0);
        (outputs(out), place.number(out, "put_aside_bytes"), place.number(out, "ranges"))
    };
    let (want, none, one) = trace("want", &["--register", &place.register]);
    assert_eq!((none, one), (0, 1));
    let whole = place.path("index");
    for (number, (index, rows, is_aside)) in
        [(&whole, "1", true), (&whole, "300KiB", true), (&cut, "200KiB", true), (&cut, "1GiB", false)]
            .iter()
            .enumerate()
    {
        let (got, put, ranges) = trace(&format!("got-{number}"), &["--index", text(index), "--rows-in-memory", rows]);
        same(&want, &got, &format!("{rows} {}", index.display()));
        assert_eq!((put > 0, ranges > 1), (*is_aside, *is_aside), "{rows}: {put} {ranges}");
    }
}

/// Runs the program where no file may be longer than so many bytes.
fn limited(kib: u32, words: &[&str]) -> (Option<i32>, String) {
    let program = assert_cmd::cargo::cargo_bin("rewash");
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2);
    let output = Command::new("sh").arg("-c").arg(script).arg(program).args(words).output().unwrap();
    (output.status.code(), stderr(&output))
}

#[test]
fn a_disk_that_takes_no_more_is_told_by_the_name_of_the_file() {
    let place = Place::new(600, 300);
    let [out, links, index, again] = ["out", "links.csv", "new", "made-again"].map(|name| place.path(name));
    let extract = text(&place.extract);
    let commands: [(&[&str], &str); 4] = [
        (&["trace", extract, "--register", &place.register, "--on", ON, "--out", text(&out), "--threads", "1"], "."),
        (&["link", "data/example/left.csv", "data/example/right.csv", "-o", text(&links)], "links.csv"),
        (&["index", "build", &place.register, "--out", text(&index)], ".arrow"),
        (&["synth", "--register", "500", "--extract", "50", "--out", text(&again)], "register.parquet"),
    ];
    for (words, name) in commands {
        let (status, said) = limited(1, words);
        let told = said.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert_eq!(status, Some(4), "{words:?}: {said}");
        let (place, what) = told["error: ".len()..].split_once(": ").unwrap();
        assert!(place.contains(name) && what.starts_with("cannot write"), "{words:?}: {told}");
        assert!(words.iter().all(|word| !word.ends_with("out") || !Path::new(word).exists()));
    }
}
