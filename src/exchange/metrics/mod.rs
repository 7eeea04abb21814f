//! Management information: counts and shares, each with what was counted and out of what (domain: R94 to R98, R115).
//!
//! In: the ledger of a department, folders of traces, what DWP returned, stopped awards. Out: [`Metric`]s for
//! `report/`. Invariants: no share without its numerator and denominator; nothing in a breakdown from 1 to 9, nor what
//! would give such a count away; what nobody has verified is a hit, never a true match; no name, id or free text of a row
//! is repeated. Read next: `definition.rs`, `suppress.rs`, `hits.rs`.

mod again;
mod benefits;
mod custody;
mod data_sets;
mod definition;
mod groups;
mod hits;
mod intake;
mod kinds;
mod schedule;
mod spread;
mod stopped;
mod suppress;
mod tallies;
mod trace;

pub use again::{AGAIN_COLUMNS, searched_again};
pub use benefits::{Benefits, benefits};
pub use definition::{DEFINITIONS, Definition, Theme, Unit};
pub use intake::{IDENTIFIERS, Intake, intake};
pub use kinds::{Kinds, kinds};
pub use spread::{LevelWeight, Spread, WeightBin, spread};
pub use stopped::stopped_awards;
pub use suppress::{CELL_MIN, Grid, Hidden, hidden_below, is_small};
pub use trace::{Traced, traces};

use crate::error::Result;
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::ledger::Ledger;
use crate::exchange::metrics::definition::{FATE, HANDED, HANDED_OVER, IN_PAYMENT};
use crate::util::interval::wilson;

/// A number of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// A count of rows, people, files or pence.
    Count(u64),
    /// A number that is no count: days, expected people.
    Real(f64),
    /// Nearly all of a whole that is shown: so many at least, since the count itself would tell how few are left.
    AtLeast(u64),
    /// Too small to be shown, or it would give away one that is.
    Hidden,
}

impl Cell {
    /// The count; `None` where it is hidden or none.
    pub const fn count(self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Real(_) | Self::AtLeast(_) | Self::Hidden => None,
        }
    }

    /// As a number; `None` where it is hidden.
    pub const fn number(self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(count as f64),
            Self::Real(real) => Some(real),
            Self::AtLeast(_) | Self::Hidden => None,
        }
    }

    /// Whether the number itself is not shown.
    pub const fn is_withheld(self) -> bool {
        matches!(self, Self::AtLeast(_) | Self::Hidden)
    }
}

/// One metric of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What it is.
    pub definition: &'static Definition,
    /// Where it comes from: `ledger`, `trace 2016-04-30`, and so on.
    pub source: String,
    /// What it is broken down by; empty for the whole.
    pub by: &'static str,
    /// The group; empty for the whole.
    pub group: String,
    /// What is counted.
    pub numerator: Cell,
    /// Out of what; `None` for counts and sums.
    pub denominator: Option<Cell>,
}

impl Metric {
    /// A count, sum or number of days.
    pub(crate) fn count(definition: &'static Definition, numerator: Cell) -> Self {
        Self { definition, source: String::new(), by: "", group: String::new(), numerator, denominator: None }
    }

    /// A share.
    pub(crate) fn share(definition: &'static Definition, numerator: Cell, denominator: Cell) -> Self {
        // Which of the two is small would show in the other.
        Self { denominator: Some(denominator), ..Self::count(definition, numerator) }
    }

    /// The metric of a group.
    pub(crate) fn of(self, by: &'static str, group: impl Into<String>) -> Self {
        Self { by, group: group.into(), ..self }
    }

    /// The value: the count, the sum in pounds, or the share; `None` where it is hidden, or out of nothing.
    pub fn value(&self) -> Option<f64> {
        let numerator = self.numerator.number()?;
        match (self.denominator, self.definition.unit) {
            (Some(denominator), _) => denominator.number().filter(|whole| *whole > 0.0).map(|whole| numerator / whole),
            (None, Unit::Pounds) => Some(numerator / 100.0),
            (None, _) => Some(numerator),
        }
    }

    /// Wilson's interval of a share at 95 %, where the share is one of a sample.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let whole = self.denominator?.count().filter(|whole| *whole > 0)?;
        self.definition.is_sampled.then_some(())?;
        Some(wilson(self.numerator.count()?, whole))
    }

    /// Whether a number was too small to be shown, or would have given one away.
    pub fn is_hidden(&self) -> bool {
        self.numerator.is_withheld() || self.denominator.is_some_and(Cell::is_withheld)
    }
}

