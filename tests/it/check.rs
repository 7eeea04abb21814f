//! `rewash check`: an extract is accepted or rejected against the specification, and its sender told why.

use crate::support::{csv, files, folder, rewash, run, stderr, text};
use rewash::exchange::specification::rows_sha256;
use rust_xlsxwriter::{Format, Formula, Note, Workbook, Worksheet};
use std::io::{Read, Write};
use std::path::PathBuf;

const HEADER: [&str; 20] = [
    "dash_reference",
    "dash_source",
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "port_reference",
    "ho_reference",
    "title",
    "nationality",
    "address_1",
    "postcode_1",
    "address_1_from",
    "address_1_to",
    "email_1",
    "mobile_1",
    "nino",
    "pool",
    "status_ended_on",
    "no_contact_since",
    "wash_number",
];
const AGREEMENT: &str =
    "reference = 'MOU-U-D'\nspecification_version = '1.1'\nfrom = '2016-02-01'\nto = '2018-03-31'\n";

type Rows = Vec<Vec<String>>;

/// Header and rows without fault.
fn good(count: usize) -> Rows {
    let names = ["Tesfaye Mekonnen", "Ana Li", "Grace Okafor", "Ravi Shankar", "Leyla Demir"];
    let header = HEADER.map(str::to_owned).to_vec();
    let row = |number: usize| {
        let own = [
            format!("D{number}"),
            "MRP".into(),
            format!("{}", 20_000_001 + number),
            names[number % names.len()].into(),
            format!("{}-{:02}-{:02}", 1960 + number % 40, 2 + number % 11, 2 + number % 26),
            format!("PORT/{number}"),
            format!("T{}", 1_000_000 + number),
            String::new(),
            "ETH".into(),
            format!("{} High Street, Leeds", number + 1),
            format!("LS{} {}AP", 1 + number % 9, 1 + number / 9 % 9),
            "2014-01-01".into(),
            String::new(),
            format!("person{number}@example.com"),
            format!("077009{number:05}"),
            format!("AB{:06}C", 210_357 + number),
            "post2008".into(),
            "2010-05-01".into(),
            "2015-01-01".into(),
            "0".into(),
        ];
        own.to_vec()
    };
    std::iter::once(header).chain((0..count).map(row)).collect()
}

fn set(rows: &mut Rows, row: usize, column: &str, value: &str) {
    let column = rows[0].iter().position(|name| name == column).unwrap();
    rows[row][column] = value.to_owned();
}

fn control_of(rows: &Rows) -> Vec<(&'static str, String)> {
    vec![
        ("rows", (rows.len() - 1).to_string()),
        ("sha256", rows_sha256(rows)),
        ("pool", "post2008".into()),
        ("cycle", "2016-04".into()),
        ("specification_version", "1.1".into()),
        ("part", "1".into()),
        ("parts", "1".into()),
    ]
}

/// A workbook of rows and a control sheet, with a last change.
fn book(rows: &Rows, control: &[(&str, String)], change: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("extract").unwrap();
    for (line, row) in rows.iter().enumerate() {
        for (column, value) in row.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            sheet.write_string(line as u32, column as u16, value).unwrap();
        }
    }
    if !control.is_empty() {
        let sheet = book.add_worksheet().set_name("control").unwrap();
        for (line, (key, value)) in [("key", "value".to_owned())].iter().chain(control).enumerate() {
            sheet.write_string(line as u32, 0, *key).unwrap();
            sheet.write_string(line as u32, 1, value).unwrap();
        }
    }
    change(&mut book);
    book.save_to_buffer().unwrap()
}

fn sheet(book: &mut Workbook) -> &mut Worksheet {
    book.worksheet_from_index(0).unwrap()
}

