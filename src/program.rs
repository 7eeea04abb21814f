//! Conditions over two records, worked out: slowly and exactly one by one, or fast for millions of pairs.
//!
//! [`evaluate()`] is the slow twin: one expression, two records, the semantics of DuckDB. A [`Program`] is compiled from the
//! levels of all comparisons over the fields of all records, and gives the level of each comparison for a pair:
//!
//! * what uses one side alone (`substr(postcode_l, 1, 4)`, `EPOCH(…)`) is worked out once for each different value of its
//!   field, in parallel, and read by code;
//! * texts are codes: equality of two fields is equality of two numbers;
//! * a function of both sides is worked out at most once a pair, when a level first asks for it, no further than the
//!   thresholds of the levels need, and remembered for the pairs of values that come often;
//! * pairs of one left record are worked out up to 64 at a time, step by step, each step for the pairs still open.
//!
//! Read next: `build.rs`, `node.rs` and `work.rs`.

pub mod columns;
pub mod evaluate;
pub mod plugged;
pub mod typing;
pub mod value;

mod build;
mod calendar;
mod distance;
mod functions;
mod kernel;
mod lanes;
mod letters;
mod node;
mod pattern;
mod strptime;
mod table;
mod words;
mod work;

#[cfg(test)]
mod tests;

pub use columns::{Column, Columns, Interner, Texts};
pub use evaluate::{Evaluator, evaluate};
pub use plugged::{Plugged, Unplugged};
pub use typing::Kinds;
pub(crate) use typing::{Want, signature};
pub use value::{Kind, Record, Value};
pub use work::Scratch;

use crate::error::{Error, Result};
use crate::model::expression::{Expression, Operator};
use build::Builder;
use evaluate::Tools;
use lanes::{Batch, LANES, Lanes, each, first, select};
use node::{Graph, Node, NodeId, Place};
use table::NULL;
use work::ordered;

/// What is given for a comparison none of whose levels holds.
pub const NO_LEVEL: u8 = u8::MAX;

/// When a level holds.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'a> {
    /// The expression is true.
    Holds(&'a Expression),
    /// No level above holds.
    Else,
}

/// One step towards the level of a comparison.
#[derive(Clone, Debug)]
enum Try {
    /// The level holds where the value is true.
    Level { node: NodeId, level: u8 },
    /// Levels that compare one value with several thresholds.
    Ladder { node: NodeId, rungs: Vec<(Operator, f64, u8)> },
    /// The level that holds if none above does.
    Else { level: u8 },
}

/// Bits that a pair can still reach, comparison by comparison: what cannot reach enough is not looked at further.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Comparisons in the order in which they are asked: those first that may give most.
    order: Vec<usize>,
    /// Bits that are lost to the most of a comparison by each of its levels; the last is for no level.
    losses: Vec<Vec<f64>>,
    /// Bits if each comparison gives its most.
    most: f64,
    least: f64,
}

impl Bounds {
    /// `gains` holds the most bits that each level of each comparison can give; `start` is what a pair has before, `least`
    /// what it is to reach. Sums of bits may be off by a millionth.
    pub fn new(gains: &[Vec<f64>], start: f64, least: f64) -> Self {
        // No level gives nothing.
        let most = |gains: &Vec<f64>| gains.iter().copied().fold(0.0, f64::max);
        let mosts: Vec<f64> = gains.iter().map(most).collect();
        let mut order: Vec<usize> = (0..gains.len()).collect();
        order.sort_by(|a, b| mosts[*b].total_cmp(&mosts[*a]).then(a.cmp(b)));
        let lost = |(gains, most): (&Vec<f64>, &f64)| gains.iter().chain([&0.0]).map(|gain| most - gain).collect();
        let losses = gains.iter().zip(&mosts).map(lost).collect();
        Self { order, losses, most: start + mosts.iter().sum::<f64>(), least: least - 1e-6 }
    }

    #[inline]
    fn lost(&self, comparison: usize, level: u8) -> f64 {
        let losses = &self.losses[comparison];
        losses[usize::from(level).min(losses.len() - 1)]
    }
}

/// The levels of several comparisons, compiled over the fields of all records.
pub struct Program<'a> {
    graph: Graph<'a>,
    comparisons: Vec<Vec<Try>>,
    /// Cells of all records, one record after the other.
    cells: Vec<u32>,
    width: usize,
    rows: usize,
    /// Values kept, memories and functions of two texts that a scratch has room for.
    kept: usize,
    memories: usize,
    pairs: usize,
    /// Places of the right record whose values lie in large tables.
    far: Vec<Place>,
}

