//! The words of the command line, as close to what was typed as possible.

mod ledger;
mod pool;
mod review;

pub(crate) use ledger::*;
pub(crate) use pool::*;
pub(crate) use review::*;

use crate::resolve::pairs::Ties;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Batch matching engine for people.
///
/// Finds, explains and reports; it never decides anything about anyone.
#[derive(Debug, Parser)]
#[command(
    name = "rewash",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Words {
    #[command(subcommand)]
    pub command: Command,
    /// Threads; all cores by default
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024).map(usize::from))]
    pub threads: Option<usize>,
    /// Memory that the program may use, such as 4GiB; half of the machine's by default
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// No progress, no summary; warnings and errors stay
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Secret key with which encrypted inputs are read; of `destroy`, the key of the run, which is destroyed with it
    #[arg(long, global = true, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
    /// Form of what is said on standard error
    #[arg(long, global = true, value_enum, default_value_t = Log::Text)]
    pub log: Log,
}

impl Words {
    /// The words with what holds for all commands put where the linkage engine looks for it.
    pub(crate) fn settled(mut self) -> Self {
        let linkage = match &mut self.command {
            Command::Link(words) => &mut words.linkage,
            Command::Dedupe(words) => {
                words.linkage.keeps_pairs = words.clusters;
                &mut words.linkage
            }
            Command::Train(words) => &mut words.linkage,
            Command::Blocks(words) => &mut words.linkage,
            Command::Explain(words) => &mut words.linkage,
            _ => return self,
        };
        linkage.memory = self.memory;
        self
    }
}

