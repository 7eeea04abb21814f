//! The engine for any two tables, or one: fields, keys, pairs, training, scores.
//!
//! In: tables of text and a [`LinkageModel`], or none. Out: scored pairs, in an order that does not depend on threads.
//! Read next: `propose.rs` (a model for tables that nobody described), `training.rs`, `scoring.rs`.
//!
//! ```text
//! tables ─ columns ─┬ keys ─ pairing ─┬ training ─ model with parameters
//!          (codes)  └ program ────────┴ scoring ── pairs
//! ```

//!
//! Tables without a model: one is proposed, trained and used.
//!
//! ```
//! use arrow::array::StringViewArray;
//! use rewash::engine::linkage::{BLOCK_PAIRS_MAX, Linkage, TrainSettings, propose, train};
//! use rewash::frame::Table;
//! use rewash::report::{PairsTable, pairs_batch};
//! use rewash::resolve::pairs::{Ties, one_to_one};
//!
//! // Thirty people, the second table with its dates the other way round and every third name misspelt.
//! let (mut names, mut born, mut other_names, mut other_born) = (vec![], vec![], vec![], vec![]);
//! let forenames = ["Ann", "Raj", "Eva", "Tom", "Mia"];
//! let surnames = ["Okafor", "Novak", "Patel", "Rossi", "Brown", "Garcia"];
//! for person in 0..30_u32 {
//!     let (forename, surname) = (forenames[person as usize % 5], surnames[person as usize % 6]);
//!     names.push(format!("{forename} {surname}"));
//!     born.push(format!("19{:02}-{:02}-{:02}", 50 + person, 1 + person % 12, 13 + person % 15));
//!     other_names.push(if person % 3 == 0 { format!("{forename} {surname}s") } else { format!("{surname} {forename}") });
//!     other_born.push(format!("{:02}/{:02}/19{:02}", 13 + person % 15, 1 + person % 12, 50 + person));
//! }
//! let column = |values: &[String]| StringViewArray::from_iter(values.iter().map(Some));
//! let left = Table::new(vec![("name".into(), column(&names)), ("born".into(), column(&born))]);
//! let right = Table::new(vec![("who".into(), column(&other_names)), ("dob".into(), column(&other_born))]);
//!
//! let model = propose(&[&left, &right], &[vec![], vec![]])?;
//! let mut linkage = Linkage::prepare(model, &[&left, &right], BLOCK_PAIRS_MAX)?;
//! let training = train(&mut linkage, &TrainSettings::default(), None)?;
//! assert!(training.expected_matches > 25.0);
//!
//! // Pairs of 0 bits (even odds) and more, then one to one. Right rows are numbered after the left ones.
//! let (scored, _compared) = linkage.score(0.0)?;
//! let kept: Vec<_> = one_to_one(&scored, Ties::LowestId).into_iter().map(|index| scored[index]).collect();
//! assert!(kept.iter().all(|pair| pair.left + 30 == pair.right));
//! let batch = pairs_batch(&PairsTable { pairs: &kept, ids: &|row| row.to_string(), explained: &[] })?;
//! assert_eq!(batch.num_columns(), 5);
//!
//! // The same code gives a weight and its parts.
//! let (parts, _levels) = linkage.explain(kept[0].left, kept[0].right)?;
//! assert!((parts.match_weight() - kept[0].weight).abs() < 1e-12);
//! # Ok::<(), rewash::error::Error>(())
//! ```

mod alike;
pub mod apart;
pub mod columns;
mod kept;
pub mod keys;
mod memory;
mod order;
mod plugged;
mod profile;
mod propose;
mod scoring;
mod templates;
#[cfg(test)]
mod tests;
mod training;
mod units;

