//! Errors of a linkage: each pair that is true or was given with what became of it, in groups and as rows to look at.
//!
//! What is known of a pair comes from the file of pairs and from the truth; with the tables, from the model and both records.

use crate::cli::blocks::words_of;
use crate::cli::evaluate::found::Linked;
use crate::cli::evaluate::seen::Seen;
use crate::cli::link::explained;
use crate::cli::linkage::Named;
use crate::cli::truth::{CLUSTERS, IDS, LEFT_IDS, RIGHT_IDS, column, id_column};
use crate::engine::linkage::Linkage;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::Sheet;
use crate::frame::Table;
use crate::ingest;
use crate::model::linkage::Comparison;
use crate::report::Grouping;
use crate::report::pairs::{Given, Looked, Pair, PairFate, group, judge, true_pairs, union};
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::probability;
use crate::util::hash::{Map, Set, map, set};
use std::borrow::Cow;

/// Weights that differ by more are of two models.
const WEIGHT_DIFFERENCE_MAX: f64 = 1e-6;
/// Columns of pairs that rows to look at have anyway.
const KNOWN: [&str; 3] = ["match_weight", "match_probability", "match_key"];

/// What stands before the name of a comparison, and before that of a column of either table.
const LEVEL: &str = "level_";
const WEIGHT: &str = "weight_";
const SIDES: [&str; 2] = ["left_", "right_"];
/// What stands before names of comparisons, which are those of columns, and before those of columns.
const REPEATED: [&str; 4] = [LEVEL, WEIGHT, SIDES[0], SIDES[1]];

/// All pairs with what became of them.
pub(super) struct Errors<'a> {
    found: &'a Table,
    linked: &'a Linked,
    tables: &'a [Named],
    /// Ids by number of either side, where no tables are given.
    ids: Option<[Vec<&'a str>; 2]>,
    given: Cow<'a, [Scored]>,
    pairs: Vec<Pair>,
    fates: Vec<PairFate>,
    seen: Option<Seen<'a>>,
    /// The truth as a file, with its rows by pair or by id.
    truth: Option<(&'a Table, TruthRows<'a>)>,
}

/// Where a file of truth says something of a pair, or of a record.
enum TruthRows<'a> {
    Pairs(Map<(u32, u32), usize>),
    Records(Map<&'a str, usize>),
}

impl<'a> Errors<'a> {
    /// Judges all pairs; those of less weight than `weight_min` bits are not given.
    ///
    /// # Errors
    /// When there are too many, or the model cannot give weights.
    pub(super) fn new(
        found: &'a Table,
        truth: Option<&'a Table>,
        linked: &'a Linked,
        tables: &'a [Named],
        linkage: Option<&'a Linkage>,
        weight_min: f64,
    ) -> Result<Self> {
        let given: Cow<[Scored]> = match &linked.labels {
            Some(labels) => Given::within_clusters(labels)?.into(),
            None => linked.given.as_slice().into(),
        };
        let clusters = linked.labels.is_some();
        let all = Given { pairs: &given, clusters, weight_min };
        let pairs = union(&all, &true_pairs(&linked.truth)?)?;
        let seen = linkage.map(|linkage| Seen::of(linkage, &pairs, linked.rows)).transpose()?;
        let fates = judge(&pairs, linked.rows, &all, seen.as_ref().map(|seen| seen.looked.as_slice()));
        let truth = truth.map(|table| (table, truth_rows(table, linked)));
        Ok(Self {
            found,
            linked,
            tables,
            ids: tables.is_empty().then(|| linked.ids()),
            given,
            pairs,
            fates,
            seen,
            truth,
        })
    }

