//! A document of settings as a tree: one form for TOML and JSON, with the order of keys as they were written.

use crate::error::{Error, Result};
use crate::util::hash::set;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Number, Value};
use std::fmt;
use toml::de::{DeInteger, DeTable, DeValue};

/// Keys of an object that are looked through one by one; more are hashed, since an object may have any number.
const FEW_KEYS: usize = 16;

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// Nothing; JSON alone has it.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number, finite.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values.
    Table(Table),
}

/// Keys and values in the order of the document, each key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// Line of the document where it begins, from 1, where that is known.
    pub line: Option<usize>,
    /// The keys and values.
    pub entries: Vec<(String, Node)>,
}

impl Table {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Adds a key.
    pub(crate) fn put(&mut self, key: &str, value: impl Into<Node>) {
        self.entries.push((key.to_owned(), value.into()));
    }
}

impl Node {
    /// Reads JSON.
    pub(crate) fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| Error::settings(format!("this is not JSON: {error}")))
    }

    /// Reads TOML.
    pub(crate) fn from_toml(text: &str) -> Result<Self> {
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            Error::settings(format!("line {line} is not TOML: {}", error.message().replace('\n', "; ")))
        })?;
        toml_table(text, table.get_ref(), None).map(Node::Table)
    }

    /// A finite number; anything else, which no check lets through, as nothing.
    pub(crate) fn number(value: f64) -> Self {
        Number::from_f64(value).map_or(Node::Null, Node::Number)
    }

    /// What it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Node::Null => "nothing",
            Node::Boolean(_) => "true or false",
            Node::Number(_) => "a number",
            Node::Text(_) => "a text",
            Node::List(_) => "a list",
            Node::Table(_) => "a table of keys",
        }
    }

    /// The same as a value of `serde_json`.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Node::Null => Value::Null,
            Node::Boolean(flag) => Value::Bool(*flag),
            Node::Number(number) => Value::Number(number.clone()),
            Node::Text(text) => Value::String(text.clone()),
            Node::List(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            Node::Table(table) => {
                Value::Object(table.entries.iter().map(|(key, value)| (key.clone(), value.to_value())).collect())
            }
        }
    }
}

impl From<bool> for Node {
    fn from(flag: bool) -> Self {
        Node::Boolean(flag)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Node::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Node::Text(text)
    }
}

impl From<f64> for Node {
    fn from(value: f64) -> Self {
        Node::number(value)
    }
}

impl From<Vec<Node>> for Node {
    fn from(items: Vec<Node>) -> Self {
        Node::List(items)
    }
}

impl From<Table> for Node {
    fn from(table: Table) -> Self {
        Node::Table(table)
    }
}

impl From<&Value> for Node {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Node::Null,
            Value::Bool(flag) => Node::Boolean(*flag),
            Value::Number(number) => Node::Number(number.clone()),
            Value::String(text) => Node::Text(text.clone()),
            Value::Array(items) => Node::List(items.iter().map(Node::from).collect()),
            Value::Object(object) => {
                let entries = object.iter().map(|(key, value)| (key.clone(), value.into())).collect();
                Node::Table(Table { line: None, entries })
            }
        }
    }
}

/// Line of a place in a text, from 1.
fn line_of(text: &str, place: usize) -> usize {
    text.as_bytes().iter().take(place).filter(|byte| **byte == b'\n').count() + 1
}

fn toml_table(text: &str, table: &DeTable, line: Option<usize>) -> Result<Table> {
    // The parser keeps keys in the order of the alphabet; where they stand tells their own order.
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let line = line.or_else(|| entries.first().map(|(key, _)| line_of(text, key.span().start)));
    let node = |(key, value): (&toml::Spanned<toml::de::DeString>, &toml::Spanned<DeValue>)| {
        let line = line_of(text, value.span().start.min(key.span().start));
        Ok((key.get_ref().to_string(), toml_value(text, value, line)?))
    };
    Ok(Table { line, entries: entries.into_iter().map(node).collect::<Result<_>>()? })
}

fn toml_value(text: &str, value: &toml::Spanned<DeValue>, line: usize) -> Result<Node> {
    let unusable = |what: &str| Error::settings(format!("{what} in line {line} cannot be used"));
    Ok(match value.get_ref() {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Boolean(flag) => Node::Boolean(*flag),
        DeValue::Datetime(date) => Node::Text(date.to_string()),
        DeValue::Integer(number) => {
            Node::Number(integer(number).ok_or_else(|| unusable("a whole number beyond 64 bits"))?.into())
        }
        DeValue::Float(number) => {
            let parsed: Option<f64> = number.as_str().parse().ok();
            Node::Number(parsed.and_then(Number::from_f64).ok_or_else(|| unusable("a number that is not finite"))?)
        }
        DeValue::Array(items) => {
            let node = |item: &toml::Spanned<DeValue>| toml_value(text, item, line_of(text, item.span().start));
            Node::List(items.iter().map(node).collect::<Result<_>>()?)
        }
        DeValue::Table(table) => Node::Table(toml_table(text, table, Some(line))?),
    })
}

