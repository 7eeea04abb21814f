//! The workbook of a clerical review: guidance, and a sheet with the record sought above its candidates.
//!
//! In: the rows of [`grid()`]. Out: a workbook in which decision, reviewer, date and note can be written, and nothing else.
//! Invariants: every cell is text, so that nothing is run as a formula; the caveat stands on each sheet and page; the same
//! cases give the same bytes.

use crate::error::{Error, Result};
use crate::exchange::review::{CAVEAT, COLUMNS, Cases, Class, Column, Decision, GridRow, Kind, grid};
use crate::report::workbook::{fault, save};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime, Format,
    FormatAlign, FormatBorder, ProtectionOptions, Workbook, Worksheet, XlsxError,
};
use std::io::Write;

/// What the workbook says of the run besides its cases.
#[derive(Clone, Debug)]
pub struct ReviewBook<'a> {
    /// The cases.
    pub cases: &'a Cases,
    /// Day of the trace, `YYYY-MM-DD`.
    pub on: &'a str,
    /// Reference of the agreement.
    pub agreement: &'a str,
    /// Name of the run in the ledger; empty where it is in none.
    pub run: &'a str,
}

/// Rows of a worksheet.
const SHEET_ROWS_MAX: usize = 1_048_576;
/// Headings and caveat.
const TOP_ROWS: usize = 2;
/// Columns that stay in sight: case, candidate, who, and what the reviewer writes.
const FROZEN_COLUMNS: u16 = 6;
/// Points of one line of text, and the most that a row may have.
const LINE_POINTS: f64 = 14.0;
const ROW_POINTS_MAX: f64 = 400.0;
const PAPER_A3: u8 = 8;

const GREEN: u32 = 0x00C6_E0B4;
const AMBER: u32 = 0x00FF_E699;
const RED: u32 = 0x00F4_B084;
const BLUE: u32 = 0x00DD_EBF7;
const OPEN: u32 = 0x00FF_FDE7;
const DARK: u32 = 0x001F_3864;
const CAVEAT_RED: u32 = 0x00C0_0000;
const GREY: u32 = 0x0059_5959;
const LINE: u32 = 0x00BF_BFBF;

/// Writes the workbook.
///
/// # Errors
/// When there are more rows than a sheet holds, or `out` cannot be written.
pub fn write_review_book(out: impl Write, book: &ReviewBook) -> Result<()> {
    let rows = grid(book.cases);
    if rows.len() + TOP_ROWS > SHEET_ROWS_MAX {
        return Err(Error::limit("has more cases than a worksheet has rows").hint("trace the extract in parts"));
    }
    save(workbook(book, &rows).map_err(fault)?, out)
}

type Written = std::result::Result<(), XlsxError>;

fn workbook(book: &ReviewBook, rows: &[GridRow]) -> std::result::Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    // The day of the trace, not the clock: the same cases give the same bytes.
    let day = ExcelDateTime::parse_from_str(book.on)?;
    workbook.set_properties(&DocProperties::new().set_title("Clerical review").set_creation_datetime(&day));
    guidance(workbook.add_worksheet(), book)?;
    review(workbook.add_worksheet(), book, rows)?;
    Ok(workbook)
}

/// What every sheet has: the caveat on each page, protection, a page that is as wide as the sheet.
fn dress(sheet: &mut Worksheet, book: &ReviewBook) -> Written {
    let run = if book.run.is_empty() { book.cases.tag() } else { book.run };
    sheet.set_header(format!("&C&B{CAVEAT}"));
    sheet.set_footer(format!("&L&8Run {run} of {}&C&8{CAVEAT}&R&8Page &P of &N", book.on));
    sheet.set_landscape().set_paper_size(PAPER_A3).set_print_fit_to_pages(1, 0);
    let options = ProtectionOptions {
        format_columns: true,
        format_rows: true,
        use_autofilter: true,
        ..ProtectionOptions::default()
    };
    sheet.protect_with_options(&options);
    Ok(())
}

