//! Text to the parts of an address: flat, building, street, town, postcode.
//!
//! The steps: cut into words ([`tokens`]); take away postcode, countries and `c/o`; take the flat;
//! put the parts (what stands between commas) in order; choose street, building and town. The parts
//! are chosen so that the canonical text is cut the same way again.

mod flat;
mod place;
mod tokens;
mod words;

use crate::model::value::{Fault, Postcode};
use crate::standardise::address::place::fill;
use crate::standardise::address::tokens::{Tokens, Word, is_number, spell_st};
use crate::standardise::address::words::{Roles, phrase_at_end, phrase_at_start};
use crate::standardise::{date, postcode};
use std::fmt;

/// An address in canonical words, upper case ASCII. Empty texts are unknown parts.
///
/// Shown as `FLAT 2, 12 HIGH STREET, LEEDS, LS1 4AP`, which reads back the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Id of the flat, room or unit: `2`, `A`, `2/1`, `GF`, `STUDIO`. `12A` is flat A of building 12.
    pub flat: String,
    /// Number (`12`, `10-12`), or the name where there is no number.
    pub building: String,
    /// Name of the street, its type in full.
    pub street: String,
    /// Post town, or the place that stands last.
    pub town: String,
    /// As given apart, else as found at the end of the text; may be partial.
    pub postcode: Option<Postcode>,
    /// The address is another's, to whom letters are sent: `c/o`.
    pub care_of: bool,
    /// The other (flat, building) that Scottish forms may mean: `45/2` is flat 2 at 45, or flat 45/2;
    /// flat `2/1` without a building may be flat 1 at 2.
    pub alternate: Option<(String, String)>,
}

impl Address {
    /// Whether nothing is known of it; who receives its letters does not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_textless = [&self.flat, &self.building, &self.street, &self.town].into_iter().all(String::is_empty);
        is_textless && self.postcode.is_none()
    }

    /// Forgets everything, keeps the buffers.
    pub fn clear(&mut self) {
        for text in [&mut self.flat, &mut self.building, &mut self.street, &mut self.town] {
            text.clear();
        }
        self.postcode = None;
        self.care_of = false;
        self.alternate = None;
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            write!(f, "{comma}{text}")?;
            comma = ", ";
            Ok(())
        };
        if self.care_of {
            part(f, format_args!("C/O"))?;
        }
        let slashed = self.alternate.as_ref().map(|(flat, _)| flat.as_str()).filter(|flat| flat.contains('/'));
        if slashed.is_none() && !self.flat.is_empty() {
            part(f, format_args!("FLAT {}", self.flat))?;
        }
        let building = slashed.unwrap_or(&self.building);
        match (building, self.street.as_str()) {
            ("", "") => {}
            ("", one) | (one, "") => part(f, format_args!("{one}"))?,
            (number, street) if is_number(number) => part(f, format_args!("{number} {street}"))?,
            (name, street) => part(f, format_args!("{name}, {street}"))?,
        }
        if !self.town.is_empty() {
            part(f, format_args!("{}", self.town))?;
        }
        self.postcode.map_or(Ok(()), |postcode| part(f, format_args!("{postcode}")))
    }
}

/// Reads the text of an address, and its postcode where that stands apart, into `out`.
///
/// None if all is well. `Placeholder`, and `out` empty, for NFA, "unknown" and the like;
/// `Malformed`, and `out` empty, for a cell that a spreadsheet made into a date. An empty text is no
/// fault. A postcode at the end of the text is taken off it, and used if `postcode` gives none.
pub fn read_into(text: &str, postcode: &str, out: &mut Address) -> Option<Fault> {
    out.clear();
    if is_date_cell(text) {
        return Some(Fault::Malformed);
    }
    let tokens = Tokens::of(text);
    let mut words = tokens.words();
    if (0..words.len()).any(|at| starts_with(Roles::NOWHERE, &words[at..]) > 0) {
        return Some(Fault::Placeholder);
    }
    out.postcode = postcode::read(postcode).value;
    trim_last_part(&mut words);
    let has_postcode = take_postcode(&mut words, out);
    trim_last_part(&mut words);
    take_care_of(&mut words, out);
    take_flat(&mut words, out);
    let words = in_parts(words);
    fill(&words, out);
    if out.alternate.is_none() {
        out.alternate = alternate_of_flat(out);
    }
    let is_wordless = [&out.flat, &out.building, &out.street, &out.town].into_iter().all(String::is_empty);
    if is_wordless && !has_postcode && !text.trim().is_empty() {
        out.clear();
        return Some(Fault::Placeholder);
    }
    None
}

