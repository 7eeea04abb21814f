//! A linkage that runs apart: its steps over parts of the tables, as plain data that merges in any order.
//!
//! In: parts of one table or two, and a model with parameters. Out: [lines](crate::frame::lines) from step to step, and in
//! the end the pairs and clusters of [`Linkage`](crate::engine::linkage::Linkage) over the whole tables. Invariant: how the
//! tables are cut, how the blocks are shared out, and in what order anything comes, cannot be seen in the result.
//!
//! ```text
//! parts ─ profile ─ proofs of the order of dates, rows          (added up)
//! parts ─ keys ──── rows: standard values, keys, hashed terms   (one line a row)
//! rows ── count ─── blocks that are cut, counts of terms        (added up)
//! rows ── pairs ─── scored pairs of the blocks of one bucket    (each pair in one bucket)
//! pairs ─ settle ── pairs that stand, clusters                  (whole components)
//! ```
//!
//! A key, as a signed number and without its lowest bit, is in the bucket that is its remainder by the number of buckets. A pair is given
//! where the lowest of its shared keys is, under the first rule that finds it: keys of blocks that are cut do not count, and
//! all keys of a row go with it, so each bucket knows.
//!
//! Version 1 of the lines; what a kind does not name is 0 or empty.
//!
//! | kind | of | values |
//! |---|---|---|
//! | 0 | the end of a part | `texts`: `rewash linkage 1`, version of the program, digest of the plan, the step; `numbers`: those of the step |
//! | 20 | a row | `key`: its number in its table; `code`: 0 left, 1 right, and, where another engine dealt rows to buckets, twice one more than the bucket; `count`: number of its keys; `texts`: id, then the standard texts of all fields; `slots`: for each key four times the rule and 0 left, 1 right or 2 both, then for each field 0 for null or one more than its texts; `numbers`: the keys, then for each counted field the hash of its first text (0: none; where rows were dealt, its count), then hashes of further texts |
//! | 21 | rows of a block, counted | `key`; `code`: the rule; `numbers`: left rows, right rows, rows of a key that is the same for both sides |
//! | 22 | a block that is cut | `key`; `code`: the rule; `count`: its pairs |
//! | 23 | a term of two rows and more | `key`: its hash; `count`: rows |
//! | 24 | a pair | `key`: left row; `code`: right row, after all left ones; `count`: bits of its weight; `texts`: both ids; `slots`: the rule, 1 for one above the least threshold, then levels; `numbers`: bits of the weights of its parts |
//! | 25 | a row in a cluster of a lower row | `key`: the row; `code`: the lowest row; `slots`: number of the threshold |
//! | 26 | a link that was cut, or alone holds a cluster | `key`, `code`, `count`: as of a pair; `texts`: why |
//!
//! Numbers at an end: of `profile` the side, the number of the part, rows, then for each field values that prove the day first
//! and those that prove the month first; of `keys` the side, rows, then for each counted field its values; of `count` left
//! rows, right rows, then values of each counted field; of `pairs` pairs compared, the number of buckets, and one more than the
//! bucket (0: rows were dealt to buckets by another engine); of `settle` pairs compared.

mod bucket;
mod counts;
mod facts;
mod rows;

pub use bucket::{Bucket, Found};
pub use counts::{Counting, Counts};
pub use facts::{Facts, NUMBERED};
pub use rows::PartRows;

use crate::error::{Error, Result};
use crate::frame::lines::{Line, LineBatches};
use crate::model::linkage::{FieldKind, LinkageModel, PairOrder};
use crate::util::hash::{mix, text_hash};

/// Name and version of the form of the lines.
const FORMAT: &str = "rewash linkage 1";

/// Kinds of lines.
pub mod kind {
    /// The end of a part.
    pub const END: i32 = 0;
    /// A row.
    pub const ROW: i32 = 20;
    /// Rows of a block, counted.
    pub const BLOCK: i32 = 21;
    /// A block that is cut.
    pub const CUT: i32 = 22;
    /// A term of two rows and more.
    pub const TERM: i32 = 23;
    /// A pair.
    pub const PAIR: i32 = 24;
    /// A row in a cluster of a lower row.
    pub const LABEL: i32 = 25;
    /// A link that was cut, or alone holds a cluster.
    pub const LINK: i32 = 26;
}

