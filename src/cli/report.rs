//! `rewash report`: management information from ledger, traces, returns and stopped awards.

use crate::cli::Ended;
use crate::cli::args::{LedgerWords, Report};
use crate::cli::evaluate::{compare, load};
use crate::cli::files::{check_readable, file_name, of_run, read_text, refuse_taken, run_date};
use crate::cli::open::opener;
use crate::cli::review::latest_decisions;
use crate::cli::talk::Talk;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::ledger::Ledger;
use crate::exchange::metrics::{
    AGAIN_COLUMNS, Benefits, Metric, Metrics, Origin, Traced, Unit, benefits, of_ledger, searched_again,
    stopped_awards, traces,
};
use crate::exchange::{FORMULA, savings};
use crate::frame::Table;
use crate::ingest::{self, Input};
use crate::model::schema;
use crate::report::{self, Page, Summary, TracedRun, thousands};
use crate::store::OutputFolder;
use std::io::Write;
use std::path::Path;

/// Seconds to wait for another process that holds the ledger.
const WAIT: u64 = 10;
/// The report as a page.
const PAGE: &str = "report.html";
/// Metrics that the closing summary names.
const SAID: [&str; 10] = [
    "cases",
    "coverage",
    "hit_rate_searchable",
    "hit_rate_returned",
    "new_information_rate",
    "precision",
    "trace_hit_rate_searchable",
    "benefit_in_payment",
    "decisions_due",
    "washes_overdue",
];

/// Runs `rewash report`.
pub(crate) fn run(words: &Report, talk: &Talk) -> Result<Ended> {
    let on = run_date(words.on.as_deref())?.to_string();
    refuse_taken(&words.out)?;
    let agreement = agreement(words.agreement.as_deref())?;
    agreement.warnings(&on).iter().for_each(|warning| talk.warn(warning));
    let mut metrics = Metrics::new(&on, &agreement);
    if let Some(path) = &words.ledger {
        let words = LedgerWords { ledger: path.clone(), by: words.by.clone(), wait: WAIT };
        of_the_ledger(&words, &agreement, &mut metrics)?;
    }
    let mut runs = Vec::new();
    let mut outcomes = Vec::new();
    for folder in &words.runs {
        let (run, of_run) = of_a_trace(folder, words.truth.as_deref(), &mut metrics)?;
        runs.push(run);
        outcomes.push(of_run);
    }
    if let Some(path) = &words.searched_again {
        of_searched_again(path, &outcomes, &agreement, &mut metrics, talk)?;
    }
    if let Some(path) = &words.dwp {
        of_dwp(path, &agreement, &mut metrics, talk)?;
    }
    if let Some(path) = &words.stopped {
        of_stopped(path, words.weeks, &agreement, &mut metrics, talk)?;
    }
    let folder = OutputFolder::create(&words.out)?;
    report::write_metrics_csv(folder.file("metrics.csv")?, &metrics)?;
    report::write_metrics_json(folder.file("metrics.json")?, &metrics)?;
    report::write_metrics_book(folder.file("metrics.xlsx")?, &metrics)?;
    let mut files = vec!["metrics.csv", "metrics.json", "metrics.xlsx"];
    let page =
        Page { metrics, runs, has_ledger: words.ledger.is_some(), by_nationality: agreement.report_by_nationality };
    if words.html {
        let html = report::page(&page);
        folder.file(PAGE)?.write_all(html.as_bytes()).map_err(|error| Error::write(&error).at(PAGE))?;
        files.push(PAGE);
    }
    folder.commit()?;
    talk.summary(&summary(&page.metrics, &words.out, &files));
    Ok(Ended::Done)
}

/// A report may be asked for on any day, after the agreement's end above all: whether it is in force is one of its
/// metrics, and no condition.
fn agreement(path: Option<&Path>) -> Result<Agreement> {
    path.map_or_else(
        || Ok(Agreement::default()),
        |path| Agreement::from_toml(&read_text(path)?).map_err(|error| error.at(file_name(path))),
    )
}

