//! A workbook's archive, looked at before anything reads it.
//!
//! In: bytes of a zip file. Out: what is in it that a table does not need, or an error. Invariant: what passes unpacks to
//! no more than [`Limits::unpacked_bytes`], measured and not only declared, and holds no document type definition.

use std::io::{Cursor, Read};

use arrow::buffer::Buffer;
use memchr::memmem;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{Error, Result};
use crate::ingest::load::Limits;
use crate::ingest::sheet::remark;
use crate::ingest::text::Shared;

const BLOCK: usize = 64 << 10;
/// Bytes kept of the block before, so that what is looked for is found across blocks.
const OVERLAP: usize = 64;
/// Within so many bytes the table of shared texts must begin.
const SHARED_TEXTS_START: usize = 16 << 10;
/// How a sheet hides rows and columns: by its word, or by a size of nothing.
const HIDDEN: [&[u8]; 6] =
    [b" hidden=\"1\"", b" hidden=\"true\"", b" hidden='1'", b" zeroHeight=\"1\"", b" ht=\"0\"", b" width=\"0\""];
/// The part that lists all parts with their kinds.
const CONTENT_TYPES: &str = "[content_types].xml";
/// Kinds of parts that a table does not need, whatever the parts are called.
const KINDS_OF_PARTS: [(&[u8], &str); 8] = [
    (b"macroEnabled", remark::MACROS),
    (b"vbaProject", remark::MACROS),
    (b"macrosheet", remark::MACROS),
    (b"externalLink+xml", remark::EXTERNAL_LINKS),
    (b"connections+xml", remark::CONNECTIONS),
    (b"oleObject", remark::EMBEDDED),
    (b"activeX", remark::EMBEDDED),
    (b"comments+xml", remark::COMMENTS),
];
/// The shortest shared text, `<si/>`.
const SHARED_TEXT_BYTES: u64 = 5;

/// Checks all members; tells by reason what else the workbook holds.
///
/// # Errors
/// When the archive is cut, encrypted, hostile, too large, or no workbook.
pub(super) fn check(bytes: &Buffer, limits: &Limits) -> Result<Vec<&'static str>> {
    let mut archive = ZipArchive::new(Cursor::new(Shared(bytes.clone()))).map_err(|error| fault(&error))?;
    if archive.len() > limits.archive_members {
        return Err(too_large(format!("has {} parts", archive.len())));
    }
    declared(&mut archive, limits)?;
    let mut remarks = Vec::new();
    let mut left = limits.unpacked_bytes;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(|error| fault(&error))?;
        let name = member.name().map_err(|error| fault(&error))?.to_ascii_lowercase();
        let declared = member.size();
        let allowed = declared.min(left);
        left -= unpack(&mut member, &name, allowed, &mut remarks)?;
        remarks.extend(by_name(&name));
    }
    remarks.sort_unstable();
    remarks.dedup();
    Ok(remarks)
}

/// What the directory of the archive says, before anything is unpacked.
fn declared(archive: &mut ZipArchive<Cursor<Shared>>, limits: &Limits) -> Result<()> {
    let mut total = 0_u64;
    let mut is_workbook = false;
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| fault(&error))?;
        let name = member.name().map_err(|error| fault(&error))?.to_ascii_lowercase();
        if member.encrypted() {
            return Err(Error::input("is encrypted").hint("save it without a password"));
        }
        if name.starts_with('/') || name.contains('\\') || name.split('/').any(|part| part == "..") {
            return Err(Error::input("is not a workbook: a part of it has the name of a file elsewhere")
                .hint("do not open it; ask who sent it"));
        }
        if name.ends_with("workbook.bin") {
            return Err(Error::input("is a binary workbook (.xlsb)").hint("save it as .xlsx"));
        }
        let (size, packed) = (member.size(), member.compressed_size());
        total = total.saturating_add(size);
        if total > limits.unpacked_bytes {
            return Err(too_large(format!("unpacks to more than {} MiB", limits.unpacked_bytes >> 20)));
        }
        if size > limits.ratio_from_bytes && size / packed.max(1) > limits.ratio {
            return Err(too_large(format!("holds a part that unpacks to more than {} times its size", limits.ratio)));
        }
        is_workbook |= name == CONTENT_TYPES;
    }
    if is_workbook {
        return Ok(());
    }
    Err(Error::input("is a zip archive, but not a workbook").hint("unpack it, and name the file that holds the table"))
}

