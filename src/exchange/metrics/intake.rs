//! What an extract lacks, counted before it is searched with: what a trace's manifest keeps of it.

use crate::frame::Table;
use crate::model::value::{Fault, PartialDate};
use crate::standardise::name::Tokens;
use crate::standardise::{date, nino};
use serde::Serialize;
use std::collections::BTreeMap;

/// Identifiers of an extract, each with the columns of which any may hold it.
pub const IDENTIFIERS: [(&str, &str); 9] = [
    ("full_name", "full_name"),
    ("date_of_birth", "date_of_birth"),
    ("nino", "nino"),
    ("address", "address_"),
    ("postcode", "postcode_"),
    ("email", "email_"),
    ("mobile", "mobile_"),
    ("title", "title"),
    ("nationality", "nationality"),
];

/// Rows of an extract by what they lack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Intake {
    /// Rows that were read.
    pub rows: u64,
    /// Rows without an identifier, by identifier.
    pub missing: BTreeMap<&'static str, u64>,
    /// Rows whose birth date is a default or says only that it is not known.
    pub default_birth_date: u64,
    /// Rows whose name says only that it is not known.
    pub placeholder_name: u64,
    /// Rows with anything as a National Insurance number.
    pub nino_given: u64,
    /// Of these, rows whose number identifies nobody.
    pub nino_invalid: u64,
}

/// Counts what the rows of an extract lack.
pub fn intake(extract: &Table, on: PartialDate) -> Intake {
    let mut out = Intake { rows: extract.rows() as u64, ..Intake::default() };
    for (identifier, column) in IDENTIFIERS {
        let of = |name: &&String| match column.strip_suffix('_') {
            // `address_1`, and not `address_1_from`.
            Some(stem) => name.strip_prefix(stem).is_some_and(is_numbered),
            None => name.as_str() == column,
        };
        let columns: Vec<&str> = extract.names().iter().filter(of).map(String::as_str).collect();
        let lacks = |row: &usize| columns.iter().all(|name| value(extract, name, *row).is_none());
        out.missing.insert(identifier, (0..extract.rows()).filter(lacks).count() as u64);
    }
    let mut tokens = Tokens::default();
    for row in 0..extract.rows() {
        if let Some(name) = value(extract, "full_name", row) {
            tokens.clear();
            tokens.add_full_name(name);
            out.placeholder_name += u64::from(tokens.is_empty());
        }
        if let Some(text) = value(extract, "date_of_birth", row) {
            let read = date::read_birth(text, on);
            let is_default = read.value.is_some_and(|date| date.is_default());
            out.default_birth_date += u64::from(is_default || read.fault == Some(Fault::Placeholder));
        }
        if let Some(number) = value(extract, "nino", row) {
            out.nino_given += 1;
            out.nino_invalid += u64::from(nino::read(number).value.is_none());
        }
    }
    out
}

fn value<'a>(table: &'a Table, name: &str, row: usize) -> Option<&'a str> {
    table.value(name, row).filter(|text| !text.trim().is_empty())
}

/// `_1`, `_12`: an underscore and digits alone.
fn is_numbered(rest: &str) -> bool {
    let digits = rest.strip_prefix('_').unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rows_lack_is_counted_once_a_row() {
        let column = |name: &str, values: [&str; 4]| {
            (name.to_owned(), values.iter().map(|value| Some(*value).filter(|value| !value.is_empty())).collect())
        };
        let table = Table::new(vec![
            column("full_name", ["Ana Li", "FNU LNU", "Bo Ek", ""]),
            column("date_of_birth", ["1984-07-19", "1980-01-01", "01/01/1900", ""]),
            column("nino", ["AB123456C", "QQ123456C", "", "nonsense"]),
            column("address_1", ["1 High St", "", "", ""]),
            column("address_1_from", ["2010-01-01", "2010-01-01", "", ""]),
            column("address_2", ["", "2 Low St", "", ""]),
        ]);
        let on = date::read("2016-04-30").value.expect("a date");
        let found = intake(&table, on);
        assert_eq!((found.rows, found.missing["address"], found.missing["full_name"]), (4, 2, 1));
        assert_eq!((found.missing["nino"], found.nino_given, found.nino_invalid), (1, 3, 3));
        assert_eq!((found.default_birth_date, found.placeholder_name), (2, 1));
        assert_eq!(found.missing["mobile"], 4, "a column that is not there is missing in every row");
    }
}
