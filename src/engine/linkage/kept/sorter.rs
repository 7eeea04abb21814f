//! Sorting of pairs, in memory or on the disk: runs of as many as there is room for, then merged.

use crate::engine::linkage::kept::PairRoom;
use crate::engine::linkage::kept::blocks::{Bytes, put_pair, take_pair};
use crate::error::{Error, Result};
use crate::resolve::pairs::{Scored, SortedBy};
use crate::store::BlockFile;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

/// Pairs of a block of a run: one block of each run is in memory while they are merged.
const BLOCK_PAIRS: usize = 8_192;
/// Memory of a block as it is read and unpacked.
const BLOCK_BYTES: u64 = BLOCK_PAIRS as u64 * 64;
/// Runs that are merged at once, in whatever room.
const MERGED_MIN: u64 = 8;

/// Takes pairs in any order and gives them sorted.
///
/// What it holds takes a quarter of the room, and an eighth while it is read: several are at work at once.
pub struct Sorter<'a> {
    by: SortedBy<'a>,
    room: &'a PairRoom,
    /// Pairs of the run at hand, and the most of one.
    held: Vec<Scored>,
    most: usize,
    runs: Runs,
    len: u64,
}

/// Sorted runs in one file, by their blocks.
#[derive(Default)]
struct Runs {
    file: Option<Arc<BlockFile>>,
    blocks: Vec<Range<usize>>,
}

impl<'a> Sorter<'a> {
    pub(super) fn new(by: SortedBy<'a>, room: &'a PairRoom) -> Self {
        let of_room = |bytes: u64| (bytes / 4 / size_of::<Scored>() as u64).max(BLOCK_PAIRS as u64) as usize;
        let most = room.bytes.map_or(usize::MAX, of_room);
        Self { by, room, held: Vec::new(), most, runs: Runs::default(), len: 0 }
    }

    /// Takes in pairs that are all in memory anyway.
    pub(super) fn hold(&mut self, pairs: Vec<Scored>) {
        self.len += pairs.len() as u64;
        self.held = pairs;
    }

    /// Takes in a pair.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn push(&mut self, pair: Scored) -> Result<()> {
        self.held.push(pair);
        self.len += 1;
        if self.held.len() < self.most { Ok(()) } else { self.put_aside() }
    }

    fn sort(&mut self) {
        let by = self.by;
        self.held.par_sort_unstable_by_key(|pair| by.key(pair));
    }

    fn put_aside(&mut self) -> Result<()> {
        self.sort();
        self.runs.write(self.held.drain(..).map(Ok), self.room)
    }

    /// All pairs, sorted.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> Result<SortedPairs<'a>> {
        if self.runs.file.is_none() {
            self.sort();
            return Ok(SortedPairs { room: self.room, len: self.len, from: From::Memory(self.held.into_iter()) });
        }
        self.put_aside()?;
        self.held = Vec::new();
        let at_once = self.room.bytes.map_or(u64::MAX, |bytes| (bytes / 8 / BLOCK_BYTES).max(MERGED_MIN)) as usize;
        let mut runs = self.runs;
        while runs.blocks.len() > at_once {
            let mut longer = Runs::default();
            for some in runs.blocks.chunks(at_once) {
                longer.write(Merge::new(self.by, &runs, some)?, self.room)?;
            }
            runs = longer;
        }
        let merge = Merge::new(self.by, &runs, &runs.blocks)?;
        Ok(SortedPairs { room: self.room, len: self.len, from: From::Disk(Box::new(merge)) })
    }
}

impl Runs {
    /// Adds a run.
    fn write(&mut self, mut sorted: impl Iterator<Item = Result<Scored>>, room: &PairRoom) -> Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(Arc::new(BlockFile::nameless(&room.folder())?))),
        };
        let first = file.blocks();
        loop {
            let mut block = Vec::new();
            for pair in sorted.by_ref().take(BLOCK_PAIRS) {
                put_pair(&mut block, &pair?);
            }
            if block.is_empty() {
                break;
            }
            file.append(block)?;
        }
        self.blocks.push(first..file.blocks());
        Ok(())
    }
}

/// Pairs in order.
pub struct SortedPairs<'a> {
    room: &'a PairRoom,
    len: u64,
    from: From<'a>,
}

enum From<'a> {
    Memory(std::vec::IntoIter<Scored>),
    Disk(Box<Merge<'a>>),
}

impl<'a> SortedPairs<'a> {
    /// A place to sort those of them in that are wanted.
    pub fn sorter(&self, by: SortedBy<'a>) -> Sorter<'a> {
        Sorter::new(by, self.room)
    }

    /// Pairs that there are, those given already among them.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Iterator for SortedPairs<'_> {
    type Item = Result<Scored>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.from {
            From::Memory(pairs) => pairs.next().map(Ok),
            From::Disk(merge) => merge.next(),
        }
    }
}

/// Runs that are read side by side.
struct Merge<'a> {
    by: SortedBy<'a>,
    file: Arc<BlockFile>,
    runs: Vec<Run>,
    /// Keys of the first pairs of the runs.
    next: BinaryHeap<Reverse<([u64; 3], usize)>>,
}

struct Run {
    /// Blocks that were not read yet.
    blocks: Range<usize>,
    /// Pairs of the one that was.
    pairs: std::iter::Peekable<std::vec::IntoIter<Scored>>,
}

impl<'a> Merge<'a> {
    fn new(by: SortedBy<'a>, runs: &Runs, some: &[Range<usize>]) -> Result<Self> {
        let file = runs.file.as_ref().ok_or_else(|| Error::internal("no run was written"))?;
        let run = |blocks: &Range<usize>| Run { blocks: blocks.clone(), pairs: Vec::new().into_iter().peekable() };
        let runs = some.iter().map(run).collect();
        let mut merge = Self { by, file: Arc::clone(file), runs, next: BinaryHeap::new() };
        for run in 0..merge.runs.len() {
            let key = merge.key(run)?;
            merge.next.extend(key.map(|key| Reverse((key, run))));
        }
        Ok(merge)
    }

    /// Key of the next pair of a run, if there is one.
    fn key(&mut self, run: usize) -> Result<Option<[u64; 3]>> {
        let run = &mut self.runs[run];
        if run.pairs.peek().is_none()
            && let Some(block) = run.blocks.next()
        {
            let block = self.file.read(block)?;
            let mut rest = Bytes(&block);
            let mut pairs = Vec::with_capacity(BLOCK_PAIRS);
            while let Some(pair) = take_pair(&mut rest) {
                pairs.push(pair);
            }
            run.pairs = pairs.into_iter().peekable();
        }
        Ok(run.pairs.peek().map(|pair| self.by.key(pair)))
    }

    fn take(&mut self) -> Result<Option<Scored>> {
        let Some(Reverse((_, run))) = self.next.peek().copied() else { return Ok(None) };
        let pair = self.runs[run].pairs.next();
        let key = self.key(run)?;
        // To change what is at the top costs less than to take it away and put it back.
        match (self.next.peek_mut(), key) {
            (Some(mut top), Some(key)) => *top = Reverse((key, run)),
            (Some(top), None) => drop(std::collections::binary_heap::PeekMut::pop(top)),
            (None, _) => {}
        }
        Ok(pair)
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<Scored>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take().transpose()
    }
}
