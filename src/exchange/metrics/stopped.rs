//! Benefits that DWP stopped, and what that saves: counts and sums, never people (R66, read by T11).

use crate::exchange::metrics::benefits::code;
use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::suppress::{hidden_of_line, is_small};
use crate::exchange::metrics::{Cell, Metric};
use crate::frame::Table;
use crate::standardise::date;
use std::collections::{BTreeMap, BTreeSet};

/// How savings are worked out.
pub const FORMULA: &str = "savings = sum of the weekly amounts of the awards stopped x weeks";

/// Awards stopped, read from a feed of columns `dash_reference, benefit, stopped_on, weekly_amount`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoppedAwards {
    people: BTreeSet<String>,
    /// By benefit: people, awards, pence a week.
    by_benefit: BTreeMap<String, (BTreeSet<String>, u64, u64)>,
    not_counted: u64,
}

/// Reads the awards stopped by a day.
pub fn stopped_awards(table: &Table, on: &str) -> StoppedAwards {
    let mut out = StoppedAwards::default();
    for row in 0..table.rows() {
        let reference = table.value("dash_reference", row).map(str::trim).filter(|text| !text.is_empty());
        let stopped = date::read(table.value("stopped_on", row).unwrap_or("")).value.filter(|date| date.is_complete());
        let stopped = stopped.filter(|date| date.to_string().as_str() <= on);
        let amount = pence(table.value("weekly_amount", row).unwrap_or(""));
        let (Some(reference), Some(_), Some(amount)) = (reference, stopped, amount) else {
            out.not_counted += 1;
            continue;
        };
        out.people.insert(reference.to_owned());
        let benefit = out.by_benefit.entry(code(table.value("benefit", row).unwrap_or(""))).or_default();
        benefit.0.insert(reference.to_owned());
        benefit.1 += 1;
        benefit.2 += amount;
    }
    out
}

/// Most pounds a week that are taken for an amount.
const POUNDS_MAX: u64 = 1_000_000;

/// Pence of an amount in pounds, never by way of a float: `73.10`, `73.1`, `£1,073`.
fn pence(text: &str) -> Option<u64> {
    let bare: String = text.chars().filter(|c| !matches!(c, '£' | ',' | ' ')).collect();
    let (pounds, rest) = bare.split_once('.').unwrap_or((&bare, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if pounds.is_empty() || rest.len() > 2 || !digits(pounds) || !digits(rest) {
        return None;
    }
    let pounds: u64 = pounds.parse().ok().filter(|pounds| *pounds <= POUNDS_MAX)?;
    Some(pounds * 100 + format!("{rest:0<2}").parse::<u64>().ok()?)
}

impl StoppedAwards {
    /// Counts and sums of the whole and by benefit; sums over fewer than ten people are withheld, of the whole as well.
    pub fn metrics(&self, weeks: u32) -> Vec<Metric> {
        let awards: Vec<u64> = self.by_benefit.values().map(|of| of.1).collect();
        let pence: u64 = self.by_benefit.values().map(|of| of.2).sum();
        let few = is_small(self.people.len() as u64);
        let mut out = of(self.people.len() as u64, awards.iter().sum(), pence, weeks, few);
        let small: Vec<bool> = self.by_benefit.values().map(|of| is_small(of.0.len() as u64) || few).collect();
        let hidden = hidden_of_line(&awards, &small);
        if let [true] = hidden[..] {
            out.push(Metric::count(NOT_COUNTED, Cell::Count(self.not_counted)));
            return out;
        }
        for ((benefit, (people, awards, pence)), hidden) in self.by_benefit.iter().zip(hidden) {
            let metrics = of(people.len() as u64, *awards, *pence, weeks, hidden);
            out.extend(metrics.into_iter().map(|metric| metric.of("benefit", benefit.as_str())));
        }
        out.push(Metric::count(NOT_COUNTED, Cell::Count(self.not_counted)));
        out
    }
}

fn of(people: u64, awards: u64, pence: u64, weeks: u32, hidden: bool) -> Vec<Metric> {
    let cell = |count| if hidden { Cell::Hidden } else { Cell::Count(count) };
    vec![
        Metric::count(PEOPLE_STOPPED, cell(people)),
        Metric::count(AWARDS_STOPPED, cell(awards)),
        Metric::count(WEEKLY, cell(pence)),
        Metric::count(SAVED, cell(pence.saturating_mul(u64::from(weeks)))),
    ]
}
