//! What a workbook may hold, and what it may not.

use std::io::Write;
use std::path::PathBuf;

use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::error::{Error, ErrorKind};
use crate::ingest::{Input, Limits, Loaded, Reader, load, remark};
use crate::model::schema::EXTRACT;

const HEADERS: [&str; 6] =
    ["Dash Reference", "Dash Source", "CID Person ID", "Full Name", "Date of Birth", "Address 1"];

pub(in crate::ingest) struct Home(tempfile::TempDir);

impl Home {
    pub(in crate::ingest) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(in crate::ingest) fn write(&self, bytes: &[u8]) -> Input {
        let path: PathBuf = self.0.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        Input::Path(path)
    }

    pub(in crate::ingest) fn load(&self, bytes: &[u8]) -> Result<Loaded, Error> {
        load(&self.write(bytes), &EXTRACT, &Limits::default())
    }

    pub(in crate::ingest) fn refused(&self, bytes: &[u8]) -> Error {
        let error = self.load(bytes).unwrap_err();
        assert_eq!(error.place(), Some("file"), "{error}");
        assert!(error.hint_text().is_some(), "{error}");
        error
    }
}

/// A workbook with headers and what `fill` adds from row 1 on.
pub(in crate::ingest) fn book(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in HEADERS.iter().enumerate() {
        sheet.write(0, column as u16, *name).unwrap();
    }
    fill(&mut book);
    book.save_to_buffer().unwrap()
}

pub(in crate::ingest) fn sheet(book: &mut Workbook) -> &mut rust_xlsxwriter::Worksheet {
    book.worksheet_from_index(0).unwrap()
}

pub(in crate::ingest) fn texts(loaded: &Loaded, name: &str) -> Vec<Option<String>> {
    (0..loaded.table.rows()).map(|row| loaded.table.value(name, row).map(str::to_owned)).collect()
}

/// The members of a workbook, one of them changed.
pub(in crate::ingest) fn rezip(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let name = member.name().unwrap().into_owned();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut content).unwrap();
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(&*name, options).unwrap();
        writer.write_all(&change(&name, content)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn cells_of_every_type_become_text() {
    let date = CellFormat::new().set_num_format("dd/mm/yyyy");
    let bytes = book(|book| {
        let sheet = sheet(book);
        sheet.write(1, 0, " D1 ").unwrap();
        sheet.write(1, 2, 10_000_476).unwrap();
        sheet.write(1, 3, "Zoë").unwrap();
        sheet.write_with_format(1, 4, ExcelDateTime::from_ymd(1975, 1, 2).unwrap(), &date).unwrap();
        sheet.write(1, 5, "   ").unwrap();
        sheet.write(3, 0, true).unwrap();
        sheet.write(3, 2, 1_234_567_890_123_456_789_f64).unwrap();
        sheet.write(3, 3, Formula::new("=A1").set_result("cached")).unwrap();
        sheet.write(3, 4, "02/01/1975").unwrap();
        sheet.write_with_format(3, 5, ExcelDateTime::from_ymd(2011, 2, 1).unwrap(), &date).unwrap();
        sheet.write(3, 8, "stray").unwrap();
        sheet.write(4, 4, 27_396.5).unwrap();
        sheet.write_with_format(5, 4, 60, &date).unwrap();
        sheet.write_with_format(6, 4, 0.5, &date).unwrap();
        sheet.write_with_format(7, 4, 61, &date).unwrap();
    });
    let loaded = Home::new().load(&bytes).unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(loaded.row_numbers, [1, 3, 4, 5, 6, 7]);
    assert_eq!(texts(&loaded, "dash_reference")[..2], [some(" D1 "), some("TRUE")]);
    assert_eq!(texts(&loaded, "cid_person_id")[..2], [some("10000476"), some("1234567890123456800")]);
    assert_eq!(texts(&loaded, "full_name")[..2], [some("Zoë"), None]);
    let dates = [some("1975-01-02"), some("02/01/1975"), some("27396.5"), None, None, some("1900-03-01")];
    assert_eq!(texts(&loaded, "date_of_birth"), dates);
    assert_eq!(texts(&loaded, "address_1")[..2], [None, some("2011-02-01")]);
    let remarks: Vec<_> =
        loaded.cell_remarks.iter().map(|found| (found.row, found.column.as_str(), found.reason)).collect();
    assert_eq!(
        remarks,
        [
            (1, "cid_person_id", remark::NUMBER),
            (3, "cid_person_id", remark::LONG_NUMBER),
            (3, "full_name", remark::FORMULA),
            (3, "address_1", remark::DATE),
            (3, "", remark::NO_HEADER),
            (4, "date_of_birth", remark::NUMBER_FOR_DATE),
            (5, "date_of_birth", remark::NO_DATE),
            (6, "date_of_birth", remark::NO_DATE),
        ]
    );
}

#[test]
fn error_cells_are_null_with_a_remark() {
    let bytes = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
        sheet(book).write(1, 3, "@@").unwrap();
        sheet(book).write(2, 0, "D2").unwrap();
    });
    for (code, row) in [("#N/A", 1), ("#SPILL!", 0)] {
        let broken = rezip(&bytes, |name, content| {
            let text = String::from_utf8_lossy(&content).into_owned();
            if !name.ends_with("sheet1.xml") {
                return content;
            }
            let at = text.find("r=\"D2\"").unwrap();
            let end = at + text[at..].find("</c>").unwrap();
            format!("{}r=\"D2\" t=\"e\"><v>{code}</v>{}", &text[..at], &text[end..]).into_bytes()
        });
        let loaded = Home::new().load(&broken).unwrap();
        assert_eq!(texts(&loaded, "full_name"), [None, None]);
        assert_eq!(texts(&loaded, "dash_reference").len(), 2);
        let found: Vec<_> = loaded.cell_remarks.iter().map(|found| (found.row, found.reason)).collect();
        assert_eq!(found, [(row, remark::ERROR)], "{code}");
    }
}

