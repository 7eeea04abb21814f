//! Which parts of an address are building, street and town.

use crate::standardise::address::Address;
use crate::standardise::address::flat;
use crate::standardise::address::tail;
use crate::standardise::address::tokens::{Word, is_number};
use crate::standardise::address::words::Roles;

type Part<'a, 'b> = &'b [Word<'a>];

/// Fills building, street and town, and the flat where only a number tells it.
pub(super) fn fill(words: &[Word<'_>], out: &mut Address) {
    let parts: Vec<Part<'_, '_>> = super::parts(words).collect();
    let is_numbered = |part: &Part<'_, '_>| part.first().is_some_and(Word::is_number);
    let has_street = |part: &Part<'_, '_>| is_numbered(part) && street_end(split_numbers(part).1).is_some();
    match parts.iter().position(has_street).or_else(|| parts.iter().position(is_numbered)) {
        Some(at) => fill_numbered(&parts, at, out),
        None => fill_named(&parts, out),
    }
}

/// An address with a house number, in the part at `at`.
fn fill_numbered(parts: &[Part<'_, '_>], at: usize, out: &mut Address) {
    let earlier = parts[..at].iter().filter_map(|part| part.first()).find(|word| word.is_number());
    let (numbers, name) = split_numbers(parts[at]);
    let later = &parts[at + 1..];
    if let Some(street_at) = later.iter().position(|part| is_wordy(part) && street_end(part).is_some())
        && is_house_name(name)
    {
        // 12 KENT HOUSE, HIGH STREET: a flat in a building that has a name.
        set_flat(earlier.or(numbers.first()), out);
        write(name, &mut out.building);
        let (street, rest) = cut(later[street_at], true);
        write(street, &mut out.street);
        let town = later[street_at + 1..].iter().rev().find(|part| is_wordy(part));
        return write_town(town.map_or(rest, |town| *town), out);
    }
    let town = later.iter().rev().find(|part| is_wordy(part));
    set_flat(earlier, out);
    if let [first, _, ..] = numbers {
        set_flat(Some(first), out);
    }
    if let Some(number) = numbers.last() {
        set_number(number.text, out);
    }
    let (street, rest) = cut(name, town.is_some());
    write(street, &mut out.street);
    write_town(town.map_or(rest, |town| *town), out);
}

/// An address without a house number.
fn fill_named(parts: &[Part<'_, '_>], out: &mut Address) {
    let (parts, town) = match parts {
        [] => return,
        [only] => return fill_single(only, out),
        _ => without_town(parts),
    };
    let street_at = street_among(&parts);
    match street_at {
        Some(0) => {
            let (street, rest) = cut(parts[0], town.is_some());
            let (building, street) = split_house(street);
            write(building, &mut out.building);
            write(street, &mut out.street);
            write_town(town.unwrap_or(rest), out);
        }
        Some(at) => {
            let (street, rest) = cut(parts[at], town.is_some());
            let (first, second) = match cut(parts[0], true) {
                // Two streets and no town: the second is where the first is.
                (first, _) if town.is_none() && street_end(parts[0]).is_some() && is_wordy(street) => {
                    write(first, &mut out.street);
                    return write_town(street, out);
                }
                _ => (parts[0], street),
            };
            write(first, &mut out.building);
            write(second, &mut out.street);
            write_town(town.unwrap_or(rest), out);
        }
        None => match town {
            Some(town) => {
                write(parts[0], &mut out.building);
                write_town(town, out);
            }
            None => fill_single(parts[0], out),
        },
    }
}

/// The town is the last part without a digit, unless that is the only street: `ROSE COTTAGE, CHURCH
/// LANE`.
fn without_town<'a, 'b>(parts: &[Part<'a, 'b>]) -> (Vec<Part<'a, 'b>>, Option<Part<'a, 'b>>) {
    let is_only_street =
        |at: usize| street_end(parts[at]).is_some() && parts[..at].iter().all(|part| street_end(part).is_none());
    match parts.iter().rposition(|part| is_wordy(part)).filter(|&at| !is_only_street(at)) {
        Some(at) => {
            let rest = parts[..at].iter().chain(&parts[at + 1..]).copied().collect();
            (rest, Some(parts[at]))
        }
        None => (parts.to_vec(), None),
    }
}

/// The last part that holds a street's type (better without a digit), else that ends like a place,
/// else the second name.
fn street_among(parts: &[Part<'_, '_>]) -> Option<usize> {
    let is_weak = |part: &Part<'_, '_>| weak_end(part) == Some(part.len());
    let second = || parts.iter().skip(1).position(|part| is_wordy(part)).map(|at| at + 1);
    parts
        .iter()
        .rposition(|part| is_wordy(part) && street_end(part).is_some())
        .or_else(|| parts.iter().rposition(|part| street_end(part).is_some()))
        .or_else(|| parts.iter().rposition(is_weak))
        .or_else(second)
}

/// One part without commas or a number.
fn fill_single(part: Part<'_, '_>, out: &mut Address) {
    if street_end(part).is_some() || weak_end(part).is_some() {
        let (street, rest) = cut(part, false);
        let (building, street) = split_house(street);
        write(building, &mut out.building);
        write(street, &mut out.street);
        return write_town(rest, out);
    }
    let house = part.iter().rposition(|word| word.roles.any(Roles::HOUSE)).filter(|&at| at > 0);
    let is_name = part.iter().any(Word::has_digit) || part.first().is_some_and(|word| word.text == "THE");
    match house {
        Some(at) => {
            write(&part[..=at], &mut out.building);
            write_town(&part[at + 1..], out);
        }
        None if is_name => write(part, &mut out.building),
        None => write_town(part, out),
    }
}

/// Street and what follows it. Without a type in the name, the whole is the street, or where no
/// town is known, up to the last word that ends names of places.
fn cut<'a, 'b>(name: Part<'a, 'b>, has_town: bool) -> (Part<'a, 'b>, Part<'a, 'b>) {
    let end = match street_end(name) {
        Some(end) => end,
        None if has_town => name.len(),
        None => weak_end(name).unwrap_or(name.len()),
    };
    name.split_at(end)
}

/// Where the street ends in a name: after the last type that is not its first word, and the point
/// of the compass or the `COURT` that follows as the last word.
fn street_end(name: Part<'_, '_>) -> Option<usize> {
    let types = Roles::STREET.with(Roles::SOLE);
    let ends = Roles::WEAK.with(Roles::HOUSE);
    let at = name.iter().rposition(|word| word.roles.any(types))?;
    let is_sole = name[at].roles.any(Roles::SOLE) && !name[1..].iter().any(|word| word.roles.any(ends));
    if at == 0 && !is_sole {
        return None;
    }
    match &name[at + 1..] {
        [last] if last.roles.any(ends) || last.is_compass() => Some(name.len()),
        _ => Some(at + 1),
    }
}

/// Where a name ends by its last word of the kind of GREEN or COURT, the first word apart.
fn weak_end(name: Part<'_, '_>) -> Option<usize> {
    name.iter().rposition(|word| word.roles.any(Roles::WEAK)).filter(|&at| at > 0).map(|at| at + 1)
}

/// `ROSE COTTAGE HIGH STREET`: the name of a building before a street's name of two words or more.
fn split_house<'a, 'b>(street: Part<'a, 'b>) -> (Part<'a, 'b>, Part<'a, 'b>) {
    let last_house = street.len().saturating_sub(2);
    let house = street[..last_house].iter().rposition(|word| word.roles.any(Roles::HOUSE)).filter(|&at| at > 0);
    if let Some(at) = house {
        let (name, rest) = street.split_at(at + 1);
        if is_house_name(name) && is_wordy(rest) && street_end(rest).is_some() {
            return (name, rest);
        }
    }
    street.split_at(0)
}

fn is_house_name(name: Part<'_, '_>) -> bool {
    is_wordy(name) && street_end(name).is_none() && name.last().is_some_and(|word| word.roles.any(Roles::HOUSE))
}

/// Whether there is no digit in a part.
fn is_wordy(part: Part<'_, '_>) -> bool {
    !part.iter().any(Word::has_digit)
}

fn split_numbers<'a, 'b>(part: Part<'a, 'b>) -> (Part<'a, 'b>, Part<'a, 'b>) {
    let numbers = part.iter().take_while(|word| word.is_number()).count();
    part.split_at(numbers)
}

fn set_flat(number: Option<&Word<'_>>, out: &mut Address) {
    if let Some(number) = number
        && out.flat.is_empty()
    {
        out.flat.push_str(number.text);
    }
}

/// The number of the building. Where no flat is known, `12A` is flat A of 12 and `45/2` flat 2 of 45.
fn set_number(number: &str, out: &mut Address) {
    let suffix_at = number.len() - usize::from(number.ends_with(|char: char| char.is_ascii_uppercase()));
    let (digits, suffix) = number.split_at(suffix_at);
    let (building, flat) = match number.split_once('/') {
        _ if !out.flat.is_empty() => (number, ""),
        Some((building, flat)) if building != "0" => {
            out.alternate = Some((number.to_owned(), String::new()));
            (building, flat)
        }
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => (digits, suffix),
        _ => (number, ""),
    };
    debug_assert!(is_number(building));
    out.building.push_str(building);
    out.flat.push_str(flat);
}

fn write(words: Part<'_, '_>, out: &mut String) {
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word.text);
    }
}

/// Writes the words of a town before any with a digit, unless they name a region, nothing, or a flat.
fn write_town(words: Part<'_, '_>, out: &mut Address) {
    let mut words: Vec<Word<'_>> = words.iter().take_while(|word| !word.has_digit()).copied().collect();
    let mut len = usize::MAX;
    while words.len() < len {
        len = words.len();
        flat::take(&mut words, &mut String::new());
        tail::take(&mut words, &mut None);
    }
    write(&words, &mut out.town);
}
