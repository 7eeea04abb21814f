//! The stock of names: naming cultures, forenames, surnames and spellings of `data/names`, and rarities composed of them.
//!
//! In: the tables as text, compiled in. Out: [`stock`]. Invariant: parsed once; a row that cannot be read is left out,
//! and a test finds it. Read next: `person.rs`.

use super::dice::{Alias, Dice};
use crate::lexicon::names::{FORENAMES, SURNAMES};
use crate::util::hash::{self, Map, mix};
use std::sync::OnceLock;

/// How the names of a culture are built and handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    /// Forenames and a surname that spouses and children share.
    Western,
    /// The family name comes first; spouses keep their own.
    FamilyFirst,
    /// Own name, father's name, grandfather's name; no family name.
    Patronymic,
    /// Father's and mother's surname; spouses keep their own.
    TwoSurnames,
    /// Own name and a very common last name that says little of the family.
    SingleCommon,
    /// An honorific before the name in use: Mohammed Tariq.
    HonorificFirst,
    /// Own name, Singh or Kaur, and sometimes a family name.
    SinghKaur,
}

/// Share of surname draws that are composed rarities, not names of the table. A table of many thousand names holds all
/// but the rarest; one of a few hundred holds the head of its population, and a third of the people bear rarer names,
/// but for cultures whose people share few names, or have none but their fathers'.
const fn rare_share(structure: Structure, table: usize) -> f64 {
    match structure {
        Structure::FamilyFirst => 0.02,
        Structure::Patronymic => 0.10,
        Structure::SingleCommon | Structure::HonorificFirst | Structure::SinghKaur => 0.15,
        Structure::Western | Structure::TwoSurnames if table < 1_000 => 0.34,
        Structure::Western | Structure::TwoSurnames if table < 5_000 => 0.18,
        Structure::Western | Structure::TwoSurnames => 0.06,
    }
}

/// Rarities of one culture: their ranks follow a shifted Zipf law over so many names, flat up to [`RARE_SHIFT`].
const RARE_NAMES: f64 = 1_000_000.0;
/// Ranks below this are about equally frequent.
const RARE_SHIFT: f64 = 1_500.0;

/// Last names that only women bear.
const WOMENS: [&str; 11] =
    ["Begum", "Bibi", "Khatun", "Khatoon", "Akhter", "Akter", "Bano", "Kaur", "Parveen", "Sultana", "Kumari"];
/// Cultures in which a woman's surname has an ending of its own.
const SLAVIC: [&str; 2] = ["polish", "russian_ukrainian"];
/// Share of women there whose documents have that ending.
const SLAVIC_FORM: f64 = 0.75;

/// Names with weights.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<&'static str>,
    alias: Alias,
}

impl Names {
    fn new(rows: Vec<(&'static str, f64)>) -> Self {
        let weights: Vec<f64> = rows.iter().map(|row| row.1).collect();
        Self { names: rows.into_iter().map(|row| row.0).collect(), alias: Alias::new(&weights) }
    }

    /// A name by weight; empty when there are none.
    #[inline]
    pub(super) fn draw(&self, dice: &mut Dice) -> &'static str {
        self.names.get(self.alias.draw(dice)).copied().unwrap_or("")
    }
}

/// One naming culture.
#[derive(Debug)]
pub(super) struct Culture {
    /// Its name in the tables.
    pub(super) name: &'static str,
    /// How its names are built.
    pub(super) structure: Structure,
    /// Share of the register.
    pub(super) register_share: f64,
    /// Share of the extract.
    pub(super) extract_share: f64,
    /// Share of its people whose birth date is a default in the extract.
    pub(super) default_date: f64,
    nationalities: Names,
    male: Names,
    female: Names,
    surnames: Names,
    rare_share: f64,
    heads: Vec<&'static str>,
    tails: Vec<&'static str>,
    spellings: Map<&'static str, Vec<&'static str>>,
}

