use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int64Array, LargeStringArray, ListArray, NullArray, StringArray,
    TimestampMicrosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{Int32Type, Int64Type};

use super::{concat, from_polars_frame, number_text, text_column, to_polars};
use crate::frame::{Table, TextColumn};

fn check(array: impl Array + 'static, expected: &[Option<&str>]) {
    let array: ArrayRef = Arc::new(array);
    let column = text_column(&array).unwrap();
    assert_eq!(column.iter().collect::<Vec<_>>(), expected, "{}", array.data_type());
}

#[test]
fn every_flat_type_becomes_text() {
    let long = "a text of more than twelve bytes";
    check(StringArray::from(vec![Some("a"), Some(""), None, Some(long)]), &[Some("a"), None, None, Some(long)]);
    check(LargeStringArray::from(vec![Some("a"), Some("")]), &[Some("a"), None]);
    check(TextColumn::from(vec![Some(""), Some(long)]), &[None, Some(long)]);
    check(
        [Some("x"), None, Some("x"), Some("")].into_iter().collect::<DictionaryArray<Int32Type>>(),
        &[Some("x"), None, Some("x"), None],
    );
    check(BinaryArray::from(vec![Some(&b"ab"[..]), None]), &[Some("ab"), None]);
    check(Int64Array::from(vec![Some(9_007_199_254_740_993), Some(-1)]), &[Some("9007199254740993"), Some("-1")]);
    check(UInt64Array::from(vec![u64::MAX]), &[Some("18446744073709551615")]);
    check(
        Float64Array::from(vec![3.0, 0.1, -0.0, 1e21, f64::NAN]),
        &[Some("3"), Some("0.1"), Some("0"), Some("1000000000000000000000"), None],
    );
    check(Float32Array::from(vec![0.1, 2.0]), &[Some("0.1"), Some("2")]);
    check(BooleanArray::from(vec![Some(true), None]), &[Some("true"), None]);
    check(NullArray::new(2), &[None, None]);
    check(
        Decimal128Array::from(vec![12300, 12345]).with_precision_and_scale(10, 2).unwrap(),
        &[Some("123"), Some("123.45")],
    );
    let keys = arrow::array::Int32Array::from(vec![1, 0]);
    let values: ArrayRef = Arc::new(Int64Array::from(vec![7, 8]));
    check(DictionaryArray::new(keys, values), &[Some("8"), Some("7")]);
    // More values than rows, of which no more is looked at than the rows name.
    let values: ArrayRef =
        Arc::new(Int64Array::from(vec![Some(5), Some(6), None, Some(7), Some(8), Some(9), Some(10)]));
    let keys = |keys: Vec<Option<i32>>| arrow::array::Int32Array::from(keys);
    let few = DictionaryArray::new(keys(vec![Some(4), None, Some(0), Some(2), Some(4)]), values);
    check(few.clone(), &[Some("8"), None, Some("5"), None, Some("8")]);
    check(few.slice(1, 2), &[None, Some("5")]);
    check(few.slice(1, 1), &[None]);
    check(few.slice(2, 0), &[]);
}

#[test]
fn dates_and_times_are_written_alike() {
    check(Date32Array::from(vec![Some(0), Some(-25567), None]), &[Some("1970-01-01"), Some("1900-01-01"), None]);
    check(Date64Array::from(vec![86_400_000]), &[Some("1970-01-02")]);
    check(TimestampSecondArray::from(vec![86_400, 86_461]), &[Some("1970-01-02"), Some("1970-01-02T00:01:01")]);
    check(TimestampMicrosecondArray::from(vec![-1]), &[Some("1969-12-31T23:59:59")]);
    // Midnight of 1 July 1985 in London is 23:00 of the day before in UTC.
    let summer = vec![489_020_400];
    check(TimestampSecondArray::from(summer.clone()).with_timezone("Europe/London"), &[Some("1985-07-01")]);
    check(TimestampSecondArray::from(summer).with_timezone("+01:00"), &[Some("1985-07-01")]);
    check(TimestampSecondArray::from(vec![i64::MAX]), &[None]);
}

#[test]
fn what_cannot_be_text_is_an_error() {
    let map = arrow::array::StructArray::from(vec![(
        std::sync::Arc::new(arrow::datatypes::Field::new("a", arrow::datatypes::DataType::Int64, true)),
        std::sync::Arc::new(arrow::array::Int64Array::from(vec![1])) as arrow::array::ArrayRef,
    )]);
    assert!(text_column(&map).is_err());
    assert!(text_column(&BinaryArray::from(vec![&b"\xff\xfe"[..]])).is_err());
}

#[test]
fn lists_are_json() {
    let list =
        ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None, Some(20)]), None, Some(vec![])]);
    assert_eq!(text_column(&list).unwrap().iter().collect::<Vec<_>>(), [Some("[\"1\",\"20\"]"), None, Some("[]")]);
}

#[test]
fn numbers_are_short() {
    assert_eq!(number_text(10_000_476.0), "10000476");
    assert_eq!(number_text(1.5), "1.5");
    assert_eq!(number_text(f64::INFINITY), "");
}

#[test]
fn tables_cross_to_polars_and_back() {
    let long = "longer than the twelve bytes of a view";
    let column = TextColumn::from(vec![Some("a"), None, Some(long), Some(long), Some("é")]);
    for (from, rows) in [(0, 5), (1, 3), (5, 0), (0, 1)] {
        let part = column.slice(from, rows);
        let table = Table::new(vec![("x".to_owned(), part.clone()), ("y".to_owned(), part.clone())]);
        let back = from_polars_frame(&to_polars(&table).unwrap()).unwrap();
        assert_eq!(back.names(), ["x", "y"]);
        assert_eq!(back.column("y").unwrap(), &part);
    }
    let mut twice = to_polars(&Table::new(vec![("x".to_owned(), column.clone())])).unwrap();
    twice.vstack_mut(&twice.clone()).unwrap();
    assert_eq!(from_polars_frame(&twice).unwrap().column("x").unwrap(), &concat(&[column.clone(), column]).unwrap());
}
