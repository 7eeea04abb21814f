use super::*;
use crate::model::value::Fault::{Impossible, Malformed, Partial, Placeholder, Repaired, Special};
use proptest::prelude::*;

fn check(cases: &[(&str, &str, Option<Fault>)]) {
    for &(text, expected, fault) in cases {
        let reading = read(text);
        let shown = reading.value.map(|value| value.to_string()).unwrap_or_default();
        assert_eq!((shown.as_str(), reading.fault), (expected, fault), "{text:?}");
    }
}

#[test]
fn units() {
    for text in [
        "LS1 4AP",
        "ls14ap",
        " LS1  4AP ",
        "L S14AP",
        "LS1-4AP",
        "LS14 AP",
        "ＬＳ１ ４ＡＰ",
        "LS1\u{a0}4AP",
        "\u{feff}LS1 4AP.",
    ] {
        check(&[(text, "LS1 4AP", None)]);
    }
    for text in [
        "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 1HQ", "EC1A 1BB", "N1P 2AN", "W1P 1AA", "SW1A 2AA", "JE2 3AB",
        "GY1 1AA", "IM1 1AA", "BS0 1AA", "E1W 1AA", "N1C 4AX", "SE1P 5LX",
    ] {
        check(&[(text, text, None)]);
    }
}

#[test]
fn specials() {
    check(&[
        ("BFPO 123", "BFPO 123", Some(Special)),
        ("bfpo1", "BFPO 1", Some(Special)),
        ("BFPO c/o 1234", "BFPO 1234", Some(Special)),
        ("BFPO", "BFPO", Some(Special)),
        ("BF1 2AT", "BF1 2AT", Some(Special)),
        ("GIR 0AA", "GIR 0AA", Some(Special)),
        ("ASCN 1ZZ", "ASCN 1ZZ", Some(Special)),
        ("TKCA1ZZ", "TKCA 1ZZ", Some(Special)),
        ("GX11 1AA", "GX11 1AA", Some(Special)),
        ("KY1-1001", "KY11001", Some(Special)),
        ("MSR 1110", "MSR1110", Some(Special)),
        ("VG1110", "VG1110", Some(Special)),
        ("AI-2640", "AI2640", Some(Special)),
        ("BX9 1AS", "BX9 1AS", Some(Special)),
        ("BX5 5AT", "BX5 5AT", Some(Special)),
        ("XX10 1DD", "XX10 1DD", Some(Special)),
        ("ASCN 2ZZ", "", Some(Malformed)),
        ("BFPO 12345", "", Some(Malformed)),
    ]);
}

#[test]
fn parts_placeholders_and_the_rest() {
    check(&[
        ("LS1", "LS1", Some(Partial)),
        ("ec1a", "EC1A", Some(Partial)),
        ("M1", "M1", Some(Partial)),
        ("LS14", "LS14", Some(Partial)),
        ("LS 14", "LS14", Some(Partial)),
        ("LS1 4", "LS1", Some(Partial)),
        ("LS1 4A", "LS1", Some(Partial)),
        ("M1 4", "M1", Some(Partial)),
        ("", "", None),
        ("   ", "", None),
        ("ZZ99 3VZ", "", Some(Placeholder)),
        ("ZZ99 3WZ", "", Some(Placeholder)),
        ("ZZ993CZ", "", Some(Placeholder)),
        ("ZZ99", "", Some(Placeholder)),
        ("NFA", "", Some(Placeholder)),
        ("No fixed abode", "", Some(Placeholder)),
        ("N/A", "", Some(Placeholder)),
        ("unknown", "", Some(Placeholder)),
        ("-", "", Some(Placeholder)),
        ("XXX XXX", "", Some(Placeholder)),
        ("AA1 1AA", "", Some(Placeholder)),
        ("SAN TA1", "", Some(Placeholder)),
        ("LS", "", Some(Malformed)),
        ("LS14A", "", Some(Malformed)),
        ("LS1 4APX", "", Some(Malformed)),
        ("12345", "", Some(Malformed)),
        ("75008", "", Some(Malformed)),
        ("ЕС1А 1ВВ", "", Some(Malformed)),
        ("LS1 4AP LS1 4AQ", "", Some(Malformed)),
        ("LS1 4AC", "LS1 4AC", Some(Impossible)),
        ("QS1 4AP", "QS1 4AP", Some(Impossible)),
        ("LJ1 4AP", "LJ1 4AP", Some(Impossible)),
        ("W1Z 4AP", "W1Z 4AP", Some(Impossible)),
        ("EC1Z 4AP", "EC1Z 4AP", Some(Impossible)),
        ("S01 5AA", "S01 5AA", Some(Impossible)),
    ]);
}

#[test]
fn look_alikes_by_position() {
    check(&[
        ("LS1 OAP", "LS1 0AP", Some(Repaired)),
        ("LSI 4AP", "LS1 4AP", Some(Repaired)),
        ("L51 4A5", "L51 4AS", Some(Repaired)),
        ("0X1 4AP", "OX1 4AP", Some(Repaired)),
        ("5W1A 2AA", "SW1A 2AA", Some(Repaired)),
    ]);
    for (text, expected) in [
        ("S01 5AA", vec!["SO1 5AA"]),
        ("LS1 OAP", vec!["LS1 0AP"]),
        ("LSI OAP", vec!["LS1 0AP"]),
        ("L51 4AP", vec!["LS1 4AP"]),
        ("W15 4AP", vec!["W1S 4AP"]),
        ("LS1 4AP", vec!["L51 4AP"]),
        ("B33 8TH", vec![]),
        ("LS1 4A0", vec![]),
        ("EIS 4AP", vec!["E1S 4AP"]),
        ("LS1", vec![]),
        ("", vec![]),
    ] {
        let found: Vec<String> = repairs(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_once(text in "\\PC{0,40}|[A-Za-z0-9 ]{0,9}|[A-Z]{1,2}[0-9OIS][A-Z0-9]? ?[0-9OIS][A-Z015]{2}|(BFPO|KY|VG)[ -]?[0-9]{0,6}") {
        if let Some(postcode) = read(&text).value {
            prop_assert_eq!(read(&postcode.to_string()).value, Some(postcode));
            prop_assert_ne!(read(&postcode.to_string()).fault, Some(Repaired));
        }
        for repair in repairs(&text) {
            prop_assert_eq!(read(&repair.to_string()), Reading::of(repair));
            prop_assert!(Reading::of(repair) != read(&text));
        }
    }
}
