//! `review.jsonl`: the cases of a trace that people look at, with all that they need and all that a supplement needs.
//!
//! One JSON object a line. Registers may be gone or changed when the decisions come, so that what the reviewer saw and what
//! is released afterwards must come from one file.

use crate::engine::{Asked, Gathered, GatheredRow, Person, RowLink, Trace};
use crate::error::{Error, Result};
use crate::exchange::{DataSets, is_refused};
use crate::frame::{Table, TextColumn};
use crate::ingest::digest_of;
use crate::model::comparison::COMPARISONS;
use crate::resolve::Outcome;
use crate::score::Scorer;
use crate::util::hash::{Map, map};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the file in the folder of a trace.
pub const CASES: &str = "review.jsonl";

/// Digits of the digest in a reference, and of a check.
const TAG_DIGITS: usize = 6;
const CHECK_DIGITS: usize = 12;
/// More bits than any evidence has: stands for what would be infinite.
const BITS_MAX: f64 = 999.0;

/// One row of the extract that people look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Number of the row in the extract, from 1.
    pub row: u64,
    /// `review` or `ambiguous`.
    pub outcome: String,
    /// Why it was not decided, in plain words.
    pub reasons: Vec<String>,
    /// The row as received, by column; columns without a value are left out.
    pub sought: BTreeMap<String, String>,
    /// Who it may be, likeliest first.
    pub candidates: Vec<Candidate>,
}

/// One person that a row may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// NINO as the register has it; may be empty.
    pub nino: String,
    /// Person id as the register has it; may be empty.
    pub person_id: String,
    /// Probability that this is the person, among all who were compared and 'absent from the register'.
    pub probability: f64,
    /// What speaks for and against, by comparison.
    pub parts: Vec<Part>,
    /// The register rows of the person.
    pub records: Vec<Record>,
}

/// What one comparison says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Name of the comparison, or `others`: what relatives and namesakes explain as well.
    pub comparison: String,
    /// Level, by name; empty of `others`.
    pub level: String,
    /// Evidence in bits; negative where it speaks against.
    pub bits: f64,
}

/// One register row of a candidate, as the register has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Name of the data set.
    pub data_set: String,
    /// Record id.
    pub record_id: String,
    /// Name.
    pub name: String,
    /// Birth date.
    pub date_of_birth: String,
    /// Sex.
    pub sex: String,
    /// Address.
    pub address: String,
    /// Postcode.
    pub postcode: String,
    /// Phone.
    pub phone: String,
    /// Email.
    pub email: String,
    /// Tax year.
    pub tax_year: String,
    /// Record kind.
    pub record_kind: String,
    /// Last activity.
    pub last_activity_on: String,
}

/// Rows of a trace that people look at, with their decisions.
fn looked_at(trace: &Trace) -> impl Iterator<Item = (usize, &RowLink)> {
    let rows = trace.rows.iter().enumerate().filter_map(|(row, link)| Some((row, link.as_ref()?)));
    rows.filter(|(_, link)| matches!(link.decision.outcome, Outcome::Review | Outcome::Ambiguous))
}

/// People less likely than this are not shown to a reviewer: `review.csv` names them, and their register rows need not be
/// kept.
const LEAST_LIKELY: f64 = 0.001;

/// Who a row may be, likeliest first, each with the probability: the likeliest in any case.
fn likely(link: &RowLink) -> impl Iterator<Item = (&Person, f64)> {
    let best = link.people.first().map_or(0.0, |person| person.weight);
    // Weights are log odds against 'absent': their difference is the ratio of two probabilities.
    let probability = move |person: &Person| link.decision.probability * (person.weight - best).exp2();
    let people = link.people.iter().map(move |person| (person, probability(person))).enumerate();
    people.filter(|(place, (_, probability))| *place == 0 || *probability >= LEAST_LIKELY).map(|(_, shown)| shown)
}

