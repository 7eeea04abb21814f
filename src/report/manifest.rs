//! `manifest.json`: what can change the answer. `run.json`: seconds, memory, threads, plan.

use crate::block::RULES;
use crate::engine::Trace;
use crate::exchange::agreement::Agreement;
use crate::exchange::gateway::{FLOWS, Flow};
use crate::exchange::ledger::Stamp;
use crate::exchange::metrics::{Intake, Kinds, Spread, spread};
use crate::exchange::{DataSets, Exception};
use crate::model::parameters::Parameters;
use serde::Serialize;
use std::collections::BTreeMap;

/// An input file as the manifest names it.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// `extract`, or the name of the data set.
    pub role: String,
    /// File name without folder, or `standard input`.
    pub name: String,
    /// Format.
    pub format: String,
    /// Rows read.
    pub rows: u64,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
    /// Headers that were not understood.
    pub unknown_columns: Vec<String>,
}

/// What one blocking rule did.
#[derive(Clone, Debug, Serialize)]
struct RuleEntry {
    rule: &'static str,
    blocks: u64,
    refined: u64,
    cut: u64,
    largest: u32,
    pairs: u64,
    first_found: u64,
}

/// Faults of one kind in the registers.
#[derive(Clone, Debug, Serialize)]
struct FaultEntry {
    field: &'static str,
    reason: &'static str,
    rows: u64,
    record_ids: Vec<String>,
}

/// Everything that can change the answer of a run, and counts that add up.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    program: &'static str,
    version: &'static str,
    format: u32,
    on: String,
    tax_years: [String; 2],
    agreement: Agreement,
    agreement_sha256: Option<String>,
    inputs: Vec<Input>,
    model: Parameters,
    learning: Learning,
    expected: Expected,
    seeds: &'static str,
    counts: BTreeMap<&'static str, u64>,
    intake: Intake,
    kinds: Kinds,
    outcomes: BTreeMap<&'static str, u64>,
    returned: BTreeMap<&'static str, u64>,
    flows: Vec<&'static Flow>,
    exceptions: BTreeMap<String, u64>,
    persons_in_registers: u64,
    blocking: Vec<RuleEntry>,
    spread: Spread,
    register_faults: Vec<FaultEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_to: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_head: Option<String>,
}

/// What the model itself says of its matches.
#[derive(Clone, Debug, Serialize)]
struct Expected {
    matches: u64,
    right: f64,
    present: f64,
    precision: f64,
    recall: f64,
}

#[derive(Clone, Debug, Serialize)]
struct Learning {
    given: bool,
    iterations: u32,
    converged: bool,
    expected_matches: f64,
}

/// What the manifest is made of, besides the trace.
pub struct Parts<'a> {
    /// Date of the run.
    pub on: String,
    /// Tax years of the window.
    pub tax_years: [String; 2],
    /// Agreement in force.
    pub agreement: &'a Agreement,
    /// SHA-256 of the agreement file, where one was given.
    pub agreement_sha256: Option<String>,
    /// Inputs, in command order.
    pub inputs: Vec<Input>,
    /// Names of the data sets.
    pub data_sets: &'a DataSets,
    /// Counts by outcome.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Rows of each file for another department.
    pub returned: BTreeMap<&'static str, u64>,
    /// What the rows that were read lack.
    pub intake: Intake,
    /// Rows that were read by kind of person and outcome.
    pub kinds: Kinds,
    /// Extract rows that were read, and refused.
    pub rows: (u64, u64),
    /// Exceptions.
    pub exceptions: &'a [Exception],
    /// To which public keys each sealed file is sealed.
    pub sealed_to: Option<BTreeMap<String, Vec<String>>>,
    /// What a run that is recorded in a ledger carries.
    pub stamp: Option<&'a Stamp>,
}

