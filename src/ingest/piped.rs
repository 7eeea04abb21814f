//! An Arrow IPC stream as it comes: read once, batch by batch, never held whole.
//!
//! In: a pipe. Out: batches. Invariant: a stream without its end is an error, since whoever wrote it may have died with half
//! of the rows in hand.

use std::io::{BufReader, Read};
use std::sync::{Mutex, PoisonError};

use arrow::datatypes::SchemaRef;

use crate::error::{Error, Result};
use crate::frame::convert::unreadable_columns;
use crate::ingest::ipc::share_out;
use crate::ingest::messages::Batches;
use crate::ingest::reader::{Faults, Source, Work};

type FromPipe = Batches<BufReader<Box<dyn Read + Send>>>;

/// A stream of which the schema was read.
pub(super) struct Piped {
    name: String,
    names: Vec<String>,
    schema: SchemaRef,
    batches: Mutex<Option<FromPipe>>,
}

impl Piped {
    /// Reads the schema.
    ///
    /// # Errors
    /// When what comes is not an Arrow IPC stream.
    pub(super) fn open(pipe: Box<dyn Read + Send>, name: &str) -> Result<Self> {
        let batches = Batches::open(BufReader::with_capacity(1 << 20, pipe)).map_err(|_| {
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
        let mut next = move || {
            let Some(batch) = batches.next()? else { return Ok(None) };
            let first = row;
            row += batch.num_rows() as u64;
            Ok(Some((batch, first)))
        };
        let batches = std::iter::from_fn(|| next().transpose());
        share_out(&self.name, batches, columns, batch_rows, work)?;
        Ok(Faults::default())
    }
}
