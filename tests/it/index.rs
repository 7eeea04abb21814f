//! A stored index gives what its registers give, after any update, and nothing once it is not what was written.

use crate::same_bytes::same;
use crate::support::{csv, files, folder, made, register_to_csv, rewash, run, stderr, text, write_csv};
use std::path::{Path, PathBuf};

const ON: &str = "2016-04-30";

/// All files of a trace but `run.json`.
pub(crate) fn traced(out: &Path, extract: &Path, from: &[&str], on: &str) -> Vec<(String, Vec<u8>)> {
    let mut arguments = vec!["trace", text(extract), "--out", text(out), "--on", on, "--quiet"];
    arguments.extend(from);
    let output = rewash(&arguments);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", stderr(&output));
    files(out).into_iter().filter(|(name, _)| name != "run.json").collect()
}

/// A register of CSV with rows of every kind: nobody's, faulty, without columns that others have.
pub(crate) fn register(parent: &Path, people: u32, extract: u32) -> (PathBuf, PathBuf) {
    let made = made(parent, people, extract);
    let path = parent.join("register.csv");
    register_to_csv(&made.join("register.parquet"), &path);
    let mut rows = csv(&path);
    let column = |name: &str| rows[0].iter().position(|known| known == name).unwrap();
    let (nino, person_id, birth, phone) =
        (column("nino"), column("person_id"), column("date_of_birth"), column("phone"));
    let address = column("address");
    for (index, row) in rows.iter_mut().enumerate().skip(1) {
        match index % 50 {
            3 => (row[nino], row[person_id]) = (String::new(), String::new()),
            7 => row[birth] = "2044-02-03".into(),
            11 => row[birth] = "1812-02-03".into(),
            13 => row[phone] = "12".into(),
            17 => row[birth] = "1980".into(),
            19 => row[address] = "NFA".into(),
            23 => row[nino] = row[nino].replace('0', "O"),
            29 => row[nino] = format!("{} (X)", row[nino]),
            _ => {}
        }
    }
    write_csv(&path, &rows);
    (made.join("extract.csv"), path)
}

fn build(registers: &[&str], out: &Path, more: &[&str]) {
    let mut arguments = vec!["index", "build", "--out", text(out), "--quiet"];
    arguments.extend(registers);
    arguments.extend(more);
    run(&arguments, 0);
}

#[test]
fn the_same_bytes_as_the_registers_at_any_day_cut_and_number_of_threads() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 4_000, 600);
    let named = format!("hmrc={}", text(&path));
    let ways: [&[&str]; 3] = [
        &[],
        &["--segment-rows", "900", "--batch-rows", "250", "--threads", "2"],
        &["--segment-rows", "1", "--batch-rows", "700", "--threads", "7"],
    ];
    for (number, way) in ways.iter().enumerate() {
        build(&[&named], &folder.path().join(format!("index-{number}")), way);
    }
    for on in [ON, "1950-01-01", "2050-01-01"] {
        let want = traced(&folder.path().join(format!("want-{on}")), &extract, &["--register", &named], on);
        for (number, way) in ways.iter().enumerate() {
            let index = folder.path().join(format!("index-{number}"));
            let out = folder.path().join(format!("got-{on}-{number}"));
            let threads = ["1", "2", "7"][number];
            let got = traced(&out, &extract, &["--index", text(&index), "--threads", threads], on);
            same(&want, &got, &format!("{way:?} on {on}"));
        }
    }
}

#[test]
fn data_sets_and_names_of_files_are_as_they_were() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 1_500, 300);
    let rows = csv(&path);
    let parts = [folder.path().join("part-1.csv"), folder.path().join("part-2.csv")];
    let (head, body) = rows.split_first().unwrap();
    for (number, part) in parts.iter().enumerate() {
        let half = body.iter().enumerate().filter(|(index, _)| index % 2 == number).map(|(_, row)| row.clone());
        write_csv(part, &std::iter::once(head.clone()).chain(half).collect::<Vec<_>>());
    }
    let [first, second] = [text(&parts[0]).to_owned(), format!("bank={}", text(&parts[1]))];
    let index = folder.path().join("index");
    build(&[&first, &second], &index, &[]);
    let want = traced(&folder.path().join("want"), &extract, &["--register", &first, "--register", &second], ON);
    same(&want, &traced(&folder.path().join("got"), &extract, &["--index", text(&index)], ON), "two data sets");
}