fn guidance(sheet: &mut Worksheet, book: &ReviewBook) -> Written {
    sheet.set_name("Read first")?;
    dress(sheet, book)?;
    sheet.set_screen_gridlines(false);
    sheet.set_column_width(0, 26)?.set_column_width(1, 96)?;
    let title = Format::new().set_bold().set_font_size(16).set_font_color(Color::RGB(DARK));
    let caveat = Format::new().set_bold().set_font_color(Color::RGB(CAVEAT_RED));
    let bold = Format::new().set_bold().set_align(FormatAlign::Top);
    let text = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.write_string_with_format(0, 0, "Clerical review", &title)?;
    sheet.write_string_with_format(1, 0, CAVEAT, &caveat)?;
    let mut line = 3;
    let about = about(book);
    for (name, words) in about.iter().map(|(name, words)| (*name, words.as_str())).chain(GUIDANCE) {
        sheet.write_string_with_format(line, 0, name, &bold)?;
        sheet.write_string_with_format(line, 1, words, &text)?;
        sheet.set_row_height(line, LINE_POINTS * lines(words, 92) as f64 + 4.0)?;
        line += 1;
    }
    line += 1;
    sheet.write_string_with_format(line, 0, "Colours", &bold)?;
    for (class, words) in LEGEND {
        sheet.write_string_with_format(line, 1, words, &shade(Format::new(), class))?;
        line += 1;
    }
    Ok(())
}

fn about(book: &ReviewBook) -> Vec<(&'static str, String)> {
    let cases = book.cases.all.len();
    vec![
        ("Trace of", book.on.to_owned()),
        ("Agreement", book.agreement.to_owned()),
        (
            "Cases",
            format!("{cases}, with {} candidates; references begin with {}", book.cases.candidates(), book.cases.tag()),
        ),
    ]
}

const GUIDANCE: [(&str, &str); 7] = [
    (
        "What to do",
        "On the sheet `Review` each case has a blue row with what the Home Office sent, and below it one row for each person of \
         the register that it may be. For each candidate choose a decision, and write your name and the date.",
    ),
    (
        "Same person",
        "You are satisfied that the candidate is the person sought. It is said of one candidate of a case at most. Details are \
         then released to the Home Office and DWP under the agreement, in a supplement.",
    ),
    ("Different", "The candidate is another person."),
    ("Cannot tell", "What is here does not settle it. The case stays unresolved: it does not count as a no-hit."),
    (
        "How likely",
        "What the program makes of it: how many such candidates in 100 are the person. It is an opinion, and so is `Why`: your \
         own judgement counts. Nothing is decided about anyone by the program.",
    ),
    ("Two reviewers", "Give each a copy of their own. Where they disagree nothing is released until they agree."),
    (
        "Handling",
        "The workbook holds register data. Keep it where the register is kept, send it to nobody, and destroy it once the \
         decisions are applied. Change nothing but the open cells: every row is checked when the workbook comes back.",
    ),
];

const LEGEND: [(Class, &str); 4] = [
    (Class::Agrees, "Agrees with what was sought"),
    (Class::Close, "Close, or the same in part"),
    (Class::Differs, "Differs"),
    (Class::Unknown, "Not coloured: one of the two has nothing to compare"),
];

fn shade(format: Format, class: Class) -> Format {
    match class {
        Class::Agrees => format.set_background_color(Color::RGB(GREEN)),
        Class::Close => format.set_background_color(Color::RGB(AMBER)),
        Class::Differs => format.set_background_color(Color::RGB(RED)),
        Class::Unknown => format,
    }
}