impl Culture {
    /// A forename for a man or a woman.
    #[inline]
    pub(super) fn forename(&self, female: bool, dice: &mut Dice) -> &'static str {
        if female { self.female.draw(dice) } else { self.male.draw(dice) }
    }

    /// A nationality, as a three-letter code.
    pub(super) fn nationality(&self, dice: &mut Dice) -> &'static str {
        self.nationalities.draw(dice)
    }

    /// Appends a surname for a man or a woman: of the table, or a composed rarity.
    #[inline]
    pub(super) fn surname(&self, female: bool, dice: &mut Dice, out: &mut String) {
        let splits = self.heads.len();
        let from = out.len();
        if splits >= 8 && dice.chance(self.rare_share) {
            let span = (RARE_NAMES / RARE_SHIFT).ln();
            let rank = (RARE_SHIFT * ((dice.unit() * span).exp() - 1.0)) as u64;
            let choice = mix(rank, splits as u64);
            out.push_str(self.heads[(choice % splits as u64) as usize]);
            out.push_str(self.tails[((choice >> 32) % splits as u64) as usize]);
        } else {
            let mut name = self.surnames.draw(dice);
            for _ in 0..8 {
                if female || !WOMENS.contains(&name) {
                    break;
                }
                name = self.surnames.draw(dice);
            }
            out.push_str(name);
        }
        if female && SLAVIC.contains(&self.name) && dice.chance(SLAVIC_FORM) {
            womans_form(out, from);
        }
    }

    /// Another spelling of a name, where the table has one.
    pub(super) fn spelling(&self, name: &str, dice: &mut Dice) -> Option<&'static str> {
        let known = self.spellings.get(name.to_lowercase().as_str())?;
        known.get(dice.index(known.len())).copied()
    }
}

/// All cultures, with choice by share.
#[derive(Debug)]
pub(super) struct Stock {
    /// The cultures, in the order of their table.
    pub(super) cultures: Vec<Culture>,
    by_register: Alias,
    by_extract: Alias,
    /// Extract share over register share, for the choice of people; at most [`MOST_FAVOURED`].
    favour: Vec<f64>,
}

/// Bound on how much a culture is favoured in the extract, so that the search for its people ends soon.
const MOST_FAVOURED: f64 = 60.0;

impl Stock {
    /// A culture of the register.
    #[inline]
    pub(super) fn of_register(&self, dice: &mut Dice) -> u8 {
        self.by_register.draw(dice) as u8
    }

    /// A culture of the extract.
    pub(super) fn of_extract(&self, dice: &mut Dice) -> u8 {
        self.by_extract.draw(dice) as u8
    }

    /// The culture with an index.
    #[inline]
    pub(super) fn culture(&self, index: u8) -> &Culture {
        &self.cultures[usize::from(index).min(self.cultures.len() - 1)]
    }

    /// How likely a register person of a culture is taken for the extract, of 0 to 1.
    #[inline]
    pub(super) fn acceptance(&self, index: u8) -> f64 {
        self.favour.get(usize::from(index)).map_or(0.0, |favour| favour / MOST_FAVOURED)
    }
}

/// The stock of `data/names`.
pub(super) fn stock() -> &'static Stock {
    static STOCK: OnceLock<Stock> = OnceLock::new();
    STOCK.get_or_init(read)
}

const CULTURES: &str = include_str!("../../data/names/cultures.tsv");
const SPELLINGS: &str = include_str!("../../data/names/spellings.tsv");

/// Rows of a table under its header; cells by column name.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .skip(1)
        .map(|line| line.split('\t').map(str::trim).collect())
}

