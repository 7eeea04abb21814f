//! Surviving rows that memory has no room for, put aside on the disk, and what of a scan outlives the process.
//!
//! In: rows of workers that have grown past their share, and where a run is to be resumed, everything that workers hold at
//! a moment when none of them is at work. Out: files of blocks, each block a batch of [lines](crate::frame::lines), which
//! [`Parted`] sorts by ranges of extract rows. Invariant: which rows were put aside, when, and in how many files cannot be
//! seen in the end. Read next: `parted.rs`, `checkpoint.rs`.

mod checkpoint;
mod parted;
mod spans;

pub use checkpoint::Checkpoints;
pub(crate) use parted::{Counted, Held, Parted, Parts};
pub(crate) use spans::{Spans, joined};

use crate::block::Slots;
use crate::compare::Vocabulary;
use crate::engine::partial::write_rows;
use crate::engine::scan::{Merged, Rows};
use crate::error::Result;
use crate::frame::lines::{LineBatches, batch_stream};
use crate::ids::Survivor;
use crate::store::BlockFile;
use crate::util::memory;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How much memory a trace may take, and where the rest goes.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// Bytes that the program may take; as many as there are when `None`.
    pub budget: Option<u64>,
    /// Bytes of surviving rows in memory at a time, in place of what the budget leaves for them.
    pub rows: Option<u64>,
    /// Folder for temporary files; that of the system when empty.
    pub folder: PathBuf,
}

/// Bytes that a thread takes besides what it keeps: the batch at hand, unpacked and as views, and rows on their way out.
const THREAD_BYTES: u64 = 40 << 20;
/// Fewest bytes of surviving rows in memory at a time: with fewer, a run would be about putting aside.
const ROWS_BYTES_MIN: u64 = 24 << 20;
/// Bytes of a slot in the counts of a scan.
const CELL_BYTES: u64 = 4;
/// Bytes that an extract row needs after the scan: its candidates, its decision, its rows of the output. Measured, see
/// `benches/record`.
const DECIDED_BYTES: u64 = 2_200;

impl Room {
    /// Bytes left for surviving rows beside `others`, as the extract's side leaves them.
    fn beside(&self, others: u64) -> Option<u64> {
        let left = |budget: u64| {
            let taken = memory::own_bytes().unwrap_or(0) + others + THREAD_BYTES * rayon::current_num_threads() as u64;
            budget.saturating_sub(taken).max(ROWS_BYTES_MIN)
        };
        self.rows.or_else(|| self.budget.map(left))
    }
}

/// Some blocks of rows on the disk.
#[derive(Clone)]
pub(crate) struct RowBlocks {
    pub file: Arc<BlockFile>,
    /// The blocks before this one are of something else.
    pub first: usize,
}

/// Where the workers of a scan put rows aside.
pub(crate) struct Aside<'a> {
    /// Bytes that a worker may hold; no bound when `None`.
    of_worker: Option<u64>,
    /// Bytes of all workers.
    room: Option<u64>,
    folder: &'a Path,
    file: Mutex<Option<Arc<BlockFile>>>,
    /// Memory that rows took which are on the disk now.
    bytes: AtomicU64,
    pub checkpoints: Option<&'a Checkpoints>,
}

impl<'a> Aside<'a> {
    /// For a scan past `slots`; to be made when the extract is ready and the scan has not begun.
    pub(crate) fn new(room: &'a Room, slots: &Slots, checkpoints: Option<&'a Checkpoints>) -> Self {
        let bytes = room.beside(slots.len() as u64 * CELL_BYTES + slots.rows() as u64 * DECIDED_BYTES);
        Self {
            of_worker: bytes.map(|bytes| bytes / rayon::current_num_threads() as u64),
            room: bytes,
            folder: &room.folder,
            file: Mutex::new(None),
            bytes: AtomicU64::new(0),
            checkpoints,
        }
    }

    /// Whether a worker that holds so many bytes holds too much.
    pub(crate) fn is_too_much(&self, bytes: usize) -> bool {
        self.of_worker.is_some_and(|most| bytes as u64 > most)
    }

    /// Whether a worker that has forgotten what will not be compared should keep the rest.
    pub(crate) fn is_little(&self, bytes: usize) -> bool {
        self.of_worker.is_none_or(|most| (bytes as u64) < most / 2)
    }

    /// Whether all that hold so many bytes together, and are done, hold too much: half is for those at work.
    pub(crate) fn is_full(&self, bytes: usize) -> bool {
        self.room.is_some_and(|most| bytes as u64 > most / 2)
    }

    /// Puts rows aside that took so many bytes.
    pub(crate) fn put(&self, rows: Rows, vocabulary: &Vocabulary, bytes: usize) -> Result<()> {
        self.count(bytes);
        let file = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            match &*file {
                Some(file) => Arc::clone(file),
                None => Arc::clone(file.insert(Arc::new(BlockFile::nameless(&self.folder())?))),
            }
        };
        write_row_blocks(rows, vocabulary, &mut |block| file.append(block))
    }

    /// Counts memory of rows that were put aside.
    pub(crate) fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Folder for temporary files.
    fn folder(&self) -> PathBuf {
        if self.folder.as_os_str().is_empty() { std::env::temp_dir() } else { self.folder.to_path_buf() }
    }

    /// Whether there are rows on the disk.
    pub(crate) fn is_used(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).is_some()
            || self.checkpoints.is_some_and(Checkpoints::has_parts)
    }

    /// What was put aside, at the end of the scan.
    pub(crate) fn into_put(self) -> PutAside {
        let folder = self.folder();
        let mut blocks: Vec<RowBlocks> = self.checkpoints.map(Checkpoints::row_blocks).unwrap_or_default();
        let file = self.file.into_inner().unwrap_or_else(PoisonError::into_inner);
        blocks.extend(file.map(|file| RowBlocks { file, first: 0 }));
        PutAside { blocks, room: self.room, bytes: self.bytes.into_inner(), folder }
    }
}

/// Rows on the disk.
pub(crate) struct PutAside {
    pub blocks: Vec<RowBlocks>,
    /// Bytes of rows in memory at a time.
    pub room: Option<u64>,
    /// Bytes that they took in memory.
    pub bytes: u64,
    /// Where more files may go.
    pub folder: PathBuf,
}

/// Writes rows as blocks.
fn write_row_blocks(rows: Rows, vocabulary: &Vocabulary, each: &mut dyn FnMut(Vec<u8>) -> Result<()>) -> Result<()> {
    let postings = rows.postings.into_iter().map(|(slot, row)| (slot, Survivor(row))).collect();
    let merged = Merged { records: rows.records, people: rows.people, postings: vec![postings], ..Merged::default() };
    let mut block = |batch| batch_stream(&batch).and_then(&mut *each);
    let mut lines = LineBatches::new(&mut block);
    write_rows(&merged, vocabulary, &mut lines)?;
    lines.finish()
}
