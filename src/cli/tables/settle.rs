//! `rewash stage tables settle` and `write`: which pairs stand, clusters, and the file of `link` or `dedupe`.

use crate::cli::Ended;
use crate::cli::args::{TablesSettle, TablesWrite};
use crate::cli::clusters;
use crate::cli::link;
use crate::cli::linkage::format_of;
use crate::cli::stage::write_to;
use crate::cli::tables::blocks::write_pair;
use crate::cli::tables::buckets::Buckets;
use crate::cli::tables::plan::{self, Plan};
use crate::cli::tables::{each_line, each_piped_line, is_piped};
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::engine::linkage::KeptPairs;
use crate::engine::linkage::apart::{Found, kind};
use crate::error::{Error, Result};
use crate::frame::lines::{self, Line, LineBatches};
use crate::report::{PairsTable, Summary, clusters_batch, pairs_batch, thousands};
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::probability;
use crate::util::hash::{Map, map};

fn damaged() -> Error {
    Error::input("is damaged").hint("make it again")
}

/// Pairs that were read, with the number of those that were compared, as far as ends of parts tell.
#[derive(Default)]
struct Pairs {
    found: Vec<Found>,
    compared: u64,
    buckets: Buckets,
}

impl Pairs {
    fn take(&mut self, plan: &Plan, line: &Line) -> Result<()> {
        match line.kind {
            kind::PAIR => self.found.push(pair_of(plan, line)?),
            kind::END => {
                plan.layout.check_end(line, &["pairs", "settle"])?;
                self.compared += line.numbers.first().copied().unwrap_or(0);
                self.buckets.take(line)?;
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }
}

fn pair_of(plan: &Plan, line: &Line) -> Result<Found> {
    let pair = scored(line)?;
    let ([left, right], [_, _, levels @ ..]) = (line.texts, line.slots) else { return Err(damaged()) };
    let fits = |(place, level): (usize, &u32)| {
        let comparison = plan.layout.model.comparisons.get(place);
        comparison.is_some_and(|comparison| (*level as usize) < comparison.levels.len())
    };
    let wanted = if plan.explain { plan.layout.model.comparisons.len() } else { 0 };
    if levels.len() != wanted || !levels.iter().enumerate().all(fits) {
        return Err(damaged());
    }
    Ok(Found {
        pair,
        ids: [(*left).into(), (*right).into()],
        levels: levels.iter().map(|level| *level as u8).collect(),
        weights: line.numbers.iter().map(|bits| f64::from_bits(*bits)).collect(),
    })
}

fn scored(line: &Line) -> Result<Scored> {
    let (Ok(left), Ok(right)) = (u32::try_from(line.key), u32::try_from(line.code)) else { return Err(damaged()) };
    let rule = line.slots.first().copied().unwrap_or(0) as u8;
    let weight = f64::from_bits(line.count);
    if weight.is_nan() {
        return Err(damaged());
    }
    Ok(Scored { left, right, weight, probability: probability(weight), rule })
}

pub(super) fn run(words: &TablesSettle, talk: &Talk) -> Result<Ended> {
    let plan = plan::read(&words.step.plan)?;
    let mut pairs = Pairs::default();
    if is_piped(&words.pairs) {
        each_piped_line(&mut |line| pairs.take(&plan, line))?;
    } else {
        each_line(&words.pairs, &mut |line| pairs.take(&plan, line))?;
    }
    pairs.buckets.check()?;
    let given = pairs.found.len() as u64;
    write_to(&words.step.out, |out| {
        lines::write_stream(out, |out| {
            let compared = pairs.compared;
            if plan.clusters {
                write_clusters(&plan, &pairs, out)?
            } else {
                write_standing(&plan, pairs, out)?
            }
            plan.layout.end("settle", &[compared], out)
        })
    })?;
    let mut summary = Summary::default();
    summary.line("pairs", thousands(given));
    talk.summary(&summary);
    Ok(Ended::Done)
}

/// Pairs that stand; those of one table all do.
fn write_standing(plan: &Plan, pairs: Pairs, out: &mut LineBatches) -> Result<()> {
    let mut found = pairs.found;
    found.sort_unstable_by_key(|found| (found.pair.left, found.pair.right));
    if !plan.layout.dedupe {
        // Rows of a share are numbered anew, in their order: what is settled keeps a place for each of them.
        let lefts = Numbers::new(found.iter().map(|found| found.pair.left));
        let rights = Numbers::new(found.iter().map(|found| found.pair.right));
        let own = |pair: &Scored| (lefts.of(pair.left), lefts.len() + rights.of(pair.right));
        let renumbered = found.iter().map(|Found { pair, .. }| {
            let (left, right) = own(pair);
            Scored { left, right, ..*pair }
        });
        let mut scored = KeptPairs::held(renumbered.collect(), 0);
        let rows = (lefts.len() + rights.len()) as usize;
        // They come in the order of what was found.
        let standing = link::standing(&mut scored, plan.resolve, plan.ties.ties(), rows)?;
        let standing: Vec<Scored> = standing.collect::<Result<_>>()?;
        let mut next = standing.iter().map(|pair| (pair.left, pair.right)).peekable();
        found.retain(|found| next.next_if_eq(&own(&found.pair)).is_some());
    }
    found.iter().try_for_each(|found| write_pair(found, true, out))
}

/// Rows with new numbers, in their order.
struct Numbers(Vec<u32>);

impl Numbers {
    fn new(rows: impl Iterator<Item = u32>) -> Self {
        let mut rows: Vec<u32> = rows.collect();
        rows.sort_unstable();
        rows.dedup();
        Self(rows)
    }

    fn len(&self) -> u32 {
        self.0.len() as u32
    }

    fn of(&self, row: u32) -> u32 {
        self.0.partition_point(|known| *known < row) as u32
    }
}

fn write_clusters(plan: &Plan, pairs: &Pairs, out: &mut LineBatches) -> Result<()> {
    let numbers = Numbers::new(pairs.found.iter().flat_map(|found| [found.pair.left, found.pair.right]));
    let own = |pair: &Scored| Scored { left: numbers.of(pair.left), right: numbers.of(pair.right), ..*pair };
    let mut scored: Vec<Scored> = pairs.found.iter().map(|found| own(&found.pair)).collect();
    scored.sort_unstable_by_key(|pair| (pair.left, pair.right));
    // How many pairs are above the threshold is said at the end.
    let above = scored.iter().filter(|pair| pair.probability >= plan.thresholds[0]).count() as u64;
    let scored = KeptPairs::held(scored, 0);
    let clusters = clusters::clustered(numbers.len(), &scored, &plan.thresholds, plan.no_cut)?;
    for (threshold, labels) in (0_u32..).zip(&clusters.labels) {
        for (row, label) in (0_u32..).zip(labels).filter(|(row, label)| row != *label) {
            let (key, code) = (u64::from(numbers.0[row as usize]), u64::from(numbers.0[*label as usize]));
            out.push(&Line { kind: kind::LABEL, key, code, slots: &[threshold], ..Line::default() })?;
        }
    }
    for (pair, reason) in &clusters.cuts {
        let place = |row: u32| u64::from(numbers.0[row as usize]);
        out.push(&Line {
            kind: kind::LINK,
            key: place(pair.left),
            code: place(pair.right),
            count: pair.weight.to_bits(),
            texts: &[reason],
            ..Line::default()
        })?;
    }
    plan.layout.end("settle", &[0, above], out)
}

pub(super) fn run_write(words: &TablesWrite, talk: &Talk) -> Result<Ended> {
    let plan = plan::read(&words.plan)?;
    let format = format_of(&words.out, words.format)?;
    let cuts = words.cuts.as_deref().filter(|_| plan.clusters);
    let targets = Targets::open(cuts.into_iter().chain([words.out.as_str()]))?;
    if plan.clusters {
        return write_labels(words, &plan, targets, talk);
    }
    let mut pairs = Pairs::default();
    each_line(&words.settled, &mut |line| pairs.take(&plan, line))?;
    pairs.buckets.check()?;
    let Pairs { mut found, compared, .. } = pairs;
    found.sort_unstable_by_key(|found| (found.pair.left, found.pair.right));
    let scored: Vec<Scored> = found.iter().map(|found| found.pair).collect();
    let mut ids: Map<u32, Box<str>> = map();
    for found in &mut found {
        let [left, right] = std::mem::take(&mut found.ids);
        ids.insert(found.pair.left, left);
        ids.insert(found.pair.right, right);
    }
    let mut parts = found.into_iter().map(|found| (found.levels, found.weights));
    let id = |row: u32| ids.get(&row).map_or_else(String::new, |id| id.to_string());
    let mut some = scored.chunks(link::GIVEN_PAIRS);
    targets.commit_with_batches(&words.out, format, &mut || {
        let pairs = some.next().unwrap_or_default();
        let parts: Vec<_> = parts.by_ref().take(pairs.len()).collect();
        let explained = if plan.explain { link::explained(&plan.layout.model, &parts) } else { Vec::new() };
        pairs_batch(&PairsTable { pairs, ids: &id, explained: &explained })
    })?;
    let mut summary = said(&plan, compared);
    summary.line("pairs above the threshold", thousands(scored.len() as u64));
    talk.summary(&summary);
    Ok(if scored.is_empty() { Ended::NothingMatched } else { Ended::Done })
}

fn said(plan: &Plan, compared: u64) -> Summary {
    let mut summary = Summary::default();
    summary.line("blocking rules", plan.layout.model.blocking.len().to_string());
    summary.line("pairs compared", thousands(compared));
    summary
}

/// What `settle` wrote of clusters.
struct Labels {
    labels: Vec<Vec<u32>>,
    cuts: Vec<(Scored, &'static str)>,
    compared: u64,
    above: u64,
}

impl Labels {
    fn take(&mut self, plan: &Plan, line: &Line) -> Result<()> {
        match line.kind {
            kind::LABEL => {
                let labels = line.slots.first().and_then(|threshold| self.labels.get_mut(*threshold as usize));
                let place = labels.and_then(|labels| labels.get_mut(line.key as usize)).ok_or_else(damaged)?;
                *place =
                    u32::try_from(line.code).ok().filter(|code| u64::from(*code) < line.key).ok_or_else(damaged)?;
            }
            kind::LINK => {
                let reason = ["bridge", "outweighed"].into_iter().find(|known| line.texts == [*known]);
                let pair = scored(line)?;
                if self.labels.first().is_none_or(|rows| pair.left.max(pair.right) as usize >= rows.len()) {
                    return Err(damaged());
                }
                self.cuts.push((pair, reason.ok_or_else(damaged)?));
            }
            kind::END => {
                plan.layout.check_end(line, &["pairs", "settle"])?;
                self.compared += line.numbers.first().copied().unwrap_or(0);
                self.above += line.numbers.get(1).copied().unwrap_or(0);
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }
}

/// Ids of all rows, in their order.
fn ids_of(words: &TablesWrite, plan: &Plan) -> Result<Vec<Box<str>>> {
    let mut ids: Vec<(u64, Box<str>)> = Vec::new();
    let mut rows = 0;
    each_line(&words.rows, &mut |line| {
        match (line.kind, line.texts) {
            (kind::ROW, [id, ..]) => ids.push((line.key, (*id).into())),
            (kind::END, _) => {
                plan.layout.check_end(line, &["keys"])?;
                rows += line.numbers.get(1).copied().unwrap_or(0);
            }
            _ => return Err(damaged()),
        }
        Ok(())
    })?;
    ids.sort_unstable();
    let numbered = (0..).zip(&ids).all(|(place, (row, _))| place == *row);
    if ids.is_empty() || !numbered || rows != ids.len() as u64 {
        return Err(Error::input("the rows of the table are not all there, each once")
            .at("--rows")
            .hint("give what `keys` made of all parts: clusters are told of every row"));
    }
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

fn write_labels(words: &TablesWrite, plan: &Plan, mut targets: Targets, talk: &Talk) -> Result<Ended> {
    let ids = ids_of(words, plan)?;
    let alone: Vec<u32> = (0..ids.len() as u32).collect();
    let labels = vec![alone; plan.thresholds.len()];
    let mut all = Labels { labels, cuts: Vec::new(), compared: 0, above: 0 };
    each_line(&words.settled, &mut |line| all.take(plan, line))?;
    all.cuts.sort_unstable_by_key(|(pair, _)| (pair.left, pair.right));
    let id = |row: u32| ids[row as usize].to_string();
    let labels = clusters::named_by(&plan.thresholds, all.labels);
    let batch = clusters_batch(&labels, &id)?;
    if let Some(file) = &words.cuts {
        targets.text(file, clusters::cuts_text(&all.cuts, &id)?)?;
    }
    targets.table(&words.out, batch, format_of(&words.out, words.format)?)?;
    targets.commit()?;
    let sizes = clusters::sizes(&labels[0].1);
    let mut summary = said(plan, all.compared);
    summary.line("pairs above the threshold", thousands(all.above));
    clusters::say_clusters(&mut summary, &sizes, plan.no_cut, all.cuts.len());
    talk.summary(&summary);
    Ok(if sizes.iter().any(|size| *size > 1) { Ended::Done } else { Ended::NothingMatched })
}
