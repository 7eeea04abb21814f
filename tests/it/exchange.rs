//! What leaves for whom: whitelists of columns, windows, data sets, and traps of single rows.

use crate::support::{csv, folder, run, strict_workbook, text};
use std::path::{Path, PathBuf};

pub(crate) const EXTRACT: &str = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,title,address_1,postcode_1,address_1_from,mobile_1,email_1,nino,wash_number\n";
pub(crate) const REGISTER: &str = "record_id,nino,person_id,title,forename,middle_names,surname,date_of_birth,sex,address,postcode,phone,email,tax_year,record_kind,last_activity_on\n";

pub(crate) struct Run {
    _folder: tempfile::TempDir,
    pub(crate) out: PathBuf,
}

/// Traces one extract against named registers.
#[track_caller]
pub(crate) fn traced(extract: &str, registers: &[(&str, &str)], more: &[&str], status: i32) -> Run {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    // Under an agreement only the workbook of the specification is traced.
    let name = if more.contains(&"--agreement") { "extract.xlsx" } else { "extract.csv" };
    let table = format!("{EXTRACT}{extract}");
    if name == "extract.xlsx" {
        strict_workbook(&path(name), &table);
    } else {
        std::fs::write(path(name), table).unwrap();
    }
    let mut arguments: Vec<String> =
        ["trace", text(&path(name)), "--out", text(&path("out")), "--on", "2016-04-30", "--format", "csv"]
            .map(str::to_owned)
            .to_vec();
    for (name, rows) in registers {
        std::fs::write(path(&format!("{name}.csv")), format!("{REGISTER}{rows}")).unwrap();
        arguments.extend(["--register".into(), format!("{name}={}", text(&path(&format!("{name}.csv"))))]);
    }
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(&words, status);
    Run { out: path("out"), _folder: folder }
}

impl Run {
    pub(crate) fn rows(&self, file: &str) -> Vec<Vec<String>> {
        csv(&self.out.join(file))
    }

    pub(crate) fn body(&self, file: &str) -> Vec<Vec<String>> {
        self.rows(file)[1..].to_vec()
    }

    pub(crate) fn outcome(&self, row: usize) -> (String, String) {
        let row = &self.body("outcomes.csv")[row];
        (row[2].clone(), row[3].clone())
    }
}

pub(crate) const PERSON: &str = "D1,MRP,77,Tesfaye Haile Mekonnen,1984-07-19,MR,\"Flat 2, 12 High St, Leeds\",LS1 4AP,2014-01-01,07700900123,t@example.com,AB123457C,0\n";

pub(crate) fn record(tax_year: &str, address: &str, postcode: &str, phone: &str) -> String {
    format!(
        "R1,AB123457D,,MR,Tesfaye,Haile,Mekonnen,1984-07-19,M,\"{address}\",{postcode},{phone},t@example.com,{tax_year},PAYE,2016-03-01\n"
    )
}

#[test]
fn headers_are_exactly_those_of_each_flow() {
    let run = traced(PERSON, &[("hmrc", &record("2015-16", "3 Low Road", "LS2 7AA", "07700900999"))], &[], 0);
    let header = |file: &str| run.rows(file)[0].join(",");
    assert_eq!(
        header("hmrc_to_ho.csv"),
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,hmrc_match,detail,data_set,tax_year,record_kind,effective_date,address,postcode,phone,email"
    );
    assert_eq!(header("hmrc_no_hits.csv"), "dash_reference,dash_source,cid_person_id,full_name,date_of_birth");
    assert_eq!(
        header("hmrc_unresolved.csv"),
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,status,reason"
    );
    assert_eq!(
        header("hmrc_to_dwp.csv"),
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,hmrc_match,nino,ho_address_1,ho_address_2,ho_address_3,ho_address_4,ho_address_5,ho_postcode_1,ho_postcode_2,ho_postcode_3,ho_postcode_4,ho_postcode_5,hmrc_address_1,hmrc_address_2,hmrc_address_3,hmrc_postcode_1,hmrc_postcode_2,hmrc_postcode_3,ho_email_1,ho_email_2,ho_email_3,ho_email_4,ho_mobile_1,ho_mobile_2,ho_mobile_3,ho_mobile_4,wash_number"
    );
    assert_eq!(
        header("outcomes.csv"),
        "dash_reference,cid_person_id,outcome,nino,person_id,match_probability,match_weight,runner_up,runner_up_weight,margin,tier,reason,data_sets"
    );
}

