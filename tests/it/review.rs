//! Clerical review: what a trace leaves to people, their workbook, their decisions, and the supplement that follows.

pub(crate) mod book;

use crate::support::{csv, files, folder, made, run, stderr, text};
use book::{Book, Cell};
use rewash::exchange::gateway::{HANDOFF_COLUMNS, HO_COLUMNS, NO_HIT_COLUMNS};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ON: &str = "2016-05-20";

/// A trace of made people, and its review workbook.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new(more: &[&str]) -> Self {
        let desk = Self { folder: folder() };
        let made = made(desk.folder.path(), 6000, 1500);
        let [extract, register] = ["extract.csv", "register.parquet"].map(|name| made.join(name));
        let register = format!("hmrc={}", text(&register));
        let out = desk.path("traced");
        let words = ["trace", text(&extract), "--register", &register, "--on", "2016-04-30", "--format", "csv"];
        run(&[&words[..], &["--out", text(&out)], more].concat(), 0);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn review(&self, words: &[&str], status: i32) -> String {
        let traced = self.path("traced");
        stderr(&run(&[&["review", text(&traced)], words].concat(), status))
    }

    fn workbook(&self) -> Book {
        let path = self.path("review.xlsx");
        if !path.exists() {
            self.review(&["-o", text(&path)], 0);
        }
        Book::open(&path)
    }

    /// NINOs of the people of the extract who are in the register, by Dash reference.
    fn truth(&self) -> BTreeMap<String, String> {
        let people: BTreeMap<String, String> =
            csv(&self.path("made/truth.csv"))[1..].iter().map(|row| (row[0].clone(), row[1].clone())).collect();
        let extract = csv(&self.path("made/extract.csv"));
        let at = |name: &str| extract[0].iter().position(|column| column == name).unwrap();
        let [dash, cid] = [at("dash_reference"), at("cid_person_id")];
        extract[1..].iter().map(|row| (row[dash].clone(), people[&row[cid]].clone())).collect()
    }

    /// A workbook in which one reviewer knows the truth.
    fn filled(&self, name: &str, reviewer: &str) -> PathBuf {
        let book = self.workbook();
        let truth = self.truth();
        let mut cells = Vec::new();
        for row in book.candidates() {
            let is_person = truth[&book.dash_of(row)] == book.text(row, "NINO");
            cells.extend(said(row, if is_person { "same person" } else { "different" }, reviewer));
        }
        let path = self.path(name);
        book.save(&path, &cells);
        path
    }

    fn manifest(&self, number: u32) -> Value {
        let path = self.path(&format!("traced/reviewed-{number}/manifest.json"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn rows(&self, file: &str) -> Vec<Vec<String>> {
        csv(&self.path("traced").join(file))
    }

    fn names(&self, folder: &str) -> Vec<String> {
        files(&self.path(folder)).into_iter().map(|(name, _)| name).collect()
    }
}

/// What a reviewer writes beside a candidate: 2016-05-10 as a workbook keeps it.
fn said(row: u32, decision: &str, reviewer: &str) -> Vec<Cell> {
    vec![
        Cell::text(row, "Decision", decision),
        Cell::text(row, "Reviewer", reviewer),
        Cell::day(row, "Decided on", 42_500),
    ]
}

#[test]
fn decisions_of_people_become_a_supplement_through_the_gateways() {
    let desk = Desk::new(&[]);
    let before = files(&desk.path("traced"));
    let filled = desk.filled("filled.xlsx", "A Clerk");
    let labels = desk.path("labels.csv");
    let told = desk.review(&["--apply", text(&filled), "--on", ON, "--dry-run"], 0);
    assert!(told.contains("would be released") && !desk.path("traced/reviewed-1").exists(), "{told}");
    let told = desk.review(&["--apply", text(&filled), "--on", ON, "--labels", text(&labels)], 0);
    assert!(told.contains("rows of hmrc_to_ho.csv"), "{told}");
    assert_eq!(
        desk.names("traced/reviewed-1"),
        ["decisions.csv", "hmrc_no_hits.csv", "hmrc_to_dwp.csv", "hmrc_to_ho.csv", "manifest.json"]
    );
    // The trace is as it was.
    let after: Vec<_> =
        before.iter().map(|(name, _)| (name.clone(), std::fs::read(desk.path("traced").join(name)).unwrap())).collect();
    assert_eq!(before, after);
    supplement_is_in_order(&desk);
    labels_name_records_of_the_people(&desk, &labels);
    report_shows_what_reviewers_found(&desk);

    // The labels can be had again at any time.
    let again = desk.path("again.csv");
    desk.review(&["--labels", text(&again)], 0);
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&labels).unwrap());

    // What was applied is not applied again, whoever's copy it is.
    let told = desk.review(&["--apply", text(&filled), "--on", "2016-05-21"], 1);
    assert!(told.contains("reviewed-1") && !desk.path("traced/reviewed-2").exists(), "{told}");
}

