//! Calls of functions, in brackets and in the words of SQL.

use super::{Reader, lambda, unknown};
use crate::error::{Error, Result};
use crate::model::expression::{Expression, Function};
use sqlparser::ast::{
    CeilFloorKind, DateTimeField, Expr, Function as SqlCall, FunctionArg, FunctionArgExpr, FunctionArguments,
    ObjectNamePart, TrimWhereField,
};

/// The name of a call and its arguments, if it is an ordinary one.
pub(super) fn name_and_arguments(call: &SqlCall) -> Option<(&str, Vec<&Expr>)> {
    let [ObjectNamePart::Identifier(name)] = call.name.0.as_slice() else { return None };
    let plain = call.filter.is_none() && call.over.is_none() && call.null_treatment.is_none();
    if !plain || !call.within_group.is_empty() || !matches!(call.parameters, FunctionArguments::None) {
        return None;
    }
    let FunctionArguments::List(list) = &call.args else { return None };
    if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    let arguments = list.args.iter().map(unnamed).collect::<Option<Vec<&Expr>>>()?;
    Some((&name.value, arguments))
}

fn unnamed(argument: &FunctionArg) -> Option<&Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
        _ => None,
    }
}

impl Reader {
    pub(super) fn call(self, call: &SqlCall) -> Result<Expression> {
        let (name, arguments) = name_and_arguments(call).ok_or_else(|| unknown(call))?;
        if let Some(best) = lambda::best_pair(name, &arguments, |tree| self.expression(tree))? {
            return Ok(best);
        }
        if matches!(name.to_ascii_lowercase().as_str(), "if" | "iif") {
            let [condition, yes, no] = arguments.as_slice() else { return Err(unknown(call)) };
            let branches = vec![(self.expression(condition)?, self.expression(yes)?)];
            return Ok(Expression::Case { branches, otherwise: Box::new(self.expression(no)?) });
        }
        let function = Function::find(name).ok_or_else(|| unknown_function(name))?;
        let arguments = arguments.into_iter().map(|tree| self.expression(tree)).collect::<Result<Vec<_>>>()?;
        checked(function, arguments)
    }

    /// Functions that SQL writes in words: `substring(x FROM 1)`, `trim(x)`, `extract(year FROM x)`.
    pub(super) fn special_call(self, tree: &Expr) -> Result<Expression> {
        match tree {
            Expr::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                let mut arguments = vec![self.expression(expr)?, self.expression(from)?];
                if let Some(length) = substring_for {
                    arguments.push(self.expression(length)?);
                }
                checked(Function::Substring, arguments)
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let function = match trim_where {
                    None | Some(TrimWhereField::Both) => Function::Trim,
                    Some(TrimWhereField::Leading) => Function::TrimLeft,
                    Some(TrimWhereField::Trailing) => Function::TrimRight,
                };
                let mut arguments = vec![self.expression(expr)?];
                let more = trim_what.iter().map(AsRef::as_ref).chain(trim_characters.iter().flatten());
                for tree in more {
                    arguments.push(self.expression(tree)?);
                }
                checked(function, arguments)
            }
            Expr::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                checked(Function::Floor, vec![self.expression(expr)?])
            }
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                checked(Function::Ceil, vec![self.expression(expr)?])
            }
            Expr::Extract { field, expr, .. } => {
                let function = match field.to_string().to_ascii_lowercase().as_str() {
                    "year" | "years" => Function::Year,
                    "month" | "months" => Function::Month,
                    "day" | "days" => Function::Day,
                    "epoch" => Function::Epoch,
                    _ => return Err(unknown(tree)),
                };
                checked(function, vec![self.expression(expr)?])
            }
            _ => Err(unknown(tree)),
        }
    }
}

fn unknown_function(name: &str) -> Error {
    let error = Error::settings(format!("there is no function `{name}`"));
    match Function::nearest(name) {
        Some(known) => error.hint(format!("did you mean `{known}`?")),
        None => error,
    }
}

/// A call with as many arguments as the function takes.
fn checked(function: Function, arguments: Vec<Expression>) -> Result<Expression> {
    let (least, greatest) = function.arguments();
    let name = function.name();
    if (least..=greatest).contains(&arguments.len()) {
        if matches!(function, Function::Prefix | Function::Suffix) && matches!(arguments[1], Expression::Text(_)) {
            return Err(Error::settings(format!("`{name}` takes the number of characters as its second argument"))
                .hint("use `starts_with` or `ends_with` to look for a text"));
        }
        return Ok(Expression::Call(function, arguments));
    }
    let takes = if least == greatest { least.to_string() } else { format!("{least} to {greatest}") };
    let plural = if takes == "1" { "argument" } else { "arguments" };
    Err(Error::settings(format!("`{name}` takes {takes} {plural}, not {}", arguments.len())))
}
