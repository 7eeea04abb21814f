//! Text of an address to words: capitals, one spelling, numbers and ranges put together.

use crate::standardise::address::words;
use crate::standardise::address::words::Roles;
use any_ascii::any_ascii_char;

/// Longest text that is read, in characters, and most words that are kept of it.
const TEXT_CHARS_MAX: usize = 500;
const WORDS_MAX: usize = 60;
/// Most digits of a house number; longer ones are telephones or accounts.
const NUMBER_DIGITS_MAX: usize = 5;

/// One word of an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    /// Its canonical spelling.
    pub text: &'a str,
    /// The id of the floor that it names, or empty.
    pub floor: &'static str,
    /// What it may be.
    pub roles: Roles,
    /// It begins a part: a comma or a line end stands before it.
    pub breaks: bool,
}

impl Word<'_> {
    /// `12`, `12A`, `10-12`, `45/2`.
    pub(super) fn is_number(&self) -> bool {
        is_number(self.text)
    }

    /// A point of the compass.
    pub(super) fn is_compass(&self) -> bool {
        is_side(self.text) || matches!(self.text, "NORTH" | "SOUTH" | "EAST" | "WEST")
    }

    /// One letter that belongs to a number before it: `12 A`, not `12 N`.
    pub(super) fn is_suffix(&self) -> bool {
        is_letter(self.text) && !is_side(self.text)
    }

    /// Whether there is a digit in it.
    pub(super) fn has_digit(&self) -> bool {
        self.text.bytes().any(|byte| byte.is_ascii_digit())
    }
}

/// Whether a word is a house number: digits with one letter or none, a range or a pair of them.
pub(super) fn is_number(text: &str) -> bool {
    match text.split_once(['-', '/']) {
        Some((first, second)) => is_simple(first) && (is_simple(second) || is_letter(second)),
        None => is_simple(text),
    }
}

/// `12` or `12A`.
fn is_simple(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let is_suffix = matches!(text.as_bytes()[digits..], [] | [b'A'..=b'Z']);
    (1..=NUMBER_DIGITS_MAX).contains(&digits) && is_suffix
}

fn is_digits(text: &str) -> bool {
    is_simple(text) && text.ends_with(|char: char| char.is_ascii_digit())
}

fn is_letter(text: &str) -> bool {
    matches!(text.as_bytes(), [b'A'..=b'Z'])
}

fn is_side(text: &str) -> bool {
    matches!(text, "N" | "S" | "E" | "W")
}

/// The words of a text before they are looked up.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    text: String,
    /// Where each word ends, and whether it begins a part.
    spans: Vec<(usize, usize, bool)>,
    breaks: bool,
    /// The word that is being read.
    word: String,
    /// What stands between the last word and the next.
    joint: Joint,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Joint {
    #[default]
    Space,
    /// A hyphen; with spaces, it may be a dash.
    Hyphen {
        spaced: bool,
    },
    Slash,
}

impl Tokens {
    /// Cuts a text at everything but letters and digits; commas, brackets and line ends begin a part.
    pub(super) fn of(text: &str) -> Self {
        let mut tokens = Self { breaks: true, ..Self::default() };
        if text.is_ascii() && text.len() <= TEXT_CHARS_MAX {
            tokens.lex(text);
        } else {
            let folded: String =
                text.chars().take(TEXT_CHARS_MAX).flat_map(|char| any_ascii_char(char).chars()).collect();
            tokens.lex(&folded);
        }
        tokens
    }

    fn lex(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.text.reserve(bytes.len() + 8);
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match rest {
                [b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z', ..] => self.lex_word(rest),
                [b'\'' | b'`', ..] => 1,
                [b',' | b';' | b'\n' | b'\r' | b'|' | b'(' | b')' | b'[' | b']', ..] => {
                    self.breaks = true;
                    1
                }
                [b'&', ..] => {
                    self.push("AND");
                    1
                }
                [b'-', ..] => {
                    let is_spaced = at > 0 && bytes[at - 1] == b' ' || rest.get(1) == Some(&b' ');
                    self.joint = Joint::Hyphen { spaced: is_spaced };
                    1
                }
                [b'/', ..] => {
                    self.joint = Joint::Slash;
                    1
                }
                _ => 1,
            };
        }
    }

