//! Traces of people who are not in the register, where a relative of theirs is: nobody is found for the other.

use crate::sought::{Held, Sought, Tables};
use crate::stages::{cut, staged};
use crate::support::{csv, folder, made, run, text};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use std::sync::Arc;

/// Who is sought, and which relative at the same address and with the same phone the register holds.
const RELATIVES: [(&str, Sought<'static>, Held<'static>); 15] = [
    ("father", ("Mohammed Aslam Khan", "1990-05-14", "Mr"), ("Mohammed", "Aslam", "Khan", "1962-03-02", "M")),
    ("father of one day", ("Tariq Mahmood", "1990-05-14", "Mr"), ("Tariq", "", "Mahmood", "1962-05-14", "M")),
    (
        "father, default dates",
        ("Ahmed Mohamed Ali", "1990-01-01", "Mr"),
        ("Ahmed", "Mohamed", "Ali", "1960-01-01", "M"),
    ),
    ("son, default dates", ("Ahmed Mohamed Ali", "1960-01-01", "Mr"), ("Ahmed", "Mohamed", "Ali", "1980-01-01", "M")),
    ("mother of one day", ("Fatima Begum", "1995-06-06", "Ms"), ("Fatima", "", "Begum", "1970-06-06", "F")),
    ("brother", ("Abdul Rahman Miah", "1990-01-01", "Mr"), ("Abdul", "Rahim", "Miah", "1991-01-01", "M")),
    ("twin brother", ("Hassan Ali Raza", "1988-11-03", "Mr"), ("Hussain", "Ali", "Raza", "1988-11-03", "M")),
    (
        "twin of default date",
        ("Abdi Hassan Warsame", "1990-01-01", "Mr"),
        ("Abdi", "Hussein", "Warsame", "1990-01-01", "M"),
    ),
    ("wife", ("Gurpreet Singh Dhillon", "1975-04-09", "Mr"), ("Gurpreet", "Kaur", "Dhillon", "1977-09-30", "F")),
    ("wife, swapped date", ("Harjit Singh Gill", "1975-04-09", "Mr"), ("Harjit", "Kaur", "Gill", "1975-09-04", "F")),
    ("wife of one year", ("Sokhom Chea", "1980-07-19", "Mr"), ("Bopha", "", "Chea", "1980-03-04", "F")),
    ("wife of one year and name", ("Nur Aden", "1980-07-19", "Mr"), ("Nur", "", "Aden", "1980-03-04", "F")),
    ("twin sister", ("Amina Ali Warsame", "1991-10-05", "Ms"), ("Hodan", "Ali", "Warsame", "1991-10-05", "F")),
    ("twin of two names", ("Reza Karimi", "1985-02-11", "Mr"), ("Dariush", "", "Karimi", "1985-02-11", "M")),
    ("wife of one name", ("Nur Ahmed", "1980-01-01", "Mr"), ("Nur", "", "Ahmed", "1980-01-01", "F")),
];

#[test]
fn nobody_is_found_for_a_relative_who_is() {
    let folder = folder();
    let mut tables = Tables::read(&made(folder.path(), 20_000, 2_000), folder.path());
    for (number, (_, sought, held)) in RELATIVES.iter().enumerate() {
        let (address, postcode) = (format!("{} Mill Lane, Luton", number + 1), format!("LU1 {}AB", number % 9));
        let phone = format!("0770090{number:04}");
        let home = [("address", &*address), ("postcode", &*postcode), ("phone", &*phone)];
        tables.hold(&format!("H{number}"), *held, &home);
        let at = [("address_1", &*address), ("postcode_1", &*postcode)];
        tables.seek(&format!("A{number}"), *sought, &at);
        tables.seek(&format!("P{number}"), *sought, &[&at[..], &[("mobile_1", &*phone)]].concat());
    }
    // The same home, and nothing that differs: whoever is there is found.
    let (address, postcode, phone) = ("99 Mill Lane, Luton", "LU1 9AB", "07700909999");
    tables.hold("HH", ("Selam", "Haile", "Tesfay", "1990-05-14", "F"), &[("address", address), ("postcode", postcode)]);
    let at = [("address_1", address), ("postcode_1", postcode), ("mobile_1", phone)];
    tables.seek("HERE", ("Selam Haile Tesfay", "1990-05-14", "Ms"), &at);
    let found = tables.traced(folder.path());
    assert_eq!(found["HERE"].0, "match", "{:?}", found["HERE"]);
    for (number, (who, _, _)) in RELATIVES.iter().enumerate() {
        for kind in ["A", "P"] {
            let (outcome, reason) = &found[&format!("{kind}{number}")];
            assert_ne!(outcome, "match", "{who}, {kind}: {reason}");
        }
    }
}

