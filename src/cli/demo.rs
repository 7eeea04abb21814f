//! `rewash demo`: made data, the trace, the benefits, and what came out, with nothing to install or configure.

use crate::cli::Ended;
use crate::cli::args::{
    Benefits, BenefitsCommand, Demo, ExtractFormat, OutcomeFormat, PlanWord, RecordWords, Stopped, Trace, Words,
};
use crate::cli::benefits;
use crate::cli::evaluate;
use crate::cli::synth;
use crate::cli::talk::Talk;
use crate::cli::trace;
use crate::error::{Error, Result};
use crate::store::OutputFolder;
use crate::synth::Settings;
use std::path::Path;

/// Date of the demonstration: within the shipped agreement's time.
const ON: &str = "2016-04-30";

/// Runs `rewash demo`.
pub(crate) fn run(words: &Demo, all: &Words, talk: &Talk) -> Result<Ended> {
    let settings =
        Settings { register: words.register, extract: words.extract, seed: words.seed, ..Settings::default() };
    let made = words.out.join("made");
    let folder = make_folder(&words.out)?;
    talk.note(&format!("making {} people and an extract of {} in {}", words.register, words.extract, made.display()));
    let inner = OutputFolder::create(&made)?;
    synth::write(&settings, ExtractFormat::Xlsx, true, &inner, talk)?;
    inner.commit()?;
    talk.note("tracing the extract in the register");
    let path = |name: &str| made.join(name).display().to_string();
    let traced = folder.join("traced");
    let trace_words = Trace {
        extract: path("extract.xlsx"),
        registers: vec![format!("hmrc={}", path("register.parquet"))],
        out: traced.clone(),
        on: Some(ON.into()),
        model: None,
        save_model: None,
        agreement: None,
        specification: None,
        truth: Some(path("truth.csv")),
        format: OutcomeFormat::Parquet,
        plan: PlanWord::Stream,
        batch_rows: 32_768,
        dry_run: false,
        record: RecordWords::default(),
    };
    let ended = trace::run(&trace_words, all, talk)?;
    talk.note("\nagainst the truth of the made data:");
    let outcomes = traced.join("outcomes.parquet").display().to_string();
    let found = evaluate::compare(&outcomes, &path("truth.csv"))?;
    talk.summary(&found.summary());
    if ended == Ended::Done {
        show_benefits(folder, &made, &traced, talk)?;
    }
    Ok(ended)
}

/// DWP's part: benefits of the people handed over, then what its own feed of stopped awards saved.
fn show_benefits(folder: &Path, made: &Path, traced: &Path, talk: &Talk) -> Result<()> {
    let words = Benefits {
        stopped: None,
        handoff: Some(traced.join("hmrc_to_dwp.csv").display().to_string()),
        customers: Some(made.join("customers.csv").display().to_string()),
        awards: Some(made.join("awards.csv").display().to_string()),
        out: Some(folder.join("benefits")),
        on: Some(ON.into()),
        agreement: None,
        batch_rows: 32_768,
        dry_run: false,
    };
    talk.note("\nlooking for benefits in payment to those handed over");
    benefits::run(&words, talk)?;
    let stopped = Stopped {
        feed: made.join("stopped.csv").display().to_string(),
        out: folder.join("savings"),
        weeks: crate::exchange::WEEKS,
        on: Some(ON.into()),
        agreement: None,
    };
    talk.note("\ncounting what was stopped");
    benefits::run(&Benefits { stopped: Some(BenefitsCommand::Stopped(stopped)), ..words }, talk)?;
    Ok(())
}

fn make_folder(out: &Path) -> Result<&Path> {
    use std::os::unix::fs::DirBuilderExt;
    let hint = "name another folder with --out, or remove this one";
    std::fs::DirBuilder::new().mode(0o700).create(out).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::output("exists already").at(out.display()).hint(hint),
        _ => Error::write(&error).at(out.display()),
    })?;
    Ok(out)
}
