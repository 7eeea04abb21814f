//! The words of the command line, as close to what was typed as possible.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Batch matching engine for people.
///
/// Finds, explains and reports; it never decides anything about anyone.
#[derive(Debug, Parser)]
#[command(name = "rewash", version, propagate_version = true, arg_required_else_help = true)]
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
    /// Form of what is said on standard error
    #[arg(long, global = true, value_enum, default_value_t = Log::Text)]
    pub log: Log,
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
    /// Make data, run the trace on it and show what came out
    #[command(after_help = "Example:\n  rewash demo --out demo")]
    Demo(Demo),
    /// Make a register, an extract, benefit files and the truth about them
    #[command(after_help = "Example:\n  rewash synth --register 1000000 --extract 50000 --seed 1 --out made")]
    Synth(Synth),
    /// Trace the people of an extract in one or more registers
    #[command(after_help = "Examples:\n  \
        rewash trace extract.xlsx --register register.parquet --out traced --on 2016-04-30\n  \
        rewash trace extract.csv --register hmrc='paye-*.parquet' --register bank=bank.csv.gz --out traced\n  \
        zcat register.csv.gz | rewash trace extract.xlsx --register - --out traced --format csv\n  \
        rewash trace extract.xlsx --register register.parquet --out traced --dry-run")]
    Trace(Trace),
    /// Compare the outcomes of a trace with the truth
    #[command(after_help = "Example:\n  rewash evaluate traced/outcomes.parquet --truth made/truth.csv")]
    Evaluate(Evaluate),
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

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Outcomes of a trace
    pub outcomes: String,
    /// Truth: cid_person_id,nino (an empty nino: not in the register)
    #[arg(long, value_name = "FILE")]
    pub truth: String,
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

    #[test]
    fn sizes() {
        assert_eq!(parse_size("4GiB"), Ok(4 << 30));
        assert_eq!(parse_size("1.5g"), Ok(3 << 29));
        assert!(parse_size("much").is_err() && parse_size("4 parsecs").is_err());
    }
}
