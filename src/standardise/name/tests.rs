use super::{Part, Tokens};
use proptest::prelude::*;

fn full(text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.add_full_name(text);
    tokens.iter().map(str::to_owned).collect()
}

fn field(text: &str) -> Vec<String> {
    part(Part::Family, text)
}

fn part(part: Part, text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.add_part(part, text);
    tokens.iter().map(str::to_owned).collect()
}

fn otherwise(text: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.add_full_name_otherwise(text);
    tokens.iter().map(str::to_owned).collect()
}

#[test]
fn particles_apart() {
    assert_eq!(otherwise("Abdul Bhakta"), ["ABDUL", "BHAKTA"]);
    assert_eq!(otherwise("Mr De Zhao"), ["DE", "ZHAO"]);
    assert_eq!(otherwise("Maria da Silva"), ["MARIA", "DA", "SILVA"]);
    assert_eq!(otherwise("Grace Okoro"), full("Grace Okoro"));
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
fn a_particle_that_is_the_name_stays() {
    for text in ["Ben Smith", "SMITH, Ben", "Smith, Mr Ben", "X Ben Smith", "Mr. Ben Smith"] {
        let mut tokens = full(text);
        tokens.sort();
        assert_eq!(tokens, ["BEN", "SMITH"], "{text}");
    }
    check("Smith Ben", "SMITH BEN");
    check("Al Smith", "AL SMITH");
    check("Bin Wang", "BIN WANG");
    check("Y Ito", "Y ITO");
    for name in "Della Das El De Del Der Dos Von Zu Bat Col Gen Hon Ibn Thi".split(' ') {
        check(&format!("{name} Harkin"), &format!("{} HARKIN", name.to_uppercase()));
    }
    check("Ben James Smith", "BEN JAMES SMITH");
    check("SMITH, Ben James", "BEN JAMES SMITH");
    check("Ravi Kumar Das", "RAVI KUMAR DAS");
    check("DAS, Ravi Kumar", "RAVI KUMAR DAS");
    check("O L Smith", "O L SMITH");
    check("JR Hartley", "JR HARTLEY");
}

#[test]
fn a_particle_among_other_words_goes() {
    check("Maria De La Cruz", "MARIA LA CRUZ");
    check("DE LA CRUZ, Maria", "LA CRUZ MARIA");
    check("Ahmed Ben Salah", "AHMED SALAH");
    check("BEN SALAH, Ahmed", "SALAH AHMED");
    check("Ludwig Van Beethoven", "LUDWIG VAN BEETHOVEN");
    check("BEETHOVEN, Ludwig von", "BEETHOVEN LUDWIG");
    check("Van Nguyen", "VAN NGUYEN");
    check("Abdul Al Hassan", "ABDULHASSAN");
    check("Al-Hassan Omar", "HASSAN OMAR");
    check("El Amrani Fatima", "AMRANI FATIMA");
    check("Nguyen Thi Lan", "NGUYEN LAN");
    check("Sean O Brien", "SEAN OBRIEN");
    check("O Brien", "OBRIEN");
    check("John Smith Jr", "JOHN SMITH");
    check("John Smith III", "JOHN SMITH");
    check("Smith Jr", "SMITH");
    check("Col John Smith", "JOHN SMITH");
    check("Ibn Al Hassan", "AL HASSAN");
}

#[test]
fn a_field_tells_whether_a_particle_begins_the_name() {
    assert_eq!(part(Part::Given, "Ben"), ["BEN"]);
    assert_eq!(part(Part::Given, "Ben James"), ["BEN", "JAMES"]);
    assert_eq!(part(Part::Given, "Thi Lan"), ["LAN"]);
    assert_eq!(part(Part::Given, "Al-Walid"), ["WALID"]);
    assert_eq!(part(Part::Given, "Maria da"), ["MARIA"]);
    assert_eq!(part(Part::Middle, "Ben"), ["BEN"]);
    assert_eq!(part(Part::Middle, "James Ben"), ["JAMES"]);
    assert_eq!(part(Part::Family, "Ben Salah"), ["SALAH"]);
    assert_eq!(part(Part::Family, "Kumar Das"), ["KUMAR", "DAS"]);
    assert_eq!(part(Part::Family, "Smith Jr"), ["SMITH"]);
}

#[test]
fn three_fields_are_one_name() {
    let names = |fields: [&str; 3]| {
        let mut tokens = Tokens::default();
        let given = tokens.add_names(fields);
        (tokens.iter().map(str::to_owned).collect::<Vec<_>>().join(" "), given)
    };
    assert_eq!(names(["Ben", "", "Smith"]), ("BEN SMITH".into(), 1));
    assert_eq!(names(["Ahmed", "", "Ben Salah"]), ("AHMED SALAH".into(), 1));
    assert_eq!(names(["Lan", "Thi", "Nguyen"]), ("LAN THI NGUYEN".into(), 2));
    assert_eq!(names(["X", "", "Ben Smith"]), ("BEN SMITH".into(), 0));
}

#[test]
fn a_first_word_in_doubt_is_read_both_ways() {
    check("Ben Salah Ahmed", "BEN SALAH AHMED");
    assert_eq!(otherwise("Ben Salah Ahmed"), ["SALAH", "AHMED"]);
    assert_eq!(otherwise("De La Cruz Maria"), ["LA", "CRUZ", "MARIA"]);
    // Without it one token would be left; a comma leaves no doubt.
    assert_eq!(otherwise("Ben Smith"), ["BEN", "SMITH"]);
    assert_eq!(otherwise("SMITH, Ben James"), full("SMITH, Ben James"));
    assert_eq!(otherwise("Al Abdul Rahman"), ["AL", "ABDUL", "RAHMAN"]);
    assert_eq!(otherwise("Col John Smith"), ["COL", "JOHN", "SMITH"]);
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

    #[test]
    fn names_of_particles_are_idempotent(words in proptest::collection::vec(
        prop_oneof![
            Just("Ben"), Just("Al-"), Just("Das"), Just("Jr"), Just("Col"), Just("El"), Just("Thi"), Just(","), Just("O"),
            Just("L"), Just("Abd"), Just("Al"), Just("X"), Just("Mr"), Just("Smith"), Just("Khan"), Just("-"), Just("Y")
        ], 0..7))
    {
        let once = full(&words.join(" "));
        prop_assert_eq!(&full(&once.join(" ")), &once);
    }
}