/// What a key of a row is: of a left record, of a right one, or of either.
mod of {
    pub(super) const LEFT: u32 = 0;
    pub(super) const RIGHT: u32 = 1;
    pub(super) const BOTH: u32 = 2;
}

/// What all steps know of a linkage.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The model, with parameters.
    pub model: LinkageModel,
    /// Whether one table is compared with itself.
    pub dedupe: bool,
    /// Fields whose values are counted, by their place in the model.
    pub counted: Vec<usize>,
    /// Digest of the plan: what belongs together has the same.
    pub digest: String,
}

impl Layout {
    /// Of a model for two tables, or for one.
    ///
    /// # Errors
    /// When the model asks for what no part of the tables can tell.
    pub fn new(model: LinkageModel, dedupe: bool, digest: String) -> Result<Self> {
        if model.pair_order == PairOrder::Id || model.metadata.contains_key("splink") {
            return Err(Error::settings("an imported model needs all rows in order of their ids, in one place")
                .at("--model")
                .hint("link on one machine, or train a model of this program for these tables"));
        }
        let adjusts = |name: &str| {
            let mut levels = model.comparisons.iter().flat_map(|comparison| &comparison.levels);
            levels.any(|level| level.term_frequency.as_ref().is_some_and(|term| term.field == name))
        };
        let counted = (0..model.fields.len()).filter(|field| adjusts(&model.fields[*field].name)).collect();
        Ok(Self { model, dedupe, counted, digest })
    }

    /// Columns of a table that are read: those of the fields, and that of the id.
    pub fn columns(&self, side: usize, id: &str) -> Vec<String> {
        let of_fields = self.model.fields.iter().flat_map(|field| if side == 0 { &field.left } else { &field.right });
        let mut columns: Vec<String> = of_fields.cloned().chain([id.to_owned()]).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Writes the end of a part.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(&self, step: &str, numbers: &[u64], out: &mut LineBatches) -> Result<()> {
        let texts = [FORMAT, env!("CARGO_PKG_VERSION"), &self.digest, step];
        out.push(&Line { kind: kind::END, texts: &texts, numbers, ..Line::default() })
    }

    /// Refuses the end of a part that does not belong here.
    ///
    /// # Errors
    /// When it is of another form, version, plan or step.
    pub fn check_end(&self, line: &Line, steps: &[&str]) -> Result<()> {
        let ours = env!("CARGO_PKG_VERSION");
        let [form, version, digest, of] = *line.texts else { return Err(foreign()) };
        if form != FORMAT {
            return Err(foreign());
        }
        if version != ours {
            return Err(Error::input(format!("was written by version {version}, and this is {ours}"))
                .hint("use one version for all steps: make it again with this one"));
        }
        if digest != self.digest {
            return Err(Error::input("belongs to another plan: another model, or other words")
                .hint("run all steps with one plan"));
        }
        if !steps.contains(&of) {
            let what = format!("is what `{of}` writes, not `{}`", steps.join("` or `"));
            return Err(Error::input(what).hint("give the files of that step"));
        }
        Ok(())
    }

    fn refuse_lists(&self, field: usize) -> bool {
        self.model.fields[field].kind == FieldKind::Raw && !self.model.fields[field].list
    }
}

fn foreign() -> Error {
    Error::input(format!("is not of the form `{FORMAT}`, which this version reads"))
        .hint("make it again with this version of the program")
}

fn damaged() -> Error {
    Error::input("is damaged").hint("make it again")
}

/// Bucket of a key among so many. The lowest bit of a key tells nothing: it is set, so that no key is 0.
pub fn bucket_of(key: u64, buckets: u32) -> u32 {
    (key.cast_signed() >> 1).rem_euclid(i64::from(buckets.max(1))) as u32
}

/// Hash of a text of a field; never 0.
fn term(field: usize, text: &str) -> u64 {
    mix(field as u64 + 1, text_hash(text.as_bytes())) | 1
}
