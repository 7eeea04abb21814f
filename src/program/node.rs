//! The steps of a program, and what they give for a pair.
//!
//! All values of a pair are numbers: true is 1, days are counted, null is [`NULL`]. Texts and lists of one side have been
//! worked out beforehand; what is left of them here are codes into tables.

use super::evaluate::{Sides, Tools, interpret};
use super::functions;
use super::kernel::{self, Limit, Places};
use super::table::{ListTable, NULL, Table, TextTable, as_number, is_null};
use super::value::{Record, Value, compare_numbers};
use super::words::Word;
use crate::model::expression::function::Origin;
use crate::model::expression::{Expression, Function, Operator, Side, Type};
use crate::util::hash::mix;
use std::cmp::Ordering;

/// A step by its place among all.
pub(crate) type NodeId = u32;

/// Where a value of one side is found: which cell of the record, and in which table its code counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) side: Side,
    pub(crate) slot: u32,
    pub(crate) table: u32,
}

/// A function of two texts.
#[derive(Clone, Debug)]
pub(crate) struct PairCall {
    pub(crate) function: Function,
    pub(crate) a: Place,
    pub(crate) b: Place,
    pub(crate) limit: Limit,
    /// Which memory of answers is its own.
    pub(crate) memory: Option<u32>,
    /// Its number among functions of two texts.
    pub(crate) number: u32,
    /// Whether it is the same with both codes exchanged.
    pub(crate) symmetric: bool,
}

/// What is asked of two lists as sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// How many members are in both.
    Count,
    /// Whether one is in both.
    Any,
    /// Share of members in both among those in either.
    Share,
}

/// A step.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Constant(f64),
    /// A value of one side.
    Value(Place),
    /// Whether a text of one side is null.
    TextIsNull(Place),
    /// Whether one of two texts is null: how nearly all comparisons begin.
    EitherIsNull(Place, Place),
    Not(NodeId),
    And(Vec<NodeId>),
    Or(Vec<NodeId>),
    IsNull(NodeId),
    /// Whether a number is not 0.
    AsTruth(NodeId),
    Compare(Operator, NodeId, NodeId),
    /// Whether two texts of one table are the same.
    SameCode(Place, Place),
    /// Whether two texts of different tables are the same: `codes` gives those of `b` in `a`'s table.
    SameText {
        a: Place,
        b: Place,
        codes: Vec<Option<u32>>,
    },
    /// The order of two texts.
    TextOrder(Operator, Place, Place),
    Arithmetic(Operator, NodeId, NodeId),
    Negative(NodeId),
    Cast(Type, NodeId),
    /// A function of numbers.
    Function(Function, Vec<NodeId>),
    Case(Vec<(NodeId, NodeId)>, NodeId),
    Pair(PairCall),
    /// Two lists as sets; `other` holds those of `b` in the codes of `a`, where the tables differ.
    Common {
        a: Place,
        b: Place,
        other: Option<Box<ListTable>>,
        ask: Ask,
    },
    /// The best value of a function over all pairs of items.
    Best {
        function: Function,
        a: Place,
        b: Place,
        most: bool,
        limit: Limit,
    },
    /// What has no step of its own: the slow evaluator, over the fields named.
    Slow {
        expression: Box<Expression>,
        fields: Vec<(String, Place)>,
    },
}

/// All steps and tables.
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node>,
    /// For each step that is used more than once, where its value of the pair at hand is kept.
    pub(crate) kept: Vec<Option<u32>>,
    pub(crate) tables: Vec<Table>,
    pub(crate) tools: Tools<'a>,
}

/// The cells of the two records of a pair.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) left: &'a [u32],
    pub(crate) right: &'a [u32],
}

impl Cells<'_> {
    #[inline]
    fn at(&self, place: Place) -> u32 {
        match place.side {
            Side::Left => self.left[place.slot as usize],
            Side::Right => self.right[place.slot as usize],
        }
    }
}

/// Answers of one function, remembered by the codes of its arguments: each has one place, the last come stays.
#[derive(Clone, Debug)]
struct Memory {
    entries: Vec<(u64, f64)>,
}

/// Values of a table from which it is no longer near by itself.
const FAR_FROM: usize = 1_000;

/// Answers that a memory holds; a power of two. Half a megabyte stays within the cache of a core.
const MEMORY_ENTRIES: usize = 1 << 15;

/// What a thread needs beside a program: values of the pair at hand, remembered answers, tables of kernels.
#[derive(Clone, Debug)]
pub struct Scratch {
    pair: u32,
    seen: Vec<u32>,
    values: Vec<f64>,
    memories: Vec<Memory>,
    /// For each function of two texts, and one for all else.
    places: Vec<Places>,
}