fn supplement_is_in_order(desk: &Desk) {
    let [to_ho, to_dwp] = ["hmrc_to_ho.csv", "hmrc_to_dwp.csv"].map(|name| desk.rows(&format!("reviewed-1/{name}")));
    assert_eq!(to_ho[0], HO_COLUMNS);
    assert_eq!(to_dwp[0], HANDOFF_COLUMNS);
    let truth = desk.truth();
    let unresolved: BTreeMap<String, Vec<String>> =
        desk.rows("hmrc_unresolved.csv")[1..].iter().map(|row| (row[0].clone(), row[..5].to_vec())).collect();
    assert!(to_ho.len() > 5 && to_dwp.len() > 5);
    for row in &to_ho[1..] {
        // Only who was unresolved, under the linking block that was received.
        assert_eq!(unresolved[&row[0]], row[..5]);
        assert_eq!(row[5], "confirmed");
        assert!(["new", "interaction_only", "no_extract"].contains(&row[6].as_str()), "{row:?}");
        assert!(!row.contains(&truth[&row[0]]), "a NINO went to the Home Office");
        assert!(row[8].is_empty() || ["2015-16", "2016-17"].contains(&row[8].as_str()), "{row:?}");
    }
    let column = |name: &str| HANDOFF_COLUMNS.iter().position(|column| *column == name).unwrap();
    for row in &to_dwp[1..] {
        assert_eq!(unresolved[&row[0]], row[..5]);
        assert_eq!(row[column("nino")][..8], truth[&row[0]][..8]);
    }
    let references = |rows: &[Vec<String>]| rows[1..].iter().map(|row| row[0].clone()).collect::<BTreeSet<_>>();
    assert!(references(&to_dwp).is_subset(&references(&to_ho)));
    let manifest = desk.manifest(1);
    assert_eq!(manifest["supplement"], 1);
    assert_eq!(manifest["supplements"][0]["folder"], "reviewed-1");
    assert_eq!(manifest["returned"]["hmrc_to_ho.csv"], to_ho.len() - 1);
    // Rows whose candidates are all other people are no-hits: in one file each, and with their linking block alone.
    let no_hits = desk.rows("reviewed-1/hmrc_no_hits.csv");
    assert_eq!(no_hits[0], NO_HIT_COLUMNS);
    assert!(no_hits.len() > 1 && no_hits[1..].iter().all(|row| unresolved[&row[0]] == *row));
    assert!(references(&no_hits).is_disjoint(&references(&to_ho)));
    assert_eq!(manifest["review"]["different"], no_hits.len() - 1);
    let review = |name: &str| manifest["review"][name].as_u64().unwrap();
    assert_eq!(review("same_first") + review("same_other"), references(&to_ho).len() as u64);
    assert_eq!(review("cases"), review("same_first") + review("same_other") + review("different"));
    // No personal data in it, not even of the reviewer.
    let text = manifest.to_string();
    assert!(!text.contains("A Clerk") && !truth.values().any(|nino| !nino.is_empty() && text.contains(nino)));
}

fn labels_name_records_of_the_people(desk: &Desk, labels: &Path) {
    let rows = csv(labels);
    assert_eq!(rows[0], ["left_id", "right_id"]);
    assert!(rows.len() > 5 && rows[1..].iter().all(|row| row[1].starts_with('R')));
    let [extract, register, model] =
        ["made/extract.csv", "made/register.parquet", "model.json"].map(|name| desk.path(name));
    run(&["train", text(&extract), text(&register), "--labels", text(labels), "-o", text(&model)], 0);
    assert!(model.exists());
}

