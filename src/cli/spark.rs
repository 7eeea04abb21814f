//! `rewash spark`: the PySpark job that the program carries.

use crate::cli::Ended;
use crate::cli::args::Spark;
use crate::cli::stage::write_to;
use crate::engine::partial::LOWEST_KEPT;
use crate::engine::{GATHERED_COLUMNS, REGISTER_COLUMNS};
use crate::error::{Error, Result};
use crate::ingest::spellings;
use crate::model::schema::REGISTER;

/// The job; words between `@` stand for what the program knows better: columns of a register that each pass reads, most lines
/// of two kinds that count, version.
const JOB: &str = include_str!("../../data/spark/job.py");
/// Its part for link and dedupe.
const TABLES: &str = include_str!("../../data/spark/tables.py");

/// Runs `rewash spark`.
pub(crate) fn run(words: &Spark) -> Result<Ended> {
    let listed = |columns: &[&str]| {
        let names = spellings(&REGISTER, columns);
        names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<String>>().join(", ")
    };
    let [people, addresses] = LOWEST_KEPT.map(|kept| kept.to_string());
    let job = JOB
        .replace("@TABLES@", TABLES)
        .replace("@SCANNED@", &listed(&REGISTER_COLUMNS))
        .replace("@GATHERED@", &listed(&GATHERED_COLUMNS))
        .replace("@PEOPLE@", &people)
        .replace("@ADDRESSES@", &addresses)
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    write_to(&words.emit, |out| out.write_all(job.as_bytes()).map_err(|error| Error::write(&error)))?;
    Ok(Ended::Done)
}
