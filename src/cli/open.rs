//! Opening a department's ledger for a command.

use crate::cli::args::LedgerWords;
use crate::error::Result;
use crate::exchange::agreement::Department;
use crate::exchange::ledger::{Ledger, Opener};
use std::time::Duration;

/// Who runs the command, in words for the audit and for processes that wait.
pub(crate) fn opener(words: &LedgerWords, command: &str) -> Opener {
    let user = || std::env::var("USER").ok().filter(|name| !name.is_empty());
    let by = words.by.clone().or_else(user).unwrap_or_else(|| "unknown".into());
    Opener { by, command: command.to_owned(), wait: Duration::from_secs(words.wait) }
}

/// Opens a ledger, which must be of `department`.
pub(crate) fn open_ledger(words: &LedgerWords, command: &str, department: Department) -> Result<Ledger> {
    let ledger = Ledger::open(&words.ledger, &opener(words, command))?;
    ledger.expect(department)?;
    Ok(ledger)
}
