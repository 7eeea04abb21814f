//! Days and points in time: from text and to text, as DuckDB reads and writes them.
//!
//! Days are counted from 1970-01-01 of the proleptic Gregorian calendar, times in seconds from its midnight.

/// Seconds of a day.
pub(crate) const DAY: f64 = 86_400.0;

/// The day of a date; `None` where there is no such date. (Howard Hinnant's `days_from_civil`.)
pub(crate) fn day_of(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day == 0 || day > month_length(year, month) || year.abs() > 200_000 {
        return None;
    }
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Year, month and day of a day.
pub(crate) fn date_of(day: i32) -> (i32, u32, u32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i32::from(month <= 2), month, day)
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The day of a point in time.
pub(crate) fn day_of_instant(seconds: f64) -> i32 {
    (seconds / DAY).floor() as i32
}

/// Takes up to `most` digits off the front of `rest`.
pub(crate) fn digits(rest: &mut &str, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(count);
    *rest = after;
    number.parse().ok()
}

/// Space as C has it.
pub(crate) const fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

/// A date at the front of a text, `2020-1-5` or with one of `/`, `\`, ` ` between its parts; then what follows.
fn leading_date(text: &str) -> Option<(i32, &str)> {
    let mut rest = text.trim_start_matches(is_space);
    let negative = rest.strip_prefix('-');
    rest = negative.unwrap_or(rest);
    let year = digits(&mut rest, 6)? as i32;
    let between = rest.chars().next().filter(|letter| matches!(letter, '-' | '/' | '\\' | ' '))?;
    rest = rest.strip_prefix(between)?;
    let month = digits(&mut rest, 2)?;
    rest = rest.strip_prefix(between)?;
    let day = digits(&mut rest, 2)?;
    let year = if negative.is_some() { -year } else { year };
    day_of(year, month, day).filter(|_| !rest.starts_with(|next: char| next.is_ascii_digit())).map(|day| (day, rest))
}

/// A time of day at the front of a text, in seconds: `10:11`, `10:11:12`, `10:11:12.5`; then what follows.
fn leading_time(text: &str) -> Option<(f64, &str)> {
    let mut rest = text;
    let hour = digits(&mut rest, 2)?;
    rest = rest.strip_prefix(':')?;
    let minute = digits(&mut rest, 2)?;
    let mut second = 0;
    let mut millionths = 0;
    if let Some(after) = rest.strip_prefix(':') {
        rest = after;
        second = digits(&mut rest, 2)?;
        if let Some(after) = rest.strip_prefix('.') {
            let count = after.bytes().take_while(u8::is_ascii_digit).count();
            let kept = format!("{:0<6}", &after[..count.min(6)]);
            millionths = kept.parse().ok()?;
            rest = &after[count..];
        }
    }
    let whole_day = hour == 24 && minute == 0 && second == 0;
    if (hour > 23 && !whole_day) || minute > 59 || second > 59 {
        return None;
    }
    Some((seconds(hour * 3600 + minute * 60 + second, millionths), rest))
}

/// Seconds and millionths, rounded once.
pub(crate) fn seconds(whole: u32, millionths: u32) -> f64 {
    (f64::from(whole) * 1e6 + f64::from(millionths)) / 1e6
}

/// The day that a text means, as `CAST(x AS DATE)` reads it; a time after it is left out.
pub(crate) fn read_date(text: &str) -> Option<i32> {
    let (day, rest) = leading_date(text)?;
    if rest.trim_start_matches(is_space).is_empty() { Some(day) } else { time_after(rest).map(|_| day) }
}

/// The point in time that a text means, as `CAST(x AS TIMESTAMP)` reads it; a time zone after it is passed over.
pub(crate) fn read_instant(text: &str) -> Option<f64> {
    let (day, rest) = leading_date(text)?;
    let time = if rest.is_empty() { 0.0 } else { time_after(rest)? };
    Some((f64::from(day) * DAY * 1e6 + time * 1e6).round() / 1e6)
}

/// A time of day after a date, with nothing but a time zone behind it.
fn time_after(rest: &str) -> Option<f64> {
    let rest = rest.strip_prefix([' ', 'T'])?;
    let (time, rest) = leading_time(rest.trim_start_matches(is_space))?;
    let zone = rest.trim_matches(is_space);
    (zone.is_empty() || matches!(zone, "Z" | "UTC") || is_offset(zone)).then_some(time)
}

/// Whether a text is an offset from Greenwich: `+01`, `-0130`, `+01:30`.
fn is_offset(zone: &str) -> bool {
    let Some(rest) = zone.strip_prefix(['+', '-']) else { return false };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let pairs = rest.split(':').all(|part| !part.is_empty() && part.len() % 2 == 0);
    matches!(digits, 2 | 4 | 6) && pairs && rest.bytes().all(|letter| letter.is_ascii_digit() || letter == b':')
}

/// A day as text: `2020-01-05`.
pub(crate) fn write_date(day: i32) -> String {
    let (year, month, day) = date_of(day);
    if year > 0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{:04}-{month:02}-{day:02} (BC)", 1 - year)
    }
}

