//! One process at a time: a lock that says who holds it.
//!
//! In: the path of a lock file. Out: a [`Lock`] that is held until it is dropped, or until the process ends in any way.
//! Invariant: the lock is the system's own on the open file, so that a killed process leaves none behind.

use crate::error::{Error, Result};
use rustix::fs::{FlockOperation, OFlags, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock that is held.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, waiting for at most `wait`; `holder` is what others are told.
    ///
    /// # Errors
    /// When another process holds the lock for longer (a limit, which names it), or the file cannot be made.
    pub fn acquire(path: &Path, holder: &str, wait: Duration) -> Result<Self> {
        let failed = |error: std::io::Error| Error::write(&error).at(path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            // What a link points to is another's file, and would be emptied.
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(path)
            .map_err(failed)?;
        let begun = Instant::now();
        while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            if begun.elapsed() >= wait {
                let mut words = String::new();
                let _ = file.read_to_string(&mut words);
                let words = if words.trim().is_empty() { "another process" } else { words.trim() };
                return Err(Error::limit(format!("is in use by {words}"))
                    .at(path.with_extension("").display())
                    .hint("wait until it has ended and run again"));
            }
            std::thread::sleep(PAUSE);
        }
        let words = format!("`{holder}`, process {}", std::process::id());
        file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).map_err(failed)?;
        file.write_all(words.as_bytes()).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Others see an empty file; the file stays, or two processes could hold locks on two files of one name.
        let _ = self.file.set_len(0);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}
