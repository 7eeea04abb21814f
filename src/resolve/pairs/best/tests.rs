//! Best matches by hand, against rounds of mutually best pairs, and in any order.

use super::*;
use crate::util::parallel::in_pool;
use proptest::prelude::*;

fn pair(left: u32, right: u32, weight: f64) -> Scored {
    Scored { left, right, weight, probability: 0.5, rule: 0 }
}

/// Left and right rows of the pairs that stand.
fn rows(pairs: &[Scored], kept: &[usize]) -> Vec<(u32, u32)> {
    let mut rows: Vec<(u32, u32)> = kept.iter().map(|index| (pairs[*index].left, pairs[*index].right)).collect();
    rows.sort_unstable();
    rows
}

/// Rounds as the words say them: pairs that are best for both rows stand or are in a tie, and wait as long as a pair of the
/// same weight that wants one of their rows is not best for both of its own; then again without the rows that are settled.
fn by_rounds(pairs: &[Scored], ties: Ties, within: bool) -> Vec<(u32, u32)> {
    let side = |row: u32, right: bool| (right && !within, row);
    let mut open: Vec<&Scored> =
        pairs.iter().filter(|pair| !pair.weight.is_nan() && (!within || pair.left != pair.right)).collect();
    let mut kept = Vec::new();
    while !open.is_empty() {
        let ends = |pair: &Scored| [side(pair.left, false), side(pair.right, true)];
        let best = |end: (bool, u32)| {
            open.iter().filter(|pair| ends(pair).contains(&end)).map(|pair| pair.weight).reduce(f64::max)
        };
        let mut mutual: Vec<&Scored> = open
            .iter()
            .copied()
            .filter(|pair| ends(pair).into_iter().all(|end| best(end) == Some(pair.weight)))
            .collect();
        loop {
            let settled = |pair: &Scored| {
                let rival = |other: &&&Scored| {
                    other.weight == pair.weight && ends(other).iter().any(|end| ends(pair).contains(end))
                };
                open.iter().filter(rival).all(|other| mutual.iter().any(|known| std::ptr::eq(*known, *other)))
            };
            let left: Vec<&Scored> = mutual.iter().copied().filter(|pair| settled(pair)).collect();
            if left.len() == mutual.len() {
                break;
            }
            mutual = left;
        }
        let mut names: Vec<(u32, u32)> = mutual.iter().map(|pair| (pair.left, pair.right)).collect();
        names.sort_unstable();
        names.dedup();
        let mut gone: Vec<(bool, u32)> = Vec::new();
        for (left, right) in &names {
            let own = [side(*left, false), side(*right, true)];
            let rivals =
                names.iter().filter(|(l, r)| [side(*l, false), side(*r, true)].iter().any(|e| own.contains(e)));
            match ties {
                Ties::LowestId if own.iter().any(|end| gone.contains(end)) => continue,
                Ties::Drop if rivals.count() > 1 => {}
                _ => kept.push((*left, *right)),
            }
            gone.extend(own);
        }
        open.retain(|pair| !ends(pair).iter().any(|end| gone.contains(end)));
    }
    kept.sort_unstable();
    kept
}

#[test]
fn mutually_best_first_then_the_rest() {
    let pairs = [pair(0, 0, 9.0), pair(0, 1, 8.0), pair(1, 0, 7.0), pair(1, 1, 1.0), pair(2, 2, -3.0)];
    assert_eq!(one_to_one(&pairs, Ties::Drop), [0, 3, 4]);
    assert_eq!(one_to_one(&[], Ties::Drop), [0; 0]);
}

#[test]
fn a_tie_leaves_its_rows_without_a_second_best() {
    // Left 0 cannot tell right 0 from right 1; neither may go to left 1, which they suit less.
    let pairs = [pair(0, 0, 9.0), pair(0, 1, 9.0), pair(1, 1, 4.0), pair(1, 2, 3.0), pair(0, 3, 2.0)];
    assert_eq!(one_to_one(&pairs, Ties::Drop), [3]);
    assert_eq!(one_to_one(&pairs, Ties::KeepAll), [0, 1, 3]);
    assert_eq!(one_to_one(&pairs, Ties::LowestId), [0, 2]);
}

#[test]
fn a_tie_that_a_heavier_pair_resolves_is_none() {
    let pairs = [pair(0, 0, 9.0), pair(0, 1, 9.0), pair(1, 1, 12.0)];
    assert_eq!(one_to_one(&pairs, Ties::Drop), [0, 2]);
}

#[test]
fn equal_weights_that_want_different_rows_are_no_tie() {
    let pairs = [pair(0, 5, 9.0), pair(1, 4, 9.0), pair(5, 0, 9.0)];
    assert_eq!(one_to_one(&pairs, Ties::Drop), [0, 1, 2]);
}

