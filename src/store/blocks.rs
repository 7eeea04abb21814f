//! Files of blocks: what a run puts aside on the disk, encrypted, and what it leaves there for the next one.
//!
//! In: blocks of bytes, from many threads. Out: the same blocks, in any order, checked. A [`BlockFile`] is nameless and of
//! this process alone (a spill: its key is random and in memory only), or a part of a checkpoint that has a name, and a key
//! where one is given. Invariant: no block of a nameless file is readable without this process; a block that was changed,
//! cut, put elsewhere or made with another key is never given back.
//!
//! A part: `rewash checkpoint 1`, line feed; 1 where it is encrypted, else 0; 32 bytes of salt; 16 bytes that tell the key;
//! then blocks: length (32 bits, little-endian; the highest bit marks the last, which is empty), bytes, 16 bytes of tag.
//! Encrypted: ChaCha20-Poly1305 under HMAC-SHA256(key, `rewash checkpoint` and salt), with the number of the block and
//! whether it is the last as nonce, and the head of the file as associated data. Else the tag is the first half of the
//! SHA-256 of the same.

use crate::error::{Error, Result};
use crate::store::file::OutputFile;
use crate::store::folder::make_file;
use crate::store::stale::{remove_stale, unused_sibling};
use crate::store::unfinished::hold;
use chacha20poly1305::aead::rand_core::RngCore;
use chacha20poly1305::aead::{AeadInPlace, KeyInit, OsRng};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

const MAGIC: &[u8; 20] = b"rewash checkpoint 1\n";
const SALT: usize = 32;
const CHECK: usize = 16;
const HEAD: usize = MAGIC.len() + 1 + SALT + CHECK;
const TAG: usize = 16;
/// Marks the length of the last block.
const LAST: u32 = 1 << 31;
/// Most bytes of a block.
const BLOCK_BYTES_MAX: usize = 1 << 30;

/// What keeps a block from being read, or changed, by others.
enum Guard {
    Key(Box<ChaCha20Poly1305>),
    /// Told when changed, and readable.
    Digest,
}

/// Where a block is.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    len: u32,
}

#[derive(Default)]
struct Places {
    end: u64,
    spans: Vec<Span>,
}

/// A file of blocks.
pub struct BlockFile {
    file: File,
    guard: Guard,
    head: Vec<u8>,
    /// What errors call it.
    name: String,
    places: Mutex<Places>,
}

impl BlockFile {
    /// A file in `folder` that has no name any more when this returns, under a random key that is nowhere else.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn nameless(folder: &Path) -> Result<Self> {
        remove_stale(folder, NAMELESS);
        let held = hold();
        let made = unused_sibling(folder, NAMELESS, make_file);
        let file = made.and_then(|(path, file)| std::fs::remove_file(path).map(|()| file));
        drop(held);
        let file = file.map_err(|error| unwritten(&error, SPILL))?;
        let key = ChaCha20Poly1305::generate_key(&mut OsRng);
        let guard = Guard::Key(Box::new(ChaCha20Poly1305::new(&key)));
        Ok(Self { file, guard, head: Vec::new(), name: SPILL.to_owned(), places: Mutex::default() })
    }

    /// Adds a block.
    ///
    /// # Errors
    /// When the disk refuses, or the block is too long.
    pub fn append(&self, bytes: Vec<u8>) -> Result<()> {
        self.put(bytes, false)
    }

    fn put(&self, mut bytes: Vec<u8>, last: bool) -> Result<()> {
        if bytes.len() > BLOCK_BYTES_MAX {
            return Err(Error::limit("has a part that is too large to be put aside").at(&self.name));
        }
        let len = bytes.len() as u32;
        let (number, start) = {
            let mut places = self.places();
            let start = places.end;
            places.end += 4 + u64::from(len) + TAG as u64;
            places.spans.push(Span { start: start + 4, len });
            (places.spans.len() as u64 - 1, start)
        };
        let tag = self.seal(&mut bytes, number, last)?;
        bytes.extend_from_slice(&tag);
        let mark = if last { len | LAST } else { len };
        let written =
            self.file.write_all_at(&mark.to_le_bytes(), start).and_then(|()| self.file.write_all_at(&bytes, start + 4));
        written.map_err(|error| unwritten(&error, &self.name))
    }

    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.places().spans.len()
    }

    /// Bytes on the disk.
    pub fn bytes(&self) -> u64 {
        self.places().end
    }

    /// A block.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    pub fn read(&self, number: usize) -> Result<Vec<u8>> {
        self.take(number, false)
    }

    fn take(&self, number: usize, last: bool) -> Result<Vec<u8>> {
        let span = self.places().spans.get(number).copied().ok_or_else(|| self.damaged())?;
        let mut bytes = vec![0; span.len as usize + TAG];
        self.file.read_exact_at(&mut bytes, span.start).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged(),
            _ => Error::read(&error).at(&self.name),
        })?;
        let tag = bytes.split_off(span.len as usize);
        self.open(&mut bytes, &tag, number as u64, last)?;
        Ok(bytes)
    }

    fn seal(&self, bytes: &mut [u8], number: u64, last: bool) -> Result<Vec<u8>> {
        match &self.guard {
            Guard::Key(key) => {
                let tag = key.encrypt_in_place_detached(&nonce(number, last), &self.head, bytes);
                let too_long = |_| Error::limit("has a part that is too large to be encrypted").at(&self.name);
                tag.map(|tag| tag.to_vec()).map_err(too_long)
            }
            Guard::Digest => Ok(self.digest(bytes, number, last)),
        }
    }

    fn open(&self, bytes: &mut [u8], tag: &[u8], number: u64, last: bool) -> Result<()> {
        let is_whole = match &self.guard {
            Guard::Key(key) => {
                let tag = Tag::from_slice(tag);
                key.decrypt_in_place_detached(&nonce(number, last), &self.head, bytes, tag).is_ok()
            }
            Guard::Digest => self.digest(bytes, number, last) == tag,
        };
        if is_whole { Ok(()) } else { Err(self.damaged()) }
    }

    fn digest(&self, bytes: &[u8], number: u64, last: bool) -> Vec<u8> {
        let sum = Sha256::new().chain_update(&self.head).chain_update(nonce(number, last)).chain_update(bytes);
        sum.finalize().get(..TAG).unwrap_or_default().to_vec()
    }

    /// That a block is not what was written.
    pub fn damaged(&self) -> Error {
        let hint = if self.name == SPILL { "run again; the disk may be failing" } else { START_ANEW };
        Error::input("is damaged: it is not what was written").at(&self.name).hint(hint)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const SPILL: &str = "temporary file";
/// Name for the moment that a nameless file has one.
const NAMELESS: &str = "rewash-spill";
const START_ANEW: &str = "remove the folder of checkpoints to begin from the start";

fn unwritten(error: &io::Error, name: &str) -> Error {
    Error::write(error).at(name).hint("free some disk space, or set TMPDIR to a larger disk, and run again")
}

fn nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = Nonce::default();
    let (head, tail) = nonce.split_at_mut(8);
    head.copy_from_slice(&number.to_le_bytes());
    tail.copy_from_slice(&[u8::from(last), 0, 0, 0]);
    nonce
}

