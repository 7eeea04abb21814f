//! Blocks of pairs on the disk.
//!
//! A block of units is of whole ones, without gaps: number of the unit (32 bits, little-endian as all that follows), pairs
//! compared (64), pairs that follow (32); and each pair: left and right row (32 each), weight (64), rule (8). A block of a
//! sorted run is of pairs alone.

use crate::error::Result;
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::probability;
use crate::store::BlockFile;
use std::sync::Arc;

/// What one unit of the work gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::engine::linkage) struct UnitPairs {
    /// Pairs that weigh enough.
    pub pairs: Vec<Scored>,
    /// Pairs that were compared.
    pub compared: u64,
}

/// Blocks of units in a file.
pub(in crate::engine::linkage) struct UnitBlocks {
    pub file: Arc<BlockFile>,
    /// The blocks before this one are of something else.
    pub first: usize,
    /// Numbers that rules and rows are below.
    pub rules: usize,
    pub rows: usize,
}

impl UnitBlocks {
    /// Calls `each` with the number of each unit and what it gave.
    ///
    /// # Errors
    /// When the disk refuses, or there is something else in a block; those of `each`.
    pub(in crate::engine::linkage) fn for_each(
        &self,
        each: &mut dyn FnMut(usize, UnitPairs) -> Result<()>,
    ) -> Result<()> {
        for block in self.first..self.file.blocks() {
            let block = self.file.read(block)?;
            let mut rest = Bytes(&block);
            while !rest.is_empty() {
                let (unit, of_unit) = take_unit(&mut rest, self.rules, self.rows).ok_or_else(|| self.file.damaged())?;
                each(unit, of_unit)?;
            }
        }
        Ok(())
    }
}

/// Adds a unit to a block.
pub(in crate::engine::linkage) fn put_unit(block: &mut Vec<u8>, unit: usize, of_unit: &UnitPairs) {
    block.extend((unit as u32).to_le_bytes());
    block.extend(of_unit.compared.to_le_bytes());
    block.extend((of_unit.pairs.len() as u32).to_le_bytes());
    of_unit.pairs.iter().for_each(|pair| put_pair(block, pair));
}

/// The next unit; `None` where it is not one of so many rules and rows.
fn take_unit(rest: &mut Bytes, rules: usize, rows: usize) -> Option<(usize, UnitPairs)> {
    let unit = rest.u32()? as usize;
    let compared = rest.u64()?;
    let count = rest.u32()?;
    let mut pairs = Vec::new();
    for _ in 0..count {
        let pair = take_pair(rest)?;
        if pair.left == pair.right || pair.left.max(pair.right) as usize >= rows || usize::from(pair.rule) >= rules {
            return None;
        }
        pairs.push(pair);
    }
    Some((unit, UnitPairs { pairs, compared }))
}

/// Adds a pair to a block.
pub(super) fn put_pair(block: &mut Vec<u8>, pair: &Scored) {
    block.extend(pair.left.to_le_bytes());
    block.extend(pair.right.to_le_bytes());
    block.extend(pair.weight.to_bits().to_le_bytes());
    block.push(pair.rule);
}

/// The next pair; `None` where none follows.
pub(super) fn take_pair(rest: &mut Bytes) -> Option<Scored> {
    let (left, right, weight, rule) = (rest.u32()?, rest.u32()?, f64::from_bits(rest.u64()?), rest.u8()?);
    Some(Scored { left, right, weight, probability: probability(weight), rule })
}

/// Bytes that are read from the front.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

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
    use crate::engine::linkage::kept::made_unit as unit;

    #[test]
    fn units_come_back_as_they_were_put() {
        let units = [unit(4, 0), unit(0, 5), unit(7, 3)];
        let mut block = Vec::new();
        units.iter().zip([4, 0, 7]).for_each(|(of_unit, number)| put_unit(&mut block, number, of_unit));
        let mut rest = Bytes(&block);
        for (of_unit, number) in units.iter().zip([4, 0, 7]) {
            assert_eq!(take_unit(&mut rest, 2, 20), Some((number, of_unit.clone())));
        }
        assert!(rest.is_empty());
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
}