/// Whether the whole text is a date, as spreadsheets make of `2/1` or `10-12`: `2016-02-01
/// 00:00:00`, `01/02/2016`, `10-Dec`, `Feb-16`.
fn is_date_cell(text: &str) -> bool {
    const LONGEST: usize = 32;
    const LONGEST_SHORT: usize = 6;
    if text.len() > LONGEST || !text.contains(['-', '/', ':']) {
        return false;
    }
    let trimmed = text.trim();
    let reading = date::read(trimmed);
    let is_short = trimmed.len() <= LONGEST_SHORT && trimmed.contains(|char: char| char.is_ascii_alphabetic());
    reading.value.is_some_and(|date| date.is_complete())
        || reading.fault == Some(Fault::TwoDigitYear)
        || (is_short && date::read(&format!("{trimmed}-2000")).value.is_some())
}

/// Takes the postcode off the end of the words. A partial one only where it cannot be the name of
/// a flat or a building, and is not another than the one given.
fn take_postcode(words: &mut Vec<Word<'_>>, out: &mut Address) -> bool {
    let (found, len) = match words[..] {
        [.., first, last] if !last.breaks && (last.text.len() == 3 || first.text == "BFPO") => {
            let joined = format!("{} {}", first.text, last.text);
            match whole_postcode(&joined) {
                Some(found) => (Some(found), 2),
                None => (postcode_of_last(words, out), 1),
            }
        }
        _ => (postcode_of_last(words, out), 1),
    };
    let Some(found) = found else { return false };
    words.truncate(words.len() - len);
    let is_better = found.is_some_and(Postcode::is_unit) && !out.postcode.is_some_and(Postcode::is_unit);
    if out.postcode.is_none() || is_better {
        out.postcode = found;
    }
    true
}

/// The postcode that a text is, if it is more than the outward part; `Some(None)` for one that
/// stands for "none".
fn whole_postcode(text: &str) -> Option<Option<Postcode>> {
    let reading = postcode::read(text);
    match (reading.value, reading.fault) {
        (Some(_), Some(Fault::Partial | Fault::Repaired)) => None,
        (Some(postcode), _) => Some(Some(postcode)),
        (None, Some(Fault::Placeholder)) if text.bytes().any(|byte| byte.is_ascii_digit()) => Some(None),
        _ => None,
    }
}

fn postcode_of_last(words: &[Word<'_>], out: &Address) -> Option<Option<Postcode>> {
    let (last, before) = words.split_last()?;
    if !last.has_digit() || last.text.len() < 2 || last.is_number() {
        return None;
    }
    if let Some(found) = whole_postcode(last.text) {
        return Some(found);
    }
    let is_name = !last.breaks
        && before.last().is_some_and(|word| word.roles.any(Roles::FLAT.with(Roles::HOUSE).with(Roles::ALONE)));
    let reading = postcode::read(last.text);
    let outward = reading.value.filter(|_| !is_name && reading.fault == Some(Fault::Partial))?;
    let agrees = out.postcode.is_none_or(|given| given.outward() == outward.bits());
    agrees.then_some(Some(outward))
}

/// Takes away `c/o` and the name after it, up to a comma, a number or a flat.
fn take_care_of(words: &mut Vec<Word<'_>>, out: &mut Address) {
    while let Some(start) = care_of_at(words) {
        let marker_len = if words[start].text == "C/O" { 1 } else { 2 };
        let is_end = |word: &Word<'_>| word.breaks || word.is_number() || word.roles.any(Roles::FLAT);
        let name_len = words[start + marker_len..].iter().position(is_end);
        let end = name_len.map_or(words.len(), |len| start + marker_len + len);
        words.drain(start..end);
        break_before(words, start);
        out.care_of = true;
    }
}

fn care_of_at(words: &[Word<'_>]) -> Option<usize> {
    let is_marker = |at: usize| {
        let text = |at: usize| words.get(at).map_or("", |word| word.text);
        text(at) == "C/O" || (text(at) == "CARE" && text(at + 1) == "OF")
    };
    (0..words.len()).find(|&at| is_marker(at))
}

fn break_before(words: &mut [Word<'_>], at: usize) {
    if let Some(word) = words.get_mut(at) {
        word.breaks = true;
    }
}

/// Takes away every naming of a flat, and keeps the first.
fn take_flat(words: &mut Vec<Word<'_>>, out: &mut Address) {
    let is_number_word = |words: &[Word<'_>], at: usize| {
        words[at].roles.any(Roles::NUMBER) && words.get(at + 1).is_some_and(|next| !next.breaks && next.is_number())
    };
    for at in (0..words.len()).rev() {
        if is_number_word(words, at) {
            let breaks = words.remove(at).breaks;
            words[at].breaks |= breaks;
        }
    }
    let mut at = 0;
    while at < words.len() {
        let Some((id, len)) = flat::at(words, at) else {
            at += 1;
            continue;
        };
        if out.flat.is_empty() {
            flat::write(id, &mut out.flat);
        }
        words.drain(at..at + len);
        break_before(words, at);
    }
}

/// How many words the longest phrase of a role has that the words start with.
fn starts_with(role: Roles, words: &[Word<'_>]) -> usize {
    let may_start = words.first().is_some_and(|word| word.roles.any(role));
    if may_start { phrase_at_start(role, words.iter().map(|word| word.text)) } else { 0 }
}

/// Takes countries and counties off the end of one part, and numbers that follow a numbered name.
///
/// `DEVON` in `STOKE IN DEVON` belongs to the name, and so does `KENT` in `12 KENT`.
fn trimmed<'a, 'b>(part: &'b [Word<'a>]) -> &'b [Word<'a>] {
    let is_numbered = part.first().is_some_and(Word::is_number);
    let numbers = part.iter().take_while(|word| word.is_number()).count();
    let mut part = part;
    while let Some(last) = part.last() {
        let is_named = part.len() > numbers;
        let len = if is_numbered && is_named && last.is_number() {
            1
        } else if last.roles.any(Roles::REGION) {
            phrase_at_end(Roles::REGION, part.iter().map(|word| word.text))
        } else {
            0
        };
        let rest = &part[..part.len() - len];
        let is_bound =
            rest.last().is_some_and(|word| matches!(word.text, "ON" | "UPON" | "IN" | "OF" | "LE" | "DINAS"));
        if len == 0 || is_bound || (is_numbered && rest.len() <= numbers) {
            break;
        }
        part = rest;
    }
    if starts_with(Roles::NULL, part) == part.len() { &[] } else { part }
}

fn trim_last_part(words: &mut Vec<Word<'_>>) {
    loop {
        let start = words.iter().rposition(|word| word.breaks).unwrap_or(0);
        let kept_len = start + trimmed(&words[start..]).len();
        if kept_len == words.len() {
            return;
        }
        words.truncate(kept_len);
    }
}

fn parts<'a, 'b>(words: &'b [Word<'a>]) -> impl Iterator<Item = &'b [Word<'a>]> {
    words.chunk_by(|_, next| !next.breaks)
}

