//! Taking files away: overwritten once, unlinked, the folder above synced.
//!
//! In: paths. Out: what was there, by name and digest, then nothing. Invariant: no link is followed; what is done can be
//! done again, so that a stopped erasure is finished by repeating it. What overwriting does not reach (wear levelling,
//! journals, snapshots, backups) is for the certificate to say.

use crate::error::{Error, Result};
use crate::store::folder::sync_parent;
use crate::util::hash::hex;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Bytes read or written at a time.
const BLOCK: usize = 1 << 20;

/// A file that is to go, and how it is known again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doomed {
    /// Where it is.
    pub path: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of what it holds; empty for a link, which is not followed.
    pub sha256: String,
    /// Device and inode: another file that has come to stand at the path is left.
    pub identity: (u64, u64),
    /// Other names of the same file: what it holds goes, those names stay.
    pub other_names: u64,
}

/// Looks at a file that is to go.
///
/// # Errors
/// When there is none, or it is a folder, or cannot be read.
pub fn doom(path: &Path) -> Result<Doomed> {
    let failed = |error: io::Error| Error::read(&error).at(path.display());
    let path = std::path::absolute(path).map_err(failed)?;
    let about = fs::symlink_metadata(&path).map_err(failed)?;
    if about.is_dir() {
        return Err(Error::input("is a folder").at(path.display()).hint("name its files"));
    }
    let identity = (about.dev(), about.ino());
    let other_names = about.nlink().saturating_sub(1);
    if !about.is_file() {
        return Ok(Doomed { path, bytes: 0, sha256: String::new(), identity, other_names: 0 });
    }
    let mut file = File::open(&path).map_err(failed)?;
    let (mut digest, mut block, mut bytes) = (Sha256::new(), vec![0; BLOCK], 0);
    loop {
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => {
                digest.update(&block[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let sha256 = hex(&digest.finalize());
    Ok(Doomed { path, bytes, sha256, identity, other_names })
}

/// Looks at all files of a folder and those below, in order of their paths.
///
/// # Errors
/// When the folder cannot be read.
pub fn doom_folder(folder: &Path) -> Result<Vec<Doomed>> {
    let mut out = Vec::new();
    for path in below(folder)? {
        out.push(doom(&path)?);
    }
    Ok(out)
}

/// All that is no folder in a folder and those below, in order.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: io::Error| Error::read(&error).at(folder.display());
    let mut entries: Vec<_> = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut out = Vec::new();
    for entry in entries {
        if entry.file_type().map_err(failed)?.is_dir() {
            out.extend(below(&entry.path())?);
        } else {
            out.push(entry.path());
        }
    }
    Ok(out)
}

/// Erases a file, unless it is gone, or another has come to stand in its place.
///
/// # Errors
/// When the disk refuses.
pub fn erase(doomed: &Doomed) -> Result<()> {
    let Ok(about) = fs::symlink_metadata(&doomed.path) else { return Ok(()) };
    if (about.dev(), about.ino()) != doomed.identity {
        return Ok(());
    }
    erase_path(&doomed.path)
}

fn erase_path(path: &Path) -> Result<()> {
    let failed = |error: io::Error| Error::write(&error).at(path.display());
    let about = fs::symlink_metadata(path).map_err(failed)?;
    if about.is_file() {
        overwrite(path, about.len()).map_err(failed)?;
    }
    fs::remove_file(path).map_err(failed)
}

/// Zeros over all that a file holds, synced: the blocks that it has, where the disk writes in place.
fn overwrite(path: &Path, length: u64) -> io::Result<()> {
    let nofollow = OFlags::NOFOLLOW.bits() as i32;
    let open = || OpenOptions::new().write(true).custom_flags(nofollow).open(path);
    let mut file = match open() {
        // A file that was made read-only is the owner's to write to again.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            open()?
        }
        opened => opened?,
    };
    let zeros = vec![0_u8; BLOCK];
    let mut left = length;
    while left > 0 {
        let now = left.min(BLOCK as u64) as usize;
        file.write_all(&zeros[..now])?;
        left -= now as u64;
    }
    file.sync_all()
}

/// Erases all files of a folder, `last` after all others, and the folder itself.
///
/// `last` is what tells the folder from another of its name; it is unlinked as it stands.
///
/// # Errors
/// When the disk refuses.
pub fn erase_folder(folder: &Path, last: &str) -> Result<()> {
    let last = folder.join(last);
    for path in below(folder)? {
        if path != last {
            erase_path(&path)?;
        }
    }
    let failed = |error: io::Error| Error::write(&error).at(folder.display());
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    if last.symlink_metadata().is_ok() {
        fs::remove_file(&last).map_err(failed)?;
    }
    fs::remove_dir_all(folder).and_then(|()| sync_parent(folder)).map_err(failed)
}

/// Removes a folder in which, and below which, there is no file.
///
/// # Errors
/// When the disk refuses.
pub fn remove_if_no_file(folder: &Path) -> Result<()> {
    if !below(folder)?.is_empty() {
        return Ok(());
    }
    let failed = |error: io::Error| Error::write(&error).at(folder.display());
    fs::remove_dir_all(folder).and_then(|()| sync_parent(folder)).map_err(failed)
}

/// Syncs the folders above files that were erased.
///
/// # Errors
/// When the disk refuses.
pub fn sync_above(path: &Path) -> Result<()> {
    sync_parent(path).map_err(|error| Error::write(&error).at(path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_overwritten_then_gone() {
        let home = tempfile::tempdir().expect("folder");
        let (path, other) = (home.path().join("a"), home.path().join("b"));
        fs::write(&path, b"Mekonnen").expect("written");
        // A second name shows what became of the bytes.
        fs::hard_link(&path, &other).expect("link");
        let doomed = doom(&path).expect("looked at");
        assert_eq!((doomed.bytes, doomed.other_names), (8, 1));
        erase(&doomed).expect("erased");
        assert!(!path.exists());
        assert_eq!(fs::read(&other).expect("read"), [0; 8]);
        erase(&doomed).expect("again");
    }

    #[test]
    fn another_file_in_its_place_is_left() {
        let home = tempfile::tempdir().expect("folder");
        let (path, new) = (home.path().join("a"), home.path().join("new"));
        fs::write(&path, b"old").expect("written");
        fs::write(&new, b"new").expect("written");
        let doomed = doom(&path).expect("looked at");
        fs::rename(&new, &path).expect("moved");
        erase(&doomed).expect("left");
        assert_eq!(fs::read(&path).expect("read"), b"new");
    }

    #[test]
    fn a_folder_goes_with_all_below_and_no_link_is_followed() {
        let home = tempfile::tempdir().expect("folder");
        let (folder, outside) = (home.path().join("run"), home.path().join("outside"));
        fs::create_dir_all(folder.join("deep")).expect("made");
        fs::write(folder.join("deep/x"), b"x").expect("written");
        fs::write(folder.join("manifest.json"), b"{}").expect("written");
        fs::write(&outside, b"stays").expect("written");
        std::os::unix::fs::symlink(&outside, folder.join("link")).expect("link");
        assert_eq!(doom_folder(&folder).expect("looked at").len(), 3);
        erase_folder(&folder, "manifest.json").expect("erased");
        assert!(!folder.exists());
        assert_eq!(fs::read(&outside).expect("read"), b"stays");
    }
}
