//! Management information over the built program: from a ledger, a trace, a return of DWP and stopped awards.

use crate::support::{csv, files, folder, made, run, stderr, text};
use rewash::exchange::agreement::{Agreement, Department};
use rewash::exchange::ledger::{Ledger, Opener};
use rewash::exchange::pool::{Case, Pool, ReturnRow, ReturnedAs, Verdict, Verification};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// A ledger of two pools: 200 cases of the earlier, 300 of the later in two cohorts, washed once and partly verified.
pub(crate) fn ledger(path: &Path) {
    let opener = Opener { by: "clerk".into(), command: "test".into(), wait: Duration::ZERO };
    let agreement = Agreement::default();
    let mut ledger = Ledger::create(path, Department::HomeOffice, &opener).unwrap();
    let case = |number: u32| Case {
        row: number,
        cid_person_id: format!("SECRET{number:05}"),
        pool: if number < 200 { Pool::Pre2008 } else { Pool::Post2008 },
        status_ended_on: None,
        no_contact_since: Some("2015-01-01".into()),
        left: (number % 50 == 49).then(|| ("2016-04-01".into(), "Ana Li phoned".into())),
    };
    for (cases, on) in [(0..200, "2016-02-10"), (200..350, "2016-04-10"), (350..500, "2016-05-10")] {
        let cases: Vec<Case> = cases.map(case).collect();
        ledger.load_cases(&cases, on, &agreement).unwrap();
        let wash = ledger.wash(&cases, on, None, &agreement).unwrap().unwrap();
        let rows: Vec<ReturnRow> = wash.rows.iter().map(returned).collect();
        ledger.take_return(&rows, on, false, &agreement).unwrap();
        let verified =
            rows.iter().filter(|row| row.returned == ReturnedAs::Match).enumerate().map(|(at, row)| Verification {
                dash_reference: row.dash_reference.clone(),
                verdict: if at % 10 == 0 { Verdict::Wrong } else { Verdict::Correct },
                on: on.into(),
            });
        let verified: Vec<Verification> = verified.collect();
        ledger.verify_matches(&verified, &agreement).unwrap();
    }
    ledger.open_incident("2016-05-01T09:00:00+01:00", "loss", 4).unwrap();
}

fn returned(row: &rewash::exchange::pool::WashRow) -> ReturnRow {
    let (as_what, measures): (ReturnedAs, &[&str]) = match row.row % 10 {
        0..3 => (ReturnedAs::Match, &["detail:new", "new:address", "set:hmrc", "set_only:hmrc"]),
        3 => (ReturnedAs::Match, &["detail:interaction_only"]),
        4..8 => (ReturnedAs::NoHit, &[]),
        8 if row.row % 100 == 8 => (ReturnedAs::Refused, &[]),
        8 => (ReturnedAs::NotSearchable, &[]),
        _ => (ReturnedAs::Unresolved, &[]),
    };
    ReturnRow {
        dash_reference: row.dash_reference.clone(),
        cid_person_id: format!("SECRET{:05}", row.row),
        returned: as_what,
        measures: measures.iter().map(|measure| (*measure).to_owned()).collect(),
    }
}

/// Rows of `metrics.csv` by column.
fn metrics(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let rows = csv(&folder.join("metrics.csv"));
    rows[1..].iter().map(|row| rows[0].iter().cloned().zip(row.iter().cloned()).collect()).collect()
}

fn numbers(rows: &[BTreeMap<String, String>], metric: &str, by: &str, group: &str) -> Option<[String; 3]> {
    let row = rows.iter().find(|row| row["metric"] == metric && row["by"] == by && row["group"] == group)?;
    Some(["numerator", "denominator", "value"].map(|column| row[column].clone()))
}

