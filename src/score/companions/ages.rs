//! How often are strangers of one name born in one year, and how often is a date of theirs a default?
//!
//! Those who came at one time from one place are of one age, and where births are not registered they share the default
//! date as well: two namesakes of one such date are no wonder. Strangers of the very year cannot be told from the person,
//! so the years beside it are asked: people whose date is two to five years from the one sought, against what the
//! register has of such dates by chance.

use crate::model::value::PartialDate;

/// Years beside the one sought that are asked; one year off is an error of writing, and left out.
const YEARS_OFF: std::ops::RangeInclusive<u16> = 2..=5;
/// Strangers that chance alone would bring, added to what is seen: few pairs say little.
const PRIOR: f64 = 1.0;
/// Most that chance can be out by.
const LIFT_MAX: f64 = 100.0;
/// Least that it can be out by: nothing makes namesakes unlike in age.
const LIFT_MIN: f64 = 0.8;

/// Share of register dates that fall in a year, by whether they are defaults.
pub(crate) type OfYear<'a> = &'a (dyn Fn(u16) -> [f64; 2] + Sync);

/// Strangers of the years beside, by whether the date sought and the date held are defaults.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ages {
    seen: [[u64; 2]; 2],
    expected: [[f64; 2]; 2],
}

impl Ages {
    /// Counts one stranger, of whom `by_chance` says how likely a date of the years beside is.
    pub(super) fn add(&mut self, sought: PartialDate, held: PartialDate, by_chance: [f64; 2]) {
        let of_sought = usize::from(sought.is_default());
        if YEARS_OFF.contains(&sought.year().abs_diff(held.year())) {
            self.seen[of_sought][usize::from(held.is_default())] += 1;
        }
        for (sum, share) in self.expected[of_sought].iter_mut().zip(by_chance) {
            *sum += share;
        }
    }

    /// Adds the counts of another worker.
    pub(super) fn append(&mut self, other: &Self) {
        let seen = self.seen.iter_mut().flatten().zip(other.seen.iter().flatten());
        seen.for_each(|(sum, count)| *sum += count);
        let expected = self.expected.iter_mut().flatten().zip(other.expected.iter().flatten());
        expected.for_each(|(sum, share)| *sum += share);
    }

    /// How many times as often as by chance a stranger of one name has a date in one year, by whether the date sought and
    /// the date held are defaults.
    pub(super) fn lifts(&self) -> [[f64; 2]; 2] {
        let lift = |sought: usize, held: usize| {
            let (seen, expected) = (self.seen[sought][held] as f64, self.expected[sought][held]);
            ((seen + PRIOR) / (expected + PRIOR)).clamp(LIFT_MIN, LIFT_MAX)
        };
        [[lift(0, 0), lift(0, 1)], [lift(1, 0), lift(1, 1)]]
    }
}

/// Share of register dates in the years beside one, by whether they are defaults.
pub(super) fn years_beside(year: u16, of_year: OfYear) -> [f64; 2] {
    let mut sum = [0.0; 2];
    for off in YEARS_OFF {
        for beside in [year.saturating_sub(off), year + off] {
            let shares = of_year(beside);
            sum = [sum[0] + shares[0], sum[1] + shares[1]];
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: u16, day: u8) -> PartialDate {
        PartialDate::new(year, 1, day).expect("a date")
    }

    #[test]
    fn strangers_of_the_years_beside_tell_what_one_year_would_bring() {
        let mut ages = Ages::default();
        for count in 0..10_000_u16 {
            let held = if count % 10 == 0 { day(1983, 1) } else { day(1950, 2) };
            ages.add(day(1980, 1), held, [0.1, 0.01]);
        }
        let lifts = ages.lifts();
        assert!(lifts[1][1] > 5.0, "{lifts:?}");
        assert!(lifts[1][0] < 1.0, "{lifts:?}");
        assert!((lifts[0][1] - 1.0).abs() < 1e-12, "nothing was asked of other dates: {lifts:?}");
    }

    #[test]
    fn the_year_sought_and_the_one_next_to_it_are_not_asked() {
        let mut ages = Ages::default();
        for year in [1979, 1980, 1981] {
            ages.add(day(1980, 1), day(year, 1), [0.0; 2]);
        }
        assert_eq!(ages.seen, [[0; 2]; 2]);
        assert!((years_beside(1980, &|_| [0.01, 0.001])[0] - 0.08).abs() < 1e-12);
    }
}
