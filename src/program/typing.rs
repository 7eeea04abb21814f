//! Kinds of expressions: what is a number, a text, a list; casts where one is used as another.
//!
//! Fields are texts or lists. A field that a model reckons with is a number throughout the model, and one whose time it
//! takes is a point in time: `"amt_l" > "amt_r"` compares numbers where another level has `ABS("amt_l" - "amt_r")`, as it
//! would in a table with typed columns. A field that is also used as text stays text, and is cast where it must be.

mod signature;

pub(crate) use signature::{Want, counts, signature};

use super::pattern;
use super::strptime;
use super::value::Kind;
use crate::error::{Error, Result};
use crate::model::expression::{Expression, Function, Operator, Type};
use std::collections::BTreeMap;

/// The kinds of fields by name, the same on both sides: text unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    fields: BTreeMap<String, Kind>,
}

/// What a field is used as.
#[derive(Clone, Copy, Debug, Default)]
struct Uses {
    number: bool,
    instant: bool,
    text: bool,
}

impl Kinds {
    /// The kinds of the fields that `expressions` use, as they use them; `is_list` says which fields are lists.
    pub fn of(expressions: &[&Expression], is_list: &dyn Fn(&str) -> bool) -> Self {
        let mut uses = BTreeMap::new();
        for expression in expressions {
            note(expression, None, &mut uses);
        }
        let kind = |name: &str, uses: Uses| match (is_list(name), uses) {
            (true, _) => Kind::List,
            (_, Uses { number: true, instant: false, text: false }) => Kind::Number,
            (_, Uses { number: false, instant: true, text: false }) => Kind::Instant,
            _ => Kind::Text,
        };
        Self { fields: uses.into_iter().map(|(name, uses)| (name.to_owned(), kind(name, uses))).collect() }
    }

    /// The kind of a field.
    pub fn field(&self, name: &str) -> Kind {
        self.fields.get(name).copied().unwrap_or(Kind::Text)
    }
}

/// Notes what fields are used as; `want` is what the surroundings take.
fn note<'a>(expression: &'a Expression, want: Option<Kind>, uses: &mut BTreeMap<&'a str, Uses>) {
    match expression {
        Expression::Column { name, .. } => {
            let uses = uses.entry(name).or_default();
            match want {
                Some(Kind::Number) => uses.number = true,
                Some(Kind::Instant) => uses.instant = true,
                Some(Kind::Text) => uses.text = true,
                _ => {}
            }
        }
        Expression::Text(_) | Expression::Number(_) | Expression::Boolean(_) | Expression::Null => {}
        Expression::Binary(operator, left, right) => {
            let want = match operator {
                Operator::And | Operator::Or | Operator::Concat => None,
                Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
                    let time = [left, right].iter().any(|of| rough(of) == Kind::Instant);
                    (!time).then_some(Kind::Number)
                }
                _ => shared_want([left.as_ref(), right.as_ref()].into_iter()),
            };
            note(left, want, uses);
            note(right, want, uses);
        }
        Expression::Not(of) | Expression::IsNull(of) | Expression::Cast { of, .. } => note(of, None, uses),
        Expression::Negative(of) => note(of, Some(Kind::Number), uses),
        Expression::Case { branches, otherwise } => {
            branches.iter().for_each(|(condition, _)| note(condition, None, uses));
            let values = || branches.iter().map(|(_, value)| value).chain([otherwise.as_ref()]);
            let want = want.or_else(|| shared_want(values()));
            values().for_each(|value| note(value, want, uses));
        }
        Expression::Call(function, arguments) => note_call(*function, arguments, want, uses),
        Expression::BestPair { left, right, .. } => {
            note(left, None, uses);
            note(right, None, uses);
        }
    }
}

