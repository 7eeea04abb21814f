//! One register row: a person as one source wrote them down on one day, with that source's errors.
//!
//! In: a person and the number of the row. Out: [`Record`], a buffer that is filled again and again. Invariant: a row
//! depends on the seed, the person and its number alone, so that the extract can look at rows that were never stored.

use super::calendar::{Day, push_digits};
use super::dice::{Dice, Stream};
use super::number;
use super::person::{Person, Words, landline, middle_from_family, office_phone, write_phone};
use super::place::{Style, restyle_postcode};
use super::slips::{Slips, mistype, mistype_date, reattach, respell, swap_date};
use super::stock::Culture;
use super::world::{MOST_ROWS, World};

/// Columns of the register, in order.
pub const REGISTER_COLUMNS: [&str; 16] = [
    "record_id",
    "nino",
    "person_id",
    "title",
    "forename",
    "middle_names",
    "surname",
    "date_of_birth",
    "sex",
    "address",
    "postcode",
    "phone",
    "email",
    "tax_year",
    "record_kind",
    "last_activity_on",
];

/// Share of the years of the latest row: this tax year, the last one, and so on.
const YEARS: [f64; 7] = [0.06, 0.54, 0.20, 0.08, 0.05, 0.04, 0.03];
/// Kinds of record with their shares.
const KINDS: [(&str, f64); 5] = [("PAYE", 0.62), ("SA", 0.12), ("TC", 0.08), ("CHB", 0.08), ("NPS", 0.10)];

/// A register row; an empty text is null.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// Columns of [`REGISTER_COLUMNS`], in order.
    pub(super) cells: [String; 16],
    /// The birth date that is written.
    pub(super) birth: Option<Day>,
    /// Phone as a number, 0 for none.
    pub(super) phone: u64,
    /// What went wrong.
    pub(super) slips: Slips,
    words: Words,
}

const RECORD_ID: usize = 0;
/// Column of the National Insurance number.
pub(super) const NINO: usize = 1;
/// Column of the number within a third party's data set.
pub(super) const PERSON_ID: usize = 2;
const TITLE: usize = 3;
/// Column of the forename.
pub(super) const FORENAME: usize = 4;
/// Column of the middle names.
pub(super) const MIDDLE: usize = 5;
/// Column of the surname.
pub(super) const SURNAME: usize = 6;
/// Column of the birth date.
pub(super) const BIRTH: usize = 7;
/// Column of the sex.
pub(super) const SEX: usize = 8;
/// Column of the address.
pub(super) const ADDRESS: usize = 9;
/// Column of the postcode.
pub(super) const POSTCODE: usize = 10;
/// Column of the phone.
pub(super) const PHONE: usize = 11;
/// Column of the email address.
pub(super) const EMAIL: usize = 12;
const TAX_YEAR: usize = 13;
const KIND: usize = 14;
const ACTIVITY: usize = 15;

impl Record {
    /// Fills the row numbered `row` of a person; row 0 is the latest.
    pub(super) fn fill(&mut self, world: &World, person: &Person, row: u64) {
        for cell in &mut self.cells {
            cell.clear();
        }
        self.slips = Slips::default();
        let number = person.id * MOST_ROWS + row;
        let mut dice = Dice::new(world.settings.seed, Stream::Record, number);
        let dice = &mut dice;
        self.cells[RECORD_ID].push('R');
        push_digits(&mut self.cells[RECORD_ID], world.record_ids.of(number), 9);
        let on = activity(dice, world.settings.on, row as i32);
        self.occasion(dice, on);
        self.numbered(world, dice, person, row);
        self.named(world, dice, person, on);
        self.born(world, dice, person);
        self.reached(world, dice, person, on);
        if dice.chance(world.settings.rates.register_capitals) {
            for cell in [TITLE, FORENAME, MIDDLE, SURNAME, ADDRESS] {
                uppercase(&mut self.cells[cell]);
            }
        }
    }

