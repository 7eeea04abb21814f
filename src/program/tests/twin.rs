//! The fast form against its slow twin, on random models and random records.

use crate::model::expression::{Context, Expression, Function, Operator, Side, Type, parse, print};
use crate::program::value::{Record, Value};
use crate::program::{
    Bounds, Column, Columns, Condition, Evaluator, Kinds, NO_LEVEL, Plugged, Program, Unplugged, column_of,
};
use proptest::prelude::*;

/// Meanings of plugged functions for tests.
struct Toy;

impl Plugged for Toy {
    fn one(&self, function: Function, text: &str) -> Option<String> {
        (!text.is_empty()).then(|| format!("{}{}", function.name(), text.to_lowercase()))
    }

    fn many(&self, _: Function, text: &str) -> Vec<String> {
        text.split('a').map(str::to_owned).collect()
    }

    fn pair(&self, _: Function, left: &str, right: &str) -> Option<f64> {
        (left.len() != 3).then(|| (left.len() as f64 - right.len() as f64).max(0.0))
    }

    // Of some texts nothing can be seen, and of some functions nothing is told by what can.
    fn outline(&self, _: Function, text: &str) -> u128 {
        if text.starts_with('b') { 0 } else { text.len() as u128 + 1 }
    }

    fn by_outlines(&self, function: Function, left: u128, right: u128) -> Option<f64> {
        let told = function != Function::DateError && left != 4;
        told.then(|| (left as f64 - right as f64).max(0.0))
    }
}

/// Most levels of a comparison of these tests, that of no other among them.
const LEVELS: usize = 8;

const TEXTS: [&str; 3] = ["name", "city", "date"];
const NUMBERS: [&str; 2] = ["amount", "size"];
const LISTS: [&str; 2] = ["names", "tags"];

fn column(names: &'static [&'static str]) -> impl Strategy<Value = Expression> {
    (any::<bool>(), prop::sample::select(names)).prop_map(|(left, name)| Expression::Column {
        side: if left { Side::Left } else { Side::Right },
        name: name.to_owned(),
    })
}

fn call(function: Function, arguments: Vec<Expression>) -> Expression {
    Expression::Call(function, arguments)
}

fn text() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![6 => column(&TEXTS), 1 => "[abc]{0,2}".prop_map(Expression::Text)];
    leaf.prop_recursive(2, 6, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(|a| call(Function::Lower, vec![a])),
            inner.clone().prop_map(|a| call(Function::Fold, vec![a])),
            (inner.clone(), -2..4_i32).prop_map(|(a, n)| call(
                Function::Substring,
                vec![a, Expression::Number(1.0), Expression::Number(n.into())]
            )),
            inner.clone().prop_map(|a| call(Function::RegexpExtract, vec![a, Expression::Text("[ab]+".to_owned())])),
            two.clone().prop_map(|(a, b)| call(Function::NullIf, vec![a, b])),
            two.clone().prop_map(|(a, b)| call(Function::Coalesce, vec![a, b])),
            two.prop_map(|(a, b)| Expression::Binary(Operator::Concat, Box::new(a), Box::new(b))),
            (column(&LISTS), -2..3_i32)
                .prop_map(|(a, n)| call(Function::ListExtract, vec![a, Expression::Number(n.into())])),
        ]
    })
}

fn list() -> impl Strategy<Value = Expression> {
    prop_oneof![
        3 => column(&LISTS),
        1 => text().prop_map(|a| call(Function::Tokens, vec![a])),
        1 => text().prop_map(|a| call(Function::TokenKeys, vec![a])),
        1 => text().prop_map(|a| call(Function::Ngrams, vec![a, Expression::Number(2.0)])),
    ]
}

const OF_TWO_TEXTS: [Function; 17] = [
    Function::Levenshtein,
    Function::DamerauLevenshtein,
    Function::Hamming,
    Function::Jaccard,
    Function::Jaro,
    Function::JaroWinkler,
    Function::Osa,
    Function::LevenshteinChars,
    Function::JaroWinklerChars,
    Function::TokenJaccard,
    Function::DaysBetween,
    Function::NameAlignment,
    Function::DateError,
    Function::AddressAgreement,
    Function::DamerauLevenshteinChars,
    Function::HammingChars,
    Function::JaccardChars,
];

