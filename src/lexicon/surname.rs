//! Masculine and feminine forms of one family name: Ivanov and Ivanova, Kowalski and Kowalska, Novák and Nováková,
//! Kazlauskas and Kazlauskienė.

use crate::lexicon::sex::{is_given, is_listed};
use crate::util::hash::{Map, Set, map};

/// Shortest stem of a Slavic form with its suffix (PETROV, NOWICK).
const SLAVIC_STEM_MIN: usize = 5;
/// Shortest stem of a Lithuanian form, and shortest name to which -OVA is added.
const STEM_MIN: usize = 4;
/// Masculine endings of family names that are adjectives, the longest first.
const ADJECTIVE: [&str; 7] = ["IY", "YI", "IJ", "YJ", "II", "I", "Y"];
/// Their feminine endings.
const ADJECTIVE_FEMININE: [&str; 4] = ["AYA", "AJA", "AIA", "A"];
/// Lithuanian endings of men, the longest first.
const LITHUANIAN: [&str; 5] = ["IUS", "AS", "IS", "YS", "US"];
/// Of daughters and wives.
const LITHUANIAN_FEMININE: [&str; 6] = ["UVIENE", "IENE", "IUTE", "AITE", "YTE", "UTE"];

/// A family name that its ending makes masculine or feminine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form<'a> {
    /// What both forms have in common.
    stem: &'a str,
    /// Whether it is the form of women.
    feminine: bool,
}

impl Form<'_> {
    /// Whether two forms are of one family name, at least one of them of a woman.
    fn agrees(self, other: Form<'_>) -> bool {
        self.stem == other.stem && (self.feminine || other.feminine)
    }
}

/// The Slavic form in -OV, -EV or -SKI, in the spellings of each language, if it is one.
///
/// Not in -IN: most names that end so are given names (Martin, Martina; Veselin, Veselina), which no list holds whole. Of a
/// family name in -IN that no table knows, the consonants say it.
fn slavic(token: &str) -> Option<Form<'_>> {
    possessive(token).or_else(|| adjective(token))
}

fn possessive(token: &str) -> Option<Form<'_>> {
    let bare = token.strip_suffix('A');
    let stem = bare.unwrap_or(token);
    let is_one = stem.len() >= SLAVIC_STEM_MIN && ["OV", "EV", "OW", "EW"].iter().any(|suffix| stem.ends_with(suffix));
    is_one.then_some(Form { stem, feminine: bare.is_some() })
}

fn adjective(token: &str) -> Option<Form<'_>> {
    let form = |endings: &[&str], feminine| {
        endings.iter().filter_map(|ending| token.strip_suffix(ending)).find_map(|stem| {
            let is_one =
                stem.len() >= SLAVIC_STEM_MIN && ["SK", "CK", "ZK"].iter().any(|suffix| stem.ends_with(suffix));
            is_one.then_some(Form { stem, feminine })
        })
    };
    form(&ADJECTIVE, false).or_else(|| form(&ADJECTIVE_FEMININE, true))
}

/// The Lithuanian form, if it may be one; only a feminine one is told by its ending.
fn lithuanian(token: &str) -> Option<Form<'_>> {
    let form = |endings: &[&str], feminine| {
        let stem = endings.iter().find_map(|ending| token.strip_suffix(ending))?;
        (stem.len() >= STEM_MIN).then_some(Form { stem, feminine })
    };
    form(&LITHUANIAN_FEMININE, true).or_else(|| form(&LITHUANIAN, false))
}

/// What stands before the Czech and Slovak -OVA: the man's name, or that name without its last A.
fn before_ova(token: &str) -> Option<&str> {
    let stem = token.strip_suffix("OVA").or_else(|| token.strip_suffix("OWA"))?;
    (stem.len() >= STEM_MIN).then_some(stem)
}

/// Whether a woman of this man's family name adds -OVA to the stem: NOVAK, SVOBODA.
fn takes_ova(man: &str, stem: &str) -> bool {
    man.strip_prefix(stem).is_some_and(|rest| matches!(rest, "" | "A")) && !is_given(man)
}

/// Whether two tokens are a family name in the forms of a man and of a woman, whether or not a table knows them.
pub fn one_surname(a: &str, b: &str) -> bool {
    let forms = |form: fn(&str) -> Option<Form<'_>>| form(a).zip(form(b)).is_some_and(|(a, b)| a.agrees(b));
    let ova = |a: &str, b: &str| before_ova(a).is_some_and(|stem| takes_ova(b, stem));
    // The first letter tells most pairs apart.
    if a.as_bytes().first() != b.as_bytes().first() {
        return false;
    }
    (forms(slavic) || forms(lithuanian)) && !is_given(a) && !is_given(b) || ova(a, b) || ova(b, a)
}

