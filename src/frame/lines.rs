//! Lines: the one shape of what passes between the stages of a trace that run apart, as Arrow record batches.
//!
//! In: [`Line`]s of several kinds. Out: [`RecordBatch`]es of seven columns, an Arrow IPC stream of them; and batches back to lines.
//! Invariant: every engine that reads Arrow reads them; numbers are signed there, since some know no others, and are the
//! same 32 or 64 bits here.

use crate::error::{Error, Result};
use crate::frame::ipc::HeldStream;
use crate::frame::stream::unwritten;
use arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, Int32Array, Int32Builder, Int64Array, Int64Builder, ListArray, ListBuilder,
    StringArray, StringBuilder,
};
use arrow::buffer::{Buffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use arrow::ipc::writer::StreamWriter;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

pub use arrow::array::RecordBatch;

/// Lines of one batch.
const BATCH_LINES: usize = 16_384;
/// Numbers in the lists of a batch after which no more lines are put into it.
const BATCH_NUMBERS: usize = 1 << 20;
/// One line: what it is of, and its values. What the values mean depends on the kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// Kind of the line.
    pub kind: i32,
    /// What the line is about.
    pub key: u64,
    /// A second key.
    pub code: u64,
    /// How often.
    pub count: u64,
    /// Blocks.
    pub slots: &'a [u32],
    /// Texts.
    pub texts: &'a [&'a str],
    /// Other numbers.
    pub numbers: &'a [u64],
}

/// Names and types of the columns, in order.
fn columns() -> Schema {
    let list =
        |name: &str, of: DataType| Field::new(name, DataType::List(Arc::new(Field::new("element", of, true))), true);
    Schema::new(vec![
        Field::new("kind", DataType::Int32, true),
        Field::new("key", DataType::Int64, true),
        Field::new("code", DataType::Int64, true),
        Field::new("count", DataType::Int64, true),
        list("slots", DataType::Int32),
        list("texts", DataType::Utf8),
        list("numbers", DataType::Int64),
    ])
}

/// Makes batches of lines.
pub struct LineBatches<'e> {
    each: &'e mut dyn FnMut(RecordBatch) -> Result<()>,
    schema: Arc<Schema>,
    kinds: Vec<i32>,
    keys: Vec<i64>,
    codes: Vec<i64>,
    counts: Vec<i64>,
    slots: ListBuilder<Int32Builder>,
    texts: ListBuilder<StringBuilder>,
    numbers: ListBuilder<Int64Builder>,
}

impl<'e> LineBatches<'e> {
    /// Gives each batch to `each` as it fills.
    pub fn new(each: &'e mut dyn FnMut(RecordBatch) -> Result<()>) -> Self {
        let element = |of: DataType| Field::new("element", of, true);
        Self {
            each,
            schema: Arc::new(columns()),
            kinds: Vec::new(),
            keys: Vec::new(),
            codes: Vec::new(),
            counts: Vec::new(),
            slots: ListBuilder::new(Int32Builder::new()).with_field(element(DataType::Int32)),
            texts: ListBuilder::new(StringBuilder::new()).with_field(element(DataType::Utf8)),
            numbers: ListBuilder::new(Int64Builder::new()).with_field(element(DataType::Int64)),
        }
    }

    /// Adds a line.
    ///
    /// # Errors
    /// Those of what batches are given to.
    pub fn push(&mut self, line: &Line) -> Result<()> {
        self.kinds.push(line.kind);
        self.keys.push(line.key.cast_signed());
        self.codes.push(line.code.cast_signed());
        self.counts.push(line.count.cast_signed());
        line.slots.iter().for_each(|slot| self.slots.values().append_value(slot.cast_signed()));
        self.slots.append(true);
        line.texts.iter().for_each(|text| self.texts.values().append_value(text));
        self.texts.append(true);
        line.numbers.iter().for_each(|number| self.numbers.values().append_value(number.cast_signed()));
        self.numbers.append(true);
        let is_full = self.kinds.len() >= BATCH_LINES || self.numbers.values_ref().len() >= BATCH_NUMBERS;
        if is_full { self.flush() } else { Ok(()) }
    }

