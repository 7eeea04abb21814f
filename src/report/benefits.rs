//! Manifests of DWP's part: what can change the answer, the switches as they stood, and counts that add up.

use crate::engine::{NUMBER_IS_RIGHT, confirming_model};
use crate::exchange::agreement::{Agreement, BenefitEncoding, DwpReturnScope};
use crate::exchange::benefits::{Assessed, Fate, Finding, role};
use crate::exchange::gateway::{BENEFITS_FLOW, Flow};
use crate::exchange::ledger::Stamp;
use crate::exchange::metrics::CELL_MIN;
use crate::exchange::{Exception, FORMULA, Savings};
use crate::ingest::Faults;
use crate::model::parameters::Thresholds;
use crate::report::Input;
use crate::report::manifest::count_exceptions;
use serde::Serialize;
use std::collections::BTreeMap;

/// The switches that decide what is returned, as they stood in this run.
#[derive(Clone, Copy, Debug, Serialize)]
struct Switches {
    dwp_return_scope: DwpReturnScope,
    report_death_without_award: bool,
    benefit_encoding: BenefitEncoding,
    northern_ireland_to_dwp: bool,
}

/// How customers were confirmed.
#[derive(Clone, Debug, Serialize)]
struct Confirmation {
    compared: [&'static str; 2],
    model: &'static str,
    model_version: u32,
    number_is_right: f64,
    thresholds: Thresholds,
}

/// The readings that were taken where the memorandum leaves them open.
const READINGS: [&str; 6] = [
    "in payment: started_on <= on, and no ended_on or ended_on > on",
    "an award whose dates, code or role cannot be read is not reported",
    "several people under one number: none of them is reported",
    "address: the same flat and building, by postcode or by street and town; a postcode alone never",
    "a death after the date is not reported as of it",
    "a benefit in payment says nothing about entitlement",
];

/// The manifest of `rewash benefits`.
#[derive(Clone, Debug, Serialize)]
pub struct BenefitsManifest {
    program: &'static str,
    version: &'static str,
    format: u32,
    on: String,
    agreement: Agreement,
    agreement_sha256: Option<String>,
    switches: Switches,
    inputs: Vec<Input>,
    confirmation: Confirmation,
    readings: [&'static str; 6],
    counts: BTreeMap<&'static str, u64>,
    details: BTreeMap<&'static str, u64>,
    returned: BTreeMap<&'static str, u64>,
    flows: Vec<&'static Flow>,
    exceptions: BTreeMap<String, u64>,
    faulty_rows: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_to: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_head: Option<String>,
}

/// What the manifest is made of, besides what was assessed.
pub struct BenefitsParts<'a> {
    /// Date of the run.
    pub on: String,
    /// Agreement in force.
    pub agreement: &'a Agreement,
    /// SHA-256 of the agreement file, where one was given.
    pub agreement_sha256: Option<String>,
    /// Inputs, in command order.
    pub inputs: Vec<Input>,
    /// Rows of the handoff that could not be read.
    pub refused: u64,
    /// All exceptions.
    pub exceptions: &'a [Exception],
    /// To which public keys each sealed file is sealed.
    pub sealed_to: Option<BTreeMap<String, Vec<String>>>,
    /// What ties the folder to its ledger, where there is one.
    pub stamp: Option<&'a Stamp>,
}

/// The manifest of an assessed handoff.
pub fn benefits_manifest(assessed: &Assessed, parts: BenefitsParts) -> BenefitsManifest {
    let agreement = parts.agreement;
    let mut counts = counts(assessed, parts.refused);
    let returned = counts.get(Fate::Returned.as_str()).copied().unwrap_or(0);
    counts.insert("handed_over", assessed.fates.len() as u64 + parts.refused);
    BenefitsManifest {
        program: "rewash",
        version: env!("CARGO_PKG_VERSION"),
        format: 1,
        on: parts.on,
        agreement: agreement.clone(),
        agreement_sha256: parts.agreement_sha256,
        switches: Switches {
            dwp_return_scope: agreement.dwp_return_scope,
            report_death_without_award: agreement.report_death_without_award,
            benefit_encoding: agreement.benefit_encoding,
            northern_ireland_to_dwp: agreement.northern_ireland_to_dwp,
        },
        inputs: parts.inputs,
        confirmation: Confirmation {
            compared: ["name", "birth_date"],
            model: "built_in",
            model_version: confirming_model().version,
            number_is_right: NUMBER_IS_RIGHT,
            thresholds: agreement.thresholds(),
        },
        readings: READINGS,
        counts,
        details: details(assessed),
        flows: vec![&BENEFITS_FLOW],
        returned: BTreeMap::from([(BENEFITS_FLOW.file, returned)]),
        exceptions: count_exceptions(parts.exceptions),
        sealed_to: parts.sealed_to,
        run: parts.stamp.map(|stamp| stamp.run.clone()),
        audit_head: parts.stamp.map(|stamp| stamp.audit_head.clone()),
        faulty_rows: faulty(&assessed.faults),
    }
}

/// Rows by what became of them; those that could not be read are malformed.
fn counts(assessed: &Assessed, refused: u64) -> BTreeMap<&'static str, u64> {
    let mut counts: BTreeMap<&'static str, u64> = Fate::ALL.iter().map(|fate| (fate.as_str(), 0)).collect();
    for fate in &assessed.fates {
        *counts.entry(fate.as_str()).or_default() += 1;
    }
    *counts.entry(Fate::Malformed.as_str()).or_default() += refused;
    counts
}

