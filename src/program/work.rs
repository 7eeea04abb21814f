//! What the steps of a program give, for up to 64 pairs of one left record at a time.
//!
//! All values are numbers: true is 1, days are counted, null is [`NULL`]. Yes-or-no steps work on sets of pairs, a bit
//! each. A step is asked only for the pairs that no step before it has settled.

mod texts;

use super::evaluate::{Sides, interpret};
use super::functions;
use super::kernel::Places;
use super::lanes::{Batch, LANES, Lanes, Numbers, Truths, each, select};
use super::node::{Graph, Node, NodeId, Place};
use super::table::{NULL, Table, as_number, is_null};
use super::value::{NumberText, Record, Value, compare_numbers};
use crate::model::expression::{Expression, Function, Operator, Side, Type};
use std::cmp::Ordering;
use texts::Memory;

/// What a thread needs beside a program: values of the pairs at hand, remembered answers, tables of kernels.
#[derive(Clone, Debug)]
pub struct Scratch {
    /// For each value that is kept, the lanes in which it is known.
    seen: Vec<Lanes>,
    values: Vec<Numbers>,
    memories: Vec<Memory>,
    /// For each function of two texts, and one for all else.
    places: Vec<Places>,
}

impl Scratch {
    pub(crate) fn new(kept: usize, memories: usize, pairs: usize) -> Self {
        Self {
            seen: vec![0; kept],
            values: vec![[NULL; LANES]; kept],
            memories: vec![Memory::default(); memories],
            places: vec![Places::default(); pairs + 1],
        }
    }

    /// Forgets the values of the pairs before.
    #[inline]
    pub(crate) fn next_batch(&mut self) {
        self.seen.fill(0);
    }
}

/// Whether a step answers a yes-or-no question by itself.
const fn is_question(node: &Node) -> bool {
    matches!(
        node,
        Node::TextIsNull(_)
            | Node::EitherIsNull(..)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::IsNull(_)
            | Node::AsTruth(_)
            | Node::Compare(..)
            | Node::SameCode(..)
            | Node::SameText { .. }
            | Node::TextOrder(..)
    )
}

