//! DWP's part over the built program: confirmation, benefits on the date, what leaves and what never does, the switches.

use crate::support::{csv, files, folder, made, rewash, run, stderr, text, write_csv};
use std::path::{Path, PathBuf};

const HEADER: &str = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,hmrc_match,nino,\
    ho_address_1,ho_address_2,ho_address_3,ho_address_4,ho_address_5,\
    ho_postcode_1,ho_postcode_2,ho_postcode_3,ho_postcode_4,ho_postcode_5,\
    hmrc_address_1,hmrc_address_2,hmrc_address_3,hmrc_postcode_1,hmrc_postcode_2,hmrc_postcode_3,\
    ho_email_1,ho_email_2,ho_email_3,ho_email_4,ho_mobile_1,ho_mobile_2,ho_mobile_3,ho_mobile_4,wash_number";
const DWP_TO_HO: &str = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth,benefits,role,address_match,\
    dwp_address,dwp_postcode,phone_match,dwp_phone_1,dwp_phone_2,partner_title,partner_full_name,\
    partner_date_of_birth,deceased,date_of_death";
const CUSTOMERS: &str = "nino,title,forename,middle_names,surname,date_of_birth,date_of_death,sex,address,postcode,\
    phone_1,phone_2,partner_nino";
const AWARDS: &str = "nino,benefit,sub_kind,role,started_on,ended_on,weekly_amount";

/// The person of most cases, as handed over.
const PERSON: [(&str, &str); 11] = [
    ("dash_reference", "D1"),
    ("dash_source", "MRP"),
    ("cid_person_id", "77"),
    ("full_name", "Tesfaye Haile Mekonnen"),
    ("date_of_birth", "1984-07-19"),
    ("hmrc_match", "confirmed"),
    ("nino", "AB123457C"),
    ("ho_address_1", "Flat 2, 12 High Street, Leeds"),
    ("ho_postcode_1", "LS1 4AP"),
    ("ho_mobile_1", "07700900123"),
    ("wash_number", "0"),
];
/// The same as a customer: the suffix of the number is another, which says nothing.
const CUSTOMER: [(&str, &str); 5] = [
    ("nino", "AB123457A"),
    ("forename", "Tesfaye"),
    ("middle_names", "Haile"),
    ("surname", "Mekonnen"),
    ("date_of_birth", "1984-07-19"),
];
/// An award that is in payment.
const AWARD: [(&str, &str); 5] = [
    ("nino", "ab 12 34 57 d"),
    ("benefit", "UC"),
    ("role", "customer"),
    ("started_on", "2015-01-01"),
    ("weekly_amount", "73.10"),
];

/// Values by column name; later ones stand in place of earlier ones.
type Values<'a> = &'a [(&'a str, &'a str)];

fn line(header: &str, base: Values, more: Values) -> Vec<String> {
    let value = |name: &str| {
        let all = base.iter().chain(more);
        all.rev().find(|(column, _)| *column == name).map_or("", |(_, value)| *value).to_owned()
    };
    for (name, _) in base.iter().chain(more) {
        assert!(header.split(',').any(|column| column == *name), "{name}");
    }
    header.split(',').map(value).collect()
}

/// One person with an award in payment: `handoff.csv`, `customers.csv` and `awards.csv` in a folder.
pub(crate) fn one_person(folder: &Path) {
    for (name, header, row) in
        [("handoff.csv", HEADER, &PERSON[..]), ("customers.csv", CUSTOMERS, &CUSTOMER), ("awards.csv", AWARDS, &AWARD)]
    {
        let head: Vec<String> = header.split(',').map(str::to_owned).collect();
        write_csv(&folder.join(name), &[head, line(header, row, &[])]);
    }
}

/// Three tables and what is agreed.
#[derive(Clone, Default)]
struct Case {
    handoff: Vec<Vec<String>>,
    customers: Vec<Vec<String>>,
    awards: Vec<Vec<String>>,
    agreement: Option<&'static str>,
}

struct Run {
    _folder: tempfile::TempDir,
    out: PathBuf,
    said: String,
}

impl Case {
    /// The person, with these values of the handoff, as a customer with an award.
    fn person(more: Values) -> Self {
        Self::default().handed(more).customer(&[]).award(&[])
    }

    fn handed(mut self, more: Values) -> Self {
        self.handoff.push(line(HEADER, &PERSON, more));
        self
    }

    fn customer(mut self, more: Values) -> Self {
        self.customers.push(line(CUSTOMERS, &CUSTOMER, more));
        self
    }

    fn award(mut self, more: Values) -> Self {
        self.awards.push(line(AWARDS, &AWARD, more));
        self
    }

    fn agreed(mut self, text: &'static str) -> Self {
        self.agreement = Some(text);
        self
    }

