//! The words of British addresses: what a word may be, and its one spelling.

use std::sync::LazyLock;

/// What a word may be; a word may be several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles(u16);

impl Roles {
    /// Ends the name of a street.
    pub(super) const STREET: Self = Self(1);
    /// Ends the name of a street or of a place.
    pub(super) const WEAK: Self = Self(1 << 1);
    /// May be the whole name of a street.
    pub(super) const SOLE: Self = Self(1 << 2);
    /// Ends the name of a building.
    pub(super) const HOUSE: Self = Self(1 << 3);
    /// Stands before the id of a flat.
    pub(super) const FLAT: Self = Self(1 << 4);
    /// Like [`Self::FLAT`], and an id itself.
    pub(super) const ALONE: Self = Self(1 << 5);
    /// Names a floor, if FLOOR or FLAT follows.
    pub(super) const FLOOR: Self = Self(1 << 6);
    /// Names a floor by itself.
    pub(super) const LEVEL: Self = Self(1 << 7);
    /// The word FLOOR.
    pub(super) const STOREY: Self = Self(1 << 8);
    /// Says that a number follows.
    pub(super) const NUMBER: Self = Self(1 << 9);
    /// The last word of a country or county.
    pub(super) const REGION: Self = Self(1 << 10);
    /// The first word of a part that says "not known".
    pub(super) const NULL: Self = Self(1 << 11);
    /// The first word of "no fixed abode".
    pub(super) const NOWHERE: Self = Self(1 << 12);

    /// Whether any of these roles is the word's.
    #[inline]
    pub(super) const fn any(self, roles: Self) -> bool {
        self.0 & roles.0 != 0
    }

    /// All roles of both.
    #[inline]
    pub(super) const fn with(self, roles: Self) -> Self {
        Self(self.0 | roles.0)
    }
}

/// One word of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    word: &'static str,
    /// The spelling that is used for it.
    pub canonical: &'static str,
    /// The id of its floor, for [`Roles::FLOOR`] and [`Roles::LEVEL`].
    pub floor: &'static str,
    /// What it may be.
    pub roles: Roles,
}

/// The table, sorted by word, and its phrases by role.
struct Words {
    entries: Vec<Entry>,
    /// Where in `entries` the words with this first letter begin.
    starts: [usize; 27],
    phrases: Vec<(Roles, Vec<&'static str>)>,
}

pub(in crate::standardise) const TABLE: &str = include_str!("../../../data/lexicon/address_words.tsv");

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::parse(TABLE));

/// The entry of a word in capitals.
pub(super) fn entry(word: &str) -> Option<&'static Entry> {
    let words = &*WORDS;
    let letter = word.bytes().next()?.checked_sub(b'A').map_or(26, usize::from);
    let range = match words.starts.get(letter..letter + 2) {
        Some(&[start, end]) => start..end,
        // Words that begin with a digit sort before A.
        _ => 0..words.starts[0],
    };
    let entries = &words.entries[range];
    entries.binary_search_by(|entry| entry.word.cmp(word)).ok().map(|at| &entries[at])
}

/// How many words the longest phrase of this role has that stands at the end of the words.
pub(super) fn phrase_at_end<'a>(role: Roles, words: impl DoubleEndedIterator<Item = &'a str> + Clone) -> usize {
    longest(role, |phrase| {
        let mut words = words.clone().rev();
        phrase.iter().rev().all(|word| words.next() == Some(word))
    })
}

/// How many words the longest phrase of this role has that stands at the start of the words.
pub(super) fn phrase_at_start<'a>(role: Roles, words: impl Iterator<Item = &'a str> + Clone) -> usize {
    longest(role, |phrase| {
        let mut words = words.clone();
        phrase.iter().all(|word| words.next() == Some(word))
    })
}

