//! `rewash link` and `rewash dedupe`: pairs of two tables, or of one with itself; clusters.

use crate::cli::Ended;
use crate::cli::args::{Dedupe, GivenWords, Link, LinkageWords, PairsWords, ResolveWord};
use crate::cli::clusters::{clustered, count_from, cuts_text, named_by, say_clusters, sizes};
use crate::cli::files::{say_exposed, temporary_folder};
use crate::cli::linkage::{Named, bytes_for_pairs, format_of, load, model_text, prepare, read_model};
use crate::cli::resume::Resume;
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::terminal;
use crate::engine::linkage::{Checkpoints, Explainer, Keeping, KeptPairs, Linkage, PairRoom, SortedPairs};
use crate::error::{Error, Result};
use crate::model::linkage::LinkageModel;
use crate::report::{Explained, PairsTable, Summary, clusters_batch, pairs_batch, size, thousands};
use crate::resolve::pairs::{Judge, Scored, SortedBy, Ties};
use crate::score::linkage_weight::match_weight;
use crate::util::clock::Clock;
use std::path::Path;

/// Probability from which pairs are given out by default.
const THRESHOLD: f64 = 0.5;
/// Pairs below this weight are no evidence worth keeping for clusters.
pub(crate) const EVIDENCE_BITS_MIN: f64 = -12.0;

/// Memory of a row while clusters are made: where it belongs, before and after, and its place there.
const CLUSTERED_ROW_BYTES: u64 = 40;

/// Runs `rewash link`.
pub(crate) fn run_link(words: &Link, quiet: &Talk) -> Result<Ended> {
    let mut clock = Clock::start();
    let resume = Resume::of(&words.pairs.resuming, "pairs", Path::new(&words.pairs.out))?;
    let mut targets = open(&words.pairs, None)?;
    say_exposed([&words.left, &words.right].into_iter().map(Path::new), file_of(&words.pairs), quiet);
    let model = words.linkage.model.as_deref().map(read_model).transpose()?;
    let tables = load(&words.linkage, &[&words.left, &words.right], model.as_ref(), quiet)?;
    clock.lap("load");
    let Some((linkage, thresholds)) =
        ready(&words.linkage, &words.pairs, &tables, model, &mut targets, quiet, &mut clock)?
    else {
        return targets.commit().map(|()| Ended::Done);
    };
    let weight_min = weight_of(lowest(&thresholds));
    let all_words = (&words.linkage, &words.pairs);
    let keeping = keeping_of(all_words, resume, &tables, &linkage, (weight_min, false), quiet)?;
    let mut scored = linkage.score_kept(weight_min, &keeping, quiet)?;
    let told = Told::of(&scored);
    let rows = linkage.rows().all();
    let standing = standing(&mut scored, words.resolving.word(), words.resolving.ties(), rows)?;
    clock.lap("score");
    let given = give_pairs(&words.pairs, &linkage, &tables, standing, targets)?;
    forget(keeping, quiet);
    clock.lap("write");
    quiet.summary(&summary(&linkage, &tables, told, given, &clock));
    Ok(if given == 0 { Ended::NothingMatched } else { Ended::Done })
}

/// Runs `rewash dedupe`.
pub(crate) fn run_dedupe(words: &Dedupe, talk: &Talk) -> Result<Ended> {
    let mut clock = Clock::start();
    let resume = Resume::of(&words.pairs.resuming, "pairs", Path::new(&words.pairs.out))?;
    let mut targets = open(&words.pairs, words.cuts.as_deref())?;
    say_exposed(std::iter::once(Path::new(&words.data)), file_of(&words.pairs), talk);
    let model = words.linkage.model.as_deref().map(read_model).transpose()?;
    let tables = load(&words.linkage, &[&words.data], model.as_ref(), talk)?;
    clock.lap("load");
    let Some((linkage, thresholds)) =
        ready(&words.linkage, &words.pairs, &tables, model, &mut targets, talk, &mut clock)?
    else {
        return targets.commit().map(|()| Ended::Done);
    };
    let weight_min = if words.cluster.clusters { EVIDENCE_BITS_MIN } else { weight_of(lowest(&thresholds)) };
    let (all_words, refined) = ((&words.linkage, &words.pairs), words.cluster.clusters);
    let keeping = keeping_of(all_words, resume, &tables, &linkage, (weight_min, refined), talk)?;
    let mut scored = linkage.score_kept(weight_min, &keeping, talk)?;
    let told = Told::of(&scored);
    clock.lap("score");
    if !words.cluster.clusters {
        let given = give_pairs(&words.pairs, &linkage, &tables, scored.sorted(SortedBy::Rows)?, targets)?;
        forget(keeping, talk);
        clock.lap("write");
        talk.summary(&summary(&linkage, &tables, told, given, &clock));
        return Ok(if given == 0 { Ended::NothingMatched } else { Ended::Done });
    }
    let found = clustered(linkage.rows().all() as u32, &scored, &thresholds, words.cluster.no_cut)?;
    let (labels, cuts) = (named_by(&thresholds, found.labels), found.cuts);
    let above = count_from(&scored, thresholds[0])?;
    let batch = clusters_batch(&labels, &|row| tables[0].id_of(row as usize))?;
    if let Some(file) = &words.cuts {
        targets.text(file, cuts_text(&cuts, &|row| tables[0].id_of(row as usize))?)?;
    }
    targets.table(&words.pairs.out, batch, format_of(&words.pairs.out, words.pairs.format)?)?;
    targets.commit()?;
    forget(keeping, talk);
    clock.lap("cluster");
    let sizes = sizes(&labels[0].1);
    let mut said = summary(&linkage, &tables, told, above, &clock);
    say_clusters(&mut said, &sizes, words.cluster.no_cut, cuts.len());
    talk.summary(&said);
    Ok(if sizes.iter().any(|size| *size > 1) { Ended::Done } else { Ended::NothingMatched })
}

