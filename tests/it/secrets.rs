//! Nothing of a person stands where it may not: what is said, manifests, reports, audit, ledger, names of files, temporary
//! files, core files. Every input of every command is planted with values that stand nowhere else; the commands run through
//! success and failure, and every byte that the program leaves is searched.

mod plant;

use crate::review::book::{Book, Cell};
use crate::support::{folder, strict_workbook, text};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Files that are made to hold people, whatever folder they are in. All others are searched, new ones too.
const HOLD_PEOPLE: [&str; 39] = [
    "outcomes.csv",
    "outcomes.parquet",
    "review.csv",
    "review.jsonl",
    "review.xlsx",
    "hmrc_to_ho.csv",
    "hmrc_to_dwp.csv",
    "hmrc_no_hits.csv",
    "hmrc_unresolved.csv",
    "decisions.csv",
    "disagreements.csv",
    "dwp_to_ho.csv",
    "unconfirmed.csv",
    "ho_to_dwp.csv",
    "missing.csv",
    "due.csv",
    "labels.csv",
    "links.csv",
    "links_by_steps.csv",
    "clusters.csv",
    // Ids alone, of a trace that is given its truth.
    "compared.csv",
    // Ids of links: what was cut, what was judged.
    "cuts.csv",
    "look.csv",
    "link_look.csv",
    "links.jsonl",
    "links.arrow",
    "links.parquet",
    "links_aside.csv",
    // Rows of a register on their way between the stages of a trace.
    "1.partial",
    "asked.arrow",
    "1.rows",
    // What passes between the steps of a link: values of the fields of rows, and ids.
    "left.profile",
    "right.profile",
    "left.keys",
    "right.keys",
    "1.pairs",
    "settled",
    // About the two records that were asked for.
    "pair.svg",
    "patterns.svg",
];

/// A register that is kept holds it; its catalogue does not.
fn is_of_an_index(name: &str) -> bool {
    ["register.index/", "glued.index/"].iter().any(|index| name.starts_with(index)) && name.ends_with(".arrow")
}

/// A place with planted inputs, where commands run and what they say is kept.
struct Place {
    folder: tempfile::TempDir,
    log: &'static str,
    runs: usize,
    /// The commands that were run: the first word, and the second where it may be one.
    commands: BTreeSet<String>,
    /// What was found where it may not be, and commands that ended otherwise than they should.
    faults: Vec<String>,
}

impl Place {
    fn new(log: &'static str) -> Self {
        let folder = folder();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder, log, runs: 0, commands: BTreeSet::new(), faults: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an input; what is in the folder `in` is not searched.
    fn plant(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path("in").join(name), bytes).unwrap();
    }

    /// Runs a command of words with spaces between them, and searches what it says; `data` says that its standard output
    /// is data about people.
    #[track_caller]
    fn run(&mut self, words: &str, status: i32, data: bool) -> Output {
        let output = Command::new(assert_cmd::cargo::cargo_bin("rewash"))
            .args(words.split_whitespace())
            .args(["--log", self.log])
            .current_dir(self.folder.path())
            .env("TMPDIR", self.path("tmp"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() != Some(status) {
            self.faults.push(format!("{words}: {:?}, not {status}\n{said}", output.status));
        }
        self.runs += 1;
        let named: Vec<&str> = words.split_whitespace().take(2).collect();
        self.commands.extend([named[0].to_owned(), named.join(" ")]);
        self.search(&format!("standard error of {words}"), &output.stderr, false);
        if !data {
            self.search(&format!("standard output of {words}"), &output.stdout, false);
        }
        let left: Vec<_> = std::fs::read_dir(self.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{words} leaves {left:?}");
        output
    }

    #[track_caller]
    fn done(&mut self, words: &str) {
        self.run(words, 0, false);
    }

    /// A failure; nothing that is said about it may be about people.
    #[track_caller]
    fn fails(&mut self, words: &str, status: i32) {
        self.run(words, status, false);
    }

    fn search(&mut self, place: &str, bytes: &[u8], ids_may_stand: bool) {
        for mark in plant::found(bytes, ids_may_stand) {
            let lower = String::from_utf8_lossy(bytes).to_lowercase();
            let line = lower.lines().find(|line| line.contains(mark)).unwrap_or_default();
            self.faults.push(format!("{place}: {mark} in {:?}", line.chars().take(300).collect::<String>()));
        }
    }

    /// Searches every file that is not an input or made to hold people; archives are unpacked first.
    fn search_files(&mut self) -> usize {
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        for path in &files {
            let name = path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned();
            self.search(&format!("name of {name}"), name.as_bytes(), false);
            let file = path.file_name().unwrap().to_str().unwrap();
            let is_extract = file.starts_with("extract-W") && file.ends_with(".xlsx");
            let is_sealed = file.ends_with(".age");
            if name.starts_with("in/") || HOLD_PEOPLE.contains(&file) || is_extract || is_of_an_index(&name) {
                continue;
            }
            let bytes = std::fs::read(path).unwrap();
            assert!(!is_sealed || bytes.starts_with(b"age-encryption.org/v1"), "{name}");
            // The Home Office's ledger names its cases by their ids.
            let ids_may_stand = name.starts_with("ho.ledger") || name.starts_with("other.ledger");
            for (part, bytes) in parts(&bytes) {
                self.search(&format!("{name} {part}"), &bytes, ids_may_stand);
            }
        }
        files.len()
    }
}

/// A file, or what is in an archive.
fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return vec![(String::new(), bytes.to_vec())];
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let part = |index: usize| {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut out = Vec::new();
        part.read_to_end(&mut out).unwrap();
        (name, out)
    };
    (0..count).map(part).collect()
}

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, out);
        } else {
            out.push(path);
        }
    }
}