/// The members of a workbook changed, and others added.
fn rezip(bytes: &[u8], change: impl Fn(&str, String) -> String, more: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let name = member.name().unwrap().into_owned();
        let mut content = String::new();
        member.read_to_string(&mut content).unwrap();
        writer.start_file(&*name, options).unwrap();
        writer.write_all(change(&name, content).as_bytes()).unwrap();
    }
    for (name, content) in more {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        let case = Self { folder: folder() };
        case.write("agreement.toml", AGREEMENT);
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    /// Checks a file under the agreement; gives the rows of `report.csv` without its header.
    #[track_caller]
    fn strict(&self, name: &str, on: &str, status: i32) -> Rows {
        self.check(name, &["--on", on, "--agreement", text(&self.path("agreement.toml"))], status)
    }

    #[track_caller]
    fn check(&self, name: &str, more: &[&str], status: i32) -> Rows {
        let out = self.path("out");
        let _ = std::fs::remove_dir_all(&out);
        let extract = self.path(name);
        let words = [&["check", text(&extract), "--out", text(&out)], more].concat();
        run(&words, status);
        csv(&out.join("report.csv"))[1..].to_vec()
    }

    /// Writes a workbook, checks it strictly and wants a status and these (row, field, code), warnings left out.
    #[track_caller]
    fn wants(&self, bytes: impl AsRef<[u8]>, want: &[(&str, &str, &str)]) {
        self.write("extract.xlsx", bytes);
        let is_rejected = |rows: &Rows| rows.iter().any(|row| row[2] == "file");
        let output = self.strict_any("extract.xlsx");
        assert_eq!(is_rejected(&output.1), output.0 == 1, "{:?}", output.1);
        let found: Vec<_> = output
            .1
            .iter()
            .filter(|row| row[2] != "warning")
            .map(|row| (row[0].as_str(), row[1].as_str(), row[3].as_str()))
            .collect();
        assert_eq!(found, want);
    }

    fn strict_any(&self, name: &str) -> (i32, Rows) {
        let out = self.path("out");
        let _ = std::fs::remove_dir_all(&out);
        let (extract, agreement) = (self.path(name), self.path("agreement.toml"));
        let words =
            ["check", text(&extract), "--out", text(&out), "--on", "2016-04-30", "--agreement", text(&agreement)];
        let output = rewash(&words);
        let status = output.status.code().unwrap();
        assert!(status <= 1, "{}", stderr(&output));
        (status, csv(&out.join("report.csv"))[1..].to_vec())
    }

    fn report(&self, name: &str) -> String {
        std::fs::read_to_string(self.path("out").join(name)).unwrap()
    }
}

/// A workbook without fault.
fn clean() -> Vec<u8> {
    let rows = good(100);
    book(&rows, &control_of(&rows), |_| {})
}

#[test]
fn a_clean_workbook_is_accepted_and_the_numbers_add_up() {
    let case = Case::new();
    case.write("extract.xlsx", clean());
    assert!(case.strict("extract.xlsx", "2016-04-30", 0).is_empty());
    let first = files(&case.path("out"));
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["manifest.json", "report.csv", "report.txt", "report.xlsx"]);
    assert!(case.report("report.txt").starts_with("ACCEPTED: extract.xlsx"));
    let manifest: serde_json::Value = serde_json::from_str(&case.report("manifest.json")).unwrap();
    assert_eq!(manifest["verdict"], "accepted");
    assert_eq!(manifest["specification"]["version"], "1.1");
    assert_eq!(manifest["specification"]["source_system"], "CID");
    assert_eq!(manifest["agreement"]["reference"], "MOU-U-D");
    assert_eq!(manifest["counts"]["rows"], 100);
    assert_eq!(manifest["counts"]["rows_without_fault"], 100);
    assert_eq!(manifest["rows_with_a_value"]["nino"], 100);
    case.strict("extract.xlsx", "2016-04-30", 0);
    assert_eq!(files(&case.path("out")), first, "the same file gives the same bytes");
}

