//! Outputs that cannot bite: text that a spreadsheet would run, names from data, links, modes, and who may read or write.

use crate::exchange::{EXTRACT, REGISTER};
use crate::support::{csv, folder, rewash, run, stderr, strict_workbook, text};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder in which commands run, as its user would type them.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: folder() };
        let person = crate::exchange::PERSON;
        desk.write(
            "extract.csv",
            &format!("{EXTRACT}{person}{}", person.replacen("D1", "D2", 1).replacen("77", "78", 1)),
        );
        let record = crate::exchange::record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
        desk.write("register.csv", &format!("{REGISTER}{record}"));
        crate::benefits::one_person(desk.folder.path());
        for name in ["handoff.csv", "customers.csv", "awards.csv"] {
            desk.set_mode(name, 0o600);
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
        self.set_mode(name, 0o600);
    }

    fn set_mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs words with spaces between them in the folder, with a mask that forbids nothing.
    #[track_caller]
    fn run(&self, words: &str, status: i32) -> String {
        let output = Command::new("sh")
            .args(["-c", "umask 000; exec \"$@\"", "sh"])
            .arg(assert_cmd::cargo::cargo_bin("rewash"))
            .args(words.split_whitespace())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{words}\n{said}");
        said
    }

    /// All files below the folder, by their paths within it.
    fn files(&self) -> Vec<String> {
        let mut out = Vec::new();
        walk(self.folder.path(), &mut |path| {
            out.push(path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned());
        });
        out.sort();
        out
    }
}

fn walk(folder: &Path, found: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found(&path);
        if path.is_dir() && !path.is_symlink() {
            walk(&path, found);
        }
    }
}

const TRACE: &str = "trace extract.csv --register hmrc=register.csv --on 2016-04-30 --format csv";
const BENEFITS: &str = "benefits handoff.csv --customers customers.csv --awards awards.csv --on 2016-04-30";
const CASES: &str = "cid_person_id,full_name,date_of_birth,address_1,postcode_1,status_ended_on,no_contact_since\n\
    C1,Ana Li,1980-02-03,3 Low Road,LS2 7AA,2012-05-01,2015-01-01\n";

#[test]
fn whatever_the_mask_files_are_their_owners_alone() {
    let desk = Desk::new();
    desk.write("cases.csv", CASES);
    desk.write("left.csv", "id,name,born\n1,Tesfaye Haile,1984-07-19\n2,Ana Li,1980-02-03\n");
    desk.write("right.csv", "id,name,born\n7,Tesfaye Haile,1984-07-19\n8,Jane Appleby,1951-02-03\n");
    let given = desk.files();
    for (words, status) in [
        ("ledger init ho.ledger --department home_office --by clerk", 0),
        ("ledger init hmrc.ledger --department hmrc --by clerk", 0),
        ("ledger keygen --out key", 0),
        (&format!("{TRACE} --out traced --save-model model.json --ledger hmrc.ledger --by clerk"), 0),
        ("check extract.csv --on 2016-04-30 --out checked", 0),
        (&format!("{BENEFITS} --out benefits"), 0),
        ("pool extract cases.csv --ledger ho.ledger --by clerk --on 2016-04-30 --out wash", 0),
        ("pool due --ledger ho.ledger --by clerk --on 2016-11-30 -o due.csv", 1),
        ("report --ledger ho.ledger --on 2016-06-30 --html --out report", 0),
        ("link left.csv right.csv -o links.csv --save-model links.toml", 1),
        ("blocks left.csv right.csv --svg blocks.svg", 0),
        ("model chart links.toml -o weights.svg", 0),
        ("synth --register 50 --extract 5 --seed 1 --out made", 0),
        ("audit assure --ledger ho.ledger --from 2016-04-01 --to 2016-06-30 -o assurance.txt", 0),
        ("man --out man1", 0),
        ("index build hmrc=register.csv --out index", 0),
        ("index update index", 0),
        ("trace extract.csv --index index --on 2016-04-30 --format csv --out by_index", 0),
        ("stage probe extract.csv --data-set hmrc --on 2016-04-30 -o probe.arrow", 0),
        ("stage scan register.csv --probe probe.arrow -o 1.partial", 0),
        ("stage resolve extract.csv 1.partial --probe probe.arrow -o asked.arrow", 0),
        ("stage gather register.csv --asked asked.arrow -o 1.rows", 0),
        ("spark --emit job.py", 0),
        // It left nothing to people: no workbook is made.
        ("review traced -o review.xlsx --ledger hmrc.ledger --by clerk", 1),
        ("model export links.toml -o splink.json --allow-refused", 0),
        ("link left.csv right.csv --model links.toml -o links.parquet", 1),
        ("dedupe left.csv -o pairs.arrow", 1),
        ("explain left.csv right.csv 1 7 --svg pair.png", 0),
        ("audit export --ledger ho.ledger --out exported", 0),
        ("ledger close R0001 --on 2016-05-31 --ledger hmrc.ledger --by clerk", 0),
    ] {
        desk.run(words, status);
    }
    let mut made = 0;
    walk(desk.folder.path(), &mut |path| {
        let name = path.strip_prefix(desk.folder.path()).unwrap().to_str().unwrap().to_owned();
        if given.contains(&name) {
            return;
        }
        made += 1;
        let about = path.symlink_metadata().unwrap();
        let mode = if about.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(about.mode() & 0o7777, mode, "{name}");
    });
    assert!(made > 60, "{made}");
}