    fn write(&self, folder: &Path) {
        let tables = [
            ("handoff", HEADER, &self.handoff),
            ("customers", CUSTOMERS, &self.customers),
            ("awards", AWARDS, &self.awards),
        ];
        for (name, header, rows) in tables {
            let mut all = vec![header.split(',').map(str::to_owned).collect()];
            all.extend(rows.iter().cloned());
            write_csv(&folder.join(format!("{name}.csv")), &all);
        }
        if let Some(text) = self.agreement {
            std::fs::write(folder.join("agreement.toml"), text).unwrap();
        }
    }

    #[track_caller]
    fn run(&self, status: i32) -> Run {
        let folder = folder();
        self.write(folder.path());
        let mut words = words(folder.path());
        if self.agreement.is_some() {
            words.extend(["--agreement".to_owned(), text(&folder.path().join("agreement.toml")).to_owned()]);
        }
        let output = run(&words.iter().map(String::as_str).collect::<Vec<_>>(), status);
        Run { out: folder.path().join("out"), said: stderr(&output), _folder: folder }
    }

    /// The fate of the one row, as the manifest counts it.
    #[track_caller]
    fn fate(&self) -> String {
        let folder = folder();
        self.write(folder.path());
        let mut words = words(folder.path());
        if self.agreement.is_some() {
            words.extend(["--agreement".to_owned(), text(&folder.path().join("agreement.toml")).to_owned()]);
        }
        let output = rewash(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", stderr(&output));
        let run = Run { out: folder.path().join("out"), said: stderr(&output), _folder: folder };
        let counts = run.counts();
        let fate = counts.iter().find(|(name, count)| *name != "handed_over" && *count == 1);
        fate.map_or_else(String::new, |(name, _)| name.clone())
    }
}

fn words(folder: &Path) -> Vec<String> {
    let path = |name: &str| text(&folder.join(name)).to_owned();
    [
        "benefits",
        &path("handoff.csv"),
        "--customers",
        &path("customers.csv"),
        "--awards",
        &path("awards.csv"),
        "--out",
        &path("out"),
        "--on",
        "2016-04-30",
    ]
    .map(str::to_owned)
    .to_vec()
}

impl Run {
    fn body(&self, file: &str) -> Vec<Vec<String>> {
        csv(&self.out.join(file))[1..].to_vec()
    }

    /// The one row for the Home Office, by column name.
    #[track_caller]
    fn returned(&self, column: &str) -> String {
        let rows = self.body("dwp_to_ho.csv");
        assert_eq!(rows.len(), 1, "{}", self.said);
        let at = DWP_TO_HO.split(',').position(|name| name == column).expect("a column");
        rows[0][at].clone()
    }

    fn manifest(&self) -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(self.out.join("manifest.json")).unwrap()).unwrap()
    }

    /// Counts of the manifest, which must add up.
    fn counts(&self) -> Vec<(String, u64)> {
        let manifest = self.manifest();
        let counts: Vec<(String, u64)> = manifest["counts"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, count)| (name.clone(), count.as_u64().unwrap()))
            .collect();
        let of = |name: &str| counts.iter().find(|(known, _)| known == name).unwrap().1;
        let sum: u64 = counts.iter().filter(|(name, _)| name != "handed_over").map(|(_, count)| count).sum();
        assert_eq!(sum, of("handed_over"), "{counts:?}");
        assert_eq!(manifest["returned"]["dwp_to_ho.csv"].as_u64(), Some(of("returned")));
        assert_eq!(self.body("dwp_to_ho.csv").len() as u64, of("returned"));
        let unconfirmed = of("not_found") + of("not_confirmed") + of("several_people");
        assert_eq!(self.body("unconfirmed.csv").len() as u64, unconfirmed);
        counts
    }

    fn says(&self, field: &str, reason: &str) -> bool {
        self.body("exceptions.csv").iter().any(|row| row[0] == "1" && row[1] == field && row[2] == reason)
    }
}

#[test]
fn the_file_for_the_home_office_has_these_columns_and_no_other() {
    let run = Case::person(&[]).run(0);
    assert_eq!(csv(&run.out.join("dwp_to_ho.csv"))[0].join(","), DWP_TO_HO);
    assert_eq!(csv(&run.out.join("unconfirmed.csv"))[0], ["dash_reference", "status"]);
    assert_eq!(csv(&run.out.join("exceptions.csv"))[0], ["row", "field", "reason"]);
    let names: Vec<String> = files(&run.out).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["dwp_to_ho.csv", "exceptions.csv", "manifest.json", "run.json", "unconfirmed.csv"]);
}

