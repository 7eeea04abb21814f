//! What the workers of a scan bring, in one: counts, lowest digests, and the rows of blocks within their limits.

use crate::compare::{AddressKey, RecordParts, Records, TokenId, Vocabulary};
use crate::engine::people::People;
use crate::engine::reading::FaultCounts;
use crate::engine::scan::Scanned;
use crate::engine::scan::worker::Worker;
use crate::ids::{Slot, Survivor};
use crate::score::{Counts, TokenCount};
use crate::util::hash::{Map, map};

/// Register rows drawn by content, for levels that no count gives.
pub(crate) const SAMPLE_ROWS: usize = 1_500;
/// Smallest person keys kept to estimate how many people there are.
pub(crate) const DISTINCT_KEPT: usize = 4_096;

/// Stands for no number: a row that is not kept.
pub(super) const GONE: u32 = u32::MAX;

/// New numbers, from `first`, of the rows that stand in a block of which `stands` is true; [`GONE`] for the others.
pub(super) fn renumbered(postings: &[(Slot, u32)], rows: usize, first: u32, stands: impl Fn(Slot) -> bool) -> Vec<u32> {
    let mut number = vec![GONE; rows];
    for (slot, row) in postings {
        if stands(*slot) {
            number[*row as usize] = 0;
        }
    }
    let kept = number.iter_mut().filter(|number| **number != GONE);
    for (next, number) in (first..).zip(kept) {
        *number = next;
    }
    number
}

/// The rows that are not [`GONE`], ascending.
pub(super) fn kept(number: &[u32]) -> Vec<u32> {
    (0_u32..).zip(number).filter(|(_, number)| **number != GONE).map(|(row, _)| row).collect()
}

/// How many distinct uniform keys there are, from the smallest of them: exact while all are kept.
pub(crate) fn estimate_distinct(smallest: &[u64]) -> f64 {
    let kept = smallest.len().min(DISTINCT_KEPT);
    if kept < DISTINCT_KEPT {
        return kept as f64;
    }
    let largest = smallest[kept - 1] as f64 / 2.0_f64.powi(64);
    (kept as f64 - 1.0) / largest
}

/// What all workers of a pass have counted and kept, merged.
pub(crate) struct Merged {
    pub records: Records,
    pub people: People,
    pub postings: Vec<Vec<(Slot, Survivor)>>,
    pub tokens: Map<u64, TokenCount>,
    pub days: Map<u32, u32>,
    pub with: [u64; 4],
    pub rows: u64,
    pub nameless: u64,
    pub distinct: Vec<u64>,
    pub sample: Vec<((u64, [u64; 4]), AddressKey)>,
    pub faults: FaultCounts,
}

/// Register rows with the blocks that they stand in.
pub(crate) struct Rows {
    pub records: Records,
    pub people: People,
    pub postings: Vec<(Slot, u32)>,
}

impl Default for Merged {
    fn default() -> Self {
        Self {
            records: Records::default(),
            people: People::default(),
            postings: Vec::new(),
            tokens: map(),
            days: map(),
            with: [0; 4],
            rows: 0,
            nameless: 0,
            distinct: Vec::new(),
            sample: Vec::new(),
            faults: FaultCounts::default(),
        }
    }
}

impl Merged {
    #[expect(clippy::iter_over_hash_type, reason = "sums of integers: the order cannot be seen")]
    pub(crate) fn take_counts(&mut self, worker: &mut Worker) {
        self.rows += worker.rows;
        self.nameless += worker.nameless;
        for (sum, rows) in self.with.iter_mut().zip(worker.with) {
            *sum += rows;
        }
        let tokens = std::mem::take(&mut worker.reader.tokens_known);
        if self.tokens.is_empty() {
            // Millions of tokens are not held twice.
            self.tokens = tokens;
        } else {
            for (hash, token) in tokens {
                self.tokens.entry(hash).or_insert(TokenCount { count: 0, ..token }).count += token.count;
            }
        }
        for (date, count) in std::mem::take(&mut worker.days) {
            *self.days.entry(date).or_default() += count;
        }
        self.distinct.extend(worker.distinct.take());
        self.sample.extend(worker.sample.take().map(|(digest, words)| ((digest, words), AddressKey::of_words(words))));
        self.faults.merge(std::mem::take(&mut worker.reader.faults));
    }

    /// Keeps the rows of a worker that stand in a block within its limit: which rows those are does not depend on when
    /// a worker saw that a block had grown too large.
    pub(super) fn take_survivors(
        &mut self,
        mut worker: Worker,
        within: &impl Fn(Slot) -> bool,
        vocabulary: &mut Vocabulary,
    ) {
        let (rows, own) = worker.drain();
        self.take_rows(rows, &own, within, vocabulary);
    }

    /// The same for rows whose tokens are those of `own`.
    pub(crate) fn take_rows(
        &mut self,
        rows: Rows,
        own: &Vocabulary,
        within: &impl Fn(Slot) -> bool,
        vocabulary: &mut Vocabulary,
    ) {
        let number = renumbered(&rows.postings, rows.records.len(), self.records.len() as u32, within);
        let mut tokens: Vec<Option<TokenId>> = vec![None; own.len()];
        let of_number = kept(&number);
        self.people.take_rows(rows.people, &of_number);
        self.records.take_rows(rows.records, &of_number, |token| {
            *tokens[token.0 as usize].get_or_insert_with(|| vocabulary.intern(own.text(token), own.code(token)))
        });
        let kept = rows
            .postings
            .into_iter()
            .filter(|(slot, _)| within(*slot))
            .map(|(slot, row)| (slot, Survivor(number[row as usize])))
            .collect();
        self.postings.push(kept);
    }

    /// Forgets what the lowest digests leave out.
    pub(crate) fn keep_lowest(&mut self) {
        self.distinct.sort_unstable();
        self.distinct.dedup();
        self.distinct.truncate(DISTINCT_KEPT);
        self.sample.sort_unstable_by_key(|(entry, _)| *entry);
        self.sample.dedup_by_key(|(entry, _)| *entry);
        self.sample.truncate(SAMPLE_ROWS);
    }

    pub(crate) fn finish(mut self, slots: Vec<u32>) -> Scanned {
        self.keep_lowest();
        let mut sample = Records::default();
        for (_, address) in self.sample {
            sample.push(&RecordParts { addresses: vec![address], ..RecordParts::default() });
        }
        let [birth_dates, phones, emails, postcodes] = self.with;
        Scanned {
            counts: Counts {
                rows: self.rows,
                persons: estimate_distinct(&self.distinct),
                birth_dates,
                phones,
                emails,
                postcodes,
                days: self.days,
                tokens: self.tokens,
                slots,
            },
            records: self.records,
            people: self.people,
            postings: self.postings,
            sample,
            faults: self.faults,
            row_faults: Vec::new(),
            file_rows: Vec::new(),
            nameless_rows: self.nameless,
            put_aside: None,
        }
    }
}
