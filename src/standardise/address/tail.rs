//! What stands at the end of a part and is no part of it: postcodes, counties, countries, "unknown".

use crate::model::value::{Fault, Postcode};
use crate::standardise::address::flat::floor_and_number;
use crate::standardise::address::tokens::Word;
use crate::standardise::address::words::{Roles, phrase_at_end};
use crate::standardise::address::{parts, starts_with};
use crate::standardise::postcode;

/// Takes the tails of all parts away. The last postcode is kept in `found`, a whole one rather than
/// a partial one.
pub(super) fn take(words: &mut Vec<Word<'_>>, found: &mut Option<Postcode>) {
    shorten(words, |part| kept(part, found));
}

/// As [`take`], and the numbers that follow a name in a part that begins with a number.
pub(super) fn take_numbered(words: &mut Vec<Word<'_>>, found: &mut Option<Postcode>) {
    shorten(words, |part| {
        let mut len = kept(part, found);
        while let [first, name @ .., last] = &part[..len]
            && first.is_number()
            && last.is_number()
            && name.iter().any(|word| !word.is_number())
        {
            len = kept(&part[..len - 1], found);
        }
        len
    });
}

/// Leaves as many words of each part as `kept` says.
fn shorten(words: &mut Vec<Word<'_>>, mut kept: impl FnMut(&[Word<'_>]) -> usize) {
    let (mut start, mut written) = (0, 0);
    while start < words.len() {
        let part = parts(&words[start..]).next().unwrap_or_default();
        let (end, kept) = (start + part.len().max(1), kept(part));
        words.copy_within(start..start + kept, written);
        written += kept;
        start = end;
    }
    words.truncate(written);
}

/// How many words of a part are left of it.
fn kept(part: &[Word<'_>], found: &mut Option<Postcode>) -> usize {
    let mut part = part;
    loop {
        let postcode = postcode_len(part);
        if let (Some(postcode), _) = postcode
            && (postcode.is_unit() || found.is_none_or(|earlier| !earlier.is_unit()))
        {
            *found = Some(postcode);
        }
        let len = postcode.1.max(region_len(part));
        if len == 0 {
            break;
        }
        part = &part[..part.len() - len];
    }
    if starts_with(Roles::NULL, part) == part.len() { 0 } else { part.len() }
}

/// Words of the country or county at the end. `DEVON` in `STOKE IN DEVON` belongs to the name, and
/// so does `KENT` in `12 KENT`.
fn region_len(part: &[Word<'_>]) -> usize {
    if !part.last().is_some_and(|word| word.roles.any(Roles::REGION)) {
        return 0;
    }
    let len = phrase_at_end(Roles::REGION, part.iter().map(|word| word.text));
    let is_bound = part[..part.len() - len]
        .last()
        .is_some_and(|word| word.is_number() || matches!(word.text, "ON" | "UPON" | "IN" | "OF" | "LE" | "DINAS"));
    if is_bound { 0 } else { len }
}

/// The postcode at the end, if it is one that names a place, and how many words it has.
fn postcode_len(part: &[Word<'_>]) -> (Option<Postcode>, usize) {
    if let [.., first, last] = part
        && ((last.text.len() == 3 && last.has_digit()) || first.text == "BFPO")
        && let Some(found) = whole_postcode(&format!("{} {}", first.text, last.text))
    {
        return (found, 2);
    }
    let Some((last, before)) = part.split_last() else {
        return (None, 0);
    };
    let may_be = last.text.len() > 1 && last.has_digit() && !last.is_number();
    if !may_be && last.text != "BFPO" {
        return (None, 0);
    }
    if let Some(found) = whole_postcode(last.text) {
        return (found, 1);
    }
    // FLAT A1, BLOCK A1 and 12 A1 are names, and GF1 is a flat.
    let names = Roles::FLAT.with(Roles::HOUSE).with(Roles::ALONE).with(Roles::NUMBER);
    let is_name = floor_and_number(last.text).is_some()
        || before.last().is_some_and(|word| word.is_number() || word.roles.any(names));
    let reading = postcode::read(last.text);
    match reading.value {
        Some(outward) if !is_name && reading.fault == Some(Fault::Partial) => (Some(outward), 1),
        _ => (None, 0),
    }
}

/// The postcode that a text is, if it is more than the outward part; `Some(None)` for one that
/// stands for "none".
pub(super) fn whole_postcode(text: &str) -> Option<Option<Postcode>> {
    let reading = postcode::read(text);
    match (reading.value, reading.fault) {
        (Some(_), Some(Fault::Partial | Fault::Repaired)) => None,
        (Some(postcode), _) => Some(Some(postcode)),
        (None, Some(Fault::Placeholder)) if text.bytes().any(|byte| byte.is_ascii_digit()) => Some(None),
        _ => None,
    }
}
