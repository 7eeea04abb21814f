//! The extract's one name field: the words of a person in an order that nobody promised, with what goes wrong.
//!
//! In: a person. Out: text and the kinds of error in it. Invariant: at least one word is left.

use super::dice::Dice;
use super::person::Person;
use super::record::{initials, uppercase, vary};
use super::slips::{Slips, mistype};
use super::stock::{Culture, Structure};
use super::world::World;

/// One word of a name.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    given: bool,
}

/// Share of names written with the family name first.
const fn family_first(structure: Structure) -> f64 {
    match structure {
        Structure::FamilyFirst => 0.62,
        Structure::SingleCommon | Structure::HonorificFirst => 0.10,
        Structure::SinghKaur | Structure::Patronymic => 0.08,
        Structure::Western | Structure::TwoSurnames => 0.05,
    }
}

/// Writes the full name of a person as the extract has it.
pub(super) fn full_name(world: &World, dice: &mut Dice, person: &Person, slips: &mut Slips) -> String {
    let culture = world.stock.culture(person.culture);
    let mut words = held(world, dice, person, slips);
    respelt(world, dice, culture, &mut words, slips);
    lost(world, dice, person, &mut words, slips);
    joined(world, dice, &mut words, slips);
    if dice.chance(world.settings.rates.typo) {
        let at = dice.index(words.len());
        if let Some(word) = words.get_mut(at)
            && mistype(dice, &mut word.text)
        {
            slips.add(Slips::TYPO);
        }
    }
    let comma = ordered(world, dice, culture, &mut words, slips);
    written(world, dice, person, &words, comma, slips)
}

/// The words that the office holds: after or before a marriage, under the name or an alias.
fn held(world: &World, dice: &mut Dice, person: &Person, slips: &mut Slips) -> Vec<Word> {
    let rates = &world.settings.rates;
    let earlier = person.maiden.len() > 0 && dice.chance(rates.marriage);
    if earlier {
        slips.add(Slips::MARRIAGE);
    }
    let family = if earlier { &person.maiden } else { &person.family };
    let word = |given| move |text: &str| Word { text: text.to_owned(), given };
    let mut words: Vec<Word> = person.given.iter().map(word(true)).chain(family.iter().map(word(false))).collect();
    if dice.chance(rates.alias)
        && let Some(first) = words.first_mut()
    {
        let culture = if dice.chance(0.5) { person.culture } else { world.stock.of_register(dice) };
        first.text = world.stock.culture(culture).forename(person.female, dice).to_owned();
        slips.add(Slips::ALIAS);
    }
    words
}

fn respelt(world: &World, dice: &mut Dice, culture: &Culture, words: &mut [Word], slips: &mut Slips) {
    for word in words {
        if dice.chance(world.settings.rates.variant) && vary(culture, dice, &mut word.text) {
            slips.add(Slips::VARIANT);
        }
    }
}

/// Words left out, cut to an initial, or unknown.
fn lost(world: &World, dice: &mut Dice, person: &Person, words: &mut Vec<Word>, slips: &mut Slips) {
    let rates = &world.settings.rates;
    if words.len() >= 3 && dice.chance(rates.missing_word) {
        // Mostly a middle name, at times the last word or the first.
        let last = words.len() - 1;
        let at = match dice.share(&[0.72, 0.20]) {
            0 => 1 + dice.index(last - 1),
            1 => last,
            _ => 0,
        };
        words.remove(at);
        slips.add(Slips::MISSING);
    }
    if words.len() >= 2 && dice.chance(rates.initial) {
        let given = words.iter().filter(|word| word.given).count();
        let at = if dice.chance(0.6) { given.saturating_sub(1) } else { 0 };
        initials(&mut words[at].text);
        slips.add(Slips::INITIAL);
    }
    if dice.chance(rates.placeholder) {
        let given = dice.chance(0.5);
        words.retain(|word| word.given != given);
        let text = if given { dice.pick(&["FNU", "X", "Unknown"]) } else { dice.pick(&["LNU", "XXX", "Unknown"]) };
        words.push(Word { text: text.to_owned(), given });
        slips.add(Slips::PLACEHOLDER);
    }
    if words.is_empty() {
        words.push(Word { text: person.given.get(0).to_owned(), given: true });
    }
}

/// Two words as one, or one as two.
fn joined(world: &World, dice: &mut Dice, words: &mut Vec<Word>, slips: &mut Slips) {
    if !dice.chance(world.settings.rates.joined) {
        return;
    }
    let long = words.iter().position(|word| word.text.len() >= 8 && word.text.is_ascii());
    match long {
        Some(at) if dice.chance(0.4) => {
            let middle = dice.between(3, 5) as usize;
            let mut tail = words[at].text.split_off(middle);
            if let Some(first) = tail.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            let given = words[at].given;
            words.insert(at + 1, Word { text: tail, given });
            slips.add(Slips::JOINED);
        }
        _ if words.len() >= 3 => {
            let at = dice.index(words.len() - 1);
            let next = words.remove(at + 1);
            let glue = if dice.chance(0.3) { "-" } else { "" };
            let text = if glue.is_empty() { next.text.to_lowercase() } else { next.text };
            words[at].text.push_str(glue);
            words[at].text.push_str(&text);
            slips.add(Slips::JOINED);
        }
        _ => {}
    }
}

/// Puts the words in order; whether a comma goes after the family name.
fn ordered(world: &World, dice: &mut Dice, culture: &Culture, words: &mut [Word], slips: &mut Slips) -> bool {
    let rates = &world.settings.rates;
    let comma = dice.chance(rates.comma) && words.iter().any(|word| !word.given);
    if comma || dice.chance(family_first(culture.structure)) {
        words.sort_by_key(|word| word.given);
        slips.add(Slips::ORDER);
    }
    if !comma && words.len() >= 2 && dice.chance(rates.order_swap) {
        let at = dice.index(words.len() - 1);
        words.swap(at, at + 1);
        slips.add(Slips::ORDER);
    }
    comma
}

fn written(world: &World, dice: &mut Dice, person: &Person, words: &[Word], comma: bool, slips: &mut Slips) -> String {
    let rates = &world.settings.rates;
    let mut name = String::with_capacity(40);
    if dice.chance(rates.title_in_name) {
        name.push_str(person.title);
        slips.add(Slips::EXTRA);
    }
    let capital_family = dice.chance(0.06);
    for (index, word) in words.iter().enumerate() {
        if !name.is_empty() {
            name.push_str(if comma && index > 0 && word.given && !words[index - 1].given { ", " } else { " " });
        }
        let from = name.len();
        name.push_str(&word.text);
        if capital_family && !word.given {
            let capitals = name.split_off(from).to_uppercase();
            name.push_str(&capitals);
        }
    }
    if dice.chance(rates.known_as) {
        let culture = world.stock.culture(person.culture);
        name.push_str(dice.pick(&[" aka ", " AKA ", " @ "]));
        name.push_str(culture.forename(person.female, dice));
        slips.add(Slips::EXTRA);
    }
    if dice.chance(0.45) {
        uppercase(&mut name);
    } else if dice.chance(0.015) {
        name = name.to_lowercase();
    }
    name
}
