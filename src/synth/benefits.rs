//! The customer index and the awards of the third department, for some of the register's people, and what is true of them.
//!
//! In: [`Settings`]. Out: three CSV files. Invariant: streamed; who is a customer depends on the seed and the person
//! alone. A few numbers have another person's record, a few that beside the person's own, and a few the person's twice.

use super::calendar::Day;
use super::dice::{Dice, Stream};
use super::extract::dash_reference;
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
/// Shares of customers whose number has their own record, another person's, another person's beside their own, and their
/// own twice.
const RECORDS: [f64; 4] = [0.975, 0.010, 0.005, 0.010];
/// How far away the other person is: beyond the household.
const FAR: u64 = 7_919;
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

/// Columns of the truth.
const TRUTH_COLUMNS: [&str; 7] = ["nino", "record", "benefits", "role", "deceased", "date_of_death", "partner_nino"];

/// One customer's rows.
type Rows = Vec<Vec<String>>;

/// Whose record is under a customer's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filed {
    Own,
    Another,
    Both,
    Twice,
}

impl Filed {
    fn of(world: &World, person: u64) -> Self {
        [Self::Own, Self::Another, Self::Both, Self::Twice][dice(world, person, 3).share(&RECORDS)]
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Own | Self::Twice => "own",
            Self::Another => "another",
            Self::Both => "both",
        }
    }
}

/// Writes the customer index (CSV).
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_customers(settings: &Settings, out: impl Write) -> Result<()> {
    write(settings, out, &CUSTOMER_COLUMNS, |world, people, record, rows| {
        for person in people.iter().filter(|person| is_customer(world, person.id)) {
            customer_rows(world, person, record, rows);
        }
    })
}

/// Writes the awards of the customers (CSV).
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_awards(settings: &Settings, out: impl Write) -> Result<()> {
    write(settings, out, &AWARD_COLUMNS, |world, people, _, rows| {
        for person in people.iter().filter(|person| is_customer(world, person.id)) {
            awards(world, person, rows);
        }
    })
}

/// Writes what is true of everybody who is a customer or on an award (CSV): whose record is under the number, which
/// benefits are in payment on the day of the settings, in which role, and who has died.
///
/// # Errors
/// When the settings cannot be met or `out` cannot be written.
pub fn write_benefits_truth(settings: &Settings, out: impl Write) -> Result<()> {
    write(settings, out, &TRUTH_COLUMNS, |world, people, record, rows| {
        let mut all = Vec::new();
        for person in people.iter().filter(|person| is_customer(world, person.id)) {
            awards(world, person, &mut all);
        }
        for person in people.iter().filter(|person| person.id < world.settings.register) {
            truth(world, person, &all, record, rows);
        }
    })
}

/// What is true of one person; `awards` are all awards of the cell, whose households are whole.
fn truth(world: &World, person: &Person, awards: &Rows, record: &mut Record, rows: &mut Rows) {
    let mut nino = String::new();
    world.numbers.write(person.id, &mut nino);
    let on = world.settings.on.iso();
    let own: Vec<&Vec<String>> = awards.iter().filter(|award| award[0] == nino).collect();
    let is_customer = is_customer(world, person.id);
    if own.is_empty() && !is_customer {
        return;
    }
    // Days are written so that their order as text is their order in time.
    let paid = own.iter().filter(|award| award[4] <= on && (award[5].is_empty() || award[5] > on));
    let (mut benefits, mut roles): (Vec<String>, Vec<&str>) = paid
        .map(|award| (format!("{}:{}", award[1], award[2]).trim_end_matches(':').to_owned(), award[3].as_str()))
        .unzip();
    benefits.sort_unstable();
    benefits.dedup();
    roles.sort_unstable();
    roles.dedup();
    let role = if roles.len() == 2 { "both" } else { roles.first().copied().unwrap_or("") };
    let (mut filed, mut died, mut partner) = ("none", String::new(), String::new());
    if is_customer {
        filed = Filed::of(world, person.id).word();
        let mut customer = customer(world, person, person, record);
        died = std::mem::take(&mut customer[6]);
        partner = customer.pop().unwrap_or_default();
    }
    let deceased = if died.is_empty() { "no" } else { "yes" };
    rows.push(vec![nino, filed.into(), benefits.join(";"), role.into(), deceased.into(), died, partner]);
}

fn write(
    settings: &Settings,
    out: impl Write,
    columns: &[&str],
    fill: impl Fn(&World, &[Person], &mut Record, &mut Rows) + Sync,
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
                fill(&world, &people, &mut record, &mut rows);
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

/// The rows of the index under a customer's number.
fn customer_rows(world: &World, person: &Person, record: &mut Record, rows: &mut Rows) {
    let filed = Filed::of(world, person.id);
    if filed != Filed::Another {
        rows.push(customer(world, person, person, record));
    }
    if filed == Filed::Twice {
        let mut again = customer(world, person, person, record);
        // The record that was not kept up: without phones and partner.
        again.iter_mut().skip(10).for_each(String::clear);
        rows.push(again);
    }
    if matches!(filed, Filed::Another | Filed::Both) {
        let other = (person.id + FAR) % world.settings.register;
        let mut people = Vec::with_capacity(CELL);
        if let Some(other) = world.person(other, &mut people) {
            rows.push(customer(world, person, other, record));
        }
    }
}

/// The row of `owner`'s number with what is known of `person`, who is somebody else where numbers were mixed up.
fn customer(world: &World, owner: &Person, person: &Person, record: &mut Record) -> Vec<String> {
    let seed = world.settings.seed;
    let mut dice = dice(world, person.id, 1);
    let on = world.settings.on.plus(-dice.between(0, 900));
    // Names as one register source has them: the fourth row, which the register itself seldom holds.
    record.fill(world, person, 3);
    let mut nino = String::new();
    world.numbers.write(owner.id, &mut nino);
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

/// Columns of the stopped awards.
const STOPPED_COLUMNS: [&str; 4] = ["dash_reference", "benefit", "stopped_on", "weekly_amount"];
/// Share of the extract's rows after which an award was stopped.
const STOPPED: f64 = 0.08;

/// Writes a feed of awards that were stopped after a return (CSV): made apart from the awards, for management information
/// alone.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_stopped(settings: &Settings, out: impl Write) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(STOPPED_COLUMNS).map_err(csv_fault)?;
    for row in 0..settings.extract {
        let mut dice = Dice::new(settings.seed, Stream::Benefit, u64::MAX - row);
        if !dice.chance(STOPPED) {
            continue;
        }
        for _ in 0..1 + u64::from(dice.chance(0.2)) {
            let benefit = BENEFITS[dice.share(&BENEFITS.map(|benefit| benefit.3))];
            let pence = benefit.2 * (60 + dice.below(80)) / 100;
            let stopped = settings.on.plus(-dice.between(1, 60)).iso();
            let line =
                [dash_reference(row), benefit.0.to_owned(), stopped, format!("{}.{:02}", pence / 100, pence % 100)];
            csv.write_record(line).map_err(csv_fault)?;
        }
    }
    csv.flush().map_err(|error| Error::write(&error))
}
