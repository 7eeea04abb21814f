//! `compared.csv`: what became of the true person of each extract row, where a trace is told the truth.
//!
//! Outcomes name who was found; who was missed, and whether blocking or the score missed them, can only be said here.

use crate::engine::{PersonKey, Trace};
use crate::exchange::Sheet;
use crate::frame::Table;
use crate::report::summary::thousands;
use crate::util::hash::{Map, map};

/// Name of the file in the folder of a trace.
pub const COMPARED: &str = "compared.csv";
/// Columns of [`COMPARED`].
pub const COMPARED_COLUMNS: [&str; 5] = ["cid_person_id", "compared", "candidates", "true_rank", "true_weight"];

/// The true person of one extract row among its candidates.
#[derive(Clone, Debug, PartialEq)]
struct TrueCandidate {
    cid: String,
    candidates: usize,
    /// Rank among the candidates, from 1, and weight in bits; `None` where no blocking rule found the person.
    found: Option<(usize, f64)>,
}

/// The true people of all extract rows whose person is in the registers.
#[derive(Clone, Debug, Default)]
pub struct TrueCandidates(Vec<TrueCandidate>);

impl TrueCandidates {
    /// Looks the true people up among those compared; `trace` must have kept them.
    pub fn new(truth: &Table, extract: &Table, trace: &Trace) -> Self {
        let mut known: Map<&str, Vec<PersonKey>> = map();
        for row in 0..truth.rows() {
            let of = |column| truth.value(column, row).unwrap_or("");
            let numbers = std::iter::once(of("nino")).chain(of("also").split(';')).filter(|number| !number.is_empty());
            // A number of a third party is a person id of whichever data set has it: here the first.
            let keys = numbers
                .flat_map(|number| [PersonKey::new(Some(number), None, 0), PersonKey::new(None, Some(number), 0)]);
            known.insert(of("cid_person_id"), keys.flatten().collect());
        }
        let rows = trace.rows.iter().enumerate().filter_map(|(row, link)| {
            let cid = extract.value("cid_person_id", row).unwrap_or("");
            let keys = known.get(cid).filter(|keys| !keys.is_empty())?;
            let compared = link.as_ref().map_or(&[][..], |link| &link.compared);
            let place = compared.iter().position(|(key, _)| keys.contains(key));
            let found = place.map(|place| (place + 1, compared[place].1));
            Some(TrueCandidate { cid: cid.to_owned(), candidates: compared.len(), found })
        });
        Self(rows.collect())
    }

    /// Share of true people that blocking found, in words.
    pub fn completeness(&self) -> String {
        let found = self.0.iter().filter(|row| row.found.is_some()).count();
        let share = found as f64 / self.0.len().max(1) as f64;
        format!("{share:.4} ({} of {})", thousands(found as u64), thousands(self.0.len() as u64))
    }

    /// The rows of the file.
    pub fn sheet(&self) -> Sheet {
        let row = |of: &TrueCandidate| {
            let (rank, weight) = match of.found {
                Some((rank, weight)) if weight.is_finite() => (rank.to_string(), format!("{weight:.4}")),
                Some(_) | None => (String::new(), String::new()),
            };
            let compared = if of.found.is_some() { "yes" } else { "no" };
            vec![of.cid.clone(), compared.to_owned(), of.candidates.to_string(), rank, weight]
        };
        Sheet { header: COMPARED_COLUMNS.map(str::to_owned).to_vec(), rows: self.0.iter().map(row).collect() }
    }
}
