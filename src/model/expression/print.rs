//! From an expression to its text.
//!
//! The text is SQL of DuckDB, written the way Splink writes the conditions of its own library, and reads back as the same
//! expression. Native functions are printed too, though DuckDB does not know them.

use crate::model::expression::{Context, Expression, Function, Operator, Side, Type};
use std::fmt::Write;

/// How tightly an expression holds together; what is looser than its surroundings is put into brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grip {
    Or,
    And,
    Not,
    Test,
    Comparison,
    Concat,
    Sum,
    Product,
    Sign,
    Atom,
}

/// The text of an expression, with no brackets but those it needs; `context` says how columns are named.
///
/// In [`Context::OneSide`] the fields of the other side, which should not occur, are written as in a blocking rule.
pub fn print(expression: &Expression, context: Context) -> String {
    let mut printer = Printer { context, out: String::new() };
    printer.expression(expression);
    printer.out
}

struct Printer {
    context: Context,
    out: String,
}

impl Printer {
    /// Writes `expression`, in brackets where its grip is looser than `least`.
    fn operand(&mut self, expression: &Expression, least: Grip) {
        if grip(expression) < least {
            self.bracketed(expression);
        } else {
            self.expression(expression);
        }
    }

    fn bracketed(&mut self, expression: &Expression) {
        self.out.push('(');
        self.expression(expression);
        self.out.push(')');
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Column { side, name } => self.column(*side, name),
            Expression::Text(text) => self.quoted(text, '\''),
            Expression::Number(number) => self.number(*number),
            Expression::Boolean(true) => self.out.push_str("TRUE"),
            Expression::Boolean(false) => self.out.push_str("FALSE"),
            Expression::Null => self.out.push_str("NULL"),
            Expression::Binary(operator, left, right) => self.binary(*operator, left, right),
            Expression::Not(of) => {
                if let Expression::IsNull(of) = of.as_ref() {
                    self.operand(of, Grip::Concat);
                    self.out.push_str(" IS NOT NULL");
                } else {
                    // NOT holds looser than a comparison, but nobody reads it so.
                    self.out.push_str("NOT ");
                    self.operand(of, Grip::Sign);
                }
            }
            Expression::Negative(of) => {
                self.out.push('-');
                // `-1` is read as a number, and `--` begins a remark.
                if matches!(of.as_ref(), Expression::Number(_)) {
                    self.bracketed(of);
                } else {
                    self.operand(of, Grip::Atom);
                }
            }
            Expression::IsNull(of) => {
                self.operand(of, Grip::Concat);
                self.out.push_str(" IS NULL");
            }
            Expression::Case { branches, otherwise } => self.case(branches, otherwise),
            Expression::Cast { of, to, safe } => {
                self.out.push_str(if *safe { "TRY_CAST(" } else { "CAST(" });
                self.expression(of);
                self.out.push_str(" AS ");
                self.out.push_str(type_name(*to));
                self.out.push(')');
            }
            Expression::Call(function, arguments) => self.call(*function, arguments),
            Expression::BestPair { function, left, right, most } => {
                let best = if *most { "list_max" } else { "list_min" };
                let _ = write!(self.out, "{best}(list_transform(flatten(list_transform(");
                self.expression(left);
                self.out.push_str(", x -> list_transform(");
                self.expression(right);
                let _ = write!(self.out, ", y -> [x, y]))), pair -> {}(pair[1], pair[2])))", function.name());
            }
        }
    }

    fn column(&mut self, side: Side, name: &str) {
        let (suffix, table) = match side {
            Side::Left => ("_l", "l."),
            Side::Right => ("_r", "r."),
        };
        match self.context {
            Context::Level => self.quoted(&format!("{name}{suffix}"), '"'),
            Context::OneSide(own) if own == side => self.quoted(name, '"'),
            Context::Rule | Context::OneSide(_) => {
                self.out.push_str(table);
                self.quoted(name, '"');
            }
        }
    }

    fn quoted(&mut self, text: &str, quote: char) {
        self.out.push(quote);
        for letter in text.chars() {
            if letter == quote {
                self.out.push(quote);
            }
            self.out.push(letter);
        }
        self.out.push(quote);
    }

    fn number(&mut self, number: f64) {
        // A whole number that DuckDB holds exactly as one; `{:?}` is the shortest text that reads back.
        let _ = if number.fract() == 0.0 && number.abs() < 1e15 && !(number == 0.0 && number.is_sign_negative()) {
            write!(self.out, "{number}")
        } else {
            write!(self.out, "{number:?}")
        };
    }

    fn binary(&mut self, operator: Operator, left: &Expression, right: &Expression) {
        let (left_least, right_least) = match operator {
            Operator::Or => (Grip::Or, Grip::And),
            Operator::And => (Grip::And, Grip::Not),
            Operator::Concat => (Grip::Concat, Grip::Sign),
            Operator::Add | Operator::Subtract => (Grip::Sum, Grip::Product),
            Operator::Multiply | Operator::Divide => (Grip::Product, Grip::Sign),
            _ => (Grip::Concat, Grip::Concat),
        };
        // `a || b + c` is read differently by different programs.
        let mixed = operator == Operator::Concat && matches!(grip(left), Grip::Sum | Grip::Product);
        self.operand(left, if mixed { Grip::Sign } else { left_least });
        let _ = write!(self.out, " {} ", operator_name(operator));
        self.operand(right, right_least);
    }

    fn case(&mut self, branches: &[(Expression, Expression)], otherwise: &Expression) {
        self.out.push_str("CASE");
        for (condition, value) in branches {
            self.out.push_str(" WHEN ");
            self.expression(condition);
            self.out.push_str(" THEN ");
            self.expression(value);
        }
        if *otherwise != Expression::Null {
            self.out.push_str(" ELSE ");
            self.expression(otherwise);
        }
        self.out.push_str(" END");
    }

    fn call(&mut self, function: Function, arguments: &[Expression]) {
        if let (Function::ListExtract, [list @ Expression::Column { .. }, index @ Expression::Number(_)]) =
            (function, arguments)
        {
            self.expression(list);
            self.out.push('[');
            self.expression(index);
            self.out.push(']');
            return;
        }
        self.out.push_str(function.name());
        self.out.push('(');
        for (place, argument) in arguments.iter().enumerate() {
            if place > 0 {
                self.out.push_str(", ");
            }
            self.expression(argument);
        }
        self.out.push(')');
    }
}

