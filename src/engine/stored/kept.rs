//! Segments that outlive the process that filled them, so that a build that was stopped goes on from there.
//!
//! A folder of [parts](crate::store::PartFolder) beside the files of the segments, as they will be in the index. A part is
//! of one segment whose files are on the disk: block 1 is JSON, its entry in the catalogue and the rows of the registers
//! that it holds. Files of segments that no part tells of are removed; their rows are read again. Invariant: what an index
//! answers does not hang on how often its build was stopped.

use crate::engine::aside::{Spans, joined};
use crate::engine::stored::catalogue::Segment;
use crate::engine::stored::writer::is_file_name;
use crate::error::{Error, Result};
use crate::store::{PartFolder, START_ANEW};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Rows of registers: number of the file, first row and end.
pub(super) type Runs = Vec<(u32, Range<u64>)>;

/// What parts hold.
const WORD: &str = "segments";

/// What a part tells.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    segment: Segment,
    rows: Runs,
}

/// Segments of one build.
pub struct KeptSegments {
    parts: PartFolder,
    path: PathBuf,
    /// Rows that an earlier process has put into segments.
    before: Spans,
    state: Mutex<State>,
}

struct State {
    segments: Vec<Segment>,
    /// Numbers of the parts.
    numbers: Vec<usize>,
}

impl KeptSegments {
    /// Refuses, before any work, what cannot be made or is not a folder of kept segments.
    ///
    /// # Errors
    /// When the folder above is missing, or there is something else.
    pub fn look_at(path: &Path) -> Result<()> {
        PartFolder::look_at(path, WORD, &is_file_name)
    }

    /// Opens a folder of kept segments, or makes it; `identity` is the digest of all that the index is of.
    ///
    /// # Errors
    /// When another process is at work there, the folder is something else, or what is in it is damaged or of another build.
    pub fn open(path: &Path, identity: String) -> Result<Self> {
        let (parts, known) = PartFolder::open_with(path, WORD, None, identity, "index build", &is_file_name)?;
        let (mut segments, mut numbers, mut before) = (Vec::new(), Vec::new(), Spans::default());
        for part in known {
            let damaged = || parts.damaged(part.number);
            let told: Told = serde_json::from_slice(&part.file.read(1)?).map_err(|_| damaged())?;
            if !told.rows.into_iter().all(|(file, rows)| before.add(file, rows)) {
                return Err(damaged());
            }
            check_files(path, &told.segment)?;
            segments.push(told.segment);
            numbers.push(part.number);
        }
        let kept = Self { parts, path: path.to_path_buf(), before, state: Mutex::new(State { segments, numbers }) };
        kept.remove_unfinished()?;
        Ok(kept)
    }

    /// Removes files of segments that were not finished.
    fn remove_unfinished(&self) -> Result<()> {
        let names: Vec<String> =
            self.with(|state| state.segments.iter().flat_map(|one| one.files.keys().cloned()).collect());
        for name in segment_files(&self.path)?.into_iter().filter(|name| !names.contains(name)) {
            let path = self.path.join(name);
            std::fs::remove_file(&path).map_err(|error| Error::write(&error).at(path.display()))?;
        }
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where files of segments are written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Rows that an earlier process has done.
    pub fn rows_done(&self) -> u64 {
        self.before.rows()
    }

    /// Of some rows of a file those that are still to be done.
    pub(super) fn undone(&self, file: u32, rows: Range<u64>) -> Vec<Range<u64>> {
        self.before.undone(file, rows)
    }

    /// The number of the next segment.
    pub(super) fn next_number(&self) -> u32 {
        self.with(|state| state.segments.iter().map(|segment| segment.number + 1).max().unwrap_or(0))
    }

    /// Keeps a segment whose files are written, with the rows in it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn keep(&self, segment: &Segment, rows: Runs) -> Result<()> {
        for name in segment.files.keys() {
            let path = self.path.join(name);
            let synced = File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(|error| Error::write(&error).at(path.display()))?;
        }
        let told = Told { segment: segment.clone(), rows: joined(rows) };
        let told = serde_json::to_vec(&told).map_err(|error| Error::internal(error.to_string()))?;
        self.with(|state| {
            let number = state.numbers.last().map_or(1, |last| last + 1);
            let part = self.parts.new_part(number, 1)?;
            part.append(told)?;
            part.commit()?;
            state.numbers.push(number);
            state.segments.push(segment.clone());
            Ok(())
        })
    }

    /// Gives the files of all segments a name in another folder too; the segments, by number.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn link_into(&self, folder: &Path) -> Result<Vec<Segment>> {
        let mut segments = self.with(|state| state.segments.clone());
        for name in segments.iter().flat_map(|segment| segment.files.keys()) {
            let (from, to) = (self.path.join(name), folder.join(name));
            // Another disk has no second name for a file of this one.
            let linked = std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(drop));
            linked.map_err(|error| Error::write(&error).at(to.display()))?;
        }
        segments.sort_by_key(|segment| segment.number);
        Ok(segments)
    }

    /// Removes the folder: the index is built.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(self) -> Result<()> {
        // Without its part a file is one of a segment that was not finished.
        let files = segment_files(&self.path)?.into_iter().map(|name| self.path.join(name));
        let numbers = self.state.into_inner().unwrap_or_else(PoisonError::into_inner).numbers;
        self.parts.remove_with(numbers.into_iter(), files)
    }
}

/// Names of files of segments in a folder.
fn segment_files(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::read(&error).at(folder.display()))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| is_file_name(name)).collect())
}

/// Refuses a segment of which a file is missing or has another length; what is in it is checked when it is asked.
fn check_files(folder: &Path, segment: &Segment) -> Result<()> {
    for (name, sum) in &segment.files {
        let path = folder.join(name);
        if !is_file_name(name) || std::fs::metadata(&path).ok().map(|about| about.len()) != Some(sum.bytes) {
            let what = "is damaged: it is missing, or not as long as what was written";
            return Err(Error::input(what).at(path.display()).hint(START_ANEW));
        }
    }
    Ok(())
}
