//! Files encrypted to public keys (age, X25519), and the key files for them.
//!
//! In: key files, bytes. Out: a [`Sink`] that digests what it writes and encrypts it on the way, so that plain bytes never
//! reach the disk; sealed bytes opened in memory. Invariant: secrets come from files that their owner alone may read, and
//! stand in no message.

use crate::error::{Error, Result};
use crate::store::folder::{TEXT_BYTES_MAX, new_file, read_at_most, read_text, readable_by_others};
use crate::util::hash::hex;
use age::secrecy::ExposeSecret;
use age::stream::StreamWriter;
use age::x25519;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// First bytes of a sealed file.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// Most bytes of a sealed file that is opened: it is held in memory, sealed and open.
pub const SEALED_BYTES_MAX: u64 = 1 << 30;

/// Fewest bytes of a key for keyed hashes.
const KEY_BYTES_MIN: usize = 32;

/// Whether bytes are those of a sealed file.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Public keys that a file is sealed to; the holder of any one secret key opens it.
#[derive(Clone, Debug)]
pub struct Recipients(Vec<x25519::Recipient>);

impl Recipients {
    /// Reads a file of public keys, one a line; lines that begin with `#` are remarks.
    ///
    /// # Errors
    /// When the file holds no key, or something else.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let hint = "one public key a line, as `rewash ledger keygen` prints it: age1…";
        let key = |(number, line): (usize, &str)| {
            line.parse().map_err(|_| {
                let place = format!("{}, line {}", path.display(), number + 1);
                Error::settings("is not a public key").at(place).hint(hint)
            })
        };
        let keys: Vec<_> = lines(&text).map(key).collect::<Result<_>>()?;
        if keys.is_empty() {
            return Err(Error::settings("holds no public key").at(path.display()).hint(hint));
        }
        Ok(Self(keys))
    }

    /// The keys as text.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Secret keys that open sealed files.
#[derive(Clone)]
pub struct Identities(Vec<x25519::Identity>);

/// How many, never which.
impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identities").field(&self.0.len()).finish()
    }
}

impl Identities {
    /// Reads files of secret keys.
    ///
    /// # Errors
    /// When others may read one of them, or it holds no key.
    pub fn read(paths: &[PathBuf]) -> Result<Self> {
        let mut keys = Vec::new();
        for path in paths {
            refuse_readable(path)?;
            let text = read_text(path)?;
            let none =
                || Error::settings("holds no secret key").at(path.display()).hint("make one: rewash ledger keygen");
            let before = keys.len();
            for (_, line) in lines(&text) {
                keys.push(line.parse().map_err(|_| none())?);
            }
            if keys.len() == before {
                return Err(none());
            }
        }
        Ok(Self(keys))
    }

    /// The public keys of these secret ones.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|key| key.to_public().to_string()).collect()
    }

    /// Opens sealed bytes in memory.
    ///
    /// # Errors
    /// When no key fits, the bytes were changed or cut, or there are more of them than [`SEALED_BYTES_MAX`].
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        if sealed.len() as u64 > SEALED_BYTES_MAX {
            return Err(Error::limit(format!("is sealed and holds more than {} MiB", SEALED_BYTES_MAX >> 20))
                .hint("a sealed file is opened in memory: split it, or open it with the tool of your department"));
        }
        let failed = |error: age::DecryptError| match error {
            age::DecryptError::NoMatchingKeys | age::DecryptError::KeyDecryptionFailed => {
                Error::input("is sealed to another key").hint("give the secret key of its recipient with --identity")
            }
            _ => Error::input("is sealed, and was changed or cut").hint("fetch the file again"),
        };
        let decryptor = age::Decryptor::new_buffered(sealed).map_err(failed)?;
        let keys = self.0.iter().map(|key| key as &dyn age::Identity);
        let mut reader = decryptor.decrypt(keys).map_err(failed)?;
        let mut plain = Vec::with_capacity(sealed.len());
        reader
            .read_to_end(&mut plain)
            .map_err(|_| Error::input("is sealed, and was changed or cut").hint("fetch the file again"))?;
        Ok(plain)
    }
}

/// Makes a key pair: the secret key into a new file, the public one as text.
///
/// # Errors
/// When something is at `path`, or the disk refuses.
pub fn generate_key(path: &Path) -> Result<String> {
    let failed = |error: io::Error| Error::write(&error).at(path.display());
    let key = x25519::Identity::generate();
    let public = key.to_public().to_string();
    let mut file = new_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::output("exists already").at(path.display()),
        _ => failed(error),
    })?;
    let text = format!("# public key: {public}\n{}\n", key.to_string().expose_secret());
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(public)
}

