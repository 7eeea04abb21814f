//! The commands that are put under faults: what leads to them, how their state is looked at, what a second run says.

use crate::review::book::{Book, Cell};
use crate::support::text;
use std::path::Path;
use std::process::Command;

/// A command at work in a folder, and how its state is looked at.
pub(super) struct Scenario {
    /// Commands that lead to the state before, and steps of [`prepare`], which begin with `@`.
    pub before: Vec<Vec<&'static str>>,
    pub command: Vec<&'static str>,
    /// A command that only looks, after which nothing of a stopped one may be left.
    pub look: Vec<&'static str>,
    /// What looking may end with.
    pub looks: &'static [i32],
    /// What the command's second run may end with when it had been carried out already.
    pub done: &'static [i32],
    /// Whether it reads inputs of others, which must not change meanwhile.
    pub reads: bool,
    /// A file or folder that one rename puts in place and another rename the rest: a process that is stopped between the two leaves one
    /// without the other, and the same command, given again, goes on to the end as if nothing had been there.
    pub apart: Option<&'static str>,
}

const TRACE: &str =
    "trace extract.csv --register hmrc=register.csv --on 2016-04-30 --ledger hmrc.ledger --format csv --out traced";
const PEOPLE: &str = "trace people.csv --register hmrc=people_register.csv --on 2016-04-30 --ledger hmrc.ledger \
    --by clerk --format csv --out traced";
const BENEFITS: &str = "benefits handoff.csv --customers customers.csv --awards awards.csv --on 2016-04-30 \
    --ledger dwp.ledger --out benefits";
const CLOSE: &str = "ledger close R0001 --on 2016-05-31 --ledger hmrc.ledger";
const HMRC: &str = "ledger init hmrc.ledger --department hmrc";
const HO: &str = "ledger init ho.ledger --department home_office";
const DWP: &str = "ledger init dwp.ledger --department dwp";
/// What looks at nothing that a command without a ledger could leave half done.
const NOTHING: &str = "help obligations";
const STATUS: &str = "pool status --ledger ho.ledger --by clerk --on 2016-05-31";
const RUNS: &str = "ledger runs --ledger hmrc.ledger";
/// The way to a match that DWP reported.
const REPORTED: [&str; 7] = [
    HO,
    "pool extract known.csv --out wash --ledger ho.ledger --by clerk --on 2016-04-30",
    "@answer",
    "pool return answer --ledger ho.ledger --by clerk --on 2016-05-02",
    "benefits answer/hmrc_to_dwp.csv --customers customers.csv --awards awards.csv --on 2016-05-02 --out benefits",
    "pool return --dwp benefits/dwp_to_ho.csv --ledger ho.ledger --by clerk --on 2016-05-10",
    "@verified",
];

