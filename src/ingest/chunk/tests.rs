use arrow::array::Array;
use arrow::buffer::Buffer;
use proptest::prelude::*;

use super::{Chunk, Layout, decode};
use crate::ingest::cut::cut;

fn chunk(text: &[u8]) -> Chunk {
    let (rows, plain) = cut(text, usize::MAX, true).map_or((0, true), |cut| (cut.rows, cut.plain));
    Chunk { bytes: Buffer::from_slice_ref(text), first_row: 0, rows, plain }
}

/// Where the fast way is taken, it gives what the slow one gives; says whether it was taken.
fn check(text: &str, fields: usize, wanted: &[usize]) -> bool {
    let chunk = chunk(text.as_bytes());
    let layout = Layout::new(fields);
    let slow = layout.parse_slow(&chunk, wanted).unwrap();
    assert_eq!(slow.columns.first().map(Array::len), Some(chunk.rows as usize));
    let parsed = layout.parse(&chunk, wanted).unwrap();
    assert_eq!(parsed, slow, "{text:?}");
    let fast = if chunk.plain { layout.parse_fast(&chunk, wanted) } else { None };
    if let Some(columns) = &fast {
        assert_eq!(columns, &slow.columns, "{text:?}");
        assert!(slow.faults.is_empty(), "{text:?}");
    }
    fast.is_some()
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

prop_compose! {
    fn table()(fields in 1_usize..5)(
        rows in proptest::collection::vec(proptest::collection::vec("|[a-z é]{0,16}|[a,\" \n]{0,6}", fields), 1..12),
        end in "\n|\r\n",
        open in any::<bool>(),
    ) -> (usize, String) {
        let line = |row: &Vec<String>| row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",");
        let mut text = rows.iter().map(line).collect::<Vec<_>>().join(&end);
        if !open {
            text.push_str(&end);
        }
        (rows[0].len(), text)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn fast_is_slow_on_tables((fields, text) in table(), pick in any::<u8>()) {
        let wanted: Vec<usize> = (0..fields).rev().filter(|index| pick >> index & 1 == 1).collect();
        let wanted = if wanted.is_empty() { vec![fields - 1] } else { wanted };
        check(&text, fields, &wanted);
    }

    #[test]
    fn fast_is_slow_on_anything(text in "[a,\"\n\ré]{1,30}", fields in 1_usize..4) {
        check(&text, fields, &[fields - 1, 0][..fields.min(2)]);
    }
}

#[test]
fn ordinary_text_goes_the_fast_way() {
    for text in ["a,b\nc,d\n", "a,b\r\nc,d", "\"x, y\",\"he said \"\"no\"\"\"\n,\n", "\"two\nlines\",b\n"] {
        assert!(check(text, 2, &[1, 0]), "{text:?}");
    }
    for text in ["a\n", "a,b,c\n", "a,b,c\nd\n", "a\"b,c\n", "a,b\n\nc,d\n", "a,b\rc,d\n"] {
        assert!(!check(text, 2, &[0]), "{text:?}");
    }
}

#[test]
fn faulty_rows_are_told() {
    let layout = Layout::new(2);
    let parsed = layout.parse(&chunk(b"a,b\n1,2,3\n4\nM\xfcller,\x80\n"), &[0, 1]).unwrap();
    let column: Vec<_> = parsed.columns[0].iter().collect();
    assert_eq!(column, [Some("a"), None, Some("4"), Some("Müller")]);
    assert_eq!(parsed.columns[1].iter().collect::<Vec<_>>(), [Some("b"), None, None, Some("€")]);
    let faults = parsed.count_faults(10);
    assert_eq!((faults.ragged_rows, faults.bad_text_rows), (2, 1));
    assert_eq!((faults.first_ragged, faults.first_bad_text), (vec![12, 13], vec![14]));
    assert_eq!(parsed.faults[0].first_fields, ["1", "2", "3"]);
}

#[test]
fn what_is_not_utf_8_is_windows_1252() {
    assert_eq!(decode("é".as_bytes()), "é");
    assert_eq!(decode(b"\xe9\x80\x93\x9f\xff"), "é€“Ÿÿ");
    assert_eq!(decode(b"\x81"), "\u{81}");
}
