//! Results as files and text.
//!
//! In: `Released` rows for another department, `Working` rows for one's own. Out: CSV, Parquet, JSON, a summary.
//! Invariant: a departmental file takes `Released` rows and nothing else; no personal data in manifest, run record or
//! summary. Read next: `sheet.rs`, `manifest.rs`.

mod acceptance;
pub mod accuracy;
mod accuracy_charts;
mod assurance;
mod benefits;
pub mod chart;
mod compared;
mod evaluation;
mod fitting;
mod links;
mod manifest;
mod metrics;
mod outcomes;
mod page;
mod review_book;
mod sheet;
mod summary;
mod workbook;

pub use acceptance::Acceptance;
pub use accuracy_charts::accuracy_charts;
pub use assurance::{
    Assurance, DELIVERY_COLUMNS, ENTRY_COLUMNS, INCIDENT_COLUMNS, RUN_COLUMNS, assurance, entry_rows, incident_rows,
    run_rows,
};
pub use benefits::{BenefitsManifest, BenefitsParts, SavingsManifest, benefits_manifest, savings_manifest};
pub use compared::{COMPARED, COMPARED_COLUMNS, TrueCandidates};
pub use evaluation::{Counted, Evaluation, Fate, Group, Grouping, Judged, Tally, evaluate, pairs};
pub use fitting::{fitted, fitted_words, wrapped};
pub use links::{Explained, PairsTable, TableFormat, TableWriter, clusters_batch, pairs_batch, write_table};
pub use manifest::{Input, Manifest, Parts, RunRecord, manifest};
pub use metrics::{METRICS_COLUMNS, metrics_json, write_metrics_book, write_metrics_csv, write_metrics_json};
pub use outcomes::{write_csv as write_outcomes_csv, write_parquet as write_outcomes_parquet};
pub use page::{Page, TracedRun, page};
pub use review_book::{ReviewBook, write_review_book};
pub use sheet::{write_departmental, write_working};
pub use summary::{Summary, size, thousands};
pub use workbook::write_workbook;
