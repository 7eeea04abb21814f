//! What became of each row, and what was found of those that are returned.

use crate::exchange::benefits::awards::Award;
use crate::exchange::benefits::contact::Supplied;
use crate::exchange::benefits::partner::Partner;
use crate::frame::Table;
use crate::model::value::{Fault, PartialDate};
use crate::standardise::address::{Address, read_into};
use crate::standardise::{date, phone};

/// What became of a row of the handoff: each row has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// A field that everything hangs on is missing or cannot be read.
    Malformed,
    /// Of a wash that is not reported on (T2).
    OutOfScope,
    /// Northern Ireland alone, which the gateway does not name (T14).
    NorthernIreland,
    /// No customer has the number.
    NotFound,
    /// The customer under the number is not confirmed to be the person.
    NotConfirmed,
    /// Several people are under the number.
    SeveralPeople,
    /// Confirmed, and no benefit is in payment on the date.
    NoBenefit,
    /// Confirmed, and of no award can be said whether and what is in payment.
    UnclearAward,
    /// Returned to the Home Office.
    Returned,
}

impl Fate {
    /// All fates, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::OutOfScope,
        Self::NorthernIreland,
        Self::NotFound,
        Self::NotConfirmed,
        Self::SeveralPeople,
        Self::NoBenefit,
        Self::UnclearAward,
        Self::Returned,
    ];

    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OutOfScope => "out_of_scope",
            Self::NorthernIreland => "northern_ireland",
            Self::NotFound => "not_found",
            Self::NotConfirmed => "not_confirmed",
            Self::SeveralPeople => "several_people",
            Self::NoBenefit => "no_benefit",
            Self::UnclearAward => "unclear_award",
            Self::Returned => "returned",
        }
    }

    /// Whether DWP looks at the row again: the customer could not be found or confirmed.
    pub const fn is_unconfirmed(self) -> bool {
        matches!(self, Self::NotFound | Self::NotConfirmed | Self::SeveralPeople)
    }
}

/// An address that DWP holds, with the slots that it matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldAddress {
    /// Address as held.
    pub address: String,
    /// Postcode as held.
    pub postcode: String,
    /// Slots that it matches: `HO2`, or `HO2:building`.
    pub slots: Vec<String>,
    /// Whether one of them matches it fully.
    pub full: bool,
}

/// A phone that DWP holds, with the slot that it matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldPhone {
    /// National form.
    pub national: String,
    /// Slot that it matches; empty where none does.
    pub slot: String,
}

/// That a customer has died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// When, where that can be read.
    pub on: Option<PartialDate>,
}

/// What was found of a row that is returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Awards in payment; none where a death alone is reported.
    pub awards: Vec<Award>,
    /// Addresses held, in the order of the index.
    pub addresses: Vec<HeldAddress>,
    /// Phones held, at most two.
    pub phones: Vec<HeldPhone>,
    /// The partner, where one is identified.
    pub partner: Option<Partner>,
    /// The death, where the index shows one.
    pub death: Option<Death>,
}

