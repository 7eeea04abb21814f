//! Folders of checkpoints: numbered parts of one run, in use by one process at a time.
//!
//! In: a folder, which is made if it is not there, and the digest of what the run is of. Out: the parts that an earlier
//! process left, and places for new ones. Invariant: a folder in which there is anything else, a part of another run and one
//! that was changed are refused, and left as they are. Read next: `blocks.rs`.
//!
//! Block 0 of a part: the digest, a space, and a number that whoever writes the part gives to it. Names are `rows-00001.part`
//! and so on; the word says what the parts hold.

use crate::error::{Error, Result};
use crate::store::blocks::{BlockFile, NewPart, open_part};
use crate::store::folder::{make_private_folder, remove_parts, split};
use crate::store::lock::Lock;
use crate::store::stale::is_sibling;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOCK: &str = "at-work.lock";
/// What to name instead of something that is there.
const ANOTHER: &str = "name a folder that is not there yet; it is made, and removed when the run is done";
/// What to do about parts that are not of this run.
pub const START_ANEW: &str = "give the command that it was made by, or remove the folder to begin from the start";

/// A folder of parts.
pub struct PartFolder {
    path: PathBuf,
    /// What parts hold: `rows`, `pairs`.
    word: &'static str,
    key: Option<Vec<u8>>,
    /// Digest of all that the run is of.
    identity: String,
    _lock: Lock,
}

/// A part that is there.
pub struct OpenPart {
    /// Number in its name.
    pub number: usize,
    /// Its blocks.
    pub file: BlockFile,
    /// The number that was given to it.
    pub given: usize,
}

impl PartFolder {
    /// Opens a folder, or makes it, with the parts in it, by their numbers; `holder` is what other processes are told.
    ///
    /// # Errors
    /// When another process is at work there, the folder is something else, or what is in it is damaged, of another run, or
    /// made with another key.
    pub fn open(
        path: &Path,
        word: &'static str,
        key: Option<Vec<u8>>,
        identity: String,
        holder: &str,
    ) -> Result<(Self, Vec<OpenPart>)> {
        Self::open_with(path, word, key, identity, holder, &|_| false)
    }

    /// The same of a folder in which there may be other files too, of these names.
    ///
    /// # Errors
    /// As of [`PartFolder::open`].
    pub fn open_with(
        path: &Path,
        word: &'static str,
        key: Option<Vec<u8>>,
        identity: String,
        holder: &str,
        others: &dyn Fn(&str) -> bool,
    ) -> Result<(Self, Vec<OpenPart>)> {
        Self::look_at(path, word, others)?;
        if path.symlink_metadata().is_err() {
            make_private_folder(path)?;
        }
        let lock = Lock::acquire(&path.join(LOCK), holder, Duration::ZERO)?;
        // Only now: until the lock was held another process may have written a part.
        let numbers = numbers(path, word, others)?;
        let folder = Self { path: path.to_path_buf(), word, key, identity, _lock: lock };
        let parts = numbers.iter().map(|number| folder.take_up(*number)).collect::<Result<_>>()?;
        for path in folder.leftovers()? {
            std::fs::remove_file(&path).map_err(|error| Error::write(&error).at(path.display()))?;
        }
        Ok((folder, parts))
    }

    /// Refuses, before any work, what cannot be made or is not a folder of such parts.
    ///
    /// # Errors
    /// When the folder above is missing, or there is something else.
    pub fn look_at(path: &Path, word: &str, others: &dyn Fn(&str) -> bool) -> Result<()> {
        match path.symlink_metadata() {
            Err(_) => split(path).map(drop),
            Ok(about) if about.is_dir() => numbers(path, word, others).map(drop),
            Ok(_) => Err(Error::usage("is not a folder").at(path.display()).hint(ANOTHER)),
        }
    }