#[test]
fn dates_follow_the_epoch_of_the_workbook() {
    let date = CellFormat::new().set_num_format("yyyy-mm-dd");
    let bytes = book(|book| {
        sheet(book).write_with_format(1, 4, 1000, &date).unwrap();
    });
    let mac = rezip(&bytes, |name, content| {
        let text = String::from_utf8_lossy(&content).into_owned();
        if name == "xl/workbook.xml" {
            text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ").into_bytes()
        } else {
            content
        }
    });
    let home = Home::new();
    assert_eq!(texts(&home.load(&bytes).unwrap(), "date_of_birth"), [Some("1902-09-26".to_owned())]);
    assert_eq!(texts(&home.load(&mac).unwrap(), "date_of_birth"), [Some("1906-09-27".to_owned())]);
}

#[test]
fn the_sheet_called_extract_is_read_and_hidden_ones_are_told() {
    let bytes = book(|book| {
        sheet(book).set_name("Notes").unwrap();
        sheet(book).write(1, 0, "wrong").unwrap();
        let other = book.add_worksheet().set_name("Extract").unwrap();
        for (column, name) in HEADERS.iter().enumerate() {
            other.write(2, column as u16, *name).unwrap();
        }
        other.write(3, 0, "right").unwrap();
        book.add_worksheet().set_name("control").unwrap().write(0, 0, "rows").unwrap();
        book.add_worksheet().set_hidden(true);
    });
    let loaded = Home::new().load(&bytes).unwrap();
    assert_eq!(texts(&loaded, "dash_reference"), [Some("right".to_owned())]);
    assert_eq!(loaded.row_numbers, [1]);
    let mut reasons: Vec<_> = loaded.cell_remarks.iter().map(|found| found.reason).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, [remark::HIDDEN_SHEET, remark::MORE_SHEETS]);
    let none = book(|book| {
        sheet(book).write(0, 0, "Other").unwrap();
        book.add_worksheet().write(0, 0, "Else").unwrap();
    });
    assert!(Home::new().refused(&none).what().contains("2 visible sheets"));
}

