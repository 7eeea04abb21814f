//! A workbook whose rows are put in as text is that of a writer that goes cell by cell, byte for byte.

use super::{plain, rewrite};
use crate::exchange::Sheet;
use proptest::prelude::*;

const CONTROL: [(&str, &str); 5] =
    [("rows", "3"), ("sha256", "ab"), ("wash", "W0001"), ("agreement", "R & S <1>"), ("note", "")];

fn control() -> Vec<(&'static str, String)> {
    CONTROL.map(|(key, value)| (key, value.to_owned())).to_vec()
}

/// Writes the rows both ways.
#[track_caller]
fn check(columns: usize, rows: Vec<Vec<String>>) {
    let header: Vec<String> = (1..=columns).map(|column| format!("address_{column}")).collect();
    let sheet = Sheet { header, rows };
    let empty = Sheet { header: sheet.header.clone(), rows: Vec::new() };
    let whole = plain(&sheet, "extract", &control(), "2016-04-30").unwrap();
    let mut put_in = Vec::new();
    let template = plain(&empty, "extract", &control(), "2016-04-30").unwrap();
    rewrite(&mut put_in, &template, &sheet, &control()).unwrap();
    assert!(whole == put_in, "{columns} columns, {} rows", sheet.rows.len());
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[test]
fn any_text_is_the_same_cell() {
    let texts =
        ["plain", " kept ", "tab\t", "a & b <c> \"d\" 'e'", "_x0041_", "__x00FF_ _x12_", "_x00e9é_", "\u{1}\u{b}\r\n"];
    check(3, texts.iter().map(|text| row(&[text, "", "rows"])).collect());
    check(2, vec![row(&["Łódź 山田", "\u{fffe}\u{feff}"]), row(&["=1+1", "00123"])]);
}

#[test]
fn rows_without_cells_and_blocks_without_rows_are_left_out() {
    check(3, Vec::new());
    check(3, vec![row(&["", "", ""])]);
    let mut rows = vec![row(&["", "", ""]); 70];
    rows[20] = row(&["", "x", ""]);
    rows[66] = row(&["", "", "y"]);
    check(3, rows.clone());
    rows.truncate(50);
    check(3, rows);
}

#[test]
fn many_columns_and_rows_have_their_names() {
    let line = |number: usize| (0..60).map(|column| format!("{}", number * column % 97)).collect();
    check(60, (0..3000).map(line).collect());
}

#[test]
fn what_looks_like_markup_stays_text() {
    let header = row(&["full_name", "pool"]);
    let sheet = Sheet { header: header.clone(), rows: vec![row(&["<r><evil></r>", "x"])] };
    let template = plain(&Sheet { header, rows: Vec::new() }, "extract", &control(), "2016-04-30").unwrap();
    let mut out = Vec::new();
    rewrite(&mut out, &template, &sheet, &control()).unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(out)).unwrap();
    let text = std::io::read_to_string(zip.by_name("xl/sharedStrings.xml").unwrap()).unwrap();
    assert!(text.contains("&lt;r&gt;&lt;evil&gt;"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_rows_are_the_same_workbook(
        rows in proptest::collection::vec(proptest::collection::vec("([a-c_x0-4<&]|\\PC){0,9}", 4), 0..40),
    ) {
        // The other writer takes a text between <r> and </r> for markup: see above.
        let rows = rows.into_iter().filter(|row| row.iter().all(|cell| !cell.starts_with("<r>"))).collect();
        check(4, rows);
    }
}