#[test]
fn what_a_workbook_may_not_hold_rejects_it() {
    let case = Case::new();
    let rows = good(3);
    let control = control_of(&rows);
    let with = |change: &dyn Fn(&mut Workbook)| book(&rows, &control, |book| change(book));
    let file = |code| ("", "", code);
    case.wants(
        with(&|book| {
            book.add_worksheet().set_hidden(true);
        }),
        &[file("hidden_sheet")],
    );
    case.wants(
        with(&|book| {
            book.add_worksheet().set_very_hidden(true);
        }),
        &[file("hidden_sheet")],
    );
    case.wants(
        with(&|book| {
            book.add_worksheet();
        }),
        &[file("more_sheets")],
    );
    case.wants(
        with(&|book| {
            sheet(book).set_row_hidden(2).unwrap();
        }),
        &[file("hidden_rows_or_columns")],
    );
    case.wants(
        with(&|book| {
            sheet(book).set_column_hidden(5).unwrap();
        }),
        &[file("hidden_rows_or_columns")],
    );
    case.wants(
        with(&|book| {
            sheet(book).insert_note(1, 1, &Note::new("see file")).unwrap();
        }),
        &[file("comments")],
    );
    let merged = |book: &mut Workbook| {
        sheet(book).merge_range(5, 0, 6, 1, "", &Format::new()).unwrap();
    };
    case.wants(with(&merged), &[file("merged_cells")]);
    let part = |name: &str, content: &str| rezip(&with(&|_| {}), |_, text| text, &[(name, content)]);
    case.wants(part("xl/vbaProject.bin", "x"), &[file("macros")]);
    case.wants(part("xl/macrosheets/sheet1.xml", "x"), &[file("macros")]);
    case.wants(part("xl/externalLinks/externalLink1.xml", "<x/>"), &[file("external_links")]);
    let dde = "<externalLink><ddeLink ddeService=\"cmd\"/></externalLink>";
    case.wants(part("xl/externalLinks/externalLink1.xml", dde), &[file("external_links"), file("dde_links")]);
    case.wants(part("xl/connections.xml", "<x/>"), &[file("data_connections")]);
    case.wants(part("xl/embeddings/oleObject1.bin", "x"), &[file("embedded_objects")]);
    case.wants(part("xl/media/image1.png", "x"), &[file("embedded_objects")]);
    let macros = |name: &str, text: String| {
        if name == "[Content_Types].xml" { text.replace("sheet.main+xml", "sheet.macroEnabled.main+xml") } else { text }
    };
    case.wants(rezip(&with(&|_| {}), macros, &[]), &[file("macros")]);
}

/// Excel makes a link of every address that is typed: the cell says what it said.
#[test]
fn hyperlinks_are_counted_and_not_followed_and_those_to_files_reject() {
    let case = Case::new();
    let rows = good(3);
    let control = control_of(&rows);
    let linked = |url: &str| {
        book(&rows, &control, |book| {
            for row in 1..=2 {
                let text = &rows[row as usize][13];
                sheet(book).write_url_with_text(row, 13, url, text).unwrap();
            }
        })
    };
    for url in
        ["mailto:person0@example.com", "https://example.com/a?b=c.xlsx", "http://example.com", "internal:control!A1"]
    {
        case.write("extract.xlsx", linked(url));
        // The digest of the rows is that of the texts.
        let found = case.strict("extract.xlsx", "2016-04-30", 0);
        assert_eq!(found.len(), 1, "{url}: {found:?}");
        assert_eq!(found[0][..4], ["", "", "warning", "hyperlinks"], "{url}");
        assert!(case.report("report.txt").contains("2 of them"), "{url}: {}", case.report("report.txt"));
    }
    for url in [
        "file:///C:/people.docx",
        r"file:///..\people.xlsx",
        r"file:///\\host\share\people.txt",
        "https://example.com/people.XLSX",
        "http://example.com/people.csv?part=1#a",
    ] {
        case.wants(linked(url), &[("", "", "external_links")]);
    }
}

