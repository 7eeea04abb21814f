//! Clusters of `dedupe`: which rows are one person, what was cut, and how large they are.

use crate::engine::linkage::KeptPairs;
use crate::error::{Error, Result};
use crate::report::{Summary, thousands};
use crate::resolve::pairs::{Refinement, Refining, Scored, Sets, bridges};
use crate::score::linkage_weight::match_weight;

/// Links with what became of them.
type Cuts = Vec<(Scored, &'static str)>;

/// Clusters at each threshold, and the links that were cut at the first one or alone hold a cluster together, by rows.
pub(crate) struct Clusters {
    /// For each threshold and row the lowest row of its cluster.
    pub labels: Vec<Vec<u32>>,
    /// Links with what became of them.
    pub cuts: Cuts,
}

/// Clusters of so many rows; with `whole`, all that hangs together.
pub(crate) fn clustered(rows: u32, scored: &KeptPairs, thresholds: &[f64], whole: bool) -> Result<Clusters> {
    let mut found = Clusters { labels: Vec::new(), cuts: Vec::new() };
    for (place, threshold) in thresholds.iter().enumerate() {
        let (labels, cuts) = if whole {
            together(rows, scored, *threshold, place == 0)?
        } else {
            refined(rows, scored, match_weight(*threshold), place == 0)?
        };
        if place == 0 {
            found.cuts = cuts;
        }
        found.labels.push(labels);
    }
    found.cuts.sort_unstable_by_key(|(pair, _)| (pair.left, pair.right));
    Ok(found)
}

/// All that hangs together by pairs of a probability, and with `hung` the links that alone hold a cluster.
fn together(rows: u32, scored: &KeptPairs, threshold: f64, hung: bool) -> Result<(Vec<u32>, Cuts)> {
    let is_link = |pair: &Scored| pair.probability >= threshold;
    let labels = components(rows, scored, &is_link)?;
    let mut cuts = Vec::new();
    if hung {
        scored.by_component(&labels, &is_link, &mut |some| {
            let linked: Vec<&Scored> = some.iter().filter(|pair| is_link(pair)).collect();
            // In a numbering of their own: these may be few of all rows.
            let mut own: Vec<u32> = linked.iter().flat_map(|pair| [pair.left, pair.right]).collect();
            own.sort_unstable();
            own.dedup();
            let place = |row: u32| own.partition_point(|known| *known < row) as u32;
            let edges: Vec<(u32, u32)> = linked.iter().map(|pair| (place(pair.left), place(pair.right))).collect();
            cuts.extend(bridges(own.len() as u32, &edges).iter().map(|bridge| (*linked[bridge.edge], "bridge")));
            Ok(())
        })?;
    }
    Ok((labels, cuts))
}

/// What hangs together by pairs of a weight, cut where the evidence is against it; the links that were cut where they are
/// `wanted`.
fn refined(rows: u32, scored: &KeptPairs, weight: f64, wanted: bool) -> Result<(Vec<u32>, Cuts)> {
    let components = components(rows, scored, &|pair| pair.weight >= weight)?;
    let mut refining = Refining::new(components.clone(), weight, Refinement::default())?;
    let mut cuts = Vec::new();
    scored.by_component(&components, &|_| true, &mut |some| {
        let found = refining.take(some);
        cuts.extend(found.iter().filter(|_| wanted).map(|cut| (some[cut.pair], cut.reason.as_str())));
        Ok(())
    })?;
    Ok((refining.into_labels(), cuts))
}

/// For each row the lowest one of those that it hangs together with.
fn components(rows: u32, scored: &KeptPairs, is_link: &dyn Fn(&Scored) -> bool) -> Result<Vec<u32>> {
    let mut sets = Sets::new(rows);
    scored.for_each(&mut |pairs| {
        pairs.iter().filter(|pair| is_link(pair)).for_each(|pair| sets.join(pair.left, pair.right));
        Ok(())
    })?;
    Ok(sets.labels())
}

/// Pairs of a probability and more.
pub(crate) fn count_from(scored: &KeptPairs, threshold: f64) -> Result<u64> {
    let mut count = 0;
    scored.for_each(&mut |pairs| {
        count += pairs.iter().filter(|pair| pair.probability >= threshold).count() as u64;
        Ok(())
    })?;
    Ok(count)
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
