//! HMRC's side: what folders of traces say of intake, outcomes, tiers, data sets and data quality.
//!
//! A folder's manifest gives the counts of the run, its outcomes those by tier and data set, its exceptions those of the
//! feedback to the sender. Rows are counted; nothing of them is repeated. Each trace stands by itself: sums over traces
//! would give away what is withheld of one.

use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::kinds::by_kind;
use crate::exchange::metrics::suppress::{hidden_of_line, line, most_of, part};
use crate::exchange::metrics::{CELL_MIN, Cell, Metric};
use crate::frame::Table;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a folder of a trace holds, as far as it is there.
#[derive(Clone, Debug)]
pub struct Traced {
    /// `manifest.json`.
    pub manifest: Value,
    /// `outcomes`.
    pub outcomes: Table,
    /// `exceptions.csv`.
    pub exceptions: Option<Table>,
    /// `hmrc_to_ho.csv`.
    pub to_ho: Option<Table>,
    /// `manifest.json` of the latest decisions of reviewers.
    pub reviewed: Option<Value>,
}

/// Kinds of record that tell of work.
const WORK_KINDS: [&str; 6] = ["PAYE", "RTI", "FPS", "SA", "EMPLOYMENT", "SELF_ASSESSMENT"];
const OUTCOMES: [&str; 5] = ["match", "review", "ambiguous", "no_hit", "not_searchable"];
/// Why a match does not go to DWP, as exceptions have it.
const KEPT_BACK_REASONS: [&str; 2] = ["no_usable_nino_for_dwp", "northern_ireland_not_to_dwp"];
const TIERS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Metrics of one trace.
pub fn traces(traced: &Traced) -> Vec<Metric> {
    let manifest = &traced.manifest;
    let counted = |group: &str, name: &str| manifest[group][name].as_u64();
    let outcomes = OUTCOMES.map(|outcome| tally(&traced.outcomes, |row| is(&traced.outcomes, row, "outcome", outcome)));
    let rows = counted("counts", "extract_rows").unwrap_or_else(|| outcomes.iter().sum());
    let refused = counted("counts", "extract_rows_refused").unwrap_or(0);
    let searchable = counted("counts", "extract_rows_searchable").unwrap_or_else(|| outcomes[..4].iter().sum());
    let [rows_cell, accepted, searchable_cell] = [rows, rows - refused.min(rows), searchable].map(Cell::Count);
    let matches = Cell::Count(outcomes[0]);
    let mut out = vec![
        Metric::count(ROWS, rows_cell),
        Metric::share(ROWS_REFUSED, Cell::Count(refused), rows_cell),
        Metric::share(ROWS_SEARCHABLE, searchable_cell, accepted),
        Metric::share(TRACE_SEARCHABLE, matches, searchable_cell),
        Metric::share(TRACE_ROWS, matches, accepted),
        Metric::share(QUEUE, Cell::Count(outcomes[1] + outcomes[2]), searchable_cell),
        Metric::share(AMBIGUOUS, Cell::Count(outcomes[2]), searchable_cell),
        Metric::share(REVIEW, Cell::Count(outcomes[1]), rows_cell),
        Metric::share(TRACE_NO_HIT, Cell::Count(outcomes[3]), rows_cell),
        Metric::share(TRACE_NOT_SEARCHABLE, Cell::Count(outcomes[4]), rows_cell),
    ];
    let tiers = TIERS.map(|tier| matched(&traced.outcomes, |row| is(&traced.outcomes, row, "tier", tier)));
    let by_tier = TIERS.iter().zip(line(&tiers));
    out.extend(by_tier.map(|(tier, cell)| Metric::share(TIER, cell, matches).of("tier", *tier)));
    out.extend(held(&traced.outcomes, searchable_cell, accepted));
    out.extend(returned(traced));
    out.extend(expected(manifest));
    out.extend(traced.reviewed.iter().flat_map(reviewed));
    out.extend(quality(traced, accepted));
    out.extend(by_kind(manifest));
    out
}

fn is(table: &Table, row: usize, column: &str, word: &str) -> bool {
    table.value(column, row) == Some(word)
}

fn tally(table: &Table, test: impl Fn(usize) -> bool) -> u64 {
    (0..table.rows()).filter(|row| test(*row)).count() as u64
}

fn matched(table: &Table, test: impl Fn(usize) -> bool) -> u64 {
    tally(table, |row| is(table, row, "outcome", "match") && test(row))
}