#[test]
fn cells_that_are_no_plain_values_reject_the_file_or_make_the_row_faulty() {
    let case = Case::new();
    let rows = good(30);
    let control = control_of(&rows);
    // Beside the table or in it: the digest of the rows tells nothing of these.
    let with = |change: &dyn Fn(&mut Worksheet)| book(&rows, &control, |book| change(sheet(book)));
    case.wants(
        with(&|sheet| {
            sheet.write(1, 25, "stray").unwrap();
        }),
        &[("1", "", "value_without_header")],
    );
    case.wants(
        with(&|sheet| {
            sheet.write(1, 7, Formula::new("=1")).unwrap();
        }),
        &[("1", "title", "formula")],
    );
    let error = |name: &str, text: String| {
        let cell = "<c r=\"H2\" t=\"e\"><v>#N/A</v></c><c r=\"I2\"";
        if name.ends_with("sheet1.xml") { text.replacen("<c r=\"I2\"", cell, 1) } else { text }
    };
    case.wants(rezip(&with(&|_| {}), error, &[]), &[("1", "title", "error_value")]);
    // A digest of numbers and dates is that of the text which is read.
    let mut typed = good(100);
    set(&mut typed, 1, "cid_person_id", "10000476");
    set(&mut typed, 2, "mobile_1", "7700900123");
    set(&mut typed, 3, "address_1", "2016-01-02");
    set(&mut typed, 4, "ho_reference", "1234567890123456800");
    set(&mut typed, 5, "date_of_birth", "27396.5");
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let bytes = book(&typed, &control_of(&typed), |book| {
        let sheet = sheet(book);
        sheet.write_number(1, 2, 10_000_476).unwrap();
        sheet.write_number(2, 14, 7_700_900_123_f64).unwrap();
        sheet.write_number_with_format(3, 9, 42_371, &date).unwrap();
        sheet.write_number(4, 6, 1_234_567_890_123_456_789_f64).unwrap();
        sheet.write_number(5, 4, 27_396.5).unwrap();
        sheet.write_number(6, 19, 0).unwrap();
        sheet.write_number_with_format(7, 17, 40_299, &date).unwrap();
    });
    case.wants(
        &bytes,
        &[
            ("1", "cid_person_id", "number_in_text_cell"),
            ("2", "mobile_1", "number_in_text_cell"),
            ("3", "address_1", "date_in_text_cell"),
            ("4", "ho_reference", "number_too_long"),
            ("5", "date_of_birth", "number_in_date_cell"),
            ("5", "date_of_birth", "date_unreadable"),
        ],
    );
}

#[test]
fn headers_are_those_of_the_specification_in_order() {
    let case = Case::new();
    let with = |change: &dyn Fn(&mut Rows)| {
        let mut rows = good(3);
        change(&mut rows);
        let control = control_of(&rows);
        book(&rows, &control, |_| {})
    };
    let swap = |rows: &mut Rows| rows.iter_mut().for_each(|row| row.swap(5, 6));
    case.wants(with(&swap), &[("", "", "header_order")]);
    let extra = |rows: &mut Rows| rows.iter_mut().for_each(|row| row.push("x".into()));
    case.wants(with(&extra), &[("", "", "header_unknown")]);
    assert!(case.report("report.csv").contains("column U"), "a header that is not known is named by its place");
    let spelt = |rows: &mut Rows| rows[0][2] = "CID Person ID".into();
    case.wants(with(&spelt), &[]);
    let none = |rows: &mut Rows| rows.truncate(1);
    case.wants(with(&none), &[("", "", "no_rows")]);
    let twice = |rows: &mut Rows| {
        set(rows, 3, "dash_reference", "D0");
        set(rows, 3, "cid_person_id", "20000001");
    };
    case.wants(
        with(&twice),
        &[
            ("", "", "too_many_faulty_rows"),
            ("1", "dash_reference", "duplicate"),
            ("1", "cid_person_id", "duplicate"),
            ("3", "dash_reference", "duplicate"),
            ("3", "cid_person_id", "duplicate"),
        ],
    );
}