impl<'a> Program<'a> {
    /// Compiles comparisons, each an ordered list of conditions.
    ///
    /// Fields are read as the conditions use them, see [`Kinds`]. All that uses one side alone is worked out here, on all
    /// cores of the current pool.
    ///
    /// # Errors
    /// When a condition does not fit together or uses a field that is not there.
    pub fn compile(comparisons: &[Vec<Condition>], columns: &Columns, plugged: &'a dyn Plugged) -> Result<Self> {
        let all: Vec<&Expression> = comparisons.iter().flatten().filter_map(Condition::expression).collect();
        let kinds = Kinds::of(&all, &|name| columns.is_list(name));
        Self::compile_as(comparisons, &kinds, columns, plugged)
    }

    /// As [`Program::compile`], with the kinds of fields as some larger model uses them.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_as(
        comparisons: &[Vec<Condition>],
        kinds: &Kinds,
        columns: &Columns,
        plugged: &'a dyn Plugged,
    ) -> Result<Self> {
        let mut typed = Vec::new();
        for condition in comparisons.iter().flatten() {
            if let Some(expression) = condition.expression() {
                typed.push(typing::condition(expression, kinds)?);
            }
        }
        let tools = Tools::new(plugged, &typed.iter().collect::<Vec<_>>());
        let mut builder = Builder::new(columns, kinds, tools);
        let mut typed = typed.iter();
        let mut tries = Vec::new();
        let mut roots = Vec::new();
        for conditions in comparisons {
            let mut steps = Vec::new();
            for (level, condition) in conditions.iter().enumerate() {
                let level = u8::try_from(level).ok().filter(|level| *level < NO_LEVEL);
                let level = level.ok_or_else(|| Error::settings("a comparison has more than 255 levels"))?;
                let expression = condition.expression().and_then(|_| typed.next());
                steps.push(match expression {
                    Some(expression) => {
                        let node = builder.step(expression)?;
                        roots.push(node);
                        Try::Level { node, level }
                    }
                    None => Try::Else { level },
                });
            }
            tries.push(ladders(steps, &builder));
        }
        let built = builder.finish(&roots)?;
        let (kept, memories, pairs, width) = (built.kept, built.memories, built.pairs, built.width);
        let (rows, far) = (columns.rows(), built.graph.far_places());
        Ok(Self { graph: built.graph, comparisons: tries, cells: built.cells, width, rows, kept, memories, pairs, far })
    }

    /// Comparisons.
    pub fn comparisons(&self) -> usize {
        self.comparisons.len()
    }

    /// Records.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// What one thread needs to run the program; it holds no results between pairs but remembered answers.
    pub fn scratch(&self) -> Scratch {
        Scratch::new(self.kept, self.memories, self.pairs)
    }

    /// The level of each comparison for a pair of records: the place of the first of its conditions that is true, or
    /// [`NO_LEVEL`]. `out` is as long as there are comparisons. For many pairs of one left record, see
    /// [`Program::levels_of_many`].
    ///
    /// # Panics
    /// When a record is not there, or `scratch` is that of another program.
    pub fn levels(&self, left: u32, right: u32, scratch: &mut Scratch, out: &mut [u8]) {
        self.levels_of_many(left, &[right], scratch, out);
    }

    /// As [`Program::levels`] for one left record and many right ones, and faster. `out` holds the levels of one pair
    /// after those of the other.
    ///
    /// # Panics
    /// As [`Program::levels`].
    pub fn levels_of_many(&self, left: u32, rights: &[u32], scratch: &mut Scratch, out: &mut [u8]) {
        let count = self.comparisons.len().max(1);
        for (rights, out) in rights.chunks(LANES).zip(out.chunks_mut(LANES * count)) {
            self.bring_near(rights);
            scratch.next_batch();
            let batch = Batch::new(&self.cells, self.width, left, rights);
            for (comparison, tries) in self.comparisons.iter().enumerate() {
                self.level(tries, first(rights.len()), &batch, scratch, |lanes, level| {
                    each(lanes, |lane| out[lane * count + comparison] = level);
                });
            }
        }
    }

    /// As [`Program::levels_of_many`], for the pairs alone that can reach enough: `found` is given their right records and
    /// levels.
    ///
    /// # Panics
    /// As [`Program::levels`], and when the bounds are those of other comparisons.
    pub fn levels_within(
        &self,
        bounds: &Bounds,
        (left, rights): (u32, &[u32]),
        scratch: &mut Scratch,
        mut found: impl FnMut(u32, &[u8]),
    ) {
        let count = self.comparisons.len();
        let mut levels = vec![NO_LEVEL; rights.len().min(LANES) * count];
        for rights in rights.chunks(LANES) {
            self.bring_near(rights);
            scratch.next_batch();
            let batch = Batch::new(&self.cells, self.width, left, rights);
            let mut reach = [bounds.most; LANES];
            let mut lanes = first(rights.len());
            for comparison in &bounds.order {
                if lanes == 0 {
                    break;
                }
                self.level(&self.comparisons[*comparison], lanes, &batch, scratch, |lanes, level| {
                    let lost = bounds.lost(*comparison, level);
                    each(lanes, |lane| {
                        levels[lane * count + comparison] = level;
                        reach[lane] -= lost;
                    });
                });
                lanes = select(lanes, |lane| reach[lane] >= bounds.least);
            }
            each(lanes, |lane| found(rights[lane], &levels[lane * count..(lane + 1) * count]));
        }
    }

    /// Reads a little of all that pairs with these right records may need. Each read waits for memory, but not for the
    /// other reads; within a pair one would wait for the other.
    fn bring_near(&self, rights: &[u32]) {
        let mut read = 0;
        for right in rights {
            let cells = self.record(*right);
            read ^= cells.first().copied().unwrap_or(0) ^ cells.last().copied().unwrap_or(0);
        }
        for place in &self.far {
            for right in rights {
                read ^= self.graph.touch(*place, self.record(*right)[place.slot as usize]);
            }
        }
        std::hint::black_box(read);
    }

    #[inline]
    fn record(&self, row: u32) -> &[u32] {
        let start = row as usize * self.width;
        &self.cells[start..start + self.width]
    }

    /// Gives the level of one comparison for all lanes, in some order.
    fn level(
        &self,
        tries: &[Try],
        lanes: Lanes,
        batch: &Batch,
        scratch: &mut Scratch,
        mut found: impl FnMut(Lanes, u8),
    ) {
        let mut open = lanes;
        for step in tries {
            if open == 0 {
                return;
            }
            match step {
                Try::Level { node, level } => {
                    let holds = self.graph.truths(*node, open, batch, scratch).holds;
                    found(holds, *level);
                    open &= !holds;
                }
                Try::Ladder { node, rungs } => {
                    let mut numbers = [NULL; LANES];
                    self.graph.numbers(*node, open, batch, scratch, &mut numbers);
                    for (operator, threshold, level) in rungs {
                        let holds = select(open, |lane| ordered(*operator, numbers[lane], *threshold) == Some(true));
                        found(holds, *level);
                        open &= !holds;
                    }
                }
                Try::Else { level } => {
                    found(open, *level);
                    return;
                }
            }
        }
        found(open, NO_LEVEL);
    }
}

