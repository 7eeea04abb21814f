//! Steps over two texts or two lists.

use super::super::kernel::{self, Limit, Places};
use super::super::lanes::{Batch, Lanes, Numbers, Truths, each, select};
use super::super::node::{Ask, Graph, PairCall, Place};
use super::super::table::{ListTable, NULL, is_null};
use super::super::value::compare_numbers;
use super::super::words::Word;
use super::{Scratch, holds};
use crate::model::expression::function::Origin;
use crate::model::expression::{Function, Operator, Side};
use crate::util::hash::mix;
use std::cmp::Ordering;

/// Answers that a memory holds; a power of two. Half a megabyte stays within the cache of a core.
const MEMORY_ENTRIES: usize = 1 << 15;

/// Answers of one function, remembered by the codes of its arguments: each has one place, the last come stays.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    entries: Vec<(u64, f64)>,
}

impl Default for Memory {
    fn default() -> Self {
        // Codes of arguments are never both 0, so 0 is no key.
        Self { entries: vec![(0, NULL); MEMORY_ENTRIES] }
    }
}

impl Memory {
    /// What is remembered for two codes, or what `work` gives, which is then remembered.
    #[inline]
    fn get(&mut self, (a, b): (u32, u32), work: impl FnOnce() -> f64) -> f64 {
        let key = u64::from(a) << 32 | u64::from(b);
        let entry = &mut self.entries[mix(key, 0) as usize & (MEMORY_ENTRIES - 1)];
        if entry.0 != key {
            *entry = (key, work());
        }
        entry.1
    }
}

impl Graph<'_> {
    /// Lanes in which a text is null.
    #[inline]
    pub(super) fn null_texts(&self, place: Place, lanes: Lanes, batch: &Batch) -> Lanes {
        let Some(texts) = self.texts(place) else { return lanes };
        if place.side == Side::Left {
            // The one left record is in every lane.
            return if texts.code(batch.cell(place, 0)) == 0 { lanes } else { 0 };
        }
        select(lanes, |lane| texts.code(batch.cell(place, lane)) == 0)
    }

    /// Whether two texts are the same; `code` gives the code that the second one has in the table of the first.
    #[inline]
    pub(super) fn same_texts(
        &self,
        a: Place,
        b: Place,
        lanes: Lanes,
        batch: &Batch,
        code: impl Fn(u32) -> Option<u32>,
    ) -> Truths {
        let (Some(a_texts), Some(b_texts)) = (self.texts(a), self.texts(b)) else {
            return Truths { holds: 0, null: lanes };
        };
        Truths::of(lanes, |lane| {
            let (x, y) = (a_texts.code(batch.cell(a, lane)), b_texts.code(batch.cell(b, lane)));
            (x != 0 && y != 0).then(|| code(y) == Some(x))
        })
    }

    pub(super) fn text_order(&self, operator: Operator, (a, b): (Place, Place), lanes: Lanes, batch: &Batch) -> Truths {
        let (Some(a_texts), Some(b_texts)) = (self.texts(a), self.texts(b)) else {
            return Truths { holds: 0, null: lanes };
        };
        Truths::of(lanes, |lane| {
            let (x, y) = (a_texts.code(batch.cell(a, lane)), b_texts.code(batch.cell(b, lane)));
            (x != 0 && y != 0).then(|| holds(operator, a_texts.text(x).cmp(b_texts.text(y))))
        })
    }

    pub(super) fn pair(&self, call: &PairCall, lanes: Lanes, batch: &Batch, scratch: &mut Scratch, out: &mut Numbers) {
        let (Some(a_texts), Some(b_texts)) = (self.texts(call.a), self.texts(call.b)) else { return out.fill(NULL) };
        let plugged = call.function.origin() == Origin::Plugged;
        let Scratch { memories, places, .. } = scratch;
        let places = &mut places[call.number as usize];
        each(lanes, |lane| {
            let (a, b) = (a_texts.code(batch.cell(call.a, lane)), b_texts.code(batch.cell(call.b, lane)));
            if a == 0 || b == 0 {
                out[lane] = NULL;
                return;
            }
            if let Some(known) = self.by_outlines(call, a, b) {
                out[lane] = known;
                return;
            }
            let mut work = || match plugged {
                true => self.plugged(call.function, a_texts.text(a), b_texts.text(b)),
                false => of_words(call.function, a_texts.word(a), b_texts.word(b), call.limit, places),
            };
            out[lane] = match call.memory {
                Some(memory) => {
                    let codes = if call.symmetric && a > b { (b, a) } else { (a, b) };
                    memories[memory as usize].get(codes, work)
                }
                None => work(),
            };
        });
    }

    #[inline]
    fn by_outlines(&self, call: &PairCall, a: u32, b: u32) -> Option<f64> {
        let [of_a, of_b] = call.outlines.as_ref()?;
        let (a, b) = (of_a[a as usize], of_b[b as usize]);
        if a == 0 || b == 0 {
            return None;
        }
        self.tools.plugged.by_outlines(call.function, a, b).map(|found| plugged_number(call.function, Some(found)))
    }

    fn plugged(&self, function: Function, a: &str, b: &str) -> f64 {
        plugged_number(function, self.tools.plugged.pair(function, a, b))
    }

    pub(super) fn common(
        &self,
        (a, b): (Place, Place),
        other: Option<&ListTable>,
        (ask, limit): (Ask, Limit),
        lanes: Lanes,
        batch: &Batch,
        out: &mut Numbers,
    ) {
        let (Some(a_lists), Some(b_lists)) = (self.lists(a), self.lists(b)) else { return out.fill(NULL) };
        let b_lists = other.unwrap_or(b_lists);
        each(lanes, |lane| {
            let (a_cell, b_cell) = (batch.cell(a, lane), batch.cell(b, lane));
            out[lane] = match (a_lists.set(a_cell), b_lists.set(b_cell)) {
                (Some(a_set), Some(b_set)) => {
                    let most = most_in_both((a_set, a_lists.marks(a_cell)), (b_set, b_lists.marks(b_cell)));
                    of_sets(a_set, b_set, most, ask, limit)
                }
                // Common to a list and nothing is nothing, says DuckDB.
                (Some(_), None) if ask == Ask::Count => 0.0,
                _ => NULL,
            };
        });
    }

    #[inline(never)]
    pub(super) fn best(
        &self,
        function: Function,
        (a, b): (Place, Place),
        most: bool,
        limit: Limit,
        (a_cell, b_cell): (u32, u32),
        scratch: &mut Scratch,
    ) -> f64 {
        let (Some(a_lists), Some(b_lists)) = (self.lists(a), self.lists(b)) else { return NULL };
        let (Some(a_items), Some(b_items)) = (a_lists.items(a_cell), b_lists.items(b_cell)) else { return NULL };
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
}

