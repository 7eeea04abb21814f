//! What goes wrong with a text: typing, spelling by ear, dates; and the list of what went wrong with a row.
//!
//! In: a text and draws. Out: the text, changed. Invariant: letters stay letters; nothing here depends on a matcher.

use super::calendar::Day;
use super::dice::Dice;

/// Kinds of error, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slips(u32);

macro_rules! slips {
    ($($name:ident = $bit:literal, $word:literal;)+) => {
        impl Slips {
            $(pub(super) const $name: Self = Self(1 << $bit);)+
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$name)),+];
        }
    };
}

slips! {
    SWAPPED_DATE = 0, "swapped_date";
    DEFAULT_DATE = 1, "default_date";
    YEAR_ERROR = 2, "year_error";
    DATE_TYPO = 3, "date_typo";
    NO_DATE = 4, "no_date";
    MISSING = 5, "missing_token";
    VARIANT = 6, "variant";
    ALIAS = 7, "alias";
    MARRIAGE = 8, "marriage";
    ORDER = 9, "order";
    TYPO = 10, "typo";
    INITIAL = 11, "initial";
    JOINED = 12, "joined";
    EXTRA = 13, "extra_token";
    PLACEHOLDER = 14, "placeholder";
    NO_CONTACT = 15, "no_contact_agrees";
    NINO_BORROWED = 16, "borrowed_nino";
    NINO_MISTYPED = 17, "mistyped_nino";
}

impl Slips {
    /// Kinds that change the set of name words.
    pub(super) const OF_NAME: Self = Self(
        Self::MISSING.0
            | Self::VARIANT.0
            | Self::ALIAS.0
            | Self::MARRIAGE.0
            | Self::TYPO.0
            | Self::INITIAL.0
            | Self::JOINED.0
            | Self::EXTRA.0
            | Self::PLACEHOLDER.0,
    );
    /// Kinds that change the birth date.
    pub(super) const OF_DATE: Self =
        Self(Self::SWAPPED_DATE.0 | Self::DEFAULT_DATE.0 | Self::YEAR_ERROR.0 | Self::DATE_TYPO.0 | Self::NO_DATE.0);

    /// Adds kinds.
    pub(super) fn add(&mut self, kinds: Self) {
        self.0 |= kinds.0;
    }

    /// These kinds without others.
    pub(super) const fn without(self, kinds: Self) -> Self {
        Self(self.0 & !kinds.0)
    }

    /// Kinds of both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether one of `kinds` is there.
    pub(super) const fn has(self, kinds: Self) -> bool {
        self.0 & kinds.0 != 0
    }

    /// The kinds as words, joined by `;`.
    pub(super) fn words(self) -> String {
        let held: Vec<&str> = Self::WORDS.iter().filter(|(_, kind)| self.has(*kind)).map(|(word, _)| *word).collect();
        held.join(";")
    }
}

/// One typing error: a letter wrong, left out, doubled, added, or changed over with the next. Words of two letters and
/// fewer stay.
pub(super) fn mistype(dice: &mut Dice, word: &mut String) -> bool {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return false;
    }
    let at = 1 + dice.index(letters.len() - 1);
    let near = b"etaoinsrhldcumfpgwybvk"[dice.index(22)] as char;
    let near = if letters[at].is_uppercase() { near.to_ascii_uppercase() } else { near };
    match dice.below(5) {
        0 => letters[at] = near,
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters[at]),
        3 => letters.insert(at, near),
        _ => letters.swap(at - 1, at),
    }
    let changed: String = letters.into_iter().collect();
    let differs = changed != *word;
    *word = changed;
    differs
}