/// The bytes of a key for keyed hashes, without white space at the end.
///
/// # Errors
/// When others may read the file, or it is too short to be a key.
pub fn read_key(path: &Path) -> Result<Vec<u8>> {
    refuse_readable(path)?;
    let mut key = read_at_most(path, TEXT_BYTES_MAX).map_err(|error| error.at(path.display()))?;
    key.truncate(key.trim_ascii_end().len());
    if key.len() < KEY_BYTES_MIN {
        return Err(Error::settings(format!("is no key: it has fewer than {KEY_BYTES_MIN} bytes"))
            .at(path.display())
            .hint("make one: rewash ledger keygen"));
    }
    Ok(key)
}

/// A secret that others may read is none.
fn refuse_readable(path: &Path) -> Result<()> {
    if readable_by_others(path) {
        return Err(Error::input("is a secret key that other users of this machine may read")
            .at(path.display())
            .hint("chmod 600 the file; if others can have read it, make a new key"));
    }
    Ok(())
}

/// What was written to a [`Sink`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes, as they are on the disk.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: String,
}

/// A file that digests what it writes and, for recipients, encrypts it first.
pub enum Sink {
    /// As it is.
    Plain(Digesting),
    /// Encrypted.
    Sealed(Box<StreamWriter<Digesting>>),
}

impl Sink {
    /// Starts to write to a new file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn new(file: File, recipients: Option<&Recipients>) -> Result<Self> {
        let out = Digesting { file: BufWriter::new(file), digest: Sha256::new(), bytes: 0 };
        let Some(recipients) = recipients else { return Ok(Self::Plain(out)) };
        let keys = recipients.0.iter().map(|key| key as &dyn age::Recipient);
        let encryptor =
            age::Encryptor::with_recipients(keys).map_err(|_| Error::settings("holds keys of different kinds"))?;
        let writer = encryptor.wrap_output(out).map_err(|error| Error::write(&error))?;
        Ok(Self::Sealed(Box::new(writer)))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self) -> Result<Written> {
        let failed = |error: io::Error| Error::write(&error);
        let mut out = match self {
            Self::Plain(out) => out,
            Self::Sealed(writer) => writer.finish().map_err(failed)?,
        };
        out.file.flush().map_err(failed)?;
        Ok(Written { bytes: out.bytes, sha256: hex(&out.digest.finalize()) })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Sealed(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Sealed(writer) => writer.flush(),
        }
    }
}

/// A file and the digest of what was written to it.
pub struct Digesting {
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn sealed(folder: &Path, text: &[u8]) -> (Identities, Vec<u8>) {
        let secret = folder.join("secret");
        let public = generate_key(&secret).expect("a key");
        std::fs::write(folder.join("public"), format!("# of DWP\n\n{public}\n")).expect("written");
        let recipients = Recipients::read(&folder.join("public")).expect("keys");
        let path = folder.join("out.age");
        let mut sink = Sink::new(new_file(&path).expect("file"), Some(&recipients)).expect("sink");
        sink.write_all(text).expect("written");
        let written = sink.finish().expect("ended");
        let bytes = std::fs::read(&path).expect("read");
        assert_eq!((written.bytes, written.sha256), (bytes.len() as u64, hex(&Sha256::digest(&bytes))));
        (Identities::read(&[secret]).expect("identity"), bytes)
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_key_alone() {
        let (one, other) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        let text = b"Tesfaye Haile Mekonnen".repeat(10_000);
        let (key, bytes) = sealed(one.path(), &text);
        let (other, _) = sealed(other.path(), b"");
        assert!(is_sealed(&bytes) && !bytes.windows(7).any(|part| part == b"Tesfaye"));
        assert_eq!(key.open(&bytes).expect("opens"), text);
        assert!(other.open(&bytes).expect_err("another key").what().contains("another key"));
        assert!(key.open(&bytes[..bytes.len() - 1]).is_err(), "cut");
        let mut changed = bytes;
        let last = changed.len() - 1;
        changed[last] ^= 1;
        assert!(key.open(&changed).is_err(), "changed");
    }

    #[test]
    fn secrets_that_others_may_read_are_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("key");
        generate_key(&path).expect("a key");
        assert!(
            Identities::read(std::slice::from_ref(&path)).is_ok()
                && read_key(&path).is_ok()
                && generate_key(&path).is_err()
        );
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("mode");
        assert!(Identities::read(std::slice::from_ref(&path)).is_err() && read_key(&path).is_err());
        let short = folder.path().join("short");
        std::fs::write(&short, "x".repeat(31)).expect("written");
        std::fs::set_permissions(&short, PermissionsExt::from_mode(0o600)).expect("mode");
        assert!(read_key(&short).is_err() && Recipients::read(&short).is_err());
    }

    #[test]
    fn a_secret_is_not_shown() {
        let folder = tempfile::tempdir().expect("folder");
        let (key, _) = sealed(folder.path(), b"");
        assert_eq!(format!("{key:?}"), "Identities(1)");
    }
}
