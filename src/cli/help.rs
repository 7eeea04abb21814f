//! `rewash help`: help of a command, and what meets each obligation of the memorandum.

use crate::cli::Ended;
use crate::cli::args::{Help, Words};
use crate::cli::codes::{EXPLAINED, Explained, explained};
use crate::cli::targets::write_text;
use crate::cli::terminal;
use crate::error::{Error, Result};
use crate::report::wrapped;
use clap::CommandFactory;
use std::fmt::Write;

/// What each obligation asks, and what meets it.
const OBLIGATIONS: &str = include_str!("../../data/obligations.csv");
/// Where the memorandum leaves a question open, and how it is read.
const TENSIONS: &str = include_str!("../../data/tensions.csv");
/// Topics besides the commands: tables, and all codes of errors.
const TOPICS: [&str; 2] = ["obligations", "tensions"];
const CODES: &str = "codes";
/// Characters of a line where the terminal does not say how wide it is.
const WIDTH: usize = 100;

/// Runs `rewash help`.
pub(crate) fn run(words: &Help) -> Result<Ended> {
    match words.words.split_first() {
        Some((topic, ids)) if TOPICS.contains(&topic.as_str()) => write_text("-", topic_text(topic, ids, width())?)?,
        Some((topic, [])) if topic == CODES => write_text("-", all_codes())?,
        Some((code, [])) if explained(code).is_some() => {
            write_text("-", explained(code).map_or_else(String::new, |found| code_text(found, width())))?;
        }
        _ => of_command(&words.words)?,
    }
    Ok(Ended::Done)
}

/// A line for each code.
fn all_codes() -> String {
    let line = |found: &Explained| {
        format!("{}  exit status {}  {}\n", found.kind.code(), found.kind.exit_status(), found.title)
    };
    EXPLAINED.iter().map(line).collect::<String>() + "\nOne of them in full: `rewash help E31`.\n"
}

/// A code in full.
fn code_text(found: &Explained, width: usize) -> String {
    let mut out = format!("{}: {} (exit status {})\n\n", found.kind.code(), found.title, found.kind.exit_status());
    for line in wrapped(found.text, width) {
        let _ = writeln!(out, "{line}");
    }
    out
}

/// Help of a command, or of the program.
fn of_command(words: &[String]) -> Result<()> {
    let mut root = Words::command();
    root.build();
    let mut command = &mut root;
    for word in words {
        if command.find_subcommand(word).is_none() {
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            return Err(Error::usage(format!("there is no help about `{word}`")).hint(format!(
                "there is help about {}",
                known.iter().chain(&TOPICS).chain(&[CODES]).copied().collect::<Vec<_>>().join(", ")
            )));
        }
        command = command.find_subcommand_mut(word).ok_or_else(|| Error::internal("a command that was just found"))?;
    }
    let text = command.render_long_help();
    write_text("-", text.to_string())
}

fn width() -> usize {
    terminal::width().unwrap_or(WIDTH)
}

type Record = Vec<String>;

fn records(text: &str) -> Result<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader
        .records()
        .map(|record| record.map(|record| record.iter().map(str::to_owned).collect()))
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| Error::internal("a table of the program cannot be read"))
}

fn topic_text(topic: &str, ids: &[String], width: usize) -> Result<String> {
    let rows = records(if topic == "tensions" { TENSIONS } else { OBLIGATIONS })?;
    let (header, rows) = rows.split_first().ok_or_else(|| Error::internal("an empty table"))?;
    if ids.is_empty() {
        return Ok(table(header, rows, width));
    }
    let mut out = String::new();
    for id in ids {
        let row = rows.iter().find(|row| row[0].eq_ignore_ascii_case(id)).ok_or_else(|| {
            let (first, last) = (&rows[0][0], &rows[rows.len() - 1][0]);
            Error::usage(format!("there is no `{id}`")).hint(format!("there are {first} to {last}"))
        })?;
        out.push_str(&whole(header, row, width));
    }
    Ok(out)
}

/// All fields of one row, wrapped beside their names.
fn whole(header: &[String], row: &[String], width: usize) -> String {
    let names = header.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in header.iter().zip(row).filter(|(_, value)| !value.is_empty()) {
        for (number, line) in wrapped(&value.replace(';', "; "), width - names - 2).iter().enumerate() {
            let name = if number == 0 { name.replace('_', " ") } else { String::new() };
            let _ = writeln!(out, "{name:<names$}  {line}");
        }
    }
    out.push('\n');
    out
}

/// The columns of a list: of the table's, the first few, in a share of the width each. The others are for one row alone.
fn table(header: &[String], rows: &[Record], width: usize) -> String {
    let shown: &[usize] = if header.iter().any(|name| name == "met_by") { &[0, 2, 3, 4] } else { &[0, 1, 2, 3] };
    let id = 5;
    let rest = width - id - 2 * (shown.len() - 1);
    let shares: [usize; 3] = if shown == [0, 2, 3, 4] { [46, 18, 36] } else { [36, 42, 22] };
    let mut widths = vec![id];
    widths.extend(shares.iter().map(|share| rest * share / 100));
    let mut out = String::new();
    let titles: Record = header.iter().map(|name| name.replace('_', " ")).collect();
    for row in std::iter::once(&titles).chain(rows) {
        let cells: Vec<Vec<String>> =
            shown.iter().zip(&widths).map(|(at, width)| wrapped(&cell_text(&header[*at], &row[*at]), *width)).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let parts: Vec<String> = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{:<width$}", cell.get(line).map_or("", String::as_str)))
                .collect();
            let _ = writeln!(out, "{}", parts.join("  ").trim_end());
        }
    }
    out.push_str("\nOne of them in full: add its id, such as `rewash help obligations R45`.\n");
    out
}

/// What a cell holds, for people: lists with spaces, and words of the table without underscores.
fn cell_text(column: &str, cell: &str) -> String {
    let spaced = cell.replace(';', "; ");
    if matches!(column, "id" | "modules" | "setting") { spaced } else { spaced.replace('_', " ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_the_width() {
        for topic in TOPICS {
            for width in [60, 80, 100, 160] {
                let text = topic_text(topic, &[], width).expect("a table");
                assert!(text.lines().all(|line| line.chars().count() <= width.max(75)), "{topic} {width}");
                assert!(text.lines().take(40).all(|line| line.chars().count() <= width), "{topic} {width}");
            }
        }
    }

    #[test]
    fn one_obligation_is_shown_in_full() {
        let text = topic_text("obligations", &["r45".into()], 80).expect("R45");
        assert!(text.contains("R45") && text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(topic_text("obligations", &["R119".into()], 80).is_err());
    }
}