/// A file or folder that metrics were read from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Origin {
    /// What it is.
    pub role: &'static str,
    /// Name of the source in the metrics.
    pub source: String,
    /// SHA-256 of the file, or the head of the ledger's chain.
    pub sha256: String,
}

/// All metrics of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Day as of which is counted.
    pub on: String,
    /// Reference of the agreement.
    pub agreement: String,
    /// What was read.
    pub origins: Vec<Origin>,
    /// The metrics, by theme.
    pub metrics: Vec<Metric>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

impl Metrics {
    /// A report without metrics.
    pub fn new(on: &str, agreement: &Agreement) -> Self {
        let notes = NOTES.iter().map(|note| (*note).to_owned()).collect();
        let (on, agreement) = (on.to_owned(), agreement.reference.clone());
        Self { on, agreement, origins: Vec::new(), metrics: Vec::new(), notes }
    }

    /// Adds the metrics of a source.
    pub fn add(&mut self, source: &str, metrics: Vec<Metric>) {
        self.metrics.extend(metrics.into_iter().map(|metric| Metric { source: source.to_owned(), ..metric }));
        self.withhold_handed();
        // Metrics in the order of their definitions, each with its breakdowns in the order in which they came.
        let place = |metric: &Metric| DEFINITIONS.iter().position(|known| known.name == metric.definition.name);
        self.metrics.sort_by_cached_key(|metric| (metric.definition.theme, place(metric)));
    }

    /// Rows handed over are counted by HMRC and by DWP: where HMRC's count would tell how few it kept back, DWP's says no
    /// more than HMRC's does, and nor does what adds up to it.
    fn withhold_handed(&mut self) {
        let handed: Vec<Cell> = self.of(HANDED).map(|metric| metric.numerator).collect();
        if !handed.iter().any(|cell| cell.is_withheld()) {
            return;
        }
        // Of several traces it is not known which one's rows a return is of.
        let as_handed = |own: Cell| match (handed.as_slice(), own) {
            ([Cell::AtLeast(least)], Cell::Count(count)) if (*least..*least + CELL_MIN).contains(&count) => {
                Cell::AtLeast(*least)
            }
            ([Cell::AtLeast(least)], Cell::AtLeast(known)) if *least == known => own,
            _ => Cell::Hidden,
        };
        for metric in &mut self.metrics {
            match metric.definition.name {
                name if name == HANDED_OVER.name => metric.numerator = as_handed(metric.numerator),
                name if name == FATE.name => {
                    metric.numerator = Cell::Hidden;
                    metric.denominator = metric.denominator.map(as_handed);
                }
                name if name == IN_PAYMENT.name => metric.denominator = metric.denominator.map(as_handed),
                _ => {}
            }
        }
    }

    /// Metrics of one definition.
    pub fn of<'a>(&'a self, definition: &'a Definition) -> impl Iterator<Item = &'a Metric> {
        self.metrics.iter().filter(move |metric| metric.definition.name == definition.name)
    }
}

const NOTES: [&str; 6] = [
    "A hit is HMRC's statement that one record matches. Until the Home Office has verified it, it is a hit and nothing more; \
     precision is stated of verified hits alone.",
    "Every share stands beside its numerator and its denominator.",
    "In a breakdown, counts from 1 to 9 are withheld, and so is whatever would give them away: other counts of the same row \
     or column of a table. Counts of the whole are shown, and of one that leaves less than ten of another, what it is at \
     least. A breakdown into a single group is left out where it would be withheld, since it says what the whole says.",
    "Where a trace or a return is counted more than once (a later answer to an unresolved row), the latest answer counts.",
    "Recall over people who are in HMRC's records is not known: it is estimated from stated probabilities, and marked so.",
    "A benefit in payment says nothing about entitlement, and no hit nothing about where a person is.",
];

/// All metrics that a ledger gives: the exchange of the Home Office's, and what any department holds.
///
/// # Errors
/// When the ledger cannot be read.
pub fn of_ledger(ledger: &Ledger, on: &str, agreement: &Agreement) -> Result<Vec<Metric>> {
    let mut all = custody::custody(ledger, on)?;
    if ledger.department()? == Department::HomeOffice {
        let tallies = tallies::Tallies::read(ledger)?;
        all.extend(hits::hits(&tallies));
        all.extend(schedule::schedule(ledger, on, agreement)?);
        if agreement.report_by_nationality {
            all.extend(groups::by_nationality(&tallies));
        }
    }
    all.extend(schedule::agreement(on, agreement));
    Ok(all)
}

#[cfg(test)]
mod tests;
