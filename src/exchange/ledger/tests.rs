//! The ledger as a file: who may open it, one at a time, and what a stopped command leaves.

use super::{Ledger, Opener};
use crate::exchange::agreement::Department;
use crate::store::OutputFolder;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

fn opener(command: &str) -> Opener {
    Opener { by: "clerk".into(), command: command.into(), wait: Duration::ZERO }
}

fn made(folder: &Path) -> Ledger {
    Ledger::create(&folder.join("ledger"), Department::HomeOffice, &opener("ledger init")).expect("a new ledger")
}

#[test]
fn a_ledger_is_made_once_and_knows_whose_it_is() {
    let folder = tempfile::tempdir().expect("folder");
    drop(made(folder.path()));
    let path = folder.path().join("ledger");
    assert!(Ledger::create(&path, Department::Dwp, &opener("ledger init")).is_err());
    let ledger = Ledger::open(&path, &opener("pool due")).expect("opens");
    assert!(ledger.expect(Department::HomeOffice).is_ok() && ledger.expect(Department::Dwp).is_err());
    assert!(Ledger::open(&folder.path().join("none"), &opener("pool due")).is_err());
    std::fs::write(folder.path().join("text"), "not a ledger, but long enough to be read as one").expect("written");
    assert!(Ledger::open(&folder.path().join("text"), &opener("pool due")).is_err());
}

#[test]
fn a_database_of_another_program_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("theirs");
    let db = rusqlite::Connection::open(&path).expect("a database");
    db.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").expect("filled");
    drop(db);
    let before = std::fs::read(&path).expect("read");
    assert!(Ledger::open(&path, &opener("pool due")).is_err());
    assert!(Ledger::create(&path, Department::Dwp, &opener("ledger init")).is_err());
    assert_eq!(std::fs::read(&path).expect("read"), before);
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1, "no lock beside it");
}

#[test]
fn what_a_stopped_init_left_is_taken_up() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("ledger");
    crate::store::new_private_file(&path).expect("empty");
    assert!(Ledger::open(&path, &opener("pool due")).is_err());
    drop(made(folder.path()));
    assert!(Ledger::open(&path, &opener("pool due")).is_ok());
}

#[test]
fn a_second_process_is_told_who_holds_it() {
    let folder = tempfile::tempdir().expect("folder");
    let first = made(folder.path());
    let error = Ledger::open(&folder.path().join("ledger"), &opener("pool due")).expect_err("locked");
    assert_eq!(error.exit_status(), 4);
    assert!(error.what().contains("ledger init") && error.what().contains(&std::process::id().to_string()));
    drop(first);
    assert!(Ledger::open(&folder.path().join("ledger"), &opener("pool due")).is_ok());
}

fn write_manifest(folder: &OutputFolder, head: &str) {
    let mut file = folder.file("manifest.json").expect("file");
    write!(file, "{{\"audit_head\": \"{head}\"}}").expect("written");
}

#[test]
fn a_folder_and_its_rows_come_together() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = made(folder.path());
    let out = folder.path().join("out");
    let output = OutputFolder::create(&out).expect("folder");
    ledger
        .change_with_folder(output, |_, folder, head| {
            write_manifest(folder, head);
            Ok(((), serde_json::json!({})))
        })
        .expect("done");
    assert!(out.join("manifest.json").exists());
    assert_eq!(ledger.entries().expect("entries").len(), 2);
    let refused = folder.path().join("refused");
    let output = OutputFolder::create(&refused).expect("folder");
    let failed = ledger.change_with_folder::<()>(output, |_, _, _| Err(crate::error::Error::input("no")));
    assert!(failed.is_err() && !refused.exists());
    assert_eq!(ledger.entries().expect("entries").len(), 2);
}

