//! Destruction, whole and stopped at each of its steps.

use super::*;
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::ledger::{Delivery, Direction, NewRun, Opener, Recording, RunRow};
use crate::store::OutputFolder;
use std::io::Write;
use std::time::Duration;

const SECRET: &str = "ZQXJ-MEKONNEN-1984";

fn opener(command: &str) -> Opener {
    Opener { by: "clerk".into(), command: command.into(), wait: Duration::ZERO }
}

struct Place {
    home: tempfile::TempDir,
}

impl Place {
    /// A ledger of HMRC with one run, closed, and the extract that was received.
    fn new() -> Self {
        let place = Self { home: tempfile::tempdir().expect("folder") };
        let mut ledger =
            Ledger::create(&place.path("ledger"), Department::Hmrc, &opener("ledger init")).expect("a ledger");
        place.run(&mut ledger, "run");
        ledger.close("R0001", "2016-05-31", &Agreement::default(), None).expect("closed");
        std::fs::write(place.path("extract.csv"), SECRET).expect("written");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn open(&self) -> Ledger {
        Ledger::open(&self.path("ledger"), &opener("ledger runs")).expect("opens")
    }

    fn run(&self, ledger: &mut Ledger, name: &str) {
        let folder = OutputFolder::create(&self.path(name)).expect("folder");
        let new = NewRun { command: "trace", on: "2016-04-30", agreement: "A1" };
        ledger
            .publish_run(folder, &new, |folder, stamp| {
                write!(folder.file("manifest.json")?, "{{\"audit_head\": \"{}\"}}", stamp.audit_head).expect("written");
                for name in ["outcomes.csv", "review.csv"] {
                    write!(folder.file(name)?, "{SECRET}").expect("written");
                }
                let row = |number: u32| RunRow {
                    reference: format!("{SECRET}-{number}"),
                    outcome: "match",
                    files: "hmrc_to_ho.csv".into(),
                };
                let delivery = Delivery {
                    on: "2016-04-30".into(),
                    direction: Direction::Made,
                    department: Department::HomeOffice,
                    contact: String::new(),
                    file: "hmrc_to_ho.csv".into(),
                    rows: 50,
                    sha256: "00".into(),
                };
                let rows = (0..50).map(row).collect();
                Ok(((), Recording { rows, deliveries: vec![delivery], sealed_to: Vec::new() }))
            })
            .expect("a run");
    }

    fn order(&self) -> Order {
        Order {
            runs: vec!["R0001".into()],
            on: "2016-06-30".into(),
            certificate: self.path("certificate.txt"),
            also: vec![self.path("extract.csv")],
            ..Order::default()
        }
    }

    /// Nothing secret is in any byte, and what stays is right.
    #[track_caller]
    fn is_destroyed(&self) {
        let ledger = self.open();
        let all = ledger.held().expect("held");
        let held = &all[0];
        assert_eq!((held.rows, held.destroyed_on.as_deref()), (50, Some("2016-06-30")));
        assert_eq!(held.outcomes["match"], 50);
        assert_eq!(ledger.deliveries().expect("deliveries").len(), all.len());
        assert!(ledger.verify(&[]).expect("chain").faults.is_empty());
        let intents: i64 = ledger.db().query_row("SELECT count(*) FROM intent", [], |row| row.get(0)).expect("count");
        assert_eq!(intents, 0);
        let text = ledger.certificate("R0001").expect("certificate");
        assert_eq!(std::fs::read_to_string(self.path("certificate.txt")).expect("read"), text);
        // The ledger is open: its log and its index stand beside it and are searched as well.
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.home.path()).expect("folder") {
            let path = entry.expect("entry").path();
            names.push(path.file_name().expect("name").to_string_lossy().into_owned());
            let bytes = std::fs::read(&path).expect("read");
            assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{}", path.display());
        }
        names.sort();
        names.retain(|name| !name.starts_with("ledger"));
        assert_eq!(names, ["certificate.txt"]);
    }
}