fn note_call<'a>(
    function: Function,
    arguments: &'a [Expression],
    want: Option<Kind>,
    uses: &mut BTreeMap<&'a str, Uses>,
) {
    let shared = want.or_else(|| shared_want(arguments.iter()));
    for (place, argument) in arguments.iter().enumerate() {
        let want = match signature(function).want(place) {
            Want::Number => Some(Kind::Number),
            Want::Instant => Some(Kind::Instant),
            Want::Text | Want::Either => Some(Kind::Text),
            // Whatever is joined to a text stays what it is.
            Want::Same if function == Function::Concat => None,
            Want::Same => shared,
            Want::List | Want::Moment => None,
        };
        note(argument, want, uses);
    }
}

/// What operands that must be of one kind are taken as, where one of them says.
fn shared_want<'a>(operands: impl Iterator<Item = &'a Expression>) -> Option<Kind> {
    let mut kinds = operands.map(rough);
    kinds.find(|kind| matches!(kind, Kind::Number | Kind::Instant))
}

/// The kind of an expression as far as it can be told without knowing its fields; dates count as points in time.
fn rough(expression: &Expression) -> Kind {
    match expression {
        Expression::Number(_) | Expression::Negative(_) => Kind::Number,
        Expression::Binary(operator, left, right) => match operator {
            Operator::Concat => Kind::Text,
            Operator::Add | Operator::Subtract if rough(left) == Kind::Instant && rough(right) != Kind::Instant => {
                Kind::Instant
            }
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => Kind::Number,
            _ => Kind::Boolean,
        },
        Expression::Boolean(_) | Expression::Not(_) | Expression::IsNull(_) => Kind::Boolean,
        Expression::Cast { to, .. } => match to {
            Type::Text => Kind::Text,
            Type::Double | Type::Float | Type::Integer => Kind::Number,
            Type::Date | Type::Timestamp => Kind::Instant,
            Type::Boolean => Kind::Boolean,
        },
        Expression::Case { branches, otherwise } => {
            let values = branches.iter().map(|(_, value)| value).chain([otherwise.as_ref()]);
            shared_want(values).unwrap_or(Kind::Null)
        }
        Expression::Call(function, arguments) => {
            signature(*function).result.unwrap_or_else(|| shared_want(arguments.iter()).unwrap_or(Kind::Null))
        }
        Expression::BestPair { .. } => Kind::Number,
        Expression::Column { .. } | Expression::Text(_) | Expression::Null => Kind::Null,
    }
}

/// The expression with a cast wherever a value is used as another kind, and its kind.
///
/// # Errors
/// When kinds do not fit together, or a pattern or format cannot be used.
pub(crate) fn typed(expression: &Expression, kinds: &Kinds) -> Result<(Expression, Kind)> {
    let of_kind = |part: &Expression, kind| typed(part, kinds).and_then(|(part, own)| converted(part, own, kind));
    Ok(match expression {
        Expression::Column { name, .. } => match kinds.field(name) {
            Kind::Number => (cast(expression.clone(), Type::Double), Kind::Number),
            Kind::Instant => (cast(expression.clone(), Type::Timestamp), Kind::Instant),
            kind => (expression.clone(), kind),
        },
        Expression::Text(_) => (expression.clone(), Kind::Text),
        Expression::Number(_) => (expression.clone(), Kind::Number),
        Expression::Boolean(_) => (expression.clone(), Kind::Boolean),
        Expression::Null => (Expression::Null, Kind::Null),
        Expression::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
            (typed_chain(*operator, left, right, kinds)?, Kind::Boolean)
        }
        Expression::Binary(operator, left, right) => typed_binary(*operator, left, right, kinds)?,
        Expression::Not(of) => (Expression::Not(Box::new(of_kind(of, Kind::Boolean)?)), Kind::Boolean),
        Expression::Negative(of) => (Expression::Negative(Box::new(of_kind(of, Kind::Number)?)), Kind::Number),
        Expression::IsNull(of) => (Expression::IsNull(Box::new(typed(of, kinds)?.0)), Kind::Boolean),
        Expression::Case { branches, otherwise } => typed_case(branches, otherwise, kinds)?,
        Expression::Cast { of, to, safe } => {
            let (of, own) = if *to == Type::Text { raw(of, kinds)? } else { typed(of, kinds)? };
            if !castable(own, *to) {
                return Err(misfit(own, kind_of_type(*to), &of));
            }
            (Expression::Cast { of: Box::new(of), to: *to, safe: *safe }, kind_of_type(*to))
        }
        Expression::Call(function, arguments) => signature::typed_call(*function, arguments, kinds)?,
        Expression::BestPair { function, left, right, most } => {
            let (left, right) = (of_kind(left, Kind::List)?, of_kind(right, Kind::List)?);
            let signature = signature(*function);
            if signature.want(0) != Want::Text || signature.want(1) != Want::Text {
                return Err(Error::settings(format!("`{}` is no function of two texts", function.name())));
            }
            let (left, right) = (Box::new(left), Box::new(right));
            let kind = signature.result.unwrap_or(Kind::Number);
            (Expression::BestPair { function: *function, left, right, most: *most }, kind)
        }
    })
}

