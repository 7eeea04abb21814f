//! Particles, titles, placeholders and nationalities.

use crate::lexicon::rows;
use crate::util::hash::{Map, Set, map, set};
use std::sync::LazyLock;

/// What is done with a particle of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Left out when other tokens remain (IBN, DOS, UL).
    Drop,
    /// Left out between other words and before a family name; where it begins or ends a name, it is one (BEN, AL, DAS).
    DropInside,
    /// Left out behind a name (JR, III).
    Suffix,
    /// Written together with the next token (ABDUL, MC).
    JoinNext,
    /// Written together with the token before (UD DIN, ALLAH).
    JoinPrevious,
}

/// Sex as a title or a register states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sex {
    /// Female.
    Female = 1,
    /// Male.
    Male = 2,
}

/// A title, as the table has it.
#[derive(Clone, Copy, Debug)]
pub struct Title {
    /// Sex that the title states, if it states one.
    pub sex: Option<Sex>,
    /// Also a name (SYED, KHAN): never stripped.
    pub name_like: bool,
    /// Also a given name (COL, GEN): stripped only where two other words are left.
    pub given: bool,
}

pub(super) const PARTICLE_ROWS: &str = include_str!("../../data/lexicon/particles.tsv");
pub(super) const TITLE_ROWS: &str = include_str!("../../data/lexicon/titles.tsv");
pub(super) const PLACEHOLDER_ROWS: &str = include_str!("../../data/lexicon/placeholders.tsv");
pub(super) const COUNTRY_ROWS: &str = include_str!("../../data/lexicon/countries.tsv");

static PARTICLES: LazyLock<Map<&'static str, Action>> = LazyLock::new(|| {
    let mut out = map();
    for row in rows(PARTICLE_ROWS) {
        let action = match row.get(2).copied() {
            Some("drop") => Action::Drop,
            Some("drop_inside") => Action::DropInside,
            Some("suffix") => Action::Suffix,
            Some("join_next") => Action::JoinNext,
            Some("join_previous") => Action::JoinPrevious,
            _ => continue,
        };
        out.entry(row[0]).or_insert(action);
    }
    out
});

static TITLES: LazyLock<Map<&'static str, Title>> = LazyLock::new(|| {
    let mut out = map();
    for row in rows(TITLE_ROWS) {
        let sex = match row.get(1).copied() {
            Some("M") => Some(Sex::Male),
            Some("F") => Some(Sex::Female),
            _ => None,
        };
        let name_like = row.get(2).copied() == Some("yes");
        let given = row.get(2).copied() == Some("given");
        out.entry(row[0]).or_insert(Title { sex, name_like, given });
    }
    out
});

static PLACEHOLDERS: LazyLock<Set<&'static str>> = LazyLock::new(|| {
    let mut out = set();
    out.extend(rows(PLACEHOLDER_ROWS).map(|row| row[0]));
    out
});

static CULTURES: LazyLock<Map<&'static str, &'static str>> = LazyLock::new(|| {
    let mut out = map();
    for row in rows(COUNTRY_ROWS) {
        if let (Some(code), Some(culture)) = (row.first(), row.get(4)) {
            out.insert(*code, *culture);
        }
    }
    out
});

/// What is done with this token, if it is a particle.
#[inline]
pub fn particle(token: &str) -> Option<Action> {
    // No particle is longer than six letters: most tokens are told by their length alone.
    if token.len() > 6 {
        return None;
    }
    PARTICLES.get(token).copied()
}

/// The title that this token is, if it is one.
pub fn title(token: &str) -> Option<Title> {
    TITLES.get(token).copied()
}

/// Sex stated by a title as written in a title column (`Mrs.`).
pub fn sex_of_title(text: &str) -> Option<Sex> {
    let mut token = String::with_capacity(8);
    token.extend(text.chars().filter(char::is_ascii_alphabetic).take(12).map(|letter| letter.to_ascii_uppercase()));
    title(&token).and_then(|title| title.sex)
}

/// Whether a whole field (upper case tokens with single spaces) stands for 'no name'.
#[inline]
pub fn is_placeholder_phrase(phrase: &str) -> bool {
    PLACEHOLDERS.contains(phrase)
}

/// Whether one token among others stands for 'no name' (XXX, FNU, UNKNOWN).
#[inline]
pub fn is_placeholder_token(token: &str) -> bool {
    // One X too: registers write it where a forename is missing.
    let crossed = token.bytes().all(|byte| byte == b'X');
    crossed || matches!(token, "FNU" | "LNU" | "UNKNOWN" | "NFN" | "NLN" | "DUMMY")
}

/// Broad naming culture of a nationality code, for reports alone.
pub fn nationality_culture(code: &str) -> Option<&'static str> {
    CULTURES.get(code).copied()
}
