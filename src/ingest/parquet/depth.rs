//! How deep the columns of a Parquet file are nested, before a decoder that walks down them sees it.
//!
//! In: a footer, in Thrift's compact form. Out: nothing, or an error. Invariant: what passes is walked down in little stack;
//! what is not understood here is left to the decoder.

use crate::error::{Error, Result};

/// Deepest nesting that is read: as in Arrow's own files.
const DEPTH_MAX: usize = 64;
/// Deepest nesting of what is skipped.
const SKIPPED_DEPTH_MAX: usize = 16;
/// The list of columns in a footer, and the number of children of a column, by their field numbers.
const SCHEMA: i64 = 2;
const CHILDREN: i64 = 5;
/// Thrift's kinds of values.
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Refuses a footer whose columns are nested deeper than any table's.
///
/// # Errors
/// When they are.
pub(super) fn check(footer: &[u8]) -> Result<()> {
    match deepest(footer) {
        Some(depth) if depth > DEPTH_MAX => {
            Err(Error::input(format!("is a Parquet file with columns nested more than {DEPTH_MAX} deep"))
                .hint("write the table flat: one value a cell"))
        }
        _ => Ok(()),
    }
}

/// Depth of the deepest column; `None` where the footer is not understood.
fn deepest(footer: &[u8]) -> Option<usize> {
    let mut cursor = Cursor { rest: footer };
    let mut field = 0;
    while let Some(kind) = cursor.field(&mut field)? {
        if field == SCHEMA && kind == LIST {
            return cursor.depth_of_schema();
        }
        cursor.skip(kind, 0)?;
    }
    None
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut out = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            out |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(out);
            }
        }
        None
    }

    /// A number whose sign is its lowest bit.
    fn signed(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Moves to the next field and gives the kind of its value; `Some(None)` at the end of the struct.
    fn field(&mut self, number: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *number = match head >> 4 {
            0 => self.signed()?,
            step => number.checked_add(step.into())?,
        };
        Some(Some(head & 0xf))
    }

    /// Length and kind of a list.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Some((length, head & 0xf))
    }

    /// The columns stand in the order in which they are walked down: each with the number of its children.
    fn depth_of_schema(&mut self) -> Option<usize> {
        let (columns, _) = self.list()?;
        let mut open: Vec<u64> = Vec::new();
        let mut deepest = 0;
        for _ in 0..columns {
            let children = self.children()?;
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if children > 0 {
                open.push(children);
            }
            deepest = deepest.max(open.len());
            if deepest > DEPTH_MAX {
                break;
            }
        }
        Some(deepest)
    }

    fn children(&mut self) -> Option<u64> {
        let (mut field, mut children) = (0, 0);
        while let Some(kind) = self.field(&mut field)? {
            if field == CHILDREN {
                children = u64::try_from(self.signed()?).ok()?;
            } else {
                self.skip(kind, 0)?;
            }
        }
        Some(children)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > SKIPPED_DEPTH_MAX {
            return None;
        }
        match kind {
            1 | 2 => {}
            3 => {
                self.byte()?;
            }
            4..=6 => {
                self.varint()?;
            }
            7 => self.rest = self.rest.get(8..)?,
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.rest = self.rest.get(length..)?;
            }
            LIST | 10 => {
                let (length, kind) = self.list()?;
                for _ in 0..length {
                    // A truth in a list has a byte of its own.
                    self.skip(if matches!(kind, 1 | 2) { 3 } else { kind }, depth + 1)?;
                }
            }
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, depth + 1)?;
                }
            }
            _ => return None,
        }
        Some(())
    }
}
