//! Which buckets pairs came of: where each was made by itself, all of them are to be there, each once.

use crate::error::{Error, Result};
use crate::frame::lines::Line;
use std::collections::BTreeSet;

/// Buckets that ends of `pairs` told of.
#[derive(Default)]
pub(super) struct Buckets {
    /// How many there are in all; none where another engine dealt rows to buckets, and answers for them.
    all: Option<u64>,
    met: BTreeSet<u64>,
}

impl Buckets {
    /// Takes the end of a part.
    ///
    /// # Errors
    /// When its bucket is of another number of buckets than those before, or was there before.
    pub(super) fn take(&mut self, line: &Line) -> Result<()> {
        let [_, buckets, number] = *line.numbers else { return Ok(()) };
        let Some(bucket) = number.checked_sub(1) else { return Ok(()) };
        let all = *self.all.get_or_insert(buckets);
        if all != buckets {
            let what = format!("holds one of {buckets} buckets, and those before are of {all}");
            return Err(Error::input(what).hint("make the pairs of all buckets with the same --buckets"));
        }
        if !self.met.insert(bucket) {
            let what = format!("holds bucket {bucket}, which was there before");
            return Err(Error::input(what).hint("give the pairs of each bucket once"));
        }
        Ok(())
    }

    /// Checks that no bucket is lacking.
    ///
    /// # Errors
    /// When one is.
    pub(super) fn check(&self) -> Result<()> {
        let all = self.all.unwrap_or(0);
        let Some(first) = (0..all).find(|bucket| !self.met.contains(bucket)) else { return Ok(()) };
        let lacking = all.saturating_sub(self.met.len() as u64);
        Err(Error::input(format!("{lacking} of {all} buckets are not there, {first} is the first"))
            .hint("give the pairs of every bucket: rewash stage tables pairs ... --bucket N"))
    }
}
