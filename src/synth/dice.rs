//! Chance that repeats: a generator for every (seed, stream, number), weighted choice, and a shuffle without memory.
//!
//! In: a seed and numbers. Out: draws. Invariant: a draw depends on its seed, stream and number alone, never on what
//! was drawn for others, so that blocks of people can be made in any order by any number of threads.

use crate::util::hash::mix;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What draws are for; two streams of one seed have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// How sixteen people fall into households.
    Plan = 1,
    /// The people themselves.
    People = 2,
    /// One register row.
    Record = 3,
    /// One row of the extract.
    Extract = 4,
    /// The choice of the person behind a row of the extract.
    Choice = 5,
    /// People who are not in the register.
    Absent = 6,
    /// Units, streets and towns.
    Place = 7,
    /// Shared numbers and offices.
    Office = 8,
    /// Order of rows and numbers.
    Order = 9,
    /// Benefits.
    Benefit = 10,
}

/// A source of draws.
#[derive(Clone, Debug)]
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The draws of `number` in `stream`.
    pub(super) fn new(seed: u64, stream: Stream, number: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(mix(mix(seed, stream as u64), number)))
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number of `[0, 1)`.
    #[inline]
    pub(super) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// True with probability `rate`.
    #[inline]
    pub(super) fn chance(&mut self, rate: f64) -> bool {
        self.unit() < rate
    }

    /// A number of `0..count`; 0 when `count` is 0.
    #[inline]
    pub(super) fn below(&mut self, count: u64) -> u64 {
        scale(self.word(), count)
    }

    /// An index of `0..count`; 0 when `count` is 0.
    #[inline]
    pub(super) fn index(&mut self, count: usize) -> usize {
        self.below(count as u64) as usize
    }

    /// A whole number of `low..=high`.
    #[inline]
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low).max(0) as u64 + 1) as i32
    }

    /// One of a few values that are known to be there.
    #[inline]
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, values: &[T; N]) -> T {
        values[self.index(N)]
    }

    /// The first index whose share of the draw it falls into; the last takes the rest.
    pub(super) fn share(&mut self, shares: &[f64]) -> usize {
        let mut left = self.unit();
        for (index, share) in shares.iter().enumerate() {
            left -= share;
            if left < 0.0 {
                return index;
            }
        }
        shares.len().saturating_sub(1)
    }
}

/// Maps a random word to `0..count` by multiplication.
#[inline]
pub(super) const fn scale(word: u64, count: u64) -> u64 {
    ((word as u128 * count as u128) >> 64) as u64
}

/// Weighted choice in constant time (Walker's alias method, as laid out by Vose).
#[derive(Clone, Debug, Default)]
pub(super) struct Alias {
    slots: Vec<(f64, u32)>,
}

impl Alias {
    /// A table for `weights`; negative and unusable weights count as 0.
    pub(super) fn new(weights: &[f64]) -> Self {
        let clean = |weight: &f64| {
            if weight.is_finite() { weight.max(0.0) } else { 0.0 }
        };
        let total: f64 = weights.iter().map(clean).sum();
        let factor = if total > 0.0 { weights.len() as f64 / total } else { 0.0 };
        let mut slots: Vec<(f64, u32)> = weights
            .iter()
            .enumerate()
            .map(|(index, weight)| {
                let scaled = if total > 0.0 { clean(weight) * factor } else { 1.0 };
                (scaled, index as u32)
            })
            .collect();
        pair_up(&mut slots);
        Self { slots }
    }

    /// Index of a weight; 0 when the table is empty.
    #[inline]
    pub(super) fn draw(&self, dice: &mut Dice) -> usize {
        let word = dice.word();
        let slot = scale(word, self.slots.len() as u64) as usize;
        let coin = dice.unit();
        match self.slots.get(slot) {
            Some(&(keep, other)) if coin >= keep => other as usize,
            _ => slot,
        }
    }
}

fn pair_up(slots: &mut [(f64, u32)]) {
    let mut small: Vec<usize> = (0..slots.len()).filter(|&at| slots[at].0 < 1.0).collect();
    let mut large: Vec<usize> = (0..slots.len()).filter(|&at| slots[at].0 >= 1.0).collect();
    while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
        small.pop();
        slots[low].1 = high as u32;
        slots[high].0 -= 1.0 - slots[low].0;
        if slots[high].0 < 1.0 {
            large.pop();
            small.push(high);
        }
    }
    for at in small.into_iter().chain(large) {
        slots[at].0 = 1.0;
    }
}

/// A shuffle of `0..size` that needs no memory: a Feistel network over the next even power of two, walked until the
/// value is in range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shuffle {
    size: u64,
    half_bits: u32,
    key: u64,
}

impl Shuffle {
    /// The shuffle of `0..size` under `key`.
    pub(super) const fn new(size: u64, key: u64) -> Self {
        let bits = 64 - size.saturating_sub(1).leading_zeros();
        let half_bits = if bits < 2 { 1 } else { bits.div_ceil(2) };
        Self { size, half_bits, key }
    }

    /// Where `value`, below the size, goes.
    #[inline]
    pub(super) const fn of(self, value: u64) -> u64 {
        let mut value = self.round_trip(value);
        while value >= self.size {
            value = self.round_trip(value);
        }
        value
    }

    #[inline]
    const fn round_trip(self, value: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        let mut round = 0;
        while round < 4 {
            let next = left ^ (mix(self.key.wrapping_add(round), right) & mask);
            left = right;
            right = next;
            round += 1;
        }
        (left << self.half_bits) | right
    }
}
