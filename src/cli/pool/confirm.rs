//! `rewash pool confirm`: what people verified, into the ledger, and to DWP where it is agreed.

use crate::cli::Ended;
use crate::cli::args::PoolConfirm;
use crate::cli::files::{check_readable, refuse_taken, single};
use crate::cli::outputs::{Outputs, Sealing};
use crate::cli::pool::{Settled, settle};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::Sheet;
use crate::exchange::agreement::Department;
use crate::exchange::gateway::{Released, ho_to_dwp};
use crate::exchange::ledger::{Delivery, record_delivery};
use crate::exchange::pool::{self, Verdict, Verification};
use crate::frame::Table;
use crate::ingest::{self, Limits};
use crate::model::schema;
use crate::report::{Summary, thousands};
use crate::standardise::date;
use crate::store::OutputFolder;
use serde_json::{Value, json};

/// Columns that a file of verifications must have.
const NEEDED: [&str; 4] = ["dash_reference", "match_verified", "verified_by", "verified_on"];

/// Runs `rewash pool confirm`.
pub(crate) fn run(words: &PoolConfirm, talk: &Talk) -> Result<Ended> {
    if let Some(out) = &words.out {
        refuse_taken(out)?;
    }
    let sealing = Sealing::to(&words.encrypt_to, &[Department::Dwp])?;
    let Settled { on, agreement, mut ledger, .. } = settle(&words.pool, "pool confirm", true, talk)?;
    let load = |word: &str, title: &str| {
        let input = single(word, title)?;
        check_readable(std::iter::once(&input), &agreement, talk)?;
        ingest::load_every_row(&input, &schema::ANY, &Limits::default())
    };
    let verified = load(&words.verified, "the file of verifications")?;
    let verifications = read(&verified.table)?;
    let mut summary = Summary::default();
    let counts = match (&words.dwp, &words.out) {
        (Some(dwp), Some(out)) => {
            let dwp = load(dwp, "DWP's return")?;
            let released = ho_to_dwp(&dwp.table, &verified.table, &agreement)?;
            let folder = OutputFolder::create(out)?;
            summary.line("confirmed to DWP", thousands(released.get().rows.len() as u64));
            summary.line("written", out.display().to_string());
            ledger.change_with_folder(folder, |transaction, folder, head| {
                let counts = pool::verify(transaction, &verifications, &agreement)?;
                let files = write(folder, &released, &sealing, &on, head)?;
                files.iter().try_for_each(|delivery| record_delivery(transaction, delivery))?;
                let subject = json!({ "on": on, "verified": counts, "files": files });
                Ok((counts, subject))
            })?
        }
        _ => ledger.verify_matches(&verifications, &agreement)?,
    };
    for verdict in Verdict::ALL {
        summary.line(verdict.as_str(), thousands(counts.get(verdict.as_str()).copied().unwrap_or(0)));
    }
    talk.summary(&summary);
    Ok(Ended::Done)
}

const FILE: &str = "ho_to_dwp.csv";

fn read(table: &Table) -> Result<Vec<Verification>> {
    for name in NEEDED {
        if table.column(name).is_none() {
            return Err(Error::new(crate::error::ErrorKind::Column, format!("has no column `{name}`"))
                .at("verifications")
                .hint(format!("found: {}", ingest::listed_headers(table.names(), &NEEDED))));
        }
    }
    let wrong = |row: usize, what: &str| Error::input(format!("row {}: {what}", row + 1)).at("verifications");
    (0..table.rows())
        .map(|row| {
            let value = |name| table.value(name, row).unwrap_or("");
            let verdict = Verdict::of_word(value("match_verified"))
                .ok_or_else(|| wrong(row, "`match_verified` is correct, wrong or unsure"))?;
            let on = date::read(value("verified_on")).value.filter(|date| date.is_complete());
            let on = on.ok_or_else(|| wrong(row, "`verified_on` is not a date"))?;
            // A named person stands behind each verification: nothing here is decided by the program.
            if value("verified_by").is_empty() {
                return Err(wrong(row, "`verified_by` is empty: a person must stand behind it"));
            }
            Ok(Verification { dash_reference: value("dash_reference").to_owned(), verdict, on: on.to_string() })
        })
        .collect()
}

fn write(
    folder: &OutputFolder,
    released: &Released<Sheet>,
    sealing: &Sealing,
    on: &str,
    head: &str,
) -> Result<Vec<Delivery>> {
    let outputs = Outputs::new(folder, sealing);
    outputs.departmental(FILE, released)?;
    let files = outputs.deliveries(on);
    let manifest: Value = json!({
        "program": "rewash", "version": env!("CARGO_PKG_VERSION"), "audit_head": head, "on": on,
        "flow": released.flow(), "marking": "OFFICIAL-SENSITIVE", "files": files,
    });
    outputs.public("manifest.json", &format!("{manifest:#}\n"))?;
    Ok(files)
}
