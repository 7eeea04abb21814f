//! Days as integers, and how they are written.
//!
//! In: year, month, day. Out: [`Day`]. Invariant: proleptic Gregorian calendar, as in ISO 8601.

/// A day, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day of a year, month and day; a day past the end of its month runs into the next month.
    pub const fn civil(year: i32, month: u32, day: u32) -> Self {
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_of_era = shifted.rem_euclid(400);
        let from_march = (month as i32 + 9) % 12;
        let day_of_year = (153 * from_march + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        let value = Self::civil(year, month, day);
        (value.parts() == (year, month, day)).then_some(value)
    }

    /// Year, month and day.
    pub const fn parts(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month as u32, day as u32)
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.parts().0
    }

    /// So many days later, or earlier when negative.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// Days from `other` to this day.
    pub const fn since(self, other: Self) -> i32 {
        self.0 - other.0
    }

    /// Whole years from this day to `on`.
    pub const fn age(self, on: Self) -> i32 {
        let (born, month, day) = self.parts();
        let (year, now_month, now_day) = on.parts();
        let early = now_month < month || (now_month == month && now_day < day);
        year - born - if early { 1 } else { 0 }
    }

    /// First year of the tax year that the day is in (6 April to 5 April).
    pub const fn tax_year(self) -> i32 {
        let (year, month, day) = self.parts();
        if month > 4 || (month == 4 && day >= 6) { year } else { year - 1 }
    }

    /// Appends `YYYY-MM-DD`.
    pub(super) fn write_iso(self, out: &mut String) {
        let (year, month, day) = self.parts();
        push_digits(out, year.unsigned_abs().into(), 4);
        out.push('-');
        push_digits(out, month.into(), 2);
        out.push('-');
        push_digits(out, day.into(), 2);
    }

    /// `YYYY-MM-DD`.
    pub fn iso(self) -> String {
        let mut out = String::with_capacity(10);
        self.write_iso(&mut out);
        out
    }

    /// `DD/MM/YYYY`.
    pub(super) fn slashed(self) -> String {
        let (year, month, day) = self.parts();
        format!("{day:02}/{month:02}/{year:04}")
    }
}

/// Appends `value` with at least `width` digits.
pub(super) fn push_digits(out: &mut String, value: u64, width: usize) {
    let mut buffer = [b'0'; 20];
    let mut left = value;
    let mut start = buffer.len();
    while start > 0 && (left > 0 || buffer.len() - start < width) {
        start -= 1;
        buffer[start] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    out.extend(buffer[start..].iter().map(|&digit| digit as char));
}
