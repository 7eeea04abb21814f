//! Which words are names of people, and whether rather given or family names: from the name stock of `data/names`.

use crate::lexicon::rows;
use crate::util::hash::{Map, map};
use any_ascii::any_ascii;
use std::sync::LazyLock;

/// Forenames of the stock as text: culture, sex, name, weight.
pub const FORENAMES: &str = include_str!("../../data/names/forenames.tsv");
/// Surnames of the stock as text: culture, name, weight.
pub const SURNAMES: &str = include_str!("../../data/names/surnames.tsv");

/// How often a word is a given and a family name; weights of the stock, summed over cultures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NameUse {
    /// Weight as a given name.
    pub given: f32,
    /// Weight as a family name.
    pub family: f32,
}

static USES: LazyLock<Map<String, NameUse>> = LazyLock::new(|| {
    let mut uses: Map<String, NameUse> = map();
    let mut add = |name: &str, weight: &str, given: bool| {
        let weight: f32 = weight.parse().unwrap_or(0.0);
        for word in any_ascii(name).to_ascii_uppercase().split(|c: char| !c.is_ascii_uppercase()) {
            if word.len() > 1 {
                let known = uses.entry(word.to_owned()).or_default();
                *(if given { &mut known.given } else { &mut known.family }) += weight;
            }
        }
    };
    for row in rows(FORENAMES) {
        if let [_, _, name, weight] = row[..] {
            add(name, weight, true);
        }
    }
    for row in rows(SURNAMES) {
        if let [_, name, weight] = row[..] {
            add(name, weight, false);
        }
    }
    uses
});

/// What a word in ASCII capitals is used as; `None` where it is no known name.
pub fn name_use(word: &str) -> Option<NameUse> {
    USES.get(word).copied()
}

#[cfg(test)]
mod tests {
    use super::name_use;

    #[test]
    fn given_and_family_names_are_told_apart() {
        let michael = name_use("MICHAEL").unwrap();
        assert!(michael.given > michael.family);
        let patel = name_use("PATEL").unwrap();
        assert!(patel.family > patel.given);
        assert_eq!(name_use("PINKERTONCIRCUIT"), None);
    }
}
