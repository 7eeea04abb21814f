//! Accuracy as JSON for programs and as text for people.

use crate::report::accuracy::{Accuracy, Bin, ClusterAccuracy, Confusion, CurvePoint, Cutoff, RecallAt};
use crate::report::fitting::fitted;
use crate::report::summary::{Summary, thousands};
use serde_json::{Value, json};
use std::fmt::Write;

impl Accuracy {
    /// All figures. What is undefined is null, and so is a weight that is infinite.
    pub fn to_json(&self) -> Value {
        let point = |point: &CurvePoint| {
            json!({
                "weight": point.weight,
                "true_positives": point.confusion.true_positives,
                "false_positives": point.confusion.false_positives,
            })
        };
        json!({
            "possible_pairs": self.possible_pairs,
            "true_pairs": self.true_pairs,
            "scored_pairs": self.scored_pairs,
            "scored_true_pairs": self.scored_true_pairs,
            "scored_recall": self.scored_recall(),
            "thresholds": self.cutoffs.iter().map(cutoff).collect::<Vec<_>>(),
            "best_f1": self.best_f1.as_ref().map(cutoff),
            "recall_at_precision": self.recall_at.iter().map(recall_at).collect::<Vec<_>>(),
            "average_precision": self.average_precision,
            "auc": self.auc,
            "roc": self.roc(),
            "precision_recall": self.precision_recall(),
            "curve": self.curve.iter().map(point).collect::<Vec<_>>(),
            "reliability": self.reliability.iter().map(bin).collect::<Vec<_>>(),
            "calibration_error": self.calibration_error(),
            "clusters": self.clusters.as_ref().map(ClusterAccuracy::to_json),
        })
    }

    /// The figures in tables that fit a width, or of at most 100 columns without one; true negatives and the curves are in the
    /// JSON alone.
    pub fn to_text(&self, width: Option<usize>) -> String {
        let mut head = Summary::default();
        head.line("possible pairs", thousands(self.possible_pairs));
        head.line("true pairs", thousands(self.true_pairs));
        head.line("scored pairs", thousands(self.scored_pairs));
        head.line("true pairs scored", part(self.scored_true_pairs, self.scored_recall()));
        head.line("average precision", rate(self.average_precision));
        head.line("area under ROC", rate(self.auc));
        head.line("calibration error", rate(self.calibration_error()));
        let mut out = head.fitted(width);
        let named = self.best_f1.iter().map(|best| ("best F1".to_owned(), best));
        let asked = self.cutoffs.iter().map(|cutoff| ("as asked".to_owned(), cutoff));
        let at =
            self.recall_at.iter().filter_map(|at| Some((format!("precision {}", at.precision), at.cutoff.as_ref()?)));
        let all: Vec<(String, &Cutoff)> = asked.chain(named).chain(at).collect();
        let tables = [counts(&all), rates(&all), bins(&self.reliability)].map(|lines| fitted(&lines, width));
        let _ = write!(out, "\n{}", tables.join("\n"));
        for at in self.recall_at.iter().filter(|at| at.cutoff.is_none()) {
            let _ = writeln!(out, "note: no threshold reaches precision {}", at.precision);
        }
        if let Some(clusters) = &self.clusters {
            let _ = write!(out, "\n{}", clusters.to_text(width));
        }
        out
    }
}

impl ClusterAccuracy {
    /// All figures; what is undefined is null.
    pub fn to_json(&self) -> Value {
        json!({
            "rows": self.rows,
            "clusters": self.clusters,
            "true_clusters": self.true_clusters,
            "exact_clusters": self.exact_clusters,
            "pairs": confusion(&self.pairs),
            "bcubed_precision": self.bcubed_precision,
            "bcubed_recall": self.bcubed_recall,
            "bcubed_f1": self.bcubed_f1(),
        })
    }

