//! Functions whose meaning is given from outside: knowledge of names and addresses that the language does not have.

use crate::model::expression::Function;

/// Gives the plugged functions their meaning; see [`Origin::Plugged`](crate::model::expression::function::Origin).
///
/// Each answer depends on its arguments alone: answers are remembered.
pub trait Plugged: Send + Sync {
    /// `fold`, `skeleton`, `phonetic` of a text; `None` is null.
    fn one(&self, function: Function, text: &str) -> Option<String>;
    /// `token_keys` of a text.
    fn many(&self, function: Function, text: &str) -> Vec<String>;
    /// `same_name`, `name_equivalent` (true where not 0), `name_alignment`, `date_error`, `address_agreement` of two
    /// texts; `None` is null.
    fn pair(&self, function: Function, left: &str, right: &str) -> Option<f64>;

    /// What can be seen of a text, for a function of two, without reading it again; 0 is nothing.
    fn outline(&self, _function: Function, _text: &str) -> u128 {
        0
    }

    /// What [`Plugged::pair`] would give, where two outlines, none of them 0, tell it.
    fn by_outlines(&self, _function: Function, _left: u128, _right: u128) -> Option<f64> {
        None
    }
}

/// Nothing plugged in: all answers are null or empty. For models of Splink, which know no such functions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unplugged;

impl Plugged for Unplugged {
    fn one(&self, _: Function, _: &str) -> Option<String> {
        None
    }

    fn many(&self, _: Function, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn pair(&self, _: Function, _: &str, _: &str) -> Option<f64> {
        None
    }
}
