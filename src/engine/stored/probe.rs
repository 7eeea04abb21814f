//! The scan of a stored register: each key of the extract is asked of the segments; only rows that share one are read.

use crate::block::Kind;
use crate::compare::{RecordParts, Records, TokenId, Vocabulary};
use crate::engine::aside::Aside;
use crate::engine::extract::{ExtractSide, Question, Questions};
use crate::engine::people::People;
use crate::engine::scan::{Rows, Scanned};
use crate::engine::stored::ask::{Answers, Asking, filed};
use crate::engine::stored::count;
use crate::engine::stored::open::StoredIndex;
use crate::engine::{Observer, Settings, Silent};
use crate::error::Result;
use crate::ids::{Slot, Survivor};
use crate::model::value::PartialDate;
use crate::util::parallel::map_chunks;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Parts that questions are cut into, for each thread.
const PARTS: usize = 64;

/// Survivors of one segment.
struct Survived {
    vocabulary: Vocabulary,
    records: Records,
    people: People,
    postings: Vec<(Slot, u32)>,
}

/// Asks a stored register all keys of an extract, with no more surviving rows in memory than there is room for: if there are
/// more, all are on the disk.
///
/// Tokens of surviving rows are added to `side.vocabulary`.
///
/// # Errors
/// When a file of the index is not what was written, or the disk is full.
pub(crate) fn scan_stored(
    index: &StoredIndex,
    side: &mut ExtractSide,
    questions: Questions,
    settings: &Settings,
    aside: Aside,
    observer: &dyn Observer,
) -> Result<Scanned> {
    let (on, limits) = (settings.on, settings.limits);
    let Questions { mut contacts, mut names } = questions;
    observer.stage("scan", Some((contacts.len() + names.len()) as u64));
    let asking = Asking::new(&index.segments, &side.slots, limits, on);
    let mut counts = vec![0_u32; side.slots.len()];
    let mut hits: Vec<Vec<(u32, Slot)>> = vec![Vec::new(); index.segments.len()];
    let mut take = |answers: Vec<Answers>| {
        for part in answers {
            part.counts.into_iter().for_each(|(slot, rows)| counts[slot.index()] += rows);
            hits.iter_mut().zip(part.hits).for_each(|(all, part)| all.extend(part));
        }
    };
    // In the order of the files, each page of these is asked for once.
    contacts.par_sort_by_cached_key(|question| (filed(question), question.kind, question.part));
    take(in_parts(&contacts, |question| question.value, observer, |part| asking.contacts(part)));
    drop(contacts);
    names.par_sort_unstable();
    let mut exact: Vec<Question> = names.iter().filter(|question| question.kind == Kind::ExactTwo).copied().collect();
    exact.par_sort_unstable_by_key(|question| question.part);
    take(in_parts(&exact, |question| question.part, &Silent, |part| asking.exact(part)));
    drop(exact);
    take(in_parts(&names, |question| question.value, observer, |part| asking.names(part)));
    drop(names);
    drop(asking);
    observer.stage("read", None);
    let reading = Reading { index, on, aside: &aside, held: AtomicUsize::new(0) };
    let survived = |(number, hits): (usize, Vec<(u32, Slot)>)| reading.survivors(number, hits);
    let survived: Vec<Survived> =
        hits.into_par_iter().enumerate().with_max_len(1).map(survived).collect::<Result<_>>()?;
    let (mut all, sample) = count::counts_at(index, on, &side.codes)?;
    all.slots = counts;
    let mut out = Scanned {
        counts: all,
        records: Records::default(),
        people: People::default(),
        postings: Vec::new(),
        sample,
        faults: index.faults(on)?,
        row_faults: index.catalogue.sources.iter().map(|source| source.faults()).collect(),
        file_rows: index.catalogue.sources.iter().map(|source| source.rows).collect(),
        nameless_rows: index.catalogue.totals.nameless,
        put_aside: None,
    };
    if aside.is_used() {
        survived.into_iter().try_for_each(|mut segment| segment.put_aside(&aside))?;
        out.put_aside = Some(aside.into_put());
        return Ok(out);
    }
    for segment in survived {
        merge(segment, &mut out, &mut side.vocabulary);
    }
    Ok(out)
}

