//! Which pairs are worth comparing?
//!
//! In: standardised values of one row. Out: keys, slots, and the pairs of rows that share one. The sides are not alike:
//! the extract is small, so its keys, with spelling and date variants, are indexed as *slots*; the register is large, so
//! each of its rows is keyed once and probed against the slots. Invariant: which pairs come out depends on the two sets
//! of rows alone, never on their order, batches or threads. Read next: `rule.rs`, `key.rs`, `slots.rs`, `decide.rs`.

mod decide;
mod key;
mod key_table;
mod rule;
pub mod rules;
mod slots;

pub use decide::{BlockReport, Blocks, RuleReport};
pub use key::{
    Child, Keyed, child_keys, count_key, exact_pair_key, exact_values, extract_keys, extract_values, first_keys,
    key_of, register_keys, two, two_token_key,
};
pub use key_table::KeyTable;
pub use rule::{Kind, Limits, RULES, Rule};
pub use slots::{Emission, Slots};
