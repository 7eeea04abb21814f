//! How many of those whose names have one blocking code have one name, however spelt?
//!
//! A code keeps the consonants, so it gathers more than one name: PRIYA, PARY and PEROU are one. That two tokens are
//! spellings of one name is as rare as the name is, not as the code is; of each token sought its code's commonest tokens are
//! asked. How often a name is written otherwise is one number for all names: a person's two records are written as any two
//! of the name are, so what is rare of strangers is as rare of the person.

use crate::compare::{Grade, Records, TokenId, Vocabulary};
use crate::util::hash::{Map, map, text_hash};
use rayon::prelude::*;

/// Tokens of one code that are asked, the commonest first.
const TOKENS_ASKED: usize = 64;

/// Of each token of the extract, the share of its code's occurrences in the register that are of its name; of all, the share
/// of these that are written otherwise.
#[derive(Clone, Debug)]
pub(super) struct Spellings {
    of_name: Vec<f32>,
    otherwise: f64,
}

impl Spellings {
    /// Asks the register's tokens, of which `counts` tells occurrences by token.
    pub(super) fn new(vocabulary: &Vocabulary, counts: &[f32], extract: &Records) -> Self {
        let mut sought: Vec<TokenId> = (0..extract.len())
            .flat_map(|row| names(extract, row))
            .filter(|id| vocabulary.text(*id).len() > 1)
            .collect();
        sought.sort_unstable();
        let of_code = commonest(vocabulary, counts, &sought);
        // Sums of fractions are made in an order that the words alone fix.
        let mut groups: Vec<&[TokenId]> = sought.chunk_by(|a, b| a == b).collect();
        groups.sort_by_cached_key(|group| text_hash(vocabulary.text(group[0]).as_bytes()));
        let seen: Vec<[f64; 3]> = groups
            .par_iter()
            .map(|group| {
                let known = of_code.get(&vocabulary.code(group[0])).map_or(&[][..], Vec::as_slice);
                count(vocabulary, counts, group[0], known)
            })
            .collect();
        let mut all = vec![1.0; vocabulary.len()];
        let (mut otherwise, mut of_names) = (0.0, 0.0);
        for (group, [exact, spelled, of_code]) in groups.iter().zip(&seen) {
            if exact + spelled > 0.0 {
                all[group[0].0 as usize] = ((exact + spelled) / of_code) as f32;
                otherwise += group.len() as f64 * spelled / (exact + spelled);
                of_names += group.len() as f64;
            }
        }
        Self { of_name: all, otherwise: (otherwise + PRIOR * BUILT_IN) / (of_names + PRIOR) }
    }

    /// Share of a token's code that has its name; 1 where it is not of the extract.
    pub(super) fn of_name(&self, token: TokenId) -> f64 {
        self.of_name.get(token.0 as usize).map_or(1.0, |share| f64::from(*share))
    }

    /// Share of those of one name who write it otherwise than another of them.
    pub(super) fn otherwise(&self) -> f64 {
        self.otherwise
    }
}

/// Share written otherwise where nothing is seen, and its weight in tokens.
const BUILT_IN: f64 = 0.3;
const PRIOR: f64 = 100.0;

/// Tokens of a row, as its name is read, and what is new where it may be read otherwise. An initial is no name.
fn names(extract: &Records, row: usize) -> impl Iterator<Item = TokenId> {
    let first = extract.tokens(row);
    let apart = extract.tokens_apart(row).iter().filter(|token| !first.contains(token));
    first.iter().chain(apart).copied()
}

/// The commonest register tokens of each code that is sought. Ids depend on the order of arrival, texts do not.
fn commonest(vocabulary: &Vocabulary, counts: &[f32], sought: &[TokenId]) -> Map<u64, Vec<TokenId>> {
    let mut of_code: Map<u64, Vec<TokenId>> = map();
    for token in sought {
        of_code.entry(vocabulary.code(*token)).or_default();
    }
    for id in (0..vocabulary.len() as u32).map(TokenId).filter(|id| counts[id.0 as usize] > 0.0) {
        if let Some(tokens) = of_code.get_mut(&vocabulary.code(id)) {
            tokens.push(id);
        }
    }
    let mut by_code: Vec<&mut Vec<TokenId>> = of_code.values_mut().collect();
    by_code.par_iter_mut().for_each(|tokens| {
        tokens.sort_by_cached_key(|id| {
            (std::cmp::Reverse(counts[id.0 as usize] as u64), text_hash(vocabulary.text(*id).as_bytes()))
        });
        tokens.truncate(TOKENS_ASKED);
    });
    of_code
}

/// Occurrences of a token in the register, of its other spellings, and of all tokens asked of its code.
fn count(vocabulary: &Vocabulary, counts: &[f32], token: TokenId, known: &[TokenId]) -> [f64; 3] {
    let own = f64::from(counts[token.0 as usize]);
    // The token itself may not be among the commonest of its code.
    let mut seen = [own, 0.0, own];
    for other in known.iter().filter(|other| **other != token) {
        let people = f64::from(counts[other.0 as usize]);
        seen[2] += people;
        if vocabulary.grade(token, *other) == Grade::Equivalent {
            seen[1] += people;
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::RecordParts;
    use crate::lexicon::block_code;

    #[test]
    fn of_a_code_only_those_of_the_name_count() {
        let mut vocabulary = Vocabulary::new();
        let words = ["PRIYA", "PRIYAH", "PARY", "PEROU", "SINGH"];
        let mut scratch = Vec::new();
        let tokens = words.map(|word| vocabulary.intern(word, block_code(word, &mut scratch)));
        let counts = [30.0, 50.0, 10.0, 10.0, 5.0, 700.0];
        let mut extract = Records::default();
        // An initial is no name, and what is read again is not counted again.
        let initial = vocabulary.intern("P", block_code("P", &mut scratch));
        let (first, apart) = (vec![tokens[0], initial], vec![tokens[0]]);
        extract.push(&RecordParts { tokens: first, tokens_apart: apart, ..RecordParts::default() });
        let spellings = Spellings::new(&vocabulary, &counts, &extract);
        // The slow way: every token of the register is asked.
        let of_code = |other: &usize| vocabulary.code(tokens[*other]) == vocabulary.code(tokens[0]);
        let is_one = |other: &usize| vocabulary.grade(tokens[0], tokens[*other]) >= Grade::Equivalent;
        let people = |others: &[usize]| others.iter().map(|other| f64::from(counts[*other])).sum::<f64>();
        let gathered: Vec<usize> = (0..words.len()).filter(of_code).collect();
        let of_name: Vec<usize> = gathered.iter().copied().filter(is_one).collect();
        assert_eq!((gathered.len(), of_name.len()), (4, 3));
        assert!((spellings.of_name(tokens[0]) - people(&of_name) / people(&gathered)).abs() < 1e-6);
        let otherwise = 1.0 - f64::from(counts[0]) / people(&of_name);
        let want = (otherwise + PRIOR * BUILT_IN) / (1.0 + PRIOR);
        assert!((spellings.otherwise() - want).abs() < 1e-9);
        // Tokens that nobody seeks are not asked.
        assert!((spellings.of_name(tokens[1]) - 1.0).abs() < 1e-12);
    }
}
