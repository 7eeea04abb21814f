//! Fast distances and similarities of two texts, each with a limit beyond which its value does not matter.
//!
//! Short texts of bytes run on bit-parallel kernels over a table of letters, which is kept for the next text; long ones on
//! `rapidfuzz`. The slow twins are in [`super::distance`].

mod edits;
mod jaro;

use super::functions::number_of_texts;
use super::words::Word;
use crate::model::expression::Function as F;

/// Longest text, in bytes, that fits the bits of one word.
const WORD: usize = 64;

/// The limit beyond which the value of a function is not told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// The value is wanted as it is.
    Exact,
    /// Of a similarity: all below this are alike, and may be given as 0.
    AtLeast(f64),
    /// Of a distance: all above this are alike, and may be given as one more.
    AtMost(usize),
}

/// Places of each letter in one text of at most 64 bytes, which is kept until another comes: a left record meets many
/// right ones.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    of: Box<[u64; 256]>,
    text: [u8; WORD],
    length: usize,
}

impl Default for Places {
    fn default() -> Self {
        Self { of: Box::new([0; 256]), text: [0; WORD], length: 0 }
    }
}

impl Places {
    /// The places of the letters of `text`, by letter.
    ///
    /// # Panics
    /// When the text is longer than 64 bytes.
    #[inline]
    fn in_text(&mut self, text: &[u8]) -> &[u64; 256] {
        if self.text[..self.length] != *text {
            for letter in &self.text[..self.length] {
                self.of[usize::from(*letter)] = 0;
            }
            for (place, letter) in text.iter().enumerate() {
                self.of[usize::from(*letter)] |= 1 << place;
            }
            self.text[..text.len()].copy_from_slice(text);
            self.length = text.len();
        }
        &self.of
    }
}

/// The value of a function of two texts that is a distance or a similarity; `None` is null, or a function that is
/// neither.
pub(crate) fn number(function: F, a: Word, b: Word, limit: Limit, places: &mut Places) -> Option<f64> {
    let most = if let Limit::AtMost(most) = limit { most } else { usize::MAX };
    let least = if let Limit::AtLeast(least) = limit { least } else { 0.0 };
    match bytes_function(function, a, b) {
        Some(F::Levenshtein) => Some(edits::levenshtein(a, b, most, places) as f64),
        Some(F::DamerauLevenshtein) => Some(edits::damerau_levenshtein(a, b, most, places) as f64),
        Some(F::Jaro) => Some(jaro::jaro(a, b, least, places)),
        Some(F::JaroWinkler) => Some(jaro::jaro_winkler(a, b, least, places)),
        Some(F::Jaccard) => letters_jaccard(a.bytes, b.bytes),
        Some(F::Osa) => Some(edits::osa(a, b, most) as f64),
        _ => {
            let (Ok(a), Ok(b)) = (std::str::from_utf8(a.bytes), std::str::from_utf8(b.bytes)) else { return None };
            number_of_texts(function, a, b)
        }
    }
}

/// The function of bytes that does for these texts what `function` does; `None` where it must see characters.
#[inline]
fn bytes_function(function: F, a: Word, b: Word) -> Option<F> {
    let of_bytes = match function {
        F::LevenshteinChars => F::Levenshtein,
        F::DamerauLevenshteinChars => F::DamerauLevenshtein,
        F::JaroChars => F::Jaro,
        F::JaroWinklerChars => F::JaroWinkler,
        F::JaccardChars => F::Jaccard,
        F::Osa => F::Osa,
        other => return Some(other),
    };
    (a.bytes.is_ascii() && b.bytes.is_ascii()).then_some(of_bytes)
}

/// Share of common bytes among the different bytes of two texts; `None` where one is empty, as DuckDB refuses it.
fn letters_jaccard(a: &[u8], b: &[u8]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let set = |text: &[u8]| {
        let mut words = [0_u64; 4];
        for letter in text {
            words[usize::from(letter >> 6)] |= 1 << (letter & 63);
        }
        words
    };
    let (a, b) = (set(a), set(b));
    let mut both = 0;
    let mut either = 0;
    for (a, b) in a.iter().zip(&b) {
        both += (a & b).count_ones();
        either += (a | b).count_ones();
    }
    Some(f64::from(both) / f64::from(either))
}

