//! The fields of both tables as columns of codes: every different standard text is one number.
//!
//! In: tables of text, and the fields of a model. Out: [`Values`], rows of the left table first. Invariant: codes depend
//! on the rows and their order alone, not on threads; code 0 is null.

use crate::error::{Error, Result};
use crate::frame::{Table, TextColumn, cell};
use crate::model::linkage::{Field, FieldKind};
use crate::standardise::field::{DateOrder, Standardiser};
use crate::util::hash::{Map, map, map_with_capacity};
use crate::util::parallel::map_chunks;
use rayon::prelude::*;

/// A field of all rows.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Different standard texts; the first is empty and stands for null.
    pub texts: Vec<Box<str>>,
    /// Code of each row; of each element where [`Values::ends`] is not empty.
    pub codes: Vec<u32>,
    /// Of a field of lists: one past the last element of each row.
    pub ends: Vec<u32>,
    /// Of a field of lists: rows that have none, which is not an empty one.
    pub null: Vec<bool>,
}

impl Values {
    /// Whether rows hold lists.
    pub fn is_list(&self) -> bool {
        !self.ends.is_empty()
    }

    /// Codes of one row: one, or those of its list.
    pub fn of(&self, row: usize) -> &[u32] {
        if self.ends.is_empty() {
            return &self.codes[row..=row];
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.codes[start as usize..self.ends[row] as usize]
    }

    /// Standard text of a row that holds no list; `None` when null.
    pub fn text(&self, row: usize) -> Option<&str> {
        let code = self.codes[row];
        (code != 0).then(|| &*self.texts[code as usize])
    }

    /// Rows (or elements) that hold each code.
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.texts.len()];
        for code in &self.codes {
            counts[*code as usize] += 1;
        }
        counts
    }
}

/// Rows standardised together.
const CHUNK_ROWS: usize = 65_536;
/// Standardises one field of the tables, left first.
///
/// # Errors
/// When a column that the field names is not in its table.
pub fn values(field: &Field, tables: &[&Table]) -> Result<Values> {
    let mut parts: Vec<Part> = Vec::new();
    for (side, table) in tables.iter().enumerate() {
        let order = DateOrder::proved(order_proofs(field, side, table)?);
        parts.extend(standardised(field, side, table, order)?);
    }
    Ok(join(parts, field.list))
}

/// Standardises one field of a part of one table, the left one (0) or the right one (1), whose dates are in this order.
///
/// # Errors
/// When a column that the field names is not in the table.
pub fn values_of_part(field: &Field, side: usize, table: &Table, order: DateOrder) -> Result<Values> {
    Ok(join(standardised(field, side, table, order)?, field.list))
}

fn standardised(field: &Field, side: usize, table: &Table, order: DateOrder) -> Result<Vec<Part>> {
    let columns = columns_of(field, side, table)?;
    Ok(map_chunks(table.rows(), CHUNK_ROWS, |rows| {
        let mut part = Part::new(field.list);
        for row in rows {
            part.row(field, order, &columns, row);
        }
        part
    }))
}

/// The columns of a field in the left table (0) or the right one (1).
fn columns_of<'a>(field: &Field, side: usize, table: &'a Table) -> Result<Vec<&'a TextColumn>> {
    let names = if side == 0 { &field.left } else { &field.right };
    names.iter().map(|name| column(table, name)).collect()
}

