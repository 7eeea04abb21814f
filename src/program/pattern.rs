//! Regular expressions of RE2, which DuckDB has, in the words of the `regex` crate.
//!
//! Classes such as `\d` hold ASCII alone, `[` and `&&` inside a class are letters, and `{` that counts nothing is one.

use super::functions::MADE_BYTES_MAX;
use regex::{Captures, Regex};

/// Largest compiled expression, in bytes.
const SIZE_MAX: usize = 4 << 20;

/// Compiles an expression of RE2 with the options of DuckDB (`i`, `c`, `s`, `l`; `g` is for the caller).
///
/// # Errors
/// The reason in words, when it is no expression or an option is not known.
pub(crate) fn compile(pattern: &str, options: &str) -> Result<Regex, String> {
    let mut flags = String::new();
    let mut literal = false;
    for option in options.chars() {
        match option {
            'i' => flags.push('i'),
            's' => flags.push('s'),
            'l' => literal = true,
            'c' | 'g' => {}
            other => return Err(format!("there is no option `{other}`")),
        }
    }
    let body = if literal { regex::escape(pattern) } else { translated(pattern) };
    let body = if flags.is_empty() { body } else { format!("(?{flags}){body}") };
    let built = regex::RegexBuilder::new(&body).size_limit(SIZE_MAX).build();
    built.map_err(|error| {
        let told = error.to_string();
        told.lines().last().unwrap_or("it cannot be read").trim_start_matches("error: ").to_owned()
    })
}

fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        rest = match letter {
            '\\' => escape(after, false, &mut out),
            '[' => class(after, &mut out),
            '{' if !is_count(after) => {
                out.push_str("\\{");
                after
            }
            _ => {
                out.push(letter);
                after
            }
        };
    }
    out
}

/// Whether `2}`, `2,}` or `2,3}` follows.
fn is_count(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, "1"));
    let digits = |text: &str| text.bytes().all(|letter| letter.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

/// Writes what a backslash and the next letter mean; what follows is given back.
fn escape<'a>(after: &'a str, in_class: bool, out: &mut String) -> &'a str {
    let Some(letter) = after.chars().next() else {
        out.push('\\');
        return after;
    };
    let rest = &after[letter.len_utf8()..];
    if letter == 'Q' && !in_class {
        let (quoted, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
        out.push_str(&regex::escape(quoted));
        return rest;
    }
    let members = match letter.to_ascii_lowercase() {
        'd' => Some("0-9"),
        's' => Some(r"\t\n\x0C\r\x20"),
        'w' => Some("0-9A-Za-z_"),
        _ => None,
    };
    match (members, letter) {
        (Some(members), 'd' | 's' | 'w') if in_class => out.push_str(members),
        (Some(members), 'd' | 's' | 'w') => out.push_str(&format!("[{members}]")),
        (Some(members), _) => out.push_str(&format!("[^{members}]")),
        (None, 'b') if !in_class => out.push_str(r"(?-u:\b)"),
        (None, _) => {
            out.push('\\');
            out.push(letter);
        }
    }
    rest
}

/// Writes a class whose `[` has been read; what follows it is given back.
fn class<'a>(after: &'a str, out: &mut String) -> &'a str {
    out.push('[');
    let mut rest = after;
    if let Some(negated) = rest.strip_prefix('^') {
        out.push('^');
        rest = negated;
    }
    let mut first = true;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        rest = match letter {
            ']' if !first => {
                out.push(']');
                return after;
            }
            '[' if after.starts_with(':') && after.contains(":]") => {
                let end = after.find(":]").map_or(0, |place| place + 2);
                out.push('[');
                out.push_str(&after[..end]);
                &after[end..]
            }
            '\\' => escape(after, true, out),
            '[' | ']' | '&' | '~' => {
                out.push('\\');
                out.push(letter);
                after
            }
            _ => {
                out.push(letter);
                after
            }
        };
        first = false;
    }
    rest
}

/// The text of a group of the first match; empty where there is no match or no such group.
pub(crate) fn extract(regex: &Regex, text: &str, group: usize) -> String {
    if group == 0 {
        return regex.find(text).map_or_else(String::new, |found| found.as_str().to_owned());
    }
    let found = regex.captures(text).and_then(|captures| captures.get(group).map(|found| found.as_str().to_owned()));
    found.unwrap_or_default()
}

