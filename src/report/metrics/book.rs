//! Management information as a workbook: a summary, a sheet a theme, and notes with every definition.

use crate::error::Result;
use crate::exchange::metrics::{Cell, DEFINITIONS, Metric, Metrics, Theme, Unit};
use crate::report::workbook::{fault, save};
use rust_xlsxwriter::{
    Color, ConditionalFormatDataBar, ConditionalFormatDataBarDirection, ConditionalFormatType, DocProperties,
    ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::io::Write;

/// Columns of a theme's sheet with their widths.
const COLUMNS: [(&str, f64); 10] = [
    ("Metric", 38.0),
    ("Source", 18.0),
    ("By", 16.0),
    ("Group", 30.0),
    ("Numerator", 14.0),
    ("Denominator", 14.0),
    ("Value", 14.0),
    ("95 % from", 11.0),
    ("95 % to", 11.0),
    ("Remark", 34.0),
];
/// Columns of numbers.
const NUMBERS: std::ops::Range<usize> = 4..9;
/// Metrics of the summary: the few that answer the questions of the memorandum.
const HEADLINES: [&str; 24] = [
    "cases",
    "coverage",
    "rows_returned",
    "hit_rate_searchable",
    "hit_rate_returned",
    "new_information_rate",
    "interaction_only_rate",
    "verified_share",
    "precision",
    "decisions_due",
    "washes_overdue",
    "unfinished_at_end",
    "rows_received",
    "trace_hit_rate_searchable",
    "trace_hit_rate_rows",
    "review_queue",
    "handed_to_dwp",
    "precision_estimated",
    "recall_estimated",
    "benefit_in_payment",
    "people_stopped",
    "savings",
    "incidents",
    "agreement_days_left",
];
const WITHHELD: &str = "withheld";
const INK: Color = Color::RGB(0x1F_2937);
const HEAD: Color = Color::RGB(0x1D_3557);
const BAND: Color = Color::RGB(0xF3_F6FA);
const LINE: Color = Color::RGB(0xD5_DCE6);
const BAR: Color = Color::RGB(0x9C_C3E6);
const FAINT: Color = Color::RGB(0x7A_8594);

/// Formats of cells, on plain ground or on the band that parts blocks of rows.
struct Style {
    head: Format,
    head_of_numbers: Format,
    title: Format,
    faint: Format,
    wrapped: Format,
    grounds: [Ground; 2],
}

struct Ground {
    text: Format,
    count: Format,
    share: Format,
    edge: Format,
    pounds: Format,
    real: Format,
    withheld: Format,
    remark: Format,
}

impl Style {
    fn new() -> Self {
        let base = || Format::new().set_font_name("Calibri").set_font_size(11).set_font_color(INK);
        let ground = |band: bool| {
            let base = || {
                let format = base().set_border_bottom(FormatBorder::Hair).set_border_bottom_color(LINE);
                if band { format.set_background_color(BAND) } else { format }
            };
            Ground {
                text: base(),
                count: base().set_num_format("#,##0"),
                share: base().set_num_format("0.0%"),
                edge: base().set_num_format("0.00%"),
                pounds: base().set_num_format("£#,##0.00"),
                real: base().set_num_format("#,##0.0"),
                withheld: base().set_font_color(FAINT).set_italic().set_align(FormatAlign::Right),
                remark: base().set_font_color(FAINT),
            }
        };
        let head = base().set_bold().set_font_color(Color::White).set_background_color(HEAD);
        Self {
            head: head.clone().set_align(FormatAlign::VerticalCenter),
            head_of_numbers: head.set_align(FormatAlign::VerticalCenter).set_align(FormatAlign::Right),
            title: base().set_bold().set_font_size(16).set_font_color(HEAD),
            faint: base().set_font_color(FAINT),
            wrapped: base().set_text_wrap().set_align(FormatAlign::Top),
            grounds: [ground(false), ground(true)],
        }
    }
}

/// Writes the metrics as a workbook. The creation date is the day of the report, so that the same metrics give the same
/// bytes.
///
/// # Errors
/// When the workbook cannot be made or written.
pub fn write_metrics_book(out: impl Write, metrics: &Metrics) -> Result<()> {
    save(book(metrics).map_err(fault)?, out)
}

type Written<T> = std::result::Result<T, XlsxError>;

fn book(metrics: &Metrics) -> Written<Workbook> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::parse_from_str(&metrics.on)?;
    book.set_properties(&DocProperties::new().set_title("Management information").set_creation_datetime(&created));
    let style = Style::new();
    summary(book.add_worksheet(), metrics, &style)?;
    for theme in Theme::ALL {
        let rows: Vec<&Metric> = metrics.metrics.iter().filter(|metric| metric.definition.theme == theme).collect();
        if !rows.is_empty() {
            let sheet = book.add_worksheet();
            sheet.set_name(theme.title())?;
            table(sheet, 0, &rows, &style)?;
            sheet.set_freeze_panes(1, 1)?;
            sheet.autofilter(0, 0, rows.len() as u32, COLUMNS.len() as u16 - 1)?;
            sheet.set_repeat_rows(0, 0)?;
        }
    }
    notes(book.add_worksheet(), metrics, &style)?;
    Ok(book)
}

