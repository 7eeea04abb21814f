//! `rewash completions` and `rewash man`: what shells and `man` know of the words.

use crate::cli::Ended;
use crate::cli::args::{Completions, Man, Words};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::report::Summary;
use crate::store::OutputFolder;
use clap::CommandFactory;
use std::io::Write;

/// Runs `rewash completions`.
pub(crate) fn run(words: &Completions) -> Result<Ended> {
    let mut script = Vec::new();
    clap_complete::generate(words.shell, &mut Words::command(), "rewash", &mut script);
    std::io::stdout().lock().write_all(&script).map_err(|error| Error::write(&error))?;
    Ok(Ended::Done)
}

/// Runs `rewash man`: the page of the program on standard output, or all pages into a folder.
pub(crate) fn man(words: &Man, talk: &Talk) -> Result<Ended> {
    let mut root = Words::command();
    root.build();
    let Some(out) = &words.out else {
        std::io::stdout().lock().write_all(&page(&root)?).map_err(|error| Error::write(&error))?;
        return Ok(Ended::Done);
    };
    let folder = OutputFolder::create(out)?;
    let mut names = Vec::new();
    write_pages(&root, "rewash", &folder, &mut names)?;
    folder.commit()?;
    let mut summary = Summary::default();
    for name in names {
        summary.line("written", out.join(name).display().to_string());
    }
    talk.summary(&summary);
    Ok(Ended::Done)
}

/// The page of a command, and those of the commands below it: `rewash-pool-due.1`.
fn write_pages(command: &clap::Command, name: &str, folder: &OutputFolder, names: &mut Vec<String>) -> Result<()> {
    let file = format!("{name}.1");
    folder.file(&file)?.write_all(&page(command)?).map_err(|error| Error::write(&error).at(&file))?;
    names.push(file);
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write_pages(below, &format!("{name}-{}", below.get_name()), folder, names)?;
    }
    Ok(())
}

fn page(command: &clap::Command) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut out).map_err(|error| Error::write(&error))?;
    Ok(out)
}
