//! `exceptions.csv`: every extract row or value that was refused, changed or cut.

use crate::engine::Trace;
use crate::exchange::Sheet;
use crate::exchange::gateway::LINKING_BLOCK;
use crate::exchange::holding::{Holdings, formula_like};
use crate::frame::Table;
use crate::ingest::Loaded;
use crate::util::hash::{Map, map};

/// One exception: by row number and field, never by value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exception {
    /// Data row of the source, from 1.
    pub row: u64,
    /// Field; empty for the whole row.
    pub field: String,
    /// Reason, as a word.
    pub reason: String,
}

/// All exceptions of an extract, by row.
pub fn exceptions(
    loaded: &Loaded,
    trace: &Trace,
    holdings: &Holdings,
    kept_back: &[(u32, &'static str)],
) -> Vec<Exception> {
    let number = |row: u32| loaded.row_numbers.get(row as usize).copied().unwrap_or(0);
    let mut all: Vec<Exception> = Vec::new();
    let mut add = |row: u64, field: &str, reason: &str| {
        all.push(Exception { row, field: field.to_owned(), reason: reason.to_owned() });
    };
    for reject in &loaded.rejects {
        add(reject.row, "", reject.reason);
    }
    for remark in &loaded.cell_remarks {
        add(remark.row, &remark.column, remark.reason);
    }
    for remark in &trace.remarks {
        add(number(remark.row), &remark.field, remark.reason);
    }
    for (row, reason) in kept_back {
        add(number(*row), "", reason);
    }
    row_exceptions(&loaded.table, holdings, |row, field, reason| add(number(row), field, reason));
    for (row, link) in trace.rows.iter().enumerate() {
        match link {
            None => add(number(row as u32), "", "not_searchable"),
            Some(link) if link.cut => add(number(row as u32), "", "block_too_large"),
            Some(_) => {}
        }
    }
    same_person(trace, |row| add(number(row), "cid_person_id", "same_person_as_another_row"));
    all.sort();
    all.dedup();
    all
}

/// Missing and repeated link fields, formula-like text, addresses over the limit.
fn row_exceptions(table: &Table, holdings: &Holdings, mut add: impl FnMut(u32, &str, &str)) {
    for column in ["cid_person_id", "dash_reference"] {
        let mut seen: Map<&str, u32> = map();
        for row in 0..table.rows() {
            if let Some(id) = table.value(column, row) {
                let count = seen.entry(id).or_default();
                *count += 1;
                if *count > 1 {
                    add(row as u32, column, "duplicate");
                }
            }
        }
    }
    for row in 0..table.rows() {
        for column in LINKING_BLOCK {
            match table.value(column, row) {
                None => add(row as u32, column, "missing"),
                Some(text) if formula_like(text) => add(row as u32, column, "formula_like_text"),
                Some(_) => {}
            }
        }
        if holdings.of(row).over_five {
            add(row as u32, "address", "over_five_addresses");
        }
    }
}

/// Extract rows that were matched to one person.
fn same_person(trace: &Trace, mut add: impl FnMut(u32)) {
    let mut rows: Map<u64, Vec<u32>> = map();
    for (row, link) in trace.rows.iter().enumerate() {
        if let Some(link) = link
            && link.decision.outcome == crate::resolve::Outcome::Match
        {
            rows.entry(link.people[0].key.0).or_default().push(row as u32);
        }
    }
    let mut repeated: Vec<u32> = rows.into_values().filter(|rows| rows.len() > 1).flatten().collect();
    repeated.sort_unstable();
    repeated.into_iter().for_each(&mut add);
}

impl Exception {
    /// The file's rows.
    pub fn sheet(all: &[Self]) -> Sheet {
        Sheet {
            header: ["row", "field", "reason"].map(str::to_owned).to_vec(),
            rows: all
                .iter()
                .map(|exception| vec![exception.row.to_string(), exception.field.clone(), exception.reason.clone()])
                .collect(),
        }
    }
}