fn grip(expression: &Expression) -> Grip {
    match expression {
        Expression::Binary(operator, _, _) => match operator {
            Operator::Or => Grip::Or,
            Operator::And => Grip::And,
            Operator::Concat => Grip::Concat,
            Operator::Add | Operator::Subtract => Grip::Sum,
            Operator::Multiply | Operator::Divide => Grip::Product,
            _ => Grip::Comparison,
        },
        Expression::Not(of) if matches!(of.as_ref(), Expression::IsNull(_)) => Grip::Test,
        Expression::Not(_) => Grip::Not,
        Expression::IsNull(_) => Grip::Test,
        Expression::Negative(_) => Grip::Sign,
        Expression::Number(number) if number.is_sign_negative() => Grip::Sign,
        _ => Grip::Atom,
    }
}

const fn operator_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "=",
        Operator::Different => "<>",
        Operator::Less => "<",
        Operator::AtMost => "<=",
        Operator::Greater => ">",
        Operator::AtLeast => ">=",
        Operator::And => "AND",
        Operator::Or => "OR",
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Concat => "||",
    }
}

const fn type_name(to: Type) -> &'static str {
    match to {
        Type::Text => "TEXT",
        Type::Double => "DOUBLE",
        Type::Float => "FLOAT",
        Type::Integer => "INTEGER",
        Type::Date => "DATE",
        Type::Timestamp => "TIMESTAMP",
        Type::Boolean => "BOOLEAN",
    }
}