/// Says something of a row: field and reason.
pub(super) type Say<'a> = &'a mut dyn FnMut(&str, &'static str);

/// Phones that are reported of one person.
const PHONES: usize = 2;

/// The addresses of a person's rows of the index, each once.
pub(super) fn addresses(customers: &Table, rows: &[u32], supplied: &Supplied) -> Vec<HeldAddress> {
    let mut held: Vec<HeldAddress> = Vec::new();
    let mut buffer = Address::default();
    for &row in rows {
        let text = |name| customers.value(name, row as usize).unwrap_or("");
        let (address, postcode) = (text("address"), text("postcode"));
        let fault = read_into(address, postcode, &mut buffer);
        // `No fixed abode` and the like are no address; nor is a cell that a spreadsheet made into a date.
        let nothing = (address.trim().is_empty() && postcode.trim().is_empty())
            || matches!(fault, Some(Fault::Placeholder | Fault::Malformed));
        let known = held.iter().any(|other| other.address == address && other.postcode == postcode);
        if nothing || known {
            continue;
        }
        let (slots, full) = supplied.slots_of(&crate::compare::AddressKey::new(&buffer));
        held.push(HeldAddress { address: address.to_owned(), postcode: postcode.to_owned(), slots, full });
    }
    held
}

/// The phones of a person's rows of the index, each once; numbers that cannot be read are not held.
pub(super) fn phones(customers: &Table, rows: &[u32], supplied: &Supplied, say: Say) -> Vec<HeldPhone> {
    let mut held: Vec<HeldPhone> = Vec::new();
    for column in ["phone_1", "phone_2"] {
        for &row in rows {
            let Some(text) = customers.value(column, row as usize) else { continue };
            let numbers = phone::read_all(text);
            if numbers.is_empty() {
                say(column, phone::read(text).fault.map_or("malformed", Fault::as_str));
            }
            for number in numbers {
                let slot = supplied.slot_of_phone(number).unwrap_or("").to_owned();
                // National form: a spreadsheet runs what begins with a plus.
                let phone = HeldPhone { national: number.national().replacen('+', "00", 1), slot };
                if !held.contains(&phone) {
                    held.push(phone);
                }
            }
        }
    }
    if held.len() > PHONES {
        say("phone", "over_two_phones");
        held.truncate(PHONES);
    }
    held
}

/// The death that a person's rows of the index show by the date of the run; the earliest where they differ.
pub(super) fn death(customers: &Table, rows: &[u32], on: PartialDate, say: Say) -> Option<Death> {
    let mut found: Option<Death> = None;
    for &row in rows {
        let Some(text) = customers.value("date_of_death", row as usize) else { continue };
        let read = date::read(text).value;
        match read {
            // What the index will say later is not said of this day.
            Some(day) if day > on => say("date_of_death", "after_the_date"),
            Some(day) => {
                let earlier = found.and_then(|death| death.on).is_none_or(|known| day < known);
                found = if earlier { Some(Death { on: Some(day) }) } else { found };
            }
            None => {
                say("date_of_death", "unreadable_date");
                found = found.or(Some(Death { on: None }));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::TextColumn;

    fn table(columns: &[(&str, &[&str])]) -> Table {
        let text =
            |cells: &[&str]| cells.iter().map(|cell| (!cell.is_empty()).then_some(*cell)).collect::<TextColumn>();
        Table::new(columns.iter().map(|(name, cells)| ((*name).to_owned(), text(cells))).collect())
    }

    #[test]
    fn deaths_are_as_of_the_date_and_the_earliest_counts() {
        let index = table(&[("date_of_death", &["", "2016-01-05", "2016-01-03", "2016-05-01", "gone"])]);
        let on = PartialDate::new(2016, 4, 30).expect("a date");
        let of = |rows: &[u32]| {
            let mut said = Vec::new();
            let found = death(&index, rows, on, &mut |_, reason| said.push(reason));
            (found.map(|death| death.on.map_or_else(String::new, |day| day.to_string())), said)
        };
        assert_eq!(of(&[0]), (None, vec![]));
        assert_eq!(of(&[0, 1, 2]), (Some("2016-01-03".into()), vec![]));
        assert_eq!(of(&[3]), (None, vec!["after_the_date"]));
        assert_eq!(of(&[4]), (Some(String::new()), vec!["unreadable_date"]));
    }

    #[test]
    fn phones_are_national_each_once_and_two_at_most() {
        let handoff = table(&[("ho_mobile_2", &["07700 900123"])]);
        let supplied = Supplied::new(&handoff, 0);
        let index = table(&[
            ("phone_1", &["+44 7700 900123", "07700900123 / 01632 960000"]),
            ("phone_2", &["n/a", "+33 6 12 34 98 76"]),
        ]);
        let mut said = Vec::new();
        let found = phones(&index, &[0, 1], &supplied, &mut |field, reason| said.push((field.to_owned(), reason)));
        let got: Vec<(&str, &str)> = found.iter().map(|phone| (phone.national.as_str(), phone.slot.as_str())).collect();
        assert_eq!(got, [("07700900123", "HO2"), ("01632960000", "")]);
        assert_eq!(said, [("phone_2".to_owned(), "placeholder"), ("phone".to_owned(), "over_two_phones")]);
        let foreign = phones(&table(&[("phone_1", &["+33 6 12 34 98 76"])]), &[0], &supplied, &mut |_, _| {});
        assert_eq!(foreign[0].national, "0033612349876");
    }

    #[test]
    fn no_fixed_abode_is_no_address() {
        let handoff = table(&[("ho_address_1", &["12 High Street"]), ("ho_postcode_1", &["LS1 4AP"])]);
        let supplied = Supplied::new(&handoff, 0);
        let index = table(&[
            ("address", &["No fixed abode", "12 High St", "12 High St", "Flat 1, 12 High St"]),
            ("postcode", &["", "LS1 4AP", "LS1 4AP", "LS1 4AP"]),
        ]);
        let found = addresses(&index, &[0, 1, 2, 3], &supplied);
        let got: Vec<(&str, String, bool)> =
            found.iter().map(|held| (held.address.as_str(), held.slots.join(";"), held.full)).collect();
        assert_eq!(got, [("12 High St", "HO1".into(), true), ("Flat 1, 12 High St", "HO1:building".into(), false)]);
    }
}