#[test]
fn no_link_is_followed_on_the_way_to_an_output() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("elsewhere")).unwrap();
    desk.write("mine.txt", "mine");
    desk.write("stopped.csv", "dash_reference,benefit,stopped_on,weekly_amount\nD1,UC,2016-03-01,73.10\n");
    for (link, to) in
        [("out", "elsewhere"), ("dangling", "nothing"), ("model.json", "mine.txt"), ("new.ledger", "nothing")]
    {
        symlink(desk.path(to), desk.path(link)).unwrap();
    }
    // What a process that is gone may have left is removed, but no link and nothing behind one.
    symlink(desk.path("elsewhere"), desk.path(".traced.tmp-999999999")).unwrap();
    desk.write("elsewhere/kept.txt", "kept");
    for words in [
        &format!("{TRACE} --out out"),
        &format!("{TRACE} --out dangling"),
        &format!("{TRACE} --out traced --save-model model.json"),
        "synth --register 50 --extract 5 --seed 1 --out out",
        "check extract.csv --on 2016-04-30 --out dangling",
        "ledger init new.ledger --department hmrc --by clerk",
        "ledger keygen --out model.json",
        "index build hmrc=register.csv --out out",
        "index build hmrc=register.csv --out dangling",
        "stage probe extract.csv --data-set hmrc --on 2016-04-30 -o model.json",
        "stage probe extract.csv --data-set hmrc --on 2016-04-30 -o dangling",
        "link extract.csv register.csv -o dangling --format csv",
        "link extract.csv register.csv -o links.csv --save-model model.json",
        "dedupe register.csv -o model.json --format csv",
        "spark --emit dangling",
        "man --out out",
        "report --stopped stopped.csv --on 2016-04-30 --out out",
        "benefits stopped stopped.csv --on 2016-04-30 --out dangling",
        &format!("{BENEFITS} --out out"),
    ] {
        desk.run(words, 2);
    }
    desk.run(&format!("{TRACE} --out traced"), 0);
    let read = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!((read("mine.txt"), read("elsewhere/kept.txt")), ("mine".into(), "kept".into()));
    assert!(!desk.path("nothing").exists());
    assert!(desk.path("out").is_symlink() && desk.path(".traced.tmp-999999999").is_symlink());
    // What is beside an output of the same run is no way around: a certificate, labels, pictures.
    desk.run("ledger init dwp.ledger --department dwp --by clerk", 0);
    desk.run(&format!("{BENEFITS} --out told --ledger dwp.ledger --by clerk"), 0);
    desk.run("ledger close R0001 --on 2016-05-31 --ledger dwp.ledger --by clerk", 0);
    desk.run("destroy R0001 --on 2016-06-30 --certificate dangling --ledger dwp.ledger --by clerk", 2);
    desk.run("review traced --labels model.json", 2);
    desk.run("blocks extract.csv register.csv --svg model.json", 2);
    desk.run("audit assure --ledger dwp.ledger --from 2016-04-01 --to 2016-06-30 -o dangling", 2);
    assert!(desk.path("told").is_dir());
    assert_eq!((read("mine.txt"), desk.path("nothing").exists()), ("mine".into(), false));
    // The lock of a ledger is emptied and written to: not what a link in its place points to.
    desk.run("ledger init hmrc.ledger --department hmrc --by clerk", 0);
    std::fs::remove_file(desk.path("hmrc.ledger.lock")).unwrap();
    symlink(desk.path("mine.txt"), desk.path("hmrc.ledger.lock")).unwrap();
    desk.run("ledger runs --ledger hmrc.ledger --on 2016-04-30", 2);
    assert_eq!(read("mine.txt"), "mine");
}