/// Unpacks a member into nothing; gives its real size.
fn unpack(member: &mut impl Read, name: &str, allowed: u64, remarks: &mut Vec<&'static str>) -> Result<u64> {
    let mut window = Vec::with_capacity(BLOCK + OVERLAP);
    let mut size = 0_u64;
    loop {
        let before = window.len();
        let read = member
            .take(BLOCK as u64)
            .read_to_end(&mut window)
            .map_err(|_| Error::input("is not a complete workbook").hint("fetch the file again"))?;
        size += read as u64;
        if size > allowed {
            return Err(Error::input("is not a workbook: a part of it is larger than it says")
                .hint("do not open it; ask who sent it"));
        }
        if name.ends_with(".xml") || name.ends_with(".rels") {
            look(&window, name, size == (window.len() - before) as u64, allowed, remarks)?;
        }
        if read == 0 {
            return Ok(size);
        }
        let keep = window.len().saturating_sub(OVERLAP);
        window.drain(..keep);
    }
}

/// Looks for what a table does not need; `is_start` tells the first block of a part.
fn look(window: &[u8], name: &str, is_start: bool, size: u64, remarks: &mut Vec<&'static str>) -> Result<()> {
    if memmem::find(window, b"<!DOCTYPE").is_some() || memmem::find(window, b"<!ENTITY").is_some() {
        return Err(Error::input("is not a workbook: a part of it defines a document type")
            .hint("do not open it; ask who sent it"));
    }
    if name.contains("worksheets/") {
        if HIDDEN.iter().any(|mark| memmem::find(window, mark).is_some()) {
            remarks.push(remark::HIDDEN_ROWS);
        }
        if memmem::find(window, b"mergeCell ref").is_some() {
            remarks.push(remark::MERGED_CELLS);
        }
    }
    if name.contains("externallinks/") && memmem::find(window, b"ddeLink").is_some() {
        remarks.push(remark::DDE);
    }
    if name == CONTENT_TYPES {
        let found = KINDS_OF_PARTS.iter().filter(|(kind, _)| memmem::find(window, kind).is_some());
        remarks.extend(found.map(|(_, reason)| *reason));
    }
    if is_start && name.ends_with("sharedstrings.xml") {
        refuse_false_count(window, size)?;
    }
    Ok(())
}

/// The reader makes room for as many texts as the table says it has: the number must be possible.
fn refuse_false_count(start: &[u8], size: u64) -> Result<()> {
    let hostile = || {
        Error::input("is not a workbook: its table of texts says it is larger than it can be")
            .hint("do not open it; ask who sent it")
    };
    let head = start.get(..SHARED_TEXTS_START).unwrap_or(start);
    let tag = memmem::find(head, b"sst").and_then(|at| head.get(at..)).unwrap_or_default();
    let tag = tag.split(|byte| *byte == b'>').next().unwrap_or_default();
    if tag.len() + 1 >= SHARED_TEXTS_START {
        return Err(hostile());
    }
    let Some(at) = memmem::find(tag, b"uniqueCount") else {
        return Ok(());
    };
    let digits = tag.get(at..).unwrap_or_default().iter().skip_while(|byte| !byte.is_ascii_digit());
    let count: String = digits.take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
    let possible = count.is_empty() || count.parse::<u64>().is_ok_and(|count| count <= size / SHARED_TEXT_BYTES + 1);
    if possible { Ok(()) } else { Err(hostile()) }
}

/// Parts that are known by their names.
fn by_name(name: &str) -> Option<&'static str> {
    let has = |part: &str| name.contains(part);
    if has("vbaproject.bin") || has("macrosheets/") {
        Some(remark::MACROS)
    } else if has("externallinks/") {
        Some(remark::EXTERNAL_LINKS)
    } else if has("/connections.xml") || has("querytables/") {
        Some(remark::CONNECTIONS)
    } else if ["embeddings/", "activex/", "/media/", "charts/"].iter().any(|part| has(part)) {
        Some(remark::EMBEDDED)
    } else if has("/comments") || has("threadedcomments") {
        Some(remark::COMMENTS)
    } else {
        None
    }
}

fn fault(error: &ZipError) -> Error {
    match error {
        ZipError::UnsupportedArchive(_) => {
            Error::input("is packed in a way that workbooks are not").hint("save it again as .xlsx")
        }
        _ => Error::input("is not a complete workbook").hint("fetch the file again"),
    }
}

fn too_large(what: String) -> Error {
    Error::limit(format!("{what}, more than a workbook of one table needs")).hint("send the table as CSV or Parquet")
}
