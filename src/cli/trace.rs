//! `rewash trace`: words to a plan, the run, the files.

mod records;
mod summary;

use crate::block::Limits;
use crate::cli::Ended;
use crate::cli::args::{OutcomeFormat, PlanWord, Trace as TraceWords, Words};
use crate::cli::check;
use crate::cli::evaluate;
use crate::cli::files::{
    Registers, check_folder, check_readable, file_name, open_index, open_registers, read_agreement, read_specification,
    read_text, refuse_taken, run_date, single, temporary_folder,
};
use crate::cli::outputs::{Outputs, Sealing, open_for_run, publish, run_rows};
use crate::cli::passes::{Passes, refuse_twice};
use crate::cli::resume::{Resume, open_checkpoints};
use crate::cli::room;
use crate::cli::talk::Talk;
use crate::cli::trace::records::{inputs, write_records};
use crate::cli::trace::summary::{dry_summary, summary};
use crate::engine::stored::{self, gather_stored};
use crate::engine::{self, Asked, Gathered, Places, Plan, Room, Settings, Trace};
use crate::error::{Error, Result};
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::gateway::{self, LINKING_BLOCK, Released, Tracing};
use crate::exchange::ledger::{Delivery, Direction, Ledger, NewRun, Recording, RunRow, Stamp};
use crate::exchange::review;
use crate::exchange::specification::{Severity, Specification};
use crate::exchange::{self, Exception, Holdings, OutcomeRow, Sheet, Window, Working};
use crate::frame::Table;
use crate::ingest::{self, Input, Loaded};
use crate::model::parameters::Parameters;
use crate::model::schema;
use crate::model::value::PartialDate;
use crate::report::{self, COMPARED, TrueCandidates, thousands};
use crate::resolve::{NUMBER_OF_SEVERAL, Outcome};
use crate::store::{OutputFile, OutputFolder};
use crate::util::clock::Clock;
use crate::util::memory;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Everything that a trace needs, settled before it starts.
pub(crate) struct TracePlan {
    extract: Input,
    pub(super) registers: Registers,
    pub(super) out: PathBuf,
    agreement: Agreement,
    pub(super) agreement_sha256: Option<String>,
    pub(super) settings: Settings,
    save_model: Option<OutputFile>,
    specification: Specification,
    truth: Option<Table>,
    format: OutcomeFormat,
    dry_run: bool,
    sealing: Sealing,
    started: Instant,
    /// Where checkpoints are, if they are asked for.
    pub(super) resume: Option<Resume>,
    /// Digests of the register files, where they were needed before the end.
    pub(super) digests: Vec<String>,
    /// What passes elsewhere brought, where the registers are not passed here.
    passes: Option<Passes>,
}

/// Runs `rewash trace`.
pub(crate) fn run(trace: &TraceWords, words: &Words, talk: &Talk) -> Result<Ended> {
    let mut plan = resolve(trace, words.memory, talk)?;
    plan.registers.read_once(talk)?;
    let ledger = if plan.dry_run { None } else { open_for_run(&trace.record, "trace", Department::Hmrc)? };
    execute(plan, ledger, talk)
}

/// Opens files and settles everything once.
pub(crate) fn resolve(words: &TraceWords, budget: Option<u64>, talk: &Talk) -> Result<TracePlan> {
    resolve_on(words, run_date(words.on.date.as_deref())?, budget, talk)
}

