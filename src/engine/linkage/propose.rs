//! A model for two tables, or one, that nobody has described: fields, blocking rules and comparisons.
//!
//! In: tables of text. Out: a [`LinkageModel`] without parameters, which training fills. Everything in it can be read,
//! changed and used again.

use crate::block::rules::{Pairing, Rows};
use crate::engine::linkage::columns::{Values, values};
use crate::engine::linkage::keys::KeyMaker;
use crate::engine::linkage::profile::{
    Profile, drawn_rows, holds_words, is_empty_header, joint_kind, pair_columns, profiles,
};
use crate::engine::linkage::templates;
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::model::expression::{Context, Side, parse};
use crate::model::linkage::{BlockingRule, Field, FieldKind, Key, LinkType, LinkageModel, PairOrder};
use std::collections::BTreeMap;

/// Pairs that may be compared, by row of both tables, and at least so many.
const PAIRS_PER_ROW: u64 = 12;
/// Least budget of pairs: small tables are compared nearly whole.
const PAIRS_MIN: u64 = 4_000_000;
/// Most rules.
const RULES_MAX: usize = 32;

/// Proposes a model for linking two tables, or for one table with itself.
///
/// # Errors
/// When no two columns hold the same thing, or nothing is left to block on.
pub fn propose(tables: &[&Table], without: &[Vec<String>]) -> Result<LinkageModel> {
    let drawn: Vec<Vec<u32>> = tables.iter().zip(without).map(|(table, without)| drawn_rows(table, without)).collect();
    let fields = match tables {
        [one] => fields_of_one(one, &without[0], &drawn[0]),
        [left, right] => fields_of_two(left, right, without, &drawn),
        _ => return Err(Error::internal("one table or two")),
    };
    if fields.is_empty() {
        return Err(Error::input("no column of one table holds what a column of the other holds")
            .hint("describe the fields in a model (--model FILE)"));
    }
    let partners = partners(&fields);
    let said_twice = whole_names(tables[0], &fields);
    let place = place_of(&fields);
    let comparisons = fields
        .iter()
        .filter(|field| !said_twice.contains(&field.name))
        .filter(|field| place.is_none_or(|(_, postcode)| postcode.name != field.name))
        .map(|field| match place {
            Some((address, postcode)) if address.name == field.name => templates::place(address, postcode),
            _ => templates::comparison(field, partners.get(field.name.as_str()).copied()),
        })
        .collect::<Result<Vec<_>>>()?;
    let blocking = blocking(&fields, &partners, tables, &drawn)?;
    Ok(LinkageModel {
        link_type: if tables.len() == 1 { LinkType::Dedupe } else { LinkType::Link },
        ids: [None, None],
        pair_order: PairOrder::Row,
        fields,
        blocking,
        comparisons,
        prior: 0.0,
        household: None,
        threshold: None,
        lineage: vec![format!("proposed from the tables by rewash {}", env!("CARGO_PKG_VERSION"))],
        metadata: BTreeMap::new(),
    })
}

/// The address and its postcode, where there is one of each.
fn place_of(fields: &[Field]) -> Option<(&Field, &Field)> {
    let one = |kind: FieldKind| {
        let mut found = fields.iter().filter(|field| field.kind == kind && !field.list);
        found.next().filter(|_| found.next().is_none())
    };
    Some((one(FieldKind::Address)?, one(FieldKind::Postcode)?))
}

/// Given and family names that belong together.
fn partners(fields: &[Field]) -> BTreeMap<&str, &str> {
    let of = |kind: FieldKind| {
        let mut found = fields.iter().filter(|field| field.kind == kind && !field.list);
        found.next().filter(|_| found.next().is_none())
    };
    match (of(FieldKind::GivenName), of(FieldKind::FamilyName)) {
        (Some(given), Some(family)) => {
            BTreeMap::from([(given.name.as_str(), family.name.as_str()), (family.name.as_str(), given.name.as_str())])
        }
        _ => BTreeMap::new(),
    }
}

