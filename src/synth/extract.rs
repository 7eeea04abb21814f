//! Rows of the extract: what the Home Office still holds of a person, stale and in its own style.
//!
//! In: a row number. Out: [`ExtractRow`] with its line of the truth. Invariant: a row depends on the seed and its number
//! alone. Read next: `choice.rs` for who it is, `full_name.rs` for the name.

use super::calendar::{Day, push_digits};
use super::choice::{Subject, subject};
use super::dice::{Dice, Stream};
use super::full_name::full_name;
use super::number;
use super::person::{Person, office_phone, write_phone};
use super::place::{Style, restyle_postcode};
use super::record::Record;
use super::slips::{Slips, default_date, mistype_date, shift_year, swap_date};
use super::truth::Truth;
use super::world::{Pool, World};

/// Address slots of the extract.
pub(super) const ADDRESSES: usize = 8;
/// Columns before the first address.
const BEFORE: [&str; 9] = [
    "dash_reference",
    "dash_source",
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "port_reference",
    "ho_reference",
    "title",
    "nationality",
];
/// Columns after the last address.
const AFTER: [&str; 9] = [
    "email_1",
    "email_2",
    "mobile_1",
    "mobile_2",
    "nino",
    "pool",
    "status_ended_on",
    "no_contact_since",
    "wash_number",
];
/// Share of people with so many addresses, from none.
const ADDRESS_COUNTS: [f64; 9] = [0.08, 0.34, 0.24, 0.15, 0.09, 0.05, 0.03, 0.01, 0.01];

/// Names of the extract's columns, in order.
pub fn extract_columns() -> Vec<String> {
    let slots = (1..=ADDRESSES).flat_map(|slot| {
        [
            format!("address_{slot}"),
            format!("postcode_{slot}"),
            format!("address_{slot}_from"),
            format!("address_{slot}_to"),
        ]
    });
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    named(&BEFORE).into_iter().chain(slots).chain(named(&AFTER)).collect()
}

/// The Dash reference of a row.
pub(super) fn dash_reference(row: u64) -> String {
    format!("DASH{:08}", row + 1)
}

/// An address that the office holds.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldAddress {
    line: String,
    /// Its postcode as written.
    pub(super) postcode: String,
    from: Option<Day>,
    to: Option<Day>,
}

/// A row of the extract, by kind of field.
#[derive(Clone, Debug, Default)]
pub(super) struct ExtractRow {
    /// Number of the row, from 0.
    pub(super) row: u64,
    /// The person's number at the Home Office.
    pub(super) cid: String,
    /// Name as written.
    pub(super) full_name: String,
    /// Birth date, if held.
    pub(super) birth: Option<Day>,
    /// Addresses, the latest first.
    pub(super) addresses: Vec<HeldAddress>,
    /// Email addresses.
    pub(super) emails: Vec<String>,
    /// Mobiles as numbers.
    pub(super) mobiles: Vec<u64>,
    /// National Insurance number as written, or empty.
    pub(super) nino: String,
    title: &'static str,
    nationality: &'static str,
    status_ended: Day,
    no_contact: Day,
    slashed: bool,
    phone_style: u64,
    ports: [String; 2],
}

/// What rows are made with.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    people: Vec<Person>,
    /// The register rows of the person of the last row.
    pub(super) records: Vec<Record>,
}

/// Makes a row of the extract and its line of the truth.
pub(super) fn extract_row(world: &World, row: u64, scratch: &mut Scratch) -> (ExtractRow, Truth) {
    let subject = subject(world, row, &mut scratch.people);
    let mut dice = Dice::new(world.settings.seed, Stream::Extract, row);
    let dice = &mut dice;
    let mut slips = Slips::default();
    let person = &subject.person;
    let mut made = ExtractRow { row, title: person.title, nationality: person.nationality, ..ExtractRow::default() };
    push_digits(&mut made.cid, 20_000_000 + row * 7 + dice.below(7), 1);
    made.lapse(world, dice);
    made.full_name = full_name(world, dice, person, &mut slips);
    made.birth = birth(world, dice, person, &mut slips);
    made.slashed = dice.chance(world.settings.rates.text_date);
    made.contact(world, dice, person);
    made.claim(world, dice, &subject, &mut slips);
    made.reference(dice);
    scratch.records.clear();
    if subject.present {
        scratch.records.resize_with(usize::from(person.rows), Record::default);
        for (number, record) in scratch.records.iter_mut().enumerate() {
            record.fill(world, person, number as u64);
        }
    }
    let truth = Truth::new(world, &subject, &made, &scratch.records, slips);
    (made, truth)
}

