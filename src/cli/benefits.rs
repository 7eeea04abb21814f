//! `rewash benefits`: words to a plan, the run, the files.

use crate::cli::Ended;
use crate::cli::args::{Benefits, BenefitsCommand};
use crate::cli::files::{check_folder, check_readable, read_agreement, refuse_taken, run_date, single};
use crate::cli::outputs::{Outputs, Sealing, open_for_run, publish, run_rows};
use crate::cli::stopped;
use crate::cli::talk::Talk;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::benefits::{Assessed, Fate, Sources, assess};
use crate::exchange::gateway::{HANDOFF_COLUMNS, Released, dwp_to_ho};
use crate::exchange::ledger::{Delivery, Direction, Ledger, NewRun, Recording, Stamp};
use crate::exchange::{Exception, Sheet, Working};
use crate::ingest::{self, Input, Loaded, Reader, expand};
use crate::model::schema::{self, Schema};
use crate::model::value::PartialDate;
use crate::report::{self, BenefitsParts, RunRecord, Summary, benefits_manifest, thousands};
use crate::store::OutputFolder;
use crate::util::memory;
use std::path::PathBuf;
use std::time::Instant;

/// The file for the Home Office.
const TO_HO: &str = "dwp_to_ho.csv";

/// Everything that the run needs, settled before it starts.
struct Plan {
    handoff: Input,
    customers: Tables,
    awards: Tables,
    out: PathBuf,
    on: PartialDate,
    agreement: Agreement,
    agreement_sha256: Option<String>,
    batch_rows: usize,
    sealing: Sealing,
    dry_run: bool,
    started: Instant,
}

/// The files of one table.
struct Tables {
    inputs: Vec<Input>,
    readers: Vec<Reader>,
}

impl Tables {
    fn open(pattern: &str, schema: &Schema) -> Result<Self> {
        let inputs = expand(pattern)?;
        let readers = inputs.iter().map(|input| Reader::open(input, schema)).collect::<Result<_>>()?;
        Ok(Self { inputs, readers })
    }
}

/// Runs `rewash benefits`.
pub(crate) fn run(words: &Benefits, talk: &Talk) -> Result<Ended> {
    if let Some(BenefitsCommand::Stopped(stopped)) = &words.stopped {
        return stopped::run(stopped, talk);
    }
    let plan = resolve(words, talk)?;
    let ledger = if plan.dry_run { None } else { open_for_run(&words.record, "benefits", Department::Dwp)? };
    execute(&plan, ledger, talk)
}

fn resolve(words: &Benefits, talk: &Talk) -> Result<Plan> {
    let started = Instant::now();
    let on = run_date(words.on.as_deref())?;
    let (agreement, agreement_sha256) = read_agreement(words.agreement.as_deref(), on, talk)?;
    let word = |word: &Option<String>, name: &str| {
        word.clone().ok_or_else(|| Error::usage("the file is not named").at(name.to_owned()))
    };
    let out = words.out.clone().ok_or_else(|| Error::usage("the folder is not named").at("--out"))?;
    if !words.dry_run {
        refuse_taken(&out)?;
    }
    let named =
        [word(&words.handoff, "HANDOFF")?, word(&words.customers, "--customers")?, word(&words.awards, "--awards")?];
    if named.iter().filter(|word| *word == "-").count() > 1 {
        return Err(Error::usage("only one table can come from standard input"));
    }
    let handoff = single(&named[0], "the handoff")?;
    let customers = Tables::open(&named[1], &schema::CUSTOMERS)?;
    let awards = Tables::open(&named[2], &schema::AWARDS)?;
    check_readable(std::iter::once(&handoff).chain(&customers.inputs).chain(&awards.inputs), &agreement, talk)?;
    check_folder(&out, &agreement, talk)?;
    Ok(Plan {
        handoff,
        customers,
        awards,
        out,
        on,
        agreement,
        agreement_sha256,
        batch_rows: words.batch_rows.max(1),
        sealing: Sealing::resolve(&words.record, &[Department::HomeOffice])?,
        dry_run: words.dry_run,
        started,
    })
}

