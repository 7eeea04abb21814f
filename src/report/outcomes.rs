//! `outcomes.parquet` or `outcomes.csv`.

use crate::error::{Error, Result};
use crate::exchange::{OUTCOME_COLUMNS, OutcomeRow, Working};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::io::{BufWriter, Write};
use std::sync::Arc;

/// Writes the outcomes as Parquet: text columns, and doubles for probabilities and weights.
///
/// # Errors
/// When the file cannot be written.
pub fn write_parquet(out: impl Write + Send, outcomes: &Working<Vec<OutcomeRow>>) -> Result<()> {
    let batch = batch(&outcomes.0)?;
    // No creation metadata beyond the name: the same rows give the same bytes.
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("rewash".into())
        .build();
    let mut writer = ArrowWriter::try_new(BufWriter::new(out), batch.schema(), Some(properties)).map_err(unwritten)?;
    writer.write(&batch).map_err(unwritten)?;
    let mut inner = writer.into_inner().map_err(unwritten)?;
    inner.flush().map_err(|error| Error::write(&error))
}

/// An error of the Parquet writer: the disk's own where there is one.
pub(super) fn unwritten(error: ParquetError) -> Error {
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => Error::write(&error),
            Err(error) => Error::output(error.to_string()),
        },
        error => Error::output(error.to_string()),
    }
}

fn batch(rows: &[OutcomeRow]) -> Result<RecordBatch> {
    let text = |value: &dyn Fn(&OutcomeRow) -> &str| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(value(row)).filter(|text| !text.is_empty())).collect::<StringArray>())
    };
    let number = |value: &dyn Fn(&OutcomeRow) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<Float64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        text(&|row| &row.dash_reference),
        text(&|row| &row.cid_person_id),
        text(&|row| row.outcome.as_str()),
        text(&|row| &row.nino),
        text(&|row| &row.person_id),
        number(&|row| row.match_probability),
        number(&|row| row.match_weight),
        text(&|row| &row.runner_up),
        number(&|row| row.runner_up_weight),
        number(&|row| row.margin),
        text(&|row| row.tier),
        text(&|row| &row.reason),
        text(&|row| &row.data_sets),
    ];
    let fields: Vec<Field> = OUTCOME_COLUMNS
        .iter()
        .zip(&columns)
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    debug_assert!(fields.iter().all(|field| matches!(field.data_type(), DataType::Utf8 | DataType::Float64)));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|error| Error::internal(error.to_string()))
}

/// Writes the outcomes as CSV.
///
/// # Errors
/// When the file cannot be written.
pub fn write_csv(out: impl Write, outcomes: &Working<Vec<OutcomeRow>>) -> Result<()> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let rows = outcomes.0.iter().map(|row| {
        vec![
            row.dash_reference.clone(),
            row.cid_person_id.clone(),
            row.outcome.as_str().to_owned(),
            row.nino.clone(),
            row.person_id.clone(),
            number(row.match_probability),
            number(row.match_weight),
            row.runner_up.clone(),
            number(row.runner_up_weight),
            number(row.margin),
            row.tier.to_owned(),
            row.reason.clone(),
            row.data_sets.clone(),
        ]
    });
    let sheet = crate::exchange::Sheet { header: OUTCOME_COLUMNS.map(str::to_owned).to_vec(), rows: rows.collect() };
    super::write_working(out, &Working(sheet))
}
