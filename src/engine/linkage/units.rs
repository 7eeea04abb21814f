//! Pairs that were scored, by units of the work: in memory, and where a run is to be resumed, on the disk as well.
//!
//! In: the pairs of each unit that weigh enough, from many threads. Out: all of them, in the order of the units. A
//! checkpoint is a folder of [parts](crate::store::PartFolder); each holds the units that were done since the part before.
//! Invariant: which units an earlier process did cannot be seen in the pairs.
//!
//! After block 0 (its number: units of the run) each block is of whole units, little-endian, without gaps: number of the
//! unit (32 bits), pairs compared (64), pairs that follow (32); and each pair: left and right row (32 each), weight (64),
//! rule (8).

use crate::error::{Error, Result};
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::probability;
use crate::store::{BlockFile, PartFolder};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What one unit gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct UnitPairs {
    /// Pairs that weigh enough.
    pub pairs: Vec<Scored>,
    /// Pairs that were compared.
    pub compared: u64,
}

/// What bounds the scoring of pairs, and what of it outlives the process.
#[derive(Default)]
pub struct Keeping {
    /// Memory, in bytes, that pairs may take until they are given out; as much as there is when `None`.
    pub bytes_max: Option<u64>,
    /// Where what is done is kept for the next run.
    pub checkpoints: Option<Checkpoints>,
}

/// Memory of a pair that is kept, with its levels or its weight: twice, where the parts that threads found are joined.
pub(super) const PAIR_BYTES: u64 = 64;
/// Bytes of a block after which a next one is begun.
const BLOCK_BYTES: usize = 16 << 20;

/// Checkpoints of the scoring of pairs.
pub struct Checkpoints {
    folder: PartFolder,
    every: Duration,
    /// What an earlier process has done, and the part that tells of it.
    before: Vec<(usize, BlockFile)>,
    /// Units that are done and in no part.
    unsaved: Mutex<Unsaved>,
}

struct Unsaved {
    units: Vec<usize>,
    last: Instant,
    /// Number of the next part.
    next: usize,
}

impl Checkpoints {
    /// Opens a folder of checkpoints, or makes it; a part is written after every `every` of work. `identity` is the digest
    /// of all that can change a pair.
    ///
    /// # Errors
    /// When another process is at work there, the folder is something else, or what is in it is damaged, of another run, or
    /// made with another key.
    pub fn open(folder: &Path, key: Option<Vec<u8>>, identity: String, every: Duration) -> Result<Self> {
        let (folder, parts) = PartFolder::open(folder, "pairs", key, identity, "link or dedupe")?;
        let next = parts.last().map_or(1, |part| part.number + 1);
        let unsaved = Mutex::new(Unsaved { units: Vec::new(), last: Instant::now(), next });
        let before = parts.into_iter().map(|part| (part.number, part.file)).collect();
        Ok(Self { folder, every, before, unsaved })
    }

    /// Whether an earlier process has left something.
    pub fn has_parts(&self) -> bool {
        !self.before.is_empty()
    }

