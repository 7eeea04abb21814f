//! Groups against the best of all groupings, on components small enough to try them all.

use super::*;
use proptest::prelude::*;

/// A component of `rows` rows from whole bits; every pair of at least `link_bits` bits is a link.
fn piece(rows: u32, bits: &[(u32, u32, i32)], absent: i32, link_bits: i32) -> Piece {
    let grains = |bits: i32| i64::from(bits) * GRAINS_PER_BIT as i64;
    let compared = |(left, right, bits): &(u32, u32, i32)| Compared {
        left: *left,
        right: *right,
        evidence: Between {
            grains: grains(*bits),
            pairs: 1,
            strongest_link: if *bits >= link_bits { (*bits + 1000) as u64 } else { 0 },
        },
    };
    Piece::new(rows, bits.iter().map(compared).collect(), grains(absent))
}

/// The most evidence that any grouping of linked rows has within its groups, by trying all of them.
fn best_of_all(piece: &Piece) -> i64 {
    fn go(piece: &Piece, labels: &mut Vec<u32>, best: &mut i64) {
        let row = labels.len() as u32;
        if row == piece.rows {
            // Groupings with a group that does not hang together are none; the parts come up by themselves.
            if connected(piece, labels) == *labels {
                *best = (*best).max(piece.value(labels));
            }
            return;
        }
        for label in 0..=row {
            if label == row || labels[label as usize] == label {
                labels.push(label);
                go(piece, labels, best);
                labels.pop();
            }
        }
    }
    let mut best = i64::MIN;
    go(piece, &mut Vec::new(), &mut best);
    best
}

/// What every grouping must be.
fn check(piece: &Piece, labels: &[u32]) {
    assert_eq!(connected(piece, labels), labels, "groups hang together by links, lowest rows label them");
    let sizes = group_sizes(labels);
    for (key, between) in between_groups(piece, labels).iter().collect::<std::collections::BTreeMap<_, _>>() {
        let possible = sizes[(key >> 32) as usize] * sizes[(key & u64::from(u32::MAX)) as usize];
        assert!(!between.is_linked() || between.total(possible, piece.absent) <= 0, "linked groups are kept apart");
    }
}

/// A piece of up to `rows` rows in which about `share` in 10 pairs were compared, from a seed.
fn made(rows: u32, share: u64, seed: u64) -> Piece {
    let mut state = seed;
    let mut next = |below: u64| {
        state = crate::util::hash::mix(state, 0x51);
        state % below
    };
    // People of one to four rows: pairs of one person mostly speak for it, others mostly against.
    let person: Vec<u64> = (0..rows).map(|_| next(u64::from(rows) / 2)).collect();
    let mut bits = Vec::new();
    for left in 0..rows {
        for right in left + 1..rows {
            if next(10) < share {
                let same = person[left as usize] == person[right as usize];
                let noise = next(15) as i32 - 7;
                bits.push((left, right, (noise + if same { 5 } else { -4 }).clamp(-10, 10)));
            }
        }
    }
    piece(rows, &bits, -2, 3)
}

#[test]
fn nearly_always_the_best_grouping_and_never_far_from_it() {
    let (mut best, mut reached, mut equal, mut pieces) = (0, 0, 0, 0);
    for seed in 0..400 {
        let piece = made(4 + (seed % 5) as u32, 3 + seed % 8, seed);
        let labels = grouped(&piece, 8);
        check(&piece, &labels);
        let (value, optimum) = (piece.value(&labels), best_of_all(&piece));
        assert!(value <= optimum);
        (best, reached, pieces) = (best + optimum, reached + value, pieces + 1);
        equal += i32::from(value == optimum);
    }
    assert!(equal * 100 >= pieces * 97, "{equal} of {pieces}");
    assert!(reached as f64 >= 0.99 * best as f64);
}

/// Joins the two linked groups with the most evidence between them, looking at all of them each time.
fn joined_slowly(piece: &Piece) -> Vec<u32> {
    let mut labels: Vec<u32> = (0..piece.rows).collect();
    loop {
        let sizes = group_sizes(&labels);
        let mut best = (0, 0, 0);
        for a in 0..piece.rows {
            for b in a + 1..piece.rows {
                let mut across = Between::default();
                for pair in &piece.pairs {
                    let ends = (labels[pair.left as usize], labels[pair.right as usize]);
                    if ends == (a, b) || ends == (b, a) {
                        across.add(pair.evidence);
                    }
                }
                let grains = across.total(sizes[a as usize] * sizes[b as usize], piece.absent);
                if across.is_linked() && grains > best.0 {
                    best = (grains, a, b);
                }
            }
        }
        let (grains, a, b) = best;
        if grains == 0 {
            return labels;
        }
        labels.iter_mut().filter(|label| **label == b).for_each(|label| *label = a);
    }
}

