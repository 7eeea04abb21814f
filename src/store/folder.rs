//! Outputs that appear whole or not at all.
//!
//! In: a target path. Out: files in a hidden temporary sibling, renamed onto the target by `commit`; `file.rs` does the same of
//! one file, and `outputs.rs` of several of both. Invariant: until `commit` returns, nothing is at the target; folders are 0700 and files 0600; no
//! symbolic link is followed.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::store::file::{There, same_bytes};
use crate::store::stale::{remove_stale, unused_sibling};
use crate::store::unfinished::{given_up, hold, renamed};

/// A folder of outputs; removed unless [`OutputFolder::commit`] is called.
#[derive(Debug)]
pub struct OutputFolder {
    target: PathBuf,
    temporary: PathBuf,
    there: There,
    committed: bool,
}

impl OutputFolder {
    /// Starts a folder that will be at `target`.
    ///
    /// # Errors
    /// When something is at `target` that is not an empty folder, or the folder above is missing or not writable.
    pub fn create(target: &Path) -> Result<Self> {
        let (parent, name) = split(target)?;
        refuse_unless_free(target, true)?;
        Self::start(target, &parent, &name, There::Nothing)
    }

    /// Starts a folder that will be at `target`, where nothing may be but an empty folder or one of the very same files.
    ///
    /// # Errors
    /// When a file or a link is at `target`, or the folder above is missing or not writable.
    pub fn create_or_same(target: &Path) -> Result<Self> {
        let (parent, name) = split(target)?;
        match fs::symlink_metadata(target) {
            Ok(about) if !about.is_dir() => Err(taken(target)),
            _ => Self::start(target, &parent, &name, There::Same),
        }
    }

    fn start(target: &Path, parent: &Path, name: &str, there: There) -> Result<Self> {
        remove_stale(parent, name);
        let mut held = hold();
        let temporary = unused_sibling(parent, name, |path| DirBuilder::new().mode(0o700).create(path))
            .map_err(|error| Error::write(&error).at(target.display()))?
            .0;
        held.add(&temporary);
        Ok(Self { target: target.to_path_buf(), temporary, there, committed: false })
    }

    /// Makes a new file in the folder.
    ///
    /// # Errors
    /// When `name` is not a plain file name, is there already, or the disk refuses.
    pub fn file(&self, name: &str) -> Result<File> {
        if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
            return Err(Error::internal("an output file needs a plain name").at(name));
        }
        new_file(&self.temporary.join(name)).map_err(|error| Error::write(&error).at(name))
    }

    /// Where the folder will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the folder is until it is committed.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Puts the folder at its target: every file and folder is synced, then one rename, then the folder above synced.
    ///
    /// # Errors
    /// When the disk refuses, or something has come to stand at the target meanwhile.
    pub fn commit(mut self) -> Result<()> {
        self.finish()?;
        self.publish()
    }

    /// Brings all files and folders to the disk, so that nothing but the folder's name is left to be done; and refuses what has
    /// come to stand at the target meanwhile.
    ///
    /// # Errors
    /// When the disk refuses, or something stands there.
    pub fn finish(&mut self) -> Result<()> {
        seal(&self.temporary).map_err(|error| self.failed(&error))?;
        match refuse_unless_free(&self.target, true) {
            Err(_) if self.there == There::Same => self.refuse_unless_same(),
            free => free,
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::write(error).at(self.target.display())
    }

    fn refuse_unless_same(&self) -> Result<()> {
        let is_folder = fs::symlink_metadata(&self.target).is_ok_and(|about| about.is_dir());
        let same = is_folder && same_files(&self.temporary, &self.target).map_err(|error| self.failed(&error))?;
        if same { Ok(()) } else { Err(taken(&self.target)) }
    }

    /// Gives a folder that is [finished](OutputFolder::finish) its name.
    pub(super) fn publish(&mut self) -> Result<()> {
        match renamed(&self.temporary, || fs::rename(&self.temporary, &self.target)) {
            Err(error) => match error.kind() {
                ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory | ErrorKind::AlreadyExists
                    if self.there == There::Same =>
                {
                    return self.refuse_unless_same();
                }
                ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                    return Err(taken(&self.target));
                }
                _ => return Err(self.failed(&error)),
            },
            Ok(()) => self.committed = true,
        }
        // One who was killed may have been about to end when this run began.
        remove_leftovers(&self.target);
        sync_parent(&self.target).map_err(|error| not_synced(&error, &self.target))
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        if !self.committed {
            given_up(&self.temporary, |path| fs::remove_dir_all(path));
        }
    }
}

