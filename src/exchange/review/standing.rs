//! Where cases stand once all votes are put together: what all who looked agree on counts, and nothing else.

use crate::exchange::review::case::Cases;
use crate::exchange::review::votes::{Decision, Vote};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where one case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody has said anything.
    Open,
    /// It was looked at and not settled.
    Unsettled,
    /// Two reviewers disagree.
    Disputed,
    /// The candidate of this number is the person.
    Same(usize),
    /// No candidate is the person.
    Different,
}

/// The votes of all reviewers so far: of each on each candidate, the latest.
#[derive(Clone, Debug, Default)]
pub struct Standings {
    votes: BTreeMap<(usize, usize, String), Vote>,
}

/// Counts of cases; no personal data.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Cases of the trace.
    pub cases: u64,
    /// Cases of which the likeliest candidate is the person.
    pub same_first: u64,
    /// Cases of which another candidate is.
    pub same_other: u64,
    /// Cases of which none is.
    pub different: u64,
    /// Cases that were looked at and not settled.
    pub unsettled: u64,
    /// Cases about which reviewers disagree.
    pub disputed: u64,
    /// Cases that nobody has looked at.
    pub open: u64,
    /// Cases that two reviewers or more have looked at.
    pub seen_twice: u64,
    /// Of the cases that are settled, the sum of the stated probabilities of the likeliest candidates.
    pub expected_first: f64,
}

impl Standings {
    /// Adds a vote; returns whether it says anything that was not known.
    pub fn add(&mut self, vote: &Vote) -> bool {
        let before = self.votes.insert((vote.case, vote.candidate, vote.by()), vote.clone());
        before.is_none_or(|before| before.decision != vote.decision)
    }

    /// All votes on a case, by candidate and reviewer.
    pub fn votes(&self, case: usize) -> impl Iterator<Item = &Vote> {
        self.votes.range((case, 0, String::new())..(case + 1, 0, String::new())).map(|(_, vote)| vote)
    }

    /// Cases with a vote, in order.
    pub fn cases(&self) -> BTreeSet<usize> {
        self.votes.keys().map(|(case, ..)| *case).collect()
    }

    /// Where a case of `candidates` candidates stands.
    pub fn of(&self, case: usize, candidates: usize) -> Standing {
        let mut by_candidate: BTreeMap<usize, BTreeSet<Decision>> = BTreeMap::new();
        for vote in self.votes(case) {
            by_candidate.entry(vote.candidate).or_default().insert(vote.decision);
        }
        if by_candidate.is_empty() {
            return Standing::Open;
        }
        let of = |decision: Decision| by_candidate.iter().filter(move |(_, said)| said.contains(&decision));
        let same: Vec<usize> = of(Decision::Same).map(|(candidate, _)| *candidate).collect();
        if same.len() > 1 || by_candidate.values().any(|said| said.len() > 1) {
            return Standing::Disputed;
        }
        match same.as_slice() {
            [one] => Standing::Same(*one),
            _ if of(Decision::Different).count() == candidates => Standing::Different,
            _ => Standing::Unsettled,
        }
    }

    /// Counts of all cases.
    pub fn tally(&self, cases: &Cases) -> Tally {
        let mut out = Tally { cases: cases.all.len() as u64, ..Tally::default() };
        for (number, case) in cases.all.iter().enumerate() {
            let standing = self.of(number, case.candidates.len());
            *match standing {
                Standing::Open => &mut out.open,
                Standing::Unsettled => &mut out.unsettled,
                Standing::Disputed => &mut out.disputed,
                Standing::Same(0) => &mut out.same_first,
                Standing::Same(_) => &mut out.same_other,
                Standing::Different => &mut out.different,
            } += 1;
            if matches!(standing, Standing::Same(_) | Standing::Different) {
                out.expected_first += case.candidates.first().map_or(0.0, |candidate| candidate.probability);
            }
            let reviewers: BTreeSet<String> = self.votes(number).map(Vote::by).collect();
            out.seen_twice += u64::from(reviewers.len() > 1);
        }
        out.expected_first = (out.expected_first * 1e6).round() / 1e6;
        out
    }
}