    /// Says so where the pairs have other weights than the model gives them.
    pub(super) fn of_another_model(&self) -> Option<String> {
        let seen = self.seen.as_ref()?;
        if self.linked.labels.is_some() || column(self.found, &["match_weight"]).is_none() {
            return None;
        }
        let given = self.pairs.iter().zip(&seen.looked).filter_map(|(pair, looked)| Some((pair.given?, looked)));
        let differs = |(place, looked): &(usize, &Looked)| {
            let apart = (self.given[*place].weight - looked.weight).abs();
            apart > WEIGHT_DIFFERENCE_MAX * looked.weight.abs().max(1.0)
        };
        let all = given.clone().count();
        let other = given.filter(differs).count();
        (other > 0).then(|| {
            format!(
                "{other} of {all} pairs have another weight than the model gives them, so why pairs were missed may be \
                 another matter: give the model of that linkage (`--save-model`), and what was said to it besides"
            )
        })
    }

    /// Recall, misses and wrong pairs by the values of a column.
    ///
    /// # Errors
    /// When there is no such column.
    pub(super) fn by(&self, name: &str) -> Result<Grouping> {
        let values = self.column(name).ok_or_else(|| {
            Error::new(ErrorKind::Column, format!("there is no column {name} to group by"))
                .hint(format!("there are {}", self.columns_told()))
        })?;
        Ok(group(name, values.iter().map(Cow::as_ref), &self.fates))
    }

    /// What pairs can be grouped by, without what may be a person's: a table without a row of headers has its first row there.
    fn columns_told(&self) -> String {
        let mut told = vec!["kind".to_owned()];
        // Models, and files that they wrote, repeat the headers of the tables: headers of the tables alone vouch for these.
        let mut repeated: Vec<String> = Vec::new();
        if let Some(seen) = &self.seen {
            told.extend(["levels", "rule"].map(str::to_owned));
            let comparisons = seen.linkage.model.comparisons.iter();
            repeated.extend(comparisons.map(|comparison| format!("{LEVEL}{}", comparison.name)));
        } else if self.found_columns().any(|name| name.starts_with(LEVEL)) {
            told.push("levels".to_owned());
        }
        let of_pairs = self.linked.labels.is_none().then_some(self.found);
        for table in of_pairs.into_iter().chain(self.truth.iter().map(|(table, _)| *table)) {
            let is_headed = column(table, &LEFT_IDS).or_else(|| column(table, &CLUSTERS)).is_some();
            let names = table.names().iter().filter(|name| !is_id(name)).cloned();
            let (of_tables, others): (Vec<String>, Vec<String>) =
                names.partition(|name| REPEATED.iter().any(|prefix| name.starts_with(prefix)));
            repeated.extend(of_tables);
            told.extend(listed(&others, is_headed));
        }
        let is_headed = |table: &Named| table.truth.is_some() || column(&table.table, &IDS).is_some();
        for (prefix, table) in SIDES.into_iter().zip(self.sides()) {
            let names: Vec<String> = table.table.names().iter().map(|name| format!("{prefix}{name}")).collect();
            repeated.retain(|name| !names.contains(name));
            told.extend(listed(&names, is_headed(table)));
        }
        let mut seen: Set<String> = set();
        repeated.retain(|name| seen.insert(name.clone()));
        told.extend(listed(&repeated, !self.tables.is_empty() && self.tables.iter().all(is_headed)));
        told.join(", ")
    }

    /// Columns of the file of pairs, without the ids; those of clusters say nothing of pairs.
    fn found_columns(&self) -> impl Iterator<Item = &String> {
        self.found.names().iter().filter(|name| self.linked.labels.is_none() && !is_id(name))
    }