/// Whether two folders hold files of the same names and bytes, and nothing else.
fn same_files(one: &Path, other: &Path) -> io::Result<bool> {
    let names = |folder: &Path| -> io::Result<Vec<OsString>> {
        let mut names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
        names.sort_unstable();
        Ok(names)
    };
    let (ours, theirs) = (names(one)?, names(other)?);
    let mut same = ours == theirs;
    for name in &ours {
        let theirs = other.join(name);
        same = same && fs::symlink_metadata(&theirs)?.is_file() && same_bytes(&one.join(name), &theirs)?;
    }
    Ok(same)
}

/// Makes an empty file that only its owner may read.
///
/// # Errors
/// When something is there, or the disk refuses.
pub fn new_private_file(path: &Path) -> Result<()> {
    create_private_file(path).map(drop)
}

/// As [`new_private_file`], open for writing.
///
/// # Errors
/// When something is there, or the disk refuses.
pub fn create_private_file(path: &Path) -> Result<File> {
    new_file(path).map_err(|error| Error::write(&error).at(path.display()))
}

/// Makes a folder that only its owner may look into.
///
/// # Errors
/// When something is there, or the folder above is missing or not writable.
pub fn make_private_folder(path: &Path) -> Result<()> {
    DirBuilder::new().mode(0o700).create(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(path),
        _ => Error::write(&error).at(path.display()),
    })
}

/// Most bytes of a file that is read as one text: a model, an agreement, a manifest, keys.
pub const TEXT_BYTES_MAX: u64 = 64 << 20;

/// The text of a small file of this program's own.
///
/// # Errors
/// When it is not there, not text, or longer than [`TEXT_BYTES_MAX`].
pub fn read_text(path: &Path) -> Result<String> {
    let bytes = read_at_most(path, TEXT_BYTES_MAX).map_err(|error| error.at(path.display()))?;
    text_of(bytes).map_err(|error| error.at(path.display()))
}

/// Bytes as text.
///
/// # Errors
/// When they are not UTF-8.
pub fn text_of(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::input("is not text (UTF-8)").hint("check that it is the file meant"))
}

/// All bytes of a file or a pipe, which may be at most `most`: a device, or a file of another kind, would fill the memory.
///
/// # Errors
/// When it cannot be read, or is longer; without its name.
pub fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>> {
    all_of(File::open(path).map_err(|error| unread(&error, path))?, most)
}

/// All that a reader gives, which may be at most `most` bytes.
///
/// # Errors
/// When it fails, or gives more.
pub fn all_of(reader: impl Read, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes).map_err(|error| Error::read(&error))?;
    if bytes.len() as u64 > most {
        return Err(Error::limit(format!("is longer than the {} MiB that such a file may have", most >> 20))
            .hint("check that it is the file meant"));
    }
    Ok(bytes)
}

/// An error of the operating system while reading a file: of one that is not there, what it may have been meant to be.
pub fn unread(error: &io::Error, path: &Path) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::input("no such file").hint(near_hint(path)),
        _ => Error::read(error),
    }
}

/// What a path that is not there may have been meant to be: the likest name beside it, or in the folder that there is.
pub fn near(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let Some(entries) = fs::read_dir(parent.unwrap_or_else(|| Path::new("."))).ok() else {
        // The folder is not there either: what it may have been meant to be, with the same file in it.
        let other = near(parent?)?.join(name);
        return other.exists().then_some(other);
    };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|other| !other.starts_with('.'));
    names.sort();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = crate::model::linkage::nearest(name, &known)?;
    Some(parent.map_or_else(|| PathBuf::from(found), |parent| parent.join(found)))
}

/// The hint for a path that is not there.
pub fn near_hint(path: &Path) -> String {
    near(path).map_or_else(
        || "check the path, or give a glob in quotes".to_owned(),
        |near| format!("did you mean `{}`?", near.display()),
    )
}