/// The flows of the files that were made, with their legal gateways.
fn flows_of(returned: &BTreeMap<&'static str, u64>) -> Vec<&'static Flow> {
    FLOWS.into_iter().filter(|flow| returned.contains_key(flow.file)).collect()
}

/// The manifest of a trace.
pub fn manifest(trace: &Trace, parts: Parts) -> Manifest {
    let (read, refused) = parts.rows;
    // Rows that could not be read have an outcome too, and so have those that are refused for what they hold.
    let not_searchable = parts.outcomes.get("not_searchable").map_or(0, |rows| rows.saturating_sub(refused));
    let counts = BTreeMap::from([
        ("extract_rows", read + refused),
        ("extract_rows_refused", refused),
        ("extract_rows_searchable", read - not_searchable),
        ("extract_rows_not_searchable", not_searchable),
        ("register_rows", trace.register_rows),
        ("register_rows_without_person_key", trace.nameless_rows),
        ("register_rows_with_wrong_number_of_fields", trace.row_faults.iter().map(|faults| faults.ragged_rows).sum()),
        ("register_rows_not_utf8", trace.row_faults.iter().map(|faults| faults.bad_text_rows).sum()),
        ("surviving_register_rows", trace.survivors),
        ("pairs_compared", trace.pairs),
        ("candidate_people", trace.candidates),
    ]);
    Manifest {
        program: "rewash",
        version: env!("CARGO_PKG_VERSION"),
        format: 1,
        on: parts.on,
        tax_years: parts.tax_years,
        agreement: parts.agreement.clone(),
        agreement_sha256: parts.agreement_sha256,
        inputs: parts.inputs,
        model: trace.model.clone(),
        learning: Learning {
            given: trace.convergence.is_none(),
            iterations: trace.convergence.map_or(0, |end| end.iterations),
            converged: trace.convergence.is_some_and(|end| end.reached),
            expected_matches: trace.convergence.map_or(0.0, |end| (end.matches * 10.0).round() / 10.0),
        },
        expected: Expected {
            matches: trace.estimates.matches,
            right: rounded(trace.estimates.right),
            present: rounded(trace.estimates.present),
            precision: rounded(trace.estimates.precision()),
            recall: rounded(trace.estimates.recall()),
        },
        seeds: "none: samples are drawn by content digest",
        counts,
        intake: parts.intake,
        kinds: parts.kinds,
        outcomes: parts.outcomes,
        flows: flows_of(&parts.returned),
        returned: parts.returned,
        exceptions: count_exceptions(parts.exceptions),
        persons_in_registers: trace.persons.round() as u64,
        blocking: blocking(trace),
        spread: spread(trace),
        register_faults: faults(trace),
        sealed_to: parts.sealed_to,
        run: parts.stamp.map(|stamp| stamp.run.clone()),
        audit_head: parts.stamp.map(|stamp| stamp.audit_head.clone()),
    }
}

/// Exceptions by field, without its number, and reason.
pub(super) fn count_exceptions(exceptions: &[Exception]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for exception in exceptions {
        let word = match exception.field.as_str() {
            "" => exception.reason.clone(),
            field => {
                format!("{}: {}", field.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_'), exception.reason)
            }
        };
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

/// To a millionth: sums of probabilities are not worth more digits.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn blocking(trace: &Trace) -> Vec<RuleEntry> {
    RULES
        .iter()
        .map(|&rule| {
            let report = &trace.blocks.rules[rule as usize];
            RuleEntry {
                rule: rule.name(),
                blocks: report.standing,
                refined: report.refined,
                cut: report.cut,
                largest: report.largest,
                pairs: report.pairs,
                first_found: trace.pairs_by_rule[rule as usize],
            }
        })
        .collect()
}

fn faults(trace: &Trace) -> Vec<FaultEntry> {
    trace
        .faults
        .by_kind
        .iter()
        .map(|(&(field, reason), count)| FaultEntry {
            field,
            reason,
            rows: count.rows,
            record_ids: count.record_ids.iter().cloned().collect(),
        })
        .collect()
}

impl Manifest {
    /// The manifest as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// How the run went; outside the promise of same bytes.
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    /// Threads used.
    pub threads: usize,
    /// Plan.
    pub plan: &'static str,
    /// Rows of a batch.
    pub batch_rows: usize,
    /// Seconds by stage, in order.
    pub seconds: Vec<(String, f64)>,
    /// Seconds in all.
    pub seconds_in_all: f64,
    /// Peak resident memory in bytes.
    pub peak_memory_bytes: Option<u64>,
    /// Peak resident memory by the end of each stage, in order; empty where the system does not say.
    pub peak_memory_bytes_by_stage: Vec<(String, u64)>,
    /// Memory of the register rows that share a block with the extract: it grows with what is found, not with the register.
    pub survivor_bytes: u64,
    /// Bytes written for such rows where memory had no room for them, and ranges of the extract in which they were then
    /// looked at.
    pub put_aside_bytes: u64,
    /// Ranges of the extract that were looked at one after the other.
    pub ranges: usize,
}

impl RunRecord {
    /// The record as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
