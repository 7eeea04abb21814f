use super::*;
use crate::util::hash::mix;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Keys as lists, one list a row; hashed, as keys are.
fn keys(rows: &[Vec<u64>]) -> RowKeys {
    let rows: Vec<Vec<u64>> = rows.iter().map(|row| row.iter().map(|key| mix(*key, 7) | 1).collect()).collect();
    if rows.iter().all(|row| row.len() <= 1) {
        return RowKeys {
            hashes: rows.iter().map(|row| row.first().copied().unwrap_or(0)).collect(),
            ends: Vec::new(),
        };
    }
    let mut found = RowKeys::default();
    for mut row in rows {
        row.sort_unstable();
        row.dedup();
        found.hashes.extend(row);
        found.ends.push(found.hashes.len() as u32);
    }
    found
}

type Lists = Vec<Vec<u64>>;

/// Every pair with its first rule, by nested loops.
fn twin(rules: &[(Lists, Option<Lists>)], rows: Rows, one_way: bool) -> BTreeMap<(u32, u32), u8> {
    let mut found = BTreeMap::new();
    let all = rules[0].0.len();
    for a in 0..all {
        for b in 0..all {
            let paired = match rows {
                Rows::Link { left, .. } => a < left && b >= left,
                Rows::Dedupe { .. } => a < b,
            };
            if !paired {
                continue;
            }
            let first = rules.iter().position(|(left, right)| {
                let right = right.as_ref().unwrap_or(left);
                let shares = |a: usize, b: usize| left[a].iter().any(|key| right[b].contains(key));
                shares(a, b) || (!one_way && matches!(rows, Rows::Dedupe { .. }) && shares(b, a))
            });
            if let Some(rule) = first {
                found.insert((a as u32, b as u32), rule as u8);
            }
        }
    }
    found
}

fn collect(pairing: &Pairing) -> BTreeMap<(u32, u32), u8> {
    let mut found = BTreeMap::new();
    for unit in pairing.units() {
        pairing.pairs(&unit, |left, right, rule| {
            assert!(found.insert((left, right), rule).is_none(), "told twice");
        });
    }
    found
}

fn list() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(1_u64..6, 0..3)
}

proptest! {
    #[test]
    fn gives_the_pairs_of_nested_loops(
        rows in proptest::collection::vec((list(), list(), 0_u64..5, 0_u64..5), 2..14),
        link in any::<bool>(),
        one_way in any::<bool>(),
    ) {
        let single = |value: u64| if value == 0 { Vec::new() } else { vec![value] };
        let lists: Lists = rows.iter().map(|row| row.0.clone()).collect();
        let firsts: Lists = rows.iter().map(|row| single(row.2)).collect();
        let seconds: Lists = rows.iter().map(|row| single(row.3)).collect();
        let rules = [(firsts.clone(), None), (firsts, Some(seconds)), (lists, None)];
        let all = rows.len();
        let of = if link { Rows::Link { left: all / 2, all } } else { Rows::Dedupe { all } };
        let keyed = rules.iter().map(|(left, right)| RuleKeys { left: keys(left), right: right.as_ref().map(|right| keys(right)) });
        let pairing = Pairing::new(keyed.collect(), of, u64::MAX);
        let pairing = if one_way { pairing.one_way() } else { pairing };
        prop_assert_eq!(collect(&pairing), twin(&rules, of, one_way));
    }
}

proptest! {
    #[test]
    fn shares_of_the_blocks_give_every_pair_once(
        rows in proptest::collection::vec((list(), list()), 2..20),
        link in any::<bool>(),
        pairs_max in 1_u64..30,
        parts in 1_u64..4,
    ) {
        let (lists, others): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let all = lists.len();
        let of = if link { Rows::Link { left: all / 2, all } } else { Rows::Dedupe { all } };
        let swapped = RuleKeys { left: keys(&lists), right: Some(keys(&others)) };
        let rules = vec![swapped, RuleKeys { left: keys(&others), right: None }];
        let whole = Pairing::new(rules.clone(), of, pairs_max);
        let cut: Vec<Vec<u64>> = rules.iter().zip(&whole.keys).map(|(before, after)| {
            let gone = |hash: &u64| !after.left.hashes.contains(hash) && *hash != 0;
            let mut cut: Vec<u64> = before.left.hashes.iter().copied().filter(gone).collect();
            cut.sort_unstable();
            cut.dedup();
            cut
        }).collect();
        let mut found = BTreeMap::new();
        for part in 0..parts {
            let share = Share { cut: &cut, owned: &|key| key % parts == part };
            for (pair, rule) in collect(&Pairing::of_share(rules.clone(), of, &share)) {
                prop_assert!(found.insert(pair, rule).is_none(), "in two shares");
            }
        }
        prop_assert_eq!(found, collect(&whole));
    }
}

#[test]
fn a_large_block_is_cut_and_later_rules_take_its_pairs() {
    let many: Lists = (0..50).map(|_| vec![7]).collect();
    let few: Lists = (0..50).map(|row| vec![1 + row / 2]).collect();
    let rules = || vec![RuleKeys { left: keys(&many), right: None }, RuleKeys { left: keys(&few), right: None }];
    let rows = Rows::Dedupe { all: 50 };
    let pairing = Pairing::new(rules(), rows, 100);
    assert_eq!(pairing.costs()[0].cut, (1, 1225));
    assert_eq!(pairing.costs()[0].largest, [Block { pairs: 1225, rows: (50, 50), first: 0 }]);
    let found = collect(&pairing);
    assert_eq!(found.len(), 25);
    assert!(found.values().all(|rule| *rule == 1));
    assert_eq!(collect(&Pairing::new(rules(), rows, 2000)).len(), 1225);
}

#[test]
fn large_blocks_are_taken_in_parts() {
    let all: Lists = (0..2000).map(|_| vec![3]).collect();
    let pairing = Pairing::new(vec![RuleKeys { left: keys(&all), right: None }], Rows::Dedupe { all: 2000 }, u64::MAX);
    assert!(pairing.units().len() > 5);
    let mut pairs = 0;
    for unit in pairing.units() {
        pairing.pairs(&unit, |_, _, _| pairs += 1);
    }
    assert_eq!(pairs, 1999 * 1000);
    assert_eq!(Rows::Dedupe { all: 2000 }.possible(), 1999 * 1000);
}
