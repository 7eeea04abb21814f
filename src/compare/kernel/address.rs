//! Addresses at flat, building, postcode, street and area.

use crate::compare::records::AddressKey;
use crate::model::value::Postcode;

/// Level of two addresses, an index into `ADDRESS_LEVELS`; 0 when one has nothing to compare. Symmetric.
///
/// A postcode is never an address: a building needs its number and the postcode or the street, and a flat needs the
/// building. Where one side has no flat the building is what agrees.
pub fn level(a: &AddressKey, b: &AddressKey) -> u8 {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    let same = |left: u32, right: u32| left != 0 && left == right;
    let postcodes = a.postcode != 0 && b.postcode != 0;
    let (left, right) = (Postcode::from_bits(a.postcode), Postcode::from_bits(b.postcode));
    let unit = postcodes && a.postcode == b.postcode && left.is_unit();
    let outward = postcodes && left.outward() == right.outward();
    let street = same(a.street, b.street);
    let town = a.town == 0 || b.town == 0 || a.town == b.town;
    // Without a postcode to hold it, a street name alone is in every town.
    let street_in_place = street && (outward || same(a.town, b.town) || (!postcodes && town));
    if (unit || street_in_place) && buildings(a, b) {
        return if flats(a, b) { 7 } else { 6 };
    }
    if unit {
        return 5;
    }
    if street_in_place {
        return 4;
    }
    let sector = left.sector();
    if postcodes && sector != 0 && sector == right.sector() {
        return 3;
    }
    if outward || (!postcodes && same(a.town, b.town)) {
        return 2;
    }
    1
}

fn buildings(a: &AddressKey, b: &AddressKey) -> bool {
    let pairs = [(a.building, b.building), (a.other_building, b.building), (a.building, b.other_building)];
    pairs.iter().any(|(left, right)| *left != 0 && left == right)
}

/// Whether flats agree: equal, or missing on both sides.
fn flats(a: &AddressKey, b: &AddressKey) -> bool {
    if a.flat == b.flat && a.building == b.building {
        return true;
    }
    let other = |one: &AddressKey, two: &AddressKey| {
        one.other_building != 0 && one.other_building == two.building && one.other_flat == two.flat
    };
    other(a, b) || other(b, a)
}

#[cfg(test)]
mod tests {
    use super::level;
    use crate::compare::records::AddressKey;
    use crate::model::comparison::Comparison;
    use crate::standardise::address::{Address, read_into};

    fn key(text: &str, postcode: &str) -> AddressKey {
        let mut address = Address::default();
        read_into(text, postcode, &mut address);
        AddressKey::new(&address)
    }

    #[track_caller]
    fn check(a: (&str, &str), b: (&str, &str), want: &str) {
        let (left, right) = (key(a.0, a.1), key(b.0, b.1));
        assert_eq!(Comparison::Address.level_name(level(&left, &right)), want, "{a:?} {b:?}");
        assert_eq!(level(&left, &right), level(&right, &left));
    }

    #[test]
    fn cases() {
        let flat = ("Flat 42, 75 Warwick Gdns, Oldham", "OX21 9JS");
        check(flat, ("Apt 42 75 Warwick Gardens", "ox219js"), "flat");
        check(flat, ("75 Warwick Gardens, Oldham", "OX21 9JS"), "building");
        check(flat, ("Flat 41, 75 Warwick Gardens", "OX21 9JS"), "building");
        check(flat, ("9 Warwick Gardens, Oldham", ""), "street");
        check(flat, ("9 Warwick Gardens, Oldham", "OX21 9JS"), "postcode");
        check(flat, ("12 High Street, Leeds", "OX21 9AB"), "sector");
        check(flat, ("12 High Street, Leeds", "OX21 3AB"), "area");
        check(flat, ("12 High Street, Leeds", "LS1 4AP"), "different");
        check(flat, ("", ""), "null");
        check(("12A High Street", "LS1 4AP"), ("Flat A, 12 High St", "LS1 4AP"), "flat");
        check(("2/1, 45 Byres Road, Glasgow", ""), ("Flat 2/1, 45 Byres Road, Glasgow", ""), "flat");
    }
}
