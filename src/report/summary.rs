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

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn groups_of_three() {
        for (number, want) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(thousands(number), want);
        }
    }
}
