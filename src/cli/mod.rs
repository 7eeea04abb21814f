//! The command line: words, then a plan, then the run.
//!
//! In: arguments. Out: an exit status: 0 done; 1 done with nothing matched, or a file rejected; 2 the words are wrong; 3 an input could not be
//! read; 4 a limit was reached; 5 a fault of the program. Invariant: standard output is data, everything else goes to
//! standard error. Read next: `args.rs`, `trace.rs`.

mod args;
mod audit;
mod benefits;
mod blocks;
mod check;
mod clusters;
mod codes;
mod completions;
mod demo;
mod destroy;
mod evaluate;
mod explain;
mod files;
mod help;
mod index;
mod ledger;
mod link;
mod linkage;
mod model;
mod open;
mod outputs;
mod passes;
mod pool;
mod report;
mod resume;
mod review;
mod room;
mod spark;
mod stage;
mod stopped;
mod synth;
mod tables;
mod talk;
mod targets;
mod terminal;
mod trace;
mod train;
mod truth;
mod typed;
mod viewer;

use crate::error::{Error, ErrorKind, Result};
use crate::ingest::{Limits, limit_with};
use args::{Command, Words};
use clap::Parser;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use talk::Talk;

const PANICKED: &str = "a fault of the program stopped the run";
const REPORT: &str = "please report the command and the version; nothing was written";

/// How a run that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Something was found.
    Done,
    /// Nothing matched.
    NothingMatched,
    /// The file was read, and the specification rejects it.
    Rejected,
    /// What was looked at has faults.
    Faulty,
}

/// Whether what is said is for programs, for a thread that was started before that was known.
static SAYS_JSON: AtomicBool = AtomicBool::new(false);
/// How long a run that was asked to stop waits until it has said so: whoever should hear it may not listen.
const SAYING: Duration = Duration::from_secs(1);

/// Takes away what is not finished and says so, for a run that was asked to stop by a signal of this name: the caller ends the
/// process at once.
pub fn stop(signal: &str) {
    crate::store::take_away_unfinished();
    let (said, hears) = std::sync::mpsc::channel();
    let signal = signal.to_owned();
    // Apart, since another thread may hold standard error and wait for a reader that is gone.
    let saying = std::thread::Builder::new().spawn(move || {
        let form = if SAYS_JSON.load(Ordering::Relaxed) { args::Log::Json } else { args::Log::Text };
        Talk::new(false, form).stopped(&signal);
        said.send(())
    });
    if saying.is_ok() {
        let _ = hears.recv_timeout(SAYING);
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let words = match Words::try_parse() {
        Ok(words) => words.settled(),
        Err(error) => return typed::refused(&error),
    };
    SAYS_JSON.store(words.log == args::Log::Json, Ordering::Relaxed);
    let talk = Talk::new(words.quiet, words.log);
    let threads = words.threads.unwrap_or(0);
    // The words of a panic may hold values of a row, so they are not said.
    std::panic::set_hook(Box::new(|_| {}));
    crate::store::answer_cut_files(words.log == args::Log::Json);
    let run = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&words, &talk)));
    let outcome = crate::util::parallel::in_pool(threads, run)
        .map_err(|error| Error::limit(format!("cannot start threads: {error}")))
        .and_then(|result| result.unwrap_or_else(|_| Err(Error::internal(PANICKED).hint(REPORT))));
    match outcome {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::NothingMatched | Ended::Rejected | Ended::Faulty) => ExitCode::from(1),
        Err(error) if broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            talk.error(&error);
            ExitCode::from(error.exit_status())
        }
    }
}

/// What is read of files is bounded: by what was said, else by the memory that may be used, else by what is safe.
fn set_limits(words: &Words) -> Result<()> {
    let mut limits = Limits::SAFE;
    limits.table_bytes = limits.table_bytes.min(words.memory.unwrap_or(u64::MAX));
    for (name, number) in &words.limit {
        limits.set(name, *number).map_err(|error| error.at("--limit"))?;
    }
    limit_with(limits);
    Ok(())
}

fn run(words: &Words, talk: &Talk) -> Result<Ended> {
    set_limits(words)?;
    // What `destroy` is given is the key that goes.
    if !words.identity.is_empty() && !matches!(words.command, Command::Destroy(_)) {
        crate::ingest::unlock_with(crate::store::Identities::read(&words.identity)?);
    }
    match &words.command {
        Command::Demo(demo) => demo::run(demo, talk),
        Command::Synth(synth) => synth::run(synth, talk),
        Command::Check(check) => check::run(check, talk),
        Command::Trace(trace) => trace::run(trace, words, talk),
        Command::Index(index) => index::run(index, words.memory, talk),
        Command::Review(review) => review::run(review, talk),
        Command::Pool(pool) => pool::run(pool, talk),
        Command::Benefits(benefits) => benefits::run(benefits, talk),
        Command::Ledger(ledger) => ledger::run(ledger, talk),
        Command::Audit(audit) => audit::run(audit, talk),
        Command::Destroy(destroy) => destroy::run(destroy, words, talk),
        Command::Link(link) => link::run_link(link, talk),
        Command::Dedupe(dedupe) => link::run_dedupe(dedupe, talk),
        Command::Train(train) => train::run(train, talk),
        Command::Blocks(blocks) => blocks::run(blocks, talk),
        Command::Explain(explain) => explain::run(explain, talk),
        Command::Model(model) => model::run(model, talk),
        Command::Evaluate(evaluate) => evaluate::run(evaluate, talk),
        Command::Report(report) => report::run(report, talk),
        Command::Stage(stage) => stage::run(stage, words, talk),
        Command::Spark(spark) => spark::run(spark),
        Command::Help(help) => help::run(help),
        Command::Completions(completions) => completions::run(completions),
        Command::Man(man) => completions::man(man, talk),
    }
}

/// A reader that closed the pipe has what it wanted.
fn broken_pipe(error: &Error) -> bool {
    error.kind() == ErrorKind::Output && error.what().contains("Broken pipe")
}
