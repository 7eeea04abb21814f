//! Jaro's and Winkler's similarities of bytes.

use super::super::distance::boosted;
use super::{Places, WORD, Word};

/// What rounding can add to a bound on a similarity.
const ROUNDING: f64 = 1e-9;
/// Jaro's similarity from which Winkler's boost counts.
const BOOST_FROM: f64 = 0.7;
/// What is left of a similarity beside the boost, as a factor to divide by; by letters of the common start.
const BY_REST: [f64; 5] = [1.0, 1.0 / 0.9, 1.0 / 0.8, 1.0 / 0.7, 1.0 / 0.6];

/// Jaro's similarity; what is less than `least` may be given as 0.
pub(super) fn jaro(a: Word, b: Word, least: f64, places: &mut Places) -> f64 {
    // Letters that the other text lacks match nothing.
    let matches = (a.bytes.len() - a.lacking_in(b)).min(b.bytes.len() - b.lacking_in(a));
    let (a, b) = (a.bytes, b.bytes);
    if matches == 0 || falls_short(matches, a.len(), b.len(), least) {
        return 0.0;
    }
    if a.len() > WORD || b.len() > WORD {
        return long(a, b);
    }
    in_word(a, b, least, places.in_text(a))
}

/// Jaro's similarity with Winkler's boost for a common start; what is less than `least` may be given as 0.
pub(super) fn jaro_winkler(a: Word, b: Word, least: f64, places: &mut Places) -> f64 {
    let start = a.bytes.iter().zip(b.bytes).take(4).take_while(|(a, b)| a == b).count();
    // The least of Jaro's similarity that the boost lifts to `least`.
    let share = start as f64 * 0.1;
    let least = if least > BOOST_FROM { ((least - share) * BY_REST[start]).max(BOOST_FROM) } else { least };
    boosted(jaro(a, b, least, places), start)
}

/// The similarity of texts with so many matches, of which so many are out of order; in the order of additions of
/// rapidfuzz, which DuckDB uses.
#[inline]
fn similarity(matches: usize, crossed: usize, a: usize, b: usize) -> f64 {
    let matched = matches as f64;
    (matched / a as f64 + matched / b as f64 + (matched - (crossed / 2) as f64) / matched) / 3.0
}

/// Whether even with all matches in order the similarity is less than `least`; without division, which is what costs.
#[inline]
fn falls_short(matches: usize, a: usize, b: usize, least: f64) -> bool {
    let reached = (matches * (a + b)) as f64;
    reached < (3.0 * (least - ROUNDING) - 1.0) * (a * b) as f64
}

/// Both texts fit a word: the matched places of each are the bits of one. `of` gives the places of letters in `a`.
///
/// Which of the texts is gone through makes no difference: within one letter, first free places meet first ones.
#[inline]
fn in_word(a: &[u8], b: &[u8], least: f64, of: &[u64; 256]) -> f64 {
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut reach: u64 = if window >= 63 { u64::MAX } else { (1 << (window + 1)) - 1 };
    let (mut a_taken, mut b_taken) = (0_u64, 0_u64);
    for (place, letter) in b.iter().enumerate() {
        let free = of[usize::from(*letter)] & reach & !a_taken;
        // The first free place within reach.
        a_taken |= free & free.wrapping_neg();
        b_taken |= u64::from(free != 0) << place;
        // Until the window has left the start behind it only grows.
        reach = if place < window { reach << 1 | 1 } else { reach << 1 };
    }
    let matches = a_taken.count_ones() as usize;
    if matches == 0 || falls_short(matches, a.len(), b.len(), least) {
        return 0.0;
    }
    let mut crossed = 0;
    while a_taken != 0 {
        let (i, j) = (a_taken.trailing_zeros() as usize, b_taken.trailing_zeros() as usize);
        crossed += usize::from(a[i] != b[j]);
        a_taken &= a_taken - 1;
        b_taken &= b_taken - 1;
    }
    similarity(matches, crossed, a.len(), b.len())
}

fn long(a: &[u8], b: &[u8]) -> f64 {
    rapidfuzz::distance::jaro::similarity(a.iter(), b.iter())
}
