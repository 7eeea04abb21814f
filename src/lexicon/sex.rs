//! Given names of men and of women: Karim and Karima are two people, however alike their letters.

use crate::lexicon::equivalents::{classes_of, known_apart, spelling_classes, spells_given};
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
/// What a name told by hand weighs among its spellings: as much as one of the rarer names of a list.
const TOLD_WEIGHT: f32 = 0.001;

/// Who bears a given name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearers {
    One(Sex),
    Both,
}

/// Weights of men and women, summed over cultures.
type Weights = [f32; 2];

/// A given name as the lists of `data/names` have it and as `given_names.tsv` tells it.
#[derive(Default)]
struct Given {
    weights: Weights,
    /// Rows that name it among men, and among women.
    told: [Vec<u32>; 2],
}

impl Given {
    /// Who bears it, where it is told by hand.
    fn told_bearers(&self) -> Option<Bearers> {
        match self.told.each_ref().map(Vec::is_empty) {
            [true, true] => None,
            [false, true] => Some(Bearers::One(Sex::Male)),
            [true, false] => Some(Bearers::One(Sex::Female)),
            [false, false] => Some(Bearers::Both),
        }
    }

    /// What it adds to the weights of its spellings. What is told by hand goes before the lists: they have errors.
    fn weights(&self) -> Weights {
        let all = self.weights[0] + self.weights[1] + TOLD_WEIGHT;
        match self.told_bearers() {
            None => self.weights,
            Some(Bearers::One(Sex::Male)) => [all, 0.0],
            Some(Bearers::One(Sex::Female)) => [0.0, all],
            Some(Bearers::Both) => [all / 2.0, all / 2.0],
        }
    }
}

static STOCK: LazyLock<Map<String, Given>> = LazyLock::new(|| {
    let mut stock: Map<String, Given> = map();
    for row in rows(FORENAMES) {
        let [culture, sex, name, weight] = row[..] else { continue };
        let weight: f32 = weight.parse().unwrap_or(0.0);
        let untold = UNTOLD.contains(&culture);
        for word in any_ascii(name).to_ascii_uppercase().split(|letter: char| !letter.is_ascii_uppercase()) {
            if word.len() > 1 {
                let given = stock.entry(word.to_owned()).or_default();
                for (sum, of) in given.weights.iter_mut().zip(["M", "F"]).filter(|_| !untold) {
                    *sum += if sex == of || culture == SHARED { weight } else { 0.0 };
                }
            }
        }
    }
    for (number, row) in (0..).zip(rows(GIVEN_NAMES)) {
        for (sex, names) in row[1..].iter().take(2).enumerate() {
            for name in names.split(' ').filter(|name| *name != NOBODY) {
                stock.entry(name.to_owned()).or_default().told[sex].push(number);
            }
        }
    }
    stock
});

/// Given names told by hand: culture, those of men, those of women.
pub(super) const GIVEN_NAMES: &str = include_str!("../../data/lexicon/given_names.tsv");
/// What stands in a row of them where one sex has no name.
const NOBODY: &str = "-";

/// Weights of each spelling class.
static CLASSES: LazyLock<Vec<Weights>> = LazyLock::new(|| {
    let weights = |names: &[&str]| sum(names.iter().filter_map(|name| STOCK.get(*name)).map(Given::weights));
    spelling_classes().map(weights).collect()
});

fn sum(weights: impl Iterator<Item = Weights>) -> Weights {
    weights.fold([0.0; 2], |sum, weights| [sum[0] + weights[0], sum[1] + weights[1]])
}

/// Who bears this name: as told by hand, or else as the lists have it and all its spellings, since a rare spelling in one
/// list alone says little.
fn bearers(token: &str) -> Option<Bearers> {
    let own = STOCK.get(token);
    if let Some(told) = own.and_then(Given::told_bearers) {
        return Some(told);
    }
    let mut classes = classes_of(token).filter_map(|class| CLASSES.get(class)).copied().peekable();
    let [men, women] = match classes.peek() {
        // The name itself is one of its class.
        Some(_) => sum(classes),
        None => own.map(Given::weights).unwrap_or_default(),
    };
    let most = ONE_SEX_SHARE * (men + women);
    match (men, women) {
        // Only lists that do not say it have the name.
        (0.0, 0.0) => own.map(|_| Bearers::Both),
        _ if men >= most => Some(Bearers::One(Sex::Male)),
        _ if women >= most => Some(Bearers::One(Sex::Female)),
        _ => Some(Bearers::Both),
    }
}

/// Whether a list, or the table of given names, has this very word as a given name.
pub(super) fn is_listed(token: &str) -> bool {
    STOCK.contains_key(token)
}

/// Whether this word, or another spelling of it, is a given name: HUSEYN is one, for HUSSAIN.
pub(super) fn is_given(token: &str) -> bool {
    is_listed(token) || spells_given(token)
}

/// Whether one row told by hand has one token among the names of men and the other among those of women.
fn told_apart(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (STOCK.get(a), STOCK.get(b)) else { return false };
    let meet = |men: &[u32], women: &[u32]| men.iter().any(|row| women.contains(row));
    meet(&a.told[0], &b.told[1]) || meet(&b.told[0], &a.told[1])
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
        _ if told_apart(a, b) => true,
        (Some(Bearers::One(left)), Some(Bearers::One(right))) => left != right,
        (Some(Bearers::One(Sex::Male)), None) | (None, Some(Bearers::One(Sex::Female))) => derived(a, b),
        (Some(Bearers::One(Sex::Female)), None) | (None, Some(Bearers::One(Sex::Male))) => derived(b, a),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
