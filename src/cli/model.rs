//! `rewash model import` and `rewash model export`: models of Splink.

use crate::cli::Ended;
use crate::cli::args::{Import, ModelCommand, Translate};
use crate::cli::files::read_text;
use crate::cli::linkage::{model_text, read_model, write_text};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::model::splink::{self, Coverage, Letters, Status};
use crate::report::Summary;

/// Runs `rewash model …`.
pub(crate) fn run(words: &ModelCommand, talk: &Talk) -> Result<Ended> {
    match words {
        ModelCommand::Import(words) => import(words, talk),
        ModelCommand::Export(words) => export(words, talk),
    }
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
    write_text(&words.out, &model_text(&imported.model, &words.out))?;
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
    write_text(&words.out, &exported.text)?;
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
