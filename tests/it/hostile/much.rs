//! Small files that stand for much: counts that lie, nulls, runs, lists and dictionaries that take no bytes of their own, faults
//! in place of rows. Each is refused for what it is, or read, in little time and memory.

use super::corpus::{Nasty, changed, nasty, patched, with_column};
use super::table::{self, COLUMNS, batch, gzip, header};
use arrow::array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int32Array, Int64Array, LargeBinaryArray, LargeListArray,
    LargeStringArray, NullArray, RecordBatch, RunArray, StringArray, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int32Type};
use arrow::ipc::writer::IpcWriteOptions;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::sync::Arc;

/// All of them.
pub(super) fn all() -> Vec<Nasty> {
    [counts(), cells(), nulls(), runs(), dictionaries(), texts(), lists(), bytes(), wide(), faults()]
        .into_iter()
        .flatten()
        .collect()
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

/// One value, two thousand million times; and in many batches, for each of whose rows the file has enough bytes.
fn runs() -> Vec<Nasty> {
    const MANY: i32 = 20_000_000;
    let run = |rows: i32, value: &str| -> ArrayRef {
        let values = StringArray::from(vec![value]);
        Arc::new(RunArray::<Int32Type>::try_new(&Int32Array::from(vec![rows]), &values).unwrap())
    };
    let long = run(MANY, &"a".repeat(200_000));
    let batch = with_column(&of_all_columns(&run(MANY, "a")), "title", long);
    let batches = table::ipc(&vec![batch; 16], IpcWriteOptions::default());
    vec![
        nasty("run.arrow", ipc(of_all_columns(&run(2_000_000_000, "a"))), "rows for each of its bytes"),
        nasty("runs.arrow", batches, "times its size"),
    ]
}

/// Many batches of one row each, and one dictionary of many values that all of them point into.
fn dictionaries() -> Vec<Nasty> {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![0; 8_000_000]));
    let one = |n: usize| {
        let cell = |cell: String| -> ArrayRef { Arc::new(StringArray::from(vec![cell])) };
        let people = COLUMNS.iter().zip(table::row(n)).map(|(name, text)| (*name, cell(text)));
        let titles = DictionaryArray::new(Int32Array::from(vec![n as i32]), Arc::clone(&values));
        with_column(&RecordBatch::try_from_iter(people).unwrap(), "title", Arc::new(titles))
    };
    let batches: Vec<RecordBatch> = (0..1_500).map(one).collect();
    vec![nasty("dictionary_of_many.arrow", table::ipc(&batches, table::packed()), "")]
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

/// A file that stores the longest value once.
fn coded_parquet(batch: &RecordBatch) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_page_size_limit(64 << 20)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

/// Lists of nothing but one value: as many as a count says, and as long as the value is.
fn lists() -> Vec<Nasty> {
    let of = |lengths: Vec<usize>, value: &str| {
        let count = lengths.iter().sum();
        let coded = DictionaryArray::new(Int32Array::from(vec![0; count]), Arc::new(StringArray::from(vec![value])));
        let field = Arc::new(Field::new("item", coded.data_type().clone(), true));
        let lists = LargeListArray::new(field, OffsetBuffer::from_lengths(lengths.clone()), Arc::new(coded), None);
        with_column(&batch(0, lengths.len()), "title", Arc::new(lists))
    };
    let long = "ab".repeat(1 << 20);
    let values = of([vec![0; 19], vec![12_000_000]].concat(), "a");
    let (texts, one) = (of(vec![1; 20_000], &long), of([vec![0; 19], vec![20]].concat(), &long));
    let few = of(vec![2; 20], "a");
    vec![
        nasty("list_values.parquet", table::parquet(&values, 64), "values for each of its bytes"),
        nasty("list_texts.parquet", coded_parquet(&texts.slice(0, 2_000)), "more text than there is room"),
        nasty("list_texts.arrow", ipc(texts), "more text than there is room"),
        nasty("list_text.parquet", table::parquet(&one, 64), "more than 16 MiB"),
        nasty("list_text.arrow", ipc(one), "more than 16 MiB"),
        nasty("list_few.parquet", table::parquet(&few, 64), ""),
    ]
}

/// Bytes that a code, a run or a width stands for.
fn bytes() -> Vec<Nasty> {
    let rows = 20_000;
    let long = "ab".repeat(1 << 20);
    let keys = || Int32Array::from(vec![0; rows]);
    let fixed = FixedSizeBinaryArray::try_from_iter(std::iter::once(long.as_bytes())).unwrap();
    let fixed: ArrayRef = Arc::new(DictionaryArray::new(keys(), Arc::new(fixed)));
    let large = LargeBinaryArray::from_iter_values([long.as_bytes()]);
    let large: ArrayRef = Arc::new(DictionaryArray::new(keys(), Arc::new(large)));
    let run =
        RunArray::<Int32Type>::try_new(&Int32Array::from(vec![rows as i32]), &LargeStringArray::from(vec![&*long]));
    let run: ArrayRef = Arc::new(run.unwrap());
    let with = |titles: &ArrayRef| with_column(&batch(0, rows), "title", Arc::clone(titles));
    let wide = FixedSizeBinaryArray::try_from_iter((0..20).map(|_| vec![b'a'; 65_536])).unwrap();
    let wide = with_column(&batch(0, 20), "title", Arc::new(wide));
    let text: ArrayRef =
        Arc::new(DictionaryArray::new(keys(), Arc::new(LargeStringArray::from(vec![&*long])) as ArrayRef));
    let inner = Fields::from(vec![Field::new("a", text.data_type().clone(), true)]);
    let inside: ArrayRef = Arc::new(StructArray::new(inner, vec![text], None));
    vec![
        nasty("fixed_bytes.arrow", ipc(with(&fixed)), "times its size"),
        nasty("coded_bytes.arrow", ipc(with(&large)), "times its size"),
        nasty("coded_bytes.parquet", coded_parquet(&with(&large).slice(0, 2_000)), "times its size"),
        nasty("run_of_text.arrow", ipc(with(&run)), "times its size"),
        nasty("wide_bytes.parquet", table::parquet(&wide, 64), "have 65536 bytes each"),
        nasty("struct.parquet", coded_parquet(&with(&inside).slice(0, 2_000)), ""),
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