#[test]
fn the_linking_block_comes_back_byte_for_byte() {
    let odd =
        [("full_name", "Tesfaye  \"Haile\", Mékonnen "), ("date_of_birth", "19/07/1984"), ("cid_person_id", "0077")];
    let run = Case::person(&odd).run(0);
    let row = &run.body("dwp_to_ho.csv")[0];
    assert_eq!(row[..5], ["D1", "MRP", "0077", "Tesfaye  \"Haile\", Mékonnen ", "19/07/1984"]);
}

#[test]
fn no_forbidden_field_leaves() {
    let run = Case::person(&[
        ("ho_email_1", "planted@example.com"),
        ("ho_mobile_2", "07700900777"),
        ("hmrc_address_1", "77 Plantedhmrc Lane, York"),
        ("hmrc_postcode_1", "YO1 7HH"),
        ("ho_address_2", "5 Plantedho Road, Hull"),
        ("ho_postcode_2", "HU1 1AA"),
    ])
    .customer(&[("nino", "AB999999A"), ("forename", "Plantedother"), ("partner_nino", "AB123458A")])
    .award(&[("benefit", "PIP"), ("sub_kind", "plantedrate"), ("weekly_amount", "987.65")])
    .run(0);
    let bytes = std::fs::read_to_string(run.out.join("dwp_to_ho.csv")).unwrap();
    for secret in
        ["AB123457", "AB123458", "AB999999", "@", "987.65", "73.10", "planted", "Planted", "07700900777", "YO1", "HU1"]
    {
        assert!(!bytes.contains(secret), "{secret}");
    }
    for file in ["manifest.json", "run.json", "exceptions.csv", "unconfirmed.csv"] {
        let text = std::fs::read_to_string(run.out.join(file)).unwrap();
        for secret in
            ["Tesfaye", "Mekonnen", "1984-07-19", "AB123457", "LS1", "900123", "example.com", "987.65", "lanted"]
        {
            assert!(!text.contains(secret), "{file}: {secret}");
        }
    }
}

#[test]
fn every_row_has_one_fate() {
    let another: Values =
        &[("forename", "Jane"), ("middle_names", ""), ("surname", "Appleby"), ("date_of_birth", "1951-02-03")];
    let cases: Vec<(&str, Case)> = vec![
        ("returned", Case::person(&[])),
        ("malformed", Case::person(&[("nino", "AB12345")])),
        ("malformed", Case::person(&[("nino", "OO123456A")])),
        ("malformed", Case::person(&[("nino", "")])),
        ("malformed", Case::person(&[("dash_reference", "")])),
        ("malformed", Case::person(&[("full_name", "")])),
        ("malformed", Case::person(&[("hmrc_match", "review")])),
        ("malformed", Case::person(&[("full_name", "=Tesfaye Haile Mekonnen")])),
        ("not_found", Case::default().handed(&[]).customer(&[("nino", "AB123458A")]).award(&[])),
        ("not_confirmed", Case::default().handed(&[]).customer(another).award(&[])),
        ("not_confirmed", Case::person(&[("date_of_birth", "1951-02-03")])),
        ("not_confirmed", Case::person(&[("date_of_birth", "unknown")])),
        ("several_people", Case::person(&[]).customer(another)),
        ("returned", Case::person(&[]).customer(&[("middle_names", "")])),
        ("no_benefit", Case::default().handed(&[]).customer(&[])),
        ("no_benefit", Case::default().handed(&[]).customer(&[]).award(&[("ended_on", "2016-04-30")])),
        ("no_benefit", Case::default().handed(&[]).customer(&[]).award(&[("started_on", "2016-05-01")])),
        ("returned", Case::default().handed(&[]).customer(&[]).award(&[("ended_on", "2016-05-01")])),
        ("returned", Case::default().handed(&[]).customer(&[]).award(&[("started_on", "2016-04-30")])),
        ("unclear_award", Case::default().handed(&[]).customer(&[]).award(&[("benefit", "ZZZ")])),
        ("unclear_award", Case::default().handed(&[]).customer(&[]).award(&[("benefit", "CTC")])),
        ("unclear_award", Case::default().handed(&[]).customer(&[]).award(&[("started_on", "")])),
        ("unclear_award", Case::default().handed(&[]).customer(&[]).award(&[("ended_on", "soon")])),
        ("unclear_award", Case::default().handed(&[]).customer(&[]).award(&[("role", "")])),
        ("returned", Case::person(&[]).award(&[("benefit", "ZZZ")])),
        ("northern_ireland", Case::person(&[("ho_postcode_1", "BT1 1AA")])),
        ("returned", Case::person(&[("ho_postcode_1", "BT1 1AA")]).agreed("northern_ireland_to_dwp = true\n")),
        (
            "returned",
            Case::person(&[("ho_postcode_1", "BT1 1AA"), ("ho_address_2", "1 Low Road"), ("ho_postcode_2", "B1 1AA")]),
        ),
    ];
    for (number, (want, case)) in cases.iter().enumerate() {
        assert_eq!(case.fate(), *want, "case {number}");
    }
}

