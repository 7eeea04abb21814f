//! The evidence: match weights against the thresholds, stated probabilities against the truth, what each level weighs.

use crate::report::accuracy::Bin;
use crate::report::accuracy_charts::reliability_chart;
use crate::report::chart::{
    HistogramBin, HistogramChart, ModelComparison, ModelLevel, ThresholdLine, Unit, WeightsChart,
};
use crate::report::page::figures::{card, fraction, value};
use crate::report::page::html::Writer;
use crate::report::page::{Page, TracedRun, plain};
use crate::score::linkage_weight::match_weight;
use serde_json::Value;

const NO_TRACE: &str = "No trace was given: name its folder with `--run`.";
const OLDER: &str = "The manifest of this trace does not hold it: it was made by an earlier version of the program.";
/// Rows of a bin of calibration, at least.
const BIN_ROWS: u64 = 10;

/// Rows by match weight, with the thresholds.
pub(super) fn histogram(page: &Page, writer: &mut Writer) {
    let lead = "The match weight says in bits how much more likely it is that the best person compared is the one sought than \
                that this person is another or nobody: every bit doubles the odds, and at 0 they are even.";
    writer.section("weights", "Match weights and thresholds", lead);
    if page.runs.is_empty() {
        writer.reason(NO_TRACE);
    }
    page.each_run(writer, |run, writer| {
        let bins = &run.manifest["spread"]["bins"];
        let chart = HistogramChart {
            title: "Rows by match weight".into(),
            note: String::new(),
            axis: "match weight of the best person (bits)".into(),
            counted: "rows".into(),
            bins: bins.as_array().into_iter().flatten().map(bin).collect(),
            log: false,
            thresholds: thresholds(&run.manifest["model"]["thresholds"]),
            ..HistogramChart::default()
        };
        if chart.bins.is_empty() {
            let is_known = bins.is_array();
            writer.reason(if is_known { "Nobody was compared with any row of this trace." } else { OLDER });
            return;
        }
        let caption = "Rows that were compared with at least one person, by the weight of the best. Rows beyond the threshold \
                       of a match may still go to people: where the runner-up is near, or where one of the standing reasons \
                       for review holds. Bins of fewer than ten rows are joined at the ends; elsewhere they are withheld, \
                       with others that would give them away, and a low grey mark stands in their place.";
        writer.figure("Rows by match weight", caption, &chart.svg(), &chart.table());
    });
}

fn bin(bin: &Value) -> HistogramBin {
    HistogramBin {
        from: bin["from"].as_f64().unwrap_or(f64::NEG_INFINITY),
        to: bin["to"].as_f64().unwrap_or(f64::INFINITY),
        counts: [bin["rows"].as_u64().unwrap_or(0), 0],
        is_withheld: bin["rows"].is_null(),
    }
}

fn thresholds(of_model: &Value) -> Vec<ThresholdLine> {
    let line = |name: &str, label: &str| {
        of_model[name]
            .as_f64()
            .map(|probability| ThresholdLine { at: match_weight(probability), label: label.to_owned() })
    };
    [line("plausible_probability", "plausible"), line("match_probability", "match")].into_iter().flatten().collect()
}

/// Stated probabilities against the truth.
pub(super) fn calibration(page: &Page, writer: &mut Writer) {
    let lead =
        "Whether stated probabilities mean what they say: of the rows said to match with 90 %, nine in ten should.";
    writer.section("calibration", "Calibration", lead);
    if page.runs.is_empty() {
        writer.reason(NO_TRACE);
    }
    page.each_run(writer, |run, writer| {
        let Some(bins) = &run.calibration else {
            writer.reason(
                "No truth was given: name a file of it (cid_person_id,nino) with `--truth`, of made data or of rows that people \
                 have reviewed. What the model expects of itself stands below; it is no measurement.",
            );
            estimates(page, run, writer);
            return;
        };
        let mut chart = reliability_chart(&joined(bins));
        (chart.title, chart.counted) = ("Stated probability and share found right".into(), "rows".into());
        let caption = "Rows for which a person was named, by the stated probability that it is the right one, and the share of \
                       them that the truth confirms, with its 95 % interval. Bins of fewer than ten rows are joined with the \
                       next.";
        writer.figure(&chart.title, caption, &chart.svg(), &chart.table());
        estimates(page, run, writer);
    });
    let verified = page.whole("ledger", "precision").filter(|metric| metric.value().is_some());
    if let Some(metric) = verified {
        let interval = metric.interval().map_or_else(String::new, |(low, high)| {
            format!(", 95 % interval {} to {}", Unit::Share.text(low), Unit::Share.text(high))
        });
        writer.paragraph(&format!(
            "What people verified: {} of the hits were found correct ({}{interval}).",
            value(metric),
            fraction(metric)
        ));
    }
}

fn estimates(page: &Page, run: &TracedRun, writer: &mut Writer) {
    let of = |name: &str| page.whole(&run.source, name);
    let cards = [
        card(of("precision_estimated"), "Precision, by the model itself"),
        card(of("recall_estimated"), "Recall of those compared, by the model itself"),
    ];
    writer.cards(&cards.into_iter().flatten().collect::<Vec<_>>());
}

/// Bins joined with their neighbours until each holds rows enough.
fn joined(bins: &[Bin]) -> Vec<Bin> {
    let mut out: Vec<Bin> = Vec::new();
    for bin in bins.iter().filter(|bin| bin.pairs > 0) {
        match out.last_mut() {
            Some(last) if last.pairs < BIN_ROWS => *last = both(last, bin),
            _ => out.push(*bin),
        }
    }
    if let [.., before, last] = out.as_slice()
        && last.pairs < BIN_ROWS
    {
        let joined = both(before, last);
        out.truncate(out.len() - 2);
        out.push(joined);
    }
    out.retain(|bin| bin.pairs >= BIN_ROWS);
    out
}

