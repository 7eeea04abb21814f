//! Each metric over a small ledger made by hand, and over tables of traces and returns.

use super::*;
use crate::exchange::FORMULA;
use crate::exchange::agreement::{Agreement, Amendment};
use crate::exchange::ledger::{Ledger, Opener};
use crate::exchange::metrics::definition::HANDED;
use crate::exchange::pool::{Case, Pool, ReturnRow, ReturnedAs, Verdict, Verification};
use crate::exchange::savings::savings_of;
use crate::frame::Table;
use crate::model::value::PartialDate;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

fn opened(folder: &Path, department: Department) -> Ledger {
    let opener = Opener { by: "clerk".into(), command: "test".into(), wait: Duration::ZERO };
    Ledger::create(&folder.join("ledger"), department, &opener).expect("a new ledger")
}

fn case(number: u32, pool: Pool) -> Case {
    Case {
        row: number,
        cid_person_id: format!("C{number:05}"),
        pool,
        status_ended_on: Some(if pool == Pool::Pre2008 { "2006-05-01" } else { "2012-05-01" }.into()),
        no_contact_since: Some("2015-01-01".into()),
        left: None,
    }
}

fn agreement() -> Agreement {
    Agreement { to: "2020-01-31".into(), reference: "MOU-X".into(), ..Agreement::default() }
}

/// What HMRC says of the case numbered so in the wash numbered so.
type Says = fn(u32, u32) -> (ReturnedAs, &'static [&'static str]);

/// Washes what is due and returns it; returns the references of matches.
fn washed(ledger: &mut Ledger, cases: &[Case], on: &str, says: Says) -> Vec<String> {
    let wash = ledger.wash(cases, on, None, &agreement()).expect("washed").expect("something is due");
    let mut matches = Vec::new();
    let rows: Vec<ReturnRow> = wash
        .rows
        .iter()
        .map(|row| {
            let (returned, measures) = says(row.row, row.number);
            if returned == ReturnedAs::Match {
                matches.push(row.dash_reference.clone());
            }
            ReturnRow {
                dash_reference: row.dash_reference.clone(),
                cid_person_id: format!("C{:05}", row.row),
                returned,
                measures: measures.iter().map(|measure| (*measure).to_owned()).collect::<BTreeSet<_>>(),
            }
        })
        .collect();
    ledger.take_return(&rows, on, false, &agreement()).expect("returned");
    matches
}

/// Of 100: 40 matches, 40 no hits, 12 unresolved, 5 not searchable, 3 refused. Of the matches of the first wash 25 are new
/// in hmrc alone, 10 new in both sets, 5 interaction only.
fn says(case: u32, number: u32) -> (ReturnedAs, &'static [&'static str]) {
    match (case % 100, number) {
        (0..25, _) => (ReturnedAs::Match, &["detail:new", "new:address", "set:hmrc", "set_only:hmrc"]),
        (25..35, _) => (ReturnedAs::Match, &["detail:new", "new:phone", "set:hmrc", "set:bank"]),
        (35..40, _) => (ReturnedAs::Match, &["detail:interaction_only"]),
        (40..80, _) => (ReturnedAs::NoHit, &[]),
        (80..92, _) => (ReturnedAs::Unresolved, &[]),
        (92..97, _) => (ReturnedAs::NotSearchable, &[]),
        _ => (ReturnedAs::Refused, &[]),
    }
}

/// 100 cases of the earlier pool, 200 of the later in two cohorts of 100, and a rewash of the first of them.
fn exchange(folder: &Path) -> (Ledger, Vec<String>) {
    let mut ledger = opened(folder, Department::HomeOffice);
    let mut cases: Vec<Case> = (0..100).map(|number| case(number, Pool::Pre2008)).collect();
    ledger.load_cases(&cases, "2016-02-10", &agreement()).expect("loaded");
    let mut matches = washed(&mut ledger, &cases, "2016-02-10", says);
    for (from, on) in [(100, "2016-04-10"), (200, "2016-05-10")] {
        cases.extend((from..from + 100).map(|number| case(number, Pool::Post2008)));
        ledger.load_cases(&cases, on, &agreement()).expect("loaded");
        matches.extend(washed(&mut ledger, &cases, on, says));
    }
    washed(&mut ledger, &cases, "2016-10-10", |case, _| match case % 100 {
        40..60 => (ReturnedAs::Match, &["detail:no_extract"]),
        _ => (ReturnedAs::NoHit, &[]),
    });
    (ledger, matches)
}

