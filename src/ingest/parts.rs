//! What the parts of a workbook hold that a table does not need.
//!
//! In: the tags of all parts. Out: remarks, or an error. Invariant: a part is known by what stands in it, not by its name or
//! place; what can be written in several ways is found in all of them.

use crate::error::{Error, Result};
use crate::ingest::markup::{attribute, attributes, tag_name};
use crate::ingest::sheet::remark;
use memchr::memmem;
use std::collections::BTreeSet;

/// The shortest shared text, `<si/>`.
const SHARED_TEXT_BYTES: u64 = 5;
/// The attribute by which the reader makes room for shared texts.
const COUNT: &[u8] = b"uniqueCount";
/// Rows and columns below this size cannot be seen.
const SIZE_SEEN: f64 = 0.1;
/// Encodings in which tags are written as in ASCII.
const ENCODINGS: [&str; 6] = ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"];
/// Kinds of parts that a table does not need, as the list of all parts has them, in small letters.
const KINDS_OF_PARTS: [(&str, &str); 8] = [
    ("macroenabled", remark::MACROS),
    ("vbaproject", remark::MACROS),
    ("macrosheet", remark::MACROS),
    ("externallink+xml", remark::EXTERNAL_LINKS),
    ("connections+xml", remark::CONNECTIONS),
    ("oleobject", remark::EMBEDDED),
    ("activex", remark::EMBEDDED),
    ("comments+xml", remark::COMMENTS),
];
/// The same, as one part says that it needs another.
const KINDS_OF_RELATIONS: [(&str, &str); 12] = [
    ("vbaproject", remark::MACROS),
    ("macrosheet", remark::MACROS),
    ("externallink", remark::EXTERNAL_LINKS),
    ("externallinkpath", remark::EXTERNAL_LINKS),
    ("connections", remark::CONNECTIONS),
    ("querytable", remark::CONNECTIONS),
    ("oleobject", remark::EMBEDDED),
    ("package", remark::EMBEDDED),
    ("image", remark::EMBEDDED),
    ("chart", remark::EMBEDDED),
    ("control", remark::EMBEDDED),
    ("comments", remark::COMMENTS),
];

/// Where a hyperlink may lead: to a page, an address or a number, which nobody's program opens by itself, or to another place
/// of the workbook. What begins otherwise is a file or a share, or nobody knows what.
const HYPERLINKS: [&str; 5] = ["http:", "https:", "mailto:", "tel:", "#"];
/// Endings of workbooks and tables: a hyperlink to one is a link to another file wherever that is.
const ENDINGS_OF_TABLES: [&str; 11] =
    ["csv", "ods", "xla", "xlam", "xls", "xlsb", "xlsm", "xlsx", "xlt", "xltm", "xltx"];

/// What a table does not need, of all parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Reasons, each once.
    pub remarks: Vec<&'static str>,
    /// Hyperlinks. None is followed, and nothing of them is read: what is read is the text of the cell.
    pub hyperlinks: u64,
}

/// What was met so far.
#[derive(Default)]
pub(super) struct Parts {
    remarks: Vec<&'static str>,
    /// Tags that make a hyperlink of cells.
    linked_cells: u64,
    /// Places that hyperlinks lead to, by what the parts say that they need.
    linked_places: u64,
    /// Parts that are sheets of cells.
    sheets: usize,
    /// Names under which the workbook knows parts that are sheets of cells.
    related: BTreeSet<String>,
    /// Names of the sheets that it lists.
    listed: BTreeSet<String>,
    /// Whether a tag of the part was met.
    has_begun: bool,
}

impl Parts {
    /// Another part begins.
    pub(super) const fn begin(&mut self) {
        self.has_begun = false;
    }

    /// Notes something by another way.
    pub(super) fn note(&mut self, reason: Option<&'static str>) {
        self.remarks.extend(reason);
    }

