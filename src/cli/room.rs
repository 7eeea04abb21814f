//! Memory that is known before the work starts: of a trace, and of an index that is built or updated.
//!
//! The numbers were measured on made data, see `benches/record`; a need is stated as about so much.

use crate::cli::files::Registers;
use crate::engine::{Plan, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Table;
use crate::report::{size, thousands};
use crate::util::memory;

/// Bytes of the program itself with its tables.
const PROGRAM_BYTES: u64 = 48 << 20;
/// Bytes that an extract row stands for: its values, about 65 keys while they are sorted, its candidates and its rows of the
/// output.
const EXTRACT_ROW_BYTES: u64 = 7_000;
/// The same where a stored index is asked: what is asked, and what is answered, is held for all rows at once.
const ASKED_ROW_BYTES: u64 = 10_400;
/// Values of a usual extract row, which the above is of.
const USUAL_VALUES: u64 = 22;
/// Bytes that each other value stands for, with its keys: an address is the most.
const VALUE_BYTES: u64 = 240;
/// Bytes that a thread takes: a batch of the register as it is stored, unpacked, and as values.
const THREAD_BYTES: u64 = 40 << 20;
/// The same where a stored index is asked.
const ASKING_THREAD_BYTES: u64 = 24 << 20;
/// Bytes that the index plan needs for a register row: its values, and about 25 keys, while they are sorted.
const INDEXED_ROW_BYTES: u64 = 1_000;
/// Bytes that the index plan needs besides.
const INDEXED_BYTES: u64 = 32 << 20;
/// Bytes of a row of a text file, where nothing says how many rows there are: few registers have longer ones.
const TEXT_ROW_BYTES: u64 = 256;

/// Bytes of the program that builds an index.
const BUILDER_BYTES: u64 = 56 << 20;
/// Bytes that a thread of a build takes, besides its segment, for a register row of a batch.
const BATCH_ROW_BYTES: u64 = 1_984;
/// Bytes that counting takes for a row, up to the most that is known at the start.
const COUNTED_ROW_BYTES: u64 = 120;
const COUNTED_BYTES_MAX: u64 = 32 << 20;
/// Rows of the least segment, and the bytes of one while it is filled.
const SEGMENT_ROWS_MIN: u64 = 50_000;
const SEGMENT_ROW_BYTES: u64 = 450;
/// Bytes that a row of an index takes while it is looked for in a refreshed register.
const KNOWN_ROW_BYTES: u64 = 18;

/// What to do about too little memory.
const MORE: &str = "allow more with --memory, or take fewer --threads";
/// The same where nobody said how much there is.
const MORE_THAN_HALF: &str =
    "without --memory half of this machine's memory is allowed: give more with it, or take fewer --threads";

/// How the registers of a trace are passed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Stream,
    Index,
    Stored,
}

impl Way {
    fn of(settings: &Settings, registers: &Registers) -> Self {
        match (settings.plan, &registers.index) {
            (_, Some(_)) => Self::Stored,
            (Plan::Index, None) => Self::Index,
            (Plan::Stream, None) => Self::Stream,
        }
    }

    /// What a trace needs for nobody.
    fn least(self) -> u64 {
        let of_thread = if self == Self::Stored { ASKING_THREAD_BYTES } else { THREAD_BYTES };
        PROGRAM_BYTES + threads() * of_thread
    }
}

fn threads() -> u64 {
    rayon::current_num_threads() as u64
}

/// Refuses a trace whose extract, and in the index plan whose registers, need more than the budget; otherwise, of the
/// registers, what there is no room for goes to the disk.
pub(crate) fn check(settings: &Settings, registers: &Registers, extract: &Table) -> Result<()> {
    let Some(budget) = settings.room.budget else { return Ok(()) };
    let (way, rows) = (Way::of(settings, registers), extract.rows() as u64);
    let of_row = if way == Way::Stored { ASKED_ROW_BYTES } else { EXTRACT_ROW_BYTES };
    let more_values = extract.values().saturating_sub(rows * USUAL_VALUES);
    let mut need = way.least() + rows * of_row + more_values * VALUE_BYTES;
    let mut what = format!("a trace of {} people on {} threads", thousands(rows), threads());
    let mut hint = MORE;
    if way == Way::Index {
        let indexed = register_rows(registers);
        need += INDEXED_BYTES + indexed * INDEXED_ROW_BYTES;
        what = format!("{what} by an index of {} register rows in memory", thousands(indexed));
        hint = "leave out --plan index, allow more with --memory, or take fewer --threads";
    }
    refuse_over(budget, need, &what, hint)
}

