//! Where a flat is named, and its id: FLAT 2, APT A, GROUND FLOOR, GFF, STUDIO, 1F2.

use crate::standardise::address::tail::whole_postcode;
use crate::standardise::address::tokens::{Word, without_zeros};
use crate::standardise::address::words::Roles;

/// Longest id of a flat in bytes; longer words with digits are something else.
const ID_BYTES_MAX: usize = 9;

/// Length of the shortest postcode.
const UNIT_LEN_MIN: usize = 5;

/// Takes away every naming of a flat, and keeps the first in `flat` if that is empty.
pub(super) fn take(words: &mut Vec<Word<'_>>, flat: &mut String) {
    let mut at = 0;
    while at < words.len() {
        let Some((id, len)) = named_at(words, at) else {
            at += 1;
            continue;
        };
        if flat.is_empty() {
            write(id, flat);
        }
        words.drain(at..at + len);
        if let Some(next) = words.get_mut(at) {
            next.breaks = true;
        }
        // The part before ends here now, and may name a flat that it did not.
        at = words[..at].iter().rposition(|word| word.breaks).unwrap_or(0);
    }
}

/// The id of the flat that is named at a word, and how many words name it. The id is empty where a
/// flat is named without one.
fn named_at<'a>(words: &[Word<'a>], at: usize) -> Option<(&'a str, usize)> {
    // Up to the end of the part.
    let len = words[at + 1..].iter().position(|word| word.breaks).map_or(words.len() - at, |len| len + 1);
    let part = &words[at..at + len];
    let is_start = at == 0 || words[at].breaks;
    let first = part.first()?;
    if first.roles.any(Roles::LEVEL) {
        return Some(with_flat_after(first.floor, part, 1));
    }
    if first.roles.any(Roles::FLAT) {
        return of_flat(part);
    }
    if first.roles.any(Roles::FLOOR) {
        return of_floor(part, is_start);
    }
    if first.roles.any(Roles::ALONE) {
        return of_alone(part, is_start);
    }
    (is_start && floor_and_number(first.text).is_some()).then_some((first.text, 1))
}

/// FLAT, and perhaps an id.
fn of_flat<'a>(part: &[Word<'a>]) -> Option<(&'a str, usize)> {
    let Some(next) = part.get(1) else {
        return Some(("", 1));
    };
    if next.roles.any(Roles::FLOOR.with(Roles::LEVEL)) {
        let (id, len) = floor_words(&part[1..]);
        return Some((id, 1 + len + usize::from(part.get(1 + len).is_some_and(is_storey))));
    }
    (is_id(next) || next.roles.any(Roles::ALONE)).then_some((next.text, 2))
}

/// GROUND FLOOR, TOP FLAT, BASEMENT FLAT 2. A floor alone must be a part, or stand before a number.
fn of_floor<'a>(part: &[Word<'a>], is_start: bool) -> Option<(&'a str, usize)> {
    let (id, len) = floor_words(part);
    let is_said = part.get(len).is_some_and(|word| is_storey(word) || word.roles.any(Roles::FLAT));
    let is_alone = is_start && part.get(len).is_none_or(Word::is_number);
    (is_said || is_alone || len > 1).then(|| with_flat_after(id, part, len))
}

/// STUDIO 4, 12 HIGH STREET, but STUDIO, 12 HIGH STREET.
fn of_alone<'a>(part: &[Word<'a>], is_start: bool) -> Option<(&'a str, usize)> {
    match part {
        [first] => Some((first.text, 1)),
        [_, id] if is_id(id) => Some((id_text(id), 2)),
        [_, id, number, ..] if is_id(id) && number.is_number() => Some((id_text(id), 2)),
        [first, number, ..] if is_start && number.is_number() => Some((first.text, 1)),
        _ => None,
    }
}

/// The id of a floor, after which FLOOR and FLAT say nothing more; an id after FLAT is better.
fn with_flat_after<'a>(floor: &'a str, part: &[Word<'a>], len: usize) -> (&'a str, usize) {
    let is_filler = |word: &&Word<'_>| is_storey(word) || word.roles.any(Roles::FLAT);
    let fillers = part[len..].iter().take_while(is_filler).count();
    let end = len + fillers;
    let has_flat = part[len..end].iter().any(|word| word.roles.any(Roles::FLAT));
    match part.get(end) {
        Some(id) if has_flat && is_id(id) => (id_text(id), end + 1),
        _ => (floor, end),
    }
}

/// The floor of these words and how many name it: LOWER GROUND is two.
fn floor_words(part: &[Word<'_>]) -> (&'static str, usize) {
    match part {
        [first, second, ..] if first.text == "LOWER" && second.floor == "GF" => ("LGF", 2),
        [first, second, ..] if first.text == "UPPER" && second.floor == "GF" => ("UGF", 2),
        [first, ..] => (first.floor, 1),
        [] => ("", 0),
    }
}

fn is_storey(word: &Word<'_>) -> bool {
    word.roles.any(Roles::STOREY)
}

/// Whether a word after FLAT is its id: it has a digit, or is one letter.
fn is_id(word: &Word<'_>) -> bool {
    let is_letter = matches!(word.text.as_bytes(), [b'A'..=b'Z']);
    let is_postcode = || word.text.len() >= UNIT_LEN_MIN && whole_postcode(word.text).is_some();
    is_letter || (word.has_digit() && word.text.len() <= ID_BYTES_MAX && !is_postcode())
}

/// The id itself; `1ST` is a floor.
fn id_text<'a>(word: &Word<'a>) -> &'a str {
    if word.floor.is_empty() { word.text } else { word.floor }
}

/// Floor and flat of `1F2`, `GF1`, `PF1` (Edinburgh's ground floor) and `G/1`.
pub(super) fn floor_and_number(text: &str) -> Option<(&str, &str)> {
    let (floor, number) = match text.split_once('/') {
        Some(("G" | "GF", number)) => ("0", number),
        Some(_) => return None,
        None => match text.split_once('F')? {
            ("G" | "P", number) => ("0", number),
            floor_and_number => floor_and_number,
        },
    };
    let is_short = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_short(floor) && is_short(number)).then(|| (without_zeros(floor), without_zeros(number)))
}

/// Writes an id in its one form: `1F2` is `1/2`, `GF1` and `G/1` are `0/1`.
pub(super) fn write(id: &str, out: &mut String) {
    match floor_and_number(id) {
        Some((floor, number)) => {
            out.push_str(floor);
            out.push('/');
            out.push_str(number);
        }
        None => out.push_str(id),
    }
}
