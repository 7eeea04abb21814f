//! The three files of HMRC's answer, and DWP's return, as rows of the ledger: outcomes and what is counted of them.

use crate::error::{Error, Result};
use crate::exchange::gateway::{HO_COLUMNS, NO_HIT_COLUMNS, UNRESOLVED_COLUMNS};
use crate::exchange::pool::returns::{ReturnRow, ReturnedAs};
use crate::frame::Table;
use crate::util::hash::{Map, map};
use std::collections::BTreeSet;

/// The three files for the Home Office.
pub struct Answer<'a> {
    /// `hmrc_to_ho`: one row or more for each match.
    pub matches: &'a Table,
    /// `hmrc_no_hits`.
    pub no_hits: &'a Table,
    /// `hmrc_unresolved`.
    pub unresolved: &'a Table,
}

/// Refuses a file that holds other fields than its gateway lets through, or not all of them.
///
/// # Errors
/// When the columns are not exactly those of the flow, in order.
pub fn expect_columns(table: &Table, columns: &[&str], file: &str) -> Result<()> {
    if table.names().iter().map(String::as_str).eq(columns.iter().copied()) {
        return Ok(());
    }
    let extra = table.names().iter().find(|name| !columns.contains(&name.as_str()));
    let missing = columns.iter().find(|name| table.column(name).is_none());
    let what = match (extra, missing) {
        (Some(_), None) => "holds a field that this flow does not carry",
        (_, Some(_)) => "lacks a field of this flow",
        (None, None) => "has its fields in another order",
    };
    Err(Error::new(crate::error::ErrorKind::Column, what)
        .at(file)
        .hint(format!("nothing was taken; the fields are, in order: {}", columns.join(", "))))
}

impl Answer<'_> {
    /// One row for each row of the extract that came back.
    ///
    /// # Errors
    /// When a file does not have its columns, or a row no reference or no known word.
    pub fn rows(&self) -> Result<Vec<ReturnRow>> {
        expect_columns(self.matches, &HO_COLUMNS, "hmrc_to_ho")?;
        expect_columns(self.no_hits, &NO_HIT_COLUMNS, "hmrc_no_hits")?;
        expect_columns(self.unresolved, &UNRESOLVED_COLUMNS, "hmrc_unresolved")?;
        let mut rows = matches(self.matches)?;
        for row in 0..self.no_hits.rows() {
            rows.push(returned(self.no_hits, row, "hmrc_no_hits", ReturnedAs::NoHit)?);
        }
        for row in 0..self.unresolved.rows() {
            let word = self.unresolved.value("status", row).unwrap_or("");
            let status = ReturnedAs::of_status(word).ok_or_else(|| bad_row("hmrc_unresolved", row, "status"))?;
            rows.push(returned(self.unresolved, row, "hmrc_unresolved", status)?);
        }
        Ok(rows)
    }
}

fn bad_row(file: &str, row: usize, column: &str) -> Error {
    Error::input(format!("row {} has no {column} that is known", row + 1)).at(file).hint("nothing was taken")
}

fn returned(table: &Table, row: usize, file: &str, returned: ReturnedAs) -> Result<ReturnRow> {
    let value = |name: &str| table.value(name, row).map(str::to_owned).ok_or_else(|| bad_row(file, row, name));
    Ok(ReturnRow {
        dash_reference: value("dash_reference")?,
        cid_person_id: value("cid_person_id")?,
        returned,
        measures: BTreeSet::new(),
    })
}

/// Matches, each once, with what is new.
fn matches(table: &Table) -> Result<Vec<ReturnRow>> {
    let mut rows: Vec<ReturnRow> = Vec::new();
    let mut places: Map<String, usize> = map();
    for row in 0..table.rows() {
        let found = returned(table, row, "hmrc_to_ho", ReturnedAs::Match)?;
        let place = *places.entry(found.dash_reference.clone()).or_insert_with(|| {
            rows.push(found);
            rows.len() - 1
        });
        let measures = &mut rows[place].measures;
        let detail = table.value("detail", row).ok_or_else(|| bad_row("hmrc_to_ho", row, "detail"))?;
        measures.insert(format!("detail:{detail}"));
        for kind in ["address", "phone", "email"] {
            if table.value(kind, row).is_some() {
                measures.insert(format!("new:{kind}"));
            }
        }
        if let Some(data_set) = table.value("data_set", row) {
            measures.insert(format!("set:{data_set}"));
        }
    }
    for row in &mut rows {
        let sets: Vec<String> =
            row.measures.iter().filter_map(|measure| measure.strip_prefix("set:")).map(str::to_owned).collect();
        if let [only] = sets.as_slice() {
            row.measures.insert(format!("set_only:{only}"));
        }
    }
    Ok(rows)
}