/// A point in time as text: `2020-01-05 10:11:12.5`.
pub(crate) fn write_instant(seconds: f64) -> String {
    let millionths = (seconds * 1e6).round() as i64;
    let day = millionths.div_euclid(86_400_000_000);
    let rest = millionths.rem_euclid(86_400_000_000);
    let (second, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let mut text =
        format!("{} {:02}:{:02}:{:02}", write_date(day as i32), second / 3600, second / 60 % 60, second % 60);
    if fraction > 0 {
        text.push_str(format!(".{fraction:06}").trim_end_matches('0'));
    }
    text
}

/// A date that may lack its day or month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartialDate {
    pub(crate) year: u32,
    pub(crate) month: Option<u32>,
    pub(crate) day: Option<u32>,
}

/// The date that a text means: `2020-01-05`, `2020-01`, `2020`.
pub(crate) fn read_partial(text: &str) -> Option<PartialDate> {
    let part = |text: &str, width: usize| {
        (text.len() == width && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    let mut parts = text.split('-');
    let year: u32 = part(parts.next()?, 4)?;
    let mut next = |most: u32| match parts.next() {
        None => Some(None),
        Some(text) => part(text, 2).filter(|number| (1..=most).contains(number)).map(Some),
    };
    let month = next(12)?;
    let day = next(31)?;
    if parts.next().is_some() { None } else { Some(PartialDate { year, month, day }) }
}

/// Boundaries of a unit of time between two points in time; `None` where there is no such unit.
pub(crate) fn boundaries(unit: &str, from: f64, to: f64) -> Option<f64> {
    let unit = unit.to_ascii_lowercase();
    let months = |seconds: f64| {
        let (year, month, _) = date_of(day_of_instant(seconds));
        (year, year * 12 + month as i32 - 1)
    };
    let count = |seconds: f64| -> Option<f64> {
        let (year, month) = months(seconds);
        Some(match unit.as_str() {
            "year" | "years" | "y" | "yr" | "yrs" => f64::from(year),
            "quarter" | "quarters" => f64::from(month.div_euclid(3)),
            "month" | "months" | "mon" | "mons" => f64::from(month),
            "day" | "days" | "d" => f64::from(day_of_instant(seconds)),
            "hour" | "hours" | "h" | "hr" | "hrs" => (seconds / 3600.0).floor(),
            "minute" | "minutes" | "m" | "min" | "mins" => (seconds / 60.0).floor(),
            "second" | "seconds" | "s" | "sec" | "secs" => seconds.floor(),
            _ => return None,
        })
    };
    if matches!(unit.as_str(), "week" | "weeks" | "w") {
        // Of weeks DuckDB counts whole ones, not Mondays.
        return Some(f64::from((day_of_instant(to) - day_of_instant(from)) / 7));
    }
    Some(count(to)? - count(from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_there_and_back() {
        for day in (-800_000..800_000).step_by(37) {
            let (year, month, date) = date_of(day);
            assert_eq!(day_of(year, month, date), Some(day));
        }
        assert_eq!(day_of(1970, 1, 1), Some(0));
        assert_eq!(day_of(2000, 3, 1), Some(11_017));
        assert_eq!(day_of(1900, 2, 29), None);
        assert_eq!(day_of(2000, 2, 29), Some(11_016));
    }

    #[test]
    fn partial_dates() {
        let date = |month, day| Some(PartialDate { year: 2020, month, day });
        assert_eq!(read_partial("2020-01-05"), date(Some(1), Some(5)));
        assert_eq!(read_partial("2020-01"), date(Some(1), None));
        assert_eq!(read_partial("2020"), date(None, None));
        for bad in ["", "20", "2020-13", "2020-1", "2020-01-05-01", "2020-01-00", "2020-01-05x"] {
            assert_eq!(read_partial(bad), None, "{bad}");
        }
    }
}