/// How many rows of a table prove that its dates have the day first, and how many that they have the month first; none of
/// a field that holds no dates. Every row is looked at, so that the parts of a table add up to it.
///
/// # Errors
/// When a column that the field names is not in the table.
pub fn order_proofs(field: &Field, side: usize, table: &Table) -> Result<[u64; 2]> {
    let columns = columns_of(field, side, table)?;
    let Some(column) = columns.first().filter(|_| field.kind == FieldKind::Date) else { return Ok([0, 0]) };
    let parts =
        map_chunks(table.rows(), CHUNK_ROWS, |rows| DateOrder::proofs(rows.filter_map(|row| cell(column, row))));
    Ok(parts.into_iter().fold([0, 0], |[a, b], [c, d]| [a + c, b + d]))
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a TextColumn> {
    table.column(name).ok_or_else(|| {
        let known =
            table.names().iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        let error = Error::new(crate::error::ErrorKind::Column, format!("no column `{name}`"));
        match known {
            Some(known) => error.hint(format!("did you mean `{known}`? the table has {}", table.names().join(", "))),
            None => error,
        }
    })
}

/// Values of some rows under numbers of their own.
struct Part {
    texts: Vec<Box<str>>,
    codes: Vec<u32>,
    lens: Option<Vec<u32>>,
    null: Vec<bool>,
    by_raw: Map<Box<str>, u32>,
    by_text: Map<Box<str>, u32>,
    standardiser: Standardiser,
    raw: String,
}

impl Part {
    fn new(list: bool) -> Self {
        Self {
            texts: vec!["".into()],
            codes: Vec::new(),
            lens: list.then(Vec::new),
            null: Vec::new(),
            by_raw: map(),
            by_text: map(),
            standardiser: Standardiser::default(),
            raw: String::new(),
        }
    }

    fn row(&mut self, field: &Field, order: DateOrder, columns: &[&TextColumn], row: usize) {
        if let [column] = columns {
            match cell(column, row) {
                Some(text) if field.list => self.list(field, order, text),
                Some(text) => {
                    let code = self.code(field.kind, order, text);
                    self.codes.push(code);
                }
                None => self.nothing(),
            }
            return;
        }
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        for text in columns.iter().filter_map(|column| cell(column, row)) {
            if !raw.is_empty() {
                raw.push(' ');
            }
            raw.push_str(text);
        }
        if raw.is_empty() {
            self.nothing();
        } else if field.list {
            self.list(field, order, &raw);
        } else {
            let code = self.code(field.kind, order, &raw);
            self.codes.push(code);
        }
        self.raw = raw;
    }

    fn nothing(&mut self) {
        match &mut self.lens {
            Some(lens) => {
                lens.push(0);
                self.null.push(true);
            }
            None => self.codes.push(0),
        }
    }

    fn list(&mut self, field: &Field, order: DateOrder, text: &str) {
        let before = self.codes.len();
        for element in elements(text, field.separator.as_deref()) {
            let code = self.code(field.kind, order, &element);
            if code != 0 {
                self.codes.push(code);
            }
        }
        if let Some(lens) = &mut self.lens {
            lens.push((self.codes.len() - before) as u32);
            self.null.push(false);
        }
    }

    /// Number of the standard text of a raw text; the same raw text is standardised once.
    fn code(&mut self, kind: FieldKind, order: DateOrder, raw: &str) -> u32 {
        if let Some(code) = self.by_raw.get(raw) {
            return *code;
        }
        let mut standard = String::new();
        let code = if self.standardiser.standard(kind, order, raw, &mut standard) {
            let texts = &mut self.texts;
            let next = texts.len() as u32;
            *self.by_text.entry(standard.as_str().into()).or_insert_with(|| {
                texts.push(standard.as_str().into());
                next
            })
        } else {
            0
        };
        self.by_raw.insert(raw.into(), code);
        code
    }
}

/// Whether all values of a column are written as lists; some of its first values are looked at.
pub fn holds_lists(table: &Table, names: &[String]) -> bool {
    const LOOKED_AT: usize = 1_000;
    let [name] = names else { return false };
    let Some(column) = table.column(name) else { return false };
    let mut values = (0..table.rows()).filter_map(|row| cell(column, row)).take(LOOKED_AT).peekable();
    values.peek().is_some() && values.all(|value| value.starts_with('[') && value.ends_with(']'))
}

/// Elements of a list written as JSON, or parted by a separator.
pub fn elements(text: &str, separator: Option<&str>) -> Vec<String> {
    if let Some(separator) = separator {
        return text.split(separator).map(|element| element.trim().to_owned()).collect();
    }
    match serde_json::from_str::<Vec<serde_json::Value>>(text) {
        Ok(values) => values
            .into_iter()
            .filter_map(|value| match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text),
                other => Some(other.to_string()),
            })
            .collect(),
        // `['a', 'b']` or `{a,b}`, as programs print lists.
        Err(_) if text.starts_with(['[', '{']) => text
            .trim_matches(['[', ']', '{', '}'])
            .split(',')
            .map(|element| element.trim().trim_matches(['"', '\'']).to_owned())
            .filter(|element| !element.is_empty())
            .collect(),
        Err(_) => vec![text.to_owned()],
    }
}

