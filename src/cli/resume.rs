//! Checkpoints of a trace, a linkage and the build of an index: where they are, with which key, and what they are of.

use crate::cli::args::{LinkageWords, ResumeWords, Trace as TraceWords};
use crate::cli::files::Registers;
use crate::cli::linkage::Named;
use crate::cli::talk::Talk;
use crate::cli::trace::TracePlan;
use crate::engine::linkage::{self, Linkage};
use crate::engine::{Checkpoints, Plan, Settings, stored};
use crate::error::{Error, Result};
use crate::ingest::Loaded;
use crate::report::thousands;
use crate::store::{PartFolder, read_key};
use crate::util::hash::hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where checkpoints are to be.
pub(crate) struct Resume {
    folder: PathBuf,
    key: Option<Vec<u8>>,
    every: Duration,
}

impl Resume {
    /// What the words of a trace ask for; under an agreement checkpoints are encrypted.
    pub(crate) fn of_trace(words: &TraceWords, plan: Plan, strict: bool) -> Result<Option<Self>> {
        let resume = Self::of(&words.resuming, "rows", &words.out)?;
        if resume.is_some() && plan != Plan::Stream {
            return Err(Error::usage("goes with the stream plan alone").at("--resume").hint("leave out --plan index"));
        }
        if resume.as_ref().is_some_and(|resume| strict && resume.key.is_none()) {
            return Err(Error::usage("checkpoints of a run under an agreement are encrypted, and no key was given")
                .at("--resume")
                .hint("give the file of a key with --key-file"));
        }
        Ok(resume)
    }

    /// What the words ask for, of a run with this output, whose parts hold what `word` says.
    pub(crate) fn of(words: &ResumeWords, word: &str, out: &Path) -> Result<Option<Self>> {
        let Some(folder) = &words.resume else { return Ok(None) };
        refuse_output_within(folder, out)?;
        PartFolder::look_at(folder, word, &|_| false)?;
        let key = words.key_file.as_deref().map(read_key).transpose()?;
        Ok(Some(Self { folder: folder.clone(), key, every: Duration::from_secs(words.checkpoint_seconds) }))
    }

    /// Opens the checkpoints of a linkage, whose pairs are of `weight_min` bits and more and go to the file `out`.
    pub(crate) fn open_pairs(
        self,
        words: &LinkageWords,
        tables: &[Named],
        linkage: &Linkage,
        (weight_min, out): (f64, Option<&Path>),
        talk: &Talk,
    ) -> Result<linkage::Checkpoints> {
        let identity = identity_of_pairs(words, tables, linkage, weight_min);
        let checkpoints = linkage::Checkpoints::open(&self.folder, self.key, identity, self.every)?;
        if let Some(taken) = out.and_then(taken) {
            return Err(if checkpoints.has_parts() { taken } else { checkpoints.remove().err().unwrap_or(taken) });
        }
        if checkpoints.has_parts() {
            talk.note("going on after pairs that were scored before");
        }
        Ok(checkpoints)
    }
}

/// Opens the checkpoints of a run, if it has any.
pub(crate) fn open_checkpoints(plan: &mut TracePlan, loaded: &Loaded, talk: &Talk) -> Result<()> {
    let Some(Resume { folder, key, every }) = plan.resume.take() else { return Ok(()) };
    let places = 0..plan.registers.files.len();
    plan.digests = places.map(|place| plan.registers.sha256(place)).collect::<Result<_>>()?;
    let checkpoints = Checkpoints::open(&folder, key, identity(plan, loaded), every)?;
    if let Some(taken) = taken(&plan.out) {
        return Err(if checkpoints.rows_done() > 0 { taken } else { checkpoints.remove().err().unwrap_or(taken) });
    }
    if checkpoints.rows_done() > 0 {
        talk.note(&format!(
            "going on after {} register rows that were done before",
            thousands(checkpoints.rows_done())
        ));
    }
    plan.settings.checkpoints = Some(checkpoints);
    Ok(())
}

/// Refuses a folder that the output is, or is to be in: it is removed in the end.
pub(crate) fn refuse_output_within(folder: &Path, out: &Path) -> Result<()> {
    if out.starts_with(folder) {
        return Err(Error::usage("is the output, or a folder above it").at("--resume").hint("name another folder"));
    }
    Ok(())
}

/// Refuses an output that has come to be there: of two runs at once the first may have ended, and its checkpoints be gone,
/// before the second one opened them.
pub(crate) fn taken(out: &Path) -> Option<Error> {
    let hint = "nothing is overwritten: choose another name, or remove it first";
    let is_empty_folder = || std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    (out.exists() && !is_empty_folder()).then(|| Error::output("exists already").at(out.display()).hint(hint))
}

/// Digest of all that can change what a run brings.
fn identity(plan: &TracePlan, loaded: &Loaded) -> String {
    let Settings { on, model, thresholds, limits, .. } = &plan.settings;
    let mut sum = Identity::new();
    sum.add(&on.to_string());
    sum.add(&format!("{thresholds:?} {limits:?}"));
    sum.add(&model.as_ref().map(crate::model::parameters::Parameters::to_json).unwrap_or_default());
    sum.add(plan.agreement_sha256.as_deref().unwrap_or_default());
    sum.add(&loaded.sha256);
    for (file, digest) in plan.registers.files.iter().zip(&plan.digests) {
        sum.add(plan.registers.data_sets.name(file.data_set));
        sum.add(digest);
    }
    sum.text()
}

/// Digest of all that can change which pairs a linkage keeps: the model is the one that was learned.
fn identity_of_pairs(words: &LinkageWords, tables: &[Named], linkage: &Linkage, weight_min: f64) -> String {
    let mut sum = Identity::new();
    for table in tables {
        sum.add(&table.sha256);
        // Of some models rows are in the order of their ids.
        sum.add(table.id.as_deref().unwrap_or_default());
    }
    sum.add(&linkage.model.to_json());
    sum.add(&format!("{:?}", linkage.frequency_tables));
    sum.add(&format!("{} {:x} {:?}", words.block_pairs, weight_min.to_bits(), linkage.rows()));
    sum.text()
}

/// Digest of all that an index is of; how many rows a segment has is not part of what it answers.
pub(crate) fn identity_of_index(registers: &Registers) -> Result<String> {
    let mut sum = Identity::new();
    sum.add(&stored::VERSION.to_string());
    for (place, file) in registers.files.iter().enumerate() {
        sum.add(registers.data_sets.name(file.data_set));
        sum.add(&registers.sha256(place)?);
    }
    Ok(sum.text())
}

/// A digest of texts, and of the version of the program.
struct Identity(Sha256);

impl Identity {
    fn new() -> Self {
        let mut sum = Self(Sha256::new());
        sum.add(env!("CARGO_PKG_VERSION"));
        sum.add(&crate::standardise::tables_digest());
        sum
    }

    fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn text(self) -> String {
        hex(&self.0.finalize())
    }
}