/// The people whose register rows a reviewer needs, in the order in which [`cases`] takes them.
pub fn asked(trace: &Trace) -> Vec<Asked> {
    let people = looked_at(trace).flat_map(|(_, link)| likely(link));
    people.map(|(person, _)| (person.key, person.places.clone())).collect()
}

/// The cases of a trace. `gathered` holds what was [`asked`] for; `row_numbers` are those of the extract's rows.
pub fn cases(
    extract: &Table,
    row_numbers: &[u64],
    trace: &Trace,
    gathered: &Gathered,
    data_sets: &DataSets,
) -> Vec<Case> {
    let scorer = Scorer::new(&trace.model, trace.persons);
    let mut place = 0;
    let mut out = Vec::new();
    for (row, link) in looked_at(trace) {
        if is_refused(extract, row) {
            place += likely(link).count();
            continue;
        }
        let mut candidates = Vec::new();
        for (person, probability) in likely(link) {
            let (_, steps) = scorer.waterfall(person.evidence.vector, &person.evidence.log2_u);
            candidates.push(Candidate {
                nino: person.nino.clone(),
                person_id: person.person_id.clone(),
                probability: rounded(probability),
                parts: steps.iter().skip(1).map(part).collect(),
                records: gathered.candidate(place).iter().map(|row| record(row, data_sets)).collect(),
            });
            place += 1;
        }
        let value = |name: &String| Some((name.clone(), extract.value(name, row)?.to_owned()));
        out.push(Case {
            row: row_numbers.get(row).copied().unwrap_or(row as u64 + 1),
            outcome: link.decision.outcome.as_str().to_owned(),
            reasons: link.decision.reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            sought: extract.names().iter().filter_map(value).collect(),
            candidates,
        });
    }
    out
}

fn part(step: &crate::score::Step) -> Part {
    let bits = rounded(step.bits.clamp(-BITS_MAX, BITS_MAX));
    Part { comparison: step.name.to_owned(), level: step.level.clone(), bits }
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn record(row: &GatheredRow, data_sets: &DataSets) -> Record {
    Record {
        data_set: data_sets.name(row.data_set).to_owned(),
        record_id: row.record_id.clone(),
        name: row.name.clone(),
        date_of_birth: row.date_of_birth.clone(),
        sex: row.sex.clone(),
        address: row.address.clone(),
        postcode: row.postcode.clone(),
        phone: row.phone.clone(),
        email: row.email.clone(),
        tax_year: row.tax_year.clone(),
        record_kind: row.record_kind.clone(),
        last_activity_on: row.last_activity_on.clone(),
    }
}

impl Case {
    /// A value of the row as received; empty where there is none.
    pub fn value(&self, column: &str) -> &str {
        self.sought.get(column).map_or("", String::as_str)
    }
}

impl Candidate {
    /// Names of the data sets that hold the person, each once.
    pub fn data_sets(&self) -> BTreeSet<&str> {
        self.records.iter().map(|record| record.data_set.as_str()).collect()
    }

    /// The register rows, as a gateway takes them.
    pub fn gathered(&self, data_sets: &DataSets) -> Vec<GatheredRow> {
        self.records.iter().map(|record| record.gathered(data_sets)).collect()
    }

    /// Record ids of the register rows that have one.
    pub fn record_ids(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(|record| record.record_id.as_str()).filter(|id| !id.is_empty())
    }

    /// What a comparison says; `None` where one side has nothing to compare.
    pub(super) fn part(&self, comparison: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.comparison == comparison)
    }
}

