//! How many values the lists of a Parquet file hold, and how wide its fixed fields are, before a decoder makes room for them.
//!
//! In: the heads of the pages of a column. Out: nothing, or an error. Invariant: values are counted where the decoder meets them,
//! page after page in the bytes of each row group; what the footer says of them is not believed.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::Type;
use parquet::column::page::PageReader;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use crate::error::{Error, Result};
use crate::ingest::limits::Limits;
use crate::ingest::parquet::damaged;

/// Most bytes of a value of fixed length: the widest that may be text are digests and keys.
const FIXED_BYTES_MAX: u64 = 1024;
/// Bytes that any value takes when it is unpacked; one of fixed length that is wider counts as several.
const VALUE_BYTES: u64 = 16;

/// Whether any column of the file has lists in its rows.
pub(super) fn has_lists(metadata: &ParquetMetaData) -> bool {
    metadata.file_metadata().schema_descr().columns().iter().any(|column| column.max_rep_level() > 0)
}

/// Looks at the columns that are wanted, of those that the table has.
///
/// # Errors
/// When lists hold more values than the file can in earnest, or values of fixed length are too wide to be any text.
pub(super) fn check(file: File, metadata: &ParquetMetaData, columns: &[usize], limits: &Limits) -> Result<()> {
    let schema = metadata.file_metadata().schema_descr();
    let bytes = file.metadata().map_err(|error| Error::read(&error))?.len();
    let file = Arc::new(file);
    for leaf in (0..schema.num_columns()).filter(|leaf| columns.contains(&schema.get_column_root_idx(*leaf))) {
        let about = schema.column(leaf);
        let is_fixed = about.physical_type() == Type::FIXED_LEN_BYTE_ARRAY;
        let width = if is_fixed { u64::try_from(about.type_length()).map_err(|_| damaged())? } else { 0 };
        if width > FIXED_BYTES_MAX {
            return Err(Error::limit(format!("has a column whose values have {width} bytes each"))
                .hint("leave the column out, or save it as text"));
        }
        if about.max_rep_level() > 0 {
            let as_many = width.div_ceil(VALUE_BYTES).max(1);
            count(&file, metadata, leaf, &|values| limits.check_values(values.saturating_mul(as_many), bytes))?;
        }
    }
    Ok(())
}

/// Counts the values of a column, and shows the count after each page; a list of none, and a page of none, count as one.
fn count(file: &Arc<File>, metadata: &ParquetMetaData, leaf: usize, check: &dyn Fn(u64) -> Result<()>) -> Result<u64> {
    let mut values = 0_u64;
    for group in metadata.row_groups() {
        let rows = usize::try_from(group.num_rows()).map_err(|_| damaged())?;
        let pages = SerializedPageReader::new(Arc::clone(file), group.column(leaf), rows, None);
        let mut pages = pages.map_err(|_| damaged())?;
        while let Some(page) = pages.peek_next_page().map_err(|_| damaged())? {
            values = values.saturating_add(page.num_levels.unwrap_or(0).max(1) as u64);
            check(values)?;
            pages.skip_next_page().map_err(|_| damaged())?;
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
