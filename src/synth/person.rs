//! One made person as they truly are: names, birth, homes, numbers.
//!
//! In: nothing. Out: the data types that `household.rs` fills, and texts that follow from a person alone (phone, email).
//! Invariant: buffers are kept and filled again, so that making people allocates nothing.

use super::calendar::{Day, push_digits};
use super::dice::{Stream, scale};
use super::stock::Structure;
use crate::util::hash::mix;

/// A few words in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    text: String,
    ends: Vec<u32>,
}

impl Words {
    /// Forgets all words.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Adds a word; an empty one is not added.
    pub(super) fn push(&mut self, word: &str) {
        self.push_with(|out| out.push_str(word));
    }

    /// Adds what `write` appends as one word.
    pub(super) fn push_with(&mut self, write: impl FnOnce(&mut String)) {
        let before = self.text.len();
        write(&mut self.text);
        if self.text.len() > before {
            self.ends.push(self.text.len() as u32);
        }
    }

    /// Takes the words of another.
    pub(super) fn copy(&mut self, other: &Self) {
        self.text.clear();
        self.text.push_str(&other.text);
        self.ends.clear();
        self.ends.extend_from_slice(&other.ends);
    }

    /// Number of words.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The word at an index; empty past the end.
    pub(super) fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends.get(index - 1).map_or(0, |&end| end as usize) };
        self.ends.get(index).map_or("", |&end| &self.text[start..end as usize])
    }

    /// The words in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// An address and the day from which it was home.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Home {
    /// Number of the address.
    pub(super) address: u64,
    /// First day there.
    pub(super) from: Day,
}

/// Homes that are known of a person, at most.
pub(super) const MOST_HOMES: usize = 5;

/// One made person.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    /// Number of the person: below the register's size for the people in it.
    pub(super) id: u64,
    /// Number of the first person of the household.
    pub(super) household: u64,
    /// Number of the spouse, if the person has one in the household.
    pub(super) spouse: Option<u64>,
    /// Index of the naming culture.
    pub(super) culture: u8,
    /// A woman.
    pub(super) female: bool,
    /// The true birth date.
    pub(super) birth: Day,
    /// Only the year of birth was known when the person came.
    pub(super) estimated: bool,
    /// Own names.
    pub(super) given: Words,
    /// Names after the own ones.
    pub(super) family: Words,
    /// Last names before a change by marriage; no words without one.
    pub(super) maiden: Words,
    /// Day of that change.
    pub(super) changed_on: Day,
    /// `Mr`, `Mrs` and so on.
    pub(super) title: &'static str,
    /// Three-letter code.
    pub(super) nationality: &'static str,
    /// Homes, the latest first.
    pub(super) homes: [Home; MOST_HOMES],
    /// How many of `homes` are filled.
    pub(super) home_count: u8,
    /// Register rows.
    pub(super) rows: u8,
}

impl Person {
    /// The homes that are filled, the latest first.
    pub(super) fn homes(&self) -> &[Home] {
        &self.homes[..usize::from(self.home_count).min(MOST_HOMES)]
    }

    /// The home on a day, or the first known one.
    pub(super) fn home_on(&self, day: Day) -> u64 {
        let homes = self.homes();
        homes.iter().find(|home| home.from <= day).or_else(|| homes.last()).map_or(0, |home| home.address)
    }

    /// Last names on a day.
    pub(super) fn family_on(&self, day: Day) -> &Words {
        if self.maiden.len() > 0 && day < self.changed_on { &self.maiden } else { &self.family }
    }

    /// The person's mobile on a day: people change it every five years or so.
    pub(super) fn mobile_on(&self, seed: u64, day: Day) -> u64 {
        let facts = mix(seed ^ 11, self.id);
        let period = (i64::from(day.since(Day::civil(1995, 1, 1))) + (facts % 1_800) as i64) / 1_800;
        mobile(mix(facts, period.unsigned_abs()))
    }

    /// Appends the person's email address on a day.
    pub(super) fn write_email(&self, seed: u64, day: Day, out: &mut String) {
        let facts = mix(seed ^ 13, self.id);
        let facts = if facts.is_multiple_of(3) { mix(facts, (day.year() / 4).unsigned_abs().into()) } else { facts };
        let start = out.len();
        push_plain(self.given.get(0), out);
        match facts % 4 {
            0 => out.push('.'),
            1 => out.push('_'),
            _ => {}
        }
        push_plain(self.family.get(self.family.len().saturating_sub(1)), out);
        if out.len() == start {
            out.push_str("user");
        }
        push_digits(out, facts / 16 % 1_000, 1);
        out.push_str("@mail");
        push_digits(out, facts / 16_384 % 12, 1);
        // Hosts that are kept for examples (RFC 2606), so that no made address reaches anybody.
        out.push_str([".example.com", ".example.org", ".example.net"][(facts / 262_144 % 3) as usize]);
    }
}

/// A mobile of the made population.
///
/// Of the numbers that Ofcom keeps for fiction only 1 000 are mobiles (07700 900000 to 900999): shared by a thousand
/// people each, they would be no evidence at all. Made people therefore have numbers of the personal-number range 070,
/// which is eleven digits from 07 like a mobile, is never a mobile, and is all but disused.
fn mobile(facts: u64) -> u64 {
    7_000_000_000 + scale(facts, 100_000_000)
}

/// A landline of a household: the area code 01632 is kept out of use.
pub(super) fn landline(seed: u64, household: u64) -> u64 {
    1_632_000_000 + scale(mix(seed ^ Stream::Office as u64, household), 1_000_000)
}

/// A number that many people give: an agent, a sponsor, a college.
pub(super) fn office_phone(seed: u64, office: u64) -> u64 {
    mobile(mix(seed ^ 17, office))
}

/// Appends a phone, as a source writes it.
pub(super) fn write_phone(number: u64, style: u64, out: &mut String) {
    let start = out.len();
    match style % 12 {
        0 => {
            out.push_str("+44");
            push_digits(out, number, 10);
        }
        1 => {
            out.push_str("+44 ");
            push_digits(out, number, 10);
            out.insert(start + 8, ' ');
        }
        2 | 3 => {
            out.push('0');
            push_digits(out, number, 10);
            out.insert(start + 5, ' ');
        }
        4 => push_digits(out, number, 10),
        _ => {
            out.push('0');
            push_digits(out, number, 10);
        }
    }
}

fn push_plain(word: &str, out: &mut String) {
    out.extend(word.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()));
}

/// Whether the words between own and last name are kept as middle names.
pub(super) const fn middle_from_family(structure: Structure) -> bool {
    matches!(structure, Structure::Patronymic)
}
