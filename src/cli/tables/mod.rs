//! `rewash stage tables`: the steps of `link` and `dedupe` as commands that another engine runs, each on a part.
//!
//! In: parts of tables, then lines of earlier steps. Out: lines, and in the end the file of `link` or `dedupe`. What the
//! lines hold: [`crate::engine::linkage::apart`]. Read next: `plan.rs`, `parts.rs`, `blocks.rs`, `settle.rs`.

mod blocks;
mod buckets;
mod parts;
mod plan;
mod settle;

use crate::cli::Ended;
use crate::cli::args::TablesCommand;
use crate::cli::files::file_name;
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::frame::lines::{Line, read_lines};
use crate::ingest::read_batches;
use std::path::{Path, PathBuf};

/// Runs `rewash stage tables`.
pub(crate) fn run(command: &TablesCommand, talk: &Talk) -> Result<Ended> {
    match command {
        TablesCommand::Plan(words) => plan::run(words, talk),
        TablesCommand::Profile(words) => parts::run_profile(words, talk),
        TablesCommand::Keys(words) => parts::run_keys(words, talk),
        TablesCommand::Count(words) => blocks::run_count(words, talk),
        TablesCommand::Pairs(words) => blocks::run_pairs(words, talk),
        TablesCommand::Settle(words) => settle::run(words, talk),
        TablesCommand::Write(words) => settle::run_write(words, talk),
    }
}

/// Shows the lines of files, one file after the other; each must end as it should, which `each` sees.
fn each_line(paths: &[PathBuf], each: &mut dyn FnMut(&Line) -> Result<()>) -> Result<()> {
    for path in paths {
        let mut ended = false;
        let mut seen = |line: &Line| {
            ended |= line.kind == crate::engine::linkage::apart::kind::END;
            each(line)
        };
        read_batches(path, |batch| read_lines(batch, |_| true, &mut seen))?;
        if !ended {
            return Err(Error::input("is not complete: its end is missing").at(file_name(path)).hint("make it again"));
        }
    }
    Ok(())
}

/// Shows the lines of a stream on standard input, which is read whole: it holds one share of the work.
fn each_piped_line(each: &mut dyn FnMut(&Line) -> Result<()>) -> Result<()> {
    read_batches(Path::new("-"), |batch| read_lines(batch, |_| true, &mut *each))
}

/// Whether a step reads its standard input.
fn is_piped(paths: &[PathBuf]) -> bool {
    paths.is_empty() || paths == [Path::new("-")]
}