impl Graph<'_> {
    /// Where a step is true, and where it is null.
    pub(crate) fn truths(&self, id: NodeId, lanes: Lanes, batch: &Batch, scratch: &mut Scratch) -> Truths {
        let node = &self.nodes[id as usize];
        match node {
            Node::TextIsNull(place) => Truths { holds: self.null_texts(*place, lanes, batch), null: 0 },
            Node::EitherIsNull(a, b) => {
                Truths { holds: self.null_texts(*a, lanes, batch) | self.null_texts(*b, lanes, batch), null: 0 }
            }
            Node::Not(of) => {
                let of = self.truths(*of, lanes, batch, scratch);
                Truths { holds: lanes & !of.holds & !of.null, null: of.null }
            }
            Node::IsNull(of) => Truths { holds: self.nulls(*of, lanes, batch, scratch), null: 0 },
            Node::And(parts) => {
                let (open, null) = self.unsettled(parts, false, lanes, batch, scratch);
                Truths { holds: open & !null, null: open & null }
            }
            Node::Or(parts) => {
                let (open, null) = self.unsettled(parts, true, lanes, batch, scratch);
                Truths { holds: lanes & !open, null: open & null }
            }
            Node::SameCode(a, b) => self.same_texts(*a, *b, lanes, batch, Some),
            Node::SameText { a, b, codes } => self.same_texts(*a, *b, lanes, batch, |code| codes[code as usize]),
            Node::TextOrder(operator, a, b) => self.text_order(*operator, (*a, *b), lanes, batch),
            Node::Compare(operator, a, b) => {
                let (mut x, mut y) = ([NULL; LANES], [NULL; LANES]);
                self.numbers(*a, lanes, batch, scratch, &mut x);
                self.numbers(*b, lanes, batch, scratch, &mut y);
                Truths::of(lanes, |lane| ordered(*operator, x[lane], y[lane]))
            }
            Node::AsTruth(of) => self.truths_of_numbers(*of, lanes, batch, scratch, |number| number != 0.0),
            _ => self.truths_of_numbers(id, lanes, batch, scratch, |number| number == 1.0),
        }
    }

    fn truths_of_numbers(
        &self,
        id: NodeId,
        lanes: Lanes,
        batch: &Batch,
        scratch: &mut Scratch,
        truth: impl Fn(f64) -> bool,
    ) -> Truths {
        let mut numbers = [NULL; LANES];
        self.numbers(id, lanes, batch, scratch, &mut numbers);
        Truths::of(lanes, |lane| (!is_null(numbers[lane])).then(|| truth(numbers[lane])))
    }

    fn nulls(&self, id: NodeId, lanes: Lanes, batch: &Batch, scratch: &mut Scratch) -> Lanes {
        if is_question(&self.nodes[id as usize]) {
            return self.truths(id, lanes, batch, scratch).null;
        }
        let mut numbers = [NULL; LANES];
        self.numbers(id, lanes, batch, scratch, &mut numbers);
        select(lanes, |lane| is_null(numbers[lane]))
    }

    /// The lanes of a chain that no part settles, and those of any part that is null: `AND` is settled by what is false,
    /// `OR` by what is true.
    fn unsettled(
        &self,
        parts: &[NodeId],
        settles: bool,
        lanes: Lanes,
        batch: &Batch,
        scratch: &mut Scratch,
    ) -> (Lanes, Lanes) {
        let (mut open, mut null) = (lanes, 0);
        for part in parts {
            if open == 0 {
                break;
            }
            let found = self.truths(*part, open, batch, scratch);
            null |= found.null;
            open &= if settles { !found.holds } else { found.holds | found.null };
        }
        (open, null)
    }

    /// The values of a step, worked out at most once where it is used more than once.
    pub(crate) fn numbers(&self, id: NodeId, lanes: Lanes, batch: &Batch, scratch: &mut Scratch, out: &mut Numbers) {
        let Some(kept) = self.kept[id as usize] else { return self.work(id, lanes, batch, scratch, out) };
        let kept = kept as usize;
        let missing = lanes & !scratch.seen[kept];
        if missing != 0 {
            self.work(id, missing, batch, scratch, out);
            each(missing, |lane| scratch.values[kept][lane] = out[lane]);
            scratch.seen[kept] |= missing;
        }
        each(lanes & !missing, |lane| out[lane] = scratch.values[kept][lane]);
    }

    fn work(&self, id: NodeId, lanes: Lanes, batch: &Batch, scratch: &mut Scratch, out: &mut Numbers) {
        match &self.nodes[id as usize] {
            Node::Constant(number) => out.fill(*number),
            Node::Value(place) => match &self.tables[place.table as usize] {
                Table::Numbers(numbers) => each(lanes, |lane| out[lane] = numbers[batch.cell(*place, lane) as usize]),
                _ => out.fill(NULL),
            },
            Node::Negative(of) => self.map(*of, lanes, batch, scratch, out, |number| -number),
            Node::Cast(to, of) => self.map(*of, lanes, batch, scratch, out, |number| cast(*to, number)),
            Node::Arithmetic(operator, a, b) => {
                let mut other = [NULL; LANES];
                self.numbers(*a, lanes, batch, scratch, out);
                self.numbers(*b, lanes, batch, scratch, &mut other);
                each(lanes, |lane| out[lane] = arithmetic(*operator, out[lane], other[lane]));
            }
            Node::Case(branches, otherwise) => self.case(branches, *otherwise, lanes, batch, scratch, out),
            Node::Function(function, arguments) => self.function(*function, arguments, lanes, batch, scratch, out),
            Node::Pair(call) => self.pair(call, lanes, batch, scratch, out),
            Node::Common { a, b, other, ask, limit } => {
                self.common((*a, *b), other.as_deref(), (*ask, *limit), lanes, batch, out)
            }
            Node::Best { function, a, b, most, limit } => {
                each(lanes, |lane| {
                    let cells = (batch.cell(*a, lane), batch.cell(*b, lane));
                    out[lane] = self.best(*function, (*a, *b), *most, *limit, cells, scratch);
                });
            }
            Node::Slow { expression, fields } => {
                each(lanes, |lane| out[lane] = self.slow(expression, fields, batch, lane));
            }
            _ => self.truths(id, lanes, batch, scratch).spread(lanes, out),
        }
    }

    /// What is given for each value of a step; null stays null.
    fn map(
        &self,
        of: NodeId,
        lanes: Lanes,
        batch: &Batch,
        scratch: &mut Scratch,
        out: &mut Numbers,
        with: impl Fn(f64) -> f64,
    ) {
        self.numbers(of, lanes, batch, scratch, out);
        each(lanes, |lane| out[lane] = if is_null(out[lane]) { NULL } else { with(out[lane]) });
    }

    fn case(
        &self,
        branches: &[(NodeId, NodeId)],
        otherwise: NodeId,
        lanes: Lanes,
        batch: &Batch,
        scratch: &mut Scratch,
        out: &mut Numbers,
    ) {
        let mut numbers = [NULL; LANES];
        let mut open = lanes;
        for (condition, value) in branches {
            if open == 0 {
                return;
            }
            let taken = self.truths(*condition, open, batch, scratch).holds;
            if taken != 0 {
                self.numbers(*value, taken, batch, scratch, &mut numbers);
                each(taken, |lane| out[lane] = numbers[lane]);
                open &= !taken;
            }
        }
        if open != 0 {
            self.numbers(otherwise, open, batch, scratch, &mut numbers);
            each(open, |lane| out[lane] = numbers[lane]);
        }
    }

    fn function(
        &self,
        function: Function,
        arguments: &[NodeId],
        lanes: Lanes,
        batch: &Batch,
        scratch: &mut Scratch,
        out: &mut Numbers,
    ) {
        if let (Function::Abs, [of]) = (function, arguments) {
            return self.map(*of, lanes, batch, scratch, out, f64::abs);
        }
        let mut numbers = vec![[NULL; LANES]; arguments.len()];
        for (argument, numbers) in arguments.iter().zip(&mut numbers) {
            self.numbers(*argument, lanes, batch, scratch, numbers);
        }
        let value = |number: f64| if is_null(number) { Value::Null } else { Value::Number(number) };
        each(lanes, |lane| {
            let values: Vec<Value> = numbers.iter().map(|numbers| value(numbers[lane])).collect();
            out[lane] = as_number(&functions::call(function, &values, &self.tools));
        });
    }

    #[inline(never)]
    fn slow(&self, expression: &Expression, fields: &[(String, Place)], batch: &Batch, lane: usize) -> f64 {
        let of = |side| OneSide { graph: self, fields, batch, lane, side };
        let (left, right) = (of(Side::Left), of(Side::Right));
        as_number(&interpret(expression, &Sides { left: &left, right: &right }, &self.tools))
    }

    fn field(&self, place: Place, cell: u32) -> Value {
        match &self.tables[place.table as usize] {
            Table::Texts(table) => match table.code(cell) {
                0 => Value::Null,
                code => Value::Text(table.text(code).to_owned()),
            },
            Table::Lists(table) => table.value(cell),
            Table::Numbers(_) => Value::Null,
        }
    }
}

