//! Edges on which a cluster hangs: bridges, by Tarjan's low links, without recursion.

use crate::resolve::pairs::unordered_key;
use rayon::prelude::*;

/// An edge without which its cluster falls into two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Index of the edge; of an edge given several times, the first index.
    pub edge: usize,
    /// Rows on the smaller of the two sides: 1 is an end that hangs on, more is a join of two groups.
    pub smaller_side: u32,
}

/// Bridges among the edges of `nodes` rows, by rising index. An edge given several times, either way round, is one edge;
/// an edge of a row with itself is none.
///
/// # Panics
/// When an edge names a row that is not below `nodes`.
pub fn bridges(nodes: u32, edges: &[(u32, u32)]) -> Vec<Bridge> {
    let mut found = Walk::new(nodes, distinct(edges)).run();
    found.par_sort_unstable_by_key(|bridge| bridge.edge);
    found
}

/// Edges as (key of the two rows, first index), each once.
pub(crate) fn distinct(edges: &[(u32, u32)]) -> Vec<(u64, usize)> {
    let entry = |(index, (a, b)): (usize, &(u32, u32))| (unordered_key(*a, *b), index);
    let mut keys: Vec<(u64, usize)> = edges.par_iter().enumerate().filter(|(_, (a, b))| a != b).map(entry).collect();
    keys.par_sort_unstable();
    keys.dedup_by_key(|(key, _)| *key);
    keys
}

const NOT_SEEN: u32 = u32::MAX;

/// A walk in depth over all components.
struct Walk {
    edges: Vec<(u64, usize)>,
    /// Neighbours of row `r` are `around[starts[r]..starts[r + 1]]`.
    starts: Vec<usize>,
    /// Neighbour and position of the edge in `edges`.
    around: Vec<(u32, usize)>,
    /// When a row was first seen; rows of one component have consecutive numbers.
    seen: Vec<u32>,
    /// The earliest row that the subtree of a row reaches by an edge that is not of the tree.
    low: Vec<u32>,
}

/// A row on the way down.
struct Step {
    row: u32,
    /// Edge by which it was reached.
    by: usize,
    /// Next neighbour to look at.
    next: usize,
}

impl Walk {
    fn new(nodes: u32, edges: Vec<(u64, usize)>) -> Self {
        let nodes = nodes as usize;
        let ends = |key: u64| [(key >> 32) as usize, (key & u64::from(u32::MAX)) as usize];
        let mut starts = vec![0; nodes + 1];
        for (key, _) in &edges {
            for row in ends(*key) {
                starts[row + 1] += 1;
            }
        }
        for row in 0..nodes {
            starts[row + 1] += starts[row];
        }
        let mut filled = starts.clone();
        let mut around = vec![(0, 0); 2 * edges.len()];
        for (position, (key, _)) in edges.iter().enumerate() {
            let [a, b] = ends(*key);
            for (row, other) in [(a, b), (b, a)] {
                around[filled[row]] = (other as u32, position);
                filled[row] += 1;
            }
        }
        Self { edges, starts, around, seen: vec![NOT_SEEN; nodes], low: vec![NOT_SEEN; nodes] }
    }

    fn run(mut self) -> Vec<Bridge> {
        let mut found = Vec::new();
        let mut clock = 0;
        for root in 0..self.seen.len() as u32 {
            if self.seen[root as usize] == NOT_SEEN {
                let (first, from) = (found.len(), clock);
                self.component(root, &mut clock, &mut found);
                // Until here the side below each bridge is known; the other side is the rest of the component.
                for bridge in &mut found[first..] {
                    bridge.smaller_side = bridge.smaller_side.min(clock - from - bridge.smaller_side);
                }
            }
        }
        found
    }

    fn component(&mut self, root: u32, clock: &mut u32, found: &mut Vec<Bridge>) {
        let mut path = vec![self.enter(root, usize::MAX, clock)];
        while let Some(step) = path.last_mut() {
            let row = step.row as usize;
            if let Some((other, edge)) = self.around[step.next..self.starts[row + 1]].first().copied() {
                step.next += 1;
                if edge == step.by {
                    continue;
                }
                match self.seen[other as usize] {
                    NOT_SEEN => path.push(self.enter(other, edge, clock)),
                    seen => self.low[row] = self.low[row].min(seen),
                }
                continue;
            }
            let by = step.by;
            path.pop();
            let Some(above) = path.last().map(|step| step.row as usize) else { return };
            self.low[above] = self.low[above].min(self.low[row]);
            if self.low[row] > self.seen[above] {
                // All rows seen since `row` lie below it.
                found.push(Bridge { edge: self.edges[by].1, smaller_side: *clock - self.seen[row] });
            }
        }
    }

    fn enter(&mut self, row: u32, by: usize, clock: &mut u32) -> Step {
        self.seen[row as usize] = *clock;
        self.low[row as usize] = *clock;
        *clock += 1;
        Step { row, by, next: self.starts[row as usize] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::pairs::components;
    use proptest::prelude::*;

    /// Takes each edge away and counts what hangs together.
    fn slow(nodes: u32, edges: &[(u32, u32)]) -> Vec<Bridge> {
        let same = |a: (u32, u32), b: (u32, u32)| a == b || a == (b.1, b.0);
        let mut found = Vec::new();
        for (index, edge) in edges.iter().enumerate() {
            let first = edges.iter().position(|other| same(*other, *edge)) == Some(index);
            let others: Vec<(u32, u32)> = edges.iter().copied().filter(|other| !same(*other, *edge)).collect();
            let labels = components(nodes, &others);
            let (a, b) = (labels[edge.0 as usize], labels[edge.1 as usize]);
            if first && a != b {
                let side = |label| labels.iter().filter(|other| **other == label).count() as u32;
                found.push(Bridge { edge: index, smaller_side: side(a).min(side(b)) });
            }
        }
        found
    }

    #[test]
    fn two_triangles_joined_by_one_edge() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3), (5, 6)];
        let found = bridges(8, &edges);
        assert_eq!(found, [Bridge { edge: 3, smaller_side: 3 }, Bridge { edge: 7, smaller_side: 1 }]);
    }

    #[test]
    fn a_chain_is_all_bridges_and_needs_no_deep_stack() {
        let nodes = 300_000;
        let edges: Vec<(u32, u32)> = (1..nodes).map(|row| (row - 1, row)).collect();
        let found = bridges(nodes, &edges);
        assert_eq!(found.len(), nodes as usize - 1);
        assert_eq!(found[99], Bridge { edge: 99, smaller_side: 100 });
        assert_eq!(found[nodes as usize - 2].smaller_side, 1);
    }

    proptest! {
        #[test]
        fn the_walk_finds_what_taking_away_finds(edges in prop::collection::vec((0_u32..12, 0_u32..12), 0..25)) {
            prop_assert_eq!(bridges(12, &edges), slow(12, &edges));
        }
    }
}
