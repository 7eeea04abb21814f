//! Each wrong input gives one clear sentence, the agreed exit status, and leaves nothing half-written.

use crate::support::{csv, folder, made, rewash, run, stderr, text};
use std::io::Write;
use std::path::{Path, PathBuf};

const EXTRACT: &str = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth\n";
const REGISTER: &str = "record_id,nino,forename,surname,date_of_birth,phone,tax_year\n";
const PERSON: &str = "D1,MRP,1,Tesfaye Mekonnen,1984-07-19\n";
const RECORD: &str = "R1,AB123457C,Tesfaye,Mekonnen,1984-07-19,07700900123,2015-16\n";

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self { folder: folder() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Traces and wants a status and, on failure, one sentence and no trace of the run on disk.
    #[track_caller]
    fn trace(&self, extract: &Path, register: &Path, status: i32) -> String {
        let before = self.entries();
        let output = rewash(&[
            "trace",
            text(extract),
            "--register",
            text(register),
            "--out",
            text(&self.path("out")),
            "--on",
            "2016-04-30",
            "--format",
            "csv",
        ]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{said}");
        if status > 1 {
            let errors = said.lines().filter(|line| line.starts_with("error: ")).count();
            assert_eq!(errors, 1, "{said}");
            assert!(!said.contains("panicked"), "{said}");
            assert_eq!(self.entries(), before, "something was left behind");
        }
        said
    }

    fn entries(&self) -> Vec<std::ffi::OsString> {
        let mut names: Vec<_> =
            std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }
}

#[test]
fn missing_files_folders_and_empty_files() {
    let case = Case::new();
    let extract = case.write("extract.csv", format!("{EXTRACT}{PERSON}"));
    let register = case.write("register.csv", format!("{REGISTER}{RECORD}"));
    let empty = case.write("empty.csv", "");
    std::fs::create_dir(case.path("folder")).unwrap();
    assert!(case.trace(&case.path("nothing.csv"), &register, 3).contains("no such file"));
    assert!(case.trace(&extract, &case.path("nothing-*.csv"), 3).contains("no file matches"));
    assert!(case.trace(&extract, &case.path("folder"), 3).contains("is a folder"));
    case.trace(&empty, &register, 3);
    case.trace(&extract, &empty, 3);
}

#[test]
fn headers_without_required_columns_name_what_was_found() {
    let case = Case::new();
    let register = case.write("register.csv", format!("{REGISTER}{RECORD}"));
    let extract = case.write("extract.csv", "dash_reference,name_full,dob\nD1,A,1980-01-02\n");
    let said = case.trace(&extract, &register, 3);
    assert!(said.contains("cid_person_id"), "{said}");
    let good = case.write("good.csv", format!("{EXTRACT}{PERSON}"));
    let nameless = case.write("nameless.csv", "record_id,nino,date_of_birth\nR1,AB123457C,1980-01-02\n");
    case.trace(&good, &nameless, 3);
}

#[test]
fn cut_and_foreign_files() {
    let case = Case::new();
    let made = made(case.folder.path(), 400, 40);
    let parquet = std::fs::read(made.join("register.parquet")).unwrap();
    let cut = case.write("cut.parquet", &parquet[..parquet.len() / 2]);
    let extract = made.join("extract.csv");
    case.trace(&extract, &cut, 3);
    let mut turned = parquet.clone();
    for byte in turned.iter_mut().skip(5_000).step_by(97).take(300) {
        *byte ^= 0x5a;
    }
    case.trace(&extract, &case.write("turned.parquet", turned), 3);
    let zip = case.write("cut.xlsx", b"PK\x03\x04 and nothing more");
    case.trace(&zip, &made.join("register.parquet"), 3);
    let wide: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain("dash_reference,dash_source\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    case.trace(&case.write("utf16.csv", wide), &made.join("register.parquet"), 3);
}

#[test]
fn a_workbook_that_inflates_without_end_is_refused_in_bounded_memory() {
    let case = Case::new();
    let register = case.write("register.csv", format!("{REGISTER}{RECORD}"));
    let path = case.path("bomb.xlsx");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    zip.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..1_100 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap();
    let output = rewash(&["trace", text(&path), "--register", text(&register), "--out", text(&case.path("out"))]);
    assert!(matches!(output.status.code(), Some(3 | 4)), "{}", stderr(&output));
    assert!(!case.path("out").exists());
}

#[test]
fn a_cell_at_the_far_corner_is_refused() {
    let case = Case::new();
    let register = case.write("register.csv", format!("{REGISTER}{RECORD}"));
    let path = case.path("far.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in EXTRACT.trim().split(',').enumerate() {
        sheet.write_string(0, column as u16, name).unwrap();
    }
    sheet.write_string(1_048_575, 16_383, "here").unwrap();
    book.save(&path).unwrap();
    let output = rewash(&["trace", text(&path), "--register", text(&register), "--out", text(&case.path("out"))]);
    assert!(matches!(output.status.code(), Some(3 | 4)), "{}", stderr(&output));
    assert!(!case.path("out").exists());
}

#[test]
fn rows_with_faults_go_to_exceptions_and_the_run_goes_on() {
    let case = Case::new();
    let rows = [
        "D1,MRP,1,Tesfaye Mekonnen,1984-07-19\n",
        "D2,MRP,2,Ana Li,1984-07-19,too,many,fields\n",
        "D3,MRP,3,Unknown,1984-07-19\n",
        "D4,MRP,4,Ana Li,1984-02-31\n",
        "D5,MRP,5,Ana Li,2999-01-01\n",
        "D6,MRP,6,,\n",
        "D1,MRP,1,Tesfaye Mekonnen,1984-07-19\n",
    ];
    let extract = case.write("extract.csv", format!("{EXTRACT}{}", rows.concat()));
    let register =
        case.write("register.csv", format!("{REGISTER}{RECORD}R2,AB123458C,Too,Many,1980-01-01,,2015-16,x,y\n"));
    case.trace(&extract, &register, 0);
    let outcomes = csv(&case.path("out").join("outcomes.csv"));
    assert_eq!(outcomes.len(), rows.len() + 1);
    assert_eq!(outcomes[1][2], "match");
    assert_eq!((outcomes[2][0].as_str(), outcomes[2][2].as_str()), ("D2", "not_searchable"));
    let said: Vec<(String, String)> =
        csv(&case.path("out").join("exceptions.csv"))[1..].iter().map(|row| (row[0].clone(), row[2].clone())).collect();
    let has = |row: &str, reason: &str| said.iter().any(|(at, why)| at == row && why.contains(reason));
    assert!(
        has("3", "placeholder") && has("4", "impossible") && has("5", "future") && has("7", "duplicate"),
        "{said:?}"
    );
    assert!(said.iter().any(|(at, _)| at == "2"), "{said:?}");
    let manifest = std::fs::read_to_string(case.path("out").join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["counts"]["register_rows_with_wrong_number_of_fields"], 1);
}

#[test]
fn text_that_is_not_utf8_is_read_and_counted() {
    let case = Case::new();
    let extract = case.write("extract.csv", format!("{EXTRACT}D1,MRP,1,Jos\u{e9} Garcia,1984-07-19\n"));
    let mut register = format!("{REGISTER}R1,AB123457C,Jos").into_bytes();
    register.push(0xe9);
    register.extend_from_slice(b",Garcia,1984-07-19,,2015-16\n");
    case.trace(&extract, &case.write("register.csv", register), 0);
}

#[test]
fn one_row_and_no_usable_register_row() {
    let case = Case::new();
    let extract = case.write("extract.csv", format!("{EXTRACT}{PERSON}"));
    case.trace(&extract, &case.write("header.csv", REGISTER), 1);
    std::fs::remove_dir_all(case.path("out")).unwrap();
    case.trace(&extract, &case.write("unusable.csv", format!("{REGISTER}R1,,Tesfaye,Mekonnen,1984-07-19,,\n")), 1);
}

#[test]
fn ten_thousand_copies_of_one_name_stay_bounded_and_reported() {
    let case = Case::new();
    let extract: String = (0..2_000).map(|n| format!("D{n},MRP,{n},Ana Li,1984-07-19\n")).collect();
    let register: String = (0..10_000).map(|n| format!("R{n},AB{n:06}C,Ana,Li,1984-07-19,,2015-16\n")).collect();
    let extract = case.write("extract.csv", format!("{EXTRACT}{extract}"));
    let said = case.trace(&extract, &case.write("register.csv", format!("{REGISTER}{register}")), 1);
    assert!(said.contains("too large to compare"), "{said}");
    let exceptions = csv(&case.path("out").join("exceptions.csv"));
    assert!(exceptions.iter().any(|row| row[2] == "block_too_large"));
}

#[test]
fn numbers_that_were_text_keep_their_digits() {
    let case = Case::new();
    let path = case.path("extract.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in format!("{},mobile_1", EXTRACT.trim()).split(',').enumerate() {
        sheet.write_string(0, column as u16, name).unwrap();
    }
    sheet.write_string(1, 0, "D1").unwrap();
    sheet.write_string(1, 1, "MRP").unwrap();
    sheet.write_number(1, 2, 10_000_476.0).unwrap();
    sheet.write_string(1, 3, "Tesfaye Mekonnen").unwrap();
    sheet.write_string(1, 4, "1984-07-19").unwrap();
    sheet.write_number(1, 5, 7_700_900_123.0).unwrap();
    book.save(&path).unwrap();
    let register = case.write("register.csv", format!("{REGISTER}{RECORD}"));
    case.trace(&path, &register, 0);
    let outcome = &csv(&case.path("out").join("outcomes.csv"))[1];
    assert_eq!(outcome[1], "10000476");
    assert!(outcome[11].contains("phone same"), "{outcome:?}");
}

#[test]
fn an_output_folder_that_exists_is_left_alone() {
    let case = Case::new();
    let extract = case.write("extract.csv", format!("{EXTRACT}{PERSON}"));
    let register = case.write("register.csv", format!("{REGISTER}{RECORD}"));
    std::fs::create_dir(case.path("out")).unwrap();
    std::fs::write(case.path("out").join("mine.txt"), "mine").unwrap();
    let said = case.trace(&extract, &register, 2);
    assert!(said.contains("exists already") && said.contains("hint: "), "{said}");
    assert_eq!(std::fs::read_to_string(case.path("out").join("mine.txt")).unwrap(), "mine");
}

#[test]
fn models_and_agreements_with_faults_are_refused() {
    let case = Case::new();
    let extract = case.write("extract.csv", format!("{EXTRACT}{PERSON}"));
    let register = case.write("register.csv", format!("{REGISTER}{RECORD}"));
    for (option, name, bytes) in [("--model", "model.json", "{}"), ("--agreement", "agreement.toml", "form = 1")] {
        let file = case.write(name, bytes);
        let output = run(
            &[
                "trace",
                text(&extract),
                "--register",
                text(&register),
                "--out",
                text(&case.path("out")),
                option,
                text(&file),
            ],
            2,
        );
        assert!(stderr(&output).contains(name), "{}", stderr(&output));
    }
    assert!(!case.path("out").exists());
}
