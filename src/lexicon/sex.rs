//! Given names of men and of women: Karim and Karima are two people, however alike their letters.

use crate::lexicon::equivalents::{classes_of, known_apart, spelling_classes};
use crate::lexicon::names::FORENAMES;
use crate::lexicon::{Sex, rows};
use crate::util::hash::{Map, map};
use any_ascii::any_ascii;
use std::sync::LazyLock;

/// Share of a name's bearers from which it is a name of one sex.
const ONE_SEX_SHARE: f32 = 0.95;
/// Cultures whose given names, as written here, do not say the sex, whatever list they stand in.
const UNTOLD: [&str; 4] = ["chinese", "vietnamese", "yoruba", "igbo"];
/// Culture whose given names men and women share.
const SHARED: &str = "sikh_punjabi";

/// Who bears a given name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearers {
    One(Sex),
    Both,
}

/// Weights of men and women, summed over cultures.
type Weights = [f32; 2];

static STOCK: LazyLock<Map<String, Weights>> = LazyLock::new(|| {
    let mut stock: Map<String, Weights> = map();
    for row in rows(FORENAMES) {
        let [culture, sex, name, weight] = row[..] else { continue };
        let weight: f32 = weight.parse().unwrap_or(0.0);
        let untold = UNTOLD.contains(&culture);
        for word in any_ascii(name).to_ascii_uppercase().split(|letter: char| !letter.is_ascii_uppercase()) {
            if word.len() > 1 {
                let weights = stock.entry(word.to_owned()).or_default();
                for (sum, of) in weights.iter_mut().zip(["M", "F"]).filter(|_| !untold) {
                    *sum += if sex == of || culture == SHARED { weight } else { 0.0 };
                }
            }
        }
    }
    stock
});

/// Weights of each spelling class.
static CLASSES: LazyLock<Vec<Weights>> =
    LazyLock::new(|| spelling_classes().map(|names| sum(names.iter().filter_map(|name| STOCK.get(*name)))).collect());

fn sum<'a>(weights: impl Iterator<Item = &'a Weights>) -> Weights {
    weights.fold([0.0; 2], |sum, weights| [sum[0] + weights[0], sum[1] + weights[1]])
}

/// Who bears this name: as the stock has it, or else the names that the table takes for its spellings.
fn bearers(token: &str) -> Option<Bearers> {
    let own = STOCK.get(token);
    let [men, women] = own.copied().unwrap_or_else(|| sum(classes_of(token).filter_map(|class| CLASSES.get(class))));
    let most = ONE_SEX_SHARE * (men + women);
    match (men, women) {
        // Only lists that do not say it have the name.
        (0.0, 0.0) => own.map(|_| Bearers::Both),
        _ if men >= most => Some(Bearers::One(Sex::Male)),
        _ if women >= most => Some(Bearers::One(Sex::Female)),
        _ => Some(Bearers::Both),
    }
}

/// Whether the stock has this word as a given name.
pub(super) fn is_given(token: &str) -> bool {
    STOCK.contains_key(token)
}

/// Whether one token is a given name of men and the other of women.
///
/// Of a name that is in no stock, the ending says it where the table of equivalents knows both and puts them in no class:
/// what adds -A or -AH to a man's name, or lacks it of a woman's.
pub fn two_sexes(a: &str, b: &str) -> bool {
    let derived = |man: &str, woman: &str| {
        woman.strip_prefix(man).is_some_and(|ending| matches!(ending, "A" | "AH")) && known_apart(man, woman)
    };
    match (bearers(a), bearers(b)) {
        (Some(Bearers::One(left)), Some(Bearers::One(right))) => left != right,
        (Some(Bearers::One(Sex::Male)), None) | (None, Some(Bearers::One(Sex::Female))) => derived(a, b),
        (Some(Bearers::One(Sex::Female)), None) | (None, Some(Bearers::One(Sex::Male))) => derived(b, a),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::two_sexes;

    #[test]
    fn given_names_of_men_and_women_are_told_apart() {
        for (man, woman) in [
            ("KARIM", "KARIMA"),
            ("AMIN", "AMINA"),
            ("RASHID", "RASHIDA"),
            ("SHAHID", "SHAHIDA"),
            ("FARID", "FARIDA"),
            ("KAREEM", "KAREEMA"),
            ("ABEBE", "ABEBA"),
            ("MARIO", "MARIA"),
            ("DANIEL", "DANIELLE"),
            ("ALEKSANDR", "ALEKSANDRA"),
        ] {
            assert!(two_sexes(man, woman) && two_sexes(woman, man), "{man} {woman}");
        }
    }

    #[test]
    fn names_of_one_sex_of_both_and_of_families_are_not() {
        for (a, b) in [
            ("MARIA", "MARINA"),
            ("GURPREET", "GURPRIT"),
            ("IVANOV", "IVANOVA"),
            ("XIAOMIN", "XIAOMING"),
            ("SMITH", "SMYTHE"),
            ("KARIM", "KARIMXA"),
        ] {
            assert!(!two_sexes(a, b) && !two_sexes(b, a), "{a} {b}");
        }
    }
}
