//! From text to a model: TOML as it is written by hand, or JSON with parameters; and the parts outside comparisons.

mod comparison;

use crate::error::{Error, Result};
use crate::model::expression::{Context, Expression, Side, parse, shape};
use crate::model::linkage::table::{Section, did_you_mean, within};
use crate::model::linkage::{
    BlockingRule, Field, FieldKind, Household, Key, LinkType, LinkageModel, Node, PairOrder, Table,
};
use std::collections::BTreeMap;

/// Version of the form of models; a later one cannot be read.
pub(crate) const VERSION: f64 = 1.0;
/// Probability that two records match where nothing is known: that of Splink.
pub(crate) const PRIOR_DEFAULT: f64 = 0.0001;

const TOP_KEYS: [&str; 12] = [
    "version",
    "link_type",
    "threshold",
    "prior",
    "household",
    "id",
    "pair_order",
    "fields",
    "blocking",
    "comparison",
    "lineage",
    "metadata",
];
const HOUSEHOLD_KEYS: [&str; 2] = ["prior", "levels"];
const ID_KEYS: [&str; 3] = ["column", "left", "right"];
const FIELD_KEYS: [&str; 6] = ["kind", "column", "left", "right", "list", "separator"];
const RULE_KEYS: [&str; 4] = ["keys", "rule", "filter", "explode"];
const KEY_KEYS: [&str; 2] = ["left", "right"];

