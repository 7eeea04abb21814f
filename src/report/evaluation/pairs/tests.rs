use super::*;

fn scored(left: u32, right: u32, weight: f64) -> Scored {
    Scored { left, right, weight, probability: 0.5, rule: 0 }
}

fn words(fates: &[PairFate]) -> Vec<&'static str> {
    fates.iter().map(|fate| fate.as_str()).collect()
}

#[test]
fn every_pair_of_two_tables_is_told_apart() {
    let given = [
        scored(0, 0, 9.0),
        // The true partner of left 1 is right 1, which was outranked by this one.
        scored(1, 2, 8.0),
        // Nobody to be found for either.
        scored(6, 6, 4.0),
        // Beside the right one of left 0.
        scored(0, 7, 3.0),
        // Too light to count as given.
        scored(5, 5, -2.0),
    ];
    let given = Given { pairs: &given, clusters: false, weight_min: 0.0 };
    let known = [(0, 0), (1, 1), (2, 3), (3, 4), (4, 8), (5, 5)];
    let pairs = union(&given, &known).unwrap();
    let at: Vec<(u32, u32)> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
    assert_eq!(at, [(0, 0), (0, 7), (1, 1), (1, 2), (2, 3), (3, 4), (4, 8), (5, 5), (6, 6)]);
    let looked = |rule: Option<u8>, weight: f64| Looked { rule, weight };
    let looked = [
        looked(Some(0), 9.0),
        looked(Some(0), 3.0),
        looked(Some(1), 5.0),
        looked(Some(0), 8.0),
        looked(None, 7.0),
        looked(Some(0), -1.0),
        looked(Some(0), 6.0),
        looked(Some(0), -2.0),
        looked(Some(0), 4.0),
    ];
    let rows = Rows::Between { left: 7, right: 9 };
    let fates = judge(&pairs, rows, &given, Some(&looked));
    let want = [
        "right",
        "surplus",
        "outranked",
        "wrong_person",
        "not_blocked",
        "scored_low",
        "not_found",
        "scored_low",
        "absent_matched",
    ];
    assert_eq!(words(&fates), want);
    // Without the model, why a pair was missed is not known.
    let fates = judge(&pairs, rows, &given, None);
    assert_eq!(words(&fates)[2..8], ["not_found", "wrong_person", "not_found", "not_found", "not_found", "not_found"]);
}

#[test]
fn a_pair_without_a_weight_is_given_and_has_that_of_the_model() {
    let given = [scored(0, 0, f64::NAN), scored(1, 2, f64::NAN), scored(2, 3, -9.0)];
    let given = Given { pairs: &given, clusters: false, weight_min: 6.6 };
    let pairs = union(&given, &[(0, 0), (1, 1), (3, 4)]).unwrap();
    let at: Vec<(u32, u32)> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
    assert_eq!(at, [(0, 0), (1, 1), (1, 2), (3, 4)]);
    let looked = [8.0, 7.0, 9.0, 7.0].map(|weight| Looked { rule: Some(0), weight });
    let rows = Rows::Between { left: 4, right: 5 };
    // The third outranks the second by the weight of the model; how light the others are, is not known of the fourth.
    let fates = judge(&pairs, rows, &given, Some(&looked));
    assert_eq!(words(&fates), ["right", "outranked", "wrong_person", "not_found"]);
    assert_eq!(words(&judge(&pairs, rows, &given, None)), ["right", "not_found", "wrong_person", "not_found"]);
}

