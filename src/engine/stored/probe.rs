//! The scan of a stored register: each key of the extract is asked of the segments; only rows that share one are read.

use crate::block::{Kind, Limits};
use crate::compare::{RecordParts, Records, TokenId, Vocabulary};
use crate::engine::extract::{ExtractSide, Question, Questions};
use crate::engine::people::People;
use crate::engine::scan::Scanned;
use crate::engine::stored::ask::{Answers, Asking, filed};
use crate::engine::stored::count;
use crate::engine::stored::open::StoredIndex;
use crate::engine::{Observer, Silent};
use crate::error::Result;
use crate::ids::{Slot, Survivor};
use crate::model::value::PartialDate;
use crate::util::parallel::map_chunks;
use rayon::prelude::*;

/// Parts that questions are cut into, for each thread.
const PARTS: usize = 64;

/// Survivors of one segment.
struct Survived {
    vocabulary: Vocabulary,
    records: Records,
    people: People,
    postings: Vec<(Slot, u32)>,
}

/// Asks a stored register all keys of an extract.
///
/// Tokens of surviving rows are added to `side.vocabulary`.
///
/// # Errors
/// When a file of the index is not what was written.
pub(crate) fn scan_stored(
    index: &StoredIndex,
    side: &mut ExtractSide,
    questions: Questions,
    limits: Limits,
    on: PartialDate,
    observer: &dyn Observer,
) -> Result<Scanned> {
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
    let survived = |(number, hits): (usize, Vec<(u32, Slot)>)| survivors(index, number, hits, on);
    let survived: Vec<Survived> = hits.into_par_iter().enumerate().with_max_len(1).map(survived).collect::<Vec<_>>();
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

/// Reads the rows of a segment that were hit, ascending.
fn survivors(index: &StoredIndex, number: usize, mut hits: Vec<(u32, Slot)>, on: PartialDate) -> Survived {
    let segment = &index.segments[number];
    hits.par_sort_unstable();
    let mut out = Survived {
        vocabulary: Vocabulary::new(),
        records: Records::default(),
        people: People::default(),
        postings: Vec::with_capacity(hits.len()),
    };
    let mut tokens: Vec<Option<TokenId>> = vec![None; segment.token_texts.len()];
    let mut parts = RecordParts::default();
    for of_row in hits.chunk_by(|a, b| a.0 == b.0) {
        let row = of_row[0].0;
        let Some(person) = segment.person(row) else { continue };
        segment.read(row, on, &mut parts, |token| {
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
    }
    out
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