#[test]
fn what_cannot_be_read_as_a_table_is_told_apart_from_what_is_rejected() {
    let case = Case::new();
    let plain = clean();
    let doctype = |name: &str, text: String| {
        if name.ends_with("sheet1.xml") {
            text.replacen("<worksheet", "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet", 1)
        } else {
            text
        }
    };
    let mut headless = good(2);
    headless.iter_mut().for_each(|row| drop(row.remove(3)));
    let mut twice = good(2);
    twice[0][5] = "ho reference".into();
    let far = book(&good(2), &[], |book| {
        sheet(book).write(1_048_575, 0, "x").unwrap();
    });
    let unreadable: [(&str, Vec<u8>); 7] = [
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec()),
        ("binary.xlsb", rezip(&plain, |_, text| text, &[("xl/workbook.bin", "x")])),
        ("entity.xlsx", rezip(&plain, doctype, &[])),
        ("elsewhere.xlsx", rezip(&plain, |_, text| text, &[("xl/../../../etc/x", "x")])),
        ("nameless.xlsx", book(&headless, &[], |_| {})),
        ("twice.xlsx", book(&twice, &[], |_| {})),
        ("far.xlsx", far),
    ];
    for (name, bytes) in unreadable {
        let path = case.write(name, bytes);
        let output = run(&["check", text(&path), "--out", text(&case.path("out")), "--on", "2016-04-30"], 3);
        assert_eq!(stderr(&output).lines().filter(|line| line.starts_with("error: ")).count(), 1, "{name}");
        assert!(!case.path("out").exists(), "{name}");
    }
}

#[test]
fn what_is_stated_of_a_file_must_be_so() {
    let case = Case::new();
    let rows = good(3);
    let with = |key: &str, value: &str| {
        let mut control = control_of(&rows);
        control.iter_mut().filter(|(known, _)| *known == key).for_each(|(_, stated)| *stated = value.into());
        book(&rows, &control, |_| {})
    };
    let file = |code| ("", "", code);
    case.wants(with("rows", "4"), &[file("rows_differ")]);
    case.wants(with("rows", "three"), &[file("rows_differ")]);
    case.wants(with("sha256", &rows_sha256(good(2))), &[file("sha256_differs")]);
    case.wants(with("specification_version", "9.9"), &[file("specification_version_unknown")]);
    case.wants(with("pool", "2008"), &[file("declared_pool_unknown")]);
    case.wants(with("pool", "pre2008"), &[file("wrong_pool")]);
    for cycle in ["2016-05", "2016-02", "April"] {
        case.wants(with("cycle", cycle), &[file("cycle_wrong")]);
    }
    case.wants(with("cycle", "2016-03"), &[file("before_first_exchange")]);
    for key in ["rows", "sha256", "pool", "cycle", "specification_version"] {
        case.wants(with(key, ""), &[file("control_incomplete")]);
    }
    case.wants(book(&rows, &[], |_| {}), &[file("control_missing")]);
    // A cell that changed after the digest was made.
    let control = control_of(&rows);
    let mut changed = rows.clone();
    set(&mut changed, 2, "nationality", "ERI");
    case.wants(book(&changed, &control, |_| {}), &[file("sha256_differs")]);
}

#[test]
fn a_manifest_beside_the_file_does_as_well_as_a_control_sheet() {
    let case = Case::new();
    let extract = case.write("extract.xlsx", book(&good(3), &[], |_| {}));
    let sha256 = rewash::ingest::digest(&rewash::ingest::Input::Path(extract)).unwrap();
    let manifest = |rows: u32| {
        format!(
            "{{\"rows\": {rows}, \"sha256\": \"{sha256}\", \"pool\": \"post2008\", \"cycle\": \"2016-04\", \"specification_version\": \"1.1\"}}"
        )
    };
    case.write("extract.manifest.json", manifest(3));
    assert!(case.strict("extract.xlsx", "2016-04-30", 0).is_empty());
    case.write("extract.manifest.json", manifest(4));
    assert_eq!(case.strict("extract.xlsx", "2016-04-30", 1)[0][3], "rows_differ");
    case.write("extract.manifest.json", manifest(3).replace(&sha256[..8], "00000000"));
    assert_eq!(case.strict("extract.xlsx", "2016-04-30", 1)[0][3], "sha256_differs");
}

