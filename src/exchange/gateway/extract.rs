//! Home Office to HMRC: the extract of a wash, with the fields that the memorandum lists and the two references of the hub.

use crate::exchange::Sheet;
use crate::exchange::gateway::{EXTRACT_FLOW, LINKING_BLOCK, Released};
use crate::exchange::pool::{Wash, WashRow};
use crate::frame::{Table, TextColumn, cell};
use crate::model::schema::{ADDRESSES_MAX, CONTACTS_MAX};
use crate::standardise::date;
use jiff::{ToSpan, civil::Date};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Years for which addresses are supplied (R35).
const ADDRESS_YEARS: i64 = 5;

/// Columns between the linking block and the addresses.
const BEFORE: [&str; 4] = ["port_reference", "ho_reference", "title", "nationality"];
/// Columns at the end.
const AFTER: [&str; 5] = ["nino", "pool", "status_ended_on", "no_contact_since", "wash_number"];

/// Columns that stand once, whatever the number of addresses.
pub(super) const ONCE: [&str; 14] = {
    let [a, b, c, d, e] = LINKING_BLOCK;
    let [f, g, h, i] = BEFORE;
    let [j, k, l, m, n] = AFTER;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n]
};

/// One workbook of an extract: its part, pool and rows.
pub type ReleasedParts = Vec<(u32, Released<Sheet>)>;

/// Columns of an extract with so many address slots, in the order of the specification.
pub fn extract_columns(slots: u32) -> Vec<String> {
    let mut out: Vec<String> = LINKING_BLOCK.iter().chain(&BEFORE).map(|name| (*name).to_owned()).collect();
    for slot in 1..=slots {
        out.extend(
            ["address_#", "postcode_#", "address_#_from", "address_#_to"]
                .map(|name| name.replace('#', &slot.to_string())),
        );
    }
    for stem in ["email", "mobile"] {
        out.extend((1..=CONTACTS_MAX).map(|slot| format!("{stem}_{slot}")));
    }
    out.extend(AFTER.iter().map(|name| (*name).to_owned()));
    out
}

/// Releases the extract of a wash, a sheet for each workbook. `on` is the day of the extract, `dash_source` what the hub
/// writes beside its references.
pub fn ho_to_hmrc(cases: &Table, wash: &Wash, dash_source: &str, on: &str) -> ReleasedParts {
    let mut parts: BTreeMap<u32, Vec<&WashRow>> = BTreeMap::new();
    wash.rows.iter().for_each(|row| parts.entry(row.part).or_default().push(row));
    let parts: Vec<(u32, Vec<&WashRow>)> = parts.into_iter().collect();
    parts.into_par_iter().map(|(part, rows)| (part, release(cases, &rows, dash_source, on))).collect()
}

fn release(cases: &Table, rows: &[&WashRow], dash_source: &str, on: &str) -> Released<Sheet> {
    let held = AddressColumns::of(cases);
    let addresses: Vec<Vec<[String; 4]>> =
        rows.iter().map(|row| five_years(held.addresses_of(row.row as usize), on)).collect();
    let slots = addresses.iter().map(Vec::len).max().unwrap_or(0).max(1) as u32;
    let columns = extract_columns(slots);
    let column = |name: &str| cases.column(name);
    let first: Vec<Option<&TextColumn>> = LINKING_BLOCK[2..].iter().chain(&BEFORE).copied().map(column).collect();
    let contacts = ["email", "mobile"].map(|stem| (1..=CONTACTS_MAX).map(move |slot| format!("{stem}_{slot}")));
    let contacts: Vec<Option<&TextColumn>> = contacts.into_iter().flatten().map(|name| column(&name)).collect();
    let [nino, ended, contact] = ["nino", "status_ended_on", "no_contact_since"].map(column);
    let lines = rows.iter().zip(addresses).map(|(row, addresses)| {
        let value = |column: &Option<&TextColumn>| text(*column, row.row as usize);
        let mut line = Vec::with_capacity(columns.len());
        line.extend([row.dash_reference.clone(), dash_source.to_owned()]);
        line.extend(first.iter().map(value));
        let end = line.len() + 4 * slots as usize;
        line.extend(addresses.into_iter().flatten());
        line.resize(end, String::new());
        line.extend(contacts.iter().map(value));
        line.extend([value(&nino), row.pool.as_str().to_owned()]);
        line.extend([value(&ended), value(&contact), row.number.to_string()]);
        line
    });
    let lines = lines.collect();
    Released::under(&EXTRACT_FLOW, columns.clone(), lines)
}

