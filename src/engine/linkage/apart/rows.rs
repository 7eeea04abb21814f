//! Rows of a part of a table as lines: standard values, keys under all rules, hashed terms.

use crate::block::rules::{RowKeys, RuleKeys};
use crate::engine::linkage::apart::{Layout, damaged, kind, of, term};
use crate::engine::linkage::columns::{Values, values_of_part};
use crate::engine::linkage::keys;
use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches};
use crate::frame::{Table, cell};
use crate::standardise::field::DateOrder;

/// Some rows of a table, standardised and keyed.
pub struct PartRows {
    columns: Vec<(String, Values)>,
    keys: Vec<RuleKeys>,
    side: usize,
    rows: usize,
}

impl PartRows {
    /// Of rows of the left table (0) or the right one (1), whose dates are written in these orders.
    ///
    /// # Errors
    /// When a column is missing, or the model does not fit the values.
    pub fn new(layout: &Layout, side: usize, table: &Table, orders: &[DateOrder]) -> Result<Self> {
        let fields = &layout.model.fields;
        for (place, field) in fields.iter().enumerate().filter(|(place, _)| side == 0 && layout.refuse_lists(*place)) {
            refuse_lists(table, &field.left, &fields[place].name)?;
        }
        let mut columns = Vec::with_capacity(fields.len());
        for (place, field) in fields.iter().enumerate() {
            let order = orders.get(place).copied().unwrap_or_default();
            columns.push((field.name.clone(), values_of_part(field, side, table, order)?));
        }
        let keys = keys::of_rules(&layout.model, &columns, table.rows())?;
        Ok(Self { columns, keys, side, rows: table.rows() })
    }

    /// Writes the rows under their numbers and ids, and adds how many values each counted field has to `values`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        layout: &Layout,
        place: impl Fn(usize) -> (u32, String),
        values: &mut [u64],
        out: &mut LineBatches,
    ) -> Result<()> {
        let (mut slots, mut numbers) = (Vec::new(), Vec::new());
        for row in 0..self.rows {
            let (number, id) = place(row);
            slots.clear();
            numbers.clear();
            self.put_keys(layout.dedupe, row, &mut slots, &mut numbers);
            let count = numbers.len() as u64;
            self.put_terms(layout, row, values, &mut numbers);
            let mut texts = vec![id.as_str()];
            for (_, column) in &self.columns {
                let null = if column.is_list() { column.null[row] } else { column.codes[row] == 0 };
                let codes = if null { &[][..] } else { column.of(row) };
                slots.push(if null { 0 } else { codes.len() as u32 + 1 });
                texts.extend(codes.iter().map(|code| &*column.texts[*code as usize]));
            }
            let (key, code) = (u64::from(number), self.side as u64);
            out.push(&Line { kind: kind::ROW, key, code, count, slots: &slots, texts: &texts, numbers: &numbers })?;
        }
        Ok(())
    }

    fn put_keys(&self, dedupe: bool, row: usize, slots: &mut Vec<u32>, numbers: &mut Vec<u64>) {
        for (rule, keys) in (0_u32..).zip(&self.keys) {
            let right = keys.right.as_ref();
            let mut put = |of: u32, keys: &RowKeys| {
                numbers.extend(keys.of(row));
                slots.resize(numbers.len(), 4 * rule + of);
            };
            match (dedupe, right) {
                (true, None) => put(of::BOTH, &keys.left),
                (true, Some(right)) => {
                    put(of::LEFT, &keys.left);
                    put(of::RIGHT, right);
                }
                (false, _) if self.side == 0 => put(of::LEFT, &keys.left),
                (false, _) => put(of::RIGHT, right.unwrap_or(&keys.left)),
            }
        }
    }

    fn put_terms(&self, layout: &Layout, row: usize, values: &mut [u64], numbers: &mut Vec<u64>) {
        let filled = |field: usize| {
            let (_, column) = &self.columns[field];
            column.of(row).iter().filter(|code| **code != 0).map(move |code| term(field, &column.texts[*code as usize]))
        };
        numbers.extend(layout.counted.iter().map(|field| filled(*field).next().unwrap_or(0)));
        for (sum, field) in values.iter_mut().zip(&layout.counted) {
            *sum += filled(*field).count() as u64;
            numbers.extend(filled(*field).skip(1));
        }
    }
}

/// Whether a raw field holds lists is told from the first values of the whole table; no part knows them.
fn refuse_lists(table: &Table, names: &[String], field: &str) -> Result<()> {
    let [name] = names else { return Ok(()) };
    let Some(column) = table.column(name) else { return Ok(()) };
    let is_list = |text: &str| text.starts_with('[') && text.ends_with(']');
    if (0..table.rows()).filter_map(|row| cell(column, row)).any(is_list) {
        return Err(Error::settings(format!("the field `{field}` holds lists, or values that look like lists"))
            .hint("say in the model whether it does: `list = true`, or another kind of field"));
    }
    Ok(())
}

/// The parts of a line of a row: its keys with what they are of, its hashed terms, its id, and the texts of each field
/// (`None` for null).
pub(super) struct ReadRow<'a> {
    pub(super) keys: &'a [u64],
    pub(super) of_keys: &'a [u32],
    pub(super) terms: &'a [u64],
    pub(super) id: &'a str,
    lens: &'a [u32],
    texts: &'a [&'a str],
}

impl<'a> ReadRow<'a> {
    /// Texts of each field.
    pub(super) fn fields(&self) -> impl Iterator<Item = Option<&'a [&'a str]>> {
        let mut rest = self.texts;
        self.lens.iter().map(move |len| {
            let (own, after) = rest.split_at((*len as usize).saturating_sub(1));
            rest = after;
            (*len > 0).then_some(own)
        })
    }
}

/// Takes the line of a row apart.
///
/// # Errors
/// When it is not the line of a row of this layout.
pub(super) fn read_row<'a>(layout: &Layout, line: &Line<'a>) -> Result<ReadRow<'a>> {
    let count = line.count as usize;
    let keyed = line.numbers.split_at_checked(count).zip(line.slots.split_at_checked(count));
    let ((keys, terms), (of_keys, lens)) = keyed.ok_or_else(damaged)?;
    let [id, texts @ ..] = line.texts else { return Err(damaged()) };
    let wanted: usize = lens.iter().map(|len| (*len as usize).saturating_sub(1)).sum();
    let fits = lens.len() == layout.model.fields.len() && wanted == texts.len() && terms.len() >= layout.counted.len();
    if !fits || of_keys.iter().any(|of| (*of / 4) as usize >= layout.model.blocking.len()) {
        return Err(damaged());
    }
    Ok(ReadRow { keys, of_keys, terms, id, lens, texts })
}