pub use alike::Alike;
pub use kept::{KeptPairs, PairRoom, SortedPairs, Sorter};
pub use memory::{bytes_for_pairs, pairs_bytes, preparing_bytes};
pub use order::{in_order_of_ids, mirrored, order_of_ids};
pub use plugged::Lexicon;
pub use propose::propose;
pub use training::{TrainSettings, Training, train};
pub use units::{Checkpoints, Keeping};

use crate::block::rules::{Pairing, Rows, RuleCost, Unit};
use crate::engine::linkage::kept::UnitPairs;
use crate::engine::linkage::keys::Columns;
use crate::engine::linkage::scoring::Scorer;
use crate::engine::linkage::units::Units;
use crate::engine::{Observer, Silent};
use crate::error::{Error, Result};
use crate::frame::Table;
use crate::model::expression::Expression;
use crate::model::linkage::{BlockingRule, Comparison, FieldKind, Level, LinkType, LinkageModel, PairOrder, When};
use crate::program::{self, Bounds, Condition, Program, Scratch, Value};
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::{Parts, probability};
use crate::score::train::patterns::{COMPARISONS_MAX, LEVELS_MAX, Pattern, level_of, pack};
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// Most pairs of one block, unless a caller says otherwise: 10 000 records that share a key.
pub const BLOCK_PAIRS_MAX: u64 = 50_000_000;

/// Frequencies of the values of one field, given from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermTable {
    /// The field.
    pub field: String,
    /// Standard texts with the share of records that hold them.
    pub values: Vec<(String, f64)>,
}

/// Tables that are ready to be compared under a model.
pub struct Linkage {
    /// The model.
    pub model: LinkageModel,
    /// Frequencies of values that were given, instead of those of the tables.
    pub frequency_tables: Vec<TermTable>,
    /// Of a part of the tables: shares of all their rows that hold each code, by field.
    counted: Option<Vec<Vec<f64>>>,
    columns: Vec<(String, columns::Values)>,
    rows: Rows,
    pairing: Pairing,
    program: Program<'static>,
    filters: Option<Program<'static>>,
    /// Buffers of threads that are not at work.
    idle: [Mutex<Vec<Scratch>>; 2],
    /// All pairs of the rules, where training has compared them already.
    compared: Option<Vec<Compared>>,
}

/// A pair that was compared.
struct Compared {
    left: u32,
    right: u32,
    rule: u8,
    /// Whether m is learned from it.
    drawn: bool,
    pattern: Pattern,
}

impl Linkage {
    /// Prepares tables, the left one first, for a model. One table of a model whose pairs are in order of their ids
    /// ([`PairOrder::Id`]) is to be given in that order ([`in_order_of_ids`]).
    ///
    /// # Errors
    /// When a column is missing, or the model does not fit the values.
    pub fn prepare(mut model: LinkageModel, tables: &[&Table], block_pairs_max: u64) -> Result<Self> {
        check_size(&model)?;
        // An imported model does not say which of its columns are lists; the tables do.
        for field in model.fields.iter_mut().filter(|field| field.kind == FieldKind::Raw && !field.list) {
            field.list = tables.first().is_some_and(|table| columns::holds_lists(table, &field.left));
        }
        let all = tables.iter().map(|table| table.rows()).sum();
        let rows = match (model.link_type, tables) {
            (LinkType::Link, [left, _]) => Rows::Link { left: left.rows(), all },
            (LinkType::Link, _) => return Err(Error::usage("the model links two tables and one was given")),
            _ => Rows::Dedupe { all },
        };
        if u32::try_from(all).is_err() {
            return Err(Error::limit(format!("{all} rows: at most {} can be numbered", u32::MAX)));
        }
        let fields = model.fields.par_iter();
        let columns: Vec<(String, columns::Values)> =
            fields.map(|field| Ok((field.name.clone(), columns::values(field, tables)?))).collect::<Result<_>>()?;
        let pairing = Pairing::new(keys::of_rules(&model, &columns, all)?, rows, block_pairs_max);
        Self::assemble(model, columns, rows, pairing)
    }

