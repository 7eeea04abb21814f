//! Reading a table of a document: known keys alone, values of the right kind, errors that name their place.

use crate::error::{Error, Result};
use crate::model::linkage::{Node, Table};

/// Jaro-Winkler similarity from which a word is taken for a misspelt one.
const LIKENESS_MIN: f64 = 0.75;
/// Letters that a word has at least that another is known by.
const HELD_MIN: usize = 3;

/// A table that is being read, with the place that errors name.
#[derive(Clone, Debug)]
pub(crate) struct Section<'a> {
    table: &'a Table,
    place: String,
}

impl<'a> Section<'a> {
    /// Takes `node` as a table.
    pub(crate) fn open(node: &'a Node, place: &str) -> Result<Self> {
        let Node::Table(table) = node else {
            return Err(Error::settings(format!("{} stands where a table of keys should", node.kind())).at(place));
        };
        let place = match table.line {
            Some(line) => format!("{place} (line {line})"),
            None => place.to_owned(),
        };
        Ok(Self { table, place })
    }

    /// Takes `node` as a table that has no keys but `known`.
    pub(crate) fn strict(node: &'a Node, place: &str, known: &[&str]) -> Result<Self> {
        let section = Self::open(node, place)?;
        let stranger = section.keys().find(|key| !known.contains(key));
        match stranger {
            None => Ok(section),
            Some(key) => Err(section.fault(format!("the key `{key}` is not known")).hint(did_you_mean(key, known))),
        }
    }

    /// The place, for errors.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// An error of settings at this place.
    pub(crate) fn fault(&self, what: impl Into<String>) -> Error {
        Error::settings(what).at(&self.place)
    }

    /// All keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.table.entries.iter().map(|(key, _)| key.as_str())
    }

    /// All keys with their values, in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Node)> {
        self.table.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The value of a key; a null is no value.
    pub(crate) fn node(&self, key: &str) -> Option<&'a Node> {
        self.table.get(key).filter(|node| **node != Node::Null)
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>> {
        match self.node(key) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, "a text", other)),
        }
    }

    /// A text that must be there.
    pub(crate) fn required_text(&self, key: &str) -> Result<&'a str> {
        self.text(key)?.ok_or_else(|| self.fault(format!("the key `{key}` is missing")))
    }

    /// A number.
    pub(crate) fn number(&self, key: &str) -> Result<Option<f64>> {
        match self.node(key) {
            None => Ok(None),
            Some(node) => number_of(node).map(Some).ok_or_else(|| self.wrong(key, "a number", node)),
        }
    }

    /// True or false; false where it is not given.
    pub(crate) fn flag(&self, key: &str) -> Result<bool> {
        match self.node(key) {
            None => Ok(false),
            Some(Node::Boolean(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong(key, "true or false", other)),
        }
    }

    /// A list.
    pub(crate) fn list(&self, key: &str) -> Result<Option<&'a [Node]>> {
        match self.node(key) {
            None => Ok(None),
            Some(Node::List(items)) => Ok(Some(items)),
            Some(other) => Err(self.wrong(key, "a list", other)),
        }
    }

    /// A list of texts; one text is a list of one.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<Vec<String>>> {
        let text = |node: &Node| match node {
            Node::Text(text) => Ok(text.clone()),
            other => Err(self.wrong(key, "a text or a list of texts", other)),
        };
        match self.node(key) {
            None => Ok(None),
            Some(Node::List(items)) => items.iter().map(text).collect::<Result<_>>().map(Some),
            Some(node) => Ok(Some(vec![text(node)?])),
        }
    }

    fn wrong(&self, key: &str, wanted: &str, found: &Node) -> Error {
        self.fault(format!("`{key}` should be {wanted}, but is {}", found.kind()))
    }
}

/// The value of a number.
pub(crate) fn number_of(node: &Node) -> Option<f64> {
    match node {
        Node::Number(number) => number.as_f64(),
        _ => None,
    }
}

/// The word among `known` that is most like `word`, if any is like it at all; of equals the first. A word that holds the other
/// is like it where none is by its letters: `phone` and `telephone`.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let likeness = strsim::jaro_winkler(&word, &candidate.to_lowercase());
        if likeness >= LIKENESS_MIN && best.is_none_or(|(grade, _)| likeness > grade) {
            best = Some((likeness, candidate));
        }
    }
    let holds = |candidate: &&&str| {
        let candidate = candidate.to_lowercase();
        word.len().min(candidate.len()) >= HELD_MIN && (candidate.contains(&word) || word.contains(&candidate))
    };
    best.map(|(_, candidate)| candidate).or_else(|| known.iter().find(holds).copied())
}

/// A hint: the nearest known word, or all of them.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of these is expected: {}", known.join(", ")),
    }
}

/// Gives an error of an inner part, such as an expression, its place in the document.
pub(crate) fn within(error: &Error, place: &str) -> Error {
    let place = match error.place() {
        Some(inner) => format!("{place}, {inner}"),
        None => place.to_owned(),
    };
    let outer = Error::new(error.kind(), error.what()).at(place);
    match error.hint_text() {
        Some(hint) => outer.hint(hint),
        None => outer,
    }
}

#[cfg(test)]
mod tests {
    use super::{Section, did_you_mean, nearest};
    use crate::model::linkage::Node;

    #[test]
    fn a_word_is_known_by_its_letters_or_by_what_holds_it() {
        assert_eq!(nearest("phone", &["id", "full_name", "dob", "telephone"]), Some("telephone"));
        assert_eq!(nearest("nmae", &["id", "name"]), Some("name"));
        assert_eq!(nearest("id", &["paid", "colour"]), None);
    }

    #[test]
    fn misspelt_keys_are_told() {
        let node = Node::from_toml("[a]\nnmae = 'x'\n").unwrap();
        let Node::Table(top) = &node else { panic!("a table") };
        let error = Section::strict(top.get("a").unwrap(), "m.toml, a", &["kind", "name"]).unwrap_err();
        assert_eq!(error.to_string(), "m.toml, a (line 1): the key `nmae` is not known");
        assert_eq!(error.hint_text(), Some("did you mean `name`?"));
    }

    #[test]
    fn values_of_another_kind_are_told() {
        let node =
            Node::from_json(r#"{"m": "high", "levels": {}, "on": 1, "columns": ["a", 2], "gone": null}"#).unwrap();
        let section = Section::open(&node, "here").unwrap();
        let message = |error: crate::error::Error| error.to_string();
        assert_eq!(message(section.number("m").unwrap_err()), "here: `m` should be a number, but is a text");
        assert_eq!(
            message(section.list("levels").unwrap_err()),
            "here: `levels` should be a list, but is a table of keys"
        );
        assert!(section.flag("on").is_err() && section.texts("columns").is_err());
        assert_eq!(section.text("gone").unwrap(), None);
        assert!(section.required_text("gone").is_err());
    }

    #[test]
    fn nearest_words() {
        assert_eq!(nearest("surnme", &["forename", "surname"]), Some("surname"));
        assert_eq!(nearest("zzz", &["forename", "surname"]), None);
        assert_eq!(did_you_mean("zzz", &["a", "b"]), "one of these is expected: a, b");
    }
}
