//! The words of a name's text, and what becomes of each: which stand in the name, and which only go with it.

use crate::lexicon::{self, Action};
use any_ascii::any_ascii;
use unicode_normalization::UnicodeNormalization;

/// Longest text that is read at all: ten times the longest name of the register.
const TEXT_BYTES_MAX: usize = 1024;

/// Where the text of a field stands in the name of its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The name begins with it.
    pub begins: bool,
    /// The name ends with it.
    pub ends: bool,
}

impl Place {
    /// A whole name in one field.
    pub(super) const WHOLE: Self = Self { begins: true, ends: true };
}

/// What becomes of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A token of its own.
    Stays,
    /// Written together with the next.
    Joins,
    /// Left out as long as enough of the name is left without it.
    Spare,
    /// Left out.
    Dropped,
}

/// What parts a word from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parted {
    Space,
    Hyphen,
    Comma,
}

/// One word that may stand in the name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    start: u16,
    end: u16,
    parted: Parted,
    /// What becomes of it.
    pub fate: Fate,
}

/// The words of one text, in reusable buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    folded: String,
    /// Places in `folded` of the spaces that were hyphens and commas.
    hyphens: Vec<u16>,
    commas: Vec<u16>,
    words: Vec<Word>,
    /// Words of the text, with those that never stand in the name.
    pub read: usize,
    /// The first word may be of the given names or belong to the family name behind it.
    pub begins_in_doubt: bool,
}

impl Words {
    /// Reads the words of a text and tells what becomes of each; `false` where the text stands for no name.
    pub(super) fn read(&mut self, text: &str, place: Place, titled: bool) -> bool {
        self.fold(text);
        self.words.clear();
        self.begins_in_doubt = false;
        if lexicon::is_placeholder_phrase(self.folded.trim_end()) {
            return false;
        }
        self.split();
        self.read = self.words.len();
        let comma = self.words.iter().position(|word| word.parted == Parted::Comma);
        if titled {
            self.take_titles(0);
            self.take_titles(comma.map_or(self.read, |at| at + 1));
        }
        let family = self.choose(comma.map_or(0, |at| at + 1));
        self.settle(place, family);
        true
    }

    /// The words that may stand in the name, in an order in which those that begin and end it do so.
    pub(super) fn list(&self) -> &[Word] {
        &self.words
    }

    /// Changes what becomes of one.
    pub(super) fn set(&mut self, index: usize, fate: Fate) {
        self.words[index].fate = fate;
    }

    /// The text of a word.
    pub(super) fn text(&self, index: usize) -> &str {
        self.of(self.words[index])
    }

    fn of(&self, word: Word) -> &str {
        &self.folded[usize::from(word.start)..usize::from(word.end)]
    }

    /// Text to ASCII capitals and single spaces; apostrophes and full stops inside words vanish, other marks part words.
    fn fold(&mut self, text: &str) {
        self.folded.clear();
        self.hyphens.clear();
        self.commas.clear();
        let mut end = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        if text.is_ascii() {
            self.fold_ascii(text.as_bytes());
        } else {
            let composed: String = text.nfkc().collect();
            self.fold_ascii(any_ascii(&composed).as_bytes());
        }
    }

