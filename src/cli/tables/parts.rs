//! `rewash stage tables profile` and `keys`: passes over a part of a table.

use crate::cli::Ended;
use crate::cli::args::{PartWords, TablesKeys, TablesProfile};
use crate::cli::files::single;
use crate::cli::linkage::no_column;
use crate::cli::stage::{write_file, write_to};
use crate::cli::tables::each_line;
use crate::cli::tables::plan::{Plan, read};
use crate::cli::talk::Talk;
use crate::engine::linkage::apart::{Facts, Layout, NUMBERED, PartRows};
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::frame::lines::SharedStream;
use crate::ingest::{Batch, Reader};
use crate::model::schema;
use crate::report::{Summary, thousands};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pub(super) fn run_profile(words: &TablesProfile, talk: &Talk) -> Result<Ended> {
    let words = &words.part;
    let plan = read(&words.step.plan)?;
    let side = plan.side(words.side)?;
    let part = if words.row_column.is_some() { NUMBERED } else { words.part };
    let facts = Mutex::new(Facts::default());
    pass(words, &plan, side, &|batch| {
        facts.lock().unwrap_or_else(PoisonError::into_inner).see(&plan.layout, side, part, &batch.table)
    })?;
    let facts = facts.into_inner().unwrap_or_else(PoisonError::into_inner);
    write_file(&words.step.out, |out| facts.write(&plan.layout, side, part, out))?;
    let mut summary = Summary::default();
    summary.line("rows", thousands(facts.rows(side)));
    talk.summary(&summary);
    Ok(Ended::Done)
}

pub(super) fn run_keys(words: &TablesKeys, talk: &Talk) -> Result<Ended> {
    let plan = read(&words.part.step.plan)?;
    let facts = facts(&plan.layout, &words.profiles)?;
    let words = &words.part;
    let side = plan.side(words.side)?;
    let first = match words.row_column {
        Some(_) => 0,
        None => facts.first_row(side, words.part).ok_or_else(|| {
            Error::usage(format!("no profile is of part {}", words.part))
                .at("--part")
                .hint("give the profiles of all parts, and each part the number that its profile has")
        })?,
    };
    let orders = facts.orders(&plan.layout, side);
    let counted = Mutex::new((0_u64, vec![0_u64; plan.layout.counted.len()]));
    write_to(&words.step.out, |out| {
        let stream = SharedStream::new(out)?;
        pass(words, &plan, side, &|batch| {
            let rows = PartRows::new(&plan.layout, side, &batch.table, &orders)?;
            let numbers = numbers(words, first + batch.first_row, &batch.table)?;
            let id = &plan.ids[side];
            let place = |row: usize| (numbers[row], batch.table.value(id, row).unwrap_or_default().to_owned());
            let mut values = vec![0; plan.layout.counted.len()];
            stream.add(|out| rows.write(&plan.layout, place, &mut values, out))?;
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.0 += numbers.len() as u64;
            counted.1.iter_mut().zip(values).for_each(|(sum, more)| *sum += more);
            Ok(())
        })?;
        let counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers: Vec<u64> = [side as u64, counted.0].into_iter().chain(counted.1.iter().copied()).collect();
        stream.add(|out| plan.layout.end("keys", &numbers, out))?;
        stream.finish()
    })?;
    let mut summary = Summary::default();
    summary.line("rows", thousands(counted.into_inner().unwrap_or_else(PoisonError::into_inner).0));
    talk.summary(&summary);
    Ok(Ended::Done)
}

/// What the profiles of all parts add up to.
pub(super) fn facts(layout: &Layout, profiles: &[PathBuf]) -> Result<Facts> {
    let mut facts = Facts::default();
    each_line(profiles, &mut |line| facts.take(layout, line))?;
    Ok(facts)
}

/// Reads a part in batches.
fn pass(words: &PartWords, plan: &Plan, side: usize, work: &(dyn Fn(Batch) -> Result<()> + Sync)) -> Result<()> {
    let reader = match words.input.as_deref() {
        None | Some("-") => Reader::piped(Box::new(std::io::stdin()), &schema::ANY)?,
        Some(word) => Reader::open(&single(word, "a part")?, &schema::ANY)?,
    };
    let wanted = plan.columns[side].iter().chain(&words.row_column).map(String::as_str).collect::<Vec<_>>();
    let known: Vec<String> = reader.header().known.iter().map(|(_, name)| name.clone()).collect();
    if let Some(lacking) = wanted.iter().find(|name| !known.iter().any(|known| known == *name)) {
        return Err(no_column(lacking, &known).at(reader.name()));
    }
    let faults = reader.for_each(&wanted, words.batch_rows.max(1), work)?;
    if faults.ragged_rows + faults.bad_text_rows > 0 {
        let what = format!(
            "{} rows have too many or too few fields, {} are not UTF-8",
            faults.ragged_rows, faults.bad_text_rows
        );
        return Err(Error::input(what)
            .at(reader.name())
            .hint("mend them: `link` leaves such rows out, and numbers the others"));
    }
    Ok(())
}

/// Numbers of the rows of a batch in their table.
fn numbers(words: &PartWords, first: u64, table: &Table) -> Result<Vec<u32>> {
    let number = |row: usize| match &words.row_column {
        Some(column) => table.value(column, row).and_then(|text| text.parse().ok()).ok_or_else(|| {
            Error::input(format!("row {}: `{column}` is not the number of a row", row + 1)).at("--row-column")
        }),
        None => u32::try_from(first + row as u64)
            .map_err(|_| Error::limit(format!("at most {} rows can be numbered", u32::MAX))),
    };
    (0..table.rows()).map(number).collect()
}
