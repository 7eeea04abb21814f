//! The plan of a linkage that runs apart: what all of its steps are told, in one file that goes with them.
//!
//! JSON, version 1: `format` and `version` (of the program), `command`, `ids`, `columns` of either table that are read,
//! `counted` (fields whose values are counted), `thresholds`, `block_pairs`, `resolve`, `ties`, `explain`, `clusters`, `no_cut`, and the model as it was given, with its
//! name, whose ending says its form. The digest of the file is in all that the steps write.

use crate::cli::Ended;
use crate::cli::args::{OfWord, ResolveWord, SideWord, TablesPlan, TiesWord};
use crate::cli::files::{file_name, read_text};
use crate::cli::link;
use crate::cli::linkage::{check_link_type, is_trained};
use crate::cli::stage::write_to;
use crate::cli::talk::Talk;
use crate::engine::linkage::apart::Layout;
use crate::error::{Error, Result};
use crate::ingest;
use crate::model::linkage::{LinkType, LinkageModel};
use crate::report::Summary;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name and version of the form.
const FORMAT: &str = "rewash linkage plan 1";

/// The file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: String,
    command: String,
    ids: Vec<String>,
    columns: Vec<Vec<String>>,
    counted: usize,
    thresholds: Vec<f64>,
    block_pairs: u64,
    resolve: String,
    ties: String,
    explain: bool,
    clusters: bool,
    no_cut: bool,
    model_name: String,
    model: String,
}

/// A plan that was read.
pub(super) struct Plan {
    /// The model, and what is counted.
    pub layout: Layout,
    /// Column of the id, by side.
    pub ids: Vec<String>,
    /// Columns that are read, by side.
    pub columns: Vec<Vec<String>>,
    /// Least probabilities.
    pub thresholds: Vec<f64>,
    /// Most pairs of a block.
    pub block_pairs: u64,
    /// Which pairs of two tables stand.
    pub resolve: ResolveWord,
    /// What becomes of pairs of equal weight.
    pub ties: TiesWord,
    /// Whether levels and weights are given.
    pub explain: bool,
    /// Whether clusters are given.
    pub clusters: bool,
    /// Whether a cluster is all that hangs together.
    pub no_cut: bool,
}

impl Plan {
    /// Least weight of a pair that is kept.
    pub(super) fn weight_min(&self) -> f64 {
        if self.clusters { link::EVIDENCE_BITS_MIN } else { link::weight_of(link::lowest(&self.thresholds)) }
    }

    /// Number of a side; there is one where a table is compared with itself.
    pub(super) fn side(&self, side: SideWord) -> Result<usize> {
        match side {
            SideWord::Left => Ok(0),
            SideWord::Right if self.layout.dedupe => {
                Err(Error::usage("the plan is for `dedupe`, which has one table").at("--side"))
            }
            SideWord::Right => Ok(1),
        }
    }
}

/// Makes a plan.
pub(super) fn run(words: &TablesPlan, talk: &Talk) -> Result<Ended> {
    let text = read_text(&words.model)?;
    let name = file_name(&words.model);
    let model = LinkageModel::read(&text, &name)?;
    let tables = if words.of == OfWord::Link { 2 } else { 1 };
    check_link_type(&model, tables, talk)?;
    if !is_trained(&model) {
        return Err(Error::usage("the model has no parameters, which no part of the tables can tell")
            .at("--model")
            .hint("train it on one machine, from samples of the tables: rewash train LEFT RIGHT -o model.json"));
    }
    model.defaults().notes.iter().for_each(|note| talk.warn(note));
    if tables == 1 && (words.resolving.all || words.resolving.ties.is_some()) {
        return Err(Error::usage("`dedupe` gives every pair").at("--all, --ties"));
    }
    if tables == 2 && words.cluster.clusters {
        return Err(Error::usage("`link` gives pairs").at("--clusters"));
    }
    let ids = ids(words, &model, tables)?;
    let thresholds = link::thresholds(&words.given, Some(&model))?;
    let layout = Layout::new(model, tables == 1, String::new())?;
    let file = File {
        format: FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: word(&words.of),
        columns: ids.iter().enumerate().map(|(side, id)| layout.columns(side, id)).collect(),
        ids,
        counted: layout.counted.len(),
        thresholds,
        block_pairs: words.block_pairs,
        resolve: word(&words.resolving.word()),
        ties: word(&words.resolving.ties.unwrap_or(TiesWord::Lowest)),
        explain: words.given.explain && !words.cluster.clusters,
        clusters: words.cluster.clusters,
        no_cut: words.cluster.no_cut,
        model_name: name,
        model: text,
    };
    let json = serde_json::to_string(&file).map_err(|error| Error::internal(error.to_string()))?;
    write_to(&words.out, |out| writeln!(out, "{json}").map_err(|error| Error::write(&error)))?;
    let mut summary = Summary::default();
    summary.line("blocking rules", layout.model.blocking.len().to_string());
    summary.line("fields whose values are counted", layout.counted.len().to_string());
    summary.line("written", words.out.display().to_string());
    talk.summary(&summary);
    Ok(Ended::Done)
}

/// The columns of ids. On one machine the first column is one if all of its values differ, which no part can tell.
fn ids(words: &TablesPlan, model: &LinkageModel, tables: usize) -> Result<Vec<String>> {
    let of_side = |side: usize| {
        let given = words.ids.get(side).or_else(|| words.ids.first()).cloned();
        given.or_else(|| model.ids[side].clone())
    };
    let found: Option<Vec<String>> = (0..tables).map(of_side).collect();
    found.ok_or_else(|| {
        Error::usage("names no column of the id")
            .at("--id")
            .hint("name the one that `link` finds on one machine: the first column, where its values all differ")
    })
}

/// Reads a plan.
pub(super) fn read(path: &Path) -> Result<Plan> {
    let text = read_text(path)?;
    parse(&text).map_err(|error| error.at(file_name(path)))
}

fn parse(text: &str) -> Result<Plan> {
    let again = "make it with `rewash stage tables plan` of this version";
    let about: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    if about["format"] != FORMAT {
        return Err(Error::input(format!("is not of the form `{FORMAT}`, which this version reads")).hint(again));
    }
    if about["version"] != env!("CARGO_PKG_VERSION") {
        let what = format!("was written by version {}, and this is {}", about["version"], env!("CARGO_PKG_VERSION"));
        return Err(Error::input(what).hint(again));
    }
    let damaged = || Error::input("is a damaged plan").hint(again);
    let file: File = serde_json::from_str(text).map_err(|_| damaged())?;
    let of = OfWord::from_str(&file.command, false).map_err(|_| damaged())?;
    let mut model = LinkageModel::read(&file.model, &file.model_name)?;
    model.link_type = if of == OfWord::Link { LinkType::Link } else { LinkType::Dedupe };
    let tables = if of == OfWord::Link { 2 } else { 1 };
    if file.ids.len() != tables || file.columns.len() != tables || file.thresholds.is_empty() {
        return Err(damaged());
    }
    Ok(Plan {
        layout: Layout::new(model, of == OfWord::Dedupe, ingest::digest_of(text.as_bytes()))?,
        ids: file.ids,
        columns: file.columns,
        thresholds: file.thresholds,
        block_pairs: file.block_pairs,
        resolve: ResolveWord::from_str(&file.resolve, false).map_err(|_| damaged())?,
        ties: TiesWord::from_str(&file.ties, false).map_err(|_| damaged())?,
        explain: file.explain,
        clusters: file.clusters,
        no_cut: file.no_cut,
    })
}

/// The word of a choice.
fn word(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
