//! Which blocks stand: a block over its limit gives way to its children, and what no child takes up is reported.

use crate::block::rule::{Kind, Limits, RULES, Rule};
use crate::block::slots::Slots;
use crate::ids::{Slot, Survivor};
use crate::util::parallel::map_chunks;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Extract rows, and slots, that are counted together for a report.
const REPORTED_ROWS: usize = 1_024;
const REPORTED_SLOTS: usize = 1 << 16;

/// The blocks after the register has been seen: sizes, and the register rows of those within their limit.
pub struct Blocks<'a> {
    slots: &'a Slots,
    counts: &'a [u32],
    /// What a walk needs of each slot, in one piece.
    states: Vec<State>,
    rows: Vec<u32>,
}

/// A slot as a walk sees it.
#[derive(Clone, Copy)]
struct State {
    /// First of its rows.
    start: u32,
    /// Rows that are held: none where the block is over its limit.
    held: u32,
    kind: Kind,
    within: bool,
}

/// What became of the blocks of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleReport {
    /// Blocks that share at least one register row and stand.
    pub standing: u64,
    /// Pairs of rows in blocks that stand, before pairs found twice are removed.
    pub pairs: u64,
    /// Blocks over their limit that children take up.
    pub refined: u64,
    /// Blocks over their limit with nothing below them: their pairs were not compared under this rule.
    pub cut: u64,
    /// Register rows of the largest block of the rule, whether it stands or not.
    pub largest: u32,
}

/// What became of all blocks, by rule in match-key order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockReport {
    /// One report a rule.
    pub rules: [RuleReport; RULES.len()],
}

impl BlockReport {
    /// Adds what was counted elsewhere.
    fn add(&mut self, other: &Self) {
        for (of_rule, more) in self.rules.iter_mut().zip(&other.rules) {
            of_rule.standing += more.standing;
            of_rule.pairs += more.pairs;
            of_rule.refined += more.refined;
            of_rule.cut += more.cut;
            of_rule.largest = of_rule.largest.max(more.largest);
        }
    }
}

/// The survivors of all slots, those of one together and in the order of the postings; states are told where. Each thread
/// has slots of its own and passes all postings, since slots are anywhere and postings are in a row.
fn filed(states: &mut [State], postings: &[Vec<(Slot, Survivor)>]) -> Vec<u32> {
    let size = states.len().div_ceil(rayon::current_num_threads()).max(1);
    let of_part = |part: usize| {
        let first = part * size;
        let own = move |(slot, survivor): &(Slot, Survivor)| Some((slot.index().checked_sub(first)?, survivor.0));
        postings.iter().flatten().filter_map(own).filter(move |(place, _)| *place < size)
    };
    states.par_chunks_mut(size).enumerate().for_each(|(part, states)| {
        for (place, _) in of_part(part) {
            states[place].held += u32::from(states[place].within);
        }
    });
    let mut next = 0;
    for state in states.iter_mut() {
        state.start = next;
        next += state.held;
    }
    let mut rows = vec![0; next as usize];
    let mut parts = Vec::new();
    let mut rest = rows.as_mut_slice();
    for (part, states) in states.chunks_mut(size).enumerate() {
        let held: u32 = states.iter().map(|state| state.held).sum();
        let (own, left) = std::mem::take(&mut rest).split_at_mut(held as usize);
        rest = left;
        parts.push((part, states, own));
    }
    parts.into_par_iter().for_each(|(part, states, rows)| {
        let first = states.first().map_or(0, |state| state.start);
        states.iter_mut().for_each(|state| state.held = 0);
        for (place, survivor) in of_part(part) {
            let state = &mut states[place];
            if state.within {
                rows[(state.start - first + state.held) as usize] = survivor;
                state.held += 1;
            }
        }
    });
    rows
}