    /// Looks at a piece of markup of a part called `name` that has `size` bytes.
    ///
    /// # Errors
    /// When no workbook has such a thing.
    pub(super) fn look(&mut self, markup: &[u8], name: &str, size: u64) -> Result<()> {
        if markup.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"!d")) {
            return Err(Error::input("is not a workbook: a part of it defines a document type")
                .hint("do not open it; ask who sent it"));
        }
        if markup.starts_with(b"?xml") {
            refuse_other_encoding(markup)?;
        }
        if name.ends_with("sharedstrings.xml") {
            refuse_false_count(markup, size)?;
        }
        let Some(tag) = tag_name(markup) else { return Ok(()) };
        if !std::mem::replace(&mut self.has_begun, true) && tag == b"worksheet" {
            self.sheets += 1;
        }
        match tag {
            b"row" | b"col" | b"sheetFormatPr" if is_hidden(markup) => self.remarks.push(remark::HIDDEN_ROWS),
            b"mergeCell" => self.remarks.push(remark::MERGED_CELLS),
            b"ddeLink" | b"oleLink" => self.remarks.push(remark::DDE),
            // However the part is called that they lead to, and whatever kind is given out for it.
            b"externalReference" | b"externalBook" => self.remarks.push(remark::EXTERNAL_LINKS),
            b"hyperlink" => self.linked_cells += 1,
            b"sheet" => self.listed.extend(attribute(&attributes(markup), "id").map(str::to_owned)),
            b"Default" | b"Override" => {
                let kind = attribute(&attributes(markup), "ContentType").unwrap_or_default().to_ascii_lowercase();
                let found = KINDS_OF_PARTS.iter().filter(|(part, _)| kind.contains(part));
                self.remarks.extend(found.map(|(_, reason)| *reason));
            }
            b"Relationship" => self.relation(&attributes(markup))?,
            _ => {}
        }
        Ok(())
    }

    /// What a part says of another that it needs.
    fn relation(&mut self, attributes: &[(String, String)]) -> Result<()> {
        let of = |name: &str| attribute(attributes, name).unwrap_or_default();
        let kind = of("Type").rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let target = of("Target").to_ascii_lowercase();
        let found = KINDS_OF_RELATIONS.iter().filter(|(part, _)| kind == *part);
        self.remarks.extend(found.map(|(_, reason)| *reason));
        if kind == "hyperlink" && !leads_to_a_file(&target) {
            self.linked_places += 1;
        } else if kind == "hyperlink" || of("TargetMode").eq_ignore_ascii_case("external") {
            self.remarks.push(remark::EXTERNAL_LINKS);
        }
        let is_read = ["worksheet", "chartsheet", "dialogsheet", "officedocument"].contains(&kind.as_str());
        // Other parts are pictures and the like, and not all of them are looked at as text.
        if is_read && !target.ends_with(".xml") {
            return Err(Error::input("is not a workbook: a sheet of it is no XML part")
                .hint("open it in Excel, save it again, and check the table"));
        }
        if kind == "worksheet" {
            self.related.insert(of("Id").to_owned());
        }
        Ok(())
    }

    /// All of it.
    pub(super) fn seen(mut self) -> Seen {
        // A sheet that no list names is there all the same.
        if self.sheets > self.listed.intersection(&self.related).count() {
            self.remarks.push(remark::HIDDEN_SHEET);
        }
        self.remarks.sort_unstable();
        self.remarks.dedup();
        // A place may be that of several cells, and a cell's that of a part which is not looked at as text.
        Seen { remarks: self.remarks, hyperlinks: self.linked_cells.max(self.linked_places) }
    }
}

/// Whether a hyperlink's target, in small letters, is a file: on a disk or a share, or a table on the web.
fn leads_to_a_file(target: &str) -> bool {
    let place = target.split(['?', '#']).next().unwrap_or_default();
    let ending = place.rsplit_once('.').map_or("", |(_, ending)| ending);
    !HYPERLINKS.iter().any(|start| target.starts_with(start)) || ENDINGS_OF_TABLES.contains(&ending)
}

/// Whether rows or columns are hidden: by a word, or by a size of nothing.
fn is_hidden(markup: &[u8]) -> bool {
    attributes(markup).iter().any(|(name, value)| match name.as_str() {
        "hidden" | "zeroHeight" => matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "on"),
        "ht" | "width" => value.trim().parse::<f64>().is_ok_and(|size| size < SIZE_SEEN),
        _ => false,
    })
}

/// In some encodings tags are written with other bytes: nothing of what is looked for would be found.
fn refuse_other_encoding(markup: &[u8]) -> Result<()> {
    let attributes = attributes(markup.strip_suffix(b"?").unwrap_or(markup));
    match attribute(&attributes, "encoding") {
        Some(encoding) if !ENCODINGS.contains(&encoding.to_ascii_lowercase().as_str()) => Err(other_encoding()),
        _ => Ok(()),
    }
}

/// A part is written in two bytes a character.
pub(super) fn other_encoding() -> Error {
    Error::input("has a part that is not written in UTF-8, as those of workbooks are")
        .hint("open it in Excel, save it again, and check the table")
}

/// The reader makes room for as many texts as the table says it has: the number must be possible, wherever it stands.
fn refuse_false_count(mut markup: &[u8], size: u64) -> Result<()> {
    while let Some(at) = memmem::find(markup, COUNT) {
        markup = &markup[at + COUNT.len()..];
        let Some(value) = markup.trim_ascii_start().strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        let digits = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let digits = digits.iter().skip_while(|byte| byte.is_ascii_whitespace() || **byte == b'+');
        let count: String = digits.take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
        let is_possible =
            count.is_empty() || count.parse().is_ok_and(|count: u64| count <= size / SHARED_TEXT_BYTES + 1);
        if !is_possible {
            return Err(Error::input("is not a workbook: its table of texts says it is larger than it can be")
                .hint("do not open it; ask who sent it"));
        }
    }
    Ok(())
}
