//! What the keys, kinds, short forms, operators and functions of a linkage model mean, for people.
//!
//! The lists of what there is are those that models are read by; the tables beside this file say what each means. Tests hold
//! one to the other, and every example to what it says comes out.

use crate::model::expression::Function;

/// A line of a table: its cells.
pub(crate) type Line = Vec<&'static str>;

/// Keys: part of the model, key, meaning.
pub(crate) fn keys() -> impl Iterator<Item = Line> {
    lines(include_str!("reference/keys.tsv"))
}

/// Kinds of fields: word, meaning, a text, and its standard text.
pub(crate) fn kinds() -> impl Iterator<Item = Line> {
    lines(include_str!("reference/kinds.tsv"))
}

/// Short forms of conditions: word, meaning, example of a level.
pub(crate) fn forms() -> impl Iterator<Item = Line> {
    lines(include_str!("reference/forms.tsv"))
}

/// Keys beside a short form: key, meaning, example of a level.
pub(crate) fn modifiers() -> impl Iterator<Item = Line> {
    lines(include_str!("reference/modifiers.tsv"))
}

/// Operators: sign, meaning, example, value of the example.
pub(crate) fn operators() -> impl Iterator<Item = Line> {
    lines(include_str!("reference/operators.tsv"))
}

/// Other constructs of expressions: form, meaning, example, value of the example.
pub(crate) fn constructs() -> impl Iterator<Item = Line> {
    lines(include_str!("reference/constructs.tsv"))
}

/// Types to cast to: name, meaning.
pub(crate) fn types() -> impl Iterator<Item = Line> {
    lines(include_str!("reference/types.tsv"))
}

/// What is said of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Described {
    /// The function.
    pub function: Function,
    /// Names of its arguments; `?` behind those that may be left out, `…` for any number of them.
    pub arguments: &'static str,
    /// What it gives.
    pub meaning: &'static str,
    /// A call of it.
    pub example: &'static str,
    /// The value of the example.
    pub value: &'static str,
}

/// All functions that are described, in the order of their declaration.
pub(crate) fn functions() -> impl Iterator<Item = Described> {
    lines(include_str!("reference/functions.tsv")).filter_map(|line| {
        let [name, arguments, meaning, example, value] = line[..] else { return None };
        Some(Described { function: Function::find(name)?, arguments, meaning, example, value })
    })
}

/// The lines of a table without its header.
fn lines(text: &'static str) -> impl Iterator<Item = Line> {
    text.lines().skip(1).map(|line| line.split('\t').collect())
}