fn found<'a>(metrics: &'a [Metric], name: &str, by: &str, group: &str) -> Option<&'a Metric> {
    metrics.iter().find(|metric| (metric.definition.name, metric.by, metric.group.as_str()) == (name, by, group))
}

#[track_caller]
fn check(metrics: &[Metric], name: &str, by: &str, group: &str, want: (u64, u64)) {
    let metric = found(metrics, name, by, group).unwrap_or_else(|| panic!("no {name} by {by} {group}"));
    let got = (metric.numerator, metric.denominator);
    assert_eq!(got, (Cell::Count(want.0), Some(Cell::Count(want.1))), "{name} {by} {group}");
}

#[test]
fn hit_rates_stand_by_number_pool_and_cohort() {
    let folder = tempfile::tempdir().expect("folder");
    let (ledger, _) = exchange(folder.path());
    let all = of_ledger(&ledger, "2016-10-31", &agreement()).expect("metrics");
    // Three first washes of 100 with 92 searchable, and a rewash of the 60 of one cohort that were not matched.
    check(&all, "hit_rate_returned", "", "", (140, 360));
    check(&all, "hit_rate_searchable", "", "", (140, 336));
    check(&all, "not_searchable_rate", "", "", (15, 360));
    check(&all, "refused_rate", "", "", (9, 360));
    check(&all, "hit_rate_returned", "pool", "pre2008", (40, 100));
    // 8 of that pool were not searched: the searchable ones would give them away.
    let searchable = found(&all, "hit_rate_searchable", "pool", "pre2008").and_then(|metric| metric.denominator);
    assert_eq!(searchable, Some(Cell::Hidden));
    check(&all, "hit_rate_searchable", "wash_number", "0", (120, 276));
    check(&all, "hit_rate_returned", "wash_number", "6", (20, 60));
    check(&all, "new_information_rate", "", "", (105, 140));
    check(&all, "interaction_only_rate", "", "", (15, 140));
    check(&all, "no_extract_rate", "", "", (20, 140));
    check(&all, "new_address_rate", "", "", (75, 140));
    // 8 not searched in each of three cohorts: small, so hidden, and none can be worked out.
    let cell = |group: &str| found(&all, "not_searched_rate", "cohort", group).map(|metric| metric.numerator);
    assert_eq!(cell("post2008 2016-04"), Some(Cell::Hidden));
    assert_eq!(cell("post2008 2016-05"), Some(Cell::Hidden));
    assert!(found(&all, "hit_rate_searchable", "cohort", "post2008 2016-05").is_some());
    let small = all.iter().filter(|metric| !metric.by.is_empty() && metric.definition.theme < Theme::Custody);
    for metric in small {
        let count = metric.numerator.count().unwrap_or(0);
        assert!(!is_small(count), "{metric:?}");
    }
}

#[test]
fn data_sets_are_told_apart_with_their_overlap() {
    let folder = tempfile::tempdir().expect("folder");
    let (ledger, _) = exchange(folder.path());
    let all = of_ledger(&ledger, "2016-10-31", &agreement()).expect("metrics");
    check(&all, "set_share_of_hits", "data_set", "hmrc", (105, 140));
    check(&all, "set_share_of_hits", "data_set", "bank", (30, 140));
    check(&all, "set_hit_rate_searchable", "data_set", "bank", (30, 336));
    check(&all, "set_only_share_of_hits", "data_set", "hmrc", (75, 140));
    check(&all, "set_only_share_of_hits", "data_set", "bank", (0, 140));
    check(&all, "set_share_of_hits", "pool, data_set", "pre2008, bank", (10, 40));
}

