//! The same table in every kind of file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow::array::{
    Array, ArrayRef, Date32Array, DictionaryArray, Int64Array, LargeStringArray, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Int32Type};
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::error::Error;
use crate::ingest::parquet::{Piece, pieces};
use crate::ingest::source::beginning;
use crate::ingest::{Format, Input, Limits, Reader, Reject, digest, expand, lasting, load, remark};
use crate::model::schema::{ANY, EXTRACT, REGISTER};

type Row = Vec<Option<String>>;

const NAMES: [&str; 5] = ["nino", "surname", "forename", "date_of_birth", "address"];

/// Row `n` of the table that all files hold.
fn row(n: i32) -> Row {
    let long = format!("{n} Acacia Avenue, \"The Elms\",\nLittle Snoring");
    let text = |text: String| if n % 7 == 0 { None } else { Some(text) };
    vec![
        Some(format!("{}", 10_000_000 + n)),
        text(format!("Surname{}", n % 50)),
        text(["Ann", "Bo", "Çelik"][n as usize % 3].to_owned()),
        Some(format!("19{:02}-01-02", 70 + n % 30)),
        text(long),
    ]
}

fn rows(count: i32) -> Vec<Row> {
    (0..count).map(row).collect()
}

fn csv(count: i32) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(NAMES).unwrap();
    for row in rows(count) {
        writer.write_record(row.iter().map(|value| value.as_deref().unwrap_or(""))).unwrap();
    }
    writer.into_inner().unwrap()
}

/// The table in columns of many types.
fn batch(from: i32, to: i32) -> RecordBatch {
    let rows: Vec<Row> = (from..to).map(row).collect();
    let pick = |index: usize| rows.iter().map(move |row| row[index].as_deref());
    let numbers: Int64Array = pick(0).map(|text| text.map(|text| text.parse::<i64>().unwrap())).collect();
    let surnames: DictionaryArray<Int32Type> = pick(1).collect();
    let forenames: StringArray = pick(2).map(|text| text.or(Some(""))).collect();
    let days: StringArray = pick(3).collect();
    let days = arrow::compute::cast(&days, &DataType::Date32).unwrap();
    let days: Date32Array = days.as_any().downcast_ref::<Date32Array>().unwrap().clone();
    let addresses: LargeStringArray = pick(4).collect();
    let columns: [ArrayRef; 5] =
        [Arc::new(numbers), Arc::new(surnames), Arc::new(forenames), Arc::new(days), Arc::new(addresses)];
    RecordBatch::try_from_iter_with_nullable(NAMES.iter().zip(columns).map(|(name, column)| (*name, column, true)))
        .unwrap()
}

