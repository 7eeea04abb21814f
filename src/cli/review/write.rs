//! What decisions leave: a folder with the decisions, the supplement where there is one, and a manifest; labels.

use crate::cli::Ended;
use crate::cli::outputs::{Outputs, Sealing};
use crate::cli::review::apply::Book;
use crate::cli::review::folder::{DECISIONS, Reviewed, folder_name};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::gateway::{
    Confirmed, HANDOFF_FLOW, MATCHES_FLOW, NO_HITS_FLOW, Supplement, Supplementing, supplement,
};
use crate::exchange::ledger::{Addition, Ledger};
use crate::exchange::review::{Cases, Decision, Standing, Standings, Vote, decision_rows};
use crate::exchange::{Holdings, Sheet, Window, Working};
use crate::model::value::PartialDate;
use crate::report::{self, Summary, thousands};
use crate::standardise::date;
use crate::store::{OutputFile, OutputFolder};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A decision that was not known before, and the workbook that it stands in.
pub(super) struct NewVote<'a> {
    pub vote: Vote,
    pub book: &'a Book,
}

/// What workbooks change.
pub(super) struct Applied<'a> {
    pub on: PartialDate,
    pub votes: Vec<NewVote<'a>>,
    /// All decisions, with the new ones.
    pub standings: Standings,
    /// Cases that are settled as the same person now, with the candidate.
    pub released: Vec<(usize, usize)>,
    /// Cases of which no candidate is the person, settled now.
    pub nobody: Vec<usize>,
    pub books: &'a [Book],
}

impl Applied<'_> {
    /// Cases that reviewers disagree about.
    pub(super) fn disputed(&self, reviewed: &Reviewed) -> Vec<usize> {
        let of = |case: &usize| self.standings.of(*case, reviewed.cases.all[*case].candidates.len());
        self.standings.cases().into_iter().filter(|case| of(case) == Standing::Disputed).collect()
    }
}

