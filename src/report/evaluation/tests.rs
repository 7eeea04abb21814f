use super::*;

fn table(columns: &[(&str, &[&str])]) -> Table {
    let column = |values: &[&str]| values.iter().map(|value| Some(*value).filter(|value| !value.is_empty())).collect();
    Table::new(columns.iter().map(|(name, values)| ((*name).to_owned(), column(values))).collect())
}

/// A row of each kind.
fn evaluation() -> Evaluation {
    let outcomes = table(&[
        ("cid_person_id", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
        (
            "outcome",
            &[
                "match",
                "match",
                "match",
                "review",
                "review",
                "ambiguous",
                "no_hit",
                "no_hit",
                "no_hit",
                "not_searchable",
            ],
        ),
        ("nino", &["AA000001A", "AA000099A", "AA000098A", "AA000004A", "AA000005B", "", "", "", "", ""]),
        ("match_probability", &["0.999", "0.995", "0.993", "0.7", "0.996", "0.4", "0.01", "", "", ""]),
        (
            "reason",
            &[
                "",
                "",
                "",
                "evidence short of the threshold; name agrees",
                "a name differs, as in a family",
                "",
                "",
                "",
                "",
                "",
            ],
        ),
    ]);
    let truth = table(&[
        ("cid_person_id", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
        (
            "nino",
            &[
                "AA000001C",
                "AA000002A",
                "",
                "AA000004A",
                "AA000005A",
                "AA000006A",
                "AA000007A",
                "AA000008A",
                "",
                "AA000010A",
            ],
        ),
        ("culture", &["a", "a", "a", "b", "b", "b", "b", "b", "b", ""]),
        ("errors", &["", "typo", "", "typo;order", "", "", "order", "", "", ""]),
    ]);
    let compared = table(&[
        ("cid_person_id", &["1", "2", "4", "5", "6", "7", "8", "10"]),
        ("compared", &["yes", "yes", "yes", "yes", "yes", "yes", "no", "no"]),
        ("true_rank", &["1", "2", "1", "1", "2", "1", "", ""]),
        ("true_weight", &["9", "1", "1", "8", "0", "-6", "", ""]),
    ]);
    evaluate(&outcomes, &truth, Some(&compared)).expect("tables that fit")
}

#[test]
fn every_row_is_judged_once() {
    let found = evaluation();
    let kinds: Vec<&str> = found.judged.iter().map(|judged| judged.fate.as_str()).collect();
    let want = [
        "right",
        "wrong_person",
        "absent_matched",
        "scored_low",
        "held",
        "margin",
        "scored_low",
        "not_blocked",
        "rightly_none",
        "not_searchable",
    ];
    assert_eq!(kinds, want);
    assert_eq!((found.present, found.right, found.wrong, found.wrong_absent), (8, 1, 2, 1));
    assert_eq!(found.review, (2, 0));
}

#[test]
fn rows_to_look_at_are_the_misses_and_false_matches() {
    let sheet = evaluation().rows_to_look_at();
    assert_eq!(sheet.rows.len(), 8);
    assert_eq!(sheet.header[0], "kind");
    assert!(sheet.header.iter().any(|name| name == "true_nino"));
    assert_eq!(sheet.rows[0][0], "wrong_person");
}

#[test]
fn groups_count_each_value_of_a_cell_and_hide_small_ones() {
    let errors = evaluation().by("errors").expect("a column");
    let group = |value: &str| errors.groups.iter().find(|group| group.value == value).expect("a group");
    assert_eq!((group("typo").present, group("typo").right, group("typo").wrong()), (2, 0, 1));
    assert_eq!(group("order").present, 2);
    let text = errors.text(10, None);
    assert!(text.contains("<10") && !text.contains("0.00"), "{text}");
    assert!(errors.text(0, None).contains("1000.00"), "{}", errors.text(0, None));
    assert!(evaluation().by("shoe_size").is_err());
}

#[test]
fn what_is_hidden_of_a_group_is_not_told_by_the_rest() {
    let group = |value: &str, right: u64, [low, wrong_person]: [u64; 2], absent_matched: u64| {
        let mut misses = [0; Fate::MISSES.len()];
        (misses[2], misses[7]) = (low, wrong_person);
        let (present, matches) = (right + low + wrong_person, right + wrong_person + absent_matched);
        Group {
            value: value.into(),
            rows: present + 40,
            present,
            matches,
            right,
            misses: misses.to_vec(),
            wrongs: Vec::new(),
        }
    };
    // Of 57 present and 52 right, 5 would be scored low.
    let groups = vec![group("a", 520, [60, 0], 0), group("b", 310, [40, 0], 20), group("c", 52, [5, 0], 0)];
    let grouping = Grouping { column: "culture".into(), counted: &judged::ROWS, groups };
    let json = grouping.to_json(10);
    for (at, found) in json["groups"].as_array().expect("groups").iter().enumerate() {
        let cells = [vec![&found["right"]], found["misses"].as_object().expect("misses").values().collect()].concat();
        let hidden = cells.iter().filter(|cell| cell.is_null()).count();
        assert!(found["present"].is_null() || hidden != 1, "{at}: {found}");
    }
    for part in ["/right", "/misses/scored_low", "/misses/wrong_person", "/wrong"] {
        let found = json["groups"].as_array().expect("groups").iter();
        assert_ne!(found.filter(|group| group.pointer(part).expect(part).is_null()).count(), 1, "{part}: {json}");
    }
    assert!(json["groups"][2]["misses"]["scored_low"].is_null() && json["groups"][2]["right"].is_null(), "{json}");
    let text = grouping.text(10, None);
    assert!(text.contains("<10") && text.contains("withheld"), "{text}");
    // Neither a rate nor the chart tells it.
    assert!(!grouping.chart(10).entries.iter().any(|entry| entry.label == "c"));
    assert!(!text.contains("0.9123"), "{text}");
    assert_eq!(grouping.to_json(0)["groups"][2]["misses"]["scored_low"], 5);
}

#[test]
fn f1_and_recall_are_taken_after_all_of_a_tie() {
    let curve = Curve::new(vec![(0.9, true), (0.5, true), (0.5, false), (0.1, false)], 2);
    let (f1, at) = curve.best_f1();
    assert!((f1 - 0.8).abs() < 1e-12 && (at - 0.5).abs() < 1e-12);
    assert!((curve.recall_at(0.99) - 0.5).abs() < 1e-12 && (curve.recall_at(0.6) - 1.0).abs() < 1e-12);
    assert_eq!(Curve::new(Vec::new(), 5).best_f1(), (0.0, 1.0));
}

#[test]
fn a_row_in_the_place_of_headers_is_not_repeated() {
    let outcomes =
        table(&[("cid_person_id", &["1"]), ("outcome", &["match"]), ("Ann Lee", &[""]), ("1931-10-23", &[""])]);
    let truth = table(&[("cid_person_id", &["1"]), ("nino", &["AA000001C"])]);
    let error = evaluate(&outcomes, &truth, None).unwrap().by("sex").unwrap_err();
    let hint = error.hint_text().unwrap();
    assert!(hint.contains("outcome") && hint.contains("2 more that may be somebody's"), "{hint}");
    assert!(!hint.contains("Ann") && !hint.contains("1931"), "{hint}");
}
