//! `rewash ledger`: deliveries, incidents, what is held and until when, a row found again, keys.

use crate::cli::Ended;
use crate::cli::args::{
    IncidentCommand, IncidentOpen, IncidentReport, LedgerClose, LedgerCommand, LedgerDeliver, LedgerInit, LedgerList,
    LedgerRow, LedgerWords,
};
use crate::cli::files::{look_at_agreement, run_date, single};
use crate::cli::open::opener;
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::agreement::Department;
use crate::exchange::ledger::{Delivery, Direction, Ledger};
use crate::exchange::{Sheet, Working};
use crate::ingest::{self, Input, Reader};
use crate::model::schema;
use crate::report::{self, Summary, thousands};
use crate::store::{generate_key, read_key};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs `rewash ledger`.
pub(crate) fn run(words: &LedgerCommand, talk: &Talk) -> Result<Ended> {
    match words {
        LedgerCommand::Init(words) => init(words, talk)?,
        LedgerCommand::Deliver(words) => deliver(words, talk)?,
        LedgerCommand::Deliveries(words) => deliveries(words)?,
        LedgerCommand::Incident(words) => incident(words, talk)?,
        LedgerCommand::Runs(words) => runs(words, talk)?,
        LedgerCommand::Close(words) => close(words, talk)?,
        LedgerCommand::Row(words) => return row(words),
        LedgerCommand::Keygen(words) => say(&(generate_key(&words.out)? + "\n"))?,
        LedgerCommand::Certificate(words) => {
            say(&open(&words.ledger, "ledger certificate")?.certificate(&words.run)?)?;
        }
    }
    Ok(Ended::Done)
}

/// A ledger of any department.
pub(super) fn open(words: &LedgerWords, command: &str) -> Result<Ledger> {
    Ledger::open(&words.ledger, &opener(words, command))
}

/// Data for standard output.
pub(super) fn say(text: &str) -> Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(|error| Error::write(&error))
}

/// Rows as CSV on standard output.
fn table(header: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
    let header = header.iter().map(|name| (*name).to_owned()).collect();
    report::write_working(std::io::stdout().lock(), &Working(Sheet { header, rows }))
}

fn init(words: &LedgerInit, talk: &Talk) -> Result<()> {
    let ledger = LedgerWords { ledger: words.file.clone(), by: words.by.clone(), wait: 0 };
    let made = Ledger::create(&words.file, words.department.department(), &opener(&ledger, "ledger init"))?;
    talk.note(&format!("the ledger of {}: {}", made.department()?, words.file.display()));
    Ok(())
}

fn deliver(words: &LedgerDeliver, talk: &Talk) -> Result<()> {
    let on = run_date(words.on.as_deref())?;
    let (agreement, _) = look_at_agreement(words.agreement.as_deref(), on, talk)?;
    let department = words.department.department();
    if !agreement.is_contact(department, &words.contact) {
        let points: Vec<&str> = agreement
            .contacts
            .iter()
            .filter(|point| point.department == department)
            .map(|point| &*point.name)
            .collect();
        return Err(Error::usage(format!("`{}` is no agreed contact point of {department}", words.contact))
            .at("--contact")
            .hint(format!("files go from and to the agreed points alone: {}", points.join(", "))));
    }
    let input = single(&words.file, "the file")?;
    let mut ledger = open(&words.ledger, "ledger deliver")?;
    if ledger.department()? == department {
        return Err(Error::usage(format!("is the ledger of {department}: the other department is another")));
    }
    let delivery = Delivery {
        on: on.to_string(),
        direction: if words.sent { Direction::Sent } else { Direction::Received },
        department,
        contact: words.contact.clone(),
        file: input.name(),
        rows: words.rows.map_or_else(|| count_rows(&input), Ok)?,
        sha256: ingest::digest(&input)?,
    };
    ledger.deliver(&delivery)?;
    let mut summary = Summary::default();
    summary.line(delivery.direction.as_str(), &delivery.file);
    summary.line("rows", thousands(delivery.rows));
    summary.line("sha256", &delivery.sha256);
    talk.summary(&summary);
    Ok(())
}