#[test]
fn pairs_of_clusters_are_cut_and_chained() {
    // Rows 0 to 2 in one cluster, 3 and 4 in one each, though one person; 5 and 6 are two people in one cluster.
    let within = Given::within_clusters(&[0, 0, 0, 3, 4, 5, 5]).unwrap();
    let given = Given { pairs: &within, clusters: true, weight_min: 1.0 };
    let known = true_pairs(&Truth::Clusters(vec![0, 0, 2, 3, 3, 5, 6])).unwrap();
    let pairs = union(&given, &known).unwrap();
    let looked: Vec<Looked> = pairs
        .iter()
        .map(|pair| match (pair.left, pair.right) {
            (1, 2) => Looked { rule: Some(0), weight: -4.0 },
            (0, 2) => Looked { rule: None, weight: 3.0 },
            _ => Looked { rule: Some(0), weight: 3.0 },
        })
        .collect();
    let fates = judge(&pairs, Rows::Within(7), &given, Some(&looked));
    let of = |left: u32, right: u32| {
        let place = pairs.iter().position(|pair| (pair.left, pair.right) == (left, right)).unwrap();
        fates[place].as_str()
    };
    assert_eq!((of(0, 1), of(0, 2), of(1, 2)), ("right", "chained", "chained"));
    assert_eq!((of(3, 4), of(5, 6)), ("cut", "absent_matched"));
}

#[test]
fn true_pairs_of_all_forms_of_truth_are_the_same() {
    let within = Truth::Clusters(vec![7, 1, 7, 1, 7]);
    assert_eq!(true_pairs(&within).unwrap(), [(0, 2), (0, 4), (1, 3), (2, 4)]);
    let sides = Truth::Sides { left: vec![7, 1], right: vec![1, 7, 7, 9] };
    assert_eq!(true_pairs(&sides).unwrap(), [(0, 1), (0, 2), (1, 0)]);
    let pairs = Truth::Pairs(vec![(1, 0), (0, 2), (0, 1), (0, 2)]);
    assert_eq!(true_pairs(&pairs).unwrap(), [(0, 1), (0, 2), (1, 0)]);
    // Ten thousand rows of one person are fifty million pairs.
    let many = true_pairs(&Truth::Clusters(vec![0; 10_000])).unwrap_err();
    assert_eq!(many.kind(), crate::error::ErrorKind::Limit);
}

#[test]
fn groups_of_pairs_count_misses_and_wrong_ones_by_kind() {
    use PairFate::{NotBlocked, Right, ScoredLow, Surplus, WrongPerson};
    let fates = [vec![Right; 30], vec![NotBlocked; 12], vec![ScoredLow; 3], vec![WrongPerson; 11], vec![Surplus; 2]];
    let fates = fates.concat();
    let values: Vec<&str> = (0..fates.len()).map(|place| if place % 2 == 0 { "a;b" } else { "a" }).collect();
    let grouping = group("levels", values.iter().copied(), &fates);
    let a = &grouping.groups[0];
    assert_eq!((a.value.as_str(), a.present, a.right, a.matches, a.rows), ("a", 45, 30, 43, 58));
    assert_eq!((a.misses.as_slice(), a.wrongs.as_slice()), (&[12, 3, 0, 0, 0][..], &[11, 2, 0, 0][..]));
    let all = grouping.to_json(0);
    assert_eq!(
        (&all["groups"][0]["misses"]["scored_low"], &all["groups"][0]["wrong_by_kind"]["surplus"]),
        (&3.into(), &2.into())
    );
    // 3 and 2 are not shown, nor what would tell them.
    let some = grouping.to_json(10);
    let shown = &some["groups"][0];
    assert!(shown["misses"]["scored_low"].is_null() && shown["wrong_by_kind"]["surplus"].is_null(), "{some}");
    let hidden = |cells: &serde_json::Value| cells.as_object().unwrap().values().filter(|cell| cell.is_null()).count();
    let is_covered = |shown: &serde_json::Value| {
        let right = usize::from(shown["right"].is_null());
        (shown["present"].is_null() || right + hidden(&shown["misses"]) != 1)
            && (shown["wrong"].is_null() || hidden(&shown["wrong_by_kind"]) != 1)
    };
    assert!(some["groups"].as_array().unwrap().iter().all(is_covered), "{some}");
    let text = grouping.text(10, None);
    assert!(text.contains("true pairs") && text.contains("<10") && !text.contains("not_found"), "{text}");
}
