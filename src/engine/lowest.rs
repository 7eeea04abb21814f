//! The lowest of many values: a sample that hangs on the values alone.

use std::collections::BTreeSet;

/// The `most` lowest different values that were added.
#[derive(Clone, Debug)]
pub(crate) struct Lowest<T> {
    values: BTreeSet<T>,
    most: usize,
    /// The largest that is kept, once there is no room for more.
    bound: Option<T>,
}

impl<T: Ord + Copy> Lowest<T> {
    /// Nothing yet.
    pub(crate) const fn new(most: usize) -> Self {
        Self { values: BTreeSet::new(), most, bound: None }
    }

    /// Whether a value would be kept, or is kept already.
    #[inline]
    pub(crate) fn wants(&self, value: &T) -> bool {
        self.bound.is_none_or(|bound| *value <= bound)
    }

    /// Adds a value.
    #[inline]
    pub(crate) fn add(&mut self, value: T) {
        if self.wants(&value) && self.values.insert(value) {
            if self.values.len() > self.most {
                self.values.pop_last();
            }
            if self.values.len() == self.most {
                self.bound = self.values.last().copied();
            }
        }
    }

    /// Adds what another kept.
    pub(crate) fn merge(&mut self, other: Self) {
        other.values.into_iter().for_each(|value| self.add(value));
    }

    /// Gives up the kept values, ascending.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = T> {
        self.bound = None;
        std::mem::take(&mut self.values).into_iter()
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
            assert_eq!(a.take().collect::<Vec<_>>(), want);
            assert!(a.wants(&u64::MAX) && a.ascending().is_empty());
        }
    }
}
