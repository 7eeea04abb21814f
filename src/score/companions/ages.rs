//! How often are strangers of one name born in one year, and how often is a date of theirs a default?
//!
//! Those who came at one time from one place are of one age, and where births are not registered they share the default
//! date as well: two namesakes of one such date are no wonder. Strangers of the very year cannot be told from the person, nor
//! from a namesake, so the years beside it are asked: of people whose date is more than a year from the one sought, those
//! two to five years from it, against what the register has of such dates by chance.

use crate::model::value::PartialDate;

/// Years beside the one sought that are asked.
const YEARS_OFF: std::ops::RangeInclusive<u16> = 2..=5;
/// Years off at which it may be the person: one is an error of writing.
const YEARS_NEAR: u16 = 1;
/// Strangers that chance alone would bring, in people, added to what is seen: few pairs say little.
const PRIOR: f64 = 1.0;
/// Most that chance can be out by.
const LIFT_MAX: f64 = 100.0;
/// The same for one age, where chance is less far out and a few strangers would make it seem so.
const SAME_AGE_PRIOR: f64 = 20.0;
/// Most that one age can be over-represented.
const SAME_AGE_MAX: f64 = 4.0;
/// Least that it can be out by: nothing makes namesakes unlike in age.
const LIFT_MIN: f64 = 0.8;

/// Shares of register dates that fall in a year: of all, of defaults, and of all as counted, however few.
pub(crate) type OfYear<'a> = &'a (dyn Fn(u16) -> [f64; 3] + Sync);

/// Strangers of the years beside, by whether the date sought and the date held are defaults.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ages {
    seen: [[u64; 2]; 2],
    expected: [[f64; 3]; 2],
}

impl Ages {
    /// Counts one stranger, of whom `by_chance` says how likely a date of the years beside is.
    pub(super) fn add(&mut self, sought: PartialDate, held: PartialDate, by_chance: [f64; 3]) {
        let off = sought.year().abs_diff(held.year());
        if off <= YEARS_NEAR {
            return;
        }
        let of_sought = usize::from(sought.is_default());
        if YEARS_OFF.contains(&off) {
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
    pub(super) fn lifts(&self, rows_per_person: f64) -> [[f64; 2]; 2] {
        let prior = PRIOR * rows_per_person;
        let lift = |sought: usize, held: usize| {
            let (seen, expected) = (self.seen[sought][held] as f64, self.expected[sought][held]);
            ((seen + prior) / (expected + prior)).clamp(LIFT_MIN, LIFT_MAX)
        };
        [[lift(0, 0), lift(0, 1)], [lift(1, 0), lift(1, 1)]]
    }

    /// How many times as often as people at large strangers of one name are of one age, where neither date is a default.
    pub(super) fn same_age(&self, rows_per_person: f64) -> f64 {
        let prior = SAME_AGE_PRIOR * rows_per_person;
        ((self.seen[0][0] as f64 + prior) / (self.expected[0][2] + prior)).clamp(1.0, SAME_AGE_MAX)
    }
}

/// Shares of register dates in the years beside one, among those that are not near it.
pub(super) fn years_beside(year: u16, of_year: OfYear) -> [f64; 3] {
    let near: f64 = (year.saturating_sub(YEARS_NEAR)..=year + YEARS_NEAR).map(|year| of_year(year)[2]).sum();
    let mut sum = [0.0; 3];
    for off in YEARS_OFF {
        for beside in [year.saturating_sub(off), year + off] {
            for (sum, share) in sum.iter_mut().zip(of_year(beside)) {
                *sum += share;
            }
        }
    }
    sum.map(|share| share / (1.0 - near).max(NOT_NEAR_MIN))
}

/// Least share of register dates that are not near the one sought.
const NOT_NEAR_MIN: f64 = 0.1;

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
            ages.add(day(1980, 1), held, [0.1, 0.01, 0.1]);
        }
        let lifts = ages.lifts(1.0);
        assert!(lifts[1][1] > 5.0, "{lifts:?}");
        assert!(lifts[1][0] < 1.0, "{lifts:?}");
        assert!((lifts[0][1] - 1.0).abs() < 1e-12, "nothing was asked of other dates: {lifts:?}");
    }

    #[test]
    fn a_register_given_twice_says_the_same() {
        let seen = |times: u64| {
            let mut ages = Ages::default();
            for _ in 0..times * 7 {
                ages.add(day(1980, 1), day(1983, 1), [0.3, 0.02, 0.3]);
                ages.add(PartialDate::new(1980, 5, 17).expect("a date"), day(1983, 2), [0.3, 0.02, 0.3]);
            }
            (ages.lifts(times as f64)[1][1], ages.same_age(times as f64))
        };
        assert!((seen(1).0 - seen(2).0).abs() < 1e-9 && (seen(1).1 - seen(2).1).abs() < 1e-9);
    }

    #[test]
    fn the_year_sought_and_the_one_next_to_it_are_not_asked() {
        let mut ages = Ages::default();
        for year in [1979, 1980, 1981] {
            ages.add(day(1980, 1), day(year, 1), [0.5; 3]);
        }
        assert_eq!(ages.seen, [[0; 2]; 2]);
        assert!(ages.expected.iter().flatten().all(|expected| *expected < 1e-12));
        assert!((years_beside(1980, &|_| [0.01, 0.001, 0.01])[0] - 0.08 / 0.97).abs() < 1e-12);
    }

    #[test]
    fn how_much_oftener_namesakes_are_of_one_age_is_not_told_by_the_person_s_own_rows() {
        let mut ages = Ages::default();
        let not_default = |year| PartialDate::new(year, 5, 17).expect("a date");
        for count in 0..30_000_u16 {
            // One in three is the person; of the others one in five is of the years beside.
            let year = if count % 3 == 0 {
                1980
            } else if count % 5 == 0 {
                1977
            } else {
                1940
            };
            ages.add(not_default(1980), not_default(year), [0.1; 3]);
        }
        assert!((ages.same_age(1.0) - 2.0).abs() < 0.05, "{}", ages.same_age(1.0));
        assert!((Ages::default().same_age(1.0) - 1.0).abs() < 1e-12);
    }
}
