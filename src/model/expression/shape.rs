//! What is an expression made of: columns, native functions, equality keys, exact matches.

use crate::model::expression::{Expression, Function, Operator, Side};
use std::collections::BTreeSet;

/// The fields that an expression uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Of the left record.
    pub left: BTreeSet<String>,
    /// Of the right record.
    pub right: BTreeSet<String>,
}

impl Columns {
    /// Those of one side.
    pub const fn of(&self, side: Side) -> &BTreeSet<String> {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// Those of both sides together.
    pub fn names(&self) -> BTreeSet<&str> {
        self.left.iter().chain(&self.right).map(String::as_str).collect()
    }

    /// The side whose columns alone are used; `None` when none or both are.
    pub fn one_side(&self) -> Option<Side> {
        match (self.left.is_empty(), self.right.is_empty()) {
            (false, true) => Some(Side::Left),
            (true, false) => Some(Side::Right),
            _ => None,
        }
    }
}

/// The operands of an expression, in the order of its text.
pub fn operands(expression: &Expression) -> Vec<&Expression> {
    match expression {
        Expression::Column { .. }
        | Expression::Text(_)
        | Expression::Number(_)
        | Expression::Boolean(_)
        | Expression::Null => Vec::new(),
        Expression::Binary(_, left, right) | Expression::BestPair { left, right, .. } => vec![left, right],
        Expression::Not(of) | Expression::Negative(of) | Expression::IsNull(of) | Expression::Cast { of, .. } => {
            vec![of]
        }
        Expression::Case { branches, otherwise } => {
            let pairs = branches.iter().flat_map(|(condition, value)| [condition, value]);
            pairs.chain([otherwise.as_ref()]).collect()
        }
        Expression::Call(_, arguments) => arguments.iter().collect(),
    }
}

/// Calls `visit` with an expression and all that it is made of, outermost first.
pub fn walk<'a>(expression: &'a Expression, visit: &mut impl FnMut(&'a Expression)) {
    visit(expression);
    for operand in operands(expression) {
        walk(operand, visit);
    }
}

/// The fields that an expression uses, by side.
pub fn columns_of(expression: &Expression) -> Columns {
    let mut columns = Columns::default();
    walk(expression, &mut |part| {
        if let Expression::Column { side, name } = part {
            let names = match side {
                Side::Left => &mut columns.left,
                Side::Right => &mut columns.right,
            };
            names.insert(name.clone());
        }
    });
    columns
}

/// Functions used that DuckDB does not know, so that the expression cannot be given to Splink; in order, each once.
pub fn native_functions(expression: &Expression) -> Vec<Function> {
    let mut found = BTreeSet::new();
    walk(expression, &mut |part| match part {
        Expression::Call(function, _) | Expression::BestPair { function, .. } if function.is_native() => {
            found.insert(*function);
        }
        _ => {}
    });
    found.into_iter().collect()
}

/// Whether an expression uses functions that DuckDB does not know.
pub fn is_native(expression: &Expression) -> bool {
    !native_functions(expression).is_empty()
}

/// The expression with `change` made to each part, operands before what they are operands of.
pub fn rebuilt(expression: &Expression, change: &mut impl FnMut(Expression) -> Expression) -> Expression {
    let mut inner = |of: &Expression| Box::new(rebuilt(of, change));
    let whole = match expression {
        Expression::Column { .. }
        | Expression::Text(_)
        | Expression::Number(_)
        | Expression::Boolean(_)
        | Expression::Null => expression.clone(),
        Expression::Binary(operator, left, right) => Expression::Binary(*operator, inner(left), inner(right)),
        Expression::Not(of) => Expression::Not(inner(of)),
        Expression::Negative(of) => Expression::Negative(inner(of)),
        Expression::IsNull(of) => Expression::IsNull(inner(of)),
        Expression::Case { branches, otherwise } => {
            let branches = branches.iter().map(|(condition, value)| (*inner(condition), *inner(value))).collect();
            Expression::Case { branches, otherwise: inner(otherwise) }
        }
        Expression::Cast { of, to, safe } => Expression::Cast { of: inner(of), to: *to, safe: *safe },
        Expression::Call(function, arguments) => {
            Expression::Call(*function, arguments.iter().map(|argument| *inner(argument)).collect())
        }
        Expression::BestPair { function, left, right, most } => {
            Expression::BestPair { function: *function, left: inner(left), right: inner(right), most: *most }
        }
    };
    change(whole)
}

/// An expression whose columns all belong to the other side.
pub fn mirrored(expression: &Expression) -> Expression {
    let mut copy = expression.clone();
    mirror(&mut copy);
    copy
}

fn mirror(expression: &mut Expression) {
    match expression {
        Expression::Column { side, .. } => *side = side.other(),
        Expression::Text(_) | Expression::Number(_) | Expression::Boolean(_) | Expression::Null => {}
        Expression::Binary(_, left, right) | Expression::BestPair { left, right, .. } => {
            mirror(left);
            mirror(right);
        }
        Expression::Not(of) | Expression::Negative(of) | Expression::IsNull(of) | Expression::Cast { of, .. } => {
            mirror(of);
        }
        Expression::Case { branches, otherwise } => {
            for (condition, value) in branches {
                mirror(condition);
                mirror(value);
            }
            mirror(otherwise);
        }
        Expression::Call(_, arguments) => arguments.iter_mut().for_each(mirror),
    }
}

/// A blocking rule taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// Pairs of expressions, of the left record alone and of the right one alone, which must be equal and not null.
    pub keys: Vec<(Expression, Expression)>,
    /// What else must be true.
    pub filter: Option<Expression>,
}

/// Takes a blocking rule apart into its equality keys and the rest.
pub fn split_rule(expression: &Expression) -> Rule {
    let mut rule = Rule::default();
    let mut rest = Vec::new();
    for condition in conjuncts(expression) {
        match key(condition) {
            Some(key) => rule.keys.push(key),
            None => rest.push(condition.clone()),
        }
    }
    rule.filter =
        rest.into_iter().reduce(|left, right| Expression::Binary(Operator::And, Box::new(left), Box::new(right)));
    rule
}

/// The conditions that an expression joins by `AND`, in order.
pub fn conjuncts(expression: &Expression) -> Vec<&Expression> {
    match expression {
        Expression::Binary(Operator::And, left, right) => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        _ => vec![expression],
    }
}

fn key(condition: &Expression) -> Option<(Expression, Expression)> {
    let Expression::Binary(Operator::Equal, a, b) = condition else { return None };
    match (columns_of(a).one_side()?, columns_of(b).one_side()?) {
        (Side::Left, Side::Right) => Some((a.as_ref().clone(), b.as_ref().clone())),
        (Side::Right, Side::Left) => Some((b.as_ref().clone(), a.as_ref().clone())),
        _ => None,
    }
}

/// The field whose exact match an expression is (`"x_l" = "x_r"`, in either order), without regard to capitals.
pub fn exact_match_column(expression: &Expression) -> Option<&str> {
    let Expression::Binary(Operator::Equal, a, b) = expression else { return None };
    match (a.as_ref(), b.as_ref()) {
        (Expression::Column { side: a_side, name: a }, Expression::Column { side: b_side, name: b }) => {
            (a_side != b_side && a.to_lowercase() == b.to_lowercase()).then_some(a)
        }
        _ => None,
    }
}