/// The kind of an expression that [`typed`] made, or of a part of one.
pub(crate) fn kind_of(expression: &Expression, kinds: &Kinds) -> Kind {
    let shared = |parts: &mut dyn Iterator<Item = &Expression>| {
        let mut known = parts.map(|part| kind_of(part, kinds)).filter(|kind| *kind != Kind::Null);
        known.next().unwrap_or(Kind::Null)
    };
    match expression {
        // A field that is no list is the text that it is; what it is used as stands around it.
        Expression::Column { name, .. } if kinds.field(name) == Kind::List => Kind::List,
        Expression::Column { .. } | Expression::Text(_) => Kind::Text,
        Expression::Number(_) | Expression::Negative(_) => Kind::Number,
        Expression::Boolean(_) | Expression::Not(_) | Expression::IsNull(_) => Kind::Boolean,
        Expression::Null => Kind::Null,
        Expression::Binary(operator, left, right) => match operator {
            Operator::Concat => Kind::Text,
            Operator::Subtract if kind_of(right, kinds) == Kind::Date => Kind::Number,
            Operator::Add | Operator::Subtract if kind_of(left, kinds) == Kind::Date => Kind::Date,
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => Kind::Number,
            _ => Kind::Boolean,
        },
        Expression::Cast { to, .. } => kind_of_type(*to),
        Expression::Case { branches, otherwise } => {
            shared(&mut branches.iter().map(|(_, value)| value).chain([otherwise.as_ref()]))
        }
        Expression::Call(function, arguments) => {
            signature(*function).result.unwrap_or_else(|| shared(&mut arguments.iter()))
        }
        Expression::BestPair { function, .. } => signature(*function).result.unwrap_or(Kind::Number),
    }
}

/// As [`typed`], but a field stays the text that it is.
fn raw(expression: &Expression, kinds: &Kinds) -> Result<(Expression, Kind)> {
    match expression {
        Expression::Column { name, .. } if kinds.field(name) != Kind::List => Ok((expression.clone(), Kind::Text)),
        _ => typed(expression, kinds),
    }
}

fn cast(of: Expression, to: Type) -> Expression {
    Expression::Cast { of: Box::new(of), to, safe: true }
}

const fn kind_of_type(to: Type) -> Kind {
    match to {
        Type::Text => Kind::Text,
        Type::Double | Type::Float | Type::Integer => Kind::Number,
        Type::Date => Kind::Date,
        Type::Timestamp => Kind::Instant,
        Type::Boolean => Kind::Boolean,
    }
}

const fn castable(from: Kind, to: Type) -> bool {
    match from {
        Kind::Null | Kind::Text => true,
        Kind::List => false,
        Kind::Boolean | Kind::Number => !matches!(to, Type::Date | Type::Timestamp),
        Kind::Date | Kind::Instant => matches!(to, Type::Text | Type::Date | Type::Timestamp),
    }
}

