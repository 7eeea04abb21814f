use super::{Equivalence, TABLES, block_code, block_codes, equivalence, known_apart};
use crate::lexicon::rows;
use crate::util::hash::{Map, Set, map, set};

const TABLE: &str = include_str!("../../../data/lexicon/equivalents.tsv");
const CHECKS: &str = include_str!("../../../data/lexicon/equivalents_checks.tsv");
/// Pairs of each kind that a culture must have.
const PAIRS_MIN: usize = 5;
/// Cultures that the exchange meets most, each of which must be checked.
const CULTURES: [&str; 22] = [
    "arabic",
    "persian",
    "afghan",
    "urdu_punjabi",
    "bengali",
    "indian",
    "tamil_sinhala",
    "chinese",
    "vietnamese",
    "yoruba",
    "igbo",
    "hausa",
    "akan_ghana",
    "somali",
    "ethiopian_eritrean",
    "turkish",
    "kurdish",
    "albanian",
    "slavic",
    "iberian",
    "romanian",
    "english",
];

/// One line of the checks: what, culture, left, right.
fn checks(what: &str) -> impl Iterator<Item = [&'static str; 3]> {
    rows(CHECKS).filter(move |row| row[0] == what).map(|row| [row[1], row[2], row[3]])
}

fn one_name(a: &str, b: &str) -> bool {
    matches!(equivalence(a, b), Some(Equivalence::Spelling | Equivalence::ShortForm))
}

#[test]
fn the_table_is_rich_and_well_formed() {
    assert!(TABLES.classes.len() >= 9000, "{}", TABLES.classes.len());
    let mut known = set();
    for class in &TABLES.classes {
        assert!(class.names.len() >= 2, "{:?}", class.names);
        let different: Set<&str> = class.names.iter().copied().collect();
        assert_eq!(different.len(), class.names.len(), "a name twice in {:?}", class.names);
        for name in &class.names {
            assert!(name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase()), "{name}");
        }
        let mut names = class.names.clone();
        names.sort_unstable();
        assert!(known.insert((class.kind as u8, names)), "twice in the table: {:?}", class.names);
    }
}

#[test]
fn classes_of_one_culture_do_not_run_together() {
    let shared: Set<(&str, &str)> = checks("shared").map(|[_, one, other]| (one, other)).collect();
    let mut of_token: Map<(&str, &str), Vec<usize>> = map();
    // Chinese family names share most of their spellings: CHAN is Chen, Tan and Zeng.
    let classes: Vec<Vec<&str>> =
        rows(TABLE).filter(|row| row[0] == "spelling" && row[1] != "chinese").map(|row| vec![row[1], row[2]]).collect();
    let mut in_common: Map<(usize, usize), usize> = map();
    for (index, class) in classes.iter().enumerate() {
        for name in class[1].split(' ') {
            let before = of_token.entry((class[0], name)).or_default();
            for other in before.iter() {
                *in_common.entry((*other, index)).or_default() += 1;
            }
            before.push(index);
        }
    }
    let head = |index: usize| classes[index][1].split(' ').next().unwrap_or_default();
    let mut bad: Vec<(&str, &str)> =
        in_common.iter().filter(|(_, count)| **count > 1).map(|((a, b), _)| (head(*a), head(*b))).collect();
    bad.retain(|pair| !shared.contains(pair));
    assert!(bad.is_empty(), "two classes or one? {bad:?}");
}

#[test]
fn names_of_every_culture_are_told_together_and_apart() {
    let mut counts: Map<(&str, bool), usize> = map();
    for (what, want) in [("same", true), ("apart", false)] {
        for [culture, a, b] in checks(what) {
            assert_eq!(one_name(a, b), want, "{culture}: {a} {b}");
            assert_eq!(one_name(b, a), want, "{culture}: {b} {a}");
            *counts.entry((culture, want)).or_default() += 1;
        }
    }
    for culture in CULTURES {
        for want in [true, false] {
            let count = counts.get(&(culture, want)).copied().unwrap_or(0);
            assert!(count >= PAIRS_MIN, "{culture} has {count} pairs");
        }
    }
}

#[test]
fn names_of_one_figure_in_two_languages_are_translations() {
    for [culture, a, b] in checks("translation") {
        assert_eq!(equivalence(a, b), Some(Equivalence::Translation), "{culture}: {a} {b}");
    }
    assert!(checks("translation").count() >= PAIRS_MIN);
}

#[test]
fn spellings_share_a_code() {
    let mut scratch = Vec::new();
    for (a, b) in [("MOHAMMED", "MUHAMMAD"), ("MD", "MOHAMMED"), ("HUSSAIN", "HOSSEN"), ("YUSUF", "YOUSEF")] {
        assert_eq!(equivalence(a, b), Some(Equivalence::Spelling), "{a} {b}");
        assert_eq!(block_code(a, &mut scratch), block_code(b, &mut scratch), "{a} {b}");
    }
}

#[test]
fn two_names_of_the_table_are_apart_and_an_unknown_one_may_be_any() {
    assert!(known_apart("HASSAN", "HUSSAIN"));
    assert!(known_apart("KARIM", "KARIMA"));
    assert!(!known_apart("KARIM", "KAREEM"));
    assert!(!known_apart("KARIM", "KARIMXA"));
}

#[test]
fn a_short_form_is_looked_for_under_its_full_form() {
    let mut scratch = Vec::new();
    let mut codes = Vec::new();
    block_codes("BILL", 8, &mut scratch, &mut codes);
    assert!(codes.contains(&block_code("WILLIAM", &mut scratch)));
}