fn parquet(path: &Path, count: i32, group: usize) {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_data_page_row_count_limit(1000)
        .set_write_batch_size(500)
        .set_max_row_group_row_count(Some(group))
        .build();
    let batch = batch(0, count);
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn ipc(path: &Path, count: i32, step: i32, options: IpcWriteOptions) {
    let file = File::create(path).unwrap();
    let mut writer = FileWriter::try_new_with_options(file, &batch(0, 0).schema(), options).unwrap();
    // One dictionary for all batches, as the file format asks.
    let whole = batch(0, count);
    for from in (0..count).step_by(step as usize) {
        writer.write(&whole.slice(from as usize, step.min(count - from) as usize)).unwrap();
    }
    writer.finish().unwrap();
}

fn stream(count: i32, step: i32) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch(0, 0).schema()).unwrap();
    for from in (0..count).step_by(step as usize) {
        writer.write(&batch(from, count.min(from + step))).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

/// Reads by batches, and puts the rows in order.
fn read(path: &Path, wanted: &[&str], batch_rows: usize, threads: usize) -> Vec<Row> {
    let reader = Reader::open(&Input::Path(path.to_path_buf()), &REGISTER).unwrap();
    let found = Mutex::new(Vec::new());
    let run = || {
        reader.for_each(wanted, batch_rows, &|batch| {
            assert!(batch.table.rows() <= batch_rows && batch.table.rows() > 0);
            let values = |row| {
                batch.table.names().iter().map(|name| batch.table.value(name, row).map(str::to_owned)).collect::<Row>()
            };
            let rows = (0..batch.table.rows()).map(|row| (batch.first_row + row as u64, values(row)));
            found.lock().unwrap().extend(rows);
            Ok(())
        })
    };
    let faults = crate::util::parallel::in_pool(threads, run).unwrap().unwrap();
    assert_eq!(faults, super::super::Faults::default());
    let mut found = found.into_inner().unwrap();
    found.sort();
    assert!(found.iter().enumerate().all(|(place, (row, _))| place as u64 == *row), "each row once");
    if let Some(rows) = reader.rows_hint() {
        assert_eq!(rows, found.len() as u64);
    }
    found.into_iter().map(|(_, row)| row).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Every kind of file with the same table.
fn every_kind(folder: &Path, count: i32) -> Vec<(PathBuf, Format)> {
    let text = csv(count);
    let (front, back) = text.split_at(text.len() / 2);
    let marked = [b"\xef\xbb\xbf".as_slice(), &text].concat();
    let packed = IpcWriteOptions::default().try_with_compression(Some(arrow::ipc::CompressionType::ZSTD)).unwrap();
    parquet(&folder.join("small.parquet"), count, 700);
    parquet(&folder.join("one.parquet"), count, 1 << 20);
    ipc(&folder.join("many.arrow"), count, 300, IpcWriteOptions::default());
    ipc(&folder.join("one.arrow"), count, count.max(1), IpcWriteOptions::default());
    ipc(&folder.join("packed.arrow"), count, 1000, packed);
    write(folder, "stream.arrows", &stream(count, 400));
    write(folder, "a.csv", &text);
    write(folder, "marked.csv", &marked);
    write(folder, "a.csv.gz", &gzip(&text));
    write(folder, "members.csv.gz", &[gzip(front), gzip(back)].concat());
    write(folder, "a.csv.zst", &zstd::encode_all(&text[..], 1).unwrap());
    let kinds = [
        ("small.parquet", Format::Parquet),
        ("one.parquet", Format::Parquet),
        ("many.arrow", Format::Ipc),
        ("one.arrow", Format::Ipc),
        ("packed.arrow", Format::Ipc),
        ("stream.arrows", Format::IpcStream),
        ("a.csv", Format::Csv),
        ("marked.csv", Format::Csv),
        ("a.csv.gz", Format::CsvGz),
        ("members.csv.gz", Format::CsvGz),
        ("a.csv.zst", Format::CsvZst),
    ];
    kinds.into_iter().map(|(name, format)| (folder.join(name), format)).collect()
}

#[test]
fn every_kind_of_file_gives_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let expected = rows(5000);
    for (path, format) in every_kind(folder.path(), 5000) {
        for (batch_rows, threads) in [(100_000, 1), (700, 2), (33, 5)] {
            assert_eq!(read(&path, &NAMES, batch_rows, threads), expected, "{}", path.display());
        }
        let some: Vec<Row> = expected.iter().map(|row| vec![row[4].clone(), row[0].clone()]).collect();
        assert_eq!(read(&path, &["address", "phone", "nino"], 1000, 2), some, "{}", path.display());
        assert_eq!(read(&path, &["phone"], 1000, 2).len(), 5000, "{}", path.display());
        let loaded = load(&Input::Path(path.clone()), &REGISTER, &Limits::default()).unwrap();
        assert_eq!(loaded.format, format);
        assert_eq!(loaded.table.rows(), 5000);
        assert_eq!(loaded.row_numbers, (1..=5000).collect::<Vec<u64>>());
        assert_eq!(loaded.table.value("address", 4999), expected[4999][4].as_deref());
        assert_eq!(loaded.sha256, digest(&Input::Path(path)).unwrap());
    }
}

#[test]
fn every_kind_of_file_may_have_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    for (path, _) in every_kind(folder.path(), 0) {
        assert_eq!(read(&path, &NAMES, 10, 2), Vec::<Row>::new(), "{}", path.display());
        let loaded = load(&Input::Path(path), &REGISTER, &Limits::default()).unwrap();
        assert_eq!((loaded.table.rows(), loaded.table.names().len()), (0, 5));
    }
}

