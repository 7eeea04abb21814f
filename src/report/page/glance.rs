//! The run at a glance: what went in, what came out, what is due.

use crate::report::chart::Unit;
use crate::report::page::figures::card;
use crate::report::page::html::Writer;
use crate::report::page::{Page, TracedRun};
use serde_json::Value;

pub(super) const NO_LEDGER: &str =
    "No ledger was given: name the Home Office's with `--ledger`, and what is due stands here.";

/// Metrics of a trace with their names on the cards.
const OF_TRACE: [(&str, &str); 7] = [
    ("rows_received", "Rows received"),
    ("trace_hit_rate_searchable", "Matched, of searchable rows"),
    ("review_queue", "For people to look at"),
    ("trace_no_hit_rate", "No hit"),
    ("trace_new_information_rate", "Hits with a new detail"),
    ("handed_to_dwp", "Handed to DWP"),
    ("precision_estimated", "Precision, by the model itself"),
];
/// The same of the ledger: what came back, and what is due.
const RETURNED: [(&str, &str); 4] = [
    ("cases", "Cases in the ledger"),
    ("coverage", "Washed at least once"),
    ("hit_rate_returned", "Hits, of rows returned"),
    ("precision", "Precision of verified hits"),
];
const DUE: [(&str, &str); 5] = [
    ("washes_due", "Washes due"),
    ("washes_overdue", "Washes overdue"),
    ("returns_awaited", "Returns awaited"),
    ("decisions_due", "Due for the Home Office's decision"),
    ("agreement_days_left", "Days to the agreement's end"),
];

/// Writes the section.
pub(super) fn write(page: &Page, writer: &mut Writer) {
    writer.section(
        "glance",
        "The run at a glance",
        "What went in, what came out, and what is due on the day of the report.",
    );
    if page.runs.is_empty() {
        writer.reason(
            "No trace was given: name the folder of one with `--run`, and what went in and came out of it stands here.",
        );
    }
    page.each_run(writer, |run, writer| {
        let cards = OF_TRACE.iter().filter_map(|(name, title)| card(page.whole(&run.source, name), title));
        writer.cards(&cards.collect::<Vec<_>>());
        writer.table("What went in", &inputs(&run.manifest));
        writer.table("What came out, and for whom", &outputs(run));
    });
    let of_ledger = |names: &[(&str, &str)]| -> Vec<[String; 3]> {
        names.iter().filter_map(|(name, title)| card(page.whole("ledger", name), title)).collect()
    };
    let (returned, due) = (of_ledger(&RETURNED), of_ledger(&DUE));
    writer.heading("What is due");
    if page.has_ledger {
        writer.cards(&returned);
        writer.cards(&due);
        if !due.iter().any(|card| card[0] == DUE[0].1) {
            writer.reason("The ledger is not the Home Office's: it keeps no schedule of washes.");
        }
    } else {
        writer.reason(NO_LEDGER);
    }
}

fn inputs(manifest: &Value) -> Vec<Vec<String>> {
    let mut table = vec![["what", "form", "rows", "SHA-256, its beginning"].map(String::from).to_vec()];
    for input in manifest["inputs"].as_array().into_iter().flatten() {
        let text = |name: &str| input[name].as_str().unwrap_or("").to_owned();
        let digest: String = text("sha256").chars().take(16).collect();
        let role = text("role");
        let role = if role == "extract" { role } else { format!("register {role}") };
        table.push(vec![role, text("format"), Unit::Count.text(input["rows"].as_f64().unwrap_or(0.0)), digest]);
    }
    table
}

/// Files for other departments, with the legal gateway of each. How many rows they hold is told where it may be.
fn outputs(run: &TracedRun) -> Vec<Vec<String>> {
    let mut table = vec![["file", "for", "what it holds", "legal gateway"].map(String::from).to_vec()];
    for flow in run.manifest["flows"].as_array().into_iter().flatten() {
        let text = |name: &str| flow[name].as_str().unwrap_or("").to_owned();
        let recipient = match flow["recipient"].as_str() {
            Some("home_office") => "Home Office",
            Some("hmrc") => "HMRC",
            Some("dwp") => "DWP",
            _ => "",
        };
        table.push(vec![text("file"), recipient.to_owned(), text("condition"), text("legal_gateway")]);
    }
    table
}
