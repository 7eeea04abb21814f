//! Words of `rewash stage tables`: the steps of `link` and `dedupe`.

use crate::cli::args::{ClusterWords, GivenWords, ResolvingWords, TableWord};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum TablesCommand {
    /// What all steps of one linkage are told: the model, and what is to be given out
    #[command(after_help = "Examples:\n  \
        rewash stage tables plan link --model model.json --id id -o plan.json\n  \
        rewash stage tables plan dedupe --model model.json --id id --clusters -o plan.json")]
    Plan(TablesPlan),
    /// A part of a table: how many rows, and in what order its dates are written
    #[command(after_help = "Example:\n  \
        rewash stage tables profile left-0.parquet --plan plan.json --side left --part 0 -o left-0.profile")]
    Profile(TablesProfile),
    /// A part of a table: its rows standardised, with their keys
    #[command(after_help = "Example:\n  \
        rewash stage tables keys left-0.parquet --plan plan.json --profiles *.profile --side left --part 0 -o left-0.keys")]
    Keys(TablesKeys),
    /// All parts: which blocks are too large, and how frequent values are
    #[command(after_help = "Example:\n  \
        rewash stage tables count *.keys --plan plan.json --profiles *.profile -o counts.arrow")]
    Count(TablesCount),
    /// The pairs of a share of the blocks, scored
    #[command(after_help = "Example:\n  \
        rewash stage tables pairs *.keys --plan plan.json --counts counts.arrow --buckets 8 --bucket 3 -o 3.pairs")]
    Pairs(TablesPairs),
    /// Pairs of whole components: those that stand, or clusters
    #[command(after_help = "Example:\n  \
        rewash stage tables settle *.pairs --plan plan.json -o settled.arrow")]
    Settle(TablesSettle),
    /// What was settled, as the file that `link` or `dedupe` writes
    #[command(after_help = "Examples:\n  \
        rewash stage tables write settled.arrow --plan plan.json --out links.csv\n  \
        rewash stage tables write settled.arrow --plan plan.json --rows *.keys --out clusters.csv")]
    Write(TablesWrite),
}

/// Which command the steps stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OfWord {
    /// Two tables
    Link,
    /// One table with itself
    Dedupe,
}

/// Which table a part is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SideWord {
    /// The left one, or the only one
    #[default]
    Left,
    /// The right one
    Right,
}

#[derive(Debug, Args)]
pub(crate) struct TablesPlan {
    /// The command that the steps stand for
    #[arg(value_enum)]
    pub of: OfWord,
    /// Model with parameters: `rewash train` makes one, of a sample of the tables if they are large
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Column of the id; given twice, of the left and of the right table
    #[arg(long = "id", value_name = "COLUMN")]
    pub ids: Vec<String>,
    /// Most pairs of one block; larger blocks are reported and left to other rules
    #[arg(long, value_name = "N", default_value_t = crate::engine::linkage::BLOCK_PAIRS_MAX)]
    pub block_pairs: u64,
    #[command(flatten)]
    pub given: GivenWords,
    #[command(flatten)]
    pub resolving: ResolvingWords,
    #[command(flatten)]
    pub cluster: ClusterWords,
    /// File to make
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
}

/// What every step is given.
#[derive(Debug, Args)]
pub(crate) struct StepWords {
    /// What `plan` made
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// File to make, or - for standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,
}

/// A part of a table.
#[derive(Debug, Args)]
pub(crate) struct PartWords {
    /// The part: a file; an Arrow IPC stream on standard input, read as it comes, when none is named
    pub input: Option<String>,
    /// The table that it is of
    #[arg(long, value_enum, default_value_t)]
    pub side: SideWord,
    /// Number of the part in its table: rows are in the order of the parts
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "row_column")]
    pub part: u64,
    /// Column that holds the number of the row in its table, from 0; parts need no numbers then
    #[arg(long, value_name = "COLUMN")]
    pub row_column: Option<String>,
    #[command(flatten)]
    pub step: StepWords,
    /// Rows read together
    #[arg(long, value_name = "N", default_value_t = 32_768, hide = true)]
    pub batch_rows: usize,
}

#[derive(Debug, Args)]
pub(crate) struct TablesProfile {
    #[command(flatten)]
    pub part: PartWords,
}

#[derive(Debug, Args)]
pub(crate) struct TablesKeys {
    /// What `profile` made of all parts
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub profiles: Vec<PathBuf>,
    #[command(flatten)]
    pub part: PartWords,
}

#[derive(Debug, Args)]
pub(crate) struct TablesCount {
    /// What `keys` made of all parts
    #[arg(required = true)]
    pub keys: Vec<PathBuf>,
    /// What `profile` made of all parts
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub profiles: Vec<PathBuf>,
    #[command(flatten)]
    pub step: StepWords,
}

#[derive(Debug, Args)]
pub(crate) struct TablesPairs {
    /// What `keys` made of all parts; on standard input, rows that were dealt to buckets, when none is named
    pub keys: Vec<PathBuf>,
    /// What `count` made
    #[arg(long, value_name = "FILE")]
    pub counts: PathBuf,
    /// Buckets that the blocks are shared out to
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub buckets: u32,
    /// The bucket, from 0; rows say theirs when none is named
    #[arg(long, value_name = "N", requires = "keys")]
    pub bucket: Option<u32>,
    #[command(flatten)]
    pub step: StepWords,
}

#[derive(Debug, Args)]
pub(crate) struct TablesSettle {
    /// Pairs; on standard input when none are named
    pub pairs: Vec<PathBuf>,
    #[command(flatten)]
    pub step: StepWords,
}

#[derive(Debug, Args)]
pub(crate) struct TablesWrite {
    /// What `settle` made
    #[arg(required = true)]
    pub settled: Vec<PathBuf>,
    /// What `plan` made
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// For clusters: what `keys` made of all parts, which brings the ids of all rows
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub rows: Vec<PathBuf>,
    /// Output: .csv, .jsonl, .parquet or .arrow; - for standard output
    #[arg(long, short, value_name = "OUT")]
    pub out: String,
    /// Form of the output, where its name does not say
    #[arg(long, value_enum)]
    pub format: Option<TableWord>,
    /// Of clusters: writes the links that were cut, with the reason; with --no-cut, those that alone hold a cluster together
    #[arg(long, value_name = "FILE")]
    pub cuts: Option<String>,
}
