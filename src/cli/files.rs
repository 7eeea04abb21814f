//! Files that commands name: registers with their data sets, dates, text files.

use crate::cli::talk::Talk;
use crate::engine::stored::{self, StoredIndex, StoredWord};
use crate::engine::{GATHERED_COLUMNS, Register};
use crate::error::{Error, Result};
use crate::exchange::DataSets;
use crate::exchange::agreement::{Agreement, DataSet, HMRC};
use crate::exchange::specification::Specification;
use crate::ingest::{self, Content, Input, Reader, expand, lasting};
use crate::model::schema;
use crate::model::value::PartialDate;
use crate::report::thousands;
use crate::standardise::date;
use crate::store::{TEXT_BYTES_MAX, all_of, read_at_most, readable_by_others, same_bytes, text_of, writable_by_others};
use std::path::{Path, PathBuf};

/// Ending of a sealed file.
pub(crate) const SEALED: &str = ".age";

/// Columns that name the people of a register.
const NAMING_COLUMNS: [&str; 2] = ["nino", "person_id"];

/// The registers of a command: files with their data sets.
#[derive(Default)]
pub(crate) struct Registers {
    /// Files, in command order.
    pub files: Vec<Register>,
    /// The files as inputs, for digests.
    pub inputs: Vec<Input>,
    /// Names of the data sets.
    pub data_sets: DataSets,
    /// The words that named them, as they last.
    pub words: Vec<StoredWord>,
    /// Files that were left out, with their data sets.
    pub copies: Vec<(u16, Input)>,
    /// A stored index in place of the files.
    pub index: Option<StoredIndex>,
}

/// One file that the rows of a register are from, whether it is read now or was when an index was built.
pub(crate) struct Source {
    /// Its name.
    pub name: String,
    /// What kind of file it is.
    pub format: String,
    /// Number of its data set.
    pub data_set: u16,
    /// Columns that were not understood.
    pub unknown_columns: Vec<String>,
}

impl Registers {
    /// The files, in order.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let stored = self.index.iter().flat_map(|index| &index.catalogue().sources).map(|source| Source {
            name: source.name.clone(),
            format: source.format.clone(),
            data_set: source.data_set,
            unknown_columns: source.unknown_columns.clone(),
        });
        let read = self.files.iter().map(|file| Source {
            name: file.reader.name().to_owned(),
            format: file.reader.format().title().to_owned(),
            data_set: file.data_set,
            unknown_columns: file.reader.header().unknown.clone(),
        });
        stored.chain(read).collect()
    }

    /// Leaves out each file that has the bytes of one before it in its data set, or its rows in other bytes: rows that are
    /// counted twice make all that they hold look common.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn read_once(&mut self, talk: &Talk) -> Result<()> {
        let contents: Vec<Content> = self.files.iter().map(|file| Content::new(&file.reader)).collect();
        let mut kept: Vec<usize> = Vec::new();
        for place in 0..contents.len() {
            match self.given_before(place, &kept, &contents)? {
                Some(before) => {
                    talk.warn(&format!("{}: has {before}, and is read once", self.inputs[place].name()));
                    self.copies.push((self.files[place].data_set, self.inputs[place].clone()));
                }
                None => kept.push(place),
            }
        }
        drop(contents);
        self.files = kept_of(std::mem::take(&mut self.files), &kept);
        self.inputs = kept_of(std::mem::take(&mut self.inputs), &kept);
        Ok(())
    }

    /// Which of the files that are kept, of the same data set, has the same bytes, or the same rows.
    fn given_before(&self, place: usize, kept: &[usize], contents: &[Content]) -> Result<Option<String>> {
        let of_set = kept.iter().filter(|before| self.files[**before].data_set == self.files[place].data_set);
        for &before in of_set {
            let name = self.inputs[before].name();
            if let (Input::Path(path), Input::Path(other)) = (&self.inputs[place], &self.inputs[before])
                && same_bytes(other, path).map_err(|error| Error::read(&error).at(self.inputs[place].name()))?
            {
                return Ok(Some(format!("the bytes of {name}")));
            }
            if contents[before].is_same(&contents[place], &NAMING_COLUMNS, &GATHERED_COLUMNS)? {
                return Ok(Some(format!("the rows of {name}")));
            }
        }
        Ok(None)
    }

    /// SHA-256 of a file, by its place among the sources.
    pub(crate) fn sha256(&self, place: usize) -> Result<String> {
        match &self.index {
            Some(index) => Ok(index.catalogue().sources[place].sha256.clone()),
            None => self.files[place].reader.sha256(),
        }
    }
}

