//! How much of an untrusted file is taken in, and the settings of it.
//!
//! In: words such as `sheet-rows=5000`. Out: [`Limits`]. Invariant: what nobody set is safe; all readers of a process have the
//! same limits.

use crate::error::{Error, Result};
use std::sync::OnceLock;

/// How much of an untrusted file is taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most text of a table that is loaded whole, with what is wrong with its rows.
    pub table_bytes: u64,
    /// Most columns of a table.
    pub columns: usize,
    /// Most bytes that a pipe brings.
    pub pipe_bytes: u64,
    /// Most rows for each byte of a file, from [`Limits::ROWS_ALWAYS`] on: a small file can say that it has any number.
    pub rows_per_byte: u64,
    /// Most bytes of text for each byte of a file, from [`Limits::TEXT_ALWAYS`] on: a dictionary repeats its values for nothing.
    pub text_per_byte: u64,
    /// Parquet: most values in the lists of a column for each byte of a file, from [`Limits::VALUES_ALWAYS`] on; all those of a
    /// row are unpacked at once.
    pub values_per_byte: u64,
    /// A workbook: most bytes of all its parts, unpacked.
    pub unpacked_bytes: u64,
    /// A workbook: most parts.
    pub archive_members: usize,
    /// A workbook: how many times its packed size a part may have, from `ratio_from_bytes` on.
    pub ratio: u64,
    /// A workbook: parts below this size are not asked for their ratio.
    pub ratio_from_bytes: u64,
    /// A workbook: most rows of a sheet.
    pub sheet_rows: u32,
    /// A workbook: most columns of a sheet.
    pub sheet_columns: u32,
    /// A workbook: most blank rows before a row with a value.
    pub sheet_gap: u32,
}

/// What was set for this process.
static SET: OnceLock<Limits> = OnceLock::new();

/// Sets the limits of all that is read from now on; those that were set first stay.
pub fn limit_with(limits: Limits) {
    let _ = SET.set(limits);
}

impl Default for Limits {
    /// What was set with [`limit_with`], else what is safe.
    fn default() -> Self {
        SET.get().cloned().unwrap_or(Self::SAFE)
    }
}

impl Limits {
    /// Rows that any file may have.
    pub const ROWS_ALWAYS: u64 = 4 << 20;
    /// Bytes of text that any file may stand for.
    pub const TEXT_ALWAYS: u64 = 1 << 30;
    /// Values that the lists of any file may hold.
    pub const VALUES_ALWAYS: u64 = 4 << 20;
    /// Bytes of text that the lists of a batch are made into at once.
    const LISTS_AT_ONCE: u64 = 1 << 30;
    /// What holds where nothing is set.
    pub const SAFE: Self = Self {
        table_bytes: 4 << 30,
        columns: 4096,
        pipe_bytes: 64 << 30,
        rows_per_byte: 128,
        text_per_byte: 1024,
        values_per_byte: 8,
        unpacked_bytes: 512 << 20,
        archive_members: 10_000,
        ratio: 200,
        ratio_from_bytes: 64 << 20,
        sheet_rows: 1 << 20,
        sheet_columns: 512,
        sheet_gap: 1000,
    };

    /// Names of the settings, in order.
    pub const NAMES: [&'static str; 13] = [
        "table-bytes",
        "columns",
        "pipe-bytes",
        "rows-per-byte",
        "text-per-byte",
        "values-per-byte",
        "unpacked-bytes",
        "archive-members",
        "ratio",
        "ratio-from-bytes",
        "sheet-rows",
        "sheet-columns",
        "sheet-gap",
    ];

    /// Sets one of [`Limits::NAMES`].
    ///
    /// # Errors
    /// When there is no such limit, or it cannot be so much.
    pub fn set(&mut self, name: &str, number: u64) -> Result<()> {
        let short = || u32::try_from(number).map_err(|_| too_much(name));
        let count = || usize::try_from(number).map_err(|_| too_much(name));
        match name {
            "table-bytes" => self.table_bytes = number,
            "columns" => self.columns = count()?,
            "pipe-bytes" => self.pipe_bytes = number,
            "rows-per-byte" => self.rows_per_byte = number,
            "text-per-byte" => self.text_per_byte = number,
            "values-per-byte" => self.values_per_byte = number,
            "unpacked-bytes" => self.unpacked_bytes = number,
            "archive-members" => self.archive_members = count()?,
            "ratio" => self.ratio = number,
            "ratio-from-bytes" => self.ratio_from_bytes = number,
            "sheet-rows" => self.sheet_rows = short()?,
            "sheet-columns" => self.sheet_columns = short()?,
            "sheet-gap" => self.sheet_gap = short()?,
            _ => {
                return Err(Error::usage(format!("there is no limit `{name}`"))
                    .hint(format!("the limits are: {}", Self::NAMES.join(", "))));
            }
        }
        Ok(())
    }

