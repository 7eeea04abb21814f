//! Which column of a file is which column of ours.
//!
//! In: the headers that were found and a [`Schema`]. Out: [`Header`]. Invariant: one file column for one of ours; case,
//! spaces and punctuation do not matter, order does not either.

use crate::error::{Error, ErrorKind, Result};
use crate::model::schema::{self, Schema};
use crate::util::hash::{Map, Set, map, set};

/// How the headers of a file were understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Index in the file and our name, in the order of the file.
    pub known: Vec<(usize, String)>,
    /// Headers that no column of ours is known by; `column 3` for an empty one, and for all where values stand among them: the
    /// first person may stand in one line with the headers.
    pub unknown: Vec<String>,
    /// All headers as they stand in the file, in its order.
    pub found: Vec<String>,
}

/// Most headers, and most characters of one, that a message lists.
const LISTED_MAX: usize = 60;
/// How alike two headers must be for a "did you mean".
const ALIKE: f64 = 0.84;

/// Finds the columns of `schema` among the headers `found`.
///
/// # Errors
/// When two headers mean one column, or a required column is missing: the message lists what is missing and found.
pub fn match_header(found: &[String], schema: &Schema) -> Result<Header> {
    if schema.open {
        return own_headers(found);
    }
    let names = names(schema);
    let mut header = Header { found: found.to_vec(), ..Header::default() };
    let mut taken: Map<&str, &str> = map();
    let is_mixed = found.iter().any(|cell| is_piece(cell));
    for (index, raw) in found.iter().enumerate() {
        let Some(name) = names.get(&bare(raw)) else {
            let has_no_name = is_mixed || raw.trim().is_empty();
            header.unknown.push(if has_no_name { format!("column {}", index + 1) } else { raw.clone() });
            continue;
        };
        if let Some(first) = taken.insert(name, raw) {
            return Err(Error::new(ErrorKind::Column, format!("`{first}` and `{raw}` both mean `{name}`"))
                .hint("remove or rename one of them"));
        }
        header.known.push((index, name.clone()));
    }
    let missing = missing(&header, schema);
    if missing.is_empty() { Ok(header) } else { Err(incomplete(found, &header, schema, &missing)) }
}

/// Every column under its own header; one without a header is named by its place.
fn own_headers(found: &[String]) -> Result<Header> {
    let mut header = Header { found: found.to_vec(), ..Header::default() };
    let mut taken: Map<String, usize> = map();
    for (index, raw) in found.iter().enumerate() {
        let name = if raw.trim().is_empty() { format!("column {}", index + 1) } else { raw.trim().to_owned() };
        if let Some(first) = taken.insert(name.clone(), index) {
            // By number: where headers lack, a value of a person stands in the place of each.
            let what = format!("columns {} and {} have one name", first + 1, index + 1);
            return Err(Error::new(ErrorKind::Column, what).hint("rename one of them, or add a row of headers"));
        }
        header.known.push((index, name));
    }
    Ok(header)
}

/// Every accepted spelling of these columns of the schema: letters and digits in lower case, sorted.
pub fn spellings(schema: &Schema, columns: &[&str]) -> Vec<String> {
    let names = names(schema).into_iter().filter(|(_, name)| columns.contains(&name.as_str()));
    let mut all: Vec<String> = names.map(|(spelling, _)| spelling).collect();
    all.sort_unstable();
    all
}

/// Every accepted spelling, bare, with our name.
fn names(schema: &Schema) -> Map<String, String> {
    let mut names = map();
    for column in schema.columns.iter().copied().flatten() {
        names.insert(bare(column.name), column.name.to_owned());
    }
    let mut add = |spelling: &str, name: &str| {
        names.entry(bare(spelling)).or_insert_with(|| name.to_owned());
    };
    for group in schema.numbered {
        for number in 1..=group.most {
            let name = format!("{}_{number}{}", group.stem, group.suffix);
            add(&name, &name);
            for suffix in group.suffix_aliases {
                add(&format!("{}_{number}{suffix}", group.stem), &name);
            }
        }
    }
    for column in schema.columns.iter().copied().flatten() {
        for alias in column.aliases {
            add(alias, column.name);
        }
    }
    names
}