/// The birth date that the office holds.
fn birth(world: &World, dice: &mut Dice, person: &Person, slips: &mut Slips) -> Option<Day> {
    let rates = &world.settings.rates;
    if dice.chance(rates.date_missing) {
        slips.add(Slips::NO_DATE);
        return None;
    }
    let truth = person.birth;
    let coin = dice.unit();
    let (kind, day) = if person.estimated || coin < rates.default_date {
        (Slips::DEFAULT_DATE, default_date(dice, truth))
    } else if coin < rates.default_date + rates.year_error {
        (Slips::YEAR_ERROR, shift_year(dice, truth))
    } else if coin < rates.default_date + rates.year_error + rates.date_typo {
        (Slips::DATE_TYPO, mistype_date(dice, truth))
    } else if dice.chance(rates.date_swap) {
        (Slips::SWAPPED_DATE, swap_date(truth).unwrap_or(truth))
    } else {
        return Some(truth);
    };
    if day != truth {
        slips.add(kind);
    }
    Some(day)
}

impl ExtractRow {
    /// When status ended and contact was lost: half a year ago at the least.
    fn lapse(&mut self, world: &World, dice: &mut Dice) {
        let on = world.settings.on;
        let years = -1.7 * (1.0 - dice.unit()).ln();
        self.no_contact = on.plus(-190 - ((years * 365.0) as i32).min(2_200));
        let earliest = match world.settings.pool {
            Pool::Post2008 => Day::civil(2008, 12, 1),
            Pool::Pre2008 => Day::civil(1998, 1, 1),
        };
        let latest = match world.settings.pool {
            Pool::Post2008 => self.no_contact,
            Pool::Pre2008 => Day::civil(2007, 12, 31),
        };
        self.status_ended = earliest.plus(dice.between(0, latest.since(earliest).max(0)));
    }

    fn reference(&mut self, dice: &mut Dice) {
        if dice.chance(0.7) {
            let port = dice.pick(&["LHR", "LGW", "MAN", "STN", "DVR", "CRO", "LTN", "EDI"]);
            self.ports[0] = format!("{port}/{:06}", dice.below(1_000_000));
        }
        if dice.chance(0.92) {
            let initial = self.full_name.chars().find(char::is_ascii_alphabetic).unwrap_or('A');
            let part = if dice.chance(0.08) { "/2" } else { "" };
            self.ports[1] = format!("{}{:07}{part}", initial.to_ascii_uppercase(), dice.below(10_000_000));
        }
        if dice.chance(0.25) {
            self.title = "";
        }
    }

    /// Addresses, phones and emails. Where all contact was cut off, none of them is one that a register could hold.
    fn contact(&mut self, world: &World, dice: &mut Dice, person: &Person) {
        let rates = &world.settings.rates;
        let cut_off = dice.chance(rates.cut_off);
        let mut known: Vec<u64> = Vec::with_capacity(ADDRESSES);
        let count = dice.share(&ADDRESS_COUNTS);
        for home in person.homes() {
            let before = home.from <= self.no_contact;
            let seen = match (cut_off, before) {
                (true, _) => 0.0,
                (_, true) => rates.home_held,
                _ => rates.later_home_held,
            };
            if known.len() < count && dice.chance(seen) {
                known.push(home.address);
            }
        }
        while known.len() < count {
            let other = if dice.chance(rates.office) {
                world.places.office(dice, 40 + world.settings.extract / 500)
            } else {
                world.places.any(dice)
            };
            let at = dice.index(known.len() + 1);
            known.insert(at, other);
        }
        self.house(world, dice, &known);
        self.phone_style = dice.word();
        self.call(world, dice, person, cut_off);
    }

