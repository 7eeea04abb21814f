//! `rewash evaluate`: outcomes against truth.

use crate::cli::Ended;
use crate::cli::args::Evaluate;
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::ingest::{self, Limits, expand};
use crate::model::schema::{self, Schema};
use crate::report::{self, Evaluation};
use std::io::Write;

/// Runs `rewash evaluate`.
pub(crate) fn run(words: &Evaluate) -> Result<Ended> {
    let evaluation = compare(&words.outcomes, &words.truth)?;
    let text = evaluation.summary().text();
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| Error::write(&error))?;
    Ok(if evaluation.right > 0 { Ended::Done } else { Ended::NothingMatched })
}

/// Compares two files.
pub(crate) fn compare(outcomes: &str, truth: &str) -> Result<Evaluation> {
    let outcomes = load(outcomes, &schema::OUTCOMES)?;
    let truth = load(truth, &schema::TRUTH)?;
    report::evaluate(&outcomes, &truth)
}

/// Loads a small table of a known schema.
pub(crate) fn load(word: &str, schema: &Schema) -> Result<Table> {
    let mut inputs = expand(word)?;
    let input = inputs.pop().ok_or_else(|| Error::input("no such file").at(word))?;
    Ok(ingest::load(&input, schema, &Limits::default())?.table)
}
