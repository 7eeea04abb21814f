use super::{check, count};
use crate::ingest::limits::Limits;
use arrow::array::{ArrayRef, FixedSizeBinaryArray, Int32Array, ListArray, RecordBatch, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::Field;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;
use std::fs::File;
use std::sync::Arc;

/// Rows of lists, none where there is no length.
fn lists(lengths: &[Option<usize>]) -> ArrayRef {
    let values: StringArray =
        (0..lengths.iter().flatten().sum()).map(|at: usize| Some((at / 1000 % 3).to_string())).collect();
    let field = Arc::new(Field::new("item", arrow::datatypes::DataType::Utf8, true));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().map(|length| length.unwrap_or(0)));
    let nulls = NullBuffer::from_iter(lengths.iter().map(Option::is_some));
    Arc::new(ListArray::new(field, offsets, Arc::new(values), Some(nulls)))
}

fn file(columns: Vec<(&str, ArrayRef)>, properties: WriterProperties) -> File {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, it)| (name, it, true)));
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(tempfile::tempfile().unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn metadata(file: &File) -> ArrowReaderMetadata {
    ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Slow twin: the lists that the file was made of.
    #[test]
    fn values_are_counted_however_the_pages_lie(
        lengths in prop::collection::vec(prop::option::weighted(0.9, 0_usize..40), 1..200),
        group in 1_usize..120, page_rows in 1_usize..60, is_coded: bool, is_new: bool,
    ) {
        let rows: ArrayRef = Arc::new(Int32Array::from_iter_values(0..lengths.len() as i32));
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(group))
            .set_data_page_row_count_limit(page_rows)
            .set_write_batch_size(page_rows)
            .set_dictionary_enabled(is_coded)
            .set_writer_version(if is_new { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 });
        let file = file(vec![("id", rows), ("lists", lists(&lengths))], properties.build());
        let metadata = metadata(&file);
        let want: u64 = lengths.iter().map(|length| length.unwrap_or(0).max(1) as u64).sum();
        let found = count(&Arc::new(file), metadata.metadata(), 1, &|_| Ok(())).unwrap();
        // A page of coded values counts as one.
        let coded = if is_coded { metadata.metadata().num_row_groups() as u64 } else { 0 };
        prop_assert!((want..=want + coded).contains(&found), "{} of {} and {}", found, want, coded);
    }
}

#[test]
fn more_values_than_a_file_can_hold_are_refused() {
    let most = Limits::VALUES_ALWAYS as usize;
    for (length, is_refused) in [(most - 3, false), (most + 1, true)] {
        let rows: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let file = file(vec![("id", rows), ("lists", lists(&[Some(1), Some(length)]))], WriterProperties::default());
        let metadata = metadata(&file);
        let answer = |columns: &[usize], limits: &Limits| {
            check(file.try_clone().unwrap(), metadata.metadata(), columns, limits)
                .map_err(|error| error.what().to_owned())
        };
        let refused = Err("holds lists of more than 8 values for each of its bytes".to_owned());
        assert!(file.metadata().unwrap().len() < 1 << 19);
        assert_eq!(answer(&[0, 1], &Limits::SAFE), if is_refused { refused } else { Ok(()) }, "{length}");
        assert!(answer(&[0], &Limits::SAFE).is_ok(), "what is not wanted is not unpacked");
        let mut limits = Limits::SAFE;
        limits.set("values-per-byte", 1 << 20).unwrap();
        assert!(answer(&[0, 1], &limits).is_ok());
    }
}

#[test]
fn values_of_a_fixed_length_that_no_text_has_are_refused() {
    for (width, is_refused) in [(16, false), (1024, false), (1025, true)] {
        let values = FixedSizeBinaryArray::try_from_iter(std::iter::once(vec![b'a'; width])).unwrap();
        let file = file(vec![("id", Arc::new(values))], WriterProperties::default());
        let metadata = metadata(&file);
        assert_eq!(check(file, metadata.metadata(), &[0], &Limits::SAFE).is_err(), is_refused, "{width}");
    }
}
