//! One queue, all threads: units of a file are taken in order and worked on in parallel.
//!
//! In: a closure that makes the next unit, and one that works on it. Out: the first error by unit. Invariant: at most
//! one unit a thread is in flight, so memory is bounded; which error is returned does not depend on timing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::error::{Error, Result};

struct Queue<N> {
    next: N,
    taken: u64,
    /// Nothing more is taken after an end or an error.
    closed: bool,
    /// The error of the lowest unit. All lower units were taken before it and are finished, so it is the first.
    error: Option<(u64, Error)>,
}

impl<N> Queue<N> {
    fn fail(&mut self, unit: u64, error: Error) {
        self.closed = true;
        if self.error.as_ref().is_none_or(|(first, _)| unit < *first) {
            self.error = Some((unit, error));
        }
    }
}

/// Works on all units on the threads of the current pool.
///
/// # Errors
/// The error of the first unit that failed, in the order in which units were made.
pub(super) fn pull<T: Send>(
    next: impl FnMut() -> Result<Option<T>> + Send,
    work: impl Fn(T) -> Result<()> + Sync,
) -> Result<()> {
    let queue = Mutex::new(Queue { next, taken: 0, closed: false, error: None });
    let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    // The lock is released before a unit is worked on: `work` may use the pool itself.
    let take = || {
        let mut queue = lock();
        if queue.closed {
            return None;
        }
        let unit = queue.taken;
        queue.taken += 1;
        match (queue.next)() {
            Ok(Some(item)) => return Some((unit, item)),
            Ok(None) => queue.closed = true,
            Err(error) => queue.fail(unit, error),
        }
        None
    };
    (0..rayon::current_num_threads()).into_par_iter().with_max_len(1).for_each(|_| {
        while let Some((unit, item)) = take() {
            if let Err(error) = work(item) {
                lock().fail(unit, error);
            }
        }
    });
    let queue = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
    queue.error.map_or(Ok(()), |(_, error)| Err(error))
}

/// Runs a decoder; gives its errors the place `name`, and makes an error of a panic.
///
/// The decoders of other crates are made for well-formed files; what they do with hostile ones is not in our hands.
pub(super) fn guarded<T>(name: &str, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    let result = catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(Error::input("is damaged: it cannot be decoded").hint("fetch the file again, or write it anew"))
    });
    result.map_err(|error| if error.place().is_some() { error } else { error.at(name) })
}