    fn assemble(
        model: LinkageModel,
        columns: Vec<(String, columns::Values)>,
        rows: Rows,
        pairing: Pairing,
    ) -> Result<Self> {
        let pairing = if model.pair_order == PairOrder::Id { pairing.one_way() } else { pairing };
        let for_programs = program_columns(&columns, rows.all())?;
        // Of an imported model: its own conditions say what they mean.
        let of_numbers = model.pair_order == PairOrder::Id || model.metadata.contains_key("splink");
        let meant = |condition: &Expression| match of_numbers {
            true => order::by_number(condition, &columns),
            false => condition.clone(),
        };
        let program = compile(&model, &for_programs, &meant)?;
        let filters = compile_filters(&model, &for_programs, &meant)?;
        let idle = [Mutex::default(), Mutex::default()];
        let frequency_tables = Vec::new();
        Ok(Self {
            model,
            frequency_tables,
            counted: None,
            columns,
            rows,
            pairing,
            program,
            filters,
            idle,
            compared: None,
        })
    }

    /// Rows of both tables, and which are paired with which.
    pub const fn rows(&self) -> Rows {
        self.rows
    }

    /// The fields of all rows, those of the left table first.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// What each rule costs.
    pub fn costs(&self) -> &[RuleCost] {
        self.pairing.costs()
    }

    /// The keys of a left row under a rule, one text for each; elements of lists are joined by commas.
    pub fn key_values(&self, rule: usize, row: u32) -> Vec<String> {
        let record = keys::Row { columns: &self.columns, row: row as usize };
        let keys = self.model.blocking[rule].keys.iter();
        keys.map(|key| match program::evaluate(&key.left, &record, &record, &Lexicon) {
            Ok(Value::Text(text)) => text,
            Ok(Value::List(elements)) => elements.join(", "),
            Ok(Value::Number(number)) => number.to_string(),
            Ok(Value::Boolean(truth)) => truth.to_string(),
            Ok(Value::Date(_) | Value::Instant(_) | Value::Null) | Err(_) => String::new(),
        })
        .collect()
    }

    /// Pairs that each rule is the first to find.
    pub fn first_found(&self) -> Vec<u64> {
        let units = self.pairing.units();
        let counts: Vec<Vec<u64>> = units
            .par_iter()
            .map(|unit| {
                let mut counts = vec![0; self.model.blocking.len()];
                self.pairs(unit, |_, _, rule| counts[usize::from(rule)] += 1);
                counts
            })
            .collect();
        counts.iter().fold(vec![0; self.model.blocking.len()], |mut sum, part| {
            sum.iter_mut().zip(part).for_each(|(sum, count)| *sum += count);
            sum
        })
    }

    /// Whether a pair shares a standing block of a rule and passes its filter.
    pub fn holds(&self, rule: usize, left: u32, right: u32) -> bool {
        self.pairing.holds(rule, left, right) && self.passes(rule, left, right)
    }

    fn passes(&self, rule: usize, left: u32, right: u32) -> bool {
        let Some(filters) = self.filters.as_ref().filter(|_| self.model.blocking[rule].filter.is_some()) else {
            return true;
        };
        let mut levels = vec![0; self.model.blocking.len()];
        self.with_scratch(1, filters, |scratch| filters.levels(left, right, scratch, &mut levels));
        levels[rule] == 0
    }

    fn pairs(&self, unit: &Unit, mut found: impl FnMut(u32, u32, u8)) {
        if self.filters.is_none() {
            self.pairing.pairs(unit, found);
            return;
        }
        self.pairing.shared(unit, |left, right, rule| {
            if self.passes(rule, left, right) && !(0..rule).any(|earlier| self.holds(earlier, left, right)) {
                found(left, right, rule as u8);
            }
        });
    }