fn plant_all(place: &Place) {
    place.plant("extract.csv", plant::extract());
    place.plant("register.csv", plant::register());
    place.plant("cases.csv", plant::cases());
    place.plant("customers.csv", plant::customers());
    place.plant("awards.csv", plant::awards());
    place.plant("stopped.csv", plant::stopped());
    let [left, right] = plant::to_link();
    place.plant("left.csv", left);
    place.plant("right.csv", right);
    place.plant("truth.csv", "cid_person_id,nino\nQJXWC1,AB917264D\nQJXWC2,AB917464D\nQJXWC3,\n");
    place.plant("agreed.toml", "confirm_to_dwp = true\n[[data_sets]]\nname = 'hmrc'\nown = true\n");
    strict_workbook(&place.path("in/extract.xlsx"), &plant::clean_extract());
}

/// The whole exchange, each command with what it is for.
fn succeed(place: &mut Place) {
    for (ledger, department) in [("ho", "home_office"), ("hmrc", "hmrc"), ("dwp", "dwp")] {
        place.done(&format!("ledger init {ledger}.ledger --department {department} --by clerk"));
    }
    let ho = "--ledger ho.ledger --by clerk --on";
    place.done(&format!("pool load in/cases.csv {ho} 2016-04-30"));
    place.done(&format!("pool due {ho} 2016-04-30 -o due.csv"));
    place.done(&format!("pool extract in/cases.csv {ho} 2016-04-30 --out wash"));
    place.done("check wash/extract-W0001-post2008-1.xlsx --on 2016-04-30 --agreement in/agreed.toml --out checked");
    let register = "--register hmrc=in/register.csv --on 2016-04-30 --format csv";
    let hmrc = "--ledger hmrc.ledger --by clerk";
    place.done(&format!("trace wash/extract-W0001-post2008-1.xlsx {register} {hmrc} --out answer --dry-run"));
    place.done(&format!(
        "trace wash/extract-W0001-post2008-1.xlsx {register} {hmrc} --out answer --save-model model.json"
    ));
    place.done(&format!("trace in/extract.csv {register} --truth in/truth.csv --out traced --plan index"));
    place.done(&format!("trace in/extract.csv {register} --rows-in-memory 1 --out aside"));
    place.run("check in/extract.csv --on 2016-04-30 --out rejected", 1, false);
    place.run("check in/extract.csv --on 2016-04-30", 1, false);
    place.done(&format!("review answer -o review.xlsx {hmrc} --on 2016-05-10"));
    decide(place);
    place.done(&format!("review answer --apply in/filled.xlsx {hmrc} --on 2016-05-20 --labels labels.csv"));
    place.done(
        "benefits answer/hmrc_to_dwp.csv --customers in/customers.csv --awards in/awards.csv --on 2016-04-30 \
         --ledger dwp.ledger --by clerk --out benefits",
    );
    place.done("benefits stopped in/stopped.csv --weeks 52 --on 2016-04-30 --out savings");
    place.done(&format!("pool return answer {ho} 2016-05-20"));
    place.done(&format!("pool return --dwp benefits/dwp_to_ho.csv {ho} 2016-05-25"));
    let reference = reference(place);
    place.plant(
        "verified.csv",
        format!(
            "dash_reference,match_verified,immigration_status,right_to_work,public_funds,verified_by,verified_on\n\
             {reference},correct,zqxvstatus,zqxvno,zqxvno,A Clerk,2016-05-26\n"
        ),
    );
    place.done(&format!(
        "pool confirm in/verified.csv --dwp benefits/dwp_to_ho.csv --agreement in/agreed.toml --out confirmed {ho} 2016-05-27"
    ));
    place.done(&format!("pool status {ho} 2016-06-30"));
    reports(place, &reference);
    linkage(place);
    kept_and_staged(place);
    custody(place);
    place.done("ledger close R0001 --on 2016-05-31 --ledger hmrc.ledger --by clerk");
    place.done("destroy R0001 --on 2016-06-30 --ledger hmrc.ledger --by clerk --certificate certificate.txt");
    place.done("ledger certificate R0001 --ledger hmrc.ledger --by clerk");
    place.done("ledger close R0002 --on 2016-05-31 --ledger hmrc.ledger --by clerk --key-file in/ho.hmac");
    place.done(
        "destroy R0002 --on 2016-06-30 --ledger hmrc.ledger --by clerk --certificate second.txt --identity run.key",
    );
}

