//! What batches say of their sizes, before anything makes room for them.
//!
//! In: messages with their bodies. Out: nothing, or an error. Invariant: what passes unpacks to no more than a batch needs,
//! has no more rows than a batch may have, and no batch is told twice.

use arrow::ipc::{Block, Message, MessageHeader, RecordBatch, root_as_message};

use crate::error::{Error, Result};

/// Most bytes that the buffers of one message may unpack to.
const UNPACKED_BYTES_MAX: u64 = 4 << 30;
/// Most rows of a batch: Arrow's own bound for files that all programs read.
pub const BATCH_ROWS_MAX: u64 = i32::MAX as u64;
/// Most values of a column for each byte of its message, from [`VALUES_ALWAYS`] on: nulls and runs take no bytes of their own.
const VALUES_PER_BYTE: u64 = 1024;
const VALUES_ALWAYS: u64 = 1 << 16;
/// Bytes before a packed buffer: the length that it unpacks to.
const LENGTH_BYTES: usize = 8;
/// Before the head of a message, in all but the oldest files.
const MARK: [u8; 4] = [0xff; 4];

/// Checks a message that stands whole in `block`: head, then body.
///
/// # Errors
/// When it would unpack to more than a batch needs. What is otherwise wrong with it is left to the decoder.
pub fn check(block: &[u8], head_bytes: usize) -> Result<()> {
    let start = if block.starts_with(&MARK) { 8 } else { 4 };
    // The decoder looks for the head in all of the block, wherever that is said to end: so does this.
    let (Some(head), Some(body)) = (block.get(start..), block.get(head_bytes..)) else { return Ok(()) };
    root_as_message(head).map_or(Ok(()), |message| check_batch(&message, body, block.len()))
}

/// Checks all messages of a stream.
///
/// # Errors
/// As [`check`].
pub fn check_stream(mut rest: &[u8]) -> Result<()> {
    while let Some((head, body)) = next(rest) {
        let Ok(message) = root_as_message(head) else { return Ok(()) };
        let length = usize::try_from(message.bodyLength()).unwrap_or(0).min(body.len());
        check_batch(&message, body, head.len() + length)?;
        let Some(after) = usize::try_from(message.bodyLength()).ok().and_then(|length| body.get(length..)) else {
            return Ok(());
        };
        rest = after;
    }
    Ok(())
}

/// The head of the next message and all that follows it; `None` at the end, or where there is no sense in it.
fn next(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = rest.strip_prefix(&MARK).unwrap_or(rest);
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(i32::from_le_bytes(*length)).ok().filter(|length| *length > 0)?;
    rest.split_at_checked(length)
}

fn check_batch(message: &Message<'_>, body: &[u8], bytes: usize) -> Result<()> {
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|batch| batch.data()),
        _ => None,
    };
    batch.map_or(Ok(()), |batch| check_sizes(&batch, body, bytes as u64))
}

fn check_sizes(batch: &RecordBatch<'_>, body: &[u8], bytes: u64) -> Result<()> {
    let over = |length: i64, most: u64| u64::try_from(length).is_ok_and(|length| length > most);
    if over(batch.length(), BATCH_ROWS_MAX) {
        return Err(too_large("says that it has more rows than a batch may have".to_owned()));
    }
    // Lists, runs and columns of nothing but nulls have values of their own number.
    let values_max = BATCH_ROWS_MAX.min(VALUES_ALWAYS.max(bytes.saturating_mul(VALUES_PER_BYTE)));
    if batch.nodes().into_iter().flatten().any(|node| over(node.length(), values_max)) {
        return Err(too_large(format!("holds a batch of more than {VALUES_PER_BYTE} values for each of its bytes")));
    }
    if batch.compression().is_none() {
        return Ok(());
    }
    let mut left = UNPACKED_BYTES_MAX;
    for buffer in batch.buffers().into_iter().flatten() {
        let start = usize::try_from(buffer.offset()).ok();
        let length = start.and_then(|start| body.get(start..)?.first_chunk::<LENGTH_BYTES>());
        // Less than nothing says that the buffer is not packed after all.
        let length = length.map_or(0, |length| u64::try_from(i64::from_le_bytes(*length)).unwrap_or(0));
        left = left.checked_sub(length).ok_or_else(|| {
            too_large(format!("holds a batch that unpacks to more than {} MiB", UNPACKED_BYTES_MAX >> 20))
        })?;
    }
    Ok(())
}

/// Refuses a file in which two batches stand in one place: a small file could hold any number of rows.
///
/// # Errors
/// When there are such.
pub fn refuse_shared(batches: &[Block]) -> Result<()> {
    let end =
        |block: &Block| block.offset().saturating_add(block.metaDataLength().into()).saturating_add(block.bodyLength());
    let mut places: Vec<(i64, i64)> = batches.iter().map(|block| (block.offset(), end(block))).collect();
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err(Error::input("is no Arrow file: two of its batches stand in one place")
            .hint("do not open it; ask who sent it"));
    }
    Ok(())
}

fn too_large(what: String) -> Error {
    Error::limit(what).hint("write it in smaller batches, or as Parquet")
}