#[test]
fn what_relatives_may_share_vouches_for_none_of_them() {
    let folder = folder();
    let mut tables = Tables::read(&made(folder.path(), 20_000, 2_000), folder.path());
    let home = [("address", "7 Mill Lane, Luton"), ("postcode", "LU1 7AB"), ("phone", "07700900771")];
    let at = [("address_1", "7 Mill Lane, Luton"), ("postcode_1", "LU1 7AB"), ("mobile_1", "07700900771")];
    let held = ("Hussain", "Ali", "Raza", "1988-11-03", "M");
    let sought = ("Hassan Ali Raza", "1988-11-03", "Mr");
    // Numbers that were given out one after another.
    tables.hold("N", held, &[&home[..], &[("nino", "HJ467068C")]].concat());
    tables.seek("NUMBER", sought, &[&at[..], &[("nino", "HJ467069C")]].concat());
    // A mailbox at another host, which says as much as its name.
    let held = ("Yusuf", "Omar", "Dirie", "1988-11-03", "M");
    tables.hold("M", held, &[&home[..], &[("email", "dirie.family@example.com")]].concat());
    let sought = ("Yahya Omar Dirie", "1988-11-03", "Mr");
    tables.seek("MAILBOX", sought, &[&at[..], &[("email_1", "dirie.family@example.org")]].concat());
    // Twins of whom no address is known.
    tables.hold("T", ("Kwabena", "Mensah", "Boateng", "1988-11-03", "M"), &[("phone", "07700900772")]);
    tables.seek("PHONE", ("Kofi Mensah Boateng", "1988-11-03", "Mr"), &[("mobile_1", "07700900772")]);
    // The same mailbox to the letter, but another birth date: a father reads his son's letters.
    let held = ("Tariq", "", "Mahmood", "1962-03-02", "M");
    tables.hold("F", held, &[&home[..], &[("email", "mahmood@example.com")]].concat());
    let sought = ("Tariq Mahmood", "1990-05-14", "Mr");
    tables.seek("FATHER", sought, &[&at[..], &[("email_1", "mahmood@example.com")]].concat());
    let found = tables.traced(folder.path());
    for id in ["NUMBER", "MAILBOX", "PHONE", "FATHER"] {
        assert_ne!(found[id].0, "match", "{id}: {}", found[id].1);
    }
}

