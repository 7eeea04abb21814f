//! Nasty files, made anew in each run.

use super::table::{self, COLUMNS, batch, gzip, header, rezip, row, workbook, workbook_with};
use arrow::array::{ArrayRef, Int32Array, LargeStringArray, ListArray, RecordBatch, StringArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use std::sync::Arc;

/// A file, and what has to be said of it: by every command that refuses it, and by `check`, which reads all.
pub(super) struct Nasty {
    pub name: String,
    pub bytes: Vec<u8>,
    /// A part of the error with which every command refuses the file; empty where it may be read.
    pub refused: &'static str,
    /// A part of what `check` says of it.
    pub checked: &'static str,
}

pub(super) fn nasty(name: &str, bytes: impl Into<Vec<u8>>, refused: &'static str) -> Nasty {
    Nasty { name: name.to_owned(), bytes: bytes.into(), refused, checked: "" }
}

fn told(name: &str, bytes: Vec<u8>, checked: &'static str) -> Nasty {
    Nasty { name: name.to_owned(), bytes, refused: "", checked }
}

/// All of them.
pub(super) fn all() -> Vec<Nasty> {
    [texts(), packed_texts(), json(), workbooks(), hidden(), cells(), parquet(), arrow()]
        .into_iter()
        .flatten()
        .collect()
}

fn line(n: usize) -> String {
    let quoted: Vec<String> = row(n).iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    format!("{}\n", quoted.join(","))
}

/// A table in which the full name of the first row is `name`.
fn with_name(name: &str) -> Vec<u8> {
    let mut cells = row(0);
    name.clone_into(&mut cells[3]);
    let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    format!("{}{}\n{}", header(), quoted.join(","), line(1)).into_bytes()
}

fn texts() -> Vec<Nasty> {
    let plain = table::csv(20);
    let text = String::from_utf8(plain.clone()).unwrap();
    let mut bad = with_name("Jos");
    let at = bad.windows(3).position(|three| three == b"Jos").unwrap();
    bad.insert(at + 3, 0xe9);
    let wide: String = (0..5_000).map(|n| format!("c{n},")).collect();
    let name = |letter: &str, count: usize| with_name(&letter.repeat(count));
    vec![
        nasty("empty.csv", "", "is empty"),
        nasty("blank.csv", "\n\r\n\n", "is empty"),
        nasty("mark_alone.csv", b"\xef\xbb\xbf".as_slice(), "is empty"),
        nasty("nul.csv", with_name("A\0B"), ""),
        nasty("nul_header.csv", text.replacen("full_name", "full\0name", 1), ""),
        nasty("mixed_ends.csv", text.replacen("\n", "\r\n", 7).replacen("\r\n", "\r", 3), ""),
        nasty("returns_alone.csv", text.replace('\n', "\r"), ""),
        nasty("bad_utf8.csv", bad, ""),
        nasty("no_utf8.csv", [header().as_bytes(), &vec![0xff; 5_000], b"\n"].concat(), ""),
        nasty("utf16.csv", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), ""),
        nasty("unclosed.csv", format!("{text}\"D,"), "ends inside quotes"),
        nasty("unclosed_first.csv", format!("{}\"{}", header(), "a,b\n".repeat(100)), "ends inside quotes"),
        nasty("quotes.csv", format!("{}{}\n", header(), "\"".repeat(100_001)), ""),
        nasty("stray_quotes.csv", format!("{}{}", header(), "D\"1\"\"\",\"x\"y\"z,,,\"\n".repeat(50)), ""),
        nasty(
            "long_field.csv",
            [header().as_bytes(), b"D1,M,1,\"", &vec![b'a'; 100 << 20], b"\"\n"].concat(),
            "more than 16 MiB",
        ),
        nasty("long_line.csv", [header().as_bytes(), &vec![b'a'; 100 << 20]].concat(), "more than 16 MiB"),
        nasty("long_header.csv", vec![b'a'; 3 << 20], "is no header"),
        nasty("commas.csv", format!("{}{}\n", header(), ",".repeat(1 << 20)), ""),
        nasty("wide_header.csv", format!("{wide}\n"), "is no header"),
        nasty("twice.csv", text.replacen("nino", "full_name", 1), ""),
        nasty("ragged.csv", format!("{text}a\na,b\n{}\n", "z,".repeat(500)), ""),
        nasty("formulas.csv", with_name("=cmd|' /C calc'!A1"), ""),
        nasty("ten_thousand.csv", name("A", 10_000), ""),
        nasty("ten_thousand_words.csv", name("Ab ", 10_000), ""),
        nasty("ten_thousand_marks.csv", name("e\u{301}\u{327}", 3_000), ""),
        nasty("right_to_left.csv", with_name("\u{202e}محمد عبد\u{202c} אברהם"), ""),
        nasty("zero_width.csv", with_name("A\u{200b}mi\u{200d}na\u{feff} Ade\u{2060}yemi"), ""),
        nasty("homoglyphs.csv", with_name("Аmіnа Αdеуеmі"), ""),
        nasty("emoji.csv", with_name("👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 Amina"), ""),
        nasty("controls.csv", with_name("A\u{1}\u{1b}[31mmina\u{7f}\u{85}\u{2028}Li"), ""),
        nasty(
            "dates_as_numbers.csv",
            dates(&["45000", "20160430", "1e5", "-1", "0", "99999999999999999999", "NaN", "2016-02-30"]),
            "",
        ),
        nasty(
            "long_dates.csv",
            dates(&["1".repeat(10_000).as_str(), "１９８４－０７－１９", "1984/7/19/1984/7/19"]),
            "",
        ),
    ]
}

