use super::*;
use crate::engine::linkage::Lexicon;
use crate::model::expression::{Context, Expression, Function, Operator, Type, parse};
use crate::model::linkage::LinkageModel;
use crate::program::{Record, Value, evaluate};
use crate::standardise::field::{DateOrder, Standardiser};

/// A record without fields: examples hold their values themselves.
struct Nothing;

impl Record for Nothing {
    fn value(&self, _: &str) -> Value {
        Value::Null
    }

    fn is_list(&self, _: &str) -> bool {
        false
    }
}

fn value_of(example: &str) -> String {
    let read = parse(example, Context::Level).unwrap_or_else(|error| panic!("{example}: {error}"));
    match evaluate(&read, &Nothing, &Nothing, &Lexicon).unwrap_or_else(|error| panic!("{example}: {error}")) {
        Value::Null => "null".to_owned(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text,
        Value::List(items) => format!("[{}]", items.join(", ")),
        other => panic!("{example}: {other:?} has no text"),
    }
}

#[test]
fn every_function_is_described_and_its_example_gives_what_it_says() {
    let described: Vec<Described> = reference::functions().collect();
    let functions: Vec<Function> = described.iter().map(|described| described.function).collect();
    assert_eq!(functions, Function::all().collect::<Vec<_>>());
    for described in described {
        let name = described.function.name().to_lowercase();
        let arguments: Vec<&str> = described.arguments.split(", ").collect();
        let (least, greatest) = described.function.arguments();
        let many = arguments.last() == Some(&"…");
        let optional = arguments.iter().filter(|argument| argument.ends_with('?')).count();
        if many {
            assert!(greatest >= 1000 && arguments.len() == least + 1, "{name}");
        } else {
            assert_eq!((arguments.len() - optional, arguments.len()), (least, greatest), "{name}");
        }
        assert!(!described.meaning.is_empty(), "{name}");
        assert!(described.example.to_lowercase().contains(&format!("{name}(")), "{name}: {}", described.example);
        assert_eq!(value_of(described.example), described.value, "{}", described.example);
    }
}

#[test]
fn every_kind_of_field_is_described_and_its_example_stands_so() {
    let kinds: Vec<Vec<&str>> = reference::kinds().collect();
    assert_eq!(kinds.iter().map(|line| line[0]).collect::<Vec<_>>(), FieldKind::words());
    for line in kinds {
        let [word, meaning, example, value] = line[..] else { panic!("{line:?}") };
        let mut standard = String::new();
        let kind = FieldKind::from_word(word).unwrap();
        assert!(Standardiser::default().standard(kind, DateOrder::DayFirst, example, &mut standard), "{word}");
        assert_eq!(standard, value, "{word}");
        assert!(!meaning.is_empty(), "{word}");
    }
}

#[test]
fn every_key_is_described_and_no_other() {
    let described: Vec<(&str, &str)> = reference::keys().map(|line| (line[0], line[1])).collect();
    let known: Vec<(&str, &str)> =
        known_keys().into_iter().flat_map(|(section, keys)| keys.iter().map(move |key| (section, *key))).collect();
    let sorted = |mut all: Vec<(&'static str, &'static str)>| {
        all.sort_unstable();
        all
    };
    assert_eq!(sorted(described), sorted(known));
    assert!(reference::keys().all(|line| line.len() == 3 && !line[2].is_empty()));
}

/// A model in which `level` is the first of a comparison.
fn with_level(level: &str) -> crate::error::Result<LinkageModel> {
    let text = format!(
        "link_type = \"link\"\n[fields]\nsurname = {{}}\nforename = {{}}\nlat = {{}}\nlong = {{}}\n[[blocking]]\nkeys = \
         [\"surname\"]\n[[comparison]]\nfield = \"surname\"\nlevels = [{level}]\n"
    );
    LinkageModel::read(&text, "model")
}

#[test]
fn every_short_form_is_described_and_its_example_can_be_read() {
    let described: Vec<Vec<&str>> = reference::forms().collect();
    let mut words: Vec<&str> = described.iter().map(|line| line[0]).collect();
    let mut known = forms();
    words.sort_unstable();
    known.sort_unstable();
    assert_eq!(words, known);
    for line in &described {
        with_level(line[2]).unwrap_or_else(|error| panic!("{}: {error}", line[0]));
        assert!(line.len() == 3 && line[2].contains(line[0]), "{line:?}");
    }
    let modifiers: Vec<Vec<&str>> = reference::modifiers().collect();
    assert_eq!(modifiers.iter().map(|line| line[0]).collect::<Vec<_>>(), MODIFIERS);
    for line in modifiers {
        assert!(line[2].contains(line[0]) && with_level(line[2]).is_ok(), "{line:?}");
    }
}

/// A number of its own for each operator: without a place here none can be added.
const fn place_of_operator(operator: Operator) -> usize {
    match operator {
        Operator::Equal => 0,
        Operator::Different => 1,
        Operator::Less => 2,
        Operator::AtMost => 3,
        Operator::Greater => 4,
        Operator::AtLeast => 5,
        Operator::And => 6,
        Operator::Or => 7,
        Operator::Add => 8,
        Operator::Subtract => 9,
        Operator::Multiply => 10,
        Operator::Divide => 11,
        Operator::Concat => 12,
    }
}

const fn place_of_type(of: Type) -> usize {
    match of {
        Type::Text => 0,
        Type::Double => 1,
        Type::Float => 2,
        Type::Integer => 3,
        Type::Date => 4,
        Type::Timestamp => 5,
        Type::Boolean => 6,
    }
}

#[test]
fn every_operator_construct_and_type_is_described_and_its_example_gives_what_it_says() {
    let mut places = Vec::new();
    for line in reference::operators().chain(reference::constructs()) {
        let [name, meaning, example, value] = line[..] else { panic!("{line:?}") };
        assert_eq!(value_of(example), value, "{example}");
        assert!(!meaning.is_empty(), "{name}");
    }
    for line in reference::operators() {
        let read = parse(line[2], Context::Level).unwrap();
        let Expression::Binary(operator, ..) = read else { panic!("{line:?}") };
        assert!(line[2].contains(line[0]), "{line:?}");
        places.push(place_of_operator(operator));
    }
    assert_eq!(places, (0..13).collect::<Vec<_>>());
    let types: Vec<usize> = reference::types()
        .map(|line| match parse(&format!("CAST(null AS {})", line[0]), Context::Level) {
            Ok(Expression::Cast { to, .. }) => place_of_type(to),
            other => panic!("{line:?}: {other:?}"),
        })
        .collect();
    assert_eq!(types, (0..7).collect::<Vec<_>>());
}

#[test]
fn the_example_is_a_model_and_all_lines_fit() {
    let model = LinkageModel::read(EXAMPLE, "example").unwrap();
    assert_eq!((model.fields.len(), model.blocking.len(), model.comparisons.len()), (4, 3, 3));
    for width in [60, 80, 100] {
        let text = whole(width);
        let before = text.split("AN EXAMPLE").next().unwrap();
        let long: Vec<&str> =
            before.lines().filter(|line| line.chars().count() > width && line.contains(' ')).collect();
        // Heads of functions, and examples without a space to break at, may be longer.
        assert!(long.iter().all(|line| !line.starts_with(' ') || line.trim().len() + 24 > width), "{long:#?}");
        assert!(text.contains("levenshtein(text, text): number") && text.contains("own_u"), "{text}");
    }
}

#[test]
fn words_pick_what_they_name() {
    let some = |words: &[&str]| some(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), 100);
    let text = some(&["Levenshtein", "own_u"]).unwrap();
    assert!(
        text.contains("KEYS: term_frequency") && text.contains("SHORT FORMS") && text.contains("FUNCTIONS"),
        "{text}"
    );
    assert!(!text.contains("jaro"), "{text}");
    let error = some(&["levenstein"]).unwrap_err();
    assert!(error.hint_text().unwrap().contains("levenshtein"), "{error}");
    // Functions are found by their other names too.
    assert!(some(&["editdist3"]).unwrap().contains("also editdist3"));
}

