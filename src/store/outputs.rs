//! Outputs of one command, files and folders, that are put in place together.
//!
//! In: target paths. Out: hidden temporary siblings of all of them, renamed onto their targets in their order when all are whole.
//! A disk renames one thing at a time: a process that is stopped between two renames leaves the first outputs without the last.
//! So where several are made, all but the last may be there already if their bytes are the very same: the command that was
//! stopped can be given again as it was, and goes on.

use std::path::Path;

use crate::error::{Error, Result};
use crate::store::file::OutputFile;
use crate::store::folder::OutputFolder;

/// What is to be made, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// A file.
    File(&'a Path),
    /// A folder of files.
    Folder(&'a Path),
}

impl Wanted<'_> {
    const fn target(&self) -> &Path {
        match self {
            Self::File(target) | Self::Folder(target) => target,
        }
    }

    fn start(&self, is_last: bool) -> Result<Output> {
        match self {
            Self::File(target) if is_last => OutputFile::create(target).map(Output::File),
            Self::File(target) => OutputFile::create_or_same(target).map(Output::File),
            Self::Folder(target) if is_last => OutputFolder::create(target).map(Output::Folder),
            Self::Folder(target) => OutputFolder::create_or_same(target).map(Output::Folder),
        }
    }
}

#[derive(Debug)]
enum Output {
    File(OutputFile),
    Folder(OutputFolder),
}

impl Output {
    fn finish(&mut self) -> Result<()> {
        match self {
            Self::File(file) => file.finish(),
            Self::Folder(folder) => folder.finish(),
        }
    }

    fn publish(&mut self) -> Result<()> {
        match self {
            Self::File(file) => file.publish(),
            Self::Folder(folder) => folder.publish(),
        }
    }
}

/// Outputs of one command; none is there unless [`Outputs::commit`] is called.
#[derive(Debug)]
pub struct Outputs(Vec<Output>);

impl Outputs {
    /// Starts what is wanted; nothing may be at the target of the last one.
    ///
    /// # Errors
    /// When a target is named twice, something is there that may not be, or the folder above is missing or not writable.
    pub fn create(wanted: &[Wanted]) -> Result<Self> {
        for (place, one) in wanted.iter().enumerate() {
            if wanted[..place].iter().any(|other| other.target() == one.target()) {
                return Err(Error::usage("two outputs of the command have this name").at(one.target().display()));
            }
        }
        let start = |(place, one): (usize, &Wanted)| one.start(place + 1 == wanted.len());
        wanted.iter().enumerate().map(start).collect::<Result<_>>().map(Self)
    }

    /// The file that will be at a target.
    pub fn file(&mut self, target: &Path) -> Option<&mut OutputFile> {
        self.0.iter_mut().find_map(|output| match output {
            Output::File(file) if file.target() == target => Some(file),
            _ => None,
        })
    }

    /// The folder that will be at a target.
    pub fn folder(&self, target: &Path) -> Option<&OutputFolder> {
        self.0.iter().find_map(|output| match output {
            Output::Folder(folder) if folder.target() == target => Some(folder),
            _ => None,
        })
    }

    /// Puts everything in place.
    ///
    /// # Errors
    /// When the disk refuses, or something has come to stand at a target meanwhile: then, but for a fault of the disk between
    /// two renames, nothing was put in place.
    pub fn commit(mut self) -> Result<()> {
        self.0.iter_mut().try_for_each(Output::finish)?;
        self.0.iter_mut().try_for_each(Output::publish)
    }
}