/// Form of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Log {
    /// Sentences
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make data, run the trace and the benefits on it and show what came out
    #[command(after_help = "Example:\n  rewash demo --out demo")]
    Demo(Demo),
    /// Make a register, an extract, benefit files and the truth about them
    #[command(after_help = "Example:\n  rewash synth --register 1000000 --extract 50000 --seed 1 --out made")]
    Synth(Synth),
    /// Accept or reject an extract against the specification, with a report for its sender
    #[command(after_help = "Examples:\n  \
        rewash check extract.xlsx --on 2016-04-30\n  \
        rewash check extract.xlsx --agreement agreement.toml --on 2016-04-30 --out checked\n  \
        rewash check --print-specification > specification.toml")]
    Check(Check),
    /// Trace the people of an extract in one or more registers
    #[command(after_help = "Examples:\n  \
        rewash trace extract.xlsx --register register.parquet --out traced --on 2016-04-30\n  \
        rewash trace extract.csv --register hmrc='paye-*.parquet' --register bank=bank.csv.gz --out traced\n  \
        zcat register.csv.gz | rewash trace extract.xlsx --register - --out traced --format csv\n  \
        rewash trace extract.xlsx --register register.parquet --out traced --dry-run")]
    Trace(Trace),
    /// A workbook for people to look at what a trace could not settle, and what they decided, taken back
    #[command(after_help = "Examples:\n  \
        rewash review traced -o review.xlsx\n  \
        rewash review traced --apply first.xlsx second.xlsx --on 2016-05-20 --dry-run\n  \
        rewash review traced --apply first.xlsx second.xlsx --on 2016-05-20 --ledger hmrc.ledger --labels known.csv")]
    Review(Review),
    /// Cases of the Home Office: what is due for which wash, extracts, returns, confirmations
    #[command(subcommand)]
    Pool(PoolCommand),
    /// Which people of a handoff have a benefit in payment, and what may be said of them
    #[command(after_help = "Examples:\n  \
        rewash benefits traced/hmrc_to_dwp.csv --customers customers.parquet --awards awards.parquet --out benefits \
        --on 2016-04-30\n  \
        rewash benefits stopped stopped.csv --weeks 52 --out savings")]
    Benefits(Benefits),
    /// A department's ledger: deliveries, incidents, what is held and until when, keys
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// The audit chain: verify it, export it, report compliance
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Destroy a run's personal data, files and rows, and write a certificate
    #[command(after_help = "Examples:\n  \
        rewash destroy R0001 --on 2016-06-30 --ledger hmrc.ledger --certificate R0001.txt --also extract.xlsx\n  \
        rewash destroy R0002 --on 2016-06-30 --ledger hmrc.ledger --certificate R0002.txt --identity R0002.key")]
    Destroy(Destroy),
    /// Link the records of two tables; without a model one is proposed and trained
    #[command(after_help = "Examples:\n  \
        rewash link left.csv right.parquet -o links.csv\n  \
        rewash link left.csv right.csv -o links.parquet --save-model model.toml --explain\n  \
        rewash link left.csv right.csv --model model.toml --threshold 0.9 -o - --format arrow")]
    Link(Link),
    /// Find the records of one table that are of one person
    #[command(after_help = "Examples:\n  \
        rewash dedupe people.csv -o pairs.csv\n  \
        rewash dedupe people.parquet --clusters -o clusters.csv")]
    Dedupe(Dedupe),
    /// Estimate the parameters of a model, without labels or with them
    #[command(after_help = "Examples:\n  \
        rewash train left.csv right.csv -o model.json\n  \
        rewash train people.csv --model model.toml --labels known.csv -o model.json")]
    Train(Train),
    /// What each blocking rule costs and finds, before any pair is compared
    #[command(after_help = "Examples:\n  \
        rewash blocks left.csv right.csv\n  \
        rewash blocks people.csv --model model.toml --truth clusters.csv --svg blocks.svg")]
    Blocks(Blocks),
    /// Why two records do or do not match: the weight of each comparison, and whether any rule found them
    #[command(after_help = "Examples:\n  \
        rewash explain left.csv right.csv A17 B4 --model model.json\n  \
        rewash explain people.csv 12 40 --svg pair.svg\n  \
        rewash explain left.csv right.csv --model model.json --svg patterns.svg")]
    Explain(Explain),
    /// Models of other programs, and pictures of models
    #[command(subcommand)]
    Model(ModelCommand),
    /// Compare outcomes of a trace, pairs or clusters with the truth
    #[command(after_help = "Examples:\n  \
        rewash evaluate traced/outcomes.parquet --truth made/truth.csv\n  \
        rewash evaluate traced/outcomes.parquet --truth made/truth.csv --by kind,culture,errors --rows look.csv\n  \
        rewash evaluate links.csv --truth known.csv --svg curves\n  \
        rewash evaluate clusters.csv --truth known.csv --json -")]
    Evaluate(Evaluate),
    /// Management information: counts and shares, never people
    #[command(after_help = "Examples:\n  \
        rewash report --ledger home_office.ledger --on 2016-10-31 --out mi\n  \
        rewash report --run traced --on 2016-04-30 --out mi --html\n  \
        rewash report --dwp benefits --stopped stopped.csv --weeks 52 --out mi")]
    Report(Report),
    /// Completions for a shell, on standard output
    #[command(after_help = "Examples:\n  \
        rewash completions bash > ~/.local/share/bash-completion/completions/rewash\n  \
        rewash completions zsh > ~/.zfunc/_rewash\n  \
        rewash completions fish > ~/.config/fish/completions/rewash.fish")]
    Completions(Completions),
    /// Manual pages
    #[command(after_help = "Examples:\n  \
        rewash man | man -l -\n  \
        rewash man --out man1")]
    Man(Man),
    /// Help of a command, of the code of an error, or what meets each obligation of the memorandum
    #[command(after_help = "Examples:\n  \
        rewash help trace\n  \
        rewash help E31\n  \
        rewash help obligations\n  \
        rewash help obligations R45\n  \
        rewash help tensions")]
    Help(Help),
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("sources").args(["ledger", "runs", "dwp", "stopped"]).required(true).multiple(true)))]
pub(crate) struct Report {
    /// Ledger of the department
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Folder of a trace; can be repeated
    #[arg(long = "run", value_name = "DIR")]
    pub runs: Vec<PathBuf>,
    /// Return of DWP (dwp_to_ho.csv), or the folder of its run
    #[arg(long, value_name = "FILE")]
    pub dwp: Option<PathBuf>,
    /// Stopped awards of DWP: counts and sums leave, and no row
    #[arg(long, value_name = "FILE")]
    pub stopped: Option<PathBuf>,
    /// No-hits of the trace that people searched for again (dash_reference, found: yes or no); gives an estimate of recall
    #[arg(long, value_name = "FILE", requires = "runs")]
    pub searched_again: Option<PathBuf>,
    /// Weeks that each stopped award is taken to have saved; stated beside the sum
    #[arg(long, value_name = "N", default_value_t = 52, value_parser = clap::value_parser!(u32).range(1..=520))]
    pub weeks: u32,
    /// Day as of which is counted; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// What the parties agreed (TOML); it may be past its end
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    /// Who makes the report, as other processes are told while it holds the ledger
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Adds the report as a page to read and to print (report.html), with charts; it fetches nothing
    #[arg(long)]
    pub html: bool,
    /// Truth of the traces (cid_person_id,nino), of made or reviewed data: the page shows whether probabilities are right
    #[arg(long, value_name = "FILE", requires = "html", requires = "runs")]
    pub truth: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to make, with a page for each command; without it the page of the program goes to standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Help {
    /// A command; the code of an error, such as E31, or codes; or obligations or tensions, with ids such as R45 or T14 to show those in full
    pub words: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR", default_value = "rewash-demo")]
    pub out: PathBuf,
    /// People in the register
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub register: u64,
    /// People in the extract
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub extract: u64,
    /// Seed: the same seed makes the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Synth {
    /// People in the register
    #[arg(long, value_name = "N")]
    pub register: u64,
    /// People in the extract
    #[arg(long, value_name = "M")]
    pub extract: u64,
    /// Seed: the same seed makes the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Date at which the data are made
    #[arg(long, value_name = "DATE", default_value = "2016-04-30")]
    pub on: String,
    /// Share of the extract that is in the register
    #[arg(long, value_name = "SHARE", default_value_t = 0.45)]
    pub present: f64,
    /// Sets one error rate; can be repeated; a wrong name lists them all
    #[arg(long = "rate", value_name = "NAME=VALUE")]
    pub rates: Vec<String>,
    /// Extract as xlsx (at most 1 048 575 rows), csv or parquet
    #[arg(long, value_enum, default_value_t = ExtractFormat::Xlsx)]
    pub extract_format: ExtractFormat,
    /// Leave out the benefit files (customers and awards)
    #[arg(long)]
    pub no_benefits: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExtractFormat {
    Xlsx,
    Csv,
    Parquet,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Extract: xlsx; without an agreement also csv, csv.gz, csv.zst, parquet, arrow, or - for standard input
    #[arg(required_unless_present = "print_specification")]
    pub extract: Option<String>,
    /// What the parties agreed (TOML); with it the whole specification is asked for
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    /// Date of the check; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Folder to make for the sender's report; it must not exist. Without it the report goes to standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Specification (TOML) in place of the built-in one
    #[arg(long, value_name = "FILE")]
    pub specification: Option<PathBuf>,
    /// Prints the specification, to read and to change, and stops
    #[arg(long)]
    pub print_specification: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Extract: xlsx, csv, csv.gz, csv.zst, parquet, arrow, or - for standard input
    pub extract: String,
    /// Register: a file, a glob, or - for standard input; NAME= before it names the data set
    #[arg(long = "register", value_name = "[NAME=]PATH", required = true)]
    pub registers: Vec<String>,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Date of the run; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Model to use instead of learning one
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Saves the model that was used
    #[arg(long, value_name = "FILE")]
    pub save_model: Option<PathBuf>,
    /// What the parties agreed (TOML); with it the run is strict
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    /// Specification (TOML) in place of the built-in one, where an agreement is given
    #[arg(long, value_name = "FILE", requires = "agreement")]
    pub specification: Option<PathBuf>,
    /// Truth of made or reviewed data (cid_person_id,nino): reports pair completeness
    #[arg(long, value_name = "FILE")]
    pub truth: Option<String>,
    /// Form of the outcomes file
    #[arg(long, value_enum, default_value_t = OutcomeFormat::Parquet)]
    pub format: OutcomeFormat,
    /// How the register is read: past the extract's keys, or indexed whole in memory; the answer is the same
    #[arg(long, value_enum, default_value_t = PlanWord::Stream)]
    pub plan: PlanWord,
    /// Register rows read together
    #[arg(long, value_name = "N", default_value_t = 32_768, hide = true)]
    pub batch_rows: usize,
    /// Print the plan and the expected cost of each blocking rule, and stop
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub record: RecordWords,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Benefits {
    #[command(subcommand)]
    pub stopped: Option<BenefitsCommand>,
    /// Handoff of HMRC (hmrc_to_dwp.csv), or - for standard input
    #[arg(required = true)]
    pub handoff: Option<String>,
    /// Customer index: a file, a glob, or - for standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub customers: Option<String>,
    /// Awards: a file, a glob, or - for standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub awards: Option<String>,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR", required = true)]
    pub out: Option<PathBuf>,
    /// Date as of which is asked; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// What the parties agreed (TOML); with it the run is strict
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    /// Rows read together
    #[arg(long, value_name = "N", default_value_t = 32_768, hide = true)]
    pub batch_rows: usize,
    #[command(flatten)]
    pub record: RecordWords,
    /// Open and check the files, say what there is to do, and stop
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenefitsCommand {
    /// Benefits that were stopped, and the savings: counts and sums, never people
    #[command(after_help = "Example:\n  rewash benefits stopped stopped.csv --weeks 52 --out savings")]
    Stopped(Stopped),
}

#[derive(Debug, Args)]
pub(crate) struct Stopped {
    /// Stopped awards, or - for standard input
    pub feed: String,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Weeks that each stopped award is taken to have saved; stated beside every sum
    #[arg(long, value_name = "N", default_value_t = crate::exchange::WEEKS,
        value_parser = clap::value_parser!(u32).range(1..=520))]
    pub weeks: u32,
    /// Date of the run: awards stopped later are not counted; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// What the parties agreed (TOML); with it the run is strict
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutcomeFormat {
    Parquet,
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanWord {
    Stream,
    Index,
}

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
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    pub random_pairs: u64,
    /// Learns m for each blocking rule alone and takes the median, as Splink does, instead of jointly
    #[arg(long)]
    pub median: bool,
    /// Seed of what is drawn at random
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Memory that may be used: that of the whole program, put here once the words are known.
    #[arg(skip)]
    pub memory: Option<u64>,
    /// Whether pairs of little weight are kept too: for clusters.
    #[arg(skip)]
    pub keeps_pairs: bool,
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
    /// Least probability of what is given out; with clusters, several make a column each
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub threshold: Vec<f64>,
    /// Adds the level and weight of every comparison
    #[arg(long)]
    pub explain: bool,
    /// Saves the model that was used: .toml to read and change, else JSON
    #[arg(long, value_name = "FILE")]
    pub save_model: Option<String>,
    /// Prints what each blocking rule would cost, and stops
    #[arg(long)]
    pub dry_run: bool,
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

#[derive(Debug, Args)]
pub(crate) struct Dedupe {
    /// Table: csv, csv.gz, csv.zst, xlsx, parquet, arrow, or - for standard input
    pub data: String,
    #[command(flatten)]
    pub linkage: LinkageWords,
    #[command(flatten)]
    pub pairs: PairsWords,
    /// Gives clusters instead of pairs
    #[arg(long)]
    pub clusters: bool,
    /// Writes the links that were cut, with the reason; with --no-cut, the links that alone hold a cluster together
    #[arg(long, requires = "clusters", value_name = "FILE")]
    pub cuts: Option<String>,
    /// Clusters are all that hangs together, even by a chain of weak links
    #[arg(long, requires = "clusters")]
    pub no_cut: bool,
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
    /// Draws the cost of the rules
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
    /// Draws the waterfall, or the combinations, as SVG; - for standard output
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
        rewash model chart model.toml --kind parameters -o parameters.svg")]
    Chart(ModelChart),
}

#[derive(Debug, Args)]
pub(crate) struct ModelChart {
    /// The model, with its parameters
    pub model: PathBuf,
    /// SVG to write; - for standard output
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
    /// Truth: cid_person_id,nino for a trace (an empty nino: not in the register), left_id,right_id or id,cluster
    #[arg(long, value_name = "FILE")]
    pub truth: String,
    /// Probabilities at which pairs are counted
    #[arg(long, value_name = "P", value_delimiter = ',', default_values_t = [0.5, 0.9, 0.99])]
    pub threshold: Vec<f64>,
    /// Writes the figures as JSON; - for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<String>,
    /// Draws the curves of pairs, or the calibration and the groups of a trace, into a new folder
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
    /// Of a trace: recall, wrong matches and kinds of miss by column (culture, nationality, errors, tier ...; kind for what
    /// became of each row). A cell of several values, parted by ;, counts in each
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Of a trace: writes misses and false matches as rows to look at; - for standard output
    #[arg(long, value_name = "FILE")]
    pub rows: Option<String>,
    /// Of a trace: what was compared with the true people [default: compared.csv beside the outcomes, which `trace --truth`
    /// writes]
    #[arg(long, value_name = "FILE")]
    pub compared: Option<String>,
    /// Counts of groups from 1 to below this are not shown; 0 shows all, for made data
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub cells_min: u64,
}

use clap::builder::TypedValueParser as _;

/// A size with a unit: 512MiB, 4GiB, 6G; bytes without one.
fn parse_size(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| "not a size such as 4GiB".to_owned())?;
    let scale = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return Err("unknown unit: use KiB, MiB, GiB or TiB".into()),
    };
    Ok((number * 1024_f64.powi(scale)) as u64)
}

#[cfg(test)]
mod tests {
    use super::{Words, parse_size};
    use clap::CommandFactory;

    #[test]
    fn the_words_fit_together() {
        Words::command().debug_assert();
    }

    /// Commands that do something, with their names from the first.
    fn leaves(command: &clap::Command, name: &str, out: &mut Vec<(String, clap::Command)>) {
        let subcommands = command.get_subcommands().count();
        if subcommands == 0 {
            out.push((name.to_owned(), command.clone()));
        }
        command.get_subcommands().for_each(|below| leaves(below, &format!("{name} {}", below.get_name()), out));
    }

    #[test]
    fn every_command_has_an_example_that_names_it() {
        let mut all = Vec::new();
        leaves(&Words::command(), "rewash", &mut all);
        assert!(all.len() > 30);
        let lacks = |(name, command): &(String, clap::Command)| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            (!help.starts_with("Example") || !help.contains(name)).then(|| name.clone())
        };
        assert_eq!(all.iter().filter_map(lacks).collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("4GiB"), Ok(4 << 30));
        assert_eq!(parse_size("1.5g"), Ok(3 << 29));
        assert!(parse_size("much").is_err() && parse_size("4 parsecs").is_err());
    }
}