/// A register that is kept, and a trace in steps.
fn kept_and_staged(place: &mut Place) {
    place.done("index build hmrc=in/register.csv --out register.index");
    place.done("index inspect register.index --verify");
    place.done("trace in/extract.csv --index register.index --on 2016-04-30 --format csv --out by_index");
    place.plant("register.csv", plant::register().replace("Zqxvother,1937", "Zqxvanother,1937"));
    place.done("index update register.index");
    place.done("index inspect register.index --verify");
    place.done("stage probe in/extract.csv --data-set hmrc --on 2016-04-30 -o probe.arrow");
    place.done("stage scan in/register.csv --probe probe.arrow -o 1.partial");
    place.done("stage resolve in/extract.csv 1.partial --probe probe.arrow -o asked.arrow");
    place.done("stage gather in/register.csv --asked asked.arrow -o 1.rows");
    place.done(
        "stage finish in/extract.csv --probe probe.arrow --partials 1.partial --asked asked.arrow --register hmrc=1.rows \
         --format csv --out staged",
    );
    place.done("spark --emit job.py");
}

/// Sealed runs, deliveries, incidents.
fn custody(place: &mut Place) {
    for key in ["ho", "dwp", "run"] {
        let public = place.run(&format!("ledger keygen --out {key}.key"), 0, false).stdout;
        place.plant(&format!("{key}.pub"), public);
    }
    place.plant("ho.hmac", "0123456789abcdef0123456789abcdef");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(place.path("in/ho.hmac"), private).unwrap();
    place.done(
        "trace in/extract.csv --register hmrc=in/register.csv --on 2016-04-30 --format csv --out sealed --ledger hmrc.ledger \
         --by clerk --encrypt-to home_office=in/ho.pub --encrypt-to dwp=in/dwp.pub --seal-to in/run.pub",
    );
    place.done(
        "ledger deliver answer/hmrc_to_ho.csv --sent --to home_office --on 2016-05-01 --ledger hmrc.ledger --by clerk",
    );
    place.done("ledger deliveries --ledger hmrc.ledger");
    place.done(
        "ledger incident open --aware-at 2016-05-03T09:30:00+01:00 --kind loss --rows 3 --ledger hmrc.ledger --by clerk",
    );
    place.done(
        "ledger incident report 1 --at 2016-05-03T11:30:00+01:00 --to home_office --ledger hmrc.ledger --by clerk",
    );
    place.done("ledger incident list --ledger hmrc.ledger");
    place.done("audit export --ledger hmrc.ledger --out exported");
    place.done("ledger init other.ledger --department home_office --by clerk");
    place.done("pool extract in/cases.csv --ledger other.ledger --by clerk --on 2016-04-30 --out cancelled");
    place.done("pool cancel W0001 --reason rejected --ledger other.ledger --by clerk --on 2016-05-01");
}

