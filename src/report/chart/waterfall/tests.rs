//! Lengths of bars, sums and extremes of the waterfall.

use super::{WaterfallChart, WaterfallStep};
use crate::report::chart::ThresholdLine;
use crate::report::chart::tests::{NASTY, ODD, bars, check_table, look, says};

fn step(comparison: &str, weight: f64, term_frequency: f64) -> WaterfallStep {
    let values = ["left", "right"].map(String::from);
    let [left, right] = values;
    WaterfallStep { comparison: comparison.into(), level: "exact".into(), left, right, weight, term_frequency }
}

fn chart(steps: Vec<WaterfallStep>) -> WaterfallChart {
    WaterfallChart { title: "One pair".into(), prior: -20.0, steps, ..WaterfallChart::default() }
}

#[test]
fn bars_are_as_long_as_their_weights() {
    let chart = chart(vec![step("name", 10.0, 2.5), step("date", 12.0, 0.0), step("sex", -4.0, 0.0)]);
    let nodes = look(&chart.svg());
    let (up, down) = (bars(&nodes, "for"), bars(&nodes, "against"));
    let per_bit = up[0].width / 10.0;
    for (bar, bits) in [(up[1], 2.5), (up[2], 12.0), (down[0], 4.0), (bars(&nodes, "neutral")[0], 20.0)] {
        assert!((bar.width - bits * per_bit).abs() < 0.05, "{bar:?}");
    }
    // Each begins where the one before ends; the sum ends where the last does.
    assert!((up[1].left - up[0].right()).abs() < 0.05);
    assert!((down[0].right() - up[2].right()).abs() < 0.05);
    assert!((bars(&nodes, "result")[0].width - 0.5 * per_bit).abs() < 0.05);
    assert!(says(&nodes, "+0.50") && says(&nodes, "−4.00") && says(&nodes, "probability 58.6 %"));
}

#[test]
fn a_frequency_has_a_row_where_it_is_not_0() {
    let plain = chart(vec![step("name", 1.0, 0.0)]);
    let adjusted = chart(vec![step("name", 1.0, -0.5)]);
    check_table(&plain.table(), 3);
    check_table(&adjusted.table(), 4);
    assert!(says(&look(&adjusted.svg()), "name: term frequency"));
    assert_eq!(adjusted.final_weight(), -19.5);
}

#[test]
fn the_table_adds_up() {
    let chart = chart(vec![step("name", 10.0, 0.0)]);
    assert_eq!(chart.table()[2], ["name", "exact", "left", "right", "+10.00", "−10.00"]);
    assert_eq!(chart.table()[3][4], "−10.00");
    assert!((chart.probability() - 1.0 / 1025.0).abs() < 1e-12);
}

#[test]
fn without_values_the_bars_have_their_room() {
    let with = chart(vec![step("name", 10.0, 0.0)]);
    let mut without = with.clone();
    (without.steps[0].left, without.steps[0].right) = (String::new(), String::new());
    let wide = |chart: &WaterfallChart| bars(&look(&chart.svg()), "for")[0].width;
    assert!(wide(&without) > 1.3 * wide(&with));
}

#[test]
fn anything_can_be_drawn() {
    for count in [0, 1, 200] {
        let mut chart = chart((0..count).map(|index| step(NASTY[index % 6], ODD[index % 7], ODD[index % 5])).collect());
        for (index, step) in chart.steps.iter_mut().enumerate() {
            (step.left, step.right) = (NASTY[index % 5].into(), NASTY[(index + 1) % 6].into());
            step.level = NASTY[(index + 3) % 6].into();
        }
        chart.title = NASTY[3].repeat(4);
        chart.note = NASTY[0].into();
        chart.thresholds = ODD.iter().map(|at| ThresholdLine { at: *at, label: NASTY[3].into() }).collect();
        for prior in &ODD[..if count == 200 { 2 } else { 7 }] {
            chart.prior = *prior;
            look(&chart.svg());
            assert!(chart.table().len() >= count + 3);
            assert_eq!(chart.svg(), chart.clone().svg());
        }
    }
}

#[test]
fn rows_grow_the_height() {
    let height =
        |count: usize| look(&chart((0..count).map(|_| step("name", 0.1, 0.0)).collect()).svg())[0].number("height");
    assert_eq!(height(11) - height(10), height(2) - height(1));
    assert!(height(200) > 8000.0);
}