#[test]
fn precision_is_of_verified_hits() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut ledger, matches) = exchange(folder.path());
    let verdict = |at: usize| match at {
        0..81 => Verdict::Correct,
        81..100 => Verdict::Wrong,
        _ => Verdict::Unsure,
    };
    let all: Vec<Verification> = matches[..110]
        .iter()
        .enumerate()
        .map(|(at, reference)| Verification {
            dash_reference: reference.clone(),
            verdict: verdict(at),
            on: "2016-06-01".into(),
        })
        .collect();
    ledger.verify_matches(&all, &agreement()).expect("verified");
    let all = of_ledger(&ledger, "2016-10-31", &agreement()).expect("metrics");
    check(&all, "precision", "", "", (81, 100));
    check(&all, "verified_share", "", "", (110, 140));
    check(&all, "unsure_share", "", "", (10, 110));
    let (low, high) = found(&all, "precision", "", "").and_then(Metric::interval).expect("an interval");
    assert!((low - 0.7222).abs() < 5e-4 && (high - 0.8748).abs() < 5e-4, "{low} {high}");
    assert_eq!(found(&all, "verified_share", "", "").and_then(Metric::interval), None);
}

#[test]
fn coverage_and_states_add_up() {
    let folder = tempfile::tempdir().expect("folder");
    let (ledger, _) = exchange(folder.path());
    let all = of_ledger(&ledger, "2016-10-31", &agreement()).expect("metrics");
    check(&all, "coverage", "", "", (300, 300));
    check(&all, "cases_by_state", "state", "traced", (140, 300));
    let states: u64 = all
        .iter()
        .filter(|metric| metric.definition.name == "cases_by_state" && metric.by == "state")
        .filter_map(|metric| metric.numerator.count())
        .sum();
    assert_eq!(states, 300);
    let count =
        |name: &str, by: &str, group: &str| found(&all, name, by, group).and_then(|metric| metric.numerator.count());
    assert_eq!(count("washes_due", "", ""), Some(0));
    assert_eq!(count("unfinished_at_end", "", ""), Some(0));
    let late = of_ledger(&ledger, "2016-11-30", &agreement()).expect("metrics");
    assert_eq!(found(&late, "washes_overdue", "", "").map(|metric| metric.numerator), Some(Cell::Count(60)));
    // The same ledger under an agreement that ends before the next washes.
    let short = Agreement { to: "2016-10-31".into(), ..agreement() };
    let ended = of_ledger(&ledger, "2016-10-31", &short).expect("metrics");
    let unfinished = found(&ended, "unfinished_at_end", "", "").map(|metric| metric.numerator);
    assert_eq!(unfinished, Some(Cell::Count(100)));
    assert_eq!(found(&ended, "agreement_days_left", "", "").and_then(Metric::value), Some(0.0));
}

#[test]
fn free_text_of_reasons_is_not_repeated() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut ledger, _) = exchange(folder.path());
    let left = |number: u32, reason: &str| Case {
        left: Some(("2016-10-20".into(), reason.into())),
        ..case(number, Pool::Post2008)
    };
    let mut cases: Vec<Case> = (140..155).map(|number| left(number, "Contact made by phone")).collect();
    cases.extend((160..172).map(|number| left(number, "duplicate of C00007")));
    cases.extend((180..192).map(|number| left(number, "Ana Li says so")));
    ledger.load_cases(&cases, "2016-10-20", &agreement()).expect("loaded");
    let all = of_ledger(&ledger, "2016-10-31", &agreement()).expect("metrics");
    let groups: Vec<(&str, Option<u64>)> = all
        .iter()
        .filter(|metric| metric.definition.name == "withdrawn" && !metric.by.is_empty())
        .map(|metric| (metric.group.as_str(), metric.numerator.count()))
        .collect();
    assert_eq!(groups, [("contact made", Some(15)), ("duplicate of another case", Some(12)), ("other", Some(12))]);
}

