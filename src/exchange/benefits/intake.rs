//! The rows of a handoff: which may be looked up at all, and under which numbers.

use crate::exchange::Exception;
use crate::exchange::agreement::{Agreement, DwpReturnScope};
use crate::exchange::benefits::contact::Supplied;
use crate::exchange::benefits::finding::Fate;
use crate::exchange::gateway::LINKING_BLOCK;
use crate::exchange::holding::{formula_like, northern_ireland_alone};
use crate::ingest::Loaded;
use crate::standardise::nino;
use crate::util::hash::{Set, set};

/// One row of the handoff.
pub(super) struct Row {
    /// The number, where the row may be looked up.
    pub number: Option<u64>,
    /// What became of it, once that is known.
    pub fate: Option<Fate>,
}

/// Reads all rows, and says what is wrong with them.
pub(super) fn read(loaded: &Loaded, agreement: &Agreement, exceptions: &mut Vec<Exception>) -> Vec<Row> {
    let mut add = |row: u64, field: &str, reason: &str| {
        exceptions.push(Exception { row, field: field.to_owned(), reason: reason.to_owned() });
    };
    for reject in &loaded.rejects {
        add(reject.row, "", reject.reason);
    }
    for remark in &loaded.cell_remarks {
        add(remark.row, &remark.column, remark.reason);
    }
    let mut seen: [Set<String>; 3] = [set(), set(), set()];
    let mut rows = Vec::with_capacity(loaded.table.rows());
    for (row, at) in loaded.row_numbers.iter().enumerate() {
        let read = read_row(loaded, row, agreement, &mut |field, reason| add(*at, field, reason));
        let value = |column: &str| loaded.table.value(column, row).unwrap_or("").to_owned();
        let number = read.number.map_or_else(String::new, |bits| bits.to_string());
        let named =
            [("cid_person_id", value("cid_person_id")), ("dash_reference", value("dash_reference")), ("nino", number)];
        for (known, (field, text)) in seen.iter_mut().zip(named) {
            if !text.is_empty() && !known.insert(text) {
                add(*at, field, "duplicate");
            }
        }
        rows.push(read);
    }
    rows
}

fn read_row(loaded: &Loaded, row: usize, agreement: &Agreement, say: &mut dyn FnMut(&str, &'static str)) -> Row {
    let of = |fate| Row { number: None, fate: Some(fate) };
    let text = |column: &str| loaded.table.value(column, row).unwrap_or("");
    let mut malformed = false;
    for column in LINKING_BLOCK {
        // An altered linking field would break the join at the Home Office, so the whole row is held.
        let fault = match text(column) {
            "" => Some("missing"),
            text if formula_like(text) => Some("formula_like_text"),
            _ => None,
        };
        if let Some(fault) = fault {
            say(column, fault);
            malformed = true;
        }
    }
    if !text("hmrc_match").trim().eq_ignore_ascii_case("confirmed") {
        say("hmrc_match", "not_confirmed_by_hmrc");
        malformed = true;
    }
    let read = nino::read(text("nino"));
    if read.value.is_none() {
        say("nino", read.fault.map_or("missing", |fault| fault.as_str()));
    }
    let Some(number) = read.value.filter(|_| !malformed) else { return of(Fate::Malformed) };
    if agreement.dwp_return_scope == DwpReturnScope::RewashOnly {
        match text("wash_number").trim().parse::<u32>() {
            Ok(1..) => {}
            Ok(0) => return of(Fate::OutOfScope),
            Err(_) => {
                say("wash_number", "unknown_wash");
                return of(Fate::OutOfScope);
            }
        }
    }
    let supplied = Supplied::new(&loaded.table, row);
    if !agreement.northern_ireland_to_dwp && northern_ireland_alone(supplied.home_office_addresses()) {
        say("", "northern_ireland_not_to_dwp");
        return of(Fate::NorthernIreland);
    }
    Row { number: Some(number.bits()), fate: None }
}
