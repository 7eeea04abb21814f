//! Small files that stand for much: counts that lie, nulls, runs, lists and dictionaries that take no bytes of their own, faults
//! in place of rows. Each is refused for what it is, or read, in little time and memory.

use super::corpus::{Nasty, changed, nasty, patched, with_column};
use super::table::{self, COLUMNS, batch, gzip, header};
use arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, LargeListArray, NullArray, RecordBatch, RunArray, StringArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int32Type};
use arrow::ipc::writer::IpcWriteOptions;
use std::sync::Arc;

/// All of them.
pub(super) fn all() -> Vec<Nasty> {
    [counts(), cells(), nulls(), runs(), texts(), wide(), faults()].into_iter().flatten().collect()
}

/// Workbooks whose table of texts says that it has ten thousand million, each behind something else that says it has one.
fn counts() -> Vec<Nasty> {
    let much = "<sst uniqueCount=\"9999999999\"";
    let late = format!("<!-- {} -->{much}", "x".repeat(20_000));
    let shapes = [
        ("comment", format!("<!-- <sst uniqueCount=\"1\"> -->{much}")),
        ("instruction", format!("<?sst uniqueCount=\"1\"?>{much}")),
        ("attribute", "<sst a=\"uniqueCount=1\" uniqueCount=\"9999999999\"".to_owned()),
        ("late", late),
        ("apart", "<sst\tuniqueCount \n = ' 9999999999'".to_owned()),
        ("prefix", "<x:sst xmlns:x=\"a\" uniqueCount=\"9999999999\"/><sst".to_owned()),
    ];
    let case = |(name, to): (&str, String)| {
        nasty(&format!("count_{name}.xlsx"), changed("sharedStrings.xml", "<sst", &to), "larger than it can be")
    };
    shapes.into_iter().map(case).collect()
}

/// A row in which one text stands in one cell over and over.
fn cells() -> Vec<Nasty> {
    let cell = format!("<c r=\"A5\" t=\"inlineStr\"><is><t>{}</t></is></c>", "a".repeat(2_000));
    let row = |cells: usize| format!("<row r=\"5\">{}</row></sheetData>", cell.repeat(cells));
    vec![
        nasty("same_cell.xlsx", changed("sheet1.xml", "</sheetData>", &row(2)), "damaged workbook"),
        nasty("same_cells.xlsx", changed("sheet1.xml", "</sheetData>", &row(10_000)), "damaged workbook"),
    ]
}

fn ipc(batch: RecordBatch) -> Vec<u8> {
    table::ipc(&[batch], IpcWriteOptions::default())
}

fn of_all_columns(column: &ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(COLUMNS.iter().map(|name| (*name, Arc::clone(column), true))).unwrap()
}

/// Rows and lists of nothing, in any number.
fn nulls() -> Vec<Nasty> {
    const FEW: usize = 1_048_573;
    let offsets = OffsetBuffer::from_lengths((0..20).map(|row| if row == 19 { FEW } else { 0 }));
    let field = Arc::new(Field::new("item", DataType::Null, true));
    let lists = LargeListArray::new(field, offsets, Arc::new(NullArray::new(FEW)), None);
    let lists = ipc(with_column(&batch(0, 20), "title", Arc::new(lists)));
    let long = |length: i64| patched(&lists, &(FEW as i64).to_le_bytes(), &length.to_le_bytes(), usize::MAX);
    let rows: ArrayRef = Arc::new(NullArray::new(777));
    let rows = ipc(of_all_columns(&rows));
    let many = |rows_said: i64| patched(&rows, &777_i64.to_le_bytes(), &rows_said.to_le_bytes(), usize::MAX);
    vec![
        nasty("list.arrow", lists.clone(), ""),
        nasty("list_33.arrow", long(1 << 33), "values for each of its bytes"),
        nasty("list_40.arrow", long(1 << 40), "values for each of its bytes"),
        nasty("list_62.arrow", long(1 << 62), "for each of its bytes"),
        nasty("null_rows.arrow", many(100_000_000), "rows for each of its bytes"),
        nasty("null_rows_more.arrow", many(2_000_000_000), "rows for each of its bytes"),
    ]
}

/// One value, two thousand million times.
fn runs() -> Vec<Nasty> {
    let run = RunArray::<Int32Type>::try_new(&Int32Array::from(vec![2_000_000_000]), &StringArray::from(vec!["a"]));
    let run: ArrayRef = Arc::new(run.unwrap());
    vec![nasty("run.arrow", ipc(of_all_columns(&run)), "rows for each of its bytes")]
}

/// A dictionary of one value of two million letters, for each of many rows.
fn texts() -> Vec<Nasty> {
    let rows = 20_000;
    let values = StringArray::from(vec!["ab".repeat(1 << 20)]);
    let keys = Int32Array::from(vec![0; rows]);
    let titles: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::new(values)));
    let table = with_column(&batch(0, rows), "title", titles);
    vec![
        nasty("dictionary.parquet", table::parquet(&table, 1 << 20), "times its size"),
        nasty("dictionary.arrow", ipc(table), "times its size"),
    ]
}

/// Tables of more columns than any has.
fn wide() -> Vec<Nasty> {
    let column: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let names: Vec<String> = (0..20_000).map(|n| format!("c{n}")).collect();
    let table = RecordBatch::try_from_iter(names.iter().map(|name| (name, Arc::clone(&column)))).unwrap();
    let keys = |count: usize| {
        let keys: Vec<String> = (0..count).map(|n| format!("\"k{n}\":1")).collect();
        format!("{{{}}}\n", keys.join(","))
    };
    vec![
        nasty("columns.parquet", table::parquet(&table, 64), "more than 4096"),
        nasty("columns.arrow", ipc(table), "more than 4096"),
        nasty("lacking.jsonl", format!("{}{}", "{\"a\":1}\n".repeat(300_000), keys(4_000)), "that its objects lack"),
        nasty("object.jsonl", keys(150_000), "different keys"),
    ]
}

/// Rows that are nothing but faults, which are listed of an extract and counted of a register.
fn faults() -> Vec<Nasty> {
    let lines = |line: &[u8], count: usize| gzip(&[header().as_bytes(), &line.repeat(count)].concat());
    vec![nasty("no_text.csv.gz", lines(b"\xff\n", 16 << 20), ""), nasty("short.csv.gz", lines(b"a\n", 24 << 20), "")]
}
