//! Metrics as text, cards and bars.

use crate::exchange::metrics::{Cell, Metric, Unit};
use crate::report::chart::{self, BarEntry, BarsChart, number};
use crate::report::page::html::{WITHHELD, Writer};

/// A count as it is read; `withheld` where it may not be told.
pub(super) fn cell(cell: Cell) -> String {
    match cell {
        Cell::Count(count) => chart::Unit::Count.text(count as f64),
        Cell::Real(real) => number(real, 1),
        Cell::AtLeast(count) => format!("at least {}", chart::Unit::Count.text(count as f64)),
        Cell::Hidden => WITHHELD.to_owned(),
    }
}

/// The value of a metric as it is read.
pub(super) fn value(metric: &Metric) -> String {
    if is_in_part(metric) {
        return cell(metric.numerator);
    }
    let Some(value) = metric.value() else {
        return if metric.is_hidden() { WITHHELD } else { "none" }.to_owned();
    };
    match metric.definition.unit {
        Unit::Share => chart::Unit::Share.text(value),
        Unit::Pounds => format!("£{}", number(value, 2)),
        Unit::Days | Unit::Count => chart::Unit::Count.text(value),
    }
}

/// Whether of a number it is told what it is at least, and nothing is withheld whole.
fn is_in_part(metric: &Metric) -> bool {
    metric.is_hidden() && metric.numerator != Cell::Hidden && metric.denominator != Some(Cell::Hidden)
}

/// Numerator and denominator of a share; blank for others.
pub(super) fn fraction(metric: &Metric) -> String {
    metric.denominator.map_or_else(String::new, |whole| {
        if metric.is_hidden() && !is_in_part(metric) {
            return format!("{WITHHELD}: small, or it gives a small one away");
        }
        format!("{} of {}", cell(metric.numerator), cell(whole))
    })
}

/// Cards of metrics, those that are there.
pub(super) fn card(metric: Option<&Metric>, name: &str) -> Option<[String; 3]> {
    let metric = metric?;
    let of = match metric.denominator {
        Some(whole) if is_in_part(metric) => format!("of {}", cell(whole)),
        _ if metric.value().is_none() => String::new(),
        _ => fraction(metric),
    };
    let of = if metric.definition.is_estimate && !of.is_empty() { format!("{of}, an estimate") } else { of };
    Some([name.to_owned(), value(metric), of])
}

/// A bar of a metric under a name.
pub(super) fn bar(metric: &Metric, label: &str) -> BarEntry {
    BarEntry {
        label: label.to_owned(),
        detail: match fraction(metric) {
            fraction if fraction.is_empty() && metric.is_hidden() => WITHHELD.to_owned(),
            fraction => fraction,
        },
        value: metric.value().unwrap_or(f64::NAN),
        interval: metric.interval(),
    }
}

/// Bars of metrics by their groups.
pub(super) fn bars(metrics: &[&Metric]) -> Vec<BarEntry> {
    metrics.iter().map(|metric| bar(metric, &metric.group)).collect()
}

/// What bars are of, and in what unit.
pub(super) struct Bars<'a> {
    pub(super) title: &'a str,
    pub(super) caption: &'a str,
    pub(super) entries_name: &'a str,
    pub(super) values_name: &'a str,
    pub(super) unit: chart::Unit,
}

impl Bars<'_> {
    /// Draws the bars, or says that none of them may be told; nothing without entries. Returns whether something was
    /// written.
    pub(super) fn draw(self, writer: &mut Writer, entries: Vec<BarEntry>) -> bool {
        if entries.is_empty() {
            return false;
        }
        if entries.iter().all(|entry| entry.value.is_nan()) {
            let groups = entries.iter().map(|entry| entry.label.as_str()).collect::<Vec<_>>().join(", ");
            writer.reason(&format!(
                "{} ({groups}): withheld, since a count is from 1 to 9 or would give one away.",
                self.title
            ));
            return true;
        }
        let chart = BarsChart {
            title: self.title.to_owned(),
            note: String::new(),
            entries_name: self.entries_name.to_owned(),
            values_name: self.values_name.to_owned(),
            unit: self.unit,
            entries,
        };
        writer.figure(self.title, self.caption, &chart.svg(), &without_blanks(chart.table()));
        true
    }
}

/// A table without the columns that are blank in every row.
fn without_blanks(table: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let columns = table.first().map_or(0, Vec::len);
    let is_blank = |column: usize| table.iter().skip(1).all(|row| row[column].is_empty());
    let kept: Vec<usize> = (0..columns).filter(|column| !is_blank(*column)).collect();
    table.iter().map(|row| kept.iter().map(|column| row[*column].clone()).collect()).collect()
}
