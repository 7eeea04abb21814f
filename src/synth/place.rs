//! Addresses: a postcode unit is a stretch of one street in a town, with fifteen addresses.
//!
//! In: the number of an address. Out: its line and postcode, in the style of a source. Invariant: pure; one address has
//! one postcode, and a postcode has one street. Postcode areas and towns are real, streets and numbers are invented.

use super::calendar::push_digits;
use super::dice::{Dice, Shuffle, Stream, scale};
use crate::util::hash::mix;
use std::sync::OnceLock;

const AREAS: &str = include_str!("../../data/synth/areas.tsv");
/// Addresses of one postcode unit.
const PER_UNIT: u64 = 15;
/// Postcode units of one district: ten sectors of 20 × 20 letters.
const PER_DISTRICT: u64 = 4_000;
/// Letters of the second half of a postcode.
const INWARD: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";
/// Addresses that a small population draws its movers from.
const FEWEST_ADDRESSES: u64 = 30_000;

/// First words of street names, the common ones first.
const STREETS: [&str; 96] = [
    "High",
    "Station",
    "Church",
    "Park",
    "Victoria",
    "Green",
    "Manor",
    "Kings",
    "Queens",
    "New",
    "Grange",
    "School",
    "Mill",
    "Warwick",
    "Albert",
    "Alexandra",
    "Windsor",
    "York",
    "Springfield",
    "George",
    "London",
    "Chester",
    "Stanley",
    "Richmond",
    "Grove",
    "Clarence",
    "Albion",
    "Cromwell",
    "Dale",
    "Elm",
    "Oak",
    "Ash",
    "Beech",
    "Cedar",
    "Chestnut",
    "Hawthorn",
    "Holly",
    "Laurel",
    "Lime",
    "Maple",
    "Poplar",
    "Rowan",
    "Willow",
    "Birch",
    "Sycamore",
    "Larch",
    "Alma",
    "Balmoral",
    "Bedford",
    "Belmont",
    "Brook",
    "Cambridge",
    "Canterbury",
    "Cavendish",
    "Claremont",
    "Clifton",
    "Derby",
    "Devonshire",
    "Durham",
    "Eaton",
    "Essex",
    "Exeter",
    "Fairfield",
    "Gladstone",
    "Gordon",
    "Grosvenor",
    "Hamilton",
    "Harrow",
    "Hartington",
    "Hill",
    "James",
    "Kent",
    "Lancaster",
    "Lansdowne",
    "Lincoln",
    "Lonsdale",
    "Marlborough",
    "Milton",
    "Moor",
    "Nelson",
    "Norfolk",
    "Osborne",
    "Oxford",
    "Portland",
    "Princes",
    "Regent",
    "Rosebery",
    "Salisbury",
    "Sandringham",
    "Somerset",
    "Stafford",
    "Sussex",
    "Waterloo",
    "Wellington",
    "Westbourne",
    "Woodland",
];

/// Kinds of street, with the short forms that sources write.
const KINDS: [(&str, &str); 12] = [
    ("Road", "Rd"),
    ("Road", "Rd"),
    ("Street", "St"),
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Close", "Cl"),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("Gardens", "Gdns"),
    ("Crescent", "Cres"),
    ("Terrace", "Terr"),
    ("Court", "Ct"),
];

/// Names of houses and blocks.
const HOUSES: [&str; 16] = [
    "Rose Cottage",
    "The Laurels",
    "Ivy House",
    "The Old Bakery",
    "Orchard House",
    "Hillcrest",
    "The Cottage",
    "Fairview",
    "Woodlands",
    "Sunnyside",
    "The Gables",
    "Meadow View",
    "Highfield",
    "Oakdene",
    "Thornton House",
    "Kestrel House",
];

/// Offices and houses that many people give as their address.
const OFFICES: [&str; 8] = [
    "Moorland Law Chambers",
    "Harbour Hostel",
    "Castlegate Legal",
    "Bridge House Hostel",
    "Northway Immigration Advice",
    "St Anne's Hostel",
    "Cedar Support Centre",
    "Kingsley Solicitors",
];

/// Offices start here among the numbers of addresses.
const FIRST_OFFICE: u64 = 1 << 48;

#[derive(Debug)]
struct Area {
    code: &'static str,
    towns: Vec<&'static str>,
    /// Units of all areas before this one.
    before: u64,
}

#[derive(Debug)]
struct Areas {
    areas: Vec<Area>,
    units: u64,
}

fn areas() -> &'static Areas {
    static READ: OnceLock<Areas> = OnceLock::new();
    READ.get_or_init(|| {
        let (mut areas, mut units) = (Vec::new(), 0);
        for line in AREAS.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let cells: Vec<&'static str> = line.split('\t').collect();
            if let [code, districts, towns] = cells[..] {
                areas.push(Area { code, towns: towns.split(';').collect(), before: units });
                units += districts.parse().unwrap_or(0) * PER_DISTRICT;
            }
        }
        Areas { areas, units }
    })
}

/// How a source writes an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// `Rd` for `Road`.
    pub(super) short: bool,
    /// The town is given.
    pub(super) town: bool,
    /// Capitals throughout.
    pub(super) upper: bool,
    /// The flat after the street, or a flat written `2/75`.
    pub(super) flat_last: bool,
}

