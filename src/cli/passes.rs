//! What passes over registers brought that other processes made, as a trace takes it up.

use crate::cli::files::file_name;
use crate::cli::talk::Talk;
use crate::cli::trace::asked;
use crate::engine::partial::{AskedFile, Partial, ProbeFile, Reading, check, slot_counts};
use crate::engine::{self, ExtractSide, Linked, Settings, Trace};
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::frame::lines::RecordBatch;
use crate::ids::Slot;
use crate::ingest::read_batches;
use crate::store::FileState;
use crate::util::hash::set;
use std::path::{Path, PathBuf};

/// What passes over the registers brought that other processes made.
pub(crate) struct Passes {
    /// The probe of all of them.
    pub probe: ProbeFile,
    /// Their partial results.
    pub partials: Vec<PathBuf>,
    /// Whose rows were gathered, once that is known.
    pub asked: Option<AskedFile>,
}

impl Passes {
    /// The trace of the extract that the probe was made of.
    pub(crate) fn trace(&self, extract: &Table, name: &str, settings: &Settings, talk: &Talk) -> Result<Linked<Trace>> {
        let side = ExtractSide::new(extract, settings.on);
        if !self.probe.is_of(&side) {
            return Err(Error::input("is not the extract that the probe was made of")
                .at(name)
                .hint("give the same file, or make the probe and the passes again"));
        }
        let partial = read_partials(&self.probe, &self.partials)?;
        engine::trace_parts(side, partial, settings, talk)
    }

    /// The people whose register rows a trace needs.
    pub(crate) fn asked_of(&self, trace: &Trace) -> AskedFile {
        let (people, candidates) = asked(trace);
        let mut keys = set();
        keys.extend(people.iter().chain(&candidates).map(|(key, _)| *key));
        let data_sets = self.probe.about().data_sets.clone();
        AskedFile { people: keys, digest: self.probe.digest().to_owned(), data_sets }
    }

    /// Refuses rows that were gathered for other people than those of the trace.
    pub(crate) fn check_gathered(&self, trace: &Trace) -> Result<()> {
        if self.asked.as_ref().is_none_or(|asked| *asked == self.asked_of(trace)) {
            return Ok(());
        }
        Err(Error::input("other people were asked for than this trace finds")
            .at("--asked")
            .hint("give `stage finish` the model, agreement and partials that `stage resolve` was given"))
    }
}

/// A probe.
pub(crate) fn read_probe(path: &Path) -> Result<ProbeFile> {
    ProbeFile::read(&batches(path)?).map_err(|error| error.at(file_name(path)))
}

/// Who is asked for.
pub(crate) fn read_asked(path: &Path) -> Result<AskedFile> {
    AskedFile::read(&batches(path)?).map_err(|error| error.at(file_name(path)))
}

/// All batches of a file of lines.
fn batches(path: &Path) -> Result<Vec<RecordBatch>> {
    let mut out = Vec::new();
    read_batches(path, |batch| {
        out.push(batch.clone());
        Ok(())
    })?;
    Ok(out)
}

/// Refuses a file of some kind that is given twice, by whatever name: its rows would be counted twice. Parts that hold the same
/// are not one file; of empty ones there may be many.
pub(crate) fn refuse_twice<'a>(paths: impl Iterator<Item = &'a Path>, kind: &str) -> Result<()> {
    let mut known = Vec::new();
    for path in paths.filter(|path| *path != Path::new("-")) {
        // What is not there is told by whoever reads it.
        let Ok(state) = FileState::at(path) else { continue };
        if known.contains(&state) {
            return Err(Error::input("is given twice, and its rows would be counted twice")
                .at(file_name(path))
                .hint(format!("name each {kind} once")));
        }
        known.push(state);
    }
    Ok(())
}

/// All partials together. Blocks are counted first, so that rows of those that are too large are never held.
fn read_partials(probe: &ProbeFile, paths: &[PathBuf]) -> Result<Partial> {
    refuse_twice(paths.iter().map(PathBuf::as_path), "partial")?;
    let mut counts = vec![0; probe.slots()];
    for path in paths {
        let mut ends = 0;
        read_batches(path, |batch| {
            ends += check(batch, probe.digest())?;
            Ok(())
        })?;
        if ends == 0 {
            let hint = "scan that part of the register again";
            return Err(Error::input("is not a complete partial").at(file_name(path)).hint(hint));
        }
        read_batches(path, |batch| slot_counts(batch, &mut counts))?;
    }
    let stands = |slot: Slot| counts.get(slot.index()).is_some_and(|rows| probe.stands(slot, *rows));
    let mut all = Partial::default();
    for path in paths {
        let mut reading = Reading::new(probe.slots(), probe.digest(), &stands);
        read_batches(path, |batch| reading.take(batch))?;
        all = all.merge(reading.finish().map_err(|error| error.at(file_name(path)))?);
    }
    Ok(all)
}
