//! The fields of all records as codes into dictionaries of different values: what a program is compiled over.

use super::value::{Record, Value};
use crate::error::{Error, Result};
use crate::util::hash::{Map, map};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Different texts by code. Code 0 is null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    bytes: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { bytes: String::new(), ends: vec![0] }
    }
}

impl Texts {
    /// Appends a text and gives its code; the caller sees to it that no text comes twice.
    ///
    /// # Errors
    /// When there are more texts than codes.
    pub fn push(&mut self, text: &str) -> Result<u32> {
        let code = u32::try_from(self.ends.len())
            .map_err(|_| Error::limit("a field has more than four thousand million different values"))?;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        Ok(code)
    }

    /// The text of a code; empty for null.
    ///
    /// # Panics
    /// When the code was never given out.
    #[inline]
    pub fn get(&self, code: u32) -> &str {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.bytes[start..self.ends[code]]
    }

    /// Codes given out, null included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text but null.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }
}

/// Gives codes to texts, equal texts the same one.
#[derive(Debug)]
pub struct Interner {
    codes: Map<String, u32>,
    texts: Texts,
}

impl Default for Interner {
    fn default() -> Self {
        Self { codes: map(), texts: Texts::default() }
    }
}

impl Interner {
    /// The code of a text.
    ///
    /// # Errors
    /// When there are more texts than codes.
    pub fn code(&mut self, text: &str) -> Result<u32> {
        if let Some(code) = self.codes.get(text) {
            return Ok(*code);
        }
        let code = self.texts.push(text)?;
        self.codes.insert(text.to_owned(), code);
        Ok(code)
    }

    /// The texts by their codes.
    pub fn finish(self) -> Texts {
        self.texts
    }
}

/// One field of all records.
#[derive(Clone, Debug)]
pub enum Column {
    /// One text a record.
    Texts {
        /// Code of the text of each record.
        codes: Vec<u32>,
        /// The texts.
        texts: Arc<Texts>,
    },
    /// A list of texts a record.
    Lists {
        /// Where the list of each record ends among `items`.
        ends: Vec<usize>,
        /// Codes of the items of all lists, none of them null.
        items: Vec<u32>,
        /// Records whose list is null rather than empty.
        null: Vec<bool>,
        /// The texts.
        texts: Arc<Texts>,
    },
}

impl Column {
    /// Texts from values, `None` being null.
    ///
    /// # Errors
    /// When there are more different texts than codes.
    pub fn of_texts<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Result<Self> {
        let mut interner = Interner::default();
        let mut codes = Vec::new();
        for value in values {
            codes.push(value.map_or(Ok(0), |text| interner.code(text))?);
        }
        Ok(Self::Texts { codes, texts: Arc::new(interner.finish()) })
    }

    /// Lists from values, `None` being null.
    ///
    /// # Errors
    /// When there are more different texts than codes.
    pub fn of_lists<'a>(values: impl IntoIterator<Item = Option<&'a [String]>>) -> Result<Self> {
        let mut interner = Interner::default();
        let (mut ends, mut items, mut null) = (Vec::new(), Vec::new(), Vec::new());
        for value in values {
            for item in value.unwrap_or_default() {
                items.push(interner.code(item)?);
            }
            ends.push(items.len());
            null.push(value.is_none());
        }
        Ok(Self::Lists { ends, items, null, texts: Arc::new(interner.finish()) })
    }

    fn rows(&self) -> usize {
        match self {
            Self::Texts { codes, .. } => codes.len(),
            Self::Lists { ends, .. } => ends.len(),
        }
    }

    /// The codes of the items of a record's list; `None` where it is null, or no list.
    pub(crate) fn items(&self, row: usize) -> Option<&[u32]> {
        match self {
            Self::Lists { ends, items, null, .. } if !null[row] => {
                let start = if row == 0 { 0 } else { ends[row - 1] };
                Some(&items[start..ends[row]])
            }
            _ => None,
        }
    }

    /// The value of a record.
    pub(crate) fn value(&self, row: usize) -> Value {
        match self {
            Self::Texts { codes, texts } if codes[row] != 0 => Value::Text(texts.get(codes[row]).to_owned()),
            Self::Lists { texts, .. } => {
                let items = |codes: &[u32]| codes.iter().map(|code| texts.get(*code).to_owned()).collect();
                self.items(row).map_or(Value::Null, |codes| Value::List(items(codes)))
            }
            Self::Texts { .. } => Value::Null,
        }
    }
}

