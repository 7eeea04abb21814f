//! The pictures of an evaluation.

use crate::report::accuracy::{Accuracy, Bin};
use crate::report::chart::{
    CurveChart, CurveKind, CurvePoint, CurveSeries, ReliabilityBin, ReliabilityChart, ThresholdChart, ThresholdPoint,
};

/// Charts by name, as SVG: ROC, precision and recall, thresholds, reliability.
pub fn accuracy_charts(accuracy: &Accuracy) -> Vec<(String, String)> {
    let curve = |kind: CurveKind, title: &str, point: &dyn Fn(usize) -> Option<(f64, f64)>| {
        let points = accuracy.curve.iter().enumerate().filter_map(|(place, known)| {
            let (x, y) = point(place)?;
            Some(CurvePoint { threshold: known.weight, x, y })
        });
        let series = CurveSeries { name: "pairs".into(), note: String::new(), points: points.collect(), chosen: None };
        CurveChart { title: title.into(), note: String::new(), kind, zoom: false, series: vec![series] }.svg()
    };
    let at = |place: usize| &accuracy.curve[place];
    let roc = curve(CurveKind::Roc, "True and false positive rate", &|place| {
        Some((at(place).false_positive_rate()?, at(place).confusion.recall()?))
    });
    let precision = curve(CurveKind::PrecisionRecall, "Precision and recall", &|place| {
        Some((at(place).confusion.recall()?, at(place).confusion.precision()?))
    });
    let points = accuracy.curve.iter().filter_map(|point| {
        let (precision, recall) = (point.confusion.precision()?, point.confusion.recall()?);
        Some(ThresholdPoint { weight: point.weight, precision, recall })
    });
    let thresholds = ThresholdChart {
        title: "Precision and recall by threshold".into(),
        note: String::new(),
        zoom: false,
        points: points.collect(),
        thresholds: Vec::new(),
    };
    let reliability = reliability_chart(&accuracy.reliability);
    vec![
        ("roc".into(), roc),
        ("precision_recall".into(), precision),
        ("thresholds".into(), thresholds.svg()),
        ("reliability".into(), reliability.svg()),
    ]
}

/// Stated probabilities against the truth.
pub(crate) fn reliability_chart(bins: &[Bin]) -> ReliabilityChart {
    let bins = bins.iter().filter_map(|bin| {
        let (low, high) = bin.interval();
        Some(ReliabilityBin { stated: bin.mean_probability?, share: bin.share_true()?, low, high, count: bin.pairs })
    });
    ReliabilityChart {
        title: "Stated probability and share of true pairs".into(),
        note: String::new(),
        counted: String::new(),
        bins: bins.collect(),
    }
}
