//! Which files an argument means, and their bytes.
//!
//! In: a path, a glob or `-`. Out: [`Input`]s and shared buffers. Invariant: standard input, or another pipe, is read once
//! in a process and kept in a nameless temporary file, so it can be opened as often as a file can.

use std::io::Read;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::util::hash::hex;
use arrow::buffer::Buffer;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::ingest::limits::Limits;
use crate::store;
use crate::store::{FileState, Identities};

/// Where a table comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

impl Input {
    /// The file name without folders, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    /// The path of a file, for readers that open it themselves.
    pub(super) fn path(&self) -> Result<&Path> {
        match self {
            Self::Path(path) if !store::is_pipe(path) => Ok(path),
            _ => Err(Error::input("is Parquet, which is not read from a pipe").hint("give the file by name")),
        }
    }

    /// All bytes as they are stored, mapped.
    pub(super) fn raw(&self) -> Result<Buffer> {
        static SPOOLED: Mutex<Vec<(Input, Buffer)>> = Mutex::new(Vec::new());
        if !self.is_pipe() {
            return self.path().and_then(store::map_file);
        }
        let mut spooled = SPOOLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = spooled.iter().find(|(input, _)| input == self) {
            return Ok(bytes.clone());
        }
        let bytes = match self {
            Self::Stdin => {
                let stdin = std::io::stdin();
                if let Ok(handle) = stdin.as_fd().try_clone_to_owned() {
                    store::refuse_device(&handle.into()).map_err(|error| error.at(self.name()))?;
                }
                store::spool(&mut stdin.lock(), Limits::default().pipe_bytes)?
            }
            Self::Path(path) => {
                let mut pipe = std::fs::File::open(path).map_err(|error| Error::read(&error).at(self.name()))?;
                store::refuse_device(&pipe).map_err(|error| error.at(self.name()))?;
                store::spool(&mut pipe, Limits::default().pipe_bytes)?
            }
        };
        spooled.push((self.clone(), bytes.clone()));
        Ok(bytes)
    }

    /// The state of a file, to tell later whether it has changed; none of a pipe, whose bytes are kept.
    pub(super) fn state(&self) -> Result<Option<FileState>> {
        match self {
            Self::Path(path) if !self.is_pipe() => {
                Ok(Some(FileState::at(path).map_err(|error| error.at(self.name()))?))
            }
            _ => Ok(None),
        }
    }

    /// Refuses a file that is not what it was: what was read of it may be of two files.
    pub(super) fn refuse_if_changed(&self, since: Option<FileState>) -> Result<()> {
        if since.is_some() && self.state()? != since {
            return Err(store::changed_while_read().at(self.name()));
        }
        Ok(())
    }

    /// Whether it gives its bytes once: standard input, a named pipe, or a shell's `<(command)`.
    pub fn is_pipe(&self) -> bool {
        match self {
            Self::Path(path) => store::is_pipe(path),
            Self::Stdin => true,
        }
    }
}

/// Secret keys for sealed inputs.
static KEYS: OnceLock<Identities> = OnceLock::new();

/// Gives the keys with which sealed inputs are opened, in memory, from now on; the first ones given stay.
pub fn unlock_with(keys: Identities) {
    let _ = KEYS.set(keys);
}

/// Bytes, opened where they are sealed. Both forms are in memory; [`store::SEALED_BYTES_MAX`] is the limit.
pub(super) fn opened(bytes: Buffer) -> Result<Buffer> {
    if !store::is_sealed(&bytes) {
        return Ok(bytes);
    }
    let keys = KEYS.get().ok_or_else(|| {
        Error::input("is sealed to a public key").hint("give the file of the secret key with --identity")
    })?;
    Ok(Buffer::from_vec(keys.open(&bytes)?))
}

/// The bytes of a small file of this program's own, opened where it is sealed.
///
/// # Errors
/// When it cannot be read, or is sealed to a key that was not given.
pub fn read_whole(path: &Path) -> Result<Buffer> {
    let place = |error: Error| error.at(path.display());
    let bytes = store::read_at_most(path, store::SEALED_BYTES_MAX).map_err(place)?;
    opened(Buffer::from_vec(bytes)).map_err(place)
}

/// All bytes of a file of this program's own that may be large: mapped, or opened where it is sealed; for `-`, all that
/// comes on standard input.
///
/// # Errors
/// When it cannot be read, or is sealed to a key that was not given.
pub(super) fn read_mapped(path: &Path) -> Result<Buffer> {
    let input = if path == Path::new("-") { Input::Stdin } else { Input::Path(path.to_path_buf()) };
    input.raw().and_then(opened).map_err(|error| error.at(input.name()))
}

/// The files that a path or glob means, sorted; `-` is standard input.
///
/// # Errors
/// When there is no such file, a glob matches none, the path is a folder, or a folder cannot be looked into.
pub fn expand(pattern: &str) -> Result<Vec<Input>> {
    let found = named_now(pattern)?;
    if !found.is_empty() {
        return Ok(found);
    }
    Err(if is_glob(pattern) {
        Error::input("no file matches").at(pattern).hint("check the folder and the ending")
    } else {
        Error::input("no such file").at(pattern).hint(store::near_hint(Path::new(pattern)))
    })
}

fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// As [`expand`], and none where there is none.
///
/// # Errors
/// When the path is a folder, or a folder cannot be looked into: there may be files in it.
pub fn named_now(pattern: &str) -> Result<Vec<Input>> {
    if pattern == "-" {
        return Ok(vec![Input::Stdin]);
    }
    let path = Path::new(pattern);
    match state_now(path)? {
        Some(about) if about.is_dir() => {
            return Err(Error::input("is a folder")
                .at(pattern)
                .hint(format!("name its files, for instance '{}/*.parquet'", pattern.trim_end_matches('/'))));
        }
        // A file may have brackets in its name: what exists is not a pattern.
        Some(_) => return Ok(vec![Input::Path(path.to_path_buf())]),
        None if !is_glob(pattern) => return Ok(Vec::new()),
        None => {
            state_now(&beginning(pattern))?;
        }
    }
    let matches =
        glob::glob(pattern).map_err(|error| Error::input(format!("is not a pattern: {}", error.msg)).at(pattern))?;
    let mut files = Vec::new();
    for found in matches {
        match found {
            Ok(file) if state_now(&file)?.is_some_and(|about| about.is_file()) => files.push(file),
            Err(error) if !is_nowhere(error.error()) => {
                return Err(Error::read(error.error()).at(error.path().display()));
            }
            _ => {}
        }
    }
    files.sort_unstable();
    Ok(files.into_iter().map(Input::Path).collect())
}

/// What the system says of a path now; nothing where it leads to nothing.
fn state_now(path: &Path) -> Result<Option<std::fs::Metadata>> {
    match std::fs::metadata(path) {
        Ok(about) => Ok(Some(about)),
        Err(error) if is_nowhere(&error) => Ok(None),
        Err(error) => Err(Error::read(&error).at(path.display())),
    }
}

/// Marks that [`glob::Pattern::escape`] makes of letters that would stand for many.
const ESCAPED: [(&str, &str); 4] = [("[[]", "["), ("[]]", "]"), ("[?]", "?"), ("[*]", "*")];

/// The folder to which a pattern leads before its first part that stands for many. Where that cannot be looked into, `glob` says
/// that there is nothing.
pub(super) fn beginning(pattern: &str) -> PathBuf {
    let without = |part: &str| ESCAPED.iter().fold(part.to_owned(), |part, (mark, _)| part.replace(mark, ""));
    let plain = |part: &str| ESCAPED.iter().fold(part.to_owned(), |part, (mark, letter)| part.replace(mark, letter));
    let parts = Path::new(pattern).components().map(|part| part.as_os_str().to_string_lossy());
    let parts = parts.take_while(|part| !is_glob(&without(part)));
    Path::new(".").join(parts.map(|part| plain(&part)).collect::<PathBuf>())
}

/// Whether the system says that a path leads to nothing, or can be none.
fn is_nowhere(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidInput | InvalidFilename)
}

/// A word for [`expand`] that means the same in any folder: absolute, with brackets and stars of names that are no pattern
/// marked as such; empty for a pipe, which nobody can open again. A link stays one: it may lead to another file later.
///
/// # Errors
/// When the folder that the process is in is gone.
pub fn lasting(pattern: &str) -> Result<String> {
    let path = Path::new(pattern);
    if pattern == "-" || store::is_pipe(path) {
        return Ok(String::new());
    }
    let literal = |path: &Path| glob::Pattern::escape(&path.to_string_lossy());
    let gone = |error: std::io::Error| Error::read(&error).at(pattern);
    if path.exists() {
        return std::path::absolute(path).map(|found| literal(&found)).map_err(gone);
    }
    if path.is_absolute() {
        return Ok(pattern.to_owned());
    }
    let folder = std::env::current_dir().map_err(gone)?;
    Ok(format!("{}/{pattern}", literal(&folder).trim_end_matches('/')))
}

/// SHA-256 of all bytes of an input as they are stored, in hex.
///
/// # Errors
/// When the input cannot be read.
pub fn digest(input: &Input) -> Result<String> {
    let path = match input {
        Input::Path(path) if !input.is_pipe() => path,
        _ => return Ok(digest_of(&input.raw()?)),
    };
    // Read, not mapped: the pages of a whole register would count as memory of the program.
    let mut file = std::fs::File::open(path).map_err(|error| Error::read(&error).at(input.name()))?;
    let mut sum = Sha256::new();
    let mut block = vec![0; DIGEST_BLOCK];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hex(&sum.finalize())),
            Ok(read) => sum.update(&block[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::read(&error).at(input.name())),
        }
    }
}

/// Bytes read at a time for a digest.
const DIGEST_BLOCK: usize = 1 << 20;

/// SHA-256 of bytes, in hex.
pub fn digest_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
