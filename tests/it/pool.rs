//! The Home Office's commands over the built program: cases to extract to trace to return, and what they refuse.

use crate::support::{csv, folder, made, run, stderr, text, without_digests, write_csv};
use rewash::exchange::agreement::Department;
use rewash::exchange::gateway::extract_columns;
use rewash::exchange::ledger::{Ledger, Opener};
use rewash::ingest::{Input, Limits, load};
use rewash::model::schema::EXTRACT;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const HEADER: [&str; 17] = [
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "nationality",
    "address_1",
    "postcode_1",
    "address_1_from",
    "address_1_to",
    "address_2",
    "postcode_2",
    "address_2_from",
    "address_2_to",
    "email_1",
    "status_ended_on",
    "no_contact_since",
    "pool_left_on",
    "pool_left_reason",
];

fn opener() -> Opener {
    Opener { by: "clerk".into(), command: "test".into(), wait: Duration::from_secs(5) }
}

/// A folder with a ledger of the Home Office.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = folder();
        drop(Ledger::create(&folder.path().join("ho.ledger"), Department::HomeOffice, &opener()).unwrap());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `rewash pool` with the ledger, on a day.
    #[track_caller]
    fn pool(&self, words: &[&str], on: &str, status: i32) -> String {
        let ledger = self.path("ho.ledger");
        let mut all = vec!["pool"];
        all.extend(words);
        all.extend(["--ledger", text(&ledger), "--on", on, "--by", "clerk"]);
        stderr(&run(&all, status))
    }

    fn cases(&self, rows: &[[&str; 17]]) -> String {
        let mut all = vec![HEADER.map(str::to_owned).to_vec()];
        all.extend(rows.iter().map(|row| row.map(str::to_owned).to_vec()));
        write_csv(&self.path("cases.csv"), &all);
        text(&self.path("cases.csv")).to_owned()
    }
}

fn case<'a>(id: &'a str, ended: &'a str) -> [&'a str; 17] {
    [
        id,
        "Tesfaye Haile Mekonnen",
        "00/07/1984",
        "ERI",
        "1 Old Road, Leeds",
        "LS1 4AP",
        "2001-01-01",
        "2009-12-31",
        "2 New Road, Leeds",
        "LS1 4AB",
        "2012-01-01",
        "",
        "t.mekonnen@example.com",
        ended,
        "2015-01-01",
        "",
        "",
    ]
}

fn workbook(path: &Path) -> Vec<Vec<String>> {
    let table = load(&Input::Path(path.to_owned()), &EXTRACT, &Limits::default()).unwrap().table;
    let mut rows = vec![table.names().to_vec()];
    for row in 0..table.rows() {
        rows.push(table.names().iter().map(|name| table.value(name, row).unwrap_or("").to_owned()).collect());
    }
    rows
}

#[test]
fn an_extract_holds_the_fields_of_its_flow_and_no_others() {
    let desk = Desk::new();
    let cases = desk.cases(&[case("C1", "2012-05-01"), case("C2", "2006-05-01")]);
    let out = desk.path("wash");
    desk.pool(&["extract", &cases, "--out", text(&out)], "2016-04-30", 0);
    // One workbook a pool, each with its sidecar.
    for (name, id) in [("extract-W0001-pre2008-1", "C2"), ("extract-W0001-post2008-2", "C1")] {
        let rows = workbook(&out.join(format!("{name}.xlsx")));
        assert_eq!(rows[0], extract_columns(1));
        assert_eq!(rows.len(), 2);
        // Addresses of the last five years alone; the birth date as received.
        assert_eq!(rows[1][2..5], [id, "Tesfaye Haile Mekonnen", "00/07/1984"]);
        assert_eq!(rows[1][9..13], ["2 New Road, Leeds", "LS1 4AB", "2012-01-01", ""]);
        let sidecar = std::fs::read_to_string(out.join(format!("{name}.manifest.json"))).unwrap();
        let bytes = std::fs::read(out.join(format!("{name}.xlsx"))).unwrap();
        assert!(sidecar.contains(&rewash::ingest::digest_of(&bytes)));
    }
    let manifest = without_digests(&std::fs::read(out.join("manifest.json")).unwrap());
    let manifest = String::from_utf8(manifest).unwrap();
    for secret in ["Tesfaye", "LS1", "1984", "example.com", "C1\""] {
        assert!(!manifest.contains(secret), "{secret}");
    }
}