impl<'a> Blocks<'a> {
    /// Blocks from the register rows counted per slot and the postings `(slot, survivor)` of all workers, in any order.
    ///
    /// Postings of slots over their limit are left out here, whether a worker still recorded them or not: what stands
    /// depends on the totals alone.
    pub fn new(slots: &'a Slots, limits: Limits, counts: &'a [u32], postings: &[Vec<(Slot, Survivor)>]) -> Self {
        let mut states: Vec<State> = (0..slots.len())
            .into_par_iter()
            .map(|index| {
                let slot = Slot(index as u32);
                let kind = slots.kind(slot);
                let within = counts[index] <= limits.rows_max(kind, slots.extract_rows(slot));
                State { start: 0, held: 0, kind, within }
            })
            .collect();
        let rows = filed(&mut states, postings);
        Self { slots, counts, states, rows }
    }

    fn within(&self, slot: Slot) -> bool {
        self.states[slot.index()].within
    }

    fn rows_of(&self, slot: Slot) -> &[u32] {
        let state = &self.states[slot.index()];
        &self.rows[state.start as usize..(state.start + state.held) as usize]
    }

    /// Register rows counted under a key of the extract, and the rows themselves where the block is within its limit.
    pub fn of_key(&self, key: u64) -> Option<(u32, Option<&[u32]>)> {
        let slot = self.slots.find(key)?;
        let rows = self.within(slot).then(|| self.rows_of(slot));
        Some((self.counts[slot.index()], rows))
    }

    /// Register rows that share a key with this extract row, each once, with the first rule that found it; ascending by
    /// row. Returns whether a block of this row was cut.
    pub fn candidates(&self, extract_row: usize, out: &mut Vec<(u32, Rule)>) -> bool {
        out.clear();
        let cut = self.walk(extract_row, |slot, rule, stands| {
            if stands {
                out.extend(self.rows_of(slot).iter().map(|row| (*row, rule)));
            }
        });
        out.sort_unstable();
        out.dedup_by_key(|(row, _)| *row);
        cut
    }

    /// Visits the slots of a row that are decisive: those that stand, and those over their limit without children.
    /// Returns whether one of the latter was met.
    fn walk(&self, extract_row: usize, mut visit: impl FnMut(Slot, Rule, bool)) -> bool {
        let mut cut = false;
        let mut two_stands = false;
        let mut year_stands = false;
        let mut day_stands = false;
        let of_row = self.slots.of_row(extract_row);
        for (index, &slot) in of_row.iter().enumerate() {
            let slot = Slot(slot);
            let next = of_row.get(index + 1).map(|next| self.states[*next as usize].kind);
            let State { kind, within, .. } = self.states[slot.index()];
            let Some(rule) = kind.rule() else { continue };
            let (covered, has_children) = match kind {
                Kind::Two => {
                    two_stands = within;
                    (false, next == Some(Kind::TwoYear))
                }
                Kind::TwoYear => {
                    year_stands = within;
                    (two_stands, next == Some(Kind::TwoYearMonth))
                }
                // Whole dates below take up a part of these pairs, not all: what is over the limit here is reported.
                Kind::TwoYearMonth | Kind::TwoYearDay => (two_stands || year_stands, false),
                Kind::TwoDay => {
                    day_stands = within;
                    (two_stands, false)
                }
                Kind::TwoDate => (two_stands || (year_stands && day_stands), false),
                _ => (false, false),
            };
            if covered || (!within && has_children) {
                continue;
            }
            cut |= !within;
            visit(slot, rule, within);
        }
        cut
    }

