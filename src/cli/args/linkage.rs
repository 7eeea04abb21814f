//! Words of the linkage engine's commands: `link`, `dedupe`, `train`, `blocks`, `explain`, `model`, `evaluate`.

use crate::cli::args::{ResumeWords, parse_size};
use crate::resolve::pairs::Ties;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Random pairs that u is estimated from, where nobody says how many.
pub(crate) const RANDOM_PAIRS: u64 = 500_000;
/// Seed of what is drawn at random, where nobody says another.
pub(crate) const SEED: u64 = 1;

/// What all commands of the linkage engine take.
#[derive(Debug, Args)]
pub(crate) struct LinkageWords {
    /// Model: TOML written by hand or JSON with parameters; proposed and trained by default
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Column of the id; given twice, of the left and of the right table. By default the first column where its values
    /// are all different, else row numbers
    #[arg(long = "id", value_name = "COLUMN")]
    pub ids: Vec<String>,
    /// Column that holds the truth; it is never evidence. By default one called cluster, label or truth
    #[arg(long, value_name = "COLUMN")]
    pub truth_column: Option<String>,
    /// Frequencies of the values of a field from a file of two columns, value and frequency
    #[arg(long = "term-frequencies", value_name = "FIELD=FILE")]
    pub frequencies: Vec<String>,
    /// Most pairs of one block; larger blocks are reported and left to other rules
    #[arg(long, value_name = "N", default_value_t = crate::engine::linkage::BLOCK_PAIRS_MAX)]
    pub block_pairs: u64,
    /// Random pairs that u is estimated from
    #[arg(long, value_name = "N", default_value_t = RANDOM_PAIRS)]
    pub random_pairs: u64,
    /// Learns m for each blocking rule alone and takes the median, as Splink does, instead of jointly
    #[arg(long)]
    pub median: bool,
    /// Seed of what is drawn at random
    #[arg(long, value_name = "S", default_value_t = SEED)]
    pub seed: u64,
    /// Memory that may be used: that of the whole program, put here once the words are known.
    #[arg(skip)]
    pub memory: Option<u64>,
}

/// What commands take that give pairs.
#[derive(Debug, Args)]
pub(crate) struct PairsWords {
    /// Output: .csv, .jsonl, .parquet or .arrow; - for standard output
    #[arg(long, short, value_name = "OUT")]
    pub out: String,
    /// Form of the output, where its name does not say
    #[arg(long, value_enum)]
    pub format: Option<TableWord>,
    #[command(flatten)]
    pub given: GivenWords,
    /// Saves the model that was used: .toml to read and change, else JSON
    #[arg(long, value_name = "FILE")]
    pub save_model: Option<String>,
    /// Prints what each blocking rule would cost, and stops
    #[arg(long)]
    pub dry_run: bool,
    /// Bytes of pairs that are kept in memory, in place of what --memory leaves for them
    #[arg(long, value_name = "SIZE", value_parser = parse_size, hide = true)]
    pub pairs_in_memory: Option<u64>,
    #[command(flatten)]
    pub resuming: ResumeWords,
}

/// What is given out, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct GivenWords {
    /// Least probability of what is given out; with clusters, several make a column each
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub threshold: Vec<f64>,
    /// Adds the level and weight of every comparison
    #[arg(long)]
    pub explain: bool,
}

/// Which pairs of two tables stand.
#[derive(Debug, Args)]
pub(crate) struct ResolvingWords {
    /// Which pairs are given where a record has several above the threshold
    #[arg(long, value_enum, default_value_t = ResolveWord::OneToOne)]
    pub resolve: ResolveWord,
    /// Gives every pair above the threshold: --resolve all
    #[arg(long, conflicts_with = "resolve")]
    pub all: bool,
    /// Pairs of exactly equal weight that want the same record
    #[arg(long, value_enum)]
    pub ties: Option<TiesWord>,
}

impl ResolvingWords {
    /// Which pairs stand.
    pub(crate) fn word(&self) -> ResolveWord {
        if self.all { ResolveWord::All } else { self.resolve }
    }

    /// What becomes of pairs of equal weight.
    pub(crate) fn ties(&self) -> Ties {
        self.ties.unwrap_or(TiesWord::Lowest).ties()
    }
}

