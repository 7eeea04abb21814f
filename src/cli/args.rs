//! The words of the command line, as close to what was typed as possible.

mod index;
mod ledger;
mod linkage;
mod pool;
mod review;
mod stage;
mod tables;

pub(crate) use index::*;
pub(crate) use ledger::*;
pub(crate) use linkage::*;
pub(crate) use pool::*;
pub(crate) use review::*;
pub(crate) use stage::*;
pub(crate) use tables::*;

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
    /// A limit of what is read of a file, such as sheet-rows=5000 or table-bytes=8GiB
    #[arg(long, global = true, value_name = "NAME=NUMBER", value_parser = parse_limit, hide_short_help = true)]
    pub limit: Vec<(String, u64)>,
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
            Command::Dedupe(words) => &mut words.linkage,
            Command::Train(words) => &mut words.linkage,
            Command::Blocks(words) => &mut words.linkage,
            Command::Explain(words) => &mut words.linkage,
            Command::Evaluate(words) => &mut words.linkage,
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
        rewash trace extract.xlsx --index register.index --out traced\n  \
        rewash trace extract.xlsx --register register.parquet --out traced --dry-run")]
    Trace(Trace),
    /// A register standardised once and kept, so that a trace need not read it
    #[command(subcommand)]
    Index(IndexCommand),
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
    /// The language of models, models of other programs, and pictures of models
    #[command(subcommand)]
    #[command(after_help = "What a model may hold, and what it means: rewash model reference")]
    Model(ModelCommand),
    /// Compare outcomes of a trace, pairs or clusters with the truth
    #[command(after_help = "Examples:\n  \
        rewash evaluate traced/outcomes.parquet --truth made/truth.csv\n  \
        rewash evaluate traced/outcomes.parquet --truth made/truth.csv --by kind,culture,errors --rows look.csv\n  \
        rewash evaluate links.csv --truth known.csv --svg curves\n  \
        rewash evaluate links.csv --truth known.csv --table left.csv --table right.csv --model model.toml --by kind,levels --rows look.csv\n  \
        rewash evaluate clusters.csv --truth known.csv --json -")]
    Evaluate(Evaluate),
    /// Management information: counts and shares, never people
    #[command(after_help = "Examples:\n  \
        rewash report --ledger home_office.ledger --on 2016-10-31 --out mi\n  \
        rewash report --run traced --on 2016-04-30 --out mi --html\n  \
        rewash report --dwp benefits --stopped stopped.csv --weeks 52 --out mi")]
    Report(Report),
    /// The steps of a trace, of link and of dedupe, each on a part of the rows: for clusters and other engines
    #[command(subcommand)]
    Stage(StageCommand),
    /// The job that runs a trace, link or dedupe on Spark
    #[command(after_help = "Example:\n  \
        rewash spark --emit job.py\n  \
        spark-submit job.py --binary rewash --extract extract.xlsx --register hmrc=register.parquet --out traced")]
    Spark(Spark),
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

/// How a run that was stopped is gone on with.
#[derive(Debug, Args)]
pub(crate) struct ResumeWords {
    /// Folder of checkpoints: made if it is not there, gone on from if the run was stopped, removed when it is done
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub resume: Option<PathBuf>,
    /// Key with which checkpoints are encrypted: a file of at least 32 bytes that its owner alone may read
    #[arg(long, value_name = "FILE", requires = "resume")]
    pub key_file: Option<PathBuf>,
    /// Seconds of work from one checkpoint to the next
    #[arg(long, value_name = "N", default_value_t = 240, hide = true, requires = "resume")]
    pub checkpoint_seconds: u64,
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

/// The date of a trace, and of the probe of one.
#[derive(Debug, Args)]
pub(crate) struct OnWord {
    /// Date of the run; today in London by default
    #[arg(long = "on", value_name = "DATE")]
    pub date: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Extract: xlsx, csv, csv.gz, csv.zst, parquet, arrow, or - for standard input
    pub extract: String,
    /// Register: a file, a glob, or - for standard input; NAME= before it names the data set
    #[arg(long = "register", value_name = "[NAME=]PATH", required_unless_present = "index")]
    pub registers: Vec<String>,
    /// Stored index of the registers, made by `rewash index build`, in place of them; the answer is the same
    #[arg(long, value_name = "DIR", conflicts_with_all = ["registers", "plan", "resume"])]
    pub index: Option<PathBuf>,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub on: OnWord,
    /// Model to use instead of learning one; with the one that a run saved, the same files give what that run gave
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
    /// Bytes of register rows that are kept in memory, in place of what --memory leaves for them
    #[arg(long, value_name = "SIZE", value_parser = parse_size, hide = true)]
    pub rows_in_memory: Option<u64>,
    #[command(flatten)]
    pub resuming: ResumeWords,
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

/// A name and a number or size.
fn parse_limit(text: &str) -> Result<(String, u64), String> {
    let (name, number) = text.split_once('=').ok_or_else(|| "write NAME=NUMBER".to_owned())?;
    Ok((name.to_owned(), parse_size(number)?))
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