fn longest(role: Roles, mut stands: impl FnMut(&[&'static str]) -> bool) -> usize {
    let of_role = WORDS.phrases.iter().filter(|(of, _)| *of == role);
    of_role.filter(|(_, phrase)| stands(phrase)).map(|(_, phrase)| phrase.len()).max().unwrap_or(0)
}

impl Words {
    /// Lines that are not of the table's form are left out; a test sees that there are none.
    fn parse(table: &'static str) -> Self {
        let mut words = Self { entries: Vec::new(), starts: [0; 27], phrases: Vec::new() };
        for (kind, word, canonical) in lines(table) {
            let Some(role) = role_of(kind) else { continue };
            if role.any(Roles::REGION) {
                let last = word.rsplit(' ').next().unwrap_or(word);
                words.add(last, last, "", role);
                words.phrases.push((role, word.split(' ').collect()));
            } else if role.any(Roles::NULL.with(Roles::NOWHERE)) {
                let first = word.split(' ').next().unwrap_or(word);
                words.add(first, first, "", role);
                words.phrases.push((role, word.split(' ').collect()));
            } else if role.any(Roles::FLOOR.with(Roles::LEVEL)) {
                words.add(word, word, canonical, role);
            } else {
                words.add(word, canonical, "", role);
            }
        }
        words.entries.sort_unstable_by_key(|entry| entry.word);
        words.share_roles();
        for (letter, start) in (b'A'..=b'Z' + 1).zip(&mut words.starts) {
            *start = words.entries.partition_point(|entry| entry.word.as_bytes() < &[letter][..]);
        }
        words
    }

    /// A short form may be whatever its full form may be.
    fn share_roles(&mut self) {
        for at in 0..self.entries.len() {
            let canonical = self.entries[at].canonical;
            let full = self.entries.binary_search_by(|entry| entry.word.cmp(canonical));
            if let Ok(full) = full {
                self.entries[at].roles = self.entries[at].roles.with(self.entries[full].roles);
            }
        }
    }

    /// Adds a role to a word. A spelling that differs from the word wins over one that does not.
    fn add(&mut self, word: &'static str, canonical: &'static str, floor: &'static str, role: Roles) {
        match self.entries.iter_mut().find(|entry| entry.word == word) {
            Some(entry) => {
                entry.roles = entry.roles.with(role);
                entry.floor = if floor.is_empty() { entry.floor } else { floor };
                entry.canonical = if canonical == word { entry.canonical } else { canonical };
            }
            None => self.entries.push(Entry { word, canonical, floor, roles: role }),
        }
    }
}

fn lines(table: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?, cells.next()?, cells.next()?))
    })
}

fn role_of(kind: &str) -> Option<Roles> {
    Some(match kind {
        "street" => Roles::STREET,
        "weak" => Roles::WEAK,
        "sole" => Roles::SOLE,
        "house" => Roles::HOUSE,
        "flat" => Roles::FLAT,
        "alone" => Roles::ALONE,
        "floor" => Roles::FLOOR,
        "level" => Roles::LEVEL,
        "storey" => Roles::STOREY,
        "number" => Roles::NUMBER,
        "region" => Roles::REGION,
        "null" => Roles::NULL,
        "nowhere" => Roles::NOWHERE,
        "word" => Roles::default(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_used() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(matches!(cells[..], [kind, word, _] if role_of(kind).is_some() && !word.is_empty()), "{line}");
        }
    }

    #[test]
    fn canonical_words_are_their_own() {
        for entry in &WORDS.entries {
            let again = super::entry(entry.canonical).map_or(entry.canonical, |entry| entry.canonical);
            assert_eq!(again, entry.canonical, "{}", entry.word);
            let full = super::entry(entry.canonical).map_or(entry.roles, |entry| entry.roles);
            assert_eq!(full, entry.roles, "{}", entry.word);
            assert_eq!(super::entry(entry.word).map(|found| found.word), Some(entry.word));
        }
        assert!(super::entry("").is_none());
        assert!(super::entry("ZZZZZZ").is_none());
        assert_eq!(super::entry("1ST").map(|entry| entry.floor), Some("1F"));
    }

    #[test]
    fn phrases_are_found_whole() {
        let words = "LEEDS WEST YORKSHIRE".split(' ');
        assert_eq!(phrase_at_end(Roles::REGION, words.clone()), 2);
        assert_eq!(phrase_at_start(Roles::NOWHERE, "NO FIXED ABODE LEEDS".split(' ')), 3);
        assert_eq!(phrase_at_start(Roles::NULL, words), 0);
    }
}
