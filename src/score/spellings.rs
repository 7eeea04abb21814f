//! How many of those whose names have one blocking code have a spelling of one name?
//!
//! A code keeps the consonants, so it gathers more than one name's spellings: PRIYA, PARY and PEROU are one. That two
//! tokens are spellings of one name is as rare as the spellings are, not as the code is; of each token sought its code's
//! commonest tokens are asked.

use crate::compare::{Grade, Records, TokenId, Vocabulary};
use crate::util::hash::{Map, map, text_hash};
use rayon::prelude::*;

/// Tokens of one code that are asked, the commonest first.
const TOKENS_ASKED: usize = 64;

/// Of each token of the extract, the share of its code's occurrences in the register that are other spellings of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Spellings(Vec<f32>);

impl Spellings {
    /// Asks the register's tokens, of which `counts` tells occurrences by token.
    pub(super) fn new(vocabulary: &Vocabulary, counts: &[f32], extract: &Records) -> Self {
        let mut sought: Vec<TokenId> = (0..extract.len()).flat_map(|row| names(extract, row)).collect();
        sought.sort_unstable();
        sought.dedup();
        let of_code = commonest(vocabulary, counts, &sought);
        let shares: Vec<f32> = sought
            .par_iter()
            .map(|token| {
                of_code.get(&vocabulary.code(*token)).map_or(1.0, |known| share(vocabulary, counts, *token, known))
            })
            .collect();
        let mut all = vec![1.0; vocabulary.len()];
        for (token, share) in sought.iter().zip(shares) {
            all[token.0 as usize] = share;
        }
        Self(all)
    }

    /// The share of a token; 1 where it is not of the extract.
    pub(super) fn of(&self, token: TokenId) -> f64 {
        self.0.get(token.0 as usize).map_or(1.0, |share| f64::from(*share))
    }
}

/// Tokens of a row, as its name is read and as it may be read besides.
fn names(extract: &Records, row: usize) -> impl Iterator<Item = TokenId> {
    extract.tokens(row).iter().chain(extract.tokens_apart(row)).copied()
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

fn share(vocabulary: &Vocabulary, counts: &[f32], token: TokenId, known: &[TokenId]) -> f32 {
    let (mut spellings, mut all) = (0.0, 0.0);
    for other in known {
        let count = counts[other.0 as usize];
        all += count;
        if vocabulary.grade(token, *other) == Grade::Equivalent {
            spellings += count;
        }
    }
    if all > 0.0 { spellings / all } else { 1.0 }
}
