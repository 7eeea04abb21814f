//! What came back of the washes, what it brought that was not held, and what was found out about it: for the whole, by
//! wash number, by pool, and by cohort within its pool.

use crate::exchange::metrics::benefits;
use crate::exchange::metrics::data_sets;
use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::suppress::{Grid, Hidden};
use crate::exchange::metrics::tallies::{By, Measures, Tallies};
use crate::exchange::metrics::{Cell, Metric};

/// Groups by name, with their counts.
pub(super) type Groups = [(String, Measures)];

/// Counts that a rate is made of.
type Parts = Box<dyn Fn(&Measures) -> Vec<u64>>;

/// A table of counts: parts of rows that add up to a total, and the metrics made of them.
pub(super) struct Table {
    /// Data set that it is about; empty for all.
    pub data_set: String,
    /// Counts of the parts of a group.
    pub parts: Parts,
    /// Metrics of a group, from what may be shown of this table and of the first.
    pub of: fn(&dyn Shown, &dyn Shown, usize) -> Vec<Metric>,
}

/// Counts as they may be shown.
pub(super) trait Shown {
    /// A part of a group.
    fn cell(&self, group: usize, part: usize) -> Cell;
    /// All parts of a group.
    fn total(&self, group: usize) -> Cell;
    /// All parts but one.
    fn total_without(&self, group: usize, part: usize) -> Cell;
}

impl Shown for Grid {
    fn cell(&self, group: usize, part: usize) -> Cell {
        Self::cell(self, group, part)
    }
    fn total(&self, group: usize) -> Cell {
        Self::total(self, group)
    }
    fn total_without(&self, group: usize, part: usize) -> Cell {
        Self::total_without(self, group, part)
    }
}

/// Counts of the whole, which is no breakdown: nothing is withheld.
struct Open(Vec<u64>);

impl Shown for Open {
    fn cell(&self, _: usize, part: usize) -> Cell {
        Cell::Count(self.0[part])
    }
    fn total(&self, _: usize) -> Cell {
        Cell::Count(self.0.iter().sum())
    }
    fn total_without(&self, _: usize, part: usize) -> Cell {
        Cell::Count(self.0.iter().sum::<u64>() - self.0[part])
    }
}

/// Metrics of hits, new information, data sets and verification.
pub(super) fn hits(tallies: &Tallies) -> Vec<Metric> {
    let whole = tallies.whole();
    let tables = tables();
    let first = Open((tables[0].parts)(&whole));
    let mut out: Vec<Metric> =
        tables.iter().flat_map(|table| (table.of)(&Open((table.parts)(&whole)), &first, 0)).collect();
    // Of the whole, what is not searchable and what was refused are told apart.
    for (definition, measure) in [(NOT_SEARCHABLE, "not_searchable"), (REFUSED, "refused")] {
        out.push(Metric::share(definition, Cell::Count(whole.get(measure)), first.total(0)));
    }
    out.extend(data_sets::whole(&whole));
    out.extend(benefits::of_tallies(&whole));
    let tables: Vec<Table> = tables.into_iter().chain(data_sets::tables(&whole)).collect();
    for by in [By::Number, By::Pool] {
        out.extend(broken_down(&tables, by.names(), &tallies.groups(by), None).0);
    }
    out.extend(by_cohort(&tables, tallies));
    out
}

/// Cohorts lie within pools: what is hidden of a pool stays hidden of its cohorts, and the cohorts of each pool cover one
/// another.
fn by_cohort(tables: &[Table], tallies: &Tallies) -> Vec<Metric> {
    let pools = tallies.groups(By::Pool);
    let cohorts = tallies.groups(By::Cohort);
    let (_, hidden) = broken_down(tables, By::Pool.names(), &pools, None);
    let mut out = Vec::new();
    for (at, (pool, _)) in pools.iter().enumerate() {
        let within: Vec<_> = cohorts.iter().filter(|(name, _)| name.starts_with(pool.as_str())).cloned().collect();
        let above: Vec<Hidden> = hidden.iter().map(|table| table[at].clone()).collect();
        let above = (pools.len() > 1).then_some(above.as_slice());
        out.extend(broken_down(tables, By::Cohort.names(), &within, above).0);
    }
    out
}

/// The tables, outcomes first: matches are a part of it and the total of every other.
fn tables() -> Vec<Table> {
    let table = |parts: fn(&Measures) -> Vec<u64>, of| Table { data_set: String::new(), parts: Box::new(parts), of };
    vec![
        table(outcomes, of_outcomes),
        table(details, of_details),
        table(|all| part_of(all, "match", "new:address"), |own, _, at| vec![share_of(NEW_ADDRESS, own, at)]),
        table(|all| part_of(all, "match", "new:phone"), |own, _, at| vec![share_of(NEW_PHONE, own, at)]),
        table(|all| part_of(all, "match", "new:email"), |own, _, at| vec![share_of(NEW_EMAIL, own, at)]),
        table(verdicts, of_verdicts),
        table(|all| part_of(all, "match", "dwp:in_payment"), |own, _, at| vec![share_of(HITS_IN_PAYMENT, own, at)]),
    ]
}

