//! From a model to text: JSON, or TOML as a person would write it.

mod toml;

use crate::model::expression::{Context, Expression, Side, print, shape};
use crate::model::linkage::read::{PRIOR_DEFAULT, VERSION};
use crate::model::linkage::shorthand::{both, either_null, shorten, shortest};
use crate::model::linkage::words::{ELSE_LABEL, null_label, term_frequency_field};
use crate::model::linkage::{
    BlockingRule, Comparison, Field, FieldKind, Key, Level, LinkageModel, Node, PairOrder, Table, TermFrequency, When,
};

impl LinkageModel {
    /// The model as TOML; [`LinkageModel::read`] gives it back, equal to the last bit, if [`LinkageModel::check`] lets it
    /// pass.
    pub fn to_toml(&self) -> String {
        toml::document(&document(self))
    }

    /// The model as JSON, with the same keys as in TOML; reads back in the same way.
    pub fn to_json(&self) -> String {
        // A tree of texts and finite numbers has nothing that could fail.
        let mut text = serde_json::to_string_pretty(&Node::Table(document(self))).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Puts a text where there is one, and where it is not the one that is taken for granted.
fn put_unless(table: &mut Table, key: &str, value: &str, granted: &str) {
    if value != granted {
        table.put(key, value);
    }
}

fn texts(items: &[String]) -> Node {
    items.iter().map(|item| Node::from(item.as_str())).collect::<Vec<_>>().into()
}

/// A list of one as its one text.
fn one_or_texts(items: &[String]) -> Node {
    match items {
        [item] => item.as_str().into(),
        items => texts(items),
    }
}

fn document(model: &LinkageModel) -> Table {
    let mut top = Table::default();
    top.put("version", shortest(VERSION));
    top.put("link_type", model.link_type.word());
    if let Some(threshold) = model.threshold {
        top.put("threshold", threshold);
    }
    // A prior of 0 is one that nothing has estimated yet.
    if model.prior > 0.0 && model.prior.to_bits() != PRIOR_DEFAULT.to_bits() {
        top.put("prior", model.prior);
    }
    if !model.lineage.is_empty() {
        top.put("lineage", texts(&model.lineage));
    }
    if model.ids.iter().any(Option::is_some) {
        let mut ids = Table::default();
        for (key, id) in ["left", "right"].into_iter().zip(&model.ids) {
            if let Some(id) = id {
                ids.put(key, id.as_str());
            }
        }
        top.put("id", ids);
    }
    put_unless(&mut top, "pair_order", model.pair_order.word(), PairOrder::Row.word());
    let mut fields = Table::default();
    model.fields.iter().for_each(|one| fields.put(&one.name, field(one)));
    top.put("fields", fields);
    top.put("blocking", model.blocking.iter().map(|one| rule(one).into()).collect::<Vec<Node>>());
    top.put("comparison", model.comparisons.iter().map(|one| comparison(one).into()).collect::<Vec<Node>>());
    if let Some(household) = &model.household {
        let mut levels = Table::default();
        for (name, probabilities) in &household.levels {
            levels.put(name, probabilities.iter().map(|one| Node::from(*one)).collect::<Vec<Node>>());
        }
        let mut table = Table::default();
        table.put("prior", household.prior);
        table.put("levels", levels);
        top.put("household", table);
    }
    if !model.metadata.is_empty() {
        let mut metadata = Table::default();
        model.metadata.iter().for_each(|(key, value)| metadata.put(key, metadatum(value)));
        top.put("metadata", metadata);
    }
    top
}

fn field(field: &Field) -> Table {
    let mut table = Table::default();
    put_unless(&mut table, "kind", field.kind.word(), FieldKind::Raw.word());
    let own_name = std::slice::from_ref(&field.name);
    if field.left == field.right {
        if field.left != own_name {
            table.put("column", one_or_texts(&field.left));
        }
    } else {
        table.put("left", one_or_texts(&field.left));
        table.put("right", one_or_texts(&field.right));
    }
    if field.list {
        table.put("list", true);
    }
    if let Some(separator) = &field.separator {
        table.put("separator", separator.as_str());
    }
    table
}

fn rule(rule: &BlockingRule) -> Table {
    let mut table = Table::default();
    table.put("keys", rule.keys.iter().map(key).collect::<Vec<_>>());
    if let Some(filter) = &rule.filter {
        table.put("filter", print(filter, Context::Rule));
    }
    if !rule.explode.is_empty() {
        table.put("explode", texts(&rule.explode));
    }
    table
}

fn key(key: &Key) -> Node {
    let left = print(&key.left, Context::OneSide(Side::Left));
    if shape::mirrored(&key.left) == key.right {
        return left.into();
    }
    let mut table = Table::default();
    table.put("left", left);
    table.put("right", print(&key.right, Context::OneSide(Side::Right)));
    table.into()
}

/// The field that a comparison is of, if its null level or its first exact one says so.
fn field_of(comparison: &Comparison) -> Option<String> {
    let of = |level: &Level| match &level.when {
        When::Null(expression) => {
            let columns = shape::columns_of(expression);
            let name = columns.names().into_iter().next().map(str::to_owned);
            name.filter(|name| either_null(name) == *expression)
        }
        When::True(expression) => shape::exact_match_column(expression)
            .filter(|name| {
                let [left, right] = both(name);
                matches!(expression, Expression::Binary(_, a, b) if **a == left && **b == right)
            })
            .map(str::to_owned),
        When::Else => None,
    };
    comparison.levels.iter().find_map(of)
}

fn comparison(comparison: &Comparison) -> Table {
    let mut table = Table::default();
    table.put("name", comparison.name.as_str());
    put_unless(&mut table, "description", &comparison.description, "");
    let field = field_of(comparison);
    if let Some(field) = &field {
        table.put("field", field.as_str());
    }
    let fields: Vec<String> = field.into_iter().collect();
    if !comparison.levels.iter().any(|level| matches!(level.when, When::Null(_))) {
        table.put("null", false);
    }
    let count = comparison.levels.len();
    let implied = |index: usize, level: &Level| match &level.when {
        When::Null(_) => index == 0 && is_only_null(comparison) && is_bare_null(level, &fields),
        When::Else => index + 1 == count && *level == bare_else(),
        When::True(_) => false,
    };
    let levels = comparison.levels.iter().enumerate().filter(|(index, level)| !implied(*index, level));
    table.put("levels", levels.map(|(_, one)| level(one, &fields)).collect::<Vec<_>>());
    table
}

fn is_only_null(comparison: &Comparison) -> bool {
    comparison.levels.iter().filter(|level| matches!(level.when, When::Null(_))).count() == 1
}

fn is_bare_null(level: &Level, fields: &[String]) -> bool {
    let [field] = fields else { return false };
    level.when == When::Null(either_null(field)) && level.label == null_label(fields)
}

fn bare_else() -> Level {
    let label = ELSE_LABEL.to_owned();
    Level { label, when: When::Else, m: None, u: None, fix_m: false, fix_u: false, term_frequency: None }
}

fn level(level: &Level, fields: &[String]) -> Node {
    let (mut table, label) = match &level.when {
        When::Null(expression) => {
            let mut table = Table::default();
            table.put("null", print(expression, Context::Level));
            (table, null_label(fields))
        }
        When::Else => {
            let mut table = Table::default();
            table.put("else", true);
            (table, ELSE_LABEL.to_owned())
        }
        When::True(expression) => {
            let short = fields.first().and_then(|field| shorten(expression, field));
            short.unwrap_or_else(|| {
                let text = print(expression, Context::Level);
                let mut table = Table::default();
                table.put("when", text.as_str());
                (table, text)
            })
        }
    };
    put_unless(&mut table, "label", &level.label, &label);
    for (key, value) in [("m", level.m), ("u", level.u)] {
        if let Some(value) = value {
            table.put(key, value);
        }
    }
    for (key, value) in [("fix_m", level.fix_m), ("fix_u", level.fix_u)] {
        if value {
            table.put(key, value);
        }
    }
    if let (Some(term), When::True(expression)) = (&level.term_frequency, &level.when) {
        table.put("term_frequency", term_frequency(term, expression, fields));
    }
    match &table.entries[..] {
        [(word, Node::Boolean(true))] => word.as_str().into(),
        _ => table.into(),
    }
}

fn term_frequency(term: &TermFrequency, expression: &Expression, fields: &[String]) -> Node {
    let clear = term_frequency_field(expression, fields).as_deref() == Some(&term.field);
    let mut table = Table::default();
    if !clear {
        table.put("field", term.field.as_str());
    }
    if term.weight.to_bits() != 1_f64.to_bits() {
        table.put("weight", term.weight);
    }
    if term.minimum_u.to_bits() != 0_f64.to_bits() {
        table.put("minimum_u", term.minimum_u);
    }
    if term.own_u {
        table.put("own_u", true);
    }
    match &table.entries[..] {
        [] => true.into(),
        [(key, Node::Text(field))] if key == "field" => field.as_str().into(),
        _ => table.into(),
    }
}

/// What TOML cannot hold, and what reads like the stand-in for it, is put as the text of its JSON.
fn metadatum(value: &serde_json::Value) -> Node {
    let node = Node::from(value);
    let ambiguous = matches!(&node, Node::Table(table) if table.entries.len() == 1 && table.get("json").is_some());
    if toml::holds(&node) && !ambiguous {
        return node;
    }
    let mut table = Table::default();
    table.put("json", value.to_string());
    table.into()
}
