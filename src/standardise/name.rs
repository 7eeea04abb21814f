//! Names to tokens: any script to ASCII capitals, particles dropped or joined, titles and placeholders taken away.
//!
//! No order is promised by the source, so none is kept as meaning: a name is a short list of tokens. Reading the tokens
//! of a name again gives the same tokens.

use crate::lexicon::{self, Action};
use any_ascii::any_ascii;
use unicode_normalization::UnicodeNormalization;

/// Most tokens kept of one name; what is over is counted in [`Tokens::cut`].
pub const TOKENS_MAX: usize = 12;
/// Longest token in bytes; longer ones are cut there. Bounds the work of every comparison.
pub const TOKEN_BYTES_MAX: usize = 48;
/// Longest text that is read at all: ten times the longest name of the register.
const TEXT_BYTES_MAX: usize = 1024;

/// The tokens of one name, in one reusable buffer.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    bytes: String,
    ends: Vec<u16>,
    cut: u32,
    work: Work,
}

#[derive(Clone, Debug, Default)]
struct Work {
    folded: String,
    words: Vec<(u16, u16)>,
    joined: String,
}

impl Tokens {
    /// Forgets the tokens, keeps the buffers.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.cut = 0;
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Tokens that were left out because the name has more than [`TOKENS_MAX`].
    pub fn cut(&self) -> u32 {
        self.cut
    }

    /// The tokens, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// One token.
    #[inline]
    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[usize::from(start)..usize::from(self.ends[index])]
    }

    fn push(&mut self, token: &str) {
        let token = &token[..token.len().min(TOKEN_BYTES_MAX)];
        if token.is_empty() {
            return;
        }
        if self.ends.len() == TOKENS_MAX {
            self.cut += 1;
            return;
        }
        self.bytes.push_str(token);
        self.ends.push(self.bytes.len() as u16);
    }

    /// Adds the tokens of one field of a name (forename, middle names or surname).
    pub fn add_field(&mut self, text: &str) {
        let mut work = std::mem::take(&mut self.work);
        work.fold(text);
        if !lexicon::is_placeholder_phrase(work.folded.trim_end()) {
            work.split();
            let before = self.len();
            self.add_words(&mut work, 0);
            self.forget_placeholder(before, work.words.len());
        }
        self.work = work;
    }

    /// Adds the tokens of a whole name in one field: a title at its start is taken away.
    pub fn add_full_name(&mut self, text: &str) {
        let mut work = std::mem::take(&mut self.work);
        work.fold(text);
        if !lexicon::is_placeholder_phrase(work.folded.trim_end()) {
            work.split();
            let skip = work.leading_titles();
            let before = self.len();
            self.add_words(&mut work, skip);
            self.forget_placeholder(before, work.words.len());
        }
        self.work = work;
    }

    /// Adds the tokens of a whole name in one field as [`Tokens::add_full_name`] does, with every particle as a token of
    /// its own: `Abdul Bhakta` may be forename and surname, which a register that has them in two columns tells.
    pub fn add_full_name_apart(&mut self, text: &str) {
        let mut work = std::mem::take(&mut self.work);
        work.fold(text);
        if !lexicon::is_placeholder_phrase(work.folded.trim_end()) {
            work.split();
            let titles = work.leading_titles();
            for (index, (start, end)) in work.words.iter().enumerate() {
                let word = &work.folded[usize::from(*start)..usize::from(*end)];
                // Among the words before the name there may be particles: here they stay.
                let is_title = index < titles && lexicon::title(word).is_some_and(|title| !title.name_like);
                if !is_title && !lexicon::is_placeholder_token(word) {
                    work.joined.clear();
                    push_assimilated(&mut work.joined, word);
                    self.push(&work.joined);
                }
            }
        }
        self.work = work;
    }

    /// Forgets the tokens from `before` on where words that went leave a phrase that stands for no name: of `X No`, `NO`.
    fn forget_placeholder(&mut self, before: usize, words: usize) {
        let added = self.len() - before;
        if added == 0 || added == words {
            return;
        }
        let left: Vec<&str> = (before..self.len()).map(|index| self.get(index)).collect();
        if lexicon::is_placeholder_phrase(&left.join(" ")) {
            self.ends.truncate(before);
            self.bytes.truncate(self.ends.last().map_or(0, |end| usize::from(*end)));
        }
    }

    /// Joins and drops particles; a name of particles alone keeps them.
    fn add_words(&mut self, work: &mut Work, skip: usize) {
        let before = self.len();
        let Work { folded, words, joined } = work;
        let words = &words[skip..];
        let word = |index: usize| -> &str {
            let (start, end) = words[index];
            &folded[usize::from(start)..usize::from(end)]
        };
        let mut at = 0;
        while at < words.len() {
            let token = word(at);
            if lexicon::is_placeholder_token(token) {
                at += 1;
                continue;
            }
            match lexicon::particle(token) {
                Some(Action::Drop) if words.len() > 1 => at += 1,
                Some(Action::JoinNext) if at + 1 < words.len() => {
                    at = join_next(joined, words.len(), at, &word);
                    // O and L make OL, an article: read again it would go, so it goes now.
                    if lexicon::particle(joined).is_none() {
                        self.push(joined);
                    }
                }
                _ => {
                    joined.clear();
                    push_assimilated(joined, token);
                    self.push(joined);
                    at += 1;
                }
            }
        }
        if self.len() == before
            && let Some(last) = words.len().checked_sub(1)
            && !lexicon::is_placeholder_token(word(last))
        {
            self.push(word(last));
        }
    }
}

