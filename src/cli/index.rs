//! `rewash index`: a register standardised once and kept.

use crate::cli::Ended;
use crate::cli::args::{IndexBuild, IndexCommand, IndexInspect, IndexSize, IndexUpdate};
use crate::cli::files::{Registers, bare_names, open_more, open_registers, refuse_taken, say_exposed};
use crate::cli::resume::{identity_of_index, refuse_output_within, taken};
use crate::cli::room;
use crate::cli::talk::Talk;
use crate::engine::stored::{self, BuildSettings, Catalogue, KeptSegments, StoredCopy, StoredIndex, StoredWord};
use crate::error::{Error, Result};
use crate::exchange::DataSets;
use crate::exchange::agreement::Agreement;
use crate::ingest::Input;
use crate::report::{Summary, thousands};
use crate::store::Lock;
use crate::util::memory;
use std::path::Path;
use std::time::{Duration, Instant};

/// Runs `rewash index`.
pub(crate) fn run(words: &IndexCommand, budget: Option<u64>, talk: &Talk) -> Result<Ended> {
    match words {
        IndexCommand::Build(words) => build(words, budget, talk)?,
        IndexCommand::Update(words) => update(words, budget, talk)?,
        IndexCommand::Inspect(words) => inspect(words, talk)?,
    }
    Ok(Ended::Done)
}

fn settings(size: &IndexSize, budget: u64, registers: &Registers, bare: Vec<String>) -> Result<BuildSettings> {
    let copies = registers.copies.iter().map(|(data_set, input)| StoredCopy::new(input, *data_set));
    Ok(BuildSettings {
        batch_rows: size.batch_rows.max(1),
        memory: budget,
        segment_rows: size.segment_rows.map(|rows| rows.max(1)),
        data_sets: registers.data_sets.0.clone(),
        bare,
        words: registers.words.clone(),
        copies: copies.collect::<Result<_>>()?,
    })
}

fn build(words: &IndexBuild, budget: Option<u64>, talk: &Talk) -> Result<()> {
    let started = Instant::now();
    refuse_taken(&words.out)?;
    if let Some(folder) = &words.resume {
        refuse_output_within(folder, &words.out)?;
        KeptSegments::look_at(folder)?;
    }
    let mut registers = open_registers(&words.registers, &mut Agreement::default(), false)?;
    say_exposed(paths(&registers), Some(&words.out), talk);
    registers.read_once(talk)?;
    let budget = room::check_build(&registers, words.size.batch_rows, budget)?;
    let settings = settings(&words.size, budget, &registers, bare_names(&words.registers))?;
    let kept = words.resume.as_deref().map(|folder| kept_segments(folder, words, &registers, talk)).transpose()?;
    let built = stored::build(&registers.files, &registers.inputs, &words.out, &settings, kept.as_ref(), talk)?;
    // The index is built whatever becomes of them.
    kept.map_or(Ok(()), KeptSegments::remove).unwrap_or_else(|error| talk.warn(&error.to_string()));
    let mut out = about(&built.catalogue);
    time(&mut out, started);
    out.line("written", words.out.display().to_string());
    out.note("it holds the register's personal data as it stands: keep it on an encrypted disk");
    talk.summary(&out);
    Ok(())
}

/// Opens the segments that an earlier build has finished.
fn kept_segments(folder: &Path, words: &IndexBuild, registers: &Registers, talk: &Talk) -> Result<KeptSegments> {
    let kept = KeptSegments::open(folder, identity_of_index(registers)?)?;
    if let Some(taken) = taken(&words.out) {
        return Err(if kept.rows_done() > 0 { taken } else { kept.remove().err().unwrap_or(taken) });
    }
    if kept.rows_done() > 0 {
        let rows = thousands(kept.rows_done());
        talk.note(&format!("going on after {rows} register rows that were done before"));
    }
    Ok(kept)
}

