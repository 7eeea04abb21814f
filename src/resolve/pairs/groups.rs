//! Groups of one component: joined while the evidence between them is in favour, then mended row by row.
//!
//! The sum of evidence within groups is to be as large as it can be (correlation clustering). Joining the two groups with
//! the most evidence between them, again and again, is greedy additive edge contraction (Keuper and others, "Efficient
//! Decomposition of Image and Mesh Graphs by Lifted Multicuts", 2015); moving single rows mends what greed joined too
//! early. Groups are joined over a link only, so every group hangs together by links.

use crate::resolve::pairs::components::Sets;
use crate::resolve::pairs::piece::{Between, Compared, GRAINS_PER_BIT, Piece};
use crate::resolve::pairs::unordered_key;
use crate::util::hash::{Map, map_with_capacity};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An offer whose evidence has sunk by no more than this since it was made stands as it is. The bound on how often an
/// offer is made anew, and with it the near-linear time, rests on this.
const SLACK: i64 = GRAINS_PER_BIT as i64 / 4;

/// Groups by lowest row, for each row of the component, after at most `rounds` rounds of mending.
pub(crate) fn grouped(piece: &Piece, rounds: u32) -> Vec<u32> {
    let mut labels = Joining::new(piece, (0..piece.rows).collect()).run();
    for _ in 0..rounds {
        if !move_rows(piece, &mut labels) {
            break;
        }
        labels = Joining::new(piece, connected(piece, &labels)).run();
    }
    labels
}

/// What lies between groups, by the key of their two labels.
pub(crate) fn between_groups(piece: &Piece, labels: &[u32]) -> Map<u64, Between> {
    let mut between: Map<u64, Between> = map_with_capacity(piece.pairs.len());
    for pair in &piece.pairs {
        let (a, b) = (labels[pair.left as usize], labels[pair.right as usize]);
        if a != b {
            between.entry(unordered_key(a, b)).or_default().add(pair.evidence);
        }
    }
    between
}

/// Rows of each group, by label.
pub(crate) fn group_sizes(labels: &[u32]) -> Vec<u64> {
    let mut sizes = vec![0; labels.len()];
    for label in labels {
        sizes[*label as usize] += 1;
    }
    sizes
}

/// Two groups that may be joined: evidence, then the heaviest link, then the lowest groups.
type Offer = (i64, u64, Reverse<u32>, Reverse<u32>);

/// Groups on their way to becoming fewer.
struct Joining<'a> {
    piece: &'a Piece,
    sizes: Vec<u64>,
    between: Map<u64, Between>,
    /// Groups around each group. May name groups that are gone or come twice: `between` knows.
    around: Vec<Vec<u32>>,
    offers: BinaryHeap<Offer>,
    sets: Sets,
}

impl<'a> Joining<'a> {
    /// Starts from groups labelled by their lowest rows.
    fn new(piece: &'a Piece, labels: Vec<u32>) -> Self {
        let mut sets = Sets::new(piece.rows);
        for (row, label) in labels.iter().enumerate() {
            sets.join(row as u32, *label);
        }
        let key = |pair: &Compared| unordered_key(labels[pair.left as usize], labels[pair.right as usize]);
        let mut met: Vec<u64> = piece.pairs.iter().map(key).collect();
        met.sort_unstable();
        met.dedup();
        let mut joining = Self {
            piece,
            sizes: group_sizes(&labels),
            between: between_groups(piece, &labels),
            around: vec![Vec::new(); labels.len()],
            offers: BinaryHeap::new(),
            sets,
        };
        for key in met {
            let (a, b) = ((key >> 32) as u32, (key & u64::from(u32::MAX)) as u32);
            if a != b {
                joining.around[a as usize].push(b);
                joining.around[b as usize].push(a);
                joining.offer(a, b);
            }
        }
        joining
    }

    /// Evidence between two groups, and the heaviest link; `None` where nothing was compared or no link leads across.
    fn evidence(&self, a: u32, b: u32) -> Option<(i64, u64)> {
        let between = self.between.get(&unordered_key(a, b)).filter(|between| between.is_linked())?;
        let possible = self.sizes[a as usize] * self.sizes[b as usize];
        Some((between.total(possible, self.piece.absent), between.strongest_link))
    }

