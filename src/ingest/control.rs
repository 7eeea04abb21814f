//! What a sender states of its table: the control sheet of a workbook, or a file beside it.
//!
//! In: lines of keys and values, or a small JSON file. Out: [`Control`]. Invariant: what is stated is text here; whether it
//! is true is asked elsewhere. Keys match by letters and digits alone, as headers do: `SHA-256` is `sha256`.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::ingest::header::bare;
use crate::ingest::source::digest_of;
use crate::ingest::{Input, format::refuse_unless_text};
use crate::store;

/// Most bytes of a file beside the table.
const SIDECAR_BYTES_MAX: usize = 1 << 20;
/// End of the name of a file beside the table.
const SIDECAR_ENDING: &str = ".manifest.json";
/// The name that such a file has whatever the table is called.
const SIDECAR_NAME: &str = "extract.manifest.json";

/// Keys with their values, in the order in which they were stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    entries: Vec<(String, String)>,
}

impl Control {
    /// The value of a key; an empty one is none. Of a key that is stated twice the first counts.
    pub fn get(&self, key: &str) -> Option<&str> {
        let key = bare(key);
        let found = self.entries.iter().find(|(known, _)| *known == key)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// Adds a key with its value; white space around them does not count.
    pub fn add(&mut self, key: impl AsRef<str>, value: impl AsRef<str>) {
        let key = bare(key.as_ref());
        if !key.is_empty() {
            self.entries.push((key, value.as_ref().trim().to_owned()));
        }
    }
}

/// A file beside a table that states what the table is.
#[derive(Clone, Debug)]
pub struct Sidecar {
    /// File name without folders.
    pub name: String,
    /// What it states.
    pub control: Control,
    /// Digest of its bytes.
    pub sha256: String,
}

/// The file beside a table: `wash.manifest.json` of `wash.xlsx`, else, where `any` says so, `extract.manifest.json`. None
/// for standard input, or where there is no such file.
///
/// # Errors
/// When the file is there and is no JSON object.
pub fn sidecar(input: &Input, any: bool) -> Result<Option<Sidecar>> {
    let Input::Path(path) = input else { return Ok(None) };
    let own = own_sidecar(path);
    let general = path.with_file_name(SIDECAR_NAME);
    let found = own.into_iter().chain(any.then_some(general)).find(|path| path.is_file());
    found.map(|path| read(&path)).transpose()
}

/// The name of the table without its endings (`.csv.gz` is two), and the ending of a manifest.
fn own_sidecar(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let mut stem = name;
    for _ in 0..2 {
        stem = stem.rsplit_once('.').filter(|(before, _)| !before.is_empty()).map_or(stem, |(before, _)| before);
        let beside = path.with_file_name(format!("{stem}{SIDECAR_ENDING}"));
        if beside.is_file() {
            return Some(beside);
        }
    }
    None
}

fn read(path: &Path) -> Result<Sidecar> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let fault =
        || Error::input("is no JSON object of keys and values").at(&name).hint("state rows, sha256, pool, cycle");
    let bytes = store::map_file(path)?;
    refuse_unless_text(&bytes).map_err(|_| fault())?;
    if bytes.len() > SIDECAR_BYTES_MAX {
        return Err(fault());
    }
    let whole: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| fault())?;
    let mut control = Control::default();
    for (key, value) in whole.as_object().ok_or_else(fault)? {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        control.add(key, if value.is_null() { "" } else { text.as_str() });
    }
    Ok(Sidecar { sha256: digest_of(&bytes), name, control })
}

#[cfg(test)]
mod tests {
    use super::{Control, sidecar};
    use crate::ingest::Input;

    #[test]
    fn keys_match_by_letters_and_digits() {
        let mut control = Control::default();
        control.add("SHA-256", " ab ");
        control.add("Specification Version", "");
        control.add("", "nothing");
        assert_eq!(control.get("sha256"), Some("ab"));
        assert_eq!(control.get("specification_version"), None);
    }

    #[test]
    fn the_file_beside_the_table_is_its_own_or_the_general_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let input = Input::Path(at("wash.csv.gz"));
        assert!(sidecar(&input, true).expect("none").is_none());
        std::fs::write(at("extract.manifest.json"), r#"{"rows": 3, "pool": "pre2008", "part": null}"#)
            .expect("written");
        assert!(sidecar(&input, false).expect("none").is_none());
        let general = sidecar(&input, true).expect("read").expect("there");
        assert_eq!((general.control.get("rows"), general.control.get("part")), (Some("3"), None));
        std::fs::write(at("wash.manifest.json"), r#"{"rows": 4}"#).expect("written");
        assert_eq!(sidecar(&input, true).expect("read").expect("there").control.get("rows"), Some("4"));
        std::fs::write(at("wash.manifest.json"), "[1]").expect("written");
        assert_eq!(sidecar(&input, true).expect_err("a list").exit_status(), 3);
    }
}
