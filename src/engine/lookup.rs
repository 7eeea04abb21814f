//! Rows of a large table under known numbers: streamed once, only those rows kept.

use crate::engine::Observer;
use crate::engine::reading::value;
use crate::error::Result;
use crate::frame::convert::concat;
use crate::frame::{Table, TextColumn};
use crate::ids::RegisterRow;
use crate::ingest::{Faults, Reader};
use crate::standardise::nino;
use crate::util::hash::Set;
use std::sync::{Mutex, PoisonError};

/// What is looked for in a table.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    /// Columns that are kept of a row.
    pub columns: &'a [&'a str],
    /// Of these, the columns that hold a National Insurance number to look under.
    pub numbers: &'a [&'a str],
    /// Numbers looked for: first eight characters, as bits.
    pub wanted: &'a Set<u64>,
}

/// Rows that were found, in the order of the files.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The kept columns; one that a file lacks is null there.
    pub table: Table,
    /// Where each row stood.
    pub places: Vec<RegisterRow>,
    /// Rows read, by file.
    pub file_rows: Vec<u64>,
    /// Faulty rows, by file.
    pub faults: Vec<Faults>,
}

/// The number of a cell as bits, where it is one that identifies.
pub fn number(text: &str) -> Option<u64> {
    nino::read(text).value.map(|nino| nino.bits())
}

/// Kept rows of one batch.
struct Piece {
    first: RegisterRow,
    places: Vec<RegisterRow>,
    columns: Vec<TextColumn>,
}

/// Streams the tables past the wanted numbers. Memory grows with what is found, not with the tables.
///
/// # Errors
/// When a table cannot be read to its end.
pub fn look_up(readers: &[Reader], lookup: Lookup, batch_rows: usize, observer: &dyn Observer) -> Result<Found> {
    let pieces = Mutex::new(Vec::new());
    let mut found = Found::default();
    for (file, reader) in readers.iter().enumerate() {
        let rows = Mutex::new(0_u64);
        let faults = reader.for_each(lookup.columns, batch_rows, &|batch| {
            let count = batch.table.rows() as u64;
            if let Some(piece) = piece(&batch.table, lookup, file as u32, batch.first_row) {
                pieces.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
            }
            *rows.lock().unwrap_or_else(PoisonError::into_inner) += count;
            observer.advance(count);
            Ok(())
        })?;
        found.file_rows.push(rows.into_inner().unwrap_or_else(PoisonError::into_inner));
        found.faults.push(faults);
    }
    let mut pieces: Vec<Piece> = pieces.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Batches come in any order: the place in the files decides.
    pieces.sort_unstable_by_key(|piece| piece.first);
    let column = |index: usize| {
        let parts: Vec<TextColumn> = pieces.iter().filter_map(|piece| piece.columns.get(index).cloned()).collect();
        concat(&parts)
    };
    let named = lookup.columns.iter().enumerate();
    let columns = named.map(|(index, name)| Ok(((*name).to_owned(), column(index)?))).collect::<Result<Vec<_>>>()?;
    found.table = Table::new(columns);
    found.places = pieces.into_iter().flat_map(|piece| piece.places).collect();
    Ok(found)
}

fn piece(table: &Table, lookup: Lookup, file: u32, first_row: u64) -> Option<Piece> {
    let numbers: Vec<&TextColumn> = lookup.numbers.iter().filter_map(|name| table.column(name)).collect();
    let is_wanted = |row: usize| {
        let cells = numbers.iter().filter_map(|column| value(Some(column), row));
        cells.filter_map(number).any(|bits| lookup.wanted.contains(&bits))
    };
    let rows: Vec<usize> = (0..table.rows()).filter(|row| is_wanted(*row)).collect();
    if rows.is_empty() {
        return None;
    }
    let columns = lookup.columns.iter().map(|name| {
        let column = table.column(name);
        rows.iter().map(|row| value(column, *row)).collect::<TextColumn>()
    });
    Some(Piece {
        first: RegisterRow { file, row: first_row },
        columns: columns.collect(),
        places: rows.iter().map(|row| RegisterRow { file, row: first_row + *row as u64 }).collect(),
    })
}
