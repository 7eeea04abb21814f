//! The steps of a trace run apart, each part of a register by a process of its own: the same bytes, whatever the cut.

use crate::support::{files, folder, made, of_another_version, run, stderr, text};
use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::ipc::writer::StreamWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rewash::util::hash::mix;
use std::path::{Path, PathBuf};

const ON: &str = "2016-04-30";

/// A register as one batch.
pub(crate) fn register(made: &Path) -> RecordBatch {
    let file = std::fs::File::open(made.join("register.parquet")).unwrap();
    let batches: Vec<RecordBatch> =
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// Parts of a register as Arrow IPC streams: each row in one of them, those of a part in no order of their own.
pub(crate) fn cut(register: &RecordBatch, parts: u64) -> Vec<Vec<u8>> {
    let mut rows: Vec<u32> = (0..register.num_rows() as u32).collect();
    rows.sort_by_key(|row| mix(u64::from(*row), 17));
    let part = |part: u64| {
        let rows: UInt32Array =
            rows.iter().copied().filter(|row| mix(u64::from(*row), parts) % parts == part).collect();
        let batch = take_record_batch(register, &rows).unwrap();
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        let size = 1 + batch.num_rows() / 3;
        for start in (0..batch.num_rows()).step_by(size) {
            writer.write(&batch.slice(start, size.min(batch.num_rows() - start))).unwrap();
        }
        writer.into_inner().unwrap()
    };
    (0..parts).map(part).collect()
}

/// Runs a stage on a stream, into a file.
#[track_caller]
pub(crate) fn pass(arguments: &[&str], stream: &[u8], out: &Path) {
    let output = assert_cmd::Command::cargo_bin("rewash")
        .unwrap()
        .args(arguments)
        .args(["--quiet", "--threads", "1"])
        .write_stdin(stream)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}\n{}", stderr(&output));
    std::fs::write(out, output.stdout).unwrap();
}

/// Everything by stages; the folder that comes of it. `parts` are streams with the name of their data set.
pub(crate) fn staged(folder: &Path, extract: &Path, data_sets: &[&str], parts: &[(&str, Vec<u8>)]) -> PathBuf {
    std::fs::create_dir(folder).unwrap();
    let path = |name: &str| folder.join(name);
    let probe = path("probe.arrow");
    let mut words = vec!["stage", "probe", text(extract), "--on", ON, "-o", text(&probe), "--quiet"];
    data_sets.iter().for_each(|name| words.extend(["--data-set", name]));
    run(&words, 0);
    let mut partials = Vec::new();
    for (number, (data_set, stream)) in parts.iter().enumerate() {
        let out = path(&format!("{number}.partial"));
        pass(&["stage", "scan", "--probe", text(&probe), "--data-set", data_set], stream, &out);
        partials.push(out);
    }
    // Any order will do.
    partials.reverse();
    let partials: Vec<&str> = partials.iter().map(|partial| text(partial)).collect();
    let asked = path("asked.arrow");
    let words = ["stage", "resolve", text(extract), "--probe", text(&probe), "-o", text(&asked), "--quiet"];
    run(&[&words[..], &partials].concat(), 0);
    let mut gathered = Vec::new();
    for data_set in data_sets {
        let rows = path(&format!("{data_set}.rows"));
        let streams: Vec<&Vec<u8>> = parts.iter().filter(|(of, _)| of == data_set).map(|(_, stream)| stream).collect();
        let mut found = Vec::new();
        for (number, stream) in streams.iter().enumerate() {
            let out = path(&format!("{data_set}-{number}.rows"));
            pass(&["stage", "gather", "--asked", text(&asked), "--data-set", data_set], stream, &out);
            found.push(out);
        }
        join(&found, &rows);
        gathered.push(format!("{data_set}={}", text(&rows)));
    }
    let out = path("out");
    let mut words =
        vec!["stage", "finish", text(extract), "--probe", text(&probe), "--asked", text(&asked), "--partials"];
    words.extend(&partials);
    words.extend(["--out", text(&out), "--quiet"]);
    gathered.iter().for_each(|register| words.extend(["--register", register]));
    run(&words, 0);
    out
}

/// Streams of one schema as one.
fn join(streams: &[PathBuf], out: &Path) {
    let mut writer = None;
    for stream in streams {
        let reader = arrow::ipc::reader::StreamReader::try_new(std::fs::File::open(stream).unwrap(), None).unwrap();
        let schema = reader.schema();
        let writer =
            writer.get_or_insert_with(|| StreamWriter::try_new(std::fs::File::create(out).unwrap(), &schema).unwrap());
        reader.for_each(|batch| writer.write(&batch.unwrap()).unwrap());
    }
    writer.unwrap().finish().unwrap();
}

