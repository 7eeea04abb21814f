//! What the terminal is like: how wide, and whether colours are wanted.

use std::borrow::Cow;

/// The least that a table can be read in.
const WIDTH_MIN: usize = 60;

/// Characters of a line: as `COLUMNS` says, else as the terminal does; `None` where neither does.
pub(crate) fn width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
    let terminal = || {
        let streams = [terminal_size::terminal_size(), terminal_size::terminal_size_of(std::io::stderr())];
        streams.into_iter().flatten().map(|(width, _)| usize::from(width.0)).next()
    };
    said.or_else(terminal).map(|width| width.max(WIDTH_MIN))
}

/// Characters of a line of standard output; `None` where it is no terminal, and what is written there is for a program.
pub(crate) fn width_of_output() -> Option<usize> {
    use std::io::IsTerminal;
    if std::io::stdout().is_terminal() { width() } else { None }
}

/// Text as it may be shown on a terminal: what would move the cursor, change its colours or name its window is shown as a mark.
/// Names of files and headers are others' text.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let moves = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(moves) { text.replace(moves, "\u{fffd}").into() } else { text.into() }
}

/// A colour of a word on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Red,
    Yellow,
    Cyan,
}

impl Colour {
    /// The word in bold and in this colour.
    pub(crate) fn of(self, word: &str) -> String {
        let number = match self {
            Self::Red => 31,
            Self::Yellow => 33,
            Self::Cyan => 36,
        };
        format!("\u{1b}[1;{number}m{word}\u{1b}[0m")
    }
}

/// Whether a terminal is to show colours: not with `NO_COLOR` set to anything, and not on one that can show none.
pub(crate) fn wants_colours(variable: impl Fn(&str) -> Option<String>) -> bool {
    let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && variable("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::{Colour, plain, wants_colours};

    #[test]
    fn others_text_moves_no_cursor() {
        assert_eq!(plain("rows of é.csv\t2\n"), "rows of é.csv\t2\n");
        assert_eq!(plain("a\u{1b}[31m\u{9b}2Jb\r"), "a\u{fffd}[31m\u{fffd}2Jb\u{fffd}");
    }

    #[test]
    fn no_color_is_respected() {
        let with =
            |name: &'static str, value: &'static str| wants_colours(|asked| (asked == name).then(|| value.to_owned()));
        assert!(wants_colours(|_| None) && with("NO_COLOR", "") && with("TERM", "xterm"));
        assert!(!with("NO_COLOR", "1") && !with("TERM", "dumb"));
        assert_eq!(Colour::Red.of("error:"), "\u{1b}[1;31merror:\u{1b}[0m");
    }
}