#[test]
fn damaged_files_get_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    for (path, format) in every_kind(folder.path(), 2000) {
        let good = fs::read(&path).unwrap();
        let input = Input::Path(folder.path().join("damaged"));
        let load = |bytes: &[u8]| {
            fs::write(folder.path().join("damaged"), bytes).unwrap();
            // A changed byte of text may go unseen, a cut in the last row of plain text too; what matters is that
            // nothing panics or hangs.
            load(&input, &REGISTER, &Limits::default()).map(|loaded| loaded.table.rows())
        };
        for at in (0..good.len()).step_by(good.len() / 40) {
            let mut bad = good.clone();
            bad[at..(at + 3).min(good.len())].fill(0xfe);
            let _ = load(&bad);
            let rows = load(&good[..at]);
            assert!(rows.is_err() || rows.unwrap() < 2000 || format == Format::Csv, "{} cut at {at}", path.display());
        }
    }
}

#[test]
fn large_row_groups_are_split() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.parquet");
    let count = 300_000;
    parquet(&path, count, 1 << 20);
    let found = read(&path, &["nino", "address"], 50_000, 3);
    let expected: Vec<Row> = rows(count).into_iter().map(|row| vec![row[0].clone(), row[4].clone()]).collect();
    assert!(found == expected);
    let cut: Vec<_> = pieces(&[10, 0, 300_000])
        .into_iter()
        .map(|Piece { group, skip, rows, first_row }| (group, skip, rows, first_row))
        .collect();
    assert_eq!(
        cut,
        [(0, 0, 10, 0), (2, 0, 100_000, 10), (2, 100_000, 100_000, 100_010), (2, 200_000, 100_000, 200_010)]
    );
}

#[test]
fn faulty_rows_of_an_extract_are_rejects() {
    let folder = tempfile::tempdir().unwrap();
    let text = b"dash_reference,dash_source,cid_person_id,full_name,date_of_birth\r\n\
        1,MRP,11,Ann,2000-01-01\r\n2,MRP,12,Bo,2000-01-02,x\r\n\r\n3,MRP,13,Z\xfcl,2000-01-03\r\n4,MRP,14\r\n5,\"MRP\",15,\"A, \"\"B\"\"\",\r\n";
    let path = write(folder.path(), "extract.csv", text);
    let loaded = load(&Input::Path(path.clone()), &EXTRACT, &Limits::default()).unwrap();
    let names: Vec<_> = (0..loaded.table.rows()).map(|row| loaded.table.value("full_name", row)).collect();
    assert_eq!(names, [Some("Ann"), None, Some("A, \"B\"")]);
    assert_eq!(loaded.row_numbers, [1, 4, 5]);
    let rejects: Vec<_> = loaded.rejects.iter().map(|reject| (reject.row, reject.reason)).collect();
    assert_eq!(rejects, [(2, Reject::TOO_MANY_FIELDS), (3, Reject::BAD_TEXT)]);
    assert_eq!(loaded.rejects[1].first_fields, ["3", "MRP", "13", "Zül", "2000-01-03"]);
    let remarks: Vec<_> = loaded.cell_remarks.iter().map(|remark| (remark.row, remark.reason)).collect();
    assert_eq!(remarks, [(4, remark::TOO_FEW_FIELDS)]);
    let reader = Reader::open(&Input::Path(path), &EXTRACT).unwrap();
    let faults = reader.for_each(&["full_name"], 10, &|_| Ok(())).unwrap();
    assert_eq!((faults.ragged_rows, faults.bad_text_rows), (2, 1));
    assert_eq!((faults.first_ragged, faults.first_bad_text), (vec![2, 4], vec![3]));
}