/// The same on a date that is known.
fn resolve_on(words: &TraceWords, on: PartialDate, budget: Option<u64>, talk: &Talk) -> Result<TracePlan> {
    let started = Instant::now();
    let (mut agreement, agreement_sha256) = read_agreement(words.agreement.as_deref(), on, talk)?;
    let strict = agreement_sha256.is_some();
    if !words.dry_run {
        refuse_taken(&words.out)?;
    }
    if words.extract == "-"
        && words.registers.iter().any(|word| word.ends_with('-') && word.rsplit('=').next() == Some("-"))
    {
        return Err(Error::usage("extract and register cannot both come from standard input"));
    }
    check_pinned(words.model.as_deref(), &agreement)?;
    let model = words.model.as_deref().map(read_model).transpose()?;
    let extract = single(&words.extract, "the extract")?;
    let registers = match &words.index {
        Some(folder) => open_index(folder, &mut agreement, strict, talk)?,
        None => open_registers(&words.registers, &mut agreement, strict)?,
    };
    check_readable(std::iter::once(&extract).chain(&registers.inputs), &agreement, talk)?;
    check_folder(&words.out, &agreement, talk)?;
    let plan = match words.plan {
        PlanWord::Stream => Plan::Stream,
        PlanWord::Index => Plan::Index,
    };
    let settings = Settings {
        on,
        thresholds: (strict || model.is_none()).then(|| agreement.thresholds()),
        model,
        limits: Limits::default(),
        plan,
        batch_rows: words.batch_rows.max(1),
        keep_compared: words.truth.is_some(),
        room: Room {
            budget: budget.or_else(|| memory::machine_bytes().map(|bytes| bytes / 2)),
            rows: words.rows_in_memory,
            folder: temporary_folder(&words.out),
        },
        checkpoints: None,
    };
    Ok(TracePlan {
        extract,
        registers,
        out: words.out.clone(),
        agreement,
        agreement_sha256,
        settings,
        save_model: model_file(words)?,
        specification: read_specification(words.specification.as_deref())?,
        truth: words.truth.as_deref().map(|word| evaluate::load(word, &schema::TRUTH)).transpose()?,
        format: words.format,
        dry_run: words.dry_run,
        sealing: Sealing::resolve(&words.record, &[Department::HomeOffice, Department::Dwp])?,
        started,
        resume: Resume::of_trace(words, plan, strict)?,
        digests: Vec::new(),
        passes: None,
    })
}

/// The same where the registers were passed elsewhere: those of the words are the rows that were gathered.
pub(crate) fn resolve_passed(
    words: &TraceWords,
    passes: Passes,
    budget: Option<u64>,
    talk: &Talk,
) -> Result<TracePlan> {
    let about = passes.probe.about();
    if words.dry_run {
        return Err(Error::usage("passes were made already; there is nothing to estimate").at("--dry-run"));
    }
    if words.on.date.is_some() && run_date(words.on.date.as_deref())? != about.on {
        return Err(Error::usage(format!("the probe is of {}", about.on)).at("--on"));
    }
    // The agreement must be in force on the date of the passes, whenever they are finished.
    let mut plan = resolve_on(words, about.on, budget, talk)?;
    let files = plan.registers.inputs.iter().filter_map(|input| match input {
        Input::Path(path) => Some(path.as_path()),
        Input::Stdin => None,
    });
    refuse_twice(files, "file of rows")?;
    plan.settings.plan = Plan::Stream;
    if plan.registers.data_sets.0 != about.data_sets {
        return Err(Error::usage("are not the data sets of the probe, in its order")
            .at("--register")
            .hint(format!("give the gathered rows of each of: {}", about.data_sets.join(", "))));
    }
    plan.passes = Some(passes);
    Ok(plan)
}

/// Settings of a trace whose registers were passed elsewhere.
pub(crate) fn settings_passed(
    on: PartialDate,
    model: Option<&Path>,
    agreement: Option<&Path>,
    talk: &Talk,
) -> Result<(Settings, Agreement)> {
    let (agreement, sha256) = read_agreement(agreement, on, talk)?;
    check_pinned(model, &agreement)?;
    let model = model.map(read_model).transpose()?;
    let settings = Settings {
        on,
        thresholds: (sha256.is_some() || model.is_none()).then(|| agreement.thresholds()),
        model,
        limits: Limits::default(),
        plan: Plan::Stream,
        batch_rows: 1,
        keep_compared: false,
        room: Room::default(),
        checkpoints: None,
    };
    Ok((settings, agreement))
}

/// All washes of an agreement use the model that it pins, where it pins one.
fn check_pinned(model: Option<&Path>, agreement: &Agreement) -> Result<()> {
    if agreement.model_sha256.is_empty() {
        return Ok(());
    }
    let hint = "give the model that was agreed with --model; `model_sha256` in the agreement names it";
    let Some(path) = model else {
        return Err(Error::settings("the agreement pins a model, and none was given").hint(hint));
    };
    if ingest::digest(&Input::Path(path.to_owned()))? != agreement.model_sha256.to_ascii_lowercase() {
        return Err(Error::settings("is not the model that the agreement pins").at(file_name(path)).hint(hint));
    }
    Ok(())
}

fn read_model(path: &Path) -> Result<Parameters> {
    Parameters::from_json(&read_text(path)?).map_err(|what| {
        Error::settings(what).at(file_name(path)).hint("save a model with --save-model and change that")
    })
}

