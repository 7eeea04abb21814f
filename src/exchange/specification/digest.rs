//! The digest of a table's rows, which a workbook can hold of itself.
//!
//! A file cannot hold the digest of its own bytes, so the control sheet of a workbook states that of its rows: the header
//! and each row in the order of the sheet, cells joined by U+001F, rows by U+001E, as UTF-8. A cell without a value, or
//! with white space alone, counts as the empty text; a row of such cells is left out; a cell is the text that is read from
//! it: a date as `YYYY-MM-DD`, a number in its shortest form. Every row has as many cells as the header.

use crate::util::hash::hex;
use sha2::{Digest, Sha256};

/// Between two cells of a row.
const CELL_END: &[u8] = b"\x1f";
/// Between two rows.
const ROW_END: &[u8] = b"\x1e";

/// A digest of rows that is worked out as the rows come.
#[derive(Clone, Debug)]
pub struct RowsDigest {
    sum: Sha256,
    width: usize,
}

impl RowsDigest {
    /// Begins with the header.
    pub fn new<S: AsRef<str>>(header: impl IntoIterator<Item = S>) -> Self {
        let mut sum = Sha256::new();
        let mut width = 0;
        for name in header {
            if width > 0 {
                sum.update(CELL_END);
            }
            sum.update(name.as_ref().trim());
            width += 1;
        }
        Self { sum, width }
    }

    /// Adds a row; cells that are missing at its end are empty, and those beyond the header do not count.
    pub fn add<S: AsRef<str>>(&mut self, row: impl IntoIterator<Item = S>) {
        let before = self.sum.clone();
        self.sum.update(ROW_END);
        let mut cells = row.into_iter();
        let mut is_blank = true;
        for index in 0..self.width {
            if index > 0 {
                self.sum.update(CELL_END);
            }
            if let Some(cell) = cells.next()
                && !cell.as_ref().trim().is_empty()
            {
                is_blank = false;
                self.sum.update(cell.as_ref());
            }
        }
        if is_blank {
            self.sum = before;
        }
    }

    /// The digest in hex.
    pub fn finish(self) -> String {
        hex(&self.sum.finalize())
    }
}

/// The digest of rows, header first, in hex: what a control sheet states as `sha256`.
pub fn rows_sha256<R, S>(rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = S>,
    S: AsRef<str>,
{
    let mut rows = rows.into_iter();
    let mut digest = match rows.next() {
        Some(header) => RowsDigest::new(header),
        None => RowsDigest::new(std::iter::empty::<&str>()),
    };
    rows.for_each(|row| digest.add(row));
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::rows_sha256;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_digest_is_of_the_text_that_it_says() {
        let want: String =
            Sha256::digest("a\u{1f}b\u{1e}1\u{1f}\u{1e}\u{1f}é").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(rows_sha256([vec!["a", "b"], vec!["1", ""], vec!["", "é"]]), want);
        // Blank cells are empty, blank rows are no rows, and rows are as long as the header.
        assert_eq!(rows_sha256([vec![" a", "b"], vec!["1"], vec![" ", ""], vec!["  ", "é", "beyond"]]), want);
        assert_ne!(rows_sha256([vec!["a", "b"], vec!["1", ""], vec!["é", ""]]), want);
        assert_ne!(rows_sha256([vec!["a", "b"], vec!["1", " x"]]), rows_sha256([vec!["a", "b"], vec!["1", "x"]]));
    }
}
