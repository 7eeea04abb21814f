//! Ledger, audit, destruction and encryption, over the built program.

use crate::support::{csv, files, folder, run, stderr, text};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

const EXTRACT: &str = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,title,address_1,postcode_1,address_1_from,mobile_1,email_1,nino,wash_number\n\
    W0001-000001,ZQXMRP,ZQX77,Zqxtesfaye Haile Zqxmekonnen,1984-07-19,MR,\"Flat 2, 12 Zqxhigh St, Leeds\",LS1 4AP,2014-01-01,07700900123,zqxt@example.com,AB123457C,0\n\
    W0001-000002,ZQXMRP,ZQX78,Zqxjane Zqxappleby,1951-02-03,MRS,,,,,,,0\n";
const REGISTER: &str = "record_id,nino,person_id,title,forename,middle_names,surname,date_of_birth,sex,address,postcode,phone,email,tax_year,record_kind,last_activity_on\n\
    R1,AB123457D,,MR,Zqxtesfaye,Haile,Zqxmekonnen,1984-07-19,M,3 Zqxlow Road,LS2 7AA,07700900999,zqxt@example.com,2015-16,PAYE,2016-03-01\n";
/// Parts of every row: long enough not to stand in keys and encrypted bytes by chance.
const SECRETS: [&[u8]; 13] = [
    b"zqxt@example",
    b"Zqxhigh St",
    b"ZQXHIGH ST",
    b"Zqxlow Road",
    b"ZQXLOW ROAD",
    b"Zqxtesfaye",
    b"Zqxmekonnen",
    b"ZQXTESFAYE",
    b"ZQXMEKONNEN",
    b"Zqxappleby",
    b"ZQXMRP",
    b"W0001-0000",
    b"AB123457",
];

