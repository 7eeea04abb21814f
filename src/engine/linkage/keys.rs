//! Hashed keys of all rows under blocking rules.
//!
//! An expression of one field is worked out once for each different value, any other once a row; what several rules
//! share is worked out once.

use crate::block::rules::{RowKeys, RuleKeys};
use crate::engine::linkage::columns::Values;
use crate::engine::linkage::plugged::Lexicon;
use crate::error::Result;
use crate::model::expression::shape::columns_of;
use crate::model::expression::{Context, Expression, Side, print};
use crate::model::linkage::{BlockingRule, Key, LinkageModel};
use crate::program::{Record, Value, evaluate};
use crate::util::hash::{Map, map, mix, text_hash};
use crate::util::parallel::map_chunks;
use std::sync::Arc;

/// Fields of all rows, by name.
pub type Columns = [(String, Values)];

/// Makes keys, and remembers those of each expression.
pub struct KeyMaker<'a> {
    columns: &'a Columns,
    rows: usize,
    known: Map<String, Arc<RowKeys>>,
}

/// Keys of all rules of a model over `rows` rows.
///
/// # Errors
/// When an expression does not fit its fields.
pub fn of_rules(model: &LinkageModel, columns: &Columns, rows: usize) -> Result<Vec<RuleKeys>> {
    let mut maker = KeyMaker::new(columns, rows);
    model.blocking.iter().map(|rule| maker.rule(rule)).collect()
}

/// Keys of one row that lists may multiply to.
const KEYS_MAX: usize = 256;
/// Rows or values taken together.
const CHUNK: usize = 16_384;

impl<'a> KeyMaker<'a> {
    /// Keys of `rows` rows of these columns.
    pub fn new(columns: &'a Columns, rows: usize) -> Self {
        Self { columns, rows, known: map() }
    }

    /// Keys of a rule.
    ///
    /// # Errors
    /// When an expression does not fit its fields.
    pub fn rule(&mut self, rule: &BlockingRule) -> Result<RuleKeys> {
        let left = self.side(&rule.keys, Side::Left, &rule.explode)?;
        let same = |key: &Key| text_of(&key.left, Side::Left) == text_of(&key.right, Side::Right);
        let right =
            if rule.keys.iter().all(same) { None } else { Some(self.side(&rule.keys, Side::Right, &rule.explode)?) };
        Ok(RuleKeys { left, right })
    }

    fn side(&mut self, keys: &[Key], side: Side, explode: &[String]) -> Result<RowKeys> {
        let mut parts = Vec::with_capacity(keys.len());
        for key in keys {
            parts.push(self.expression(if side == Side::Left { &key.left } else { &key.right }, side, explode)?);
        }
        Ok(combine(&parts, self.rows))
    }

    fn expression(&mut self, expression: &Expression, side: Side, explode: &[String]) -> Result<Arc<RowKeys>> {
        let text = text_of(expression, side);
        if let Some(known) = self.known.get(&text) {
            return Ok(known.clone());
        }
        let made = Arc::new(self.make(expression, explode)?);
        self.known.insert(text, made.clone());
        Ok(made)
    }

    fn make(&self, expression: &Expression, explode: &[String]) -> Result<RowKeys> {
        let used = columns_of(expression);
        let names: Vec<&str> = used.names().into_iter().collect();
        let find = |name: &str| self.columns.iter().find(|(known, _)| known == name).map(|(_, values)| values);
        if let [name] = names[..]
            && let Some(values) = find(name)
            && (!values.is_list() || is_column(expression) || explode.iter().any(|exploded| exploded == name))
        {
            let of_value = of_values(expression, name, values)?;
            return Ok(spread(values, &of_value));
        }
        let of_row: Vec<Result<Vec<Vec<u64>>>> = map_chunks(self.rows, CHUNK, |rows| {
            rows.map(|row| {
                let record = Row { columns: self.columns, row };
                Ok(hashes(&evaluate(expression, &record, &record, &Lexicon)?))
            })
            .collect()
        });
        let mut keys = RowKeys::default();
        for chunk in of_row {
            for mut row in chunk? {
                row.sort_unstable();
                row.dedup();
                keys.hashes.append(&mut row);
                keys.ends.push(keys.hashes.len() as u32);
            }
        }
        Ok(keys)
    }
}

fn is_column(expression: &Expression) -> bool {
    matches!(expression, Expression::Column { .. })
}

fn text_of(expression: &Expression, side: Side) -> String {
    print(expression, Context::OneSide(side))
}