/// A register of texts as one batch.
fn batch(rows: &[Vec<String>]) -> RecordBatch {
    let column = |place: usize| rows[1..].iter().map(move |row| Some(&*row[place]).filter(|text| !text.is_empty()));
    let columns = rows[0].iter().enumerate();
    let columns = columns.map(|(place, name)| (name, Arc::new(column(place).collect::<StringArray>()) as ArrayRef));
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

#[test]
fn of_two_people_under_one_number_each_is_told_their_own_details() {
    let folder = folder();
    let mut tables = Tables::read(&made(folder.path(), 4_000, 400), folder.path());
    let nino = ("nino", "HJ467068C");
    let people = [
        ("A", ("Selam", "Haile", "Tesfay", "1990-05-14", "F"), ("Selam Haile Tesfay", "", "Ms"), "Mill Lane"),
        ("B", ("Zbigniew", "", "Wojcik", "1961-09-30", "M"), ("Zbigniew Wojcik", "1961-09-30", "Mr"), "Station Road"),
    ];
    for (number, (id, held, sought, street)) in people.into_iter().enumerate() {
        let (old, new) = (format!("4 {street}, Luton"), format!("90 {street}, Derby"));
        let (postcode, phone) = (format!("LU1 {number}AB"), format!("0770090080{number}"));
        let home = [("address", &*old), ("postcode", &*postcode), ("phone", &*phone), nino];
        tables.hold(&format!("{id}1"), held, &home);
        tables.hold(&format!("{id}2"), held, &[("address", &*new), ("postcode", "DE1 1AB"), nino]);
        tables.seek(id, sought, &[("address_1", &*old), ("postcode_1", &*postcode), ("mobile_1", &*phone)]);
    }
    // Under a number that is nobody's: one person, told the same in two years, sought twice, and others.
    let (at, nino) = ([("address_1", "4 Low Road, Leeds"), ("postcode_1", "LS2 7AA")], ("nino", "AB123456A"));
    let held = ("Tesfaye", "Haile", "Mekonnen", "1984-07-19", "M");
    let home = [("address", "4 Low Road, Leeds"), ("postcode", "LS2 7AA"), nino];
    let new = [("address", "90 Low Road, Derby"), ("postcode", "DE1 1AC"), nino];
    tables.hold("C", held, &[&home[..], &[("phone", "07700900811")]].concat());
    for year in ["2015-16", "2016-17"] {
        tables.hold("C", held, &new);
        let (place, row) = (tables.register[0].iter().position(|name| name == "tax_year"), tables.register.last_mut());
        row.unwrap()[place.unwrap()] = year.to_owned();
    }
    for day in 1..=28 {
        let (street, born) = (format!("{day} Other Street"), format!("1971-01-{day:02}"));
        let other = ["Tesfaye", "", "Bekele", &*born, "M"].map(str::to_owned);
        let [given, middle, family, born, sex] = other.each_ref().map(String::as_str);
        let at = [("address", &*street), ("postcode", "LS9 9ZZ"), nino];
        let who = [("record_id", "Q"), ("forename", given), ("middle_names", middle), ("surname", family)];
        let more = [("date_of_birth", born), ("sex", sex), ("tax_year", "2015-16")];
        let row = Tables::row(&tables.register[0], &[&who[..], &more, &at].concat());
        tables.register.push(row);
    }
    tables.seek(
        "C",
        ("Tesfaye Haile Mekonnen", "1984-07-19", "Mr"),
        &[&at[..], &[("mobile_1", "07700900811")]].concat(),
    );
    tables.seek("D", ("Tesfaye H Mekonnen", "1984-07-19", "Mr"), &at);
    let found = tables.traced(folder.path());
    assert_eq!(["A", "B", "C", "D"].map(|id| &*found[id].0), ["match"; 4], "{found:?}");
    let place = |name: &str| folder.path().join(name);
    // By an index, and by stages.
    let (index, extract, register) = (place("index"), place("extract.csv"), place("register.csv"));
    run(&["index", "build", &format!("hmrc={}", text(&register)), "--out", text(&index), "--quiet"], 0);
    let words = ["trace", text(&extract), "--index", text(&index), "--on", "2016-04-30", "--quiet", "--threads", "7"];
    run(&[&words[..], &["--out", text(&place("by_index"))]].concat(), 0);
    let parts: Vec<(&str, Vec<u8>)> = cut(&batch(&tables.register), 3).into_iter().map(|part| ("hmrc", part)).collect();
    let staged = staged(&place("stages"), &extract, &["hmrc"], &parts);
    for file in ["hmrc_to_ho.csv", "hmrc_to_dwp.csv"] {
        let [want, by_index, by_stages] = [place("out"), place("by_index"), staged.clone()]
            .map(|out| std::fs::read_to_string(out.join(file)).unwrap());
        assert_eq!(want, by_index, "{file}");
        assert_eq!(want, by_stages, "{file}");
    }
    let told = csv(&place("out").join("hmrc_to_ho.csv"));
    let of_person = |id: &str| told.iter().filter(|row| row[2] == id).map(|row| row.join(",")).collect::<Vec<_>>();
    for year in ["2015-16", "2016-17"] {
        assert!(
            of_person("C").iter().any(|row| row.contains(year) && row.contains("90 Low Road")),
            "{:?}",
            of_person("C")
        );
    }
    assert!(["C", "D"].iter().flat_map(|id| of_person(id)).all(|row| !row.contains("Other Street")));
    for file in ["hmrc_to_ho.csv", "hmrc_to_dwp.csv"] {
        let rows = csv(&folder.path().join("out").join(file));
        let id = rows[0].iter().position(|name| name == "cid_person_id").unwrap();
        for (person, own, other) in [("A", "90 Mill Lane", "Station"), ("B", "90 Station Road", "Mill")] {
            let told: Vec<String> = rows.iter().filter(|row| row[id] == person).map(|row| row.join(",")).collect();
            assert!(told.iter().any(|row| row.contains(own)), "{file}, {person}: {told:?}");
            assert!(told.iter().all(|row| !row.contains(other)), "{file}, {person}: {told:?}");
        }
    }
}
