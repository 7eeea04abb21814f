//! What was found, and what is true, by numbers of records: those of ids as they come, or rows of the tables where those are
//! given.

use crate::cli::linkage::Named;
use crate::cli::talk::Talk;
use crate::cli::truth::{self, CLUSTERS, Told, cell, column, id_column, self_pair};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Table;
use crate::ingest;
use crate::report::accuracy::{Rows, Truth};
use crate::report::thousands;
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::{match_weight, probability};
use crate::util::hash::{Map, map};

/// What was found and what is true.
pub(super) struct Linked {
    /// The records.
    pub rows: Rows,
    /// Pairs that were found; none where clusters were.
    pub given: Vec<Scored>,
    /// Row of the file of each.
    pub given_rows: Vec<usize>,
    /// Cluster of each record, where clusters were found.
    pub labels: Option<Vec<u32>>,
    /// What is true.
    pub truth: Truth,
    /// Numbers of the ids: of either side, or of one table for both.
    numbers: Vec<Map<String, u32>>,
}

impl Linked {
    /// By ids alone.
    pub(super) fn by_ids(found: &Table, file: &str, truth: &Table, truth_file: &str) -> Result<Self> {
        if column(found, &["left_id"]).is_some() {
            return pairs_by_ids(found, file, truth, truth_file);
        }
        let (found_id, found_cluster) = (id_column(found), needed(found, &CLUSTERS, file)?);
        let clusters = |row: usize| Some((cell(found, found_id, row)?, cell(found, found_cluster, row)?));
        let clusters: Vec<(&str, &str)> = (0..found.rows()).filter_map(clusters).collect();
        let told = Told::of(truth, truth_file)?;
        let mut ids = Ids(map());
        // Both files are read once for their ids, so that both have a label for each.
        let _ = labels(&clusters, &mut ids);
        check_common(found.rows() > 0, &told, truth_file, [&ids, &ids])?;
        let known = within(&told, truth_file, &mut ids)?;
        let predicted = labels(&clusters, &mut ids);
        Ok(Self {
            rows: Rows::Within(ids.0.len() as u32),
            given: Vec::new(),
            given_rows: Vec::new(),
            labels: Some(predicted),
            truth: known,
            numbers: vec![ids.0],
        })
    }

    /// By rows of the tables, whose truth columns hold the truth where no file of it is given.
    pub(super) fn by_rows(
        found: &Table,
        file: &str,
        truth: Option<(&Table, &str)>,
        tables: &[Named],
        talk: &Talk,
    ) -> Result<Self> {
        let known = match truth {
            Some((truth, file)) => truth::of_file(truth, file, tables, talk)?,
            None => truth::own(tables)?,
        };
        let left = tables[0].table.rows() as u32;
        let mut numbers = truth::ids(tables);
        let (rows, truth) = match tables {
            [_, right] => {
                numbers[1].values_mut().for_each(|row| *row -= left);
                let rows = Rows::Between { left, right: right.table.rows() as u32 };
                (rows, known.across(left))
            }
            _ => (Rows::Within(left), known.within()),
        };
        let mut linked = Self { rows, given: Vec::new(), given_rows: Vec::new(), labels: None, truth, numbers };
        let mut selves = 0;
        let strange = if column(found, &["left_id"]).is_some() {
            let strange;
            (strange, selves) = linked.take_pairs(found, file)?;
            strange
        } else if tables.len() == 2 {
            return Err(Error::usage("clusters are of one table, and two are given").at("--table"));
        } else {
            linked.take_clusters(found, file)?
        };
        if strange > 0 && strange == found.rows() {
            return Err(Error::input("no id of it stands in the tables").at(file).hint(
                "give the tables that were linked, the left one first, with --id as it was given to `link` or `dedupe`",
            ));
        }
        if strange > 0 {
            let [strange, of] = [strange, found.rows()].map(|rows| thousands(rows as u64));
            talk.warn(&format!(
                "{file}: of {of} rows, {strange} name ids that the tables do not have, and are left out"
            ));
        }
        if selves > 0 {
            let [selves, of] = [selves, found.rows()].map(|rows| thousands(rows as u64));
            talk.warn(&format!("{file}: of {of} rows, {selves} pair a record with itself, and are left out"));
        }
        Ok(linked)
    }