fn report_shows_what_reviewers_found(desk: &Desk) {
    let out = desk.path("report");
    run(&["report", "--run", text(&desk.path("traced")), "--on", ON, "--out", text(&out)], 0);
    let metrics = std::fs::read_to_string(out.join("metrics.csv")).unwrap();
    for name in ["reviewed_share", "review_precision", "review_precision_estimated"] {
        assert!(metrics.contains(name), "{name}");
    }
}

#[test]
fn the_same_cases_and_decisions_give_the_same_bytes() {
    let desk = Desk::new(&[]);
    let filled = desk.filled("filled.xlsx", "A Clerk");
    let again = desk.path("again.xlsx");
    desk.review(&["-o", text(&again)], 0);
    assert_eq!(std::fs::read(desk.path("review.xlsx")).unwrap(), std::fs::read(&again).unwrap());
    assert!(desk.review(&["-o", text(&again)], 2).contains("exists already"));
    let copy = desk.path("copy");
    std::fs::create_dir(&copy).unwrap();
    files(&desk.path("traced")).iter().for_each(|(name, bytes)| std::fs::write(copy.join(name), bytes).unwrap());
    desk.review(&["--apply", text(&filled), "--on", ON], 0);
    run(&["review", text(&copy), "--apply", text(&filled), "--on", ON], 0);
    assert_eq!(files(&desk.path("traced/reviewed-1")), files(&copy.join("reviewed-1")));
}

#[test]
fn what_two_reviewers_disagree_about_is_shown_and_not_released() {
    let desk = Desk::new(&[]);
    let book = desk.workbook();
    let rows: Vec<u32> = book.candidates().filter(|row| book.text(*row, "Who").starts_with("Candidate 1 ")).collect();
    let [one, two, three] = [rows[0], rows[1], rows[2]];
    let [first, second] = ["first.xlsx", "second.xlsx"].map(|name| desk.path(name));
    let cells = [one, two, three].iter().flat_map(|row| said(*row, "same person", "Ann Lee")).collect::<Vec<_>>();
    book.save(&first, &cells);
    let cells = [said(one, "same person", "Bo Ray"), said(two, "different", "Bo Ray")].concat();
    book.save(&second, &cells);
    let told = desk.review(&["--apply", text(&first), text(&second), "--on", ON], 0);
    let disputed = book.text(two, "Candidate");
    assert!(told.contains("reviewers disagree") && told.contains(&disputed) && !told.contains("Bo Ray"), "{told}");
    let released: BTreeSet<String> =
        desk.rows("reviewed-1/hmrc_to_ho.csv")[1..].iter().map(|row| row[0].clone()).collect();
    assert_eq!(released, [one, three].map(|row| book.dash_of(row)).into());
    let shown = desk.rows("reviewed-1/disagreements.csv");
    let said_by: Vec<&str> = shown[1..].iter().map(|row| row[2].as_str()).collect();
    assert_eq!(said_by, ["Ann Lee", "Bo Ray"]);
    assert_eq!(desk.manifest(1)["review"]["disputed"], 1);

    // One of them alone settles nothing by saying the same again.
    desk.review(&["--apply", text(&first), "--on", ON], 1);
    // Who changes their mind does: a second supplement, with this case alone.
    let third = desk.path("third.xlsx");
    book.save(&third, &said(two, "same person", "bo ray"));
    desk.review(&["--apply", text(&third), "--on", ON], 0);
    let released: Vec<String> = desk.rows("reviewed-2/hmrc_to_ho.csv")[1..].iter().map(|row| row[0].clone()).collect();
    assert!(!released.is_empty() && released.iter().all(|reference| *reference == book.dash_of(two)));
    assert_eq!(desk.manifest(2)["supplement"], 2);
    assert_eq!(desk.manifest(2)["supplements"].as_array().unwrap().len(), 2);

    // What was released cannot be taken back by a workbook.
    let fourth = desk.path("fourth.xlsx");
    book.save(&fourth, &said(one, "different", "Ann Lee"));
    assert!(desk.review(&["--apply", text(&fourth), "--on", ON], 1).contains("has been released"));
    assert!(!desk.path("traced/reviewed-3").exists());
}