#[cfg(test)]
mod tests {
    use super::super::words::letters_of;
    use super::*;
    use proptest::prelude::*;

    const FUNCTIONS: [F; 13] = [
        F::Levenshtein,
        F::DamerauLevenshtein,
        F::Osa,
        F::Jaro,
        F::JaroWinkler,
        F::Jaccard,
        F::Hamming,
        F::LevenshteinChars,
        F::DamerauLevenshteinChars,
        F::JaroChars,
        F::JaroWinklerChars,
        F::HammingChars,
        F::JaccardChars,
    ];

    #[track_caller]
    fn check(a: &str, b: &str, places: &mut Places) {
        check_words(a, b, [Word::of(a), Word::of(b)], places);
        let word = |text| Word { letters: letters_of(str::as_bytes(text)), ..Word::of(text) };
        check_words(a, b, [word(a), word(b)], places);
    }

    #[track_caller]
    fn check_words(a: &str, b: &str, [x, y]: [Word; 2], places: &mut Places) {
        for function in FUNCTIONS {
            let want = number_of_texts(function, a, b);
            let exact = number(function, x, y, Limit::Exact, places);
            assert_eq!(exact.map(f64::to_bits), want.map(f64::to_bits), "{function:?} {a:?} {b:?} {exact:?} {want:?}");
            let Some(want) = want else { continue };
            let similarity = matches!(
                function,
                F::Jaro | F::JaroWinkler | F::JaroChars | F::JaroWinklerChars | F::Jaccard | F::JaccardChars
            );
            for step in 0..10_u32 {
                let (limit, bound) = if similarity {
                    let bound = 0.5 + f64::from(step) * 0.05;
                    (Limit::AtLeast(bound), bound)
                } else {
                    (Limit::AtMost(step as usize), f64::from(step))
                };
                let found = number(function, x, y, limit, places).unwrap();
                let beyond = if similarity { want < bound } else { want > bound };
                let same = if !beyond {
                    found == want
                } else if similarity {
                    found < bound
                } else {
                    found > bound
                };
                assert!(same, "{function:?} {a:?} {b:?} {limit:?}: {found}, slowly {want}");
            }
        }
        let held: u32 = places.of.iter().map(|of| of.count_ones()).sum();
        assert_eq!(held as usize, places.length);
    }

    #[test]
    fn at_the_edges_of_words() {
        let mut places = Places::default();
        let long: String = (0..200_u32).map(|i| char::from(b'a' + (i * i % 7) as u8)).collect();
        for a in [0, 1, 2, 3, 62, 63, 64, 65, 66, 127, 128, 129, 200] {
            for b in [0, 1, 2, 63, 64, 65, 128, 199] {
                check(&long[..a], &long[200 - b..], &mut places);
            }
        }
        check("MARTHA", "MARHTA", &mut places);
        check("李", "王小明", &mut places);
        check("ab", "ba", &mut places);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn fast_kernels_agree_with_slow_ones(a in "[abcé]{0,14}", b in "[abcé]{0,14}") {
            check(&a, &b, &mut Places::default());
        }

        #[test]
        fn fast_kernels_agree_on_texts_with_few_edits(
            a in "[a-f]{3,40}", edits in prop::collection::vec((0_usize..40, 0_u8..4, "[a-f]"), 0..4)
        ) {
            let mut b: Vec<u8> = a.clone().into_bytes();
            for (place, kind, letter) in edits {
                let place = place % (b.len() + 1);
                let letter = letter.as_bytes()[0];
                match kind {
                    0 => b.insert(place, letter),
                    1 if place < b.len() => b[place] = letter,
                    2 if place < b.len() => { b.remove(place); }
                    _ if place + 1 < b.len() => b.swap(place, place + 1),
                    _ => {}
                }
            }
            check(&a, std::str::from_utf8(&b).unwrap(), &mut Places::default());
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn fast_kernels_agree_on_long_texts(a in "[ab]{50,150}", b in "[ab]{50,150}") {
            check(&a, &b, &mut Places::default());
        }
    }
}
