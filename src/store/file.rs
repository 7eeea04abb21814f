//! Output files that appear whole or not at all.
//!
//! In: target paths. Out: hidden temporary siblings, renamed onto their targets by `commit`. Invariants as for folders
//! (`folder.rs`); nothing is replaced, save by [`OutputFile::replace`].

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::store::folder::{make_file, not_synced, refuse_unless_free, split, sync_parent, taken};
use crate::store::map::rename_new;
use crate::store::stale::{remove_stale, unused_sibling};
use crate::store::unfinished::{given_up, hold, renamed};

/// What may be at the target of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    Nothing,
    /// One of the very same bytes, which is then left as it is.
    Same,
    /// A file, whose place is taken.
    Another,
}

/// One output file; removed unless [`OutputFile::commit`] is called.
#[derive(Debug)]
pub struct OutputFile {
    target: PathBuf,
    temporary: PathBuf,
    file: File,
    there: There,
    committed: bool,
}

impl OutputFile {
    /// Starts a file that will be at `target`, where nothing may be.
    ///
    /// # Errors
    /// When something is at `target`, or the folder above is missing or not writable.
    pub fn create(target: &Path) -> Result<Self> {
        refuse_unless_free(target, false)?;
        Self::start(target, There::Nothing)
    }

    /// Starts a file that will be at `target`, where nothing may be but a file of the very same bytes.
    ///
    /// # Errors
    /// When a folder or a link is at `target`, or the folder above is missing or not writable.
    pub fn create_or_same(target: &Path) -> Result<Self> {
        refuse_unless_file(target)?;
        Self::start(target, There::Same)
    }

    /// Starts a file that will take the place of the file at `target`, if there is one.
    ///
    /// # Errors
    /// When a folder or a link is at `target`, or the folder above is missing or not writable.
    pub fn replace(target: &Path) -> Result<Self> {
        refuse_unless_file(target)?;
        Self::start(target, There::Another)
    }

    fn start(target: &Path, there: There) -> Result<Self> {
        let (parent, name) = split(target)?;
        remove_stale(&parent, &name);
        let mut held = hold();
        let (temporary, file) =
            unused_sibling(&parent, &name, make_file).map_err(|error| Error::write(&error).at(target.display()))?;
        held.add(&temporary);
        Ok(Self { target: target.to_path_buf(), temporary, file, there, committed: false })
    }

    /// Where the file is until it is committed, for a library that opens it by its name.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Where the file will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Writes bytes to the file.
    ///
    /// # Errors
    /// When the disk refuses; the target is named.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| self.failed(&error))
    }

    /// Puts the file at its target: synced, renamed, then the folder above synced.
    ///
    /// # Errors
    /// When the disk refuses, or something has come to stand at the target meanwhile.
    pub fn commit(mut self) -> Result<()> {
        self.finish()?;
        self.publish()
    }

    /// Brings all that was written to the disk, so that nothing but the file's name is left to be done; and refuses what has
    /// come to stand at the target meanwhile.
    ///
    /// # Errors
    /// When the disk refuses, or something stands there.
    pub fn finish(&mut self) -> Result<()> {
        self.file.sync_all().map_err(|error| self.failed(&error))?;
        match self.there {
            There::Nothing => refuse_unless_free(&self.target, false),
            There::Same if self.target.symlink_metadata().is_ok() => self.refuse_unless_same(),
            There::Same | There::Another => Ok(()),
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::write(error).at(self.target.display())
    }

    fn refuse_unless_same(&self) -> Result<()> {
        refuse_unless_file(&self.target)?;
        let same = same_bytes(&self.temporary, &self.target).map_err(|error| self.failed(&error))?;
        if same { Ok(()) } else { Err(taken(&self.target)) }
    }

    /// Gives a file that is [finished](OutputFile::finish) its name.
    pub(super) fn publish(&mut self) -> Result<()> {
        match renamed(&self.temporary, || self.rename()) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && self.there == There::Same => {
                return self.refuse_unless_same();
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(taken(&self.target)),
            renamed => renamed.map_err(|error| self.failed(&error))?,
        }
        self.committed = true;
        sync_parent(&self.target).map_err(|error| not_synced(&error, &self.target))
    }

    /// Refuses an existing target in the same step, by a rename that does not replace or, where a disk has none, by a hard
    /// link.
    fn rename(&self) -> io::Result<()> {
        if self.there != There::Another {
            match rename_new(&self.temporary, &self.target) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {}
                renamed => return renamed,
            }
            match fs::hard_link(&self.temporary, &self.target) {
                Ok(()) => return fs::remove_file(&self.temporary),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error),
                Err(_) => {}
            }
        }
        fs::rename(&self.temporary, &self.target)
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if !self.committed {
            given_up(&self.temporary, |path| fs::remove_file(path));
        }
    }
}

/// A file may be at the target, but no folder and no link.
fn refuse_unless_file(target: &Path) -> Result<()> {
    match fs::symlink_metadata(target) {
        Ok(about) if !about.is_file() => Err(taken(target)),
        _ => Ok(()),
    }
}

/// Bytes of two files that are compared at a time.
const BLOCK: usize = 1 << 16;

/// Whether two files have the same bytes, or are one file. What is no file has none.
///
/// # Errors
/// When one of them cannot be read.
pub fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let [a, b] = [fs::metadata(one)?, fs::metadata(other)?];
    if !a.is_file() || !b.is_file() || a.size() != b.size() {
        return Ok(false);
    }
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Ok(true);
    }
    let mut files = [File::open(one)?, File::open(other)?];
    let mut blocks = [vec![0; BLOCK], vec![0; BLOCK]];
    loop {
        let [a, b] = [0, 1].map(|at| fill(&mut files[at], &mut blocks[at]));
        let (a, b) = (a?, b?);
        if a != b || blocks[0][..a] != blocks[1][..b] {
            return Ok(false);
        }
        if a < BLOCK {
            return Ok(true);
        }
    }
}

/// Fills a block as far as a file goes.
fn fill(file: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match file.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
