//! The people whose register rows are needed, as a file: person keys, which are hashes, and no rows.
//!
//! Lines of kind 10: `key`: a person. Kind 0: `texts`: `rewash asked 1`, version of the program, digest of the probe, names
//! of the data sets.

use crate::engine::PersonKey;
use crate::engine::partial::kind;
use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches, RecordBatch, read_lines};
use crate::util::hash::{Set, set};

/// Name and version of the form.
const FORMAT: &str = "rewash asked 1";

/// The people who are asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct AskedFile {
    /// Their keys.
    pub people: Set<PersonKey>,
    /// Digest of the probe.
    pub digest: String,
    /// Names of the data sets, by number.
    pub data_sets: Vec<String>,
}

impl AskedFile {
    /// Writes it as lines.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut LineBatches) -> Result<()> {
        let mut people: Vec<u64> = self.people.iter().map(|person| person.0).collect();
        people.sort_unstable();
        people.iter().try_for_each(|person| out.push(&Line { kind: kind::ASKED, key: *person, ..Line::default() }))?;
        let mut texts = vec![FORMAT, env!("CARGO_PKG_VERSION"), &self.digest];
        texts.extend(self.data_sets.iter().map(String::as_str));
        out.push(&Line { kind: kind::END, texts: &texts, ..Line::default() })
    }

    /// Reads one from all its batches.
    ///
    /// # Errors
    /// When they are not those of a whole one of this version.
    pub fn read(batches: &[RecordBatch]) -> Result<Self> {
        let damaged = || Error::input("does not say who is asked for").hint("make it with `rewash stage resolve`");
        let (mut people, mut end) = (set(), None);
        let mut take = |line: &Line| -> Result<()> {
            match (line.kind, line.texts) {
                (kind::ASKED, _) => drop(people.insert(PersonKey(line.key))),
                (kind::END, [FORMAT, env!("CARGO_PKG_VERSION"), digest, data_sets @ ..]) => {
                    let data_sets = data_sets.iter().map(|name| (*name).to_owned()).collect();
                    end = Some(((*digest).to_owned(), data_sets));
                }
                _ => return Err(damaged()),
            }
            Ok(())
        };
        batches.iter().try_for_each(|batch| read_lines(batch, |_| true, &mut take))?;
        let (digest, data_sets) = end.ok_or_else(damaged)?;
        Ok(Self { people, digest, data_sets })
    }
}
