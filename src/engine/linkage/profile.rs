//! What the columns of a table hold, and which columns of two tables belong together.
//!
//! Kinds are told from values first and headers second; columns are paired by the values that they share, by kind, and
//! where headers say something by these too. So `c1 … cn` for headers costs little.

use crate::frame::{Table, TextColumn, cell};
use crate::model::linkage::FieldKind;
use crate::standardise::field::Standardiser;
use crate::standardise::kind::{Guess, header_words, tell};
use crate::util::hash::{Set, mix, set, text_hash};
use arrow::array::Array;
use rayon::prelude::*;

/// A column with what it seems to hold.
pub(crate) struct Profile {
    /// Its header.
    pub name: String,
    /// What it holds.
    pub guess: Guess,
    /// Share of rows that have a value.
    pub filled: f64,
    /// Hashes of standard texts, of at most so many values.
    values: Set<u64>,
    /// Hashes of single words.
    words: Set<u64>,
}

/// Rows of a table that its kinds and the costs of rules are told from.
const ROWS_DRAWN: usize = 12_000;
/// Values of a column that its kind is told from.
const KIND_SAMPLE: usize = 4_000;
/// Values whose hashes are kept for overlaps. Tables that are larger keep values whose hash falls in one part, so that
/// both sides keep the same ones.
const OVERLAP_SAMPLE: usize = 60_000;
/// Headers that say nothing: they are followed by a number.
const EMPTY_HEADERS: [&str; 8] = ["C", "COL", "COLUMN", "FIELD", "F", "V", "VAR", "X"];

/// Rows of a table drawn by what they say, but for the columns in `without`: the same ones in whatever order rows stand.
pub(crate) fn drawn_rows(table: &Table, without: &[String]) -> Vec<u32> {
    let columns: Vec<&TextColumn> =
        table.names().iter().zip(table.columns()).filter(|(name, _)| !without.contains(name)).map(|(_, c)| c).collect();
    let digest = |row: usize| {
        let cells = columns.iter().map(|column| cell(column, row).map_or(0, |text| text_hash(text.as_bytes())));
        cells.fold(0, mix)
    };
    let mut rows: Vec<(u64, u32)> = (0..table.rows()).into_par_iter().map(|row| (digest(row), row as u32)).collect();
    if rows.len() > ROWS_DRAWN {
        let _ = rows.select_nth_unstable(ROWS_DRAWN);
        rows.truncate(ROWS_DRAWN);
    }
    rows.sort_unstable();
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Profiles of the columns of a table but those in `without`, in its order; kinds are told from the rows `drawn` first.
pub(crate) fn profiles(table: &Table, without: &[String], drawn: &[u32]) -> Vec<Profile> {
    let columns: Vec<(&String, &TextColumn)> = table.names().iter().zip(table.columns()).collect();
    let kept = columns.into_par_iter().filter(|(name, _)| !without.contains(name));
    kept.filter_map(|(name, column)| profile(name, column, drawn)).collect()
}

fn profile(name: &str, column: &TextColumn, drawn: &[u32]) -> Option<Profile> {
    let rows = column.len();
    let mut sample: Vec<&str> = drawn.iter().filter_map(|row| cell(column, *row as usize)).take(KIND_SAMPLE).collect();
    // A column that is mostly empty: all of it is looked through.
    if sample.len() < KIND_SAMPLE / 4 && drawn.len() < rows {
        sample = (0..rows).filter_map(|row| cell(column, row)).take(KIND_SAMPLE).collect();
    }
    let guess = tell(if is_empty_header(name) { "" } else { name }, &sample)?;
    let filled = (rows - column.null_count()) as f64 / rows.max(1) as f64;
    let mut found = Profile { name: name.to_owned(), guess, filled, values: set(), words: set() };
    let part = (rows / OVERLAP_SAMPLE).max(1) as u64;
    let mut standardiser = Standardiser::default();
    let mut text = String::new();
    let mut seen: Set<u64> = set();
    for value in (0..rows).filter_map(|row| cell(column, row)) {
        if !seen.insert(text_hash(value.as_bytes())) || seen.len() > 4 * OVERLAP_SAMPLE {
            continue;
        }
        text.clear();
        if standardiser.standard(comparable(guess.kind), guess.order, value, &mut text) {
            let hash = text_hash(text.as_bytes());
            if hash.is_multiple_of(part) {
                found.values.insert(hash);
            }
            found.words.extend(
                text.split(' ').map(|word| text_hash(word.as_bytes())).filter(|hash| hash.is_multiple_of(part)),
            );
        }
    }
    Some(found)
}

/// Texts of all kinds of words are compared as words, whatever kind each side is taken for.
const fn comparable(kind: FieldKind) -> FieldKind {
    match kind {
        FieldKind::FullName | FieldKind::GivenName | FieldKind::FamilyName => FieldKind::FullName,
        FieldKind::Category | FieldKind::Address | FieldKind::Text => FieldKind::Text,
        FieldKind::Identifier | FieldKind::Number | FieldKind::Degrees => FieldKind::Identifier,
        other => other,
    }
}

/// Families of kinds whose texts can be compared at all.
const fn family(kind: FieldKind) -> u8 {
    match comparable(kind) {
        FieldKind::FullName | FieldKind::Text => 1,
        FieldKind::Date => 2,
        FieldKind::Postcode | FieldKind::Identifier | FieldKind::Phone => 3,
        FieldKind::Email => 4,
        _ => 0,
    }
}

/// Whether a header is a letter or empty word with a number, or nothing.
pub(crate) fn is_empty_header(name: &str) -> bool {
    let words = header_words(name);
    match words.as_slice() {
        [] => true,
        [word] => EMPTY_HEADERS.contains(&word.as_str()) && name.bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

fn share(a: &Set<u64>, b: &Set<u64>) -> f64 {
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let shared = small.iter().filter(|hash| large.contains(hash)).count();
    shared as f64 / small.len().max(1) as f64
}

/// Two columns that hold the same thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Paired {
    /// Place in the left profiles.
    pub left: usize,
    /// Place in the right profiles.
    pub right: usize,
    /// How sure.
    pub score: f64,
}

/// Likeness of two headers from which columns that have no value in common may still be of one thing.
const SAME_HEADER: f64 = 0.6;
/// Least score of a pair of columns.
const PAIRED_MIN: f64 = 0.3;

/// Pairs the columns of two tables, the surest first; each column is in one pair at most.
pub(crate) fn pair_columns(left: &[Profile], right: &[Profile]) -> Vec<Paired> {
    let mut scores = Vec::new();
    for (i, a) in left.iter().enumerate() {
        for (j, b) in right.iter().enumerate() {
            let score = score(a, b);
            if score >= PAIRED_MIN {
                scores.push(Paired { left: i, right: j, score });
            }
        }
    }
    scores.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.left.cmp(&b.left)).then(a.right.cmp(&b.right)));
    let mut found: Vec<Paired> = Vec::new();
    for pair in scores {
        if !found.iter().any(|known| known.left == pair.left || known.right == pair.right) {
            found.push(pair);
        }
    }
    found
}