fn outcomes(all: &Measures) -> Vec<u64> {
    vec![all.get("match"), all.get("no_hit"), all.get("unresolved"), all.get("not_searchable") + all.get("refused")]
}

fn of_outcomes(own: &dyn Shown, _: &dyn Shown, at: usize) -> Vec<Metric> {
    let returned = own.total(at);
    let share = |definition, part| Metric::share(definition, own.cell(at, part), returned);
    vec![
        Metric::count(RETURNED, returned),
        Metric::share(HIT_SEARCHABLE, own.cell(at, 0), own.total_without(at, 3)),
        share(HIT_RETURNED, 0),
        share(NO_HIT, 1),
        share(UNRESOLVED, 2),
        share(NOT_SEARCHED, 3),
    ]
}

fn details(all: &Measures) -> Vec<u64> {
    let known = ["detail:new", "detail:interaction_only", "detail:no_extract"];
    let mut parts: Vec<u64> = known.iter().map(|measure| all.get(measure)).collect();
    parts.push(all.less("match", &known));
    parts
}

fn of_details(own: &dyn Shown, _: &dyn Shown, at: usize) -> Vec<Metric> {
    let hits = own.total(at);
    let share = |(part, definition)| Metric::share(definition, own.cell(at, part), hits);
    let all = [NEW, INTERACTION, NO_EXTRACT, DETAIL_UNKNOWN].into_iter().enumerate().map(share);
    // That everything is known goes without saying.
    all.filter(|metric| metric.definition != DETAIL_UNKNOWN || metric.numerator != Cell::Count(0)).collect()
}

/// Rows of a measure, and the rest of the whole.
pub(super) fn part_of(all: &Measures, whole: &str, measure: &str) -> Vec<u64> {
    vec![all.get(measure), all.less(whole, &[measure])]
}

/// The first part as a share of all.
pub(super) fn share_of(definition: &'static Definition, own: &dyn Shown, at: usize) -> Metric {
    Metric::share(definition, own.cell(at, 0), own.total(at))
}

fn verdicts(all: &Measures) -> Vec<u64> {
    let known = ["verified:correct", "verified:wrong", "verified:unsure"];
    let mut parts: Vec<u64> = known.iter().map(|measure| all.get(measure)).collect();
    parts.push(all.less("row:match", &known));
    parts
}

fn of_verdicts(own: &dyn Shown, _: &dyn Shown, at: usize) -> Vec<Metric> {
    let [correct, wrong, unsure] = [0, 1, 2].map(|part| own.cell(at, part));
    let told = sum(correct, wrong);
    let verified = own.total_without(at, 3);
    vec![
        Metric::share(VERIFIED, verified, own.total(at)),
        Metric::share(PRECISION, correct, told),
        Metric::share(WRONG, wrong, told),
        Metric::share(UNSURE, unsure, verified),
    ]
}

/// The sum of two counts, shown where both are.
pub(super) fn sum(a: Cell, b: Cell) -> Cell {
    match (a.count(), b.count()) {
        (Some(a), Some(b)) => Cell::Count(a + b),
        _ => Cell::Hidden,
    }
}

/// Metrics of tables by group, and what is hidden of each table and group. Nothing where one group alone would have to
/// hide what the whole shows.
pub(super) fn broken_down(
    tables: &[Table],
    [by, with_data_set]: [&'static str; 2],
    groups: &Groups,
    above: Option<&[Hidden]>,
) -> (Vec<Metric>, Vec<Vec<Hidden>>) {
    let mut out = Vec::new();
    let mut hidden: Vec<Vec<Hidden>> = Vec::with_capacity(tables.len());
    let mut first: Option<Grid> = None;
    for (number, table) in tables.iter().enumerate() {
        let cells: Vec<Vec<u64>> = groups.iter().map(|(_, measures)| (table.parts)(measures)).collect();
        let matches: Option<Vec<bool>> =
            hidden.first().map(|first: &Vec<Hidden>| first.iter().map(|hidden| hidden.parts[0]).collect());
        let grid = Grid::new(cells, above.map(|above| &above[number]), matches.as_deref());
        hidden.push((0..groups.len()).map(|at| grid.hidden(at).clone()).collect());
        let outcomes = first.get_or_insert_with(|| grid.clone());
        if groups.len() == 1 && above.is_none() && !(grid.is_open() && outcomes.is_open()) {
            continue;
        }
        for (at, (group, _)) in groups.iter().enumerate() {
            let (by, group) = match table.data_set.as_str() {
                "" => (by, group.clone()),
                set => (with_data_set, format!("{group}, {set}")),
            };
            out.extend((table.of)(&grid, outcomes, at).into_iter().map(|metric| metric.of(by, group.clone())));
        }
    }
    (out, hidden)
}