    /// The value of a column for each pair; `None` where there is no such column.
    fn column(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "kind" => return self.each(|place| self.fates[place].as_str().into()),
            "levels" => {
                if let Some(levels) = self.levels() {
                    return Some(levels);
                }
            }
            "rule" => {
                if let Some(seen) = &self.seen {
                    return self.each(rule_of(seen));
                }
            }
            _ => {}
        }
        if let Some(seen) = &self.seen
            && let Some(comparison) = name.strip_prefix(LEVEL)
            && let Some(at) = seen.linkage.model.comparisons.iter().position(|known| known.name == comparison)
        {
            let levels = &seen.linkage.model.comparisons[at].levels;
            return self.each(|place| one(&levels[usize::from(seen.levels_of(place)[at])].label).into());
        }
        if self.found_columns().any(|known| known == name) {
            return self.each(|place| self.of_found(place, name).unwrap_or("").into());
        }
        if let Some((table, rows)) = &self.truth
            && table.column(name).is_some()
            && !is_id(name)
        {
            return self.each(|place| of_truth(self, place, name, table, rows));
        }
        self.of_tables(name)
    }

    fn each<'s>(&'s self, of: impl Fn(usize) -> Cow<'s, str>) -> Option<Vec<Cow<'s, str>>> {
        Some((0..self.pairs.len()).map(of).collect())
    }

    /// What the file of pairs says of one; nothing of a pair that it lacks.
    fn of_found(&self, place: usize, name: &str) -> Option<&str> {
        self.found.value(name, *self.linked.given_rows.get(self.pairs[place].given?)?)
    }

    /// Each comparison with its level.
    fn levels(&self) -> Option<Vec<Cow<'_, str>>> {
        if let Some(seen) = &self.seen {
            let words: Vec<Vec<String>> = seen.linkage.model.comparisons.iter().map(words_of_levels).collect();
            return self.each(|place| {
                let levels = seen.levels_of(place).iter().zip(&words);
                levels.map(|(level, words)| words[usize::from(*level)].as_str()).collect::<Vec<_>>().join(";").into()
            });
        }
        let names: Vec<&String> = self.found_columns().filter(|name| name.starts_with(LEVEL)).collect();
        let level = |place: usize, name: &str| Some(word_of_level(&name[LEVEL.len()..], self.of_found(place, name)?));
        let joined = |place: usize| names.iter().filter_map(|name| level(place, name)).collect::<Vec<_>>().join(";");
        if names.is_empty() { None } else { self.each(|place| joined(place).into()) }
    }

    /// The tables of the left and the right record.
    fn sides(&self) -> impl Iterator<Item = &'a Named> {
        self.tables.first().into_iter().chain(self.tables.last())
    }

    /// The id of a record, as its table has it: several rows may have one.
    fn id(&self, side: usize, record: usize) -> Cow<'_, str> {
        match &self.ids {
            Some(ids) => ids[side][record].into(),
            None => self.sides().nth(side).map_or_else(String::new, |table| table.id_of(record)).into(),
        }
    }

    fn records(&self, place: usize) -> [usize; 2] {
        [self.pairs[place].left as usize, self.pairs[place].right as usize]
    }

    /// A column of the tables: of one record of each pair, or the values of both.
    fn of_tables(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let sides: Vec<&Named> = self.sides().collect();
        for (side, prefix) in SIDES.into_iter().enumerate() {
            if let Some(of_side) = name.strip_prefix(prefix)
                && let Some(table) = sides.get(side).filter(|table| table.table.column(of_side).is_some())
            {
                return self.each(|place| table.table.value(of_side, self.records(place)[side]).unwrap_or("").into());
            }
        }
        if !sides.iter().any(|table| table.table.column(name).is_some()) {
            return None;
        }
        self.each(|place| {
            let rows = self.records(place);
            both([0, 1].map(|side| sides[side].table.value(name, rows[side])))
        })
    }

    /// Misses and wrong pairs as rows to look at: what became of each, what is known of it, and both records side by side.
    ///
    /// # Errors
    /// When the model cannot give weights.
    pub(super) fn rows_to_look_at(&self) -> Result<Sheet> {
        let places: Vec<usize> = (0..self.pairs.len()).filter(|place| self.fates[*place] != PairFate::Right).collect();
        let mut sheet = Sheet::default();
        let kinds = places.iter().map(|place| self.fates[*place].as_str().to_owned());
        let mut columns = vec![("kind".to_owned(), kinds.collect::<Vec<String>>())];
        for (side, name) in ["left_id", "right_id"].into_iter().enumerate() {
            let id = |place: &usize| self.id(side, self.records(*place)[side]).into_owned();
            columns.push((name.to_owned(), places.iter().map(id).collect()));
        }
        columns.extend(self.weights(&places));
        columns.extend(self.model_columns(&places)?);
        let mut taken: Set<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let more = self.found_columns().filter(|name| !KNOWN.contains(&name.as_str()) || self.seen.is_none()).cloned();
        let of_truth = self.truth.iter().filter(|(_, rows)| matches!(rows, TruthRows::Pairs(_)));
        let more: Vec<String> = more.chain(of_truth.flat_map(|(table, _)| table.names().to_vec())).collect();
        for name in more {
            if !is_id(&name)
                && taken.insert(name.clone())
                && let Some(values) = self.column(&name)
            {
                columns.push((name, places.iter().map(|place| values[*place].to_string()).collect()));
            }
        }
        columns.extend(self.side_by_side(&places, &mut taken));
        for (name, mut values) in columns {
            sheet.header.push(name);
            sheet.rows.resize(values.len(), Vec::new());
            sheet.rows.iter_mut().zip(values.drain(..)).for_each(|(row, value)| row.push(value));
        }
        Ok(sheet)
    }

    /// Weight and probability: of the model, else as they were given.
    fn weights(&self, places: &[usize]) -> Vec<(String, Vec<String>)> {
        if self.seen.is_none() && self.linked.labels.is_some() {
            return Vec::new();
        }
        let stated = |place: &usize| {
            let of_model = || {
                self.seen.as_ref().map(|seen| seen.looked[*place].weight).map(|weight| (weight, probability(weight)))
            };
            let of_file =
                self.pairs[*place].given.map(|given| (self.given[given].weight, self.given[given].probability));
            of_file.filter(|(weight, _)| !weight.is_nan()).or_else(of_model)
        };
        let text = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        vec![
            (KNOWN[0].to_owned(), places.iter().map(|place| text(stated(place).map(|stated| stated.0))).collect()),
            (KNOWN[1].to_owned(), places.iter().map(|place| text(stated(place).map(|stated| stated.1))).collect()),
        ]
    }

    /// Rule, levels and weights of the comparisons.
    fn model_columns(&self, places: &[usize]) -> Result<Vec<(String, Vec<String>)>> {
        let Some(seen) = &self.seen else { return Ok(Vec::new()) };
        let rule = |place: &usize| seen.looked[*place].rule;
        let keys = places.iter().map(|place| rule(place).map_or_else(String::new, |rule| rule.to_string()));
        let rules: Vec<String> = seen.linkage.model.blocking.iter().map(words_of).collect();
        let words =
            places.iter().map(|place| rule(place).map_or("none", |rule| rules[usize::from(rule)].as_str()).to_owned());
        let mut columns =
            vec![(KNOWN[2].to_owned(), keys.collect()), ("rule".to_owned(), words.collect::<Vec<String>>())];
        let scored = seen.scored(places.iter().map(|place| &self.pairs[*place]))?;
        let parts: Vec<_> = scored.into_iter().map(|(levels, parts)| (levels, parts.weights())).collect();
        for explained in explained(&seen.linkage.model, &parts) {
            columns.push((format!("{LEVEL}{}", explained.comparison), explained.levels));
            let weights = explained.weights.iter().map(|weight| format!("{weight:.4}")).collect();
            columns.push((format!("{WEIGHT}{}", explained.comparison), weights));
        }
        Ok(columns)
    }

    /// Values of both records as they stand in the tables, field by field; then what the model does not compare.
    fn side_by_side(&self, places: &[usize], taken: &mut Set<String>) -> Vec<(String, Vec<String>)> {
        let sides: Vec<&Named> = self.sides().collect();
        let mut wanted: Vec<(usize, String, Vec<String>)> = Vec::new();
        let fields = self.seen.iter().flat_map(|seen| &seen.linkage.model.fields);
        let mut compared: [Set<String>; 2] = [set(), set()];
        for field in fields {
            for (side, columns) in [&field.left, &field.right].into_iter().enumerate() {
                compared[side].extend(columns.iter().cloned());
                wanted.push((side, field.name.clone(), columns.clone()));
            }
        }
        for (side, table) in sides.iter().enumerate() {
            let rest = table
                .table
                .names()
                .iter()
                .filter(|name| !compared[side].contains(*name) && Some(*name) != table.id.as_ref());
            wanted.extend(rest.map(|name| (side, name.clone(), vec![name.clone()])));
        }
        let mut columns = Vec::new();
        for (side, name, of) in wanted {
            let name = format!("{}{name}", SIDES[side]);
            if !taken.insert(name.clone()) {
                continue;
            }
            let value = |place: &usize| {
                let row = self.records(*place)[side];
                of.iter().filter_map(|column| sides[side].table.value(column, row)).collect::<Vec<_>>().join(" ")
            };
            columns.push((name, places.iter().map(value).collect()));
        }
        columns
    }
}