/// What was written.
pub(super) struct Files {
    pub names: Vec<String>,
    pub released: Vec<(&'static str, u64)>,
    pub kept_back: BTreeMap<&'static str, u64>,
}

const DISAGREEMENTS: &str = "disagreements.csv";

/// Writes the folder of the decisions, and records it with the run.
pub(super) fn write(
    reviewed: &Reviewed,
    applied: &Applied,
    sealing: &Sealing,
    ledger: Option<Ledger>,
    mut labels: Option<OutputFile>,
) -> Result<Files> {
    // All but their name is on the disk before anything is applied.
    if let Some(file) = &mut labels {
        write_labels(file, &reviewed.cases, &applied.standings)?;
    }
    let number = reviewed.folders + 1;
    let folder = OutputFolder::create(&reviewed.folder(number))?;
    let is_any = !applied.released.is_empty() || !applied.nobody.is_empty();
    let made = is_any.then(|| released(reviewed, applied)).transpose()?;
    let files = match (ledger, &reviewed.run) {
        (Some(mut ledger), Some((run, head_of_run))) => {
            ledger.add_to_run((run, head_of_run), folder, |folder, head| {
                let outputs = Outputs::new(folder, sealing);
                let (files, subject) = write_files(reviewed, applied, made.as_ref(), &outputs, Some(head))?;
                let deliveries = outputs.deliveries(&applied.on.to_string());
                Ok((files, Addition { deliveries, rows: stands_in(made.as_ref(), number), subject }))
            })?
        }
        _ => {
            let outputs = Outputs::new(&folder, sealing);
            let (files, _) = write_files(reviewed, applied, made.as_ref(), &outputs, None)?;
            folder.commit()?;
            files
        }
    };
    if let Some(file) = labels {
        let hint = "the decisions are applied; the same command given again makes the labels";
        file.commit().map_err(|error| error.hint(hint))?;
    }
    Ok(files)
}

/// The people whom reviewers found, and the rows of which they found nobody, through the gateway.
fn released(reviewed: &Reviewed, applied: &Applied) -> Result<Supplement> {
    let cases = &reviewed.cases;
    let data_sets = cases.data_sets();
    let rows: Vec<usize> = applied.released.iter().map(|(case, _)| *case).collect();
    let extract = cases.extract(&rows);
    let confirmed: Vec<Confirmed> = applied
        .released
        .iter()
        .map(|(case, candidate)| {
            let candidate = &cases.all[*case].candidates[*candidate];
            let rows = candidate.gathered(&data_sets);
            let mut sets: Vec<u16> = rows.iter().map(|row| row.data_set).collect();
            sets.sort_unstable();
            sets.dedup();
            Confirmed { nino: candidate.nino.clone(), rows, data_sets: sets }
        })
        .collect();
    let traced_on = date::read(&reviewed.on).value.filter(|date| date.is_complete());
    let traced_on = traced_on.ok_or_else(|| Error::input("has no day").at("manifest.json"))?;
    Ok(supplement(&Supplementing {
        extract: &extract,
        confirmed: &confirmed,
        nobody: &cases.extract(&applied.nobody),
        holdings: &Holdings::new(&extract),
        agreement: &reviewed.agreement,
        data_sets: &data_sets,
        windows: [Window::at(traced_on), Window::at(applied.on)],
    }))
}

fn write_files(
    reviewed: &Reviewed,
    applied: &Applied,
    made: Option<&Supplement>,
    outputs: &Outputs,
    head: Option<&str>,
) -> Result<(Files, Value)> {
    let cases = &reviewed.cases;
    let said = applied.votes.iter().map(|new| (&new.vote, new.book.name.as_str()));
    let decisions = Working(decision_rows(said, cases));
    outputs.working(DECISIONS, |sink| report::write_working(sink, &decisions))?;
    let disputed = applied.disputed(reviewed);
    if !disputed.is_empty() {
        let votes = disputed.iter().flat_map(|case| applied.standings.votes(*case)).map(|vote| (vote, ""));
        let sheet = Working(decision_rows(votes, cases));
        outputs.working(DISAGREEMENTS, |sink| report::write_working(sink, &sheet))?;
    }
    let mut released = Vec::new();
    for (flow, rows) in made.into_iter().flat_map(Supplement::files) {
        outputs.departmental(flow.file, rows)?;
        released.push((flow.file, rows.get().rows.len() as u64));
    }
    let mut kept_back: BTreeMap<&'static str, u64> = BTreeMap::new();
    for why in made.iter().flat_map(|made| &made.kept_back) {
        *kept_back.entry(why).or_default() += 1;
    }
    let manifest = manifest(reviewed, applied, outputs, &Counts { released: &released, kept_back: &kept_back }, head);
    outputs.public("manifest.json", &format!("{manifest:#}\n"))?;
    let folder = reviewed.folder(reviewed.folders + 1);
    let mut names = outputs.names();
    names.push("manifest.json".to_owned());
    let names = names.iter().map(|name| folder.join(name).display().to_string()).collect();
    let subject = json!({
        "on": manifest["on"], "run": reviewed.run_name(), "reviewed": manifest["reviewed"],
        "supplement": manifest["supplement"], "said": manifest["said"], "review": manifest["review"],
        "workbooks": manifest["workbooks"], "files": outputs.deliveries(&applied.on.to_string()),
    });
    Ok((Files { names, released, kept_back }, subject))
}

struct Counts<'a> {
    released: &'a [(&'static str, u64)],
    kept_back: &'a BTreeMap<&'static str, u64>,
}

