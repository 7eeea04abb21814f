//! `rewash destroy`: a run's files and rows go, a certificate stays.

use crate::cli::Ended;
use crate::cli::args::{Destroy, Words};
use crate::cli::files::run_date;
use crate::cli::open::opener;
use crate::cli::talk::Talk;
use crate::error::Result;
use crate::exchange::ledger::{Ledger, Order};
use crate::report::{Summary, thousands};

/// Runs `rewash destroy`.
pub(crate) fn run(words: &Destroy, all: &Words, talk: &Talk) -> Result<Ended> {
    let order = Order {
        runs: words.runs.clone(),
        on: run_date(Some(&words.on))?.to_string(),
        certificate: words.certificate.clone(),
        not_closed: words.not_closed.clone(),
        also: words.also.clone(),
        keys: all.identity.clone(),
        keep_keyed: words.keep_keyed,
        without_folder: words.without_folder,
    };
    let mut ledger = Ledger::open(&words.ledger.ledger, &opener(&words.ledger, "destroy"))?;
    let gone = ledger.destroy(&order)?;
    let mut summary = Summary::default();
    summary.line("runs destroyed", thousands(gone.runs));
    summary.line("files", thousands(gone.files));
    summary.line("rows of the ledger", thousands(gone.rows));
    summary.line("written", words.certificate.display().to_string());
    summary.note("the certificate says what is not covered: copies, backups, snapshots, worn blocks");
    talk.summary(&summary);
    Ok(Ended::Done)
}
