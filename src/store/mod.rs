//! Everything that touches the disk for writing or mapping.
//!
//! In: bytes and paths. Out: output folders and files that appear whole or not at all, mapped files, spooled pipes,
//! a lock.
//! Invariant: a file or folder made here is readable by its owner alone. Read next: `folder.rs`.

pub mod folder;
mod lock;
pub mod map;

pub use folder::{OutputFile, OutputFolder, new_private_file, read_text, readable_by_others, remove_folder};
pub use lock::Lock;
pub use map::{map_file, spool};

#[cfg(test)]
mod tests;
