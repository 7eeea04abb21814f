//! `rewash review --apply`: workbooks that came back, checked and put together with what was said before.

use crate::cli::Ended;
use crate::cli::args::Review;
use crate::cli::files::{check_readable, check_still_in_force, run_date, single};
use crate::cli::outputs::Sealing;
use crate::cli::review::folder::{Reviewed, folder_name};
use crate::cli::review::write::{self, Applied, NewVote};
use crate::cli::talk::Talk;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::ledger::Ledger;
use crate::exchange::review::{Decision, Standing, Standings, read_votes};
use crate::ingest::{self, Input, Limits, Loaded};
use crate::model::schema;
use crate::model::value::PartialDate;
use crate::report::{Summary, thousands};
use crate::store::OutputFile;
use std::collections::BTreeSet;

/// Faults that are told one by one.
const FAULTS_TOLD: usize = 20;

/// Runs `rewash review --apply`.
pub(super) fn run(reviewed: &Reviewed, words: &Review, ledger: Option<Ledger>, talk: &Talk) -> Result<Ended> {
    let on = run_date(words.on.as_deref())?;
    check_day(reviewed, on)?;
    let sealing = Sealing::resolve(&words.record, &[Department::HomeOffice, Department::Dwp])?;
    check_sealing(reviewed, words)?;
    let labels = words.labels.as_deref().map(OutputFile::create).transpose()?;
    let books = words.apply.iter().map(|word| load(word, &reviewed.agreement, talk)).collect::<Result<Vec<_>>>()?;
    let Some(applied) = put_together(reviewed, &books, on, talk)? else {
        return nothing_new(reviewed, labels.filter(|_| !words.dry_run), talk);
    };
    if words.dry_run {
        talk.summary(&summary(reviewed, &applied, None));
        return Ok(Ended::Done);
    }
    check_ledger(reviewed, ledger.as_ref())?;
    let files = write::write(reviewed, &applied, &sealing, ledger, labels)?;
    talk.summary(&summary(reviewed, &applied, Some(&files)));
    Ok(Ended::Done)
}

fn check_day(reviewed: &Reviewed, on: PartialDate) -> Result<()> {
    if on.to_string() < reviewed.on {
        return Err(Error::usage(format!("is before the trace, which was made on {}", reviewed.on)).at("--on"));
    }
    match reviewed.agreement_sha256 {
        Some(_) => check_still_in_force(&reviewed.agreement, on),
        None => Ok(()),
    }
}

/// Files of a sealed run are never plain.
fn check_sealing(reviewed: &Reviewed, words: &Review) -> Result<()> {
    let record = &words.record;
    if reviewed.is_sealed && !words.dry_run && record.encrypt_to.is_empty() && record.seal_to.is_none() {
        return Err(Error::usage("the run is sealed, and its supplement would be plain")
            .at(reviewed.path.display())
            .hint("give --encrypt-to home_office=FILE --encrypt-to dwp=FILE and --seal-to FILE, as for the trace"));
    }
    Ok(())
}

/// A run that is in a ledger is not changed without it.
fn check_ledger(reviewed: &Reviewed, ledger: Option<&Ledger>) -> Result<()> {
    match (&reviewed.run, ledger) {
        (Some((run, _)), None) => Err(Error::usage(format!("the trace is in a ledger as {run}"))
            .at(reviewed.path.display())
            .hint("name it with --ledger, so that what people decide is recorded with it")),
        (None, Some(_)) => Err(Error::usage("the trace is in no ledger: its decisions cannot be recorded in one")
            .at(reviewed.path.display())
            .hint("leave out --ledger, or trace again with it")),
        _ => Ok(()),
    }
}

/// A workbook that came back.
pub(super) struct Book {
    pub name: String,
    pub loaded: Loaded,
}

fn load(word: &str, agreement: &Agreement, talk: &Talk) -> Result<Book> {
    let input = single(word, "a review workbook")?;
    if input == Input::Stdin {
        return Err(Error::usage("a review workbook is a file").at("--apply"));
    }
    check_readable(std::iter::once(&input), agreement, talk)?;
    let loaded = ingest::load_every_row(&input, &schema::REVIEW, &Limits::default()).map_err(|error| {
        let hint = "give a workbook that `rewash review -o` made and reviewers filled in";
        if error.kind() == ErrorKind::Column { error.at(input.name()).hint(hint) } else { error }
    })?;
    Ok(Book { name: input.name(), loaded })
}

/// Decisions that were applied before are not applied again; labels that are asked for are those of all of them, so that a
/// command that was stopped before it had put them in place can be given again.
fn nothing_new(reviewed: &Reviewed, labels: Option<OutputFile>, talk: &Talk) -> Result<Ended> {
    let what = match reviewed.folders {
        0 => "no decision stands in the workbooks".to_owned(),
        last => format!(
            "no decision in the workbooks is new: what they say was applied before, up to {}",
            folder_name(last)
        ),
    };
    match labels.filter(|_| reviewed.folders > 0) {
        Some(labels) => {
            talk.remark(&what);
            write::give_labels(labels, reviewed, talk)
        }
        None => Err(Error::rejected(what).hint("nothing was changed")),
    }
}

