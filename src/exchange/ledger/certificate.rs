//! The text of a certificate of destruction: what, when, by whom, under which agreement, and what it does not cover.

use crate::exchange::agreement::Department;
use crate::exchange::ledger::destroy::{Plan, Target};
use crate::store::Doomed;
use std::fmt::Write;

/// What no deletion by a program reaches.
const NOT_COVERED: [&str; 8] = [
    "copies that were sent or received by mail or another route, and files that others made of them",
    "backups, replicas and snapshots of the disk or of the machine",
    "journals of the file system, and blocks that a file had before it was last written",
    "spare blocks of flash and SSD disks: wear levelling writes elsewhere than over what was there",
    "swap, hibernation and crash dumps of this machine",
    "files that this program did not make and that were not named to it",
    "other copies of the secret keys named above",
    "paper, and what was copied into other systems",
];

/// The text. `entry` is the number of its audit entry, `head` the hash of the entry before.
pub(super) fn text(plan: &Plan, department: Department, entry: i64, head: &str) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line("CERTIFICATE OF DESTRUCTION".into());
    line(String::new());
    line("Marking          OFFICIAL; it holds counts, names of files and digests, and nothing about anyone".into());
    line(format!("Department       {}", name(department)));
    line(format!("Destroyed on     {}", plan.on));
    line(format!("Destroyed by     {}", plan.by));
    line(format!("Program          rewash {}", env!("CARGO_PKG_VERSION")));
    line(format!("Audit entry      {entry}, which follows {head}"));
    if !plan.not_closed.is_empty() {
        line(format!("Before closure   {}", plan.not_closed));
    }
    for target in &plan.targets {
        line(String::new());
        target_text(target, plan.keep_keyed, &mut line);
    }
    if !plan.also.is_empty() {
        line(String::new());
        line("Other files".into());
        plan.also.iter().for_each(|file| line(file_line(file)));
    }
    keys_text(plan, &mut line);
    line(String::new());
    line(
        "How: files were overwritten once with zeros, synced, unlinked, and their folders synced; rows of the ledger"
            .into(),
    );
    line("were deleted with secure deletion, its file was rebuilt and its log of changes cut to nothing.".into());
    line(String::new());
    line("Not covered:".into());
    NOT_COVERED.iter().for_each(|what| line(format!("  - {what}")));
    line(String::new());
    line(
        "The stronger means is to keep runs sealed from the beginning and to destroy the key: without it, what is left"
            .into(),
    );
    line(
        "anywhere of a sealed file cannot be read. Only the physical destruction of the medium is a guarantee.".into(),
    );
    line(String::new());
    line(
        "Kept: counts by outcome, deliveries with rows and digests, incidents, audit entries, this certificate.".into(),
    );
    line(String::new());
    for label in ["Name", "Role", "Signature", "Date"] {
        line(format!("{label:<16} ______________________________"));
    }
    out
}

fn name(department: Department) -> String {
    let name = department.to_string();
    name.strip_prefix("the ").unwrap_or(&name).to_owned()
}

fn target_text(target: &Target, keep_keyed: bool, line: &mut dyn FnMut(String)) {
    let Target { name, command, run_on, agreement, rows, closed_on, .. } = target;
    line(format!("Run {name}, `{command}` of {run_on}, agreement: {agreement}"));
    line(match closed_on {
        Some(day) => format!("  cycle closed on {day}"),
        None => "  cycle not closed".into(),
    });
    line(format!("  rows of the run: {rows}"));
    line(match (target.keyed && keep_keyed, target.is_wash) {
        (true, _) => format!("  rows in the ledger: {} kept under keyed hashes", target.ledger_rows),
        (false, true) => {
            format!("  rows in the ledger: references and nationalities of {} removed", target.ledger_rows)
        }
        (false, false) => format!("  rows in the ledger: {} removed", target.ledger_rows),
    });
    match (&target.folder, target.is_wash) {
        (Some(_), _) => line(format!("  files: {}", target.files.len())),
        (None, true) => line("  files: no folder of its extract was there; those that were named stand below".into()),
        (None, false) => line("  files: its folder was not there".into()),
    }
    target.files.iter().for_each(|file| line(file_line(file)));
}

fn file_line(file: &Doomed) -> String {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let mut out = match file.sha256.as_str() {
        "" => format!("    {name}: a link, removed and not followed"),
        digest => format!("    {name}: {} bytes, SHA-256 {digest}", file.bytes),
    };
    if file.other_names > 0 {
        let _ = write!(out, "; it had {} more names on the disk, which hold zeros now", file.other_names);
    }
    out
}

fn keys_text(plan: &Plan, line: &mut dyn FnMut(String)) {
    let sealed: Vec<&Target> = plan.targets.iter().filter(|target| !target.sealed_to.is_empty()).collect();
    if sealed.is_empty() && plan.key_names.is_empty() {
        return;
    }
    line(String::new());
    line("Keys".into());
    for key in &plan.key_names {
        line(format!("    the secret key of {key} was destroyed"));
    }
    for target in sealed {
        let left: Vec<&str> =
            target.sealed_to.split(' ').filter(|key| !plan.key_names.iter().any(|gone| gone == key)).collect();
        let name = &target.name;
        line(match left.as_slice() {
            [] => format!("    {name} was sealed: with its keys gone, no copy of its working files can be read"),
            left => format!("    {name} was sealed; these keys still open copies of it: {}", left.join(", ")),
        });
        line(
            "    files for other departments are sealed to keys of theirs, unless the run had its own key alone".into(),
        );
    }
}