#[test]
fn nobody_unconfirmed_or_without_benefit_is_named_to_the_home_office() {
    let case = Case::default()
        .handed(&[("dash_reference", "D1"), ("nino", "AB123458A")])
        .handed(&[("dash_reference", "D2"), ("date_of_birth", "1951-02-03")])
        .handed(&[("dash_reference", "D3"), ("nino", "AB123461A")])
        .customer(&[])
        .customer(&[("nino", "AB123461A")])
        .award(&[]);
    let run = case.run(1);
    assert!(run.body("dwp_to_ho.csv").is_empty());
    assert_eq!(run.body("unconfirmed.csv"), [["D1", "not_found"], ["D2", "not_confirmed"]]);
    assert!(run.counts().contains(&("no_benefit".into(), 1)));
    for (file, bytes) in files(&run.out) {
        assert!(!String::from_utf8_lossy(&bytes).contains("D3"), "{file} names somebody without a benefit");
    }
}

#[test]
fn benefits_kinds_and_roles_over_all_awards() {
    let case = Case::default()
        .handed(&[])
        .customer(&[])
        .award(&[("benefit", "jsa"), ("sub_kind", "contributory"), ("role", "partner")])
        .award(&[("benefit", "UC")])
        .award(&[("benefit", "UC"), ("started_on", "2016-01-01")])
        .award(&[("benefit", "SP"), ("ended_on", "2016-01-01"), ("role", "partner")])
        .award(&[("benefit", "PIP"), ("sub_kind", "enhanced")]);
    let run = case.run(0);
    assert_eq!(run.returned("benefits"), "JSA:contributory;PIP;UC");
    assert_eq!(run.returned("role"), "both");
    assert!(run.says("sub_kind", "left_out"));
    let run = case.agreed("benefit_encoding = 'code'\n").run(0);
    assert_eq!(run.returned("benefits"), "JSA;PIP;UC");
    assert_eq!(run.manifest()["switches"]["benefit_encoding"], "code");
    for (role, want) in [("customer", "customer"), ("partner", "partner")] {
        let run = Case::default().handed(&[]).customer(&[]).award(&[("role", role)]).run(0);
        assert_eq!(run.returned("role"), want);
    }
}

#[test]
fn addresses_match_by_flat_and_building_and_are_supplied_only_where_none_does() {
    let flat = "Flat 2, 12 High Street, Leeds";
    let far = [
        ("hmrc_address_2", "9 Far Lane, York"),
        ("hmrc_postcode_2", "YO1 7HH"),
        ("ho_address_3", flat),
        ("ho_postcode_3", "LS1 4AP"),
    ];
    for (address, postcode, want, supplied) in [
        ("FLAT 2 12 HIGH ST", "ls14ap", "HO1;HO3", false),
        ("9 Far Ln, York", "", "HMRC2", false),
        ("12 High Street, Leeds", "LS1 4AP", "HO1:building;HO3:building", true),
        ("Flat 3, 12 High Street, Leeds", "LS1 4AP", "none", true),
        ("14 High Street, Leeds", "LS1 4AP", "none", true),
        ("", "LS1 4AP", "none", true),
        ("No fixed abode", "", "none", false),
        ("", "", "none", false),
    ] {
        let run =
            Case::default().handed(&far).customer(&[("address", address), ("postcode", postcode)]).award(&[]).run(0);
        let want_address = if supplied { [address, postcode] } else { ["", ""] };
        let got = ["address_match", "dwp_address", "dwp_postcode"].map(|column| run.returned(column));
        assert_eq!(got, [want, want_address[0], want_address[1]], "{address} {postcode}");
        // What the Home Office had not known is counted (R94).
        assert_eq!(run.manifest()["details"]["address_supplied"], u64::from(supplied), "{address} {postcode}");
    }
}

#[test]
fn phones_match_by_number_and_only_others_are_supplied() {
    let held = [("ho_mobile_1", "07700900111"), ("ho_mobile_2", "+44 7700 900123")];
    for (phones, want, supplied) in [
        (["07700 900123", ""], "1=HO2", ["", ""]),
        (["07700 900123", "01632 960001"], "1=HO2;2=none", ["", "01632960001"]),
        (["+44 1632 960001", "07700900111"], "1=none;2=HO1", ["01632960001", ""]),
        (["+33 6 12 34 98 76", ""], "1=none", ["0033612349876", ""]),
        (["unknown", "07700900999"], "1=none", ["07700900999", ""]),
        (["", ""], "", ["", ""]),
    ] {
        let run =
            Case::default().handed(&held).customer(&[("phone_1", phones[0]), ("phone_2", phones[1])]).award(&[]).run(0);
        let got = ["phone_match", "dwp_phone_1", "dwp_phone_2"].map(|column| run.returned(column));
        assert_eq!(got, [want, supplied[0], supplied[1]], "{phones:?}");
        let counted = supplied.iter().any(|number| !number.is_empty());
        assert_eq!(run.manifest()["details"]["phone_supplied"], u64::from(counted), "{phones:?}");
    }
}

