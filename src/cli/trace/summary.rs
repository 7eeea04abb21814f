//! What `rewash trace` says when it has run.

use crate::block::RULES;
use crate::cli::trace::{Files, TracePlan};
use crate::engine::{DryRun, Plan, Trace};
use crate::ingest::Loaded;
use crate::model::parameters::Origin;
use crate::report::{Summary, thousands};
use crate::resolve::Outcome;
use crate::util::memory;

/// The plan in words.
pub(super) fn plan_word(plan: &TracePlan) -> &'static str {
    match plan.settings.plan {
        _ if plan.registers.index.is_some() => "stored index",
        Plan::Stream => "stream",
        Plan::Index => "index",
    }
}

/// What is said of a run at its end.
pub(super) fn summary(plan: &TracePlan, loaded: &Loaded, trace: &Trace, files: &Files) -> Summary {
    let mut out = Summary::default();
    let searched = files.outcomes.iter().filter(|(outcome, _)| **outcome != Outcome::NotSearchable.as_str());
    let searchable: u64 = searched.map(|(_, rows)| rows).sum();
    out.line("extract rows", thousands((loaded.table.rows() + loaded.rejects.len()) as u64));
    out.line(
        "register rows",
        format!("{} of about {} people", thousands(trace.register_rows), thousands(trace.persons.round() as u64)),
    );
    out.line("searchable", thousands(searchable));
    for outcome in Outcome::ALL {
        let count = files.outcomes.get(outcome.as_str()).copied().unwrap_or(0);
        out.line(outcome.as_str().replace('_', " "), thousands(count));
    }
    let [new, interaction, nothing] = files.details;
    out.line(
        "matches by detail",
        format!(
            "{} new, {} interaction only, {} no extract",
            thousands(new),
            thousands(interaction),
            thousands(nothing)
        ),
    );
    out.line("exceptions", thousands(files.exceptions));
    out.line("pairs compared", thousands(trace.pairs));
    if let Some(found) = &files.compared {
        out.line("pair completeness", found.completeness());
    }
    let estimates = &trace.estimates;
    out.line(
        "estimated",
        format!(
            "precision of match {:.4}, recall {:.4} of those compared, from stated probabilities",
            estimates.precision(),
            estimates.recall()
        ),
    );
    let stages: Vec<String> =
        files.clock.stages().iter().map(|(name, seconds)| format!("{name} {seconds:.2}")).collect();
    out.line("seconds", format!("{:.2} ({})", plan.started.elapsed().as_secs_f64(), stages.join(", ")));
    if let Some(bytes) = memory::peak_bytes() {
        out.line("peak memory", format!("{} MiB", bytes >> 20));
    }
    if trace.disk_bytes > 0 {
        out.line("put aside", format!("{} MiB, {} ranges of the extract", trace.disk_bytes >> 20, trace.ranges));
    }
    for name in &files.names {
        out.line("written", plan.out.join(name).display().to_string());
    }
    notes(&mut out, plan, trace);
    out
}

fn notes(out: &mut Summary, plan: &TracePlan, trace: &Trace) {
    if trace.model.origin == Origin::BuiltIn && plan.settings.model.is_none() {
        out.note("too few pairs to learn from: the built-in model gave the weights");
    }
    for (rule, report) in RULES.iter().zip(&trace.blocks.rules) {
        if report.cut > 0 {
            out.note(format!(
                "{}: {} blocks too large to compare (largest {} register rows)",
                rule.name(),
                thousands(report.cut),
                thousands(u64::from(report.largest))
            ));
        }
    }
    for (source, faults) in plan.registers.sources().iter().zip(&trace.row_faults) {
        if !source.unknown_columns.is_empty() {
            out.note(format!("{}: columns not understood: {}", source.name, source.unknown_columns.join(", ")));
        }
        if faults.ragged_rows > 0 {
            out.note(format!("{}: {} rows with a wrong number of fields", source.name, thousands(faults.ragged_rows)));
        }
        if faults.bad_text_rows > 0 {
            let rows = thousands(faults.bad_text_rows);
            out.note(format!("{}: {rows} rows not in UTF-8, which were read as Windows-1252", source.name));
        }
    }
}

/// What is said of a run that was only estimated.
pub(super) fn dry_summary(plan: &TracePlan, loaded: &Loaded, dry: &DryRun) -> Summary {
    let mut out = Summary::default();
    out.line("plan", plan_word(plan));
    out.line("extract rows", thousands(loaded.table.rows() as u64));
    out.line("searchable", thousands(dry.searchable));
    out.line("keys of the extract", thousands(dry.keys));
    let rows = dry.register_rows.map_or_else(|| "unknown".to_owned(), thousands);
    out.line("register rows", format!("{rows} (costs below scaled from {} of them)", thousands(dry.rows_seen)));
    for (rule, report) in RULES.iter().zip(&dry.blocks.rules) {
        out.line(
            format!("rule {}", rule.name()),
            format!(
                "{} blocks, {} pairs, largest {}, {} refined, {} too large",
                thousands(report.standing),
                thousands(report.pairs),
                thousands(u64::from(report.largest)),
                thousands(report.refined),
                thousands(report.cut)
            ),
        );
    }
    out
}