fn update(words: &IndexUpdate, budget: Option<u64>, talk: &Talk) -> Result<()> {
    let started = Instant::now();
    // A folder that is no index gets no lock; what is known is read once nobody else can change it.
    Catalogue::read(&words.index)?;
    let _lock = Lock::acquire(&words.index.join("index.lock"), "index update", Duration::ZERO)?;
    let known = Catalogue::read(&words.index)?;
    let named = if words.registers.is_empty() { named(&known)? } else { words.registers.clone() };
    let mut registers = open_more(&named, DataSets(known.data_sets.clone()), &mut Agreement::default(), false)?;
    say_exposed(paths(&registers), Some(&words.index), talk);
    registers.read_once(talk)?;
    let bare = if words.registers.is_empty() { known.bare.clone() } else { bare_names(&words.registers) };
    let budget = room::check_update(&registers, known.all_rows(), words.size.batch_rows, budget)?;
    let settings = settings(&words.size, budget, &registers, bare)?;
    let update = || stored::update(&words.index, &registers.files, &registers.inputs, &settings, talk);
    let (done, catalogue) = stored::guarded(&words.index, update)?;
    let mut out = about(&catalogue);
    out.line("rows that stayed", thousands(done.same));
    out.line("rows that came", thousands(done.new));
    out.line("rows that went", thousands(done.gone));
    time(&mut out, started);
    talk.summary(&out);
    Ok(())
}

/// The files that are read, but for a pipe.
fn paths(registers: &Registers) -> impl Iterator<Item = &Path> {
    registers.inputs.iter().filter_map(|input| match input {
        Input::Path(path) => Some(path.as_path()),
        Input::Stdin => None,
    })
}

/// The words that named the registers of an index: what they name now is read.
fn named(known: &Catalogue) -> Result<Vec<String>> {
    let word = |word: &StoredWord| {
        let name = known.data_sets.get(usize::from(word.data_set)).map_or("", String::as_str);
        if word.pattern.is_empty() {
            return Err(Error::usage("the index was built of standard input").hint("name the refreshed register"));
        }
        Ok(format!("{name}={}", word.pattern))
    };
    known.words.iter().map(word).collect()
}

fn inspect(words: &IndexInspect, talk: &Talk) -> Result<()> {
    let started = Instant::now();
    let index = stored::guarded(&words.index, || {
        let index = StoredIndex::open(&words.index)?;
        if words.verify { index.verify(true).map(|()| index) } else { Ok(index) }
    })?;
    let mut out = about(index.catalogue());
    for source in &index.catalogue().sources {
        let changed = if Path::new(&source.path).exists() { "" } else { ", no longer where it was" };
        out.line(
            "built of",
            format!("{} ({} rows, SHA-256 {}{changed})", source.name, thousands(source.rows), source.sha256),
        );
    }
    if words.verify {
        out.line("every byte", "as it was written");
    }
    time(&mut out, started);
    talk.summary(&out);
    index.check_sources(words.verify).map(drop)
}

fn about(catalogue: &Catalogue) -> Summary {
    let mut out = Summary::default();
    out.line("rows", thousands(catalogue.rows()));
    out.line("data sets", catalogue.data_sets.join(", "));
    out.line("segments", thousands(catalogue.segments() as u64));
    out.line("updates", thousands(u64::from(catalogue.generation)));
    if catalogue.gone() > 0 {
        out.line("rows taken out", thousands(catalogue.gone()));
    }
    let a_row = catalogue.bytes().checked_div(catalogue.rows());
    let a_row = a_row.map_or_else(String::new, |bytes| format!(", {bytes} bytes a row"));
    out.line("on disk", format!("{} MiB{a_row}", catalogue.bytes() >> 20));
    out
}

fn time(out: &mut Summary, started: Instant) {
    out.line("seconds", format!("{:.2}", started.elapsed().as_secs_f64()));
    if let Some(bytes) = memory::peak_bytes() {
        out.line("peak memory", format!("{} MiB", bytes >> 20));
    }
}
