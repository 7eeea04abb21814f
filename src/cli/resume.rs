//! Checkpoints of a trace: where they are, with which key, and what they are of.

use crate::cli::args::Trace as TraceWords;
use crate::cli::talk::Talk;
use crate::cli::trace::TracePlan;
use crate::engine::{Checkpoints, Plan, Settings};
use crate::error::{Error, Result};
use crate::ingest::Loaded;
use crate::report::thousands;
use crate::store::read_key;
use crate::util::hash::hex;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::time::Duration;

/// Where checkpoints are to be.
pub(crate) struct Resume {
    folder: PathBuf,
    key: Option<Vec<u8>>,
    every: Duration,
}

impl Resume {
    /// What the words ask for; under an agreement checkpoints are encrypted.
    pub(crate) fn resolve(words: &TraceWords, plan: Plan, strict: bool) -> Result<Option<Self>> {
        let Some(folder) = &words.resume else { return Ok(None) };
        if plan != Plan::Stream {
            return Err(Error::usage("goes with the stream plan alone").at("--resume").hint("leave out --plan index"));
        }
        if strict && words.key_file.is_none() {
            return Err(Error::usage("checkpoints of a run under an agreement are encrypted, and no key was given")
                .at("--resume")
                .hint("give the file of a key with --key-file"));
        }
        if words.out == *folder {
            return Err(Error::usage("is the folder of the output").at("--resume").hint("name another folder"));
        }
        let key = words.key_file.as_deref().map(read_key).transpose()?;
        Ok(Some(Self { folder: folder.clone(), key, every: Duration::from_secs(words.checkpoint_seconds) }))
    }
}

/// Opens the checkpoints of a run, if it has any.
pub(crate) fn open_checkpoints(plan: &mut TracePlan, loaded: &Loaded, talk: &Talk) -> Result<()> {
    let Some(Resume { folder, key, every }) = plan.resume.take() else { return Ok(()) };
    let places = 0..plan.registers.files.len();
    plan.digests = places.map(|place| plan.registers.sha256(place)).collect::<Result<_>>()?;
    let checkpoints = Checkpoints::open(&folder, key, identity(plan, loaded), every)?;
    if checkpoints.rows_done() > 0 {
        talk.note(&format!(
            "going on after {} register rows that were done before",
            thousands(checkpoints.rows_done())
        ));
    }
    plan.settings.checkpoints = Some(checkpoints);
    Ok(())
}

/// Digest of all that can change what a run brings.
fn identity(plan: &TracePlan, loaded: &Loaded) -> String {
    let Settings { on, model, thresholds, limits, .. } = &plan.settings;
    let mut sum = Sha256::new();
    let mut add = |text: &str| {
        sum.update((text.len() as u64).to_le_bytes());
        sum.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&on.to_string());
    add(&format!("{thresholds:?} {limits:?}"));
    add(&model.as_ref().map(crate::model::parameters::Parameters::to_json).unwrap_or_default());
    add(plan.agreement_sha256.as_deref().unwrap_or_default());
    add(&loaded.sha256);
    for (file, digest) in plan.registers.files.iter().zip(&plan.digests) {
        add(plan.registers.data_sets.name(file.data_set));
        add(digest);
    }
    hex(&sum.finalize())
}
