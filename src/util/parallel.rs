//! Fixed chunks and ordered merges: the same result for any number of threads.

use rayon::prelude::*;
use std::ops::Range;

/// Cuts `0..len` into chunks of `size` and maps them on all cores; results come back in order.
///
/// The cut depends on `len` and `size` alone, so sums that are made per chunk and added in order are the same for any
/// number of threads.
pub fn map_chunks<T: Send>(len: usize, size: usize, work: impl Fn(Range<usize>) -> T + Sync + Send) -> Vec<T> {
    let size = size.max(1);
    (0..len.div_ceil(size)).into_par_iter().map(|chunk| work(chunk * size..len.min((chunk + 1) * size))).collect()
}

/// Runs `work` in a pool of `threads` threads (0: all cores, or `RAYON_NUM_THREADS`).
///
/// # Errors
/// When the pool cannot be started.
pub fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(pool.install(work))
}
