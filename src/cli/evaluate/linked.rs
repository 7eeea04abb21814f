//! Pairs of `link` and clusters of `dedupe` against truth.

use crate::cli::Ended;
use crate::cli::args::Evaluate;
use crate::cli::evaluate::errors::Errors;
use crate::cli::evaluate::found::Linked;
use crate::cli::evaluate::{charts_of, draw, give, load, open, truth_file, words_of_linkage};
use crate::cli::linkage::{self, Named, prepare, read_model};
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::truth::column;
use crate::engine::linkage::Linkage;
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::model::linkage::LinkageModel;
use crate::model::schema;
use crate::report::accuracy::{Accuracy, ClusterAccuracy, Rows, Truth, measure, measure_clusters};
use crate::report::accuracy_charts;
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::match_weight;
use crate::util::clock::Clock;
use serde_json::Value;

/// Probability from which pairs are given out, where nobody says another.
const THRESHOLD: f64 = 0.5;

/// The figures of pairs, or of clusters.
enum Figures {
    Pairs(Box<Accuracy>),
    Clusters(ClusterAccuracy),
}

impl Figures {
    fn of(words: &Evaluate, linked: &Linked) -> Result<Self> {
        let Some(labels) = &linked.labels else {
            let thresholds: Vec<f64> = words.thresholds().into_iter().map(match_weight).collect();
            return Ok(Self::Pairs(Box::new(accuracy_of(linked, &thresholds)?)));
        };
        let Truth::Clusters(known) = &linked.truth else {
            return Err(Error::usage("clusters are compared with clusters, and the truth is of pairs")
                .at("--truth")
                .hint("give the truth as id,cluster"));
        };
        Ok(Self::Clusters(measure_clusters(labels, known, Rows::Within(labels.len() as u32))?))
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Pairs(accuracy) => accuracy.to_json(),
            Self::Clusters(accuracy) => accuracy.to_json(),
        }
    }

    fn to_text(&self, width: Option<usize>) -> String {
        match self {
            Self::Pairs(accuracy) => accuracy.to_text(width),
            Self::Clusters(accuracy) => accuracy.to_text(width),
        }
    }

    fn charts(&self) -> Vec<(String, String)> {
        match self {
            Self::Pairs(accuracy) => accuracy_charts(accuracy),
            Self::Clusters(_) => Vec::new(),
        }
    }

    fn right(&self) -> u64 {
        match self {
            Self::Pairs(accuracy) => accuracy.scored_true_pairs,
            Self::Clusters(accuracy) => accuracy.pairs.true_positives,
        }
    }
}

/// How good pairs are at some weights. Those without a weight are given at each, and nothing is told of what they state.
fn accuracy_of(linked: &Linked, thresholds: &[f64]) -> Result<Accuracy> {
    let measured = |given: &[Scored], thresholds: &[f64]| measure(given, &linked.truth, linked.rows, thresholds);
    if linked.given.iter().all(|pair| !pair.weight.is_nan()) {
        return measured(&linked.given, thresholds);
    }
    let (weighed, others): (Vec<Scored>, Vec<Scored>) = linked.given.iter().partition(|pair| !pair.weight.is_nan());
    let reliability = measured(&weighed, &[])?.reliability;
    let heaviest = weighed.iter().map(|pair| pair.weight).fold(f64::NEG_INFINITY, f64::max);
    let surest = |pair: Scored| Scored { weight: f64::INFINITY, probability: 1.0, ..pair };
    let all: Vec<Scored> = weighed.into_iter().chain(others.into_iter().map(surest)).collect();
    let mut accuracy = Accuracy { reliability, ..measured(&all, thresholds)? };
    let of_recall = accuracy.recall_at.iter_mut().filter_map(|at| at.cutoff.as_mut());
    for cutoff in accuracy.cutoffs.iter_mut().chain(&mut accuracy.best_f1).chain(of_recall) {
        // Part of the pairs, or all of them, state no probability that a mean or a sum could be taken of.
        (cutoff.expected_precision, cutoff.expected_recall) = (None, None);
        cutoff.probability = cutoff.probability.filter(|_| heaviest >= cutoff.weight);
    }
    Ok(accuracy)
}