/// Headers for a message, if there are any; where no known one stands among them, they may be a person's.
fn listed(headers: &[String], is_headed: bool) -> Option<String> {
    let known: Vec<&str> = headers.iter().filter(|_| is_headed).map(String::as_str).collect();
    (!headers.is_empty()).then(|| ingest::listed_headers(headers, &known))
}

/// The first rule that brings a pair.
fn rule_of<'s>(seen: &'s Seen) -> impl Fn(usize) -> Cow<'s, str> {
    let rules: Vec<String> = seen.linkage.model.blocking.iter().map(|rule| one(&words_of(rule))).collect();
    move |place| seen.looked[place].rule.map_or("none", |rule| &rules[usize::from(rule)]).to_owned().into()
}

fn truth_rows<'a>(table: &'a Table, linked: &Linked) -> TruthRows<'a> {
    let rows = 0..table.rows();
    match column(table, &LEFT_IDS).zip(column(table, &RIGHT_IDS)) {
        Some((left, right)) => {
            let mut known = map();
            let pair = |row: usize| linked.pair_of(table.value(left, row)?, table.value(right, row)?);
            known.extend(rows.filter_map(|row| Some((pair(row)?, row))));
            TruthRows::Pairs(known)
        }
        None => {
            let mut known = map();
            let id = id_column(table);
            known.extend(rows.filter_map(|row| Some((table.value(id, row)?, row))));
            TruthRows::Records(known)
        }
    }
}