/// Says of an extract that could not be loaded for want of memory what the trace would need.
pub(crate) fn explained(error: Error, settings: &Settings, registers: &Registers) -> Error {
    let Some(budget) = settings.room.budget.filter(|_| error.kind() == ErrorKind::Limit) else { return error };
    let what = format!("a trace on {} threads, without anybody in it,", threads());
    let least = Way::of(settings, registers).least();
    refuse_over(budget, least, &what, MORE).err().unwrap_or(error)
}

/// Refuses to build an index in less memory than it takes; what is left for segments.
pub(crate) fn check_build(registers: &Registers, batch_rows: usize, budget: Option<u64>) -> Result<u64> {
    let rows = register_rows(registers);
    check_filling((rows, rows), batch_rows, 0, budget, "build")
}

/// The same of an update of an index of so many rows, gone ones among them.
pub(crate) fn check_update(registers: &Registers, known: u64, batch_rows: usize, budget: Option<u64>) -> Result<u64> {
    let rows = register_rows(registers);
    // Rows that are more than there were have come; whether others have is not known.
    check_filling((rows, rows.saturating_sub(known)), batch_rows, known * KNOWN_ROW_BYTES, budget, "update")
}

/// `rows` are those that are read, and how many of them are known to go into segments.
fn check_filling(
    (read, filled): (u64, u64),
    batch_rows: usize,
    besides: u64,
    budget: Option<u64>,
    what: &str,
) -> Result<u64> {
    let hint = if budget.is_some() { MORE } else { MORE_THAN_HALF };
    let budget = budget.or_else(|| memory::machine_bytes().map(|bytes| bytes / 2)).unwrap_or(u64::MAX);
    let batch_rows = batch_rows.max(1) as u64;
    let at_once = threads().min(read.div_ceil(batch_rows)).max(1);
    let batches = at_once * read.min(batch_rows) * BATCH_ROW_BYTES;
    let taken = BUILDER_BYTES + batches + besides + (read * COUNTED_ROW_BYTES).min(COUNTED_BYTES_MAX);
    let segments = filled.min(at_once * SEGMENT_ROWS_MIN) * SEGMENT_ROW_BYTES;
    let what = format!("the {what} of an index from about {} register rows on {} threads", thousands(read), threads());
    refuse_over(budget, taken + segments, &what, hint)?;
    Ok(budget - taken)
}

/// Rows of the registers, as far as they say; of text, as many as a file of its size has at least.
fn register_rows(registers: &Registers) -> u64 {
    let readers = registers.files.iter().map(|file| &file.reader);
    readers.map(|file| file.rows_hint().or(file.bytes().map(|bytes| bytes / TEXT_ROW_BYTES)).unwrap_or(0)).sum()
}

fn refuse_over(budget: u64, need: u64, what: &str, hint: &str) -> Result<()> {
    if need <= budget {
        return Ok(());
    }
    let (need, budget) = (size(need), size(budget));
    Err(Error::limit(format!("{what} needs about {need}, more than the {budget} allowed")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::check_filling;

    #[test]
    fn a_budget_that_nobody_gave_is_said_to_be_half_of_the_memory() {
        // More rows at once than there is memory anywhere.
        let rows = 1 << 40;
        let hint = |budget| {
            let error = check_filling((rows, rows), 1 << 40, 0, budget, "build").unwrap_err();
            assert!(error.what().contains("needs about"), "{error}");
            error.hint_text().unwrap().to_owned()
        };
        assert!(hint(None).contains("half of this machine's memory") && hint(None).contains("--memory"));
        assert!(!hint(Some(1)).contains("half") && hint(Some(1)).contains("--memory"));
    }
}