fn number() -> impl Strategy<Value = Expression> {
    let two = || (text(), text());
    let day = |side: Side, name: &str| Expression::Cast {
        of: Box::new(Expression::Column { side, name: name.to_owned() }),
        to: Type::Date,
        safe: true,
    };
    let leaf = prop_oneof![
        2 => column(&NUMBERS),
        2 => prop::sample::select(vec![0.0, 0.5, 0.7, 0.9, 1.0, 2.0, 3.0, -1.0, f64::from(0.1_f32)]).prop_map(Expression::Number),
        6 => (prop::sample::select(&OF_TWO_TEXTS[..]), two()).prop_map(|(f, (a, b))| call(f, vec![a, b])),
        1 => two().prop_map(|(a, b)| call(Function::NgramJaccard, vec![a, b, Expression::Number(2.0)])),
        1 => text().prop_map(|a| call(Function::Length, vec![a])),
        1 => text().prop_map(|a| call(Function::Year, vec![a])),
        2 => (list(), list()).prop_map(|(a, b)| call(Function::ArrayLength, vec![call(Function::ListIntersect, vec![a, b])])),
        1 => list().prop_map(|a| call(Function::ArrayLength, vec![a])),
        2 => (prop::sample::select(&OF_TWO_TEXTS[..6]), list(), list(), any::<bool>()).prop_map(|(function, a, b, most)| {
            Expression::BestPair { function, left: Box::new(a), right: Box::new(b), most }
        }),
        1 => any::<bool>().prop_map(move |flip| {
            let (a, b) = (day(Side::Left, "date"), day(Side::Right, "date"));
            let (a, b) = if flip { (b, a) } else { (a, b) };
            Expression::Binary(Operator::Subtract, Box::new(a), Box::new(b))
        }),
        1 => prop::sample::select(vec!["day", "month", "year", "week", "hour"]).prop_map(move |unit| {
            call(Function::DateDiff, vec![Expression::Text(unit.to_owned()), day(Side::Left, "date"), day(Side::Right, "date")])
        }),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let arithmetic = vec![Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide];
        let of_one = vec![Function::Abs, Function::Round, Function::Sqrt, Function::Floor, Function::Cos, Function::Ln];
        let of_many = vec![
            Function::Least,
            Function::Greatest,
            Function::Coalesce,
            Function::NullIf,
            Function::RelativeDifference,
        ];
        prop_oneof![
            3 => (prop::sample::select(arithmetic), two.clone())
                .prop_map(|(o, (a, b))| Expression::Binary(o, Box::new(a), Box::new(b))),
            1 => inner.clone().prop_map(|a| Expression::Negative(Box::new(a))),
            2 => (prop::sample::select(of_one), inner.clone()).prop_map(|(f, a)| call(f, vec![a])),
            2 => (prop::sample::select(of_many), two).prop_map(|(f, (a, b))| call(f, vec![a, b])),
            1 => (inner, prop::sample::select(vec![Type::Float, Type::Integer, Type::Double]))
                .prop_map(|(a, to)| Expression::Cast { of: Box::new(a), to, safe: false }),
        ]
    })
}

const COMPARISONS: [Operator; 6] =
    [Operator::Equal, Operator::Different, Operator::Less, Operator::AtMost, Operator::Greater, Operator::AtLeast];

fn condition() -> impl Strategy<Value = Expression> {
    let compared = |a, o, b| Expression::Binary(o, Box::new(a), Box::new(b));
    let operator = || prop::sample::select(&COMPARISONS[..]);
    let threshold = || prop::sample::select(vec![0.0, 0.5, 0.7, 0.9, 1.0, 2.0, 3.0, 2.5]).prop_map(Expression::Number);
    let leaf = prop_oneof![
        4 => (text(), operator(), text()).prop_map(move |(a, o, b)| compared(a, o, b)),
        4 => (number(), operator(), threshold()).prop_map(move |(a, o, b)| compared(a, o, b)),
        2 => (number(), operator(), number()).prop_map(move |(a, o, b)| compared(a, o, b)),
        1 => (list(), list()).prop_map(|(a, b)| call(Function::ListHasAny, vec![a, b])),
        1 => (list(), text()).prop_map(|(a, b)| call(Function::ListContains, vec![a, b])),
        1 => (text(), text()).prop_map(|(a, b)| call(Function::SameName, vec![a, b])),
        1 => (text(), text()).prop_map(|(a, b)| call(Function::StartsWith, vec![a, b])),
        1 => (list(), list()).prop_map(move |(a, b)| compared(a, Operator::Equal, b)),
        2 => text().prop_map(|a| Expression::IsNull(Box::new(a))),
        1 => number().prop_map(|a| Expression::IsNull(Box::new(a))),
        1 => any::<bool>().prop_map(Expression::Boolean),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            3 => two.clone().prop_map(|(a, b)| Expression::Binary(Operator::And, Box::new(a), Box::new(b))),
            3 => two.clone().prop_map(|(a, b)| Expression::Binary(Operator::Or, Box::new(a), Box::new(b))),
            2 => inner.clone().prop_map(|a| Expression::Not(Box::new(a))),
            1 => inner.clone().prop_map(|a| Expression::IsNull(Box::new(a))),
            1 => two.clone().prop_map(|(a, b)| call(Function::Coalesce, vec![a, b])),
            1 => (inner.clone(), two).prop_map(|(a, (b, c))| Expression::Case { branches: vec![(a, b)], otherwise: Box::new(c) }),
        ]
    })
}

