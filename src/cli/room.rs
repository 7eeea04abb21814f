//! Memory of a trace that is known before it starts.

use crate::engine::{Plan, Settings};
use crate::error::{Error, Result};
use crate::ingest::Loaded;
use crate::report::{size, thousands};

/// Bytes of the program itself with its tables.
const PROGRAM_BYTES: u64 = 48 << 20;
/// Bytes that an extract row stands for: its values, about 65 keys while they are sorted, its candidates and its rows of the
/// output. Measured, see `benches/record`.
const EXTRACT_ROW_BYTES: u64 = 7_000;
/// Bytes that a thread takes: a batch of the register as it is stored, unpacked, and as values.
const THREAD_BYTES: u64 = 40 << 20;

/// Refuses a trace whose extract alone needs more than the budget; of the register, what there is no room for goes to the
/// disk.
pub(crate) fn check(settings: &Settings, loaded: &Loaded) -> Result<()> {
    let Some(budget) = settings.room.budget.filter(|_| settings.plan == Plan::Stream) else { return Ok(()) };
    let (rows, threads) = (loaded.table.rows() as u64, rayon::current_num_threads() as u64);
    let need = PROGRAM_BYTES + rows * EXTRACT_ROW_BYTES + threads * THREAD_BYTES;
    if need <= budget {
        return Ok(());
    }
    Err(Error::limit(format!(
        "a trace of {} people on {threads} threads needs about {}, more than the {} allowed",
        thousands(rows),
        size(need),
        size(budget)
    ))
    .hint("allow more with --memory, or take fewer --threads"))
}
