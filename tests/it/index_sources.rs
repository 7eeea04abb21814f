//! Which files an index was built of, and what becomes of it when they are others: a file that comes into a pattern, one that
//! goes, one that is called otherwise; and what is compared of each.

use crate::index::{register, traced};
use crate::same_bytes::same;
use crate::support::{csv, folder, rewash, run, stderr, text, write_csv};
use std::path::{Path, PathBuf};
use std::process::Command;

const ON: &str = "2016-04-30";

/// A folder of registers with brackets in its name, of which an index has been built from below it by a pattern.
struct Place {
    folder: tempfile::TempDir,
    extract: PathBuf,
    rows: Vec<Vec<String>>,
}

impl Place {
    fn new() -> Self {
        let folder = folder();
        let (extract, path) = register(folder.path(), 1_500, 200);
        let place = Self { extract, rows: csv(&path), folder };
        std::fs::create_dir_all(place.path("work[1]/all")).unwrap();
        place.put("a.csv", 0);
        place.put("b.csv", 1);
        place.build("hmrc=all/*.csv");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn of_register(&self, name: &str) -> PathBuf {
        self.path("work[1]/all").join(name)
    }

    /// Writes a third of the register.
    fn put(&self, name: &str, third: usize) {
        self.put_thirds(name, &[third]);
    }

    fn put_thirds(&self, name: &str, thirds: &[usize]) {
        let (head, body) = self.rows.split_first().unwrap();
        let rows = body.iter().enumerate().filter(|(at, _)| thirds.contains(&(at % 3))).map(|(_, row)| row.clone());
        write_csv(&self.of_register(name), &std::iter::once(head.clone()).chain(rows).collect::<Vec<_>>());
    }

    /// Builds the index by a word, which is of the folder above the registers.
    fn build(&self, word: &str) {
        let built = Command::new(assert_cmd::cargo::cargo_bin("rewash"))
            .current_dir(self.path("work[1]"))
            .args(["index", "build", word, "--out", "../index", "--quiet"])
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", stderr(&built));
    }

    fn trace(&self) -> (Option<i32>, String) {
        let out = self.path("out");
        let _ = std::fs::remove_dir_all(&out);
        let (extract, index) = (text(&self.extract), self.path("index"));
        let said = rewash(&["trace", extract, "--index", text(&index), "--on", ON, "--out", text(&out)]);
        assert_eq!(out.exists(), said.status.success());
        (said.status.code(), stderr(&said))
    }

    #[track_caller]
    fn refused(&self, name: &str, what: &str) {
        let (status, said) = self.trace();
        assert_eq!(status, Some(3), "{said}");
        assert!(said.contains(&format!("error: {name}: ")) && said.contains(what), "{said}");
        assert!(said.contains("index update"), "{said}");
    }

    fn update(&self, rows: &str) {
        let said = stderr(&run(&["index", "update", text(&self.path("index"))], 0));
        assert!(said.lines().any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") == rows), "{said}");
    }

    #[track_caller]
    fn is_right(&self, names: &[&str], what: &str) {
        let words: Vec<String> = names.iter().map(|name| format!("hmrc={}", text(&self.of_register(name)))).collect();
        let from: Vec<&str> = words.iter().flat_map(|word| ["--register", word.as_str()]).collect();
        let want = traced(&self.path(&format!("want {what}")), &self.extract, &from, ON);
        let index = self.path("index");
        let got = traced(&self.path(&format!("got {what}")), &self.extract, &["--index", text(&index)], ON);
        same(&want, &got, what);
    }
}

#[test]
fn a_file_that_comes_into_the_pattern_is_refused_until_an_update_reads_it() {
    let place = Place::new();
    place.is_right(&["a.csv", "b.csv"], "as built");
    place.put("c.csv", 2);
    place.refused("c.csv", "was not there then");
    run(&["index", "inspect", text(&place.path("index"))], 3);
    let (head, body) = place.rows.split_first().unwrap();
    assert!(head.len() > 5);
    let came = body.len() / 3;
    assert!(came < 1_000, "{came}");
    place.update(&format!("rows that came {came}"));
    place.is_right(&["a.csv", "b.csv", "c.csv"], "with the third");
    place.update("rows that came 0");
}

#[test]
fn a_file_that_goes_is_told_and_one_that_is_called_otherwise_is_known_again() {
    let place = Place::new();
    let (_, said) = place.trace();
    assert!(!said.contains("no longer where"), "{said}");
    std::fs::rename(place.of_register("b.csv"), place.path("b.kept")).unwrap();
    let (status, said) = place.trace();
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("1 of the 2 register files that the index was built of are no longer where they were"),
        "{said}"
    );
    // The same bytes under another name, and a copy, are nothing new; other bytes are.
    for name in ["z.csv", "copy.csv"] {
        std::fs::copy(place.path("b.kept"), place.of_register(name)).unwrap();
        assert_eq!(place.trace().0, Some(0), "{name}");
    }
    place.put("z.csv", 2);
    place.refused("z.csv", "was not there then");
    std::fs::remove_file(place.of_register("z.csv")).unwrap();
    // A copy that an update left out is remembered, and missed when it becomes another register.
    std::fs::copy(place.path("b.kept"), place.of_register("b.csv")).unwrap();
    place.update("rows that went 0");
    assert_eq!(place.trace().0, Some(0));
    place.put("copy.csv", 2);
    place.refused("copy.csv", "has changed since");
}

#[test]
fn what_is_compared_of_a_file_is_its_length_and_time_and_with_verify_its_bytes() {
    let place = Place::new();
    let file = place.of_register("a.csv");
    let touch = |from: &Path| assert!(Command::new("touch").arg("-r").args([from, &file]).status().unwrap().success());
    let kept = place.path("kept.csv");
    assert!(Command::new("cp").arg("-p").args([&file, &kept]).status().unwrap().success());
    let index = place.path("index");
    let verify = ["index", "inspect", text(&index), "--verify"];
    let mut bytes = std::fs::read(&kept).unwrap();
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(place.trace().0, Some(0), "touched");
    let at = bytes.len() - 20;
    bytes[at] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    place.refused("a.csv", "has changed since");
    // Nothing but reading tells this.
    touch(&kept);
    assert_eq!(place.trace().0, Some(0));
    assert!(stderr(&run(&verify, 3)).contains("a.csv: has changed since"));
    std::fs::write(&file, std::fs::read(&kept).unwrap()).unwrap();
    run(&verify, 0);
}

#[test]
fn a_link_that_leads_to_another_file_is_refused_until_an_update_reads_that_one() {
    let place = Place::new();
    std::fs::remove_dir_all(place.path("index")).unwrap();
    place.put_thirds("later.csv", &[0, 1]);
    let link = place.path("work[1]/current.csv");
    let lead_to = |name: &str| {
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(place.of_register(name), &link).unwrap();
    };
    lead_to("a.csv");
    place.build("hmrc=current.csv");
    place.is_right(&["../current.csv"], "by a link");
    lead_to("later.csv");
    place.refused("current.csv", "was not there then");
    let came = place.rows[1..].len() / 3;
    place.update(&format!("rows that came {came}"));
    place.is_right(&["../current.csv"], "by a link that was set anew");
    // The same bytes in another place are nothing new.
    std::fs::copy(place.of_register("later.csv"), place.of_register("copy.csv")).unwrap();
    lead_to("copy.csv");
    assert_eq!(place.trace().0, Some(0));
}

/// A link that leads to itself can be followed by nobody, not by an administrator either.
#[test]
fn a_folder_that_cannot_be_looked_into_is_not_one_without_files() {
    let place = Place::new();
    let (all, link) = (place.path("work[1]/all"), place.path("work[1]/all/c.csv"));
    let refused = |what: &str| {
        let (status, said) = place.trace();
        assert_eq!(status, Some(3), "{what}: {said}");
        assert!(said.contains(&format!("error: {what}")) && said.contains("cannot read: "), "{what}: {said}");
        assert!(!said.contains("no longer where"), "{what}: {said}");
    };
    std::os::unix::fs::symlink("c.csv", &link).unwrap();
    refused(text(&link));
    std::fs::remove_file(&link).unwrap();
    // One that leads nowhere is no file.
    std::os::unix::fs::symlink("gone.csv", &link).unwrap();
    assert_eq!(place.trace().0, Some(0));
    std::fs::rename(&all, place.path("work[1]/kept")).unwrap();
    std::os::unix::fs::symlink("all", &all).unwrap();
    refused(text(&all));
    std::fs::remove_file(&all).unwrap();
    let (status, said) = place.trace();
    assert!(status == Some(0) && said.contains("2 of the 2 register files"), "{said}");
}
