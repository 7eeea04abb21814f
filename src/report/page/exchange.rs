//! What the exchange did: from rows to outcomes, data sets, new information, where cases stand, benefits.

use crate::exchange::metrics::{Cell, Metric};
use crate::report::chart::{BarEntry, Unit};
use crate::report::page::figures::{Bars, bar, bars, cell, value};
use crate::report::page::glance::NO_LEDGER;
use crate::report::page::html::Writer;
use crate::report::page::{Page, TracedRun, plain};

const NO_TRACE: &str = "Neither a trace nor a ledger with returns was given: name them with `--run` and `--ledger`.";

/// From rows to outcomes.
pub(super) fn funnel(page: &Page, writer: &mut Writer) {
    let lead = "How many rows were left after each step, and how the search for each of them ended.";
    writer.section("funnel", "From rows to outcomes", lead);
    page.each_run(writer, |run, writer| {
        let caption = "Rows of the extract by step of the trace, and below them by outcome. The five outcomes add up \
                       to the rows received: rows that were refused are counted as not searchable.";
        let bars = Bars {
            title: "Rows by step and outcome",
            caption,
            entries_name: "step or outcome",
            values_name: "rows",
            unit: Unit::Count,
        };
        bars.draw(writer, steps(page, run));
    });
    let returned = |name: &str| page.whole("ledger", name);
    let whole = returned("rows_returned").filter(|metric| metric.value().is_some_and(|rows| rows > 0.0));
    let Some(whole) = whole else {
        if page.runs.is_empty() {
            writer.reason(NO_TRACE);
        }
        return;
    };
    page.head_ledger(writer);
    let mut entries = vec![bar(whole, "rows returned")];
    let parts = [
        ("hit_rate_returned", "hit"),
        ("no_hit_rate", "no hit"),
        ("unresolved_rate", "unresolved"),
        ("not_searchable_rate", "not searchable"),
        ("refused_rate", "refused"),
    ];
    entries.extend(parts.iter().filter_map(|(name, label)| Some(counted(returned(name)?, label))));
    let bars = Bars {
        title: "Rows returned to the Home Office",
        caption: "Rows of all washes that came back, as the Home Office's ledger has them, by what was returned.",
        entries_name: "returned as",
        values_name: "rows",
        unit: Unit::Count,
    };
    bars.draw(writer, entries);
}

/// The count behind a share as a bar, with the share beside it.
fn counted(metric: &Metric, label: &str) -> BarEntry {
    let share = if metric.is_hidden() { String::new() } else { value(metric) };
    let detail = if share.is_empty() || share == "none" { share } else { format!("{share} of all") };
    BarEntry { label: label.to_owned(), detail, value: metric.numerator.number().unwrap_or(f64::NAN), interval: None }
}

fn steps(page: &Page, run: &TracedRun) -> Vec<BarEntry> {
    let of = |name: &str| page.whole(&run.source, name);
    let numerator = |metric: Option<&Metric>| metric.and_then(|metric| metric.numerator.number());
    let step = |label: &str, value: Option<f64>, of: Option<f64>| {
        let detail = match (value, of) {
            (Some(value), Some(of)) if of > 0.0 => format!("{} of the step before", Unit::Share.text(value / of)),
            _ => String::new(),
        };
        value.map(|value| BarEntry { label: label.into(), detail, value, interval: None })
    };
    let received = numerator(of("rows_received"));
    let accepted = of("rows_searchable").and_then(|metric| metric.denominator?.number());
    let searchable = numerator(of("rows_searchable"));
    let without = run.manifest["spread"]["rows_without_candidate"].as_f64();
    let compared = searchable.zip(without).map(|(searchable, without)| searchable - without);
    let mut out: Vec<BarEntry> = [
        step("received", received, None),
        step("accepted: they could be read", accepted, received),
        step("searchable: enough to search with", searchable, accepted),
        step("compared with at least one person", compared, searchable),
    ]
    .into_iter()
    .flatten()
    .collect();
    let outcomes = [
        ("outcome: match", numerator(of("trace_hit_rate_searchable"))),
        ("outcome: review", numerator(of("review_rate"))),
        ("outcome: ambiguous", numerator(of("ambiguous_rate"))),
        ("outcome: no hit", numerator(of("trace_no_hit_rate"))),
        ("outcome: not searchable", numerator(of("trace_not_searchable_rate"))),
    ];
    out.extend(outcomes.into_iter().filter_map(|(label, rows)| {
        let rows = rows?;
        let share = received.filter(|all| *all > 0.0).map(|all| format!("{} of all", Unit::Share.text(rows / all)));
        Some(BarEntry { label: label.into(), detail: share.unwrap_or_default(), value: rows, interval: None })
    }));
    out
}