/// The page of a sheet when it is printed.
fn page(sheet: &mut Worksheet) {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_screen_gridlines(false);
}

fn summary(sheet: &mut Worksheet, metrics: &Metrics, style: &Style) -> Written<()> {
    sheet.set_name("Summary")?;
    sheet.write_string_with_format(0, 0, "Management information", &style.title)?;
    sheet.set_row_height(0, 26)?;
    let about = format!("As of {}. Agreement: {}.", metrics.on, metrics.agreement);
    sheet.write_string_with_format(1, 0, about, &style.faint)?;
    let says = "Every share stands beside what was counted and out of what; the sheet Notes says what each one is. \
                A hit that nobody has verified is a hit, not a fact.";
    sheet.write_string_with_format(2, 0, says, &style.faint)?;
    let whole =
        |name| metrics.metrics.iter().filter(move |metric| metric.by.is_empty() && metric.definition.name == name);
    let rows: Vec<&Metric> = HEADLINES.into_iter().flat_map(whole).collect();
    table(sheet, 4, &rows, style)?;
    sheet.set_freeze_panes(5, 1)?;
    // The whole alone: neither breakdown nor group.
    sheet.set_column_hidden(2)?;
    sheet.set_column_hidden(3)?;
    Ok(())
}

/// Metrics as rows below a header at `top`. A row that begins another metric or breakdown changes the ground.
fn table(sheet: &mut Worksheet, top: u32, rows: &[&Metric], style: &Style) -> Written<()> {
    page(sheet);
    for (column, (name, width)) in COLUMNS.iter().enumerate() {
        let format = if NUMBERS.contains(&column) { &style.head_of_numbers } else { &style.head };
        sheet.write_string_with_format(top, column as u16, *name, format)?;
        sheet.set_column_width(column as u16, *width)?;
    }
    sheet.set_row_height(top, 20)?;
    let mut band = false;
    for (index, metric) in rows.iter().enumerate() {
        let begins = index > 0 && {
            let before = rows[index - 1];
            (before.definition.name, before.by, &before.source) != (metric.definition.name, metric.by, &metric.source)
        };
        band ^= begins;
        line(sheet, top + 1 + index as u32, metric, &style.grounds[usize::from(band)])?;
    }
    bars(sheet, top, rows)
}

fn line(sheet: &mut Worksheet, at: u32, metric: &Metric, ground: &Ground) -> Written<()> {
    let is = metric.definition;
    let by = metric.by.replace('_', " ");
    for (column, text) in [is.title, metric.source.as_str(), by.as_str(), metric.group.as_str()].iter().enumerate() {
        sheet.write_string_with_format(at, column as u16, *text, &ground.text)?;
    }
    // A count or a sum stands in the value alone.
    number(sheet, at, 4, metric.denominator.map(|_| metric.numerator), ground)?;
    number(sheet, at, 5, metric.denominator, ground)?;
    let format = match is.unit {
        // Nearly none and nearly all are told from none and all.
        Unit::Share if metric.value().is_some_and(is_nearly) => &ground.edge,
        Unit::Share => &ground.share,
        Unit::Pounds => &ground.pounds,
        Unit::Count | Unit::Days => &ground.count,
    };
    match (metric.value(), metric.is_hidden()) {
        (Some(value), false) => sheet.write_number_with_format(at, 6, value, format)?,
        (_, true) => sheet.write_string_with_format(at, 6, WITHHELD, &ground.withheld)?,
        (None, false) => sheet.write_string_with_format(at, 6, "none", &ground.withheld)?,
    };
    let interval = metric.interval().map_or([None, None], |(low, high)| [Some(low), Some(high)]);
    for (column, edge) in [7, 8].into_iter().zip(interval) {
        match edge {
            Some(edge) => sheet.write_number_with_format(at, column, edge, &ground.share)?,
            None => sheet.write_blank(at, column, &ground.text)?,
        };
    }
    let remark = if is.is_estimate { "an estimate of the model, not a count" } else { "" };
    sheet.write_string_with_format(at, 9, remark, &ground.remark)?;
    Ok(())
}