#[test]
fn every_example_is_shown_letter_by_letter() {
    let text = whole(1000);
    let of_functions = reference::functions().map(|described| (described.example, described.value));
    let lines = reference::kinds().chain(reference::operators()).chain(reference::constructs());
    for (example, value) in of_functions.chain(lines.map(|line| (line[2], line[3]))) {
        assert!(text.contains(&format!("  {example} → {value}\n")), "{example} → {value}");
    }
    for line in reference::forms().chain(reference::modifiers()) {
        assert!(text.contains(&format!("  {}\n", line[2])), "{line:?}");
    }
    // Also where lines are as long as they are on a screen.
    assert!(whole(WIDTH).contains("trim('  Ann ') → Ann\n"));
}

#[test]
fn words_of_expressions_other_names_and_sections_are_found() {
    let some = |word: &str| some(&[word.to_owned()], 100).unwrap_or_else(|error| panic!("{word}: {error}"));
    for (word, want) in [
        ("in", "x IN (a, b)"),
        ("between", "x BETWEEN a AND b"),
        ("case", "CASE WHEN"),
        ("cast", "CAST(x AS type)"),
        ("like", "x LIKE"),
        ("ilike", "x LIKE"),
        ("is", "x IS NULL"),
        ("extract", "extract(year FROM x)"),
        ("!=", "<>"),
        ("varchar", "TEXT"),
        ("int", "INTEGER"),
        ("list_max", "list_max(list_transform"),
        ("list_min", "list_max(list_transform"),
        ("[fields.NAME]", "separator"),
        ("fields.name", "separator"),
        ("[[comparison]]", "term_frequency"),
        ("null level", "IS NULL"),
        ("kinds of fields", "given_name"),
        ("date_error", "year off by one"),
        ("address_agreement", "NUMBERS OF address_agreement"),
        ("household", "KEYS: [household]"),
    ] {
        assert!(some(word).contains(want), "{word}: {}", some(word));
    }
    assert!(!some("case").contains("BETWEEN"), "{}", some("case"));
}

#[test]
fn what_is_said_of_one_thing_stands_alone() {
    let others = reference::kinds().chain(reference::forms()).chain(reference::modifiers());
    let meanings = reference::keys().map(|line| line[2]).chain(others.map(|line| line[1]));
    for meaning in meanings.chain(reference::functions().map(|described| described.meaning)) {
        let starts = ["the same at ", "the same by ", "the same in ", "the same for ", "the same,", "as in other"];
        assert!(!starts.iter().any(|start| meaning.starts_with(start)), "{meaning}");
        assert!(
            meaning != "the same" && !meaning.ends_with(", the same") && !meaning.contains("see below"),
            "{meaning}"
        );
    }
}
