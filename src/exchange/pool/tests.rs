//! The schedule: one case through its states, and the whole exchange over 48 months.

use super::*;
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::ledger::{Ledger, Opener};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

fn ledger(folder: &Path) -> Ledger {
    let opener = Opener { by: "clerk".into(), command: "test".into(), wait: Duration::ZERO };
    Ledger::create(&folder.join("ledger"), Department::HomeOffice, &opener).expect("a new ledger")
}

fn case(number: u32, pool: Pool, since: &str) -> Case {
    let ended = if pool == Pool::Pre2008 { "2006-05-01" } else { "2012-05-01" };
    Case {
        row: number,
        cid_person_id: format!("C{number:07}"),
        pool,
        status_ended_on: Some(ended.into()),
        no_contact_since: Some(since.into()),
        left: None,
    }
}

/// Washes what is due and returns it with what `answer` says of each reference and id.
fn wash_and_return(
    ledger: &mut Ledger,
    cases: &[Case],
    on: &str,
    agreement: &Agreement,
    answer: impl Fn(&str, u32) -> ReturnedAs,
) -> Option<Wash> {
    let wash = ledger.wash(cases, on, None, agreement).expect("washed")?;
    let by_row: BTreeMap<u32, &Case> = cases.iter().map(|case| (case.row, case)).collect();
    let rows: Vec<ReturnRow> = wash
        .rows
        .iter()
        .map(|row| {
            let id = by_row[&row.row].cid_person_id.clone();
            ReturnRow {
                dash_reference: row.dash_reference.clone(),
                returned: answer(&id, row.number),
                cid_person_id: id,
                measures: BTreeSet::new(),
            }
        })
        .collect();
    ledger.take_return(&rows, on, false, agreement).expect("returned");
    Some(wash)
}

fn state(ledger: &Ledger, id: &str) -> String {
    let sql = "SELECT state || ' ' || ifnull(next_due_on, '-') FROM pool_case WHERE cid_person_id = ?1 \
               ORDER BY spell DESC LIMIT 1";
    ledger.db().query_row(sql, [id], |row| row.get(0)).expect("a case")
}

fn long() -> Agreement {
    Agreement { to: "2020-01-31".into(), ..Agreement::default() }
}

#[test]
fn only_no_hits_age_towards_a_decision() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let cases: Vec<Case> = (1..=4).map(|number| case(number, Pool::Post2008, "2015-01-01")).collect();
    ledger.load_cases(&cases, "2016-08-31", &agreement).expect("loaded");
    let answer = |id: &str, number: u32| match (id, number) {
        ("C0000002", 6) => ReturnedAs::Match,
        ("C0000003", 12) => ReturnedAs::Unresolved,
        ("C0000004", 24) => ReturnedAs::NotSearchable,
        _ => ReturnedAs::NoHit,
    };
    // Month ends are clamped, and each counts from the first wash.
    for (on, rows) in [("2016-08-31", 4), ("2017-02-28", 4), ("2017-08-31", 3), ("2018-02-28", 3), ("2018-08-31", 3)] {
        let early = jiff::civil::Date::strptime("%Y-%m-%d", on).expect("date").yesterday().expect("day").to_string();
        if on != "2016-08-31" {
            assert!(ledger.due(&early, None, &agreement).expect("due").cases.is_empty(), "{early}");
        }
        let wash = wash_and_return(&mut ledger, &cases, on, &agreement, answer).expect("a wash");
        assert_eq!(wash.rows.len(), rows, "{on}");
    }
    let states: Vec<String> = (1..=4).map(|number| state(&ledger, &format!("C{number:07}"))).collect();
    assert_eq!(states, ["decision -", "traced -", "unresolved -", "unresolved -"]);
    assert!(ledger.due("2030-01-01", None, &agreement).expect("due").cases.is_empty());
}

#[test]
fn late_washes_do_not_shift_later_ones() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let cases = [case(1, Pool::Post2008, "2015-01-01")];
    ledger.load_cases(&cases, "2016-04-10", &agreement).expect("loaded");
    wash_and_return(&mut ledger, &cases, "2016-04-10", &agreement, |_, _| ReturnedAs::NoHit);
    wash_and_return(&mut ledger, &cases, "2016-12-24", &agreement, |_, _| ReturnedAs::NoHit);
    assert_eq!(state(&ledger, "C0000001"), "open 2017-04-10");
}