/// Writes a joining particle and the word it belongs to as one token; returns the index after them.
///
/// ABD, ABDEL, ABDUR … all become ABDUL: the article is written in many ways before one and the same name.
fn join_next<'a>(joined: &mut String, len: usize, at: usize, word: &impl Fn(usize) -> &'a str) -> usize {
    joined.clear();
    let first = word(at);
    let servant = first.starts_with("ABD");
    joined.push_str(if servant { "ABDUL" } else { first });
    let mut next = at + 1;
    // The article after ABD (ABD AL RAHMAN) goes, as long as a word follows it.
    while servant && next + 1 < len && lexicon::particle(word(next)) == Some(Action::Drop) {
        next += 1;
    }
    joined.push_str(word(next));
    next + 1
}

/// ABDURRAHMAN, ABDUSSALAM: the article takes the sound of the next letter; written out it is ABDUL again.
fn push_assimilated(joined: &mut String, token: &str) {
    let bytes = token.as_bytes();
    let assimilated = bytes.len() >= 8
        && bytes.starts_with(b"ABD")
        && matches!(bytes[3], b'U' | b'E' | b'A')
        && bytes[4] == bytes[5]
        && matches!(bytes[4], b'R' | b'S' | b'N' | b'Z' | b'T' | b'D');
    let article = bytes.len() >= 8 && bytes.starts_with(b"ABD") && matches!(bytes[3], b'E' | b'A') && bytes[4] == b'L';
    if assimilated || article {
        joined.push_str("ABDUL");
        joined.push_str(&token[5..]);
    } else {
        joined.push_str(token);
    }
}

impl Work {
    /// Text to ASCII capitals and single spaces; apostrophes and full stops inside words vanish, other marks part words.
    fn fold(&mut self, text: &str) {
        self.folded.clear();
        let mut end = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        if text.is_ascii() {
            fold_ascii(text.as_bytes(), &mut self.folded);
        } else {
            let composed: String = text.nfkc().collect();
            fold_ascii(any_ascii(&composed).as_bytes(), &mut self.folded);
        }
    }

    fn split(&mut self) {
        self.words.clear();
        let mut start = 0;
        for (at, byte) in self.folded.bytes().enumerate() {
            if byte == b' ' {
                if start < at {
                    self.words.push((start as u16, at as u16));
                }
                start = at + 1;
            }
        }
        if start < self.folded.len() {
            self.words.push((start as u16, self.folded.len() as u16));
        }
    }

    /// Words at the start that are titles and nothing else; at least one word always stays.
    ///
    /// Words that go anyway (placeholders, dropped particles) do not hide a title behind them.
    fn leading_titles(&self) -> usize {
        let word = |at: usize| -> &str {
            let (start, end) = self.words[at];
            &self.folded[usize::from(start)..usize::from(end)]
        };
        let last = self.words.len().saturating_sub(1);
        let mut at = 0;
        while at < last {
            let here = word(at);
            let goes = lexicon::is_placeholder_token(here)
                || lexicon::particle(here) == Some(Action::Drop)
                || lexicon::title(here).is_some_and(|title| !title.name_like);
            // UD and DIN make UDDIN, a particle: both go. ABD takes the name behind its article.
            let both_go = || {
                lexicon::particle(here) == Some(Action::JoinNext)
                    && !here.starts_with("ABD")
                    && at + 2 <= last
                    && lexicon::particle(&format!("{here}{}", word(at + 1))).is_some()
            };
            match (goes, both_go()) {
                (true, _) => at += 1,
                (false, true) => at += 2,
                (false, false) => break,
            }
        }
        at
    }
}

/// Capitals, with single spaces between words and none at the ends.
fn fold_ascii(bytes: &[u8], out: &mut String) {
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' => out.push(byte as char),
            b'a'..=b'z' => out.push(byte.to_ascii_uppercase() as char),
            b'\'' | b'`' | b'"' | b'0'..=b'9' | b'!' | b'?' | b'*' => {}
            // `M.` and `J.R.`: a full stop parts initials, as a space would.
            _ => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
        }
        if out.len() >= usize::from(u16::MAX) - 1 {
            break;
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
}

#[cfg(test)]
mod tests;