    /// Removes the folder: the run is done.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(self) -> Result<()> {
        let made = self.unsaved.into_inner().unwrap_or_else(PoisonError::into_inner).next;
        let first = self.before.last().map_or(1, |(number, _)| number + 1);
        let before: Vec<usize> = self.before.iter().map(|(number, _)| *number).collect();
        self.folder.remove(before.into_iter().chain(first..made))
    }

    /// Units that an earlier process has done.
    fn take_up(&self, done: &mut [Option<UnitPairs>], rules: usize, rows: usize) -> Result<()> {
        for (number, file) in &self.before {
            let damaged = || self.folder.damaged(*number);
            for block in 1..file.blocks() {
                let block = file.read(block)?;
                let mut rest = Bytes(&block);
                while !rest.0.is_empty() {
                    let (unit, of_unit) = take_unit(&mut rest, rules, rows).ok_or_else(damaged)?;
                    let place = done.get_mut(unit).filter(|place| place.is_none()).ok_or_else(damaged)?;
                    *place = Some(of_unit);
                }
            }
        }
        Ok(())
    }

    /// Notes that a unit is done; writes a part where it is time.
    fn note(&self, unit: usize, done: &[Option<UnitPairs>]) -> Result<()> {
        let mut unsaved = self.unsaved();
        unsaved.units.push(unit);
        if unsaved.last.elapsed() < self.every { Ok(()) } else { self.save(&mut unsaved, done) }
    }

    /// Writes what is in no part yet.
    fn save_all(&self, done: &[Option<UnitPairs>]) -> Result<()> {
        let mut unsaved = self.unsaved();
        if unsaved.units.is_empty() { Ok(()) } else { self.save(&mut unsaved, done) }
    }

    fn unsaved(&self) -> MutexGuard<'_, Unsaved> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, unsaved: &mut Unsaved, done: &[Option<UnitPairs>]) -> Result<()> {
        let part = self.folder.new_part(unsaved.next, done.len())?;
        let mut block = Vec::new();
        for unit in &unsaved.units {
            let Some(of_unit) = &done[*unit] else { continue };
            put_unit(&mut block, *unit, of_unit);
            if block.len() >= BLOCK_BYTES {
                part.append(std::mem::take(&mut block))?;
            }
        }
        part.append(block)?;
        part.commit()?;
        unsaved.next += 1;
        unsaved.units.clear();
        unsaved.last = Instant::now();
        Ok(())
    }
}

/// What units gave so far.
pub(super) struct Units<'a> {
    keeping: &'a Keeping,
    state: Mutex<State>,
}

struct State {
    done: Vec<Option<UnitPairs>>,
    /// Pairs that are kept.
    pairs: u64,
}

