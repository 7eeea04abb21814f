//! What is cut and what is not, in any order and by any number of threads.

use super::*;
use crate::resolve::pairs::{Cluster, components, quality};
use crate::util::hash::mix;
use crate::util::parallel::in_pool;
use proptest::prelude::*;

fn pair(left: u32, right: u32, weight: f64) -> Scored {
    Scored { left, right, weight, probability: 0.5, rule: 0 }
}

fn refined(nodes: u32, pairs: &[Scored]) -> Refined {
    refine(nodes, pairs, 3.0, &Refinement::default()).unwrap()
}

/// All pairs of `rows` at one weight.
fn clique(rows: std::ops::Range<u32>, weight: f64) -> Vec<Scored> {
    rows.clone().flat_map(|a| (a + 1..rows.end).map(move |b| pair(a, b, weight))).collect()
}

#[test]
fn a_chain_of_weak_links_is_not_one_person() {
    let chain: Vec<Scored> = (0..19).map(|row| pair(row, row + 1, 4.0)).collect();
    let edges: Vec<(u32, u32)> = chain.iter().map(|pair| (pair.left, pair.right)).collect();
    assert!(components(20, &edges).iter().all(|label| *label == 0));
    let found = refined(20, &chain);
    let largest = quality(&found.labels, &edges).clusters.iter().map(|cluster| cluster.rows).max();
    assert!(largest <= Some(3), "{found:?}");
    assert!(!found.cuts.is_empty() && found.cuts.iter().all(|cut| cut.reason == CutReason::Bridge && cut.bits <= 0.0));
}

#[test]
fn a_chain_that_was_compared_and_agrees_stays() {
    // The ends score below the threshold, but above even odds.
    let pairs = [pair(0, 1, 6.0), pair(1, 2, 6.0), pair(0, 2, 1.0)];
    assert_eq!(refined(3, &pairs), Refined { labels: vec![0, 0, 0], cuts: vec![] });
    // Never compared costs two bits of the six.
    assert_eq!(refined(3, &pairs[..2]).labels, [0, 0, 0]);
    // Compared and clearly another person: the weaker of two equal links goes, the one with higher rows.
    let against = [pair(0, 1, 6.0), pair(1, 2, 6.0), pair(0, 2, -15.0)];
    let cut = Cut { pair: 1, reason: CutReason::Bridge, bits: -4.0 };
    assert_eq!(refined(3, &against), Refined { labels: vec![0, 0, 2], cuts: vec![cut] });
}

#[test]
fn two_cliques_joined_by_one_bridge_part_there() {
    let mut pairs = clique(0..5, 8.0);
    pairs.extend(clique(5..9, 8.0));
    pairs.push(pair(4, 5, 30.0));
    let found = refined(9, &pairs);
    assert_eq!(found.labels, [0, 0, 0, 0, 0, 5, 5, 5, 5]);
    // The bridge counts ten bits however heavy it is; nineteen pairs were never compared.
    assert_eq!(found.cuts, [Cut { pair: 16, reason: CutReason::Bridge, bits: 10.0 - 19.0 * 2.0 }]);
}

#[test]
fn twins_part_though_many_links_lead_across() {
    // Two people of three rows: address and birth date agree across, given names do not. Two careless records link.
    let mut pairs = clique(0..3, 12.0);
    pairs.extend(clique(3..6, 12.0));
    for left in 0..3 {
        for right in 3..6 {
            let careless = (left == 2) && (right > 3);
            pairs.push(pair(left, right, if careless { 3.5 } else { -5.0 }));
        }
    }
    let found = refined(6, &pairs);
    assert_eq!(found.labels, [0, 0, 0, 3, 3, 3]);
    let bits = 2.0 * 3.5 - 7.0 * 5.0;
    let cut: Vec<(f64, CutReason, f64)> =
        found.cuts.iter().map(|cut| (pairs[cut.pair].weight, cut.reason, cut.bits)).collect();
    assert_eq!(cut, [(3.5, CutReason::Outweighed, bits), (3.5, CutReason::Outweighed, bits)]);
}

