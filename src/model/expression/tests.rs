//! Text to expression and back.

use crate::model::expression::shape::{columns_of, exact_match_column, is_native, native_functions, split_rule};
use crate::model::expression::{Context, Expression, Function, Operator, Side, Type, parse, print};
use proptest::prelude::*;

/// All conditions that the comparison library of Splink 5.0.0 makes, one a line.
const SPLINK: &str = include_str!("../../../tests/fixtures/splink_conditions.txt");

fn level(text: &str) -> Expression {
    parse(text, Context::Level).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn check(text: &str, want: &str) {
    let expression = level(text);
    assert_eq!(print(&expression, Context::Level), want);
    assert_eq!(level(want), expression);
}

#[track_caller]
fn check_error(text: &str, context: Context, want: &str) {
    let error = parse(text, context).expect_err(text);
    let told = format!("{error} | {}", error.hint_text().unwrap_or_default());
    assert!(told.contains(want), "{told}");
}

#[test]
fn the_library_of_splink_is_read_and_printed_alike() {
    let mut same = 0;
    for text in SPLINK.lines() {
        let expression = level(text);
        let printed = print(&expression, Context::Level);
        assert_eq!(level(&printed), expression, "{text}");
        let bare = |text: &str| text.replace([' ', '(', ')'], "").to_lowercase();
        same += usize::from(bare(&printed) == bare(text));
        assert!(!is_native(&expression));
    }
    // The others differ in names of functions (ARRAY_INTERSECT), 2629800.0 and unquoted names.
    assert!(same * 10 >= SPLINK.lines().count() * 8, "{same} of {}", SPLINK.lines().count());
}

#[test]
fn names_of_columns() {
    check("surname_l=l.surname", r#""surname_l" = "surname_l""#);
    check(r#""sur""name_R" <> `Sur name_l`"#, r#""sur""name_r" <> "Sur name_l""#);
    let rule = parse("l.\"First\" = R.surname", Context::Rule).unwrap();
    assert_eq!(print(&rule, Context::Rule), r#"l."First" = r."surname""#);
    let key = parse("substr(surname, 1, 3)", Context::OneSide(Side::Right)).unwrap();
    assert_eq!(print(&key, Context::OneSide(Side::Right)), r#"substr("surname", 1, 3)"#);
    assert_eq!(print(&key, Context::Rule), r#"substr(r."surname", 1, 3)"#);
    check_error("surname = 1", Context::Level, "surname_l");
    check_error("surname_l = 1", Context::Rule, "l.surname_l");
    check_error("_l = 1", Context::Level, "does not say");
    check_error("l.surname", Context::OneSide(Side::Left), "alone");
}

#[test]
fn what_the_language_lacks_is_rewritten() {
    check("a_l in (1, 2)", r#""a_l" = 1 OR "a_l" = 2"#);
    check("a_l not in ('x')", r#"NOT ("a_l" = 'x')"#);
    check("a_l between 1 and 2 and b_l is not null", r#""a_l" >= 1 AND "a_l" <= 2 AND "b_l" IS NOT NULL"#);
    check("a_l != 'it''s'", r#""a_l" <> 'it''s'"#);
    check("a_l::date = cast(b_l as varchar)", r#"CAST("a_l" AS DATE) = CAST("b_l" AS TEXT)"#);
    check("case a_l when 'x' then 1 end > 0", r#"CASE WHEN "a_l" = 'x' THEN 1 END > 0"#);
    check("a_l like 'x%_.'", r#"regexp_matches("a_l", '^(?s:x.*.\.)$')"#);
    check("(a_l = a_r) is true", r#"COALESCE("a_l" = "a_r", FALSE)"#);
    check("if(a_l > 1, 1, 2) = 1", r#"CASE WHEN "a_l" > 1 THEN 1 ELSE 2 END = 1"#);
    check("substring(a_l from 1 for 2) = trim(both ' ' from a_r)", r#"substr("a_l", 1, 2) = TRIM("a_r", ' ')"#);
    check("extract(year from a_l) = date '2020-01-01'", r#"year("a_l") = CAST('2020-01-01' AS DATE)"#);
    check(
        "a_l is distinct from b_l",
        concat!(
            r#"CASE WHEN "a_l" IS NULL OR "b_l" IS NULL THEN NOT ("a_l" IS NULL AND "b_l" IS NULL) "#,
            r#"ELSE "a_l" <> "b_l" END"#
        ),
    );
    check("a_l[1] = names_r[-1]", r#""a_l"[1] = "names_r"[-1]"#);
    check("-1 < -(-a_l) and - 2.50 < 1e300", r#"-1 < -(-"a_l") AND -2.5 < 1e300"#);
}

#[test]
fn brackets_are_kept_where_they_mean_something() {
    check(
        "(a_l = 1 or b_l = 2) and (c_l = 3 and d_l = 4)",
        r#"("a_l" = 1 OR "b_l" = 2) AND ("c_l" = 3 AND "d_l" = 4)"#,
    );
    check("((a_l - 1) - (b_l - 2)) * 3 / (4 * c_l)", r#"("a_l" - 1 - ("b_l" - 2)) * 3 / (4 * "c_l")"#);
    check("not (a_l = 1) = true", r#"NOT (("a_l" = 1) = TRUE)"#);
    check("a_l || (b_l || 'x') || cast(a_l + 1 as text)", r#""a_l" || ("b_l" || 'x') || CAST("a_l" + 1 AS TEXT)"#);
}

#[test]
fn best_pair_in_all_forms() {
    let want = level(SPLINK.lines().find(|line| line.starts_with("list_max")).unwrap());
    let Expression::Binary(Operator::AtLeast, best, _) = &want else { panic!("{want:?}") };
    assert!(matches!(best.as_ref(), Expression::BestPair { function: Function::JaroWinkler, most: true, .. }));
    for text in [
        "list_max(list_transform(flatten(list_transform(names_l, lambda x: list_transform(names_r, lambda y: [x, y]))), \
         lambda pair: jaro_winkler_similarity(pair[1], pair[2]))) >= 0.9",
        "array_max(transform(flatten(transform(`names_l`, x -> transform(`names_r`, y -> array(x, y)))), \
         p -> jaro_winkler(p[0], p[1]))) >= 0.9",
    ] {
        assert_eq!(level(text), want, "{text}");
    }
    check_error("list_max(a_l) > 1", Context::Level, "pairs of two lists");
    check_error("list_transform(a_l, x -> x) = a_r", Context::Level, "pairs of two lists");
}

#[test]
fn errors_name_what_is_unknown() {
    check_error("levenstein(a_l, a_r) < 2", Context::Level, "did you mean `levenshtein`?");
    check_error("soundex_of_mine(a_l) = 'x'", Context::Level, "no function `soundex_of_mine`");
    check_error("levenshtein(a_l) < 2", Context::Level, "takes 2 arguments, not 1");
    check_error("prefix(a_l, 'x')", Context::Level, "starts_with");
    check_error("a_l % 2 = 1", Context::Level, "`%`");
    check_error("a_l::decimal(3,1) = 1", Context::Level, "no type DECIMAL");
    check_error("exists (select 1)", Context::Level, "EXISTS (SELECT 1)");
    check_error("a_l = ", Context::Level, "cannot be read");
    check_error("a_l = 1 garbage", Context::Level, "garbage");
    check_error(&format!("a_l = 1{}", " AND a_l = 1".repeat(1_500)), Context::Level, "nested");
    check_error(&format!("a_l{} = 1", " + a_l".repeat(120)), Context::Level, "nested");
    check_error(&format!("a_l = 1{}", " AND a_l = 1".repeat(50_000)), Context::Level, "too long");
    check_error(&format!("{}a_l{}", "(".repeat(10_000), ")".repeat(10_000)), Context::Level, "cannot be read");
}

#[test]
fn rules_are_taken_apart() {
    let rule = |text| parse(text, Context::Rule).unwrap();
    let split = split_rule(&rule(
        "(r.surname = l.\"surname\" and substr(l.dob,1,4) = substr(r.dob,1,4)) and l.city = 'x' and l.a || r.a = 'xy'",
    ));
    assert_eq!(split.keys.len(), 2);
    assert_eq!(split.keys[0].0, Expression::Column { side: Side::Left, name: "surname".to_owned() });
    assert_eq!(print(&split.keys[1].1, Context::Rule), r#"substr(r."dob", 1, 4)"#);
    let filter = print(&split.filter.unwrap(), Context::Rule);
    assert_eq!(filter, r#"l."city" = 'x' AND l."a" || r."a" = 'xy'"#);
    assert_eq!(split_rule(&rule("l.a = r.a")).filter, None);
    let either = split_rule(&rule("l.a = r.a or l.b = r.b"));
    assert!(either.keys.is_empty() && either.filter.is_some());
}

#[test]
fn shapes() {
    assert_eq!(exact_match_column(&level("Name_l = name_r")), Some("Name"));
    assert_eq!(exact_match_column(&level("name_l = name_l")), None);
    assert_eq!(exact_match_column(&level("lower(name_l) = lower(name_r)")), None);
    let columns = columns_of(&level("a_l = b_r and c_r is null"));
    assert_eq!(columns.left.iter().collect::<Vec<_>>(), ["a"]);
    assert_eq!(columns.right.iter().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(
        native_functions(&level("osa(a_l, a_r) < 2 and fold(b_l) = fold(b_r)")),
        [Function::Osa, Function::Fold]
    );
}

fn leaf() -> impl Strategy<Value = Expression> {
    prop_oneof![
        (any::<bool>(), "[a-zA-Zé\"' _.`]{1,6}")
            .prop_map(|(left, name)| Expression::Column { side: if left { Side::Left } else { Side::Right }, name }),
        "[ -~é']{0,6}".prop_map(Expression::Text),
        prop_oneof![any::<f64>(), (-100..100_i32).prop_map(f64::from)]
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Expression::Number),
        any::<bool>().prop_map(Expression::Boolean),
        Just(Expression::Null),
    ]
}

const OPERATORS: [Operator; 13] = [
    Operator::Equal,
    Operator::Different,
    Operator::Less,
    Operator::AtMost,
    Operator::Greater,
    Operator::AtLeast,
    Operator::And,
    Operator::Or,
    Operator::Add,
    Operator::Subtract,
    Operator::Multiply,
    Operator::Divide,
    Operator::Concat,
];
const TYPES: [Type; 7] =
    [Type::Text, Type::Double, Type::Float, Type::Integer, Type::Date, Type::Timestamp, Type::Boolean];

fn expression() -> impl Strategy<Value = Expression> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let functions = Function::all().collect::<Vec<_>>();
        let pair_functions: Vec<_> = Function::all().filter(|function| function.arguments() == (2, 2)).collect();
        prop_oneof![
            4 => (prop::sample::select(&OPERATORS[..]), boxed.clone(), boxed.clone())
                .prop_map(|(operator, a, b)| Expression::Binary(operator, a, b)),
            1 => boxed.clone().prop_map(Expression::Not),
            1 => boxed.clone().prop_map(Expression::Negative),
            1 => boxed.clone().prop_map(Expression::IsNull),
            1 => (prop::collection::vec((inner.clone(), inner.clone()), 1..3), boxed.clone())
                .prop_map(|(branches, otherwise)| Expression::Case { branches, otherwise }),
            1 => (boxed.clone(), prop::sample::select(&TYPES[..]), any::<bool>())
                .prop_map(|(of, to, safe)| Expression::Cast { of, to, safe }),
            3 => (prop::sample::select(functions), prop::collection::vec(inner.clone(), 4), 0..4_usize).prop_map(
                |(function, mut arguments, count)| {
                    let (least, greatest) = function.arguments();
                    arguments.truncate(count.clamp(least, greatest.min(4)));
                    Expression::Call(function, arguments)
                }
            ),
            1 => (prop::sample::select(pair_functions), boxed.clone(), boxed, any::<bool>())
                .prop_map(|(function, left, right, most)| Expression::BestPair { function, left, right, most }),
        ]
    })
}

/// What cannot be written: `prefix(x, 'text')` is refused.
fn writable(expression: &Expression) -> bool {
    let mut writable = true;
    crate::model::expression::shape::walk(expression, &mut |part| {
        if let Expression::Call(Function::Prefix | Function::Suffix, arguments) = part {
            writable &= !matches!(arguments[1], Expression::Text(_));
        }
    });
    writable
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back(expression in expression().prop_filter("writable", writable), rule in any::<bool>()) {
        let context = if rule { Context::Rule } else { Context::Level };
        let text = print(&expression, context);
        let read = parse(&text, context);
        prop_assert!(read.is_ok(), "{} {:?}", text, read);
        prop_assert_eq!(read.unwrap(), expression, "{}", text);
    }
}
