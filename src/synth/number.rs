//! National Insurance numbers: one for each person, well formed, and the false ones that real files hold.
//!
//! In: the number of a person. Out: text. Invariant: two people never share a true number, and none is one of the
//! numbers known as junk; see `domain.md` 4 for the letters and the administrative prefixes.

use super::calendar::{Day, push_digits};
use super::dice::{Dice, Shuffle, Stream};
use crate::error::{Error, Result};
use crate::util::hash::mix;

/// Prefixes that an office keeps for its own accounts, though the letter rules allow them.
const ADMINISTRATIVE: [&[u8; 2]; 9] = [b"CR", b"MW", b"NC", b"PP", b"PY", b"PZ", b"MA", b"JY", b"GY"];
/// Prefixes that are never used.
const BANNED: [&[u8; 2]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
/// Digits that stand for no number, in order: all alike, or typed to fill a field.
const JUNK: [u64; 23] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12_345, 111_111, 123_456, 222_222, 333_333, 444_444, 555_555, 654_321, 666_666,
    777_777, 888_888, 987_654, 999_999,
];
/// Numbers of one prefix.
const DIGITS: u64 = 1_000_000 - JUNK.len() as u64;
/// Numbers of a person beyond the first start here, counted in people.
const SECOND: u64 = 180_000_000;

/// The numbers of one made population.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    prefixes: Vec<[u8; 2]>,
    shuffle: Shuffle,
    key: u64,
}

impl Numbers {
    /// The numbers for `people`, under `seed`.
    ///
    /// # Errors
    /// When there are more people than numbers.
    pub(super) fn new(seed: u64, people: u64) -> Result<Self> {
        if people >= SECOND {
            return Err(Error::limit(format!("at most {SECOND} people have numbers, {people} were asked for")));
        }
        let prefixes = prefixes();
        let size = prefixes.len() as u64 * DIGITS;
        Ok(Self { shuffle: Shuffle::new(size, mix(seed, Stream::Order as u64)), prefixes, key: seed })
    }

    /// Appends the number of a person.
    pub(super) fn write(&self, person: u64, out: &mut String) {
        self.write_at(person, out);
    }

    /// Appends the second number of a person: an older one that was never cancelled.
    pub(super) fn write_second(&self, person: u64, out: &mut String) {
        self.write_at(SECOND + person % SECOND, out);
    }

    fn write_at(&self, index: u64, out: &mut String) {
        let value = self.shuffle.of(index);
        let prefix = self.prefixes.get((value / DIGITS) as usize).copied().unwrap_or(*b"JM");
        out.extend(prefix.map(char::from));
        push_digits(out, past_junk(value % DIGITS), 6);
        out.push(b"ABCD"[(mix(self.key, value) % 4) as usize] as char);
    }
}

/// All prefixes that are in use for people.
fn prefixes() -> Vec<[u8; 2]> {
    let first = b"ABCEGHJKLMNOPRSTWXYZ";
    let second = b"ABCEGHJKLMNPRSTWXYZ";
    first
        .iter()
        .flat_map(|&a| second.iter().map(move |&b| [a, b]))
        .filter(|pair| !BANNED.contains(&pair) && !ADMINISTRATIVE.contains(&pair))
        .collect()
}

/// The digits at a rank among those that are not junk.
fn past_junk(rank: u64) -> u64 {
    JUNK.iter().fold(rank, |value, &junk| value + u64::from(value >= junk))
}

/// Appends a number that is not a person's: administrative, temporary or junk.
pub(super) fn write_false(dice: &mut Dice, birth: Day, female: bool, out: &mut String) {
    let (year, month, day) = birth.parts();
    match dice.below(4) {
        0 => {
            out.extend(dice.pick(&ADMINISTRATIVE).map(char::from));
            push_digits(out, dice.below(1_000_000), 6);
            out.push('A');
        }
        1 => {
            out.push_str("TN");
            push_digits(out, day.into(), 2);
            push_digits(out, month.into(), 2);
            push_digits(out, year.rem_euclid(100) as u64, 2);
            out.push(if female { 'F' } else { 'M' });
        }
        2 => out.push_str("AB123456A"),
        _ => out.push_str("AA111111A"),
    }
}

/// Mistypes a number: one digit wrong, or two neighbours changed over. What comes out is well formed again.
pub(super) fn mistype(dice: &mut Dice, number: &mut String) {
    let Some(digits) = number.get(2..8) else {
        return;
    };
    let mut digits: Vec<u8> = digits.bytes().collect();
    let at = dice.index(5);
    if dice.chance(0.5) && digits[at] != digits[at + 1] {
        digits.swap(at, at + 1);
    } else {
        digits[at] = b'0' + (digits[at] - b'0' + 1 + dice.below(9) as u8) % 10;
    }
    let text: String = digits.into_iter().map(char::from).collect();
    number.replace_range(2..8, &text);
}

/// Writes a number another way: with spaces, in lower case, or without its suffix.
pub(super) fn restyle(dice: &mut Dice, number: &mut String) {
    match dice.below(3) {
        0 => {
            for at in [8, 6, 4, 2] {
                if number.is_char_boundary(at) {
                    number.insert(at, ' ');
                }
            }
        }
        1 => number.make_ascii_lowercase(),
        _ => {
            number.pop();
        }
    }
}
