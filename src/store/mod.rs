//! Everything that touches the disk for writing or mapping.
//!
//! In: bytes and paths. Out: output folders and files that appear whole or not at all, sealed ones, erased ones, mapped
//! files, columns, packs of texts, spooled pipes, files of blocks, a lock.
//! Invariant: a file or folder made here is readable by its owner alone. Read next: `folder.rs`.

mod blocks;
mod columns;
mod erase;
mod file;
pub mod folder;
mod lock;
pub mod map;
mod outputs;
mod packs;
mod parts;
mod seal;
mod stale;
mod unfinished;

pub use blocks::{BlockFile, NewPart};
pub use columns::{Column, ColumnFile, Lists, Numbers, Sum, Texts, sum_of, write_columns};
pub use erase::{Doomed, doom, doom_folder, erase, erase_folder, remove_if_no_file, sync_above};
pub use file::{OutputFile, same_bytes};
pub use folder::{
    OutputFolder, TEXT_BYTES_MAX, all_of, create_private_file, make_private_folder, near, near_hint, new_private_file,
    read_at_most, read_text, readable_by_others, remove_file, remove_folder, remove_leftovers, remove_parts, text_of,
    unread, writable_by_others,
};
pub use lock::Lock;
pub use map::{FileState, answer_cut_files, changed_while_read, is_pipe, map_file, memory_file, refuse_device, spool};
pub use outputs::{Outputs, Wanted};
pub use packs::{PACK_ROWS, PackReader, PackWriter, Packed};
pub use parts::{OpenPart, PartFolder, START_ANEW};
pub use seal::{Identities, Recipients, SEALED_BYTES_MAX, Sink, Written, generate_key, is_sealed, read_key};
pub use unfinished::take_away_unfinished;

#[cfg(test)]
mod tests;
