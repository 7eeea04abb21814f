//! Expressions of one side: worked out once for each different value, or for each record, and put into tables.

use super::super::columns::Column;
use super::super::evaluate::{Sides, interpret};
use super::super::table::{self, ListTable, Table, TextTable};
use super::super::typing::kind_of;
use super::super::value::{Kind, Record, Value};
use super::{Builder, Slot, place};
use crate::error::{Error, Result};
use crate::model::expression::shape::{columns_of, mirrored};
use crate::model::expression::{Context, Expression, Side, print};
use crate::util::parallel::map_chunks;

use super::super::node::Place;

/// Values worked out by one task.
const CHUNK: usize = 1_024;
/// Values held at a time before they go into their table.
const BATCH: usize = 1 << 19;

/// Values of a field beyond which what is worked out from them is put into the cells of the records: looked up by value
/// it would be far from all that is at hand.
const SPREAD_FROM: usize = if cfg!(debug_assertions) { 4 } else { 1 << 12 };

impl Builder<'_, '_> {
    /// The place of a typed expression that uses one side alone; `None` where it uses both or none.
    pub(super) fn leaf(&mut self, expression: &Expression) -> Result<Option<Place>> {
        let Some(side) = columns_of(expression).one_side() else { return Ok(None) };
        // Both sides share the table of what is the same expression but for the side.
        let left = if side == Side::Left { expression.clone() } else { mirrored(expression) };
        let text = print(&left, Context::OneSide(Side::Left));
        if let Some(found) = self.leaves.get(&text) {
            return Ok(Some(place(side, *found)));
        }
        let found = self.worked_out(&left)?;
        self.leaves.insert(text, found);
        Ok(Some(place(side, found)))
    }

    fn worked_out(&mut self, expression: &Expression) -> Result<(u32, u32)> {
        let columns = columns_of(expression).left;
        let mut names = columns.iter();
        let (Some(name), None) = (names.next(), names.next()) else { return self.by_record(expression) };
        let (slot, lists) = self.field(name)?;
        if matches!(expression, Expression::Column { .. }) {
            return match lists {
                Some(lists) => Ok((slot, lists)),
                None => {
                    let texts = self.texts(name)?;
                    Ok((slot, self.add_table(Table::Texts(TextTable::of_field(texts)))))
                }
            };
        }
        let kind = kind_of(expression, self.kinds);
        let table = match lists {
            Some(lists) => {
                let Table::Lists(lists) = &self.graph.tables[lists as usize] else {
                    return Err(Error::internal(format!("field `{name}` has lost its lists")));
                };
                let value = |code: usize| lists.value(code as u32);
                table::of_values(kind, self.by_value(expression, name, lists.len(), &value))?
            }
            None => {
                let texts = self.texts(name)?;
                let value = |code: usize| match code {
                    0 => Value::Null,
                    _ => Value::Text(texts.get(code as u32).to_owned()),
                };
                let values = self.by_value(expression, name, texts.len(), &value);
                if texts.len() > SPREAD_FROM {
                    let (table, codes) = table::of_records(kind, values)?;
                    return self.spread(name, table, &codes);
                }
                table::of_values(kind, values)?
            }
        };
        Ok((slot, self.add_table(table)))
    }

    /// Puts codes that belong to the values of a field into the cells of its records.
    fn spread(&mut self, name: &str, table: Table, codes: &[u32]) -> Result<(u32, u32)> {
        let Column::Texts { codes: values, .. } = self.columns.find(name)? else {
            return Err(Error::internal(format!("field `{name}` has lost its texts")));
        };
        self.slots.push(Slot::Codes(values.iter().map(|value| codes[*value as usize]).collect()));
        let slot = (self.slots.len() - 1) as u32;
        Ok((slot, self.add_table(table)))
    }