/// Those at these places, which ascend.
fn kept_of<T>(all: Vec<T>, places: &[usize]) -> Vec<T> {
    all.into_iter().enumerate().filter(|(place, _)| places.binary_search(place).is_ok()).map(|(_, one)| one).collect()
}

/// Opens a stored index of registers; data sets that were named by their file alone are HMRC's own, as in
/// [`open_registers`].
pub(crate) fn open_index(folder: &Path, agreement: &mut Agreement, strict: bool, talk: &Talk) -> Result<Registers> {
    let index = stored::guarded(folder, || StoredIndex::open(folder))?;
    let missing = index.check_sources(false)?;
    if missing > 0 {
        talk.note(&format!(
            "{} of the {} register files that the index was built of are no longer where they were: whether they have \
             changed is not known",
            thousands(missing as u64),
            thousands(index.catalogue().sources.len() as u64)
        ));
    }
    let data_sets = DataSets(index.catalogue().data_sets.clone());
    for name in &index.catalogue().bare {
        own_data_set(name, agreement, strict);
    }
    Ok(Registers { data_sets, index: Some(index), ..Registers::default() })
}

/// Without an agreement that says otherwise, a data set that has only the name of its file is HMRC's own.
fn own_data_set(name: &str, agreement: &mut Agreement, strict: bool) {
    if !strict && !agreement.data_sets.iter().any(|known| known.name == name) {
        agreement.data_sets.push(DataSet {
            name: name.to_owned(),
            own: true,
            disclosure_basis: "HMRC's own records".into(),
        });
    }
}

/// Opens the registers of `--register` words; a bare path is HMRC's own data set, and `agreement` learns so unless one
/// was given.
pub(crate) fn open_registers(words: &[String], agreement: &mut Agreement, strict: bool) -> Result<Registers> {
    open_more(words, DataSets::default(), agreement, strict)
}

/// As [`open_registers`], with data sets that are known by number already.
pub(crate) fn open_more(
    words: &[String],
    data_sets: DataSets,
    agreement: &mut Agreement,
    strict: bool,
) -> Result<Registers> {
    let mut out = Registers { data_sets, ..Registers::default() };
    for word in words {
        let (name, pattern) = split_name(word);
        let bare = name.is_none();
        let name = name.unwrap_or_else(|| stem(pattern));
        if bare {
            own_data_set(&name, agreement, strict);
        }
        let known = out.data_sets.0.iter().position(|known| *known == name);
        let data_set = known.unwrap_or_else(|| {
            out.data_sets.0.push(name.clone());
            out.data_sets.0.len() - 1
        });
        out.words.push(StoredWord { data_set: data_set as u16, pattern: lasting(pattern)? });
        for input in expand(pattern)? {
            let reader = Reader::open(&input, &schema::REGISTER)?;
            out.files.push(Register { data_set: data_set as u16, reader });
            out.inputs.push(input);
        }
    }
    Ok(out)
}

/// Names of the data sets that have only that of their file.
pub(crate) fn bare_names(words: &[String]) -> Vec<String> {
    let bare = words.iter().map(|word| split_name(word)).filter(|(name, _)| name.is_none());
    bare.map(|(_, pattern)| stem(pattern)).collect()
}

/// `NAME=PATH`, where NAME is a word; anything else is a path that may hold an equals sign.
fn split_name(word: &str) -> (Option<String>, &str) {
    match word.split_once('=') {
        Some((name, path))
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') =>
        {
            (Some(name.to_owned()), path)
        }
        _ => (None, word),
    }
}

fn stem(pattern: &str) -> String {
    let name = Path::new(pattern).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let stem: String = name
        .split('.')
        .next()
        .unwrap_or("")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_-".contains(*c))
        .collect();
    let stem = stem.trim_matches(['_', '-']).to_owned();
    if stem.is_empty() { HMRC.to_owned() } else { stem }
}

