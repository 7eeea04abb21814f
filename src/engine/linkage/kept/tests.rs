//! What becomes of pairs on the disk is what becomes of them in memory.

use super::*;
use crate::engine::linkage::Keeping;
use crate::engine::linkage::units::Units;
use crate::resolve::pairs::{
    Judge, Refinement, Refining, Ties, best_for_left, best_for_right, components, one_to_one_within, refine,
};
use crate::score::linkage_weight::probability;
use crate::util::hash::mix;

/// What a unit might give.
pub(in crate::engine::linkage) fn made_unit(number: u32, pairs: u32) -> UnitPairs {
    let pair = |n: u32| {
        let weight = f64::from(n) - 3.5;
        Scored { left: n, right: n + number + 1, weight, probability: probability(weight), rule: (n % 2) as u8 }
    };
    UnitPairs { pairs: (0..pairs).map(pair).collect(), compared: u64::from(pairs) * 10 }
}

const ROWS: u32 = 4_000;

/// Pairs of two tables of 2000 rows in one numbering, each once; few weights, so that many tie.
fn pairs(count: u64, weights: u64) -> Vec<Scored> {
    let mut pairs: Vec<Scored> = (0..count)
        .map(|n| {
            // Some of them zero, with either sign.
            let weight = (mix(n, 1) % weights) as f64 / 4.0 - 6.0;
            let weight = if weight == 0.0 && n % 2 == 0 { -0.0 } else { weight };
            let (left, right) = ((mix(n, 2) % 2_000) as u32, 2_000 + (mix(n, 3) % 2_000) as u32);
            Scored { left, right, weight, probability: probability(weight), rule: (mix(n, 4) % 3) as u8 }
        })
        .collect();
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    pairs.dedup_by_key(|pair| (pair.left, pair.right));
    pairs.sort_unstable_by_key(|pair| mix(u64::from(pair.left) << 32 | u64::from(pair.right), 5));
    pairs
}

/// The same pairs on the disk, in room for so many bytes.
fn aside(pairs: &[Scored], bytes: u64, folder: &std::path::Path) -> KeptPairs {
    let room = PairRoom { bytes: Some(bytes), folder: folder.into(), refined: false };
    let keeping = Keeping { room, checkpoints: None };
    let chunks: Vec<&[Scored]> = pairs.chunks(1_000).collect();
    let units = Units::new(&keeping, chunks.len(), 3, ROWS as usize).unwrap();
    for (number, chunk) in chunks.into_iter().enumerate() {
        units.put(number, UnitPairs { pairs: chunk.to_vec(), compared: 1_000 }).unwrap();
    }
    let kept = units.into_kept().unwrap();
    assert!(kept.disk_bytes() > pairs.len() as u64 * 17, "nothing was put aside");
    kept
}

fn names(mut pairs: Vec<Scored>) -> Vec<(u32, u32, u64)> {
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    pairs.iter().map(|pair| (pair.left, pair.right, pair.weight.to_bits())).collect()
}

#[test]
fn sorted_in_runs_they_come_as_sorted_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let all = pairs(300_000, 90);
    let edges: Vec<(u32, u32)> = all.iter().filter(|pair| pair.weight > 15.0).map(|p| (p.left, p.right)).collect();
    let labels = components(ROWS, &edges);
    for by in [SortedBy::Rows, SortedBy::Weight, SortedBy::Left, SortedBy::Right, SortedBy::Component(&labels)] {
        let mut want = all.clone();
        want.sort_unstable_by_key(|pair| by.key(pair));
        // Three dozen runs of a block each, more than are merged at once; and a few long ones.
        for bytes in [1 << 10, 8 << 20] {
            let mut kept = aside(&all, bytes, folder.path());
            let sorted = kept.sorted(by).unwrap();
            assert_eq!(sorted.len(), want.len() as u64);
            assert_eq!(sorted.collect::<Result<Vec<_>>>().unwrap(), want, "{by:?} {bytes}");
        }
        let mut held = KeptPairs::held(all.clone(), 0);
        assert_eq!(held.sorted(by).unwrap().collect::<Result<Vec<_>>>().unwrap(), want, "{by:?}");
    }
}

