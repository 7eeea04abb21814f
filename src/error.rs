//! The one error type: a kind that callers can match on, what happened, where, and what to do about it.
//!
//! No message carries personal data: rows are named by number, never by value.

use std::fmt;

/// What went wrong, by kind; each kind has its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The words of the command do not fit together. Exit status 2.
    Usage,
    /// A file is missing, unreadable, or is not a table of its kind. Exit status 3.
    Input,
    /// A table lacks a required column. Exit status 3.
    Column,
    /// A model or agreement file says something that cannot be used. Exit status 2.
    Settings,
    /// A file or folder cannot be written, or exists already. Exit status 2 when it exists, see [`Error::exit_status`].
    Output,
    /// A limit on memory, disk, size or time was reached. Exit status 4.
    Limit,
    /// A file was read, and is not what the parties agreed. Exit status 1.
    Rejected,
    /// A fault of the program itself. Exit status 5.
    Internal,
}

impl ErrorKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Rejected,
        Self::Usage,
        Self::Settings,
        Self::Output,
        Self::Input,
        Self::Column,
        Self::Limit,
        Self::Internal,
    ];

    /// The code by which `rewash help` explains the kind; its first digit is the exit status.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rejected => "E11",
            Self::Usage => "E21",
            Self::Settings => "E22",
            Self::Output => "E23",
            Self::Input => "E31",
            Self::Column => "E32",
            Self::Limit => "E41",
            Self::Internal => "E51",
        }
    }

    /// Exit status of the program for errors of this kind.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Rejected => 1,
            Self::Usage | Self::Settings | Self::Output => 2,
            Self::Input | Self::Column => 3,
            Self::Limit => 4,
            Self::Internal => 5,
        }
    }
}

/// A failure of a whole file or run. Faults of single rows are data, not errors.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    place: Option<String>,
    hint: Option<String>,
}

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind`; `what` is a clause without full stop.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), place: None, hint: None }
    }

    /// The words of a command do not fit together.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, what)
    }

    /// A file cannot be read as what it should be.
    pub fn input(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, what)
    }

    /// A limit was reached.
    pub fn limit(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, what)
    }

    /// A file or folder cannot be written.
    pub fn output(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Output, what)
    }

    /// A model or agreement file that cannot be used.
    pub fn settings(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Settings, what)
    }

    /// A file that the specification rejects.
    pub fn rejected(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Rejected, what)
    }

    /// A fault of the program itself.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, what)
    }

    /// Names the file, sheet, row or option where it happened.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Names the place, unless one is named already.
    #[must_use]
    pub fn or_at(mut self, place: impl fmt::Display) -> Self {
        self.place.get_or_insert_with(|| place.to_string());
        self
    }

    /// Says what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The kind of this error.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What happened, without place and hint.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where it happened, if known.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// What the user can do, if known.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Exit status of the program for this error.
    pub const fn exit_status(&self) -> u8 {
        self.kind.exit_status()
    }

    /// An error of the operating system while writing: a full disk is a limit, everything else an output fault.
    pub fn write(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
                Self::limit(format!("cannot write: {error}")).hint("free some disk space and run again")
            }
            _ => Self::output(format!("cannot write: {error}")),
        }
    }

    /// An error of the operating system while reading.
    pub fn read(error: &std::io::Error) -> Self {
        Self::input(format!("cannot read: {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::ErrorKind;

    #[test]
    fn the_first_digit_of_a_code_is_the_exit_status() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.code()[1..2], kind.exit_status().to_string(), "{kind:?}");
            assert_eq!(ErrorKind::ALL.iter().filter(|other| other.code() == kind.code()).count(), 1);
        }
    }
}
