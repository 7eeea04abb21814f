//! Whether two files hold the same rows, however they are written.
//!
//! In: readers. Out: yes or no, by sums of digests that no order of the rows changes. Most files differ in what is looked at
//! first, their number of rows and then a few columns; only those that do not are read whole.

use crate::error::Result;
use crate::frame::{Table, cell};
use crate::ingest::reader::Reader;
use crate::util::hash::{mix, text_hash};
use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows that are read at a time.
const BATCH_ROWS: usize = 32_768;

/// What the rows of a file say, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    rows: u64,
    /// Two sums of what each row says.
    said: [u64; 2],
}

impl Sums {
    fn of(reader: &Reader, columns: &[&str]) -> Result<Self> {
        let sums: [AtomicU64; 3] = Default::default();
        reader.for_each(columns, BATCH_ROWS, &|batch| {
            let of_batch = Self::of_table(&batch.table, columns);
            for (sum, more) in sums.iter().zip([of_batch.rows, of_batch.said[0], of_batch.said[1]]) {
                sum.fetch_add(more, Ordering::Relaxed);
            }
            Ok(())
        })?;
        let [rows, first, second] = sums.map(AtomicU64::into_inner);
        Ok(Self { rows, said: [first, second] })
    }

    /// A column that is not there is one that is empty in every row.
    fn of_table(table: &Table, columns: &[&str]) -> Self {
        let columns: Vec<_> = columns.iter().map(|name| table.column(name)).collect();
        let mut sums = Self { rows: table.rows() as u64, said: [0; 2] };
        for row in 0..table.rows() {
            let hash = |value: Option<&str>| value.map_or(0, |text| text_hash(text.as_bytes()));
            let values = columns.iter().map(|column| hash(column.and_then(|column| cell(column, row))));
            let digest = values.fold(0, mix);
            for (sum, number) in sums.said.iter_mut().zip(0..) {
                *sum = sum.wrapping_add(mix(digest, number));
            }
        }
        sums
    }
}

/// What is known of the rows of a file so far.
pub struct Content<'a> {
    reader: &'a Reader,
    lines: OnceCell<Option<u64>>,
    sums: [OnceCell<Sums>; 2],
}

impl<'a> Content<'a> {
    /// Nothing yet.
    pub fn new(reader: &'a Reader) -> Self {
        Self { reader, lines: OnceCell::new(), sums: Default::default() }
    }

    /// Whether two files hold the same rows in `columns`, each as often. `first` are columns of which most files that are not
    /// the same have others. Of texts whose numbers of lines are not the same it is no: a value with line ends of another kind
    /// is not looked for.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn is_same(&self, other: &Self, first: &[&str], columns: &[&str]) -> Result<bool> {
        if !self.may_be_same(other) {
            return Ok(false);
        }
        for (place, columns) in [first, columns].into_iter().enumerate() {
            if self.sums(place, columns)? != other.sums(place, columns)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the numbers of rows and lines let them be the same.
    fn may_be_same(&self, other: &Self) -> bool {
        let differ = |ours: Option<u64>, theirs: Option<u64>, by: u64| {
            ours.zip(theirs).is_some_and(|(ours, theirs)| ours.abs_diff(theirs) > by)
        };
        let too_few = |text: &Self, table: &Self| {
            // A header, and an end of the last line that may be missing.
            text.lines().zip(table.reader.rows_hint()).is_some_and(|(lines, rows)| lines < rows)
        };
        !differ(self.reader.rows_hint(), other.reader.rows_hint(), 0)
            && !differ(self.lines(), other.lines(), 1)
            && !too_few(self, other)
            && !too_few(other, self)
    }

    fn lines(&self) -> Option<u64> {
        *self.lines.get_or_init(|| self.reader.lines_hint())
    }

    fn sums(&self, place: usize, columns: &[&str]) -> Result<Sums> {
        if let Some(known) = self.sums[place].get() {
            return Ok(*known);
        }
        let sums = Sums::of(self.reader, columns)?;
        Ok(*self.sums[place].get_or_init(|| sums))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Input;
    use crate::model::schema::REGISTER;
    use std::io::Write;

    const COLUMNS: [&str; 4] = ["nino", "forename", "surname", "phone"];

    fn same(one: &str, other: &str) -> bool {
        let files = [one, other].map(|text| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file
        });
        let [one, other] =
            files.each_ref().map(|file| Reader::open(&Input::Path(file.path().to_owned()), &REGISTER).unwrap());
        Content::new(&one).is_same(&Content::new(&other), &["nino"], &COLUMNS).unwrap()
    }

    #[test]
    fn rows_are_the_same_in_any_order_of_rows_and_columns() {
        let rows = "nino,forename,surname\nAB123456C,Ana,Li\nAB123457C,Tesfaye,Haile\n";
        assert!(same(rows, rows));
        assert!(same(rows, rows.trim_end()));
        assert!(same(rows, "surname,nino,forename\n\"Haile\",AB123457C,Tesfaye\nLi,AB123456C,Ana\n"));
        assert!(same(rows, "nino,forename,surname,phone\nAB123456C,Ana,Li,\nAB123457C,Tesfaye,Haile,\n"));
    }

    #[test]
    fn one_value_more_or_less_makes_other_rows() {
        let rows = "nino,forename,surname\nAB123456C,Ana,Li\nAB123457C,Tesfaye,Haile\n";
        for other in [
            "nino,forename,surname\nAB123456C,Ana,Li\n",
            "nino,forename,surname\nAB123456C,Ana,Li\nAB123456C,Ana,Li\n",
            "nino,forename,surname\nAB123456C,Ana,Haile\nAB123457C,Tesfaye,Li\n",
            "nino,forename,surname\nAB123456C,Li,Ana\nAB123457C,Tesfaye,Haile\n",
            "nino,forename,surname,phone\nAB123456C,Ana,Li,07700900123\nAB123457C,Tesfaye,Haile,\n",
        ] {
            assert!(!same(rows, other), "{other}");
        }
        // What a file says twice is not what another says once, or other things twice.
        let twice = "nino,forename,surname\nAB123456C,Ana,Li\nAB123456C,Ana,Li\n";
        assert!(!same(twice, "nino,forename,surname\nAB123457C,Tesfaye,Haile\nAB123457C,Tesfaye,Haile\n"));
    }
}
