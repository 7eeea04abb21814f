//! Where a CSV text may be cut: record boundaries, found without parsing fields.
//!
//! In: bytes that start at a record. Out: [`Cut`]. Invariant: a quote opens a field only where a field starts, as in the
//! `csv` crate, which decides every doubtful case; a cut is never inside quotes.

use memchr::{memchr, memchr_iter, memchr2, memmem};

/// A piece of text that ends where a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Bytes of the piece.
    pub len: usize,
    /// Records in it, as the `csv` crate counts them: blank lines are none.
    pub rows: u64,
    /// No stray quote, blank line or lone carriage return: every reader understands it alike.
    pub plain: bool,
    /// The text ends inside quotes.
    pub unclosed: bool,
}

/// Cuts at the first record end at or after `target`; `last` says that `bytes` is all there is. `None`: no record ends
/// in what is here, more is needed.
pub(super) fn cut(bytes: &[u8], target: usize, last: bool) -> Option<Cut> {
    let mut lines = 0;
    let (mut plain, mut unclosed) = (true, false);
    let mut at = 0;
    let mut end = line_end(bytes, target.saturating_sub(1));
    // `at` is outside quotes at the top of the loop; `end` is the first line end behind both it and the target.
    let len = loop {
        if end.is_some_and(|end| end <= at) {
            end = line_end(bytes, at);
        }
        let quote = memchr(b'"', bytes.get(at..end.unwrap_or(bytes.len()))?).map(|found| at + found);
        lines += count(b'\n', bytes.get(at..quote.or(end).unwrap_or(bytes.len()))?);
        match (quote, end) {
            (None, Some(end)) => break end,
            (None, None) if last => break bytes.len(),
            (None, None) => return None,
            (Some(quote), _) if !starts_field(bytes, quote) => {
                plain = false;
                at = quote + 1;
            }
            (Some(quote), _) => match close(bytes, quote) {
                Some(after) => {
                    plain &= matches!(bytes.get(after), None | Some(b',' | b'\n' | b'\r'));
                    at = after;
                }
                // A quote that is never closed: the rest is one record.
                None if last => {
                    (plain, unclosed) = (false, true);
                    break bytes.len();
                }
                None => return None,
            },
        }
    };
    let piece = bytes.get(..len)?;
    plain &= !has_odd_lines(piece);
    let open_end = u64::from(!piece.is_empty() && !piece.ends_with(b"\n"));
    let rows = if plain { lines + open_end } else { count_records(piece) };
    Some(Cut { len, rows, plain, unclosed })
}

/// The place after the first line feed at or after `from`.
fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.min(bytes.len());
    memchr(b'\n', bytes.get(from..)?).map(|found| from + found + 1)
}

fn starts_field(bytes: &[u8], at: usize) -> bool {
    at == 0 || matches!(bytes.get(at - 1), Some(b',' | b'\n' | b'\r'))
}

/// The place after the quote that closes the one at `open`; doubled quotes stand for one.
pub(super) fn close(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote + 1);
        }
        at = quote + 2;
    }
}

pub(super) fn count(byte: u8, bytes: &[u8]) -> u64 {
    memchr_iter(byte, bytes).count() as u64
}

/// Blank lines and carriage returns without line feed: readers differ in what they make of them.
fn has_odd_lines(piece: &[u8]) -> bool {
    let lone = |at: usize| piece.get(at + 1) != Some(&b'\n');
    piece.starts_with(b"\n")
        || piece.starts_with(b"\r\n")
        || memmem::find(piece, b"\n\n").is_some()
        || memmem::find(piece, b"\n\r\n").is_some()
        || memchr_iter(b'\r', piece).any(lone)
}

/// The records that the `csv` crate reads.
fn count_records(piece: &[u8]) -> u64 {
    let mut reader = slow_reader(piece);
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        rows += 1;
    }
    rows
}

/// The reader that decides: the `csv` crate without header, any number of fields.
pub(super) fn slow_reader(piece: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(piece)
}

/// Number of rows, if every one has `fields` fields. Only for pieces that are plain.
pub(super) fn rows_if_regular(piece: &[u8], fields: usize) -> Option<u64> {
    let commas_wanted = fields as u64 - 1;
    let (mut at, mut commas, mut rows) = (0, 0, 0);
    while let Some(found) = memchr2(b'\n', b'"', piece.get(at..)?) {
        let mark = at + found;
        commas += count(b',', piece.get(at..mark)?);
        if piece.get(mark) == Some(&b'"') {
            at = close(piece, mark)?;
            continue;
        }
        if commas != commas_wanted {
            return None;
        }
        (at, commas, rows) = (mark + 1, 0, rows + 1);
    }
    if piece.is_empty() || piece.ends_with(b"\n") {
        return Some(rows);
    }
    commas += count(b',', piece.get(at..)?);
    (commas == commas_wanted).then_some(rows + 1)
}

#[cfg(test)]
mod tests;
