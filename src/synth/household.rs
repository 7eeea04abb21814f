//! Households: sixteen people at a time fall into homes, with spouses, children, siblings, twins and lodgers.
//!
//! In: a seed and the number of a cell of sixteen. Out: people. Invariant: a cell is a function of the seed and its
//! number, and who falls into which household, with which culture, can be known without making the people.

use super::calendar::Day;
use super::dice::{Dice, Stream};
use super::person::{Home, MOST_HOMES, Person};
use super::place::Places;
use super::stock::{Culture, Stock, Structure};

/// People of a cell.
pub(super) const CELL: usize = 16;
/// Homes that a cell is given: households are two to three people.
const HOMES_PER_CELL: u64 = 8;
/// Shares of households of one to six people.
const SIZES: [f64; 6] = [0.32, 0.33, 0.15, 0.12, 0.05, 0.03];
/// Share of children who are born on the same day as the child before.
const TWINS: f64 = 0.03;
/// Share of sons who have their father's first name.
const NAMED_AFTER_FATHER: f64 = 0.04;
/// Share of wives who take their husband's name, where names are shared.
const TAKES_NAME: f64 = 0.78;
/// Shares of people with one, two, three and four register rows: one and a half in the mean.
const ROWS: [f64; 4] = [0.62, 0.27, 0.08, 0.03];

/// How the people of a household belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// A couple, then its grown children.
    #[default]
    Family,
    /// Brothers and sisters.
    Siblings,
    /// Lodgers, each of their own culture.
    Sharers,
}

/// Who falls into which household.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// For each place of the cell: first place of its household.
    pub(super) first: [u8; CELL],
    /// For each place: ordinal of its household.
    home: [u8; CELL],
    /// For each place: culture.
    pub(super) culture: [u8; CELL],
    kind: [Kind; CELL],
}

/// The plan of a cell of the register.
pub(super) fn plan(stock: &Stock, seed: u64, cell: u64) -> Plan {
    let mut dice = Dice::new(seed, Stream::Plan, cell);
    let mut plan = Plan::default();
    let (mut at, mut home) = (0, 0);
    while at < CELL {
        let size = (1 + dice.share(&SIZES)).min(CELL - at);
        let kind = match dice.share(&[0.66, 0.10, 0.24]) {
            0 => Kind::Family,
            1 => Kind::Siblings,
            _ => Kind::Sharers,
        };
        let base = stock.of_register(&mut dice);
        for place in at..at + size {
            let lodger = kind == Kind::Sharers && place > at && dice.chance(0.6);
            plan.first[place] = at as u8;
            plan.home[place] = home;
            plan.kind[place] = kind;
            plan.culture[place] = if lodger { stock.of_register(&mut dice) } else { base };
        }
        at += size;
        home += 1;
    }
    plan
}

/// What making people needs to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Maker<'a> {
    /// Names.
    pub(super) stock: &'a Stock,
    /// Addresses.
    pub(super) places: Places,
    /// Seed of the population.
    pub(super) seed: u64,
    /// The day that ages and homes are counted back from.
    pub(super) on: Day,
}