#[test]
fn six_calendar_months_without_contact_come_first() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let mut unknown = case(2, Pool::Post2008, "2016-01-01");
    unknown.no_contact_since = None;
    let cases = [case(1, Pool::Post2008, "2015-12-31"), unknown];
    let loading = ledger.load_cases(&cases, "2016-06-01", &agreement).expect("loaded");
    assert_eq!((loading.new, loading.contact_unknown), (2, 1));
    assert!(ledger.due("2016-06-29", None, &agreement).expect("due").cases.is_empty());
    assert_eq!(ledger.due("2016-06-30", None, &agreement).expect("due").cases.len(), 1);
    let coverage = ledger.coverage("2016-06-01").expect("coverage");
    assert_eq!((coverage.not_yet, coverage.contact_unknown), (1, 1));
    assert!(coverage.adds_up());
}

#[test]
fn the_one_off_set_is_washed_once_unless_agreed() {
    for (rewash, want) in [(false, "washed_once -"), (true, "open 2016-08-15")] {
        let folder = tempfile::tempdir().expect("folder");
        let mut ledger = ledger(folder.path());
        let agreement = Agreement { rewash_one_off: rewash, ..long() };
        let cases = [case(1, Pool::Pre2008, "2010-01-01"), case(2, Pool::Post2008, "2010-01-01")];
        ledger.load_cases(&cases, "2016-02-15", &agreement).expect("loaded");
        // The monthly exchange has not begun in February.
        let wash = wash_and_return(&mut ledger, &cases, "2016-02-15", &agreement, |_, _| ReturnedAs::NoHit);
        assert_eq!(wash.expect("a wash").rows.len(), 1);
        assert_eq!(state(&ledger, "C0000001"), want);
    }
}

#[test]
fn a_case_that_left_is_withdrawn_and_begins_anew_when_it_is_back() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let here = case(1, Pool::Post2008, "2015-01-01");
    let left = Case { left: Some(("2016-05-01".into(), "contact made".into())), ..here.clone() };
    ledger.load_cases(std::slice::from_ref(&here), "2016-04-10", &agreement).expect("loaded");
    let wash = ledger.wash(std::slice::from_ref(&here), "2016-04-10", None, &agreement).expect("washed").expect("due");
    let loading = ledger.load_cases(&[left], "2016-05-10", &agreement).expect("loaded");
    assert_eq!(loading.withdrawn, 1);
    // An answer that comes after it left is recorded and changes nothing.
    let row = ReturnRow {
        dash_reference: wash.rows[0].dash_reference.clone(),
        cid_person_id: here.cid_person_id.clone(),
        returned: ReturnedAs::NoHit,
        measures: BTreeSet::new(),
    };
    let returns = ledger.take_return(&[row], "2016-05-11", false, &agreement).expect("returned");
    assert_eq!(returns.withdrawn, 1);
    assert_eq!(state(&ledger, "C0000001"), "withdrawn -");
    let back = Case { no_contact_since: Some("2016-07-01".into()), ..here };
    assert_eq!(ledger.load_cases(&[back], "2016-08-01", &agreement).expect("loaded").back, 1);
    assert_eq!(state(&ledger, "C0000001"), "waiting 2017-01-01");
}

#[test]
fn a_return_is_taken_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let cases: Vec<Case> = (1..=3).map(|number| case(number, Pool::Post2008, "2015-01-01")).collect();
    ledger.load_cases(&cases, "2016-04-10", &agreement).expect("loaded");
    let wash = ledger.wash(&cases, "2016-04-10", None, &agreement).expect("washed").expect("due");
    let row = |index: usize| ReturnRow {
        dash_reference: wash.rows[index].dash_reference.clone(),
        cid_person_id: cases[index].cid_person_id.clone(),
        returned: ReturnedAs::Unresolved,
        measures: BTreeSet::new(),
    };
    let stranger = ReturnRow { dash_reference: "W0009-000001".into(), ..row(0) };
    let swapped = ReturnRow { cid_person_id: "C0000009".into(), ..row(1) };
    for wrong in [
        vec![row(0), row(1)],
        vec![row(0), row(1), row(2), row(2)],
        vec![row(0), row(1), row(2), stranger],
        vec![row(0), swapped, row(2)],
    ] {
        assert!(ledger.take_return(&wrong, "2016-05-01", false, &agreement).is_err());
        assert_eq!(ledger.status("2016-05-01").expect("status").awaited, [("W0001".to_owned(), 3)]);
    }
    let whole = [row(0), row(1), row(2)];
    ledger.take_return(&whole, "2016-05-01", false, &agreement).expect("returned");
    assert!(ledger.take_return(&whole, "2016-05-02", false, &agreement).is_err());
    // A supplement changes what was unresolved, and nothing else.
    let found = ReturnRow { returned: ReturnedAs::Match, ..row(1) };
    ledger.take_return(std::slice::from_ref(&found), "2016-05-03", true, &agreement).expect("supplement");
    assert!(ledger.take_return(&[found], "2016-05-04", true, &agreement).is_err());
    assert_eq!(state(&ledger, "C0000002"), "traced -");
    let sql = "SELECT group_concat(measure || rows, ' ') FROM (SELECT measure, rows FROM tally ORDER BY measure)";
    let tally: String = ledger.db().query_row(sql, [], |row| row.get(0)).expect("tally");
    assert_eq!(tally, "match1 unresolved2");
}