#[test]
fn a_workbook_reads_in_batches_too() {
    let bytes = book(|book| {
        for row in 1..=100 {
            sheet(book).write(row, 0, format!("D{row}")).unwrap();
        }
    });
    let home = Home::new();
    let reader = Reader::open(&home.write(&bytes), &EXTRACT).unwrap();
    let rows = std::sync::Mutex::new(Vec::new());
    reader
        .for_each(&["dash_reference"], 7, &|batch| {
            let numbers = (0..batch.table.rows()).map(|row| {
                (batch.first_row + row as u64 + 1, batch.table.value("dash_reference", row).unwrap().to_owned())
            });
            rows.lock().unwrap().extend(numbers);
            Ok(())
        })
        .unwrap();
    let mut rows = rows.into_inner().unwrap();
    rows.sort();
    assert_eq!(rows.len(), 100);
    assert!(rows.iter().all(|(number, text)| *text == format!("D{number}")));
}

#[test]
fn far_cells_are_refused() {
    for (row, column, name) in
        [(1_048_575, 16_383, "XFD1048576"), (1, 16_383, "XFD2"), (1_048_575, 0, "A1048576"), (1002, 0, "A1003")]
    {
        let bytes = book(|book| {
            sheet(book).write(row, column, 1).unwrap();
        });
        let error = Home::new().refused(&bytes);
        assert_eq!(error.what(), format!("has a value far from its table, in cell {name}"));
    }
    let blank = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
        sheet(book).write_blank(1_048_575, 16_383, &CellFormat::new().set_bold()).unwrap();
    });
    assert_eq!(Home::new().load(&blank).unwrap().table.rows(), 1);
}

#[test]
fn text_is_counted_as_its_cells_come() {
    let bytes = book(|book| {
        for row in 1..100 {
            // In a column that is not known, so that nothing of it is kept.
            sheet(book).write(row, 6, "x".repeat(1_000)).unwrap();
        }
    });
    let home = Home::new();
    let loaded = |most: u64| load(&home.write(&bytes), &EXTRACT, &Limits { table_bytes: most, ..Limits::SAFE });
    assert_eq!(loaded(90_000).unwrap_err().kind(), ErrorKind::Limit);
    assert!(loaded(200_000).is_ok());
}

#[test]
fn cells_stand_once_and_in_order() {
    let plain = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap().write(1, 1, "MRP").unwrap();
    });
    for (from, to) in [("r=\"B2\"", "r=\"A2\""), ("r=\"A2\"", "r=\"C2\"")] {
        let bytes = rezip(&plain, |name, content| {
            let text = String::from_utf8_lossy(&content).into_owned();
            if name.ends_with("sheet1.xml") { text.replacen(from, to, 1).into_bytes() } else { content }
        });
        assert_ne!(bytes, plain);
        assert!(Home::new().refused(&bytes).what().contains("damaged"), "{from}");
    }
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let plain = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
    });
    let zeros = rezip(&plain, |name, content| if name.ends_with("app.xml") { vec![b' '; 70 << 20] } else { content });
    let error = Home::new().refused(&zeros);
    assert_eq!(
        (error.kind(), error.what()),
        (
            ErrorKind::Limit,
            "holds a part that unpacks to more than 200 times its size, more than a workbook of one table needs"
        )
    );
    let home = Home::new();
    let small = Limits { unpacked_bytes: 1000, ..Limits::default() };
    assert_eq!(load(&home.write(&plain), &EXTRACT, &small).unwrap_err().kind(), ErrorKind::Limit);
    // A directory that lies: the size of the large part is set to 10 wherever it is declared.
    let large = rezip(&plain, |name, content| if name.ends_with("app.xml") { vec![b' '; 1 << 20] } else { content });
    let size = (1_u32 << 20).to_le_bytes();
    let places: Vec<usize> = large.windows(4).enumerate().filter(|(_, four)| *four == size).map(|(at, _)| at).collect();
    let mut lying = large.clone();
    for at in places {
        lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    assert_ne!(lying, large);
    home.refused(&lying);
}

#[test]
fn hostile_parts_are_refused() {
    let plain = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
    });
    let changed = |part: &'static str, from: &'static str, to: &'static str| {
        let bytes = rezip(&plain, |name, content| {
            let text = String::from_utf8_lossy(&content).into_owned();
            if name.ends_with(part) { text.replacen(from, to, 1).into_bytes() } else { content }
        });
        assert_ne!(bytes, plain, "{from}");
        Home::new().refused(&bytes).what().to_owned()
    };
    assert!(
        changed("sheet1.xml", "<worksheet", "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet").contains("document type")
    );
    assert!(changed("sharedStrings.xml", "uniqueCount=\"", "uniqueCount=\"99999999").contains("larger than it can be"));
    assert!(
        changed("sharedStrings.xml", "uniqueCount=\"", "uniqueCount=\"99999999999999999999999")
            .contains("larger than it can be")
    );
    assert!(changed("sheet1.xml", "</sheetData>", "").contains("damaged"));
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("letter.txt", SimpleFileOptions::default()).unwrap();
    let other = writer.finish().unwrap().into_inner();
    assert!(Home::new().refused(&other).what().contains("zip archive"));
}