impl Scratch {
    pub(crate) fn new(kept: usize, memories: usize, pairs: usize) -> Self {
        // Codes of arguments are never both 0, so 0 is no key.
        let memory = Memory { entries: vec![(0, NULL); MEMORY_ENTRIES] };
        Self {
            pair: 0,
            seen: vec![0; kept],
            values: vec![NULL; kept],
            memories: vec![memory; memories],
            places: vec![Places::default(); pairs + 1],
        }
    }

    /// Forgets the values of the pair before.
    #[inline]
    pub(crate) fn next_pair(&mut self) {
        self.pair = self.pair.wrapping_add(1);
        if self.pair == 0 {
            self.seen.fill(0);
            self.pair = 1;
        }
    }
}

const TRUE: f64 = 1.0;
const FALSE: f64 = 0.0;

fn truth(truth: bool) -> f64 {
    if truth { TRUE } else { FALSE }
}

impl Graph<'_> {
    /// The value of a step for a pair, worked out at most once where it is used more than once.
    #[inline]
    pub(crate) fn value(&self, id: NodeId, cells: Cells, scratch: &mut Scratch) -> f64 {
        // What most levels ask first goes without a call.
        match &self.nodes[id as usize] {
            Node::EitherIsNull(a, b) => {
                return truth(self.text_code(*a, cells) == 0 || self.text_code(*b, cells) == 0);
            }
            Node::SameCode(a, b) => return same(self.text_code(*a, cells), self.text_code(*b, cells), Some),
            Node::Value(place) => return self.number(*place, cells),
            _ => {}
        }
        let Some(kept) = self.kept[id as usize] else { return self.work(id, cells, scratch) };
        let kept = kept as usize;
        if scratch.seen[kept] == scratch.pair {
            return scratch.values[kept];
        }
        let value = self.work(id, cells, scratch);
        scratch.seen[kept] = scratch.pair;
        scratch.values[kept] = value;
        value
    }

    /// Places of the right record whose values lie in tables that are too large to be near.
    pub(crate) fn far_places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for node in &self.nodes {
            match node {
                Node::Pair(call) => places.extend([call.a, call.b]),
                Node::Value(place) => places.push(*place),
                _ => {}
            }
        }
        let far = |place: &Place| match &self.tables[place.table as usize] {
            Table::Texts(texts) => texts.texts().len() > FAR_FROM,
            Table::Numbers(numbers) => numbers.len() > FAR_FROM,
            Table::Lists(_) => false,
        };
        places.retain(|place| place.side == Side::Right && far(place));
        places.sort_unstable_by_key(|place| (place.slot, place.table));
        places.dedup();
        places
    }

    /// Reads part of what belongs to a cell.
    #[inline]
    pub(crate) fn touch(&self, place: Place, cell: u32) -> u32 {
        match &self.tables[place.table as usize] {
            Table::Texts(texts) => texts.touch(cell) as u32,
            Table::Numbers(numbers) => numbers[cell as usize].to_bits() as u32,
            Table::Lists(_) => 0,
        }
    }

    fn work(&self, id: NodeId, cells: Cells, scratch: &mut Scratch) -> f64 {
        match &self.nodes[id as usize] {
            Node::Constant(number) => *number,
            Node::TextIsNull(place) => truth(self.text_code(*place, cells) == 0),
            Node::SameText { a, b, codes } => {
                same(self.text_code(*a, cells), self.text_code(*b, cells), |code| codes[code as usize])
            }
            Node::And(parts) => self.chain(parts, FALSE, cells, scratch),
            Node::Or(parts) => self.chain(parts, TRUE, cells, scratch),
            Node::Compare(operator, a, b) => {
                compared(*operator, self.value(*a, cells, scratch), self.value(*b, cells, scratch))
            }
            Node::Pair(call) => self.pair(call, cells, scratch),
            Node::Common { a, b, other, ask } => self.common(*a, *b, other.as_deref(), *ask, cells),
            Node::Best { function, a, b, most, limit } => self.best(*function, (*a, *b), *most, *limit, cells, scratch),
            Node::Case(branches, otherwise) => {
                let holds = |(condition, _): &&(NodeId, NodeId)| self.value(*condition, cells, scratch) == TRUE;
                let branch = branches.iter().find(holds).map_or(*otherwise, |(_, value)| *value);
                self.value(branch, cells, scratch)
            }
            Node::Function(function, arguments) => self.function(*function, arguments, cells, scratch),
            Node::TextOrder(operator, a, b) => self.text_order(*operator, *a, *b, cells),
            Node::Slow { expression, fields } => self.slow(expression, fields, cells),
            Node::Value(_) | Node::SameCode(..) | Node::EitherIsNull(..) => self.value(id, cells, scratch),
            simple => self.simple(simple, cells, scratch),
        }
    }

    /// Steps over one or two numbers.
    #[inline(never)]
    fn simple(&self, node: &Node, cells: Cells, scratch: &mut Scratch) -> f64 {
        let of = match node {
            Node::Not(of) | Node::IsNull(of) | Node::AsTruth(of) | Node::Negative(of) | Node::Cast(_, of) => *of,
            Node::Arithmetic(_, a, _) => *a,
            _ => return NULL,
        };
        let number = self.value(of, cells, scratch);
        if matches!(node, Node::IsNull(_)) {
            return truth(is_null(number));
        }
        if is_null(number) {
            return NULL;
        }
        match node {
            Node::Not(_) => 1.0 - number,
            Node::AsTruth(_) => truth(number != 0.0),
            Node::Negative(_) => -number,
            Node::Cast(to, _) => as_number(&Value::Number(number).cast(*to, super::value::NumberText::Double)),
            Node::Arithmetic(operator, _, b) => arithmetic(*operator, number, self.value(*b, cells, scratch)),
            _ => NULL,
        }
    }

    #[inline]
    fn number(&self, place: Place, cells: Cells) -> f64 {
        match &self.tables[place.table as usize] {
            Table::Numbers(numbers) => numbers[cells.at(place) as usize],
            _ => NULL,
        }
    }

    #[inline]
    fn texts(&self, place: Place) -> Option<&TextTable> {
        match &self.tables[place.table as usize] {
            Table::Texts(table) => Some(table),
            _ => None,
        }
    }

    #[inline]
    fn lists(&self, place: Place) -> Option<&ListTable> {
        match &self.tables[place.table as usize] {
            Table::Lists(table) => Some(table),
            _ => None,
        }
    }

    #[inline]
    fn text_code(&self, place: Place, cells: Cells) -> u32 {
        self.texts(place).map_or(0, |table| table.code(cells.at(place)))
    }

    /// `AND` where `settles` is false, `OR` where it is true.
    #[inline]
    fn chain(&self, parts: &[NodeId], settles: f64, cells: Cells, scratch: &mut Scratch) -> f64 {
        let mut result = 1.0 - settles;
        for part in parts {
            let value = self.value(*part, cells, scratch);
            if value == settles {
                return settles;
            }
            if is_null(value) {
                result = NULL;
            }
        }
        result
    }

    #[inline(never)]
    fn pair(&self, call: &PairCall, cells: Cells, scratch: &mut Scratch) -> f64 {
        let (Some(a_texts), Some(b_texts)) = (self.texts(call.a), self.texts(call.b)) else { return NULL };
        let (mut a, mut b) = (a_texts.code(cells.at(call.a)), b_texts.code(cells.at(call.b)));
        if a == 0 || b == 0 {
            return NULL;
        }
        let answer = |a, b, places: &mut Places| match call.function.origin() {
            Origin::Plugged => self.plugged(call.function, a_texts.text(a), b_texts.text(b)),
            _ => of_words(call.function, a_texts.word(a), b_texts.word(b), call.limit, places),
        };
        let Some(memory) = call.memory else { return answer(a, b, &mut scratch.places[call.number as usize]) };
        if call.symmetric && a > b {
            std::mem::swap(&mut a, &mut b);
        }
        let key = u64::from(a) << 32 | u64::from(b);
        let entry = mix(key, 0) as usize & (MEMORY_ENTRIES - 1);
        let (known, value) = scratch.memories[memory as usize].entries[entry];
        if known == key {
            return value;
        }
        let value = answer(a, b, &mut scratch.places[call.number as usize]);
        scratch.memories[memory as usize].entries[entry] = (key, value);
        value
    }

    fn plugged(&self, function: Function, a: &str, b: &str) -> f64 {
        let found = self.tools.plugged.pair(function, a, b);
        match function {
            Function::SameName | Function::NameEquivalent => found.map_or(NULL, |found| truth(found != 0.0)),
            _ => found.unwrap_or(NULL),
        }
    }

    #[inline(never)]
    fn common(&self, a: Place, b: Place, other: Option<&ListTable>, ask: Ask, cells: Cells) -> f64 {
        let (Some(a_lists), Some(b_lists)) = (self.lists(a), self.lists(b)) else { return NULL };
        let b_set = other.unwrap_or(b_lists).set(cells.at(b));
        let (a_set, b_set) = match (a_lists.set(cells.at(a)), b_set) {
            (Some(a_set), Some(b_set)) => (a_set, b_set),
            // Common to a list and nothing is nothing, says DuckDB.
            (Some(_), None) if ask == Ask::Count => return 0.0,
            _ => return NULL,
        };
        let both = members_in_both(a_set, b_set);
        match ask {
            Ask::Count => both as f64,
            Ask::Any => truth(both > 0),
            Ask::Share => match a_set.len() + b_set.len() - both {
                0 => NULL,
                either => both as f64 / either as f64,
            },
        }
    }

    #[inline(never)]
    fn best(
        &self,
        function: Function,
        (a, b): (Place, Place),
        most: bool,
        limit: Limit,
        cells: Cells,
        scratch: &mut Scratch,
    ) -> f64 {
        let (Some(a_lists), Some(b_lists)) = (self.lists(a), self.lists(b)) else { return NULL };
        let (Some(a_items), Some(b_items)) = (a_lists.items(cells.at(a)), b_lists.items(cells.at(b))) else {
            return NULL;
        };
        let wanted = if most { Ordering::Greater } else { Ordering::Less };
        let mut best = NULL;
        let Some(places) = scratch.places.last_mut() else { return NULL };
        for x in a_items {
            for y in b_items {
                let (x, y) = (a_lists.texts().get(*x), b_lists.texts().get(*y));
                let value = match function.origin() {
                    Origin::Plugged => self.plugged(function, x, y),
                    _ => of_words(function, Word::of(x), Word::of(y), limit, places),
                };
                if !is_null(value) && (is_null(best) || compare_numbers(value, best) == wanted) {
                    best = value;
                }
            }
        }
        best
    }

    #[inline(never)]
    fn function(&self, function: Function, arguments: &[NodeId], cells: Cells, scratch: &mut Scratch) -> f64 {
        if let (Function::Abs, [of]) = (function, arguments) {
            let number = self.value(*of, cells, scratch);
            return if is_null(number) { NULL } else { number.abs() };
        }
        let value = |id: &NodeId| match self.value(*id, cells, scratch) {
            number if is_null(number) => Value::Null,
            number => Value::Number(number),
        };
        let values: Vec<Value> = arguments.iter().map(value).collect();
        as_number(&functions::call(function, &values, &self.tools))
    }

    #[inline(never)]
    fn text_order(&self, operator: Operator, a: Place, b: Place, cells: Cells) -> f64 {
        let (Some(a_texts), Some(b_texts)) = (self.texts(a), self.texts(b)) else { return NULL };
        let (a, b) = (a_texts.code(cells.at(a)), b_texts.code(cells.at(b)));
        if a == 0 || b == 0 {
            return NULL;
        }
        truth(holds(operator, a_texts.text(a).cmp(b_texts.text(b))))
    }

    #[inline(never)]
    fn slow(&self, expression: &Expression, fields: &[(String, Place)], cells: Cells) -> f64 {
        let of = |side| OneSide { graph: self, fields, cells, side };
        let (left, right) = (of(Side::Left), of(Side::Right));
        as_number(&interpret(expression, &Sides { left: &left, right: &right }, &self.tools))
    }

    fn field(&self, place: Place, cells: Cells) -> Value {
        let cell = cells.at(place);
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
    cells: Cells<'a>,
    side: Side,
}

