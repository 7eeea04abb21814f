//! Benefits that DWP stopped, and what that saves, as metrics: the counts of `exchange::savings`, and no others (R66).

use crate::exchange::metrics::definition::{AWARDS_STOPPED, NOT_COUNTED, PEOPLE_STOPPED, SAVED, WEEKLY};
use crate::exchange::metrics::{Cell, Metric};
use crate::exchange::savings::{Savings, SavingsOf};

/// Counts and sums of the whole, and by benefit where enough people have it; of too few people not even the whole.
pub fn stopped_awards(savings: &Savings) -> Vec<Metric> {
    let mut out = Vec::from(of(savings.all, savings.weeks));
    for (benefit, found) in &savings.by_benefit {
        out.extend(of(Some(*found), savings.weeks).into_iter().map(|metric| metric.of("benefit", benefit.as_str())));
    }
    out.push(Metric::count(NOT_COUNTED, Cell::Count(savings.refused)));
    out
}

fn of(found: Option<SavingsOf>, weeks: u32) -> [Metric; 4] {
    let cell = |count: fn(SavingsOf) -> u64| found.map_or(Cell::Hidden, |found| Cell::Count(count(found)));
    let saved = found.map_or(Cell::Hidden, |found| Cell::Count(found.weekly_pence.saturating_mul(u64::from(weeks))));
    [
        Metric::count(PEOPLE_STOPPED, cell(|found| found.people)),
        Metric::count(AWARDS_STOPPED, cell(|found| found.awards)),
        Metric::count(WEEKLY, cell(|found| found.weekly_pence)),
        Metric::count(SAVED, saved),
    ]
}