/// Memory and checkpoints of the pairs that are to be scored; `refined` where they make clusters.
fn keeping_of(
    (linkage_words, words): (&LinkageWords, &PairsWords),
    resume: Option<Resume>,
    tables: &[Named],
    linkage: &Linkage,
    (weight_min, refined): (f64, bool),
    talk: &Talk,
) -> Result<Keeping> {
    let out = file_of(words);
    let open = |resume: Resume| resume.open_pairs(linkage_words, tables, linkage, (weight_min, out), talk);
    let checkpoints = resume.map(open).transpose()?;
    let others = if refined { linkage.rows().all() as u64 * CLUSTERED_ROW_BYTES } else { 0 };
    let bytes = words.pairs_in_memory.unwrap_or_else(|| bytes_for_pairs(linkage_words, others));
    let room = PairRoom { bytes: Some(bytes), folder: temporary_folder(out.unwrap_or(Path::new(""))), refined };
    Ok(Keeping { room, checkpoints })
}

/// Removes checkpoints: the run is done, whatever becomes of them.
fn forget(keeping: Keeping, talk: &Talk) {
    let removed = keeping.checkpoints.map_or(Ok(()), Checkpoints::remove);
    removed.unwrap_or_else(|error| talk.warn(&error.to_string()));
}

/// The file of the pairs; none where they go to standard output.
fn file_of(words: &PairsWords) -> Option<&Path> {
    Some(Path::new(&words.out)).filter(|out| *out != Path::new("-"))
}

/// The files of a command, opened before it works: what cannot be put in place is told at once.
fn open(words: &PairsWords, cuts: Option<&str>) -> Result<Targets> {
    let out = (!words.dry_run).then_some(words.out.as_str());
    Targets::open(words.save_model.as_deref().into_iter().chain(cuts).chain(out))
}

/// Prepares and trains; `None` where a dry run has said what there is to say.
fn ready(
    linkage_words: &LinkageWords,
    words: &PairsWords,
    tables: &[Named],
    model: Option<LinkageModel>,
    targets: &mut Targets,
    talk: &Talk,
    clock: &mut Clock,
) -> Result<Option<(Linkage, Vec<f64>)>> {
    let thresholds = thresholds(&words.given, model.as_ref())?;
    format_of(&words.out, words.format)?;
    let (linkage, _) = prepare(linkage_words, tables, model, talk, clock)?;
    if let Some(file) = &words.save_model {
        targets.text(file, model_text(&linkage.model, file))?;
    }
    if words.dry_run {
        let text = crate::cli::blocks::text(&linkage, terminal::width_of_output());
        targets.text("-", terminal::plain(&text).into_owned())?;
        return Ok(None);
    }
    Ok(Some((linkage, thresholds)))
}

/// The lowest threshold: pairs carry their probability, so one file serves all.
pub(crate) fn lowest(thresholds: &[f64]) -> f64 {
    thresholds.iter().copied().fold(1.0, f64::min)
}

/// The thresholds asked for; the model's, or one half.
pub(crate) fn thresholds(words: &GivenWords, model: Option<&LinkageModel>) -> Result<Vec<f64>> {
    if let Some(wrong) = words.threshold.iter().find(|threshold| !(0.0..=1.0).contains(*threshold)) {
        return Err(Error::usage(format!("{wrong} is not a probability")).at("--threshold"));
    }
    if words.threshold.is_empty() {
        return Ok(vec![model.and_then(|model| model.threshold).unwrap_or(THRESHOLD)]);
    }
    Ok(words.threshold.clone())
}

