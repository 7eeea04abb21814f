//! Positions, gaps and extremes of curves.

use super::{CurveChart, CurveKind, CurvePoint, CurveSeries, ThresholdChart, ThresholdPoint, corners};
use crate::report::chart::ThresholdLine;
use crate::report::chart::tests::xml::Node;
use crate::report::chart::tests::{NASTY, ODD, check_table, look, says};

fn point(threshold: f64, x: f64, y: f64) -> CurvePoint {
    CurvePoint { threshold, x, y }
}

fn roc() -> CurveChart {
    let points = vec![point(10.0, 0.0, 0.0), point(5.0, 0.1, 0.8), point(0.0, 1.0, 1.0)];
    let series = vec![CurveSeries { name: "all".into(), points, chosen: Some(1), ..CurveSeries::default() }];
    CurveChart { title: "ROC".into(), kind: CurveKind::Roc, series, ..CurveChart::default() }
}

/// Corners of all paths.
fn paths(nodes: &[Node]) -> Vec<Vec<(f64, f64)>> {
    let lines = nodes.iter().filter(|node| node.name == "path");
    let read = |part: &str| {
        let (x, y) = part.split_once(' ').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    lines.map(|node| node.get("d")[1..].split('L').map(read).collect()).collect()
}

#[test]
fn a_curve_runs_through_its_points() {
    let nodes = look(&roc().svg());
    let [start, middle, end] = paths(&nodes)[0][..] else { panic!() };
    let (wide, high) = (end.0 - start.0, start.1 - end.1);
    assert!((wide - high).abs() < 0.05, "a square");
    assert!((middle.0 - start.0 - 0.1 * wide).abs() < 0.05 && (start.1 - middle.1 - 0.8 * high).abs() < 0.05);
    let marked: Vec<&Node> = nodes.iter().filter(|node| node.name == "circle").collect();
    assert_eq!((marked[1].number("cx"), marked[1].number("cy")), middle);
    assert!(nodes.iter().any(|node| node.text.replace('\u{a0}', " ").contains("recall 80.0 %")));
}

#[test]
fn precision_holds_back_to_the_recall_before() {
    let up = corners([(0.2, 0.9), (0.5, 0.7)].into_iter(), true);
    assert_eq!(up, [(0.2, 0.9), (0.2, 0.7), (0.5, 0.7)]);
    let down = corners([(0.5, 0.7), (0.2, 0.9)].into_iter(), true);
    assert_eq!(down, [(0.5, 0.7), (0.2, 0.7), (0.2, 0.9)]);
    assert_eq!(corners([(0.2, 0.9), (0.5, 0.7)].into_iter(), false).len(), 2);
}

#[test]
fn zoom_ends_at_the_data_and_says_so() {
    let mut chart = roc();
    chart.series[0].points.truncate(2);
    let far = paths(&look(&chart.svg()))[0][1].0;
    chart.zoom = true;
    let nodes = look(&chart.svg());
    assert!(paths(&nodes)[0][1].0 > far + 200.0);
    assert!(nodes.iter().any(|node| node.text.contains("end at the data")));
}

#[test]
fn a_rate_that_is_no_number_leaves_a_gap() {
    let mut chart = roc();
    chart.series[0].points = (0..7).map(|at| point(0.0, f64::from(at) / 7.0, 0.5)).collect();
    chart.series[0].points[3].y = f64::NAN;
    let nodes = look(&chart.svg());
    assert_eq!(paths(&nodes).len(), 2);
    check_table(&chart.table(), 7);
}

#[test]
fn f1_is_the_harmonic_mean() {
    let point = ThresholdPoint { weight: 0.0, precision: 0.5, recall: 1.0 };
    assert!((point.f1() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(ThresholdPoint::default().f1(), 0.0);
}

fn over_thresholds(count: u32) -> ThresholdChart {
    let points = (0..count).map(|index| {
        let part = f64::from(index) / f64::from(count);
        ThresholdPoint { weight: 20.0 * part - 5.0, precision: 0.5 + part / 2.0, recall: 1.0 - part / 3.0 }
    });
    ThresholdChart { title: "Thresholds".into(), points: points.collect(), ..ThresholdChart::default() }
}

#[test]
fn thresholds_have_three_lines_and_the_one_in_use() {
    let mut chart = over_thresholds(41);
    chart.thresholds = vec![ThresholdLine { at: 5.0, label: "match".into() }];
    let nodes = look(&chart.svg());
    assert_eq!(paths(&nodes).len(), 3);
    assert!(says(&nodes, "match +5.0"));
    let dashed = nodes.iter().find(|node| node.has_class("rw-s-ink")).unwrap();
    let line = &paths(&nodes)[0];
    // Weight 5 lies 10 of 19.512 bits from the first point to the last.
    let want = line[0].0 + (line[40].0 - line[0].0) * 10.0 / (20.0 * 40.0 / 41.0);
    assert!((dashed.number("x1") - want).abs() < 0.05);
    check_table(&chart.table(), 41);
}

#[test]
fn anything_can_be_drawn() {
    assert!(look(&CurveChart::default().svg()).iter().any(|node| node.text.contains("no points")));
    assert!(look(&ThresholdChart::default().svg()).iter().any(|node| node.text.contains("no thresholds")));
    for count in [1, 200] {
        let series = (0..count).map(|index| {
            let points = (0..ODD.len()).map(|at| point(ODD[at], ODD[(at + index) % 7], ODD[(at * 3) % 7])).collect();
            let text = |at: usize| NASTY[(index + at) % 6].to_owned();
            CurveSeries { name: text(0), note: text(1), points, chosen: Some(index % 9) }
        });
        let mut chart = CurveChart { title: NASTY[0].into(), series: series.collect(), ..CurveChart::default() };
        for (kind, zoom) in [(CurveKind::Roc, true), (CurveKind::PrecisionRecall, false)] {
            (chart.kind, chart.zoom) = (kind, zoom);
            look(&chart.svg());
            assert_eq!(chart.svg(), chart.clone().svg());
        }
        let mut thresholds = over_thresholds(count as u32);
        thresholds.points.extend(ODD.map(|odd| ThresholdPoint { weight: odd, precision: odd, recall: 1.0 }));
        thresholds.thresholds =
            (0..count).map(|at| ThresholdLine { at: at as f64, label: NASTY[at % 6].into() }).collect();
        look(&thresholds.svg());
        thresholds.zoom = true;
        look(&thresholds.svg());
    }
}
