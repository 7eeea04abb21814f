//! Name tokens as numbers, and the grades of pairs of tokens, worked out once.

use crate::compare::kernel::token::{self, Mark};
use crate::util::hash::{Map, map, mix, text_hash};

/// A token of the vocabulary. Numbers depend on the order of arrival: nothing that is written may depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub u32);

/// How alike two tokens are; ordered from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Grade {
    /// Different names.
    Different,
    /// One is the initial of the other.
    Initial,
    /// A few letters apart, a translation, or a shortened form.
    Close,
    /// The same name in another spelling, joined otherwise, or with an article.
    Equivalent,
    /// The same letters.
    Exact,
}

/// All distinct tokens of both sides.
#[derive(Default)]
pub struct Vocabulary {
    text: String,
    ends: Vec<u32>,
    codes: Vec<u64>,
    marks: Vec<Mark>,
    by_hash: Map<u64, TokenId>,
}

impl Vocabulary {
    /// An empty vocabulary.
    pub fn new() -> Self {
        Self { by_hash: map(), ..Self::default() }
    }

    /// The number of a token, a new one if it was not there; `code` is its blocking code.
    ///
    /// Tokens are told apart by their stable 64-bit hash: among ten million different tokens the chance that any two
    /// collide is 3 in a million.
    pub fn intern(&mut self, token: &str, code: u64) -> TokenId {
        self.intern_hashed(token, text_hash(token.as_bytes()), code)
    }

    /// As [`Vocabulary::intern`], with the hash of the token at hand.
    pub fn intern_hashed(&mut self, token: &str, hash: u64, code: u64) -> TokenId {
        if let Some(id) = self.by_hash.get(&hash) {
            return *id;
        }
        let id = TokenId(self.ends.len() as u32);
        self.text.push_str(token);
        self.ends.push(self.text.len() as u32);
        self.codes.push(code);
        self.marks.push(Mark::new(token, code));
        self.by_hash.insert(hash, id);
        id
    }

    /// The number of a token that is there, by its hash.
    pub fn find(&self, hash: u64) -> Option<TokenId> {
        self.by_hash.get(&hash).copied()
    }

    /// Memory of all tokens, in bytes; about, since the table that finds them has room to spare.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * (4 + 8) + self.by_hash.capacity() * 2 * 17
    }

    /// Text of a token.
    #[inline]
    pub fn text(&self, id: TokenId) -> &str {
        let index = id.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start as usize..self.ends[index] as usize]
    }

    /// Blocking code of a token.
    #[inline]
    pub fn code(&self, id: TokenId) -> u64 {
        self.codes[id.0 as usize]
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Length of a token in bytes; 255 stands for all that are longer too.
    #[inline]
    pub fn token_len(&self, id: TokenId) -> u8 {
        self.marks[id.0 as usize].bytes()
    }

    /// Grade of two tokens.
    pub fn grade(&self, a: TokenId, b: TokenId) -> Grade {
        self.grade_seen(a, b).unwrap_or_else(|| self.grade_read(a, b))
    }

    /// Grade of two tokens that need not be read for it: of nine pairs in ten.
    #[inline]
    fn grade_seen(&self, a: TokenId, b: TokenId) -> Option<Grade> {
        if a == b {
            return Some(Grade::Exact);
        }
        let (left, right) = (&self.marks[a.0 as usize], &self.marks[b.0 as usize]);
        if left.bytes() == 1 || right.bytes() == 1 {
            return Some(if left.first() == right.first() { Grade::Initial } else { Grade::Different });
        }
        token::apart(left, right).then_some(Grade::Different)
    }

    fn grade_read(&self, a: TokenId, b: TokenId) -> Grade {
        token::grade(self.text(a), self.text(b), self.code(a) == self.code(b))
    }
}

/// Cells of a [`GradeCache`]: half a MiB, which stays in a core's own cache.
const CACHE_CELLS: usize = 1 << 16;
/// Bits of a grade in a cell, below the pair.
const GRADE_BITS: u32 = 3;
/// Bits of a token in a cell.
const TOKEN_BITS: u32 = 30;

/// Grades of pairs of tokens that a worker met lately: one cell a pair, the last comer stays.
pub struct GradeCache {
    cells: Vec<u64>,
}

impl Default for GradeCache {
    fn default() -> Self {
        Self { cells: vec![u64::MAX; CACHE_CELLS] }
    }
}

impl GradeCache {
    /// Grade of two tokens: seen, remembered or worked out.
    #[inline]
    pub fn grade(&mut self, vocabulary: &Vocabulary, a: TokenId, b: TokenId) -> Grade {
        vocabulary.grade_seen(a, b).unwrap_or_else(|| self.remembered(vocabulary, a, b))
    }

    fn remembered(&mut self, vocabulary: &Vocabulary, a: TokenId, b: TokenId) -> Grade {
        if (a.0 | b.0) >> TOKEN_BITS != 0 {
            return vocabulary.grade_read(a, b);
        }
        let pair = u64::from(a.0) << TOKEN_BITS | u64::from(b.0);
        let cell = &mut self.cells[mix(pair, 0) as usize % CACHE_CELLS];
        if *cell >> GRADE_BITS != pair {
            *cell = pair << GRADE_BITS | vocabulary.grade_read(a, b) as u64;
        }
        GRADES[(*cell & ((1 << GRADE_BITS) - 1)) as usize]
    }
}

/// Grades by their numbers.
const GRADES: [Grade; 1 << GRADE_BITS] = [
    Grade::Different,
    Grade::Initial,
    Grade::Close,
    Grade::Equivalent,
    Grade::Exact,
    Grade::Different,
    Grade::Different,
    Grade::Different,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_never_changes_a_grade() {
        let mut vocabulary = Vocabulary::new();
        let mut scratch = Vec::new();
        let ids: Vec<TokenId> = (0..400_u32)
            .map(|n| {
                let token: String = format!("{:03}", n % 137)
                    .bytes()
                    .map(|digit| (b'A' + digit - b'0') as char)
                    .chain("AMED".chars().take(n as usize % 5))
                    .collect();
                let code = crate::lexicon::block_code(&token, &mut scratch);
                vocabulary.intern(&token, code)
            })
            .collect();
        let mut cache = GradeCache::default();
        for _ in 0..2 {
            for &a in &ids {
                for &b in &ids {
                    let read = if a == b { Grade::Exact } else { vocabulary.grade_read(a, b) };
                    assert_eq!(cache.grade(&vocabulary, a, b), read);
                }
            }
        }
    }
}