#[test]
fn nationality_is_reported_only_where_agreed() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut ledger, _) = exchange(folder.path());
    let sql = "UPDATE washed SET nationality = CASE case_id % 10 WHEN 0 THEN 'xxa' WHEN 1 THEN NULL ELSE 'xxb' END";
    ledger.change(|transaction| Ok((transaction.execute(sql, []), serde_json::json!({})))).expect("set").expect("set");
    let names = |agreement: &Agreement| -> BTreeSet<String> {
        let all = of_ledger(&ledger, "2016-10-31", agreement).expect("metrics");
        all.into_iter().filter(|metric| metric.by == "nationality").map(|metric| metric.group).collect()
    };
    assert!(names(&agreement()).is_empty());
    let agreed = Agreement { report_by_nationality: true, ..agreement() };
    assert_eq!(names(&agreed).into_iter().collect::<Vec<_>>(), ["XXA", "XXB", "not stated"]);
}

#[test]
fn incidents_and_runs_are_counted() {
    let folder = tempfile::tempdir().expect("folder");
    let mut ledger = opened(folder.path(), Department::Hmrc);
    for (kind, reported) in
        [("loss", Some("2016-05-02T10:00:00+01:00")), ("breach", Some("2016-05-03T10:00:00+01:00")), ("other", None)]
    {
        let incident = ledger.open_incident("2016-05-01T12:00:00+01:00", kind, 3).expect("incident");
        if let Some(at) = reported {
            ledger.report_incident(incident.id, at, "HMRC and DWP").expect("reported");
        }
    }
    let sql = "INSERT INTO run (name, command, run_on, agreement, head, sealed_to, folder, rows, closed_on, keep_until, destroyed_on) VALUES \
               ('a', 'trace', '2016-05-01', 'x', 'h', '', 'a', 9, NULL, NULL, NULL), \
               ('b', 'trace', '2016-05-01', 'x', 'h', '', 'b', 9, '2016-05-02', '2016-05-03', NULL), \
               ('c', 'trace', '2016-05-01', 'x', 'h', '', 'c', 9, '2016-05-02', '2016-05-03', '2016-05-03')";
    ledger.change(|transaction| Ok((transaction.execute(sql, []), serde_json::json!({})))).expect("set").expect("set");
    let amended = Agreement {
        amendments: vec![Amendment { reference: "L1".into(), on: "2016-05-01".into(), what: "emails".into() }],
        ..agreement()
    };
    let all = of_ledger(&ledger, "2016-06-01", &amended).expect("metrics");
    check(&all, "incidents_in_time", "", "", (1, 3));
    let count =
        |name: &str, by: &str, group: &str| found(&all, name, by, group).and_then(|metric| metric.numerator.count());
    assert_eq!((count("incidents_late", "", ""), count("incidents_open", "", "")), (Some(1), Some(1)));
    assert_eq!((count("runs", "", ""), count("runs", "state", "destroyed")), (Some(3), Some(1)));
    assert_eq!(count("runs", "state", "held beyond their day"), Some(1));
    assert_eq!(count("amendments", "", ""), Some(1));
    assert!(found(&all, "cases", "", "").is_none(), "the exchange is the Home Office's to report");
}

fn table(columns: &[(&str, Vec<String>)]) -> Table {
    let column = |values: &Vec<String>| {
        values.iter().map(|value| Some(value.as_str()).filter(|text| !text.is_empty())).collect()
    };
    Table::new(columns.iter().map(|(name, values)| ((*name).to_owned(), column(values))).collect())
}

/// So many of each.
fn repeated(of: &[(&str, usize)]) -> Vec<String> {
    of.iter().flat_map(|(word, count)| std::iter::repeat_n((*word).to_owned(), *count)).collect()
}