/// A column that says nothing of who a record is: constant, nearly empty, or different in every row.
fn is_useless(profile: &Profile, dedupe: bool) -> bool {
    let constant = profile.guess.distinct * 4_000.0 < 1.5;
    let unique = dedupe && profile.guess.distinct > 0.9999 && profile.guess.kind == FieldKind::Identifier;
    constant || unique || profile.filled < 0.005
}

fn field(name: String, kind: FieldKind, list: bool, left: Vec<String>, right: Vec<String>) -> Field {
    Field { name, kind, left, right, list, separator: None }
}

fn fields_of_one(table: &Table, without: &[String], drawn: &[u32]) -> Vec<Field> {
    let profiles: Vec<Profile> =
        profiles(table, without, drawn).into_iter().filter(|profile| !is_useless(profile, true)).collect();
    let named = |profile: &Profile| vec![profile.name.clone()];
    let fields = profiles.iter().map(|profile| {
        field(profile.name.clone(), profile.guess.kind, profile.guess.list, named(profile), named(profile))
    });
    settle_names(fields.collect())
}

/// Whole names that are made of the given and family names beside them: rules may use them, but to compare them too would
/// count the same evidence twice.
fn whole_names(table: &Table, fields: &[Field]) -> Vec<String> {
    let parts: Vec<String> = fields
        .iter()
        .filter(|field| matches!(field.kind, FieldKind::GivenName | FieldKind::FamilyName))
        .flat_map(|field| field.left.clone())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let is_whole = |field: &&Field| {
        field.kind == FieldKind::FullName
            && !parts.is_empty()
            && field.left.first().is_some_and(|whole| holds_words(table, whole, &parts))
    };
    fields.iter().filter(is_whole).map(|field| field.name.clone()).collect()
}

/// Several columns may look like given names; without a family name the last of them is taken for one.
fn settle_names(mut fields: Vec<Field>) -> Vec<Field> {
    let count = |fields: &[Field], kind: FieldKind| fields.iter().filter(|field| field.kind == kind).count();
    for (many, none) in [(FieldKind::GivenName, FieldKind::FamilyName), (FieldKind::FamilyName, FieldKind::GivenName)] {
        if count(&fields, many) >= 2 && count(&fields, none) == 0 {
            let place = if none == FieldKind::FamilyName {
                fields.iter().rposition(|field| field.kind == many)
            } else {
                fields.iter().position(|field| field.kind == many)
            };
            if let Some(field) = place.and_then(|place| fields.get_mut(place)) {
                field.kind = none;
            }
        }
    }
    fields
}

fn fields_of_two(left: &Table, right: &Table, without: &[Vec<String>], drawn: &[Vec<u32>]) -> Vec<Field> {
    let profiled = |table: &Table, side: usize| -> Vec<Profile> {
        profiles(table, &without[side], &drawn[side])
            .into_iter()
            .filter(|profile| !is_useless(profile, false))
            .collect()
    };
    let (lefts, rights) = (profiled(left, 0), profiled(right, 1));
    let composite = composite_names(&lefts, &rights);
    let taken = |side: usize, place: usize| composite.as_ref().is_some_and(|sides| sides[side].contains(&place));
    let mut fields: Vec<Field> = Vec::new();
    if let Some([l, r]) = &composite {
        let names = |places: &[usize], profiles: &[Profile]| places.iter().map(|p| profiles[*p].name.clone()).collect();
        fields.push(field("name".into(), FieldKind::FullName, false, names(l, &lefts), names(r, &rights)));
    }
    let mut pairs = pair_columns(&lefts, &rights);
    pairs.retain(|pair| !taken(0, pair.left) && !taken(1, pair.right));
    pairs.sort_by_key(|pair| pair.left);
    for pair in pairs {
        let (a, b) = (&lefts[pair.left], &rights[pair.right]);
        let kind = joint_kind(&a.guess, &b.guess);
        let mut name = if is_empty_header(&a.name) { format!("{}_{}", kind.word(), a.name) } else { a.name.clone() };
        while fields.iter().any(|field| field.name == name) {
            name.push('_');
        }
        let list = a.guess.list || b.guess.list;
        fields.push(field(name, kind, list, vec![a.name.clone()], vec![b.name.clone()]));
    }
    settle_names(fields)
}

