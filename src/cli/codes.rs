//! What the codes of errors mean: `rewash help E31`.

use crate::error::ErrorKind;

/// What a kind of error is, and what helps.
pub(crate) struct Explained {
    pub kind: ErrorKind,
    pub title: &'static str,
    pub text: &'static str,
}

/// All kinds of error, in the order of their codes.
pub(crate) const EXPLAINED: [Explained; 8] = [
    Explained {
        kind: ErrorKind::Rejected,
        title: "a file is not what was agreed",
        text: "The file was read and found not to be what the parties agreed: an extract that the specification rejects, or a \
               review workbook that was changed. Nothing of it was processed. Who made the file puts it right and sends it \
               again; `rewash check` says of an extract, row by row, what is wrong.",
    },
    Explained {
        kind: ErrorKind::Usage,
        title: "the words of the command do not fit",
        text: "A command, option or value is not known, is missing, or does not go with another. Nothing was read or written. \
               `rewash COMMAND --help` lists the words of a command, with examples.",
    },
    Explained {
        kind: ErrorKind::Settings,
        title: "a model, agreement, specification or key cannot be used",
        text: "A file of settings says something that is not known or cannot be: a key that is misspelt, a date that is none, a \
               model that the agreement does not pin. The message names the file and, where it can, the line. Known keys stand \
               in `data/example/agreement.toml`, in `rewash check --print-specification` and in models that `--save-model` \
               writes.",
    },
    Explained {
        kind: ErrorKind::Output,
        title: "an output cannot be written",
        text: "Something is in the output's place already, or the folder above it is missing or not writable. Nothing is ever \
               overwritten, and no half of an output is left. Choose another name, make the folder, or remove what is there.",
    },
    Explained {
        kind: ErrorKind::Input,
        title: "an input cannot be read",
        text: "A file is missing, is not readable, or is not a table of its kind: cut off, damaged, sealed to a key that was not \
               given (`--identity`), or of another format. The kind of a file is told by its first bytes, not by its name.",
    },
    Explained {
        kind: ErrorKind::Column,
        title: "a table lacks a column",
        text: "A required column is missing, or a column that a command names is not there. The message lists what was found. \
               Headers are matched in any order, ignoring case, spaces and punctuation; the README lists the columns of each \
               input.",
    },
    Explained {
        kind: ErrorKind::Limit,
        title: "a limit was reached",
        text: "Memory, disk, time or the size of a file would go beyond what is allowed. Nothing was written. `--memory` allows \
               more; `--dry-run` says what a trace would need; a full disk needs space.",
    },
    Explained {
        kind: ErrorKind::Internal,
        title: "a fault of the program",
        text: "The program met something that cannot be. Nothing was written. Please report the command, without its data, and \
               `rewash --version`.",
    },
];

/// The explanation of a code, in any case.
pub(crate) fn explained(code: &str) -> Option<&'static Explained> {
    EXPLAINED.iter().find(|explained| explained.kind.code().eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::{EXPLAINED, explained};
    use crate::error::ErrorKind;

    #[test]
    fn every_code_is_explained() {
        let kinds: Vec<ErrorKind> = EXPLAINED.iter().map(|explained| explained.kind).collect();
        assert_eq!(kinds, ErrorKind::ALL);
        assert!(explained("e31").is_some() && explained("E99").is_none());
    }
}