/// Levels that ask one function for several thresholds, as those of Splink do.
fn ladder() -> impl Strategy<Value = Vec<Expression>> {
    let function = prop::sample::select(&OF_TWO_TEXTS[..9]);
    (
        function,
        prop::sample::select(&TEXTS[..]),
        prop::collection::vec((prop::sample::select(&COMPARISONS[..]), 0..8_u32), 1..4),
    )
        .prop_map(|(function, name, rungs)| {
            let column = |side| Expression::Column { side, name: name.to_owned() };
            let rung = |(operator, step): (Operator, u32)| {
                let scale = if matches!(function, Function::Jaro | Function::JaroWinkler | Function::Jaccard) {
                    8.0
                } else {
                    1.0
                };
                let of = call(function, vec![column(Side::Left), column(Side::Right)]);
                Expression::Binary(operator, Box::new(of), Box::new(Expression::Number(f64::from(step) / scale)))
            };
            rungs.into_iter().map(rung).collect()
        })
}

fn comparison() -> impl Strategy<Value = Vec<Expression>> {
    prop_oneof![prop::collection::vec(condition(), 1..4), ladder()]
}

/// One record: texts, numbers as text, lists.
type Raw = (Vec<Option<String>>, Vec<Option<String>>, Vec<Option<Vec<String>>>);

fn record() -> impl Strategy<Value = Raw> {
    let name = prop_oneof![
        "[abcé]{0,5}",
        "[ab]{60,70}",
        "[ab]{1,2} [ab]{1,2}",
        prop::sample::select(vec!["martha", "marhta", "", "Abc"]).prop_map(str::to_owned),
    ];
    let date = prop_oneof![
        (1969..1973_i32, 1..13_u32, 1..29_u32).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}")),
        prop::sample::select(vec!["1970", "1970-05", "bad", "1970-02-30"]).prop_map(str::to_owned),
    ];
    let number = prop::sample::select(vec!["0", "1", " 2.5", "-3", "1e3", "x", "nan", ""]).prop_map(str::to_owned);
    let maybe = |strategy: BoxedStrategy<String>| prop::option::weighted(0.85, strategy);
    let items = prop::collection::vec("[abé]{0,3}", 0..4);
    (
        (maybe(name.clone().boxed()), maybe(name.boxed()), maybe(date.boxed())).prop_map(|(a, b, c)| vec![a, b, c]),
        prop::collection::vec(maybe(number.boxed()), 2),
        prop::collection::vec(prop::option::weighted(0.85, items), 2),
    )
}

fn columns_of(records: &[Raw]) -> Columns {
    let mut columns = Columns::new(records.len());
    for (place, name) in TEXTS.iter().enumerate() {
        let column = Column::of_texts(records.iter().map(|record| record.0[place].as_deref())).unwrap();
        columns.add(*name, column).unwrap();
    }
    for (place, name) in NUMBERS.iter().enumerate() {
        let column = Column::of_texts(records.iter().map(|record| record.1[place].as_deref())).unwrap();
        columns.add(*name, column).unwrap();
    }
    for (place, name) in LISTS.iter().enumerate() {
        let column = Column::of_lists(records.iter().map(|record| record.2[place].as_deref())).unwrap();
        columns.add(*name, column).unwrap();
    }
    columns
}

/// Checks that bounds leave the pairs that can reach enough, and take others away.
fn check_bounds(program: &Program, left: u32, rights: &[u32], levels: &[u8]) {
    let count = program.comparisons();
    let gains: Vec<Vec<f64>> =
        (0..count).map(|c| (0..LEVELS).map(|level| ((c * 7 + level * 5) % 11) as f64 - 5.0).collect()).collect();
    let gain = |(comparison, level): (usize, &u8)| gains[comparison].get(usize::from(*level)).copied().unwrap_or(0.0);
    for least in [f64::NEG_INFINITY, -3.0, 0.0, 4.5, 1e9] {
        let bounds = Bounds::new(&gains, 1.5, least);
        let mut found = Vec::new();
        program.levels_within(&bounds, (left, rights), &mut program.scratch(), |right, levels| {
            found.push((right, levels.to_vec()));
        });
        let reach = |levels: &[u8]| 1.5 + levels.iter().enumerate().map(gain).sum::<f64>() >= least;
        let pairs = rights.iter().zip(levels.chunks(count));
        let want: Vec<_> =
            pairs.filter(|(_, levels)| reach(levels)).map(|(right, levels)| (*right, levels.to_vec())).collect();
        assert_eq!(found, want, "{least}");
    }
}