/// Runs `rewash evaluate` for pairs or clusters.
pub(super) fn run(words: &Evaluate, found: &Table, talk: &Talk) -> Result<Ended> {
    refuse_unfit(words, found)?;
    let targets = open(words)?;
    let model = words.linkage.model.as_deref().map(read_model).transpose()?;
    let threshold = words.threshold.iter().copied().reduce(f64::min);
    let threshold = threshold.or(model.as_ref().and_then(|model| model.threshold)).unwrap_or(THRESHOLD);
    let truth = words.truth.as_deref().map(|file| Ok((load(file, &schema::ANY)?, file))).transpose()?;
    let truth = truth.as_ref().map(|(table, file)| (table, *file));
    if words.tables.is_empty() {
        truth_file(words)?;
    }
    let tables = tables(words, model.as_ref(), talk)?;
    let linked = match truth {
        Some((truth, file)) if tables.is_empty() => Linked::by_ids(found, &words.outcomes, truth, file)?,
        truth => Linked::by_rows(found, &words.outcomes, truth, &tables, talk)?,
    };
    let figures = Figures::of(words, &linked)?;
    let linkage = looked(words, &tables, model, talk)?;
    let asks = !words.by.is_empty() || words.rows.is_some();
    let errors = asks
        .then(|| {
            Errors::new(
                found,
                truth.map(|(table, _)| table),
                &linked,
                &tables,
                linkage.as_ref(),
                match_weight(threshold),
            )
        })
        .transpose()?;
    if let Some(warning) = errors.as_ref().and_then(Errors::of_another_model) {
        talk.warn(&format!("{}: {warning}", words.outcomes));
    }
    finish(words, targets, &figures, errors.as_ref())?;
    Ok(if figures.right() > 0 { Ended::Done } else { Ended::NothingMatched })
}

/// Writes and says everything.
fn finish(words: &Evaluate, mut targets: Targets, figures: &Figures, errors: Option<&Errors>) -> Result<()> {
    let groupings = words.by.iter().filter_map(|column| errors.map(|errors| errors.by(column)));
    let groupings = groupings.collect::<Result<Vec<_>>>()?;
    let rows = match errors.filter(|_| words.rows.is_some()) {
        Some(errors) => Some(errors.rows_to_look_at()?),
        None => None,
    };
    draw(words, &mut targets, || figures.charts().into_iter().chain(charts_of(words, &groupings)).collect())?;
    give(words, targets, figures.to_json(), &|width| figures.to_text(width), (&groupings, rows))
}

/// Refuses words that would do nothing.
fn refuse_unfit(words: &Evaluate, found: &Table) -> Result<()> {
    let draws = words.svg.is_some() || words.png.is_some();
    if draws && words.by.is_empty() && column(found, &["left_id"]).is_none() {
        return Err(Error::usage("clusters have no curves").hint("give --by, whose groups are drawn"));
    }
    if words.tables.len() > 2 {
        return Err(Error::usage("there are at most two tables").at("--table"));
    }
    if let Some(wrong) = words.threshold.iter().find(|threshold| !(0.0..=1.0).contains(*threshold)) {
        return Err(Error::usage(format!("{wrong} is not a probability")).at("--threshold"));
    }
    match words_of_linkage(&words.linkage) {
        Some(option) if words.tables.is_empty() => {
            Err(Error::usage(format!("{option} is for tables, and none is given"))
                .at(option)
                .hint("give the table or tables that were linked with --table"))
        }
        _ => Ok(()),
    }
}

fn tables(words: &Evaluate, model: Option<&LinkageModel>, talk: &Talk) -> Result<Vec<Named>> {
    if words.tables.is_empty() {
        return Ok(Vec::new());
    }
    let files: Vec<&str> = words.tables.iter().map(String::as_str).collect();
    linkage::load(&words.linkage, &files, model, talk)
}

/// What the pairs are looked at with: the model that is given, or one that is proposed and trained again.
fn looked(words: &Evaluate, tables: &[Named], model: Option<LinkageModel>, talk: &Talk) -> Result<Option<Linkage>> {
    if tables.is_empty() || (words.by.is_empty() && words.rows.is_none()) {
        return Ok(None);
    }
    let (linkage, _) = prepare(&words.linkage, tables, model, talk, &mut Clock::start())?;
    Ok(Some(linkage))
}
