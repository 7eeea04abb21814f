//! The register, straight to Parquet: row groups are made and encoded on all cores and appended in order.
//!
//! In: [`Settings`]. Out: a Parquet file of text columns. Invariant: a row group is a function of the seed and its range of
//! people, so that the bytes do not depend on threads, and memory holds a few row groups, whatever the number of rows.

use super::dice::{Shuffle, Stream};
use super::household::CELL;
use super::record::{REGISTER_COLUMNS, Record};
use super::world::{Settings, World};
use crate::error::{Error, Result};
use crate::util::hash::mix;
use arrow::array::{ArrayRef, StringViewBuilder, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use std::io::Write;
use std::sync::Arc;

/// Cells of a row group: 98 304 people, about 150 000 rows, some 60 MB while it is made and encoded.
const CELLS_PER_GROUP: u64 = 6_144;
/// Row groups in the making at once, at most, so that many cores do not mean much memory.
const MOST_AT_ONCE: usize = 8;
/// Columns whose values hardly repeat: a dictionary would be built and thrown away.
const WITHOUT_DICTIONARY: [&str; 5] = ["record_id", "nino", "address", "phone", "email"];

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegisterSummary {
    /// People of the register.
    pub people: u64,
    /// Rows of the register.
    pub rows: u64,
}

/// A row group, encoded.
struct Group {
    chunks: Vec<ArrowColumnChunk>,
    rows: u64,
}

/// Writes the register as Parquet; `on_progress` hears the number of rows written so far.
///
/// # Errors
/// When the settings cannot be met or the file cannot be written.
pub fn write_register<W: Write + Send>(
    settings: &Settings,
    out: &mut W,
    on_progress: &dyn Fn(u64),
) -> Result<RegisterSummary> {
    let world = World::new(settings)?;
    let schema = schema();
    let properties = Arc::new(properties()?);
    let parquet = ArrowSchemaConverter::new().convert(&schema).map_err(fault)?;
    let mut writer = SerializedFileWriter::new(out, parquet.root_schema_ptr(), properties).map_err(fault)?;
    let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
    let groups = world.cells().div_ceil(CELLS_PER_GROUP);
    let at_once = rayon::current_num_threads().clamp(1, MOST_AT_ONCE) as u64;
    let mut summary = RegisterSummary { people: settings.register, rows: 0 };
    let mut ready: Vec<Group> = Vec::new();
    for start in (0..groups).step_by(at_once as usize) {
        let wave = start..groups.min(start + at_once);
        let (written, made): (_, Result<Vec<Group>>) = rayon::join(
            || append(&mut writer, std::mem::take(&mut ready)),
            || wave.into_par_iter().map(|group| encode(&world, &schema, &factory, group)).collect(),
        );
        summary.rows += written?;
        ready = made?;
        on_progress(summary.rows);
    }
    summary.rows += append(&mut writer, ready)?;
    writer.close().map_err(fault)?;
    on_progress(summary.rows);
    Ok(summary)
}

fn schema() -> SchemaRef {
    let field = |name: &&str| Field::new(*name, DataType::Utf8View, true);
    Arc::new(Schema::new(REGISTER_COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

fn properties() -> Result<WriterProperties> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(fault)?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("rewash synth".to_owned());
    for column in WITHOUT_DICTIONARY {
        builder = builder.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    Ok(builder.build())
}

fn append<W: Write + Send>(writer: &mut SerializedFileWriter<W>, groups: Vec<Group>) -> Result<u64> {
    let mut rows = 0;
    for group in groups {
        let mut out = writer.next_row_group().map_err(fault)?;
        for chunk in group.chunks {
            chunk.append_to_row_group(&mut out).map_err(fault)?;
        }
        out.close().map_err(fault)?;
        rows += group.rows;
    }
    Ok(rows)
}

fn encode(world: &World, schema: &SchemaRef, factory: &ArrowRowGroupWriterFactory, group: u64) -> Result<Group> {
    let (columns, rows) = make(world, group);
    let order = order(world, group, rows);
    let writers = factory.create_column_writers(group as usize).map_err(fault)?;
    let mut chunks = Vec::with_capacity(writers.len());
    for ((field, mut writer), mut column) in schema.fields().iter().zip(writers).zip(columns) {
        let made: ArrayRef = Arc::new(column.finish());
        let shuffled =
            take(&made, &order, None).map_err(|error| Error::internal(format!("cannot order made rows: {error}")))?;
        for leaf in compute_leaves(field, &shuffled).map_err(fault)? {
            writer.write(&leaf).map_err(fault)?;
        }
        chunks.push(writer.close().map_err(fault)?);
    }
    Ok(Group { chunks, rows: rows as u64 })
}

/// Rows of a group, household by household.
fn make(world: &World, group: u64) -> (Vec<StringViewBuilder>, usize) {
    let mut columns: Vec<StringViewBuilder> =
        REGISTER_COLUMNS.iter().map(|_| StringViewBuilder::new().with_fixed_block_size(1 << 18)).collect();
    let (mut people, mut record, mut rows) = (Vec::with_capacity(CELL), Record::default(), 0);
    let first = group * CELLS_PER_GROUP;
    for cell in first..world.cells().min(first + CELLS_PER_GROUP) {
        world.maker().cell(cell, &mut people);
        for person in people.iter().filter(|person| person.id < world.settings.register) {
            for row in 0..u64::from(person.rows) {
                record.fill(world, person, row);
                for (column, cell) in columns.iter_mut().zip(&record.cells) {
                    column.append_option((!cell.is_empty()).then_some(cell));
                }
                rows += 1;
            }
        }
    }
    (columns, rows)
}

/// An order in which neighbours are strangers.
fn order(world: &World, group: u64, rows: usize) -> UInt32Array {
    let shuffle = Shuffle::new(rows as u64, mix(mix(world.settings.seed, Stream::Order as u64), group));
    (0..rows as u64).map(|row| shuffle.of(row) as u32).collect::<Vec<_>>().into()
}

/// A failure of the Parquet writer: what the operating system said, where it did.
pub(super) fn fault(error: ParquetError) -> Error {
    if let ParquetError::External(source) = &error
        && let Some(source) = source.downcast_ref::<std::io::Error>()
    {
        return Error::write(source);
    }
    Error::output(format!("cannot write Parquet: {error}"))
}
