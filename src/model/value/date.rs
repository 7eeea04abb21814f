//! A calendar date, perhaps known in part.

use std::fmt;

/// A calendar date of the years 1 to 9999 in four bytes; month or day may be unknown (0).
///
/// Ordered in time, a partial date before all the dates it may be. Shown as `YYYY-MM-DD`,
/// `YYYY-MM` or `YYYY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartialDate(u32);

const DAY_BITS: u32 = 5;
const MONTH_BITS: u32 = 4;
const YEAR_SHIFT: u32 = DAY_BITS + MONTH_BITS;
/// Latest year that four digits can write.
const YEAR_MAX: u16 = 9999;
/// Days from 0000-03-01 to 1970-01-01, and days of 400 years: the working of [`days_from_civil`].
const DAYS_TO_1970: i32 = 719_468;
const DAYS_OF_ERA: i32 = 146_097;

impl PartialDate {
    /// The date, or none if the calendar has no such day. A month of 0 needs a day of 0.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let day_without_month = month == 0 && day != 0;
        if year == 0 || year > YEAR_MAX || month > 12 || day_without_month {
            return None;
        }
        if day > days_in_month(year, month) {
            return None;
        }
        Some(Self((year as u32) << YEAR_SHIFT | (month as u32) << DAY_BITS | day as u32))
    }

    /// The date whose [`bits`](Self::bits) these are; other bits give a date without meaning.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// `year << 9 | month << 5 | day`, never 0.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Year, 1 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        (self.0 >> YEAR_SHIFT) as u16
    }

    /// Month, 1 to 12, or 0 if unknown.
    #[must_use]
    pub const fn month(self) -> u8 {
        (self.0 >> DAY_BITS & 0xF) as u8
    }

    /// Day of the month, 1 to 31, or 0 if unknown.
    #[must_use]
    pub const fn day(self) -> u8 {
        (self.0 & 0x1F) as u8
    }

    /// Whether month and day are known.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.month() != 0 && self.day() != 0
    }

    /// Day and month exchanged: none if that is the same date, impossible, or the date is partial.
    #[must_use]
    pub const fn swapped(self) -> Option<Self> {
        if !self.is_complete() || self.day() == self.month() {
            return None;
        }
        Self::new(self.year(), self.day(), self.month())
    }

    /// Days since 1970-01-01; none for a partial date.
    #[must_use]
    pub const fn day_number(self) -> Option<i32> {
        if !self.is_complete() {
            return None;
        }
        Some(days_from_civil(self.year() as i32, self.month() as i32, self.day() as i32))
    }

    /// The date that is so many days after 1970-01-01; none outside the years 1 to 9999.
    #[must_use]
    pub const fn from_day_number(days: i32) -> Option<Self> {
        // Far beyond year 9999 either way, and small enough not to overflow below.
        if days < -1_000_000 || days > 4_000_000 {
            return None;
        }
        let shifted = days + DAYS_TO_1970;
        let era = shifted.div_euclid(DAYS_OF_ERA);
        let day_of_era = shifted.rem_euclid(DAYS_OF_ERA);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        if year < 1 || year > YEAR_MAX as i32 {
            return None;
        }
        Self::new(year as u16, month as u8, day as u8)
    }

    /// Whether this is 1 January, the day that offices enter when only the year is known.
    ///
    /// One in 25 of those in the immigration system had it in 2007: agreement is evidence of the
    /// year alone. `1900-01-01`, `1901-01-01` and `1970-01-01` are of this kind too.
    #[must_use]
    pub const fn is_default(self) -> bool {
        self.month() == 1 && self.day() == 1
    }

    /// Whether this is the middle or the end of a year, 1 July or 31 December: some offices enter these when only the year
    /// is known, but unlike with a default date most who have them may have been born on them.
    #[must_use]
    pub const fn may_stand_for_year(self) -> bool {
        matches!((self.month(), self.day()), (7, 1) | (12, 31))
    }
}

/// Days of a month; month 0 (unknown) and any that does not exist have none.
const fn days_in_month(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last day of a year and the months
/// before it follow one straight line (153 days in five months). 400 years repeat exactly.
const fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_OF_ERA + day_of_era - DAYS_TO_1970
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year())?;
        if self.month() != 0 {
            write!(f, "-{:02}", self.month())?;
        }
        if self.day() != 0 {
            write!(f, "-{:02}", self.day())?;
        }
        Ok(())
    }
}