#[test]
fn tiny_chunks_give_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    for (path, format) in
        every_kind(folder.path(), 60).into_iter().filter(|(path, _)| path.to_string_lossy().contains("csv"))
    {
        let bytes = crate::store::map_file(&path).unwrap();
        let mut text = crate::ingest::text::Text::open(bytes, format, "a").unwrap();
        for target in [1, 100, 1000] {
            text.target = target;
            let found = Mutex::new(Vec::new());
            text.for_each_chunk(&[4, 0], &|parsed, first| {
                let column = |index: usize| parsed.columns[index].iter().map(|text| text.map(str::to_owned));
                let rows = column(0).zip(column(1)).enumerate();
                found.lock().unwrap().extend(rows.map(|(row, values)| (first + row as u64, values)));
                Ok(())
            })
            .unwrap();
            let mut found = found.into_inner().unwrap();
            found.sort();
            let expected: Vec<_> =
                rows(60).into_iter().enumerate().map(|(n, row)| (n as u64, (row[4].clone(), row[0].clone()))).collect();
            assert_eq!(found, expected, "{} {target}", path.display());
        }
    }
}

#[test]
fn the_first_error_of_the_work_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    for (path, _) in every_kind(folder.path(), 3000) {
        let reader = Reader::open(&Input::Path(path), &REGISTER).unwrap();
        let error = reader.for_each(&["nino"], 100, &|batch| {
            if batch.first_row >= 100 { Err(Error::limit(format!("stop {}", batch.first_row))) } else { Ok(()) }
        });
        assert!(error.unwrap_err().what().starts_with("stop"));
    }
}

#[test]
fn paths_and_globs_expand_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.csv", "a.csv", "c[1].csv", "d.txt"] {
        write(folder.path(), name, b"x");
    }
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let names = |pattern: &str| expand(&path(pattern)).map(|inputs| inputs.iter().map(Input::name).collect::<Vec<_>>());
    assert_eq!(names("*.csv").unwrap(), ["a.csv", "b.csv", "c[1].csv"]);
    assert_eq!(names("c[1].csv").unwrap(), ["c[1].csv"]);
    assert_eq!(expand("-").unwrap(), [Input::Stdin]);
    for missing in ["", "*.parquet", "e.csv"] {
        let error = names(missing).unwrap_err();
        assert!(error.hint_text().is_some(), "{missing}");
    }
}

#[test]
fn a_pattern_is_told_from_a_name_that_looks_like_one() {
    let home = tempfile::tempdir().unwrap();
    // Each letter of names that look like patterns, next to each other letter.
    for name in ["a", "[1]", "[]", "*?", "[[]]", "][", "[*]", "[?][", "]]"] {
        let folder = home.path().join(name);
        fs::create_dir(&folder).unwrap();
        write(&folder, "x.csv", b"x");
        let file = lasting(&folder.join("x.csv").display().to_string()).unwrap();
        assert_eq!(beginning(&file), folder.join("x.csv"));
        assert_eq!(beginning(&file.replace("x.csv", "*.csv")), folder);
        assert_eq!(expand(&file).unwrap(), [Input::Path(folder.join("x.csv"))]);
    }
    assert_eq!(beginning("*.csv"), Path::new("."));
    assert_eq!(beginning("/a/b*/c/*.csv"), Path::new("/a"));
    assert_eq!(beginning("/a/[bc]/c"), Path::new("/a"));
}

#[test]
fn a_file_is_read_for_its_digest_once_and_refused_when_it_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.csv", b"nino\nAB123456C\n");
    let reader = Reader::open(&Input::Path(path.clone()), &ANY).unwrap();
    let sum = digest(&Input::Path(path.clone())).unwrap();
    assert_eq!(reader.sha256().unwrap(), sum);
    // Nothing but reading would tell this.
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let time = file.metadata().unwrap().modified().unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"B", 5).unwrap();
    file.set_modified(time).unwrap();
    assert_ne!(digest(&Input::Path(path)).unwrap(), sum);
    assert_eq!(reader.sha256().unwrap(), sum);
    file.set_modified(time + std::time::Duration::from_secs(1)).unwrap();
    assert!(reader.sha256().unwrap_err().what().contains("changed"));
}