/// The text with the first match, or all, replaced; `\1` in the replacement is the first group. A replacement that
/// cannot be used leaves the text alone, as RE2 does. `None` where more than [`MADE_BYTES_MAX`] would be put in.
pub(crate) fn replace(regex: &Regex, text: &str, replacement: &str, all: bool) -> Option<String> {
    if !is_replacement(replacement, regex.captures_len()) {
        return Some(text.to_owned());
    }
    let mut room = Some(MADE_BYTES_MAX.max(text.len()));
    let by = |captures: &Captures| {
        let made = room.and_then(|room| rewritten(replacement, captures, room));
        room = room.zip(made.as_ref()).map(|(room, made)| room - made.len());
        made.unwrap_or_default()
    };
    let made = regex.replacen(text, usize::from(!all), by).into_owned();
    room.map(|_| made)
}

fn is_replacement(replacement: &str, groups: usize) -> bool {
    let mut letters = replacement.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            continue;
        }
        let known = match letters.next() {
            Some('\\') => true,
            Some(next) => next.to_digit(10).is_some_and(|group| (group as usize) < groups),
            None => false,
        };
        if !known {
            return false;
        }
    }
    true
}

/// What is put in the place of a match; `None` where it is longer than `room`.
fn rewritten(replacement: &str, captures: &Captures, room: usize) -> Option<String> {
    let mut out = String::new();
    let mut letters = replacement.chars();
    while let Some(letter) = letters.next() {
        if out.len() > room {
            return None;
        }
        match letter {
            '\\' => match letters.next().map(|next| (next, next.to_digit(10))) {
                Some((_, Some(group))) => out.push_str(captures.get(group as usize).map_or("", |found| found.as_str())),
                Some((next, None)) => out.push(next),
                None => {}
            },
            _ => out.push(letter),
        }
    }
    (out.len() <= room).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::{compile, extract, replace};

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern, "").unwrap().is_match(text)
    }

    /// Answers of DuckDB 2.0.0.
    #[test]
    fn expressions_mean_what_they_mean_in_re2() {
        assert!(!matches(r"\w", "é"));
        assert!(!matches(r"\d", "٣"));
        assert!(!matches(r"a\sb", "a\u{a0}b"));
        assert!(!matches(r"a\sb", "a\u{b}b"));
        assert!(matches(r"a[\s\d]b", "a b"));
        assert!(matches(r"a[^\D]b", "a1b"));
        assert!(matches("[[x]", "["));
        assert!(matches("[a&&b]", "&"));
        assert!(matches("[]a]", "]"));
        assert!(matches("[[:alpha:]]1", "b1"));
        assert!(matches("x{", "x{"));
        assert!(matches("^x{2}$", "xx"));
        assert!(matches(r"^\Qa.b\E$", "a.b"));
        assert!(matches("(?i)é", "É"));
        assert!(!matches("a.b", "a\nb"));
        assert!(compile("a.b", "s").unwrap().is_match("a\nb"));
        assert!(compile("a.b", "l").unwrap().is_match("xa.b"));
        for bad in ["[", "(?=b)", "(", "*"] {
            assert!(compile(bad, "").is_err(), "{bad}");
        }
        assert!(compile("a", "z").is_err());
    }

    #[test]
    fn replacements_are_bounded() {
        let regex = compile("(a+)", "").unwrap();
        let half = "a".repeat(1 << 19);
        assert_eq!(replace(&regex, &half, r"\1\1", false).map(|text| text.len()), Some(1 << 20));
        assert_eq!(replace(&regex, &half, r"\1\1\1", false), None);
        assert_eq!(replace(&regex, &half, &r"\1".repeat(100_000), false), None);
        let each = compile("a", "").unwrap();
        assert_eq!(replace(&each, &half, "bbb", true), None);
        // A text that does not grow may be as long as it is.
        let long = "a".repeat(3 << 20);
        assert_eq!(replace(&each, &long, "b", true).map(|text| text.len()), Some(3 << 20));
    }

    #[test]
    fn groups_and_replacements() {
        let regex = compile("(b)(x)?", "").unwrap();
        assert_eq!(extract(&regex, "abc", 0), "b");
        assert_eq!(extract(&regex, "abc", 2), "");
        assert_eq!(extract(&regex, "abc", 7), "");
        assert_eq!(extract(&regex, "zzz", 0), "");
        let replace = |regex: &_, text, by, all| replace(regex, text, by, all).unwrap();
        assert_eq!(replace(&regex, "abab", r"<\1\0$1\\>", false), r"a<bb$1\>ab");
        assert_eq!(replace(&regex, "abab", "x", true), "axax");
        assert_eq!(replace(&regex, "abab", r"\7", true), "abab");
        assert_eq!(replace(&regex, "abab", r"\q", true), "abab");
    }
}