    /// Parts that were begun and never ended: the lock is held, so that nobody else is at work on one.
    fn leftovers(&self) -> Result<Vec<PathBuf>> {
        let failed = |error: std::io::Error| Error::read(&error).at(self.path.display());
        let is_leftover = |name: &str| is_sibling(name, &format!("{}-", self.word));
        let entries = std::fs::read_dir(&self.path).map_err(failed)?;
        let left = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_leftover));
        Ok(left.map(|entry| entry.path()).collect())
    }

    /// Digest of all that the run is of.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Where a part is.
    pub fn place(&self, number: usize) -> PathBuf {
        self.path.join(format!("{}-{number:05}.part", self.word))
    }

    /// That a part is not what was written.
    pub fn damaged(&self, number: usize) -> Error {
        Error::input("is damaged: it is not what was written").at(self.place(number).display()).hint(START_ANEW)
    }

    fn take_up(&self, number: usize) -> Result<OpenPart> {
        let path = self.place(number);
        let damaged = || self.damaged(number);
        let file = open_part(&path, self.key.as_deref())?;
        let about = String::from_utf8(file.read(0)?).map_err(|_| damaged())?;
        let (identity, given) = about.split_once(' ').ok_or_else(damaged)?;
        if identity != self.identity {
            let what = "is of another run: other inputs, settings, model or version of the program";
            return Err(Error::input(what).at(path.display()).hint(START_ANEW));
        }
        let given = given.parse().map_err(|_| damaged())?;
        Ok(OpenPart { number, file, given })
    }

    /// Starts a part, to which a number is given.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn new_part(&self, number: usize, given: usize) -> Result<NewPart> {
        let part = NewPart::create(&self.place(number), self.key.as_deref())?;
        part.append(format!("{} {given}", self.identity).into_bytes())?;
        Ok(part)
    }

    /// Removes the folder with these parts: the run is done.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(self, parts: impl Iterator<Item = usize>) -> Result<()> {
        self.remove_with(parts, std::iter::empty())
    }

    /// The same, with other files that are in it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove_with(self, parts: impl Iterator<Item = usize>, others: impl Iterator<Item = PathBuf>) -> Result<()> {
        let parts = parts.map(|number| self.place(number));
        let left = self.leftovers()?;
        let places: Vec<PathBuf> = parts.chain(others).chain(left).chain([self.path.join(LOCK)]).collect();
        remove_parts(&self.path, places.into_iter())
    }
}

/// Numbers of the parts in a folder, ascending; a folder with anything else in it is somebody's, and so is one of such other files
/// alone: a folder of parts has had its lock since before anything was in it.
fn numbers(folder: &Path, word: &str, others: &dyn Fn(&str) -> bool) -> Result<Vec<usize>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::read(&error).at(folder.display()))?;
    let names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    let is_ours = names.iter().any(|name| name == LOCK);
    let mut numbers = Vec::new();
    for name in &names {
        let name = name.to_str().unwrap_or_default();
        let of_part = name.strip_prefix(word).and_then(|name| name.strip_prefix('-'));
        match of_part.and_then(|name| name.strip_suffix(".part")).map(str::parse) {
            Some(Ok(number)) => numbers.push(number),
            _ if name == LOCK || is_sibling(name, &format!("{word}-")) || (is_ours && others(name)) => {}
            _ => {
                return Err(Error::usage(
                    "is not a folder of this command's checkpoints: there are other things in it",
                )
                .at(folder.display())
                .hint(ANOTHER));
            }
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}
#[cfg(test)]
mod tests {
    use super::PartFolder;

    #[test]
    fn parts_that_were_never_ended_go_with_the_folder_whoever_has_their_process_number() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("held");
        let open = || PartFolder::open(&path, "rows", None, "digest".into(), "trace").unwrap();
        let own = std::process::id();
        let left = path.join(format!(".rows-00007.part.tmp-{own}"));
        let (folder, _) = open();
        folder.new_part(1, 0).unwrap().commit().unwrap();
        std::fs::write(&left, b"half").unwrap();
        drop(folder);
        let (folder, parts) = open();
        assert_eq!((parts.len(), left.exists()), (1, false));
        std::fs::write(&left, b"half").unwrap();
        folder.remove(std::iter::once(1)).unwrap();
        assert!(!path.exists());
    }
}
