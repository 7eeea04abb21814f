//! Everything that touches the disk for writing or mapping.
//!
//! In: bytes and paths. Out: output folders and files that appear whole or not at all, mapped files, spooled pipes.
//! Invariant: a file or folder made here is readable by its owner alone. Read next: `folder.rs`.

pub mod folder;
pub mod map;

pub use folder::{OutputFile, OutputFolder, readable_by_others};
pub use map::{is_pipe, map_file, spool};

#[cfg(test)]
mod tests;
