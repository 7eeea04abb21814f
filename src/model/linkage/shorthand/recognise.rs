//! Which short form stands for a condition?

use super::{BEST, MEASURES, MONTH_DAYS, SAMES, YEAR_DAYS, condition};
use crate::model::expression::{Expression, Function, Operator, Side};
use crate::model::linkage::{Node, Table};

/// The short form of an expression in a comparison of `field`, with the label that it brings, if there is one.
///
/// A form is guessed by its shape and read again: it is given out only if it stands for the same expression.
pub(crate) fn shorten(expression: &Expression, field: &str) -> Option<(Table, String)> {
    let fields = [field.to_owned()];
    guesses(expression, field).into_iter().find_map(|guess| {
        let read = condition(&Node::Table(guess.clone()), &fields, "", &[]).ok()?;
        (read.expression == *expression).then_some((guess, read.label))
    })
}

/// Spans of time, the longest first: `30.4375` days are written as a month.
const UNITS: [&str; 3] = ["years", "months", "days"];

fn form(key: &str, value: impl Into<Node>) -> Table {
    let mut table = Table::default();
    table.put(key, value);
    table
}

fn guesses(expression: &Expression, field: &str) -> Vec<Table> {
    let mut guesses: Vec<Table> = match expression {
        Expression::Call(..) => sames(),
        Expression::Binary(Operator::Equal, ..) => sames(),
        Expression::Binary(Operator::And, ..) => reversed(expression, field).into_iter().collect(),
        Expression::Binary(_, measured, threshold) => match (measured.as_ref(), threshold.as_ref()) {
            (Expression::Call(function, arguments), Expression::Number(value)) => {
                measures(*function, arguments, *value)
            }
            (Expression::BestPair { function, .. }, Expression::Number(value)) => best(*function, *value),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let on_characters = guesses.clone().into_iter().map(|mut guess| {
        guess.put("chars", true);
        guess
    });
    guesses.extend(on_characters);
    guesses
}

fn sames() -> Vec<Table> {
    SAMES.iter().map(|(key, ..)| form(key, true)).collect()
}

fn measures(function: Function, arguments: &[Expression], value: f64) -> Vec<Table> {
    let mut guesses = Vec::new();
    for measure in MEASURES.iter().filter(|measure| measure.function == function || measure.chars == Some(function)) {
        match measure.key {
            "months" => guesses.extend(whole(value / MONTH_DAYS).map(|months| form("months", months))),
            "years" => guesses.extend(whole(value / YEAR_DAYS).map(|years| form("years", years))),
            // The product may be off by the last digit: that of few digits is tried too.
            "percent" => {
                let percent = value * 100.0;
                let few = (percent * 1e6).round() / 1e6;
                guesses.extend([few, percent].map(|percent| form("percent", shortest(percent))));
            }
            key => guesses.push(form(key, shortest(value))),
        }
    }
    guesses.sort_by_key(|guess| UNITS.iter().position(|unit| guess.get(unit).is_some()));
    match (function, arguments) {
        (Function::Abs, _) => guesses.push(form("difference", shortest(value))),
        (Function::ArrayLength, _) => guesses.push(form("intersection", shortest(value))),
        (Function::GreatCircleKm, [Expression::Column { name: latitude, .. }, Expression::Column { name, .. }, ..]) => {
            let mut table = form("km", shortest(value));
            table.put("latitude", latitude.as_str());
            table.put("longitude", name.as_str());
            guesses.push(table);
        }
        _ => {}
    }
    guesses
}

fn best(function: Function, value: f64) -> Vec<Table> {
    let of = |key: &&&str| {
        let inner = key.trim_start_matches("best_");
        MEASURES
            .iter()
            .any(|measure| measure.key == inner && (measure.function == function || measure.chars == Some(function)))
    };
    BEST.iter().filter(of).map(|key| form(key, shortest(value))).collect()
}

fn reversed(expression: &Expression, field: &str) -> Option<Table> {
    let Expression::Binary(_, first, _) = expression else { return None };
    let Expression::Binary(Operator::Equal, left, right) = first.as_ref() else { return None };
    match (left.as_ref(), right.as_ref()) {
        (Expression::Column { side: Side::Left, name }, Expression::Column { side: Side::Right, name: other })
            if name == field =>
        {
            Some(form("reversed", other.as_str()))
        }
        _ => None,
    }
}

/// A whole number where the value is one, as it is written by hand.
pub(crate) fn shortest(value: f64) -> Node {
    whole(value).unwrap_or_else(|| Node::number(value))
}

fn whole(value: f64) -> Option<Node> {
    // Below 2^53 every whole number is exact; zero has a sign that an integer lacks.
    let exact = value.fract() == 0.0 && value.abs() < 9e15 && !(value == 0.0 && value.is_sign_negative());
    exact.then(|| Node::Number((value as i64).into()))
}
