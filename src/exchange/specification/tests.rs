use super::*;
use crate::exchange::agreement::Agreement;
use crate::ingest::{Input, Limits, load};
use crate::model::schema::EXTRACT;

/// A row without fault.
const GOOD: [(&str, &str); 15] = [
    ("dash_reference", "D1"),
    ("dash_source", "MRP"),
    ("cid_person_id", "20000001"),
    ("full_name", "Tesfaye Mekonnen"),
    ("date_of_birth", "1984-07-19"),
    ("ho_reference", "T1234567"),
    ("title", "MR"),
    ("address_1", "12 High Street"),
    ("postcode_1", "LS1 4AP"),
    ("address_1_from", "2014-01-01"),
    ("mobile_1", "07700900123"),
    ("pool", "post2008"),
    ("status_ended_on", "2010-05-01"),
    ("no_contact_since", "2015-01-01"),
    ("wash_number", "0"),
];

/// Rows as changes of the good one, each with its own ids.
fn table(rows: &[&[(&str, &str)]]) -> String {
    let mut header: Vec<String> = GOOD.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, _) in rows.iter().flat_map(|row| row.iter()) {
        if !header.iter().any(|known| known == name) {
            header.push((*name).to_owned());
        }
    }
    let mut out = header.join(",") + "\n";
    for (number, changes) in rows.iter().enumerate() {
        let own = [
            ("dash_reference", format!("D{number}")),
            ("cid_person_id", format!("2000{number}")),
            ("ho_reference", format!("T100{number}")),
            ("mobile_1", format!("077009001{number:02}")),
        ];
        let value = |name: &String| {
            let changed = changes.iter().find(|(field, _)| field == name).map(|(_, value)| (*value).to_owned());
            let unique = || own.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
            let usual = || GOOD.iter().find(|(field, _)| field == name).map(|(_, value)| (*value).to_owned());
            let value = changed.or_else(unique).or_else(usual).unwrap_or_default();
            format!("\"{value}\"")
        };
        out += &(header.iter().map(value).collect::<Vec<_>>().join(",") + "\n");
    }
    out
}

fn loaded(csv: &str) -> Loaded {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("extract.csv");
    std::fs::write(&path, csv).expect("written");
    load(&Input::Path(path), &EXTRACT, &Limits::default()).expect("a table")
}

fn checked(csv: &str) -> Checked {
    let loaded = loaded(csv);
    let submission = Submission { loaded: &loaded, beside: None, agreement: None, on: jiff::civil::date(2016, 4, 30) };
    check(&Specification::built_in(), &submission)
}

/// Faults of one row that differs from the good one.
#[track_caller]
fn row(changes: &[(&str, &str)], want: &[(&str, Code)]) {
    let checked = checked(&table(&[changes]));
    let found: Vec<_> = checked.findings.iter().map(|finding| (finding.field.as_str(), finding.code)).collect();
    assert_eq!(found, want, "{changes:?}");
}

#[test]
fn a_good_row_has_no_fault() {
    row(&[], &[]);
}

#[test]
fn link_fields_are_required() {
    for (name, _) in &GOOD[..5] {
        row(&[(name, "")], &[(name, Code::Missing)]);
    }
}

#[test]
fn cases_qualify_after_six_calendar_months() {
    row(&[("no_contact_since", "2015-10-31")], &[]);
    row(&[("no_contact_since", "2015-11-01")], &[("no_contact_since", Code::ContactTooRecent)]);
    row(&[("no_contact_since", "")], &[("no_contact_since", Code::NoContactSinceMissing)]);
    row(&[("no_contact_since", "2016-05-01")], &[("no_contact_since", Code::DateInFuture)]);
}

#[test]
fn pools_agree_with_the_day_on_which_status_ended() {
    row(&[("pool", "pre2008"), ("status_ended_on", "2007-12-31")], &[]);
    row(&[("pool", "pre2008"), ("status_ended_on", "2008-01-01")], &[("status_ended_on", Code::PoolAgainstStatus)]);
    row(&[("pool", "post2008"), ("status_ended_on", "2007-12-31")], &[("status_ended_on", Code::PoolAgainstStatus)]);
    row(&[("pool", "post2008"), ("status_ended_on", "2008-01-01")], &[]);
    row(&[("pool", "2008")], &[("pool", Code::PoolUnknown)]);
}

#[test]
fn wash_numbers_are_of_the_cohort() {
    for wash in ["0", "6", "12", "18", "24"] {
        row(&[("wash_number", wash)], &[]);
    }
    for wash in ["1", "30", "-6", "six"] {
        let found = checked(&table(&[&[("wash_number", wash)]]));
        assert!(found.findings.iter().any(|finding| finding.code == Code::WashNumberWrong), "{wash}");
    }
}

#[test]
fn a_title_within_the_name_may_not_be_of_the_other_sex() {
    row(&[("full_name", "Mrs Ana Li")], &[("title", Code::TitleAgainstName)]);
    row(&[("full_name", "Mr Ana Li")], &[]);
    row(&[("full_name", "Dr Ana Li")], &[]);
}

#[track_caller]
fn rows(changes: &[&[(&str, &str)]], want: &[(u64, &str, Code)]) -> Checked {
    let checked = checked(&table(changes));
    let found: Vec<_> = checked.findings.iter().map(|found| (found.row, found.field.as_str(), found.code)).collect();
    assert_eq!(found, want);
    checked
}

