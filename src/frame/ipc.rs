//! Arrow IPC streams whose bytes are all at hand, and what is said of streams and files that are not what they should be.
//!
//! In: bytes, mapped or in memory. Out: batches, which are pieces of these bytes: nothing is copied. Invariant: no message is decoded
//! before `sizes.rs` has looked at what it says of itself.

use crate::error::{Error, Result};
use crate::frame::sizes;
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;

/// What ends a stream that is whole.
pub const STREAM_END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// The batches of a stream, in order.
pub struct HeldStream {
    decoder: StreamDecoder,
    rest: Buffer,
}

impl HeldStream {
    /// Looks at the sizes of all messages of a stream, which may end as others write them: with the end, or without.
    ///
    /// # Errors
    /// When a batch would need more room than one may.
    pub fn open(bytes: Buffer) -> Result<Self> {
        sizes::check_stream(&bytes)?;
        Ok(Self { decoder: StreamDecoder::new(), rest: bytes })
    }

    /// As [`HeldStream::open`], of a stream that this program wrote: without its end it was not written to the end.
    ///
    /// # Errors
    /// When the end is missing; those of [`HeldStream::open`].
    pub fn open_whole(bytes: Buffer) -> Result<Self> {
        if bytes.ends_with(&STREAM_END) { Self::open(bytes) } else { Err(cut()) }
    }

    /// The columns, once a batch was asked for.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.decoder.schema()
    }

    /// The next batch; `None` at the end.
    ///
    /// # Errors
    /// When the stream is cut or damaged.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        match self.decoder.decode(&mut self.rest).map_err(|error| broken(&error))? {
            Some(batch) => Ok(Some(batch)),
            None => self.decoder.finish().map(|()| None).map_err(|_| cut()),
        }
    }
}

/// An end that comes too early is told apart from nonsense.
pub fn broken(error: &ArrowError) -> Error {
    match error {
        ArrowError::IoError(..) => cut(),
        _ => damaged(),
    }
}

/// A file or stream that ends too early.
pub fn cut() -> Error {
    Error::input("is not a complete Arrow file or stream").hint("write or fetch it again; its end is missing")
}

/// A file or stream in which there is no sense.
pub fn damaged() -> Error {
    Error::input("is a damaged Arrow file or stream").hint("write or fetch it again")
}