    /// Capitals, with single spaces between words and none at the ends.
    fn fold_ascii(&mut self, bytes: &[u8]) {
        let out = &mut self.folded;
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
                    let space = out.len().saturating_sub(1) as u16;
                    match byte {
                        b'-' => self.hyphens.push(space),
                        b',' => self.commas.push(space),
                        _ => {}
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

    fn split(&mut self) {
        let len = self.folded.len();
        let spaces = self.folded.bytes().enumerate().filter(|(_, byte)| *byte == b' ').map(|(at, _)| at);
        let mut start = 0;
        for at in spaces.chain(std::iter::once(len)) {
            if start < at {
                let (space, is_last) = (at as u16, at == len);
                let parted = match (self.commas.contains(&space), self.hyphens.contains(&space)) {
                    (true, _) if !is_last => Parted::Comma,
                    (_, true) if !is_last => Parted::Hyphen,
                    _ => Parted::Space,
                };
                self.words.push(Word { start: start as u16, end: space, parted, fate: Fate::Stays });
            }
            start = at + 1;
        }
    }

    /// Takes out what is no word of the name; of the words before `behind`, how many stay.
    fn choose(&mut self, behind: usize) -> usize {
        let mut chosen = 0;
        let mut before = 0;
        for index in 0..self.words.len() {
            let mut word = self.words[index];
            let token = self.of(word);
            let action = lexicon::particle(token);
            let goes = word.fate == Fate::Dropped
                || lexicon::is_placeholder_token(token)
                || action == Some(Action::Suffix) && chosen > 0;
            if goes {
                continue;
            }
            match action {
                Some(Action::Drop | Action::DropInside) => word.fate = Fate::Spare,
                Some(Action::JoinNext) => word.fate = Fate::Joins,
                _ => {}
            }
            self.words[chosen] = word;
            chosen += 1;
            before += usize::from(index < behind);
        }
        self.words.truncate(chosen);
        before
    }

    /// Which particles are names here: those that begin or end the name of their person, where nothing that they could go
    /// with stands. What stands before a comma, the first `family` words, ends it.
    fn settle(&mut self, place: Place, family: usize) {
        let len = self.words.len();
        // Turned round, a title in the midst (`Smith, Ben Dr`) might come to stand where titles are taken away.
        let is_title = |word: &Word| lexicon::title(self.of(*word)).is_some_and(|title| !title.name_like);
        let has_parts = place == Place::WHOLE && family > 0 && family < len;
        let turned = has_parts && !self.words.iter().any(is_title);
        let (first, last) = if turned { (family, family - 1) } else { (0, len.saturating_sub(1)) };
        let is_name = |index: usize| index < len && lexicon::particle(self.text(index)) == Some(Action::DropInside);
        // `Al-Hassan`: the hyphen says that the two go together.
        let begins = place.begins && is_name(first) && self.words[first].parted != Parted::Hyphen;
        let ends = place.ends && is_name(last);
        for (index, word) in self.words.iter_mut().enumerate() {
            if begins && index == first || ends && index == last {
                word.fate = Fate::Stays;
            } else if word.fate == Fate::Spare && word.parted == Parted::Hyphen {
                word.fate = Fate::Dropped;
            }
        }
        if turned && (begins || ends) {
            // Read again without the comma, they must begin and end the name as here.
            self.words.rotate_left(family);
            let suffix = |word: &Word| lexicon::particle(&self.folded[usize::from(word.start)..usize::from(word.end)]);
            let mut at = 0;
            self.words.retain(|word| {
                at += 1;
                at == 1 || suffix(word) != Some(Action::Suffix)
            });
        }
        self.begins_in_doubt = begins && !turned && len > 2;
    }

    /// Words from `start` on that are titles and nothing else; at least one word always stays.
    ///
    /// Words that go anyway (placeholders, particles) do not hide a title behind them.
    fn take_titles(&mut self, start: usize) {
        let last = self.words.len().saturating_sub(1);
        let mut at = start;
        while at < last {
            let here = self.text(at);
            let action = lexicon::particle(here);
            let title = lexicon::title(here).filter(|title| !title.name_like);
            // UD and DIN make UDDIN, a particle: both go. ABD takes the name behind its article, and O no initial.
            let both_go = action == Some(Action::JoinNext)
                && here.len() > 1
                && !here.starts_with("ABD")
                && at + 2 <= last
                && lexicon::particle(&format!("{here}{}", self.text(at + 1))).is_some();
            let passed = lexicon::is_placeholder_token(here)
                || matches!(action, Some(Action::Drop | Action::DropInside | Action::Suffix));
            match title {
                Some(title) => self.words[at].fate = if title.given { Fate::Spare } else { Fate::Dropped },
                None if both_go => at += 1,
                None if passed => {}
                None => break,
            }
            at += 1;
        }
    }
}
