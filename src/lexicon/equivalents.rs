//! Name equivalents: one name in its spellings, across languages, and in short forms.

use crate::lexicon::{rows, sex, skeleton, surname};
use crate::util::hash::{Map, Set, map, set, text_hash};
use std::sync::LazyLock;

/// How two different tokens are the same name; ordered from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Equivalence {
    /// The name in another language (Yusuf, Joseph).
    Translation,
    /// A short or pet form (William, Bill).
    ShortForm,
    /// Another spelling or romanisation (Mohammed, Muhammad).
    Spelling,
}

struct Class {
    kind: Equivalence,
    names: Vec<&'static str>,
    /// Different blocking codes of the names.
    codes: Vec<u64>,
}

struct Known {
    /// Classes of the token, strongest kind first.
    classes: Vec<u32>,
    /// Its blocking code.
    code: u64,
}

struct Tables {
    classes: Vec<Class>,
    by_token: Map<&'static str, Known>,
    /// Spellings of given names.
    given: Set<&'static str>,
}

pub(super) const EQUIVALENT_ROWS: &str = include_str!("../../data/lexicon/equivalents.tsv");

static TABLES: LazyLock<Tables> = LazyLock::new(|| parse(EQUIVALENT_ROWS));

/// Cultures whose family names have a form for women.
const GENDERED_SURNAMES: [&str; 4] = ["slavic", "caucasus_central_asia", "hungarian_czech", "baltic"];

fn parse(text: &'static str) -> Tables {
    let mut gendered = Vec::new();
    let mut classes: Vec<Class> = rows(text)
        .filter_map(|row| {
            let kind = match *row.first()? {
                "spelling" => Equivalence::Spelling,
                "nick" => Equivalence::ShortForm,
                "cross" => Equivalence::Translation,
                _ => return None,
            };
            let names: Vec<&'static str> = row.get(2)?.split_whitespace().collect();
            if kind == Equivalence::Spelling && GENDERED_SURNAMES.contains(row.get(1)?) {
                gendered.push(names.clone());
            }
            Some(Class { kind, names, codes: Vec::new() })
        })
        .collect();
    let given = given_spellings(&classes);
    // Behind the others, so that the code of a token stays that of its own spellings.
    classes.extend(surname::families(&gendered, &given).into_iter().map(|names| Class {
        kind: Equivalence::Spelling,
        names,
        codes: Vec::new(),
    }));
    classes.sort_by_key(|class| std::cmp::Reverse(class.kind));
    let mut by_token: Map<&'static str, Known> = map();
    let mut scratch = Vec::new();
    for (number, class) in classes.iter().enumerate() {
        // Only the first class of a token gives its code, and only where it is of spellings.
        let first = (class.kind == Equivalence::Spelling).then(|| class.names[0]);
        for name in &class.names {
            let known = by_token.entry(name).or_insert_with(|| Known {
                classes: Vec::new(),
                code: skeleton_code(first.unwrap_or(name), &mut scratch),
            });
            known.classes.push(number as u32);
        }
    }
    for class in &mut classes {
        for name in &class.names {
            let code = by_token.get(name).map_or(0, |known| known.code);
            if !class.codes.contains(&code) {
                class.codes.push(code);
            }
        }
    }
    Tables { classes, by_token, given }
}

/// Names of the spelling classes that hold a given name.
fn given_spellings(classes: &[Class]) -> Set<&'static str> {
    let spelled = classes.iter().filter(|class| class.kind == Equivalence::Spelling);
    let mut given = set();
    given.extend(
        spelled
            .filter(|class| class.names.iter().any(|name| sex::is_listed(name)))
            .flat_map(|class| class.names.iter().copied()),
    );
    given
}

fn skeleton_code(token: &str, scratch: &mut Vec<u8>) -> u64 {
    scratch.clear();
    skeleton(token.as_bytes(), scratch);
    text_hash(scratch)
}

/// How `a` and `b` are the same name, if the table says so; the strongest kind where there are several.
pub fn equivalence(a: &str, b: &str) -> Option<Equivalence> {
    let left = &TABLES.by_token.get(a)?.classes;
    let right = &TABLES.by_token.get(b)?.classes;
    left.iter()
        .filter(|class| right.contains(class))
        .map(|class| &TABLES.classes[*class as usize])
        // Two short forms of one name are two names: ABDUL and KARIM of ABDULKARIM.
        .find(|class| class.kind != Equivalence::ShortForm || [a, b].contains(&class.names[0]))
        .map(|class| class.kind)
}

/// Bits of the classes of a token and of its stems as a family name: tokens without a bit in common have no class in common
/// either, and are forms of one family name only where one has all letters of the other.
pub fn class_bits(token: &str) -> u32 {
    let classes = TABLES.by_token.get(token).map_or(&[][..], |known| &known.classes);
    let bits = classes.iter().fold(0, |bits, class| bits | 1 << (class.wrapping_mul(0x9e37_79b1) >> 27));
    surname::stems(token).fold(bits, |bits, stem| bits | 1 << (text_hash(stem.as_bytes()) >> 59))
}

/// Names of each class of spellings.
pub(super) fn spelling_classes() -> impl Iterator<Item = &'static [&'static str]> {
    TABLES.classes.iter().take_while(|class| class.kind == Equivalence::Spelling).map(|class| &class.names[..])
}

/// Numbers of the classes of a token; those of spellings are places in [`spelling_classes`], the others are above them.
pub(super) fn classes_of(token: &str) -> impl Iterator<Item = usize> {
    let classes = TABLES.by_token.get(token).map_or(&[][..], |known| &known.classes);
    classes.iter().map(|class| *class as usize)
}

/// Whether the table takes this word for a spelling of a given name.
pub(super) fn spells_given(token: &str) -> bool {
    TABLES.given.contains(token)
}

/// Whether the table knows both tokens as names and has no class that holds both: HASSAN and HUSSAIN keep the same
/// consonants, and so do KARIM and KARIMA, but they are two names.
pub fn known_apart(a: &str, b: &str) -> bool {
    let spelled = |token| {
        TABLES.by_token.get(token).is_some_and(|known| {
            known.classes.first().is_some_and(|class| TABLES.classes[*class as usize].kind == Equivalence::Spelling)
        })
    };
    spelled(a) && spelled(b) && equivalence(a, b).is_none()
}

/// Blocking code of a token: the skeleton of the first name of its spelling class, or of itself. Stable.
///
/// The large side of a join is keyed by this one code.
pub fn block_code(token: &str, scratch: &mut Vec<u8>) -> u64 {
    match TABLES.by_token.get(token) {
        Some(known) => known.code,
        None => skeleton_code(token, scratch),
    }
}

/// All codes under which the equivalents of a token may stand on the large side; its own code is first.
///
/// Appends at most `most` different codes to `out`.
pub fn block_codes(token: &str, most: usize, scratch: &mut Vec<u8>, out: &mut Vec<u64>) {
    let start = out.len();
    let Some(known) = TABLES.by_token.get(token) else {
        out.push(skeleton_code(token, scratch));
        return;
    };
    out.push(known.code);
    for code in known.classes.iter().flat_map(|class| &TABLES.classes[*class as usize].codes) {
        if out.len() - start >= most {
            return;
        }
        if !out[start..].contains(code) {
            out.push(*code);
        }
    }
}

#[cfg(test)]
mod tests;