/// What must be the same: all files but the record of the run, and the manifest without the names of its inputs.
fn promised(out: &Path) -> Vec<(String, String)> {
    let manifest = |bytes: &[u8]| {
        let mut manifest: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        for input in manifest["inputs"].as_array_mut().unwrap().iter_mut().skip(1) {
            assert!(input["rows"].as_u64().unwrap() > 0);
            for key in ["name", "format", "sha256"] {
                input[key] = serde_json::Value::Null;
            }
        }
        manifest.to_string()
    };
    let shown = |(name, bytes): (String, Vec<u8>)| {
        let content = match name.as_str() {
            "manifest.json" => manifest(&bytes),
            _ => bytes.iter().map(|byte| *byte as char).collect(),
        };
        (name, content)
    };
    files(out).into_iter().filter(|(name, _)| name != "run.json").map(shown).collect()
}

#[track_caller]
fn same(want: &[(String, String)], got: &[(String, String)], what: &str) {
    let names = |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(want), names(got), "{what}");
    for ((name, want), (_, got)) in want.iter().zip(got) {
        let differing = want.lines().zip(got.lines()).find(|(want, got)| want != got);
        assert!(want == got, "{what}: {name} differs: {differing:?}");
    }
}

#[test]
fn any_cut_gives_the_bytes_of_one_machine() {
    let folder = folder();
    let made = made(folder.path(), 3_000, 500);
    let extract = made.join("extract.csv");
    let want = folder.path().join("want");
    let whole = format!("hmrc={}", text(&made.join("register.parquet")));
    run(&["trace", text(&extract), "--register", &whole, "--on", ON, "--out", text(&want), "--quiet"], 0);
    let want = promised(&want);
    let register = register(&made);
    for parts in [1, 7, 64] {
        let parts: Vec<(&str, Vec<u8>)> = cut(&register, parts).into_iter().map(|part| ("hmrc", part)).collect();
        let out = staged(&folder.path().join(format!("cut-{}", parts.len())), &extract, &["hmrc"], &parts);
        same(&want, &promised(&out), &format!("{} parts", parts.len()));
    }
}

#[test]
fn several_data_sets_are_told_apart() {
    let folder = folder();
    let made = made(folder.path(), 2_000, 300);
    let (extract, whole) = (made.join("extract.csv"), register(&made));
    // The second data set holds every third row of the first, under the same person ids.
    let rows: UInt32Array = (0..whole.num_rows() as u32).filter(|row| row.is_multiple_of(3)).collect();
    let third = take_record_batch(&whole, &rows).unwrap();
    let second = folder.path().join("second.arrows");
    std::fs::write(&second, &cut(&third, 1)[0]).unwrap();
    let want = folder.path().join("want");
    let registers = [format!("hmrc={}", text(&made.join("register.parquet"))), format!("bank={}", text(&second))];
    let words = ["trace", text(&extract), "--on", ON, "--out", text(&want), "--quiet", "--register"];
    run(&[&words[..], &[&registers[0], "--register", &registers[1]]].concat(), 0);
    let mut parts: Vec<(&str, Vec<u8>)> = cut(&third, 2).into_iter().map(|part| ("bank", part)).collect();
    parts.extend(cut(&whole, 3).into_iter().map(|part| ("hmrc", part)));
    let out = staged(&folder.path().join("cut"), &extract, &["hmrc", "bank"], &parts);
    same(&promised(&want), &promised(&out), "two data sets");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let folder = folder();
    let made = made(folder.path(), 400, 60);
    let (extract, register) = (made.join("extract.csv"), made.join("register.parquet"));
    let path = |name: &str| folder.path().join(name);
    let (probe, other, partial) = (path("probe"), path("other"), path("partial"));
    let make = |out: &Path, on: &str| run(&["stage", "probe", text(&extract), "--on", on, "-o", text(out)], 0);
    make(&probe, ON);
    make(&other, "2016-05-01");
    run(&["stage", "scan", "--probe", text(&probe), text(&register), "-o", text(&partial)], 0);
    let resolve = |extract: &Path, partial: &Path, probe: &Path, status: i32| {
        let words = ["stage", "resolve", text(extract), text(partial), "--probe", text(probe), "-o", "-"];
        stderr(&run(&words, status))
    };
    let said = resolve(&extract, &partial, &other, 3);
    assert!(said.contains("partial: belongs to another probe") && said.contains("scan the register again"), "{said}");
    let said = resolve(&made.join("cases.csv"), &partial, &probe, 3);
    assert!(said.contains("is not the extract that the probe was made of") || said.contains("lacks"), "{said}");
    let said = resolve(&extract, &probe, &probe, 3);
    assert!(said.contains("not of the form `rewash partial 1`"), "{said}");
    // Another name is no other part; a copy may be one.
    std::os::unix::fs::symlink(&partial, path("link")).unwrap();
    std::fs::copy(&partial, path("copy")).unwrap();
    let beside = |other: &str, status: i32| {
        let (own, other) = (text(&partial).to_owned(), text(&path(other)).to_owned());
        let words = ["stage", "resolve", text(&extract), &own, &other, "--probe", text(&probe), "-o", "-"];
        stderr(&run(&words, status))
    };
    for other in ["partial", "link"] {
        let said = beside(other, 3);
        assert!(said.contains("is given twice") && said.contains("name each partial once"), "{said}");
    }
    beside("copy", 0);
    let bytes = of_another_version(&partial);
    std::fs::write(path("old"), &bytes).unwrap();
    let said = resolve(&extract, &path("old"), &probe, 3);
    assert!(said.contains("was written by version 9") && said.contains("use one version for all stages"), "{said}");
    std::fs::write(path("cut"), &bytes[..bytes.len() - 900]).unwrap();
    let said = resolve(&extract, &path("cut"), &probe, 3);
    assert!(said.contains("its end is missing"), "{said}");
}

