//! The comparison that is proposed for a field, by its kind: conditions in the language of expressions.

use crate::error::Result;
use crate::model::expression::{Context, parse};
use crate::model::linkage::{Comparison, Field, FieldKind, Level, TermFrequency, When};

/// A level of a template: label, condition, and whether frequent values count less.
type Step = (&'static str, String, bool);

/// The proposed comparison of a field. `partner` is the family name beside a given name and the other way round: names
/// written in each other's column are found by the given name, and the family name then stays silent.
///
/// # Errors
/// Never with names of fields that exist; the conditions are parsed like any others.
pub(crate) fn comparison(field: &Field, partner: Option<&str>) -> Result<Comparison> {
    let name = field.name.as_str();
    let (left, right) = (quoted(name, 'l'), quoted(name, 'r'));
    let mut null = format!("{left} IS NULL OR {right} IS NULL");
    let reversed = partner.map(|partner| {
        let (other_left, other_right) = (quoted(partner, 'l'), quoted(partner, 'r'));
        format!("{left} = {other_right} AND {other_left} = {right}")
    });
    let mut steps = if field.list { list_steps(&left, &right) } else { steps(field.kind, &left, &right) };
    match (field.kind, reversed) {
        (FieldKind::GivenName, Some(reversed)) => steps.insert(1, ("reversed", reversed, false)),
        (FieldKind::FamilyName, Some(reversed)) => null = format!("{null} OR ({left} <> {right} AND {reversed})"),
        _ => {}
    }
    let mut levels = vec![level("null", When::Null(parse(&null, Context::Level)?), None)];
    for (label, condition, frequency) in steps {
        let adjusted =
            frequency.then(|| TermFrequency { field: name.to_owned(), weight: 1.0, minimum_u: 0.0, own_u: false });
        levels.push(level(label, When::True(parse(&condition, Context::Level)?), adjusted));
    }
    levels.push(level("different", When::Else, None));
    Ok(Comparison { name: name.to_owned(), description: describe(field.kind).to_owned(), levels })
}

/// The proposed comparison of an address with its postcode. They move together: counted apart, one household would be
/// told twice, and two people of one family would pass for one.
///
/// # Errors
/// Never with names of fields that exist.
pub(crate) fn place(address: &Field, postcode: &Field) -> Result<Comparison> {
    let (a, b) = (quoted(&address.name, 'l'), quoted(&address.name, 'r'));
    let (p, q) = (quoted(&postcode.name, 'l'), quoted(&postcode.name, 'r'));
    let null = format!("({a} IS NULL OR {b} IS NULL) AND ({p} IS NULL OR {q} IS NULL)");
    let near = |cut: u8| format!("prefix({p}, length({p}) - {cut}) = prefix({q}, length({q}) - {cut})");
    let steps = [
        ("address_and_postcode", format!("{a} = {b} AND {p} = {q}")),
        ("alike_and_postcode", format!("token_jaccard({a}, {b}) >= 0.5 AND {p} = {q}")),
        ("address", format!("{a} = {b}")),
        ("postcode", format!("{p} = {q}")),
        ("alike", format!("token_jaccard({a}, {b}) >= 0.5")),
        ("postcode_one_edit", format!("osa({p}, {q}) <= 1")),
        ("sector", near(2)),
        ("district", near(3)),
    ];
    let mut levels = vec![level("null", When::Null(parse(&null, Context::Level)?), None)];
    for (label, condition) in steps {
        levels.push(level(label, When::True(parse(&condition, Context::Level)?), None));
    }
    levels.push(level("different", When::Else, None));
    let name = address.name.clone();
    Ok(Comparison { name, description: "addresses with their postcodes".to_owned(), levels })
}

fn level(label: &str, when: When, term_frequency: Option<TermFrequency>) -> Level {
    Level { label: label.to_owned(), when, m: None, u: None, fix_m: false, fix_u: false, term_frequency }
}

/// A column of one side, quoted.
pub(crate) fn quoted(name: &str, side: char) -> String {
    format!("\"{}_{side}\"", name.replace('"', "\"\""))
}

const fn describe(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Raw => "as it stands",
        FieldKind::FullName => "whole names by aligned tokens",
        FieldKind::GivenName => "given names",
        FieldKind::FamilyName => "family names",
        FieldKind::Date => "dates by kind of error",
        FieldKind::Postcode => "postcodes by part",
        FieldKind::Phone => "phone numbers",
        FieldKind::Email => "email addresses",
        FieldKind::Identifier => "identifiers by edits",
        FieldKind::Category => "categories",
        FieldKind::Address => "addresses by shared words",
        FieldKind::Text => "texts by shared words",
        FieldKind::Number | FieldKind::Degrees => "numbers by difference",
    }
}