/// Data rows of a table of any columns.
fn count_rows(input: &Input) -> Result<u64> {
    let count = AtomicU64::new(0);
    let count_batch = |batch: ingest::Batch| {
        count.fetch_add(batch.table.rows() as u64, Ordering::Relaxed);
        Ok(())
    };
    Reader::open(input, &schema::ANY)
        .and_then(|reader| reader.for_each(&[], 1 << 16, &count_batch))
        .map_err(|error| if error.hint_text().is_some() { error } else { error.hint("give the rows with --rows") })?;
    Ok(count.into_inner())
}

fn deliveries(words: &LedgerList) -> Result<()> {
    let rows = open(&words.ledger, "ledger deliveries")?.deliveries()?;
    table(&report::DELIVERY_COLUMNS, rows.into_iter().map(Vec::from).collect())
}

fn incident(words: &IncidentCommand, talk: &Talk) -> Result<()> {
    match words {
        IncidentCommand::Open(IncidentOpen { aware_at, kind, rows, ledger }) => {
            let incident = open(ledger, "ledger incident open")?.open_incident(aware_at, kind, *rows)?;
            talk.note(&format!(
                "incident {}: HMRC, the Home Office and DWP are told by {}",
                incident.id, incident.due_at
            ));
        }
        IncidentCommand::Report(IncidentReport { id, at, to, ledger }) => {
            let in_time = open(ledger, "ledger incident report")?.report_incident(*id, at, to)?;
            if !in_time {
                talk.warn(&format!("incident {id} was reported after more than 24 hours"));
            }
        }
        IncidentCommand::List(words) => {
            let now = jiff::Timestamp::now();
            let incidents = open(&words.ledger, "ledger incident list")?.incidents()?;
            for incident in incidents.iter().filter(|incident| incident.state(now) == "overdue") {
                talk.warn(&format!("incident {} was to be reported by {}", incident.id, incident.due_at));
            }
            table(&report::INCIDENT_COLUMNS, report::incident_rows(&incidents, now))?;
        }
    }
    Ok(())
}

fn runs(words: &LedgerList, talk: &Talk) -> Result<()> {
    let on = run_date(words.on.as_deref())?.to_string();
    let held = open(&words.ledger, "ledger runs")?.held()?;
    for overdue in held.iter().filter(|held| held.overdue(&on)) {
        let until = overdue.keep_until.as_deref().unwrap_or_default();
        talk.warn(&format!("{} was to be held until {until} at the latest: rewash destroy {0} …", overdue.name));
    }
    table(&report::RUN_COLUMNS, report::run_rows(&held, &on))
}

fn close(words: &LedgerClose, talk: &Talk) -> Result<()> {
    let on = run_date(Some(&words.on))?;
    let (agreement, _) = look_at_agreement(words.agreement.as_deref(), on, talk)?;
    let key = words.key_file.as_deref().map(read_key).transpose()?;
    let mut ledger = open(&words.ledger, "ledger close")?;
    let held = ledger.close(&words.run, &on.to_string(), &agreement, key.as_deref())?;
    talk.note(&format!(
        "{} is closed and may be held until {} at the latest",
        held.name,
        held.keep_until.unwrap_or_default()
    ));
    if key.is_none() && ledger.department()? != Department::HomeOffice {
        talk.note("its Dash references stay as they are until it is destroyed; --key-file makes keyed hashes of them");
    }
    Ok(())
}

fn row(words: &LedgerRow) -> Result<Ended> {
    let key = words.key_file.as_deref().map(read_key).transpose()?;
    let found = open(&words.ledger, "ledger row")?.row(&words.reference, key.as_deref())?;
    let rows: Vec<Vec<String>> = found
        .into_iter()
        .map(|row| vec![row.run, row.command, row.on, row.row.to_string(), row.outcome, row.files])
        .collect();
    let none = rows.is_empty();
    table(&["run", "command", "on", "row", "outcome", "files"], rows)?;
    Ok(if none { Ended::NothingMatched } else { Ended::Done })
}
