//! The report of compliance for somebody to sign (R109), and the tables that auditors get (R108).
//!
//! Counts, digests and dates: nothing about anyone whose data are exchanged.

use crate::exchange::agreement::{Agreement, Department};
use crate::exchange::ledger::{Chain, Entry, Held, Incident};
use jiff::Timestamp;
use std::fmt::Write;

/// Columns of audit entries.
pub const ENTRY_COLUMNS: [&str; 7] = ["sequence", "at", "by", "command", "subject", "previous", "hash"];
/// Columns of deliveries.
pub const DELIVERY_COLUMNS: [&str; 7] = ["on", "direction", "department", "contact", "file", "rows", "sha256"];
/// Columns of runs and washes.
pub const RUN_COLUMNS: [&str; 11] = [
    "run",
    "command",
    "on",
    "agreement",
    "rows",
    "outcomes",
    "sealed",
    "closed_on",
    "keep_until",
    "destroyed_on",
    "why",
];
/// Columns of incidents.
pub const INCIDENT_COLUMNS: [&str; 8] =
    ["id", "aware_at", "due_at", "kind", "rows", "reported_at", "reported_to", "state"];

/// Audit entries as rows.
pub fn entry_rows(entries: &[Entry]) -> Vec<Vec<String>> {
    let row = |entry: &Entry| {
        let Entry { sequence, at, by, command, subject, previous, hash } = entry.clone();
        vec![sequence.to_string(), at, by, command, subject, previous, hash]
    };
    entries.iter().map(row).collect()
}

/// Runs and washes as rows, on a day.
pub fn run_rows(held: &[Held], on: &str) -> Vec<Vec<String>> {
    let row = |held: &Held| {
        let outcomes: Vec<String> = held.outcomes.iter().map(|(outcome, rows)| format!("{outcome} {rows}")).collect();
        let day = |day: &Option<String>| day.clone().unwrap_or_default();
        vec![
            held.name.clone(),
            held.command.clone(),
            held.on.clone(),
            held.agreement.clone(),
            held.rows.to_string(),
            outcomes.join("; "),
            if held.sealed_to.is_empty() { "no" } else { "yes" }.to_owned(),
            day(&held.closed_on),
            day(&held.keep_until),
            day(&held.destroyed_on),
            held.why(on),
        ]
    };
    held.iter().map(row).collect()
}

/// Incidents as rows, at a moment.
pub fn incident_rows(incidents: &[Incident], now: Timestamp) -> Vec<Vec<String>> {
    let row = |incident: &Incident| {
        let Incident { id, aware_at, due_at, kind, rows, reported_at, reported_to } = incident.clone();
        let state = incident.state(now).to_owned();
        vec![id.to_string(), aware_at, due_at, kind, rows.to_string(), reported_at, reported_to, state]
    };
    incidents.iter().map(row).collect()
}

/// What only people can know.
const UNKNOWN: [&str; 6] = [
    "data were kept in a secure folder with restricted access, opened by the matching team alone",
    "files went by the approved secure route, from and to the agreed contact points",
    "data were used for the purposes of the agreement alone, and what was asked for was relevant and necessary",
    "requests for information about another department's data were passed on to it",
    "copies outside the folders of the runs, backups among them, were dealt with as the certificates of destruction say",
    "all losses, wrongful disclosures and breaches are recorded above",
];

/// What a report of compliance is made of.
pub struct Assurance<'a> {
    /// Whose it is.
    pub department: Department,
    /// What was agreed.
    pub agreement: &'a Agreement,
    /// Digest of its file.
    pub agreement_sha256: Option<&'a str>,
    /// First day.
    pub from: &'a str,
    /// Last day.
    pub to: &'a str,
    /// Deliveries, as the ledger lists them.
    pub deliveries: &'a [[String; 7]],
    /// Runs and washes.
    pub held: &'a [Held],
    /// Incidents.
    pub incidents: &'a [Incident],
    /// The audit chain.
    pub chain: &'a Chain,
    /// Deviations that the signatory declares.
    pub declared: &'a [String],
    /// The moment of the report.
    pub now: Timestamp,
}

impl Assurance<'_> {
    fn within(&self, day: &str) -> bool {
        self.from <= day && day <= self.to
    }
}

/// The report as text.
pub fn assurance(facts: &Assurance) -> String {
    let mut out = String::new();
    head(facts, &mut out);
    deliveries(facts, &mut out);
    retention(facts, &mut out);
    incidents(facts, &mut out);
    let _ = writeln!(out, "\nDeviations");
    let deviations = deviations(facts);
    for deviation in &deviations {
        let _ = writeln!(out, "  - {deviation}");
    }
    if deviations.is_empty() {
        let _ = writeln!(out, "  none known to the ledger; declare others here: ______________________________");
    }
    let _ = writeln!(out, "\nNot known to the ledger; the signatory confirms");
    for what in UNKNOWN {
        let _ = writeln!(out, "  [ ] {what}");
    }
    if facts.department == Department::Hmrc {
        let _ = writeln!(out, "  [ ] those who had access hold clearance, at least a Counter-Terrorist Check");
    }
    let _ = writeln!(
        out,
        "\nI confirm that the data were held, used, protected and destroyed as the agreement asks, save for the\n\
         deviations above.\n"
    );
    for label in ["Name", "Role", "Signature", "Date"] {
        let _ = writeln!(out, "{label:<16} ______________________________");
    }
    out
}