    /// The slot of a field, and the table of its lists.
    fn field(&mut self, name: &str) -> Result<(u32, Option<u32>)> {
        if let Some(found) = self.fields.get(name) {
            return Ok(*found);
        }
        let (slot, lists) = match self.columns.find(name)? {
            Column::Texts { .. } => (Slot::Field(name.to_owned()), None),
            column @ Column::Lists { texts, .. } => {
                let rows = (0..self.columns.rows()).map(|row| column.items(row));
                let (lists, codes) = table::of_lists(rows, texts)?;
                (Slot::Codes(codes), Some(self.add_table(Table::Lists(lists))))
            }
        };
        self.slots.push(slot);
        let found = ((self.slots.len() - 1) as u32, lists);
        self.fields.insert(name.to_owned(), found);
        Ok(found)
    }

    fn texts(&self, name: &str) -> Result<std::sync::Arc<super::super::columns::Texts>> {
        match self.columns.find(name)? {
            Column::Texts { texts, .. } | Column::Lists { texts, .. } => Ok(texts.clone()),
        }
    }

    /// Values of an expression of one field, for each of the field's values in order.
    fn by_value<'s>(
        &'s self,
        expression: &'s Expression,
        name: &'s str,
        count: usize,
        value: &'s (dyn Fn(usize) -> Value + Sync),
    ) -> impl Iterator<Item = Value> + 's {
        let work = move |code: usize| {
            let record = OneField { name, value: value(code) };
            interpret(expression, &Sides { left: &record, right: &record }, &self.graph.tools)
        };
        in_batches(count, work)
    }

    /// An expression of several fields, worked out for each record.
    fn by_record(&mut self, expression: &Expression) -> Result<(u32, u32)> {
        for name in columns_of(expression).left {
            self.columns.find(&name)?;
        }
        let kind = kind_of(expression, self.kinds);
        let work = |row: usize| {
            let record = self.columns.record(row);
            interpret(expression, &Sides { left: &record, right: &record }, &self.graph.tools)
        };
        let (table, codes) = table::of_records(kind, in_batches(self.columns.rows(), work))?;
        self.slots.push(Slot::Codes(codes));
        let slot = (self.slots.len() - 1) as u32;
        Ok((slot, self.add_table(table)))
    }

    /// The fields that an expression uses, for the slow evaluator.
    pub(super) fn raw_fields(&mut self, expression: &Expression) -> Result<Vec<(String, Place)>> {
        let columns = columns_of(expression);
        let mut fields = Vec::new();
        for (side, names) in [(Side::Left, columns.left), (Side::Right, columns.right)] {
            for name in names {
                let column = Expression::Column { side, name: name.clone() };
                let found = self.leaf(&column)?.ok_or_else(|| Error::internal("a field is of no side"))?;
                fields.push((name, found));
            }
        }
        Ok(fields)
    }

    /// The table of a place, where it holds lists.
    pub(super) fn lists_at(&self, place: Place) -> Option<&ListTable> {
        match &self.graph.tables[place.table as usize] {
            Table::Lists(lists) => Some(lists),
            _ => None,
        }
    }

    /// The table of a place, where it holds texts.
    pub(super) fn texts_at(&self, place: Place) -> Option<&TextTable> {
        match &self.graph.tables[place.table as usize] {
            Table::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    /// Whether a typed expression is a number, a truth or a time.
    pub(super) fn is_number(&self, expression: &Expression) -> bool {
        !matches!(kind_of(expression, self.kinds), Kind::Text | Kind::List)
    }
}

/// A record of one field.
struct OneField<'a> {
    name: &'a str,
    value: Value,
}

impl Record for OneField<'_> {
    fn value(&self, column: &str) -> Value {
        if column == self.name { self.value.clone() } else { Value::Null }
    }

    fn is_list(&self, column: &str) -> bool {
        column == self.name && matches!(self.value, Value::List(_))
    }
}

/// What `work` gives for `0..count`, in order, worked out on all cores a batch at a time.
fn in_batches(count: usize, work: impl Fn(usize) -> Value + Sync + Send + Clone) -> impl Iterator<Item = Value> {
    (0..count.div_ceil(BATCH)).flat_map(move |batch| {
        let start = batch * BATCH;
        let chunks = map_chunks(BATCH.min(count - start), CHUNK, |chunk| {
            chunk.map(|place| work(start + place)).collect::<Vec<Value>>()
        });
        chunks.into_iter().flatten()
    })
}