#[test]
fn a_wrong_match_located_nobody() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let cases = [case(1, Pool::Post2008, "2015-01-01")];
    ledger.load_cases(&cases, "2016-04-10", &agreement).expect("loaded");
    let wash = wash_and_return(&mut ledger, &cases, "2016-04-10", &agreement, |_, _| ReturnedAs::Match).expect("due");
    let verification = Verification {
        dash_reference: wash.rows[0].dash_reference.clone(),
        verdict: Verdict::Wrong,
        on: "2016-06-01".into(),
    };
    ledger.verify_matches(std::slice::from_ref(&verification), &agreement).expect("verified");
    assert_eq!(state(&ledger, "C0000001"), "open 2016-10-10");
    let unknown = Verification { dash_reference: "W0001-000009".into(), ..verification };
    assert!(ledger.verify_matches(&[unknown], &agreement).is_err());
}

#[test]
fn a_cancelled_wash_leaves_its_cases_due() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let cases = [case(1, Pool::Post2008, "2015-01-01"), case(2, Pool::Post2008, "2015-01-01")];
    ledger.load_cases(&cases, "2016-04-10", &agreement).expect("loaded");
    ledger.wash(&cases, "2016-04-10", None, &agreement).expect("washed").expect("due");
    assert_eq!(ledger.cancel_wash("W0001", "2016-04-12", "rejected by HMRC", &agreement).expect("cancelled"), 2);
    assert_eq!(state(&ledger, "C0000001"), "waiting 2016-04-10");
    wash_and_return(&mut ledger, &cases, "2016-04-20", &agreement, |_, _| ReturnedAs::NoHit).expect("a wash");
    assert_eq!(state(&ledger, "C0000001"), "open 2016-10-20");
    assert!(ledger.cancel_wash("W0002", "2016-04-21", "too late", &agreement).is_err());
    let wash = ledger.wash(&cases, "2016-10-20", None, &agreement).expect("washed").expect("due");
    ledger.cancel_wash(&wash.name, "2016-10-21", "lost", &agreement).expect("cancelled");
    assert_eq!(state(&ledger, "C0000001"), "open 2016-10-20");
}

#[test]
fn what_is_over_the_most_stays_due() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = Agreement { workbook_rows_max: 2, ..long() };
    let cases: Vec<Case> = (1..=5).map(|number| case(number, Pool::Post2008, "2015-01-01")).collect();
    ledger.load_cases(&cases, "2016-04-10", &agreement).expect("loaded");
    let wash = ledger.wash(&cases[..4], "2016-04-10", Some(4), &agreement).expect("washed").expect("due");
    assert_eq!((wash.rows.len(), wash.left, wash.missing.len()), (4, 1, 0));
    assert_eq!(wash.rows.iter().map(|row| row.part).collect::<Vec<_>>(), [1, 1, 2, 2]);
    let rest = ledger.due("2016-04-10", None, &agreement).expect("due");
    assert_eq!(rest.cases.len(), 1);
    let none = ledger.wash(&cases[..4], "2016-04-11", None, &agreement).expect("washed");
    assert!(none.is_none(), "the case that is due is not in the file");
}

/// A number between 0 and 999 that belongs to a case and a wash.
fn chance(id: &str, number: u32) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(id.as_bytes(), u64::from(number) + 7) % 1000
}

/// HMRC as it might answer: 25 in 100 traced over the washes, some not certain.
fn hmrc(id: &str, number: u32) -> ReturnedAs {
    match chance(id, number) {
        0..60 => ReturnedAs::Match,
        60..75 => ReturnedAs::Unresolved,
        75..80 => ReturnedAs::NotSearchable,
        _ => ReturnedAs::NoHit,
    }
}