fn of_the_ledger(words: &LedgerWords, agreement: &Agreement, metrics: &mut Metrics) -> Result<()> {
    let ledger = Ledger::open(&words.ledger, &opener(words, "report"))?;
    let found = of_ledger(&ledger, &metrics.on, agreement)?;
    let role = "ledger, by the head of its audit chain";
    metrics.origins.push(Origin { role, source: "ledger".into(), sha256: ledger.head()? });
    metrics.add("ledger", found);
    Ok(())
}

/// Reads what is there of a trace's folder, and judges it by the truth where that is known. A second trace of one day has
/// a number.
fn of_a_trace(folder: &Path, truth: Option<&str>, metrics: &mut Metrics) -> Result<(TracedRun, Table)> {
    let manifest_path = folder.join("manifest.json");
    let manifest = json(&manifest_path)?;
    let on: String =
        manifest["on"].as_str().unwrap_or("").chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    let same = metrics.origins.iter().filter(|origin| origin.source.starts_with(&format!("trace {on}"))).count();
    let source = if same == 0 { format!("trace {on}") } else { format!("trace {on} ({})", same + 1) };
    let outcomes =
        ["outcomes.parquet", "outcomes.csv"].map(|name| of_run(folder, name)).into_iter().find(|path| path.is_file());
    let outcomes = outcomes.ok_or_else(|| {
        Error::input("holds no outcomes").at(folder.display()).hint("name the folder that `rewash trace --out` made")
    })?;
    let traced = Traced {
        manifest,
        outcomes: table(&outcomes, &["dash_reference", "outcome", "tier"])?,
        exceptions: there(&of_run(folder, "exceptions.csv"))?,
        to_ho: there(&of_run(folder, "hmrc_to_ho.csv"))?,
        reviewed: latest_decisions(folder).map(|path| json(&path)).transpose()?,
    };
    let sha256 = ingest::digest(&Input::Path(manifest_path))?;
    metrics.origins.push(Origin { role: "manifest of a trace", source: source.clone(), sha256 });
    if let Some(path) = latest_decisions(folder) {
        let sha256 = ingest::digest(&Input::Path(path))?;
        metrics.origins.push(Origin {
            role: "decisions of its reviewers",
            source: format!("reviewers of {source}"),
            sha256,
        });
    }
    metrics.add(&source, traces(&traced));
    let record = folder.join("run.json");
    let run = if record.is_file() { Some(json(&record)?) } else { None };
    let judged = truth.map(|truth| compare(&outcomes.to_string_lossy(), truth)).transpose()?;
    let calibration = judged.map(|judged| judged.reliability);
    Ok((TracedRun { source, manifest: traced.manifest, run, calibration }, traced.outcomes))
}

/// The sample of no-hits that was searched for again: of one trace, since recall is stated of one.
fn of_searched_again(
    path: &Path,
    outcomes: &[Table],
    agreement: &Agreement,
    metrics: &mut Metrics,
    talk: &Talk,
) -> Result<()> {
    let [outcomes] = outcomes else {
        return Err(Error::usage("--searched-again goes with one --run").hint("make a report for each trace"));
    };
    let input = Input::Path(path.to_owned());
    check_readable([input.clone()].iter(), agreement, talk)?;
    let sample = table(path, &AGAIN_COLUMNS)?;
    let found = searched_again(outcomes, &sample).map_err(|error| error.at(file_name(path)))?;
    let source = "no-hits searched again";
    metrics.origins.push(Origin { role: "sample of no-hits", source: source.into(), sha256: ingest::digest(&input)? });
    metrics.add(source, found);
    Ok(())
}

/// The return of DWP, with the manifest of its run where that is beside it.
fn of_dwp(path: &Path, agreement: &Agreement, metrics: &mut Metrics, talk: &Talk) -> Result<()> {
    let file = if path.is_dir() { of_run(path, "dwp_to_ho.csv") } else { path.to_owned() };
    check_readable([Input::Path(file.clone())].iter(), agreement, talk)?;
    let beside = file.with_file_name("manifest.json");
    let manifest = if beside.is_file() { Some(json(&beside)?) } else { None };
    let manifest = manifest.filter(|manifest| manifest["counts"].get("handed_over").is_some());
    let returned = table(&file, &["dash_reference", "benefits", "role"])?;
    let sha256 = ingest::digest(&Input::Path(file))?;
    metrics.origins.push(Origin { role: "return of DWP", source: "dwp".into(), sha256 });
    metrics.add("dwp", benefits(&Benefits { manifest, returned }));
    Ok(())
}