    fn occasion(&mut self, dice: &mut Dice, on: Day) {
        let year = on.tax_year();
        let cell = &mut self.cells[TAX_YEAR];
        push_digits(cell, year.unsigned_abs().into(), 4);
        cell.push('-');
        push_digits(cell, (year + 1).rem_euclid(100) as u64, 2);
        let kind = dice.share(&KINDS.map(|kind| kind.1));
        self.cells[KIND].push_str(KINDS[kind].0);
        on.write_iso(&mut self.cells[ACTIVITY]);
    }

    fn numbered(&mut self, world: &World, dice: &mut Dice, person: &Person, row: u64) {
        let rates = &world.settings.rates;
        let second = (Dice::new(world.settings.seed, Stream::Order, person.id)).chance(rates.register_nino_second);
        let cell = &mut self.cells[NINO];
        let coin = dice.unit();
        if coin < rates.register_nino_false {
            number::write_false(dice, person.birth, person.female, cell);
        } else if coin < rates.register_nino_false + rates.register_nino_shared {
            world.numbers.write(person.household, cell);
        } else if second && row > 0 {
            world.numbers.write_second(person.id, cell);
        } else {
            world.numbers.write(person.id, cell);
        }
        if dice.chance(rates.register_nino_mistyped) {
            number::mistype(dice, cell);
        }
        if dice.chance(0.01) {
            cell.truncate(8);
        }
        // A few records of third parties have a number of their own beside, or instead of, the official one.
        if dice.chance(0.004) {
            let own = &mut self.cells[PERSON_ID];
            own.push('P');
            push_digits(own, person.id, 9);
            if dice.chance(0.5) {
                self.cells[NINO].clear();
            }
        }
    }

    fn named(&mut self, world: &World, dice: &mut Dice, person: &Person, on: Day) {
        let rates = &world.settings.rates;
        let culture = world.stock.culture(person.culture);
        let family = person.family_on(on);
        if person.maiden.len() > 0 && on < person.changed_on {
            self.slips.add(Slips::MARRIAGE);
        }
        self.split(culture, person, family);
        self.shorten(dice, world);
        for at in [FORENAME, SURNAME] {
            if dice.chance(rates.register_variant) && vary(culture, dice, &mut self.cells[at]) {
                self.slips.add(Slips::VARIANT);
            }
        }
        if dice.chance(rates.register_typo) {
            let at = if dice.chance(0.5) { FORENAME } else { SURNAME };
            if mistype(dice, &mut self.cells[at]) {
                self.slips.add(Slips::TYPO);
            }
        }
        if dice.chance(rates.register_swap) {
            self.cells.swap(FORENAME, SURNAME);
            self.slips.add(Slips::ORDER);
        }
        if dice.chance(rates.register_placeholder) {
            let (at, word) = dice.pick(&[(FORENAME, "FNU"), (SURNAME, "XXX"), (FORENAME, "X"), (SURNAME, "Unknown")]);
            self.cells[at].clear();
            self.cells[at].push_str(word);
            self.slips.add(Slips::PLACEHOLDER);
        }
        if !dice.chance(rates.register_title_missing) {
            self.cells[TITLE].push_str(person.title);
        }
        self.cells[SEX].push(if person.female { 'F' } else { 'M' });
    }

    /// Divides the words into forename, middle names and surname, as the culture's people are entered.
    fn split(&mut self, culture: &Culture, person: &Person, family: &Words) {
        self.words.clear();
        let middle = middle_from_family(culture.structure);
        for (index, word) in person.given.iter().enumerate() {
            match index {
                0 => self.cells[FORENAME].push_str(word),
                _ => self.words.push(word),
            }
        }
        let last = family.len().saturating_sub(1);
        for (index, word) in family.iter().enumerate() {
            if middle && index < last {
                self.words.push(word);
            } else {
                append(&mut self.cells[SURNAME], word);
            }
        }
        let mut middles = self.words.len();
        if self.cells[SURNAME].is_empty() && middles > 0 {
            middles -= 1;
            self.cells[SURNAME].push_str(self.words.get(middles));
        }
        for index in 0..middles {
            append(&mut self.cells[MIDDLE], self.words.get(index));
        }
    }

