//! Distances and similarities of two sequences, written from their definitions: the slow twins of the fast kernels.
//!
//! They work on bytes, as DuckDB does, or on characters.

use std::collections::BTreeSet;

/// Fewest insertions, deletions and replacements.
pub(crate) fn levenshtein<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    table(a, b, |_, _, _| None)
}

/// As [`levenshtein`], with exchanges of neighbours that are not edited again (optimal string alignment).
pub(crate) fn osa<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    table(a, b, |rows: &[Vec<usize>], i, j| {
        let crossed = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
        crossed.then(|| rows[i - 2][j - 2] + 1)
    })
}

/// As [`levenshtein`], with exchanges of neighbours between which other edits may lie (Damerau-Levenshtein).
pub(crate) fn damerau_levenshtein<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    table(a, b, |rows: &[Vec<usize>], i, j| {
        // The last place where the letter of the other side stood before.
        let k = (1..i).rev().find(|k| a[k - 1] == b[j - 1])?;
        let l = (1..j).rev().find(|l| b[l - 1] == a[i - 1])?;
        Some(rows[k - 1][l - 1] + (i - k - 1) + 1 + (j - l - 1))
    })
}

/// The table of edit distances; `exchange` gives the cost of ending with an exchange at a place.
fn table<T: PartialEq>(a: &[T], b: &[T], exchange: impl Fn(&[Vec<usize>], usize, usize) -> Option<usize>) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        rows.push(vec![i]);
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if let Some(exchanged) = exchange(&rows, i, j) {
                best = best.min(exchanged);
            }
            rows[i].push(best);
        }
    }
    rows[a.len()][b.len()]
}

/// Places at which two sequences of one length differ; `None` where lengths differ or are 0.
pub(crate) fn hamming<T: PartialEq>(a: &[T], b: &[T]) -> Option<usize> {
    (a.len() == b.len() && !a.is_empty()).then(|| a.iter().zip(b).filter(|(a, b)| a != b).count())
}

/// Share of common members of two sets; `None` where both are empty.
pub(crate) fn jaccard<T: Ord>(a: impl Iterator<Item = T>, b: impl Iterator<Item = T>) -> Option<f64> {
    let (a, b): (BTreeSet<T>, BTreeSet<T>) = (a.collect(), b.collect());
    let both = a.intersection(&b).count();
    let either = a.len() + b.len() - both;
    (either > 0).then(|| both as f64 / either as f64)
}

/// Jaro's similarity; 0 where a sequence is empty.
pub(crate) fn jaro<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut b_taken = vec![false; b.len()];
    let mut a_matches = Vec::new();
    for (i, letter) in a.iter().enumerate() {
        let places = i.saturating_sub(window)..(i + window + 1).min(b.len());
        if let Some(j) = places.into_iter().find(|j| !b_taken[*j] && b[*j] == *letter) {
            b_taken[j] = true;
            a_matches.push(letter);
        }
    }
    let b_matches = b.iter().zip(&b_taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
    let crossed = a_matches.iter().zip(b_matches).filter(|(a, b)| **a != *b).count();
    let matches = a_matches.len() as f64;
    if a_matches.is_empty() {
        return 0.0;
    }
    // The order of additions is that of rapidfuzz, which DuckDB uses, to the last bit.
    (matches / a.len() as f64 + matches / b.len() as f64 + (matches - (crossed / 2) as f64) / matches) / 3.0
}

/// Jaro's similarity from which a common start counts.
const BOOST_FROM: f64 = 0.7;
/// Share of what is missing that a letter of the common start makes up for.
const BOOST: f64 = 0.1;
/// Letters of the common start that count.
const BOOST_LETTERS: usize = 4;

/// Jaro's similarity with Winkler's boost for a common start.
pub(crate) fn jaro_winkler<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    let jaro = jaro(a, b);
    let start = a.iter().zip(b).take(BOOST_LETTERS).take_while(|(a, b)| a == b).count();
    boosted(jaro, start)
}

/// Winkler's boost for a common start of `start` letters.
#[inline]
pub(crate) fn boosted(jaro: f64, start: usize) -> f64 {
    if jaro > BOOST_FROM { jaro + start.min(BOOST_LETTERS) as f64 * BOOST * (1.0 - jaro) } else { jaro }
}

/// Cosine of the angle between two vectors; `None` where their lengths differ or are 0.
pub(crate) fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.is_empty() {
        return None;
    }
    let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    let square = |vector: &[f64]| -> f64 { vector.iter().map(|part| part * part).sum() };
    let similarity = dot / (square(a) * square(b)).sqrt();
    Some(similarity.clamp(-1.0, 1.0))
}

/// Mean radius of the earth in km, as Splink has it.
const EARTH_KM: f64 = 6371.0;

/// Distance in km of two places given in degrees, by the haversine formula.
pub(crate) fn great_circle_km(lat_a: f64, long_a: f64, lat_b: f64, long_b: f64) -> f64 {
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let part = half(lat_a, lat_b) + lat_a.to_radians().cos() * lat_b.to_radians().cos() * half(long_a, long_b);
    2.0 * EARTH_KM * part.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_by_their_definitions() {
        for (a, b, plain, aligned, free) in
            [("ca", "abc", 3, 3, 2), ("ab", "ba", 2, 1, 1), ("", "abc", 3, 3, 3), ("kitten", "sitting", 3, 3, 3)]
        {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            assert_eq!((levenshtein(a, b), osa(a, b), damerau_levenshtein(a, b)), (plain, aligned, free));
        }
    }

    #[test]
    fn similarities_by_their_definitions() {
        assert!((jaro(b"MARTHA", b"MARHTA") - 0.944_444_444_444_444_4).abs() < 1e-15);
        assert!((jaro_winkler(b"MARTHA", b"MARHTA") - 0.961_111_111_111_111_1).abs() < 1e-15);
        assert_eq!(jaro::<u8>(b"", b""), 0.0);
        assert_eq!(jaccard("aab".bytes(), "ab".bytes()), Some(1.0));
        assert_eq!(jaccard("".bytes(), "".bytes()), None);
        assert_eq!(hamming(b"ab", b"abc"), None);
        assert_eq!(cosine(&[1.0, 2.0], &[2.0, 1.0]), Some(0.8));
        let km = great_circle_km(51.5074, -0.1278, 48.8566, 2.3522);
        assert!((km - 343.556).abs() < 0.01, "{km}");
    }
}
