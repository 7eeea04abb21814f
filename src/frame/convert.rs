//! The one crossing between polars and arrow, and the way from any column to text.
//!
//! In: arrow arrays of any flat type, polars series. Out: [`TextColumn`]. Invariant: empty text is null; text that is
//! text already is not copied. The crossing is the C data interface, whose structs both crates define alike.

#![expect(unsafe_code, reason = "the C data interface and views over checked bytes; each block says why it is sound")]

mod repeated;

use std::mem::ManuallyDrop;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringViewArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, Schema, TimeUnit,
};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use polars::prelude::{Column, CompatLevel, DataFrame, PlSmallStr, Series};
use polars_arrow::ffi as polars_ffi;

use crate::error::{Error, Result};
use crate::frame::convert::repeated::{dictionary_column, list_column, run_column};
use crate::frame::{Table, TextColumn};

/// Any flat array as text, empty text as null.
///
/// Dates are written `YYYY-MM-DD`, times of day only where they are not midnight; a number in its shortest form, so
/// that `3.0` is `3`, an integer with all its digits.
///
/// # Errors
/// When the array is nested but for lists of plain values, or holds bytes that are not UTF-8.
pub fn text_column(array: &dyn Array) -> Result<TextColumn> {
    Ok(empty_to_null(exact_text_column(array)?))
}

/// As [`text_column`], with empty texts as they are and empty lists as `[]`: what other programs tell from null.
///
/// # Errors
/// As [`text_column`].
pub fn exact_text_column(array: &dyn Array) -> Result<TextColumn> {
    let mut room = u64::MAX;
    exact_text_column_within(array, &mut room)
}

/// The same, of a file that nobody has looked at: a few values may stand in its lists any number of times, and each list is a
/// text of its own. The bytes of these are taken from `room`; all other columns are views of texts that are there.
///
/// # Errors
/// As [`text_column`]; when lists are of more than there is room.
pub fn exact_text_column_within(array: &dyn Array, room: &mut u64) -> Result<TextColumn> {
    if let Some(lists) = list_column(array, room) {
        return lists;
    }
    if array.data_type().is_nested() {
        return Err(not_text(array));
    }
    let text = match array.data_type() {
        DataType::Utf8View => array.as_string_view().clone(),
        DataType::Float16 => return exact_text_column(&cast(array, &DataType::Float32)?),
        DataType::Float32 => numbers(
            array
                .as_primitive::<Float32Type>()
                .iter()
                .map(|value| value.map(|value| (f64::from(value), value.to_string()))),
        ),
        DataType::Float64 => numbers(
            array.as_primitive::<Float64Type>().iter().map(|value| value.map(|value| (value, value.to_string()))),
        ),
        DataType::Date32 => dates(array),
        DataType::Date64 => dates(&cast(array, &DataType::Date32)?),
        DataType::Timestamp(unit, zone) => times(array, *unit, zone.as_deref())?,
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) | DataType::BinaryView => {
            let strict = cast(array, &DataType::Binary)?;
            view(&cast(&strict, &DataType::Utf8)?)?
        }
        DataType::Dictionary(_, values) if !is_text(values) => {
            return dictionary_column(array);
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => return run_column::<Int16Type>(array),
            DataType::Int32 => return run_column::<Int32Type>(array),
            _ => return run_column::<Int64Type>(array),
        },
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            decimals(&cast(array, &DataType::Utf8)?)
        }
        _ => view(array)?,
    };
    Ok(text)
}

/// The columns that [`exact_text_column`] refuses whatever they hold, by place, each with what it holds.
pub fn unreadable_columns(schema: &Schema) -> Vec<(usize, &'static str)> {
    let fields = schema.fields().iter().enumerate();
    fields.filter_map(|(place, field)| Some((place, unreadable(field.data_type())?))).collect()
}

fn unreadable(kind: &DataType) -> Option<&'static str> {
    match kind {
        DataType::Struct(_) => Some("a struct"),
        DataType::Map(..) => Some("a map"),
        DataType::Union(..) => Some("values of several types"),
        DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _) => {
            let nested = of.data_type().is_nested() || unreadable(of.data_type()).is_some();
            nested.then_some("lists of nested values")
        }
        DataType::ListView(_) | DataType::LargeListView(_) => Some("views of lists"),
        DataType::Dictionary(_, values) => unreadable(values),
        DataType::Duration(_) | DataType::Interval(_) => Some("a span of time"),
        kind => kind.is_nested().then_some("nested values"),
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// A cast that fails on a bad value, where arrow's default would make it null in silence.
fn cast(array: &dyn Array, to: &DataType) -> Result<ArrayRef> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, to, &options).map_err(|_| not_text(array))
}