/// Rows with these birth dates.
fn dates(texts: &[&str]) -> Vec<u8> {
    let line = |(n, date): (usize, &&str)| {
        let mut cells = row(n);
        (**date).clone_into(&mut cells[4]);
        cells[6].clear();
        format!("{}\n", cells.join(","))
    };
    let lines: String = texts.iter().enumerate().map(line).collect();
    format!("{}{lines}", header()).into_bytes()
}

fn packed_texts() -> Vec<Nasty> {
    let plain = table::csv(20);
    let endless = [header().as_bytes(), &vec![b'a'; 64 << 20]].concat();
    let zst = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    // A window of 2 GiB, which the one who unpacks must hold.
    let mut window = zst(&plain);
    window[4] = 0;
    window[5] = 0xa8;
    vec![
        nasty("bomb.csv.gz", gzip(&endless), "more than 16 MiB"),
        nasty("bomb.csv.zst", zst(&endless), "more than 16 MiB"),
        nasty("nested.csv.gz", gzip(&gzip(&plain)), ""),
        nasty("cut.csv.gz", &gzip(&plain)[..60], "gzip"),
        nasty("cut.csv.zst", &zst(&plain)[..60], "zstd"),
        nasty("window.csv.zst", window, "zstd"),
        nasty("many.csv.gz", gzip(&plain).repeat(500), ""),
        nasty("tail.csv.gz", [gzip(&plain), vec![7; 1000]].concat(), ""),
    ]
}

fn json() -> Vec<Nasty> {
    let plain = String::from_utf8(table::json_lines(20)).unwrap();
    let keys: String = (0..5_000).map(|n| format!("{{\"k{n}\":1}}\n")).collect();
    vec![
        nasty("deep.jsonl", format!("{{\"a\":{}", "[".repeat(200_000)), "is not one object"),
        nasty("deep_objects.jsonl", format!("{plain}{}", "{\"a\":".repeat(200_000)), "is not one object"),
        nasty("keys.jsonl", keys, "different keys"),
        nasty("numbers.jsonl", plain.replacen("\"D1\"", "1e999", 1).replacen("\"D2\"", "-0.0e-999", 1), ""),
        nasty("surrogate.jsonl", plain.replacen("Amina", "\\ud800", 1), ""),
        nasty("twice.jsonl", plain.replacen("\"nino\":", "\"nino\":1,\"nino\":", 3), ""),
        nasty("cut.jsonl", &plain[..plain.len() - 30], "is not one object"),
        nasty("nested.jsonl", plain.replacen("\"MRP\"", "{\"a\":[{\"b\":null}]}", 1), ""),
        nasty("array.jsonl", "{}\n[1]\n", ""),
    ]
}

