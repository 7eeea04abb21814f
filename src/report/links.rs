//! Pairs and clusters of a linkage as CSV, JSON lines, Parquet or Arrow, to a file or a pipe.

use crate::error::{Error, Result};
use crate::report::outcomes::unwritten;
use crate::resolve::pairs::Scored;
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef, UInt32Type};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::io::{BufWriter, Write};
use std::sync::Arc;

/// Form of a table that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// RFC 4180, a header row.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Parquet.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
    /// An Arrow IPC stream, for pipes.
    ArrowStream,
}

/// Level and weight of each comparison of a pair, for `--explain`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explained {
    /// Name of the comparison.
    pub comparison: String,
    /// Label of the level, one a pair.
    pub levels: Vec<String>,
    /// Weight in bits, adjustments in it, one a pair.
    pub weights: Vec<f64>,
}

/// Columns of a table of pairs.
pub struct PairsTable<'a> {
    /// The pairs.
    pub pairs: &'a [Scored],
    /// Id of a row: left rows first, right rows after them.
    pub ids: &'a dyn Fn(u32) -> String,
    /// Levels and weights, where they are asked for.
    pub explained: &'a [Explained],
}

/// Pairs as a record batch: `left_id`, `right_id` (text), `match_weight` (bits), `match_probability`, `match_key` (number
/// of the blocking rule, from 0), and `level_…`, `weight_…` of each comparison where asked for.
///
/// # Errors
/// Never for columns of one length.
pub fn pairs_batch(table: &PairsTable) -> Result<RecordBatch> {
    let pairs = table.pairs;
    let text = |of: &dyn Fn(&Scored) -> String| -> ArrayRef {
        Arc::new(pairs.iter().map(|pair| Some(of(pair))).collect::<StringArray>())
    };
    let number = |of: &dyn Fn(&Scored) -> f64| -> ArrayRef {
        Arc::new(pairs.iter().map(|pair| Some(of(pair))).collect::<Float64Array>())
    };
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("left_id".into(), text(&|pair| (table.ids)(pair.left))),
        ("right_id".into(), text(&|pair| (table.ids)(pair.right))),
        ("match_weight".into(), number(&|pair| pair.weight)),
        ("match_probability".into(), number(&|pair| pair.probability)),
        ("match_key".into(), Arc::new(pairs.iter().map(|pair| Some(u32::from(pair.rule))).collect::<UInt32Array>())),
    ];
    for explained in table.explained {
        let levels: StringArray = explained.levels.iter().map(Some).collect();
        let weights: Float64Array = explained.weights.iter().map(|weight| Some(*weight)).collect();
        columns.push((format!("level_{}", explained.comparison), Arc::new(levels)));
        columns.push((format!("weight_{}", explained.comparison), Arc::new(weights)));
    }
    batch(columns)
}

/// Clusters as a record batch: `id`, then a `cluster_id` for each threshold; a cluster is named by the id of its first
/// row.
///
/// # Errors
/// Never for labels of one length.
pub fn clusters_batch(labels: &[(String, Vec<u32>)], ids: &dyn Fn(u32) -> String) -> Result<RecordBatch> {
    let rows = labels.first().map_or(0, |(_, labels)| labels.len() as u32);
    let column = |rows: &mut dyn Iterator<Item = u32>| -> ArrayRef {
        Arc::new(rows.map(|row| Some(ids(row))).collect::<StringArray>())
    };
    let mut columns = vec![("id".to_owned(), column(&mut (0..rows)))];
    for (name, labels) in labels {
        columns.push((name.clone(), column(&mut labels.iter().copied())));
    }
    batch(columns)
}

fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|error| Error::internal(error.to_string()))
}

/// Writes a batch of text, doubles and whole numbers.
///
/// # Errors
/// When it cannot be written.
pub fn write_table(out: impl Write + Send, batch: &RecordBatch, format: TableFormat) -> Result<()> {
    let mut writer = TableWriter::new(out, &batch.schema(), format)?;
    writer.write(batch)?;
    writer.finish()
}

/// Writes a table of text, doubles and whole numbers that comes in batches.
pub struct TableWriter<W: Write + Send>(Writer<BufWriter<W>>);

enum Writer<W: Write + Send> {
    Csv(Box<csv::Writer<W>>),
    JsonLines(W),
    Parquet(Box<ArrowWriter<W>>),
    Arrow(FileWriter<W>),
    ArrowStream(StreamWriter<W>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, schema: &SchemaRef, format: TableFormat) -> Result<Self> {
        let out = BufWriter::new(out);
        Ok(Self(match format {
            TableFormat::Csv => {
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
                let names = schema.fields().iter().map(|field| field.name().as_str());
                writer.write_record(names).map_err(csv_failed)?;
                Writer::Csv(Box::new(writer))
            }
            TableFormat::JsonLines => Writer::JsonLines(out),
            TableFormat::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_created_by("rewash".into())
                    .build();
                let writer = ArrowWriter::try_new(out, Arc::clone(schema), Some(properties)).map_err(unwritten)?;
                Writer::Parquet(Box::new(writer))
            }
            TableFormat::Arrow => Writer::Arrow(FileWriter::try_new(out, schema).map_err(arrow_failed)?),
            TableFormat::ArrowStream => Writer::ArrowStream(StreamWriter::try_new(out, schema).map_err(arrow_failed)?),
        }))
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match &mut self.0 {
            Writer::Csv(writer) => write_csv(writer, batch),
            Writer::JsonLines(out) => write_lines(out, batch),
            Writer::Parquet(writer) => writer.write(batch).map_err(unwritten),
            Writer::Arrow(writer) => writer.write(batch).map_err(arrow_failed),
            Writer::ArrowStream(writer) => writer.write(batch).map_err(arrow_failed),
        }
    }

    /// Ends the table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<()> {
        let flushed = match self.0 {
            Writer::Csv(mut writer) => writer.flush(),
            Writer::JsonLines(mut out) => out.flush(),
            Writer::Parquet(writer) => writer.into_inner().map_err(unwritten)?.flush(),
            Writer::Arrow(writer) => writer.into_inner().map_err(arrow_failed)?.flush(),
            Writer::ArrowStream(writer) => writer.into_inner().map_err(arrow_failed)?.flush(),
        };
        flushed.map_err(|error| Error::write(&error))
    }
}

fn arrow_failed(error: arrow::error::ArrowError) -> Error {
    match error {
        arrow::error::ArrowError::IoError(_, error) => Error::write(&error),
        other => Error::output(other.to_string()),
    }
}

/// A value as text; empty where null.
fn text_of(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        _ => column.as_string::<i32>().value(row).to_owned(),
    }
}

fn csv_failed(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::write(&error),
        _ => Error::internal("a table whose rows differ in length"),
    }
}

fn write_csv(writer: &mut csv::Writer<impl Write>, batch: &RecordBatch) -> Result<()> {
    for row in 0..batch.num_rows() {
        writer.write_record(batch.columns().iter().map(|column| text_of(column, row))).map_err(csv_failed)?;
    }
    Ok(())
}

fn write_lines(out: &mut impl Write, batch: &RecordBatch) -> Result<()> {
    let schema = batch.schema();
    for row in 0..batch.num_rows() {
        let mut object = serde_json::Map::new();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            let value = match column.data_type() {
                _ if column.is_null(row) => serde_json::Value::Null,
                DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
                DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).into(),
                _ => column.as_string::<i32>().value(row).into(),
            };
            object.insert(field.name().clone(), value);
        }
        writeln!(out, "{}", serde_json::Value::Object(object)).map_err(|error| Error::write(&error))?;
    }
    Ok(())
}