    /// Reads one word: letters and digits, apostrophes inside, and the dots of initials.
    fn lex_word(&mut self, rest: &[u8]) -> usize {
        if let Some(word) = slashed(rest) {
            self.push(&word.to_ascii_uppercase());
            return word.len();
        }
        let mut word = std::mem::take(&mut self.word);
        word.clear();
        let mut len = 0;
        // Letters since the start or the last dot: U.K. is one word, and ST.JOHN two.
        let mut run = 0;
        for &byte in rest {
            run += 1;
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => word.push(byte.to_ascii_uppercase() as char),
                b'\'' | b'`' => {}
                b'.' if run == 2 && word.ends_with(|char: char| char.is_ascii_uppercase()) => run = 0,
                _ => break,
            }
            len += 1;
        }
        self.push(&word);
        self.word = word;
        len
    }

    fn get(&self, back: usize) -> Option<&str> {
        let at = self.spans.len().checked_sub(back)?;
        let &(start, end, _) = self.spans.get(at)?;
        Some(&self.text[start..end])
    }

    /// Whether the last `count` words stand in one part with the next word.
    fn is_together(&self, count: usize) -> bool {
        let inner = self.spans.len().saturating_sub(count - 1);
        !self.breaks && self.spans[inner..].iter().all(|&(_, _, breaks)| !breaks)
    }

    fn push(&mut self, word: &str) {
        let joint = std::mem::take(&mut self.joint);
        if self.spans.len() == WORDS_MAX || word.is_empty() {
            return;
        }
        let word = without_zeros(word);
        if self.join(word, joint) {
            return;
        }
        let start = self.text.len();
        self.text.push_str(word);
        self.spans.push((start, self.text.len(), self.breaks));
        self.breaks = false;
    }

    /// Puts the word into the one before it, where both are one number.
    fn join(&mut self, word: &str, joint: Joint) -> bool {
        let Some(last) = self.get(1) else {
            return false;
        };
        if !self.is_together(1) {
            return false;
        }
        let is_range = is_simple(last) && is_simple(word);
        match joint {
            Joint::Hyphen { spaced } if is_range => {
                // "Flat 3 - 12 High Street": a dash, not a range.
                let is_flat = |before: &str| words::entry(before).is_some_and(|entry| entry.roles.any(Roles::FLAT));
                if spaced && self.get(2).is_some_and(is_flat) {
                    return false;
                }
                self.extend_last("-", word);
                return true;
            }
            Joint::Slash if is_of_slash(last, word) => {
                self.extend_last("/", word);
                return true;
            }
            _ => {}
        }
        if is_simple(word) && last == "TO" && self.get(2).is_some_and(is_simple) && self.is_together(2) {
            self.pop();
            self.extend_last("-", word);
            return true;
        }
        if !is_letter(word) || is_side(word) {
            return false;
        }
        if is_digits(last) {
            self.extend_last("", word);
            return true;
        }
        // A second letter after a number says nothing more.
        is_number(last)
    }

    fn extend_last(&mut self, between: &str, word: &str) {
        self.text.push_str(between);
        self.text.push_str(word);
        if let Some((_, end, _)) = self.spans.last_mut() {
            *end = self.text.len();
        }
    }

    fn pop(&mut self) {
        if let Some((start, _, _)) = self.spans.pop() {
            self.text.truncate(start);
        }
    }

    /// The words, each in its one spelling.
    ///
    /// A short form of a street's type counts as one only after the first word of a name: `DR` is
    /// a drive in `IVY DR` and a doctor in `DR JOHNSON AVENUE`. `ST` is left to [`spell_st`].
    pub(super) fn words(&self) -> Vec<Word<'_>> {
        let mut words: Vec<Word<'_>> = Vec::with_capacity(self.spans.len());
        for &(start, end, breaks) in &self.spans {
            let text = &self.text[start..end];
            let is_first = breaks || words.last().is_none_or(|word| word.is_number() || word.roles.any(Roles::NUMBER));
            let plain = Word { text, floor: "", roles: Roles::default(), breaks };
            let word = match words::entry(text) {
                Some(entry) if is_first && entry.canonical != text && entry.roles.any(TYPES) => plain,
                Some(entry) => Word { text: entry.canonical, floor: entry.floor, roles: entry.roles, ..plain },
                None => plain,
            };
            words.push(word);
        }
        words
    }
}

/// Ends of street and building names.
const TYPES: Roles = Roles::STREET.with(Roles::WEAK).with(Roles::SOLE).with(Roles::HOUSE);

/// `C/O` or `G/1` at the start of a text: one word, whatever stands before it.
fn slashed(rest: &[u8]) -> Option<&str> {
    let len = match rest {
        [b'C' | b'c', b'/', b'O' | b'o', ..] => 3,
        [b'G' | b'g', b'/', digits @ ..] => 2 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => return None,
    };
    let is_end = !rest.get(len).is_some_and(u8::is_ascii_alphanumeric);
    let word = str::from_utf8(&rest[..len]).ok()?;
    (is_end && len > 2).then_some(word)
}

/// `45/2`, `2/1`, `0/1`, `G/1`, `2/L`; not `N/A`.
fn is_of_slash(last: &str, word: &str) -> bool {
    let is_left = is_simple(last) || last == "GF";
    let is_right = (is_simple(word) && word.len() <= 4) || is_letter(word);
    is_left && is_right
}

/// Digits without the zeros before them.
pub(super) fn without_zeros(word: &str) -> &str {
    let stripped = word.trim_start_matches('0');
    if is_simple(word) && stripped.starts_with(|char: char| char.is_ascii_digit()) { stripped } else { word }
}

/// Spells `ST`: SAINT at the start of a name, STREET at its end.
///
/// In the middle it is SAINT if a street's type stands before it or comes later in the part, and
/// STREET in a part that begins with a number or is the only one (`12 HIGH ST LEEDS`).
pub(super) fn spell_st(words: &mut [Word<'_>]) {
    let is_only_part = words.iter().skip(1).all(|word| !word.breaks);
    for at in 0..words.len() {
        if words[at].text != "ST" {
            continue;
        }
        let start = (0..=at).rev().find(|&at| words[at].breaks).unwrap_or(0);
        let end = (at + 1..words.len()).find(|&at| words[at].breaks).unwrap_or(words.len());
        let is_street = is_street(&words[start..end], at - start, is_only_part);
        let (text, roles) = if is_street { ("STREET", Roles::STREET) } else { ("SAINT", Roles::default()) };
        words[at] = Word { text, roles, ..words[at] };
    }
}

fn is_street(part: &[Word<'_>], at: usize, is_only_part: bool) -> bool {
    let before = &part[..at];
    let after = &part[at + 1..];
    let is_first = before.iter().all(Word::is_number);
    if is_first || before.last().is_some_and(|word| word.roles.any(Roles::STREET)) {
        return false;
    }
    if after.is_empty() || after[0].text == "ST" {
        return true;
    }
    let has_type_after = after.iter().any(|word| word.roles.any(Roles::STREET));
    !has_type_after && (is_only_part || part[0].is_number())
}
