//! Whether groups fare alike: by nationality, and only where the agreement authorises it (R34).

use crate::exchange::metrics::Metric;
use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::hits::{Shown, Table, broken_down, sum};
use crate::exchange::metrics::tallies::{By, Measures, Tallies};

/// Metrics by nationality, as the Home Office supplied it.
pub(super) fn by_nationality(tallies: &Tallies) -> Vec<Metric> {
    let table = |parts: fn(&Measures) -> Vec<u64>, of| Table { data_set: String::new(), parts: Box::new(parts), of };
    let tables = [table(outcomes, of_outcomes), table(verdicts, of_verdicts)];
    broken_down(&tables, By::Nationality.names(), &tallies.groups(By::Nationality), None).0
}

fn outcomes(all: &Measures) -> Vec<u64> {
    let [hit, no_hit, unresolved] = ["row:match", "row:no_hit", "row:unresolved"].map(|measure| all.get(measure));
    vec![hit, no_hit, unresolved, all.get("row:not_searchable") + all.get("row:refused")]
}

pub(super) fn of_outcomes(own: &dyn Shown, _: &dyn Shown, at: usize) -> Vec<Metric> {
    let returned = own.total(at);
    vec![
        Metric::count(GROUP_RETURNED, returned),
        Metric::share(GROUP_HIT, own.cell(at, 0), own.total_without(at, 3)),
        Metric::share(GROUP_UNRESOLVED, own.cell(at, 2), returned),
        Metric::share(GROUP_NOT_SEARCHED, own.cell(at, 3), returned),
    ]
}

fn verdicts(all: &Measures) -> Vec<u64> {
    let told = ["verified:correct", "verified:wrong"];
    vec![all.get(told[0]), all.get(told[1]), all.less("row:match", &told)]
}

fn of_verdicts(own: &dyn Shown, _: &dyn Shown, at: usize) -> Vec<Metric> {
    let (correct, wrong) = (own.cell(at, 0), own.cell(at, 1));
    vec![Metric::share(GROUP_WRONG, wrong, sum(correct, wrong))]
}
