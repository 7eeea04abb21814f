//! Linkage of people who live together: relatives share family name, address and phone, and are not one person.

use crate::support::{csv, folder, run, stderr, text};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const GIVEN: [&str; 24] = [
    "Ann", "Raj", "Eva", "Tom", "Mia", "Ali", "Zoe", "Ian", "Kate", "Omar", "Lucy", "Paul", "Nina", "Hugo", "Rosa",
    "Karl", "Jane", "Mark", "Ivy", "Noah", "Ella", "Sean", "Ruth", "Adam",
];
const STARTS: [&str; 12] = ["Wal", "Bar", "Hol", "Pen", "Ash", "Gra", "Mar", "Tur", "Col", "Hen", "Rob", "Sin"];
const ENDS: [&str; 12] = ["ton", "man", "ley", "son", "ford", "wood", "well", "field", "by", "gate", "more", "stone"];
const STREETS: [&str; 8] =
    ["Oak Road", "Elm Street", "Mill Lane", "Park Avenue", "Church Close", "Bridge Street", "Hill Drive", "Castle Way"];

struct Person {
    given: &'static str,
    family: String,
    born: String,
    address: String,
    phone: String,
}

/// People of `homes` households of three; no two of one home share a given name.
fn people(homes: usize, dice: &mut Dice) -> Vec<Person> {
    let mut people = Vec::new();
    for _ in 0..homes {
        let family = format!("{}{}", dice.of(&STARTS), dice.of(&ENDS));
        let address = format!("{} {}", 1 + dice.below(300), dice.of(&STREETS));
        let phone = format!("077{:08}", dice.below(100_000_000));
        let first = dice.below(GIVEN.len());
        for member in 0..3 {
            let year = if member == 2 { 1985 + dice.below(25) } else { 1950 + dice.below(30) };
            people.push(Person {
                given: GIVEN[(first + 7 * member) % GIVEN.len()],
                family: family.clone(),
                born: format!("{year}-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28)),
                address: address.clone(),
                phone: phone.clone(),
            });
        }
    }
    people
}

/// A table of those people who are in it; a tenth of the names has a letter too much.
fn table(path: &Path, people: &[Person], present: impl Fn(usize) -> bool, whole: bool, dice: &mut Dice) {
    let mut out =
        String::from(if whole { "id,name,born,address,phone\n" } else { "id,given,family,born,address,phone\n" });
    for (number, person) in people.iter().enumerate().filter(|(number, _)| present(*number)) {
        let slip = if dice.below(10) == 0 { "s" } else { "" };
        let parted = if whole { ' ' } else { ',' };
        let (given, family) = (person.given, &person.family);
        let phone = if dice.below(4) == 0 { "" } else { &person.phone };
        let _ = writeln!(out, "{number},{given}{parted}{family}{slip},{},{},{phone}", person.born, person.address);
    }
    std::fs::write(path, out).unwrap();
}

/// Links people who live together and counts right links, wrong ones, and people who are in both tables.
fn linked(whole: bool) -> (usize, usize, usize) {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let mut dice = Dice(41);
    let people = people(500, &mut dice);
    // Of each home one member is in both tables, one in the left and one in the right alone: relatives tempt.
    table(&path("left.csv"), &people, |n| n % 3 != 2, whole, &mut dice);
    table(&path("right.csv"), &people, |n| n % 3 != 1, whole, &mut dice);
    let (left, right, out, model) = (path("left.csv"), path("right.csv"), path("links.csv"), path("model.toml"));
    let words = ["link", text(&left), text(&right), "-o", text(&out), "--save-model", text(&model)];
    let output = run(&words, 0);
    let saved = std::fs::read_to_string(&model).unwrap();
    assert!(saved.contains("[household]"), "{}\n{saved}", stderr(&output));
    let rows = csv(&out);
    let right = rows.iter().skip(1).filter(|row| row[0] == row[1]).count();
    (right, rows.len() - 1 - right, people.len() / 3)
}

#[test]
fn relatives_of_one_address_are_told_apart() {
    let (right, wrong, both) = linked(false);
    assert!(right * 100 >= both * 97 && wrong * 100 <= both, "{right} right, {wrong} wrong of {both}");
}

#[test]
fn relatives_are_told_apart_where_a_name_is_one_field() {
    let (right, wrong, both) = linked(true);
    assert!(right * 100 >= both * 97 && wrong * 100 <= both, "{right} right, {wrong} wrong of {both}");
}

#[test]
fn relatives_stay_apart_in_clusters() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let mut dice = Dice(43);
    let people = people(400, &mut dice);
    table(&path("a.csv"), &people, |_| true, false, &mut dice);
    table(&path("b.csv"), &people, |n| n % 3 == 0, false, &mut dice);
    let again = std::fs::read_to_string(path("b.csv")).unwrap();
    let again = again.lines().skip(1).map(|line| format!("again-{line}\n")).collect::<String>();
    let all = std::fs::read_to_string(path("a.csv")).unwrap() + &again;
    std::fs::write(path("all.csv"), all).unwrap();
    let (all, out) = (path("all.csv"), path("clusters.csv"));
    let output = run(&["dedupe", text(&all), "--clusters", "-o", text(&out)], 0);
    assert!(stderr(&output).contains("clusters by size"), "{}", stderr(&output));
    let clusters: BTreeSet<(String, String)> = csv(&out)
        .into_iter()
        .skip(1)
        .map(|row| (row[1].clone(), row[0].trim_start_matches("again-").to_owned()))
        .collect();
    let of_two: BTreeSet<&String> = clusters.iter().map(|(cluster, _)| cluster).collect();
    // A cluster of two people adds an entry that its own number does not have.
    let mixed = clusters.len() - of_two.len();
    assert!(mixed <= 8, "{mixed} people share a cluster with another");
    assert!(of_two.len() <= 1_240, "{} clusters of 1 200 people", of_two.len());
}
