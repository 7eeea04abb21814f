//! Every chart as PNG: it decodes, has its size, and every text of it is drawn.

use super::{SCALE, png};
use crate::report::chart::tests::{NASTY, look, text_box};
use crate::report::chart::{
    BarEntry, BarsChart, BlockingChart, CurveChart, CurvePoint, CurveSeries, HistogramBin, HistogramChart,
    ModelComparison, ModelLevel, ParametersChart, Pattern, PatternTile, PatternsChart, ReliabilityBin,
    ReliabilityChart, RulePairs, ThresholdChart, ThresholdLine, ThresholdPoint, Unit, WaterfallChart, WaterfallStep,
    WeightsChart,
};
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8};

/// Pixels of a box of the SVG, inside the picture.
fn dots(picture: &Pixmap, left: f64, top: f64, width: f64, height: f64) -> Vec<PremultipliedColorU8> {
    let scale = f64::from(SCALE);
    let range = |from: f64, length: f64| ((from * scale).max(0.0) as u32, ((from + length) * scale).ceil() as u32);
    let ((x0, x1), (y0, y1)) = (range(left, width), range(top, height));
    let rows = y0..y1.min(picture.height());
    rows.flat_map(|y| (x0..x1.min(picture.width())).filter_map(move |x| picture.pixel(x, y))).collect()
}

/// Draws a chart and holds the picture to what every one must keep; gives the number of its texts.
fn check(svg: &str) -> usize {
    let nodes = look(svg);
    let bytes = png(svg).unwrap();
    assert!(bytes == png(svg).unwrap(), "the same SVG gives the same bytes");
    let picture = Pixmap::decode_png(&bytes).unwrap();
    let size = (nodes[0].number("width") as u32 * SCALE, nodes[0].number("height") as u32 * SCALE);
    assert_eq!((picture.width(), picture.height()), size);
    assert!(picture.pixels().iter().all(|dot| dot.alpha() == 255), "the ground covers all");
    let texts: Vec<_> = nodes.iter().filter(|node| node.name == "text" && !node.text.trim().is_empty()).collect();
    for text in &texts {
        let area = text_box(text);
        let dots = dots(&picture, area.left, area.top, area.width, area.height);
        // What surrounds the letters is one colour; a letter takes more than a twentieth of its box, and less than half.
        let ground = dots[0];
        let inked = dots.iter().filter(|dot| **dot != ground).count() as f64 / dots.len() as f64;
        assert!(inked > 0.05 && inked < 0.75, "{}: {inked}", text.text);
    }
    texts.len()
}

fn model() -> Vec<ModelComparison> {
    let level = |label: &str, m: f64, u: f64| ModelLevel { label: label.into(), m: Some(m), u: Some(u) };
    let levels = vec![level("exact", 0.8, 0.05), level("close", 0.1, 0.1), level("different", 0.1, 0.85)];
    vec![ModelComparison { name: "surname".into(), levels }]
}

fn waterfall() -> WaterfallChart {
    let step = |name: &str, left: &str, right: &str, weight: f64| WaterfallStep {
        comparison: name.into(),
        level: "close".into(),
        left: left.into(),
        right: right.into(),
        weight,
        term_frequency: -0.4,
    };
    WaterfallChart {
        title: "Match weight of A1 and B2".into(),
        note: "Łódź, Ñandú, Αθήνα, Київ".into(),
        prior: 0.001,
        steps: vec![step("surname", "Kovalčík", "Kovalcik", 7.5), step("date of birth", "1980-01-02", "", -2.25)],
        thresholds: vec![ThresholdLine { at: 3.0, label: "review".into() }],
    }
}

#[test]
fn models_and_pairs_are_drawn() {
    assert!(check(&waterfall().svg()) > 10);
    let weights = WeightsChart { title: "Weights".into(), note: String::new(), prior: 0.004, comparisons: model() };
    assert!(check(&weights.svg()) > 8);
    let parameters = ParametersChart { title: "m and u".into(), note: String::new(), comparisons: model(), log: true };
    assert!(check(&parameters.svg()) > 8);
    let tile = |level| PatternTile { label: "exact".into(), level, top: 3 };
    let pattern = Pattern { tiles: vec![tile(3), tile(0)], count: 1200, weight: 4.5, examples: "3 and 7".into() };
    let comparisons = vec!["surname".into(), "postcode".into()];
    assert!(check(&PatternsChart { comparisons, patterns: vec![pattern], ..PatternsChart::default() }.svg()) > 4);
    let rule = RulePairs { rule: "surname + postcode".into(), new: 120, alone: Some(300) };
    let blocking =
        BlockingChart { title: "Pairs".into(), rules: vec![rule], possible: Some(90_000), ..Default::default() };
    assert!(check(&blocking.svg()) > 4);
}

#[test]
fn curves_and_bars_are_drawn() {
    let points = vec![CurvePoint { threshold: 2.0, x: 0.1, y: 0.9 }, CurvePoint { threshold: -1.0, x: 0.4, y: 0.99 }];
    let series = CurveSeries { name: "pairs".into(), note: String::new(), points, chosen: Some(0) };
    assert!(check(&CurveChart { title: "ROC".into(), series: vec![series], ..CurveChart::default() }.svg()) > 6);
    let points = [-3.0, 0.0, 6.0].map(|weight| ThresholdPoint { weight, precision: 0.9, recall: 0.8 }).to_vec();
    assert!(check(&ThresholdChart { title: "By threshold".into(), points, ..ThresholdChart::default() }.svg()) > 6);
    let bins = vec![HistogramBin { from: -2.0, to: 3.0, counts: [30, 12], is_withheld: false }];
    let classes = ["other".into(), "match".into()];
    assert!(check(&HistogramChart { bins, classes, ..HistogramChart::default() }.svg()) > 4);
    let bins = vec![ReliabilityBin { stated: 0.8, share: 0.75, low: 0.7, high: 0.8, count: 90 }];
    assert!(check(&ReliabilityChart { bins, ..ReliabilityChart::default() }.svg()) > 4);
    let entry =
        BarEntry { label: "Polish".into(), detail: "90 of 100".into(), value: 0.9, interval: Some((0.8, 0.95)) };
    assert!(check(&BarsChart { unit: Unit::Share, entries: vec![entry], ..BarsChart::default() }.svg()) > 3);
    assert_eq!(check(&BarsChart::default().svg()), 1, "a chart without data says so");
}

#[test]
fn bold_is_bold() {
    let drawn = |class: &str| {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"40\"><style>.a{{font-weight:600}}</style>\
             <text class=\"{class}\" font-size=\"20\" x=\"5\" y=\"25\">Weight</text></svg>"
        );
        let picture = Pixmap::decode_png(&png(&svg).unwrap()).unwrap();
        picture.pixels().iter().filter(|dot| dot.alpha() > 128).count()
    };
    assert!(drawn("a") > drawn("b") * 5 / 4 && drawn("b") > 100);
}

#[test]
fn texts_that_go_wrong_are_drawn_and_break_nothing() {
    for text in NASTY {
        let mut chart = waterfall();
        chart.title = text.into();
        chart.steps[0].left = text.into();
        assert!(png(&chart.svg()).is_ok(), "{text}");
    }
}

#[test]
fn a_picture_that_is_too_large_is_refused() {
    let error = png("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"920\" height=\"90000\"/>").unwrap_err();
    assert!(error.to_string().contains("too large") && error.hint_text().unwrap().contains(".svg"), "{error}");
    assert!(png("<svg").is_err());
}