fn review(sheet: &mut Worksheet, book: &ReviewBook, rows: &[GridRow]) -> Written {
    sheet.set_name("Review")?;
    dress(sheet, book)?;
    let heading = Format::new()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(DARK))
        .set_align(FormatAlign::VerticalCenter);
    for (place, column) in (0..).zip(&COLUMNS) {
        sheet.write_string_with_format(0, place, column.title, &heading)?;
        sheet.set_column_width(place, column.width)?;
    }
    sheet.set_row_height(0, 20)?;
    let caveat = Format::new().set_bold().set_font_color(Color::RGB(CAVEAT_RED));
    sheet.write_string_with_format(1, 2, CAVEAT, &caveat)?;
    sheet.set_freeze_panes(TOP_ROWS as u32, FROZEN_COLUMNS)?;
    sheet.set_repeat_rows(0, TOP_ROWS as u32 - 1)?;
    let formats = Formats::new();
    for (line, row) in (TOP_ROWS as u32..).zip(rows) {
        for (place, (column, cell)) in (0..).zip(COLUMNS.iter().zip(&row.cells)) {
            sheet.write_string_with_format(line, place, &cell.text, formats.of(row.kind, column, cell.class))?;
        }
        sheet.set_row_height(line, height(row))?;
    }
    let last = (rows.len() + TOP_ROWS - 1) as u32;
    sheet.autofilter(0, 0, last, COLUMNS.len() as u16 - 1)?;
    if !rows.is_empty() {
        validate(sheet, book, last)?;
    }
    Ok(())
}

/// Lists and limits for what the reviewer writes.
fn validate(sheet: &mut Worksheet, book: &ReviewBook, last: u32) -> Written {
    let first = TOP_ROWS as u32;
    let day = ExcelDateTime::parse_from_str(book.on)?;
    for (place, column) in (0..).zip(&COLUMNS).filter(|(_, column)| column.is_open) {
        let rule = match column.name {
            "decision" => DataValidation::new()
                .allow_list_strings(&Decision::ALL.map(Decision::as_str))?
                .set_error_title("Decision")?
                .set_error_message("Choose same person, different or cannot tell.")?,
            "decided_on" => DataValidation::new()
                .allow_date(DataValidationRule::GreaterThanOrEqualTo(day.clone()))
                .set_error_title("Date")?
                .set_error_message("A date from the day of the trace on, such as 2016-05-20.")?,
            "reviewer" => DataValidation::new()
                .allow_text_length(DataValidationRule::LessThanOrEqualTo(80))
                .set_error_title("Reviewer")?
                .set_error_message("Your name, at most 80 characters.")?,
            _ => continue,
        };
        let rule = rule.set_error_style(DataValidationErrorStyle::Stop);
        sheet.add_data_validation(first, place, last, place, &rule)?;
    }
    Ok(())
}

/// The formats of cells: a workbook has few, each made once.
struct Formats {
    sought: Format,
    plain: [Format; 4],
    small: Format,
    open: Format,
    day: Format,
}

impl Formats {
    fn new() -> Self {
        let base = || {
            Format::new()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_num_format("@")
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(LINE))
        };
        let open = base().set_background_color(Color::RGB(OPEN)).set_unlocked();
        Self {
            sought: base().set_bold().set_background_color(Color::RGB(BLUE)).set_border_top(FormatBorder::Medium),
            plain: [Class::Agrees, Class::Close, Class::Differs, Class::Unknown].map(|class| shade(base(), class)),
            small: base().set_font_size(9).set_font_color(Color::RGB(GREY)),
            day: open.clone().set_num_format("yyyy-mm-dd"),
            open,
        }
    }

    fn of(&self, kind: Kind, column: &Column, class: Class) -> &Format {
        match (kind, column.name) {
            (Kind::Sought, _) => &self.sought,
            (_, "decided_on") => &self.day,
            (_, "case" | "candidate" | "check") => &self.small,
            _ if column.is_open => &self.open,
            _ => match class {
                Class::Agrees => &self.plain[0],
                Class::Close => &self.plain[1],
                Class::Differs => &self.plain[2],
                Class::Unknown => &self.plain[3],
            },
        }
    }
}