/// What a person wrote into the workbook, with a note about the one sought.
fn decide(place: &Place) {
    let book = Book::open(&place.path("review.xlsx"));
    let mut cells = Vec::new();
    for row in book.candidates() {
        cells.push(Cell::text(row, "Decision", "same person"));
        cells.push(Cell::text(row, "Reviewer", "A Clerk"));
        cells.push(Cell::day(row, "Decided on", 42_500));
        cells.push(Cell::text(row, "Note", "Zqxvnote: phoned 07700900618"));
    }
    assert!(!cells.is_empty());
    book.save(&place.path("in/filled.xlsx"), &cells);
}

/// Dash reference of a match that DWP reported.
fn reference(place: &Place) -> String {
    let rows = crate::support::csv(&place.path("benefits/dwp_to_ho.csv"));
    rows[1][0].clone()
}

fn reports(place: &mut Place, reference: &str) {
    place.done(
        "report --ledger ho.ledger --run answer --dwp benefits --stopped in/stopped.csv --weeks 52 --on 2016-06-30 --html \
         --out report",
    );
    place.done("report --run traced --truth in/truth.csv --on 2016-06-30 --html --out judged");
    place.done("evaluate traced/outcomes.csv --truth in/truth.csv --json evaluated.json --svg curves --rows look.csv");
    place.done("ledger runs --on 2016-06-30 --ledger hmrc.ledger");
    place.done(&format!("ledger row {reference} --ledger hmrc.ledger"));
    for ledger in ["ho", "hmrc", "dwp"] {
        place.done(&format!("audit verify --ledger {ledger}.ledger"));
        place.done(&format!("audit export --ledger {ledger}.ledger"));
        place.done(&format!("audit assure --ledger {ledger}.ledger --from 2016-04-01 --to 2016-06-30 -o {ledger}.txt"));
    }
}

/// The steps of a link, each as a command; what they leave is of the rows, what they say is not.
fn linkage_by_steps(place: &mut Place) {
    let steps = "stage tables";
    place.done(&format!("{steps} plan link --model in/model.toml --id zid -o plan.json"));
    for side in ["left", "right"] {
        let of = format!("in/{side}.csv --plan plan.json --side {side} --part 0");
        place.done(&format!("{steps} profile {of} -o {side}.profile"));
    }
    let profiles = "--profiles left.profile right.profile";
    for side in ["left", "right"] {
        let of = format!("in/{side}.csv --plan plan.json --side {side} --part 0");
        place.done(&format!("{steps} keys {of} -o {side}.keys {profiles}"));
    }
    place.done(&format!("{steps} count left.keys right.keys --plan plan.json -o counts {profiles}"));
    let share = "--counts counts --buckets 1 --bucket 0";
    place.done(&format!("{steps} pairs --plan plan.json {share} -o 1.pairs left.keys right.keys"));
    place.done(&format!("{steps} settle --plan plan.json -o settled 1.pairs"));
    place.done(&format!("{steps} write settled --plan plan.json -o links_by_steps.csv"));
}

fn linkage(place: &mut Place) {
    place.done("link in/left.csv in/right.csv -o links.csv --explain --save-model in/model.toml");
    place.done("link in/left.csv in/right.csv --model in/model.toml -o dry.csv --dry-run");
    place.done("train in/left.csv in/right.csv -o in/trained.json");
    place.run("dedupe in/left.csv --clusters -o clusters.csv", 1, false);
    linkage_by_steps(place);
    place.done("blocks in/left.csv in/right.csv --svg blocks.svg");
    place.done("model chart in/model.toml -o weights.svg");
    // Its output is about the two records that were asked for.
    place.run("explain in/left.csv in/right.csv zqxvl1 zqxvr1 --id zid --model in/model.toml --svg pair.svg", 0, true);
    place.run("explain in/left.csv in/right.csv --id zid --model in/model.toml --svg patterns.svg", 0, true);
    place.done("model chart in/model.toml --kind parameters -o parameters.svg");
    place.done("model export in/model.toml -o splink.json --allow-refused");
    place.done("model import splink.json -o imported.toml --allow-refused");
    place.done("train in/left.csv in/right.csv --labels links.csv -o in/labelled.json");
    place.done("evaluate links.csv --truth links.csv --svg link_curves --json link_figures.json");
    // By this truth every link is wrong, and stands with both records in the rows to look at.
    let tables = "--table in/left.csv --table in/right.csv --model in/model.toml";
    let outputs = "--json link_errors.json --rows link_look.csv";
    place.run(&format!("evaluate links.csv --truth clusters.csv {tables} --by kind,levels,rule {outputs}"), 1, false);
    assert!(crate::support::csv(&place.path("link_look.csv")).len() > 1);
    place.done("model reference");
    place.done("link in/left.csv in/right.csv --model in/model.toml -o links.jsonl");
    place.done("link in/left.csv in/right.csv --model in/model.toml -o links.arrow");
    place.done("link in/left.csv in/right.csv --model in/model.toml -o links.parquet");
    place.done("link in/left.csv in/right.csv --model in/model.toml --pairs-in-memory 1 -o links_aside.csv");
    place.run("link in/left.csv in/right.csv --model in/model.toml -o - --format jsonl", 0, true);
}