/// The parser has taken out underscores and the sign of the radix already.
fn integer(number: &DeInteger) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Node::Null => out.serialize_unit(),
            Node::Boolean(flag) => out.serialize_bool(*flag),
            Node::Number(number) => number.serialize(out),
            Node::Text(text) => out.serialize_str(text),
            Node::List(items) => {
                let mut list = out.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Node::Table(table) => {
                let mut map = out.serialize_map(Some(table.entries.len()))?;
                table.entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        source.deserialize_any(Reader)
    }
}

/// Builds a [`Node`] from what the parser of JSON finds.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> std::result::Result<Node, E> {
        Ok(Node::Boolean(flag))
    }

    fn visit_i64<E>(self, number: i64) -> std::result::Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> std::result::Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> std::result::Result<Node, E> {
        Ok(Node::number(number))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Node, A::Error> {
        let mut table = Table::default();
        let mut keys = set();
        while let Some((key, value)) = map.next_entry::<String, Node>()? {
            if table.entries.len() == FEW_KEYS {
                keys.extend(table.entries.iter().map(|(key, _)| key.clone()));
            }
            let is_known =
                if table.entries.len() < FEW_KEYS { table.get(&key).is_some() } else { !keys.insert(key.clone()) };
            if is_known {
                return Err(serde::de::Error::custom(format!("the key `{key}` is given twice")));
            }
            table.entries.push((key, value));
        }
        Ok(Node::Table(table))
    }
}

#[cfg(test)]
mod tests {
    use super::Node;

    #[test]
    fn keys_keep_their_order_and_lines() {
        let node = Node::from_toml("z = 1\na = 2\n\n[fields.y]\n[fields.b]\nq = true\n").unwrap();
        let Node::Table(top) = &node else { panic!("a table") };
        let keys: Vec<&str> = top.entries.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["z", "a", "fields"]);
        let Some(Node::Table(fields)) = top.get("fields") else { panic!("a table") };
        let keys: Vec<&str> = fields.entries.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["y", "b"]);
        let Some(Node::Table(b)) = fields.get("b") else { panic!("a table") };
        assert_eq!(b.line, Some(5));
    }

    #[test]
    fn both_forms_say_the_same() {
        let toml = Node::from_toml("z = [0x10, -1_000, 0.5]\na = {t = 'x', f = true}").unwrap();
        let json = Node::from_json(r#"{"z": [16, -1000, 0.5], "a": {"t": "x", "f": true}}"#).unwrap();
        assert_eq!(toml.to_value(), json.to_value());
        assert_eq!(serde_json::to_string(&json).unwrap(), r#"{"z":[16,-1000,0.5],"a":{"t":"x","f":true}}"#);
    }

    #[test]
    fn an_object_of_many_keys_is_read_in_their_number_and_each_may_stand_once() {
        for keys in [3_usize, 15, 16, 17, 40] {
            let object = |last: usize| {
                let keys: Vec<String> = (0..keys).chain([last]).map(|key| format!("\"k{key}\":1")).collect();
                Node::from_json(&format!("{{{}}}", keys.join(",")))
            };
            assert!(object(keys).is_ok(), "{keys}");
            for twice in [0, keys / 2, keys - 1] {
                assert!(object(twice).is_err(), "{keys}: {twice}");
            }
        }
        let many: Vec<String> = (0..200_000).map(|key| format!("\"k{key}\":1")).collect();
        let begun = std::time::Instant::now();
        assert!(Node::from_json(&format!("{{{}}}", many.join(","))).is_ok());
        // By looking through all keys at each it takes minutes.
        assert!(begun.elapsed().as_secs() < 20);
    }

    #[test]
    fn faults_name_their_line() {
        let message = |result: crate::error::Result<Node>| result.unwrap_err().to_string();
        assert!(message(Node::from_toml("a = 1\nb = nan")).contains("line 2"));
        assert!(message(Node::from_toml("a = 1\nb = = 2")).contains("line 2"));
        assert!(message(Node::from_toml("a = 99999999999999999999")).contains("64 bits"));
        assert!(message(Node::from_json("{\"a\": 1,\n\"a\": 2}")).contains("given twice"));
    }
}