/// The date of a run: as given, or today in London.
pub(crate) fn run_date(word: Option<&str>) -> Result<PartialDate> {
    let text = match word {
        Some(text) => text.to_owned(),
        None => {
            let now = jiff::Timestamp::now();
            let london = jiff::tz::TimeZone::get("Europe/London").unwrap_or(jiff::tz::TimeZone::UTC);
            london.to_datetime(now).date().to_string()
        }
    };
    let iso = text.len() == 10 && text.as_bytes()[4] == b'-';
    date::read(&text)
        .value
        .filter(|date| iso && date.is_complete())
        .ok_or_else(|| Error::usage(format!("`{text}` is not a date")).at("--on").hint("write YYYY-MM-DD"))
}

/// The agreement of a command and the digest of its file: the shipped default without one. Warns of a review or an end
/// that is near.
///
/// # Errors
/// When the file cannot be used, or the agreement is not in force on the day.
pub(crate) fn read_agreement(path: Option<&Path>, on: PartialDate, talk: &Talk) -> Result<(Agreement, Option<String>)> {
    let (agreement, sha256) = look_at_agreement(path, on, talk)?;
    if let Some(path) = path {
        agreement.check_in_force(&on.to_string()).map_err(|error| error.at(file_name(path)))?;
    }
    Ok((agreement, sha256))
}

/// An agreement that a run was made under, on the day of something that follows from the run: it must still be in force.
///
/// # Errors
/// When it is not.
pub(crate) fn check_still_in_force(agreement: &Agreement, on: PartialDate) -> Result<()> {
    agreement.check_in_force(&on.to_string()).map_err(|error| error.at("the agreement of the run"))
}

/// The same for commands that move no data: they answer outside the agreement's time as well.
///
/// # Errors
/// When the file cannot be used.
pub(crate) fn look_at_agreement(
    path: Option<&Path>,
    on: PartialDate,
    talk: &Talk,
) -> Result<(Agreement, Option<String>)> {
    let Some(path) = path else { return Ok((Agreement::default(), None)) };
    let (agreement, sha256) = open_agreement(path, on, talk)?;
    Ok((agreement, Some(sha256)))
}

/// An agreement and the digest of its file, whether it is in force or not. Warns of a review or an end that is near.
///
/// # Errors
/// When the file cannot be used.
pub(crate) fn open_agreement(path: &Path, on: PartialDate, talk: &Talk) -> Result<(Agreement, String)> {
    let name = file_name(path);
    let agreement = Agreement::from_toml(&read_text(path)?).map_err(|error| error.at(&name))?;
    let warnings = agreement.warnings(&on.to_string());
    warnings.iter().for_each(|warning| talk.warn(&format!("{name}: {warning}")));
    Ok((agreement, ingest::digest(&Input::Path(path.to_owned()))?))
}

/// The specification of a command: the built-in one unless a file is named.
///
/// # Errors
/// When the file cannot be used.
pub(crate) fn read_specification(path: Option<&Path>) -> Result<Specification> {
    let Some(path) = path else { return Ok(Specification::built_in()) };
    Specification::from_toml(&read_text(path)?).map_err(|error| error.at(file_name(path)))
}

/// The one file that a word names.
pub(crate) fn single(word: &str, title: &str) -> Result<Input> {
    let mut inputs = expand(word)?;
    match (inputs.pop(), inputs.pop()) {
        (Some(input), None) => Ok(input),
        _ => Err(Error::usage(format!("{title} is one file")).at(word)),
    }
}

/// A file in the folder of a run: plain, or sealed under the same name with `.age`.
pub(crate) fn of_run(folder: &Path, name: &str) -> PathBuf {
    let sealed = folder.join(format!("{name}{SEALED}"));
    if sealed.is_file() { sealed } else { folder.join(name) }
}

