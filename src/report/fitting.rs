//! Tables of text that fit a width: columns in parts, and a last column of words that is broken into lines.

use std::fmt::Write;

/// Room between two columns.
const GAP: usize = 2;
/// The least that a column of words is broken into.
const WORDS_MIN: usize = 24;

/// A table in parts that fit a width, each with the first column and as many of the others as have room; in one without a
/// width. The first column stands to the left, the others to the right. All lines have as many cells as the first.
pub fn fitted(lines: &[Vec<String>], width: Option<usize>) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let wide = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let mut parts: Vec<Vec<usize>> = vec![vec![0]];
    let mut used = if columns > 0 { wide(0) } else { 0 };
    for column in 1..columns {
        let needs = GAP + wide(column);
        let part = parts.len() - 1;
        if width.is_some_and(|width| used + needs > width) && parts[part].len() > 1 {
            parts.push(vec![0, column]);
            used = wide(0) + needs;
        } else {
            parts[part].push(column);
            used += needs;
        }
    }
    let text = |part: &Vec<usize>| {
        let of = |line: &Vec<String>| part.iter().map(|column| line[*column].clone()).collect();
        aligned(&lines.iter().map(of).collect::<Vec<Vec<String>>>())
    };
    parts.iter().map(text).collect::<Vec<_>>().join("\n")
}

/// Columns of text: the first to the left, the others to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines.first().map_or(0, Vec::len)).map(width).collect();
    let mut out = String::new();
    for line in lines {
        let _ = write!(out, "{:<first$}", line[0], first = widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    }
    out
}

/// A table whose columns stand to the right but for the last, which holds words: they begin behind the others, or on a line
/// of their own where a width leaves no room for that, and go on below where they began. All lines have as many cells as the
/// first.
pub fn fitted_words(lines: &[Vec<String>], width: Option<usize>) -> String {
    let last = lines.first().map_or(0, Vec::len).saturating_sub(1);
    let wide = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..last).map(wide).collect();
    let before = widths.iter().map(|width| width + GAP).sum::<usize>();
    let beside = width.is_none_or(|width| before + WORDS_MIN <= width);
    let indent = if beside { before } else { widths.first().map_or(0, |first| first + GAP) };
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(WORDS_MIN));
    let mut out = String::new();
    for line in lines {
        let cells: Vec<String> =
            line[..last].iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}  ")).collect();
        let cells = cells.concat();
        let words = wrapped(line.get(last).map_or("", String::as_str), room);
        let (first, rest) = if beside { (words[0].as_str(), &words[1..]) } else { ("", &words[..]) };
        let _ = writeln!(out, "{}", format!("{cells}{first}").trim_end());
        for words in rest {
            let _ = writeln!(out, "{:indent$}{words}", "");
        }
    }
    out
}

/// Lines of at most `width` characters, broken between words; a longer word is cut.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last_mut().map_or(0, |line| line.chars().count());
            let space = usize::from(line > 0);
            if line + space + word.len() <= width {
                let rest: String = word.iter().collect();
                if let Some(last) = lines.last_mut() {
                    last.push_str(if space == 1 { " " } else { "" });
                    last.push_str(&rest);
                }
                break;
            }
            if line > 0 {
                lines.push(String::new());
                continue;
            }
            // After a part of a path or a name, where there is one.
            let part =
                word[..width].iter().rposition(|letter| matches!(letter, '/' | '_' | ';')).map_or(width, |at| at + 1);
            let cut: String = word.drain(..part).collect();
            if let Some(last) = lines.last_mut() {
                last.push_str(&cut);
            }
            lines.push(String::new());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{fitted, fitted_words, wrapped};

    fn lines<const N: usize>(rows: &[[&str; N]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect()
    }

    #[test]
    fn a_wide_table_is_given_in_parts() {
        let lines = lines(&[["group", "present", "right", "wrong"], ["a", "1 000", "900", "3"]]);
        let whole = fitted(&lines, None);
        assert_eq!(whole, fitted(&lines, Some(80)));
        let parts = fitted(&lines, Some(22));
        assert!(parts.lines().all(|line| line.chars().count() <= 22), "{parts}");
        assert_eq!(parts.matches("group").count(), 2);
        for word in ["present", "right", "wrong", "1 000", "900"] {
            assert_eq!(parts.matches(word).count(), 1, "{word}");
        }
    }

    #[test]
    fn words_go_on_below() {
        let lines = lines(&[
            ["key", "pairs", "rule"],
            ["0", "1 200", "surname + prefix(forename, 1) + year(born) where postcode_l = postcode_r"],
        ]);
        let whole = fitted_words(&lines, None);
        assert_eq!(whole.lines().count(), 2);
        assert_eq!(whole, fitted_words(&lines, Some(100)));
        for (width, at) in [(50, 12), (40, 12), (30, 5)] {
            let text = fitted_words(&lines, Some(width));
            assert!(text.lines().all(|line| line.chars().count() <= width && line.trim_end() == line), "{text}");
            assert!(text.lines().last().unwrap().starts_with(&" ".repeat(at)), "{text}");
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(squeezed(&text), squeezed(&whole));
        }
        assert_eq!(fitted_words(&[], Some(80)), "");
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(wrapped("ab abcdefgh x", 5), ["ab", "abcde", "fgh x"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("src/exchange", 10), ["src/", "exchange"]);
    }
}
