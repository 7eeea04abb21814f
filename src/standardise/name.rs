//! Names to tokens: any script to ASCII capitals, particles dropped or joined, titles and placeholders taken away.
//!
//! No order is promised by the source, so none is kept as meaning: a name is a short list of tokens. Reading the tokens
//! of a name again gives the same tokens. Read next: `words.rs`, which tells a particle from a name that is written like
//! one: Ben of `Ben Smith` and of `Ahmed Ben Salah`.

mod words;

use crate::lexicon::{self, Action};
use words::{Fate, Place, Words};

/// Most tokens kept of one name; what is over is counted in [`Tokens::cut`].
pub const TOKENS_MAX: usize = 12;
/// Longest token in bytes; longer ones are cut there. Bounds the work of every comparison.
pub const TOKEN_BYTES_MAX: usize = 48;
/// Fewest tokens of a whole name that particles are left out for.
const TOKENS_LEAST: usize = 2;

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
    words: Words,
    joined: String,
    /// Particles that the last writing left out.
    spared: Vec<usize>,
}

/// Which part of a name a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The given names, or the first of them.
    Given,
    /// What stands between the first given name and the family name.
    Middle,
    /// The family name.
    Family,
}

impl Part {
    const fn place(self) -> Place {
        Place { begins: matches!(self, Self::Given), ends: matches!(self, Self::Family) }
    }
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

    /// Adds the tokens of one field of a name.
    pub fn add_part(&mut self, part: Part, text: &str) {
        let mut work = std::mem::take(&mut self.work);
        if work.words.read(text, part.place(), false) {
            self.add_words(&mut work, 1);
        }
        self.work = work;
    }

    /// Adds the tokens of a name in three fields; returns how many are of given names, which stand first.
    ///
    /// A family name without a given name is read as a whole name: of `Ben Smith` both are left.
    pub fn add_names(&mut self, [forename, middle, surname]: [&str; 3]) -> usize {
        let before = self.len();
        self.add_part(Part::Given, forename);
        self.add_part(Part::Middle, middle);
        let given = self.len() - before;
        if given == 0 {
            self.add_full_name(surname);
        } else {
            self.add_part(Part::Family, surname);
        }
        given
    }

    /// Adds the tokens of a whole name in one field: a title at its start is taken away.
    ///
    /// A particle is left out between other words and before a family name. What begins or ends the name and may be a
    /// name stays, and so does every particle without which a single token would be left.
    pub fn add_full_name(&mut self, text: &str) {
        let mut work = std::mem::take(&mut self.work);
        if work.words.read(text, Place::WHOLE, true) {
            self.add_words(&mut work, TOKENS_LEAST);
        }
        self.work = work;
    }

    /// Adds the tokens of the other way to read a whole name in one field.
    ///
    /// Mostly every particle is a token of its own here: `Abdul Bhakta` may be forename and surname, which a register that
    /// has them in two columns tells. Where [`Tokens::add_full_name`] keeps a first word that may be a particle of the
    /// family name behind it (`Ben Salah Ahmed`), that is left out, and there are fewer tokens than in the first way: what
    /// then agrees tells of the person only where nothing else is left over.
    pub fn add_full_name_otherwise(&mut self, text: &str) {
        let mut work = std::mem::take(&mut self.work);
        if work.words.read(text, Place::WHOLE, true) {
            let before = self.mark();
            if work.words.begins_in_doubt {
                work.words.set(0, Fate::Dropped);
                self.write(&mut work);
            }
            if self.len() < before.0 + TOKENS_LEAST {
                self.back_to(before);
                for index in 0..work.words.list().len() {
                    work.joined.clear();
                    push_assimilated(&mut work.joined, work.words.text(index));
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
            self.back_to((before, self.cut));
        }
    }

    /// How far the tokens go: their number, and how many were cut.
    fn mark(&self) -> (usize, u32) {
        (self.len(), self.cut)
    }

    fn back_to(&mut self, (len, cut): (usize, u32)) {
        self.ends.truncate(len);
        self.bytes.truncate(self.ends.last().map_or(0, |end| usize::from(*end)));
        self.cut = cut;
    }

    /// Joins and drops particles, as long as `least` tokens are left.
    fn add_words(&mut self, work: &mut Work, least: usize) {
        let before = self.mark();
        self.write(work);
        let missing = least.saturating_sub(self.len() - before.0);
        if missing > 0 && !work.spared.is_empty() {
            let Work { words, spared, .. } = work;
            spared.iter().rev().take(missing).for_each(|index| words.set(*index, Fate::Stays));
            self.back_to(before);
            self.write(work);
        }
        self.forget_placeholder(before.0, work.words.read);
    }

    /// Writes the words as they are to be.
    fn write(&mut self, work: &mut Work) {
        let Work { words, joined, spared } = work;
        spared.clear();
        let mut at = 0;
        while let Some(word) = words.list().get(at) {
            match word.fate {
                Fate::Joins if joins(words, at) => {
                    at = join_next(joined, words, at);
                    // UD and DIN make UDDIN, a particle: read again it would go, so it goes now.
                    if lexicon::particle(joined).is_none() {
                        self.push(joined);
                    }
                }
                Fate::Stays | Fate::Joins => {
                    joined.clear();
                    push_assimilated(joined, words.text(at));
                    self.push(joined);
                    at += 1;
                }
                Fate::Spare | Fate::Dropped => {
                    if word.fate == Fate::Spare {
                        spared.push(at);
                    }
                    at += 1;
                }
            }
        }
    }
}

/// Whether a joining particle has a word to be joined to: an O before one or two letters is an initial.
fn joins(words: &Words, at: usize) -> bool {
    words.list().get(at + 1).is_some_and(|next| {
        let is_short = next.fate == Fate::Stays && words.text(at + 1).len() < 3;
        !(is_short && words.text(at).len() == 1)
    })
}

/// Writes a joining particle and the word it belongs to as one token; returns the index after them.
///
/// ABD, ABDEL, ABDUR … all become ABDUL: the article is written in many ways before one and the same name.
fn join_next(joined: &mut String, words: &Words, at: usize) -> usize {
    joined.clear();
    let first = words.text(at);
    let servant = first.starts_with("ABD");
    joined.push_str(if servant { "ABDUL" } else { first });
    let mut next = at + 1;
    let is_article = |index| matches!(lexicon::particle(words.text(index)), Some(Action::Drop | Action::DropInside));
    // The article after ABD (ABD AL RAHMAN) goes, as long as a word follows it.
    while servant && next + 1 < words.list().len() && is_article(next) {
        next += 1;
    }
    joined.push_str(words.text(next));
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

#[cfg(test)]
mod tests;
