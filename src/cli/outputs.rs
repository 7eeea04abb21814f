//! The files of a run: plain or sealed, digested as they are written, recorded in a ledger where there is one.
//!
//! A command that makes a run resolves a [`Sealing`], opens its department's ledger with [`open_for_run`], and gives
//! [`publish`] a closure that writes all files through [`Outputs`] and says what is to be recorded.

use crate::cli::args::RecordWords;
use crate::cli::files::SEALED;
use crate::cli::open::open_ledger;
use crate::error::{Error, Result};
use crate::exchange::Sheet;
use crate::exchange::agreement::Department;
use crate::exchange::gateway::{Recipient, Released};
use crate::exchange::ledger::{Delivery, Direction, Ledger, NewRun, Recording, RunRow, Stamp};
use crate::report;
use crate::store::{OutputFolder, Recipients, Sink, Written};
use crate::util::hash::{Map, map};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// For whom the files of a run are sealed.
#[derive(Debug, Default)]
pub(crate) struct Sealing {
    departments: BTreeMap<Department, Recipients>,
    own: Option<Recipients>,
}

impl Sealing {
    /// Reads the keys. Once one department's files are sealed, so are those for each of `needed`.
    pub(crate) fn resolve(words: &RecordWords, needed: &[Department]) -> Result<Self> {
        let own = words.seal_to.as_deref().map(Recipients::read).transpose()?;
        Ok(Self { own, ..Self::to(&words.encrypt_to, needed)? })
    }

    /// Reads the keys of departments alone: `DEPARTMENT=FILE`.
    pub(crate) fn to(words: &[String], needed: &[Department]) -> Result<Self> {
        let mut out = Self::default();
        for word in words {
            let hint = "write DEPARTMENT=FILE, such as dwp=dwp.pub";
            let (name, path) = word
                .split_once('=')
                .ok_or_else(|| Error::usage("names no department").at("--encrypt-to").hint(hint))?;
            let department = needed.iter().find(|department| department.as_str() == name).ok_or_else(|| {
                let names: Vec<&str> = needed.iter().map(|department| department.as_str()).collect();
                Error::usage(format!("`{name}` receives no file of this command"))
                    .at("--encrypt-to")
                    .hint(format!("those that do: {}", names.join(", ")))
            })?;
            if out.departments.insert(*department, Recipients::read(Path::new(path))?).is_some() {
                return Err(Error::usage(format!("names {name} twice")).at("--encrypt-to"));
            }
        }
        let plain = needed.iter().find(|department| out.of(Some(**department)).is_none());
        match plain {
            Some(department) if !out.departments.is_empty() => {
                Err(Error::usage(format!("the files for {department} would be plain")).at("--encrypt-to").hint(
                    format!(
                        "give the key of each department that receives a file: --encrypt-to {}=FILE",
                        department.as_str()
                    ),
                ))
            }
            _ => Ok(out),
        }
    }

    /// The keys for a file for a department, or for one's own; files of a sealed run are never plain.
    fn of(&self, department: Option<Department>) -> Option<&Recipients> {
        let theirs = department.and_then(|department| self.departments.get(&department));
        theirs.or(self.own.as_ref())
    }

    /// Public keys of the run's own files.
    pub(crate) fn own_names(&self) -> Vec<String> {
        self.own.as_ref().map(Recipients::names).unwrap_or_default()
    }
}

/// The ledger of a command that makes a run, where one is named: held until the run is recorded.
pub(crate) fn open_for_run(words: &RecordWords, command: &str, department: Department) -> Result<Option<Ledger>> {
    words.ledger().map(|ledger| open_ledger(&ledger, command, department)).transpose()
}

/// Puts the folder of a run in place, with its record where there is a ledger: both or neither.
pub(crate) fn publish<T>(
    ledger: Option<&mut Ledger>,
    folder: OutputFolder,
    run: &NewRun,
    write: impl FnOnce(&OutputFolder, Option<&Stamp>) -> Result<(T, Recording)>,
) -> Result<T> {
    match ledger {
        Some(ledger) => ledger.publish_run(folder, run, |folder, stamp| write(folder, Some(stamp))),
        None => {
            let (done, _) = write(&folder, None)?;
            folder.commit()?;
            Ok(done)
        }
    }
}

const fn department_of(recipient: Recipient) -> Department {
    match recipient {
        Recipient::HomeOffice => Department::HomeOffice,
        Recipient::Hmrc => Department::Hmrc,
        Recipient::Dwp => Department::Dwp,
    }
}

struct Made {
    name: String,
    department: Option<Department>,
    rows: u64,
    written: Written,
}