impl<'a> Units<'a> {
    /// For so many units of a run of so many rules and rows; some may have been done by an earlier process.
    pub(super) fn new(keeping: &'a Keeping, units: usize, rules: usize, rows: usize) -> Result<Self> {
        let mut done = vec![None; units];
        if let Some(checkpoints) = &keeping.checkpoints {
            checkpoints.take_up(&mut done, rules, rows)?;
        }
        let pairs = done.iter().flatten().map(|unit| unit.pairs.len() as u64).sum();
        Ok(Self { keeping, state: Mutex::new(State { done, pairs }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a unit was done by an earlier process.
    pub(super) fn is_done(&self, unit: usize) -> bool {
        self.state().done[unit].is_some()
    }

    /// Keeps what a unit gave.
    ///
    /// # Errors
    /// When pairs take more memory than they may, or the disk refuses.
    pub(super) fn put(&self, unit: usize, of_unit: UnitPairs) -> Result<()> {
        let mut state = self.state();
        state.pairs += of_unit.pairs.len() as u64;
        state.done[unit] = Some(of_unit);
        if let Some(checkpoints) = &self.keeping.checkpoints {
            checkpoints.note(unit, &state.done)?;
        }
        let Some(most) = self.keeping.bytes_max.filter(|most| state.pairs * PAIR_BYTES > *most) else { return Ok(()) };
        // Whoever allows more goes on from here.
        if let Some(checkpoints) = &self.keeping.checkpoints {
            checkpoints.save_all(&state.done)?;
        }
        Err(too_many(state.pairs, most))
    }

    /// All pairs, in the order of the units, and how many were compared.
    pub(super) fn into_pairs(self) -> (Vec<Scored>, u64) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::with_capacity(usize::try_from(state.pairs).unwrap_or(0));
        let mut compared = 0;
        for of_unit in state.done.into_iter().flatten() {
            compared += of_unit.compared;
            all.extend_from_slice(&of_unit.pairs);
        }
        (all, compared)
    }
}

const _: () = assert!(2 * size_of::<Scored>() as u64 == PAIR_BYTES);

fn too_many(pairs: u64, most: u64) -> Error {
    let need = pairs * PAIR_BYTES;
    Error::limit(format!(
        "{pairs} pairs weigh enough to be kept, and there are more: they need over {} MiB, and {} MiB are left for them",
        need >> 20,
        most >> 20
    ))
    .hint("allow more with --memory, or give fewer pairs: a higher --threshold, or stricter blocking rules")
}

fn put_unit(block: &mut Vec<u8>, unit: usize, of_unit: &UnitPairs) {
    block.extend((unit as u32).to_le_bytes());
    block.extend(of_unit.compared.to_le_bytes());
    block.extend((of_unit.pairs.len() as u32).to_le_bytes());
    for pair in &of_unit.pairs {
        block.extend(pair.left.to_le_bytes());
        block.extend(pair.right.to_le_bytes());
        block.extend(pair.weight.to_bits().to_le_bytes());
        block.push(pair.rule);
    }
}

/// The next unit; `None` where it is not one of this run.
fn take_unit(rest: &mut Bytes, rules: usize, rows: usize) -> Option<(usize, UnitPairs)> {
    let unit = rest.u32()? as usize;
    let compared = rest.u64()?;
    let count = rest.u32()?;
    let mut pairs = Vec::new();
    for _ in 0..count {
        let (left, right, weight, rule) = (rest.u32()?, rest.u32()?, f64::from_bits(rest.u64()?), rest.u8()?);
        if left == right || (left.max(right) as usize) >= rows || usize::from(rule) >= rules {
            return None;
        }
        pairs.push(Scored { left, right, weight, probability: probability(weight), rule });
    }
    Some((unit, UnitPairs { pairs, compared }))
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(number: u32, pairs: u32) -> UnitPairs {
        let pair = |n: u32| {
            let weight = f64::from(n) - 3.5;
            Scored { left: n, right: n + number + 1, weight, probability: probability(weight), rule: (n % 2) as u8 }
        };
        UnitPairs { pairs: (0..pairs).map(pair).collect(), compared: u64::from(pairs) * 10 }
    }

    #[test]
    fn units_come_back_as_they_were_put() {
        let units = [unit(4, 0), unit(0, 5), unit(7, 3)];
        let mut block = Vec::new();
        units.iter().zip([4, 0, 7]).for_each(|(of_unit, number)| put_unit(&mut block, number, of_unit));
        let mut rest = Bytes(&block);
        for (of_unit, number) in units.iter().zip([4, 0, 7]) {
            assert_eq!(take_unit(&mut rest, 2, 20), Some((number, of_unit.clone())));
        }
        assert!(rest.0.is_empty());
    }

    #[test]
    fn what_no_run_writes_is_not_taken() {
        let mut block = Vec::new();
        put_unit(&mut block, 1, &unit(1, 4));
        // A rule, and a row, that there is not; and every cut.
        assert!(take_unit(&mut Bytes(&block), 1, 20).is_none());
        assert!(take_unit(&mut Bytes(&block), 2, 5).is_none());
        for end in 0..block.len() {
            assert!(take_unit(&mut Bytes(&block[..end]), 2, 20).is_none(), "{end}");
        }
    }

    #[test]
    fn units_are_joined_in_their_order_and_bounded() {
        let keeping = Keeping { bytes_max: Some(6 * PAIR_BYTES), checkpoints: None };
        let units = Units::new(&keeping, 3, 2, 20).unwrap();
        units.put(2, unit(2, 2)).unwrap();
        units.put(0, unit(0, 4)).unwrap();
        assert!(units.is_done(2) && !units.is_done(1));
        assert!(units.put(1, unit(1, 1)).unwrap_err().what().contains("7 pairs"));
        let (pairs, compared) = units.into_pairs();
        assert_eq!(pairs, [unit(0, 4).pairs, unit(1, 1).pairs, unit(2, 2).pairs].concat());
        assert_eq!(compared, 70);
    }
}