/// What was decided, by count: no name of a reviewer and nothing of a person.
fn manifest(reviewed: &Reviewed, applied: &Applied, outputs: &Outputs, counts: &Counts, head: Option<&str>) -> Value {
    let number = reviewed.folders + 1;
    let rows: BTreeMap<&str, u64> = counts.released.iter().copied().collect();
    let mut supplements = reviewed.supplements.clone();
    let supplement = (!rows.is_empty()).then(|| supplements.len() + 1);
    supplements.extend(supplement.map(|supplement| {
        json!({ "supplement": supplement, "folder": folder_name(number), "on": applied.on.to_string(), "rows": rows })
    }));
    let said = Decision::ALL.map(|decision| {
        let count = applied.votes.iter().filter(|new| new.vote.decision == decision).count();
        (decision.as_str().replace(' ', "_"), count)
    });
    let workbooks: Vec<Value> = applied
        .books
        .iter()
        .map(|book| json!({ "name": book.name, "sha256": book.loaded.sha256, "rows": book.loaded.table.rows() }))
        .collect();
    let flows =
        [&MATCHES_FLOW, &NO_HITS_FLOW, &HANDOFF_FLOW].into_iter().filter(|_| supplement.is_some()).collect::<Vec<_>>();
    let mut manifest = json!({
        "program": "rewash", "version": env!("CARGO_PKG_VERSION"), "format": 1, "command": "review",
        "on": applied.on.to_string(), "marking": "OFFICIAL-SENSITIVE", "reviewed": number,
        "trace": { "on": reviewed.on, "manifest_sha256": reviewed.manifest_sha256, "cases": reviewed.cases.tag() },
        "agreement": reviewed.agreement.reference, "agreement_sha256": reviewed.agreement_sha256,
        "workbooks": workbooks, "said": said.into_iter().collect::<BTreeMap<_, _>>(),
        "review": applied.standings.tally(&reviewed.cases),
        "supplement": supplement, "supplements": supplements, "returned": rows, "kept_back": counts.kept_back,
        "flows": flows,
    });
    let optional = [
        ("sealed_to", outputs.sealed_to().map(|sealed| json!(sealed))),
        ("run", reviewed.run.as_ref().map(|(run, _)| json!(run))),
        ("audit_head", head.map(|head| json!(head))),
    ];
    for (name, value) in optional.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        manifest[name] = value;
    }
    manifest
}

/// Files that the rows of a supplement stand in, by Dash reference.
fn stands_in(made: Option<&Supplement>, number: u32) -> Vec<(String, String)> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (flow, rows) in made.into_iter().flat_map(Supplement::files) {
        for reference in rows.get().rows.iter().filter_map(|row| row.first()) {
            let files = out.entry(reference.clone()).or_default();
            let file = format!("{}/{}", folder_name(number), flow.file);
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    out.into_iter().map(|(reference, files)| (reference, files.join(";"))).collect()
}

/// Makes the file of labels of all decisions that were applied so far.
pub(super) fn give_labels(mut file: OutputFile, reviewed: &Reviewed, talk: &Talk) -> Result<Ended> {
    let pairs = write_labels(&mut file, &reviewed.cases, &reviewed.standings)?;
    let place = file.target().display().to_string();
    file.commit()?;
    let mut summary = Summary::default();
    summary.line("pairs of one person", thousands(pairs));
    summary.line("written", place);
    talk.summary(&summary);
    Ok(if pairs == 0 { Ended::NothingMatched } else { Ended::Done })
}

/// Pairs of Dash reference and record id of all cases that are settled as the same person; gives their number.
fn write_labels(file: &mut OutputFile, cases: &Cases, standings: &Standings) -> Result<u64> {
    let mut rows = Vec::new();
    for case in standings.cases() {
        let of = &cases.all[case];
        let Standing::Same(candidate) = standings.of(case, of.candidates.len()) else { continue };
        let ids = of.candidates[candidate].record_ids();
        rows.extend(ids.map(|id| vec![of.value("dash_reference").to_owned(), id.to_owned()]));
    }
    let pairs = rows.len() as u64;
    let header = ["left_id", "right_id"].map(str::to_owned).to_vec();
    report::write_working(file.file(), &Working(Sheet { header, rows }))?;
    file.finish()?;
    Ok(pairs)
}
