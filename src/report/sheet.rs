//! Rows as CSV: RFC 4180, UTF-8, no byte order mark, dates and numbers as text.

use crate::error::{Error, Result};
use crate::exchange::gateway::Released;
use crate::exchange::{Sheet, Working};
use std::io::{BufWriter, Write};

/// Writes a file for another department: only rows that a gateway has released.
///
/// # Errors
/// When the file cannot be written.
pub fn write_departmental(out: impl Write, released: &Released<Sheet>) -> Result<()> {
    write(out, released.get())
}

/// Writes a department's own working file.
///
/// # Errors
/// When the file cannot be written.
pub fn write_working(out: impl Write, working: &Working<Sheet>) -> Result<()> {
    write(out, &working.0)
}

fn write(out: impl Write, sheet: &Sheet) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BufWriter::new(out));
    let mut record = |row: &[String]| writer.write_record(row).map_err(failed);
    record(&sheet.header)?;
    for row in &sheet.rows {
        record(row)?;
    }
    writer.flush().map_err(|error| Error::write(&error))
}

pub(super) fn failed(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::write(&error),
        _ => Error::internal("a row of another length than its header"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_lines_end_in_crlf() {
        let sheet = Sheet {
            header: vec!["a".into(), "b".into()],
            rows: vec![vec!["x\"y".into(), "1,2".into()], vec![String::new(), "é".into()]],
        };
        let mut out = Vec::new();
        write_working(&mut out, &Working(sheet)).expect("memory");
        assert_eq!(String::from_utf8_lossy(&out), "a,b\r\n\"x\"\"y\",\"1,2\"\r\n,é\r\n");
    }
}
