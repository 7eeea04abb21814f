//! Words of `rewash review`.

use crate::cli::args::RecordWords;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").args(["out", "apply", "labels"]).required(true).multiple(true)))]
pub(crate) struct Review {
    /// Folder of a trace
    pub run: PathBuf,
    /// Workbook to make, for HMRC's reviewers alone; it must not exist
    #[arg(long, short, value_name = "FILE", conflicts_with_all = ["apply", "labels"])]
    pub out: Option<PathBuf>,
    /// Workbooks that came back, one or more: checked, applied together or not at all
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub apply: Vec<String>,
    /// Day on which the decisions are applied; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Writes the pairs that people found to be one person, now or before, for `rewash train --labels`
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Checks the workbooks and says what they would change, and stops
    #[arg(long, requires = "apply")]
    pub dry_run: bool,
    #[command(flatten)]
    pub record: RecordWords,
}
