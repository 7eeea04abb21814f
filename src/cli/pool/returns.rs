//! `rewash pool return`: HMRC's three files, or DWP's return, into the ledger.

use crate::cli::Ended;
use crate::cli::args::PoolReturn;
use crate::cli::files::{check_readable, of_run, single};
use crate::cli::pool::{Settled, settle};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::gateway::{HO_COLUMNS, NO_HIT_COLUMNS, UNRESOLVED_COLUMNS};
use crate::exchange::ledger::{Delivery, Direction, record_delivery};
use crate::exchange::pool::{self, Answer, ReturnRow, Returns};
use crate::frame::{Table, TextColumn};
use crate::ingest::{self, Input, Limits, Loaded};
use crate::model::schema;
use crate::report::{Summary, thousands};
use serde_json::json;
use std::path::Path;

/// The files of HMRC's answer.
const FILES: [&str; 3] = ["hmrc_to_ho.csv", "hmrc_no_hits.csv", "hmrc_unresolved.csv"];

/// What HMRC answered: its rows, and the files that they are in.
struct Answered {
    rows: Vec<ReturnRow>,
    files: Vec<Delivery>,
}

/// Runs `rewash pool return`. Where both departments' answers are given they are taken together: both, or neither.
pub(crate) fn run(words: &PoolReturn, talk: &Talk) -> Result<Ended> {
    let Settled { on, agreement, mut ledger, .. } = settle(&words.pool, "pool return", true, talk)?;
    let answer =
        words.folder.as_deref().map(|folder| hmrc(&on, &agreement, folder, words.supplement, talk)).transpose()?;
    let reported = words.dwp.as_deref().map(|file| dwp(&on, &agreement, file, talk)).transpose()?;
    let (returns, rows) = ledger.change(|transaction| {
        let mut subject = json!({ "on": on });
        let mut files: Vec<&Delivery> = Vec::new();
        let returns = match &answer {
            Some(answer) => Some(pool::take(transaction, &answer.rows, &on, words.supplement, &agreement)?),
            None => None,
        };
        if let (Some(answer), Some(returns)) = (&answer, &returns) {
            files.extend(&answer.files);
            subject["supplement"] = json!(words.supplement);
            subject["return"] = json!(returns);
        }
        let rows = match &reported {
            Some((table, _)) => Some(pool::take_dwp(transaction, table)?),
            None => None,
        };
        if let (Some((_, file)), Some(rows)) = (&reported, rows) {
            files.push(file);
            subject["rows"] = json!(rows);
        }
        files.iter().try_for_each(|delivery| record_delivery(transaction, delivery))?;
        subject["files"] = json!(files);
        Ok(((returns, rows), subject))
    })?;
    if let Some(returns) = &returns {
        talk.summary(&summary(returns));
    }
    if let Some(rows) = rows {
        let mut summary = Summary::default();
        summary.line("reported by DWP", thousands(rows));
        talk.summary(&summary);
    }
    Ok(Ended::Done)
}

/// A file of the answer. A supplement may lack all but the matches.
fn load(folder: &Path, name: &'static str, supplement: bool) -> Result<Option<Loaded>> {
    let path = of_run(folder, name);
    if path.is_file() {
        return ingest::load_every_row(&Input::Path(path), &schema::ANY, &Limits::default()).map(Some);
    }
    if supplement && name != FILES[0] {
        return Ok(None);
    }
    Err(Error::input(format!("holds no {name}"))
        .at(folder.display())
        .hint(format!("name the folder with the three files of HMRC's answer: {}", FILES.join(", "))))
}

/// A file without rows, in place of one that a supplement lacks.
fn empty(columns: &[&str]) -> Table {
    Table::new(columns.iter().map(|name| ((*name).to_owned(), TextColumn::from_iter([None::<&str>; 0]))).collect())
}

fn received(on: &str, department: Department, file: &str, loaded: &Loaded) -> Delivery {
    Delivery {
        on: on.to_owned(),
        direction: Direction::Received,
        department,
        contact: String::new(),
        file: file.to_owned(),
        rows: loaded.table.rows() as u64,
        sha256: loaded.sha256.clone(),
    }
}

fn hmrc(on: &str, agreement: &Agreement, folder: &Path, supplement: bool, talk: &Talk) -> Result<Answered> {
    let named = FILES.map(|name| Input::Path(of_run(folder, name)));
    check_readable(named.iter(), agreement, talk)?;
    let [matches, no_hits, unresolved] = FILES.map(|name| load(folder, name, supplement));
    let files = [matches?, no_hits?, unresolved?];
    let table = |at: usize, columns: &[&str]| -> Table {
        files[at].as_ref().map_or_else(|| empty(columns), |loaded| loaded.table.clone())
    };
    let [matches, no_hits, unresolved] =
        [table(0, &HO_COLUMNS), table(1, &NO_HIT_COLUMNS), table(2, &UNRESOLVED_COLUMNS)];
    let rows = Answer { matches: &matches, no_hits: &no_hits, unresolved: &unresolved }.rows()?;
    let there = FILES.iter().zip(&files).filter_map(|(name, loaded)| Some((name, loaded.as_ref()?)));
    let files = there.map(|(name, loaded)| received(on, Department::Hmrc, name, loaded)).collect();
    Ok(Answered { rows, files })
}

/// DWP's return, and the file that it is in.
fn dwp(on: &str, agreement: &Agreement, file: &str, talk: &Talk) -> Result<(Table, Delivery)> {
    let input = single(file, "DWP's return")?;
    check_readable(std::iter::once(&input), agreement, talk)?;
    let loaded = ingest::load_every_row(&input, &schema::ANY, &Limits::default())?;
    let delivery = received(on, Department::Dwp, &input.name(), &loaded);
    Ok((loaded.table, delivery))
}

fn summary(returns: &Returns) -> Summary {
    let mut out = Summary::default();
    let washes: Vec<&str> = returns.washes.iter().map(String::as_str).collect();
    out.line("wash", washes.join(", "));
    for (word, count) in &returns.rows {
        out.line(word.replace('_', " "), thousands(*count));
    }
    if returns.withdrawn > 0 {
        out.note(format!("{} cases had left the pool meanwhile", thousands(returns.withdrawn)));
    }
    if returns.decisions > 0 {
        let count = thousands(returns.decisions);
        out.note(format!("{count} cases are now due for the Home Office's decision: rewash pool status --decisions"));
    }
    out
}
