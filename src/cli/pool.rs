//! `rewash pool`: cases, due lists, extracts, returns, confirmations.

mod confirm;
mod extract;
mod returns;

use crate::cli::Ended;
use crate::cli::args::{PoolCancel, PoolCommand, PoolDue, PoolLoad, PoolStatus, PoolWords};
use crate::cli::files::{check_readable, look_at_agreement, run_date, single};
use crate::cli::open::open_ledger;
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::ledger::Ledger;
use crate::exchange::pool::{Case, CaseFault, Loading, State, read_cases};
use crate::exchange::{Sheet, Working};
use crate::ingest::{self, Loaded};
use crate::model::schema;
use crate::report::{self, Summary, thousands};
use crate::store::OutputFile;
use std::path::Path;

/// Runs `rewash pool`.
pub(crate) fn run(words: &PoolCommand, talk: &Talk) -> Result<Ended> {
    match words {
        PoolCommand::Load(words) => load(words, talk),
        PoolCommand::Due(words) => due(words, talk),
        PoolCommand::Extract(words) => extract::run(words, talk),
        PoolCommand::Return(words) => returns::run(words, talk),
        PoolCommand::Confirm(words) => confirm::run(words, talk),
        PoolCommand::Status(words) => status(words, talk),
        PoolCommand::Cancel(words) => cancel(words, talk),
    }
}

/// Day, agreement and ledger of a command.
struct Settled {
    on: String,
    agreement: Agreement,
    agreement_sha256: Option<String>,
    ledger: Ledger,
}

/// Settles a command. The agreement must be in force for one that moves data between departments.
fn settle(words: &PoolWords, command: &str, moves_data: bool, talk: &Talk) -> Result<Settled> {
    let on = run_date(words.on.as_deref())?;
    let (agreement, agreement_sha256) = look_at_agreement(words.agreement.as_deref(), on, talk)?;
    if moves_data {
        agreement.check_in_force(&on.to_string())?;
    }
    let mut ledger = open_ledger(&words.ledger, command, Department::HomeOffice)?;
    if let Some(sha256) = &agreement_sha256 {
        ledger.note_agreement(&agreement.reference, sha256)?;
    }
    Ok(Settled { on: on.to_string(), agreement, agreement_sha256, ledger })
}

/// A fresh file of cases, and what is wrong with its rows.
struct Fresh {
    loaded: Loaded,
    cases: Vec<Case>,
    faults: Vec<CaseFault>,
}

fn fresh(word: &str, agreement: &Agreement, talk: &Talk) -> Result<Fresh> {
    let input = single(word, "the file of cases")?;
    check_readable(std::iter::once(&input), agreement, talk)?;
    let loaded = ingest::load(&input, &schema::CASES, &ingest::Limits::default())?;
    let (cases, faults) = read_cases(&loaded.table);
    let left_out = faults.iter().filter(|fault| fault.left_out).count() + loaded.rejects.len();
    if left_out > 0 {
        talk.warn(&format!(
            "{}: {left_out} rows were left out; the first: {}",
            input.name(),
            first_fault(&loaded, &faults)
        ));
    }
    Ok(Fresh { loaded, cases, faults })
}

fn first_fault(loaded: &Loaded, faults: &[CaseFault]) -> String {
    let fault = faults.iter().find(|fault| fault.left_out).map(|fault| {
        let row = loaded.row_numbers.get(fault.row as usize).copied().unwrap_or(0);
        (row, format!("{} {}", fault.column, fault.reason))
    });
    let reject = loaded.rejects.first().map(|reject| (reject.row, reject.reason.to_owned()));
    fault.into_iter().chain(reject).min().map_or_else(String::new, |(row, what)| format!("row {row}, {what}"))
}

fn load(words: &PoolLoad, talk: &Talk) -> Result<Ended> {
    let Settled { on, agreement, mut ledger, .. } = settle(&words.pool, "pool load", false, talk)?;
    let fresh = fresh(&words.cases, &agreement, talk)?;
    let loading = ledger.load_cases(&fresh.cases, &on, &agreement)?;
    let mut summary = Summary::default();
    loading_lines(&loading, fresh.faults.len(), &mut summary);
    talk.summary(&summary);
    Ok(Ended::Done)
}

