//! The customer index and the awards of the third department, for some of the register's people.
//!
//! In: [`Settings`]. Out: two CSV files. Invariant: streamed; who is a customer depends on the seed and the person alone.

use super::calendar::Day;
use super::dice::{Dice, Stream};
use super::files::csv_fault;
use super::household::CELL;
use super::person::{Person, landline, write_phone};
use super::place::Style;
use super::record::{FORENAME, MIDDLE, Record, SEX, SURNAME};
use super::world::{Settings, World};
use crate::error::{Error, Result};
use crate::util::parallel::map_chunks;
use std::io::Write;

/// Share of the register's people who are customers.
const CUSTOMERS: f64 = 0.35;
/// Share of customers who have died.
const DEAD: f64 = 0.02;
/// Cells that are made before they are written.
const BLOCK: u64 = 1 << 13;
/// Columns of the customer index.
const CUSTOMER_COLUMNS: [&str; 13] = [
    "nino",
    "title",
    "forename",
    "middle_names",
    "surname",
    "date_of_birth",
    "date_of_death",
    "sex",
    "address",
    "postcode",
    "phone_1",
    "phone_2",
    "partner_nino",
];
/// Columns of the awards.
const AWARD_COLUMNS: [&str; 7] = ["nino", "benefit", "sub_kind", "role", "started_on", "ended_on", "weekly_amount"];

/// A benefit: code, sub-kind, usual weekly amount in pence, share, whether a partner may be on the award.
const BENEFITS: [(&str, &str, u64, f64, bool); 12] = [
    ("JSA", "income_related", 7_310, 0.17, true),
    ("JSA", "contributory", 7_310, 0.05, false),
    ("ESA", "income_related", 10_215, 0.18, true),
    ("ESA", "contributory", 10_215, 0.06, false),
    ("UC", "", 8_000, 0.14, true),
    ("IS", "", 7_310, 0.07, true),
    ("PC", "", 6_200, 0.06, true),
    ("SP", "", 11_930, 0.10, false),
    ("PIP", "", 8_230, 0.07, false),
    ("DLA", "", 5_510, 0.04, false),
    ("CA", "", 6_210, 0.04, false),
    ("HB", "", 9_400, 0.02, true),
];

/// One customer's rows.
type Rows = Vec<Vec<String>>;

/// Writes the customer index (CSV).
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_customers(settings: &Settings, out: impl Write) -> Result<()> {
    write(settings, out, &CUSTOMER_COLUMNS, |world, person, record, rows| {
        rows.push(customer(world, person, record));
    })
}

/// Writes the awards of the customers (CSV).
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_awards(settings: &Settings, out: impl Write) -> Result<()> {
    write(settings, out, &AWARD_COLUMNS, |world, person, _, rows| awards(world, person, rows))
}

fn write(
    settings: &Settings,
    out: impl Write,
    columns: &[&str],
    fill: impl Fn(&World, &Person, &mut Record, &mut Rows) + Sync,
) -> Result<()> {
    let world = World::new(settings)?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(columns).map_err(csv_fault)?;
    for start in (0..world.cells()).step_by(BLOCK as usize) {
        let count = BLOCK.min(world.cells() - start);
        let made = map_chunks(count as usize, 256, |cells| {
            let (mut people, mut record, mut rows) = (Vec::with_capacity(CELL), Record::default(), Vec::new());
            for cell in cells {
                world.maker().cell(start + cell as u64, &mut people);
                for person in people.iter().filter(|person| is_customer(&world, person.id)) {
                    fill(&world, person, &mut record, &mut rows);
                }
            }
            rows
        });
        made.into_iter().flatten().try_for_each(|row| csv.write_record(row).map_err(csv_fault))?;
    }
    csv.flush().map_err(|error| Error::write(&error))
}

fn dice(world: &World, person: u64, part: u64) -> Dice {
    Dice::new(world.settings.seed, Stream::Benefit, person * 4 + part)
}

fn is_customer(world: &World, person: u64) -> bool {
    person < world.settings.register && dice(world, person, 0).chance(CUSTOMERS)
}

fn customer(world: &World, person: &Person, record: &mut Record) -> Vec<String> {
    let seed = world.settings.seed;
    let mut dice = dice(world, person.id, 1);
    let on = world.settings.on.plus(-dice.between(0, 900));
    // Names as one register source has them: the fourth row, which the register itself seldom holds.
    record.fill(world, person, 3);
    let mut nino = String::new();
    world.numbers.write(person.id, &mut nino);
    let mut row = vec![nino, person.title.to_owned()];
    row.extend([FORENAME, MIDDLE, SURNAME].map(|at| record.cells[at].clone()));
    row.push(record.birth.unwrap_or(person.birth).iso());
    let died = dice.chance(DEAD).then(|| on.plus(-dice.between(0, 300)).iso());
    row.push(died.unwrap_or_default());
    row.push(record.cells[SEX].clone());
    let home = person.home_on(on);
    let (mut line, mut postcode) = (String::new(), String::new());
    if dice.chance(0.97) {
        world.places.write_line(home, Style::draw(&mut dice, 0.2), &mut line);
        world.places.write_postcode(home, &mut postcode);
    }
    row.extend([line, postcode]);
    let mut phones = [String::new(), String::new()];
    if dice.chance(0.6) {
        write_phone(person.mobile_on(seed, on), dice.word(), &mut phones[0]);
    }
    if dice.chance(0.2) {
        write_phone(landline(seed, person.household), dice.word(), &mut phones[1]);
    }
    row.extend(phones);
    let mut partner = String::new();
    if let Some(spouse) = person.spouse
        && dice.chance(0.7)
        && spouse < world.settings.register
    {
        world.numbers.write(spouse, &mut partner);
    }
    row.push(partner);
    row
}

/// Awards of a customer; a partner on an award has a row of their own, whether a customer or not.
fn awards(world: &World, person: &Person, rows: &mut Rows) {
    let mut dice = dice(world, person.id, 2);
    let mut nino = String::new();
    world.numbers.write(person.id, &mut nino);
    for _ in 0..dice.share(&[0.25, 0.50, 0.18, 0.07]) {
        let benefit = BENEFITS[dice.share(&BENEFITS.map(|benefit| benefit.3))];
        let started = world.settings.on.plus(-dice.between(30, 1_800));
        let ended = dice.chance(0.45).then(|| ended_on(&mut dice, started, world.settings.on));
        let pence = benefit.2 * (60 + dice.below(80)) / 100;
        let row = |nino: &str, role: &str| {
            vec![
                nino.to_owned(),
                benefit.0.to_owned(),
                benefit.1.to_owned(),
                role.to_owned(),
                started.iso(),
                ended.map(Day::iso).unwrap_or_default(),
                format!("{}.{:02}", pence / 100, pence % 100),
            ]
        };
        rows.push(row(&nino, "customer"));
        if let Some(spouse) = person.spouse
            && benefit.4
            && spouse < world.settings.register
            && dice.chance(0.5)
        {
            let mut partner = String::new();
            world.numbers.write(spouse, &mut partner);
            rows.push(row(&partner, "partner"));
        }
    }
}

fn ended_on(dice: &mut Dice, started: Day, on: Day) -> Day {
    started.plus(dice.between(0, on.since(started)))
}