#[test]
fn a_workbook_that_was_tampered_with_changes_nothing() {
    let desk = Desk::new(&[]);
    let book = desk.workbook();
    let rows: Vec<u32> = book.candidates().collect();
    let (one, other) = (rows[0], rows[rows.len() - 1]);
    let [one_reference, other_reference] = [one, other].map(|row| book.text(row, "Candidate"));
    let good = said(one, "same person", "A Clerk");
    let with = |more: Vec<Cell>| [good.clone(), more].concat();
    let tampered = desk.path("tampered.xlsx");
    let refused = |cells: &[Cell], says: &str| {
        book.save(&tampered, cells);
        let told = desk.review(&["--apply", text(&tampered), "--on", ON], 1);
        assert!(told.contains(says) && told.contains("no decision was applied"), "{says}: {told}");
        assert!(!desk.path("traced/reviewed-1").exists());
        std::fs::remove_file(&tampered).unwrap();
    };
    // The decision moved to another person by changing references.
    refused(
        &with(vec![Cell::text(one, "Candidate", &other_reference), Cell::text(other, "Candidate", &one_reference)]),
        "is not what was written",
    );
    refused(&with(vec![Cell::text(one, "NINO", "AB123456C")]), "`NINO` of");
    refused(&with(vec![Cell::text(one, "Check", "000000000000")]), "`Check` of");
    refused(&with(vec![Cell::text(one, "Candidate", "K000000-1-1")]), "is no reference of this run");
    refused(&with(vec![Cell::text(one, "Decision", "perhaps")]), "none of: same person, different, cannot tell");
    refused(&with(vec![Cell::text(one, "Reviewer", "")]), "no reviewer");
    refused(&with(vec![Cell::day(one, "Decided on", 42_800)]), "after today");
    refused(&with(vec![Cell::formula(one, "Decision", "\"same person\"")]), "formula");
    let rest = Book::open(&desk.path("review.xlsx"));
    rest.save_without(&tampered, other);
    let told = desk.review(&["--apply", text(&tampered), "--on", ON], 1);
    assert!(told.contains("1 row is missing"), "{told}");
    // The workbook of another trace.
    let another = folder();
    let out = another.path().join("traced");
    let [extract, register] = ["made/extract.csv", "made/register.parquet"].map(|name| desk.path(name));
    let fewer: Vec<Vec<String>> = csv(&extract).into_iter().take(1200).collect();
    crate::support::write_csv(&extract, &fewer);
    run(&["trace", text(&extract), "--register", text(&register), "--out", text(&out), "--on", "2016-04-30"], 0);
    let told = stderr(&run(&["review", text(&out), "--apply", text(&desk.path("review.xlsx")), "--on", ON], 1));
    assert!(told.contains("is the workbook of another run"), "{told}");
}

#[test]
fn decisions_are_recorded_with_the_run_and_go_with_it() {
    let keeping = folder();
    let ledger = keeping.path().join("hmrc.ledger");
    run(&["ledger", "init", text(&ledger), "--department", "hmrc", "--by", "clerk"], 0);
    let desk = Desk::new(&["--ledger", text(&ledger), "--by", "clerk"]);
    let of_ledger = ["--ledger", text(&ledger), "--by", "clerk"];
    desk.review(&[&["-o", text(&desk.path("review.xlsx"))], &of_ledger[..]].concat(), 0);
    let filled = desk.filled("filled.xlsx", "A Clerk");
    let apply = ["--apply", text(&filled), "--on", ON];
    let told = desk.review(&apply, 2);
    assert!(told.contains("is in a ledger as R0001"), "{told}");
    desk.review(&[&apply[..], &of_ledger].concat(), 0);
    let verify = |anchor: &str| {
        run(&["audit", "verify", "--ledger", text(&ledger), "--anchor", text(&desk.path(anchor))], 0);
    };
    verify("traced/manifest.json");
    verify("traced/reviewed-1/manifest.json");
    let reference = &desk.rows("reviewed-1/hmrc_to_ho.csv")[1][0];
    let row = run(&["ledger", "row", reference, "--ledger", text(&ledger)], 0);
    assert!(String::from_utf8_lossy(&row.stdout).contains("reviewed-1/hmrc_to_ho.csv"));
    let audit = run(&["audit", "export", "--ledger", text(&ledger)], 0);
    let audit = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(audit.contains("review_workbook") && audit.contains("supplement"), "{audit}");
    assert!(!audit.contains("A Clerk") && !audit.contains(reference));
    // What was decided is destroyed with its run.
    run(&["ledger", "close", "R0001", "--on", "2016-05-31", "--ledger", text(&ledger)], 0);
    let told =
        desk.review(&[&["--apply", text(&desk.path("review.xlsx")), "--on", "2016-06-01"], &of_ledger[..]].concat(), 1);
    assert!(told.contains("no decision"), "{told}");
    let certificate = keeping.path().join("certificate.txt");
    let words =
        ["destroy", "R0001", "--on", "2016-06-30", "--ledger", text(&ledger), "--certificate", text(&certificate)];
    run(&words, 0);
    assert!(!desk.path("traced").exists());
}

