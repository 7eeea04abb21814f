//! `rewash pool extract`: what is due, joined to a fresh file of cases, as workbooks for HMRC.

use crate::cli::Ended;
use crate::cli::args::PoolExtract;
use crate::cli::files::{check_folder, refuse_taken};
use crate::cli::outputs::{Outputs, Sealing};
use crate::cli::pool::{Fresh, Settled, fresh, loading_lines, settle};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::gateway::{EXTRACT_FLOW, Released, ho_to_hmrc};
use crate::exchange::ledger::{Delivery, record_delivery};
use crate::exchange::pool::{self, Loading, Missing, Wash};
use crate::exchange::specification::rows_sha256;
use crate::exchange::{Sheet, Working};
use crate::report::{self, Summary, thousands};
use crate::store::OutputFolder;
use rayon::prelude::*;
use rusqlite::Transaction;
use serde_json::{Value, json};
use std::cell::Cell;

/// What an extract made.
struct Made {
    loading: Loading,
    wash: Wash,
    files: Vec<Delivery>,
}

/// Runs `rewash pool extract`.
pub(crate) fn run(words: &PoolExtract, talk: &Talk) -> Result<Ended> {
    refuse_taken(&words.out)?;
    let sealing = Sealing::to(&words.encrypt_to, &[Department::Hmrc])?;
    let Settled { on, agreement, agreement_sha256, mut ledger } = settle(&words.pool, "pool extract", true, talk)?;
    let fresh = fresh(&words.cases, &agreement, talk)?;
    check_folder(&words.out, &agreement, talk)?;
    let task = Task { words, on: &on, agreement: &agreement, agreement_sha256, fresh: &fresh, sealing };
    let folder = OutputFolder::create(&words.out)?;
    let nothing_due = Cell::new(false);
    let made = ledger.change_with_folder(folder, |transaction, folder, head| {
        task.carry_out(transaction, folder, head, &nothing_due)
    });
    if nothing_due.get() {
        // There is no folder to make, and the fresh file is taken all the same.
        let loading = ledger.load_cases(&fresh.cases, &on, &agreement)?;
        talk.summary(&nothing(&loading, &fresh));
        return Ok(Ended::NothingMatched);
    }
    talk.summary(&summary(words, &fresh, &made?));
    Ok(Ended::Done)
}

fn nothing(loading: &Loading, fresh: &Fresh) -> Summary {
    let mut summary = Summary::default();
    loading_lines(loading, fresh.faults.len(), &mut summary);
    summary.line("due", "0");
    summary.note("nothing that is due is in the file: no extract was written");
    summary
}

struct Task<'a> {
    words: &'a PoolExtract,
    on: &'a str,
    agreement: &'a Agreement,
    agreement_sha256: Option<String>,
    fresh: &'a Fresh,
    sealing: Sealing,
}

