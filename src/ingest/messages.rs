//! The messages of an Arrow IPC stream, one at a time, before anything decodes them, and the batches that they bring.
//!
//! In: a pipe or bytes. Out: whole messages, head and body, each looked at by `frame::sizes`; batches. Invariant: no room is made for
//! what a message says of its length before so many bytes have come; a stream without its end is an error.

use std::io::Read;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::root_as_message;

use crate::error::{Error, Result};
use crate::frame::ipc::{STREAM_END, broken, cut, damaged};
use crate::frame::sizes;

/// Before the head of a message, in all but the oldest streams.
const MARK: [u8; 4] = [0xff; 4];
/// Most bytes of the head of a message: what it says is a few numbers a column.
const HEAD_BYTES_MAX: u64 = 256 << 20;

/// The messages that a pipe brings.
pub(super) struct Messages<R> {
    pipe: R,
    ended: bool,
}

impl<R: Read> Messages<R> {
    /// Those of a pipe.
    pub(super) const fn new(pipe: R) -> Self {
        Self { pipe, ended: false }
    }

    /// The next message, with the lengths that stand before it; `None` after the end that a whole stream has.
    ///
    /// # Errors
    /// When the stream ends without its end, or says what cannot be.
    pub(super) fn next(&mut self) -> Result<Option<Buffer>> {
        if self.ended {
            return Ok(None);
        }
        let mut message = Vec::new();
        self.add(&mut message, 4)?;
        if message == MARK {
            self.add(&mut message, 4)?;
        }
        let length = message.last_chunk::<4>().map_or(0, |length| i32::from_le_bytes(*length));
        let length = u64::try_from(length).ok().filter(|length| *length <= HEAD_BYTES_MAX).ok_or_else(damaged)?;
        if length == 0 {
            self.ended = true;
            return Ok(None);
        }
        let start = message.len();
        self.add(&mut message, length)?;
        let head_bytes = message.len();
        let head = root_as_message(message.get(start..).unwrap_or_default()).map_err(|_| damaged())?;
        let body = u64::try_from(head.bodyLength()).map_err(|_| damaged())?;
        self.add(&mut message, body)?;
        sizes::check(&message, head_bytes)?;
        Ok(Some(Buffer::from_vec(message)))
    }

    /// Adds the next `length` bytes.
    fn add(&mut self, to: &mut Vec<u8>, length: u64) -> Result<()> {
        let came = (&mut self.pipe).take(length).read_to_end(to).map_err(|error| Error::read(&error))?;
        if came as u64 == length { Ok(()) } else { Err(cut()) }
    }
}

/// The batches that messages bring.
pub(super) struct Batches<R> {
    messages: Messages<R>,
    decoder: StreamDecoder,
    schema: SchemaRef,
    /// What the decoder has not taken yet: it takes the end of a message without a body with the next one.
    rest: Buffer,
    /// Whether it was given the end.
    has_ended: bool,
}

impl<R: Read> Batches<R> {
    /// Reads the schema, which comes first.
    ///
    /// # Errors
    /// When something else does.
    pub(super) fn open(pipe: R) -> Result<Self> {
        let mut messages = Messages::new(pipe);
        let first = messages.next()?.ok_or_else(cut)?;
        let start = if first.starts_with(&MARK) { 8 } else { 4 };
        let head = root_as_message(first.get(start..).unwrap_or_default()).map_err(|_| damaged())?;
        let schema = head.header_as_schema().ok_or_else(damaged)?;
        let schema = Arc::new(try_fb_to_schema(schema).map_err(|_| damaged())?);
        Ok(Self { messages, decoder: StreamDecoder::new(), schema, rest: first, has_ended: false })
    }

    /// The columns.
    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The next batch; dictionaries on the way are taken in.
    ///
    /// # Errors
    /// When the stream is cut or damaged.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.rest.is_empty() {
                if self.has_ended {
                    return Ok(None);
                }
                self.rest = self.messages.next()?.unwrap_or_else(|| {
                    self.has_ended = true;
                    Buffer::from_vec(STREAM_END.to_vec())
                });
            }
            if let Some(batch) = self.decoder.decode(&mut self.rest).map_err(|error| broken(&error))? {
                return Ok(Some(batch));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Messages;
    use crate::frame::Table;
    use crate::frame::stream::TableStream;
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

    fn stream() -> Vec<u8> {
        let mut out = Vec::new();
        let table = Table::new(vec![("a".to_owned(), ["x", "y"].into_iter().map(Some).collect())]);
        let mut stream = TableStream::new(&mut out, &["a"]).unwrap();
        stream.write(&table, &[0, 1]).unwrap();
        stream.finish().unwrap();
        out
    }

    fn all(mut messages: Messages<impl Read>) -> crate::error::Result<Vec<u8>> {
        let mut out = Vec::new();
        while let Some(message) = messages.next()? {
            out.extend_from_slice(&message);
        }
        Ok(out)
    }

    #[test]
    fn messages_come_whole_however_the_bytes_come() {
        let bytes = stream();
        for drop in [1, 3, 7, 8, 9, 50, 20_000] {
            assert_eq!(all(Messages::new(Drops(&bytes, drop))).unwrap(), bytes[..bytes.len() - 8], "{drop} at a time");
        }
        for end in [0, 3, 4, 7, 8, 100, bytes.len() - 8, bytes.len() - 1] {
            let error = all(Messages::new(&bytes[..end])).unwrap_err();
            assert!(error.what().contains("not a complete"), "{end}: {error}");
        }
    }

    #[test]
    fn lengths_that_lie_make_no_room() {
        let bytes = stream();
        let mut lying = bytes.clone();
        // The length of the body, a number of eight bytes in the head of the second message, is the only one of its value.
        let body = i64::try_from(bytes.len()).unwrap();
        let places: Vec<usize> = (0..bytes.len() - 8).filter(|at| at % 8 == 0).collect();
        for at in places {
            let number = i64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
            if (64..body).contains(&number) {
                lying[at..at + 8].copy_from_slice(&(1_i64 << 60).to_le_bytes());
            }
        }
        assert_ne!(lying, bytes);
        assert!(all(Messages::new(&lying[..])).is_err());
        for length in [i32::MAX, -5] {
            let head = [&[0xff; 4][..], &length.to_le_bytes(), b"abc"].concat();
            assert!(all(Messages::new(&head[..])).is_err());
        }
    }
}
