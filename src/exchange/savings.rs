//! Benefits that DWP stopped, and the savings: counts and sums, never people.
//!
//! The memorandum asks for "those individuals whose benefit has been stopped and the savings made"; read as counts and
//! pounds (T11). Savings are weekly amounts times a stated number of weeks: the number is a convention of whoever states
//! it, so it stands beside every sum.

use crate::exchange::benefits::benefit;
use crate::exchange::metrics::{CELL_MIN, is_small};
use crate::exchange::{Exception, Sheet};
use crate::frame::Table;
use crate::ingest::Loaded;
use crate::model::value::PartialDate;
use crate::standardise::date;
use crate::util::hash::Set;
use std::collections::BTreeMap;

/// Weeks that a stopped award is taken to have saved, where nothing else is stated: a year.
pub const WEEKS: u32 = 52;
/// How savings are worked out.
pub const FORMULA: &str = "savings_gbp = sum(weekly_amount of awards stopped) x weeks";

/// People, awards and money of some stopped awards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavingsOf {
    /// Different Dash references.
    pub people: u64,
    /// Awards.
    pub awards: u64,
    /// Sum of the weekly amounts, in pence.
    pub weekly_pence: u64,
}

/// Savings of one feed of stopped awards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Savings {
    /// Weeks that each award is taken to have saved.
    pub weeks: u32,
    /// All awards together; `None` where there are people, but too few to be shown.
    pub all: Option<SavingsOf>,
    /// By benefit, for those with enough people, and `other` for the rest together.
    pub by_benefit: BTreeMap<String, SavingsOf>,
    /// Benefits that are not shown by themselves.
    pub suppressed: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Rows that were not counted.
    pub refused: u64,
    /// Why, by row.
    pub exceptions: Vec<Exception>,
}

/// Columns of the summary.
pub const SAVINGS_COLUMNS: [&str; 7] =
    ["benefit", "people_stopped", "awards_stopped", "weekly_amount_gbp", "weeks", "savings_gbp", "formula"];

/// The name under which benefits of few people are counted together.
const OTHER: &str = "other";
const TOGETHER: &str = "all";

/// Awards of one benefit.
#[derive(Default)]
struct Tally {
    people: Set<String>,
    awards: u64,
    pence: u64,
}

impl Tally {
    fn add(&mut self, person: &str, pence: u64) {
        self.people.insert(person.to_owned());
        self.awards += 1;
        self.pence += pence;
    }

    fn merge(&mut self, other: Self) {
        self.people.extend(other.people);
        self.awards += other.awards;
        self.pence += other.pence;
    }

    fn of(&self) -> SavingsOf {
        SavingsOf { people: self.people.len() as u64, awards: self.awards, weekly_pence: self.pence }
    }
}

/// Counts the awards stopped by the date `on`.
pub fn savings(loaded: &Loaded, on: PartialDate, weeks: u32) -> Savings {
    let refused = loaded.rejects.iter().map(|reject| exception(reject.row, "", reject.reason)).collect();
    savings_of(&loaded.table, &loaded.row_numbers, refused, on, weeks)
}

/// The same of a table; `refused` are its rows that could not be read.
pub(crate) fn savings_of(
    table: &Table,
    row_numbers: &[u64],
    refused: Vec<Exception>,
    on: PartialDate,
    weeks: u32,
) -> Savings {
    let rows = (table.rows() + refused.len()) as u64;
    let mut out = Savings { weeks, rows, exceptions: refused, ..Savings::default() };
    let mut by_benefit: BTreeMap<&'static str, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    for (row, number) in row_numbers.iter().enumerate() {
        let text = |column| table.value(column, row).unwrap_or("").trim();
        match stopped(&text, on) {
            Ok((person, code, pence)) => {
                by_benefit.entry(code).or_default().add(person, pence);
                all.add(person, pence);
            }
            Err((field, reason)) => out.exceptions.push(exception(*number, field, reason)),
        }
    }
    out.exceptions.sort();
    out.refused = out.exceptions.len() as u64;
    let few = |tally: &Tally| is_small(tally.people.len() as u64);
    out.all = (!few(&all)).then(|| all.of());
    suppress(by_benefit, few, &mut out);
    out
}

fn exception(row: u64, field: &str, reason: &str) -> Exception {
    Exception { row, field: field.to_owned(), reason: reason.to_owned() }
}