#[test]
fn only_what_differs_goes_to_the_home_office_and_no_nino() {
    let same_address = record("2015-16", "FLAT 2 12 HIGH STREET LEEDS", "ls14ap", "07700900999");
    let run = traced(PERSON, &[("hmrc", &same_address)], &[], 0);
    let rows = run.body("hmrc_to_ho.csv");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][5..], ["confirmed", "new", "hmrc", "2015-16", "PAYE", "2016-03-01", "", "", "07700900999", ""]);
    assert_eq!(rows[0][..5], ["D1", "MRP", "77", "Tesfaye Haile Mekonnen", "1984-07-19"]);
    let bytes = std::fs::read_to_string(run.out.join("hmrc_to_ho.csv")).unwrap();
    assert!(!bytes.contains("AB123457"));
    assert_eq!(run.body("hmrc_to_dwp.csv")[0][6], "AB123457D");
}

#[test]
fn the_window_limits_what_is_supplied_not_what_is_searched() {
    let old = record("2012-13", "3 Low Road", "LS2 7AA", "");
    let run = traced(PERSON, &[("hmrc", &old)], &[], 0);
    assert_eq!(run.body("hmrc_to_ho.csv")[0][6], "no_extract");
    let known = record("2016-17", "Flat 2, 12 High Street", "LS1 4AP", "07700 900123");
    let run = traced(PERSON, &[("hmrc", &known)], &[], 0);
    assert_eq!(run.body("hmrc_to_ho.csv")[0][6], "interaction_only");
}

#[test]
fn a_third_partys_data_are_searched_but_not_disclosed_without_a_basis() {
    let theirs = record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
    let run = traced(PERSON, &[("bank", &theirs)], &[], 0);
    assert_eq!(run.outcome(0).0, "match");
    assert!(run.body("hmrc_to_ho.csv").is_empty() && run.body("hmrc_to_dwp.csv").is_empty());
    assert_eq!(run.body("hmrc_no_hits.csv").len(), 1);
    let folder = folder();
    let agreement = folder.path().join("agreement.toml");
    std::fs::write(&agreement, "[[data_sets]]\nname = 'bank'\ndisclosure_basis = 'MoU 7'\n").unwrap();
    let run = traced(PERSON, &[("bank", &theirs)], &["--agreement", text(&agreement)], 0);
    assert_eq!(run.body("hmrc_to_ho.csv")[0][7], "bank");
}

#[test]
fn an_agreement_that_is_not_in_force_stops_the_run() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("agreement.toml"), "from = '2017-01-01'\n").unwrap();
    std::fs::write(path("extract.csv"), format!("{EXTRACT}{PERSON}")).unwrap();
    std::fs::write(path("hmrc.csv"), format!("{REGISTER}{}", record("2015-16", "", "", ""))).unwrap();
    let output = run(
        &[
            "trace",
            text(&path("extract.csv")),
            "--register",
            text(&path("hmrc.csv")),
            "--out",
            text(&path("out")),
            "--on",
            "2016-04-30",
            "--agreement",
            text(&path("agreement.toml")),
        ],
        2,
    );
    assert!(crate::support::stderr(&output).contains("not in force on 2016-04-30"));
    assert!(!path("out").exists());
}

#[test]
fn an_administrative_number_names_a_person_but_never_goes_to_dwp() {
    let row = record("2015-16", "Flat 2, 12 High Street", "LS1 4AP", "07700900123").replace("AB123457D", "OO123457D");
    let run = traced(&PERSON.replace("AB123457C", ""), &[("hmrc", &row)], &[], 0);
    assert_eq!(run.outcome(0), ("match".into(), "OO123457D".into()));
    assert!(run.body("hmrc_to_dwp.csv").is_empty());
    assert!(run.body("exceptions.csv").iter().any(|row| row[2] == "no_usable_nino_for_dwp"));
}

#[test]
fn a_borrowed_number_goes_to_review() {
    let other = "R9,AB123457D,,MRS,Jane,,Appleby,1951-02-03,F,9 Far Lane,YO1 7HH,,,2015-16,PAYE,2016-03-01\n";
    let run = traced(PERSON, &[("hmrc", other)], &[], 1);
    assert_ne!(run.outcome(0).0, "match");
}

