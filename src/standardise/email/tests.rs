use super::*;
use crate::model::value::Fault::{Extra, Junk, Malformed, Placeholder};
use proptest::prelude::*;

fn check(cases: &[(&str, &str, Option<Fault>)]) {
    let mut scratch = String::new();
    for &(text, expected, fault) in cases {
        let reading = canonical(text, &mut scratch);
        assert_eq!((reading.value.unwrap_or_default(), reading.fault), (expected, fault), "{text:?}");
    }
}

#[test]
fn surroundings_are_stripped() {
    for text in [
        "amina.khan@example.com",
        "Amina.Khan@Example.COM",
        "  amina.khan@example.com\t",
        "<amina.khan@example.com>",
        "Amina Khan <amina.khan@example.com>",
        "mailto:amina.khan@example.com",
        "MAILTO:amina.khan@example.com?subject=x",
        "amina.khan@example.com.",
        "amina.khan@example.com;",
        "'amina.khan@example.com'",
        "\"amina.khan@example.com\",",
        "amina.khan@example.com\u{a0}",
        "\u{200b}amina.khan@example.com",
        "ａmina.khan＠example.com",
        "email: amina.khan@example.com",
        "amina.khan@example.com, Amina.Khan@example.com",
    ] {
        check(&[(text, "amina.khan@example.com", None)]);
    }
}

#[test]
fn gmail_has_one_spelling_and_others_keep_theirs() {
    check(&[
        ("a.mina+hmrc@gmail.com", "amina@gmail.com", None),
        ("A.Mina@GoogleMail.com", "amina@gmail.com", None),
        ("amina@googlemail.com", "amina@gmail.com", None),
        ("amina@gmail.com", "amina@gmail.com", None),
        ("a.mina+x@outlook.com", "a.mina+x@outlook.com", None),
        ("a.mina@googlemail.co.uk", "a.mina@googlemail.co.uk", None),
        ("...@gmail.com", "", Some(Malformed)),
        ("+tag@gmail.com", "", Some(Malformed)),
    ]);
}

#[test]
fn junk_placeholders_and_the_rest() {
    check(&[
        ("none@none.com", "", Some(Junk)),
        ("Test@test.com", "", Some(Junk)),
        ("noemail@hmrc.gov.uk", "", Some(Junk)),
        ("n.a@gmail.com", "", Some(Junk)),
        ("na@na.com", "", Some(Junk)),
        ("NA@example.com", "", Some(Junk)),
        ("", "", None),
        (" ", "", None),
        ("N/A", "", Some(Placeholder)),
        ("none", "", Some(Placeholder)),
        ("unknown ", "", Some(Placeholder)),
        ("amina.khan", "", Some(Malformed)),
        ("amina@khan", "", Some(Malformed)),
        ("amina@@example.com", "", Some(Malformed)),
        ("amina@example..com", "", Some(Malformed)),
        ("amina@.com", "", Some(Malformed)),
        ("@example.com", "", Some(Malformed)),
        ("amina@example.c0m", "", Some(Malformed)),
        ("amina@exam_ple.com", "", Some(Malformed)),
        ("jos\u{e9}@example.com", "", Some(Malformed)),
        ("test@example.com", "test@example.com", None),
        ("o'brien@example.com", "o'brien@example.com", None),
        ("a@b.com; c@d.com", "a@b.com", Some(Extra)),
        ("a@b.com / c@d.com", "a@b.com", Some(Extra)),
    ]);
}

#[test]
fn canonical_text_is_borrowed() {
    let mut scratch = String::new();
    let text = "amina.khan@example.com";
    let reading = canonical(text, &mut scratch);
    assert!(reading.value.is_some_and(|value| std::ptr::eq(value, text)));
    assert_eq!(scratch.capacity(), 0);
    assert_eq!(local_part(text), "amina.khan");
    assert_eq!(local_part("amina"), "amina");
}

proptest! {
    #[test]
    fn any_text_is_read_once(
        text in "\\PC{0,60}|[ <'.]{0,2}(mailto:)?[a-zA-Z.+'-]{0,6}[@?/ ]{0,2}(gmail|GoogleMail|none|x-y)[.]{0,2}(com|co.uk|c)[>'.,?]{0,3}",
    ) {
        let (mut first, mut second) = (String::new(), String::new());
        if let Some(address) = canonical(&text, &mut first).value {
            prop_assert_eq!(canonical(address, &mut second), Reading::of(address));
        }
    }
}