/// Puts the words in parts that begin with a number wherever they have one, without regions and
/// parts that say "not known".
fn in_parts(mut words: Vec<Word<'_>>) -> Vec<Word<'_>> {
    break_at_numbers(&mut words);
    let mut words: Vec<Word<'_>> = parts(&words).flat_map(trimmed).copied().collect();
    join_numbers(&mut words);
    spell_st(&mut words);
    turn_numbers(&mut words);
    parts(&words).flat_map(trimmed).copied().collect()
}

/// `ROSE HOUSE 12 HIGH STREET`: a number that a word follows begins a part.
fn break_at_numbers(words: &mut [Word<'_>]) {
    for at in 1..words.len() {
        let after = words[at..].iter().position(|word| !word.is_number()).map(|len| at + len);
        let is_followed = after.is_some_and(|after| words[at + 1..=after].iter().all(|word| !word.breaks));
        if words[at].is_number() && !words[at - 1].is_number() && is_followed {
            words[at].breaks = true;
        }
    }
}

/// `12, HIGH STREET`: a part of numbers alone belongs to the next.
fn join_numbers(words: &mut [Word<'_>]) {
    let mut is_all_numbers = false;
    for word in words {
        word.breaks &= !is_all_numbers;
        is_all_numbers = word.is_number() && (word.breaks || is_all_numbers);
    }
}

/// `HIGH STREET 12`: a number after the street's type goes before the name.
fn turn_numbers(words: &mut [Word<'_>]) {
    let mut start = 0;
    while start < words.len() {
        let end = (start + 1..words.len()).find(|&at| words[at].breaks).unwrap_or(words.len());
        let part = &mut words[start..end];
        if let [first, .., kind, last] = part
            && !first.is_number()
            && kind.roles.any(Roles::STREET)
            && last.is_number()
        {
            part.rotate_right(1);
            part[1].breaks = false;
            part[0].breaks = true;
        }
        start = end;
    }
}

/// Flat `2/1` without a building: it may be flat 1 of number 2.
fn alternate_of_flat(out: &Address) -> Option<(String, String)> {
    let (building, flat) = out.flat.split_once('/')?;
    let is_free = out.building.is_empty() && is_number(building) && building != "0";
    is_free.then(|| (flat.to_owned(), building.to_owned()))
}

#[cfg(test)]
mod tests;
