//! Exact joins and group-bys, by polars.
//!
//! In: tables. Out: tables, or counts by key. Invariant: null equals nothing in a join and is a key of its own in a
//! count; the order of the result depends on the data alone.

use polars::prelude::{DataFrameJoinOps, JoinArgs, JoinType, MaintainOrderJoin};

use crate::error::{Error, ErrorKind, Result};
use crate::frame::convert::{from_polars_frame, to_polars};
use crate::frame::{Table, TextColumn, cell};

/// A key of a count: one value for each column that was asked for.
pub type Key = Vec<Option<String>>;

/// Rows of `left` beside the rows of `right` whose key is the same text, in the order of `left`, then of `right`.
///
/// All columns of `left`, then those of `right` without its key; a name that both have is `NAME_right` the second time.
///
/// # Errors
/// When a key column is missing.
pub fn inner_join(left: &Table, right: &Table, on_left: &str, on_right: &str) -> Result<Table> {
    require(left, on_left)?;
    require(right, on_right)?;
    let args = JoinArgs { maintain_order: MaintainOrderJoin::LeftRight, ..JoinArgs::new(JoinType::Inner) };
    let joined = to_polars(left)?
        .join(&to_polars(right)?, [on_left], [on_right], args, None)
        .map_err(|error| Error::internal(format!("join: {error}")))?;
    from_polars_frame(&joined)
}

/// How many rows have each combination of values, sorted by combination, null first.
///
/// # Errors
/// When a column is missing.
pub fn count_by(table: &Table, columns: &[&str]) -> Result<Vec<(Key, u64)>> {
    if columns.is_empty() {
        return Ok(vec![(Key::new(), table.rows() as u64)]);
    }
    let chosen = columns.iter().map(|name| Ok(((*name).to_owned(), require(table, name)?.clone())));
    let chosen = Table::new(chosen.collect::<Result<Vec<_>>>()?);
    let fault = |error: polars::prelude::PolarsError| Error::internal(format!("count: {error}"));
    let frame = to_polars(&chosen)?;
    let groups = frame.group_by(columns.iter().copied()).map_err(fault)?;
    let sizes = groups.get_groups().group_count();
    let keys = polars::prelude::DataFrame::new(sizes.len(), groups.keys()).map_err(fault)?;
    let keys = from_polars_frame(&keys)?;
    let key = |row| keys.columns().iter().map(|column| cell(column, row).map(str::to_owned)).collect::<Key>();
    let mut counts: Vec<(Key, u64)> =
        sizes.into_no_null_iter().enumerate().map(|(row, size)| (key(row), u64::from(size))).collect();
    counts.sort_unstable();
    Ok(counts)
}

fn require<'a>(table: &'a Table, name: &str) -> Result<&'a TextColumn> {
    table.column(name).ok_or_else(|| {
        Error::new(ErrorKind::Column, format!("there is no column `{name}`"))
            .hint(format!("columns here: {}", table.names().join(", ")))
    })
}

#[cfg(test)]
mod tests;