/// Runs a settled plan.
pub(crate) fn execute(mut plan: TracePlan, mut ledger: Option<Ledger>, talk: &Talk) -> Result<Ended> {
    let loaded = ingest::load(&plan.extract, &schema::EXTRACT, &ingest::Limits::default())
        .map_err(|error| room::explained(error, &plan.settings, &plan.registers))?;
    if plan.agreement_sha256.is_some() {
        refuse_rejected(&plan, &loaded)?;
    }
    let mut clock = Clock::started_at(plan.started);
    clock.lap("load");
    room::check(&plan.settings, &plan.registers, &loaded.table)?;
    if plan.dry_run {
        let dry = match &plan.registers.index {
            Some(index) => {
                stored::guarded(index.folder(), || engine::dry_run_stored(&loaded.table, index, &plan.settings))?
            }
            None => engine::dry_run(&loaded.table, &plan.registers.files, &plan.settings)?,
        };
        talk.summary(&dry_summary(&plan, &loaded, &dry));
        return Ok(Ended::Done);
    }
    let folder = OutputFolder::create(&plan.out)?;
    open_checkpoints(&mut plan, &loaded, talk)?;
    let linked = match (&plan.passes, &plan.registers.index) {
        (Some(passes), _) => passes.trace(&loaded.table, &plan.extract.name(), &plan.settings, talk)?,
        (None, Some(index)) => {
            stored::guarded(index.folder(), || engine::trace_stored(&loaded.table, index, &plan.settings, talk))?
        }
        (None, None) => engine::trace(&loaded.table, &plan.registers.files, &plan.settings, talk)?,
    };
    let trace = linked.get();
    plan.passes.as_ref().map_or(Ok(()), |passes| passes.check_gathered(trace))?;
    clock.follow(&trace.seconds, &trace.peaks);
    let gathered = gather(&plan, trace, talk)?;
    clock.lap("gather");
    let on = plan.settings.on.to_string();
    let save_model = plan.save_model.take();
    let run = NewRun { command: "trace", on: &on, agreement: &plan.agreement.reference };
    let files = publish(ledger.as_mut(), folder, &run, |folder, stamp| {
        let outputs = Outputs::new(folder, &plan.sealing);
        let (files, rows) = write_all(&plan, &loaded, trace, &gathered, &outputs, stamp, clock)?;
        if let Some(file) = save_model {
            save(file, &trace.model.to_json())?;
        }
        Ok((files, recording(&plan, &loaded, rows, &outputs)))
    })?;
    talk.summary(&summary(&plan, &loaded, trace, &files));
    warn_of_shared_numbers(trace, talk);
    if let Some(checkpoints) = plan.settings.checkpoints.take() {
        // The run is done whatever becomes of them.
        checkpoints.remove().unwrap_or_else(|error| talk.warn(&error.to_string()));
    }
    let matched = files.outcomes.get("match").copied().unwrap_or(0);
    Ok(if matched > 0 { Ended::Done } else { Ended::NothingMatched })
}

/// Says how many rows went to review since the number found for them is that of several people.
fn warn_of_shared_numbers(trace: &Trace, talk: &Talk) {
    let links = trace.rows.iter().flatten();
    let rows = links.filter(|link| link.decision.reasons.contains(&NUMBER_OF_SEVERAL)).count();
    if rows > 0 {
        talk.warn(&format!(
            "{} rows are left to review: what was found for them are numbers that stand for several people; the register \
             may have a number where it knows none",
            thousands(rows as u64)
        ));
    }
}

/// A file that the specification rejects is not processed at all (R43).
fn refuse_rejected(plan: &TracePlan, loaded: &Loaded) -> Result<()> {
    let checked =
        check::checked(&plan.specification, &plan.extract, loaded, Some(&plan.agreement), plan.settings.on)?.checked;
    if !checked.is_rejected {
        return Ok(());
    }
    let reasons: Vec<&str> = checked
        .by_code()
        .iter()
        .filter(|kindred| kindred.severity == Severity::File)
        .map(|kindred| plan.specification.what(kindred.code))
        .collect();
    Err(Error::rejected(format!("the specification rejects the file: {}", reasons.join("; ")))
        .at(plan.extract.name())
        .hint("`rewash check` with the same agreement and date tells the sender row by row; nothing was processed"))
}

/// What the ledger keeps of a run.
fn recording(plan: &TracePlan, loaded: &Loaded, rows: Vec<RunRow>, outputs: &Outputs) -> Recording {
    let on = plan.settings.on.to_string();
    let mut deliveries = vec![Delivery {
        on: on.clone(),
        direction: Direction::Received,
        department: Department::HomeOffice,
        contact: String::new(),
        file: plan.extract.name(),
        rows: (loaded.table.rows() + loaded.rejects.len()) as u64,
        sha256: loaded.sha256.clone(),
    }];
    deliveries.extend(outputs.deliveries(&on));
    Recording { rows, deliveries, sealed_to: plan.sealing.own_names() }
}

