use super::list_column;
use crate::frame::convert::{exact_text_column, exact_text_column_within};
use arrow::array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray, Int32Array,
    LargeBinaryArray, LargeListArray, LargeStringArray, ListArray, NullArray, RunArray, StringArray, StringViewArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field, Int32Type};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

type Row = Option<Vec<Option<String>>>;

/// A dictionary of the texts in another form.
fn dictionary(texts: &[Option<String>], form: impl Fn(Vec<&str>) -> ArrayRef) -> ArrayRef {
    let known: BTreeSet<&str> = texts.iter().flatten().map(String::as_str).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let key = |text: &Option<String>| {
        let text = text.as_deref()?;
        Some(known.iter().position(|other| *other == text).unwrap() as i32)
    };
    let keys: Int32Array = texts.iter().map(key).collect();
    Arc::new(DictionaryArray::new(keys, form(known)))
}

/// Runs of the texts, in which neighbours that are alike are one.
fn runs(texts: &[Option<String>]) -> ArrayRef {
    let mut ends: Vec<i32> = Vec::new();
    let mut values: Vec<Option<&str>> = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        if values.last() == Some(&text.as_deref()) {
            ends.pop();
        } else {
            values.push(text.as_deref());
        }
        ends.push(at as i32 + 1);
    }
    Arc::new(RunArray::<Int32Type>::try_new(&Int32Array::from(ends), &LargeStringArray::from(values)).unwrap())
}

/// The texts as an array of one of many kinds.
fn array_of(texts: &[Option<String>], kind: usize) -> ArrayRef {
    let plain = || texts.iter().map(Option::as_deref);
    match kind {
        0 => Arc::new(plain().collect::<StringArray>()),
        1 => Arc::new(plain().collect::<LargeStringArray>()),
        2 => Arc::new(plain().collect::<StringViewArray>()),
        3 => dictionary(texts, |known| Arc::new(StringArray::from(known))),
        4 => dictionary(texts, |known| Arc::new(LargeStringArray::from(known))),
        5 => {
            dictionary(texts, |known| Arc::new(known.iter().map(|text| Some(text.as_bytes())).collect::<BinaryArray>()))
        }
        6 => dictionary(texts, |known| {
            Arc::new(known.iter().map(|text| Some(text.as_bytes())).collect::<LargeBinaryArray>())
        }),
        _ if texts.is_empty() => Arc::new(StringArray::from(Vec::<&str>::new())),
        _ => runs(texts),
    }
}

const KINDS: usize = 8;

/// Lists whose nulls may have values under them, as the form allows.
fn lists_of(rows: &[Row], kind: usize, is_large: bool, filler: usize) -> ArrayRef {
    let under = |row: &Row| row.clone().unwrap_or_else(|| vec![Some("under".to_owned()); filler]);
    let texts: Vec<Option<String>> = rows.iter().flat_map(under).collect();
    let values = array_of(&texts, kind);
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    let lengths = rows.iter().map(|row| under(row).len());
    let nulls = Some(NullBuffer::from_iter(rows.iter().map(Option::is_some)));
    if is_large {
        Arc::new(LargeListArray::new(field, OffsetBuffer::from_lengths(lengths), values, nulls))
    } else {
        Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, nulls))
    }
}

/// Slow twin: each list from the texts that it was made of.
fn slowly(rows: &[Row]) -> Vec<Option<String>> {
    let json = |row: &Vec<Option<String>>| {
        let known: Vec<String> = row.iter().flatten().map(|text| serde_json::to_string(text).unwrap()).collect();
        format!("[{}]", known.join(","))
    };
    rows.iter().map(|row| row.as_ref().map(json)).collect()
}

fn texts(array: &dyn Array, room: &mut u64) -> Vec<Option<String>> {
    let column = exact_text_column_within(array, room).unwrap();
    column.iter().map(|text| text.map(str::to_owned)).collect()
}

fn text() -> impl Strategy<Value = String> {
    // Few of them, so that they repeat; some too long to stand in a view, some with signs that JSON writes otherwise.
    prop::sample::select(vec!["", "a", "b", "longer than the twelve bytes of a view", "q\"\\\u{1}\n", "é李"])
        .prop_map(str::to_owned)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let value = prop::option::weighted(0.8, text());
    prop::collection::vec(prop::option::weighted(0.8, prop::collection::vec(value, 0..5)), 0..12)
}