fn execute(plan: &Plan, mut ledger: Option<Ledger>, talk: &Talk) -> Result<Ended> {
    let loaded = ingest::load(&plan.handoff, &schema::HANDOFF, &ingest::Limits::default())?;
    check_columns(plan, &loaded, talk)?;
    if plan.dry_run {
        talk.summary(&dry_summary(plan, &loaded));
        return Ok(Ended::Done);
    }
    let folder = OutputFolder::create(&plan.out)?;
    let sources = Sources {
        handoff: &loaded,
        customers: &plan.customers.readers,
        awards: &plan.awards.readers,
        agreement: &plan.agreement,
        on: plan.on,
        batch_rows: plan.batch_rows,
    };
    let mut assessed = assess(&sources, talk)?;
    let begun = Instant::now();
    let (to_ho, held_back) = dwp_to_ho(&loaded.table, &assessed, &plan.agreement);
    for (row, column, reason) in held_back {
        let row = loaded.row_numbers.get(row as usize).copied().unwrap_or(0);
        assessed.exceptions.push(Exception { row, field: column.to_owned(), reason: reason.to_owned() });
    }
    assessed.exceptions.sort();
    let on = plan.on.to_string();
    let run = NewRun { command: "benefits", on: &on, agreement: &plan.agreement.reference };
    let names = publish(ledger.as_mut(), folder, &run, |folder, stamp| {
        let outputs = Outputs::new(folder, &plan.sealing);
        // Digests of the inputs are worked out beside the writing.
        let (inputs, written) =
            rayon::join(|| inputs(plan, &loaded, &assessed), || write_tables(&loaded, &assessed, &to_ho, &outputs));
        written?;
        let seconds = begun.elapsed().as_secs_f64();
        write_records(plan, &loaded, &assessed, inputs?, seconds, &outputs, stamp)?;
        Ok((outputs.names(), recording(plan, &loaded, &assessed, &to_ho, &outputs)))
    })?;
    talk.summary(&summary(plan, &loaded, &assessed, &names));
    Ok(if assessed.findings.is_empty() { Ended::NothingMatched } else { Ended::Done })
}

/// A column that the gateway of HMRC does not give should not have come: it is never read, and under an agreement the
/// file is refused.
fn check_columns(plan: &Plan, loaded: &Loaded, talk: &Talk) -> Result<()> {
    let name = plan.handoff.name();
    let unknown = loaded.header.unknown.len();
    if unknown > 0 {
        let what = format!("{unknown} columns are not of the handoff");
        if plan.agreement_sha256.is_some() {
            return Err(Error::new(ErrorKind::Column, what)
                .at(name)
                .hint("HMRC sends the columns of the agreement alone"));
        }
        talk.warn(&format!("{name}: {what}, and are not read"));
    } else if plan.agreement_sha256.is_some()
        && !loaded.header.known.iter().map(|(_, known)| known.as_str()).eq(HANDOFF_COLUMNS)
    {
        return Err(Error::new(ErrorKind::Column, "the columns are not in the order of the handoff").at(name));
    }
    Ok(())
}

/// What DWP looks at again: who it is, and why; nothing else.
fn unconfirmed(loaded: &Loaded, assessed: &Assessed) -> Sheet {
    let rows = assessed.fates.iter().enumerate().filter(|(_, fate)| fate.is_unconfirmed());
    let line = |(row, fate): (usize, &Fate)| {
        vec![loaded.table.value("dash_reference", row).unwrap_or("").to_owned(), fate.as_str().to_owned()]
    };
    Sheet { header: ["dash_reference", "status"].map(str::to_owned).to_vec(), rows: rows.map(line).collect() }
}

fn write_tables(loaded: &Loaded, assessed: &Assessed, to_ho: &Released<Sheet>, outputs: &Outputs) -> Result<()> {
    outputs.departmental(TO_HO, to_ho)?;
    outputs.working("unconfirmed.csv", |sink| report::write_working(sink, &Working(unconfirmed(loaded, assessed))))?;
    let exceptions = Working(Exception::sheet(&assessed.exceptions));
    outputs.working("exceptions.csv", |sink| report::write_working(sink, &exceptions))
}

/// What the ledger keeps of a run.
fn recording(
    plan: &Plan,
    loaded: &Loaded,
    assessed: &Assessed,
    to_ho: &Released<Sheet>,
    outputs: &Outputs,
) -> Recording {
    let on = plan.on.to_string();
    let mut deliveries = vec![Delivery {
        on: on.clone(),
        direction: Direction::Received,
        department: Department::Hmrc,
        contact: String::new(),
        file: plan.handoff.name(),
        rows: (loaded.table.rows() + loaded.rejects.len()) as u64,
        sha256: loaded.sha256.clone(),
    }];
    deliveries.extend(outputs.deliveries(&on));
    let reference = |row| loaded.table.value("dash_reference", row).unwrap_or("");
    let fates = assessed.fates.iter().enumerate().map(|(row, fate)| (reference(row), fate.as_str()));
    Recording { rows: run_rows(fates, &[(TO_HO, to_ho)]), deliveries, sealed_to: plan.sealing.own_names() }
}

