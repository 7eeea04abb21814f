//! Whether the registers that an index was built of are what they were.
//!
//! In: the files and words that the catalogue remembers. Out: a refusal, or how many files are no longer where they were.
//! Invariant: what is compared is the length and the time of change of each file, the content where the time alone is another,
//! and which files the words name; the content of a file of the same length and time only where that is asked for.

use crate::engine::stored::build::place_of;
use crate::engine::stored::catalogue::{Catalogue, StoredCopy, StoredSource};
use crate::engine::stored::open::{StoredIndex, state_of};
use crate::error::{Error, Result};
use crate::ingest::{self, Input, named_now};
use std::path::Path;

/// What to do about registers that are not what they were.
const UPDATE: &str = "`rewash index update` takes the changes in";

impl StoredSource {
    /// What is remembered of the file alone, as of one that was left out.
    fn file(&self) -> StoredCopy {
        let (path, sha256) = (self.path.clone(), self.sha256.clone());
        StoredCopy { path, data_set: self.data_set, bytes: self.bytes, changed: self.changed, sha256 }
    }
}

impl StoredCopy {
    /// Whether the file is there and is not what it was.
    fn has_changed(&self, read: bool) -> Result<bool> {
        let path = Path::new(&self.path);
        match state_of(path) {
            None => Ok(false),
            Some((bytes, _)) if bytes != self.bytes => Ok(true),
            Some((_, changed)) if changed == self.changed && !read => Ok(false),
            // Touched or copied: the content decides.
            Some(_) => Ok(ingest::digest(&Input::Path(path.to_owned()))? != self.sha256),
        }
    }
}

impl Catalogue {
    /// Files that were read, and those that were left out.
    fn known(&self) -> Vec<StoredCopy> {
        self.sources.iter().map(StoredSource::file).chain(self.copies.iter().cloned()).collect()
    }

    /// Files that the words name now and that the index knows nothing of. One with the bytes of a file that it knows, of the
    /// same data set, was renamed or copied, and adds nothing.
    ///
    /// Such a file is read wholly each time, until an update has taken its new name in: the length and the time of change that
    /// tell whether a file is what it was do not tell which file one of another name is. Parts of a register that were
    /// unpacked or copied together have one time, and often one length.
    fn unknown(&self) -> Result<Vec<Input>> {
        let known = self.known();
        let mut out = Vec::new();
        for word in self.words.iter().filter(|word| !word.pattern.is_empty()) {
            // Where nothing is named any more nothing has come; in a folder that cannot be looked into something may have.
            for input in named_now(&word.pattern)? {
                let Input::Path(path) = &input else { continue };
                let place = place_of(&input);
                let of_set = || known.iter().filter(|one| one.data_set == word.data_set);
                if of_set().any(|one| one.path == place) {
                    continue;
                }
                let bytes = state_of(path).map(|(bytes, _)| bytes);
                let alike: Vec<_> = of_set().filter(|one| Some(one.bytes) == bytes).collect();
                if !alike.is_empty() {
                    let sha256 = ingest::digest(&input)?;
                    if alike.iter().any(|one| one.sha256 == sha256) {
                        continue;
                    }
                }
                out.push(input);
            }
        }
        Ok(out)
    }
}

impl StoredIndex {
    /// Refuses an index whose registers have changed since, or to whose registers files have come; with `read`, each file is
    /// read and its SHA-256 compared. One that is no longer where it was is not missed: their number is returned.
    ///
    /// # Errors
    /// When one has changed or come, or cannot be read.
    pub fn check_sources(&self, read: bool) -> Result<usize> {
        let catalogue = self.catalogue();
        let folder = self.folder().display();
        let name = |path: &str| Path::new(path).file_name().map_or_else(String::new, |name| name.display().to_string());
        for known in catalogue.known() {
            if known.has_changed(read)? {
                let what = format!("has changed since the index of {folder} was built");
                return Err(Error::input(what).at(name(&known.path)).hint(UPDATE));
            }
        }
        if let [first, others @ ..] = catalogue.unknown()?.as_slice() {
            let others = if others.is_empty() { String::new() } else { format!(", nor were {} others", others.len()) };
            let what =
                format!("is one of the files named when the index of {folder} was built, and was not there then");
            return Err(Error::input(format!("{what}{others}")).at(first.name()).hint(UPDATE));
        }
        // A pipe is nowhere.
        let missing = |source: &&StoredSource| !source.path.is_empty() && !Path::new(&source.path).exists();
        Ok(catalogue.sources.iter().filter(missing).count())
    }
}