fn text(column: Option<&TextColumn>, row: usize) -> String {
    column.and_then(|column| cell(column, row)).unwrap_or("").to_owned()
}

/// The columns of addresses, looked up once for all rows: text, postcode, from, to.
struct AddressColumns<'a>(Vec<[Option<&'a TextColumn>; 4]>);

impl<'a> AddressColumns<'a> {
    fn of(cases: &'a Table) -> Self {
        let slot = |slot: u32| {
            ["address_#", "postcode_#", "address_#_from", "address_#_to"]
                .map(|name| cases.column(&name.replace('#', &slot.to_string())))
        };
        Self((1..=ADDRESSES_MAX).map(slot).collect())
    }

    /// Addresses of a case as held.
    fn addresses_of(&self, row: usize) -> Vec<[String; 4]> {
        let is_there = |column: Option<&TextColumn>| {
            column.and_then(|column| cell(column, row)).is_some_and(|text| !text.is_empty())
        };
        let held = self.0.iter().filter(|[address, postcode, ..]| is_there(*address) || is_there(*postcode));
        held.map(|slot| slot.map(|column| text(column, row))).collect()
    }
}

/// Addresses held at any time in the five years before the extract, or the last known one if that is all there is. An
/// open end is a current address; one without any date is kept where it is the only one, or where none is in the window.
fn five_years(addresses: Vec<[String; 4]>, on: &str) -> Vec<[String; 4]> {
    let day = |text: &str| date::read(text).value.map(|date| date.to_string()).unwrap_or_default();
    let Some(earliest) = on.parse::<Date>().ok().and_then(|on| on.checked_sub(ADDRESS_YEARS.years()).ok()) else {
        return addresses;
    };
    let earliest = earliest.to_string();
    let held = |[_, _, from, to]: &[String; 4]| {
        let (from, to) = (day(from), day(to));
        let dated = !from.is_empty() || !to.is_empty();
        dated && from.as_str() <= on && (to.is_empty() || earliest <= to)
    };
    let kept: Vec<[String; 4]> = addresses.iter().filter(|address| held(address)).cloned().collect();
    if !kept.is_empty() {
        return kept;
    }
    // Of equals the first: the sender's own order.
    let latest = |[_, _, from, to]: &[String; 4]| (day(to), day(from));
    let best = addresses.iter().rev().max_by_key(|address| latest(address));
    best.cloned().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{extract_columns, five_years};

    fn address(name: &str, from: &str, to: &str) -> [String; 4] {
        [name, "LS1 4AP", from, to].map(str::to_owned)
    }

    #[track_caller]
    fn check(held: &[(&str, &str, &str)], want: &[&str]) {
        let held = held.iter().map(|(name, from, to)| address(name, from, to)).collect();
        let kept = five_years(held, "2016-02-29");
        assert_eq!(kept.iter().map(|address| address[0].as_str()).collect::<Vec<_>>(), want);
    }

    #[test]
    fn addresses_of_the_last_five_years_or_the_last_known() {
        // Five years before 29 February is 28 February.
        check(&[("a", "2005-01-01", "2011-02-28"), ("b", "2005-01-01", "2011-02-27")], &["a"]);
        check(&[("a", "2012-01-01", ""), ("b", "2014-01-01", "2015-01-01")], &["a", "b"]);
        check(&[("a", "2001-01-01", "2003-01-01"), ("b", "2003-01-01", "2004-01-01")], &["b"]);
        check(&[("a", "", "")], &["a"]);
        check(&[("a", "", ""), ("b", "2015-01-01", "")], &["b"]);
        check(&[("a", "", ""), ("b", "", "")], &["a"]);
        check(&[], &[]);
    }

    #[test]
    fn columns_begin_with_the_linking_block() {
        let columns = extract_columns(2);
        assert_eq!(columns[..5], super::LINKING_BLOCK);
        assert_eq!(columns[9..14], ["address_1", "postcode_1", "address_1_from", "address_1_to", "address_2"]);
        assert_eq!(columns.last().map(String::as_str), Some("wash_number"));
    }
}