    /// As [`Linkage::pairs`], with the right records of one left record together: they are compared faster so.
    fn pairs_of_left(&self, unit: &Unit, mut found: impl FnMut(u32, &[u32], u8)) {
        let mut rights: Vec<u32> = Vec::new();
        let mut of = (0, 0);
        self.pairs(unit, |left, right, rule| {
            if of != (left, rule) && !rights.is_empty() {
                found(of.0, &rights, of.1);
                rights.clear();
            }
            of = (left, rule);
            rights.push(right);
        });
        if !rights.is_empty() {
            found(of.0, &rights, of.1);
        }
    }

    /// Chance that two random records agree on a field that holds no lists.
    fn chance(&self, field: &str) -> Option<f64> {
        let values = &self.columns.iter().find(|(name, _)| name == field)?.1;
        if values.is_list() {
            return None;
        }
        let counts = |codes: &[u32]| {
            let mut counts = vec![0_u64; values.texts.len()];
            codes.iter().for_each(|code| counts[*code as usize] += 1);
            counts[0] = 0;
            let all: u64 = counts.iter().sum();
            (counts, all as f64)
        };
        match self.rows {
            Rows::Link { left, .. } => {
                let (a, all_a) = counts(&values.codes[..left]);
                let (b, all_b) = counts(&values.codes[left..]);
                let agree: f64 = a.iter().zip(&b).map(|(a, b)| *a as f64 * *b as f64).sum();
                (all_a > 0.0 && all_b > 0.0).then(|| agree / all_a / all_b)
            }
            Rows::Dedupe { .. } => {
                let (a, all) = counts(&values.codes);
                let agree: f64 = a.iter().map(|a| *a as f64 * (*a as f64 - 1.0).max(0.0)).sum();
                (all > 1.0).then(|| agree / all / (all - 1.0))
            }
        }
    }

    fn comparing<T>(&self, work: impl FnOnce(&mut Compare) -> T) -> T {
        self.with_scratch(0, &self.program, |scratch| {
            work(&mut Compare { program: &self.program, scratch, levels: vec![0; self.model.comparisons.len()] })
        })
    }

    fn with_scratch<T>(&self, which: usize, program: &Program, work: impl FnOnce(&mut Scratch) -> T) -> T {
        let lock = || self.idle[which].lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().pop();
        let mut scratch = known.unwrap_or_else(|| program.scratch());
        let done = work(&mut scratch);
        lock().push(scratch);
        done
    }