/// A home with HMRC's ledger, an extract and a register.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: folder() };
        std::fs::write(home.path("extract.csv"), EXTRACT).unwrap();
        std::fs::write(home.path("register.csv"), REGISTER).unwrap();
        home.run(&["ledger", "init", "LEDGER", "--department", "hmrc", "--by", "A Clerk"], 0);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command with paths of this home: words in capitals with an ending, and all that is a file's name.
    #[track_caller]
    fn run(&self, words: &[&str], status: i32) -> Output {
        let words: Vec<String> = words
            .iter()
            .map(|word| match word.strip_prefix('@') {
                Some(name) => text(&self.path(name)).to_owned(),
                None if *word == "LEDGER" => text(&self.path("ledger")).to_owned(),
                None => (*word).replace("=@", &format!("={}/", text(self.folder.path()))),
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        run(&words, status)
    }

    /// A trace that is recorded.
    #[track_caller]
    fn trace(&self, out: &str, more: &[&str]) -> Output {
        let out = format!("@{out}");
        let mut words = vec!["trace", "@extract.csv", "--register", "hmrc=@register.csv", "--on", "2016-04-30"];
        words.extend(["--ledger", "LEDGER", "--out", &out]);
        // An option may be given once.
        if !more.contains(&"--format") {
            words.extend(["--format", "csv"]);
        }
        words.extend(more);
        self.run(&words, 0)
    }

    fn table(&self, words: &[&str], status: i32) -> Vec<Vec<String>> {
        let output = self.run(words, status);
        let path = self.path("table.csv");
        std::fs::write(&path, &output.stdout).unwrap();
        let rows = csv(&path);
        std::fs::remove_file(path).unwrap();
        rows
    }

    /// A key pair: `NAME.key` and `NAME.pub`.
    fn key(&self, name: &str) {
        let output = self.run(&["ledger", "keygen", "--out", &format!("@{name}.key")], 0);
        std::fs::write(self.path(&format!("{name}.pub")), &output.stdout).unwrap();
    }

    fn database(&self) -> Connection {
        Connection::open(self.path("ledger")).unwrap()
    }
}

/// Files below a folder that hold a secret.
fn holders(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(holders(&path));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        if SECRETS.iter().any(|secret| bytes.windows(secret.len()).any(|part| part == *secret)) {
            out.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    out.sort();
    out
}

#[test]
fn a_recorded_run_is_the_same_run_and_can_be_found_again() {
    let home = Home::new();
    home.trace("traced", &[]);
    let mut words = vec!["trace", "@extract.csv", "--register", "hmrc=@register.csv", "--on", "2016-04-30"];
    words.extend(["--format", "csv", "--out", "@plain"]);
    home.run(&words, 0);
    let (recorded, plain) = (files(&home.path("traced")), files(&home.path("plain")));
    for ((name, bytes), (other, others)) in recorded.iter().zip(&plain) {
        assert_eq!(name, other);
        assert!(bytes == others || ["manifest.json", "run.json"].contains(&name.as_str()), "{name}");
    }
    let manifest = std::fs::read_to_string(home.path("plain/manifest.json")).unwrap();
    assert!(!manifest.contains("audit_head") && !manifest.contains("sealed_to"));
    let manifest = std::fs::read_to_string(home.path("traced/manifest.json")).unwrap();
    assert!(manifest.contains("\"run\": \"R0001\"") && manifest.contains("audit_head"));
    let row = home.table(&["ledger", "row", "W0001-000001", "--ledger", "LEDGER"], 0);
    assert_eq!(row[1], ["R0001", "trace", "2016-04-30", "1", "match", "hmrc_to_ho.csv;hmrc_to_dwp.csv"]);
    assert_eq!(home.table(&["ledger", "row", "W0001-000009", "--ledger", "LEDGER"], 1).len(), 1);
    let deliveries = home.table(&["ledger", "deliveries", "--ledger", "LEDGER"], 0);
    assert_eq!(deliveries.len(), 6);
    assert_eq!(deliveries[1][1..4], ["received", "home_office", ""]);
    let (_, bytes) = recorded.iter().find(|(name, _)| name == "hmrc_to_dwp.csv").unwrap();
    let made = deliveries.iter().find(|row| row[4] == "hmrc_to_dwp.csv").unwrap();
    assert_eq!((&*made[2], &*made[5]), ("dwp", "1"));
    assert_eq!(made[6], rewash::ingest::digest_of(bytes));
}

#[test]
fn a_ledger_of_another_department_is_refused_before_anything_is_made() {
    let home = Home::new();
    home.run(&["ledger", "init", "@dwp", "--department", "dwp"], 0);
    let mut words = vec!["trace", "@extract.csv", "--register", "hmrc=@register.csv", "--on", "2016-04-30"];
    words.extend(["--ledger", "@dwp", "--out", "@traced"]);
    home.run(&words, 2);
    assert!(!home.path("traced").exists());
}

#[test]
fn any_change_of_the_chain_is_found() {
    let home = Home::new();
    home.trace("traced", &[]);
    home.run(
        &[
            "ledger",
            "incident",
            "open",
            "--aware-at",
            "2016-05-03T09:30:00+01:00",
            "--kind",
            "loss",
            "--rows",
            "2",
            "--ledger",
            "LEDGER",
        ],
        0,
    );
    home.run(&["audit", "verify", "--ledger", "LEDGER", "--anchor", "@traced/manifest.json"], 0);
    let whole = home.path("whole");
    home.database().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    std::fs::copy(home.path("ledger"), &whole).unwrap();
    let reorder = "UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3; \
                   UPDATE audit SET sequence = 3 WHERE sequence = 99";
    for change in [
        "UPDATE audit SET at = '2016-01-01T00:00:00Z' WHERE sequence = 2",
        "UPDATE audit SET by_whom = 'B' WHERE sequence = 1",
        "UPDATE audit SET command = 'x' WHERE sequence = 3",
        "UPDATE audit SET subject = '{}' WHERE sequence = 3",
        // One hash of sixty-odd has no letter that could be named here: the first one is changed, whichever it is.
        "UPDATE audit SET hash = iif(hash LIKE 'a%', 'b', 'a') || substr(hash, 2) WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 1",
        "DELETE FROM audit WHERE sequence = 2",
        reorder,
        "UPDATE delivery SET rows = rows + 1 WHERE id = 1",
        "DELETE FROM delivery WHERE id = 2",
        "UPDATE incident SET due_at = '2026-01-01T00:00:00Z'",
        "UPDATE run SET closed_on = '2016-05-01'",
        "UPDATE run_count SET rows = 0",
    ] {
        std::fs::copy(&whole, home.path("ledger")).unwrap();
        home.database().execute_batch(change).unwrap();
        let output = home.run(&["audit", "verify", "--ledger", "LEDGER"], 1);
        assert!(stderr(&output).contains("warning: "), "{change}");
    }
    // What a later command finds changed stays to be seen.
    std::fs::copy(&whole, home.path("ledger")).unwrap();
    home.database().execute_batch("UPDATE delivery SET rows = 7").unwrap();
    home.run(
        &["ledger", "incident", "report", "1", "--at", "2016-05-03T10:00:00+01:00", "--to", "x", "--ledger", "LEDGER"],
        0,
    );
    home.run(&["audit", "verify", "--ledger", "LEDGER"], 1);
}

#[test]
fn a_cut_end_is_found_by_the_manifest_of_a_run() {
    let home = Home::new();
    home.trace("first", &[]);
    home.trace("second", &[]);
    home.trace("third", &[]);
    // The head that `third` carries is the entry of `second`. The cut ledger is put right in all but the chain.
    home.database()
        .execute_batch(
            "PRAGMA foreign_keys = OFF; DELETE FROM audit WHERE sequence > 2; DELETE FROM run WHERE id > 1; \
             DELETE FROM run_count WHERE run > 1; DELETE FROM run_row WHERE run > 1; DELETE FROM delivery WHERE run > 1",
        )
        .unwrap();
    home.run(&["audit", "verify", "--ledger", "LEDGER"], 0);
    home.run(&["audit", "verify", "--ledger", "LEDGER", "--anchor", "@second/manifest.json"], 0);
    home.run(
        &["audit", "verify", "--ledger", "LEDGER", "--anchor", "@second/manifest.json", "@third/manifest.json"],
        1,
    );
}

#[test]
fn a_second_command_says_who_holds_the_lock() {
    use rewash::exchange::ledger::{Ledger, Opener};
    let home = Home::new();
    let opener = Opener { by: "clerk".into(), command: "pool load".into(), wait: Duration::ZERO };
    let held = Ledger::open(&home.path("ledger"), &opener).unwrap();
    let output = home.run(&["ledger", "runs", "--ledger", "LEDGER", "--wait", "0"], 4);
    assert!(stderr(&output).contains("`pool load`") && stderr(&output).contains(&std::process::id().to_string()));
    drop(held);
    home.run(&["ledger", "runs", "--ledger", "LEDGER", "--wait", "0"], 0);
}

#[test]
fn nothing_of_a_destroyed_run_is_left() {
    let home = Home::new();
    home.trace("traced", &["--by", "A Clerk"]);
    assert!(holders(home.folder.path()).contains(&"outcomes.csv".to_owned()));
    let destroy = |status| {
        home.run(
            &[
                "destroy",
                "R0001",
                "--on",
                "2016-06-30",
                "--ledger",
                "LEDGER",
                "--certificate",
                "@certificate.txt",
                "--also",
                "@extract.csv",
                "@register.csv",
                "--by",
                "B Manager",
            ],
            status,
        )
    };
    destroy(2);
    assert!(home.path("traced/outcomes.csv").exists() && home.path("extract.csv").exists());
    home.run(&["ledger", "close", "R0001", "--on", "2016-05-31", "--ledger", "LEDGER"], 0);
    let output = home.run(&["ledger", "runs", "--on", "2016-06-30", "--ledger", "LEDGER"], 0);
    assert!(stderr(&output).contains("R0001 was to be held until 2016-05-31"));
    destroy(0);
    assert_eq!(holders(home.folder.path()), Vec::<String>::new());
    let mut left: Vec<String> = files(home.folder.path()).into_iter().map(|(name, _)| name).collect();
    left.retain(|name| !name.starts_with("ledger"));
    assert_eq!(left, ["certificate.txt"]);
    let certificate = std::fs::read_to_string(home.path("certificate.txt")).unwrap();
    for wanted in ["B Manager", "R0001", "outcomes.csv", "extract.csv", "SHA-256", "Not covered", "swap"] {
        assert!(certificate.contains(wanted), "{wanted}");
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(home.path("certificate.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let runs = home.table(&["ledger", "runs", "--ledger", "LEDGER"], 0);
    assert_eq!(runs[1][4..6], ["2", "match 1; no_hit 1"]);
    home.run(&["audit", "verify", "--ledger", "LEDGER"], 0);
    let again = home.run(&["ledger", "certificate", "R0001", "--ledger", "LEDGER"], 0);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), certificate);
}

/// Starts a command and kills it after a while; gives whether it had ended by itself.
fn killed(home: &Home, words: &[&str], after: Duration) -> bool {
    let program = assert_cmd::cargo::cargo_bin("rewash");
    let mut child = std::process::Command::new(program)
        .args(words)
        .current_dir(home.folder.path())
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap_or(());
    child.wait().unwrap();
    ended
}

#[test]
fn a_killed_trace_is_there_with_its_record_or_not_at_all() {
    let home = Home::new();
    let mut names = Vec::new();
    for number in 0..12_u64 {
        let name = format!("run{number}");
        let words = ["trace", "extract.csv", "--register", "hmrc=register.csv", "--on", "2016-04-30", "--out", &name];
        let words = [&words[..], &["--ledger", "ledger", "--format", "csv"]].concat();
        killed(&home, &words, Duration::from_millis(4 * number));
        names.push(name);
    }
    let runs = home.table(&["ledger", "runs", "--ledger", "LEDGER"], 0);
    let there = names.iter().filter(|name| home.path(name).join("manifest.json").exists()).count();
    assert_eq!(runs.len() - 1, there);
    assert_eq!(names.iter().filter(|name| home.path(name).exists()).count(), there);
    // No file stays under a temporary name.
    let hidden = std::fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    for path in hidden.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with('.')) {
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0, "{}", path.display());
    }
    home.run(&["audit", "verify", "--ledger", "LEDGER"], 0);
}

#[test]
fn a_killed_destruction_is_not_begun_or_is_finished_by_the_next_command() {
    for number in 0..12_u64 {
        let home = Home::new();
        home.trace("traced", &[]);
        home.run(&["ledger", "close", "R0001", "--on", "2016-05-31", "--ledger", "LEDGER"], 0);
        let words = ["destroy", "R0001", "--on", "2016-06-30", "--ledger", "ledger", "--certificate", "c.txt"];
        let words = [&words[..], &["--also", "extract.csv", "register.csv"]].concat();
        killed(&home, &words, Duration::from_millis(2 * number));
        let runs = home.table(&["ledger", "runs", "--ledger", "LEDGER"], 0);
        home.run(&["audit", "verify", "--ledger", "LEDGER"], 0);
        if runs[1][9].is_empty() {
            assert_eq!(files(&home.path("traced")).len(), 10, "as before, {number}");
        } else {
            assert_eq!(holders(home.folder.path()), Vec::<String>::new(), "as after, {number}");
            assert!(home.path("c.txt").exists());
        }
    }
}

#[test]
fn what_a_killed_trace_left_is_taken_back() {
    let home = Home::new();
    home.trace("traced", &[]);
    // The state between the rename and the commit: folder in place, intent there, no rows.
    home.database()
        .execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO intent (target, head, command) \
             SELECT folder, head, 'trace' FROM run; DELETE FROM run; DELETE FROM run_row; DELETE FROM run_count; \
             DELETE FROM delivery; DELETE FROM audit WHERE sequence = 2;",
        )
        .unwrap();
    std::fs::create_dir(home.path(".traced.tmp-999999")).unwrap();
    std::fs::write(home.path(".traced.tmp-999999/outcomes.csv"), EXTRACT).unwrap();
    home.run(&["audit", "verify", "--ledger", "LEDGER"], 0);
    assert!(!home.path("traced").exists() && !home.path(".traced.tmp-999999").exists());
    home.trace("traced", &[]);
}

