//! Pairs that weigh enough: in memory, or on the disk where memory has no room for them.
//!
//! In: what units of the work gave. Out: pairs in any [order](SortedBy), and components one after the other. Invariant:
//! where pairs were cannot be seen in what becomes of them. Read next: `sorter.rs`, `../units.rs`.

mod blocks;
mod sorter;
#[cfg(test)]
mod tests;

pub(super) use blocks::{UnitBlocks, UnitPairs, put_unit};
pub use sorter::{SortedPairs, Sorter};
#[cfg(test)]
pub(super) use tests::made_unit;

use crate::error::{Error, Result};
use crate::resolve::pairs::{Scored, SortedBy};
use std::path::PathBuf;

/// How much memory pairs may take, and where the rest goes.
#[derive(Clone, Debug, Default)]
pub struct PairRoom {
    /// Bytes, until all pairs are given out; as many as there are when `None`.
    pub bytes: Option<u64>,
    /// Folder for temporary files; that of the system when empty.
    pub folder: PathBuf,
    /// Whether pairs are there to be refined, which takes more memory.
    pub refined: bool,
}

/// Memory of a pair that is kept: twice, where it is sorted for its fate and for the output.
pub(super) const PAIR_BYTES: u64 = 2 * size_of::<Scored>() as u64;
/// Memory of a pair while the components that it is of are refined. Measured where all rows are of one component.
const REFINED_BYTES: u64 = 240;

impl PairRoom {
    /// Whether so many pairs are too many for memory.
    pub(super) fn is_too_little(&self, pairs: u64) -> bool {
        let of_pair = if self.refined { REFINED_BYTES } else { PAIR_BYTES };
        self.bytes.is_some_and(|bytes| pairs * of_pair > bytes)
    }

    /// Folder for temporary files.
    pub(super) fn folder(&self) -> PathBuf {
        if self.folder.as_os_str().is_empty() { std::env::temp_dir() } else { self.folder.clone() }
    }
}

/// Pairs that weigh enough, in the order of the work while they are in memory.
pub struct KeptPairs {
    held: Vec<Scored>,
    /// Where all of them are, if they are not in memory.
    aside: Vec<UnitBlocks>,
    len: u64,
    compared: u64,
    room: PairRoom,
}

impl KeptPairs {
    /// Pairs in memory, of so many that were compared.
    pub fn held(pairs: Vec<Scored>, compared: u64) -> Self {
        let len = pairs.len() as u64;
        Self { held: pairs, aside: Vec::new(), len, compared, room: PairRoom::default() }
    }

    /// So many pairs on the disk.
    pub(super) const fn aside(blocks: Vec<UnitBlocks>, len: u64, compared: u64, room: PairRoom) -> Self {
        Self { held: Vec::new(), aside: blocks, len, compared, room }
    }

    /// Pairs that weigh enough.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Pairs that were compared.
    pub const fn compared(&self) -> u64 {
        self.compared
    }

    /// Bytes of them on the disk.
    pub fn disk_bytes(&self) -> u64 {
        self.aside.iter().map(|blocks| blocks.file.bytes()).sum()
    }

    /// All pairs, in the order of the work if they are in memory.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn into_held(mut self) -> Result<Vec<Scored>> {
        let mut held = std::mem::take(&mut self.held);
        self.each_aside(&mut |pairs| {
            held.extend_from_slice(pairs);
            Ok(())
        })?;
        Ok(held)
    }

    /// Calls `each` with all pairs, some at a time.
    ///
    /// # Errors
    /// When the disk refuses; those of `each`.
    pub fn for_each(&self, each: &mut dyn FnMut(&[Scored]) -> Result<()>) -> Result<()> {
        each(&self.held)?;
        self.each_aside(each)
    }

    fn each_aside(&self, each: &mut dyn FnMut(&[Scored]) -> Result<()>) -> Result<()> {
        self.aside.iter().try_for_each(|blocks| blocks.for_each(&mut |_, of_unit| each(&of_unit.pairs)))
    }

    /// All pairs, sorted; in memory there are none left.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sorted<'a>(&'a mut self, by: SortedBy<'a>) -> Result<SortedPairs<'a>> {
        let held = std::mem::take(&mut self.held);
        let mut sorter = Sorter::new(by, &self.room);
        sorter.hold(held);
        self.each_aside(&mut |pairs| pairs.iter().try_for_each(|pair| sorter.push(*pair)))?;
        sorter.finish()
    }

    /// Calls `each` with all pairs that are `enough` and lie within one component, of which the lowest row is known for each
    /// row: those of one come together, with those of as many others as there is room for. Other pairs may be among them.
    ///
    /// # Errors
    /// When one component has more pairs than there is room for, or the disk refuses; those of `each`.
    pub fn by_component(
        &self,
        components: &[u32],
        enough: &dyn Fn(&Scored) -> bool,
        each: &mut dyn FnMut(&[Scored]) -> Result<()>,
    ) -> Result<()> {
        let component = |row: u32| components[row as usize];
        if self.aside.is_empty() {
            return each(&self.held);
        }
        let within = |pair: &&Scored| component(pair.left) == component(pair.right) && enough(pair);
        let mut sorter = Sorter::new(SortedBy::Component(components), &self.room);
        self.each_aside(&mut |pairs| pairs.iter().filter(within).try_for_each(|pair| sorter.push(*pair)))?;
        let most = self.room.bytes.map_or(u64::MAX, |bytes| bytes / REFINED_BYTES);
        let (mut some, mut whole) = (Vec::new(), 0);
        for pair in sorter.finish()? {
            let pair = pair?;
            let begins = some.last().is_none_or(|last: &Scored| component(last.left) != component(pair.left));
            if begins {
                whole = some.len();
            }
            some.push(pair);
            if some.len() as u64 <= most / 2 {
                continue;
            }
            if whole > 0 {
                each(&some[..whole])?;
                some.drain(..whole);
                whole = 0;
            } else if some.len() as u64 > most {
                return Err(too_large(self.room.bytes.unwrap_or(0)));
            }
        }
        each(&some)
    }
}

fn too_large(bytes: u64) -> Error {
    Error::limit(format!(
        "one group of rows hangs together by more pairs than there is room for in the {} MiB that are left for them",
        bytes >> 20
    ))
    .hint("allow more with --memory, or give fewer pairs: a higher --threshold, or stricter blocking rules")
}
