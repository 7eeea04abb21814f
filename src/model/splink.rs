//! Models of Splink: its saved settings (versions 4 and 5) to a [`LinkageModel`] and back.
//!
//! ```text
//! settings.json ─ link_type, prior, id column
//!               ├ blocking_rules_to_generate_predictions ─ SQL over l and r  → keys, filter
//!               └ comparisons ─ comparison_levels ─ SQL over x_l and x_r     → expressions, m, u, term frequency
//! ```
//! Nothing is guessed: SQL is read as it stands, never rebuilt from a description, and what cannot be read is refused by
//! name. Tables of term frequencies are not part of the file.

mod fields;
mod read;
mod rewrite;
mod rules;
mod write;

#[cfg(test)]
mod tests;

pub use read::{import, import_measuring};
pub use write::export;

use crate::model::expression::shape::columns_of;
use crate::model::linkage::{LinkageModel, When};
use std::collections::BTreeMap;

/// The column that tells a model of Splink which data set a record is of.
pub fn source_dataset_column(model: &LinkageModel) -> &str {
    let kept = model.metadata.get(read::METADATA).and_then(|kept| kept.get("source_dataset_column_name"));
    kept.and_then(serde_json::Value::as_str).unwrap_or("source_dataset")
}

/// What edit distances and similarities of texts count. DuckDB counts bytes up to 2.0.0 and characters from 2.0.1 on; a
/// saved model does not say which it was trained with. Texts of ASCII alone are the same to both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Letters {
    /// Characters, as in DuckDB 2.0.1 and later, and in the other backends.
    #[default]
    Characters,
    /// Bytes, as in DuckDB up to 2.0.0.
    Bytes,
}

/// The fields that a model measures letter by letter; whether by characters, not bytes.
pub fn measured_fields(model: &LinkageModel) -> BTreeMap<String, bool> {
    let levels = model.comparisons.iter().flat_map(|comparison| &comparison.levels);
    let mut found = BTreeMap::new();
    for level in levels {
        let (When::Null(condition) | When::True(condition)) = &level.when else { continue };
        if let Some(characters) = rewrite::measured(condition) {
            let columns = columns_of(condition);
            found.extend(columns.names().into_iter().map(|name| (name.to_owned(), characters)));
        }
    }
    found
}

/// How well a level or rule was carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It means the same, to the last digit.
    Exact,
    /// It means nearly the same; the note says where it differs.
    Approximated,
    /// It could not be carried over; the note says why, and what stands in its place.
    Refused,
}

/// What became of one level of a comparison, or of one blocking rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Name of the comparison; empty for a blocking rule.
    pub comparison: String,
    /// Label of the level, or `blocking rule 2`.
    pub level: String,
    /// The SQL: as it was found by an import, as it was written by an export.
    pub sql: String,
    /// How well it was carried over.
    pub status: Status,
    /// In what it differs; empty for [`Status::Exact`].
    pub note: String,
}

/// A model that was read from Splink's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model; all fields are of kind [`Raw`](crate::model::linkage::FieldKind::Raw).
    pub model: LinkageModel,
    /// One line for each level, in order.
    pub levels: Vec<Coverage>,
    /// One line for each blocking rule, in order.
    pub rules: Vec<Coverage>,
    /// What people should know: defaults that stand in for what was missing, keys that were not known.
    pub notes: Vec<String>,
}

/// A model that was written as Splink's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The settings, as JSON that Splink 4 and 5 load.
    pub text: String,
    /// One line for each level, in order.
    pub levels: Vec<Coverage>,
    /// One line for each blocking rule, in order.
    pub rules: Vec<Coverage>,
    /// What Splink cannot be told, or must be given: columns, thresholds, lineage.
    pub notes: Vec<String>,
}

/// Frequencies of the values of a field, from a file or counted: plain data. Splink keeps them outside its settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermTable {
    /// The field.
    pub field: String,
    /// Values with their share of all records that have one.
    pub values: Vec<(String, f64)>,
}