/// Whether a share is nearly none or nearly all, and neither.
fn is_nearly(share: f64) -> bool {
    let rest = share.min(1.0 - share);
    rest > 0.0 && rest < 0.005
}

fn number(sheet: &mut Worksheet, at: u32, column: u16, cell: Option<Cell>, ground: &Ground) -> Written<()> {
    match cell {
        Some(Cell::Count(count)) => sheet.write_number_with_format(at, column, count as f64, &ground.count)?,
        Some(Cell::Real(real)) => sheet.write_number_with_format(at, column, real, &ground.real)?,
        Some(Cell::AtLeast(count)) => {
            sheet.write_string_with_format(at, column, format!("at least {count}"), &ground.withheld)?
        }
        Some(Cell::Hidden) => sheet.write_string_with_format(at, column, WITHHELD, &ground.withheld)?,
        None => sheet.write_blank(at, column, &ground.text)?,
    };
    Ok(())
}

/// Bars behind shares, from 0 to 1, so that they can be compared by eye. One for each run of rows of shares: a count among
/// them would be a bar of its own scale.
fn bars(sheet: &mut Worksheet, top: u32, rows: &[&Metric]) -> Written<()> {
    let is_share = |metric: &&Metric| metric.definition.unit == Unit::Share;
    let mut start = 0;
    for run in rows.chunk_by(|a, b| is_share(a) == is_share(b)) {
        let (first, last) = (top + 1 + start, top + start + run.len() as u32);
        if is_share(&run[0]) {
            let bar = ConditionalFormatDataBar::new()
                .set_fill_color(BAR)
                .set_solid_fill(true)
                .set_direction(ConditionalFormatDataBarDirection::LeftToRight)
                .set_minimum(ConditionalFormatType::Number, 0)
                .set_maximum(ConditionalFormatType::Number, 1);
            sheet.add_conditional_format(first, 6, last, 6, &bar)?;
        }
        start += run.len() as u32;
    }
    Ok(())
}

fn notes(sheet: &mut Worksheet, metrics: &Metrics, style: &Style) -> Written<()> {
    sheet.set_name("Notes")?;
    page(sheet);
    for (column, (name, width)) in [
        ("Metric", 38.0),
        ("What is counted", 62.0),
        ("Out of what", 52.0),
        ("Asked by", 10.0),
        ("Name in files", 28.0),
    ]
    .iter()
    .enumerate()
    {
        sheet.write_string_with_format(0, column as u16, *name, &style.head)?;
        sheet.set_column_width(column as u16, *width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let mut at = 1;
    for definition in DEFINITIONS.iter().filter(|definition| metrics.of(definition).next().is_some()) {
        let words =
            [definition.title, definition.numerator, definition.denominator, definition.asked_by, definition.name];
        for (column, text) in words.iter().enumerate() {
            sheet.write_string_with_format(at, column as u16, *text, &style.wrapped)?;
        }
        at += 1;
    }
    let origins =
        metrics.origins.iter().map(|origin| format!("{}: {}, SHA-256 {}", origin.source, origin.role, origin.sha256));
    for note in metrics.notes.iter().cloned().chain(origins) {
        at += 1;
        sheet.merge_range(at, 0, at, 4, &note, &style.wrapped)?;
        sheet.set_row_height(at, 16 * (1 + note.chars().count() as u32 / 170))?;
    }
    Ok(())
}
