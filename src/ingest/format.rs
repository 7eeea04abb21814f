//! What a file is, by its first bytes.
//!
//! In: bytes. Out: [`Format`], or an error that says what to save it as. Invariant: the name of a file is not asked.

use crate::error::{Error, Result};

/// The kinds of file that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with commas.
    Csv,
    /// The same, packed by gzip.
    CsvGz,
    /// The same, packed by zstd.
    CsvZst,
    /// Apache Parquet.
    Parquet,
    /// An Arrow IPC file.
    Ipc,
    /// An Arrow IPC stream.
    IpcStream,
    /// An Excel workbook.
    Xlsx,
    /// JSON, one object a line.
    JsonLines,
}

impl Format {
    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::CsvGz => "CSV packed by gzip",
            Self::CsvZst => "CSV packed by zstd",
            Self::Parquet => "Parquet",
            Self::Ipc => "Arrow IPC file",
            Self::IpcStream => "Arrow IPC stream",
            Self::Xlsx => "Excel workbook",
            Self::JsonLines => "JSON lines",
        }
    }
}

/// First bytes of what is read.
const KNOWN: &[(&[u8], Format)] = &[
    (b"PAR1", Format::Parquet),
    (b"ARROW1", Format::Ipc),
    (b"\xff\xff\xff\xff", Format::IpcStream),
    (b"PK\x03\x04", Format::Xlsx),
    (b"\x1f\x8b", Format::CsvGz),
    (b"\x28\xb5\x2f\xfd", Format::CsvZst),
];

/// First bytes of what is not read: what it is, and what to do.
const REFUSED: &[(&[u8], &str, &str)] = &[
    (b"PARE", "is an encrypted Parquet file", "decrypt it first"),
    (b"\xd0\xcf\x11\xe0", "is an old or an encrypted Excel file", "save it as .xlsx, without a password"),
    (b"PK\x05\x06", "is an empty archive", "send the workbook again"),
    (b"\xff\xfe", "is text in UTF-16", "save it as `CSV UTF-8`"),
    (b"\xfe\xff", "is text in UTF-16", "save it as `CSV UTF-8`"),
    (b"[{", "is a JSON array", "write one object a line, as `jq -c '.[]'` does"),
    (b"BZh", "is packed by bzip2", "unpack it, or pack it by gzip or zstd"),
    (b"\xfd7zXZ\x00", "is packed by xz", "unpack it, or pack it by gzip or zstd"),
    (b"7z\xbc\xaf", "is a 7z archive", "unpack it first"),
    (b"%PDF", "is a PDF", "send the table as .xlsx, .csv or .parquet"),
];

/// How far to look for bytes that no text has.
const LOOK: usize = 4096;

/// The format of a file that starts with `bytes`.
///
/// # Errors
/// When the bytes are of a kind that is not read.
pub(super) fn sniff(bytes: &[u8]) -> Result<Format> {
    if let Some((_, format)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Ok(*format);
    }
    if let Some((_, what, hint)) = REFUSED.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(Error::input(*what).hint(*hint));
    }
    refuse_unless_text(bytes)?;
    if is_object(bytes) {
        return Ok(Format::JsonLines);
    }
    Ok(Format::Csv)
}

/// Whether a text starts as a JSON object with a key does, which no header of a table is likely to do.
fn is_object(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    start.strip_prefix(b"{").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
}

/// Refuses bytes that no text in UTF-8 or Windows-1252 has.
///
/// # Errors
/// When the first bytes hold a zero.
pub(super) fn refuse_unless_text(bytes: &[u8]) -> Result<()> {
    let start = bytes.get(..LOOK).unwrap_or(bytes);
    if start.contains(&0) {
        return Err(Error::input("is neither text nor a kind of table that is read here")
            .hint("give a .csv (UTF-8), .csv.gz, .csv.zst, .xlsx, .parquet or .arrow file"));
    }
    Ok(())
}
