//! Columns that repeat values, and lists of values, as text.
//!
//! In: dictionaries, runs, lists of plain values. Out: [`TextColumn`]. Invariant: a value is made text once, however often it
//! stands in the column, and its rows are views of it; lists have texts of their own, whose bytes are counted before there are
//! more of them than there is room for.

use std::ops::Range;

use arrow::array::builder::StringViewBuilder;
use arrow::array::{AnyDictionaryArray, Array, ArrayRef, AsArray, UInt32Array, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::{ArrowNativeType, DataType, RunEndIndexType};

use crate::error::{Error, Result};
use crate::frame::TextColumn;
use crate::frame::convert::{exact_text_column, not_text};

/// Most bytes of text of one list: as much as of a whole row of CSV.
const LIST_BYTES_MAX: u64 = 16 << 20;

/// The values of a dictionary, at the rows of its keys.
///
/// # Errors
/// When the values are not text and cannot be made it.
pub(super) fn dictionary_column(array: &dyn Array) -> Result<TextColumn> {
    let dictionary = array.as_any_dictionary();
    if dictionary.values().len() > array.len() {
        return sparse_column(dictionary);
    }
    pick(&exact_text_column(dictionary.values())?, dictionary.keys())
}

/// The same where the dictionary has more values than there are rows: no more of it is looked at than the rows name, or each of
/// many short batches would make text of all of it.
fn sparse_column(dictionary: &dyn AnyDictionaryArray) -> Result<TextColumn> {
    let (keys, known) = (dictionary.normalized_keys(), dictionary.keys());
    let key = |row: usize| known.is_valid(row).then(|| keys[row] as u64);
    let mut used: Vec<u64> = (0..keys.len()).filter_map(key).collect();
    used.sort_unstable();
    used.dedup();
    let place = |key: u64| used.binary_search(&key).ok().map(|place| place as u32);
    let places: UInt32Array = (0..keys.len()).map(|row| key(row).and_then(place)).collect();
    let values = take(dictionary.values(), &UInt64Array::from(used), None).map_err(|_| not_there())?;
    pick(&exact_text_column(&values)?, &places)
}

/// Runs of one value.
///
/// # Errors
/// As [`dictionary_column`].
pub(super) fn run_column<R: RunEndIndexType>(array: &dyn Array) -> Result<TextColumn> {
    let runs = array.as_run::<R>();
    let values = exact_text_column(&runs.values_slice())?;
    let mut places: Vec<u32> = Vec::with_capacity(runs.len());
    for (place, end) in (0..).zip(runs.run_ends().sliced_values()) {
        places.resize(end.as_usize(), place);
    }
    pick(&values, &UInt32Array::from(places))
}

/// Views of values; no text is copied.
fn pick(values: &TextColumn, places: &dyn Array) -> Result<TextColumn> {
    let picked = take(values, places, None).map_err(|_| not_there())?;
    Ok(picked.as_string_view().clone())
}

fn not_there() -> Error {
    Error::input("holds a column whose values are not there")
}

/// Lists as JSON: `["a","b"]`; nulls in them are left out. Takes from `room` the bytes of text that it makes.
///
/// `None` where the array is none of lists.
///
/// # Errors
/// When what is in the lists is nested or no text, one list has more than 16 MiB of it, or all have more than there is room.
pub(super) fn list_column(array: &dyn Array, room: &mut u64) -> Option<Result<TextColumn>> {
    match array.data_type() {
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let starts = lists.value_offsets();
            Some(texts_of(array, lists.values(), &|row| starts[row].as_usize(), room))
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            let starts = lists.value_offsets();
            Some(texts_of(array, lists.values(), &|row| starts[row].as_usize(), room))
        }
        DataType::FixedSizeList(_, length) => {
            let (lists, length) = (array.as_fixed_size_list(), length.as_usize());
            Some(texts_of(array, lists.values(), &|row| row * length, room))
        }
        _ => None,
    }
}

/// `start` gives the place of a row's first value, and for the row behind the last the end of all.
fn texts_of(
    array: &dyn Array,
    values: &ArrayRef,
    start: &dyn Fn(usize) -> usize,
    room: &mut u64,
) -> Result<TextColumn> {
    if values.data_type().is_nested() {
        return Err(not_text(array));
    }
    // Lists of nothing but nulls may be as long as they like, in no bytes.
    let is_nothing = values.data_type().is_null();
    let first = start(0);
    let texts = if is_nothing {
        TextColumn::new_null(0)
    } else {
        exact_text_column(&values.slice(first, start(array.len()) - first))?
    };
    let within = |row: usize| if is_nothing { 0..0 } else { start(row) - first..start(row + 1) - first };
    // All are measured before the first is made.
    let rows = (0..array.len()).filter(|row| array.is_valid(*row));
    let least = rows.map(|row| length(&texts, within(row))).sum::<Result<u64>>()?;
    let full = || {
        Error::limit("holds lists of more text than there is room for at once")
            .hint("leave the column out, or write it with one value a row")
    };
    if *room < least {
        return Err(full());
    }
    let mut column = StringViewBuilder::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            column.append_null();
            continue;
        }
        let known: Vec<&str> = known(&texts, within(row)).collect();
        let json = serde_json::to_string(&known).map_err(|error| Error::internal(error.to_string()))?;
        *room = room.checked_sub(json.len() as u64).ok_or_else(full)?;
        column.try_append_value(json).map_err(|error| Error::limit(format!("has too long a text: {error}")))?;
    }
    Ok(column.finish())
}

/// The values of one list, without its nulls.
fn known(texts: &TextColumn, within: Range<usize>) -> impl Iterator<Item = &str> {
    within.filter(|at| texts.is_valid(*at)).map(|at| texts.value(at))
}

/// Bytes of the values of one list.
fn length(texts: &TextColumn, within: Range<usize>) -> Result<u64> {
    let length = known(texts, within).map(|text| text.len() as u64).sum();
    if length <= LIST_BYTES_MAX {
        return Ok(length);
    }
    Err(Error::limit(format!("holds a list of more than {} MiB of text", LIST_BYTES_MAX >> 20))
        .hint("leave the column out, or write it with one value a row"))
}

#[cfg(test)]
mod tests;