/// The files of a run as they are written.
pub(crate) struct Outputs<'a> {
    folder: &'a OutputFolder,
    sealing: &'a Sealing,
    made: Mutex<Vec<Made>>,
}

impl<'a> Outputs<'a> {
    /// Files in a folder.
    pub(crate) fn new(folder: &'a OutputFolder, sealing: &'a Sealing) -> Self {
        Self { folder, sealing, made: Mutex::new(Vec::new()) }
    }

    /// Writes a file for another department: rows that a gateway has released, and no others.
    pub(crate) fn departmental(&self, name: &str, released: &Released<Sheet>) -> Result<()> {
        let department = department_of(released.recipient());
        let rows = released.get().rows.len() as u64;
        self.write(name, Some(department), rows, |sink| report::write_departmental(sink, released)).map(drop)
    }

    /// Writes a workbook for HMRC: released rows with their control sheet. Returns the digest of the file as it is stored.
    pub(crate) fn workbook(
        &self,
        name: &str,
        released: &Released<Sheet>,
        control: &[(&str, String)],
        on: &str,
    ) -> Result<String> {
        let rows = released.get().rows.len() as u64;
        self.write(name, Some(department_of(released.recipient())), rows, |sink| {
            report::write_workbook(sink, released, "extract", control, on)
        })
    }

    /// Writes a file of one's own that holds personal data.
    pub(crate) fn working(&self, name: &str, write: impl FnOnce(&mut Sink) -> Result<()>) -> Result<()> {
        self.write(name, None, 0, write).map(drop)
    }

    /// Writes a file that holds none: it is never sealed.
    pub(crate) fn public(&self, name: &str, text: &str) -> Result<()> {
        use std::io::Write;
        self.folder.file(name)?.write_all(text.as_bytes()).map_err(|error| Error::write(&error).at(name))
    }

    fn write(
        &self,
        name: &str,
        department: Option<Department>,
        rows: u64,
        write: impl FnOnce(&mut Sink) -> Result<()>,
    ) -> Result<String> {
        let name = self.name(name, department);
        let file = self.folder.file(&name)?;
        let written = Sink::new(file, self.sealing.of(department)).and_then(|mut sink| {
            write(&mut sink)?;
            sink.finish()
        });
        let written = written.map_err(|error| error.or_at(&name))?;
        let sha256 = written.sha256.clone();
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(Made { name, department, rows, written });
        Ok(sha256)
    }

    fn name(&self, name: &str, department: Option<Department>) -> String {
        let ending = if self.sealing.of(department).is_some() { SEALED } else { "" };
        format!("{name}{ending}")
    }

    /// Names of the files written so far that are not public, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<String> = made.iter().map(|made| made.name.clone()).collect();
        names.sort();
        names
    }

    /// The files made for other departments, by name.
    pub(crate) fn deliveries(&self, on: &str) -> Vec<Delivery> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out: Vec<Delivery> = made
            .iter()
            .filter_map(|made| {
                Some(Delivery {
                    on: on.to_owned(),
                    direction: Direction::Made,
                    department: made.department?,
                    contact: String::new(),
                    file: made.name.clone(),
                    rows: made.rows,
                    sha256: made.written.sha256.clone(),
                })
            })
            .collect();
        out.sort_by(|a, b| a.file.cmp(&b.file));
        out
    }

    /// To which public keys each sealed file is sealed; nothing where none is.
    pub(crate) fn sealed_to(&self) -> Option<BTreeMap<String, Vec<String>>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |made: &Made| Some((made.name.clone(), self.sealing.of(made.department)?.names()));
        let out: BTreeMap<_, _> = made.iter().filter_map(of).collect();
        (!out.is_empty()).then_some(out)
    }
}

/// Rows for the ledger: each with the files for other departments that its reference stands in.
pub(crate) fn run_rows<'a>(
    outcomes: impl Iterator<Item = (&'a str, &'static str)>,
    released: &[(&'static str, &'a Released<Sheet>)],
) -> Vec<RunRow> {
    let mut files: Map<&str, Vec<&'static str>> = map();
    for (name, sheet) in released {
        for reference in sheet.get().rows.iter().filter_map(|row| row.first()) {
            let of = files.entry(reference).or_default();
            if of.last() != Some(name) {
                of.push(name);
            }
        }
    }
    outcomes
        .map(|(reference, outcome)| RunRow {
            reference: reference.to_owned(),
            outcome,
            files: files.get(reference).map(|names| names.join(";")).unwrap_or_default(),
        })
        .collect()
}
