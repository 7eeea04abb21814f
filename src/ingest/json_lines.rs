//! JSON lines: one object a line, as `link` writes them.
//!
//! In: bytes. Out: columns of text, in the order in which their keys are met. Invariant: what is not an object on a line
//! of its own is an error that names the line and nothing of its text.

use arrow::array::StringViewBuilder;

use crate::error::{Error, Result};
use crate::frame::TextColumn;
use crate::frame::convert::number_text;
use crate::ingest::chunk::append;
use crate::ingest::limits::Limits;
use crate::ingest::pull::guarded;
use crate::ingest::reader::{Faults, Source, Work, in_batches};
use crate::model::linkage::Node;
use crate::util::hash::{Map, map};

/// What a value takes beside its text, or a null.
const VALUE_BYTES: u64 = 16;

/// A file of JSON lines, all of which is read as it is opened: its columns are known only then.
pub(super) struct JsonLines {
    name: String,
    names: Vec<String>,
    columns: Vec<TextColumn>,
}

impl JsonLines {
    /// Reads all lines.
    ///
    /// # Errors
    /// When a line is not a JSON object, or the table would be over a limit: each object that lacks a key has a null for it.
    pub(super) fn open(bytes: &[u8], name: &str, limits: &Limits) -> Result<Self> {
        let mut made = Made { limits, names: Vec::new(), places: map(), builders: Vec::new(), rows: 0, text: 0 };
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let fault = || bad_line(number + 1);
            let text = std::str::from_utf8(line).map_err(|_| fault())?;
            let Ok(Node::Table(object)) = Node::from_json(text) else { return Err(fault()) };
            made.add(object.entries)?;
        }
        made.check(made.names.len())?;
        let Made { names, builders, rows, .. } = made;
        let finish = |mut builder: StringViewBuilder| {
            fill(&mut builder, rows);
            builder.finish()
        };
        Ok(Self { name: name.to_owned(), names, columns: builders.into_iter().map(finish).collect() })
    }
}

/// Columns as far as they were read.
struct Made<'a> {
    limits: &'a Limits,
    names: Vec<String>,
    places: Map<String, usize>,
    builders: Vec<StringViewBuilder>,
    rows: usize,
    /// Bytes of text.
    text: u64,
}

impl Made<'_> {
    /// Adds an object, of which no key stands twice.
    fn add(&mut self, entries: Vec<(String, Node)>) -> Result<()> {
        let places: Vec<Option<usize>> = entries.iter().map(|(key, _)| self.places.get(key).copied()).collect();
        // Before any of them is filled up with nulls.
        self.check(self.names.len() + places.iter().filter(|place| place.is_none()).count())?;
        for ((key, value), place) in entries.into_iter().zip(places) {
            let place = place.unwrap_or_else(|| self.new_column(key));
            let value = text_of(&value);
            self.text += value.as_ref().map_or(0, |text| text.len() as u64);
            fill(&mut self.builders[place], self.rows);
            append(&mut self.builders[place], value.as_deref())?;
        }
        self.rows += 1;
        Ok(())
    }

    fn new_column(&mut self, key: String) -> usize {
        let place = self.names.len();
        self.names.push(key.clone());
        self.places.insert(key, place);
        self.builders.push(StringViewBuilder::new());
        place
    }

    /// Whether there is room for another row, with so many columns.
    fn check(&self, columns: usize) -> Result<()> {
        if columns > self.limits.columns {
            return Err(Error::limit(format!("has objects of more than {} different keys", self.limits.columns))
                .hint("one key a column; --limit columns=N allows more"));
        }
        let values = columns as u64 * (self.rows as u64 + 1) * VALUE_BYTES;
        if values + self.text <= self.limits.table_bytes {
            return Ok(());
        }
        let most = self.limits.table_bytes >> 20;
        Err(Error::limit(format!("holds more than {most} MiB of values, with those that its objects lack"))
            .hint("split the table, or give it as Parquet"))
    }
}

