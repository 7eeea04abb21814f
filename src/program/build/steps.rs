//! Which step an expression becomes.

use super::super::evaluate::{Sides, interpret};
use super::super::kernel::Limit;
use super::super::node::{Ask, Graph, Node, NodeId, PairCall, Place};
use super::super::plugged::Plugged;
use super::super::table::{Table, as_number, translation};
use super::super::typing::{Want, kind_of, signature};
use super::super::value::{Kind, Record, Value};
use super::Builder;
use crate::error::{Error, Result};
use crate::model::expression::function::Origin;
use crate::model::expression::shape::columns_of;
use crate::model::expression::{Expression, Function, Function as F, Operator, Type};
use rayon::prelude::*;
use std::sync::Arc;

/// Different values of a field up to which answers are remembered; beyond, they seldom come again.
const REMEMBERED_MAX: usize = 1 << 17;

impl Builder<'_, '_> {
    /// The step of a typed expression that is a number, a truth or a time.
    pub(super) fn node(&mut self, expression: &Expression) -> Result<Node> {
        let columns = columns_of(expression);
        if columns.names().is_empty() {
            let value = interpret(expression, &Sides { left: &Nobody, right: &Nobody }, &self.graph.tools);
            return Ok(Node::Constant(as_number(&value)));
        }
        if columns.one_side().is_some() {
            return self.node_of_one_side(expression);
        }
        match expression {
            Expression::Binary(operator, left, right) => self.node_of_operator(*operator, left, right, expression),
            Expression::Not(of) => Ok(Node::Not(self.step(of)?)),
            Expression::Negative(of) => Ok(Node::Negative(self.step(of)?)),
            Expression::IsNull(of) if self.is_number(of) => Ok(Node::IsNull(self.step(of)?)),
            Expression::Case { branches, otherwise } if self.is_number(expression) => {
                let mut steps = Vec::new();
                for (condition, value) in branches {
                    steps.push((self.step(condition)?, self.step(value)?));
                }
                Ok(Node::Case(steps, self.step(otherwise)?))
            }
            Expression::Cast { of, to, .. } => self.node_of_cast(of, *to, expression),
            Expression::Call(function, arguments) => self.node_of_call(*function, arguments, expression),
            Expression::BestPair { function, left, right, most } => {
                let (Some(a), Some(b)) = (self.leaf(left)?, self.leaf(right)?) else { return self.slow(expression) };
                Ok(Node::Best { function: *function, a, b, most: *most, limit: Limit::Exact })
            }
            _ => self.slow(expression),
        }
    }

    fn node_of_one_side(&mut self, expression: &Expression) -> Result<Node> {
        if let Expression::IsNull(of) = expression
            && let Expression::Column { .. } = of.as_ref()
            && let Some(found) = self.leaf(of)?
            && self.texts_at(found).is_some()
        {
            return Ok(Node::TextIsNull(found));
        }
        let found = self.leaf(expression)?.ok_or_else(|| Error::internal("an expression of one side has none"))?;
        Ok(Node::Value(found))
    }

    /// What has no step of its own.
    fn slow(&mut self, expression: &Expression) -> Result<Node> {
        Ok(Node::Slow { expression: Box::new(expression.clone()), fields: self.raw_fields(expression)? })
    }