#[test]
fn the_same_input_gives_the_same_workbook() {
    let bytes: Vec<Vec<u8>> = (0..2)
        .map(|_| {
            let desk = Desk::new();
            let cases = desk.cases(&[case("C1", "2012-05-01"), case("C2", "2012-05-01")]);
            desk.pool(&["extract", &cases, "--out", text(&desk.path("wash"))], "2016-04-30", 0);
            std::fs::read(desk.path("wash/extract-W0001-post2008-1.xlsx")).unwrap()
        })
        .collect();
    assert_eq!(bytes[0], bytes[1]);
}

#[test]
fn nothing_due_writes_nothing() {
    let desk = Desk::new();
    let cases = desk.cases(&[case("C1", "2012-05-01")]);
    // Before the monthly exchange begins.
    desk.pool(&["extract", &cases, "--out", text(&desk.path("wash"))], "2016-03-31", 1);
    assert!(!desk.path("wash").exists());
    desk.pool(&["extract", &cases, "--out", text(&desk.path("wash"))], "2018-04-01", 2);
    assert!(!desk.path("wash").exists());
}

#[test]
fn rows_that_cannot_be_placed_are_said_and_left_out() {
    let desk = Desk::new();
    let mut undated = case("C2", "");
    undated[14] = "";
    let cases = desk.cases(&[case("C1", "2012-05-01"), undated, case("C3", "2012-05-01"), case("C3", "2012-05-01")]);
    let said = desk.pool(&["extract", &cases, "--out", text(&desk.path("wash"))], "2016-04-30", 0);
    assert!(said.contains("3 rows were left out") && said.contains("row 2, pool missing"), "{said}");
    let faults = csv(&desk.path("wash/exceptions.csv"));
    assert_eq!(faults[1..].iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["2", "3", "4"]);
    assert_eq!(workbook(&desk.path("wash/extract-W0001-post2008-1.xlsx")).len(), 2);
}

#[test]
fn a_wash_goes_to_hmrc_and_comes_back() {
    let desk = Desk::new();
    let made = made(desk.folder.path(), 4000, 400);
    let cases = made.join("extract.csv");
    let (wash, traced) = (desk.path("wash"), desk.path("traced"));
    desk.pool(&["extract", text(&cases), "--out", text(&wash)], "2016-04-30", 0);
    let extract = wash.join("extract-W0001-post2008-1.xlsx");
    let register = made.join("register.parquet");
    let words = ["trace", text(&extract), "--register", text(&register), "--out", text(&traced), "--on", "2016-04-30"];
    run(&words, 0);
    // A field that the flow does not carry: nothing is taken.
    let broken = desk.path("broken");
    std::fs::create_dir(&broken).unwrap();
    for name in ["hmrc_to_ho.csv", "hmrc_no_hits.csv", "hmrc_unresolved.csv"] {
        let mut rows = csv(&traced.join(name));
        rows.iter_mut().for_each(|row| row.push("nino".into()));
        write_csv(&broken.join(name), &rows);
    }
    let said = desk.pool(&["return", text(&broken)], "2016-05-20", 3);
    assert!(said.contains("a field that this flow does not carry"), "{said}");
    desk.pool(&["return", text(&traced)], "2016-05-20", 0);
    let status = desk.pool(&["status"], "2016-05-20", 0);
    assert!(status.contains("traced") && !status.contains("have not come back"), "{status}");
    // Six months later the others are due, and the traced are not.
    let list = desk.path("due.csv");
    desk.pool(&["due", "-o", text(&list)], "2016-10-30", 0);
    let matches: std::collections::BTreeSet<String> =
        csv(&traced.join("hmrc_to_ho.csv")).into_iter().skip(1).map(|row| row[2].clone()).collect();
    let due = csv(&list);
    assert_eq!(due.len() - 1 + matches.len(), 400);
    assert!(due[1..].iter().all(|row| row[2] == "6" && !matches.contains(&row[0])));
}

