//! Edit distances of bytes.

use super::{Places, WORD, Word};

/// Takes the common start and end off two texts: they change neither kind of edit distance.
#[inline]
fn trimmed<'a>(a: &'a [u8], b: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (&a[..a.len() - end], &b[..b.len() - end])
}

/// Edits at least: one changes the length by one, and brings one letter that was lacking to each side; an exchange of
/// neighbours does neither.
#[inline]
fn fewest(a: Word, b: Word) -> usize {
    a.bytes.len().abs_diff(b.bytes.len()).max(a.lacking_in(b)).max(b.lacking_in(a))
}

/// Fewest insertions, deletions and replacements; more than `most` may be given as `most + 1`.
pub(super) fn levenshtein(a: Word, b: Word, most: usize, places: &mut Places) -> usize {
    if fewest(a, b) > most {
        return most + 1;
    }
    let (a, b) = trimmed(a.bytes, b.bytes);
    if most == 1 {
        // What one edit makes alike is one letter at most, once start and end are off.
        return if a.len().max(b.len()) <= 1 { a.len().max(b.len()) } else { 2 };
    }
    trimmed_levenshtein(a, b, most, places)
}

fn trimmed_levenshtein(a: &[u8], b: &[u8], most: usize, places: &mut Places) -> usize {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() <= 1 || most == 0 {
        // One letter that cannot stand at either end is inside the other text, or is replaced.
        let kept = short.first().is_some_and(|letter| long.contains(letter));
        return long.len() - usize::from(kept);
    }
    if short.len() <= WORD {
        return bits(short.len(), long, places.in_text(short));
    }
    if most > long.len() {
        return rapidfuzz::distance::levenshtein::distance(short.iter(), long.iter());
    }
    let args = rapidfuzz::distance::levenshtein::Args::default().score_cutoff(most);
    rapidfuzz::distance::levenshtein::distance_with_args(short.iter(), long.iter(), &args).unwrap_or(most + 1)
}

/// The distance of a pattern of at most 64 letters, given by their places, from a text: Myers' algorithm as Hyyrö gives
/// it (2003), one column of the table of distances a step, as differences in the bits of two words.
#[inline]
fn bits(pattern: usize, text: &[u8], of: &[u64; 256]) -> usize {
    let mut more = u64::MAX;
    let mut less = 0_u64;
    let last = pattern - 1;
    let mut distance = pattern;
    for letter in text {
        let places = of[usize::from(*letter)];
        let same = ((places & more).wrapping_add(more) ^ more) | places | less;
        let more_across = less | !(same | more);
        let less_across = same & more;
        distance += (more_across >> last & 1) as usize;
        distance -= (less_across >> last & 1) as usize;
        let more_across = more_across << 1 | 1;
        more = less_across << 1 | !(same | more_across);
        less = more_across & same;
    }
    distance
}

/// Whether two letters have changed places, and that is all.
#[inline]
fn is_exchange(a: &[u8], b: &[u8]) -> bool {
    matches!((a, b), ([x, y], [v, w]) if x == w && y == v)
}

/// As [`levenshtein`], with exchanges of neighbours that are not edited again.
pub(super) fn osa(a: Word, b: Word, most: usize) -> usize {
    if fewest(a, b) > most {
        return most + 1;
    }
    let (a, b) = trimmed(a.bytes, b.bytes);
    if is_exchange(a, b) {
        return 1;
    }
    let longer = a.len().max(b.len());
    if most == 1 || longer <= 1 {
        return longer.min(2);
    }
    let args = rapidfuzz::distance::osa::Args::default().score_cutoff(most);
    rapidfuzz::distance::osa::distance_with_args(a.iter(), b.iter(), &args).unwrap_or(most.saturating_add(1))
}

/// As [`levenshtein`], with exchanges of neighbours, between which other edits may lie.
///
/// An exchange is worth two other edits at most, so that twice the distance is no less than Levenshtein's: with small
/// limits the table is hardly ever needed.
pub(super) fn damerau_levenshtein(a: Word, b: Word, most: usize, places: &mut Places) -> usize {
    if fewest(a, b) > most {
        return most + 1;
    }
    let (a, b) = trimmed(a.bytes, b.bytes);
    if is_exchange(a, b) {
        return 1;
    }
    if most == 1 {
        return if a.len().max(b.len()) <= 1 { a.len().max(b.len()) } else { 2 };
    }
    let plain = trimmed_levenshtein(a, b, most.saturating_mul(2), places);
    if plain <= 2 {
        return plain;
    }
    if plain.div_ceil(2) > most {
        return most + 1;
    }
    rapidfuzz::distance::damerau_levenshtein::distance(a.iter(), b.iter())
}
