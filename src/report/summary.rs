//! The closing summary of a run, for a person at a terminal.

use std::fmt::Write;

/// Lines of a closing summary: a label and a value each, and notes below.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    lines: Vec<(String, String)>,
    notes: Vec<String>,
}

impl Summary {
    /// Adds a line.
    pub fn line(&mut self, label: impl Into<String>, value: impl Into<String>) {
        self.lines.push((label.into(), value.into()));
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The text, with values aligned and lines broken between words so that they fit a width; without one, as they are.
    pub fn fitted(&self, width: Option<usize>) -> String {
        let Some(width) = width else { return self.text() };
        let labels = self.lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        for (label, value) in &self.lines {
            push_wrapped(&mut out, &format!("{label:<labels$}  "), value, width);
        }
        for note in &self.notes {
            push_wrapped(&mut out, "note: ", note, width);
        }
        out
    }

    /// The text, with values aligned.
    pub fn text(&self) -> String {
        let width = self.lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        for (label, value) in &self.lines {
            let _ = writeln!(out, "{label:<width$}  {value}");
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        out
    }
}

/// A text behind its label; what does not fit goes on below, under its beginning. A word is never cut: it may be a path.
fn push_wrapped(out: &mut String, label: &str, text: &str, width: usize) {
    const TEXT_MIN: usize = 20;
    let indent = label.chars().count();
    let room = width.saturating_sub(indent).max(TEXT_MIN);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let used = lines[last].chars().count();
        if used > 0 && used + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            let space = if used > 0 { " " } else { "" };
            lines[last].push_str(space);
            lines[last].push_str(word);
        }
    }
    for (number, line) in lines.iter().enumerate() {
        let before = if number == 0 { label } else { &format!("{:indent$}", "") };
        let _ = writeln!(out, "{before}{line}");
    }
}

/// A number with spaces between groups of three digits: `1 500 000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A size in the largest unit of which there is one: `3 MiB`, `12 KiB`, `100 bytes`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0x10_0000.. => format!("{} MiB", bytes >> 20),
        0x400.. => format!("{} KiB", bytes >> 10),
        1 => "1 byte".to_owned(),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Summary, size, thousands};

    #[test]
    fn sizes_are_in_the_largest_unit_that_they_have() {
        assert_eq!(["100 bytes", "1 KiB", "3 MiB"].map(str::to_owned), [100, 1_500, 3 << 20].map(size));
    }

    #[test]
    fn lines_fit_the_width() {
        let mut summary = Summary::default();
        summary
            .line("estimated", "precision of match 0.9995, recall 0.8788 of those compared, from stated probabilities");
        summary.line("written", "a/very/long/path/that/is/longer/than/the/width/of/the/terminal/and/is/not/cut.csv");
        summary
            .note("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen");
        let text = summary.fitted(Some(50));
        assert!(text.lines().filter(|line| !line.contains("/path/")).all(|line| line.chars().count() <= 50), "{text}");
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed(&text), squeezed(&summary.text()));
        assert!(text.contains("\n           0.8788"), "{text}");
    }

    #[test]
    fn groups_of_three() {
        for (number, want) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(thousands(number), want);
        }
    }
}
