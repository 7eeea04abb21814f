//! Management information as files: `metrics.csv` for machines, `metrics.json` with definitions and origins,
//! `metrics.xlsx` for people.

mod book;

pub use book::write_metrics_book;

use crate::error::{Error, Result};
use crate::exchange::metrics::{CELL_MIN, Cell, Metric, Metrics, Unit};
use crate::exchange::{Sheet, Working};
use crate::report::sheet::write_working;
use serde_json::{Value, json};
use std::io::Write;

/// Columns of `metrics.csv`.
pub const METRICS_COLUMNS: [&str; 17] = [
    "theme",
    "metric",
    "title",
    "source",
    "by",
    "group",
    "numerator",
    "denominator",
    "value",
    "unit",
    "interval_low",
    "interval_high",
    "withheld",
    "estimate",
    "numerator_is",
    "denominator_is",
    "asked_by",
];

/// Writes all metrics as CSV, each with what was counted and out of what.
///
/// # Errors
/// When the file cannot be written.
pub fn write_metrics_csv(out: impl Write, metrics: &Metrics) -> Result<()> {
    let header = METRICS_COLUMNS.map(str::to_owned).to_vec();
    write_working(out, &Working(Sheet { header, rows: metrics.metrics.iter().map(row).collect() }))
}

fn row(metric: &Metric) -> Vec<String> {
    let is = metric.definition;
    let (low, high) = metric.interval().map(|(low, high)| (share(low), share(high))).unwrap_or_default();
    let flag = |set: bool| if set { "yes" } else { "" }.to_owned();
    vec![
        is.theme.as_str().to_owned(),
        is.name.to_owned(),
        is.title.to_owned(),
        metric.source.clone(),
        metric.by.to_owned(),
        metric.group.clone(),
        cell(metric.numerator),
        metric.denominator.map_or_else(String::new, cell),
        value(metric),
        is.unit.as_str().to_owned(),
        low,
        high,
        flag(metric.is_hidden()),
        flag(is.is_estimate),
        is.numerator.to_owned(),
        is.denominator.to_owned(),
        is.asked_by.to_owned(),
    ]
}

fn cell(cell: Cell) -> String {
    match cell {
        Cell::Count(count) => count.to_string(),
        Cell::Real(real) => format!("{}", rounded(real)),
        Cell::AtLeast(_) | Cell::Hidden => String::new(),
    }
}

fn share(share: f64) -> String {
    format!("{share:.6}")
}

/// Sums of probabilities are not worth more than six digits.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn value(metric: &Metric) -> String {
    let Some(value) = metric.value() else { return String::new() };
    match metric.definition.unit {
        Unit::Share => share(value),
        Unit::Pounds => format!("{value:.2}"),
        Unit::Count | Unit::Days => format!("{}", rounded(value)),
    }
}

/// All metrics as JSON, with what was read, what each metric is, and notes.
pub fn metrics_json(metrics: &Metrics) -> String {
    let mut definitions: Vec<&crate::exchange::metrics::Definition> =
        metrics.metrics.iter().map(|metric| metric.definition).collect();
    definitions.dedup_by_key(|definition| definition.name);
    let mut seen: Vec<&str> = Vec::new();
    definitions.retain(|definition| {
        let is_new = !seen.contains(&definition.name);
        seen.push(definition.name);
        is_new
    });
    let definitions = definitions.iter().map(|is| {
        json!({
            "metric": is.name, "theme": is.theme.as_str(), "title": is.title, "unit": is.unit.as_str(),
            "numerator_is": is.numerator, "denominator_is": is.denominator, "asked_by": is.asked_by,
            "estimate": is.is_estimate,
        })
    });
    let whole = json!({
        "program": "rewash",
        "version": env!("CARGO_PKG_VERSION"),
        "format": 1,
        "on": metrics.on,
        "agreement": metrics.agreement,
        "cells_min": CELL_MIN,
        "origins": metrics.origins,
        "definitions": definitions.collect::<Vec<Value>>(),
        "metrics": metrics.metrics.iter().map(entry).collect::<Vec<Value>>(),
        "notes": metrics.notes,
    });
    format!("{whole:#}\n")
}

fn entry(metric: &Metric) -> Value {
    let number = |cell: Cell| match cell {
        Cell::Count(count) => json!(count),
        Cell::Real(real) => json!(rounded(real)),
        Cell::AtLeast(_) | Cell::Hidden => Value::Null,
    };
    let interval = metric.interval().map(|(low, high)| [rounded(low), rounded(high)]);
    json!({
        "metric": metric.definition.name, "source": metric.source, "by": metric.by, "group": metric.group,
        "numerator": number(metric.numerator), "denominator": metric.denominator.map(number),
        "value": metric.value().map(rounded), "interval": interval, "withheld": metric.is_hidden(),
    })
}

/// Writes all metrics as JSON.
///
/// # Errors
/// When the file cannot be written.
pub fn write_metrics_json(mut out: impl Write, metrics: &Metrics) -> Result<()> {
    out.write_all(metrics_json(metrics).as_bytes()).map_err(|error| Error::write(&error))
}

#[cfg(test)]
mod tests;