/// What the rows that were returned tell, counted.
fn details(assessed: &Assessed) -> BTreeMap<&'static str, u64> {
    let count = |holds: &dyn Fn(&Finding) -> bool| {
        assessed.findings.iter().filter(|(_, finding)| holds(finding)).count() as u64
    };
    let full = |finding: &Finding| finding.addresses.iter().any(|held| held.full);
    BTreeMap::from([
        ("role_customer", count(&|finding| role(&finding.awards) == "customer")),
        ("role_partner", count(&|finding| role(&finding.awards) == "partner")),
        ("role_both", count(&|finding| role(&finding.awards) == "both")),
        ("several_awards", count(&|finding| finding.awards.len() > 1)),
        ("address_matched", count(&full)),
        ("address_supplied", count(&|finding| !finding.addresses.is_empty() && !full(finding))),
        ("phone_matched", count(&|finding| finding.phones.iter().any(|phone| !phone.slot.is_empty()))),
        ("phone_supplied", count(&|finding| finding.phones.iter().any(|phone| phone.slot.is_empty()))),
        ("partner", count(&|finding| finding.partner.is_some())),
        ("deceased", count(&|finding| finding.death.is_some())),
        ("deceased_without_award", count(&|finding| finding.awards.is_empty())),
    ])
}

fn faulty(faults: &[Vec<Faults>; 2]) -> BTreeMap<&'static str, u64> {
    let ragged = |of: &[Faults]| of.iter().map(|faults| faults.ragged_rows).sum();
    let bad = |of: &[Faults]| of.iter().map(|faults| faults.bad_text_rows).sum();
    let [customers, awards] = faults;
    BTreeMap::from([
        ("customers_with_wrong_number_of_fields", ragged(customers)),
        ("customers_not_utf8", bad(customers)),
        ("awards_with_wrong_number_of_fields", ragged(awards)),
        ("awards_not_utf8", bad(awards)),
    ])
}

impl BenefitsManifest {
    /// The manifest as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The manifest of `rewash benefits stopped`.
#[derive(Clone, Debug, Serialize)]
pub struct SavingsManifest {
    program: &'static str,
    version: &'static str,
    format: u32,
    on: String,
    inputs: Vec<Input>,
    formula: &'static str,
    weeks: u32,
    cells_min: u64,
    counts: BTreeMap<&'static str, u64>,
    exceptions: BTreeMap<String, u64>,
}

/// The manifest of a feed of stopped awards.
pub fn savings_manifest(savings: &Savings, on: String, input: Input) -> SavingsManifest {
    SavingsManifest {
        program: "rewash",
        version: env!("CARGO_PKG_VERSION"),
        format: 1,
        on,
        inputs: vec![input],
        formula: FORMULA,
        weeks: savings.weeks,
        cells_min: CELL_MIN,
        counts: BTreeMap::from([
            ("rows", savings.rows),
            ("rows_not_counted", savings.refused),
            ("awards_counted", savings.rows - savings.refused),
            ("benefits_suppressed", savings.suppressed),
        ]),
        exceptions: count_exceptions(&savings.exceptions),
    }
}

impl SavingsManifest {
    /// The manifest as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