fn score(a: &Profile, b: &Profile) -> f64 {
    if family(a.guess.kind) != family(b.guess.kind) {
        return 0.0;
    }
    let same_kind = if a.guess.kind == b.guess.kind { 0.3 } else { 0.0 };
    let headers = if is_empty_header(&a.name) || is_empty_header(&b.name) {
        0.0
    } else {
        strsim::jaro_winkler(&header_words(&a.name).concat(), &header_words(&b.name).concat()).powi(2)
    };
    // One column of whole names may share its words, and no value, with another.
    let shared = share(&a.values, &b.values) + 0.25 * share(&a.words, &b.words);
    // Of one kind is everything that looks alike: years and postcodes of digits too.
    if shared == 0.0 && headers < SAME_HEADER { 0.0 } else { shared + same_kind + 0.6 * headers }
}

/// The kind of two columns that were paired: of two opinions, the one that says more.
pub(crate) fn joint_kind(a: &Guess, b: &Guess) -> FieldKind {
    let rank = |kind: FieldKind| match kind {
        FieldKind::Email | FieldKind::Date => 0,
        FieldKind::Phone => 1,
        FieldKind::Postcode => 2,
        FieldKind::FullName => 3,
        FieldKind::GivenName | FieldKind::FamilyName => 4,
        FieldKind::Identifier => 5,
        FieldKind::Address => 6,
        FieldKind::Text => 7,
        FieldKind::Category => 8,
        FieldKind::Number | FieldKind::Degrees => 9,
        FieldKind::Raw => 10,
    };
    if rank(a.kind) <= rank(b.kind) { a.kind } else { b.kind }
}

/// Whether the words of `parts` are among those of `whole` in nearly every row that has both.
pub(crate) fn holds_words(table: &Table, whole: &str, parts: &[&str]) -> bool {
    const NEARLY: f64 = 0.8;
    let Some(whole) = table.column(whole) else { return false };
    let parts: Vec<&TextColumn> = parts.iter().filter_map(|part| table.column(part)).collect();
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let (mut rows, mut inside) = (0_u32, 0_u32);
    for row in (0..table.rows()).step_by((table.rows() / KIND_SAMPLE).max(1)) {
        let Some(text) = cell(whole, row) else { continue };
        let own: Vec<String> = parts.iter().filter_map(|part| cell(part, row)).flat_map(words).collect();
        if own.is_empty() {
            continue;
        }
        let all = words(text);
        rows += 1;
        inside += u32::from(own.iter().all(|word| all.contains(word)));
    }
    rows > 0 && f64::from(inside) > NEARLY * f64::from(rows)
}
