//! The scan of a stored register: each key of the extract is asked of the segments; only rows that share one are read.

use crate::block::{Kind, Limits, Slots};
use crate::compare::{RecordParts, Records, TokenId, Vocabulary};
use crate::engine::Observer;
use crate::engine::extract::{ExtractSide, Question};
use crate::engine::people::People;
use crate::engine::scan::Scanned;
use crate::engine::stored::count;
use crate::engine::stored::dates::Dates;
use crate::engine::stored::names::{FEW, exact_pair};
use crate::engine::stored::open::StoredIndex;
use crate::engine::stored::segment::MappedSegment;
use crate::error::Result;
use crate::ids::{Slot, Survivor};
use crate::model::value::PartialDate;
use crate::util::hash::{Map, map};
use crate::util::parallel::map_chunks;
use rayon::prelude::*;
use std::ops::Range;

/// Parts that questions are cut into, for each thread.
const PARTS: usize = 64;

/// A segment with what a day makes of its dates.
struct Asked<'a> {
    segment: &'a MappedSegment,
    dates: Dates,
    /// Pairs of tokens to the letter of rows that are gone, where any are.
    gone_pairs: Map<u64, u32>,
}

impl<'a> Asked<'a> {
    fn new(segment: &'a MappedSegment, on: PartialDate) -> Self {
        let mut gone_pairs = map();
        if segment.gone.is_some() {
            for row in (0..segment.len() as u32).filter(|row| segment.is_gone(*row)) {
                let tokens = segment.coded(row);
                for (index, (_, a)) in tokens.iter().enumerate() {
                    for (_, b) in &tokens[index + 1..] {
                        *gone_pairs.entry(crate::block::two(*a, *b)).or_insert(0) += 1;
                    }
                }
            }
        }
        Self { segment, dates: Dates::new(&segment.names.dates, on), gone_pairs }
    }

    /// Rows of a name that a question is about: calls `found` for each, or gives their number where they are as many as
    /// places and `most` is fewer.
    fn rows(
        &self,
        of_name: &Range<usize>,
        question: &Question,
        most: usize,
        spans: &mut Vec<Range<usize>>,
        mut found: impl FnMut(u32),
    ) -> usize {
        let names = &self.segment.names;
        self.dates.places(&names.date_of[of_name.clone()], question.kind, question.part, spans);
        let mut rows = 0;
        for span in spans.iter() {
            let span = of_name.start + span.start..of_name.start + span.end;
            if span.len() > most && self.segment.gone.is_none() {
                rows += span.len();
                continue;
            }
            for row in &names.row_of[span] {
                if !self.segment.is_gone(*row) {
                    rows += 1;
                    found(*row);
                }
            }
        }
        rows
    }

    /// Rows of a name that hold two tokens to the letter.
    fn exact_rows(&self, of_name: &Range<usize>, pair: u64, names: u64) -> usize {
        if of_name.len() > FEW {
            let gone = self.gone_pairs.get(&pair).copied().unwrap_or(0);
            return self.segment.names.pair_rows(pair).saturating_sub(gone) as usize;
        }
        let rows = self.segment.names.row_of[of_name.clone()].iter().filter(|row| !self.segment.is_gone(**row));
        rows.filter(|row| exact_pair(&self.segment.coded(**row), names) == Some(pair)).count()
    }
}

/// What some questions brought.
struct Answers {
    /// Rows of each slot asked.
    counts: Vec<(Slot, u32)>,
    /// Rows in blocks within their limits, by segment: row, slot.
    hits: Vec<Vec<(u32, Slot)>>,
}

/// What all threads share.
struct Asking<'a> {
    segments: Vec<Asked<'a>>,
    slots: &'a Slots,
    limits: Limits,
}