/// Which data sets hold the people that were matched, each and together. A set is shown where what is hidden of its
/// overlaps hides among enough others.
fn held(outcomes: &Table, searchable: Cell, accepted: Cell) -> Vec<Metric> {
    let mut together: BTreeMap<BTreeSet<&str>, u64> = BTreeMap::new();
    for row in (0..outcomes.rows()).filter(|row| is(outcomes, *row, "outcome", "match")) {
        let sets = outcomes.value("data_sets", row).unwrap_or("").split(';').map(str::trim);
        *together.entry(sets.filter(|set| !set.is_empty()).collect()).or_default() += 1;
    }
    let counts: Vec<u64> = together.values().copied().collect();
    let matches: u64 = counts.iter().sum();
    let hidden = hidden_of_line(&counts, &[]);
    let sets: BTreeSet<&str> = together.keys().flatten().copied().collect();
    let mut out = Vec::new();
    for set in sets {
        let is_covered = |within: bool| {
            let of = together.keys().zip(&counts).zip(&hidden);
            let of = of.filter(|((sets, _), hidden)| **hidden && sets.contains(set) == within);
            let rows: Vec<u64> = of.map(|((_, count), _)| *count).collect();
            rows.is_empty() || (rows.len() > 1 && rows.iter().sum::<u64>() >= CELL_MIN)
        };
        let rows = together.iter().filter(|(sets, _)| sets.contains(set)).map(|(_, count)| count).sum();
        let rows = if is_covered(true) && is_covered(false) { part(rows, matches) } else { Cell::Hidden };
        let shares = [(HELD_SEARCHABLE, searchable), (HELD_ROWS, accepted)];
        out.extend(shares.map(|(definition, whole)| Metric::share(definition, rows, whole).of("data_set", set)));
    }
    if let ([hidden], true) = (hidden.as_slice(), counts.len() == 1)
        && *hidden
    {
        return Vec::new();
    }
    for ((sets, count), hidden) in together.iter().zip(hidden) {
        let name = sets.iter().copied().collect::<Vec<_>>().join(" and ");
        let name = if name.is_empty() { "no set named".to_owned() } else { name };
        let cell = if hidden { Cell::Hidden } else { Cell::Count(*count) };
        out.push(Metric::share(HELD_TOGETHER, cell, Cell::Count(matches)).of("data_sets", name));
    }
    out
}

/// What went to the Home Office and to DWP.
fn returned(traced: &Traced) -> Vec<Metric> {
    let Some(to_ho) = &traced.to_ho else { return Vec::new() };
    let references = |test: &dyn Fn(usize) -> bool| {
        let rows = (0..to_ho.rows()).filter(|row| test(*row));
        rows.filter_map(|row| to_ho.value("dash_reference", row)).collect::<BTreeSet<&str>>().len() as u64
    };
    let hits = Cell::Count(references(&|_| true));
    let work = references(&|row| {
        let kind = to_ho.value("record_kind", row).unwrap_or("").trim().to_uppercase();
        WORK_KINDS.contains(&kind.as_str())
    });
    let mut out = vec![Metric::share(WORK_RECORD, Cell::Count(work), hits)];
    for (definition, detail) in
        [(TRACE_NEW, "new"), (TRACE_INTERACTION, "interaction_only"), (TRACE_NO_EXTRACT, "no_extract")]
    {
        let rows = references(&|row| is(to_ho, row, "detail", detail));
        out.push(Metric::share(definition, Cell::Count(rows), hits));
    }
    let holds = |row: usize, column: &str| to_ho.value(column, row).is_some_and(|text| !text.trim().is_empty());
    for (definition, columns) in [
        (TRACE_NEW_ADDRESS, &["address", "postcode"][..]),
        (TRACE_NEW_PHONE, &["phone"]),
        (TRACE_NEW_EMAIL, &["email"]),
    ] {
        let rows = references(&|row| columns.iter().any(|column| holds(row, column)));
        out.push(Metric::share(definition, Cell::Count(rows), hits));
    }
    if let Some(handed) = traced.manifest["returned"]["hmrc_to_dwp.csv"].as_u64() {
        out.push(Metric::share(HANDED, most_of(handed, hits.count().unwrap_or(0)), hits));
    }
    if let Some(exceptions) = &traced.exceptions {
        let counts = KEPT_BACK_REASONS.map(|reason| tally(exceptions, |row| is(exceptions, row, "reason", reason)));
        let cells = KEPT_BACK_REASONS.iter().zip(line(&counts));
        out.extend(cells.map(|(reason, cell)| Metric::share(KEPT_BACK, cell, hits).of("reason", *reason)));
    }
    out
}

/// What the model expects of its own matches: estimates, and said to be such.
fn expected(manifest: &Value) -> Vec<Metric> {
    let number = |name: &str| manifest["expected"][name].as_f64().filter(|number| number.is_finite());
    let (Some(matches), Some(right), Some(present)) = (number("matches"), number("right"), number("present")) else {
        return Vec::new();
    };
    let share = |definition, whole| Metric::share(definition, Cell::Real(right), Cell::Real(whole));
    vec![share(PRECISION_EXPECTED, matches), share(RECALL_EXPECTED, present)]
}