#[test]
fn sealed_files_go_there_and_back() {
    let desk = Desk::new();
    let made = made(desk.folder.path(), 2000, 200);
    let key = |name: &str| {
        let (secret, public) = (desk.path(&format!("{name}.key")), desk.path(&format!("{name}.pub")));
        let output = run(&["ledger", "keygen", "--out", text(&secret)], 0);
        std::fs::write(&public, output.stdout).unwrap();
        (text(&secret).to_owned(), text(&public).to_owned())
    };
    let ((hmrc, hmrc_public), (ho, ho_public), (_, dwp_public)) = (key("hmrc"), key("ho"), key("dwp"));
    let (cases, wash, traced) = (made.join("cases.csv"), desk.path("wash"), desk.path("traced"));
    let to = format!("hmrc={hmrc_public}");
    desk.pool(&["extract", text(&cases), "--out", text(&wash), "--encrypt-to", &to], "2016-04-30", 0);
    let extract = wash.join("extract-W0001-post2008-1.xlsx.age");
    let names: Vec<String> = crate::support::files(&wash).into_iter().map(|(name, _)| name).collect();
    assert!(extract.is_file() && !names.iter().any(|name| name.ends_with(".xlsx")), "{names:?}");
    let register = made.join("register.parquet");
    // The sidecar's digest is of the file as it is stored, so the sealed file is checked as it came.
    let checked = desk.path("checked");
    run(&["check", text(&extract), "--on", "2016-04-30", "--identity", &hmrc, "--out", text(&checked)], 0);
    let words = ["trace", text(&extract), "--register", text(&register), "--out", text(&traced), "--on", "2016-04-30"];
    run(&words, 3);
    let (to_ho, to_dwp) = (format!("home_office={ho_public}"), format!("dwp={dwp_public}"));
    let keys = ["--identity", &hmrc, "--encrypt-to", &to_ho, "--encrypt-to", &to_dwp];
    run(&[&words[..], &keys].concat(), 0);
    assert!(!traced.join("hmrc_to_ho.csv").exists());
    desk.pool(&["return", text(&traced)], "2016-05-20", 3);
    desk.pool(&["return", text(&traced), "--identity", &ho], "2016-05-20", 0);
    let said = desk.pool(&["return", text(&made)], "2016-05-20", 3);
    assert!(said.contains("holds no hmrc_to_ho.csv") && said.contains("hmrc_unresolved.csv"), "{said}");
}

/// A case that was washed, the answer of HMRC with a match, DWP's return, and one with a column too many.
fn reported(desk: &Desk) -> [PathBuf; 3] {
    let cases = desk.cases(&[case("C1", "2012-05-01")]);
    desk.pool(&["extract", &cases, "--out", text(&desk.path("wash"))], "2016-04-30", 0);
    let answer = desk.path("answer");
    std::fs::create_dir(&answer).unwrap();
    let block = "W0001-000001,MRP,C1,Tesfaye Haile Mekonnen,00/07/1984";
    let link = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth";
    let write = |name: &str, lines: &str| std::fs::write(answer.join(name), lines).unwrap();
    let rest = "hmrc_match,detail,data_set,tax_year,record_kind,effective_date,address,postcode,phone,email";
    write("hmrc_to_ho.csv", &format!("{link},{rest}\n{block},confirmed,interaction_only,,,,,,,,\n"));
    write("hmrc_no_hits.csv", &format!("{link}\n"));
    write("hmrc_unresolved.csv", &format!("{link},status,reason\n"));
    let columns = "benefits,role,address_match,dwp_address,dwp_postcode,phone_match,dwp_phone_1,dwp_phone_2,\
                   partner_title,partner_full_name,partner_date_of_birth,deceased,date_of_death";
    let [dwp, more] = ["dwp_to_ho.csv", "more.csv"].map(|name| desk.path(name));
    std::fs::write(&dwp, format!("{link},{columns}\n{block},JSA:contributory,customer,HO1,,,,,,,,,no,\n")).unwrap();
    std::fs::write(&more, format!("{link},{columns},nino\n{block},JSA,customer,HO1,,,,,,,,,no,,AB123456C\n")).unwrap();
    [answer, dwp, more]
}

