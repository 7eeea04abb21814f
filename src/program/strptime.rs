//! `strptime`: points in time from text by a format, as DuckDB reads them.

use super::calendar::{DAY, day_of, digits, is_space, seconds};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What has been read.
struct Moment {
    year: u32,
    month: u32,
    day: u32,
    day_of_year: Option<u32>,
    hour: u32,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    millionths: u32,
    /// Seconds east of Greenwich.
    offset: f64,
}

/// A format with its shorthands written out; `None` where it holds a specifier that is not known.
///
/// Weeks (`%U`, `%W`, `%V`, `%G`) are not known.
pub(crate) fn expanded(format: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let mut specifier = letters.next()?;
        if specifier == '-' {
            specifier = letters.next().filter(|specifier| "dmyHIMSj".contains(*specifier))?;
        }
        match specifier {
            'x' => out.push_str("%Y-%m-%d"),
            'X' => out.push_str("%H:%M:%S"),
            'c' => out.push_str("%Y-%m-%d %H:%M:%S"),
            'Y' | 'y' | 'm' | 'd' | 'B' | 'b' | 'A' | 'a' | 'j' | 'H' | 'I' | 'p' | 'M' | 'S' | 'f' | 'g' | 'n'
            | 'z' | 'Z' | '%' => {
                out.push('%');
                out.push(specifier);
            }
            _ => return None,
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The point in time that `text` means by an expanded format; `None` where it does not fit.
pub(crate) fn read(text: &str, expanded: &str) -> Option<f64> {
    let mut moment = Moment {
        year: 1900,
        month: 1,
        day: 1,
        day_of_year: None,
        hour: 0,
        afternoon: None,
        minute: 0,
        second: 0,
        millionths: 0,
        offset: 0.0,
    };
    let mut rest = text.trim_start_matches(is_space);
    let mut format = expanded.chars();
    while let Some(letter) = format.next() {
        if letter == '%' {
            moment.specifier(format.next()?, &mut rest)?;
        } else if is_space(letter) {
            // A run of spaces fits a run of spaces.
            if !rest.starts_with(is_space) {
                return None;
            }
            rest = rest.trim_start_matches(is_space);
            let after = format.as_str().trim_start_matches(is_space);
            format = after.chars();
        } else {
            rest = rest.strip_prefix(letter)?;
        }
    }
    if rest.trim_start_matches(is_space).is_empty() { moment.seconds() } else { None }
}

impl Moment {
    fn specifier(&mut self, specifier: char, rest: &mut &str) -> Option<()> {
        let within = |number: u32, least: u32, most: u32| (least..=most).contains(&number).then_some(number);
        match specifier {
            'Y' => self.year = digits(rest, 4)?,
            'y' => {
                let number = digits(rest, 2)?;
                self.year = if number < 69 { 2000 + number } else { 1900 + number };
            }
            'm' => self.month = within(digits(rest, 2)?, 1, 12)?,
            'd' => self.day = within(digits(rest, 2)?, 1, 31)?,
            'j' => self.day_of_year = Some(within(digits(rest, 3)?, 1, 366)?),
            'H' => self.hour = within(digits(rest, 2)?, 0, 23)?,
            'I' => self.hour = within(digits(rest, 2)?, 1, 12)?,
            'M' => self.minute = within(digits(rest, 2)?, 0, 59)?,
            'S' => self.second = within(digits(rest, 2)?, 0, 59)?,
            'f' => self.millionths = fraction(rest, 6)?,
            'g' => self.millionths = fraction(rest, 3)?,
            'n' => self.millionths = fraction(rest, 9)?,
            'B' => self.month = word(rest, &MONTHS, usize::MAX)?,
            'b' => self.month = word(rest, &MONTHS, 3)?,
            'A' => word(rest, &WEEKDAYS, usize::MAX).map(drop)?,
            'a' => word(rest, &WEEKDAYS, 3).map(drop)?,
            'p' => self.afternoon = Some(word(rest, &["am", "pm"], 2)? == 2),
            'z' => self.offset = offset(rest)?,
            'Z' => zone(rest)?,
            _ => *rest = rest.strip_prefix(specifier)?,
        }
        Some(())
    }

    fn seconds(&self) -> Option<f64> {
        let year = i32::try_from(self.year).ok()?;
        let day = match self.day_of_year {
            Some(day) => day_of(year, 1, 1)? + i32::try_from(day).ok()? - 1,
            None => day_of(year, self.month, self.day)?,
        };
        let hour = match self.afternoon {
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let time = seconds(hour * 3600 + self.minute * 60 + self.second, self.millionths);
        Some((f64::from(day) * DAY * 1e6 + time * 1e6).round() / 1e6 - self.offset)
    }
}

/// Up to `most` digits after a point, in millionths.
fn fraction(rest: &mut &str, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (read, after) = rest.split_at(count);
    *rest = after;
    if read.is_empty() { None } else { format!("{read:0<6}")[..6].parse().ok() }
}

/// One of several words of which `letters` are written, in any case; its number from 1.
fn word(rest: &mut &str, words: &[&str], letters: usize) -> Option<u32> {
    for (place, word) in words.iter().enumerate() {
        let word = &word[..letters.min(word.len())];
        if rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            *rest = &rest[word.len()..];
            return u32::try_from(place + 1).ok();
        }
    }
    None
}

/// `+01`, `+0130`, `+01:30`, `+01:30:15` in seconds.
fn offset(rest: &mut &str) -> Option<f64> {
    let sign = if rest.starts_with('-') { -1.0 } else { 1.0 };
    *rest = rest.strip_prefix(['+', '-'])?;
    let two = |rest: &mut &str| {
        let both = rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_digit);
        if both { digits(rest, 2) } else { None }
    };
    let mut total = two(rest)? * 3600;
    for unit in [60, 1] {
        let mut after = rest.strip_prefix(':').unwrap_or(rest);
        let Some(number) = two(&mut after) else { break };
        *rest = after;
        total += number * unit;
    }
    Some(sign * f64::from(total))
}

/// The name of a time zone; Greenwich alone is known.
fn zone(rest: &mut &str) -> Option<()> {
    let found = ["UTC", "GMT", "Z"].iter().find_map(|name| rest.strip_prefix(*name))?;
    *rest = found;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{expanded, read};

    #[track_caller]
    fn check(text: &str, format: &str, want: Option<f64>) {
        assert_eq!(read(text, &expanded(format).unwrap()), want, "{text} {format}");
    }

    /// Answers of DuckDB 2.0.0.
    #[test]
    fn formats_as_duckdb_reads_them() {
        let day = |days: f64| Some(days * 86_400.0);
        check("2020-01-05", "%Y-%m-%d", day(18_266.0));
        check(" 2020-1-5 ", "%Y-%m-%d", day(18_266.0));
        check("2020-02-30", "%Y-%m-%d", None);
        check("12020-01-05", "%Y-%m-%d", None);
        check("05/01/68", "%d/%m/%y", day(35_798.0));
        check("05/01/69", "%d/%m/%y", day(-361.0));
        check("05  JAN 2020", "%d %b %Y", day(18_266.0));
        check("05 January 2020", "%d %b %Y", None);
        check("2020-032", "%Y-%j", day(18_293.0));
        check("2021-366", "%Y-%j", day(18_993.0));
        check("2020-01-05 12:30 AM", "%Y-%m-%d %I:%M %p", Some(18_266.0 * 86_400.0 + 1_800.0));
        check("2020-01-05 10:11:12+0130", "%Y-%m-%d %H:%M:%S%z", Some(1_578_213_672.0));
        check("2020-01-05T10:11:12 UTC", "%Y-%m-%dT%H:%M:%S %Z", Some(1_578_219_072.0));
        check("2020-01-05 .5", "%Y-%m-%d .%f", Some(18_266.0 * 86_400.0 + 0.5));
        check("2020-01-05é", "%Y-%m-%d", None);
        assert_eq!(expanded("%Q"), None);
        assert_eq!(expanded(""), None);
    }
}
