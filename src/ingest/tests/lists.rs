//! Columns of lists, in every kind of file that has them.

use std::sync::{Arc, Mutex};

use arrow::array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, FixedSizeListArray, Int32Array, Int64Array, LargeListArray,
    ListArray, RecordBatch, StringArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field, Int32Type};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::workbook::Home;
use crate::ingest::Reader;
use crate::model::schema::REGISTER;

const COLUMNS: [&str; 5] = ["nino", "surname", "forename", "title", "address"];

/// Values of a list of row `n`.
fn list(n: usize) -> Vec<String> {
    (0..n % 4).map(|at| format!("{}", 100 * n + at)).collect()
}

fn batch(from: usize, to: usize) -> RecordBatch {
    let texts: Vec<String> = (from..to).flat_map(list).collect();
    let offsets = || (from..to).map(|n| n % 4);
    let field = |values: &dyn Array| Arc::new(Field::new("item", values.data_type().clone(), true));
    let nulls = NullBuffer::from_iter((from..to).map(|n| !n.is_multiple_of(5)));
    let small = |values: ArrayRef| -> ArrayRef {
        Arc::new(ListArray::new(field(&values), OffsetBuffer::from_lengths(offsets()), values, Some(nulls.clone())))
    };
    let coded: DictionaryArray<Int32Type> = texts.iter().map(String::as_str).collect();
    let bytes: BinaryArray = texts.iter().map(|text| Some(text.as_bytes())).collect();
    let bytes: ArrayRef = Arc::new(bytes);
    let pairs: ArrayRef = Arc::new((from..to).flat_map(|n| [Some(n as i64), None]).collect::<Int64Array>());
    let columns: [ArrayRef; 5] = [
        Arc::new(Int32Array::from_iter_values((from..to).map(|n| n as i32))),
        small(Arc::new(StringArray::from(texts.clone()))),
        small(Arc::new(coded)),
        Arc::new(LargeListArray::new(field(&bytes), OffsetBuffer::from_lengths(offsets()), bytes, Some(nulls.clone()))),
        Arc::new(FixedSizeListArray::new(field(&pairs), 2, pairs, None)),
    ];
    RecordBatch::try_from_iter_with_nullable(COLUMNS.iter().zip(columns).map(|(name, it)| (*name, it, true))).unwrap()
}

/// What is read of row `n`.
fn row(n: usize) -> Vec<Option<String>> {
    let texts = (!n.is_multiple_of(5)).then(|| format!("{:?}", list(n)).replace(", ", ","));
    vec![Some(n.to_string()), texts.clone(), texts.clone(), texts, Some(format!("[\"{n}\"]"))]
}

fn packed(rows: usize, version: WriterVersion) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows / 3 + 1))
        .set_data_page_row_count_limit(50)
        .set_write_batch_size(50)
        .set_writer_version(version)
        .build();
    let batch = batch(0, rows);
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn lists_are_read_alike_from_every_kind_of_file() {
    let rows = 40_000;
    let mut file = FileWriter::try_new(Vec::new(), &batch(0, 1).schema()).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &batch(0, 1).schema()).unwrap();
    let mut many = FileWriter::try_new(Vec::new(), &batch(0, 1).schema()).unwrap();
    file.write(&batch(0, rows)).unwrap();
    stream.write(&batch(0, rows)).unwrap();
    // Parts of one table, since a file has one dictionary for a column.
    let all = batch(0, rows);
    (0..rows).step_by(500).for_each(|from| many.write(&all.slice(from, 500)).unwrap());
    let files = [
        packed(rows, WriterVersion::PARQUET_1_0),
        packed(rows, WriterVersion::PARQUET_2_0),
        packed(900_000, WriterVersion::PARQUET_2_0),
        file.into_inner().unwrap(),
        stream.into_inner().unwrap(),
        many.into_inner().unwrap(),
    ];
    for (number, bytes) in files.iter().enumerate() {
        let home = Home::new();
        let reader = Reader::open(&home.write(bytes), &REGISTER).unwrap();
        let seen = Mutex::new(0);
        let work = |batch: crate::ingest::Batch| {
            for row_of_batch in 0..batch.table.rows() {
                let n = batch.first_row as usize + row_of_batch;
                let found = COLUMNS.map(|name| batch.table.value(name, row_of_batch).map(str::to_owned));
                assert_eq!(found.to_vec(), row(n), "file {number}, row {n}");
            }
            *seen.lock().unwrap() += batch.table.rows();
            Ok(())
        };
        reader.for_each(&COLUMNS, 64 << 10, &work).unwrap();
        assert_eq!(*seen.lock().unwrap(), if number == 2 { 900_000 } else { rows }, "file {number}");
    }
}