#[test]
fn nothing_of_a_run_is_left_in_any_byte() {
    let place = Place::new();
    let done = place.open().destroy(&place.order()).expect("destroyed");
    assert_eq!((done.runs, done.files, done.rows), (1, 4, 50));
    place.is_destroyed();
    for wanted in ["R0001", "A1", "SHA-256", "rows in the ledger: 50 removed", "backups", "wear levelling", "clerk"] {
        assert!(done.text.contains(wanted), "{wanted}");
    }
    assert!(!done.text.contains(SECRET));
    let again = Order { certificate: place.path("other.txt"), also: Vec::new(), ..place.order() };
    assert!(place.open().destroy(&again).is_err());
}

#[test]
fn a_destruction_that_was_stopped_anywhere_is_finished() {
    for step in 0..7 {
        let place = Place::new();
        let mut ledger = place.open();
        let plan = ledger.plan(&place.order()).expect("plan");
        ledger.intend_to_destroy(&plan).expect("intent");
        if step == 1 {
            // Half of the folder is gone, one file is overwritten and not yet unlinked.
            std::fs::remove_file(place.path("run/outcomes.csv")).expect("removed");
            std::fs::write(place.path("run/review.csv"), vec![0; SECRET.len()]).expect("overwritten");
        }
        if step == 2 {
            // The mark is gone, the folder is empty.
            for name in ["outcomes.csv", "review.csv", "manifest.json"] {
                std::fs::remove_file(place.path("run").join(name)).expect("removed");
            }
        }
        if step >= 3 {
            erase_files(&plan).expect("files");
        }
        let text = if step >= 4 { ledger.remove_rows(&plan).expect("rows") } else { String::new() };
        if step >= 5 {
            ledger.scrub().expect("cleared");
        }
        if step >= 6 {
            write_certificate(&plan.certificate, &text).expect("certificate");
        }
        drop(ledger);
        place.is_destroyed();
    }
}

#[test]
fn another_folder_of_the_name_is_left() {
    let place = Place::new();
    let ledger = place.open();
    let plan = ledger.plan(&place.order()).expect("plan");
    ledger.intend_to_destroy(&plan).expect("intent");
    erase_files(&plan).expect("files");
    drop(ledger);
    std::fs::create_dir(place.path("run")).expect("made");
    std::fs::write(place.path("run/other"), "stays").expect("written");
    drop(place.open());
    assert_eq!(std::fs::read_to_string(place.path("run/other")).expect("read"), "stays");
}

#[test]
fn what_cannot_be_meant_is_refused_and_nothing_goes() {
    let place = Place::new();
    let mut ledger = place.open();
    place.run(&mut ledger, "second");
    let mut refused = |order: Order, why: &str| {
        let error = ledger.destroy(&order).expect_err(why);
        assert!(format!("{error} {}", error.hint_text().unwrap_or("")).contains(why), "{error}");
    };
    refused(Order { runs: vec!["R0002".into()], ..place.order() }, "not closed");
    refused(Order { runs: vec!["R0009".into()], ..place.order() }, "no run R0009");
    refused(Order { on: "2016-05-30".into(), ..place.order() }, "after 2016-05-30");
    refused(Order { certificate: place.path("extract.csv"), ..place.order() }, "exists already");
    refused(Order { certificate: place.path("run/c.txt"), ..place.order() }, "a folder that is to go");
    refused(Order { also: vec![place.path("ledger")], ..place.order() }, "the ledger itself");
    std::fs::write(place.path("run/manifest.json"), "{}").expect("written");
    refused(place.order(), "manifest is another");
    std::fs::rename(place.path("run"), place.path("moved")).expect("moved");
    refused(place.order(), "is not there");
    assert!(place.path("extract.csv").exists() && place.path("second/outcomes.csv").exists());
    let early =
        Order { runs: vec!["R0002".into()], not_closed: Some("withdrawn by the sender".into()), ..place.order() };
    assert!(ledger.destroy(&early).expect("destroyed").text.contains("withdrawn by the sender"));
}