#[test]
fn partners_are_told_by_title_name_and_birth_date_alone() {
    let almaz = [
        ("nino", "AB123459A"),
        ("title", "MRS"),
        ("forename", "Almaz"),
        ("middle_names", ""),
        ("surname", "Bekele"),
        ("date_of_birth", "05/02/1986"),
        ("address", "9 Plantedpartner Lane"),
        ("phone_1", "07700900888"),
    ];
    let with = |more: &'static [(&'static str, &'static str)]| [&almaz[..], more].concat();
    let own = |partner: &'static str| Case::default().handed(&[]).customer(&[("partner_nino", partner)]).award(&[]);
    let told = |case: &Case| {
        let run = case.run(0);
        let bytes = std::fs::read_to_string(run.out.join("dwp_to_ho.csv")).unwrap();
        assert!(!bytes.contains("lantedpartner") && !bytes.contains("900888") && !bytes.contains("AB12345"));
        ["partner_title", "partner_full_name", "partner_date_of_birth"].map(|column| run.returned(column))
    };
    let named = ["MRS", "Almaz Bekele", "1986-02-05"].map(str::to_owned);
    let nobody = ["", "", ""].map(str::to_owned);
    assert_eq!(told(&own("AB 12 34 59 B").customer(&almaz)), named);
    assert_eq!(told(&own("AB123459A")), nobody);
    assert_eq!(told(&own("nonsense").customer(&almaz)), nobody);
    assert_eq!(told(&own("AB123457B").customer(&almaz)), nobody);
    assert_eq!(told(&own("AB123459A").customer(&with(&[("date_of_death", "2016-01-02")]))), nobody);
    let two_people = own("AB123459A").customer(&almaz).customer(&with(&[
        ("forename", "Jo"),
        ("surname", "Li"),
        ("date_of_birth", "1950-06-07"),
    ]));
    assert_eq!(told(&two_people), nobody);
    // By the other role on the same household award, where the index ties the two together.
    let naming = with(&[("partner_nino", "AB123457C")]);
    let other_role = [("nino", "AB123459A"), ("role", "partner")];
    assert_eq!(told(&own("").customer(&naming).award(&other_role)), named);
    assert_eq!(told(&own("").customer(&naming)), nobody);
    assert_eq!(told(&own("").customer(&almaz).award(&other_role)), nobody);
    let another_start = [("nino", "AB123459A"), ("role", "partner"), ("started_on", "2014-01-01")];
    assert_eq!(told(&own("").customer(&naming).award(&another_start)), nobody);
    let not_of_a_household = Case::default()
        .handed(&[])
        .customer(&[])
        .customer(&naming)
        .award(&[("benefit", "CA")])
        .award(&[("benefit", "CA"), ("nino", "AB123459A"), ("role", "partner")]);
    assert_eq!(told(&not_of_a_household), nobody);
}

#[test]
fn a_death_is_told_with_an_award_and_without_one_only_where_agreed() {
    let died = |date: &'static str| {
        Case::default().handed(&[]).customer(&[("date_of_death", date), ("phone_1", "07700900999")])
    };
    let told = |case: Case| {
        let run = case.run(0);
        ["deceased", "date_of_death"].map(|column| run.returned(column))
    };
    assert_eq!(told(died("03/02/2016").award(&[])), ["yes", "2016-02-03"]);
    assert_eq!(told(died("").award(&[])), ["no", ""]);
    assert_eq!(told(died("2016-05-01").award(&[])), ["no", ""]);
    assert_eq!(died("2016-02-03").fate(), "no_benefit");
    let run = died("2016-02-03").agreed("report_death_without_award = true\n").run(0);
    assert_eq!(run.body("dwp_to_ho.csv")[0][5..], ["", "", "", "", "", "", "", "", "", "", "", "yes", "2016-02-03"]);
    assert_eq!(run.manifest()["switches"]["report_death_without_award"], true);
    assert_eq!(run.manifest()["details"]["deceased_without_award"], 1);
    assert_eq!(died("").agreed("report_death_without_award = true\n").fate(), "no_benefit");
}

#[test]
fn first_washes_are_kept_back_where_rewashes_alone_are_returned() {
    let case = |wash: &'static str| Case::person(&[("wash_number", wash)]);
    let rewash_only = "dwp_return_scope = 'rewash_only'\n";
    assert_eq!(case("0").fate(), "returned");
    assert_eq!(case("0").agreed(rewash_only).fate(), "out_of_scope");
    assert_eq!(case("").agreed(rewash_only).fate(), "out_of_scope");
    let run = case("6").agreed(rewash_only).run(0);
    assert_eq!(run.manifest()["switches"]["dwp_return_scope"], "rewash_only");
    assert_eq!(case("").fate(), "returned");
}

