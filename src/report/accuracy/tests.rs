//! Worked by hand, and against plain loops over every pair that there could be.

use super::*;
use crate::util::hash::mix;
use crate::util::parallel::in_pool;
use proptest::prelude::*;

fn pair(left: u32, right: u32, weight: f64, probability: f64) -> Scored {
    Scored { left, right, weight, probability, rule: 0 }
}

/// Five rows of two people; one true pair is never scored, and a true and a false one have the same weight.
fn by_hand() -> (Vec<Scored>, Truth) {
    let pairs = vec![
        pair(3, 4, 1.0, 0.6),
        pair(0, 1, 9.0, 0.99),
        pair(2, 3, 5.0, 0.95),
        pair(0, 2, 5.0, 0.95),
        pair(1, 4, -4.0, 0.05),
    ];
    (pairs, Truth::Clusters(vec![7, 7, 7, 2, 2]))
}

fn close(found: Option<f64>, expected: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?}, not {expected}");
}

fn counts(confusion: &Confusion) -> [u64; 4] {
    let Confusion { true_positives, false_positives, false_negatives, true_negatives } = *confusion;
    [true_positives, false_positives, false_negatives, true_negatives]
}

#[test]
fn worked_by_hand() {
    let (pairs, truth) = by_hand();
    let found = measure(&pairs, &truth, Rows::Within(5), &[5.0, 99.0, -99.0]).unwrap();
    assert_eq!((found.possible_pairs, found.true_pairs, found.scored_pairs, found.scored_true_pairs), (10, 4, 5, 3));
    assert_eq!(found.scored_recall(), Some(0.75));
    assert_eq!(
        found.cutoffs.iter().map(|cutoff| counts(&cutoff.confusion)).collect::<Vec<_>>(),
        [[2, 1, 2, 5], [0, 0, 4, 6], [3, 2, 1, 4]]
    );
    let at_five = &found.cutoffs[0];
    assert_eq!((at_five.weight, at_five.probability), (5.0, Some(0.95)));
    close(at_five.confusion.precision(), 2.0 / 3.0);
    close(at_five.confusion.f1(), 4.0 / 7.0);
    close(at_five.expected_precision, 2.89 / 3.0);
    close(at_five.expected_recall, 2.89 / 3.54);
    let none = &found.cutoffs[1];
    assert_eq!((none.confusion.precision(), none.expected_precision, none.probability), (None, None, None));
    assert_eq!((none.confusion.recall(), none.expected_recall), (Some(0.0), Some(0.0)));
    let best = found.best_f1.unwrap();
    assert_eq!((best.weight, best.probability, best.confusion.f1()), (1.0, Some(0.6), Some(0.75)));
    close(found.average_precision, (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 4.0);
    close(found.auc, (6.0 + 5.5 + 5.0 + 2.0) / 24.0);
    for at in &found.recall_at {
        assert_eq!(at.cutoff.unwrap().weight, 9.0);
        assert_eq!(at.cutoff.unwrap().confusion.recall(), Some(0.25));
    }
    let sixths = |wrong: u32| f64::from(wrong) / 6.0;
    assert_eq!(
        found.roc(),
        [(0.0, 0.0), (0.0, 0.25), (sixths(1), 0.5), (sixths(1), 0.75), (sixths(2), 0.75), (1.0, 1.0)]
    );
    assert_eq!(found.precision_recall(), [(0.25, 1.0), (0.5, 2.0 / 3.0), (0.75, 0.75), (0.75, 0.6)]);
    let bins: Vec<(u64, u64)> = found.reliability.iter().map(|bin| (bin.pairs, bin.true_pairs)).collect();
    assert_eq!((bins[0], bins[6], bins[9]), ((1, 0), (1, 1), (3, 2)));
    close(found.calibration_error(), (0.05 + 0.4 + (2.89 - 2.0)) / 5.0);
}

#[test]
fn truth_in_any_form_says_the_same() {
    let (pairs, truth) = by_hand();
    let listed = Truth::Pairs(vec![(1, 0), (0, 1), (2, 0), (1, 2), (3, 4)]);
    let run = |truth: &Truth| measure(&pairs, truth, Rows::Within(5), &[5.0]).unwrap();
    assert_eq!(run(&listed), run(&truth));
    let sides = Truth::Sides { left: vec![1, 2, 2], right: vec![2, 9, 1, 2] };
    let across = Truth::Pairs(vec![(0, 2), (1, 0), (1, 3), (2, 0), (2, 3)]);
    let rows = Rows::Between { left: 3, right: 4 };
    let scored = [pair(2, 1, 3.0, 0.8), pair(1, 0, 2.0, 0.7), pair(0, 2, 1.0, 0.6)];
    let found = measure(&scored, &sides, rows, &[1.5]).unwrap();
    assert_eq!(found, measure(&scored, &across, rows, &[1.5]).unwrap());
    assert_eq!((found.possible_pairs, found.true_pairs), (12, 5));
    assert_eq!(counts(&found.cutoffs[0].confusion), [1, 1, 4, 6]);
}

#[test]
fn a_pair_scored_twice_counts_once_with_its_highest_weight() {
    let twice = [pair(0, 1, 2.0, 0.5), pair(1, 0, 6.0, 0.9), pair(1, 2, f64::NAN, 0.5), pair(0, 2, 1.0, f64::NAN)];
    let found = measure(&twice, &Truth::Clusters(vec![4, 4, 5]), Rows::Within(3), &[6.0]).unwrap();
    assert_eq!((found.scored_pairs, found.scored_true_pairs), (2, 1));
    assert_eq!(counts(&found.cutoffs[0].confusion), [1, 0, 0, 2]);
    assert_eq!(found.cutoffs[0].probability, Some(0.9));
    assert_eq!(found.reliability[0].mean_probability, Some(0.0));
}

#[test]
fn a_precision_just_reached_counts_and_false_pairs_below_it_do_not() {
    let one_wrong = |right: u32, wrong: f64| {
        let mut pairs: Vec<Scored> = (0..right).map(|row| pair(row, row, 5.0, 0.9)).collect();
        pairs.push(pair(0, 1, wrong, 0.9));
        let people: Vec<u32> = (0..right).collect();
        let rows = Rows::Between { left: right, right };
        let found = measure(&pairs, &Truth::Sides { left: people.clone(), right: people }, rows, &[]).unwrap();
        found.recall_at.iter().map(|at| at.cutoff.map(|cutoff| counts(&cutoff.confusion)[1])).collect::<Vec<_>>()
    };
    // Nine of ten in one tie: 0.9 to the letter. Then nineteen of twenty, the wrong one last: better left out.
    assert_eq!(one_wrong(9, 5.0), [Some(1), None, None, None]);
    assert_eq!(one_wrong(19, 4.0), [Some(0), Some(0), Some(0), Some(0)]);
}

#[test]
fn what_is_undefined_is_none() {
    let nothing = measure(&[], &Truth::Pairs(vec![]), Rows::Within(0), &[0.0]).unwrap();
    assert_eq!((nothing.average_precision, nothing.auc, nothing.best_f1), (None, None, None));
    assert_eq!((nothing.scored_recall(), nothing.calibration_error()), (None, None));
    assert!(nothing.roc().is_empty() && nothing.curve.is_empty());
    assert!(nothing.recall_at.iter().all(|at| at.cutoff.is_none()));
    let all_wrong = measure(&[pair(0, 1, 1.0, 0.5)], &Truth::Pairs(vec![(1, 2)]), Rows::Within(3), &[]).unwrap();
    assert_eq!((all_wrong.best_f1, all_wrong.average_precision), (None, Some(0.0)));
    // Two of two false pairs: the scored one is above the true pair, the other ties with it.
    assert_eq!(all_wrong.auc, Some(0.25));
}

#[test]
fn what_does_not_fit_is_refused() {
    let truth = Truth::Clusters(vec![1, 2]);
    let run = |left, right, truth: &Truth, rows| measure(&[pair(left, right, 0.0, 0.5)], truth, rows, &[]).is_err();
    assert!(!run(0, 1, &truth, Rows::Within(2)));
    assert!(run(0, 2, &truth, Rows::Within(2)));
    assert!(run(1, 1, &truth, Rows::Within(2)));
    assert!(run(0, 1, &truth, Rows::Within(3)));
    assert!(run(0, 1, &truth, Rows::Between { left: 2, right: 2 }));
    assert!(run(0, 1, &Truth::Pairs(vec![(0, 2)]), Rows::Within(2)));
    let sides = Truth::Sides { left: vec![1], right: vec![1, 2] };
    assert!(!run(0, 1, &sides, Rows::Between { left: 1, right: 2 }));
    assert!(run(1, 0, &sides, Rows::Between { left: 1, right: 2 }));
    assert!(measure(&[], &truth, Rows::Within(2), &[f64::NAN]).is_err());
    assert!(measure_clusters(&[0, 1], &[0], Rows::Within(2)).is_err());
}

#[test]
fn clusters_worked_by_hand() {
    // Clusters {0 1 2} {3 4} {5}, people {0 1} {2 3 4} {5}.
    let found = measure_clusters(&[9, 9, 9, 4, 4, 6], &[1, 1, 5, 5, 5, 2], Rows::Within(6)).unwrap();
    assert_eq!(counts(&found.pairs), [2, 2, 2, 9]);
    assert_eq!((found.clusters, found.true_clusters, found.exact_clusters), (3, 3, 1));
    close(found.bcubed_precision, (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0 + 1.0 + 1.0) / 6.0);
    close(found.bcubed_recall, (1.0 + 1.0 + 1.0 / 3.0 + 2.0 / 3.0 + 2.0 / 3.0 + 1.0) / 6.0);
    // Of two tables, rows 0 to 2 and 3 to 5: pairs across alone.
    let across =
        measure_clusters(&[9, 9, 9, 4, 9, 4], &[1, 2, 2, 2, 1, 1], Rows::Between { left: 3, right: 3 }).unwrap();
    assert_eq!(counts(&across.pairs), [1, 2, 3, 3]);
    assert_eq!(measure_clusters(&[], &[], Rows::Within(0)).unwrap().bcubed_f1(), None);
}

/// Many pairs of many weights, from a seed.
fn made(pairs: usize) -> (Vec<Scored>, Truth) {
    let mut state = 11;
    let mut next = |below: u64| {
        state = mix(state, 5);
        state % below
    };
    let rows: Vec<u32> = (0..4000).map(|_| next(1500) as u32).collect();
    let mut scored = Vec::new();
    while scored.len() < pairs {
        let (left, right) = (next(4000) as u32, next(4000) as u32);
        let same = rows[left as usize] == rows[right as usize];
        if left != right && (same || next(40) == 0) {
            let weight = next(100_000) as f64 / 5e3 - if same { 6.0 } else { 12.0 };
            scored.push(pair(left, right, weight, 1.0 / (1.0 + (-weight).exp2())));
        }
    }
    (scored, Truth::Clusters(rows))
}

#[test]
fn curves_are_thin_and_threads_and_order_cannot_be_seen() {
    let (mut pairs, truth) = made(60_000);
    let run = |pairs: &[Scored], threads: usize| {
        in_pool(threads, || measure(pairs, &truth, Rows::Within(4000), &[0.0, 3.0]).unwrap()).unwrap()
    };
    let found = run(&pairs, 1);
    assert_eq!(found, run(&pairs, 2));
    pairs.reverse();
    pairs.rotate_left(7);
    assert_eq!(found, run(&pairs, 2));
    assert!(found.curve.len() > 300 && found.curve.len() <= 498, "{}", found.curve.len());
    let last = found.curve.last().unwrap().confusion;
    assert_eq!(last.true_positives + last.false_positives, found.scored_pairs);
    // The thinned curve still has the area, below the pairs never scored too.
    let area: f64 = found.roc().windows(2).map(|two| (two[1].0 - two[0].0) * (two[1].1 + two[0].1) / 2.0).sum();
    assert!(found.auc.is_some_and(|auc| (auc - area).abs() < 2e-3));
    // The sum of recall steps at their precision, too.
    let points = found.precision_recall();
    let steps = points.windows(2).map(|two| (two[1].0 - two[0].0) * (two[0].1 + two[1].1) / 2.0);
    let area = points[0].0 * points[0].1 + steps.sum::<f64>();
    assert!(found.average_precision.is_some_and(|average| (average - area).abs() < 2e-3));
}

#[test]
fn text_is_aligned_and_json_holds_the_figures() {
    let (pairs, truth) = made(60_000);
    let mut found = measure(&pairs, &truth, Rows::Within(4000), &[0.0, 3.0, 40.0]).unwrap();
    let Truth::Clusters(labels) = &truth else { unreachable!() };
    found.clusters = Some(measure_clusters(labels, labels, Rows::Within(4000)).unwrap());
    // Counts of a census squared still fit.
    let million_millions = 1_000_000_000_000;
    found.cutoffs[0].confusion = Confusion {
        true_positives: million_millions,
        false_positives: million_millions,
        false_negatives: million_millions,
        true_negatives: million_millions,
    };
    let text = found.to_text(None);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let blocks: Vec<Vec<usize>> = text
        .split("\n\n")
        .map(|block| block.lines().filter(|line| !line.starts_with("note")).map(|line| line.chars().count()).collect())
        .collect();
    assert_eq!(blocks.len(), 5);
    for table in &blocks[1..4] {
        assert!(table.len() > 2 && table.iter().all(|width| *width == table[0]), "{text}");
    }
    assert!(text.contains("B-cubed F1                1.00000"), "{text}");
    let json = found.to_json();
    assert_eq!(json["thresholds"][1]["weight"], 3.0);
    assert_eq!(json["thresholds"][1]["true_positives"], found.cutoffs[1].confusion.true_positives);
    assert_eq!(json["thresholds"][2]["precision"], serde_json::Value::Null);
    assert_eq!(json["clusters"]["bcubed_f1"], 1.0);
    assert_eq!(json["reliability"].as_array().map(Vec::len), Some(10));
    assert_eq!(json["roc"].as_array().map(Vec::len), Some(found.curve.len() + 2));
}

/// A weight for each pair of `Rows::Within`, `None` where it was never scored, and whether the pair is true.
fn all_pairs(pairs: &[Scored], labels: &[u32]) -> Vec<(Option<f64>, f64, bool)> {
    let mut all = Vec::new();
    for left in 0..labels.len() as u32 {
        for right in left + 1..labels.len() as u32 {
            let of_pair = |pair: &&Scored| (pair.left, pair.right) == (left, right);
            let best = pairs.iter().filter(of_pair).max_by(|a, b| a.weight.total_cmp(&b.weight));
            let same = labels[left as usize] == labels[right as usize];
            all.push((best.map(|pair| pair.weight), best.map_or(0.0, |pair| pair.probability), same));
        }
    }
    all
}

fn some_pairs(rows: u32) -> impl Strategy<Value = Vec<Scored>> {
    let one = (0..rows, 0..rows, -3_i32..4).prop_filter("no row with itself", |(a, b, _)| a < b);
    let scored =
        one.prop_map(|(left, right, bits)| pair(left, right, f64::from(bits), 1.0 / (1.0 + (-bits as f64).exp2())));
    prop::collection::vec(scored, 0..40)
}

proptest! {
    #[test]
    fn pairs_as_plain_loops_count_them(
        pairs in some_pairs(8),
        labels in prop::collection::vec(0_u32..4, 8),
        thresholds in prop::collection::vec(-4_i32..5, 1..4),
    ) {
        let thresholds: Vec<f64> = thresholds.into_iter().map(f64::from).collect();
        let found = measure(&pairs, &Truth::Clusters(labels.clone()), Rows::Within(8), &thresholds).unwrap();
        let all = all_pairs(&pairs, &labels);
        let count = |linked: &dyn Fn(Option<f64>) -> bool| {
            let of = |link: bool, same: bool| all.iter().filter(|pair| linked(pair.0) == link && pair.2 == same).count() as u64;
            [of(true, true), of(true, false), of(false, true), of(false, false)]
        };
        let at = |threshold: f64| count(&|weight| weight.is_some_and(|weight| weight >= threshold));
        for (cutoff, threshold) in found.cutoffs.iter().zip(&thresholds) {
            prop_assert_eq!(counts(&cutoff.confusion), at(*threshold));
            let linked = |pair: &&(Option<f64>, f64, bool)| pair.0.is_some_and(|weight| weight >= *threshold);
            let stated: f64 = all.iter().filter(linked).map(|pair| pair.1).sum();
            let number = all.iter().filter(linked).count() as f64;
            prop_assert!(cutoff.expected_precision.is_none_or(|expected| (expected - stated / number).abs() < 1e-12));
            let whole: f64 = all.iter().map(|pair| pair.1).sum();
            prop_assert!(cutoff.expected_recall.is_none_or(|expected| (expected - stated / whole).abs() < 1e-12));
        }
        let mut weights: Vec<f64> = all.iter().filter_map(|pair| pair.0).collect();
        weights.sort_by(|a, b| b.total_cmp(a));
        weights.dedup();
        let tables: Vec<(f64, [u64; 4])> = weights.iter().map(|weight| (*weight, at(*weight))).collect();
        let f1 = |table: &[u64; 4]| 2.0 * table[0] as f64 / (2 * table[0] + table[1] + table[2]) as f64;
        let best = tables.iter().map(|(_, table)| f1(table)).filter(|f1| *f1 > 0.0).reduce(f64::max);
        prop_assert_eq!(found.best_f1.and_then(|cutoff| cutoff.confusion.f1()), best);
        for at in &found.recall_at {
            let enough = |table: &&(f64, [u64; 4])| {
                table.1[0] > 0 && table.1[0] as f64 / (table.1[0] + table.1[1]) as f64 >= at.precision
            };
            let most = tables.iter().filter(enough).map(|(_, table)| table[0]).max();
            prop_assert_eq!(at.cutoff.map(|cutoff| cutoff.confusion.true_positives), most);
        }
        let curve: Vec<[u64; 4]> = found.curve.iter().map(|point| counts(&point.confusion)).collect();
        prop_assert_eq!(curve, tables.iter().map(|(_, table)| *table).collect::<Vec<_>>());
        // Average precision: each true pair at the precision of its own weight.
        let trues = all.iter().filter(|pair| pair.2).count() as f64;
        let precision = |weight: f64| { let table = at(weight); table[0] as f64 / (table[0] + table[1]) as f64 };
        let sum: f64 = all.iter().filter(|pair| pair.2).map(|pair| pair.0.map_or(0.0, precision)).sum();
        prop_assert!(found.average_precision.is_none_or(|average| (average - sum / trues).abs() < 1e-12));
        // Area: every true pair against every false one.
        let key = |weight: Option<f64>| weight.unwrap_or(f64::NEG_INFINITY);
        let mut won = 0.0;
        for true_pair in all.iter().filter(|pair| pair.2) {
            for false_pair in all.iter().filter(|pair| !pair.2) {
                let (above, below) = (key(true_pair.0), key(false_pair.0));
                won += if above > below { 1.0 } else if above == below { 0.5 } else { 0.0 };
            }
        }
        let falses = all.len() as f64 - trues;
        prop_assert!(found.auc.is_none_or(|auc| (auc - won / (trues * falses)).abs() < 1e-12));
        prop_assert_eq!(found.auc.is_some(), trues > 0.0 && falses > 0.0);
    }

    #[test]
    fn clusters_as_plain_loops_count_them(
        labels in prop::collection::vec((0_u32..5, 0_u32..5), 0..14), left in 0_usize..14, two_tables: bool,
    ) {
        let (predicted, truth): (Vec<u32>, Vec<u32>) = labels.iter().copied().unzip();
        let left = left.min(labels.len());
        let rows = if two_tables {
            Rows::Between { left: left as u32, right: (labels.len() - left) as u32 }
        } else {
            Rows::Within(labels.len() as u32)
        };
        let found = measure_clusters(&predicted, &truth, rows).unwrap();
        let mut expected = [0; 4];
        for a in 0..labels.len() {
            for b in a + 1..labels.len() {
                if !two_tables || (a < left && b >= left) {
                    let place = match (predicted[a] == predicted[b], truth[a] == truth[b]) {
                        (true, true) => 0,
                        (true, false) => 1,
                        (false, true) => 2,
                        (false, false) => 3,
                    };
                    expected[place] += 1;
                }
            }
        }
        prop_assert_eq!(counts(&found.pairs), expected);
        let share = |of: &[u32]| {
            let of_row = |row: usize| {
                let group: Vec<usize> = (0..of.len()).filter(|other| of[*other] == of[row]).collect();
                let both = group.iter().filter(|other| labels[**other] == labels[row]).count();
                both as f64 / group.len() as f64
            };
            (0..of.len()).map(of_row).sum::<f64>() / of.len() as f64
        };
        prop_assert!(found.bcubed_precision.is_none_or(|found| (found - share(&predicted)).abs() < 1e-12));
        prop_assert!(found.bcubed_recall.is_none_or(|found| (found - share(&truth)).abs() < 1e-12));
        prop_assert_eq!(found.bcubed_f1().is_some(), !labels.is_empty());
        // Other names for the clusters change no bit.
        let renamed: Vec<u32> = predicted.iter().map(|label| 100 - label * 7).collect();
        prop_assert_eq!(measure_clusters(&renamed, &truth, rows).unwrap(), found);
    }
}
