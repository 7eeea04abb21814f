//! What a trace cost: pairs by blocking rule, the largest blocks, time and memory by stage.

use crate::report::chart::{BarEntry, BlockingChart, RulePairs, Unit};
use crate::report::page::figures::Bars;
use crate::report::page::html::Writer;
use crate::report::page::{Page, TracedRun, plain};
use serde_json::Value;

const NO_TRACE: &str = "No trace was given: name its folder with `--run`.";
const MIB: f64 = 1_048_576.0;

/// Pairs by rule, and the largest block of each.
pub(super) fn blocking(page: &Page, writer: &mut Writer) {
    let lead = "Blocking rules say which records are compared at all. What one rule misses another may find; what none finds is \
                not compared.";
    writer.section("blocking", "Blocking", lead);
    if page.runs.is_empty() {
        writer.reason(NO_TRACE);
    }
    page.each_run(writer, |run, writer| {
        let rules: Vec<&Value> = run.manifest["blocking"].as_array().into_iter().flatten().collect();
        if rules.is_empty() {
            writer.reason("The manifest of this trace names no blocking rule.");
            return;
        }
        let chart = BlockingChart {
            title: "Pairs of each blocking rule".into(),
            note: String::new(),
            rules: rules.iter().map(|rule| pairs(rule)).collect(),
            possible: possible(run),
            log: true,
        };
        let caption = "Pairs of records by the rule that brings them, in the order of the rules: those that no rule before found, \
                       and all so far. The scale is logarithmic.";
        writer.figure(&chart.title, caption, &chart.svg(), &chart.table());
        let largest = rules.iter().map(|rule| BarEntry {
            label: name(rule),
            detail: told(rule),
            value: rule["largest"].as_f64().unwrap_or(0.0),
            interval: None,
        });
        let bars = Bars {
            title: "Largest block of each rule",
            caption: "Register rows that share one key, where they are most. A block over its limit gives way to finer ones; \
                      where there is none its pairs are not compared under this rule, and the row is told so.",
            entries_name: "blocking rule",
            values_name: "register rows",
            unit: Unit::Count,
        };
        bars.draw(writer, largest.collect());
    });
}

fn name(rule: &Value) -> String {
    plain(rule["rule"].as_str().unwrap_or(""))
}

fn pairs(rule: &Value) -> RulePairs {
    RulePairs { rule: name(rule), new: rule["first_found"].as_u64().unwrap_or(0), alone: rule["pairs"].as_u64() }
}

fn told(rule: &Value) -> String {
    let count = |field: &str| Unit::Count.text(rule[field].as_f64().unwrap_or(0.0));
    format!("{} blocks, {} refined, {} too large", count("blocks"), count("refined"), count("cut"))
}

fn possible(run: &TracedRun) -> Option<u64> {
    let count = |name: &str| run.manifest["counts"][name].as_u64();
    count("extract_rows_searchable")?.checked_mul(count("register_rows")?)
}

/// Time and memory by stage.
pub(super) fn cost(page: &Page, writer: &mut Writer) {
    let lead = "What the run took of the machine. This is outside the promise of the same bytes for the same inputs.";
    writer.section("cost", "Time and memory", lead);
    if page.runs.is_empty() {
        writer.reason(NO_TRACE);
    }
    page.each_run(writer, |run, writer| {
        let Some(record) = &run.run else {
            writer.reason("There is no run.json beside the manifest of this trace, so time and memory are not known.");
            return;
        };
        let seconds = Bars {
            title: "Seconds by stage",
            caption: &format!(
                "Stages in their order; {} in all, with {} threads.",
                Unit::Seconds.text(record["seconds_in_all"].as_f64().unwrap_or(0.0)),
                record["threads"].as_u64().unwrap_or(0)
            ),
            entries_name: "stage",
            values_name: "seconds",
            unit: Unit::Seconds,
        };
        seconds.draw(writer, stages(&record["seconds"], 1.0));
        let peak = record["peak_memory_bytes"].as_f64().map(|bytes| Unit::Count.text((bytes / MIB).round()));
        let memory = Bars {
            title: "Peak memory by the end of each stage",
            caption: "Resident memory of the program in MiB, at its highest until then: it never falls. A stage that adds nothing \
                      lived within what an earlier one needed.",
            entries_name: "stage",
            values_name: "MiB",
            unit: Unit::Count,
        };
        if !memory.draw(writer, stages(&record["peak_memory_bytes_by_stage"], MIB)) {
            writer.reason(&peak.map_or_else(
                || "The operating system did not say how much memory was used.".to_owned(),
                |peak| format!("Peak memory was {peak} MiB; it was not kept by stage."),
            ));
        }
    });
}

fn stages(stages: &Value, unit: f64) -> Vec<BarEntry> {
    let entry = |stage: &Value| {
        let value = stage[1].as_f64()? / unit;
        Some(BarEntry { label: stage[0].as_str()?.to_owned(), value, ..BarEntry::default() })
    };
    stages.as_array().into_iter().flatten().filter_map(entry).collect()
}