impl Maker<'_> {
    /// Makes the people of a cell of the register.
    pub(super) fn cell(&self, cell: u64, people: &mut Vec<Person>) {
        people.resize_with(CELL, Person::default);
        let plan = plan(self.stock, self.seed, cell);
        let first_id = cell * CELL as u64;
        let mut at = 0;
        while at < CELL {
            let end = (at..CELL).find(|&place| plan.first[place] as usize != at).unwrap_or(CELL);
            let mut dice = Dice::new(self.seed, Stream::People, first_id + at as u64);
            for (place, person) in people.iter_mut().enumerate().take(end).skip(at) {
                person.id = first_id + place as u64;
                person.household = first_id + at as u64;
                person.culture = plan.culture[place];
            }
            let home = self.places.home(cell * HOMES_PER_CELL + u64::from(plan.home[at]) % HOMES_PER_CELL);
            self.household(&mut dice, plan.kind[at], home, &mut people[at..end]);
            at = end;
        }
    }

    /// Fills people whose number, household and culture are set.
    pub(super) fn household(&self, dice: &mut Dice, kind: Kind, home: u64, people: &mut [Person]) {
        for place in 0..people.len() {
            let (before, rest) = people.split_at_mut(place);
            let Some(person) = rest.first_mut() else {
                return;
            };
            self.body(dice, person);
            match (kind, before) {
                (_, []) | (Kind::Sharers, _) => self.stranger(dice, person),
                (Kind::Siblings, [head, ..]) => self.sibling(dice, person, head),
                (Kind::Family, [head]) => self.spouse(dice, person, head),
                (Kind::Family, family) => self.child(dice, person, family),
            }
            self.settle(dice, person, home);
        }
        couple(kind, people);
        for place in 1..people.len() {
            let (before, rest) = people.split_at_mut(place);
            if let ([head, ..], Some(person)) = (before, rest.first_mut())
                && kind != Kind::Sharers
                && dice.chance(0.8)
            {
                person.homes = head.homes;
                person.home_count = head.home_count;
            }
        }
    }

    /// Makes `person`, who is not in the register, a brother or sister of `host`, mostly at the same address.
    pub(super) fn relative(&self, dice: &mut Dice, person: &mut Person, host: &Person) {
        person.culture = host.culture;
        person.household = host.household;
        self.body(dice, person);
        self.sibling(dice, person, host);
        self.settle(dice, person, host.home_on(self.on));
        if dice.chance(0.7) {
            person.homes = host.homes;
            person.home_count = host.home_count;
        }
    }

    /// Makes `person`, who is not in the register, a namesake of `host`, born in the same year.
    pub(super) fn namesake(&self, dice: &mut Dice, person: &mut Person, host: &Person) {
        person.culture = host.culture;
        self.body(dice, person);
        person.female = host.female;
        person.estimated = host.estimated;
        person.given.copy(&host.given);
        person.family.copy(&host.family);
        person.title = host.title;
        person.birth = Day::civil(host.birth.year(), 1, 1).plus(dice.between(0, 364));
        let home = self.places.any(dice);
        self.settle(dice, person, home);
    }

    /// Makes a person of a set culture who belongs to nobody.
    pub(super) fn unknown(&self, dice: &mut Dice, person: &mut Person) {
        self.body(dice, person);
        self.stranger(dice, person);
        let home = self.places.any(dice);
        self.settle(dice, person, home);
    }

    fn culture(&self, person: &Person) -> &Culture {
        self.stock.culture(person.culture)
    }

    /// Sex, age, rows, nationality: what does not depend on others.
    fn body(&self, dice: &mut Dice, person: &mut Person) {
        let culture = self.stock.culture(person.culture);
        person.female = dice.chance(0.5);
        let spread = (dice.unit() + dice.unit()) / 2.0;
        // People who came from abroad are younger than the population.
        let span = if culture.extract_share > culture.register_share { 62.0 } else { 84.0 };
        self.born(dice, person, 17 + (spread * span) as i32);
        person.estimated = dice.chance(culture.default_date);
        person.nationality = culture.nationality(dice);
        person.rows = 1 + dice.share(&ROWS) as u8;
        person.spouse = None;
        person.maiden.clear();
        person.given.clear();
        person.family.clear();
    }

    fn born(&self, dice: &mut Dice, person: &mut Person, age: i32) {
        let age = age.clamp(16, 95);
        person.birth = self.on.plus(-(age * 1_461 / 4) - dice.between(0, 364));
    }

    fn stranger(&self, dice: &mut Dice, person: &mut Person) {
        self.given(dice, person);
        self.family(dice, person);
        person.title = title(dice, person.female, false);
    }

    fn sibling(&self, dice: &mut Dice, person: &mut Person, head: &Person) {
        let gap = dice.between(-9, 9) * 365 + dice.between(0, 364);
        person.birth = if dice.chance(TWINS) { head.birth } else { self.grown(head.birth.plus(gap)) };
        self.given(dice, person);
        // Where a last name says little of the family, brothers and sisters often have different ones.
        let structure = self.culture(person).structure;
        let loose = matches!(structure, Structure::SingleCommon | Structure::HonorificFirst);
        if loose && (person.female != head.female || dice.chance(0.5)) {
            self.family(dice, person);
        } else {
            person.family.copy(&head.family);
        }
        person.title = title(dice, person.female, false);
    }

    /// The birth date, or the nearest one that leaves the person between sixteen and ninety-five.
    fn grown(&self, birth: Day) -> Day {
        birth.clamp(self.on.plus(-95 * 365), self.on.plus(-16 * 366))
    }

    fn spouse(&self, dice: &mut Dice, person: &mut Person, head: &mut Person) {
        person.female = if dice.chance(0.97) { !head.female } else { head.female };
        person.birth = self.grown(head.birth.plus(dice.between(-2_900, 2_900)));
        self.given(dice, person);
        self.family(dice, person);
        let structure = self.culture(person).structure;
        let shares = match structure {
            Structure::Western => dice.chance(TAKES_NAME),
            Structure::SinghKaur => dice.chance(0.6),
            Structure::SingleCommon | Structure::HonorificFirst => dice.chance(0.15),
            _ => false,
        };
        if shares {
            let (wife, husband) = if person.female || !head.female { (person, head) } else { (head, person) };
            std::mem::swap(&mut wife.maiden, &mut wife.family);
            wife.family.copy(&husband.family);
            wife.changed_on = self.on.plus(-dice.between(100, 4_500));
            wife.title = title(dice, wife.female, true);
            husband.title = title(dice, husband.female, true);
        } else {
            person.title = title(dice, person.female, true);
        }
    }

    fn child(&self, dice: &mut Dice, person: &mut Person, family: &[Person]) {
        let (father, mother) = match family {
            [a, b, ..] if a.female => (b, a),
            [a, b, ..] => (a, b),
            _ => return self.stranger(dice, person),
        };
        let younger = father.birth.max(mother.birth);
        let birth = younger.plus(dice.between(19 * 365, 40 * 365));
        person.birth = if birth > self.on.plus(-16 * 366) {
            // Too young for a register: a brother or sister of the head instead.
            self.grown(family[0].birth.plus(dice.between(-3_000, 3_000)))
        } else if family.len() > 2 && dice.chance(TWINS) {
            family[family.len() - 1].birth
        } else {
            birth
        };
        self.given(dice, person);
        if !person.female && dice.chance(NAMED_AFTER_FATHER) {
            person.given.copy(&father.given);
        }
        self.inherit(dice, person, father, mother);
        person.title = title(dice, person.female, false);
    }

    fn inherit(&self, dice: &mut Dice, person: &mut Person, father: &Person, mother: &Person) {
        match self.culture(person).structure {
            Structure::Patronymic => {
                person.family.push(father.given.get(0));
                person.family.push(father.family.get(0));
            }
            Structure::TwoSurnames => {
                person.family.push(father.family.get(0));
                person.family.push(mother.family.get(0));
            }
            Structure::SingleCommon | Structure::HonorificFirst if dice.chance(0.45) => self.family(dice, person),
            _ => person.family.copy(&father.family),
        }
    }

    /// Own names by the custom of the culture.
    fn given(&self, dice: &mut Dice, person: &mut Person) {
        let culture = self.stock.culture(person.culture);
        let female = person.female;
        if culture.structure == Structure::HonorificFirst && !female && dice.chance(0.45) {
            person.given.push(dice.pick(&["Mohammed", "Muhammad", "Md", "Mohammad", "Syed", "Sheikh"]));
        }
        let first = culture.forename(female, dice);
        person.given.push(first);
        let seconds: &[f64] = match culture.structure {
            Structure::Western if culture.default_date < 0.005 => &[0.38, 0.50, 0.12],
            Structure::Western => &[0.55, 0.39, 0.06],
            Structure::TwoSurnames => &[0.50, 0.48, 0.02],
            Structure::SingleCommon | Structure::HonorificFirst => &[0.72, 0.28],
            Structure::SinghKaur | Structure::Patronymic => &[0.95, 0.05],
            Structure::FamilyFirst => &[0.85, 0.15],
        };
        for _ in 0..dice.share(seconds) {
            let next = culture.forename(female, dice);
            if next != first {
                person.given.push(next);
            }
        }
        if culture.structure == Structure::SinghKaur {
            person.given.push(if female { "Kaur" } else { "Singh" });
        }
    }

    /// Last names by the custom of the culture.
    fn family(&self, dice: &mut Dice, person: &mut Person) {
        let culture = self.stock.culture(person.culture);
        let female = person.female && culture.structure != Structure::Patronymic;
        match culture.structure {
            Structure::Patronymic => {
                person.family.push(culture.forename(false, dice));
                person.family.push_with(|out| culture.surname(female, dice, out));
            }
            Structure::TwoSurnames => {
                person.family.push_with(|out| culture.surname(female, dice, out));
                if dice.chance(0.9) {
                    person.family.push_with(|out| culture.surname(female, dice, out));
                }
            }
            Structure::SinghKaur if dice.chance(0.4) => {}
            Structure::Western if dice.chance(0.02) => person.family.push_with(|out| {
                culture.surname(female, dice, out);
                out.push('-');
                culture.surname(female, dice, out);
            }),
            _ => person.family.push_with(|out| culture.surname(female, dice, out)),
        }
    }

    /// Homes: this one now, and earlier ones.
    fn settle(&self, dice: &mut Dice, person: &mut Person, home: u64) {
        let count = 1 + dice.share(&[0.30, 0.30, 0.20, 0.12, 0.08]);
        let mut from = self.on;
        for place in 0..count.min(MOST_HOMES) {
            let years = 0.3 - 2.4 * (1.0 - dice.unit()).ln();
            from = from.plus(-((years * 365.0) as i32).min(8_000));
            let address = if place == 0 { home } else { self.places.any(dice) };
            person.homes[place] = Home { address, from };
        }
        person.home_count = count.min(MOST_HOMES) as u8;
    }
}

/// Spouses know each other's number.
fn couple(kind: Kind, people: &mut [Person]) {
    if let (Kind::Family, [head, second, ..]) = (kind, people) {
        head.spouse = Some(second.id);
        second.spouse = Some(head.id);
    }
}

fn title(dice: &mut Dice, female: bool, married: bool) -> &'static str {
    match (dice.chance(0.012), female, married) {
        (true, _, _) => "Dr",
        (_, false, _) => "Mr",
        (_, true, true) => dice.pick(&["Mrs", "Mrs", "Mrs", "Ms"]),
        (_, true, false) => dice.pick(&["Miss", "Miss", "Ms", "Mrs"]),
    }
}
