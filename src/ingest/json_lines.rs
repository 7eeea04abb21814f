//! JSON lines: one object a line, as `link` writes them.
//!
//! In: bytes. Out: columns of text, in the order in which their keys are met. Invariant: what is not an object on a line
//! of its own is an error that names the line and nothing of its text.

use arrow::array::StringViewBuilder;

use crate::error::{Error, Result};
use crate::frame::TextColumn;
use crate::frame::convert::number_text;
use crate::ingest::pull::guarded;
use crate::ingest::reader::{Faults, Source, Work, in_batches};
use crate::model::linkage::Node;
use crate::util::hash::{Map, map};

/// Most different keys of all objects.
const COLUMNS_MAX: usize = 4096;

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
    /// When a line is not a JSON object.
    pub(super) fn open(bytes: &[u8], name: &str) -> Result<Self> {
        let mut names: Vec<String> = Vec::new();
        let mut places: Map<String, usize> = map();
        let mut builders: Vec<StringViewBuilder> = Vec::new();
        let mut rows = 0;
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let fault = || bad_line(number + 1);
            let text = std::str::from_utf8(line).map_err(|_| fault())?;
            let Ok(Node::Table(object)) = Node::from_json(text) else { return Err(fault()) };
            for (key, value) in object.entries {
                let place = *places.entry(key).or_insert_with_key(|key| {
                    names.push(key.clone());
                    builders.push(StringViewBuilder::new());
                    names.len() - 1
                });
                if names.len() > COLUMNS_MAX {
                    return Err(Error::limit(format!("has objects of more than {COLUMNS_MAX} different keys")));
                }
                fill(&mut builders[place], rows);
                builders[place].append_option(text_of(&value));
            }
            rows += 1;
        }
        let finish = |mut builder: StringViewBuilder| {
            fill(&mut builder, rows);
            builder.finish()
        };
        Ok(Self { name: name.to_owned(), names, columns: builders.into_iter().map(finish).collect() })
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
    use arrow::array::Array;

    fn read(text: &str) -> Vec<Vec<Option<String>>> {
        let lines = JsonLines::open(text.as_bytes(), "a.jsonl").unwrap();
        lines.columns.iter().map(|column| column.iter().map(|cell| cell.map(str::to_owned)).collect()).collect()
    }

    #[test]
    fn keys_may_come_late_and_numbers_keep_their_digits() {
        let text = "{\"id\": 7700900123, \"w\": 1.50}\n\n{\"note\": [\"a\", null], \"id\": \"x\", \"w\": 3.0}\r\n";
        let lines = JsonLines::open(text.as_bytes(), "a.jsonl").unwrap();
        assert_eq!(lines.names(), ["id", "w", "note"]);
        assert_eq!(lines.rows(), Some(2));
        let some = |text: &str| Some(text.to_owned());
        let want =
            vec![vec![some("7700900123"), some("x")], vec![some("1.5"), some("3")], vec![None, some("[\"a\",null]")]];
        assert_eq!(read(text), want);
    }

    #[test]
    fn a_line_that_is_no_object_is_named_without_its_text() {
        let error = JsonLines::open(b"{\"a\": 1}\n[2, 3]\n", "a.jsonl").err().unwrap();
        assert_eq!(error.what(), "is taken for JSON lines, and line 2 is not one object");
        assert!(JsonLines::open(b"{\"a\": 1", "a.jsonl").is_err());
        assert!(JsonLines::open(b"", "a.jsonl").unwrap().columns.iter().all(|column| column.is_empty()));
    }
}