/// Letters and digits in lower case: `CID Person ID` and `cid_person_id` are one.
pub(super) fn bare(header: &str) -> String {
    header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The required groups of which nothing was found, as `a` or `a or b`.
fn missing(header: &Header, schema: &Schema) -> Vec<String> {
    let has = |name: &str| header.known.iter().any(|(_, known)| known == name);
    schema.required.iter().filter(|group| !group.iter().any(|name| has(name))).map(|group| group.join(" or ")).collect()
}

fn incomplete(found: &[String], header: &Header, schema: &Schema, missing: &[String]) -> Error {
    let missing = missing.join(", ");
    let (what, hint) = if header.known.is_empty() && found.iter().any(|cell| is_value(cell)) {
        // The row may be a person's: it is not repeated in a message.
        let what = format!("the first row looks like data, not like headers; the {} needs {missing}", schema.title);
        (what, "add a row of headers".to_owned())
    } else {
        let known: Vec<&str> = header.known.iter().filter_map(|(at, _)| found.get(*at)).map(String::as_str).collect();
        let what = format!("the {} lacks {missing}; found: {}", schema.title, listed_headers(found, &known));
        (what, suggestion(found, header, schema).unwrap_or_else(|| format!("add the missing columns: {missing}")))
    };
    Error::new(ErrorKind::Column, what).hint(hint)
}

/// Headers for a message. A first row in which none of `known` stands, or a value, may be a person's, whole or in part: of such a
/// row only what is made of the words of headers is repeated, and what is too short to name anybody.
pub fn listed_headers(found: &[String], known: &[&str]) -> String {
    let short = |cell: &String| cell.chars().take(LISTED_MAX).collect::<String>();
    let is_mixed = found.iter().any(|cell| is_piece(cell));
    if !is_mixed && found.iter().any(|cell| known.iter().any(|name| bare(name) == bare(cell))) {
        return found.iter().take(LISTED_MAX).map(short).collect::<Vec<_>>().join(", ");
    }
    let words = words_of_headers();
    let is_of_words = |cell: &String| {
        let mut parts = parts(cell).peekable();
        parts.peek().is_some() && parts.all(|part| words.contains(&part))
    };
    let names_nobody =
        |cell: &&String| !is_piece(cell) && (cell.trim().chars().count() < NAME_LETTERS_MIN || is_of_words(cell));
    let mut listed: Vec<String> = found.iter().filter(names_nobody).take(LISTED_MAX).map(short).collect();
    let others = found.iter().filter(|cell| !names_nobody(cell)).count();
    if others > 0 {
        let more = if listed.is_empty() { "" } else { "more " };
        listed.push(format!("{others} {more}that may be somebody's, and are not repeated"));
    }
    listed.join(", ")
}

/// Fewer letters name nobody.
const NAME_LETTERS_MIN: usize = 3;
/// Words of headers that no schema has.
const MORE_WORDS: [&str; 17] = [
    "key",
    "left",
    "right",
    "pair",
    "row",
    "weight",
    "score",
    "probability",
    "cluster",
    "level",
    "label",
    "truth",
    "unique",
    "given",
    "family",
    "birthday",
    "number",
];

/// The words that all our headers are made of, in lower case.
fn words_of_headers() -> Set<String> {
    let schemas = [
        &schema::EXTRACT,
        &schema::CASES,
        &schema::REGISTER,
        &schema::OUTCOMES,
        &schema::TRUTH,
        &schema::HANDOFF,
        &schema::CUSTOMERS,
        &schema::AWARDS,
        &schema::STOPPED,
        &schema::REVIEW,
    ];
    let columns = || schemas.iter().flat_map(|schema| schema.columns.iter().copied().flatten());
    let spellings = columns().flat_map(|column| column.aliases.iter().copied().chain([column.name]));
    let groups = schemas.iter().flat_map(|schema| schema.numbered).map(|group| group.stem);
    let mut out: Set<String> = set();
    out.extend(spellings.chain(groups).chain(MORE_WORDS).flat_map(parts));
    out
}

/// The words of a header in lower case.
fn parts(header: &str) -> impl Iterator<Item = String> {
    header.split(|letter: char| !letter.is_alphabetic()).filter(|part| !part.is_empty()).map(str::to_lowercase)
}

/// In a damaged file a piece of a row may stand in the place of a header.
fn is_piece(cell: &str) -> bool {
    is_value(cell) || cell.chars().any(char::is_control)
}

/// No header has four digits in a row or an `@`.
fn is_value(cell: &str) -> bool {
    cell.contains('@') || cell.as_bytes().windows(4).any(|four| four.iter().all(u8::is_ascii_digit))
}

/// "Did you mean" for the unknown header that is most like a missing column; or what the separator seems to be.
fn suggestion(found: &[String], header: &Header, schema: &Schema) -> Option<String> {
    if let [only] = found {
        let separator =
            [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")].into_iter().find(|(mark, _)| only.contains(mark));
        if let Some((_, marks)) = separator {
            return Some(format!("the fields seem to be separated by {marks}: save with commas"));
        }
    }
    let has = |name: &str| header.known.iter().any(|(_, known)| known == name);
    let wanted =
        schema.required.iter().filter(|group| !group.iter().any(|name| has(name))).flat_map(|group| group.iter());
    let alike = |name: &str, raw: &str| strsim::jaro_winkler(&bare(name), &bare(raw));
    let (name, raw, score) = wanted
        .flat_map(|name| header.unknown.iter().map(move |raw| (*name, raw.as_str(), alike(name, raw))))
        .max_by(|a, b| a.2.total_cmp(&b.2).then_with(|| b.0.cmp(a.0)).then_with(|| b.1.cmp(a.1)))?;
    (score >= ALIKE).then(|| format!("did you mean `{name}` by `{raw}`?"))
}

#[cfg(test)]
mod tests;