    /// Gives the last batch on.
    ///
    /// # Errors
    /// Those of what batches are given to.
    pub fn finish(mut self) -> Result<()> {
        if self.kinds.is_empty() { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(std::mem::take(&mut self.kinds))),
            Arc::new(Int64Array::from(std::mem::take(&mut self.keys))),
            Arc::new(Int64Array::from(std::mem::take(&mut self.codes))),
            Arc::new(Int64Array::from(std::mem::take(&mut self.counts))),
            Arc::new(self.slots.finish()),
            Arc::new(self.texts.finish()),
            Arc::new(self.numbers.finish()),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        (self.each)(batch.map_err(|error| Error::internal(error.to_string()))?)
    }
}

/// Writes lines as an Arrow IPC stream.
///
/// # Errors
/// Those of `make`, and of `out`.
pub fn write_stream(out: impl Write, make: impl FnOnce(&mut LineBatches) -> Result<()>) -> Result<()> {
    let mut writer = StreamWriter::try_new(out, &columns()).map_err(unwritten)?;
    let mut each = |batch: RecordBatch| writer.write(&batch).map_err(unwritten);
    let mut lines = LineBatches::new(&mut each);
    make(&mut lines)?;
    lines.finish()?;
    writer.finish().map_err(unwritten)
}

/// A batch of lines as an Arrow IPC stream of its own.
///
/// # Errors
/// Those of Arrow.
pub fn batch_stream(batch: &RecordBatch) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut writer = StreamWriter::try_new(&mut out, &columns()).map_err(unwritten)?;
    writer.write(batch).and_then(|()| writer.finish()).map_err(unwritten)?;
    drop(writer);
    Ok(out)
}

/// The lines of streams of [`batch_stream`], of the kinds wanted.
///
/// # Errors
/// When the bytes are no such stream; those of `each`.
pub fn read_stream(
    bytes: Vec<u8>,
    wanted: impl Fn(i32) -> bool,
    mut each: impl FnMut(&Line) -> Result<()>,
) -> Result<()> {
    read_batches_of(bytes, |batch| read_lines(batch, &wanted, &mut each))
}

/// The batches of such a stream.
///
/// # Errors
/// When the bytes are no such stream; those of `each`.
pub fn read_batches_of(bytes: Vec<u8>, mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    let mut stream = HeldStream::open_whole(Buffer::from_vec(bytes))?;
    while let Some(batch) = stream.next_batch()? {
        each(&batch)?;
    }
    Ok(())
}

/// An Arrow IPC stream of lines that many threads write to.
pub struct SharedStream<W: Write>(Mutex<StreamWriter<W>>);

impl<W: Write> SharedStream<W> {
    /// Begins a stream.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W) -> Result<Self> {
        Ok(Self(Mutex::new(StreamWriter::try_new(out, &columns()).map_err(unwritten)?)))
    }

    /// Adds the lines that `make` makes; others may add theirs meanwhile.
    ///
    /// # Errors
    /// Those of `make`, and of what is written to.
    pub fn add(&self, make: impl FnOnce(&mut LineBatches) -> Result<()>) -> Result<()> {
        let mut made = Vec::new();
        let mut each = |batch: RecordBatch| {
            made.push(batch);
            Ok(())
        };
        let mut lines = LineBatches::new(&mut each);
        make(&mut lines)?;
        lines.finish()?;
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter().try_for_each(|batch| writer.write(batch).map_err(unwritten))
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// Those of what is written to.
    pub fn finish(self) -> Result<()> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).finish().map_err(unwritten)
    }
}

/// Columns of a batch of lines.
struct Columns {
    kinds: Int32Array,
    keys: Int64Array,
    codes: Int64Array,
    counts: Int64Array,
    slots: ListArray,
    texts: ListArray,
    numbers: ListArray,
}

impl Columns {
    /// Finds the columns by name, in the types of [`columns`]: other engines write lists and texts of other widths.
    fn new(batch: &RecordBatch) -> Result<Self> {
        let schema = columns();
        let column = |place: usize| -> Result<ArrayRef> {
            let field = schema.field(place);
            let found = batch.column_by_name(field.name());
            let cast = found.and_then(|found| cast(found, field.data_type()).ok());
            cast.filter(|found| place > 3 || found.null_count() == 0).ok_or_else(|| {
                Error::input(format!("has no column `{}` of the type that a partial has", field.name()))
                    .hint("give files of `rewash stage` as they were written")
            })
        };
        Ok(Self {
            kinds: column(0)?.as_primitive::<Int32Type>().clone(),
            keys: column(1)?.as_primitive::<Int64Type>().clone(),
            codes: column(2)?.as_primitive::<Int64Type>().clone(),
            counts: column(3)?.as_primitive::<Int64Type>().clone(),
            slots: column(4)?.as_list::<i32>().clone(),
            texts: column(5)?.as_list::<i32>().clone(),
            numbers: column(6)?.as_list::<i32>().clone(),
        })
    }
}

