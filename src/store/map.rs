//! Files as memory: the one place that maps a file.
//!
//! In: a path, or a pipe. Out: an arrow [`Buffer`], which is shared by reference counting and serves as `&[u8]`.
//! Invariant: nothing is copied, and an empty file is an empty buffer. A file that is cut while it is mapped ends the run
//! with a sentence ([`answer_cut_files`]); one that has otherwise changed is told by its [`FileState`].

#![expect(unsafe_code, reason = "the only maps of files and calls of the C library; each block says why it is sound")]

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::buffer::Buffer;
use memmap2::{Mmap, MmapOptions};

use crate::error::{Error, ErrorKind, Result};
use crate::store::unfinished::hold;

/// What tells one state of a file from a later one: device, inode, length, and when it was last written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState([i128; 5]);

impl FileState {
    /// The state of a file that is open.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn of(file: &File) -> Result<Self> {
        file.metadata().map(|about| Self::new(&about)).map_err(|error| Error::read(&error))
    }

    /// The state of the file that has this name now.
    ///
    /// # Errors
    /// When there is none, or the system does not tell.
    pub fn at(path: &Path) -> Result<Self> {
        std::fs::metadata(path).map(|about| Self::new(&about)).map_err(|error| Error::read(&error))
    }

    fn new(about: &std::fs::Metadata) -> Self {
        let [device, inode, length] = [about.dev(), about.ino(), about.len()].map(i128::from);
        Self([device, inode, length, about.mtime().into(), about.mtime_nsec().into()])
    }
}

/// An input that is not what it was when it was opened.
pub fn changed_while_read() -> Error {
    Error::input("has changed while it was read").hint("run again when nobody writes to it")
}

/// What is said when a mapped file is cut: as text and as JSON, written here since nothing may be composed in a handler.
const CUT: [&str; 2] = [
    "error: an input was cut short by another process, or its disk failed, while it was read\n\
     hint: nothing was written; run again when nobody writes to it\n\
     code: E31, explained by `rewash help E31`\n",
    "{\"event\":\"error\",\"message\":\"an input was cut short by another process, or its disk failed, while it was read\",\"place\":null,\
     \"hint\":\"nothing was written; run again when nobody writes to it\",\"code\":\"E31\",\"exit_status\":3}\n",
];

/// Ends the program as for any other input that cannot be read when another process cuts a file that is mapped, or the disk
/// does not give a page of it, where the system would kill it (SIGBUS). What was being written is left as by a kill: the
/// next run removes it.
pub fn answer_cut_files(as_json: bool) {
    let handler: extern "C" fn(libc::c_int) = if as_json { end_with_json } else { end_with_text };
    // SAFETY: the handler calls nothing but `write` and `_exit`, which may be called in any state of the process.
    unsafe { libc::signal(libc::SIGBUS, handler as *const () as libc::sighandler_t) };
}

extern "C" fn end_with_text(_signal: libc::c_int) {
    end_with(CUT[0]);
}

extern "C" fn end_with_json(_signal: libc::c_int) {
    end_with(CUT[1]);
}

fn end_with(words: &'static str) -> ! {
    // SAFETY: `words` is in the program itself and so in place; both calls may be made in a handler of a signal.
    unsafe {
        libc::write(libc::STDERR_FILENO, words.as_ptr().cast(), words.len());
        libc::_exit(ErrorKind::Input.exit_status().into())
    }
}

/// Maps a file for reading; an empty file gives an empty buffer.
///
/// # Errors
/// When the file is missing, unreadable, or not a regular file.
pub fn map_file(path: &Path) -> Result<Buffer> {
    let name = file_name(path);
    let file = File::open(path).map_err(|error| Error::read(&error).at(&name))?;
    let about = file.metadata().map_err(|error| Error::read(&error).at(&name))?;
    if !about.is_file() {
        return Err(Error::input("is not a regular file").at(&name).hint("name a file, or `-` for standard input"));
    }
    map(&file, about.len()).map_err(|error| Error::read(&error).at(&name))
}

/// Whether a path is a pipe (or a terminal), whose bytes can be read once.
pub fn is_pipe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|about| about.file_type().is_fifo() || about.file_type().is_char_device())
}