/// A name of so many rows is searched, and not looked at row by row; with fewer in a segment, and with rows gone, otherwise.
#[test]
fn a_name_that_half_the_register_has_gives_the_same_bytes() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 5_000, 300);
    let mut rows = csv(&path);
    let column = |rows: &[Vec<String>], name: &str| rows[0].iter().position(|known| known == name).unwrap();
    let (forename, surname) = (column(&rows, "forename"), column(&rows, "surname"));
    for row in rows.iter_mut().skip(1).step_by(2) {
        (row[forename], row[surname]) = ("Tesfaye".into(), "Haile".into());
    }
    let shared = rows[1..].iter().filter(|row| row[surname] == "Haile").count();
    assert!(shared > 3_000, "{shared}");
    write_csv(&path, &rows);
    let mut asked = csv(&extract);
    let name = column(&asked, "full_name");
    asked.iter_mut().skip(1).step_by(3).for_each(|row| row[name] = "Haile Tesfaye".into());
    write_csv(&extract, &asked);
    let named = format!("hmrc={}", text(&path));
    let indexes: Vec<PathBuf> = ["9000", "2500"]
        .iter()
        .map(|of_segment| {
            let index = folder.path().join(format!("index-{of_segment}"));
            build(&[&named], &index, &["--segment-rows", of_segment]);
            index
        })
        .collect();
    for month in 0..2 {
        if month > 0 {
            refreshed(&path, &path, month);
            indexes.iter().for_each(|index| drop(run(&["index", "update", text(index), "--quiet"], 0)));
        }
        let want = traced(&folder.path().join(format!("want-{month}")), &extract, &["--register", &named], ON);
        for (number, index) in indexes.iter().enumerate() {
            let out = folder.path().join(format!("got-{month}-{number}"));
            same(&want, &traced(&out, &extract, &["--index", text(index)], ON), &format!("{month} {number}"));
        }
    }
}

/// The register a month later: rows changed, gone, new, and all in another order.
fn refreshed(from: &Path, to: &Path, month: usize) {
    let rows = csv(from);
    let (head, body) = rows.split_first().unwrap();
    let forename = head.iter().position(|name| name == "forename").unwrap();
    let birth = head.iter().position(|name| name == "date_of_birth").unwrap();
    let mut out = Vec::new();
    for (index, row) in body.iter().enumerate() {
        let mut row = row.clone();
        match (index + month) % 40 {
            0 => continue,
            1 => row[forename] = format!("{} {}", row[forename], body[index / 2][forename]),
            2 => row[birth] = "31/02/1980".into(),
            3 => out.push(row.clone()),
            _ => {}
        }
        out.push(row);
    }
    out.rotate_left(137);
    out.reverse();
    write_csv(to, &std::iter::once(head.clone()).chain(out).collect::<Vec<_>>());
}

#[test]
fn an_updated_index_is_worth_a_fresh_one() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 4_000, 600);
    let index = folder.path().join("index");
    build(&[&format!("hmrc={}", text(&path))], &index, &["--segment-rows", "1500", "--batch-rows", "400"]);
    for month in 0..3 {
        // In the place of the register of before, which the index remembers.
        let next = folder.path().join("next.csv");
        refreshed(&path, &next, month * 7);
        std::fs::rename(&next, &path).unwrap();
        let refused = run(
            &["trace", text(&extract), "--index", text(&index), "--out", text(&folder.path().join("no")), "--on", ON],
            3,
        );
        assert!(stderr(&refused).contains("has changed since the index"), "{}", stderr(&refused));
        let said = stderr(&run(&["index", "update", text(&index), "--batch-rows", "300"], 0));
        assert!(said.contains("rows that went"), "{said}");
        run(&["index", "inspect", text(&index), "--verify"], 0);
        for on in [ON, "1950-01-01"] {
            let named = format!("hmrc={}", text(&path));
            let want = traced(&folder.path().join(format!("want-{month}-{on}")), &extract, &["--register", &named], on);
            let got =
                traced(&folder.path().join(format!("got-{month}-{on}")), &extract, &["--index", text(&index)], on);
            same(&want, &got, &format!("month {month} on {on}"));
        }
    }
    // Nothing of before stays behind.
    let catalogue = std::fs::read_to_string(index.join("index.json")).unwrap();
    let strays: Vec<String> = files(&index)
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name.ends_with(".arrow") && !catalogue.contains(name.as_str()))
        .collect();
    assert!(strays.is_empty(), "{strays:?}");
}

