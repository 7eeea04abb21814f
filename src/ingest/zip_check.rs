//! A workbook's archive, looked at before anything reads it.
//!
//! In: bytes of a zip file. Out: what is in it that a table does not need, or an error. Invariant: what passes unpacks to
//! no more than [`Limits::unpacked_bytes`], measured and not only declared, and holds no document type definition.

use std::io::{Cursor, Read};

use arrow::buffer::Buffer;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{Error, Result};
use crate::ingest::limits::Limits;
use crate::ingest::markup::Markup;
use crate::ingest::parts::{Parts, Seen, other_encoding};
use crate::ingest::sheet::remark;
use crate::ingest::text::Shared;

const BLOCK: usize = 64 << 10;
/// The part that lists all parts with their kinds.
const CONTENT_TYPES: &str = "[content_types].xml";
/// What may stand before the first tag of a part.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Checks all members; tells what else the workbook holds.
///
/// # Errors
/// When the archive is cut, encrypted, hostile, too large, or no workbook.
pub(super) fn check(bytes: &Buffer, limits: &Limits) -> Result<Seen> {
    let mut archive = ZipArchive::new(Cursor::new(Shared(bytes.clone()))).map_err(|error| fault(&error))?;
    if archive.len() > limits.archive_members {
        return Err(too_large(format!("has {} parts", archive.len())));
    }
    declared(&mut archive, limits)?;
    let mut parts = Parts::default();
    let mut left = limits.unpacked_bytes;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(|error| fault(&error))?;
        let name = member.name().map_err(|error| fault(&error))?.to_ascii_lowercase();
        let declared = member.size();
        let allowed = declared.min(left);
        parts.begin();
        left -= unpack(&mut member, &name, allowed, &mut parts)?;
        parts.note(by_name(&name));
    }
    Ok(parts.seen())
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
fn unpack(member: &mut impl Read, name: &str, allowed: u64, parts: &mut Parts) -> Result<u64> {
    let mut block = Vec::with_capacity(BLOCK);
    let mut markup = None;
    let mut size = 0_u64;
    loop {
        block.clear();
        let read = member
            .take(BLOCK as u64)
            .read_to_end(&mut block)
            .map_err(|_| Error::input("is not a complete workbook").hint("fetch the file again"))?;
        let is_start = size == 0;
        size += read as u64;
        if size > allowed {
            return Err(Error::input("is not a workbook: a part of it is larger than it says")
                .hint("do not open it; ask who sent it"));
        }
        if is_start && is_xml(name, &block) {
            if block.starts_with(b"\xff\xfe")
                || block.starts_with(b"\xfe\xff")
                || block.iter().take(4).any(|byte| *byte == 0)
            {
                return Err(other_encoding());
            }
            markup = Some(Markup::default());
        }
        if let Some(markup) = &mut markup {
            markup.feed(&block, |markup| parts.look(markup, name, allowed))?;
        }
        if read == 0 {
            return Ok(size);
        }
    }
}

/// Whether a part is looked at: what workbooks call XML, and what looks like it but a picture, which nothing here reads.
fn is_xml(name: &str, start: &[u8]) -> bool {
    let start = start.strip_prefix(MARK).unwrap_or(start).trim_ascii_start();
    let is_named = [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending));
    is_named || (start.starts_with(b"<") && !name.ends_with(".svg"))
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