    /// Takes pairs; how many rows name no two records, and how many name one twice.
    fn take_pairs(&mut self, found: &Table, file: &str) -> Result<(usize, usize)> {
        let is_between = matches!(self.rows, Rows::Between { .. });
        let mut selves = 0;
        for pair in named_pairs(found, file)? {
            let Some((left, right)) = self.pair_of(pair.left, pair.right) else { continue };
            if !is_between && left == right {
                selves += 1;
                continue;
            }
            self.given.push(pair.scored(left, right));
            self.given_rows.push(pair.row);
        }
        Ok((found.rows() - self.given.len() - selves, selves))
    }

    /// Takes clusters; records without one are alone. How many rows name no record.
    fn take_clusters(&mut self, found: &Table, file: &str) -> Result<usize> {
        let (id, cluster) = (id_column(found), needed(found, &CLUSTERS, file)?);
        let mut labels: Vec<u32> = (0..self.numbers_of_left()).collect();
        let mut known: Map<&str, u32> = map();
        let mut strange = 0;
        for row in 0..found.rows() {
            let place = cell(found, id, row).and_then(|id| self.numbers(0).get(id)).copied();
            match place.zip(cell(found, cluster, row)) {
                Some((place, cluster)) => labels[place as usize] = *known.entry(cluster).or_insert(place),
                None => strange += 1,
            }
        }
        self.labels = Some(labels);
        Ok(strange)
    }

    fn numbers_of_left(&self) -> u32 {
        match self.rows {
            Rows::Within(count) => count,
            Rows::Between { left, .. } => left,
        }
    }

    fn numbers(&self, side: usize) -> &Map<String, u32> {
        self.numbers.get(side).unwrap_or(&self.numbers[0])
    }

    /// Ids by number, of either side. Of rows that have one id, the last alone has it here: ask the tables where there are any.
    pub(super) fn ids(&self) -> [Vec<&str>; 2] {
        let counts = match self.rows {
            Rows::Within(count) => [count, count],
            Rows::Between { left, right } => [left, right],
        };
        [0, 1].map(|side| {
            let mut ids = vec![""; counts[side] as usize];
            self.numbers(side).iter().for_each(|(id, number)| ids[*number as usize] = id);
            ids
        })
    }

    /// The number pair of a row that names two records.
    pub(super) fn pair_of(&self, left: &str, right: &str) -> Option<(u32, u32)> {
        let (left, right) = (*self.numbers(0).get(left)?, *self.numbers(1).get(right)?);
        Some(match self.rows {
            Rows::Within(_) => (left.min(right), left.max(right)),
            Rows::Between { .. } => (left, right),
        })
    }
}