    fn node_of_operator(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        expression: &Expression,
    ) -> Result<Node> {
        match operator {
            Operator::And | Operator::Or => {
                let mut parts = Vec::new();
                self.chain(operator, expression, &mut parts)?;
                Ok(match (operator, parts.as_slice()) {
                    (Operator::And, _) => Node::And(parts),
                    (_, [a, b]) => match (self.node_at(*a), self.node_at(*b)) {
                        (Node::TextIsNull(a), Node::TextIsNull(b)) => Node::EitherIsNull(*a, *b),
                        _ => Node::Or(parts),
                    },
                    _ => Node::Or(parts),
                })
            }
            Operator::Concat => self.slow(expression),
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
                // A day moved by a number of days.
                if kind_of(expression, self.kinds) == Kind::Date {
                    return self.slow(expression);
                }
                Ok(Node::Arithmetic(operator, self.step(left)?, self.step(right)?))
            }
            _ if self.is_number(left) && self.is_number(right) => {
                Ok(Node::Compare(operator, self.step(left)?, self.step(right)?))
            }
            _ => self.node_of_text_comparison(operator, left, right, expression),
        }
    }

    /// The parts of a chain of `AND` or of `OR`.
    fn chain(&mut self, operator: Operator, expression: &Expression, parts: &mut Vec<NodeId>) -> Result<()> {
        match expression {
            Expression::Binary(own, left, right) if *own == operator && columns_of(expression).one_side().is_none() => {
                self.chain(operator, left, parts)?;
                self.chain(operator, right, parts)
            }
            _ => {
                parts.push(self.step(expression)?);
                Ok(())
            }
        }
    }

    fn node_of_text_comparison(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        expression: &Expression,
    ) -> Result<Node> {
        let texts = [left, right].iter().all(|side| kind_of(side, self.kinds) == Kind::Text);
        let (true, Some(a), Some(b)) = (texts, self.leaf(left)?, self.leaf(right)?) else {
            return self.slow(expression);
        };
        let same = if a.table == b.table {
            Node::SameCode(a, b)
        } else {
            let (Some(a_texts), Some(b_texts)) = (self.texts_at(a), self.texts_at(b)) else {
                return self.slow(expression);
            };
            Node::SameText { a, b, codes: translation(b_texts.texts(), a_texts.texts()) }
        };
        match operator {
            Operator::Equal => Ok(same),
            Operator::Different => Ok(Node::Not(self.add(same))),
            _ => Ok(Node::TextOrder(operator, a, b)),
        }
    }

    fn node_of_cast(&mut self, of: &Expression, to: Type, expression: &Expression) -> Result<Node> {
        match (kind_of(of, self.kinds), to) {
            (Kind::Number | Kind::Boolean, Type::Boolean) => Ok(Node::AsTruth(self.step(of)?)),
            (Kind::Number | Kind::Boolean, Type::Double | Type::Float | Type::Integer) => {
                Ok(Node::Cast(to, self.step(of)?))
            }
            _ => self.slow(expression),
        }
    }

    fn node_of_call(&mut self, function: Function, arguments: &[Expression], expression: &Expression) -> Result<Node> {
        if let Some(node) = self.node_of_two(function, arguments)? {
            return Ok(node);
        }
        let kinds: Vec<Kind> = arguments.iter().map(|argument| kind_of(argument, self.kinds)).collect();
        let numbers = |kind: &Kind| matches!(kind, Kind::Number | Kind::Null);
        // Functions of whatever their arguments are give back the numbers that times and truths are, but `functions`
        // must see one kind.
        let alike = matches!(function, F::Coalesce | F::Least | F::Greatest | F::NullIf)
            && kinds.iter().all(|kind| !matches!(kind, Kind::Text | Kind::List));
        if !arguments.is_empty() && (kinds.iter().all(numbers) || alike) {
            let steps = arguments.iter().map(|argument| self.step(argument)).collect::<Result<Vec<_>>>()?;
            return Ok(Node::Function(function, steps));
        }
        self.slow(expression)
    }

    /// Functions of something of one side and something of the other.
    fn node_of_two(&mut self, function: Function, arguments: &[Expression]) -> Result<Option<Node>> {
        match (function, arguments) {
            (F::ArrayLength, [Expression::Call(F::ListIntersect, lists)]) => self.common(lists, Ask::Count),
            (F::ListHasAny, lists) => self.common(lists, Ask::Any),
            (F::TokenJaccard, texts) => {
                let words = |text: &Expression| Expression::Call(F::Tokens, vec![text.clone()]);
                self.common(&texts.iter().map(words).collect::<Vec<_>>(), Ask::Share)
            }
            (F::NgramJaccard, [a, b, count @ Expression::Number(_)]) => {
                let grams = |text: &Expression| Expression::Call(F::Ngrams, vec![text.clone(), count.clone()]);
                self.common(&[grams(a), grams(b)], Ask::Share)
            }
            (F::DaysBetween, [a, b]) => {
                let day = |text: &Expression| {
                    Box::new(Expression::Cast { of: Box::new(text.clone()), to: Type::Date, safe: true })
                };
                let days = self.step(&Expression::Binary(Operator::Subtract, day(a), day(b)))?;
                Ok(Some(Node::Function(F::Abs, vec![days])))
            }
            (F::DateDiff, [unit @ Expression::Text(name), from, to]) if !name.to_ascii_lowercase().starts_with('w') => {
                // Boundaries between two times are those since 1970 of one less those of the other.
                let origin = Expression::Cast {
                    of: Box::new(Expression::Text("1970-01-01".to_owned())),
                    to: Type::Timestamp,
                    safe: true,
                };
                let since = |time: &Expression| {
                    let arguments = vec![unit.clone(), origin.clone(), time.clone()];
                    Expression::Call(F::DateDiff, arguments)
                };
                if columns_of(from).one_side().is_none() || columns_of(to).one_side().is_none() {
                    return Ok(None);
                }
                let (from, to) = (self.step(&since(from))?, self.step(&since(to))?);
                Ok(Some(Node::Arithmetic(Operator::Subtract, to, from)))
            }
            (_, [a, b]) if signature(function).want(0) == Want::Text && signature(function).want(1) == Want::Text => {
                self.pair_call(function, a, b)
            }
            _ => Ok(None),
        }
    }

    fn pair_call(&mut self, function: Function, a: &Expression, b: &Expression) -> Result<Option<Node>> {
        let numeric = !matches!(signature(function).result, None | Some(Kind::Text | Kind::List));
        let patterned = matches!(function, F::RegexpMatches | F::Strptime | F::TryStrptime);
        if !numeric || patterned {
            return Ok(None);
        }
        let (Some(a), Some(b)) = (self.leaf(a)?, self.leaf(b)?) else { return Ok(None) };
        if self.texts_at(a).is_none() || self.texts_at(b).is_none() {
            return Ok(None);
        }
        let symmetric = function.is_symmetric() && a.table == b.table;
        Ok(Some(Node::Pair(PairCall {
            function,
            a,
            b,
            limit: Limit::Exact,
            memory: None,
            number: 0,
            symmetric,
            outlines: None,
        })))
    }

    /// Gives a memory to functions that cost more than to remember, and lays texts out for kernels.
    pub(super) fn prepare_pairs(&mut self) {
        let (mut memories, mut pairs) = (0, 0);
        let Graph { nodes, tables, tools, .. } = &mut self.graph;
        for node in nodes {
            let Node::Pair(call) = node else { continue };
            call.number = pairs;
            pairs += 1;
            let mut values = 0;
            for place in [call.a, call.b] {
                if let Table::Texts(texts) = &mut tables[place.table as usize] {
                    values = values.max(texts.texts().len());
                    if !is_plugged(call.function) {
                        texts.lay_out();
                    }
                }
            }
            if is_plugged(call.function) {
                call.outlines = outlines(call, tables, tools.plugged);
            }
            if is_plugged(call.function) || (is_costly(call) && values <= REMEMBERED_MAX) {
                call.memory = Some(memories);
                memories += 1;
            }
        }
        (self.memories, self.pairs) = (memories, pairs);
    }

    fn common(&mut self, lists: &[Expression], ask: Ask) -> Result<Option<Node>> {
        let [a, b] = lists else { return Ok(None) };
        let (Some(a), Some(b)) = (self.leaf(a)?, self.leaf(b)?) else { return Ok(None) };
        let (Some(a_lists), Some(b_lists)) = (self.lists_at(a), self.lists_at(b)) else { return Ok(None) };
        let other = (a.table != b.table).then(|| Box::new(b_lists.in_codes_of(a_lists.texts())));
        Ok(Some(Node::Common { a, b, other, ask, limit: Limit::Exact }))
    }

    /// Limits functions of two texts that are only ever compared with constants.
    pub(super) fn set_limits(&mut self, roots: &[NodeId]) {
        let uses = self.uses(roots);
        let mut compared = vec![Vec::new(); self.graph.nodes.len()];
        for node in &self.graph.nodes {
            let Node::Compare(_, a, b) = node else { continue };
            for (of, constant) in [(*a, *b), (*b, *a)] {
                if let Node::Constant(threshold) = self.node_at(constant) {
                    compared[of as usize].push(*threshold);
                }
            }
        }
        for (id, thresholds) in compared.iter().enumerate() {
            // Once for each comparison, and nowhere else.
            if thresholds.len() == uses[id] as usize {
                self.set_limit(id, thresholds);
            }
        }
    }

    fn set_limit(&mut self, id: usize, thresholds: &[f64]) {
        let least = thresholds.iter().copied().fold(f64::INFINITY, f64::min);
        let most = thresholds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let found = |function: Function, best: Option<bool>| match function {
            // Of a best value all that is beyond the limit must lose against the rest.
            F::Jaro | F::JaroWinkler | F::JaroChars | F::JaroWinklerChars if best != Some(false) && least > 0.0 => {
                Limit::AtLeast(least)
            }
            F::Levenshtein | F::DamerauLevenshtein | F::LevenshteinChars | F::DamerauLevenshteinChars | F::Osa
                if best != Some(true) && (0.0..1e6).contains(&most) =>
            {
                Limit::AtMost(most as usize)
            }
            _ => Limit::Exact,
        };
        if thresholds.iter().any(|threshold| !threshold.is_finite()) {
            return;
        }
        match &mut self.graph.nodes[id] {
            Node::Pair(call) => call.limit = found(call.function, None),
            Node::Best { function, most, limit, .. } => *limit = found(*function, Some(*most)),
            Node::Common { ask: Ask::Share, limit, .. } if least > 0.0 => *limit = Limit::AtLeast(least),
            _ => {}
        }
    }
}