    fn offer(&mut self, a: u32, b: u32) {
        if let Some((grains, strongest)) = self.evidence(a, b)
            && grains > 0
        {
            self.offers.push((grains, strongest, Reverse(a.min(b)), Reverse(a.max(b))));
        }
    }

    /// Joins until no offer is left; groups are labelled by their lowest rows.
    fn run(mut self) -> Vec<u32> {
        while let Some((offered, _, Reverse(a), Reverse(b))) = self.offers.pop() {
            // Groups that are gone have no evidence. As pairs that were never compared only ever lower the evidence, an
            // offer is never too low: whenever a pair that was compared comes in, a new offer is made.
            match self.evidence(a, b) {
                Some((grains, _)) if grains <= 0 => {}
                Some((grains, _)) if grains < offered - SLACK => self.offer(a, b),
                Some(_) => self.join(a, b),
                None => {}
            }
        }
        self.sets.labels()
    }

    /// Joins two groups into the one with more groups around it, so that each entry moves a logarithm of times.
    fn join(&mut self, a: u32, b: u32) {
        let (stays, goes) = if self.around[a as usize].len() < self.around[b as usize].len() { (b, a) } else { (a, b) };
        self.between.remove(&unordered_key(a, b));
        self.sizes[stays as usize] += self.sizes[goes as usize];
        self.sets.join(stays, goes);
        for other in std::mem::take(&mut self.around[goes as usize]) {
            let Some(moved) = self.between.remove(&unordered_key(goes, other)) else { continue };
            let entry = self.between.entry(unordered_key(stays, other)).or_default();
            let is_new = entry.pairs == 0;
            entry.add(moved);
            if is_new {
                self.around[stays as usize].push(other);
                self.around[other as usize].push(stays);
            }
            self.offer(stays, other);
        }
    }
}

/// Parts of groups that hang together by links, labelled by their lowest rows.
fn connected(piece: &Piece, labels: &[u32]) -> Vec<u32> {
    let mut sets = Sets::new(piece.rows);
    for pair in piece.pairs.iter().filter(|pair| pair.evidence.is_linked()) {
        if labels[pair.left as usize] == labels[pair.right as usize] {
            sets.join(pair.left, pair.right);
        }
    }
    sets.labels()
}

/// Moves each row once, by rising number, to where most evidence wants it: another group that it has a link to, or alone.
/// Returns whether any row moved. Labels need not be lowest rows afterwards.
fn move_rows(piece: &Piece, labels: &mut [u32]) -> bool {
    let mut sizes = group_sizes(labels);
    let mut free: Vec<u32> = (0..piece.rows).filter(|label| sizes[*label as usize] == 0).collect();
    let mut tally = vec![Between::default(); labels.len()];
    let mut met: Vec<u32> = Vec::new();
    let mut moved = false;
    for row in 0..piece.rows {
        for (other, evidence) in piece.around(row) {
            let label = labels[other as usize];
            if tally[label as usize].pairs == 0 {
                met.push(label);
            }
            tally[label as usize].add(evidence);
        }
        met.sort_unstable();
        let own = labels[row as usize];
        let stay = tally[own as usize].total(sizes[own as usize] - 1, piece.absent);
        // Alone it has the evidence 0; of equal groups the lowest label wins.
        let (mut best, mut goal) = (stay.max(0), if stay < 0 { None } else { Some(own) });
        for label in met.iter().copied().filter(|label| *label != own && tally[*label as usize].is_linked()) {
            let there = tally[label as usize].total(sizes[label as usize], piece.absent);
            if there > best {
                (best, goal) = (there, Some(label));
            }
        }
        if goal != Some(own) {
            moved = true;
            sizes[own as usize] -= 1;
            let goal = goal.or_else(|| free.pop()).unwrap_or(own);
            labels[row as usize] = goal;
            sizes[goal as usize] += 1;
            if sizes[own as usize] == 0 {
                free.push(own);
            }
        }
        for label in met.drain(..) {
            tally[label as usize] = Between::default();
        }
    }
    moved
}

#[cfg(test)]
mod tests;
