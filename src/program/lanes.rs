//! Pairs of one left record at hand, at most 64 at a time: each is a lane, and a set of them is the bits of one word.

use super::node::Place;
use super::table::NULL;
use crate::model::expression::Side;

/// Most lanes.
pub(crate) const LANES: usize = 64;

/// A number for each lane; those of lanes that were not asked for mean nothing.
pub(crate) type Numbers = [f64; LANES];

/// A set of lanes.
pub(crate) type Lanes = u64;

/// The first so many lanes.
pub(crate) const fn first(count: usize) -> Lanes {
    if count >= LANES { Lanes::MAX } else { (1 << count) - 1 }
}

/// Goes through the lanes of a set.
#[inline]
pub(crate) fn each(mut lanes: Lanes, mut work: impl FnMut(usize)) {
    while lanes != 0 {
        work(lanes.trailing_zeros() as usize);
        lanes &= lanes - 1;
    }
}

/// The lanes of a set for which something holds.
#[inline]
pub(crate) fn select(lanes: Lanes, mut holds: impl FnMut(usize) -> bool) -> Lanes {
    let mut found = 0;
    each(lanes, |lane| found |= Lanes::from(holds(lane)) << lane);
    found
}

/// Answers to a yes-or-no question: lanes that are in neither set answer no.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Truths {
    /// Lanes that answer yes.
    pub(crate) holds: Lanes,
    /// Lanes whose answer is null.
    pub(crate) null: Lanes,
}

impl Truths {
    /// An answer for each lane, yes, no or null by itself.
    #[inline]
    pub(crate) fn of(lanes: Lanes, mut answer: impl FnMut(usize) -> Option<bool>) -> Self {
        let mut truths = Self::default();
        each(lanes, |lane| {
            let answer = answer(lane);
            truths.null |= Lanes::from(answer.is_none()) << lane;
            truths.holds |= Lanes::from(answer == Some(true)) << lane;
        });
        truths
    }

    /// As numbers: 1, 0 and null.
    pub(crate) fn spread(self, lanes: Lanes, out: &mut Numbers) {
        each(lanes, |lane| {
            out[lane] = if self.null >> lane & 1 == 1 { NULL } else { (self.holds >> lane & 1) as f64 };
        });
    }
}

/// One left record and the right ones that it is compared with.
pub(crate) struct Batch<'a> {
    left: &'a [u32],
    /// The cells of all records.
    cells: &'a [u32],
    /// Where the cells of each right record begin.
    starts: [usize; LANES],
}

impl<'a> Batch<'a> {
    /// A batch of at most [`LANES`] right records out of records of `width` cells.
    #[inline]
    pub(crate) fn new(cells: &'a [u32], width: usize, left: u32, rights: &[u32]) -> Self {
        let start = |row: u32| row as usize * width;
        let mut starts = [0; LANES];
        for (place, right) in starts.iter_mut().zip(rights) {
            *place = start(*right);
        }
        Self { left: &cells[start(left)..start(left) + width], cells, starts }
    }

    /// The cell of a place in a lane.
    #[inline]
    pub(crate) fn cell(&self, place: Place, lane: usize) -> u32 {
        match place.side {
            Side::Left => self.left[place.slot as usize],
            Side::Right => self.cells[self.starts[lane] + place.slot as usize],
        }
    }
}