impl Record for OneSide<'_, '_> {
    fn value(&self, column: &str) -> Value {
        let found = self.fields.iter().find(|(name, place)| name == column && place.side == self.side);
        found.map_or(Value::Null, |(_, place)| self.graph.field(*place, self.cells))
    }

    fn is_list(&self, column: &str) -> bool {
        let found = self.fields.iter().find(|(name, _)| name == column);
        found.is_some_and(|(_, place)| self.graph.lists(*place).is_some())
    }
}

#[inline]
fn of_words(function: Function, a: Word, b: Word, limit: Limit, places: &mut Places) -> f64 {
    match function {
        Function::StartsWith => truth(a.bytes.starts_with(b.bytes)),
        Function::EndsWith => truth(a.bytes.ends_with(b.bytes)),
        _ => kernel::number(function, a, b, limit, places).unwrap_or(NULL),
    }
}

#[inline]
fn same(a: u32, b: u32, code: impl Fn(u32) -> Option<u32>) -> f64 {
    if a == 0 || b == 0 { NULL } else { truth(code(b) == Some(a)) }
}

#[inline]
pub(crate) fn compared(operator: Operator, a: f64, b: f64) -> f64 {
    if is_null(a) || is_null(b) { NULL } else { truth(holds(operator, compare_numbers(a, b))) }
}

/// Whether an order is one that a comparison asks for.
#[inline]
pub(crate) const fn holds(operator: Operator, order: Ordering) -> bool {
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

fn arithmetic(operator: Operator, a: f64, b: f64) -> f64 {
    if is_null(b) {
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

/// Members of two sets in order that are in both.
fn members_in_both(mut a: &[u32], mut b: &[u32]) -> usize {
    let mut both = 0;
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        both += usize::from(x == y);
        (a, b) = (if x <= y { a_rest } else { a }, if y <= x { b_rest } else { b });
    }
    both
}