#[test]
fn the_home_office_takes_a_supplement_into_its_ledger() {
    let desk = Desk { folder: folder() };
    let made = made(desk.folder.path(), 6000, 1500);
    let [ledger, wash, traced] = ["ho.ledger", "wash", "traced"].map(|name| desk.path(name));
    let of_ledger = ["--ledger", text(&ledger), "--by", "clerk"];
    run(&["ledger", "init", text(&ledger), "--department", "home_office", "--by", "clerk"], 0);
    let cases = made.join("cases.csv");
    run(&[&["pool", "extract", text(&cases), "--on", "2016-04-30", "--out", text(&wash)], &of_ledger[..]].concat(), 0);
    let extract = files(&wash)
        .into_iter()
        .map(|(name, _)| name)
        .find(|name| name.contains("post2008") && name.ends_with(".xlsx"))
        .unwrap();
    let register = format!("hmrc={}", text(&made.join("register.parquet")));
    let extract = wash.join(extract);
    run(&["trace", text(&extract), "--register", &register, "--on", "2016-04-30", "--out", text(&traced)], 0);
    run(&[&["pool", "return", text(&traced), "--on", "2016-05-10"], &of_ledger[..]].concat(), 0);
    let book = desk.workbook();
    let rows: Vec<u32> = book.candidates().collect();
    let dash = |row: &u32| book.dash_of(*row);
    let alone = rows[1..].iter().find(|row| rows.iter().filter(|other| dash(other) == dash(row)).count() == 1);
    let alone = *alone.expect("a case with one candidate");
    let filled = desk.path("filled.xlsx");
    book.save(&filled, &[said(rows[0], "same person", "A Clerk"), said(alone, "different", "A Clerk")].concat());
    desk.review(&["--apply", text(&filled), "--on", ON], 0);
    let other = desk.path("other.xlsx");
    book.save(&other, &said(alone, "same person", "B Clerk"));
    assert!(
        desk.review(&["--apply", text(&other), "--on", ON], 1).contains("settled as a no-hit and has been released")
    );
    let supplement = traced.join("reviewed-1");
    let back = |status: i32| {
        let words = ["pool", "return", text(&supplement), "--supplement", "--on", "2016-05-25"];
        stderr(&run(&[&words[..], &of_ledger].concat(), status))
    };
    let told = back(0);
    assert!(told.contains("match") && told.contains("no hit"), "taken once: {told}");
    assert!(back(3).contains("a supplement cannot change it"), "and once only");
}

