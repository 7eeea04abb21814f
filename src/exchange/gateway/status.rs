//! Home Office to DWP: that a match was verified, and the person's status. Closed until the parties agree (R67).

use crate::error::{Error, Result};
use crate::exchange::Sheet;
use crate::exchange::agreement::Agreement;
use crate::exchange::gateway::{LINKING_BLOCK, Released, STATUS_FLOW, linking_block};
use crate::frame::Table;
use crate::util::hash::{Map, map};

/// Columns of `ho_to_dwp.csv`.
pub const STATUS_COLUMNS: [&str; 11] = [
    "dash_reference",
    "dash_source",
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "match_verified",
    "immigration_status",
    "right_to_work",
    "public_funds",
    "verified_by",
    "verified_on",
];

/// Releases confirmations of matches that DWP reported: `dwp` is its return, `verified` what people at the Home Office
/// found. Rows that DWP did not report are not answered.
///
/// # Errors
/// When the agreement does not provide for confirmations, or a verified row is not of DWP's return.
pub fn ho_to_dwp(dwp: &Table, verified: &Table, agreement: &Agreement) -> Result<Released<Sheet>> {
    if !agreement.confirm_to_dwp {
        return Err(Error::settings("the agreement does not provide for confirmations to DWP")
            .hint("they are subject to agreement of both parties: `confirm_to_dwp = true` in the agreement"));
    }
    let mut rows: Map<&str, usize> = map();
    rows.extend((0..dwp.rows()).filter_map(|row| Some((dwp.value("dash_reference", row)?, row))));
    let mut lines = Vec::new();
    for row in 0..verified.rows() {
        let reference = verified.value("dash_reference", row).unwrap_or("");
        let Some(reported) = rows.get(reference) else { continue };
        let mut line = linking_block(dwp, *reported);
        line.extend(
            STATUS_COLUMNS[LINKING_BLOCK.len()..].iter().map(|name| verified.value(name, row).unwrap_or("").to_owned()),
        );
        lines.push(line);
    }
    Ok(Released::new(&STATUS_FLOW, lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::TextColumn;

    fn table(columns: &[(&str, &str)]) -> Table {
        let column = |(name, value): &(&str, &str)| ((*name).to_owned(), TextColumn::from_iter([Some(*value)]));
        Table::new(columns.iter().map(column).collect())
    }

    #[test]
    fn the_gate_is_closed_until_agreed() {
        let dwp = table(&[("dash_reference", "D1"), ("full_name", "Abebe Kebede"), ("benefits", "JSA")]);
        let verified = table(&[("dash_reference", "D1"), ("match_verified", "correct"), ("nino", "AB123456C")]);
        assert!(ho_to_dwp(&dwp, &verified, &Agreement::default()).is_err());
        let agreed = Agreement { confirm_to_dwp: true, ..Agreement::default() };
        let released = ho_to_dwp(&dwp, &verified, &agreed).expect("open");
        assert_eq!(released.get().header, STATUS_COLUMNS);
        assert_eq!(released.get().rows, [["D1", "", "", "Abebe Kebede", "", "correct", "", "", "", "", ""]]);
        let unreported = table(&[("dash_reference", "D2"), ("match_verified", "correct")]);
        assert!(ho_to_dwp(&dwp, &unreported, &agreed).expect("open").get().rows.is_empty());
    }
}
