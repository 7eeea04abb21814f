//! `rewash stage`: the steps of a trace as commands that another engine runs, each on a part of a register.

use crate::cli::Ended;
use crate::cli::args::{Pass, StageCommand, StageFinish, StageGather, StageProbe, StageResolve, StageScan, Words};
use crate::cli::files::{run_date, single};
use crate::cli::outputs::open_for_run;
use crate::cli::passes::{Passes, read_asked, read_probe};
use crate::cli::tables;
use crate::cli::talk::Talk;
use crate::cli::trace;
use crate::engine::partial::{About, ProbeFile, write_lines};
use crate::engine::{self, ExtractSide, GATHERED_COLUMNS, Register};
use crate::error::{Error, Result};
use crate::exchange::agreement::Department;
use crate::frame::lines::{self, LineBatches};
use crate::frame::stream::TableStream;
use crate::ingest::{self, Reader};
use crate::model::schema;
use crate::report::{Summary, thousands};
use crate::store::{FileState, OutputFile, changed_while_read};
use std::io::{BufRead, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Runs `rewash stage`.
pub(crate) fn run(command: &StageCommand, words: &Words, talk: &Talk) -> Result<Ended> {
    match command {
        StageCommand::Probe(probe) => make_probe(probe, talk),
        StageCommand::Scan(scan) => run_scan(scan, talk),
        StageCommand::Resolve(resolve) => run_resolve(resolve, talk),
        StageCommand::Gather(gather) => run_gather(gather, talk),
        StageCommand::Finish(finish) => run_finish(finish, words, talk),
        StageCommand::Tables(tables) => tables::run(tables, talk),
    }
}

fn make_probe(words: &StageProbe, talk: &Talk) -> Result<Ended> {
    let mut data_sets = words.data_sets.clone();
    data_sets.sort_unstable();
    data_sets.dedup();
    if data_sets.len() < words.data_sets.len() {
        return Err(Error::usage("names a data set twice").at("--data-set"));
    }
    let on = run_date(words.on.date.as_deref())?;
    let loaded = ingest::load(&single(&words.extract, "the extract")?, &schema::EXTRACT, &ingest::Limits::default())?;
    let about = About { on, limits: crate::block::Limits::default(), data_sets: words.data_sets.clone() };
    let probe = ProbeFile::new(ExtractSide::new(&loaded.table, on), about);
    write_file(&words.out, |out| probe.write(out))?;
    let mut summary = Summary::default();
    summary.line("extract rows", thousands(loaded.table.rows() as u64));
    summary.line("keys", thousands(probe.slots() as u64));
    summary.line("written", words.out.display().to_string());
    talk.summary(&summary);
    Ok(Ended::Done)
}

fn run_scan(words: &StageScan, talk: &Talk) -> Result<Ended> {
    let state = FileState::at(&words.probe).ok();
    let probe = read_probe(&words.probe)?;
    let data_set = data_set(&probe.about().data_sets, words.pass.data_set.as_deref())?;
    let registers = open(&words.pass, data_set)?;
    let mut summary = Summary::default();
    // The file is opened first: that it cannot be made is told before the register is read.
    write_to(&words.pass.out, |out| {
        let mut partial = engine::scan_part(&registers, &probe.probe(words.pass.batch_rows.max(1)), talk)?;
        // Its tables are used where they are mapped: what was found by others is nothing.
        if FileState::at(&words.probe).ok() != state {
            return Err(changed_while_read().at(words.probe.display()));
        }
        let data_sets: Vec<u16> = registers.iter().map(|register| register.data_set).collect();
        partial.by_data_set(&data_sets, probe.about().data_sets.len());
        summary.line("register rows", thousands(partial.rows()));
        summary.line("rows that share a block", thousands(partial.survivors() as u64));
        lines::write_stream(out, |out| write_lines(&partial, probe.digest(), out))
    })?;
    talk.summary(&summary);
    Ok(Ended::Done)
}

fn run_resolve(words: &StageResolve, talk: &Talk) -> Result<Ended> {
    let passes = Passes { probe: read_probe(&words.probe)?, partials: words.partials.clone(), asked: None };
    let on = passes.probe.about().on;
    let (settings, _) = trace::settings_passed(on, words.model.as_deref(), words.agreement.as_deref(), talk)?;
    let extract = single(&words.extract, "the extract")?;
    let loaded = ingest::load(&extract, &schema::EXTRACT, &ingest::Limits::default())?;
    let linked = passes.trace(&loaded.table, &extract.name(), &settings, talk)?;
    let asked = passes.asked_of(linked.get());
    write_file(&words.out, |out| asked.write(out))?;
    let mut summary = Summary::default();
    summary.line("register rows", thousands(linked.get().register_rows));
    summary.line("rows that share a block", thousands(linked.get().survivors));
    summary.line("people asked for", thousands(asked.people.len() as u64));
    summary.line("written", words.out.display().to_string());
    talk.summary(&summary);
    Ok(if asked.people.is_empty() { Ended::NothingMatched } else { Ended::Done })
}

fn run_gather(words: &StageGather, talk: &Talk) -> Result<Ended> {
    let asked = read_asked(&words.asked)?;
    let data_set = data_set(&asked.data_sets, words.pass.data_set.as_deref())?;
    let registers = open(&words.pass, data_set)?;
    let mut rows = 0;
    write_to(&words.pass.out, |out| {
        let stream = Mutex::new((TableStream::new(out, &GATHERED_COLUMNS)?, 0));
        for register in &registers {
            register.reader.for_each(&GATHERED_COLUMNS, words.pass.batch_rows.max(1), &|batch| {
                let found = engine::pick(&batch.table, data_set, &asked.people);
                if found.is_empty() {
                    return Ok(());
                }
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                stream.1 += found.len() as u64;
                stream.0.write(&batch.table, &found)
            })?;
        }
        let (stream, found) = stream.into_inner().unwrap_or_else(PoisonError::into_inner);
        rows = found;
        stream.finish()
    })?;
    let mut summary = Summary::default();
    summary.line("rows asked for", thousands(rows));
    talk.summary(&summary);
    Ok(Ended::Done)
}

fn run_finish(finish: &StageFinish, words: &Words, talk: &Talk) -> Result<Ended> {
    let probe = read_probe(&finish.probe)?;
    let asked = read_asked(&finish.asked)?;
    let passes = Passes { probe, partials: finish.partials.clone(), asked: Some(asked) };
    let plan = trace::resolve_passed(&finish.trace, passes, words.memory, talk)?;
    let ledger = open_for_run(&finish.trace.record, "trace", Department::Hmrc)?;
    trace::execute(plan, ledger, talk)
}

/// The parts of a register that a command names, or the stream on its standard input.
fn open(pass: &Pass, data_set: u16) -> Result<Vec<Register>> {
    // A stream is read as it comes. Where standard input is named, as any table may be, it may be CSV, which is read whole.
    if pass.registers.is_empty() || (pass.registers == ["-"] && stream_is_piped()?) {
        let reader = Reader::piped(Box::new(std::io::stdin()), &schema::REGISTER)?;
        return Ok(vec![Register { data_set, reader }]);
    }
    let mut out = Vec::new();
    for pattern in &pass.registers {
        for input in ingest::expand(pattern)? {
            out.push(Register { data_set, reader: Reader::open(&input, &schema::REGISTER)? });
        }
    }
    Ok(out)
}

/// Whether standard input begins as a message of an Arrow IPC stream does; none of it is taken.
fn stream_is_piped() -> Result<bool> {
    let mut stdin = std::io::stdin().lock();
    let begin = stdin.fill_buf().map_err(|error| Error::read(&error).at("standard input"))?;
    Ok(begin.first() == Some(&u8::MAX))
}

/// Number of the data set that rows are of.
fn data_set(names: &[String], word: Option<&str>) -> Result<u16> {
    let place = match word {
        Some(word) => names.iter().position(|name| name == word),
        None => (names.len() == 1).then_some(0),
    };
    let hint = format!("the probe is for: {}", names.join(", "));
    let found = place.and_then(|place| u16::try_from(place).ok());
    found.ok_or_else(|| {
        let what = word.map_or("names no data set".to_owned(), |word| format!("`{word}` is no data set of the probe"));
        Error::usage(what).at("--data-set").hint(hint)
    })
}

/// Makes a file of lines.
pub(crate) fn write_file(path: &Path, make: impl FnOnce(&mut LineBatches) -> Result<()>) -> Result<()> {
    write_to(path, |out| lines::write_stream(out, make))
}

/// Writes to a new file, which appears whole or not at all, or to standard output for `-`.
pub(crate) fn write_to(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    if path == Path::new("-") {
        let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout());
        write(&mut out)?;
        return out.flush().map_err(|error| Error::write(&error));
    }
    let mut file = OutputFile::create(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, file.file());
    let written = write(&mut out).and_then(|()| out.flush().map_err(|error| Error::write(&error)));
    drop(out);
    written.map_err(|error| error.or_at(path.display()))?;
    file.commit()
}