    fn shorten(&mut self, dice: &mut Dice, world: &World) {
        let rates = &world.settings.rates;
        if !self.cells[MIDDLE].is_empty() {
            if dice.chance(rates.register_no_middle) {
                self.cells[MIDDLE].clear();
                self.slips.add(Slips::MISSING);
            } else if dice.chance(rates.register_initials) {
                initials(&mut self.cells[MIDDLE]);
                self.slips.add(Slips::INITIAL);
            }
        }
        if dice.chance(rates.register_initial) {
            initials(&mut self.cells[FORENAME]);
            self.slips.add(Slips::INITIAL);
        }
    }

    fn born(&mut self, world: &World, dice: &mut Dice, person: &Person) {
        let rates = &world.settings.rates;
        let mut birth = person.birth;
        // One coin for all rows of a person: what was shown to the office at first is what stays.
        let facts = Dice::new(world.settings.seed, Stream::Order, person.id ^ 1 << 40).unit();
        if person.estimated && facts < rates.register_default_date {
            birth = Day::civil(birth.year(), 1, 1);
        }
        let coin = dice.unit();
        if coin < rates.register_date_swap {
            if let Some(swapped) = swap_date(birth) {
                birth = swapped;
                self.slips.add(Slips::SWAPPED_DATE);
            }
        } else if coin < rates.register_date_swap + rates.register_date_typo {
            birth = mistype_date(dice, birth);
            self.slips.add(Slips::DATE_TYPO);
        }
        self.birth = (!dice.chance(rates.register_date_missing)).then_some(birth);
        match self.birth {
            Some(day) => day.write_iso(&mut self.cells[BIRTH]),
            None => self.slips.add(Slips::NO_DATE),
        }
    }

    fn reached(&mut self, world: &World, dice: &mut Dice, person: &Person, on: Day) {
        let rates = &world.settings.rates;
        let seed = world.settings.seed;
        if !dice.chance(rates.register_address_missing) {
            let stale = if dice.chance(rates.register_stale_address) { 1_500 } else { 0 };
            let address = person.home_on(on.plus(-stale));
            world.places.write_line(address, Style::draw(dice, 0.2), &mut self.cells[ADDRESS]);
            world.places.write_postcode(address, &mut self.cells[POSTCODE]);
            if dice.chance(0.02) {
                restyle_postcode(dice, &mut self.cells[POSTCODE]);
            }
        }
        self.phone = 0;
        if !dice.chance(rates.register_phone_missing) {
            self.phone = match dice.share(&[0.82, 0.16]) {
                0 => person.mobile_on(seed, on),
                1 => landline(seed, person.household),
                _ => office_phone(seed, dice.below(1 + world.settings.register / 5_000)),
            };
            write_phone(self.phone, dice.word(), &mut self.cells[PHONE]);
        }
        if !dice.chance(rates.register_email_missing) {
            person.write_email(seed, on, &mut self.cells[EMAIL]);
        }
    }
}

/// Day of the last activity on a row.
fn activity(dice: &mut Dice, on: Day, row: i32) -> Day {
    let back = (dice.share(&YEARS) as i32 + row).min(6);
    let start = Day::civil(on.tax_year() - back, 4, 6);
    let length = if back == 0 { on.since(start).max(0) } else { 364 };
    start.plus(dice.between(0, length))
}

fn append(cell: &mut String, word: &str) {
    if !cell.is_empty() {
        cell.push(' ');
    }
    cell.push_str(word);
}

/// Keeps the first letter of each word.
pub(super) fn initials(cell: &mut String) {
    let mut start = true;
    cell.retain(|letter| {
        let keep = start || letter == ' ';
        start = letter == ' ';
        keep
    });
}

/// Capitals throughout, in place where the text is ASCII.
pub(super) fn uppercase(cell: &mut String) {
    if cell.is_ascii() {
        cell.make_ascii_uppercase();
    } else {
        *cell = cell.to_uppercase();
    }
}

/// Another spelling of a name: its particle another way, or half the time by the culture's table, else by rule.
pub(super) fn vary(culture: &Culture, dice: &mut Dice, name: &mut String) -> bool {
    if dice.chance(0.7) && reattach(dice, name) {
        return true;
    }
    if dice.chance(0.5)
        && let Some(other) = culture.spelling(name, dice)
    {
        let changed = other != name;
        name.clear();
        name.push_str(other);
        return changed;
    }
    respell(dice, name)
}