fn not_text(array: &dyn Array) -> Error {
    Error::input(format!("a column of type {} cannot be read as text", array.data_type()))
        .hint("save the column as text")
}

fn view(array: &dyn Array) -> Result<TextColumn> {
    Ok(cast(array, &DataType::Utf8View)?.as_string_view().clone())
}

/// The shortest text that stands for a number: no `.0`, no exponent; empty for what is not a number.
pub fn number_text(value: f64) -> String {
    shortest(value, value.to_string())
}

fn shortest(value: f64, text: String) -> String {
    if !value.is_finite() {
        String::new()
    } else if value == 0.0 {
        "0".to_owned()
    } else {
        text
    }
}

/// `f32` values carry their own text, since their shortest form is lost on the way to `f64`.
fn numbers(values: impl Iterator<Item = Option<(f64, String)>>) -> TextColumn {
    values.map(|value| value.map(|(value, text)| shortest(value, text))).collect()
}

/// Arrow writes every place of the scale; a whole number loses them.
fn decimals(text: &dyn Array) -> TextColumn {
    let text: &StringArray = text.as_string();
    text.iter()
        .map(|value| {
            value.map(|value| match value.split_once('.') {
                Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole,
                _ => value,
            })
        })
        .collect()
}

fn dates(array: &dyn Array) -> TextColumn {
    let days = array.as_primitive::<Date32Type>();
    days.iter().map(|day| moment_text(i128::from(day?) * 86_400_000_000_000, &TimeZone::UTC)).collect()
}

/// Moments on the wall clock of the column's own zone: in UTC a British summer birthday would fall on the day before.
fn times(array: &dyn Array, unit: TimeUnit, zone: Option<&str>) -> Result<TextColumn> {
    let zone = zone.map_or(Ok(TimeZone::UTC), zone_by_name)?;
    let scale: i128 = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    let ticks = cast(array, &DataType::Int64)?;
    let ticks = ticks.as_primitive::<Int64Type>();
    Ok(ticks.iter().map(|tick| moment_text(i128::from(tick?) * scale, &zone)).collect())
}

/// A zone by its name in the database, or as an offset such as `+01:00`.
fn zone_by_name(name: &str) -> Result<TimeZone> {
    if let Ok(zone) = TimeZone::get(name) {
        return Ok(zone);
    }
    let mut parts = name.trim_start_matches(['+', '-']).splitn(2, ':');
    let mut part = || parts.next().unwrap_or("0").parse::<i32>().ok();
    let seconds = part().zip(part()).map(|(hours, minutes)| hours * 3600 + minutes * 60);
    let seconds = seconds.map(|seconds| if name.starts_with('-') { -seconds } else { seconds });
    let offset = seconds.and_then(|seconds| jiff::tz::Offset::from_seconds(seconds).ok());
    offset.map(TimeZone::fixed).ok_or_else(|| {
        Error::input("a column of times is in an unknown time zone").hint("save the column as text or as dates")
    })
}