/// Tables of known columns without their headers: the first person stands in the place of the headers.
const HEADLESS: [&str; 5] = ["extract", "register", "cases", "customers", "awards"];

fn plant_faults(place: &Place) {
    let of = |name: &str| std::fs::read_to_string(place.path("in").join(name)).unwrap();
    for name in HEADLESS {
        let table = of(&format!("{name}.csv"));
        place.plant(&format!("headless_{name}.csv"), table.split_once('\n').unwrap().1);
        place.plant(&format!("glued_{name}.csv"), table.replacen('\n', "", 1));
        place.plant(&format!("open_{name}.csv"), format!("{table}\"Zqxvnever closed,1931-10-23\n"));
        place.plant(&format!("semicolons_{name}.csv"), table.replace(',', ";"));
        place.plant(&format!("cut_{name}.csv.gz"), &gzip(table.as_bytes())[..60]);
        place.plant(&format!("lines_{name}.jsonl"), "{\"nino\": \"AB917264C\", \"full_name\": \"Zqxvtesfaye\n{\"\n");
        place.plant(&format!("binary_{name}.csv"), [table.as_bytes(), b"Zqxv\0\0\0AB917264C"].concat());
    }
    crate::aside::key(&place.path("in/key"));
    place.plant("headless_stopped.csv", "ZQXVD,UC,zqxvday,73.10\n");
    place.plant("same.csv", "Zqxvhaile,Zqxvhaile,1\nZqxvjane,Zqxvappleby,2\n");
    place.plant("names.csv", "Zqxvtesfaye,Zqxvhaile,Zqxvmekonnen\nZqxvjane,,Zqxvappleby\n");
    let workbook = std::fs::read(place.path("in/extract.xlsx")).unwrap();
    place.plant("cut.xlsx", &workbook[..workbook.len() / 2]);
    let clean = plant::clean_extract();
    strict_workbook(
        &place.path("in/wrong.xlsx"),
        &clean.replace("1931-10-23", "zqxv 1931").replace("post2008", "zqxvpool"),
    );
    place.plant("bad_truth.csv", "Zqxvone,AB917264D\nZqxvtwo,AB917364D\n");
    place.plant("bad_labels.csv", "left_id,right_id\nzqxvnobody,zqxvnobody\n");
    place.plant("bad_frequencies.csv", "value,frequency\nZqxvgan,zqxvmany\n");
    place.plant("bad_model.json", "{\"form\": 1}");
    place.plant(
        "bad_verified.csv",
        "dash_reference,match_verified,verified_by,verified_on\nD1,zqxvmaybe,A Clerk,2016-05-01\n",
    );
    place.plant("bad_day.csv", "dash_reference,match_verified,verified_by,verified_on\nD1,correct,A Clerk,zqxvday\n");
    place.plant("headless_verified.csv", "D1,correct,Zqxvtesfaye,2016-05-01\n");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, bytes).unwrap();
    packer.finish().unwrap()
}

