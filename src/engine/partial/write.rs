//! A partial as lines.

use crate::compare::{Records, Vocabulary};
use crate::engine::partial::{FORMAT, Partial, kind};
use crate::engine::scan::Merged;
use crate::error::Result;
use crate::frame::lines::{Line, LineBatches, RecordBatch};
use crate::ids::Slot;

/// Writes a partial of the probe with this digest, batch by batch; the end of it comes last.
///
/// `numbers` of a surviving row: file and row of its place, data set, bits of the birth date and of the NINO, sex, number of
/// phones, of emails, of addresses; then the phones, two hashes an email, four words an address.
///
/// # Errors
/// Those of `each`.
pub fn write(partial: &Partial, digest: &str, each: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()> {
    let mut lines = LineBatches::new(each);
    write_lines(partial, digest, &mut lines)?;
    lines.finish()
}

/// Adds the lines of a partial of the probe with this digest.
///
/// # Errors
/// Those of `out`.
pub fn write_lines(partial: &Partial, digest: &str, out: &mut LineBatches) -> Result<()> {
    let line = |kind: i32, key: u64, code: u64, count: u32| Line {
        kind,
        key,
        code,
        count: u64::from(count),
        ..Line::default()
    };
    for (slot, rows) in (0_u64..).zip(&partial.slots).filter(|(_, rows)| **rows > 0) {
        out.push(&line(kind::SLOT, slot, 0, *rows))?;
    }
    let mut tokens: Vec<(u64, u64, u32)> =
        partial.merged.tokens.iter().map(|(hash, token)| (*hash, token.code, token.count)).collect();
    tokens.sort_unstable();
    tokens.iter().try_for_each(|(hash, code, count)| out.push(&line(kind::TOKEN, *hash, *code, *count)))?;
    let mut days: Vec<(u32, u32)> = partial.merged.days.iter().map(|(date, rows)| (*date, *rows)).collect();
    days.sort_unstable();
    days.iter().try_for_each(|(date, rows)| out.push(&line(kind::DAY, u64::from(*date), 0, *rows)))?;
    write_drawn(&partial.merged, out)?;
    write_rows(&partial.merged, &partial.vocabulary, out)?;
    write_end(partial, digest, out)
}

/// What was drawn by content, and faults.
fn write_drawn(merged: &Merged, out: &mut LineBatches) -> Result<()> {
    for key in &merged.distinct {
        out.push(&Line { kind: kind::PERSON, key: *key, ..Line::default() })?;
    }
    for ((digest, words), _) in &merged.sample {
        out.push(&Line { kind: kind::SAMPLE, key: *digest, numbers: words, ..Line::default() })?;
    }
    for ((field, reason), count) in &merged.faults.by_kind {
        let ids = count.record_ids.iter().map(String::as_str);
        let texts: Vec<&str> = [*field, *reason].into_iter().chain(ids).collect();
        out.push(&Line { kind: kind::FAULT, count: count.rows, texts: &texts, ..Line::default() })?;
    }
    Ok(())
}

/// Adds the lines of surviving rows.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_rows(merged: &Merged, vocabulary: &Vocabulary, out: &mut LineBatches) -> Result<()> {
    let postings = merged.postings.iter().flatten();
    let mut of_rows: Vec<(u32, Slot)> = postings.map(|(slot, row)| (row.0, *slot)).collect();
    of_rows.sort_unstable();
    let (mut slots, mut numbers) = (Vec::new(), Vec::new());
    let mut rest = of_rows.as_slice();
    for row in 0..merged.records.len() {
        let (here, after) = rest.split_at(rest.partition_point(|(of, _)| *of as usize <= row));
        rest = after;
        slots.clear();
        slots.extend(here.iter().map(|(_, slot)| slot.0));
        let (nino, person_id) = merged.people.numbers(row);
        let tokens = merged.records.tokens(row).iter().map(|token| vocabulary.text(*token));
        let texts: Vec<&str> = [nino, person_id].into_iter().chain(tokens).collect();
        let place = merged.people.place(row);
        numbers.clear();
        numbers.extend([u64::from(place.file), place.row, u64::from(merged.people.data_set(row))]);
        put_values(&merged.records, row, &mut numbers);
        out.push(&Line {
            kind: kind::SURVIVOR,
            key: merged.people.key(row).0,
            slots: &slots,
            texts: &texts,
            numbers: &numbers,
            ..Line::default()
        })?;
    }
    Ok(())
}

fn put_values(records: &Records, row: usize, out: &mut Vec<u64>) {
    let (phones, emails, addresses) = (records.phones(row), records.emails(row), records.addresses(row));
    let birth_date = records.birth_date(row).map_or(0, |date| date.bits());
    out.extend([u64::from(birth_date), records.nino(row), u64::from(records.sex(row))]);
    out.extend([phones.len(), emails.len(), addresses.len()].map(|count| count as u64));
    out.extend(phones);
    out.extend(emails.iter().flat_map(|(whole, local)| [*whole, *local]));
    out.extend(addresses.iter().flat_map(|address| address.words()));
}

fn write_end(partial: &Partial, digest: &str, out: &mut LineBatches) -> Result<()> {
    let merged = &partial.merged;
    let mut numbers = vec![merged.rows, merged.nameless];
    numbers.extend(merged.with);
    for (rows, faults) in partial.file_rows.iter().zip(&partial.row_faults) {
        numbers.extend([*rows, faults.ragged_rows, faults.bad_text_rows]);
    }
    let texts = [FORMAT, env!("CARGO_PKG_VERSION"), digest];
    out.push(&Line { kind: kind::END, texts: &texts, numbers: &numbers, ..Line::default() })
}
