//! Clusters cut where the evidence says so: a chain of weak links is not one person.
//!
//! Links make components; within each, every pair that was compared gives its weight, clipped, for or against being one
//! person, and a pair that no blocking rule brought gives a little against. Rows are grouped so that the sum within groups
//! is large (see `groups.rs`); links between groups are cut. Nothing is ever joined that the links do not join.

use crate::error::{Error, Result};
use crate::resolve::pairs::bridges::bridges;
use crate::resolve::pairs::components::Sets;
use crate::resolve::pairs::groups::{between_groups, group_sizes, grouped};
use crate::resolve::pairs::piece::{Between, Compared, GRAINS_PER_BIT, Piece};
use crate::resolve::pairs::{Scored, rank, unordered_key};
use rayon::prelude::*;
use std::cmp::Reverse;

/// How evidence is weighed. The defaults are plain choices, not measured ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refinement {
    /// No pair says more than this many bits, for or against; above 0, at most 1000. Default 10: a thousand to one, beyond
    /// which a weight tells more of the model's independence than of the pair.
    pub clip_bits: f64,
    /// Evidence of a pair that was never compared, in bits; from minus `clip_bits` to 0. Default −2: four to one against,
    /// as blocking rules bring most pairs of one person, and not all.
    pub absent_bits: f64,
    /// Most rounds of mending after the first grouping. Default 8; it ends as soon as no row moves.
    pub rounds: u32,
}

impl Default for Refinement {
    fn default() -> Self {
        Self { clip_bits: 10.0, absent_bits: -2.0, rounds: 8 }
    }
}

impl Refinement {
    fn check(&self, threshold: f64) -> Result<()> {
        if !(self.clip_bits > 0.0 && self.clip_bits <= 1000.0) {
            return Err(Error::settings(format!("clip_bits is {}", self.clip_bits)).hint("above 0, at most 1000"));
        }
        if !(self.absent_bits <= 0.0 && self.absent_bits >= -self.clip_bits) {
            let hint = "from minus clip_bits to 0: a pair that was never compared is no evidence in favour";
            return Err(Error::settings(format!("absent_bits is {}", self.absent_bits)).hint(hint));
        }
        if threshold.is_nan() {
            return Err(Error::settings("the threshold of links is not a number"));
        }
        Ok(())
    }
}

/// Why a link was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CutReason {
    /// It was the one link between two parts of its component.
    Bridge,
    /// Other links lead across too, but pairs against weigh more.
    Outweighed,
}

impl CutReason {
    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Outweighed => "outweighed",
        }
    }
}

/// A link that was cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Index of the pair; of a pair given several times, the heaviest.
    pub pair: usize,
    /// Why.
    pub reason: CutReason,
    /// Evidence between the two groups that it would join, in bits, all pairs across counted; 0 or below.
    pub bits: f64,
}

/// Refined clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refined {
    /// For each row the lowest row of its cluster.
    pub labels: Vec<u32>,
    /// Links that lead from cluster to cluster, by rising index.
    pub cuts: Vec<Cut>,
}

/// Refines the components of `nodes` rows that the pairs of weight `threshold` and more make.
///
/// Give all pairs that were compared, those below the threshold too: they are the evidence against. All rows are of one
/// numbering. A pair given several times, either way round, counts once, with its highest weight; a pair of a row with
/// itself, or whose weight is not a number, does not count.
///
/// Every cluster lies within one component and hangs together by links. Between two clusters with a link, the evidence
/// over all pairs is 0 or below. Time is near-linear in pairs, for components of any size.
///
/// # Errors
/// When a setting is out of its range, or a pair names a row that is not below `nodes`.
pub fn refine(nodes: u32, pairs: &[Scored], threshold: f64, how: &Refinement) -> Result<Refined> {
    if let Some(row) = pairs.par_iter().map(|pair| pair.left.max(pair.right)).max().filter(|row| *row >= nodes) {
        return Err(Error::internal(format!("a pair names row {row} of {nodes} rows")));
    }
    let mut sets = Sets::new(nodes);
    for pair in pairs.iter().filter(|pair| pair.weight >= threshold) {
        sets.join(pair.left, pair.right);
    }
    let mut refining = Refining::new(sets.labels(), threshold, *how)?;
    let cuts = refining.take(pairs);
    Ok(Refined { labels: refining.into_labels(), cuts })
}

/// Refines components some at a time, for pairs that are too many to be in memory; [`refine`] does all at once.
pub struct Refining {
    members: Members,
    threshold: f64,
    how: Refinement,
    labels: Vec<u32>,
}

impl Refining {
    /// For components that are known: for each row the lowest row of its own, as the pairs of weight `threshold` and more
    /// make them.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(components: Vec<u32>, threshold: f64, how: Refinement) -> Result<Self> {
        how.check(threshold)?;
        let labels = components.clone();
        Ok(Self { members: Members::new(components), threshold, how, labels })
    }

    /// Refines the components of these pairs, of which all pairs are to come together; the links that are cut, by rising
    /// index.
    pub fn take(&mut self, pairs: &[Scored]) -> Vec<Cut> {
        let members = &self.members;
        let known = members.known_pairs(pairs);
        let components: Vec<&[Known]> = known.chunk_by(|a, b| a.component == b.component).collect();
        let solve = |known: &&[Known]| members.solve(known, pairs, self.threshold, &self.how);
        let solved: Vec<(Vec<u32>, Vec<Cut>)> = components.par_iter().map(solve).collect();
        let mut cuts = Vec::new();
        for (known, (groups, of_component)) in components.iter().zip(solved) {
            let rows = members.rows(known[0].component);
            for (row, group) in rows.iter().zip(groups) {
                self.labels[*row as usize] = rows[group as usize];
            }
            cuts.extend(of_component);
        }
        cuts.par_sort_unstable_by_key(|cut| cut.pair);
        cuts
    }

    /// For each row the lowest row of its cluster.
    pub fn into_labels(self) -> Vec<u32> {
        self.labels
    }
}

