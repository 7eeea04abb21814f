//! Words of `rewash stage` and `rewash spark`.

use crate::cli::args::{OnWord, TablesCommand, Trace};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum StageCommand {
    /// Keys of an extract, for passes over registers
    #[command(after_help = "Example:\n  \
        rewash stage probe extract.xlsx --data-set hmrc --on 2016-04-30 -o probe.arrow")]
    Probe(StageProbe),
    /// A part of a register past a probe: its partial result
    #[command(after_help = "Examples:\n  \
        rewash stage scan --probe probe.arrow part-1.parquet -o part-1.partial\n  \
        rewash stage scan --probe probe.arrow < part-1.arrows > part-1.partial")]
    Scan(StageScan),
    /// Partial results of all parts to outcomes: whose register rows are needed
    #[command(after_help = "Example:\n  \
        rewash stage resolve extract.xlsx *.partial --probe probe.arrow -o asked.arrow")]
    Resolve(StageResolve),
    /// The rows of a part of a register that are needed
    #[command(after_help = "Examples:\n  \
        rewash stage gather --asked asked.arrow part-1.parquet -o part-1.rows\n  \
        rewash stage gather --asked asked.arrow < part-1.arrows > part-1.rows")]
    Gather(StageGather),
    /// Partial results and gathered rows of all parts to the folder that a trace writes
    #[command(after_help = "Example:\n  \
        rewash stage finish extract.xlsx --probe probe.arrow --partials *.partial --asked asked.arrow \
        --register hmrc='*.rows' --out traced")]
    Finish(Box<StageFinish>),
    /// The steps of link and dedupe, each on a part of the tables
    #[command(subcommand)]
    Tables(TablesCommand),
}

#[derive(Debug, Args)]
pub(crate) struct StageProbe {
    /// Extract: xlsx, csv, csv.gz, csv.zst, parquet, arrow, or - for standard input
    pub extract: String,
    /// Name of a data set that will be passed; can be repeated, in the order of `trace --register`
    #[arg(long = "data-set", value_name = "NAME", default_value = crate::exchange::agreement::HMRC)]
    pub data_sets: Vec<String>,
    #[command(flatten)]
    pub on: OnWord,
    /// File to make
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
}

/// A part of a register, and where what comes of it goes.
#[derive(Debug, Args)]
pub(crate) struct Pass {
    /// Parts of the register: files or globs; an Arrow IPC stream on standard input, read as it comes, when none is named
    pub registers: Vec<String>,
    /// Data set that the rows are of; may be left out where the probe has one
    #[arg(long = "data-set", value_name = "NAME")]
    pub data_set: Option<String>,
    /// File to make, or - for standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,
    /// Register rows read together
    #[arg(long, value_name = "N", default_value_t = 32_768, hide = true)]
    pub batch_rows: usize,
}

#[derive(Debug, Args)]
pub(crate) struct StageScan {
    /// The probe
    #[arg(long, value_name = "FILE")]
    pub probe: PathBuf,
    #[command(flatten)]
    pub pass: Pass,
}

#[derive(Debug, Args)]
pub(crate) struct StageResolve {
    /// The extract of the probe
    pub extract: String,
    /// Partial results of all parts of all registers
    #[arg(required = true)]
    pub partials: Vec<PathBuf>,
    /// The probe
    #[arg(long, value_name = "FILE")]
    pub probe: PathBuf,
    /// Model to use instead of learning one
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// What the parties agreed (TOML); with it the run is strict
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    /// File to make
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StageGather {
    /// What `stage resolve` made
    #[arg(long, value_name = "FILE")]
    pub asked: PathBuf,
    #[command(flatten)]
    pub pass: Pass,
}

#[derive(Debug, Args)]
pub(crate) struct StageFinish {
    /// The words of a trace; its registers are the gathered rows, by data set
    #[command(flatten)]
    pub trace: Trace,
    /// The probe
    #[arg(long, value_name = "FILE")]
    pub probe: PathBuf,
    /// Partial results of all parts of all registers
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub partials: Vec<PathBuf>,
    /// What `stage resolve` made
    #[arg(long, value_name = "FILE")]
    pub asked: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Spark {
    /// Writes the job here, or to standard output for -: the file that `spark-submit` is given
    #[arg(long, value_name = "FILE", required = true)]
    pub emit: PathBuf,
}
