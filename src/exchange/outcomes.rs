//! HMRC's own working files: one outcome for each extract row, and the candidates behind what is not certain.

use crate::engine::{RowLink, Trace};
use crate::exchange::holding::is_refused;
use crate::frame::Table;
use crate::model::comparison::COMPARISONS;
use crate::resolve::Outcome;
use crate::score::Scorer;

/// Columns of `outcomes`.
pub const OUTCOME_COLUMNS: [&str; 13] = [
    "dash_reference",
    "cid_person_id",
    "outcome",
    "nino",
    "person_id",
    "match_probability",
    "match_weight",
    "runner_up",
    "runner_up_weight",
    "margin",
    "tier",
    "reason",
    "data_sets",
];

/// Columns of `review.csv` before one column for each comparison.
pub const REVIEW_COLUMNS: [&str; 10] = [
    "dash_reference",
    "cid_person_id",
    "outcome",
    "rank",
    "nino",
    "person_id",
    "match_weight",
    "match_key",
    "data_sets",
    "reason",
];

/// Names of the data sets, by number.
#[derive(Clone, Debug, Default)]
pub struct DataSets(pub Vec<String>);

impl DataSets {
    /// Name of a data set.
    pub fn name(&self, number: u16) -> &str {
        self.0.get(usize::from(number)).map_or("", String::as_str)
    }

    fn join(&self, numbers: &[u16]) -> String {
        let mut names: Vec<&str> = numbers.iter().map(|number| self.name(*number)).collect();
        names.sort_unstable();
        names.dedup();
        names.join(";")
    }
}

/// One row of `outcomes`.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeRow {
    /// Dash reference, as received.
    pub dash_reference: String,
    /// CID person id, as received.
    pub cid_person_id: String,
    /// Outcome.
    pub outcome: Outcome,
    /// NINO of the person; empty unless match or review.
    pub nino: String,
    /// Person id; empty unless match or review.
    pub person_id: String,
    /// Posterior probability.
    pub match_probability: Option<f64>,
    /// Its log2 odds.
    pub match_weight: Option<f64>,
    /// NINO or person id of the runner-up; empty unless match or review.
    pub runner_up: String,
    /// Weight of the runner-up.
    pub runner_up_weight: Option<f64>,
    /// Distance of the two.
    pub margin: Option<f64>,
    /// Tier.
    pub tier: &'static str,
    /// Reasons, joined by `; `.
    pub reason: String,
    /// Data sets that hold the person.
    pub data_sets: String,
}

/// Numbers in files carry nine decimals: more would show the last bits of a logarithm.
fn rounded(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// One outcome for each row of the extract.
pub fn outcome_rows(extract: &Table, trace: &Trace, data_sets: &DataSets) -> Vec<OutcomeRow> {
    trace
        .rows
        .iter()
        .enumerate()
        .map(|(row, link)| {
            let text = |column| extract.value(column, row).unwrap_or("").to_owned();
            let (dash, cid) = (text("dash_reference"), text("cid_person_id"));
            match link {
                _ if is_refused(extract, row) => not_searchable(dash, cid, "text that a spreadsheet would run"),
                Some(link) => outcome_of(dash, cid, link, data_sets),
                None => not_searchable(dash, cid, "too little to search with"),
            }
        })
        .collect()
}

/// An outcome for a row that was not searched.
pub fn not_searchable(dash_reference: String, cid_person_id: String, reason: &str) -> OutcomeRow {
    OutcomeRow {
        dash_reference,
        cid_person_id,
        outcome: Outcome::NotSearchable,
        nino: String::new(),
        person_id: String::new(),
        match_probability: None,
        match_weight: None,
        runner_up: String::new(),
        runner_up_weight: None,
        margin: None,
        tier: "",
        reason: reason.to_owned(),
        data_sets: String::new(),
    }
}

fn outcome_of(dash_reference: String, cid_person_id: String, link: &RowLink, data_sets: &DataSets) -> OutcomeRow {
    let decision = &link.decision;
    let named = matches!(decision.outcome, Outcome::Match | Outcome::Review);
    let best = link.people.first().filter(|_| named && decision.best.is_some());
    let second = link.people.get(1).filter(|_| best.is_some());
    let mut reasons = decision.reasons.clone();
    if link.cut {
        reasons.push("some blocks too large to compare");
    }
    OutcomeRow {
        nino: best.map_or_else(String::new, |person| person.nino.clone()),
        person_id: best.map_or_else(String::new, |person| person.person_id.clone()),
        match_probability: decision.best.map(|_| rounded(decision.probability)),
        match_weight: decision.best.map(|_| rounded(decision.weight)),
        runner_up: second.map_or_else(String::new, |person| {
            if person.nino.is_empty() { person.person_id.clone() } else { person.nino.clone() }
        }),
        runner_up_weight: decision.runner_up_weight.filter(|_| decision.best.is_some()).map(rounded),
        margin: decision.margin.filter(|_| decision.best.is_some()).map(rounded),
        tier: decision.tier.map_or("", |tier| tier.as_str()),
        reason: reasons.join("; "),
        data_sets: best.map_or_else(String::new, |person| data_sets.join(&person.data_sets)),
        outcome: decision.outcome,
        dash_reference,
        cid_person_id,
    }
}

/// Rows of the review file: the best candidates of every row that is in review or ambiguous, with each part of the
/// weight.
pub fn review_rows(extract: &Table, trace: &Trace, data_sets: &DataSets) -> (Vec<String>, Vec<Vec<String>>) {
    let scorer = Scorer::new(&trace.model, trace.persons);
    let mut header: Vec<String> = REVIEW_COLUMNS.iter().map(|column| (*column).to_owned()).collect();
    header.push("weight_prior".into());
    for comparison in COMPARISONS {
        header.push(format!("level_{}", comparison.name()));
        header.push(format!("weight_{}", comparison.name()));
    }
    header.push("weight_others".into());
    let mut out = Vec::new();
    for (row, link) in trace.rows.iter().enumerate() {
        let Some(link) = link else { continue };
        if !matches!(link.decision.outcome, Outcome::Review | Outcome::Ambiguous) || is_refused(extract, row) {
            continue;
        }
        for (rank, person) in link.people.iter().enumerate() {
            let text = |column| extract.value(column, row).unwrap_or("").to_owned();
            let mut line = vec![
                text("dash_reference"),
                text("cid_person_id"),
                link.decision.outcome.as_str().to_owned(),
                (rank + 1).to_string(),
                person.nino.clone(),
                person.person_id.clone(),
                number(person.weight),
                person.rule.name().to_owned(),
                data_sets.join(&person.data_sets),
                if rank == 0 { link.decision.reasons.join("; ") } else { String::new() },
            ];
            let (_, steps) = scorer.waterfall(person.evidence.vector, &person.evidence.log2_u);
            line.push(number(steps[0].bits));
            for comparison in COMPARISONS {
                let step = steps.iter().find(|step| step.name == comparison.name());
                line.push(step.map_or_else(|| "null".to_owned(), |step| step.level.clone()));
                line.push(step.map_or_else(String::new, |step| number(step.bits)));
            }
            line.push(steps.last().map_or_else(String::new, |step| number(step.bits)));
            out.push(line);
        }
    }
    (header, out)
}

/// A number as files have it.
fn number(value: f64) -> String {
    format!("{}", rounded(value))
}
