//! How much is left of two strangers' names of which one token agrees?
//!
//! Names of many words have many words to agree on and many to differ in. Both follow from how many words the names of
//! the two sides have, which is counted; a name with `k` words and one with `r` agree by chance `k · r` times as often as
//! two names of one word.

use crate::compare::Records;
use crate::model::comparison::NAME_LEFTOVERS;
use crate::model::parameters::leftover_by_chance;

/// Numbers of words that are told apart.
const WORDS: usize = 13;
/// Weight of the built-in shares beside what was counted in many records.
const PRIOR_SHARE: f64 = 0.02;
/// Records on the smaller side that count as much as the built-in shares: the words of a few say little about others.
const PRIOR_RECORDS: f64 = 50.0;

/// Shares of leftovers where `aligned` words of strangers' names agree, `class` the class of agreement.
pub(super) fn by_words(
    extract: &Records,
    register: &Records,
    aligned: usize,
    class: usize,
) -> [f64; NAME_LEFTOVERS.len()] {
    let (left, right) = (words(extract), words(register));
    let mut shares = [0.0; NAME_LEFTOVERS.len()];
    for (k, rows) in left.iter().enumerate().skip(aligned) {
        for (r, others) in right.iter().enumerate().skip(aligned) {
            let leftover = match (k - aligned, r - aligned) {
                (0, 0) => 2,
                (0, _) | (_, 0) => 1,
                (1, _) | (_, 1) => 0,
                _ => 3,
            };
            shares[leftover] += (k * r) as f64 * rows * others;
        }
    }
    let total: f64 = shares.iter().sum();
    let counted = |share: f64| if total > 0.0 { share / total } else { 0.0 };
    let records = extract.len().min(register.len()) as f64;
    let weight =
        if total > 0.0 { PRIOR_SHARE + (1.0 - PRIOR_SHARE) * PRIOR_RECORDS / (PRIOR_RECORDS + records) } else { 1.0 };
    std::array::from_fn(|leftover| {
        (1.0 - weight) * counted(shares[leftover]) + weight * leftover_by_chance(class, leftover)
    })
}

fn words(records: &Records) -> [f64; WORDS] {
    let mut count = [0.0; WORDS];
    for row in 0..records.len() {
        count[records.tokens(row).len().min(WORDS - 1)] += 1.0;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::by_words;
    use crate::compare::{RecordParts, Records, TokenId};

    fn names(lengths: &[u32]) -> Records {
        let mut records = Records::default();
        for length in lengths {
            records.push(&RecordParts { tokens: (0..*length).map(TokenId).collect(), ..RecordParts::default() });
        }
        records
    }

    #[test]
    fn what_is_left_follows_from_the_words_of_both_names() {
        let shares =
            |left: &[u32], right: &[u32]| by_words(&names(&left.repeat(5_000)), &names(&right.repeat(5_000)), 1, 1);
        assert!(shares(&[2, 2], &[2, 3])[0] > 0.97, "a word of each differs");
        assert!(shares(&[3, 4], &[3])[3] > 0.97, "two and more differ");
        assert!(shares(&[1], &[1])[2] > 0.97, "nothing is left");
        // Nothing was counted, or hardly anything: the built-in shares.
        let built_in = shares(&[], &[]);
        assert!((built_in.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let of_two = by_words(&names(&[2]), &names(&[2, 3]), 1, 1);
        assert!(of_two.iter().zip(built_in).all(|(few, none)| (few - none).abs() < 0.05));
    }
}
