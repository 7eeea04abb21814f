//! How good were the outcomes? Measured against truth for a trace: `cid_person_id,nino`, an empty NINO where the person is
//! not in the register.

mod groups;
mod judged;
pub mod pairs;

pub use groups::{Counted, Group, Grouping, Tally};
pub use judged::{Fate, Judged};

use crate::error::{Error, ErrorKind, Result};
use crate::exchange::Sheet;
use crate::frame::Table;
use crate::ingest::listed_headers;
use crate::report::accuracy::{Bin, reliability_bins, wilson};
use crate::report::accuracy_charts::reliability_chart;
use crate::report::summary::{Summary, thousands};

/// Precisions at which recall is stated.
const PRECISIONS: [f64; 2] = [0.99, 0.999];
/// Columns of the outcomes that rows to look at begin with.
const LOOKED_AT: [&str; 10] = [
    "dash_reference",
    "cid_person_id",
    "outcome",
    "nino",
    "person_id",
    "match_probability",
    "runner_up",
    "margin",
    "tier",
    "reason",
];

/// Counts and rates of one run against truth, and every row with what became of it.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Rows with an outcome and a truth.
    pub rows: u64,
    /// Rows whose person is in the register.
    pub present: u64,
    /// Matches that name the right person.
    pub right: u64,
    /// Matches that name another.
    pub wrong: u64,
    /// Of the wrong, those whose person is not in the register at all.
    pub wrong_absent: u64,
    /// Rows in review that name the right person, and another.
    pub review: (u64, u64),
    /// Ambiguous, no hit and not searchable rows: all of them, and those whose person is present.
    pub others: [(u64, u64); 3],
    /// Best F1 over all rows with a probability, and the probability from which it is reached.
    pub best_f1: (f64, f64),
    /// The most recall at a precision of at least 0.99 and 0.999, over all rows with a probability.
    pub recall_at: [f64; PRECISIONS.len()],
    /// Expected matches according to the stated probabilities, for comparison with `right`.
    pub expected_right: f64,
    /// Stated probabilities of the people named against the truth, in ten bins.
    pub reliability: Vec<Bin>,
    table: Table,
    judged: Vec<Judged>,
}

/// Compares outcomes with truth; `compared` is the table of that name which a trace writes when it is told the truth.
///
/// # Errors
/// When a table lacks a column, or no row of one stands in the other.
pub fn evaluate(outcomes: &Table, truth: &Table, compared: Option<&Table>) -> Result<Evaluation> {
    let table = judged::joined(outcomes, truth, compared)?;
    let judged = judged::judge(&table);
    let count = |test: &dyn Fn(usize, &Judged) -> bool| {
        judged.iter().enumerate().filter(|(row, judged)| test(*row, judged)).count() as u64
    };
    let fate = |fate: Fate| count(&|_, judged| judged.fate == fate);
    let outcome = |row: usize| table.value("outcome", row).unwrap_or("");
    let named = |judged: &Judged| judged.named.is_some_and(|(_, right)| right);
    let of_outcome = |word: &str| {
        let present = count(&|row, judged| outcome(row) == word && judged.present);
        (count(&|row, _| outcome(row) == word), present)
    };
    let review_right = count(&|row, judged| outcome(row) == "review" && named(judged));
    let scored: Vec<(f64, bool)> = judged.iter().filter_map(|judged| judged.named).collect();
    let present = count(&|_, judged| judged.present);
    let curve = Curve::new(scored.clone(), present);
    let probability = |row: usize| table.value("match_probability", row).and_then(|text| text.parse::<f64>().ok());
    Ok(Evaluation {
        rows: judged.len() as u64,
        present,
        right: fate(Fate::Right),
        wrong: fate(Fate::WrongPerson) + fate(Fate::AbsentMatched),
        wrong_absent: fate(Fate::AbsentMatched),
        review: (review_right, of_outcome("review").0 - review_right),
        others: ["ambiguous", "no_hit", "not_searchable"].map(of_outcome),
        best_f1: curve.best_f1(),
        recall_at: PRECISIONS.map(|least| curve.recall_at(least)),
        expected_right: (0..judged.len()).filter(|row| outcome(*row) == "match").filter_map(probability).sum(),
        reliability: reliability_bins(scored),
        table,
        judged,
    })
}

/// Right ones among the rows named, by falling probability.
struct Curve {
    /// Probability, rows down to it, right ones among them; once for each different probability.
    points: Vec<(f64, u64, u64)>,
    present: u64,
}

impl Curve {
    fn new(mut scored: Vec<(f64, bool)>, present: u64) -> Self {
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut right = 0;
        let mut points: Vec<(f64, u64, u64)> = Vec::new();
        for (index, (probability, is_right)) in scored.iter().enumerate() {
            right += u64::from(*is_right);
            if points.last().is_some_and(|last| last.0 == *probability) {
                points.pop();
            }
            points.push((*probability, index as u64 + 1, right));
        }
        Self { points, present }
    }

    /// The best F1, and the probability from which it is reached.
    fn best_f1(&self) -> (f64, f64) {
        self.points.iter().fold((0.0, 1.0), |best, (probability, rows, right)| {
            let f1 = 2.0 * *right as f64 / (rows + self.present) as f64;
            if f1 > best.0 { (f1, *probability) } else { best }
        })
    }

