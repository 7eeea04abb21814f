//! What a sample of no-hits that people searched for again says of recall.

use crate::error::{Error, Result};
use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::{Cell, Metric};
use crate::frame::Table;
use std::collections::{BTreeMap, BTreeSet};

/// Columns of a file of no-hits that were searched for again by hand: the reference, and whether the person was found.
pub const AGAIN_COLUMNS: [&str; 2] = ["dash_reference", "found"];

/// Recall of a trace, estimated from a sample of its no-hits that was searched for again.
///
/// # Errors
/// When a row says something else than yes or no, is there twice, or is of no no-hit of the trace: a sample of anything
/// else says nothing of what was missed.
pub fn searched_again(outcomes: &Table, sample: &Table) -> Result<Vec<Metric>> {
    let outcomes = by_reference(outcomes);
    let mut seen = BTreeSet::new();
    let mut found = 0;
    for row in 0..sample.rows() {
        let said = |what: &str| Error::input(what).at(format!("row {}", row + 1));
        let reference = sample.value("dash_reference", row).unwrap_or("").trim();
        if outcomes.get(reference) != Some(&"no_hit") {
            return Err(said("names no no-hit of the trace").hint("take the sample from hmrc_no_hits of the same run"));
        }
        if !seen.insert(reference) {
            return Err(said("names a row that was named before"));
        }
        match sample.value("found", row).unwrap_or("").trim().to_ascii_lowercase().as_str() {
            "yes" => found += 1,
            "no" => {}
            _ => return Err(said("says neither yes nor no in column found")),
        }
    }
    let count = |word: &str| outcomes.values().filter(|outcome| **outcome == word).count() as u64;
    Ok(estimates(found, seen.len() as u64, count("match"), count("no_hit")))
}

fn estimates(found: u64, sampled: u64, matches: u64, no_hits: u64) -> Vec<Metric> {
    let mut out = vec![Metric::share(FOUND_AGAIN, Cell::Count(found), Cell::Count(sampled))];
    if sampled > 0 {
        let missed = no_hits as f64 * found as f64 / sampled as f64;
        out.push(Metric::share(RECALL_SAMPLED, Cell::Real(matches as f64), Cell::Real(matches as f64 + missed)));
    }
    out
}

fn by_reference(outcomes: &Table) -> BTreeMap<&str, &str> {
    let of = |row| Some((outcomes.value("dash_reference", row)?.trim(), outcomes.value("outcome", row)?));
    (0..outcomes.rows()).filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: [&str; 2], rows: &[[&str; 2]]) -> Table {
        let column = |at: usize| (names[at].to_owned(), rows.iter().map(|row| Some(row[at])).collect());
        Table::new(vec![column(0), column(1)])
    }

    fn outcomes() -> Table {
        let references: Vec<String> = (0..100).map(|row| format!("D{row}")).collect();
        let outcome = |row: usize| if row < 40 { "match" } else { "no_hit" };
        let rows: Vec<[&str; 2]> =
            references.iter().enumerate().map(|(row, name)| [name.as_str(), outcome(row)]).collect();
        table(["dash_reference", "outcome"], &rows)
    }

    #[test]
    fn a_sample_of_no_hits_gives_recall() {
        let rows: Vec<String> = (40..60).map(|row| format!("D{row}")).collect();
        let said = |at: usize| if at < 5 { "yes" } else { "No" };
        let rows: Vec<[&str; 2]> = rows.iter().enumerate().map(|(at, name)| [name.as_str(), said(at)]).collect();
        let found = searched_again(&outcomes(), &table(AGAIN_COLUMNS, &rows)).expect("a sample");
        assert_eq!((found[0].numerator, found[0].denominator), (Cell::Count(5), Some(Cell::Count(20))));
        assert!(found[0].interval().is_some());
        // A quarter of 60 no-hits was missed: 40 of 55.
        assert!((found[1].value().expect("recall") - 40.0 / 55.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_sample_of_no_hits_is_refused() {
        let of = |rows: &[[&str; 2]]| {
            searched_again(&outcomes(), &table(AGAIN_COLUMNS, rows)).expect_err("refused").to_string()
        };
        assert!(of(&[["D1", "yes"]]).contains("no no-hit"));
        assert!(of(&[["D50", "yes"], ["D50", "no"]]).contains("before"));
        assert!(of(&[["D50", "perhaps"]]).contains("neither"));
    }
}