#[test]
fn a_file_that_changed_by_one_bit_is_refused_and_so_is_one_that_is_cut_or_missing() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 800, 200);
    let index = folder.path().join("index");
    build(&[&format!("hmrc={}", text(&path))], &index, &[]);
    let arguments = |out: &str| {
        ["trace", text(&extract), "--index", text(&index), "--on", ON, "--out", out].map(str::to_owned).to_vec()
    };
    let trace = |out: &Path| {
        let arguments = arguments(text(out));
        rewash(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let all = files(&index);
    assert!(all.len() > 20);
    for (number, (name, bytes)) in all.iter().enumerate() {
        let place = index.join(name);
        let out = folder.path().join(format!("out-{number}"));
        for way in ["bit", "cut", "missing"] {
            match way {
                "bit" => {
                    let mut changed = bytes.clone();
                    let at = bytes.len() / 2;
                    changed[at] ^= 4;
                    std::fs::write(&place, changed).unwrap();
                }
                "cut" => std::fs::write(&place, &bytes[..bytes.len() - 3]).unwrap(),
                _ => std::fs::remove_file(&place).unwrap(),
            }
            let said = trace(&out);
            assert_eq!(said.status.code(), Some(3), "{name} {way}: {}", stderr(&said));
            let words = stderr(&said);
            assert!(words.contains("damaged") || words.contains("no stored index"), "{name} {way}: {words}");
            assert!(!out.exists(), "{name} {way}");
            if way != "missing" {
                run(&["index", "inspect", text(&index), "--verify", "--quiet"], 3);
            }
        }
        std::fs::write(&place, bytes).unwrap();
    }
    assert!(trace(&folder.path().join("whole")).status.success());
}

#[test]
fn another_version_is_refused_with_its_number() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 300, 100);
    let index = folder.path().join("index");
    build(&[text(&path)], &index, &[]);
    let catalogue = index.join("index.json");
    let own = std::fs::read_to_string(&catalogue).unwrap();
    let out = folder.path().join("out");
    for version in [1, 2, 3, 4, 99] {
        let other = own.replace("\"version\": 5", &format!("\"version\": {version}"));
        assert_ne!(other, own);
        std::fs::write(&catalogue, other).unwrap();
        let said = run(&["trace", text(&extract), "--index", text(&index), "--out", text(&out), "--on", ON], 3);
        let refusal = format!("of version {version}, and this program reads version 5");
        assert!(stderr(&said).contains(&refusal), "{}", stderr(&said));
    }
    let (head, rest) = own.split_once("\"tables\": \"").unwrap();
    std::fs::write(&catalogue, format!("{head}\"tables\": \"{:0<16}{}", "", &rest[16..])).unwrap();
    let said = run(&["trace", text(&extract), "--index", text(&index), "--out", text(&out), "--on", ON], 3);
    assert!(stderr(&said).contains("other tables of names and addresses"), "{}", stderr(&said));
}

#[test]
fn a_build_that_fails_leaves_nothing_and_an_update_that_is_refused_changes_nothing() {
    let folder = folder();
    let (_, path) = register(folder.path(), 600, 100);
    let index = folder.path().join("index");
    run(&["index", "build", "nowhere.csv", "--out", text(&index)], 3);
    assert!(!index.exists());
    build(&[&format!("hmrc={}", text(&path))], &index, &[]);
    let before = files(&index);
    // Nearly all rows are gone: that is another register.
    let rows = csv(&path);
    write_csv(&path, &rows[..rows.len() / 4]);
    let said = run(&["index", "update", text(&index)], 3);
    assert!(stderr(&said).contains("more than half"), "{}", stderr(&said));
    let after: Vec<_> = files(&index).into_iter().filter(|(name, _)| name != "index.lock").collect();
    assert!(before == after);
    run(&["index", "build", text(&path), "--out", text(&index)], 2);
}

