//! Words of `rewash ledger`, `rewash audit` and `rewash destroy`, and those with which other commands use a ledger.

use crate::cli::args::LedgerWords;
use crate::exchange::agreement::Department;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What a command that makes a run takes: where it is recorded, and for whom its files are encrypted.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RecordWords {
    /// The department's ledger: the run is recorded in it, together with its folder
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Who runs the command, as the audit names them; the user's name by default
    #[arg(long, value_name = "NAME", requires = "ledger")]
    pub by: Option<String>,
    /// Seconds to wait while another process uses the ledger [default: 10]
    #[arg(long, value_name = "SECONDS", requires = "ledger")]
    pub wait: Option<u64>,
    /// Encrypts the files for a department to the public keys in FILE: home_office=FILE, dwp=FILE
    #[arg(long = "encrypt-to", value_name = "DEPARTMENT=FILE")]
    pub encrypt_to: Vec<String>,
    /// Encrypts the run's own files as well, to the public keys in FILE; best a key of this run alone
    #[arg(long, value_name = "FILE")]
    pub seal_to: Option<PathBuf>,
}

impl RecordWords {
    /// The words of the ledger, where there is one.
    pub(crate) fn ledger(&self) -> Option<LedgerWords> {
        let ledger = self.ledger.clone()?;
        Some(LedgerWords { ledger, by: self.by.clone(), wait: self.wait.unwrap_or(10) })
    }
}

/// A department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum DepartmentWord {
    HomeOffice,
    Hmrc,
    Dwp,
}