#[test]
fn a_workbook_that_an_office_program_saved_is_taken() {
    let Some(program) = ["soffice", "libreoffice"].into_iter().find(|name| {
        std::process::Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    }) else {
        eprintln!("skipped: LibreOffice is not here, so no workbook was opened and saved by it");
        return;
    };
    let desk = Desk::new(&[]);
    let filled = desk.filled("filled.xlsx", "A Clerk");
    let [saved, profile] = ["saved", "profile"].map(|name| desk.path(name));
    let output = std::process::Command::new(program)
        .arg(format!("-env:UserInstallation=file://{}", text(&profile)))
        .args(["--headless", "--convert-to", "xlsx", "--outdir", text(&saved), text(&filled)])
        .output()
        .unwrap();
    let saved = saved.join("filled.xlsx");
    assert!(saved.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_ne!(std::fs::read(&saved).unwrap(), std::fs::read(&filled).unwrap());
    desk.review(&["--apply", text(&saved), "--on", ON], 0);
    supplement_is_in_order(&desk);
}

#[test]
fn decisions_on_a_sealed_run_are_sealed_too() {
    let keys = folder();
    let key = |name: &str| {
        let path = keys.path().join(format!("{name}.key"));
        let public = run(&["ledger", "keygen", "--out", text(&path)], 0).stdout;
        std::fs::write(keys.path().join(format!("{name}.pub")), public).unwrap();
        path
    };
    let [_, _, own] = ["ho", "dwp", "run"].map(key);
    let of = |department: &str, name: &str| format!("{department}{}", text(&keys.path().join(format!("{name}.pub"))));
    let [ho, dwp, run_key] = [of("home_office=", "ho"), of("dwp=", "dwp"), of("", "run")];
    let sealing = ["--encrypt-to", &ho, "--encrypt-to", &dwp, "--seal-to", &run_key];
    let desk = Desk::new(&sealing);
    let book = desk.path("review.xlsx");
    assert!(desk.review(&["-o", text(&book)], 3).contains("is sealed to a public key"));
    let identity = ["--identity", text(&own)];
    assert!(desk.review(&[&["-o", text(&book)][..], &identity].concat(), 0).contains("destroy it once"));
    let filled = desk.filled("filled.xlsx", "A Clerk");
    let apply = [&["--apply", text(&filled), "--on", ON][..], &identity].concat();
    assert!(desk.review(&apply, 2).contains("its supplement would be plain"));
    desk.review(&[&apply[..], &sealing].concat(), 0);
    let names =
        ["decisions.csv.age", "hmrc_no_hits.csv.age", "hmrc_to_dwp.csv.age", "hmrc_to_ho.csv.age", "manifest.json"];
    assert_eq!(desk.names("traced/reviewed-1"), names);
    assert!(desk.manifest(1)["sealed_to"]["hmrc_to_ho.csv.age"].is_array());
    // Sealed decisions are known again.
    assert!(desk.review(&[&apply[..], &sealing].concat(), 1).contains("no decision in the workbooks is new"));
}

#[test]
fn decisions_of_a_killed_command_are_there_with_their_record_or_not_at_all() {
    let keeping = folder();
    let ledger = keeping.path().join("hmrc.ledger");
    run(&["ledger", "init", text(&ledger), "--department", "hmrc", "--by", "clerk"], 0);
    let desk = Desk::new(&["--ledger", text(&ledger), "--by", "clerk"]);
    let filled = desk.filled("filled.xlsx", "A Clerk");
    let traced = desk.path("traced");
    let words = ["review", text(&traced), "--apply", text(&filled), "--on", ON, "--ledger", text(&ledger)];
    let there = desk.path("traced/reviewed-1");
    for number in 0..16 {
        let program = assert_cmd::cargo::cargo_bin("rewash");
        let quiet = std::process::Stdio::null;
        let mut child =
            std::process::Command::new(program).args(words).stderr(quiet()).stdout(quiet()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(12 * number));
        child.kill().unwrap_or(());
        child.wait().unwrap();
        // Opening the ledger puts right what was left.
        run(&["audit", "verify", "--ledger", text(&ledger)], 0);
        let recorded = run(&["ledger", "deliveries", "--ledger", text(&ledger)], 0);
        let recorded = String::from_utf8_lossy(&recorded.stdout).matches(ON).count();
        assert_eq!(recorded, if there.exists() { 3 } else { 0 }, "{number}");
        if there.exists() {
            assert_eq!(desk.names("traced/reviewed-1").len(), 5);
        }
    }
    let leftovers = files_and_folders(&traced).into_iter().filter(|name| name.starts_with('.')).count();
    run(&words, i32::from(there.exists()));
    assert!(there.join("hmrc_to_ho.csv").exists() && leftovers <= 1);
}

fn files_and_folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