fn pairs_by_ids(found: &Table, file: &str, truth: &Table, truth_file: &str) -> Result<Linked> {
    let named = named_pairs(found, file)?;
    let told = Told::of(truth, truth_file)?;
    let mut left = Ids(map());
    let mut right = Ids(map());
    for pair in &named {
        let _ = (left.of(pair.left), right.of(pair.right));
    }
    let two_tables = !right.0.keys().any(|id| left.0.contains_key(id));
    if !two_tables {
        // In the order in which they were counted before: those on the left first.
        named.iter().for_each(|pair| {
            let _ = left.of(pair.right);
        });
        if let Some(pair) = named.iter().find(|pair| pair.left == pair.right) {
            return Err(self_pair(file, pair.row, SELF_HINT));
        }
    }
    check_common(!named.is_empty(), &told, truth_file, if two_tables { [&left, &right] } else { [&left, &left] })?;
    let known = if two_tables { between(&told, &mut left, &mut right) } else { within(&told, truth_file, &mut left)? };
    let pair = |pair: &NamedPair| {
        let a = left.0.get(pair.left).copied().unwrap_or(0);
        let b = if two_tables { right.0.get(pair.right) } else { left.0.get(pair.right) }.copied().unwrap_or(0);
        if two_tables { pair.scored(a, b) } else { pair.scored(a.min(b), a.max(b)) }
    };
    let rows = if two_tables {
        Rows::Between { left: left.0.len() as u32, right: right.0.len() as u32 }
    } else {
        Rows::Within(left.0.len() as u32)
    };
    Ok(Linked {
        rows,
        given: named.iter().map(pair).collect(),
        given_rows: named.iter().map(|pair| pair.row).collect(),
        labels: None,
        truth: known,
        numbers: if two_tables { vec![left.0, right.0] } else { vec![left.0] },
    })
}

/// A pair of ids. Where the file states neither, weight and probability are not a number: such a pair is given whatever the
/// threshold.
struct NamedPair<'a> {
    /// Row of the file, from 0.
    row: usize,
    left: &'a str,
    right: &'a str,
    weight: f64,
    probability: f64,
}

impl NamedPair<'_> {
    const fn scored(&self, left: u32, right: u32) -> Scored {
        Scored { left, right, weight: self.weight, probability: self.probability, rule: 0 }
    }
}

fn named_pairs<'a>(table: &'a Table, file: &str) -> Result<Vec<NamedPair<'a>>> {
    let (a, b) = (needed(table, &["left_id"], file)?, needed(table, &["right_id"], file)?);
    let weight = column(table, &["match_weight"]);
    let stated = column(table, &["match_probability"]);
    let mut pairs = Vec::new();
    for row in 0..table.rows() {
        let (Some(left), Some(right)) = (cell(table, a, row), cell(table, b, row)) else { continue };
        let weight = number(table, weight, row, file)?;
        let stated = number(table, stated, row, file)?;
        if stated.is_some_and(|stated| !(0.0..=1.0).contains(&stated)) {
            return Err(Error::input(format!("row {}: match_probability is not from 0 to 1", row + 1)).at(file));
        }
        let weight = weight.or_else(|| stated.map(match_weight)).unwrap_or(f64::NAN);
        let probability = stated.unwrap_or_else(|| probability(weight));
        pairs.push(NamedPair { row, left, right, weight, probability });
    }
    Ok(pairs)
}

/// The number in a cell; none where it is empty.
fn number(table: &Table, column: Option<&str>, row: usize, file: &str) -> Result<Option<f64>> {
    let Some((column, text)) = column.and_then(|column| Some((column, table.value(column, row)?.trim()))) else {
        return Ok(None);
    };
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<f64>().map_err(|_| {
        Error::input(format!("row {}: {column} is not a number", row + 1))
            .at(file)
            .hint("leave it empty where it is not known")
    })?;
    Ok((!number.is_nan()).then_some(number))
}

fn needed<'a>(table: &'a Table, names: &[&str], file: &str) -> Result<&'a str> {
    column(table, names).ok_or_else(|| {
        Error::new(ErrorKind::Column, format!("has no column {}", names.join(" or ")))
            .at(file)
            .hint(format!("it has {}", ingest::listed_headers(table.names(), names)))
    })
}

/// Numbers of ids, in order of arrival.
struct Ids(Map<String, u32>);

impl Ids {
    fn of(&mut self, id: &str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(id.to_owned()).or_insert(next)
    }
}

/// What to do about a pair of one id, where no tables are given.
const SELF_HINT: &str =
    "take the row out; where two tables have ids in common, give both with --table, which tells their records apart";

