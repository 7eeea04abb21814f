//! Words of `rewash index`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Standardise registers and index them, once
    #[command(after_help = "Examples:\n  \
        rewash index build register.parquet --out register.index\n  \
        rewash index build hmrc='paye-*.parquet' bank=bank.csv.gz --out register.index --memory 6GiB")]
    Build(IndexBuild),
    /// Take a refreshed register in: new, changed and gone rows
    #[command(after_help = "Examples:\n  \
        rewash index update register.index\n  \
        rewash index update register.index hmrc=register-2016-05.parquet")]
    Update(IndexUpdate),
    /// What an index holds, and whether it is whole
    #[command(after_help = "Examples:\n  \
        rewash index inspect register.index\n  \
        rewash index inspect register.index --verify")]
    Inspect(IndexInspect),
}

#[derive(Debug, Args)]
pub(crate) struct IndexBuild {
    /// Register: a file, a glob, or - for standard input; NAME= before it names the data set
    #[arg(value_name = "[NAME=]PATH", required = true)]
    pub registers: Vec<String>,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Folder of finished segments: made if it is not there, gone on from if the build was stopped, removed when it is done.
    /// Like the index it holds the register's personal data as it stands
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,
    #[command(flatten)]
    pub size: IndexSize,
}

#[derive(Debug, Args)]
pub(crate) struct IndexUpdate {
    /// Folder of the index
    pub index: PathBuf,
    /// Refreshed registers; those that the index was built of by default, read again
    #[arg(value_name = "[NAME=]PATH")]
    pub registers: Vec<String>,
    #[command(flatten)]
    pub size: IndexSize,
}

#[derive(Debug, Args)]
pub(crate) struct IndexSize {
    /// Register rows read together
    #[arg(long, value_name = "N", default_value_t = 32_768, hide = true)]
    pub batch_rows: usize,
    /// Rows of a segment
    #[arg(long, value_name = "N", hide = true)]
    pub segment_rows: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct IndexInspect {
    /// Folder of the index
    pub index: PathBuf,
    /// Read every byte and compare it with what was written
    #[arg(long)]
    pub verify: bool,
}
