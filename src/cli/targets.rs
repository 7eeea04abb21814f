//! What a command gives out by names of its words: files, and folders of pictures, that are opened before the work and put in place
//! together after it, or standard output for `-`.

use crate::error::{Error, Result};
use crate::report::chart::png;
use crate::report::{TableFormat, TableWriter};
use crate::store::{Outputs, Wanted};
use arrow::array::RecordBatch;
use std::io::Write;
use std::path::Path;

/// The outputs of a command.
///
/// Standard output comes last, since whoever reads it may go away.
pub(crate) struct Targets {
    outputs: Outputs,
    piped: Vec<Content>,
}

/// What is given out.
enum Content {
    Bytes(Vec<u8>),
    Table(RecordBatch, TableFormat),
}

impl Content {
    fn write(&self, out: impl Write + Send) -> Result<()> {
        match self {
            Self::Bytes(bytes) => {
                let mut out = out;
                out.write_all(bytes).map_err(|error| Error::write(&error))
            }
            Self::Table(batch, format) => crate::report::write_table(out, batch, *format),
        }
    }
}

impl Targets {
    /// Starts the files among `names`, in the order in which they are to be put in place: the last tells that all are there.
    ///
    /// # Errors
    /// When one is there already, but for those before the last if they turn out to hold the same bytes; when two have one name.
    pub(crate) fn open<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        Self::open_with(names, [])
    }

    /// The same, and after them folders.
    ///
    /// # Errors
    /// Those of [`Targets::open`].
    pub(crate) fn open_with<'a>(
        names: impl IntoIterator<Item = &'a str>,
        folders: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Self> {
        let files = names.into_iter().filter(|name| *name != "-").map(|name| Wanted::File(Path::new(name)));
        let wanted: Vec<Wanted> = files.chain(folders.into_iter().map(Wanted::Folder)).collect();
        Ok(Self { outputs: Outputs::create(&wanted)?, piped: Vec::new() })
    }

    /// Writes text or other bytes.
    pub(crate) fn text(&mut self, name: &str, text: impl Into<Vec<u8>>) -> Result<()> {
        self.give(name, Content::Bytes(text.into()))
    }

    /// Writes a table.
    pub(crate) fn table(&mut self, name: &str, batch: RecordBatch, format: TableFormat) -> Result<()> {
        self.give(name, Content::Table(batch, format))
    }

    /// Writes a picture: PNG where it is called so; SVG elsewhere.
    pub(crate) fn picture(&mut self, name: &str, svg: String) -> Result<()> {
        let ending = Path::new(name).extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.unwrap_or_default().as_str() {
            "png" => self.text(name, png(&svg).map_err(|error| error.at(name))?),
            ending @ ("jpg" | "jpeg" | "pdf") => {
                let what = format!("pictures are drawn as SVG or PNG, not as {ending}");
                let hint = "name the file .svg or .png; any browser opens both and prints them";
                Err(Error::usage(what).at(name).hint(hint))
            }
            _ => self.text(name, svg),
        }
    }

    /// Writes a file into one of the folders.
    pub(crate) fn put_into(&mut self, folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
        let folder = self.outputs.folder(folder).ok_or_else(not_opened)?;
        folder.file(name)?.write_all(bytes).map_err(|error| Error::write(&error).at(name))
    }

    fn give(&mut self, name: &str, content: Content) -> Result<()> {
        if name == "-" {
            self.piped.push(content);
            return Ok(());
        }
        let file = self.outputs.file(Path::new(name)).ok_or_else(not_opened)?;
        content.write(file.file()).map_err(|error| error.or_at(name))?;
        // What cannot be put in place is told now, and not after the work that is left.
        file.finish()
    }

    /// Puts files and folders in place together with a table that comes in batches; one without rows is the end.
    pub(crate) fn commit_with_batches(
        mut self,
        name: &str,
        format: TableFormat,
        next: &mut dyn FnMut() -> Result<RecordBatch>,
    ) -> Result<()> {
        if name == "-" {
            self.commit()?;
            return write_batches(std::io::stdout(), format, next);
        }
        let file = self.outputs.file(Path::new(name)).ok_or_else(not_opened)?;
        write_batches(file.file(), format, next).map_err(|error| error.or_at(name))?;
        file.finish()?;
        self.commit()
    }

    /// Puts files and folders in place, and writes what goes to standard output.
    pub(crate) fn commit(self) -> Result<()> {
        self.outputs.commit()?;
        self.piped.iter().try_for_each(|content| content.write(std::io::stdout()))
    }
}

fn write_batches(
    out: impl Write + Send,
    format: TableFormat,
    next: &mut dyn FnMut() -> Result<RecordBatch>,
) -> Result<()> {
    let mut batch = next()?;
    let mut writer = TableWriter::new(out, &batch.schema(), format)?;
    // An empty table is of one batch.
    loop {
        writer.write(&batch)?;
        batch = next()?;
        if batch.num_rows() == 0 {
            return writer.finish();
        }
    }
}

fn not_opened() -> Error {
    Error::internal("an output that was not opened")
}

/// Writes text to a new file, or to standard output for `-`.
pub(crate) fn write_text(name: &str, text: impl Into<Vec<u8>>) -> Result<()> {
    let mut targets = Targets::open([name])?;
    targets.text(name, text)?;
    targets.commit()
}

/// Writes a picture to a new file, or to standard output for `-`.
pub(crate) fn write_picture(name: &str, svg: String) -> Result<()> {
    let mut targets = Targets::open([name])?;
    targets.picture(name, svg)?;
    targets.commit()
}