#[test]
fn a_trace_is_counted_by_tier_and_data_set() {
    let outcomes = table(&[
        (
            "outcome",
            repeated(&[("match", 60), ("review", 20), ("ambiguous", 15), ("no_hit", 100), ("not_searchable", 12)]),
        ),
        ("tier", repeated(&[("A", 30), ("C", 25), ("D", 5), ("", 147)])),
        ("data_sets", repeated(&[("hmrc", 35), ("bank;hmrc", 14), ("bank", 11), ("", 147)])),
    ]);
    let exceptions = table(&[
        ("row", (0..40).map(|row: u32| row.to_string()).collect()),
        ("field", repeated(&[("address_1", 12), ("postcode_2", 14), ("full_name", 2), ("nino", 12)])),
        ("reason", repeated(&[("over_five_addresses", 12), ("malformed", 14), ("placeholder", 2), ("AB123456C", 12)])),
    ]);
    let to_ho = table(&[
        ("dash_reference", repeated(&[("D1", 2), ("D2", 1), ("D3", 1)])),
        ("record_kind", repeated(&[("PAYE", 1), ("NPS", 1), ("SA", 1), ("", 1)])),
    ]);
    let manifest = serde_json::json!({
        "on": "2016-04-30",
        "counts": { "extract_rows": 207, "extract_rows_refused": 2, "extract_rows_searchable": 195 },
        "expected": { "matches": 60.0, "right": 59.4, "present": 80.0 },
        "returned": { "hmrc_to_dwp.csv": 2 },
        "intake": { "missing": { "nino": 150, "full_name": 3 }, "default_birth_date": 20, "placeholder_name": 1,
            "nino_given": 57, "nino_invalid": 11 },
        "register_faults": [{ "field": "postcode", "reason": "malformed", "rows": 40, "record_ids": ["R1"] }],
    });
    let all = traces(&Traced { manifest, outcomes, exceptions: Some(exceptions), to_ho: Some(to_ho), reviewed: None });
    check(&all, "trace_hit_rate_searchable", "", "", (60, 195));
    check(&all, "trace_hit_rate_rows", "", "", (60, 205));
    check(&all, "review_queue", "", "", (35, 195));
    check(&all, "trace_no_hit_rate", "", "", (100, 207));
    check(&all, "hits_by_tier", "tier", "A", (30, 60));
    let tier = |tier: &str| found(&all, "hits_by_tier", "tier", tier).map(|metric| metric.numerator);
    assert_eq!((tier("D"), tier("C")), (Some(Cell::Hidden), Some(Cell::Hidden)));
    check(&all, "held_hit_rate_searchable", "data_set", "bank", (25, 195));
    check(&all, "held_overlap", "data_sets", "bank and hmrc", (14, 60));
    check(&all, "work_record_rate", "", "", (2, 3));
    // One of three hits did not go on: the two would give it away.
    assert!(found(&all, "handed_to_dwp", "", "").is_some_and(Metric::is_hidden));
    check(&all, "missing", "identifier", "nino", (150, 205));
    assert_eq!(found(&all, "missing", "identifier", "full_name").map(|metric| metric.numerator), Some(Cell::Hidden));
    check(&all, "invalid_nino", "", "", (11, 57));
    let precision = found(&all, "precision_estimated", "", "").expect("an estimate");
    assert!(precision.definition.is_estimate && (precision.value().expect("a value") - 0.99).abs() < 1e-9);
    // Placeholder names are counted as such, and withheld: they are not among the exceptions again.
    assert_eq!(found(&all, "exceptions", "", "").map(|metric| metric.numerator), Some(Cell::Count(38)));
    assert!(found(&all, "placeholder_name", "", "").is_some_and(Metric::is_hidden));
    // What is no word of the program is not repeated.
    assert!(found(&all, "exceptions", "field, kind", "nino: other").is_some());
    assert!(found(&all, "exceptions", "field, kind", "postcode: malformed").is_some());
    assert!(found(&all, "register_faults", "field, kind", "postcode: malformed").is_some());
}