    /// The parts of the weight of one pair, and the level of each comparison.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub fn explain(&self, left: u32, right: u32) -> Result<(Parts, Vec<u8>)> {
        let scorer = Scorer::new(self)?;
        let pattern = self.comparing(|compare| compare.pattern(left, right));
        let levels = (0..self.model.comparisons.len()).map(|c| level_of(pattern, c) as u8).collect();
        Ok((scorer.parts(pattern, left, right), levels))
    }

    /// Scores all pairs of the rules; those of `weight_min` bits and more are given, by rule and key.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub fn score(&self, weight_min: f64) -> Result<(Vec<Scored>, u64)> {
        let kept = self.score_kept(weight_min, &Keeping::default(), &Silent)?;
        let compared = kept.compared();
        Ok((kept.into_held()?, compared))
    }

    /// The same in bounded memory, and with what is done kept for the next run where that is asked for; progress is told by
    /// parts of the work, of about one size.
    ///
    /// # Errors
    /// When the model cannot give weights, or the disk refuses.
    pub fn score_kept(&self, weight_min: f64, keeping: &Keeping, observer: &dyn Observer) -> Result<KeptPairs> {
        let scorer = Scorer::new(self)?;
        // Where they are too many to be held a second time they are compared again, and put aside.
        let known = self.compared.as_ref().filter(|compared| !keeping.room.is_too_little(compared.len() as u64));
        if let Some(compared) = known {
            let scored = compared.par_iter().filter_map(|pair| scorer.scored(pair, weight_min)).collect();
            return Ok(KeptPairs::held(scored, compared.len() as u64));
        }
        let bounds = scorer.bounds(weight_min);
        let units = self.pairing.units();
        observer.stage("score", Some(units.len() as u64));
        let kept = Units::new(keeping, units.len(), self.model.blocking.len(), self.rows.all())?;
        units.par_iter().enumerate().try_for_each(|(number, unit)| {
            if !kept.is_done(number) {
                kept.put(number, self.score_unit(unit, &scorer, &bounds, weight_min))?;
            }
            observer.advance(1);
            Ok(())
        })?;
        kept.into_kept()
    }

    fn score_unit(&self, unit: &Unit, scorer: &Scorer, bounds: &Bounds, weight_min: f64) -> UnitPairs {
        let mut of_unit = UnitPairs::default();
        self.comparing(|compare| {
            self.pairs_of_left(unit, |left, rights, rule| {
                of_unit.compared += rights.len() as u64;
                compare.program.levels_within(bounds, (left, rights), compare.scratch, |right, levels| {
                    let pair = Compared { left, right, rule, drawn: false, pattern: pack(levels) };
                    of_unit.pairs.extend(scorer.scored(&pair, weight_min));
                });
            });
        });
        of_unit
    }

    /// All pairs of one record that any rule finds, scored.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub fn candidates_of(&self, row: u32) -> Result<Vec<Scored>> {
        let scorer = Scorer::new(self)?;
        let others: Vec<u32> = match self.rows {
            Rows::Link { left, all } if (row as usize) < left => (left as u32..all as u32).collect(),
            Rows::Link { left, .. } => (0..left as u32).collect(),
            Rows::Dedupe { all } => (0..all as u32).filter(|other| *other != row).collect(),
        };
        let score = |other: &u32| {
            let (left, right) = (row.min(*other), row.max(*other));
            let rule = (0..self.model.blocking.len()).find(|rule| self.holds(*rule, left, right))?;
            let pattern = self.comparing(|compare| compare.pattern(left, right));
            let weight = scorer.weight(pattern, left, right);
            Some(Scored { left, right, weight, probability: probability(weight), rule: rule as u8 })
        };
        Ok(others.par_iter().filter_map(score).collect())
    }

    /// The standard text of a field in a row; elements of a list joined by commas, empty when null or unknown.
    pub fn value(&self, field: &str, row: u32) -> String {
        let Some((_, values)) = self.columns.iter().find(|(name, _)| name == field) else { return String::new() };
        let texts: Vec<&str> = values.of(row as usize).iter().map(|code| &*values.texts[*code as usize]).collect();
        texts.join(", ")
    }

    /// Scores pairs that are given, not found: levels of the comparisons, and the parts of the weight.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub fn score_pairs(&self, pairs: &[(u32, u32)]) -> Result<Vec<(Vec<u8>, Parts)>> {
        Ok(self.explainer()?.score(pairs))
    }

    /// The same for pairs that come some at a time.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub fn explainer(&self) -> Result<Explainer<'_>> {
        Ok(Explainer { scorer: Scorer::new(self)?, linkage: self })
    }
}

/// Scores pairs that are given.
pub struct Explainer<'a> {
    scorer: Scorer<'a>,
    linkage: &'a Linkage,
}

impl Explainer<'_> {
    /// Levels of the comparisons of pairs, and the parts of their weights.
    pub fn score(&self, pairs: &[(u32, u32)]) -> Vec<(Vec<u8>, Parts)> {
        self.linkage.comparing(|compare| {
            let one = |&(left, right): &(u32, u32)| {
                let pattern = compare.pattern(left, right);
                (compare.levels.clone(), self.scorer.parts(pattern, left, right))
            };
            pairs.iter().map(one).collect()
        })
    }
}

/// Compares pairs with buffers of one thread.
struct Compare<'a> {
    program: &'a Program<'static>,
    scratch: &'a mut Scratch,
    levels: Vec<u8>,
}

