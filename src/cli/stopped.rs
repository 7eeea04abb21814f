//! `rewash benefits stopped`: savings from DWP's own feed of stopped awards.

use crate::cli::Ended;
use crate::cli::args::Stopped;
use crate::cli::benefits::handoff_input;
use crate::cli::files::{check_readable, read_agreement, refuse_taken, run_date, single};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::gateway::savings_to_ho;
use crate::exchange::metrics::CELL_MIN;
use crate::exchange::{FORMULA, Savings, Working, savings};
use crate::ingest;
use crate::model::schema;
use crate::report::{self, Summary, savings_manifest, thousands};
use crate::store::OutputFolder;
use std::io::Write;

/// The file for the Home Office.
const SAVINGS: &str = "dwp_savings.csv";

/// Runs `rewash benefits stopped`.
pub(crate) fn run(words: &Stopped, talk: &Talk) -> Result<Ended> {
    let on = run_date(words.on.as_deref())?;
    let (agreement, _) = read_agreement(words.agreement.as_deref(), on, talk)?;
    refuse_taken(&words.out)?;
    let input = single(&words.feed, "the feed of stopped awards")?;
    check_readable(std::iter::once(&input), &agreement, talk)?;
    let loaded = ingest::load(&input, &schema::STOPPED, &ingest::Limits::default())?;
    let savings = savings(&loaded, on, words.weeks);
    let folder = OutputFolder::create(&words.out)?;
    report::write_departmental(folder.file(SAVINGS)?, &savings_to_ho(&savings))?;
    report::write_working(folder.file("exceptions.csv")?, &Working(savings.exceptions_sheet()))?;
    let manifest = savings_manifest(&savings, on.to_string(), handoff_input(&input, "stopped awards", &loaded));
    folder
        .file("manifest.json")?
        .write_all(manifest.to_json().as_bytes())
        .map_err(|error| Error::write(&error).at("manifest.json"))?;
    folder.commit()?;
    talk.summary(&summary(words, &savings));
    Ok(if savings.rows > savings.refused { Ended::Done } else { Ended::NothingMatched })
}

fn summary(words: &Stopped, savings: &Savings) -> Summary {
    let mut out = Summary::default();
    out.line("rows", thousands(savings.rows));
    out.line("rows not counted", thousands(savings.refused));
    match savings.all {
        Some(all) => {
            out.line("people", thousands(all.people));
            out.line("awards stopped", thousands(all.awards));
            out.line("savings", format!("£{} over {} weeks", all.savings_gbp(savings.weeks), savings.weeks));
        }
        None => out.line("people", format!("under {CELL_MIN}: no sum is shown")),
    }
    out.line("formula", FORMULA);
    for name in [SAVINGS, "exceptions.csv", "manifest.json"] {
        out.line("written", words.out.join(name).display().to_string());
    }
    out
}
