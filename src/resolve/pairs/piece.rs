//! One component in numbers of its own, with its evidence in whole grains: sums are exact and their order does not matter.

/// Grains in a bit: fine enough that rounding never decides, coarse enough that no sum overflows.
pub(crate) const GRAINS_PER_BIT: f64 = 65_536.0;

/// A compared pair of a component.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared {
    /// Lower row.
    pub left: u32,
    /// Higher row.
    pub right: u32,
    /// What it says.
    pub evidence: Between,
}

/// What the compared pairs between two groups, or within one, say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Between {
    /// Sum of clipped weights, in grains.
    pub grains: i64,
    /// Compared pairs.
    pub pairs: u64,
    /// Rank of the heaviest link; 0 where there is none.
    pub strongest_link: u64,
}

impl Between {
    /// Takes in more pairs.
    pub(crate) fn add(&mut self, more: Self) {
        self.grains += more.grains;
        self.pairs += more.pairs;
        self.strongest_link = self.strongest_link.max(more.strongest_link);
    }

    /// Whether any of the pairs is a link.
    pub(crate) const fn is_linked(&self) -> bool {
        self.strongest_link > 0
    }

    /// Sum over all `possible` pairs, those that were never compared at `absent` grains each.
    pub(crate) fn total(&self, possible: u64, absent: i64) -> i64 {
        let all = i128::from(self.grains) + i128::from(possible - self.pairs) * i128::from(absent);
        all.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }
}

/// A component: rows 0 to `rows`, each pair once, and the pairs around each row.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Rows.
    pub rows: u32,
    /// Compared pairs, sorted by rows.
    pub pairs: Vec<Compared>,
    /// Grains of a pair that was never compared; never above 0.
    pub absent: i64,
    starts: Vec<usize>,
    around: Vec<(u32, usize)>,
}

impl Piece {
    /// A component of `rows` rows.
    pub(crate) fn new(rows: u32, pairs: Vec<Compared>, absent: i64) -> Self {
        let mut starts = vec![0; rows as usize + 1];
        for pair in &pairs {
            starts[pair.left as usize + 1] += 1;
            starts[pair.right as usize + 1] += 1;
        }
        for row in 0..rows as usize {
            starts[row + 1] += starts[row];
        }
        let mut filled = starts.clone();
        let mut around = vec![(0, 0); 2 * pairs.len()];
        for (index, pair) in pairs.iter().enumerate() {
            for (row, other) in [(pair.left, pair.right), (pair.right, pair.left)] {
                around[filled[row as usize]] = (other, index);
                filled[row as usize] += 1;
            }
        }
        Self { rows, pairs, absent, starts, around }
    }

    /// Rows that `row` was compared with, and what came out.
    pub(crate) fn around(&self, row: u32) -> impl Iterator<Item = (u32, Between)> + '_ {
        let range = self.starts[row as usize]..self.starts[row as usize + 1];
        self.around[range].iter().map(|(other, index)| (*other, self.pairs[*index].evidence))
    }

    /// Sum of the evidence within the groups that `labels` name: what the refinement makes large.
    #[cfg(test)]
    pub(crate) fn value(&self, labels: &[u32]) -> i64 {
        let mut sizes = vec![0_u64; self.rows as usize];
        let mut within = Between::default();
        for label in labels {
            sizes[*label as usize] += 1;
        }
        for pair in &self.pairs {
            if labels[pair.left as usize] == labels[pair.right as usize] {
                within.add(pair.evidence);
            }
        }
        within.total(sizes.iter().map(|size| size * size.saturating_sub(1) / 2).sum(), self.absent)
    }
}
