//! The files about a trace itself: what it read and made, how long it took.

use crate::cli::outputs::Outputs;
use crate::cli::trace::summary::plan_word;
use crate::cli::trace::{Counted, TracePlan};
use crate::engine::Trace;
use crate::error::Result;
use crate::exchange::{self, Window};
use crate::ingest::Loaded;
use crate::report::{self, Parts, RunRecord};
use crate::util::clock::Clock;
use crate::util::memory;

/// Writes the manifest and the record of the run.
pub(super) fn write_records(
    plan: &TracePlan,
    loaded: &Loaded,
    trace: &Trace,
    outputs: &Outputs,
    inputs: Vec<report::Input>,
    counted: &Counted,
    clock: &Clock,
) -> Result<()> {
    let manifest = report::manifest(
        trace,
        Parts {
            on: plan.settings.on.to_string(),
            tax_years: Window::at(plan.settings.on).tax_years(),
            agreement: &plan.agreement,
            agreement_sha256: plan.agreement_sha256.clone(),
            inputs,
            data_sets: &plan.registers.data_sets,
            outcomes: counted.outcomes.clone(),
            returned: counted.released.iter().map(|(name, rows)| (*name, rows.get().rows.len() as u64)).collect(),
            intake: exchange::metrics::intake(&loaded.table, plan.settings.on),
            kinds: exchange::metrics::kinds(
                &loaded.table,
                |row| {
                    let link = trace.rows[row].as_ref().filter(|_| !exchange::is_refused(&loaded.table, row));
                    link.map(|link| link.decision.outcome)
                },
                plan.settings.on,
            ),
            rows: (loaded.table.rows() as u64, loaded.rejects.len() as u64),
            exceptions: counted.exceptions,
            sealed_to: outputs.sealed_to(),
            stamp: counted.stamp,
        },
    );
    let run = RunRecord {
        threads: rayon::current_num_threads(),
        plan: plan_word(plan),
        batch_rows: plan.settings.batch_rows,
        seconds: named(clock.stages()),
        seconds_in_all: plan.started.elapsed().as_secs_f64(),
        peak_memory_bytes: memory::peak_bytes(),
        peak_memory_bytes_by_stage: named(clock.peaks()),
        survivor_bytes: trace.survivor_bytes as u64,
        put_aside_bytes: trace.disk_bytes,
        ranges: trace.ranges,
    };
    for (name, text) in [("manifest.json", manifest.to_json()), ("run.json", run.to_json())] {
        outputs.public(name, &text)?;
    }
    Ok(())
}

/// Stages with names of their own.
fn named<T: Copy>(stages: &[(&'static str, T)]) -> Vec<(String, T)> {
    stages.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// What the run read, for the manifest.
pub(super) fn inputs(plan: &TracePlan, loaded: &Loaded, trace: &Trace) -> Result<Vec<report::Input>> {
    let mut out = vec![report::Input {
        role: "extract".into(),
        name: plan.extract.name(),
        format: loaded.format.title().into(),
        rows: (loaded.table.rows() + loaded.rejects.len()) as u64,
        sha256: loaded.sha256.clone(),
        unknown_columns: loaded.header.unknown.clone(),
    }];
    if plan.passes.is_some() {
        out.extend(passed_elsewhere(plan, trace));
        return Ok(out);
    }
    for (place, source) in plan.registers.sources().into_iter().enumerate() {
        out.push(report::Input {
            role: plan.registers.data_sets.name(source.data_set).to_owned(),
            name: source.name,
            format: source.format,
            rows: trace.file_rows[place],
            sha256: plan.digests.get(place).cloned().map_or_else(|| plan.registers.sha256(place), Ok)?,
            unknown_columns: source.unknown_columns,
        });
    }
    Ok(out)
}

/// Registers that came in batches: their files, if they were any, are not known here.
fn passed_elsewhere(plan: &TracePlan, trace: &Trace) -> Vec<report::Input> {
    let input = |(name, rows): (&String, &u64)| report::Input {
        role: name.clone(),
        name: "batches that another program made".into(),
        format: "Arrow IPC stream".into(),
        rows: *rows,
        sha256: String::new(),
        unknown_columns: Vec::new(),
    };
    plan.registers.data_sets.0.iter().zip(&trace.file_rows).map(input).collect()
}
