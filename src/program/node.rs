//! The steps of a program, and the tables that they read; what they give is in [`super::work`].
//!
//! Texts and lists of one side have been worked out beforehand; what is left of them here are codes into tables.

use super::evaluate::Tools;
use super::kernel::Limit;
use super::table::{ListTable, Table, TextTable};
use crate::model::expression::{Expression, Function, Operator, Side, Type};
use std::sync::Arc;

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
    /// Outlines of the texts of `a` and of `b` by their codes, where a plugged function knows them.
    pub(crate) outlines: Option<[Arc<Vec<u128>>; 2]>,
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
        limit: Limit,
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
    /// For each step that is used more than once, where its values of the pairs at hand are kept.
    pub(crate) kept: Vec<Option<u32>>,
    pub(crate) tables: Vec<Table>,
    pub(crate) tools: Tools<'a>,
}

/// Values of a table from which it is no longer near by itself.
const FAR_FROM: usize = 1_000;

impl Graph<'_> {
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

    #[inline]
    pub(crate) fn texts(&self, place: Place) -> Option<&TextTable> {
        match &self.tables[place.table as usize] {
            Table::Texts(table) => Some(table),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn lists(&self, place: Place) -> Option<&ListTable> {
        match &self.tables[place.table as usize] {
            Table::Lists(table) => Some(table),
            _ => None,
        }
    }
}
