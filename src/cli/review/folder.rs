//! The folder of a trace as `rewash review` finds it: its cases, and the decisions that were applied before.
//!
//! Each time that decisions are applied, a folder `reviewed-1`, `reviewed-2` … appears in that of the trace, whole or not at
//! all. A numbered supplement is in those that release something.

use crate::cli::files::of_run;
use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::review::{CASES, Cases, Standings, read_decisions};
use crate::ingest::{self, Input, Limits};
use crate::model::schema;
use crate::store::near_hint;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// File of the decisions in each `reviewed` folder.
pub(super) const DECISIONS: &str = "decisions.csv";
/// Most folders of decisions of one trace.
const FOLDERS_MAX: u32 = 10_000;

/// The folder of a trace.
pub(super) struct Reviewed {
    pub path: PathBuf,
    /// Day of the trace.
    pub on: String,
    pub agreement: Agreement,
    /// Digest of the agreement's file; `None` where none was given.
    pub agreement_sha256: Option<String>,
    /// Name of the run in the ledger, and the head of the audit chain that its manifest carries.
    pub run: Option<(String, String)>,
    /// Digest of the trace's manifest.
    pub manifest_sha256: String,
    pub is_sealed: bool,
    pub cases: Cases,
    /// All decisions that were applied so far.
    pub standings: Standings,
    /// Folders of decisions so far.
    pub folders: u32,
    /// Supplements so far: number, folder and rows of each file.
    pub supplements: Vec<Value>,
}

impl Reviewed {
    /// Opens the folder of a trace.
    ///
    /// # Errors
    /// When it is no folder of a trace, or of another version, or sealed to a key that was not given.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let no_trace = |what: &str| {
            Error::input(what.to_owned()).at(path.display()).hint("name the folder that `rewash trace --out` made")
        };
        if !path.exists() {
            return Err(Error::input("no such folder").at(path.display()).hint(near_hint(path)));
        }
        let manifest_path = path.join("manifest.json");
        if !manifest_path.is_file() {
            return Err(no_trace("holds no manifest.json"));
        }
        let manifest = json(&manifest_path)?;
        let cases_path = of_run(path, CASES);
        if !cases_path.is_file() {
            return Err(no_trace("holds no cases to review"));
        }
        let agreement: Agreement = serde_json::from_value(manifest["agreement"].clone())
            .map_err(|_| no_trace("has a manifest that names no agreement"))?;
        let text = |name: &str| manifest[name].as_str().map(str::to_owned);
        let mut out = Self {
            path: path.to_owned(),
            on: text("on").ok_or_else(|| no_trace("has a manifest without a day"))?,
            agreement,
            agreement_sha256: text("agreement_sha256"),
            run: text("run").zip(text("audit_head")),
            manifest_sha256: ingest::digest(&Input::Path(manifest_path))?,
            is_sealed: manifest["sealed_to"].is_object(),
            cases: Cases::read(&ingest::read_whole(&cases_path)?)?,
            standings: Standings::default(),
            folders: 0,
            supplements: Vec::new(),
        };
        out.read_decisions()?;
        Ok(out)
    }

    /// Where decisions of a number are.
    pub(super) fn folder(&self, number: u32) -> PathBuf {
        self.path.join(folder_name(number))
    }

    /// Name of the run in the ledger; empty where it is in none.
    pub(super) fn run_name(&self) -> &str {
        self.run.as_ref().map_or("", |(name, _)| name)
    }

    fn read_decisions(&mut self) -> Result<()> {
        for number in 1..FOLDERS_MAX {
            let folder = self.folder(number);
            if !folder.is_dir() {
                return Ok(());
            }
            let file = of_run(&folder, DECISIONS);
            let loaded = ingest::load_every_row(&Input::Path(file), &schema::ANY, &Limits::default())?;
            for vote in read_decisions(&loaded.table, &self.cases)? {
                self.standings.add(&vote);
            }
            self.folders = number;
            let manifest = json(&folder.join("manifest.json"))?;
            self.supplements = manifest["supplements"].as_array().cloned().unwrap_or_default();
        }
        Err(Error::limit("holds too many folders of decisions").at(self.path.display()))
    }
}

/// Manifest of the decisions that were applied last to a trace; it counts all of them.
pub(crate) fn latest_decisions(run: &Path) -> Option<PathBuf> {
    let manifests = (1..FOLDERS_MAX).map(|number| run.join(folder_name(number)).join("manifest.json"));
    manifests.take_while(|path| path.is_file()).last()
}

/// Name of the folder of a number.
pub(super) fn folder_name(number: u32) -> String {
    format!("reviewed-{number}")
}

fn json(path: &Path) -> Result<Value> {
    let bytes = ingest::read_whole(path)?;
    serde_json::from_slice(&bytes).map_err(|_| Error::input("is not JSON").at(path.display()))
}