pub(crate) fn weight_of(probability: f64) -> f64 {
    match_weight(probability)
}

/// The pairs that stand, by rows, which are of one numbering.
pub(crate) fn standing(
    scored: &mut KeptPairs,
    resolve: ResolveWord,
    ties: Ties,
    rows: usize,
) -> Result<SortedPairs<'_>> {
    let (by, mut judge) = match resolve {
        ResolveWord::All => return scored.sorted(SortedBy::Rows),
        ResolveWord::OneToOne => (SortedBy::Weight, Judge::one_to_one(ties, rows)),
        ResolveWord::BestLeft => (SortedBy::Left, Judge::best_for_left(ties)),
        ResolveWord::BestRight => (SortedBy::Right, Judge::best_for_right(ties)),
    };
    let judged = scored.sorted(by)?;
    let mut kept = judged.sorter(SortedBy::Rows);
    for pair in judged {
        judge.take(pair?).try_for_each(|pair| kept.push(pair))?;
    }
    judge.finish().into_iter().try_for_each(|pair| kept.push(pair))?;
    kept.finish()
}

/// Pairs that are written at a time.
pub(crate) const GIVEN_PAIRS: usize = 1 << 16;

/// Writes pairs, sorted by left and right row, and puts all files in place; how many there are.
fn give_pairs(
    words: &PairsWords,
    linkage: &Linkage,
    tables: &[Named],
    mut pairs: SortedPairs,
    targets: Targets,
) -> Result<u64> {
    let explainer = if words.given.explain { Some(linkage.explainer()?) } else { None };
    let left = tables[0].table.rows() as u32;
    let id = |row: u32| {
        if tables.len() == 2 && row >= left {
            tables[1].id_of((row - left) as usize)
        } else {
            tables[0].id_of(row as usize)
        }
    };
    targets.commit_with_batches(&words.out, format_of(&words.out, words.format)?, &mut || {
        let pairs = pairs.by_ref().take(GIVEN_PAIRS).collect::<Result<Vec<Scored>>>()?;
        let explained = explainer.as_ref().map(|explainer| explain(explainer, &linkage.model, &pairs));
        pairs_batch(&PairsTable { pairs: &pairs, ids: &id, explained: &explained.unwrap_or_default() })
    })?;
    Ok(pairs.len())
}

fn explain(explainer: &Explainer, model: &LinkageModel, pairs: &[Scored]) -> Vec<Explained> {
    let rows: Vec<(u32, u32)> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
    let parts = explainer.score(&rows).into_iter().map(|(levels, parts)| (levels, parts.weights()));
    explained(model, &parts.collect::<Vec<_>>())
}

/// Columns that explain pairs, from their levels and the weights of their parts.
pub(crate) fn explained(model: &LinkageModel, parts: &[(Vec<u8>, Vec<f64>)]) -> Vec<Explained> {
    let weights = |place: usize| parts.iter().map(|(_, weights)| weights.get(place).copied().unwrap_or(0.0)).collect();
    let household = model.household.as_ref().map(|_| Explained {
        comparison: "household".to_owned(),
        levels: vec!["what relatives share".to_owned(); parts.len()],
        weights: weights(model.comparisons.len()),
    });
    let comparisons = model.comparisons.iter().enumerate().map(|(place, comparison)| Explained {
        comparison: comparison.name.clone(),
        levels: parts.iter().map(|(levels, _)| comparison.levels[usize::from(levels[place])].label.clone()).collect(),
        weights: weights(place),
    });
    comparisons.chain(household).collect()
}

/// What is told of pairs that are gone by then.
#[derive(Clone, Copy)]
struct Told {
    compared: u64,
    /// Pairs that weighed enough, and bytes of them on the disk.
    kept: u64,
    disk_bytes: u64,
}

impl Told {
    fn of(scored: &KeptPairs) -> Self {
        Self { compared: scored.compared(), kept: scored.len(), disk_bytes: scored.disk_bytes() }
    }
}

fn summary(linkage: &Linkage, tables: &[Named], told: Told, given: u64, clock: &Clock) -> Summary {
    let mut summary = Summary::default();
    for table in tables {
        summary.line(format!("rows of {}", table.name), thousands(table.table.rows() as u64));
    }
    summary.line("blocking rules", linkage.model.blocking.len().to_string());
    summary.line("pairs compared", thousands(told.compared));
    if told.disk_bytes > 0 {
        let aside = format!("{} ({})", thousands(told.kept), size(told.disk_bytes));
        summary.line("pairs put aside on the disk", aside);
    }
    summary.line("pairs above the threshold", thousands(given));
    summary.line("seconds", clock.text());
    if let Some(bytes) = crate::util::memory::peak_bytes() {
        summary.line("peak memory", format!("{} MiB", bytes >> 20));
    }
    summary
}