/// Refuses what has no end and is no pipe (`/dev/zero`, `/dev/random`), before it fills the disk. A terminal is a pipe.
///
/// # Errors
/// When the file is such a device.
pub fn refuse_device(file: &File) -> Result<()> {
    let is_device = file.metadata().is_ok_and(|about| about.file_type().is_char_device());
    if is_device && !file.is_terminal() {
        return Err(Error::input("is a device, not a file").hint("name a file, or `-` for standard input"));
    }
    Ok(())
}

/// Copies a pipe into a nameless temporary file and maps that, so that a pipe can be read twice.
///
/// The file is removed from its folder before the first byte is written: no other process can open it by name, and
/// nothing stays behind when this one dies.
///
/// # Errors
/// When the pipe cannot be read, brings more than `most` bytes, or the disk is full.
pub fn spool(pipe: &mut dyn Read, most: u64) -> Result<Buffer> {
    let mut file = nameless_file().map_err(|error| Error::write(&error).at("temporary file"))?;
    let length = copy(pipe, &mut file, most)?;
    map(&file, length).map_err(|error| Error::read(&error).at("temporary file"))
}

/// Copies everything; tells a failure to read (the pipe) from a failure to write (the disk).
fn copy(pipe: &mut dyn Read, file: &mut File, most: u64) -> Result<u64> {
    let mut block = vec![0_u8; 1 << 20];
    let mut length = 0_u64;
    loop {
        let read = match pipe.read(&mut block) {
            Ok(0) => return Ok(length),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::read(&error).at("standard input")),
        };
        length += read as u64;
        if length > most {
            return Err(Error::limit(format!("brings more than {} MiB", most >> 20))
                .at("standard input")
                .hint("give the table as a file, which is not copied, or allow more with --limit pipe-bytes=SIZE"));
        }
        let part = block.get(..read).unwrap_or_default();
        io::Write::write_all(file, part).map_err(|error| {
            Error::write(&error).at("temporary file").hint("free some disk space, or set TMPDIR to a larger disk")
        })?;
    }
}

/// Renames a file where nothing has its new name, else fails with `EEXIST`; not every disk can.
///
/// By the C library, as every other call that changes the disk: a test that lets these fail one by one sees this one too.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let text = |path: &Path| std::ffi::CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from);
    let (from, to) = (text(from)?, text(to)?);
    // SAFETY: both paths end with a zero and live until the call is over; it keeps neither.
    let done = unsafe {
        let (here, flags) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
        libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), flags)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A file that is in memory alone, and the path under which this process can open it again while `File` lives.
///
/// # Errors
/// When the system has no such files, or no memory.
pub fn memory_file(bytes: &[u8]) -> Result<(File, std::path::PathBuf)> {
    use std::os::fd::AsRawFd;
    let failed = |error: io::Error| Error::write(&error).at("a file in memory");
    let made = rustix::fs::memfd_create("rewash", rustix::fs::MemfdFlags::CLOEXEC).map_err(io::Error::from);
    let mut file = File::from(made.map_err(failed)?);
    io::Write::write_all(&mut file, bytes).map_err(failed)?;
    let path = Path::new("/proc/self/fd").join(file.as_raw_fd().to_string());
    Ok((file, path))
}

/// A temporary file that has no name any more.
fn nameless_file() -> io::Result<File> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!(".rewash-spool-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    // A run that is asked to stop does so before the file has a name, or after.
    let _held = hold();
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// The whole of `file` as a buffer that keeps the map alive.
fn map(file: &File, length: u64) -> io::Result<Buffer> {
    if length == 0 {
        return Ok(Buffer::from_vec(Vec::<u8>::new()));
    }
    // SAFETY: the map is read-only, and nothing in this process writes to the file. What cannot be ruled out is another
    // process that does while we read. One that shortens it ends the run (`answer_cut_files`), which loses the run and
    // nothing else, since outputs are renamed into place only when they are complete; one that changes it is found by
    // whoever reads (`FileState`), and the run is refused. Text is checked to be UTF-8 by whoever makes strings of
    // these bytes; one that changes text between that check and the end of the run could make strings of what is no
    // text, for which no map can help: inputs and folders that others may write to are told, or refused, beforehand.
    let map: Mmap = unsafe { MmapOptions::new().map(file)? };
    let start = NonNull::from(&map[..]).cast::<u8>();
    let length = map.len();
    // SAFETY: `start` and `length` describe the map, which `Arc` keeps in place until the last buffer is dropped.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, Arc::new(map)) })
}

/// The last part of a path, for messages.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
