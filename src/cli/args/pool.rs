//! Words of `rewash pool`: cases, due lists, extracts, returns, confirmations.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What every command on a ledger takes.
#[derive(Debug, Args)]
pub(crate) struct LedgerWords {
    /// The department's ledger
    #[arg(long, value_name = "FILE")]
    pub ledger: PathBuf,
    /// Who runs the command, as the audit names them; the user's name by default
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Seconds to wait while another process uses the ledger
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub wait: u64,
}

/// What the commands of the pool take besides.
#[derive(Debug, Args)]
pub(crate) struct PoolWords {
    #[command(flatten)]
    pub ledger: LedgerWords,
    /// Day of the command; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// What the parties agreed (TOML)
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PoolCommand {
    /// Take a fresh file of cases into the ledger: new ones, changes, who left the pool
    #[command(after_help = "Example:\n  rewash pool load cases.csv --ledger ho.ledger --on 2016-04-30")]
    Load(PoolLoad),
    /// What is due on a day: the one-off set, first washes, rewashes
    #[command(after_help = "Example:\n  rewash pool due --ledger ho.ledger --on 2016-04-30 -o due.csv")]
    Due(PoolDue),
    /// Join what is due to a fresh file of cases and write the extract for HMRC
    #[command(after_help = "Example:\n  rewash pool extract cases.csv --ledger ho.ledger --on 2016-04-30 --out wash")]
    Extract(PoolExtract),
    /// Take HMRC's three files, or DWP's return, into the ledger
    #[command(after_help = "Examples:\n  \
        rewash pool return traced --ledger ho.ledger --on 2016-05-20\n  \
        rewash pool return supplement --supplement --ledger ho.ledger --on 2016-06-01\n  \
        rewash pool return --dwp dwp_to_ho.csv --ledger ho.ledger --on 2016-06-10")]
    Return(PoolReturn),
    /// Record what people verified, and write the confirmation for DWP where it is agreed
    #[command(after_help = "Example:\n  \
        rewash pool confirm verified.csv --dwp dwp_to_ho.csv --out confirmed --ledger ho.ledger --agreement agreed.toml")]
    Confirm(PoolConfirm),
    /// Cases by pool and state, coverage, and what is unfinished at the agreement's end
    #[command(after_help = "Example:\n  rewash pool status --ledger ho.ledger --on 2016-05-31")]
    Status(PoolStatus),
    /// Take back a wash whose extract was rejected or never sent: its cases are due again
    #[command(after_help = "Example:\n  rewash pool cancel W0003 --reason 'rejected: wrong pool' --ledger ho.ledger")]
    Cancel(PoolCancel),
}

#[derive(Debug, Args)]
pub(crate) struct PoolLoad {
    /// Fresh file of cases: xlsx, csv, parquet or arrow
    pub cases: String,
    #[command(flatten)]
    pub pool: PoolWords,
}

#[derive(Debug, Args)]
pub(crate) struct PoolDue {
    #[command(flatten)]
    pub pool: PoolWords,
    /// Writes the list as CSV: id, pool, wash number, due since; - for standard output
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PoolExtract {
    /// Fresh file of cases
    pub cases: String,
    #[command(flatten)]
    pub pool: PoolWords,
    /// Folder to make; it must not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Most cases of the wash; rewashes come first, the rest stays due
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub most: Option<u64>,
    /// Encrypts the workbooks to HMRC's public keys in FILE: hmrc=FILE
    #[arg(long = "encrypt-to", value_name = "hmrc=FILE")]
    pub encrypt_to: Vec<String>,
    /// Source that the hub writes beside its references
    #[arg(long, value_name = "TEXT", default_value = "CID")]
    pub dash_source: String,
}

#[derive(Debug, Args)]
pub(crate) struct PoolReturn {
    /// Folder that holds `hmrc_to_ho.csv`, `hmrc_no_hits.csv` and `hmrc_unresolved.csv`
    #[arg(value_name = "DIR", required_unless_present = "dwp")]
    pub folder: Option<PathBuf>,
    /// DWP's return: `dwp_to_ho.csv`
    #[arg(long, value_name = "FILE")]
    pub dwp: Option<String>,
    /// Later answers to rows that were unresolved
    #[arg(long, requires = "folder")]
    pub supplement: bool,
    #[command(flatten)]
    pub pool: PoolWords,
}

#[derive(Debug, Args)]
pub(crate) struct PoolConfirm {
    /// What was found: dash_reference, match_verified (correct, wrong, unsure), immigration_status, right_to_work,
    /// public_funds, verified_by, verified_on
    pub verified: String,
    #[command(flatten)]
    pub pool: PoolWords,
    /// DWP's return: its matches alone are confirmed to DWP
    #[arg(long, value_name = "FILE", requires = "out")]
    pub dwp: Option<String>,
    /// Encrypts the confirmation to DWP's public keys in FILE: dwp=FILE
    #[arg(long = "encrypt-to", value_name = "dwp=FILE", requires = "out")]
    pub encrypt_to: Vec<String>,
    /// Folder to make, with `ho_to_dwp.csv`
    #[arg(long, value_name = "DIR", requires = "dwp")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PoolStatus {
    #[command(flatten)]
    pub pool: PoolWords,
    /// Writes the ids of the cases that are due for the Home Office's decision; - for standard output
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PoolCancel {
    /// Name of the wash
    #[arg(value_name = "WASH")]
    pub wash: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub pool: PoolWords,
}
