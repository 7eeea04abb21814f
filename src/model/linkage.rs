//! The model of a linkage of any two tables: fields and their kinds, blocking rules, comparisons with ordered levels,
//! parameters, thresholds. Plain data; [`LinkageModel::read`] takes it from text, [`LinkageModel::to_toml`] and
//! [`LinkageModel::to_json`] give it as text.
//!
//! A model is written by hand as TOML ([`LinkageModel::read`] has an example), trained, and kept as JSON with its
//! parameters. Both forms have the same keys, and both read back to an equal model to the last bit.

mod check;
mod defaults;
mod read;
mod shorthand;
mod table;
mod tree;
mod words;
mod write;

#[cfg(test)]
mod tests;

pub use check::LEVELS_MAX;
pub use defaults::{Defaults, default_parameters};
pub(crate) use read::known_keys;
pub(crate) use shorthand::{MODIFIERS, forms};
pub(crate) use table::{Section, nearest};
pub(crate) use tree::{Node, Table};

use crate::model::expression::Expression;

/// What a field holds, which decides how its text is standardised before anything is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldKind {
    /// As it stands: nothing is standardised (imported models).
    Raw,
    /// A whole name of a person, of several tokens.
    FullName,
    /// Given names.
    GivenName,
    /// Family name.
    FamilyName,
    /// A date, in any of the usual forms; becomes `YYYY-MM-DD`.
    Date,
    /// A postcode or ZIP code.
    Postcode,
    /// A phone number.
    Phone,
    /// An email address.
    Email,
    /// A number or code that should be one person's alone.
    Identifier,
    /// One of few values.
    Category,
    /// Lines of an address.
    Address,
    /// Free text of several words.
    Text,
    /// A number that is measured, not a code.
    Number,
    /// A latitude or a longitude in degrees.
    Degrees,
}

/// A field of the records that are linked.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in expressions.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Columns of the left table that it is made of, joined by a space.
    pub left: Vec<String>,
    /// Columns of the right table.
    pub right: Vec<String>,
    /// Whether a value is a list (`["a","b"]`, a list column, or text with a separator).
    pub list: bool,
    /// Separator of a list in text, where it is not JSON.
    pub separator: Option<String>,
}

/// A key of a blocking rule: one expression for each record, which must be equal and not null.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Of the left record, in columns of [`Side::Left`](crate::model::expression::Side::Left) alone.
    pub left: Expression,
    /// Of the right record, in columns of the right side alone.
    pub right: Expression,
}

/// A blocking rule: pairs that agree on all keys and pass the filter are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockingRule {
    /// Keys; at least one.
    pub keys: Vec<Key>,
    /// What else must be true of a pair.
    pub filter: Option<Expression>,
    /// Fields of lists of which each element is a key of its own.
    pub explode: Vec<String>,
}

/// Adjustment of a level for how frequent the value is.
#[derive(Clone, Debug, PartialEq)]
pub struct TermFrequency {
    /// Field whose values are counted.
    pub field: String,
    /// Power of the adjustment; 1 is full.
    pub weight: f64,
    /// Least frequency.
    pub minimum_u: f64,
    /// Adjusts from the level's own u instead of that of the exact level of the same comparison.
    pub own_u: bool,
}

/// When a level holds.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// The expression is true and means that there is nothing to compare: no weight.
    Null(Expression),
    /// The expression is true.
    True(Expression),
    /// No level above holds.
    Else,
}

/// One level of a comparison; the first that holds counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its label in reports.
    pub label: String,
    /// When it holds.
    pub when: When,
    /// Probability of the level among matches.
    pub m: Option<f64>,
    /// Probability of the level among non-matches.
    pub u: Option<f64>,
    /// Training leaves m alone.
    pub fix_m: bool,
    /// Training leaves u alone.
    pub fix_u: bool,
    /// Adjustment for frequent values.
    pub term_frequency: Option<TermFrequency>,
}

/// A comparison: ordered levels, the best first, null before all, else last.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Its name, different from all others.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Levels in the order in which they are tried.
    pub levels: Vec<Level>,
}

/// What is linked with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkType {
    /// Records of the left table with records of the right one.
    Link,
    /// Records of one table with each other.
    Dedupe,
    /// Both.
    LinkAndDedupe,
}

/// Which record of a pair within one table is the left one: it matters where a condition or key is not the same both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairOrder {
    /// The one whose row comes first; a key that differs between the sides is looked for both ways.
    #[default]
    Row,
    /// The one with the lower id, as in Splink; a key that differs between the sides is looked for this way alone.
    Id,
}

/// Pairs of one household: evidence that they explain as well says less for one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Household {
    /// Probability that two records drawn at random are of two people of one household.
    pub prior: f64,
    /// Comparisons of what they share, by name: the probability of each level, in order, 0 for null. In all others they
    /// agree as strangers do.
    pub levels: std::collections::BTreeMap<String, Vec<f64>>,
}

/// A whole model.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkageModel {
    /// What is linked with what.
    pub link_type: LinkType,
    /// Column of the id in the left table and in the right one; found out when `None`.
    pub ids: [Option<String>; 2],
    /// Which record of a pair within one table is the left one.
    pub pair_order: PairOrder,
    /// Fields.
    pub fields: Vec<Field>,
    /// Blocking rules; their order gives the match key.
    pub blocking: Vec<BlockingRule>,
    /// Comparisons.
    pub comparisons: Vec<Comparison>,
    /// Probability that two records drawn at random are of one person.
    pub prior: f64,
    /// What people of one household look like, who share what a household shares and are not one person; `None` where
    /// they are taken for strangers.
    pub household: Option<Household>,
    /// Probability from which a pair is given out; the program's default when `None`.
    pub threshold: Option<f64>,
    /// Where the model comes from and what was done to it, oldest first.
    pub lineage: Vec<String>,
    /// Anything else that is kept for people and other programs, such as Splink's own settings.
    pub metadata: std::collections::BTreeMap<String, serde_json::Value>,
}