    /// Refuses a table of too many columns.
    ///
    /// # Errors
    /// When it has more than [`Limits::columns`].
    pub(super) fn check_columns(&self, columns: usize) -> Result<()> {
        if columns <= self.columns {
            return Ok(());
        }
        Err(Error::limit(format!("has {columns} columns, more than {}", self.columns))
            .hint("leave out the columns that are not needed, or allow more with --limit columns=N"))
    }

    /// Refuses more rows than a file of so many bytes can hold in earnest.
    ///
    /// # Errors
    /// When there are more.
    pub(super) fn check_rows(&self, rows: u64, bytes: u64) -> Result<()> {
        if rows <= bytes.saturating_mul(self.rows_per_byte).max(Self::ROWS_ALWAYS) {
            return Ok(());
        }
        Err(Error::limit(format!("says that it has more than {} rows for each of its bytes", self.rows_per_byte))
            .hint("no table of people has; ask who sent it, or allow more with --limit rows-per-byte=N"))
    }

    /// Refuses more text than a file of so many bytes can hold in earnest.
    ///
    /// # Errors
    /// When there is more.
    pub(super) fn check_text(&self, text: u64, bytes: u64) -> Result<()> {
        if text <= bytes.saturating_mul(self.text_per_byte).max(Self::TEXT_ALWAYS) {
            return Ok(());
        }
        Err(Error::limit(format!("holds text of more than {} times its size", self.text_per_byte))
            .hint("no table of people does; ask who sent it, or allow more with --limit text-per-byte=N"))
    }

    /// Refuses more values in lists than a file of so many bytes can hold in earnest: a count and one value stand for any number.
    ///
    /// # Errors
    /// When there are more.
    pub(super) fn check_values(&self, values: u64, bytes: u64) -> Result<()> {
        if values <= bytes.saturating_mul(self.values_per_byte).max(Self::VALUES_ALWAYS) {
            return Ok(());
        }
        Err(Error::limit(format!("holds lists of more than {} values for each of its bytes", self.values_per_byte))
            .hint("leave the column out, or allow more with --limit values-per-byte=N"))
    }

    /// Room for the texts of lists that are made at once.
    pub(super) fn lists_at_once(&self) -> u64 {
        self.table_bytes.min(Self::LISTS_AT_ONCE)
    }
}

fn too_much(name: &str) -> Error {
    Error::usage(format!("the limit `{name}` cannot be so much"))
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn each_limit_can_be_set_and_no_other() {
        let mut limits = Limits::SAFE;
        for (place, name) in Limits::NAMES.iter().enumerate() {
            let before = limits.clone();
            limits.set(name, 7 + place as u64).unwrap();
            assert_ne!(limits, before, "{name}");
        }
        assert_eq!((limits.table_bytes, limits.sheet_gap, limits.columns), (7, 19, 8));
        assert!(limits.set("sheet-rows", 1 << 32).is_err());
        assert!(limits.set("rows", 1).unwrap_err().hint_text().unwrap().contains("sheet-rows"));
    }

    #[test]
    fn rows_and_text_are_measured_by_the_file() {
        let limits = Limits::SAFE;
        assert!(limits.check_rows(Limits::ROWS_ALWAYS, 0).is_ok() && limits.check_rows(128 << 20, 1 << 20).is_ok());
        assert!(limits.check_rows((128 << 20) + 1, 1 << 20).is_err());
        assert!(limits.check_text(Limits::TEXT_ALWAYS, 0).is_ok() && limits.check_text(2 << 30, 1 << 20).is_err());
        assert!(limits.check_values(Limits::VALUES_ALWAYS, 0).is_ok() && limits.check_values(8 << 20, 1 << 20).is_ok());
        assert!(limits.check_values((8 << 20) + 1, 1 << 20).is_err());
        assert!(limits.check_columns(4096).is_ok() && limits.check_columns(4097).is_err());
    }
}
