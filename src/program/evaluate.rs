//! The slow evaluator: one expression, two records, one value, exactly as DuckDB would have it.
//!
//! The fast form in [`super`] must always agree with it.

use super::plugged::Plugged;
use super::typing::{self, Kinds};
use super::value::{Kind, NumberText, Record, Value};
use super::{functions, pattern, strptime};
use crate::error::Result;
use crate::model::expression::shape::walk;
use crate::model::expression::{Expression, Function, Operator, Side, Type};
use crate::util::hash::{Map, map};
use regex::Regex;
use std::borrow::Cow;
use std::cmp::Ordering;

/// The value of an expression over two records, taken by itself.
///
/// Fields are texts or lists; those that the expression uses as numbers or points in time are read as such. Text that
/// does not fit, and whatever else makes DuckDB stop, is null.
///
/// # Errors
/// When the expression does not fit together: a list where a text is wanted, a pattern that is none.
pub fn evaluate(
    expression: &Expression,
    left: &dyn Record,
    right: &dyn Record,
    plugged: &dyn Plugged,
) -> Result<Value> {
    let is_list = |name: &str| left.is_list(name) || right.is_list(name);
    let kinds = Kinds::of(&[expression], &is_list);
    Ok(Evaluator::new(expression, &kinds, plugged)?.value(left, right))
}

/// An expression ready to be worked out over many records.
pub struct Evaluator<'a> {
    typed: Expression,
    kind: Kind,
    tools: Tools<'a>,
}

impl<'a> Evaluator<'a> {
    /// Prepares an expression whose fields are of `kinds`: those of the whole model that it belongs to.
    ///
    /// # Errors
    /// As [`evaluate`].
    pub fn new(expression: &Expression, kinds: &Kinds, plugged: &'a dyn Plugged) -> Result<Self> {
        let (typed, kind) = typing::typed(expression, kinds)?;
        let tools = Tools::new(plugged, &[&typed]);
        Ok(Self { typed, kind, tools })
    }

    /// What its values are, where they are not null.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its value over two records; an expression of one record takes the same one twice.
    pub fn value(&self, left: &dyn Record, right: &dyn Record) -> Value {
        interpret(&self.typed, &Sides { left, right }, &self.tools)
    }
}

/// The two records of a pair.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(crate) left: &'a dyn Record,
    pub(crate) right: &'a dyn Record,
}

/// What expressions need beside records: plugged functions, compiled patterns and formats.
pub(crate) struct Tools<'a> {
    pub(crate) plugged: &'a dyn Plugged,
    /// By pattern, with its options before it.
    patterns: Map<String, Option<Regex>>,
    formats: Map<String, Option<String>>,
}

impl<'a> Tools<'a> {
    /// Prepares the patterns and formats that stand in `expressions`.
    pub(crate) fn new(plugged: &'a dyn Plugged, expressions: &[&Expression]) -> Self {
        let mut tools = Self { plugged, patterns: map(), formats: map() };
        for expression in expressions {
            walk(expression, &mut |part| {
                if let Expression::Call(function, arguments) = part {
                    tools.prepare(*function, arguments);
                }
            });
        }
        tools
    }

    fn prepare(&mut self, function: Function, arguments: &[Expression]) {
        if let Some((pattern, options)) = typing::pattern_of(function, arguments) {
            let compiled = pattern::compile(pattern, options).ok();
            self.patterns.insert(pattern_key(pattern, options).into_owned(), compiled);
        }
        if let (Function::Strptime | Function::TryStrptime, [_, Expression::Text(format)]) = (function, arguments) {
            self.formats.insert(format.clone(), strptime::expanded(format));
        }
    }

    /// What `work` gives for a pattern; `None` where it is none.
    pub(crate) fn matching<T>(&self, pattern: &str, options: &str, work: impl Fn(&Regex) -> T) -> Option<T> {
        match self.patterns.get(pattern_key(pattern, options).as_ref()) {
            Some(prepared) => prepared.as_ref().map(work),
            None => pattern::compile(pattern, options).ok().map(|regex| work(&regex)),
        }
    }

    /// The point in time that a text means by a format.
    pub(crate) fn instant(&self, text: &str, format: &str) -> Option<f64> {
        match self.formats.get(format) {
            Some(prepared) => strptime::read(text, prepared.as_ref()?),
            None => strptime::read(text, &strptime::expanded(format)?),
        }
    }
}

/// What a pattern with options is known by.
fn pattern_key<'t>(pattern: &'t str, options: &str) -> Cow<'t, str> {
    if options.is_empty() { Cow::Borrowed(pattern) } else { Cow::Owned(format!("{options}\0{pattern}")) }
}