/// The fields of one side of a pair, for the slow evaluator.
struct OneSide<'a, 'b> {
    graph: &'a Graph<'b>,
    fields: &'a [(String, Place)],
    batch: &'a Batch<'a>,
    lane: usize,
    side: Side,
}

impl Record for OneSide<'_, '_> {
    fn value(&self, column: &str) -> Value {
        let found = self.fields.iter().find(|(name, place)| name == column && place.side == self.side);
        found.map_or(Value::Null, |(_, place)| self.graph.field(*place, self.batch.cell(*place, self.lane)))
    }

    fn is_list(&self, column: &str) -> bool {
        let found = self.fields.iter().find(|(name, _)| name == column);
        found.is_some_and(|(_, place)| self.graph.lists(*place).is_some())
    }
}

/// How two numbers compare; `None` where one is null.
#[inline]
pub(crate) fn ordered(operator: Operator, a: f64, b: f64) -> Option<bool> {
    (!is_null(a) && !is_null(b)).then(|| holds(operator, compare_numbers(a, b)))
}

/// Whether an order is one that a comparison asks for.
#[inline]
const fn holds(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::Different => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::AtMost => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::AtLeast => order.is_ge(),
        _ => false,
    }
}

fn cast(to: Type, number: f64) -> f64 {
    as_number(&Value::Number(number).cast(to, NumberText::Double))
}

fn arithmetic(operator: Operator, a: f64, b: f64) -> f64 {
    if is_null(a) || is_null(b) {
        return NULL;
    }
    match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        _ => NULL,
    }
}