/// Keys of every different value of a field.
fn of_values(expression: &Expression, name: &str, values: &Values) -> Result<Vec<Vec<u64>>> {
    let one = |code: usize| -> Result<Vec<u64>> {
        if code == 0 {
            return Ok(Vec::new());
        }
        let text = &values.texts[code];
        if is_column(expression) {
            return Ok(vec![text_hash(text.as_bytes()) | 1]);
        }
        let record = One { name, text };
        Ok(hashes(&evaluate(expression, &record, &record, &Lexicon)?))
    };
    let chunks = map_chunks(values.texts.len(), CHUNK / 16, |codes| codes.map(one).collect::<Result<Vec<_>>>());
    let mut found = Vec::with_capacity(values.texts.len());
    for chunk in chunks {
        found.extend(chunk?);
    }
    Ok(found)
}

/// Keys of each row from those of its values.
fn spread(values: &Values, of_value: &[Vec<u64>]) -> RowKeys {
    let single = !values.is_list() && of_value.iter().all(|keys| keys.len() <= 1);
    if single {
        let flat: Vec<u64> = of_value.iter().map(|keys| keys.first().copied().unwrap_or(0)).collect();
        return RowKeys { hashes: values.codes.iter().map(|code| flat[*code as usize]).collect(), ends: Vec::new() };
    }
    let rows = if values.is_list() { values.ends.len() } else { values.codes.len() };
    let mut keys = RowKeys::default();
    let mut row_keys: Vec<u64> = Vec::new();
    for row in 0..rows {
        row_keys.clear();
        row_keys.extend(values.of(row).iter().flat_map(|code| &of_value[*code as usize]));
        row_keys.sort_unstable();
        row_keys.dedup();
        keys.hashes.extend_from_slice(&row_keys);
        keys.ends.push(keys.hashes.len() as u32);
    }
    keys
}

/// Keys of a value: one, those of the elements of a list, or none.
fn hashes(value: &Value) -> Vec<u64> {
    // The lowest bit keeps every key apart from 0, which is none.
    let one = |bytes: &[u8]| text_hash(bytes) | 1;
    match value {
        Value::Null => Vec::new(),
        Value::Text(text) => vec![one(text.as_bytes())],
        Value::List(elements) => elements.iter().map(|element| one(element.as_bytes())).collect(),
        Value::Boolean(truth) => vec![one(&[u8::from(*truth)])],
        Value::Number(number) | Value::Instant(number) => vec![one(&number.to_bits().to_le_bytes())],
        Value::Date(days) => vec![one(&f64::from(*days).to_bits().to_le_bytes())],
    }
}

/// Keys of all parts of a rule together.
fn combine(parts: &[Arc<RowKeys>], rows: usize) -> RowKeys {
    if let [one] = parts {
        return RowKeys::clone(one);
    }
    if parts.iter().all(|part| part.ends.is_empty()) {
        let of_row = |row: usize| {
            parts.iter().try_fold(0, |key, part| match part.hashes[row] {
                0 => None,
                hash => Some(mix(key, hash) | 1),
            })
        };
        let chunks = map_chunks(rows, CHUNK, |rows| rows.map(|row| of_row(row).unwrap_or(0)).collect::<Vec<u64>>());
        return RowKeys { hashes: chunks.concat(), ends: Vec::new() };
    }
    let mut keys = RowKeys::default();
    for row in 0..rows {
        let mut found = vec![0_u64];
        for part in parts {
            let own = part.of(row);
            found =
                found.iter().flat_map(|key| own.iter().map(move |hash| mix(*key, *hash) | 1)).take(KEYS_MAX).collect();
        }
        found.sort_unstable();
        found.dedup();
        keys.hashes.extend(found);
        keys.ends.push(keys.hashes.len() as u32);
    }
    keys
}

/// A record of one field.
struct One<'a> {
    name: &'a str,
    text: &'a str,
}

impl Record for One<'_> {
    fn value(&self, name: &str) -> Value {
        if name == self.name { Value::Text(self.text.to_owned()) } else { Value::Null }
    }

    fn is_list(&self, _: &str) -> bool {
        false
    }
}

/// A row of all fields, as the evaluator reads it.
pub struct Row<'a> {
    /// The fields.
    pub columns: &'a Columns,
    /// The row.
    pub row: usize,
}

impl Row<'_> {
    fn values(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, values)| values)
    }
}

impl Record for Row<'_> {
    fn value(&self, name: &str) -> Value {
        match self.values(name) {
            Some(values) if values.is_list() && values.null[self.row] => Value::Null,
            Some(values) if values.is_list() => {
                Value::List(values.of(self.row).iter().map(|code| values.texts[*code as usize].to_string()).collect())
            }
            Some(values) => values.text(self.row).map_or(Value::Null, |text| Value::Text(text.to_owned())),
            None => Value::Null,
        }
    }

    fn is_list(&self, name: &str) -> bool {
        self.values(name).is_some_and(Values::is_list)
    }
}