/// One numbering for all parts, in their order.
fn join(parts: Vec<Part>, list: bool) -> Values {
    let most = parts.iter().map(|part| part.texts.len()).max().unwrap_or(1);
    let mut known: Map<Box<str>, u32> = map_with_capacity(most);
    let mut texts: Vec<Box<str>> = vec!["".into()];
    let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(parts.len());
    let mut rest = Vec::with_capacity(parts.len());
    let mut null = Vec::new();
    for part in parts {
        let mut number = Vec::with_capacity(part.texts.len());
        number.push(0);
        for text in part.texts.into_iter().skip(1) {
            let next = texts.len() as u32;
            let code = *known.entry(text).or_insert_with_key(|text| {
                texts.push(text.clone());
                next
            });
            number.push(code);
        }
        numbers.push(number);
        null.extend(part.null);
        rest.push((part.codes, part.lens));
    }
    let renumbered: Vec<Vec<u32>> = rest
        .par_iter()
        .zip(&numbers)
        .map(|((codes, _), number)| codes.iter().map(|code| number[*code as usize]).collect())
        .collect();
    let mut ends = Vec::new();
    if list {
        let mut end = 0;
        for len in rest.iter().filter_map(|(_, lens)| lens.as_ref()).flatten() {
            end += len;
            ends.push(end);
        }
    }
    Values { texts, codes: renumbered.concat(), ends, null }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;

    fn table(columns: &[(&str, &[Option<&str>])]) -> Table {
        let column = |values: &[Option<&str>]| StringViewArray::from_iter(values.iter().copied());
        Table::new(columns.iter().map(|(name, values)| ((*name).to_owned(), column(values))).collect())
    }

    fn field(kind: FieldKind, left: &[&str], right: &[&str], list: bool) -> Field {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Field { name: "f".into(), kind, left: names(left), right: names(right), list, separator: None }
    }

    #[test]
    fn dates_written_differently_are_one_value() {
        let left = table(&[("born", &[Some("25/12/1980"), None, Some("01/02/1981")])]);
        let right = table(&[("dob", &[Some("12/25/1980"), Some("02/01/1981")])]);
        let values = values(&field(FieldKind::Date, &["born"], &["dob"], false), &[&left, &right]).unwrap();
        assert_eq!(values.codes, [1, 0, 2, 1, 2]);
        assert_eq!(values.text(0), Some("1980-12-25"));
        assert_eq!(values.text(1), None);
        assert_eq!(values.counts(), [1, 2, 2]);
    }

    #[test]
    fn columns_are_joined_and_lists_are_taken_apart() {
        let left = table(&[("a", &[Some("Ann"), None]), ("b", &[Some("Lee"), Some("Ray")])]);
        let joined = values(&field(FieldKind::FullName, &["a", "b"], &[], false), &[&left]).unwrap();
        assert_eq!((joined.text(0), joined.text(1)), (Some("ANN LEE"), Some("RAY")));
        let lists = table(&[("p", &[Some("[\"LS1 4AP\", null, \"M1 1AE\"]"), None, Some("ls1 4ap")])]);
        let values = values(&field(FieldKind::Postcode, &["p"], &[], true), &[&lists]).unwrap();
        assert_eq!((values.of(0), values.of(1), values.of(2)), (&[1, 2][..], &[][..], &[1][..]));
    }

    #[test]
    fn a_missing_column_is_named_with_the_nearest() {
        let left = table(&[("surname", &[])]);
        let error = values(&field(FieldKind::FamilyName, &["surnam"], &[], false), &[&left]).unwrap_err();
        assert!(error.hint_text().unwrap().contains("`surname`"));
    }
}