#[test]
fn text_that_a_spreadsheet_would_run_is_held() {
    let case = Case::default()
        .handed(&[])
        .customer(&[("address", "=cmd|' /C calc'!A0"), ("postcode", "LS9 9AA"), ("partner_nino", "AB123459A")])
        .customer(&[("nino", "AB123459A"), ("forename", "@SUM(1)"), ("title", "-1")])
        .award(&[]);
    let run = case.run(0);
    assert_eq!(run.returned("dwp_address"), "");
    assert!(run.says("dwp_address", "formula_like_text"));
    let bytes = std::fs::read_to_string(run.out.join("dwp_to_ho.csv")).unwrap();
    assert!(!bytes.contains("cmd|") && !bytes.contains("@SUM") && !bytes.contains("-1,"));
    let run = Case::person(&[("cid_person_id", "+77")]).run(1);
    assert!(run.says("cid_person_id", "formula_like_text"));
}

#[test]
fn under_an_agreement_everything_is_strict() {
    let case = Case::person(&[]).agreed("from = '2016-02-01'\nto = '2016-03-31'\n");
    assert!(case.run(2).said.contains("not in force on 2016-04-30"));
    let case = Case::person(&[]).agreed("refuse_readable_inputs = true\n");
    assert!(case.run(3).said.contains("other users of this machine may read"));
    // A column that the gateway does not give is not read, and refused under an agreement.
    let folder = folder();
    Case::person(&[]).write(folder.path());
    let path = folder.path().join("handoff.csv");
    let mut rows = csv(&path);
    rows[0].push("salary".into());
    rows[1].push("31000".into());
    write_csv(&path, &rows);
    let all = words(folder.path());
    let mut words: Vec<&str> = all.iter().map(String::as_str).collect();
    let output = run(&words, 0);
    assert!(stderr(&output).contains("1 columns are not of the handoff"));
    std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    let agreement = folder.path().join("agreement.toml");
    std::fs::write(&agreement, "reference = 'X'\n").unwrap();
    words.extend(["--agreement", text(&agreement)]);
    run(&words, 3);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn hostile_and_broken_tables() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    Case::person(&[]).write(folder.path());
    let all = words(folder.path());
    let words: Vec<&str> = all.iter().map(String::as_str).collect();
    // Each required column is missed.
    for (file, column) in [
        ("handoff", "wash_number"),
        ("handoff", "ho_mobile_4"),
        ("customers", "date_of_birth"),
        ("awards", "role"),
        ("awards", "started_on"),
    ] {
        let good = csv(&path(&format!("{file}.csv")));
        let at = good[0].iter().position(|name| name == column).unwrap();
        let without: Vec<Vec<String>> = good
            .iter()
            .map(|row| row.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, cell)| cell.clone()).collect())
            .collect();
        write_csv(&path(&format!("{file}.csv")), &without);
        let said = stderr(&run(&words, 3));
        assert!(said.contains(column) && !path("out").exists(), "{said}");
        write_csv(&path(&format!("{file}.csv")), &good);
    }
    // A row with too many fields is malformed; the others go on.
    let mut rows = csv(&path("handoff.csv"));
    let mut long = rows[1].clone();
    long.push("extra".into());
    rows.push(long);
    write_csv(&path("handoff.csv"), &rows);
    let output = run(&words, 0);
    assert!(stderr(&output).contains("malformed"), "{}", stderr(&output));
    let said: Vec<Vec<String>> = csv(&path("out/exceptions.csv"));
    assert!(said.iter().any(|row| row[0] == "2" && row[2] == "too many fields"), "{said:?}");
    // Text of any kind where values should be.
    let noise = "\u{7}\u{202e}'\"<>;--\u{1F600}";
    let case = Case::person(&[("ho_address_1", noise), ("ho_mobile_1", noise), ("wash_number", noise)])
        .customer(&[("nino", noise), ("date_of_birth", noise), ("address", noise)])
        .award(&[("nino", noise), ("started_on", noise), ("weekly_amount", noise)]);
    assert_eq!(case.fate(), "returned");
}

