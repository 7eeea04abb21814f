//! The one use of lambdas that the language knows: the best value of a function over all pairs of elements.
//!
//! `list_max(list_transform(flatten(list_transform(a, x -> list_transform(b, y -> [x, y]))), p -> f(p[1], p[2])))`, which
//! is how Splink compares two lists of names, in DuckDB and in Spark.

use super::call::name_and_arguments;
use super::unknown;
use crate::error::{Error, Result};
use crate::model::expression::{Expression, Function};
use sqlparser::ast::{AccessExpr, Expr, LambdaFunction, OneOrManyWithParens, Subscript, Value};

/// Reads `name(arguments)` as the best pair of two lists; `None` where it is some other function.
pub(super) fn best_pair(
    name: &str,
    arguments: &[&Expr],
    read: impl Fn(&Expr) -> Result<Expression>,
) -> Result<Option<Expression>> {
    let most = match name.to_ascii_lowercase().as_str() {
        "list_max" | "array_max" => true,
        "list_min" | "array_min" => false,
        "list_transform" | "array_transform" | "transform" | "flatten" | "list_filter" | "array_filter" | "filter" => {
            return Err(outside(name));
        }
        _ => return Ok(None),
    };
    let Some(parts) = parts(arguments) else { return Err(outside(name)) };
    let function = Function::find(parts.function).ok_or_else(|| {
        let error = Error::settings(format!("there is no function `{}`", parts.function));
        Function::nearest(parts.function).map_or(error.clone(), |near| error.hint(format!("did you mean `{near}`?")))
    })?;
    if function.arguments() != (2, 2) {
        return Err(unknown(format!("{name} over {}", function.name())));
    }
    let (left, right) = (Box::new(read(parts.left)?), Box::new(read(parts.right)?));
    Ok(Some(Expression::BestPair { function, left, right, most }))
}

fn outside(name: &str) -> Error {
    Error::settings(format!("`{name}` is known only as part of the best value over all pairs of two lists")).hint(
        "write list_max(list_transform(flatten(list_transform(a, x -> list_transform(b, y -> [x, y]))), \
         p -> f(p[1], p[2])))",
    )
}

struct Parts<'a> {
    function: &'a str,
    left: &'a Expr,
    right: &'a Expr,
}

/// Takes the argument of `list_max` apart; `None` where it has another form.
fn parts<'a>(arguments: &[&'a Expr]) -> Option<Parts<'a>> {
    let [of] = arguments else { return None };
    let (pairs, pair, body) = transform(of)?;
    let (function, elements) = call(body)?;
    let [first, second] = elements.as_slice() else { return None };
    // Spark counts from 0.
    if !matches!((element(first, pair)?, element(second, pair)?), (1, 2) | (0, 1)) {
        return None;
    }
    let (flatten, nested) = call(pairs)?;
    let [nested] = nested.as_slice() else { return None };
    let (left, x, inner) = transform(nested)?;
    let (right, y, both) = transform(inner)?;
    let is_pair = flatten.eq_ignore_ascii_case("flatten") && x != y && pair_of(both)? == (x, y);
    is_pair.then_some(Parts { function, left, right })
}

/// `list_transform(list, parameter -> body)`.
fn transform(tree: &Expr) -> Option<(&Expr, &str, &Expr)> {
    let (name, arguments) = call(tree)?;
    let known = ["list_transform", "array_transform", "transform", "list_apply", "array_apply", "apply"];
    let [list, Expr::Lambda(lambda)] = arguments.as_slice() else { return None };
    known.iter().any(|known| known.eq_ignore_ascii_case(name)).then_some(())?;
    Some((list, parameter(lambda)?, unwrapped(&lambda.body)))
}

fn call(tree: &Expr) -> Option<(&str, Vec<&Expr>)> {
    match unwrapped(tree) {
        Expr::Function(function) => name_and_arguments(function),
        _ => None,
    }
}

fn unwrapped(tree: &Expr) -> &Expr {
    match tree {
        Expr::Nested(inner) => unwrapped(inner),
        _ => tree,
    }
}

fn parameter(lambda: &LambdaFunction) -> Option<&str> {
    let parameter = match &lambda.params {
        OneOrManyWithParens::One(parameter) => parameter,
        OneOrManyWithParens::Many(parameters) => match parameters.as_slice() {
            [parameter] => parameter,
            _ => return None,
        },
    };
    Some(&parameter.name.value)
}

/// The names in `[x, y]` or `array(x, y)`.
fn pair_of(tree: &Expr) -> Option<(&str, &str)> {
    let items: Vec<&Expr> = match unwrapped(tree) {
        Expr::Array(array) => array.elem.iter().collect(),
        Expr::Function(function) => {
            let (name, items) = name_and_arguments(function)?;
            let known = ["array", "list_value", "list_pack"];
            known.iter().any(|known| known.eq_ignore_ascii_case(name)).then_some(items)?
        }
        _ => return None,
    };
    match items.as_slice() {
        [Expr::Identifier(x), Expr::Identifier(y)] => Some((&x.value, &y.value)),
        _ => None,
    }
}

/// The index in `pair[1]`.
fn element(tree: &Expr, pair: &str) -> Option<u8> {
    let Expr::CompoundFieldAccess { root, access_chain } = unwrapped(tree) else { return None };
    let Expr::Identifier(name) = root.as_ref() else { return None };
    let [AccessExpr::Subscript(Subscript::Index { index: Expr::Value(value) })] = access_chain.as_slice() else {
        return None;
    };
    match &value.value {
        Value::Number(digits, _) if name.value == pair => digits.parse().ok(),
        _ => None,
    }
}