/// The value of an expression that [`typing::typed`] made.
pub(crate) fn interpret(expression: &Expression, sides: &Sides, tools: &Tools) -> Value {
    match expression {
        Expression::Column { side: Side::Left, name } => sides.left.value(name),
        Expression::Column { side: Side::Right, name } => sides.right.value(name),
        Expression::Text(text) => Value::Text(text.clone()),
        Expression::Number(number) => Value::Number(*number),
        Expression::Boolean(truth) => Value::Boolean(*truth),
        Expression::Null => Value::Null,
        Expression::Binary(Operator::And, ..) => interpret_chain(Operator::And, false, expression, sides, tools),
        Expression::Binary(Operator::Or, ..) => interpret_chain(Operator::Or, true, expression, sides, tools),
        Expression::Binary(operator, left, right) => {
            operate(*operator, &interpret(left, sides, tools), &interpret(right, sides, tools))
        }
        Expression::Not(of) => Value::or_null(interpret(of, sides, tools).truth(), |truth| Value::Boolean(!truth)),
        Expression::Negative(of) => Value::or_null(interpret(of, sides, tools).number(), |x| Value::Number(-x)),
        Expression::IsNull(of) => Value::Boolean(interpret(of, sides, tools) == Value::Null),
        Expression::Case { branches, otherwise } => {
            let holds = |condition: &Expression| interpret(condition, sides, tools).truth() == Some(true);
            let branch = branches.iter().find(|(condition, _)| holds(condition));
            interpret(branch.map_or(otherwise, |(_, value)| value), sides, tools)
        }
        Expression::Cast { of, to, .. } => interpret(of, sides, tools).cast(*to, number_text(of)),
        Expression::Call(function, arguments) => {
            let values: Vec<Value> = arguments.iter().map(|argument| interpret(argument, sides, tools)).collect();
            functions::call(*function, &values, tools)
        }
        Expression::BestPair { function, left, right, most } => {
            let (left, right) = (interpret(left, sides, tools), interpret(right, sides, tools));
            best_pair(*function, &left, &right, *most, tools)
        }
    }
}

/// A chain of `AND`, which a false part settles, or of `OR`, which a true one does, from its end: it may be long.
fn interpret_chain(operator: Operator, settles: bool, chain: &Expression, sides: &Sides, tools: &Tools) -> Value {
    let mut result = Value::Boolean(!settles);
    let mut rest = Some(chain);
    while let Some(part) = rest {
        let (left, part) = match part {
            Expression::Binary(own, left, right) if *own == operator => (Some(left.as_ref()), right.as_ref()),
            _ => (None, part),
        };
        rest = left;
        match interpret(part, sides, tools).truth() {
            Some(truth) if truth == settles => return Value::Boolean(settles),
            Some(_) => {}
            None => result = Value::Null,
        }
    }
    result
}

/// The value of an operator but `AND` and `OR`.
fn operate(operator: Operator, left: &Value, right: &Value) -> Value {
    let ordered = |wanted: fn(Ordering) -> bool| Value::or_null(left.compare(right).map(wanted), Value::Boolean);
    match operator {
        Operator::Equal => ordered(Ordering::is_eq),
        Operator::Different => ordered(Ordering::is_ne),
        Operator::Less => ordered(Ordering::is_lt),
        Operator::AtMost => ordered(Ordering::is_le),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::AtLeast => ordered(Ordering::is_ge),
        Operator::And | Operator::Or => Value::Null,
        Operator::Concat => match (left, right) {
            (Value::Text(left), Value::Text(right)) => Value::Text(format!("{left}{right}")),
            _ => Value::Null,
        },
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => arithmetic(operator, left, right),
    }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Value {
    match (operator, left, right) {
        (Operator::Add, Value::Number(a), Value::Number(b)) => Value::Number(a + b),
        (Operator::Subtract, Value::Number(a), Value::Number(b)) => Value::Number(a - b),
        (Operator::Multiply, Value::Number(a), Value::Number(b)) => Value::Number(a * b),
        (Operator::Divide, Value::Number(a), Value::Number(b)) => Value::Number(a / b),
        (Operator::Subtract, Value::Date(a), Value::Date(b)) => Value::Number(f64::from(*a) - f64::from(*b)),
        (Operator::Add, Value::Date(day), Value::Number(days)) => shifted(*day, *days),
        (Operator::Subtract, Value::Date(day), Value::Number(days)) => shifted(*day, -days),
        _ => Value::Null,
    }
}

/// A day so many days later; null beyond all calendars.
fn shifted(day: i32, days: f64) -> Value {
    let sum = f64::from(day) + days.trunc();
    if sum.abs() < 1e8 { Value::Date(sum as i32) } else { Value::Null }
}

fn best_pair(function: Function, left: &Value, right: &Value, most: bool, tools: &Tools) -> Value {
    let (Some(left), Some(right)) = (left.list(), right.list()) else { return Value::Null };
    let wanted = if most { Ordering::Greater } else { Ordering::Less };
    let mut best = Value::Null;
    for a in left {
        for b in right {
            let value = functions::call(function, &[Value::Text(a.clone()), Value::Text(b.clone())], tools);
            if best == Value::Null || value.compare(&best) == Some(wanted) {
                best = value;
            }
        }
    }
    best
}

/// How the number that an expression gives is written, by where it comes from.
pub(crate) fn number_text(expression: &Expression) -> NumberText {
    match expression {
        Expression::Cast { to: Type::Float, .. } => NumberText::Float,
        _ if is_whole(expression) => NumberText::Whole,
        _ => NumberText::Double,
    }
}

/// Whether DuckDB would hold the number that an expression gives as a whole number.
fn is_whole(expression: &Expression) -> bool {
    match expression {
        Expression::Number(number) => number.fract() == 0.0,
        Expression::Null | Expression::Cast { to: Type::Integer, .. } => true,
        Expression::Negative(of) => is_whole(of),
        Expression::Binary(Operator::Add | Operator::Subtract | Operator::Multiply, a, b) => is_whole(a) && is_whole(b),
        Expression::Case { branches, otherwise } => {
            is_whole(otherwise) && branches.iter().all(|(_, value)| is_whole(value))
        }
        Expression::Call(function, arguments) => match function {
            Function::Abs | Function::Coalesce | Function::Least | Function::Greatest => arguments.iter().all(is_whole),
            Function::NullIf => arguments.first().is_some_and(is_whole),
            other => typing::counts(*other),
        },
        Expression::BestPair { function, .. } => typing::counts(*function),
        _ => false,
    }
}
