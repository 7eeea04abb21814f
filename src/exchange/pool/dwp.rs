//! DWP's return, counted: which benefits are in payment to whom stays in DWP's file.

use crate::error::{Error, Result};
use crate::exchange::gateway::DWP_COLUMNS;
use crate::exchange::ledger::failed;
use crate::exchange::pool::answer::expect_columns;
use crate::exchange::pool::returns::{Tallies, add_tallies, sent, tally};
use crate::frame::Table;
use rusqlite::Transaction;

/// Takes DWP's return into the tallies: a row of a match that was sent, counted by role, address, phone, partner and
/// death. Returns the rows.
pub(crate) fn take_dwp(transaction: &Transaction, table: &Table) -> Result<u64> {
    expect_columns(table, &DWP_COLUMNS, "dwp_to_ho")?;
    let mut tallies = Tallies::new();
    for row in 0..table.rows() {
        let reference = table.value("dash_reference", row).unwrap_or("");
        let sent = sent(transaction, reference)?
            .filter(|sent| sent.outcome.as_deref() == Some("match"))
            .ok_or_else(|| Error::input(format!("row {} is of no match that was returned", row + 1)).at("dwp_to_ho"))?;
        measures(table, row).iter().for_each(|measure| tally(&sent, measure, 1, &mut tallies));
    }
    let again: i64 = match tallies.keys().next() {
        None => 0,
        Some((wash, ..)) => {
            let sql = "SELECT count(*) FROM tally WHERE wash = ?1 AND measure = 'dwp:in_payment'";
            transaction.query_row(sql, [wash], |row| row.get(0)).map_err(failed)?
        }
    };
    if again > 0 {
        return Err(Error::input("is of a wash for which DWP's return was taken before").at("dwp_to_ho"));
    }
    add_tallies(transaction, &tallies)?;
    Ok(table.rows() as u64)
}

fn measures(table: &Table, row: usize) -> Vec<String> {
    let value = |name: &str| table.value(name, row).unwrap_or("");
    let mut out = vec!["dwp:in_payment".to_owned(), format!("dwp:role:{}", value("role"))];
    let address = match value("address_match") {
        "" => "not_held",
        "none" => "new",
        text if text.split(';').all(|code| code.ends_with(":building")) => "building",
        _ => "match",
    };
    out.push(format!("dwp:address:{address}"));
    let phones = value("phone_match");
    if phones.split(';').any(|phone| phone.contains("=HO")) {
        out.push("dwp:phone:match".into());
    }
    if phones.split(';').any(|phone| phone.ends_with("=none")) {
        out.push("dwp:phone:new".into());
    }
    if table.value("partner_full_name", row).is_some() {
        out.push("dwp:partner".into());
    }
    if matches!(value("deceased"), "yes" | "true" | "1") {
        out.push("dwp:deceased".into());
    }
    out
}