fn of_stopped(path: &Path, weeks: u32, agreement: &Agreement, metrics: &mut Metrics, talk: &Talk) -> Result<()> {
    let input = Input::Path(path.to_owned());
    check_readable([input.clone()].iter(), agreement, talk)?;
    let loaded = ingest::load(&input, &schema::STOPPED, &ingest::Limits::default())?;
    let on = run_date(Some(&metrics.on))?;
    let found = stopped_awards(&savings(&loaded, on, weeks));
    metrics.notes.push(format!(
        "Savings: {FORMULA}, with {weeks} weeks. The number of weeks is a convention of whoever makes the report."
    ));
    let sha256 = loaded.sha256;
    metrics.origins.push(Origin { role: "feed of stopped awards", source: "stopped awards".into(), sha256 });
    metrics.add("stopped awards", found);
    Ok(())
}

fn json(path: &Path) -> Result<serde_json::Value> {
    let place = |error: Error| error.at(path.display());
    serde_json::from_str(&read_text(path).map_err(place)?).map_err(|_| {
        Error::input("is not JSON").at(path.display()).hint("name the folder that a command of this program made")
    })
}

fn there(path: &Path) -> Result<Option<Table>> {
    if path.is_file() { table(path, &[]).map(Some) } else { Ok(None) }
}

/// A small table with its headers as this program writes them; refused where one of `needed` is missing.
fn table(path: &Path, needed: &[&str]) -> Result<Table> {
    let found = load(&path.to_string_lossy(), &schema::ANY)?;
    let plain = |name: &String| {
        let letters = name.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        letters.collect::<String>()
    };
    let table = Table::new(found.names().iter().map(plain).zip(found.columns().iter().cloned()).collect());
    match needed.iter().find(|name| table.column(name).is_none()) {
        None => Ok(table),
        Some(name) => Err(Error::new(ErrorKind::Column, format!("has no column {name}"))
            .at(file_name(path))
            .hint(format!("it has {}", ingest::listed_headers(found.names(), needed)))),
    }
}

fn summary(metrics: &Metrics, out: &Path, files: &[&str]) -> Summary {
    let mut summary = Summary::default();
    summary.line("metrics", thousands(metrics.metrics.len() as u64));
    for name in SAID {
        let whole = metrics.metrics.iter().filter(|metric| metric.by.is_empty() && metric.definition.name == name);
        for metric in whole {
            summary.line(metric.definition.title.to_lowercase(), said(metric));
        }
    }
    let withheld = metrics.metrics.iter().filter(|metric| metric.is_hidden()).count() as u64;
    summary.line("withheld, being small", thousands(withheld));
    for name in files {
        summary.line("written", out.join(name).display().to_string());
    }
    summary
}

/// A value with its numerator and denominator.
fn said(metric: &Metric) -> String {
    let (Some(value), Some(numerator)) = (metric.value(), metric.numerator.number()) else {
        return if metric.is_hidden() { "withheld" } else { "none" }.to_owned();
    };
    match (metric.definition.unit, metric.denominator.and_then(|whole| whole.number())) {
        (Unit::Share, Some(whole)) => {
            format!("{:.1} % ({} of {})", value * 100.0, thousands(numerator as u64), thousands(whole as u64))
        }
        _ => thousands(value.max(0.0) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn headers_are_read_in_any_spelling_and_missing_ones_named() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("stopped.csv");
        std::fs::write(&path, "Dash Reference,Benefit,Stopped-On\nD1,JSA,2016-05-01\n").expect("written");
        let found = table(&path, &["dash_reference", "stopped_on"]).expect("a table");
        assert_eq!(found.value("stopped_on", 0), Some("2016-05-01"));
        let error = table(&path, &["weekly_amount"]).expect_err("missing");
        assert!(error.what().contains("weekly_amount"));
    }
}