/// Cuts questions between values and asks the parts on all cores.
fn in_parts(
    questions: &[Question],
    value: impl Fn(&Question) -> u64 + Sync,
    observer: &dyn Observer,
    ask: impl Fn(&[Question]) -> Answers + Sync + Send,
) -> Vec<Answers> {
    let size = questions.len().div_ceil(PARTS * rayon::current_num_threads()).max(1);
    let cut = |at: usize| {
        let before = questions.get(at.saturating_sub(1)).map(&value);
        if at == 0 { 0 } else { at + questions[at..].iter().take_while(|next| Some(value(next)) == before).count() }
    };
    map_chunks(questions.len(), size, |part| {
        let part = &questions[cut(part.start)..cut(part.end)];
        observer.advance(part.len() as u64);
        ask(part)
    })
}

impl Default for Survived {
    fn default() -> Self {
        let (records, people) = (Records::default(), People::default());
        Self { vocabulary: Vocabulary::new(), records, people, postings: Vec::new() }
    }
}

impl Survived {
    /// Memory of the rows, in bytes.
    fn bytes(&self) -> usize {
        let postings = self.postings.capacity() * size_of::<(Slot, u32)>();
        self.records.bytes() + self.people.bytes() + postings + self.vocabulary.bytes()
    }

    /// Puts all rows aside.
    fn put_aside(&mut self, aside: &Aside) -> Result<()> {
        let bytes = self.bytes();
        let Self { vocabulary, records, people, postings } = std::mem::take(self);
        aside.put(Rows { records, people, postings }, &vocabulary, bytes)
    }
}

/// Rows of a segment that are read before it is asked how much they take.
const LOOK_ROWS: usize = 1_024;

/// What those share who read segments.
struct Reading<'a> {
    index: &'a StoredIndex,
    on: PartialDate,
    aside: &'a Aside<'a>,
    /// Bytes of the rows of segments that are done.
    held: AtomicUsize,
}

impl Reading<'_> {
    /// Reads the rows of a segment that were hit, ascending; those that are not returned were put aside.
    fn survivors(&self, number: usize, mut hits: Vec<(u32, Slot)>) -> Result<Survived> {
        let segment = &self.index.segments[number];
        hits.par_sort_unstable();
        let mut out = Survived::default();
        let mut tokens: Vec<Option<TokenId>> = vec![None; segment.token_texts.len()];
        let mut parts = RecordParts::default();
        for of_row in hits.chunk_by(|a, b| a.0 == b.0) {
            let row = of_row[0].0;
            let Some(person) = segment.person(row) else { continue };
            segment.read(row, self.on, &mut parts, |token| {
                *tokens[token as usize].get_or_insert_with(|| {
                    out.vocabulary.intern_hashed(
                        segment.token_texts.get(token as usize),
                        segment.token_hash(token),
                        segment.token_codes[token as usize],
                    )
                })
            });
            let survivor = out.records.len() as u32;
            out.records.push(&parts);
            let place = StoredIndex::place(number, row);
            out.people.push(person, place, segment.data_set(row), segment.nino(row), segment.person_id(row));
            out.postings.extend(of_row.iter().map(|(_, slot)| (*slot, survivor)));
            if out.records.len() % LOOK_ROWS == 0 && !self.aside.is_little(out.bytes()) {
                out.put_aside(self.aside)?;
                tokens.fill(None);
            }
        }
        let bytes = out.bytes();
        if self.aside.is_full(self.held.fetch_add(bytes, Ordering::Relaxed) + bytes) {
            self.held.fetch_sub(bytes, Ordering::Relaxed);
            out.put_aside(self.aside)?;
        }
        Ok(out)
    }
}

/// Adds the survivors of a segment.
fn merge(segment: Survived, out: &mut Scanned, vocabulary: &mut Vocabulary) {
    let first = out.records.len() as u32;
    let rows: Vec<u32> = (0..segment.records.len() as u32).collect();
    let tokens: Vec<TokenId> = crate::engine::reading::renumber(&segment.vocabulary, vocabulary);
    let (people, records) = (&mut out.people, &mut out.records);
    rayon::join(
        || people.take_rows(segment.people, &rows),
        || records.take_rows(segment.records, &rows, |token| tokens[token.0 as usize]),
    );
    let postings = segment.postings.into_iter().map(|(slot, row)| (slot, Survivor(first + row)));
    out.postings.push(postings.collect());
}