/// An expression of one kind as one of another, where that needs no explicit cast.
fn converted(of: Expression, from: Kind, to: Kind) -> Result<Expression> {
    let to_type = match to {
        _ if from == to || from == Kind::Null => return Ok(of),
        Kind::Text => Type::Text,
        Kind::Number => Type::Double,
        Kind::Date => Type::Date,
        Kind::Instant => Type::Timestamp,
        Kind::Boolean => Type::Boolean,
        Kind::Null | Kind::List => return Err(misfit(from, to, &of)),
    };
    // A number is a text only where it is written as one, a day is a point in time, but not the other way.
    let fits = castable(from, to_type) && to != Kind::Text && !(from == Kind::Instant && to == Kind::Date);
    if fits { Ok(cast(of, to_type)) } else { Err(misfit(from, to, &of)) }
}

fn misfit(from: Kind, to: Kind, of: &Expression) -> Error {
    let told: String = crate::model::expression::print(of, crate::model::expression::Context::Rule);
    let told: String = told.chars().take(80).collect();
    let error = Error::settings(format!("`{told}` is {}, where {} is wanted", named(from), named(to)));
    if from == Kind::List || to == Kind::List {
        return error.hint("a field is a list when the model or its table says so");
    }
    error.hint("write the CAST that is meant")
}

const fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "true or false",
        Kind::Number => "a number",
        Kind::Text => "a text",
        Kind::Date => "a date",
        Kind::Instant => "a point in time",
        Kind::List => "a list",
    }
}

/// The one kind that values of several kinds are taken as.
fn unified(kinds: impl Iterator<Item = Kind>) -> Option<Kind> {
    let mut all = kinds.filter(|kind| *kind != Kind::Null);
    let first = all.next().unwrap_or(Kind::Null);
    all.try_fold(first, |one, other| match (one.min(other), one.max(other)) {
        (one, other) if one == other => Some(one),
        (_, Kind::List) => None,
        (kind, Kind::Text) => Some(kind),
        (Kind::Text, kind) => Some(kind),
        (Kind::Date, Kind::Instant) => Some(Kind::Instant),
        (Kind::Boolean, Kind::Number) => Some(Kind::Number),
        _ => None,
    })
}

/// Expressions of several kinds as expressions of one.
fn same_kind(parts: Vec<(Expression, Kind)>) -> Result<(Vec<Expression>, Kind)> {
    let Some(kind) = unified(parts.iter().map(|(_, kind)| *kind)) else {
        let kinds: Vec<&str> = parts.iter().map(|(_, kind)| named(*kind)).collect();
        return Err(
            Error::settings(format!("{} do not go together", kinds.join(" and "))).hint("write the CAST that is meant")
        );
    };
    let parts = parts.into_iter().map(|(part, own)| converted(part, own, kind)).collect::<Result<Vec<_>>>()?;
    Ok((parts, kind))
}

/// A chain of `AND` or of `OR`, which may be long: it is followed in a loop, to spare the stack.
fn typed_chain(operator: Operator, left: &Expression, right: &Expression, kinds: &Kinds) -> Result<Expression> {
    let mut rest = vec![right];
    let mut first = left;
    while let Expression::Binary(own, left, right) = first
        && *own == operator
    {
        rest.push(right);
        first = left;
    }
    let mut joined = condition(first, kinds)?;
    for right in rest.into_iter().rev() {
        joined = Expression::Binary(operator, Box::new(joined), Box::new(condition(right, kinds)?));
    }
    Ok(joined)
}

