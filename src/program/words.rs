//! Texts laid out for the kernels: each in one line of the cache, with the set of its letters.

use super::columns::Texts;

/// A text for the kernels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'a> {
    pub(crate) bytes: &'a [u8],
    /// The set of its letters, see [`letters_of`]; 0 where it is not known.
    pub(crate) letters: u64,
}

impl<'a> Word<'a> {
    /// A text whose letters have not been looked at.
    pub(crate) const fn of(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), letters: 0 }
    }

    /// Letters at least that a text has and another lacks; 0 where they are not known.
    #[inline]
    pub(crate) const fn lacking_in(self, other: Word) -> usize {
        if other.letters == 0 { 0 } else { (self.letters & !other.letters).count_ones() as usize }
    }
}

/// The bytes of a text as a set: one bit for each letter of ASCII and digit, two for all others.
pub(crate) fn letters_of(text: &[u8]) -> u64 {
    let bit = |letter: u8| match letter {
        b'a'..=b'z' => letter - b'a',
        b'A'..=b'Z' => 26 + letter - b'A',
        b'0'..=b'9' => 52 + letter - b'0',
        _ => 62 + (letter & 1),
    };
    text.iter().fold(0, |letters, letter| letters | 1 << bit(*letter))
}

/// Bytes of a text that stand in its own line; longer ones are looked up.
const SHORT: usize = 23;
const LONG: usize = 55;

#[derive(Clone, Debug)]
#[repr(align(32))]
pub(crate) struct Line<const SIZE: usize> {
    letters: u64,
    length: u8,
    bytes: [u8; SIZE],
}

/// Stands for a text that is too long for its line.
const ELSEWHERE: u8 = u8::MAX;

impl<const SIZE: usize> Line<SIZE> {
    fn of(text: &str) -> Self {
        let mut bytes = [0; SIZE];
        let fits = text.len() <= SIZE;
        if fits {
            bytes[..text.len()].copy_from_slice(text.as_bytes());
        }
        let length = if fits { text.len() as u8 } else { ELSEWHERE };
        Self { letters: letters_of(text.as_bytes()), length, bytes }
    }
}

/// Lines of texts by code.
#[derive(Clone, Debug)]
pub(crate) enum Words {
    Short(Vec<Line<SHORT>>),
    Long(Vec<Line<LONG>>),
    /// Too many texts to be laid out: they are looked up.
    None,
}

/// Bytes that the lines of one dictionary may take.
const BYTES_MAX: usize = 512 << 20;

impl Words {
    /// Lays texts out.
    pub(crate) fn of(texts: &Texts) -> Self {
        let count = texts.len();
        let all = || (0..count as u32).map(|code| texts.get(code));
        let short = all().filter(|text| text.len() <= SHORT).count();
        // One text in ten may be looked up.
        if short * 10 >= count * 9 && count * size_of::<Line<SHORT>>() <= BYTES_MAX {
            Self::Short(all().map(Line::of).collect())
        } else if count * size_of::<Line<LONG>>() <= BYTES_MAX {
            Self::Long(all().map(Line::of).collect())
        } else {
            Self::None
        }
    }

    /// The text of a code, which `texts` must have too.
    #[inline]
    pub(crate) fn get<'a>(&'a self, code: u32, texts: &'a Texts) -> Word<'a> {
        let (letters, length, bytes): (u64, u8, &[u8]) = match self {
            Self::Short(lines) => {
                let line = &lines[code as usize];
                (line.letters, line.length, &line.bytes)
            }
            Self::Long(lines) => {
                let line = &lines[code as usize];
                (line.letters, line.length, &line.bytes)
            }
            Self::None => return Word::of(texts.get(code)),
        };
        let bytes = if length == ELSEWHERE { texts.get(code).as_bytes() } else { &bytes[..usize::from(length)] };
        Word { bytes, letters }
    }

    /// Part of what stands in the line of a code, to bring it near.
    #[inline]
    pub(crate) fn touch(&self, code: u32) -> u64 {
        match self {
            Self::Short(lines) => lines[code as usize].letters,
            Self::Long(lines) => lines[code as usize].letters,
            Self::None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_their_lines() {
        for longest in [10_usize, 23, 24, 40, 55, 56, 90] {
            let mut texts = Texts::default();
            for length in 0..=longest {
                texts.push(&"aZ0é".chars().cycle().take(length).collect::<String>()).unwrap();
            }
            let words = Words::of(&texts);
            for code in 1..texts.len() as u32 {
                let word = words.get(code, &texts);
                assert_eq!(word.bytes, texts.get(code).as_bytes());
                assert_eq!(word.letters, letters_of(word.bytes));
            }
        }
    }

    #[test]
    fn letters_that_another_text_lacks() {
        let word = |text: &'static str| Word { bytes: text.as_bytes(), letters: letters_of(text.as_bytes()) };
        assert_eq!(word("aab1").lacking_in(word("b2")), 2);
        assert_eq!(word("b2").lacking_in(word("aab1")), 1);
        assert_eq!(word("é").lacking_in(word("")), 0, "nothing is known of an empty set");
        assert_eq!(word("abc").lacking_in(Word::of("x")), 0);
    }
}