/// What reviewers found of the cases that the trace left to them, beside what it had stated of these.
fn reviewed(manifest: &Value) -> Vec<Metric> {
    let of = |name: &str| manifest["review"][name].as_u64().unwrap_or(0);
    let [cases, first, other, different] = ["cases", "same_first", "same_other", "different"].map(of);
    let settled = Cell::Count(first + other + different);
    let expected = manifest["review"]["expected_first"].as_f64().filter(|sum| sum.is_finite());
    let mut out = vec![
        Metric::share(REVIEWED, Cell::Count(cases.saturating_sub(of("open"))), Cell::Count(cases)),
        Metric::share(REVIEW_PRECISION, Cell::Count(first), settled),
        Metric::share(REVIEW_OTHER, Cell::Count(other), settled),
    ];
    let estimate = expected.zip(settled.number());
    out.extend(estimate.map(|(sum, whole)| Metric::share(REVIEW_EXPECTED, Cell::Real(sum), Cell::Real(whole))));
    let seen_twice = of("seen_twice");
    if seen_twice > 0 {
        out.push(Metric::share(REVIEW_DISPUTED, Cell::Count(of("disputed")), Cell::Count(seen_twice)));
    }
    out
}

/// Feedback to those who keep the data (R98): what is missing, what could not be used, by kind.
fn quality(traced: &Traced, accepted: Cell) -> Vec<Metric> {
    let mut out = Vec::new();
    let intake = &traced.manifest["intake"];
    let whole = accepted.count().unwrap_or(0);
    for (identifier, rows) in intake["missing"].as_object().into_iter().flatten() {
        let Some(rows) = rows.as_u64() else { continue };
        out.push(Metric::share(MISSING, part(rows, whole), accepted).of("identifier", word(identifier)));
    }
    for (definition, name) in [(DEFAULT_DATE, "default_birth_date"), (PLACEHOLDER_NAME, "placeholder_name")] {
        out.extend(intake[name].as_u64().map(|rows| Metric::share(definition, part(rows, whole), accepted)));
    }
    if let (Some(given), Some(invalid)) = (intake["nino_given"].as_u64(), intake["nino_invalid"].as_u64()) {
        out.push(Metric::share(INVALID_NINO, part(invalid, given), Cell::Count(given)));
    }
    if let Some(exceptions) = &traced.exceptions {
        out.extend(by_field_and_kind(EXCEPTION, (0..exceptions.rows()).filter_map(|row| exception(exceptions, row))));
    }
    let faults = traced.manifest["register_faults"].as_array().into_iter().flatten().map(|fault| {
        let text = |name: &str| word(fault[name].as_str().unwrap_or(""));
        (text("field"), text("reason"), fault["rows"].as_u64().unwrap_or(0))
    });
    out.extend(by_field_and_kind(REGISTER_FAULT, faults));
    out
}

/// Field and kind of an exception; `None` where it is counted under another name, which would give it away.
fn exception(exceptions: &Table, row: usize) -> Option<(String, String, u64)> {
    let text = |column| exceptions.value(column, row).unwrap_or("");
    let field = text("field").trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let reason = text("reason");
    let is_elsewhere = KEPT_BACK_REASONS.contains(&reason)
        || matches!(
            (field, reason),
            ("", "not_searchable") | ("full_name" | "date_of_birth", "missing") | ("full_name", "placeholder")
        );
    let field = if field.is_empty() { "row".to_owned() } else { word(field) };
    (!is_elsewhere).then(|| (field, word(reason), 1))
}

/// Counts by field, and by kind within each field: a field that is withheld withholds its kinds, and the kinds of a field
/// cover one another, since their sum may stand elsewhere.
fn by_field_and_kind(
    definition: &'static Definition,
    rows: impl Iterator<Item = (String, String, u64)>,
) -> Vec<Metric> {
    let mut fields: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (field, kind, count) in rows {
        *fields.entry(field).or_default().entry(kind).or_default() += count;
    }
    let sums: Vec<u64> = fields.values().map(|kinds| kinds.values().sum()).collect();
    let mut out = vec![Metric::count(definition, Cell::Count(sums.iter().sum()))];
    let by_field = line(&sums);
    if by_field == [Cell::Hidden] {
        return out;
    }
    for (field, cell) in fields.keys().zip(&by_field) {
        out.push(Metric::count(definition, *cell).of("field", field.as_str()));
    }
    for ((field, kinds), sum) in fields.iter().zip(by_field) {
        let cells = line(&kinds.values().copied().collect::<Vec<_>>());
        for (kind, cell) in kinds.keys().zip(cells) {
            let cell = if sum == Cell::Hidden { Cell::Hidden } else { cell };
            out.push(Metric::count(definition, cell).of("field, kind", format!("{field}: {kind}")));
        }
    }
    out
}

/// A word of the program as it stands; anything else may be of a person, and is not repeated.
pub(super) fn word(text: &str) -> String {
    let is_word = !text.is_empty()
        && text.len() <= 48
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b' ');
    if is_word { text.to_owned() } else { "other".to_owned() }
}