impl Style {
    /// A style by chance; `changed` is the rate of each departure from the full form.
    pub(super) fn draw(dice: &mut Dice, changed: f64) -> Self {
        Self {
            short: dice.chance(changed),
            town: !dice.chance(changed),
            upper: dice.chance(changed),
            flat_last: dice.chance(changed * 0.15),
        }
    }
}

/// The addresses of one made population.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    seed: u64,
    addresses: u64,
    units: u64,
    homes: Shuffle,
}

impl Places {
    /// Addresses for `homes` homes.
    pub(super) fn new(seed: u64, homes: u64) -> Self {
        let addresses = homes.max(FEWEST_ADDRESSES);
        Self {
            seed,
            addresses,
            units: (addresses.div_ceil(PER_UNIT)).min(areas().units),
            homes: Shuffle::new(addresses, mix(seed, Stream::Place as u64)),
        }
    }

    /// The address of a numbered home.
    #[inline]
    pub(super) fn home(self, number: u64) -> u64 {
        self.homes.of(number % self.addresses)
    }

    /// Any address.
    #[inline]
    pub(super) fn any(self, dice: &mut Dice) -> u64 {
        dice.below(self.addresses)
    }

    /// One of `count` offices that many people share.
    pub(super) fn office(self, dice: &mut Dice, count: u64) -> u64 {
        FIRST_OFFICE + dice.below(count)
    }

    fn unit(self, address: u64) -> u64 {
        if address >= FIRST_OFFICE {
            return scale(mix(self.seed, address), self.units);
        }
        (address / PER_UNIT).min(self.units - 1)
    }

    /// Number of the unit among all possible ones: units are spread evenly over the country.
    fn code(self, address: u64) -> u64 {
        let unit = self.unit(address);
        let all = areas().units;
        let step = (all / self.units).max(1);
        let start = (u128::from(unit) * u128::from(all) / u128::from(self.units)) as u64;
        (start + mix(self.seed ^ 5, unit) % step).min(all - 1)
    }

    fn area(code: u64) -> (&'static Area, u64) {
        let all = &areas().areas;
        let at = all.partition_point(|area| area.before <= code).max(1) - 1;
        (&all[at], code - all[at].before)
    }

    /// Appends the postcode, as `NE1 4XX`.
    pub(super) fn write_postcode(self, address: u64, out: &mut String) {
        let (area, within) = Self::area(self.code(address));
        out.push_str(area.code);
        push_digits(out, within / PER_DISTRICT + 1, 1);
        out.push(' ');
        push_digits(out, within % PER_DISTRICT / 400, 1);
        let letters = (within % 400) as usize;
        out.push(INWARD[letters / 20] as char);
        out.push(INWARD[letters % 20] as char);
    }

    /// Appends the address without its postcode.
    pub(super) fn write_line(self, address: u64, style: Style, out: &mut String) {
        let from = out.len();
        let unit = self.unit(address);
        let facts = mix(mix(self.seed, Stream::Place as u64), unit);
        if address >= FIRST_OFFICE {
            let office = address - FIRST_OFFICE;
            out.push_str(OFFICES[(office % 8) as usize]);
            out.push_str(", ");
        }
        let street = mix(self.seed ^ 3, unit / 3);
        write_building(facts, address % PER_UNIT, style, out);
        write_street(street, style, out);
        if style.flat_last && facts % 8 < 2 {
            out.push_str(" Flat ");
            push_digits(out, address % PER_UNIT + 1, 1);
        }
        if style.town {
            let (area, within) = Self::area(self.code(address));
            let district = within / PER_DISTRICT;
            out.push_str(", ");
            out.push_str(area.towns[(mix(7, district) % area.towns.len() as u64) as usize]);
        }
        if style.upper {
            out[from..].make_ascii_uppercase();
        }
    }
}

/// Whether the unit is one block of flats, a row of houses, or has houses split in flats or with names.
fn write_building(facts: u64, slot: u64, style: Style, out: &mut String) {
    let base = 1 + facts / 64 % 60;
    match facts % 8 {
        0 | 1 => {
            if !style.flat_last {
                out.push_str(if facts & 512 == 0 { "Flat " } else { "Apartment " });
                push_digits(out, slot + 1, 1);
                out.push_str(", ");
            }
            push_digits(out, base, 1);
        }
        2 => {
            push_digits(out, base + slot / 3 * 2, 1);
            out.push(b"ABC"[(slot % 3) as usize] as char);
        }
        3 if slot < 4 => {
            out.push_str(HOUSES[(facts / 4096 % 4 * 4 + slot) as usize]);
            out.push(',');
        }
        _ => push_digits(out, base + slot * 2, 1),
    }
    out.push(' ');
}

fn write_street(street: u64, style: Style, out: &mut String) {
    // The square makes the first names of the list the commonest.
    let part = (street % 10_000) as f64 / 10_000.0;
    out.push_str(STREETS[(part * part * STREETS.len() as f64) as usize]);
    out.push(' ');
    let (long, short) = KINDS[(street / 10_000 % 12) as usize];
    out.push_str(if style.short { short } else { long });
}

/// Writes a postcode another way: without its space, or in lower case.
pub(super) fn restyle_postcode(dice: &mut Dice, postcode: &mut String) {
    if dice.chance(0.7) {
        postcode.retain(|letter| letter != ' ');
    } else {
        postcode.make_ascii_lowercase();
    }
}
