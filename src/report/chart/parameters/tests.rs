//! Lengths of bars, infinite weights and extremes of the charts of a model.

use super::{ModelComparison, ModelLevel, ParametersChart, WeightsChart};
use crate::report::chart::tests::{NASTY, ODD, bars, check_table, look, says};

fn level(label: &str, m: f64, u: f64) -> ModelLevel {
    ModelLevel { label: label.into(), m: Some(m), u: Some(u) }
}

fn comparisons() -> Vec<ModelComparison> {
    let null = ModelLevel { label: "null".into(), m: None, u: None };
    let levels = vec![null, level("exact", 0.8, 0.05), level("close", 0.1, 0.1), level("different", 0.1, 0.85)];
    vec![ModelComparison { name: "surname".into(), levels }]
}

fn weights() -> WeightsChart {
    WeightsChart { title: "Weights".into(), prior: 1.0 / 257.0, comparisons: comparisons(), ..WeightsChart::default() }
}

#[test]
fn bars_are_as_long_as_their_weights() {
    let nodes = look(&weights().svg());
    let (up, down) = (bars(&nodes, "for"), bars(&nodes, "against"));
    let prior = bars(&nodes, "neutral")[0];
    assert!((up[0].width / 4.0 - prior.width / 8.0).abs() < 0.05, "log2 of 16 and of 1/256");
    assert_eq!(up[1].width, 0.0);
    assert!((down[0].width / 8.5_f64.log2() - up[0].width / 4.0).abs() < 0.05);
    assert!((down[0].right() - up[0].left).abs() < 0.05 && (prior.right() - up[0].left).abs() < 0.05);
    assert!(says(&nodes, "+4.00") && says(&nodes, "−8.00") && says(&nodes, "–") && says(&nodes, "0.00"));
    assert!(prior.top < up[0].top, "the prior comes first");
}

#[test]
fn impossible_levels_are_infinite() {
    assert_eq!(level("", 0.0, 0.5).weight(), Some(f64::NEG_INFINITY));
    assert_eq!(level("", 0.0, 0.0).weight(), None);
    let mut chart = weights();
    chart.comparisons[0].levels[3].m = Some(0.0);
    let nodes = look(&chart.svg());
    assert!(says(&nodes, "−∞"));
    assert_eq!(chart.table()[5], ["surname", "different", "0", "0.85", "−∞"]);
}

#[test]
fn m_and_u_stand_side_by_side() {
    let mut chart = ParametersChart { comparisons: comparisons(), ..ParametersChart::default() };
    let nodes = look(&chart.svg());
    let (m, u) = (bars(&nodes, "for"), bars(&nodes, "against"));
    assert_eq!((m.len(), u.len()), (3, 3));
    for (bar, share) in [(m[0], 0.8), (m[1], 0.1), (u[0], 0.05), (u[2], 0.85)] {
        assert!((bar.width - share * super::PANEL).abs() < 0.05);
    }
    assert!(m[0].top == u[0].top && m[0].right() < u[0].left);
    chart.log = true;
    let nodes = look(&chart.svg());
    let (m, u) = (bars(&nodes, "for"), bars(&nodes, "against"));
    // From 0.01 to 1: a factor of 2 is the same length everywhere.
    assert!((m[1].width - u[0].width - super::PANEL * 2.0_f64.log10() / 2.0).abs() < 0.05);
    assert_eq!(chart.table().len(), 5);
}

#[test]
fn anything_can_be_drawn() {
    assert!(look(&WeightsChart::default().svg()).iter().any(|node| node.text.contains("no comparisons")));
    assert!(look(&ParametersChart::default().svg()).iter().any(|node| node.text.contains("no comparisons")));
    for count in [1, 200] {
        let comparison = |index: usize| {
            let odd = |at: usize| ODD[(index + at) % 7];
            let levels = (0..3).map(|at| level(NASTY[(index + at) % 6], odd(at), odd(at * 2))).collect();
            ModelComparison { name: NASTY[index % 6].into(), levels }
        };
        let comparisons: Vec<ModelComparison> = (0..count).map(comparison).collect();
        for prior in [f64::NAN, 0.0, 1.0, 2.0] {
            let chart = WeightsChart { prior, comparisons: comparisons.clone(), ..weights() };
            look(&chart.svg());
            check_table(&chart.table(), 3 * count + 1);
        }
        for log in [true, false] {
            let chart = ParametersChart {
                title: NASTY[0].into(),
                note: NASTY[3].into(),
                comparisons: comparisons.clone(),
                log,
            };
            look(&chart.svg());
            assert_eq!(chart.svg(), chart.clone().svg());
        }
    }
}