#[test]
fn words_that_do_not_fit_together() {
    let folder = folder();
    let out = folder.path().join("out");
    run(&["benefits"], 2);
    run(&["benefits", "handoff.csv", "--out", text(&out)], 2);
    run(&["benefits", "-", "--customers", "-", "--awards", "a.csv", "--out", text(&out)], 2);
    run(&["benefits", "nowhere.csv", "--customers", "c.csv", "--awards", "a.csv", "--out", text(&out)], 3);
    run(&["benefits", "stopped", "nowhere.csv", "--out", text(&out)], 3);
    run(&["benefits", "stopped", "nowhere.csv", "--out", text(&out), "--weeks", "0"], 2);
    assert!(!out.exists());
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = folder();
    Case::person(&[]).write(folder.path());
    let all = words(folder.path());
    let mut words: Vec<&str> = all.iter().map(String::as_str).collect();
    words.push("--dry-run");
    assert!(stderr(&run(&words, 0)).contains("handoff rows"));
    assert!(!folder.path().join("out").exists());
}

/// Made data, traced: the folder of the made files and that of the trace.
fn traced(folder: &Path) -> (PathBuf, PathBuf) {
    let made = made(folder, 12_000, 3_000);
    let out = folder.join("traced");
    let register = format!("hmrc={}", text(&made.join("register.parquet")));
    let extract = made.join("extract.csv");
    run(&["trace", text(&extract), "--register", &register, "--out", text(&out), "--on", "2016-04-30", "--quiet"], 0);
    (made, out)
}

fn benefits_of(made: &Path, traced: &Path, out: &Path, more: &[&str]) {
    let (handoff, customers, awards) =
        (traced.join("hmrc_to_dwp.csv"), made.join("customers.csv"), made.join("awards.csv"));
    let mut words = vec!["benefits", text(&handoff), "--customers", text(&customers), "--awards", text(&awards)];
    words.extend(["--out", text(out), "--on", "2016-04-30", "--quiet"]);
    words.extend(more);
    run(&words, 0);
}

#[test]
fn made_data_come_back_as_their_truth_says_and_the_same_for_any_number_of_threads() {
    let folder = folder();
    let (made, traced) = traced(folder.path());
    let out = folder.path().join("out");
    benefits_of(&made, &traced, &out, &[]);
    let key = |number: &str| number.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>();
    let truth = csv(&made.join("benefits_truth.csv"));
    let of = |number: &str| truth[1..].iter().find(|row| key(&row[0]) == key(number));
    let returned = csv(&out.join("dwp_to_ho.csv"));
    let unconfirmed = csv(&out.join("unconfirmed.csv"));
    let (mut due, mut came, mut roles) = (0, 0, std::collections::BTreeSet::new());
    for row in &csv(&traced.join("hmrc_to_dwp.csv"))[1..] {
        let answer = returned[1..].iter().find(|answer| answer[0] == row[0]);
        let status = unconfirmed[1..].iter().find(|status| status[0] == row[0]).map(|status| status[1].as_str());
        let Some(truth) = of(&row[6]).filter(|truth| truth[1] != "none") else {
            assert_eq!((answer, status), (None, Some("not_found")), "row {}", row[0]);
            continue;
        };
        let is_due = truth[1] == "own" && !truth[2].is_empty();
        due += usize::from(is_due);
        let Some(answer) = answer else { continue };
        assert!(is_due, "row {} of a record of {}", row[0], truth[1]);
        came += 1;
        roles.insert(answer[6].clone());
        assert_eq!(answer[5..7], truth[2..4], "row {}", row[0]);
        assert_eq!(answer[16..18], truth[4..6], "row {}", row[0]);
        assert_eq!(answer[14].is_empty(), answer[15].is_empty(), "row {}", row[0]);
    }
    assert!(due > 100 && came * 100 >= due * 85, "{came} of {due} came back");
    assert!(roles.len() >= 2, "{roles:?}");
    let want: Vec<_> = files(&out).into_iter().filter(|(name, _)| name != "run.json").collect();
    for (threads, batch) in [("1", "100000"), ("2", "63"), ("7", "1000")] {
        let again = folder.path().join(threads);
        benefits_of(&made, &traced, &again, &["--threads", threads, "--batch-rows", batch]);
        let got: Vec<_> = files(&again).into_iter().filter(|(name, _)| name != "run.json").collect();
        assert!(want == got, "{threads} threads, batches of {batch}");
    }
}

#[test]
fn packed_tables_and_several_files_give_the_same() {
    use std::io::Write;
    let folder = folder();
    Case::person(&[]).customer(&[("nino", "AB123459A")]).write(folder.path());
    let all = words(folder.path());
    let words: Vec<&str> = all.iter().map(String::as_str).collect();
    run(&words, 0);
    let want = std::fs::read(folder.path().join("out/dwp_to_ho.csv")).unwrap();
    std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    let customers = csv(&folder.path().join("customers.csv"));
    for (part, row) in customers[1..].iter().enumerate() {
        let name = folder.path().join(format!("part-{part}.csv"));
        write_csv(&name, &[customers[0].clone(), row.clone()]);
        let mut packed = flate2::write::GzEncoder::new(
            std::fs::File::create(folder.path().join(format!("part-{part}.csv.gz"))).unwrap(),
            flate2::Compression::fast(),
        );
        packed.write_all(&std::fs::read(&name).unwrap()).unwrap();
        packed.finish().unwrap();
    }
    let pattern = format!("{}/part-*.gz", folder.path().display());
    let words: Vec<&str> =
        words.iter().map(|word| if word.ends_with("customers.csv") { pattern.as_str() } else { word }).collect();
    run(&words, 0);
    assert_eq!(std::fs::read(folder.path().join("out/dwp_to_ho.csv")).unwrap(), want);
}