/// Every key that a model may have, by the part of it that the key stands in, as [`crate::model::reference`] calls them.
pub(crate) fn known_keys() -> Vec<(&'static str, &'static [&'static str])> {
    let own: [(&str, &[&str]); 6] = [
        ("(top)", &TOP_KEYS),
        ("[id]", &ID_KEYS),
        ("[fields.NAME]", &FIELD_KEYS),
        ("[[blocking]]", &RULE_KEYS),
        ("keys of [[blocking]]", &KEY_KEYS),
        ("[household]", &HOUSEHOLD_KEYS),
    ];
    own.into_iter().chain(comparison::known_keys()).collect()
}

impl LinkageModel {
    /// Reads a model from TOML or, where the first letter is `{`, from JSON, and checks it; `place` is named by errors.
    ///
    /// ```toml
    /// link_type = "link"                 # or dedupe, link_and_dedupe
    /// threshold = 0.5                    # optional, like `prior`, `id`, `pair_order`, `lineage`
    /// [fields.surname]
    /// kind = "family_name"               # raw where not given
    /// column = "last name"               # or left = "…", right = ["…", "…"]; the field's own name where not given
    /// [fields.born]
    /// kind = "date"
    /// [[blocking]]
    /// keys = ["surname", "year(born)"]   # or { left = "…", right = "…" }, or rule = 'l.surname = r.surname'
    /// [[comparison]]
    /// field = "surname"
    /// term_frequency = true
    /// levels = ["exact", { jaro_winkler = 0.92 }, { when = 'fold("surname_l") = fold("surname_r")', label = "folded" }]
    /// ```
    ///
    /// A level holds a short form (`rewash model reference` has all of them, and all keys) or `when`; and `label`, `m`, `u`, `fix_m`, `fix_u`,
    /// `term_frequency` where wanted. A null level (`{ null = '…' }`) and the last one (`{ else = true }`) are added
    /// where they are not given; `null = false` in the comparison says that there is none.
    ///
    /// # Errors
    /// When the text is neither form, a key is not known, a value is of the wrong kind or out of range, or an expression
    /// cannot be read or names a field that is not there. The error names the place and says what to do.
    pub fn read(text: &str, place: &str) -> Result<Self> {
        let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let text = text.trim_start_matches('\u{feff}');
        let node = if is_json { Node::from_json(text) } else { Node::from_toml(text) };
        let model = model(&node.map_err(|error| within(&error, place))?, place)?;
        model.check().map_err(|error| within(&error, place))?;
        Ok(model)
    }
}

fn model(node: &Node, place: &str) -> Result<LinkageModel> {
    if let Node::Table(table) = node
        && table.get("comparisons").is_some()
    {
        // What both kinds have is `comparisons`; where strangers are counted, a trace learned it.
        let (what, hint) = if table.get("strangers").is_some() {
            (
                "this is a model of `rewash trace`, which weighs the fields of its registers alone",
                "`rewash trace --model` takes it",
            )
        } else {
            ("this is a model of Splink", "import it first")
        };
        return Err(Error::settings(what).at(place).hint(hint));
    }
    // The line of the whole document says nothing.
    let top = match node {
        Node::Table(table) => &Node::Table(Table { line: None, entries: table.entries.clone() }),
        other => other,
    };
    let top = Section::strict(top, place, &TOP_KEYS)?;
    if top.number("version")?.is_some_and(|version| version > VERSION) {
        return Err(top.fault("the model is of a later version of this program").hint("use that version"));
    }
    let tables = |key: &str| Ok(top.list(key)?.unwrap_or_default());
    let blocking = tables("blocking")?
        .iter()
        .enumerate()
        .map(|(index, node)| rule(node, &format!("{place}, blocking rule {}", index + 1)));
    let blocking = blocking.collect::<Result<_>>()?;
    let comparisons = tables("comparison")?
        .iter()
        .enumerate()
        .map(|(index, node)| comparison::comparison(node, &format!("{place}, comparison {}", index + 1)));
    Ok(LinkageModel {
        link_type: link_type(&top)?,
        ids: ids(&top, place)?,
        pair_order: pair_order(&top)?,
        fields: fields(&top, place)?,
        blocking,
        comparisons: comparisons.collect::<Result<_>>()?,
        prior: top.number("prior")?.unwrap_or(PRIOR_DEFAULT),
        household: household(&top, place)?,
        threshold: top.number("threshold")?,
        lineage: top.texts("lineage")?.unwrap_or_default(),
        metadata: metadata(&top, place)?,
    })
}

fn link_type(top: &Section) -> Result<LinkType> {
    let word = top.required_text("link_type").map_err(|error| error.hint("link_type = \"link\", or \"dedupe\""))?;
    LinkType::from_word(word).ok_or_else(|| {
        top.fault(format!("`{word}` is not a type of linkage")).hint(did_you_mean(word, &LinkType::words()))
    })
}

fn pair_order(top: &Section) -> Result<PairOrder> {
    let Some(word) = top.text("pair_order")? else { return Ok(PairOrder::default()) };
    PairOrder::from_word(word).ok_or_else(|| {
        top.fault(format!("`{word}` is not an order of pairs")).hint(did_you_mean(word, &PairOrder::words()))
    })
}

fn household(top: &Section, place: &str) -> Result<Option<Household>> {
    let Some(node) = top.node("household") else { return Ok(None) };
    let section = Section::strict(node, &format!("{place}, household"), &HOUSEHOLD_KEYS)?;
    let Some(prior) = section.number("prior")? else {
        return Err(section.fault("`prior` is missing").hint("the share of pairs that are of one household"));
    };
    let Some(levels) = section.node("levels") else { return Ok(Some(Household { prior, levels: BTreeMap::new() })) };
    let levels = Section::open(levels, &format!("{place}, household, levels"))?;
    let of_comparison = |(name, node): (&str, &Node)| {
        let value = node.to_value();
        let numbers = value.as_array().and_then(|all| all.iter().map(serde_json::Value::as_f64).collect());
        let fault = || levels.fault(format!("`{name}` is not a list of numbers")).hint("one probability a level");
        Ok((name.to_owned(), numbers.ok_or_else(fault)?))
    };
    Ok(Some(Household { prior, levels: levels.entries().map(of_comparison).collect::<Result<_>>()? }))
}

fn ids(top: &Section, place: &str) -> Result<[Option<String>; 2]> {
    let Some(node) = top.node("id") else { return Ok([None, None]) };
    let section = Section::strict(node, &format!("{place}, id"), &ID_KEYS)?;
    let side = |key| Ok(section.text(key)?.or(section.text("column")?).map(str::to_owned));
    Ok([side("left")?, side("right")?])
}

fn fields(top: &Section, place: &str) -> Result<Vec<Field>> {
    let Some(node) = top.node("fields") else { return Ok(Vec::new()) };
    let section = Section::open(node, &format!("{place}, fields"))?;
    section.entries().map(|(name, node)| field(name, node, &format!("{place}, field `{name}`"))).collect()
}

fn field(name: &str, node: &Node, place: &str) -> Result<Field> {
    let section = Section::strict(node, place, &FIELD_KEYS)?;
    let word = section.text("kind")?.unwrap_or(FieldKind::Raw.word());
    let kind = FieldKind::from_word(word).ok_or_else(|| {
        section.fault(format!("`{word}` is not a kind of field")).hint(did_you_mean(word, &FieldKind::words()))
    })?;
    let both = section.texts("column")?;
    let side = |key| {
        let columns = section.texts(key)?.or_else(|| both.clone());
        Ok(columns.unwrap_or_else(|| vec![name.to_owned()]))
    };
    Ok(Field {
        name: name.to_owned(),
        kind,
        left: side("left")?,
        right: side("right")?,
        list: section.flag("list")?,
        separator: section.text("separator")?.map(str::to_owned),
    })
}

fn rule(node: &Node, place: &str) -> Result<BlockingRule> {
    let section = Section::strict(node, place, &RULE_KEYS)?;
    let expression = |key: &str| match section.text(key)? {
        None => Ok(None),
        Some(text) => parse(text, Context::Rule).map(Some).map_err(|error| within(&error, section.place())),
    };
    let explode = section.texts("explode")?.unwrap_or_default();
    let filter = expression("filter")?;
    match (section.list("keys")?, expression("rule")?) {
        (Some(keys), None) => {
            let key = |(index, node)| key(node, &format!("{}, key {}", section.place(), index + 1));
            Ok(BlockingRule { keys: keys.iter().enumerate().map(key).collect::<Result<_>>()?, filter, explode })
        }
        (None, Some(whole)) => {
            if filter.is_some() {
                return Err(section.fault("`rule` holds the whole rule").hint("put the filter into it, after AND"));
            }
            let rule = shape::split_rule(&whole);
            let keys = rule.keys.into_iter().map(|(left, right)| Key { left, right }).collect();
            Ok(BlockingRule { keys, filter: rule.filter, explode })
        }
        (Some(_), Some(_)) => Err(section.fault("there are both `keys` and `rule`").hint("keep one of them")),
        (None, None) => Err(section.fault("there is neither `keys` nor `rule`").hint("keys = [\"surname\"]")),
    }
}

fn key(node: &Node, place: &str) -> Result<Key> {
    let side = |text: &str, side: Side| -> Result<Expression> {
        parse(text, Context::OneSide(side)).map_err(|error| within(&error, place))
    };
    if let Node::Text(text) = node {
        return Ok(Key { left: side(text, Side::Left)?, right: side(text, Side::Right)? });
    }
    let section = Section::strict(node, place, &KEY_KEYS)?;
    Ok(Key {
        left: side(section.required_text("left")?, Side::Left)?,
        right: side(section.required_text("right")?, Side::Right)?,
    })
}

/// Values as they stand; TOML cannot hold some, which are written as `{ json = "…" }`.
fn metadata(top: &Section, place: &str) -> Result<std::collections::BTreeMap<String, serde_json::Value>> {
    let Some(node) = top.node("metadata") else { return Ok(Default::default()) };
    let section = Section::open(node, &format!("{place}, metadata"))?;
    let value = |(key, node): (&str, &Node)| {
        let value = match node {
            Node::Table(table) if table.entries.len() == 1 && table.get("json").is_some() => {
                let text = Section::open(node, section.place())?.required_text("json")?;
                serde_json::from_str(text).map_err(|error| section.fault(format!("`{key}` is not JSON: {error}")))?
            }
            node => node.to_value(),
        };
        Ok((key.to_owned(), value))
    };
    section.entries().map(value).collect()
}