fn head(facts: &Assurance, out: &mut String) {
    let agreement = facts.agreement;
    let department = facts.department.to_string();
    let department = department.strip_prefix("the ").unwrap_or(&department);
    let _ = writeln!(out, "ASSURANCE OF COMPLIANCE\n");
    let _ = writeln!(out, "Marking          OFFICIAL");
    let _ = writeln!(out, "Department       {department}");
    let _ = writeln!(out, "Agreement        {}", agreement.reference);
    if let Some(sha256) = facts.agreement_sha256 {
        let _ = writeln!(out, "                 SHA-256 of its file {sha256}");
    }
    let _ = writeln!(
        out,
        "In force         {} to {}, to be reviewed by {}",
        agreement.from, agreement.to, agreement.review_on
    );
    let _ = writeln!(out, "Reported on      {} to {}", facts.from, facts.to);
    let chain = facts.chain;
    let state = if chain.faults.is_empty() { "whole" } else { "BROKEN" };
    let _ = writeln!(out, "Audit chain      {state}, {} entries, head {}", chain.entries, chain.head);
}

fn deliveries(facts: &Assurance, out: &mut String) {
    for (direction, title) in [("received", "Received"), ("made", "Made for others"), ("sent", "Sent")] {
        let _ = writeln!(out, "\n{title}");
        let of = |row: &&[String; 7]| row[1] == direction && facts.within(&row[0]);
        let mut any = false;
        for [on, _, department, contact, file, rows, sha256] in facts.deliveries.iter().filter(of) {
            any = true;
            let contact = if contact.is_empty() { String::new() } else { format!(" ({contact})") };
            let _ = writeln!(out, "  {on}  {department}{contact}: {file}, {rows} rows, SHA-256 {sha256}");
        }
        if !any {
            let _ = writeln!(out, "  nothing");
        }
    }
}

fn retention(facts: &Assurance, out: &mut String) {
    let destroyed = |held: &&Held| held.destroyed_on.as_deref().is_some_and(|day| facts.within(day));
    let still = |held: &&Held| held.destroyed_on.is_none() && held.on.as_str() <= facts.to;
    list(out, "Destroyed", facts, &facts.held.iter().filter(destroyed).collect::<Vec<_>>());
    list(out, "Still held", facts, &facts.held.iter().filter(still).collect::<Vec<_>>());
}

fn list(out: &mut String, title: &str, facts: &Assurance, held: &[&Held]) {
    let _ = writeln!(out, "\n{title}");
    for held in held {
        let _ = writeln!(
            out,
            "  {} of {} (`{}`, {} rows): {}",
            held.name,
            held.on,
            held.command,
            held.rows,
            held.why(facts.to)
        );
    }
    if held.is_empty() {
        let _ = writeln!(out, "  nothing");
    }
}

fn incidents(facts: &Assurance, out: &mut String) {
    let _ = writeln!(out, "\nSecurity incidents (partners are told within 24 hours of becoming aware)");
    let mut any = false;
    for incident in facts.incidents.iter().filter(|incident| facts.within(&incident.aware_at[..10])) {
        any = true;
        let Incident { id, kind, rows, aware_at, due_at, .. } = incident;
        let state = incident.state(facts.now).replace('_', " ");
        let _ = writeln!(out, "  {id}: {kind}, {rows} rows, aware {aware_at}, due {due_at}: {state}");
    }
    if !any {
        let _ = writeln!(out, "  none recorded");
    }
}

/// What departs from the memorandum's words, or from what the department should have done.
fn deviations(facts: &Assurance) -> Vec<String> {
    let mut out: Vec<String> = facts.declared.to_vec();
    let agreement = facts.agreement;
    let held = facts.held.iter().filter(|held| held.overdue(facts.to));
    out.extend(held.map(|held| format!("{} is held after the last day on which it may be", held.name)));
    for incident in facts.incidents.iter().filter(|incident| facts.within(&incident.aware_at[..10])) {
        match incident.state(facts.now) {
            "late" => out.push(format!("incident {} was reported late", incident.id)),
            "overdue" => out.push(format!("incident {} is not reported and overdue", incident.id)),
            _ => {}
        }
    }
    out.extend(facts.chain.faults.iter().map(|fault| format!("audit chain: {fault}")));
    if agreement.emails_to_dwp > 0 {
        out.push(format!(
            "up to {} emails of a person go to DWP, which reports nothing on them: necessary and proportionate? (T20, R111)",
            agreement.emails_to_dwp
        ));
    }
    if agreement.northern_ireland_to_dwp {
        out.push("cases with Northern Ireland addresses alone go to DWP; the gateway names England, Wales and Scotland (T14)".into());
    }
    if agreement.report_death_without_award {
        out.push("deaths are reported where no benefit is in payment (T8)".into());
    }
    let amendments = agreement.amendments.iter().filter(|amendment| amendment.on.as_str() <= facts.to);
    out.extend(
        amendments.map(|change| format!("agreed in writing, {} of {}: {}", change.reference, change.on, change.what)),
    );
    out
}
