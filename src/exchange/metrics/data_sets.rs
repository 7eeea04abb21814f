//! Which data sets were effective (R96). The answer of HMRC names a set on rows with a new detail alone, so that is what
//! is counted here; which sets hold the person at all is counted from HMRC's own outcomes.

use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::hits::{Shown, Table, part_of};
use crate::exchange::metrics::suppress::{line, part};
use crate::exchange::metrics::tallies::Measures;
use crate::exchange::metrics::{Cell, Metric};

/// Metrics of each data set, over all washes.
pub(super) fn whole(all: &Measures) -> Vec<Metric> {
    let hits = all.get("match");
    let searchable = hits + all.get("no_hit") + all.get("unresolved");
    let returned = searchable + all.get("not_searchable") + all.get("refused");
    let sets: Vec<(&str, u64)> = all.under("set:").collect();
    let mut out = Vec::new();
    for (set, rows) in &sets {
        let rows = part(*rows, hits);
        let shares = [(SET_HITS, hits), (SET_SEARCHABLE, searchable), (SET_RETURNED, returned)];
        let share = |(definition, whole)| Metric::share(definition, rows, Cell::Count(whole)).of("data_set", *set);
        out.extend(shares.map(share));
    }
    out.extend(alone(all, &sets, hits));
    out
}

/// Hits of one set alone, and the rest. Where any is hidden the rest is too: with two sets it would give the other away.
fn alone(all: &Measures, sets: &[(&str, u64)], hits: u64) -> Vec<Metric> {
    let mut counts: Vec<u64> = sets.iter().map(|(set, _)| all.get(&format!("set_only:{set}"))).collect();
    counts.push(hits.saturating_sub(counts.iter().sum()));
    let mut cells = line(&counts);
    if cells.contains(&Cell::Hidden)
        && let Some(rest) = cells.last_mut()
    {
        *rest = Cell::Hidden;
    }
    let names = sets.iter().map(|(set, _)| (SET_ONLY, *set)).chain([(SET_SEVERAL, "")]);
    let metrics = names.zip(cells).map(|((definition, set), cell)| {
        let metric = Metric::share(definition, cell, Cell::Count(hits));
        if set.is_empty() { metric } else { metric.of("data_set", set) }
    });
    if sets.is_empty() { Vec::new() } else { metrics.collect() }
}

/// One table for each data set, to break its hits down.
pub(super) fn tables(all: &Measures) -> Vec<Table> {
    let of = |own: &dyn Shown, outcomes: &dyn Shown, at: usize| {
        let rows = own.cell(at, 0);
        vec![
            Metric::share(SET_HITS, rows, own.total(at)),
            Metric::share(SET_SEARCHABLE, rows, outcomes.total_without(at, 3)),
            Metric::share(SET_RETURNED, rows, outcomes.total(at)),
        ]
    };
    let table = |(set, _): (&str, u64)| {
        let measure = format!("set:{set}");
        Table { data_set: set.to_owned(), parts: Box::new(move |all: &Measures| part_of(all, "match", &measure)), of }
    };
    all.under("set:").map(table).collect()
}