const STOPPED: &str = "dash_reference,benefit,stopped_on,weekly_amount\n";

/// Runs `benefits stopped` and returns the rows for the Home Office, without header.
#[track_caller]
fn stopped(rows: &str, more: &[&str], status: i32) -> (Vec<Vec<String>>, String) {
    let folder = folder();
    let (feed, out) = (folder.path().join("stopped.csv"), folder.path().join("out"));
    std::fs::write(&feed, format!("{STOPPED}{rows}")).unwrap();
    let mut words = vec!["benefits", "stopped", text(&feed), "--out", text(&out), "--on", "2016-04-30"];
    words.extend(more);
    run(&words, status);
    let table = csv(&out.join("dwp_savings.csv"));
    assert_eq!(
        table[0],
        ["benefit", "people_stopped", "awards_stopped", "weekly_amount_gbp", "weeks", "savings_gbp", "formula"]
    );
    let rest: String = ["manifest.json", "exceptions.csv", "dwp_savings.csv"]
        .map(|name| std::fs::read_to_string(out.join(name)).unwrap())
        .concat();
    (table[1..].to_vec(), rest)
}

fn feed(benefit: &str, people: std::ops::Range<u32>, amount: &str) -> String {
    people.map(|person| format!("PLANTED{person},{benefit},2016-03-01,{amount}\n")).collect()
}

#[test]
fn savings_are_sums_times_stated_weeks_and_name_nobody() {
    let rows = format!("{}{}", feed("UC", 0..12, "73.10"), feed("PC", 12..22, "£10"));
    let (table, text) = stopped(&rows, &["--weeks", "26"], 0);
    let formula = "savings_gbp = sum(weekly_amount of awards stopped) x weeks";
    // 12 x 73.10 + 10 x 10 = 977.20 a week, times 26.
    assert_eq!(table[0], ["all", "22", "22", "977.20", "26", "25407.20", formula]);
    assert_eq!(table[1], ["PC", "10", "10", "100.00", "26", "2600.00", formula]);
    assert_eq!(table[2], ["UC", "12", "12", "877.20", "26", "22807.20", formula]);
    assert!(text.contains("\"weeks\": 26") && text.contains(formula) && !text.contains("PLANTED"));
    let (table, _) = stopped(&rows, &[], 0);
    assert_eq!(table[0][4], "52");
}

#[test]
fn small_cells_are_not_shown() {
    let few = feed("UC", 0..9, "73.10");
    let (table, text) = stopped(&few, &[], 0);
    assert_eq!(table, [["all", "under 10", "", "", "", "", ""]]);
    assert!(!text.contains("657.90"), "nine times the amount");
    let (table, _) = stopped(&format!("{few}{}{}", feed("PC", 20..32, "10"), feed("SP", 40..80, "10")), &[], 0);
    let shown: Vec<(&str, &str)> = table.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(shown, [("all", "61"), ("SP", "40"), ("other", "21")]);
}

#[test]
fn faulty_rows_of_the_feed_are_counted_and_not_summed() {
    let rows = format!(
        "{}X1,ZZZ,2016-03-01,10\nX2,UC,soon,10\nX3,UC,2016-03-01,much\nX4,UC,2016-05-01,10\n,UC,2016-03-01,10\n",
        feed("UC", 0..10, "1")
    );
    let (table, text) = stopped(&rows, &["--weeks", "1"], 0);
    assert_eq!(table[0][..6], ["all", "10", "10", "10.00", "1", "10.00"]);
    for reason in ["unknown_code", "unreadable_date", "unreadable_amount", "after_the_date", "missing"] {
        assert!(text.contains(reason), "{reason}");
    }
    stopped("", &[], 1);
}

#[test]
fn made_stopped_awards_are_counted() {
    let folder = folder();
    let made = made(folder.path(), 2_000, 1_500);
    let (feed, out) = (made.join("stopped.csv"), folder.path().join("savings"));
    run(&["benefits", "stopped", text(&feed), "--out", text(&out), "--on", "2016-04-30"], 0);
    let table = csv(&out.join("dwp_savings.csv"));
    assert!(table.len() > 2 && table[1][1].parse::<u64>().unwrap() > 50, "{table:?}");
}