    /// The most recall where precision is at least `least`.
    fn recall_at(&self, least: f64) -> f64 {
        let good = self.points.iter().filter(|(_, rows, right)| *right as f64 >= least * *rows as f64);
        good.map(|(_, _, right)| *right).max().unwrap_or(0) as f64 / self.present.max(1) as f64
    }
}

impl Evaluation {
    /// Right matches over all matches.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// Right matches over all rows whose person is in the register.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.present.max(1) as f64
    }

    /// Recall and wrong matches by the values of a column of the outcomes or the truth; `kind` is what became of each row.
    ///
    /// # Errors
    /// When no table has the column.
    pub fn by(&self, column: &str) -> Result<Grouping> {
        let tallies = self.judged.iter().map(Judged::tally);
        if column == "kind" {
            let kinds = self.judged.iter().map(|judged| judged.fate.as_str());
            return Ok(groups::group(column, &judged::ROWS, kinds.zip(tallies)));
        }
        if self.table.column(column).is_none() {
            return Err(Error::new(ErrorKind::Column, format!("there is no column {column} to group by"))
                .hint(format!("there are kind, {}", listed_headers(self.table.names(), &["cid_person_id"]))));
        }
        let values = (0..self.judged.len()).map(|row| self.table.value(column, row).unwrap_or(""));
        Ok(groups::group(column, &judged::ROWS, values.zip(tallies)))
    }

    /// Misses and false matches as rows to look at.
    pub fn rows_to_look_at(&self) -> Sheet {
        let mut from: Vec<&str> = LOOKED_AT.into_iter().filter(|name| self.table.column(name).is_some()).collect();
        from.extend(self.table.names().iter().map(String::as_str).filter(|name| {
            !LOOKED_AT.contains(name) && !["match_weight", "runner_up_weight", "data_sets", "compared"].contains(name)
        }));
        let header = |name: &&str| if *name == "nino_right" { "true_nino".to_owned() } else { (*name).to_owned() };
        let is_wrong = |judged: &Judged| !matches!(judged.fate, Fate::Right | Fate::RightlyNone);
        let rows = self.judged.iter().enumerate().filter(|(_, judged)| is_wrong(judged)).map(|(row, judged)| {
            let values = from.iter().map(|name| self.table.value(name, row).unwrap_or("").to_owned());
            std::iter::once(judged.fate.as_str().to_owned()).chain(values).collect()
        });
        Sheet {
            header: std::iter::once("kind".to_owned()).chain(from.iter().map(header)).collect(),
            rows: rows.collect(),
        }
    }

    /// Charts by name, as SVG: stated probabilities against the truth.
    pub fn charts(&self) -> Vec<(String, String)> {
        vec![("reliability".into(), reliability_chart(&self.reliability).svg())]
    }

    /// The figures, each with its numerator and denominator.
    pub fn summary(&self) -> Summary {
        let mut out = Summary::default();
        let share = |part: u64, whole: u64| {
            let (low, high) = wilson(part, whole);
            format!(
                "{:.5}  ({} of {}; 95 % interval {low:.5} to {high:.5})",
                part as f64 / whole.max(1) as f64,
                thousands(part),
                thousands(whole)
            )
        };
        out.line("rows with truth", thousands(self.rows));
        out.line("present in the register", share(self.present, self.rows));
        out.line("precision of match", share(self.right, self.right + self.wrong));
        out.line("recall of match", share(self.right, self.present));
        out.line("wrong matches of absent people", thousands(self.wrong_absent));
        out.line(
            "review, right person / other",
            format!("{} / {}", thousands(self.review.0), thousands(self.review.1)),
        );
        for (name, (all, present)) in ["ambiguous", "no_hit", "not_searchable"].iter().zip(self.others) {
            out.line(format!("{name}, of which present"), format!("{} / {}", thousands(all), thousands(present)));
        }
        out.line("best F1 over all scored", format!("{:.5} from probability {:.4}", self.best_f1.0, self.best_f1.1));
        for (least, recall) in PRECISIONS.iter().zip(self.recall_at) {
            out.line(format!("recall at precision {least}"), format!("{recall:.5}"));
        }
        out.line("right matches expected by the model", format!("{:.1}", self.expected_right));
        for bin in &self.reliability {
            if let (Some(stated), Some(found)) = (bin.mean_probability, bin.share_true()) {
                let (low, high) = bin.interval();
                out.line(
                    format!("stated {:.1} to {:.1}", bin.from, bin.from + 0.1),
                    format!("{stated:.4}, found {found:.4} of {} ({low:.4} to {high:.4})", thousands(bin.pairs)),
                );
            }
        }
        out
    }

    /// The figures as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let bins = self.reliability.iter().map(|bin| {
            serde_json::json!({
                "from": bin.from, "rows": bin.pairs, "right": bin.true_pairs, "mean_probability": bin.mean_probability,
            })
        });
        serde_json::json!({
            "rows": self.rows, "present": self.present, "matches": self.right + self.wrong, "right": self.right,
            "wrong": self.wrong, "wrong_absent": self.wrong_absent,
            "precision": self.precision(), "recall": self.recall(),
            "review": { "right": self.review.0, "other": self.review.1 },
            "best_f1": self.best_f1.0, "best_f1_from_probability": self.best_f1.1,
            "recall_at_precision_0.99": self.recall_at[0], "recall_at_precision_0.999": self.recall_at[1],
            "expected_right": self.expected_right, "reliability": bins.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests;
