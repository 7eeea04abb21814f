use super::{header_words, kind_of_header, tell};
use crate::model::linkage::FieldKind;
use crate::standardise::field::DateOrder;

#[track_caller]
fn told(values: &[&str]) -> FieldKind {
    tell("c1", values).unwrap().kind
}

#[test]
fn values_tell_without_a_header() {
    assert_eq!(told(&["a@example.com", "b.c@example.org"]), FieldKind::Email);
    assert_eq!(told(&["1980-02-05", "1971-11-30"]), FieldKind::Date);
    assert_eq!(told(&["19151111", "19391212", "19801231"]), FieldKind::Date);
    assert_eq!(told(&["5 Feb 1980", "30 Nov 1971"]), FieldKind::Date);
    assert_eq!(told(&["07700 900123", "+44 7700 900124", "020 7946 0991"]), FieldKind::Phone);
    assert_eq!(told(&["7700900123", "7700900124", "7700900125"]), FieldKind::Phone);
    assert_eq!(told(&["LS1 4AP", "tq13 8df", "M1 1AE"]), FieldKind::Postcode);
    assert_eq!(told(&["5304218", "4066625", "1551941"]), FieldKind::Identifier);
    assert_eq!(told(&["michael", "sarah", "david", "emma"]), FieldKind::GivenName);
    assert_eq!(told(&["patel", "jones", "okafor", "williams"]), FieldKind::FamilyName);
    assert_eq!(told(&["Sarah Jones", "Michael Patel", "Emma Jane Williams"]), FieldKind::FullName);
    let sexes: Vec<&str> = ["m", "f"].into_iter().cycle().take(40).collect();
    assert_eq!(told(&sexes), FieldKind::Category);
    assert_eq!(told(&["8 Stanley Street", "12 Pinkerton Circuit", "3 Light Road"]), FieldKind::Address);
}

#[test]
fn a_header_decides_where_values_leave_doubt() {
    let towns = ["winston hills", "richlands", "windermere", "north ryde"];
    assert_eq!(tell("suburb", &towns).unwrap().kind, FieldKind::Text);
    assert_eq!(kind_of_header("Date of Birth"), Some(FieldKind::Date));
    assert_eq!(kind_of_header("first_name"), Some(FieldKind::GivenName));
    assert_eq!(kind_of_header("c1"), None);
    assert_eq!(header_words("dateOfBirth_2"), ["DATE", "OF", "BIRTH"]);
}

#[test]
fn dates_of_a_column_share_an_order() {
    assert_eq!(tell("x", &["03/25/1981", "01/02/1980"]).unwrap().order, DateOrder::MonthFirst);
}

#[test]
fn lists_are_told_by_their_elements() {
    let guess = tell("x", &["[\"LS1 4AP\",\"M1 1AE\"]", "[\"tq13 8df\"]"]).unwrap();
    assert!(guess.list);
    assert_eq!(guess.kind, FieldKind::Postcode);
}

#[test]
fn nothing_tells_nothing() {
    assert_eq!(tell("name", &[]), None);
}