/// Puts benefits of few people together, and with them the next smallest, until nobody can be told by subtracting what is
/// shown from the whole. Where even together they are too few, only the whole is shown, or nothing.
fn suppress(by_benefit: BTreeMap<&'static str, Tally>, few: impl Fn(&Tally) -> bool, out: &mut Savings) {
    let mut shown: Vec<(&'static str, Tally)> = by_benefit.into_iter().collect();
    shown.sort_by_key(|(code, tally)| (tally.people.len(), *code));
    let mut other = Tally::default();
    while let Some((_, smallest)) = shown.first() {
        let needs_company = out.suppressed > 0 && (out.suppressed == 1 || few(&other));
        if !few(smallest) && !needs_company {
            break;
        }
        other.merge(shown.remove(0).1);
        out.suppressed += 1;
    }
    out.by_benefit = shown.into_iter().map(|(code, tally)| (code.to_owned(), tally.of())).collect();
    if out.suppressed > 1 && !few(&other) && !out.by_benefit.is_empty() {
        out.by_benefit.insert(OTHER.to_owned(), other.of());
    }
}

type Fault = (&'static str, &'static str);

/// Person, benefit and pence of a stopped award.
fn stopped<'a>(
    text: &impl Fn(&'static str) -> &'a str,
    on: PartialDate,
) -> Result<(&'a str, &'static str, u64), Fault> {
    let person = text("dash_reference");
    if person.is_empty() {
        return Err(("dash_reference", "missing"));
    }
    // A code that is not known may be any text: it is not repeated, and its award not counted.
    let code = benefit(text("benefit"), "").ok_or(("benefit", "unknown_code"))?.code;
    let day = date::read(text("stopped_on")).value.filter(|date| date.is_complete());
    let day = day.ok_or(("stopped_on", "unreadable_date"))?;
    if day > on {
        return Err(("stopped_on", "after_the_date"));
    }
    let pence = pence(text("weekly_amount")).ok_or(("weekly_amount", "unreadable_amount"))?;
    Ok((person, code, pence))
}

/// Most pounds a week that are taken for an amount.
const POUNDS_MAX: u64 = 1_000_000;

/// Pence of an amount in pounds: `73.10`, `£1,073.1`, `73`; never by way of a float.
fn pence(text: &str) -> Option<u64> {
    let bare: String = text.chars().filter(|c| !matches!(c, '£' | ',' | ' ')).collect();
    let (pounds, rest) = bare.split_once('.').unwrap_or((&bare, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if pounds.is_empty() || rest.len() > 2 || !digits(pounds) || !digits(rest) {
        return None;
    }
    let pounds: u64 = pounds.parse().ok().filter(|pounds| *pounds <= POUNDS_MAX)?;
    let pence: u64 = format!("{rest:0<2}").parse().ok()?;
    Some(pounds * 100 + pence)
}

/// Pounds of pence, with two places.
fn pounds(pence: u64) -> String {
    format!("{}.{:02}", pence / 100, pence % 100)
}

impl SavingsOf {
    /// Savings over so many weeks, in pounds.
    pub fn savings_gbp(&self, weeks: u32) -> String {
        pounds(self.weekly_pence * u64::from(weeks))
    }

    fn line(&self, name: &str, weeks: u32) -> Vec<String> {
        vec![
            name.to_owned(),
            self.people.to_string(),
            self.awards.to_string(),
            pounds(self.weekly_pence),
            weeks.to_string(),
            self.savings_gbp(weeks),
            FORMULA.to_owned(),
        ]
    }
}

impl Savings {
    /// The rows that may leave: the whole, then benefit by benefit. A whole that is too small stands there without
    /// numbers.
    pub(super) fn lines(&self) -> Vec<Vec<String>> {
        let hidden = || {
            let mut line = vec![TOGETHER.to_owned(), format!("under {CELL_MIN}")];
            line.resize(SAVINGS_COLUMNS.len(), String::new());
            line
        };
        let first = self.all.map_or_else(hidden, |all| all.line(TOGETHER, self.weeks));
        let rest = self.by_benefit.iter().map(|(code, of)| of.line(code, self.weeks));
        std::iter::once(first).chain(rest).collect()
    }

    /// What was not counted, and why.
    pub fn exceptions_sheet(&self) -> Sheet {
        Exception::sheet(&self.exceptions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, want) in [
            ("73.10", Some(7_310)),
            ("£1,073.1", Some(107_310)),
            ("73", Some(7_300)),
            ("0.29", Some(29)),
            ("73.105", None),
            ("-5", None),
            ("", None),
            ("1e3", None),
            ("99999999999", None),
        ] {
            assert_eq!(pence(text), want, "{text}");
        }
        assert_eq!(SavingsOf { people: 1, awards: 1, weekly_pence: 7_310 }.savings_gbp(52), "3801.20");
    }

    fn tally(code: &'static str, people: std::ops::Range<u32>) -> (&'static str, Tally) {
        let mut tally = Tally::default();
        people.for_each(|person| tally.add(&person.to_string(), 100));
        (code, tally)
    }

    #[track_caller]
    fn check(tallies: Vec<(&'static str, Tally)>, want: &[(&str, u64)]) {
        let mut out = Savings::default();
        let few = |tally: &Tally| is_small(tally.people.len() as u64);
        suppress(tallies.into_iter().collect(), few, &mut out);
        let got: Vec<(&str, u64)> = out.by_benefit.iter().map(|(code, of)| (code.as_str(), of.people)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn no_small_cell_is_shown_nor_found_by_subtraction() {
        check(vec![tally("UC", 0..10), tally("PC", 10..30)], &[("PC", 20), ("UC", 10)]);
        // One small benefit alone could be subtracted: the next smallest goes with it.
        check(vec![tally("UC", 0..3), tally("PC", 3..23), tally("SP", 23..60)], &[("SP", 37), ("other", 23)]);
        check(vec![tally("UC", 0..6), tally("PC", 6..12), tally("SP", 12..60)], &[("SP", 48), ("other", 12)]);
        // All people of the small ones are the same few.
        check(vec![tally("UC", 0..3), tally("PC", 0..3), tally("SP", 3..60)], &[]);
        check(vec![tally("UC", 0..9)], &[]);
    }
}
