//! `index.json`: what a stored register is made of, and from what.

use crate::error::{Error, Result};
use crate::ingest::Faults;
use crate::standardise::tables_digest;
use crate::store::Sum;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Name of the file.
pub(super) const NAME: &str = "index.json";

/// A file of a register, as it was when it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSource {
    /// Where it was.
    pub path: String,
    /// Its name, for people.
    pub name: String,
    /// What kind of file it was.
    pub format: String,
    /// Number of its data set.
    pub data_set: u16,
    /// Rows.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970; 0 where the system did not say.
    pub changed: u64,
    /// SHA-256.
    pub sha256: String,
    /// Columns that were not understood.
    pub unknown_columns: Vec<String>,
    /// Ragged rows, rows of bad text.
    pub ragged_rows: u64,
    /// Rows with bytes that are not UTF-8.
    pub bad_text_rows: u64,
    /// The first ragged rows.
    pub first_ragged: Vec<u64>,
    /// The first rows of bad text.
    pub first_bad_text: Vec<u64>,
}

impl StoredSource {
    /// Faults of rows, as the reader gave them.
    pub fn faults(&self) -> Faults {
        Faults {
            ragged_rows: self.ragged_rows,
            bad_text_rows: self.bad_text_rows,
            first_ragged: self.first_ragged.clone(),
            first_bad_text: self.first_bad_text.clone(),
        }
    }
}

/// A word by which registers were named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredWord {
    /// Number of the data set.
    pub data_set: u16,
    /// The file, or the pattern of files, from the root on; empty for a pipe.
    pub pattern: String,
}

/// A file that was left out, since it has the bytes or the rows of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCopy {
    /// Where it was.
    pub path: String,
    /// Number of its data set.
    pub data_set: u16,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was last changed, as of [`StoredSource`].
    pub changed: u64,
    /// SHA-256.
    pub sha256: String,
}

/// Length and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSum {
    pub(super) bytes: u64,
    /// Hexadecimal.
    pub(super) xxh3: String,
}

impl From<Sum> for FileSum {
    fn from(sum: Sum) -> Self {
        Self { bytes: sum.bytes, xxh3: format!("{:016x}", sum.xxh3) }
    }
}

impl PartialEq<Sum> for FileSum {
    fn eq(&self, sum: &Sum) -> bool {
        self.bytes == sum.bytes && u64::from_str_radix(&self.xxh3, 16) == Ok(sum.xxh3)
    }
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Segment {
    pub(super) number: u32,
    /// Rows, gone ones among them.
    pub(super) rows: u64,
    /// Rows that are gone.
    pub(super) gone: u64,
    /// Field and reason of each kind of fault.
    pub(super) fault_kinds: Vec<[String; 2]>,
    /// Generation of the files that an update rewrites.
    pub(super) generation: u32,
    pub(super) files: BTreeMap<String, FileSum>,
}

impl Segment {
    pub(super) fn new(number: u32, rows: u64, fault_kinds: Vec<[String; 2]>, files: BTreeMap<String, Sum>) -> Self {
        let files = files.into_iter().map(|(name, sum)| (name, sum.into())).collect();
        Self { number, rows, gone: 0, fault_kinds, generation: 0, files }
    }
}

/// Faults of one kind: rows, and the lowest of their record ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredFault {
    pub(super) field: String,
    pub(super) reason: String,
    pub(super) rows: u64,
    pub(super) record_ids: BTreeSet<String>,
}

/// Counts over all rows, in so far as they are not columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Totals {
    /// Rows with a person key.
    pub(super) rows: u64,
    /// Rows without one.
    pub(super) nameless: u64,
    pub(super) persons: f64,
    pub(super) phones: u64,
    pub(super) emails: u64,
    pub(super) postcodes: u64,
    pub(super) faults: Vec<StoredFault>,
}

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Version of the files.
    pub version: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// Digest of the tables by which its rows were standardised.
    pub tables: String,
    /// Names of the data sets, by number.
    pub data_sets: Vec<String>,
    /// Data sets that were named by their file alone.
    pub bare: Vec<String>,
    /// The files that the rows are from.
    pub sources: Vec<StoredSource>,
    /// The words that named them.
    pub words: Vec<StoredWord>,
    /// Files that the words named too, and that were left out.
    pub copies: Vec<StoredCopy>,
    /// Updates so far.
    pub generation: u32,
    pub(super) segments: Vec<Segment>,
    pub(super) totals: Totals,
    /// Files of counts.
    pub(super) counts: BTreeMap<String, FileSum>,
}

/// What is read first: a file of another version may differ in all else.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
    #[serde(default)]
    tables: String,
}

impl Catalogue {
    /// Rows that are not gone.
    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows - segment.gone).sum()
    }

    /// Rows, with those that are gone.
    pub fn all_rows(&self) -> u64 {
        self.rows() + self.gone()
    }

    /// Segments.
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// Rows that updates took out and that still take up room.
    pub fn gone(&self) -> u64 {
        self.segments.iter().map(|segment| segment.gone).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        let files = self.segments.iter().flat_map(|segment| segment.files.values()).chain(self.counts.values());
        files.map(|file| file.bytes).sum()
    }

    /// Reads the catalogue of a folder.
    ///
    /// # Errors
    /// When there is none, it is of another version, or it was changed.
    pub fn read(folder: &Path) -> Result<Self> {
        let place = folder.display().to_string();
        let text = std::fs::read_to_string(folder.join(NAME)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::input("is no stored index: it has no index.json").hint("`rewash index build` makes one")
            }
            _ => Error::read(&error),
        });
        let text = text.map_err(|error| error.at(&place))?;
        let damaged = || Error::input("the index is damaged: index.json cannot be read").at(&place).hint(REBUILD);
        let (head, rest) = text.split_once('\n').ok_or_else(damaged)?;
        let body = rest.strip_suffix(TAIL).ok_or_else(damaged)?;
        let version: VersionOnly = serde_json::from_str(body).map_err(|_| damaged())?;
        if version.version != super::VERSION {
            return Err(Error::input(format!(
                "the index is of version {}, and this program reads version {}",
                version.version,
                super::VERSION
            ))
            .at(&place)
            .hint(REBUILD));
        }
        if version.tables != tables_digest() {
            let words = "the index was made with other tables of names and addresses than this program has";
            return Err(Error::input(words).at(&place).hint(REBUILD));
        }
        if head != self::head(body) {
            return Err(damaged());
        }
        serde_json::from_str(body).map_err(|_| damaged())
    }

    /// The text of the file: a checksum and what it is the checksum of.
    pub(super) fn text(&self) -> Result<String> {
        let body = serde_json::to_string_pretty(self).map_err(|error| Error::internal(error.to_string()))?;
        Ok(format!("{}\n{body}{TAIL}", head(&body)))
    }
}

/// What to do with an index that cannot be used.
pub(super) const REBUILD: &str = "build it anew with `rewash index build`";

/// First line of the file.
fn head(body: &str) -> String {
    format!("{{\"xxh3\": \"{:016x}\", \"index\":", crate::store::sum_of(body.as_bytes()).xxh3)
}

/// What follows the index in the file.
const TAIL: &str = "\n}\n";
