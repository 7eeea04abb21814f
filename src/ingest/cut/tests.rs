use proptest::prelude::*;

use super::{cut, rows_if_regular, slow_reader};

type Records = Vec<Vec<Vec<u8>>>;

fn records(text: &[u8]) -> Records {
    let read = |record: Result<csv::ByteRecord, csv::Error>| record.unwrap().iter().map(<[u8]>::to_vec).collect();
    slow_reader(text).byte_records().map(read).collect()
}

/// All pieces of a text.
fn pieces(text: &[u8], target: usize) -> Vec<(&[u8], super::Cut)> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let cut = cut(&text[at..], target, true).unwrap();
        assert!(cut.len > 0);
        pieces.push((&text[at..at + cut.len], cut));
        at += cut.len;
    }
    pieces
}

fn check(text: &[u8], target: usize) {
    let mut joined = Vec::new();
    for (piece, cut) in pieces(text, target) {
        let found = records(piece);
        assert_eq!(cut.rows as usize, found.len(), "rows of {:?}", String::from_utf8_lossy(piece));
        for fields in 1..4 {
            if cut.plain {
                let regular = found.iter().all(|record| record.len() == fields);
                let expected = regular.then_some(cut.rows);
                assert_eq!(rows_if_regular(piece, fields), expected, "{:?}", String::from_utf8_lossy(piece));
            }
        }
        joined.extend(found);
    }
    assert_eq!(joined, records(text), "{:?} at {target}", String::from_utf8_lossy(text));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn pieces_have_the_records_of_the_whole(text in "[a,\"\n\r]{0,40}", target in 0_usize..50) {
        check(text.as_bytes(), target);
    }

    #[test]
    fn well_formed_text_too(text in "((a|\"b\"|\"\"\"\"|\"\n\"|\"x,y\r\n\"|)(,(a|\"\"|\"c\"\"\"))?(\n|\r\n)){0,9}", target in 0_usize..50) {
        check(text.as_bytes(), target);
    }

    #[test]
    fn more_is_asked_for_until_a_record_ends(text in "[a,\"\n\r]{0,40}", target in 0_usize..20, shown in 0_usize..40) {
        let text = text.as_bytes();
        let shown = shown.min(text.len());
        // A piece that was cut with less in sight is the piece that is cut with all.
        if let Some(early) = cut(&text[..shown], target, false) && early.len < shown {
            prop_assert_eq!(Some(early.len), cut(text, target, true).map(|cut| cut.len));
        }
    }
}

#[test]
fn a_cut_is_where_the_record_ends() {
    let cut = |text: &str, target| cut(text.as_bytes(), target, true).map(|cut| (cut.len, cut.rows, cut.plain));
    assert_eq!(cut("a,b\nc,d\n", 1), Some((4, 1, true)));
    assert_eq!(cut("a,b\nc,d\n", 5), Some((8, 2, true)));
    assert_eq!(cut("\"a\nb\",c\nd", 1), Some((8, 1, true)));
    assert_eq!(cut("a\"\nb", 1), Some((3, 1, false)));
    assert_eq!(cut("a,b", 1), Some((3, 1, true)));
    assert_eq!(cut("\"a", 1), Some((2, 1, false)));
    assert_eq!(super::cut(b"\"a\n", 1, false), None);
    assert_eq!(super::cut(b"a", 1, false), None);
}
