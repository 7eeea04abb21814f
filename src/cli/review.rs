//! `rewash review`: a workbook of what a trace could not settle, and the decisions of people, taken back.

mod apply;
mod folder;
mod write;

use crate::cli::Ended;
use crate::cli::args::Review;
use crate::cli::files::{check_folder, run_date};
use crate::cli::outputs::open_for_run;
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::agreement::Department;
use crate::exchange::ledger::Ledger;
use crate::report::{self, ReviewBook, Summary, thousands};
use crate::store::OutputFile;
use folder::Reviewed;
pub(crate) use folder::latest_decisions;
use serde_json::json;
use std::path::Path;

/// Runs `rewash review`.
pub(crate) fn run(words: &Review, talk: &Talk) -> Result<Ended> {
    // First: what a stopped command left in the folder is put right when the ledger is opened.
    let ledger = open_for_run(&words.record, "review", Department::Hmrc)?;
    let reviewed = Reviewed::open(&words.run)?;
    match (&words.out, &words.labels) {
        (Some(out), _) => make(&reviewed, out, words, ledger, talk),
        (None, Some(labels)) if words.apply.is_empty() => {
            write::give_labels(OutputFile::create(labels)?, &reviewed, talk)
        }
        _ => apply::run(&reviewed, words, ledger, talk),
    }
}

/// Makes the workbook.
fn make(reviewed: &Reviewed, out: &Path, words: &Review, ledger: Option<Ledger>, talk: &Talk) -> Result<Ended> {
    if !words.record.encrypt_to.is_empty() || words.record.seal_to.is_some() {
        return Err(Error::usage("a review workbook is for people to open, and is never sealed")
            .hint("leave out --encrypt-to and --seal-to; keep the workbook where the register is kept"));
    }
    let cases = &reviewed.cases;
    if cases.all.is_empty() {
        talk.remark("the trace left nothing to people: no workbook was made");
        return Ok(Ended::NothingMatched);
    }
    if reviewed.is_sealed {
        talk.warn("the run is sealed and its review workbook is not: destroy it once the decisions are applied");
    }
    check_folder(out, &reviewed.agreement, talk)?;
    let mut file = OutputFile::create(out)?;
    let book =
        ReviewBook { cases, on: &reviewed.on, agreement: &reviewed.agreement.reference, run: reviewed.run_name() };
    report::write_review_book(file.file(), &book)?;
    let [rows, candidates] = [cases.all.len(), cases.candidates()].map(|count| count as u64);
    match ledger {
        Some(mut ledger) => {
            let on = run_date(words.on.as_deref())?.to_string();
            let subject = json!({
                "on": on, "review_workbook": cases.tag(), "run": reviewed.run_name(), "cases": rows, "candidates": candidates,
            });
            ledger.change_with_file(file, subject)?;
        }
        None => file.commit()?,
    }
    let mut summary = Summary::default();
    summary.line("cases", thousands(rows));
    summary.line("candidates", thousands(candidates));
    summary.line("written", out.display().to_string());
    summary.note("the workbook holds register data and never leaves the department");
    talk.summary(&summary);
    Ok(Ended::Done)
}