#[test]
fn faults_count_as_what_they_take() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faulty.csv");
    for (line, reads) in [("1,a\n", false), ("1,\u{a3},c,d,e,f\n", false), ("1,a,b,c,d\n", true)] {
        fs::write(&path, format!("{}\n{}", NAMES.join(","), line.repeat(10_000))).unwrap();
        let limits = Limits { table_bytes: 4_000_000, ..Limits::SAFE };
        let loaded = load(&Input::Path(path.clone()), &REGISTER, &limits);
        assert_eq!(loaded.map_err(|error| error.what().to_owned()).is_ok(), reads, "{line}");
        let whole = load(&Input::Path(path.clone()), &REGISTER, &Limits::SAFE).unwrap();
        assert_eq!(whole.table.rows() + whole.rejects.len(), 10_000, "{line}");
    }
}

#[test]
fn rows_that_lack_most_of_their_fields_come_in_smaller_chunks() {
    use crate::ingest::text::{CHUNK_BYTES, Text};
    const ROWS: u64 = 2_000_000;
    const FIELDS: u64 = 100;
    let header: Vec<String> = (0..FIELDS).map(|n| format!("c{n}")).collect();
    let bytes = format!("{}\n{}", header.join(","), "a\n".repeat(ROWS as usize)).into_bytes();
    let text = Text::open(arrow::buffer::Buffer::from_vec(bytes), Format::Csv, "a.csv").unwrap();
    let found = Mutex::new(Vec::new());
    text.for_each_chunk(&[0], &|parsed, first| {
        found.lock().unwrap().push((first, parsed.columns[0].len() as u64));
        Ok(())
    })
    .unwrap();
    let mut found = found.into_inner().unwrap();
    found.sort_unstable();
    assert_eq!(found.iter().map(|(_, rows)| rows).sum::<u64>(), ROWS);
    assert!(found.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0));
    let most = found.iter().map(|(_, rows)| rows * FIELDS).max().unwrap();
    assert!(most <= 2 * CHUNK_BYTES as u64, "{most} values in a chunk");
}

#[test]
fn other_marks_than_commas_are_told_and_commas_never_doubted() {
    let folder = tempfile::tempdir().unwrap();
    let open = |text: &[u8]| {
        let path = write(folder.path(), "marks.csv", text);
        load(&Input::Path(path), &ANY, &Limits::default()).map(|loaded| loaded.table.names().len())
    };
    let marks =
        |text: &[u8]| open(text).unwrap_err().what().split(" parted by ").nth(1).map(|rest| rest[..4].to_owned());
    for (text, want) in [
        (&b"id;name\n1;Ann\n"[..], "semi"),
        (b"\xef\xbb\xbfid;name\r\n", "semi"),
        (b"id\tname\n1\tAnn, B\n", "tabs"),
        (b"id|name\n1|\"A|B\"\n", "bars"),
        // Commas in the header or in values, which part the rows into other numbers of fields.
        (b"name, first;born\nAnn Lee;1980\nBo Ek;1981\n", "semi"),
        (b"name;amount\nAnn;1,5\nBo;2\n", "semi"),
    ] {
        assert_eq!(marks(text).as_deref(), Some(want), "{}", String::from_utf8_lossy(text));
    }
    for (text, columns) in [
        (&b"id,name\n1,Ann\n"[..], 2),
        (b"name\nAnn; Lee\n", 1),
        (b"id,\"codes (a;b;c)\"\n1,x;y;z\n2,u;v;w\n", 2),
        // One row that is too long, and a mark that is in a value of each.
        (b"nino,surname,forename,birth_date,notes|x\nA,B,C,D,a|b\nA,B,C,D,a|b\nA,B,C,D,a|b,E\n", 5),
        // Rows that are ragged either way.
        (b"id,codes;more\n1\n2,x;y,z\n3,a;b\n", 2),
    ] {
        assert_eq!(open(text).unwrap(), columns, "{}", String::from_utf8_lossy(text));
    }
}
