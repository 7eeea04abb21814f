//! `rewash audit`: the chain verified, exported, and a report of compliance.

use crate::cli::Ended;
use crate::cli::args::{AuditAssure, AuditCommand, AuditExport, AuditVerify};
use crate::cli::files::{look_at_agreement, read_text, refuse_taken, run_date};
use crate::cli::ledger::{open, say};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::ledger::{Ledger, anchor};
use crate::exchange::{Sheet, Working};
use crate::report::{self, Assurance, Summary};
use crate::store::{OutputFile, OutputFolder};
use std::path::Path;

/// Runs `rewash audit`.
pub(crate) fn run(words: &AuditCommand, talk: &Talk) -> Result<Ended> {
    match words {
        AuditCommand::Verify(words) => verify(words, talk),
        AuditCommand::Export(words) => export(words, talk),
        AuditCommand::Assure(words) => assure(words, talk),
    }
}

fn verify(words: &AuditVerify, talk: &Talk) -> Result<Ended> {
    let anchors = words.anchor.iter().map(|path| anchor(&read_text(path)?, &path.display().to_string()));
    let anchors = anchors.collect::<Result<Vec<_>>>()?;
    let chain = open(&words.ledger, "audit verify")?.verify(&anchors)?;
    let mut summary = Summary::default();
    summary.line("entries", chain.entries.to_string());
    summary.line("head", &chain.head);
    summary.line("anchors looked for", anchors.len().to_string());
    summary.line("faults", chain.faults.len().to_string());
    if anchors.is_empty() {
        summary.note("a cut end, or another chain in its place, shows with --anchor MANIFEST alone");
    }
    talk.summary(&summary);
    chain.faults.iter().for_each(|fault| talk.warn(fault));
    Ok(if chain.faults.is_empty() { Ended::Done } else { Ended::Faulty })
}

fn export(words: &AuditExport, talk: &Talk) -> Result<Ended> {
    let ledger = open(&words.ledger, "audit export")?;
    let Some(out) = &words.out else {
        say(&json(&ledger)?)?;
        return Ok(Ended::Done);
    };
    refuse_taken(out)?;
    let folder = OutputFolder::create(out)?;
    let entries = ledger.entries()?;
    let (held, incidents) = (ledger.held()?, ledger.incidents()?);
    let deliveries = ledger.deliveries()?.into_iter().map(Vec::from).collect();
    let today = run_date(None)?.to_string();
    for (name, header, rows) in [
        ("audit.csv", &report::ENTRY_COLUMNS[..], report::entry_rows(&entries)),
        ("deliveries.csv", &report::DELIVERY_COLUMNS[..], deliveries),
        ("runs.csv", &report::RUN_COLUMNS[..], report::run_rows(&held, &today)),
        ("incidents.csv", &report::INCIDENT_COLUMNS[..], report::incident_rows(&incidents, jiff::Timestamp::now())),
    ] {
        let header = header.iter().map(|column| (*column).to_owned()).collect();
        report::write_working(folder.file(name)?, &Working(Sheet { header, rows }))?;
    }
    folder.commit()?;
    talk.note(&format!("written: {}", out.display()));
    Ok(Ended::Done)
}

fn json(ledger: &Ledger) -> Result<String> {
    let deliveries: Vec<_> = ledger
        .deliveries()?
        .into_iter()
        .map(|row| report::DELIVERY_COLUMNS.iter().map(|name| (*name).to_owned()).zip(row).collect())
        .map(|row: std::collections::BTreeMap<String, String>| row)
        .collect();
    let whole = serde_json::json!({
        "department": ledger.department()?,
        "chain": ledger.verify(&[])?,
        "entries": ledger.entries()?,
        "deliveries": deliveries,
        "runs": ledger.held()?,
        "incidents": ledger.incidents()?,
    });
    serde_json::to_string_pretty(&whole)
        .map(|text| text + "\n")
        .map_err(|error| Error::internal(format!("cannot be written as JSON: {error}")))
}

fn assure(words: &AuditAssure, talk: &Talk) -> Result<Ended> {
    let to = run_date(words.to.as_deref())?;
    let (agreement, agreement_sha256) = look_at_agreement(words.agreement.as_deref(), to, talk)?;
    let from = match &words.from {
        Some(from) => run_date(Some(from))?.to_string(),
        None => agreement.from.clone(),
    };
    let to = to.to_string();
    if to < from {
        return Err(Error::usage("--to is before --from"));
    }
    let ledger = open(&words.ledger, "audit assure")?;
    let text = report::assurance(&Assurance {
        department: ledger.department()?,
        agreement: &agreement,
        agreement_sha256: agreement_sha256.as_deref(),
        from: &from,
        to: &to,
        deliveries: &ledger.deliveries()?,
        held: &ledger.held()?,
        incidents: &ledger.incidents()?,
        chain: &ledger.verify(&[])?,
        declared: &words.deviation,
        now: jiff::Timestamp::now(),
    });
    if words.out == "-" {
        say(&text)?;
    } else {
        let mut file = OutputFile::create(Path::new(&words.out))?;
        file.write(text.as_bytes())?;
        file.commit()?;
        talk.note(&format!("written: {}", words.out));
    }
    Ok(Ended::Done)
}
