//! `rewash synth`: made data with truth.

use crate::cli::Ended;
use crate::cli::args::{ExtractFormat, Synth};
use crate::cli::files::{run_date, say_exposed};
use crate::cli::talk::Talk;
use crate::engine::Observer;
use crate::error::{Error, Result};
use crate::report::{Summary, thousands};
use crate::store::OutputFolder;
use crate::synth::{self, Day, ErrorRates, Settings};
use std::fs::File;
use std::io::BufWriter;
use std::time::Instant;

/// Runs `rewash synth`.
pub(crate) fn run(words: &Synth, talk: &Talk) -> Result<Ended> {
    let on = run_date(Some(&words.on))?;
    if !(0.0..=1.0).contains(&words.present) {
        return Err(Error::usage("a share lies between 0 and 1").at("--present"));
    }
    let settings = Settings {
        register: words.register,
        extract: words.extract,
        seed: words.seed,
        on: Day::civil(i32::from(on.year()), u32::from(on.month()), u32::from(on.day())),
        rates: rates(&words.rates)?,
        present: words.present,
        ..Settings::default()
    };
    let started = Instant::now();
    say_exposed(std::iter::empty(), Some(&words.out), talk);
    let folder = OutputFolder::create(&words.out)?;
    let rows = write(&settings, words.extract_format, !words.no_benefits, &folder, talk)?;
    folder.commit()?;
    let mut summary = Summary::default();
    summary.line("register", format!("{} rows of {} people", thousands(rows), thousands(settings.register)));
    summary.line(
        "extract",
        format!("{} rows, {} of them in the register", thousands(settings.extract), thousands(settings.present_rows())),
    );
    summary.line("seconds", format!("{:.2}", started.elapsed().as_secs_f64()));
    summary.line("written", words.out.display().to_string());
    talk.summary(&summary);
    Ok(Ended::Done)
}

fn rates(words: &[String]) -> Result<ErrorRates> {
    let mut rates = ErrorRates::default();
    for word in words {
        let (name, value) = word.split_once('=').ok_or_else(|| Error::usage("write NAME=VALUE").at("--rate"))?;
        let value = value.parse().map_err(|_| Error::usage(format!("`{value}` is not a number")).at("--rate"))?;
        rates.set(name, value)?;
    }
    Ok(rates)
}

/// Writes one made file.
type Writer = dyn Fn(&Settings, BufWriter<File>) -> Result<()>;

/// Writes all files of a made exchange; returns the rows of the register.
pub(crate) fn write(
    settings: &Settings,
    format: ExtractFormat,
    benefits: bool,
    folder: &OutputFolder,
    talk: &Talk,
) -> Result<u64> {
    talk.stage("register", None);
    let mut register = BufWriter::new(folder.file("register.parquet")?);
    let written = synth::write_register(settings, &mut register, &|rows| talk.advance(rows))
        .and_then(|written| {
            std::io::Write::flush(&mut register).map_err(|error| Error::write(&error)).map(|()| written)
        })
        .map_err(|error| error.or_at("register.parquet"))?;
    talk.stage("extract", Some(settings.extract));
    match format {
        ExtractFormat::Xlsx => synth::write_extract_xlsx(settings, folder.file("extract.xlsx")?),
        ExtractFormat::Csv => synth::write_extract_csv(settings, BufWriter::new(folder.file("extract.csv")?)),
        ExtractFormat::Parquet => {
            synth::write_extract_parquet(settings, BufWriter::new(folder.file("extract.parquet")?))
        }
    }
    .map_err(|error| error.or_at("the extract"))?;
    let made = |name: &str, write: &Writer| -> Result<()> {
        write(settings, BufWriter::new(folder.file(name)?)).map_err(|error| error.or_at(name))
    };
    made("cases.csv", &|settings, out| synth::write_cases(settings, out))?;
    made("truth.csv", &|settings, out| synth::write_truth(settings, out))?;
    if benefits {
        made("customers.csv", &|settings, out| synth::write_customers(settings, out))?;
        made("awards.csv", &|settings, out| synth::write_awards(settings, out))?;
        made("benefits_truth.csv", &|settings, out| synth::write_benefits_truth(settings, out))?;
        made("stopped.csv", &|settings, out| synth::write_stopped(settings, out))?;
    }
    Ok(written.rows)
}
