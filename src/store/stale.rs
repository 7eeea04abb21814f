//! Temporary siblings of outputs: how they are called, and which of them nobody is at work on any more.
//!
//! In: the folder and the name of a target. Out: `.NAME.tmp-PID.BEGAN`, with the number of the process and the tick at which it
//! began. Invariant: the sibling of a process that lives, and that this one can see, is never removed; one whose process is
//! gone is, be its number that of a zombie or of another process by now. Siblings of older versions, which do not say when
//! their process began, go with their number.
//!
//! What cannot be seen is taken to be gone: the processes of other containers (PID namespaces), and those of other machines
//! that have the same disk. Of two that make one output at once, the second takes away what the first is at work on, which then
//! ends with an error when it gives that its name; it never puts half an output in place. One command at a time for each output,
//! where several containers or machines share a folder.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Most temporary siblings of one name that one process tries.
const SIBLINGS_MAX: u32 = 100;
/// Between the name of a target and the process that is at work on it.
const MARK: &str = ".tmp-";

/// Makes `.NAME.tmp-PID.BEGAN`, or the same with a number when this process has one in use. The caller holds the lock of such names.
pub(super) fn unused_sibling<T>(
    parent: &Path,
    name: &str,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    let process = own_mark();
    let mut last = io::Error::from(ErrorKind::AlreadyExists);
    for number in 0..SIBLINGS_MAX {
        let number = if number == 0 { String::new() } else { format!("-{number}") };
        let path = parent.join(format!(".{name}{MARK}{process}{number}"));
        match make(&path) {
            Ok(made) => return Ok((path, made)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Whether a file is called as a temporary sibling of a target with this name, or with one that begins so.
pub(super) fn is_sibling(file: &str, name: &str) -> bool {
    file.strip_prefix('.').is_some_and(|file| file.starts_with(name) && file.contains(MARK))
}

/// Removes temporary siblings whose process is gone. What cannot be removed stays: it is in nobody's way.
pub(super) fn remove_stale(parent: &Path, name: &str) {
    let prefix = format!(".{name}{MARK}");
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let found = entry.file_name();
        let Some(mark) = found.to_str().and_then(|found| found.strip_prefix(&prefix)) else {
            continue;
        };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && is_gone(mark) => drop(fs::remove_dir_all(entry.path())),
            Ok(kind) if kind.is_file() && is_gone(mark) => drop(fs::remove_file(entry.path())),
            _ => {}
        }
    }
}

/// The mark of this process.
fn own_mark() -> &'static str {
    static OWN: OnceLock<String> = OnceLock::new();
    OWN.get_or_init(|| {
        let pid = std::process::id();
        match process(pid) {
            Process::Lives { began } => format!("{pid}.{began}"),
            Process::Gone | Process::Unknown => pid.to_string(),
        }
    })
}

/// Whether the process that a mark names is gone.
fn is_gone(mark: &str) -> bool {
    let of_process = mark.split('-').next().unwrap_or_default();
    let (pid, began) = of_process.split_once('.').map_or((of_process, None), |(pid, began)| (pid, Some(began)));
    let (Ok(pid), Ok(began)) = (pid.parse(), began.map(str::parse::<u64>).transpose()) else { return false };
    match process(pid) {
        Process::Gone => true,
        // A number is given again; the same number at the same tick of one run of the machine is not.
        Process::Lives { began: now } => began.is_some_and(|began| began != now),
        Process::Unknown => false,
    }
}

/// What the system says of a number of a process.
enum Process {
    /// When it began, in ticks since the machine did.
    Lives {
        began: u64,
    },
    Gone,
    /// The system does not say: every process is taken to live.
    Unknown,
}

fn process(pid: u32) -> Process {
    let text = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(text) => text,
        Err(_) if Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{pid}")).exists() => {
            return Process::Gone;
        }
        Err(_) => return Process::Unknown,
    };
    // The name of the program comes second, in brackets, and may hold anything; then the state, and as the 22nd the start.
    let mut fields = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let state = fields.next();
    match (state, fields.nth(18).map(str::parse)) {
        // A zombie does nothing any more: only its parent has not asked how it ended.
        (Some("Z" | "X" | "x"), _) => Process::Gone,
        (Some(_), Some(Ok(began))) => Process::Lives { began },
        _ => Process::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(pid: u32) -> String {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        text.rsplit_once(')').unwrap().1.split_whitespace().next().unwrap().to_owned()
    }

    #[test]
    fn what_a_zombie_or_an_earlier_holder_of_a_number_left_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let zombie = child.id();
        while state(zombie) != "Z" {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let own = std::process::id();
        let left = |mark: &str| home.path().join(format!(".out{MARK}{mark}"));
        let gone =
            [format!("{zombie}"), format!("{zombie}-1"), format!("{zombie}.7"), format!("{own}.1"), "1.1-3".into()];
        let kept = [format!("{own}"), own_mark().to_owned(), format!("{}-2", own_mark()), "1".into(), "note".into()];
        for mark in gone.iter().chain(&kept) {
            fs::create_dir(left(mark)).unwrap();
            fs::write(left(mark).join("x"), b"x").unwrap();
        }
        assert!(own_mark().contains('.'));
        remove_stale(home.path(), "out");
        gone.iter().for_each(|mark| assert!(!left(mark).exists(), "{mark}"));
        kept.iter().for_each(|mark| assert!(left(mark).exists(), "{mark}"));
        child.wait().unwrap();
    }
}
