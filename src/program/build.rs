//! From typed expressions to steps: what each side gives by itself goes into tables, equal parts become one step.

mod leaves;
mod steps;

use super::columns::{Column, Columns};
use super::evaluate::Tools;
use super::node::{Graph, Node, NodeId, Place};
use super::table::Table;
use super::typing::Kinds;
use crate::error::{Error, Result};
use crate::model::expression::{Context, Expression, print};
use std::collections::BTreeMap;

/// Where the cells of a slot come from.
pub(crate) enum Slot {
    /// The codes of a field of texts.
    Field(String),
    /// Codes worked out for each record.
    Codes(Vec<u32>),
}

/// Builds the steps of a program.
pub(crate) struct Builder<'a, 'b> {
    columns: &'b Columns,
    kinds: &'b Kinds,
    graph: Graph<'a>,
    slots: Vec<Slot>,
    /// Slot and table of each one-sided expression, by its text.
    leaves: BTreeMap<String, (u32, u32)>,
    /// Slot of each field, with the table of its lists where it is one of lists.
    fields: BTreeMap<String, (u32, Option<u32>)>,
    /// Step of each expression, by its text.
    known: BTreeMap<String, NodeId>,
    memories: u32,
    pairs: u32,
}

/// What a builder has made.
pub(crate) struct Built<'a> {
    pub(crate) graph: Graph<'a>,
    /// Places for values that are kept.
    pub(crate) kept: usize,
    pub(crate) memories: usize,
    /// Functions of two texts.
    pub(crate) pairs: usize,
    /// The cells of all records, one after the other.
    pub(crate) cells: Vec<u32>,
    /// Cells of a record.
    pub(crate) width: usize,
}

impl<'a, 'b> Builder<'a, 'b> {
    pub(crate) fn new(columns: &'b Columns, kinds: &'b Kinds, tools: Tools<'a>) -> Self {
        Self {
            columns,
            kinds,
            graph: Graph { nodes: Vec::new(), kept: Vec::new(), tables: Vec::new(), tools },
            slots: Vec::new(),
            leaves: BTreeMap::new(),
            fields: BTreeMap::new(),
            known: BTreeMap::new(),
            memories: 0,
            pairs: 0,
        }
    }

    /// The step of a typed expression.
    pub(crate) fn step(&mut self, expression: &Expression) -> Result<NodeId> {
        // The text tells any two expressions apart.
        let text = print(expression, Context::Rule);
        if let Some(id) = self.known.get(&text) {
            return Ok(*id);
        }
        let node = self.node(expression)?;
        let id = self.add(node);
        self.known.insert(text, id);
        Ok(id)
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.graph.nodes.push(node);
        (self.graph.nodes.len() - 1) as NodeId
    }

    fn add_table(&mut self, table: Table) -> u32 {
        self.graph.tables.push(table);
        (self.graph.tables.len() - 1) as u32
    }

    /// The values of a typed expression of one side for all records, numbers as texts.
    pub(crate) fn column(mut self, expression: &Expression) -> Result<Column> {
        let found = self.leaf(expression)?.ok_or_else(|| {
            Error::settings("an expression of one record uses fields of none or of both")
                .hint("write each side of a key in fields of its own record")
        })?;
        let rows = self.columns.rows();
        let cells: Vec<u32> = match &self.slots[found.slot as usize] {
            Slot::Codes(codes) => codes.clone(),
            Slot::Field(name) => match self.columns.find(name)? {
                Column::Texts { codes, .. } => codes.clone(),
                Column::Lists { .. } => vec![0; rows],
            },
        };
        self.graph.tables[found.table as usize].column(&cells)
    }

    /// What the step at a place is.
    pub(crate) fn node_at(&self, id: NodeId) -> &Node {
        &self.graph.nodes[id as usize]
    }

    /// Ends the building: limits, values to keep, and the cells of all records. `roots` are steps used from outside.
    pub(crate) fn finish(mut self, roots: &[NodeId]) -> Result<Built<'a>> {
        self.set_limits(roots);
        self.prepare_pairs();
        let kept = self.keep(roots);
        let width = self.slots.len();
        let rows = self.columns.rows();
        let mut cells = vec![0; rows * width];
        for (place, slot) in self.slots.iter().enumerate() {
            let codes = match slot {
                Slot::Codes(codes) => codes.as_slice(),
                Slot::Field(name) => match self.columns.find(name)? {
                    Column::Texts { codes, .. } => codes.as_slice(),
                    Column::Lists { .. } => &[],
                },
            };
            for (row, code) in codes.iter().enumerate() {
                cells[row * width + place] = *code;
            }
        }
        let (memories, pairs) = (self.memories as usize, self.pairs as usize);
        Ok(Built { graph: self.graph, kept, memories, pairs, cells, width })
    }

    /// Finds what each step is used by, and how often.
    fn uses(&self, roots: &[NodeId]) -> Vec<u32> {
        let mut uses = vec![0; self.graph.nodes.len()];
        for id in roots.iter().copied().chain(self.graph.nodes.iter().flat_map(operands)) {
            uses[id as usize] += 1;
        }
        uses
    }

    /// Gives a place to the value of each costly step that is used more than once.
    fn keep(&mut self, roots: &[NodeId]) -> usize {
        let uses = self.uses(roots);
        let mut count = 0;
        for (node, uses) in self.graph.nodes.iter().zip(uses) {
            let costly = matches!(
                node,
                Node::Pair(_)
                    | Node::Best { .. }
                    | Node::Common { .. }
                    | Node::Slow { .. }
                    | Node::Function(..)
                    | Node::Arithmetic(..)
                    | Node::Case(..)
            );
            let kept = (costly && uses > 1).then_some(count);
            count += u32::from(kept.is_some());
            self.graph.kept.push(kept);
        }
        count as usize
    }
}

/// The steps that a step uses.
pub(crate) fn operands(node: &Node) -> Vec<NodeId> {
    match node {
        Node::Not(of) | Node::IsNull(of) | Node::AsTruth(of) | Node::Negative(of) | Node::Cast(_, of) => vec![*of],
        Node::And(parts) | Node::Or(parts) | Node::Function(_, parts) => parts.clone(),
        Node::Compare(_, a, b) | Node::Arithmetic(_, a, b) => vec![*a, *b],
        Node::Case(branches, otherwise) => {
            branches.iter().flat_map(|(condition, value)| [*condition, *value]).chain([*otherwise]).collect()
        }
        Node::Constant(_)
        | Node::Value(_)
        | Node::TextIsNull(_)
        | Node::EitherIsNull(..)
        | Node::SameCode(..)
        | Node::SameText { .. }
        | Node::TextOrder(..)
        | Node::Pair(_)
        | Node::Common { .. }
        | Node::Best { .. }
        | Node::Slow { .. } => Vec::new(),
    }
}

/// A value of one side.
pub(crate) fn place(side: crate::model::expression::Side, (slot, table): (u32, u32)) -> Place {
    Place { side, slot, table }
}
