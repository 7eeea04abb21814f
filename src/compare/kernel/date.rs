//! Birth dates by kind of error.

use crate::model::comparison::birth_date;
use crate::model::value::PartialDate;

/// Level of two birth dates, an index into `BIRTH_DATE_LEVELS`; 0 when one is missing. Symmetric.
pub fn level(a: Option<PartialDate>, b: Option<PartialDate>) -> u8 {
    let (Some(a), Some(b)) = (a, b) else { return 0 };
    if a == b {
        return match (a.is_complete(), a.is_default()) {
            (false, _) => 4,
            (true, true) => 10,
            (true, false) => 11,
        };
    }
    if !a.is_complete() || !b.is_complete() {
        return partial(a, b);
    }
    let same_year = a.year() == b.year();
    if a.swapped() == Some(b) {
        return 8;
    }
    // A default stands for a date that is not known: the same year is compatible, one digit is not an error.
    if same_year && (a.is_default() || b.is_default()) {
        return 6;
    }
    if one_edit(a, b) {
        return 9;
    }
    let same_day_and_month = a.month() == b.month() && a.day() == b.day();
    if same_day_and_month && a.year().abs_diff(b.year()) == 1 {
        return 7;
    }
    if same_year && (a.month() == b.month() || a.day() == b.day()) {
        return 5;
    }
    match (same_day_and_month, same_year) {
        (true, _) if !a.is_default() => 3,
        (_, true) => 2,
        _ => 1,
    }
}

/// As [`level`], of a date sought and a date held: a default date of the same year is told by the side that has it, and a
/// digit of the year by itself, which namesakes of one year cannot differ in. Of two default dates the years alone were ever
/// told: that day and month agree says nothing. 1 July and 31 December are sought as defaults are where no slip explains what
/// is held; how often they are defaults is told by how often they are sought.
pub fn level_sought(sought: Option<PartialDate>, held: Option<PartialDate>) -> u8 {
    let (Some(a), Some(b)) = (sought, held) else { return 0 };
    match level(sought, held) {
        birth_date::SAME_YEAR | birth_date::YEAR_AND_MONTH_OR_DAY if a.may_stand_for_year() => {
            birth_date::DEFAULT_SAME_YEAR
        }
        birth_date::DEFAULT_SAME_YEAR if !a.is_default() && !a.may_stand_for_year() => birth_date::DEFAULT_IN_REGISTER,
        birth_date::ONE_EDIT | birth_date::YEAR_OFF_BY_ONE if a.is_default() => birth_date::SAME_DAY_AND_MONTH,
        birth_date::ONE_EDIT if a.year().abs_diff(b.year()) == 1 => birth_date::YEAR_OFF_BY_ONE,
        birth_date::ONE_EDIT if a.year() != b.year() => birth_date::ONE_EDIT_OF_YEAR,
        level => level,
    }
}

/// Dates of which one lacks its day or month: compatible in what both have, or different.
fn partial(a: PartialDate, b: PartialDate) -> u8 {
    let months = a.month() == b.month() || a.month() == 0 || b.month() == 0;
    match (a.year() == b.year(), months) {
        (true, true) => 4,
        (true, false) => 2,
        _ => 1,
    }
}

/// One digit of the eight is another, or two neighbouring digits of one part changed places.
fn one_edit(a: PartialDate, b: PartialDate) -> bool {
    let (left, right) = (digits(a), digits(b));
    let mut wrong = 0;
    let mut first = 0;
    let mut last = 0;
    for index in 0..8 {
        if left[index] != right[index] {
            if wrong == 0 {
                first = index;
            }
            last = index;
            wrong += 1;
        }
    }
    // Parts are year 0..4, month 4..6, day 6..8.
    let same_part = |at: usize| at != 3 && at != 5;
    let exchanged =
        wrong == 2 && last == first + 1 && same_part(first) && left[first] == right[last] && left[last] == right[first];
    wrong == 1 || exchanged
}

fn digits(date: PartialDate) -> [u8; 8] {
    let (year, month, day) = (date.year(), date.month(), date.day());
    [
        (year / 1000) as u8,
        (year / 100 % 10) as u8,
        (year / 10 % 10) as u8,
        (year % 10) as u8,
        month / 10,
        month % 10,
        day / 10,
        day % 10,
    ]
}

#[cfg(test)]
mod tests {
    use super::{level, level_sought};
    use crate::model::comparison::{BIRTH_DATE_LEVELS, Comparison};
    use crate::model::value::PartialDate;
    use crate::standardise::date::read;

