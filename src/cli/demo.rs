//! `rewash demo`: made data, the trace, and what came out, with nothing to install or configure.

use crate::cli::Ended;
use crate::cli::args::{Demo, ExtractFormat, OutcomeFormat, PlanWord, RecordWords, Trace, Words};
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
    Ok(ended)
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
