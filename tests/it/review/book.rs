//! A review workbook as a reviewer's program would change it: single cells, all else left as it was.

use calamine::{Data, Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

/// The sheet of cases, the second of the workbook.
const PART: &str = "xl/worksheets/sheet2.xml";

/// A workbook that was read.
pub(crate) struct Book {
    path: PathBuf,
    /// Rows of text, headings first.
    rows: Vec<Vec<String>>,
}

/// A cell to write: row of the sheet from 1, heading, and the XML of what is in it.
#[derive(Clone)]
pub(crate) struct Cell {
    row: u32,
    heading: String,
    attributes: &'static str,
    inner: String,
}

impl Cell {
    /// Text.
    pub(crate) fn text(row: u32, heading: &str, text: &str) -> Self {
        let inner = format!("<is><t>{text}</t></is>");
        Self { row, heading: heading.to_owned(), attributes: " t=\"inlineStr\"", inner }
    }

    /// A day, as days of the 1900 epoch.
    pub(crate) fn day(row: u32, heading: &str, day: u32) -> Self {
        Self { row, heading: heading.to_owned(), attributes: "", inner: format!("<v>{day}</v>") }
    }

    /// A formula with text as its value.
    pub(crate) fn formula(row: u32, heading: &str, formula: &str) -> Self {
        let inner = format!("<f>{formula}</f><v>same person</v>");
        Self { row, heading: heading.to_owned(), attributes: " t=\"str\"", inner }
    }
}

impl Book {
    pub(crate) fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range("Review").unwrap();
        let text = |cell: &Data| if *cell == Data::Empty { String::new() } else { cell.to_string() };
        let rows = range.rows().map(|row| row.iter().map(text).collect()).collect();
        Self { path: path.to_owned(), rows }
    }

    fn column(&self, heading: &str) -> usize {
        self.rows[0].iter().position(|known| known == heading).unwrap()
    }

    /// Text of a cell; rows are those of the sheet, from 1.
    pub(crate) fn text(&self, row: u32, heading: &str) -> String {
        self.rows[row as usize - 1][self.column(heading)].clone()
    }

    /// Rows of candidates.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = u32> {
        (2..=self.rows.len() as u32).filter(|row| !self.text(*row, "Candidate").is_empty())
    }

    /// Dash reference of the case of a row.
    pub(crate) fn dash_of(&self, row: u32) -> String {
        let sought = (2..=row).rev().find(|row| self.text(*row, "Who") == "Sought").unwrap();
        let records = self.text(sought, "Records");
        records.lines().next().unwrap().strip_prefix("Dash ").unwrap().to_owned()
    }

    /// Saves a copy with some cells changed.
    pub(crate) fn save(&self, to: &Path, cells: &[Cell]) {
        let cells: BTreeMap<String, &Cell> =
            cells.iter().map(|cell| (format!("{}{}", letter(self.column(&cell.heading)), cell.row), cell)).collect();
        rewrite(&self.path, to, |xml| {
            let mut xml = xml;
            for (place, cell) in &cells {
                let start = xml.find(&format!("<c r=\"{place}\"")).unwrap();
                let open_end = start + xml[start..].find('>').unwrap();
                let is_empty = xml[..open_end].ends_with('/');
                let end = if is_empty { open_end + 1 } else { start + xml[start..].find("</c>").unwrap() + 4 };
                let style = xml[start..end].split("s=\"").nth(1).unwrap().split('"').next().unwrap();
                let new = format!("<c r=\"{place}\" s=\"{style}\"{}>{}</c>", cell.attributes, cell.inner);
                xml.replace_range(start..end, &new);
            }
            xml
        });
    }

    /// Saves a copy in which a row is empty.
    pub(crate) fn save_without(&self, to: &Path, row: u32) {
        rewrite(&self.path, to, |mut xml| {
            let start = xml.find(&format!("<row r=\"{row}\"")).unwrap();
            let end = start + xml[start..].find("</row>").unwrap() + 6;
            xml.replace_range(start..end, "");
            xml
        });
    }
}

fn letter(column: usize) -> char {
    char::from(b'A' + u8::try_from(column).unwrap())
}

/// Copies an archive with the sheet of cases changed.
fn rewrite(from: &Path, to: &Path, change: impl Fn(String) -> String) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(from).unwrap()).unwrap();
    let mut out = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        let text = if name == PART { change(text) } else { text };
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap();
}