impl Compare<'_> {
    #[inline]
    fn pattern(&mut self, left: u32, right: u32) -> Pattern {
        self.program.levels(left, right, self.scratch, &mut self.levels);
        pack(&self.levels)
    }

    /// Patterns of one left record with many right ones, in their order.
    #[inline]
    fn patterns(&mut self, left: u32, rights: &[u32], mut each: impl FnMut(u32, Pattern)) {
        let count = self.program.comparisons().max(1);
        self.levels.resize(rights.len() * count, 0);
        self.program.levels_of_many(left, rights, self.scratch, &mut self.levels);
        for (right, levels) in rights.iter().zip(self.levels.chunks(count)) {
            each(*right, pack(levels));
        }
        self.levels.truncate(count);
    }
}

fn check_size(model: &LinkageModel) -> Result<()> {
    if model.comparisons.len() > COMPARISONS_MAX {
        return Err(Error::settings(format!("more than {COMPARISONS_MAX} comparisons")));
    }
    match model.comparisons.iter().find(|comparison| comparison.levels.len() > LEVELS_MAX) {
        Some(comparison) => {
            Err(Error::settings(format!("comparison `{}` has more than {LEVELS_MAX} levels", comparison.name)))
        }
        None => Ok(()),
    }
}

/// Conditions of each comparison in the order of its levels.
fn compile(
    model: &LinkageModel,
    columns: &program::Columns,
    meant: &dyn Fn(&Expression) -> Expression,
) -> Result<Program<'static>> {
    let condition = |level: &'_ Level| match &level.when {
        When::Null(condition) | When::True(condition) => Some(meant(condition)),
        When::Else => None,
    };
    let of_comparison = |comparison: &Comparison| comparison.levels.iter().map(condition).collect::<Vec<_>>();
    compiled(&model.comparisons.iter().map(of_comparison).collect::<Vec<_>>(), columns)
}

/// Filters of the rules, each as a comparison of its own: level 0 where it passes.
fn compile_filters(
    model: &LinkageModel,
    columns: &program::Columns,
    meant: &dyn Fn(&Expression) -> Expression,
) -> Result<Option<Program<'static>>> {
    if model.blocking.iter().all(|rule| rule.filter.is_none()) {
        return Ok(None);
    }
    let of_rule =
        |rule: &BlockingRule| rule.filter.iter().map(|filter| Some(meant(filter))).chain([None]).collect::<Vec<_>>();
    compiled(&model.blocking.iter().map(of_rule).collect::<Vec<_>>(), columns).map(Some)
}

fn compiled(conditions: &[Vec<Option<Expression>>], columns: &program::Columns) -> Result<Program<'static>> {
    let conditions: Vec<Vec<Condition>> = conditions
        .iter()
        .map(|levels| levels.iter().map(|level| level.as_ref().map_or(Condition::Else, Condition::Holds)).collect())
        .collect();
    Program::compile(&conditions, columns, &Lexicon)
}

/// The fields as programs read them.
fn program_columns(columns: &Columns, rows: usize) -> Result<program::Columns> {
    let mut found = program::Columns::new(rows);
    let made: Vec<(&String, program::Column)> =
        columns.par_iter().map(|(name, values)| Ok((name, program_column(values)?))).collect::<Result<_>>()?;
    for (name, column) in made {
        found.add(name, column)?;
    }
    Ok(found)
}

fn program_column(values: &columns::Values) -> Result<program::Column> {
    let mut texts = program::Texts::default();
    for text in values.texts.iter().skip(1) {
        let _ = texts.push(text)?;
    }
    let texts = Arc::new(texts);
    if !values.is_list() {
        return Ok(program::Column::Texts { codes: values.codes.clone(), texts });
    }
    let null = values.null.clone();
    let ends = values.ends.iter().map(|end| *end as usize).collect();
    Ok(program::Column::Lists { ends, items: values.codes.clone(), null, texts })
}