/// The file of the model, opened before the work. A model takes the place of a model, so that a run that was stopped can be given
/// again, and of nothing else.
fn model_file(words: &TraceWords) -> Result<Option<OutputFile>> {
    let Some(path) = &words.save_model else { return Ok(None) };
    if path.is_file() && read_model(path).is_err() {
        return Err(Error::output("exists already, and is not a model of this program")
            .at(path.display())
            .hint("nothing else is overwritten: choose another name, or remove it first"));
    }
    (!words.dry_run).then(|| OutputFile::replace(path)).transpose()
}

fn save(mut file: OutputFile, text: &str) -> Result<()> {
    file.write(text.as_bytes())?;
    file.commit()
}

/// What was written.
struct Files {
    names: Vec<String>,
    outcomes: BTreeMap<&'static str, u64>,
    details: [u64; 3],
    exceptions: u64,
    clock: Clock,
    /// What became of the true people, where they are known.
    compared: Option<TrueCandidates>,
}

/// What was counted on the way to the files.
struct Counted<'a> {
    outcomes: &'a BTreeMap<&'static str, u64>,
    released: &'a [(&'static str, &'a Released<Sheet>); 4],
    exceptions: &'a [Exception],
    stamp: Option<&'a Stamp>,
}

fn write_all(
    plan: &TracePlan,
    loaded: &Loaded,
    trace: &Trace,
    gathered: &Gathered,
    outputs: &Outputs,
    stamp: Option<&Stamp>,
    mut clock: Clock,
) -> Result<(Files, Vec<RunRow>)> {
    let data_sets = &plan.registers.data_sets;
    let refused = refused_blocks(loaded);
    let holdings = Holdings::new(&loaded.table);
    let tracing = Tracing {
        extract: &loaded.table,
        trace,
        gathered,
        holdings: &holdings,
        agreement: &plan.agreement,
        data_sets,
        window: Window::at(plan.settings.on),
    };
    let release = || {
        let to_ho = gateway::hmrc_to_ho(&tracing, &refused);
        let (to_dwp, kept_back) = gateway::hmrc_to_dwp(&tracing, &to_ho);
        (to_ho, to_dwp, exchange::exceptions(loaded, trace, &holdings, &kept_back))
    };
    let tell = || Working(outcomes_in_order(loaded, trace, plan, &refused));
    let review = || review::cases(&loaded.table, &loaded.row_numbers, trace, gathered, data_sets);
    let ((to_ho, to_dwp, exceptions), (outcomes, cases)) = rayon::join(release, || rayon::join(tell, review));
    let released: [(&'static str, &Released<Sheet>); 4] = [
        ("hmrc_to_ho.csv", &to_ho.matches),
        ("hmrc_no_hits.csv", &to_ho.no_hits),
        ("hmrc_unresolved.csv", &to_ho.unresolved),
        ("hmrc_to_dwp.csv", &to_dwp),
    ];
    // Digests of the inputs are worked out beside the writing.
    let (inputs, written) = rayon::join(
        || inputs(plan, loaded, trace),
        || {
            let made = Made { outcomes: &outcomes, released: &released, exceptions: &exceptions, cases: &cases };
            write_tables(plan, loaded, trace, outputs, &made)
        },
    );
    written?;
    clock.lap("write");
    let compared = plan.truth.as_ref().map(|truth| TrueCandidates::new(truth, &loaded.table, trace));
    if let Some(compared) = &compared {
        outputs.working(COMPARED, |sink| report::write_working(sink, &Working(compared.sheet())))?;
    }
    let by_outcome = count_outcomes(&outcomes.0);
    let counted = Counted { outcomes: &by_outcome, released: &released, exceptions: &exceptions, stamp };
    write_records(plan, loaded, trace, outputs, inputs?, &counted, &clock)?;
    let mut names = outputs.names();
    names.extend(["manifest.json", "run.json"].map(str::to_owned));
    let rows = outcomes.0.iter().map(|row| (row.dash_reference.as_str(), row.outcome.as_str()));
    let rows = if stamp.is_some() { run_rows(rows, &released) } else { Vec::new() };
    let files = Files {
        names,
        outcomes: by_outcome,
        details: to_ho.details,
        exceptions: exceptions.len() as u64,
        clock,
        compared,
    };
    Ok((files, rows))
}

fn count_outcomes(outcomes: &[OutcomeRow]) -> BTreeMap<&'static str, u64> {
    let mut counts: BTreeMap<&'static str, u64> = Outcome::ALL.iter().map(|outcome| (outcome.as_str(), 0)).collect();
    for row in outcomes {
        *counts.entry(row.outcome.as_str()).or_default() += 1;
    }
    counts
}

