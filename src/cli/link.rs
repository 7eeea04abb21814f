//! `rewash link` and `rewash dedupe`: pairs of two tables, or of one with itself; clusters.

use crate::cli::Ended;
use crate::cli::args::{Dedupe, GivenWords, Link, LinkageWords, PairsWords, ResolveWord};
use crate::cli::files::say_exposed;
use crate::cli::linkage::{Named, bytes_for_pairs, format_of, load, model_text, prepare, read_model};
use crate::cli::resume::Resume;
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::terminal;
use crate::engine::linkage::{Checkpoints, Keeping, Linkage};
use crate::error::{Error, Result};
use crate::model::linkage::LinkageModel;
use crate::report::{Explained, PairsTable, Summary, clusters_batch, pairs_batch, thousands};
use crate::resolve::pairs::{Refinement, Scored, Ties, best_for_left, best_for_right, bridges, one_to_one, refine};
use crate::score::linkage_weight::match_weight;
use crate::util::clock::Clock;
use std::path::Path;

/// Probability from which pairs are given out by default.
const THRESHOLD: f64 = 0.5;
/// Pairs below this weight are no evidence worth keeping for clusters.
pub(crate) const EVIDENCE_BITS_MIN: f64 = -12.0;

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
    let keeping = keeping_of(&words.linkage, (resume, file_of(&words.pairs)), &tables, &linkage, weight_min, quiet)?;
    let (scored, compared) = linkage.score_kept(weight_min, &keeping, quiet)?;
    let kept = resolved(scored, words.resolving.word(), words.resolving.ties());
    clock.lap("score");
    give_pairs(&words.pairs, &linkage, &tables, &kept, targets)?;
    forget(keeping, quiet);
    clock.lap("write");
    quiet.summary(&summary(&linkage, &tables, compared, kept.len(), &clock));
    Ok(if kept.is_empty() { Ended::NothingMatched } else { Ended::Done })
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
    let keeping = keeping_of(&words.linkage, (resume, file_of(&words.pairs)), &tables, &linkage, weight_min, talk)?;
    let (scored, compared) = linkage.score_kept(weight_min, &keeping, talk)?;
    clock.lap("score");
    if !words.cluster.clusters {
        give_pairs(&words.pairs, &linkage, &tables, &scored, targets)?;
        forget(keeping, talk);
        clock.lap("write");
        talk.summary(&summary(&linkage, &tables, compared, scored.len(), &clock));
        return Ok(if scored.is_empty() { Ended::NothingMatched } else { Ended::Done });
    }
    let found = clustered(linkage.rows().all() as u32, &scored, &thresholds, words.cluster.no_cut)?;
    let (labels, cuts) = (named_by(&thresholds, found.labels), found.cuts);
    let batch = clusters_batch(&labels, &|row| tables[0].id_of(row as usize))?;
    if let Some(file) = &words.cuts {
        targets.text(file, cuts_text(&cuts, &|row| tables[0].id_of(row as usize))?)?;
    }
    targets.table(&words.pairs.out, batch, format_of(&words.pairs.out, words.pairs.format)?)?;
    targets.commit()?;
    forget(keeping, talk);
    clock.lap("cluster");
    let sizes = sizes(&labels[0].1);
    let mut said = summary(
        &linkage,
        &tables,
        compared,
        scored.iter().filter(|pair| pair.probability >= thresholds[0]).count(),
        &clock,
    );
    say_clusters(&mut said, &sizes, words.cluster.no_cut, cuts.len());
    talk.summary(&said);
    Ok(if sizes.iter().any(|size| *size > 1) { Ended::Done } else { Ended::NothingMatched })
}