/// Spellings that sound alike to somebody who writes a name down by ear; each is tried both ways round.
const BY_EAR: [(&str, &str); 34] = [
    ("ee", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("o", "u"),
    ("e", "i"),
    ("ai", "ay"),
    ("ei", "ey"),
    ("y", "i"),
    ("a", "e"),
    ("k", "q"),
    ("k", "c"),
    ("ck", "k"),
    ("kh", "k"),
    ("ph", "f"),
    ("gh", "g"),
    ("sh", "s"),
    ("sh", "ch"),
    ("th", "t"),
    ("dh", "d"),
    ("bh", "b"),
    ("z", "s"),
    ("v", "w"),
    ("j", "y"),
    ("dj", "j"),
    ("x", "ks"),
    ("ss", "s"),
    ("mm", "m"),
    ("ll", "l"),
    ("tt", "t"),
    ("nn", "n"),
    ("dd", "d"),
    ("ah", "a"),
    ("ie", "y"),
    ("aa", "a"),
];

/// Spells a word another way by rule; false when no rule applies.
pub(super) fn respell(dice: &mut Dice, word: &mut String) -> bool {
    if word.len() < 4 {
        return false;
    }
    let lower = word.to_lowercase();
    if lower.len() != word.len() {
        return false;
    }
    let first = dice.index(BY_EAR.len());
    for step in 0..BY_EAR.len() {
        let (one, two) = BY_EAR[(first + step) % BY_EAR.len()];
        let (from, to) = if dice.chance(0.5) { (one, two) } else { (two, one) };
        let Some(at) = lower.get(1..).and_then(|rest| rest.find(from)).map(|at| at + 1) else {
            continue;
        };
        // Doubling what is doubled already makes no name.
        if to.contains(from) && lower[at..].starts_with(to) {
            continue;
        }
        let capital = word[at..].starts_with(|letter: char| letter.is_uppercase());
        let text = if capital { to.to_uppercase() } else { to.to_owned() };
        word.replace_range(at..at + from.len(), &text);
        return true;
    }
    false
}

/// Particles that are written apart, joined, another way, or not at all.
const PARTICLES: [(&str, [&str; 4]); 8] = [
    ("Al-", ["Al ", "Al", "El-", ""]),
    ("El ", ["El-", "El", "Al ", ""]),
    ("Abdul ", ["Abdul", "Abdel ", "Abd ", "Abdul-"]),
    ("Abdel ", ["Abdul ", "Abdel", "Abd ", ""]),
    ("Ben ", ["Ben", "Bin ", "Ben-", ""]),
    ("De ", ["De", "de ", "", "Da "]),
    ("Da ", ["Da", "da ", "", "De "]),
    ("O'", ["O", "O ", "", "O\u{2019}"]),
];

/// Writes the particle at the front of a name another way; false when there is none.
pub(super) fn reattach(dice: &mut Dice, name: &mut String) -> bool {
    let Some((particle, ways)) = PARTICLES.iter().find(|(particle, _)| name.starts_with(particle)) else {
        return false;
    };
    name.replace_range(..particle.len(), dice.pick(ways));
    true
}

/// Day and month changed over, where that is another date.
pub(super) fn swap_date(day: Day) -> Option<Day> {
    let (year, month, of_month) = day.parts();
    (of_month <= 12 && of_month != month).then(|| Day::civil(year, of_month, month))
}

/// One digit of a date wrong, so that it is still a date.
pub(super) fn mistype_date(dice: &mut Dice, day: Day) -> Day {
    let (year, month, of_month) = day.parts();
    match dice.below(3) {
        0 if month <= 9 => Day::civil(year, 1 + (month + dice.below(8) as u32) % 9, of_month.min(28)),
        1 => Day::civil(year - year % 10 + dice.between(0, 9), month, of_month.min(28)),
        _ => {
            let tens = of_month / 10 * 10;
            let digit = dice.below(9) as u32 + 1;
            Day::civil(year, month, (tens + digit).clamp(1, 28))
        }
    }
}

/// The year off by one, two or ten.
pub(super) fn shift_year(dice: &mut Dice, day: Day) -> Day {
    let (year, month, of_month) = day.parts();
    let by = dice.pick(&[1, 1, 1, 2, 10]);
    Day::civil(if dice.chance(0.5) { year + by } else { year - by }, month, of_month.min(28))
}

/// The day that stands for a birth of which only the year is known.
pub(super) fn default_date(dice: &mut Dice, day: Day) -> Day {
    let (month, of_month) = match dice.share(&[0.90, 0.04, 0.03]) {
        0 => (1, 1),
        1 => (7, 1),
        _ => (12, 31),
    };
    Day::civil(day.year(), month, of_month)
}