/// Every input wrong in every way, in the place of a right one.
fn fail(place: &mut Place) {
    let trace = |extract: &str, register: &str| {
        format!("trace in/{extract} --register hmrc=in/{register} --on 2016-04-30 --out failed")
    };
    let benefits = |handoff: &str, customers: &str, awards: &str| {
        format!("benefits {handoff} --customers in/{customers} --awards in/{awards} --on 2016-04-30 --out failed")
    };
    let handoff = "answer_kept.csv";
    let ho = "--ledger ho.ledger --by clerk --on 2016-06-30";
    for kind in ["headless", "open", "semicolons", "cut", "lines", "binary"] {
        let ending = match kind {
            "cut" => ".csv.gz",
            "lines" => ".jsonl",
            _ => ".csv",
        };
        let name = |table: &str| format!("{kind}_{table}{ending}");
        place.fails(&trace(&name("extract"), "register.csv"), 3);
        place.fails(&trace("extract.csv", &name("register")), 3);
        place.fails(&format!("check in/{} --on 2016-04-30", name("extract")), 3);
        place.fails(&format!("pool load in/{} {ho}", name("cases")), 3);
        place.fails(&benefits(&format!("in/{}", name("extract")), "customers.csv", "awards.csv"), 3);
        place.fails(&benefits(handoff, &name("customers"), "awards.csv"), 3);
        place.fails(&benefits(handoff, "customers.csv", &name("awards")), 3);
    }
    for file in ["names.csv", "cut.xlsx"] {
        place.fails(&trace(file, "register.csv"), 3);
        place.fails(&trace("extract.csv", file), 3);
        place.fails(&format!("pool load in/{file} {ho}"), 3);
    }
    // The second register fails when the first is in a checkpoint, which stays.
    let kept = "--resume held --key-file in/key --checkpoint-seconds 0 --rows-in-memory 1";
    place.fails(&format!("{} --register late=in/open_register.csv {kept}", trace("extract.csv", "register.csv")), 3);
    assert!(place.path("held/rows-00001.part").exists());
    glued(place);
    place.fails("benefits stopped in/headless_stopped.csv --on 2016-04-30 --out failed", 3);
    place.fails(&format!("{} --agreement in/agreed.toml", trace("extract.csv", "register.csv")), 1);
    place.fails(&format!("{} --agreement in/agreed.toml", trace("wrong.xlsx", "register.csv")), 1);
    place.fails("check in/wrong.xlsx --agreement in/agreed.toml --on 2016-04-30 --out wrong", 1);
    place.fails("link in/left.csv in/right.csv --memory 1KiB -o failed.csv", 4);
    place.fails(&format!("{} --model in/bad_model.json", trace("extract.csv", "register.csv")), 2);
    place.fails("trace in/extract.csv --register hmrc=in/register.csv --on 2016-04-30 --out traced", 2);
    returns(place, ho);
    place.fails("evaluate traced/outcomes.csv --truth in/bad_truth.csv", 3);
    place.fails("evaluate in/names.csv --truth in/truth.csv", 3);
    place.fails("evaluate traced/outcomes.csv --truth in/truth.csv --by sex", 3);
    headless_links(place);
    place.fails("explain in/left.csv in/right.csv zqxvnobody zqxvr1", 2);
    place.fails("link in/left.csv in/right.csv --id surnames -o failed.csv", 3);
    place.fails("train in/left.csv in/right.csv --labels in/bad_labels.csv -o failed.json", 3);
    place.fails("train in/left.csv in/right.csv --labels in/names.csv -o failed.json", 3);
    place.fails("link in/left.csv in/right.csv --term-frequencies surname=in/bad_frequencies.csv -o failed.csv", 3);
    place.fails("link in/left.csv in/right.csv --model in/bad_model.json -o failed.csv", 2);
    place.fails("link in/left.csv in/cut.xlsx -o failed.csv", 3);
    place.fails("dedupe in/open_extract.csv -o failed.csv", 3);
}

/// Links of tables without their headers: what is told of their columns is of the first person.
fn headless_links(place: &mut Place) {
    for side in ["left", "right"] {
        let table = std::fs::read_to_string(place.path("in").join(format!("{side}.csv"))).unwrap();
        place.plant(&format!("headless_{side}.csv"), table.split_once('\n').unwrap().1);
    }
    let levels = "levels = [{ exact = true, m = 0.9, u = 0.01 }, { else = true, m = 0.1, u = 0.99 }]";
    let model =
        "link_type = \"link\"\nprior = 0.5\n[fields.Zqxvfaly]\n[[blocking]]\nkeys = [\"Zqxvfaly\"]\n[[comparison]]\n";
    place.plant("headless.toml", format!("{model}field = \"Zqxvfaly\"\n{levels}\n"));
    let tables = "in/headless_left.csv in/headless_right.csv --model in/headless.toml";
    place.done(&format!("link {tables} -o in/headless_links.csv --explain"));
    let links = "in/headless_links.csv --truth in/headless_links.csv";
    place.fails(&format!("evaluate {links} --by sex"), 3);
    place.fails(&format!("evaluate {links} --table {} --by sex", tables.replacen(' ', " --table ", 1)), 3);
}