/// A workbook with a text in one of its parts replaced.
pub(super) fn changed(part: &str, from: &str, to: &str) -> Vec<u8> {
    changed_with(part, from, to, &[])
}

/// The same with more parts.
fn changed_with(part: &str, from: &str, to: &str, more: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let plain = workbook(3);
    let out = rezip(
        &plain,
        |name, content| {
            if !name.ends_with(part) {
                return content;
            }
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains(from), "{part}: {from}");
            text.replacen(from, to, 1).into_bytes()
        },
        more,
    );
    assert_ne!(out, plain);
    out
}

fn workbooks() -> Vec<Nasty> {
    let plain = workbook(3);
    let with = |more: &[(&str, Vec<u8>)]| rezip(&plain, |_, content| content, more);
    let inner = rezip(&plain, |_, content| content, &[("a.bin", vec![0; 40 << 20])]);
    let many: Vec<(String, Vec<u8>)> = (0..10_100).map(|n| (format!("xl/p{n}.xml"), Vec::new())).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;&b;&b;\">]><sst";
    let deep = format!("<sheetData>{}", "<x>".repeat(200_000));
    let hidden = workbook_with(3, |book| {
        book.add_worksheet().set_name("more").unwrap().set_hidden(true).write(0, 0, "x").unwrap();
    });
    let merged = workbook_with(3, |book| {
        let sheet = book.worksheet_from_index(0).unwrap();
        sheet.merge_range(8, 0, 9, 3, "x", &rust_xlsxwriter::Format::new()).unwrap();
    });
    vec![
        nasty("bomb.xlsx", with(&[("xl/bomb.xml", vec![b' '; 70 << 20])]), "times its size"),
        nasty("bombs.xlsx", with(&[("a.bin", vec![0; 300 << 20]), ("b.bin", vec![1; 300 << 20])]), "more than"),
        told("nested.xlsx", with(&[("xl/embeddings/inner.zip", inner)]), "embedded objects"),
        nasty("many_parts.xlsx", with(&many), "parts"),
        nasty("laughs.xlsx", changed("sharedStrings.xml", "<sst", laughs), "document type"),
        nasty(
            "entity.xlsx",
            changed("sheet1.xml", "<worksheet", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><worksheet"),
            "document type",
        ),
        nasty("elsewhere.xlsx", with(&[("../../elsewhere.xml", b"x".to_vec())]), "file elsewhere"),
        nasty("cut.xlsx", &plain[..plain.len() / 2], "complete workbook"),
        nasty("head.xlsx", b"PK\x03\x04".as_slice(), "complete workbook"),
        nasty("letter.xlsx", zip_of("letter.txt"), "not a workbook"),
        nasty("binary.xlsx", with(&[("xl/workbook.bin", b"x".to_vec())]), "binary workbook"),
        nasty("old.xls", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat(), "old or an encrypted"),
        told("macros.xlsx", with(&[("xl/vbaProject.bin", b"x".to_vec())]), "macros"),
        told("links.xlsx", with(&[("xl/externalLinks/externalLink1.xml", b"<a/>".to_vec())]), "links to other files"),
        told("connections.xlsx", with(&[("xl/connections.xml", b"<a/>".to_vec())]), "data connections"),
        told("hidden.xlsx", hidden, "hidden sheet"),
        told("merged.xlsx", merged, "cells are merged"),
        nasty("deep.xlsx", changed("sheet1.xml", "<sheetData>", &deep), ""),
        nasty("bad_xml.xlsx", changed("sheet1.xml", "</sheetData>", "<<<&&&"), ""),
        nasty("no_sheet.xlsx", changed("workbook.xml.rels", "worksheets/sheet1.xml", "worksheets/sheet9.xml"), ""),
        nasty(
            "long_sheet_name.xlsx",
            changed("xl/workbook.xml", "name=\"Sheet1\"", &format!("name=\"{}\"", "../".repeat(5_000))),
            "",
        ),
        nasty(
            "false_count.xlsx",
            changed("sharedStrings.xml", "uniqueCount=\"", "uniqueCount=\"99999999"),
            "larger than it can be",
        ),
    ]
}

/// What is hidden, or leads elsewhere, in other words than those of Excel.
fn hidden() -> Vec<Nasty> {
    let sheet = |from: &str, to: &str| changed("sheet1.xml", from, to);
    let column =
        |text: &str| sheet("<sheetData>", &format!("<cols><col min=\"4\" max=\"4\" {text}/></cols><sheetData>"));
    let row = |text: &str| sheet("<row r=\"3\"", &format!("<row r=\"3\" {text}"));
    let relations = |part: &str, kind: &str, target: &str| {
        let start = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let one =
            format!("<Relationship Id=\"r1\" Type=\"{start}/{kind}\" Target=\"{target}\" TargetMode=\"External\"/>");
        rezip(
            &workbook(3),
            |_, content| content,
            &[(part, format!("<Relationships>{one}</Relationships>").into_bytes())],
        )
    };
    let names =
        "<definedNames><definedName name=\"n\">cmd|&apos;/c calc&apos;!A1</definedName></definedNames></workbook>";
    let elsewhere = "<definedNames><definedName name=\"n\">[1]Sheet1!A1</definedName></definedNames></workbook>";
    let other = |encoding: &str| sheet("encoding=\"UTF-8\"", &format!("encoding = '{encoding}'"));
    let wide: Vec<u8> = "\u{feff}<worksheet/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let rows = "rows or columns are hidden";
    vec![
        told("hidden_by_line.xlsx", column("width=\"9\"\nhidden=\"1\""), rows),
        told("hidden_by_tab.xlsx", row("\thidden=\"1\""), rows),
        told("hidden_apart.xlsx", column("width=\"9\" hidden = \"1\""), rows),
        told("hidden_true.xlsx", column("width='9' hidden='true'"), rows),
        told("hidden_by_number.xlsx", column("width=\"9\" hidden=\"&#49;\""), rows),
        told("flat.xlsx", row("ht='0.0' customHeight='1'"), rows),
        told("narrow.xlsx", column("width=\"0.0\""), rows),
        told(
            "merged_by_line.xlsx",
            sheet("</sheetData>", "</sheetData><mergeCells><mergeCell\n ref=\"A2:B3\"/></mergeCells>"),
            "cells are merged",
        ),
        told(
            "no_sheet_of_it.xlsx",
            rezip(&workbook(3), |_, content| content, &[("data/s.xml", b"<x:worksheet xmlns:x=\"a\"/>".to_vec())]),
            "hidden sheet",
        ),
        told(
            "remote_picture.xlsx",
            relations("xl/drawings/_rels/a.xml.rels", "image", "http://example.com/x.png"),
            "links to other files",
        ),
        told(
            "remote_file.xlsx",
            relations("xl/worksheets/_rels/b.xml.rels", "hyperlink", "file://host/share"),
            "links to other files",
        ),
        told(
            "remote_share.xlsx",
            relations("xl/worksheets/_rels/b.xml.rels", "hyperlink", r"\\host@SSL\DavWWWRoot\a"),
            "links to other files",
        ),
        told(
            "remote_table.xlsx",
            relations("xl/worksheets/_rels/b.xml.rels", "hyperlink", "https://example.com/a.xlsx?b"),
            "links to other files",
        ),
        told(
            "remote_script.xlsx",
            relations("xl/worksheets/_rels/b.xml.rels", "hyperlink", "javascript:a"),
            "links to other files",
        ),
        told(
            "disguised.xlsx",
            rezip(&workbook(3), |_, content| content, &[("xl/a.xml", b"<b><externalBook r:id='r1'/></b>".to_vec())]),
            "links to other files",
        ),
        told(
            "web_page.xlsx",
            relations("xl/worksheets/_rels/b.xml.rels", "hyperlink", "mailto:a@example.com"),
            "hyperlinks",
        ),
        told("program.xlsx", changed("xl/workbook.xml", "</workbook>", names), "links to other programs"),
        told("other_book.xlsx", changed("xl/workbook.xml", "</workbook>", elsewhere), "links to other files"),
        nasty("small_type.xlsx", sheet("<worksheet", "<!doctype a [<!entity b \"ha\">]><worksheet"), "document type"),
        nasty("other_ending.xlsx", changed("workbook.xml.rels", "sheet1.xml", "sheet1.dat"), "no XML part"),
        nasty("other_encoding.xlsx", other("UTF-7"), "not written in UTF-8"),
        nasty(
            "wide_letters.xlsx",
            rezip(&workbook(3), |_, content| content, &[("xl/worksheets/sheet7.xml", wide)]),
            "not written in UTF-8",
        ),
    ]
}

fn zip_of(name: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Workbooks with cells that a writer would not make.
fn cells() -> Vec<Nasty> {
    let cell = |xml: &str| changed("sheet1.xml", "</sheetData>", &format!("{xml}</sheetData>"));
    let rows: String = (5..300_000).map(|n| format!("<row r=\"{n}\"/>")).collect();
    let columns: String = (0..40_000).map(|_| "<c t=\"str\"><v>a</v></c>").collect();
    let formula = workbook_with(3, |book| {
        let sheet = book.worksheet_from_index(0).unwrap();
        sheet.write_formula(3, 3, "=HYPERLINK(\"http://example.com\")").unwrap();
    });
    vec![
        nasty(
            "far.xlsx",
            cell("<row r=\"1048576\"><c r=\"XFD1048576\" t=\"str\"><v>a</v></c></row>"),
            "far from its table",
        ),
        nasty("farther.xlsx", cell("<row r=\"99999999999\"><c r=\"ZZZZZZ9\" t=\"str\"><v>a</v></c></row>"), ""),
        nasty("no_place.xlsx", cell("<row r=\"5\"><c r=\"\" t=\"str\"><v>a</v></c></row>"), ""),
        nasty("odd_place.xlsx", cell("<row r=\"-1\"><c r=\"Ä0\" t=\"str\"><v>a</v></c></row>"), ""),
        nasty("no_text.xlsx", cell("<row r=\"5\"><c r=\"A5\" t=\"s\"><v>4294967295</v></c></row>"), ""),
        nasty("no_style.xlsx", cell("<row r=\"5\"><c r=\"E5\" s=\"4294967295\"><v>45000</v></c></row>"), ""),
        nasty(
            "odd_numbers.xlsx",
            cell("<row r=\"5\"><c r=\"E5\"><v>1e999</v></c><c r=\"F5\"><v>NaN</v></c></row>"),
            "",
        ),
        nasty(
            "long_text.xlsx",
            cell(&format!("<row r=\"5\"><c r=\"D5\" t=\"str\"><v>{}</v></c></row>", "a".repeat(50_000))),
            "",
        ),
        nasty("blank_rows.xlsx", cell(&rows), ""),
        nasty("wide_row.xlsx", cell(&format!("<row r=\"5\">{columns}</row>")), ""),
        nasty("backwards.xlsx", cell("<row r=\"2\"><c r=\"A2\" t=\"str\"><v>a</v></c></row>"), ""),
        told("formula.xlsx", formula, "formula"),
    ]
}

/// A column of structs in structs, or lists in lists, so many deep, beside the table.
fn nested(depth: usize, lists: bool) -> RecordBatch {
    let mut array: ArrayRef = Arc::new(Int32Array::from(vec![1; 20]));
    for _ in 0..depth {
        let field = Arc::new(Field::new("a", array.data_type().clone(), true));
        array = if lists {
            let offsets = OffsetBuffer::from_lengths(vec![1; 20]);
            Arc::new(ListArray::new(field, offsets, array, None))
        } else {
            Arc::new(StructArray::new(Fields::from(vec![field]), vec![array], None))
        };
    }
    with_column(&batch(0, 20), "nested", array)
}

pub(super) fn with_column(batch: &RecordBatch, name: &str, array: ArrayRef) -> RecordBatch {
    let columns = COLUMNS.iter().copied().zip(batch.columns().iter().cloned()).chain([(name, array)]);
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

/// With the bytes `from` replaced by `to`, of one length, so many times from the end.
pub(super) fn patched(bytes: &[u8], from: &[u8], to: &[u8], times: usize) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let places: Vec<usize> = memchr::memmem::find_iter(bytes, from).collect();
    assert!(!places.is_empty());
    for at in places.into_iter().rev().take(times) {
        out[at..at + to.len()].copy_from_slice(to);
    }
    out
}

fn parquet() -> Vec<Nasty> {
    let plain = table::parquet(&batch(0, 200), 64);
    let end = plain.len();
    let footer = |length: u32| [&plain[..end - 8], &length.to_le_bytes(), b"PAR1"].concat();
    let long =
        StringArray::from_iter_values((0..20).map(|n| if n == 3 { "a".repeat(64 << 20) } else { String::new() }));
    let names = LargeStringArray::from_iter_values((0..200_000).map(|n| format!("Name{n} {}", n * 7919)));
    let huge = RecordBatch::try_from_iter([("full_name", Arc::new(names) as ArrayRef)]).unwrap();
    vec![
        nasty("marks.parquet", b"PAR1PAR1".as_slice(), "Parquet"),
        nasty("no_footer.parquet", footer(0), "Parquet"),
        nasty("footer_too_long.parquet", footer(u32::MAX), "Parquet"),
        nasty("footer_of_all.parquet", footer(end as u32 - 12), "Parquet"),
        nasty("cut.parquet", &plain[..end / 2], "Parquet"),
        nasty("cut_pages.parquet", [&plain[..200], &plain[end / 2..]].concat(), "Parquet"),
        nasty("encrypted.parquet", [b"PARE", &plain[4..end - 4], b"PARE"].concat(), "encrypted"),
        nasty("structs.parquet", table::parquet(&nested(60, false), 64), ""),
        nasty("lists.parquet", table::parquet(&nested(40, true), 64), ""),
        nasty("long_value.parquet", table::parquet(&with_column(&batch(0, 20), "title", Arc::new(long)), 64), ""),
        nasty("huge_dictionary.parquet", table::parquet(&huge, 1 << 20), ""),
        nasty("no_rows.parquet", table::parquet(&batch(0, 0), 64), ""),
        nasty("deep.parquet", deep_parquet(3_000), "nested more than 64 deep"),
        nasty("deep_enough.parquet", deep_parquet(50), ""),
    ]
}

/// A file whose schema is groups in groups, so many deep, around one column.
fn deep_parquet(depth: usize) -> Vec<u8> {
    use parquet::basic::{Repetition, Type as Physical};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::types::Type;
    let make = move || {
        let mut inner = Arc::new(Type::primitive_type_builder("full_name", Physical::BYTE_ARRAY).build().unwrap());
        for _ in 0..depth {
            let group = Type::group_type_builder("a").with_repetition(Repetition::OPTIONAL).with_fields(vec![inner]);
            inner = Arc::new(group.build().unwrap());
        }
        let root = Type::group_type_builder("schema").with_fields(vec![inner]).build().unwrap();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut out = Vec::new();
        SerializedFileWriter::new(&mut out, Arc::new(root), properties).unwrap().close().unwrap();
        out
    };
    // What writes it walks down the groups.
    std::thread::Builder::new().stack_size(1 << 30).spawn(make).unwrap().join().unwrap()
}

fn arrow() -> Vec<Nasty> {
    let options = arrow::ipc::writer::IpcWriteOptions::default;
    let batches = [batch(0, 200)];
    let plain = table::ipc(&batches, options());
    let packed = table::ipc(&batches, table::packed());
    let streamed = table::stream(&batches, table::packed());
    let end = plain.len();
    let footer = |length: i32| [&plain[..end - 10], &length.to_le_bytes(), b"ARROW1"].concat();
    // The postcodes: 200 times the same 7 bytes, before they are packed.
    let length = 1_400_i64.to_le_bytes();
    let lying = |bytes: &[u8], size: i64| patched(bytes, &length, &size.to_le_bytes(), usize::MAX);
    let rows = 200_i64.to_le_bytes();
    let deep = table::ipc(&[nested(80, false)], options());
    let nulls = with_column(&batch(0, 200), "title", arrow::array::new_null_array(&DataType::Null, 200));
    let nulls = table::ipc(&[nulls], options());
    vec![
        nasty("mark.arrow", b"ARROW1\0\0".as_slice(), "Arrow"),
        nasty("footer_too_long.arrow", footer(i32::MAX), "Arrow"),
        nasty("footer_negative.arrow", footer(-5), "Arrow"),
        nasty("cut.arrow", &plain[..end / 2], "Arrow"),
        nasty("lying.arrow", lying(&packed, 1 << 45), "unpacks to more than"),
        nasty("lying_much.arrow", lying(&packed, i64::MAX), "unpacks to more than"),
        nasty("lying_little.arrow", lying(&packed, 7), "Arrow"),
        nasty("lying_stream.arrow", lying(&streamed, 1 << 45), "unpacks to more than"),
        nasty("rows.arrow", patched(&plain, &rows, &(1_i64 << 60).to_le_bytes(), usize::MAX), "Arrow"),
        nasty("rows_negative.arrow", patched(&plain, &rows, &(-1_i64).to_le_bytes(), usize::MAX), "Arrow"),
        nasty("rows_of_nulls.arrow", patched(&nulls, &rows, &(1_i64 << 60).to_le_bytes(), usize::MAX), "Arrow"),
        nasty("shared.arrow", shared(), "two of its batches"),
        nasty("head_elsewhere.arrow", head_elsewhere(&packed, 8), "unpacks to more than"),
        nasty("deep.arrow", deep, "Arrow"),
        nasty("structs.arrow", table::ipc(&[nested(20, false)], options()), ""),
        nasty("cut_stream.arrow", &streamed[..streamed.len() - 40], "Arrow"),
        nasty("stream_too_long.arrow", b"\xff\xff\xff\xff\xff\xff\xff\x7fabc".as_slice(), "Arrow"),
        nasty("stream_negative.arrow", b"\xff\xff\xff\xff\xfe\xff\xff\xffabc".as_slice(), "Arrow"),
    ]
}

/// A file whose list of batches names the first one over and over.
fn shared() -> Vec<u8> {
    let options = arrow::ipc::writer::IpcWriteOptions::default();
    let batches: Vec<RecordBatch> = (0..6).map(|_| batch(0, 50)).collect();
    let bytes = table::ipc(&batches, options);
    let end = bytes.len() - 10;
    let length = i32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize;
    let mut footer = bytes[end - length..end].to_vec();
    // Each place is 24 bytes: where, how long the head, how long the body. The later ones get that of the first.
    let place = |n: usize| arrow_place(&bytes, n);
    let first = memchr::memmem::find(&footer, &place(0)).unwrap();
    let one = footer[first..first + 24].to_vec();
    for n in 1..6 {
        let at = memchr::memmem::find(&footer, &place(n)).unwrap();
        footer[at..at + 24].copy_from_slice(&one);
    }
    [&bytes[..end - length], &footer, &bytes[end..]].concat()
}

/// A file whose list of batches says that the head of the first one ends where it does not, so that what it says of itself is
/// read from within: lengths of the packed buffers among it.
fn head_elsewhere(bytes: &[u8], head: i32) -> Vec<u8> {
    let at = memchr::memmem::rfind(bytes, &arrow_place(bytes, 0)).unwrap();
    let mut out = bytes.to_vec();
    out[at + 8..at + 12].copy_from_slice(&head.to_le_bytes());
    out
}

/// The first bytes of the place of a batch, as the footer has them.
fn arrow_place(bytes: &[u8], n: usize) -> [u8; 8] {
    let end = bytes.len() - 10;
    let length = i32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize;
    let footer = arrow::ipc::root_as_footer(&bytes[end - length..end]).unwrap();
    footer.recordBatches().unwrap().get(n).offset().to_le_bytes()
}