/// Removes a folder with all that is in it, and syncs the folder above.
///
/// # Errors
/// When the disk refuses.
pub fn remove_folder(path: &Path) -> Result<()> {
    fs::remove_dir_all(path).and_then(|()| sync_parent(path)).map_err(|error| Error::write(&error).at(path.display()))
}

/// Removes a file, and syncs the folder above.
///
/// # Errors
/// When the disk refuses.
pub fn remove_file(path: &Path) -> Result<()> {
    fs::remove_file(path).and_then(|()| sync_parent(path)).map_err(|error| Error::write(&error).at(path.display()))
}

/// Removes these files, then the folder that they were in if nothing else is there, and syncs the folder above.
///
/// # Errors
/// When the disk refuses.
pub fn remove_parts(folder: &Path, files: impl Iterator<Item = PathBuf>) -> Result<()> {
    let failed = |error: io::Error, path: &Path| Error::write(&error).at(path.display());
    for file in files {
        fs::remove_file(&file).map_err(|error| failed(error, &file))?;
    }
    fs::remove_dir(folder).and_then(|()| sync_parent(folder)).map_err(|error| failed(error, folder))
}

/// Removes temporary siblings of a target whose process is gone.
pub fn remove_leftovers(target: &Path) {
    if let Ok((parent, name)) = split(target) {
        remove_stale(&parent, &name);
    }
}

/// True if users other than the owner may read the file; false when it cannot be asked.
pub fn readable_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| about.mode() & 0o044 != 0)
}

/// The folder in which a path is.
fn above(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// The folder in which a path is, where users other than its owner may write to it, and so put another file in the path's
/// place; nothing when it cannot be asked.
///
/// Of a folder such as `/tmp` (sticky) each may take away what is theirs alone. A group that has the number of the owner
/// is the owner's own.
pub fn writable_by_others(path: &Path) -> Option<&Path> {
    const STICKY: u32 = 0o1000;
    let folder = above(path);
    let about = fs::metadata(folder).ok()?;
    let theirs = if about.gid() == about.uid() { 0o002 } else { 0o022 };
    (about.mode() & theirs != 0 && about.mode() & STICKY == 0).then_some(folder)
}

/// The folder above and the name of a target.
pub(super) fn split(target: &Path) -> Result<(PathBuf, String)> {
    let name = target.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        Error::output("is not a name that an output can have").at(target.display()).hint("give a path such as `out`")
    })?;
    let parent = above(target).to_path_buf();
    if !parent.is_dir() {
        return Err(Error::output("the folder that it should be in does not exist")
            .at(target.display())
            .hint(format!("make it first: mkdir -p {}", parent.display())));
    }
    Ok((parent, name.to_owned()))
}

pub(super) fn taken(target: &Path) -> Error {
    Error::output("exists already")
        .at(target.display())
        .hint("nothing is overwritten: choose another name, or remove it first")
}

pub(super) fn refuse_unless_free(target: &Path, empty_folder_is_free: bool) -> Result<()> {
    let Ok(about) = fs::symlink_metadata(target) else {
        return Ok(());
    };
    let is_empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    if empty_folder_is_free && about.is_dir() && is_empty() {
        return Ok(());
    }
    Err(taken(target))
}

/// A new file; none while what is unfinished is taken away.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    let _held = hold();
    make_file(path)
}

/// The same for whoever holds the lock. `create_new` neither follows a link nor opens what is there.
pub(super) fn make_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Syncs a folder and all in it, and takes from others the right to read what a library made by path.
fn seal(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o700))?;
            seal(&entry.path())?;
        } else {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o600))?;
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

/// An output that is in its place, while its folder may not be on the disk.
pub(super) fn not_synced(error: &io::Error, target: &Path) -> Error {
    Error::output(format!("is written and whole, but the folder that it is in could not be synced: {error}"))
        .at(target.display())
        .hint("look whether the disk is sound, and that the output is still there after a power cut")
}

pub(super) fn sync_parent(target: &Path) -> io::Result<()> {
    File::open(above(target))?.sync_all()
}