#[test]
fn a_row_that_greed_joined_too_early_is_moved() {
    // Row 2 has its one heaviest link to 0, but three rows want it more together.
    let mut pairs = vec![pair(0, 1, 5.0), pair(0, 2, 9.0), pair(1, 2, -9.0)];
    pairs.extend(clique(3..6, 8.0));
    pairs.extend((3..6).map(|row| pair(2, row, 4.0)));
    pairs.extend((3..6).map(|row| pair(0, row, -9.0)));
    assert_eq!(refined(6, &pairs).labels, [0, 0, 2, 2, 2, 2]);
    let greedy = refine(6, &pairs, 3.0, &Refinement { rounds: 0, ..Refinement::default() }).unwrap();
    assert_eq!(greedy.labels, [0, 1, 0, 3, 3, 3]);
}

#[test]
fn nothing_is_joined_that_the_links_do_not_join() {
    // Weights below the threshold speak for one person but are no links.
    let found = refined(4, &[pair(0, 1, 9.0), pair(1, 2, 2.9), pair(0, 2, 2.9), pair(2, 3, 2.9)]);
    assert_eq!(found, Refined { labels: vec![0, 0, 2, 3], cuts: vec![] });
}

#[test]
fn pairs_given_twice_count_once_and_odd_ones_not_at_all() {
    let mut pairs = vec![pair(0, 1, 6.0), pair(1, 2, 6.0), pair(2, 0, -4.0), pair(0, 2, -5.0), pair(2, 0, -4.5)];
    pairs.extend([pair(1, 1, 50.0), pair(2, 3, f64::NAN)]);
    let found = refined(4, &pairs);
    assert_eq!(found.labels, [0, 0, 0, 3]);
}

#[test]
fn infinite_weights_are_clipped_as_others_are() {
    let pairs = [pair(0, 1, f64::INFINITY), pair(1, 2, f64::INFINITY), pair(0, 2, f64::NEG_INFINITY)];
    assert_eq!(refined(3, &pairs).labels, [0, 0, 2]);
}

#[test]
fn settings_out_of_range_and_rows_out_of_range_are_refused() {
    let run = |how: Refinement, threshold| refine(2, &[pair(0, 1, 1.0)], threshold, &how).map(|_| ());
    let usual = Refinement::default();
    assert!(run(usual, 0.0).is_ok());
    assert!(run(usual, f64::NAN).is_err());
    for clip_bits in [0.0, -1.0, 1001.0, f64::NAN] {
        assert!(run(Refinement { clip_bits, ..usual }, 0.0).is_err());
    }
    for absent_bits in [0.1, -10.5, f64::NAN] {
        assert!(run(Refinement { absent_bits, ..usual }, 0.0).is_err());
    }
    assert_eq!(refine(1, &[pair(0, 1, 1.0)], 0.0, &usual).unwrap_err().what(), "a pair names row 1 of 1 rows");
    assert_eq!(refined(0, &[]), Refined::default());
}

/// Pairs among `nodes` rows of people of four rows each, from a seed; one row in three gets a false pair.
fn made(nodes: u32, seed: u64) -> Vec<Scored> {
    let mut state = seed;
    let mut next = |below: u64| {
        state = mix(state, 0x9d);
        state % below
    };
    let mut pairs = Vec::new();
    for row in 0..nodes {
        for other in row + 1..(row / 4 * 4 + 4).min(nodes) {
            pairs.push(pair(row, other, next(120) as f64 / 10.0 - 1.0));
        }
        if next(3) == 0 {
            let other = next(u64::from(nodes)) as u32;
            pairs.push(pair(row.min(other), row.max(other), next(60) as f64 / 10.0));
        }
    }
    pairs
}

