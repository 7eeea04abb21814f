//! HMRC to the Home Office: matches with what is new, no-hits, and what stays unresolved.

use crate::engine::{GatheredRow, RowLink};
use crate::exchange::Sheet;
use crate::exchange::agreement::Agreement;
use crate::exchange::gateway::{MATCHES_FLOW, NO_HITS_FLOW, Released, Tracing, UNRESOLVED_FLOW, linking_block};
use crate::exchange::holding::{Holding, formula_like};
use crate::exchange::outcomes::DataSets;
use crate::exchange::window::Window;
use crate::resolve::Outcome;

/// Columns of `hmrc_to_ho.csv`. No NINO: the memorandum does not list it.
pub const HO_COLUMNS: [&str; 15] = [
    "dash_reference",
    "dash_source",
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "hmrc_match",
    "detail",
    "data_set",
    "tax_year",
    "record_kind",
    "effective_date",
    "address",
    "postcode",
    "phone",
    "email",
];
/// Columns of `hmrc_no_hits.csv`.
pub const NO_HIT_COLUMNS: [&str; 5] = super::LINKING_BLOCK;
/// Columns of `hmrc_unresolved.csv`.
pub const UNRESOLVED_COLUMNS: [&str; 7] =
    ["dash_reference", "dash_source", "cid_person_id", "full_name", "date_of_birth", "status", "reason"];

/// Where an extract row is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// `hmrc_to_ho.csv`.
    Match,
    /// `hmrc_no_hits.csv`.
    NoHit,
    /// `hmrc_unresolved.csv`, with status and reason.
    Unresolved(&'static str, &'static str),
}

/// The three files for the Home Office; every extract row is in exactly one.
pub struct HmrcToHo {
    /// Matches.
    pub matches: Released<Sheet>,
    /// No-hits.
    pub no_hits: Released<Sheet>,
    /// Neither.
    pub unresolved: Released<Sheet>,
    /// Where each row of the table went.
    pub returned: Vec<Returned>,
    /// Matches with at least one new detail, with interaction alone, and with nothing in the window.
    pub details: [u64; 3],
}

/// Releases the answer to the Home Office. `refused` are linking blocks of rows that could not be read at all.
pub fn hmrc_to_ho(from: &Tracing, refused: &[Vec<String>]) -> HmrcToHo {
    let Tracing { extract, trace, gathered, holdings, agreement, data_sets, window } = *from;
    let mut matches = Vec::new();
    let mut no_hits = Vec::new();
    let mut unresolved = Vec::new();
    let mut details = [0; 3];
    let mut returned = Vec::with_capacity(extract.rows());
    for (row, link) in trace.rows.iter().enumerate() {
        let block = linking_block(extract, row);
        let place = place_of(&block, link.as_ref(), agreement, data_sets);
        match place {
            Returned::Match => {
                let rows = link.as_ref().map_or(&[][..], |link| gathered.rows(&link.people[0]));
                let in_window = disclosable(rows, agreement, data_sets, window);
                let kind = release_match(&block, holdings.of(row), &in_window, data_sets, &mut matches);
                details[kind] += 1;
            }
            Returned::NoHit => no_hits.push(block),
            Returned::Unresolved(status, reason) => {
                unresolved.push([block, vec![status.into(), reason.into()]].concat());
            }
        }
        returned.push(place);
    }
    unresolved.extend(
        refused.iter().map(|block| [block.clone(), vec!["refused".into(), "row could not be read".into()]].concat()),
    );
    HmrcToHo {
        matches: Released::new(&MATCHES_FLOW, matches),
        no_hits: Released::new(&NO_HITS_FLOW, no_hits),
        unresolved: Released::new(&UNRESOLVED_FLOW, unresolved),
        returned,
        details,
    }
}

fn place_of(block: &[String], link: Option<&RowLink>, agreement: &Agreement, data_sets: &DataSets) -> Returned {
    if block.iter().any(|text| formula_like(text)) {
        return Returned::Unresolved("refused", "text that a spreadsheet would run");
    }
    let Some(link) = link else {
        return Returned::Unresolved("not_searchable", "too little to search with");
    };
    match link.decision.outcome {
        Outcome::Match => {
            // A hit in data that may not be disclosed is no hit for the Home Office.
            let known = link.people[0].data_sets.iter().any(|set| agreement.disclosable(data_sets.name(*set)));
            if known { Returned::Match } else { Returned::NoHit }
        }
        Outcome::NoHit => Returned::NoHit,
        Outcome::Review => Returned::Unresolved("unresolved", "one possible record, not certain"),
        Outcome::Ambiguous => Returned::Unresolved("unresolved", "several possible records"),
        Outcome::NotSearchable => Returned::Unresolved("not_searchable", "too little to search with"),
    }
}

/// Rows of a person that may be supplied: of a disclosable data set, in the window.
pub(super) fn disclosable<'a>(
    rows: &'a [GatheredRow],
    agreement: &Agreement,
    data_sets: &DataSets,
    window: Window,
) -> Vec<&'a GatheredRow> {
    rows.iter()
        .filter(|row| window.holds(&row.tax_year) && agreement.disclosable(data_sets.name(row.data_set)))
        .collect()
}

/// One row for each record with something new, or one row that says there is nothing; returns which it was.
pub(super) fn release_match(
    block: &[String],
    holding: &Holding,
    in_window: &[&GatheredRow],
    data_sets: &DataSets,
    out: &mut Vec<Vec<String>>,
) -> usize {
    let mut written: Vec<Vec<String>> = Vec::new();
    for row in in_window {
        let new = holding.new_details(row);
        if new.iter().all(String::is_empty) {
            continue;
        }
        let mut line = block.to_vec();
        line.extend(["confirmed".into(), "new".into(), data_sets.name(row.data_set).to_owned()]);
        line.extend([&row.tax_year, &row.record_kind, &row.last_activity_on].map(|text| held_back(text)));
        line.extend(new);
        if !written.contains(&line) {
            written.push(line);
        }
    }
    if written.is_empty() {
        let word = if in_window.is_empty() { "no_extract" } else { "interaction_only" };
        let mut line = block.to_vec();
        line.extend(["confirmed".into(), word.into()]);
        line.resize(HO_COLUMNS.len(), String::new());
        out.push(line);
        return if in_window.is_empty() { 2 } else { 1 };
    }
    out.extend(written);
    0
}

fn held_back(text: &str) -> String {
    if formula_like(text) { String::new() } else { text.to_owned() }
}
