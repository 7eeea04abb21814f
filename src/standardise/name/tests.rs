use super::Tokens;
use proptest::prelude::*;

fn full(text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.add_full_name(text);
    tokens.iter().map(str::to_owned).collect()
}

fn field(text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.add_field(text);
    tokens.iter().map(str::to_owned).collect()
}

fn apart(text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.add_full_name_apart(text);
    tokens.iter().map(str::to_owned).collect()
}

#[test]
fn particles_apart() {
    assert_eq!(apart("Abdul Bhakta"), ["ABDUL", "BHAKTA"]);
    assert_eq!(apart("Mr De Zhao"), ["DE", "ZHAO"]);
    assert_eq!(apart("Maria da Silva"), ["MARIA", "DA", "SILVA"]);
    assert_eq!(apart("Grace Okoro"), full("Grace Okoro"));
}

#[track_caller]
fn check(text: &str, want: &str) {
    let want: Vec<_> = want.split_whitespace().collect();
    assert_eq!(full(text), want, "{text}");
}

#[test]
fn cases() {
    check("Mr. Ali HASSAN", "ALI HASSAN");
    check("O'Neil, Seán", "ONEIL SEAN");
    check("O\u{2019}Neil", "ONEIL");
    check("Smith-Jones, Mary Ann", "SMITH JONES MARY ANN");
    check("Abd al-Rahman Khalil", "ABDULRAHMAN KHALIL");
    check("Abdul Rahman", "ABDULRAHMAN");
    check("ABDURRAHMAN", "ABDULRAHMAN");
    check("Abdelrahman", "ABDULRAHMAN");
    check("Omar bin Laden", "OMAR LADEN");
    check("al-Hassan", "HASSAN");
    check("Zhāng Wěi", "ZHANG WEI");
    check("Мохаммед Али", "MOKHAMMED ALI");
    check("Dr Khan", "KHAN");
    check("Dr", "DR");
    check("Ud Din Dr Khan", "KHAN");
    check("Sheikh Mujib", "SHEIKH MUJIB");
    check("J.R. Hartley", "J R HARTLEY");
    check("Mc Donald", "MCDONALD");
    check("FNU Khalil", "KHALIL");
    check("Khalil XXX", "KHALIL");
    check("Not Known", "");
    check("  ", "");
    check("!!!", "");
    check("Ｆｕｌｌ Ｗｉｄｔｈ", "FULL WIDTH");
}

#[test]
fn placeholder_fields_give_no_token() {
    for text in ["X", "UNKNOWN", "N/A", "No Surname", "-", "."] {
        assert!(field(text).is_empty(), "{text} {:?}", field(text));
    }
    assert_eq!(field("Sir David"), ["SIR", "DAVID"]);
}

#[test]
fn long_names_are_bounded() {
    let text = "Abcdefgh ".repeat(5000);
    assert_eq!(full(&text).len(), super::TOKENS_MAX);
    assert_eq!(full(&"A".repeat(10_000))[0].len(), super::TOKEN_BYTES_MAX);
}

proptest! {
    #[test]
    fn reading_tokens_again_changes_nothing(text in "\\PC{0,60}") {
        let once = full(&text);
        prop_assert_eq!(&full(&once.join(" ")), &once);
    }

    #[test]
    fn names_of_real_shapes_are_idempotent(words in proptest::collection::vec(
        prop_oneof![
            Just("Abd"), Just("al"), Just("Abdul"), Just("Mr"), Just("Mc"), Just("O"), Just("bin"), Just("X"), Just("FNU"),
            Just("Rahman"), Just("Abdurrahman"), Just("Ud"), Just("Din"), Just("De"), Just("Khan"), Just("Li"), Just("Dr")
        ], 0..6))
    {
        let once = full(&words.join(" "));
        prop_assert_eq!(&full(&once.join(" ")), &once);
    }
}