/// `None` for moments that no calendar has (outside the years -9999 to 9999).
fn moment_text(nanoseconds: i128, zone: &TimeZone) -> Option<String> {
    let moment = Timestamp::from_nanosecond(nanoseconds).ok()?;
    let clock = zone.to_datetime(moment);
    let format = if clock.time() == jiff::civil::Time::midnight() { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S" };
    Some(clock.strftime(format).to_string())
}

/// The same column with empty text as null.
pub(crate) fn empty_to_null(column: TextColumn) -> TextColumn {
    let views = column.views();
    // The low half of a view is the length of its text.
    let full = BooleanBuffer::collect_bool(views.len(), |row| views.get(row).is_some_and(|view| *view as u32 != 0));
    if full.count_set_bits() == views.len() {
        return column;
    }
    let (views, buffers, nulls) = column.into_parts();
    let nulls = NullBuffer::union(nulls.as_ref(), Some(&NullBuffer::new(full)));
    // SAFETY: views and buffers come from a valid array of the same type, and the null buffer has its length; a
    // checked constructor would read all text again to prove what is known.
    unsafe { StringViewArray::new_unchecked(views, buffers, nulls) }
}

/// A polars series of text as a column; its chunks are joined without copying text.
///
/// # Errors
/// When the series is not text, or polars breaks the C data interface.
pub fn from_polars(series: &Series) -> Result<TextColumn> {
    let chunks: Vec<ArrayRef> = (0..series.n_chunks())
        .map(|chunk| {
            let array = series.to_arrow(chunk, CompatLevel::newest());
            let field = polars_arrow::datatypes::Field::new(PlSmallStr::EMPTY, array.dtype().clone(), true);
            let mut schema = ManuallyDrop::new(polars_ffi::export_field_to_c(&field));
            let mut array = ManuallyDrop::new(polars_ffi::export_array_to_c(array));
            // SAFETY: both crates define the C data interface, so the structs have one layout. `from_raw` moves
            // them out, and `ManuallyDrop` keeps polars from releasing what arrow now owns.
            let imported = unsafe {
                let schema = FFI_ArrowSchema::from_raw((&raw mut *schema).cast());
                let array = FFI_ArrowArray::from_raw((&raw mut *array).cast());
                from_ffi(array, &schema)
            };
            imported.map(arrow::array::make_array).map_err(|error| Error::internal(format!("polars to arrow: {error}")))
        })
        .collect::<Result<_>>()?;
    let columns = chunks.iter().map(|chunk| text_column(chunk)).collect::<Result<Vec<_>>>()?;
    concat(&columns)
}

/// One column of several, in order; text is not copied.
///
/// # Errors
/// When there are more buffers than an array can have.
pub fn concat(columns: &[TextColumn]) -> Result<TextColumn> {
    match columns {
        [] => Ok(TextColumn::new_null(0)),
        [only] => Ok(only.clone()),
        _ => {
            let parts: Vec<&dyn Array> = columns.iter().map(|column| column as &dyn Array).collect();
            let joined =
                arrow::compute::concat(&parts).map_err(|error| Error::internal(format!("joining columns: {error}")))?;
            Ok(joined.as_string_view().clone())
        }
    }
}

/// A table as a polars frame; text is not copied.
///
/// # Errors
/// When arrow breaks the C data interface, or two columns have one name.
pub fn to_polars(table: &Table) -> Result<DataFrame> {
    let columns = table
        .names()
        .iter()
        .zip(table.columns())
        .map(|(name, column)| Ok(Column::from(series(name, column)?)))
        .collect::<Result<Vec<_>>>()?;
    DataFrame::new(table.rows(), columns).map_err(|error| Error::internal(format!("table to polars: {error}")))
}

fn series(name: &str, column: &TextColumn) -> Result<Series> {
    let fault = |error: String| Error::internal(format!("arrow to polars: {error}"));
    let (array, schema) = to_ffi(&column.to_data()).map_err(|error| fault(error.to_string()))?;
    let array = ManuallyDrop::new(array);
    // SAFETY: one layout, as above. The array is read out once and its release handed to polars, so `ManuallyDrop`
    // keeps arrow from releasing it; the schema is only borrowed and stays arrow's.
    let imported = unsafe {
        let schema = &*(&raw const schema).cast::<polars_ffi::ArrowSchema>();
        let array = std::ptr::read((&raw const *array).cast::<polars_ffi::ArrowArray>());
        polars_ffi::import_field_from_c(schema).and_then(|field| polars_ffi::import_array_from_c(array, field.dtype))
    };
    let imported = imported.map_err(|error| fault(error.to_string()))?;
    Series::try_from((PlSmallStr::from_str(name), imported)).map_err(|error| fault(error.to_string()))
}

/// A polars frame of text columns as a table.
///
/// # Errors
/// When a column is not flat.
pub fn from_polars_frame(frame: &DataFrame) -> Result<Table> {
    let columns = frame
        .columns()
        .iter()
        .map(|column| Ok((column.name().to_string(), from_polars(column.as_materialized_series())?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Table::new(columns))
}

#[cfg(test)]
mod tests;