/// A part of a checkpoint that is being written: nobody sees it before it is whole and on the disk.
pub struct NewPart {
    target: OutputFile,
    blocks: BlockFile,
}

impl NewPart {
    /// Starts a part that will be at `path`; encrypted where there is a key.
    ///
    /// # Errors
    /// When something is there, or the disk refuses.
    pub fn create(path: &Path, key: Option<&[u8]>) -> Result<Self> {
        let mut target = OutputFile::create(path)?;
        let name = path.display().to_string();
        let mut salt = [0; SALT];
        OsRng.fill_bytes(&mut salt);
        let (guard, check) = guard_of(key, &salt)?;
        let head = [&MAGIC[..], &[u8::from(key.is_some())], &salt, &check].concat();
        let file = target.file().try_clone();
        let file = file.and_then(|file| file.write_all_at(&head, 0).map(|()| file));
        let file = file.map_err(|error| unwritten(&error, &name))?;
        let places = Mutex::new(Places { end: HEAD as u64, spans: Vec::new() });
        Ok(Self { target, blocks: BlockFile { file, guard, head, name, places } })
    }

    /// Adds a block.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn append(&self, bytes: Vec<u8>) -> Result<()> {
        self.blocks.append(bytes)
    }

    /// Puts the part at its place.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn commit(self) -> Result<BlockFile> {
        self.blocks.put(Vec::new(), true)?;
        self.target.commit()?;
        self.blocks.places().spans.pop();
        Ok(self.blocks)
    }
}

/// Opens a part of a checkpoint.
///
/// # Errors
/// When it is none, is cut or changed, or was made with another key.
pub(super) fn open_part(path: &Path, key: Option<&[u8]>) -> Result<BlockFile> {
    let name = path.display().to_string();
    let failed = |error: io::Error| Error::read(&error).at(&name);
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut head = vec![0; HEAD];
    let none =
        || Error::input("is no checkpoint of this version of the program, or is damaged").at(&name).hint(START_ANEW);
    file.read_exact_at(&mut head, 0).map_err(|_| none())?;
    let (magic, rest) = head.split_at(MAGIC.len());
    let (mode, rest) = rest.split_at(1);
    let (salt, check) = rest.split_at(SALT);
    if magic != MAGIC || mode > [1].as_slice() {
        return Err(none());
    }
    match (mode == [1], key) {
        (true, None) => {
            return Err(Error::usage("is encrypted, and no key was given").at(&name).hint("give it with --key-file"));
        }
        (false, Some(_)) => {
            return Err(Error::usage("is not encrypted, and a key was given").at(&name).hint(START_ANEW));
        }
        _ => {}
    }
    let (guard, known) = guard_of(key, salt)?;
    if known != check {
        return Err(Error::input("was made with another key, or is damaged").at(&name).hint(START_ANEW));
    }
    let blocks = BlockFile { file, guard, head, name, places: Mutex::default() };
    blocks.walk(length)?;
    Ok(blocks)
}