/// One side writes whole names where the other has given and family names.
fn composite_names(lefts: &[Profile], rights: &[Profile]) -> Option<[Vec<usize>; 2]> {
    let of = |profiles: &[Profile], kind: FieldKind| -> Vec<usize> {
        (0..profiles.len()).filter(|place| profiles[*place].guess.kind == kind).collect()
    };
    let parts = |profiles: &[Profile]| -> Vec<usize> {
        let is_part =
            |place: &usize| matches!(profiles[*place].guess.kind, FieldKind::GivenName | FieldKind::FamilyName);
        (0..profiles.len()).filter(is_part).collect()
    };
    let (whole_left, whole_right) = (of(lefts, FieldKind::FullName), of(rights, FieldKind::FullName));
    let (parts_left, parts_right) = (parts(lefts), parts(rights));
    match (whole_left.as_slice(), whole_right.as_slice()) {
        ([whole], []) if parts_left.is_empty() && parts_right.len() >= 2 => Some([vec![*whole], parts_right]),
        ([], [whole]) if parts_right.is_empty() && parts_left.len() >= 2 => Some([parts_left, vec![*whole]]),
        _ => None,
    }
}

/// A part of a key with what it needs to be weighed.
#[derive(Clone)]
struct Part {
    field: usize,
    /// Expression of one record, `{}` filled in.
    text: String,
    /// Place among the parts of its field: 0 is the whole.
    place: usize,
}

/// Chooses rules: the most general conjunctions of key parts that stay within a share of the budget.
fn blocking(
    fields: &[Field],
    partners: &BTreeMap<&str, &str>,
    tables: &[&Table],
    drawn: &[Vec<u32>],
) -> Result<Vec<BlockingRule>> {
    let samples: Vec<Table> = tables.iter().zip(drawn).map(|(table, rows)| table.take(rows)).collect();
    let samples: Vec<&Table> = samples.iter().collect();
    let columns: Vec<(String, Values)> =
        fields.iter().map(|field| Ok((field.name.clone(), values(field, &samples)?))).collect::<Result<_>>()?;
    let scale: f64 =
        tables.iter().zip(&samples).map(|(all, part)| all.rows() as f64 / part.rows().max(1) as f64).product();
    let scale = if tables.len() == 1 { scale * scale } else { scale };
    let rows: u64 = tables.iter().map(|table| table.rows() as u64).sum();
    let budget = (rows * PAIRS_PER_ROW).max(PAIRS_MIN);
    let rows = match samples.as_slice() {
        [left, right] => Rows::Link { left: left.rows(), all: left.rows() + right.rows() },
        _ => Rows::Dedupe { all: samples[0].rows() },
    };
    let mut chooser = Chooser { keys: KeyMaker::new(&columns, rows.all()), rows, scale, most: budget as f64 / 6.0 };
    let parts = parts(fields);
    let mut chosen: Vec<(Vec<Part>, f64)> = Vec::new();
    for size in 1..=3 {
        for combination in combinations(&parts, size) {
            if chosen.iter().any(|(known, _)| known.iter().all(|part| combination.iter().any(|own| implies(own, part))))
            {
                continue;
            }
            if size == 1 && !is_telling(fields[combination[0].field].kind) {
                continue;
            }
            let cost = chooser.cost(&combination)?;
            if cost <= chooser.most {
                chosen.retain(|(known, _)| !combination.iter().all(|part| known.iter().any(|own| implies(own, part))));
                chosen.push((combination, cost));
            }
        }
    }
    chosen.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut spent = 0.0;
    let mut rules = Vec::new();
    for (combination, cost) in chosen {
        spent += cost;
        if rules.len() < RULES_MAX && (spent <= budget as f64 || rules.is_empty()) {
            rules.push(rule(&combination)?);
        }
    }
    if let Some((given, family)) = fields
        .iter()
        .find(|field| field.kind == FieldKind::GivenName)
        .and_then(|field| partners.get(field.name.as_str()).map(|family| (field.name.as_str(), *family)))
    {
        rules.push(swapped(given, family)?);
    }
    if rules.is_empty() {
        return Err(Error::input("no field tells records apart well enough to block on")
            .hint("write blocking rules in a model (--model FILE)"));
    }
    Ok(rules)
}

