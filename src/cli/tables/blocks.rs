//! `rewash stage tables count` and `pairs`: blocks of all rows, and the pairs of some of them.

use crate::cli::Ended;
use crate::cli::args::{TablesCount, TablesPairs};
use crate::cli::linkage::warn_of_cut;
use crate::cli::stage::{write_file, write_to};
use crate::cli::tables::{each_line, each_piped_line, is_piped, parts, plan};
use crate::cli::talk::Talk;
use crate::engine::linkage::apart::{Bucket, Counting, Counts, Found, kind};
use crate::error::{Error, Result};
use crate::frame::lines::{self, Line, LineBatches};
use crate::report::{Summary, thousands};
use crate::score::linkage_weight::match_weight;

/// Bytes of keyed rows that are counted at once: their keys and terms take about twice as much.
const SLICE_BYTES: u64 = 256 << 20;

pub(super) fn run_count(words: &TablesCount, talk: &Talk) -> Result<Ended> {
    let plan = plan::read(&words.step.plan)?;
    let facts = parts::facts(&plan.layout, &words.profiles)?;
    let bytes: u64 = words.keys.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|about| about.len()).sum();
    let each = |each: &mut dyn FnMut(&Line) -> Result<()>| each_line(&words.keys, each);
    let rows = [facts.rows(0), facts.rows(1)];
    let counts = Counting::run(&plan.layout, bytes / SLICE_BYTES + 1, plan.block_pairs, rows, each)?;
    counts.check(rows)?;
    if rows[0] == 0 || (rows[1] == 0 && !plan.layout.dedupe) {
        return Err(Error::input("a table holds no rows").at("--profiles"));
    }
    for (rule, cut) in counts.cut.iter().enumerate() {
        warn_of_cut(rule, cut.len() as u64, cut.iter().map(|(_, pairs)| pairs).sum(), talk);
    }
    write_file(&words.step.out, |out| counts.write(&plan.layout, out))?;
    let mut summary = Summary::default();
    summary.line("rows", thousands(rows[0] + rows[1]));
    summary.line("blocks that are cut", thousands(counts.cut.iter().map(|cut| cut.len() as u64).sum()));
    summary.line("values that stand in two rows or more", thousands(counts.terms.len() as u64));
    talk.summary(&summary);
    Ok(Ended::Done)
}

pub(super) fn run_pairs(words: &TablesPairs, talk: &Talk) -> Result<Ended> {
    let plan = plan::read(&words.step.plan)?;
    if let Some(bucket) = words.bucket.filter(|bucket| *bucket >= words.buckets) {
        return Err(Error::usage(format!("there is no bucket {bucket} of {}", words.buckets)).at("--bucket"));
    }
    let counts = Counts::read(&plan.layout, |each| each_line(std::slice::from_ref(&words.counts), each))?;
    let mut bucket = Bucket::new(&plan.layout, &counts, words.buckets, words.bucket);
    if is_piped(&words.keys) {
        each_piped_line(&mut |line| bucket.take(line))?;
    } else {
        each_line(&words.keys, &mut |line| bucket.count(line))?;
        if words.bucket.is_some() {
            bucket.check()?;
        }
        each_line(&words.keys, &mut |line| bucket.take(line))?;
    }
    let (rows, mut given, mut compared) = (bucket.rows(), 0, 0);
    let least = match_weight(crate::cli::link::lowest(&plan.thresholds));
    let lowest = crate::cli::link::lowest(&plan.thresholds);
    write_to(&words.step.out, |out| {
        lines::write_stream(out, |out| {
            compared = bucket.pairs(plan.weight_min(), plan.explain, |found| {
                given += found.len() as u64;
                found.iter().try_for_each(|found| {
                    write_pair(found, found.pair.weight >= least || found.pair.probability >= lowest, out)
                })
            })?;
            let own = words.bucket.map_or(0, |bucket| u64::from(bucket) + 1);
            plan.layout.end("pairs", &[compared, u64::from(words.buckets), own], out)
        })
    })?;
    let mut summary = Summary::default();
    summary.line("rows that share a block", thousands(rows as u64));
    summary.line("pairs compared", thousands(compared));
    summary.line("pairs given", thousands(given));
    talk.summary(&summary);
    Ok(Ended::Done)
}

/// Writes a pair; `linked` says whether it may hold a component together.
pub(super) fn write_pair(found: &Found, linked: bool, out: &mut LineBatches) -> Result<()> {
    let mut slots = vec![u32::from(found.pair.rule), u32::from(linked)];
    slots.extend(found.levels.iter().map(|level| u32::from(*level)));
    let numbers: Vec<u64> = found.weights.iter().map(|weight| weight.to_bits()).collect();
    out.push(&Line {
        kind: kind::PAIR,
        key: u64::from(found.pair.left),
        code: u64::from(found.pair.right),
        count: found.pair.weight.to_bits(),
        slots: &slots,
        texts: &[&*found.ids[0], &*found.ids[1]],
        numbers: &numbers,
    })
}