/// Tables whose headers lost the end of their line: the first person stands beside them.
fn glued(place: &mut Place) {
    let trace = |extract: &str, register: &str, out: &str| {
        format!("trace in/{extract} --register hmrc=in/{register} --on 2016-04-30 --format csv --out {out}")
    };
    let benefits = |customers: &str, awards: &str, out: &str| {
        let tables = format!("--customers in/{customers} --awards in/{awards}");
        format!("benefits answer_kept.csv {tables} --on 2016-04-30 --out {out}")
    };
    for (words, status) in [
        (trace("glued_extract.csv", "register.csv", "glued_1"), 0),
        (trace("extract.csv", "glued_register.csv", "glued_2"), 0),
        ("check in/glued_extract.csv --on 2016-04-30 --out glued_3".to_owned(), 0),
        ("index build hmrc=in/glued_register.csv --out glued.index".to_owned(), 0),
        ("index inspect glued.index".to_owned(), 0),
        ("pool load in/glued_cases.csv --ledger ho.ledger --by clerk --on 2016-06-30".to_owned(), 0),
        (benefits("glued_customers.csv", "awards.csv", "glued_4"), 1),
        (benefits("customers.csv", "glued_awards.csv", "glued_5"), 1),
        ("link in/same.csv in/right.csv -o failed.csv".to_owned(), 3),
    ] {
        place.run(&words, status, false);
    }
}

/// Answers that are not those to what was sent, and workbooks that were changed.
fn returns(place: &mut Place, ho: &str) {
    place.fails(&format!("pool return answer {ho}"), 3);
    for (name, from, to) in [
        ("wrong_header", "full_name", "Zqxvheader"),
        ("wrong_reference", "W0001-", "W9999-"),
        ("wrong_name", "QJXWC1", "QJXWC9"),
        ("wrong_word", "confirmed", "Zqxvword"),
    ] {
        let folder = place.path(name);
        std::fs::create_dir(&folder).unwrap();
        for file in ["hmrc_to_ho.csv", "hmrc_no_hits.csv", "hmrc_unresolved.csv"] {
            let kept = std::fs::read_to_string(place.path("kept").join(file)).unwrap();
            std::fs::write(folder.join(file), kept.replace(from, to)).unwrap();
        }
        place.run(&format!("pool return {name} {ho}"), 3, false);
    }
    for file in ["bad_verified", "bad_day", "headless_verified", "names"] {
        place.fails(&format!("pool confirm in/{file}.csv {ho}"), 3);
    }
    place.fails(&format!("pool return --dwp in/names.csv {ho}"), 3);
}

/// A reviewer's workbook with a word that is none, and with a cell changed that is not a reviewer's.
fn changed_workbooks(place: &mut Place) {
    let book = Book::open(&place.path("review.xlsx"));
    let row = book.candidates().next().unwrap();
    let said = [Cell::text(row, "Decision", "zqxvperhaps"), Cell::text(row, "Reviewer", "A Clerk")];
    book.save(&place.path("in/word.xlsx"), &said);
    book.save(&place.path("in/cell.xlsx"), &[Cell::text(row, "Name", "Zqxvsomebody else")]);
    book.save(&place.path("in/reference.xlsx"), &[Cell::text(row, "Candidate", "Zqxvsomebody-1")]);
    for name in ["word", "cell", "reference", "extract"] {
        let status = if name == "extract" { 3 } else { 1 };
        let words = format!("review traced --apply in/{name}.xlsx --on 2016-05-21");
        place.fails(&words, status);
    }
}

/// What the help names below some words.
fn named(words: &[&str]) -> Vec<String> {
    let output = crate::support::run(&[words, &["--help"]].concat(), 0);
    let help = String::from_utf8(output.stdout).unwrap();
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let name = |line: &str| {
        line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split_whitespace().next().map(str::to_owned)
    };
    lines.filter_map(name).collect()
}

/// Commands that read nothing about anybody.
const READ_NOTHING: [&str; 5] = ["demo", "synth", "completions", "man", "help"];

