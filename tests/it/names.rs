//! Traces of people whose brother or sister of one date, one home and a name of all but their letters is in the register.

use crate::support::{csv, folder, made, register_to_csv, run, text, write_csv};
use std::collections::BTreeMap;
use std::path::Path;

/// Given name and family name.
type Name = (&'static str, &'static str);

/// Who is sought, and the brother or sister who is held.
const TWINS: [(Name, Name); 14] = [
    (("Ivan", "Petrov"), ("Ivana", "Petrova")),
    (("Zorana", "Markovic"), ("Zoran", "Markovic")),
    (("Yordan", "Dimitrov"), ("Yordanka", "Dimitrova")),
    (("Nadim", "Haddad"), ("Nadima", "Haddad")),
    (("Kadira", "Benali"), ("Kadir", "Benali")),
    (("Naveed", "Akhtar"), ("Naveeda", "Akhtar")),
    (("Adriano", "Ferreira"), ("Adriana", "Ferreira")),
    (("Marian", "Ionescu"), ("Mariana", "Ionescu")),
    (("Catalina", "Popescu"), ("Catalin", "Popescu")),
    (("Besnik", "Hoxha"), ("Besnike", "Hoxha")),
    (("Habib", "Yilmaz"), ("Habibe", "Yilmaz")),
    (("Priyan", "Fernando"), ("Priyanka", "Fernando")),
    (("Nishantha", "Perera"), ("Nishanthi", "Perera")),
    (("Kebede", "Tessema"), ("Kebedech", "Tessema")),
];

/// Who is sought in another spelling than the register has, and is there.
const SAME: [(Name, Name); 5] = [
    (("Yordanka", "Dimitrova"), ("Jordanka", "Dimitrova")),
    (("Nadima", "Haddad"), ("Nadeema", "Haddad")),
    (("Bsrat", "Haile"), ("Bisrat", "Haile")),
    (("Nikola", "Jovanovic"), ("Nikolay", "Jovanovic")),
    (("Huseyn", "Aliyev"), ("Hussain", "Aliev")),
];

const BORN: &str = "1990-05-14";

/// A row under a header, empty where nothing is said.
fn row(header: &[String], values: &[(&str, &str)]) -> Vec<String> {
    let value = |name: &String| values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    header.iter().map(|name| value(name).to_owned()).collect()
}

/// Outcome and reason of every person sought, by id: those at one index of both lists live together.
fn traced(folder: &Path, pairs: &[(String, Name, Name)]) -> BTreeMap<String, (String, String)> {
    let [extract, register, out] = ["extract.csv", "register.csv", "out"].map(|name| folder.join(name));
    let data = made(folder, 20_000, 2_000);
    register_to_csv(&data.join("register.parquet"), &register);
    let (mut sought, mut held) = (csv(&data.join("extract.csv")), csv(&register));
    for (number, (id, who, other)) in pairs.iter().enumerate() {
        let (address, postcode) = (format!("{} Mill Lane, Luton", number + 1), format!("LU1 {}AB", number % 9));
        let (phone, name) = (format!("0770090{number:04}"), format!("{} {}", who.0, who.1));
        let case = [("dash_reference", &**id), ("dash_source", "MRP"), ("cid_person_id", id), ("full_name", &name)];
        let more = [("date_of_birth", BORN), ("status_ended_on", "2012-01-01"), ("mobile_1", &phone)];
        let at = [("address_1", &*address), ("postcode_1", &*postcode)];
        sought.push(row(&sought[0], &[&case[..], &more, &at].concat()));
        let person = [("record_id", &**id), ("person_id", id), ("forename", other.0), ("surname", other.1)];
        let more = [("date_of_birth", BORN), ("tax_year", "2015-16"), ("phone", &phone)];
        let at = [("address", &*address), ("postcode", &*postcode)];
        held.push(row(&held[0], &[&person[..], &more, &at].concat()));
    }
    write_csv(&extract, &sought);
    write_csv(&register, &held);
    let register = format!("hmrc={}", text(&register));
    let words = ["trace", text(&extract), "--register", &register, "--on", "2016-04-30", "--quiet"];
    run(&[&words[..], &["--format", "csv", "--out", text(&out)]].concat(), 0);
    let rows = csv(&out.join("outcomes.csv"));
    let at = |name: &str| rows[0].iter().position(|known| known == name).unwrap();
    let (id, outcome, reason) = (at("cid_person_id"), at("outcome"), at("reason"));
    rows[1..].iter().map(|row| (row[id].clone(), (row[outcome].clone(), row[reason].clone()))).collect()
}

#[test]
fn nobody_is_found_for_a_twin_whose_name_differs_by_its_ending() {
    let folder = folder();
    let twins = TWINS.iter().enumerate().map(|(number, (who, other))| (format!("T{number}"), *who, *other));
    let same = SAME.iter().enumerate().map(|(number, (who, other))| (format!("S{number}"), *who, *other));
    let pairs: Vec<(String, Name, Name)> = twins.chain(same).collect();
    let found = traced(folder.path(), &pairs);
    for (id, who, other) in &pairs {
        let (outcome, reason) = &found[id];
        assert_eq!(outcome == "match", id.starts_with('S'), "{who:?} {other:?}: {outcome}, {reason}");
    }
}
