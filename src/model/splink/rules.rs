//! Importing blocking rules: SQL over `l` and `r` to keys that must be equal, and what else must be true.

use super::fields::Fields;
use super::{Coverage, Status};
use crate::error::Result;
use crate::model::expression::{Context, Expression, Operator, parse, shape};
use crate::model::linkage::{BlockingRule, Key, Node, Section};

/// What becomes of one rule.
pub(super) struct RuleRead {
    /// The rules that stand for it: none if it is refused, several for a rule of `OR`.
    pub(super) rules: Vec<BlockingRule>,
    pub(super) coverage: Coverage,
    pub(super) notes: Vec<String>,
}

/// Reads a rule: the text of its SQL, or a table with that and columns whose elements are keys of their own.
pub(super) fn read(node: &Node, index: usize, fields: &mut Fields) -> Result<RuleRead> {
    let level = format!("blocking rule {}", index + 1);
    let mut notes = Vec::new();
    let (sql, explode) = match node {
        Node::Text(sql) => (sql.clone(), Vec::new()),
        other => {
            let section = Section::open(other, &level)?;
            for key in section.keys() {
                match key {
                    "blocking_rule" | "sql_dialect" | "arrays_to_explode" => {}
                    "salting_partitions" => {
                        notes.push(format!("{level}: `{key}` changes how Splink shares out work, no pair; left out"));
                    }
                    _ => notes.push(format!("{level}: the key `{key}` is not known and was left out")),
                }
            }
            let explode = section.texts("arrays_to_explode")?.unwrap_or_default();
            (section.required_text("blocking_rule")?.to_owned(), explode)
        }
    };
    let explode: Vec<String> = explode.iter().map(|name| fields.name(&super::read::unquoted(name))).collect();
    let coverage = |status, note: String| Coverage {
        comparison: String::new(),
        level: level.clone(),
        sql: sql.clone(),
        status,
        note,
    };
    let read = parse(&sql, Context::Rule).map_err(|error| super::read::reason(&error));
    let result = match read.map(|expression| split(&fields.named(&expression), &explode)) {
        Ok(Some(rules)) if rules.len() == 1 => (rules, coverage(Status::Exact, String::new())),
        Ok(Some(rules)) => {
            let note =
                format!("{} rules stand for the conditions that OR joins: later match keys move up", rules.len());
            (rules, coverage(Status::Approximated, note))
        }
        Ok(None) => {
            let note = "it has no equality of the two records: every pair would be compared; the rule is left out";
            (Vec::new(), coverage(Status::Refused, note.to_owned()))
        }
        Err(reason) => (Vec::new(), coverage(Status::Refused, format!("{reason}; the rule is left out"))),
    };
    if !result.0.is_empty() {
        explode.iter().for_each(|name| fields.note_list(name));
    }
    Ok(RuleRead { rules: result.0, coverage: result.1, notes })
}

/// One rule, or several where `OR` joins conditions that each have a key; `None` where a key is lacking.
fn split(expression: &Expression, explode: &[String]) -> Option<Vec<BlockingRule>> {
    let rule = shape::split_rule(expression);
    if rule.keys.is_empty() {
        let Expression::Binary(Operator::Or, left, right) = expression else { return None };
        let mut rules = split(left, explode)?;
        rules.extend(split(right, explode)?);
        return Some(rules);
    }
    let keys = rule.keys.into_iter().map(|(left, right)| Key { left, right }).collect();
    Some(vec![BlockingRule { keys, filter: rule.filter, explode: explode.to_vec() }])
}