/// Hit rate of each data set, and where they overlap.
pub(super) fn data_sets(page: &Page, writer: &mut Writer) {
    let lead = "A person may stand in several data sets: the rates of single sets overlap, and do not add up.";
    writer.section("data-sets", "Hit rate of each data set", lead);
    let mut is_drawn = false;
    page.each_run(writer, |run, writer| is_drawn |= sets_of_trace(page, run, writer));
    let of_ledger = page.broken_down("ledger", "set_share_of_hits", "data_set");
    if !of_ledger.is_empty() {
        page.head_ledger(writer);
    }
    let bars_of = Bars {
        title: "Hits with a new detail, by data set",
        caption: "Of the answers that came back: hits to which the set gave a detail that was not held.",
        entries_name: "data set",
        values_name: "share of hits",
        unit: Unit::Share,
    };
    is_drawn |= bars_of.draw(writer, bars(&of_ledger));
    if !is_drawn {
        writer.reason(NO_TRACE);
    }
}

/// Data sets of one trace; whether there were any.
fn sets_of_trace(page: &Page, run: &TracedRun, writer: &mut Writer) -> bool {
    let bars_of = Bars {
        title: "Hit rate by data set",
        caption: "Matches whose person is in the set, whether or not it may be disclosed, of searchable rows.",
        entries_name: "data set",
        values_name: "hit rate, of searchable rows",
        unit: Unit::Share,
    };
    let is_drawn = bars_of.draw(writer, bars(&page.broken_down(&run.source, "held_hit_rate_searchable", "data_set")));
    if !is_drawn {
        writer.reason("Nobody was matched, so no data set was of use.");
    }
    let overlap = page.broken_down(&run.source, "held_overlap", "data_sets");
    if let [all] = overlap.as_slice() {
        writer.paragraph(&format!("All matches are in one and the same set, {}: nothing overlaps.", all.group));
        return true;
    }
    let bars_of = Bars {
        title: "Overlap of the data sets",
        caption: "Matches by the sets that hold the person: in exactly these, and in no other.",
        entries_name: "in exactly",
        values_name: "share of matches",
        unit: Unit::Share,
    };
    bars_of.draw(writer, bars(&overlap));
    true
}

const NEW: [(&str, &str); 6] = [
    ("new_information_rate", "any new detail"),
    ("new_address_rate", "new address"),
    ("new_phone_rate", "new phone"),
    ("new_email_rate", "new email"),
    ("interaction_only_rate", "interaction only"),
    ("no_extract_rate", "nothing in the window"),
];

/// What the hits brought that was not held.
pub(super) fn new_information(page: &Page, writer: &mut Writer) {
    let lead = "A hit without a new detail tells the Home Office nothing that it does not hold. A hit may bring several \
                details, so the kinds overlap.";
    writer.section("new-information", "New information", lead);
    let mut is_drawn = false;
    page.each_run(writer, |run, writer| {
        let was_drawn = brought(page, &run.source, "trace_", "What the trace gave out", writer);
        if !was_drawn && page.runs.len() > 1 {
            writer.reason("No hit of this trace was returned, so none brought anything.");
        }
        is_drawn |= was_drawn;
    });
    if page.has_ledger {
        page.head_ledger(writer);
    }
    is_drawn |= brought(page, "ledger", "", "What came back, as the ledger has it", writer);
    if !is_drawn {
        writer.reason(
            "No hit was returned by what was given, so none brought anything: name a trace with `--run`, or a \
                       ledger with returns.",
        );
    }
}