#[test]
fn what_dwp_returned_is_counted() {
    let returned = table(&[
        ("dash_reference", (0..100).map(|row: u32| format!("D{row}")).collect()),
        ("benefits", repeated(&[("JSA:contributory", 40), ("ESA:income_related;HB", 30), ("HB", 30)])),
        ("role", repeated(&[("customer", 60), ("partner", 25), ("both", 15)])),
        ("address_match", repeated(&[("HO2;HMRC1", 30), ("HO1", 20), ("none", 50)])),
        ("dwp_address", repeated(&[("", 50), ("1 Low St", 50)])),
        ("phone_match", repeated(&[("1=HO2;2=none", 20), ("1=none", 30), ("", 50)])),
        ("dwp_phone_1", repeated(&[("07700900123", 50), ("", 50)])),
        ("partner_full_name", repeated(&[("Ana Li", 12), ("", 88)])),
        ("deceased", repeated(&[("yes", 4), ("no", 96)])),
    ]);
    let counts =
        serde_json::json!({ "handed_over": 150, "returned": 100, "not_found": 20, "no_benefit": 27, "malformed": 3 });
    let manifest = Some(serde_json::json!({ "counts": counts }));
    let all = benefits(&Benefits { manifest, returned });
    check(&all, "benefit_in_payment", "", "", (100, 150));
    check(&all, "rows_not_returned", "reason", "no_benefit", (27, 150));
    let reason = |reason: &str| found(&all, "rows_not_returned", "reason", reason).map(|metric| metric.numerator);
    assert_eq!((reason("malformed"), reason("not_found")), (Some(Cell::Hidden), Some(Cell::Hidden)));
    assert_eq!(reason("returned"), None);
    check(&all, "benefits_by_code", "benefit", "HB", (60, 100));
    check(&all, "role", "role", "both", (15, 100));
    check(&all, "address_match", "", "", (50, 100));
    check(&all, "address_match_of", "department", "hmrc", (30, 100));
    check(&all, "address_supplied", "", "", (50, 100));
    check(&all, "phone_match", "", "", (20, 100));
    check(&all, "partner", "", "", (12, 100));
    assert_eq!(found(&all, "deceased", "", "").map(|metric| metric.numerator), Some(Cell::Hidden));
}

#[test]
fn what_hmrc_withholds_dwp_does_not_tell() {
    let counts = serde_json::json!({ "handed_over": 150, "returned": 100, "not_found": 20, "no_benefit": 30 });
    let returned = table(&[
        ("dash_reference", (0..100).map(|row: u32| format!("D{row}")).collect()),
        ("benefits", repeated(&[("JSA:contributory", 100)])),
    ]);
    let dwp =
        || benefits(&Benefits { manifest: Some(serde_json::json!({ "counts": counts })), returned: returned.clone() });
    let handed = |handed: Cell| vec![Metric::share(HANDED, handed, Cell::Count(155))];
    let report = |first: Vec<Metric>, second: Vec<Metric>| {
        let mut all = Metrics::new("2016-06-30", &agreement());
        all.add("one", first);
        all.add("other", second);
        all.metrics
    };
    let told = report(handed(Cell::Count(150)), dwp());
    check(&told, "benefit_in_payment", "", "", (100, 150));
    for withheld in [report(handed(Cell::Hidden), dwp()), report(dwp(), handed(Cell::Hidden))] {
        for metric in &withheld {
            // Neither the count nor a whole that it is, nor parts that add up to it.
            for cell in [Some(metric.numerator), metric.denominator].into_iter().flatten() {
                assert!(![Cell::Count(150), Cell::Count(20), Cell::Count(30)].contains(&cell), "{metric:?}");
            }
        }
        assert!(found(&withheld, "rows_handed_over", "", "").is_some_and(Metric::is_hidden));
        assert_eq!(
            found(&withheld, "rows_returned", "", "").map(|metric| metric.numerator),
            found(&told, "rows_returned", "", "").map(|metric| metric.numerator)
        );
    }
}

#[test]
fn what_hmrc_handed_over_at_least_dwp_got_at_least() {
    let counts = serde_json::json!({ "handed_over": 809, "returned": 780, "not_found": 29 });
    let returned = table(&[
        ("dash_reference", (0..780).map(|row: u32| format!("D{row}")).collect()),
        ("benefits", repeated(&[("JSA:contributory", 780)])),
    ]);
    let dwp =
        || benefits(&Benefits { manifest: Some(serde_json::json!({ "counts": counts })), returned: returned.clone() });
    let handed = |least: u64| Metric::share(HANDED, Cell::AtLeast(least), Cell::Count(814));
    let report = |handed: Vec<Metric>| {
        let mut all = Metrics::new("2016-06-30", &agreement());
        all.add("one", handed);
        all.add("other", dwp());
        let told = |name| found(&all.metrics, name, "", "").map(|metric| (metric.numerator, metric.denominator));
        [told("rows_handed_over"), told("benefit_in_payment")]
    };
    let least = Cell::AtLeast(805);
    let want = [Some((least, None)), Some((Cell::Count(780), Some(least)))];
    assert_eq!(report(vec![handed(805)]), want);
    // A return of other rows, or of one of two traces: nothing may be told of it.
    for handed in [vec![handed(700)], vec![handed(805), handed(805)]] {
        assert_eq!(report(handed), [Some((Cell::Hidden, None)), Some((Cell::Count(780), Some(Cell::Hidden)))]);
    }
}

