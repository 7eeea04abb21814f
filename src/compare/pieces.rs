//! A long list in pieces: it grows without being copied, and is let go of piece by piece.

use std::ops::Index;

/// Values of one piece.
const PIECE: usize = 1 << 13;

/// Values in pieces of one length, the last one perhaps shorter.
#[derive(Clone, Debug)]
pub struct Pieces<T> {
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

impl<T> Pieces<T> {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a value.
    #[inline]
    pub fn push(&mut self, value: T) {
        if self.len.is_multiple_of(PIECE) {
            // A short list stays small; one of several pieces does not grow step by step.
            self.pieces.push(if self.len == 0 { Vec::new() } else { Vec::with_capacity(PIECE) });
        }
        if let Some(last) = self.pieces.last_mut() {
            last.push(value);
        }
        self.len += 1;
    }

    /// Lets go of the pieces that lie before a place; they may not be asked for again.
    pub fn forget_before(&mut self, place: usize) {
        let piece = place / PIECE;
        for before in self.pieces[..piece].iter_mut().rev() {
            if before.capacity() == 0 {
                break;
            }
            *before = Vec::new();
        }
    }
}

impl<T> Index<usize> for Pieces<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: usize) -> &T {
        &self.pieces[place / PIECE][place % PIECE]
    }
}
