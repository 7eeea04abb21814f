//! Native functions in the words of DuckDB, where it has any.

use crate::model::expression::shape::rebuilt;
use crate::model::expression::{Expression, Function, Operator, Type};
use crate::model::linkage::FieldKind;
use crate::model::splink::rewrite::on_bytes;

/// Radius of the earth in km, as in Splink.
const EARTH_KM: f64 = 6371.0;

/// An expression for DuckDB.
pub(super) struct Translated {
    pub(super) expression: Expression,
    /// In what it differs, each difference once.
    pub(super) differs: Vec<String>,
    /// Functions that DuckDB has nothing for; the expression cannot be used then.
    pub(super) lacking: Vec<&'static str>,
}

/// Rewrites an expression for DuckDB; `kind` tells the kind of a field.
pub(super) fn translated(expression: &Expression, kind: &impl Fn(&str) -> FieldKind) -> Translated {
    let mut differs = Vec::new();
    let mut lacking = Vec::new();
    let expression = rebuilt(expression, &mut |part| match part {
        Expression::Call(function, arguments) => match call(function, &arguments, kind) {
            Some((expression, difference)) => {
                add(&mut differs, difference);
                expression
            }
            None => {
                add(&mut lacking, Some(function.name()));
                Expression::Call(function, arguments)
            }
        },
        Expression::BestPair { function, left, right, most } => {
            let (known, difference) = measure(function);
            if known.is_none() {
                add(&mut lacking, Some(function.name()));
            }
            add(&mut differs, difference);
            Expression::BestPair { function: known.unwrap_or(function), left, right, most }
        }
        other => other,
    });
    Translated { expression, differs, lacking }
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: Option<T>) {
    if let Some(one) = one.filter(|one| !all.contains(one)) {
        all.push(one);
    }
}

/// The measure of DuckDB for one of ours, if there is one, and in what it differs.
fn measure(function: Function) -> (Option<Function>, Option<String>) {
    // The same name counts bytes or characters by the version of DuckDB: said once for the whole model.
    if let Some(of_duckdb) = on_bytes(function) {
        return (Some(of_duckdb), None);
    }
    match function {
        Function::Osa => {
            let difference = "damerau_levenshtein may swap letters and change them again";
            (Some(Function::DamerauLevenshtein), Some(difference.to_owned()))
        }
        other if other.is_native() => (None, None),
        other => (Some(other), None),
    }
}

/// A call in the words of DuckDB, and in what it differs; `None` where there are none.
fn call(
    function: Function,
    arguments: &[Expression],
    kind: &impl Fn(&str) -> FieldKind,
) -> Option<(Expression, Option<String>)> {
    let exact = |expression| Some((expression, None));
    match (function, arguments) {
        (Function::DaysBetween, [left, right]) => {
            let days = vec![Expression::Text("day".to_owned()), day(left), day(right)];
            exact(Expression::Call(Function::Abs, vec![Expression::Call(Function::DateDiff, days)]))
        }
        (Function::RelativeDifference, [left, right]) => exact(relative_difference(left, right)),
        (Function::GreatCircleKm, [latitude_left, longitude_left, latitude_right, longitude_right]) => {
            exact(great_circle_km([latitude_left, longitude_left, latitude_right, longitude_right]))
        }
        (Function::Prefix | Function::Suffix, [_, Expression::Number(count)]) if *count >= 1.0 => {
            let part = if function == Function::Prefix { Function::Left } else { Function::Right };
            let part = Expression::Call(part, arguments.to_vec());
            exact(Expression::Call(Function::NullIf, vec![part, Expression::Text(String::new())]))
        }
        (Function::Fold, [of]) => {
            let letters = Expression::Call(Function::StripAccents, vec![of.clone()]);
            let difference = "LOWER(strip_accents(x)) keeps marks and other scripts that fold changes";
            Some((Expression::Call(Function::Lower, vec![letters]), Some(difference.to_owned())))
        }
        (Function::Year | Function::Month | Function::Day, [column @ Expression::Column { name, .. }]) => {
            let partial = kind(name) == FieldKind::Date;
            let difference = partial.then(|| "a date without month or day has no year in Splink".to_owned());
            Some((Expression::Call(function, vec![day(column)]), difference))
        }
        _ => {
            let (known, difference) = measure(function);
            Some((Expression::Call(known?, arguments.to_vec()), difference))
        }
    }
}

/// A day from text, or from a date as it is.
fn day(of: &Expression) -> Expression {
    Expression::Cast { of: Box::new(of.clone()), to: Type::Date, safe: true }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

fn one(function: Function, of: Expression) -> Expression {
    Expression::Call(function, vec![of])
}

/// `CASE WHEN a = 0 AND b = 0 THEN 0 ELSE ABS(a - b) / GREATEST(ABS(a), ABS(b)) END`: null where either is.
fn relative_difference(left: &Expression, right: &Expression) -> Expression {
    let zero = |of: &Expression| binary(Operator::Equal, of.clone(), Expression::Number(0.0));
    let sizes = [left, right].map(|of| one(Function::Abs, of.clone()));
    let apart = one(Function::Abs, binary(Operator::Subtract, left.clone(), right.clone()));
    let share = binary(Operator::Divide, apart, Expression::Call(Function::Greatest, sizes.to_vec()));
    let both = binary(Operator::And, zero(left), zero(right));
    Expression::Case { branches: vec![(both, Expression::Number(0.0))], otherwise: Box::new(share) }
}

/// Splink's distance on a sphere, part by part; `places` are latitude and longitude of the left, then of the right.
fn great_circle_km(places: [&Expression; 4]) -> Expression {
    let [latitude_left, longitude_left, latitude_right, longitude_right] = places;
    let of = |function, angle: &Expression| one(function, one(Function::Radians, angle.clone()));
    let both = |function| binary(Operator::Multiply, of(function, latitude_left), of(function, latitude_right));
    let apart = binary(Operator::Subtract, longitude_right.clone(), longitude_left.clone());
    let across = binary(Operator::Multiply, both(Function::Cos), of(Function::Cos, &apart));
    let cosine = binary(Operator::Add, both(Function::Sin), across);
    let limit =
        |operator, bound: f64| (binary(operator, cosine.clone(), Expression::Number(bound)), Expression::Number(bound));
    let branches = vec![limit(Operator::Greater, 1.0), limit(Operator::Less, -1.0)];
    let bounded = Expression::Case { branches, otherwise: Box::new(cosine.clone()) };
    let distance = binary(Operator::Multiply, one(Function::Acos, bounded), Expression::Number(EARTH_KM));
    Expression::Cast { of: Box::new(distance), to: Type::Float, safe: false }
}