/// What the workbooks add, if anything; an error where any of them has a fault.
fn put_together<'a>(
    reviewed: &Reviewed,
    books: &'a [Book],
    on: PartialDate,
    talk: &Talk,
) -> Result<Option<Applied<'a>>> {
    let today = on.to_string();
    let mut told = 0;
    let mut standings = reviewed.standings.clone();
    let mut votes = Vec::new();
    for book in books {
        match read_votes(&book.loaded, &reviewed.cases, [&reviewed.on, &today]) {
            Ok(found) => votes.extend(found.into_iter().map(|vote| NewVote { vote, book })),
            Err(faults) => {
                faults.iter().take(FAULTS_TOLD).for_each(|fault| talk.warn(&format!("{}: {fault}", book.name)));
                told += faults.len();
            }
        }
    }
    if told > 0 {
        let faults = if told == 1 { "1 fault".to_owned() } else { format!("{} faults", thousands(told as u64)) };
        return Err(Error::rejected(format!("the workbooks have {faults}: no decision was applied"))
            .hint("put right what the warnings name, or make a fresh workbook with `rewash review -o`"));
    }
    refuse_two_minds(&votes, reviewed)?;
    votes.retain(|new| standings.add(&new.vote));
    if votes.is_empty() {
        return Ok(None);
    }
    let Settled { same: released, nobody } = newly_settled(reviewed, &standings)?;
    Ok(Some(Applied { on, votes, standings, released, nobody, books }))
}

/// One reviewer says one thing of a candidate, however many workbooks there are.
fn refuse_two_minds(votes: &[NewVote], reviewed: &Reviewed) -> Result<()> {
    let mut standings = Standings::default();
    for new in votes {
        let (vote, cases) = (&new.vote, &reviewed.cases);
        let before = standings
            .votes(vote.case)
            .any(|before| before.candidate == vote.candidate && before.is_by(vote) && before.decision != vote.decision);
        if before {
            let reference = cases.candidate_reference(vote.case, vote.candidate);
            return Err(Error::rejected(format!("one reviewer says two things of {reference} in two workbooks"))
                .at(&new.book.name)
                .hint("each reviewer gives one workbook; nothing was applied"));
        }
        standings.add(vote);
    }
    Ok(())
}

/// Cases that are settled now and were not before.
#[derive(Default)]
struct Settled {
    /// As the same person, with the candidate.
    same: Vec<(usize, usize)>,
    /// As nobody.
    nobody: Vec<usize>,
}

fn newly_settled(reviewed: &Reviewed, after: &Standings) -> Result<Settled> {
    let mut settled = Settled::default();
    for case in after.cases() {
        let candidates = reviewed.cases.all[case].candidates.len();
        match (reviewed.standings.of(case, candidates), after.of(case, candidates)) {
            (Standing::Same(before), now) if now != Standing::Same(before) => {
                let reference = reviewed.cases.candidate_reference(case, before);
                return Err(taken_back(&format!("{reference} was settled as the same person and has been released")));
            }
            (Standing::Different, now) if now != Standing::Different => {
                let reference = reviewed.cases.reference(case);
                return Err(taken_back(&format!("{reference} was settled as a no-hit and has been released")));
            }
            (Standing::Same(_) | Standing::Different, _) => {}
            (_, Standing::Same(candidate)) => settled.same.push((case, candidate)),
            (_, Standing::Different) => settled.nobody.push(case),
            _ => {}
        }
    }
    Ok(settled)
}

fn taken_back(what: &str) -> Error {
    Error::rejected(what).hint("a workbook cannot take that back; nothing was applied. If it was wrong, tell the partners: rewash ledger incident open")
}

fn summary(reviewed: &Reviewed, applied: &Applied, files: Option<&write::Files>) -> Summary {
    let mut out = Summary::default();
    let tally = applied.standings.tally(&reviewed.cases);
    for decision in Decision::ALL {
        let count = applied.votes.iter().filter(|new| new.vote.decision == decision).count();
        out.line(format!("said: {}", decision.as_str()), thousands(count as u64));
    }
    for (what, count) in [
        ("same person", tally.same_first + tally.same_other),
        ("nobody found", tally.different),
        ("not settled", tally.unsettled),
        ("disagreed about", tally.disputed),
        ("not looked at", tally.open),
    ] {
        out.line(format!("cases: {what}"), thousands(count));
    }
    match files {
        Some(files) => {
            for (name, rows) in &files.released {
                out.line(format!("rows of {name}"), thousands(*rows));
            }
            for name in &files.names {
                out.line("written", name.clone());
            }
            let kept_back: u64 = files.kept_back.values().sum();
            if kept_back > 0 {
                let reasons: Vec<&str> = files.kept_back.keys().copied().collect();
                out.note(format!("{} kept back: {}", thousands(kept_back), reasons.join(", ").replace('_', " ")));
            }
        }
        None => out.line("would be released", thousands((applied.released.len() + applied.nobody.len()) as u64)),
    }
    disagreements(reviewed, applied, &mut out);
    out
}

/// What reviewers disagree about, by reference: who said what is in the decisions, for those who may see it.
fn disagreements(reviewed: &Reviewed, applied: &Applied, out: &mut Summary) {
    for case in applied.disputed(reviewed) {
        let said: BTreeSet<String> = applied
            .standings
            .votes(case)
            .map(|vote| {
                format!("{}: {}", reviewed.cases.candidate_reference(case, vote.candidate), vote.decision.as_str())
            })
            .collect();
        let said: Vec<String> = said.into_iter().collect();
        out.note(format!("reviewers disagree, nothing is released: {}", said.join("; ")));
    }
}
