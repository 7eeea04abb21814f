//! How wide is a text, and what of it fits?
//!
//! The reader's font is not known, so widths are those of DejaVu Sans, the widest of the usual system fonts: what fits
//! by this estimate fits everywhere.

/// Kinds of text in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Font {
    /// The heading of a chart.
    Title,
    /// Names that head something.
    Strong,
    /// Ordinary text.
    Body,
    /// Second lines, axes and notes.
    Small,
}

impl Font {
    /// All of them, for the style sheet.
    pub(super) const ALL: [Self; 4] = [Self::Title, Self::Strong, Self::Body, Self::Small];

    /// Size in pixels.
    pub(super) const fn size(self) -> f64 {
        match self {
            Self::Title => 17.0,
            Self::Strong | Self::Body => 13.0,
            Self::Small => 12.0,
        }
    }

    /// Class in the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Title => "rw-t-title",
            Self::Strong => "rw-t-strong",
            Self::Body => "rw-t-body",
            Self::Small => "rw-t-small",
        }
    }

    /// Whether it is set in bold.
    pub(super) const fn is_bold(self) -> bool {
        matches!(self, Self::Title | Self::Strong)
    }

    /// How far below its middle the baseline of a line stands.
    pub(super) fn drop(self) -> f64 {
        0.36 * self.size()
    }
}

/// Advance widths of the letters from space to tilde, in hundredths of the size of the font.
#[rustfmt::skip]
const ASCII: [u8; 95] = [
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61,
    69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59,
    82, 59, 59, 52, 64, 34, 64, 84,
];
/// Bold letters are so much wider.
const BOLD: f64 = 1.13;

/// Width of one letter, in hundredths of the size of the font.
fn advance(letter: char) -> u8 {
    match u32::from(letter) {
        code @ 0x20..=0x7e => ASCII[code as usize - 0x20],
        // Marks that stand over or under the letter before them, and joiners.
        0x300..=0x36f | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f | 0x200b..=0x200f | 0x20d0..=0x20ff => 0,
        0xfe00..=0xfe0f | 0xfe20..=0xfe2f => 0,
        0xa0 | 0x202f => 32,
        0xa1..=0x24f => 70,
        0x370..=0x52f => 80,
        0x590..=0x6ff => 65,
        0x2013 | 0x2018..=0x201d | 0x2070..=0x209f => 53,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 => {
            102
        }
        0x1f000.. => 135,
        _ => 95,
    }
}

/// The text without what may not stand in XML or would turn the reading direction of its neighbours; line ends and tabs
/// become spaces.
pub(super) fn clean(text: &str) -> String {
    let kept = text.chars().filter_map(|letter| match letter {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => None,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        other => Some(other),
    });
    kept.collect()
}

/// Estimated width of a text in pixels.
pub(super) fn width(text: &str, font: Font) -> f64 {
    let hundredths: u64 = text.chars().map(|letter| u64::from(advance(letter))).sum();
    let factor = if font.is_bold() { BOLD } else { 1.0 };
    hundredths as f64 * font.size() * factor / 100.0
}

/// The text where it fits into `limit` pixels, otherwise its beginning and an ellipsis; blank where not even that fits.
pub(super) fn fit(text: &str, font: Font, limit: f64) -> String {
    let text = clean(text);
    if width(&text, font) <= limit {
        return text;
    }
    let room = limit - width("…", font);
    if room < 0.0 {
        return String::new();
    }
    format!("{}…", text[..end_within(&text, font, room)].trim_end())
}

/// Byte up to which the text is at most `room` wide; marks stay with their letter.
fn end_within(text: &str, font: Font, room: f64) -> usize {
    let mut end = 0;
    let mut ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).peekable();
    while let Some(next) = ends.next() {
        let is_whole = text[next..].chars().next().is_none_or(|letter| advance(letter) > 0);
        if is_whole || ends.peek().is_none() {
            if width(&text[..next], font) > room {
                break;
            }
            end = next;
        }
    }
    end
}

/// The text in at most `lines` lines of `limit` pixels, broken at spaces, or within a word that is wider than a line; the
/// last line ends in an ellipsis where there is more.
pub(super) fn wrap(text: &str, font: Font, limit: f64, lines: usize) -> Vec<String> {
    let text = clean(text);
    let mut rest = text.trim();
    let mut out = Vec::new();
    while !rest.is_empty() && out.len() < lines {
        if out.len() + 1 == lines || width(rest, font) <= limit {
            out.push(fit(rest, font, limit));
            break;
        }
        let end = end_within(rest, font, limit);
        let first_letter = rest.chars().next().map_or(0, char::len_utf8);
        let at_space = rest[..end].rfind(' ').filter(|at| *at > 0 && !rest[end..].starts_with(' '));
        let cut = at_space.unwrap_or(end).max(first_letter);
        out.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Font, clean, fit, width, wrap};
    use proptest::prelude::*;

    #[test]
    fn what_fits_is_left_alone() {
        assert_eq!(fit("postcode", Font::Body, 200.0), "postcode");
        assert_eq!(fit("", Font::Body, 0.0), "");
        assert_eq!(fit("postcode", Font::Body, 3.0), "");
    }

    #[test]
    fn marks_stay_with_their_letter() {
        let text = "e\u{301}".repeat(40);
        let short = fit(&text, Font::Body, 100.0);
        assert!(short.ends_with("\u{301}…"), "{short}");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_within() {
        assert_eq!(wrap("one two three", Font::Body, 60.0, 3), ["one two", "three"]);
        let lines = wrap(&"x".repeat(60), Font::Body, 80.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…'));
        assert!(wrap("  ", Font::Body, 80.0, 3).is_empty());
        assert_eq!(wrap("ab", Font::Body, 1.0, 5), ["a", "b"]);
    }

    #[test]
    fn control_and_direction_marks_are_dropped() {
        assert_eq!(clean("a\0b\u{1b}\nc\u{202e}d\u{ffff}"), "ab cd");
    }

    #[test]
    fn wide_scripts_are_wider() {
        assert!(width("山田太郎", Font::Body) > 1.5 * width("abcd", Font::Body));
        assert!(width("Total", Font::Strong) > width("Total", Font::Body));
    }

    proptest! {
        #[test]
        fn a_fitted_text_is_never_wider_than_its_limit(text in "\\PC{0,60}", limit in 0.0..400.0_f64) {
            prop_assert!(width(&fit(&text, Font::Body, limit), Font::Body) <= limit + 1e-9);
        }

        #[test]
        fn wrapped_lines_keep_every_letter_while_there_is_room(text in "[a-z ]{0,80}") {
            let lines = wrap(&text, Font::Small, 60.0, 100);
            prop_assert!(lines.iter().all(|line| width(line, Font::Small) <= 60.0));
            let letters = |text: &str| text.chars().filter(|letter| *letter != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