/// Were one taken without the other, the command could not be given again.
#[test]
fn the_answers_of_both_departments_are_taken_together() {
    let desk = Desk::new();
    let [answer, dwp, more] = reported(&desk);
    let both = |dwp: &Path, status| desk.pool(&["return", text(&answer), "--dwp", text(dwp)], "2016-06-10", status);
    let said = both(&more, 3);
    assert!(said.contains("a field that this flow does not carry"), "{said}");
    assert!(desk.pool(&["status"], "2016-06-10", 0).contains("have not come back"));
    both(&dwp, 0);
    assert!(!desk.pool(&["status"], "2016-06-10", 0).contains("have not come back"));
    both(&dwp, 3);
}

#[test]
fn verification_needs_a_person_and_dwp_hears_of_it_when_agreed() {
    let desk = Desk::new();
    let [answer, dwp, more] = reported(&desk);
    let verified = desk.path("verified.csv");
    desk.pool(&["return", text(&answer)], "2016-05-20", 0);
    let said = desk.pool(&["return", "--dwp", text(&more)], "2016-06-10", 3);
    assert!(said.contains("a field that this flow does not carry"), "{said}");
    desk.pool(&["return", "--dwp", text(&dwp)], "2016-06-10", 0);
    desk.pool(&["return", "--dwp", text(&dwp)], "2016-06-11", 3);
    let header = "dash_reference,match_verified,immigration_status,right_to_work,public_funds,verified_by,verified_on";
    std::fs::write(&verified, format!("{header}\nW0001-000001,correct,refused,no,no,,2016-06-20\n")).unwrap();
    let said = desk.pool(&["confirm", text(&verified)], "2016-06-20", 3);
    assert!(said.contains("a person must stand behind it"), "{said}");
    std::fs::write(&verified, format!("{header}\nW0001-000001,correct,refused,no,no,A Clerk,2016-06-20\n")).unwrap();
    let out = desk.path("confirmed");
    let words = ["confirm", text(&verified), "--dwp", text(&dwp), "--out", text(&out)];
    let said = desk.pool(&words, "2016-06-20", 2);
    assert!(said.contains("does not provide for confirmations") && !out.exists(), "{said}");
    let agreement = desk.path("agreed.toml");
    std::fs::write(&agreement, "confirm_to_dwp = true\n").unwrap();
    desk.pool(&[&words[..], &["--agreement", text(&agreement)]].concat(), "2016-06-20", 0);
    let rows = csv(&out.join("ho_to_dwp.csv"));
    assert_eq!(rows[0], rewash::exchange::gateway::STATUS_COLUMNS);
    assert_eq!(rows[1][5..], ["correct", "refused", "no", "no", "A Clerk", "2016-06-20"]);
}

#[test]
fn a_killed_extract_is_as_before() {
    let desk = Desk::new();
    let cases = desk.cases(&[case("C1", "2012-05-01")]);
    let wash = desk.path("wash");
    desk.pool(&["extract", &cases, "--out", text(&wash)], "2016-04-30", 0);
    // The state between rename and commit: the folder is there, the intent too, and the ledger knows of neither.
    let ledger = desk.path("ho.ledger");
    std::fs::rename(&wash, desk.path("kept")).unwrap();
    desk.pool(&["cancel", "W0001", "--reason", "test"], "2016-04-30", 0);
    std::fs::rename(desk.path("kept"), &wash).unwrap();
    let manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(wash.join("manifest.json")).unwrap()).unwrap();
    let db = rusqlite::Connection::open(&ledger).unwrap();
    let sql = "INSERT INTO intent (target, head, command) VALUES (?1, ?2, 'pool extract')";
    db.execute(sql, [text(&wash), manifest["audit_head"].as_str().unwrap()]).unwrap();
    drop(db);
    let status = desk.pool(&["status"], "2016-04-30", 0);
    assert!(!wash.exists() && status.contains("waiting for a first wash"), "{status}");
    desk.pool(&["extract", &cases, "--out", text(&wash)], "2016-04-30", 0);
}

