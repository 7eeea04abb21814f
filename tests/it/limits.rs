//! What is taken of a file is bounded by settings, and what others may read or change is told by the commands that no agreement
//! speaks of.

use crate::support::{folder, rewash, rewash_with_input, run, stderr, text};
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const HEADER: &str = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,nino\n";

fn table(rows: usize) -> String {
    let row = |n: usize| format!("D{n},MRP,{n},Amina Adeyemi{n},1980-01-{:02},AB{:06}C\n", 1 + n % 28, 100_000 + n);
    format!("{HEADER}{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn each_limit_can_be_set() {
    let folder = folder();
    let file = folder.path().join("people.csv");
    std::fs::write(&file, table(2_000)).unwrap();
    let check = |more: &[&str]| {
        let output = rewash(&[&["check", text(&file), "--on", "2016-04-30"], more].concat());
        (output.status.code().unwrap(), stderr(&output))
    };
    assert_eq!(check(&[]).0, 0);
    for (words, status, what) in [
        (["--limit", "table-bytes=100KiB"], 4, "text"),
        (["--memory", "100KiB"], 4, "text"),
        (["--limit", "columns=5"], 3, "is no header"),
        (["--limit", "rows=5"], 2, "there is no limit `rows`"),
        (["--limit", "columns"], 2, "NAME=NUMBER"),
    ] {
        let (found, said) = check(&words);
        assert_eq!(found, status, "{words:?}: {said}");
        assert!(said.contains(what), "{words:?}: {said}");
    }
    // What is said of one limit stands beside what memory allows.
    assert_eq!(check(&["--memory", "100KiB", "--limit", "table-bytes=1GiB"]).0, 0);
    let piped = |limit: &str| {
        let words = ["check", "-", "--on", "2016-04-30", "--limit", limit];
        rewash_with_input(&words, table(2_000).as_bytes()).status.code()
    };
    assert_eq!([piped("pipe-bytes=10KiB"), piped("pipe-bytes=10MiB")], [Some(4), Some(0)]);
}

#[test]
fn what_others_may_read_or_change_is_told_in_one_line() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let mode = |path: &Path, mode: u32| set_permissions(path, Permissions::from_mode(mode)).unwrap();
    std::fs::create_dir(at("open")).unwrap();
    std::fs::create_dir(at("own")).unwrap();
    for name in ["left.csv", "right.csv"] {
        std::fs::write(at(name), table(60)).unwrap();
    }
    let told = |words: &[&str]| -> Vec<String> {
        let output = rewash(words);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?}: {}", stderr(&output));
        stderr(&output).lines().filter(|line| line.contains("other users")).map(str::to_owned).collect()
    };
    for (folder, file_mode, folder_mode, lines) in [("open", 0o644, 0o777, 1), ("own", 0o600, 0o700, 0)] {
        [at("left.csv"), at("right.csv")].iter().for_each(|file| mode(file, file_mode));
        mode(&at(folder), folder_mode);
        let out = |name: &str| at(folder).join(name);
        let (left, right) = (at("left.csv"), at("right.csv"));
        let register = format!("hmrc={}", text(&left));
        let commands: [Vec<&str>; 4] = [
            vec!["link", text(&left), text(&right), "-o", text(&out("links.csv")).to_owned().leak()],
            vec!["dedupe", text(&left), "-o", text(&out("pairs.csv")).to_owned().leak()],
            vec!["index", "build", &register, "--out", text(&out("index")).to_owned().leak()],
            vec![
                "synth",
                "--register",
                "20",
                "--extract",
                "5",
                "--seed",
                "1",
                "--out",
                text(&out("made")).to_owned().leak(),
            ],
        ];
        for words in &commands {
            let told = told(words);
            assert_eq!(told.len(), lines, "{words:?}: {told:?}");
            let both = told.iter().all(|line| line.contains("may write to the folder"));
            let named = told.iter().all(|line| line.contains("left.csv") != (words[0] == "synth"));
            assert!(both && named, "{words:?}: {told:?}");
        }
    }
}

#[test]
fn an_empty_table_is_named_without_its_folders() {
    let folder = folder();
    let [empty, good] = ["empty.csv", "good.csv"].map(|name| folder.path().join(name));
    std::fs::write(&empty, HEADER).unwrap();
    std::fs::write(&good, table(5)).unwrap();
    let output = run(&["link", text(&good), text(&empty), "-o", text(&folder.path().join("out.csv"))], 3);
    assert!(stderr(&output).contains("error: empty.csv: holds no rows"), "{}", stderr(&output));
}
