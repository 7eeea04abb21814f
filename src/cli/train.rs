//! `rewash train`: the parameters of a model, from the tables alone or with labels.

use crate::cli::Ended;
use crate::cli::args::Train;
use crate::cli::linkage::{load, model_text, prepare_untrained, read_model, say, settings};
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::truth;
use crate::engine::linkage::{TrainSettings, train};
use crate::error::Result;
use crate::report::{Summary, thousands};
use crate::util::clock::Clock;

/// Runs `rewash train`.
pub(crate) fn run(words: &Train, talk: &Talk) -> Result<Ended> {
    let mut targets = Targets::open([words.out.as_str()])?;
    let model = words.linkage.model.as_deref().map(read_model).transpose()?;
    let files: Vec<&str> = std::iter::once(words.left.as_str()).chain(words.right.as_deref()).collect();
    let tables = load(&words.linkage, &files, model.as_ref(), talk)?;
    let mut linkage = prepare_untrained(&words.linkage, &tables, model, talk, &mut Clock::start())?;
    let known = match &words.labels {
        Some(file) => Some(truth::read(Some(file), &tables, talk)?.pairs(&tables)?),
        None => None,
    };
    // Nothing is scored afterwards: pairs beyond those that are learned from need not be compared.
    let settings = TrainSettings { kept_pairs: 0, ..settings(&words.linkage) };
    let training = train(&mut linkage, &settings, known.as_deref())?;
    say(&training, talk);
    targets.text(&words.out, model_text(&linkage.model, &words.out))?;
    targets.commit()?;
    let mut summary = Summary::default();
    summary.line("random pairs for u", thousands(training.random_pairs));
    match &known {
        Some(known) => summary.line("labelled pairs for m", thousands(known.len() as u64)),
        None => summary
            .line("pairs of rules for m", format!("{} in {} rounds", thousands(training.rule_pairs), training.rounds)),
    }
    summary.line("expected matches", thousands(training.expected_matches.round() as u64));
    summary.line("prior", format!("{:.3e}", linkage.model.prior));
    talk.summary(&summary);
    Ok(Ended::Done)
}