#[test]
fn they_are_judged_one_by_one_as_all_together() {
    let folder = tempfile::tempdir().unwrap();
    for weights in [1, 7, 90, 100_000] {
        let all = pairs(60_000, weights);
        for ties in [Ties::Drop, Ties::KeepAll, Ties::LowestId] {
            let pick = |kept: Vec<usize>| names(kept.into_iter().map(|index| all[index]).collect());
            let ways = [
                (SortedBy::Weight, Judge::one_to_one(ties, ROWS as usize), pick(one_to_one_within(&all, ties))),
                (SortedBy::Left, Judge::best_for_left(ties), pick(best_for_left(&all, ties))),
                (SortedBy::Right, Judge::best_for_right(ties), pick(best_for_right(&all, ties))),
            ];
            for (by, mut judge, want) in ways {
                let mut kept = aside(&all, 1 << 10, folder.path());
                let mut got = Vec::new();
                for pair in kept.sorted(by).unwrap() {
                    got.extend(judge.take(pair.unwrap()));
                }
                got.extend(judge.finish());
                assert_eq!(names(got), want, "{weights} {ties:?} {by:?}");
            }
        }
    }
}

#[test]
fn components_come_whole_and_are_refined_as_all_together() {
    let folder = tempfile::tempdir().unwrap();
    // A hundred groups of forty rows, each with all pairs across, and many pairs between groups that are no links.
    let (threshold, how) = (14.0, Refinement::default());
    let is_across = |pair: &Scored| pair.left / 20 == (pair.right - 2_000) / 20;
    let mut all: Vec<Scored> = pairs(60_000, 80).into_iter().filter(|pair| !is_across(pair)).collect();
    all.retain(|pair| pair.weight < threshold);
    for (left, right) in (0..2_000).flat_map(|left| (0..20).map(move |n| (left, 2_000 + left / 20 * 20 + n))) {
        let weight = (mix(left.into(), right.into()) % 90) as f64 / 4.0 - 6.0;
        all.push(Scored { left, right, weight, probability: probability(weight), rule: 0 });
    }
    let want = refine(ROWS, &all, threshold, &how).unwrap();
    let edges: Vec<(u32, u32)> = all.iter().filter(|p| p.weight >= threshold).map(|p| (p.left, p.right)).collect();
    let labels = components(ROWS, &edges);
    let mut calls = 0;
    for bytes in [3 << 20, 1 << 20] {
        let kept = aside(&all, bytes, folder.path());
        let (mut refining, mut cuts, mut known) =
            (Refining::new(labels.clone(), threshold, how).unwrap(), vec![], vec![]);
        kept.by_component(&labels, &|_| true, &mut |some| {
            let mut of_some: Vec<u32> = some.iter().map(|pair| labels[pair.left as usize]).collect();
            of_some.dedup();
            known.extend(of_some);
            cuts.extend(refining.take(some).into_iter().map(|cut| (some[cut.pair], cut.reason, cut.bits.to_bits())));
            calls += 1;
            Ok(())
        })
        .unwrap();
        let whole = known.len();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), whole, "a component came twice");
        let order = |cuts: &mut Vec<(Scored, _, _)>| cuts.sort_unstable_by_key(|(pair, _, _)| (pair.left, pair.right));
        let mut wanted: Vec<_> = want.cuts.iter().map(|cut| (all[cut.pair], cut.reason, cut.bits.to_bits())).collect();
        order(&mut wanted);
        order(&mut cuts);
        assert_eq!((refining.into_labels(), cuts), (want.labels.clone(), wanted));
    }
    assert!(calls > 3, "{calls} calls: all were together");
    // What there is no room for at all is told, and not taken for smaller.
    let kept = aside(&all, 1 << 10, folder.path());
    let failed = kept.by_component(&labels, &|_| true, &mut |_| Ok(())).unwrap_err();
    assert!(failed.what().contains("hangs together") && failed.hint_text().is_some(), "{failed}");
}