fn steps(kind: FieldKind, l: &str, r: &str) -> Vec<Step> {
    let mut steps = vec![("exact", format!("{l} = {r}"), true)];
    let more = match kind {
        FieldKind::GivenName | FieldKind::FamilyName | FieldKind::FullName => name_steps(kind, l, r),
        FieldKind::Date => date_steps(l, r),
        _ => other_steps(kind, l, r),
    };
    steps.extend(more.into_iter().map(|(label, condition)| (label, condition, false)));
    steps
}

fn name_steps(kind: FieldKind, l: &str, r: &str) -> Vec<(&'static str, String)> {
    if kind == FieldKind::FullName {
        let aligned = |(label, least): (&'static str, f64)| (label, format!("name_alignment({l}, {r}) >= {least}"));
        return [
            ("aligned_0.95", 0.95),
            ("aligned_0.85", 0.85),
            ("aligned_0.7", 0.7),
            ("aligned_0.5", 0.5),
            ("aligned_0.3", 0.3),
        ]
        .map(aligned)
        .to_vec();
    }
    let mut steps = vec![
        ("equivalent", format!("name_equivalent({l}, {r})")),
        ("jaro_winkler_0.88", format!("jaro_winkler_similarity({l}, {r}) >= 0.88")),
    ];
    if kind == FieldKind::GivenName {
        let initial = format!("(length({l}) = 1 OR length({r}) = 1) AND prefix({l}, 1) = prefix({r}, 1)");
        steps.push(("initial", initial));
    }
    steps.push(("jaro_winkler_0.75", format!("jaro_winkler_similarity({l}, {r}) >= 0.75")));
    steps
}

fn date_steps(l: &str, r: &str) -> Vec<(&'static str, String)> {
    [
        ("one_edit", 9),
        ("swapped", 8),
        ("year_off_by_one", 7),
        ("year_and_month_or_day", 5),
        ("partial", 4),
        ("same_day_and_month", 3),
        ("same_year", 2),
    ]
    .map(|(label, least)| (label, format!("date_error({l}, {r}) >= {least}")))
    .to_vec()
}

fn other_steps(kind: FieldKind, l: &str, r: &str) -> Vec<(&'static str, String)> {
    let osa = |label, most: u8| (label, format!("osa({l}, {r}) <= {most}"));
    let part = |label, cut: u8| (label, format!("prefix({l}, length({l}) - {cut}) = prefix({r}, length({r}) - {cut})"));
    let alike = |label, least: f64| (label, format!("jaro_winkler_similarity({l}, {r}) >= {least}"));
    let shared = |label, least: f64| (label, format!("token_jaccard({l}, {r}) >= {least}"));
    let apart = |label, most: f64| (label, format!("relative_difference({l}, {r}) <= {most}"));
    let mailbox = |side: &str| format!("nullif(regexp_extract({side}, '^[^@]+', 0), '')");
    match kind {
        FieldKind::Postcode => vec![osa("one_edit", 1), part("sector", 2), part("district", 3)],
        FieldKind::Phone => vec![osa("one_edit", 1), ("same_end", format!("suffix({l}, 6) = suffix({r}, 6)"))],
        FieldKind::Email => {
            let same = format!("{} = {}", mailbox(l), mailbox(r));
            vec![("same_mailbox", same), alike("jaro_winkler_0.9", 0.9)]
        }
        FieldKind::Identifier => vec![osa("one_edit", 1), osa("two_edits", 2)],
        FieldKind::Text | FieldKind::Address => {
            vec![alike("jaro_winkler_0.92", 0.92), shared("half_of_words", 0.5), shared("some_words", 0.2)]
        }
        FieldKind::Number | FieldKind::Degrees => {
            vec![apart("within_1_percent", 0.01), apart("within_10_percent", 0.1)]
        }
        _ => Vec::new(),
    }
}

fn list_steps(l: &str, r: &str) -> Vec<Step> {
    let shared = |least: u8| format!("array_length(list_intersect({l}, {r})) >= {least}");
    vec![("two_shared", shared(2), false), ("one_shared", shared(1), false)]
}

/// Parts of keys that a field of a kind can give, the most general last; `{}` stands for the field.
pub(crate) const fn key_parts(kind: FieldKind, list: bool) -> &'static [&'static str] {
    match kind {
        _ if list => &["{}"],
        FieldKind::GivenName | FieldKind::FamilyName => &["{}", "skeleton({})"],
        FieldKind::FullName => &["{}", "token_keys({})"],
        FieldKind::Date => &["{}", "prefix({}, 7)", "suffix({}, 5)", "year({})"],
        FieldKind::Postcode => &["{}", "prefix({}, length({}) - 3)"],
        FieldKind::Phone | FieldKind::Email | FieldKind::Identifier | FieldKind::Text => &["{}"],
        FieldKind::Address => &["{}"],
        FieldKind::Category | FieldKind::Number | FieldKind::Degrees | FieldKind::Raw => &["{}"],
    }
}