#[test]
fn files_are_sealed_to_their_departments_and_open_again() {
    let home = Home::new();
    for name in ["ho", "dwp", "run"] {
        home.key(name);
    }
    let sealing = ["--encrypt-to", "home_office=@ho.pub", "--encrypt-to", "dwp=@dwp.pub", "--seal-to", "@run.pub"];
    home.trace("traced", &sealing);
    home.trace("plain", &[]);
    assert_eq!(holders(&home.path("traced")), Vec::<String>::new());
    let names: Vec<String> = files(&home.path("traced")).into_iter().map(|(name, _)| name).collect();
    for name in [
        "hmrc_to_ho.csv.age",
        "hmrc_to_dwp.csv.age",
        "outcomes.csv.age",
        "review.csv.age",
        "review.jsonl.age",
        "exceptions.csv.age",
    ] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    let open = |key: &str, name: &str| {
        let bytes = std::fs::read(home.path("traced").join(name)).unwrap();
        rewash::store::Identities::read(&[home.path(key)]).unwrap().open(&bytes)
    };
    for (key, name) in [
        ("ho.key", "hmrc_to_ho.csv"),
        ("ho.key", "hmrc_no_hits.csv"),
        ("ho.key", "hmrc_unresolved.csv"),
        ("dwp.key", "hmrc_to_dwp.csv"),
        ("run.key", "outcomes.csv"),
    ] {
        let plain = std::fs::read(home.path("plain").join(name)).unwrap();
        assert_eq!(open(key, &format!("{name}.age")).unwrap(), plain, "{name}");
    }
    assert!(open("ho.key", "hmrc_to_dwp.csv.age").is_err() && open("dwp.key", "hmrc_to_ho.csv.age").is_err());
    // One department's files cannot be left plain by oversight.
    let mut words = vec!["trace", "@extract.csv", "--register", "hmrc=@register.csv", "--on", "2016-04-30"];
    words.extend(["--out", "@half", "--encrypt-to", "dwp=@dwp.pub"]);
    assert!(stderr(&home.run(&words, 2)).contains("the files for the Home Office would be plain"));
}