#[test]
fn ids_that_stand_twice_reject_the_file() {
    let other = &[("full_name", "Ana Li"), ("date_of_birth", "1990-03-02")];
    for field in ["dash_reference", "cid_person_id"] {
        let first: &[(&str, &str)] = &[(field, "7")];
        let second: &[(&str, &str)] = &[(field, " 7"), other[0], other[1]];
        let want = [(1, field, Code::Duplicate), (2, field, Code::Duplicate), (2, field, Code::SpacesAtEnds)];
        let mut want = want.to_vec();
        want.sort_by_key(|(row, _, code)| (*row, *code));
        assert!(rows(&[first, second], &want).is_rejected);
    }
}

#[test]
fn one_person_under_several_ids_is_told_and_not_merged() {
    let same = Code::SamePerson;
    // Name in another order, the same birth date, one postcode: GOOD has the postcode in both.
    let twice =
        rows(&[&[], &[("full_name", "MEKONNEN, Tesfaye")]], &[(1, "cid_person_id", same), (2, "cid_person_id", same)]);
    assert_eq!((twice.rows, twice.warned_rows, twice.is_rejected), (2, 2, false));
    // Nothing more than name and date agrees; a default date; another name.
    rows(&[&[], &[("postcode_1", "LS2 7AA")]], &[]);
    let default = ("date_of_birth", "1984-01-01");
    let warned = Code::DefaultDate;
    rows(&[&[default], &[default]], &[(1, "date_of_birth", warned), (2, "date_of_birth", warned)]);
    rows(&[&[], &[("full_name", "Ana Li")]], &[]);
}

#[test]
fn one_nino_on_several_rows_makes_all_of_them_suspect() {
    let nino = ("nino", "AB 12 34 57 C");
    let other: &[(&str, &str)] = &[("full_name", "Ana Li"), ("date_of_birth", "1990-03-02"), ("nino", "AB123457D")];
    let code = Code::NinoOnSeveralRows;
    let found = rows(
        &[&[nino], &[("full_name", "Grace Okafor"), ("date_of_birth", "1991-03-02")], other],
        &[(1, "nino", code), (3, "nino", code)],
    );
    assert_eq!(found.faulty_rows, 2);
}

#[test]
fn two_people_under_one_reference_are_told() {
    let mine = ("ho_reference", "A99");
    let code = Code::ReferenceOfTwoPeople;
    let other: &[(&str, &str)] = &[("full_name", "Ana Li"), ("date_of_birth", "1990-03-02"), ("ho_reference", "a-99")];
    rows(&[&[mine], other], &[(1, "ho_reference", code), (2, "ho_reference", code)]);
    // A family name in common, or one birth date: no sign of two people mixed up.
    rows(&[&[mine], &[("full_name", "Ana Mekonen"), ("date_of_birth", "1990-03-02"), mine]], &[]);
    rows(&[&[mine], &[("full_name", "Ana Li"), mine]], &[]);
}

#[test]
fn addresses_beyond_the_slots_are_told() {
    let text = BUILT_IN.replacen("address = 20", "address = 1", 1);
    let specification = Specification::from_toml(&text).expect("valid");
    let loaded = loaded(&table(&[&[("address_2", "3 Low Road")]]));
    let submission = Submission { loaded: &loaded, beside: None, agreement: None, on: jiff::civil::date(2016, 4, 30) };
    let found = check(&specification, &submission).findings;
    assert!(found.iter().any(|found| found.code == Code::TooManyValues && found.field == "address_2"), "{found:?}");
}

#[test]
fn rows_that_cannot_be_read_are_faulty_and_counted() {
    let mut csv = table(&[&[], &[("full_name", "Ana Li"), ("postcode_1", "LS2 7AA")]]);
    csv += "D9,MRP,9,too,many,fields,x,x,x,x,x,x,x,x,x,x,x,x\nD8,MRP\n";
    let found = checked(&csv);
    assert_eq!((found.rows, found.faulty_rows, found.clean_rows()), (4, 2, 2));
    let of = |row| {
        found.findings.iter().filter(|finding| finding.row == row).map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(of(3), [Code::TooManyFields]);
    assert!(of(4).contains(&Code::TooFewFields));
}

/// Whether a file with so many faulty rows of a hundred is rejected under an agreement for their number.
fn rejected_for_rows(faulty: usize, most: f64) -> bool {
    let bad: &[(&str, &str)] = &[("date_of_birth", "soon")];
    let all: Vec<&[(&str, &str)]> = (0..100).map(|row| if row < faulty { bad } else { &[][..] }).collect();
    let loaded = loaded(&table(&all));
    let agreement = Agreement { faulty_rows_max: most, ..Agreement::default() };
    let on = jiff::civil::date(2016, 4, 30);
    let submission = Submission { loaded: &loaded, beside: None, agreement: Some(&agreement), on };
    let checked = check(&Specification::built_in(), &submission);
    assert_eq!(checked.faulty_rows as usize, faulty);
    checked.findings.iter().any(|finding| finding.code == Code::TooManyFaultyRows)
}

#[test]
fn a_file_is_rejected_above_the_share_of_faulty_rows_and_not_at_it() {
    assert_eq!([4, 5, 6].map(|faulty| rejected_for_rows(faulty, 0.05)), [false, false, true]);
    assert_eq!([28, 29, 30].map(|faulty| rejected_for_rows(faulty, 0.29)), [false, false, true]);
    assert_eq!([0, 1].map(|faulty| rejected_for_rows(faulty, 0.0)), [false, true]);
}
