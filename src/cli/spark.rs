//! `rewash spark`: the PySpark job that the program carries.

use crate::cli::Ended;
use crate::cli::args::Spark;
use crate::cli::stage::write_to;
use crate::error::{Error, Result};
use crate::ingest::spellings;
use crate::model::schema::REGISTER;

/// The job; `@COLUMNS@` stands for the columns of a register that are read.
const JOB: &str = include_str!("../../data/spark/job.py");

/// Runs `rewash spark`.
pub(crate) fn run(words: &Spark) -> Result<Ended> {
    let columns: Vec<String> = spellings(&REGISTER).iter().map(|name| format!("\"{name}\"")).collect();
    let job = JOB.replace("@COLUMNS@", &columns.join(", ")).replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    write_to(&words.emit, |out| out.write_all(job.as_bytes()).map_err(|error| Error::write(&error)))?;
    Ok(Ended::Done)
}
