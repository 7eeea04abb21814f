use super::*;
use crate::model::value::Fault::{
    Extra, Future, Impossible, Malformed, NumberLike, Partial, Placeholder, Repaired, TooOld, TwoDigitYear,
};
use proptest::prelude::*;

fn shown(reading: Reading<PartialDate>) -> (String, Option<Fault>) {
    (reading.value.map(|date| date.to_string()).unwrap_or_default(), reading.fault)
}

fn check(cases: &[(&str, &str, Option<Fault>)]) {
    for &(text, expected, fault) in cases {
        assert_eq!(shown(read(text)), (expected.to_owned(), fault), "{text:?}");
    }
}

#[test]
fn whole_dates() {
    for text in [
        "1980-02-05",
        "19800205",
        "1980/02/05",
        "1980.2.5",
        "05/02/1980",
        "05-02-1980",
        "05.02.1980",
        "5/2/1980",
        "05 Feb 1980",
        "05-FEB-1980",
        "5 February 1980",
        "5th of February, 1980",
        "Feb 5, 1980",
        "05FEB1980",
        "1980-Feb-05",
        "1980-02-05T00:00:00",
        "1980-02-05 00:00:00.000",
        "1980-02-05T00:00:00Z",
        "1980-02-05T00:00:00+01:00",
        "05/02/1980 00:00",
        "5/2/1980 12:00:00 AM",
        "19800205 00:00:00",
        " 1980-02-05 ",
        "'1980-02-05",
        "\"05/02/1980\"",
        "05 02 1980",
        "１９８０-０２-０５",
        "1980\u{2013}02\u{2013}05",
        "05\u{a0}Feb\u{a0}1980",
        "٠٥/٠٢/١٩٨٠",
    ] {
        check(&[(text, "1980-02-05", None)]);
    }
    check(&[
        ("2000-02-29", "2000-02-29", None),
        ("12 sept 1980", "1980-09-12", None),
        ("", "", None),
        (" \t", "", None),
    ]);
    check(&[("1970-01-01", "1970-01-01", None), ("01/01/1980", "1980-01-01", None)]);
}

#[test]
fn partial_dates() {
    for text in ["1980", "1980-00-00", "00/00/1980", "15/00/1980", "19800000"] {
        check(&[(text, "1980", Some(Partial))]);
    }
    for text in ["1980-02", "02/1980", "1980-02-00", "00/02/1980", "Feb 1980", "1980 February"] {
        check(&[(text, "1980-02", Some(Partial))]);
    }
}

#[test]
fn remarks_and_refusals() {
    check(&[
        ("02/25/1980", "1980-02-25", Some(Repaired)),
        ("1980-25-02", "1980-02-25", Some(Repaired)),
        ("25021980", "1980-02-25", Some(Repaired)),
        ("1980-02-05T09:30:00", "1980-02-05", Some(Extra)),
        ("1980-06-14T23:00:00Z", "1980-06-14", Some(Extra)),
        ("19800205.0", "1980-02-05", Some(NumberLike)),
        ("29266", "", Some(NumberLike)),
        ("05/02/80", "", Some(TwoDigitYear)),
        ("5-Feb-80", "", Some(TwoDigitYear)),
        ("Feb-80", "", Some(TwoDigitYear)),
        ("050280", "", Some(TwoDigitYear)),
        ("30/02/1980", "", Some(Impossible)),
        ("1981-02-29", "", Some(Impossible)),
        ("13/13/1980", "", Some(Impossible)),
        ("13/1980", "", Some(Impossible)),
        ("99999999", "", Some(Placeholder)),
        ("5 Feb", "", Some(Malformed)),
        ("1980-02-05-07", "", Some(Malformed)),
        ("1980-02-05 approx", "", Some(Malformed)),
        ("1980-02-05 25", "", Some(Malformed)),
        ("-1980-02-05", "", Some(Malformed)),
        ("05/02/19800", "", Some(Malformed)),
        ("Febtember 5 1980", "", Some(Malformed)),
        ("12:30", "", Some(Malformed)),
    ]);
}

#[test]
fn placeholders() {
    for text in [
        "01/01/1900",
        "1900-01-01",
        "1901-01-01",
        "31/12/9999",
        "9999-12-31",
        "9999-01-01",
        "0000-00-00",
        "00/00/0000",
        "0001-01-01",
        "1899-12-30",
        "30/12/1899 00:00:00",
        "N/A",
        "unknown",
        "-",
        "0",
        "00000000",
        "01011900",
        "XX/XX/XXXX",
    ] {
        check(&[(text, "", Some(Placeholder))]);
    }
}

#[test]
fn births_within_a_life() {
    let on = PartialDate::new(2016, 2, 1).expect("a date");
    for (text, expected, fault) in [
        ("2016-02-01", "2016-02-01", None),
        ("2016-02-02", "", Some(Future)),
        ("2016", "2016", Some(Partial)),
        ("2016-03", "", Some(Future)),
        ("1895-02-02", "1895-02-02", None),
        ("1895-02-01", "", Some(TooOld)),
        ("1895", "1895", Some(Partial)),
        ("1895-01", "", Some(TooOld)),
        ("1894", "", Some(TooOld)),
        ("05/02/80", "", Some(TwoDigitYear)),
        ("", "", None),
    ] {
        assert_eq!(shown(read_birth(text, on)), (expected.to_owned(), fault), "{text}");
    }
}

#[test]
fn spreadsheet_serials() {
    for (serial, epoch_1904, expected) in [
        (0.0, false, ""),
        (1.0, false, "1900-01-01"),
        (59.0, false, "1900-02-28"),
        (60.0, false, ""),
        (60.9, false, ""),
        (61.0, false, "1900-03-01"),
        (29_256.0, false, "1980-02-05"),
        (29_256.75, false, "1980-02-05"),
        (27_794.0, true, "1980-02-05"),
        (0.0, true, "1904-01-01"),
        (2_958_465.0, false, "9999-12-31"),
        (2_958_466.0, false, ""),
        (2_958_465.0, true, ""),
        (-1.0, false, ""),
        (f64::NAN, false, ""),
        (f64::INFINITY, true, ""),
    ] {
        let date = from_excel_serial(serial, epoch_1904).map(|date| date.to_string()).unwrap_or_default();
        assert_eq!(date, expected, "{serial} {epoch_1904}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_once(text in ".{0,80}") {
        is_idempotent(&text)?;
    }

    #[test]
    fn any_date_like_text_is_read_once(
        text in "[0-3]?[0-9]{1,4}([-/. ,T:]{0,2}([0-9]{1,4}|Jan|FEBRUARY|st|xx)){0,5}",
    ) {
        is_idempotent(&text)?;
    }

    #[test]
    fn any_date_reads_back(year in 1..=9998_u16, month in 0..=12_u8, day in 0..=31_u8) {
        if let Some(date) = PartialDate::new(year, month, day) {
            is_idempotent(&date.to_string())?;
            if !is_placeholder(year, month, day) {
                prop_assert_eq!(read(&date.to_string()).value, Some(date));
            }
        }
    }
}

fn is_idempotent(text: &str) -> Result<(), TestCaseError> {
    if let Some(date) = read(text).value {
        let again = read(&date.to_string());
        prop_assert_eq!(again.value, Some(date));
        prop_assert_eq!(again.fault, (!date.is_complete()).then_some(Partial));
    }
    Ok(())
}