/// The values of an expression of one side for all records, as a field: what keys of blocking rules are made of.
///
/// Numbers, truths and times become texts that are the same for equal ones; lists stay lists. What uses one field is
/// worked out once for each of its different values.
///
/// # Errors
/// When the expression does not fit together, uses a field that is not there, or fields of none or of both sides.
pub fn column_of(expression: &Expression, kinds: &Kinds, columns: &Columns, plugged: &dyn Plugged) -> Result<Column> {
    let (typed, _) = typing::typed(expression, kinds)?;
    let tools = Tools::new(plugged, &[&typed]);
    Builder::new(columns, kinds, tools).column(&typed)
}

impl<'a> Condition<'a> {
    const fn expression(&self) -> Option<&'a Expression> {
        match self {
            Self::Holds(expression) => Some(expression),
            Self::Else => None,
        }
    }
}

/// Joins levels that follow each other and compare one value with a constant.
fn ladders(steps: Vec<Try>, builder: &Builder) -> Vec<Try> {
    let mut joined: Vec<Try> = Vec::new();
    for step in steps {
        let rung = match &step {
            Try::Level { node, level } => match builder.node_at(*node) {
                Node::Compare(operator, of, constant) => match builder.node_at(*constant) {
                    Node::Constant(threshold) => Some((*of, (*operator, *threshold, *level))),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        match (joined.last_mut(), rung) {
            (Some(Try::Ladder { node, rungs }), Some((of, rung))) if *node == of => rungs.push(rung),
            (_, Some((node, rung))) => joined.push(Try::Ladder { node, rungs: vec![rung] }),
            _ => joined.push(step),
        }
    }
    joined
}