#[test]
fn names_of_files_are_never_made_of_data() {
    let desk = Desk::new();
    let nasty = "../../elsewhere/x";
    let row = format!(
        "{nasty},{nasty},{nasty},Tesfaye Haile Mekonnen,1984-07-19,{nasty},{nasty},LS1 4AP,2014-01-01,,,AB123457C,0\n"
    );
    desk.write("extract.csv", &format!("{EXTRACT}{row}"));
    desk.write("left.csv", &format!("id,name,cluster\n{nasty},Tesfaye Haile,{nasty}\n/etc/x,Ana Li,a\n"));
    std::fs::create_dir(desk.path("deep")).unwrap();
    let before = desk.files();
    desk.run(&format!("{TRACE} --out deep/traced"), 0);
    desk.run("check extract.csv --on 2016-04-30 --out deep/checked", 0);
    desk.run("report --run deep/traced --on 2016-06-30 --html --out deep/report", 0);
    desk.run("dedupe left.csv -o deep/pairs.csv --save-model deep/model.toml", 1);
    desk.run("evaluate deep/traced/outcomes.csv --truth left.csv --by cluster --svg deep/charts", 3);
    let made: Vec<String> = desk.files().into_iter().filter(|name| !before.contains(name)).collect();
    assert!(made.len() > 15);
    for name in &made {
        assert!(name.starts_with("deep/") && !name.contains("elsewhere") && !name.contains(".."), "{name}");
    }
}

/// How a spreadsheet knows a formula.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0'])
}

/// Rows in which each column in turn holds a formula.
fn with_formulas(header: &str, row: &str, ids: &[usize]) -> String {
    let cells: Vec<String> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(row.as_bytes())
        .records()
        .next()
        .unwrap()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (number, trigger) in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"].iter().cycle().take(cells.len()).enumerate()
    {
        let mut changed = cells.clone();
        ids.iter().for_each(|at| changed[*at] = format!("{}{number}", changed[*at]));
        changed[number] = format!("{trigger}{}", changed[number]);
        writer.write_record(&changed).unwrap();
    }
    format!("{header}{}", String::from_utf8(writer.into_inner().unwrap()).unwrap())
}

#[test]
fn no_departments_file_holds_a_cell_that_a_spreadsheet_would_run() {
    let desk = Desk::new();
    desk.write("extract.csv", &with_formulas(EXTRACT, crate::exchange::PERSON, &[0, 2]));
    let record = crate::exchange::record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
    let details = with_formulas("", &record, &[0]);
    // The person under their own name and number, with one detail after another that bites.
    let details: String = details.lines().skip(7).map(|line| format!("{line}\n")).collect();
    desk.write("register.csv", &format!("{REGISTER}{record}{details}"));
    desk.run(&format!("{TRACE} --out traced"), 0);
    let mut looked = 0;
    for file in ["hmrc_to_ho.csv", "hmrc_no_hits.csv", "hmrc_to_dwp.csv"] {
        let rows = csv(&desk.path("traced").join(file));
        looked += rows.len();
        let bites: Vec<&String> = rows.iter().flatten().filter(|cell| is_formula(cell)).collect();
        assert!(bites.is_empty(), "{file}: {bites:?}");
    }
    assert!(looked > 8, "{looked}");
    // Rows whose linking block would bite are held: named for the Home Office, who sent it, as refused and as it stands.
    let held = csv(&desk.path("traced/hmrc_unresolved.csv"));
    for row in &held[1..] {
        assert!(!row[..5].iter().any(|cell| is_formula(cell)) || row[5] == "refused", "{row:?}");
    }
    let listed = csv(&desk.path("traced/exceptions.csv"));
    assert!(listed.iter().filter(|row| row[2] == "formula_like_text").count() >= 5, "{listed:?}");
}

