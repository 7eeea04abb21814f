//! Hyperlinks of a workbook, and what is no more than called one.

use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::workbook::{Home, book, sheet, texts};
use crate::ingest::{Loaded, remark};

/// A workbook of one row with one more part, read.
fn loaded_with(name: &str, part: &str) -> Loaded {
    let plain = book(|book| {
        sheet(book).write(1, 0, "D1").unwrap();
    });
    let mut writer = ZipWriter::new_append(Cursor::new(plain)).unwrap();
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(part.as_bytes()).unwrap();
    let loaded = Home::new().load(&writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!(texts(&loaded, "dash_reference"), [Some("D1".to_owned())]);
    loaded
}

fn reasons(loaded: &Loaded) -> Vec<&'static str> {
    loaded.cell_remarks.iter().map(|found| found.reason).collect()
}

#[test]
fn hyperlinks_are_counted_unless_they_lead_to_a_file() {
    let seen = |kind: &str, target: &str, mode: &str| {
        let start = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let one = format!("<Relationship Id=\"r1\" Type=\"{start}/{kind}\" Target=\"{target}\" {mode}/>");
        let part = format!("<Relationships>{one}</Relationships>");
        let loaded = loaded_with("xl/worksheets/_rels/sheet1.xml.rels", &part);
        (reasons(&loaded), loaded.hyperlinks)
    };
    let external = "TargetMode=\"External\"";
    for target in [
        "mailto:a@example.com",
        "MailTo:a@example.com?subject=x.xlsx",
        "https://example.com",
        " http://example.com/a.xlsx/b",
        "tel:020",
        "#Sheet1!A1",
        "&#104;ttp://example.com",
    ] {
        assert_eq!(seen("hyperlink", target, external), (vec![], 1), "{target}");
    }
    for target in [
        "file:///C:/a.txt",
        "FILE://host/share",
        r"\\host\share",
        r"\\host@SSL\DavWWWRoot\a",
        "//host/share",
        "C:/a.txt",
        "a.xlsx",
        "../a",
        "ftp://host/a",
        "javascript:x",
        "",
        "https://example.com/a.xlsx",
        "http://example.com/A.CSV?b#c",
        "&#102;ile:///a",
    ] {
        assert_eq!(seen("hyperlink", target, external), (vec![remark::EXTERNAL_LINKS], 0), "{target}");
    }
    // What only calls itself a page, and what is no hyperlink.
    assert_eq!(seen("hyperlink", "file:///a", ""), (vec![remark::EXTERNAL_LINKS], 0));
    assert_eq!(seen("externalLinkPath", "mailto:a@example.com", external).0, [remark::EXTERNAL_LINKS]);
    assert_eq!(seen("attachedTemplate", "https://example.com", external).0, [remark::EXTERNAL_LINKS]);
    for (tag, reason) in [
        ("externalReference", remark::EXTERNAL_LINKS),
        ("externalBook", remark::EXTERNAL_LINKS),
        ("oleLink", remark::DDE),
    ] {
        let loaded = loaded_with("xl/other.xml", &format!("<a><x:{tag} r:id=\"r1\"/></a>"));
        assert_eq!(reasons(&loaded), [reason], "{tag}");
    }
}