/// What a plugged function gives as a number of a program.
#[inline]
fn plugged_number(function: Function, found: Option<f64>) -> f64 {
    match function {
        Function::SameName | Function::NameEquivalent => found.map_or(NULL, |found| f64::from(found != 0.0)),
        _ => found.unwrap_or(NULL),
    }
}

#[inline]
fn of_words(function: Function, a: Word, b: Word, limit: Limit, places: &mut Places) -> f64 {
    match function {
        Function::StartsWith => f64::from(a.bytes.starts_with(b.bytes)),
        Function::EndsWith => f64::from(a.bytes.ends_with(b.bytes)),
        _ => kernel::number(function, a, b, limit, places).unwrap_or(NULL),
    }
}

/// What is asked of two sets that have `most` members in common at most.
#[inline]
fn of_sets(a: &[u32], b: &[u32], most: usize, ask: Ask, limit: Limit) -> f64 {
    let answer = |both: usize| match ask {
        Ask::Count => both as f64,
        Ask::Any => f64::from(both > 0),
        Ask::Share => match a.len() + b.len() - both {
            0 => NULL,
            either => both as f64 / either as f64,
        },
    };
    let beyond = matches!(limit, Limit::AtLeast(least) if answer(most) < least);
    if most == 0 || beyond { answer(0) } else { answer(members_in_both(a, b)) }
}

/// Members at most that two sets have in common, by their marks: each stands for a bit in both, and no more than members
/// of one set that share a bit stand for the same one.
#[inline]
fn most_in_both((a, a_marks): (&[u32], u64), (b, b_marks): (&[u32], u64)) -> usize {
    let sharing = |set: &[u32], marks: u64| set.len() - marks.count_ones() as usize;
    let shared = (a_marks & b_marks).count_ones() as usize;
    (shared + sharing(a, a_marks).min(sharing(b, b_marks))).min(a.len()).min(b.len())
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