/// High enough for the longest cell: not every program fits rows to wrapped text by itself.
fn height(row: &GridRow) -> f64 {
    let most = COLUMNS.iter().zip(&row.cells).map(|(column, cell)| lines(&cell.text, usize::from(column.width)));
    (LINE_POINTS * most.max().unwrap_or(1) as f64 + 3.0).min(ROW_POINTS_MAX)
}

/// Lines that a text needs in a column of `width` characters.
fn lines(text: &str, width: usize) -> usize {
    text.lines().map(|line| line.chars().count().div_ceil(width.saturating_sub(1).max(1)).max(1)).sum::<usize>().max(1)
}

#[cfg(test)]
mod tests {
    use super::{ReviewBook, write_review_book};
    use crate::exchange::review::{CAVEAT, Cases};
    use std::io::{Cursor, Read};

    const CASE: &str = r#"{"row":1,"outcome":"review","reasons":["runner-up too close"],"sought":{"dash_reference":"D1","full_name":"=HYPERLINK(1)","date_of_birth":"1980-02-03"},"candidates":[{"nino":"+44","person_id":"","probability":0.6,"parts":[{"comparison":"name","level":"two_exact/nothing","bits":12.0},{"comparison":"birth_date","level":"different","bits":-6.0}],"records":[{"data_set":"hmrc","record_id":"R1","name":"@Ann Lee","date_of_birth":"-1","sex":"F","address":"=1+1","postcode":"AB1 2CD","phone":"","email":"","tax_year":"2015-16","record_kind":"PAYE","last_activity_on":""}]}]}
"#;

    fn parts(cases: &Cases) -> Vec<(String, String)> {
        let mut bytes = Cursor::new(Vec::new());
        let book = ReviewBook { cases, on: "2016-04-30", agreement: "made", run: "R0001" };
        write_review_book(&mut bytes, &book).expect("written");
        let mut archive = zip::ZipArchive::new(bytes).expect("an archive");
        (0..archive.len())
            .map(|index| {
                let mut part = archive.by_index(index).expect("a part");
                let name = part.name().expect("a name").into_owned();
                let mut text = String::new();
                part.read_to_string(&mut text).expect("text");
                (name, text)
            })
            .collect()
    }

    #[test]
    fn the_workbook_is_text_that_only_its_open_cells_let_change() {
        let cases = Cases::read(CASE.as_bytes()).expect("a case");
        let parts = parts(&cases);
        let of = |name: &str| &parts.iter().find(|(part, _)| part == name).expect("a part").1;
        let sheets = ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"].map(of);
        for sheet in sheets {
            // Nothing is run, all is protected, and the caveat stands on each page.
            assert!(!sheet.contains("<f>") && sheet.contains("<sheetProtection"));
            assert_eq!(sheet.matches(CAVEAT).count(), 2, "header and footer");
        }
        let review = sheets[1];
        assert!(review.contains("ySplit=\"2\"") && review.contains("state=\"frozen\""));
        assert!(review.contains("\"same person,different,cannot tell\"") && review.contains("type=\"date\""));
        let text = of("xl/sharedStrings.xml");
        for shown in ["=HYPERLINK(1)", "@Ann Lee", "=1+1, AB1 2CD", "about 60 in 100", "speaks very strongly for it"] {
            assert!(text.contains(shown), "{shown}");
        }
        let styles = of("xl/styles.xml");
        for colour in ["C6E0B4", "FFE699", "F4B084"] {
            assert!(styles.contains(colour), "{colour}");
        }
        // Unlocked are the four open columns of the one candidate, and nothing else.
        assert_eq!(styles.matches("locked=\"0\"").count(), 2);
        let again = Cases::read(CASE.as_bytes()).expect("a case");
        assert_eq!(super::tests::parts(&again), parts);
    }
}