#[test]
fn what_the_ledger_counted_of_dwps_returns_is_reported() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut ledger, _) = exchange(folder.path());
    let measures =
        [("in_payment", 60), ("role:customer", 45), ("role:partner", 15), ("address:match", 30), ("deceased", 2)];
    ledger
        .change(|transaction| {
            for (measure, rows) in measures {
                let sql = "INSERT INTO tally (wash, number, pool, cohort, measure, rows) VALUES (1, 0, 'pre2008', '2016-02', ?1, ?2)";
                transaction.execute(sql, rusqlite::params![format!("dwp:{measure}"), rows]).expect("counted");
            }
            Ok(((), serde_json::json!({})))
        })
        .expect("counted");
    let all = of_ledger(&ledger, "2016-10-31", &agreement()).expect("metrics");
    check(&all, "hits_with_benefit_in_payment", "", "", (60, 140));
    check(&all, "role", "role", "partner", (15, 60));
    check(&all, "address_match", "", "", (30, 60));
    assert_eq!(found(&all, "deceased", "", "").map(|metric| metric.numerator), Some(Cell::Hidden));
}

#[test]
fn savings_are_sums_with_the_weeks_named() {
    let people = |from: usize, count: usize| (from..from + count).map(|row| format!("D{row}")).collect::<Vec<_>>();
    let metrics = |counts: [usize; 3]| {
        let total = counts.iter().sum();
        let feed = table(&[
            ("dash_reference", people(0, total)),
            ("benefit", repeated(&[("JSA", counts[0]), ("PC", counts[1]), ("CA", counts[2] - 1), ("not a code 7", 1)])),
            ("stopped_on", repeated(&[("2017-01-01", 1), ("2016-05-01", total - 1)])),
            ("weekly_amount", repeated(&[("73.10", total)])),
        ]);
        let numbers: Vec<u64> = (1..=total as u64).collect();
        let on = PartialDate::new(2016, 12, 31).expect("a date");
        stopped_awards(&savings_of(&feed, &numbers, Vec::new(), on, 26))
    };
    let all = metrics([21, 15, 13]);
    let value = |name: &str, by: &str, group: &str| found(&all, name, by, group).and_then(Metric::value);
    assert_eq!(value("people_stopped", "", ""), Some(47.0));
    assert_eq!(value("weekly_amount", "benefit", "JSA"), Some(1462.0));
    assert!((value("savings", "benefit", "JSA").expect("a sum") - 1462.0 * 26.0).abs() < 1e-6);
    // One was stopped after the day, one is of a benefit that is not known: neither is counted, as in DWP's own file.
    assert_eq!(value("stopped_rows_not_counted", "", ""), Some(2.0));
    assert_eq!(value("awards_stopped", "benefit", "CA"), Some(12.0));
    // Of few people not even the whole is shown, and one small benefit is counted together with another.
    let few = metrics([4, 2, 2]);
    assert!(few.iter().filter(|metric| metric.definition.name != "stopped_rows_not_counted").all(Metric::is_hidden));
    let some = metrics([21, 15, 6]);
    for alone in ["PC", "CA"] {
        assert!(found(&some, "savings", "benefit", alone).is_none(), "{alone}");
    }
    assert!(found(&some, "savings", "benefit", "other").is_some_and(|metric| !metric.is_hidden()));
    assert!(found(&some, "savings", "benefit", "JSA").is_some_and(|metric| !metric.is_hidden()));
    assert!(FORMULA.contains("x weeks"));
}
