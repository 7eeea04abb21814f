//! From the text of an expression to the expression.
//!
//! The text is the SQL of DuckDB, or that of Spark where DuckDB's cannot be read. Nothing is guessed: a construct or a
//! function that is not known is an error that names it.

mod call;
mod lambda;

use crate::error::{Error, Result};
use crate::model::expression::{Context, Expression, Function, Operator, Side, Type};
use sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CastKind, DataType, Expr, Ident, Subscript, UnaryOperator, Value,
};
use sqlparser::dialect::{DatabricksDialect, Dialect, DuckDbDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::any::TypeId;

/// Longest text that is read, in bytes: keeps what is nested in it within the stack.
const TEXT_MAX: usize = 32 * 1024;
/// Deepest nesting, where a chain such as `a AND b AND c` counts one a link.
const DEPTH_MAX: usize = 400;
/// Deepest nesting, where chains of `AND` and of `OR` do not count: these alone are long in models that make sense.
const STEPS_MAX: usize = 100;

/// Reads the text of an expression; `context` says how columns are named in it.
///
/// Words and functions are read in any case of letters, names of columns as they stand, quoted or not. `IN`, `BETWEEN`,
/// `LIKE`, `CASE x WHEN` and the like are rewritten into what [`Expression`] has.
///
/// # Errors
/// When the text is no SQL, when it holds a construct or function that is not known, or when a name does not say whose
/// field it is.
pub fn parse(text: &str, context: Context) -> Result<Expression> {
    if text.len() > TEXT_MAX {
        return Err(Error::settings(format!("an expression of {} bytes is too long", text.len()))
            .hint(format!("write it in at most {TEXT_MAX} bytes, or as several levels")));
    }
    let tree = match sql_tree(&Conditions, text) {
        Ok(tree) => tree,
        // Of two failures that of DuckDB is told: nearly all models are written for it.
        Err(error) => sql_tree(&DatabricksDialect {}, text).map_err(|_| error)?,
    };
    Reader { context, depth: 0, steps: 0 }.expression(&tree)
}

/// DuckDB's dialect without its named arguments: to the parser, `coalesce(a = b, c)` would give `a` by name.
#[derive(Debug)]
struct Conditions;

impl Dialect for Conditions {
    fn dialect(&self) -> TypeId {
        TypeId::of::<DuckDbDialect>()
    }

    fn is_identifier_start(&self, letter: char) -> bool {
        DuckDbDialect {}.is_identifier_start(letter)
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        DuckDbDialect {}.is_identifier_part(letter)
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn allow_extract_single_quotes(&self) -> bool {
        true
    }

    fn supports_notnull_operator(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }
}

fn sql_tree(dialect: &dyn Dialect, text: &str) -> Result<Expr> {
    let unreadable = |what: String| Error::settings(format!("the expression cannot be read: {what}"));
    let parser = Parser::new(dialect).try_with_sql(text).map_err(|error| unreadable(error.to_string()))?;
    let mut parser = parser;
    let tree = parser.parse_expr().map_err(|error| unreadable(error.to_string()))?;
    match parser.peek_token().token {
        Token::EOF => Ok(tree),
        token => Err(unreadable(format!("`{token}` follows where it should end"))),
    }
}

/// An error about a construct of SQL that the language lacks.
fn unknown(construct: impl std::fmt::Display) -> Error {
    let construct: String = construct.to_string().chars().take(80).collect();
    Error::settings(format!("`{construct}` is not part of the language of expressions"))
        .hint("write the condition with comparisons, AND, OR, NOT, CASE, CAST and known functions")
}

fn too_deep() -> Error {
    Error::settings("an expression is nested too deeply, or a chain of it is too long")
        .hint("write it as several levels or rules")
}

/// Translates the tree of the parser.
#[derive(Clone, Copy)]
struct Reader {
    context: Context,
    depth: usize,
    steps: usize,
}

impl Reader {
    fn deeper(self) -> Result<Self> {
        self.by(1, 1)
    }

    fn by(self, depth: usize, steps: usize) -> Result<Self> {
        let deeper = Self { depth: self.depth + depth, steps: self.steps + steps, ..self };
        if deeper.depth > DEPTH_MAX || deeper.steps > STEPS_MAX { Err(too_deep()) } else { Ok(deeper) }
    }

    fn expression(self, tree: &Expr) -> Result<Expression> {
        let inner = self.deeper()?;
        match tree {
            Expr::Identifier(name) => self.column(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(names) => self.column(names),
            Expr::Value(value) => literal(&value.value),
            Expr::Nested(of) => inner.expression(of),
            Expr::UnaryOp { op, expr } => inner.unary(*op, expr),
            Expr::BinaryOp { left, op, right } => inner.binary(left, op, right),
            Expr::Cast { kind, expr, data_type, .. } => inner.cast(kind, expr, data_type),
            Expr::TypedString(typed) => {
                let of = Box::new(literal(&typed.value.value)?);
                Ok(Expression::Cast { of, to: type_of(&typed.data_type)?, safe: false })
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                inner.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::CompoundFieldAccess { root, access_chain } => inner.elements(root, access_chain),
            Expr::Function(function) => inner.call(function),
            _ => inner.test(tree),
        }
    }

    /// What says of a value whether something is true of it.
    fn test(self, tree: &Expr) -> Result<Expression> {
        let is_null = |of: &Expr| Ok(Expression::IsNull(Box::new(self.expression(of)?)));
        let settled = |of: &Expr, otherwise: bool| {
            Ok(Expression::Call(Function::Coalesce, vec![self.expression(of)?, Expression::Boolean(otherwise)]))
        };
        match tree {
            Expr::IsNull(of) | Expr::IsUnknown(of) => is_null(of),
            Expr::IsNotNull(of) | Expr::IsNotUnknown(of) => Ok(not(is_null(of)?)),
            Expr::IsTrue(of) => settled(of, false),
            Expr::IsNotTrue(of) => Ok(not(settled(of, false)?)),
            Expr::IsFalse(of) => Ok(not(settled(of, true)?)),
            Expr::IsNotFalse(of) => settled(of, true),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, right),
            Expr::IsNotDistinctFrom(left, right) => Ok(not(self.distinct(left, right)?)),
            Expr::InList { expr, list, negated } => {
                let of = self.expression(expr)?;
                let equal = |item: &Expr| Ok(binary(Operator::Equal, of.clone(), self.expression(item)?));
                let any = chain(Operator::Or, list.iter().map(equal).collect::<Result<Vec<_>>>()?)?;
                Ok(negated_if(any, *negated))
            }
            Expr::Between { expr, negated, low, high } => {
                let of = self.expression(expr)?;
                let low = binary(Operator::AtLeast, of.clone(), self.expression(low)?);
                let high = binary(Operator::AtMost, of, self.expression(high)?);
                Ok(negated_if(binary(Operator::And, low, high), *negated))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char: None } => {
                Ok(negated_if(self.like(expr, pattern, "s")?, *negated))
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char: None } => {
                Ok(negated_if(self.like(expr, pattern, "is")?, *negated))
            }
            _ => self.special_call(tree),
        }
    }

    /// `a IS DISTINCT FROM b`: null is a value like others.
    fn distinct(self, left: &Expr, right: &Expr) -> Result<Expression> {
        let (left, right) = (self.expression(left)?, self.expression(right)?);
        let null = |of: &Expression| Expression::IsNull(Box::new(of.clone()));
        let either = binary(Operator::Or, null(&left), null(&right));
        let both = binary(Operator::And, null(&left), null(&right));
        let different = binary(Operator::Different, left, right);
        Ok(Expression::Case { branches: vec![(either, not(both))], otherwise: Box::new(different) })
    }

    /// `x LIKE 'pattern'` as a regular expression; `flags` are those of the regular expression.
    fn like(self, of: &Expr, pattern: &Expr, flags: &str) -> Result<Expression> {
        let Expression::Text(pattern) = self.expression(pattern)? else {
            return Err(unknown("LIKE with a pattern that is not a text"));
        };
        let mut expression = format!("^(?{flags}:");
        for letter in pattern.chars() {
            match letter {
                '%' => expression.push_str(".*"),
                '_' => expression.push('.'),
                _ => expression.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
            }
        }
        expression.push_str(")$");
        Ok(Expression::Call(Function::RegexpMatches, vec![self.expression(of)?, Expression::Text(expression)]))
    }

    fn unary(self, operator: UnaryOperator, of: &Expr) -> Result<Expression> {
        let inner = self.expression(of)?;
        match (operator, inner) {
            (UnaryOperator::Not | UnaryOperator::BangNot, inner) => Ok(not(inner)),
            (UnaryOperator::Plus, inner) => Ok(inner),
            // `-1` is a number; `-(1)` stays what it says, so that what is printed is read back as it was.
            (UnaryOperator::Minus, Expression::Number(number)) if !matches!(of, Expr::Nested(_)) => {
                Ok(Expression::Number(-number))
            }
            (UnaryOperator::Minus, inner) => Ok(Expression::Negative(Box::new(inner))),
            (operator, _) => Err(unknown(operator)),
        }
    }

    /// An operator and its operands; chains such as `a AND b AND c` are followed in a loop, to spare the stack.
    fn binary(self, left: &Expr, operator: &BinaryOperator, right: &Expr) -> Result<Expression> {
        let mut links = vec![(operator, right)];
        let mut first = left;
        while let Expr::BinaryOp { left, op, right } = first {
            links.push((op, right));
            first = left;
        }
        // What stands left of all is as deep in the result as the chain is long.
        let logical = |operator: &BinaryOperator| matches!(operator, BinaryOperator::And | BinaryOperator::Or);
        let steps = links.iter().filter(|(operator, _)| !logical(operator)).count();
        let deepest = self.by(links.len(), steps)?;
        let mut joined = deepest.expression(first)?;
        for (operator, right) in links.into_iter().rev() {
            joined = binary(operator_of(operator)?, joined, self.expression(right)?);
        }
        Ok(joined)
    }

    fn cast(self, kind: &CastKind, of: &Expr, to: &DataType) -> Result<Expression> {
        let safe = matches!(kind, CastKind::TryCast | CastKind::SafeCast);
        Ok(Expression::Cast { of: Box::new(self.expression(of)?), to: type_of(to)?, safe })
    }

    fn case(self, operand: Option<&Expr>, conditions: &[CaseWhen], otherwise: Option<&Expr>) -> Result<Expression> {
        let operand = operand.map(|operand| self.expression(operand)).transpose()?;
        let branch = |when: &CaseWhen| {
            let condition = self.expression(&when.condition)?;
            let condition = match &operand {
                Some(operand) => binary(Operator::Equal, operand.clone(), condition),
                None => condition,
            };
            Ok((condition, self.expression(&when.result)?))
        };
        let branches = conditions.iter().map(branch).collect::<Result<Vec<_>>>()?;
        let otherwise = otherwise.map_or(Ok(Expression::Null), |otherwise| self.expression(otherwise))?;
        Ok(Expression::Case { branches, otherwise: Box::new(otherwise) })
    }

    /// `x[1]`, and `l.x[1]`.
    fn elements(self, root: &Expr, chain: &[AccessExpr]) -> Result<Expression> {
        let mut names: Vec<Ident> = match root {
            Expr::Identifier(name) => vec![name.clone()],
            _ => Vec::new(),
        };
        let dots = chain.iter().take_while(|access| matches!(access, AccessExpr::Dot(Expr::Identifier(_)))).count();
        let mut value = if names.is_empty() || dots == 0 {
            self.expression(root)?
        } else {
            for access in &chain[..dots] {
                let AccessExpr::Dot(Expr::Identifier(name)) = access else { continue };
                names.push(name.clone());
            }
            self.column(&names)?
        };
        let rest = if names.is_empty() { chain } else { &chain[dots..] };
        for access in rest {
            let AccessExpr::Subscript(Subscript::Index { index }) = access else { return Err(unknown(access)) };
            value = Expression::Call(Function::ListExtract, vec![value, self.expression(index)?]);
        }
        Ok(value)
    }

    /// The column that a name means.
    fn column(self, names: &[Ident]) -> Result<Expression> {
        let parts: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        let found = match (self.context, parts.as_slice()) {
            (Context::OneSide(side), [name]) => Some((side, *name)),
            (Context::Level, [name]) => suffixed(name),
            (Context::Level | Context::Rule, [table, name]) => side_of(table).map(|side| (side, *name)),
            _ => None,
        };
        if let Some((side, name)) = found.filter(|(_, name)| !name.is_empty()) {
            return Ok(Expression::Column { side, name: name.to_owned() });
        }
        let name = parts.join(".");
        let error = Error::settings(format!("`{name}` does not say which record it belongs to"));
        Err(match self.context {
            Context::Level => error.hint(format!("write `{name}_l` or `{name}_r`")),
            Context::Rule => error.hint(format!("write `l.{name}` or `r.{name}`")),
            Context::OneSide(_) => Error::settings(format!("`{name}` is not the name of a field alone"))
                .hint("a key of one record names its fields as they are, without `l.` or `r.`"),
        })
    }
}

fn suffixed(name: &str) -> Option<(Side, &str)> {
    let (stem, suffix) = name.split_at_checked(name.len().checked_sub(2)?)?;
    match suffix {
        "_l" | "_L" => Some((Side::Left, stem)),
        "_r" | "_R" => Some((Side::Right, stem)),
        _ => None,
    }
}

fn side_of(table: &str) -> Option<Side> {
    match table {
        "l" | "L" => Some(Side::Left),
        "r" | "R" => Some(Side::Right),
        _ => None,
    }
}

fn operator_of(operator: &BinaryOperator) -> Result<Operator> {
    Ok(match operator {
        BinaryOperator::Eq => Operator::Equal,
        BinaryOperator::NotEq => Operator::Different,
        BinaryOperator::Lt => Operator::Less,
        BinaryOperator::LtEq => Operator::AtMost,
        BinaryOperator::Gt => Operator::Greater,
        BinaryOperator::GtEq => Operator::AtLeast,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
        BinaryOperator::Plus => Operator::Add,
        BinaryOperator::Minus => Operator::Subtract,
        BinaryOperator::Multiply => Operator::Multiply,
        BinaryOperator::Divide => Operator::Divide,
        BinaryOperator::StringConcat => Operator::Concat,
        other => return Err(unknown(other)),
    })
}

fn literal(value: &Value) -> Result<Expression> {
    match value {
        Value::Number(digits, _) => {
            let number: f64 = digits
                .replace('_', "")
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| unknown(digits))?;
            Ok(Expression::Number(number))
        }
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) | Value::EscapedStringLiteral(text) => {
            Ok(Expression::Text(text.clone()))
        }
        Value::DollarQuotedString(text) => Ok(Expression::Text(text.value.clone())),
        Value::Boolean(truth) => Ok(Expression::Boolean(*truth)),
        Value::Null => Ok(Expression::Null),
        other => Err(unknown(other)),
    }
}

fn type_of(sql: &DataType) -> Result<Type> {
    match sql {
        DataType::Text | DataType::Varchar(_) | DataType::String(_) | DataType::Char(_) | DataType::Character(_) => {
            Ok(Type::Text)
        }
        DataType::CharacterVarying(_) | DataType::CharVarying(_) => Ok(Type::Text),
        DataType::Double(_) | DataType::DoublePrecision | DataType::Float8 | DataType::Float64 => Ok(Type::Double),
        DataType::Float(_) | DataType::Float4 | DataType::Float32 | DataType::Real => Ok(Type::Float),
        DataType::Int(_) | DataType::Integer(_) | DataType::BigInt(_) | DataType::SmallInt(_) => Ok(Type::Integer),
        DataType::Int4(_) | DataType::Int8(_) | DataType::Int2(_) | DataType::Int32 | DataType::Int64 => {
            Ok(Type::Integer)
        }
        DataType::Date => Ok(Type::Date),
        DataType::Timestamp(..) | DataType::Datetime(_) | DataType::TimestampNtz(_) => Ok(Type::Timestamp),
        DataType::Bool | DataType::Boolean => Ok(Type::Boolean),
        other => Err(Error::settings(format!("there is no type {other}"))
            .hint("types are TEXT, DOUBLE, FLOAT, INTEGER, DATE, TIMESTAMP and BOOLEAN")),
    }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

fn not(of: Expression) -> Expression {
    Expression::Not(Box::new(of))
}

fn negated_if(of: Expression, negated: bool) -> Expression {
    if negated { not(of) } else { of }
}

/// Operands in a chain from the left.
fn chain(operator: Operator, operands: Vec<Expression>) -> Result<Expression> {
    if operands.len() > DEPTH_MAX {
        return Err(Error::settings(format!("a list of {} values is too long", operands.len()))
            .hint(format!("write at most {DEPTH_MAX}")));
    }
    let joined = operands.into_iter().reduce(|left, right| binary(operator, left, right));
    joined.ok_or_else(|| unknown("an empty list"))
}