#[test]
fn closing_with_a_key_leaves_no_reference_and_finds_rows_by_the_key() {
    let place = Place::new();
    let mut ledger = place.open();
    place.run(&mut ledger, "second");
    let key = [7_u8; 32];
    let closed = ledger.close(
        "R0002",
        "2016-05-31",
        &Agreement { keep_days_after_closure: 30, ..Agreement::default() },
        Some(&key),
    );
    assert_eq!(closed.expect("closed").keep_until.as_deref(), Some("2016-06-30"));
    let reference = format!("{SECRET}-7");
    let runs = |ledger: &Ledger, key: Option<&[u8]>| -> Vec<String> {
        ledger.row(&reference, key).expect("rows").into_iter().map(|row| row.run).collect()
    };
    assert_eq!(runs(&ledger, None), ["R0001"]);
    assert_eq!(runs(&ledger, Some(&key)), ["R0001", "R0002"]);
    assert_eq!(runs(&ledger, Some(&[8; 32])), ["R0001"]);
    let keep = Order { runs: vec!["R0001".into(), "R0002".into()], keep_keyed: true, ..place.order() };
    ledger.destroy(&keep).expect("destroyed");
    assert_eq!(runs(&ledger, Some(&key)), ["R0002"]);
    drop(ledger);
    place.is_destroyed();
}

#[test]
fn the_log_of_a_stopped_closing_is_cleared() {
    let place = Place::new();
    let mut ledger = place.open();
    let order = Order { also: Vec::new(), certificate: place.path("c"), ..place.order() };
    ledger.destroy(&order).expect("destroyed");
    std::fs::remove_file(place.path("c")).expect("removed");
    place.run(&mut ledger, "second");
    let held = ledger.held_as("R0002").expect("held");
    // As `close` leaves it before it clears old pages.
    ledger
        .change(|transaction| {
            transaction.execute("DELETE FROM run_row WHERE run = ?1", [held.id]).map_err(failed)?;
            intend(transaction, "scrub", "R0002", "ledger close", "")?;
            Ok(((), serde_json::json!({})))
        })
        .expect("changed");
    drop(ledger);
    let _open = place.open();
    for name in ["ledger", "ledger-wal"] {
        let bytes = std::fs::read(place.path(name)).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{name}");
    }
}

#[test]
fn a_wash_of_the_home_office_keeps_its_schedule_and_counts_alone() {
    use crate::exchange::pool::{Case, Pool, ReturnRow, ReturnedAs};
    let home = tempfile::tempdir().expect("folder");
    let path = home.path().join("ledger");
    let mut ledger = Ledger::create(&path, Department::HomeOffice, &opener("ledger init")).expect("a ledger");
    let agreement = Agreement::default();
    let case = Case {
        row: 0,
        cid_person_id: "C1".into(),
        pool: Pool::Post2008,
        status_ended_on: Some("2012-05-01".into()),
        no_contact_since: Some("2015-01-01".into()),
        left: None,
    };
    ledger.load_cases(std::slice::from_ref(&case), "2016-04-10", &agreement).expect("loaded");
    let wash = ledger.wash(&[case], "2016-04-10", None, &agreement).expect("washed").expect("a wash");
    let reference = wash.rows[0].dash_reference.clone();
    ledger.db().execute("UPDATE washed SET nationality = 'ZQXLAND'", []).expect("set");
    // Rows have not come back: the cycle is open.
    assert!(ledger.close("W0001", "2016-05-31", &agreement, None).is_err());
    let row = ReturnRow {
        dash_reference: reference.clone(),
        cid_person_id: "C1".into(),
        returned: ReturnedAs::NoHit,
        measures: std::collections::BTreeSet::new(),
    };
    ledger.take_return(&[row], "2016-05-20", false, &agreement).expect("returned");
    let key = [7_u8; 32];
    ledger.close("W0001", "2016-05-31", &agreement, Some(&key)).expect("closed");
    assert_eq!(ledger.row(&reference, Some(&key)).expect("rows").len(), 1);
    let order = Order {
        runs: vec!["W0001".into()],
        on: "2016-06-30".into(),
        certificate: home.path().join("certificate.txt"),
        ..Order::default()
    };
    ledger.destroy(&order).expect("destroyed");
    assert!(ledger.row(&reference, Some(&key)).expect("rows").is_empty());
    assert_eq!(ledger.held_as("W0001").expect("held").outcomes["no_hit"], 1);
    assert_eq!(ledger.due("2016-10-10", None, &agreement).expect("due").cases.len(), 1);
    assert!(ledger.coverage("2016-10-10").expect("coverage").adds_up());
    for name in ["ledger", "ledger-wal"] {
        let bytes = std::fs::read(home.path().join(name)).unwrap_or_default();
        for secret in [reference.as_bytes(), b"ZQXLAND"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{name}");
        }
    }
}
