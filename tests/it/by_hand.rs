//! What goes wrong where the steps of a trace, of `link` and of `dedupe` are run by hand: a part left out, given twice, or of
//! another run. It is refused, or changes nothing.

use crate::exchange::{EXTRACT, PERSON, REGISTER, record};
use crate::stages::{cut, pass, register};
use crate::support::{csv, folder, made, register_to_csv, run, stderr, strict_workbook, text, write_csv};
use crate::tables::{tables, trained};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ON: &str = "2016-04-30";

/// A trace by its steps, in a folder.
struct Steps {
    folder: TempDir,
}

impl Steps {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The steps of an extract up to who is asked for; their files have the name of the extract's.
    fn asked(&self, extract: &str, register: &Path, more: &[&str]) {
        let path = |ending: &str| self.path(extract).with_extension(ending);
        let (extract, probe, partial, asked) = (self.path(extract), path("probe"), path("partial"), path("asked"));
        run(&["stage", "probe", text(&extract), "--on", ON, "-o", text(&probe)], 0);
        run(&["stage", "scan", "--probe", text(&probe), text(register), "-o", text(&partial)], 0);
        let words = ["stage", "resolve", text(&extract), text(&partial), "--probe", text(&probe), "-o", text(&asked)];
        run(&[&words[..], more].concat(), 0);
    }

    /// The last step of `extract.csv`, or of another; what it said.
    fn finished(&self, extract: &str, rows: &[&str], out: &str, more: &[&str], status: i32) -> String {
        let path = |ending: &str| self.path(extract).with_extension(ending);
        let (probe, partial, asked, out) = (path("probe"), path("partial"), path("asked"), self.path(out));
        let registers: Vec<String> = rows.iter().map(|rows| format!("hmrc={}", text(&self.path(rows)))).collect();
        let extract = self.path(extract);
        let mut words = vec!["stage", "finish", text(&extract), "--probe", text(&probe), "--partials", text(&partial)];
        words.extend(["--asked", text(&asked), "--out", text(&out)]);
        registers.iter().for_each(|register| words.extend(["--register", register]));
        words.extend(more);
        let said = stderr(&run(&words, status));
        assert_eq!(out.exists(), status < 2, "{said}");
        said
    }
}

#[test]
fn rows_gathered_for_another_extract_or_of_some_parts_are_refused() {
    let folder = folder();
    let made = made(folder.path(), 1_500, 300);
    let steps = Steps { folder };
    let extract = std::fs::read_to_string(made.join("extract.csv")).unwrap();
    let lines: Vec<&str> = extract.lines().collect();
    std::fs::write(steps.path("extract.csv"), lines[..200].join("\n")).unwrap();
    std::fs::write(steps.path("other.csv"), [&lines[..1], &lines[200..]].concat().join("\n")).unwrap();
    let whole = made.join("register.parquet");
    steps.asked("extract.csv", &whole, &[]);
    steps.asked("other.csv", &whole, &[]);
    let gathered = |asked: &str, stream: &[u8], rows: &str| {
        pass(&["stage", "gather", "--asked", text(&steps.path(asked))], stream, &steps.path(rows));
    };
    let register = register(&made);
    gathered("other.asked", &cut(&register, 1)[0], "other.rows");
    for (number, part) in cut(&register, 2).iter().enumerate() {
        gathered("extract.asked", part, &format!("part-{number}.rows"));
    }
    for rows in ["other.rows", "part-0.rows", "part-1.rows"] {
        let said = steps.finished("extract.csv", &[rows], "refused", &[], 3);
        assert!(said.contains("rows that were found are not among the gathered ones"), "{rows}: {said}");
        assert!(said.contains("gather again"), "{rows}: {said}");
    }
    let said = steps.finished("extract.csv", &["part-*.rows", "part-1.rows"], "refused", &[], 3);
    assert!(said.contains("is given twice") && said.contains("name each file of rows once"), "{said}");
    steps.finished("extract.csv", &["part-*.rows"], "finished", &[], 0);
}