#[test]
fn two_people_under_one_number_are_told_apart() {
    let right = record("2015-16", "3 Low Road", "LS2 7AA", "07700900999");
    let other =
        "R9,AB123457D,,MRS,Jane,,Appleby,1951-02-03,F,9 Far Lane,YO1 7HH,07700900555,,2015-16,PAYE,2016-03-01\n";
    let run = traced(PERSON, &[("hmrc", &format!("{right}{other}"))], &[], 0);
    let rows = run.body("hmrc_to_ho.csv");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(!rows[0].contains(&"9 Far Lane".to_owned()));
}

/// Rows of so many other people of twenty given names and twenty family names.
fn others(people: usize) -> String {
    const GIVEN: [&str; 20] = [
        "Amina", "Bilal", "Carla", "Dawit", "Elsa", "Femi", "Grace", "Hana", "Idris", "Jonas", "Kofi", "Leila", "Musa",
        "Nadia", "Omar", "Petra", "Rosa", "Samir", "Tariq", "Uma",
    ];
    const FAMILY: [&str; 20] = [
        "Adeyemi", "Bekele", "Costa", "Diaz", "Erkan", "Farah", "Girma", "Hassan", "Ibrahim", "Jallow", "Kaya",
        "Lopez", "Moyo", "Nkosi", "Okafor", "Popescu", "Rahman", "Silva", "Tran", "Yusuf",
    ];
    let row = |n: usize| {
        let (given, family, born) = (GIVEN[n % 20], FAMILY[n / 20 % 20], (1950 + n % 50, 1 + n % 12, 1 + n % 28));
        let (year, month, day) = born;
        format!("P{n},AC{}A,,,{given},,{family},{year}-{month:02}-{day:02},,,,,,2015-16,PAYE,2016-03-01\n", 100_000 + n)
    };
    (0..people).map(row).collect()
}

#[test]
fn evidence_of_all_rows_of_one_person_is_pooled() {
    let by_phone = "R1,AB123457D,,,Tesfaye,,Mekonnen,,,,,07700900123,,2015-16,PAYE,2016-03-01\n";
    let by_date = "R2,AB123457D,,,Tesfaye,Haile,Mekonnen,1984-07-19,,,,,,2014-15,PAYE,2015-03-01\n";
    let person = PERSON.replace("AB123457C", "");
    // In a register of this person alone, and in one in which it can be counted how common a name is.
    for others in [String::new(), others(400)] {
        let weight = |rows: &str, status| {
            let run = traced(&person, &[("hmrc", &format!("{others}{rows}"))], &[], status);
            run.body("outcomes.csv")[0][6].parse::<f64>().unwrap()
        };
        let [both, date, phone] = [weight(&format!("{by_phone}{by_date}"), 0), weight(by_date, 0), weight(by_phone, 1)];
        assert!(both > date && both > phone, "{both} {date} {phone}");
    }
}

/// A register of others and of one household member of the same birth date, and what a trace says of a person sought.
fn sought_at_home(sought: &str, [forename, middle, surname]: [&str; 3]) -> String {
    let extract = format!("D1,MRP,77,\"{sought}\",1984-07-19,MR,\"12 High St, Leeds\",LS1 4AP,2014-01-01,,,,0\n");
    let held = format!(
        "R1,AB123457D,,,{forename},{middle},{surname},1984-07-19,,\"12 High St, Leeds\",LS1 4AP,,,2015-16,PAYE,2016-03-01\n"
    );
    let status = i32::from(forename == "Peter");
    traced(&extract, &[("hmrc", &format!("{}{held}", others(400)))], &[], status).outcome(0).0
}

#[test]
fn a_given_name_like_a_particle_is_not_overlooked() {
    for sought in ["Al Obriton", "OBRITON, Al", "Ben Obriton", "Bin Obriton", "Obriton Ben", "Ben James Obriton"] {
        let middle = if sought.contains("James") { "James" } else { "" };
        assert_ne!(sought_at_home(sought, ["Peter", middle, "Obriton"]), "match", "{sought}");
    }
    for sought in ["Al Obriton", "OBRITON, Al"] {
        assert_eq!(sought_at_home(sought, ["Al", "", "Obriton"]), "match", "{sought}");
    }
}

#[test]
fn a_particle_of_a_family_name_is_no_name() {
    for (sought, held) in [
        ("Ahmed Ben Obriton", ["Ahmed", "", "Obriton"]),
        ("Ben Obriton Ahmed", ["Ahmed", "", "Obriton"]),
        ("BEN OBRITON, Ahmed", ["Ahmed", "", "Ben Obriton"]),
        ("Maria De La Obriton", ["Maria", "", "De La Obriton"]),
        ("Abdul Al Obriton", ["Abdul", "", "Obriton"]),
        ("Omar Bin Obriton", ["Omar", "", "Binobriton"]),
        ("Sean O Briton", ["Sean", "", "O'Briton"]),
    ] {
        assert_eq!(sought_at_home(sought, held), "match", "{sought}");
    }
}

