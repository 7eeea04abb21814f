//! What is on the disk under a temporary name, for a run that is asked to stop.
//!
//! In: paths, as they are made and given up. Out: none of them is left. Invariant: such names are made, renamed and removed under
//! one lock. Whoever takes them away keeps it for good, so that meanwhile no thread makes one more or puts one in its place.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

static NAMES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// Whether the run has been asked to stop.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// Endings of the files that SQLite keeps beside one that it works on.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// How often it is tried to remove a folder.
const TRIES: u32 = 20;

/// The lock. Its parts are dropped in their order.
pub(super) struct Held(MutexGuard<'static, Vec<PathBuf>>, Afterwards);

/// Of a run that was asked to stop, the thread that gives the lock up does nothing more: else one that has just put its last output
/// in place would be at its end first, now and then.
struct Afterwards;

impl Drop for Afterwards {
    fn drop(&mut self) {
        while STOPPING.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

/// Takes the lock, which is held for a moment and never while something else is waited for.
pub(super) fn hold() -> Held {
    Held(NAMES.lock().unwrap_or_else(PoisonError::into_inner), Afterwards)
}

/// Gives what is unfinished its own name.
///
/// # Errors
/// When the disk refuses: then it is still unfinished.
pub(super) fn renamed(path: &Path, rename: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let mut held = hold();
    rename()?;
    held.forget(path);
    Ok(())
}

/// Takes away what is not to be finished. Nobody is left to hear of a failure here; the next run removes what stays.
pub(super) fn given_up(path: &Path, remove: impl FnOnce(&Path) -> io::Result<()>) {
    let mut held = hold();
    let _ = remove(path);
    held.forget(path);
}

impl Held {
    /// A file or folder has just been made.
    pub(super) fn add(&mut self, path: &Path) {
        self.0.push(path.to_path_buf());
    }

    /// It has its own name, or is gone.
    pub(super) fn forget(&mut self, path: &Path) {
        self.0.retain(|known| known != path);
    }

    fn remove_all(&mut self) {
        for path in self.0.drain(..) {
            // A thread may yet put a second name of a file there; once the folder is gone it cannot. Nobody is left to hear of a
            // failure here: the next run removes what stays.
            let is_gone = || path.symlink_metadata().is_err();
            let remove = || if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            let _ = (0..TRIES).find(|_| remove().is_ok() || is_gone());
            for ending in BESIDE {
                let mut beside = OsString::from(&path);
                beside.push(ending);
                let _ = fs::remove_file(beside);
            }
        }
    }
}

/// Removes all outputs that are not in their place yet. From now on none can be made or put there: whoever tries waits until the
/// process has ended, which must be soon.
pub fn take_away_unfinished() {
    STOPPING.store(true, Ordering::SeqCst);
    let mut held = hold();
    held.remove_all();
    // For good: see above.
    std::mem::forget(held);
}

#[cfg(test)]
mod tests {
    use super::{BESIDE, hold};

    #[test]
    fn what_is_unfinished_goes_with_all_that_is_in_it_or_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        std::fs::create_dir_all(path("folder/inner")).unwrap();
        std::fs::write(path("folder/inner/a"), "a").unwrap();
        for name in ["file", "kept", "forgotten"] {
            std::fs::write(path(name), "a").unwrap();
        }
        for ending in BESIDE {
            std::fs::write(path(&format!("file{ending}")), "a").unwrap();
        }
        // Other tests have names of their own in the list: these stay.
        let mut held = hold();
        let others = std::mem::take(&mut *held.0);
        for name in ["folder", "file", "forgotten", "gone"] {
            held.add(&path(name));
        }
        held.forget(&path("forgotten"));
        held.remove_all();
        *held.0 = others;
        drop(held);
        let mut left: Vec<_> =
            std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["forgotten", "kept"]);
    }
}