    /// The figures, one a line, broken to a width.
    pub fn to_text(&self, width: Option<usize>) -> String {
        let mut out = Summary::default();
        let pairs = &self.pairs;
        out.line("rows in clusters", thousands(self.rows));
        out.line(
            "clusters / true clusters",
            format!("{} / {}", thousands(self.clusters), thousands(self.true_clusters)),
        );
        out.line("clusters exactly right", thousands(self.exact_clusters));
        out.line("pairs within clusters", thousands(pairs.true_positives + pairs.false_positives));
        out.line("precision of these pairs", part(pairs.true_positives, pairs.precision()));
        out.line("recall of these pairs", rate(pairs.recall()));
        out.line("F1 of these pairs", rate(pairs.f1()));
        out.line("B-cubed precision", rate(self.bcubed_precision));
        out.line("B-cubed recall", rate(self.bcubed_recall));
        out.line("B-cubed F1", rate(self.bcubed_f1()));
        out.fitted(width)
    }
}

fn confusion(of: &Confusion) -> Value {
    json!({
        "true_positives": of.true_positives,
        "false_positives": of.false_positives,
        "false_negatives": of.false_negatives,
        "true_negatives": of.true_negatives,
        "precision": of.precision(),
        "recall": of.recall(),
        "f1": of.f1(),
    })
}

fn cutoff(of: &Cutoff) -> Value {
    let mut value = confusion(&of.confusion);
    value["weight"] = json!(of.weight);
    value["probability"] = json!(of.probability);
    value["expected_precision"] = json!(of.expected_precision);
    value["expected_recall"] = json!(of.expected_recall);
    value
}

fn recall_at(of: &RecallAt) -> Value {
    json!({ "precision": of.precision, "cutoff": of.cutoff.as_ref().map(cutoff) })
}

fn bin(of: &Bin) -> Value {
    json!({
        "from": of.from,
        "pairs": of.pairs,
        "true_pairs": of.true_pairs,
        "mean_probability": of.mean_probability,
        "share_true": of.share_true(),
        "interval": of.interval(),
    })
}

/// A share with five places, or a dash.
fn rate(of: Option<f64>) -> String {
    of.map_or("-".to_owned(), |share| format!("{share:.5}"))
}

fn part(count: u64, of: Option<f64>) -> String {
    format!("{}  ({})", thousands(count), rate(of))
}

fn counts(cutoffs: &[(String, &Cutoff)]) -> Vec<Vec<String>> {
    let row = |(name, cutoff): &(String, &Cutoff)| {
        let counts = &cutoff.confusion;
        let weight = format!("{:.2}", cutoff.weight);
        let counts = [counts.true_positives, counts.false_positives, counts.false_negatives].map(thousands);
        [vec![name.clone(), weight, rate(cutoff.probability)], counts.to_vec()].concat()
    };
    table(&["threshold", "bits", "stated from", "right", "wrong", "missed"], cutoffs.iter().map(row))
}

fn rates(cutoffs: &[(String, &Cutoff)]) -> Vec<Vec<String>> {
    let row = |(name, cutoff): &(String, &Cutoff)| {
        let counts = &cutoff.confusion;
        let stated = [cutoff.expected_precision, cutoff.expected_recall];
        let shares = [counts.precision(), counts.recall(), counts.f1()].into_iter().chain(stated);
        [name.clone(), format!("{:.2}", cutoff.weight)].into_iter().chain(shares.map(rate)).collect()
    };
    let columns = ["threshold", "bits", "precision", "recall", "F1", "expected precision", "expected recall"];
    table(&columns, cutoffs.iter().map(row))
}

fn bins(bins: &[Bin]) -> Vec<Vec<String>> {
    let row = |bin: &Bin| {
        let (low, high) = bin.interval();
        vec![
            format!("{:.1} to {:.1}", bin.from, bin.from + 0.1),
            thousands(bin.pairs),
            thousands(bin.true_pairs),
            rate(bin.mean_probability),
            rate(bin.share_true()),
            format!("{low:.5} to {high:.5}"),
        ]
    };
    table(&["stated", "pairs", "true", "mean stated", "share true", "95 % interval"], bins.iter().map(row))
}

/// Lines under a heading.
fn table(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let heading = columns.iter().map(|column| (*column).to_owned()).collect();
    std::iter::once(heading).chain(rows).collect()
}