fn words(line: &'static str) -> Vec<&'static str> {
    line.split_whitespace().collect()
}

fn scenario(before: &[&'static str], command: &'static str, look: &'static str, done: &'static [i32]) -> Scenario {
    let before = before.iter().map(|line| words(line)).collect();
    Scenario { before, command: words(command), look: words(look), looks: &[0], done, reads: true, apart: None }
}

/// One that reads what this program made alone.
fn of_own_files(before: &[&'static str], command: &'static str, look: &'static str, done: &'static [i32]) -> Scenario {
    Scenario { reads: false, ..scenario(before, command, look, done) }
}

pub(super) fn trace() -> Scenario {
    scenario(&[HMRC], TRACE, RUNS, &[2])
}

/// Every row goes to the disk, and there is a checkpoint after every batch.
pub(super) fn trace_aside() -> Scenario {
    let command = "trace extract.csv --register hmrc=register.csv --on 2016-04-30 --format csv --rows-in-memory 1 \
        --resume .held --key-file aside.key --checkpoint-seconds 0 --out traced";
    scenario(&[], command, NOTHING, &[2])
}

pub(super) fn link() -> Scenario {
    scenario(&[], "link left.csv right.csv -o links.csv", NOTHING, &[2])
}

/// A checkpoint after every part of the work: the pairs of a model that is trained are scored in parts.
pub(super) fn link_resumed() -> Scenario {
    let command = "link left.csv right.csv --model trained.json --threshold 0.001 --resume .held --key-file aside.key \
        --checkpoint-seconds 0 -o links.csv";
    scenario(&["train left.csv right.csv -o trained.json"], command, NOTHING, &[2])
}

/// All pairs go to the disk, are sorted there and judged.
pub(super) fn link_aside() -> Scenario {
    let command = "link left.csv right.csv --model trained.json --threshold 0.001 --pairs-in-memory 1 -o links.csv";
    scenario(&["train left.csv right.csv -o trained.json"], command, NOTHING, &[2])
}

/// The same in checkpoints, from which they are sorted and refined.
pub(super) fn clusters_aside() -> Scenario {
    let command = "dedupe right.csv --model trained.json --clusters --pairs-in-memory 4KiB --resume .held \
        --checkpoint-seconds 3600 -o clusters.csv";
    scenario(&["train right.csv -o trained.json"], command, NOTHING, &[2])
}

/// Two outputs: the model is put in place before the links.
pub(super) fn link_and_model() -> Scenario {
    let command = "link left.csv right.csv -o links.csv --save-model model.toml";
    Scenario { apart: Some("/model.toml"), ..scenario(&[], command, NOTHING, &[2]) }
}

/// Two again: the links that were cut, and the clusters.
pub(super) fn clusters_and_cuts() -> Scenario {
    let command = "dedupe right.csv --clusters --cuts cuts.csv -o clusters.csv";
    Scenario { apart: Some("/cuts.csv"), ..scenario(&[], command, NOTHING, &[2]) }
}

/// Two folders: charts as SVG, and as PNG.
pub(super) fn evaluate() -> Scenario {
    let command = "evaluate pairs.csv --truth pairs.csv --svg curves --png curves_png";
    Scenario { apart: Some("/curves"), ..scenario(&[], command, NOTHING, &[2]) }
}

pub(super) fn check() -> Scenario {
    scenario(&[], "check extract.csv --on 2016-04-30 --out checked", NOTHING, &[2])
}

pub(super) fn index_build() -> Scenario {
    scenario(&[], "index build hmrc=register.csv --out index", NOTHING, &[2])
}

/// Every segment is kept.
pub(super) fn index_resumed() -> Scenario {
    scenario(&[], "index build hmrc=register.csv --out index --resume .held", NOTHING, &[2])
}

pub(super) fn index_update() -> Scenario {
    let before = ["index build hmrc=register.csv --out index", "@refreshed"];
    // An index that is older than its register says so; either is whole.
    let look = "index inspect index --verify --quiet";
    Scenario { looks: &[0, 3], ..scenario(&before, "index update index", look, &[0]) }
}

pub(super) fn stage_scan() -> Scenario {
    let before = ["stage probe extract.csv --data-set hmrc --on 2016-04-30 -o probe.arrow"];
    scenario(&before, "stage scan register.csv --probe probe.arrow -o 1.partial", NOTHING, &[2])
}

pub(super) fn ledger_init() -> Scenario {
    // There is none at first.
    Scenario { looks: &[0, 3], ..of_own_files(&[], HMRC, RUNS, &[2]) }
}

pub(super) fn ledger_close() -> Scenario {
    of_own_files(&[HMRC, TRACE], CLOSE, RUNS, &[2])
}

pub(super) fn pool_load() -> Scenario {
    scenario(&[HO], "pool load cases.csv --ledger ho.ledger --by clerk --on 2016-04-30", STATUS, &[0])
}

pub(super) fn pool_extract() -> Scenario {
    scenario(&[HO], "pool extract cases.csv --out wash --ledger ho.ledger --by clerk --on 2016-04-30", STATUS, &[2])
}

pub(super) fn pool_cancel() -> Scenario {
    let before = [HO, "pool extract cases.csv --out wash --ledger ho.ledger --by clerk --on 2016-04-30"];
    let command = "pool cancel W0001 --reason rejected --ledger ho.ledger --by clerk --on 2016-05-01";
    of_own_files(&before, command, STATUS, &[2])
}

pub(super) fn pool_return() -> Scenario {
    let before = [HO, "pool extract cases.csv --out wash --ledger ho.ledger --by clerk --on 2016-04-30", "@answer"];
    scenario(&before, "pool return answer --ledger ho.ledger --by clerk --on 2016-05-30", STATUS, &[0, 2, 3])
}

pub(super) fn pool_confirm() -> Scenario {
    let command = "pool confirm verified.csv --dwp benefits/dwp_to_ho.csv --agreement agreed.toml --out confirmed \
        --ledger ho.ledger --by clerk --on 2016-05-27";
    scenario(&REPORTED, command, STATUS, &[2])
}

pub(super) fn benefits() -> Scenario {
    scenario(&[DWP], BENEFITS, "ledger runs --ledger dwp.ledger", &[2])
}

pub(super) fn report() -> Scenario {
    let command = "report --ledger ho.ledger --run answer --dwp benefits --on 2016-06-30 --html --out report";
    of_own_files(&REPORTED, command, STATUS, &[2])
}

pub(super) fn review_write() -> Scenario {
    let command = "review traced -o review.xlsx --ledger hmrc.ledger --by clerk --on 2016-05-10";
    of_own_files(&[HMRC, PEOPLE], command, RUNS, &[2])
}

pub(super) fn review_apply() -> Scenario {
    let before =
        [HMRC, PEOPLE, "review traced -o review.xlsx --ledger hmrc.ledger --by clerk --on 2016-05-10", "@filled"];
    let command = "review traced --apply filled.xlsx --ledger hmrc.ledger --by clerk --on 2016-05-20";
    scenario(&before, command, "ledger deliveries --ledger hmrc.ledger", &[1])
}

/// The labels are put in place once the decisions are applied.
pub(super) fn review_apply_labels() -> Scenario {
    let command =
        "review traced --apply filled.xlsx --labels labels.csv --ledger hmrc.ledger --by clerk --on 2016-05-20";
    Scenario { command: words(command), done: &[2], apart: Some("/labels.csv"), ..review_apply() }
}

pub(super) fn destroy() -> Scenario {
    let command = "destroy R0001 --on 2016-06-30 --certificate certificate.txt --ledger hmrc.ledger";
    of_own_files(&[HMRC, TRACE, CLOSE], command, RUNS, &[2])
}

/// Steps on the way that no command of the program takes.
pub(crate) fn prepare(step: &str, work: &Path) {
    match step {
        "@answer" => answer(work),
        "@verified" => verified(work),
        "@filled" => filled(work),
        "@refreshed" => refreshed(work),
        _ => panic!("{step}"),
    }
}

/// What the commands read.
pub(crate) fn inputs(work: &Path) {
    let write = |name: &str, text: &str| std::fs::write(work.join(name), text).unwrap();
    let (extract, register, person) = (crate::exchange::EXTRACT, crate::exchange::REGISTER, crate::exchange::PERSON);
    let record = crate::exchange::record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
    write("extract.csv", &format!("{extract}{person}"));
    write("register.csv", &format!("{register}{record}"));
    crate::aside::key(&work.join("aside.key"));
    // One who is found, and one who is left to people.
    let other = "D8,MRP,78,Carla Diaz,1931-10-23,,4 Low Road,LS2 7ZQ,2014-01-01,,,,0\n";
    write("people.csv", &format!("{extract}{person}{other}"));
    let likely = "R6,AB917664D,,MR,Carla,,Other,1937-10-23,M,4 Low Road,LS2 7ZQ,,,2015-16,PAYE,2016-03-01\n";
    write("people_register.csv", &format!("{register}{record}{likely}"));
    crate::benefits::one_person(work);
    write("left.csv", "id,name,born\n1,Tesfaye Haile,1984-07-19\n2,Ana Li,1980-02-03\n");
    write("right.csv", "id,name,born\n7,Tesfaye Haile,1984-07-19\n8,Jane Appleby,1951-02-03\n");
    write("pairs.csv", "left_id,right_id,match_weight,match_probability\n1,7,9.5,0.999\n2,8,1.5,0.75\n");
    let cases = |nino: &str| {
        format!(
            "cid_person_id,full_name,date_of_birth,address_1,postcode_1,address_1_from,nino,status_ended_on,\
             no_contact_since\n\
             C1,Tesfaye Haile Mekonnen,1984-07-19,\"12 High St, Leeds\",LS1 4AP,2014-01-01,{nino},2012-05-01,2015-01-01\n\
             C2,Ana Li,1980-02-03,\"3 Low Road, Leeds\",LS2 7AA,2014-01-01,,2012-05-01,2015-01-01\n"
        )
    };
    write("cases.csv", &cases(""));
    write("known.csv", &cases("AB123457C"));
    write("agreed.toml", "confirm_to_dwp = true\n[[data_sets]]\nname = 'hmrc'\nown = true\n");
}

/// HMRC's answer to the extract: one row a no-hit, the others as well.
fn answer(work: &Path) {
    let book = std::fs::read_dir(work.join("wash")).unwrap().map(|entry| entry.unwrap().path());
    let book = book.filter(|path| path.extension().is_some_and(|ending| ending == "xlsx")).min().unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin("rewash"))
        .args(["trace", text(&book), "--register", "hmrc=register.csv", "--on", "2016-05-01", "--out", "answer"])
        .current_dir(work)
        .output()
        .unwrap();
    assert!(output.status.success() || output.status.code() == Some(1), "{}", super::said(&output));
}

/// What a person found out about the match that DWP reported.
fn verified(work: &Path) {
    let reference = &crate::support::csv(&work.join("benefits/dwp_to_ho.csv"))[1][0];
    let rows = format!(
        "dash_reference,match_verified,immigration_status,right_to_work,public_funds,verified_by,verified_on\n\
         {reference},correct,no_leave,no,no,A Clerk,2016-05-26\n"
    );
    std::fs::write(work.join("verified.csv"), rows).unwrap();
}

/// The workbook as a reviewer gives it back.
fn filled(work: &Path) {
    let book = Book::open(&work.join("review.xlsx"));
    let said = |row| {
        [
            Cell::text(row, "Decision", "same person"),
            Cell::text(row, "Reviewer", "A Clerk"),
            Cell::day(row, "Decided on", 42_500),
        ]
    };
    let cells: Vec<Cell> = book.candidates().flat_map(said).collect();
    assert!(!cells.is_empty());
    book.save(&work.join("filled.xlsx"), &cells);
}

/// The register a month later: a row that says something else, and one more.
fn refreshed(work: &Path) {
    let record = |address: &str| crate::exchange::record("2015-16", address, "LS2 7AA", "07700900998");
    let other = record("9 New Road").replacen("R1,AB123457D", "R2,AB123459D", 1);
    let same = crate::exchange::record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
    let rows = [crate::exchange::REGISTER.to_owned(), same, other].concat();
    std::fs::write(work.join("register.csv"), rows).unwrap();
}