#[test]
fn sealed_inputs_are_read_with_their_key() {
    use std::io::Write;
    let home = Home::new();
    home.key("hmrc");
    home.key("other");
    home.trace("plain", &[]);
    for (name, sealed) in [("extract.csv", "extract.csv.age"), ("register.csv", "register.csv.age")] {
        let keys = rewash::store::Recipients::read(&home.path("hmrc.pub")).unwrap();
        let file = std::fs::File::create(home.path(sealed)).unwrap();
        let mut sink = rewash::store::Sink::new(file, Some(&keys)).unwrap();
        sink.write_all(&std::fs::read(home.path(name)).unwrap()).unwrap();
        sink.finish().unwrap();
        std::fs::remove_file(home.path(name)).unwrap();
    }
    let mut words = vec!["trace", "@extract.csv.age", "--register", "hmrc=@register.csv.age", "--on", "2016-04-30"];
    words.extend(["--format", "csv", "--out", "@sealed"]);
    assert!(stderr(&home.run(&words, 3)).contains("--identity"));
    let with = |key: &'static str| [&words[..], &["--identity", key]].concat();
    assert!(stderr(&home.run(&with("@other.key"), 3)).contains("another key"));
    home.run(&with("@hmrc.key"), 0);
    for (name, bytes) in files(&home.path("sealed")) {
        let same = std::fs::read(home.path("plain").join(&name)).unwrap() == bytes;
        assert!(same || ["manifest.json", "run.json"].contains(&name.as_str()), "{name}");
    }
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(home.path("hmrc.key"), PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::remove_dir_all(home.path("sealed")).unwrap();
    assert!(stderr(&home.run(&with("@hmrc.key"), 3)).contains("other users"));
}

#[test]
fn sealed_parquet_is_read_in_memory() {
    let home = Home::new();
    home.key("run");
    home.trace("traced", &["--seal-to", "@run.pub", "--format", "parquet"]);
    let truth = "cid_person_id,nino\nZQX77,AB123457D\nZQX78,\n";
    std::fs::write(home.path("truth.csv"), truth).unwrap();
    let words = ["evaluate", "@traced/outcomes.parquet.age", "--truth", "@truth.csv", "--identity", "@run.key"];
    home.run(&words, 0);
}

#[test]
fn the_key_of_a_sealed_run_goes_with_it_and_no_other() {
    let home = Home::new();
    for name in ["one", "two"] {
        home.key(name);
    }
    home.trace("first", &["--seal-to", "@one.pub"]);
    home.trace("second", &["--seal-to", "@two.pub"]);
    home.trace("third", &["--seal-to", "@two.pub"]);
    let destroy = |run: &'static str, key: &'static str, status| {
        let certificate = format!("@{run}.txt");
        let mut words = vec!["destroy", run, "--on", "2016-06-30", "--ledger", "LEDGER", "--certificate", &certificate];
        words.extend(["--not-closed", "a test", "--identity", key]);
        home.run(&words, status)
    };
    destroy("R0001", "@two.key", 2);
    assert!(stderr(&destroy("R0002", "@two.key", 2)).contains("R0003 as well"));
    assert!(home.path("two.key").exists());
    destroy("R0001", "@one.key", 0);
    assert!(!home.path("one.key").exists() && !home.path("first").exists());
    let certificate = std::fs::read_to_string(home.path("R0001.txt")).unwrap();
    assert!(certificate.contains("was destroyed") && certificate.contains("no copy of its working files can be read"));
}

#[test]
fn files_go_to_agreed_contact_points_alone() {
    let home = Home::new();
    let agreement = "reference = 'A1'\n[[contacts]]\ndepartment = 'home_office'\nname = 'ISD Hub'\ndeputy = 'Deputy'\n";
    std::fs::write(home.path("agreed.toml"), agreement).unwrap();
    let deliver = |contact: &'static str, status| {
        let mut words =
            vec!["ledger", "deliver", "@register.csv", "--sent", "--to", "home_office", "--contact", contact];
        words.extend(["--on", "2016-05-02", "--agreement", "@agreed.toml", "--ledger", "LEDGER"]);
        home.run(&words, status)
    };
    assert!(stderr(&deliver("somebody", 2)).contains("no agreed contact point"));
    deliver("Deputy", 0);
    let rows = home.table(&["ledger", "deliveries", "--ledger", "LEDGER"], 0);
    assert_eq!(rows[1][..6], ["2016-05-02", "sent", "home_office", "Deputy", "register.csv", "1"]);
}