/// What of one table is given out.
#[derive(Debug, Args)]
pub(crate) struct ClusterWords {
    /// Gives clusters instead of pairs
    #[arg(long)]
    pub clusters: bool,
    /// Clusters are all that hangs together, even by a chain of weak links
    #[arg(long, requires = "clusters")]
    pub no_cut: bool,
}

/// Form of a table that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableWord {
    Csv,
    Jsonl,
    Parquet,
    Arrow,
}

/// Which pairs stand where a record has several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResolveWord {
    /// Every record of either table has one partner at most, the best pairs first
    #[default]
    OneToOne,
    /// Every left record has its best right one, which may be that of others too
    BestLeft,
    /// Every right record has its best left one, which may be that of others too
    BestRight,
    /// Every pair above the threshold
    All,
}

/// What becomes of pairs of equal weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TiesWord {
    /// None of them is given
    Drop,
    /// All of them are given
    #[value(alias = "keep-all")]
    All,
    /// The one with the lowest rows is given
    #[value(alias = "lowest-id")]
    Lowest,
}

impl TiesWord {
    /// The rule.
    pub(crate) const fn ties(self) -> Ties {
        match self {
            Self::Drop => Ties::Drop,
            Self::All => Ties::KeepAll,
            Self::Lowest => Ties::LowestId,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Link {
    /// Left table: csv, csv.gz, csv.zst, xlsx, parquet, arrow, or - for standard input
    pub left: String,
    /// Right table
    pub right: String,
    #[command(flatten)]
    pub linkage: LinkageWords,
    #[command(flatten)]
    pub pairs: PairsWords,
    #[command(flatten)]
    pub resolving: ResolvingWords,
}

#[derive(Debug, Args)]
pub(crate) struct Dedupe {
    /// Table: csv, csv.gz, csv.zst, xlsx, parquet, arrow, or - for standard input
    pub data: String,
    #[command(flatten)]
    pub linkage: LinkageWords,
    #[command(flatten)]
    pub pairs: PairsWords,
    #[command(flatten)]
    pub cluster: ClusterWords,
    /// Writes the links that were cut, with the reason; with --no-cut, the links that alone hold a cluster together
    #[arg(long, requires = "clusters", value_name = "FILE")]
    pub cuts: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// One table, or the left one
    pub left: String,
    /// The right table
    pub right: Option<String>,
    #[command(flatten)]
    pub linkage: LinkageWords,
    /// Model file to write: .toml, else JSON; - for standard output
    #[arg(long, short, value_name = "FILE")]
    pub out: String,
    /// Pairs known to match (left_id,right_id) or clusters (id,cluster): m is counted there, not learned
    #[arg(long, value_name = "FILE")]
    pub labels: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Blocks {
    /// One table, or the left one
    pub left: String,
    /// The right table
    pub right: Option<String>,
    #[command(flatten)]
    pub linkage: LinkageWords,
    /// Truth (left_id,right_id or id,cluster): what each rule finds of it
    #[arg(long, value_name = "FILE")]
    pub truth: Option<String>,
    /// Writes the result as JSON; - for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<String>,
    /// Draws the cost of the rules: SVG, or PNG where the name ends in .png; - for SVG on standard output
    #[arg(long, value_name = "FILE")]
    pub svg: Option<String>,
    /// Shows the keys of the largest blocks, which are values of the tables: for the eyes of those who may see them
    #[arg(long)]
    pub show_values: bool,
    /// Suggests rules for these tables, whatever the model says, and writes them as a model
    #[arg(long, value_name = "FILE")]
    pub suggest: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// One table or two, then the id of the left record and that of the right one. Without ids: the combinations of levels
    /// that pairs have, by their number, with examples by row
    #[arg(required = true, num_args = 1..=4, value_names = ["TABLE", "…", "LEFT_ID", "RIGHT_ID"])]
    pub words: Vec<String>,
    #[command(flatten)]
    pub linkage: LinkageWords,
    /// Writes the parts as JSON; - for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<String>,
    /// Draws the waterfall, or the combinations: SVG, or PNG where the name ends in .png; - for SVG on standard output
    #[arg(long, value_name = "FILE")]
    pub svg: Option<String>,
    /// Without ids: combinations of levels that are shown
    #[arg(long, value_name = "N", default_value_t = 25)]
    pub patterns: usize,
    /// Best other candidates of either record that are shown
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub around: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Read a saved model of Splink 4 or 5; what cannot be translated exactly is listed
    #[command(after_help = "Example:\n  rewash model import splink.json -o model.toml")]
    Import(Import),
    /// Write a model that Splink loads
    #[command(after_help = "Example:\n  rewash model export model.json -o splink.json")]
    Export(Translate),
    /// Draw a model: the weight of each level, or the m and u behind it
    #[command(after_help = "Examples:\n  \
        rewash model chart model.toml -o weights.svg\n  \
        rewash model chart model.toml --kind parameters -o parameters.png")]
    Chart(ModelChart),
    /// The language of models: every key, kind of field, short form, operator and function
    #[command(after_help = "Examples:\n  \
        rewash model reference\n  \
        rewash model reference levenshtein term_frequency")]
    Reference(ModelReference),
}

#[derive(Debug, Args)]
pub(crate) struct ModelReference {
    /// Only these: keys, kinds, short forms, functions
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ModelChart {
    /// The model, with its parameters
    pub model: PathBuf,
    /// Picture to write: SVG, or PNG where the name ends in .png; - for SVG on standard output
    #[arg(long, short, value_name = "FILE")]
    pub out: String,
    /// What is drawn
    #[arg(long, value_enum, default_value_t = ChartKind::Weights)]
    pub kind: ChartKind,
}

/// What of a model is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChartKind {
    /// Match weight of each level in bits, beside the prior
    Weights,
    /// m and u of each level, on a logarithmic scale
    Parameters,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub translate: Translate,
    /// Edit distances and similarities count characters, as in DuckDB 2.0.1 and later; the default
    #[arg(long, conflicts_with = "bytes")]
    pub characters: bool,
    /// They count bytes, as in DuckDB up to 2.0.0
    #[arg(long)]
    pub bytes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Translate {
    /// The model
    pub model: PathBuf,
    /// File to write; - for standard output
    #[arg(long, short, value_name = "FILE")]
    pub out: String,
    /// Goes on where a level or rule cannot be translated: such a level never holds
    #[arg(long)]
    pub allow_refused: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Outcomes of a trace, pairs (left_id,right_id,match_weight) or clusters (id,cluster_id)
    pub outcomes: String,
    /// Truth: cid_person_id,nino for a trace (an empty nino: not in the register), left_id,right_id or id,cluster [default: the
    /// truth column of the tables, where those are given]
    #[arg(long, value_name = "FILE")]
    pub truth: Option<String>,
    /// Probabilities at which pairs are counted [default: 0.5,0.9,0.99]; the lowest is that of --by and --rows, where none is
    /// given that of the model, else 0.5
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub threshold: Vec<f64>,
    /// Writes the figures as JSON; - for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<String>,
    /// Draws the curves of pairs, the calibration of a trace, and the groups, into a new folder
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
    /// Draws the same as PNG
    #[arg(long, value_name = "DIR")]
    pub png: Option<PathBuf>,
    /// Recall, wrong matches and kinds of miss by column. Of a trace: any of the truth or the outcomes (culture, nationality,
    /// errors, tier ...). Of pairs and clusters: levels, rule, level_NAME, columns of the pairs and the truth, and of the tables
    /// (left_NAME, right_NAME, or NAME for that of either record). Of all: kind, what became of each row or pair. A cell of
    /// several values, parted by ;, counts in each
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Writes misses and false matches as rows to look at; - for standard output
    #[arg(long, value_name = "FILE")]
    pub rows: Option<String>,
    /// Of pairs and clusters: a table that they are of, given twice for two; then --by and --rows know why a pair was missed,
    /// and show both records. --model, --id and what was said to `link` or `dedupe` besides is to be said again
    #[arg(long = "table", value_name = "FILE")]
    pub tables: Vec<String>,
    #[command(flatten)]
    pub linkage: LinkageWords,
    /// Of a trace: what was compared with the true people [default: compared.csv beside the outcomes, which `trace --truth`
    /// writes]
    #[arg(long, value_name = "FILE")]
    pub compared: Option<String>,
    /// Counts of groups from 1 to below this are not shown; 0 shows all, for made data
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub cells_min: u64,
}

impl Evaluate {
    /// Probabilities at which pairs are counted.
    pub(crate) fn thresholds(&self) -> Vec<f64> {
        if self.threshold.is_empty() { vec![0.5, 0.9, 0.99] } else { self.threshold.clone() }
    }
}