/// The commands of the program that were not run.
fn forgotten(place: &Place) -> Vec<String> {
    let first = named(&[]).into_iter().filter(|name| !READ_NOTHING.contains(&name.as_str()));
    let all = first.flat_map(|name| {
        let below: Vec<String> = named(&[&name]).into_iter().map(|word| format!("{name} {word}")).collect();
        if below.is_empty() { vec![name] } else { below }
    });
    all.filter(|name| !place.commands.contains(name)).collect()
}

fn searched(log: &'static str) -> (usize, usize) {
    let mut place = Place::new(log);
    plant_all(&place);
    succeed(&mut place);
    let files = place.search_files();
    assert!(place.faults.is_empty(), "{:#?}", place.faults);
    assert_eq!(forgotten(&place), [] as [String; 0]);
    (place.runs, files)
}

fn searched_after_failures(log: &'static str) -> usize {
    let mut place = Place::new(log);
    plant_all(&place);
    place.done("ledger init ho.ledger --department home_office --by clerk");
    let ho = "--ledger ho.ledger --by clerk --on";
    place.done(&format!("pool extract in/cases.csv {ho} 2016-04-30 --out wash"));
    let trace = "--register hmrc=in/register.csv --on 2016-04-30 --format csv";
    place.done(&format!("trace wash/extract-W0001-post2008-1.xlsx {trace} --out answer"));
    place.done(&format!("trace wash/extract-W0001-post2008-1.xlsx {trace} --out traced"));
    place.done("review traced -o review.xlsx --on 2016-05-10");
    std::fs::copy(place.path("answer/hmrc_to_dwp.csv"), place.path("answer_kept.csv")).unwrap();
    std::fs::create_dir(place.path("kept")).unwrap();
    for file in ["hmrc_to_ho.csv", "hmrc_no_hits.csv", "hmrc_unresolved.csv"] {
        std::fs::copy(place.path("answer").join(file), place.path("kept").join(file)).unwrap();
    }
    place.done(&format!("pool return answer {ho} 2016-05-20"));
    plant_faults(&place);
    fail(&mut place);
    changed_workbooks(&mut place);
    std::fs::remove_file(place.path("answer_kept.csv")).unwrap();
    place.search_files();
    assert!(place.faults.is_empty(), "{:#?}", place.faults);
    place.runs
}

#[test]
fn nothing_of_a_person_stands_where_it_may_not() {
    for log in ["text", "json"] {
        let (runs, files) = searched(log);
        assert!(runs >= 80 && files > 120, "{runs} runs, {files} files");
    }
}

#[test]
fn nor_where_an_input_is_wrong() {
    for log in ["text", "json"] {
        let runs = searched_after_failures(log);
        assert!(runs > 70, "{runs} runs");
    }
}

#[test]
fn the_search_finds_what_is_planted() {
    assert_eq!(plant::found(b"of ZQXVTESFAYE, QJXWC1", true), ["zqxv"]);
    assert_eq!(plant::found(b"nino ab917264c of QJXWC1", false), ["917264", "qjxwc"]);
    assert!(plant::found(b"row 7 of extract.csv", false).is_empty());
    // A digest holds some digits by chance; a word beside it, or one that is longer or shorter, is searched.
    let digest = format!("{}917264", "a".repeat(58));
    assert!(plant::found(format!("\"{digest}\"").as_bytes(), false).is_empty());
    for text in [format!("{digest} 917264"), format!("{digest}0"), digest[1..].to_owned()] {
        assert_eq!(plant::found(text.as_bytes(), false), ["917264"], "{text}");
    }
}

/// The process may leave no core file, not even to a program that takes them.
#[test]
fn a_crash_leaves_no_core_file() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("rewash"))
        .args(["check", text(&pipe), "--on", "2016-04-30"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // It waits for the other end of the pipe, all settings made.
    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    let begun = std::time::Instant::now();
    let limit = loop {
        let limits = std::fs::read_to_string(proc.join("limits")).unwrap_or_default();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default().to_owned();
        let fields: Vec<&str> = core.split_whitespace().skip(4).collect();
        if fields.first() == Some(&"0") && fields.get(1) == Some(&"0") || begun.elapsed().as_secs() > 20 {
            break fields.join(" ");
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(limit.starts_with("0 0"), "{limit}");
}
