use super::*;
use crate::frame::{Table, TextColumn};
use crate::ingest::{Format, Loaded, match_header};
use std::collections::BTreeMap;

fn candidate(nino: &str, probability: f64) -> String {
    format!(
        r#"{{"nino":"{nino}","person_id":"","probability":{probability},"parts":[{{"comparison":"name","level":"two_exact/nothing","bits":12.0}},{{"comparison":"birth_date","level":"different","bits":-6.0}}],"records":[{{"data_set":"hmrc","record_id":"r-{nino}","name":"=Ann\tLee","date_of_birth":"1980-02-03","sex":"F","address":"1 High St","postcode":"AB1 2CD","phone":"","email":"","tax_year":"2015-16","record_kind":"PAYE","last_activity_on":"2016-01-01"}}]}}"#
    )
}

/// Two cases: one with two candidates, one with one.
fn made() -> Cases {
    let sought = r#"{"dash_reference":"D1","full_name":"Ann Lee","date_of_birth":"1980-02-03"}"#;
    let case = |row: u64, candidates: &[String]| {
        let candidates = candidates.join(",");
        format!(
            r#"{{"row":{row},"outcome":"review","reasons":["runner-up too close"],"sought":{sought},"candidates":[{candidates}]}}"#
        )
    };
    let two = [candidate("AA000001A", 0.6), candidate("AA000002A", 0.3)];
    let text = format!("{}\n{}\n", case(3, &two), case(9, &[candidate("AA000003A", 0.5)]));
    Cases::read(text.as_bytes()).expect("cases")
}

type Row = BTreeMap<&'static str, String>;

/// The rows of a workbook as they are written, for a test to change.
fn written(cases: &Cases) -> Vec<Row> {
    let row = |row: GridRow| COLUMNS.iter().map(|column| (column.name, row.text(column.name).to_owned())).collect();
    grid(cases).into_iter().map(row).collect()
}

fn decide(rows: &mut [Row], reference: &str, decision: &str, reviewer: &str, on: &str) {
    let row = rows.iter_mut().find(|row| row["candidate"] == reference).expect("a candidate");
    for (column, value) in [("decision", decision), ("reviewer", reviewer), ("decided_on", on)] {
        row.insert(column, value.to_owned());
    }
}

fn loaded(rows: &[Row]) -> Loaded {
    let column = |name: &str| -> TextColumn {
        rows.iter().map(|row| Some(row[name].as_str()).filter(|text| !text.is_empty())).collect()
    };
    let names: Vec<String> = COLUMNS.iter().map(|column| column.name.to_owned()).collect();
    Loaded {
        table: Table::new(names.iter().map(|name| (name.clone(), column(name))).collect()),
        row_numbers: (1..=rows.len() as u64).collect(),
        rejects: Vec::new(),
        header: match_header(&names, &crate::model::schema::ANY).expect("any"),
        cell_remarks: Vec::new(),
        hyperlinks: 0,
        sha256: String::new(),
        format: Format::Xlsx,
        control: None,
    }
}

const DAYS: [&str; 2] = ["2016-04-30", "2016-05-31"];

fn read(rows: &[Row], cases: &Cases) -> Result<Vec<Vote>, Vec<String>> {
    read_votes(&loaded(rows), cases, DAYS)
}

#[test]
fn a_workbook_that_is_in_order_gives_its_votes() {
    let cases = made();
    let mut rows = written(&cases);
    assert_eq!(read(&rows, &cases).expect("nothing said"), []);
    let reference = cases.candidate_reference(0, 1);
    decide(&mut rows, &reference, " Same  Person", " A  Clerk ", "2016-05-02");
    // The place of a row says nothing.
    rows.reverse();
    let votes = read(&rows, &cases).expect("one vote");
    assert_eq!(votes.len(), 1);
    let vote = &votes[0];
    assert_eq!((vote.case, vote.candidate, vote.decision), (0, 1, Decision::Same));
    assert_eq!((vote.reviewer.as_str(), vote.on.as_str()), ("A Clerk", "2016-05-02"));
}

#[test]
fn whatever_is_wrong_is_told_and_nothing_counts() {
    let cases = made();
    let one = cases.candidate_reference(0, 0);
    let wrong = |change: &dyn Fn(&mut Vec<Row>)| {
        let mut rows = written(&cases);
        decide(&mut rows, &one, "same person", "A Clerk", "2016-05-02");
        change(&mut rows);
        read(&rows, &cases).expect_err("a fault").join("\n")
    };
    let set = |rows: &mut Vec<Row>, column: &'static str, value: &str| {
        rows[1].insert(column, value.to_owned());
    };
    for (column, value, says) in [
        ("decision", "maybe", "none of: same person, different, cannot tell"),
        ("reviewer", "", "no reviewer"),
        ("reviewer", "=cmd", "as a formula does"),
        ("decided_on", "", "is missing"),
        ("decided_on", "soon", "is no date"),
        ("decided_on", "2016-04-29", "before the trace"),
        ("decided_on", "2016-06-01", "after today"),
        ("check", "0123456789ab", "`Check` of"),
        ("name", "Ann Other", "`Name` of"),
        ("case", "K000000-3", "`Case` of"),
        ("candidate", "K000000-3-1", "is no reference of this run"),
    ] {
        let told = wrong(&|rows| set(rows, column, value));
        assert!(told.contains(says), "{column} {value}: {told}");
    }
    let told = wrong(&|rows| drop(rows.remove(2)));
    assert!(told.contains("1 row is missing"), "{told}");
    let told = wrong(&|rows| rows.push(rows[2].clone()));
    assert!(told.contains("stands twice"), "{told}");
    let told = wrong(&|rows| set_row(&mut rows[0], "decision", "different"));
    assert!(told.contains("beside the person sought"), "{told}");
    let other = cases.candidate_reference(0, 1);
    let told = wrong(&|rows| decide(rows, &other, "same person", "a clerk", "2016-05-02"));
    assert!(told.contains("of two candidates"), "{told}");
}