    fn house(&mut self, world: &World, dice: &mut Dice, known: &[u64]) {
        let rates = &world.settings.rates;
        let mut end = dice.chance(0.6).then_some(self.no_contact);
        let mut start = self.no_contact;
        for (slot, &address) in known.iter().enumerate() {
            let mut held = HeldAddress { to: end, ..HeldAddress::default() };
            start = start.plus(-dice.between(20, 500));
            held.from = (!dice.chance(0.05)).then_some(start);
            world.places.write_line(address, Style::draw(dice, rates.address_restyled), &mut held.line);
            if slot == 0 || !dice.chance(rates.postcode_missing) {
                world.places.write_postcode(address, &mut held.postcode);
            }
            if dice.chance(rates.postcode_typo) && !held.postcode.is_empty() {
                let last = held.postcode.pop().unwrap_or('A');
                held.postcode.push(if last == 'B' { 'D' } else { 'B' });
            }
            if dice.chance(rates.postcode_restyled) {
                restyle_postcode(dice, &mut held.postcode);
            }
            self.addresses.push(held);
            start = start.plus(-dice.between(0, 60));
            end = Some(start);
        }
    }

    fn call(&mut self, world: &World, dice: &mut Dice, person: &Person, cut_off: bool) {
        let rates = &world.settings.rates;
        let seed = world.settings.seed;
        // A number or mailbox from before the register's time stands for one that no register row holds.
        let day = if cut_off { Day::civil(1_000, 1, 1) } else { self.no_contact };
        if dice.chance(rates.mobile_held) {
            let shared = dice.chance(rates.phone_shared);
            let offices = 1 + world.settings.register / 5_000;
            self.mobiles.push(if shared && !cut_off {
                office_phone(seed, dice.below(offices))
            } else {
                person.mobile_on(seed ^ u64::from(cut_off), day)
            });
            if dice.chance(0.12) {
                self.mobiles.push(person.mobile_on(seed ^ 2, self.no_contact));
            }
        }
        if dice.chance(rates.email_held) {
            for slot in 0..1 + u64::from(dice.chance(0.1)) {
                let mut email = String::new();
                let other = if cut_off { 4 } else { 0 } + slot * 8;
                person.write_email(seed ^ other, self.no_contact, &mut email);
                self.emails.push(email);
            }
        }
    }

    /// A National Insurance number that the person gave: their own, mistyped, or somebody else's.
    fn claim(&mut self, world: &World, dice: &mut Dice, subject: &Subject, slips: &mut Slips) {
        let rates = &world.settings.rates;
        let held = if subject.present { rates.nino_held } else { rates.nino_held * 0.4 };
        if !dice.chance(held) {
            return;
        }
        let borrowed = if subject.present { rates.nino_borrowed } else { 0.6 };
        if dice.chance(borrowed) {
            world.numbers.write(dice.below(world.settings.register), &mut self.nino);
            slips.add(Slips::NINO_BORROWED);
        } else {
            world.numbers.write(subject.person.id, &mut self.nino);
        }
        if dice.chance(rates.nino_mistyped) {
            number::mistype(dice, &mut self.nino);
            slips.add(Slips::NINO_MISTYPED);
        } else if dice.chance(0.3) {
            number::restyle(dice, &mut self.nino);
        }
    }

    /// The cells of the row, in the order of [`extract_columns`]; an empty text is null.
    pub(super) fn cells(&self, pool: Pool) -> Vec<String> {
        let mut cells = Vec::with_capacity(BEFORE.len() + AFTER.len() + 4 * ADDRESSES);
        let date = |day: Option<Day>| match day {
            Some(day) if self.slashed => day.slashed(),
            Some(day) => day.iso(),
            None => String::new(),
        };
        cells.push(dash_reference(self.row));
        cells.push(if self.row % 20 == 7 { "CRS" } else { "CID" }.to_owned());
        cells.push(self.cid.clone());
        cells.push(self.full_name.clone());
        cells.push(date(self.birth));
        cells.extend(self.ports.iter().cloned());
        cells.push(self.title.to_owned());
        cells.push(self.nationality.to_owned());
        for slot in 0..ADDRESSES {
            match self.addresses.get(slot) {
                Some(held) => {
                    cells.extend([held.line.clone(), held.postcode.clone(), date(held.from), date(held.to)]);
                }
                None => cells.extend(std::iter::repeat_n(String::new(), 4)),
            }
        }
        for slot in 0..2 {
            cells.push(self.emails.get(slot).cloned().unwrap_or_default());
        }
        for slot in 0..2 {
            let mut phone = String::new();
            if let Some(&number) = self.mobiles.get(slot) {
                write_phone(number, self.phone_style >> (slot * 8), &mut phone);
            }
            cells.push(phone);
        }
        cells.push(self.nino.clone());
        cells.push(pool.text().to_owned());
        cells.push(self.status_ended.iso());
        cells.push(self.no_contact.iso());
        cells.push("0".to_owned());
        cells
    }
}
