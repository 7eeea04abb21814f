//! The table of obligations is true, and the rules it names bite: each is seen to refuse or change something when what it
//! guards is altered.

use crate::exchange::{PERSON, REGISTER, record, traced};
use crate::support::{folder, run, stderr, strict_workbook, text};
use rewash::exchange::agreement::{Agreement, Department};
use rewash::exchange::gateway::{
    DWP_COLUMNS, HANDOFF_COLUMNS, HO_COLUMNS, LINKING_BLOCK, NO_HIT_COLUMNS, STATUS_COLUMNS, UNRESOLVED_COLUMNS,
};
use rewash::exchange::ledger::{Ledger, Opener};
use rewash::exchange::pool::{Case, Pool, ReturnRow, ReturnedAs, State};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(root().join("data").join(file)).unwrap();
    let header = reader.headers().unwrap().clone();
    let named = |row: csv::StringRecord| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    reader.records().map(|row| named(row.unwrap())).collect()
}

fn list(cell: &str) -> Vec<&str> {
    cell.split(';').map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// Names of all functions that carry `#[test]`, in `src` and `tests`, those within `proptest!` among them.
fn tests() -> BTreeSet<String> {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    sources(&root().join("tests"), &mut paths);
    let mut names = BTreeSet::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split("#[test]").skip(1) {
            // The next function, below other attributes and comments.
            if let Some(name) = rest.split("fn ").nth(1).and_then(|name| name.split('(').next()) {
                names.insert(name.trim().to_owned());
            }
        }
    }
    names
}

#[test]
fn the_table_lists_every_obligation_once() {
    for (file, letter, count) in [("obligations.csv", 'R', 118), ("tensions.csv", 'T', 24)] {
        let ids: Vec<String> = rows(file).iter().map(|row| row["id"].clone()).collect();
        let want: Vec<String> = (1..=count).map(|number| format!("{letter}{number}")).collect();
        assert_eq!(ids, want, "{file}");
    }
}

/// What is wrong with a row of the table.
fn faults(row: &BTreeMap<String, String>, tests: &BTreeSet<String>) -> Vec<String> {
    let named = list(&row["tests"]);
    let mut out = Vec::new();
    for name in &named {
        if !tests.contains(*name) {
            out.push(format!("{}: no test {name}", row["id"]));
        }
    }
    for module in list(&row["modules"]) {
        if !root().join(module).exists() {
            out.push(format!("{}: no module {module}", row["id"]));
        }
    }
    let is_software = match row["met_by"].as_str() {
        "software" | "software_and_people" => true,
        "people" => false,
        other => {
            out.push(format!("{}: met by {other}", row["id"]));
            return out;
        }
    };
    if is_software == (named.is_empty() || row["modules"].is_empty()) {
        out.push(format!("{}: software names modules and tests, people do not", row["id"]));
    }
    if row["met_by"] != "software" && row["note"].is_empty() {
        out.push(format!("{}: says not why", row["id"]));
    }
    if row["asks"].is_empty() || row["section"].is_empty() {
        out.push(format!("{}: says not what is asked", row["id"]));
    }
    out
}