/// The outlines of both sides' texts, if a function knows any.
fn outlines(call: &PairCall, tables: &[Table], plugged: &dyn Plugged) -> Option<[Arc<Vec<u128>>; 2]> {
    let of = |place: Place| {
        let Table::Texts(texts) = &tables[place.table as usize] else { return None };
        let texts = texts.texts();
        let outline = |code: u32| if code == 0 { 0 } else { plugged.outline(call.function, texts.get(code)) };
        let found: Vec<u128> = (0..texts.len() as u32).into_par_iter().map(outline).collect();
        found.iter().any(|outline| *outline != 0).then(|| Arc::new(found))
    };
    let a = of(call.a)?;
    let b = if call.b.table == call.a.table { a.clone() } else { of(call.b)? };
    Some([a, b])
}

fn is_plugged(function: Function) -> bool {
    function.origin() == Origin::Plugged
}

/// Whether a function costs more than to look up an answer far away: the kernels of short texts do not.
fn is_costly(call: &PairCall) -> bool {
    match call.function {
        F::DamerauLevenshtein | F::DamerauLevenshteinChars => !matches!(call.limit, Limit::AtMost(0 | 1)),
        // Most texts are further apart, which their letters tell.
        F::Osa => !matches!(call.limit, Limit::AtMost(0..=2)),
        F::TokenJaccard => true,
        _ => false,
    }
}

/// A record without fields.
struct Nobody;

impl Record for Nobody {
    fn value(&self, _: &str) -> Value {
        Value::Null
    }

    fn is_list(&self, _: &str) -> bool {
        false
    }
}
