//! What a department holds and has passed on: runs, deliveries, incidents. Files and incidents are no people, so nothing
//! of them is withheld.

use crate::error::Result;
use crate::exchange::ledger::{Incident, Ledger, failed};
use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::{Cell, Metric};
use std::collections::BTreeMap;

/// Metrics of custody on a day.
pub(super) fn custody(ledger: &Ledger, on: &str) -> Result<Vec<Metric>> {
    let mut out = counted(RUNS, "state", runs(ledger, on)?);
    let deliveries = ledger.deliveries()?;
    let named = deliveries.iter().map(|[_, direction, department, ..]| format!("{direction}, {department}"));
    out.extend(counted(DELIVERIES, "direction", named.collect()));
    out.extend(incidents(&ledger.incidents()?));
    Ok(out)
}

/// The whole and its groups.
fn counted(definition: &'static Definition, by: &'static str, groups: Vec<String>) -> Vec<Metric> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let whole = Cell::Count(groups.len() as u64);
    for group in groups {
        *counts.entry(group).or_default() += 1;
    }
    let metric = |(group, count)| Metric::count(definition, Cell::Count(count)).of(by, group);
    std::iter::once(Metric::count(definition, whole)).chain(counts.into_iter().map(metric)).collect()
}

fn runs(ledger: &Ledger, on: &str) -> Result<Vec<String>> {
    let sql = "SELECT CASE WHEN destroyed_on IS NOT NULL THEN 'destroyed' WHEN keep_until < ?1 THEN 'held beyond their day' \
               WHEN closed_on IS NOT NULL THEN 'closed, held' ELSE 'open' END FROM run ORDER BY 1";
    let mut statement = ledger.db().prepare(sql).map_err(failed)?;
    let rows = statement.query_map([on], |row| row.get(0));
    rows.and_then(Iterator::collect).map_err(failed)
}

fn incidents(all: &[Incident]) -> Vec<Metric> {
    let mut out = counted(INCIDENTS, "kind", all.iter().map(|incident| incident.kind.clone()).collect());
    let open = all.iter().filter(|incident| incident.reported_at.is_empty()).count();
    let in_time = all.iter().filter(|incident| !incident.reported_at.is_empty() && is_in_time(incident)).count();
    let late = all.len() - open - in_time;
    let count = |count: usize| Cell::Count(count as u64);
    out.push(Metric::share(INCIDENTS_IN_TIME, count(in_time), count(all.len())));
    out.push(Metric::count(INCIDENTS_LATE, count(late)));
    out.push(Metric::count(INCIDENTS_OPEN, count(open)));
    out
}

/// Moments with their offsets, compared as moments.
fn is_in_time(incident: &Incident) -> bool {
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    match (moment(&incident.reported_at), moment(&incident.due_at)) {
        (Some(reported), Some(due)) => reported <= due,
        _ => false,
    }
}