/// Kinds of which a value alone is a reason to compare two records.
const fn is_telling(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Email
            | FieldKind::Phone
            | FieldKind::Identifier
            | FieldKind::Date
            | FieldKind::FullName
            | FieldKind::Address
            | FieldKind::Postcode
            | FieldKind::FamilyName
            | FieldKind::GivenName
    )
}

fn parts(fields: &[Field]) -> Vec<Part> {
    let mut parts = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let quoted = format!("\"{}\"", field.name.replace('"', "\"\""));
        for (place, template) in templates::key_parts(field.kind, field.list).iter().enumerate() {
            parts.push(Part { field: index, text: template.replace("{}", &quoted), place });
        }
    }
    parts
}

/// Whether sharing `a` makes records share `b`: parts of one field, `b` the whole of nothing more special.
fn implies(a: &Part, b: &Part) -> bool {
    a.field == b.field && (a.place == b.place || a.place == 0)
}

/// Combinations of parts of different fields, the most general first.
fn combinations(parts: &[Part], size: usize) -> Vec<Vec<Part>> {
    let mut found: Vec<Vec<Part>> = vec![Vec::new()];
    for _ in 0..size {
        let mut longer = Vec::new();
        for known in &found {
            let after = known.last().map_or(0, |last: &Part| last.field + 1);
            for part in parts.iter().filter(|part| part.field >= after) {
                let mut next = known.clone();
                next.push(part.clone());
                longer.push(next);
            }
        }
        found = longer;
    }
    found.sort_by_key(|parts| std::cmp::Reverse(parts.iter().map(|part| part.place).sum::<usize>()));
    found
}

struct Chooser<'a> {
    keys: KeyMaker<'a>,
    rows: Rows,
    scale: f64,
    most: f64,
}

impl Chooser<'_> {
    /// Pairs that a rule would give in the whole tables, about.
    fn cost(&mut self, parts: &[Part]) -> Result<f64> {
        let keys = self.keys.rule(&rule(parts)?)?;
        let pairing = Pairing::new(vec![keys], self.rows, u64::MAX);
        Ok(pairing.costs()[0].pairs as f64 * self.scale)
    }
}

fn rule(parts: &[Part]) -> Result<BlockingRule> {
    let key = |part: &Part| {
        Ok(Key {
            left: parse(&part.text, Context::OneSide(Side::Left))?,
            right: parse(&part.text, Context::OneSide(Side::Right))?,
        })
    };
    Ok(BlockingRule { keys: parts.iter().map(key).collect::<Result<_>>()?, filter: None, explode: Vec::new() })
}

/// Given and family name written in each other's column.
fn swapped(given: &str, family: &str) -> Result<BlockingRule> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let key = |left: &str, right: &str| -> Result<Key> {
        Ok(Key {
            left: parse(&quoted(left), Context::OneSide(Side::Left))?,
            right: parse(&quoted(right), Context::OneSide(Side::Right))?,
        })
    };
    Ok(BlockingRule { keys: vec![key(given, family)?, key(family, given)?], filter: None, explode: Vec::new() })
}