#[test]
fn metrics_of_a_ledger_are_the_same_bytes_and_nothing_small_is_shown() {
    let folder = folder();
    let path = folder.path().join("ledger");
    ledger(&path);
    let report = |out: &str| {
        let out = folder.path().join(out);
        let said = run(&["report", "--ledger", text(&path), "--on", "2016-06-30", "--out", text(&out)], 0);
        (files(&out), stderr(&said), out)
    };
    let (first, said, out) = report("a");
    assert!(first == report("b").0, "the same ledger and day give the same bytes");
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["metrics.csv", "metrics.json", "metrics.xlsx"]);
    let rows = metrics(&out);
    // 490 cases stayed in the pool; of each ten washed, 4 match, 4 do not, and of the rest one is unresolved.
    let [hits, searchable, rate] = numbers(&rows, "hit_rate_searchable", "", "").unwrap();
    let [_, all, _] = numbers(&rows, "hit_rate_returned", "", "").unwrap();
    assert_eq!((hits.as_str(), all.as_str()), ("200", "490"));
    assert_eq!(searchable, "440");
    assert_eq!(rate, "0.454545");
    assert!(numbers(&rows, "hit_rate_searchable", "pool", "pre2008").is_some());
    assert!(numbers(&rows, "hit_rate_searchable", "cohort", "post2008 2016-05").is_some());
    for row in &rows {
        let is_people = row["theme"] != "custody" && !row["by"].is_empty();
        let numerator: u64 = row["numerator"].parse().unwrap_or(0);
        assert!(!(is_people && (1..10).contains(&numerator)), "{row:?}");
        assert!(row["unit"] != "share" || (!row["numerator_is"].is_empty() && !row["denominator_is"].is_empty()));
        assert_eq!(
            row["withheld"] == "yes",
            row["numerator"].is_empty() || (row["unit"] == "share" && row["denominator"].is_empty()),
            "{row:?}"
        );
    }
    let precision = rows.iter().find(|row| row["metric"] == "precision" && row["by"].is_empty()).unwrap();
    assert_eq!((precision["numerator"].as_str(), precision["denominator"].as_str()), ("180", "200"));
    let low: f64 = precision["interval_low"].parse().unwrap();
    assert!((0.84..0.86).contains(&low), "{low}");
    for (name, bytes) in &first {
        let held = String::from_utf8_lossy(bytes);
        for secret in ["SECRET", "W0001-", "Ana Li"] {
            assert!(!held.contains(secret) && !said.contains(secret), "{name}: {secret}");
        }
    }
    assert!(said.contains("hit rate, of searchable rows") && said.contains("45.5 % (200 of 440)"), "{said}");
}

#[test]
fn a_trace_and_its_exceptions_are_reported() {
    let folder = folder();
    let made = made(folder.path(), 3000, 600);
    let (traced, out) = (folder.path().join("traced"), folder.path().join("mi"));
    run(
        &[
            "trace",
            text(&made.join("extract.csv")),
            "--register",
            &format!("hmrc={}", text(&made.join("register.parquet"))),
            "--on",
            "2016-04-30",
            "--out",
            text(&traced),
        ],
        0,
    );
    run(&["report", "--run", text(&traced), "--on", "2016-04-30", "--out", text(&out)], 0);
    let rows = metrics(&out);
    let [_, whole, _] = numbers(&rows, "trace_hit_rate_rows", "", "").unwrap();
    assert_eq!(whole, "600");
    assert!(numbers(&rows, "missing", "identifier", "nino").is_some());
    assert!(numbers(&rows, "hits_by_tier", "tier", "C").is_some());
    let estimate = rows.iter().find(|row| row["metric"] == "precision_estimated").unwrap();
    assert_eq!(estimate["estimate"], "yes");
    assert!(rows.iter().any(|row| row["metric"] == "exceptions" && row["by"] == "field, kind"));
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("metrics.json")).unwrap()).unwrap();
    assert_eq!(json["origins"][0]["source"], "trace 2016-04-30");
    let of_bands: u64 =
        ["under 18", "18 to 24", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over", "not known"]
            .iter()
            .filter_map(|band| numbers(&rows, "group_rows_returned", "age_band", band)?[0].parse::<u64>().ok())
            .sum();
    assert!((500..=600).contains(&of_bands), "{of_bands} rows in bands that are shown");
    assert!(numbers(&rows, "group_hit_rate_searchable", "birth_date", "whole").is_some());
    searched_again(&traced, folder.path());
}