fn write_records(
    plan: &Plan,
    loaded: &Loaded,
    assessed: &Assessed,
    inputs: Vec<report::Input>,
    write_seconds: f64,
    outputs: &Outputs,
    stamp: Option<&Stamp>,
) -> Result<()> {
    let manifest = benefits_manifest(
        assessed,
        BenefitsParts {
            on: plan.on.to_string(),
            agreement: &plan.agreement,
            agreement_sha256: plan.agreement_sha256.clone(),
            inputs,
            refused: loaded.rejects.len() as u64,
            exceptions: &assessed.exceptions,
            sealed_to: outputs.sealed_to(),
            stamp,
        },
    );
    let mut seconds: Vec<(String, f64)> =
        assessed.seconds.iter().map(|(name, seconds)| ((*name).to_owned(), *seconds)).collect();
    seconds.push(("write".to_owned(), write_seconds));
    let run = RunRecord {
        threads: rayon::current_num_threads(),
        plan: "stream",
        batch_rows: plan.batch_rows,
        seconds,
        seconds_in_all: plan.started.elapsed().as_secs_f64(),
        peak_memory_bytes: memory::peak_bytes(),
        peak_memory_bytes_by_stage: Vec::new(),
        survivor_bytes: 0,
        put_aside_bytes: 0,
        ranges: 1,
    };
    for (name, text) in [("manifest.json", manifest.to_json()), ("run.json", run.to_json())] {
        outputs.public(name, &text)?;
    }
    Ok(())
}

fn inputs(plan: &Plan, loaded: &Loaded, assessed: &Assessed) -> Result<Vec<report::Input>> {
    let mut out = vec![handoff_input(&plan.handoff, "handoff", loaded)];
    let tables = [("customers", &plan.customers), ("awards", &plan.awards)];
    for ((role, tables), file_rows) in tables.into_iter().zip(&assessed.file_rows) {
        for ((input, reader), rows) in tables.inputs.iter().zip(&tables.readers).zip(file_rows) {
            out.push(report::Input {
                role: role.to_owned(),
                name: reader.name().to_owned(),
                format: reader.format().title().into(),
                rows: *rows,
                sha256: ingest::digest(input)?,
                unknown_columns: reader.header().unknown.clone(),
            });
        }
    }
    Ok(out)
}

/// A whole table as the manifest names it.
pub(crate) fn handoff_input(input: &Input, role: &str, loaded: &Loaded) -> report::Input {
    report::Input {
        role: role.to_owned(),
        name: input.name(),
        format: loaded.format.title().into(),
        rows: (loaded.table.rows() + loaded.rejects.len()) as u64,
        sha256: loaded.sha256.clone(),
        unknown_columns: loaded.header.unknown.clone(),
    }
}

fn summary(plan: &Plan, loaded: &Loaded, assessed: &Assessed, names: &[String]) -> Summary {
    let mut out = Summary::default();
    let count = |fate: Fate| {
        let refused = if fate == Fate::Malformed { loaded.rejects.len() } else { 0 };
        (assessed.fates.iter().filter(|of| **of == fate).count() + refused) as u64
    };
    out.line("handoff rows", thousands((loaded.table.rows() + loaded.rejects.len()) as u64));
    for (label, rows) in ["customer rows", "award rows"].into_iter().zip(&assessed.file_rows) {
        out.line(label, thousands(rows.iter().sum()));
    }
    for fate in Fate::ALL {
        out.line(fate.as_str().replace('_', " "), thousands(count(fate)));
    }
    out.line("exceptions", thousands(assessed.exceptions.len() as u64));
    let stages: Vec<String> = assessed.seconds.iter().map(|(name, seconds)| format!("{name} {seconds:.2}")).collect();
    out.line("seconds", format!("{:.2} ({})", plan.started.elapsed().as_secs_f64(), stages.join(", ")));
    if let Some(bytes) = memory::peak_bytes() {
        out.line("peak memory", format!("{} MiB", bytes >> 20));
    }
    for name in names.iter().map(String::as_str).chain(["manifest.json", "run.json"]) {
        out.line("written", plan.out.join(name).display().to_string());
    }
    for reader in plan.customers.readers.iter().chain(&plan.awards.readers) {
        let unknown = &reader.header().unknown;
        if !unknown.is_empty() {
            out.note(format!("{}: columns not understood: {}", reader.name(), unknown.join(", ")));
        }
    }
    out
}

fn dry_summary(plan: &Plan, loaded: &Loaded) -> Summary {
    let mut out = Summary::default();
    out.line("handoff rows", thousands((loaded.table.rows() + loaded.rejects.len()) as u64));
    for (label, tables) in [("customers", &plan.customers), ("awards", &plan.awards)] {
        let rows: Option<u64> = tables.readers.iter().map(Reader::rows_hint).sum();
        let rows = rows.map_or_else(|| "unknown number of rows".to_owned(), |rows| format!("{} rows", thousands(rows)));
        out.line(label, format!("{} files, {rows}", tables.readers.len()));
    }
    out
}