fn typed_binary(
    operator: Operator,
    left: &Expression,
    right: &Expression,
    kinds: &Kinds,
) -> Result<(Expression, Kind)> {
    let parts = match operator {
        Operator::Concat => [raw(left, kinds)?, raw(right, kinds)?],
        _ => [typed(left, kinds)?, typed(right, kinds)?],
    };
    let [left_kind, right_kind] = [parts[0].1, parts[1].1];
    let all = |parts: [(Expression, Kind); 2], kind| -> Result<Vec<Expression>> {
        parts.into_iter().map(|(part, own)| converted(part, own, kind)).collect()
    };
    let (operands, kind) = match operator {
        Operator::Concat => {
            (parts.into_iter().map(|(part, kind)| written(part, kind)).collect::<Result<_>>()?, Kind::Text)
        }
        Operator::Subtract if (left_kind, right_kind) == (Kind::Date, Kind::Date) => {
            (parts.map(|(part, _)| part).to_vec(), Kind::Number)
        }
        Operator::Add | Operator::Subtract if left_kind == Kind::Date => {
            let [(day, _), (days, own)] = parts;
            (vec![day, converted(days, own, Kind::Number)?], Kind::Date)
        }
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
            (all(parts, Kind::Number)?, Kind::Number)
        }
        _ => (same_kind(parts.to_vec())?.0, Kind::Boolean),
    };
    let mut operands = operands.into_iter().map(Box::new);
    match (operands.next(), operands.next()) {
        (Some(left), Some(right)) => Ok((Expression::Binary(operator, left, right), kind)),
        _ => Err(Error::internal("an operator has lost an operand")),
    }
}

/// A condition, typed: true, false or null.
///
/// # Errors
/// As [`typed`].
pub(crate) fn condition(expression: &Expression, kinds: &Kinds) -> Result<Expression> {
    typed(expression, kinds).and_then(|(part, own)| converted(part, own, Kind::Boolean))
}

/// A value as it is written within a longer text.
fn written(part: Expression, kind: Kind) -> Result<Expression> {
    match kind {
        Kind::Text | Kind::Null => Ok(part),
        Kind::List => Err(misfit(kind, Kind::Text, &part)),
        _ => Ok(cast(part, Type::Text)),
    }
}

fn typed_case(
    branches: &[(Expression, Expression)],
    otherwise: &Expression,
    kinds: &Kinds,
) -> Result<(Expression, Kind)> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (condition, value) in branches {
        let (condition, own) = typed(condition, kinds)?;
        conditions.push(converted(condition, own, Kind::Boolean)?);
        values.push(typed(value, kinds)?);
    }
    values.push(typed(otherwise, kinds)?);
    let (mut values, kind) = same_kind(values)?;
    let otherwise = Box::new(values.pop().unwrap_or(Expression::Null));
    let branches = conditions.into_iter().zip(values).collect();
    Ok((Expression::Case { branches, otherwise }, kind))
}

/// The pattern and the options of a call that has them written out.
pub(crate) fn pattern_of(function: Function, arguments: &[Expression]) -> Option<(&str, &str)> {
    let place = match function {
        Function::RegexpMatches => 2,
        Function::RegexpReplace | Function::RegexpExtract => 3,
        _ => return None,
    };
    let Some(Expression::Text(pattern)) = arguments.get(1) else { return None };
    match arguments.get(place) {
        None => Some((pattern, "")),
        Some(Expression::Text(options)) => Some((pattern, options)),
        Some(_) => None,
    }
}

/// Whether patterns and formats that are written out can be used.
fn check_words(function: Function, arguments: &[Expression]) -> Result<()> {
    if let Some((text, options)) = pattern_of(function, arguments) {
        pattern::compile(text, options).map_err(|reason| {
            Error::settings(format!("`{text}` is no regular expression: {reason}"))
                .hint("regular expressions are those of RE2; they have no look-around and no back-references")
        })?;
    }
    if let (Function::Strptime | Function::TryStrptime, [_, Expression::Text(format)]) = (function, arguments)
        && strptime::expanded(format).is_none()
    {
        return Err(Error::settings(format!("`{format}` is no format of dates that is known"))
            .hint("formats are made of %Y %y %m %d %b %B %a %A %j %H %I %p %M %S %f %g %z %Z"));
    }
    if let (Function::DateDiff, [Expression::Text(unit), ..]) = (function, arguments)
        && super::calendar::boundaries(unit, 0.0, 0.0).is_none()
    {
        return Err(Error::settings(format!("`{unit}` is no unit of time that is known"))
            .hint("units are year, quarter, month, week, day, hour, minute and second"));
    }
    Ok(())
}