/// Months of the pretend calendar, from February 2016.
fn months(count: i64) -> impl Iterator<Item = String> {
    use jiff::ToSpan;
    (0..count).map(|month| jiff::civil::date(2016, 2, 29).checked_add(month.months()).expect("a date").to_string())
}

struct Exchange {
    ledger: Ledger,
    cases: Vec<Case>,
    /// Numbers of the washes of each case.
    washed: BTreeMap<String, Vec<u32>>,
    refused_after_end: u64,
}

impl Exchange {
    /// One month: a fresh file, what left the pool, what is due, its return.
    fn month(&mut self, month: usize, on: &str, agreement: &Agreement, cohort: u32, cohorts: usize) {
        let new = match month {
            0 => (Pool::Pre2008, 2 * cohort),
            month if month >= 2 && month < 2 + cohorts => (Pool::Post2008, cohort),
            _ => (Pool::Post2008, 0),
        };
        let first = self.cases.len() as u32;
        self.cases.extend((first..first + new.1).map(|number| case(number, new.0, "2015-01-01")));
        for case in &mut self.cases {
            if case.left.is_none() && chance(&case.cid_person_id, 1000 + month as u32) < 2 {
                case.left = Some((on.to_owned(), "departed".into()));
            }
        }
        if agreement.check_in_force(on).is_err() {
            self.refused_after_end += 1;
            return;
        }
        self.ledger.load_cases(&self.cases, on, agreement).expect("loaded");
        if let Some(wash) = wash_and_return(&mut self.ledger, &self.cases, on, agreement, hmrc) {
            for row in &wash.rows {
                let id = &self.cases[row.row as usize].cid_person_id;
                self.washed.entry(id.clone()).or_default().push(row.number);
            }
        }
        let status = self.ledger.status(on).expect("status");
        assert_eq!(status.cases, self.cases.len() as u64, "{on}");
        assert_eq!(status.by_state.iter().map(|(_, _, count)| count).sum::<u64>(), status.cases, "{on}");
        assert_eq!((status.overdue, status.awaited.len()), (0, 0), "{on}");
        let coverage = self.ledger.coverage(on).expect("coverage");
        assert!(coverage.adds_up() && coverage.due == 0 && coverage.not_yet == 0, "{on} {coverage:?}");
    }
}

fn run(cohort: u32, renewed: bool) -> Exchange {
    let folder = tempfile::tempdir().expect("folder");
    let ledger = ledger(folder.path());
    let mut exchange = Exchange { ledger, cases: Vec::new(), washed: BTreeMap::new(), refused_after_end: 0 };
    let first = Agreement { to: "2018-02-28".into(), ..Agreement::default() };
    let renewal = Agreement { from: "2018-03-01".into(), to: "2020-12-31".into(), ..Agreement::default() };
    for (month, on) in months(52).enumerate() {
        let agreement = if renewed && month >= 25 { &renewal } else { &first };
        exchange.month(month, &on, agreement, cohort, 24);
    }
    exchange
}

/// Washes of a case: 0, 6, 12 and so on without a gap or a repeat.
fn assert_in_step(exchange: &Exchange) {
    for (id, numbers) in &exchange.washed {
        let want: Vec<u32> = (0..numbers.len() as u32).map(|index| 6 * index).collect();
        assert_eq!(*numbers, want, "{id}");
    }
}

#[test]
fn the_exchange_runs_for_48_months() {
    let exchange = run(10_000, true);
    assert_in_step(&exchange);
    let last = "2020-05-29";
    let status = exchange.ledger.status(last).expect("status");
    let count = |wanted: State| -> u64 {
        status.by_state.iter().filter(|(_, state, _)| *state == wanted).map(|(_, _, count)| count).sum()
    };
    assert_eq!(count(State::Waiting) + count(State::Sent) + count(State::Open), 0, "all have come to an end");
    assert!(count(State::Decision) > 100_000 && count(State::Traced) > 40_000 && count(State::Unresolved) > 5_000);
    // Those that are due for a decision came back as no hit five times, and nobody else did.
    let five_no_hits: BTreeSet<String> = exchange
        .washed
        .iter()
        .filter(|(id, numbers)| {
            numbers.len() == 5 && numbers.iter().all(|number| hmrc(id, *number) == ReturnedAs::NoHit)
        })
        .map(|(id, _)| id.clone())
        .collect();
    let decisions: BTreeSet<String> = exchange.ledger.cases_in(State::Decision).expect("cases").into_iter().collect();
    assert!(decisions.is_subset(&five_no_hits));
    let left = five_no_hits.difference(&decisions).count();
    let withdrawn: BTreeSet<String> = exchange.ledger.cases_in(State::Withdrawn).expect("cases").into_iter().collect();
    assert!(five_no_hits.difference(&decisions).all(|id| withdrawn.contains(id)), "{left}");
    assert!(exchange.ledger.verify(&[]).expect("chain").faults.is_empty());
    let pre: Vec<u64> = status
        .by_state
        .iter()
        .filter(|row| row.0 == Pool::Pre2008 && row.1 == State::WashedOnce)
        .map(|row| row.2)
        .collect();
    assert!(pre[0] > 10_000);
}

