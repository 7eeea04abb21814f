//! Short forms of conditions, such as `"exact"` or `{ jaro_winkler = 0.92 }`: what they stand for, and back.

mod recognise;

pub(crate) use recognise::{shorten, shortest};

use crate::error::Result;
use crate::model::expression::{Context, Expression, Function, Operator, Side, parse, print};
use crate::model::linkage::table::{Section, did_you_mean, number_of, within};
use crate::model::linkage::{Node, Table};

/// Days of a mean month and of a mean year, as Splink has them.
const MONTH_DAYS: f64 = 30.4375;
const YEAR_DAYS: f64 = 365.25;

/// A function of two values with a threshold.
struct Measure {
    key: &'static str,
    function: Function,
    /// The same on characters instead of bytes.
    chars: Option<Function>,
    operator: Operator,
    /// For labels.
    words: &'static str,
}

const fn measure(
    key: &'static str,
    function: Function,
    chars: Option<Function>,
    operator: Operator,
    words: &'static str,
) -> Measure {
    Measure { key, function, chars, operator, words }
}

use Function as F;
use Operator::{AtLeast, AtMost, Less};

const MEASURES: [Measure; 13] = [
    measure("jaro_winkler", F::JaroWinkler, Some(F::JaroWinklerChars), AtLeast, "Jaro-Winkler similarity"),
    measure("jaro", F::Jaro, Some(F::JaroChars), AtLeast, "Jaro similarity"),
    measure("jaccard", F::Jaccard, Some(F::JaccardChars), AtLeast, "Jaccard similarity"),
    measure("token_jaccard", F::TokenJaccard, None, AtLeast, "Jaccard similarity of words"),
    measure("alignment", F::NameAlignment, None, AtLeast, "name alignment"),
    measure("levenshtein", F::Levenshtein, Some(F::LevenshteinChars), AtMost, "Levenshtein distance"),
    measure(
        "damerau_levenshtein",
        F::DamerauLevenshtein,
        Some(F::DamerauLevenshteinChars),
        AtMost,
        "Damerau-Levenshtein distance",
    ),
    measure("osa", F::Osa, None, AtMost, "edits and swaps"),
    measure("hamming", F::Hamming, Some(F::HammingChars), AtMost, "Hamming distance"),
    measure("days", F::DaysBetween, None, AtMost, "days apart"),
    measure("months", F::DaysBetween, None, AtMost, "months apart"),
    measure("years", F::DaysBetween, None, AtMost, "years apart"),
    measure("percent", F::RelativeDifference, None, Less, "percent apart"),
];

/// Forms that need no number: a function of each side, whose values are to be equal, or one of both sides.
const SAMES: [(&str, Option<Function>, &str); 6] = [
    ("exact", None, "Exact match on"),
    ("folded", Some(F::Fold), "Same letters of"),
    ("skeleton", Some(F::Skeleton), "Same consonants of"),
    ("phonetic", Some(F::Phonetic), "Same sound of"),
    ("same_name", Some(F::SameName), "Same name of"),
    ("name_equivalent", Some(F::NameEquivalent), "Equivalent name of"),
];

/// Measures that can be taken of the best pair of two lists, by `best_` and the key of the measure.
const BEST: [&str; 5] = ["best_jaro_winkler", "best_jaro", "best_levenshtein", "best_damerau_levenshtein", "best_osa"];

/// Forms that have a shape of their own.
const OTHERS: [&str; 8] = ["reversed", "difference", "km", "intersection", "when", "all", "any", "not"];

/// Keys beside the form itself.
pub(crate) const MODIFIERS: [&str; 4] = ["field", "chars", "latitude", "longitude"];

/// The words of all forms.
pub(crate) fn forms() -> Vec<&'static str> {
    let sames = SAMES.iter().map(|(key, ..)| *key);
    sames.chain(MEASURES.iter().map(|measure| measure.key)).chain(BEST).chain(OTHERS).collect()
}

/// A condition with the label that it has if no other is given.
pub(crate) struct Condition {
    pub expression: Expression,
    pub label: String,
}

impl Condition {
    fn new(expression: Expression, label: impl Into<String>) -> Self {
        Self { expression, label: label.into() }
    }
}

/// Reads a condition: the word of a form, or a table with a form; of `fields`, those of the comparison, unless it names
/// others. Keys of `more` are left to the caller.
pub(crate) fn condition(node: &Node, fields: &[String], place: &str, more: &[&str]) -> Result<Condition> {
    if let Node::Text(word) = node {
        let mut table = Table::default();
        table.put(word, true);
        let known: Vec<&str> = SAMES.iter().map(|(key, ..)| *key).collect();
        let node = Node::Table(table);
        let section = Section::open(&node, place)?;
        return match known.contains(&word.as_str()) {
            true => Reader { section: &section, fields }.form(word),
            false => {
                let fault = section.fault(format!("`{word}` is not a condition that stands alone"));
                Err(fault.hint(did_you_mean(word, &known)))
            }
        };
    }
    let forms = forms();
    let known: Vec<&str> = forms.iter().copied().chain(MODIFIERS).chain(more.iter().copied()).collect();
    let section = Section::strict(node, place, &known)?;
    let given: Vec<&str> = section.keys().filter(|key| forms.contains(key)).collect();
    match given[..] {
        [form] => Reader { section: &section, fields }.form(form),
        [] => Err(section.fault("there is no condition").hint(format!("give one of {}", forms.join(", ")))),
        [first, second, ..] => {
            let fault = section.fault(format!("there are two conditions, `{first}` and `{second}`"));
            Err(fault.hint(format!("join them: all = [{{ {first} = … }}, {{ {second} = … }}]")))
        }
    }
}