#[test]
fn offers_find_what_looking_at_all_groups_finds() {
    for seed in 0..300 {
        let mut piece = made(8 + (seed % 20) as u32, 2 + seed % 8, seed);
        // A few grains more or less leave no ties, and no more than the slack.
        for (index, pair) in piece.pairs.iter_mut().enumerate() {
            pair.evidence.grains += (crate::util::hash::mix(seed, index as u64) % 200) as i64;
        }
        let piece = Piece::new(piece.rows, piece.pairs, piece.absent);
        assert_eq!(grouped(&piece, 0), joined_slowly(&piece), "seed {seed}");
    }
}

#[test]
fn what_a_move_leaves_unlinked_falls_apart() {
    // Row 1 first joins 0 and 2, then leaves for 3, 4 and 5: what 0 and 2 have in common is no link.
    let mut bits = vec![(0, 1, 9), (1, 2, 9), (0, 2, 2), (1, 3, 8), (1, 4, 8), (1, 5, 8)];
    bits.extend([(3, 4, 8), (3, 5, 8), (4, 5, 8), (0, 3, -10), (0, 4, -10), (0, 5, -10)]);
    bits.extend([(2, 3, -10), (2, 4, -10), (2, 5, -10)]);
    let piece = piece(6, &bits, -2, 3);
    assert_eq!(grouped(&piece, 0), [0, 0, 0, 3, 3, 3]);
    assert_eq!(grouped(&piece, 8), [0, 1, 2, 1, 1, 1]);
}

#[test]
fn a_row_moves_over_links_alone() {
    let mut labels = [0, 0, 2];
    assert!(!move_rows(&piece(3, &[(0, 1, 9), (0, 2, 2), (1, 2, 2)], -2, 3), &mut labels));
    assert!(move_rows(&piece(3, &[(0, 1, 9), (0, 2, 2), (1, 2, 2)], -2, 2), &mut labels));
    assert_eq!(labels, [0, 0, 0]);
}

proptest! {
    #[test]
    fn moves_raise_the_value_until_none_does(seed in 0_u64..500, rows in 3_u32..10, start in prop::collection::vec(0_u32..4, 10)) {
        let piece = made(rows, 8, seed);
        let mut labels: Vec<u32> = start[..rows as usize].iter().map(|label| label % rows).collect();
        let mut before = piece.value(&labels);
        while move_rows(&piece, &mut labels) {
            let value = piece.value(&labels);
            prop_assert!(before < value);
            before = value;
        }
        prop_assert_eq!(piece.value(&labels), before);
        for row in 0..rows {
            for goal in 0..rows {
                let linked = |(other, evidence): (u32, Between)| evidence.is_linked() && labels[other as usize] == goal;
                let is_empty = !labels.contains(&goal);
                if is_empty || piece.around(row).any(linked) {
                    let mut other = labels.clone();
                    other[row as usize] = goal;
                    prop_assert!(piece.value(&other) <= before);
                }
            }
        }
    }

    #[test]
    fn any_evidence_at_all(
        bits in prop::collection::btree_map((0_u32..6, 0_u32..6), -10_i32..11, 0..15),
        absent in -4_i32..1,
        link in -2_i32..6,
    ) {
        let bits: Vec<(u32, u32, i32)> =
            bits.into_iter().filter(|((a, b), _)| a < b).map(|((a, b), bits)| (a, b, bits)).collect();
        let piece = piece(6, &bits, absent, link);
        let labels = grouped(&piece, 8);
        check(&piece, &labels);
        let value = piece.value(&labels);
        let heaviest = bits.iter().map(|(_, _, bits)| *bits).filter(|bits| *bits >= link.max(0)).max().unwrap_or(0);
        prop_assert!(value <= best_of_all(&piece));
        prop_assert!(value >= i64::from(heaviest) * GRAINS_PER_BIT as i64 || link > 0);
    }
}