#[test]
fn a_register_that_breaks_off_brings_nothing() {
    let folder = folder();
    let made = made(folder.path(), 400, 60);
    let probe = folder.path().join("probe");
    run(&["stage", "probe", text(&made.join("extract.csv")), "--on", ON, "-o", text(&probe)], 0);
    let stream = cut(&register(&made), 1).remove(0);
    let scan = |stream: &[u8]| {
        let mut command = assert_cmd::Command::cargo_bin("rewash").unwrap();
        command.args(["stage", "scan", "--probe", text(&probe)]).write_stdin(stream).output().unwrap()
    };
    for end in [stream.len() - 8, stream.len() / 2, 100] {
        let output = scan(&stream[..end]);
        assert_eq!(output.status.code(), Some(3), "{end}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{end}");
    }
    assert_eq!(scan(b"record_id,nino\n").status.code(), Some(3));
    let output = crate::support::rewash(&["stage", "scan", "--probe", text(&probe), "--data-set", "bank"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the probe is for: hmrc"));
}

#[test]
fn rows_gathered_for_another_model_are_refused() {
    let folder = folder();
    let made = made(folder.path(), 1_500, 300);
    let (extract, register) = (made.join("extract.csv"), made.join("register.parquet"));
    let path = |name: &str| folder.path().join(name);
    let (probe, partial, asked, rows) = (path("probe"), path("partial"), path("asked"), path("rows"));
    run(&["stage", "probe", text(&extract), "--on", ON, "-o", text(&probe)], 0);
    run(&["stage", "scan", "--probe", text(&probe), text(&register), "-o", text(&partial)], 0);
    let words = ["stage", "resolve", text(&extract), text(&partial), "--probe", text(&probe), "-o", text(&asked)];
    run(&words, 0);
    run(&["stage", "gather", "--asked", text(&asked), text(&register), "-o", text(&rows)], 0);
    // A model with higher thresholds asks for fewer people.
    let (model, first, out) = (path("model.json"), path("first"), path("out"));
    let whole = format!("hmrc={}", text(&register));
    let trace = ["trace", text(&extract), "--register", &whole, "--on", ON, "--out", text(&first)];
    run(&[&trace[..], &["--save-model", text(&model)]].concat(), 0);
    let mut learned: serde_json::Value = serde_json::from_slice(&std::fs::read(&model).unwrap()).unwrap();
    let thresholds = learned["thresholds"].as_object_mut().unwrap();
    assert!(thresholds.insert("plausible_probability".into(), 0.9.into()).is_some(), "{thresholds:?}");
    std::fs::write(&model, learned.to_string()).unwrap();
    let gathered = format!("hmrc={}", text(&rows));
    let finish = [
        "stage",
        "finish",
        text(&extract),
        "--probe",
        text(&probe),
        "--partials",
        text(&partial),
        "--asked",
        text(&asked),
        "--register",
        &gathered,
        "--out",
        text(&out),
    ];
    let said = stderr(&run(&[&finish[..], &["--model", text(&model)]].concat(), 3));
    assert!(said.contains("other people were asked for") && !out.exists(), "{said}");
    run(&finish, 0);
}
