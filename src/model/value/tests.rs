use super::*;

fn date(year: u16, month: u8, day: u8) -> PartialDate {
    PartialDate::new(year, month, day).expect("a date of the table")
}

fn postcode(text: &str) -> Postcode {
    Postcode::from_bytes(text.as_bytes()).expect("a postcode of the table")
}

#[test]
fn dates_that_do_not_exist_are_refused() {
    for (year, month, day) in [
        (0, 1, 1),
        (10_000, 1, 1),
        (1980, 13, 1),
        (1980, 0, 1),
        (1980, 2, 30),
        (1981, 2, 29),
        (1900, 2, 29),
        (1980, 4, 31),
        (1980, 1, 32),
        (1980, 255, 255),
    ] {
        assert_eq!(PartialDate::new(year, month, day), None, "{year}-{month}-{day}");
    }
    assert!(PartialDate::new(2000, 2, 29).is_some());
    assert!(PartialDate::new(1980, 0, 0).is_some());
    assert!(PartialDate::new(1980, 2, 0).is_some());
}

#[test]
fn dates_show_order_and_swap() {
    assert_eq!(date(1980, 2, 5).to_string(), "1980-02-05");
    assert_eq!(date(980, 2, 0).to_string(), "0980-02");
    assert_eq!(date(1980, 0, 0).to_string(), "1980");
    assert!(date(1980, 0, 0) < date(1980, 1, 1));
    assert!(date(1979, 12, 31) < date(1980, 1, 0));
    assert_eq!(date(1980, 2, 5).swapped(), Some(date(1980, 5, 2)));
    assert_eq!(date(1980, 5, 5).swapped(), None);
    assert_eq!(date(1980, 2, 25).swapped(), None);
    assert_eq!(date(1980, 2, 0).swapped(), None);
}

#[test]
fn defaults_and_days_that_may_stand_for_a_year_differ() {
    for (year, month, day, is_default, may_stand) in [
        (1980, 1, 1, true, false),
        (1900, 1, 1, true, false),
        (1970, 1, 1, true, false),
        (1980, 7, 1, false, true),
        (1980, 12, 31, false, true),
        (1980, 6, 15, false, false),
        (1980, 6, 16, false, false),
        (1980, 1, 0, false, false),
        (1980, 0, 0, false, false),
    ] {
        let date = date(year, month, day);
        assert_eq!((date.is_default(), date.may_stand_for_year()), (is_default, may_stand), "{date}");
    }
}

#[test]
fn day_numbers_count_every_day_of_the_calendar() {
    assert_eq!(date(1970, 1, 1).day_number(), Some(0));
    assert_eq!(date(1980, 1, 0).day_number(), None);
    let mut number = date(1, 1, 1).day_number().expect("complete");
    for year in 1..=9999_u16 {
        for month in 1..=12_u8 {
            for day in 1..=31_u8 {
                let Some(date) = PartialDate::new(year, month, day) else {
                    continue;
                };
                assert_eq!(date.day_number(), Some(number));
                assert_eq!(PartialDate::from_day_number(number), Some(date));
                number += 1;
            }
        }
    }
    for outside in [number, i32::MAX, i32::MIN, date(1, 1, 1).day_number().expect("complete") - 1] {
        assert_eq!(PartialDate::from_day_number(outside), None);
    }
}

#[test]
fn any_bits_are_harmless() {
    for bits in [0, 1, u32::MAX, 0xAAAA_AAAA] {
        let date = PartialDate::from_bits(bits);
        let _ = (date.to_string(), date.swapped(), date.day_number(), date.may_stand_for_year());
    }
    for bits in [0, 1, u64::MAX, 0xFF00_0000_0000_0000, 0x0041_0000_0000_0000] {
        let _ = Nino::from_bits(bits).to_string();
        let code = Postcode::from_bits(bits);
        let _ = (code.to_string(), code.outward(), code.sector(), code.area());
        let phone = Phone::from_bits(bits);
        let _ = (phone.national(), phone.last7(), phone.is_uk_mobile());
    }
}

#[test]
fn postcode_parts() {
    for (text, shown, outward, sector, area) in [
        ("LS14AP", "LS1 4AP", "LS1", "LS14", "LS"),
        ("EC1A1BB", "EC1A 1BB", "EC1A", "EC1A1", "EC"),
        ("M11AE", "M1 1AE", "M1", "M11", "M"),
        ("GIR0AA", "GIR 0AA", "GIR", "GIR0", "GIR"),
        ("ASCN1ZZ", "ASCN 1ZZ", "ASCN", "ASCN1", "ASCN"),
        ("EC1A", "EC1A", "EC1A", "", "EC"),
        ("BFPO123", "BFPO 123", "BFPO123", "", "BFPO"),
        ("KY11001", "KY11001", "KY11001", "", "KY"),
    ] {
        let code = postcode(text);
        let bits = |part: &str| Postcode::from_bytes(part.as_bytes()).map_or(0, Postcode::bits);
        assert_eq!(code.to_string(), shown);
        assert_eq!(code.len(), text.len());
        assert_eq!((code.outward(), code.sector(), code.area()), (bits(outward), bits(sector), bits(area)), "{text}");
    }
    assert!(postcode("LS14AP") < postcode("LS14AQ"));
    assert!(postcode("LS1") < postcode("LS14AP"));
    for bad in ["", "ls1", "LS1 4", "LS14APXYZ", "LS1\u{e9}"] {
        assert_eq!(Postcode::from_bytes(bad.as_bytes()), None, "{bad}");
    }
}

#[test]
fn phones_of_any_country() {
    for (bits, national, is_uk, is_mobile, last7) in [
        (447_700_900_123, "07700900123", true, true, 900_123),
        (447_624_123_456, "07624123456", true, true, 4_123_456),
        (447_012_345_678, "07012345678", true, false, 2_345_678),
        (447_612_345_678, "07612345678", true, false, 2_345_678),
        (441_134_960_000, "01134960000", true, false, 4_960_000),
        (44_169_772_123, "0169772123", true, false, 9_772_123),
        (448_001_111, "08001111", true, false, 8_001_111),
        (33_123_456_789, "+33123456789", false, false, 3_456_789),
        (12_025_550_123, "+12025550123", false, false, 5_550_123),
    ] {
        let phone = Phone::from_bits(bits);
        assert_eq!(phone.national(), national);
        assert_eq!(phone.to_string(), national);
        assert_eq!((phone.is_uk(), phone.is_uk_mobile(), phone.last7()), (is_uk, is_mobile, last7), "{national}");
    }
}

#[test]
fn faults_are_distinct_words() {
    let all = [
        Fault::Placeholder,
        Fault::Malformed,
        Fault::Administrative,
        Fault::Temporary,
        Fault::Junk,
        Fault::Future,
        Fault::TooOld,
        Fault::Impossible,
        Fault::TwoDigitYear,
        Fault::NumberLike,
        Fault::Partial,
        Fault::Special,
        Fault::Repaired,
        Fault::Extra,
    ];
    let mut words = all.map(Fault::as_str);
    words.sort_unstable();
    assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(words.iter().all(|word| { word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') }));
}

#[test]
fn unreadable_texts_are_placeholders_or_malformed() {
    for text in ["N/A", "n.k.", "not known", "-", "XXXX", "0000", "No Fixed Abode", "?"] {
        assert_eq!(Fault::of_unreadable(text), Fault::Placeholder, "{text}");
    }
    for text in ["abc", "na na na", "a very long text that says nothing", "N\u{e9}"] {
        assert_eq!(Fault::of_unreadable(text), Fault::Malformed, "{text}");
    }
}