/// What a trace makes besides its records.
struct Made<'a> {
    outcomes: &'a Working<Vec<OutcomeRow>>,
    released: &'a [(&'static str, &'a Released<Sheet>); 4],
    exceptions: &'a [Exception],
    cases: &'a [review::Case],
}

/// Writes everything but manifest and run record.
fn write_tables(plan: &TracePlan, loaded: &Loaded, trace: &Trace, outputs: &Outputs, made: &Made) -> Result<()> {
    let Made { outcomes, released, exceptions, cases } = *made;
    let write_outcomes = || match plan.format {
        OutcomeFormat::Parquet => {
            outputs.working("outcomes.parquet", |sink| report::write_outcomes_parquet(sink, outcomes))
        }
        OutcomeFormat::Csv => outputs.working("outcomes.csv", |sink| report::write_outcomes_csv(sink, outcomes)),
    };
    let write_working = || {
        let (header, rows) = exchange::review_rows(&loaded.table, trace, &plan.registers.data_sets);
        outputs.working("review.csv", |sink| report::write_working(sink, &Working(Sheet { header, rows })))?;
        outputs.working(review::CASES, |sink| {
            use std::io::Write;
            sink.write_all(review::Cases::text(cases).as_bytes()).map_err(|error| Error::write(&error))
        })?;
        let exceptions = Working(Exception::sheet(exceptions));
        outputs.working("exceptions.csv", |sink| report::write_working(sink, &exceptions))
    };
    let write_released = || released.par_iter().try_for_each(|(name, rows)| outputs.departmental(name, rows));
    let (outcomes, (working, released)) = rayon::join(write_outcomes, || rayon::join(write_working, write_released));
    outcomes.and(working).and(released)
}

/// The people of matches, and those whom reviewers look at. Who is matched by the same rows is asked for once; of two people under
/// one number each is.
pub(crate) fn asked(trace: &Trace) -> (Vec<Asked>, Vec<Asked>) {
    let matches = trace.rows.iter().flatten().filter(|link| link.decision.outcome == Outcome::Match);
    let people: BTreeSet<Asked> = matches.map(|link| link.people[0].asked()).collect();
    (people.into_iter().collect(), review::asked(trace))
}

fn gather(plan: &TracePlan, trace: &Trace, talk: &Talk) -> Result<Gathered> {
    let (wanted, candidates) = asked(trace);
    let places = if plan.passes.is_some() { Places::Content } else { Places::Files };
    let Settings { on, batch_rows, .. } = plan.settings;
    if let Some(index) = &plan.registers.index {
        return stored::guarded(index.folder(), || gather_stored(index, &wanted, &candidates, on, talk));
    }
    engine::gather(&plan.registers.files, &wanted, &candidates, on, batch_rows, places, talk)
}

/// Linking blocks of rows that could not be read, as far as their first fields go.
fn refused_blocks(loaded: &Loaded) -> Vec<Vec<String>> {
    loaded
        .rejects
        .iter()
        .map(|reject| {
            LINKING_BLOCK
                .iter()
                .map(|column| {
                    let known = loaded.header.known.iter().find(|(_, name)| name == column);
                    known.and_then(|(index, _)| reject.first_fields.get(*index)).cloned().unwrap_or_default()
                })
                .collect()
        })
        .collect()
}

/// Outcomes of all rows of the file, refused ones in their places.
fn outcomes_in_order(loaded: &Loaded, trace: &Trace, plan: &TracePlan, refused: &[Vec<String>]) -> Vec<OutcomeRow> {
    let rows = exchange::outcome_rows(&loaded.table, trace, &plan.registers.data_sets);
    let mut all: Vec<(u64, OutcomeRow)> = loaded.row_numbers.iter().copied().zip(rows).collect();
    all.extend(loaded.rejects.iter().zip(refused).map(|(reject, block)| {
        let row = exchange::not_searchable(block[0].clone(), block[2].clone(), "row could not be read");
        (reject.row, row)
    }));
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, row)| row).collect()
}
