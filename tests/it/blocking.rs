//! The blocked join equals a nested loop, over random rows, cuts and orders.

use proptest::prelude::*;
use rewash::block::{Blocks, Emission, Keyed, Limits, Slots, extract_keys, register_keys};
use rewash::ids::{Slot, Survivor};
use rewash::model::value::PartialDate;

fn date() -> impl Strategy<Value = Option<PartialDate>> {
    prop_oneof![
        1 => Just(None),
        8 => (1980_u16..1983, 1_u8..4, 1_u8..4).prop_map(|(year, month, day)| PartialDate::new(year, month, day)),
        1 => (1980_u16..1983).prop_map(|year| PartialDate::new(year, 0, 0)),
    ]
}

fn row() -> impl Strategy<Value = Keyed> {
    (proptest::collection::btree_set(0_u64..6, 0..4), date(), 0_u64..9, 0_u64..9, 0_u64..9).prop_map(
        |(codes, birth_date, nino, phone, postcode)| {
            let some = |value: u64| (value < 4).then_some(value).into_iter().collect::<Vec<_>>();
            Keyed {
                token_of_code: (0..codes.len() as u8).collect(),
                codes: codes.into_iter().collect(),
                birth_date,
                ninos: some(nino),
                phones: some(phone),
                postcodes: some(postcode),
                ..Keyed::default()
            }
        },
    )
}

/// Slow twin: whether any rule holds for a pair, by its definition, when no block has a limit.
fn any_rule(extract: &Keyed, register: &Keyed) -> bool {
    let shared = extract.codes.iter().filter(|code| register.codes.contains(code)).count();
    let same = |a: &[u64], b: &[u64]| a.iter().any(|value| b.contains(value));
    let complete = |date: Option<PartialDate>| date.filter(|date| date.is_complete());
    let dates = complete(extract.birth_date).is_some() && complete(extract.birth_date) == complete(register.birth_date);
    same(&extract.ninos, &register.ninos)
        || same(&extract.phones, &register.phones)
        || (dates && shared > 0)
        || shared > 1
        || (shared == 1 && extract.codes.len() == 1)
        || (same(&extract.postcodes, &register.postcodes) && shared > 0)
}

fn emissions(extract: &[Keyed]) -> Vec<Vec<Emission>> {
    extract
        .iter()
        .map(|row| {
            let mut keys = Vec::new();
            extract_keys(row, |kind, key| keys.push(Emission { key, kind }));
            keys
        })
        .collect()
}

type Postings = Vec<Vec<(Slot, Survivor)>>;

/// Scans the register as workers would, `cut` rows a worker.
fn scan(register: &[(u32, Keyed)], slots: &Slots, cut: usize) -> (Vec<u32>, Postings) {
    let mut counts = vec![0; slots.len()];
    let mut all = Vec::new();
    for part in register.chunks(cut) {
        let mut postings = Vec::new();
        for (number, row) in part {
            register_keys(row, |kind, key| {
                let Some(slot) = slots.find(key) else { return false };
                counts[slot.index()] += 1;
                if kind.rule().is_some() {
                    postings.push((slot, Survivor(*number)));
                }
                true
            });
        }
        all.push(postings);
    }
    (counts, all)
}

fn pairs(extract: &[Keyed], register: &[(u32, Keyed)], limits: Limits, cut: usize) -> Vec<(usize, u32)> {
    let slots = Slots::build(&emissions(extract));
    let (counts, postings) = scan(register, &slots, cut);
    let blocks = Blocks::new(&slots, limits, &counts, &postings);
    let mut out = Vec::new();
    let mut found = Vec::new();
    for row in 0..extract.len() {
        blocks.candidates(row, &mut found);
        out.extend(found.iter().map(|(survivor, _)| (row, *survivor)));
    }
    out
}

const NO_LIMIT: Limits =
    Limits { two: 1 << 20, part_of_date: 1 << 20, contact: 1 << 20, rows: 1 << 20, pairs: 1 << 40 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_blocked_join_equals_a_nested_loop(extract in proptest::collection::vec(row(), 1..12), register in proptest::collection::vec(row(), 0..40)) {
        let register: Vec<(u32, Keyed)> = (0..).zip(register).collect();
        let want: Vec<(usize, u32)> = extract.iter().enumerate()
            .flat_map(|(index, row)| register.iter().filter(|(_, other)| any_rule(row, other)).map(move |(number, _)| (index, *number)))
            .collect();
        prop_assert_eq!(pairs(&extract, &register, NO_LIMIT, 1000), want);
    }

    #[test]
    fn cuts_and_orders_of_the_register_change_nothing(
        extract in proptest::collection::vec(row(), 1..12), register in proptest::collection::vec(row(), 0..60),
        two in 0_u32..6, part in 0_u32..6, rows in 0_u32..8, turn in 0_usize..60)
    {
        let limits = Limits { two, part_of_date: part, contact: 3, rows, pairs: 1 << 20 };
        let mut register: Vec<(u32, Keyed)> = (0..).zip(register).collect();
        let want = pairs(&extract, &register, limits, 1000);
        for cut in [1, 2, 7, 63] {
            let turn = turn % register.len().max(1);
            register.rotate_left(turn);
            prop_assert_eq!(&pairs(&extract, &register, limits, cut), &want);
        }
    }

    #[test]
    fn a_smaller_limit_of_undated_names_loses_no_pair_that_agrees_on_the_date(
        extract in proptest::collection::vec(row(), 1..12), register in proptest::collection::vec(row(), 0..60))
    {
        let register: Vec<(u32, Keyed)> = (0..).zip(register).collect();
        let limits = Limits { two: 0, part_of_date: 0, ..NO_LIMIT };
        let found = pairs(&extract, &register, limits, 1000);
        for (index, row) in extract.iter().enumerate() {
            for (number, other) in &register {
                let dated = row.birth_date.is_some_and(|date| date.is_complete()) && row.birth_date == other.birth_date;
                let shared = row.codes.iter().any(|code| other.codes.contains(code));
                if dated && shared {
                    prop_assert!(found.contains(&(index, *number)));
                }
            }
        }
    }
}

#[test]
fn a_block_over_its_limit_is_reported() {
    let one = Keyed { phones: vec![7], codes: vec![1], token_of_code: vec![0], ..Keyed::default() };
    let register: Vec<(u32, Keyed)> = (0..10).map(|number| (number, one.clone())).collect();
    let extract = [one];
    let slots = Slots::build(&emissions(&extract));
    let (counts, postings) = scan(&register, &slots, 3);
    let limits = Limits { contact: 5, two: 5, ..Limits::default() };
    let blocks = Blocks::new(&slots, limits, &counts, &postings);
    let report = blocks.report();
    let phone = &report.rules[rewash::block::Rule::Phone as usize];
    assert_eq!((phone.cut, phone.largest, phone.standing), (1, 10, 0));
    let mut found = Vec::new();
    assert!(blocks.candidates(0, &mut found) && found.is_empty());
}