#[test]
fn an_update_that_is_killed_leaves_an_index_that_the_next_one_brings_up_to_date() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 2_000, 200);
    let named = format!("hmrc={}", text(&path));
    let (kept, index) = (folder.path().join("kept"), folder.path().join("index"));
    build(&[&named], &kept, &["--segment-rows", "900", "--batch-rows", "250"]);
    let next = folder.path().join("next.csv");
    refreshed(&path, &next, 3);
    std::fs::rename(&next, &path).unwrap();
    let want = traced(&folder.path().join("want"), &extract, &["--register", &named], ON);
    let all = std::env::var_os("REWASH_FAULTS").is_some_and(|word| word == "all");
    let begun = std::time::Instant::now();
    for attempt in 0..if all { 200 } else { 12 } {
        let _ = std::fs::remove_dir_all(&index);
        std::fs::create_dir(&index).unwrap();
        files(&kept).iter().for_each(|(name, bytes)| std::fs::write(index.join(name), bytes).unwrap());
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("rewash"))
            .args(["index", "update", text(&index), "--quiet"])
            .spawn()
            .unwrap();
        if attempt > 0 {
            // The first attempt ends by itself and tells how long one takes.
            let takes = begun.elapsed().as_micros() as u64 / 2;
            let moment = rewash::util::hash::mix(attempt, 5) % takes.clamp(10_000, 400_000);
            std::thread::sleep(std::time::Duration::from_micros(moment));
            child.kill().unwrap();
        }
        child.wait().unwrap();
        // What a killed one leaves is whole, old or new.
        let said = rewash(&["index", "inspect", text(&index), "--verify"]);
        let words = stderr(&said);
        assert!(said.status.success() || words.contains("has changed since"), "kill {attempt}: {words}");
        run(&["index", "update", text(&index), "--quiet"], 0);
        let out = folder.path().join(format!("got-{attempt}"));
        same(&want, &traced(&out, &extract, &["--index", text(&index)], ON), &format!("kill {attempt}"));
    }
}

#[test]
fn an_index_of_no_rows_grows_and_what_is_no_index_is_refused() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 400, 80);
    let (empty, index) = (folder.path().join("empty.csv"), folder.path().join("index"));
    write_csv(&empty, &csv(&path)[..1]);
    build(&[&format!("hmrc={}", text(&empty))], &index, &[]);
    for (number, from) in [&empty, &path].into_iter().enumerate() {
        let named = format!("hmrc={}", text(from));
        run(&["index", "update", text(&index), &named, "--quiet"], 0);
        let want = traced(&folder.path().join(format!("want-{number}")), &extract, &["--register", &named], ON);
        let got = traced(&folder.path().join(format!("got-{number}")), &extract, &["--index", text(&index)], ON);
        same(&want, &got, text(from));
    }
    for other in [folder.path().join("nowhere"), folder.path().join("made"), path] {
        let said = stderr(&run(&["index", "inspect", text(&other)], 3));
        assert!(said.contains(other.file_name().unwrap().to_str().unwrap()), "{said}");
    }
}

#[test]
fn an_index_that_is_opened_while_it_is_updated_is_the_old_one_or_the_new_one() {
    let folder = folder();
    let (extract, path) = register(folder.path(), 600, 60);
    let (index, next) = (folder.path().join("index"), folder.path().join("next.csv"));
    build(&[&format!("hmrc={}", text(&path))], &index, &[]);
    refreshed(&path, &next, 3);
    let updates = if std::env::var_os("REWASH_FAULTS").is_some_and(|word| word == "all") { 60 } else { 6 };
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let opened = std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut opened = 0;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let said = rewash(&["index", "inspect", text(&index), "--verify", "--quiet"]);
                assert!(said.status.success(), "{}", stderr(&said));
                let out = folder.path().join(format!("out-{opened}"));
                let said = rewash(&["trace", text(&extract), "--index", text(&index), "--on", ON, "--out", text(&out)]);
                assert!(said.status.success(), "{}", stderr(&said));
                opened += 1;
            }
            opened
        });
        for number in 0..updates {
            let from = if number % 2 == 0 { &next } else { &path };
            run(&["index", "update", text(&index), &format!("hmrc={}", text(from)), "--quiet"], 0);
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        looks.join().unwrap()
    });
    assert!(opened > 0, "{opened}");
}