/// Refuses a truth that names no record of the pairs or clusters: every figure would be 0.
fn check_common(found: bool, told: &Told, file: &str, [left, right]: [&Ids; 2]) -> Result<()> {
    let has = |id: &str, ids: &Ids| ids.0.contains_key(id);
    let (known, exchanged, is_empty) = match told {
        Told::Pairs(pairs) => (
            pairs.iter().any(|pair| has(pair.left, left) || has(pair.right, right)),
            pairs.iter().any(|pair| has(pair.left, right) || has(pair.right, left)),
            pairs.is_empty(),
        ),
        Told::Clusters(told) => (told.iter().any(|(id, _)| has(id, left) || has(id, right)), false, told.is_empty()),
    };
    if known || !found || is_empty {
        return Ok(());
    }
    let fault = Error::input("no id of the truth stands in what is evaluated").at(file);
    Err(if exchanged {
        fault.hint("its left ids stand on the right there: exchange its columns left_id and right_id")
    } else {
        fault.hint("give the truth of the same tables, with ids as they stand in their id columns")
    })
}

/// Truth of two tables: pairs, or clusters whose pairs across are true.
fn between(told: &Told, left: &mut Ids, right: &mut Ids) -> Truth {
    let clusters = match told {
        Told::Pairs(told) => {
            // Those that are not true are records all the same.
            let numbered: Vec<_> =
                told.iter().map(|pair| (pair.is_true, (left.of(pair.left), right.of(pair.right)))).collect();
            return Truth::Pairs(numbered.into_iter().filter(|(is_true, _)| *is_true).map(|(_, pair)| pair).collect());
        }
        Told::Clusters(told) => told,
    };
    let mut names = Ids(map());
    let mut members: Vec<(u32, &str)> = clusters.iter().map(|(id, cluster)| (names.of(cluster), *id)).collect();
    members.sort_unstable();
    let mut pairs = Vec::new();
    for cluster in members.chunk_by(|a, b| a.0 == b.0) {
        // An id that was never paired is of the side that its cluster lacks.
        let has_left = cluster.iter().any(|(_, id)| left.0.contains_key(*id));
        let is_left = |id: &str| left.0.contains_key(id) || (!right.0.contains_key(id) && !has_left);
        let (lefts, rights): (Vec<&str>, Vec<&str>) = cluster.iter().map(|(_, id)| *id).partition(|id| is_left(id));
        let lefts: Vec<u32> = lefts.into_iter().map(|id| left.of(id)).collect();
        let rights: Vec<u32> = rights.into_iter().map(|id| right.of(id)).collect();
        pairs.extend(lefts.iter().flat_map(|a| rights.iter().map(move |b| (*a, *b))));
    }
    Truth::Pairs(pairs)
}

/// Truth of one table.
fn within(told: &Told, file: &str, ids: &mut Ids) -> Result<Truth> {
    let told = match told {
        Told::Pairs(told) => told,
        Told::Clusters(told) => return Ok(Truth::Clusters(labels(told, ids))),
    };
    let mut pairs = Vec::new();
    for pair in told {
        let (a, b) = (ids.of(pair.left), ids.of(pair.right));
        if pair.is_true && a == b {
            return Err(self_pair(file, pair.row, SELF_HINT));
        }
        if pair.is_true {
            pairs.push((a.min(b), a.max(b)));
        }
    }
    Ok(Truth::Pairs(pairs))
}

/// Cluster of each id; ids without one are alone.
fn labels(clusters: &[(&str, &str)], ids: &mut Ids) -> Vec<u32> {
    let mut names = Ids(map());
    let known: Vec<(u32, u32)> = clusters.iter().map(|(id, cluster)| (ids.of(id), names.of(cluster))).collect();
    let alone = names.0.len() as u32;
    let mut labels: Vec<u32> = (alone..alone + ids.0.len() as u32).collect();
    for (id, cluster) in known {
        labels[id as usize] = cluster;
    }
    labels
}