#[test]
fn what_a_stopped_command_put_in_place_is_taken_back() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = made(folder.path());
    let head = ledger.head().expect("head");
    let (ours, foreign) = (folder.path().join("ours"), folder.path().join("foreign"));
    for (path, head) in [(&ours, head.as_str()), (&foreign, "another")] {
        let output = OutputFolder::create(path).expect("folder");
        write_manifest(&output, head);
        output.commit().expect("in place");
        ledger.intend(path, &ledger.head().expect("head")).expect("intent");
    }
    drop(ledger);
    let ledger = Ledger::open(&folder.path().join("ledger"), &opener("pool due")).expect("opens");
    assert!(!ours.exists() && foreign.exists());
    let left: i64 = ledger.db().query_row("SELECT count(*) FROM intent", [], |row| row.get(0)).expect("count");
    assert_eq!(left, 0);
}

#[test]
fn twenty_four_hours_are_hours() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = made(folder.path());
    // The clocks go forward in this night: 24 elapsed hours end at 11:30.
    let incident = ledger.open_incident("2016-03-26T10:30:00+00:00", "loss", 3).expect("incident");
    assert_eq!(incident.due_at, "2016-03-27T11:30:00+01:00");
    assert!(!ledger.report_incident(incident.id, "2016-03-27T11:30:01+01:00", "HMRC and DWP").expect("late"));
    assert!(ledger.report_incident(incident.id, "2016-03-27T11:00:00+01:00", "x").is_err());
    assert!(ledger.open_incident("2016-03-26 10:30", "loss", 1).is_err());
    assert!(ledger.open_incident("2016-03-26T10:30:00Z", "theft", 1).is_err());
}

#[test]
fn another_agreement_leaves_an_entry() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = made(folder.path());
    for (sha256, entries) in [("aa", 2), ("aa", 2), ("bb", 3)] {
        ledger.note_agreement("HO-HMRC-DWP 2016", sha256).expect("noted");
        assert_eq!(ledger.entries().expect("entries").len(), entries);
    }
}

#[test]
fn a_ledger_of_the_version_before_is_renewed() {
    let folder = tempfile::tempdir().expect("folder");
    drop(made(folder.path()));
    let path = folder.path().join("ledger");
    let before = |version: &str| {
        let db = rusqlite::Connection::open(&path).expect("a database");
        let sql = "ALTER TABLE wash DROP COLUMN folder; ALTER TABLE wash DROP COLUMN head;";
        db.execute_batch(&format!("{sql} PRAGMA user_version = {version};")).expect("as it was");
    };
    before("1");
    let ledger = Ledger::open(&path, &opener("pool due")).expect("renewed");
    let columns = "SELECT count(*) FROM pragma_table_info('wash') WHERE name IN ('folder', 'head')";
    assert_eq!(ledger.db().query_row(columns, [], |row| row.get::<_, i64>(0)).expect("counted"), 2);
    let said = "SELECT subject FROM audit ORDER BY sequence DESC LIMIT 1";
    let said: String = ledger.db().query_row(said, [], |row| row.get(0)).expect("an entry");
    assert!(said.contains("\"ledger_version\":2") && !said.contains("tables_changed_outside"), "{said}");
    drop(ledger);
    before("3");
    assert!(Ledger::open(&path, &opener("pool due")).is_err(), "a later version is not touched");
}

#[test]
fn values_that_no_ledger_holds_are_damage() {
    let db = rusqlite::Connection::open_in_memory().expect("a database");
    let text = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).expect_err("no text");
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, u8>(0)).expect_err("no small number");
    for error in [
        text("SELECT x'ff'"),
        text("SELECT CAST(x'ff' AS TEXT)"),
        text("SELECT 1 WHERE 0"),
        number("SELECT 'one'"),
        number("SELECT 256"),
    ] {
        let told = super::failed(error);
        assert_eq!((told.exit_status(), told.to_string().contains("damaged")), (3, true), "{told}");
    }
    let fault_of_ours = db.query_row("SELECT 1", [], |row| row.get::<_, i64>(7)).expect_err("no such column");
    assert_eq!(super::failed(fault_of_ours).exit_status(), 5);
}