proptest! {
    #[test]
    fn lists_of_every_kind_are_what_they_were_made_of(
        rows in rows(), kind in 0..KINDS, is_large: bool, filler in 0_usize..3, cut in 0_usize..12, keep in 0_usize..12,
    ) {
        let array = lists_of(&rows, kind, is_large, filler);
        let from = cut.min(rows.len());
        let length = keep.min(rows.len() - from);
        let want = slowly(&rows[from..from + length]);
        let mut room = 1 << 20;
        prop_assert_eq!(&texts(&array.slice(from, length), &mut room), &want);
        // What is taken of the room is what was made.
        let made: usize = want.iter().flatten().map(String::len).sum();
        prop_assert_eq!(room, (1 << 20) - made as u64);
        if made > 0 {
            let mut less = made as u64 - 1;
            prop_assert!(exact_text_column_within(&array.slice(from, length), &mut less).is_err());
        }
    }

    #[test]
    fn what_repeats_is_what_it_was_made_of(
        texts in prop::collection::vec(prop::option::weighted(0.8, text()), 0..40), kind in 0..KINDS, cut in 0_usize..40, keep in 0_usize..40,
    ) {
        let array = array_of(&texts, kind);
        let from = cut.min(texts.len());
        let length = keep.min(texts.len() - from);
        let column = exact_text_column(&array.slice(from, length)).unwrap();
        let found: Vec<Option<String>> = column.iter().map(|text| text.map(str::to_owned)).collect();
        prop_assert_eq!(&found, &texts[from..from + length]);
    }

    #[test]
    fn lists_of_one_length_are_what_they_were_made_of(
        width in 0_usize..4, rows in prop::collection::vec(any::<bool>(), 0..9), cut in 0_usize..9,
    ) {
        let texts: Vec<Option<String>> = (0..rows.len() * width).map(|at| (at % 3 > 0).then(|| at.to_string())).collect();
        let values = array_of(&texts, 3);
        let field = Arc::new(Field::new("item", values.data_type().clone(), true));
        let nulls = Some(NullBuffer::from(rows.clone()));
        let array = FixedSizeListArray::try_new_with_length(field, width as i32, values, nulls, rows.len()).unwrap();
        let row = |at: usize| rows[at].then(|| texts[at * width..(at + 1) * width].to_vec());
        let all: Vec<Row> = (0..rows.len()).map(row).collect();
        let from = cut.min(rows.len());
        let mut room = u64::MAX;
        prop_assert_eq!(super::tests::texts(&array.slice(from, rows.len() - from), &mut room), slowly(&all[from..]));
    }
}

/// A million rows of one long value are as many views; laid out they would be a thousand GiB.
#[test]
fn what_repeats_is_not_laid_out() {
    let long = "a".repeat(1 << 20);
    let bytes = FixedSizeBinaryArray::try_from_iter(std::iter::once(long.as_bytes())).unwrap();
    let keys = Int32Array::from(vec![0; 1 << 20]);
    let fixed: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::new(bytes)));
    let run = RunArray::<Int32Type>::try_new(&Int32Array::from(vec![1 << 20]), &LargeStringArray::from(vec![&*long]));
    let run: ArrayRef = Arc::new(run.unwrap());
    for array in [fixed, run] {
        let column = exact_text_column(&array).unwrap();
        assert_eq!((column.len(), column.value((1 << 20) - 1)), (1 << 20, &*long), "{}", array.data_type());
    }
}

#[test]
fn a_list_of_much_text_is_refused() {
    let list = |values: usize| {
        let texts = vec![Some("a".repeat(1 << 20)); values];
        let values = dictionary(&texts, |known| Arc::new(StringArray::from(known)));
        let field = Arc::new(Field::new("item", values.data_type().clone(), true));
        ListArray::new(field, OffsetBuffer::from_lengths([texts.len()]), values, None)
    };
    assert!(exact_text_column(&list(16)).is_ok());
    assert!(exact_text_column(&list(17)).unwrap_err().what().contains("more than 16 MiB"));
    let nothing: ArrayRef = Arc::new(NullArray::new(1_000_000));
    let field = Arc::new(Field::new("item", nothing.data_type().clone(), true));
    let nothing = ListArray::new(field, OffsetBuffer::from_lengths([1_000_000]), nothing, None);
    assert_eq!(list_column(&nothing, &mut 2).unwrap().unwrap().value(0), "[]");
}
