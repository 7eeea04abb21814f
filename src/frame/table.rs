//! A batch of rows: named text columns of one length.

use arrow::array::{Array, StringViewArray};

/// A column of text; null where the source had nothing (an empty CSV field is null).
pub type TextColumn = StringViewArray;

/// Named text columns of one length, shared by reference counting: cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<TextColumn>,
    rows: usize,
}

impl Table {
    /// A table of `columns`, which must have one length and different names.
    ///
    /// # Panics
    /// When lengths differ: a fault of the reader that made them, never of the data.
    pub fn new(columns: Vec<(String, TextColumn)>) -> Self {
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        assert!(columns.iter().all(|(_, column)| column.len() == rows), "columns of one table have one length");
        let (names, columns) = columns.into_iter().unzip();
        Self { names, columns, rows }
    }

    /// Number of rows.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Column names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// All columns, in order.
    pub fn columns(&self) -> &[TextColumn] {
        &self.columns
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&TextColumn> {
        let index = self.names.iter().position(|known| known == name)?;
        self.columns.get(index)
    }

    /// These rows, in this order.
    ///
    /// # Panics
    /// When a row is not in the table.
    pub fn take(&self, rows: &[u32]) -> Self {
        let take = |column: &TextColumn| rows.iter().map(|row| cell(column, *row as usize)).collect::<TextColumn>();
        Self { names: self.names.clone(), columns: self.columns.iter().map(take).collect(), rows: rows.len() }
    }

    /// Number of values: cells that are not null.
    pub fn values(&self) -> u64 {
        self.columns.iter().map(|column| (column.len() - column.null_count()) as u64).sum()
    }

    /// The value in a row of a column, `None` when the column is absent or the value null.
    pub fn value(&self, name: &str, row: usize) -> Option<&str> {
        self.column(name).and_then(|column| cell(column, row))
    }
}

/// The value of a row, `None` when null.
#[inline]
pub fn cell(column: &TextColumn, row: usize) -> Option<&str> {
    if column.is_null(row) { None } else { Some(column.value(row)) }
}

/// Bytes of text that a column stands for; what repeats is counted each time.
pub fn text_length(column: &TextColumn) -> u64 {
    lengths(column).sum()
}

/// Bytes of each text that is there. What has no text may have a view all the same: that of the first of a dictionary.
fn lengths(column: &TextColumn) -> impl Iterator<Item = u64> {
    // The low half of a view is the length of its text.
    let length = |view: &u128| u64::from(*view as u32);
    let nulls = column.nulls();
    let views = column.views().iter().enumerate();
    views.map(move |(row, view)| if nulls.is_some_and(|nulls| nulls.is_null(row)) { 0 } else { length(view) })
}

/// Memory that the values of a column stand for: 16 bytes each, and the text that is too long for them.
pub fn text_bytes(column: &TextColumn) -> u64 {
    lengths(column).map(|length| 16 + if length > 12 { length } else { 0 }).sum()
}
