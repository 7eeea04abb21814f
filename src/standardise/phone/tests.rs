use super::*;
use crate::model::value::Fault::{Extra, Junk, Malformed, NumberLike, Placeholder, Repaired};
use proptest::prelude::*;

fn check(cases: &[(&str, &str, Option<Fault>)]) {
    for &(text, expected, fault) in cases {
        let reading = read(text);
        let shown = reading.value.map(Phone::national).unwrap_or_default();
        assert_eq!((shown.as_str(), reading.fault), (expected, fault), "{text:?}");
    }
}

#[test]
fn one_number_in_many_forms() {
    for text in [
        "07700900123",
        "07700 900123",
        "07700-900-123",
        "(07700) 900123",
        "+447700900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "+44(0) 7700 900 123",
        "00447700900123",
        "0044 (0) 7700 900123",
        "447700900123",
        "4407700900123",
        "+4407700900123",
        "Tel: 07700 900123",
        "Mob 07700 900123 (mother)",
        "07700 900123 ext 12",
        "07700900123 x4567",
        "07700 900123 #4567",
        " 07700.900.123 ",
        "'07700900123",
        "07700\u{a0}900123",
        "\u{202a}+44 7700 900123\u{202c}",
        "０７７００９００１２３",
        "٠٧٧٠٠٩٠٠١٢٣",
        "07700\u{2013}900123",
        "07700 900123/4",
        "07700 900123, 12",
    ] {
        check(&[(text, "07700900123", None)]);
    }
}

#[test]
fn numbers_of_every_kind() {
    check(&[
        ("07700 900000", "07700900000", None),
        ("07700 900999", "07700900999", None),
        ("020 7946 0018", "02079460018", None),
        ("0113 496 0018", "01134960018", None),
        ("016977 2123", "0169772123", None),
        ("0800 1111", "08001111", None),
        ("0800 123457", "0800123457", None),
        ("0300 123 1018", "03001231018", None),
        ("07624 123457", "07624123457", None),
        ("+33 1 23 45 67 88", "+33123456788", None),
        ("0033 1 23 45 67 88", "+33123456788", None),
        ("+1 (202) 555-0123", "+12025550123", None),
        ("+92 300 1234569", "+923001234569", None),
    ]);
}

#[test]
fn what_spreadsheets_leave() {
    check(&[
        ("7700900123", "07700900123", Some(NumberLike)),
        ("7700 900123", "07700900123", Some(NumberLike)),
        ("7.700900123E9", "07700900123", Some(NumberLike)),
        ("7.700900123e+09", "07700900123", Some(NumberLike)),
        ("4.47700900123E+11", "07700900123", Some(NumberLike)),
        ("7.7009001E9", "07700900100", Some(NumberLike)),
        ("447700900123.0", "07700900123", Some(NumberLike)),
        ("7700900123.0", "07700900123", Some(NumberLike)),
        ("0447700900123", "07700900123", Some(Repaired)),
        ("+07700900123", "07700900123", Some(Repaired)),
        ("4.477E+11", "", Some(NumberLike)),
        ("7.70E+09", "", Some(NumberLike)),
        ("2.0E99", "", Some(NumberLike)),
        ("2079460018", "", Some(Malformed)),
    ]);
}

#[test]
fn junk_placeholders_and_the_rest() {
    check(&[
        ("07777777777", "", Some(Junk)),
        ("07000000000", "", Some(Junk)),
        ("07123456789", "", Some(Junk)),
        ("+447123456789", "", Some(Junk)),
        ("01234567890", "", Some(Junk)),
        ("07987654321", "", Some(Junk)),
        ("07123123123", "", Some(Junk)),
        ("00000000000", "", Some(Junk)),
        ("99999999999", "", Some(Junk)),
        ("7777777777", "", Some(Junk)),
        ("", "", None),
        ("  ", "", None),
        ("N/A", "", Some(Placeholder)),
        ("none", "", Some(Placeholder)),
        ("0", "", Some(Placeholder)),
        ("-", "", Some(Placeholder)),
        ("07700 90012", "", Some(Malformed)),
        ("07700 9001234", "", Some(Malformed)),
        ("07700 9OO123", "", Some(Malformed)),
        ("04123456718", "", Some(Malformed)),
        ("12345", "", Some(Malformed)),
        ("+44", "", Some(Malformed)),
        ("+123", "", Some(Malformed)),
        ("a.person@example.com", "", Some(Malformed)),
    ]);
    for (national, expected) in [("07777777777", true), ("07700900123", false), ("07123456789", true), ("", false)] {
        assert_eq!(is_junk(national), expected, "{national}");
    }
}

#[test]
fn several_numbers_in_a_cell() {
    for text in [
        "07700900123/07700900124",
        "07700 900123 , 07700 900124",
        "07700900123;07700900124",
        "07700900123 & 07700900124",
        "07700900123 or 07700 900124",
        "07700900123\n07700900124",
        "07700 900123 07700 900124",
        "447700900123 447700900124",
        "07700900123 (home) 07700900124 (work)",
        "07700900123 ext 5, 07700900124",
        "07700900123, 12, 07700900124, 07700900123",
        "07777777777, 07700900123, 07700900124",
        "０7700900123、07700900124",
    ] {
        let found: Vec<String> = read_all(text).into_iter().map(Phone::national).collect();
        assert_eq!(found, ["07700900123", "07700900124"], "{text}");
        check(&[(text, "07700900123", Some(Extra))]);
    }
    assert!(read_all("none").is_empty());
    assert_eq!(read_all("7.700900123E9").len(), 1);
    check(&[("07777777777 or nothing", "", Some(Junk)), ("07700900123 or 07700900123", "07700900123", None)]);
    check(&[("0770090012307700900124", "", Some(Malformed))]);
}

proptest! {
    #[test]
    fn any_text_is_read_once(text in "\\PC{0,60}|[0-9+() ./,Ex]{0,30}|[+]?(0|00|44|0044|7)[0-9]{6,12}") {
        let all = read_all(&text);
        for phone in read(&text).value.into_iter().chain(all.iter().copied()) {
            prop_assert_eq!(read(&phone.national()), Reading::of(phone));
            prop_assert_eq!(read_all(&phone.national()), vec![phone]);
        }
        prop_assert_eq!(read(&text).value, all.first().copied());
    }
}