#[test]
fn threads_and_order_cannot_be_seen_and_people_come_back() {
    let pairs = made(4000, 3);
    let run = |threads: usize| in_pool(threads, || refined(4000, &pairs)).unwrap();
    let one = run(1);
    assert_eq!(one, run(2));
    let mut shuffled: Vec<usize> = (0..pairs.len()).collect();
    shuffled.sort_by_key(|index| mix(*index as u64, 1));
    let other: Vec<Scored> = shuffled.iter().map(|index| pairs[*index]).collect();
    let again = refined(4000, &other);
    assert_eq!(again.labels, one.labels);
    let names = |found: &Refined, pairs: &[Scored]| {
        let mut names: Vec<(u32, u32, u64, CutReason)> = found
            .cuts
            .iter()
            .map(|cut| (pairs[cut.pair].left, pairs[cut.pair].right, cut.bits.to_bits(), cut.reason))
            .collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&one, &pairs), names(&again, &other));
    let people =
        (0..4000).step_by(4).filter(|row| one.labels[*row..*row + 4].iter().all(|label| *label == *row as u32));
    let links: Vec<(u32, u32)> =
        pairs.iter().filter(|pair| pair.weight >= 3.0).map(|pair| (pair.left, pair.right)).collect();
    let largest = |clusters: Vec<Cluster>| clusters.iter().map(|cluster| cluster.rows).max().unwrap_or(0);
    assert!(people.count() > 800);
    assert!(largest(quality(&components(4000, &links), &links).clusters) > 100);
    assert!(largest(quality(&one.labels, &links).clusters) <= 8);
}

#[test]
fn a_star_and_a_chain_of_many_rows_take_no_square_time() {
    let leaves = 20_000;
    let star: Vec<Scored> = (1..leaves).map(|row| pair(0, row, 9.0)).collect();
    for absent_bits in [-2.0, -1.0 / 1024.0, 0.0] {
        let how = Refinement { absent_bits, ..Refinement::default() };
        let found = refine(leaves, &star, 3.0, &how).unwrap();
        let centre = found.labels.iter().filter(|label| **label == 0).count() as f64;
        // The centre takes leaves until one more is outweighed by those that it was never compared with.
        let expected = if absent_bits == 0.0 { f64::from(leaves) } else { 1.0 + (9.0 / -absent_bits).ceil() };
        assert!((centre - expected).abs() <= 0.002 * expected, "{centre} rows, {expected} expected");
    }
    let chain: Vec<Scored> = (1..leaves).map(|row| pair(row - 1, row, 9.0)).collect();
    let found = refined(leaves, &chain);
    let links: Vec<(u32, u32)> = chain.iter().map(|pair| (pair.left, pair.right)).collect();
    assert!(quality(&found.labels, &links).sizes.iter().all(|(rows, _)| (2..=9).contains(rows)));
}

proptest! {
    #[test]
    fn clusters_lie_in_components_hang_together_and_cuts_are_the_links_between(
        seed in 0_u64..1000, nodes in 2_u32..60,
    ) {
        let pairs = made(nodes, seed);
        let found = refined(nodes, &pairs);
        let links: Vec<(u32, u32)> = pairs.iter().filter(|pair| pair.weight >= 3.0)
            .map(|pair| (pair.left, pair.right)).collect();
        let label = |row: u32| found.labels[row as usize];
        let within: Vec<(u32, u32)> = links.iter().copied().filter(|(a, b)| label(*a) == label(*b)).collect();
        prop_assert_eq!(&components(nodes, &within), &found.labels);
        let mut cut: Vec<(u32, u32)> = found.cuts.iter().map(|cut| (pairs[cut.pair].left, pairs[cut.pair].right)).collect();
        let mut between: Vec<(u32, u32)> = links.iter().copied().filter(|(a, b)| label(*a) != label(*b)).collect();
        cut.sort_unstable();
        between.sort_unstable();
        between.dedup();
        prop_assert_eq!(cut, between);
        prop_assert!(found.cuts.iter().all(|cut| cut.bits <= 0.0));
    }
}
