//! What is proposed and learned of tables in which little or nothing is to be found.

use super::{BLOCK_PAIRS_MAX, Linkage, TrainSettings, propose, train};
use crate::frame::Table;
use crate::model::linkage::{LinkageModel, When};
use crate::util::hash::mix;
use arrow::array::StringViewArray;

const GIVEN: [&str; 12] = ["Ann", "Raj", "Eva", "Tom", "Mia", "Ivan", "Noor", "Ling", "Omar", "Rosa", "Paul", "Zara"];
const FAMILY: [&str; 10] =
    ["Okafor", "Novak", "Patel", "Rossi", "Brown", "Garcia", "Nowak", "Haddad", "Tanaka", "Schmidt"];

fn pick<'a>(of: &[&'a str], seed: u64, number: u64) -> &'a str {
    of[(mix(seed, number) % of.len() as u64) as usize]
}

/// Three people in each home, with one family name, address and phone; nobody stands twice.
fn homes(count: u64) -> Vec<[String; 6]> {
    let of_home = |home: u64| {
        let family = format!("{}{}", pick(&FAMILY, 1, home), pick(&["", "son", "field", "man"], 2, home));
        (0..3).map(move |member| {
            let person = home * 3 + member;
            let date =
                format!("{}-{:02}-{:02}", 1940 + mix(3, person) % 60, 1 + mix(4, person) % 12, 1 + mix(5, person) % 28);
            let sex = if mix(6, person).is_multiple_of(2) { "M" } else { "F" };
            let (road, phone) = (format!("{} Mill Road", 1 + home), format!("01632 96{:04}", home));
            [pick(&GIVEN, 7, person).to_owned(), family.clone(), date, sex.to_owned(), road, phone]
        })
    };
    (0..count).flat_map(of_home).collect()
}

fn table(rows: &[[String; 6]], headers: [&str; 6]) -> Table {
    let column = |place: usize| StringViewArray::from_iter(rows.iter().map(|row| Some(row[place].as_str())));
    Table::new((0..6).map(|place| (headers[place].to_owned(), column(place))).collect())
}

const HEADERS: [&str; 6] = ["first name", "last name", "born", "sex", "street", "telephone"];

fn learned(tables: &[&Table]) -> Linkage {
    let model = propose(tables, &vec![vec![]; tables.len()]).unwrap();
    let mut linkage = Linkage::prepare(model, tables, BLOCK_PAIRS_MAX).unwrap();
    train(&mut linkage, &TrainSettings::default(), None).unwrap();
    linkage
}

#[test]
fn a_table_of_households_in_which_nobody_stands_twice_has_no_matches() {
    let all = homes(250);
    let (pairs, _) = learned(&[&table(&all, HEADERS)]).score(0.0).unwrap();
    assert!(pairs.len() <= 8, "{} pairs of 750 at home", pairs.len());
    // With forty of them twice these are found.
    let mut twice = all.clone();
    twice.extend(all.iter().step_by(19).take(40).cloned());
    let (pairs, _) = learned(&[&table(&twice, HEADERS)]).score(0.0).unwrap();
    let right = pairs.iter().filter(|pair| pair.right >= 750 && pair.left == (pair.right - 750) * 19).count();
    assert!(right >= 38 && pairs.len() <= right + 8, "{right} of {}", pairs.len());
}

#[test]
fn the_order_of_rows_is_not_seen_in_what_is_proposed() {
    let mut rows = homes(5_000);
    let model = |rows: &[[String; 6]]| propose(&[&table(rows, HEADERS)], &[vec![]]).unwrap();
    let sorted = model(&rows);
    rows.sort_by_key(|row| mix(9, row.iter().flat_map(|cell| cell.bytes()).map(u64::from).sum::<u64>()));
    assert_eq!(model(&rows), sorted);
}

#[test]
fn columns_that_share_no_value_and_no_header_are_not_of_one_thing() {
    let rows = homes(200);
    let mut others = rows.clone();
    // A year alone, which looks like a code, where the left has whole dates.
    others.iter_mut().for_each(|row| row[2].truncate(4));
    let right = table(&others, ["given", "family", "year", "gender", "road", "fixed line"]);
    let model = propose(&[&table(&rows, HEADERS), &right], &[vec![], vec![]]).unwrap();
    assert!(model.fields.iter().all(|field| !field.right.contains(&"year".to_owned())), "{:?}", model.fields);
    assert_eq!(model.fields.len(), 5, "{:?}", model.fields);
}

/// The same people in two tables, the second of which has these words for M and F.
fn learned_with_sexes([male, female]: [&str; 2]) -> Linkage {
    let rows = homes(200);
    let mut others = rows.clone();
    others.iter_mut().for_each(|row| row[3] = if row[3] == "M" { male.into() } else { female.into() });
    learned(&[&table(&rows, HEADERS), &table(&others, HEADERS)])
}

#[test]
fn the_sexes_agree_in_whatever_coding() {
    let linkage = learned_with_sexes(["male", "Female"]);
    let exact = &comparison(&linkage.model, "sex").levels[1];
    assert!(exact.m.unwrap() > 0.9 && exact.u.unwrap() < 0.7, "{exact:?}");
}

#[test]
fn what_no_pair_showed_says_nothing() {
    let linkage = learned_with_sexes(["one", "two"]);
    let sex = comparison(&linkage.model, "sex");
    let exact = sex.levels.iter().find(|level| matches!(level.when, When::True(_))).unwrap();
    assert!((exact.m.unwrap() - exact.u.unwrap()).abs() < 1e-12 && exact.term_frequency.is_none(), "{exact:?}");
}

fn comparison<'m>(model: &'m LinkageModel, name: &str) -> &'m crate::model::linkage::Comparison {
    model.comparisons.iter().find(|comparison| comparison.name == name).unwrap()
}