#[test]
fn within_one_table_a_row_is_in_one_pair_whichever_side_it_stands_on() {
    let pairs = [pair(0, 1, 9.0), pair(1, 2, 8.0), pair(2, 3, 7.0), pair(4, 4, 20.0)];
    assert_eq!(one_to_one_within(&pairs, Ties::Drop), [0, 2]);
    assert_eq!(one_to_one(&pairs, Ties::Drop), [0, 1, 2, 3]);
    let turned = [pair(0, 1, 9.0), pair(1, 0, 9.0)];
    assert_eq!(one_to_one_within(&turned, Ties::Drop), [0]);
    assert_eq!(one_to_one(&turned, Ties::Drop), [0, 1]);
}

#[test]
fn a_pair_given_twice_is_no_tie_and_its_lowest_rule_counts() {
    let mut pairs = [pair(0, 0, 9.0), pair(0, 0, 9.0), pair(0, 0, 3.0)];
    pairs[0].rule = 4;
    for ties in [Ties::Drop, Ties::KeepAll, Ties::LowestId] {
        assert_eq!(one_to_one(&pairs, ties), [1]);
        assert_eq!(best_for_left(&pairs, ties), [1]);
    }
}

#[test]
fn what_is_not_a_number_is_never_kept_and_zeros_are_equal() {
    let pairs = [pair(0, 0, f64::NAN), pair(1, 1, 0.0), pair(1, 2, -0.0), pair(2, 3, f64::NEG_INFINITY)];
    assert_eq!(one_to_one(&pairs, Ties::Drop), [3]);
    assert_eq!(best_for_left(&pairs, Ties::KeepAll), [1, 2, 3]);
}

#[test]
fn each_left_has_its_best_and_rights_are_shared() {
    let pairs = [pair(0, 7, 2.0), pair(0, 8, 5.0), pair(1, 8, 3.0), pair(2, 9, 1.0), pair(2, 4, 1.0)];
    assert_eq!(best_for_left(&pairs, Ties::Drop), [1, 2]);
    assert_eq!(best_for_left(&pairs, Ties::KeepAll), [1, 2, 3, 4]);
    assert_eq!(best_for_left(&pairs, Ties::LowestId), [1, 2, 4]);
}

#[test]
fn threads_cannot_be_seen() {
    let pairs: Vec<Scored> =
        (0..50_000_u32).map(|i| pair(i * 7919 % 4001, i * 1009 % 3001, f64::from(i * 31 % 97))).collect();
    for ties in [Ties::Drop, Ties::KeepAll, Ties::LowestId] {
        let run = |threads| in_pool(threads, || (one_to_one(&pairs, ties), best_for_left(&pairs, ties))).unwrap();
        let (one, best) = run(1);
        assert!(!one.is_empty() && !best.is_empty());
        assert_eq!((one, best), run(2));
    }
}

fn some_pairs() -> impl Strategy<Value = Vec<Scored>> {
    let one = (0_u32..8, 0_u32..8, -3_i32..4).prop_map(|(left, right, weight)| pair(left, right, f64::from(weight)));
    prop::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn greedy_is_rounds_of_mutually_best(pairs in some_pairs()) {
        for ties in [Ties::Drop, Ties::KeepAll, Ties::LowestId] {
            prop_assert_eq!(rows(&pairs, &one_to_one(&pairs, ties)), by_rounds(&pairs, ties, false));
            let ordered: Vec<Scored> = pairs.iter()
                .map(|one| pair(one.left.min(one.right), one.left.max(one.right), one.weight)).collect();
            prop_assert_eq!(rows(&ordered, &one_to_one_within(&ordered, ties)), by_rounds(&ordered, ties, true));
        }
    }

    #[test]
    fn the_order_of_pairs_cannot_be_seen(pairs in some_pairs(), by in 0_usize..40) {
        let mut turned = pairs.clone();
        turned.reverse();
        let len = turned.len().max(1);
        turned.rotate_left(by % len);
        for ties in [Ties::Drop, Ties::KeepAll, Ties::LowestId] {
            prop_assert_eq!(rows(&pairs, &one_to_one(&pairs, ties)), rows(&turned, &one_to_one(&turned, ties)));
            prop_assert_eq!(rows(&pairs, &best_for_left(&pairs, ties)), rows(&turned, &best_for_left(&turned, ties)));
        }
    }

    #[test]
    fn best_for_left_is_what_a_search_finds(pairs in some_pairs()) {
        let mut all = Vec::new();
        let (mut lowest, mut alone) = (Vec::new(), Vec::new());
        for left in 0..8 {
            let of_left = || pairs.iter().filter(move |pair| pair.left == left);
            let best = of_left().map(|pair| pair.weight).reduce(f64::max);
            let mut rights: Vec<u32> = of_left().filter(|pair| Some(pair.weight) == best).map(|pair| pair.right).collect();
            rights.sort_unstable();
            rights.dedup();
            all.extend(rights.iter().map(|right| (left, *right)));
            lowest.extend(rights.first().map(|right| (left, *right)));
            alone.extend((rights.len() == 1).then(|| (left, rights[0])));
        }
        prop_assert_eq!(rows(&pairs, &best_for_left(&pairs, Ties::KeepAll)), all);
        prop_assert_eq!(rows(&pairs, &best_for_left(&pairs, Ties::LowestId)), lowest);
        prop_assert_eq!(rows(&pairs, &best_for_left(&pairs, Ties::Drop)), alone);
    }
}