    /// What became of the blocks of each rule.
    pub fn report(&self) -> BlockReport {
        let decided: Vec<AtomicU64> = (0..self.slots.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let bit = |slot: Slot| (&decided[slot.index() / 64], 1_u64 << (slot.index() % 64));
        let of_rows = map_chunks(self.slots.rows(), REPORTED_ROWS, |rows| {
            let mut report = BlockReport::default();
            for row in rows {
                self.walk(row, |slot, rule, stands| {
                    let of_rule = &mut report.rules[rule as usize];
                    let rows = self.counts[slot.index()];
                    if stands {
                        of_rule.pairs += u64::from(rows);
                    }
                    // Whether a block stands does not hang on the row: whoever comes first counts it.
                    let (word, bit) = bit(slot);
                    if rows > 0 && word.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
                        of_rule.standing += u64::from(stands);
                        of_rule.cut += u64::from(!stands);
                    }
                });
            }
            report
        });
        let of_slots = map_chunks(self.slots.len(), REPORTED_SLOTS, |slots| {
            let mut report = BlockReport::default();
            for slot in slots.map(|index| Slot(index as u32)) {
                let Some(rule) = self.slots.kind(slot).rule() else { continue };
                let of_rule = &mut report.rules[rule as usize];
                of_rule.largest = of_rule.largest.max(self.counts[slot.index()]);
                let (word, bit) = bit(slot);
                of_rule.refined += u64::from(word.load(Ordering::Relaxed) & bit == 0 && !self.within(slot));
            }
            report
        });
        let mut report = BlockReport::default();
        of_rows.iter().chain(&of_slots).for_each(|part| report.add(part));
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::slots::Emission;
    use crate::util::hash::mix;
    use crate::util::parallel::in_pool;

    /// Slow twin: a list a slot, and one row after the other.
    #[test]
    fn any_number_of_threads_files_and_reports_what_one_list_a_slot_says() {
        let key = |row: u64, n: u64| mix((row * 7 + n) % 900, 1);
        let rows: Vec<Vec<Emission>> = (0..3_000_u64)
            .map(|row| (0..row % 4).map(|n| Emission { key: key(row, n), kind: Kind::Phone }).collect())
            .collect();
        let slots = Slots::build(&rows);
        let limits = Limits::default();
        let mut lists: Vec<Vec<u32>> = vec![Vec::new(); slots.len()];
        let mut postings: Vec<Vec<(Slot, Survivor)>> = vec![Vec::new(); 3];
        for survivor in 0..20_000_u32 {
            let slot = mix(u64::from(survivor), 2) as usize % slots.len();
            lists[slot].push(survivor);
            postings[survivor as usize / 7_000].push((Slot(slot as u32), Survivor(survivor)));
        }
        // Some blocks have grown over their limit elsewhere, some have no row.
        let counts: Vec<u32> = lists
            .iter()
            .enumerate()
            .map(|(slot, list)| if slot % 11 == 0 { u32::MAX } else { list.len() as u32 })
            .collect();
        let mut wanted = RuleReport { largest: u32::MAX, ..RuleReport::default() };
        for (slot, rows) in counts.iter().enumerate() {
            let stands = *rows <= limits.rows_max(Kind::Phone, slots.extract_rows(Slot(slot as u32)));
            wanted.standing += u64::from(stands && *rows > 0);
            wanted.cut += u64::from(!stands);
        }
        for slot in (0..slots.rows()).flat_map(|row| slots.of_row(row)) {
            let rows = counts[*slot as usize];
            let stands = rows <= limits.rows_max(Kind::Phone, slots.extract_rows(Slot(*slot)));
            wanted.pairs += if stands { u64::from(rows) } else { 0 };
        }
        assert!(wanted.cut > 50 && wanted.standing > 500, "{wanted:?}");
        for threads in [1, 2, 7] {
            in_pool(threads, || {
                let blocks = Blocks::new(&slots, limits, &counts, &postings);
                for (slot, list) in (0..).map(Slot).zip(&lists) {
                    let held = if blocks.within(slot) { list.as_slice() } else { &[] };
                    assert_eq!(blocks.rows_of(slot), held, "{slot:?}, {threads} threads");
                }
                assert_eq!(blocks.report().rules[Rule::Phone as usize], wanted, "{threads} threads");
            })
            .expect("a pool");
        }
        assert!(Blocks::new(&Slots::build(&[]), limits, &[], &[]).rows.is_empty());
    }
}
