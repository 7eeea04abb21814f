//! Who is in the extract: people of the register without repeats, and absent people who are like them.
//!
//! In: the number of an extract row. Out: the person behind it. Invariant: a row's person depends on the seed and the row
//! alone; each present row has its own stretch of the register, so nobody is taken twice (but for the duplicates that are
//! asked for) and nothing is remembered.

use super::dice::{Dice, Shuffle, Stream};
use super::household::{CELL, plan};
use super::person::Person;
use super::world::World;
use crate::util::hash::mix;

/// Draws until a person of a fitting culture is found.
const MOST_DRAWS: usize = 400;
/// Ages of people in the extract.
const AGES: std::ops::RangeInclusive<i32> = 18..=70;

/// The person behind an extract row.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    /// The person.
    pub(super) person: Person,
    /// Whether the person is in the register.
    pub(super) present: bool,
}

/// The person behind row `row` of the extract.
pub(super) fn subject(world: &World, row: u64, people: &mut Vec<Person>) -> Subject {
    let settings = &world.settings;
    let order = Shuffle::new(settings.extract, mix(settings.seed, Stream::Choice as u64));
    let place = order.of(row);
    let present = settings.present_rows();
    if place < present {
        // A duplicate is made of the person that the place before has.
        let twice = Dice::new(settings.seed, Stream::Order, place ^ 1 << 41).chance(settings.rates.duplicate);
        let place = if twice { place.saturating_sub(1) } else { place };
        let mut dice = Dice::new(settings.seed, Stream::Choice, place);
        let low = stretch(place, present, settings.register);
        let high = stretch(place + 1, present, settings.register);
        let person = find(world, &mut dice, low, high, people);
        return Subject { person, present: true };
    }
    let mut dice = Dice::new(settings.seed, Stream::Absent, row);
    Subject { person: absent(world, &mut dice, row, people), present: false }
}

fn stretch(place: u64, of: u64, register: u64) -> u64 {
    (u128::from(place) * u128::from(register) / u128::from(of.max(1))) as u64
}

/// A person of `low..high`, by the extract's shares of cultures and of working age as far as there is one.
fn find(world: &World, dice: &mut Dice, low: u64, high: u64, people: &mut Vec<Person>) -> Person {
    let mut best = (-1.0, low);
    for _ in 0..MOST_DRAWS {
        let id = low + dice.below(high - low);
        let plan = plan(world.stock, world.settings.seed, id / CELL as u64);
        let culture = plan.culture[(id % CELL as u64) as usize];
        let acceptance = world.stock.acceptance(culture);
        if acceptance > best.0 {
            best = (acceptance, id);
        }
        if dice.chance(acceptance)
            && let Some(person) = world.person(id, people)
            && AGES.contains(&person.birth.age(world.settings.on))
        {
            return person.clone();
        }
    }
    world.person(best.1, people).cloned().unwrap_or_default()
}

/// A person who is not in the register: a relative or namesake of one who is, or a stranger to it.
fn absent(world: &World, dice: &mut Dice, row: u64, people: &mut Vec<Person>) -> Person {
    let rates = &world.settings.rates;
    let coin = dice.unit();
    let mut person = Person { id: world.settings.register + row, ..Person::default() };
    person.household = person.id;
    if coin < rates.absent_relative + rates.absent_namesake {
        let host = find(world, dice, 0, world.settings.register, people);
        if coin < rates.absent_relative {
            world.maker().relative(dice, &mut person, &host);
        } else {
            world.maker().namesake(dice, &mut person, &host);
        }
        return person;
    }
    for _ in 0..20 {
        person.culture = world.stock.of_extract(dice);
        world.maker().unknown(dice, &mut person);
        if AGES.contains(&person.birth.age(world.settings.on)) {
            break;
        }
    }
    person
}