/// Checks all pairs of all records.
fn check(model: &[Vec<Expression>], columns: &Columns) {
    let conditions: Vec<Vec<Condition>> =
        model.iter().map(|levels| levels.iter().map(Condition::Holds).chain([Condition::Else]).collect()).collect();
    let all: Vec<&Expression> = model.iter().flatten().collect();
    let told = || all.iter().map(|e| print(e, Context::Level)).collect::<Vec<_>>().join("\n");
    let kinds = Kinds::of(&all, &|name| columns.is_list(name));
    let slow: Result<Vec<Vec<Evaluator>>, _> =
        model.iter().map(|levels| levels.iter().map(|level| Evaluator::new(level, &kinds, &Toy)).collect()).collect();
    let program = Program::compile(&conditions, columns, &Toy);
    let (slow, program) = match (slow, program) {
        (Ok(slow), Ok(program)) => (slow, program),
        (Err(_), Err(_)) => return,
        (slow, program) => panic!("{:?} {:?}\n{}", slow.err(), program.err(), told()),
    };
    let mut scratch = program.scratch();
    let mut levels = vec![0; model.len()];
    let rows = columns.rows() as u32;
    let rights: Vec<u32> = (0..rows).cycle().take(70).collect();
    for left in 0..rows {
        let mut many = vec![0; rights.len() * model.len()];
        program.levels_of_many(left, &rights, &mut scratch, &mut many);
        for (right, many) in rights.iter().zip(many.chunks(model.len())) {
            program.levels(left, *right, &mut scratch, &mut levels);
            assert_eq!(levels, many);
        }
        check_bounds(&program, left, &rights, &many);
    }
    for (left, right) in (0..rows).flat_map(|left| (0..rows).map(move |right| (left, right))) {
        program.levels(left, right, &mut scratch, &mut levels);
        let (l, r) = (columns.record(left as usize), columns.record(right as usize));
        for (comparison, evaluators) in slow.iter().enumerate() {
            let holds = |evaluator: &Evaluator| evaluator.value(&l, &r) == Value::Boolean(true);
            let want = evaluators.iter().position(holds).unwrap_or(evaluators.len());
            assert_eq!(usize::from(levels[comparison]), want, "{left} {right} comparison {comparison} of\n{}", told());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_program_gives_the_levels_of_the_slow_evaluator(
        model in prop::collection::vec(comparison(), 1..5),
        records in prop::collection::vec(record(), 1..9),
    ) {
        check(&model, &columns_of(&records));
    }
}

#[test]
fn all_conditions_of_splink_at_once() {
    let text = include_str!("../../../tests/fixtures/splink_conditions.txt");
    let model: Vec<Vec<Expression>> = text.lines().map(|line| vec![parse(line, Context::Level).unwrap()]).collect();
    let all: Vec<&Expression> = model.iter().flatten().collect();
    let lists = ["names", "postcodes", "arr", "fn_dm", "emb"];
    let values = ["anna", "ann", "2020-01-05", "2020-01-06", "SW1A 1AA", "51.5", "male", "5", ""];
    let mut columns = Columns::new(20);
    let used: std::collections::BTreeSet<String> = all
        .iter()
        .flat_map(|e| {
            crate::model::expression::shape::columns_of(e).names().into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    for (shift, name) in used.iter().enumerate() {
        let value = |row: usize| values.get((row * 7 + shift * 3 + row * shift) % 10).copied();
        let column = if lists.contains(&name.as_str()) {
            let rows: Vec<Option<Vec<String>>> =
                (0..20).map(|row| value(row).map(|text| vec![text.to_owned(), "anna".to_owned()])).collect();
            Column::of_lists(rows.iter().map(Option::as_deref))
        } else {
            Column::of_texts((0..20).map(value))
        };
        columns.add(name.clone(), column.unwrap()).unwrap();
    }
    check(&model, &columns);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn keys_are_the_values_of_the_slow_evaluator(
        text in text(), list in list(), records in prop::collection::vec(record(), 1..9),
    ) {
        let columns = columns_of(&records);
        for expression in [one_sided(&text), one_sided(&list), call(Function::Length, vec![one_sided(&text)])] {
            let kinds = Kinds::of(&[&expression], &|name| columns.is_list(name));
            let found = column_of(&expression, &kinds, &columns, &Toy);
            if crate::model::expression::shape::columns_of(&expression).one_side().is_none() {
                prop_assert!(found.is_err());
                continue;
            }
            let mut keys = Columns::new(columns.rows());
            keys.add("key", found.unwrap()).unwrap();
            let evaluator = Evaluator::new(&expression, &kinds, &Toy).unwrap();
            for row in 0..columns.rows() {
                let record = columns.record(row);
                let want = match evaluator.value(&record, &record) {
                    Value::Number(number) => Value::Text(format!("{number}")),
                    other => other,
                };
                prop_assert_eq!(keys.record(row).value("key"), want, "{:?}", expression);
            }
        }
    }
}

/// An expression with all its columns on the left side.
fn one_sided(expression: &Expression) -> Expression {
    let text = print(expression, Context::Level).replace("_r\"", "_l\"");
    parse(&text, Context::Level).unwrap()
}

#[test]
fn a_function_that_is_also_used_as_a_number_has_no_limit() {
    let values = ["martha", "marhta", "mar", "zzz", "marthaa", "q"];
    let mut columns = Columns::new(values.len());
    columns.add("name", Column::of_texts(values.map(Some)).unwrap()).unwrap();
    let level = |text: &str| parse(text, Context::Level).unwrap();
    check(
        &[
            vec![level("jaro_winkler_similarity(name_l, name_r) >= 0.99")],
            vec![level("jaro_winkler_similarity(name_l, name_r) * 2 > 1.3")],
            vec![level("levenshtein(name_l, name_r) <= 1"), level("levenshtein(name_l, name_r) + 0 = 3")],
            vec![level("damerau_levenshtein(name_l, name_r) = damerau_levenshtein(name_r, name_l)")],
        ],
        &columns,
    );
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let values: Vec<String> = (0..5_000_u32).map(|i| format!("n{}", i * i % 700)).collect();
    let mut columns = Columns::new(values.len());
    columns.add("name", Column::of_texts(values.iter().map(|v| Some(v.as_str()))).unwrap()).unwrap();
    columns.add("city", Column::of_texts(values.iter().rev().map(|v| Some(v.as_str()))).unwrap()).unwrap();
    let level = parse("substr(name_l, 2, 2) || city_l = substr(name_r, 2, 2) || city_r", Context::Level).unwrap();
    let run = |threads| {
        crate::util::parallel::in_pool(threads, || {
            let program = Program::compile(&[vec![Condition::Holds(&level), Condition::Else]], &columns, &Unplugged);
            program.unwrap().cells
        })
    };
    assert_eq!(run(1).unwrap(), run(3).unwrap());
}

#[test]
fn faults_of_models_are_told() {
    let mut columns = Columns::new(1);
    columns.add("name", Column::of_texts([Some("a")]).unwrap()).unwrap();
    let error = |text: &str| {
        let expression = parse(text, Context::Level).unwrap();
        let conditions = [vec![Condition::Holds(&expression)]];
        let error = Program::compile(&conditions, &columns, &Unplugged).err().expect(text);
        format!("{error} | {}", error.hint_text().unwrap_or_default())
    };
    assert!(error("nmae_l = nmae_r").contains("did you mean `name`?"));
    assert!(error("array_length(name_l) + array_length(list_intersect(name_l, name_r)) > 1").contains("a list"));
    assert!(error("regexp_matches(name_l, '(?=a)')").contains("no regular expression"));
    assert!(error("try_strptime(name_l, '%Q') is null").contains("%Q"));
    assert!(error("date_diff('fortnight', name_l, name_r) > 1").contains("fortnight"));
    assert!(error("levenshtein(name_l, length(name_r)) > 1").contains("a number, where a text is wanted"));
}

#[test]
fn a_comparison_without_a_level_that_holds() {
    let mut columns = Columns::new(2);
    columns.add("name", Column::of_texts([Some("a"), Some("b")]).unwrap()).unwrap();
    let expression = parse("name_l = name_r", Context::Level).unwrap();
    let program = Program::compile(&[vec![Condition::Holds(&expression)], vec![]], &columns, &Unplugged).unwrap();
    let mut levels = [7; 2];
    program.levels(0, 1, &mut program.scratch(), &mut levels);
    assert_eq!(levels, [NO_LEVEL; 2]);
}