#[test]
fn a_control_sheet_is_handed_on_as_text() {
    let bytes = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
        let control = book.add_worksheet().set_name(" Control").unwrap();
        for (line, (key, value)) in [("key", "value"), ("SHA-256", " ab "), ("pool", "")].iter().enumerate() {
            control.write(line as u32, 0, *key).unwrap();
            control.write(line as u32, 1, *value).unwrap();
        }
        control.write(3, 0, "rows").unwrap().write(3, 1, 1).unwrap();
        control.write(4, 0, "cycle").unwrap().write(4, 1, Formula::new("=1")).unwrap();
    });
    let loaded = Home::new().load(&bytes).unwrap();
    let control = loaded.control.unwrap();
    assert_eq!(["rows", "sha256", "pool", "cycle"].map(|key| control.get(key)), [Some("1"), Some("ab"), None, None]);
    let found: Vec<_> = loaded.cell_remarks.iter().map(|found| (found.row, found.reason)).collect();
    assert_eq!(found, [(0, remark::FORMULA)]);
    assert!(
        Home::new()
            .load(&book(|book| {
                sheet(book).write(1, 0, 1).unwrap();
            }))
            .unwrap()
            .control
            .is_none()
    );
}

#[test]
fn what_is_hidden_is_found_however_it_is_written() {
    let plain = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
    });
    let told = |part: &'static str, from: &'static str, to: &'static str| {
        let bytes = rezip(&plain, |name, content| {
            let text = String::from_utf8_lossy(&content).into_owned();
            if name.ends_with(part) { text.replacen(from, to, 1).into_bytes() } else { content }
        });
        let loaded = Home::new().load(&bytes).unwrap();
        loaded.cell_remarks.iter().map(|found| found.reason).collect::<Vec<_>>()
    };
    assert!(told("sheet1.xml", "nothing", "").is_empty());
    for mark in ["hidden=\"1\"", "hidden=\"true\"", "hidden='1'", "ht=\"0\""] {
        let to: &'static str = Box::leak(format!("<row r=\"2\" {mark}").into_boxed_str());
        assert_eq!(told("sheet1.xml", "<row r=\"2\"", to), [remark::HIDDEN_ROWS], "{mark}");
    }
    let rows = "<sheetFormatPr zeroHeight=\"1\"";
    assert_eq!(told("sheet1.xml", "<sheetFormatPr", rows), [remark::HIDDEN_ROWS]);
    // Parts are known by their kind, whatever they are called.
    let kinds = [
        ("application/vnd.ms-office.vbaProject", remark::MACROS),
        ("x.externalLink+xml", remark::EXTERNAL_LINKS),
        ("x.comments+xml", remark::COMMENTS),
        ("x.connections+xml", remark::CONNECTIONS),
        ("x.oleObject", remark::EMBEDDED),
    ];
    for (kind, reason) in kinds {
        let part = format!("<Override PartName=\"/xl/a.xml\" ContentType=\"{kind}\"/></Types>");
        let part: &'static str = Box::leak(part.into_boxed_str());
        assert_eq!(told("[Content_Types].xml", "</Types>", part), [reason], "{kind}");
    }
}

#[test]
fn formulas_and_errors_in_columns_that_are_not_known_are_told() {
    let bytes = book(|book| {
        sheet(book).write(0, 6, "Shoe size").unwrap();
        sheet(book).write(1, 0, "D1").unwrap();
        sheet(book).write(1, 6, Formula::new("=A1")).unwrap();
    });
    let found = Home::new().load(&bytes).unwrap().cell_remarks;
    assert_eq!(found.iter().map(|found| (found.row, found.reason)).collect::<Vec<_>>(), [(1, remark::FORMULA)]);
}