impl Record {
    fn gathered(&self, data_sets: &DataSets) -> GatheredRow {
        let data_set = data_sets.0.iter().position(|name| *name == self.data_set);
        GatheredRow {
            // A number of no data set may not be disclosed.
            data_set: data_set.map_or(u16::MAX, |number| number as u16),
            tax_year: self.tax_year.clone(),
            record_kind: self.record_kind.clone(),
            last_activity_on: self.last_activity_on.clone(),
            address: self.address.clone(),
            postcode: self.postcode.clone(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            date_of_birth: self.date_of_birth.clone(),
            sex: self.sex.clone(),
            record_id: self.record_id.clone(),
        }
    }
}

/// The cases of one trace, as they stand in its folder.
#[derive(Clone, Debug)]
pub struct Cases {
    /// The cases, in the order of the extract.
    pub all: Vec<Case>,
    tag: String,
    digests: Vec<String>,
    places: Map<String, (usize, usize)>,
}

impl Cases {
    /// The text of the file.
    pub fn text(cases: &[Case]) -> String {
        let lines = cases.iter().map(|case| serde_json::to_string(case).unwrap_or_default() + "\n");
        lines.collect()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When it is not as a trace of this version writes it.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let damaged = |line: usize| {
            let hint = "it is written by `rewash trace` and read by `rewash review` of one version; trace again";
            Error::input(format!("line {} is not a case", line + 1)).at(CASES).hint(hint)
        };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged(0))?;
        let mut out = Self { all: Vec::new(), tag: tag(bytes), digests: Vec::new(), places: map() };
        for (number, line) in text.lines().enumerate() {
            let case: Case = serde_json::from_str(line).map_err(|_| damaged(number))?;
            debug_assert!(case.parts_are_known());
            out.digests.push(digest_of(line.as_bytes()));
            out.all.push(case);
        }
        for case in 0..out.all.len() {
            for candidate in 0..out.all[case].candidates.len() {
                out.places.insert(out.candidate_reference(case, candidate), (case, candidate));
            }
        }
        Ok(out)
    }

    /// What all references of this trace begin with.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Reference of a case: that of the trace, and the number of the row in its extract.
    pub fn reference(&self, case: usize) -> String {
        format!("{}-{}", self.tag, self.all[case].row)
    }

    /// Reference of a candidate: that of its case, and its place there.
    pub fn candidate_reference(&self, case: usize, candidate: usize) -> String {
        format!("{}-{}", self.reference(case), candidate + 1)
    }

    /// Digest over a reference and all that is known of its case.
    pub fn check(&self, case: usize, candidate: usize) -> String {
        let text = format!("{} {}", self.candidate_reference(case, candidate), self.digests[case]);
        digest_of(text.as_bytes()).chars().take(CHECK_DIGITS).collect()
    }

    /// Case and candidate of a reference.
    pub fn find(&self, reference: &str) -> Option<(usize, usize)> {
        self.places.get(reference).copied()
    }

    /// Candidates of all cases.
    pub fn candidates(&self) -> usize {
        self.places.len()
    }

    /// The rows of these cases as the extract had them.
    pub fn extract(&self, cases: &[usize]) -> Table {
        let names: BTreeSet<&String> = self.all.iter().flat_map(|case| case.sought.keys()).collect();
        let column = |name: &String| -> TextColumn {
            cases.iter().map(|case| self.all[*case].sought.get(name).map(String::as_str)).collect()
        };
        Table::new(names.into_iter().map(|name| (name.clone(), column(name))).collect())
    }

    /// Names of all data sets that hold a candidate.
    pub fn data_sets(&self) -> DataSets {
        let candidates = self.all.iter().flat_map(|case| &case.candidates);
        let names: BTreeSet<&str> = candidates.flat_map(Candidate::data_sets).collect();
        DataSets(names.into_iter().map(str::to_owned).collect())
    }
}

impl Case {
    fn parts_are_known(&self) -> bool {
        let known = |part: &Part| {
            part.comparison == "others" || COMPARISONS.iter().any(|known| known.name() == part.comparison)
        };
        self.candidates.iter().flat_map(|candidate| &candidate.parts).all(known)
    }
}

/// A letter first: nothing takes a reference for a number.
fn tag(bytes: &[u8]) -> String {
    format!("K{}", digest_of(bytes).chars().take(TAG_DIGITS).collect::<String>())
}
