//! Where cases stand, what is due, what stays unfinished, and how long the agreement runs.

use crate::error::Result;
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::{Ledger, failed};
use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::suppress::{Grid, line};
use crate::exchange::metrics::{Cell, Metric};
use crate::exchange::pool::{DueCase, Pool, State, reason_left};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Metrics of the schedule on a day.
pub(super) fn schedule(ledger: &Ledger, on: &str, agreement: &Agreement) -> Result<Vec<Metric>> {
    let mut out = coverage(ledger, on)?;
    let states = states(ledger, on)?;
    // A state that is withheld is withheld where it is counted for itself.
    let is_open = |state: State| {
        let of = states.iter().find(|metric| metric.by == "state" && metric.group == state.title());
        of.is_some_and(|metric| !metric.is_hidden())
    };
    let due = ledger.due(on, None, agreement)?.cases;
    let overdue = due.iter().filter(|case| case.due_on.as_str() < on).count() as u64;
    out.extend(due_by(DUE, &due));
    // Not broken down: less what is due, it would give away what fell due on the day.
    out.push(Metric::count(OVERDUE, Cell::Count(overdue)));
    let unfinished = ledger.unfinished(agreement)?;
    let named = unfinished.iter().map(|row| (cohort(&row.pool, &row.cohort), row.number.to_string(), row.cases));
    out.extend(whole_and_groups(UNFINISHED, "cohort", named.clone().map(|(cohort, _, cases)| (cohort, cases))));
    out.extend(groups(UNFINISHED, "wash_number", named.map(|(_, number, cases)| (padded(&number), cases))));
    let awaited = ledger.status(on)?.awaited;
    for (definition, by, state, rows) in [
        (AWAITED, "wash", State::Sent, awaited),
        (WITHDRAWN, "reason", State::Withdrawn, withdrawn(ledger)?),
        (DECISION, "cohort", State::Decision, decisions(ledger)?),
    ] {
        if is_open(state) {
            out.extend(whole_and_groups(definition, by, rows.into_iter()));
        } else {
            out.push(Metric::count(definition, Cell::Hidden));
        }
    }
    out.extend(states);
    Ok(out)
}

fn cohort(pool: &str, month: &str) -> String {
    if month.is_empty() { format!("{pool}, before the first wash") } else { format!("{pool} {month}") }
}

/// Numbers of washes in their order.
fn padded(number: &str) -> String {
    format!("{number:0>2}")
}

/// How long the agreement runs, and what was changed of it.
pub(super) fn agreement(on: &str, agreement: &Agreement) -> Vec<Metric> {
    let days = |to: &str| -> Option<f64> {
        let (from, to): (Date, Date) = (on.parse().ok()?, to.parse().ok()?);
        from.until(to).ok().map(|span| f64::from(span.get_days()))
    };
    let dated = [(DAYS_TO_END, &agreement.to), (DAYS_TO_REVIEW, &agreement.review_on)];
    let dated = dated.into_iter().filter_map(|(definition, to)| Some((definition, days(to)?)));
    let mut out: Vec<Metric> = dated.map(|(definition, days)| Metric::count(definition, Cell::Real(days))).collect();
    let in_force = agreement.amendments.iter().filter(|amendment| amendment.on.as_str() <= on).count();
    out.push(Metric::count(AMENDMENTS, Cell::Count(in_force as u64)));
    out
}

fn coverage(ledger: &Ledger, on: &str) -> Result<Vec<Metric>> {
    let coverage = ledger.coverage(on)?;
    let cases = Cell::Count(coverage.cases);
    let mut out = vec![Metric::count(CASES, cases), Metric::share(COVERED, Cell::Count(coverage.washed), cases)];
    let reasons = [
        ("left the pool before a first wash", coverage.left_before),
        ("not yet in scope", coverage.not_yet),
        ("time without contact not known", coverage.contact_unknown),
        ("due", coverage.due),
    ];
    // The washed cases are shown, so the reasons add up to a known sum.
    let cells = line(&reasons.map(|(_, cases)| cases));
    let metrics = reasons
        .iter()
        .zip(cells)
        .map(|((reason, _), cell)| Metric::share(NOT_WASHED, cell, cases).of("reason", *reason));
    out.extend(metrics);
    Ok(out)
}