#[test]
fn pools_are_kept_apart_and_each_has_its_time() {
    let case = Case::new();
    let mut rows = good(3);
    set(&mut rows, 1, "pool", "pre2008");
    set(&mut rows, 1, "status_ended_on", "2007-05-01");
    case.wants(book(&rows, &control_of(&rows), |_| {}), &[("", "", "mixed_pools"), ("", "", "wrong_pool")]);
    let mut rows = good(3);
    for row in 1..=3 {
        set(&mut rows, row, "pool", "pre2008");
        set(&mut rows, row, "status_ended_on", "2007-05-01");
    }
    let control = |cycle: &str| {
        let mut control = control_of(&rows);
        control[2].1 = "pre2008".into();
        control[3].1 = cycle.into();
        control
    };
    case.write("extract.xlsx", book(&rows, &control("2016-02"), |_| {}));
    assert!(case.strict("extract.xlsx", "2016-02-20", 0).is_empty(), "the one-off exchange is in February");
    case.write("agreement.toml", AGREEMENT.replace("2016-02-01", "2016-01-01"));
    case.write("extract.xlsx", book(&rows, &control("2016-01"), |_| {}));
    assert_eq!(case.strict("extract.xlsx", "2016-01-20", 1)[0][3], "before_first_exchange");
    case.write("agreement.toml", AGREEMENT);
    set(&mut rows, 2, "wash_number", "6");
    let mut stated = control_of(&rows);
    stated[2].1 = "pre2008".into();
    let want = [("", "", "too_many_faulty_rows"), ("2", "wash_number", "one_off_rewashed")];
    case.wants(book(&rows, &stated, |_| {}), &want);
}

#[test]
fn an_agreement_that_is_not_in_force_or_of_another_version_rejects_the_file() {
    let case = Case::new();
    let rows = good(3);
    let mut control = control_of(&rows);
    control[3].1 = "2018-04".into();
    case.write("extract.xlsx", book(&rows, &control, |_| {}));
    assert_eq!(case.strict("extract.xlsx", "2018-04-01", 1)[0][3], "agreement_not_in_force");
    control[3].1 = "2018-03".into();
    case.write("extract.xlsx", book(&rows, &control, |_| {}));
    assert!(case.strict("extract.xlsx", "2018-03-31", 0).is_empty());
    case.write("agreement.toml", AGREEMENT.replace("'1.1'", "'2.0'"));
    assert_eq!(case.strict("extract.xlsx", "2018-03-31", 1)[0][3], "specification_version_unknown");
    case.write("agreement.toml", format!("{AGREEMENT}workbook_rows_max = 2\n"));
    assert_eq!(case.strict("extract.xlsx", "2018-03-31", 1)[0][3], "too_many_rows");
}

#[test]
fn the_share_of_faulty_rows_decides_above_it_and_not_at_it() {
    let case = Case::new();
    for (faulty, status) in [(4, 0), (5, 0), (6, 1)] {
        let mut rows = good(100);
        for row in 1..=faulty {
            set(&mut rows, row, "date_of_birth", "soon");
        }
        case.write("extract.xlsx", book(&rows, &control_of(&rows), |_| {}));
        let found = case.strict("extract.xlsx", "2016-04-30", status);
        assert_eq!(found.iter().filter(|row| row[3] == "date_unreadable").count(), faulty);
        assert_eq!(found.iter().any(|row| row[3] == "too_many_faulty_rows"), status == 1);
        let manifest: serde_json::Value = serde_json::from_str(&case.report("manifest.json")).unwrap();
        assert_eq!(manifest["counts"]["rows_faulty"], faulty);
        assert_eq!(manifest["counts"]["rows_without_fault"], 100 - faulty);
    }
}

#[test]
fn without_an_agreement_any_file_of_the_right_content_is_taken_and_its_rows_are_told() {
    let case = Case::new();
    let mut rows = good(4);
    set(&mut rows, 1, "date_of_birth", "soon");
    set(&mut rows, 2, "full_name", "Unknown");
    rows.iter_mut().for_each(|row| row.swap(5, 6));
    rows[0][19] = "shoe size".into();
    crate::support::write_csv(&case.path("extract.csv"), &rows);
    let found = case.check("extract.csv", &["--on", "2016-04-30"], 0);
    let codes: Vec<_> = found.iter().map(|row| (row[0].as_str(), row[2].as_str(), row[3].as_str())).collect();
    assert_eq!(
        codes,
        [("", "warning", "header_unknown"), ("1", "row", "date_unreadable"), ("2", "row", "placeholder_name")]
    );
    let found = case.strict("extract.csv", "2016-04-30", 1);
    for code in ["not_a_workbook", "header_order", "header_unknown", "control_missing", "too_many_faulty_rows"] {
        assert!(found.iter().any(|row| row[3] == code && row[2] == "file"), "{code}: {found:?}");
    }
    set(&mut rows, 3, "cid_person_id", "20000001");
    crate::support::write_csv(&case.path("extract.csv"), &rows);
    assert!(case.check("extract.csv", &["--on", "2016-04-30"], 1).iter().any(|row| row[3] == "duplicate"));
}