/// What the hits of a source brought; whether there were any.
fn brought(page: &Page, source: &str, prefix: &str, title: &str, writer: &mut Writer) -> bool {
    let entry = |(name, label): &(&str, &str)| {
        let metric = page.whole(source, &format!("{prefix}{name}"))?;
        (metric.denominator != Some(Cell::Count(0))).then(|| bar(metric, label))
    };
    let bars_of = Bars {
        title,
        caption: "Hits by what they brought beyond what the Home Office supplied, of the hits returned to it.",
        entries_name: "detail",
        values_name: "share of hits",
        unit: Unit::Share,
    };
    bars_of.draw(writer, NEW.iter().filter_map(entry).collect())
}

/// Where cases stand, and what is due.
pub(super) fn schedule(page: &Page, writer: &mut Writer) {
    writer.section(
        "schedule",
        "Where cases stand, and what is due",
        "Cases of the Home Office's ledger on the day of the report.",
    );
    let states = page.broken_down("ledger", "cases_by_state", "state");
    if states.is_empty() {
        let told = if page.has_ledger { "The ledger is not the Home Office's: it holds no cases." } else { NO_LEDGER };
        writer.reason(told);
        return;
    }
    let bars_of = Bars {
        title: "Cases by state",
        caption: "Every case is in one state. Whoever is due for a decision is listed for the Home Office; nothing is decided \
                  here.",
        entries_name: "state",
        values_name: "share of cases",
        unit: Unit::Share,
    };
    bars_of.draw(writer, bars(&states));
    let due = page.broken_down("ledger", "washes_due", "wash_number");
    let bars_of = Bars {
        title: "Washes due",
        caption: "Cases whose wash is due by the day of the report, by months since the first wash of their cohort.",
        entries_name: "months since the first wash",
        values_name: "cases",
        unit: Unit::Count,
    };
    if !bars_of.draw(writer, bars(&due)) {
        let count = page.whole("ledger", "washes_due").map_or_else(|| "0".to_owned(), value);
        writer.paragraph(&format!("Washes due by the day of the report: {count}."));
    }
}

/// DWP's side.
pub(super) fn benefits(page: &Page, writer: &mut Writer) {
    let lead = "A benefit in payment says nothing about entitlement.";
    writer.section("benefits", "Benefits and savings", lead);
    let fates = page.broken_down("dwp", "rows_not_returned", "reason");
    let mut entries: Vec<BarEntry> = page
        .whole("dwp", "benefit_in_payment")
        .map(|metric| bar(metric, "benefit in payment: returned"))
        .into_iter()
        .collect();
    entries.extend(fates.iter().map(|metric| bar(metric, &format!("not returned: {}", plain(&metric.group)))));
    let bars_of = Bars {
        title: "What became of the rows handed to DWP",
        caption: "Every row of the handoff has one fate.",
        entries_name: "fate",
        values_name: "share of rows handed over",
        unit: Unit::Share,
    };
    if !bars_of.draw(writer, entries) {
        writer.reason("No return of DWP was given: name the folder of its run with `--dwp`.");
    }
    let saved = page.broken_down("stopped awards", "savings", "benefit");
    if page.whole("stopped awards", "savings").is_none() {
        writer.reason("No feed of stopped awards was given: name it with `--stopped`.");
        return;
    }
    let mut table = vec![["benefit", "people", "awards", "weekly amount", "savings"].map(String::from).to_vec()];
    let names = ["people_stopped", "awards_stopped", "weekly_amount", "savings"];
    let row = |group: &str, find: &dyn Fn(&str) -> Option<String>| {
        std::iter::once(group.to_owned()).chain(names.iter().map(|name| find(name).unwrap_or_default())).collect()
    };
    for metric in &saved {
        let find = |name: &str| {
            let of = page.broken_down("stopped awards", name, "benefit");
            of.iter().find(|other| other.group == metric.group).map(|other| value(other))
        };
        table.push(row(&metric.group, &find));
    }
    table.push(row("all", &|name| page.whole("stopped awards", name).map(value)));
    writer.table("Stopped awards, by benefit", &table);
    let rows = page.whole("stopped awards", "stopped_rows_not_counted").map(|metric| cell(metric.numerator));
    if let Some(rows) = rows {
        writer.paragraph(&format!(
            "Rows of the feed that were not counted: {rows}. How savings are counted is in the notes below."
        ));
    }
}