fn both(a: &Bin, b: &Bin) -> Bin {
    let sum = |bin: &Bin| bin.mean_probability.unwrap_or(0.0) * bin.pairs as f64;
    let pairs = a.pairs + b.pairs;
    let mean = (pairs > 0).then(|| (sum(a) + sum(b)) / pairs as f64);
    Bin { from: a.from, pairs, true_pairs: a.true_pairs + b.true_pairs, mean_probability: mean }
}

/// What each level weighs.
pub(super) fn levels(page: &Page, writer: &mut Writer) {
    let lead = "What each level of agreement speaks for, or against, in bits. How frequent a name or a date is in the register \
                counts, so a level weighs differently in each row; here stands its mean.";
    writer.section("levels", "Match weights by level", lead);
    if page.runs.is_empty() {
        writer.reason(NO_TRACE);
    }
    page.each_run(writer, |run, writer| {
        let levels = &run.manifest["spread"]["levels"];
        let chart = WeightsChart {
            title: "Mean weight of each level".into(),
            note: String::new(),
            prior: prior(&run.manifest),
            comparisons: comparisons(levels),
        };
        if chart.comparisons.is_empty() {
            let told = "No level was seen in ten rows or more: there are too few rows with a plausible person.";
            writer.reason(if levels.is_array() { told } else { OLDER });
            return;
        }
        let caption = "Levels among the best people of the rows that ended in match, review or ambiguous: log2 of m over u, where \
                       u is the geometric mean of how frequent the values are. Levels of fewer than ten rows are left out, with \
                       others that would give them away. The \
                       prior is that of one person of the register. What relatives and namesakes would explain is taken from \
                       the sum of a pair, and is not in this picture.";
        writer.figure(&chart.title, caption, &chart.svg(), &table(levels));
    });
}

/// That one person of the register is the one sought, before anything is compared.
fn prior(manifest: &Value) -> f64 {
    let people = manifest["persons_in_registers"].as_f64().unwrap_or(1.0).max(1.0);
    let present = manifest["model"]["present"].as_f64().unwrap_or(0.5);
    let odds = present / people / (1.0 - present);
    odds / (1.0 + odds)
}

/// Comparisons with the levels that have a weight, best first.
fn comparisons(levels: &Value) -> Vec<ModelComparison> {
    let mut out: Vec<ModelComparison> = Vec::new();
    for level in levels.as_array().into_iter().flatten() {
        let (Some(m), Some(bits)) = (level["m"].as_f64(), level["bits"].as_f64()) else { continue };
        let name = plain(level["comparison"].as_str().unwrap_or(""));
        if out.last().is_none_or(|last| last.name != name) {
            out.push(ModelComparison { name, levels: Vec::new() });
        }
        if let Some(last) = out.last_mut() {
            last.levels.push(ModelLevel { label: label(level), m: Some(m), u: Some(m / bits.exp2()) });
        }
    }
    out.iter_mut().for_each(|comparison| comparison.levels.reverse());
    out
}

/// A level in words: what is left of a name stands after a comma.
fn label(level: &Value) -> String {
    let text = level["level"].as_str().unwrap_or("");
    match text.split_once('/') {
        Some((agreement, "nothing")) => format!("{}, nothing left over", plain(agreement)),
        Some((agreement, "both_given")) => format!("{}, the first among them, others differ", plain(agreement)),
        Some((agreement, "both_middle")) => format!("{}, in the middle, others differ", plain(agreement)),
        Some((agreement, "both" | "several")) => format!("{}, others differ", plain(agreement)),
        Some((agreement, "one_side_first")) => format!("{}, more on one side, its first among it", plain(agreement)),
        Some((agreement, _)) => format!("{}, more on one side", plain(agreement)),
        None => plain(text),
    }
}

/// The levels whose rows may be told.
fn table(levels: &Value) -> Vec<Vec<String>> {
    let mut table = vec![["comparison", "level", "rows", "m", "mean bits"].map(String::from).to_vec()];
    for level in levels.as_array().into_iter().flatten() {
        let Some(rows) = level["rows"].as_f64() else { continue };
        let told = |field: &str, unit: Unit| {
            level[field]
                .as_f64()
                .filter(|_| level["level"] != "null")
                .map_or_else(|| "–".to_owned(), |value| unit.text(value))
        };
        let name = plain(level["comparison"].as_str().unwrap_or(""));
        let numbers = [Unit::Count.text(rows), told("m", Unit::Number), told("bits", Unit::Bits)];
        table.push([name, label(level)].into_iter().chain(numbers).collect());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_joined_until_they_hold_ten_rows() {
        let bin = |from: f64, pairs: u64| Bin { from, pairs, true_pairs: pairs / 2, mean_probability: Some(from) };
        let found = joined(&[bin(0.0, 20), bin(0.1, 4), bin(0.2, 4), bin(0.3, 8), bin(0.9, 3)]);
        assert_eq!(found.iter().map(|bin| bin.pairs).collect::<Vec<_>>(), [20, 19]);
        let mean = found[1].mean_probability.expect("a mean");
        assert!((mean - (0.4 + 0.8 + 2.4 + 2.7) / 19.0).abs() < 1e-12);
        assert!(joined(&[bin(0.5, 4)]).is_empty(), "too few rows for any");
    }
}