impl BlockFile {
    /// Finds the blocks of a part, the last of which must be where the file ends.
    fn walk(&self, length: u64) -> Result<()> {
        let mut places = Places { end: HEAD as u64, spans: Vec::new() };
        let mut last = false;
        while !last {
            let mut mark = [0; 4];
            self.file.read_exact_at(&mut mark, places.end).map_err(|_| self.damaged())?;
            let mark = u32::from_le_bytes(mark);
            last = mark & LAST != 0;
            let span = Span { start: places.end + 4, len: mark & !LAST };
            places.end = span.start + u64::from(span.len) + TAG as u64;
            places.spans.push(span);
            if places.end > length || (last && places.end != length) {
                return Err(self.damaged());
            }
        }
        let number = places.spans.len() - 1;
        *self.places() = places;
        self.take(number, true)?;
        self.places().spans.pop();
        Ok(())
    }
}

/// What guards the blocks of a part, and what tells its key.
fn guard_of(key: Option<&[u8]>, salt: &[u8]) -> Result<(Guard, Vec<u8>)> {
    let Some(key) = key else { return Ok((Guard::Digest, vec![0; CHECK])) };
    let derived = |what: &[u8]| -> Result<Vec<u8>> {
        let mac =
            <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).map_err(|_| Error::internal("a key of no length"))?;
        Ok(mac.chain_update(what).chain_update(salt).finalize().into_bytes().to_vec())
    };
    let guard = Guard::Key(Box::new(ChaCha20Poly1305::new(Key::from_slice(&derived(b"rewash checkpoint")?))));
    let mut check = derived(b"rewash checkpoint key")?;
    check.truncate(CHECK);
    Ok((guard, check))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &Path, key: Option<&[u8]>) {
        let part = NewPart::create(path, key).unwrap();
        (0..5_u8).for_each(|n| part.append(b"Tesfaye Haile ".repeat(usize::from(n) * 100)).unwrap());
        let blocks = part.commit().unwrap();
        assert_eq!((blocks.blocks(), blocks.read(3).unwrap().len()), (5, 14 * 300));
    }

    #[test]
    fn blocks_of_a_nameless_file_come_back_and_no_name_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = BlockFile::nameless(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        std::thread::scope(|scope| {
            for thread in 0..4_u8 {
                let file = &file;
                scope.spawn(move || (0..50).for_each(|_| file.append(vec![thread; 1_000]).unwrap()));
            }
        });
        let mut seen = [0; 4];
        for number in 0..file.blocks() {
            let block = file.read(number).unwrap();
            assert!(block.len() == 1_000 && block.iter().all(|byte| *byte == block[0]));
            seen[usize::from(block[0])] += 1;
        }
        assert_eq!(seen, [50; 4]);
        // What is on the disk is none of it, and what is changed there is told.
        let mut disk = vec![0; file.bytes() as usize];
        file.file.read_exact_at(&mut disk, 0).unwrap();
        assert!(!disk.windows(8).any(|part| part == [2; 8]));
        file.file.write_all_at(&[disk[100] ^ 1], 100).unwrap();
        assert!(file.read(0).unwrap_err().what().contains("damaged"));
    }

    #[test]
    fn a_part_that_is_cut_changed_or_of_another_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for key in [None, Some(&b"0123456789abcdef0123456789abcdef"[..])] {
            let path = folder.path().join(if key.is_some() { "keyed" } else { "plain" });
            part(&path, key);
            let bytes = std::fs::read(&path).unwrap();
            let readable = bytes.windows(7).any(|part| part == b"Tesfaye");
            assert_eq!(readable, key.is_none());
            let all = |file: BlockFile| (0..file.blocks()).try_for_each(|number| file.read(number).map(drop));
            assert!(open_part(&path, key).and_then(all).is_ok());
            let other = if key.is_some() { None } else { Some(&[7; 32][..]) };
            assert!(open_part(&path, other).is_err() && open_part(&path, Some(&[8; 32])).is_err());
            for at in (0..bytes.len()).step_by(61).chain([bytes.len() - 1, bytes.len() - 18]) {
                std::fs::write(&path, &bytes[..at]).unwrap();
                assert!(open_part(&path, key).and_then(all).is_err(), "cut at {at}");
                let mut changed = bytes.clone();
                changed[at] ^= 0x40;
                std::fs::write(&path, &changed).unwrap();
                assert!(open_part(&path, key).and_then(all).is_err(), "changed at {at}");
            }
        }
    }
}
