//! Files that are cut, too large, or no tables.

use std::io::Write;

use super::workbook::{Home, book, sheet};
use crate::error::ErrorKind;
use crate::ingest::{Limits, load};
use crate::model::schema::EXTRACT;

#[test]
fn cut_files_are_refused_in_one_clause() {
    let home = Home::new();
    let bytes = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
    });
    assert_eq!(home.refused(&bytes[..bytes.len() / 2]).what(), "is not a complete workbook");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let header = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth\n";
    packer.write_all(header.as_bytes()).unwrap();
    for row in 0..100_000_u32 {
        packer
            .write_all(format!("{row},{},{},x,2000-01-01\n", row.wrapping_mul(2_654_435_761), row ^ 0x5555).as_bytes())
            .unwrap();
    }
    let packed = packer.finish().unwrap();
    assert_eq!(home.refused(&packed[..packed.len() - 9]).what(), "is not a complete gzip file: its end is missing");
    let packed = zstd::encode_all(header.repeat(1000).as_bytes(), 1).unwrap();
    assert_eq!(home.refused(&packed[..packed.len() - 5]).what(), "is not a complete zstd file: its end is missing");
    assert_eq!(home.refused(b"PAR1 and no end").what(), "is not a complete Parquet file");
    assert_eq!(home.refused(b"ARROW1\0\0 and no end").what(), "is not a complete Arrow file or stream");
    assert_eq!(home.refused(b"\xff\xff\xff\xff\x40\0\0\0").what(), "is not a complete Arrow file or stream");
}

#[test]
fn what_is_no_table_is_said_clearly() {
    let home = Home::new();
    assert_eq!(home.refused(b"").what(), "is empty");
    assert_eq!(home.refused(b"\n\n").what(), "is empty");
    assert_eq!(home.refused(b"\xff\xfed\0a\0").what(), "is text in UTF-16");
    assert_eq!(home.refused(b"a\0b\0").kind(), ErrorKind::Input);
    assert_eq!(home.refused(b"\xd0\xcf\x11\xe0").what(), "is an old or an encrypted Excel file");
    assert_eq!(home.refused(b"Dear colleague\nplease\n").kind(), ErrorKind::Column);
    let open =
        b"dash_reference,dash_source,cid_person_id,full_name,date_of_birth\n1,2,3,4,5\n1,2,3,4,\"5\n6,7,8,9,10\n";
    assert_eq!(home.refused(open).what(), "ends inside quotes that open after row 0");
    let endless =
        [b"dash_reference,dash_source,cid_person_id,full_name,date_of_birth\n\"".as_slice(), &vec![b'x'; 30 << 20]]
            .concat();
    assert_eq!(home.refused(&endless).what(), "has a record of more than 16 MiB after row 0");
    let packed = zstd::encode_all(&endless[..], 1).unwrap();
    assert_eq!(home.refused(&packed).what(), "has a record of more than 16 MiB after row 0");
}

#[test]
fn text_that_unpacks_to_too_much_is_refused() {
    let home = Home::new();
    let text =
        format!("dash_reference,dash_source,cid_person_id,full_name,date_of_birth\n{}", "1,2,3,4,5\n".repeat(10_000));
    let limits = Limits { table_bytes: 100_000, ..Limits::default() };
    let error = load(&home.write(&zstd::encode_all(text.as_bytes(), 1).unwrap()), &EXTRACT, &limits).unwrap_err();
    assert_eq!((error.kind(), error.place()), (ErrorKind::Limit, Some("file")));
}
