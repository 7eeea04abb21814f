//! The built program, folders for it, and made data.

use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// A fresh folder that goes away with the test.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs the built program.
#[track_caller]
pub(crate) fn rewash(arguments: &[&str]) -> Output {
    assert_cmd::Command::cargo_bin("rewash").unwrap().args(arguments).output().unwrap()
}

/// Runs the built program with text on standard input.
#[track_caller]
pub(crate) fn rewash_with_input(arguments: &[&str], input: &[u8]) -> Output {
    assert_cmd::Command::cargo_bin("rewash").unwrap().args(arguments).write_stdin(input).output().unwrap()
}

/// Runs the program and wants a status.
#[track_caller]
pub(crate) fn run(arguments: &[&str], status: i32) -> Output {
    let output = rewash(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Bytes without the digests in them, which are 64 hexadecimal digits: a few digits that are looked for may stand in one by
/// chance.
pub(crate) fn without_digests(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for run in bytes.chunk_by(|a, b| is_of_a_digest(*a) == is_of_a_digest(*b)) {
        if run.len() != 64 || !is_of_a_digest(run[0]) {
            out.extend_from_slice(run);
        }
    }
    out
}

fn is_of_a_digest(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Made data: `register.parquet`, `extract.csv`, `truth.csv` in a folder of their own.
pub(crate) fn made(parent: &Path, register: u32, extract: u32) -> PathBuf {
    let out = parent.join("made");
    let (register, extract) = (register.to_string(), extract.to_string());
    run(
        &[
            "synth",
            "--register",
            &register,
            "--extract",
            &extract,
            "--seed",
            "7",
            "--extract-format",
            "csv",
            "--out",
            text(&out),
        ],
        0,
    );
    out
}

/// The files of a folder by name, with their bytes.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
        })
        .collect();
    out.sort();
    out
}

/// A CSV file as rows of text, header first.
pub(crate) fn csv(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Writes rows as CSV.
pub(crate) fn write_csv(path: &Path, rows: &[Vec<String>]) {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_path(path).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.flush().unwrap();
}

/// A Parquet register as CSV, read with the library's own reader.
pub(crate) fn register_to_csv(from: &Path, to: &Path) {
    use rewash::ingest::{Input, Limits, load};
    let loaded = load(&Input::Path(from.to_owned()), &rewash::model::schema::REGISTER, &Limits::default()).unwrap();
    let table = &loaded.table;
    let mut rows = vec![table.names().to_vec()];
    for row in 0..table.rows() {
        rows.push(table.names().iter().map(|name| table.value(name, row).unwrap_or("").to_owned()).collect());
    }
    write_csv(to, &rows);
}

/// Writes rows of CSV as the workbook that the specification asks for in April 2016: columns in order, a control sheet.
pub(crate) fn strict_workbook(path: &Path, table: &str) {
    use rewash::exchange::specification::{Specification, rows_sha256};
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let specification = Specification::built_in();
    let mut order: Vec<usize> = (0..rows[0].len()).collect();
    order.sort_by_key(|index| specification.column(&rows[0][*index]).unwrap().0);
    let rows: Vec<Vec<&str>> =
        rows.iter().map(|row| order.iter().map(|index| row[*index].as_str()).collect()).collect();
    let control = [
        ("key", "value".to_owned()),
        ("rows", (rows.len() - 1).to_string()),
        ("sha256", rows_sha256(&rows)),
        ("pool", "post2008".to_owned()),
        ("cycle", "2016-04".to_owned()),
        ("specification_version", specification.version.clone()),
    ];
    let mut book = rust_xlsxwriter::Workbook::new();
    let mut fill = |name: &str, rows: &[Vec<&str>]| {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (line, row) in rows.iter().enumerate() {
            for (column, value) in row.iter().enumerate() {
                sheet.write_string(line as u32, column as u16, *value).unwrap();
            }
        }
    };
    fill("extract", &rows);
    let control: Vec<Vec<&str>> = control.iter().map(|(key, value)| vec![*key, value.as_str()]).collect();
    fill("control", &control);
    book.save(path).unwrap();
}

/// What a file of lines would be if a program of another version had written it: the version is text of the last line.
pub(crate) fn of_another_version(path: &Path) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let mut bytes = std::fs::read(path).unwrap();
    let at = (0..bytes.len()).rev().find(|at| bytes[*at..].starts_with(version)).unwrap();
    bytes[at] = b'9';
    bytes
}
