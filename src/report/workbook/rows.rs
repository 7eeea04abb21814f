//! Rows as the XML of a sheet: every cell is a text in the table of shared strings.

use crate::exchange::Sheet;
use crate::util::hash::{Map, map};
use std::fmt::Write;

/// Rows of a sheet that tell the reader in common which columns they span.
const BLOCK: usize = 16;
/// Number of the format of a cell below the header.
const TEXT_FORMAT: &str = "2";

/// The parts of a workbook that hold cells.
pub(super) struct Filled {
    pub(super) sheet: String,
    pub(super) control: String,
    pub(super) strings: String,
}

/// The strings of a workbook, numbered in the order in which they are first used.
struct Strings<'a> {
    numbers: Map<&'a str, u32>,
    ordered: Vec<&'a str>,
    uses: usize,
}

impl<'a> Strings<'a> {
    fn new() -> Self {
        Self { numbers: map(), ordered: Vec::new(), uses: 0 }
    }

    fn number(&mut self, text: &'a str) -> u32 {
        self.uses += 1;
        let next = self.ordered.len() as u32;
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.ordered.push(text);
        }
        number
    }

    fn xml(&self) -> String {
        let mut out = String::with_capacity(self.ordered.iter().map(|text| text.len() + 20).sum::<usize>() + 256);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
        out.push_str("<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" ");
        let _ = write!(out, "count=\"{}\" uniqueCount=\"{}\">", self.uses, self.ordered.len());
        for text in &self.ordered {
            let blank = |letter: char| matches!(letter, ' ' | '\t' | '\n');
            let kept = if text.starts_with(blank) || text.ends_with(blank) { " xml:space=\"preserve\"" } else { "" };
            let _ = write!(out, "<si><t{kept}>");
            push_escaped(&mut out, text);
            out.push_str("</t></si>");
        }
        out.push_str("</sst>");
        out
    }
}

/// Puts rows into the XML of a sheet that has a header alone, and gives the control sheet, whose cells are `control` line by
/// line, the numbers that its strings have then. `None` where a sheet is not as expected.
pub(super) fn fill_in(sheet: &str, control: &str, rows: &Sheet, control_cells: &[&str]) -> Option<Filled> {
    let (mut before, mut strings) = (Strings::new(), Strings::new());
    for text in rows.header.iter().map(String::as_str) {
        before.number(text);
        strings.number(text);
    }
    for text in control_cells.iter().filter(|text| !text.is_empty()) {
        before.number(text);
    }
    let sheet = with_rows(sheet, rows, &mut strings)?;
    let control = renumbered(control, &before, &mut strings)?;
    Some(Filled { sheet, control, strings: strings.xml() })
}

/// Columns from the first to the last that any row of a block has a cell in, from 1; `None` where all are empty.
fn span(rows: &[&[String]]) -> Option<(usize, usize)> {
    let first = rows.iter().filter_map(|row| row.iter().position(|cell| !cell.is_empty())).min()?;
    let last = rows.iter().filter_map(|row| row.iter().rposition(|cell| !cell.is_empty())).max()?;
    Some((first + 1, last + 1))
}

fn with_rows<'a>(sheet: &str, rows: &'a Sheet, strings: &mut Strings<'a>) -> Option<String> {
    let names: Vec<String> = (0..rows.header.len()).map(column_name).collect();
    let lines: Vec<&[String]> =
        std::iter::once(rows.header.as_slice()).chain(rows.rows.iter().map(Vec::as_slice)).collect();
    let last = lines.iter().rposition(|line| line.iter().any(|cell| !cell.is_empty()))? + 1;
    let dimension = format!("<dimension ref=\"A1:{}", names.last()?);
    let (head, rest) = sheet.split_once(&format!("{dimension}1\"/>"))?;
    let (middle, tail) = rest.split_once("</sheetData>")?;
    // The header's row has the span of its block, and all columns: rows below it change nothing.
    let mut out = String::with_capacity(lines.iter().map(|line| 40 + 34 * line.len()).sum::<usize>() + sheet.len());
    let _ = write!(out, "{head}{dimension}{last}\"/>{middle}");
    for (block, lines) in lines.chunks(BLOCK).enumerate() {
        let Some((first, end)) = span(lines) else { continue };
        for (at, line) in lines.iter().enumerate() {
            let number = block * BLOCK + at + 1;
            if number > 1 {
                push_row(&mut out, number, (first, end), line, &names, strings);
            }
        }
    }
    out.push_str("</sheetData>");
    out.push_str(tail);
    Some(out)
}

fn push_row<'a>(
    out: &mut String,
    number: usize,
    span: (usize, usize),
    line: &'a [String],
    names: &[String],
    strings: &mut Strings<'a>,
) {
    if line.iter().all(String::is_empty) {
        return;
    }
    let row = number.to_string();
    let _ = write!(out, "<row r=\"{row}\" spans=\"{}:{}\">", span.0, span.1);
    for (cell, name) in line.iter().zip(names).filter(|(cell, _)| !cell.is_empty()) {
        for part in ["<c r=\"", name, &row, "\" s=\"", TEXT_FORMAT, "\" t=\"s\"><v>"] {
            out.push_str(part);
        }
        let _ = write!(out, "{}", strings.number(cell));
        out.push_str("</v></c>");
    }
    out.push_str("</row>");
}

/// The control sheet with other numbers of strings.
fn renumbered<'a>(control: &str, before: &Strings<'a>, strings: &mut Strings<'a>) -> Option<String> {
    let mut pieces = control.split("<v>");
    let mut out = pieces.next()?.to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once("</v>")?;
        let text = before.ordered.get(number.parse::<usize>().ok()?)?;
        let _ = write!(out, "<v>{}</v>{rest}", strings.number(text));
    }
    Some(out)
}

/// A, B, ... Z, AA, AB and so on.
fn column_name(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return letters.into_iter().rev().collect();
        }
        column = column / 26 - 1;
    }
}

/// Text of a cell: escaped for XML, control characters as `_xHHHH_`, and what looks like one of those escaped itself.
fn push_escaped(out: &mut String, text: &str) {
    let is_plain = |byte: u8| !matches!(byte, b'&' | b'<' | b'>' | 0..=0x1f | 0xef) && byte != b'_';
    if text.bytes().all(is_plain) {
        out.push_str(text);
        return;
    }
    for (at, letter) in text.char_indices() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(letter),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "_x{:04X}_", u32::from(letter));
            }
            '_' if is_escape(&text.as_bytes()[at..]) => out.push_str("_x005F_"),
            other => out.push(other),
        }
    }
}

/// Whether a text begins with `_xHHHH_`.
fn is_escape(text: &[u8]) -> bool {
    text.len() >= 7 && text[1] == b'x' && text[6] == b'_' && text[2..6].iter().all(u8::is_ascii_hexdigit)
}