#[test]
fn workbooks_hold_text_and_never_a_formula() {
    let desk = Desk::new();
    let case = crate::exchange::PERSON.replace("Tesfaye Haile Mekonnen", "Tesfaye Zerihun").replace("AB123457C", "");
    desk.write("extract.csv", &format!("{EXTRACT}{}", case.replace("Flat 2, 12 High St", "=1+1")));
    desk.write(
        "register.csv",
        &format!("{REGISTER}R1,AB123457D,,=1+1,Tesfaye,@x,Mekonnen,1983-07-19,M,=cmd|x,LS1 4AP,07700900123,,2015-16,PAYE,2016-03-01\n"),
    );
    desk.write("cases.csv", &CASES.replace("3 Low Road", "=HYPERLINK(1)"));
    desk.run(&format!("{TRACE} --out traced"), if csv_matches(&desk) { 0 } else { 1 });
    desk.run("review traced -o review.xlsx", 0);
    desk.run("check extract.csv --on 2016-04-30 --out checked", 0);
    desk.run("ledger init ho.ledger --department home_office --by clerk", 0);
    desk.run("pool extract cases.csv --ledger ho.ledger --by clerk --on 2016-04-30 --out wash", 0);
    desk.run("report --run traced --on 2016-06-30 --out report", 0);
    let books: Vec<String> = desk.files().into_iter().filter(|name| name.ends_with(".xlsx")).collect();
    assert!(books.len() >= 4, "{books:?}");
    for name in books {
        let mut archive = zip::ZipArchive::new(std::fs::File::open(desk.path(&name)).unwrap()).unwrap();
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).unwrap();
            let mut xml = String::new();
            part.read_to_string(&mut xml).unwrap();
            assert!(!xml.contains("<f>") && !xml.contains("<f "), "{name}: {}", part.name().unwrap());
        }
    }
}

/// Whether the one row is a match: run once to look.
fn csv_matches(desk: &Desk) -> bool {
    let out = desk.path("look");
    let words = TRACE
        .replace("extract.csv", text(&desk.path("extract.csv")))
        .replace("register.csv", text(&desk.path("register.csv")));
    let words: Vec<&str> = words.split(' ').chain(["--out", text(&out)]).collect();
    let _ = rewash(&words);
    let is_match = csv(&out.join("outcomes.csv"))[1][2] == "match";
    std::fs::remove_dir_all(out).unwrap();
    is_match
}