#[test]
fn without_a_renewal_what_is_unfinished_is_listed_and_not_run() {
    let exchange = run(300, false);
    assert_in_step(&exchange);
    assert_eq!(exchange.refused_after_end, 27);
    let agreement = Agreement { to: "2018-02-28".into(), ..Agreement::default() };
    let unfinished: u64 = exchange.ledger.unfinished(&agreement).expect("list").iter().map(|row| row.cases).sum();
    let status = exchange.ledger.status("2018-02-28").expect("status");
    let open: u64 = status.by_state.iter().filter(|row| row.1 == State::Open).map(|row| row.2).sum();
    assert!(unfinished > 4_000);
    assert_eq!(unfinished, open);
}

#[test]
fn a_case_reviewed_as_nobody_is_one_of_no_hits() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = ledger(folder.path());
    let agreement = long();
    let cases: Vec<Case> = (1..=4).map(|number| case(number, Pool::Post2008, "2015-01-01")).collect();
    ledger.load_cases(&cases, "2016-08-31", &agreement).expect("loaded");
    // Unresolved once each: at the first wash, and at the last; the third is found later, the fourth stays unresolved.
    let answer = |id: &str, number: u32| match (id, number) {
        ("C0000001" | "C0000003" | "C0000004", 0) | ("C0000002", 24) => ReturnedAs::Unresolved,
        ("C0000003", 6) => ReturnedAs::Match,
        _ => ReturnedAs::NoHit,
    };
    let reviewed = |ledger: &mut Ledger, reference: &str, id: &str, on: &str| {
        let row = ReturnRow {
            dash_reference: reference.into(),
            cid_person_id: id.into(),
            returned: ReturnedAs::NoHit,
            measures: BTreeSet::new(),
        };
        ledger.take_return(&[row], on, true, &agreement).expect("a supplement").decisions
    };
    for on in ["2016-08-31", "2017-02-28"] {
        wash_and_return(&mut ledger, &cases, on, &agreement, answer).expect("a wash");
    }
    let wash = ledger.wash(&cases, "2017-08-31", None, &agreement).expect("washed").expect("a wash");
    // While the next wash is at HMRC: it stays there.
    assert_eq!(reviewed(&mut ledger, "W0001-000001", "C0000001", "2017-09-01"), 0);
    assert_eq!(reviewed(&mut ledger, "W0001-000003", "C0000003", "2017-09-01"), 0);
    assert_eq!(state(&ledger, "C0000001"), "sent 2018-02-28");
    assert_eq!(state(&ledger, "C0000003"), "traced -");
    let rows = wash.rows.iter().map(|row| ReturnRow {
        dash_reference: row.dash_reference.clone(),
        cid_person_id: format!("C{:07}", row.row),
        returned: ReturnedAs::NoHit,
        measures: BTreeSet::new(),
    });
    ledger.take_return(&rows.collect::<Vec<_>>(), "2017-09-30", false, &agreement).expect("returned");
    for on in ["2018-02-28", "2018-08-31"] {
        wash_and_return(&mut ledger, &cases, on, &agreement, answer).expect("a wash");
    }
    let states = |ledger: &Ledger| [1, 2, 4].map(|number| state(ledger, &format!("C{number:07}")));
    assert_eq!(states(&ledger), ["decision -", "unresolved -", "unresolved -"]);
    assert_eq!(reviewed(&mut ledger, "W0005-000002", "C0000002", "2018-09-30"), 1);
    assert_eq!(states(&ledger), ["decision -", "decision -", "unresolved -"]);
}