/// Nulls up to a row: for objects that lack the key.
fn fill(builder: &mut StringViewBuilder, rows: usize) {
    while arrow::array::ArrayBuilder::len(builder) < rows {
        builder.append_null();
    }
}

/// A value as other files would hold it; a list or an object stays JSON.
fn text_of(value: &Node) -> Option<String> {
    match value {
        Node::Null => None,
        Node::Boolean(flag) => Some(flag.to_string()),
        Node::Number(number) if number.is_f64() => number.as_f64().map(number_text),
        Node::Number(number) => Some(number.to_string()),
        Node::Text(text) => Some(text.clone()),
        nested => Some(nested.to_value().to_string()),
    }
}

fn bad_line(number: usize) -> Error {
    Error::input(format!("is taken for JSON lines, and line {number} is not one object"))
        .hint("write one object a line, as `jq -c '.[]'` does, or give CSV, Parquet or Arrow")
}

impl Source for JsonLines {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn rows(&self) -> Option<u64> {
        self.columns.first().map(|column| arrow::array::Array::len(column) as u64)
    }

    fn for_each(&self, columns: &[usize], batch_rows: usize, work: &Work<'_>) -> Result<Faults> {
        let wanted: Vec<TextColumn> = columns.iter().filter_map(|place| self.columns.get(*place).cloned()).collect();
        guarded(&self.name, || in_batches(&wanted, 0, batch_rows, work))?;
        Ok(Faults::default())
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonLines, Source};
    use crate::error::{ErrorKind, Result};
    use crate::ingest::Limits;
    use arrow::array::Array;

    fn open(bytes: &[u8]) -> Result<JsonLines> {
        JsonLines::open(bytes, "a.jsonl", &Limits::SAFE)
    }

    #[test]
    fn values_that_objects_lack_are_counted() {
        let small = Limits { table_bytes: 100_000, columns: 5_000, ..Limits::SAFE };
        let rows = "{\"a\":1}\n".repeat(300);
        let keys: Vec<String> = (0..50).map(|key| format!("\"k{key}\":1")).collect();
        let wide = format!("{rows}{{{}}}\n", keys.join(","));
        let refused = |text: &str| JsonLines::open(text.as_bytes(), "a.jsonl", &small).err().map(|error| error.kind());
        assert_eq!([refused(&rows), refused(&wide)], [None, Some(ErrorKind::Limit)]);
        assert_eq!(refused(&format!("{{\"a\":\"{}\"}}", "x".repeat(100_000))), Some(ErrorKind::Limit));
    }

    fn read(text: &str) -> Vec<Vec<Option<String>>> {
        let lines = open(text.as_bytes()).unwrap();
        lines.columns.iter().map(|column| column.iter().map(|cell| cell.map(str::to_owned)).collect()).collect()
    }

    #[test]
    fn keys_may_come_late_and_numbers_keep_their_digits() {
        let text = "{\"id\": 7700900123, \"w\": 1.50}\n\n{\"note\": [\"a\", null], \"id\": \"x\", \"w\": 3.0}\r\n";
        let lines = open(text.as_bytes()).unwrap();
        assert_eq!(lines.names(), ["id", "w", "note"]);
        assert_eq!(lines.rows(), Some(2));
        let some = |text: &str| Some(text.to_owned());
        let want =
            vec![vec![some("7700900123"), some("x")], vec![some("1.5"), some("3")], vec![None, some("[\"a\",null]")]];
        assert_eq!(read(text), want);
    }

    #[test]
    fn a_line_that_is_no_object_is_named_without_its_text() {
        let error = open(b"{\"a\": 1}\n[2, 3]\n").err().unwrap();
        assert_eq!(error.what(), "is taken for JSON lines, and line 2 is not one object");
        assert!(open(b"{\"a\": 1").is_err());
        assert!(open(b"").unwrap().columns.iter().all(|column| column.is_empty()));
    }
}