impl DepartmentWord {
    /// The department.
    pub(crate) const fn department(self) -> Department {
        match self {
            Self::HomeOffice => Department::HomeOffice,
            Self::Hmrc => Department::Hmrc,
            Self::Dwp => Department::Dwp,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Make a department's ledger
    #[command(after_help = "Example:\n  rewash ledger init hmrc.ledger --department hmrc --by 'A Clerk'")]
    Init(LedgerInit),
    /// Record a file that was sent or received
    #[command(after_help = "Example:\n  \
        rewash ledger deliver traced/hmrc_to_ho.csv --sent --to home_office --contact 'ISD Hub' --ledger hmrc.ledger")]
    Deliver(LedgerDeliver),
    /// All files that were made, sent and received, as CSV
    #[command(after_help = "Example:\n  rewash ledger deliveries --ledger hmrc.ledger > deliveries.csv")]
    Deliveries(LedgerList),
    /// Security incidents: partners are told within 24 hours of becoming aware
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// What is held, why, and until when, as CSV; warns of what is overdue
    #[command(after_help = "Example:\n  rewash ledger runs --on 2016-06-30 --ledger hmrc.ledger")]
    Runs(LedgerList),
    /// Close the cycle of a run (of HMRC or DWP) or wash (of the Home Office): its response was accepted
    #[command(after_help = "Example:\n  \
        rewash ledger close R0001 --on 2016-05-31 --key-file row.key --ledger hmrc.ledger --agreement agreed.toml")]
    Close(LedgerClose),
    /// Where the row of a Dash reference went, as CSV
    #[command(after_help = "Example:\n  rewash ledger row W0001-000017 --key-file row.key --ledger hmrc.ledger")]
    Row(LedgerRow),
    /// Make a key: the secret one into a new file, the public one on standard output
    #[command(after_help = "Example:\n  rewash ledger keygen --out dwp.key > dwp.pub")]
    Keygen(LedgerKeygen),
    /// The certificate of a destroyed run again, on standard output
    #[command(after_help = "Example:\n  rewash ledger certificate R0001 --ledger hmrc.ledger > R0001.txt")]
    Certificate(LedgerCertificate),
}

#[derive(Debug, Args)]
pub(crate) struct LedgerInit {
    /// File to make
    pub file: PathBuf,
    /// Whose ledger it is
    #[arg(long, value_enum)]
    pub department: DepartmentWord,
    /// Who makes it, as the audit names them; the user's name by default
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerDeliver {
    /// The file
    pub file: String,
    /// The file was sent
    #[arg(long, required_unless_present = "received", conflicts_with = "received")]
    pub sent: bool,
    /// The file was received
    #[arg(long)]
    pub received: bool,
    /// The other department
    #[arg(long, visible_aliases = ["to", "from"], value_enum)]
    pub department: DepartmentWord,
    /// Contact point of the other department; one of the agreement's, where it names any
    #[arg(long, value_name = "NAME", default_value = "")]
    pub contact: String,
    /// Data rows, where they cannot be counted: of a file that is encrypted to others
    #[arg(long, value_name = "N")]
    pub rows: Option<u64>,
    /// Day; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// What the parties agreed (TOML): the contact points
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerList {
    /// Day for which it is said; today in London by default
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// Record an incident; says by when the partners are to be told
    #[command(after_help = "Example:\n  \
        rewash ledger incident open --aware-at 2016-05-03T09:30:00+01:00 --kind loss --rows 12 --ledger hmrc.ledger")]
    Open(IncidentOpen),
    /// Record that the partners were told
    #[command(after_help = "Example:\n  \
        rewash ledger incident report 1 --at 2016-05-03T15:00:00+01:00 --to 'Home Office, DWP' --ledger hmrc.ledger")]
    Report(IncidentReport),
    /// All incidents, as CSV, and whether they were reported in time
    #[command(after_help = "Example:\n  rewash ledger incident list --ledger hmrc.ledger")]
    List(LedgerList),
}

#[derive(Debug, Args)]
pub(crate) struct IncidentOpen {
    /// When the department became aware, with offset: 2016-05-03T09:30:00+01:00
    #[arg(long, value_name = "MOMENT")]
    pub aware_at: String,
    /// loss, wrongful_disclosure, breach or other
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// Rows concerned
    #[arg(long, value_name = "N")]
    pub rows: u64,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct IncidentReport {
    /// Number of the incident
    pub id: i64,
    /// When the partners were told, with offset
    #[arg(long, value_name = "MOMENT")]
    pub at: String,
    /// Who was told
    #[arg(long, value_name = "WHO")]
    pub to: String,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerClose {
    /// Run or wash
    pub run: String,
    /// Day on which the cycle was closed
    #[arg(long, value_name = "DATE")]
    pub on: String,
    /// What the parties agreed (TOML): how long a run is kept
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    /// Key of the Home Office: Dash references become keyed hashes (HMAC-SHA256)
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerRow {
    /// Dash reference
    pub reference: String,
    /// Key of the Home Office, for runs that were closed with it
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerKeygen {
    /// File for the secret key
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerCertificate {
    /// Run or wash
    pub run: String,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Look for any change, deletion or reorder; exit status 1 where there is one
    #[command(after_help = "Example:\n  rewash audit verify --ledger hmrc.ledger --anchor traced/manifest.json")]
    Verify(AuditVerify),
    /// Entries, deliveries, runs and incidents, for auditors: counts and digests, nothing about anyone
    #[command(after_help = "Examples:\n  \
        rewash audit export --ledger hmrc.ledger > audit.json\n  \
        rewash audit export --ledger hmrc.ledger --out audit")]
    Export(AuditExport),
    /// A report of compliance for somebody to sign
    #[command(after_help = "Example:\n  \
        rewash audit assure --ledger hmrc.ledger --agreement agreed.toml --from 2016-04-01 --to 2016-06-30 -o assurance.txt")]
    Assure(AuditAssure),
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    /// Manifests that carry a head of the chain: they show a cut end, or another chain in its place
    #[arg(long, value_name = "MANIFEST", num_args = 1..)]
    pub anchor: Vec<PathBuf>,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct AuditExport {
    /// Folder to make, with a CSV file each; without it, one JSON document on standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct AuditAssure {
    /// What the parties agreed (TOML)
    #[arg(long, value_name = "FILE")]
    pub agreement: Option<PathBuf>,
    /// First day that is reported on; the agreement's first by default
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Last day that is reported on; today in London by default
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// A deviation that the signatory declares; can be repeated
    #[arg(long, value_name = "TEXT")]
    pub deviation: Vec<String>,
    /// File to write; - for standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub out: String,
    #[command(flatten)]
    pub ledger: LedgerWords,
}

#[derive(Debug, Args)]
pub(crate) struct Destroy {
    /// Runs or washes
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<String>,
    /// Day of the destruction
    #[arg(long, value_name = "DATE")]
    pub on: String,
    /// Certificate to write; it must not exist
    #[arg(long, value_name = "FILE")]
    pub certificate: PathBuf,
    /// Why runs are destroyed whose cycle is not closed
    #[arg(long, value_name = "REASON")]
    pub not_closed: Option<String>,
    /// Other files that go with them, such as the extract that was received
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub also: Vec<PathBuf>,
    /// Keeps the rows whose references are keyed hashes
    #[arg(long)]
    pub keep_keyed: bool,
    /// The folder of a run is gone for good
    #[arg(long)]
    pub without_folder: bool,
    #[command(flatten)]
    pub ledger: LedgerWords,
}