fn states(ledger: &Ledger, on: &str) -> Result<Vec<Metric>> {
    let status = ledger.status(on)?;
    let pools: Vec<Pool> =
        Pool::ALL.into_iter().filter(|pool| status.by_state.iter().any(|(known, ..)| known == pool)).collect();
    let count = |pool: Option<Pool>, state: State| -> u64 {
        let of = status.by_state.iter().filter(|row| row.1 == state && pool.is_none_or(|pool| row.0 == pool));
        of.map(|row| row.2).sum()
    };
    let all = State::ALL.map(|state| count(None, state));
    let whole = Grid::new(vec![all.to_vec()], None, None);
    let share = |cell, cases| Metric::share(STATE, cell, cases);
    let mut out: Vec<Metric> = State::ALL
        .iter()
        .enumerate()
        .map(|(part, state)| share(whole.cell(0, part), Cell::Count(status.cases)).of("state", state.title()))
        .collect();
    let cells: Vec<Vec<u64>> =
        pools.iter().map(|pool| State::ALL.map(|state| count(Some(*pool), state)).to_vec()).collect();
    // What is hidden of the whole is hidden of the pools.
    let grid = Grid::new(cells, Some(whole.hidden(0)), None);
    if pools.len() > 1 {
        for (at, pool) in pools.iter().enumerate() {
            out.push(Metric::count(CASES, grid.total(at)).of("pool", pool.as_str()));
            out.extend(State::ALL.iter().enumerate().map(|(part, state)| {
                share(grid.cell(at, part), grid.total(at)).of("pool, state", format!("{pool}, {}", state.title()))
            }));
        }
    }
    Ok(out)
}

/// Cases that are due, in all, by number of the wash and by pool.
fn due_by(definition: &'static Definition, due: &[DueCase]) -> Vec<Metric> {
    let mut out =
        whole_and_groups(definition, "wash_number", due.iter().map(|case| (padded(&case.number.to_string()), 1)));
    out.extend(groups(definition, "pool", due.iter().map(|case| (case.pool.as_str().to_owned(), 1))));
    out
}

fn whole_and_groups(
    definition: &'static Definition,
    by: &'static str,
    rows: impl Iterator<Item = (String, u64)> + Clone,
) -> Vec<Metric> {
    let whole = rows.clone().map(|(_, cases)| cases).sum();
    let mut out = vec![Metric::count(definition, Cell::Count(whole))];
    out.extend(groups(definition, by, rows));
    out
}

/// Counts by group, small ones hidden; nothing where one group alone would have to hide what the whole shows.
fn groups(definition: &'static Definition, by: &'static str, rows: impl Iterator<Item = (String, u64)>) -> Vec<Metric> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (group, cases) in rows {
        *counts.entry(group).or_default() += cases;
    }
    let cells = line(&counts.values().copied().collect::<Vec<_>>());
    if let [Cell::Hidden] = cells[..] {
        return Vec::new();
    }
    let short = |group: String| match group.strip_prefix('0') {
        Some(digit) if by == "wash_number" => digit.to_owned(),
        _ => group,
    };
    let metric = |(group, cell)| Metric::count(definition, cell).of(by, short(group));
    counts.into_keys().zip(cells).map(metric).collect()
}

fn withdrawn(ledger: &Ledger) -> Result<Vec<(String, u64)>> {
    let sql =
        "SELECT ifnull(withdrawn_reason, ''), count(*) FROM pool_case WHERE state = 'withdrawn' GROUP BY 1 ORDER BY 1";
    let mut statement = ledger.db().prepare(sql).map_err(failed)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)? as u64)));
    let rows: Vec<(String, u64)> = rows.and_then(Iterator::collect).map_err(failed)?;
    // What a ledger of an earlier version holds was not read this way.
    Ok(rows.into_iter().map(|(reason, cases)| (reason_left(&reason).to_owned(), cases)).collect())
}

fn decisions(ledger: &Ledger) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT c.pool, ifnull(k.month, ''), count(*) FROM pool_case c LEFT JOIN cohort k ON k.id = c.cohort \
               WHERE c.state = 'decision' GROUP BY 1, 2 ORDER BY 1, 2";
    let mut statement = ledger.db().prepare(sql).map_err(failed)?;
    let rows = statement.query_map([], |row| {
        let (pool, month): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((cohort(&pool, &month), row.get::<_, i64>(2)? as u64))
    });
    rows.and_then(Iterator::collect).map_err(failed)
}
