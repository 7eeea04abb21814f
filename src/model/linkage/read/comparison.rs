//! Reading comparisons and their levels.

use crate::error::Result;
use crate::model::expression::{Context, Expression, Operator, parse, shape};
use crate::model::linkage::shorthand::{condition, either_null, forms, joined};
use crate::model::linkage::table::{Section, within};
use crate::model::linkage::words::{ELSE_LABEL, null_label, term_frequency_field};
use crate::model::linkage::{Comparison, Level, Node, Table, TermFrequency, When};

const COMPARISON_KEYS: [&str; 6] = ["name", "description", "field", "term_frequency", "null", "levels"];
/// What a level of any condition may have beside it.
const LEVEL_KEYS: [&str; 6] = ["label", "m", "u", "fix_m", "fix_u", "term_frequency"];
const NULL_KEYS: [&str; 2] = ["null", "label"];
const ELSE_KEYS: [&str; 6] = ["else", "label", "m", "u", "fix_m", "fix_u"];
const TERM_KEYS: [&str; 4] = ["field", "weight", "minimum_u", "own_u"];

/// The keys of comparisons and of what is in them.
pub(super) const fn known_keys() -> [(&'static str, &'static [&'static str]); 5] {
    [
        ("[[comparison]]", &COMPARISON_KEYS),
        ("levels of [[comparison]]", &LEVEL_KEYS),
        ("null level", &NULL_KEYS),
        ("else level", &ELSE_KEYS),
        ("term_frequency", &TERM_KEYS),
    ]
}

/// Reads a comparison; null and else levels are added where there are none.
pub(super) fn comparison(node: &Node, place: &str) -> Result<Comparison> {
    let section = Section::strict(node, place, &COMPARISON_KEYS)?;
    let fields = section.texts("field")?.unwrap_or_default();
    let name = match (section.text("name")?, &fields[..]) {
        (Some(name), _) => name.to_owned(),
        (None, [field]) => field.clone(),
        (None, _) => return Err(section.fault("the key `name` is missing")),
    };
    let place = format!("{place} ({name})");
    let Some(nodes @ [_, ..]) = section.list("levels")? else {
        return Err(section.fault("there are no `levels`").hint("levels = [\"exact\", { jaro_winkler = 0.92 }]"));
    };
    let place_of = |index: usize| format!("{place}, level {}", index + 1);
    let read = |(index, node)| level(node, &fields, &place_of(index));
    let mut levels: Vec<Level> = nodes.iter().enumerate().map(read).collect::<Result<_>>()?;
    adjust_all(&section, &mut levels)?;
    if wants_null(&section)? && !levels.iter().any(|level| matches!(level.when, When::Null(_))) {
        levels.insert(0, bare(When::Null(null_expression(&fields, &levels)), null_label(&fields)));
    }
    if !levels.iter().any(|level| level.when == When::Else) {
        levels.push(bare(When::Else, ELSE_LABEL.to_owned()));
    }
    let description = section.text("description")?.unwrap_or_default().to_owned();
    Ok(Comparison { name, description, levels })
}

fn bare(when: When, label: String) -> Level {
    Level { label, when, m: None, u: None, fix_m: false, fix_u: false, term_frequency: None }
}

fn wants_null(section: &Section) -> Result<bool> {
    match section.node("null") {
        None => Ok(true),
        Some(Node::Boolean(false)) => Ok(false),
        Some(_) => Err(section
            .fault("`null` of a comparison can be false alone, for no null level")
            .hint("give the condition as a level: { null = '…' }")),
    }
}

/// When there is nothing to compare: a field is null on either side; of several fields given, all of them; with no field
/// given, any of those that the levels use.
pub(crate) fn null_expression(fields: &[String], levels: &[Level]) -> Expression {
    if !fields.is_empty() {
        return joined(Operator::And, fields.iter().map(|name| either_null(name)));
    }
    let mut used: Vec<&str> = Vec::new();
    for level in levels {
        if let When::True(expression) = &level.when {
            shape::walk(expression, &mut |part| match part {
                Expression::Column { name, .. } if !used.contains(&name.as_str()) => used.push(name),
                _ => {}
            });
        }
    }
    joined(Operator::Or, used.into_iter().map(either_null))
}

fn level(node: &Node, fields: &[String], place: &str) -> Result<Level> {
    match node {
        Node::Text(word) if word == "else" => return Ok(bare(When::Else, ELSE_LABEL.to_owned())),
        Node::Text(word) if word == "null" => return null_level(&marker("null"), fields, place),
        Node::Table(table) if table.get("else").is_some() => return else_level(node, place),
        Node::Table(table) if table.get("null").is_some() => return null_level(node, fields, place),
        Node::Table(_) | Node::Text(_) => {}
        other => {
            let forms = forms().join(", ");
            return Err(crate::error::Error::settings(format!("{} is not a level", other.kind()))
                .at(place)
                .hint(format!("give one of {forms}")));
        }
    }
    let condition = condition(node, fields, place, &LEVEL_KEYS)?;
    let empty = Node::Table(Table::default());
    let section = Section::open(if matches!(node, Node::Table(_)) { node } else { &empty }, place)?;
    let term_frequency = match section.node("term_frequency") {
        None => None,
        Some(node) => term_frequency(node, &condition.expression, fields, &section)?,
    };
    let label = section.text("label")?.map_or(condition.label, str::to_owned);
    let level = bare(When::True(condition.expression), label);
    Ok(Level { term_frequency, ..parameters(level, &section)? })
}

fn marker(key: &str) -> Node {
    let mut table = Table::default();
    table.put(key, true);
    Node::Table(table)
}

fn parameters(level: Level, section: &Section) -> Result<Level> {
    Ok(Level {
        m: section.number("m")?,
        u: section.number("u")?,
        fix_m: section.flag("fix_m")?,
        fix_u: section.flag("fix_u")?,
        ..level
    })
}

fn else_level(node: &Node, place: &str) -> Result<Level> {
    let section = Section::strict(node, place, &ELSE_KEYS)?;
    if !section.flag("else")? {
        return Err(section.fault("`else` can be true alone"));
    }
    let label = section.text("label")?.unwrap_or(ELSE_LABEL).to_owned();
    parameters(bare(When::Else, label), &section)
}

fn null_level(node: &Node, fields: &[String], place: &str) -> Result<Level> {
    let section = Section::strict(node, place, &NULL_KEYS)?;
    let expression = match section.node("null") {
        Some(Node::Boolean(true)) if !fields.is_empty() => null_expression(fields, &[]),
        Some(Node::Text(text)) => parse(text, Context::Level).map_err(|error| within(&error, section.place()))?,
        _ => {
            let fault = section.fault("`null` should be a condition");
            return Err(fault.hint("null = '\"surname_l\" IS NULL OR \"surname_r\" IS NULL'"));
        }
    };
    let label = section.text("label")?.map_or_else(|| null_label(fields), str::to_owned);
    Ok(bare(When::Null(expression), label))
}

fn term_frequency(
    node: &Node,
    expression: &Expression,
    fields: &[String],
    section: &Section,
) -> Result<Option<TermFrequency>> {
    let field = || {
        term_frequency_field(expression, fields).ok_or_else(|| {
            section.fault("the field whose values are counted is not clear").hint("term_frequency = \"surname\"")
        })
    };
    let full = |field: String| TermFrequency { field, weight: 1.0, minimum_u: 0.0, own_u: false };
    match node {
        Node::Boolean(false) => Ok(None),
        Node::Boolean(true) => Ok(Some(full(field()?))),
        Node::Text(name) => Ok(Some(full(name.clone()))),
        _ => {
            let inner = Section::strict(node, &format!("{}, term_frequency", section.place()), &TERM_KEYS)?;
            let name = match inner.text("field")? {
                Some(name) => name.to_owned(),
                None => field()?,
            };
            Ok(Some(TermFrequency {
                field: name,
                weight: inner.number("weight")?.unwrap_or(1.0),
                minimum_u: inner.number("minimum_u")?.unwrap_or(0.0),
                own_u: inner.flag("own_u")?,
            }))
        }
    }
}

/// `term_frequency` of a comparison: that of all its exact levels which say nothing of their own.
fn adjust_all(section: &Section, levels: &mut [Level]) -> Result<()> {
    let Some(node) = section.node("term_frequency") else { return Ok(()) };
    let silent = |index: usize| match section.list("levels").ok().flatten().and_then(|nodes| nodes.get(index)) {
        Some(Node::Table(table)) => table.get("term_frequency").is_none(),
        _ => true,
    };
    let mut exact = 0;
    for (index, level) in levels.iter_mut().enumerate() {
        let When::True(expression) = &level.when else { continue };
        if let Some(column) = shape::exact_match_column(expression) {
            exact += 1;
            if silent(index) {
                level.term_frequency = term_frequency(node, expression, &[column.to_owned()], section)?;
            }
        }
    }
    if exact == 0 && *node != Node::Boolean(false) {
        let fault = section.fault("`term_frequency` is for exact levels, and there is none");
        return Err(fault.hint("put \"exact\" among the levels"));
    }
    Ok(())
}
