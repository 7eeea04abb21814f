//! Levels, weights and probabilities in plain words, for a reviewer who has not heard of any of them.

use crate::exchange::review::case::{Candidate, Part};

/// What a cell of a candidate is beside that of the row sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The same.
    Agrees,
    /// Near, or the same in part.
    Close,
    /// Another.
    Differs,
    /// One side has nothing to compare.
    Unknown,
}

/// A comparison, and what it is called.
const NAMES: [(&str, &str); 8] = [
    ("name", "Name"),
    ("birth_date", "Birth date"),
    ("address", "Address"),
    ("phone", "Phone"),
    ("email", "Email"),
    ("nino", "NINO"),
    ("sex", "Sex"),
    ("others", "Relatives and namesakes"),
];

/// Words for the levels of each comparison, with what they are.
const LEVELS: [(&str, &str, Class, &str); 31] = [
    ("birth_date", "different", Class::Differs, "another date"),
    ("birth_date", "same_year", Class::Differs, "only the year is the same"),
    ("birth_date", "same_day_and_month", Class::Differs, "day and month are the same, the year is not"),
    ("birth_date", "partial", Class::Close, "agrees as far as it is known"),
    ("birth_date", "year_and_month_or_day", Class::Close, "the year and one of day and month are the same"),
    (
        "birth_date",
        "default_same_year",
        Class::Close,
        "the date sought may stand for an unknown day; the year is the same",
    ),
    ("birth_date", "default_in_register", Class::Close, "the register has 1 January; the year is the same"),
    ("birth_date", "year_off_by_one", Class::Close, "the year is one off"),
    ("birth_date", "swapped", Class::Close, "day and month are swapped"),
    ("birth_date", "one_edit", Class::Close, "one digit is another, or two are exchanged"),
    ("birth_date", "one_edit_of_year", Class::Close, "one digit of the year is another, or two are exchanged"),
    ("birth_date", "exact_default", Class::Close, "the same, but 1 January often stands for an unknown day"),
    ("birth_date", "exact", Class::Agrees, "the same"),
    ("address", "different", Class::Differs, "none in common"),
    ("address", "area", Class::Differs, "only the postal area is the same"),
    ("address", "sector", Class::Close, "the same part of town"),
    ("address", "street", Class::Close, "the same street"),
    ("address", "postcode", Class::Close, "the same postcode"),
    ("address", "building", Class::Agrees, "the same building"),
    ("address", "flat", Class::Agrees, "the same address"),
    ("phone", "different", Class::Differs, "another number"),
    ("phone", "one_edit", Class::Close, "one digit is another"),
    ("phone", "exact", Class::Agrees, "the same"),
    ("email", "different", Class::Differs, "another mailbox"),
    ("email", "same_local_part", Class::Close, "the same before the @"),
    ("email", "exact", Class::Agrees, "the same"),
    ("nino", "different", Class::Differs, "another number"),
    ("nino", "one_repair", Class::Close, "one character is another"),
    ("nino", "same", Class::Agrees, "the same"),
    ("sex", "different", Class::Differs, "another"),
    ("sex", "same", Class::Agrees, "the same"),
];

/// Words for how the tokens of two names agree.
const AGREEMENTS: [(&str, Class, &str); 16] = [
    ("none", Class::Differs, "no name in common"),
    ("initial", Class::Differs, "only an initial in common"),
    ("close", Class::Close, "one name is close"),
    ("equivalent", Class::Close, "one name is the same in another spelling"),
    ("exact", Class::Close, "one name is the same"),
    ("close_initial", Class::Close, "one name is close, and an initial agrees"),
    ("equivalent_initial", Class::Close, "one name is the same in another spelling, and an initial agrees"),
    ("exact_initial", Class::Close, "one name is the same, and an initial agrees"),
    ("two_close", Class::Close, "two names are close"),
    ("close_equivalent", Class::Close, "one name is the same in another spelling, one is close"),
    ("two_equivalent", Class::Agrees, "two names are the same in another spelling"),
    ("exact_close", Class::Close, "one name is the same, one is close"),
    ("exact_equivalent", Class::Agrees, "two names are the same, one in another spelling"),
    ("two_exact", Class::Agrees, "two names are the same"),
    ("three_mixed", Class::Agrees, "three names are the same or close"),
    ("three_exact", Class::Agrees, "three names are the same"),
];

