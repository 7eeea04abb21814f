//! `rewash evaluate`: outcomes, pairs or clusters against truth.

mod errors;
mod found;
mod linked;
mod seen;

use crate::cli::Ended;
use crate::cli::args::{Evaluate, LinkageWords, RANDOM_PAIRS, SEED};
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::terminal;
use crate::engine::linkage::BLOCK_PAIRS_MAX;
use crate::error::{Error, Result};
use crate::exchange::{Sheet, Working};
use crate::frame::Table;
use crate::ingest::{self, Limits, expand};
use crate::model::schema::{self, Schema};
use crate::report::chart::png;
use crate::report::{self, COMPARED, Evaluation, Grouping};
use serde_json::Value;
use std::path::Path;

/// Runs `rewash evaluate`.
pub(crate) fn run(words: &Evaluate, talk: &Talk) -> Result<Ended> {
    let found = load(&words.outcomes, &schema::ANY)?;
    if found.column("outcome").is_some() {
        let given = [("--table", !words.tables.is_empty()), ("--threshold", !words.threshold.is_empty())];
        let given = given.into_iter().find(|(_, given)| *given).map(|(option, _)| option);
        if let Some(option) = given.or_else(|| words_of_linkage(&words.linkage)) {
            return Err(Error::usage(format!("{option} is for pairs and clusters")).at(&words.outcomes));
        }
        return trace(words);
    }
    if words.compared.is_some() {
        return Err(Error::usage("--compared is for outcomes of a trace").at(&words.outcomes));
    }
    linked::run(words, &found, talk)
}

/// The first word that was given of those about tables and their model.
fn words_of_linkage(words: &LinkageWords) -> Option<&'static str> {
    let LinkageWords { model, ids, truth_column, frequencies, block_pairs, random_pairs, median, seed, .. } = words;
    let given = [
        ("--model", model.is_some()),
        ("--id", !ids.is_empty()),
        ("--truth-column", truth_column.is_some()),
        ("--term-frequencies", !frequencies.is_empty()),
        ("--block-pairs", *block_pairs != BLOCK_PAIRS_MAX),
        ("--random-pairs", *random_pairs != RANDOM_PAIRS),
        ("--median", *median),
        ("--seed", *seed != SEED),
    ];
    given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
}

/// The file of the truth, where there must be one.
fn truth_file(words: &Evaluate) -> Result<&str> {
    words.truth.as_deref().ok_or_else(|| {
        Error::usage("the truth is missing").at("--truth").hint(
            "give --truth FILE; or --table with the tables of the pairs or clusters, where they have a truth column",
        )
    })
}

/// Outcomes of a trace against truth, without what was compared.
pub(crate) fn compare(outcomes: &str, truth: &str) -> Result<Evaluation> {
    let outcomes = load(outcomes, &schema::OUTCOMES)?;
    let truth = load(truth, &schema::TRUTH)?;
    report::evaluate(&outcomes, &truth, None)
}

fn trace(words: &Evaluate) -> Result<Ended> {
    let mut targets = open(words)?;
    let outcomes = load(&words.outcomes, &schema::OUTCOMES)?;
    let truth = truth_with(truth_file(words)?, &words.by)?;
    let beside = Path::new(&words.outcomes).with_file_name(COMPARED);
    let compared = match &words.compared {
        Some(file) => Some(load(file, &schema::ANY)?),
        None if words.outcomes != "-" && beside.is_file() => Some(load(&beside.to_string_lossy(), &schema::ANY)?),
        None => None,
    };
    let evaluation = report::evaluate(&outcomes, &truth, compared.as_ref())?;
    let groupings = words.by.iter().map(|column| evaluation.by(column)).collect::<Result<Vec<_>>>()?;
    let rows = words.rows.is_some().then(|| evaluation.rows_to_look_at());
    draw(words, &mut targets, || evaluation.charts().into_iter().chain(charts_of(words, &groupings)).collect())?;
    let text = |width| evaluation.summary().fitted(width);
    give(words, targets, evaluation.to_json(), &text, (&groupings, rows))?;
    Ok(if evaluation.right > 0 { Ended::Done } else { Ended::NothingMatched })
}

/// Recall by group, under the names of the files.
fn charts_of<'a>(words: &'a Evaluate, groupings: &'a [Grouping]) -> impl Iterator<Item = (String, String)> {
    let groupings = groupings.iter().enumerate();
    groupings.map(|(number, grouping)| (format!("by_{}", number + 1), grouping.chart(words.cells_min).svg()))
}

/// Writes the figures as JSON and rows to look at where they are asked for, and says the figures and the groups.
fn give(
    words: &Evaluate,
    mut targets: Targets,
    mut figures: Value,
    text: &dyn Fn(Option<usize>) -> String,
    (groupings, rows): (&[Grouping], Option<Sheet>),
) -> Result<()> {
    if let Some(file) = &words.json {
        figures["by"] = groupings.iter().map(|grouping| grouping.to_json(words.cells_min)).collect();
        targets.text(file, format!("{figures:#}\n"))?;
    }
    if let (Some(file), Some(sheet)) = (&words.rows, rows) {
        let mut rows = Vec::new();
        report::write_working(&mut rows, &Working(sheet))?;
        targets.text(file, rows)?;
    }
    if ![&words.json, &words.rows].into_iter().any(|file| file.as_deref() == Some("-")) {
        let width = terminal::width_of_output();
        let tables = groupings.iter().map(|grouping| format!("\n{}", grouping.text(words.cells_min, width)));
        targets.text("-", text(width) + &tables.collect::<String>())?;
    }
    targets.commit()
}

/// The truth, with columns of the file beyond those of its form that are to be grouped by.
fn truth_with(file: &str, columns: &[String]) -> Result<Table> {
    let truth = load(file, &schema::TRUTH)?;
    if file == "-" || columns.iter().all(|column| truth.column(column).is_some()) {
        return Ok(truth);
    }
    let whole = load(file, &schema::ANY)?;
    let known = truth.names().iter().cloned().zip(truth.columns().iter().cloned());
    let is_more = |name: &&String| truth.column(name).is_none() && columns.contains(name);
    let more = whole.names().iter().filter(is_more).filter(|_| whole.rows() == truth.rows());
    let more = more.filter_map(|name| Some((name.clone(), whole.column(name)?.clone())));
    Ok(Table::new(known.chain(more).collect()))
}

/// Opens what is given out: figures, rows, and folders of charts.
fn open(words: &Evaluate) -> Result<Targets> {
    Targets::open_with(
        words.json.as_deref().into_iter().chain(words.rows.as_deref()),
        words.svg.as_deref().into_iter().chain(words.png.as_deref()),
    )
}

/// Writes named charts as they are asked for, each kind into its folder.
fn draw(words: &Evaluate, targets: &mut Targets, charts: impl FnOnce() -> Vec<(String, String)>) -> Result<()> {
    if words.svg.is_none() && words.png.is_none() {
        return Ok(());
    }
    for (name, svg) in charts() {
        if let Some(folder) = &words.svg {
            targets.put_into(folder, &format!("{name}.svg"), svg.as_bytes())?;
        }
        if let Some(folder) = &words.png {
            targets.put_into(folder, &format!("{name}.png"), &png(&svg)?)?;
        }
    }
    Ok(())
}

/// Loads a small table of a known schema.
pub(crate) fn load(word: &str, schema: &Schema) -> Result<Table> {
    let mut inputs = expand(word)?;
    let input = inputs.pop().ok_or_else(|| Error::input("no such file").at(word))?;
    Ok(ingest::load_every_row(&input, schema, &Limits::default())?.table)
}
