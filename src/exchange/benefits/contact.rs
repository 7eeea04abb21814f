//! Which of the addresses and phones that were handed over are those that DWP holds.

use crate::compare::{AddressKey, kernel};
use crate::frame::Table;
use crate::model::schema::{CONTACTS_MAX, HANDOFF_ADDRESSES};
use crate::model::value::{Phone, Postcode};
use crate::standardise::address::{Address, read_into};
use crate::standardise::phone;

/// How two addresses agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same flat of the same building, by postcode or by street and town.
    Same,
    /// The same building; the flat is known on one side alone.
    Building,
    /// Anything else: a postcode that agrees is fifteen addresses, not one.
    Different,
}

/// How an address that was supplied agrees with one that is held.
pub fn likeness(supplied: &AddressKey, held: &AddressKey) -> Likeness {
    let unit = supplied.postcode != 0
        && supplied.postcode == held.postcode
        && Postcode::from_bits(supplied.postcode).is_unit();
    let same = |left: u32, right: u32| left != 0 && left == right;
    let street_and_town = same(supplied.street, held.street) && same(supplied.town, held.town);
    if !(unit || street_and_town) {
        return Likeness::Different;
    }
    match kernel::address::level(supplied, held) {
        FLAT => Likeness::Same,
        BUILDING if supplied.flat == 0 || held.flat == 0 => Likeness::Building,
        _ => Likeness::Different,
    }
}

/// Levels of the comparison of addresses.
const FLAT: u8 = 7;
const BUILDING: u8 = 6;

/// What was supplied of one person: addresses and phones with their slots.
#[derive(Clone, Debug, Default)]
pub struct Supplied {
    addresses: Vec<(String, AddressKey)>,
    phones: Vec<(String, u64)>,
}

impl Supplied {
    /// Reads the slots of a row of the handoff.
    pub fn new(handoff: &Table, row: usize) -> Self {
        let text = |name: String| handoff.value(&name, row).unwrap_or("");
        let mut supplied = Self::default();
        let mut buffer = Address::default();
        for (from, most) in ["ho", "hmrc"].into_iter().zip(HANDOFF_ADDRESSES) {
            for slot in 1..=most {
                read_into(text(format!("{from}_address_{slot}")), text(format!("{from}_postcode_{slot}")), &mut buffer);
                let key = AddressKey::new(&buffer);
                if !key.is_empty() {
                    supplied.addresses.push((format!("{}{slot}", from.to_ascii_uppercase()), key));
                }
            }
        }
        for slot in 1..=CONTACTS_MAX {
            let numbers = phone::read_all(text(format!("ho_mobile_{slot}")));
            supplied.phones.extend(numbers.into_iter().map(|number| (format!("HO{slot}"), number.bits())));
        }
        supplied
    }

    /// Addresses of the Home Office.
    pub fn home_office_addresses(&self) -> impl Iterator<Item = &AddressKey> + Clone {
        self.addresses.iter().filter(|(slot, _)| slot.starts_with("HO")).map(|(_, key)| key)
    }

    /// The slots that an address matches, in order, and whether one of them matches it fully.
    pub fn slots_of(&self, held: &AddressKey) -> (Vec<String>, bool) {
        let mut slots = Vec::new();
        let mut full = false;
        for (slot, key) in &self.addresses {
            match likeness(key, held) {
                Likeness::Same => {
                    full = true;
                    slots.push(slot.clone());
                }
                Likeness::Building => slots.push(format!("{slot}:building")),
                Likeness::Different => {}
            }
        }
        (slots, full)
    }

    /// The first slot of a number.
    pub fn slot_of_phone(&self, held: Phone) -> Option<&str> {
        self.phones.iter().find(|(_, bits)| *bits == held.bits()).map(|(slot, _)| slot.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, postcode: &str) -> AddressKey {
        let mut address = Address::default();
        read_into(text, postcode, &mut address);
        AddressKey::new(&address)
    }

    #[track_caller]
    fn check(a: (&str, &str), b: (&str, &str), want: Likeness) {
        let (left, right) = (key(a.0, a.1), key(b.0, b.1));
        assert_eq!(likeness(&left, &right), want, "{a:?} {b:?}");
        assert_eq!(likeness(&right, &left), want, "{a:?} {b:?}");
    }

    #[test]
    fn flat_building_and_place_make_an_address_and_a_postcode_does_not() {
        use Likeness::{Building, Different, Same};
        let flat = ("Flat 2, 12 High Street, Leeds", "LS1 4AP");
        check(flat, ("FLAT 2 12 HIGH ST", "ls14ap"), Same);
        check(flat, ("Flat 2, 12 High Street, Leeds", ""), Same);
        check(flat, ("Apt 2, 12 High Street, Leeds", "LS1 4AQ"), Same);
        check(flat, ("12 High Street, Leeds", "LS1 4AP"), Building);
        check(flat, ("Flat 3, 12 High Street, Leeds", "LS1 4AP"), Different);
        check(flat, ("14 High Street, Leeds", "LS1 4AP"), Different);
        check(flat, ("", "LS1 4AP"), Different);
        check(flat, ("Flat 2, 12 High Street", ""), Different);
        check(flat, ("Flat 2, 12 High Street, York", "YO1 7HH"), Different);
        check(("12 High Street", ""), ("12 High Street", ""), Different);
        check(("12 High Street, Leeds", ""), ("12 High Street, Leeds", "LS1 4AP"), Same);
        check(("12A High Street", "LS1 4AP"), ("Flat A, 12 High St", "LS1 4AP"), Same);
    }
}