/// What is left over of two names.
fn leftover(word: &str) -> &'static str {
    match word {
        "both" => "; each has one that the other lacks",
        "several" => "; each has several that the other lacks",
        "both_given" => ", the first among them; each has one that the other lacks",
        "both_middle" => ", in the middle; each has one that the other lacks",
        "one_side_first" => "; the register has a further name before it",
        "one_side" => "; one of the two has a further name",
        _ => "",
    }
}

/// What a level is, and its words.
fn level(comparison: &str, level: &str) -> (Class, String) {
    if comparison == "name" {
        let (agreement, rest) = level.split_once('/').unwrap_or((level, ""));
        let known = AGREEMENTS.iter().find(|(name, ..)| *name == agreement);
        return known.map_or((Class::Unknown, level.to_owned()), |(_, class, words)| {
            let whole = matches!(rest, "nothing" | "one_side" | "one_side_first");
            let class = if *class == Class::Agrees && !whole { Class::Close } else { *class };
            (class, format!("{words}{}", leftover(rest)))
        });
    }
    let known = LEVELS.iter().find(|(of, name, ..)| *of == comparison && *name == level);
    known.map_or((Class::Unknown, level.replace('_', " ")), |(_, _, class, words)| (*class, (*words).to_owned()))
}

/// What a comparison of a candidate is.
pub(super) fn class(candidate: &Candidate, comparison: &str) -> Class {
    candidate.part(comparison).map_or(Class::Unknown, |part| level(comparison, &part.level).0)
}

/// How strong some bits of evidence are: each bit doubles or halves the odds.
fn strength(bits: f64) -> &'static str {
    match bits {
        bits if bits >= 10.0 => "speaks very strongly for it",
        bits if bits >= 5.0 => "speaks strongly for it",
        bits if bits >= 1.5 => "speaks for it",
        bits if bits > -1.5 => "says little",
        bits if bits > -5.0 => "speaks against it",
        bits if bits > -10.0 => "speaks strongly against it",
        _ => "speaks very strongly against it",
    }
}

/// One line on one part of the weight; `None` where there is nothing to say.
fn line(part: &Part) -> Option<String> {
    let name = NAMES.iter().find(|(name, _)| *name == part.comparison).map_or("", |(_, words)| *words);
    if part.comparison == "others" {
        let words = "a relative or namesake might be like this as well";
        return (part.bits <= -1.5).then(|| format!("{name}: {words}: {}", strength(part.bits)));
    }
    Some(format!("{name}: {}: {}", level(&part.comparison, &part.level).1, strength(part.bits)))
}

/// Why a candidate is as likely as it is: a line for each comparison.
pub(super) fn why(candidate: &Candidate) -> String {
    let lines: Vec<String> = candidate.parts.iter().filter_map(line).collect();
    lines.join("\n")
}

/// How likely it is that a candidate is the person.
pub(super) fn how_likely(probability: f64) -> String {
    let of_hundred = (probability * 100.0).round();
    match of_hundred {
        of_hundred if of_hundred >= 100.0 => "more than 99 in 100".to_owned(),
        of_hundred if of_hundred < 1.0 => "less than 1 in 100".to_owned(),
        _ => format!("about {of_hundred} in 100"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::comparison::COMPARISONS;

    #[test]
    fn every_level_has_its_words() {
        for comparison in COMPARISONS {
            for number in 1..comparison.levels() as u8 {
                let name = comparison.level_name(number);
                let (class, words) = level(comparison.name(), &name);
                assert_ne!(class, Class::Unknown, "{} {name}", comparison.name());
                assert!(!words.contains('_'), "{words}");
            }
            assert!(NAMES.iter().any(|(name, _)| *name == comparison.name()));
        }
    }

    #[test]
    fn likelihoods_are_never_said_to_be_certain() {
        assert_eq!(how_likely(0.9999), "more than 99 in 100");
        assert_eq!(how_likely(0.0001), "less than 1 in 100");
        assert_eq!(how_likely(0.834), "about 83 in 100");
    }
}