#[test]
fn under_a_filler_nothing_of_others_is_disclosed() {
    let person = PERSON.replace("AB123457C", "");
    let own = record("2015-16", "3 Low Road", "LS2 7AA", "07700900123").replace("AB123457D", "AB123456A");
    let namesake = |n: usize| {
        format!(
            "Q{n},AB123456A,,MR,Tesfaye,,Bekele,1971-01-{n:02},M,{n} Other Street,LS9 9ZZ,,,2015-16,PAYE,2016-03-01\n"
        )
    };
    let rows: String = others(200) + &own + &(1..=28).map(namesake).collect::<String>();
    let run = traced(&person, &[("hmrc", &rows)], &[], 0);
    assert_eq!(run.outcome(0).0, "match");
    let told = run.body("hmrc_to_ho.csv");
    assert!(told.iter().any(|row| row.iter().any(|cell| cell.contains("Low Road"))), "{told:?}");
    assert!(told.iter().flatten().all(|cell| !cell.contains("Other Street")), "{told:?}");
}

#[test]
fn text_that_a_spreadsheet_would_run_is_held() {
    let person = PERSON.replace("Tesfaye Haile Mekonnen", "=Tesfaye Haile Mekonnen");
    let run = traced(&person, &[("hmrc", &record("2015-16", "3 Low Road", "LS2 7AA", ""))], &[], 1);
    assert!(run.body("hmrc_to_ho.csv").is_empty());
    assert_eq!(run.body("hmrc_unresolved.csv")[0][5], "refused");
    assert_eq!(run.outcome(0), ("not_searchable".into(), String::new()));
    assert_eq!(run.body("outcomes.csv")[0][11], "text that a spreadsheet would run");
    let manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(Path::new(&run.out).join("manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["outcomes"]["not_searchable"], &manifest["outcomes"]["match"]), (&1.into(), &0.into()));
    assert_eq!(manifest["counts"]["extract_rows_not_searchable"], 1);
    assert!(run.body("exceptions.csv").iter().any(|row| row[2] == "formula_like_text"));
}

#[test]
fn manifests_hold_no_personal_data() {
    let run = traced(PERSON, &[("hmrc", &record("2015-16", "3 Low Road", "LS2 7AA", "07700900999"))], &[], 0);
    for file in ["manifest.json", "run.json", "exceptions.csv"] {
        let text = std::fs::read_to_string(Path::new(&run.out).join(file)).unwrap();
        for secret in ["Tesfaye", "TESFAYE", "Mekonnen", "1984-07-19", "AB123457", "LS1", "900123", "example.com"] {
            assert!(!text.contains(secret), "{file}: {secret}");
        }
    }
}

#[test]
fn a_pinned_model_is_the_only_one_that_runs() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    strict_workbook(&path("extract.xlsx"), &format!("{EXTRACT}{PERSON}"));
    std::fs::write(path("hmrc.csv"), format!("{REGISTER}{}", record("2015-16", "", "", ""))).unwrap();
    let trace = |out: &str, more: &[&str], status| {
        let (extract, register, out) = (path("extract.xlsx"), path("hmrc.csv"), path(out));
        let mut words = vec!["trace", text(&extract), "--register", text(&register), "--out", text(&out)];
        words.extend(["--on", "2016-04-30"]);
        words.extend(more);
        crate::support::stderr(&run(&words, status))
    };
    let (model, other, agreement) = (path("model.json"), path("other.json"), path("agreement.toml"));
    trace("learned", &["--save-model", text(&model)], 0);
    let bytes = std::fs::read(&model).unwrap();
    let sha256 = rewash::ingest::digest_of(&bytes);
    std::fs::write(&other, [&bytes[..], b"\n"].concat()).unwrap();
    std::fs::write(&agreement, format!("model_sha256 = '{sha256}'\n[[data_sets]]\nname = 'hmrc'\nown = true\n"))
        .unwrap();
    assert!(trace("none", &["--agreement", text(&agreement)], 2).contains("pins a model"));
    let said = trace("wrong", &["--agreement", text(&agreement), "--model", text(&other)], 2);
    assert!(said.contains("not the model that the agreement pins"), "{said}");
    trace("right", &["--agreement", text(&agreement), "--model", text(&model)], 0);
}