/// What a file of truth says of a pair, or of its two records.
fn of_truth<'b>(errors: &Errors<'b>, place: usize, name: &str, table: &'b Table, rows: &TruthRows<'b>) -> Cow<'b, str> {
    match rows {
        TruthRows::Pairs(rows) => {
            let pair = &errors.pairs[place];
            let row = rows.get(&(pair.left, pair.right));
            row.and_then(|row| table.value(name, *row)).unwrap_or("").into()
        }
        TruthRows::Records(rows) => {
            let records = errors.records(place);
            both([0, 1].map(|side| table.value(name, *rows.get(errors.id(side, records[side]).as_ref())?)))
        }
    }
}

/// The values of two records, once where they are one.
fn both<'b>(values: [Option<&'b str>; 2]) -> Cow<'b, str> {
    match values {
        [Some(left), Some(right)] if left != right => format!("{left};{right}").into(),
        [Some(value), _] | [None, Some(value)] => value.into(),
        [None, None] => "".into(),
    }
}

/// A word that counts as one value.
fn one(word: &str) -> String {
    word.replace(';', ",")
}

/// A level with its comparison.
fn word_of_level(comparison: &str, level: &str) -> String {
    one(&format!("{comparison}: {level}"))
}

fn words_of_levels(comparison: &Comparison) -> Vec<String> {
    comparison.levels.iter().map(|level| word_of_level(&comparison.name, &level.label)).collect()
}

fn is_id(name: &str) -> bool {
    LEFT_IDS.iter().chain(&RIGHT_IDS).any(|id| id.eq_ignore_ascii_case(name))
}