#[test]
fn inputs_and_folders_that_others_may_reach_are_told_or_refused() {
    let desk = Desk::new();
    strict_workbook(&desk.path("extract.xlsx"), &format!("{EXTRACT}{}", crate::exchange::PERSON));
    desk.set_mode("extract.xlsx", 0o600);
    desk.write("cases.csv", CASES);
    desk.write("terms.toml", "refuse_readable_inputs = true\n[[data_sets]]\nname = 'hmrc'\nown = true\n");
    desk.run("ledger init ho.ledger --department home_office --by clerk", 0);
    let pool = "pool load cases.csv --ledger ho.ledger --by clerk --on 2016-04-30";
    let trace = "trace extract.xlsx --register hmrc=register.csv --on 2016-04-30";
    // Nobody else may reach anything: nothing is said.
    for words in
        [&format!("{trace} --out a"), "check extract.xlsx --on 2016-04-30", pool, &format!("{BENEFITS} --out b")]
    {
        desk.run(&format!("{words} --quiet"), 0)
            .lines()
            .for_each(|line| assert!(!line.contains("other users"), "{line}"));
    }
    // The files may be read.
    for (file, words) in [
        ("extract.xlsx", "check extract.xlsx --on 2016-04-30"),
        ("register.csv", &*format!("{trace} --out c")),
        ("cases.csv", pool),
        ("awards.csv", &*format!("{BENEFITS} --out d")),
    ] {
        desk.set_mode(file, 0o604);
        assert!(
            desk.run(words, 0).contains(&format!("{file}: other users of this machine may read the file")),
            "{words}"
        );
        let strict = words.replace("--out c", "--out e").replace("--out d", "--out f");
        let strict = desk.run(&format!("{strict} --agreement terms.toml"), 3);
        assert!(strict.contains("as the agreement demands"), "{strict}");
        desk.set_mode(file, 0o600);
    }
    // Others may write to the folder, and put another file in the place of one.
    std::fs::set_permissions(desk.folder.path(), std::fs::Permissions::from_mode(0o707)).unwrap();
    let said = desk.run(&format!("{trace} --out g"), 0);
    assert!(said.contains("other users of this machine may write to the folder"), "{said}");
    let said = desk.run(&format!("{trace} --out h --agreement terms.toml"), 3);
    assert!(said.contains("chmod go-w the folder, as the agreement demands"), "{said}");
    // In a folder such as /tmp each may take away their own alone.
    std::fs::set_permissions(desk.folder.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(!desk.run(&format!("{trace} --out i"), 0).contains("may write to the folder"));
    let _ = run(&["--help"], 0);
}

#[test]
fn a_model_takes_the_place_of_a_model_and_of_nothing_else() {
    let desk = Desk::new();
    let before = std::fs::read(desk.path("extract.csv")).unwrap();
    let said = desk.run(&format!("{TRACE} --out a --save-model extract.csv"), 2);
    assert!(said.contains("is not a model of this program") && !desk.path("a").exists(), "{said}");
    assert_eq!(std::fs::read(desk.path("extract.csv")).unwrap(), before);
    desk.run(&format!("{TRACE} --out b --save-model model.json"), 0);
    desk.run(&format!("{TRACE} --out c --save-model model.json"), 0);
}

/// Headers, ids and names of files are others' text, and a terminal does what some characters say.
#[test]
fn what_is_shown_moves_no_cursor() {
    let desk = Desk::new();
    let table = |ids: [&str; 2]| {
        let [one, two] = ids.map(|id| format!("{id}\u{1b}[2J"));
        format!("id,na\u{1b}[31mme,born\n{one},Tesfaye Haile,1984-07-19\n{two},Ana Li,1980-02-03\n")
    };
    let (left, right) = ("le\u{1b}[7mft.csv", "right.csv");
    desk.write(left, &table(["1", "2"]));
    desk.write(right, &table(["7", "8"]));
    let id = |number: &str| format!("{number}\u{1b}[2J");
    let mut shown = 0;
    for words in [
        vec!["blocks", left, right],
        vec!["explain", left, right],
        vec!["explain", left, right, &id("1"), &id("8"), "--around", "3"],
        vec!["link", left, right, "-o", "links.csv", "--threshold", "0"],
        vec!["link", left, right, "-o", "-", "--dry-run"],
        vec!["link", left, "no\u{1b}[1mwhere.csv", "-o", "other.csv"],
    ] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rewash"));
        let output = command.args(&words).current_dir(desk.folder.path()).output().unwrap();
        let all = [output.stdout, output.stderr].concat();
        assert!(!all.contains(&0x1b), "{words:?}: {}", String::from_utf8_lossy(&all).escape_debug());
        shown += usize::from(String::from_utf8_lossy(&all).contains('\u{fffd}'));
    }
    assert!(shown > 3, "{shown}");
}

#[test]
fn devices_are_no_files() {
    let desk = Desk::new();
    for (words, status) in [
        (TRACE.replace("register.csv", "/dev/zero"), 3),
        (TRACE.replace("extract.csv", "/dev/urandom"), 3),
        (format!("{TRACE} --model /dev/zero"), 4),
        (format!("{TRACE} --agreement /dev/zero"), 4),
        (format!("{TRACE} --encrypt-to dwp=/dev/zero"), 4),
    ] {
        let said = desk.run(&format!("{words} --out out"), status);
        assert!(said.contains("device") || said.contains("is longer than the 64 MiB"), "{words}: {said}");
    }
}
