//! All rows of the people found, out of a stored register: looked up by person, and read where they stand.

use crate::engine::Observer;
use crate::engine::gather::{Asked, Gathered, Merged};
use crate::engine::people::PersonKey;
use crate::engine::reading::Columns;
use crate::engine::stored::open::StoredIndex;
use crate::engine::stored::segment::MappedSegment;
use crate::error::Result;
use crate::frame::{Table, TextColumn};
use crate::ingest::Unpacker;
use crate::model::value::PartialDate;
use crate::store::PACK_ROWS;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Packs unpacked in one go by one thread.
const PACKS: usize = 512;

/// Gathers the rows of `people` and of `candidates`, as the second pass of a trace does from registers.
///
/// # Errors
/// When a file of the index is not what was written.
pub fn gather_stored(
    index: &StoredIndex,
    people: &[Asked],
    candidates: &[Asked],
    on: PartialDate,
    observer: &dyn Observer,
) -> Result<Gathered> {
    let mut wanted: Vec<PersonKey> = people.iter().chain(candidates).map(|(key, _)| *key).collect();
    wanted.sort_unstable();
    wanted.dedup();
    observer.stage("gather", None);
    let merged = Mutex::new(Merged::new());
    for (number, segment) in index.segments.iter().enumerate() {
        let rows = rows_of(segment, &wanted);
        let packs: Vec<&[(u32, PersonKey)]> =
            rows.chunk_by(|a, b| a.0 as usize / PACK_ROWS == b.0 as usize / PACK_ROWS).collect();
        packs.par_chunks(PACKS).try_for_each(|packs| {
            let mut unpacker = segment.texts.unpacker()?;
            let mut read = Merged::new();
            for pack in packs {
                let table = shown(segment, &mut unpacker, pack)?;
                // Rows of one pack may be of several data sets.
                let found: Vec<(usize, PersonKey)> = pack.iter().map(|(_, person)| *person).enumerate().collect();
                let data_set = |found: &(usize, PersonKey)| segment.data_set(pack[found.0].0);
                for found in found.chunk_by(|a, b| data_set(a) == data_set(b)) {
                    let place = |_: &Columns, at: usize| StoredIndex::place(number, pack[at].0);
                    read.take(&table, found, data_set(&found[0]), place, on);
                }
                observer.advance(pack.len() as u64);
            }
            merged.lock().unwrap_or_else(PoisonError::into_inner).absorb(read);
            Ok(())
        })?;
    }
    let merged = merged.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(merged.gathered(people, candidates))
}

/// Rows of a segment that are of people wanted, ascending.
fn rows_of(segment: &MappedSegment, wanted: &[PersonKey]) -> Vec<(u32, PersonKey)> {
    let of_person = |person: &PersonKey| {
        let rows = segment.rows_of_person(*person).map(|row| (row, *person));
        rows.filter(|(row, person)| segment.person(*row) == Some(*person)).collect::<Vec<_>>()
    };
    let mut rows: Vec<(u32, PersonKey)> = wanted.par_iter().flat_map_iter(of_person).collect();
    rows.par_sort_unstable();
    rows
}

/// Some rows of one pack as the register has them.
fn shown(segment: &MappedSegment, unpacker: &mut Unpacker, rows: &[(u32, PersonKey)]) -> Result<Table> {
    let within: Vec<u32> = rows.iter().map(|(row, _)| *row % PACK_ROWS as u32).collect();
    let texts = unpacker.rows(rows[0].0 as usize / PACK_ROWS, &within)?;
    let number = |text: &dyn Fn(u32) -> String| {
        let cells = rows.iter().map(|(row, _)| Some(text(*row)).filter(|text| !text.is_empty()));
        cells.collect::<TextColumn>()
    };
    let nino = number(&|row| segment.nino(row).to_owned());
    let person_id = number(&|row| segment.person_id(row).to_owned());
    let mut columns = vec![("nino".to_owned(), nino), ("person_id".to_owned(), person_id)];
    columns.extend(texts.names().iter().cloned().zip(texts.columns().iter().cloned()));
    Ok(Table::new(columns))
}