fn read() -> Stock {
    let mut forenames: Map<(&str, &str), Vec<(&'static str, f64)>> = hash::map();
    for row in rows(FORENAMES) {
        if let [culture, sex, name, weight, ..] = row[..] {
            let weight = weight.parse().unwrap_or(0.0);
            for one in ["M", "F"] {
                if sex == one || sex == "U" {
                    forenames.entry((culture, one)).or_default().push((name, weight));
                }
            }
        }
    }
    let mut surnames: Map<&str, Vec<(&'static str, f64)>> = hash::map();
    for row in rows(SURNAMES) {
        if let [culture, name, weight, ..] = row[..] {
            surnames.entry(culture).or_default().push((name, weight.parse().unwrap_or(0.0)));
        }
    }
    let mut spellings: Map<&str, Map<&'static str, Vec<&'static str>>> = hash::map();
    for row in rows(SPELLINGS) {
        if let [culture, name, spelling, ..] = row[..] {
            let key: &'static str = Box::leak(name.to_lowercase().into_boxed_str());
            spellings.entry(culture).or_default().entry(key).or_default().push(spelling);
        }
    }
    let cultures = rows(CULTURES)
        .filter_map(|row| {
            let name = *row.first()?;
            let male = forenames.remove(&(name, "M")).unwrap_or_default();
            let female = forenames.remove(&(name, "F")).unwrap_or_default();
            let last = surnames.remove(name).unwrap_or_default();
            culture(&row, male, female, last, spellings.remove(name).unwrap_or_else(hash::map))
        })
        .collect();
    assemble(cultures)
}

fn assemble(cultures: Vec<Culture>) -> Stock {
    let register: Vec<f64> = cultures.iter().map(|culture| culture.register_share).collect();
    let extract: Vec<f64> = cultures.iter().map(|culture| culture.extract_share).collect();
    let sums = (register.iter().sum::<f64>(), extract.iter().sum::<f64>());
    let favour = |culture: &Culture| {
        let (held, wanted) = (culture.register_share / sums.0, culture.extract_share / sums.1);
        if held > 0.0 { (wanted / held).min(MOST_FAVOURED) } else { 0.0 }
    };
    Stock {
        favour: cultures.iter().map(favour).collect(),
        by_register: Alias::new(&register),
        by_extract: Alias::new(&extract),
        cultures,
    }
}

fn culture(
    row: &[&'static str],
    male: Vec<(&'static str, f64)>,
    female: Vec<(&'static str, f64)>,
    surnames: Vec<(&'static str, f64)>,
    spellings: Map<&'static str, Vec<&'static str>>,
) -> Option<Culture> {
    let [name, _, nationalities, register, extract, default_date, structure, ..] = *row else {
        return None;
    };
    let (heads, tails) = surnames.iter().filter_map(|(name, _)| split(name)).unzip();
    // Where a table has no surnames (own, father's and grandfather's names), last names are men's names.
    let last = Names::new(if surnames.is_empty() { male.clone() } else { surnames });
    Some(Culture {
        name,
        structure: structure_of(structure),
        rare_share: rare_share(structure_of(structure), last.names.len()),
        register_share: register.parse().unwrap_or(0.0),
        extract_share: extract.parse().unwrap_or(0.0),
        default_date: default_date.parse().unwrap_or(0.0),
        nationalities: Names::new(weighted(nationalities)),
        male: Names::new(male),
        female: Names::new(female),
        surnames: last,
        heads,
        tails,
        spellings,
    })
}

fn structure_of(text: &str) -> Structure {
    match text {
        "family_first" => Structure::FamilyFirst,
        "patronymic" => Structure::Patronymic,
        "two_surnames" => Structure::TwoSurnames,
        "single_common" => Structure::SingleCommon,
        "honorific_first" => Structure::HonorificFirst,
        "singh_kaur" => Structure::SinghKaur,
        _ => Structure::Western,
    }
}

/// `GBR:90 IRL:10` as codes with weights.
fn weighted(text: &'static str) -> Vec<(&'static str, f64)> {
    text.split_whitespace()
        .map(|part| match part.split_once(':') {
            Some((code, weight)) => (code, weight.parse().unwrap_or(1.0)),
            None => (part, 1.0),
        })
        .collect()
}

/// Cuts a surname of one word before its second group of vowels: `Harr|ington`. The heads and tails of a culture's
/// surnames compose its rarities.
fn split(name: &'static str) -> Option<(&'static str, &'static str)> {
    let whole = name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !whole || name.len() < 5 {
        return None;
    }
    let vowel = |byte: u8| matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let bytes = name.as_bytes();
    let second = (2..bytes.len() - 1)
        .find(|&at| vowel(bytes[at]) && !vowel(bytes[at - 1]) && bytes[..at].iter().any(|&b| vowel(b)))?;
    Some(name.split_at(second))
}

/// Gives the surname that starts at `from` a woman's ending: Kowalska, Ivanova.
fn womans_form(name: &mut String, from: usize) {
    let surname = &name[from..];
    if surname.ends_with("ski") || surname.ends_with("cki") || surname.ends_with("dzki") {
        name.pop();
        name.push('a');
    } else if ["ov", "ev", "in"].iter().any(|end| surname.ends_with(end)) {
        name.push('a');
    }
}