#[test]
fn two_hundred_thousand_cases_answer_within_seconds() {
    let desk = Desk::new();
    let rows = 200_000;
    let mut lines = String::from("cid_person_id,full_name,date_of_birth,status_ended_on,no_contact_since\n");
    for row in 0..rows {
        lines.push_str(&format!("C{row:06},Made Person,1984-07-19,2012-05-01,2015-01-01\n"));
    }
    let cases = desk.path("cases.csv");
    std::fs::write(&cases, lines).unwrap();
    let timed = |words: &[&str], on: &str| {
        let begun = Instant::now();
        desk.pool(words, on, 0);
        begun.elapsed()
    };
    let load = timed(&["load", text(&cases)], "2016-04-30");
    let due = timed(&["due"], "2016-04-30");
    desk.pool(&["extract", text(&cases), "--out", text(&desk.path("wash"))], "2016-04-30", 0);
    let status = timed(&["status"], "2016-04-30");
    let answer = desk.path("answer");
    std::fs::create_dir(&answer).unwrap();
    let link = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth";
    let mut no_hits = format!("{link}\n");
    for row in 0..rows {
        no_hits.push_str(&format!("W0001-{:06},MRP,C{row:06},Made Person,1984-07-19\n", row + 1));
    }
    std::fs::write(answer.join("hmrc_no_hits.csv"), no_hits).unwrap();
    let rest = "hmrc_match,detail,data_set,tax_year,record_kind,effective_date,address,postcode,phone,email";
    std::fs::write(answer.join("hmrc_to_ho.csv"), format!("{link},{rest}\n")).unwrap();
    std::fs::write(answer.join("hmrc_unresolved.csv"), format!("{link},status,reason\n")).unwrap();
    let returned = timed(&["return", text(&answer)], "2016-05-30");
    // Ten times the time that it takes on a quiet machine: a guard against work that grows with the square.
    for (what, took, bound) in [("load", load, 20), ("due", due, 20), ("status", status, 20), ("return", returned, 50)]
    {
        assert!(took < Duration::from_secs(bound), "{what}: {took:?}");
    }
}

#[test]
fn an_extract_goes_with_its_wash() {
    let desk = Desk::new();
    let cases = desk.cases(&[case("C1", "2012-05-01")]);
    let wash = desk.path("wash");
    desk.pool(&["extract", &cases, "--out", text(&wash)], "2016-04-30", 0);
    let answer = desk.path("answer");
    std::fs::create_dir(&answer).unwrap();
    let link = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth";
    let row = "W0001-000001,MRP,C1,Tesfaye Haile Mekonnen,00/07/1984";
    let rest = "hmrc_match,detail,data_set,tax_year,record_kind,effective_date,address,postcode,phone,email";
    std::fs::write(answer.join("hmrc_no_hits.csv"), format!("{link}\n{row}\n")).unwrap();
    std::fs::write(answer.join("hmrc_to_ho.csv"), format!("{link},{rest}\n")).unwrap();
    std::fs::write(answer.join("hmrc_unresolved.csv"), format!("{link},status,reason\n")).unwrap();
    desk.pool(&["return", text(&answer)], "2016-05-30", 0);
    let ledger = desk.path("ho.ledger");
    let ledger = ["--ledger", text(&ledger), "--by", "clerk"];
    run(&[&["ledger", "close", "W0001", "--on", "2016-05-31"][..], &ledger].concat(), 0);
    let certificate = desk.path("certificate.txt");
    let destroy = ["destroy", "W0001", "--on", "2016-06-30", "--certificate", text(&certificate)];
    let destroy = |more: &[&str], status| stderr(&run(&[&destroy[..], &ledger, more].concat(), status));
    // A folder that is not where it was left is looked for, and not taken for destroyed.
    std::fs::rename(&wash, desk.path("moved")).unwrap();
    let told = destroy(&[], 3);
    assert!(told.contains("the folder of W0001 is not there"), "{told}");
    std::fs::rename(desk.path("moved"), &wash).unwrap();
    destroy(&[], 0);
    assert!(!wash.exists());
    let certificate = std::fs::read_to_string(&certificate).unwrap();
    for named in ["extract-W0001-post2008-1.xlsx", "missing.csv", "files: 5"] {
        assert!(certificate.contains(named), "{named}: {certificate}");
    }
    run(&[&["audit", "verify"][..], &ledger[..2]].concat(), 0);
}
