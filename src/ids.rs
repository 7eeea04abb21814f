//! Small typed ids: a row of one table cannot be taken for a row of another.

/// Row of the extract, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtractRow(pub u32);

/// Register row that shares a key with the extract, numbered in register order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Survivor(pub u32);

/// One distinct blocking key of the extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// Place of a register row: file, then row from 0 within the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterRow {
    /// Index of the file among all files of all registers, in command order.
    pub file: u32,
    /// Row from 0 within the file.
    pub row: u64,
}

macro_rules! index {
    ($($name:ident),*) => {$(
        impl $name {
            /// The id as an index.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
index!(ExtractRow, Survivor, Slot);
