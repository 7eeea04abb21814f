use super::*;
use proptest::prelude::*;

fn nino(text: &str) -> Nino {
    Nino::from_bytes(text.as_bytes().try_into().expect("eight characters"))
}

#[test]
fn valid_numbers_lose_spacing_and_suffix() {
    for text in [
        "JG103759A",
        "JG 10 37 59 A",
        "jg103759a",
        "JG103759",
        "JG103759 ",
        "JG103759D",
        "JG103759F",
        "JG103759P",
        " JG-10-37-59-A",
        "JG.10.37.59.A",
        "JG/103759/A",
        "JG\u{a0}10\u{a0}37\u{a0}59\u{a0}A",
        "ＪＧ１０３７５９Ａ",
        "\u{feff}JG103759A",
        "JG10\u{2013}37\u{2013}59",
        "'JG103759A",
        "JG103759A\r\n",
    ] {
        assert_eq!(read(text), Reading::of(nino("JG103759")), "{text:?}");
        assert_eq!(class(text), Class::Valid, "{text:?}");
    }
    // O may come first; the Isle of Man's and Jersey's numbers are persons' numbers.
    for text in ["OA103759A", "MA103759A", "JY103759A"] {
        assert_eq!(class(text), Class::Valid, "{text}");
    }
}

#[test]
fn the_other_classes() {
    let table: [(Class, Option<Fault>, &[&str]); 5] = [
        (
            Class::Administrative,
            Some(Fault::Administrative),
            &["OO103759A", "CR103759C", "FY103759", "MW103759A", "NC010180M", "PP999999P", "PY103759", "PZ103759B"],
        ),
        (Class::Temporary, Some(Fault::Temporary), &["TN010101M", "TN103759", "AA010180F", "JG311299M", "TN010180X"]),
        (Class::Trn, Some(Fault::Temporary), &["11A11111", "12 b3 45 67"]),
        (
            Class::Junk,
            Some(Fault::Junk),
            &["AB123456C", "AA111111A", "QQ123456C", "JG000000A", "JG999999", "JG654321B"],
        ),
        (
            Class::Malformed,
            Some(Fault::Malformed),
            &[
                "JG103759E",
                "DA103759A",
                "AO103759A",
                "AV103759A",
                "BG103759A",
                "GB103759A",
                "KN103759A",
                "NK103759A",
                "NT103759A",
                "ZZ103759A",
                "JG10375",
                "JG1037590A",
                "JG103759AA",
                "1G103759A",
                "JGI03759A",
                "103759",
                "JG103759é",
                "ЈG103759A",
                "JG*103759",
                "11A111112",
                "JG103759A JG103760A",
            ],
        ),
    ];
    for (expected, fault, texts) in table {
        for text in texts {
            assert_eq!(class(text), expected, "{text}");
            assert_eq!(read(text), Reading { value: None, fault }, "{text}");
        }
    }
    for (text, reading) in [
        ("", Reading::missing()),
        ("  ", Reading::missing()),
        ("N/A", Reading::null(Fault::Placeholder)),
        ("not known", Reading::null(Fault::Placeholder)),
    ] {
        assert_eq!(read(text), reading, "{text:?}");
    }
}

#[test]
fn repairs_are_valid_and_one_error_away() {
    for (text, expected) in [
        ("JGI03759A", vec!["JG103759"]),
        ("JG1O3759A", vec!["JG103759"]),
        ("JGIO3759A", vec!["JG103759"]),
        ("5G103759", vec!["SG103759"]),
        ("J6103759", vec!["JG103759"]),
        ("JG103759E", vec!["GJ103759", "JG013759", "JG103579", "JG103759", "JG103795", "JG107359", "JG130759"]),
        ("JG103759A", vec!["GJ103759", "JG013759", "JG103579", "JG103795", "JG107359", "JG130759"]),
        ("J1G03759A", vec!["JG103759"]),
        ("JG100059A", vec!["GJ100059", "JG010059", "JG100095", "JG100509"]),
        ("AB123456", vec!["AB123465", "AB123546", "AB124356", "AB132456", "AB213456", "BA123465"]),
        ("O0103759", vec![]),
        ("JG10375", vec![]),
        ("", vec![]),
    ] {
        let found: Vec<String> = repairs(text).iter().map(ToString::to_string).collect();
        // AB123456: exchanging its letters gives BA123456, which is junk as well.
        let expected: Vec<&str> = expected.into_iter().filter(|number| *number != "BA123465").collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn near_numbers() {
    for (a, b, expected) in [
        ("JG103759", "JG103759", false),
        ("JG103759", "JG103758", true),
        ("JG103759", "KG103759", true),
        ("JG103759", "GJ103759", true),
        ("JG103759", "JG103795", true),
        ("JG103759", "JG013759", true),
        ("JG103759", "JG103796", false),
        ("JG103759", "JG703159", false),
        ("JG103759", "JG203750", false),
        ("JG103759", "KH103759", false),
    ] {
        assert_eq!(near(nino(a), nino(b)), expected, "{a} {b}");
        assert_eq!(near(nino(b), nino(a)), expected, "{b} {a}");
    }
}

/// One substitution or one exchange, in so many words.
fn near_naive(a: [u8; 8], b: [u8; 8]) -> bool {
    let differing: Vec<usize> = (0..8).filter(|&at| a[at] != b[at]).collect();
    match differing[..] {
        [_] => true,
        [first, second] => second == first + 1 && a[first] == b[second] && a[second] == b[first],
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_text_is_read_once(text in "\\PC{0,40}|[A-Z0-9 ]{0,12}|[A-Z]{2}[0-9]{6}[A-Z]?") {
        if let Some(number) = read(&text).value {
            prop_assert_eq!(read(&number.to_string()), Reading::of(number));
        }
        let own = read(&text).value;
        let found = repairs(&text);
        prop_assert!(found.len() <= REPAIRS_MAX);
        prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        for repair in found {
            prop_assert_eq!(class(&repair.to_string()), Class::Valid);
            prop_assert_ne!(Some(repair), own);
        }
    }

    #[test]
    fn near_is_as_said(a in "[AB][AB][0-2]{6}", b in "[AB][AB][0-2]{6}", swap in 0..7_usize) {
        let (a, b) = (nino(&a), nino(&b));
        prop_assert_eq!(near(a, b), near_naive(a.as_bytes(), b.as_bytes()));
        let mut swapped = a.as_bytes();
        swapped.swap(swap, swap + 1);
        prop_assert_eq!(near(a, Nino::from_bytes(swapped)), swapped != a.as_bytes());
    }
}
