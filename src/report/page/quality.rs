//! Exceptions, and what is missing: feedback to those who keep the data.

use crate::report::chart::{BarEntry, Unit};
use crate::report::page::figures::{Bars, bar, bars, card, value};
use crate::report::page::html::Writer;
use crate::report::page::{Page, TracedRun, plain};

/// What was refused, changed, cut or missing.
pub(super) fn exceptions(page: &Page, writer: &mut Writer) {
    let lead = "Rows and values that were refused, changed or cut, and what is missing: to be put right where the data are kept.";
    writer.section("exceptions", "Exceptions and data quality", lead);
    if page.runs.is_empty() {
        writer.reason("No trace was given: name its folder with `--run`.");
    }
    page.each_run(writer, |run, writer| {
        missing(page, run, writer);
        counted(page, run, writer, "exceptions", ["Exceptions of the extract", "Exceptions by field and kind"],
            "Values of the extract by field, besides those that are counted as missing, not searchable or kept back from DWP.");
        counted(page, run, writer, "register_faults", ["Faults of the registers", "Faults by field and kind"],
            "Rows of the registers with a value that could not be used as it stands, by field.");
        kept_back(page, run, writer);
    });
}

fn missing(page: &Page, run: &TracedRun, writer: &mut Writer) {
    let of = |name: &str| page.whole(&run.source, name);
    let mut entries: Vec<BarEntry> = page
        .broken_down(&run.source, "missing", "identifier")
        .iter()
        .map(|metric| bar(metric, &format!("no {}", plain(&metric.group))))
        .collect();
    for (name, label) in [("default_birth_date", "default birth date"), ("placeholder_name", "placeholder name")] {
        entries.extend(of(name).map(|metric| bar(metric, label)));
    }
    let bars_of = Bars {
        title: "What rows lack",
        caption: "Accepted rows of the extract without an identifier, or with one that says only that it is not known.",
        entries_name: "what is missing",
        values_name: "share of accepted rows",
        unit: Unit::Share,
    };
    if !bars_of.draw(writer, entries) {
        writer.reason("The manifest does not say what the rows lack.");
    }
    writer.cards(&card(of("invalid_nino"), "Supplied NINOs that identify nobody").into_iter().collect::<Vec<_>>());
}

/// Counts by field as bars, and by field and kind as a table.
fn counted(page: &Page, run: &TracedRun, writer: &mut Writer, name: &str, titles: [&str; 2], caption: &str) {
    let [title, folded] = titles;
    let all = page.whole(&run.source, name).map_or_else(|| "0".to_owned(), value);
    let bars_of = Bars { title, caption, entries_name: "field", values_name: "number", unit: Unit::Count };
    let by_field = bars(&page.broken_down(&run.source, name, "field"));
    let named = by_field.into_iter().map(|entry| BarEntry { label: plain(&entry.label), ..entry });
    if !bars_of.draw(writer, named.collect()) {
        writer.paragraph(&format!("{title}: {all} in all; no field has ten of them or more."));
        return;
    }
    let mut table = vec![["field and kind", "number"].map(String::from).to_vec()];
    for metric in page.broken_down(&run.source, name, "field, kind") {
        table.push(vec![plain(&metric.group), value(metric)]);
    }
    table.push(vec!["all".to_owned(), all]);
    writer.folded(folded, folded, &table);
}

fn kept_back(page: &Page, run: &TracedRun, writer: &mut Writer) {
    let found = page.broken_down(&run.source, "kept_back_from_dwp", "reason");
    let mut table = vec![["reason", "hits"].map(String::from).to_vec()];
    for metric in found {
        let count = crate::report::page::figures::cell(metric.numerator);
        table.push(vec![plain(&metric.group), count]);
    }
    if table.len() > 1 {
        writer.table("Hits kept back from DWP, by reason", &table);
    }
}
