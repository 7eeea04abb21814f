//! Functions of texts letter by letter, as DuckDB has them: positions count characters, not bytes.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case, each letter by itself.
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // `İ` alone becomes two characters, of which the first is the simple lower case.
    text.chars().map(|letter| letter.to_lowercase().next().unwrap_or(letter)).collect()
}

/// Upper case, each letter by itself; `ß` becomes `ẞ`.
pub(crate) fn upper(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    let upper = |letter: char| {
        let mut upper = letter.to_uppercase();
        match (letter, upper.next(), upper.next()) {
            ('ß', ..) => 'ẞ',
            (_, Some(one), None) => one,
            _ => letter,
        }
    };
    text.chars().map(upper).collect()
}

/// The text without the accents of its letters.
pub(crate) fn strip_accents(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.nfd().filter(|letter| !is_combining_mark(*letter)).nfc().collect()
}

/// The text from its end to its start; marks stay with their letters.
pub(crate) fn reverse(text: &str) -> String {
    let mut clusters: Vec<String> = Vec::new();
    for letter in text.chars() {
        match clusters.last_mut() {
            Some(cluster) if is_combining_mark(letter) => cluster.push(letter),
            _ => clusters.push(letter.to_string()),
        }
    }
    clusters.reverse();
    clusters.concat()
}

/// Spaces that `trim` takes away: those of Unicode, but no tabs or ends of lines.
pub(crate) const fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Characters from `from`, counted from 1, or from the end where negative; `length` of them, those before it where
/// negative, all where `None`.
pub(crate) fn substring(text: &str, from: i64, length: Option<i64>) -> String {
    let count = text.chars().count() as i64;
    let start = match from {
        1.. => from - 1,
        0 => -1,
        _ => count.saturating_add(from),
    };
    let end = length.map_or(count, |length| start.saturating_add(length));
    let (start, end) = (start.min(end).clamp(0, count), start.max(end).clamp(0, count));
    if length.is_none() && start == count {
        return String::new();
    }
    text.chars().skip(start as usize).take((end - start) as usize).collect()
}

/// The first `count` characters; all but the last where negative.
pub(crate) fn left(text: &str, count: i64) -> String {
    let length = text.chars().count() as i64;
    let kept = if count < 0 { length.saturating_add(count) } else { count };
    text.chars().take(kept.max(0) as usize).collect()
}

/// The last `count` characters; all but the first where negative.
pub(crate) fn right(text: &str, count: i64) -> String {
    let length = text.chars().count() as i64;
    let dropped = if count < 0 { count.saturating_neg() } else { length.saturating_sub(count) };
    text.chars().skip(dropped.max(0) as usize).collect()
}

/// Words between spaces.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Runs of `count` characters, each once, in order of their first place; a shorter text is its own run.
pub(crate) fn ngrams(text: &str, count: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    if letters.is_empty() || count == 0 {
        return Vec::new();
    }
    let mut grams: Vec<String> = Vec::new();
    for gram in letters.windows(count.min(letters.len())) {
        let gram: String = gram.iter().collect();
        if !grams.contains(&gram) {
            grams.push(gram);
        }
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of DuckDB 2.0.0.
    #[test]
    fn letters_as_duckdb_has_them() {
        assert_eq!(upper("straße ŉ ǆ éàı"), "STRAẞE ŉ Ǆ ÉÀI");
        assert_eq!(lower("İΣΑΣẞ"), "iσασß");
        assert_eq!(strip_accents("é Å ł ø ß 한 ﬁ e\u{301}"), "e A ł ø ß 한 ﬁ e");
        assert_eq!(reverse("ae\u{301}b"), "be\u{301}a");
    }

    #[test]
    fn parts_of_texts() {
        for (from, length, want) in [
            (2, Some(2), "el"),
            (0, Some(2), "h"),
            (-3, Some(2), "ll"),
            (-10, Some(7), "he"),
            (2, None, "ello"),
            (3, Some(-2), "he"),
            (4, Some(-2), "el"),
            (2, Some(0), ""),
            (10, None, ""),
            (-2, None, "lo"),
            (i64::MIN, Some(i64::MIN), ""),
            (i64::MAX, Some(i64::MAX), ""),
        ] {
            assert_eq!(substring("hello", from, length), want, "{from} {length:?}");
        }
        assert_eq!((left("hello", 2), left("hello", -2), left("hello", -10)), ("he".into(), "hel".into(), "".into()));
        assert_eq!((right("héllo", 4), right("hello", -2)), ("éllo".into(), "llo".into()));
    }

    #[test]
    fn runs_of_characters() {
        assert_eq!(ngrams("anana", 2), ["an", "na"]);
        assert_eq!(ngrams("li", 3), ["li"]);
        assert!(ngrams("", 3).is_empty() && ngrams("abc", 0).is_empty());
        assert_eq!(words("  a b  c "), ["a", "b", "c"]);
    }
}
