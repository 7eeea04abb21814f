//! What a model says by words, or by saying nothing: kinds of fields, types of linkage, labels, counted fields.

use crate::model::expression::{Expression, shape};
use crate::model::linkage::{FieldKind, LinkType, PairOrder};

/// Label of the last level, as in Splink.
pub(crate) const ELSE_LABEL: &str = "All other comparisons";

/// Label of a null level of these fields, as in Splink.
pub(crate) fn null_label(fields: &[String]) -> String {
    match fields {
        [] => "Null".to_owned(),
        fields => format!("{} is NULL", fields.join(" and ")),
    }
}

/// The field whose values are counted for a level that does not name it: that of its exact match, else the one field of
/// the comparison.
pub(crate) fn term_frequency_field(expression: &Expression, fields: &[String]) -> Option<String> {
    let only = || if let [field] = fields { Some(field.as_str()) } else { None };
    shape::exact_match_column(expression).or_else(only).map(str::to_owned)
}

/// Kinds of fields with their words.
const KINDS: [(FieldKind, &str); 14] = [
    (FieldKind::Raw, "raw"),
    (FieldKind::FullName, "full_name"),
    (FieldKind::GivenName, "given_name"),
    (FieldKind::FamilyName, "family_name"),
    (FieldKind::Date, "date"),
    (FieldKind::Postcode, "postcode"),
    (FieldKind::Phone, "phone"),
    (FieldKind::Email, "email"),
    (FieldKind::Identifier, "identifier"),
    (FieldKind::Category, "category"),
    (FieldKind::Address, "address"),
    (FieldKind::Text, "text"),
    (FieldKind::Number, "number"),
    (FieldKind::Degrees, "degrees"),
];

/// Types of linkage with their words.
const LINK_TYPES: [(LinkType, &str); 3] =
    [(LinkType::Link, "link"), (LinkType::Dedupe, "dedupe"), (LinkType::LinkAndDedupe, "link_and_dedupe")];

/// Orders of pairs with their words.
const PAIR_ORDERS: [(PairOrder, &str); 2] = [(PairOrder::Row, "row"), (PairOrder::Id, "id")];

impl FieldKind {
    /// Its word in a model.
    pub fn word(self) -> &'static str {
        word(&KINDS, self)
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        find(&KINDS, word)
    }

    /// All words, in the order of the kinds.
    pub fn words() -> Vec<&'static str> {
        KINDS.iter().map(|(_, word)| *word).collect()
    }
}

impl LinkType {
    /// Its word in a model.
    pub fn word(self) -> &'static str {
        word(&LINK_TYPES, self)
    }

    /// The type of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        find(&LINK_TYPES, word)
    }

    /// All words.
    pub fn words() -> Vec<&'static str> {
        LINK_TYPES.iter().map(|(_, word)| *word).collect()
    }
}

impl PairOrder {
    /// Its word in a model.
    pub fn word(self) -> &'static str {
        word(&PAIR_ORDERS, self)
    }

    /// The order of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        find(&PAIR_ORDERS, word)
    }

    /// All words.
    pub fn words() -> Vec<&'static str> {
        PAIR_ORDERS.iter().map(|(_, word)| *word).collect()
    }
}

fn word<T: PartialEq>(words: &[(T, &'static str)], value: T) -> &'static str {
    words.iter().find(|(known, _)| *known == value).map_or("", |(_, word)| word)
}

fn find<T: Copy>(words: &[(T, &'static str)], word: &str) -> Option<T> {
    words.iter().find(|(_, known)| *known == word).map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::{FieldKind, KINDS, LINK_TYPES, LinkType};

    #[test]
    fn every_word_leads_back() {
        for (kind, word) in KINDS {
            assert_eq!((kind.word(), FieldKind::from_word(word)), (word, Some(kind)));
        }
        for (link_type, word) in LINK_TYPES {
            assert_eq!((link_type.word(), LinkType::from_word(word)), (word, Some(link_type)));
        }
        assert_eq!(FieldKind::from_word("nonsense"), None);
    }
}
