//! Faults of the addresses of one row: dates missing or reversed, and what lies outside the years that are asked for.

use super::{Code, Specification};
use crate::frame::{Table, TextColumn, cell};
use crate::model::value::PartialDate;
use crate::standardise::date;

/// Columns of a numbered address: text, postcode, from, to.
struct Slot<'a> {
    columns: [Option<&'a TextColumn>; 4],
    from: String,
    address: String,
}

/// The addresses of all rows.
pub(super) struct Addresses<'a> {
    slots: Vec<Slot<'a>>,
    /// First day of the years that are asked for.
    since: PartialDate,
    on: PartialDate,
}

/// An address of a row, by its days.
struct Held {
    slot: usize,
    from: Option<PartialDate>,
    to: Option<PartialDate>,
    /// An end that is given but cannot be read is not an open one.
    is_open: bool,
}

impl<'a> Addresses<'a> {
    pub(super) fn new(table: &'a Table, specification: &Specification, since: PartialDate, on: PartialDate) -> Self {
        let count = specification.slots.get("address").copied().unwrap_or(0);
        let slot = |number: u32| {
            let address = format!("address_{number}");
            let (from, to) = (format!("{address}_from"), format!("{address}_to"));
            let columns = [&address, &format!("postcode_{number}"), &from, &to].map(|name| table.column(name));
            Slot { columns, from, address }
        };
        let has_any = |slot: &Slot| slot.columns.iter().any(Option::is_some);
        Self { slots: (1..=count).map(slot).filter(has_any).collect(), since, on }
    }

    /// Faults of the addresses of a row.
    pub(super) fn check(&self, row: usize, mut add: impl FnMut(&str, Code)) {
        let mut held = Vec::new();
        for (index, slot) in self.slots.iter().enumerate() {
            let [address, postcode, from, to] = slot.columns.map(|column| column.and_then(|column| cell(column, row)));
            if address.or(postcode).is_none() {
                if from.or(to).is_some() {
                    add(&slot.address, Code::AddressMissing);
                }
                continue;
            }
            let day = |text: Option<&str>| text.and_then(|text| date::read(text).value);
            let found = Held { slot: index, from: day(from), to: day(to), is_open: to.is_none() };
            if let (Some(from), Some(to)) = (found.from, found.to)
                && from > to
            {
                add(&slot.from, Code::DatesReversed);
            }
            if from.is_none() {
                let both = to.is_none();
                add(if both { &slot.address } else { &slot.from }, Code::AddressDatesMissing);
            }
            held.push(found);
        }
        self.outside(&held, add);
    }

    /// Addresses that were not held in the years that are asked for; where none was, the last known one is right.
    fn outside(&self, held: &[Held], mut add: impl FnMut(&str, Code)) {
        let is_within = |held: &Held| {
            let is_dated = held.from.is_some() || held.to.is_some();
            let ends = held.to.map_or(held.is_open, |to| to >= self.since);
            is_dated && ends && held.from.is_none_or(|from| from <= self.on)
        };
        let last_known =
            |held: &&Held| (held.is_open && held.from.is_some(), held.to, held.from, std::cmp::Reverse(held.slot));
        let last = held.iter().max_by_key(last_known).map(|held| held.slot);
        let any = held.iter().any(is_within);
        for held in held.iter().filter(|held| !is_within(held)) {
            // What has no dates may well be current: that they are missing is said already.
            let is_undated = held.from.is_none() && held.to.is_none();
            let is_kept = if any { is_undated } else { Some(held.slot) == last };
            if let Some(slot) = self.slots.get(held.slot)
                && !is_kept
            {
                add(&slot.address, Code::AddressTooOld);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;
    use crate::exchange::specification::{Code, Specification};
    use crate::frame::{Table, TextColumn};
    use crate::model::value::PartialDate;

    /// Addresses as (address, from, to); the years asked for begin on 30 April 2011.
    #[track_caller]
    fn check(addresses: &[(&str, &str, &str)], want: &[(&str, Code)]) {
        let mut columns = Vec::new();
        for (index, (address, from, to)) in addresses.iter().enumerate() {
            let number = index + 1;
            for (name, value) in [
                (format!("address_{number}"), address),
                (format!("address_{number}_from"), from),
                (format!("address_{number}_to"), to),
            ] {
                columns.push((name, TextColumn::from_iter([(!value.is_empty()).then_some(*value)])));
            }
        }
        let table = Table::new(columns);
        let day = |year, month, day| PartialDate::new(year, month, day).expect("a date");
        let specification = Specification::built_in();
        let addresses = Addresses::new(&table, &specification, day(2011, 4, 30), day(2016, 4, 30));
        let mut found = Vec::new();
        addresses.check(0, |field, code| found.push((field.to_owned(), code)));
        let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
        assert_eq!(found, want, "{addresses:?}", addresses = addresses.slots.len());
    }

    #[test]
    fn addresses_of_the_last_five_years_are_right() {
        check(&[("1 High St", "2010-01-01", "2011-04-30"), ("2 Low Rd", "2015-01-01", "")], &[]);
        check(
            &[("1 High St", "2010-01-01", "2011-04-29"), ("2 Low Rd", "2015-01-01", "")],
            &[("address_1", Code::AddressTooOld)],
        );
        check(&[("1 High St", "2000-01-01", "")], &[]);
    }

    #[test]
    fn the_last_known_address_is_right_where_there_is_no_other() {
        check(&[("1 High St", "2005-01-01", "2006-01-01")], &[]);
        check(
            &[("1 High St", "2005-01-01", "2006-01-01"), ("2 Low Rd", "2006-01-01", "2009-01-01")],
            &[("address_1", Code::AddressTooOld)],
        );
        check(&[("1 High St", "", "")], &[("address_1", Code::AddressDatesMissing)]);
    }

    #[test]
    fn dates_are_asked_for_and_in_order() {
        check(&[("1 High St", "2015-02-01", "2015-01-01")], &[("address_1_from", Code::DatesReversed)]);
        check(&[("1 High St", "2015-02-01", "2015-02-01")], &[]);
        check(&[("1 High St", "", "2015-01-01")], &[("address_1_from", Code::AddressDatesMissing)]);
        check(&[("", "2015-01-01", "")], &[("address_1", Code::AddressMissing)]);
    }
}
