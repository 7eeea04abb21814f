//! The report as one page of HTML: for managers and auditors, on a screen, on paper and read aloud.
//!
//! In: metrics, and the manifests of traces. Out: a document that fetches nothing: no script, no font, no picture.
//! Invariants: no row of anybody; counts from 1 to 9 of a breakdown are withheld, as in the metrics; every chart has a
//! table behind it; a section without data says why; the same input gives the same bytes.
//! Read next: `html.rs`, `figures.rs`, `traced.rs`.

mod about;
mod exchange;
mod figures;
mod glance;
mod groups;
mod html;
mod quality;
mod traced;
mod weights;

use crate::exchange::metrics::{Metric, Metrics};
use crate::report::accuracy::Bin;
use crate::report::chart::escape;
use html::Writer;
use serde_json::Value;

const STYLE: &str = include_str!("page/style.css");

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Page {
    /// The metrics of all sources.
    pub metrics: Metrics,
    /// The traces among the sources, in the order of the command.
    pub runs: Vec<TracedRun>,
    /// Whether a ledger is among the sources.
    pub has_ledger: bool,
    /// Whether the agreement authorises metrics by nationality.
    pub by_nationality: bool,
}

/// One trace: its own records besides the metrics.
#[derive(Clone, Debug)]
pub struct TracedRun {
    /// Name of the source in the metrics.
    pub source: String,
    /// `manifest.json`.
    pub manifest: Value,
    /// `run.json`, where it is there.
    pub run: Option<Value>,
    /// Stated probabilities against the truth, where that is known.
    pub calibration: Option<Vec<Bin>>,
}

impl Page {
    /// The metric of a source for the whole.
    fn whole(&self, source: &str, name: &str) -> Option<&Metric> {
        self.metrics
            .metrics
            .iter()
            .find(|metric| metric.by.is_empty() && metric.source == source && metric.definition.name == name)
    }

    /// The metrics of a source by group.
    fn broken_down(&self, source: &str, name: &str, by: &str) -> Vec<&Metric> {
        let is_asked = |metric: &&Metric| metric.by == by && metric.source == source && metric.definition.name == name;
        self.metrics.metrics.iter().filter(is_asked).collect()
    }

    /// Heads what is of the ledger, where it stands below several traces.
    fn head_ledger(&self, writer: &mut Writer) {
        if self.runs.len() > 1 {
            writer.heading("All washes, by the ledger");
        }
    }

    /// Writes what there is of each trace, each under its name where there are several.
    fn each_run(&self, writer: &mut Writer, mut write: impl FnMut(&TracedRun, &mut Writer)) {
        for run in &self.runs {
            if self.runs.len() > 1 {
                writer.heading(&capital(&run.source));
            }
            write(run, writer);
        }
    }
}

/// The page as a document.
pub fn page(page: &Page) -> String {
    let mut writer = Writer::default();
    glance::write(page, &mut writer);
    exchange::funnel(page, &mut writer);
    exchange::data_sets(page, &mut writer);
    exchange::new_information(page, &mut writer);
    weights::histogram(page, &mut writer);
    weights::calibration(page, &mut writer);
    weights::levels(page, &mut writer);
    groups::cohorts(page, &mut writer);
    groups::fairness(page, &mut writer);
    traced::blocking(page, &mut writer);
    traced::cost(page, &mut writer);
    quality::exceptions(page, &mut writer);
    exchange::schedule(page, &mut writer);
    exchange::benefits(page, &mut writer);
    about::write(page, &mut writer);
    let (contents, body) = writer.finish();
    document(page, &contents, &body)
}

fn document(page: &Page, contents: &str, body: &str) -> String {
    let (on, agreement) = (escape(&page.metrics.on), escape(&page.metrics.agreement));
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"rewash {version}\">\n\
         <title>Matching report as of {on}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">To the content</a>\n\
         <header>\n<div class=\"page\">\n<h1>Matching report</h1>\n\
         <p>As of <strong>{on}</strong>. Agreement: <strong>{agreement}</strong>.</p>\n\
         <p class=\"notice\">Counts and shares only: no row of anybody is in this page. In a breakdown, counts from 1 to 9 \
         are withheld, with whatever would give them away. The program finds, explains and reports; it decides nothing \
         about anyone.</p>\n</div>\n</header>\n\
         <div class=\"page\">\n<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n{contents}\n</nav>\n\
         <main id=\"content\">\n{body}</main>\n</div>\n\
         <footer>\n<div class=\"page\">\n<p>Made by rewash {version}. This page fetches nothing and holds no script: it may \
         be kept, printed and sent as it is, to those who may read management information of the exchange.</p>\n\
         </div>\n</footer>\n</body>\n</html>\n"
    )
}

/// With a capital letter first.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A word of a file as one says it: `birth_date` is `birth date`, `nino` is `NINO`.
fn plain(word: &str) -> String {
    let spaced = word.replace('_', " ").replace('+', " + ").replace("northern ireland", "Northern Ireland");
    let said = |word: &str| {
        if ["nino", "dwp"].contains(&word.trim_end_matches(':')) { word.to_uppercase() } else { word.to_owned() }
    };
    spaced.split(' ').map(said).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