fn loading_lines(loading: &Loading, faults: usize, out: &mut Summary) {
    out.line("cases read", thousands(loading.rows));
    out.line("new", thousands(loading.new));
    out.line("withdrawn", thousands(loading.withdrawn));
    out.line("back in the pool", thousands(loading.back));
    out.line("changed", thousands(loading.changed));
    if loading.contact_unknown > 0 {
        let count = thousands(loading.contact_unknown);
        out.note(format!("{count} cases have no `no_contact_since`: they are not due until it is known"));
    }
    if faults > 0 {
        out.note(format!("{} remarks on rows", thousands(faults as u64)));
    }
}

fn due(words: &PoolDue, talk: &Talk) -> Result<Ended> {
    let Settled { on, agreement, ledger, .. } = settle(&words.pool, "pool due", false, talk)?;
    let due = ledger.due(&on, None, &agreement)?;
    let mut summary = Summary::default();
    for (pool, number, count) in due.counts() {
        let what = match (pool.as_str(), number) {
            ("pre2008", 0) => "one-off set".to_owned(),
            (_, 0) => "first wash".to_owned(),
            _ => format!("rewash at {number} months"),
        };
        summary.line(format!("{pool}, {what}"), thousands(count));
    }
    summary.line("due in all", thousands(due.cases.len() as u64));
    if let Some(out) = &words.out {
        let header = ["cid_person_id", "pool", "wash_number", "cohort", "due_on"].map(str::to_owned).to_vec();
        let row = |case: &crate::exchange::pool::DueCase| {
            vec![
                case.cid_person_id.clone(),
                case.pool.to_string(),
                case.number.to_string(),
                case.cohort.clone(),
                case.due_on.clone(),
            ]
        };
        write_list(out, Sheet { header, rows: due.cases.iter().map(row).collect() })?;
    }
    talk.summary(&summary);
    Ok(if due.cases.is_empty() { Ended::NothingMatched } else { Ended::Done })
}

/// A list for the department itself, to a new file or to standard output.
fn write_list(out: &str, sheet: Sheet) -> Result<()> {
    if out == "-" {
        return report::write_working(std::io::stdout().lock(), &Working(sheet));
    }
    let mut file = OutputFile::create(Path::new(out))?;
    report::write_working(file.file(), &Working(sheet))?;
    file.commit()
}

fn status(words: &PoolStatus, talk: &Talk) -> Result<Ended> {
    let Settled { on, agreement, ledger, .. } = settle(&words.pool, "pool status", false, talk)?;
    let status = ledger.status(&on)?;
    let coverage = ledger.coverage(&on)?;
    let mut summary = Summary::default();
    for (pool, state, count) in &status.by_state {
        summary.line(format!("{pool}, {}", state.title()), thousands(*count));
    }
    summary.line("cases in all", thousands(status.cases));
    let parts = [
        ("washed", coverage.washed),
        ("left the pool before a wash", coverage.left_before),
        ("not yet in scope", coverage.not_yet),
        ("time without contact unknown", coverage.contact_unknown),
        ("due", coverage.due),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{} {name}", thousands(*count)))
        .collect();
    summary.line("coverage", if parts.is_empty() { "no case yet".to_owned() } else { parts.join(", ") });
    if !coverage.adds_up() {
        return Err(Error::internal("the counts of the ledger do not add up"));
    }
    if status.overdue > 0 {
        summary.note(format!("{} cases are due: rewash pool extract", thousands(status.overdue)));
    }
    for (wash, rows) in &status.awaited {
        summary.note(format!("wash {wash}: {} rows have not come back", thousands(*rows)));
    }
    for row in ledger.unfinished(&agreement)? {
        let cohort = if row.cohort.is_empty() { "no cohort yet" } else { &row.cohort };
        summary.note(format!(
            "{} cases of {} ({cohort}): wash {} is due by {}, after the agreement's end on {}",
            thousands(row.cases),
            row.pool,
            row.number,
            row.due_on,
            agreement.to
        ));
    }
    if let Some(out) = &words.decisions {
        let rows = ledger.cases_in(State::Decision)?.into_iter().map(|id| vec![id]).collect();
        write_list(out, Sheet { header: vec!["cid_person_id".into()], rows })?;
    }
    talk.summary(&summary);
    Ok(Ended::Done)
}

fn cancel(words: &PoolCancel, talk: &Talk) -> Result<Ended> {
    let Settled { on, agreement, mut ledger, .. } = settle(&words.pool, "pool cancel", false, talk)?;
    let rows = ledger.cancel_wash(&words.wash, &on, &words.reason, &agreement)?;
    let mut summary = Summary::default();
    summary.line("due again", thousands(rows));
    talk.summary(&summary);
    Ok(Ended::Done)
}