#[test]
fn an_agreement_is_in_force_on_the_date_of_the_probe_whenever_a_trace_is_finished() {
    let steps = Steps { folder: folder() };
    strict_workbook(&steps.path("extract.xlsx"), &format!("{EXTRACT}{PERSON}"));
    let row = record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
    std::fs::write(steps.path("register.csv"), format!("{REGISTER}{row}")).unwrap();
    let agreement = steps.path("agreement.toml");
    let terms = "reference = 'MOU'\nfrom = '2016-02-01'\nto = '2018-03-31'\n[[data_sets]]\nname = 'hmrc'\nown = true\n";
    std::fs::write(&agreement, terms).unwrap();
    let agreed = ["--agreement", text(&agreement)];
    steps.asked("extract.xlsx", &steps.path("register.csv"), &agreed);
    let (asked, rows) = (steps.path("extract.asked"), steps.path("rows"));
    run(&["stage", "gather", "--asked", text(&asked), text(&steps.path("register.csv")), "-o", text(&rows)], 0);
    let said =
        steps.finished("extract.xlsx", &["rows"], "other-day", &[&agreed[..], &["--on", "2016-05-01"]].concat(), 2);
    assert!(said.contains("the probe is of 2016-04-30"), "{said}");
    steps.finished("extract.xlsx", &["rows"], "finished", &agreed, 0);
}

#[test]
fn a_register_named_as_standard_input_may_be_csv() {
    let folder = folder();
    let made = made(folder.path(), 400, 60);
    let steps = Steps { folder };
    std::fs::copy(made.join("extract.csv"), steps.path("extract.csv")).unwrap();
    let whole = steps.path("register.csv");
    register_to_csv(&made.join("register.parquet"), &whole);
    steps.asked("extract.csv", &whole, &[]);
    let (stream, rows) = (std::fs::read(&whole).unwrap(), cut(&register(&made), 1).remove(0));
    let probe = steps.path("extract.probe");
    let same = |want: &str, got: &str| {
        let [want, got] = [want, got].map(|name| std::fs::read(steps.path(name)).unwrap());
        assert!(want == got, "{} and {} bytes", want.len(), got.len());
    };
    pass(&["stage", "scan", "-", "--probe", text(&probe)], &stream, &steps.path("csv"));
    same("extract.partial", "csv");
    pass(&["stage", "scan", "-", "--probe", text(&probe)], &rows, &steps.path("named"));
    pass(&["stage", "scan", "--probe", text(&probe)], &rows, &steps.path("unnamed"));
    same("unnamed", "named");
}

/// A linkage of two tables by its steps, in a folder.
struct Linkage {
    folder: TempDir,
}

impl Linkage {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a step with the plan; what it said.
    #[track_caller]
    fn step(&self, words: &[&str], out: &str, status: i32) -> String {
        let (plan, out) = (self.path("plan"), self.path(out));
        let said = [&["stage", "tables"], words, &["--plan", text(&plan), "-o", text(&out)]].concat();
        stderr(&run(&said, status))
    }

    /// Profile and keys of a table whose rows a column numbers, unless it is empty.
    fn keyed(&self, table: &str, side: &str, row_column: &str) {
        let (input, profile) = (self.path(&format!("{table}.csv")), format!("{table}.profile"));
        let mut words = vec![text(&input), "--side", side];
        words.extend(["--row-column", row_column].into_iter().filter(|_| !row_column.is_empty()));
        self.step(&[&["profile"], &words[..]].concat(), &profile, 0);
        let profile = self.path(&profile);
        self.step(&[&["keys"], &words[..], &["--profiles", text(&profile)]].concat(), &format!("{table}.keys"), 0);
    }

    fn count(&self, left: &str, right: &str, out: &str, status: i32) -> String {
        let of = |table: &str, ending: &str| self.path(&format!("{table}.{ending}"));
        let [profiles, keys] = ["profile", "keys"].map(|ending| [of(left, ending), of(right, ending)]);
        let [a, b] = [text(&profiles[0]), text(&profiles[1])];
        self.step(&["count", text(&keys[0]), text(&keys[1]), "--profiles", a, "--profiles", b], out, status)
    }

    /// The pairs of a bucket, as `BUCKET-of-BUCKETS`.
    #[track_caller]
    fn pairs(&self, keys: &[&str], buckets: u32, bucket: u32, status: i32) -> String {
        let (counts, out) = (self.path("counts"), format!("{bucket}-of-{buckets}"));
        let keys: Vec<PathBuf> = keys.iter().map(|table| self.path(&format!("{table}.keys"))).collect();
        let (buckets, bucket) = (buckets.to_string(), bucket.to_string());
        let words = ["pairs", "--counts", text(&counts), "--buckets", &buckets, "--bucket", &bucket];
        let keys: Vec<&str> = keys.iter().map(|path| text(path)).collect();
        self.step(&[&words[..], &keys].concat(), &out, status)
    }

