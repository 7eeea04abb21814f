//! What is told of whole tables before any row is standardised: how many rows, and in what order their dates are written.

use crate::engine::linkage::apart::{Layout, damaged, kind};
use crate::engine::linkage::columns::order_proofs;
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::frame::lines::{Line, LineBatches};
use crate::standardise::field::DateOrder;
use std::collections::BTreeMap;

/// Number of a part whose rows are numbered by a column.
pub const NUMBERED: u64 = u64::MAX;

/// Facts of the tables, or of parts of them; they add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Rows of parts, by side and number.
    parts: BTreeMap<(u64, u64), u64>,
    /// For each side and field the rows that prove an order of day and month.
    proofs: [Vec<[u64; 2]>; 2],
}

impl Facts {
    /// Sees some rows of a part of a table.
    ///
    /// # Errors
    /// When a column of a field is missing.
    pub fn see(&mut self, layout: &Layout, side: usize, part: u64, table: &Table) -> Result<()> {
        let proofs: Vec<[u64; 2]> =
            layout.model.fields.iter().map(|field| order_proofs(field, side, table)).collect::<Result<_>>()?;
        self.add(side, part, table.rows() as u64, &proofs);
        Ok(())
    }

    fn add(&mut self, side: usize, part: u64, rows: u64, proofs: &[[u64; 2]]) {
        *self.parts.entry((side as u64, part)).or_default() += rows;
        let sums = &mut self.proofs[side];
        sums.resize(proofs.len().max(sums.len()), [0, 0]);
        sums.iter_mut().zip(proofs).for_each(|(sum, more)| *sum = [sum[0] + more[0], sum[1] + more[1]]);
    }

    /// Writes the facts of one part.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, layout: &Layout, side: usize, part: u64, out: &mut LineBatches) -> Result<()> {
        let mut numbers = vec![side as u64, part, self.rows(side)];
        numbers.extend(self.proofs[side].iter().flatten());
        layout.end("profile", &numbers, out)
    }

    /// Adds what a line tells.
    ///
    /// # Errors
    /// When it is not the end of a profile of this plan, or of a part that was there before.
    pub fn take(&mut self, layout: &Layout, line: &Line) -> Result<()> {
        if line.kind != kind::END {
            return Ok(());
        }
        layout.check_end(line, &["profile"])?;
        let [side @ 0..=1, part, rows, proofs @ ..] = line.numbers else { return Err(damaged()) };
        if *part != NUMBERED && self.parts.contains_key(&(*side, *part)) {
            return Err(Error::usage(format!("two parts of one table have the number {part}"))
                .hint("give each part its own number: --part"));
        }
        if proofs.len() != 2 * layout.model.fields.len() && !proofs.is_empty() {
            return Err(damaged());
        }
        let proofs: Vec<[u64; 2]> = proofs.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
        self.add(*side as usize, *part, *rows, &proofs);
        Ok(())
    }

    /// Rows of a table.
    pub fn rows(&self, side: usize) -> u64 {
        self.parts.iter().filter(|((of, _), _)| *of == side as u64).map(|(_, rows)| rows).sum()
    }

    /// Number of the first row of a part: the parts before it come first. `None` where the part is unknown.
    pub fn first_row(&self, side: usize, part: u64) -> Option<u64> {
        let side = side as u64;
        self.parts.get(&(side, part))?;
        Some(self.parts.range((side, 0)..(side, part)).map(|(_, rows)| rows).sum())
    }

    /// Order of day and month in each field of a table.
    pub fn orders(&self, layout: &Layout, side: usize) -> Vec<DateOrder> {
        let proofs = &self.proofs[side];
        (0..layout.model.fields.len())
            .map(|field| DateOrder::proved(proofs.get(field).copied().unwrap_or_default()))
            .collect()
    }
}
