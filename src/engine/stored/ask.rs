//! What the segments of a stored register answer to the keys of an extract.
//!
//! In: questions, sorted as the files are. Out: how many rows each key has, and which, where they are few enough. Invariant:
//! what a register read anew would have been found to hold.

use crate::block::{Kind, Limits, Slots, two};
use crate::engine::extract::Question;
use crate::engine::stored::dates::{Dates, has_part};
use crate::engine::stored::names::{FEW, exact_pair};
use crate::engine::stored::segment::MappedSegment;
use crate::engine::stored::writer::{email_hash, person_of_nino, phone_hash, postcode_hash};
use crate::ids::Slot;
use crate::model::value::PartialDate;
use crate::util::hash::{Map, map};
use std::ops::Range;

/// Rows of a name up to which all are brought together and looked at for each date; of more, ranges are searched.
const NEAR: usize = 1_024;

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
            let mut tokens = Vec::new();
            for row in (0..segment.len() as u32).filter(|row| segment.is_gone(*row)) {
                segment.coded(row, &mut tokens);
                for (index, (_, a)) in tokens.iter().enumerate() {
                    for (_, b) in &tokens[index + 1..] {
                        *gone_pairs.entry(two(*a, *b)).or_insert(0) += 1;
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

    /// Rows, not gone, of a name that has few, in which it stands for two tokens to the letter.
    fn exact_rows(&self, of_name: &Range<usize>, question: &Question, tokens: &mut Vec<(u64, u64)>) -> usize {
        if of_name.len() > FEW {
            return 0;
        }
        let rows = self.segment.names.row_of[of_name.clone()].iter().filter(|row| !self.segment.is_gone(**row));
        let is_exact = |row: &&u32| {
            self.segment.coded(**row, tokens);
            exact_pair(tokens, question.value) == Some(question.part)
        };
        rows.filter(is_exact).count()
    }
}

/// What some questions brought.
pub(super) struct Answers {
    /// Rows of each slot asked; a slot may stand here twice.
    pub(super) counts: Vec<(Slot, u32)>,
    /// Rows in blocks within their limits, by segment: row, slot.
    pub(super) hits: Vec<Vec<(u32, Slot)>>,
}

/// What all threads share.
pub(super) struct Asking<'a> {
    segments: Vec<Asked<'a>>,
    slots: &'a Slots,
    limits: Limits,
}

/// A row of a name, brought near.
struct Near {
    date: u32,
    believed: bool,
    segment: u32,
    row: u32,
}

/// Buffers of one worker.
#[derive(Default)]
struct Scratch {
    /// Segments that have the name at hand, and its rows there.
    held: Vec<(u32, Range<usize>)>,
    near: Vec<Near>,
    found: Vec<(u32, u32)>,
    spans: Vec<Range<usize>>,
    tokens: Vec<(u64, u64)>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(segments: &'a [MappedSegment], slots: &'a Slots, limits: Limits, on: PartialDate) -> Self {
        use rayon::prelude::*;
        Self { segments: segments.par_iter().map(|segment| Asked::new(segment, on)).collect(), slots, limits }
    }

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

    /// Questions about names and dates, sorted by name.
    pub(super) fn names(&self, questions: &[Question]) -> Answers {
        let mut out = self.answers();
        let mut cursors = vec![0; self.segments.len()];
        let mut scratch = Scratch::default();
        for group in questions.chunk_by(|a, b| a.value == b.value) {
            scratch.held.clear();
            let mut rows = 0;
            for ((number, asked), cursor) in (0_u32..).zip(&self.segments).zip(&mut cursors) {
                let of_name = asked.segment.names.find(group[0].value, cursor);
                if !of_name.is_empty() {
                    rows += of_name.len();
                    scratch.held.push((number, of_name));
                }
            }
            let is_near = rows <= NEAR;
            if is_near {
                self.bring_near(&mut scratch);
            }
            for question in group {
                let rows = match (question.kind, is_near) {
                    (Kind::ExactTwo, _) => self.few_exact(question, &mut scratch),
                    (_, true) => look_at(question, &mut scratch),
                    (_, false) => self.search(question, &mut scratch),
                };
                self.keep(&mut out, question, rows, &scratch.found);
            }
        }
        out
    }

    fn bring_near(&self, scratch: &mut Scratch) {
        scratch.near.clear();
        for (number, of_name) in &scratch.held {
            let Asked { segment, dates, .. } = &self.segments[*number as usize];
            let places = segment.names.date_of[of_name.clone()].iter();
            for (place, row) in places.zip(&segment.names.row_of[of_name.clone()]) {
                if !segment.is_gone(*row) {
                    let (date, believed) = dates.at(*place);
                    scratch.near.push(Near { date, believed, segment: *number, row: *row });
                }
            }
        }
    }

    fn few_exact(&self, question: &Question, scratch: &mut Scratch) -> usize {
        scratch.found.clear();
        let Scratch { held, tokens, .. } = scratch;
        let rows =
            held.iter().map(|(number, of_name)| self.segments[*number as usize].exact_rows(of_name, question, tokens));
        rows.sum()
    }

    fn search(&self, question: &Question, scratch: &mut Scratch) -> usize {
        let Scratch { held, found, spans, .. } = scratch;
        found.clear();
        let most = self.rows_max(question);
        let of_segment = |(number, of_name): &(u32, Range<usize>)| {
            self.segments[*number as usize].rows(of_name, question, most, spans, |row| {
                if found.len() <= most {
                    found.push((*number, row));
                }
            })
        };
        held.iter().map(of_segment).sum()
    }

    /// Questions about two tokens to the letter, sorted by both: rows of names that have many. Those of names that have few
    /// are counted with the other questions about the name.
    pub(super) fn exact(&self, questions: &[Question]) -> Answers {
        let mut out = self.answers();
        let mut cursors = vec![0; self.segments.len()];
        for question in questions {
            let of_segment = |(asked, cursor): (&Asked, &mut usize)| {
                let rows = asked.segment.names.pair_rows(question.part, cursor);
                let gone = asked.gone_pairs.get(&question.part).copied().unwrap_or(0);
                rows.saturating_sub(gone)
            };
            let rows: u32 = self.segments.iter().zip(&mut cursors).map(of_segment).sum();
            if rows > 0 {
                out.counts.push((question.slot, rows));
            }
        }
        out
    }

    /// Questions about one number, phone, email or postcode after the other, sorted as these are filed.
    pub(super) fn contacts(&self, questions: &[Question]) -> Answers {
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

/// Rows brought near that a question is about.
fn look_at(question: &Question, scratch: &mut Scratch) -> usize {
    let Scratch { near, found, .. } = scratch;
    found.clear();
    let (kind, part) = (question.kind, question.part as u32);
    // A name alone asks for no date.
    let is_asked = |row: &&Near| kind == Kind::Two || (row.believed && has_part(row.date, kind, part));
    found.extend(near.iter().filter(is_asked).map(|row| (row.segment, row.row)));
    found.len()
}

/// What a contact is filed by: its kind, and the hash of its value.
pub(super) fn filed(question: &Question) -> (u8, u64) {
    let value = question.value;
    match question.kind {
        Kind::Phone => (1, phone_hash(value)),
        Kind::Email => (2, email_hash(value)),
        Kind::Postcode | Kind::PostcodeToken => (3, postcode_hash(value)),
        _ => (0, person_of_nino(value).map_or(0, |person| person.0)),
    }
}