#[test]
fn named_modules_and_tests_exist() {
    let tests = tests();
    let wrong: Vec<String> = rows("obligations.csv").iter().flat_map(|row| faults(row, &tests)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_false_row_of_the_table_is_found() {
    let tests = tests();
    let row = rows("obligations.csv").into_iter().find(|row| row["id"] == "R45").unwrap();
    assert!(faults(&row, &tests).is_empty());
    for (field, value) in [
        ("tests", "a_test_that_nobody_wrote"),
        ("tests", "TODO-check"),
        ("tests", ""),
        ("modules", "src/exchange/nowhere.rs"),
        ("modules", ""),
        ("met_by", "hope"),
        ("met_by", "people"),
        ("asks", ""),
    ] {
        let mut changed = row.clone();
        changed.insert(field.to_owned(), value.to_owned());
        assert!(!faults(&changed, &tests).is_empty(), "{field} = {value}");
    }
}

#[test]
fn tensions_name_settings_of_the_agreement() {
    let whole = toml::Value::try_from(Agreement::default()).unwrap();
    let readings = rows("tensions.csv");
    for row in &readings {
        assert!(!row["question"].is_empty() && !row["reading"].is_empty(), "{}", row["id"]);
        let setting = &row["setting"];
        assert!(setting.is_empty() || whole.get(setting).is_some(), "{}: {setting}", row["id"]);
    }
    assert!(readings.iter().filter(|row| !row["setting"].is_empty()).count() >= 8);
}

#[test]
fn the_program_prints_both_tables() {
    let all = run(&["help", "obligations"], 0);
    let printed = String::from_utf8(all.stdout).unwrap();
    for number in 1..=118 {
        assert!(printed.lines().any(|line| line.starts_with(&format!("R{number} "))), "R{number}");
    }
    assert!(all.stderr.is_empty() && printed.lines().all(|line| line.chars().count() <= 100));
    let one = String::from_utf8(run(&["help", "obligations", "R45", "r88"], 0).stdout).unwrap();
    assert!(one.contains("tax years") && one.contains("src/exchange/window.rs") && one.contains("R88"));
    assert!(
        String::from_utf8(run(&["help", "tensions", "T14"], 0).stdout).unwrap().contains("northern_ireland_to_dwp")
    );
    assert!(stderr(&run(&["help", "obligations", "R200"], 2)).contains("R1 to R118"));
    // Help of commands as before.
    let trace = String::from_utf8(run(&["help", "trace"], 0).stdout).unwrap();
    assert!(trace.contains("--register") && trace.contains("Usage: rewash trace"), "{trace}");
    assert!(String::from_utf8(run(&["help", "model", "import"], 0).stdout).unwrap().contains("Splink"));
    assert!(String::from_utf8(run(&["help"], 0).stdout).unwrap().contains("Usage: rewash"));
    assert!(stderr(&run(&["help", "trase"], 2)).contains("trace"));
}

/// The flows, each with the fields that the memorandum gives its recipient and some that it does not.
const FLOWS: [(&str, &[&str], &str, &[&str]); 6] = [
    (
        "dwp_to_ho.csv",
        &DWP_COLUMNS,
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,benefits,role,address_match,dwp_address,dwp_postcode,phone_match,dwp_phone_1,dwp_phone_2,partner_title,partner_full_name,partner_date_of_birth,deceased,date_of_death",
        &[
            "nino",
            "weekly_amount",
            "ho_email_1",
            "hmrc_address_1",
            "partner_nino",
            "sex",
            "match_weight",
            "cease_benefit",
        ],
    ),
    (
        "ho_to_dwp.csv",
        &STATUS_COLUMNS,
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,match_verified,immigration_status,right_to_work,public_funds,verified_by,verified_on",
        &["nino", "nationality", "address_1", "benefits", "hmrc_match", "cease_benefit"],
    ),
    (
        "hmrc_to_ho.csv",
        &HO_COLUMNS,
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,hmrc_match,detail,data_set,tax_year,record_kind,effective_date,address,postcode,phone,email",
        &["nino", "person_id", "match_weight", "benefits", "employer", "nationality"],
    ),
    (
        "hmrc_no_hits.csv",
        &NO_HIT_COLUMNS,
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth",
        &["nino", "reason", "runner_up", "address"],
    ),
    (
        "hmrc_unresolved.csv",
        &UNRESOLVED_COLUMNS,
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,status,reason",
        &["nino", "match_probability", "address"],
    ),
    (
        "hmrc_to_dwp.csv",
        &HANDOFF_COLUMNS,
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,hmrc_match,nino,ho_address_1,ho_address_2,ho_address_3,ho_address_4,ho_address_5,ho_postcode_1,ho_postcode_2,ho_postcode_3,ho_postcode_4,ho_postcode_5,hmrc_address_1,hmrc_address_2,hmrc_address_3,hmrc_postcode_1,hmrc_postcode_2,hmrc_postcode_3,ho_email_1,ho_email_2,ho_email_3,ho_email_4,ho_mobile_1,ho_mobile_2,ho_mobile_3,ho_mobile_4,wash_number",
        &[
            "nationality",
            "title",
            "port_reference",
            "ho_reference",
            "immigration_status",
            "pool",
            "tax_year",
            "ho_email_5",
        ],
    ),
];

/// Whether a header is exactly what the flow may carry.
fn is_allowed(header: &[&str], agreed: &str) -> bool {
    header.join(",") == agreed
}

#[test]
fn a_field_too_many_is_refused_in_every_flow() {
    for (file, columns, agreed, forbidden) in FLOWS {
        assert!(is_allowed(columns, agreed), "{file}");
        assert!(columns.starts_with(&LINKING_BLOCK), "{file}");
        for field in forbidden {
            assert!(!columns.contains(field), "{file} carries {field}");
            for place in 0..=columns.len() {
                let mut more = columns.to_vec();
                more.insert(place, field);
                assert!(!is_allowed(&more, agreed), "{file} with {field} at {place}");
            }
        }
        for place in 0..columns.len() {
            let mut fewer = columns.to_vec();
            fewer.remove(place);
            assert!(!is_allowed(&fewer, agreed), "{file} without column {place}");
        }
    }
}

/// The extract has as many address slots as its people need, so its columns are agreed for each number of them.
#[test]
fn a_field_too_many_is_refused_in_the_extract() {
    let slot = |number: u32| format!("address_{number},postcode_{number},address_{number}_from,address_{number}_to,");
    for slots in [1, 2, 20] {
        let agreed = format!(
            "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,port_reference,ho_reference,title,nationality,{}\
             email_1,email_2,email_3,email_4,mobile_1,mobile_2,mobile_3,mobile_4,nino,pool,status_ended_on,no_contact_since,wash_number",
            (1..=slots).map(slot).collect::<String>()
        );
        let columns = rewash::exchange::gateway::extract_columns(slots);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        assert!(is_allowed(&columns, &agreed), "{slots}");
        for field in ["benefits", "hmrc_match", "immigration_status", "match_weight", "partner_full_name"] {
            let more = [&columns[..], &[field]].concat();
            assert!(!columns.contains(&field) && !is_allowed(&more, &agreed), "{field}");
        }
    }
}

#[test]
fn files_hold_nothing_but_the_columns_of_their_flow() {
    let run = traced(PERSON, &[("hmrc", &record("2015-16", "3 Low Road", "LS2 7AA", "07700900999"))], &[], 0);
    // What HMRC writes; the other flows have their own tests with their commands.
    for (file, _, agreed, _) in FLOWS.into_iter().filter(|(file, ..)| file.starts_with("hmrc_")) {
        let rows = run.rows(file);
        assert_eq!(rows[0].join(","), agreed, "{file}");
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{file}");
    }
}

#[test]
fn there_is_no_fourth_department() {
    assert_eq!(Department::ALL.map(Department::as_str), ["home_office", "hmrc", "dwp"]);
    let contact = |department: &str| format!("[[contacts]]\ndepartment = '{department}'\nname = 'x'\n");
    assert!(Agreement::from_toml(&contact("dwp")).is_ok());
    assert!(Agreement::from_toml(&contact("police")).is_err());
}

#[test]
fn manifests_name_the_agreement_in_full() {
    let folder = folder();
    let agreement = folder.path().join("agreement.toml");
    let written = "reference = 'MOU-9'\nspecification_version = '1.1'\n[[amendments]]\nreference = 'L7'\non = '2016-04-01'\nwhat = 'emails'\n[[data_sets]]\nname = 'hmrc'\nown = true\n";
    std::fs::write(&agreement, written).unwrap();
    let run = traced(
        PERSON,
        &[("hmrc", &record("2015-16", "3 Low Road", "LS2 7AA", ""))],
        &["--agreement", text(&agreement)],
        0,
    );
    let manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(run.out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["agreement"]["reference"], "MOU-9");
    assert_eq!(manifest["agreement"]["specification_version"], "1.1");
    assert_eq!(manifest["agreement"]["amendments"][0]["reference"], "L7");
    assert_eq!(manifest["agreement_sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn the_linking_block_is_echoed_byte_for_byte() {
    let odd =
        PERSON.replace("Tesfaye Haile Mekonnen", "  tesfaye   HAILE Mekonnén ").replace("1984-07-19", "19/07/1984");
    let run = traced(&odd, &[("hmrc", &record("2015-16", "3 Low Road", "LS2 7AA", ""))], &[], 0);
    for file in ["hmrc_to_ho.csv", "hmrc_to_dwp.csv"] {
        let block = run.body(file)[0][..5].to_vec();
        assert_eq!(block[3].trim(), "tesfaye   HAILE Mekonnén", "{file}");
        assert_eq!(block[4], "19/07/1984", "{file}");
    }
}

#[test]
fn nothing_goes_to_dwp_without_a_match_and_a_number() {
    let hmrc = record("2015-16", "3 Low Road", "LS2 7AA", "07700900123");
    let matched = traced(PERSON, &[("hmrc", &hmrc)], &[], 0);
    assert_eq!(matched.body("hmrc_to_dwp.csv").len(), 1);
    // The same person under an id alone, and somebody else altogether.
    let by_id = hmrc.replace("AB123457D,,", ",P77,");
    let person = PERSON.replace("AB123457C", "");
    let known = traced(&person, &[("hmrc", &by_id)], &[], 0);
    assert_eq!((known.outcome(0).0.as_str(), known.body("hmrc_to_dwp.csv").len()), ("match", 0));
    let other = "R9,AB123458D,,MRS,Jane,,Appleby,1951-02-03,F,9 Far Lane,YO1 7HH,,,2015-16,PAYE,2016-03-01\n";
    let nobody = traced(&person, &[("hmrc", other)], &[], 1);
    assert!(nobody.body("hmrc_to_dwp.csv").is_empty() && nobody.body("hmrc_no_hits.csv").len() == 1);
}

/// A trace of one wide row of an extract.
fn traced_wide(columns: &[(String, String)], agreement: &str) -> Vec<Vec<String>> {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let base = [
        ("dash_reference", "D1"),
        ("dash_source", "MRP"),
        ("cid_person_id", "77"),
        ("full_name", "Tesfaye Haile Mekonnen"),
        ("date_of_birth", "1984-07-19"),
        ("nino", "AB123457C"),
    ];
    let base = base.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let all: Vec<&(String, String)> = base.iter().chain(columns).collect();
    let line = |of: fn(&(String, String)) -> &str| all.iter().map(|pair| of(pair)).collect::<Vec<_>>().join(",");
    let (extract, register, terms_file, out) =
        (path("extract.xlsx"), path("hmrc.csv"), path("agreement.toml"), path("out"));
    strict_workbook(&extract, &format!("{}\n{}\n", line(|pair| &pair.0), line(|pair| &pair.1)));
    std::fs::write(&register, format!("{REGISTER}{}", record("2015-16", "9 Far Lane", "LS9 9AA", ""))).unwrap();
    let terms = "[[data_sets]]\nname = 'hmrc'\nown = true\n";
    std::fs::write(&terms_file, format!("{agreement}\n{terms}")).unwrap();
    let register = format!("hmrc={}", text(&register));
    let words = ["trace", text(&extract), "--register", &register, "--out", text(&out)];
    let more = ["--on", "2016-04-30", "--agreement", text(&terms_file)];
    run(&[&words[..], &more[..]].concat(), 0);
    let rows = crate::support::csv(&out.join("hmrc_to_dwp.csv"));
    rows[1..].to_vec()
}

fn numbered(stem: &str, count: usize, value: impl Fn(usize) -> String) -> Vec<(String, String)> {
    (1..=count).map(|number| (format!("{stem}_{number}"), value(number))).collect()
}

#[test]
fn slots_for_dwp_hold_five_four_and_four() {
    let mut columns = numbered("address", 8, |number| format!("{number} High Street"));
    columns.extend(numbered("postcode", 8, |number| format!("LS{number} 4AP")));
    columns.extend((1..=8).map(|number| (format!("address_{number}_from"), format!("20{:02}-01-01", number + 4))));
    columns.extend(numbered("email", 4, |number| format!("t{number}@example.com")));
    columns.extend(numbered("mobile", 4, |number| format!("0770090012{number}")));
    let row = &traced_wide(&columns, "")[0];
    let filled = |stem: &str| {
        let of = |(name, _): &(&&str, &String)| name.starts_with(stem);
        HANDOFF_COLUMNS.iter().zip(row).filter(of).filter(|(_, value)| !value.is_empty()).count()
    };
    assert_eq!((filled("ho_address_"), filled("ho_email_"), filled("ho_mobile_")), (5, 4, 4));
    // The newest is first.
    assert!(row[7].starts_with("8 High"), "{}", row[7]);
}

#[test]
fn emails_to_dwp_follow_the_agreement() {
    let columns = numbered("email", 4, |number| format!("t{number}@example.com"));
    for (setting, want) in [("", 4), ("emails_to_dwp = 1", 1), ("emails_to_dwp = 0", 0)] {
        let row = &traced_wide(&columns, setting)[0];
        let sent =
            HANDOFF_COLUMNS.iter().zip(row).filter(|(name, value)| name.starts_with("ho_email_") && !value.is_empty());
        assert_eq!(sent.count(), want, "{setting}");
    }
}

#[test]
fn northern_ireland_goes_to_dwp_only_with_authority() {
    let columns =
        vec![("address_1".to_owned(), "1 High Street".to_owned()), ("postcode_1".to_owned(), "BT1 1AA".to_owned())];
    assert!(traced_wide(&columns, "").is_empty());
    assert_eq!(traced_wide(&columns, "northern_ireland_to_dwp = true").len(), 1);
}

#[test]
fn other_tax_years_than_two_are_left_out() {
    let detail = |tax_year: &str| {
        let run = traced(PERSON, &[("hmrc", &record(tax_year, "3 Low Road", "LS2 7AA", "07700900999"))], &[], 0);
        run.body("hmrc_to_ho.csv")[0][6].clone()
    };
    // On 30 April 2016 the current year is 2016-17.
    let found: Vec<String> = ["2016-17", "2015-16", "2014-15", "2017-18"].into_iter().map(detail).collect();
    assert_eq!(found, ["new", "new", "no_extract", "no_extract"]);
}

#[test]
fn readable_inputs_are_refused_where_agreed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let (extract, register, terms) = (path("extract.xlsx"), path("hmrc.csv"), path("agreement.toml"));
    strict_workbook(&extract, &format!("{}{PERSON}", crate::exchange::EXTRACT));
    std::fs::write(&register, format!("{REGISTER}{}", record("2015-16", "", "", ""))).unwrap();
    std::fs::write(&terms, "refuse_readable_inputs = true\n[[data_sets]]\nname = 'hmrc'\nown = true\n").unwrap();
    let try_with = |mode: u32, out: &str, status: i32| {
        for file in [&extract, &register] {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let out = path(out);
        let words = ["trace", text(&extract), "--register", text(&register), "--out", text(&out)];
        let more = ["--on", "2016-04-30", "--agreement", text(&terms)];
        run(&[&words[..], &more[..]].concat(), status)
    };
    assert!(stderr(&try_with(0o644, "a", 3)).contains("chmod 600"));
    assert!(!path("a").exists());
    try_with(0o600, "b", 0);
}

/// State and day on which it is due of one case after one no-hit, under an agreement.
fn after_a_no_hit(pool: Pool, agreement: &Agreement) -> (Vec<State>, Vec<String>) {
    let folder = folder();
    let opener = Opener { by: "clerk".into(), command: "test".into(), wait: Duration::ZERO };
    let mut ledger = Ledger::create(&folder.path().join("ledger"), Department::HomeOffice, &opener).unwrap();
    let case = Case {
        row: 0,
        cid_person_id: "C1".into(),
        pool,
        status_ended_on: None,
        no_contact_since: Some("2015-11-01".into()),
        left: None,
    };
    ledger.load_cases(std::slice::from_ref(&case), "2016-05-10", agreement).unwrap();
    if let Some(wash) = ledger.wash(&[case], "2016-05-10", None, agreement).unwrap() {
        let row = ReturnRow {
            dash_reference: wash.rows[0].dash_reference.clone(),
            cid_person_id: "C1".into(),
            returned: ReturnedAs::NoHit,
            measures: BTreeSet::new(),
        };
        ledger.take_return(&[row], "2016-05-20", false, agreement).unwrap();
    }
    let states = ledger.status("2016-05-20").unwrap().by_state.iter().map(|row| row.1).collect();
    let due = ledger.due("2030-01-01", None, agreement).unwrap().cases.into_iter().map(|case| case.due_on).collect();
    (states, due)
}

#[test]
fn settings_of_the_agreement_move_the_schedule() {
    let usual = Agreement::default();
    let due = |pool, agreement: &Agreement| after_a_no_hit(pool, agreement);
    assert_eq!(due(Pool::Post2008, &usual), (vec![State::Open], vec!["2016-11-10".into()]));
    let every_three = Agreement { rewash_every_months: 3, ..usual.clone() };
    assert_eq!(due(Pool::Post2008, &every_three).1, ["2016-08-10"]);
    let once = Agreement { rewash_until_months: 0, ..usual.clone() };
    assert_eq!(due(Pool::Post2008, &once), (vec![State::Decision], Vec::new()));
    assert_eq!(due(Pool::Pre2008, &usual), (vec![State::WashedOnce], Vec::new()));
    let one_off = Agreement { rewash_one_off: true, ..usual.clone() };
    assert_eq!(due(Pool::Pre2008, &one_off).0, [State::Open]);
    let longer = Agreement { months_without_contact: 12, ..usual.clone() };
    assert_eq!(due(Pool::Post2008, &longer), (vec![State::Waiting], vec!["2016-11-01".into()]));
    let later = Agreement { monthly_from: "2016-06-01".into(), ..usual };
    assert_eq!(due(Pool::Post2008, &later).0, [State::Waiting]);
}

#[test]
fn no_state_decides_about_anyone() {
    let words = State::ALL.map(State::as_str).into_iter().chain(State::ALL.map(State::title));
    for word in words.chain(FLOWS.iter().flat_map(|(_, columns, ..)| columns.iter().copied())) {
        assert!(!decides(word), "{word}");
    }
    assert!(["cease_benefit", "to be closed", "enforcement"].into_iter().all(decides) && !decides("deceased"));
}

/// Whether one of its words would decide something about a person.
fn decides(text: &str) -> bool {
    let banned = ["close", "cease", "enforce", "remove", "illegal"];
    text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| banned.iter().any(|banned| word.starts_with(banned)))
}

#[test]
fn there_is_no_network_in_the_program() {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    for path in paths {
        let code = std::fs::read_to_string(&path).unwrap();
        for banned in ["std::net", "TcpStream", "TcpListener", "UdpSocket", "UnixListener", "reqwest", "hyper::"] {
            assert!(!code.contains(banned), "{}: {banned}", path.display());
        }
    }
}
