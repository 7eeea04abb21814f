//! Traces of people whose brother or sister of one date, one home and a name of all but their letters is in the register.

use crate::sought::Tables;
use crate::support::{folder, made};

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

#[test]
fn nobody_is_found_for_a_twin_whose_name_differs_by_its_ending() {
    let folder = folder();
    let twins = TWINS.iter().enumerate().map(|(number, (who, other))| (format!("T{number}"), *who, *other));
    let same = SAME.iter().enumerate().map(|(number, (who, other))| (format!("S{number}"), *who, *other));
    let pairs: Vec<(String, Name, Name)> = twins.chain(same).collect();
    let mut tables = Tables::read(&made(folder.path(), 20_000, 2_000), folder.path());
    for (number, (id, who, other)) in pairs.iter().enumerate() {
        let (address, postcode) = (format!("{} Mill Lane, Luton", number + 1), format!("LU1 {}AB", number % 9));
        let (phone, name) = (format!("0770090{number:04}"), format!("{} {}", who.0, who.1));
        let at = [("address_1", &*address), ("postcode_1", &*postcode), ("mobile_1", &*phone)];
        tables.seek(id, (&name, BORN, ""), &at);
        let home = [("address", &*address), ("postcode", &*postcode), ("phone", &*phone)];
        tables.hold(id, (other.0, "", other.1, BORN, ""), &home);
    }
    let found = tables.traced(folder.path());
    for (id, who, other) in &pairs {
        let (outcome, reason) = &found[id];
        assert_eq!(outcome == "match", id.starts_with('S'), "{who:?} {other:?}: {outcome}, {reason}");
    }
}
