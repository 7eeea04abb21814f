//! How many dates of an extract stand for a year that alone is known?
//!
//! Every 1 January does. Some offices enter 1 July or 31 December, on which people are born as well: how many more have them
//! than other days is how many stand for a year.

use crate::compare::Records;
use crate::model::value::PartialDate;

/// Least share of dates that are defaults: an extract in which none is seen may have one.
const SHARE_MIN: f64 = 0.005;
/// Least share of those sought with a day that are taken not to be born on it: with that, two dates of one year that differ
/// weigh about as they would on other days.
const STANDING_MIN: f64 = 0.005;
/// Days of a year on which people are born that are no default date and may not be one.
const OTHER_DAYS: f64 = 362.25;

/// Default dates of an extract.
#[derive(Clone, Copy, Debug)]
pub(super) struct DefaultsSought {
    share: f64,
    middle: f64,
    end: f64,
}

impl DefaultsSought {
    /// Counts the complete birth dates of `extract`.
    pub(super) fn new(extract: &Records) -> Self {
        Self::of((0..extract.len()).filter_map(|row| extract.birth_date(row)).filter(|date| date.is_complete()))
    }

    fn of(dates: impl Iterator<Item = PartialDate>) -> Self {
        let (mut defaults, mut middle, mut end, mut others) = (0_u32, 0_u32, 0_u32, 0_u32);
        for date in dates {
            let count = match (date.month(), date.day()) {
                (1, 1) => &mut defaults,
                (7, 1) => &mut middle,
                (12, 31) => &mut end,
                _ => &mut others,
            };
            *count += 1;
        }
        let born = f64::from(others) / OTHER_DAYS;
        let (of_middle, of_end) = (standing(f64::from(middle), born), standing(f64::from(end), born));
        let all = f64::from(defaults + middle + end + others).max(1.0);
        let stand = f64::from(defaults) + f64::from(middle) * of_middle + f64::from(end) * of_end;
        Self { share: (stand / all).max(SHARE_MIN), middle: of_middle.max(STANDING_MIN), end: of_end.max(STANDING_MIN) }
    }

    /// Share of the complete dates that stand for a year.
    pub(super) fn share(self) -> f64 {
        self.share
    }

    /// How likely a date that is sought stands for its year.
    pub(super) fn is_one(self, sought: PartialDate) -> f64 {
        match (sought.month(), sought.day()) {
            (1, 1) => 1.0,
            (7, 1) => self.middle,
            (12, 31) => self.end,
            _ => STANDING_MIN,
        }
    }
}

/// Share of the `seen` people of one day who are more than the `born` of any day, by more than chance brings. The one who is
/// asked about is one of those seen, and says nothing: of a few rows with one such day, that day is no more common.
fn standing(seen: f64, born: f64) -> f64 {
    ((seen - 1.0 - born - born.sqrt()) / seen.max(1.0)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People born on every day of a year, and as many more as are told on 1 January and 1 July.
    fn sought(default: usize, middle: usize) -> DefaultsSought {
        let days = (1..=12).flat_map(|month| (1..=28).map(move |day| (month, day))).chain([(12, 31)]);
        let more = std::iter::repeat_n((1, 1), default).chain(std::iter::repeat_n((7, 1), middle));
        let born = days.flat_map(|day| std::iter::repeat_n(day, 100));
        DefaultsSought::of(born.chain(more).map(|(month, day)| PartialDate::new(1980, month, day).expect("a day")))
    }

    #[test]
    fn the_middle_of_a_year_stands_for_it_as_far_as_more_have_it_than_are_born_on_it() {
        let date = |month, day| PartialDate::new(1980, month, day).expect("a day");
        let (with, without) = (sought(1_000, 400), sought(1_000, 0));
        assert!((0.70..0.90).contains(&with.is_one(date(7, 1))), "{with:?}");
        assert!((without.is_one(date(7, 1)) - STANDING_MIN).abs() < 0.05, "{without:?}");
        for counted in [with, without] {
            assert!((counted.is_one(date(1, 1)) - 1.0).abs() < 1e-12);
            assert!(counted.is_one(date(12, 31)) < 0.05, "{counted:?}");
        }
        assert!(with.share() > without.share() + 0.005, "{with:?} {without:?}");
        assert!((sought(0, 0).share() - SHARE_MIN).abs() < 1e-3);
        assert!((DefaultsSought::of(std::iter::empty()).share() - SHARE_MIN).abs() < 1e-12);
    }

    #[test]
    fn days_that_have_more_people_than_others_stand_for_a_year() {
        assert!((standing(81.0, 25.0) - 50.0 / 81.0).abs() < 1e-12);
        assert!(standing(29.0, 25.0).abs() < 1e-12, "chance brings as many");
        assert!(standing(1.0, 9.0 / OTHER_DAYS).abs() < 1e-12, "one of ten rows tells nothing of itself");
        assert!(standing(0.0, 0.0).abs() < 1e-12);
    }
}
