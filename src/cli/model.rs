//! `rewash model import` and `rewash model export`: models of Splink; `rewash model chart`: pictures of a model; `rewash model
//! reference`: the language of models.

mod reference;

use crate::cli::Ended;
use crate::cli::args::{ChartKind, Import, ModelChart, ModelCommand, Translate};
use crate::cli::files::read_text;
use crate::cli::linkage::{model_text, read_model};
use crate::cli::talk::Talk;
use crate::cli::targets::{write_picture, write_text};
use crate::error::{Error, Result};
use crate::model::linkage::{Comparison, LinkageModel};
use crate::model::splink::{self, Coverage, Letters, Status};
use crate::report::Summary;
use crate::report::chart::{ModelComparison, ModelLevel, ParametersChart, WeightsChart};

/// Runs `rewash model …`.
pub(crate) fn run(words: &ModelCommand, talk: &Talk) -> Result<Ended> {
    match words {
        ModelCommand::Import(words) => import(words, talk),
        ModelCommand::Export(words) => export(words, talk),
        ModelCommand::Chart(words) => chart(words),
        ModelCommand::Reference(words) => reference::run(words),
    }
}

fn chart(words: &ModelChart) -> Result<Ended> {
    let model = read_model(&words.model)?;
    let comparisons = comparisons(&model);
    let has_parameters = comparisons.iter().flat_map(|known| &known.levels).any(|level| level.weight().is_some());
    if !has_parameters {
        return Err(Error::settings("the model has no parameters to draw")
            .at(words.model.display())
            .hint("train it first: `rewash train … --model MODEL -o trained.json`"));
    }
    let note = String::new();
    let svg = match words.kind {
        ChartKind::Weights => {
            let title = "Match weights of the model".to_owned();
            WeightsChart { title, note, prior: model.prior, comparisons }.svg()
        }
        ChartKind::Parameters => {
            let title = "m and u of the model".to_owned();
            ParametersChart { title, note, comparisons, log: true }.svg()
        }
    };
    write_picture(&words.out, svg)?;
    Ok(Ended::Done)
}

/// The levels of a model in its order.
fn comparisons(model: &LinkageModel) -> Vec<ModelComparison> {
    let comparison = |known: &Comparison| ModelComparison {
        name: known.name.clone(),
        levels: known
            .levels
            .iter()
            .map(|level| ModelLevel { label: level.label.clone(), m: level.m, u: level.u })
            .collect(),
    };
    model.comparisons.iter().map(comparison).collect()
}

fn import(import: &Import, talk: &Talk) -> Result<Ended> {
    let words = &import.translate;
    let letters = if import.bytes { Letters::Bytes } else { Letters::Characters };
    let text = read_text(&words.model)?;
    let imported =
        splink::import_measuring(&text, letters, words.allow_refused).map_err(|error| place(error, words))?;
    for note in &imported.notes {
        talk.warn(note);
    }
    write_text(&words.out, model_text(&imported.model, &words.out))?;
    let all: Vec<&Coverage> = imported.levels.iter().chain(&imported.rules).collect();
    report(&all, talk);
    Ok(Ended::Done)
}

fn export(words: &Translate, talk: &Talk) -> Result<Ended> {
    let model = read_model(&words.model)?;
    let exported = splink::export(&model).map_err(|error| place(error, words))?;
    let coverage: Vec<&Coverage> = exported.levels.iter().chain(&exported.rules).collect();
    let refused = coverage.iter().filter(|one| one.status == Status::Refused).count();
    for note in &exported.notes {
        talk.warn(note);
    }
    report(&coverage, talk);
    if refused > 0 && !words.allow_refused {
        return Err(Error::settings(format!("{refused} levels or rules cannot be written for Splink"))
            .hint("--allow-refused leaves them out"));
    }
    write_text(&words.out, exported.text)?;
    Ok(Ended::Done)
}

fn place(error: Error, words: &Translate) -> Error {
    if error.place().is_some() { error } else { error.at(words.model.display()) }
}

fn report(coverage: &[&Coverage], talk: &Talk) {
    let mut summary = Summary::default();
    for (status, word) in
        [(Status::Exact, "exact"), (Status::Approximated, "approximated"), (Status::Refused, "refused")]
    {
        let count = coverage.iter().filter(|one| one.status == status).count();
        summary.line(format!("levels and rules {word}"), count.to_string());
    }
    for one in coverage.iter().filter(|one| one.status != Status::Exact) {
        let place =
            if one.comparison.is_empty() { one.level.clone() } else { format!("{}: {}", one.comparison, one.level) };
        summary.note(format!("{place}: {}", one.note));
    }
    talk.summary(&summary);
}
