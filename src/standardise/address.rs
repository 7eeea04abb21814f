//! Text to the parts of an address: flat, building, street, town, postcode.
//!
//! The steps: cut into words (`tokens`); take away postcode, countries and `c/o`; take the flat;
//! put the parts (what stands between commas) in order; choose street, building and town. The parts
//! are chosen so that the canonical text is cut the same way again.

mod flat;
mod place;
mod tail;
mod tokens;
mod words;

pub(super) use words::TABLE;

use crate::model::value::{Fault, Postcode};
use crate::standardise::address::place::fill;
use crate::standardise::address::tokens::{Tokens, Word, is_number, spell_st};
use crate::standardise::address::words::{Roles, phrase_at_start};
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
    let mut found = None;
    tail::take(&mut words, &mut found);
    take_care_of(&mut words, out);
    let words = in_parts(words, out, &mut found);
    fill(&words, out);
    if out.alternate.is_none() {
        out.alternate = alternate_of_flat(out);
    }
    let is_wordless = [&out.flat, &out.building, &out.street, &out.town].into_iter().all(String::is_empty);
    if is_wordless && found.is_none() && !text.trim().is_empty() {
        out.clear();
        return Some(Fault::Placeholder);
    }
    // GF1 is read as a flat.
    let is_flat = |given: &Postcode| !given.is_unit() && flat::floor_and_number(&given.to_string()).is_some();
    let given = postcode::read(postcode).value.filter(|given| !is_flat(given));
    let is_found_better = found.is_some_and(Postcode::is_unit) && !given.is_some_and(Postcode::is_unit);
    out.postcode = if is_found_better { found } else { given.or(found) };
    None
}

/// Whether the whole text is a date, as spreadsheets make of `2/1` or `10-12`: `2016-02-01
/// 00:00:00`, `01/02/2016`, `10-Dec`, `Feb-16`.
fn is_date_cell(text: &str) -> bool {
    const LONGEST: usize = 32;
    if text.len() > LONGEST || !text.contains(['-', '/', ':']) {
        return false;
    }
    let mut words = text.split_ascii_whitespace();
    let Some(first) = words.next() else {
        return false;
    };
    if words.next().is_some_and(|time| !time.contains(':')) {
        return false;
    }
    let reading = date::read(first);
    reading.value.is_some_and(|date| date.is_complete())
        || reading.fault == Some(Fault::TwoDigitYear)
        || is_day_and_month(first)
}

/// `10-Dec` or `Feb-16`.
fn is_day_and_month(text: &str) -> bool {
    let Some((first, second)) = text.split_once('-') else {
        return false;
    };
    let is_day = |text: &str| matches!(text.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'9', b'0'..=b'9']);
    let is_month = |text: &str| text.len() == 3 && date::read(&format!("1 {text} 2000")).value.is_some();
    (is_day(first) && is_month(second)) || (is_month(first) && is_day(second))
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
        let is_of = |next: &Word<'_>| next.text == "OF" && !next.breaks;
        words[at].text == "C/O" || (words[at].text == "CARE" && words.get(at + 1).is_some_and(is_of))
    };
    (0..words.len()).find(|&at| is_marker(at))
}

fn break_before(words: &mut [Word<'_>], at: usize) {
    if let Some(word) = words.get_mut(at) {
        word.breaks = true;
    }
}

/// Takes away `NO` before a number.
fn take_number_words(words: &mut Vec<Word<'_>>) {
    for at in (1..words.len()).rev() {
        let next = words[at];
        if words[at - 1].roles.any(Roles::NUMBER) && next.is_number() && !next.breaks {
            words[at].breaks = words[at - 1].breaks;
            words.remove(at - 1);
        }
    }
}

/// How many words the longest phrase of a role has that the words start with, within their part.
fn starts_with(role: Roles, words: &[Word<'_>]) -> usize {
    if !words.first().is_some_and(|word| word.roles.any(role)) {
        return 0;
    }
    let part = parts(words).next().unwrap_or_default();
    phrase_at_start(role, part.iter().map(|word| word.text))
}

fn parts<'a, 'b>(words: &'b [Word<'a>]) -> impl Iterator<Item = &'b [Word<'a>]> {
    words.chunk_by(|_, next| !next.breaks)
}

/// Takes flats and tails away, and puts the words in parts that begin with a number wherever they
/// have one. What is taken away may lay bare another, so this goes on until nothing is taken.
fn in_parts<'a>(mut words: Vec<Word<'a>>, out: &mut Address, found: &mut Option<Postcode>) -> Vec<Word<'a>> {
    loop {
        take_number_words(&mut words);
        flat::take(&mut words, &mut out.flat);
        let len = words.len();
        let mut is_changed = break_at_numbers(&mut words);
        tail::take_numbered(&mut words, found);
        is_changed |= join_numbers(&mut words);
        spell_st(&mut words);
        is_changed |= turn_numbers(&mut words);
        if !is_changed && words.len() == len {
            return words;
        }
    }
}

/// `ROSE HOUSE 12 HIGH STREET`: a number that a word follows begins a part. Whether any was found.
fn break_at_numbers(words: &mut [Word<'_>]) -> bool {
    let mut is_changed = false;
    for at in 1..words.len() {
        if words[at].breaks || !words[at].is_number() || words[at - 1].is_number() {
            continue;
        }
        let after = words[at..].iter().position(|word| !word.is_number()).map(|len| at + len);
        if after.is_some_and(|after| words[at + 1..=after].iter().all(|word| !word.breaks)) {
            words[at].breaks = true;
            is_changed = true;
        }
    }
    is_changed
}

/// `12, HIGH STREET`: a part of numbers alone belongs to the next. Of `12, A STREET`, the letter is
/// lost, because it would be the number's if it were read again. Whether any was found.
fn join_numbers(words: &mut Vec<Word<'_>>) -> bool {
    let (mut is_all_numbers, mut is_changed) = (false, false);
    words.retain_mut(|word| {
        if is_all_numbers && word.is_suffix() {
            is_changed = true;
            return false;
        }
        is_changed |= word.breaks && is_all_numbers;
        word.breaks &= !is_all_numbers;
        is_all_numbers = word.is_number() && (word.breaks || is_all_numbers);
        true
    });
    is_changed
}

/// `HIGH STREET 12`: a number after the street's type goes before the name. Whether any was found.
fn turn_numbers(words: &mut [Word<'_>]) -> bool {
    let (mut start, mut is_changed) = (0, false);
    while start < words.len() {
        let end = (start + 1..words.len()).find(|&at| words[at].breaks).unwrap_or(words.len());
        let part = &mut words[start..end];
        if let [first, .., kind, last] = part
            && !first.is_number()
            && !first.is_suffix()
            && kind.roles.any(Roles::STREET)
            && last.is_number()
        {
            part.rotate_right(1);
            part[1].breaks = false;
            part[0].breaks = true;
            is_changed = true;
        }
        start = end;
    }
    is_changed
}

/// Flat `2/1` without a building: it may be flat 1 of number 2.
fn alternate_of_flat(out: &Address) -> Option<(String, String)> {
    let (building, flat) = out.flat.split_once('/')?;
    let is_free = out.building.is_empty() && is_number(building) && building != "0";
    is_free.then(|| (flat.to_owned(), building.to_owned()))
}

#[cfg(test)]
mod tests;