/// The fields of all records, those of both tables in one numbering.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    rows: usize,
    columns: BTreeMap<String, Column>,
}

impl Columns {
    /// No fields yet, of so many records.
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: BTreeMap::new() }
    }

    /// Records.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a field.
    ///
    /// # Errors
    /// When it has not one value for each record.
    pub fn add(&mut self, name: impl Into<String>, column: Column) -> Result<()> {
        let name = name.into();
        if column.rows() != self.rows {
            let rows = self.rows;
            return Err(Error::internal(format!("field `{name}` has {} values for {rows} records", column.rows())));
        }
        self.columns.insert(name, column);
        Ok(())
    }

    /// A field by its name; where none is spelt so, the one that differs in capitals alone.
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.columns.get(name).or_else(|| {
            let lower = name.to_lowercase();
            let mut alike = self.columns.iter().filter(|(known, _)| known.to_lowercase() == lower);
            let found = alike.next();
            found.filter(|_| alike.next().is_none()).map(|(_, column)| column)
        })
    }

    /// A field by its name.
    ///
    /// # Errors
    /// When there is no such field.
    pub(crate) fn find(&self, name: &str) -> Result<&Column> {
        self.get(name).ok_or_else(|| {
            let error = Error::settings(format!("there is no field `{name}`"));
            let near = self.columns.keys().max_by(|a, b| {
                let grade = |known: &str| strsim::jaro_winkler(known, name);
                grade(a).total_cmp(&grade(b)).then_with(|| b.cmp(a))
            });
            near.map_or(error.clone(), |near| error.hint(format!("did you mean `{near}`?")))
        })
    }

    /// Whether a field is one of lists.
    pub fn is_list(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Column::Lists { .. }))
    }

    /// One record, for the slow evaluator.
    pub fn record(&self, row: usize) -> Row<'_> {
        Row { columns: self, row }
    }
}

/// One record of [`Columns`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    columns: &'a Columns,
    row: usize,
}

impl Record for Row<'_> {
    fn value(&self, column: &str) -> Value {
        self.columns.get(column).map_or(Value::Null, |column| column.value(self.row))
    }

    fn is_list(&self, column: &str) -> bool {
        self.columns.is_list(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        let mut columns = Columns::new(3);
        columns.add("Name", Column::of_texts([Some("a"), None, Some("")]).unwrap()).unwrap();
        let list = ["x".to_owned(), "x".to_owned()];
        columns.add("l", Column::of_lists([None, Some(&list[..]), Some(&[][..])]).unwrap()).unwrap();
        let value = |name: &str, row| columns.record(row).value(name);
        assert_eq!(
            [value("Name", 0), value("name", 1), value("name", 2)].map(|v| v.text().map(str::to_owned)),
            [Some("a".to_owned()), None, Some(String::new())]
        );
        assert_eq!(value("l", 0), Value::Null);
        assert_eq!(value("l", 1), Value::List(list.to_vec()));
        assert_eq!(value("l", 2), Value::List(Vec::new()));
        assert_eq!(value("other", 0), Value::Null);
        assert!(columns.is_list("L"));
        let error = columns.find("nmae").unwrap_err();
        assert_eq!(error.hint_text(), Some("did you mean `Name`?"));
        assert!(columns.add("short", Column::of_texts([None]).unwrap()).is_err());
    }
}
