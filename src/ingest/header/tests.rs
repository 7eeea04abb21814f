use super::match_header;
use crate::error::ErrorKind;
use crate::model::schema::{ANY, EXTRACT, REGISTER};

fn strings(found: &[&str]) -> Vec<String> {
    found.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn headers_match_in_any_order_and_spelling() {
    let found = [
        "Name",
        "DOB",
        "CID Person ID",
        "Dash-Reference",
        "dash source",
        "Shoe size",
        "",
        "Address 20 Start",
        "primary e-mail",
        "postcode 1",
        "address_21",
    ];
    let header = match_header(&strings(&found), &EXTRACT).unwrap();
    let known: Vec<_> = header.known.iter().map(|(index, name)| (*index, name.as_str())).collect();
    assert_eq!(
        known,
        [
            (0, "full_name"),
            (1, "date_of_birth"),
            (2, "cid_person_id"),
            (3, "dash_reference"),
            (4, "dash_source"),
            (7, "address_20_from"),
            (8, "email_1"),
            (9, "postcode_1"),
        ]
    );
    assert_eq!(header.unknown, ["Shoe size", "column 7", "address_21"]);
}

#[test]
fn a_missing_column_is_an_error_that_helps() {
    let found = strings(&["dash_reference", "dash_source", "cid_person_id", "full_nmae", "date_of_birth"]);
    let error = match_header(&found, &EXTRACT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Column);
    assert_eq!(
        error.what(),
        "the extract lacks full_name; found: dash_reference, dash_source, cid_person_id, full_nmae, date_of_birth"
    );
    assert_eq!(error.hint_text(), Some("did you mean `full_name` by `full_nmae`?"));
    let error = match_header(&strings(&["x"]), &REGISTER).unwrap_err();
    assert_eq!(error.what(), "the register lacks nino or person_id, surname or forename or full_name; found: x");
}

#[test]
fn two_headers_for_one_column_are_refused() {
    let error = match_header(&strings(&["nino", "NI Number", "surname"]), &REGISTER).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Column, "`nino` and `NI Number` both mean `nino`"));
}

#[test]
fn a_row_of_data_is_not_repeated() {
    let error = match_header(&strings(&["D1", "MRP", "10000476", "AYUSH SINGH", "1975-01-01"]), &EXTRACT).unwrap_err();
    assert!(!error.what().contains("SINGH"));
    assert!(error.what().contains("looks like data"));
}

#[test]
fn another_separator_is_recognised() {
    let error = match_header(&strings(&["nino;surname"]), &REGISTER).unwrap_err();
    assert!(error.hint_text().unwrap().contains("semicolons"));
}

#[test]
fn a_row_that_may_be_a_persons_is_listed_without_what_names_anybody() {
    let listed = |found: &[&str], known: &[&str]| super::listed_headers(&strings(found), known);
    assert_eq!(listed(&["Ana", "Li", "leeds"], &["nino"]), "Li, 2 more that may be somebody's, and are not repeated");
    assert_eq!(listed(&["Ana Maria", "Silva"], &[]), "2 that may be somebody's, and are not repeated");
    assert_eq!(
        listed(&["First Name", "birth_date", "Shoe"], &[]),
        "First Name, birth_date, 1 more that may be somebody's, and are not repeated"
    );
    assert_eq!(listed(&["NINO", "shoe size"], &["nino"]), "NINO, shoe size");
    // The first person stands in one line with the headers.
    assert_eq!(
        listed(&["nino", "forename", "Zqxvana", "1984-07-19"], &["nino"]),
        "nino, forename, 2 more that may be somebody's, and are not repeated"
    );
}

#[test]
fn cells_of_a_person_beside_headers_are_told_by_number() {
    let mixed = ["nino", "surname", "date_of_birthAB123457C", "Ana", "1984-07-19"];
    let header = match_header(&strings(&mixed), &REGISTER).unwrap();
    assert_eq!(header.unknown, ["column 3", "column 4", "column 5"]);
    let error = match_header(&strings(&["nino", "Ana", "Ana", "1984-07-19"]), &REGISTER).unwrap_err();
    assert!(!error.to_string().contains("Ana"), "{error}");
    let error = match_header(&strings(&["a", "Ana", "Ana"]), &ANY).unwrap_err();
    assert_eq!(error.what(), "columns 2 and 3 have one name");
}