/// Memory and checkpoints of the pairs that are to be scored.
fn keeping_of(
    words: &LinkageWords,
    (resume, out): (Option<Resume>, Option<&Path>),
    tables: &[Named],
    linkage: &Linkage,
    weight_min: f64,
    talk: &Talk,
) -> Result<Keeping> {
    let open = |resume: Resume| resume.open_pairs(words, tables, linkage, (weight_min, out), talk);
    let checkpoints = resume.map(open).transpose()?;
    Ok(Keeping { bytes_max: Some(bytes_for_pairs(words)), checkpoints })
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

/// Clusters at each threshold, and the links that were cut at the first one or alone hold a cluster together, by rows.
pub(crate) struct Clusters {
    /// For each threshold and row the lowest row of its cluster.
    pub labels: Vec<Vec<u32>>,
    /// Links with what became of them.
    pub cuts: Vec<(Scored, &'static str)>,
}

/// Clusters of so many rows; with `whole`, all that hangs together.
pub(crate) fn clustered(rows: u32, scored: &[Scored], thresholds: &[f64], whole: bool) -> Result<Clusters> {
    let mut found = Clusters { labels: Vec::new(), cuts: Vec::new() };
    for (place, threshold) in thresholds.iter().enumerate() {
        if whole {
            let linked: Vec<&Scored> = scored.iter().filter(|pair| pair.probability >= *threshold).collect();
            let edges: Vec<(u32, u32)> = linked.iter().map(|pair| (pair.left, pair.right)).collect();
            if place == 0 {
                found.cuts = bridges(rows, &edges).iter().map(|bridge| (*linked[bridge.edge], "bridge")).collect();
            }
            found.labels.push(crate::resolve::pairs::components(rows, &edges));
            continue;
        }
        let refined = refine(rows, scored, weight_of(*threshold), &Refinement::default())?;
        if place == 0 {
            found.cuts = refined.cuts.iter().map(|cut| (scored[cut.pair], cut.reason.as_str())).collect();
        }
        found.labels.push(refined.labels);
    }
    found.cuts.sort_unstable_by_key(|(pair, _)| (pair.left, pair.right));
    Ok(found)
}

/// Labels under the names of their columns.
pub(crate) fn named_by(thresholds: &[f64], labels: Vec<Vec<u32>>) -> Vec<(String, Vec<u32>)> {
    let name = |(place, threshold): (usize, &f64)| {
        if place == 0 { "cluster_id".to_owned() } else { format!("cluster_id_{threshold}") }
    };
    thresholds.iter().enumerate().map(name).zip(labels).collect()
}

/// Links with what became of them, as CSV.
pub(crate) fn cuts_text(cuts: &[(Scored, &str)], ids: &dyn Fn(u32) -> String) -> Result<Vec<u8>> {
    let mut out = b"left_id,right_id,match_weight,reason\n".to_vec();
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for (pair, reason) in cuts {
        let row = [ids(pair.left), ids(pair.right), pair.weight.to_string(), (*reason).to_owned()];
        writer.write_record(&row).map_err(|error| Error::internal(error.to_string()))?;
    }
    out.extend(writer.into_inner().map_err(|error| Error::internal(error.to_string()))?);
    Ok(out)
}

pub(crate) fn sizes(labels: &[u32]) -> Vec<u32> {
    let mut sizes = vec![0; labels.len()];
    for label in labels {
        sizes[*label as usize] += 1;
    }
    sizes
}

/// Says how large the clusters are.
pub(crate) fn say_clusters(said: &mut Summary, sizes: &[u32], whole: bool, cuts: usize) {
    said.line("clusters of two or more", thousands(sizes.iter().filter(|size| **size > 1).count() as u64));
    said.line("clusters by size", by_size(sizes));
    said.line("largest cluster", thousands(u64::from(sizes.iter().copied().max().unwrap_or(0))));
    let word = if whole { "links that alone hold a cluster" } else { "links cut by evidence" };
    said.line(word, thousands(cuts as u64));
}

/// Sizes that are counted together, by the least of each.
const SIZES: [(u32, &str); 7] =
    [(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5 to 9"), (10, "10 to 99"), (100, "100 and more")];

/// How many clusters there are of each size.
fn by_size(sizes: &[u32]) -> String {
    let counted = |(place, (least, name)): (usize, &(u32, &str))| {
        let below = SIZES.get(place + 1).map_or(u32::MAX, |(next, _)| *next);
        let count = sizes.iter().filter(|size| (*least..below).contains(size)).count();
        (count > 0).then(|| format!("{name}: {}", thousands(count as u64)))
    };
    SIZES.iter().enumerate().filter_map(counted).collect::<Vec<_>>().join(", ")
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

/// The pairs that stand.
pub(crate) fn resolved(scored: Vec<Scored>, resolve: ResolveWord, ties: Ties) -> Vec<Scored> {
    let kept = match resolve {
        ResolveWord::All => return scored,
        ResolveWord::OneToOne => one_to_one(&scored, ties),
        ResolveWord::BestLeft => best_for_left(&scored, ties),
        ResolveWord::BestRight => best_for_right(&scored, ties),
    };
    kept.into_iter().map(|index| scored[index]).collect()
}

/// Writes pairs, sorted by left and right row, and puts all files in place.
fn give_pairs(
    words: &PairsWords,
    linkage: &Linkage,
    tables: &[Named],
    pairs: &[Scored],
    mut targets: Targets,
) -> Result<()> {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    let explained = if words.given.explain { explain(linkage, &pairs)? } else { Vec::new() };
    let left = tables[0].table.rows() as u32;
    let id = |row: u32| {
        if tables.len() == 2 && row >= left {
            tables[1].id_of((row - left) as usize)
        } else {
            tables[0].id_of(row as usize)
        }
    };
    let batch = pairs_batch(&PairsTable { pairs: &pairs, ids: &id, explained: &explained })?;
    targets.table(&words.out, batch, format_of(&words.out, words.format)?)?;
    targets.commit()
}

fn explain(linkage: &Linkage, pairs: &[Scored]) -> Result<Vec<Explained>> {
    let rows: Vec<(u32, u32)> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
    let parts = linkage.score_pairs(&rows)?;
    let parts: Vec<(Vec<u8>, Vec<f64>)> = parts.into_iter().map(|(levels, parts)| (levels, parts.weights())).collect();
    Ok(explained(&linkage.model, &parts))
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

fn summary(linkage: &Linkage, tables: &[Named], compared: u64, given: usize, clock: &Clock) -> Summary {
    let mut summary = Summary::default();
    for table in tables {
        summary.line(format!("rows of {}", table.name), thousands(table.table.rows() as u64));
    }
    summary.line("blocking rules", linkage.model.blocking.len().to_string());
    summary.line("pairs compared", thousands(compared));
    summary.line("pairs above the threshold", thousands(given as u64));
    summary.line("seconds", clock.text());
    if let Some(bytes) = crate::util::memory::peak_bytes() {
        summary.line("peak memory", format!("{} MiB", bytes >> 20));
    }
    summary
}