    #[track_caller]
    fn settle(&self, pairs: &[&str], status: i32) -> String {
        let pairs: Vec<PathBuf> = pairs.iter().map(|name| self.path(name)).collect();
        let pairs: Vec<&str> = pairs.iter().map(|path| text(path)).collect();
        self.step(&[&["settle"], &pairs[..]].concat(), &format!("settled-{status}-{}", pairs.len()), status)
    }
}

/// Two tables, `left.csv` and `right.csv`, with a plan to link them.
fn planned() -> Linkage {
    let linkage = Linkage { folder: folder() };
    let [left, right] = tables(linkage.folder.path(), 300);
    let (model, plan) = (trained(linkage.folder.path(), &[&left, &right]), linkage.path("plan"));
    let words = ["plan", "link", "--model", text(&model), "--id", "record_id", "-o", text(&plan)];
    run(&[&["stage", "tables"], &words[..]].concat(), 0);
    linkage
}

#[test]
fn each_bucket_is_settled_once_and_made_of_all_rows() {
    let linkage = planned();
    linkage.keyed("left", "left", "");
    linkage.keyed("right", "right", "");
    linkage.count("left", "right", "counts", 0);
    for (buckets, bucket) in [(3, 0), (3, 1), (3, 2), (4, 2)] {
        linkage.pairs(&["left", "right"], buckets, bucket, 0);
    }
    linkage.settle(&["2-of-3", "0-of-3", "1-of-3"], 0);
    // Blocks are shared out to all buckets, whatever their number.
    for bucket in 0..2 {
        let said = linkage.pairs(&["left", "right"], 2, bucket, 0);
        assert!(!said.contains("pairs compared           0"), "{said}");
    }
    let said = linkage.settle(&["0-of-3", "2-of-3"], 3);
    assert!(said.contains("1 of 3 buckets are not there, 1 is the first"), "{said}");
    let said = linkage.settle(&["0-of-3", "1-of-3", "2-of-3", "2-of-3"], 3);
    assert!(said.contains("2-of-3: holds bucket 2, which was there before"), "{said}");
    let said = linkage.settle(&["0-of-3", "1-of-3", "2-of-4"], 3);
    assert!(said.contains("2-of-4: holds one of 4 buckets, and those before are of 3"), "{said}");
    for keys in [&["left"][..], &["right"], &["left", "right", "right"]] {
        let said = linkage.pairs(keys, 1, 0, 3);
        assert!(said.contains("rows were keyed, and the tables have"), "{said}");
    }
}

#[test]
fn rows_with_numbers_that_are_not_their_own_are_refused() {
    let linkage = planned();
    let rows = csv(&linkage.path("left.csv"));
    let numbered = |name: &str, number: &dyn Fn(usize) -> usize| {
        let mut rows = rows.clone();
        rows[0].push("number".into());
        rows.iter_mut().skip(1).enumerate().for_each(|(row, cells)| cells.push(number(row).to_string()));
        write_csv(&linkage.path(&format!("{name}.csv")), &rows);
        linkage.keyed(name, "left", "number");
    };
    linkage.keyed("right", "right", "");
    numbered("good", &|row| row);
    numbered("double", &|row| row / 2);
    numbered("from-one", &|row| row + 1);
    let said = linkage.count("double", "right", "none", 3);
    assert!(said.contains("double.keys: two rows of one table have the number 0"), "{said}");
    let said = linkage.count("from-one", "right", "none", 3);
    let all = rows.len() - 1;
    assert!(said.contains(&format!("has the number {all}, and its table has {all} rows, numbered from 0")), "{said}");
    linkage.count("good", "right", "counts", 0);
    linkage.pairs(&["good", "right"], 1, 0, 0);
    let said = linkage.pairs(&["double", "right"], 2, 0, 3);
    assert!(said.contains("two rows of one table have the number"), "{said}");
    let said = linkage.pairs(&["from-one", "right"], 2, 1, 3);
    assert!(said.contains("numbered from 0"), "{said}");
}
