//! `rewash pool return`: HMRC's three files, or DWP's return, into the ledger.

use crate::cli::Ended;
use crate::cli::args::PoolReturn;
use crate::cli::files::{check_readable, of_run, single};
use crate::cli::pool::{Settled, settle};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::agreement::Department;
use crate::exchange::gateway::{HO_COLUMNS, NO_HIT_COLUMNS, UNRESOLVED_COLUMNS};
use crate::exchange::ledger::{Delivery, Direction, record_delivery};
use crate::exchange::pool::{self, Answer, Returns};
use crate::frame::{Table, TextColumn};
use crate::ingest::{self, Input, Limits, Loaded};
use crate::model::schema;
use crate::report::{Summary, thousands};
use std::path::Path;

/// The files of HMRC's answer.
const FILES: [&str; 3] = ["hmrc_to_ho.csv", "hmrc_no_hits.csv", "hmrc_unresolved.csv"];

/// Runs `rewash pool return`.
pub(crate) fn run(words: &PoolReturn, talk: &Talk) -> Result<Ended> {
    let mut settled = settle(&words.pool, "pool return", true, talk)?;
    if let Some(folder) = &words.folder {
        let returns = hmrc(&mut settled, folder, words.supplement, talk)?;
        talk.summary(&summary(&returns));
    }
    if let Some(file) = &words.dwp {
        let rows = dwp(&mut settled, file, talk)?;
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
        return ingest::load(&Input::Path(path), &schema::ANY, &Limits::default()).map(Some);
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

fn hmrc(settled: &mut Settled, folder: &Path, supplement: bool, talk: &Talk) -> Result<Returns> {
    let named = FILES.map(|name| Input::Path(of_run(folder, name)));
    check_readable(named.iter(), &settled.agreement, talk)?;
    let [matches, no_hits, unresolved] = FILES.map(|name| load(folder, name, supplement));
    let files = [matches?, no_hits?, unresolved?];
    let table = |at: usize, columns: &[&str]| -> Table {
        files[at].as_ref().map_or_else(|| empty(columns), |loaded| loaded.table.clone())
    };
    let [matches, no_hits, unresolved] =
        [table(0, &HO_COLUMNS), table(1, &NO_HIT_COLUMNS), table(2, &UNRESOLVED_COLUMNS)];
    let rows = Answer { matches: &matches, no_hits: &no_hits, unresolved: &unresolved }.rows()?;
    let on = settled.on.clone();
    let there = FILES.iter().zip(&files).filter_map(|(name, loaded)| Some((name, loaded.as_ref()?)));
    let deliveries: Vec<Delivery> = there.map(|(name, loaded)| received(&on, Department::Hmrc, name, loaded)).collect();
    let agreement = &settled.agreement;
    settled.ledger.change(|transaction| {
        let returns = pool::take(transaction, &rows, &on, supplement, agreement)?;
        deliveries.iter().try_for_each(|delivery| record_delivery(transaction, delivery))?;
        let subject = serde_json::json!({
            "on": on, "supplement": supplement, "return": returns, "files": deliveries,
        });
        Ok((returns, subject))
    })
}

fn dwp(settled: &mut Settled, file: &str, talk: &Talk) -> Result<u64> {
    let input = single(file, "DWP's return")?;
    check_readable(std::iter::once(&input), &settled.agreement, talk)?;
    let loaded = ingest::load(&input, &schema::ANY, &Limits::default())?;
    let on = settled.on.clone();
    let delivery = received(&on, Department::Dwp, &input.name(), &loaded);
    settled.ledger.change(|transaction| {
        let rows = pool::take_dwp(transaction, &loaded.table)?;
        record_delivery(transaction, &delivery)?;
        Ok((rows, serde_json::json!({ "on": on, "rows": rows, "files": [delivery] })))
    })
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