#[test]
fn without_a_folder_the_report_is_standard_output() {
    let case = Case::new();
    let extract = case.write(
        "extract.xlsx",
        book(&good(2), &[], |book| {
            book.add_worksheet().set_hidden(true);
        }),
    );
    let output = run(&["check", text(&extract), "--on", "2016-04-30"], 1);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("REJECTED: extract.xlsx") && said.contains("(hidden_sheet)"), "{said}");
    assert!(said.contains("What to do: remove the hidden sheet"), "{said}");
}

const REGISTER: &str =
    "record_id,nino,forename,surname,date_of_birth,tax_year\nR1,AB210357D,Tesfaye,Mekonnen,1960-02-02,2015-16\n";

#[test]
fn a_rejected_file_is_not_traced_under_an_agreement() {
    let case = Case::new();
    let rows = good(3);
    let register = case.write("register.csv", REGISTER);
    let trace = |more: &[&str], status: i32| {
        let (extract, agreement, out) = (case.path("extract.xlsx"), case.path("agreement.toml"), case.path("traced"));
        let words = [
            &["trace", text(&extract), "--register", text(&register), "--out", text(&out), "--on", "2016-04-30"][..],
            &["--agreement", text(&agreement)],
            more,
        ]
        .concat();
        stderr(&run(&words, status))
    };
    let mut control = control_of(&rows);
    control[0].1 = "4".into();
    case.write("extract.xlsx", book(&rows, &control, |_| {}));
    let said = trace(&[], 1);
    assert!(said.contains("error: extract.xlsx: the specification rejects the file"), "{said}");
    assert!(said.contains("hint: `rewash check`"), "{said}");
    assert!(!case.path("traced").exists());
    trace(&["--dry-run"], 1);
    case.write("extract.xlsx", book(&rows, &control_of(&rows), |_| {}));
    trace(&[], 0);
    assert!(case.path("traced").join("manifest.json").exists());
}

#[test]
fn the_report_repeats_no_value_of_the_file() {
    let case = Case::new();
    let mut rows = good(6);
    let planted = [
        ("full_name", "Zzyzx & Qwertyuiop"),
        ("date_of_birth", "31/02/1977"),
        ("nino", "QQ987654Z"),
        ("address_1", "=77 Plantedaddress Row"),
        ("postcode_1", "PLANTED1"),
        ("address_1_from", "1999-13-13"),
        ("email_1", "planted-mailbox"),
        ("mobile_1", "0770-planted"),
        ("pool", "plantedpool"),
        ("wash_number", "plantedwash"),
        ("no_contact_since", "plantedsince"),
        ("cid_person_id", " 98765432101"),
        ("dash_reference", "PLANTEDREF "),
    ];
    for (column, value) in planted {
        set(&mut rows, 2, column, value);
    }
    rows.iter_mut().for_each(|row| row.push("Plantedheader Person".into()));
    let mut control = control_of(&rows);
    control.iter_mut().for_each(|(_, value)| *value = "plantedcontrol".into());
    case.write("extract.xlsx", book(&rows, &control, |_| {}));
    let found = case.strict("extract.xlsx", "2016-04-30", 1);
    let output = run(&["check", text(&case.path("extract.xlsx")), "--on", "2016-04-30"], 1);
    assert!(found.len() > 15, "{found:?}");
    let mut texts: Vec<(String, String)> = vec![("standard output".into(), String::from_utf8(output.stdout).unwrap())];
    for (name, bytes) in files(&case.path("out")) {
        if !name.ends_with(".xlsx") {
            texts.push((name, String::from_utf8(bytes).unwrap()));
            continue;
        }
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        for index in 0..archive.len() {
            let mut content = String::new();
            archive.by_index(index).unwrap().read_to_string(&mut content).unwrap();
            texts.push((format!("{name} {index}"), content));
        }
    }
    let secrets =
        ["zzyzx", "qwertyuiop", "31/02", "987654", "planted", "1999-13", "mekonnen", "okafor", "1961-03", "ls1 1ap"];
    for (name, text) in texts {
        for secret in secrets {
            assert!(!text.to_lowercase().contains(secret), "{name} holds {secret}");
        }
    }
}

