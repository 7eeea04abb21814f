//! Rows of text tables as an Arrow IPC stream.
//!
//! In: tables that have some of the columns of a stream. Out: the stream, plain text columns, null where a table lacks one.

use crate::error::{Error, Result};
use crate::frame::{Table, cell};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::StreamWriter;
use std::io::Write;
use std::sync::Arc;

/// A stream that is being written.
pub struct TableStream<W: Write> {
    names: Vec<String>,
    schema: Arc<Schema>,
    writer: StreamWriter<W>,
}

impl<W: Write> TableStream<W> {
    /// Begins a stream of these columns.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W, names: &[&str]) -> Result<Self> {
        let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let writer = StreamWriter::try_new(out, &schema).map_err(unwritten)?;
        Ok(Self { names: names.iter().map(|name| (*name).to_owned()).collect(), schema, writer })
    }

    /// Adds some rows of a table.
    ///
    /// # Errors
    /// Those of what is written to.
    pub fn write(&mut self, table: &Table, rows: &[u32]) -> Result<()> {
        let column = |name: &String| -> ArrayRef {
            let column = table.column(name);
            let value = |row: &u32| column.and_then(|column| cell(column, *row as usize));
            Arc::new(rows.iter().map(value).collect::<StringArray>())
        };
        let columns = self.names.iter().map(column).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        let batch = batch.map_err(|error| Error::internal(error.to_string()))?;
        self.writer.write(&batch).map_err(unwritten)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// Those of what is written to.
    pub fn finish(mut self) -> Result<()> {
        self.writer.finish().map_err(unwritten)
    }
}

pub(super) fn unwritten(error: arrow::error::ArrowError) -> Error {
    match error {
        arrow::error::ArrowError::IoError(_, error) => Error::write(&error),
        other => Error::internal(other.to_string()),
    }
}
