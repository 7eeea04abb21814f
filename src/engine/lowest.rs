//! The lowest of many values: a sample that hangs on the values alone.

use std::collections::BTreeSet;

/// The `most` lowest different values that were added.
#[derive(Clone, Debug)]
pub(crate) struct Lowest<T> {
    values: BTreeSet<T>,
    most: usize,
}

impl<T: Ord + Copy> Lowest<T> {
    /// Nothing yet.
    pub(crate) const fn new(most: usize) -> Self {
        Self { values: BTreeSet::new(), most }
    }

    /// Whether a value would be kept, or is kept already.
    #[inline]
    pub(crate) fn wants(&self, value: &T) -> bool {
        self.values.len() < self.most || self.values.last().is_some_and(|largest| value <= largest)
    }

    /// Adds a value.
    #[inline]
    pub(crate) fn add(&mut self, value: T) {
        if self.wants(&value) && self.values.insert(value) && self.values.len() > self.most {
            self.values.pop_last();
        }
    }

    /// Adds what another kept.
    pub(crate) fn merge(&mut self, other: Self) {
        other.values.into_iter().for_each(|value| self.add(value));
    }

    /// The kept values, ascending.
    pub(crate) fn ascending(&self) -> Vec<T> {
        self.values.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Lowest;

    #[test]
    fn keeps_the_lowest_in_any_order_of_adding() {
        let values: Vec<u64> = (0..1_000).map(|n| n * 7_919 % 1_009).collect();
        let mut want: Vec<u64> = values.clone();
        want.sort_unstable();
        want.dedup();
        want.truncate(40);
        for cut in [0, 1, 300, 999] {
            let [mut a, mut b] = [Lowest::new(40), Lowest::new(40)];
            values[..cut].iter().for_each(|value| a.add(*value));
            values[cut..].iter().rev().for_each(|value| b.add(*value));
            a.merge(b);
            assert_eq!(a.ascending(), want);
        }
    }
}