#[test]
fn incidents_have_twenty_four_hours() {
    let home = Home::new();
    let mut words = vec!["ledger", "incident", "open", "--aware-at", "2016-03-26T10:30:00+00:00", "--kind"];
    words.extend(["wrongful_disclosure", "--rows", "3", "--ledger", "LEDGER"]);
    assert!(stderr(&home.run(&words, 0)).contains("2016-03-27T11:30:00+01:00"));
    let list = ["ledger", "incident", "list", "--ledger", "LEDGER"];
    assert!(stderr(&home.run(&list, 0)).contains("was to be reported by"));
    let mut words = vec!["ledger", "incident", "report", "1", "--at", "2016-03-27T11:30:01+01:00"];
    words.extend(["--to", "HMRC, DWP", "--ledger", "LEDGER"]);
    assert!(stderr(&home.run(&words, 0)).contains("more than 24 hours"));
    assert_eq!(home.table(&list, 0)[1][7], "late");
}

#[test]
fn exports_and_assurance_say_what_was_done_and_nothing_about_anyone() {
    let home = Home::new();
    home.trace("traced", &[]);
    let mut words = vec!["ledger", "incident", "open", "--aware-at", "2016-05-03T09:30:00+01:00", "--kind", "loss"];
    words.extend(["--rows", "2", "--ledger", "LEDGER"]);
    home.run(&words, 0);
    home.run(&["ledger", "close", "R0001", "--on", "2016-05-31", "--ledger", "LEDGER"], 0);
    std::fs::create_dir(home.path("out")).unwrap();
    home.run(&["audit", "export", "--ledger", "LEDGER", "--out", "@out/audit"], 0);
    let json = home.run(&["audit", "export", "--ledger", "LEDGER"], 0).stdout;
    std::fs::write(home.path("out/audit.json"), &json).unwrap();
    let mut words = vec!["audit", "assure", "--ledger", "LEDGER", "--from", "2016-04-01", "--to", "2016-06-30"];
    words.extend(["--deviation", "one key was replaced", "-o", "@out/assurance.txt"]);
    home.run(&words, 0);
    assert_eq!(holders(&home.path("out")), Vec::<String>::new());
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(value["runs"][0]["outcomes"]["match"], 1);
    assert_eq!(value["deliveries"].as_array().unwrap().len(), 5);
    assert_eq!(csv(&home.path("out/audit/runs.csv"))[1][0], "R0001");
    let report = std::fs::read_to_string(home.path("out/assurance.txt")).unwrap();
    for wanted in [
        "HMRC",
        "no agreement given",
        "whole, 4 entries",
        "home_office: extract.csv, 2 rows",
        "hmrc_to_dwp.csv, 1 rows",
        "R0001 of 2016-04-30",
        "to be destroyed since 2016-05-31",
        "1: loss, 2 rows",
        "is not reported and overdue",
        "one key was replaced",
        "emails of a person go to DWP",
        "Counter-Terrorist Check",
        "Signature",
    ] {
        assert!(report.contains(wanted), "{wanted}\n{report}");
    }
}

#[test]
fn two_hundred_thousand_rows_are_held_and_every_command_answers_soon() {
    let home = Home::new();
    home.trace("traced", &[]);
    home.key("row");
    home.database()
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) \
             INSERT INTO run_row SELECT 1, i, printf('W0001-%06d', i), 'no_hit', 'hmrc_no_hits.csv' FROM n",
        )
        .unwrap();
    for words in [
        &["ledger", "runs"][..],
        &["ledger", "row", "W0001-150000"],
        &["audit", "verify"],
        &["audit", "export"],
        &["ledger", "close", "R0001", "--on", "2016-05-31", "--key-file", "@row.key"],
        &["ledger", "row", "W0001-150000", "--key-file", "@row.key"],
        &["destroy", "R0001", "--on", "2016-06-30", "--certificate", "@c.txt"],
    ] {
        let begun = Instant::now();
        home.run(&[words, &["--ledger", "LEDGER"]].concat(), 0);
        let seconds = begun.elapsed().as_secs_f64();
        // A guard against work that grows with the square: measured times are in `benches/record`, not here.
        assert!(seconds < 6.0, "{words:?} took {seconds}");
    }
}