/// Refuses, before any work, a folder of outputs that is there already.
pub(crate) fn refuse_taken(out: &Path) -> Result<()> {
    let empty = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    if out.exists() && !empty {
        return Err(Error::output("exists already")
            .at(out.display())
            .hint("name a folder that does not exist, or remove this one"));
    }
    Ok(())
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The text of a small file.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let (bytes, name) = if path == Path::new("-") {
        (all_of(std::io::stdin(), TEXT_BYTES_MAX), "standard input".to_owned())
    } else {
        (read_at_most(path, TEXT_BYTES_MAX), file_name(path))
    };
    bytes.and_then(text_of).map_err(|error| error.at(name))
}

/// Warns of inputs that other users of the machine may read or put others in the place of, or refuses them where the
/// agreement says so.
pub(crate) fn check_readable<'a>(
    inputs: impl Iterator<Item = &'a Input>,
    agreement: &Agreement,
    talk: &Talk,
) -> Result<()> {
    let mut told = Vec::new();
    for input in inputs {
        let Input::Path(path) = input else { continue };
        if readable_by_others(path) {
            let mend = ["chmod 600 the file", "chmod 600 keeps it private"];
            exposed(input.name(), "other users of this machine may read the file", mend, agreement, talk)?;
        }
        if let Some(folder) = writable_by_others(path)
            && !told.contains(&folder)
        {
            told.push(folder);
            check_folder(path, agreement, talk)?;
        }
    }
    Ok(())
}

/// The same of the folder in which a path is or will be: who may write to it may put another file in the path's place.
pub(crate) fn check_folder(path: &Path, agreement: &Agreement, talk: &Talk) -> Result<()> {
    let Some(folder) = writable_by_others(path) else { return Ok(()) };
    let mend = ["chmod go-w the folder", "chmod go-w keeps its files as they are"];
    let what = "other users of this machine may write to the folder";
    exposed(folder.display().to_string(), what, mend, agreement, talk)
}

/// Warns in one line of files that other users of the machine may read, and of the folder of an output in which they may put
/// others: for commands that no agreement speaks of.
pub(crate) fn say_exposed<'a>(inputs: impl Iterator<Item = &'a Path>, out: Option<&Path>, talk: &Talk) {
    let mut read: Vec<String> = inputs.filter(|path| readable_by_others(path)).map(file_name).collect();
    read.dedup();
    let more = if read.len() > NAMED_MAX { format!(" and {} others", read.len() - NAMED_MAX) } else { String::new() };
    read.truncate(NAMED_MAX);
    let folder = out.and_then(writable_by_others).map(|folder| folder.display().to_string());
    let parts = [
        (!read.is_empty()).then(|| format!("may read {}{more} (chmod 600 keeps that private)", read.join(", "))),
        folder.map(|folder| format!("may write to the folder {folder} (chmod go-w keeps its files as they are)")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        talk.warn(&format!("other users of this machine {}", parts.join(", and ")));
    }
}

/// Files that are named in one line.
const NAMED_MAX: usize = 3;

/// `mend` is what to do when it is demanded, and when it is not.
fn exposed(place: String, what: &str, mend: [&str; 2], agreement: &Agreement, talk: &Talk) -> Result<()> {
    let [demanded, advised] = mend;
    if agreement.refuse_readable_inputs {
        return Err(Error::input(what).at(place).hint(format!("{demanded}, as the agreement demands")));
    }
    talk.warn(&format!("{place}: {what}; {advised}"));
    Ok(())
}

/// Folder for what memory has no room for: the one that the system is told of, else that of the output, since a folder of
/// the system's may itself be memory.
pub(crate) fn temporary_folder(out: &Path) -> PathBuf {
    let beside = || out.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_path_buf);
    if std::env::var_os("TMPDIR").is_some() {
        return std::env::temp_dir();
    }
    beside().unwrap_or_else(|| PathBuf::from("."))
}

#[cfg(test)]
mod tests {
    use super::{split_name, stem};

    #[test]
    fn data_sets_are_named_or_take_the_name_of_the_file() {
        assert_eq!(split_name("hmrc=a/b.csv"), (Some("hmrc".into()), "a/b.csv"));
        assert_eq!(split_name("a/x=1/b.csv"), (None, "a/x=1/b.csv"));
        assert_eq!(stem("a/register.csv.gz"), "register");
        assert_eq!(stem("paye-*.parquet"), "paye");
        assert_eq!(stem("-"), "hmrc");
    }
}
