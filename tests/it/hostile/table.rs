//! One small table of made people, in every kind of file.

use arrow::array::{ArrayRef, DictionaryArray, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::io::{Cursor, Read, Write};
use std::sync::Arc;

/// Columns that make the table an extract, a register, and a table to link.
pub(super) const COLUMNS: [&str; 10] = [
    "dash_reference",
    "dash_source",
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "nino",
    "address_1",
    "postcode_1",
    "mobile_1",
    "email_1",
];

/// Cells of a row.
pub(super) fn row(n: usize) -> Vec<String> {
    const GIVEN: [&str; 7] = ["Amina", "Bilal", "Carla", "Dawit", "Elsa", "Zoë", "Grace"];
    const FAMILY: [&str; 5] = ["Adeyemi", "Bekele", "O'Neil", "al-Farah", "Nkosi"];
    vec![
        format!("D{n}"),
        "MRP".to_owned(),
        format!("{}", 10_000 + n),
        format!("{} {}", GIVEN[n % 7], FAMILY[n % 5]),
        format!("19{:02}-{:02}-{:02}", 50 + n % 50, 1 + n % 12, 1 + n % 28),
        format!("AB{:06}C", 100_000 + n),
        format!("\"{n}\" High Street, Leeds"),
        "LS1 4AP".to_owned(),
        format!("07700900{:03}", n % 1000),
        format!("p{n}@example.com"),
    ]
}

pub(super) fn header() -> String {
    format!("{}\n", COLUMNS.join(","))
}

pub(super) fn csv(rows: usize) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).unwrap();
    (0..rows).for_each(|n| writer.write_record(row(n)).unwrap());
    writer.into_inner().unwrap()
}

pub(super) fn json_lines(rows: usize) -> Vec<u8> {
    let line = |n| {
        let cells = COLUMNS.iter().zip(row(n)).map(|(name, cell)| ((*name).to_owned(), cell.into()));
        format!("{}\n", serde_json::Value::Object(cells.collect()))
    };
    (0..rows).map(line).collect::<String>().into_bytes()
}

/// The table with names in a dictionary.
pub(super) fn batch(from: usize, to: usize) -> RecordBatch {
    let column = |at: usize| (from..to).map(move |n| row(n)[at].clone());
    let array = |at: usize| -> ArrayRef {
        if at == 3 {
            let values: Vec<String> = column(at).collect();
            return Arc::new(values.iter().map(String::as_str).collect::<DictionaryArray<Int32Type>>());
        }
        Arc::new(column(at).map(Some).collect::<StringArray>())
    };
    RecordBatch::try_from_iter(COLUMNS.iter().enumerate().map(|(at, name)| (*name, array(at)))).unwrap()
}

pub(super) fn parquet(batch: &RecordBatch, group: usize) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(group))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

pub(super) fn packed() -> IpcWriteOptions {
    IpcWriteOptions::default().try_with_compression(Some(arrow::ipc::CompressionType::LZ4_FRAME)).unwrap()
}

pub(super) fn ipc(batches: &[RecordBatch], options: IpcWriteOptions) -> Vec<u8> {
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

pub(super) fn stream(batches: &[RecordBatch], options: IpcWriteOptions) -> Vec<u8> {
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

pub(super) fn workbook(rows: usize) -> Vec<u8> {
    workbook_with(rows, |_| {})
}

/// The table as a workbook, and what `fill` adds.
pub(super) fn workbook_with(rows: usize, fill: impl FnOnce(&mut rust_xlsxwriter::Workbook)) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, name) in COLUMNS.iter().enumerate() {
        sheet.write_string(0, at as u16, *name).unwrap();
    }
    for n in 0..rows {
        for (at, cell) in row(n).iter().enumerate() {
            sheet.write_string(n as u32 + 1, at as u16, cell).unwrap();
        }
    }
    fill(&mut book);
    book.save_to_buffer().unwrap()
}

/// A workbook with its parts changed, and others added.
pub(super) fn rezip(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>, more: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        writer.start_file(&*name, options).unwrap();
        writer.write_all(&change(&name, content)).unwrap();
    }
    for (name, content) in more {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}
