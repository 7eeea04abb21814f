//! Random models read back from both forms to the last bit.

use crate::model::expression::{Context, Side, parse};
use crate::model::linkage::{
    BlockingRule, Comparison, Field, FieldKind, Key, Level, LinkType, LinkageModel, PairOrder, TermFrequency, When,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use serde_json::{Value, json};

const CONDITIONS: [&str; 14] = [
    r#""a_l" = "a_r""#,
    r#""a_r" = "a_l""#,
    r#""b_l" = "b_r""#,
    r#"levenshtein("a_l", "a_r") <= 2"#,
    r#"levenshtein("a_l", "a_r") < 2"#,
    r#"osa("b_l", "b_r") <= 1"#,
    r#"osa("a_r", "a_l") <= 1"#,
    r#"days_between("a_l", "a_r") <= 365.25"#,
    r#"days_between("a_l", "a_r") <= 31.5"#,
    r#"relative_difference("a_l", "a_r") < 0.123"#,
    r#"ABS("a_l" - "a_r") <= 0.1"#,
    r#"array_length(list_intersect("a_l", "a_r")) >= 2"#,
    r#""a_l" = "b_r" AND "a_r" = "b_l""#,
    r#""a b_l" = 'it''s "so"' OR jaro_winkler_similarity(fold("a_l"), fold("a_r")) >= 0.1"#,
];
const NULLS: [&str; 3] =
    [r#""a_l" IS NULL OR "a_r" IS NULL"#, r#""b_l" IS NULL OR "b_r" IS NULL"#, r#""b_l" IS NULL AND "a_r" IS NULL"#];
const KEYS: [&str; 4] = ["a", "prefix(b, 3)", "\"a b\"", "substr(lower(a), 1, 2)"];

fn probability() -> BoxedStrategy<f64> {
    prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0, (-300_i32..0).prop_map(|power| 10_f64.powi(power))].boxed()
}

fn level() -> BoxedStrategy<Level> {
    let term = (select(vec!["a", "a b"]), prop_oneof![Just(1.0), -2.0..2.0], probability(), any::<bool>());
    let term = term.prop_map(|(field, weight, minimum_u, _)| TermFrequency {
        field: field.to_owned(),
        weight,
        minimum_u,
        own_u: true,
    });
    let numbers = (option::of(probability()), option::of(probability()), any::<bool>(), any::<bool>());
    let parts = (select(&CONDITIONS[..]), option::of(".{0,6}"), numbers, option::of(term));
    parts
        .prop_map(|(condition, label, (m, u, fix_m, fix_u), term_frequency)| {
            let when = When::True(parse(condition, Context::Level).unwrap());
            let label = label.unwrap_or_else(|| "Exact match on a".to_owned());
            Level { label, when, m, u, fix_m, fix_u, term_frequency }
        })
        .boxed()
}

fn plain(when: When, label: String) -> Level {
    Level { label, when, m: None, u: None, fix_m: false, fix_u: false, term_frequency: None }
}

fn comparison() -> BoxedStrategy<Comparison> {
    let null = (select(&NULLS[..]), prop_oneof![Just("a is NULL".to_owned()), ".{0,5}"]);
    let null = null.prop_map(|(text, label)| plain(When::Null(parse(text, Context::Level).unwrap()), label));
    let last = (prop_oneof![Just("All other comparisons".to_owned()), ".{0,5}"], option::of(probability()));
    (".{0,8}", vec(null, 0..3), vec(level(), 1..6), last)
        .prop_map(|(description, mut levels, conditions, (label, m))| {
            levels.extend(conditions);
            levels.push(Level { m, ..plain(When::Else, label) });
            Comparison { name: String::new(), description, levels }
        })
        .boxed()
}

fn rule() -> BoxedStrategy<BlockingRule> {
    let key = (select(&KEYS[..]), select(&KEYS[..])).prop_map(|(left, right)| Key {
        left: parse(left, Context::OneSide(Side::Left)).unwrap(),
        right: parse(right, Context::OneSide(Side::Right)).unwrap(),
    });
    let filter = option::of(Just(parse("l.a <> r.b OR length(l.a) > 3", Context::Rule).unwrap()));
    let explode = prop_oneof![Just(Vec::new()), Just(vec!["b".to_owned()])];
    (vec(key, 1..4), filter, explode).prop_map(|(keys, filter, explode)| BlockingRule { keys, filter, explode }).boxed()
}

fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        Just(json!({"json": "1"})),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[a-z \"']{0,4}", inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

fn fields() -> Vec<Field> {
    let field = |name: &str, kind, list| Field {
        name: name.to_owned(),
        kind,
        left: vec![name.to_owned()],
        right: vec!["x y".to_owned(), "z".to_owned()],
        list,
        separator: list.then(|| ";".to_owned()),
    };
    let mut fields = vec![field("b", FieldKind::Raw, true), field("a", FieldKind::Date, false)];
    fields.push(Field {
        left: vec!["q".to_owned()],
        right: vec!["q".to_owned()],
        ..field("a b", FieldKind::Text, false)
    });
    fields
}

fn model() -> BoxedStrategy<LinkageModel> {
    let names = (option::of(".{1,4}"), option::of(".{1,4}")).prop_map(|(left, right)| [left, right]);
    let numbers = (prop_oneof![Just(0.0001), 1e-12..0.999], option::of(probability()));
    let link_type = select(vec![LinkType::Link, LinkType::Dedupe, LinkType::LinkAndDedupe]);
    let extra = (prop::collection::vec(".{0,9}", 0..3), btree_map("[a-z \\.\"']{1,5}", value(), 0..4));
    (link_type, names, vec(rule(), 1..4), vec(comparison(), 1..4), numbers, extra)
        .prop_map(|(link_type, ids, blocking, mut comparisons, (prior, threshold), (lineage, metadata))| {
            for (index, comparison) in comparisons.iter_mut().enumerate() {
                comparison.name = format!("c {index}");
            }
            let fields = fields();
            let first = &comparisons[0];
            let levels = [(first.name.clone(), vec![0.25; first.levels.len()])].into();
            let household =
                threshold.map(|threshold| crate::model::linkage::Household { prior: (threshold + 0.01) / 2.0, levels });
            LinkageModel {
                link_type,
                ids,
                pair_order: if link_type == LinkType::Dedupe { PairOrder::Id } else { PairOrder::Row },
                fields,
                blocking,
                comparisons,
                prior,
                household,
                threshold,
                lineage,
                metadata,
            }
        })
        .boxed()
}

/// A null in a place of the metadata is kept, but a null for a whole key is no key.
fn read_back(text: &str) -> LinkageModel {
    LinkageModel::read(text, "m").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

proptest! {
    #[test]
    fn both_forms_read_back_to_the_last_bit(model in model()) {
        prop_assert_eq!(&read_back(&model.to_toml()), &model);
        prop_assert_eq!(&read_back(&model.to_json()), &model);
    }
}