#[test]
fn the_workbook_marks_faulty_cells_by_row_and_column() {
    use calamine::Reader as _;
    let case = Case::new();
    let mut rows = good(4);
    set(&mut rows, 3, "nino", "AB12");
    set(&mut rows, 3, "date_of_birth", "1962-01-01");
    case.write("extract.xlsx", book(&rows, &control_of(&rows), |_| {}));
    case.strict("extract.xlsx", "2016-04-30", 1);
    let mut report: calamine::Xlsx<_> = calamine::open_workbook(case.path("out").join("report.xlsx")).unwrap();
    let grid = report.worksheet_range("rows").unwrap();
    let lines: Vec<Vec<String>> = grid.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(lines, [["row", "date_of_birth", "nino"], ["3", "default_date", "nino_malformed"]]);
    let file = report.worksheet_range("file").unwrap();
    assert_eq!(file.get_value((0, 0)).unwrap().to_string(), "rejected");
}

#[test]
fn the_specification_is_data() {
    let case = Case::new();
    let printed = run(&["check", "--print-specification"], 0).stdout;
    let printed = String::from_utf8(printed).unwrap();
    let mut rows = good(4);
    set(&mut rows, 2, "date_of_birth", "1961-01-01");
    case.write("extract.xlsx", book(&rows, &control_of(&rows), |_| {}));
    let own = case.path("own.toml");
    let agreement = case.path("agreement.toml");
    let with = |text: String, status: i32| {
        std::fs::write(&own, text).unwrap();
        let more = ["--on", "2016-04-30", "--agreement", self::text(&agreement), "--specification", self::text(&own)];
        case.check("extract.xlsx", &more, status)
    };
    assert_eq!(with(printed.clone(), 0)[0][2], "warning");
    let harder = printed.replace("[faults.default_date]\nof = \"warning\"", "[faults.default_date]\nof = \"file\"");
    assert_eq!(with(harder, 1)[0][2], "file");
    assert!(
        with(printed.replace("version = \"1.1\"", "version = \"1.2\""), 1)
            .iter()
            .all(|row| row[3] == "specification_version_unknown" || row[2] == "warning")
    );
    std::fs::write(&own, printed.replace("chars_max", "chars_most")).unwrap();
    let extract = case.path("extract.xlsx");
    let output = run(&["check", self::text(&extract), "--on", "2016-04-30", "--specification", self::text(&own)], 2);
    assert!(stderr(&output).contains("did you mean `chars_max`?"), "{}", stderr(&output));
}

#[test]
fn the_made_extract_is_what_the_specification_asks() {
    let case = Case::new();
    let made = case.path("made");
    run(&["synth", "--register", "2000", "--extract", "400", "--seed", "3", "--no-benefits", "--out", text(&made)], 0);
    // Its rows have faults on purpose.
    case.write("agreement.toml", format!("{AGREEMENT}faulty_rows_max = 1.0\n"));
    let found = case.strict("made/extract.xlsx", "2016-04-30", 0);
    assert!(found.iter().all(|row| row[2] != "file"), "{found:?}");
    let manifest: serde_json::Value = serde_json::from_str(&case.report("manifest.json")).unwrap();
    let count = |name: &str| manifest["counts"][name].as_u64().unwrap();
    assert_eq!(count("rows"), 400);
    assert_eq!(count("rows_without_fault") + count("rows_with_warnings_alone") + count("rows_faulty"), count("rows"));
}