fn set_row(row: &mut Row, column: &'static str, value: &str) {
    row.insert(column, value.to_owned());
}

#[test]
fn two_references_that_changed_places_are_found() {
    let cases = made();
    let mut rows = written(&cases);
    let [one, two] = [0, 1].map(|candidate| cases.candidate_reference(0, candidate));
    set_row(&mut rows[1], "candidate", &two);
    set_row(&mut rows[2], "candidate", &one);
    let told = read(&rows, &cases).expect_err("changed").join("\n");
    assert_eq!(told.matches("is not what was written").count(), 2, "{told}");
}

#[test]
fn a_workbook_of_another_run_is_refused_in_one_sentence() {
    let cases = made();
    let mut rows = written(&cases);
    for row in &mut rows {
        let foreign = row["case"].replace(cases.tag(), "K999999");
        set_row(row, "case", &foreign);
    }
    let told = read(&rows, &cases).expect_err("another run");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("another run"), "{told:?}");
}

fn vote(case: usize, candidate: usize, decision: Decision, reviewer: &str) -> Vote {
    Vote { case, candidate, decision, reviewer: reviewer.into(), on: "2016-05-02".into(), note: String::new() }
}

#[test]
fn a_case_is_settled_by_those_who_agree() {
    use Decision::{CannotTell, Different, Same};
    let of = |votes: &[Vote]| {
        let mut standings = Standings::default();
        votes.iter().for_each(|vote| assert!(standings.add(vote)));
        standings.of(0, 2)
    };
    assert_eq!(of(&[]), Standing::Open);
    assert_eq!(of(&[vote(0, 1, Same, "a")]), Standing::Same(1));
    assert_eq!(of(&[vote(0, 1, Same, "a"), vote(0, 1, Same, "b")]), Standing::Same(1));
    assert_eq!(of(&[vote(0, 1, Same, "a"), vote(0, 0, Different, "b")]), Standing::Same(1));
    assert_eq!(of(&[vote(0, 1, Same, "a"), vote(0, 1, CannotTell, "b")]), Standing::Disputed);
    assert_eq!(of(&[vote(0, 1, Same, "a"), vote(0, 0, Same, "b")]), Standing::Disputed);
    assert_eq!(of(&[vote(0, 0, Different, "a")]), Standing::Unsettled);
    assert_eq!(of(&[vote(0, 0, Different, "a"), vote(0, 1, Different, "b")]), Standing::Different);
    // Whoever changes their mind settles it; names are the same whatever their case.
    assert_eq!(of(&[vote(0, 1, Same, "A b"), vote(0, 1, Different, "c"), vote(0, 1, Same, "C")]), Standing::Same(1));
    // A vote on another case says nothing here.
    assert_eq!(of(&[vote(1, 0, Same, "a")]), Standing::Open);
}

#[test]
fn decisions_that_were_kept_are_read_again() {
    let cases = made();
    let votes = [vote(0, 1, Decision::Same, "a"), vote(1, 0, Decision::CannotTell, "b")];
    let sheet = decision_rows(votes.iter().map(|vote| (vote, "w.xlsx")), &cases);
    let column = |at: usize| -> TextColumn { sheet.rows.iter().map(|row| Some(row[at].as_str())).collect() };
    let table =
        Table::new(DECISION_COLUMNS.iter().enumerate().map(|(at, name)| ((*name).to_owned(), column(at))).collect());
    assert_eq!(read_decisions(&table, &cases).expect("decisions"), votes);
}

#[test]
fn the_tally_counts_every_case_once() {
    let cases = made();
    let mut standings = Standings::default();
    standings.add(&vote(0, 1, Decision::Same, "a"));
    standings.add(&vote(0, 1, Decision::Same, "b"));
    let tally = standings.tally(&cases);
    assert_eq!((tally.cases, tally.same_other, tally.open, tally.seen_twice), (2, 1, 1, 1));
    assert!((tally.expected_first - 0.6).abs() < 1e-9);
}

#[test]
fn cells_hold_one_line_a_value_and_no_control_character() {
    let rows = grid(&made());
    assert_eq!(rows[1].text("name"), "=Ann Lee");
    assert!(rows.iter().flat_map(|row| &row.cells).all(|cell| cell.text.chars().all(|c| c == '\n' || !c.is_control())));
    assert_eq!(rows.len(), 5);
}

#[test]
fn headings_are_read_back_under_their_names() {
    let titles: Vec<String> = COLUMNS.iter().map(|column| column.title.to_owned()).collect();
    let header = match_header(&titles, &crate::model::schema::REVIEW).expect("fits");
    let known: Vec<&str> = header.known.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(known, COLUMNS.map(|column| column.name));
    assert!(header.unknown.is_empty());
}