    #[track_caller]
    fn check(a: &str, b: &str, want: &str) {
        let (a, b) = (read(a).value, read(b).value);
        assert_eq!(Comparison::BirthDate.level_name(level(a, b)), want, "{a:?} {b:?}");
        assert_eq!(level(a, b), level(b, a));
    }

    #[test]
    fn cases() {
        check("1980-03-12", "1980-03-12", "exact");
        check("1980-01-01", "1980-01-01", "exact_default");
        check("1980-03-12", "1980-12-03", "swapped");
        check("1980-03-12", "1980-01-01", "default_same_year");
        check("1980-01-01", "1980-01-07", "default_same_year");
        check("1980-03-12", "1980-03-17", "one_edit");
        check("1980-03-12", "1980-03-21", "one_edit");
        check("1980-03-12", "1908-03-12", "one_edit");
        check("1989-03-12", "1990-03-12", "year_off_by_one");
        check("1980-03-12", "1980-03-25", "year_and_month_or_day");
        check("1980-03-12", "1952-03-12", "same_day_and_month");
        check("1980-03-12", "1980-07-25", "same_year");
        check("1980-03-12", "1961-07-25", "different");
        check("1980", "1980-07-25", "partial");
        check("1980-07", "1980-08-25", "same_year");
        check("", "1980-07-25", "null");
        check("1980-01-01", "1961-01-01", "different");
    }

    #[test]
    fn the_middle_and_the_end_of_a_year_are_sought_as_defaults_are_where_no_slip_explains_them() {
        let told = |sought: &str, held: &str| {
            let (sought, held) = (read(sought).value, read(held).value);
            Comparison::BirthDate.level_name(level_sought(sought, held))
        };
        for (sought, held, want) in [
            ("1980-07-01", "1980-03-12", "default_same_year"),
            ("1980-07-01", "1980-07-22", "default_same_year"),
            ("1980-12-31", "1980-08-17", "default_same_year"),
            ("1980-12-31", "1980-01-01", "default_same_year"),
            ("1980-07-01", "1980-01-01", "default_same_year"),
            ("1980-01-01", "1980-07-01", "default_same_year"),
            ("1980-07-01", "1980-07-01", "exact"),
            ("1980-07-01", "1980-07-02", "one_edit"),
            ("1980-07-01", "1980-01-07", "swapped"),
            ("1980-07-01", "1981-07-01", "year_off_by_one"),
            ("1980-07-01", "1985-03-12", "different"),
            ("1980-03-12", "1980-07-01", "same_year"),
            ("1980-06-30", "1980-01-01", "default_in_register"),
        ] {
            assert_eq!(told(sought, held), want, "{sought} {held}");
        }
    }

    #[test]
    fn a_slip_in_the_year_is_told_from_one_in_day_or_month() {
        let told = |a: &str, b: &str| {
            let (a, b) = (read(a).value, read(b).value);
            assert_eq!(level_sought(a, b), level_sought(b, a), "{a:?} {b:?}");
            Comparison::BirthDate.level_name(level_sought(a, b))
        };
        for (other, want) in [
            ("1980-03-17", "one_edit"),
            ("1980-03-21", "one_edit"),
            ("1980-04-12", "one_edit"),
            ("1981-03-12", "year_off_by_one"),
            ("1979-03-12", "year_off_by_one"),
            ("1982-03-12", "one_edit_of_year"),
            ("1990-03-12", "one_edit_of_year"),
            ("1908-03-12", "one_edit_of_year"),
            ("1952-03-12", "same_day_and_month"),
            ("1980-03-12", "exact"),
            ("1980-12-03", "swapped"),
            ("", "null"),
        ] {
            assert_eq!(told("1980-03-12", other), want, "{other}");
        }
        for (other, want) in [
            ("1980-01-01", "exact_default"),
            ("1981-01-01", "same_day_and_month"),
            ("1986-01-01", "same_day_and_month"),
            ("1965-01-01", "different"),
        ] {
            assert_eq!(told("1980-01-01", other), want, "{other}");
        }
    }

    #[test]
    fn every_pair_of_dates_has_a_level_and_symmetry() {
        let dates: Vec<PartialDate> = (0..400).filter_map(|n| PartialDate::from_day_number(n * 37)).collect();
        for &a in &dates {
            for &b in &dates {
                let here = level(Some(a), Some(b));
                assert_eq!(here, level(Some(b), Some(a)));
                assert!((1..BIRTH_DATE_LEVELS.len() as u8).contains(&here));
            }
        }
    }
}