/// Stems by which [`one_surname`] may say that tokens of different letters are one family name.
pub(super) fn stems(token: &str) -> impl Iterator<Item = &str> {
    [slavic(token), lithuanian(token)].into_iter().flatten().map(|form| form.stem)
}

/// What a family name can be found by: its stem with the rule that made it, and whether it is a woman's form.
fn keys<'a>(name: &'a str) -> impl Iterator<Item = (&'static str, Form<'a>)> {
    let form = |stem, feminine| Some(Form { stem, feminine });
    [
        slavic(name).map(|form| ("slavic", form)),
        before_ova(name).and_then(|stem| form(stem, true)).map(|form| ("ova", form)),
        form(name, false).map(|form| ("ova", form)),
        name.strip_suffix('A').and_then(|stem| form(stem, false)).map(|form| ("ova", form)),
    ]
    .into_iter()
    .flatten()
}

/// The spellings of a man's and a woman's form together, for every two of the spelling classes that hold one and the other.
///
/// Classes with a given name, or one that is among `given`, the spellings of given names, are left out: the daughters of an
/// Ivan are Ivanova, his wife is not.
pub(super) fn families(classes: &[Vec<&'static str>], given: &Set<&str>) -> Vec<Vec<&'static str>> {
    let is_given = |name: &&str| is_listed(name) || given.contains(name);
    let mut found: Map<(&str, &str), [Vec<usize>; 2]> = map();
    for (number, names) in classes.iter().enumerate().filter(|(_, names)| !names.iter().any(is_given)) {
        for (rule, form) in names.iter().flat_map(|name| keys(name)) {
            found.entry((rule, form.stem)).or_default()[usize::from(form.feminine)].push(number);
        }
    }
    let mut pairs: Vec<(usize, usize)> = found
        .values()
        .flat_map(|[men, women]| men.iter().flat_map(|man| women.iter().map(|woman| (*man, *woman))))
        .filter(|(man, woman)| man != woman)
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let joined = |(man, woman): (usize, usize)| {
        let mut names = classes[man].clone();
        names.extend(classes[woman].iter().filter(|name| !classes[man].contains(name)));
        names
    };
    pairs.into_iter().map(joined).collect()
}

#[cfg(test)]
mod tests {
    use super::one_surname;

    #[test]
    fn a_family_name_has_a_form_for_women() {
        for (man, woman) in [
            ("IVANOV", "IVANOVA"),
            ("ALIYEV", "ALIYEVA"),
            ("IWANOW", "IWANOWA"),
            ("KOWALSKI", "KOWALSKA"),
            ("NOWICKI", "NOWICKA"),
            ("ZAWADZKI", "ZAWADZKA"),
            ("VISHNEVSKY", "VISHNEVSKAYA"),
            ("DOSTOEVSKIJ", "DOSTOEVSKAJA"),
            ("NOVAK", "NOVAKOVA"),
            ("SVOBODA", "SVOBODOVA"),
            ("KAZLAUSKAS", "KAZLAUSKIENE"),
            ("KAZLAUSKAITE", "KAZLAUSKIENE"),
            ("PETRAITIS", "PETRAITYTE"),
            ("STANKEVICIUS", "STANKEVICIUTE"),
            ("JANKUS", "JANKUVIENE"),
        ] {
            assert!(one_surname(man, woman) && one_surname(woman, man), "{man} {woman}");
        }
    }

    #[test]
    fn given_names_and_other_family_names_are_no_forms_of_one() {
        for (a, b) in [
            ("KARIM", "KARIMA"),
            ("MARTIN", "MARTINA"),
            ("IVAN", "IVANOVA"),
            ("IWAN", "IWANOWA"),
            ("KERIM", "KERIMOVA"),
            ("HUSEYN", "HUSEYNOVA"),
            ("AKHMED", "AKHMEDOVA"),
            ("IBRAGIM", "IBRAGIMOVA"),
            ("MAMED", "MAMEDOVA"),
            ("ISMAYIL", "ISMAYILOVA"),
            ("KHASAN", "KHASANOVA"),
            ("IVANOV", "IVANOV"),
            ("IVANOV", "PETROVA"),
            ("NOVAKOVA", "SVOBODOVA"),
            ("DAS", "DAITE"),
            ("VICKI", "VICKA"),
        ] {
            assert!(!one_surname(a, b) && !one_surname(b, a), "{a} {b}");
        }
    }
}
