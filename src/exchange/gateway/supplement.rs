//! A supplement: what HMRC's answer lacked because nobody had looked at it yet.
//!
//! In: rows of which people said 'same person', and rows of which they said 'different' of every candidate. Out: further
//! rows of `hmrc_to_ho`, `hmrc_no_hits` and `hmrc_to_dwp`, under the same flows and by the same rules as those of the trace.
//! A row that waits for review is neither a hit nor a no-hit (T9); one that was reviewed, and for which nobody was found, is
//! a no-hit: the Home Office sends it again, and it may come up for its decision.

use crate::engine::GatheredRow;
use crate::exchange::Sheet;
use crate::exchange::agreement::Agreement;
use crate::exchange::gateway::dwp::handoff_row;
use crate::exchange::gateway::home_office::{disclosable, release_match};
use crate::exchange::gateway::{Flow, HANDOFF_FLOW, MATCHES_FLOW, NO_HITS_FLOW, Released, linking_block};
use crate::exchange::holding::{Holdings, formula_like};
use crate::exchange::outcomes::DataSets;
use crate::exchange::window::Window;
use crate::frame::Table;

/// The person whom people found for a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// NINO as the register has it; may be none that can be used.
    pub nino: String,
    /// Register rows of the person.
    pub rows: Vec<GatheredRow>,
    /// Numbers of the data sets that hold the person.
    pub data_sets: Vec<u16>,
}

/// What a supplement is released from.
#[derive(Clone, Copy)]
pub struct Supplementing<'a> {
    /// The rows of the extract, as received.
    pub extract: &'a Table,
    /// The person of each row.
    pub confirmed: &'a [Confirmed],
    /// The rows for which nobody was found, as received.
    pub nobody: &'a Table,
    /// What the Home Office holds for each row.
    pub holdings: &'a Holdings,
    /// What was agreed.
    pub agreement: &'a Agreement,
    /// Names of the data sets.
    pub data_sets: &'a DataSets,
    /// Tax years that may be supplied: those of the trace and of the day on which the decisions are applied, both.
    pub windows: [Window; 2],
}

/// The three files of a supplement.
pub struct Supplement {
    /// Further rows of `hmrc_to_ho`.
    pub matches: Released<Sheet>,
    /// Further rows of `hmrc_no_hits`.
    pub no_hits: Released<Sheet>,
    /// Further rows of `hmrc_to_dwp`.
    pub handoff: Released<Sheet>,
    /// Why rows were kept back, one for each.
    pub kept_back: Vec<&'static str>,
}

impl Supplement {
    /// Its files, each with its flow.
    pub fn files(&self) -> [(&'static Flow, &Released<Sheet>); 3] {
        [(&MATCHES_FLOW, &self.matches), (&NO_HITS_FLOW, &self.no_hits), (&HANDOFF_FLOW, &self.handoff)]
    }
}

/// Why a row is kept back whose linking block a spreadsheet would take for a formula.
const FORMULA: &str = "text_that_a_spreadsheet_would_run";

/// Releases a supplement.
pub fn supplement(from: &Supplementing) -> Supplement {
    let Supplementing { extract, holdings, agreement, data_sets, windows, .. } = *from;
    let [mut matches, mut handoff] = [Vec::new(), Vec::new()];
    let mut kept_back = Vec::new();
    for (row, person) in from.confirmed.iter().enumerate() {
        let block = linking_block(extract, row);
        if block.iter().any(|text| formula_like(text)) {
            kept_back.push(FORMULA);
            continue;
        }
        if !person.data_sets.iter().any(|set| agreement.disclosable(data_sets.name(*set))) {
            kept_back.push("data_set_not_disclosable");
            continue;
        }
        let mut in_window = disclosable(&person.rows, agreement, data_sets, windows[0]);
        in_window.retain(|row| windows[1].holds(&row.tax_year));
        release_match(&block, holdings.of(row), &in_window, data_sets, &mut matches);
        match handoff_row((extract, row), &person.nino, holdings.of(row), &in_window, agreement) {
            Ok(line) => handoff.push(line),
            Err(why) => kept_back.push(why),
        }
    }
    let blocks: Vec<Vec<String>> = (0..from.nobody.rows()).map(|row| linking_block(from.nobody, row)).collect();
    let (held, no_hits): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|block| block.iter().any(|text| formula_like(text)));
    kept_back.extend(held.iter().map(|_| FORMULA));
    Supplement {
        matches: Released::new(&MATCHES_FLOW, matches),
        no_hits: Released::new(&NO_HITS_FLOW, no_hits),
        handoff: Released::new(&HANDOFF_FLOW, handoff),
        kept_back,
    }
}
