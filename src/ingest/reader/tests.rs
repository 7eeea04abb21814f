use super::Measured;
use crate::frame::TextColumn;
use crate::frame::convert::text_column;
use arrow::array::{Array, DictionaryArray, Int32Array, StringArray};
use proptest::prelude::*;
use std::sync::Arc;

/// Many rows of one value, which is stored once.
fn repeated(value: &str, rows: usize) -> TextColumn {
    let keys: Int32Array = (0..rows).map(|row| (row % 7 > 0).then_some(0)).collect();
    text_column(&DictionaryArray::new(keys, Arc::new(StringArray::from(vec![value])))).unwrap()
}

/// Slow twin: the parts that may be read of a file of so many bytes, by walking over all values of all.
fn slowly(parts: &[Vec<TextColumn>], bytes: u128) -> usize {
    let (mut rows, mut text) = (0_u128, 0_u128);
    for (number, columns) in parts.iter().enumerate() {
        rows += columns[0].len() as u128;
        text +=
            columns.iter().flat_map(|column| column.iter().flatten()).map(|value| value.len() as u128).sum::<u128>();
        if rows > (4 << 20).max(bytes * 128) || text > (1 << 30).max(bytes * 1024) {
            return number;
        }
    }
    parts.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn rows_and_text_are_bounded_by_the_size_of_a_file(
        // Small files are bounded by rows first, larger ones by text.
        shapes in prop::collection::vec((prop::sample::select(vec![0, 1, 1, 1, 1, 2, 2, 2, 2]), 600_usize..1000, 1_usize..3), 1..13),
        bytes in prop_oneof![0_u64..(64 << 10), 0_u64..(3 << 20)],
    ) {
        let long = repeated(&"a".repeat(1 << 20), 1000);
        let (short, none) = (repeated("ab", 1 << 20), TextColumn::new_null(1 << 20));
        let part = |(kind, length, columns): &(usize, usize, usize)| {
            // Some rows of a long value, or a thousand times as many of a short one or none.
            let column = match kind {
                0 => long.slice(0, *length),
                1 => short.slice(1000 - length, length << 10),
                _ => none.slice(0, length << 10),
            };
            vec![column; *columns]
        };
        let parts: Vec<_> = shapes.iter().map(part).collect();
        let measured = Measured::default();
        let read = parts.iter().take_while(|columns| measured.add(columns, Some(bytes)).is_ok()).count();
        prop_assert_eq!(read, slowly(&parts, bytes.into()), "{:?} in {}", shapes, bytes);
    }
}