/// A field of one record.
pub(crate) fn column(side: Side, name: &str) -> Expression {
    Expression::Column { side, name: name.to_owned() }
}

/// A field of both records.
pub(crate) fn both(name: &str) -> [Expression; 2] {
    [column(Side::Left, name), column(Side::Right, name)]
}

/// Two operands with an operator.
pub(crate) fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

/// Operands joined by one operator, from the left; false for none.
pub(crate) fn joined(operator: Operator, operands: impl IntoIterator<Item = Expression>) -> Expression {
    let joined = operands.into_iter().reduce(|left, right| binary(operator, left, right));
    joined.unwrap_or(Expression::Boolean(false))
}

/// `"x_l" IS NULL OR "x_r" IS NULL` of a field, the usual condition of a null level.
pub(crate) fn either_null(name: &str) -> Expression {
    joined(Operator::Or, both(name).map(|column| Expression::IsNull(Box::new(column))))
}

struct Reader<'a> {
    section: &'a Section<'a>,
    fields: &'a [String],
}

impl Reader<'_> {
    fn form(&self, form: &str) -> Result<Condition> {
        let section = self.section;
        let chars = section.flag("chars")?;
        let (inner, best) = match form.strip_prefix("best_") {
            Some(inner) => (inner, true),
            None => (form, false),
        };
        let measure = MEASURES.iter().find(|measure| measure.key == inner);
        if chars && measure.is_none_or(|measure| measure.chars.is_none()) {
            return Err(section.fault(format!("`{form}` has no form for characters")).hint("leave `chars` out"));
        }
        if form != "km" && (section.node("latitude").is_some() || section.node("longitude").is_some()) {
            return Err(section.fault("`latitude` and `longitude` belong to `km` alone"));
        }
        if let Some((_, function, words)) = SAMES.iter().find(|(key, ..)| *key == form) {
            return self.same(form, *function, words);
        }
        match (measure, form) {
            (Some(measure), _) => self.measured(form, measure, chars, best),
            (None, "reversed") => self.reversed(),
            (None, "difference") => self.difference(),
            (None, "intersection") => self.intersection(),
            (None, "km") => self.km(),
            (None, "when") => {
                let text = section.required_text("when")?;
                let expression = parse(text, Context::Level).map_err(|error| within(&error, section.place()))?;
                let label = print(&expression, Context::Level);
                Ok(Condition::new(expression, label))
            }
            (None, "not") => {
                let node = section.node("not").unwrap_or(&Node::Null);
                let inner = condition(node, self.fields, &format!("{}, not", section.place()), &[])?;
                Ok(Condition::new(Expression::Not(Box::new(inner.expression)), format!("not {}", inner.label)))
            }
            (None, "all") => self.several("all", Operator::And, " and "),
            (None, _) => self.several("any", Operator::Or, " or "),
        }
    }

    /// The fields that are compared: those of `field`, else those of the comparison.
    fn compared(&self, form: &str) -> Result<Vec<String>> {
        let named = self.section.texts("field")?.unwrap_or_else(|| self.fields.to_vec());
        if named.is_empty() {
            let fault = self.section.fault(format!("`{form}` needs to know of which field"));
            return Err(fault.hint("give the comparison a `field`, or the level"));
        }
        Ok(named)
    }

    /// The condition of each field, all of which must hold.
    fn each(&self, form: &str, of: impl Fn([Expression; 2]) -> Expression) -> Result<(Expression, String)> {
        let fields = self.compared(form)?;
        Ok((joined(Operator::And, fields.iter().map(|name| of(both(name)))), fields.join(" and ")))
    }

    fn value(&self, form: &str) -> Result<f64> {
        let node = self.section.node(form);
        let value = node.and_then(number_of);
        let value = value.ok_or_else(|| self.section.fault(format!("`{form}` should be a number")))?;
        if value < 0.0 {
            let fault = self.section.fault(format!("`{form}` is {value}: no pair could be within it"));
            return Err(fault.hint("a number from 0 on"));
        }
        Ok(value)
    }

    /// The threshold of a similarity, which is a share of 1.
    fn similarity(&self, form: &str) -> Result<f64> {
        let value = self.value(form)?;
        if value <= 1.0 {
            return Ok(value);
        }
        let fault =
            self.section.fault(format!("`{form}` is {value}: a similarity is from 0 to 1, and no pair reaches it"));
        Err(match value <= 100.0 {
            true => fault.hint(format!("{form} = {}", value / 100.0)),
            false => fault.hint(format!("{form} = 0.9")),
        })
    }

    fn same(&self, form: &str, function: Option<Function>, words: &str) -> Result<Condition> {
        if self.section.node(form) != Some(&Node::Boolean(true)) {
            return Err(self
                .section
                .fault(format!("`{form}` should be true"))
                .hint(format!("{form} = true, field = \"…\" for another field")));
        }
        let (expression, names) = self.each(form, |[left, right]| match function {
            None => binary(Operator::Equal, left, right),
            Some(function) if function.arguments().0 == 2 => Expression::Call(function, vec![left, right]),
            Some(function) => {
                let [left, right] = [left, right].map(|side| Expression::Call(function, vec![side]));
                binary(Operator::Equal, left, right)
            }
        })?;
        Ok(Condition::new(expression, format!("{words} {names}")))
    }

    fn measured(&self, form: &str, measure: &Measure, chars: bool, best: bool) -> Result<Condition> {
        let value = if measure.operator == AtLeast { self.similarity(form)? } else { self.value(form)? };
        let threshold = match measure.key {
            "months" => value * MONTH_DAYS,
            "years" => value * YEAR_DAYS,
            "percent" => value / 100.0,
            _ => value,
        };
        let function = if chars { measure.chars.unwrap_or(measure.function) } else { measure.function };
        let (expression, names) = self.each(form, |[left, right]| {
            let measured = if best {
                let [left, right] = [left, right].map(Box::new);
                Expression::BestPair { function, left, right, most: measure.operator == AtLeast }
            } else {
                Expression::Call(function, vec![left, right])
            };
            binary(measure.operator, measured, Expression::Number(threshold))
        })?;
        let sign = match measure.operator {
            AtLeast => ">=",
            AtMost => "<=",
            _ => "<",
        };
        let best = if best { "Best " } else { "" };
        Ok(Condition::new(expression, format!("{best}{} of {names} {sign} {value}", measure.words)))
    }

    fn reversed(&self) -> Result<Condition> {
        let fields = self.compared("reversed")?;
        let (first, second) = match (&fields[..], self.section.node("reversed")) {
            ([first], Some(Node::Text(second))) => (first, second),
            ([first, second], Some(Node::Boolean(true))) => (first, second),
            _ => {
                let fault = self.section.fault("`reversed` needs two fields");
                return Err(fault.hint("reversed = \"forename\" in a comparison of the field surname"));
            }
        };
        let [first_left, first_right] = both(first);
        let [second_left, second_right] = both(second);
        let equal = |left, right| binary(Operator::Equal, left, right);
        let expression = joined(Operator::And, [equal(first_left, second_right), equal(first_right, second_left)]);
        Ok(Condition::new(expression, format!("Match on reversed {first} and {second}")))
    }

    fn difference(&self) -> Result<Condition> {
        let value = self.value("difference")?;
        let (expression, names) = self.each("difference", |[left, right]| {
            let apart = Expression::Call(F::Abs, vec![binary(Operator::Subtract, left, right)]);
            binary(AtMost, apart, Expression::Number(value))
        })?;
        Ok(Condition::new(expression, format!("Difference of {names} <= {value}")))
    }

    fn intersection(&self) -> Result<Condition> {
        let value = self.value("intersection")?;
        let (expression, names) = self.each("intersection", |sides| {
            let common = Expression::Call(F::ListIntersect, sides.to_vec());
            binary(AtLeast, Expression::Call(F::ArrayLength, vec![common]), Expression::Number(value))
        })?;
        Ok(Condition::new(expression, format!("In common of {names} >= {value}")))
    }

    fn km(&self) -> Result<Condition> {
        let value = self.value("km")?;
        let latitude = self.section.required_text("latitude")?;
        let longitude = self.section.required_text("longitude")?;
        let [latitude_left, latitude_right] = both(latitude);
        let [longitude_left, longitude_right] = both(longitude);
        let places = vec![latitude_left, longitude_left, latitude_right, longitude_right];
        let expression = binary(AtMost, Expression::Call(F::GreatCircleKm, places), Expression::Number(value));
        Ok(Condition::new(expression, format!("Distance of {latitude} and {longitude} <= {value} km")))
    }

    fn several(&self, form: &str, operator: Operator, word: &str) -> Result<Condition> {
        let place = self.section.place();
        let Some(items @ [_, ..]) = self.section.list(form)? else {
            return Err(self.section.fault(format!("`{form}` is an empty list")));
        };
        let inner = |(index, node): (usize, &Node)| {
            condition(node, self.fields, &format!("{place}, {form} {}", index + 1), &[])
        };
        let parts: Vec<Condition> = items.iter().enumerate().map(inner).collect::<Result<_>>()?;
        let label = parts.iter().map(|part| part.label.as_str()).collect::<Vec<_>>().join(word);
        Ok(Condition::new(joined(operator, parts.into_iter().map(|part| part.expression)), label))
    }
}