/// Every tenth no-hit is searched for again, and two are found.
fn searched_again(traced: &Path, folder: &Path) {
    let no_hits = std::fs::read_to_string(traced.join("hmrc_no_hits.csv")).unwrap();
    let references = no_hits.lines().skip(1).step_by(10).filter_map(|line| line.split(',').next());
    let rows: Vec<String> = references
        .enumerate()
        .map(|(at, reference)| format!("{reference},{}", if at < 2 { "yes" } else { "no" }))
        .collect();
    let (sample, out) = (folder.join("again.csv"), folder.join("again"));
    std::fs::write(&sample, format!("dash_reference,found\n{}\n", rows.join("\n"))).unwrap();
    let words = ["report", "--run", text(traced), "--searched-again", text(&sample), "--on", "2016-05-30"];
    run(&[&words[..], &["--out", text(&out)]].concat(), 0);
    let found = metrics(&out);
    let [hits, searched, _] = numbers(&found, "no_hits_found_again", "", "").unwrap();
    assert_eq!((hits.as_str(), searched.parse()), ("2", Ok(rows.len())));
    let recall = found.iter().find(|row| row["metric"] == "recall_from_sample").unwrap();
    assert_eq!(recall["estimate"], "yes");
    let value: f64 = recall["value"].parse().unwrap();
    assert!((0.5..1.0).contains(&value), "{value}");
    let error =
        run(&[&["report", "--searched-again", text(&sample)], &["--ledger", "x", "--out", text(&out)][..]].concat(), 2);
    assert!(stderr(&error).contains("--run"));
}

#[test]
fn returns_and_stopped_awards_leave_as_counts_and_sums() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let mut returned = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,benefits,role,address_match,dwp_address,dwp_postcode,phone_match,dwp_phone_1,dwp_phone_2,partner_title,partner_full_name,partner_date_of_birth,deceased,date_of_death\n".to_owned();
    let mut stopped = "dash_reference,benefit,stopped_on,weekly_amount\n".to_owned();
    for row in 0..40 {
        returned +=
            &format!("D{row},MRP,{row},Ana Li,1980-02-03,JSA:contributory,customer,HO1,,,1=none,07700900123,,,,,no,\n");
        stopped += &format!("D{row},JSA,2016-05-01,73.10\n");
    }
    std::fs::write(path("dwp_to_ho.csv"), returned).unwrap();
    std::fs::write(path("stopped.csv"), stopped).unwrap();
    let (dwp, stopped, out) = (path("dwp_to_ho.csv"), path("stopped.csv"), path("mi"));
    let words = ["report", "--dwp", text(&dwp), "--stopped", text(&stopped), "--weeks", "26"];
    run(&[&words[..], &["--on", "2016-06-30", "--out", text(&out)]].concat(), 0);
    let rows = metrics(&path("mi"));
    assert_eq!(numbers(&rows, "address_match", "", "").unwrap(), ["40", "40", "1.000000"]);
    // 40 x 73.10 x 26
    assert_eq!(numbers(&rows, "savings", "", "").unwrap()[2], "76024.00");
    assert!(std::fs::read_to_string(path("mi").join("metrics.json")).unwrap().contains("with 26 weeks"));
    for (name, bytes) in files(&path("mi")) {
        assert!(!String::from_utf8_lossy(&bytes).contains("Ana Li"), "{name}");
    }
}

#[test]
fn wrong_words_of_a_report_say_what_to_do() {
    let folder = folder();
    let out = folder.path().join("mi");
    assert!(stderr(&run(&["report", "--out", text(&out)], 2)).contains("--ledger"));
    let none = folder.path().join("none");
    assert!(stderr(&run(&["report", "--ledger", text(&none), "--out", text(&out)], 3)).contains("no such ledger"));
    run(&["report", "--run", text(folder.path()), "--out", text(&out)], 3);
    let feed = folder.path().join("feed.csv");
    std::fs::write(&feed, "dash_reference,benefit\nD1,JSA\n").unwrap();
    assert!(stderr(&run(&["report", "--stopped", text(&feed), "--out", text(&out)], 3)).contains("stopped_on"));
    assert!(!out.exists());
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("kept"), "x").unwrap();
    assert!(stderr(&run(&["report", "--stopped", text(&feed), "--out", text(&out)], 2)).contains("exists already"));
}
