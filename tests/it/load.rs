//! Many months and many cases: memory, file handles and time stay flat. `make test-load` runs a thousand months and a million
//! cases; here are fewer.

use crate::support::{folder, run, text};
use rewash::exchange::agreement::{Agreement, Department};
use rewash::exchange::ledger::{Ledger, Opener};
use rewash::exchange::pool::{Case, Pool, ReturnRow, ReturnedAs};
use std::time::{Duration, Instant};

/// Cases that enter in a month.
const NEW_CASES: u32 = 20;
/// Months in which a case may be due again.
const MONTHS_OPEN: u32 = 30;
/// What memory may grow by from the first tenth of the months to the last, in KiB.
const GROWTH_KIB_MAX: u64 = 64 << 10;

fn is_whole() -> bool {
    std::env::var_os("REWASH_LOAD").is_some_and(|word| word == "all")
}

fn say(line: &str) {
    std::io::Write::write_all(&mut std::io::stdout(), format!("{line}\n").as_bytes()).unwrap();
}

/// Resident memory in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Open handles of this process on a folder.
fn handles(folder: &std::path::Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    open.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to.starts_with(folder))).count()
}

fn case(number: u32) -> Case {
    Case {
        row: number,
        cid_person_id: format!("C{number:07}"),
        pool: Pool::Post2008,
        status_ended_on: Some("2012-05-01".into()),
        no_contact_since: Some("2015-01-01".into()),
        left: None,
    }
}

#[test]
fn months_in_a_row_on_one_ledger_stay_flat() {
    let months: u32 = if is_whole() { 1_000 } else { 40 };
    let folder = folder();
    let path = folder.path().join("ledger");
    let opener = Opener { by: "clerk".into(), command: "test".into(), wait: Duration::ZERO };
    let agreement = Agreement { to: "2200-01-01".into(), review_on: "2200-01-01".into(), ..Agreement::default() };
    drop(Ledger::create(&path, Department::HomeOffice, &opener).unwrap());
    let mut seen = Vec::new();
    for month in 0..months {
        let begun = Instant::now();
        let on = format!("{}-{:02}-10", 2016 + (month + 3) / 12, (month + 3) % 12 + 1);
        let first = month.saturating_sub(MONTHS_OPEN) * NEW_CASES;
        let cases: Vec<Case> = (first..(month + 1) * NEW_CASES).map(case).collect();
        let mut ledger = Ledger::open(&path, &opener).unwrap();
        ledger.load_cases(&cases, &on, &agreement).unwrap();
        if let Some(wash) = ledger.wash(&cases, &on, None, &agreement).unwrap() {
            let returned = |row: &rewash::exchange::pool::WashRow| ReturnRow {
                dash_reference: row.dash_reference.clone(),
                cid_person_id: case(row.row).cid_person_id,
                returned: ReturnedAs::NoHit,
                measures: std::collections::BTreeSet::new(),
            };
            let rows: Vec<ReturnRow> = wash.rows.iter().map(returned).collect();
            ledger.take_return(&rows, &on, false, &agreement).unwrap();
        }
        drop(ledger);
        seen.push((handles(folder.path()), resident(), begun.elapsed()));
    }
    assert!(seen.iter().all(|(handles, ..)| *handles == 0), "a ledger stays open");
    let early = seen[seen.len() / 10].1;
    let (_, late, took) = *seen.last().unwrap();
    assert!(late < early + GROWTH_KIB_MAX, "{early} to {late} KiB");
    if is_whole() {
        say(&format!("{months} months: no handle left, {early} to {late} KiB, the last month took {took:?}"));
    }
}

#[test]
fn a_ledger_of_many_cases_answers() {
    let cases = if is_whole() { 1_000_000 } else { 20_000 };
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let mut lines = String::from("cid_person_id,full_name,date_of_birth,status_ended_on,no_contact_since\n");
    (0..cases).for_each(|row| lines.push_str(&format!("C{row:07},Made Person,1984-07-19,2012-05-01,2015-01-01\n")));
    std::fs::write(path("cases.csv"), lines).unwrap();
    let (file, ledger, wash) = (path("cases.csv"), path("ledger"), path("wash"));
    run(&["ledger", "init", text(&ledger), "--department", "home_office", "--by", "clerk"], 0);
    let common = ["--ledger", text(&ledger), "--on", "2016-04-30", "--by", "clerk", "--quiet"];
    let commands: [&[&str]; 4] = [
        &["pool", "load", text(&file)],
        &["pool", "due"],
        &["pool", "extract", text(&file), "--most", "10000", "--out", text(&wash)],
        &["pool", "status"],
    ];
    for words in commands {
        let begun = Instant::now();
        run(&[words, &common].concat(), 0);
        let took = begun.elapsed();
        // Ten times what it takes, by case: a guard against work that grows with the square.
        assert!(took < Duration::from_secs(20) + Duration::from_micros(100 * cases), "{words:?}: {took:?}");
        if is_whole() {
            say(&format!("{cases} cases, {}: {took:?}", words[..2].join(" ")));
        }
    }
}