/// Shows the lines of a batch, those of which `wanted` is true of the kind.
///
/// # Errors
/// When the batch is not one of lines; those of `each`.
pub fn read_lines(
    batch: &RecordBatch,
    wanted: impl Fn(i32) -> bool,
    mut each: impl FnMut(&Line) -> Result<()>,
) -> Result<()> {
    let columns = Columns::new(batch)?;
    let (slot_values, text_values, number_values) = (
        columns.slots.values().as_primitive::<Int32Type>(),
        columns.texts.values().as_string::<i32>(),
        columns.numbers.values().as_primitive::<Int64Type>(),
    );
    let part = |list: &ListArray, row: usize| {
        let ends = list.value_offsets();
        ends[row] as usize..ends[row + 1] as usize
    };
    let (mut slots, mut numbers): (Vec<u32>, Vec<u64>) = (Vec::new(), Vec::new());
    for row in 0..batch.num_rows() {
        let kind = columns.kinds.value(row);
        if !wanted(kind) {
            continue;
        }
        slots.clear();
        slots.extend(slot_values.values()[part(&columns.slots, row)].iter().map(|slot| slot.cast_unsigned()));
        numbers.clear();
        numbers.extend(number_values.values()[part(&columns.numbers, row)].iter().map(|number| number.cast_unsigned()));
        let texts: Vec<&str> = part(&columns.texts, row).map(|at| text(text_values, at)).collect();
        each(&Line {
            kind,
            key: columns.keys.value(row).cast_unsigned(),
            code: columns.codes.value(row).cast_unsigned(),
            count: columns.counts.value(row).cast_unsigned(),
            slots: &slots,
            texts: &texts,
            numbers: &numbers,
        })?;
    }
    Ok(())
}

/// The long lists of numbers of a batch, where they are: nothing of them is copied.
pub struct Lists(Columns);

impl Lists {
    /// Those of a batch.
    ///
    /// # Errors
    /// When the batch is not one of lines.
    pub fn new(batch: &RecordBatch) -> Result<Self> {
        Columns::new(batch).map(Self)
    }

    /// Kind, key, count and numbers of each line.
    pub fn lines(&self) -> impl Iterator<Item = (i32, u64, u64, ScalarBuffer<u64>)> {
        let Columns { kinds, keys, counts, numbers, .. } = &self.0;
        let values = numbers.values().as_primitive::<Int64Type>().values().inner();
        let list = move |row: usize| {
            let ends = numbers.value_offsets();
            let (start, end) = (ends[row] as usize, ends[row + 1] as usize);
            ScalarBuffer::new(values.clone(), start, end - start)
        };
        let line = move |row: usize| {
            (kinds.value(row), keys.value(row).cast_unsigned(), counts.value(row).cast_unsigned(), list(row))
        };
        (0..kinds.len()).map(line)
    }
}

fn text(texts: &StringArray, at: usize) -> &str {
    if texts.is_null(at) { "" } else { texts.value(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_went() {
        let texts = ["", "É", "x"];
        let line = |n: u64| Line {
            kind: n as i32 % 3,
            key: u64::MAX - n,
            code: n << 40,
            count: n,
            slots: if n.is_multiple_of(2) { &[u32::MAX, 1] } else { &[] },
            texts: &texts[..n as usize % 4],
            numbers: if n.is_multiple_of(5) { &[u64::MAX] } else { &[] },
        };
        let lines = 40_000;
        let mut stream = Vec::new();
        write_stream(&mut stream, |out| (0..lines).try_for_each(|n| out.push(&line(n)))).unwrap();
        let mut next = 0;
        for batch in arrow::ipc::reader::StreamReader::try_new(stream.as_slice(), None).unwrap() {
            let each = |read: &Line| {
                next += u64::from(next % 3 == 1);
                assert_eq!(*read, line(next));
                next += 1;
                Ok(())
            };
            read_lines(&batch.unwrap(), |kind| kind != 1, each).unwrap();
        }
        assert_eq!(next, lines);
    }
}