impl Asking<'_> {
    fn answers(&self) -> Answers {
        Answers { counts: Vec::new(), hits: vec![Vec::new(); self.segments.len()] }
    }

    fn rows_max(&self, question: &Question) -> usize {
        let kept = question.kind.rule().is_some();
        let rows_max = self.limits.rows_max(question.kind, self.slots.extract_rows(question.slot));
        if kept { rows_max as usize } else { 0 }
    }

    /// Keeps the rows of a question whose block is within its limit.
    fn keep(&self, out: &mut Answers, question: &Question, rows: usize, found: &[(u32, u32)]) {
        out.counts.push((question.slot, rows as u32));
        if rows <= self.rows_max(question) {
            for (segment, row) in found {
                out.hits[*segment as usize].push((*row, question.slot));
            }
        }
    }

    /// Questions of one name after the other.
    fn names(&self, questions: &[Question]) -> Answers {
        let mut out = self.answers();
        let mut cursors = vec![0; self.segments.len()];
        let mut held: Vec<(u32, Range<usize>)> = Vec::new();
        let (mut found, mut spans) = (Vec::new(), Vec::new());
        for group in questions.chunk_by(|a, b| a.value == b.value) {
            held.clear();
            for ((number, asked), cursor) in (0_u32..).zip(&self.segments).zip(&mut cursors) {
                let of_name = asked.segment.names.find(group[0].value, cursor);
                if !of_name.is_empty() {
                    held.push((number, of_name));
                }
            }
            for question in group {
                let rows = self.of_name(&held, question, &mut spans, &mut found);
                self.keep(&mut out, question, rows, &found);
            }
        }
        out
    }

    fn of_name(
        &self,
        held: &[(u32, Range<usize>)],
        question: &Question,
        spans: &mut Vec<Range<usize>>,
        found: &mut Vec<(u32, u32)>,
    ) -> usize {
        found.clear();
        let most = self.rows_max(question);
        let of_segment = |(number, of_name): &(u32, Range<usize>)| {
            let asked = &self.segments[*number as usize];
            if question.kind == Kind::ExactTwo {
                return asked.exact_rows(of_name, question.part, question.value);
            }
            asked.rows(of_name, question, most, spans, |row| {
                if found.len() <= most {
                    found.push((*number, row));
                }
            })
        };
        held.iter().map(of_segment).sum()
    }

    /// Questions of one number, phone, email or postcode after the other.
    fn contacts(&self, questions: &[Question]) -> Answers {
        let mut out = self.answers();
        let mut found: Vec<(u32, u32)> = Vec::new();
        let mut of_postcode: (u64, Vec<(u32, u32)>) = (0, Vec::new());
        for question in questions {
            found.clear();
            let value = question.value;
            if matches!(question.kind, Kind::Postcode | Kind::PostcodeToken) && of_postcode.0 != value {
                of_postcode.1.clear();
                self.each(|number, segment| {
                    of_postcode.1.extend(segment.rows_of_postcode(value).map(|row| (number, row)));
                });
                of_postcode.0 = value;
            }
            match question.kind {
                Kind::Postcode => found.extend_from_slice(&of_postcode.1),
                Kind::PostcodeToken => {
                    found.extend(of_postcode.1.iter().filter(|(segment, row)| {
                        self.segments[*segment as usize].segment.has_code(*row, question.part)
                    }))
                }
                Kind::Phone => self.each(|number, segment| {
                    found.extend(segment.rows_of_phone(value).map(|row| (number, row)));
                }),
                Kind::Email => self.each(|number, segment| {
                    found.extend(segment.rows_of_email(value).map(|row| (number, row)));
                }),
                _ => self.each(|number, segment| {
                    found.extend(segment.rows_of_nino(value).map(|row| (number, row)));
                }),
            }
            self.keep(&mut out, question, found.len(), &found);
        }
        out
    }

    fn each(&self, mut work: impl FnMut(u32, &MappedSegment)) {
        for (number, asked) in (0_u32..).zip(&self.segments) {
            work(number, asked.segment);
        }
    }
}

/// Whether a question is about a value of a contact.
const fn is_contact(kind: Kind) -> bool {
    matches!(kind, Kind::Nino | Kind::Phone | Kind::Email | Kind::Postcode | Kind::PostcodeToken)
}

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
    questions: Vec<Question>,
    limits: Limits,
    on: PartialDate,
    observer: &dyn Observer,
) -> Result<Scanned> {
    observer.stage("scan", Some(questions.len() as u64));
    let segments = index.segments.par_iter().map(|segment| Asked::new(segment, on)).collect();
    let asking = Asking { segments, slots: &side.slots, limits };
    let (contacts, names): (Vec<Question>, Vec<Question>) =
        questions.into_iter().partition(|question| is_contact(question.kind));
    let mut counts = vec![0_u32; side.slots.len()];
    let mut hits: Vec<Vec<(u32, Slot)>> = vec![Vec::new(); asking.segments.len()];
    let mut take = |answers: Vec<Answers>| {
        for part in answers {
            part.counts.into_iter().for_each(|(slot, rows)| counts[slot.index()] = rows);
            hits.iter_mut().zip(part.hits).for_each(|(all, part)| all.extend(part));
        }
    };
    take(in_parts(&contacts, observer, |part| asking.contacts(part)));
    drop(contacts);
    take(in_parts(&names, observer, |part| asking.names(part)));
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
    observer: &dyn Observer,
    ask: impl Fn(&[Question]) -> Answers + Sync + Send,
) -> Vec<Answers> {
    let size = questions.len().div_ceil(PARTS * rayon::current_num_threads()).max(1);
    let cut = |at: usize| {
        let value = questions.get(at.saturating_sub(1)).map(|question| question.value);
        if at == 0 { 0 } else { at + questions[at..].iter().take_while(|next| Some(next.value) == value).count() }
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