/// A pair within a component, with the place of what stands for it in the input.
#[derive(Clone, Copy)]
struct Known {
    component: u32,
    index: usize,
    rows: u64,
}

/// Which rows are in which component, and where.
struct Members {
    /// Component of each row: its lowest row.
    labels: Vec<u32>,
    /// Place of each row within its component, by rising row.
    places: Vec<u32>,
    /// Rows of component `c` are `sorted[starts[c]..][..sizes[c]]`.
    sorted: Vec<u32>,
    starts: Vec<u32>,
    sizes: Vec<u32>,
}

impl Members {
    fn new(labels: Vec<u32>) -> Self {
        let mut sizes = vec![0; labels.len()];
        let mut places = vec![0; labels.len()];
        for (place, label) in places.iter_mut().zip(&labels) {
            *place = sizes[*label as usize];
            sizes[*label as usize] += 1;
        }
        let mut starts = vec![0; labels.len()];
        let mut next = 0;
        for (start, size) in starts.iter_mut().zip(&sizes) {
            *start = next;
            next += size;
        }
        let mut sorted = vec![0; labels.len()];
        for row in 0..labels.len() as u32 {
            sorted[(starts[labels[row as usize] as usize] + places[row as usize]) as usize] = row;
        }
        Self { labels, places, sorted, starts, sizes }
    }

    fn rows(&self, component: u32) -> &[u32] {
        let start = self.starts[component as usize] as usize;
        &self.sorted[start..start + self.sizes[component as usize] as usize]
    }

    /// Pairs within components, each once, by component and rows.
    fn known_pairs(&self, pairs: &[Scored]) -> Vec<Known> {
        let label = |row: u32| self.labels[row as usize];
        let counts =
            |pair: &Scored| pair.left != pair.right && !pair.weight.is_nan() && label(pair.left) == label(pair.right);
        let known = |(index, pair): (usize, &Scored)| Known {
            component: label(pair.left),
            index,
            rows: unordered_key(pair.left, pair.right),
        };
        let mut found: Vec<Known> = pairs.par_iter().enumerate().filter(|(_, pair)| counts(pair)).map(known).collect();
        let heaviest = |index: usize| (Reverse(rank(pairs[index].weight)), pairs[index].rule, index);
        found.par_sort_unstable_by(|a, b| {
            (a.component, a.rows).cmp(&(b.component, b.rows)).then_with(|| heaviest(a.index).cmp(&heaviest(b.index)))
        });
        found.dedup_by_key(|known| known.rows);
        found
    }

    /// Groups of one component by places of their lowest rows, and the links between them.
    fn solve(&self, known: &[Known], pairs: &[Scored], threshold: f64, how: &Refinement) -> (Vec<u32>, Vec<Cut>) {
        let place = |row: u64| self.places[row as usize];
        let grains = |bits: f64| (bits.clamp(-how.clip_bits, how.clip_bits) * GRAINS_PER_BIT).round() as i64;
        let compared = |known: &Known| {
            let weight = pairs[known.index].weight;
            let strongest_link = if weight >= threshold { rank(weight) } else { 0 };
            Compared {
                left: place(known.rows >> 32),
                right: place(known.rows & u64::from(u32::MAX)),
                evidence: Between { grains: grains(weight), pairs: 1, strongest_link },
            }
        };
        let rows = self.sizes[known[0].component as usize];
        let piece = Piece::new(rows, known.iter().map(compared).collect(), grains(how.absent_bits));
        let groups = grouped(&piece, how.rounds);
        let cuts = cuts(&piece, known, &groups);
        (groups, cuts)
    }
}

fn cuts(piece: &Piece, known: &[Known], groups: &[u32]) -> Vec<Cut> {
    let group = |row: u32| groups[row as usize];
    let is_cut = |pair: &Compared| pair.evidence.is_linked() && group(pair.left) != group(pair.right);
    if !piece.pairs.iter().any(is_cut) {
        return Vec::new();
    }
    // A pair that is no link becomes an edge of a row with itself, which is none; indices stay.
    let edge = |pair: &Compared| (pair.left, if pair.evidence.is_linked() { pair.right } else { pair.left });
    let edges: Vec<(u32, u32)> = piece.pairs.iter().map(edge).collect();
    let bridges = bridges(piece.rows, &edges);
    let is_bridge = |index: usize| bridges.binary_search_by_key(&index, |bridge| bridge.edge).is_ok();
    let between = between_groups(piece, groups);
    let sizes = group_sizes(groups);
    let mut cuts = Vec::new();
    for (index, pair) in piece.pairs.iter().enumerate().filter(|(_, pair)| is_cut(pair)) {
        let (a, b) = (group(pair.left), group(pair.right));
        let across = between.get(&unordered_key(a, b)).copied().unwrap_or_default();
        let grains = across.total(sizes[a as usize] * sizes[b as usize], piece.absent);
        cuts.push(Cut {
            pair: known[index].index,
            reason: if is_bridge(index) { CutReason::Bridge } else { CutReason::Outweighed },
            bits: grains as f64 / GRAINS_PER_BIT,
        });
    }
    cuts
}

#[cfg(test)]
mod tests;
