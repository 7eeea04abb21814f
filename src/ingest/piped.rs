//! An Arrow IPC stream as it comes: read once, batch by batch, never held whole.
//!
//! In: a pipe. Out: batches. Invariant: a stream without its end is an error, since whoever wrote it may have died with half
//! of the rows in hand.

use std::io::{BufReader, Read};
use std::sync::{Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;

use crate::error::{Error, Result};
use crate::frame::convert::unreadable_columns;
use crate::frame::lines::STREAM_END;
use crate::ingest::ipc::{broken, cut, share_out};
use crate::ingest::reader::{Faults, Source, Work};

/// A pipe that remembers the last bytes that came.
struct Remembering<R> {
    inner: R,
    last: [u8; STREAM_END.len()],
}

impl<R: Read> Read for Remembering<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(into)?;
        let came = into.get(..read).unwrap_or_default();
        let new = read.min(STREAM_END.len());
        self.last.rotate_left(new);
        let newest = came.get(came.len() - new..).unwrap_or_default();
        if let Some(place) = self.last.get_mut(STREAM_END.len() - new..) {
            place.copy_from_slice(newest);
        }
        Ok(read)
    }
}

type Batches = StreamReader<Remembering<BufReader<Box<dyn Read + Send>>>>;

/// A stream of which the schema was read.
pub(super) struct Piped {
    name: String,
    names: Vec<String>,
    schema: SchemaRef,
    batches: Mutex<Option<Batches>>,
}

impl Piped {
    /// Reads the schema.
    ///
    /// # Errors
    /// When what comes is not an Arrow IPC stream.
    pub(super) fn open(pipe: Box<dyn Read + Send>, name: &str) -> Result<Self> {
        let pipe = Remembering { inner: BufReader::with_capacity(1 << 20, pipe), last: [0; STREAM_END.len()] };
        let batches = StreamReader::try_new(pipe, None).map_err(|_| {
            Error::input("is not an Arrow IPC stream").hint("write one, or name files in place of a pipe")
        })?;
        let schema = batches.schema();
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { name: name.to_owned(), names, schema, batches: Mutex::new(Some(batches)) })
    }
}

impl Source for Piped {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn unreadable(&self) -> Vec<(usize, &'static str)> {
        unreadable_columns(&self.schema)
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults> {
        let taken = self.batches.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut batches = taken.ok_or_else(|| Error::internal("a pipe is read once"))?;
        let mut row = 0;
        let mut next = move || match batches.next() {
            Some(batch) => {
                let batch = batch.map_err(|error| broken(&error))?;
                let first = row;
                row += batch.num_rows() as u64;
                Ok(Some((batch, first)))
            }
            None if batches.get_ref().last == STREAM_END => Ok(None),
            None => Err(cut()),
        };
        let batches = std::iter::from_fn(|| next().transpose());
        share_out(&self.name, batches, columns, batch_rows, work)?;
        Ok(Faults::default())
    }
}

#[cfg(test)]
mod tests {
    use super::Remembering;
    use std::io::Read;

    /// Gives a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let (now, rest) = self.0.split_at(self.1.min(self.0.len()).min(into.len()));
            into[..now.len()].copy_from_slice(now);
            self.0 = rest;
            Ok(now.len())
        }
    }

    #[test]
    fn the_last_bytes_are_known_however_they_come() {
        let bytes: Vec<u8> = (0..100).collect();
        for drop in [1, 3, 7, 8, 9, 50, 200] {
            let mut pipe = Remembering { inner: Drops(&bytes, drop), last: [0; 8] };
            pipe.read_to_end(&mut Vec::new()).unwrap();
            assert_eq!(pipe.last, bytes[92..], "{drop} at a time");
        }
    }
}