impl Task<'_> {
    fn carry_out(
        &self,
        transaction: &Transaction,
        folder: &OutputFolder,
        head: &str,
        nothing_due: &Cell<bool>,
    ) -> Result<(Made, Value)> {
        let cases = &self.fresh.loaded.table;
        let loading = pool::load(transaction, &self.fresh.cases, self.on, self.agreement)?;
        let nationality = |row: u32| cases.value("nationality", row as usize).map(str::to_owned);
        let nationalities: Option<&dyn Fn(u32) -> Option<String>> =
            if self.agreement.report_by_nationality { Some(&nationality) } else { None };
        let planned = pool::plan(transaction, &self.fresh.cases, self.on, self.words.most, self.agreement)?;
        let Some(planned) = planned else {
            nothing_due.set(true);
            return Err(Error::internal("nothing is due"));
        };
        let outputs = Outputs::new(folder, &self.sealing);
        // The ledger is of one thread; its rows are written while others write the files.
        std::thread::scope(|scope| {
            let files = scope.spawn(|| self.write_parts(&outputs, &planned.wash));
            let recorded = pool::record(transaction, &planned, nationalities, self.on, self.agreement);
            let files = files.join().unwrap_or_else(|_| Err(Error::internal("a workbook could not be written")));
            recorded.and(files)
        })?;
        pool::at_folder(transaction, &planned, folder.target(), head)?;
        let wash = planned.wash;
        let files = outputs.deliveries(self.on);
        write_lists(folder, &wash.missing, self.fresh)?;
        for delivery in &files {
            record_delivery(transaction, delivery)?;
        }
        let manifest = self.manifest(&wash, &loading, &files, head);
        outputs.public("manifest.json", &pretty(&manifest)?)?;
        let subject = json!({ "wash": wash.name, "on": self.on, "cases": loading, "files": files });
        Ok((Made { loading, wash, files }, subject))
    }

    fn write_parts(&self, outputs: &Outputs, wash: &Wash) -> Result<()> {
        let parts = ho_to_hmrc(&self.fresh.loaded.table, wash, &self.words.dash_source, self.on);
        parts.par_iter().try_for_each(|(part, released)| self.write_part(outputs, wash, *part, released))
    }

    /// A workbook with its sidecar.
    fn write_part(&self, outputs: &Outputs, wash: &Wash, part: u32, released: &Released<Sheet>) -> Result<()> {
        let sheet = released.get();
        let pool = wash.rows.iter().find(|row| row.part == part).map_or("", |row| row.pool.as_str());
        let name = format!("extract-{}-{pool}-{part}", wash.name);
        let parts = wash.rows.last().map_or(0, |row| row.part);
        let mut control = vec![
            ("rows", sheet.rows.len().to_string()),
            ("sha256", rows_sha256(std::iter::once(&sheet.header).chain(&sheet.rows))),
            ("pool", pool.to_owned()),
            ("cycle", self.on[..7].to_owned()),
            ("specification_version", self.agreement.specification_version.clone()),
            ("agreement", self.agreement.reference.clone()),
            ("wash", wash.name.clone()),
            ("part", part.to_string()),
            ("parts", parts.to_string()),
        ];
        // The sidecar's digest is of the file as it is stored, the control sheet's of the rows: a file cannot hold its own.
        control[1].1 = outputs.workbook(&format!("{name}.xlsx"), released, &control, self.on)?;
        let sidecar: serde_json::Map<String, Value> =
            control.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect();
        outputs.public(&format!("{name}.manifest.json"), &pretty(&Value::Object(sidecar))?)
    }

    fn manifest(&self, wash: &Wash, loading: &Loading, files: &[Delivery], head: &str) -> Value {
        json!({
            "program": "rewash",
            "version": env!("CARGO_PKG_VERSION"),
            "audit_head": head,
            "on": self.on,
            "cycle": &self.on[..7],
            "wash": wash.name,
            "purpose": "to establish up-to-date contact information",
            "source_system": "CID",
            "umbrella_memorandum": "MOU-U-D",
            "flow": EXTRACT_FLOW,
            "marking": "OFFICIAL-SENSITIVE",
            "agreement": self.agreement,
            "agreement_sha256": self.agreement_sha256,
            "cases_sha256": self.fresh.loaded.sha256,
            "cases": loading,
            "rows": wash.rows.len(),
            "missing": wash.missing.len(),
            "left_for_later": wash.left,
            "files": files,
        })
    }
}

fn pretty(value: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::internal(error.to_string()))?;
    Ok(text + "\n")
}

/// Lists that stay with the Home Office: cases that were due and not in the file, and faults of its rows.
fn write_lists(folder: &OutputFolder, missing: &[Missing], fresh: &Fresh) -> Result<()> {
    let rows = missing.iter().map(|case| vec![case.cid_person_id.clone(), case.number.to_string()]).collect();
    let sheet = Sheet { header: ["cid_person_id", "wash_number"].map(str::to_owned).to_vec(), rows };
    report::write_working(folder.file("missing.csv")?, &Working(sheet))?;
    let number = |row: u32| fresh.loaded.row_numbers.get(row as usize).copied().unwrap_or(0);
    let mut rows: Vec<(u64, &str, &str)> =
        fresh.faults.iter().map(|fault| (number(fault.row), fault.column, fault.reason)).collect();
    rows.extend(fresh.loaded.rejects.iter().map(|reject| (reject.row, "", reject.reason)));
    rows.sort_unstable();
    let rows = rows.into_iter().map(|(row, column, reason)| vec![row.to_string(), column.into(), reason.into()]);
    let sheet = Sheet { header: ["row", "field", "reason"].map(str::to_owned).to_vec(), rows: rows.collect() };
    report::write_working(folder.file("exceptions.csv")?, &Working(sheet))
}

fn summary(words: &PoolExtract, fresh: &Fresh, made: &Made) -> Summary {
    let mut out = Summary::default();
    loading_lines(&made.loading, fresh.faults.len(), &mut out);
    let wash = &made.wash;
    out.line("wash", &wash.name);
    let mut numbers: Vec<u32> = wash.rows.iter().map(|row| row.number).collect();
    numbers.sort_unstable();
    for group in numbers.chunk_by(|a, b| a == b) {
        let what = if group[0] == 0 { "first washes".to_owned() } else { format!("rewashes at {} months", group[0]) };
        out.line(what, thousands(group.len() as u64));
    }
    for file in &made.files {
        out.line("written", words.out.join(&file.file).display().to_string());
    }
    if !wash.missing.is_empty() {
        let count = thousands(wash.missing.len() as u64);
        out.note(format!("{count} cases are due and not in the file: missing.csv; they stay due"));
    }
    if wash.left > 0 {
        out.note(format!("{} cases are left for a later extract; they stay due", thousands(wash.left)));
    }
    out
}
